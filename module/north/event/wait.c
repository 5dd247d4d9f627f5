// SPDX-License-Identifier: GPL-2.0
/* Wait queues. */
#include "wait.h"

void wq_init(struct waitqueue *q)
{
	q->lock.word = 0;
	q->async = NULL;
	list_init(&q->entries);
}

void wq_join(struct waitqueue *q, struct wait_entry *e)
{
	e->queue = q;
	lock(&q->lock);
	list_add_tail(&e->node, &q->entries);
	unlock(&q->lock);
}

void wq_add(struct waitqueue *q, struct wait_entry *e, struct waiter *w, u32 events)
{
	e->waiter = w;
	e->events = events;
	e->wake = NULL;
	wq_join(q, e);
}

void wq_remove(struct wait_entry *e)
{
	struct waitqueue *q = e->queue;

	lock(&q->lock);
	list_del(&e->node);
	unlock(&q->lock);
}

void waiter_wake(struct waiter *w)
{
	/* Already woken, and not ready to sleep again yet: then it will look for itself. */
	if (!*(volatile u32 *)&w->seq)
		return;
	*(volatile u32 *)&w->seq = 0;
	south_wake(&w->seq, 1);
}

void wq_wake_entries(struct waitqueue *q, u32 events)
{
	struct wait_entry *e;

	lock(&q->lock);
	list_for_each(e, &q->entries, node) {
		if (events && e->events && !(e->events & events))
			continue;
		if (e->wake)
			e->wake(e, events);
		else
			waiter_wake(e->waiter);
	}
	unlock(&q->lock);
}

s32 waiter_sleep(struct waiter *w, u32 seq, s64 deadline)
{
	s32 err;

	if (seq != WAITER_ARMED) {
		waiter_arm(w);
		return 0;
	}
	err = south_wait(&w->seq, seq, deadline, SOUTH_WAIT_INTR);
	waiter_arm(w);
	return err == -EAGAIN ? 0 : err;
}
