// SPDX-License-Identifier: GPL-2.0
/* open(2) and its kin. */
#include "../task.h"
#include "../fd/lease.h"
#include "open.h"
#include "node.h"
#include "notify.h"

#define O_TMPFILE_BIT 020000000
#define O_SYNC_BIT 04000000
#define VALID_OPEN_FLAGS (O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | \
	O_NONBLOCK | O_SYNC | O_DSYNC | O_ASYNC | O_DIRECT | O_LARGEFILE | O_DIRECTORY | \
	O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE_BIT)
#define O_PATH_FLAGS (O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC)
#define RESOLVE_KNOWN (RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | \
	RESOLVE_BENEATH | RESOLVE_IN_ROOT | RESOLVE_CACHED)

static const struct file_ops no_file_ops;

struct how {
	u32 flags, mode, resolve;
	u32 access;		/* MAY_* */
};

/* How the walk of an open ended. */
struct opened {
	struct path path;
	bool created;
	u32 dir_mode, dir_uid;
};

/* As build_open_flags(): what may not be together. */
static s32 how_check(struct how *h)
{
	u32 f = h->flags & ~O_CLOEXEC;

	if (h->resolve & RESOLVE_BENEATH && h->resolve & RESOLVE_IN_ROOT)
		return -EINVAL;
	if (f & (O_CREAT | O_TMPFILE_BIT)) {
		if (h->mode & ~S_IALLUGO)
			return -EINVAL;
	} else if (h->mode) {
		return -EINVAL;
	}
	if ((f & (O_DIRECTORY | O_CREAT)) == (O_DIRECTORY | O_CREAT))
		return -EINVAL;
	h->access = (f & O_ACCMODE) == O_RDONLY ? MAY_READ :
		    (f & O_ACCMODE) == O_WRONLY ? MAY_WRITE : MAY_READ | MAY_WRITE;
	if (f & O_TMPFILE_BIT && (!(f & O_DIRECTORY) || !(h->access & MAY_WRITE)))
		return -EINVAL;
	if (f & O_PATH) {
		if (f & ~O_PATH_FLAGS)
			return -EINVAL;
		h->access = 0;
	}
	if (f & O_SYNC_BIT)
		f |= O_DSYNC;
	if (f & O_TRUNC)
		h->access |= MAY_WRITE;
	if (h->resolve & RESOLVE_CACHED && f & (O_TRUNC | O_CREAT | O_TMPFILE_BIT))
		return -EAGAIN;
	h->flags = f;
	return 0;
}

bool inode_owner(const struct inode *i)
{
	return current->cred->fsuid == i->uid || capable(CAP_FOWNER);
}

struct file *file_at(const struct path *p, u32 flags)
{
	struct inode *i = p->dentry->inode;
	bool writes = flags & O_ACCMODE && !(flags & O_PATH);
	struct file *f;
	s32 err = 0;

	if (writes && (S_ISREG(i->mode) || S_ISDIR(i->mode))) {
		err = path_writable(p);
		if (err)
			return ERR_PTR(err);
	}
	f = file_new(i->file_ops ? i->file_ops : &no_file_ops, i, flags, NULL);
	if (!f)
		return ERR_PTR(-ENOMEM);
	f->dentry = p->dentry;
	f->mount = p->mount;
	names_lock();
	i->refs++;
	dentry_get_locked(p->dentry);
	p->mount->refs++;
	if (S_ISREG(i->mode) && !(flags & O_PATH)) {
		f->counted = true;
		i->writers += file_writable(f);
		i->readers += !file_writable(f);
		p->mount->writers += file_writable(f);
	}
	names_unlock();
	if (flags & O_PATH) {
		f->ops = &no_file_ops;
		return f;
	}
	switch (i->mode & S_IFMT) {
	case S_IFREG:
		err = lease_break(i, flags);
		if (err)
			break;
		fallthrough;
	case S_IFDIR:
		if (i->ops->open)
			err = i->ops->open(i, f);
		else if (!i->file_ops)
			err = -ENXIO;
		break;
	case S_IFCHR:
		err = i->ops->open ? i->ops->open(i, f) : dev_open(i, f);
		break;
	case S_IFIFO:
		err = fifo_open(i, f);
		break;
	default:
		err = -ENXIO;
	}
	if (err) {
		f->ops = &no_file_ops;
		/* It was never open: nobody hears that it is closed. */
		f->flags |= O_PATH;
		file_put(f);
		return ERR_PTR(err);
	}
	f->flags &= ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
	notify_file(f, IN_OPEN);
	return f;
}

void file_let_go(struct file *f)
{
	bool writer = f->flags & O_ACCMODE;

	names_lock();
	if (f->counted) {
		f->inode->writers -= writer;
		f->inode->readers -= !writer;
		f->mount->writers -= writer;
	}
	inode_put_locked(f->inode);
	if (f->dentry)
		dentry_put_locked(f->dentry);
	if (f->mount)
		mount_put_locked(f->mount);
	names_unlock();
}

/* As may_create_in_sticky(), with fs.protected_fifos 1 and fs.protected_regular 2. */
static bool sticky_unsafe(const struct opened *o, const struct inode *i)
{
	u32 writers = S_ISREG(i->mode) ? 0022 : 0002;

	return o->dir_mode & S_ISVTX && o->dir_mode & writers && i->uid != o->dir_uid &&
	       i->uid != current->cred->fsuid;
}

/* may_open() and what comes after it. */
static struct file *open_path(const struct opened *o, const struct how *h)
{
	const struct path *p = &o->path;
	bool created = o->created;
	struct inode *i = p->dentry->inode;
	u32 flags = h->flags, access = h->access;
	bool trunc = false;
	struct file *f;
	s32 err;

	if (flags & O_PATH)
		return file_at(p, flags);
	if (flags & O_CREAT) {
		if (flags & O_EXCL && !created)
			return ERR_PTR(-EEXIST);
		if (S_ISDIR(i->mode))
			return ERR_PTR(-EISDIR);
		if (!created && sticky_unsafe(o, i))
			return ERR_PTR(-EACCES);
	}
	if (created) {
		flags &= ~O_TRUNC;
		access = 0;
	} else if (S_ISREG(i->mode) && flags & O_TRUNC) {
		err = path_writable(p);
		if (err)
			return ERR_PTR(err);
		trunc = true;
	}
	if (S_ISLNK(i->mode))
		return ERR_PTR(-ELOOP);
	if (S_ISDIR(i->mode) && access & MAY_WRITE)
		return ERR_PTR(-EISDIR);
	if ((S_ISCHR(i->mode) || (i->mode & S_IFMT) == S_IFBLK) && p->mount->flags & MNT_NODEV)
		return ERR_PTR(-EACCES);
	if (access) {
		err = inode_permission(i, access);
		if (err)
			return ERR_PTR(err);
	}
	if (flags & O_NOATIME && !inode_owner(i))
		return ERR_PTR(-EPERM);
	f = file_at(p, flags);
	if (IS_ERR(f) || !trunc)
		return f;
	err = path_truncate(p, file_writable(f) ? f : NULL, 0);
	if (err) {
		file_put(f);
		return ERR_PTR(err);
	}
	return f;
}

s32 inode_make(struct dentry *dir, struct dentry *d, u32 mode, u64 rdev, const char *target)
{
	struct inode *i = dir->inode, *made;
	s32 err = 0;

	if (dentry_flags(dir) & DENTRY_GONE)
		return -ENOENT;
	err = inode_permission(i, MAY_WRITE | MAY_EXEC);
	if (err)
		return err;
	/* A character device 0:0 is how an overlay says that there is nothing. */
	if (((S_ISCHR(mode) && rdev) || (mode & S_IFMT) == S_IFBLK) && !capable(CAP_MKNOD))
		return -EPERM;
	if (!i->ops->make)
		return S_ISREG(mode) ? -EACCES : -EPERM;
	if (!S_ISLNK(mode) && !acl_inherits(i))
		mode &= ~READ_ONCE(current->fs->umask);
	made = i->ops->make(i, d->name, d->len, mode, rdev, target, &err);
	if (!made)
		return err;
	names_lock();
	dentry_fill(d, made);
	names_unlock();
	notify_name(i, d->name, d->len, made, IN_CREATE);
	return 0;
}

/*
 * The last component of an open with O_CREAT, which isn't known to exist. The new
 * place is w->cur. 1: a link to follow.
 */
static s32 step_create(struct walk *w, const struct how *h, bool *created)
{
	struct dentry *dir = w->cur.dentry, *d;
	bool writable = !path_writable(&w->cur);
	s32 err;

	walk_leave(w);
	lock(&dir->inode->lock);
	d = dentry_lookup(dir, w->last, w->len, w->hash, &err);
	if (d && !d->inode) {
		err = writable ? inode_make(dir, d, S_IFREG | h->mode, 0, NULL) : -EROFS;
		*created = !err;
	}
	unlock(&dir->inode->lock);
	walk_enter(w);
	if (!d)
		return err;
	dentry_put_locked(d);
	if (err)
		return err;
	if (*created) {
		w->cur.dentry = d;
		return 0;
	}
	return walk_into(w, d, w->lookup & LOOKUP_FOLLOW);
}

/* The walk of an open; o->path is counted. */
static s32 open_walk(s32 dirfd, const char *name, const struct how *h, struct opened *o)
{
	u32 lookup = h->flags & O_DIRECTORY ? LOOKUP_DIRECTORY : 0;
	struct dentry *d;
	struct walk w;
	s32 r;

	if (!(h->flags & O_NOFOLLOW || (h->flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)))
		lookup |= LOOKUP_FOLLOW;
	r = walk_begin(&w, dirfd, name, lookup, h->resolve);
	if (r)
		return r;
	if (!(h->flags & O_CREAT)) {
		r = walk_last(&w);
		goto out;
	}
	do {
		r = walk_parent(&w);
		if (r)
			break;
		if (w.type != LAST_NORM) {
			r = walk_step(&w, true);
			break;
		}
		if (w.slash) {
			r = -EISDIR;
			break;
		}
		d = dentry_find(w.cur.dentry, w.last, w.len, w.hash);
		if (d && d->inode && !(dentry_flags(d) & DENTRY_FRESH))
			r = walk_step(&w, lookup & LOOKUP_FOLLOW);
		else
			r = step_create(&w, h, &o->created);
	} while (r > 0);
out:
	if (!r) {
		o->path = w.cur;
		dentry_get_locked(w.cur.dentry);
		w.cur.mount->refs++;
		o->dir_mode = w.dir_mode;
		o->dir_uid = w.dir_uid;
	}
	walk_end(&w);
	return r;
}

static struct file *open_tmpfile(const struct path *dir, const struct how *h)
{
	struct inode *i;
	struct path p = { .mount = dir->mount };
	struct file *f;
	char name[24];
	u64 n;
	u32 at = sizeof(name), mode;
	s32 err;

	err = path_writable(dir);
	if (!err)
		err = inode_permission(path_inode(dir), MAY_WRITE | MAY_EXEC);
	if (err)
		return ERR_PTR(err);
	if (!is_node(path_inode(dir)))
		return ERR_PTR(-EOPNOTSUPP);
	mode = h->mode;
	lock(&path_inode(dir)->lock);
	if (!acl_inherits(path_inode(dir)))
		mode &= ~READ_ONCE(current->fs->umask);
	i = memfs_tmpfile(path_inode(dir), S_IFREG | mode, &err);
	unlock(&path_inode(dir)->lock);
	if (!i)
		return ERR_PTR(err);
	if (h->flags & O_EXCL)
		to_node(i)->flags &= ~NODE_TMPFILE;
	n = i->ino;
	do {
		name[--at] = '0' + n % 10;
		n /= 10;
	} while (n);
	name[--at] = '#';
	p.dentry = dentry_new(dir->dentry, name + at, sizeof(name) - at, 0, i);
	if (!p.dentry) {
		inode_put(i);
		return ERR_PTR(-ENOMEM);
	}
	p.dentry->flags |= DENTRY_GONE;
	path_get(&p);
	f = file_at(&p, h->flags);
	path_put(&p);
	return f;
}

static struct file *do_open(s32 dirfd, const char *name, const struct how *h)
{
	struct opened o = { .created = false };
	struct file *f;
	s32 err;

	err = open_walk(dirfd, name, h, &o);
	if (err)
		return ERR_PTR(err);
	if (h->flags & O_TMPFILE_BIT)
		f = open_tmpfile(&o.path, h);
	else
		f = open_path(&o, h);
	path_put(&o.path);
	return f;
}

/* What the older calls do with flags that openat2() refuses. */
static s32 how_old(struct how *h, u32 flags, u32 mode)
{
	flags &= VALID_OPEN_FLAGS;
	if (flags & O_PATH)
		flags &= O_PATH_FLAGS;
	h->flags = flags;
	h->mode = flags & (O_CREAT | O_TMPFILE_BIT) ? mode & S_IALLUGO : 0;
	h->resolve = 0;
	return how_check(h);
}

struct file *path_open(s32 dirfd, const char *name, u32 flags, u32 mode)
{
	struct how h;
	s32 err = how_old(&h, flags, mode);

	return err ? ERR_PTR(err) : do_open(dirfd, name, &h);
}

struct file *path_open_at(const struct path *p, u32 flags)
{
	struct how h;
	s32 err = how_old(&h, flags & ~(O_CREAT | O_TMPFILE), 0);

	if (err)
		return ERR_PTR(err);
	if (flags & O_DIRECTORY && !S_ISDIR(path_inode(p)->mode))
		return ERR_PTR(-ENOTDIR);
	return open_path(&(struct opened){ .path = *p }, &h);
}

static s64 open_fd(s32 dirfd, u64 uaddr, const struct how *h, bool cloexec)
{
	struct username u;
	struct file *f;
	s32 fd = username_get(&u, uaddr, 0);

	if (fd)
		return fd;
	/* Before anything is made or cut off. */
	fd = fd_reserve(0);
	f = fd < 0 ? ERR_PTR(fd) : do_open(dirfd, u.name, h);
	username_put(&u);
	if (!IS_ERR(f)) {
		fd_fill(fd, f, cloexec);
		return fd;
	}
	if (fd >= 0)
		fd_unreserve(fd);
	return PTR_ERR(f);
}

static s64 open_old(s32 dirfd, u64 uaddr, u32 flags, u32 mode)
{
	struct how h;
	s32 err = how_old(&h, flags | O_LARGEFILE, mode);

	return err ? err : open_fd(dirfd, uaddr, &h, flags & O_CLOEXEC);
}

s64 sys_open(const u64 *a)
{
	return open_old(AT_FDCWD, a[0], (u32)a[1], (u32)a[2]);
}

s64 sys_openat(const u64 *a)
{
	return open_old((s32)a[0], a[1], (u32)a[2], (u32)a[3]);
}

s64 sys_creat(const u64 *a)
{
	return open_old(AT_FDCWD, a[0], O_CREAT | O_WRONLY | O_TRUNC, (u32)a[1]);
}

s64 sys_openat2(const u64 *a)
{
	struct linux_open_how how;
	struct how h;
	s32 err;

	if (a[3] < sizeof(how))
		return -EINVAL;
	if (a[3] > PAGE_SIZE)
		return -E2BIG;
	err = struct_get(&how, sizeof(how), a[2], (u32)a[3]);
	if (err)
		return err;
	if (how.flags & ~(u64)VALID_OPEN_FLAGS || how.resolve & ~(u64)RESOLVE_KNOWN)
		return -EINVAL;
	if (how.mode >> 32)
		return -EINVAL;
	h.flags = (u32)how.flags | (how.flags & O_PATH ? 0 : O_LARGEFILE);
	h.mode = (u32)how.mode;
	h.resolve = (u32)how.resolve;
	err = how_check(&h);
	return err ? err : open_fd((s32)a[0], a[1], &h, how.flags & O_CLOEXEC);
}
