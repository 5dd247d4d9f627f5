/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The redirect: what turns a boxed task's system call into a North call.
 * probe.c decides in the sys_enter tracepoint, gate.c is where it may sleep,
 * filter.c judges native calls, clone.c and exec.c carry the two native calls
 * that need North on both sides.
 */
#ifndef LB_REDIRECT_H
#define LB_REDIRECT_H

#include "../box/task.h"

enum lb_way {
	LB_WAY_NONE, LB_WAY_INLINE, LB_WAY_GATE, LB_WAY_NATIVE, LB_WAY_REFUSE,
	LB_WAY_REWRITE,	/* into another call, which runs natively */
};

/* For control: name and way of call @nr, or NULL and LB_WAY_NONE. */
const char *lb_syscall_name(u32 nr);
u8 lb_syscall_way(u32 nr);

/* What the filter says of a native call. */
enum lb_verdict {
	LB_RUN = 0,	/* as it is */
	LB_TO_GATE = 1,	/* North answers it */
	LB_ASK = 2,	/* as it is, if North doesn't mind */
	/* < 0: refused with that errno */
};
/* lb_filter - judge call @nr of @t with @a. In the probe: no sleep, no user memory. */
int lb_filter(const struct lb_task *t, unsigned long nr, const unsigned long *a);
/* lb_filter_rewrite - the call that does what @nr does, with @a as it takes them; an errno. */
int lb_filter_rewrite(unsigned long nr, unsigned long *a);

/* gate.c */
extern const struct file_operations lb_gate_fops;
/* lb_gate_file - the file of @t, which owns @t from now on (not on failure). */
struct file *lb_gate_file(struct lb_task *t);
static inline struct lb_task *lb_gate_task(struct file *file)
{
	return file && file->f_op == &lb_gate_fops ? file->private_data : NULL;
}
/*
 * lb_restore_later - the registers are about to be rewritten: put t->call's back on the
 * way to user mode. Probe context. 0 or -ESRCH (exiting).
 */
int lb_restore_later(struct lb_task *t);
/* lb_call_tell - the call that was made again is here: what wasn't reported will be. Probe. */
void lb_call_tell(struct lb_task *t);
/*
 * lb_other_start - when the task began whom the call, a ptrace(), is to trace, or to be traced
 * by, or the process that a prlimit64() or a signal is for; another number for each program that
 * it executes. 0: it isn't of the box. Where the call is for several: current's. Doesn't sleep.
 */
u64 lb_other_start(const struct lb_task *t);
/* lb_put_back - now, if they are rewritten; current's. */
void lb_put_back(struct lb_task *t);

/* clone.c */
/* lb_clone_start - probe: if this is the call that was prepared, run it natively. */
bool lb_clone_start(struct lb_task *t, struct pt_regs *regs);
/* lb_clone_bind - fork tracepoint, in the parent: @child becomes boxed before it runs. */
void lb_clone_bind(struct lb_task *t, struct task_struct *child);
void lb_clone_failed(struct lb_task *t);	/* the native clone returned an error */
void lb_clone_drop(struct lb_task *t);		/* abort what was prepared; may sleep */
bool lb_clone_ready(const struct lb_task *t);

/* exec.c */
int lb_exec_init(void);
void lb_exec_exit(void);
struct file *lb_exec_stub(void);		/* a reference */
int lb_exec_start(struct lb_task *t, struct pt_regs *regs);	/* probe */

/* probe.c */
int lb_probe_init(void);
void lb_probe_exit(void);
/* lb_probe_arm - flag the calling task: its calls are ours from its next one on. */
void lb_probe_arm(void);
/*
 * lb_probe_park - @task, which is boxed and doesn't run or is current, needs no seccomp
 * as long as it is redirected.
 */
void lb_probe_park(struct task_struct *task);
/*
 * lb_probe_boxed - the box of @task, or NULL. No reference: compare only. Doesn't
 * sleep; takes task_lock.
 */
struct lb_box *lb_probe_boxed(struct task_struct *task);
/* lb_probe_filter - lb_task_filter() of thread @tid, if it is of the box. */
void lb_probe_filter(struct lb_box *box, s32 tid);

#endif
