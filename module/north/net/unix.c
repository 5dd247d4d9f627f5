// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets of AF_UNIX. After Linux's net/unix/af_unix.c, whose order of checks and whose
 * accounts of memory these are, but with one lock for all: what it guards is a few words
 * a call, and a packet is copied without it.
 */
#include "unix.h"
#include "net.h"

#define FIOINQ 0x541b
#define FIOOUTQ 0x5411

struct mutex unix_lock;	/* see unix.h */

/* All that live; unix_lock. */
static struct list socks = LIST_INIT(socks);
static u32 sock_count;

struct sock *sock_new(u32 type)
{
	struct sock *s = new(struct sock);
	bool many;

	if (!s)
		return ERR_PTR(-ENOMEM);
	s->refs = 1;
	s->type = type;
	s->backlog = DGRAM_QUEUE_MAX;
	s->sndbuf = s->rcvbuf = BUFFER_DEFAULT;
	s->rcvlowat = 1;
	list_init(&s->queue);
	list_init(&s->pending);
	list_init(&s->relays);
	list_init(&s->relay);
	list_init(&s->flight);
	wq_init(&s->wq);
	wq_init(&s->peer_wait);
	lock(&unix_lock);
	many = sock_count >= SOCKS_MAX;
	if (!many) {
		sock_count++;
		list_add_tail(&s->node, &socks);
	}
	unlock(&unix_lock);
	if (!many)
		return s;
	release(s);
	return ERR_PTR(-ENFILE);
}

struct file *sock_file(struct sock *s, u32 flags)
{
	struct file *f = file_anon(&unix_ops, "socket:", S_IFSOCK | 0777,
				   O_RDWR | (flags & O_NONBLOCK), s);

	if (f && s) {
		lock(&unix_lock);
		s->file = f;
		unlock(&unix_lock);
	}
	return f;
}

void sock_put(struct sock *s)
{
	if (--s->refs)
		return;
	if (s->addr)
		unix_addr_put(s->addr);
	if (s->peer_cred)
		cred_put(s->peer_cred);
	sock_count--;
	release(s);
}

/* ---- packets ---- */

/* Less of what @s sent waits to be received. */
static void sock_uncharge(struct sock *s, u32 charge)
{
	s->wmem -= charge;
	if (!sock_writable(s))
		return;
	wq_wake(&s->wq, POLL_WRITABLE);
	if (s->nospace) {
		s->nospace = false;
		wq_async(&s->wq, POLL_OUT);
	}
}

void packet_put(struct packet *p, struct list *doomed)
{
	if (--p->refs)
		return;
	sock_uncharge(p->from, p->charge);
	sock_put(p->from);
	if (p->rights)
		list_add_tail(&p->node, doomed);
	else
		release(p);
}

/*
 * Files that go may be the last references to sockets, whose packets go then, and so on:
 * those are added to the list of the first call of this task, which isn't done yet.
 */
void packets_free(struct list *doomed)
{
	struct packet *p;

	if (list_empty(doomed))
		return;
	if (current->doomed_packets) {
		while (!list_empty(doomed)) {
			struct list *node = doomed->next;

			list_del(node);
			list_add_tail(node, current->doomed_packets);
		}
		return;
	}
	current->doomed_packets = doomed;
	while (!list_empty(doomed)) {
		p = list_first(doomed, struct packet, node);
		list_del(&p->node);
		rights_free(p->rights);
		release(p);
	}
	current->doomed_packets = NULL;
}

/* Nobody will receive what is in the queue. */
void sock_purge(struct sock *s, struct list *doomed)
{
	struct packet *p;

	while (!list_empty(&s->queue)) {
		p = list_first(&s->queue, struct packet, node);
		list_del(&p->node);
		if (p->rights)
			rights_leave(p->rights, s);
		packet_put(p, doomed);
	}
	s->queued = 0;
}

void sock_room(struct sock *s)
{
	struct sock *r;

	wq_wake(&s->peer_wait, POLL_WRITABLE);
	while (!list_empty(&s->relays)) {
		r = list_first(&s->relays, struct sock, relay);
		list_del(&r->relay);
		wq_wake(&r->wq, POLL_WRITABLE);
	}
}

void sock_fail(struct sock *s, s32 err)
{
	s->err = err;
	wq_wake(&s->wq, 0);
	wq_async(&s->wq, POLL_ERR);
}

/* As __skb_wait_for_more_packets(). */
s32 sock_arrival(struct sock *s, s64 deadline)
{
	s32 err;

	for (;;) {
		err = sock_error(s);
		if (err)
			return err;
		if (s->queued)
			return 1;
		if (deadline == DEADLINE_PAST)
			return s->type == SOCK_SEQPACKET && s->state != UNIX_LISTEN &&
			       s->shutdown & RCV_SHUTDOWN ? 0 : -EAGAIN;
		if (s->shutdown & RCV_SHUTDOWN)
			return 0;
		err = sock_wait(&s->wq, deadline,
				s->queued || s->err || s->shutdown & RCV_SHUTDOWN);
		if (err == -EAGAIN)
			deadline = DEADLINE_PAST;
		else if (err)
			return err;
	}
}

/* ---- the end ---- */

/* As unix_release_sock(): all of it but the queue. */
static void sock_die(struct sock *s, bool accepted)
{
	struct sock *peer = s->peer;

	unix_unname(s);
	list_del(&s->node);
	s->dead = true;
	s->file = NULL;
	s->shutdown = SHUTDOWN_MASK;
	s->peer = NULL;
	sock_room(s);
	list_del(&s->relay);
	if (!peer)
		return;
	if (s->type != SOCK_DGRAM) {
		peer->shutdown = SHUTDOWN_MASK;
		if (s->queued || !accepted)
			peer->err = -ECONNRESET;
		wq_wake(&peer->wq, 0);
		sock_async(peer, POLL_HUP);
	}
	sock_put(peer);
}

void sock_close(struct sock *s, struct list *doomed)
{
	struct sock *c;

	sock_die(s, true);
	while (s->state == UNIX_LISTEN && !list_empty(&s->queue)) {
		c = list_first(&s->queue, struct sock, pending);
		list_del(&c->pending);
		sock_die(c, false);
		sock_purge(c, doomed);
		c->listener = NULL;
		sock_put(c);
	}
	s->state = UNIX_CLOSE;
	sock_purge(s, doomed);
	sock_put(s);
}

void sock_drop(struct sock *s)
{
	struct list none = LIST_INIT(none);

	lock(&unix_lock);
	sock_close(s, &none);
	unlock(&unix_lock);
}

static void unix_release(struct file *f)
{
	struct list doomed = LIST_INIT(doomed);
	struct sock *s = f->private;
	struct path path;

	if (!s)
		return;
	lock(&unix_lock);
	path = s->path;
	s->path = (struct path){ NULL, NULL };
	sock_close(s, &doomed);
	unlock(&unix_lock);
	if (path.dentry)
		path_put(&path);
	packets_free(&doomed);
	unix_collect(false);
}

/* ---- the file ---- */

static s64 unix_read(struct file *f, struct uio *io, u64 *pos)
{
	struct message m = { .io = io };

	if (f->flags & O_NONBLOCK)
		m.flags = MSG_DONTWAIT;
	return io->left ? unix_receive(f->private, &m) : 0;
}

static s64 unix_write(struct file *f, struct uio *io, u64 *pos)
{
	struct message m = { .io = io };

	if (f->flags & O_NONBLOCK)
		m.flags = MSG_DONTWAIT;
	return unix_send(f->private, &m);
}

/* As unix_dgram_poll(): a full queue of the peer's keeps from writing, too. */
static bool poll_writable(struct sock *s)
{
	struct sock *peer = s->peer;

	if (!sock_writable(s))
		return false;
	if (s->type == SOCK_STREAM || !peer || peer->peer == s || peer->dead || !sock_full(peer))
		return true;
	if (list_empty(&s->relay))
		list_add_tail(&s->relay, &peer->relays);
	return false;
}

static u32 unix_poll(struct file *f, struct poll_table *t, u32 events)
{
	struct sock *s = f->private;
	u32 ready = 0;

	poll_wait(t, &s->wq, events);
	lock(&unix_lock);
	if (s->err)
		ready |= POLLERR;
	if (s->shutdown == SHUTDOWN_MASK)
		ready |= POLLHUP;
	if (s->shutdown & RCV_SHUTDOWN)
		ready |= POLLRDHUP | POLL_READABLE;
	if (s->queued)
		ready |= POLL_READABLE;
	if (s->type != SOCK_DGRAM && s->state == UNIX_CLOSE)
		ready |= POLLHUP;
	if (events & POLL_WRITABLE) {
		if (poll_writable(s))
			ready |= POLL_WRITABLE;
		else if (s->type != SOCK_STREAM)
			s->nospace = READ_ONCE(s->wq.async);
	}
	unlock(&unix_lock);
	return ready;
}

/* Of datagrams the first, of all others what there is. */
static s32 unix_inq(const struct sock *s)
{
	struct packet *p;
	u32 n = 0;

	if (s->state == UNIX_LISTEN)
		return -EINVAL;
	list_for_each(p, &s->queue, node) {
		n += p->len - p->consumed;
		if (s->type == SOCK_DGRAM)
			break;
	}
	return (s32)n;
}

static s64 unix_ioctl(struct file *f, u32 cmd, u64 arg)
{
	struct sock *s = f->private;
	s32 n;

	if (cmd != FIOINQ && cmd != FIOOUTQ)
		return -ENOTTY;
	lock(&unix_lock);
	n = cmd == FIOINQ ? unix_inq(s) : (s32)s->wmem;
	unlock(&unix_lock);
	if (n < 0)
		return n;
	return south_user_write(arg, &n, sizeof(n)) ? -EFAULT : 0;
}

static void unix_show(struct file *f, struct text *t)
{
	struct sock *s = f->private, *c;
	u32 fds;

	lock(&unix_lock);
	fds = s->fds;
	if (s->state == UNIX_LISTEN)
		list_for_each(c, &s->queue, pending)
			fds += c->fds;
	unlock(&unix_lock);
	text_printf(t, "scm_fds: %u\n", fds);
}

const struct file_ops unix_ops = {
	.read = unix_read,
	.write = unix_write,
	.poll = unix_poll,
	.async = async_nobody,
	.ioctl = unix_ioctl,
	.release = unix_release,
	.show = unix_show,
};

/* ---- /proc/net/unix ---- */

#define SO_ACCEPTCON 0x10000u
/* enum socket_state: of those with a file, and without. */
#define SS_UNCONNECTED 1u
#define SS_CONNECTING 2u
#define SS_CONNECTED 3u
#define SS_DISCONNECTING 4u

static u32 shown_state(const struct sock *s)
{
	if (s->file)
		return s->state == UNIX_ESTABLISHED ? SS_CONNECTED : SS_UNCONNECTED;
	return s->state == UNIX_ESTABLISHED ? SS_CONNECTING : SS_DISCONNECTING;
}

static void show_name(struct text *t, const struct unix_addr *a)
{
	u32 len = a->len - SOCKADDR_FAMILY - (a->sa.data[0] ? 1 : 0);

	text_add(t, " ", 1);
	for (u32 i = 0; i < len; i++)
		text_add(t, a->sa.data[i] ? a->sa.data + i : "@", 1);
}

void unix_show_all(struct text *t)
{
	struct sock *s;

	text_printf(t, "Num       RefCount Protocol Flags    Type St Inode Path\n");
	lock(&unix_lock);
	list_for_each(s, &socks, node) {
		text_printf(t, "0000000000000000: %08x %08x %08x %04x %02x %5llu", s->refs, 0u,
			    s->state == UNIX_LISTEN ? SO_ACCEPTCON : 0, s->type, shown_state(s),
			    s->file ? s->file->inode->ino : 0);
		if (s->addr)
			show_name(t, s->addr);
		text_add(t, "\n", 1);
	}
	unlock(&unix_lock);
}
