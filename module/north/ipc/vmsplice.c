// SPDX-License-Identifier: GPL-2.0
/*
 * vmsplice. It copies: whose page it was before nobody can tell but by changing it.
 */
#include "../task.h"
#include "../event/poll.h"
#include "../fd/fd.h"
#include "pipe.h"

/* A slot for each page of the caller's that has a part of it. The lock is held. */
static s64 put_user_pages(struct fifo *p, struct uio *io)
{
	s64 done = 0, n;

	while (io->left) {
		u32 part = PAGE_SIZE - (u32)(io->vec->base & (PAGE_SIZE - 1));
		u8 *page;

		part = (u32)min(min(io->vec->len, io->left), (u64)part);
		if (pipe_full(p))
			return done ? done : -EAGAIN;
		page = pipe_page_get(p);
		if (!page)
			return done ? done : -ENOMEM;
		n = uio_from_user(io, page, part);
		if (n <= 0) {
			pipe_page_put(p, page);
			return done ? done : -EFAULT;
		}
		*pipe_slot(p, p->head++) = (struct pipe_slot){
			.page = page, .len = (u32)n, .fixed = true,
		};
		done += n;
	}
	return done;
}

static s64 vmsplice_in(struct fifo *p, struct uio *io, bool nonblock)
{
	s64 n;

	lock(&p->lock);
	n = pipe_await_room(p, nonblock);
	if (n > 0)
		n = put_user_pages(p, io);
	unlock(&p->lock);
	pipe_broken(n);
	if (n > 0) {
		wq_wake(&p->wq, POLL_READABLE);
		wq_async(&p->wq, POLL_IN);
	}
	return n;
}

/* What a packet leaves stays: the lock is held. */
static s64 take_bytes(struct fifo *p, struct uio *io)
{
	s64 done = 0, n;

	while (io->left && !pipe_empty(p)) {
		struct pipe_slot *s = pipe_slot(p, p->tail);

		n = uio_to_user(io, s->page + s->off, min(io->left, (u64)s->len));
		if (n <= 0)
			return done ? done : -EFAULT;
		pipe_consume(p, (u32)n);
		done += n;
	}
	return done;
}

static s64 vmsplice_out(struct fifo *p, struct uio *io, bool nonblock)
{
	s64 n;

	lock(&p->lock);
	n = pipe_await_data(p, nonblock);
	if (n > 0)
		n = take_bytes(p, io);
	unlock(&p->lock);
	if (n > 0)
		wq_wake(&p->wq, POLL_WRITABLE);
	return n;
}

static s64 vmsplice_file(struct file *f, const u64 *a)
{
	bool nonblock = (u32)a[3] & SPLICE_F_NONBLOCK;
	struct fifo *p = file_pipe(f);
	struct uiovec vec;
	s64 n;

	if (!file_writable(f) && !file_readable(f))
		return -EBADF;
	n = uiovec_begin(&vec, a[1], a[2]);
	if (n)
		return n;
	if (!vec.io.left)
		n = 0;
	else if (!p)
		n = -EBADF;
	else
		n = file_writable(f) ? vmsplice_in(p, &vec.io, nonblock) :
				       vmsplice_out(p, &vec.io, nonblock);
	if (n > 0)
		notify_file(f, file_writable(f) ? IN_MODIFY : IN_ACCESS);
	uiovec_end(&vec);
	return n;
}

s64 sys_vmsplice(const u64 *a)
{
	struct fd f;
	s64 n;

	if ((u32)a[3] & ~SPLICE_F_ALL)
		return -EINVAL;
	f = fd_begin_io((s32)a[0]);
	n = f.file ? vmsplice_file(f.file, a) : -EBADF;
	fd_end(f);
	return n;
}
