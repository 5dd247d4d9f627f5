/* SPDX-License-Identifier: GPL-2.0 */
/* The recorder of a test build: what the generated imports call. */
#ifndef LB_RECORDER_H
#define LB_RECORDER_H

#include "../confine/instance.h"
#include "../south/imports.h"
#include "record.h"

/* Around an import, on any box: the task's turn ends, another one of it begins. */
void lb_record_call(struct w2c_south *caller, unsigned int nr, const u64 *arg);
void lb_record_return(struct w2c_south *caller, unsigned int nr, const u64 *arg, s64 ret);

/* Under the names of the right, which Kbuild gives them where those are called. */
int lb_record_init(void);				/* lb_confine_init */
void lb_record_exit(void);				/* lb_confine_exit */
void lb_record_event_end(struct lb_box *box);		/* lb_event_end */
void lb_record_set_ids(struct lb_task *t, s32 tid, s32 pid); /* lb_instance_set_ids */
void lb_record_longjmp(struct lb_jmpbuf *buf, int trap); /* lb_longjmp */
u32 lb_record_north_boot(w2c_north *w);			/* w2c_north_north_boot, and so on */
u64 lb_record_north_enter(w2c_north *w, u32 tid, u32 pid, u32 in, u32 out, u32 err);
u64 lb_record_north_syscall(w2c_north *w, u32 nr, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f);
u32 lb_record_north_exec(w2c_north *w, u32 dirfd, u64 path, u32 flags);
u32 lb_record_north_exec_finish(w2c_north *w);
void lb_record_north_clone_abort(w2c_north *w, u32 child);
void lb_record_north_exit(w2c_north *w, u32 last);
/* lb_record_bump - a stream became ready: count up the word at @addr, wake. Any context. */
void lb_record_bump(struct lb_box *box, u32 addr);

#endif
