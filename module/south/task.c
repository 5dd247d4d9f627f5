// SPDX-License-Identifier: GPL-2.0
/* Tasks of the box: facts about them, signals to them, what a thread may change of itself. */
#include <linux/sched.h>
#include <linux/sched/cputime.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/ptrace.h>
#include <asm/unistd.h>
#include "../compat.h"
#include "imports.h"
#include "../redirect/redirect.h"
#include "../redirect/arch/x86.h"

struct task_struct *lb_south_task(struct lb_task *t, s32 tid)
{
	struct task_struct *task;

	if (!tid)
		return get_task_struct(current);
	guard(rcu)();
	task = lb_task_find(t->box, tid);
	return task ? get_task_struct(task) : NULL;
}

/* The same, but for facts: one that exits, or has and waits for its parent, still has some. */
static struct task_struct *lb_south_task_or_zombie(struct lb_task *t, s32 tid)
{
	struct task_struct *task = lb_south_task(t, tid);

	if (task || tid < 0)
		return task;
	guard(rcu)();
	task = pid_task(find_pid_ns(tid, t->box->pid_ns), PIDTYPE_PID);
	return task && READ_ONCE(task->flags) & PF_EXITING && !READ_ONCE(task->files) ?
		get_task_struct(task) : NULL;
}

static void lb_task_ids(const struct lb_box *box, struct task_struct *task, struct south_task *f)
{
	struct task_struct *tracer;

	f->tid = __task_pid_nr_ns(task, PIDTYPE_PID, box->pid_ns);
	f->pid = __task_pid_nr_ns(task, PIDTYPE_TGID, box->pid_ns);
	f->pgid = __task_pid_nr_ns(task, PIDTYPE_PGID, box->pid_ns);
	f->sid = __task_pid_nr_ns(task, PIDTYPE_SID, box->pid_ns);
	guard(rcu)();
	f->ppid = __task_pid_nr_ns(rcu_dereference(task->real_parent), PIDTYPE_TGID, box->pid_ns);
	tracer = ptrace_parent(task);
	f->tracer = tracer ? __task_pid_nr_ns(tracer, PIDTYPE_PID, box->pid_ns) : 0;
}

/* Of the whole process if @task leads it, else of the thread. */
static void lb_task_times(struct task_struct *task, struct south_task *f)
{
	const struct signal_struct *sig = task->signal;
	struct task_struct *thread;
	u64 utime, stime;

	if (!thread_group_leader(task)) {
		task_cputime_adjusted(task, &f->utime, &f->stime);
		f->minflt = task->min_flt;
		f->majflt = task->maj_flt;
		return;
	}
	f->utime = sig->utime;
	f->stime = sig->stime;
	f->cutime = sig->cutime;
	f->cstime = sig->cstime;
	f->minflt = sig->min_flt;
	f->majflt = sig->maj_flt;
	guard(rcu)();
	for_each_thread(task, thread) {
		task_cputime_adjusted(thread, &utime, &stime);
		f->utime += utime;
		f->stime += stime;
		f->minflt += thread->min_flt;
		f->majflt += thread->maj_flt;
	}
}

static void lb_task_memory(struct task_struct *task, struct south_task *f)
{
	struct mm_struct *mm = get_task_mm(task);

	if (!mm)
		return;
	f->vsize = (u64)mm->total_vm << PAGE_SHIFT;
	f->rss = (u64)get_mm_rss(mm) << PAGE_SHIFT;
	f->peak_rss = (u64)get_mm_hiwater_rss(mm) << PAGE_SHIFT;
	f->peak_vsize = (u64)get_mm_hiwater_vm(mm) << PAGE_SHIFT;
	f->file_rss = (u64)get_mm_counter(mm, MM_FILEPAGES) << PAGE_SHIFT;
	f->shmem_rss = (u64)get_mm_counter(mm, MM_SHMEMPAGES) << PAGE_SHIFT;
	f->swap = (u64)get_mm_counter(mm, MM_SWAPENTS) << PAGE_SHIFT;
	f->locked = (u64)mm->locked_vm << PAGE_SHIFT;
	f->pgtables = mm_pgtables_bytes(mm);
	f->data = (u64)mm->data_vm << PAGE_SHIFT;
	f->stack = (u64)mm->stack_vm << PAGE_SHIFT;
	spin_lock(&mm->arg_lock);
	f->start_code = mm->start_code;
	f->end_code = mm->end_code;
	f->start_stack = mm->start_stack;
	f->arg_start = mm->arg_start;
	f->arg_end = mm->arg_end;
	f->env_start = mm->env_start;
	f->env_end = mm->env_end;
	spin_unlock(&mm->arg_lock);
	f->text = PAGE_ALIGN(f->end_code) - (f->start_code & PAGE_MASK);
	mmput(mm);
}

struct sighand_struct *lb_sighand_lock(struct task_struct *task, unsigned long *flags)
{
	struct sighand_struct *sighand;

	guard(rcu)();
	for (;;) {
		sighand = rcu_dereference(task->sighand);
		if (!sighand)
			return NULL;
		/* Its memory stays that of some sighand_struct while we look. */
		spin_lock_irqsave(&sighand->siglock, *flags);
		if (sighand == rcu_access_pointer(task->sighand))
			return sighand;
		spin_unlock_irqrestore(&sighand->siglock, *flags);
	}
}

static void lb_task_signals(struct task_struct *task, struct south_task *f)
{
	struct sighand_struct *sighand;
	unsigned long flags;
	int i;

	sighand = lb_sighand_lock(task, &flags);
	if (!sighand)
		return;
	f->sig_pending = task->pending.signal.sig[0];
	f->sig_shared_pending = task->signal->shared_pending.signal.sig[0];
	f->sig_blocked = task->blocked.sig[0];
	for (i = 0; i < _NSIG; i++) {
		__sighandler_t handler = sighand->action[i].sa.sa_handler;

		if (handler == SIG_IGN)
			f->sig_ignored |= 1ULL << i;
		else if (handler != SIG_DFL)
			f->sig_caught |= 1ULL << i;
	}
	spin_unlock_irqrestore(&sighand->siglock, flags);
}

/*
 * POSIX 3.261: no member's parent is in another group of the same session. Without
 * the lock that is the kernel's own the answer is that of some moment just now.
 */
static bool lb_pgrp_orphaned(struct task_struct *task)
{
	struct task_struct *member, *parent;
	struct pid *pgrp;

	guard(rcu)();
	pgrp = task_pgrp(task);
	if (!pgrp)
		return false;
	hlist_for_each_entry_rcu(member, &pgrp->tasks[PIDTYPE_PGID], pid_links[PIDTYPE_PGID]) {
		parent = rcu_dereference(member->real_parent);
		if ((READ_ONCE(member->exit_state) && thread_group_empty(member)) ||
		    is_global_init(parent))
			continue;
		if (task_pgrp(parent) != pgrp && task_session(parent) == task_session(member))
			return false;
	}
	return true;
}

static void lb_task_limits(const struct task_struct *task, struct south_task *f)
{
	int i;

	BUILD_BUG_ON(ARRAY_SIZE(f->rlim_cur) < RLIM_NLIMITS);
	for (i = 0; i < RLIM_NLIMITS; i++) {
		f->rlim_cur[i] = READ_ONCE(task->signal->rlim[i].rlim_cur);
		f->rlim_max[i] = READ_ONCE(task->signal->rlim[i].rlim_max);
	}
}

/* A task reference keeps its signal_struct, but not its sighand_struct nor its mm. */
static void lb_task_facts(const struct lb_box *box, struct task_struct *task, struct south_task *f)
{
	lb_task_ids(box, task, f);
	f->nice = task_nice(task);
	f->state = task_state_to_char(task);
	f->threads = get_nr_threads(task);
	f->start = task->start_boottime;
	f->cpu = task_cpu(task);
	f->policy = task->policy;
	f->nvcsw = task->nvcsw;
	f->nivcsw = task->nivcsw;
	f->ran = task->se.sum_exec_runtime;
#ifdef CONFIG_SCHED_INFO
	f->waited = task->sched_info.run_delay;
	f->runs = task->sched_info.pcount;
#endif
#ifdef CONFIG_FUTEX
	f->robust_list = (u64)(uintptr_t)READ_ONCE(lb_robust_list(task));
#endif
	f->vforked = !!READ_ONCE(task->vfork_done);
	f->orphaned = lb_pgrp_orphaned(task);
	f->exiting = READ_ONCE(task->signal->flags) & SIGNAL_GROUP_EXIT ||
		     ((!thread_group_leader(task) || thread_group_empty(task)) &&
		      READ_ONCE(task->flags) & PF_EXITING);
	lb_task_times(task, f);
	lb_task_memory(task, f);
	lb_task_signals(task, f);
	lb_task_limits(task, f);
}

u32 w2c_south_task(struct w2c_south *s, u32 tid, u32 addr)
{
	struct lb_task *t = lb_import_host(s);
	void *out = lb_mem(t, addr, sizeof(struct south_task));
	struct task_struct *task = lb_south_task_or_zombie(t, tid);
	struct south_task facts = {};

	if (!task)
		return -ESRCH;
	lb_task_facts(t->box, task, &facts);
	put_task_struct(task);
	memcpy(out, &facts, sizeof(facts));
	return 0;
}

/* As seccomp does it; @kill: whatever the task would do about it. */
static int lb_signal_sys(struct lb_task *t, s32 data, bool kill)
{
	struct kernel_siginfo info = {
		.si_signo = SIGSYS, .si_errno = data, .si_code = SYS_SECCOMP,
		.si_call_addr = (void __user *)t->call.ip, .si_syscall = t->call.nr,
		.si_arch = LB_ARCH_AUDIT,
	};
	struct sighand_struct *sighand;
	struct k_sigaction *action;
	unsigned long flags;

	sighand = lb_sighand_lock(current, &flags);
	if (!sighand)
		return -ESRCH;
	action = &sighand->action[SIGSYS - 1];
	if (kill || action->sa.sa_handler == SIG_IGN || sigismember(&current->blocked, SIGSYS))
		action->sa.sa_handler = SIG_DFL;
	if (kill)
		action->sa.sa_flags |= SA_IMMUTABLE;
	sigdelset(&current->blocked, SIGSYS);
	/* One that was pending already isn't sent again. */
	recalc_sigpending();
	spin_unlock_irqrestore(&sighand->siglock, flags);
	return send_sig_info(SIGSYS, &info, current);
}

int lb_signal_info(struct task_struct *task, struct kernel_siginfo *info, bool process)
{
	struct task_struct *thread, *target = NULL, *last = NULL;
	struct sighand_struct *sighand;
	int left = LB_SIGNAL_LOOKS, live = 0;
	unsigned long flags;

	guard(rcu)();
	if (!process || thread_group_empty(task))
		return send_sig_info(info->si_signo, info, task);
	sighand = lb_sighand_lock(task, &flags);
	if (!sighand)
		return -ESRCH;
	for_each_thread(task, thread) {
		if (target || left-- <= 0)
			break;
		if (thread->flags & PF_EXITING)
			continue;
		last = thread;
		live++;
		if (!sigismember(&thread->blocked, info->si_signo))
			target = thread;
	}
	/* The others are about to go. */
	if (live == 1 && left >= 0)
		target = last;
	spin_unlock_irqrestore(&sighand->siglock, flags);
	return target ? send_sig_info(info->si_signo, info, target) :
			kill_pid(task_tgid(task), info->si_signo, info->si_code > 0 || !in_task());
}

/* The same for North, which says at @addr what the handler is told. */
static int lb_signal_told(struct lb_task *t, s32 id, u32 sig, u32 addr, bool process)
{
	struct kernel_siginfo info;
	struct task_struct *task;
	int err;

	memcpy(&info, lb_mem(t, addr, sizeof(info)), sizeof(info));
	info.si_signo = sig;
	task = lb_south_task(t, id);
	if (!task)
		return -ESRCH;
	err = lb_signal_info(task, &info, process);
	put_task_struct(task);
	return err;
}

static int lb_signal_thread(struct lb_task *t, s32 tid, u32 sig, bool kernel)
{
	struct task_struct *task = lb_south_task(t, tid);
	int err;

	if (!task)
		return -ESRCH;
	err = sig ? send_sig(sig, task, kernel) : 0;
	put_task_struct(task);
	return err;
}

/*
 * Are all processes that @pid names, by any of their threads or as a group, of this box? One
 * that joined its pid namespace from outside may be somebody's tool.
 */
static bool lb_pid_boxed(struct lb_box *box, struct pid *pid, bool group)
{
	struct task_struct *task;

	guard(rcu)();
	task = pid_task(pid, PIDTYPE_PID);
	if (!group)
		return !task || lb_process_boxed(box, task);
	hlist_for_each_entry_rcu(task, &pid->tasks[PIDTYPE_PGID], pid_links[PIDTYPE_PGID])
		if (!lb_process_boxed(box, task))
			return false;
	return true;
}

static struct pid *lb_pid_get(struct lb_box *box, s32 nr)
{
	guard(rcu)();
	return nr > 0 ? get_pid(find_pid_ns(nr, box->pid_ns)) : NULL;
}

u32 w2c_south_signal(struct w2c_south *s, u32 kind, u32 id, u32 sig, u32 info)
{
	struct lb_task *t = lb_import_task(s);
	bool kernel = !(kind & SOUTH_SIGNAL_USER), group;
	struct pid *pid;
	int err = -EPERM;

	if (info && (!sig || kind > SOUTH_SIGNAL_PROCESS))
		return -EINVAL;
	kind &= ~SOUTH_SIGNAL_USER;
	if (!valid_signal(sig) || kind > SOUTH_SIGNAL_SYS)
		return -EINVAL;
	if (info)
		return lb_signal_told(t, id, sig, info, kind == SOUTH_SIGNAL_PROCESS);
	if (kind == SOUTH_SIGNAL_SYS)
		return lb_signal_sys(t, id, sig);
	if (kind == SOUTH_SIGNAL_THREAD)
		return lb_signal_thread(t, id, sig, kernel);
	group = kind == SOUTH_SIGNAL_GROUP;
	pid = lb_pid_get(t->box, id);
	if (!pid)
		return -ESRCH;
	if (lb_pid_boxed(t->box, pid, group))
		err = group ? kill_pgrp(pid, sig, kernel) : kill_pid(pid, sig, kernel);
	put_pid(pid);
	return err;
}

u32 w2c_south_process(struct w2c_south *s, u32 id)
{
	struct lb_task *t = lb_import_host(s);
	struct pid *pid = lb_pid_get(t->box, id);
	struct lb_handle *h;

	if (!pid)
		return -ESRCH;
	h = lb_pid_boxed(t->box, pid, false) ? lb_handle_new(LB_HANDLE_PROCESS) : NULL;
	if (!h) {
		put_pid(pid);
		return -ENOMEM;
	}
	h->pid = pid;
	return lb_handle_add(t->box, h);
}

u32 w2c_south_signal_pending(struct w2c_south *s)
{
	lb_import_task(s);
	return signal_pending(current);
}

void lb_sigmask_restore(void)
{
	if (test_and_clear_restore_sigmask())
		sigprocmask(SIG_SETMASK, &current->saved_sigmask, NULL);
}

u32 w2c_south_sigmask(struct w2c_south *s, u64 mask, u32 how)
{
	sigset_t set = { .sig[0] = mask };

	lb_import_task(s);
	if (how > 1)
		return -EINVAL;
	if (!how) {
		lb_sigmask_restore();
		return 0;
	}
	/* sigprocmask() would block these too. */
	sigdelsetmask(&set, sigmask(SIGKILL) | sigmask(SIGSTOP));
	if (!test_restore_sigmask()) {
		current->saved_sigmask = current->blocked;
		set_restore_sigmask();
	}
	sigprocmask(SIG_SETMASK, &set, NULL);
	return 0;
}

u32 w2c_south_nice(struct w2c_south *s, u32 tid, u32 nice)
{
	struct lb_task *t = lb_import_task(s);
	struct task_struct *task = lb_south_task(t, tid);

	if (!task)
		return -ESRCH;
	set_user_nice(task, clamp((s32)nice, t->box->nice, MAX_NICE));
	put_task_struct(task);
	return 0;
}

void w2c_south_comm(struct w2c_south *s, u32 addr)
{
	struct lb_task *t = lb_import_task(s);
	char comm[TASK_COMM_LEN];

	memcpy(comm, lb_mem(t, addr, sizeof(comm)), sizeof(comm));
	comm[sizeof(comm) - 1] = 0;
	task_lock(current);
	strscpy_pad(current->comm, comm);
	task_unlock(current);
}

/* As prctl() does it: whose parents are to be looked at for a subreaper is on the safe side. */
static void lb_subreaper(struct lb_box *box, bool on)
{
	struct lb_task *t;

	guard(spinlock)(&box->lock);
	current->signal->is_child_subreaper = on;
	list_for_each_entry(t, &box->tasks, node)
		if (on)
			t->task->signal->has_child_subreaper = 1;
}

void w2c_south_fact(struct w2c_south *s, u32 nr, u32 value)
{
	struct lb_task *t = lb_import_task(s);
	enum lb_fact fact;

	switch (nr) {
	case SOUTH_FACT_ALL:
		lb_probe_filter(t->box, value);
		return;
	case SOUTH_FACT_SUBREAPER:
		lb_subreaper(t->box, value);
		return;
	case __NR_getuid:
		fact = LB_FACT_UID;
		break;
	case __NR_getgid:
		fact = LB_FACT_GID;
		break;
	case __NR_geteuid:
		fact = LB_FACT_EUID;
		break;
	case __NR_getegid:
		fact = LB_FACT_EGID;
		break;
	default:
		return;
	}
	if (!READ_ONCE(t->filtered))
		WRITE_ONCE(t->fact[fact], value);
}
