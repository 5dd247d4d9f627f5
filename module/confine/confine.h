/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Confinement: linear memory, instances, traps. North's code can only reach the
 * memory view of the instance it runs on, and the imports in south/.
 */
#ifndef LB_CONFINE_H
#define LB_CONFINE_H

#include <linux/types.h>
#include <linux/nospec.h>
#include <linux/sched/signal.h>
#include "../box/task.h"

/* Why North was stopped. */
enum lb_trap {
	LB_TRAP_NONE,
	LB_TRAP_RANGE,		/* an import or bulk copy outside of linear memory */
	LB_TRAP_UNREACHABLE,	/* BUG(), a failed check of North's own */
	LB_TRAP_CALL,		/* wrong indirect call */
	LB_TRAP_DIVIDE,
	LB_TRAP_STACK,		/* out of kernel stack: endless recursion */
	LB_TRAP_FUEL,		/* endless loop */
	LB_TRAP_LOCK,		/* misuse of a lock */
	LB_TRAP_HELD,		/* a lock that no one lets go */
	LB_TRAP_KILLED,		/* the box is being killed: not a bug */
	LB_NR_TRAPS
};
extern const char *const lb_trap_names[LB_NR_TRAPS];

/*
 * lb_trap - unwind to the gate. Only from within a call of North, in the task's own
 * context, holding nothing.
 */
void __noreturn lb_trap(struct lb_task *t, enum lb_trap trap);

/*
 * lb_view_refresh - let a task see all of its box's memory. Whatever another task may
 * have put there must be seen only after it: so the lock import calls it once it has
 * the lock. Any context.
 */
static inline void lb_view_refresh(struct lb_task *t)
{
	/* Pairs with the release in lb_memory_extend(). */
	u32 nr = smp_load_acquire(&t->views->nr);

	if (unlikely(nr != t->view_nr)) {
		t->view = t->views->view[nr - 1];
		t->view_nr = nr;
	}
}

/* lb_view_miss - the range isn't in the view: once more in a fresh one. */
void lb_view_miss(struct lb_task *t, u32 addr, u32 len);

/*
 * lb_mem - kernel address of @len bytes at @addr of linear memory; traps if they
 * aren't inside. Valid until the box ends; other tasks may change the bytes at
 * any time: read a structure once, into a copy.
 */
static __always_inline void *lb_mem(struct lb_task *t, u32 addr, u32 len)
{
	if (unlikely((u64)addr + len > t->view.mask + 1))
		lb_view_miss(t, addr, len);
	return t->view.data + array_index_nospec((u64)addr, t->view.mask + 1);
}

/* lb_doomed - was the caller killed, or is it exiting, when nobody can kill it any more? */
static inline bool lb_doomed(void)
{
	return fatal_signal_pending(current) || current->flags & PF_EXITING;
}

/* lb_import_doomed - a killed or exiting task is given some CPU time to get out, no more. */
void lb_import_doomed(struct lb_task *t);

/* lb_import - first thing in an import: unwinds if the box is dying; honest work refuels. */
static inline void lb_import(struct lb_task *t)
{
	if (unlikely(lb_box_dying(t->box)))
		lb_trap(t, LB_TRAP_KILLED);
	if (unlikely(lb_doomed()))
		lb_import_doomed(t);
	else
		t->slices = 0;
}

/* lb_memory_grow - for south_grow(): address of @*bytes more bytes, 0 if refused. */
u32 lb_memory_grow(struct lb_task *t, u32 *bytes);

struct lb_memory *lb_memory_new(u64 max);
void lb_memory_free(struct lb_memory *m);
u64 lb_memory_size(const struct lb_memory *m);
const struct lb_views *lb_memory_views(const struct lb_memory *m);

/*
 * lb_instance_new - for a task of @box; @north may be 0 (the boot stack is used). NULL:
 * no memory.
 */
struct lb_instance *lb_instance_new(struct lb_task *t);
void lb_instance_free(struct lb_instance *inst);
/* lb_instance_set_ids - store ids in the first words of @t's North task. Doesn't sleep. */
void lb_instance_set_ids(struct lb_task *t, s32 tid, s32 pid);

/* The entries of North. On a trap the box is killed and -EKEYREVOKED comes back. */
s64 lb_north_boot(struct lb_task *t);
s64 lb_north_enter(struct lb_task *t, s32 tid, s32 pid, s32 in, s32 out, s32 err);
s64 lb_north_syscall(struct lb_task *t, u32 nr, const unsigned long *arg);
s64 lb_north_exec(struct lb_task *t, s32 dirfd, u64 path, u32 flags);
s64 lb_north_exec_finish(struct lb_task *t);
void lb_north_clone_abort(struct lb_task *t, u32 child);
void lb_north_exit(struct lb_task *t, bool last);

int lb_confine_init(void);
void lb_confine_exit(void);

#endif
