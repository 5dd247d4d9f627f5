/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inodes of the memory file system, which are those of a layer too: a layer is a
 * memory file system whose directories and files may have a lower part on the
 * host, which shows through where memory has nothing to say. Private to fs/.
 */
#ifndef NORTH_NODE_H
#define NORTH_NODE_H

#include "fs.h"

/* struct name - one entry of a directory in memory. */
struct name {
	struct name *next;	/* of its hash bucket */
	struct list node;	/* in order of creation */
	u64 cookie;		/* position in the directory, growing, unique */
	struct inode *inode;	/* a reference; NULL: a whiteout */
	u32 hash;
	u8 len;
	bool lower;		/* the lower directory has this name too */
	char text[];
};

/* struct names - the entries of a directory; guarded by memfs->lock. */
struct names {
	struct list list;
	struct name **buckets;
	u32 size;		/* buckets: a power of two, or 0 */
	u32 count;		/* entries, whiteouts too */
	u32 shown;		/* entries that aren't whiteouts and not lower */
	u32 removed;		/* entries taken out so far: a cached position is stale then */
	u64 cookie;		/* the next */
};

struct xattr {
	struct xattr *next;
	u32 name_len, size;
	char data[];		/* name, NUL, value */
};

#define NODE_LOWER 1	/* has a lower part: contents come from there where memory has none */
#define NODE_PINNED 2	/* is in its directory's names, or has lost its name for good */
#define NODE_TMPFILE 4	/* without a name so far, but may be given one */
#define NODE_IDLE 8	/* lower_data is kept open though nobody has it open */

/* struct node - @i is first. */
struct node {
	struct inode i;
	struct names *names;	/* S_IFDIR */
	struct xattr *xattrs;	/* i.lock */
	s32 data;		/* S_IFREG: the memory object, -1 until something is in it; i.lock */
	s32 lower_data;		/* S_IFREG: the lower file while open, or -1; i.lock */
	u32 opens;		/* open files; i.lock */
	u32 flags;		/* NODE_*; memfs->lock */
	/* Where the lower part is; never changes. */
	struct node *lower_dir;	/* a reference; NULL for the root */
	char *lower_name;
	u8 lower_len;
	s32 place;		/* S_IFDIR: the lower directory's place, or -1; memfs->lock */
	u32 place_users;	/* memfs->lock */
	u64 blocks;		/* of the lower file */
	struct list idle;	/* on memfs->places or memfs->files; memfs->lock */
};

#define MEMFS_INODES_MAX (1u << 20)
/* Lower directories and files kept open without being used. */
#define LAYER_PLACES_MAX 128
#define LAYER_FILES_MAX 48
/* Where numbers of inodes made in a layer begin, so as not to meet lower ones. */
#define LAYER_INO (1ull << 48)

struct memfs {
	struct superblock sb;
	struct mutex lock;	/* names, pins, places: inside all inode locks, outside of inodes_lock */
	u32 inodes;		/* lock */
	bool trusted;
	bool layer;
	u64 lower_dev;		/* of the lower root: other devices get other inode numbers */
	struct list places, files; /* lock; the least recently used first */
	u32 nplaces, nfiles;
};

extern const struct inode_ops memfs_dir_ops, memfs_file_ops, memfs_node_ops;
extern const struct file_ops memfs_dir_file_ops, reg_file_ops;

static inline struct node *to_node(struct inode *i)
{
	return (struct node *)i;
}

static inline struct memfs *to_memfs(struct inode *i)
{
	return (struct memfs *)i->sb->private;
}

/* is_node - is it one of these? */
static inline bool is_node(const struct inode *i)
{
	return i->ops == &memfs_dir_ops || i->ops == &memfs_file_ops || i->ops == &memfs_node_ops;
}

struct node *node_new(struct memfs *fs, u32 mode, bool charge);
struct inode *memfs_tmpfile(struct inode *dir, u32 mode, s32 *err);

/* names.c; memfs->lock is held. */
struct name *names_find(struct names *n, const char *text, u32 len, u32 hash);
/* names_add - takes @e, which name_new() made. */
void names_add(struct names *n, struct name *e);
void names_del(struct names *n, struct name *e);
struct name *name_new(const char *text, u32 len);
void names_free(struct names *n);

/* layer.c: the lower part. No locks but the inode's unless it says so. */
struct inode *layer_lookup(struct node *dir, const char *name, u32 len, s32 *err);
bool layer_has(struct node *dir, const char *name, u32 len, s32 *err);
/* layer_pin - @n and its directories get names in memory, so that they stay. */
s32 layer_pin(struct node *n);
/* layer_open - lower_data; the inode's lock is held. */
s32 layer_open(struct node *n);
/* layer_copy_up - contents into a memory object, the first @size bytes. The inode's lock is held. */
s32 layer_copy_up(struct node *n, u64 size);
/* layer_idle - the last close; the inode's lock is held. */
void layer_idle(struct node *n);
s32 layer_readlink(struct node *n);
void layer_evict(struct node *n);
/* layer_dir_open - the lower directory, to be listed. A handle. */
s32 layer_dir_open(struct node *dir);
s32 layer_statfs(struct superblock *sb, struct south_statfs *st);

/* struct dirstream - a host directory that is being read, in order; pos_lock of its file. */
struct dirstream {
	s32 handle;		/* or -1 */
	u32 have, at;		/* bytes in buf, and how many are used up */
	u64 index;		/* of the entry at @at */
	u64 cookie;		/* South's, behind what is in buf */
	char *buf;
};
/* stream_seek - to entry @index. stream_peek - the entry there, NULL and *@err (0: the end). */
s32 stream_seek(struct dirstream *s, u64 index);
const struct south_dirent *stream_peek(struct dirstream *s, s32 *err);
void stream_next(struct dirstream *s);
void stream_free(struct dirstream *s);

/* reg.c: what a bind's files share with these. */
s64 reg_write_check(struct file *f, u64 pos, u64 len);
s64 reg_move(s32 handle, struct uio *io, u64 *pos, u64 limit, bool write, u32 flags);
s64 reg_seek_to(struct file *f, s64 off, u32 whence, u64 size, s32 handle);
void reg_kill_priv(struct inode *i);
s32 reg_size_ok(u64 old, u64 size);

/* xattr.c */
void xattrs_free(struct node *n);

#endif
