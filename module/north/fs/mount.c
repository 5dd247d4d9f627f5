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
	m->expiring = false;
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
	if (READ_ONCE(p->mount->flags) & MNT_READONLY || READ_ONCE(p->mount->sb->readonly))
		return -EROFS;
	return 0;
}

struct mount *mount_new(struct superblock *sb, struct dentry *root, const char *source, u32 flags)
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

s32 mount_may_attach(const struct mount *m, const struct path *at)
{
	if (mount_count >= MOUNTS_MAX)
		return -ENOSPC;
	if (dentry_flags(at->dentry) & DENTRY_GONE)
		return -ENOENT;
	if (!mount_attached(at->mount))
		return -EINVAL;
	return S_ISDIR(m->root->inode->mode) == S_ISDIR(at->dentry->inode->mode) ? 0 : -ENOTDIR;
}

void mount_attach(struct mount *m, const struct path *at)
{
	m->parent = at->mount;
	at->mount->refs++;
	m->point = at->dentry;
	dentry_get_locked(at->dentry);
	at->dentry->flags |= DENTRY_MOUNTED;
	list_add_tail(&m->node, &mounts);
	mount_count++;
}

void mount_lift(struct mount *m)
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
}

void mount_detach(struct mount *m)
{
	mount_lift(m);
	mount_put_locked(m);
}

bool mount_beneath(const struct mount *m, const struct mount *top)
{
	for (; m; m = m->parent)
		if (m == top)
			return true;
	return false;
}

void mount_become_root(struct mount *m)
{
	list_del(&root_mount->node);
	list_add(&m->node, &mounts);
	root_mount = m;
}

bool mounts_room(u32 n)
{
	return mount_count + n < MOUNTS_MAX;
}

void mounts_lock(void)
{
	lock(&namespace_lock);
	names_lock();
}

void mounts_unlock(void)
{
	names_unlock();
	unlock(&namespace_lock);
}

/* What is on @at by now: somebody may have been faster. */
struct path path_topmost(const struct path *at)
{
	struct path p = *at;

	mount_cross(&p);
	return p;
}

/* Who follows a group that has no member left follows nobody. */
void mounts_settle(void)
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

/* ---- what there is from the start, to be mounted again ---- */

/* struct known - proc, devpts and the like: the box has one of each. */
struct known {
	struct known *next;
	struct superblock *sb;
	struct dentry *root;	/* a reference */
};

static struct known *knowns;	/* written at boot only */

static void know(struct superblock *sb, struct dentry *root)
{
	static const char *const types[] = { "proc", "devpts", "sysfs", "mqueue" };
	struct known *k;

	for (u32 i = 0; i < ARRAY_SIZE(types); i++) {
		if (strcmp(sb->type, types[i]))
			continue;
		k = new(struct known);
		if (k) {
			*k = (struct known){ knowns, sb, dentry_get(root) };
			knowns = k;
		}
	}
}

struct dentry *known_fs(const char *type, struct superblock **sb)
{
	struct known *k;

	for (k = knowns; k; k = k->next) {
		if (!strcmp(k->sb->type, type)) {
			*sb = k->sb;
			return dentry_get(k->root);
		}
	}
	return NULL;
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
	m = mount_new(sb, d, source, (readonly ? MNT_READONLY : 0) | MNT_RELATIME);
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
	names_lock();
	err = mount_may_attach(m, &p);
	if (err)
		mount_put_locked(m);
	else
		mount_attach(m, &p);
	names_unlock();
	unlock(&namespace_lock);
	path_put(&p);
	if (!err)
		know(sb, d);
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
