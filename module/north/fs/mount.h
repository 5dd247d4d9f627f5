/* SPDX-License-Identifier: GPL-2.0 */
/* What is mounted where. Private to fs/. */
#ifndef NORTH_MOUNT_H
#define NORTH_MOUNT_H

#include "fs.h"

#define MNT_READONLY 1
#define MNT_NOSUID 2
#define MNT_NODEV 4
#define MNT_NOEXEC 8
#define MNT_NOATIME 0x10
#define MNT_NODIRATIME 0x20
#define MNT_RELATIME 0x40
#define MNT_NOSYMFOLLOW 0x80
/* What mount(2) sets; the rest is the table's own. */
#define MNT_SETTABLE 0xff
#define MNT_UNBINDABLE 0x100

/* struct mount - all of it is guarded by inodes_lock; mounts come and go under namespace_lock. */
struct mount {
	struct list node;	/* on mounts, while it is attached; then among the doomed */
	u32 refs;		/* one for being attached */
	u32 id;
	u32 flags;		/* MNT_* */
	/*
	 * Kept and shown, and so is what a copy inherits; but nothing that is mounted in one
	 * peer appears in the others. 0: none.
	 */
	u32 group, master;
	u32 writers;		/* files open for writing */
	bool expiring;		/* umount2(MNT_EXPIRE) asked for it, and it wasn't used since */
	bool doomed;		/* about to be detached with another one */
	struct superblock *sb;
	struct dentry *root;	/* a reference */
	struct mount *parent;	/* a reference; NULL: of the root or when detached */
	struct dentry *point;	/* a reference: where it is attached in @parent */
	struct mount *copy;	/* while a tree is copied, under namespace_lock */
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
/* mount_attached - is it on the list, that is to be found by a walk? */
static inline bool mount_attached(const struct mount *m)
{
	return m->parent || m == root_mount;
}

/* mount_new - counted once, not attached. Takes a reference of its own on @root. */
struct mount *mount_new(struct superblock *sb, struct dentry *root, const char *source, u32 flags);
/* With namespace_lock and names_lock held: */
s32 mount_may_attach(const struct mount *m, const struct path *at);
/* mount_attach - on @at, whose place it takes over the reference for being attached. */
void mount_attach(struct mount *m, const struct path *at);
/* mount_detach - off the tree, and its reference for being attached is put. */
void mount_detach(struct mount *m);
/* mount_lift - the same, but the reference is the caller's now. */
void mount_lift(struct mount *m);
/* mount_beneath - is @m @top or mounted somewhere beneath it? */
bool mount_beneath(const struct mount *m, const struct mount *top);
/* mount_become_root - in the place of root_mount, which is off the tree. */
void mount_become_root(struct mount *m);
/* mounts_room - may there be @n more? */
bool mounts_room(u32 n);
/* mounts_lock, mounts_unlock - namespace_lock and names_lock. */
void mounts_lock(void);
void mounts_unlock(void);
/* With them: path_topmost - what is on @at by now: somebody may have been faster. */
struct path path_topmost(const struct path *at);
/* mounts_settle - who follows a peer group that has no member left follows nobody. */
void mounts_settle(void);
/* path_reachable - does a way up from @p lead to @root? names_lock. */
bool path_reachable(struct path p, const struct path *root);
/* known_fs - a file system that a box has one of: its root, counted, or NULL. */
struct dentry *known_fs(const char *type, struct superblock **sb);

/* path_writable - may names and attributes change there? 0 or -EROFS. */
s32 path_writable(const struct path *p);

#endif
