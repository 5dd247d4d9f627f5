// SPDX-License-Identifier: GPL-2.0
/*
 * The gate: a file that only boxed tasks hold, at LB_GATE_FD of a table that is
 * the task's own. The probe turns a call into lseek(gate), whose handler runs in
 * ordinary system call context and, unlike fsync, has a result of 64 bits.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/ptrace.h>
#include <linux/sched/task_stack.h>
#include <linux/fdtable.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/sched/signal.h>
#include "redirect.h"
#include "arch/x86.h"
#include "../confine/confine.h"
#include "../south/imports.h"

/* What the entry code tells a tracer of at the end of a call, and of its beginning. */
#define LB_TOLD (SYSCALL_WORK_SYSCALL_TRACE | SYSCALL_WORK_SYSCALL_EXIT_TRAP)

/*
 * The task makes the call again and runs it natively. To a tracer both are one call: the
 * end of the first and the beginning of the second aren't reported.
 */
static s64 lb_call_again(struct lb_task *t, struct pt_regs *regs)
{
	if (signal_pending(current))
		return -ERESTARTNOINTR;
	t->untold |= READ_ONCE(current_thread_info()->syscall_work) & LB_TOLD;
	clear_task_syscall_work(current, SYSCALL_TRACE);
	clear_task_syscall_work(current, SYSCALL_EXIT_TRAP);
	lb_arch_again(regs);
	return t->call.nr;
}

void lb_call_tell(struct lb_task *t)
{
	if (current->ptrace && t->untold & SYSCALL_WORK_SYSCALL_TRACE)
		set_task_syscall_work(current, SYSCALL_TRACE);
	if (current->ptrace && t->untold & SYSCALL_WORK_SYSCALL_EXIT_TRAP)
		set_task_syscall_work(current, SYSCALL_EXIT_TRAP);
	t->untold = 0;
}

u64 lb_other_start(const struct lb_task *t)
{
	const unsigned long *a = t->call.arg;
	bool trace = t->call.nr == __NR_ptrace;
	s32 id = a[trace];
	struct task_struct *task;

	guard(rcu)();
	if (trace && a[0] == PTRACE_TRACEME)
		task = rcu_dereference(current->real_parent);
	else
		task = id > 0 ? pid_task(find_pid_ns(id, t->box->pid_ns), PIDTYPE_PID) : current;
	if (!task || !(trace ? lb_probe_boxed(task) == t->box : lb_process_boxed(t->box, task)))
		return 0;
	return task->start_boottime + READ_ONCE(task->self_exec_id);
}

/* Is it for North to say whether the call may be about somebody else? */
static bool lb_about_others(const struct lb_task *t)
{
	return t->call.nr != __NR_waitid && lb_filter(t, t->call.nr, t->call.arg) == LB_ASK;
}

/* North lets a native call pass; but whom it is about is of the box, whatever North says. */
static s64 lb_gate_pass(struct lb_task *t, struct pt_regs *regs)
{
	if (lb_about_others(t) && !t->pass_start)
		return t->call.nr == __NR_ptrace ? -EPERM : -ESRCH;
	t->pass = t->call;
	t->passes = true;
	return lb_call_again(t, regs);
}

static loff_t lb_gate_llseek(struct file *file, loff_t off, int whence)
{
	struct lb_task *t = file->private_data;
	struct pt_regs *regs = current_pt_regs();
	enum lb_gated gated = t->gated;
	s64 ret;

	/* A gate file that was handed to somebody else answers nothing. */
	if (READ_ONCE(t->task) != current || gated == LB_GATED_NOT)
		return -EINVAL;
	t->gated = LB_GATED_NOT;
	lb_arch_set(regs, t->call.nr, t->call.arg);
	if (unlikely(t->clone))
		lb_clone_drop(t);
	if (unlikely(gated == LB_GATED_ANSWER))
		return t->answer;
	/* Beforehand: whom North judges is whom the call is let pass for. */
	if (unlikely(gated == LB_GATED_ASK) && lb_about_others(t))
		t->pass_start = lb_other_start(t);
	ret = lb_north_syscall(t, t->call.nr | (gated == LB_GATED_ASK ? SOUTH_ASK : 0),
			       t->call.arg);
	lb_sigmask_end();
	if (unlikely(lb_clone_ready(t)))
		return lb_call_again(t, regs);
	if (unlikely(ret >= SOUTH_NATIVE && ret <= SOUTH_NATIVE + S32_MAX)) {
		t->pass_pid = ret - SOUTH_NATIVE;
		return gated == LB_GATED_ASK ? lb_gate_pass(t, regs) : -ENOSYS;
	}
	if (unlikely(ret == -ENOSYS) && t->call.nr < LB_NR_SYSCALLS)
		atomic64_inc(&t->box->unanswered[t->call.nr]);
	return ret;
}

void lb_put_back(struct lb_task *t)
{
	struct pt_regs *regs = current_pt_regs();

	if (t->rewritten)
		lb_arch_set(regs, t->call.nr, t->call.arg);
	/* What futex() ends for a handler goes on behind it here: until a time, not for so long. */
	if (t->rewritten && t->call.nr == __NR_futex_wait &&
	    syscall_get_error(current, regs) == -ERESTART_RESTARTBLOCK)
		syscall_set_return_value(current, regs, -ERESTARTSYS, 0);
	t->rewritten = false;
}

/*
 * The stop at a tracee's end (PTRACE_O_TRACEEXIT) outlasts SIGKILL until its tracer goes on
 * or ends. Of a ring of tasks that trace each other and all stop so, none would ever go. Who
 * has asked for that stop comes by here, and doesn't stop himself if he is in a ring.
 */
static void lb_trace_untie(const struct lb_box *box)
{
	u32 left = READ_ONCE(box->nr_tasks), old = READ_ONCE(current->ptrace);
	struct task_struct *task = current;

	guard(rcu)();
	do
		task = ptrace_parent(task);
	while (task && task != current && left--);
	/* Nobody but who ends the tracing, to 0, writes it while we aren't stopped. */
	while (task == current && old &&
	       !try_cmpxchg(&current->ptrace, &old, old & ~PT_TRACE_EXIT))
		;
}

/* On the way to user mode, before signals are looked at: undo what the probe rewrote. */
static void lb_restore(struct callback_head *work)
{
	struct lb_task *t = container_of(work, struct lb_task, restore_work);

	t->restore_queued = false;
	t->execs = false;
	if (t->clone)
		lb_clone_failed(t);
	lb_put_back(t);
	if (t->call.nr == __NR_ptrace)
		lb_trace_untie(t->box);
}

int lb_restore_later(struct lb_task *t)
{
	if (!t->restore_queued) {
		init_task_work(&t->restore_work, lb_restore);
		if (task_work_add(current, &t->restore_work, TWA_RESUME))
			return -ESRCH;
	}
	t->restore_queued = true;
	t->rewritten = true;
	return 0;
}

/*
 * Closing: of interest only when the table of the exiting task itself goes, in
 * its process context. A copy made for a child that never came is closed by its
 * parent, who isn't exiting.
 */
static int lb_gate_flush(struct file *file, fl_owner_t id)
{
	struct lb_task *t = file->private_data;

	if (t->task == current && (current->flags & PF_EXITING) && !t->gone)
		lb_task_exit(t);
	return 0;
}

static int lb_gate_release(struct inode *inode, struct file *file)
{
	lb_task_free(file->private_data);
	return 0;
}

const struct file_operations lb_gate_fops = {
	.owner = THIS_MODULE,
	.llseek = lb_gate_llseek,
	.flush = lb_gate_flush,
	.release = lb_gate_release,
};

struct file *lb_gate_file(struct lb_task *t)
{
	struct file *file = anon_inode_getfile("[litebox]", &lb_gate_fops, t, O_RDWR);

	if (!IS_ERR(file))
		file->f_mode |= FMODE_LSEEK;
	return file;
}
