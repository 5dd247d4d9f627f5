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

static loff_t lb_gate_llseek(struct file *file, loff_t off, int whence)
{
	struct lb_task *t = file->private_data;
	struct pt_regs *regs = current_pt_regs();
	s64 ret;

	/* A gate file that was handed to somebody else answers nothing. */
	if (READ_ONCE(t->task) != current || !t->gated)
		return -EINVAL;
	t->gated = false;
	lb_arch_set(regs, t->call.nr, t->call.arg);
	if (unlikely(t->clone))
		lb_clone_drop(t);
	if (unlikely(t->exec == LB_EXEC_FINISH)) {
		t->exec = LB_EXEC_NONE;
		t->finishing = true;
		ret = lb_north_exec_finish(t);
		t->finishing = false;
		if (ret) {
			/* Past the point of no return, as in Linux. */
			force_sig(SIGKILL);
			return ret;
		}
		return 0;
	}
	ret = lb_north_syscall(t, t->call.nr, t->call.arg);
	lb_sigmask_end();
	if (unlikely(lb_clone_ready(t))) {
		lb_arch_again(regs);
		return t->call.nr;
	}
	if (unlikely(ret == -ENOSYS) && t->call.nr < LB_NR_SYSCALLS)
		atomic64_inc(&t->box->unanswered[t->call.nr]);
	return ret;
}

/* On the way to user mode, before signals are looked at: undo what the probe rewrote. */
static void lb_restore(struct callback_head *work)
{
	struct lb_task *t = container_of(work, struct lb_task, restore_work);
	struct pt_regs *regs = current_pt_regs();

	t->restore_queued = false;
	switch (t->exec) {
	case LB_EXEC_NATIVE:
	case LB_EXEC_CHECKED:
		t->exec = LB_EXEC_NONE;		/* it failed */
		if (t->noexec)
			syscall_set_return_value(current, regs, -ENOEXEC, 0);
		t->noexec = false;
		break;
	case LB_EXEC_STUB:
		return;				/* a new program: nothing of the old is left */
	default:
		break;
	}
	if (t->clone)
		lb_clone_failed(t);
	lb_arch_set(regs, t->call.nr, t->call.arg);
}

int lb_restore_later(struct lb_task *t)
{
	int err;

	if (t->restore_queued)
		return 0;
	init_task_work(&t->restore_work, lb_restore);
	err = task_work_add(current, &t->restore_work, TWA_RESUME);
	if (!err)
		t->restore_queued = true;
	return err;
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
