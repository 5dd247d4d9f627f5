// SPDX-License-Identifier: GPL-2.0
/* Host directories: from a place to the place of one name in it, and to an open file. */
#include <linux/fs.h>
#include <linux/namei.h>
#include <linux/mount.h>
#include <linux/magic.h>
#include <linux/cred.h>
#include "linux.h"
#include "../../compat.h"

/* Those that magic.h doesn't have. */
#define LB_MAGIC_AUTOFS		0x0187
#define LB_MAGIC_CONFIGFS	0x62656570
#define LB_MAGIC_FUSECTL	0x65735543
#define LB_MAGIC_MQUEUE		0x19800202
#define LB_MAGIC_NFSD		0x6e667364
#define LB_MAGIC_RPC_PIPEFS	0x67596969
#define LB_MAGIC_FUNCTIONFS	0x0a647361
#define LB_MAGIC_GADGETFS	0xaee71ee7

bool lb_hidden(const struct super_block *sb)
{
	switch (sb->s_magic) {
	case PROC_SUPER_MAGIC:
	case SYSFS_MAGIC:
	case CGROUP_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
	case RDTGROUP_SUPER_MAGIC:
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
	case BPF_FS_MAGIC:
	case SECURITYFS_MAGIC:
	case SELINUX_MAGIC:
	case SMACK_MAGIC:
	case AAFS_MAGIC:
	case DEVPTS_SUPER_MAGIC:
	case BINDERFS_SUPER_MAGIC:
	case EFIVARFS_MAGIC:
	case PSTOREFS_MAGIC:
	case HUGETLBFS_MAGIC:
	case BINFMTFS_MAGIC:
	case XENFS_SUPER_MAGIC:
	case USBDEVICE_SUPER_MAGIC:
	case OPENPROM_SUPER_MAGIC:
	case NSFS_MAGIC:
	case PID_FS_MAGIC:
	case ANON_INODE_FS_MAGIC:
	case SOCKFS_MAGIC:
	case PIPEFS_MAGIC:
	case BDEVFS_MAGIC:
	case DAXFS_MAGIC:
	case DMA_BUF_MAGIC:
	case DEVMEM_MAGIC:
	case SECRETMEM_MAGIC:
	case LB_MAGIC_AUTOFS:
	case LB_MAGIC_CONFIGFS:
	case LB_MAGIC_FUSECTL:
	case LB_MAGIC_MQUEUE:
	case LB_MAGIC_NFSD:
	case LB_MAGIC_RPC_PIPEFS:
	case LB_MAGIC_FUNCTIONFS:
	case LB_MAGIC_GADGETFS:
		return true;
	default:
		return false;
	}
}

/* What is mounted on a dentry. Automounts aren't triggered and nothing is waited for. */
static void lb_path_cross(struct path *path)
{
	while (d_mountpoint(path->dentry) && follow_down_one(path))
		;
}

struct lb_handle *lb_linux_lookup(struct lb_box *box, struct lb_handle *dir,
				  const struct lb_name *name)
{
	const struct cred *old;
	struct dentry *dentry;
	struct lb_handle *h;

	if (!d_can_lookup(dir->path.dentry))
		return ERR_PTR(-ENOTDIR);
	if (lb_hidden(dir->path.dentry->d_sb))
		return ERR_PTR(-ENOENT);
	h = lb_handle_new(LB_HANDLE_PLACE);
	if (!h)
		return ERR_PTR(-ENOMEM);
	old = override_creds(lb_linux_cred(box, dir));
	dentry = lb_lookup_positive(mnt_idmap(dir->path.mnt), name->str, name->len,
				    dir->path.dentry);
	revert_creds(old);
	if (IS_ERR(dentry)) {
		lb_handle_put(h);
		return ERR_CAST(dentry);
	}
	h->writable = dir->writable;
	h->trusted = dir->trusted;
	h->path.mnt = mntget(dir->path.mnt);
	h->path.dentry = dentry;
	lb_path_cross(&h->path);
	/* A single file of such a file system, bound somewhere: not there. */
	if (lb_hidden(h->path.dentry->d_sb) && !d_is_dir(h->path.dentry)) {
		lb_handle_put(h);
		return ERR_PTR(-ENOENT);
	}
	return h;
}

/* What open(2) checks of a file before it opens it. */
static int lb_open_check(const struct path *path, bool read, bool write)
{
	struct inode *inode = d_inode(path->dentry);
	bool dir = S_ISDIR(inode->i_mode);

	if (dir && write)
		return -EISDIR;
	/* Never a device, FIFO or socket: their open may do anything. */
	if (!dir && (!S_ISREG(inode->i_mode) || lb_hidden(inode->i_sb)))
		return -EACCES;
	return inode_permission(mnt_idmap(path->mnt), inode,
				MAY_OPEN | (read ? MAY_READ : 0) | (write ? MAY_WRITE : 0));
}

/* As the overridden credentials. */
static struct file *lb_open_file(const struct path *path, u32 want)
{
	struct inode *inode = d_inode(path->dentry);
	bool read = want & SOUTH_OPEN_READ, write = want & SOUTH_OPEN_WRITE;
	int flags = O_LARGEFILE | O_NONBLOCK | (!write ? O_RDONLY : read ? O_RDWR : O_WRONLY);
	int err = lb_open_check(path, read, write);
	struct file *file;

	if (err)
		return ERR_PTR(err);
	if (IS_APPEND(inode))
		flags |= O_APPEND;
	if (inode_owner_or_capable(mnt_idmap(path->mnt), inode))
		flags |= O_NOATIME;
	file = dentry_open(path, flags, current_cred());
	if (write && !IS_ERR(file)) {
		/*
		 * At once: writing through a shared mapping would leave set-id bits and
		 * capabilities.
		 */
		inode_lock(inode);
		err = file_remove_privs(file);
		inode_unlock(inode);
		if (err) {
			fput(file);
			return ERR_PTR(err);
		}
	}
	return file;
}

struct lb_handle *lb_linux_open(struct lb_box *box, struct lb_handle *place, u32 flags)
{
	const struct cred *old;
	struct lb_handle *h;
	struct file *file;

	if (flags & SOUTH_OPEN_WRITE && !place->writable)
		return ERR_PTR(-EROFS);
	h = lb_handle_new(LB_HANDLE_FILE);
	if (!h)
		return ERR_PTR(-ENOMEM);
	old = override_creds(lb_linux_cred(box, place));
	file = lb_open_file(&place->path, flags);
	revert_creds(old);
	if (IS_ERR(file)) {
		lb_handle_put(h);
		return ERR_CAST(file);
	}
	h->writable = flags & SOUTH_OPEN_WRITE;
	h->trusted = place->trusted;
	h->file = file;
	return h;
}

int lb_linux_readlink(struct lb_box *box, struct lb_handle *place, char *buf, u32 size)
{
	DEFINE_DELAYED_CALL(done);
	const struct cred *old;
	const char *target;
	int len;

	if (!d_is_symlink(place->path.dentry))
		return -EINVAL;
	old = override_creds(lb_linux_cred(box, place));
	target = vfs_get_link(place->path.dentry, &done);
	revert_creds(old);
	if (IS_ERR(target))
		return PTR_ERR(target);
	len = strnlen(target, min_t(u32, size, PATH_MAX));
	memcpy(buf, target, len);
	do_delayed_call(&done);
	return len;
}
