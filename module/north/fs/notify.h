/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Watches on inodes: who is told of what happens to a file. After Linux's fsnotify, of
 * which inotify and dnotify are the users here.
 */
#ifndef NORTH_NOTIFY_H
#define NORTH_NOTIFY_H

#include "dentry.h"

/* Those of open files are in fd/file.h. */
#define IN_ATTRIB 0x4
#define IN_MOVED_FROM 0x40
#define IN_MOVED_TO 0x80
#define IN_CREATE 0x100
#define IN_DELETE 0x200
#define IN_DELETE_SELF 0x400
#define IN_MOVE_SELF 0x800
#define IN_ALL_EVENTS 0xfff
#define IN_UNMOUNT 0x2000
#define IN_Q_OVERFLOW 0x4000
#define IN_IGNORED 0x8000
#define NOTIFY_RENAME 0x10000		/* within the directory: dnotify's alone */
#define IN_ONLYDIR 0x1000000
#define IN_DONT_FOLLOW 0x2000000
#define IN_EXCL_UNLINK 0x4000000
#define IN_MASK_CREATE 0x10000000
#define IN_MASK_ADD 0x20000000
#define IN_ISDIR 0x40000000
#define IN_ONESHOT 0x80000000u

/*
 * struct watch - what one inotify instance, or one file by F_NOTIFY, wants to know of one
 * inode. Guarded by inodes_lock, as all of this but the queues of events.
 *
 * It holds no reference: a watched dentry isn't let go of while it has its name
 * (DENTRY_WATCHED), and when it or the inode goes, so does the watch.
 */
struct watch {
	struct watch *next;		/* of inode->watches */
	struct watch *next_wd;		/* of the instance's bucket */
	struct inotify *instance;	/* NULL: its file's owner is told by a signal */
	struct file *file;
	const struct fdtable *table;	/* whose closing of the file ends it */
	struct inode *inode;
	struct dentry *dentry;		/* it was made by; NULL: that is gone */
	s32 wd;				/* or the file's descriptor */
	u32 mask;			/* events, IN_UNMOUNT among them */
	u32 flags;			/* IN_EXCL_UNLINK, IN_ONESHOT */
};

/*
 * watch_add - puts @w, which is filled in, on its inode.
 * watch_drop - the last event, and it is freed.
 */
void watch_add(struct watch *w);
void watch_drop(struct watch *w);

/* dnotify.c: a watch has gone. */
void dnotify_forget(void);

/* inotify.c: the watch goes from its instance; an event for its queue. */
void inotify_forget(struct watch *w);
/* inotify_first_of - any watch on a file of @sb, or NULL. inodes_lock. */
struct watch *inotify_first_of(const struct superblock *sb);
void inotify_queue(const struct watch *w, u32 mask, u32 cookie, const char *name, u32 len);

/* With inodes_lock held: what is watched goes away. */
void notify_dentry_gone(struct dentry *d);
void notify_inode_gone(struct inode *i);
void notify_unmounted(struct superblock *sb);

void notify_dentry_(struct dentry *d, u32 mask);
void notify_inode_(struct inode *i, u32 mask);
void notify_name_(struct inode *dir, const char *name, u32 len, struct inode *i, u32 mask);

static inline bool notify_any(void)
{
	return unlikely(READ_ONCE(notify_watches));
}

/* notify_dentry - of a name and what it names: its directory hears of it, too. */
static inline void notify_dentry(struct dentry *d, u32 mask)
{
	if (notify_any() && mask)
		notify_dentry_(d, mask);
}

/* notify_inode - of the inode alone. */
static inline void notify_inode(struct inode *i, u32 mask)
{
	if (notify_any())
		notify_inode_(i, mask);
}

/* notify_name - of a name in a directory, which comes or goes: IN_CREATE, IN_DELETE. */
static inline void notify_name(struct inode *dir, const char *name, u32 len, struct inode *i,
			       u32 mask)
{
	if (notify_any())
		notify_name_(dir, name, len, i, mask);
}

/* notify_change - of the attributes that a setattr with ATTR_* of @valid changed. */
void notify_change(struct dentry *d, u32 valid);

/* struct moved - one end of a rename. */
struct moved {
	struct inode *dir;
	const char *name;
	u32 len;
};
/* notify_move - @i moved from one to the other; @victim, if not NULL, was there before. */
void notify_move(const struct moved *from, const struct moved *to, struct inode *i,
		 struct inode *victim);

#endif
