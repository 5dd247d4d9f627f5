// SPDX-License-Identifier: GPL-2.0
/* mount(2), in the one mount namespace of a box. */
#include "../task.h"
#include "open.h"
#include "node.h"

#define MS_RDONLY 1
#define MS_NOSUID 2
#define MS_NODEV 4
#define MS_NOEXEC 8
#define MS_REMOUNT 0x20
#define MS_NOSYMFOLLOW 0x100
#define MS_NOATIME 0x400
#define MS_NODIRATIME 0x800
#define MS_BIND 0x1000
#define MS_MOVE 0x2000
#define MS_REC 0x4000
#define MS_SILENT 0x8000
#define MS_UNBINDABLE (1 << 17)
#define MS_PRIVATE (1 << 18)
#define MS_SLAVE (1 << 19)
#define MS_SHARED (1 << 20)
#define MS_PROPAGATION (MS_UNBINDABLE | MS_PRIVATE | MS_SLAVE | MS_SHARED)
#define MS_RELATIME (1 << 21)
#define MS_STRICTATIME (1 << 24)
#define MS_ATIME (MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME)
#define MS_NOUSER (1u << 31)
#define MS_MGC_VAL 0xC0ED0000
#define MS_MGC_MSK 0xffff0000

#define MNT_ATIME (MNT_NOATIME | MNT_NODIRATIME | MNT_RELATIME)

/* Of peer groups; inodes_lock. */
static u32 last_group;

/* As path_mount() sorts them; @old: those of what is remounted. */
static u32 mount_flags(u64 ms, u32 old)
{
	u32 flags = ms & MS_NOATIME ? 0 : MNT_RELATIME;

	flags |= (ms & MS_RDONLY ? MNT_READONLY : 0) | (ms & MS_NOSUID ? MNT_NOSUID : 0) |
		 (ms & MS_NODEV ? MNT_NODEV : 0) | (ms & MS_NOEXEC ? MNT_NOEXEC : 0) |
		 (ms & MS_NOATIME ? MNT_NOATIME : 0) | (ms & MS_NODIRATIME ? MNT_NODIRATIME : 0) |
		 (ms & MS_NOSYMFOLLOW ? MNT_NOSYMFOLLOW : 0);
	if (ms & MS_STRICTATIME)
		flags &= ~(MNT_RELATIME | MNT_NOATIME);
	if (ms & MS_REMOUNT && !(ms & MS_ATIME))
		flags = (flags & ~MNT_ATIME) | (old & MNT_ATIME);
	return flags;
}

/* A new mount, which it takes, NULL for none, on @at. */
static s32 attach_new(struct mount *m, const struct path *at, bool fresh)
{
	struct path p;
	s32 err;

	if (!m)
		return -ENOMEM;
	mounts_lock();
	p = path_topmost(at);
	err = mount_may_attach(m, &p);
	if (!err && fresh && p.mount->sb == m->sb && p.dentry == p.mount->root)
		err = -EBUSY;
	if (err) {
		mount_put_locked(m);
	} else {
		if (p.mount->group)
			m->group = ++last_group;
		mount_attach(m, &p);
	}
	mounts_unlock();
	return err;
}

/* ---- bind ---- */

/* A copy of @m from @root on, with what a copy inherits. */
static struct mount *mount_copy(struct mount *m, struct dentry *root)
{
	struct mount *c = mount_new(m->sb, root, m->source, READ_ONCE(m->flags) & MNT_SETTABLE);

	if (c) {
		names_lock();
		c->group = m->group;
		c->master = m->master;
		names_unlock();
	}
	return c;
}

/* Is it beneath the directory that is copied with all that is mounted in it? */
static bool in_tree(const struct mount *m, const struct path *top)
{
	bool yes;

	if (!m->parent || READ_ONCE(m->flags) & MNT_UNBINDABLE)
		return false;
	if (m->parent != top->mount)
		return m->parent->copy;
	names_lock();
	yes = dentry_beneath(m->point, top->dentry);
	names_unlock();
	return yes;
}

/*
 * Copies of all mounts beneath @top, on its copy @root. Parents stand before what is on
 * them, but for those that were moved: so until there is nothing new. namespace_lock is held.
 */
static s32 copy_tree(const struct path *top, struct mount *root, struct mount **all, u32 *count)
{
	struct mount *m;
	bool more;

	top->mount->copy = root;
	do {
		more = false;
		list_for_each(m, &mounts, node) {
			if (m == top->mount || m->copy || !in_tree(m, top))
				continue;
			m->copy = mount_copy(m, m->root);
			if (!m->copy)
				return -ENOMEM;
			all[(*count)++] = m;
			more = true;
		}
	} while (more);
	return 0;
}

/* @all and their copies, whose parents are copies, too. names_lock is held. */
static void attach_copies(struct mount **all, u32 count, const struct path *top)
{
	for (u32 i = 0; i < count; i++) {
		struct path at = { .mount = all[i]->parent->copy, .dentry = all[i]->point };

		mount_attach(all[i]->copy, &at);
	}
}

static s32 bind_tree(const struct path *from, struct mount *root, const struct path *at)
{
	struct mount **all = alloc(MOUNTS_MAX * sizeof(struct mount *));
	u32 count = 0;
	struct path p;
	s32 err;

	if (!all) {
		names_lock();
		mount_put_locked(root);
		names_unlock();
		return -ENOMEM;
	}
	lock(&namespace_lock);
	err = copy_tree(from, root, all, &count);
	names_lock();
	if (!err) {
		p = path_topmost(at);
		err = mounts_room(count) ? mount_may_attach(root, &p) : -ENOSPC;
	}
	if (!err) {
		mount_attach(root, &p);
		attach_copies(all, count, from);
	} else {
		mount_put_locked(root);
	}
	for (u32 i = 0; i < count; i++) {
		if (err)
			mount_put_locked(all[i]->copy);
		all[i]->copy = NULL;
	}
	from->mount->copy = NULL;
	names_unlock();
	unlock(&namespace_lock);
	release(all);
	return err;
}

static s32 do_bind(const char *source, const struct path *at, u64 ms)
{
	struct mount *m;
	struct path from;
	s32 err = path_lookup(AT_FDCWD, source, LOOKUP_FOLLOW, &from);

	if (err)
		return err;
	names_lock();
	if (!mount_attached(from.mount) || from.mount->flags & MNT_UNBINDABLE)
		err = -EINVAL;
	names_unlock();
	if (!err) {
		m = mount_copy(from.mount, from.dentry);
		err = !m ? -ENOMEM : ms & MS_REC ? bind_tree(&from, m, at) :
						   attach_new(m, at, false);
	}
	path_put(&from);
	return err;
}

/* ---- remount, propagation, move ---- */

static s32 do_remount(const struct path *at, u64 ms)
{
	u32 flags = mount_flags(ms, READ_ONCE(at->mount->flags));
	struct superblock *sb = at->mount->sb;
	bool readonly = ms & MS_RDONLY, whole = !(ms & MS_BIND);
	u32 writers = 0;
	struct mount *m;
	s32 err = at->dentry != at->mount->root ? -EINVAL : 0;

	mounts_lock();
	if (!mount_attached(at->mount))
		err = -EINVAL;
	list_for_each(m, &mounts, node)
		if (whole ? m->sb == sb : m == at->mount)
			writers += m->writers;
	if (!err && readonly && writers && !(at->mount->flags & MNT_READONLY))
		err = -EBUSY;
	else if (!err && whole && !readonly && sb->fixed)
		err = -EROFS;
	if (!err) {
		if (whole)
			WRITE_ONCE(sb->readonly, readonly);
		WRITE_ONCE(at->mount->flags, (at->mount->flags & ~MNT_SETTABLE) | flags);
	}
	mounts_unlock();
	return err;
}

static void change_type(struct mount *m, u32 type)
{
	if (type == MS_SHARED) {
		m->group = m->group ? m->group : ++last_group;
		WRITE_ONCE(m->flags, m->flags & ~MNT_UNBINDABLE);
		return;
	}
	m->master = type != MS_SLAVE ? 0 : m->group ? m->group : m->master;
	m->group = 0;
	WRITE_ONCE(m->flags, (m->flags & ~MNT_UNBINDABLE) |
			     (type == MS_UNBINDABLE ? MNT_UNBINDABLE : 0));
}

static s32 do_change_type(const struct path *at, u64 ms)
{
	u32 type = (u32)ms & ~(u32)(MS_REC | MS_SILENT);
	struct mount *m;
	bool attached;

	if (at->dentry != at->mount->root || type & ~MS_PROPAGATION || type & (type - 1))
		return -EINVAL;
	mounts_lock();
	attached = mount_attached(at->mount);
	list_for_each(m, &mounts, node)
		if (attached && (m == at->mount || (ms & MS_REC && mount_beneath(m, at->mount))))
			change_type(m, type);
	mounts_settle();
	mounts_unlock();
	return attached ? 0 : -EINVAL;
}

static s32 move_locked(const struct path *from, const struct path *at)
{
	struct mount *m = from->mount;
	struct path to = path_topmost(at);

	if (!mount_attached(to.mount) || !m->parent || from->dentry != m->root ||
	    m->parent->group ||
	    S_ISDIR(to.dentry->inode->mode) != S_ISDIR(from->dentry->inode->mode))
		return -EINVAL;
	if (dentry_flags(to.dentry) & DENTRY_GONE)
		return -ENOENT;
	if (mount_beneath(to.mount, m))
		return -ELOOP;
	mount_lift(m);
	mount_attach(m, &to);
	return 0;
}

static s32 do_move(const char *source, const struct path *at)
{
	struct path from;
	s32 err = path_lookup(AT_FDCWD, source, LOOKUP_FOLLOW, &from);

	if (err)
		return err;
	mounts_lock();
	err = move_locked(&from, at);
	mounts_unlock();
	path_put(&from);
	return err;
}

/* ---- file systems ---- */

static s32 do_tmpfs(const struct path *at, const char *name, u64 ms, char *options)
{
	struct superblock *sb;
	struct dentry *d;
	struct inode *root;
	s32 err;

	root = tmpfs_root(options, &sb, &err);
	if (!root)
		return err;
	sb->readonly = ms & MS_RDONLY;
	d = dentry_new(NULL, "/", 1, 0, root);
	if (!d) {
		inode_put(root);
		return -ENOMEM;
	}
	dentry_get(d);
	err = attach_new(mount_new(sb, d, name, mount_flags(ms, 0)), at, true);
	dentry_put(d);
	return err;
}

/* A file system that the box has one of: mounting it shows the same again. */
static s32 do_known(const struct path *at, const char *type, const char *name, u64 ms)
{
	struct superblock *sb;
	struct dentry *root = known_fs(type, &sb);
	s32 err;

	if (!root)
		return -ENODEV;
	err = attach_new(mount_new(sb, root, name, mount_flags(ms, 0)), at, true);
	dentry_put(root);
	return err;
}

/* struct mounting - what mount(2) was given: strings to release(), or NULL. */
struct mounting {
	char *type, *source, *options;
};

static s32 do_mount(const struct path *at, const struct mounting *m, u64 ms)
{
	const char *name = m->source ? m->source : "none";

	if (ms & MS_REMOUNT)
		return do_remount(at, ms);
	if (ms & MS_BIND)
		return m->source && *m->source ? do_bind(m->source, at, ms) : -EINVAL;
	if (ms & MS_PROPAGATION)
		return do_change_type(at, ms);
	if (ms & MS_MOVE)
		return m->source && *m->source ? do_move(m->source, at) : -EINVAL;
	if (!m->type)
		return -EINVAL;
	if (!strcmp(m->type, "tmpfs") || !strcmp(m->type, "ramfs"))
		return do_tmpfs(at, name, ms, m->options);
	return do_known(at, m->type, name, ms);
}

/* copy_mount_string(): NULL stays that. */
static s32 string_get(u64 uaddr, char **s)
{
	*s = uaddr ? path_user(uaddr, LOOKUP_EMPTY) : NULL;
	if (!IS_ERR(*s))
		return 0;
	uaddr = (u64)(s64)PTR_ERR(*s);
	*s = NULL;
	return (s32)uaddr == -ENAMETOOLONG ? -EINVAL : (s32)uaddr;
}

/* copy_mount_options(): a page, or what there is of it. */
static s32 options_get(u64 uaddr, char **s)
{
	u32 n = PAGE_SIZE - (u32)(uaddr & (PAGE_SIZE - 1));

	*s = NULL;
	if (!uaddr)
		return 0;
	*s = alloc(PAGE_SIZE);
	if (!*s)
		return -ENOMEM;
	if (south_user_read(*s, uaddr, n))
		return -EFAULT;
	if (n < PAGE_SIZE && south_user_read(*s + n, uaddr + n, PAGE_SIZE - n))
		memset(*s + n, 0, PAGE_SIZE - n);
	(*s)[PAGE_SIZE - 1] = '\0';
	return 0;
}

static s32 mount_user(const struct mounting *m, u64 point, u64 ms)
{
	struct path at;
	s32 err = user_lookup(AT_FDCWD, point, LOOKUP_FOLLOW, &at);

	if (err)
		return err;
	if ((ms & MS_MGC_MSK) == MS_MGC_VAL)
		ms &= ~(u64)MS_MGC_MSK;
	if (ms & MS_NOUSER)
		err = -EINVAL;
	else
		err = capable(CAP_SYS_ADMIN) ? do_mount(&at, m, ms) : -EPERM;
	path_put(&at);
	return err;
}

s64 sys_mount(const u64 *a)
{
	struct mounting m = { };
	s32 err = string_get(a[2], &m.type);

	if (!err)
		err = string_get(a[0], &m.source);
	if (!err)
		err = options_get(a[4], &m.options);
	if (!err)
		err = mount_user(&m, a[1], a[3]);
	release(m.type);
	release(m.source);
	release(m.options);
	return err;
}
