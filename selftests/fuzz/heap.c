// SPDX-License-Identifier: GPL-2.0
/*
 * North's allocator over the C library's, for ASan to watch, with a list of all
 * blocks: so a whole box can be forgotten. The list's links are written inverted, or
 * the search for leaks would find every block through them.
 */
#include <sanitizer/asan_interface.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "fuzz.h"
#include "../hosted/south_private.h"

struct block {
	uintptr_t next, prev;	/* inverted */
	void *base;		/* for free() */
	size_t size;
};

void *alloc(size_t size);
void release(void *p);
void *resize(void *p, size_t size);

#define PAGE 4096
#define LARGE_MAX 0xf0000000u
/* What a case may have at once: more than any has use for. */
#define USED_MAX (512u << 20)

static uintptr_t first = ~(uintptr_t)0;
static size_t used;
static u32 fail_after;

void hosted_fail_alloc(u32 n)
{
	fail_after = n;
}

static int fails(void)
{
	if (fail_after > 1)
		fail_after--;
	else if (fail_after == 1)
		return 1;
	return 0;
}

static struct block *block_at(uintptr_t inverted)
{
	return (struct block *)~inverted;
}

static struct block *block_of(void *p)
{
	return (struct block *)p - 1;
}

/* The header may be touched between these two only. */
static void open_header(struct block *b)
{
	if (b)
		ASAN_UNPOISON_MEMORY_REGION(b, sizeof(*b));
}

static void shut_header(struct block *b)
{
	if (b)
		ASAN_POISON_MEMORY_REGION(b, sizeof(*b));
}

static void link_block(struct block *b)
{
	struct block *next = block_at(first);

	b->next = first;
	b->prev = ~(uintptr_t)0;
	first = ~(uintptr_t)b;
	open_header(next);
	if (next)
		next->prev = ~(uintptr_t)b;
	shut_header(next);
	shut_header(b);
}

static void *unlink_block(struct block *b)
{
	struct block *next, *prev;
	void *base;

	open_header(b);
	next = block_at(b->next);
	prev = block_at(b->prev);
	open_header(next);
	open_header(prev);
	if (next)
		next->prev = b->prev;
	if (prev)
		prev->next = b->next;
	else
		first = b->next;
	base = b->base;
	used -= b->size;
	shut_header(next);
	shut_header(prev);
	return base;
}

void *alloc(size_t size)
{
	size_t before = size >= PAGE ? PAGE : sizeof(struct block);
	struct block *b;
	char *base;

	if (size > LARGE_MAX || fails())
		return NULL;
	if (size > USED_MAX - used)
		return NULL;
	if (size >= PAGE) {
		if (posix_memalign((void **)&base, PAGE, before + size))
			return NULL;
		memset(base, 0, before + size);
	} else {
		base = calloc(1, before + size);
		if (!base)
			return NULL;
	}
	b = block_of(base + before);
	b->base = base;
	b->size = size;
	used += size;
	link_block(b);
	return base + before;
}

void release(void *p)
{
	void *base;

	if (!p)
		return;
	/* A block that is given back twice is found here: its header is freed memory. */
	base = unlink_block(block_of(p));
	hosted_forget_locks(p, 4096);
	free(base);
}

void *resize(void *p, size_t size)
{
	void *q = alloc(size);

	if (q && p) {
		struct block *b = block_of(p);
		size_t have;

		open_header(b);
		have = b->size;
		shut_header(b);
		memcpy(q, p, have < size ? have : size);
		release(p);
	}
	return q;
}

size_t alloc_used(void)
{
	return used;
}

void heap_forget(void)
{
	while (block_at(first))
		release(block_at(first) + 1);
}
