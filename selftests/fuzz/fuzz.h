/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzz targets share. A case begins with a fresh box (box_begin()), makes
 * calls in it as the bytes of the input say, and ends with box_end(), which looks
 * for what was left behind and forgets the box.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include "../hosted/hosted.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* ---- the input: bytes that are taken one after the other; zeroes behind the end ---- */

struct input {
	const u8 *at, *end;
};

static inline int more(const struct input *in)
{
	return in->at < in->end;
}

static inline u8 take8(struct input *in)
{
	return more(in) ? *in->at++ : 0;
}

static inline u32 take16(struct input *in)
{
	u32 low = take8(in);

	return low | (u32)take8(in) << 8;
}

static inline u64 take64(struct input *in)
{
	u64 v = 0;

	for (u32 i = 0; i < 64; i += 8)
		v |= (u64)take8(in) << i;
	return v;
}

/* A number below @n, which is at most 256. */
static inline u32 pick(struct input *in, u32 n)
{
	return take8(in) % n;
}

/* ---- what went wrong ---- */

/* Says what, and what came before it, and aborts: libFuzzer keeps the input then. */
void fuzz_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
/* A line about the case, printed if it fails or FUZZ_TRACE is in the environment. */
void fuzz_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define MUST(cond) do {							\
	if (!(cond))							\
		fuzz_fail("%s:%d: not true: %s", __FILE__, __LINE__, #cond);	\
} while (0)

/* ---- the guest's memory (guest.c) ---- */

/*
 * All that North may reach as user memory lies between GUEST_LOW and GUEST_END, of
 * which the arena is always there: GUEST_SIZE bytes to write, a page to read only,
 * and nothing behind it.
 */
#define GUEST_LOW  0x10000ull
#define GUEST      0x20000000ull
#define GUEST_SIZE 0x100000ull
#define GUEST_RO   (GUEST + GUEST_SIZE)
#define GUEST_HOLE (GUEST_RO + 4096)
#define GUEST_MAPS 0x30000000ull
#define GUEST_END  0x70000000ull

void guest_init(void);
/* All that was mapped goes, but for the arena, which keeps what is in it. */
void guest_unmap(void);
/* That, and time begins anew. */
void guest_reset(void);
static inline void *guest(u64 addr)
{
	return (void *)addr;
}

/* ---- the box (box.c) ---- */

/* Once, before the first box. */
void box_init(void);
/* A line of the next box's configuration; %d for a handle is the caller's to make. */
void box_config(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Boots, enters a first process (streams on /dev/null are its 0..2) and becomes it. */
struct task *box_begin(void);
/* All processes exit; nothing may be held or lost; all of the box is forgotten. */
void box_end(void);
/* Something may have been lost: box_end() looks for it in this case in any event. */
void box_suspect(void);
/* A call of the box, checked for what holds for any: see box.c. */
s64 box_call(u32 nr, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f);
/* What must hold whenever North has returned: no lock is held. */
void box_check(void);
/* hosted_exec(), in an address space of its own; @path is the guest's. */
s32 box_exec(s32 dirfd, u64 path, const char *const *argv, u32 flags, int finish);
/* Did the last call ask for a child? */
int box_asked(void);
/* The child that the last call asked for, or NULL; it is the box's to end. */
struct task *box_child(void);
/* One of the box's tasks exits. */
void box_exit(struct task *task);
u32 box_tasks(void);
struct task *box_task(u32 i);

#define sys(nr, ...) sys_(nr, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define sys_(nr, a, b, c, d, e, f, ...) \
	box_call(nr, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e), (u64)(f))

/* ---- North's memory (heap.c) ---- */

size_t alloc_used(void);
/* Every block that North has, whoever forgot it, goes. */
void heap_forget(void);
void hosted_fail_alloc(u32 n);

/* What an errno is called, for messages; "0" and up as numbers. */
const char *outcome(s64 r);

#endif
