/* SPDX-License-Identifier: GPL-2.0 */
/* What poll, select and epoll share. */
#ifndef NORTH_POLL_H
#define NORTH_POLL_H

#include "../fd/file.h"

#define POLLALL (POLLIN | POLLPRI | POLLOUT | POLLERR | POLLHUP | POLLNVAL | POLLRDNORM | \
		 POLLRDBAND | POLLWRNORM | POLLWRBAND | POLLRDHUP)
/* What a file without ->poll is ready for. */
#define POLLDEFAULT (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)

/* A queue or host stream that one call waits on. */
struct poll_entry {
	struct wait_entry wait;	/* wait.queue: NULL for a stream */
	struct poll_entry *next;
	s32 handle;		/* of the stream, or -1 */
	bool own;		/* from alloc() */
};

struct epitem;

/*
 * struct poll_table - what ->poll hands to poll_wait(). Either for a task that
 * sleeps (@waiter), for an item of an epoll (@item), or for a question (@queue).
 */
struct poll_table {
	struct waiter *waiter;
	struct epitem *item;
	struct poll_entry *entries;	/* from @room or alloc() */
	struct poll_entry *room;	/* of the caller's, to begin with */
	u32 room_left;
	bool failed;			/* no memory for an entry; of a question: a stream */
	struct waitqueue **queue;	/* or only: which would be waited on */
};

/* poll_table_free - leave all queues. */
void poll_table_free(struct poll_table *t);

static inline u32 file_poll(struct file *f, struct poll_table *t, u32 events)
{
	return f->ops->poll ? f->ops->poll(f, t, events) : POLLDEFAULT;
}

/* file_wait - sleep until @f is ready for one of @events. 0, -ERESTARTSYS, -ENOMEM. */
s32 file_wait(struct file *f, u32 events);

/* epitem_wait - poll_wait() for an epoll's item; false: no memory. */
bool epitem_wait(struct epitem *item, struct waitqueue *q, u32 events);
bool epitem_stream(struct epitem *item, s32 handle, u32 events);

struct linux_timespec64 {
	s64 sec, nsec;
};

#define DEADLINE_NONE (-1ll)
#define DEADLINE_PAST 0ll

/* deadline_in - CLOCK_MONOTONIC in @sec and @nsec from now; saturates. -EINVAL in *@err. */
s32 deadline_in(s64 sec, s64 nsec, s64 *deadline);
/*
 * deadline_left - what is left of it, written as a timespec or timeval; errors are of
 * no account.
 */
void deadline_left(s64 deadline, u64 uaddr, bool timeval);

/*
 * The mask of ppoll, pselect6 and epoll_pwait: 0, -EINVAL, -EFAULT. *@set: there is one
 * to restore.
 */
s32 sigmask_set(u64 uaddr, u64 size, bool *set);
#define SIGMASK_RESTORE 0
#define SIGMASK_SET 1

#endif
