// SPDX-License-Identifier: GPL-2.0
/*
 * sendfile and copy_file_range. The bytes go through memory of North's, so that any two
 * files can be joined by their usual read and write.
 */
#include "../task.h"
#include "../ipc/ipc.h"
#include "fd.h"

#define BOUNCE_SIZE SOUTH_COPY_MAX

struct copy {
	struct file *in, *out;
	u64 in_pos;
	u64 *in_at;		/* NULL: no position */
	u64 out_pos;
	u64 *out_at;
	char *bounce;
	u32 size;
	bool partial;		/* @out took less than was read */
};

/* One bounce full. 0 at the end of @in. */
static s64 copy_some(struct copy *c, u64 len)
{
	u64 in_before = c->in_pos;
	struct iovec one;
	struct uio io;
	s64 got, put, done = 0;

	uio_own(&io, &one, c->bounce, (u32)min(len, (u64)c->size));
	got = c->in->ops->read(c->in, &io, c->in_at);
	if (got <= 0)
		return got;
	while (done < got) {
		uio_own(&io, &one, c->bounce + done, (u32)(got - done));
		put = c->out->ops->write(c->out, &io, c->out_at);
		if (put <= 0) {
			c->in_pos = in_before + (u64)done;
			c->partial = true;
			return done ? done : put;
		}
		done += put;
		/* A partial write of a file that mustn't wait. */
		if (done < got && c->out->flags & O_NONBLOCK) {
			c->in_pos = in_before + (u64)done;
			c->partial = true;
			break;
		}
	}
	return done;
}

static s64 copy_run(struct copy *c, u64 len)
{
	s64 n = 0, sum = 0;

	c->size = (u32)min((u64)BOUNCE_SIZE, ALIGN_UP(len, (u64)PAGE_SIZE));
	if (!c->size)
		return 0;
	c->bounce = alloc(c->size);
	if (!c->bounce)
		return -ENOMEM;
	while ((u64)sum < len) {
		u64 now = min(len - (u64)sum, (u64)c->size);

		n = copy_some(c, now);
		if (n <= 0)
			break;
		sum += n;
		if (c->partial || ((u64)sum < len && south_signal_pending()))
			break;
	}
	release(c->bounce);
	return sum ? sum : n;
}

static s64 sendfile_files(struct file *in, struct file *out, u64 *pos, u64 count)
{
	struct copy c = { .in = in, .out = out };
	struct fifo *pipe = file_pipe(out);
	s64 ret;

	if (pos && !file_pread_ok(in))
		return -ESPIPE;
	if ((s64)count < 0)
		return -EINVAL;
	count = min(count, (u64)MAX_RW_COUNT);
	if (!file_writable(out))
		return -EBADF;
	if (!pipe && (!in->ops->seek || out->flags & O_APPEND))
		return -EINVAL;
	if (!count)
		return 0;
	if (!splice_able(in, false) || !splice_able(out, true) || file_pipe(in))
		return -EINVAL;
	/* As in Linux without pos_lock: the other end may keep us waiting. */
	c.in_pos = pos ? *pos : in->pos;
	c.in_at = in->ops->seek ? &c.in_pos : NULL;
	c.out_pos = out->pos;
	c.out_at = out->ops->seek ? &c.out_pos : NULL;
	if ((s64)(c.in_pos + count) < 0)
		return -EINVAL;
	ret = pipe ? splice_to_pipe(in, c.in_at, pipe, count, out->flags & O_NONBLOCK) :
		     copy_run(&c, count);
	if (ret > 0) {
		if (c.out_at)
			out->pos = c.out_pos;
		if (pos)
			*pos = c.in_pos;
		else
			in->pos = c.in_pos;
	}
	return ret;
}

s64 sys_sendfile(const u64 *a)
{
	struct fd in, out = { NULL, false };
	u64 pos;
	s64 ret = -EBADF;

	if (a[2] && south_user_read(&pos, a[2], sizeof(pos)))
		return -EFAULT;
	in = fd_begin_io((s32)a[1]);
	if (!in.file)
		return -EBADF;
	if (!file_readable(in.file))
		goto out;
	out = fd_begin_io((s32)a[0]);
	if (out.file)
		ret = a[2] && (s64)pos < 0 ? -EINVAL :
		      sendfile_files(in.file, out.file, a[2] ? &pos : NULL, a[3]);
	if (ret > 0) {
		notify_file(in.file, IN_ACCESS);
		notify_file(out.file, IN_MODIFY);
	}
	if (a[2] && ret > 0 && south_user_write(a[2], &pos, sizeof(pos)))
		ret = -EFAULT;
out:
	fd_end(out);
	fd_end(in);
	return ret;
}

/* generic_copy_file_checks() and what comes before it. */
static s64 copy_checks(struct file *in, struct file *out, u64 in_pos, u64 out_pos, u64 *len)
{
	struct kstat st;
	s32 err;

	if (S_ISDIR(in->inode->mode) || S_ISDIR(out->inode->mode))
		return -EISDIR;
	if (!S_ISREG(in->inode->mode) || !S_ISREG(out->inode->mode))
		return -EINVAL;
	if (!file_readable(in) || !file_writable(out) || out->flags & O_APPEND)
		return -EBADF;
	if (in->inode->sb != out->inode->sb)
		return -EXDEV;
	if (in_pos + *len < in_pos || out_pos + *len < out_pos)
		return -EOVERFLOW;
	err = inode_getattr(in->inode, &st);
	if (err)
		return err;
	*len = in_pos >= st.size ? 0 : min(*len, st.size - in_pos);
	if (in->inode == out->inode && out_pos + *len > in_pos && out_pos < in_pos + *len)
		return -EINVAL;
	if ((s64)in_pos < 0 || (s64)out_pos < 0 ||
	    (s64)(in_pos + *len) < 0 || (s64)(out_pos + *len) < 0)
		return -EINVAL;
	*len = min(*len, (u64)MAX_RW_COUNT);
	return 0;
}

static s64 copy_files(struct file *in, struct file *out, const u64 *a)
{
	struct copy c = { .in = in, .out = out, .in_pos = in->pos, .out_pos = out->pos };
	u64 len = a[4];
	s64 ret;

	if (a[1] && south_user_read(&c.in_pos, a[1], sizeof(u64)))
		return -EFAULT;
	if (a[3] && south_user_read(&c.out_pos, a[3], sizeof(u64)))
		return -EFAULT;
	if ((u32)a[5])
		return -EINVAL;
	ret = copy_checks(in, out, c.in_pos, c.out_pos, &len);
	if (ret)
		return ret;
	c.in_at = &c.in_pos;
	c.out_at = &c.out_pos;
	if (!in->ops->read || !out->ops->write)
		return -EINVAL;
	ret = copy_run(&c, len);
	if (ret <= 0)
		return ret;
	notify_file(in, IN_ACCESS);
	notify_file(out, IN_MODIFY);
	if (!a[1])
		in->pos = c.in_pos;
	else if (south_user_write(a[1], &c.in_pos, sizeof(u64)))
		ret = -EFAULT;
	if (!a[3])
		out->pos = c.out_pos;
	else if (south_user_write(a[3], &c.out_pos, sizeof(u64)))
		ret = -EFAULT;
	return ret;
}

s64 sys_copy_file_range(const u64 *a)
{
	struct fd in = fd_begin_io((s32)a[0]), out;
	s64 ret;

	if (!in.file)
		return -EBADF;
	out = fd_begin_io((s32)a[2]);
	ret = out.file ? copy_files(in.file, out.file, a) : -EBADF;
	fd_end(out);
	fd_end(in);
	return ret;
}
