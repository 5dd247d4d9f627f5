// SPDX-License-Identifier: GPL-2.0
/* Sending through sockets of AF_UNIX. */
#include "../ipc/ipc.h"
#include "unix.h"

/* How Linux cuts a stream and counts memory: net/core/skbuff.c, on a 64 bit machine. */
#define SKB_SIZE 256u		/* struct sk_buff */
#define SKB_TAIL 320u		/* struct skb_shared_info */
#define SKB_ONE_PAGE (PAGE_SIZE - SKB_TAIL)
#define SKB_FOUR_PAGES (4 * PAGE_SIZE - SKB_TAIL)
#define SKB_PAGED_MAX (17 * PAGE_SIZE)
#define STREAM_PAGED_MAX 32768u

/* What a packet of @linear bytes and @paged ones in pages is counted as. */
static u32 charge_of(u32 linear, u32 paged)
{
	u32 size = 512, want = ALIGN_UP(linear, 64u) + SKB_TAIL;

	while (size < want)
		size *= 2;
	return size + SKB_SIZE + ALIGN_UP(paged, PAGE_SIZE);
}

static u32 stream_charge(u32 size)
{
	u32 paged = size > SKB_ONE_PAGE ? size - SKB_ONE_PAGE : 0;

	paged = min(size, ALIGN_UP(paged, PAGE_SIZE));
	return charge_of(size - paged, paged);
}

static u32 dgram_charge(u32 len)
{
	u32 paged = len > SKB_FOUR_PAGES ? min(len - SKB_FOUR_PAGES, SKB_PAGED_MAX) : 0;

	paged = ALIGN_UP(paged, PAGE_SIZE);
	return charge_of(len - paged, paged);
}

/* As sock_alloc_send_pskb(): room for @charge in the account of @s. unix_lock is held. */
static s32 sock_charge(struct sock *s, u32 charge, s64 deadline)
{
	s32 err;

	for (;;) {
		err = sock_error(s);
		if (err)
			return err;
		if (s->shutdown & SEND_SHUTDOWN)
			return -EPIPE;
		if (s->wmem < s->sndbuf)
			break;
		s->nospace = READ_ONCE(s->wq.async);
		err = sock_wait(&s->wq, deadline, s->wmem < s->sndbuf || s->err ||
				s->shutdown & SEND_SHUTDOWN);
		if (err)
			return err;
	}
	s->wmem += charge;
	return 0;
}

/*
 * The next @len bytes of @m as a packet with its rights, for which @charge was counted.
 * unix_lock is held, but not while they are copied.
 */
static struct packet *packet_new(struct sock *s, struct message *m, u32 len, u32 charge)
{
	struct packet *p;
	s32 err = 0;

	if (m->rights && !rights_allowed(m->rights)) {
		s->wmem -= charge;
		return ERR_PTR(-ETOOMANYREFS);
	}
	unlock(&unix_lock);
	p = alloc(sizeof(*p) + len);
	if (!p)
		err = -ENOMEM;
	else if (len && uio_from_user(m->io, p->data, len) != len)
		err = -EFAULT;
	lock(&unix_lock);
	if (err) {
		s->wmem -= charge;
		release(p);
		return ERR_PTR(err);
	}
	p->refs = 1;
	p->len = len;
	p->charge = charge;
	p->from = sock_get(s);
	p->cred = m->cred.pid ? m->cred : (struct ucred){ 0, OVERFLOW_ID, OVERFLOW_ID };
	p->rights = m->rights;
	m->rights = NULL;
	list_init(&p->node);
	return p;
}

/* As maybe_add_creds(): some rely on write(2) giving them. */
static bool cred_wanted(const struct sock *s, const struct sock *to)
{
	return (s->options | to->options) & OPTION_PASSCRED || !to->file;
}

static void packet_queue(struct packet *p, struct sock *to)
{
	if (!p->cred.pid && cred_wanted(p->from, to))
		p->cred = (struct ucred){ current->pid, current->cred->uid, current->cred->gid };
	if (p->rights)
		rights_enter(p->rights, to);
	list_add_tail(&p->node, &to->queue);
	to->queued++;
	wq_wake(&to->wq, POLL_READABLE);
	sock_async(to, POLL_IN);
}

/* ---- streams ---- */

static s64 stream_some(struct sock *s, struct sock *to, struct message *m, s64 deadline,
		       struct list *doomed)
{
	u32 size = (u32)min(m->io->left, (u64)(s->sndbuf / 2 - 64)), charge;
	struct packet *p;
	s32 err;

	size = min(size, SKB_ONE_PAGE + STREAM_PAGED_MAX);
	charge = stream_charge(size);
	err = sock_charge(s, charge, deadline);
	if (err)
		return err;
	p = packet_new(s, m, size, charge);
	if (IS_ERR(p))
		return PTR_ERR(p);
	if (to->dead || to->shutdown & RCV_SHUTDOWN) {
		packet_put(p, doomed);
		return -ESHUTDOWN;
	}
	packet_queue(p, to);
	return size;
}

static s64 stream_send(struct sock *s, struct message *m)
{
	bool any = m->io->left, broken;
	struct list doomed = LIST_INIT(doomed);
	struct sock *to;
	s64 done = 0, n = 0, deadline;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	lock(&unix_lock);
	deadline = sock_deadline(s->sndtimeo, m->flags & MSG_DONTWAIT);
	to = s->peer;
	if (m->namelen || !to) {
		n = !m->namelen ? -ENOTCONN :
		    s->state == UNIX_ESTABLISHED ? -EISCONN : -EOPNOTSUPP;
		unlock(&unix_lock);
		return n;
	}
	sock_get(to);
	if (s->shutdown & SEND_SHUTDOWN) {
		any = false;
		n = -ESHUTDOWN;
	}
	while (any && m->io->left) {
		n = stream_some(s, to, m, deadline, &doomed);
		if (n < 0)
			break;
		done += n;
	}
	sock_put(to);
	unlock(&unix_lock);
	packets_free(&doomed);
	broken = n == -ESHUTDOWN;
	if (broken && !done && !(m->flags & MSG_NOSIGNAL))
		south_signal(SOUTH_SIGNAL_THREAD, 0, SIGPIPE, NULL);
	return done ? done : broken ? -EPIPE : n;
}

/* ---- messages ---- */

/* @to is dead. 0: there may be another of its name. */
static s32 dgram_lost(struct sock *s, struct sock *to, struct list *doomed)
{
	if (s->type == SOCK_SEQPACKET)
		return -EPIPE;
	if (s->peer != to)
		return 0;
	s->peer = NULL;
	s->state = UNIX_CLOSE;
	wq_wake(&s->wq, POLL_WRITABLE);
	unix_disconnected(s, to, doomed);
	sock_put(to);
	return -ECONNREFUSED;
}

/* -EINPROGRESS: once more. unix_lock is held. */
static s32 dgram_deliver(struct sock *s, struct sock *to, struct packet *p, s64 *deadline)
{
	s32 err;

	if (to->peer && to->peer != s)
		return -EPERM;
	if (to->dead)
		return -EINPROGRESS;
	if (to->shutdown & RCV_SHUTDOWN)
		return -EPIPE;
	if (to != s && to->peer != s && sock_full(to)) {
		if (*deadline == DEADLINE_PAST) {
			if (s->peer == to && list_empty(&s->relay))
				list_add_tail(&s->relay, &to->relays);
			return -EAGAIN;
		}
		err = sock_wait(&to->peer_wait, *deadline,
				to->dead || to->shutdown & RCV_SHUTDOWN || !sock_full(to));
		if (err == -EAGAIN)
			*deadline = DEADLINE_PAST;
		return err && err != -EAGAIN ? err : -EINPROGRESS;
	}
	packet_queue(p, to);
	return 0;
}

/* To the peer, or to who has the name. unix_lock is held, and is at the end. */
static s32 dgram_route(struct sock *s, struct message *m, struct packet *p, struct sock *to,
		       s64 deadline, struct list *doomed)
{
	s32 err;

	do {
		if (!to) {
			if (!m->namelen)
				return -ECONNRESET;
			unlock(&unix_lock);
			err = unix_find(&m->name, m->namelen, s->type, &to);
			if (err) {
				lock(&unix_lock);
				return err;
			}
		}
		err = dgram_deliver(s, to, p, &deadline);
		if (err == -EINPROGRESS && to->dead) {
			err = dgram_lost(s, to, doomed);
			sock_put(to);
			to = NULL;
			if (!err)
				err = -EINPROGRESS;
		}
	} while (err == -EINPROGRESS);
	if (to)
		sock_put(to);
	return err;
}

/* As unix_dgram_sendmsg(); unix_lock is held. */
static s64 dgram_send(struct sock *s, struct message *m, struct list *doomed)
{
	s64 deadline = sock_deadline(s->sndtimeo, m->flags & MSG_DONTWAIT);
	u64 len = m->io->left;
	struct sock *to = NULL;
	struct packet *p;
	s32 err = 0;
	u32 charge;

	if (!m->namelen) {
		if (!s->peer)
			return -ENOTCONN;
		to = sock_get(s->peer);
	}
	if (s->options & OPTION_PASSCRED)
		err = unix_autobind(s);
	if (!err && len > s->sndbuf - 32)
		err = -EMSGSIZE;
	charge = err ? 0 : dgram_charge((u32)len);
	if (!err)
		err = sock_charge(s, charge, deadline);
	p = err ? ERR_PTR(err) : packet_new(s, m, (u32)len, charge);
	if (IS_ERR(p)) {
		if (to)
			sock_put(to);
		return PTR_ERR(p);
	}
	err = dgram_route(s, m, p, to, deadline, doomed);
	if (!err)
		return (s64)len;
	packet_put(p, doomed);
	return err;
}

static s64 message_send(struct sock *s, struct message *m)
{
	struct list doomed = LIST_INIT(doomed);
	s64 ret = 0;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (m->namelen)
		ret = sockaddr_check(&m->name, m->namelen);
	if (ret)
		return ret;
	lock(&unix_lock);
	ret = dgram_send(s, m, &doomed);
	unlock(&unix_lock);
	packets_free(&doomed);
	return ret;
}

/* Of seqpackets the name is of no account, as they have a peer or none. */
static s32 seqpacket_check(struct sock *s, struct message *m)
{
	s32 err;

	m->namelen = 0;
	lock(&unix_lock);
	err = sock_error(s);
	if (!err && s->state != UNIX_ESTABLISHED)
		err = -ENOTCONN;
	unlock(&unix_lock);
	return err;
}

s64 unix_send(struct sock *s, struct message *m)
{
	s64 ret = 0;

	if (s->type == SOCK_SEQPACKET)
		ret = seqpacket_check(s, m);
	if (!ret)
		ret = control_get(m);
	if (ret)
		return ret;
	if (m->rights)
		unix_collect(true);
	ret = s->type == SOCK_STREAM ? stream_send(s, m) : message_send(s, m);
	control_end(m);
	return ret;
}
