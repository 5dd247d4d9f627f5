/* SPDX-License-Identifier: GPL-2.0 */
/* Cached names. Private to fs/. */
#ifndef NORTH_DENTRY_H
#define NORTH_DENTRY_H

#include "fs.h"

#define DENTRY_HASHED 1	 /* can be found under its parent */
#define DENTRY_GONE 2	 /* its name was removed */
#define DENTRY_MOUNTED 4 /* something is mounted on it */
#define DENTRY_UNUSED 8	 /* on the list of unused ones */
#define DENTRY_DOOMED 16 /* on the list of those to free */
#define DENTRY_FRESH 32	 /* not kept when unused: the file system is asked each time */
#define DENTRY_ANON 64	 /* never had a name */
#define DENTRY_WATCHED 128 /* stays as long as it has its name: an inotify watch was made by it */

/* struct dentry - one name of one directory. All of it is guarded by inodes_lock. */
struct dentry {
	struct dentry *parent;	/* a reference; itself if it has none */
	struct inode *inode;	/* a reference; NULL: there is no such name */
	struct dentry *next, **pprev; /* of its hash bucket */
	u32 hash;		/* of the name alone */
	u32 refs;
	u16 len;
	u16 flags;
	struct list list;	/* unused or doomed */
	const char *name;	/* @own, or a block of its own after a rename */
	char own[];
};

/* dentry_flags - may be asked without the lock about GONE, MOUNTED, FRESH and ANON. */
static inline u32 dentry_flags(const struct dentry *d)
{
	return READ_ONCE(d->flags);
}

/* name_hash - one step of the hash of a name, begun with 0. */
#define NAME_HASH_STEP(h, c) (((h) + (u8)(c)) * 0x01000193u)
u32 name_hash(const char *name, u32 len);

/*
 * names_lock, names_unlock - inodes_lock. What lost its last reference meanwhile
 * is freed by the unlock, after the lock is released.
 */
void names_lock(void);
void names_unlock(void);
/* names_reap_later - there is something for that; the lock is held. */
void names_reap_later(void);

/* With names_lock held: */
struct dentry *dentry_find(struct dentry *parent, const char *name, u32 len, u32 hash);
void dentry_insert(struct dentry *d);
void dentry_unhash(struct dentry *d);
void dentry_get_locked(struct dentry *d);
void dentry_put_locked(struct dentry *d);
void inode_put_locked(struct inode *i);
/* dentry_gone - the name was removed: @d stays for those who use it. */
void dentry_gone(struct dentry *d);
/* dentry_watch - sets or clears DENTRY_WATCHED. */
void dentry_watch(struct dentry *d, bool on);
/* dentry_removed - the same by its only user: what is known to be missing is kept in mind. */
void dentry_removed(struct dentry *d);
/* dentry_fill - a negative dentry got an inode, whose reference it takes. */
void dentry_fill(struct dentry *d, struct inode *inode);
/* dentry_move - @d is now @name in @parent; takes @name (from str_ndup). */
void dentry_move(struct dentry *d, struct dentry *parent, char *name, u32 len, u32 hash);
/* Is @d @top or beneath it, in one file system? */
bool dentry_beneath(const struct dentry *d, const struct dentry *top);

/*
 * dentry_new - without a reference and not to be found yet. Takes @inode on
 * success; @parent may be NULL.
 */
struct dentry *dentry_new(struct dentry *parent, const char *name, u32 len, u32 hash,
			  struct inode *inode);
struct dentry *dentry_get(struct dentry *d);
void dentry_put(struct dentry *d);
/*
 * dentry_lookup - the counted dentry of a name, asking the file system if need be.
 * The directory's lock is held, names_lock isn't. NULL and *@err.
 */
struct dentry *dentry_lookup(struct dentry *parent, const char *name, u32 len, u32 hash,
			     s32 *err);
/* dcache_search - any hashed dentry of which @is is true; names_lock is held. */
struct dentry *dcache_search(bool (*is)(const struct dentry *d, const void *arg), const void *arg);
/* dcache_init - once. dcache_shrink - drop all that is unused; false: there was nothing. */
s32 dcache_init(void);
bool dcache_shrink(void);

#endif
