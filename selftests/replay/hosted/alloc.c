// SPDX-License-Identifier: GPL-2.0
/*
 * North's allocator over the C library's, which the sanitizers watch. It refuses what
 * the box's refused.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "replay.h"

void *alloc(size_t size);
void release(void *p);
void *resize(void *p, size_t size);

#define LARGE 4096

static u64 count;

static void *fresh(size_t size)
{
	void *p;

	if (size < LARGE)
		return calloc(1, size ? size : 1);
	if (posix_memalign(&p, LARGE, size))
		return NULL;
	return memset(p, 0, size);
}

void *alloc(size_t size)
{
	return record_refuses(++count) ? NULL : fresh(size);
}

void release(void *p)
{
	free(p);
}

void *resize(void *p, size_t size)
{
	size_t have = p ? malloc_usable_size(p) : 0;
	void *q = record_refuses(++count) ? NULL : fresh(size);

	if (q && p) {
		memcpy(q, p, have < size ? have : size);
		free(p);
	}
	return q;
}
