// SPDX-License-Identifier: GPL-2.0
/* ioctl(2): what is the same for all files; the rest is the file's. */
#include "../task.h"
#include "owner.h"

#define FIBMAP 1
#define FIGETBSZ 2
#define FIONREAD 0x541b
#define FIONBIO 0x5421
#define FIONCLEX 0x5450
#define FIOCLEX 0x5451
#define FIOASYNC 0x5452
#define FIOQSIZE 0x5460

static s64 ioctl_flag(struct file *f, s32 fd, u64 arg, u32 flag)
{
	s32 on, err = 0;

	if (south_user_read(&on, arg, sizeof(on)))
		return -EFAULT;
	lock(&f->pos_lock);
	/* Only what can tell of readiness takes O_ASYNC. */
	if (flag == O_ASYNC && !on != !(f->flags & O_ASYNC))
		err = f->ops->async ? owner_async(f, fd, on) : -ENOTTY;
	if (!err)
		WRITE_ONCE(f->flags, on ? f->flags | flag : f->flags & ~flag);
	unlock(&f->pos_lock);
	return err;
}

static s64 ioctl_size(struct file *f, u32 cmd, u64 arg)
{
	struct kstat st;
	s32 err = inode_getattr(f->inode, &st), left;
	s64 size;

	if (err)
		return err;
	if (cmd == FIONREAD) {
		left = (s32)(st.size - f->pos);
		return south_user_write(arg, &left, sizeof(left)) ? -EFAULT : 0;
	}
	size = (s64)st.size;
	return south_user_write(arg, &size, sizeof(size)) ? -EFAULT : 0;
}

static s64 ioctl_file(struct file *f, s32 fd, u32 cmd, u64 arg)
{
	static const s32 block = PAGE_SIZE;
	u32 mode = f->inode->mode;

	switch (cmd) {
	case FIOCLEX:
	case FIONCLEX:
		fd_cloexec((u32)fd, cmd == FIOCLEX);
		return 0;
	case FIONBIO:
		return ioctl_flag(f, fd, arg, O_NONBLOCK);
	case FIOASYNC:
		return ioctl_flag(f, fd, arg, O_ASYNC);
	case FIOQSIZE:
		if (S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode))
			return ioctl_size(f, cmd, arg);
		return -ENOTTY;
	case FIGETBSZ:
		if (f->inode->sb == &anon_sb)
			return -EINVAL;
		return south_user_write(arg, &block, sizeof(block)) ? -EFAULT : 0;
	case FIONREAD:
		if (S_ISREG(mode))
			return ioctl_size(f, cmd, arg);
		break;
	case FIBMAP:
		if (S_ISREG(mode))
			return capable(CAP_SYS_ADMIN) ? -EINVAL : -EPERM;
		break;
	}
	return f->ops->ioctl ? f->ops->ioctl(f, cmd, arg) : -ENOTTY;
}

s64 sys_ioctl(const u64 *a)
{
	struct fd f = fd_begin_io((s32)a[0]);
	s64 ret;

	if (!f.file)
		return -EBADF;
	ret = ioctl_file(f.file, (s32)a[0], (u32)a[1], a[2]);
	fd_end(f);
	return ret;
}
