// SPDX-License-Identifier: GPL-2.0
/* Boxed tasks: birth, identity, death. */
#include <linux/slab.h>
#include <linux/sched/signal.h>
#include <linux/pid.h>
#include <uapi/linux/litebox.h>
#include "task.h"
#include "../confine/confine.h"
#include "../redirect/redirect.h"
#include "../south/south_types.h"

struct lb_task *lb_task_new(struct lb_box *box)
{
	struct lb_task *t;
	int err = 0;

	spin_lock(&box->lock);
	if (box->state >= LB_BOX_DYING)
		err = -EKEYREVOKED;
	else if (box->nr_tasks >= box->max_tasks)
		err = -EAGAIN;
	else
		box->nr_tasks++;
	spin_unlock(&box->lock);
	if (err)
		return ERR_PTR(err);
	t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);
	if (!t)
		goto err_task;
	t->box = box;
	t->calls = box->calls;
	memset(t->fact, 0xff, sizeof(t->fact));
	INIT_LIST_HEAD(&t->node);
	t->inst = lb_instance_new(t);
	if (!t->inst)
		goto err_inst;
	refcount_inc(&box->refs);
	return t;

err_inst:
	kfree(t);
err_task:
	lb_box_leave(box);
	return ERR_PTR(-ENOMEM);
}

void lb_task_filter(struct lb_task *t)
{
	WRITE_ONCE(t->filtered, true);
	memset(t->fact, 0xff, sizeof(t->fact));
}

void lb_task_set_ids(struct lb_task *t)
{
	s32 tid = __task_pid_nr_ns(t->task, PIDTYPE_PID, t->box->pid_ns);
	s32 pid = __task_pid_nr_ns(t->task, PIDTYPE_TGID, t->box->pid_ns);

	if (!READ_ONCE(t->filtered)) {
		t->fact[LB_FACT_TID] = tid;
		t->fact[LB_FACT_PID] = pid;
	}
	if (t->north)
		lb_instance_set_ids(t, tid, pid);
}

void lb_task_bind(struct lb_task *t, struct task_struct *task)
{
	struct lb_box *box = t->box;

	WRITE_ONCE(t->task, task);
	lb_task_set_ids(t);
	spin_lock(&box->lock);
	list_add_tail(&t->node, &box->tasks);
	/* Who became a subreaper since the fork copied that didn't find the child yet. */
	if (current->signal->is_child_subreaper || current->signal->has_child_subreaper)
		task->signal->has_child_subreaper = 1;
	box->total_tasks++;
	spin_unlock(&box->lock);
}

void lb_task_exit(struct lb_task *t)
{
	struct lb_box *box = t->box;

	t->gone = true;
	t->gated = LB_GATED_NOT;
	if (t->clone)
		lb_clone_drop(t);
	if (!lb_box_dying(box) && t->north)
		lb_north_exit(t, atomic_read(&current->signal->live) == 0);
	spin_lock(&box->lock);
	list_del_init(&t->node);
	if (t == box->first) {
		box->end_status = current->exit_code;
		box->first = NULL;
	}
	spin_unlock(&box->lock);
}

void lb_task_free(struct lb_task *t)
{
	struct lb_box *box = t->box;

	/* A task whose gate went without ->flush (it was never armed) is still listed. */
	spin_lock(&box->lock);
	list_del_init(&t->node);
	if (t == box->first)
		box->first = NULL;
	spin_unlock(&box->lock);
	lb_instance_free(t->inst);
	kfree_rcu(t, rcu);
	lb_box_leave(box);
	lb_box_put(box);
}

struct task_struct *lb_task_find(struct lb_box *box, s32 tid)
{
	struct task_struct *task;
	struct pid *pid;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "a task is looked up without rcu_read_lock()");
	if (tid <= 0 || !box->pid_ns)
		return NULL;
	pid = find_pid_ns(tid, box->pid_ns);
	task = pid_task(pid, PIDTYPE_PID);
	/* Only tasks of the box itself: lbctl's init is one, a host tool that joined isn't. */
	return task && lb_probe_boxed(task) == box ? task : NULL;
}

bool lb_process_boxed(struct lb_box *box, struct task_struct *task)
{
	struct task_struct *thread;

	for_each_thread(task, thread)
		if (!(READ_ONCE(thread->flags) & PF_EXITING) && lb_probe_boxed(thread) != box)
			return false;
	return true;
}
