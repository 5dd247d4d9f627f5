// SPDX-License-Identifier: GPL-2.0
/* Pipes. */
#include "../task.h"
#include "../event/poll.h"
#include "pipe.h"

#define FIONREAD 0x541b

struct fifo *pipe_new(void)
{
	struct fifo *p = new(struct fifo);

	if (!p)
		return NULL;
	p->slots = alloc(PIPE_SLOTS * sizeof(*p->slots));
	if (!p->slots) {
		release(p);
		return NULL;
	}
	p->size = PIPE_SLOTS;
	wq_init(&p->wq);
	return p;
}

void pipe_free(struct fifo *p)
{
	for (; p->tail != p->head; p->tail++)
		release(p->slots[p->tail & (p->size - 1)].page);
	release(p->spare[0]);
	release(p->spare[1]);
	release(p->slots);
	release(p);
}

/* ---- bytes; the lock is held ---- */

u8 *pipe_page_get(struct fifo *p)
{
	for (u32 i = 0; i < 2; i++) {
		u8 *page = p->spare[i];

		if (page) {
			p->spare[i] = NULL;
			return page;
		}
	}
	return alloc(PAGE_SIZE);
}

void pipe_page_put(struct fifo *p, u8 *page)
{
	for (u32 i = 0; i < 2; i++) {
		if (!p->spare[i]) {
			p->spare[i] = page;
			return;
		}
	}
	release(page);
}

void pipe_consume(struct fifo *p, u32 n)
{
	struct pipe_slot *s = pipe_slot(p, p->tail);

	s->off += n;
	s->len -= n;
	if (s->len)
		return;
	pipe_page_put(p, s->page);
	s->page = NULL;
	p->tail++;
}

/* What is there, as much as is wanted, or one packet. */
static s64 pipe_take(struct fifo *p, struct uio *io)
{
	s64 done = 0, n;

	while (io->left && !pipe_empty(p)) {
		struct pipe_slot *s = pipe_slot(p, p->tail);
		bool packet = s->packet;

		n = uio_to_user(io, s->page + s->off, min(io->left, (u64)s->len));
		if (n < 0)
			return done ? done : n;
		done += n;
		pipe_consume(p, packet ? s->len : (u32)n);
		if (packet)
			break;
	}
	return done;
}

/* As much as there is room for; 0: the ring is full. */
static s64 pipe_put(struct fifo *p, struct uio *io, bool packet)
{
	struct pipe_slot *s;
	s64 done = 0, n;

	/* A little is joined to what was written last, if it fits as a whole. */
	if (!packet && !pipe_empty(p)) {
		u32 part = (u32)io->left & (PAGE_SIZE - 1);

		s = pipe_slot(p, p->head - 1);
		if (part && !s->packet && !s->fixed && s->off + s->len + part <= PAGE_SIZE) {
			n = uio_from_user(io, s->page + s->off + s->len, part);
			if (n < 0)
				return n;
			s->len += (u32)n;
			done = n;
			if (n < part)
				return done;
		}
	}
	while (io->left && !pipe_full(p)) {
		u8 *page = pipe_page_get(p);

		if (!page)
			return done ? done : -ENOMEM;
		n = uio_from_user(io, page, min(io->left, (u64)PAGE_SIZE));
		if (n <= 0) {
			pipe_page_put(p, page);
			return done ? done : n;
		}
		s = pipe_slot(p, p->head++);
		s->page = page;
		s->off = 0;
		s->len = (u32)n;
		s->packet = packet;
		s->fixed = false;
		done += n;
	}
	return done;
}

static u32 pipe_bytes(const struct fifo *p)
{
	u32 n = 0;

	for (u32 i = p->tail; i != p->head; i++)
		n += pipe_slot(p, i)->len;
	return n;
}

/* ---- reading and writing ---- */

struct fifo *file_pipe(const struct file *f)
{
	return f->ops == &pipe_ops ? f->private : NULL;
}

noinline s64 pipe_await_data(struct fifo *p, bool nonblock)
{
	while (pipe_empty(p)) {
		if (pipe_ended(p))
			return 0;
		if (nonblock)
			return -EAGAIN;
		if (wait_until(&p->wq, &p->lock, !pipe_empty(p) || pipe_ended(p)))
			return -ERESTARTSYS;
	}
	return 1;
}

noinline s64 pipe_await_room(struct fifo *p, bool nonblock)
{
	while (p->readers && pipe_full(p)) {
		if (nonblock)
			return -EAGAIN;
		/* What was put so far may be what the reader waits for. */
		wq_wake(&p->wq, POLL_READABLE);
		wq_async(&p->wq, POLL_IN);
		if (wait_until(&p->wq, &p->lock, !pipe_full(p) || !p->readers))
			return -ERESTARTSYS;
	}
	return p->readers ? 1 : -EPIPE;
}

static s64 pipe_read(struct file *f, struct uio *io, u64 *pos)
{
	struct fifo *p = f->private;
	bool was_full = false;
	s64 ret = 0;

	if (!io->left)
		return 0;
	lock(&p->lock);
	if (pipe_empty(p)) {
		ret = pipe_await_data(p, f->flags & O_NONBLOCK);
		if (ret <= 0)
			goto out;
	}
	was_full = pipe_full(p);
	ret = pipe_take(p, io);
	was_full &= !pipe_full(p);
out:
	unlock(&p->lock);
	if (was_full)
		wq_wake(&p->wq, POLL_WRITABLE);
	wq_async(&p->wq, POLL_OUT);
	return ret;
}

static s64 pipe_write(struct file *f, struct uio *io, u64 *pos)
{
	struct fifo *p = f->private;
	bool packet = f->flags & O_DIRECT, wake = false;
	s64 done = 0, n = 0;

	if (!io->left)
		return 0;
	lock(&p->lock);
	for (;;) {
		if (!p->readers) {
			n = -EPIPE;
			break;
		}
		n = pipe_put(p, io, packet);
		if (n > 0) {
			done += n;
			wake = true;
		}
		if (n < 0 || !io->left)
			break;
		/* A page or less is never split: there was room for all of it or for nothing. */
		if (!pipe_full(p))
			continue;
		n = pipe_await_room(p, f->flags & O_NONBLOCK);
		if (n < 0)
			break;
		wake = true;
	}
	unlock(&p->lock);
	if (wake)
		wq_wake(&p->wq, POLL_READABLE);
	wq_async(&p->wq, POLL_IN);
	if (n == -EPIPE)
		south_signal(SOUTH_SIGNAL_THREAD, 0, SIGPIPE, NULL);
	return done ? done : n;
}

/* Are there bytes for a file that only reads? Without the lock: where not, the lock says so. */
static bool pipe_readable_now(const struct file *f, const struct fifo *p)
{
	u32 tail;

	if (file_writable(f) || READ_ONCE(p->busy))
		return false;
	/* In this order: the head isn't behind. */
	tail = READ_ONCE(p->tail);
	return READ_ONCE(p->head) != tail;
}

static u32 pipe_poll(struct file *f, struct poll_table *t, u32 events)
{
	struct fifo *p = f->private;
	u32 ready = 0;

	poll_wait(t, &p->wq, events);
	if (pipe_readable_now(f, p) && READ_ONCE(p->writers))
		return POLL_READABLE;
	lock(&p->lock);
	if (file_readable(f)) {
		if (!pipe_empty(p))
			ready |= POLL_READABLE;
		/*
		 * A FIFO that never had a writer since it was opened isn't at its end:
		 * see fifo.c.
		 */
		if (!p->writers && (u32)f->pos != p->writers_seen)
			ready |= POLLHUP;
	}
	if (file_writable(f)) {
		if (!pipe_full(p))
			ready |= POLL_WRITABLE;
		if (!p->readers)
			ready |= POLLERR;
	}
	unlock(&p->lock);
	return ready;
}

static s64 pipe_ioctl(struct file *f, u32 cmd, u64 arg)
{
	struct fifo *p = f->private;
	u32 n;

	if (cmd != FIONREAD)
		return -ENOTTY;
	lock(&p->lock);
	n = pipe_bytes(p);
	unlock(&p->lock);
	return south_user_write(arg, &n, sizeof(n)) ? -EFAULT : 0;
}

static void pipe_release(struct file *f)
{
	struct fifo *p = f->private;
	struct inode *i = f->inode;
	bool last, ended;

	lock(&p->lock);
	if (file_readable(f))
		p->readers--;
	if (file_writable(f))
		p->writers--;
	ended = !p->readers != !p->writers;
	unlock(&p->lock);
	/* Who is left learns that the other end is gone. */
	if (ended) {
		wq_wake(&p->wq, 0);
		wq_async(&p->wq, POLL_IN);
		wq_async(&p->wq, POLL_OUT);
	}
	lock(&i->lock);
	last = !--p->files;
	if (last)
		i->fifo = NULL;
	unlock(&i->lock);
	if (last)
		pipe_free(p);
}

const struct file_ops pipe_ops = {
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.async = async_nobody,
	.ioctl = pipe_ioctl,
	.release = pipe_release,
};

/* ---- making ---- */

s32 pipe_pair(struct file **ends, u32 flags)
{
	struct inode *i = file_anon_inode("pipe:", S_IFIFO | 0600);
	struct fifo *p = pipe_new();

	ends[0] = i ? file_new(&pipe_ops, i, O_RDONLY | (flags & O_NONBLOCK), p) : NULL;
	if (!i || !p || !ends[0])
		goto fail;
	ends[1] = file_new(&pipe_ops, i, O_WRONLY | (flags & (O_NONBLOCK | O_DIRECT)), p);
	if (!ends[1])
		goto fail;
	inode_get(i);
	i->fifo = p;
	p->files = 2;
	p->readers = p->writers = 1;
	p->readers_seen = p->writers_seen = 1;
	return 0;
fail:
	release(ends[0]);
	if (p)
		pipe_free(p);
	inode_put(i);
	return -ENOMEM;
}

static s64 do_pipe(u64 uaddr, u32 flags)
{
	struct file *ends[2];
	s32 err;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	err = pipe_pair(ends, flags);
	if (err)
		return err;
	return fd_install_pair(ends, flags & O_CLOEXEC, uaddr);
}

s64 sys_pipe(const u64 *a)
{
	return do_pipe(a[0], 0);
}

s64 sys_pipe2(const u64 *a)
{
	return do_pipe(a[0], (u32)a[1]);
}

/* ---- F_SETPIPE_SZ ---- */

static s64 pipe_resize(struct fifo *p, u32 bytes)
{
	struct pipe_slot *slots, *old;
	u32 size = 1, n = 0;

	if (bytes > PIPE_SLOTS_MAX * PAGE_SIZE)
		return bytes > 1u << 31 ? -EINVAL : -EPERM;
	while (size * PAGE_SIZE < bytes)
		size *= 2;
	slots = alloc(size * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	lock(&p->lock);
	if (p->head - p->tail + p->promised > size) {
		unlock(&p->lock);
		release(slots);
		return -EBUSY;
	}
	while (p->tail != p->head)
		slots[n++] = *pipe_slot(p, p->tail++);
	old = p->slots;
	p->slots = slots;
	p->size = size;
	p->tail = 0;
	p->head = n;
	unlock(&p->lock);
	release(old);
	wq_wake(&p->wq, POLL_WRITABLE);
	return size * PAGE_SIZE;
}

s64 pipe_fcntl(struct file *f, bool set, u32 arg)
{
	struct fifo *p = file_pipe(f);
	u32 size;

	if (!p)
		return -EBADF;
	if (set)
		return pipe_resize(p, arg);
	lock(&p->lock);
	size = p->size * PAGE_SIZE;
	unlock(&p->lock);
	return size;
}
