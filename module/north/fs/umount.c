// SPDX-License-Identifier: GPL-2.0
/* umount2(2) and pivot_root(2). */
#include "../task.h"
#include "open.h"

#define MNT_FORCE 1
#define MNT_DETACH 2
#define MNT_EXPIRE 4
#define UMOUNT_NOFOLLOW 8

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
	mounts_settle();
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
	struct path top = path_topmost(p);

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
	mounts_lock();
	umount_top(&p);
	err = capable(CAP_SYS_ADMIN) ? do_umount(&p, flags) : -EPERM;
	dentry_put_locked(p.dentry);
	mount_put_locked(p.mount);
	/* What asks for it is no use of it. */
	if (err == -EAGAIN)
		p.mount->expiring = true;
	mounts_unlock();
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
	mounts_lock();
	on = path_topmost(old);
	err = may_pivot(new, &on, &root);
	if (!err) {
		swap_roots(new, &on, &root);
		contexts_move(all, count, &root, new);
	}
	mounts_unlock();
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
