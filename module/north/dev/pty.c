// SPDX-License-Identifier: GPL-2.0
/* Pseudo terminals: their making and end, reading and writing at both ends. */
#include "../task.h"
#include "../event/poll.h"
#include "../fd/owner.h"
#include "tty.h"

#define CHUNK 512u
#define TENTH_SECOND 100000000ll

static struct idpool pty_ids = { .limit = PTYS_MAX };	/* tty_lock */

static const struct file_ops master_ops, slave_ops;

struct tty *tty_get(struct tty *t)
{
	lock(&tty_lock);
	t->refs++;
	unlock(&tty_lock);
	return t;
}

static void tty_free(struct tty *t)
{
	release(t->in);
	release(t->out.buf);
	release(t->pending.buf);
	release(t->echo);
	release(t);
}

void tty_put(struct tty *t)
{
	bool last;

	lock(&tty_lock);
	last = !--t->refs;
	if (last)
		id_put(&pty_ids, t->index);
	unlock(&tty_lock);
	if (last)
		tty_free(t);
}

struct tty *tty_find(u32 index)
{
	struct tty *t, *found = NULL;

	lock(&tty_lock);
	list_for_each(t, &ttys, node) {
		if (t->index != index)
			continue;
		t->refs++;
		found = t;
		break;
	}
	unlock(&tty_lock);
	return found;
}

static struct tty *tty_new(s32 *err)
{
	struct tty *t = new(struct tty);
	s32 id;

	*err = -ENOMEM;
	if (!t)
		return NULL;
	t->refs = 1;
	t->locked = true;
	list_init(&t->node);
	wq_init(&t->slave_wq);
	wq_init(&t->master_wq);
	termios_init(&t->termios);
	t->in = alloc(TTY_IN_SIZE + TTY_IN_SIZE / 8);
	t->out.buf = alloc(TTY_OUT_SIZE);
	t->out.size = TTY_OUT_SIZE;
	if (!t->in || !t->out.buf)
		goto fail;
	lock(&tty_lock);
	id = id_get(&pty_ids);
	unlock(&tty_lock);
	if (id < 0) {
		*err = id;
		goto fail;
	}
	t->index = (u32)id;
	t->inode = devpts_inode(t->index);
	if (!t->inode) {
		tty_put(t);
		return NULL;
	}
	return t;
fail:
	tty_free(t);
	return NULL;
}

s32 ptmx_open(struct inode *i, struct file *f)
{
	struct tty_end *e = new(struct tty_end);
	s32 err = -ENOMEM;
	struct tty *t;

	t = e ? tty_new(&err) : NULL;
	if (!t) {
		release(e);
		return err;
	}
	e->tty = t;
	e->master = true;
	f->ops = &master_ops;
	f->private = e;
	lock(&tty_lock);
	list_add_tail(&t->node, &ttys);
	unlock(&tty_lock);
	return 0;
}

static void master_release(struct file *f)
{
	struct tty_end *e = f->private;
	struct tty *t = e->tty;
	struct inode *i;

	lock(&t->lock);
	t->closed = true;
	t->packet = false;
	unlock(&t->lock);
	tty_hangup(t, false);
	lock(&tty_lock);
	list_del(&t->node);
	i = t->inode;
	t->inode = NULL;
	unlock(&tty_lock);
	inode_put(i);
	tty_put(t);
	release(e);
}

s32 pts_attach(struct tty *t, struct file *f)
{
	struct tty_end *e = new(struct tty_end);
	s32 err = 0;

	if (!e)
		return -ENOMEM;
	lock(&t->lock);
	if (t->closed || t->locked)
		err = -EIO;
	else if (t->exclusive && !capable(CAP_SYS_ADMIN))
		err = -EBUSY;
	if (!err) {
		t->slaves++;
		t->slave_closed = false;
		e->hangups = t->hangups;
	}
	unlock(&t->lock);
	if (err) {
		release(e);
		return err;
	}
	e->tty = t;
	f->ops = &slave_ops;
	f->private = e;
	if (!(f->flags & O_NOCTTY) && file_readable(f))
		tty_opened(t);
	return 0;
}

s32 pts_open(struct inode *i, struct file *f)
{
	struct tty *t = tty_find(MINOR(i->rdev));
	s32 err;

	if (!t)
		return -EIO;
	/* A node of this number that somebody made elsewhere opens nothing. */
	err = t->inode == i ? pts_attach(t, f) : -EIO;
	if (err)
		tty_put(t);
	return err;
}

static void slave_release(struct file *f)
{
	struct tty_end *e = f->private;
	struct tty *t = e->tty;

	lock(&t->lock);
	if (!--t->slaves) {
		t->slave_closed = true;
		t->exclusive = false;
		wq_wake(&t->master_wq, 0);
	}
	unlock(&t->lock);
	tty_put(t);
	release(e);
}

/* Was the terminal hung up since this file was opened? */
static bool end_dead(const struct tty_end *e)
{
	return e->hangups != e->tty->hangups;
}

/* ---- waiting ---- */

/* One wait of a read or write; @entry is on a queue once it had to wait. */
struct tty_wait {
	struct tty *tty;
	struct waitqueue *queue;
	struct wait_entry entry;
	u32 events, seq;
	bool queued;
};

static void tty_wait_begin(struct tty_wait *w, struct tty *t, struct waitqueue *q, u32 events)
{
	w->tty = t;
	w->queue = q;
	w->events = events | POLLHUP;
	w->queued = false;
}

static void tty_wait_end(struct tty_wait *w)
{
	if (w->queued)
		wq_remove(&w->entry);
}

/*
 * Sleeps until the queue is woken, without the lock of the terminal, which is held
 * before and afterwards. The first time it returns at once: the condition must be
 * looked at again now that the task is on the queue.
 */
static s32 tty_wait(struct tty_wait *w, s64 deadline)
{
	s32 err;

	if (!w->queued) {
		wq_add(w->queue, &w->entry, &current->waiter, w->events);
		w->queued = true;
		w->seq = waiter_arm(&current->waiter);
		return 0;
	}
	unlock(&w->tty->lock);
	err = waiter_sleep(&current->waiter, w->seq, deadline);
	lock(&w->tty->lock);
	return err;
}

/* ---- the slave ---- */

/* How long a read without ICANON waits, and for how many bytes at least. */
struct patience {
	u64 least;
	s64 between;		/* ns between bytes, or 0 */
	s64 deadline;
};

static void patience_init(struct patience *p, const struct termios *t)
{
	u8 least = t->cc[VMIN], time = t->cc[VTIME];

	p->least = 0;
	p->between = 0;
	p->deadline = DEADLINE_NONE;
	if (t->lflag & ICANON)
		return;
	p->least = least ? least : 1;
	if (least)
		p->between = time * TENTH_SECOND;
	else
		p->deadline = time ? south_time(1) + time * TENTH_SECOND : DEADLINE_PAST;
}

/* Nothing is there. 0: look again; 1: the end of this read; or an errno. */
static s64 slave_read_wait(struct file *f, struct tty_wait *w, struct patience *p)
{
	struct tty_end *e = f->private;
	s32 err;

	if (end_dead(e))
		return e->tty->closed && w->queued ? -EIO : 1;
	if (p->deadline == DEADLINE_PAST)
		return 1;
	if (f->flags & O_NONBLOCK)
		return -EAGAIN;
	err = tty_wait(w, p->deadline);
	if (err == -ETIMEDOUT)
		p->deadline = DEADLINE_PAST;
	if (err == -EINTR && !ldisc_ready(e->tty, false))
		return -ERESTARTSYS;
	return 0;
}

static s64 slave_read(struct file *f, struct uio *io, u64 *pos)
{
	struct tty_end *e = f->private;
	struct tty *t = e->tty;
	s64 done = 0, n = 0, err;
	struct patience p;
	struct tty_wait w;
	bool more = true;

	if (end_dead(e))
		return 0;
	err = tty_check(t, SIGTTIN);
	if (err)
		return err;
	tty_wait_begin(&w, t, &t->slave_wq, POLLIN | POLLRDNORM);
	lock(&t->lock);
	patience_init(&p, &t->termios);
	while (io->left) {
		if (!ldisc_ready(t, false) || end_dead(e)) {
			n = slave_read_wait(f, &w, &p);
			if (n)
				break;
			continue;
		}
		n = ldisc_read(t, io, io->left, &more);
		if (n < 0)
			break;
		done += n;
		ldisc_drain(t);
		if (!more || (u64)done >= p.least)
			break;
		if (p.between)
			p.deadline = south_time(1) + p.between;
	}
	unlock(&t->lock);
	tty_wait_end(&w);
	return done ? done : min(n, 0ll);
}

/* Of what is written there was no room for all. The terminal's lock is held. */
static s32 write_wait(const struct file *f, struct tty_wait *w)
{
	const struct tty_end *e = f->private;

	e->tty->cut_short[e->master] = true;
	if (f->flags & O_NONBLOCK)
		return -EAGAIN;
	return tty_wait(w, DEADLINE_NONE) == -EINTR ? -ERESTARTSYS : 0;
}

/* One chunk; returns how much of it went, or an errno if nothing did. */
static s64 slave_write_chunk(struct file *f, struct tty_wait *w, const u8 *p, u32 n)
{
	struct tty_end *e = f->private;
	struct tty *t = e->tty;
	u32 done = 0;
	s64 err = 0;

	lock(&t->lock);
	echo_flush(t, false);
	for (;;) {
		if (end_dead(e)) {
			err = -EIO;
			break;
		}
		done += ldisc_output(t, p + done, n - done);
		if (done == n)
			break;
		err = write_wait(f, w);
		if (err)
			break;
	}
	unlock(&t->lock);
	return done ? done : err;
}

static s64 slave_write(struct file *f, struct uio *io, u64 *pos)
{
	struct tty_end *e = f->private;
	struct tty *t = e->tty;
	u8 chunk[CHUNK];
	struct tty_wait w;
	s64 done = 0, n, err;

	if (end_dead(e))
		return -EIO;
	if (t->termios.lflag & TOSTOP) {
		err = tty_check(t, SIGTTOU);
		if (err)
			return err;
	}
	tty_wait_begin(&w, t, &t->slave_wq, POLLOUT | POLLWRNORM);
	do {
		n = uio_from_user(io, chunk, CHUNK);
		if (n <= 0)
			break;
		err = n;
		n = slave_write_chunk(f, &w, chunk, (u32)n);
		if (n > 0)
			done += n;
	} while (n == err && io->left);
	tty_wait_end(&w);
	return done ? done : n;
}

static u32 slave_poll(struct file *f, struct poll_table *table, u32 events)
{
	struct tty_end *e = f->private;
	struct tty *t = e->tty;
	u32 ready = 0;

	poll_wait(table, &t->slave_wq, events);
	lock(&t->lock);
	if (end_dead(e)) {
		ready = POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM | POLLWRNORM;
	} else {
		if (ldisc_ready(t, true))
			ready |= POLLIN | POLLRDNORM;
		if (out_room(t))
			ready |= POLLOUT | POLLWRNORM;
	}
	unlock(&t->lock);
	return ready;
}

/* ---- the master ---- */

static s64 master_take(struct tty *t, struct uio *io)
{
	struct ring *r = &t->out;
	s64 done = 0, n = 0;
	u8 status = t->pktstatus;

	if (t->packet) {
		if (!status)
			status = TIOCPKT_DATA;
		n = uio_to_user(io, &status, 1);
		if (n < 0)
			return n;
		t->pktstatus = 0;
		if (status)
			return 1;
		done = 1;
	}
	while (io->left && ring_used(r)) {
		u32 at = r->tail & (r->size - 1), len = min(ring_used(r), r->size - at);

		n = uio_to_user(io, r->buf + at, len);
		if (n <= 0)
			break;
		r->tail += (u32)n;
		done += n;
	}
	echo_flush(t, false);
	tty_room(t, false);
	return done ? done : n;
}

static s64 master_read(struct file *f, struct uio *io, u64 *pos)
{
	struct tty_end *e = f->private;
	struct tty *t = e->tty;
	struct tty_wait w;
	s64 ret = 0;

	if (!io->left)
		return 0;
	tty_wait_begin(&w, t, &t->master_wq, POLLIN | POLLRDNORM | POLLPRI);
	lock(&t->lock);
	for (;;) {
		if (ring_used(&t->out) || (t->packet && t->pktstatus)) {
			ret = master_take(t, io);
			break;
		}
		ret = t->slave_closed ? -EIO : f->flags & O_NONBLOCK ? -EAGAIN : 0;
		if (ret)
			break;
		if (tty_wait(&w, DEADLINE_NONE) == -EINTR && !ring_used(&t->out) &&
		    !(t->packet && t->pktstatus)) {
			ret = -ERESTARTSYS;
			break;
		}
	}
	unlock(&t->lock);
	tty_wait_end(&w);
	return ret;
}

static s64 master_write_chunk(struct file *f, struct tty_wait *w, const u8 *p, u32 n)
{
	struct tty_end *e = f->private;
	struct tty *t = e->tty;
	u32 done = 0;
	s64 err = 0;

	lock(&t->lock);
	for (;;) {
		done += ldisc_receive(t, p + done, n - done);
		if (done == n)
			break;
		err = write_wait(f, w);
		if (err)
			break;
	}
	unlock(&t->lock);
	return done ? done : err;
}

static s64 master_write(struct file *f, struct uio *io, u64 *pos)
{
	struct tty_end *e = f->private;
	struct tty *t = e->tty;
	u8 chunk[CHUNK];
	struct tty_wait w;
	s64 done = 0, n, asked;

	tty_wait_begin(&w, t, &t->master_wq, POLLOUT | POLLWRNORM);
	do {
		asked = n = uio_from_user(io, chunk, CHUNK);
		if (n <= 0)
			break;
		n = master_write_chunk(f, &w, chunk, (u32)n);
		if (n > 0)
			done += n;
	} while (n == asked && io->left);
	tty_wait_end(&w);
	return done ? done : n;
}

static u32 master_poll(struct file *f, struct poll_table *table, u32 events)
{
	struct tty_end *e = f->private;
	struct tty *t = e->tty;
	u32 ready = 0;

	poll_wait(table, &t->master_wq, events);
	lock(&t->lock);
	if (ring_used(&t->out))
		ready |= POLLIN | POLLRDNORM;
	if (t->packet && t->pktstatus)
		ready |= POLLPRI | POLLIN | POLLRDNORM;
	if (t->slave_closed)
		ready |= POLLHUP;
	if (ring_used(&t->pending) < TTY_PENDING_MAX)
		ready |= POLLOUT | POLLWRNORM;
	unlock(&t->lock);
	return ready;
}

static void tty_show(struct file *f, struct text *text)
{
	struct tty_end *e = f->private;

	if (e->master)
		text_printf(text, "tty-index:\t%u\n", e->tty->index);
}

/* As __tty_fasync(): the foreground group, if there is one. */
static void tty_async(struct file *f)
{
	struct tty_end *e = f->private;
	s32 pgrp = 0;

	if (!e->master) {
		lock(&tty_lock);
		pgrp = e->tty->pgrp;
		unlock(&tty_lock);
	}
	owner_default(f, -pgrp);
}

static const struct file_ops master_ops = {
	.read = master_read,
	.write = master_write,
	.ioctl = tty_ioctl,
	.poll = master_poll,
	.async = tty_async,
	.release = master_release,
	.show = tty_show,
};

static const struct file_ops slave_ops = {
	.read = slave_read,
	.write = slave_write,
	.ioctl = tty_ioctl,
	.poll = slave_poll,
	.async = tty_async,
	.release = slave_release,
};
