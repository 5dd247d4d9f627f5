/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What wasm2c's C is compiled against, in place of the prelude that wasm2c
 * prints: integers only, addresses masked to a power-of-two memory, indirect
 * calls checked by type, loops fuelled, stack watched. See confine.h.
 */
#ifndef LB_WASM_PRELUDE_H
#define LB_WASM_PRELUDE_H

#include <linux/types.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include "instance.h"

#define WASM_RT_USE_SEGUE 0

#define LIKELY likely
#define UNLIKELY unlikely
#define FUNC_TYPE_T(x) static const char __maybe_unused x[]

#define LB_INST ((struct lb_instance *)instance)
#define TRAP(x) (lb_wasm_trap(LB_INST, LB_TRAP_##x), 0)
#define LB_TRAP_OOB LB_TRAP_RANGE
#define LB_TRAP_DIV_BY_ZERO LB_TRAP_DIVIDE
#define LB_TRAP_INT_OVERFLOW LB_TRAP_DIVIDE
#define UNREACHABLE TRAP(UNREACHABLE)

/* The stack pointer is compared once a function: recursion ends before the stack does. */
#define FUNC_PROLOGUE do {							\
	if (unlikely(current_stack_pointer < LB_INST->stack_limit))		\
		lb_wasm_trap(LB_INST, LB_TRAP_STACK);				\
} while (0)
#define FUNC_EPILOGUE do { } while (0)

/* Put behind each loop head by wasm2c.awk. */
#define LB_FUEL do {								\
	if (unlikely(--LB_INST->fuel < 0))					\
		lb_wasm_refuel(LB_INST);					\
} while (0)
/* For @n bytes at once, before they are moved. */
#define LB_FUEL_BULK(n) do {							\
	LB_INST->fuel -= (n) / 64;						\
	if (unlikely(LB_INST->fuel < 0))					\
		lb_wasm_refuel(LB_INST);					\
} while (0)

/*
 * The view, for as long as it can't change: until the next call, behind which
 * wasm2c.awk reads it anew. The compiler couldn't know that no store changes it.
 */
#define LB_VIEW_BEGIN wasm_rt_memory_t view __maybe_unused = *instance->w2c_env_memory
#define LB_VIEW_AGAIN view = *instance->w2c_env_memory

/*
 * An access of at most 8 bytes at any address stays inside. A constant offset as
 * fields of structures have it isn't masked but together with 8 bytes shorter than the
 * guard page that follows the memory; so one masked base serves all fields.
 */
static __always_inline u8 *lb_at(const wasm_rt_memory_t *mem, u32 base, u64 off)
{
	if (__builtin_constant_p(off) && off + 8 <= LB_MEMORY_GUARD)
		return mem->data + (base & mem->mask) + off;
	return mem->data + ((base + off) & mem->mask);
}

#define DEFINE_LOAD(name, t1, t2, t3)						\
static __always_inline t3 name(const wasm_rt_memory_t *mem, u32 base, u64 off)	\
{										\
	return (t3)(t2)get_unaligned((const t1 *)lb_at(mem, base, off));	\
}
#define DEFINE_STORE(name, t1, t2)						\
static __always_inline void name(const wasm_rt_memory_t *mem, u32 base, u64 off, t2 v)	\
{										\
	put_unaligned((t1)v, (t1 *)lb_at(mem, base, off));			\
}

DEFINE_LOAD(i32_load, u32, u32, u32)
DEFINE_LOAD(i64_load, u64, u64, u64)
DEFINE_LOAD(i32_load8_s, s8, s32, u32)
DEFINE_LOAD(i64_load8_s, s8, s64, u64)
DEFINE_LOAD(i32_load8_u, u8, u32, u32)
DEFINE_LOAD(i64_load8_u, u8, u64, u64)
DEFINE_LOAD(i32_load16_s, s16, s32, u32)
DEFINE_LOAD(i64_load16_s, s16, s64, u64)
DEFINE_LOAD(i32_load16_u, u16, u32, u32)
DEFINE_LOAD(i64_load16_u, u16, u64, u64)
DEFINE_LOAD(i64_load32_s, s32, s64, u64)
DEFINE_LOAD(i64_load32_u, u32, u64, u64)
DEFINE_STORE(i32_store, u32, u32)
DEFINE_STORE(i64_store, u64, u64)
DEFINE_STORE(i32_store8, u8, u32)
DEFINE_STORE(i32_store16, u16, u32)
DEFINE_STORE(i64_store8, u8, u64)
DEFINE_STORE(i64_store16, u16, u64)
DEFINE_STORE(i64_store32, u32, u64)

#define I32_CLZ(x) ((x) ? __builtin_clz(x) : 32)
#define I64_CLZ(x) ((x) ? __builtin_clzll(x) : 64)
#define I32_CTZ(x) ((x) ? __builtin_ctz(x) : 32)
#define I64_CTZ(x) ((x) ? __builtin_ctzll(x) : 64)
#define I32_POPCNT(x) hweight32(x)
#define I64_POPCNT(x) hweight64(x)

#define DIV_S(ut, min, x, y)							\
	(unlikely((y) == 0) ? TRAP(DIV_BY_ZERO) :				\
	 unlikely((x) == (min) && (y) == -1) ? TRAP(INT_OVERFLOW) : (ut)((x) / (y)))
#define REM_S(ut, min, x, y)							\
	(unlikely((y) == 0) ? TRAP(DIV_BY_ZERO) :				\
	 unlikely((x) == (min) && (y) == -1) ? 0 : (ut)((x) % (y)))
#define I32_DIV_S(x, y) DIV_S(u32, S32_MIN, (s32)(x), (s32)(y))
#define I64_DIV_S(x, y) DIV_S(u64, S64_MIN, (s64)(x), (s64)(y))
#define I32_REM_S(x, y) REM_S(u32, S32_MIN, (s32)(x), (s32)(y))
#define I64_REM_S(x, y) REM_S(u64, S64_MIN, (s64)(x), (s64)(y))
#define DIV_U(x, y) (unlikely((y) == 0) ? TRAP(DIV_BY_ZERO) : ((x) / (y)))
#define REM_U(x, y) (unlikely((y) == 0) ? TRAP(DIV_BY_ZERO) : ((x) % (y)))
#define ROTL(x, y, mask) (((x) << ((y) & (mask))) | ((x) >> (((mask) - (y) + 1) & (mask))))
#define ROTR(x, y, mask) (((x) >> ((y) & (mask))) | ((x) << (((mask) - (y) + 1) & (mask))))
#define I32_ROTL(x, y) ROTL(x, y, 31)
#define I64_ROTL(x, y) ROTL(x, y, 63)
#define I32_ROTR(x, y) ROTR(x, y, 31)
#define I64_ROTR(x, y) ROTR(x, y, 63)

#define RANGE_CHECK(mem, addr, n) do {						\
	if (unlikely((u64)(addr) + (n) > (u64)(mem)->mask + 1))			\
		TRAP(OOB);							\
} while (0)

#define memory_fill(mem, d, v, n) do {						\
	u32 d_ = (d), n_ = (n);							\
	RANGE_CHECK(mem, d_, n_);						\
	LB_FUEL_BULK(n_);							\
	memset((mem)->data + d_, (v), n_);					\
} while (0)
#define memory_copy(dst, src, d, s, n) do {					\
	u32 d_ = (d), s_ = (s), n_ = (n);					\
	RANGE_CHECK(dst, d_, n_);						\
	RANGE_CHECK(src, s_, n_);						\
	LB_FUEL_BULK(n_);							\
	memmove((dst)->data + d_, (src)->data + s_, n_);			\
} while (0)

/*
 * One table serves every instance; the callee runs on the caller's. The index is
 * clamped under speculation too. Takes fuel, as recursion through pointers is a loop.
 */
#define CALL_INDIRECT(table, t, ft, x, inst, ...) ({				\
	u32 x_ = (x);								\
	LB_FUEL;								\
	if (unlikely(x_ >= (table).size))					\
		TRAP(CALL);							\
	x_ = array_index_nospec(x_, (table).size);				\
	if (unlikely((table).data[x_].type != (ft)))				\
		TRAP(CALL);							\
	((t)(table).data[x_].func)((void *)instance, ##__VA_ARGS__);		\
})

typedef void (*wasm_rt_function_ptr_t)(void);
typedef struct {
	enum { RefFunc, RefNull, GlobalGet } expr_type;
	const char *type;
	wasm_rt_function_ptr_t func;
	struct { void *func; } code;
	size_t module_offset;
} wasm_elem_segment_expr_t;

#define wasm_rt_allocate_funcref_table(t, n, max) lb_wasm_table_new(t, n)
#define funcref_table_init(t, src, n, to, from, count, ...)			\
	lb_wasm_table_fill(t, src, n, to, from, count)

static inline void lb_wasm_table_fill(wasm_rt_funcref_table_t *t,
				      const wasm_elem_segment_expr_t *src,
				      u32 n, u32 to, u32 from, u32 count)
{
	u32 i;

	if (!t->data || from + count > n || to + count > t->size)
		return;
	for (i = 0; i < count; i++) {
		t->data[to + i].type = src[from + i].type;
		t->data[to + i].func = (void *)src[from + i].func;
	}
}

#define LOAD_DATA(m, o, i, s) lb_wasm_load_data(&(m), o, i, s)

static inline void lb_wasm_load_data(wasm_rt_memory_t *m, u32 to, const void *src, u32 n)
{
	if ((u64)to + n <= (u64)m->mask + 1)
		memcpy(m->data + to, src, n);
}

#endif
