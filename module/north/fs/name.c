// SPDX-License-Identifier: GPL-2.0
/* Making and removing names: mkdir, mknod, symlink, link, unlink, rmdir, readlink. */
#include "../task.h"
#include "open.h"
#include "node.h"
#include "notify.h"

/*
 * create_begin - to the directory where a name is to be made. 0: the walk is left
 * (walk_leave()), the directory is locked and *@d is its negative, counted dentry.
 */
static s32 create_begin(struct walk *w, s32 dirfd, const char *name, bool isdir, struct dentry **d)
{
	struct dentry *dir;
	s32 err = walk_begin(w, dirfd, name, 0, 0);

	if (err)
		return err;
	err = walk_parent(w);
	if (!err && w->type != LAST_NORM)
		err = -EEXIST;
	if (err) {
		walk_end(w);
		return err;
	}
	walk_leave(w);
	dir = w->cur.dentry;
	lock(&dir->inode->lock);
	*d = dentry_lookup(dir, w->last, w->len, w->hash, &err);
	if (*d) {
		if ((*d)->inode)
			err = -EEXIST;
		else if (w->slash && !isdir)
			err = -ENOENT;
		else
			err = path_writable(&w->cur);
		if (!err)
			return 0;
		dentry_put(*d);
	}
	unlock(&dir->inode->lock);
	walk_enter(w);
	walk_end(w);
	return err;
}

static void create_end(struct walk *w, struct dentry *d)
{
	unlock(&w->cur.dentry->inode->lock);
	dentry_put(d);
	walk_enter(w);
	walk_end(w);
}

/* Makes what @mode says at a path in user memory. */
static s32 make_at(s32 dirfd, u64 uaddr, u32 mode, u64 rdev, const char *target)
{
	struct username u;
	struct dentry *d;
	struct walk w;
	s32 err = username_get(&u, uaddr, 0);

	if (err)
		return err;
	err = create_begin(&w, dirfd, u.name, S_ISDIR(mode), &d);
	if (!err) {
		err = inode_make(w.cur.dentry, d, mode, rdev, target);
		create_end(&w, d);
	}
	username_put(&u);
	return err;
}

s64 sys_mkdirat(const u64 *a)
{
	return make_at((s32)a[0], a[1], S_IFDIR | ((u32)a[2] & (S_IRWXUGO | S_ISVTX)), 0, NULL);
}

s64 sys_mkdir(const u64 *a)
{
	u64 b[] = { (u64)AT_FDCWD, a[0], a[1] };

	return sys_mkdirat(b);
}

s64 sys_mknodat(const u64 *a)
{
	u32 mode = (u16)a[2];
	u64 dev = (u32)a[3];

	switch (mode & S_IFMT) {
	case 0:
		mode |= S_IFREG;
		fallthrough;
	case S_IFREG:
	case S_IFIFO:
	case S_IFSOCK:
		dev = 0;
		break;
	case S_IFCHR:
	case S_IFBLK:
		dev = dev_decode(dev);
		break;
	case S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
	return make_at((s32)a[0], a[1], mode, dev, NULL);
}

s64 sys_mknod(const u64 *a)
{
	u64 b[] = { (u64)AT_FDCWD, a[0], a[1], a[2] };

	return sys_mknodat(b);
}

s64 sys_symlinkat(const u64 *a)
{
	char *target = path_user(a[0], 0);
	s32 err;

	if (IS_ERR(target))
		return PTR_ERR(target);
	err = make_at((s32)a[1], a[2], S_IFLNK | S_IRWXUGO, 0, target);
	release(target);
	return err;
}

s64 sys_symlink(const u64 *a)
{
	u64 b[] = { a[0], (u64)AT_FDCWD, a[1] };

	return sys_symlinkat(b);
}

/* As may_linkat() with fs.protected_hardlinks. */
static bool may_link(struct inode *i)
{
	if (S_ISREG(i->mode) && !(i->mode & S_ISUID) &&
	    (i->mode & (S_ISGID | 010)) != (S_ISGID | 010) &&
	    !inode_permission(i, MAY_READ | MAY_WRITE))
		return true;
	return inode_owner(i);
}

/* As vfs_link(). The new directory is locked. */
static s32 do_link(const struct path *old, struct walk *w, struct dentry *d)
{
	struct inode *i = path_inode(old), *dir = w->cur.dentry->inode;
	s32 err;

	if (old->mount != w->cur.mount)
		return -EXDEV;
	if (!may_link(i))
		return -EPERM;
	if (dentry_flags(w->cur.dentry) & DENTRY_GONE)
		return -ENOENT;
	err = inode_permission(dir, MAY_WRITE | MAY_EXEC);
	if (err)
		return err;
	if (dir->sb != i->sb)
		return -EXDEV;
	if (!dir->ops->link || S_ISDIR(i->mode))
		return -EPERM;
	lock(&i->lock);
	if (!READ_ONCE(i->nlink) && !(is_node(i) && node_flags(to_node(i)) & NODE_TMPFILE))
		err = -ENOENT;
	else
		err = dir->ops->link(dir, d->name, d->len, i);
	unlock(&i->lock);
	if (err)
		return err;
	inode_get(i);
	names_lock();
	dentry_fill(d, i);
	names_unlock();
	notify_inode(i, IN_ATTRIB);
	notify_name(dir, d->name, d->len, i, IN_CREATE);
	return 0;
}

s64 sys_linkat(const u64 *a)
{
	u32 flags = (u32)a[4];
	struct username u;
	struct path old;
	struct dentry *d;
	struct walk w;
	s32 err;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	err = user_lookup((s32)a[0], a[1], (flags & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0) |
			  (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0), &old);
	if (err)
		return err;
	err = username_get(&u, a[3], 0);
	if (!err) {
		err = create_begin(&w, (s32)a[2], u.name, false, &d);
		if (!err) {
			err = do_link(&old, &w, d);
			create_end(&w, d);
		}
		username_put(&u);
	}
	path_put(&old);
	return err;
}

s64 sys_link(const u64 *a)
{
	u64 b[] = { (u64)AT_FDCWD, a[0], (u64)AT_FDCWD, a[1], 0 };

	return sys_linkat(b);
}

/* As may_delete(): permission to take a name out of @dir. */
s32 may_remove(struct dentry *dir, struct dentry *d, bool isdir)
{
	struct inode *di = dir->inode, *i = d->inode;
	s32 err;

	if (!i)
		return -ENOENT;
	err = inode_permission(di, MAY_WRITE | MAY_EXEC);
	if (err)
		return err;
	if (di->mode & S_ISVTX && current->cred->fsuid != i->uid &&
	    current->cred->fsuid != di->uid && !capable(CAP_FOWNER))
		return -EPERM;
	if (isdir && !S_ISDIR(i->mode))
		return -ENOTDIR;
	if (!isdir && S_ISDIR(i->mode))
		return -EISDIR;
	return dentry_flags(dir) & DENTRY_GONE ? -ENOENT : 0;
}

/* The name @d of @i is gone, but for those who use it. */
static void removed(struct dentry *dir, struct dentry *d, struct inode *i)
{
	names_lock();
	dentry_removed(d);
	names_unlock();
	notify_name(dir->inode, d->name, d->len, i, IN_DELETE);
}

static s32 do_rmdir(struct dentry *dir, struct dentry *d)
{
	struct inode *i;
	s32 err = may_remove(dir, d, true);

	if (err)
		return err;
	if (!dir->inode->ops->remove)
		return -EPERM;
	i = inode_get(d->inode);
	lock(&i->lock);
	if (dentry_flags(d) & DENTRY_MOUNTED)
		err = -EBUSY;
	else
		err = dir->inode->ops->remove(dir->inode, d->name, d->len, i, true);
	if (!err)
		removed(dir, d, i);
	unlock(&i->lock);
	inode_put(i);
	return err;
}

s32 name_remove(struct dentry *dir, struct dentry *d)
{
	s32 err = may_remove(dir, d, false);
	struct inode *i;

	if (err)
		return err;
	if (!dir->inode->ops->remove)
		return -EPERM;
	if (dentry_flags(d) & DENTRY_MOUNTED)
		return -EBUSY;
	i = inode_get(d->inode);
	err = dir->inode->ops->remove(dir->inode, d->name, d->len, i, false);
	if (!err) {
		notify_inode(i, IN_ATTRIB);
		removed(dir, d, i);
	}
	inode_put(i);
	return err;
}

s32 path_make_socket(const char *name, u32 mode, s32 (*made)(const struct path *p, void *arg),
		     void *arg)
{
	struct dentry *d;
	struct walk w;
	s32 err = create_begin(&w, AT_FDCWD, name, false, &d);

	if (err)
		return err;
	err = inode_make(w.cur.dentry, d, S_IFSOCK | mode, 0, NULL);
	if (!err) {
		err = made(&(struct path){ w.cur.mount, d }, arg);
		if (err)
			name_remove(w.cur.dentry, d);
	}
	create_end(&w, d);
	return err;
}

static s32 do_unlink(struct walk *w, struct dentry *d)
{
	if (w->slash)
		return !d->inode ? -ENOENT : S_ISDIR(d->inode->mode) ? -EISDIR : -ENOTDIR;
	return name_remove(w->cur.dentry, d);
}

static s32 remove_at(s32 dirfd, u64 uaddr, bool isdir)
{
	struct username u;
	struct dentry *dir, *d;
	struct walk w;
	s32 err = username_get(&u, uaddr, 0);

	if (err)
		return err;
	err = walk_begin(&w, dirfd, u.name, 0, 0);
	if (err)
		goto out;
	err = walk_parent(&w);
	if (!err && w.type != LAST_NORM) {
		if (!isdir)
			err = -EISDIR;
		else
			err = w.type == LAST_DOTDOT ? -ENOTEMPTY :
			      w.type == LAST_DOT ? -EINVAL : -EBUSY;
	}
	if (!err)
		err = path_writable(&w.cur);
	if (err)
		goto end;
	walk_leave(&w);
	dir = w.cur.dentry;
	lock(&dir->inode->lock);
	d = dentry_lookup(dir, w.last, w.len, w.hash, &err);
	if (d) {
		if (!d->inode)
			err = -ENOENT;
		else
			err = isdir ? do_rmdir(dir, d) : do_unlink(&w, d);
	}
	unlock(&dir->inode->lock);
	if (d)
		dentry_put(d);
	walk_enter(&w);
end:
	walk_end(&w);
out:
	username_put(&u);
	return err;
}

s64 sys_unlinkat(const u64 *a)
{
	if ((u32)a[2] & ~AT_REMOVEDIR)
		return -EINVAL;
	return remove_at((s32)a[0], a[1], (u32)a[2] & AT_REMOVEDIR);
}

s64 sys_unlink(const u64 *a)
{
	return remove_at(AT_FDCWD, a[0], false);
}

s64 sys_rmdir(const u64 *a)
{
	return remove_at(AT_FDCWD, a[0], true);
}

s64 sys_readlinkat(const u64 *a)
{
	s32 size = (s32)a[3], n;
	struct username u;
	struct inode *i;
	struct path p;
	char *buf;

	if (size <= 0)
		return -EINVAL;
	n = username_get(&u, a[1], LOOKUP_EMPTY);
	if (n)
		return n;
	n = path_lookup((s32)a[0], u.name, LOOKUP_EMPTY, &p);
	if (n)
		goto out;
	i = path_inode(&p);
	if (!S_ISLNK(i->mode)) {
		n = *u.name ? -EINVAL : -ENOENT;
	} else if (i->link) {
		n = min((s32)strlen(i->link), size);
		if (south_user_write(a[2], i->link, (u32)n))
			n = -EFAULT;
	} else if (!i->ops->readlink) {
		n = -EINVAL;
	} else {
		buf = alloc(PATH_MAX);
		n = buf ? i->ops->readlink(i, buf, PATH_MAX) : -ENOMEM;
		n = min(n, size);
		if (n > 0 && south_user_write(a[2], buf, (u32)n))
			n = -EFAULT;
		release(buf);
	}
	path_put(&p);
out:
	username_put(&u);
	return n;
}

s64 sys_readlink(const u64 *a)
{
	u64 b[] = { (u64)AT_FDCWD, a[0], a[1], a[2] };

	return sys_readlinkat(b);
}
