// SPDX-License-Identifier: GPL-2.0
/*
 * splice and tee.
 *
 * While a file fills pages for a pipe its lock isn't held, only room in it is promised;
 * while a file takes what is at a pipe's tail the pipe looks empty to others. So whoever
 * waits here keeps nobody from the lock, and nothing is moved twice or lost.
 */
#include "../task.h"
#include "../event/poll.h"
#include "../fd/fd.h"
#include "pipe.h"

/* struct pages - pages of North's between a file and a pipe. */
struct pages {
	struct iovec *vec;	/* as ->read and ->write use them up */
	u8 **page;
	u32 count;
};

static s32 pages_new(struct pages *b, u32 count)
{
	b->count = 0;
	b->vec = alloc(count * (sizeof(*b->vec) + sizeof(*b->page)));
	if (!b->vec)
		return -ENOMEM;
	b->page = (u8 **)(b->vec + count);
	return 0;
}

static struct uio pages_uio(struct pages *b, u64 len)
{
	return (struct uio){ .vec = b->vec, .count = b->count, .left = len, .own = true };
}

bool splice_able(const struct file *f, bool write)
{
	u32 type = f->inode->mode & S_IFMT;

	if (!type || type == S_IFDIR)
		return false;
	return write ? f->ops->write && !f->ops->no_splice_write :
		       f->ops->read && !f->ops->no_splice_read;
}

/* ---- from a file to a pipe ---- */

/* As the page cache lies: the first page ends where the file's does. */
static u32 first_part(const struct file *in, const u64 *pos)
{
	return pos && S_ISREG(in->inode->mode) ? PAGE_SIZE - (u32)(*pos & (PAGE_SIZE - 1)) :
						 PAGE_SIZE;
}

/* No more pages than the file has bytes for, where that is known. */
static u64 bytes_there(const struct file *in, const u64 *pos, u64 len)
{
	struct kstat st;

	if (!pos || !S_ISREG(in->inode->mode) || inode_getattr(in->inode, &st) ||
	    st.size <= *pos)
		return len;
	return min(len, st.size - *pos);
}

/* Fresh pages for @len bytes in at most @slots parts, the first one of @part bytes. */
static s64 pages_fill(struct pages *b, struct file *in, u64 *pos, u64 len, u32 slots, u32 part)
{
	struct uio io;
	u64 sum = 0;

	while (b->count < slots && sum < len) {
		u8 *page = alloc(PAGE_SIZE);

		if (!page)
			break;
		part = (u32)min(len - sum, (u64)part);
		b->page[b->count] = page;
		b->vec[b->count++] = (struct iovec){ (uintptr)page, part };
		sum += part;
		part = PAGE_SIZE;
	}
	if (!b->count)
		return -ENOMEM;
	io = pages_uio(b, sum);
	return in->ops->read(in, &io, pos);
}

/* @n bytes in pages become the pipe's; the first page had room for @part. The lock is held. */
static void pages_put(struct pages *b, struct fifo *p, s64 n, u32 part)
{
	for (u32 i = 0; n > 0; i++) {
		u32 len = (u32)min(n, (s64)part);

		*pipe_slot(p, p->head++) = (struct pipe_slot){
			.page = b->page[i], .len = len, .fixed = true,
		};
		b->page[i] = NULL;
		n -= len;
		part = PAGE_SIZE;
	}
}

static s64 fill_promised(struct file *in, u64 *pos, struct fifo *p, u64 len, u32 slots)
{
	u32 part = first_part(in, pos);
	struct pages b;
	s64 n;

	if (pages_new(&b, slots)) {
		n = -ENOMEM;
	} else {
		n = pages_fill(&b, in, pos, len, slots, part);
		lock(&p->lock);
		pages_put(&b, p, n, part);
		unlock(&p->lock);
	}
	for (u32 i = 0; i < b.count; i++)
		release(b.page[i]);
	release(b.vec);
	return n;
}

s64 splice_to_pipe(struct file *in, u64 *pos, struct fifo *p, u64 len, bool nonblock)
{
	u32 slots = 0;
	s64 n;

	lock(&p->lock);
	n = pipe_await_room(p, nonblock);
	if (n > 0) {
		slots = pipe_free_slots(p);
		len = min(len, (u64)slots * PAGE_SIZE);
		p->promised += slots;
	}
	unlock(&p->lock);
	if (n > 0) {
		len = bytes_there(in, pos, len);
		n = fill_promised(in, pos, p, len, (u32)min((u64)slots, len / PAGE_SIZE + 2));
		lock(&p->lock);
		p->promised -= slots;
		unlock(&p->lock);
		wq_wake(&p->wq, 0);
		wq_async(&p->wq, POLL_IN);
	}
	pipe_broken(n);
	return n;
}

/* ---- from a pipe to a file ---- */

/* What is at the tail of @p, at most @len bytes, for ->write. The lock is held. */
static u64 pages_claim(struct pages *b, const struct fifo *p, u64 len)
{
	u64 sum = 0;

	for (u32 i = p->tail; i != p->head && sum < len; i++) {
		const struct pipe_slot *s = pipe_slot(p, i);
		u64 n = min(len - sum, (u64)s->len);

		b->vec[b->count++] = (struct iovec){ (uintptr)(s->page + s->off), n };
		sum += n;
	}
	return sum;
}

/* Bytes that a file has taken. The lock is held. */
static void pages_taken(struct fifo *p, s64 n)
{
	while (n > 0) {
		u32 now = (u32)min(n, (s64)pipe_slot(p, p->tail)->len);

		pipe_consume(p, now);
		n -= now;
	}
}

/* One write of what there is; as splice_from_pipe_next() where there is nothing. */
static s64 write_some(struct fifo *p, struct file *out, u64 *pos, u64 len, bool nonblock)
{
	struct pages b = { };
	struct uio io;
	s64 n;

	lock(&p->lock);
	n = pipe_await_data(p, nonblock);
	if (n > 0)
		n = pages_new(&b, p->head - p->tail);
	else if (!n)
		n = -ENODATA;
	if (n) {
		unlock(&p->lock);
		return n;
	}
	io = pages_uio(&b, pages_claim(&b, p, len));
	io.count = b.count;
	p->busy = true;
	unlock(&p->lock);
	n = out->ops->write(out, &io, pos);
	lock(&p->lock);
	p->busy = false;
	pages_taken(p, n);
	unlock(&p->lock);
	wq_wake(&p->wq, 0);
	wq_async(&p->wq, POLL_OUT);
	release(b.vec);
	return n;
}

static s64 splice_from_pipe(struct fifo *p, struct file *out, u64 *pos, u64 len, bool nonblock)
{
	s64 done = 0, n;

	do {
		/* Once something was moved, nothing is waited for. */
		n = write_some(p, out, pos, len - (u64)done, nonblock || done);
		if (n <= 0)
			break;
		done += n;
	} while ((u64)done < len && !south_signal_pending());
	return done ? done : n == -ENODATA ? 0 : n;
}

/* ---- from pipe to pipe ---- */

static void lock_both(struct fifo *a, struct fifo *b)
{
	lock((uintptr)a < (uintptr)b ? &a->lock : &b->lock);
	lock((uintptr)a < (uintptr)b ? &b->lock : &a->lock);
}

/* ipipe_prep() and opipe_prep(). 0: both are worth a look, or the end of @in was reached. */
static s64 both_ready(struct fifo *in, struct fifo *out, bool nonblock)
{
	s64 n;

	lock(&in->lock);
	n = pipe_await_data(in, nonblock);
	unlock(&in->lock);
	if (n < 0)
		return n;
	lock(&out->lock);
	n = out->readers || pipe_full(out) ? pipe_await_room(out, nonblock) : 1;
	unlock(&out->lock);
	return n < 0 ? n : 0;
}

/* A copy of the first @len bytes of @s in @out. Both locks are held. */
static bool slot_copy(struct fifo *out, const struct pipe_slot *s, u32 len)
{
	u8 *page = pipe_page_get(out);

	if (!page)
		return false;
	memcpy(page, s->page + s->off, len);
	*pipe_slot(out, out->head++) = (struct pipe_slot){
		.page = page, .len = len, .packet = s->packet, .fixed = true,
	};
	return true;
}

/* One slot from @in to @out. Both locks are held. Returns its bytes. */
static s64 slot_move(struct fifo *in, struct fifo *out, u64 len)
{
	struct pipe_slot *s = pipe_slot(in, in->tail);
	u32 n = s->len;

	if (len < n) {
		if (!slot_copy(out, s, (u32)len))
			return -ENOMEM;
		pipe_consume(in, (u32)len);
		return (s64)len;
	}
	*pipe_slot(out, out->head++) = *s;
	s->page = NULL;
	in->tail++;
	return n;
}

/* With both locks: until one of them can't go on. -EAGAIN: nothing was moved, but may be. */
static s64 move_slots(struct fifo *in, struct fifo *out, u64 len)
{
	s64 done = 0, n = 0;

	while (len) {
		if (!out->readers)
			n = -EPIPE;
		else if (pipe_empty(in) && pipe_ended(in))
			break;
		else if (pipe_empty(in) || pipe_full(out))
			n = -EAGAIN;
		else
			n = slot_move(in, out, len);
		if (n < 0)
			break;
		done += n;
		len -= (u64)n;
	}
	pipe_broken(n);
	return done ? done : n;
}

static s64 splice_pipes(struct fifo *in, struct fifo *out, u64 len, bool nonblock)
{
	s64 n;

	do {
		n = both_ready(in, out, nonblock);
		if (n) {
			pipe_broken(n);
			return n;
		}
		lock_both(in, out);
		n = move_slots(in, out, len);
		unlock(&in->lock);
		unlock(&out->lock);
	} while (n == -EAGAIN && !nonblock);
	if (n > 0) {
		wq_wake(&out->wq, POLL_READABLE);
		wq_async(&out->wq, POLL_IN);
		wq_wake(&in->wq, POLL_WRITABLE);
		wq_async(&in->wq, POLL_OUT);
	}
	return n;
}

/* ---- splice(2) ---- */

/* rw_verify_area() */
static bool area_ok(u64 pos, u64 len)
{
	return (s64)len >= 0 && (s64)pos >= 0 && (s64)(pos + len) >= 0;
}

/* The file's side: @off is the caller's position, or NULL for the file's own. */
static s64 splice_file(struct file *f, u64 *off, struct fifo *p, u64 len, bool write, bool nonblock)
{
	u64 pos = off ? *off : f->pos, *at = f->ops->seek ? &pos : NULL;
	s64 n;

	if (off && !file_pread_ok(f))
		return -EINVAL;
	if ((write && f->flags & O_APPEND) || !area_ok(pos, len) || !splice_able(f, write))
		return -EINVAL;
	/* A socket is not waited for either. */
	if (!write && nonblock && S_ISSOCK(f->inode->mode) &&
	    !(file_poll(f, NULL, POLLIN) & (POLLIN | POLLHUP | POLLERR)))
		return -EAGAIN;
	len = min(len, (u64)MAX_RW_COUNT);
	n = write ? splice_from_pipe(p, f, at, len, nonblock) :
		    splice_to_pipe(f, at, p, len, nonblock);
	if (off)
		*off = pos;
	else if (n >= 0 && at)
		f->pos = pos;
	return n;
}

static s64 splice_files(struct file *in, u64 *in_off, struct file *out, u64 *out_off, u64 len,
			bool nonblock)
{
	struct fifo *from = file_pipe(in), *to = file_pipe(out);

	if (!file_readable(in) || !file_writable(out))
		return -EBADF;
	if (from && in->flags & O_NONBLOCK)
		nonblock = true;
	if (to && out->flags & O_NONBLOCK)
		nonblock = true;
	if (from && to)
		return from == to ? -EINVAL : splice_pipes(from, to, len, nonblock);
	if (from)
		return splice_file(out, out_off, from, len, true, nonblock);
	if (to)
		return splice_file(in, in_off, to, len, false, nonblock);
	return -EINVAL;
}

static s64 do_splice(struct file *in, u64 uin, struct file *out, u64 uout, u64 len, u32 flags)
{
	u64 in_off, out_off;
	s64 n;

	if ((uin && file_pipe(in)) || (uout && file_pipe(out)))
		return -ESPIPE;
	if (uout && south_user_read(&out_off, uout, sizeof(out_off)))
		return -EFAULT;
	if (uin && south_user_read(&in_off, uin, sizeof(in_off)))
		return -EFAULT;
	n = splice_files(in, uin ? &in_off : NULL, out, uout ? &out_off : NULL, len,
			 flags & SPLICE_F_NONBLOCK);
	if (n < 0)
		return n;
	if (n) {
		notify_file(out, IN_MODIFY);
		notify_file(in, IN_ACCESS);
	}
	if (uout && south_user_write(uout, &out_off, sizeof(out_off)))
		return -EFAULT;
	if (uin && south_user_write(uin, &in_off, sizeof(in_off)))
		return -EFAULT;
	return n;
}

s64 sys_splice(const u64 *a)
{
	struct fd in, out;
	s64 n = -EBADF;

	if (!a[4])
		return 0;
	if ((u32)a[5] & ~SPLICE_F_ALL)
		return -EINVAL;
	in = fd_begin_io((s32)a[0]);
	if (!in.file)
		return -EBADF;
	out = fd_begin_io((s32)a[2]);
	if (out.file)
		n = do_splice(in.file, a[1], out.file, a[3], a[4], (u32)a[5]);
	fd_end(out);
	fd_end(in);
	return n;
}

/* ---- tee(2) ---- */

static s64 copy_slots(struct fifo *in, struct fifo *out, u64 len)
{
	s64 done = 0;

	for (u32 i = in->tail; len; i++) {
		struct pipe_slot *s = pipe_slot(in, i);
		u32 n;

		if (!out->readers) {
			pipe_broken(-EPIPE);
			return done ? done : -EPIPE;
		}
		if (pipe_empty(in) || i == in->head || pipe_full(out))
			break;
		n = (u32)min(len, (u64)s->len);
		if (!slot_copy(out, s, n))
			return done ? done : -ENOMEM;
		done += n;
		len -= n;
	}
	return done;
}

static s64 tee_files(struct file *in, struct file *out, u64 len, u32 flags)
{
	struct fifo *from = file_pipe(in), *to = file_pipe(out);
	bool nonblock = flags & SPLICE_F_NONBLOCK || (in->flags | out->flags) & O_NONBLOCK;
	s64 n;

	if (!file_readable(in) || !file_writable(out))
		return -EBADF;
	if (!from || !to || from == to)
		return -EINVAL;
	n = both_ready(from, to, nonblock);
	if (n) {
		pipe_broken(n);
		return n;
	}
	lock_both(from, to);
	n = copy_slots(from, to, len);
	unlock(&from->lock);
	unlock(&to->lock);
	if (n > 0) {
		wq_wake(&to->wq, POLL_READABLE);
		wq_async(&to->wq, POLL_IN);
		notify_file(in, IN_ACCESS);
		notify_file(out, IN_MODIFY);
	}
	return n;
}

s64 sys_tee(const u64 *a)
{
	struct fd in, out;
	s64 n = -EBADF;

	if ((u32)a[3] & ~SPLICE_F_ALL)
		return -EINVAL;
	if (!a[2])
		return 0;
	in = fd_begin_io((s32)a[0]);
	if (!in.file)
		return -EBADF;
	out = fd_begin_io((s32)a[1]);
	if (out.file)
		n = tee_files(in.file, out.file, a[2], (u32)a[3]);
	fd_end(out);
	fd_end(in);
	return n;
}
