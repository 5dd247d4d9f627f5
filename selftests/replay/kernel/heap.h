/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Put before North's allocator: a replay has another one, so that how often this one
 * locks and grows is not recorded, only what it refuses (heap.c).
 */
#include "base.h"

SOUTH(heap_lock) void south_heap_lock(u32 *word);
SOUTH(heap_unlock) void south_heap_unlock(u32 *word);
SOUTH(heap_refused) void south_heap_refused(u32 nr);

#define lock(m) south_heap_lock(&(m)->word)
#define unlock(m) south_heap_unlock(&(m)->word)

void *heap_alloc(size_t size);
void *heap_resize(void *p, size_t size);
#ifndef HEAP_C
#define alloc heap_alloc
#define resize heap_resize
#endif
