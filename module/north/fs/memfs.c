// SPDX-License-Identifier: GPL-2.0
/*
 * The memory file system: names and inodes in the box's memory, contents in
 * memory objects of South. With a lower part (layer.c) it is the writable side
 * of an overlay: a removed lower name leaves a whiteout, a changed lower file is
 * pinned by an entry of its own, a new directory has nothing beneath it and so
 * is opaque.
 */
#include "../task.h"
#include "dentry.h"
#include "node.h"
#include "../abi/fs.h"

#define TMPFS_MAGIC 0x01021994
/* What a name adds to the size of its directory: shmem's BOGO_DIRENT_SIZE. */
#define DIRENT_SIZE 20

struct memfs *memfs_new(const char *type, u64 magic)
{
	struct memfs *fs = new(struct memfs);
	struct superblock *sb = fs ? superblock_new(type, magic) : NULL;

	if (!sb) {
		release(fs);
		return NULL;
	}
	fs->sb = *sb;
	release(sb);
	fs->sb.private = fs;
	fs->inodes_max = MEMFS_INODES_MAX;
	list_init(&fs->places);
	list_init(&fs->files);
	return fs;
}

struct node *node_new(struct memfs *fs, u32 mode, s32 *err)
{
	struct node *n;

	lock(&fs->lock);
	*err = fs->inodes >= fs->inodes_max ? -ENOSPC : 0;
	if (!*err)
		fs->inodes++;
	unlock(&fs->lock);
	if (*err)
		return NULL;
	n = new(struct node);
	if (!n)
		goto nomem;
	n->data = n->lower_data = n->place = -1;
	n->flags = NODE_PINNED;
	list_init(&n->place_node);
	list_init(&n->idle_node);
	if (S_ISDIR(mode)) {
		n->names = names_new();
		if (!n->names)
			goto nomem;
	}
	inode_init(&n->i, &fs->sb, mode);
	if (S_ISDIR(mode)) {
		n->i.nlink = 2;
		n->i.size = 2 * DIRENT_SIZE;
		n->i.ops = &memfs_dir_ops;
		n->i.file_ops = &memfs_dir_file_ops;
	} else if (S_ISREG(mode)) {
		n->i.ops = &memfs_file_ops;
		n->i.file_ops = &reg_file_ops;
	} else {
		n->i.ops = &memfs_node_ops;
	}
	return n;
nomem:
	release(n);
	lock(&fs->lock);
	fs->inodes--;
	unlock(&fs->lock);
	*err = -ENOMEM;
	return NULL;
}

static struct inode *memfs_lookup(struct inode *dir, const char *name, u32 len, s32 *err)
{
	struct node *d = to_node(dir);
	struct memfs *fs = to_memfs(dir);
	struct inode *i = NULL;
	struct name *e;

	lock(&fs->lock);
	e = names_find(d->names, name, len, name_hash(name, len));
	if (e && e->inode)
		i = inode_get(e->inode);
	unlock(&fs->lock);
	if (!e && node_flags(d) & NODE_LOWER)
		return layer_lookup(d, name, len, err);
	if (!i)
		*err = -ENOENT;
	return i;
}

/* The directory changed by so many names. */
static void changed(struct inode *dir, s32 names, s64 now)
{
	if (!(node_flags(to_node(dir)) & NODE_LOWER))
		dir->size += (s64)names * DIRENT_SIZE;
	dir->mtime = dir->ctime = now;
}

/*
 * Gives @i (whose reference it takes) the name that @e stands for, in its place or
 * in that of a whiteout. memfs->lock is held.
 */
static void put_name(struct node *d, struct name *e, struct inode *i)
{
	struct name *old = names_find(d->names, e->text, e->len, e->hash);

	if (old) {
		BUG_ON(old->inode);
		name_set(d->names, old, i);
		release(e);
	} else {
		e->inode = i;
		names_add(d->names, e);
	}
}

static struct inode *memfs_make(struct inode *dir, const char *name, u32 len, u32 mode, u64 rdev,
				const char *target, s32 *err)
{
	struct memfs *fs = to_memfs(dir);
	struct node *d = to_node(dir), *n;
	struct name *e;

	*err = layer_pin(d);
	if (*err)
		return NULL;
	n = node_new(fs, mode, err);
	if (!n)
		return NULL;
	inode_init_owner(&n->i, dir);
	*err = acl_inherit(n, d);
	n->i.rdev = rdev;
	e = name_new(name, len);
	if (e && S_ISLNK(mode)) {
		n->i.link = str_dup(target);
		n->i.size = strlen(target);
	}
	if (!e || (S_ISLNK(mode) && !n->i.link))
		*err = -ENOMEM;
	if (*err) {
		release(e);
		inode_put(&n->i);
		return NULL;
	}
	inode_get(&n->i);
	lock(&fs->lock);
	put_name(d, e, &n->i);
	if (S_ISDIR(mode))
		dir->nlink++;
	unlock(&fs->lock);
	changed(dir, 1, n->i.btime);
	return &n->i;
}

struct inode *memfs_tmpfile(struct inode *dir, u32 mode, s32 *err)
{
	struct node *n = node_new(to_memfs(dir), mode, err);

	if (!n)
		return NULL;
	inode_init_owner(&n->i, dir);
	n->i.nlink = 0;
	n->flags |= NODE_TMPFILE;
	*err = acl_inherit(n, to_node(dir));
	if (!*err)
		return &n->i;
	inode_put(&n->i);
	return NULL;
}

static s32 memfs_link(struct inode *dir, const char *name, u32 len, struct inode *i)
{
	struct memfs *fs = to_memfs(dir);
	struct node *n = to_node(i);
	struct name *e;
	s32 err = layer_pin(to_node(dir));

	if (!err)
		err = layer_pin(n);
	if (err)
		return err;
	e = name_new(name, len);
	if (!e)
		return -ENOMEM;
	inode_get(i);
	lock(&fs->lock);
	put_name(to_node(dir), e, i);
	i->nlink++;
	n->flags &= ~NODE_TMPFILE;
	unlock(&fs->lock);
	changed(dir, 1, south_time(0));
	WRITE_ONCE(i->ctime, dir->ctime);
	return 0;
}

/*
 * Takes @i's name away: what the lower directory has is hidden by a whiteout, for
 * which @spare is used up if need be. Returns the entry's reference on @i, if it
 * had one. memfs->lock is held.
 */
static struct inode *take_name(struct node *d, const char *name, u32 len, struct name **spare)
{
	struct name *e = names_find(d->names, name, len, name_hash(name, len));
	struct inode *i;

	if (e && e->lower)
		return name_set(d->names, e, NULL);
	if (e) {
		names_del(d->names, e);
		i = e->inode;
		release(e);
		return i;
	}
	BUG_ON(!*spare);
	(*spare)->lower = true;
	names_add(d->names, *spare);
	*spare = NULL;
	return NULL;
}

/* @i has lost a name. Returns a reference to put or NULL. memfs->lock is held. */
static struct inode *lost_name(struct inode *i, s64 now)
{
	struct node *n = to_node(i);

	if (S_ISDIR(i->mode))
		i->nlink = 0;
	else if (i->nlink)
		i->nlink--;
	WRITE_ONCE(i->ctime, now);
	n->flags |= NODE_PINNED;
	layer_keep(n);
	return layer_let_go(n);
}

/* -ENOTEMPTY unless the directory @n, whose lock is held, has nothing in it. */
static s32 check_empty(struct node *n)
{
	struct memfs *fs = to_memfs(&n->i);
	bool live;

	lock(&fs->lock);
	live = n->names->live;
	unlock(&fs->lock);
	if (live)
		return -ENOTEMPTY;
	return node_flags(n) & NODE_LOWER ? layer_empty(n) : 0;
}

static s32 memfs_remove(struct inode *dir, const char *name, u32 len, struct inode *i, bool isdir)
{
	struct memfs *fs = to_memfs(dir);
	struct node *d = to_node(dir);
	struct name *spare = NULL;
	struct inode *held, *kept;
	s32 err = isdir ? check_empty(to_node(i)) : 0;

	if (!err)
		err = layer_pin(d);
	if (err)
		return err;
	if (node_flags(d) & NODE_LOWER) {
		spare = name_new(name, len);
		if (!spare)
			return -ENOMEM;
	}
	changed(dir, -1, south_time(0));
	lock(&fs->lock);
	held = take_name(d, name, len, &spare);
	if (isdir)
		dir->nlink--;
	kept = lost_name(i, dir->ctime);
	unlock(&fs->lock);
	release(spare);
	inode_put(held);
	inode_put(kept);
	return 0;
}

/*
 * The entry of @i's name in @d; one that only the lower directory has so far
 * uses up @spare. memfs->lock is held.
 */
static struct name *own_name(struct node *d, struct name **spare, struct inode *i)
{
	struct name *e = names_find(d->names, (*spare)->text, (*spare)->len, (*spare)->hash);

	if (!e) {
		e = *spare;
		*spare = NULL;
		e->lower = true;
		e->inode = inode_get(i);
		names_add(d->names, e);
	}
	BUG_ON(e->inode != i);
	to_node(i)->flags |= NODE_PINNED;
	return e;
}

/* Each entry gets the other's inode. memfs->lock is held. */
static void exchange(struct inode *dir, struct name *from, struct inode *todir, struct name *to)
{
	struct inode *a = from->inode, *b = to->inode;

	name_set(to_node(dir)->names, from, b);
	name_set(to_node(todir)->names, to, a);
	if (S_ISDIR(a->mode)) {
		dir->nlink--;
		todir->nlink++;
	}
	if (S_ISDIR(b->mode)) {
		todir->nlink--;
		dir->nlink++;
	}
	WRITE_ONCE(a->ctime, dir->ctime);
	WRITE_ONCE(b->ctime, dir->ctime);
}

/*
 * @i's name moves to the place that @made stands for. Returns the victim's
 * reference, if its entry had one. memfs->lock is held.
 */
static struct inode *move(struct inode *dir, struct name **spare, struct inode *i,
			  struct inode *todir, struct name **made, struct inode *victim)
{
	struct names *names = to_node(todir)->names;
	struct name *from, *to;
	struct inode *held = NULL;

	from = own_name(to_node(dir), spare, i);
	to = names_find(names, (*made)->text, (*made)->len, (*made)->hash);
	if (to) {
		held = name_set(names, to, i);
	} else {
		to = *made;
		*made = NULL;
		to->lower = victim != NULL;
		to->inode = i;
		names_add(names, to);
	}
	/* Its reference is the new entry's now. */
	name_set(to_node(dir)->names, from, NULL);
	if (!from->lower) {
		names_del(to_node(dir)->names, from);
		release(from);
	}
	if (S_ISDIR(i->mode)) {
		dir->nlink--;
		if (!victim)
			todir->nlink++;
	}
	WRITE_ONCE(i->ctime, dir->ctime);
	return held;
}

/* What RENAME_WHITEOUT leaves in @dir, and its name: to overlays there is nothing then. */
static struct node *whiteout_new(struct inode *dir, const char *name, u32 len, struct name **left,
				 s32 *err)
{
	struct node *n = node_new(to_memfs(dir), S_IFCHR, err);

	if (!n)
		return NULL;
	inode_init_owner(&n->i, dir);
	*left = name_new(name, len);
	if (*left)
		return n;
	inode_put(&n->i);
	*err = -ENOMEM;
	return NULL;
}

static s32 memfs_rename(struct inode *dir, const char *name, u32 len, struct inode *i,
			struct inode *todir, const char *toname, u32 tolen, struct inode *victim,
			u32 flags)
{
	struct memfs *fs = to_memfs(dir);
	struct node *d = to_node(dir), *td = to_node(todir);
	struct name *spare, *made, *left = NULL;
	struct inode *held = NULL, *kept = NULL;
	struct node *whiteout = NULL;
	s32 err = 0;

	if (victim && !(flags & RENAME_EXCHANGE) && S_ISDIR(victim->mode))
		err = check_empty(to_node(victim));
	if (!err)
		err = layer_pin(d);
	if (!err)
		err = layer_pin(td);
	if (err)
		return err;
	spare = name_new(name, len);
	made = name_new(toname, tolen);
	if (!spare || !made)
		err = -ENOMEM;
	if (!err && flags & RENAME_WHITEOUT)
		whiteout = whiteout_new(dir, name, len, &left, &err);
	if (err) {
		release(spare);
		release(made);
		return err;
	}
	changed(dir, flags & (RENAME_EXCHANGE | RENAME_WHITEOUT) ? 0 : -1, south_time(0));
	changed(todir, flags & RENAME_EXCHANGE || victim ? 0 : 1, dir->ctime);
	lock(&fs->lock);
	if (flags & RENAME_EXCHANGE) {
		struct name *from = own_name(d, &spare, i);

		exchange(dir, from, todir, own_name(td, &made, victim));
	} else {
		held = move(dir, &spare, i, todir, &made, victim);
		if (victim)
			kept = lost_name(victim, dir->ctime);
		if (whiteout)
			put_name(d, left, &whiteout->i);
	}
	unlock(&fs->lock);
	release(spare);
	release(made);
	inode_put(held);
	inode_put(kept);
	return 0;
}

static s32 memfs_setattr(struct inode *i, const struct attr *a)
{
	struct node *n = to_node(i);
	s32 err = layer_pin(n);

	if (!err && a->valid & ATTR_SIZE)
		err = node_resize(n, a->size);
	if (!err && a->valid & ATTR_MODE)
		err = acl_chmod(n, a->mode);
	if (!err)
		inode_setattr(i, a);
	return err;
}

bool node_stat(struct inode *i, struct kstat *st)
{
	struct node *n = to_node(i);

	if (READ_ONCE(n->data) >= 0)
		return false;
	inode_fill(i, st);
	st->blocks = n->lower_blocks;
	return true;
}

static s32 memfs_getattr(struct inode *i, struct kstat *st)
{
	struct node *n = to_node(i);
	s32 data = READ_ONCE(n->data);
	struct south_stat s;

	st->blocks = n->lower_blocks;
	if (data >= 0 && !(node_flags(n) & NODE_LOWER) && !south_stat(data, &s))
		st->blocks = s.blocks;
	return 0;
}

static s32 memfs_open_file(struct inode *i, struct file *f)
{
	struct node *n = to_node(i);
	s32 err = 0;

	if (file_writable(f) && node_flags(n) & NODE_LOWER) {
		err = layer_pin(n);
		if (err)
			return err;
		lock(&i->lock);
		err = layer_copy_up(n, f->flags & O_TRUNC ? 0 : i->size);
		unlock(&i->lock);
	}
	return err ? err : layer_open(n);
}

static s32 memfs_handle(struct inode *i, bool write)
{
	struct node *n = to_node(i);
	s32 err = 0;

	if (node_flags(n) & NODE_LOWER && (write || n->lower_data < 0)) {
		err = write ? layer_pin(n) : layer_open(n);
		if (!err && write) {
			lock(&i->lock);
			err = layer_copy_up(n, i->size);
			unlock(&i->lock);
		} else if (!err) {
			/* Kept as an idle one. */
			layer_close(n);
		}
	}
	if (!err && node_handle(n) < 0) {
		lock(&i->lock);
		err = node_resize(n, i->size);
		unlock(&i->lock);
	}
	return err ? err : node_handle(n);
}

static void memfs_evict(struct inode *i)
{
	struct memfs *fs = to_memfs(i);
	struct node *n = to_node(i);
	bool last;

	layer_evict(n);
	if (n->data >= 0)
		south_close(n->data);
	names_free(n->names);
	xattrs_free(n);
	acls_free(n);
	release((void *)i->link);
	lock(&fs->lock);
	last = --fs->inodes == 0;
	unlock(&fs->lock);
	if (last) {
		release(fs->shared);
		release(fs);
	}
}

/* ---- reading directories ---- */

/*
 * Positions: 0 and 1 are "." and "..", lower entries follow by their index, then
 * what is in memory only by its cookie. Copying up doesn't move an entry.
 */
#define POS_UPPER (1ull << 40)

static bool emit_lower(struct node *d, const struct south_dirent *e, u64 pos, dir_emit emit,
		       void *arg)
{
	struct memfs *fs = to_memfs(&d->i);
	u32 len = e->namelen, type = e->type;
	struct name *up;
	bool hidden;
	u64 ino = e->ino;

	lock(&fs->lock);
	up = names_find(d->names, e->name, len, name_hash(e->name, len));
	hidden = up && !up->inode;
	if (up && up->inode) {
		ino = up->inode->ino;
		type = DT_OF(up->inode->mode);
	}
	unlock(&fs->lock);
	return hidden || emit(arg, e->name, len, ino, type, pos + 1);
}

/* The lower part from *@pos on; true: it is done, and *@pos is where the rest begins. */
static bool read_lower(struct file *f, u64 *pos, dir_emit emit, void *arg, s32 *err)
{
	struct node *d = to_node(f->inode);
	struct dirstream *s = f->private;
	const struct south_dirent *e;

	if (s->handle < 0) {
		*err = layer_dir_open(d);
		if (*err == -EACCES) {
			*err = 0;
			*pos = POS_UPPER;
			return true;
		}
		if (*err < 0)
			return false;
		s->handle = *err;
	}
	*err = stream_seek(s, *pos - 2);
	if (*err)
		return false;
	while ((e = stream_peek(s, err))) {
		if (!emit_lower(d, e, *pos, emit, arg))
			return false;
		stream_next(s);
		++*pos;
	}
	if (*err)
		return false;
	*pos = POS_UPPER;
	return true;
}

bool dots_emit(struct file *f, u64 *pos, dir_emit emit, void *arg)
{
	u64 up = f->inode->ino;

	if (!*pos) {
		if (!emit(arg, ".", 1, f->inode->ino, 4, 1))
			return false;
		*pos = 1;
	}
	if (*pos == 1) {
		names_lock();
		if (f->dentry)
			up = f->dentry->parent->inode->ino;
		names_unlock();
		if (!emit(arg, "..", 2, up, 4, 2))
			return false;
		*pos = 2;
	}
	return true;
}

static s32 memfs_readdir(struct file *f, u64 pos, dir_emit emit, void *arg)
{
	struct node *d = to_node(f->inode);
	struct memfs *fs = to_memfs(f->inode);
	bool lower = node_flags(d) & NODE_LOWER;
	u64 base = lower ? POS_UPPER : 0;
	struct name *e;
	s32 err;

	inode_touch(f);
	if (!dots_emit(f, &pos, emit, arg))
		return 0;
	if (lower && pos < POS_UPPER && !read_lower(f, &pos, emit, arg, &err))
		return err;
	lock(&fs->lock);
	list_for_each(e, &d->names->list, node) {
		if (base + e->cookie < pos || !e->inode || e->lower)
			continue;
		if (!emit(arg, e->text, e->len, e->inode->ino, DT_OF(e->inode->mode),
			  base + e->cookie + 1))
			break;
	}
	unlock(&fs->lock);
	return 0;
}

static s32 memfs_open_dir(struct inode *i, struct file *f)
{
	struct node *d = to_node(i);
	struct dirstream *s;

	if (!(node_flags(d) & NODE_LOWER))
		return 0;
	s = new(struct dirstream);
	if (!s)
		return -ENOMEM;
	s->handle = -1;
	f->private = s;
	return 0;
}

static void memfs_release_dir(struct file *f)
{
	if (f->private) {
		stream_free(f->private);
		release(f->private);
	}
}

/* Directories: any position that telldir gave, or 0. */
static s64 memfs_seek_dir(struct file *f, s64 off, u32 whence)
{
	if (whence == SEEK_CUR)
		off += (s64)f->pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (off < 0)
		return -EINVAL;
	f->pos = (u64)off;
	return off;
}

static s64 dir_read(struct file *f, struct uio *io, u64 *pos)
{
	return -EISDIR;
}

static s32 dir_fsync(struct file *f, bool datasync)
{
	return 0;
}

const struct file_ops memfs_dir_file_ops = {
	.read = dir_read,
	.seek = memfs_seek_dir,
	.readdir = memfs_readdir,
	.fsync = dir_fsync,
	.release = memfs_release_dir,
};

const struct inode_ops memfs_dir_ops = {
	.lookup = memfs_lookup,
	.make = memfs_make,
	.link = memfs_link,
	.remove = memfs_remove,
	.rename = memfs_rename,
	.open = memfs_open_dir,
	.setattr = memfs_setattr,
	.evict = memfs_evict,
};

const struct inode_ops memfs_file_ops = {
	.open = memfs_open_file,
	.getattr = memfs_getattr,
	.setattr = memfs_setattr,
	.handle = memfs_handle,
	.evict = memfs_evict,
};

const struct inode_ops memfs_node_ops = {
	.setattr = memfs_setattr,
	.evict = memfs_evict,
};

s32 memfs_statfs(struct superblock *sb, struct south_statfs *st)
{
	struct memfs *fs = sb->private;
	struct south_host host;
	s32 err = south_host(&host);

	if (err)
		return err;
	st->bsize = PAGE_SIZE;
	st->blocks = host.mem_total / PAGE_SIZE;
	st->bfree = st->bavail = host.mem_available / PAGE_SIZE;
	st->files = fs->inodes_max;
	st->ffree = fs->inodes_max - READ_ONCE(fs->inodes);
	return 0;
}

struct inode *memfs_root(u32 mode, struct superblock **sb)
{
	struct memfs *fs = memfs_new("tmpfs", TMPFS_MAGIC);
	struct node *n;
	s32 err;

	if (!fs)
		return NULL;
	fs->sb.statfs = memfs_statfs;
	fs->trusted = true;
	n = node_new(fs, S_IFDIR | (mode & S_IALLUGO), &err);
	if (!n) {
		release(fs);
		return NULL;
	}
	*sb = &fs->sb;
	return &n->i;
}

void memfs_bound(struct superblock *sb, u64 inodes)
{
	struct memfs *fs = sb->private;

	/* 0 is no bound, for Linux. */
	if (inodes && inodes < fs->inodes_max)
		fs->inodes_max = (u32)inodes;
}

struct inode *memfs_anon(u32 mode)
{
	static struct memfs *fs;
	static struct mutex once;
	struct node *n;
	s32 err;

	lock(&once);
	if (!fs) {
		fs = memfs_new("tmpfs", TMPFS_MAGIC);
		if (fs)
			fs->inodes = 1; /* its own: it stays */
	}
	unlock(&once);
	if (!fs)
		return NULL;
	n = node_new(fs, S_IFREG | (mode & S_IALLUGO), &err);
	if (!n)
		return NULL;
	inode_init_owner(&n->i, NULL);
	n->i.nlink = 0;
	return &n->i;
}
