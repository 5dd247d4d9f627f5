// SPDX-License-Identifier: GPL-2.0
/*
 * North's allocator over the C library's, so that the sanitizers see every block, and
 * order.c who allocated it.
 */
#include <stdlib.h>
#include <string.h>
#include <malloc.h>
#include <pthread.h>
#include "south_private.h"

void *alloc(size_t size);
void release(void *p);
void *resize(void *p, size_t size);
size_t alloc_used(void);
void hosted_fail_alloc(unsigned int n);

static unsigned int fail_after;
static size_t used;

void hosted_fail_alloc(unsigned int n)
{
	fail_after = n;
}

/* ---- who allocated what ---- */

#ifndef HOSTED_TSAN
#define BUCKETS (1u << 12)

struct block {
	struct block *next;
	char *start;
	size_t size;
	void *site;
};

static struct block *blocks[BUCKETS];
static pthread_mutex_t blocks_lock = PTHREAD_MUTEX_INITIALIZER;

static struct block **bucket(unsigned long page)
{
	return &blocks[(page * 0x9e3779b97f4a7c15ull >> 40) % BUCKETS];
}

static void note(void *p, size_t size, void *site)
{
	struct block *b = malloc(sizeof(*b)), **head = bucket((unsigned long)p >> 12);

	if (!b)
		die("no memory");
	pthread_mutex_lock(&blocks_lock);
	*b = (struct block){ *head, p, size, site };
	*head = b;
	pthread_mutex_unlock(&blocks_lock);
}

static void forget(void *p)
{
	struct block **at = bucket((unsigned long)p >> 12), *b;

	pthread_mutex_lock(&blocks_lock);
	while ((*at)->start != p)
		at = &(*at)->next;
	b = *at;
	*at = b->next;
	pthread_mutex_unlock(&blocks_lock);
	free(b);
}

/* Blocks that are larger than a page have their locks in the first. */
int hosted_block(const void *p, void **site, long *offset)
{
	const char *c = p;
	int found = 0;

	pthread_mutex_lock(&blocks_lock);
	for (int back = 0; back < 2 && !found; back++) {
		struct block *b = *bucket(((unsigned long)p >> 12) - back);

		while (b && (c < b->start || c >= b->start + b->size))
			b = b->next;
		if (!b)
			continue;
		*site = b->site;
		*offset = c - b->start;
		found = 1;
	}
	pthread_mutex_unlock(&blocks_lock);
	return found;
}
#else
static void note(void *p, size_t size, void *site)
{
}

static void forget(void *p)
{
}
#endif

/* ---- the allocator ---- */

static int fails(void)
{
	if (fail_after > 1)
		fail_after--;
	else if (fail_after == 1)
		return 1;
	return 0;
}

static void *allocate(size_t size, void *site)
{
	void *p = NULL;

	if (size > 0xf0000000u || fails())
		return NULL;
	if (size >= 4096) {
		if (posix_memalign(&p, 4096, size))
			return NULL;
		memset(p, 0, size);
	} else {
		p = calloc(1, size ? size : 1);
	}
	if (!p)
		return NULL;
	__atomic_add_fetch(&used, malloc_usable_size(p), __ATOMIC_RELAXED);
	note(p, size, site);
	return p;
}

void *alloc(size_t size)
{
	return allocate(size, __builtin_return_address(0));
}

void release(void *p)
{
	if (!p)
		return;
	__atomic_sub_fetch(&used, malloc_usable_size(p), __ATOMIC_RELAXED);
	hosted_forget_locks(p, malloc_usable_size(p));
	forget(p);
	free(p);
}

void *resize(void *p, size_t size)
{
	size_t have = p ? malloc_usable_size(p) : 0;
	void *q = allocate(size, __builtin_return_address(0));

	if (q && p) {
		memcpy(q, p, have < size ? have : size);
		release(p);
	}
	return q;
}

size_t alloc_used(void)
{
	return __atomic_load_n(&used, __ATOMIC_RELAXED);
}
