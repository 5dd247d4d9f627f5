// SPDX-License-Identifier: GPL-2.0
/* The end of a task. */
#include "proc.h"

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
	}
	task_drop(t);
	set_current(NULL);
	task_free(t);
}
