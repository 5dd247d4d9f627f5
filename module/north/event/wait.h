/* SPDX-License-Identifier: GPL-2.0 */
/* Wait queues: how a task sleeps until an object of North changes. */
#ifndef NORTH_WAIT_H
#define NORTH_WAIT_H

#include "../base/base.h"

/*
 * The word a task sleeps on. One a task is enough: it waits for one call at a time.
 *
 * North has no atomics, so wakers don't count: they all store 0, South adds 1, and
 * only the waiter itself stores WAITER_ARMED, before it checks its conditions. So
 * no two of them can undo what the other did.
 */
struct waiter {
	u32 seq;
};
#define WAITER_ARMED 0x80000000u

/* One task's place on one queue. */
struct wait_entry {
	struct list node;
	struct waiter *waiter;
	struct waitqueue *queue;
	u32 events;		/* POLL* that matter; 0: all */
	/* In place of a waiter (epoll): called under the queue's lock, which it must not take. */
	void (*wake)(struct wait_entry *e, u32 events);
};

struct waitqueue {
	/*
	 * Innermost: nothing is taken under it but what an epoll's wake() takes, see epoll.c,
	 * and owner_tell(), see fd/owner.c.
	 */
	struct mutex lock;
	struct list entries;
	struct file_owner *async;	/* files with O_ASYNC */
};

/* The lock and list of an object that is all zero: wq_init() before its first use. */
void wq_init(struct waitqueue *q);
void wq_add(struct waitqueue *q, struct wait_entry *e, struct waiter *w, u32 events);
/* wq_join - an entry whose other members are set. */
void wq_join(struct waitqueue *q, struct wait_entry *e);
void wq_remove(struct wait_entry *e);
/*
 * wq_wake - wake every waiter that asked for one of @events (0: all of them).
 *
 * What they wait for must have been changed under the lock that they check it
 * under, before: then a queue without entries needs no lock.
 */
void wq_wake_entries(struct waitqueue *q, u32 events);
static inline void wq_wake(struct waitqueue *q, u32 events)
{
	if (*(struct list *volatile *)&q->entries.next != &q->entries)
		wq_wake_entries(q, events);
}

/* siginfo's si_code: why a file's owner is told. */
#define POLL_IN 1
#define POLL_OUT 2
#define POLL_MSG 3
#define POLL_ERR 4
#define POLL_HUP 6

/* wq_async - kill_fasync(): signals to the owners of files that wait for news of @q. */
void wq_async_owners(struct waitqueue *q, u32 reason);
static inline void wq_async(struct waitqueue *q, u32 reason)
{
	if (unlikely(READ_ONCE(q->async)))
		wq_async_owners(q, reason);
}

/* wq_async_end - there are no more news for those who are on the list so far. */
void wq_async_end(struct waitqueue *q);

/*
 * waiter_sleep - sleep until the waiter was woken since @seq was read from it.
 * Pattern: add to queues; loop { seq = w->seq; check the condition under its own
 * lock; waiter_sleep(w, seq, deadline); } remove. It may return early, the first
 * time mostly does; waiter_arm() instead of the reading saves that round.
 * 0, -ETIMEDOUT, -EINTR (a signal is pending).
 */
s32 waiter_sleep(struct waiter *w, u32 seq, s64 deadline);

static inline u32 waiter_arm(struct waiter *w)
{
	*(volatile u32 *)&w->seq = WAITER_ARMED;
	return WAITER_ARMED;
}

/* waiter_wake - wake the task of @w, which the caller's lock keeps from going away. */
void waiter_wake(struct waiter *w);

/*
 * wait_woken - sleep until @cond, unlocking @m meanwhile; who changes it wakes the task.
 * @cond is evaluated under @m. The value is 0, -ETIMEDOUT or -EINTR.
 */
#define wait_woken(m, deadline, cond) ({					\
	s32 wo_err_;								\
	for (;;) {								\
		u32 wo_seq_ = waiter_arm(&current->waiter);			\
		wo_err_ = 0;							\
		if (cond)							\
			break;							\
		unlock(m);							\
		wo_err_ = waiter_sleep(&current->waiter, wo_seq_, deadline);	\
		lock(m);							\
		if (wo_err_) {							\
			if (cond)						\
				wo_err_ = 0;					\
			break;							\
		}								\
	}									\
	wo_err_;								\
})

/* wait_until - the same around one queue, which is joined for it. 0 or -ERESTARTSYS. */
#define wait_until(q, m, cond) ({						\
	struct wait_entry we_;							\
	s32 we_err_ = 0;							\
	if (!(cond)) {								\
		wq_add(q, &we_, &current->waiter, 0);				\
		if (wait_woken(m, -1, cond))					\
			we_err_ = -ERESTARTSYS;					\
		wq_remove(&we_);						\
	}									\
	we_err_;								\
})

#define POLLIN 0x001
#define POLLPRI 0x002
#define POLLOUT 0x004
#define POLLERR 0x008
#define POLLHUP 0x010
#define POLLNVAL 0x020
#define POLLRDNORM 0x040
#define POLLRDBAND 0x080
#define POLLWRNORM 0x100
#define POLLWRBAND 0x200
#define POLLMSG 0x400
#define POLLRDHUP 0x2000

#endif
