// SPDX-License-Identifier: GPL-2.0
/* rename(2), renameat(2), renameat2(2). */
#include "../task.h"
#include "open.h"
#include "notify.h"

/* One rename: both ends. */
struct renaming {
	struct walk from, to;
	struct dentry *old, *new; /* counted */
	struct dentry *trap;	/* the child of one directory that is the other or above it */
	u32 flags;
};

/* The child of @top that @d is or is beneath, or NULL. names_lock. */
static struct dentry *ancestor(struct dentry *top, struct dentry *d)
{
	while (d->parent != d) {
		if (d->parent == top)
			return d;
		d = d->parent;
	}
	return NULL;
}

/* The directory above the other one first; unrelated ones by address. */
static void lock_dirs(struct renaming *r)
{
	struct dentry *a = r->from.cur.dentry, *b = r->to.cur.dentry, *swap;

	r->trap = NULL;
	if (a == b) {
		lock(&a->inode->lock);
		return;
	}
	lock(&namespace_lock);
	names_lock();
	r->trap = ancestor(a, b);
	if (!r->trap) {
		r->trap = ancestor(b, a);
		if (r->trap || (uintptr)a > (uintptr)b) {
			swap = a;
			a = b;
			b = swap;
		}
	}
	names_unlock();
	lock(&a->inode->lock);
	if (a->inode != b->inode)
		lock(&b->inode->lock);
}

static void unlock_dirs(struct renaming *r)
{
	struct dentry *a = r->from.cur.dentry, *b = r->to.cur.dentry;

	unlock(&a->inode->lock);
	if (a == b)
		return;
	if (a->inode != b->inode)
		unlock(&b->inode->lock);
	unlock(&namespace_lock);
}

/* The checks of vfs_rename(). */
static s32 may_rename(struct renaming *r)
{
	struct dentry *from = r->from.cur.dentry, *to = r->to.cur.dentry;
	struct inode *source = r->old->inode, *target = r->new->inode;
	bool isdir = S_ISDIR(source->mode);
	s32 err;

	err = may_remove(from, r->old, isdir);
	if (err)
		return err;
	if (!target) {
		err = dentry_flags(to) & DENTRY_GONE ? -ENOENT :
		      inode_permission(to->inode, MAY_WRITE | MAY_EXEC);
	} else {
		err = may_remove(to, r->new,
				 r->flags & RENAME_EXCHANGE ? S_ISDIR(target->mode) : isdir);
	}
	if (err)
		return err;
	if (!from->inode->ops->rename)
		return -EPERM;
	if (from != to) {
		if (isdir)
			err = inode_permission(source, MAY_WRITE);
		if (!err && r->flags & RENAME_EXCHANGE && S_ISDIR(target->mode))
			err = inode_permission(target, MAY_WRITE);
		if (err)
			return err;
	}
	if ((dentry_flags(r->old) | dentry_flags(r->new)) & DENTRY_MOUNTED)
		return -EBUSY;
	return 0;
}

/* As vfs_rename() tells it: both directories are still locked. */
static void tell_renamed(struct renaming *r, struct inode *source, struct inode *target)
{
	struct moved from = { r->from.cur.dentry->inode, r->from.last, r->from.len };
	struct moved to = { r->to.cur.dentry->inode, r->to.last, r->to.len };
	bool exchange = r->flags & RENAME_EXCHANGE;

	notify_move(&from, &to, source, exchange ? NULL : target);
	if (exchange)
		notify_move(&to, &from, target, NULL);
}

/* Both names in the cache follow. Takes the strings. */
static void move_dentries(struct renaming *r, char *to_name, char *from_name)
{
	struct walk *from = &r->from, *to = &r->to;

	names_lock();
	if (!(r->flags & RENAME_EXCHANGE))
		dentry_gone(r->new);
	dentry_move(r->old, to->cur.dentry, to_name, to->len, to->hash);
	if (r->flags & RENAME_EXCHANGE)
		dentry_move(r->new, from->cur.dentry, from_name, from->len, from->hash);
	names_unlock();
}

static s32 do_rename(struct renaming *r)
{
	struct walk *from = &r->from, *to = &r->to;
	struct inode *source = r->old->inode, *target = r->new->inode;
	char *to_name, *from_name;
	bool victim;
	s32 err;

	if (source == target)
		return 0;
	err = may_rename(r);
	if (err)
		return err;
	to_name = str_ndup(to->last, to->len);
	from_name = str_ndup(from->last, from->len);
	if (!to_name || !from_name) {
		err = -ENOMEM;
		goto out;
	}
	victim = target && S_ISDIR(target->mode) && !(r->flags & RENAME_EXCHANGE);
	if (victim)
		lock(&target->lock);
	err = from->cur.dentry->inode->ops->rename(from->cur.dentry->inode, from->last, from->len,
						   source, to->cur.dentry->inode, to->last, to->len,
						   target, r->flags);
	if (!err) {
		move_dentries(r, to_name, from_name);
		to_name = NULL;
		if (r->flags & RENAME_EXCHANGE)
			from_name = NULL;
	}
	if (victim)
		unlock(&target->lock);
	if (!err)
		tell_renamed(r, source, target);
out:
	release(to_name);
	release(from_name);
	return err;
}

/* With both directories locked: the names are looked up and checked. */
static s32 rename_locked(struct renaming *r)
{
	struct walk *from = &r->from, *to = &r->to;
	bool exchange = r->flags & RENAME_EXCHANGE;
	s32 err;

	r->old = dentry_lookup(from->cur.dentry, from->last, from->len, from->hash, &err);
	if (!r->old)
		return err;
	if (!r->old->inode)
		return -ENOENT;
	r->new = dentry_lookup(to->cur.dentry, to->last, to->len, to->hash, &err);
	if (!r->new)
		return err;
	if (r->flags & RENAME_NOREPLACE && r->new->inode)
		return -EEXIST;
	if (exchange) {
		if (!r->new->inode)
			return -ENOENT;
		if (!S_ISDIR(r->new->inode->mode) && to->slash)
			return -ENOTDIR;
	}
	if (!S_ISDIR(r->old->inode->mode) && (from->slash || (!exchange && to->slash)))
		return -ENOTDIR;
	if (r->old == r->trap)
		return -EINVAL;
	if (r->new == r->trap)
		return exchange ? -EINVAL : -ENOTEMPTY;
	return do_rename(r);
}

static s32 rename_paths(s32 fromfd, const char *from, s32 tofd, const char *to, u32 flags)
{
	struct renaming r = { .flags = flags };
	s32 err;

	err = walk_begin(&r.from, fromfd, from, 0, 0);
	if (err)
		return err;
	err = walk_parent(&r.from);
	if (err) {
		walk_end(&r.from);
		return err;
	}
	walk_leave(&r.from);
	err = IS_ERR(to) ? PTR_ERR(to) : walk_begin(&r.to, tofd, to, 0, 0);
	if (err)
		goto out_from;
	err = walk_parent(&r.to);
	if (err) {
		walk_end(&r.to);
		goto out_from;
	}
	walk_leave(&r.to);
	if (r.from.cur.mount != r.to.cur.mount)
		err = -EXDEV;
	else if (r.from.type != LAST_NORM)
		err = -EBUSY;
	else if (r.to.type != LAST_NORM)
		err = flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	else
		err = path_writable(&r.from.cur);
	if (!err) {
		lock_dirs(&r);
		err = rename_locked(&r);
		unlock_dirs(&r);
		if (r.new)
			dentry_put(r.new);
		if (r.old)
			dentry_put(r.old);
	}
	walk_enter(&r.to);
	walk_end(&r.to);
out_from:
	walk_enter(&r.from);
	walk_end(&r.from);
	return err;
}

static s32 rename_at(s32 fromfd, u64 from, s32 tofd, u64 to, u32 flags)
{
	char *from_name, *to_name;
	s32 err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	if (flags & (RENAME_NOREPLACE | RENAME_WHITEOUT) && flags & RENAME_EXCHANGE)
		return -EINVAL;
	from_name = path_user(from, 0);
	if (IS_ERR(from_name))
		return PTR_ERR(from_name);
	/* What is wrong with the second is said when its turn comes. */
	to_name = path_user(to, 0);
	err = rename_paths(fromfd, from_name, tofd, to_name, flags);
	release(from_name);
	if (!IS_ERR(to_name))
		release(to_name);
	return err;
}

s64 sys_rename(const u64 *a)
{
	return rename_at(AT_FDCWD, a[0], AT_FDCWD, a[1], 0);
}

s64 sys_renameat(const u64 *a)
{
	return rename_at((s32)a[0], a[1], (s32)a[2], a[3], 0);
}

s64 sys_renameat2(const u64 *a)
{
	return rename_at((s32)a[0], a[1], (s32)a[2], a[3], (u32)a[4]);
}
