// SPDX-License-Identifier: GPL-2.0
/* Connections of AF_UNIX: listening, connecting, accepting; pairs; and their end. */
#include "unix.h"

/* With unix_lock held: current is who the other end will see. */
static void peercred_set(struct sock *s, s32 pid, struct cred *c)
{
	struct cred *old = s->peer_cred;

	s->peer_pid = pid;
	s->peer_cred = cred_get(c);
	if (old)
		cred_put(old);
}

s32 unix_listen(struct sock *s, u32 backlog)
{
	s32 err = 0;

	lock(&unix_lock);
	if (s->type == SOCK_DGRAM) {
		err = -EOPNOTSUPP;
	} else if (!s->addr || s->state == UNIX_ESTABLISHED) {
		err = -EINVAL;
	} else {
		if (backlog > s->backlog)
			wq_wake(&s->peer_wait, 0);
		s->backlog = backlog;
		s->state = UNIX_LISTEN;
		peercred_set(s, current->pid, current->cred);
	}
	unlock(&unix_lock);
	return err;
}

/* ---- connect(2) ---- */

/* @c, which is new, waits at @other for being accepted as the other end of @s. */
static void join(struct sock *s, struct sock *other, struct sock *c)
{
	c->peer = sock_get(s);
	c->state = UNIX_ESTABLISHED;
	peercred_set(c, current->pid, current->cred);
	c->addr = other->addr;
	c->addr->refs++;
	peercred_set(s, other->peer_pid, other->peer_cred);
	s->state = UNIX_ESTABLISHED;
	s->peer = sock_get(c);
	c->listener = other;
	list_add_tail(&c->pending, &other->queue);
	other->queued++;
	wq_wake(&other->wq, POLL_READABLE);
	sock_async(other, POLL_IN);
}

/* One try. -EINPROGRESS: there may be room now. unix_lock is held. */
static s32 try_connect(struct sock *s, struct sock *other, struct sock *c, s64 *deadline)
{
	s32 err;

	if (other->state != UNIX_LISTEN || other->shutdown & RCV_SHUTDOWN)
		return -ECONNREFUSED;
	if (sock_full(other)) {
		if (*deadline == DEADLINE_PAST)
			return -EAGAIN;
		err = sock_wait(&other->peer_wait, *deadline, other->dead ||
				other->shutdown & RCV_SHUTDOWN || !sock_full(other));
		if (err == -EAGAIN)
			*deadline = DEADLINE_PAST;
		else if (err)
			return err;
		return -EINPROGRESS;
	}
	if (s->state != UNIX_CLOSE)
		return s->state == UNIX_ESTABLISHED ? -EISCONN : -EINVAL;
	join(s, other, c);
	return 0;
}

static s32 connect_stream(struct sock *s, struct sockaddr *sa, u32 len, s64 deadline)
{
	struct sock *c = sock_new(s->type), *other;
	s32 err;

	if (IS_ERR(c))
		return PTR_ERR(c);
	do {
		err = unix_find(sa, len, s->type, &other);
		if (err)
			break;
		err = try_connect(s, other, c, &deadline);
		sock_put(other);
		unlock(&unix_lock);
	} while (err == -EINPROGRESS);
	if (err)
		sock_drop(c);
	return err;
}

void unix_disconnected(struct sock *s, struct sock *old, struct list *doomed)
{
	if (!s->queued)
		return;
	sock_purge(s, doomed);
	sock_room(s);
	/* One link of two was cut, and messages are lost. */
	if (!old->dead && old->peer == s)
		sock_fail(old, -ECONNRESET);
}

/* @s is connected to @other from now on, whose reference is taken; NULL: to nobody. */
static void peer_set(struct sock *s, struct sock *other, struct list *doomed)
{
	struct sock *old = s->peer;

	s->peer = other;
	if (!old)
		return;
	if (!other)
		s->state = UNIX_CLOSE;
	list_del(&s->relay);
	wq_wake(&s->wq, POLL_WRITABLE);
	if (other != old) {
		unix_disconnected(s, old, doomed);
		if (!old->peer)
			old->state = UNIX_CLOSE;
	}
	sock_put(old);
}

static s32 connect_dgram(struct sock *s, struct sockaddr *sa, u32 len)
{
	struct list doomed = LIST_INIT(doomed);
	struct sock *other = NULL;
	s32 err = 0;

	if (sa->family == AF_UNSPEC)
		lock(&unix_lock);
	else
		err = unix_find(sa, len, s->type, &other);
	if (err)
		return err;
	if (other && other->peer && other->peer != s) {
		err = -EPERM;
		sock_put(other);
	} else {
		if (other)
			s->state = other->state = UNIX_ESTABLISHED;
		peer_set(s, other, &doomed);
	}
	unlock(&unix_lock);
	packets_free(&doomed);
	return err;
}

s32 unix_connect(struct sock *s, struct sockaddr *sa, u32 len, bool nonblock)
{
	bool dgram = s->type == SOCK_DGRAM;
	s64 deadline;
	s32 err = 0;

	if (dgram && len < SOCKADDR_FAMILY)
		return -EINVAL;
	if (!dgram || sa->family != AF_UNSPEC)
		err = sockaddr_check(sa, len);
	if (err)
		return err;
	lock(&unix_lock);
	deadline = sock_deadline(s->sndtimeo, nonblock);
	if (s->options & OPTION_PASSCRED && sa->family != AF_UNSPEC)
		err = unix_autobind(s);
	unlock(&unix_lock);
	if (err)
		return err;
	return dgram ? connect_dgram(s, sa, len) : connect_stream(s, sa, len, deadline);
}

/* ---- accept(2) ---- */

struct sock *unix_accept(struct sock *s, bool nonblock)
{
	struct sock *c = NULL;
	s32 err = -EINVAL;

	if (s->type == SOCK_DGRAM)
		return ERR_PTR(-EOPNOTSUPP);
	lock(&unix_lock);
	if (s->state == UNIX_LISTEN) {
		err = sock_arrival(s, sock_deadline(s->rcvtimeo, nonblock));
		/* Its end is that of shutdown(2). */
		if (!err)
			err = -EINVAL;
	}
	if (err > 0) {
		c = list_first(&s->queue, struct sock, pending);
		list_del(&c->pending);
		s->queued--;
		rights_moved(c);
		c->listener = NULL;
		c->options = s->options & OPTION_PASSCRED;
		wq_wake(&s->peer_wait, 0);
	}
	unlock(&unix_lock);
	return c ? c : ERR_PTR(err);
}

/* ---- socketpair(2) ---- */

static void pair_join(struct sock *a, struct sock *b)
{
	a->peer = sock_get(b);
	a->state = UNIX_ESTABLISHED;
	peercred_set(a, current->pid, current->cred);
}

s32 unix_pair(u32 type, u32 flags, struct file *ends[2])
{
	struct sock *s;

	for (u32 k = 0; k < 2; k++) {
		s = sock_new(type);
		ends[k] = IS_ERR(s) ? NULL : sock_file(s, flags);
		if (ends[k])
			continue;
		if (!IS_ERR(s))
			sock_drop(s);
		if (k)
			file_put(ends[0]);
		return IS_ERR(s) ? PTR_ERR(s) : -ENOMEM;
	}
	lock(&unix_lock);
	pair_join(ends[0]->private, ends[1]->private);
	pair_join(ends[1]->private, ends[0]->private);
	unlock(&unix_lock);
	return 0;
}

/* ---- shutdown(2) ---- */

s32 unix_shutdown(struct sock *s, u32 how)
{
	struct sock *peer;

	if (how > SHUT_RDWR)
		return -EINVAL;
	/* SHUT_RD, SHUT_WR, SHUT_RDWR are one less than the bits. */
	how++;
	lock(&unix_lock);
	s->shutdown |= how;
	wq_wake(&s->wq, 0);
	/* Who waits for room in the queue needn't. */
	wq_wake(&s->peer_wait, 0);
	peer = s->peer;
	if (peer && s->type != SOCK_DGRAM) {
		if (how & RCV_SHUTDOWN)
			peer->shutdown |= SEND_SHUTDOWN;
		if (how & SEND_SHUTDOWN)
			peer->shutdown |= RCV_SHUTDOWN;
		wq_wake(&peer->wq, 0);
		if (how == SHUTDOWN_MASK)
			sock_async(peer, POLL_HUP);
		else if (how & SEND_SHUTDOWN)
			sock_async(peer, POLL_IN);
	}
	unlock(&unix_lock);
	return 0;
}
