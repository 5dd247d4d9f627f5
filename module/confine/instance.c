// SPDX-License-Identifier: GPL-2.0
/* Instances, the way into North and the way out of it when it goes wrong. */
#include <linux/slab.h>
#include <linux/kasan.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <uapi/linux/litebox.h>
#include "instance.h"
#include "../south/south_types.h"

/* Globals and the table of functions as North's linker made them; read-only after init. */
static w2c_north lb_template;

const char *const lb_trap_names[LB_NR_TRAPS] = {
	[LB_TRAP_NONE] = "none",
	[LB_TRAP_RANGE] = "access outside of its memory",
	[LB_TRAP_UNREACHABLE] = "failed assertion",
	[LB_TRAP_CALL] = "wrong indirect call",
	[LB_TRAP_DIVIDE] = "division error",
	[LB_TRAP_STACK] = "kernel stack used up",
	[LB_TRAP_FUEL] = "endless loop",
	[LB_TRAP_LOCK] = "lock misuse",
	[LB_TRAP_HELD] = "lock never given back",
	[LB_TRAP_KILLED] = "killed",
};

void lb_wasm_table_new(wasm_rt_funcref_table_t *t, u32 n)
{
	t->data = kvcalloc(n, sizeof(*t->data), GFP_KERNEL);
	t->size = t->data ? n : 0;
}

/* The frames that are skipped can't clear their own red zones. */
static void lb_unpoison_stack(unsigned long from, unsigned long to)
{
#ifdef CONFIG_KASAN_STACK
	__memset(kasan_mem_to_shadow((void *)from), 0, (to - from) >> KASAN_SHADOW_SCALE_SHIFT);
#endif
}

void __noreturn lb_wasm_trap(struct lb_instance *inst, enum lb_trap trap)
{
	lb_unpoison_stack(current_stack_pointer & ~7UL, inst->trap.reg[LB_JMPBUF_SP] & ~7UL);
	lb_longjmp(&inst->trap, trap);
	/* Not reached; tells objtool that this function doesn't return. */
	BUG();
}

void __noreturn lb_trap(struct lb_task *t, enum lb_trap trap)
{
	lb_wasm_trap(t->inst, trap);
}

/* A slice of fuel is spent: let others run, notice a kill, give up on an endless loop. */
void lb_wasm_refuel(struct lb_instance *inst)
{
	struct lb_task *t = inst->task;

	if (lb_box_dying(t->box))
		lb_wasm_trap(inst, LB_TRAP_KILLED);
	/* A bulk operation may have taken many at once. */
	t->slices += 1 + -inst->fuel / LB_FUEL_SLICE;
	if (t->slices > LB_FUEL_SLICES)
		lb_wasm_trap(inst, LB_TRAP_FUEL);
	if (lb_doomed())
		lb_import_doomed(t);
	inst->fuel = LB_FUEL_SLICE;
	cond_resched();
}

void lb_import_doomed(struct lb_task *t)
{
	u64 now = READ_ONCE(current->se.sum_exec_runtime);

	/* Little by the clock would be too little where a box gets little of a CPU. */
	if (!t->doomed) {
		t->doomed = now + LB_DOOMED_TIME;
		t->doomed_until = jiffies + LB_DOOMED_CLOCK;
	} else if (now > t->doomed || time_after(jiffies, t->doomed_until)) {
		lb_trap(t, LB_TRAP_FUEL);
	}
}

void lb_view_miss(struct lb_task *t, u32 addr, u32 len)
{
	lb_view_refresh(t);
	if ((u64)addr + len > t->view.mask + 1)
		lb_trap(t, LB_TRAP_RANGE);
}

struct lb_instance *lb_instance_new(struct lb_task *t)
{
	struct lb_instance *inst = kmalloc(sizeof(*inst), GFP_KERNEL_ACCOUNT);

	if (!inst)
		return NULL;
	memset(inst, 0, sizeof(*inst));
	inst->wasm = lb_template;
	inst->task = t;
	inst->wasm.w2c_south_instance = (struct w2c_south *)t;
	inst->wasm.w2c_env_memory = &t->view;
	t->views = lb_memory_views(t->box->memory);
	lb_view_refresh(t);
	return inst;
}

void lb_instance_free(struct lb_instance *inst)
{
	kfree(inst);
}

/* A word of the task of North; any address is as good, it is masked. */
static u32 *lb_north_word(struct lb_task *t, u32 word)
{
	return (u32 *)(t->view.data + ((t->north + 4 * word) & t->view.mask & ~3ULL));
}

void lb_instance_set_ids(struct lb_task *t, s32 tid, s32 pid)
{
	lb_view_refresh(t);
	WRITE_ONCE(*lb_north_word(t, SOUTH_TASK_TID), tid);
	WRITE_ONCE(*lb_north_word(t, SOUTH_TASK_PID), pid);
}

/*
 * Enter North: a fresh shadow stack, current, fuel. Entries never nest, since an
 * entry is a system call, an exec or the exit of the task, one at a time.
 */
static void lb_north_prepare(struct lb_task *t)
{
	struct lb_instance *inst = t->inst;

	lb_view_refresh(t);
	if (t->north) {
		*w2c_north_0x5F_stack_pointer(&inst->wasm) =
			READ_ONCE(*lb_north_word(t, SOUTH_TASK_STACK));
	} else {
		*w2c_north_0x5F_stack_pointer(&inst->wasm) =
			*w2c_north_0x5F_stack_pointer(&lb_template);
	}
	*w2c_north_north_current(&inst->wasm) = t->north;
	inst->fuel = LB_FUEL_SLICE;
	t->slices = 0;
	inst->stack_limit = (unsigned long)task_stack_page(current) + LB_STACK_LEFT;
}

static void lb_north_trapped(struct lb_task *t, int trap)
{
	char why[96];

	if (trap == LB_TRAP_KILLED)
		return;
	/* The guest chose the name: %pE lets no control characters through. */
	scnprintf(why, sizeof(why), "North trapped: %s, in call %lu of %*pE[%d]",
		  lb_trap_names[trap], t->call.nr, (int)strlen(current->comm), current->comm,
		  task_pid_nr(current));
	lb_box_kill(t->box, LITEBOX_END_TRAP, why);
}

/* The value of @expr, or -EKEYREVOKED if North trapped on the way. */
#define LB_ENTER(t, expr) ({							\
	s64 ret_;								\
	int trap_;								\
	lb_north_prepare(t);							\
	trap_ = lb_setjmp(&(t)->inst->trap);					\
	if (likely(!trap_)) {							\
		ret_ = (expr);							\
	} else {								\
		lb_north_trapped(t, trap_);					\
		ret_ = -EKEYREVOKED;						\
	}									\
	ret_;									\
})

noinline s64 lb_north_boot(struct lb_task *t)
{
	lb_wasm_init_data(&t->inst->wasm);
	return LB_ENTER(t, (s32)w2c_north_north_boot(&t->inst->wasm));
}

noinline s64 lb_north_enter(struct lb_task *t, s32 tid, s32 pid, s32 in, s32 out, s32 err)
{
	return LB_ENTER(t, w2c_north_north_enter(&t->inst->wasm, tid, pid, in, out, err));
}

noinline s64 lb_north_syscall(struct lb_task *t, u32 nr, const unsigned long *a)
{
	return LB_ENTER(t, w2c_north_north_syscall(&t->inst->wasm, nr, a[0], a[1], a[2], a[3],
						   a[4], a[5]));
}

noinline s64 lb_north_exec(struct lb_task *t, s32 dirfd, u64 path, u32 flags)
{
	return LB_ENTER(t, (s32)w2c_north_north_exec(&t->inst->wasm, dirfd, path, flags));
}

noinline s64 lb_north_exec_finish(struct lb_task *t)
{
	return LB_ENTER(t, (s32)w2c_north_north_exec_finish(&t->inst->wasm));
}

noinline void lb_north_clone_abort(struct lb_task *t, u32 child)
{
	(void)LB_ENTER(t, (w2c_north_north_clone_abort(&t->inst->wasm, child), 0));
}

noinline void lb_north_exit(struct lb_task *t, bool last)
{
	(void)LB_ENTER(t, (w2c_north_north_exit(&t->inst->wasm, last), 0));
}

int lb_confine_init(void)
{
	lb_wasm_init_globals(&lb_template);
	lb_wasm_init_table(&lb_template);
	if (!lb_template.w2c_T0.data)
		return -ENOMEM;
	lb_memory_set_static(*w2c_north_0x5F_heap_base(&lb_template));
	return 0;
}

void lb_confine_exit(void)
{
	kvfree(lb_template.w2c_T0.data);
}
