// SPDX-License-Identifier: GPL-2.0
/* Where a file stands and what becomes of its data: lseek, fsync and advice. */
#include "../task.h"
#include "fd.h"

#define SEEK_MAX 4
#define SYNC_FILE_RANGE_ALL 7
#define FADV_LAST 5

s64 sys_lseek(const u64 *a)
{
	struct fd f = fd_begin_io((s32)a[0]);
	u32 whence = (u32)a[2];
	bool locked;
	s64 ret;

	if (!f.file)
		return -EBADF;
	if (whence > SEEK_MAX) {
		ret = -EINVAL;
	} else if (!f.file->ops->seek) {
		ret = f.file->ops->noop_seek ? 0 : -ESPIPE;
	} else {
		locked = file_pos_begin(f.file, f.counted);
		ret = f.file->ops->seek(f.file, (s64)a[1], whence);
		if (ret >= 0)
			f.file->pos = (u64)ret;
		file_pos_end(f.file, locked);
	}
	fd_end(f);
	return ret;
}

static s64 do_fsync(s32 fd, bool datasync)
{
	struct fd f = fd_begin_io(fd);
	s64 ret;

	if (!f.file)
		return -EBADF;
	ret = f.file->ops->fsync ? f.file->ops->fsync(f.file, datasync) : -EINVAL;
	fd_end(f);
	return ret;
}

s64 sys_fsync(const u64 *a)
{
	return do_fsync((s32)a[0], false);
}

s64 sys_fdatasync(const u64 *a)
{
	return do_fsync((s32)a[0], true);
}

s64 sys_sync_file_range(const u64 *a)
{
	struct fd f = fd_begin_io((s32)a[0]);
	s64 off = (s64)a[1], len = (s64)a[2], end, ret = 0;
	u32 mode;

	if (!f.file)
		return -EBADF;
	mode = f.file->inode->mode;
	if ((u32)a[3] & ~SYNC_FILE_RANGE_ALL || off < 0 || __builtin_add_overflow(off, len, &end) ||
	    end < off)
		ret = -EINVAL;
	else if (!S_ISREG(mode) && !S_ISDIR(mode) && !S_ISLNK(mode))
		ret = -ESPIPE;
	fd_end(f);
	return ret;
}

s64 sys_fadvise64(const u64 *a)
{
	struct fd f = fd_begin_io((s32)a[0]);
	s64 ret = 0;

	if (!f.file)
		return -EBADF;
	if (S_ISFIFO(f.file->inode->mode))
		ret = -ESPIPE;
	else if ((s64)a[2] < 0 || (u32)a[3] > FADV_LAST)
		ret = -EINVAL;
	fd_end(f);
	return ret;
}

s64 sys_readahead(const u64 *a)
{
	struct fd f = fd_begin_io((s32)a[0]);
	s64 ret = 0;

	if (!f.file)
		return -EBADF;
	if (!file_readable(f.file))
		ret = -EBADF;
	else if (!S_ISREG(f.file->inode->mode))
		ret = -EINVAL;
	fd_end(f);
	return ret;
}
