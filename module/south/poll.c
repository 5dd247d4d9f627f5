// SPDX-License-Identifier: GPL-2.0
/*
 * Readiness of streams: entries on the wait queues of a host file that count up a
 * word of linear memory. The word is there until all handles of the box have gone.
 */
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/poll.h>
#include <linux/wait.h>
#include "poll.h"
#include "imports.h"

struct lb_poll_queue {
	struct wait_queue_entry wait;
	struct wait_queue_head *head;	/* NULL once its owner freed it, see POLLFREE */
	struct lb_poll *poll;
};

/* struct lb_poll - one word that waits for one stream. */
struct lb_poll {
	struct list_head node;		/* of handle->polls; polls_lock */
	struct lb_box *box;		/* not counted: the handle is the box's */
	u32 addr, *word;
	__poll_t events;		/* widened under polls_lock */
	u32 nr_queues;
	bool full;			/* the file has more queues than fit */
	struct lb_poll_queue queue[LB_POLL_QUEUES];
};

struct lb_poll_table {
	poll_table table;
	struct lb_poll *poll;
};

/* Under the lock of the stream's wait queue, in whatever context the stream wakes. */
static int lb_poll_wake(struct wait_queue_entry *wait, unsigned int mode, int sync, void *key)
{
	struct lb_poll_queue *q = container_of(wait, struct lb_poll_queue, wait);
	__poll_t events = key_to_poll(key);
	struct lb_poll *p = q->poll;

	if (!events || events & READ_ONCE(p->events)) {
		atomic_inc((atomic_t *)p->word);
		lb_wake(p->box, p->addr, 1);
	}
	if (events & POLLFREE) {
		list_del_init(&wait->entry);
		/* Last: lb_poll_free() may free the entry as soon as it sees this. */
		smp_store_release(&q->head, NULL);
	}
	return 0;
}

/*
 * Many handles may have the same queue, a process's end or its signals: whoever wakes it
 * does so with interrupts off, for all of them.
 */
static bool lb_queue_full(struct wait_queue_head *head, const struct lb_box *box)
{
	struct wait_queue_entry *wait;
	u32 n = 0;

	guard(spinlock_irqsave)(&head->lock);
	list_for_each_entry(wait, &head->head, entry)
		if (wait->func == lb_poll_wake &&
		    container_of(wait, struct lb_poll_queue, wait)->poll->box == box)
			n++;
	return n >= LB_QUEUE_POLLS;
}

static void lb_poll_queue(struct file *file, struct wait_queue_head *head, poll_table *table)
{
	struct lb_poll *p = container_of(table, struct lb_poll_table, table)->poll;
	struct lb_poll_queue *q;

	if (p->nr_queues == LB_POLL_QUEUES || lb_queue_full(head, p->box)) {
		p->full = true;
		return;
	}
	q = &p->queue[p->nr_queues++];
	q->poll = p;
	q->head = head;
	init_waitqueue_func_entry(&q->wait, lb_poll_wake);
	add_wait_queue(head, &q->wait);
}

static void lb_poll_free(struct lb_poll *p)
{
	u32 i;

	for (i = 0; i < p->nr_queues; i++) {
		struct wait_queue_head *head;

		rcu_read_lock();
		/* Pairs with lb_poll_wake(); an owner that announces POLLFREE frees by RCU. */
		head = smp_load_acquire(&p->queue[i].head);
		if (head)
			remove_wait_queue(head, &p->queue[i].wait);
		rcu_read_unlock();
	}
	kfree(p);
}

/* The registration of @addr, if there is one, also gets @events. */
static bool lb_poll_widen(struct lb_handle *h, u32 addr, __poll_t events)
{
	struct lb_poll *p;

	guard(spinlock)(&h->polls_lock);
	list_for_each_entry(p, &h->polls, node)
		if (p->addr == addr) {
			WRITE_ONCE(p->events, p->events | events);
			return true;
		}
	return false;
}

static bool lb_poll_list(struct lb_handle *h, struct lb_poll *p)
{
	guard(spinlock)(&h->polls_lock);
	if (p->full || h->nr_polls == LB_HANDLE_POLLS)
		return false;
	h->nr_polls++;
	list_add_tail(&p->node, &h->polls);
	return true;
}

/* What holds of @h now; its wait queues go to @table, if there is one. */
static __poll_t lb_handle_poll(struct lb_handle *h, poll_table *table)
{
	struct task_struct *task;

	if (h->kind != LB_HANDLE_PROCESS)
		return vfs_poll(h->file, table);
	poll_wait(NULL, &h->pid->wait_pidfd, table);
	guard(rcu)();
	task = pid_task(h->pid, PIDTYPE_PID);
	if (!task)
		return EPOLLIN | EPOLLRDNORM | EPOLLHUP;
	return READ_ONCE(task->exit_state) && !delay_group_leader(task) ? EPOLLIN | EPOLLRDNORM : 0;
}

int lb_poll_begin(struct lb_box *box, struct lb_handle *h, u32 want, u32 addr, u32 *word)
{
	__poll_t events = demangle_poll(want & 0xffff) | EPOLLERR | EPOLLHUP;
	struct lb_poll_table pt;
	__poll_t now;

	might_sleep();
	if (!word || lb_poll_widen(h, addr, events))
		return mangle_poll(lb_handle_poll(h, NULL) & events);

	pt.poll = kzalloc(sizeof(*pt.poll), GFP_KERNEL_ACCOUNT);
	if (!pt.poll)
		return -ENOMEM;
	pt.poll->box = box;
	pt.poll->addr = addr;
	pt.poll->word = word;
	pt.poll->events = events;
	init_poll_funcptr(&pt.table, lb_poll_queue);
	pt.table._key = events;
	now = lb_handle_poll(h, &pt.table);
	/* Listed only when whole: whom lb_poll_end() finds, it may free. */
	if (!lb_poll_list(h, pt.poll)) {
		lb_poll_free(pt.poll);
		return -ENOMEM;
	}
	return mangle_poll(now & events);
}

static void lb_polls_take(struct lb_handle *h, bool all, u32 addr)
{
	struct lb_poll *p, *next;
	LIST_HEAD(gone);

	spin_lock(&h->polls_lock);
	list_for_each_entry_safe(p, next, &h->polls, node)
		if (all || p->addr == addr) {
			list_move(&p->node, &gone);
			h->nr_polls--;
		}
	spin_unlock(&h->polls_lock);
	list_for_each_entry_safe(p, next, &gone, node)
		lb_poll_free(p);
}

void lb_poll_end(struct lb_handle *h, u32 addr)
{
	lb_polls_take(h, false, addr);
}

void lb_polls_end(struct lb_handle *h)
{
	lb_polls_take(h, true, 0);
}
