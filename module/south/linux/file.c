// SPDX-License-Identifier: GPL-2.0
/* Memory objects and opened host files. */
#include <linux/file.h>
#include <linux/falloc.h>
#include <linux/sched/signal.h>
#include "linux.h"
#include "../../compat.h"

struct lb_handle *lb_linux_object(u64 size)
{
	struct lb_handle *h;
	struct file *file;

	if (size > MAX_LFS_FILESIZE)
		return ERR_PTR(-EFBIG);
	h = lb_handle_new(LB_HANDLE_OBJECT);
	if (!h)
		return ERR_PTR(-ENOMEM);
	file = shmem_file_setup("litebox", size, LB_SHMEM_NORESERVE);
	if (IS_ERR(file)) {
		lb_handle_put(h);
		return ERR_CAST(file);
	}
	file->f_mode |= FMODE_PREAD | FMODE_PWRITE;
	file->f_flags |= O_LARGEFILE;
	h->writable = true;
	h->file = file;
	return h;
}

ssize_t lb_linux_read(struct lb_handle *h, u64 off, struct iov_iter *to, u32 flags)
{
	loff_t pos = off;

	if (h->kind == LB_HANDLE_STREAM)
		return h->readable ? lb_stream_read(h->file, to, flags) : -EBADF;
	if (pos < 0)
		return -EINVAL;
	return vfs_iter_read(h->file, to, &pos, 0);
}

ssize_t lb_linux_write(struct lb_handle *h, u64 off, struct iov_iter *from, u32 flags)
{
	loff_t pos = off;

	if (h->kind == LB_HANDLE_STREAM)
		return h->writable ? lb_stream_write(h->file, from, flags) : -EBADF;
	if (pos < 0)
		return -EINVAL;
	return vfs_iter_write(h->file, from, &pos, flags & SOUTH_APPEND ? RWF_APPEND : 0);
}

s64 lb_linux_copy(struct lb_handle *to, u64 to_off, struct lb_handle *from, u64 from_off, u64 len)
{
	u64 done = 0;

	if ((s64)(to_off | from_off | len) < 0)
		return -EINVAL;
	/* In pieces, between which a kill is noticed. */
	while (done < len) {
		ssize_t n = vfs_copy_file_range(from->file, from_off + done, to->file,
						to_off + done, min(len - done, LB_COPY_CHUNK),
						COPY_FILE_SPLICE);

		if (n <= 0)
			return n ?: done;
		done += n;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return done;
}

int lb_linux_truncate(struct lb_box *box, struct lb_handle *h, u64 size)
{
	const struct cred *old;
	int err;

	if ((s64)size < 0)
		return -EFBIG;
	if (!(h->file->f_mode & FMODE_WRITE))
		return -EINVAL;
	old = override_creds(lb_linux_cred(box, h));
	err = vfs_truncate(&h->file->f_path, size);
	revert_creds(old);
	return err;
}

int lb_linux_allocate(struct lb_handle *h, u32 mode, u64 off, u64 len)
{
	return vfs_fallocate(h->file, mode, off, len);
}

s64 lb_linux_seek(struct lb_handle *h, s64 off, u32 whence)
{
	if (h->kind == LB_HANDLE_STREAM)
		return lb_stream_seek(h->file, off, whence);
	if ((whence != SEEK_DATA && whence != SEEK_HOLE) || !S_ISREG(file_inode(h->file)->i_mode))
		return -EINVAL;
	return vfs_llseek(h->file, off, whence);
}

int lb_linux_sync(struct lb_handle *h, bool datasync)
{
	return h->kind == LB_HANDLE_OBJECT ? 0 : vfs_fsync(h->file, datasync);
}
