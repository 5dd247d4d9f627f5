/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A North that turns on South. It is the real one, with every entry of it taken over: until a
 * task asks for hostility (prctl() with HOSTILE_PRCTL) all goes to the real North; from then on
 * an entry first calls imports at random, and then may still go to the real North, answer
 * nonsense, or trap. So all of North's objects exist, and are used against their rules.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "../task.h"
#include "asked.h"

/* What each import is called by, in the order of the counters. */
enum import {
#define IMPORT(name) IMPORT_##name,
#include "imports.list"
#undef IMPORT
	NR_IMPORTS
};

struct random {
	u64 state;
};

/* What all tasks of the box share; races on it only make it more random. */
struct hostile {
	struct hostile_ask ask;
	bool on;
	s32 stay;		/* the task that must not exit, or 0 */
	u32 tag;		/* of this box, in each object that it makes */
	u64 user_end;
	u32 memory_end;		/* of the linear memory, as far as known */
	u8 *arena;		/* where most buffers are */
	s32 made[64];		/* handles that were got lately */
	u32 nr_made;
	u32 visits[256];	/* entries so far, by task */
	struct hostile_report report;
};
extern struct hostile hostile;

#define ARENA_SIZE (256u << 10)
#define WORDS 1024		/* behind it, to lock and to wait on */

u64 random_next(struct random *r);
static inline u32 below(struct random *r, u32 n)
{
	return (u32)(random_next(r) >> 33) % n;
}
static inline bool one_in(struct random *r, u32 n)
{
	return n && !below(r, n);
}

/* values.c: arguments that are wrong in every way that South has to notice. */
s32 any_handle(struct random *r);
void made_handle(s32 h);
u64 any_u64(struct random *r);
u64 any_uaddr(struct random *r);
u32 any_len(struct random *r);
/* any_place - where @len bytes lie in linear memory: mostly in the arena; seldom where nothing is. */
void *any_place(struct random *r, u32 len);
u32 *any_word(struct random *r);
const char *any_name(struct random *r, u32 *len);
s32 any_pid(struct random *r);
s64 any_answer(struct random *r);
bool foreign(u64 uaddr, u64 len);	/* is that the kernel's, or nobody's, for sure? */

/* calls.c: one import at random, and what must not have come back. */
void call_any(struct random *r);
void breach(const char *what, u64 a, u64 b);

#endif
