/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of this room share. */
#ifndef NORTH_FD_H
#define NORTH_FD_H

#include "file.h"
#include "../fs/fs.h"

/* fd_cloexec - the flag of a descriptor, set anew if @set isn't negative. The old one or -EBADF. */
s32 fd_cloexec(u32 fd, s32 set);
/*
 * fd_replace - @fd is @f from now on, whose reference is taken on success; what was
 * there is closed.
 */
s32 fd_replace(struct file *f, u32 fd, bool cloexec);
void fd_close_range(u32 first, u32 last);
void fd_cloexec_range(u32 first, u32 last);
bool fdtable_shared(void);
/* fdtable_unshare - current's table becomes its own, without the slots @first to @last. */
s32 fdtable_unshare(u32 first, u32 last);
struct fdtable *fdtable_copy_but(struct fdtable *t, u32 first, u32 last);

#define MAX_RW_COUNT 0x7ffff000u
#define IOV_MAX 1024

#define IOV_FEW 8
/* struct uiovec - the pieces of a vector call: import_iovec(). */
struct uiovec {
	struct uio io;		/* advanced to the first piece that isn't empty */
	struct iovec few[IOV_FEW], *vec;
};
/* uiovec_begin - 0 or -EINVAL, -EFAULT, -ENOMEM, with nothing to end. */
s64 uiovec_begin(struct uiovec *v, u64 uaddr, u64 count);
static inline void uiovec_end(struct uiovec *v)
{
	if (v->vec != v->few)
		release(v->vec);
}

/*
 * file_pos_begin - takes pos_lock if another task could use @f's position; @counted as
 * in struct fd.
 */
static inline bool file_pos_begin(struct file *f, bool counted)
{
	if (!f->ops->seek || (!counted && *(volatile u32 *)&f->refs == 1))
		return false;
	lock(&f->pos_lock);
	return true;
}

static inline void file_pos_end(struct file *f, bool locked)
{
	if (locked)
		unlock(&f->pos_lock);
}

/* file_pread_ok - has it a position that pread(2) may replace? */
static inline bool file_pread_ok(const struct file *f)
{
	return f->ops->seek && f->inode->sb != &anon_sb;
}

/*
 * file_rw_at - AIO's read or write: of @count bytes at @uaddr, or of that many pieces if
 * @vector. *@done is true once what comes back is the operation's own result.
 */
s64 file_rw_at(struct file *f, u64 uaddr, u64 count, bool vector, s64 off, u32 flags, bool write,
	       bool *done);

/* The checks of fcntl's locks, with the lock's place worked out, then the call itself. */
s64 fcntl_lock(struct file *f, s32 fd, u32 cmd, u64 arg);
bool fcntl_is_lock(u32 cmd);

#endif
