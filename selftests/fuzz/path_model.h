/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A tree of names as Linux has it, with nothing in it but what path names are about:
 * kinds, links, modes, owners. Written for the fuzz target, from what the calls'
 * manual pages and Linux's order of checks say; it knows nothing of North.
 */
#ifndef PATH_MODEL_H
#define PATH_MODEL_H

#include "fuzz.h"

enum node_kind { NODE_DIR, NODE_FILE, NODE_LINK };

struct node {
	struct node *all;	/* every node ever made */
	enum node_kind kind;
	u32 mode, uid, nlink;
	u64 ino;		/* what the box calls it; 0: not seen yet */
	char target[256];	/* of a link */
	struct entry *entries;	/* of a directory */
	struct node *parent;
	int dead;		/* a removed directory */
};

struct entry {
	struct entry *next;
	char name[256];
	struct node *node;
};

/* Whose turn it is, and where he is. */
struct model {
	struct node *root, *cwd, *all;
	u32 uid;
};

/* What a path leads to. */
#define WALK_FOLLOW    1	/* a link as the last component */
#define WALK_NO_LINKS  2	/* RESOLVE_NO_SYMLINKS */
#define WALK_BENEATH   4
#define WALK_IN_ROOT   8
s64 model_walk(struct model *m, struct node *from, const char *path, u32 flags, struct node **out);

void model_init(struct model *m);
void model_free(struct model *m);
s64 model_make(struct model *m, struct node *from, const char *path, enum node_kind kind, u32 mode,
	       const char *target, struct node **made);
s64 model_link(struct model *m, const char *old, const char *new);
s64 model_unlink(struct model *m, const char *path);
s64 model_rmdir(struct model *m, const char *path);
s64 model_rename(struct model *m, const char *old, const char *new);
/* open(2): @made is what was created, @out what is open. */
s64 model_open(struct model *m, struct node *from, const char *path, u32 flags, u32 mode,
	       struct node **out);
/* May whose turn it is do this (4 read, 2 write, 1 execute)? */
int model_may(const struct model *m, const struct node *n, u32 what);
struct entry *model_entry(const struct node *dir, const char *name);

#endif
