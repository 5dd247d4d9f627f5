// SPDX-License-Identifier: GPL-2.0
/* select(2) and pselect6(2). */
#include "../task.h"
#include "poll.h"

#define SELECT_IN (POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR)
#define SELECT_OUT (POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR)
#define SELECT_EX POLLPRI

#define SELECT_FEW 4

/* The three sets as asked for, then as answered; 64-bit words as user space has them. */
struct select_call {
	struct poll_table table;
	u64 *in[3], *out[3];
	struct fd *files;
	u32 n;
};

static const u32 select_events[3] = { SELECT_IN, SELECT_OUT, SELECT_EX };

static u32 select_want(const struct select_call *c, u32 fd)
{
	u32 want = 0;

	for (u32 s = 0; s < 3; s++)
		if (c->in[s][fd / 64] >> (fd % 64) & 1)
			want |= select_events[s];
	return want;
}

/* Every descriptor that is asked about must be open; all are looked up before the first poll. */
static s32 select_begin(struct select_call *c)
{
	u32 i;

	for (i = 0; i < c->n; i++) {
		c->files[i].file = NULL;
		c->files[i].counted = false;
		if (!select_want(c, i))
			continue;
		c->files[i] = fd_begin_io((s32)i);
		if (c->files[i].file)
			continue;
		while (i--)
			fd_end(c->files[i]);
		return -EBADF;
	}
	return 0;
}

static s32 select_once(struct select_call *c, struct poll_table *t)
{
	s32 ready = 0;

	for (u32 s = 0; s < 3; s++)
		memset(c->out[s], 0, (c->n + 63) / 64 * 8);
	for (u32 i = 0; i < c->n; i++) {
		struct file *f = c->files[i].file;
		u32 got, want;

		if (!f)
			continue;
		want = select_want(c, i);
		got = file_poll(f, t, want | POLLERR | POLLHUP);
		for (u32 s = 0; s < 3; s++) {
			if (!(c->in[s][i / 64] >> (i % 64) & 1) || !(got & select_events[s]))
				continue;
			c->out[s][i / 64] |= 1ull << (i % 64);
			ready++;
			t = NULL;
		}
	}
	return ready;
}

static s32 select_wait(struct select_call *c, s64 deadline)
{
	struct poll_table *t = deadline == DEADLINE_PAST ? NULL : &c->table;
	struct waiter *w = &current->waiter;
	bool timed_out = !t;
	s32 ready, err;
	u32 seq;

	err = select_begin(c);
	if (err)
		return err;
	c->table.waiter = w;
	seq = waiter_arm(w);
	ready = select_once(c, t);
	while (!ready && !timed_out && !c->table.failed) {
		err = waiter_sleep(w, seq, deadline);
		if (err == -ETIMEDOUT)
			timed_out = true;
		seq = waiter_arm(w);
		ready = select_once(c, NULL);
		if (!ready && err == -EINTR)
			break;
	}
	if (!ready && c->table.failed)
		ready = -ENOMEM;
	if (!ready && err == -EINTR)
		ready = -ERESTARTNOHAND;
	poll_table_free(&c->table);
	for (u32 i = 0; i < c->n; i++)
		fd_end(c->files[i]);
	return ready;
}

static s64 do_select(s32 n, const u64 *sets, s64 deadline)
{
	struct select_call c = { .n = (u32)n };
	struct poll_entry few[SELECT_FEW];
	u32 words;
	u64 *bits;
	s64 ret;

	if (n < 0)
		return -EINVAL;
	c.n = min(c.n, fdtable_size());
	c.table.room = few;
	c.table.room_left = SELECT_FEW;
	words = (c.n + 63) / 64;
	bits = alloc((size_t)words * 8 * 6 + (size_t)c.n * sizeof(*c.files));
	if (!bits)
		return -ENOMEM;
	for (u32 s = 0; s < 3; s++) {
		c.in[s] = bits + words * s;
		c.out[s] = bits + words * (3 + s);
		if (sets[s] && words && south_user_read(c.in[s], sets[s], words * 8)) {
			release(bits);
			return -EFAULT;
		}
	}
	c.files = (void *)(bits + (size_t)words * 6);
	/* Descriptors behind the last one asked about don't matter. */
	if (c.n % 64)
		for (u32 s = 0; s < 3; s++)
			c.in[s][words - 1] &= (1ull << (c.n % 64)) - 1;
	ret = select_wait(&c, deadline);
	for (u32 s = 0; s < 3 && ret >= 0; s++)
		if (sets[s] && words && south_user_write(sets[s], c.out[s], words * 8))
			ret = -EFAULT;
	release(bits);
	return ret;
}

s64 sys_select(const u64 *a)
{
	struct linux_timespec64 tv;
	s64 deadline = DEADLINE_NONE, ret;

	if (a[4]) {
		if (south_user_read(&tv, a[4], sizeof(tv)))
			return -EFAULT;
		if (__builtin_add_overflow(tv.sec, tv.nsec / 1000000, &tv.sec))
			return -EINVAL;
		ret = deadline_in(tv.sec, tv.nsec % 1000000 * 1000, &deadline);
		if (ret)
			return ret;
	}
	ret = do_select((s32)a[0], &a[1], deadline);
	if (a[4])
		deadline_left(deadline, a[4], true);
	return ret;
}

s64 sys_pselect6(const u64 *a)
{
	struct linux_timespec64 ts;
	u64 mask[2] = { 0, 0 };
	s64 deadline = DEADLINE_NONE, ret;
	bool masked;

	if (a[5] && south_user_read(mask, a[5], sizeof(mask)))
		return -EFAULT;
	if (a[4]) {
		if (south_user_read(&ts, a[4], sizeof(ts)))
			return -EFAULT;
		ret = deadline_in(ts.sec, ts.nsec, &deadline);
		if (ret)
			return ret;
	}
	ret = sigmask_set(mask[0], mask[1], &masked);
	if (ret)
		return ret;
	ret = do_select((s32)a[0], &a[1], deadline);
	if (masked && ret != -ERESTARTNOHAND)
		south_sigmask(0, SIGMASK_RESTORE);
	if (a[4])
		deadline_left(deadline, a[4], false);
	return ret;
}
