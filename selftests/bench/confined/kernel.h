/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The names of the kernel's that module/confine uses, in user space, as cheap as there.
 * Included before each of its files; the kernel's headers themselves are empty here.
 */
#ifndef BENCH_KERNEL_H
#define BENCH_KERNEL_H

#ifdef __ASSEMBLER__

#define SYM_FUNC_START(name) .globl name; .type name, @function; name:
#define SYM_FUNC_END(name) .size name, . - name
#define RET ret
.macro STACK_FRAME_NON_STANDARD name
.endm
.section .note.GNU-stack, "", @progbits

#else

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../hosted/hosted.h"
#include "limits.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define noinline __attribute__((noinline))
#define __maybe_unused __attribute__((unused))
#define smp_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define __noreturn __attribute__((noreturn))
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define BUG() abort()

#define S32_MIN (-0x7fffffff - 1)
#define S64_MIN (-0x7fffffffffffffffll - 1)
#define hweight32(x) __builtin_popcount(x)
#define hweight64(x) __builtin_popcountll(x)
#define get_unaligned(p) \
	(((const struct { __typeof__(*(p)) x; } __attribute__((packed)) *)(p))->x)
#define put_unaligned(v, p) \
	(((struct { __typeof__(*(p)) x; } __attribute__((packed)) *)(p))->x = (v))
#define array_index_nospec(index, size) ({					\
	unsigned long i_ = (index), mask_;					\
	__asm__ volatile("cmp %1, %2; sbb %0, %0"				\
			 : "=r"(mask_) : "r"((unsigned long)(size)), "r"(i_) : "cc");	\
	(__typeof__(index))(i_ & mask_);					\
})
#define scnprintf snprintf

#define GFP_KERNEL 0
#define GFP_KERNEL_ACCOUNT 0
#define kmalloc(size, gfp) malloc(size)
#define kvcalloc(n, size, gfp) calloc(n, size)
#define kfree(p) free(p)
#define kvfree(p) free(p)

/* The task: what runs the program, with as much stack as the kernel has. */
#define THREAD_SIZE 16384
#define NSEC_PER_SEC 1000000000L
struct task_struct {
	struct {
		unsigned long long sum_exec_runtime;
	} se;
	void *stack;
	int pid;
	char comm[16];
	bool killed;
	unsigned int flags;
};
#define PF_EXITING 4
#define HZ 250
#define jiffies 0UL
#define time_after(a, b) ((long)((b) - (a)) < 0)
extern struct task_struct bench_current;
#define current (&bench_current)
#define task_stack_page(t) ((t)->stack)
#define task_pid_nr(t) ((t)->pid)
#define fatal_signal_pending(t) READ_ONCE((t)->killed)
#define cond_resched() do { } while (0)
register unsigned long current_stack_pointer __asm__("rsp");

/* In place of module/box: a box of one task. */
#define LB_TASK_H
#include "wasm-rt.h"
struct lb_box {
	struct lb_memory *memory;
	u32 state;
};
struct lb_task {
	struct lb_box *box;
	struct lb_instance *inst;
	wasm_rt_memory_t view;
	const struct lb_views *views;
	u32 view_nr, slices;
	u64 doomed;
	unsigned long doomed_until;
	u32 north;
	struct {
		unsigned long nr;
	} call;
};
#define lb_box_dying(box) (READ_ONCE((box)->state) != 0)
void lb_box_kill(struct lb_box *box, int end, const char *why);

#endif
#endif
