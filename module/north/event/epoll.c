// SPDX-License-Identifier: GPL-2.0
/*
 * epoll.
 *
 * Locks, outermost first: epoll_lock (which file is watched by which epoll; taken
 * by epoll_ctl and where a watched file goes), eventpoll.lock (its items; held
 * while their files are polled), then those of the files, then a waitqueue's, then
 * eventpoll.ready_lock, which an item's wake() takes, and under it the lock of the
 * epoll's own waitqueue, whose entries may be items of another epoll: that nests
 * at most EP_MAX_NESTS deep and never in a circle.
 *
 * An item holds no reference on its file: a file whose last reference is gone
 * stays until eventpoll_release() took it out of every epoll.
 */
#include "../task.h"
#include "../fs/fs.h"
#include "poll.h"

#define EPOLLIN 0x001u
#define EPOLLOUT 0x004u
#define EPOLLEXCLUSIVE (1u << 28)
#define EPOLLWAKEUP (1u << 29)
#define EPOLLONESHOT (1u << 30)
#define EPOLLET (1u << 31)
#define EP_PRIVATE_BITS (EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)
#define EPOLLEXCLUSIVE_OK \
	(POLLIN | POLLOUT | POLLERR | POLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE)

#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLL_CTL_MOD 3

#define EP_MAX_NESTS 4
/* Of one epoll; Linux bounds them by user and memory. */
#define EP_MAX_ITEMS (1u << 17)
#define EP_MAX_EVENTS (0x7fffffffu / 12)
#define EP_BUCKETS_MIN 16u
#define EP_BATCH 32u

struct linux_epoll_event {
	u32 events;
	u64 data;
} __attribute__((packed));

struct ep_entry {
	struct wait_entry wait;
	struct ep_entry *next;
	struct epitem *item;
};

struct epitem {
	struct epitem *next;		/* of its hash bucket; eventpoll.lock */
	struct epitem *next_watch;	/* of file->epitems; epoll_lock */
	struct list ready;		/* on eventpoll.ready; ready_lock */
	struct list stream_node;	/* on eventpoll.streams or .nested; eventpoll.lock */
	struct eventpoll *ep;
	struct file *file;
	s32 fd;
	u32 events;			/* eventpoll.lock; 0 after a EPOLLONESHOT event */
	u64 data;
	struct ep_entry *entries;	/* queues it is on */
	s32 handle;			/* the host stream it watches, or -1 */
	u32 stream_events;
	u32 stream_seq, stream_seen;	/* South adds to the first when it may have become ready */
};

struct eventpoll {
	struct mutex lock;	/* the items: buckets to streams */
	struct epitem **buckets;
	u32 size, count;
	struct list streams;
	struct list nested;		/* items that are epolls, which may have streams */
	struct mutex ready_lock;	/* inside lock, and inside the locks of what is watched */
	struct list ready;
	/*
	 * What epoll_wait sleeps on. North stores values that never come twice, with
	 * the low half free for South to count in; ready_lock.
	 */
	u32 word, epoch;
	u32 sleepers;			/* ready_lock */
	struct waitqueue wq;		/* poll on the epoll itself */
	struct file *file;		/* its own, not counted */
	u32 loop_mark;			/* epoll_lock */
};

static struct mutex epoll_lock;
static u32 loop_mark;			/* epoll_lock */

static const struct file_ops epoll_ops;

static struct eventpoll *file_epoll(struct file *f)
{
	return f->ops == &epoll_ops ? f->private : NULL;
}

/* ---- items ---- */

static u32 item_hash(const struct file *f, s32 fd)
{
	return ((u32)((uintptr)f >> 4) ^ (u32)fd * 0x9e3779b1u) * 0x85ebca6bu >> 7;
}

static struct epitem *item_find(struct eventpoll *ep, struct file *f, s32 fd)
{
	struct epitem *i;

	if (!ep->size)
		return NULL;
	for (i = ep->buckets[item_hash(f, fd) & (ep->size - 1)]; i; i = i->next)
		if (i->file == f && i->fd == fd)
			return i;
	return NULL;
}

static bool items_grow(struct eventpoll *ep)
{
	u32 size = ep->size ? ep->size * 2 : EP_BUCKETS_MIN;
	struct epitem **buckets, *i, *next;
	u32 b;

	if (ep->count < ep->size)
		return true;
	buckets = alloc(size * sizeof(*buckets));
	if (!buckets)
		return ep->size;
	for (b = 0; b < ep->size; b++) {
		for (i = ep->buckets[b]; i; i = next) {
			u32 h = item_hash(i->file, i->fd) & (size - 1);

			next = i->next;
			i->next = buckets[h];
			buckets[h] = i;
		}
	}
	release(ep->buckets);
	ep->buckets = buckets;
	ep->size = size;
	return true;
}

/* ready_lock is held. */
static void ep_poke(struct eventpoll *ep)
{
	*(volatile u32 *)&ep->word = ++ep->epoch << 16;
	if (ep->sleepers)
		south_wake(&ep->word, 1);
}

/* Puts an item among those that epoll_wait looks at. */
static void item_ready(struct epitem *i)
{
	struct eventpoll *ep = i->ep;

	lock(&ep->ready_lock);
	if (list_empty(&i->ready))
		list_add_tail(&i->ready, &ep->ready);
	ep_poke(ep);
	unlock(&ep->ready_lock);
	wq_wake(&ep->wq, POLLIN | POLLRDNORM);
}

static void item_wake(struct wait_entry *e, u32 events)
{
	struct epitem *i = container_of(e, struct ep_entry, wait)->item;
	u32 want = *(volatile u32 *)&i->events;

	/* Disarmed by EPOLLONESHOT, or none of what it wants. */
	if (!(want & ~EP_PRIVATE_BITS) || (events && !(events & (want | POLLERR | POLLHUP))))
		return;
	item_ready(i);
}

bool epitem_wait(struct epitem *item, struct waitqueue *q, u32 events)
{
	struct ep_entry *e = new(struct ep_entry);

	if (!e)
		return false;
	e->item = item;
	e->next = item->entries;
	item->entries = e;
	/* What an item wants may change: it is asked in item_wake(). */
	e->wait.wake = item_wake;
	wq_join(q, &e->wait);
	return true;
}

/* Twice: the item's own word says which stream it was, the epoll's wakes who sleeps. */
bool epitem_stream(struct epitem *i, s32 handle, u32 events)
{
	struct eventpoll *ep = i->ep;

	if (i->handle >= 0)
		return true;
	if (south_poll(handle, events, &i->stream_seq) < 0)
		return false;
	if (south_poll(handle, events, &ep->word) < 0) {
		south_poll_end(handle, &i->stream_seq);
		return false;
	}
	i->handle = handle;
	i->stream_events = events;
	list_add_tail(&i->stream_node, &ep->streams);
	return true;
}

static void item_unwait(struct epitem *i)
{
	struct ep_entry *e, *next;

	for (e = i->entries; e; e = next) {
		next = e->next;
		wq_remove(&e->wait);
		release(e);
	}
	i->entries = NULL;
	if (i->handle >= 0) {
		south_poll_end(i->handle, &i->ep->word);
		south_poll_end(i->handle, &i->stream_seq);
	}
	i->handle = -1;
	list_del(&i->stream_node);
}

/* epoll_lock and the epoll's lock are held. */
static void item_remove(struct epitem *i)
{
	struct eventpoll *ep = i->ep;
	struct epitem **p;

	item_unwait(i);
	lock(&ep->ready_lock);
	list_del(&i->ready);
	unlock(&ep->ready_lock);
	for (p = &i->file->epitems; *p != i; p = &(*p)->next_watch)
		;
	*p = i->next_watch;
	for (p = &ep->buckets[item_hash(i->file, i->fd) & (ep->size - 1)]; *p != i; p = &(*p)->next)
		;
	*p = i->next;
	ep->count--;
	release(i);
}

void eventpoll_release(struct file *f)
{
	struct eventpoll *ep;

	if (!f->epitems)
		return;
	lock(&epoll_lock);
	while (f->epitems) {
		ep = f->epitems->ep;
		lock(&ep->lock);
		item_remove(f->epitems);
		unlock(&ep->lock);
	}
	unlock(&epoll_lock);
}

static u32 item_poll(struct epitem *i, struct poll_table *t)
{
	u32 want = i->events & ~EP_PRIVATE_BITS;

	return file_poll(i->file, t, want) & want;
}

/* ---- the file ---- */

/*
 * Streams that South spoke of since the last time are to be looked at, also those of the
 * epolls below: whose news reach this one as any other's. The epoll's lock is held.
 */
static void ep_streams(struct eventpoll *ep)
{
	struct epitem *i;
	bool news = false;

	list_for_each(i, &ep->nested, stream_node) {
		struct eventpoll *below = file_epoll(i->file);

		lock(&below->lock);
		ep_streams(below);
		unlock(&below->lock);
	}
	list_for_each(i, &ep->streams, stream_node) {
		u32 seq = *(volatile u32 *)&i->stream_seq;

		if (seq == i->stream_seen)
			continue;
		i->stream_seen = seq;
		news = true;
		lock(&ep->ready_lock);
		if (list_empty(&i->ready))
			list_add_tail(&i->ready, &ep->ready);
		unlock(&ep->ready_lock);
	}
	if (news)
		wq_wake(&ep->wq, POLLIN | POLLRDNORM);
}

/*
 * Is anything there? Items that turn out not to be ready leave the list. The epoll's
 * lock is held.
 */
static bool ep_ready(struct eventpoll *ep)
{
	bool found = false;
	struct epitem *i;

	ep_streams(ep);
	lock(&ep->ready_lock);
	while (!found && !list_empty(&ep->ready)) {
		i = list_first(&ep->ready, struct epitem, ready);
		list_del(&i->ready);
		unlock(&ep->ready_lock);
		found = item_poll(i, NULL);
		lock(&ep->ready_lock);
		if (found && list_empty(&i->ready))
			list_add(&i->ready, &ep->ready);
	}
	/* Who slept because it was off the list shall look again. */
	if (found && ep->sleepers)
		ep_poke(ep);
	unlock(&ep->ready_lock);
	return found;
}

static u32 epoll_poll(struct file *f, struct poll_table *t, u32 events)
{
	struct eventpoll *ep = f->private;
	struct epitem *i;
	u32 ready;

	poll_wait(t, &ep->wq, POLLIN | POLLRDNORM);
	lock(&ep->lock);
	if (t && !t->item) {
		list_for_each(i, &ep->streams, stream_node)
			poll_stream(t, i->handle, i->stream_events);
		list_for_each(i, &ep->nested, stream_node)
			epoll_poll(i->file, t, events);
	}
	ready = ep_ready(ep) ? POLLIN | POLLRDNORM : 0;
	unlock(&ep->lock);
	return ready;
}

static void epoll_release(struct file *f)
{
	struct eventpoll *ep = f->private;

	lock(&epoll_lock);
	lock(&ep->lock);
	for (u32 b = 0; b < ep->size; b++)
		while (ep->buckets[b])
			item_remove(ep->buckets[b]);
	unlock(&ep->lock);
	unlock(&epoll_lock);
	release(ep->buckets);
	release(ep);
}

static void epoll_show(struct file *f, struct text *t)
{
	struct eventpoll *ep = f->private;
	struct epitem *i;

	lock(&ep->lock);
	for (u32 b = 0; b < ep->size; b++)
		for (i = ep->buckets[b]; i; i = i->next)
			text_printf(t,
				    "tfd: %8d events: %8x data: %16llx  pos:%lld ino:%llx sdev:%llx\n",
				    i->fd, i->events, i->data, i->file->pos,
				    i->file->inode->ino, 0ull);
	unlock(&ep->lock);
}

static s64 epoll_seek(struct file *f, s64 off, u32 whence)
{
	return 0;
}

static const struct file_ops epoll_ops = {
	.seek = epoll_seek,
	.poll = epoll_poll,
	.release = epoll_release,
	.show = epoll_show,
	.noop_seek = true,
};

static s64 epoll_make(u32 flags)
{
	struct eventpoll *ep;
	struct file *f;

	if (flags & ~O_CLOEXEC)
		return -EINVAL;
	ep = new(struct eventpoll);
	if (!ep)
		return -ENOMEM;
	list_init(&ep->streams);
	list_init(&ep->nested);
	list_init(&ep->ready);
	wq_init(&ep->wq);
	f = file_anon(&epoll_ops, "anon_inode:[eventpoll]", 0600, O_RDWR, ep);
	if (!f) {
		release(ep);
		return -ENOMEM;
	}
	ep->file = f;
	return fd_install(f, 0, flags & O_CLOEXEC);
}

s64 sys_epoll_create(const u64 *a)
{
	return (s32)a[0] <= 0 ? -EINVAL : epoll_make(0);
}

s64 sys_epoll_create1(const u64 *a)
{
	return epoll_make((u32)a[0]);
}

/* ---- epoll_ctl ---- */

/* How many epolls stand above @f; epoll_lock. */
static u32 depth_up(struct file *f, u32 depth)
{
	u32 most = 0;

	if (depth > EP_MAX_NESTS)
		return 1;
	for (struct epitem *i = f->epitems; i; i = i->next_watch)
		most = max(most, 1 + depth_up(i->ep->file, depth + 1));
	return most;
}

/* How many stand below @ep, or more than EP_MAX_NESTS where @target is among them; epoll_lock. */
static u32 depth_down(struct eventpoll *ep, struct eventpoll *target, u32 depth)
{
	u32 most = 0;

	if (ep == target || depth > EP_MAX_NESTS)
		return EP_MAX_NESTS + 1;
	if (ep->loop_mark >> 3 == loop_mark)
		return ep->loop_mark & 7;
	for (u32 b = 0; b < ep->size; b++) {
		for (struct epitem *i = ep->buckets[b]; i; i = i->next) {
			struct eventpoll *below = file_epoll(i->file);

			if (below)
				most = max(most, 1 + depth_down(below, target, depth + 1));
			if (most > EP_MAX_NESTS)
				return most;
		}
	}
	ep->loop_mark = loop_mark << 3 | most;
	return most;
}

static s32 ep_add(struct eventpoll *ep, struct file *f, s32 fd, const struct linux_epoll_event *ev)
{
	struct poll_table table = { 0 };
	struct epitem *i, **bucket;

	if (ep->count >= EP_MAX_ITEMS)
		return -ENOSPC;
	if (!items_grow(ep))
		return -ENOMEM;
	i = new(struct epitem);
	if (!i)
		return -ENOMEM;
	list_init(&i->ready);
	list_init(&i->stream_node);
	i->ep = ep;
	i->file = f;
	i->fd = fd;
	i->events = ev->events;
	i->data = ev->data;
	i->handle = -1;
	bucket = &ep->buckets[item_hash(f, fd) & (ep->size - 1)];
	i->next = *bucket;
	*bucket = i;
	i->next_watch = f->epitems;
	f->epitems = i;
	ep->count++;
	if (file_epoll(f))
		list_add_tail(&i->stream_node, &ep->nested);
	table.item = i;
	if (item_poll(i, &table))
		item_ready(i);
	if (table.failed) {
		item_remove(i);
		return -ENOMEM;
	}
	return 0;
}

static s32 ep_mod(struct eventpoll *ep, struct epitem *i, const struct linux_epoll_event *ev)
{
	*(volatile u32 *)&i->events = ev->events;
	i->data = ev->data;
	if (item_poll(i, NULL))
		item_ready(i);
	return 0;
}

static s32 ep_ctl(struct eventpoll *ep, u32 op, struct file *f, s32 fd,
		  struct linux_epoll_event *ev)
{
	struct eventpoll *below = file_epoll(f);
	struct epitem *i;
	s32 err;

	lock(&epoll_lock);
	if (op == EPOLL_CTL_ADD && below) {
		/* The mark shares its word with a depth; a walk of old marks costs time only. */
		loop_mark = (loop_mark + 1) & 0x1fffffff;
		if (1 + depth_down(below, ep, 0) + depth_up(ep->file, 0) > EP_MAX_NESTS) {
			unlock(&epoll_lock);
			return -ELOOP;
		}
	}
	lock(&ep->lock);
	i = item_find(ep, f, fd);
	switch (op) {
	case EPOLL_CTL_ADD:
		ev->events |= POLLERR | POLLHUP;
		err = i ? -EEXIST : ep_add(ep, f, fd, ev);
		break;
	case EPOLL_CTL_DEL:
		err = i ? 0 : -ENOENT;
		if (i)
			item_remove(i);
		break;
	case EPOLL_CTL_MOD:
		err = -ENOENT;
		if (!i)
			break;
		ev->events |= POLLERR | POLLHUP;
		err = i->events & EPOLLEXCLUSIVE ? -EINVAL : ep_mod(ep, i, ev);
		break;
	default:
		err = -EINVAL;
	}
	unlock(&ep->lock);
	unlock(&epoll_lock);
	return err;
}

s64 sys_epoll_ctl(const u64 *a)
{
	struct linux_epoll_event ev = { 0, 0 };
	struct fd epf, tf;
	struct eventpoll *ep;
	u32 op = (u32)a[1];
	s32 err;

	if (op != EPOLL_CTL_DEL && south_user_read(&ev, a[3], sizeof(ev)))
		return -EFAULT;
	epf = fd_begin_io((s32)a[0]);
	if (!epf.file)
		return -EBADF;
	tf = fd_begin_io((s32)a[2]);
	err = -EBADF;
	if (!tf.file)
		goto out;
	err = -EPERM;
	if (!tf.file->ops->poll)
		goto out;
	ev.events &= ~EPOLLWAKEUP;
	ep = file_epoll(epf.file);
	err = -EINVAL;
	if (!ep || epf.file == tf.file)
		goto out;
	if (op != EPOLL_CTL_DEL && ev.events & EPOLLEXCLUSIVE &&
	    (op == EPOLL_CTL_MOD || (op == EPOLL_CTL_ADD && (file_epoll(tf.file) ||
	     ev.events & ~EPOLLEXCLUSIVE_OK))))
		goto out;
	err = ep_ctl(ep, op, tf.file, (s32)a[2], &ev);
out:
	fd_end(tf);
	fd_end(epf);
	return err;
}

/* ---- epoll_wait ---- */

/* Up to @max items from the front of the ready ones, to @last at most; ready_lock is held. */
static u32 batch_take(struct eventpoll *ep, struct epitem **batch, u32 max,
		      const struct epitem *last)
{
	u32 n = 0;

	do {
		batch[n] = list_first(&ep->ready, struct epitem, ready);
		list_del(&batch[n]->ready);
	} while (batch[n++] != last && n < max);
	return n;
}

/* ready_lock is held. */
static void batch_return(struct eventpoll *ep, struct epitem **batch, u32 n)
{
	for (u32 i = 0; i < n; i++)
		if (list_empty(&batch[i]->ready))
			list_add_tail(&batch[i]->ready, &ep->ready);
}

/* Asks the items; those that are level-triggered and ready stay in @batch, *@keep of them. */
static u32 batch_poll(struct epitem **batch, u32 n, struct linux_epoll_event *ev, u32 *keep)
{
	u32 found = 0;

	*keep = 0;
	for (u32 k = 0; k < n; k++) {
		struct epitem *i = batch[k];
		u32 got = item_poll(i, NULL);

		if (!got)
			continue;
		ev[found].events = got;
		ev[found++].data = i->data;
		if (i->events & EPOLLONESHOT)
			*(volatile u32 *)&i->events &= EP_PRIVATE_BITS;
		else if (!(i->events & EPOLLET))
			batch[(*keep)++] = i;
	}
	return found;
}

/* The items that are ready, up to @max of them, to user memory. */
static s32 ep_collect(struct eventpoll *ep, u64 uaddr, u32 max)
{
	struct linux_epoll_event ev[EP_BATCH];
	struct epitem *batch[EP_BATCH];
	struct epitem *last = NULL;
	u32 n, found, keep, sum = 0;
	s32 err = 0;

	lock(&ep->lock);
	if (!list_empty(&ep->streams) || !list_empty(&ep->nested))
		ep_streams(ep);
	lock(&ep->ready_lock);
	/* What becomes ready from here on comes behind it, and isn't looked at twice. */
	if (!list_empty(&ep->ready))
		last = list_entry(ep->ready.prev, struct epitem, ready);
	while (last && sum < max && !err) {
		n = batch_take(ep, batch, min(max - sum, EP_BATCH), last);
		if (batch[n - 1] == last)
			last = NULL;
		unlock(&ep->ready_lock);
		found = batch_poll(batch, n, ev, &keep);
		if (found && south_user_write(uaddr, ev, found * sizeof(*ev)))
			err = -EFAULT;
		uaddr += found * sizeof(*ev);
		sum += err ? 0 : found;
		lock(&ep->ready_lock);
		batch_return(ep, batch, keep);
	}
	if (ep->sleepers && !list_empty(&ep->ready))
		ep_poke(ep);
	unlock(&ep->ready_lock);
	unlock(&ep->lock);
	return sum ? (s32)sum : err;
}

/* As poll(2) would on the epoll: the streams of those below are waited for one by one. */
static s32 ep_sleep_nested(struct eventpoll *ep, s64 deadline)
{
	struct poll_table t = { .waiter = &current->waiter };
	u32 seq = waiter_arm(t.waiter);
	s32 err = 0;

	if (!epoll_poll(ep->file, &t, POLLIN | POLLRDNORM))
		err = t.failed ? -ENOMEM : waiter_sleep(t.waiter, seq, deadline);
	poll_table_free(&t);
	return err;
}

static s32 ep_sleep(struct eventpoll *ep, u32 word, s64 deadline)
{
	bool ready;
	s32 err;

	if (!list_empty(&ep->nested))
		return ep_sleep_nested(ep, deadline);
	lock(&ep->ready_lock);
	ep->sleepers++;
	/* Another one may have given back what it had taken to look at. */
	ready = !list_empty(&ep->ready);
	unlock(&ep->ready_lock);
	err = ready ? 0 : south_wait(&ep->word, word, deadline, SOUTH_WAIT_INTR);
	lock(&ep->ready_lock);
	ep->sleepers--;
	unlock(&ep->ready_lock);
	return err;
}

static s64 ep_wait(struct eventpoll *ep, u64 uaddr, u32 max, s64 deadline)
{
	s32 n, err = 0;
	u32 word;

	for (;;) {
		word = *(volatile u32 *)&ep->word;
		n = 0;
		if (*(struct list *volatile *)&ep->ready.next != &ep->ready ||
		    !list_empty(&ep->streams) || !list_empty(&ep->nested))
			n = ep_collect(ep, uaddr, max);
		if (n || err == -ETIMEDOUT || deadline == DEADLINE_PAST)
			return n;
		if (err == -EINTR || err == -ENOMEM)
			return err;
		err = ep_sleep(ep, word, deadline);
	}
}

static s64 do_epoll_wait(s32 epfd, u64 uaddr, s32 max, s64 deadline)
{
	struct fd f;
	s64 ret;

	if (max <= 0 || (u32)max > EP_MAX_EVENTS)
		return -EINVAL;
	if (!user_range(uaddr, (u64)max * sizeof(struct linux_epoll_event)))
		return -EFAULT;
	f = fd_begin_io(epfd);
	if (!f.file)
		return -EBADF;
	ret = file_epoll(f.file) ? ep_wait(file_epoll(f.file), uaddr, (u32)max, deadline) : -EINVAL;
	fd_end(f);
	return ret;
}

static s64 deadline_ms(s32 ms)
{
	s64 deadline = ms ? DEADLINE_NONE : DEADLINE_PAST;

	if (ms > 0)
		deadline_in(ms / 1000, (s64)(ms % 1000) * 1000000, &deadline);
	return deadline;
}

s64 sys_epoll_wait(const u64 *a)
{
	return do_epoll_wait((s32)a[0], a[1], (s32)a[2], deadline_ms((s32)a[3]));
}

static s64 do_epoll_pwait(const u64 *a, s64 deadline)
{
	bool masked;
	s64 ret = sigmask_set(a[4], a[5], &masked);

	if (ret)
		return ret;
	ret = do_epoll_wait((s32)a[0], a[1], (s32)a[2], deadline);
	if (masked && ret != -EINTR)
		south_sigmask(0, SIGMASK_RESTORE);
	return ret;
}

s64 sys_epoll_pwait(const u64 *a)
{
	return do_epoll_pwait(a, deadline_ms((s32)a[3]));
}

s64 sys_epoll_pwait2(const u64 *a)
{
	struct linux_timespec64 ts;
	s64 deadline = DEADLINE_NONE;

	if (a[3]) {
		if (south_user_read(&ts, a[3], sizeof(ts)))
			return -EFAULT;
		if (deadline_in(ts.sec, ts.nsec, &deadline))
			return -EINVAL;
	}
	return do_epoll_pwait(a, deadline);
}
