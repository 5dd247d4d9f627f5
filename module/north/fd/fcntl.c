// SPDX-License-Identifier: GPL-2.0
/* close, dup and fcntl. */
#include "../task.h"
#include "../ipc/ipc.h"
#include "lease.h"
#include "owner.h"

#define F_DUPFD 0
#define F_GETFD 1
#define F_SETFD 2
#define F_GETFL 3
#define F_SETFL 4
#define F_SETLEASE 1024
#define F_GETLEASE 1025
#define F_NOTIFY 1026
#define F_DUPFD_QUERY 1027
#define F_CREATED_QUERY 1028
#define F_DUPFD_CLOEXEC 1030
#define F_SETPIPE_SZ 1031
#define F_GETPIPE_SZ 1032
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#define F_GET_RW_HINT 1035
#define F_SET_RW_HINT 1036
#define RW_HINT_MAX 5

#define CLOSE_RANGE_UNSHARE 2
#define CLOSE_RANGE_CLOEXEC 4

s64 sys_close(const u64 *a)
{
	return fd_close((s32)a[0]);
}

s64 sys_close_range(const u64 *a)
{
	u32 first = (u32)a[0], last = (u32)a[1], flags = (u32)a[2];
	s32 err;

	if (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) || first > last)
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE && fdtable_shared()) {
		/* What would be closed at once needn't be copied. */
		if (flags & CLOSE_RANGE_CLOEXEC)
			err = fdtable_unshare(1, 0);
		else
			err = fdtable_unshare(first, last);
		if (err)
			return err;
	}
	if (flags & CLOSE_RANGE_CLOEXEC)
		fd_cloexec_range(first, last);
	else
		fd_close_range(first, last);
	return 0;
}

/* A counted file of current's, for calls that change the table they look it up in. */
static struct file *fd_file(s32 fd)
{
	return fdtable_file(current->files, (u32)fd);
}

s64 sys_dup(const u64 *a)
{
	struct file *f = fd_file((s32)a[0]);

	if (!f)
		return -EBADF;
	return fd_install(f, 0, false);
}

static s64 do_dup3(u32 from, u32 to, u32 flags)
{
	struct file *f;
	s32 fd;

	if (flags & ~O_CLOEXEC || from == to)
		return -EINVAL;
	if (to >= current->process->rlim_nofile_cur)
		return -EBADF;
	f = fd_file((s32)from);
	if (!f)
		return -EBADF;
	fd = fd_replace(f, to, flags & O_CLOEXEC);
	if (fd < 0)
		file_put(f);
	return fd == -EMFILE ? -EBADF : fd;
}

s64 sys_dup3(const u64 *a)
{
	return do_dup3((u32)a[0], (u32)a[1], (u32)a[2]);
}

s64 sys_dup2(const u64 *a)
{
	if ((u32)a[0] == (u32)a[1])
		return fd_cloexec((u32)a[0], -1) < 0 ? -EBADF : (s64)(u32)a[0];
	return do_dup3((u32)a[0], (u32)a[1], 0);
}

/* ---- fcntl ---- */

static s64 dupfd(struct file *f, u32 from, bool cloexec)
{
	if (from >= current->process->rlim_nofile_cur)
		return -EINVAL;
	return fd_install(file_get(f), from, cloexec);
}

static s64 dupfd_query(struct file *f, s32 fd)
{
	struct fd other = fd_begin(fd);
	s64 ret = other.file ? other.file == f : -EBADF;

	fd_end(other);
	return ret;
}

static s64 setfl(struct file *f, s32 fd, u32 flags)
{
	u32 changes = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME;
	struct inode *i = f->inode;
	s32 err = 0;

	if (flags & O_NOATIME && !(f->flags & O_NOATIME) && current->cred->fsuid != i->uid &&
	    !capable(CAP_FOWNER))
		return -EPERM;
	if (flags & O_DIRECT && !S_ISFIFO(i->mode) && !S_ISREG(i->mode))
		return -EINVAL;
	lock(&f->pos_lock);
	if (f->ops->async) {
		changes |= O_ASYNC;
		if ((flags ^ f->flags) & O_ASYNC)
			err = owner_async(f, fd, flags & O_ASYNC);
	}
	if (!err)
		WRITE_ONCE(f->flags, (flags & changes) | (f->flags & ~changes));
	unlock(&f->pos_lock);
	return err;
}

static s64 rw_hint(u32 cmd, u64 arg)
{
	u64 hint = 0;

	if (cmd == F_GET_RW_HINT)
		return south_user_write(arg, &hint, sizeof(hint)) ? -EFAULT : 0;
	if (south_user_read(&hint, arg, sizeof(hint)))
		return -EFAULT;
	return hint > RW_HINT_MAX ? -EINVAL : 0;
}

static s64 fcntl_file(struct file *f, s32 fd, u32 cmd, u64 arg)
{
	s32 ret;

	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return dupfd(f, (u32)arg, cmd == F_DUPFD_CLOEXEC);
	case F_DUPFD_QUERY:
		return dupfd_query(f, (s32)arg);
	case F_CREATED_QUERY:
		return 0;
	case F_GETFD:
		return fd_cloexec((u32)fd, -1);
	case F_SETFD:
		ret = fd_cloexec((u32)fd, (s32)(arg & 1));
		return ret < 0 ? ret : 0;
	case F_GETFL:
		return f->flags;
	case F_SETFL:
		return setfl(f, fd, (u32)arg);
	case F_SETOWN:
	case F_GETOWN:
	case F_SETOWN_EX:
	case F_GETOWN_EX:
	case F_GETOWNER_UIDS:
	case F_SETSIG:
	case F_GETSIG:
		return owner_fcntl(f, cmd, arg);
	case F_GETLEASE:
		return lease_get(f);
	case F_SETLEASE:
		return lease_set(f, fd, (u32)arg);
	case F_NOTIFY:
		return dnotify_set(f, fd, (u32)arg);
	case F_SETPIPE_SZ:
	case F_GETPIPE_SZ:
		return pipe_fcntl(f, cmd == F_SETPIPE_SZ, (u32)arg);
	case F_ADD_SEALS:
	case F_GET_SEALS:
		return memfd_fcntl(f, cmd == F_ADD_SEALS, (u32)arg);
	case F_GET_RW_HINT:
	case F_SET_RW_HINT:
		return rw_hint(cmd, arg);
	default:
		return fcntl_is_lock(cmd) ? fcntl_lock(f, fd, cmd, arg) : -EINVAL;
	}
}

/* What may be asked of an O_PATH descriptor. */
static bool fcntl_path_ok(u32 cmd)
{
	return cmd == F_CREATED_QUERY || cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC ||
	       cmd == F_DUPFD_QUERY || cmd == F_GETFD || cmd == F_SETFD || cmd == F_GETFL;
}

s64 sys_fcntl(const u64 *a)
{
	struct fd f = fd_begin((s32)a[0]);
	u32 cmd = (u32)a[1];
	s64 ret;

	if (!f.file)
		return -EBADF;
	if (f.file->flags & O_PATH && !fcntl_path_ok(cmd))
		ret = -EBADF;
	else
		ret = fcntl_file(f.file, (s32)a[0], cmd, a[2]);
	fd_end(f);
	return ret;
}
