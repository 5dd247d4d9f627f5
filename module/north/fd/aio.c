// SPDX-License-Identifier: GPL-2.0
/*
 * Linux AIO. A request is carried out when it is submitted, as those of files in memory
 * are natively, but for those that wait for a file (aio_poll.c); what comes of it waits in
 * its context for io_getevents(). A context's number is the address of a page of the
 * process, as libaio reads there; that page has no ring's mark, so that libaio makes the
 * call.
 */
#include "../task.h"
#include "../event/poll.h"
#include "../abi/fs.h"
#include "../ipc/ipc.h"
#include "../proc/proc.h"
#include "aio.h"

#define IOCB_CMD_PREAD 0
#define IOCB_CMD_PWRITE 1
#define IOCB_CMD_FSYNC 2
#define IOCB_CMD_FDSYNC 3
#define IOCB_CMD_POLL 5
#define IOCB_CMD_PREADV 7
#define IOCB_CMD_PWRITEV 8

#define AIO_MAX_NR 65536u
#define AIO_EVENTS_MAX (0x10000000u / 32)
#define AIO_EVENTS_MIN 8u

static struct mutex aio_lock;
static u32 aio_nr;			/* aio_lock */

static void aio_put(struct aio_context *c)
{
	bool gone;

	lock(&aio_lock);
	gone = !--c->refs;
	if (gone)
		aio_nr -= c->asked;
	unlock(&aio_lock);
	if (!gone)
		return;
	while (aio_poll_cancel(c, 0))
		;
	release(c);
}

static struct aio_context *aio_get(u64 id)
{
	struct aio_context *c;

	lock(&aio_lock);
	for (c = current->process->aio; c && c->id != id; c = c->next)
		;
	if (c)
		c->refs++;
	unlock(&aio_lock);
	return c;
}

/* Off its process's list; who sleeps for its events finds it dead. */
static struct aio_context *aio_unlink(struct process *p, u64 id, bool any)
{
	struct aio_context **at, *c;

	lock(&aio_lock);
	for (at = &p->aio; *at && !any && (*at)->id != id; at = &(*at)->next)
		;
	c = *at;
	if (c) {
		*at = c->next;
		c->dead = true;
	}
	unlock(&aio_lock);
	if (c)
		wq_wake(&c->wq, 0);
	return c;
}

void process_aio_free(struct process *p)
{
	struct aio_context *c;

	while ((c = aio_unlink(p, 0, true)))
		aio_put(c);
}

s64 sys_io_setup(const u64 *a)
{
	u32 asked = (u32)a[0], size = 2 * max(asked, AIO_EVENTS_MIN);
	struct aio_context *c;
	bool room;
	u64 id;
	s64 at;

	if (south_user_read(&id, a[1], sizeof(id)))
		return -EFAULT;
	if (id || !asked || asked > AIO_EVENTS_MAX)
		return -EINVAL;
	if (asked > AIO_MAX_NR)
		return -EAGAIN;
	c = alloc(sizeof(*c) + (size_t)size * sizeof(*c->event));
	if (!c)
		return -ENOMEM;
	at = south_map(-1, 0, PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (at < 0) {
		release(c);
		return at;
	}
	c->id = (u64)at;
	c->size = size;
	c->asked = asked;
	c->refs = 1;
	wq_init(&c->wq);
	list_init(&c->polls);
	lock(&aio_lock);
	room = aio_nr + asked <= AIO_MAX_NR;
	if (room) {
		aio_nr += asked;
		c->next = current->process->aio;
		current->process->aio = c;
	}
	unlock(&aio_lock);
	if (!room) {
		south_unmap(c->id, PAGE_SIZE);
		release(c);
		return -EAGAIN;
	}
	id = (u64)at;
	if (!south_user_write(a[1], &id, sizeof(id)))
		return 0;
	c = aio_unlink(current->process, id, false);
	if (c) {
		south_unmap(id, PAGE_SIZE);
		aio_put(c);
	}
	return -EFAULT;
}

s64 sys_io_destroy(const u64 *a)
{
	struct aio_context *c = aio_unlink(current->process, a[0], false);

	if (!c)
		return -EINVAL;
	south_unmap(c->id, PAGE_SIZE);
	aio_put(c);
	return 0;
}

/* ---- submission ---- */

static s64 aio_fsync(struct file *f, const struct iocb *io, bool *done)
{
	if (io->buf || io->offset || io->nbytes || io->rw_flags || !f->ops->fsync)
		return -EINVAL;
	*done = true;
	return f->ops->fsync(f, io->opcode == IOCB_CMD_FDSYNC);
}

/* @done: the file was asked, and what it said is the request's result, good or bad. */
static s64 aio_run(struct aio_context *c, struct file *f, const struct iocb *io, u64 obj,
		   bool *done)
{
	switch (io->opcode) {
	case IOCB_CMD_PREAD:
	case IOCB_CMD_PWRITE:
		return file_rw_at(f, io->buf, io->nbytes, false, io->offset, io->rw_flags,
				  io->opcode == IOCB_CMD_PWRITE, done);
	case IOCB_CMD_PREADV:
	case IOCB_CMD_PWRITEV:
		return file_rw_at(f, io->buf, io->nbytes, true, io->offset, io->rw_flags,
				  io->opcode == IOCB_CMD_PWRITEV, done);
	case IOCB_CMD_FSYNC:
	case IOCB_CMD_FDSYNC:
		return aio_fsync(f, io, done);
	case IOCB_CMD_POLL:
		return aio_poll(c, f, io, obj, done);
	default:
		return -EINVAL;
	}
}

void aio_complete(struct aio_context *c, u64 data, u64 obj, s64 res)
{
	struct io_event *e;

	switch (res) {
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
	case -ERESTARTNOHAND:
		res = -EINTR;
	}
	lock(&c->lock);
	e = &c->event[(c->first + c->count++) % c->size];
	e->data = data;
	e->obj = obj;
	e->res = res;
	e->res2 = 0;
	unlock(&c->lock);
	wq_wake(&c->wq, 0);
}

/* A place for one more event, or one fewer: -EAGAIN. */
static s64 aio_reserve(struct aio_context *c, bool more)
{
	s64 err = 0;

	lock(&c->lock);
	if (!more)
		c->taken--;
	else if (c->taken < c->size)
		c->taken++;
	else
		err = -EAGAIN;
	unlock(&c->lock);
	return err;
}

static s64 aio_submit_file(struct aio_context *c, struct file *f, const struct iocb *io, u64 obj)
{
	struct fd event = { NULL, false };
	const u32 key = 0;
	bool done = false;
	s64 res = 0;

	if (io->flags & IOCB_FLAG_RESFD) {
		event = fd_begin_io((s32)io->resfd);
		if (!event.file)
			return -EBADF;
		if (!file_is_eventfd(event.file))
			res = -EINVAL;
	}
	if (!res && south_user_write(obj + offsetof(struct iocb, key), &key, sizeof(key)))
		res = -EFAULT;
	if (!res)
		res = aio_run(c, f, io, obj, &done);
	if (done) {
		aio_complete(c, io->data, obj, res);
		if (event.file)
			eventfd_signal(event.file);
		res = 0;
	}
	fd_end(event);
	return res;
}

static s64 aio_submit_one(struct aio_context *c, u64 obj)
{
	struct iocb io;
	struct fd f;
	s64 err;

	if (south_user_read(&io, obj, sizeof(io)))
		return -EFAULT;
	if (io.reserved || (s64)io.nbytes < 0)
		return -EINVAL;
	err = aio_reserve(c, true);
	if (err)
		return err;
	f = fd_begin_io((s32)io.fildes);
	err = f.file ? aio_submit_file(c, f.file, &io, obj) : -EBADF;
	fd_end(f);
	if (err)
		aio_reserve(c, false);
	return err;
}

s64 sys_io_submit(const u64 *a)
{
	struct aio_context *c;
	s64 nr = (s64)a[1], n, err = 0;
	u64 obj;

	if (nr < 0)
		return -EINVAL;
	c = aio_get(a[0]);
	if (!c)
		return -EINVAL;
	for (n = 0; n < min(nr, (s64)c->size) && !err; n++) {
		if (south_user_read(&obj, a[2] + (u64)n * sizeof(obj), sizeof(obj)))
			err = -EFAULT;
		else
			err = aio_submit_one(c, obj);
		if (err)
			break;
	}
	aio_put(c);
	return n ?: err;
}

/* Only what waits is still under way. */
s64 sys_io_cancel(const u64 *a)
{
	struct aio_context *c;
	bool found;
	u32 key;

	if (south_user_read(&key, a[1] + offsetof(struct iocb, key), sizeof(key)))
		return -EFAULT;
	c = key ? NULL : aio_get(a[0]);
	if (!c)
		return -EINVAL;
	found = a[1] && aio_poll_cancel(c, a[1]);
	aio_put(c);
	return found ? -EINPROGRESS : -EINVAL;
}

/* ---- events ---- */

/* Up to @nr events to user memory, at @uaddr. */
static s64 aio_take(struct aio_context *c, u64 uaddr, s64 nr)
{
	struct io_event e;
	s64 n = 0;

	for (; n < nr; n++) {
		lock(&c->lock);
		if (!c->count) {
			unlock(&c->lock);
			break;
		}
		e = c->event[c->first];
		c->first = (c->first + 1) % c->size;
		c->count--;
		c->taken--;
		unlock(&c->lock);
		if (south_user_write(uaddr + (u64)n * sizeof(e), &e, sizeof(e)))
			return n ?: -EFAULT;
	}
	return n;
}

static s64 aio_wait(struct aio_context *c, s64 least, s64 nr, u64 uaddr, s64 deadline)
{
	struct waiter *w = &current->waiter;
	struct wait_entry entry;
	s64 n = 0, got, err = 0;
	u32 seq;

	wq_add(&c->wq, &entry, w, 0);
	for (;;) {
		seq = waiter_arm(w);
		aio_poll_look(c);
		got = aio_take(c, uaddr + (u64)n * sizeof(struct io_event), nr - n);
		if (got < 0) {
			n = n ?: got;
			break;
		}
		n += got;
		if (n >= least || err)
			break;
		lock(&aio_lock);
		if (c->dead)
			err = -EINVAL;
		unlock(&aio_lock);
		if (!err)
			err = deadline == DEADLINE_PAST ? -ETIMEDOUT :
							  waiter_sleep(w, seq, deadline);
	}
	wq_remove(&entry);
	if (n)
		return n;
	return err == -ETIMEDOUT ? 0 : err;
}

static s64 aio_getevents(const u64 *a, s64 deadline)
{
	s64 least = (s64)a[1], nr = (s64)a[2], n = -EINVAL;
	struct aio_context *c = aio_get(a[0]);

	if (!c)
		return -EINVAL;
	if (least >= 0 && least <= nr)
		n = aio_wait(c, least, nr, a[3], deadline);
	aio_put(c);
	return n;
}

static s64 aio_deadline(u64 uaddr, s64 *deadline)
{
	struct linux_timespec64 ts;

	*deadline = DEADLINE_NONE;
	if (!uaddr)
		return 0;
	if (south_user_read(&ts, uaddr, sizeof(ts)))
		return -EFAULT;
	/* One that is no time is past, as natively. */
	if (deadline_in(ts.sec, ts.nsec, deadline))
		*deadline = DEADLINE_PAST;
	return 0;
}

s64 sys_io_getevents(const u64 *a)
{
	s64 deadline, err = aio_deadline(a[4], &deadline);

	return err ?: aio_getevents(a, deadline);
}

s64 sys_io_pgetevents(const u64 *a)
{
	s64 deadline, ret = aio_deadline(a[4], &deadline);
	u64 set[2] = { 0, 0 };
	bool masked;

	if (ret)
		return ret;
	if (a[5] && south_user_read(set, a[5], sizeof(set)))
		return -EFAULT;
	ret = sigmask_set(set[0], set[1], &masked);
	if (ret)
		return ret;
	ret = aio_getevents(a, deadline);
	if (ret == -EINTR)
		return -ERESTARTNOHAND;
	if (masked)
		south_sigmask(0, SIGMASK_RESTORE);
	return ret;
}
