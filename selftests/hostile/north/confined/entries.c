// SPDX-License-Identifier: GPL-2.0
/* The entries of North, taken over. */
#include "hostile.h"

#define HOSTILE_ENTRY(name) __attribute__((export_name(#name)))
#define NR_PRCTL 157

_Static_assert(NR_IMPORTS <= HOSTILE_IMPORTS, "room for each import's count");

struct hostile hostile;

enum entry {
	ENTRY_ENTER, ENTRY_SYSCALL, ENTRY_EXEC, ENTRY_FINISH, ENTRY_ABORT, ENTRY_EXIT,
};

/* A guest asks for it: from now on the box is hostile. */
static s64 hostile_begin(u64 uaddr)
{
	struct south_host *host;
	u32 bytes = ARENA_SIZE + WORDS * sizeof(u32);
	u8 *arena;

	if (hostile.on || south_user_read(&hostile.ask, uaddr, sizeof(hostile.ask)))
		return -EFAULT;
	host = new(struct south_host);
	arena = south_grow(&bytes);
	if (!host || !arena || south_host(host))
		return -ENOMEM;
	hostile.user_end = host->user_end;
	release(host);
	hostile.arena = arena;
	hostile.memory_end = (u32)(uintptr)arena + bytes;
	south_entropy(&hostile.tag, sizeof(hostile.tag));
	hostile.on = true;
	return 0;
}

/* The same guest, asked with the same seed, finds the same numbers in the same task's same entry. */
static struct random hostile_random(void)
{
	u32 tid = current ? (u32)current->tid : 0, visit;

	visit = hostile.visits[tid % ARRAY_SIZE(hostile.visits)]++;
	return (struct random){ hostile.ask.seed * 0x9e3779b97f4a7c15ull ^ (u64)tid << 40 ^ visit };
}

static volatile u32 sink;

/* With ever less of the kernel's stack. */
static noinline void call_deep(struct random *r, u32 depth)
{
	volatile u32 here = depth;

	if (here && sink != 0x12345)
		call_deep(r, here - 1);
	else
		call_any(r);
	sink += here;
}

/* Ways of its own to end, of which each is to cost the box only. */
static void end_badly(struct random *r)
{
	static s64 (*volatile nowhere)(u64) = (s64 (*)(u64))1234567;
	u32 i;

	switch (below(r, 6)) {
	case 0:
		BUG();
	case 1:
		nowhere(1);
		return;
	case 2:
		call_deep(r, 100000);
		return;
	case 3:
		memset((void *)(uintptr)(hostile.memory_end - 64), 0, any_len(r) | 0x80000000u);
		return;
	case 4:
		sink = 1 / (sink & 0);
		return;
	default:
		/* A while without an import, then on. */
		for (i = 0; i < 10000000; i++)
			sink++;
	}
}

static void report(void)
{
	/* A copy: other tasks go on counting. */
	struct hostile_report r = hostile.report;
	const u64 *word = &r.imports;
	u32 i;

	r.magic = HOSTILE_REPORT_MAGIC;
	r.sum = 0;
	for (i = 0; i < (sizeof(r) - offsetof(struct hostile_report, imports)) / sizeof(*word); i++)
		r.sum += word[i];
	south_user_write(hostile.ask.report, &r, sizeof(r));
}

/* Some imports; then: is the entry to go to the real North, too? */
static bool hostile_entry(enum entry entry, struct random *r)
{
	u32 n;

	hostile.report.entries[entry]++;
	for (n = below(r, hostile.ask.steps) + 1; n; n--) {
		if (one_in(r, 16))
			call_deep(r, below(r, 160));
		else
			call_any(r);
	}
	if (one_in(r, 8) || hostile.report.breaches)
		report();
	if (one_in(r, hostile.ask.wild))
		end_badly(r);
	return one_in(r, 2);
}

static bool turns(struct random *r)
{
	if (!hostile.on)
		return false;
	*r = hostile_random();
	return below(r, 100) < hostile.ask.rate;
}

HOSTILE_ENTRY(north_boot)
s32 hostile_boot(void)
{
	return north_boot();
}

HOSTILE_ENTRY(north_enter)
s64 hostile_enter(s32 tid, s32 pid, s32 in, s32 out, s32 err)
{
	struct random r;

	if (turns(&r) && !hostile_entry(ENTRY_ENTER, &r))
		return any_answer(&r);
	return north_enter(tid, pid, in, out, err);
}

HOSTILE_ENTRY(north_syscall)
s64 hostile_syscall(u32 nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	struct random r;
	s64 answer;

	if (nr == NR_PRCTL && a0 == HOSTILE_PRCTL)
		return hostile_begin(a1);
	if (nr == NR_PRCTL && a0 == HOSTILE_STAY) {
		hostile.stay = current->tid;
		return 0;
	}
	if (!turns(&r))
		return north_syscall(nr, a0, a1, a2, a3, a4, a5);
	if (!hostile_entry(ENTRY_SYSCALL, &r))
		return any_answer(&r);
	answer = north_syscall(nr, a0, a1, a2, a3, a4, a5);
	if (one_in(&r, 4))
		hostile_entry(ENTRY_SYSCALL, &r);
	return one_in(&r, 4) ? any_answer(&r) : answer;
}

HOSTILE_ENTRY(north_exec)
s32 hostile_exec(s32 dirfd, u64 path, u32 flags)
{
	struct random r;

	if (turns(&r) && !hostile_entry(ENTRY_EXEC, &r))
		return one_in(&r, 2) ? 0 : (s32)any_answer(&r);
	return north_exec(dirfd, path, flags);
}

HOSTILE_ENTRY(north_exec_finish)
s32 hostile_exec_finish(void)
{
	struct random r;
	s32 err;

	if (!turns(&r))
		return north_exec_finish();
	if (!hostile_entry(ENTRY_FINISH, &r))
		return one_in(&r, 2) ? 0 : (s32)any_answer(&r);
	err = north_exec_finish();
	if (one_in(&r, 2))
		hostile_entry(ENTRY_FINISH, &r);
	return err;
}

HOSTILE_ENTRY(north_clone_abort)
void hostile_clone_abort(void *child)
{
	struct random r;

	if (!turns(&r) || hostile_entry(ENTRY_ABORT, &r) || one_in(&r, 2))
		north_clone_abort(child);
}

HOSTILE_ENTRY(north_exit)
void hostile_exit(u32 last)
{
	struct random r;

	while (hostile.stay && hostile.stay == current->tid)
		south_time(1);
	if (turns(&r) && !hostile_entry(ENTRY_EXIT, &r) && one_in(&r, 4))
		return;
	north_exit(last);
}
