// SPDX-License-Identifier: GPL-2.0
/*
 * The cache of names.
 *
 * A dentry in use is counted: by files, working directories, mounts, walks and
 * by the dentries beneath it. One that isn't used stays hashed, on a list of
 * bounded length, the least recently used first. What loses its last reference
 * is put on a list and freed when the lock is released: a walk may go on with
 * an uncounted dentry as long as it holds the lock, and nothing is freed
 * recursively however deep a tree is.
 */
#include "dentry.h"
#include "mount.h"
#include "notify.h"

static struct {
	struct dentry **buckets;
	u32 mask;		/* of buckets */
	u32 count;		/* hashed */
	u32 unused_count;
	struct list unused, doomed, doomed_inodes;
	bool pending;		/* something is doomed, or too much is unused */
} dc;

#define BUCKETS_FIRST 512u
#define BUCKETS_MAX 16384u

s32 dcache_init(void)
{
	list_init(&dc.unused);
	list_init(&dc.doomed);
	list_init(&dc.doomed_inodes);
	dc.buckets = alloc(BUCKETS_FIRST * sizeof(*dc.buckets));
	if (!dc.buckets)
		return -ENOMEM;
	dc.mask = BUCKETS_FIRST - 1;
	return 0;
}

u32 name_hash(const char *name, u32 len)
{
	u32 h = 0;

	while (len--)
		h = NAME_HASH_STEP(h, *name++);
	return h;
}

static inline struct dentry **bucket(const struct dentry *parent, u32 hash)
{
	u32 h = (hash ^ (u32)((uintptr)parent >> 4)) * 0x9e3779b1u;

	return &dc.buckets[(h ^ h >> 15) & dc.mask];
}

static void hash_link(struct dentry *d)
{
	struct dentry **b = bucket(d->parent, d->hash);

	d->next = *b;
	if (d->next)
		d->next->pprev = &d->next;
	*b = d;
	d->pprev = b;
}

/* Longer chains are the worst that comes of a failure. */
static void buckets_grow(void)
{
	u32 old = dc.mask + 1, i;
	struct dentry **from = dc.buckets, *d, *next;
	struct dentry **to = alloc(old * 2 * sizeof(*to));

	if (!to)
		return;
	dc.buckets = to;
	dc.mask = old * 2 - 1;
	for (i = 0; i < old; i++) {
		for (d = from[i]; d; d = next) {
			next = d->next;
			hash_link(d);
		}
	}
	release(from);
}

void names_lock(void)
{
	lock(&inodes_lock);
}

void inode_put_locked(struct inode *i)
{
	if (--i->refs == 0) {
		list_add(&i->doomed, &dc.doomed_inodes);
		dc.pending = true;
	}
}

/* Takes @d off the list it is on, if any. */
static void unlist(struct dentry *d)
{
	if (d->flags & DENTRY_UNUSED)
		dc.unused_count--;
	if (d->flags & (DENTRY_UNUSED | DENTRY_DOOMED))
		list_del(&d->list);
	d->flags &= ~(DENTRY_UNUSED | DENTRY_DOOMED);
}

void dentry_get_locked(struct dentry *d)
{
	if (d->refs++ == 0)
		unlist(d);
}

/* Puts an uncounted dentry on the list where it belongs. */
static void enlist(struct dentry *d)
{
	if (unlikely(d->flags & DENTRY_WATCHED) && d->flags & DENTRY_HASHED)
		return;
	if (d->flags & DENTRY_HASHED && !(d->flags & DENTRY_FRESH)) {
		list_add_tail(&d->list, &dc.unused);
		d->flags |= DENTRY_UNUSED;
		if (++dc.unused_count > DENTRY_UNUSED_MAX)
			dc.pending = true;
	} else {
		list_add(&d->list, &dc.doomed);
		d->flags |= DENTRY_DOOMED;
		dc.pending = true;
	}
}

void dentry_watch(struct dentry *d, bool on)
{
	if (on) {
		d->flags |= DENTRY_WATCHED;
		return;
	}
	d->flags &= ~DENTRY_WATCHED;
	if (!d->refs)
		enlist(d);
}

void dentry_put_locked(struct dentry *d)
{
	if (--d->refs == 0)
		enlist(d);
}

void dentry_unhash(struct dentry *d)
{
	if (!(d->flags & DENTRY_HASHED))
		return;
	*d->pprev = d->next;
	if (d->next)
		d->next->pprev = d->pprev;
	d->flags &= ~DENTRY_HASHED;
	dc.count--;
	if (!d->refs) {
		unlist(d);
		enlist(d);
	}
}

static void dentry_free(struct dentry *d)
{
	struct dentry *parent = d->parent;
	struct inode *i = d->inode;

	if (i && unlikely(i->watches))
		notify_dentry_gone(d);
	unlist(d);
	if (d->flags & DENTRY_HASHED) {
		*d->pprev = d->next;
		if (d->next)
			d->next->pprev = d->pprev;
		dc.count--;
	}
	if (d->name != d->own)
		release((void *)d->name);
	release(d);
	if (i)
		inode_put_locked(i);
	if (parent != d)
		dentry_put_locked(parent);
}

static void reap(u32 unused_max)
{
	struct inode *i;

	for (;;) {
		mounts_reap();
		if (!list_empty(&dc.doomed)) {
			dentry_free(list_first(&dc.doomed, struct dentry, list));
		} else if (dc.unused_count > unused_max) {
			dentry_free(list_first(&dc.unused, struct dentry, list));
		} else if (!list_empty(&dc.doomed_inodes)) {
			i = list_first(&dc.doomed_inodes, struct inode, doomed);
			list_del(&i->doomed);
			BUG_ON(i->refs);
			if (unlikely(i->watches))
				notify_inode_gone(i);
			unlock(&inodes_lock);
			if (i->ops && i->ops->evict)
				i->ops->evict(i);
			release(i);
			lock(&inodes_lock);
		} else {
			break;
		}
	}
	dc.pending = false;
}

void names_reap_later(void)
{
	dc.pending = true;
}

void names_unlock(void)
{
	if (unlikely(dc.pending))
		reap(DENTRY_UNUSED_MAX);
	unlock(&inodes_lock);
}

bool dcache_shrink(void)
{
	bool some;

	names_lock();
	some = dc.unused_count != 0;
	reap(0);
	names_unlock();
	return some;
}

struct dentry *dentry_find(struct dentry *parent, const char *name, u32 len, u32 hash)
{
	struct dentry *d;
	u32 n;

	for (d = *bucket(parent, hash); d; d = d->next) {
		if (d->hash != hash || d->parent != parent || d->len != len)
			continue;
		for (n = 0; n < len && d->name[n] == name[n]; n++)
			;
		if (n == len)
			return d;
	}
	return NULL;
}

struct dentry *dentry_new(struct dentry *parent, const char *name, u32 len, u32 hash,
			  struct inode *inode)
{
	struct dentry *d = alloc(sizeof(*d) + len + 1);

	if (!d && dcache_shrink())
		d = alloc(sizeof(*d) + len + 1);
	if (!d)
		return NULL;
	list_init(&d->list);
	memcpy(d->own, name, len);
	d->name = d->own;
	d->len = len;
	d->hash = hash;
	d->inode = inode;
	d->parent = parent ? parent : d;
	if (parent) {
		names_lock();
		dentry_get_locked(parent);
		if (parent->inode->ops->revalidate)
			d->flags |= DENTRY_FRESH;
		names_unlock();
	}
	return d;
}

void dentry_insert(struct dentry *d)
{
	if (dc.count > dc.mask && dc.mask + 1 < BUCKETS_MAX)
		buckets_grow();
	hash_link(d);
	d->flags |= DENTRY_HASHED;
	dc.count++;
	if (!d->refs) {
		unlist(d);
		enlist(d);
	}
}

struct dentry *dentry_get(struct dentry *d)
{
	names_lock();
	dentry_get_locked(d);
	names_unlock();
	return d;
}

void dentry_put(struct dentry *d)
{
	names_lock();
	dentry_put_locked(d);
	names_unlock();
}

void dentry_gone(struct dentry *d)
{
	d->flags |= DENTRY_GONE;
	dentry_unhash(d);
}

/* What is known to be missing in a directory that goes: it is no use of it. */
static void drop_children(struct dentry *dir)
{
	struct dentry *d, *next;

	list_for_each_safe(d, next, &dc.unused, list)
		if (d->parent == dir)
			dentry_free(d);
}

void dentry_removed(struct dentry *d)
{
	/* Who watches it is to hear at once that it is gone. */
	if (d->refs > 1 && unlikely(d->inode->watches) && S_ISDIR(d->inode->mode))
		drop_children(d);
	if (d->refs > 1 || d->flags & DENTRY_FRESH || !(d->flags & DENTRY_HASHED)) {
		dentry_gone(d);
	} else {
		if (unlikely(d->inode->watches))
			notify_dentry_gone(d);
		inode_put_locked(d->inode);
		d->inode = NULL;
	}
}

void dentry_fill(struct dentry *d, struct inode *inode)
{
	d->inode = inode;
}

void dentry_move(struct dentry *d, struct dentry *parent, char *name, u32 len, u32 hash)
{
	struct dentry *old = d->parent;

	dentry_get_locked(d);
	dentry_unhash(d);
	if (d->name != d->own)
		release((void *)d->name);
	d->name = name;
	d->len = len;
	d->hash = hash;
	dentry_get_locked(parent);
	d->parent = parent;
	dentry_put_locked(old);
	dentry_insert(d);
	dentry_put_locked(d);
}

bool dentry_beneath(const struct dentry *d, const struct dentry *top)
{
	while (d != top) {
		if (d->parent == d)
			return false;
		d = d->parent;
	}
	return true;
}

struct dentry *dentry_lookup(struct dentry *parent, const char *name, u32 len, u32 hash,
			     s32 *err)
{
	struct inode *dir = parent->inode, *i;
	struct dentry *d;

	*err = 0;
	names_lock();
	d = dentry_find(parent, name, len, hash);
	if (d)
		dentry_get_locked(d);
	names_unlock();
	if (d && dir->ops->revalidate && !(dentry_flags(d) & DENTRY_MOUNTED) &&
	    !dir->ops->revalidate(dir, name, len, d->inode)) {
		names_lock();
		dentry_unhash(d);
		dentry_put_locked(d);
		names_unlock();
		d = NULL;
	}
	if (d)
		return d;
	*err = -ENOENT;
	if (dentry_flags(parent) & DENTRY_GONE)
		return NULL;
	if (len > NAME_MAX)
		*err = -ENAMETOOLONG;
	else if (!dir->ops->lookup)
		*err = -ENOTDIR;
	if (*err != -ENOENT)
		return NULL;
	*err = 0;
	i = dir->ops->lookup(dir, name, len, err);
	if (!i && *err != -ENOENT) {
		BUG_ON(!*err);
		return NULL;
	}
	d = dentry_new(parent, name, len, hash, i);
	if (!d) {
		inode_put(i);
		*err = -ENOMEM;
		return NULL;
	}
	*err = 0;
	names_lock();
	dentry_get_locked(d);
	dentry_insert(d);
	names_unlock();
	return d;
}

struct dentry *dcache_search(bool (*is)(const struct dentry *d, const void *arg), const void *arg)
{
	for (u32 i = 0; i <= dc.mask; i++)
		for (struct dentry *d = dc.buckets[i]; d; d = d->next)
			if (is(d, arg))
				return d;
	return NULL;
}
