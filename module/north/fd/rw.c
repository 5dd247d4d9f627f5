// SPDX-License-Identifier: GPL-2.0
/* read, write and their variants: Linux's checks in Linux's order. */
#include "../task.h"
#include "../event/poll.h"
#include "fd.h"

#define RWF_HIPRI 1
#define RWF_DSYNC 2
#define RWF_SYNC 4
#define RWF_NOWAIT 8
#define RWF_APPEND 16
#define RWF_NOAPPEND 32
#define RWF_ALL 63

/* What a file that can't be read or written gives once it is open for that. */
static s64 rw_unable(const struct file *f, bool write)
{
	return !write && S_ISDIR(f->inode->mode) ? -EISDIR : -EINVAL;
}

static inline s64 rw_file(struct file *f, struct uio *io, u64 *pos, bool write)
{
	return write ? f->ops->write(f, io, pos) : f->ops->read(f, io, pos);
}

static inline void rw_told(struct file *f, bool write)
{
	notify_file(f, write ? IN_MODIFY : IN_ACCESS);
}

/* vfs_read() and vfs_write(): the checks and the call. @pos is NULL for files without one. */
static inline s64 rw_single(struct file *f, u64 uaddr, u64 len, u64 *pos, bool write)
{
	struct iovec one;
	struct uio io;
	s64 ret;

	if (!(write ? file_writable(f) : file_readable(f)))
		return -EBADF;
	if (!(write ? (bool)f->ops->write : (bool)f->ops->read))
		return rw_unable(f, write);
	if (!user_range(uaddr, len))
		return -EFAULT;
	uio_single(&io, &one, uaddr, min(len, (u64)MAX_RW_COUNT));
	/* No byte may lie beyond the largest position. */
	if (pos && (s64)(*pos + io.left) < 0)
		return write ? -EFBIG : -EINVAL;
	ret = rw_file(f, &io, pos, write);
	if (ret > 0)
		rw_told(f, write);
	return ret;
}

static inline s64 do_rw(s32 fd, u64 uaddr, u64 len, bool write)
{
	struct fd f = fd_begin_io(fd);
	bool locked;
	s64 ret;
	u64 pos;

	if (!f.file)
		return -EBADF;
	if (!f.file->ops->seek) {
		ret = rw_single(f.file, uaddr, len, NULL, write);
		fd_end(f);
		return ret;
	}
	locked = file_pos_begin(f.file, f.counted);
	pos = f.file->pos;
	ret = rw_single(f.file, uaddr, len, &pos, write);
	if (ret >= 0)
		f.file->pos = pos;
	file_pos_end(f.file, locked);
	fd_end(f);
	return ret;
}

s64 sys_read(const u64 *a)
{
	return do_rw((s32)a[0], a[1], a[2], false);
}

s64 sys_write(const u64 *a)
{
	return do_rw((s32)a[0], a[1], a[2], true);
}

static s64 do_prw(const u64 *a, bool write)
{
	u64 pos = a[3];
	struct fd f;
	s64 ret;

	if ((s64)pos < 0)
		return -EINVAL;
	f = fd_begin_io((s32)a[0]);
	if (!f.file)
		return -EBADF;
	ret = file_pread_ok(f.file) ? rw_single(f.file, a[1], a[2], &pos, write) : -ESPIPE;
	fd_end(f);
	return ret;
}

s64 sys_pread64(const u64 *a)
{
	return do_prw(a, false);
}

s64 sys_pwrite64(const u64 *a)
{
	return do_prw(a, true);
}

/* ---- vectors ---- */

s64 uiovec_begin(struct uiovec *v, u64 uaddr, u64 count)
{
	struct iovec *vec = v->few;
	s64 err = -EFAULT;
	u64 sum = 0;

	if (count > IOV_MAX)
		return -EINVAL;
	if (count > IOV_FEW) {
		vec = alloc(count * sizeof(*vec));
		if (!vec)
			return -ENOMEM;
	}
	v->vec = vec;
	v->io = (struct uio){ .vec = vec, .count = (u32)count };
	if (count && south_user_read(vec, uaddr, (u32)count * sizeof(*vec)))
		goto out;
	for (u32 i = 0; i < count; i++) {
		if ((s64)vec[i].len < 0) {
			err = -EINVAL;
			goto out;
		}
		if (!user_range(vec[i].base, vec[i].len))
			goto out;
		vec[i].len = min(vec[i].len, MAX_RW_COUNT - sum);
		sum += vec[i].len;
	}
	v->io.left = sum;
	if (sum)
		uio_advance(&v->io, 0);
	return 0;
out:
	uiovec_end(v);
	return err;
}

/* kiocb_set_rw_flags(): what flags a file takes. */
static s64 rwf_check(struct file *f, u32 flags, bool write)
{
	if (flags & ~RWF_ALL)
		return -EOPNOTSUPP;
	if ((flags & (RWF_APPEND | RWF_NOAPPEND)) == (RWF_APPEND | RWF_NOAPPEND))
		return -EINVAL;
	/* Nobody is told to wait for what lies in memory anyway; a pipe's wait can be foreseen. */
	if (flags & RWF_NOWAIT && !S_ISREG(f->inode->mode)) {
		u32 want = write ? POLLOUT : POLLIN;

		if (!f->ops->poll)
			return -EOPNOTSUPP;
		if (!(file_poll(f, NULL, want) & (want | POLLHUP | POLLERR)))
			return -EAGAIN;
	}
	return 0;
}

static s64 rw_flagged(struct file *f, struct uio *io, u64 *pos, u32 flags, bool write)
{
	s64 ret;

	io->append = flags & RWF_APPEND ? 1 : flags & RWF_NOAPPEND ? -1 : 0;
	ret = rw_file(f, io, pos, write);
	if (ret > 0 && write && flags & (RWF_DSYNC | RWF_SYNC) && f->ops->fsync) {
		s32 err = f->ops->fsync(f, !(flags & RWF_SYNC));

		if (err)
			ret = err;
	}
	return ret;
}

s64 file_rw_at(struct file *f, u64 uaddr, u64 count, bool vector, s64 off, u32 flags, bool write,
	       bool *done)
{
	u64 pos = (u64)off, *at = f->ops->seek ? &pos : NULL;
	struct uiovec v;
	s64 ret = flags ? rwf_check(f, flags, write) : 0;

	if (ret)
		return ret;
	if (!(write ? file_writable(f) : file_readable(f)))
		return -EBADF;
	if (!(write ? (bool)f->ops->write : (bool)f->ops->read))
		return -EINVAL;
	if (vector) {
		ret = uiovec_begin(&v, uaddr, count);
		if (ret)
			return ret;
	} else {
		if (!user_range(uaddr, count))
			return -EFAULT;
		v.vec = v.few;
		uio_single(&v.io, v.few, uaddr, min(count, (u64)MAX_RW_COUNT));
	}
	*done = off >= 0;
	if (off < 0)
		ret = -EINVAL;
	else if (at && (s64)(pos + v.io.left) < 0)
		ret = write ? -EFBIG : -EINVAL;
	else if (v.io.left)
		ret = rw_flagged(f, &v.io, at, flags, write);
	if (ret > 0)
		rw_told(f, write);
	uiovec_end(&v);
	return ret;
}

/* do_readv() and do_preadv(). @off: NULL: at the file's own position. */
static s64 do_rwv(s32 fd, u64 uaddr, u64 count, const u64 *off, u32 flags, bool write)
{
	struct uiovec v;
	bool locked = false;
	struct file *f;
	struct fd h;
	u64 pos;
	s64 ret;

	if (off && (s64)*off < 0)
		return -EINVAL;
	h = fd_begin_io(fd);
	f = h.file;
	if (!f)
		return -EBADF;
	ret = -ESPIPE;
	if (off && !file_pread_ok(f))
		goto out;
	ret = -EBADF;
	if (!(write ? file_writable(f) : file_readable(f)))
		goto out;
	ret = rw_unable(f, write);
	if (!(write ? (bool)f->ops->write : (bool)f->ops->read))
		goto out;
	ret = uiovec_begin(&v, uaddr, count);
	if (ret)
		goto out;
	if (!v.io.left)
		goto out_vec;
	if (!off)
		locked = file_pos_begin(f, h.counted);
	pos = off ? *off : f->pos;
	ret = write ? -EFBIG : -EINVAL;
	if (f->ops->seek && (s64)(pos + v.io.left) < 0)
		goto out_pos;
	ret = flags ? rwf_check(f, flags, write) : 0;
	if (ret)
		goto out_pos;
	if (flags)
		ret = rw_flagged(f, &v.io, f->ops->seek ? &pos : NULL, flags, write);
	else
		ret = rw_file(f, &v.io, f->ops->seek ? &pos : NULL, write);
	if (!off && ret >= 0 && f->ops->seek)
		f->pos = pos;
out_pos:
	file_pos_end(f, locked);
out_vec:
	if (ret >= 0)
		rw_told(f, write);
	uiovec_end(&v);
out:
	fd_end(h);
	return ret;
}

s64 sys_readv(const u64 *a)
{
	return do_rwv((s32)a[0], a[1], a[2], NULL, 0, false);
}

s64 sys_writev(const u64 *a)
{
	return do_rwv((s32)a[0], a[1], a[2], NULL, 0, true);
}

s64 sys_preadv(const u64 *a)
{
	return do_rwv((s32)a[0], a[1], a[2], &a[3], 0, false);
}

s64 sys_pwritev(const u64 *a)
{
	return do_rwv((s32)a[0], a[1], a[2], &a[3], 0, true);
}

s64 sys_preadv2(const u64 *a)
{
	return do_rwv((s32)a[0], a[1], a[2], a[3] == ~0ull ? NULL : &a[3], (u32)a[5], false);
}

s64 sys_pwritev2(const u64 *a)
{
	return do_rwv((s32)a[0], a[1], a[2], a[3] == ~0ull ? NULL : &a[3], (u32)a[5], true);
}
