// SPDX-License-Identifier: GPL-2.0
/*
 * The sys_enter probe and the flags that lead to it.
 *
 * A task takes the tracepoint path only with SYSCALL_WORK_SYSCALL_TRACEPOINT.
 * Registering the first probe flags every task of the host; so that the host pays
 * nothing, all but boxed tasks are unflagged again. When somebody else traces
 * system calls (perf trace, bpftrace, ftrace) everyone is flagged until they
 * leave. The kernel has no notice of a further probe, so a timer looks.
 */
#include <linux/tracepoint.h>
#include <linux/workqueue.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/fdtable.h>
#include <linux/moduleparam.h>
#include <linux/nospec.h>
#include <linux/ptrace.h>
#include <uapi/linux/wait.h>
#include "redirect.h"
#include "../compat.h"
#include "arch/x86.h"
#include "../south/south_types.h"
#include "../north/syscalls.ways.h"

#define LB_TRACER_POLL (HZ / 20)

static struct tracepoint *lb_tp_enter, *lb_tp_exit, *lb_tp_fork;
static bool lb_all_flagged;	/* somebody else traces; lb_flags_lock */
static DEFINE_MUTEX(lb_flags_lock);
static void lb_tracer_poll(struct work_struct *work);
static DECLARE_DELAYED_WORK(lb_tracer_work, lb_tracer_poll);

#ifdef LB_TEST
static bool redirect_off;
module_param(redirect_off, bool, 0600);
MODULE_PARM_DESC(redirect_off, "test builds only: let boxed tasks' calls go to the host, to test the jail");
#else
#define redirect_off false
#endif

const char *lb_syscall_name(u32 nr)
{
	return nr < LB_NR_SYSCALLS ? lb_syscalls[nr].name : NULL;
}

u8 lb_syscall_way(u32 nr)
{
	u8 way = nr < LB_NR_SYSCALLS ? lb_syscalls[nr].way : LB_WAY_NONE;

	return way == LB_WAY_REWRITE ? LB_WAY_NATIVE : way;
}

/*
 * The gate file of the calling task, which has it alone: the pointer is good as
 * long as the caller doesn't sleep. A task outside of boxes may share its table
 * with threads that change it, so it is looked at where RCU waits.
 */
static __always_inline struct lb_task *lb_task_peek(const struct files_struct *files)
{
	return lb_gate_task(rcu_dereference_raw(rcu_dereference_raw(files->fdt)->fd[LB_GATE_FD]));
}

/*
 * A gate file of another task makes nobody boxed: somebody on the host may have
 * been handed one. But a child that the fork probe didn't see must not get through.
 * Where RCU waits, as the caller may share its table with others.
 */
static noinline struct lb_task *lb_task_stranger(struct lb_task *t)
{
	if (t->box->pid_ns && task_active_pid_ns(current) == t->box->pid_ns)
		send_sig(SIGKILL, current, 1);
	return NULL;
}

struct lb_task *lb_task_current(void)
{
	struct lb_task *t = NULL;

	if (current->files) {
		rcu_read_lock();
		t = lb_task_peek(current->files);
		if (t && unlikely(READ_ONCE(t->task) != current))
			t = lb_task_stranger(t);
		rcu_read_unlock();
	}
	return t;
}

/*
 * The jail's seccomp filter is there for the day that the redirect isn't. As long as
 * every call comes here first it has nothing to say, and costs a third of a
 * native getpid; so its flag rests, and is set again as soon as the probe steps
 * aside. The filter itself stays where it is.
 */
void lb_probe_park(struct task_struct *task)
{
	clear_task_syscall_work(task, SECCOMP);
}

static void lb_probe_unpark(void)
{
	set_task_syscall_work(current, SECCOMP);
}

static long lb_inline(const struct lb_task *t, unsigned long nr)
{
	switch (nr) {
	case __NR_getpgrp:
		return __task_pid_nr_ns(current, PIDTYPE_PGID, NULL);
	case __NR_getppid: {
		long ppid;

		rcu_read_lock();
		ppid = __task_pid_nr_ns(rcu_dereference(current->real_parent), PIDTYPE_TGID,
					t->box->pid_ns);
		rcu_read_unlock();
		return ppid;
	}
	default:
		return nr < LB_NR_FACTS ? t->fact[nr] : -ENOSYS;
	}
}

static void lb_to_gate(struct lb_task *t, struct pt_regs *regs, enum lb_gated why)
{
	t->gated = why;
	regs->orig_ax = __NR_lseek;
	regs->di = LB_GATE_FD;
	regs->dx = SEEK_SET;
}

/* An answered call has no number any more, but a tracer is to see it: the gate answers then. */
static void lb_answer(struct lb_task *t, struct pt_regs *regs, long value)
{
	if (likely(!current->ptrace))
		return lb_arch_answer(regs, value);
	t->answer = value;
	lb_to_gate(t, regs, LB_GATED_ANSWER);
}

static void lb_exec(struct lb_task *t, struct pt_regs *regs)
{
	int err = lb_exec_start(t, regs);

	if (err)
		lb_answer(t, regs, err);
}

/* Of a process by descriptor, which is North's, as of one by id. */
static void lb_wait_pid(struct lb_task *t, struct pt_regs *regs)
{
	unsigned long arg[6];
	int err = lb_restore_later(t);

	if (err)
		return lb_answer(t, regs, err);
	memcpy(arg, t->call.arg, sizeof(arg));
	arg[0] = P_PID;
	arg[1] = t->pass_pid;
	lb_arch_set(regs, __NR_waitid, arg);
}

static void lb_native(struct lb_task *t, struct pt_regs *regs, bool passed)
{
	int verdict = lb_filter(t, t->call.nr, t->call.arg);

	/* The task may make its call again as late as it likes; the id is somebody else's then. */
	if (verdict == LB_ASK && passed && t->call.nr == __NR_waitid)
		return lb_wait_pid(t, regs);
	if (verdict == LB_ASK && passed)
		passed = lb_other_start(t) == t->pass_start;
	if (verdict == LB_RUN || (passed && verdict == LB_ASK)) {
		/* Whatever it asks for, lb_restore() looks at what came of that. */
		if (t->call.nr == __NR_ptrace && t->call.arg[3] & PTRACE_O_TRACEEXIT &&
		    lb_restore_later(t))
			lb_answer(t, regs, -ESRCH);
		return;
	}
	if (verdict == LB_TO_GATE)
		return lb_to_gate(t, regs, LB_GATED_CALL);
	if (verdict == LB_ASK)
		return lb_to_gate(t, regs, LB_GATED_ASK);
	atomic64_inc(&t->box->denials);
	lb_answer(t, regs, verdict);
}

static void lb_rewrite(struct lb_task *t, struct pt_regs *regs)
{
	unsigned long arg[6];
	int nr, verdict;

	memcpy(arg, t->call.arg, sizeof(arg));
	nr = lb_filter_rewrite(t->call.nr, arg);
	verdict = nr < 0 ? nr : lb_filter(t, nr, arg);
	if (verdict == LB_TO_GATE)
		return lb_to_gate(t, regs, LB_GATED_CALL);
	if (verdict == LB_RUN)
		verdict = lb_restore_later(t);
	if (verdict)
		return lb_answer(t, regs, verdict);
	lb_arch_set(regs, nr, arg);
}

/* All but the answers that are facts. */
static noinline void lb_redirect(struct lb_task *t, struct pt_regs *regs)
{
	unsigned long nr;
	bool passed;

	if (unlikely(redirect_off)) {
		lb_probe_unpark();
		return;
	}
	if (unlikely(lb_arch_foreign(regs))) {
		/* No call is run, for which a tracer has left its own result. */
		if (current->ptrace && lb_arch_skipped(regs))
			return;
		atomic64_inc(&t->box->denials);
		return lb_arch_answer(regs, -ENOSYS);
	}
	lb_arch_get(regs, &t->call.nr, t->call.arg, &t->call.ip, &t->call.sp);
	nr = t->call.nr;
	passed = unlikely(t->passes) && !memcmp(&t->pass, &t->call, sizeof(t->call));
	t->passes = false;
	if (unlikely(t->untold))
		lb_call_tell(t);
	if (unlikely(nr >= LB_NR_SYSCALLS)) {
		atomic64_inc(&t->box->denials);
		if (t->filtered && nr < SOUTH_ASK)
			return lb_to_gate(t, regs, LB_GATED_CALL);
		return lb_answer(t, regs, -ENOSYS);
	}
	nr = array_index_nospec(nr, LB_NR_SYSCALLS);
	atomic64_inc(&t->box->calls[nr]);
	if (unlikely(READ_ONCE(t->filtered)) && !passed) {
		bool native = lb_syscall_way(nr) == LB_WAY_NATIVE || nr == __NR_execve;

		if (t->clone && lb_clone_start(t, regs))
			return;
		return lb_to_gate(t, regs, native ? LB_GATED_ASK : LB_GATED_CALL);
	}
	switch (lb_syscalls[nr].way) {
	case LB_WAY_INLINE: {
		long value = lb_inline(t, nr);

		if (likely(value >= 0))
			return lb_answer(t, regs, value);
		return lb_to_gate(t, regs, LB_GATED_CALL);
	}
	case LB_WAY_GATE:
	case LB_WAY_NATIVE:
		if (unlikely(nr == __NR_execve || nr == __NR_execveat))
			return lb_exec(t, regs);
		if (unlikely(t->clone) && lb_clone_start(t, regs))
			return;
		if (lb_syscalls[nr].way == LB_WAY_NATIVE)
			return lb_native(t, regs, passed);
		return lb_to_gate(t, regs, LB_GATED_CALL);
	case LB_WAY_REFUSE:
		atomic64_inc(&t->box->denials);
		return lb_answer(t, regs, -lb_syscalls[nr].error);
	case LB_WAY_REWRITE:
		if (unlikely(t->clone) && lb_clone_start(t, regs))
			return;
		return lb_rewrite(t, regs);
	default:
		atomic64_inc(&t->box->unanswered[nr]);
		return lb_answer(t, regs, -ENOSYS);
	}
}

/*
 * Small, so that it saves no registers: an inline call is to cost no more than a
 * native one. Facts are by call number, so one load answers.
 */
static void lb_probe_enter(void *data, struct pt_regs *regs, long id)
{
	unsigned long nr = regs->orig_ax;
	struct lb_task *t;
	u32 value;

	lb_probe_begin();
	t = lb_task_peek(current->files);
	if (t && unlikely(READ_ONCE(t->task) != current))
		t = lb_task_stranger(t);
	lb_probe_end();
	if (!t)
		return;
	if (nr < LB_NR_FACTS) {
		/* The mask holds under speculation, too. */
		value = t->fact[nr & (LB_NR_FACTS - 1)];
		if ((s32)value >= 0 && !in_ia32_syscall() && !current->ptrace && !redirect_off) {
			atomic64_inc(&t->calls[nr]);
			regs->ax = value;
			regs->orig_ax = -1;
			return;
		}
	}
	lb_redirect(t, regs);
}

static void lb_probe_fork(void *data, struct task_struct *parent, struct task_struct *child)
{
	struct lb_task *t = parent == current ? lb_task_current() : NULL;

	if (t)
		lb_clone_bind(t, child);
}

/* Does @tp have a probe that isn't ours? */
static bool lb_traced_by_others(struct tracepoint *tp)
{
	struct tracepoint_func *f;
	bool others = false;

	rcu_read_lock_sched();
	f = rcu_dereference_sched(tp->funcs);
	for (; f && f->func; f++)
		others |= f->func != (void *)lb_probe_enter;
	rcu_read_unlock_sched();
	return others;
}

/* Under rcu_read_lock(), which it is good for. */
static struct lb_task *lb_probe_task(struct task_struct *p)
{
	struct lb_task *t = NULL;
	struct fdtable *fdt;

	task_lock(p);
	if (p->files) {
		fdt = rcu_dereference_raw(p->files->fdt);
		t = lb_gate_task(rcu_dereference_raw(fdt->fd[LB_GATE_FD]));
	}
	task_unlock(p);
	return t;
}

struct lb_box *lb_probe_boxed(struct task_struct *p)
{
	struct lb_task *t;

	guard(rcu)();
	t = lb_probe_task(p);
	return t ? t->box : NULL;
}

void lb_probe_filter(struct lb_box *box, s32 tid)
{
	struct task_struct *task;
	struct lb_task *t;

	guard(rcu)();
	task = lb_task_find(box, tid);
	t = task ? lb_probe_task(task) : NULL;
	if (t && t->box == box)
		lb_task_filter(t);
	/* What it clones from here on is filtered: whom North doesn't find yet. */
	smp_mb();
}

/* Flag everybody, or boxed tasks only. Twice, for children forked from a task not reached yet. */
static void lb_flag_all(bool on)
{
	struct task_struct *p, *thread;
	int round;

	for (round = 0; round < 2; round++) {
		rcu_read_lock();
		for_each_process_thread(p, thread) {
			if (on || lb_probe_boxed(thread))
				set_task_syscall_work(thread, SYSCALL_TRACEPOINT);
			else
				clear_task_syscall_work(thread, SYSCALL_TRACEPOINT);
		}
		rcu_read_unlock();
	}
}

static void lb_tracer_poll(struct work_struct *work)
{
	bool others = lb_traced_by_others(lb_tp_enter) || lb_traced_by_others(lb_tp_exit);

	mutex_lock(&lb_flags_lock);
	if (others != lb_all_flagged) {
		lb_flag_all(others);
		lb_all_flagged = others;
	}
	mutex_unlock(&lb_flags_lock);
	queue_delayed_work(system_freezable_power_efficient_wq, &lb_tracer_work, LB_TRACER_POLL);
}

/* Under the lock: who unflags the others has seen the gate, or comes before the flag is set. */
void lb_probe_arm(void)
{
	mutex_lock(&lb_flags_lock);
	set_task_syscall_work(current, SYSCALL_TRACEPOINT);
	lb_probe_park(current);
	mutex_unlock(&lb_flags_lock);
}

static void lb_find_tracepoint(struct tracepoint *tp, void *data)
{
	if (!strcmp(tp->name, "sys_enter"))
		lb_tp_enter = tp;
	else if (!strcmp(tp->name, "sys_exit"))
		lb_tp_exit = tp;
	else if (!strcmp(tp->name, "sched_process_fork"))
		lb_tp_fork = tp;
}

int lb_probe_init(void)
{
	int err;

	for_each_kernel_tracepoint(lb_find_tracepoint, NULL);
	if (!lb_tp_enter || !lb_tp_exit || !lb_tp_fork) {
		pr_err("this kernel has no system call tracepoints (CONFIG_FTRACE_SYSCALLS): not supported\n");
		return -EOPNOTSUPP;
	}
	err = tracepoint_probe_register(lb_tp_fork, lb_probe_fork, NULL);
	if (err)
		return err;
	/* Last of all probes, so that others see the call as the task made it. */
	err = tracepoint_probe_register_prio(lb_tp_enter, lb_probe_enter, NULL, INT_MIN);
	if (err)
		goto err_enter;
	lb_all_flagged = true;
	lb_tracer_poll(NULL);
	return 0;

err_enter:
	tracepoint_probe_unregister(lb_tp_fork, lb_probe_fork, NULL);
	tracepoint_synchronize_unregister();
	return err;
}

void lb_probe_exit(void)
{
	cancel_delayed_work_sync(&lb_tracer_work);
	/* If others trace, everybody is to be flagged; if not, unregistering unflags everybody. */
	if (lb_traced_by_others(lb_tp_enter) || lb_traced_by_others(lb_tp_exit))
		lb_flag_all(true);
	tracepoint_probe_unregister(lb_tp_enter, lb_probe_enter, NULL);
	tracepoint_probe_unregister(lb_tp_fork, lb_probe_fork, NULL);
	tracepoint_synchronize_unregister();
}
