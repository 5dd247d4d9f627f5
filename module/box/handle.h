/* SPDX-License-Identifier: GPL-2.0 */
/* Handles: the names by which North holds host objects. Typed, counted, checked at each use. */
#ifndef LB_HANDLE_H
#define LB_HANDLE_H

#include <linux/path.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include "box.h"

enum lb_handle_kind {
	LB_HANDLE_OBJECT = 1,	/* file: unnamed shmem */
	LB_HANDLE_FILE = 2,	/* file: an opened host file or directory */
	LB_HANDLE_PLACE = 4,	/* path: a name beneath a granted directory */
	LB_HANDLE_STREAM = 8,	/* file: what lbctl handed in */
	LB_HANDLE_PROCESS = 16,	/* pid: of the box, alive or not */
	LB_HANDLE_TIMER = 32,	/* file: south/timer.c */
};

struct lb_handle {
	refcount_t refs;	/* one is the table's */
	enum lb_handle_kind kind;
	bool writable;		/* PLACE: beneath a writable bind; FILE, STREAM: may be written */
	bool readable;		/* STREAM: may be read */
	bool trusted;		/* PLACE: opened with box->root_cred rather than host_cred */
	struct file *file;	/* all but PLACE and PROCESS; owned */
	struct pid *pid;	/* PROCESS; owned */
	struct path path;	/* PLACE; owned */
	/* STREAM, PROCESS, TIMER: struct lb_poll, see south/poll.c; polls_lock */
	struct list_head polls;
	u32 nr_polls;		/* polls_lock */
	spinlock_t polls_lock;	/* outside of the stream's wait queues' locks */
	struct rcu_head rcu;
};

/*
 * lb_handle_new - not in a table yet, one reference. NULL: no memory. Charged to the
 * caller's memory cgroup.
 */
struct lb_handle *lb_handle_new(enum lb_handle_kind kind);
/*
 * lb_handle_add - into the table, which takes the reference (also on failure). The
 * number, -ENFILE, -ENOMEM. May sleep.
 */
int lb_handle_add(struct lb_box *box, struct lb_handle *h);
/* lb_handle_get - a reference if @id is open and of a kind in the mask @kinds, else NULL. */
struct lb_handle *lb_handle_get(struct lb_box *box, s32 id, u32 kinds);
/* The last reference lets go of the host object there and then. May sleep. */
void lb_handle_put(struct lb_handle *h);
DEFINE_FREE(lb_handle, struct lb_handle *, if (!IS_ERR_OR_NULL(_T)) lb_handle_put(_T))
int lb_handle_close(struct lb_box *box, s32 id);
/* At the end of a box, no task left. */
void lb_handles_destroy(struct lb_box *box);
/*
 * Grant a file, directory or stream from outside. The number or an errno; takes own
 * references. -EINVAL: a stream that is none (a directory, a block device, an
 * anonymous inode, a file that can't be read or written piece by piece).
 */
int lb_handle_add_place(struct lb_box *box, const struct path *path, bool writable, bool trusted);
/* @mode: FMODE_READ and FMODE_WRITE as far as the box may use them; @file may be open for more. */
int lb_handle_add_stream(struct lb_box *box, struct file *file, fmode_t mode);

#endif
