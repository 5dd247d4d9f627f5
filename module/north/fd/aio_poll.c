// SPDX-License-Identifier: GPL-2.0
/*
 * IOCB_CMD_POLL: a request that is completed once its file is ready. Who makes it so only
 * notes that there are news, for whoever waits for the context's events: he asks the
 * file. So nothing is done under the lock of a queue, which may be anybody's.
 */
#include "../task.h"
#include "../event/poll.h"
#include "aio.h"

struct aio_poll {
	struct list node;		/* on context->polls; its lock */
	struct wait_entry wait;
	struct aio_context *context;	/* which it doesn't outlive */
	struct file *file;		/* a reference */
	u32 events;
	bool news;			/* set under the queue's lock, read without */
	u64 data, obj;
};

static void poll_news(struct aio_poll *r)
{
	WRITE_ONCE(r->news, true);
	WRITE_ONCE(r->context->news, true);
	wq_wake(&r->context->wq, 0);
}

static void poll_wake(struct wait_entry *e, u32 events)
{
	struct aio_poll *r = container_of(e, struct aio_poll, wait);

	if (events && !(events & r->events))
		return;
	poll_news(r);
}

/* One that is on no list any more. */
static void poll_end(struct aio_poll *r)
{
	wq_remove(&r->wait);
	file_put(r->file);
	release(r);
}

s64 aio_poll(struct aio_context *c, struct file *f, const struct iocb *io, u64 obj, bool *done)
{
	u32 events = (u16)io->buf | POLLERR | POLLHUP, ready;
	struct waitqueue *q = NULL;
	struct poll_table ask = { .queue = &q };
	struct aio_poll *r;

	if (io->buf != (u16)io->buf || io->offset || io->nbytes || io->rw_flags)
		return -EINVAL;
	ready = file_poll(f, &ask, events) & events;
	if (ready) {
		*done = true;
		return ready;
	}
	/* Of what the host tells only who sleeps hears; and nobody would signal an eventfd. */
	if (!q || ask.failed || io->flags & IOCB_FLAG_RESFD)
		return -EINVAL;
	r = new(struct aio_poll);
	if (!r)
		return -ENOMEM;
	*r = (struct aio_poll){ .context = c, .file = file_get(f), .events = events,
				.data = io->data, .obj = obj };
	r->wait.wake = poll_wake;
	wq_join(q, &r->wait);
	lock(&c->lock);
	list_add_tail(&r->node, &c->polls);
	/* Of what came before it was on the queue. */
	poll_news(r);
	unlock(&c->lock);
	return 0;
}

/* Not ready after all: it waits on. */
static void poll_again(struct aio_poll *r)
{
	struct aio_context *c = r->context;

	lock(&c->lock);
	list_add_tail(&r->node, &c->polls);
	/* Others who looked meanwhile didn't find it. */
	if (READ_ONCE(r->news))
		poll_news(r);
	unlock(&c->lock);
}

void aio_poll_look(struct aio_context *c)
{
	struct list found = LIST_INIT(found);
	struct aio_poll *r, *next;
	u32 ready;

	if (!READ_ONCE(c->news))
		return;
	WRITE_ONCE(c->news, false);
	lock(&c->lock);
	list_for_each_safe(r, next, &c->polls, node) {
		if (!READ_ONCE(r->news))
			continue;
		list_del(&r->node);
		list_add_tail(&r->node, &found);
	}
	unlock(&c->lock);
	list_for_each_safe(r, next, &found, node) {
		list_del(&r->node);
		WRITE_ONCE(r->news, false);
		ready = file_poll(r->file, NULL, r->events) & r->events;
		if (!ready) {
			poll_again(r);
			continue;
		}
		aio_complete(c, r->data, r->obj, ready);
		poll_end(r);
	}
}

bool aio_poll_cancel(struct aio_context *c, u64 obj)
{
	struct aio_poll *r, *found = NULL;

	lock(&c->lock);
	list_for_each(r, &c->polls, node) {
		if (obj && r->obj != obj)
			continue;
		list_del(&r->node);
		found = r;
		break;
	}
	unlock(&c->lock);
	if (!found)
		return false;
	if (obj)
		aio_complete(c, found->data, obj, 0);
	poll_end(found);
	return true;
}
