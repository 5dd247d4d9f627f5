// SPDX-License-Identifier: GPL-2.0
/* poll(2) and ppoll(2). */
#include "../task.h"
#include "poll.h"

struct linux_pollfd {
	s32 fd;
	u16 events, revents;
};

/* What polls of a few descriptors need, on the stack. */
#define POLL_FEW 6

struct poll_call {
	struct poll_table table;
	struct linux_pollfd *fds;
	struct fd *files;
	u32 nfds;
};

static s32 poll_once(struct poll_call *c, struct poll_table *t, bool first)
{
	s32 ready = 0;

	for (u32 i = 0; i < c->nfds; i++) {
		struct linux_pollfd *p = &c->fds[i];
		struct file *f;
		u32 want, got;

		if (p->fd < 0) {
			p->revents = 0;
			continue;
		}
		if (first)
			c->files[i] = fd_begin_io(p->fd);
		f = c->files[i].file;
		if (!f) {
			p->revents = POLLNVAL;
			ready++;
			t = NULL;
			continue;
		}
		want = p->events | POLLERR | POLLHUP;
		got = file_poll(f, t, want) & want;
		p->revents = (u16)got;
		if (got) {
			ready++;
			t = NULL;
		}
	}
	return ready;
}

/* -EINTR where a signal came first. */
static s32 poll_wait_ready(struct poll_call *c, s64 deadline)
{
	struct poll_table *t = deadline == DEADLINE_PAST ? NULL : &c->table;
	struct waiter *w = &current->waiter;
	bool timed_out = !t;
	s32 ready, err = 0;
	u32 seq;

	c->table.waiter = w;
	seq = waiter_arm(w);
	ready = poll_once(c, t, true);
	while (!ready && !timed_out && !c->table.failed) {
		err = waiter_sleep(w, seq, deadline);
		if (err == -ETIMEDOUT)
			timed_out = true;
		seq = waiter_arm(w);
		ready = poll_once(c, NULL, false);
		if (!ready && err == -EINTR)
			break;
	}
	if (!ready && c->table.failed)
		ready = -ENOMEM;
	if (!ready && err == -EINTR)
		ready = -EINTR;
	poll_table_free(&c->table);
	for (u32 i = 0; i < c->nfds; i++)
		if (c->fds[i].fd >= 0)
			fd_end(c->files[i]);
	return ready;
}

/* The pollfds in user memory are copied in pieces that South takes. */
static s32 pollfds_read(struct linux_pollfd *fds, u64 uaddr, u32 n)
{
	const u32 most = SOUTH_COPY_MAX / sizeof(*fds);
	u32 now;

	for (; n; n -= now, fds += now, uaddr += now * sizeof(*fds)) {
		now = min(n, most);
		if (south_user_read(fds, uaddr, now * sizeof(*fds)))
			return -EFAULT;
	}
	return 0;
}

/* Only revents are written, as Linux does: another thread may be at the rest. */
static s32 pollfds_write(u64 uaddr, const struct linux_pollfd *fds, u32 n)
{
	const u64 at = offsetof(struct linux_pollfd, revents);

	for (u32 i = 0; i < n; i++)
		if (south_user_write(uaddr + (u64)i * sizeof(*fds) + at, &fds[i].revents,
				     sizeof(u16)))
			return -EFAULT;
	return 0;
}

static s64 do_poll(u64 uaddr, u32 nfds, s64 deadline)
{
	struct linux_pollfd few_fds[POLL_FEW];
	struct fd few_files[POLL_FEW];
	struct poll_entry few_entries[POLL_FEW];
	struct poll_call c = { .nfds = nfds };
	void *more = NULL;
	s64 ret;

	if (nfds > current->process->rlim_nofile_cur || nfds > (1u << 20))
		return -EINVAL;
	c.table.room = few_entries;
	c.table.room_left = POLL_FEW;
	c.fds = few_fds;
	c.files = few_files;
	if (nfds > POLL_FEW) {
		more = alloc((size_t)nfds * (sizeof(*c.files) + sizeof(*c.fds)));
		if (!more)
			return -ENOMEM;
		c.files = more;
		c.fds = (void *)(c.files + nfds);
	}
	ret = pollfds_read(c.fds, uaddr, nfds);
	if (!ret) {
		ret = poll_wait_ready(&c, deadline);
		if ((ret >= 0 || ret == -EINTR) && pollfds_write(uaddr, c.fds, nfds))
			ret = -EFAULT;
	}
	release(more);
	return ret == -EINTR ? -ERESTARTNOHAND : ret;
}

s64 sys_poll(const u64 *a)
{
	s32 ms = (s32)a[2];
	s64 deadline = DEADLINE_NONE;

	if (ms >= 0)
		deadline_in(ms / 1000, (s64)(ms % 1000) * 1000000, &deadline);
	return do_poll(a[0], (u32)a[1], deadline);
}

s64 sys_ppoll(const u64 *a)
{
	struct linux_timespec64 ts;
	s64 deadline = DEADLINE_NONE, ret;
	bool masked;

	if (a[2]) {
		if (south_user_read(&ts, a[2], sizeof(ts)))
			return -EFAULT;
		ret = deadline_in(ts.sec, ts.nsec, &deadline);
		if (ret)
			return ret;
	}
	ret = sigmask_set(a[3], a[4], &masked);
	if (ret)
		return ret;
	ret = do_poll(a[0], (u32)a[1], deadline);
	if (masked && ret != -ERESTARTNOHAND)
		south_sigmask(0, SIGMASK_RESTORE);
	if (a[2])
		deadline_left(deadline, a[2], false);
	return ret;
}
