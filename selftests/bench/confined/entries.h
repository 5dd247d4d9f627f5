/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BENCH_ENTRIES_H
#define BENCH_ENTRIES_H

#include "confine.h"

struct w2c_south;

/* Where South finds what North points to; NULL for North's NULL. */
static inline void *lb_pointer(struct w2c_south *caller, u32 addr, u32 len)
{
	return addr ? lb_mem((struct lb_task *)caller, addr, len) : NULL;
}

#endif
