// SPDX-License-Identifier: GPL-2.0
/* Where a file stands and what becomes of its data: lseek, fsync and advice. */
#include "../task.h"
#include "../abi/fs.h"
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

struct cachestat_range {
	u64 off, len;
};

struct cachestat {
	u64 cache, dirty, writeback, evicted, recently_evicted;
};

/* can_do_cachestat() */
static bool cachestat_ok(const struct file *f)
{
	struct inode *i = f->inode;

	return file_writable(f) || current->cred->fsuid == i->uid || capable(CAP_FOWNER) ||
	       !inode_permission(i, MAY_WRITE);
}

/* How many of the pages from @first to @last have data. */
static u64 pages_with_data(struct file *f, u64 first, u64 last)
{
	u64 sum = 0, from, to;
	s64 at, pos = (s64)(first * PAGE_SIZE);

	while (pos >= 0) {
		at = f->ops->seek(f, pos, SEEK_DATA);
		pos = at < 0 ? at : f->ops->seek(f, at, SEEK_HOLE);
		if (pos <= at)
			break;
		from = max((u64)at / PAGE_SIZE, first);
		to = min((u64)(pos - 1) / PAGE_SIZE, last);
		if (from > last)
			break;
		sum += to - from + 1;
		first = to + 1;
	}
	return sum;
}

/* As with mincore(2), all data are said to be in memory. */
static u64 pages_cached(struct fd f, const struct cachestat_range *r)
{
	u64 first = r->off / PAGE_SIZE, last = r->len ? (r->off + r->len - 1) / PAGE_SIZE : ~0ull;
	u64 pos, sum;
	bool locked;

	if (!S_ISREG(f.file->inode->mode) || !f.file->ops->seek || last < first)
		return 0;
	locked = file_pos_begin(f.file, f.counted);
	pos = f.file->pos;
	sum = pages_with_data(f.file, first, last);
	f.file->pos = pos;
	file_pos_end(f.file, locked);
	return sum;
}

s64 sys_cachestat(const u64 *a)
{
	struct fd f = fd_begin_io((s32)a[0]);
	struct cachestat_range r;
	struct cachestat st = { 0 };
	s32 err = 0;

	if (!f.file)
		return -EBADF;
	if (south_user_read(&r, a[1], sizeof(r)))
		err = -EFAULT;
	else if (!cachestat_ok(f.file))
		err = -EPERM;
	else if ((u32)a[3])
		err = -EINVAL;
	else
		st.cache = pages_cached(f, &r);
	fd_end(f);
	if (err)
		return err;
	return south_user_write(a[2], &st, sizeof(st)) ? -EFAULT : 0;
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
