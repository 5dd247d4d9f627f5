// SPDX-License-Identifier: GPL-2.0
/*
 * memfd_create and seals. A memfd is a file of the memory file system without a
 * name; its operations are that file system's behind the checks of the seals.
 */
#include "../task.h"
#include "../fs/fs.h"
#include "ipc.h"

#define MFD_CLOEXEC 1
#define MFD_ALLOW_SEALING 2
#define MFD_HUGETLB 4
#define MFD_NOEXEC_SEAL 8
#define MFD_EXEC 16
#define MFD_ALL 31
#define MFD_HUGE_BITS (63u << 26)
#define MFD_NAME_MAX 249

#define F_SEAL_ALL 63
#define F_SEAL_CONTENT (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)

/* Also in inode->seals: how many writes, truncations, ... are under way. */
#define SEALS_CHANGE 0x10000u
#define SEALS_CHANGES 0x7fff0000u

#define FALLOC_FL_KEEP_SIZE 1
#define FALLOC_FL_PUNCH_HOLE 2
#define PROT_WRITE 2
#define MAP_TYPE 0xf
#define MAP_PRIVATE 2

/* The memory file system's; the same for all memfds. */
static const struct file_ops *base;

/*
 * change_begin - may the file change so that it is @from bytes large at least and
 * @to at most? Seals can't be added before change_end().
 */
static s32 change_begin(struct inode *i, bool content, u64 from, u64 to)
{
	s32 err = 0;

	lock(&i->lock);
	if (content && i->seals & F_SEAL_CONTENT)
		err = -EPERM;
	else if (i->seals & F_SEAL_SHRINK && from < i->size)
		err = -EPERM;
	else if (i->seals & F_SEAL_GROW && to > i->size)
		err = -EPERM;
	else
		i->seals += SEALS_CHANGE;
	unlock(&i->lock);
	return err;
}

static void change_end(struct inode *i)
{
	lock(&i->lock);
	i->seals -= SEALS_CHANGE;
	unlock(&i->lock);
}

static s64 memfd_read(struct file *f, struct uio *io, u64 *pos)
{
	return base->read(f, io, pos);
}

static s64 memfd_write(struct file *f, struct uio *io, u64 *pos)
{
	u64 at = uio_appends(f, io) ? f->inode->size : *pos, end = at + io->left;
	s64 n;

	if (!io->left)
		return 0;
	n = change_begin(f->inode, true, ~0ull, end < at ? ~0ull : end);
	if (n)
		return n;
	n = base->write(f, io, pos);
	change_end(f->inode);
	return n;
}

static s64 memfd_seek(struct file *f, s64 off, u32 whence)
{
	return base->seek(f, off, whence);
}

static s64 memfd_mmap(struct file *f, u64 addr, u64 len, u32 prot, u32 flags, u64 off)
{
	if ((flags & MAP_TYPE) != MAP_PRIVATE && f->inode->seals & F_SEAL_CONTENT) {
		if (prot & PROT_WRITE)
			return -EPERM;
		/* So that it can't become writable later. */
		flags |= SOUTH_MAP_READONLY;
	}
	return base->mmap(f, addr, len, prot, flags, off);
}

static s32 memfd_fsync(struct file *f, bool datasync)
{
	return base->fsync(f, datasync);
}

static s32 memfd_truncate(struct file *f, u64 size)
{
	s32 err = change_begin(f->inode, false, size, size);

	if (err)
		return err;
	err = base->truncate(f, size);
	change_end(f->inode);
	return err;
}

static s32 memfd_allocate(struct file *f, u32 mode, u64 off, u64 len)
{
	s32 err = change_begin(f->inode, mode & FALLOC_FL_PUNCH_HOLE, ~0ull,
			       mode & FALLOC_FL_KEEP_SIZE ? 0 : off + len);

	if (err)
		return err;
	err = base->allocate(f, mode, off, len);
	change_end(f->inode);
	return err;
}

static void memfd_release(struct file *f)
{
	if (base->release)
		base->release(f);
}

static const struct file_ops memfd_ops = {
	.read = memfd_read,
	.write = memfd_write,
	.seek = memfd_seek,
	.mmap = memfd_mmap,
	.fsync = memfd_fsync,
	.truncate = memfd_truncate,
	.allocate = memfd_allocate,
	.release = memfd_release,
};

s64 memfd_fcntl(struct file *f, bool add, u32 arg)
{
	struct inode *i = f->inode;
	s64 ret = 0;

	if (!(i->seals & INODE_SEALABLE))
		return -EINVAL;
	if (!add)
		return i->seals & F_SEAL_ALL;
	if (!file_writable(f))
		return -EPERM;
	if (arg & ~F_SEAL_ALL)
		return -EINVAL;
	lock(&i->lock);
	if (i->seals & F_SEAL_SEAL)
		ret = -EPERM;
	else if (arg & ~(F_SEAL_SEAL | F_SEAL_EXEC) && i->seals & SEALS_CHANGES)
		ret = -EBUSY;
	else if (arg & F_SEAL_EXEC && i->mode & 0111)
		i->seals |= arg | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_CONTENT;
	else
		i->seals |= arg;
	unlock(&i->lock);
	return ret;
}

/* The file of @i, by the name that /proc shows. */
static struct file *memfd_file(struct inode *i, const char *name)
{
	struct file *f;
	struct path p;
	s32 err;

	err = path_anon(i, name, &p);
	if (err)
		return ERR_PTR(err);
	f = path_open_at(&p, O_RDWR | O_LARGEFILE);
	path_put(&p);
	return f;
}

/* "/memfd:NAME (deleted)"; to release(). */
static char *memfd_name(u64 uaddr, s32 *err)
{
	static const char before[] = "/memfd:", after[] = " (deleted)";
	char *buf = alloc(MFD_NAME_MAX + sizeof(before) + sizeof(after));
	s32 len;

	*err = -ENOMEM;
	if (!buf)
		return NULL;
	memcpy(buf, before, sizeof(before));
	len = south_user_string(buf + sizeof(before) - 1, uaddr, MFD_NAME_MAX + 1);
	if (len < 0 || len > MFD_NAME_MAX) {
		*err = len < 0 ? -EFAULT : -EINVAL;
		release(buf);
		return NULL;
	}
	memcpy(buf + sizeof(before) - 1 + len, after, sizeof(after));
	*err = 0;
	return buf;
}

s64 sys_memfd_create(const u64 *a)
{
	u32 flags = (u32)a[1];
	struct inode *i;
	struct file *f;
	char *name;
	s32 err;

	if (flags & MFD_HUGETLB ? flags & ~(MFD_ALL | MFD_HUGE_BITS) : flags & ~MFD_ALL)
		return -EINVAL;
	if ((flags & (MFD_EXEC | MFD_NOEXEC_SEAL)) == (MFD_EXEC | MFD_NOEXEC_SEAL))
		return -EINVAL;
	name = memfd_name(a[0], &err);
	if (!name)
		return err;
	/* There are no huge pages in a box. */
	i = flags & MFD_HUGETLB ? NULL : memfs_anon(flags & MFD_NOEXEC_SEAL ? 0666 : 0777);
	if (!i) {
		release(name);
		return -ENOMEM;
	}
	base = i->file_ops;
	i->file_ops = &memfd_ops;
	i->seals = INODE_SEALABLE | F_SEAL_SEAL;
	if (flags & MFD_NOEXEC_SEAL)
		i->seals = INODE_SEALABLE | F_SEAL_EXEC;
	else if (flags & MFD_ALLOW_SEALING)
		i->seals = INODE_SEALABLE;
	f = memfd_file(i, name);
	inode_put(i);
	release(name);
	if (IS_ERR(f))
		return PTR_ERR(f);
	return fd_install(f, 0, flags & MFD_CLOEXEC);
}
