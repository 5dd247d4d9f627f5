// SPDX-License-Identifier: GPL-2.0
/* The mount table. */
#include "../task.h"
#include "walk.h"
#include "node.h"
#include "notify.h"

struct list mounts = LIST_INIT(mounts);
struct mount *root_mount, *anon_mount;
struct mutex namespace_lock;	/* see mount.h */

static struct list doomed = LIST_INIT(doomed); /* without references; inodes_lock */
static u32 last_id = 20, mount_count; /* inodes_lock */

struct mount *mount_on(struct mount *m, struct dentry *d)
{
	struct mount *i;

	list_for_each(i, &mounts, node)
		if (i->point == d && i->parent == m)
			return i;
	return NULL;
}

void mount_cross(struct path *p)
{
	struct mount *m;

	while (unlikely(dentry_flags(p->dentry) & DENTRY_MOUNTED)) {
		m = mount_on(p->mount, p->dentry);
		if (!m)
			break;
		p->mount = m;
		p->dentry = m->root;
	}
}

void mount_put_locked(struct mount *m)
{
	if (--m->refs || !list_empty(&m->node))
		return;
	list_add(&m->node, &doomed);
	names_reap_later();
}

void mounts_reap(void)
{
	struct mount *m;

	while (!list_empty(&doomed)) {
		m = list_first(&doomed, struct mount, node);
		list_del(&m->node);
		/* A walk that stood on it may have counted it again. */
		if (m->refs)
			continue;
		if (!--m->sb->mounts)
			notify_unmounted(m->sb);
		dentry_put_locked(m->root);
		release(m->source);
		release(m);
	}
}

s32 path_writable(const struct path *p)
{
	return p->mount->flags & MNT_READONLY || p->mount->sb->readonly ? -EROFS : 0;
}

/* A mount of @root, counted once, not attached. Takes a reference of its own on @root. */
static struct mount *mount_new(struct superblock *sb, struct dentry *root, const char *source,
			       u32 flags)
{
	struct mount *m = new(struct mount);

	if (!m)
		return NULL;
	m->source = str_dup(source ? source : "none");
	if (!m->source) {
		release(m);
		return NULL;
	}
	list_init(&m->node);
	m->refs = 1;
	m->flags = flags;
	m->sb = sb;
	m->root = dentry_get(root);
	names_lock();
	m->id = ++last_id;
	sb->mounts++;
	names_unlock();
	return m;
}

/* Puts @m, whose reference it takes, on @at. namespace_lock is held. */
static s32 attach(struct mount *m, const struct path *at)
{
	s32 err = 0;

	names_lock();
	if (mount_count >= MOUNTS_MAX) {
		err = -ENOSPC;
	} else if (dentry_flags(at->dentry) & DENTRY_GONE) {
		err = -ENOENT;
	} else if (!at->mount->parent && at->mount != root_mount) {
		err = -EINVAL;
	} else {
		m->parent = at->mount;
		at->mount->refs++;
		m->point = at->dentry;
		dentry_get_locked(at->dentry);
		at->dentry->flags |= DENTRY_MOUNTED;
		list_add_tail(&m->node, &mounts);
		mount_count++;
	}
	if (err)
		mount_put_locked(m);
	names_unlock();
	return err;
}

/* names_lock and namespace_lock are held. */
static void detach(struct mount *m)
{
	struct mount *i, *parent = m->parent;
	struct dentry *point = m->point;

	list_del(&m->node);
	mount_count--;
	m->parent = NULL;
	m->point = NULL;
	list_for_each(i, &mounts, node)
		if (i->point == point)
			break;
	if (&i->node == &mounts)
		point->flags &= ~DENTRY_MOUNTED;
	dentry_put_locked(point);
	mount_put_locked(parent);
	mount_put_locked(m);
}

/* The last component of @w doesn't exist: make it, to mount on. The lock is held, as after. */
static s32 make_point(struct walk *w, bool isdir)
{
	struct dentry *dir = w->cur.dentry, *d;
	struct inode *i;
	s32 err = 0;

	if (!is_node(dir->inode))
		return -ENOENT;
	walk_leave(w);
	lock(&dir->inode->lock);
	d = dentry_lookup(dir, w->last, w->len, w->hash, &err);
	if (d && !d->inode) {
		i = dir->inode->ops->make(dir->inode, w->last, w->len,
					  isdir ? S_IFDIR | 0755 : S_IFREG | 0644, 0, NULL, &err);
		if (i) {
			names_lock();
			dentry_fill(d, i);
			names_unlock();
		}
	}
	unlock(&dir->inode->lock);
	if (d)
		dentry_put(d);
	walk_enter(w);
	return err;
}

/* The place @at from the root of all, each missing directory made. Counted. */
static s32 point_at(const char *at, bool isdir, struct path *out)
{
	struct walk w;
	size_t len = strlen(at), end = 0, next;
	char *name;
	s32 err = 0;

	name = alloc(len + 1);
	if (!name)
		return -ENOMEM;
	while (!err) {
		bool last;

		while (at[end] == '/')
			end++;
		while (at[end] && at[end] != '/')
			end++;
		memcpy(name, at, end);
		name[end] = '\0';
		for (next = end; at[next] == '/'; next++)
			;
		last = !at[next];
		walk_begin_boot(&w, name);
		err = walk_last(&w);
		if (err == -ENOENT && w.type == LAST_NORM) {
			err = make_point(&w, isdir || !last);
			walk_end(&w);
			walk_begin_boot(&w, name);
			if (!err)
				err = walk_last(&w);
		}
		if (!err && last) {
			*out = w.cur;
			dentry_get_locked(out->dentry);
			out->mount->refs++;
		}
		walk_end(&w);
		if (last)
			break;
	}
	release(name);
	return err;
}

s32 mount_add(const char *at, struct superblock *sb, struct inode *root, const char *source,
	      bool readonly)
{
	struct dentry *d = dentry_new(NULL, "/", 1, 0, root);
	struct mount *m;
	struct path p;
	s32 err;

	if (!d) {
		inode_put(root);
		return -ENOMEM;
	}
	m = mount_new(sb, d, source, readonly ? MNT_READONLY : 0);
	if (!m) {
		dentry_put(dentry_get(d));
		return -ENOMEM;
	}
	if (!root_mount) {
		names_lock();
		list_add_tail(&m->node, &mounts);
		mount_count++;
		root_mount = m;
		names_unlock();
		return 0;
	}
	err = point_at(at, S_ISDIR(root->mode), &p);
	if (err) {
		names_lock();
		mount_put_locked(m);
		names_unlock();
		return err;
	}
	lock(&namespace_lock);
	err = attach(m, &p);
	unlock(&namespace_lock);
	path_put(&p);
	return err;
}

/* A mount for nameless files, attached nowhere. */
s32 mounts_init(void)
{
	struct inode *i = inode_new(&anon_sb, S_IFDIR | 0500);
	struct dentry *d = i ? dentry_new(NULL, "/", 1, 0, i) : NULL;

	anon_mount = d ? mount_new(&anon_sb, d, "none", 0) : NULL;
	return anon_mount ? 0 : -ENOMEM;
}

/* ---- mount(2), umount2(2) ---- */

#define MS_RDONLY 1
#define MS_NOSUID 2
#define MS_NODEV 4
#define MS_NOEXEC 8
#define MS_REMOUNT 32
#define MS_BIND 4096
#define MS_MOVE 8192
#define MS_PROPAGATION ((1 << 17) | (1 << 18) | (1 << 19) | (1 << 20))
#define MS_MGC_VAL 0xC0ED0000
#define MS_MGC_MSK 0xffff0000

#define MNT_FORCE 1
#define MNT_DETACH 2
#define MNT_EXPIRE 4
#define UMOUNT_NOFOLLOW 8

static u32 mount_flags(u64 ms)
{
	return (ms & MS_RDONLY ? MNT_READONLY : 0) | (ms & MS_NOSUID ? MNT_NOSUID : 0) |
	       (ms & MS_NODEV ? MNT_NODEV : 0) | (ms & MS_NOEXEC ? MNT_NOEXEC : 0);
}

static s32 attach_new(struct mount *m, const struct path *at)
{
	s32 err;

	if (!m)
		return -ENOMEM;
	lock(&namespace_lock);
	err = attach(m, at);
	unlock(&namespace_lock);
	return err;
}

static s32 do_bind(u64 source, const struct path *at, const char *name, u64 ms)
{
	struct path from;
	s32 err = user_lookup(-100, source, LOOKUP_FOLLOW, &from);

	if (err)
		return err;
	if (from.mount == anon_mount)
		err = -EINVAL;
	else if (S_ISDIR(path_inode(&from)->mode) != S_ISDIR(path_inode(at)->mode))
		err = -ENOTDIR;
	else
		err = attach_new(mount_new(from.mount->sb, from.dentry, name,
					   from.mount->flags | mount_flags(ms)), at);
	path_put(&from);
	return err;
}

/* Octal digits behind "mode=" in the options of a tmpfs. */
static u32 option_mode(const char *s)
{
	u32 mode = 0;

	for (; *s; s++) {
		if (strncmp(s, "mode=", 5))
			continue;
		for (s += 5; *s >= '0' && *s <= '7'; s++)
			mode = mode << 3 | (u32)(*s - '0');
		return mode & S_IALLUGO;
	}
	return 01777;
}

static s32 do_tmpfs(const struct path *at, const char *name, u64 ms, u64 data)
{
	char options[256] = "";
	struct superblock *sb;
	struct inode *root;
	struct dentry *d;
	s32 err;

	if (!S_ISDIR(path_inode(at)->mode))
		return -ENOTDIR;
	if (data) {
		err = south_user_string(options, data, sizeof(options));
		if (err < 0)
			return err;
		options[sizeof(options) - 1] = '\0';
	}
	root = memfs_root(option_mode(options), &sb);
	if (!root)
		return -ENOMEM;
	d = dentry_new(NULL, "/", 1, 0, root);
	if (!d) {
		inode_put(root);
		return -ENOMEM;
	}
	dentry_get(d);
	err = attach_new(mount_new(sb, d, name, mount_flags(ms)), at);
	dentry_put(d);
	return err;
}

/* A file system that the box has one of (proc, devpts, ...): mounting it shows the same again. */
static s32 do_again(const struct path *at, const char *type, const char *name, u64 ms)
{
	struct dentry *root = NULL;
	struct superblock *sb = NULL;
	struct mount *m;
	s32 err;

	names_lock();
	list_for_each(m, &mounts, node) {
		if (strcmp(m->sb->type, type) || m->root->parent != m->root)
			continue;
		if (!strcmp(type, "overlay") || !strcmp(type, "bind"))
			break;
		root = m->root;
		dentry_get_locked(root);
		sb = m->sb;
		break;
	}
	names_unlock();
	if (!root)
		return -ENODEV;
	if (S_ISDIR(path_inode(at)->mode))
		err = attach_new(mount_new(sb, root, name, mount_flags(ms)), at);
	else
		err = -ENOTDIR;
	dentry_put(root);
	return err;
}

static s32 do_mount(const struct path *at, u64 source, const char *name, const char *type, u64 ms,
		    u64 data)
{
	if (ms & MS_REMOUNT) {
		if (at->dentry != at->mount->root)
			return -EINVAL;
		names_lock();
		WRITE_ONCE(at->mount->flags, mount_flags(ms));
		names_unlock();
		return 0;
	}
	if (ms & MS_BIND)
		return source ? do_bind(source, at, name, ms) : -EINVAL;
	if (ms & MS_PROPAGATION)
		return at->dentry == at->mount->root ? 0 : -EINVAL;
	if (ms & MS_MOVE)
		return -EINVAL;
	if (!*type)
		return -EINVAL;
	if (!strcmp(type, "tmpfs") || !strcmp(type, "ramfs"))
		return do_tmpfs(at, name, ms, data);
	return do_again(at, type, name, ms);
}

s64 sys_mount(const u64 *a)
{
	char type[64] = "", name[256] = "none";
	u64 ms = a[3];
	struct path at;
	s32 err;

	if (a[2]) {
		err = south_user_string(type, a[2], sizeof(type));
		if (err < 0)
			return err;
		if (err == sizeof(type))
			return -EINVAL;
	}
	if (a[0]) {
		err = south_user_string(name, a[0], sizeof(name));
		if (err < 0)
			return err;
		name[sizeof(name) - 1] = '\0';
	}
	err = user_lookup(-100, a[1], LOOKUP_FOLLOW, &at);
	if (err)
		return err;
	if ((ms & MS_MGC_MSK) == MS_MGC_VAL)
		ms &= ~MS_MGC_MSK;
	if (!capable(CAP_SYS_ADMIN))
		err = -EPERM;
	else if (at.mount == anon_mount)
		err = -EINVAL;
	else
		err = do_mount(&at, a[0], name, type, ms, a[4]);
	path_put(&at);
	return err;
}

/* Is @m @top or mounted somewhere beneath it? */
static bool mount_beneath(const struct mount *m, const struct mount *top)
{
	for (; m; m = m->parent)
		if (m == top)
			return true;
	return false;
}

static s32 do_umount(const struct path *p, u32 flags)
{
	struct mount *m = p->mount, *i;
	struct list *at, *prev;

	if (p->dentry != m->root)
		return -EINVAL;
	if (!m->parent)
		return m == root_mount ? -EBUSY : -EINVAL;
	if (!(flags & MNT_DETACH)) {
		list_for_each(i, &mounts, node)
			if (i->parent == m)
				return -EBUSY;
		/* one for being attached, one of the caller's */
		if (m->refs > 2)
			return -EBUSY;
		detach(m);
		return 0;
	}
	/* What is mounted beneath it was mounted later: the last first. */
	for (at = mounts.prev; at != &m->node; at = prev) {
		prev = at->prev;
		i = list_entry(at, struct mount, node);
		if (mount_beneath(i, m))
			detach(i);
	}
	detach(m);
	return 0;
}

s64 sys_umount2(const u64 *a)
{
	u32 flags = (u32)a[1];
	struct path p;
	s32 err;

	if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = user_lookup(-100, a[0], flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW, &p);
	if (err)
		return err;
	if (flags & MNT_EXPIRE) {
		err = flags & (MNT_FORCE | MNT_DETACH) ? -EINVAL : -EAGAIN;
	} else {
		lock(&namespace_lock);
		names_lock();
		err = do_umount(&p, flags);
		names_unlock();
		unlock(&namespace_lock);
	}
	path_put(&p);
	return err;
}

/* ---- /proc/mounts, /proc/self/mountinfo ---- */

/* As seq_escape() does for a field of a line. */
static void show_field(struct text *t, const char *s)
{
	for (; *s; s++) {
		if (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\\')
			text_printf(t, "\\%03o", (u32)(u8)*s);
		else
			text_add(t, s, 1);
	}
}

static void mount_show(struct text *t, struct mount *m, bool info)
{
	struct path top = { .mount = m, .dentry = m->root }, base;
	const char *mode = m->flags & MNT_READONLY ? "ro" : "rw";
	u32 parent = m->parent ? m->parent->id : m->id;
	struct dentry *d;
	char *point = path_name(&top), *root;

	if (!point) {
		t->failed = true;
		return;
	}
	if (info) {
		struct mount whole = { .root = m->root };

		for (d = m->root; d->parent != d; d = d->parent)
			;
		whole.root = d;
		base = (struct path){ .mount = &whole, .dentry = m->root };
		root = path_name(&base);
		text_printf(t, "%u %u %u:%u ", m->id, parent, MAJOR(m->sb->dev), MINOR(m->sb->dev));
		show_field(t, root ? root : "/");
		release(root);
		text_add(t, " ", 1);
	} else {
		show_field(t, m->source);
		text_add(t, " ", 1);
	}
	show_field(t, point);
	if (!info)
		text_printf(t, " %s", m->sb->type);
	text_printf(t, " %s%s%s%s,relatime", mode, m->flags & MNT_NOSUID ? ",nosuid" : "",
		    m->flags & MNT_NODEV ? ",nodev" : "", m->flags & MNT_NOEXEC ? ",noexec" : "");
	if (info) {
		text_printf(t, " - %s ", m->sb->type);
		show_field(t, m->source);
		text_printf(t, " %s\n", m->sb->readonly ? "ro" : "rw");
	} else {
		text_printf(t, " 0 0\n");
	}
	release(point);
}

void mounts_show(struct text *t, bool mountinfo)
{
	struct mount *m;

	/* The list can't change under namespace_lock, and each mount on it is counted. */
	lock(&namespace_lock);
	list_for_each(m, &mounts, node)
		mount_show(t, m, mountinfo);
	unlock(&namespace_lock);
}
