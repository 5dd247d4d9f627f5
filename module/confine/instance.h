/* SPDX-License-Identifier: GPL-2.0 */
/* An instance: what one task needs to run North's code. Private to confine/. */
#ifndef LB_INSTANCE_H
#define LB_INSTANCE_H

#include "north.gen.h"
#include "confine.h"

/* lb_setjmp's registers: rbx rbp r12-r15 rsp and the return address. */
#define LB_JMPBUF_SP 6
struct lb_jmpbuf {
	unsigned long reg[8];
};

struct lb_instance {
	w2c_north wasm;			/* first: generated code casts between the two */
	unsigned long stack_limit;	/* of the kernel stack, while North runs */
	s32 fuel;
	struct lb_jmpbuf trap;
	struct lb_task *task;
};

void __noreturn lb_wasm_trap(struct lb_instance *inst, enum lb_trap trap);
void lb_wasm_refuel(struct lb_instance *inst);
void lb_wasm_table_new(wasm_rt_funcref_table_t *t, u32 n);

/* 0 the first time, then what lb_longjmp was given. */
int lb_setjmp(struct lb_jmpbuf *buf) __attribute__((returns_twice));
void lb_longjmp(struct lb_jmpbuf *buf, int value);

void lb_wasm_init_table(w2c_north *w);
void lb_wasm_init_globals(w2c_north *w);
void lb_wasm_init_data(w2c_north *w);

void lb_memory_set_static(u32 end);	/* at module init: where North's static data ends */

#endif
