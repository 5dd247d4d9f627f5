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
	struct name **buckets, *first[8]; /* the latter are enough for most */
	u32 size;		/* buckets: a power of two */
	u32 count;		/* entries, whiteouts too */
	u32 live;		/* entries that aren't whiteouts */
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
#define NODE_IDLE 8	/* on memfs->files: lower_data is kept open though nobody has it open */
#define NODE_PLACED 16	/* on memfs->places */
#define NODE_SHARED 32	/* in memfs->shared: the lower file has other names */
#define NODE_KEPT 64	/* memfs->shared has a reference on it: it was changed */

/*
 * struct node - @i is first. Guarded by memfs->lock but for what says otherwise.
 * A file's contents are @lower_data while NODE_LOWER is set, else @data: a reader
 * looks at the flag first, and @data is there before the flag goes.
 */
struct node {
	struct inode i;
	struct names *names;	/* S_IFDIR */
	struct xattr *xattrs;	/* i.lock */
	struct acl *acl[2];	/* ACL_*; i.lock and acl.c's */
	s32 data;		/* S_IFREG: the memory object, -1: none; set under i.lock */
	s32 lower_data;		/* S_IFREG: the lower file while it is open, or -1 */
	u32 opens;		/* open files */
	u32 flags;		/* NODE_* */
	/* Where the lower part is; never changes. */
	struct node *lower_dir;	/* a reference; NULL for the root */
	char *lower_name;
	u32 lower_len;
	u64 lower_blocks;
	s32 place;		/* the lower part's place while it is kept, or -1 */
	u32 place_users;	/* who mustn't have it closed */
	struct list place_node, idle_node;
	struct node *shared_next;
};

#define SHARED_BUCKETS 64u

#define MEMFS_INODES_MAX (1u << 20)
/* Lower directories and files kept open without being used. */
#define LAYER_PLACES_MAX 128
#define LAYER_FILES_MAX 48
/* Where numbers of inodes made in a layer begin, so as not to meet lower ones. */
#define LAYER_INO (1ull << 48)

struct memfs {
	struct superblock sb;
	struct mutex lock;	/* inside all inode locks, outside of inodes_lock */
	u32 inodes;		/* lock; the last one takes all of this with it */
	u32 inodes_max;
	bool trusted;
	s32 lower_root;		/* the root's place, if it has a lower part */
	u64 lower_dev;		/* of the lower root: other devices get other inode numbers */
	struct list places, files; /* lock; the least recently used first */
	u32 nplaces, nfiles;
	struct node **shared;	/* lock; lower files of several names, by inode number */
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

/* node_flags - may be asked without the lock. */
static inline u32 node_flags(const struct node *n)
{
	return READ_ONCE(n->flags);
}

/* is_node - is it one of these? */
static inline bool is_node(const struct inode *i)
{
	return i->ops == &memfs_dir_ops || i->ops == &memfs_file_ops || i->ops == &memfs_node_ops;
}

struct node *node_new(struct memfs *fs, u32 mode, s32 *err);
struct memfs *memfs_new(const char *type, u64 magic);
s32 memfs_statfs(struct superblock *sb, struct south_statfs *st);
/* inode_touch - an access, as relatime does it. */
void inode_touch(struct file *f);
/* node_resize - contents of @size bytes; the inode's lock is held. */
s32 node_resize(struct node *n, u64 size);
struct inode *memfs_tmpfile(struct inode *dir, u32 mode, s32 *err);

/* node_stat - what stat shows, if that takes no import; for use under names_lock. */
bool node_stat(struct inode *i, struct kstat *st);
/* node_handle - the contents, or -1 if there are none yet. */
static inline s32 node_handle(const struct node *n)
{
	return node_flags(n) & NODE_LOWER ? n->lower_data : READ_ONCE(n->data);
}

/* names.c; memfs->lock is held but for name_new and names_free. */
struct name *names_find(struct names *n, const char *text, u32 len, u32 hash);
/* names_add - takes @e, which name_new() made, with its inode's reference. */
void names_add(struct names *n, struct name *e);
void names_del(struct names *n, struct name *e);
/* name_set - another inode or none; returns the old one with its reference. */
struct inode *name_set(struct names *n, struct name *e, struct inode *i);
struct name *name_new(const char *text, u32 len);
struct names *names_new(void);
void names_free(struct names *n);

/* layer.c: the lower part. Called without memfs->lock. */
struct inode *layer_lookup(struct node *dir, const char *name, u32 len, s32 *err);
/* layer_pin - @n and the directories above it get names in memory, so that they stay. */
s32 layer_pin(struct node *n);
/* layer_empty - 0 if nothing of a lower directory shows, or -ENOTEMPTY, ... */
s32 layer_empty(struct node *dir);
/* layer_open, layer_close - count an open file; meanwhile the lower file is open, too. */
s32 layer_open(struct node *n);
void layer_close(struct node *n);
/* layer_copy_up - the first @size bytes into a memory object. The inode's lock is held. */
s32 layer_copy_up(struct node *n, u64 size);
void layer_evict(struct node *n);
/* layer_keep, layer_let_go - a changed lower file of several names; memfs->lock is held. */
void layer_keep(struct node *n);
struct inode *layer_let_go(struct node *n);
/* layer_dir_open - the lower directory, to be listed. A handle; -EACCES: it is to look empty. */
s32 layer_dir_open(struct node *dir);

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
s64 reg_map(struct file *f, s32 handle, u64 addr, u64 len, u32 prot, u32 flags, u64 off);
s32 reg_size_ok(u64 old, u64 size);

/* dots_emit - "." and ".." of any directory, from position *@pos on; false: the buffer is full. */
bool dots_emit(struct file *f, u64 *pos, dir_emit emit, void *arg);

/* tmpfs.c: the root of a new one by mount's options; NULL and *@err. */
struct inode *tmpfs_root(char *options, struct superblock **sb, s32 *err);

/* xattr.c */

void xattrs_free(struct node *n);

/* acl.c */

#define ACL_ACCESS 0
#define ACL_DEFAULT 1

/*
 * acl_permission - does @i, of any file system, have a list? Then *@err is 0 or -EACCES, for
 * somebody who isn't the owner.
 */
bool acl_permission(struct inode *i, u32 want, s32 *err);
/* acl_set - list ACL_* by the value of its attribute, or none. */
s32 acl_set(struct inode *i, u32 which, const char *value, u32 size);
/* acl_read - the value to user memory; its size. */
s64 acl_read(struct inode *i, u32 which, u64 uvalue, u64 size);
/* acl_chmod - the mode is about to be this one; the inode's lock is held. */
s32 acl_chmod(struct node *n, u32 mode);
/* acl_inherits - do new names in @dir get its default list instead of less the umask? */
bool acl_inherits(const struct inode *dir);
/* acl_inherit - what a new node, which nobody knows yet, gets of @dir, whose lock is held. */
s32 acl_inherit(struct node *n, const struct node *dir);
void acls_free(struct node *n);

#endif
