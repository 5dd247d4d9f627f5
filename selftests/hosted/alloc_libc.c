// SPDX-License-Identifier: GPL-2.0
/* North's allocator over the C library's, so that the sanitizers see every block. */
#include <stdlib.h>
#include <string.h>
#include <malloc.h>
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

static int fails(void)
{
	if (fail_after > 1)
		fail_after--;
	else if (fail_after == 1)
		return 1;
	return 0;
}

void *alloc(size_t size)
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
	if (p)
		__atomic_add_fetch(&used, malloc_usable_size(p), __ATOMIC_RELAXED);
	return p;
}

void release(void *p)
{
	if (!p)
		return;
	__atomic_sub_fetch(&used, malloc_usable_size(p), __ATOMIC_RELAXED);
	hosted_forget_locks(p, malloc_usable_size(p));
	free(p);
}

void *resize(void *p, size_t size)
{
	size_t have = p ? malloc_usable_size(p) : 0;
	void *q = alloc(size);

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
