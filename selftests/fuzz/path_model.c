// SPDX-License-Identifier: GPL-2.0
/* The model of path_model.h: simple, recursive, slow. */
#define _GNU_SOURCE
#include <fcntl.h>
#include "path_model.h"

#define LINKS_MAX 40

static struct node *node_make(struct model *m, enum node_kind kind, u32 mode)
{
	struct node *n = calloc(1, sizeof(*n));

	n->all = m->all;
	m->all = n;
	n->kind = kind;
	n->mode = mode;
	n->uid = m->uid;
	n->nlink = 1;
	return n;
}

void model_init(struct model *m)
{
	memset(m, 0, sizeof(*m));
	m->root = m->cwd = node_make(m, NODE_DIR, 0755);
	m->root->parent = m->root;
}

void model_free(struct model *m)
{
	while (m->all) {
		struct node *n = m->all;

		m->all = n->all;
		while (n->entries) {
			struct entry *e = n->entries;

			n->entries = e->next;
			free(e);
		}
		free(n);
	}
}

int model_may(const struct model *m, const struct node *n, u32 what)
{
	/* All files are of group 0, and so is everybody. */
	u32 bits = n->uid == m->uid ? n->mode >> 6 : n->mode >> 3;

	if (!m->uid)
		return n->kind == NODE_DIR || !(what & 1) || n->mode & 0111;
	return (bits & what) == what;
}

struct entry *model_entry(const struct node *dir, const char *name)
{
	for (struct entry *e = dir->entries; e; e = e->next)
		if (!strcmp(e->name, name))
			return e;
	return NULL;
}

static void entry_add(struct node *dir, const char *name, struct node *n)
{
	struct entry *e = calloc(1, sizeof(*e));

	strcpy(e->name, name);
	e->node = n;
	e->next = dir->entries;
	dir->entries = e;
	if (n->kind == NODE_DIR)
		n->parent = dir;
}

static void entry_remove(struct node *dir, struct entry *e)
{
	struct entry **p = &dir->entries;

	while (*p != e)
		p = &(*p)->next;
	*p = e->next;
	free(e);
}

/* ---- walking ---- */

/* What is left of a path before its last component. */
struct last {
	struct node *dir;
	char name[256];
	int too_long, slash;	/* of that component; slashes behind it */
	enum { PLAIN, DOT, DOTDOT, ROOT } type;
};

struct trip {
	struct model *m;
	struct node *top;	/* where ".." ends and "/" begins */
	u32 flags, links;
};

static s64 follow(struct trip *t, struct node *dir, struct node *link, struct node **out);

static s64 up(struct trip *t, struct node **dir)
{
	if (*dir == t->top || *dir == t->m->root)
		return t->flags & WALK_BENEATH ? -EXDEV : 0;
	*dir = (*dir)->parent;
	return 0;
}

/* All of @path but its last component. */
static s64 walk_parent(struct trip *t, struct node *from, const char *path, struct last *last)
{
	struct node *dir = from;
	s64 err;

	memset(last, 0, sizeof(*last));
	if (*path == '/') {
		if (t->flags & WALK_BENEATH)
			return -EXDEV;
		dir = t->top;
	}
	for (;;) {
		struct entry *e;
		size_t len;

		while (*path == '/')
			path++;
		last->dir = dir;
		if (!*path) {
			last->type = ROOT;
			return 0;
		}
		if (dir->kind != NODE_DIR)
			return -ENOTDIR;
		if (!model_may(t->m, dir, 1))
			return -EACCES;
		len = strcspn(path, "/");
		/* What is looked up in a removed directory isn't there, however long its name is. */
		last->too_long = len > 255 && !dir->dead;
		snprintf(last->name, sizeof(last->name), "%.*s", (int)(len > 255 ? 255 : len), path);
		last->type = !strcmp(last->name, ".") ? DOT : !strcmp(last->name, "..") ? DOTDOT : PLAIN;
		last->slash = path[len] == '/';
		path += len;
		if (!path[strspn(path, "/")])
			return 0;
		if (last->type == DOTDOT) {
			err = up(t, &dir);
			if (err)
				return err;
			continue;
		}
		if (last->type == DOT)
			continue;
		if (last->too_long)
			return -ENAMETOOLONG;
		e = model_entry(dir, last->name);
		if (!e)
			return -ENOENT;
		if (e->node->kind == NODE_LINK) {
			err = follow(t, dir, e->node, &dir);
			if (err)
				return err;
		} else {
			dir = e->node;
		}
	}
}

/* The last component itself. */
static s64 walk_end(struct trip *t, const struct last *last, struct node **out)
{
	struct node *n = last->dir;
	s64 err = 0;

	if (last->type == DOTDOT) {
		err = up(t, &n);
	} else if (last->type == PLAIN) {
		struct entry *e;

		if (last->too_long)
			return -ENAMETOOLONG;
		e = model_entry(last->dir, last->name);
		if (!e)
			return -ENOENT;
		n = e->node;
		if (n->kind == NODE_LINK && (t->flags & WALK_FOLLOW || last->slash))
			err = follow(t, last->dir, n, &n);
	}
	if (err)
		return err;
	if (last->slash && n->kind != NODE_DIR)
		return -ENOTDIR;
	*out = n;
	return 0;
}

static s64 walk(struct trip *t, struct node *from, const char *path, struct node **out)
{
	struct last last;
	s64 err = walk_parent(t, from, path, &last);

	return err ? err : walk_end(t, &last, out);
}

static s64 follow(struct trip *t, struct node *dir, struct node *link, struct node **out)
{
	struct trip inner;
	s64 err;

	if (++t->links > LINKS_MAX || t->flags & WALK_NO_LINKS)
		return -ELOOP;
	inner = *t;
	inner.flags |= WALK_FOLLOW;
	err = walk(&inner, dir, link->target, out);
	t->links = inner.links;
	return err;
}

/* What getname() says. */
static s64 path_ok(const char *path)
{
	return !*path ? -ENOENT : strlen(path) >= 4096 ? -ENAMETOOLONG : 0;
}

static struct trip trip(struct model *m, struct node *from, u32 flags)
{
	return (struct trip){ m, flags & (WALK_BENEATH | WALK_IN_ROOT) ? from : m->root, flags, 0 };
}

s64 model_walk(struct model *m, struct node *from, const char *path, u32 flags, struct node **out)
{
	struct trip t = trip(m, from, flags);
	s64 err = path_ok(path);

	return err ? err : walk(&t, from, path, out);
}

static s64 parent_of(struct model *m, struct node *from, const char *path, struct last *last)
{
	struct trip t = trip(m, from, 0);
	s64 err = path_ok(path);

	return err ? err : walk_parent(&t, from, path, last);
}

/* ---- changing ---- */

/* filename_create() and may_create(). */
static s64 may_create(struct model *m, const struct last *last, int is_dir)
{
	if (last->type != PLAIN)
		return -EEXIST;
	if (last->too_long)
		return -ENAMETOOLONG;
	if (model_entry(last->dir, last->name))
		return -EEXIST;
	if (last->slash && !is_dir)
		return -ENOENT;
	if (last->dir->dead)
		return -ENOENT;
	return model_may(m, last->dir, 3) ? 0 : -EACCES;
}

s64 model_make(struct model *m, struct node *from, const char *path, enum node_kind kind, u32 mode,
	       const char *target, struct node **made)
{
	struct last last;
	s64 err = target ? path_ok(target) : 0;

	if (!err)
		err = parent_of(m, from, path, &last);
	if (!err)
		err = may_create(m, &last, kind == NODE_DIR);
	if (err)
		return err;
	*made = node_make(m, kind, mode);
	if (target)
		strcpy((*made)->target, target);
	entry_add(last.dir, last.name, *made);
	return 0;
}

s64 model_link(struct model *m, const char *old, const char *new)
{
	struct node *n;
	struct last last;
	s64 err = model_walk(m, m->cwd, old, 0, &n);

	if (!err)
		err = parent_of(m, m->cwd, new, &last);
	if (!err)
		err = may_create(m, &last, 0);
	if (err)
		return err;
	if (n->kind == NODE_DIR)
		return -EPERM;
	entry_add(last.dir, last.name, n);
	n->nlink++;
	return 0;
}

/* may_delete(), without sticky directories. */
static s64 may_delete(struct model *m, const struct node *dir, const struct node *n, int is_dir)
{
	if (!model_may(m, dir, 3))
		return -EACCES;
	if (is_dir && n->kind != NODE_DIR)
		return -ENOTDIR;
	if (!is_dir && n->kind == NODE_DIR)
		return -EISDIR;
	return 0;
}

s64 model_unlink(struct model *m, const char *path)
{
	struct last last;
	struct entry *e;
	s64 err = parent_of(m, m->cwd, path, &last);

	if (err)
		return err;
	if (last.type != PLAIN)
		return -EISDIR;
	if (last.too_long)
		return -ENAMETOOLONG;
	e = model_entry(last.dir, last.name);
	if (!e)
		return -ENOENT;
	if (last.slash)
		return e->node->kind == NODE_DIR ? -EISDIR : -ENOTDIR;
	err = may_delete(m, last.dir, e->node, 0);
	if (err)
		return err;
	e->node->nlink--;
	entry_remove(last.dir, e);
	return 0;
}

s64 model_rmdir(struct model *m, const char *path)
{
	struct last last;
	struct entry *e;
	s64 err = parent_of(m, m->cwd, path, &last);

	if (err)
		return err;
	if (last.type != PLAIN)
		return last.type == DOTDOT ? -ENOTEMPTY : last.type == DOT ? -EINVAL : -EBUSY;
	if (last.too_long)
		return -ENAMETOOLONG;
	e = model_entry(last.dir, last.name);
	if (!e)
		return -ENOENT;
	err = may_delete(m, last.dir, e->node, 1);
	if (err)
		return err;
	if (e->node->entries)
		return -ENOTEMPTY;
	e->node->dead = 1;
	entry_remove(last.dir, e);
	return 0;
}

/* Is @n above or at @dir? */
static int above(const struct node *n, const struct node *dir)
{
	for (;; dir = dir->parent) {
		if (dir == n)
			return 1;
		if (dir->parent == dir)
			return 0;
	}
}

s64 model_rename(struct model *m, const char *old, const char *new)
{
	struct last from, to;
	struct entry *e, *there;
	struct node *n;
	int is_dir;
	s64 err = parent_of(m, m->cwd, old, &from);

	if (!err)
		err = parent_of(m, m->cwd, new, &to);
	if (err)
		return err;
	if (from.type != PLAIN || to.type != PLAIN)
		return -EBUSY;
	if (from.too_long)
		return -ENAMETOOLONG;
	e = model_entry(from.dir, from.name);
	if (!e)
		return -ENOENT;
	if (to.too_long)
		return -ENAMETOOLONG;
	if (to.dir->dead)
		return -ENOENT;
	there = model_entry(to.dir, to.name);
	n = e->node;
	is_dir = n->kind == NODE_DIR;
	if (!is_dir && (from.slash || to.slash))
		return -ENOTDIR;
	if (from.dir != to.dir && is_dir && above(n, to.dir))
		return -EINVAL;
	if (from.dir != to.dir && there && there->node->kind == NODE_DIR && above(there->node, from.dir))
		return -ENOTEMPTY;
	if (there && there->node == n)
		return 0;
	err = may_delete(m, from.dir, n, is_dir);
	if (err)
		return err;
	if (there)
		err = may_delete(m, to.dir, there->node, is_dir);
	else
		err = model_may(m, to.dir, 3) ? 0 : -EACCES;
	if (!err && is_dir && from.dir != to.dir && !model_may(m, n, 2))
		err = -EACCES;
	if (!err && there && there->node->entries)
		err = -ENOTEMPTY;
	if (err)
		return err;
	if (there) {
		if (is_dir)
			there->node->dead = 1;
		else
			there->node->nlink--;
		entry_remove(to.dir, there);
	}
	entry_remove(from.dir, e);
	entry_add(to.dir, to.name, n);
	return 0;
}

/* ---- open ---- */

static s64 open_create(struct trip *t, struct node *from, const char *path, u32 flags, u32 mode,
		       struct node **out)
{
	struct last last;
	struct entry *e;
	s64 err = walk_parent(t, from, path, &last);

	if (err)
		return err;
	if (last.type != PLAIN) {
		err = walk_end(t, &last, out);
		return err ? err : flags & O_EXCL ? -EEXIST : 0;
	}
	if (last.slash)
		return -EISDIR;
	if (last.too_long)
		return -ENAMETOOLONG;
	e = model_entry(last.dir, last.name);
	if (!e) {
		if (last.dir->dead)
			return -ENOENT;
		if (!model_may(t->m, last.dir, 3))
			return -EACCES;
		*out = node_make(t->m, NODE_FILE, mode);
		entry_add(last.dir, last.name, *out);
		return 1;
	}
	*out = e->node;
	if (flags & O_EXCL)
		return -EEXIST;
	if (e->node->kind != NODE_LINK || flags & O_NOFOLLOW)
		return 0;
	if (++t->links > LINKS_MAX)
		return -ELOOP;
	return open_create(t, last.dir, e->node->target, flags, mode, out);
}

s64 model_open(struct model *m, struct node *from, const char *path, u32 flags, u32 mode,
	       struct node **out)
{
	u32 access = (flags & O_ACCMODE) == O_RDONLY ? 4 : (flags & O_ACCMODE) == O_WRONLY ? 2 : 6;
	struct trip t = trip(m, from, flags & O_NOFOLLOW ? 0 : WALK_FOLLOW);
	struct node *n;
	s64 r = path_ok(path);

	if (r)
		return r;
	if (flags & O_PATH) {
		r = walk(&t, from, path, out);
		return r ? r : flags & O_DIRECTORY && (*out)->kind != NODE_DIR ? -ENOTDIR : 0;
	}
	r = flags & O_CREAT ? open_create(&t, from, path, flags, mode, out) : walk(&t, from, path, out);
	if (r)
		return r < 0 ? r : 0;
	n = *out;
	if (flags & O_CREAT && n->kind == NODE_DIR)
		return -EISDIR;
	if (flags & O_DIRECTORY && n->kind != NODE_DIR)
		return -ENOTDIR;
	if (n->kind == NODE_LINK)
		return -ELOOP;
	if (n->kind == NODE_DIR && access & 2)
		return -EISDIR;
	return model_may(m, n, access) ? 0 : -EACCES;
}
