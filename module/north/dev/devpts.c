// SPDX-License-Identifier: GPL-2.0
/* /dev/pts: a name for each terminal, for as long as its master is open. */
#include "../task.h"
#include "tty.h"

#define DEVPTS_MAGIC 0x1cd1
#define TTY_GID 5

static struct superblock *devpts_sb;

static s32 pts_inode_open(struct inode *i, struct file *f)
{
	return dev_open(i, f);
}

static const struct inode_ops pts_ops = {
	.open = pts_inode_open,
};

struct inode *devpts_inode(u32 index)
{
	struct inode *i = inode_new(devpts_sb, S_IFCHR | 0620);

	if (!i)
		return NULL;
	i->ops = &pts_ops;
	i->ino = index + 3;
	i->rdev = MKDEV(PTY_MAJOR, index);
	i->uid = current->cred->fsuid;
	i->gid = TTY_GID;
	return i;
}

/* The terminal that a name stands for; tty_lock is held. */
static struct tty *pts_named(const char *name, u32 len)
{
	struct tty *t;
	u32 n = 0;

	if (!len || len > 5 || (name[0] == '0' && len > 1))
		return NULL;
	for (u32 k = 0; k < len; k++) {
		if (name[k] < '0' || name[k] > '9')
			return NULL;
		n = n * 10 + (u32)(name[k] - '0');
	}
	list_for_each(t, &ttys, node)
		if (t->index == n && t->inode)
			return t;
	return NULL;
}

static struct inode *pts_lookup(struct inode *dir, const char *name, u32 len, s32 *err)
{
	struct inode *i = NULL;
	struct tty *t;

	*err = -ENOENT;
	lock(&tty_lock);
	t = pts_named(name, len);
	if (t)
		i = inode_get(t->inode);
	unlock(&tty_lock);
	if (!i && len == 4 && !memcmp(name, "ptmx", 4)) {
		i = inode_new(devpts_sb, S_IFCHR | 0666);
		*err = -ENOMEM;
		if (i) {
			i->ops = &pts_ops;
			i->ino = 2;
			i->rdev = MKDEV(5, 2);
		}
	}
	return i;
}

static bool pts_revalidate(struct inode *dir, const char *name, u32 len, struct inode *inode)
{
	struct tty *t;
	bool same;

	if (len == 4 && !memcmp(name, "ptmx", 4))
		return inode;
	lock(&tty_lock);
	t = pts_named(name, len);
	same = (t ? t->inode : NULL) == inode;
	unlock(&tty_lock);
	return same;
}

static const struct inode_ops pts_dir_ops = {
	.lookup = pts_lookup,
	.revalidate = pts_revalidate,
};

/* The lowest index >= @from that is in use, or -1. */
static s32 pts_next(u32 from)
{
	struct tty *t;
	s32 best = -1;

	lock(&tty_lock);
	list_for_each(t, &ttys, node)
		if (t->inode && t->index >= from && (best < 0 || t->index < (u32)best))
			best = (s32)t->index;
	unlock(&tty_lock);
	return best;
}

static s32 pts_readdir(struct file *f, u64 pos, dir_emit emit, void *arg)
{
	static const char *const fixed[] = { ".", "..", "ptmx" };
	char name[12];
	s32 n;

	for (; pos < 3; pos++)
		if (!emit(arg, fixed[pos], (u32)strlen(fixed[pos]),
			  pos == 2 ? 2 : 1, pos == 2 ? 2 : 4,
			  pos + 1))
			return 0;
	while ((n = pts_next((u32)pos - 3)) >= 0) {
		u32 at = sizeof(name), v = (u32)n;

		do {
			name[--at] = (char)('0' + v % 10);
			v /= 10;
		} while (v);
		pos = (u64)n + 4;
		if (!emit(arg, name + at, (u32)sizeof(name) - at, (u64)n + 3, 2, pos))
			break;
	}
	return 0;
}

static s64 pts_seek(struct file *f, s64 off, u32 whence)
{
	if (whence == 1)
		off += (s64)f->pos;
	else if (whence)
		return -EINVAL;
	return off < 0 ? -EINVAL : off;
}

static s64 pts_read(struct file *f, struct uio *io, u64 *pos)
{
	return -EISDIR;
}

static const struct file_ops pts_dir_file_ops = {
	.read = pts_read,
	.seek = pts_seek,
	.readdir = pts_readdir,
};

struct inode *devpts_root(struct superblock **sb)
{
	struct inode *i;

	devpts_sb = superblock_new("devpts", DEVPTS_MAGIC);
	i = devpts_sb ? inode_new(devpts_sb, S_IFDIR | 0755) : NULL;
	if (!i)
		return NULL;
	i->ino = 1;
	i->nlink = 2;
	i->ops = &pts_dir_ops;
	i->file_ops = &pts_dir_file_ops;
	*sb = devpts_sb;
	return i;
}
