// SPDX-License-Identifier: GPL-2.0
/*
 * The path walk: one component after the other, iteratively. A link's target is
 * put before what is left of the name.
 */
#include "../task.h"
#include "walk.h"

#define AT_FDCWD (-100)

void walk_leave(struct walk *w)
{
	dentry_get_locked(w->cur.dentry);
	w->cur.mount->refs++;
	dentry_get_locked(w->root.dentry);
	w->root.mount->refs++;
	names_unlock();
}

void walk_enter(struct walk *w)
{
	names_lock();
	dentry_put_locked(w->cur.dentry);
	mount_put_locked(w->cur.mount);
	dentry_put_locked(w->root.dentry);
	mount_put_locked(w->root.mount);
}

/* cur and root from a descriptor; names_lock is taken. */
static s32 begin_at(struct walk *w, s32 dirfd)
{
	struct fd fd = fd_begin(dirfd);
	struct file *f = fd.file;
	struct path p;
	s32 err;

	if (!f)
		return -EBADF;
	if (*w->name && (!f->dentry || !S_ISDIR(f->inode->mode))) {
		fd_end(fd);
		return -ENOTDIR;
	}
	if (f->dentry && !fd.counted) {
		/* Only current could close it. */
		names_lock();
		w->cur = (struct path){ .mount = f->mount, .dentry = f->dentry };
		return 0;
	}
	err = file_path(f, &p);
	fd_end(fd);
	if (err)
		return err;
	names_lock();
	w->cur = p;
	dentry_put_locked(p.dentry);
	mount_put_locked(p.mount);
	return 0;
}

s32 walk_begin(struct walk *w, s32 dirfd, const char *name, u32 lookup, u32 resolve)
{
	struct fs_context *fs = current->fs;
	s32 err;

	w->buf = NULL;
	w->name = name;
	w->lookup = lookup;
	w->resolve = resolve;
	w->links = 0;
	w->boot = false;
	w->type = LAST_ROOT;
	w->slash = false;
	if (unlikely(!*name && !(lookup & LOOKUP_EMPTY)))
		return -ENOENT;
	if (*name == '/' && resolve & RESOLVE_BENEATH)
		return -EXDEV;
	if (dirfd != AT_FDCWD && (*name != '/' || resolve & RESOLVE_IN_ROOT)) {
		err = begin_at(w, dirfd);
		if (err)
			return err;
	} else {
		names_lock();
		w->cur = *name == '/' && !(resolve & RESOLVE_IN_ROOT) ? fs->root : fs->cwd;
	}
	w->root = fs->root;
	if (unlikely(resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)))
		w->root = w->cur;
	return 0;
}

void walk_begin_boot(struct walk *w, const char *name)
{
	*w = (struct walk){ .name = name, .boot = true, .type = LAST_ROOT };
	w->lookup = LOOKUP_FOLLOW;
	names_lock();
	w->root = (struct path){ .mount = root_mount, .dentry = root_mount->root };
	mount_cross(&w->root);
	w->cur = w->root;
}

void walk_end(struct walk *w)
{
	names_unlock();
	if (w->buf)
		release(w->buf);
}

s32 may_lookup(struct walk *w)
{
	struct inode *i = w->cur.dentry->inode;
	s32 err;

	if (likely(!i->ops->permission)) {
		if (likely((i->mode & 0111) == 0111) || w->boot)
			return 0;
		return inode_permission(i, MAY_EXEC);
	}
	if (w->boot)
		return 0;
	walk_leave(w);
	err = inode_permission(i, MAY_EXEC);
	walk_enter(w);
	return err;
}

/* A name that isn't cached, or whose file system wants to be asked. */
static noinline s32 lookup_slow(struct walk *w, struct dentry **out)
{
	struct dentry *dir = w->cur.dentry, *d;
	s32 err;

	walk_leave(w);
	lock(&dir->inode->lock);
	d = dentry_lookup(dir, w->last, w->len, w->hash, &err);
	unlock(&dir->inode->lock);
	walk_enter(w);
	if (!d)
		return err;
	/* Unused maybe, but not freed while the lock is held. */
	dentry_put_locked(d);
	*out = d;
	return 0;
}

bool path_reachable(struct path p, const struct path *root)
{
	while (p.mount != root->mount) {
		if (!p.mount->parent)
			return false;
		p.dentry = p.mount->point;
		p.mount = p.mount->parent;
	}
	return dentry_beneath(p.dentry, root->dentry);
}

/* ".." */
static s32 walk_up(struct walk *w)
{
	struct path *p = &w->cur;

	if (p->dentry == w->root.dentry && p->mount == w->root.mount)
		return w->resolve & RESOLVE_BENEATH ? -EXDEV : 0;
	while (p->dentry == p->mount->root) {
		struct mount *m = p->mount;

		if (!m->parent)
			return 0;
		if (w->resolve & RESOLVE_NO_XDEV)
			return -EXDEV;
		p->dentry = m->point;
		p->mount = m->parent;
		if (p->dentry == w->root.dentry && p->mount == w->root.mount)
			return w->resolve & RESOLVE_BENEATH ? -EXDEV : 0;
	}
	p->dentry = p->dentry->parent;
	mount_cross(p);
	/* A rename meanwhile may have moved us out of the scope. */
	if (w->resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT) && !path_reachable(*p, &w->root))
		return -EAGAIN;
	return 0;
}

/* Puts @len bytes of @target before what is left of the name. */
static s32 splice(struct walk *w, const char *target, u32 len)
{
	size_t rest = strlen(w->name);
	char *buf;

	if (!len)
		return -ENOENT;
	if (target[0] == '/') {
		if (w->resolve & RESOLVE_BENEATH)
			return -EXDEV;
		if (w->resolve & RESOLVE_NO_XDEV && w->cur.mount != w->root.mount)
			return -EXDEV;
	}
	buf = alloc(len + rest + 1);
	if (!buf)
		return -ENOMEM;
	memcpy(buf, target, len);
	memcpy(buf + len, w->name, rest);
	release(w->buf);
	w->buf = buf;
	w->name = buf;
	if (target[0] == '/')
		w->cur = w->root;
	return 0;
}

/* A link to an object, not to a name. */
static s32 jump(struct walk *w, struct dentry *d)
{
	struct inode *i = d->inode;
	struct path to;
	s32 err;

	if (w->resolve & RESOLVE_NO_MAGICLINKS)
		return -ELOOP;
	dentry_get_locked(d);
	walk_leave(w);
	err = w->boot ? -EACCES : i->ops->jump(i, &to);
	walk_enter(w);
	dentry_put_locked(d);
	if (err)
		return err;
	if (w->resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT) ||
	    (w->resolve & RESOLVE_NO_XDEV && to.mount != w->cur.mount))
		err = -EXDEV;
	else
		w->cur = to;
	dentry_put_locked(to.dentry);
	mount_put_locked(to.mount);
	return err;
}

/* The text of a link whose file system wants to be asked. */
static s32 read_link(struct walk *w, struct dentry *d)
{
	struct inode *i = d->inode;
	char *buf;
	s32 n;

	dentry_get_locked(d);
	walk_leave(w);
	buf = alloc(PATH_MAX);
	n = buf ? i->ops->readlink(i, buf, PATH_MAX - 1) : -ENOMEM;
	walk_enter(w);
	dentry_put_locked(d);
	if (n >= 0)
		n = splice(w, buf, (u32)n);
	release(buf);
	return n;
}

/* As may_follow_link(): fs.protected_symlinks, which is about the last component only. */
static bool follow_unsafe(const struct walk *w, const struct inode *i)
{
	const char *rest = w->name;

	if ((w->dir_mode & STICKY_ALL) != STICKY_ALL || w->boot)
		return false;
	while (*rest == '/')
		rest++;
	return !*rest && i->uid != w->dir_uid && i->uid != current->cred->fsuid;
}

static noinline s32 follow(struct walk *w, struct dentry *d)
{
	struct inode *i = d->inode;
	s32 err;

	if (++w->links > LINKS_MAX || w->resolve & RESOLVE_NO_SYMLINKS ||
	    w->cur.mount->flags & MNT_NOSYMFOLLOW)
		return -ELOOP;
	if (follow_unsafe(w, i))
		return -EACCES;
	if (i->link)
		err = splice(w, i->link, (u32)strlen(i->link));
	else if (i->ops->jump)
		err = jump(w, d);
	else if (i->ops->readlink)
		err = read_link(w, d);
	else
		err = -EINVAL;
	return err ? err : 1;
}

s32 walk_into(struct walk *w, struct dentry *d, bool follow_link)
{
	struct path p = { .mount = w->cur.mount, .dentry = d };

	if (unlikely(!d->inode))
		return -ENOENT;
	if (unlikely(dentry_flags(p.dentry) & DENTRY_MOUNTED)) {
		mount_cross(&p);
		if (p.mount != w->cur.mount && w->resolve & RESOLVE_NO_XDEV)
			return -EXDEV;
	}
	if (unlikely(S_ISLNK(p.dentry->inode->mode)) && follow_link)
		return follow(w, p.dentry);
	w->cur = p;
	return 0;
}

s32 walk_step(struct walk *w, bool follow_link)
{
	struct dentry *d;
	s32 err;

	if (unlikely(w->type == LAST_DOTDOT))
		return walk_up(w);
	if (unlikely(w->type != LAST_NORM))
		return 0;
	d = dentry_find(w->cur.dentry, w->last, w->len, w->hash);
	if (unlikely(!d || dentry_flags(d) & DENTRY_FRESH)) {
		err = lookup_slow(w, &d);
		if (err)
			return err;
	}
	return walk_into(w, d, follow_link);
}

s32 walk_parent(struct walk *w)
{
	const char *s, *end;
	struct inode *dir;
	u32 hash;
	s32 r;

	for (;;) {
		s = w->name;
		while (*s == '/')
			s++;
		if (!*s) {
			w->slash = s != w->name;
			w->type = LAST_ROOT;
			w->last = s;
			w->len = 0;
			w->dir_mode = 0;
			return 0;
		}
		dir = w->cur.dentry->inode;
		if (unlikely(!S_ISDIR(dir->mode)))
			return -ENOTDIR;
		r = may_lookup(w);
		if (unlikely(r))
			return r;
		hash = 0;
		for (end = s; *end && *end != '/'; end++)
			hash = NAME_HASH_STEP(hash, *end);
		w->last = s;
		w->len = (u32)(end - s);
		w->hash = hash;
		w->type = LAST_NORM;
		if (unlikely(*s == '.')) {
			if (w->len == 1)
				w->type = LAST_DOT;
			else if (w->len == 2 && s[1] == '.')
				w->type = LAST_DOTDOT;
		}
		w->name = end;
		w->dir_mode = dir->mode;
		w->dir_uid = dir->uid;
		if (!*end) {
			w->slash = false;
			return 0;
		}
		do {
			end++;
		} while (*end == '/');
		if (!*end) {
			w->slash = true;
			return 0;
		}
		r = walk_step(w, true);
		if (unlikely(r < 0))
			return r;
	}
}

s32 walk_last(struct walk *w)
{
	s32 r;

	do {
		r = walk_parent(w);
		if (unlikely(r))
			return r;
		r = walk_step(w, w->lookup & LOOKUP_FOLLOW || w->slash);
	} while (r > 0);
	if (unlikely(r))
		return r;
	if ((w->slash || w->lookup & LOOKUP_DIRECTORY) && !S_ISDIR(w->cur.dentry->inode->mode))
		return -ENOTDIR;
	return 0;
}

s32 path_lookup(s32 dirfd, const char *name, u32 lookup, struct path *out)
{
	struct walk w;
	s32 err = walk_begin(&w, dirfd, name, lookup, 0);

	if (err)
		return err;
	err = *name ? walk_last(&w) : 0;
	if (!err) {
		*out = w.cur;
		dentry_get_locked(out->dentry);
		out->mount->refs++;
	}
	walk_end(&w);
	return err;
}
