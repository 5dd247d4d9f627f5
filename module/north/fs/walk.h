/* SPDX-License-Identifier: GPL-2.0 */
/* Walking a path. Private to fs/. */
#ifndef NORTH_WALK_H
#define NORTH_WALK_H

#include "dentry.h"
#include "mount.h"

#define RESOLVE_NO_XDEV 1
#define RESOLVE_NO_MAGICLINKS 2
#define RESOLVE_NO_SYMLINKS 4
#define RESOLVE_BENEATH 8
#define RESOLVE_IN_ROOT 16
#define RESOLVE_CACHED 32

#define LAST_NORM 0
#define LAST_ROOT 1
#define LAST_DOT 2
#define LAST_DOTDOT 3

/*
 * struct walk - a walk in progress.
 *
 * From walk_begin() to walk_end() names_lock is held and @cur and @root aren't
 * counted: a walk of cached names touches no count but the last. walk_leave()
 * counts them and lets go of the lock, for whatever may sleep; walk_enter() is
 * the way back.
 */
struct walk {
	struct path cur, root;
	char *buf;		/* @name's block, once a link was put before the rest */
	const char *name;	/* what is left */
	u32 lookup, resolve, links;
	bool boot;		/* no current: no permission is asked for */
	/* the component found by walk_parent() */
	const char *last;
	u32 len, hash;
	u8 type;		/* LAST_* */
	bool slash;		/* with a slash behind it */
	u32 dir_mode, dir_uid;	/* of the directory it is in; 0 for LAST_ROOT */
};

/*
 * What Debian sets of fs.protected_*: in a sticky directory that all may write,
 * links, files and FIFOs of others aren't followed or opened by an open that
 * could have created them; what one may not write isn't linked to.
 */
#define STICKY_ALL (S_ISVTX | 0002)


/* 0: the lock is held; an errno: it isn't, and there is nothing to end. */
s32 walk_begin(struct walk *w, s32 dirfd, const char *name, u32 lookup, u32 resolve);
void walk_begin_boot(struct walk *w, const char *name);
void walk_end(struct walk *w);
void walk_leave(struct walk *w);
void walk_enter(struct walk *w);

/* walk_parent - to the directory of the last component. */
s32 walk_parent(struct walk *w);
/* walk_step - over that component. 1: it was a link that is to be followed: walk_parent() again. */
s32 walk_step(struct walk *w, bool follow);
/* walk_into - the same to its dentry, which was just looked up. */
s32 walk_into(struct walk *w, struct dentry *d, bool follow);
/* walk_last - all the way. */
s32 walk_last(struct walk *w);
/* may_lookup - search permission on w->cur. */
s32 may_lookup(struct walk *w);

/* struct username - a path from user memory, short ones without an allocation. */
struct username {
	char *name;
	char small[256];
};
s32 username_get(struct username *u, u64 uaddr, u32 lookup);
static inline void username_put(struct username *u)
{
	if (u->name != u->small)
		release(u->name);
}

/* user_lookup - path_lookup() of a path in user memory. */
s32 user_lookup(s32 dirfd, u64 uaddr, u32 lookup, struct path *out);

#endif
