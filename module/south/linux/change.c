// SPDX-License-Identifier: GPL-2.0
/* Names beneath a writable bind: create, remove, rename, link. */
#include <linux/fs.h>
#include <linux/namei.h>
#include <linux/mount.h>
#include <linux/cred.h>
#include "linux.h"
#include "../../compat.h"

#define LB_MAKE_BITS 01777 /* that a box may set on the host: no set-id bits */

/* May names of this directory be changed at all? */
static int lb_change_check(const struct lb_handle *dir)
{
	if (!d_can_lookup(dir->path.dentry))
		return -ENOTDIR;
	return dir->writable && !lb_hidden(dir->path.dentry->d_sb) ? 0 : -EROFS;
}

static int lb_make_name(const struct path *dir, const struct lb_name *name, umode_t mode,
			const char *target)
{
	struct mnt_idmap *idmap = mnt_idmap(dir->mnt);
	struct inode *inode = d_inode(dir->dentry);
	struct dentry *dentry = lb_start_creating(idmap, dir->dentry, name->str, name->len);
	int err;

	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	switch (mode & S_IFMT) {
	case S_IFREG:
		err = lb_vfs_create(idmap, inode, dentry, mode);
		break;
	case S_IFDIR:
		dentry = lb_vfs_mkdir(idmap, inode, dentry, mode & ~S_IFMT);
		err = PTR_ERR_OR_ZERO(dentry);
		break;
	case S_IFLNK:
		err = lb_vfs_symlink(idmap, inode, dentry, target);
		break;
	default:
		err = lb_vfs_mknod(idmap, inode, dentry, mode);
	}
	lb_end_changing(dir->dentry, dentry);
	return err;
}

struct lb_handle *lb_linux_make(struct lb_box *box, struct lb_handle *dir,
				const struct lb_name *name, u32 mode, const char *target)
{
	const struct cred *old;
	int err;

	mode &= S_IFMT | LB_MAKE_BITS;
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
	case S_IFLNK:
	case S_IFIFO:
	case S_IFSOCK:
		break;
	default:
		return ERR_PTR(-EPERM);
	}
	err = lb_change_check(dir);
	if (err)
		return ERR_PTR(err);
	old = override_creds(lb_linux_cred(box, dir));
	err = mnt_want_write(dir->path.mnt);
	if (!err) {
		err = lb_make_name(&dir->path, name, mode, target);
		mnt_drop_write(dir->path.mnt);
	}
	revert_creds(old);
	return err ? ERR_PTR(err) : lb_linux_lookup(box, dir, name);
}

static int lb_remove_name(const struct path *dir, const struct lb_name *name, bool isdir)
{
	struct mnt_idmap *idmap = mnt_idmap(dir->mnt);
	struct dentry *dentry = lb_start_removing(idmap, dir->dentry, name->str, name->len);
	int err;

	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	/*
	 * A host's mount elsewhere: the kernel would look for one of the caller's
	 * namespace only.
	 */
	if (d_mountpoint(dentry))
		err = -EBUSY;
	else if (isdir)
		err = lb_vfs_rmdir(idmap, d_inode(dir->dentry), dentry);
	else
		err = vfs_unlink(idmap, d_inode(dir->dentry), dentry, NULL);
	lb_end_changing(dir->dentry, dentry);
	return err;
}

int lb_linux_remove(struct lb_box *box, struct lb_handle *dir, const struct lb_name *name,
		    bool isdir)
{
	const struct cred *old;
	int err = lb_change_check(dir);

	if (err)
		return err;
	old = override_creds(lb_linux_cred(box, dir));
	err = mnt_want_write(dir->path.mnt);
	if (!err) {
		err = lb_remove_name(&dir->path, name, isdir);
		mnt_drop_write(dir->path.mnt);
	}
	revert_creds(old);
	return err;
}

int lb_linux_rename(struct lb_box *box, struct lb_handle *dir, const struct lb_name *name,
		    struct lb_handle *todir, const struct lb_name *toname, u32 flags)
{
	const struct cred *old;
	int err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE) ||
	    flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	err = lb_change_check(dir) ?: lb_change_check(todir);
	if (err)
		return err;
	if (dir->path.mnt != todir->path.mnt || dir->trusted != todir->trusted)
		return -EXDEV;
	old = override_creds(lb_linux_cred(box, dir));
	err = mnt_want_write(dir->path.mnt);
	if (!err) {
		err = lb_rename(mnt_idmap(dir->path.mnt), dir->path.dentry, name->str, name->len,
				todir->path.dentry, toname->str, toname->len, flags);
		mnt_drop_write(dir->path.mnt);
	}
	revert_creds(old);
	return err;
}

static int lb_link_name(struct dentry *from, const struct path *dir, const struct lb_name *name)
{
	struct mnt_idmap *idmap = mnt_idmap(dir->mnt);
	struct dentry *dentry;
	int err;

	/* Somebody else's file stays where it is, whatever sysctl protected_hardlinks says. */
	if (!inode_owner_or_capable(idmap, d_inode(from)))
		return -EPERM;
	dentry = lb_start_creating(idmap, dir->dentry, name->str, name->len);
	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	err = vfs_link(from, idmap, d_inode(dir->dentry), dentry, NULL);
	lb_end_changing(dir->dentry, dentry);
	return err;
}

int lb_linux_link(struct lb_box *box, struct lb_handle *place, struct lb_handle *todir,
		  const struct lb_name *name)
{
	const struct cred *old;
	int err = lb_change_check(todir);

	if (err)
		return err;
	if (place->path.mnt != todir->path.mnt || !place->writable ||
	    place->trusted != todir->trusted)
		return -EXDEV;
	old = override_creds(lb_linux_cred(box, todir));
	err = mnt_want_write(todir->path.mnt);
	if (!err) {
		err = lb_link_name(place->path.dentry, &todir->path, name);
		mnt_drop_write(todir->path.mnt);
	}
	revert_creds(old);
	return err;
}
