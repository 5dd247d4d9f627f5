// SPDX-License-Identifier: GPL-2.0
/* The stat family, statx, statfs, sync. */
#include "../task.h"
#include "open.h"
#include "node.h"

#define NS 1000000000

static struct linux_timespec to_timespec(s64 ns)
{
	struct linux_timespec t = { ns / NS, ns % NS };

	if (t.nsec < 0) {
		t.nsec += NS;
		t.sec--;
	}
	return t;
}

static s32 put_stat(const struct kstat *k, u64 uaddr)
{
	struct linux_stat st = {
		.dev = dev_encode(k->dev),
		.ino = k->ino,
		.nlink = k->nlink,
		.mode = k->mode,
		.uid = k->uid,
		.gid = k->gid,
		.rdev = dev_encode(k->rdev),
		.size = (s64)k->size,
		.blksize = k->blksize,
		.blocks = (s64)k->blocks,
		.atime = to_timespec(k->atime),
		.mtime = to_timespec(k->mtime),
		.ctime = to_timespec(k->ctime),
	};

	return south_user_write(uaddr, &st, sizeof(st)) ? -EFAULT : 0;
}

/* What statx tells of the mount. */
struct mount_fact {
	u32 id;
	bool root;
};

/* Most calls need no reference: the inode is read while the walk still holds the lock. */
static s32 stat_path(s32 dirfd, const char *name, u32 lookup, struct kstat *k, struct mount_fact *m)
{
	struct inode *i;
	struct walk w;
	s32 err = walk_begin(&w, dirfd, name, lookup, 0);

	if (err)
		return err;
	err = *name ? walk_last(&w) : 0;
	if (!err) {
		i = w.cur.dentry->inode;
		m->id = w.cur.mount->id;
		m->root = w.cur.dentry == w.cur.mount->root;
		if (!i->ops || !i->ops->getattr) {
			inode_fill(i, k);
		} else if (!is_node(i) || !node_stat(i, k)) {
			walk_leave(&w);
			err = inode_getattr(i, k);
			walk_enter(&w);
		}
	}
	walk_end(&w);
	return err;
}

static s32 stat_user(s32 dirfd, u64 uaddr, u32 lookup, struct kstat *k, struct mount_fact *m)
{
	struct username u;
	s32 err = username_get(&u, uaddr, lookup);

	if (err)
		return err;
	err = stat_path(dirfd, u.name, lookup, k, m);
	username_put(&u);
	return err;
}

static s32 stat_fd(s32 fd, struct kstat *k, struct mount_fact *m)
{
	struct fd f = fd_begin(fd);
	s32 err;

	if (!f.file)
		return -EBADF;
	err = inode_getattr(f.file->inode, k);
	m->id = f.file->mount ? f.file->mount->id : anon_mount->id;
	m->root = f.file->mount && f.file->dentry == f.file->mount->root;
	fd_end(f);
	return err;
}

/* vfs_empty_path(): is it a null pointer or ""? */
static bool empty_path(s32 dirfd, u64 uaddr)
{
	char c;

	if (dirfd < 0)
		return false;
	return !uaddr || (!south_user_read(&c, uaddr, 1) && !c);
}

static u32 stat_lookup(u32 flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
	       (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

#define STAT_FLAGS (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE)

static s32 stat_at(s32 dirfd, u64 uaddr, u32 flags, struct kstat *k, struct mount_fact *m)
{
	u32 other = flags & ~(AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE);

	if (flags & AT_EMPTY_PATH && !other && empty_path(dirfd, uaddr))
		return stat_fd(dirfd, k, m);
	if (flags & ~STAT_FLAGS)
		return -EINVAL;
	return stat_user(dirfd, uaddr, stat_lookup(flags), k, m);
}

s64 sys_newfstatat(const u64 *a)
{
	struct mount_fact m;
	struct kstat k;
	s32 err = stat_at((s32)a[0], a[1], (u32)a[3], &k, &m);

	return err ? err : put_stat(&k, a[2]);
}

s64 sys_stat(const u64 *a)
{
	struct mount_fact m;
	struct kstat k;
	s32 err = stat_user(AT_FDCWD, a[0], LOOKUP_FOLLOW, &k, &m);

	return err ? err : put_stat(&k, a[1]);
}

s64 sys_lstat(const u64 *a)
{
	struct mount_fact m;
	struct kstat k;
	s32 err = stat_user(AT_FDCWD, a[0], 0, &k, &m);

	return err ? err : put_stat(&k, a[1]);
}

s64 sys_fstat(const u64 *a)
{
	struct mount_fact m;
	struct kstat k;
	s32 err = stat_fd((s32)a[0], &k, &m);

	return err ? err : put_stat(&k, a[1]);
}

static struct statx_time to_statx(s64 ns)
{
	struct linux_timespec t = to_timespec(ns);

	return (struct statx_time){ .sec = t.sec, .nsec = (u32)t.nsec };
}

s64 sys_statx(const u64 *a)
{
	u32 flags = (u32)a[2], mask = (u32)a[3];
	struct linux_statx st = { };
	struct mount_fact m;
	struct kstat k;
	s32 err;

	if (mask & STATX_RESERVED || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	err = stat_at((s32)a[0], a[1], flags, &k, &m);
	if (err)
		return err;
	st.mask = STATX_BASIC_STATS | (k.btime ? STATX_BTIME : 0) |
		  (mask & STATX_MNT_ID_UNIQUE ? STATX_MNT_ID_UNIQUE : STATX_MNT_ID);
	st.blksize = k.blksize;
	st.attributes = m.root ? STATX_ATTR_MOUNT_ROOT : 0;
	st.attributes_mask = STATX_ATTR_MOUNT_ROOT;
	st.nlink = k.nlink;
	st.uid = k.uid;
	st.gid = k.gid;
	st.mode = (u16)k.mode;
	st.ino = k.ino;
	st.size = k.size;
	st.blocks = k.blocks;
	st.atime = to_statx(k.atime);
	st.mtime = to_statx(k.mtime);
	st.ctime = to_statx(k.ctime);
	if (k.btime)
		st.btime = to_statx(k.btime);
	st.rdev_major = MAJOR(k.rdev);
	st.rdev_minor = MINOR(k.rdev);
	st.dev_major = MAJOR(k.dev);
	st.dev_minor = MINOR(k.dev);
	st.mnt_id = m.id + (mask & STATX_MNT_ID_UNIQUE ? MNT_UNIQUE_OFFSET : 0);
	return south_user_write(a[4], &st, sizeof(st)) ? -EFAULT : 0;
}

static s32 sb_statfs(struct superblock *sb, struct south_statfs *st)
{
	memset(st, 0, sizeof(*st));
	return sb->statfs ? sb->statfs(sb, st) : 0;
}

static s32 put_statfs(const struct path *p, u64 uaddr)
{
	struct superblock *sb = p->dentry->inode->sb;
	u32 flags = p->mount->flags;
	struct linux_statfs out = { };
	struct south_statfs st;
	s32 err = sb_statfs(sb, &st);

	if (err)
		return err;
	out.type = (s64)sb->magic;
	out.bsize = out.frsize = st.bsize ? (s64)st.bsize : PAGE_SIZE;
	out.blocks = st.blocks;
	out.bfree = st.bfree;
	out.bavail = st.bavail;
	out.files = st.files;
	out.ffree = st.ffree;
	out.fsid[0] = (s32)dev_encode(sb->dev);
	out.namelen = NAME_MAX;
	out.flags = ST_VALID | (flags & MNT_RELATIME ? ST_RELATIME : 0) |
		    (flags & MNT_NOATIME ? ST_NOATIME : 0) |
		    (flags & MNT_NODIRATIME ? ST_NODIRATIME : 0) |
		    (flags & MNT_NOSYMFOLLOW ? ST_NOSYMFOLLOW : 0) |
		    (path_writable(p) ? ST_RDONLY : 0) |
		    (flags & MNT_NOSUID ? ST_NOSUID : 0) | (flags & MNT_NODEV ? ST_NODEV : 0) |
		    (flags & MNT_NOEXEC ? ST_NOEXEC : 0);
	return south_user_write(uaddr, &out, sizeof(out)) ? -EFAULT : 0;
}

s64 sys_statfs(const u64 *a)
{
	struct path p;
	s32 err = user_lookup(AT_FDCWD, a[0], LOOKUP_FOLLOW, &p);

	if (err)
		return err;
	err = put_statfs(&p, a[1]);
	path_put(&p);
	return err;
}

s64 sys_fstatfs(const u64 *a)
{
	struct path p;
	s32 err = fd_path((s32)a[0], true, &p);

	if (err)
		return err;
	err = put_statfs(&p, a[1]);
	path_put(&p);
	return err;
}

/* Where the file system of device @dev is mounted, with references; false: nowhere. */
static bool dev_path(u32 dev, struct path *p)
{
	struct mount *m;
	bool found = false;

	names_lock();
	list_for_each(m, &mounts, node)
		if ((u32)dev_encode(m->sb->dev) == dev) {
			*p = (struct path){ .mount = m, .dentry = m->root };
			dentry_get_locked(m->root);
			m->refs++;
			found = true;
			break;
		}
	names_unlock();
	return found;
}

struct linux_ustat {
	s32 tfree;
	u64 tinode;
	char fname[6], fpack[6];
};
_Static_assert(sizeof(struct linux_ustat) == 32, "ustat");

s64 sys_ustat(const u64 *a)
{
	struct linux_ustat out;
	struct south_statfs st;
	struct path p;
	s32 err;

	if (!dev_path((u32)a[0], &p))
		return -EINVAL;
	err = sb_statfs(p.dentry->inode->sb, &st);
	path_put(&p);
	if (err)
		return err;
	memset(&out, 0, sizeof(out));
	out.tfree = (s32)st.bfree;
	out.tinode = st.ffree;
	return south_user_write(a[1], &out, sizeof(out)) ? -EFAULT : 0;
}

/* Memory has nowhere to be written to; a bind's files are the host's to write back. */
s64 sys_sync(const u64 *a)
{
	return 0;
}

s64 sys_syncfs(const u64 *a)
{
	struct fd f = fd_begin_io((s32)a[0]);

	if (!f.file)
		return -EBADF;
	fd_end(f);
	return 0;
}
