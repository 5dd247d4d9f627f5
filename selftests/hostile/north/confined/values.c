// SPDX-License-Identifier: GPL-2.0
/* Arguments that are wrong in every way that South has to notice, and enough that are right. */
#include "hostile.h"

u64 random_next(struct random *r)
{
	u64 x = r->state += 0x9e3779b97f4a7c15ull;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static bool wild(struct random *r)
{
	return one_in(r, hostile.ask.wild);
}

void made_handle(s32 h)
{
	if (h >= 0)
		hostile.made[hostile.nr_made++ % ARRAY_SIZE(hostile.made)] = h;
}

/* Open ones of any kind, closed ones, those of other boxes, and what never was one. */
s32 any_handle(struct random *r)
{
	static const s32 odd[] = { -1, -2, -4096, 65535, 65536, 65537, 1 << 30, 0x7fffffff,
				   (s32)0x80000000u };

	switch (below(r, 16)) {
	case 0:
		return odd[below(r, ARRAY_SIZE(odd))];
	case 1:
		return (s32)random_next(r);
	case 2 ... 3:
		return (s32)below(r, 4096);
	case 4 ... 6:
		return (s32)below(r, 24);
	default:
		return hostile.made[below(r, ARRAY_SIZE(hostile.made))];
	}
}

u64 any_u64(struct random *r)
{
	switch (below(r, 8)) {
	case 0:
		return 0;
	case 1:
		return 1ull << below(r, 64);
	case 2:
		return (1ull << below(r, 64)) - 1;
	case 3:
		return 0 - (1ull << below(r, 64));
	case 4:
		return random_next(r);
	case 5:
		return (u64)below(r, 64) << 12;
	default:
		return below(r, 100000);
	}
}

bool foreign(u64 uaddr, u64 len)
{
	return len && hostile.user_end && (uaddr >= hostile.user_end || uaddr + len < uaddr);
}

u64 any_uaddr(struct random *r)
{
	/* The kernel's: its text, modules, stacks, all memory, the page of system calls, nobody's. */
	static const u64 kernel[] = {
		0xffffffff81000000ull, 0xffffffffc0000000ull, 0xffffc90000000000ull,
		0xffff888000000000ull, 0xffff888001000000ull, 0xffffea0000000000ull,
		0xffffffffff600000ull, 0xffffffffffffffffull, 0xfffffffffffff000ull,
		0xffff800000000000ull, 0x0000800000000000ull, 0x8000000000000000ull,
		0xdffffc0000000000ull, 0xfffffe0000000000ull, 0x00007fffffffffffull,
		0x00007ffffffff000ull,
	};
	u64 known;

	switch (below(r, 12)) {
	case 0 ... 1:
		return kernel[below(r, ARRAY_SIZE(kernel))] + (one_in(r, 2) ? below(r, 1u << 24) : 0);
	case 2:
		return hostile.user_end - below(r, 8192);
	case 3:
		return below(r, 1u << 17);
	case 4:
		return random_next(r) >> below(r, 64);
	default:
		known = hostile.ask.user[below(r, ARRAY_SIZE(hostile.ask.user))];
		return known + (one_in(r, 2) ? below(r, 70000) : 0) - (one_in(r, 8) ? 4096 : 0);
	}
}

u32 any_len(struct random *r)
{
	static const u32 edge[] = { 0, 1, 4, 7, 8, 16, 144, 255, 256, 4095, 4096, 4097, 65535, 65536 };
	static const u32 huge[] = { 65537, 1u << 20, 0x7fffffff, 0x80000000u, 0xfffff000u, 0xffffffffu };

	if (wild(r))
		return huge[below(r, ARRAY_SIZE(huge))];
	return one_in(r, 2) ? edge[below(r, ARRAY_SIZE(edge))] : below(r, 5000);
}

void *any_place(struct random *r, u32 len)
{
	u32 end = hostile.memory_end;

	if (wild(r))
		switch (below(r, 4)) {
		case 0:
			return (void *)(uintptr)(end - len + 1);
		case 1:
			return (void *)(uintptr)(u32)random_next(r);
		case 2:
			return (void *)(uintptr)(0u - below(r, 4096));
		default:
			return (void *)(uintptr)(end - below(r, len + 8));
		}
	if (one_in(r, hostile.ask.scribble))
		return (void *)(uintptr)below(r, end);
	if (one_in(r, 32) && len <= end)
		return (void *)(uintptr)(end - len);
	return hostile.arena + (len < ARENA_SIZE ? below(r, ARENA_SIZE - len) : 0);
}

/* Few, so that tasks meet at them; now and then one that other imports write to. */
u32 *any_word(struct random *r)
{
	if (wild(r))
		return (u32 *)((uintptr)any_place(r, 4) | 1);
	if (one_in(r, 64) || one_in(r, hostile.ask.scribble))
		return (u32 *)((uintptr)any_place(r, 4) & ~(uintptr)3);
	return (u32 *)(hostile.arena + ARENA_SIZE) + below(r, one_in(r, 4) ? WORDS : 16);
}

const char *any_name(struct random *r, u32 *len)
{
	/* What the host has beside the box, and ways to climb there. */
	static const char *const names[] = {
		"..", ".", "", "/", "../secret", "a/b", "secret", "key", "hostile", "run", "tmp",
		"etc", "passwd", "shadow", "proc", "sys", "dev", "self", "1", "kcore", "root",
		"file", "dir", "link", "up", "rw", "ro", "opt", "fifo", "loop", "deep",
		"guest", "usr", "bin", "mem", "f0", "f1", "f2", "f3",
	};
	const char *name = names[below(r, ARRAY_SIZE(names))];
	char *copy = any_place(r, 4096);

	*len = (u32)strlen(name);
	if (one_in(r, 16)) {
		/* Its own: too long, not text, a NUL within. */
		*len = one_in(r, 2) ? 250 + below(r, 10) : any_len(r);
		return copy;
	}
	if (one_in(r, 16))
		*len += 1;
	return name;
}

/* Its own tasks, the first ones of the host, and nobody's. */
s32 any_pid(struct random *r)
{
	switch (below(r, 6)) {
	case 0:
		return (s32)random_next(r);
	case 1:
		return -(s32)below(r, 5);
	case 2:
		return (s32)below(r, 3000);
	default:
		return (s32)below(r, 24);
	}
}

/* What Linux's own calls never answer, too: restarts, errnos beyond the last, addresses. */
s64 any_answer(struct random *r)
{
	switch (below(r, 8)) {
	case 0:
		return -(s64)below(r, 134);
	case 1:
		return -512 - (s64)below(r, 20);
	case 2:
		return (s64)random_next(r);
	case 3:
		return (s64)any_uaddr(r);
	case 4:
		return -4096 + (s64)below(r, 3) - 1;
	case 5:
		return -(1ll << 32) + (s64)below(r, 3) - 1;
	default:
		return below(r, 8);
	}
}
