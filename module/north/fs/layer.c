// SPDX-License-Identifier: GPL-2.0
/*
 * The lower part of a layer: a host directory that doesn't change while the box
 * runs. What is looked up becomes an inode in memory for as long as somebody
 * uses it; what is changed is pinned in memory for good.
 *
 * Handles are few. A place is kept for the directories and files looked up last,
 * an opened file for those used last; either is found again through the lower
 * parent, which never changes even if the directory is renamed.
 */
#include "dentry.h"
#include "node.h"

#define OVERLAYFS_MAGIC 0x794c7630

/* ---- places ---- */

/* This caller needs @n's place no longer. Returns a handle to close, or -1. memfs->lock. */
static s32 place_unuse(struct memfs *fs, struct node *n)
{
	struct node *old;
	s32 h;

	if (--n->place_users || !n->lower_dir)
		return -1;
	list_add_tail(&n->place_node, &fs->places);
	n->flags |= NODE_PLACED;
	if (++fs->nplaces <= LAYER_PLACES_MAX)
		return -1;
	old = list_first(&fs->places, struct node, place_node);
	list_del(&old->place_node);
	old->flags &= ~NODE_PLACED;
	fs->nplaces--;
	h = old->place;
	old->place = -1;
	return h;
}

/* memfs->lock; there is a place. */
static void place_use(struct memfs *fs, struct node *n)
{
	n->place_users++;
	if (node_flags(n) & NODE_PLACED) {
		list_del(&n->place_node);
		n->flags &= ~NODE_PLACED;
		fs->nplaces--;
	}
}

static void close_maybe(s32 h)
{
	if (h >= 0)
		south_close(h);
}

static void place_put(struct node *n)
{
	struct memfs *fs = to_memfs(&n->i);
	s32 h;

	lock(&fs->lock);
	h = place_unuse(fs, n);
	unlock(&fs->lock);
	close_maybe(h);
}

/* The place of @n's lower part, to be given back with place_put(). */
static s32 place_get(struct node *n)
{
	struct memfs *fs = to_memfs(&n->i);
	struct south_stat st;
	struct node *c, *up;
	s32 h, drop;

	for (;;) {
		lock(&fs->lock);
		if (n->place >= 0) {
			place_use(fs, n);
			unlock(&fs->lock);
			return n->place;
		}
		/* The nearest one above that has a place; the root always has. */
		for (c = n; c->lower_dir->place < 0; c = c->lower_dir)
			;
		up = c->lower_dir;
		place_use(fs, up);
		unlock(&fs->lock);
		h = south_lookup(up->place, c->lower_name, c->lower_len, &st);
		place_put(up);
		if (h < 0)
			return h;
		lock(&fs->lock);
		drop = h;
		if (c->place < 0) {
			c->place = h;
			c->place_users++;
			drop = place_unuse(fs, c);
		}
		unlock(&fs->lock);
		close_maybe(drop);
	}
}

/* ---- what the host says ---- */

static u64 map_ino(const struct memfs *fs, const struct south_stat *st)
{
	if (st->dev == fs->lower_dev)
		return st->ino;
	return st->ino ^ (u64)(hash_bytes(&st->dev, sizeof(st->dev), 0) | 1) << 20;
}

static void fill(struct node *n, const struct south_stat *st)
{
	struct inode *i = &n->i;

	i->ino = map_ino(to_memfs(i), st);
	i->mode = st->mode;
	i->uid = st->uid;
	i->gid = st->gid;
	i->nlink = st->nlink;
	i->size = st->size;
	i->rdev = st->rdev;
	i->atime = st->atime;
	i->mtime = st->mtime;
	i->ctime = st->ctime;
	i->btime = 0;
	n->lower_blocks = st->blocks;
}

/* The target is read once and for all. */
static s32 fill_link(struct node *n, s32 place)
{
	char *buf = alloc(PATH_MAX);
	s32 len = buf ? south_readlink(place, buf, PATH_MAX - 1) : -ENOMEM;

	if (len >= 0) {
		n->i.link = str_ndup(buf, (u32)len);
		if (!n->i.link)
			len = -ENOMEM;
	}
	release(buf);
	return len < 0 ? len : 0;
}

/* ---- lower files of several names ---- */

/*
 * They are one inode here as well, found by its number. Once changed it is kept
 * by the table, whichever of its names go.
 */
static struct node **shared_bucket(struct memfs *fs, u64 ino)
{
	return &fs->shared[(ino ^ ino >> 6) % SHARED_BUCKETS];
}

/* memfs->lock. A counted one, or NULL. */
static struct node *shared_find(struct memfs *fs, u64 ino)
{
	struct node *n = fs->shared ? *shared_bucket(fs, ino) : NULL;
	bool found = false;

	for (; n; n = n->shared_next) {
		if (n->i.ino != ino)
			continue;
		/* Not one that is about to be evicted. */
		lock(&inodes_lock);
		found = n->i.refs;
		n->i.refs += found;
		unlock(&inodes_lock);
		if (found)
			break;
	}
	return n;
}

/* memfs->lock. */
static void shared_del(struct memfs *fs, struct node *n)
{
	struct node **p;

	if (!(node_flags(n) & NODE_SHARED))
		return;
	for (p = shared_bucket(fs, n->i.ino); *p != n; p = &(*p)->shared_next)
		;
	*p = n->shared_next;
	n->flags &= ~NODE_SHARED;
}

void layer_keep(struct node *n)
{
	if ((node_flags(n) & (NODE_SHARED | NODE_KEPT)) == NODE_SHARED) {
		n->flags |= NODE_KEPT;
		inode_get(&n->i);
	}
}

/* The last name went: what the table had is to be put. */
struct inode *layer_let_go(struct node *n)
{
	if (n->i.nlink || !(node_flags(n) & NODE_KEPT))
		return NULL;
	n->flags &= ~NODE_KEPT;
	return &n->i;
}

/* Puts the new @n in the table; if another look-up was faster, that one's inode takes its place. */
static struct node *share(struct memfs *fs, struct node *n)
{
	struct node **buckets = NULL, *other;

	if (!fs->shared) {
		buckets = alloc(SHARED_BUCKETS * sizeof(*buckets));
		if (!buckets)
			return n;
	}
	lock(&fs->lock);
	if (!fs->shared) {
		fs->shared = buckets;
		buckets = NULL;
	}
	other = shared_find(fs, n->i.ino);
	if (!other) {
		n->flags |= NODE_SHARED;
		n->shared_next = *shared_bucket(fs, n->i.ino);
		*shared_bucket(fs, n->i.ino) = n;
	}
	unlock(&fs->lock);
	release(buckets);
	if (!other)
		return n;
	inode_put(&n->i);
	return other;
}

/*
 * ---- look-up ----
 *
 * A lower directory that the host keeps from the box looks empty rather than
 * forbidden: to the box's own users its owner and mode apply, and root may put
 * files of its own there (/root) and may remove it.
 */

struct inode *layer_lookup(struct node *dir, const char *name, u32 len, s32 *err)
{
	struct memfs *fs = to_memfs(&dir->i);
	struct south_stat st;
	struct node *n;
	s32 h, at = place_get(dir);

	if (at < 0) {
		*err = at;
		return NULL;
	}
	h = south_lookup(at, name, len, &st);
	place_put(dir);
	if (h < 0) {
		*err = h == -EACCES ? -ENOENT : h;
		return NULL;
	}
	if (st.nlink > 1 && !S_ISDIR(st.mode) && fs->shared) {
		lock(&fs->lock);
		n = shared_find(fs, map_ino(fs, &st));
		unlock(&fs->lock);
		if (n) {
			south_close(h);
			return &n->i;
		}
	}
	n = node_new(fs, st.mode, err);
	if (!n) {
		south_close(h);
		return NULL;
	}
	n->lower_name = str_ndup(name, len);
	n->lower_len = len;
	if (S_ISLNK(st.mode))
		*err = fill_link(n, h);
	if (!n->lower_name)
		*err = -ENOMEM;
	if (*err) {
		south_close(h);
		inode_put(&n->i);
		return NULL;
	}
	fill(n, &st);
	inode_get(&dir->i);
	n->lower_dir = dir;
	n->flags = NODE_LOWER;
	if (S_ISDIR(st.mode) || S_ISREG(st.mode)) {
		lock(&fs->lock);
		n->place = h;
		n->place_users = 1;
		h = place_unuse(fs, n);
		unlock(&fs->lock);
	}
	close_maybe(h);
	if (st.nlink > 1 && !S_ISDIR(st.mode))
		n = share(fs, n);
	return &n->i;
}

/* Used is what the lower part takes and what the box made; free is memory. */
static s32 layer_statfs(struct superblock *sb, struct south_statfs *st)
{
	struct memfs *fs = sb->private;
	struct south_statfs lower;
	s32 err = memfs_statfs(sb, st);

	if (!err && !south_statfs(fs->lower_root, &lower) && lower.blocks > lower.bfree)
		st->blocks += (lower.blocks - lower.bfree) * lower.bsize / PAGE_SIZE;
	return err;
}

struct inode *layer_root(s32 place, bool trusted, struct superblock **sb)
{
	struct memfs *fs = memfs_new("overlay", OVERLAYFS_MAGIC);
	struct south_stat st;
	struct node *n;
	s32 err;

	if (!fs)
		return NULL;
	fs->trusted = trusted;
	fs->sb.statfs = layer_statfs;
	fs->sb.next_ino = LAYER_INO;
	fs->lower_root = place;
	n = south_stat(place, &st) ? NULL : node_new(fs, S_IFDIR | 0755, &err);
	if (!n) {
		release(fs);
		return NULL;
	}
	fs->lower_dev = st.dev;
	fill(n, &st);
	n->place = place;
	n->flags = NODE_LOWER | NODE_PINNED;
	*sb = &fs->sb;
	return &n->i;
}

/* ---- open files ---- */

/* memfs->lock. */
static void idle_end(struct memfs *fs, struct node *n)
{
	if (node_flags(n) & NODE_IDLE) {
		list_del(&n->idle_node);
		n->flags &= ~NODE_IDLE;
		fs->nfiles--;
	}
}

s32 layer_open(struct node *n)
{
	struct memfs *fs = to_memfs(&n->i);
	bool done;
	s32 at, h;

	lock(&fs->lock);
	done = !(node_flags(n) & NODE_LOWER) || n->lower_data >= 0;
	if (done) {
		n->opens++;
		idle_end(fs, n);
	}
	unlock(&fs->lock);
	if (done)
		return 0;
	at = place_get(n);
	if (at < 0)
		return at;
	h = south_open(at, SOUTH_OPEN_READ);
	place_put(n);
	if (h < 0)
		return h;
	lock(&fs->lock);
	n->opens++;
	idle_end(fs, n);
	if (n->lower_data < 0) {
		n->lower_data = h;
		h = -1;
	}
	unlock(&fs->lock);
	close_maybe(h);
	return 0;
}

void layer_close(struct node *n)
{
	struct memfs *fs = to_memfs(&n->i);
	struct node *old;
	s32 h = -1;

	lock(&fs->lock);
	if (--n->opens == 0 && n->lower_data >= 0) {
		if (node_flags(n) & NODE_LOWER) {
			list_add_tail(&n->idle_node, &fs->files);
			n->flags |= NODE_IDLE;
			old = NULL;
			if (++fs->nfiles > LAYER_FILES_MAX) {
				old = list_first(&fs->files, struct node, idle_node);
				idle_end(fs, old);
			}
		} else {
			old = n;
		}
		if (old) {
			h = old->lower_data;
			old->lower_data = -1;
		}
	}
	unlock(&fs->lock);
	close_maybe(h);
}

/* -ENOMEM and -ENFILE are no answers of write(2): what there is no room for gives ENOSPC. */
static s32 no_space(s32 err)
{
	return err == -ENFILE || err == -ENOMEM ? -ENOSPC : err;
}

s32 layer_copy_up(struct node *n, u64 size)
{
	struct memfs *fs = to_memfs(&n->i);
	s32 h = -1, err = 0;
	s64 done;

	if (!(node_flags(n) & NODE_LOWER))
		return 0;
	if (size) {
		err = layer_open(n);
		if (err)
			return err;
		h = south_object(size);
		if (h < 0) {
			layer_close(n);
			return no_space(h);
		}
		done = south_copy(h, 0, n->lower_data, 0, size);
		if (done < 0)
			err = no_space((s32)done);
	}
	if (!err) {
		n->data = h;
		lock(&fs->lock);
		n->flags &= ~NODE_LOWER;
		n->lower_blocks = 0;
		unlock(&fs->lock);
		n->i.size = size;
	} else {
		close_maybe(h);
	}
	if (size)
		layer_close(n);
	return err;
}

void layer_evict(struct node *n)
{
	struct memfs *fs = to_memfs(&n->i);

	lock(&fs->lock);
	idle_end(fs, n);
	shared_del(fs, n);
	if (node_flags(n) & NODE_PLACED) {
		list_del(&n->place_node);
		fs->nplaces--;
	}
	unlock(&fs->lock);
	close_maybe(n->lower_data);
	close_maybe(n->place);
	release(n->lower_name);
	if (n->lower_dir)
		inode_put_later(&n->lower_dir->i);
}

/* ---- directories ---- */

s32 layer_dir_open(struct node *dir)
{
	s32 h, at = place_get(dir);

	if (at < 0)
		return at;
	h = south_open(at, SOUTH_OPEN_READ);
	place_put(dir);
	return h;
}

s32 layer_empty(struct node *dir)
{
	struct memfs *fs = to_memfs(&dir->i);
	struct dirstream s = { .handle = layer_dir_open(dir) };
	const struct south_dirent *d;
	struct name *e;
	s32 err = 0;

	if (s.handle < 0)
		return s.handle == -EACCES ? 0 : s.handle;
	while (!err && (d = stream_peek(&s, &err))) {
		lock(&fs->lock);
		e = names_find(dir->names, d->name, d->namelen, name_hash(d->name, d->namelen));
		if (!e || e->inode)
			err = -ENOTEMPTY;
		unlock(&fs->lock);
		stream_next(&s);
	}
	stream_free(&s);
	return err;
}

s32 layer_pin(struct node *n)
{
	struct memfs *fs = to_memfs(&n->i);
	struct list entries = LIST_INIT(entries);
	struct name *e, *next;
	struct node *p;
	s32 err = 0;

	if (node_flags(n) & NODE_PINNED)
		return 0;
	if (node_flags(n) & NODE_SHARED) {
		lock(&fs->lock);
		layer_keep(n);
		n->flags |= NODE_PINNED;
		unlock(&fs->lock);
		return 0;
	}
	/* One that isn't pinned is where the lower directory has it. */
	for (p = n; !(node_flags(p) & NODE_PINNED); p = p->lower_dir) {
		e = name_new(p->lower_name, p->lower_len);
		if (!e) {
			err = -ENOMEM;
			break;
		}
		list_add_tail(&e->node, &entries);
	}
	p = n;
	lock(&fs->lock);
	list_for_each_safe(e, next, &entries, node) {
		list_del(&e->node);
		if (err || node_flags(p) & NODE_PINNED) {
			release(e);
		} else {
			e->inode = inode_get(&p->i);
			e->lower = true;
			p->flags |= NODE_PINNED;
			names_add(p->lower_dir->names, e);
		}
		p = p->lower_dir;
	}
	unlock(&fs->lock);
	return err;
}
