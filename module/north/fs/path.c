// SPDX-License-Identifier: GPL-2.0
/* Paths: references, names for people, copies from user memory. */
#include "../task.h"
#include "walk.h"

void path_get(const struct path *p)
{
	names_lock();
	if (p->dentry)
		dentry_get_locked(p->dentry);
	if (p->mount)
		p->mount->refs++;
	names_unlock();
}

void path_put(const struct path *p)
{
	if (!p->dentry && !p->mount)
		return;
	names_lock();
	if (p->dentry)
		dentry_put_locked(p->dentry);
	if (p->mount)
		mount_put_locked(p->mount);
	names_unlock();
}

struct inode *path_inode(const struct path *p)
{
	return p->dentry->inode;
}

s32 path_anon(struct inode *inode, const char *name, struct path *out)
{
	struct dentry *d = dentry_new(NULL, name, strnlen(name, PATH_MAX), 0, inode_get(inode));

	if (!d) {
		inode_put(inode);
		return -ENOMEM;
	}
	d->flags |= DENTRY_ANON;
	out->dentry = d;
	out->mount = anon_mount;
	path_get(out);
	return 0;
}

static const char *anon_name(const struct inode *i)
{
	return i->private && i->sb == &anon_sb ? i->private : "anon_inode:[unknown]";
}

s32 file_path(const struct file *f, struct path *out)
{
	if (!f->dentry)
		return path_anon(f->inode, anon_name(f->inode), out);
	out->dentry = f->dentry;
	out->mount = f->mount;
	path_get(out);
	return 0;
}

char *path_of_file(const struct file *f)
{
	struct path p = { .mount = f->mount, .dentry = f->dentry };

	if (!f->dentry)
		return str_dup(anon_name(f->inode));
	return path_name(&p);
}

/*
 * One pass from @p up to @root: the name is written to end at @end, if that isn't
 * NULL. Returns its length. *@reached: @root was met on the way.
 */
static size_t build(struct path p, const struct path *root, char *end, bool *reached)
{
	size_t len = 0;

	*reached = false;
	for (;;) {
		if (p.dentry == root->dentry && p.mount == root->mount) {
			*reached = true;
			break;
		}
		if (p.dentry == p.mount->root || p.dentry->parent == p.dentry) {
			if (!p.mount->parent || p.dentry != p.mount->root)
				break;
			p.dentry = p.mount->point;
			p.mount = p.mount->parent;
			continue;
		}
		len += p.dentry->len + 1;
		if (end) {
			memcpy(end - len + 1, p.dentry->name, p.dentry->len);
			*(end - len) = '/';
		}
		p.dentry = p.dentry->parent;
	}
	if (!len) {
		len = 1;
		if (end)
			*(end - 1) = '/';
	}
	return len;
}

/* The whole of it, with what getcwd and d_path put before and after. */
static char *name_between(const struct path *p, const struct path *root, bool cwd)
{
	static const char deleted[] = " (deleted)", unreachable[] = "(unreachable)";
	size_t len, before = 0, after = 0;
	bool reached;
	char *s;

	names_lock();
	if (dentry_flags(p->dentry) & DENTRY_ANON) {
		s = str_dup(p->dentry->name);
		names_unlock();
		return s;
	}
	len = build(*p, root, NULL, &reached);
	if (cwd && !reached)
		before = sizeof(unreachable) - 1;
	if (!cwd && dentry_flags(p->dentry) & DENTRY_GONE)
		after = sizeof(deleted) - 1;
	s = alloc(before + len + after + 1);
	if (s) {
		build(*p, root, s + before + len, &reached);
		memcpy(s, unreachable, before);
		memcpy(s + before + len, deleted, after);
	}
	names_unlock();
	return s;
}

static char *name_from(const struct path *p, bool cwd)
{
	struct path root = { .mount = root_mount, .dentry = root_mount->root };
	char *s;

	if (current && current->fs)
		fs_context_paths(current->fs, &root, NULL);
	else
		path_get(&root);
	s = name_between(p, &root, cwd);
	path_put(&root);
	return s;
}

char *path_name(const struct path *p)
{
	return name_from(p, false);
}

/* For getcwd: "(unreachable)" before a directory that is outside of the root. */
char *path_name_cwd(const struct path *p)
{
	return name_from(p, true);
}

s32 username_get(struct username *u, u64 uaddr, u32 lookup)
{
	s32 n = south_user_string(u->small, uaddr, sizeof(u->small));

	if (n < 0)
		return n;
	u->name = u->small;
	if (likely(n < (s32)sizeof(u->small)))
		return n || lookup & LOOKUP_EMPTY ? 0 : -ENOENT;
	u->name = alloc(PATH_MAX);
	if (!u->name)
		return -ENOMEM;
	n = south_user_string(u->name, uaddr, PATH_MAX);
	if (n > 0 && n < (s32)PATH_MAX)
		return 0;
	release(u->name);
	return n < 0 ? n : n ? -ENAMETOOLONG : -ENOENT;
}

char *path_user(u64 uaddr, u32 lookup)
{
	struct username u;
	char *s;
	s32 err = username_get(&u, uaddr, lookup);

	if (err)
		return ERR_PTR(err);
	if (u.name != u.small)
		return u.name;
	s = str_dup(u.small);
	return s ? s : ERR_PTR(-ENOMEM);
}

s32 user_lookup(s32 dirfd, u64 uaddr, u32 lookup, struct path *out)
{
	struct username u;
	s32 err = username_get(&u, uaddr, lookup);

	if (err)
		return err;
	err = path_lookup(dirfd, u.name, lookup, out);
	username_put(&u);
	return err;
}
