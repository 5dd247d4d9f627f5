/* SPDX-License-Identifier: GPL-2.0 */
/* What is mounted where. Private to fs/. */
#ifndef NORTH_MOUNT_H
#define NORTH_MOUNT_H

#include "fs.h"

#define MNT_READONLY 1
#define MNT_NOSUID 2
#define MNT_NODEV 4
#define MNT_NOEXEC 8

/* struct mount - all of it is guarded by inodes_lock; mounts come and go under namespace_lock. */
struct mount {
	struct list node;	/* on mounts, while it is attached; then among the doomed */
	u32 refs;		/* one for being attached */
	u32 id;
	u32 flags;		/* MNT_* */
	struct superblock *sb;
	struct dentry *root;	/* a reference */
	struct mount *parent;	/* a reference; NULL: of the root or when detached */
	struct dentry *point;	/* a reference: where it is attached in @parent */
	char *source;
};

extern struct list mounts;
extern struct mount *root_mount;
/* Outside of all directory locks: renames across directories, mounts. */
extern struct mutex namespace_lock;
/* What nameless files are on. */
extern struct mount *anon_mount;

/* With names_lock held: the mount on @d of @m, or NULL. */
struct mount *mount_on(struct mount *m, struct dentry *d);
/* mount_put_locked - the last one goes with the lock: until then a walk may stand on it. */
void mount_put_locked(struct mount *m);
/* mounts_reap - names_unlock() frees those. */
void mounts_reap(void);
/* mount_cross - from a mounted-on dentry to the root of what is mounted. */
void mount_cross(struct path *p);

/* path_writable - may names and attributes change there? 0 or -EROFS. */
s32 path_writable(const struct path *p);

#endif
