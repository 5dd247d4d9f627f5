// SPDX-License-Identifier: GPL-2.0
/*
 * The names of POSIX message queues: a file system with one directory, made of the
 * memory file system's parts. It is mounted on /dev/mqueue, and is there for mq_open(2)
 * whatever becomes of that mount.
 */
#include "../task.h"
#include "../ipc/mqueue.h"
#include "../abi/fs.h"
#include "notify.h"
#include "open.h"
#include "node.h"
#include "walk.h"

#define MQUEUE_MAGIC 0x19800202
#define FILE_SIZE 80

static struct path root;	/* counted; set once, at boot */
static struct inode_ops dir_ops, queue_ops;

/* ---- inodes ---- */

static const struct mq_attr default_attr = {
	.maxmsg = MQ_MSG_MAX,
	.msgsize = MQ_MSGSIZE_MAX,
};

static struct inode *make(struct inode *dir, const char *name, u32 len, u32 mode,
			  const struct mq_attr *attr, s32 *err)
{
	struct mqueue *q = mqueue_new(attr, err);
	struct inode *i;

	if (!q)
		return NULL;
	i = memfs_dir_ops.make(dir, name, len, mode, 0, NULL, err);
	if (!i) {
		mqueue_free(q);
		return NULL;
	}
	i->size = FILE_SIZE;
	i->private = q;
	i->ops = &queue_ops;
	i->file_ops = &mqueue_ops;
	return i;
}

static struct inode *dir_make(struct inode *dir, const char *name, u32 len, u32 mode, u64 rdev,
			      const char *target, s32 *err)
{
	if (!S_ISREG(mode)) {
		*err = -EPERM;
		return NULL;
	}
	return make(dir, name, len, mode, &default_attr, err);
}

static void queue_evict(struct inode *i)
{
	mqueue_free(i->private);
	memfs_file_ops.evict(i);
}

s32 mqueue_mount(void)
{
	struct superblock *sb = NULL;
	struct inode *i = memfs_root(01777, &sb);
	struct walk w;
	s32 err;

	if (!i)
		return -ENOMEM;
	sb->type = "mqueue";
	sb->magic = MQUEUE_MAGIC;
	dir_ops = memfs_dir_ops;
	dir_ops.make = dir_make;
	dir_ops.link = NULL;
	dir_ops.rename = NULL;
	queue_ops = memfs_file_ops;
	queue_ops.open = NULL;
	queue_ops.handle = NULL;
	queue_ops.evict = queue_evict;
	i->ops = &dir_ops;
	err = mount_add("/dev/mqueue", sb, i, "mqueue", false);
	if (err)
		return err;
	walk_begin_boot(&w, "/dev/mqueue");
	err = walk_last(&w);
	if (!err) {
		root = w.cur;
		dentry_get_locked(root.dentry);
		root.mount->refs++;
	}
	walk_end(&w);
	return err;
}

/* ---- by name ---- */

/* The name of a queue isn't a path: as lookup_one_len(). */
static s32 name_check(const char *name, u32 len)
{
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	return !strcmp(name, ".") || !strcmp(name, "..") || strchr(name, '/') ? -EACCES : 0;
}

/* The counted dentry of @name; the directory's lock is held. ERR_PTR. */
static struct dentry *find(const char *name)
{
	u32 len = (u32)strlen(name);
	s32 err = name_check(name, len);
	struct dentry *d;

	if (!err)
		err = inode_permission(root.dentry->inode, MAY_EXEC);
	if (err)
		return ERR_PTR(err);
	d = dentry_lookup(root.dentry, name, len, name_hash(name, len), &err);
	return d ? d : ERR_PTR(err);
}

static s32 create(struct dentry *d, u32 mode, const struct mq_attr *attr)
{
	struct inode *dir = root.dentry->inode, *i;
	s32 err = inode_permission(dir, MAY_WRITE | MAY_EXEC);

	if (err)
		return err;
	mode &= S_IALLUGO & ~READ_ONCE(current->fs->umask);
	i = make(dir, d->name, d->len, S_IFREG | mode, attr ? attr : &default_attr, &err);
	if (!i)
		return err;
	names_lock();
	dentry_fill(d, i);
	names_unlock();
	notify_name(dir, d->name, d->len, i, IN_CREATE);
	return 0;
}

static s32 prepare(struct dentry *d, u32 flags, u32 mode, const struct mq_attr *attr)
{
	static const u32 masks[] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE };

	if (!d->inode)
		return flags & O_CREAT ? create(d, mode, attr) : -ENOENT;
	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return -EEXIST;
	if ((flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	return inode_permission(d->inode, masks[flags & O_ACCMODE]);
}

struct file *mqueue_open(const char *name, u32 flags, u32 mode, const struct mq_attr *attr)
{
	struct inode *dir = root.dentry->inode;
	struct dentry *d;
	struct file *f;
	s32 err;

	lock(&dir->lock);
	d = find(name);
	if (IS_ERR(d)) {
		unlock(&dir->lock);
		return (struct file *)d;
	}
	err = prepare(d, flags, mode, attr);
	unlock(&dir->lock);
	f = err ? ERR_PTR(err) :
		  file_at(&(struct path){ root.mount, d }, flags & (O_ACCMODE | O_NONBLOCK));
	dentry_put(d);
	return f;
}

s32 mqueue_unlink(const char *name)
{
	struct inode *dir = root.dentry->inode;
	struct dentry *d;
	s32 err;

	lock(&dir->lock);
	d = find(name);
	err = IS_ERR(d) ? PTR_ERR(d) : name_remove(root.dentry, d);
	unlock(&dir->lock);
	if (!IS_ERR(d))
		dentry_put(d);
	return err;
}
