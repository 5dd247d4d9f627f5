// SPDX-License-Identifier: GPL-2.0
/*
 * Clone in two steps. North prepares the child (south_clone), and everything that
 * can fail is allocated; the gate then has the task make the same call again,
 * which the probe lets through as a native clone with the arguments that North
 * gave. The fork tracepoint, in the parent and before the child first runs,
 * makes the child a boxed task. A signal handler may run between the two steps:
 * then the next call isn't the one prepared, and the preparation is dropped.
 */
#include <linux/slab.h>
#include <linux/file.h>
#include <linux/fdtable.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include "redirect.h"
#include "arch/x86.h"
#include "../confine/confine.h"
#include "../south/imports.h"

/* Flags that a native clone may be given; namespaces, pidfds and the like never. */
#define LB_CLONE_FLAGS (CSIGNAL | CLONE_VM | CLONE_FS | CLONE_SIGHAND | CLONE_VFORK | \
			CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | \
			CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | CLONE_PTRACE | \
			CLONE_UNTRACED)

struct lb_clone {
	enum { LB_CLONE_READY, LB_CLONE_RUNNING } state;
	struct file *gate;		/* of the child; owns its lb_task */
	u64 flags, stack, parent_tid, child_tid, tls;
	struct lb_call call;		/* to wait for */
};

static bool lb_clone_call(unsigned long nr)
{
	return nr == __NR_clone || nr == __NR_fork || nr == __NR_vfork || nr == __NR_clone3;
}

/* south_clone: see south.h. */
u32 w2c_south_clone(struct w2c_south *s, u32 addr)
{
	struct lb_task *t = lb_import_host(s), *child;
	struct south_clone c;
	struct lb_clone *clone;
	int err;

	memcpy(&c, lb_mem(t, addr, sizeof(c)), sizeof(c));
	if (t->gone || t->clone || !lb_clone_call(t->call.nr) || (c.flags & ~(u64)LB_CLONE_FLAGS))
		return -EINVAL;
	clone = kzalloc(sizeof(*clone), GFP_KERNEL_ACCOUNT);
	if (!clone)
		return -ENOMEM;
	child = lb_task_new(t->box);
	if (IS_ERR(child)) {
		err = PTR_ERR(child);
		goto err_task;
	}
	child->north = c.child;
	memcpy(child->fact, t->fact, sizeof(child->fact));
	child->filtered = t->filtered;
	clone->gate = lb_gate_file(child);
	if (IS_ERR(clone->gate)) {
		err = PTR_ERR(clone->gate);
		lb_task_free(child);
		goto err_task;
	}
	clone->flags = c.flags;
	clone->stack = c.stack;
	clone->parent_tid = c.parent_tid;
	clone->child_tid = c.child_tid;
	clone->tls = c.tls;
	clone->call = t->call;
	t->clone = clone;
	return 0;

err_task:
	kfree(clone);
	return err;
}

bool lb_clone_ready(const struct lb_task *t)
{
	return t->clone && t->clone->state == LB_CLONE_READY;
}

bool lb_clone_start(struct lb_task *t, struct pt_regs *regs)
{
	struct lb_clone *c = t->clone;
	unsigned long arg[6];

	if (c->state != LB_CLONE_READY || memcmp(&c->call, &t->call, sizeof(c->call)))
		return false;
	if (lb_restore_later(t))
		return false;
	c->state = LB_CLONE_RUNNING;
	arg[0] = c->flags;
	arg[1] = c->stack;
	arg[2] = c->parent_tid;
	arg[3] = c->child_tid;
	arg[4] = c->tls;
	arg[5] = 0;
	lb_arch_set(regs, __NR_clone, arg);
	return true;
}

/* Nobody accounts for this child: it never runs. */
static void lb_clone_kill(struct task_struct *child)
{
	send_sig(SIGKILL, child, 1);
}

void lb_clone_bind(struct lb_task *t, struct task_struct *child)
{
	struct lb_clone *c = t->clone;
	struct files_struct *files = child->files;
	struct file *old;
	struct fdtable *fdt;
	struct lb_task *ct;

	if (!c || c->state != LB_CLONE_RUNNING || files == current->files) {
		atomic64_inc(&t->box->denials);
		return lb_clone_kill(child);
	}
	t->clone = NULL;
	/* Before a tracer sees the event. */
	lb_put_back(t);
	ct = lb_gate_task(c->gate);
	lb_task_bind(ct, child);
	/* Whoever filters all of a process finds the child by its ids, or its parent in time. */
	smp_mb();
	if (READ_ONCE(t->filtered))
		lb_task_filter(ct);
	lb_probe_park(child);
	lb_arch_set(task_pt_regs(child), t->call.nr, t->call.arg);
	/* The table is the child's alone and the child hasn't run: nobody else changes it. */
	spin_lock(&files->file_lock);
	fdt = files_fdtable(files);
	old = rcu_dereference_protected(fdt->fd[LB_GATE_FD], lockdep_is_held(&files->file_lock));
	rcu_assign_pointer(fdt->fd[LB_GATE_FD], c->gate);
	spin_unlock(&files->file_lock);
	fput(old);
	kfree(c);
	if (lb_box_dying(ct->box))
		lb_clone_kill(child);
}

void lb_clone_failed(struct lb_task *t)
{
	t->clone->state = LB_CLONE_READY;
}

void lb_clone_drop(struct lb_task *t)
{
	struct lb_clone *c = t->clone;
	struct lb_task *child = lb_gate_task(c->gate);

	t->clone = NULL;
	if (!lb_box_dying(t->box))
		lb_north_clone_abort(t, child->north);
	fput(c->gate);
	kfree(c);
}
