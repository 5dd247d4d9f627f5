/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A box and its tasks.
 *
 * Ownership: the list of boxes holds one reference on a box from lb_box_create()
 * until it has ended; each lb_task holds one; a control call holds one while it
 * looks. The box ends when its last task is gone, or when it never got one and
 * its creator's socket closes. Ending frees North's memory and handles at once;
 * the struct goes with the last reference.
 */
#ifndef LB_BOX_H
#define LB_BOX_H

#include <linux/types.h>
#include <linux/refcount.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>
#include <linux/sched.h>
#include <linux/fs.h>
#include <linux/cred.h>
#include <linux/pid_namespace.h>
#include <linux/workqueue.h>
#include "../limits.h"

struct lb_memory;
struct lb_instance;
struct lb_south_ops;

enum lb_box_state {
	LB_BOX_NEW,	/* no task has entered */
	LB_BOX_ALIVE,
	LB_BOX_DYING,	/* killed; tasks are on their way out */
	LB_BOX_ENDED,	/* no task is left */
};

/* Why a box ended: uapi/linux/litebox.h's LITEBOX_END_*. */

/* struct lb_box_config - what lb_box_create() is told. Borrowed for the call. */
struct lb_box_config {
	char name[LB_NAME_MAX];		/* unique among living boxes; "" makes "box-ID" */
	u32 owner_portid;		/* netlink port of the creator, 0: none (detached) */
	u32 max_tasks;			/* 0: LB_BOX_TASKS */
	u64 max_memory;			/* of North, bytes; 0: LB_MEMORY_MAX */
	u64 memory_limit;		/* bytes that the box is told it has; 0: the host's */
	u32 cpus;			/* CPUs that the box is told it has; 0: the host's */
	/* who opens files of a shared root, and is the jail's user */
	kuid_t host_uid;
	kgid_t host_gid;
};

/* struct lb_waits - where the box's tasks sleep on words of its memory. */
#define LB_WAIT_BUCKETS 64
struct lb_waits {
	struct lb_wait_bucket {
		spinlock_t lock;	/* innermost; IRQ-safe: stream callbacks wake */
		struct list_head waiters;
	} bucket[LB_WAIT_BUCKETS];
};

struct lb_box {
	refcount_t refs;
	struct rcu_head rcu;		/* near the beginning: kfree_rcu() wants it there */
	u32 id;				/* unique while the module is loaded */
	char name[LB_NAME_MAX];
	struct list_head node;		/* on the list of boxes; lb_boxes_lock */
	u64 start;			/* ktime_get_boottime_ns() at creation */

	spinlock_t lock;		/* state, tasks, nr_tasks, end_* */
	enum lb_box_state state;
	struct list_head tasks;		/* struct lb_task */
	u32 nr_tasks, max_tasks;
	u64 total_tasks;		/* that ever were */
	struct lb_task *first;		/* the box's init, while it lives; lock */
	u32 end_reason;			/* LITEBOX_END_* */
	s32 end_status;			/* wait status of the first process */
	char end_why[128];		/* text for people: which trap, where */

	struct mutex enter_lock;	/* boot and enter are one at a time */
	bool booted;			/* enter_lock */
	struct lb_memory *memory;	/* until the end */
	const struct lb_south_ops *south;
	struct xarray handles;		/* struct lb_handle; see handle.h */
	atomic_t nr_handles;
	atomic_t nr_timers;		/* struct lb_timer, */
	atomic_t nr_repeating;		/* and those set with an interval */
	struct lb_waits waits;

	struct pid_namespace *pid_ns;	/* of its tasks, held; set by the first enter */
	const struct cred *host_cred;	/* opens what is shared with the host */
	const struct cred *root_cred;	/* opens inside an image folder of its own */

	char **config;			/* lines for south_config(); fixed once a task entered */
	u32 nr_config;

	u32 owner_portid;		/* lb_boxes_lock; 0: detached */
	u64 memory_limit;
	u32 cpus;
	s32 nice;			/* no task of it goes below: what its maker had */

	atomic64_t *calls;		/* [LB_NR_SYSCALLS] made */
	atomic64_t *unanswered;		/* [LB_NR_SYSCALLS] that gave ENOSYS */
	atomic64_t denials;
	struct work_struct end_work;	/* frees what may sleep when the last task has gone */
};

/* Guards the list of boxes, names, owners. Outermost of the module's locks. */
extern struct mutex lb_boxes_lock;
extern struct list_head lb_boxes;

/*
 * lb_box_create - a new box on the list, with one more reference for the caller.
 * ERR_PTR: -EEXIST (name), -ENOSPC, -ENOMEM.
 */
struct lb_box *lb_box_create(const struct lb_box_config *cfg);
/* lb_box_add_config - a line for North; @line is copied. Before the first enter only (-EBUSY). */
int lb_box_add_config(struct lb_box *box, const char *line);
/* Both find under lb_boxes_lock and return a reference, or NULL. */
struct lb_box *lb_box_find(u32 id);
struct lb_box *lb_box_find_name(const char *name);
void lb_box_put(struct lb_box *box);
/*
 * lb_box_kill - end the box: every task gets SIGKILL and leaves North at its next import.
 * @reason: LITEBOX_END_*; the first reason stays. @why: text, may be NULL.
 * Any context that may take spinlocks with IRQs on. A box without tasks ends at once.
 */
void lb_box_kill(struct lb_box *box, u32 reason, const char *why);
static inline bool lb_box_dying(const struct lb_box *box)
{
	return READ_ONCE(box->state) >= LB_BOX_DYING;
}
/*
 * lb_box_enter - the calling task becomes a boxed one; it is on its way to user mode.
 * Without any lock: North may sleep for as long as it likes.
 * @in, @out, @err: files for descriptors 0..2; references are taken; NULL: none.
 * Checks the jail (jail.c). Errno and *@why (text for extack) on refusal.
 */
int lb_box_enter(struct lb_box *box, struct file *in, struct file *out, struct file *err,
		 const char **why);
/* lb_box_leave - a task of the box is no more; the last one ends it. */
void lb_box_leave(struct lb_box *box);
/* lb_jail_check - does the caller stand in a jail? 0, or -EPERM with *@why. May sleep. */
int lb_jail_check(const char **why);

int lb_box_init(void);
void lb_box_exit(void);

/* control/event.c: multicast, called by box.c without locks. */
void lb_event_start(struct lb_box *box);
void lb_event_end(struct lb_box *box);

#endif
