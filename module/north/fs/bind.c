// SPDX-License-Identifier: GPL-2.0
/*
 * A host directory as it is: each name is looked up afresh, each open file has a
 * handle of its own, so that the host's policy is asked each time.
 */
#include "../task.h"
#include "open.h"
#include "node.h"

#define BIND_MAGIC 0x42494e44

/* struct bound - @i is first. */
struct bound {
	struct inode i;
	s32 place;
	s32 exec;		/* what ops->handle() gave, or -1; i.lock */
};

struct bind {
	struct superblock sb;
	s32 root;		/* the place of it all, borrowed from the root's inode */
};

static const struct inode_ops bind_ops;
static const struct file_ops bind_file_ops, bind_dir_ops;

static struct bound *bound(const struct inode *i)
{
	return (struct bound *)i;
}

/* Whoever last asked the host is right, with the lock or without. */
static void fill(struct inode *i, const struct south_stat *st)
{
	WRITE_ONCE(i->ino, st->ino);
	WRITE_ONCE(i->mode, st->mode);
	WRITE_ONCE(i->uid, st->uid);
	WRITE_ONCE(i->gid, st->gid);
	WRITE_ONCE(i->nlink, st->nlink);
	WRITE_ONCE(i->size, st->size);
	WRITE_ONCE(i->rdev, st->rdev);
	WRITE_ONCE(i->atime, st->atime);
	WRITE_ONCE(i->mtime, st->mtime);
	WRITE_ONCE(i->ctime, st->ctime);
	WRITE_ONCE(i->btime, 0);
}

/* Takes the place @h, on failure too. */
static struct inode *bind_inode(struct superblock *sb, s32 h, const struct south_stat *st)
{
	struct bound *b = new(struct bound);

	if (!b) {
		south_close(h);
		return NULL;
	}
	inode_init(&b->i, sb, st->mode);
	b->i.private = (void *)(uintptr)st->dev;
	b->i.ops = &bind_ops;
	if (S_ISREG(st->mode))
		b->i.file_ops = &bind_file_ops;
	else if (S_ISDIR(st->mode))
		b->i.file_ops = &bind_dir_ops;
	b->place = h;
	b->exec = -1;
	fill(&b->i, st);
	return &b->i;
}

static struct inode *bind_lookup(struct inode *dir, const char *name, u32 len, s32 *err)
{
	struct south_stat st;
	struct inode *i;
	s32 h = south_lookup(bound(dir)->place, name, len, &st);

	if (h < 0) {
		*err = h;
		return NULL;
	}
	i = bind_inode(dir->sb, h, &st);
	if (!i)
		*err = -ENOMEM;
	return i;
}

static bool bind_revalidate(struct inode *dir, const char *name, u32 len, struct inode *i)
{
	struct south_stat st;
	s32 h = south_lookup(bound(dir)->place, name, len, &st);

	if (h < 0)
		return !i && h == -ENOENT;
	south_close(h);
	if (!i || i->ino != st.ino || i->private != (void *)(uintptr)st.dev ||
	    (i->mode ^ st.mode) & S_IFMT)
		return false;
	fill(i, &st);
	return true;
}

/* The place of what was just made. Takes it. */
static struct inode *made(struct superblock *sb, s32 h, s32 *err)
{
	struct south_stat st;
	struct inode *i;

	*err = south_stat(h, &st);
	if (*err) {
		south_close(h);
		return NULL;
	}
	i = bind_inode(sb, h, &st);
	if (!i)
		*err = -ENOMEM;
	return i;
}

static struct inode *bind_make(struct inode *dir, const char *name, u32 len, u32 mode, u64 rdev,
			       const char *target, s32 *err)
{
	s32 h;

	if (S_ISCHR(mode) || (mode & S_IFMT) == S_IFBLK) {
		*err = -EPERM;
		return NULL;
	}
	h = south_make(bound(dir)->place, name, len, mode, target,
		       target ? (u32)strlen(target) : 0);
	if (h < 0) {
		*err = h;
		return NULL;
	}
	return made(dir->sb, h, err);
}

static s32 bind_link(struct inode *dir, const char *name, u32 len, struct inode *i)
{
	s32 err = south_link(bound(i)->place, bound(dir)->place, name, len);

	if (!err)
		i->nlink++;
	return err;
}

static s32 bind_remove(struct inode *dir, const char *name, u32 len, struct inode *i, bool isdir)
{
	s32 err = south_remove(bound(dir)->place, name, len, isdir);

	if (!err && i->nlink)
		i->nlink--;
	return err;
}

static s32 bind_rename(struct inode *dir, const char *name, u32 len, struct inode *i,
		       struct inode *todir, const char *toname, u32 tolen, struct inode *victim,
		       u32 flags)
{
	/* As of what has no whiteouts: a box makes no devices on the host. */
	if (flags & RENAME_WHITEOUT)
		return -EINVAL;
	return south_rename(bound(dir)->place, name, len,
			    bound(todir)->place, toname, tolen, flags);
}

static s32 bind_readlink(struct inode *i, char *buf, u32 size)
{
	return south_readlink(bound(i)->place, buf, size);
}

static s32 bind_getattr(struct inode *i, struct kstat *k)
{
	struct south_stat st;
	s32 err = south_stat(bound(i)->place, &st);

	if (err)
		return err;
	fill(i, &st);
	inode_fill(i, k);
	k->blocks = st.blocks;
	if (st.blksize)
		k->blksize = st.blksize;
	return 0;
}

/* Owners are the host's: only what changes nothing is allowed. */
static s32 bind_setattr(struct inode *i, const struct attr *a)
{
	s32 place = bound(i)->place, h, err = 0;
	u32 valid = 0;

	if ((a->valid & ATTR_UID && a->uid != i->uid) || (a->valid & ATTR_GID && a->gid != i->gid))
		return -EPERM;
	if (a->valid & ATTR_SIZE) {
		h = south_open(place, SOUTH_OPEN_WRITE);
		if (h < 0)
			return h;
		err = south_truncate(h, a->size);
		south_close(h);
		if (err)
			return err;
		i->size = a->size;
	}
	if (a->valid & ATTR_MODE && a->mode != (i->mode & S_IALLUGO))
		valid |= SOUTH_ATTR_MODE;
	/* A truncation has set the time already. */
	if (!(a->valid & ATTR_SIZE))
		valid |= (a->valid & ATTR_ATIME ? SOUTH_ATTR_ATIME : 0) |
			 (a->valid & ATTR_MTIME ? SOUTH_ATTR_MTIME : 0);
	if (valid)
		err = south_setattr(place, valid, a->mode & S_IALLUGO, a->atime, a->mtime);
	if (!err)
		inode_setattr(i, a);
	return err;
}

static s32 bind_open(struct inode *i, struct file *f)
{
	struct dirstream *s;
	u32 access = 0;
	s32 h;

	if (S_ISDIR(i->mode)) {
		s = new(struct dirstream);
		if (!s)
			return -ENOMEM;
		s->handle = south_open(bound(i)->place, SOUTH_OPEN_READ);
		if (s->handle < 0) {
			h = s->handle;
			release(s);
			return h;
		}
		f->private = s;
		return 0;
	}
	if (file_readable(f))
		access |= SOUTH_OPEN_READ;
	if (file_writable(f))
		access |= SOUTH_OPEN_WRITE;
	h = south_open(bound(i)->place, access);
	if (h < 0)
		return h;
	f->private = (void *)(uintptr)h;
	return 0;
}

static s32 bind_handle(struct inode *i, bool write)
{
	struct bound *b = bound(i);
	s32 h;

	if (write)
		return -EACCES;
	lock(&i->lock);
	if (b->exec < 0)
		b->exec = south_open(b->place, SOUTH_OPEN_READ);
	h = b->exec;
	unlock(&i->lock);
	return h;
}

static void bind_evict(struct inode *i)
{
	struct bound *b = bound(i);

	if (b->exec >= 0)
		south_close(b->exec);
	south_close(b->place);
}

static const struct inode_ops bind_ops = {
	.lookup = bind_lookup,
	.make = bind_make,
	.link = bind_link,
	.remove = bind_remove,
	.rename = bind_rename,
	.readlink = bind_readlink,
	.open = bind_open,
	.getattr = bind_getattr,
	.setattr = bind_setattr,
	.handle = bind_handle,
	.evict = bind_evict,
	.revalidate = bind_revalidate,
};

/* ---- files ---- */

static s32 handle_of(const struct file *f)
{
	return (s32)(uintptr)f->private;
}

static s64 bind_read(struct file *f, struct uio *io, u64 *pos)
{
	return reg_move(handle_of(f), io, pos, 0x7fffffffffffffff, false, 0);
}

static s64 bind_write(struct file *f, struct uio *io, u64 *pos)
{
	struct inode *i = f->inode;
	u32 flags = 0;
	struct south_stat st;
	s64 r;

	lock(&i->lock);
	r = 0;
	if (uio_appends(f, io)) {
		flags = SOUTH_APPEND;
		r = south_stat(handle_of(f), &st);
		if (!r)
			*pos = st.size;
	}
	if (!r)
		r = reg_write_check(f, *pos, io->left);
	if (r > 0)
		r = reg_move(handle_of(f), io, pos, (u64)r, true, flags);
	if (r > 0 && *pos > i->size)
		i->size = *pos;
	unlock(&i->lock);
	return r;
}

static s64 bind_seek(struct file *f, s64 off, u32 whence)
{
	struct south_stat st = { };
	s32 err = 0;

	if (whence != SEEK_SET && whence != SEEK_CUR)
		err = south_stat(handle_of(f), &st);
	return err ? err : reg_seek_to(f, off, whence, st.size, handle_of(f));
}

static s64 bind_mmap(struct file *f, u64 addr, u64 len, u32 prot, u32 flags, u64 off)
{
	return reg_map(f, handle_of(f), addr, len, prot, flags, off);
}

static s32 bind_fsync(struct file *f, bool datasync)
{
	return south_sync(handle_of(f), datasync);
}

static s32 bind_truncate(struct file *f, u64 size)
{
	struct inode *i = f->inode;
	struct south_stat st;
	s32 err;

	lock(&i->lock);
	err = south_stat(handle_of(f), &st);
	if (!err)
		err = reg_size_ok(st.size, size);
	if (!err)
		err = south_truncate(handle_of(f), size);
	if (!err)
		i->size = size;
	unlock(&i->lock);
	return err;
}

static s32 bind_allocate(struct file *f, u32 mode, u64 off, u64 len)
{
	s32 err = mode & FALLOC_FL_KEEP_SIZE ? 0 : reg_size_ok(f->inode->size, off + len);

	return err ? err : south_allocate(handle_of(f), mode, off, len);
}

static void bind_release(struct file *f)
{
	south_close(handle_of(f));
}

static const struct file_ops bind_file_ops = {
	.read = bind_read,
	.write = bind_write,
	.seek = bind_seek,
	.mmap = bind_mmap,
	.fsync = bind_fsync,
	.truncate = bind_truncate,
	.allocate = bind_allocate,
	.release = bind_release,
};

/* ---- directories ---- */

/* Positions: ".", "..", then entries by their index in the stream. */
static s32 bind_readdir(struct file *f, u64 pos, dir_emit emit, void *arg)
{
	struct dirstream *s = f->private;
	const struct south_dirent *e;
	s32 err;

	if (!pos)
		stream_seek(s, 0);
	if (!dots_emit(f, &pos, emit, arg))
		return 0;
	err = stream_seek(s, pos - 2);
	if (err)
		return err;
	while ((e = stream_peek(s, &err))) {
		if (!emit(arg, e->name, e->namelen, e->ino, e->type, pos + 1))
			break;
		stream_next(s);
		pos++;
	}
	return err;
}

static s64 bind_seek_dir(struct file *f, s64 off, u32 whence)
{
	if (whence != SEEK_SET && whence != SEEK_CUR)
		return -EINVAL;
	return reg_seek_to(f, off, whence, 0, -1);
}

static s32 bind_fsync_dir(struct file *f, bool datasync)
{
	return 0;
}

static s64 bind_read_dir(struct file *f, struct uio *io, u64 *pos)
{
	return -EISDIR;
}

static void bind_release_dir(struct file *f)
{
	stream_free(f->private);
	release(f->private);
}

static const struct file_ops bind_dir_ops = {
	.read = bind_read_dir,
	.seek = bind_seek_dir,
	.readdir = bind_readdir,
	.fsync = bind_fsync_dir,
	.release = bind_release_dir,
};

static s32 bind_statfs(struct superblock *sb, struct south_statfs *st)
{
	return south_statfs(((struct bind *)sb)->root, st);
}

struct inode *bind_root(s32 place, bool writable, struct superblock **sb)
{
	struct superblock *made = superblock_new("bind", BIND_MAGIC);
	struct bind *b = new(struct bind);
	struct south_stat st;
	struct inode *i = NULL;

	if (made && b && !south_stat(place, &st)) {
		b->sb = *made;
		b->sb.readonly = b->sb.fixed = !writable;
		b->sb.statfs = bind_statfs;
		b->root = place;
		i = bind_inode(&b->sb, place, &st);
		*sb = &b->sb;
	}
	release(made);
	if (!i)
		release(b);
	return i;
}
