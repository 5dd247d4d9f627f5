/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A boxed task as the module sees it. It hangs on the task's own gate file:
 * current -> files -> descriptor LB_GATE_FD -> private_data. Owned by that file;
 * freed by its ->release, after ->flush told North that the task is exiting.
 */
#ifndef LB_TASK_H
#define LB_TASK_H

#include <linux/binfmts.h>
#include <asm/unistd.h>
#include "box.h"
#include "../confine/wasm-rt.h"

#define LB_GATE_FD 3
#define LB_STUB_FD 4

struct lb_clone;

/*
 * Calls that are answered in the probe with a fact about the task: its entry in
 * lb_task.fact, by number; negative: there is none, North is asked.
 */
#define LB_NR_FACTS 256
enum lb_fact {
	LB_FACT_PID = __NR_getpid,
	LB_FACT_TID = __NR_gettid,
	LB_FACT_UID = __NR_getuid,
	LB_FACT_GID = __NR_getgid,
	LB_FACT_EUID = __NR_geteuid,
	LB_FACT_EGID = __NR_getegid,
};

/* A system call as the task made it. */
struct lb_call {
	unsigned long nr, arg[6], ip, sp;
};

struct lb_task {
	struct task_struct *task;	/* not counted: lives as long as the gate file is its own */
	struct lb_box *box;		/* a reference */
	atomic64_t *calls;		/* the box's; for the probe */
	struct lb_instance *inst;	/* own */
	struct list_head node;		/* on box->tasks; box->lock */
	/* While North runs; see confine.h. */
	wasm_rt_memory_t view;		/* of the box's memory */
	const struct lb_views *views;
	u32 view_nr;			/* how many there were when @view was taken */
	u32 slices;			/* of fuel, spent since the last import */
	/* CPU time and jiffies at which a killed task must be out for good, once it is one */
	u64 doomed;
	unsigned long doomed_until;
	u32 north;			/* its North task, an address in linear memory */
	s32 fact[LB_NR_FACTS];
	struct lb_call call;		/* while the gate or a native call stands in its place */
	struct lb_call pass;		/* what may run natively once, as North has said */
	bool passes;			/* @pass holds */
	u32 pass_pid;			/* whom a waitid() that passes is to wait for */
	u64 pass_start;			/* lb_other_start() of a call that passes */
	bool filtered;			/* every call of it comes to North; for good */
	bool rewritten;			/* the registers aren't @call's */
	unsigned long untold;		/* SYSCALL_WORK_*: a tracer is told of the next call */
	struct lb_clone *clone;		/* a prepared native clone, or NULL */
	struct linux_binprm *bprm;	/* within north_exec only */
	bool finishing;			/* within north_exec_finish */
	bool execs;			/* an execve was rewritten */
	/* What the probe sent the call to the gate for, if it did. */
	enum lb_gated {
		LB_GATED_NOT,
		LB_GATED_CALL,		/* North answers it */
		LB_GATED_ASK,		/* North says whether it may run natively */
		LB_GATED_ANSWER,	/* @answer is known: a tracer is shown call and answer */
	} gated;
	long answer;
	bool gone;			/* ->flush has run */
	struct callback_head restore_work; /* puts arguments back after a native call */
	bool restore_queued;
	struct rcu_head rcu;
};

/*
 * lb_task_current - the boxed task that calls, or NULL. Any context of that task; no
 * locks, doesn't sleep.
 */
struct lb_task *lb_task_current(void);
/*
 * lb_task_find - the task of @tid in the box's pid namespace; under rcu_read_lock();
 * NULL if it isn't one of this box.
 */
struct task_struct *lb_task_find(struct lb_box *box, s32 tid);
/* lb_process_boxed - are all threads of @task's process, but those that exit, @box's? Under RCU. */
bool lb_process_boxed(struct lb_box *box, struct task_struct *task);

/*
 * lb_task_new - a task of @box that isn't bound to a host task yet; takes a place
 * among the box's tasks. ERR_PTR: -EAGAIN (limit), -EKEYREVOKED (dying), -ENOMEM.
 */
struct lb_task *lb_task_new(struct lb_box *box);
/* lb_task_bind - @t is @task from now on. Doesn't sleep. */
void lb_task_bind(struct lb_task *t, struct task_struct *task);
/* lb_task_exit - current, which is @t, is exiting: North lets go of what it held. */
void lb_task_exit(struct lb_task *t);
/* lb_task_free - the last of @t; may end its box. */
void lb_task_free(struct lb_task *t);
/* lb_task_filter - all calls of @t, which may be another's, go to North from now on. */
void lb_task_filter(struct lb_task *t);
/* lb_task_set_ids - read tid and pid of @t->task anew, for North too. */
void lb_task_set_ids(struct lb_task *t);

#endif
