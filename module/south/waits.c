// SPDX-License-Identifier: GPL-2.0
/*
 * Locks and waits on words of linear memory. A word is known by its address
 * there: the memory may be mapped at several places of the kernel's.
 */
#include <linux/hash.h>
#include <linux/hrtimer.h>
#include <linux/sched/signal.h>
#include "imports.h"

enum { LB_LOCK_FREE, LB_LOCK_HELD, LB_LOCK_CONTENDED };

/* struct lb_waiter - a task asleep, on its own stack. */
struct lb_waiter {
	struct list_head node;	/* of its bucket; the bucket's lock; empty once woken */
	struct task_struct *task;
	u32 addr;
};

void lb_waits_init(struct lb_waits *waits)
{
	int i;

	for (i = 0; i < LB_WAIT_BUCKETS; i++) {
		spin_lock_init(&waits->bucket[i].lock);
		INIT_LIST_HEAD(&waits->bucket[i].waiters);
	}
}

void lb_waits_wake_all(struct lb_box *box)
{
	struct lb_waiter *w;
	int i;

	for (i = 0; i < LB_WAIT_BUCKETS; i++) {
		guard(spinlock_irqsave)(&box->waits.bucket[i].lock);
		list_for_each_entry(w, &box->waits.bucket[i].waiters, node)
			wake_up_process(w->task);
	}
}

static struct lb_wait_bucket *lb_wait_bucket(struct lb_box *box, u32 addr)
{
	return &box->waits.bucket[hash_32(addr, ilog2(LB_WAIT_BUCKETS))];
}

u32 lb_wake(struct lb_box *box, u32 addr, u32 n)
{
	struct lb_wait_bucket *b = lb_wait_bucket(box, addr);
	struct lb_waiter *w, *next;
	u32 woken = 0;

	/* The word changed before the list is looked at; see lb_waiter_add(). */
	smp_mb();
	if (list_empty(&b->waiters))
		return 0;
	guard(spinlock_irqsave)(&b->lock);
	list_for_each_entry_safe(w, next, &b->waiters, node) {
		if (woken == n)
			break;
		if (w->addr != addr)
			continue;
		list_del_init(&w->node);
		wake_up_process(w->task);
		woken++;
	}
	return woken;
}

/* Listed, unless the word has another value than @val. */
static bool lb_waiter_add(struct lb_wait_bucket *b, struct lb_waiter *w, const u32 *word, u32 val)
{
	guard(spinlock_irqsave)(&b->lock);
	list_add_tail(&w->node, &b->waiters);
	/* Listed before the word is looked at; see lb_wake(). */
	smp_mb();
	if (READ_ONCE(*word) == val)
		return true;
	list_del_init(&w->node);
	return false;
}

/* Off the list and out of sight of wakers. Was it woken? */
static bool lb_waiter_remove(struct lb_wait_bucket *b, struct lb_waiter *w)
{
	guard(spinlock_irqsave)(&b->lock);
	if (list_empty(&w->node))
		return true;
	list_del_init(&w->node);
	return false;
}

/* Signals don't wake a doomed task, or would all the time. */
static void lb_lock_sleep(struct lb_box *box, struct lb_waiter *w, bool doomed)
{
	set_current_state(doomed ? TASK_UNINTERRUPTIBLE : TASK_KILLABLE);
	if (!list_empty_careful(&w->node) && !lb_box_dying(box) && doomed == lb_doomed())
		schedule_timeout(doomed ? HZ / 10 : MAX_SCHEDULE_TIMEOUT);
	__set_current_state(TASK_RUNNING);
}

static noinline void lb_lock_slow(struct lb_task *t, u32 addr, u32 *word)
{
	struct lb_wait_bucket *b = lb_wait_bucket(t->box, addr);
	unsigned long doomed_since = 0;
	bool doomed = false;

	while (xchg(word, LB_LOCK_CONTENDED) != LB_LOCK_FREE) {
		struct lb_waiter w = { .task = current, .addr = addr };

		if (!doomed && lb_doomed()) {
			doomed = true;
			doomed_since = jiffies;
		}
		if (lb_waiter_add(b, &w, word, LB_LOCK_CONTENDED)) {
			lb_lock_sleep(t->box, &w, doomed);
			lb_waiter_remove(b, &w);
		}
		if (lb_box_dying(t->box))
			lb_trap(t, LB_TRAP_KILLED);
		if (doomed && time_after(jiffies, doomed_since + LB_LOCK_GRACE))
			lb_trap(t, LB_TRAP_HELD);
		cond_resched();
	}
}

void w2c_south_lock(struct w2c_south *s, u32 addr)
{
	struct lb_task *t = lb_import_task(s);
	u32 *word = lb_word(t, addr);

	if (unlikely(cmpxchg(word, LB_LOCK_FREE, LB_LOCK_HELD) != LB_LOCK_FREE))
		lb_lock_slow(t, addr, word);
	/* Who held it before may have put something into memory that is newer than the view. */
	lb_view_refresh(t);
}

/* No lb_import() here: a task that unlocks has locked. */
void w2c_south_unlock(struct w2c_south *s, u32 addr)
{
	struct lb_task *t = (struct lb_task *)s;
	u32 *word = lb_word(t, addr);

	switch (xchg(word, LB_LOCK_FREE)) {
	case LB_LOCK_HELD:
		break;
	case LB_LOCK_FREE:
		lb_trap(t, LB_TRAP_LOCK);
	default:
		lb_wake(t->box, addr, 1);
	}
}

static int lb_wait_sleep(struct lb_box *box, struct lb_waiter *w, s64 deadline, int state)
{
	ktime_t expires = ns_to_ktime(deadline);

	for (;;) {
		set_current_state(state);
		if (list_empty_careful(&w->node) || lb_box_dying(box))
			break;
		if (signal_pending_state(state, current)) {
			__set_current_state(TASK_RUNNING);
			return -EINTR;
		}
		if (!schedule_hrtimeout_range_clock(deadline < 0 ? NULL : &expires,
						    current->timer_slack_ns, HRTIMER_MODE_ABS,
						    CLOCK_MONOTONIC))
			return -ETIMEDOUT;
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

u32 w2c_south_wait(struct w2c_south *s, u32 addr, u32 val, u64 deadline, u32 flags)
{
	struct lb_task *t = lb_import_task(s);
	struct lb_waiter w = { .task = current, .addr = addr };
	struct lb_wait_bucket *b = lb_wait_bucket(t->box, addr);
	u32 *word = lb_word(t, addr);
	int err;

	if (flags & ~SOUTH_WAIT_INTR)
		return -EINVAL;
	if (READ_ONCE(*word) != val)
		return -EAGAIN;
	if (!deadline)
		return -ETIMEDOUT;
	/* Nothing but a wake would end it. */
	if (lb_exiting())
		return -EINTR;
	if (!lb_waiter_add(b, &w, word, val))
		return -EAGAIN;
	err = lb_wait_sleep(t->box, &w, deadline,
			    flags & SOUTH_WAIT_INTR ? TASK_INTERRUPTIBLE : TASK_KILLABLE);
	if (lb_waiter_remove(b, &w))
		err = 0;
	if (lb_box_dying(t->box))
		lb_trap(t, LB_TRAP_KILLED);
	return err;
}

u32 w2c_south_wake(struct w2c_south *s, u32 addr, u32 n)
{
	struct lb_task *t = lb_import_task(s);

	lb_word(t, addr);
	return lb_wake(t->box, addr, n);
}
