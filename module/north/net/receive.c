// SPDX-License-Identifier: GPL-2.0
/* Receiving from sockets of AF_UNIX. */
#include "unix.h"

/* The packet's rights become the message's, a copy of them if it stays. unix_lock is held. */
static void rights_take(struct message *m, struct packet *p, struct sock *s)
{
	if (!p->rights)
		return;
	if (m->flags & MSG_PEEK) {
		m->rights = rights_copy(p->rights);
	} else {
		rights_leave(p->rights, s);
		m->rights = p->rights;
		p->rights = NULL;
	}
}

/* ---- messages ---- */

/* The first of the queue, with a reference, taken out of it if it doesn't stay. */
static struct packet *dgram_take(struct sock *s, struct message *m)
{
	struct packet *p = list_first(&s->queue, struct packet, node);

	if (m->flags & MSG_PEEK) {
		p->refs++;
	} else {
		list_del(&p->node);
		s->queued--;
	}
	sock_room(s);
	rights_take(m, p, s);
	m->namelen = p->from->addr ? unix_name(p->from, &m->name) : 0;
	m->cred = p->cred;
	return p;
}

static s64 dgram_receive(struct sock *s, struct message *m)
{
	struct list doomed = LIST_INIT(doomed);
	struct packet *p;
	bool passcred;
	s64 n;

	lock(&unix_lock);
	if (s->type == SOCK_SEQPACKET && s->state != UNIX_ESTABLISHED)
		n = -ENOTCONN;
	else if (m->flags & MSG_OOB)
		n = -EOPNOTSUPP;
	else
		n = sock_arrival(s, sock_deadline(s->rcvtimeo, m->flags & MSG_DONTWAIT));
	if (n <= 0) {
		unlock(&unix_lock);
		return n;
	}
	p = dgram_take(s, m);
	passcred = s->options & OPTION_PASSCRED;
	unlock(&unix_lock);
	n = (s64)min(m->io->left, (u64)p->len);
	if ((u64)n < p->len)
		m->got |= MSG_TRUNC;
	if (n && uio_to_user(m->io, p->data, (u64)n) != n)
		n = -EFAULT;
	else if (m->flags & MSG_TRUNC)
		n = p->len;
	if (n >= 0)
		control_put(m, passcred);
	lock(&unix_lock);
	packet_put(p, &doomed);
	unlock(&unix_lock);
	packets_free(&doomed);
	return n;
}

/* ---- streams ---- */

/* struct reading - one call's way through the bytes of a stream. */
struct reading {
	struct sock *sock;
	struct message *m;
	s64 done, deadline;
	u64 target;		/* that it waits for */
	bool passcred;		/* whose the first packet was matters */
	bool told;		/* and is known */
};

static bool cred_same(const struct ucred *a, const struct ucred *b)
{
	return a->pid == b->pid && a->uid == b->uid && a->gid == b->gid;
}

/*
 * Bytes of @p, which "reading" keeps where it is while they are copied. 1: the message may
 * go on with the next one. unix_lock is held.
 */
static s32 stream_take(struct reading *r, struct packet *p, struct list *doomed)
{
	struct message *m = r->m;
	struct sock *s = r->sock;
	u64 chunk = min(m->io->left, (u64)(p->len - p->consumed));

	/* Never is glued together what has other senders. */
	if (r->passcred && r->told && !cred_same(&m->cred, &p->cred))
		return 0;
	if (!r->told) {
		r->told = true;
		m->cred = p->cred;
		m->namelen = p->from->addr ? unix_name(p->from, &m->name) : 0;
	}
	unlock(&unix_lock);
	if (chunk && uio_to_user(m->io, p->data + p->consumed, chunk) != (s64)chunk)
		chunk = ~0ull;
	lock(&unix_lock);
	if (chunk == ~0ull) {
		if (!r->done)
			r->done = -EFAULT;
		return 0;
	}
	r->done += (s64)chunk;
	rights_take(m, p, s);
	if (m->flags & MSG_PEEK)
		return !p->rights && m->io->left;
	p->consumed += (u32)chunk;
	if (p->consumed < p->len)
		return 0;
	list_del(&p->node);
	s->queued--;
	packet_put(p, doomed);
	return !m->rights && m->io->left;
}

/* All that is there, as far as it belongs to one message. 1: there may be more to come. */
static s32 stream_drain(struct reading *r, struct list *doomed)
{
	struct list *queue = &r->sock->queue, *node = queue->next;
	bool peek = r->m->flags & MSG_PEEK;

	while (node != queue) {
		if (!stream_take(r, list_entry(node, struct packet, node), doomed))
			return 0;
		node = peek ? node->next : queue->next;
		if (peek && node == queue)
			return 0;
	}
	return 1;
}

/* As unix_stream_read_generic(), once the queue is empty. 1: look again; unix_lock is held. */
static s32 stream_wait(struct reading *r)
{
	struct sock *s = r->sock;
	s32 err;

	if (r->done && (u64)r->done >= r->target)
		return 0;
	err = sock_error(s);
	if (err || s->shutdown & RCV_SHUTDOWN)
		return err;
	if (r->deadline == DEADLINE_PAST)
		return -EAGAIN;
	unlock(&s->reading);
	s->waitdata = true;
	err = sock_wait(&s->wq, r->deadline,
			s->queued || s->err || s->shutdown & RCV_SHUTDOWN);
	s->waitdata = false;
	unlock(&unix_lock);
	lock(&s->reading);
	lock(&unix_lock);
	if (err && err != -EAGAIN)
		return err;
	if (err)
		r->deadline = DEADLINE_PAST;
	return 1;
}

static s64 stream_receive(struct sock *s, struct message *m)
{
	struct list doomed = LIST_INIT(doomed);
	struct reading r = { .sock = s, .m = m };
	u64 want = m->io->left;
	s32 err;

	lock(&s->reading);
	lock(&unix_lock);
	r.passcred = s->options & OPTION_PASSCRED;
	r.target = m->flags & MSG_WAITALL ? want : min(want, (u64)s->rcvlowat);
	r.deadline = sock_deadline(s->rcvtimeo, m->flags & MSG_DONTWAIT);
	err = s->state != UNIX_ESTABLISHED || m->flags & MSG_OOB ? -EINVAL : 1;
	while (err > 0) {
		err = stream_drain(&r, &doomed);
		if (err > 0)
			err = stream_wait(&r);
	}
	unlock(&unix_lock);
	unlock(&s->reading);
	/* At the end of the stream, too. */
	if (r.done || !err)
		control_put(m, r.passcred);
	packets_free(&doomed);
	return r.done ? r.done : err;
}

s64 unix_receive(struct sock *s, struct message *m)
{
	s64 n = s->type == SOCK_STREAM ? stream_receive(s, m) : dgram_receive(s, m);

	control_end(m);
	return n;
}
