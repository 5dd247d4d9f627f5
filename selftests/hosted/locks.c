// SPDX-License-Identifier: GPL-2.0
/*
 * south_lock() and what it watches: that locks aren't recursive, that who lets one go
 * holds it, that nobody waits or returns to the task with one held, that user memory
 * isn't touched under the innermost ones; and by order.c their order.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "hosted.h"
#include "south_private.h"

#define HELD_MAX 32

static _Thread_local struct held held[HELD_MAX];
static _Thread_local u32 held_count;

int hosted_is_held(const u32 *word)
{
	for (u32 i = 0; i < held_count; i++)
		if (held[i].word == word)
			return 1;
	return 0;
}

void hosted_forget_locks(void *p, size_t size)
{
	if (hosted_order_forget)
		hosted_order_forget(p, size);
}

#if defined(HOSTED_ASAN) || defined(HOSTED_TSAN)
void __sanitizer_symbolize_pc(void *pc, const char *fmt, char *out, size_t size);
void __sanitizer_symbolize_global(void *p, const char *fmt, char *out, size_t size);
#endif

const char *hosted_site_name(void *pc, char *buf, size_t size)
{
	snprintf(buf, size, "%p", pc);
#if defined(HOSTED_ASAN) || defined(HOSTED_TSAN)
	memset(buf, 0, size);
	__sanitizer_symbolize_pc((char *)pc - 1, "%f %s:%l", buf, size);
	/* Frames that were inlined stand one after the other. */
	if (!strncmp(buf, "lock ", 5) && buf[strlen(buf) + 1])
		return buf + strlen(buf) + 1;
#endif
	return buf;
}

const char *hosted_data_name(void *p, char *buf, size_t size)
{
	snprintf(buf, size, "%p", p);
#if defined(HOSTED_ASAN) || defined(HOSTED_TSAN)
	__sanitizer_symbolize_global(p, "%g", buf, size);
#endif
	return buf;
}

static void futex(u32 *word, int op, u32 val)
{
	syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, val, NULL, NULL, 0);
}

extern u32 tasks_lock __attribute__((weak)), files_lock __attribute__((weak)),
	   inodes_lock __attribute__((weak)), namespace_lock __attribute__((weak));

static void watch(u32 *word)
{
	if (word == &namespace_lock && hosted_order_moved)
		hosted_order_moved();
}

void south_lock(u32 *word)
{
	u32 free = 0;

	if (hosted_is_held(word))
		die("lock %p is taken twice", (void *)word);
	if (held_count && hosted_order)
		hosted_order(held, held_count, word, __builtin_return_address(0));
	if (!__atomic_compare_exchange_n(word, &free, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		if (free > 2)
			die("lock %p was overwritten with %x", (void *)word, free);
		while (__atomic_exchange_n(word, 2, __ATOMIC_ACQUIRE))
			futex(word, FUTEX_WAIT, 2);
	}
	if (held_count == HELD_MAX)
		die("too many locks held");
	watch(word);
	held[held_count++] = (struct held){ word, __builtin_return_address(0) };
}

/*
 * Where threads are watched, who lets go of a lock pauses now and then, more often when
 * somebody waits for it: what one does without the lock meets what another does with it.
 */
static void pause_maybe(int wanted)
{
#ifdef HOSTED_TSAN
	static _Thread_local u32 seed;

	if (!seed)
		seed = (u32)syscall(SYS_gettid);
	seed = seed * 1103515245 + 12345;
	if (!(seed >> 16 & (wanted ? 3 : 127)))
		usleep(1);
#endif
}

void south_unlock(u32 *word)
{
	u32 i = held_count;
	int wanted;

	while (i && held[i - 1].word != word)
		i--;
	if (!i)
		die("lock %p isn't held", (void *)word);
	watch(word);
	memmove(held + i - 1, held + i, (held_count - i) * sizeof(*held));
	held_count--;
	wanted = __atomic_exchange_n(word, 0, __ATOMIC_RELEASE) == 2;
	if (wanted)
		futex(word, FUTEX_WAKE, 1);
	pause_maybe(wanted);
}

void hosted_may_wait(void)
{
	char site[256];

	if (held_count)
		die("waits with a lock held from %s", hosted_site_name(held[0].site, site, sizeof(site)));
}

void hosted_returns(void)
{
	char site[256];

	if (held_count)
		die("returns to the task with a lock held from %s",
		    hosted_site_name(held[0].site, site, sizeof(site)));
}

void hosted_may_copy(void)
{
	if (hosted_is_held(&tasks_lock) || hosted_is_held(&files_lock) || hosted_is_held(&inodes_lock))
		die("user memory is copied under an inner lock");
}
