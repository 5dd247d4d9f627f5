/* SPDX-License-Identifier: GPL-2.0 */
/* Wait queues: how a task sleeps until an object of North changes. */
#ifndef NORTH_WAIT_H
#define NORTH_WAIT_H

#include "../base/base.h"

/* The word a task sleeps on. One a task is enough: it waits for one call at a time. */
struct waiter {
	u32 seq;
};

/* One task's place on one queue. */
struct wait_entry {
	struct list node;
	struct waiter *waiter;
	struct waitqueue *queue;
	u32 events;		/* POLL* that matter; 0: all */
};

struct waitqueue {
	struct mutex lock;	/* innermost: nothing else is taken under it */
	struct list entries;
};

void wq_init(struct waitqueue *q);
void wq_add(struct waitqueue *q, struct wait_entry *e, struct waiter *w, u32 events);
void wq_remove(struct wait_entry *e);
/* wq_wake - wake every waiter that asked for one of @events. */
void wq_wake(struct waitqueue *q, u32 events);

/*
 * waiter_sleep - sleep until the waiter was woken since @seq was read from it.
 * Pattern: add to queues; loop { seq = w->seq; check the condition under its own
 * lock; waiter_sleep(w, seq, deadline); } remove.
 * 0, -ETIMEDOUT, -EINTR (a signal is pending).
 */
s32 waiter_sleep(struct waiter *w, u32 seq, s64 deadline);

/*
 * wait_until - the usual loop around one queue; unlocks @m while it sleeps.
 * @cond is evaluated under @m. The value is 0 or -ERESTARTSYS.
 */
#define wait_until(q, m, cond) ({						\
	struct wait_entry we_;							\
	s32 we_err_ = 0;							\
	if (!(cond)) {								\
		wq_add(q, &we_, &current->waiter, 0);				\
		for (;;) {							\
			u32 we_seq_ = *(volatile u32 *)&current->waiter.seq;	\
			if (cond)						\
				break;						\
			unlock(m);						\
			we_err_ = waiter_sleep(&current->waiter, we_seq_, -1);	\
			lock(m);						\
			if (we_err_) {						\
				if (cond)					\
					we_err_ = 0;				\
				else						\
					we_err_ = -ERESTARTSYS;			\
				break;						\
			}							\
		}								\
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
#define POLLRDHUP 0x2000

#endif
