// SPDX-License-Identifier: GPL-2.0
/* mount(2), umount2(2), pivot_root(2), in the one mount namespace of a box. */
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

#define MNT_FORCE 1
#define MNT_DETACH 2
#define MNT_EXPIRE 4
#define UMOUNT_NOFOLLOW 8

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

static void both_lock(void)
{
	lock(&namespace_lock);
	names_lock();
}

static void both_unlock(void)
{
	names_unlock();
	unlock(&namespace_lock);
}

/* What is on @at by now: somebody may have been faster. */
static struct path topmost(const struct path *at)
{
	struct path p = *at;

	mount_cross(&p);
	return p;
}

/* A new mount, which it takes, NULL for none, on @at. */
static s32 attach_new(struct mount *m, const struct path *at, bool fresh)
{
	struct path p;
	s32 err;

	if (!m)
		return -ENOMEM;
	both_lock();
	p = topmost(at);
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
	both_unlock();
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
		p = topmost(at);
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

	both_lock();
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
	both_unlock();
	return err;
}

/* Who follows a group that has no member left follows nobody. */
static void forget_masters(void)
{
	struct mount *m, *i;

	list_for_each(m, &mounts, node) {
		if (!m->master)
			continue;
		list_for_each(i, &mounts, node)
			if (i->group == m->master)
				break;
		if (&i->node == &mounts)
			m->master = 0;
	}
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
	both_lock();
	attached = mount_attached(at->mount);
	list_for_each(m, &mounts, node)
		if (attached && (m == at->mount || (ms & MS_REC && mount_beneath(m, at->mount))))
			change_type(m, type);
	forget_masters();
	both_unlock();
	return attached ? 0 : -EINVAL;
}

static s32 move_locked(const struct path *from, const struct path *at)
{
	struct mount *m = from->mount;
	struct path to = topmost(at);

	if (!mount_attached(to.mount) || !m->parent || from->dentry != m->root || m->parent->group ||
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
	both_lock();
	err = move_locked(&from, at);
	both_unlock();
	path_put(&from);
	return err;
}

/* ---- file systems ---- */

struct tmpfs_options {
	u32 mode, uid, gid;
	u64 inodes;
};

static bool number(const char *s, u32 base, u64 *out)
{
	u64 n = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s >= (char)('0' + base) || n >> 56)
			return false;
		n = n * base + (u64)(*s - '0');
	}
	*out = n;
	return true;
}

/* memparse(): a number with k, m, g, t, p, e or % behind it. */
static bool amount(char *s, u64 *out)
{
	static const char units[] = "kmgtpe";
	size_t len = strlen(s);
	const char *unit = len ? strchr(units, s[len - 1] | 0x20) : NULL;

	if (len && s[len - 1] == '%')
		s[len - 1] = '\0';
	else if (unit && *unit)
		s[len - 1] = '\0';
	else
		unit = NULL;
	if (!number(s, 10, out))
		return false;
	if (unit)
		*out <<= 10 * (unit - units + 1);
	return true;
}

/* One "key" or "key=value" of a tmpfs. */
static s32 tmpfs_option(struct tmpfs_options *o, char *key)
{
	static const char *const plain[] = {
		"ro", "rw", "sync", "async", "dirsync", "lazytime", "nolazytime", "mand", "nomand",
		"inode32", "inode64", "noswap",
	};
	char *value = strchr(key, '=');
	u64 n = 0;

	if (value) {
		*value++ = '\0';
		if (!strcmp(key, "mode")) {
			o->mode = number(value, 8, &n) ? (u32)n & S_IALLUGO : 0;
			return number(value, 8, &n) ? 0 : -EINVAL;
		}
		if (!strcmp(key, "uid") || !strcmp(key, "gid")) {
			if (!number(value, 10, &n) || n >= 0xffffffff)
				return -EINVAL;
			*(*key == 'u' ? &o->uid : &o->gid) = (u32)n;
			return 0;
		}
		if (!strcmp(key, "huge") || !strcmp(key, "mpol"))
			return 0;
		if (!strcmp(key, "nr_inodes"))
			return amount(value, &o->inodes) ? 0 : -EINVAL;
		if (!strcmp(key, "size") || !strcmp(key, "nr_blocks"))
			return amount(value, &n) ? 0 : -EINVAL;
		return -EINVAL;
	}
	for (u32 i = 0; i < ARRAY_SIZE(plain); i++)
		if (!strcmp(plain[i], key))
			return 0;
	return -EINVAL;
}

static s32 tmpfs_options(struct tmpfs_options *o, char *s)
{
	s32 err = 0;

	while (!err && s && *s) {
		char *next = strchr(s, ',');

		if (next)
			*next++ = '\0';
		if (*s)
			err = tmpfs_option(o, s);
		s = next;
	}
	return err;
}

static s32 do_tmpfs(const struct path *at, const char *name, u64 ms, char *options)
{
	struct tmpfs_options o = {
		.mode = 01777, .uid = current->cred->fsuid, .gid = current->cred->fsgid,
	};
	struct superblock *sb;
	struct inode *root;
	struct dentry *d;
	s32 err = tmpfs_options(&o, options);

	if (err)
		return err;
	root = memfs_root(o.mode, &sb);
	if (!root)
		return -ENOMEM;
	root->uid = o.uid;
	root->gid = o.gid;
	memfs_bound(sb, o.inodes);
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

/* ---- umount2 ---- */

static void detach_tree(struct mount *top)
{
	struct mount *m, *next;

	list_for_each(m, &mounts, node)
		if (mount_beneath(m, top))
			m->doomed = true;
	list_for_each_safe(m, next, &mounts, node)
		if (m->doomed)
			mount_detach(m);
	forget_masters();
}

/* Used by others than the tree and the caller, or mounted on? */
static bool mount_busy(const struct mount *m)
{
	const struct mount *i;

	list_for_each(i, &mounts, node)
		if (i->parent == m)
			return true;
	return m->refs > 2;
}

static s32 expire(struct mount *m, u32 flags)
{
	if (m == current->fs->root.mount || flags & (MNT_FORCE | MNT_DETACH))
		return -EINVAL;
	if (mount_busy(m))
		return -EBUSY;
	return m->expiring ? 0 : -EAGAIN;
}

static s32 do_umount(const struct path *p, u32 flags)
{
	struct mount *m = p->mount;
	s32 err = 0;

	if (p->dentry != m->root || !mount_attached(m))
		return -EINVAL;
	if (flags & MNT_EXPIRE)
		err = expire(m, flags);
	if (err)
		return err;
	/* The root of all stays. */
	if (!m->parent || (!(flags & MNT_DETACH) && mount_busy(m)))
		return -EBUSY;
	detach_tree(m);
	return 0;
}

/* What is on top is meant, also of "." and "/". */
static void umount_top(struct path *p)
{
	struct path top = topmost(p);

	dentry_get_locked(top.dentry);
	top.mount->refs++;
	dentry_put_locked(p->dentry);
	/* As mntput_no_expire(). */
	p->mount->refs--;
	*p = top;
}

s64 sys_umount2(const u64 *a)
{
	u32 flags = (u32)a[1];
	struct path p;
	s32 err;

	if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
		return -EINVAL;
	err = user_lookup(AT_FDCWD, a[0], flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW, &p);
	if (err)
		return err;
	both_lock();
	umount_top(&p);
	err = capable(CAP_SYS_ADMIN) ? do_umount(&p, flags) : -EPERM;
	dentry_put_locked(p.dentry);
	mount_put_locked(p.mount);
	/* What asks for it is no use of it. */
	if (err == -EAGAIN)
		p.mount->expiring = true;
	both_unlock();
	return err;
}

/* ---- pivot_root ---- */

/* The contexts of all tasks, counted; NULL: no memory. */
static struct fs_context **contexts_get(u32 *count)
{
	struct fs_context **all = NULL;
	struct task *t;
	u32 room = 0, n;

	for (;;) {
		n = 0;
		lock(&tasks_lock);
		list_for_each(t, &tasks, node) {
			if (!t->fs)
				continue;
			if (n < room) {
				all[n] = t->fs;
				t->fs->refs++;
			}
			n++;
		}
		unlock(&tasks_lock);
		*count = min(n, room);
		if (n <= room)
			return all;
		while (*count)
			fs_context_put(all[--*count]);
		release(all);
		room = n + 16;
		all = alloc(room * sizeof(struct fs_context *));
		if (!all)
			return NULL;
	}
}

/* chroot_fs_refs(): who stood on the old root stands on the new one. names_lock is held. */
static void contexts_move(struct fs_context **all, u32 count, const struct path *from,
			  const struct path *to)
{
	for (u32 i = 0; i < count; i++) {
		struct path *both[2] = { &all[i]->root, &all[i]->cwd };

		for (u32 k = 0; k < 2; k++) {
			if (both[k]->mount != from->mount || both[k]->dentry != from->dentry)
				continue;
			dentry_put_locked(from->dentry);
			mount_put_locked(from->mount);
			*both[k] = *to;
			dentry_get_locked(to->dentry);
			to->mount->refs++;
		}
	}
}

static bool on_shared(const struct mount *m)
{
	return m->parent && m->parent->group;
}

static s32 may_pivot(const struct path *new, const struct path *old, const struct path *root)
{
	if (old->mount->group || on_shared(new->mount) || on_shared(root->mount) ||
	    !mount_attached(new->mount) || !mount_attached(root->mount))
		return -EINVAL;
	if (dentry_flags(new->dentry) & DENTRY_GONE || dentry_flags(old->dentry) & DENTRY_GONE)
		return -ENOENT;
	if (new->mount == root->mount || old->mount == root->mount)
		return -EBUSY;
	if (root->dentry != root->mount->root || new->dentry != new->mount->root ||
	    !new->mount->parent || !path_reachable(*old, new) || !path_reachable(*new, root))
		return -EINVAL;
	return 0;
}

/* Linux has a mount beneath the first root; here the new one becomes that of all. */
static void swap_roots(const struct path *new, const struct path *old, const struct path *root)
{
	struct mount *m = root->mount;
	struct path at = { .mount = m->parent, .dentry = m->point };

	mount_lift(new->mount);
	if (m->parent) {
		dentry_get_locked(at.dentry);
		at.mount->refs++;
		mount_lift(m);
		mount_attach(new->mount, &at);
		dentry_put_locked(at.dentry);
		mount_put_locked(at.mount);
		mount_attach(m, old);
		return;
	}
	mount_become_root(new->mount);
	mount_attach(m, old);
}

static s32 do_pivot(const struct path *new, const struct path *old)
{
	struct fs_context **all;
	struct path root, on;
	u32 count;
	s32 err;

	all = contexts_get(&count);
	if (!all)
		return -ENOMEM;
	fs_context_paths(current->fs, &root, NULL);
	both_lock();
	on = topmost(old);
	err = may_pivot(new, &on, &root);
	if (!err) {
		swap_roots(new, &on, &root);
		contexts_move(all, count, &root, new);
	}
	both_unlock();
	path_put(&root);
	while (count)
		fs_context_put(all[--count]);
	release(all);
	return err;
}

s64 sys_pivot_root(const u64 *a)
{
	struct path new, old;
	s32 err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = user_lookup(AT_FDCWD, a[0], LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &new);
	if (err)
		return err;
	err = user_lookup(AT_FDCWD, a[1], LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &old);
	if (!err) {
		err = do_pivot(&new, &old);
		path_put(&old);
	}
	path_put(&new);
	return err;
}
