// SPDX-License-Identifier: GPL-2.0
/* Inodes: references, owners, permission, attributes. */
#include "../task.h"
#include "dentry.h"
#include "node.h"

struct mutex inodes_lock;	/* see fs.h */

struct superblock anon_sb = {
	.type = "anon_inodefs",
	.dev = MKDEV(0, 1),
	.magic = 0x09041934,
};

/* Minor numbers of superblocks; inodes_lock. */
static u32 last_dev = 20;

static void superblock_init(struct superblock *sb, const char *type, u64 magic)
{
	sb->type = type;
	sb->magic = magic;
	lock(&inodes_lock);
	sb->dev = MKDEV(0, ++last_dev);
	unlock(&inodes_lock);
}

struct superblock *superblock_new(const char *type, u64 magic)
{
	struct superblock *sb = new(struct superblock);

	if (sb)
		superblock_init(sb, type, magic);
	return sb;
}

void inode_init(struct inode *i, struct superblock *sb, u32 mode)
{
	i->refs = 1;
	i->mode = mode;
	i->nlink = 1;
	i->sb = sb;
	i->atime = i->mtime = i->ctime = i->btime = south_time(0);
	list_init(&i->doomed);
	lock(&inodes_lock);
	i->ino = ++sb->next_ino;
	unlock(&inodes_lock);
}

struct inode *inode_new(struct superblock *sb, u32 mode)
{
	struct inode *i = new(struct inode);

	if (i)
		inode_init(i, sb, mode);
	return i;
}

struct inode *inode_get(struct inode *i)
{
	lock(&inodes_lock);
	i->refs++;
	unlock(&inodes_lock);
	return i;
}

void inode_put(struct inode *i)
{
	if (!i)
		return;
	names_lock();
	inode_put_locked(i);
	names_unlock();
}

void inode_put_later(struct inode *i)
{
	if (!i)
		return;
	lock(&inodes_lock);
	inode_put_locked(i);
	unlock(&inodes_lock);
}

void inode_opens(struct inode *i, u32 *readers, u32 *writers)
{
	lock(&inodes_lock);
	*readers = i->readers;
	*writers = i->writers;
	unlock(&inodes_lock);
}

void inode_init_owner(struct inode *i, const struct inode *dir)
{
	const struct cred *c = current ? current->cred : NULL;

	i->uid = c ? c->fsuid : 0;
	if (dir && dir->mode & S_ISGID) {
		i->gid = dir->gid;
		if (S_ISDIR(i->mode))
			i->mode |= S_ISGID;
	} else {
		i->gid = c ? c->fsgid : 0;
	}
	/* Nobody makes a program with the rights of a group that isn't theirs. */
	if (!S_ISDIR(i->mode) && (i->mode & (S_ISGID | 010)) == (S_ISGID | 010) && c &&
	    !in_group(i->gid) && !capable(CAP_FSETID))
		i->mode &= ~S_ISGID;
}

s32 inode_permission(struct inode *i, u32 mask)
{
	const struct cred *c = current->cred;
	u32 mode = i->mode;
	s32 err;

	if (mask & MAY_WRITE && READ_ONCE(i->sb->readonly) &&
	    (S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode)))
		return -EROFS;
	if (i->ops && i->ops->permission)
		return i->ops->permission(i, mask);
	if (c->fsuid == i->uid)
		mode >>= 6;
	else if (mode & 070 && acl_permission(i, mask, &err))
		mode = err ? 0 : 7;
	else if (mask & (mode ^ mode >> 3) && in_group(i->gid))
		mode >>= 3;
	if (!(mask & ~mode & 7))
		return 0;
	if (S_ISDIR(i->mode)) {
		if (!(mask & MAY_WRITE) && capable(CAP_DAC_READ_SEARCH))
			return 0;
		return capable(CAP_DAC_OVERRIDE) ? 0 : -EACCES;
	}
	if ((mask & 7) == MAY_READ && capable(CAP_DAC_READ_SEARCH))
		return 0;
	if ((!(mask & MAY_EXEC) || i->mode & 0111) && capable(CAP_DAC_OVERRIDE))
		return 0;
	return -EACCES;
}

void inode_fill(const struct inode *i, struct kstat *st)
{
	*st = (struct kstat){
		.ino = READ_ONCE(i->ino),
		.dev = i->sb->dev,
		.rdev = i->rdev,
		.size = READ_ONCE(i->size),
		.blocks = 0,
		.mode = READ_ONCE(i->mode),
		.nlink = READ_ONCE(i->nlink),
		.uid = READ_ONCE(i->uid),
		.gid = READ_ONCE(i->gid),
		.blksize = PAGE_SIZE,
		.atime = READ_ONCE(i->atime),
		.mtime = READ_ONCE(i->mtime),
		.ctime = READ_ONCE(i->ctime),
		.btime = i->btime,
	};
}

s32 inode_getattr(struct inode *i, struct kstat *st)
{
	inode_fill(i, st);
	if (i->ops && i->ops->getattr)
		return i->ops->getattr(i, st);
	return 0;
}

void inode_setattr(struct inode *i, const struct attr *a)
{
	if (a->valid & ATTR_UID)
		WRITE_ONCE(i->uid, a->uid);
	if (a->valid & ATTR_GID)
		WRITE_ONCE(i->gid, a->gid);
	if (a->valid & ATTR_MODE)
		WRITE_ONCE(i->mode, (i->mode & S_IFMT) | (a->mode & S_IALLUGO));
	if (a->valid & ATTR_ATIME)
		WRITE_ONCE(i->atime, a->atime);
	if (a->valid & ATTR_MTIME)
		WRITE_ONCE(i->mtime, a->mtime);
	WRITE_ONCE(i->ctime, south_time(0));
}
