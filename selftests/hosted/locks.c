// SPDX-License-Identifier: GPL-2.0
/*
 * south_lock() and what it watches: that locks aren't recursive, that nobody
 * waits with one held, and, if HOSTED_LOCK_ORDER is in the environment, that
 * two locks are always taken in the same order unless a third one, held each
 * time, makes that harmless. Instances are compared, not classes. Directories
 * that were moved about change their order rightfully: hence only on request.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "hosted.h"
#include "south_private.h"

#define die(fmt, ...) do {							\
	fprintf(stderr, "hosted south: " fmt "\n", ##__VA_ARGS__);		\
	abort();								\
} while (0)

#define HELD_MAX 32
#define GATES_MAX 6
#define EDGES (1u << 16)
#define LOCKS (1u << 14)
#define REPORTS_MAX 20

struct held {
	u32 *word;
	void *site;
};
static _Thread_local struct held held[HELD_MAX];
static _Thread_local u32 held_count;

/* struct known - a lock that was seen; another lock at its address has another age. */
struct known {
	u32 *word;
	u32 age;
};

/* struct edge - @second was taken while @first was held. */
struct edge {
	u32 *first, *second;
	u32 ages[2];
	void *sites[2];
	u32 *gates[GATES_MAX];	/* held each time */
	u32 gate_count;
};

static pthread_mutex_t order_lock = PTHREAD_MUTEX_INITIALIZER;
static struct known known[LOCKS];
static u32 known_count;
static struct edge *edges;
static u32 edge_count, reports;

static u32 hash(const void *a, const void *b)
{
	return ((unsigned long)a * 0x9e3779b97f4a7c15ull ^ (unsigned long)b * 0xc2b2ae3d27d4eb4full) >> 33;
}

static struct known *known_find(u32 *word)
{
	u32 i = hash(word, NULL) % LOCKS;

	while (known[i].word && known[i].word != word)
		i = (i + 1) % LOCKS;
	return &known[i];
}

static u32 age_of(u32 *word)
{
	struct known *k = known_find(word);

	if (!k->word && known_count < LOCKS / 2) {
		k->word = word;
		known_count++;
	}
	return k->age;
}

void hosted_forget_locks(void *p, size_t size)
{
	pthread_mutex_lock(&order_lock);
	for (size_t at = 0; known_count && at + 4 <= size && at < 4096; at += 4) {
		struct known *k = known_find((u32 *)((char *)p + at));

		if (k->word)
			k->age++;
	}
	pthread_mutex_unlock(&order_lock);
}

static struct edge *edge_find(u32 *first, u32 *second)
{
	u32 i = hash(first, second) % EDGES;

	while (edges[i].first && (edges[i].first != first || edges[i].second != second))
		i = (i + 1) % EDGES;
	return &edges[i];
}

static int edge_true(const struct edge *e)
{
	return e->first && e->ages[0] == age_of(e->first) && e->ages[1] == age_of(e->second);
}

static int is_held(const u32 *word)
{
	for (u32 i = 0; i < held_count; i++)
		if (held[i].word == word)
			return 1;
	return 0;
}

#ifdef __SANITIZE_ADDRESS__
void __sanitizer_symbolize_pc(void *pc, const char *fmt, char *out, size_t size);
#endif

static const char *site_name(void *pc, char *buf, size_t size)
{
	snprintf(buf, size, "%p", pc);
#ifdef __SANITIZE_ADDRESS__
	memset(buf, 0, size);
	__sanitizer_symbolize_pc((char *)pc - 1, "%f %s:%l", buf, size);
	/* Frames that were inlined stand one after the other. */
	if (!strncmp(buf, "lock ", 5) && buf[strlen(buf) + 1])
		return buf + strlen(buf) + 1;
#endif
	return buf;
}

static void report(const struct edge *e, void *first_site, void *second_site)
{
	char a[256], b[256], c[256], d[256];

	if (++reports > REPORTS_MAX)
		return;
	fprintf(stderr, "# lock order: taken here\n#   %s\n# while held from\n#   %s\n"
		"# but before the other way around, at\n#   %s\n# while held from\n#   %s\n",
		site_name(second_site, a, sizeof(a)), site_name(first_site, b, sizeof(b)),
		site_name(e->sites[1], c, sizeof(c)), site_name(e->sites[0], d, sizeof(d)));
}

/* @word is about to be taken while held[i] is. */
static void check_order(u32 i, u32 *word, void *site)
{
	struct edge *back = edge_find(word, held[i].word), *e;
	u32 n = 0;

	if (edge_true(back)) {
		int gated = 0;

		for (u32 k = 0; k < back->gate_count; k++)
			gated |= is_held(back->gates[k]);
		if (!gated)
			report(back, held[i].site, site);
	}
	e = edge_find(held[i].word, word);
	if (edge_true(e)) {
		for (u32 k = 0; k < e->gate_count; k++)
			if (is_held(e->gates[k]))
				e->gates[n++] = e->gates[k];
		e->gate_count = n;
		return;
	}
	if (!e->first) {
		if (edge_count > EDGES / 2)
			return;
		edge_count++;
	}
	*e = (struct edge){ held[i].word, word, { age_of(held[i].word), age_of(word) },
			    { held[i].site, site }, { NULL }, 0 };
	for (u32 k = 0; k < held_count && n < GATES_MAX; k++)
		if (k != i)
			e->gates[n++] = held[k].word;
	e->gate_count = n;
}

static int watches_order(void)
{
	static int answer = -1;

	if (answer < 0)
		answer = getenv("HOSTED_LOCK_ORDER") != NULL;
	return answer;
}

static void watch(u32 *word, void *site)
{
	for (u32 i = 0; i < held_count; i++)
		if (held[i].word == word)
			die("lock %p is taken twice", (void *)word);
	if (!held_count || !watches_order())
		return;
	pthread_mutex_lock(&order_lock);
	if (!edges)
		edges = calloc(EDGES, sizeof(*edges));
	for (u32 i = 0; i < held_count; i++)
		check_order(i, word, site);
	pthread_mutex_unlock(&order_lock);
}

static void futex(u32 *word, int op, u32 val)
{
	syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, val, NULL, NULL, 0);
}

void south_lock(u32 *word)
{
	u32 free = 0;

	watch(word, __builtin_return_address(0));
	if (!__atomic_compare_exchange_n(word, &free, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		if (free > 2)
			die("lock %p was overwritten with %x", (void *)word, free);
		while (__atomic_exchange_n(word, 2, __ATOMIC_ACQUIRE))
			futex(word, FUTEX_WAIT, 2);
	}
	if (held_count == HELD_MAX)
		die("too many locks held");
	held[held_count++] = (struct held){ word, __builtin_return_address(0) };
}

void south_unlock(u32 *word)
{
	u32 i = held_count;

	while (i && held[i - 1].word != word)
		i--;
	if (!i)
		die("lock %p isn't held", (void *)word);
	memmove(held + i - 1, held + i, (held_count - i) * sizeof(*held));
	held_count--;
	if (__atomic_exchange_n(word, 0, __ATOMIC_RELEASE) == 2)
		futex(word, FUTEX_WAKE, 1);
}

void hosted_may_wait(void)
{
	char site[256];

	if (held_count)
		die("waits with a lock held from %s", site_name(held[0].site, site, sizeof(site)));
}

extern u32 tasks_lock __attribute__((weak)), files_lock __attribute__((weak)),
	   inodes_lock __attribute__((weak));

void hosted_may_copy(void)
{
	if (is_held(&tasks_lock) || is_held(&files_lock) || is_held(&inodes_lock))
		die("user memory is copied under an inner lock");
}
