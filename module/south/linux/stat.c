// SPDX-License-Identifier: GPL-2.0
/* Attributes of host files and file systems. */
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/stat.h>
#include <linux/statfs.h>
#include <linux/kdev_t.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include "linux.h"

#define LB_MODE_BITS 01777 /* that a box may set on the host: no set-id bits */

static s64 lb_time_ns(const struct timespec64 *ts)
{
	return timespec64_to_ns(ts);
}

static u64 lb_dev(dev_t dev)
{
	return (u64)MAJOR(dev) << 32 | MINOR(dev);
}

int lb_linux_stat(struct lb_box *box, struct lb_handle *h, struct south_stat *st)
{
	const struct path *path = lb_linux_path(h);
	const struct cred *old;
	struct kstat ks;
	int err;

	/* Of a file system that looks empty, the directory at its top does too. */
	if (lb_hidden(path->dentry->d_sb) && h->kind != LB_HANDLE_STREAM) {
		st->ino = 1;
		st->mode = S_IFDIR | 0555;
		st->nlink = 2;
		st->blksize = PAGE_SIZE;
		return 0;
	}
	old = override_creds(lb_linux_cred(box, h));
	err = vfs_getattr(path, &ks, STATX_BASIC_STATS, AT_STATX_SYNC_AS_STAT);
	revert_creds(old);
	if (err)
		return err;
	st->ino = ks.ino;
	st->dev = lb_dev(ks.dev);
	st->size = ks.size;
	st->blocks = ks.blocks;
	st->mode = ks.mode;
	st->nlink = ks.nlink;
	st->uid = from_kuid_munged(&init_user_ns, ks.uid);
	st->gid = from_kgid_munged(&init_user_ns, ks.gid);
	st->rdev = lb_dev(ks.rdev);
	st->atime = lb_time_ns(&ks.atime);
	st->mtime = lb_time_ns(&ks.mtime);
	st->ctime = lb_time_ns(&ks.ctime);
	st->blksize = ks.blksize;
	return 0;
}

int lb_linux_statfs(struct lb_box *box, struct lb_handle *h, struct south_statfs *st)
{
	const struct path *path = lb_linux_path(h);
	const struct cred *old;
	struct kstatfs ks;
	int err;

	if (lb_hidden(path->dentry->d_sb))
		return 0;
	old = override_creds(lb_linux_cred(box, h));
	err = vfs_statfs(path, &ks);
	revert_creds(old);
	if (err)
		return err;
	st->type = ks.f_type;
	st->bsize = ks.f_bsize;
	st->blocks = ks.f_blocks;
	st->bfree = ks.f_bfree;
	st->bavail = ks.f_bavail;
	st->files = ks.f_files;
	st->ffree = ks.f_ffree;
	return 0;
}

int lb_linux_setattr(struct lb_box *box, struct lb_handle *place, u32 valid, u32 mode,
		     s64 atime, s64 mtime)
{
	struct inode *inode = d_inode(place->path.dentry);
	struct iattr attr = { .ia_valid = ATTR_CTIME };
	const struct cred *old;
	int err;

	if (valid & ~(SOUTH_ATTR_MODE | SOUTH_ATTR_ATIME | SOUTH_ATTR_MTIME))
		return -EINVAL;
	if (!place->writable || lb_hidden(inode->i_sb))
		return -EROFS;
	if (valid & SOUTH_ATTR_MODE) {
		attr.ia_valid |= ATTR_MODE;
		attr.ia_mode = (inode->i_mode & S_IFMT) | (mode & LB_MODE_BITS);
	}
	if (valid & SOUTH_ATTR_ATIME) {
		attr.ia_valid |= ATTR_ATIME | ATTR_ATIME_SET;
		attr.ia_atime = ns_to_timespec64(atime);
	}
	if (valid & SOUTH_ATTR_MTIME) {
		attr.ia_valid |= ATTR_MTIME | ATTR_MTIME_SET;
		attr.ia_mtime = ns_to_timespec64(mtime);
	}
	old = override_creds(lb_linux_cred(box, place));
	err = mnt_want_write(place->path.mnt);
	if (!err) {
		inode_lock(inode);
		err = notify_change(mnt_idmap(place->path.mnt), place->path.dentry, &attr, NULL);
		inode_unlock(inode);
		mnt_drop_write(place->path.mnt);
	}
	revert_creds(old);
	return err;
}
