// SPDX-License-Identifier: GPL-2.0
/*
 * The order of North's locks, by class, as lockdep has it: a class is a lock in static
 * memory, or the locks at one place of the blocks that one line allocates. Who takes a
 * lock of one class with one of another held adds an edge; a circle of edges is a
 * deadlock that waits for its schedule, and ends the program, whether or not anybody
 * ever met it. Of two locks of one class (a directory's and that of one in it) the
 * instances are compared, for as long as no directory moves: namespace_lock is North's
 * for that.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "hosted.h"
#include "south_private.h"

#define CLASSES_MAX 256
#define KNOWN (1u << 14)
#define PAIRS (1u << 16)

/* struct lock_class - @site: who allocated the block, or, with @offset -1, the lock itself. */
struct lock_class {
	void *site;
	long offset;
};

/* struct known - a lock that was seen; another one at its address has another age. */
struct known {
	u32 *word;
	u32 age;
	u32 class;	/* plus 1; 0: to be found out */
};

struct edge {
	void *sites[2];
};

/* struct pair - two locks of one class: @second was taken while @first was held. */
struct pair {
	u32 *first, *second;
	u32 ages[2], epoch;
	void *sites[2];
};

static pthread_mutex_t order_lock = PTHREAD_MUTEX_INITIALIZER;
static struct lock_class classes[CLASSES_MAX];
static u32 class_count;
static struct edge edges[CLASSES_MAX][CLASSES_MAX];
static struct known known[KNOWN];
static u32 known_count;
static struct pair pairs[PAIRS];
static u32 pair_count;
/* Of the directories' places: pairs of an older one say nothing. */
static u32 epoch;

extern u32 namespace_lock __attribute__((weak));

static u32 hash(const void *a, const void *b)
{
	return ((unsigned long)a * 0x9e3779b97f4a7c15ull ^ (unsigned long)b * 0xc2b2ae3d27d4eb4full) >> 33;
}

/* ---- classes ---- */

static struct known *known_find(u32 *word)
{
	u32 i = hash(word, NULL) % KNOWN;

	while (known[i].word && known[i].word != word)
		i = (i + 1) % KNOWN;
	return &known[i];
}

/* NULL where there are too many to watch. */
static struct known *known_get(u32 *word)
{
	struct known *k = known_find(word);

	if (!k->word) {
		if (known_count == KNOWN / 2)
			return NULL;
		k->word = word;
		known_count++;
	}
	return k;
}

static u32 class_number(void *site, long offset)
{
	u32 i;

	for (i = 0; i < class_count; i++)
		if (classes[i].site == site && classes[i].offset == offset)
			return i;
	if (i == CLASSES_MAX)
		die("too many classes of locks");
	classes[class_count++] = (struct lock_class){ site, offset };
	return i;
}

/* -1: a lock that is neither static nor in a block of the hosted allocator's. */
static int class_of(u32 *word)
{
	extern char __data_start, _end;
	struct known *k = known_get(word);
	void *site;
	long offset;

	if (!k)
		return -1;
	if (!k->class) {
		if ((char *)word >= &__data_start && (char *)word < &_end)
			k->class = class_number(word, -1) + 1;
		else if (hosted_block && hosted_block(word, &site, &offset))
			k->class = class_number(site, offset) + 1;
	}
	return (int)k->class - 1;
}

void hosted_order_forget(void *p, size_t size)
{
	private_lock(&order_lock);
	for (size_t at = 0; known_count && at + 4 <= size && at < 4096; at += 4) {
		struct known *k = known_find((u32 *)((char *)p + at));

		if (k->word) {
			k->age++;
			k->class = 0;
		}
	}
	private_unlock(&order_lock);
}

static const char *class_name(u32 c, char *buf, size_t size)
{
	char site[200];

	if (classes[c].offset < 0)
		hosted_data_name(classes[c].site, buf, size);
	else
		snprintf(buf, size, "at byte %ld of what is allocated in %s", classes[c].offset,
			 hosted_site_name(classes[c].site, site, sizeof(site)));
	return buf;
}

/* ---- circles ---- */

static void print_edge(u32 from, u32 to)
{
	char a[256], b[256];

	fprintf(stderr, "#   the lock %s\n", class_name(from, a, sizeof(a)));
	fprintf(stderr, "#     held from   %s\n", hosted_site_name(edges[from][to].sites[0], a, sizeof(a)));
	fprintf(stderr, "#   when the lock %s\n", class_name(to, a, sizeof(a)));
	fprintf(stderr, "#     was taken in %s\n", hosted_site_name(edges[from][to].sites[1], b, sizeof(b)));
}

/* Is there a way from @from to @to? @way[0..] are the classes on it, in its order. */
static u32 way_between(u32 from, u32 to, u32 *way, u8 *been)
{
	u32 n;

	way[0] = from;
	if (from == to)
		return 1;
	been[from] = 1;
	for (u32 next = 0; next < class_count; next++) {
		if (!edges[from][next].sites[0] || been[next])
			continue;
		n = way_between(next, to, way + 1, been);
		if (n)
			return n + 1;
	}
	return 0;
}

static void add_edge(u32 from, u32 to, void *from_site, void *to_site)
{
	u32 way[CLASSES_MAX], n;
	u8 been[CLASSES_MAX] = { 0 };

	if (edges[from][to].sites[0])
		return;
	edges[from][to] = (struct edge){ { from_site, to_site } };
	n = way_between(to, from, way, been);
	if (!n)
		return;
	fprintf(stderr, "# lock order: now\n");
	print_edge(from, to);
	fprintf(stderr, "# but before\n");
	for (u32 i = 0; i + 1 < n; i++)
		print_edge(way[i], way[i + 1]);
	die("locks are taken in a circle");
}

/* ---- two of one class ---- */

static struct pair *pair_find(u32 *first, u32 *second)
{
	u32 i = hash(first, second) % PAIRS;

	while (pairs[i].first && (pairs[i].first != first || pairs[i].second != second))
		i = (i + 1) % PAIRS;
	return &pairs[i];
}

static int pair_true(const struct pair *p)
{
	return p->first && p->epoch == epoch && p->ages[0] == known_find(p->first)->age &&
	       p->ages[1] == known_find(p->second)->age;
}

static void check_pair(const struct held *held, u32 *word, void *site)
{
	struct pair *back = pair_find(word, held->word), *p;
	char name[256];

	if (pair_true(back)) {
		fprintf(stderr, "# lock order: two locks of one class were taken in\n#   %s\n",
			hosted_site_name(back->sites[0], name, sizeof(name)));
		fprintf(stderr, "# and then\n#   %s\n", hosted_site_name(back->sites[1], name, sizeof(name)));
		fprintf(stderr, "# and now the second of them is taken in\n#   %s\n",
			hosted_site_name(held->site, name, sizeof(name)));
		fprintf(stderr, "# and then the first\n#   %s\n", hosted_site_name(site, name, sizeof(name)));
		die("two locks are taken in both orders");
	}
	p = pair_find(held->word, word);
	if (!p->first) {
		if (pair_count > PAIRS / 2)
			return;
		pair_count++;
	}
	*p = (struct pair){ held->word, word, { known_find(held->word)->age, known_find(word)->age },
			    epoch, { held->site, site } };
}

void hosted_order_moved(void)
{
	private_lock(&order_lock);
	epoch++;
	private_unlock(&order_lock);
}

void hosted_order(const struct held *held, u32 count, u32 *word, void *site)
{
	int class;

	private_lock(&order_lock);
	class = class_of(word);
	for (u32 i = 0; class >= 0 && i < count; i++) {
		int outer = class_of(held[i].word);

		if (outer == class && !hosted_is_held(&namespace_lock))
			check_pair(&held[i], word, site);
		else if (outer >= 0 && outer != class)
			add_edge((u32)outer, (u32)class, held[i].site, site);
	}
	private_unlock(&order_lock);
}
