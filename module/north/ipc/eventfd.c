// SPDX-License-Identifier: GPL-2.0
/* eventfd. */
#include "../task.h"
#include "../event/poll.h"
#include "ipc.h"

#define EFD_SEMAPHORE 1
#define EVENTFD_MAX (~0ull)

struct eventfd {
	struct mutex lock;	/* guards count */
	u64 count;
	bool semaphore;
	struct waitqueue wq;
};

static s64 eventfd_read(struct file *f, struct uio *io, u64 *pos)
{
	struct eventfd *e = f->private;
	u64 value;
	s64 err;

	if (io->left < sizeof(value))
		return -EINVAL;
	lock(&e->lock);
	if (!e->count && f->flags & O_NONBLOCK) {
		unlock(&e->lock);
		return -EAGAIN;
	}
	err = wait_until(&e->wq, &e->lock, e->count);
	value = e->semaphore ? 1 : e->count;
	if (!err)
		e->count -= value;
	unlock(&e->lock);
	if (err)
		return err;
	wq_wake(&e->wq, POLLOUT | POLLWRNORM);
	err = uio_to_user(io, &value, sizeof(value));
	return err == sizeof(value) ? err : -EFAULT;
}

static s64 eventfd_write(struct file *f, struct uio *io, u64 *pos)
{
	struct eventfd *e = f->private;
	u64 value;
	s64 err = 0;

	if (io->left != sizeof(value))
		return -EINVAL;
	if (uio_from_user(io, &value, sizeof(value)) != sizeof(value))
		return -EFAULT;
	if (value == EVENTFD_MAX)
		return -EINVAL;
	lock(&e->lock);
	if (EVENTFD_MAX - e->count <= value) {
		if (f->flags & O_NONBLOCK)
			err = -EAGAIN;
		else
			err = wait_until(&e->wq, &e->lock, EVENTFD_MAX - e->count > value);
	}
	if (!err)
		e->count += value;
	unlock(&e->lock);
	if (err)
		return err;
	wq_wake(&e->wq, POLLIN | POLLRDNORM);
	return sizeof(value);
}

static u32 eventfd_poll(struct file *f, struct poll_table *t, u32 events)
{
	struct eventfd *e = f->private;
	u32 ready = 0;

	poll_wait(t, &e->wq, events);
	lock(&e->lock);
	if (e->count)
		ready |= POLLIN;
	if (e->count == EVENTFD_MAX)
		ready |= POLLERR;
	if (e->count < EVENTFD_MAX - 1)
		ready |= POLLOUT;
	unlock(&e->lock);
	return ready;
}

static void eventfd_release(struct file *f)
{
	release(f->private);
}

static void eventfd_show(struct file *f, struct text *t)
{
	struct eventfd *e = f->private;

	text_printf(t, "eventfd-count: %16llx\n", e->count);
}

static const struct file_ops eventfd_ops = {
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
	.release = eventfd_release,
	.show = eventfd_show,
	.noop_seek = true,
};

bool file_is_eventfd(const struct file *f)
{
	return f->ops == &eventfd_ops;
}

void eventfd_signal(struct file *f)
{
	struct eventfd *e = f->private;

	lock(&e->lock);
	if (e->count < EVENTFD_MAX)
		e->count++;
	unlock(&e->lock);
	wq_wake(&e->wq, POLLIN | POLLRDNORM);
}

static s64 eventfd_make(u32 count, u32 flags)
{
	struct eventfd *e;
	struct file *f;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK | EFD_SEMAPHORE))
		return -EINVAL;
	e = new(struct eventfd);
	if (!e)
		return -ENOMEM;
	wq_init(&e->wq);
	e->count = count;
	e->semaphore = flags & EFD_SEMAPHORE;
	f = file_anon(&eventfd_ops, "anon_inode:[eventfd]", 0600, O_RDWR | (flags & O_NONBLOCK), e);
	if (!f) {
		release(e);
		return -ENOMEM;
	}
	return fd_install(f, 0, flags & O_CLOEXEC);
}

s64 sys_eventfd(const u64 *a)
{
	return eventfd_make((u32)a[0], 0);
}

s64 sys_eventfd2(const u64 *a)
{
	return eventfd_make((u32)a[0], (u32)a[1]);
}
