// SPDX-License-Identifier: GPL-2.0
/* Counts what North's rooms ask of its allocator, and tells the recorder what was refused. */
#define HEAP_C
#include "heap.h"

static u32 count;

void *alloc(size_t size)
{
	u32 nr = ++count;
	void *p = heap_alloc(size);

	if (!p)
		south_heap_refused(nr);
	return p;
}

void *resize(void *p, size_t size)
{
	u32 nr = ++count;
	void *q = heap_resize(p, size);

	if (!q)
		south_heap_refused(nr);
	return q;
}
