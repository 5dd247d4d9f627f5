// SPDX-License-Identifier: GPL-2.0
/* The end of a task. */
#include "proc.h"

/* PR_SET_PDEATHSIG of the children; they are still its children now. */
static void signal_children(s32 pid)
{
	struct south_task *st = NULL;
	struct task_id *ids;
	u32 count, sig;

	lock(&tasks_lock);
	sig = 0;
	for (struct list *l = processes.next; l != &processes; l = l->next)
		sig |= list_entry(l, struct process, node)->pdeathsig;
	unlock(&tasks_lock);
	if (!sig)
		return;
	ids = tasks_snapshot(&count);
	st = new(struct south_task);
	for (u32 i = 0; ids && st && i < count; i++) {
		struct process *p;

		if (ids[i].tid != ids[i].pid || south_task(ids[i].tid, st) || st->ppid != pid)
			continue;
		lock(&tasks_lock);
		p = process_find(ids[i].pid);
		sig = p ? p->pdeathsig : 0;
		unlock(&tasks_lock);
		if (sig)
			south_signal(SOUTH_SIGNAL_PROCESS, ids[i].pid, sig, NULL);
	}
	release(ids);
	release(st);
}

/*
 * The last statement frees the shadow stack that this very call runs on: from
 * there on nothing may live in memory but only in the wasm module's locals.
 */
NORTH_ENTRY(north_exit)
void north_exit(u32 last)
{
	struct task *t = current;

	if (last) {
		struct south_task *st = new(struct south_task);

		if (st && !south_task(0, st) && st->sid == t->pid)
			tty_session_exit(st->sid);
		release(st);
		signal_children(t->pid);
		pidref_exit(t->process);
	}
	task_drop(t);
	set_current(NULL);
	task_free(t);
}
