// SPDX-License-Identifier: GPL-2.0
/* What poll, select and ppoll wait on, for how long, and under which signal mask. */
#include "../task.h"
#include "poll.h"

static struct poll_entry *poll_entry_new(struct poll_table *t)
{
	struct poll_entry *e;

	if (t->room_left) {
		t->room_left--;
		e = t->room++;
		e->own = false;
	} else {
		e = new(struct poll_entry);
		if (!e) {
			t->failed = true;
			return NULL;
		}
		e->own = true;
	}
	e->handle = -1;
	e->wait.queue = NULL;
	e->next = t->entries;
	t->entries = e;
	return e;
}

void poll_table_add(struct poll_table *t, struct waitqueue *q, u32 events)
{
	struct poll_entry *e;

	if (t->queue) {
		*t->queue = q;
		return;
	}
	if (events)
		events |= POLLERR | POLLHUP;
	if (t->item) {
		if (!epitem_wait(t->item, q, events))
			t->failed = true;
		return;
	}
	e = poll_entry_new(t);
	if (!e)
		return;
	wq_add(q, &e->wait, t->waiter, events);
}

u32 poll_stream(struct poll_table *t, s32 handle, u32 events)
{
	struct poll_entry *e;
	s32 ready;

	if (t && t->item && !epitem_stream(t->item, handle, events))
		t->failed = true;
	if (t && t->queue)
		t->failed = true;
	if (t && (t->item || t->queue))
		t = NULL;
	e = t ? poll_entry_new(t) : NULL;
	if (!e) {
		ready = south_poll(handle, events, NULL);
		return ready < 0 ? POLLERR : (u32)ready;
	}
	ready = south_poll(handle, events, &t->waiter->seq);
	if (ready >= 0) {
		e->handle = handle;
		return (u32)ready;
	}
	t->failed = true;
	return 0;
}

void poll_table_free(struct poll_table *t)
{
	struct poll_entry *e, *next;

	for (e = t->entries; e; e = next) {
		next = e->next;
		if (e->wait.queue)
			wq_remove(&e->wait);
		else if (e->handle >= 0)
			south_poll_end(e->handle, &t->waiter->seq);
		if (e->own)
			release(e);
	}
	t->entries = NULL;
}

s32 file_wait(struct file *f, u32 events)
{
	struct waiter *w = &current->waiter;
	struct poll_entry few[2];
	struct poll_table table = { .waiter = w, .room = few, .room_left = 2 }, *t = &table;
	s32 err = 0;
	u32 seq;

	do {
		seq = waiter_arm(w);
		if (file_poll(f, t, events) & events)
			break;
		t = NULL;
		err = table.failed ? -ENOMEM : waiter_sleep(w, seq, DEADLINE_NONE);
	} while (!err);
	poll_table_free(&table);
	return err == -EINTR ? -ERESTARTSYS : err;
}

s32 deadline_in(s64 sec, s64 nsec, s64 *deadline)
{
	s64 now, ns;

	if (sec < 0 || (u64)nsec >= 1000000000ull)
		return -EINVAL;
	if (!sec && !nsec) {
		*deadline = DEADLINE_PAST;
		return 0;
	}
	now = south_time(1);
	/* 200 years are for ever. */
	ns = sec < 6300000000ll ? sec * 1000000000ll + nsec + now : 0x7fffffffffffffffll;
	*deadline = ns;
	return 0;
}

void deadline_left(s64 deadline, u64 uaddr, bool timeval)
{
	struct linux_timespec64 ts = { 0, 0 };
	s64 left;

	if (deadline == DEADLINE_NONE)
		return;
	if (deadline != DEADLINE_PAST) {
		left = deadline - south_time(1);
		if (left > 0) {
			ts.sec = left / 1000000000;
			ts.nsec = left % 1000000000;
		}
	}
	if (timeval)
		ts.nsec /= 1000;
	south_user_write(uaddr, &ts, sizeof(ts));
}

s32 sigmask_set(u64 uaddr, u64 size, bool *set)
{
	u64 mask;
	s32 err;

	*set = false;
	if (!uaddr)
		return 0;
	if (size != sizeof(mask))
		return -EINVAL;
	if (south_user_read(&mask, uaddr, sizeof(mask)))
		return -EFAULT;
	err = south_sigmask(mask, SIGMASK_SET);
	*set = !err;
	return err;
}
