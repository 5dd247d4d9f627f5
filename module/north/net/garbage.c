// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors in flight, and those that nobody can receive any more: sockets in queues of
 * one another. As Linux's net/unix/garbage.c before 6.10: of the sockets in flight those
 * are suspect to which there are no references but from queues; those to which a queue
 * refers that isn't a suspect's are cleared, and whatever is in their queues, and so on.
 * What is left is garbage.
 *
 * How much there can be in flight is bounded by the accounts of senders (RLIMIT_NOFILE),
 * the sizes of buffers, and the memory of the box.
 */
#include "unix.h"

/* From which number of sockets in flight on a sender looks for garbage. */
#define COLLECT_FROM 16000u
/* Not each close of a socket looks at all of them: one of so many for each in flight. */
#define COLLECT_PART 16u
#define SENDER_BUCKETS 16u

/* All of this is guarded by unix_lock. */
static struct list flying = LIST_INIT(flying);
static u32 flights;			/* of all sockets */
static u32 flying_count;		/* sockets */
static u32 closed;			/* sockets, since it was looked last */
static u32 collect_from = COLLECT_FROM;
static bool maybe_cyclic;		/* one in flight may hold another; read without it */

/* struct sender - the descriptors that one user has in flight. */
struct sender {
	struct sender *next;
	u32 uid;
	u32 refs;			/* one for each struct rights */
	u32 count;
};
static struct sender *senders[SENDER_BUCKETS];

struct sender *sender_get(u32 uid)
{
	struct sender **bucket = &senders[uid % SENDER_BUCKETS], *u = *bucket;

	while (u && u->uid != uid)
		u = u->next;
	if (!u) {
		u = new(struct sender);
		if (!u)
			return NULL;
		u->uid = uid;
		u->next = *bucket;
		*bucket = u;
	}
	u->refs++;
	return u;
}

static void sender_put(struct sender *u)
{
	struct sender **p = &senders[u->uid % SENDER_BUCKETS];

	if (--u->refs)
		return;
	while (*p != u)
		p = &(*p)->next;
	*p = u->next;
	release(u);
}

bool rights_allowed(const struct rights *r)
{
	return r->sender->count <= current->process->rlim_nofile_cur ||
	       capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN);
}

struct rights *rights_copy(struct rights *r)
{
	size_t size = sizeof(*r) + r->count * sizeof(r->files[0]);
	struct rights *copy = alloc(size);

	if (!copy)
		return NULL;
	memcpy(copy, r, size);
	copy->sender->refs++;
	for (u32 i = 0; i < copy->count; i++)
		file_get(copy->files[i]);
	return copy;
}

void rights_free(struct rights *r)
{
	if (!r)
		return;
	for (u32 i = 0; i < r->count; i++)
		file_put(r->files[i]);
	if (r->sender) {
		lock(&unix_lock);
		sender_put(r->sender);
		unlock(&unix_lock);
	}
	release(r);
}

/* Who has to go for the queue of @s to be lost. */
static struct sock *holder(struct sock *s)
{
	return s->listener ? s->listener : s;
}

void rights_enter(struct rights *r, struct sock *to)
{
	struct sock *s;

	for (u32 i = 0; r->sockets && i < r->count; i++) {
		s = file_unix(r->files[i]);
		if (s && !s->flights++) {
			list_add_tail(&s->flight, &flying);
			flying_count++;
		}
	}
	flights += r->sockets;
	to->socket_fds += r->sockets;
	to->fds += r->count;
	r->sender->count += r->count;
	/* Whatever link closes a circle, it is one to a socket in flight. */
	if (r->sockets && holder(to)->flights)
		maybe_cyclic = true;
}

void rights_leave(struct rights *r, struct sock *to)
{
	struct sock *s;

	for (u32 i = 0; r->sockets && i < r->count; i++) {
		s = file_unix(r->files[i]);
		if (s && !--s->flights) {
			list_del(&s->flight);
			flying_count--;
			s->suspect = false;
		}
	}
	flights -= r->sockets;
	to->socket_fds -= r->sockets;
	to->fds -= r->count;
	r->sender->count -= r->count;
}

void rights_moved(struct sock *s)
{
	if (s->socket_fds)
		maybe_cyclic = true;
}

/* ---- collecting; unix_lock is held ---- */

static void queue_each(struct sock *s, void (*each)(struct sock *to, void *arg), void *arg)
{
	struct packet *p;
	struct sock *to;

	if (!s->socket_fds)
		return;
	list_for_each(p, &s->queue, node) {
		if (!p->rights)
			continue;
		for (u32 i = 0; i < p->rights->count; i++) {
			to = file_unix(p->rights->files[i]);
			if (to)
				each(to, arg);
		}
	}
}

/* Each socket in flight in a queue that goes with @s. */
static void held_each(struct sock *s, void (*each)(struct sock *to, void *arg), void *arg)
{
	struct sock *c;

	if (s->state != UNIX_LISTEN) {
		queue_each(s, each, arg);
		return;
	}
	list_for_each(c, &s->queue, pending)
		queue_each(c, each, arg);
}

static void explain(struct sock *to, void *arg)
{
	to->unexplained--;
}

/* @to can still be received: @arg is the list of those. */
static void clear(struct sock *to, void *arg)
{
	if (!to->suspect)
		return;
	to->suspect = false;
	list_del(&to->flight);
	list_add_tail(&to->flight, arg);
}

static void list_move(struct list *from, struct list *to)
{
	struct list *node;

	while (!list_empty(from)) {
		node = from->next;
		list_del(node);
		list_add_tail(node, to);
	}
}

/* Those that no descriptor and no call of a task refers to; such a one can't appear again. */
static void find_suspects(struct list *suspects)
{
	struct sock *s, *next;

	lock(&files_lock);
	list_for_each_safe(s, next, &flying, flight) {
		if (s->file->refs != s->flights)
			continue;
		s->suspect = true;
		s->unexplained = s->flights;
		list_del(&s->flight);
		list_add_tail(&s->flight, suspects);
	}
	unlock(&files_lock);
}

static void clear_suspects(struct list *suspects)
{
	struct list cleared = LIST_INIT(cleared);
	struct sock *s, *next;

	list_for_each(s, suspects, flight)
		held_each(s, explain, NULL);
	list_for_each_safe(s, next, suspects, flight)
		if (s->unexplained)
			clear(s, &cleared);
	/* It grows behind @s. */
	list_for_each(s, &cleared, flight)
		held_each(s, clear, &cleared);
	list_move(&cleared, &flying);
}

/* The packets of garbage @s that hold descriptors; so other garbage may cease to be in flight. */
static void queue_collect(struct sock *s, struct list *doomed)
{
	struct packet *p, *next;

	list_for_each_safe(p, next, &s->queue, node) {
		if (!p->rights)
			continue;
		list_del(&p->node);
		s->queued--;
		rights_leave(p->rights, s);
		packet_put(p, doomed);
	}
}

static void collect(struct list *doomed)
{
	struct list suspects = LIST_INIT(suspects);
	struct sock *s, *c;

	find_suspects(&suspects);
	clear_suspects(&suspects);
	while (!list_empty(&suspects)) {
		s = list_first(&suspects, struct sock, flight);
		s->suspect = false;
		list_del(&s->flight);
		list_add_tail(&s->flight, &flying);
		if (s->state != UNIX_LISTEN)
			queue_collect(s, doomed);
		else
			list_for_each(c, &s->queue, pending)
				queue_collect(c, doomed);
	}
	maybe_cyclic = false;
	list_for_each(s, &flying, flight)
		if (s->socket_fds || (s->state == UNIX_LISTEN && s->queued))
			maybe_cyclic = true;
	collect_from = max(COLLECT_FROM, flights * 2);
}

void unix_collect(bool much)
{
	struct list doomed = LIST_INIT(doomed);

	if (!READ_ONCE(maybe_cyclic))
		return;
	lock(&unix_lock);
	if (much ? flights >= collect_from : ++closed > flying_count / COLLECT_PART) {
		closed = 0;
		collect(&doomed);
	}
	unlock(&unix_lock);
	packets_free(&doomed);
}
