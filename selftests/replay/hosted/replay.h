/* SPDX-License-Identifier: GPL-2.0 */
/* The replay: North natively, its imports answered from a record. */
#ifndef REPLAY_H
#define REPLAY_H

#include <linux/types.h>
#ifndef NORTH_TYPES_H
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;
#endif
#include "../../../module/south/south.h"
#include "../record.h"

/* ---- record.c: the file ---- */

/* Maps @path; ends the program if it isn't a whole record of this interface. */
void record_open(const char *path);
/* The event that comes next, and the one behind @e; never beyond LB_RECORD_END. */
extern const struct lb_record_event *record_at;
const struct lb_record_event *record_behind(const struct lb_record_event *e);
const void *record_data(const struct lb_record_event *e);
/* The number of an event, for people. */
u64 record_number(const struct lb_record_event *e);
/* Did the box refuse that call of alloc() or resize()? */
int record_refuses(u64 call);
/* The block of argument @arg among the blocks of @e, or NULL. */
const struct lb_record_block *record_block(const struct lb_record_event *e, u32 arg);

/* ---- task.c: boxed tasks, each on a thread, one of them runs ---- */

/* South's import @nr, called by North. */
s64 replay_import(u32 nr, const u64 *arg);
/* From the first event to the last. Returns when all have happened. */
void replay_run(void);
/* The number of the task whose turn it is, as it is told people; 0: none. */
u32 replay_turn(void);

/* Sends @sig to that task, if there is one. */
void replay_interrupt(int sig);

struct replay_counts {
	u64 entries, imports, tasks;
	char trap[128];		/* the trap that the box ended with, or "" */
};
extern struct replay_counts replay_counts;

/* ---- address.c: what an address of the record is natively ---- */

void address_bind(u32 recorded, void *native);
void *address_native(u32 recorded);

/* ---- replay.c: how it ends ---- */

enum replay_status {
	REPLAY_SAME = 0,	/* to the same answers, or to the same trap */
	REPLAY_DIVERGED = 1,	/* North did something else than in the record */
	REPLAY_FOUND = 2,	/* a sanitizer or a fault found what the box had not noticed */
	REPLAY_FAILED = 125,	/* no such record */
};

void replay_fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* What North did and the record didn't say; at record_at. */
void replay_diverged(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
/*
 * The record's next event is a trap of the task whose turn it is, and North has come to
 * it. A place for a breakpoint.
 */
void replay_trap(const struct lb_record_event *e);

#endif
