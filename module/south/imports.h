/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The imports of North as its generated C calls them: see south.h for what each
 * does. Pointers are addresses in linear memory, signed numbers come as unsigned
 * ones; the struct w2c_south is the calling struct lb_task.
 */
#ifndef LB_IMPORTS_H
#define LB_IMPORTS_H

#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/uio.h>
#include "../confine/confine.h"
#include "../box/handle.h"
#include "south_types.h"

struct w2c_south;

/* The first thing in an import that neither sleeps deep in the host nor touches user memory. */
static inline struct lb_task *lb_import_task(struct w2c_south *s)
{
	struct lb_task *t = (struct lb_task *)s;

	lb_import(t);
	return t;
}

/* Is there kernel stack for the host's file systems, page faults and reclaim? */
static inline bool lb_stack_for_host(void)
{
	return current_stack_pointer - (unsigned long)task_stack_page(current) >= LB_STACK_HOST;
}

/* The first thing in any other. */
static inline struct lb_task *lb_import_host(struct w2c_south *s)
{
	struct lb_task *t = lb_import_task(s);

	if (unlikely(!lb_stack_for_host()))
		lb_trap(t, LB_TRAP_STACK);
	return t;
}

/*
 * lb_exiting - is the caller past its memory and its signals? Nothing would end what
 * it waits for then, and nobody would be charged for what it makes; so imports that
 * move or make contents answer -EINTR.
 */
static inline bool lb_exiting(void)
{
	return current->flags & PF_EXITING;
}

/* lb_south_task - thread @tid of the box of @t, 0 for @t itself; counted. NULL: there is none. */
struct task_struct *lb_south_task(struct lb_task *t, s32 tid);

/* lb_sighand_lock - @task's signal handlers, locked, or NULL if it is past having any. */
struct sighand_struct *lb_sighand_lock(struct task_struct *task, unsigned long *flags);

/*
 * lb_signal_info - a signal with @info to @task, or to its process: then to a thread that
 * doesn't block it or is the last one, whose it is from then on; or where all of several
 * block it to the first that asks, without @info.
 */
int lb_signal_info(struct task_struct *task, struct kernel_siginfo *info, bool process);

/*
 * lb_sigmask_end - a call of North has ended: no temporary signal mask of it stays,
 * unless a signal is to be handled, after which it goes.
 */
void lb_sigmask_restore(void);
static inline void lb_sigmask_end(void)
{
	if (unlikely(test_restore_sigmask()) && !signal_pending(current))
		lb_sigmask_restore();
}

/*
 * lb_user_iter - @iter over @len bytes, clipped to LB_RW_MAX, of the caller's user
 * memory at @uaddr. @direction: ITER_DEST or ITER_SOURCE. -EFAULT.
 */
int lb_user_iter(struct iov_iter *iter, unsigned int direction, u64 uaddr, u64 len);

/* lb_word - a word to lock, wait on or count up; traps if it isn't inside or not aligned. */
static __always_inline u32 *lb_word(struct lb_task *t, u32 addr)
{
	if (unlikely(addr % sizeof(u32)))
		lb_trap(t, LB_TRAP_RANGE);
	return lb_mem(t, addr, sizeof(u32));
}

void lb_waits_init(struct lb_waits *waits);
/* lb_waits_wake_all - after the box began to die: who sleeps in it shall look. Any context. */
void lb_waits_wake_all(struct lb_box *box);
/* lb_wake - wake up to @n tasks that wait on the word at @addr. How many. Any context. */
u32 lb_wake(struct lb_box *box, u32 addr, u32 n);

/* The box's memory, locks and waits. */
u32 w2c_south_grow(struct w2c_south *s, u32 bytes);
void w2c_south_lock(struct w2c_south *s, u32 word);
void w2c_south_unlock(struct w2c_south *s, u32 word);
u32 w2c_south_wait(struct w2c_south *s, u32 word, u32 val, u64 deadline, u32 flags);
u32 w2c_south_wake(struct w2c_south *s, u32 word, u32 n);

/* User memory. */
u32 w2c_south_user_read(struct w2c_south *s, u32 dst, u64 uaddr, u32 len);
u32 w2c_south_user_write(struct w2c_south *s, u64 uaddr, u32 src, u32 len);
u32 w2c_south_user_string(struct w2c_south *s, u32 dst, u64 uaddr, u32 size);
u32 w2c_south_user_clear(struct w2c_south *s, u64 uaddr, u64 len);

/* Objects, host files, streams. */
u32 w2c_south_close(struct w2c_south *s, u32 h);
u32 w2c_south_object(struct w2c_south *s, u64 size);
u64 w2c_south_read(struct w2c_south *s, u32 h, u64 off, u64 uaddr, u64 len, u32 flags);
u64 w2c_south_write(struct w2c_south *s, u32 h, u64 off, u64 uaddr, u64 len, u32 flags);
u64 w2c_south_peek(struct w2c_south *s, u32 h, u64 off, u32 dst, u32 len, u32 flags);
u64 w2c_south_poke(struct w2c_south *s, u32 h, u64 off, u32 src, u32 len, u32 flags);
u64 w2c_south_copy(struct w2c_south *s, u32 to, u64 to_off, u32 from, u64 from_off, u64 len);
u32 w2c_south_truncate(struct w2c_south *s, u32 h, u64 size);
u32 w2c_south_allocate(struct w2c_south *s, u32 h, u32 mode, u64 off, u64 len);
u64 w2c_south_seek(struct w2c_south *s, u32 h, u64 off, u32 whence);
u32 w2c_south_sync(struct w2c_south *s, u32 h, u32 datasync);
u32 w2c_south_stat(struct w2c_south *s, u32 h, u32 st);
u32 w2c_south_statfs(struct w2c_south *s, u32 h, u32 st);
u32 w2c_south_process(struct w2c_south *s, u32 id);
u32 w2c_south_poll(struct w2c_south *s, u32 h, u32 events, u32 word);
void w2c_south_poll_end(struct w2c_south *s, u32 h, u32 word);
u32 w2c_south_stream(struct w2c_south *s, u32 h, u32 st);

/* Host directories. */
u32 w2c_south_lookup(struct w2c_south *s, u32 dir, u32 name, u32 len, u32 st);
u32 w2c_south_open(struct w2c_south *s, u32 place, u32 flags);
u32 w2c_south_readlink(struct w2c_south *s, u32 place, u32 buf, u32 size);
u32 w2c_south_list(struct w2c_south *s, u32 h, u32 cookie, u32 buf, u32 size);
u32 w2c_south_make(struct w2c_south *s, u32 dir, u32 name, u32 len, u32 mode, u32 target,
		   u32 target_len);
u32 w2c_south_remove(struct w2c_south *s, u32 dir, u32 name, u32 len, u32 isdir);
u32 w2c_south_rename(struct w2c_south *s, u32 dir, u32 name, u32 len, u32 todir, u32 toname,
		     u32 tolen, u32 flags);
u32 w2c_south_link(struct w2c_south *s, u32 place, u32 todir, u32 name, u32 len);
u32 w2c_south_setattr(struct w2c_south *s, u32 place, u32 valid, u32 mode, u64 atime, u64 mtime);

/* Mapping. */
u64 w2c_south_map(struct w2c_south *s, u32 h, u64 addr, u64 len, u32 prot, u32 flags, u64 off);
u32 w2c_south_unmap(struct w2c_south *s, u64 addr, u64 len);
u32 w2c_south_vma(struct w2c_south *s, u32 pid, u64 addr, u32 vma);
u32 w2c_south_task_mem(struct w2c_south *s, u32 pid, u32 what, u64 off, u32 dst, u32 len);

/* Exec and clone: redirect/. */
u32 w2c_south_exec_pop(struct w2c_south *s);
u32 w2c_south_exec_push(struct w2c_south *s, u32 str, u32 len);
u32 w2c_south_exec_commit(struct w2c_south *s, u32 e);
u64 w2c_south_exec_layout(struct w2c_south *s, u64 len);
u32 w2c_south_clone(struct w2c_south *s, u32 c);

/* Tasks. */
u32 w2c_south_task(struct w2c_south *s, u32 tid, u32 facts);
u32 w2c_south_signal(struct w2c_south *s, u32 kind, u32 id, u32 sig, u32 info);
u32 w2c_south_signal_pending(struct w2c_south *s);
u32 w2c_south_sigmask(struct w2c_south *s, u64 mask, u32 how);
u32 w2c_south_signal_take(struct w2c_south *s, u64 mask, u32 info);
u32 w2c_south_nice(struct w2c_south *s, u32 tid, u32 nice);
void w2c_south_comm(struct w2c_south *s, u32 name);
void w2c_south_fact(struct w2c_south *s, u32 nr, u32 value);

/* Time, entropy, host, box. */
u64 w2c_south_time(struct w2c_south *s, u32 clock);
u32 w2c_south_timer(struct w2c_south *s, u32 h, u32 set, u32 timer);
void w2c_south_entropy(struct w2c_south *s, u32 dst, u32 len);
u32 w2c_south_host(struct w2c_south *s, u32 host);
u32 w2c_south_config(struct w2c_south *s, u32 index, u32 buf, u32 size);
void w2c_south_log(struct w2c_south *s, u32 str, u32 len);

#endif
