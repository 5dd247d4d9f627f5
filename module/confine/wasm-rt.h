/* SPDX-License-Identifier: GPL-2.0 */
/* The types that wasm2c's header wants; the rest is in wasm-prelude.h. */
#ifndef LB_WASM_RT_H
#define LB_WASM_RT_H

#include <linux/types.h>

#define WASM_RT_CORE_TYPES_DEFINED

/*
 * A task's view of its box's linear memory. Grows at an import; never shrinks, never
 * moves what is there.
 */
typedef struct {
	u8 *data;
	u64 mask;	/* size - 1; the size is a power of two */
} wasm_rt_memory_t;

#define LB_MEMORY_GUARD 4096 /* bytes mapped behind a memory, at least */

/* All views that a memory ever had, the newest last; nr is published when it is there. */
#define LB_MEMORY_VIEWS 12 /* doublings from LB_MEMORY_MIN, and the first */
struct lb_views {
	u32 nr;
	wasm_rt_memory_t view[LB_MEMORY_VIEWS];
};

typedef struct {
	const char *type;	/* NULL: empty */
	void *func;
} wasm_rt_funcref_t;

typedef struct {
	wasm_rt_funcref_t *data;
	u32 size;
} wasm_rt_funcref_table_t;

typedef const char *wasm_rt_func_type_t;

#endif
