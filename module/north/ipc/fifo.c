// SPDX-License-Identifier: GPL-2.0
/* Opening FIFOs, and pipes by way of /proc/self/fd. */
#include "../task.h"
#include "pipe.h"

/* The pipe behind @i, made for the first who opens it; counted in files. */
static struct fifo *fifo_get(struct inode *i)
{
	struct fifo *p;

	lock(&i->lock);
	p = i->fifo;
	if (!p)
		p = i->fifo = pipe_new();
	if (p)
		p->files++;
	unlock(&i->lock);
	return p;
}

static void fifo_put(struct inode *i, struct fifo *p)
{
	bool last;

	lock(&i->lock);
	last = !--p->files;
	if (last)
		i->fifo = NULL;
	unlock(&i->lock);
	if (last)
		pipe_free(p);
}

/*
 * Waits until somebody opened the other end: it may be closed again meanwhile. The
 * counters are of opens, so none is missed.
 */
static s32 wait_for(struct fifo *p, u32 *opens, u32 seen)
{
	return wait_until(&p->wq, &p->lock, *(volatile u32 *)opens != seen);
}

/* @named: a pipe that has no name is opened without waiting for the other end. */
static s32 fifo_open_read(struct fifo *p, struct file *f, bool named)
{
	p->readers++;
	p->readers_seen++;
	wq_wake(&p->wq, 0);
	if (p->writers || !named)
		return 0;
	if (f->flags & O_NONBLOCK) {
		/* No POLLHUP before there was a writer: see pipe_poll(). */
		f->pos = p->writers_seen;
		return 0;
	}
	return wait_for(p, &p->writers_seen, p->writers_seen);
}

static s32 fifo_open_write(struct fifo *p, struct file *f, bool named)
{
	if (named && f->flags & O_NONBLOCK && !p->readers)
		return -ENXIO;
	p->writers++;
	p->writers_seen++;
	wq_wake(&p->wq, 0);
	return p->readers || !named ? 0 : wait_for(p, &p->readers_seen, p->readers_seen);
}

static s32 fifo_open_both(struct fifo *p)
{
	p->readers++;
	p->writers++;
	p->readers_seen++;
	p->writers_seen++;
	wq_wake(&p->wq, 0);
	return 0;
}

s32 fifo_open(struct inode *i, struct file *f)
{
	bool named = i->sb != &anon_sb;
	struct fifo *p;
	s32 err;

	/* A stream of the host's that is a pipe there. */
	if (i->ops && i->ops->open)
		return i->ops->open(i, f);
	p = fifo_get(i);
	if (!p)
		return -ENOMEM;
	lock(&p->lock);
	switch (f->flags & O_ACCMODE) {
	case O_RDONLY:
		err = fifo_open_read(p, f, named);
		break;
	case O_WRONLY:
		err = fifo_open_write(p, f, named);
		break;
	case O_RDWR:
		err = fifo_open_both(p);
		break;
	default:
		err = -EINVAL;
	}
	if (err && err != -ENXIO && err != -EINVAL) {
		if (file_readable(f))
			p->readers--;
		if (file_writable(f))
			p->writers--;
		wq_wake(&p->wq, 0);
	}
	unlock(&p->lock);
	if (err) {
		fifo_put(i, p);
		return err;
	}
	f->ops = &pipe_ops;
	f->private = p;
	return 0;
}
