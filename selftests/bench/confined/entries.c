// SPDX-License-Identifier: GPL-2.0
/*
 * North's entries as the hosted South calls them, into confined North by way of
 * module/confine/instance.c; and the memory of its box, which doesn't have to grow.
 */
#include <sys/mman.h>
#include "entries.h"
#include "instance.h"

struct lb_memory {
	struct lb_views views;
	u32 used;
};

static struct lb_memory memory;
static struct lb_box box = { .memory = &memory };
static struct lb_task task = { .box = &box };
struct task_struct bench_current = { .comm = "bench" };

/* Of North's, for the hosted South: whose call it is, and a lock that it looks for. */
_Thread_local struct task *north_current;
u32 tasks_lock;

void lb_box_kill(struct lb_box *box, int end, const char *why)
{
	fprintf(stderr, "%s\n", why);
	exit(1);
}

/* ---- memory ---- */

void lb_memory_set_static(u32 end)
{
	memory.used = (end + 4095) & ~4095u;
}

static void memory_new(void)
{
	/* One page more, as a guard. */
	wasm_rt_memory_t *view = &memory.views.view[memory.views.nr++];

	view->data = mmap(NULL, LB_MEMORY_MAX + 4096, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	view->mask = LB_MEMORY_MAX - 1;
	if (view->data == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
}

const struct lb_views *lb_memory_views(const struct lb_memory *m)
{
	return &m->views;
}

u32 w2c_south_grow(struct w2c_south *caller, u32 addr)
{
	u32 *word = lb_pointer(caller, addr, sizeof(*word)), at = memory.used;
	u64 bytes = ((u64)*word + 4095) & ~4095ull;

	lb_import((struct lb_task *)caller);
	if (at + bytes > LB_MEMORY_MAX)
		return 0;
	memory.used += bytes;
	*word = bytes;
	return at;
}

void w2c_south_lock(struct w2c_south *caller, u32 word)
{
	lb_import((struct lb_task *)caller);
	south_lock(lb_pointer(caller, word, sizeof(u32)));
	lb_view_refresh((struct lb_task *)caller);
}

/* ---- entries ---- */

static struct lb_task *entering(void)
{
	task.north = (unsigned long)north_current;
	return &task;
}

s32 north_boot(void)
{
	current->stack = (char *)__builtin_frame_address(0) - THREAD_SIZE;
	memory_new();
	if (lb_confine_init())
		return -ENOMEM;
	task.inst = lb_instance_new(&task);
	return task.inst ? lb_north_boot(entering()) : -ENOMEM;
}

s64 north_enter(s32 tid, s32 pid, s32 in, s32 out, s32 err)
{
	return lb_north_enter(entering(), tid, pid, in, out, err);
}

s64 north_syscall(u32 nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	const unsigned long args[] = { a0, a1, a2, a3, a4, a5 };

	task.call.nr = nr;
	return lb_north_syscall(entering(), nr, args);
}

s32 north_exec(s32 dirfd, u64 path, u32 flags)
{
	return lb_north_exec(entering(), dirfd, path, flags);
}

s32 north_exec_finish(void)
{
	return lb_north_exec_finish(entering());
}

void north_clone_abort(void *child)
{
	lb_north_clone_abort(entering(), (unsigned long)child);
}

void north_exit(u32 last)
{
	lb_north_exit(entering(), last);
}
