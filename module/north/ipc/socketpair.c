// SPDX-License-Identifier: GPL-2.0
/*
 * socketpair(2) of AF_UNIX: two rings of pages, one each way. Streams use them as
 * pipes do; of a message the last page carries the mark, so that it is read as one.
 */
#include "../task.h"
#include "../event/poll.h"
#include "pipe.h"
#include "socket.h"

#define AF_INET 2
#define AF_INET6 10
#define AF_MAX 46

#define SOCK_RAW 3
#define SOCK_TYPE_MASK 0xfu
#define SOCK_MAX 11

#define SIOCOUTQ 0x5411
#define SIOCINQ 0x541b

#define SOCK_SLOTS 64u
#define MESSAGE_MAX 212960u	/* what the default send buffer takes */

struct pair {
	struct mutex lock;	/* guards ends */
	u32 ends;		/* that are open; lock */
	u32 type;
	struct fifo *way[2];	/* [k]: what end k reads */
	s32 error[2];		/* what end k is told once; lock of way[k] */
	/* SOCK_DGRAM: end k knows that it writes to nobody; lock of way[!k] */
	bool lost[2];
	/* shutdown(2): nobody reads from way[k], or writes to it, any more; its lock */
	bool no_read[2], no_write[2];
	struct ucred peer;	/* who made it; never changes */
};

struct sock {
	struct pair *pair;
	u32 side;
};

static struct fifo *sock_in(const struct sock *s)
{
	return s->pair->way[s->side];
}

static struct fifo *sock_out(const struct sock *s)
{
	return s->pair->way[!s->side];
}

/* Messages: the end of the other side means something only where there is a connection. */
static bool connected(const struct sock *s)
{
	return s->pair->type != SOCK_DGRAM;
}

/* *@full: how long it is, of which the rest is lost; with MSG_PEEK it all stays. */
static s64 take_message(struct fifo *p, struct uio *io, u32 flags, u64 *full)
{
	s64 done = 0, n = 0;
	u32 at = p->tail;
	bool last;

	*full = 0;
	do {
		struct pipe_slot *s = pipe_slot(p, at++);

		*full += s->len;
		if (n >= 0 && io->left && s->len) {
			n = uio_to_user(io, s->page, min(io->left, (u64)s->len));
			done += max(n, 0ll);
		}
		last = s->packet;
		if (flags & MSG_PEEK)
			continue;
		release(s->page);
		s->page = NULL;
		p->tail = at;
	} while (!last);
	return n < 0 ? n : done;
}

/* pipe_take() that leaves what it shows. */
static s64 peek_bytes(const struct fifo *p, struct uio *io)
{
	s64 done = 0, n;

	for (u32 at = p->tail; at != p->head && io->left; at++) {
		const struct pipe_slot *s = pipe_slot(p, at);

		n = uio_to_user(io, s->page + s->off, min(io->left, (u64)s->len));
		if (n < 0)
			return done ? done : n;
		done += n;
	}
	return done;
}

static u32 message_slots(u64 len)
{
	return len ? (u32)((len + PAGE_SIZE - 1) / PAGE_SIZE) : 1;
}

/* The caller has seen that there is room. */
static s64 put_message(struct fifo *p, struct uio *io)
{
	u32 slots = message_slots(io->left), k;
	s64 done = 0, n = -ENOMEM;

	for (k = 0; k < slots; k++) {
		struct pipe_slot *s = &p->slots[(p->head + k) & (p->size - 1)];
		u32 len = (u32)min(io->left, (u64)PAGE_SIZE);

		s->off = 0;
		s->len = len;
		s->packet = k == slots - 1;
		s->page = alloc(len ? len : 1);
		if (!s->page)
			goto undo;
		n = len ? uio_from_user(io, s->page, len) : 0;
		if (n != len) {
			release(s->page);
			n = -EFAULT;
			goto undo;
		}
		done += n;
	}
	p->head += slots;
	return done;
undo:
	while (k--)
		release(p->slots[(p->head + k) & (p->size - 1)].page);
	return n;
}

static s32 take_error(struct sock *s)
{
	s32 err = s->pair->error[s->side];

	s->pair->error[s->side] = 0;
	return err;
}

/* Nothing is there, but that something may come. 1: look again. The lock is held. */
static s64 await_message(struct sock *s, struct fifo *p, bool nonblock)
{
	bool *ended = &s->pair->no_read[s->side];
	s64 err = take_error(s);

	if (err)
		return err;
	if (connected(s) && (!p->writers || *ended))
		return 0;
	if (nonblock)
		return -EAGAIN;
	if (*ended)
		return 0;
	err = wait_until(&p->wq, &p->lock, !pipe_empty(p) || s->pair->error[s->side] || *ended ||
			 (connected(s) && !p->writers));
	return err ? err : 1;
}

static s64 take(struct sock *s, struct fifo *p, struct uio *io, u32 flags, u32 *got)
{
	u64 full;
	s64 n;

	if (s->pair->type == SOCK_STREAM)
		return flags & MSG_PEEK ? peek_bytes(p, io) : pipe_take(p, io);
	n = take_message(p, io, flags, &full);
	if (n >= 0 && (u64)n < full) {
		*got |= MSG_TRUNC;
		if (flags & MSG_TRUNC)
			n = (s64)full;
	}
	return n;
}

/* With MSG_WAITALL a stream is waited for until all is there. */
static s64 receive(struct sock *s, struct fifo *p, struct uio *io, u32 flags, u32 *got)
{
	bool stream = s->pair->type == SOCK_STREAM, all = stream && flags & MSG_WAITALL;
	s64 done = 0, n;

	/* An error comes before messages, but behind the bytes of a stream. */
	n = stream ? 0 : take_error(s);
	if (n)
		return n;
	do {
		while (pipe_empty(p)) {
			n = await_message(s, p, flags & MSG_DONTWAIT);
			if (n <= 0)
				return done ? done : n;
		}
		n = take(s, p, io, flags, got);
		if (n < 0)
			return done ? done : n;
		done += n;
	} while (all && io->left && !(flags & MSG_PEEK));
	return done;
}

s64 pair_receive(struct file *f, struct uio *io, u32 flags, u32 *got)
{
	struct sock *s = f->private;
	struct fifo *p = sock_in(s);
	s64 ret;

	if (flags & MSG_OOB)
		return s->pair->type == SOCK_STREAM ? -EINVAL : -EOPNOTSUPP;
	if (f->flags & O_NONBLOCK)
		flags |= MSG_DONTWAIT;
	lock(&p->lock);
	ret = receive(s, p, io, flags, got);
	unlock(&p->lock);
	wq_wake(&p->wq, POLLOUT | POLLWRNORM);
	return ret;
}

static s64 sock_read(struct file *f, struct uio *io, u64 *pos)
{
	u32 got = 0;

	return io->left ? pair_receive(f, io, 0, &got) : 0;
}

static bool sock_room(const struct sock *s, const struct fifo *p, u64 len)
{
	if (s->pair->type == SOCK_STREAM)
		return !pipe_full(p);
	return p->size - (p->head - p->tail) >= message_slots(len);
}

/* The other end is gone. Datagrams have nobody to go to any more, once that was told. */
static s64 sock_broken(struct sock *s)
{
	bool *lost = &s->pair->lost[s->side];

	if (connected(s))
		return -EPIPE;
	if (*lost)
		return -ENOTCONN;
	*lost = true;
	return -ECONNREFUSED;
}

static bool shut(const struct sock *s)
{
	return s->pair->no_write[!s->side] || s->pair->no_read[!s->side];
}

static s64 sock_write_some(struct sock *s, struct fifo *p, struct uio *io, bool nonblock)
{
	s64 err;

	for (;;) {
		if (shut(s))
			return -EPIPE;
		if (!p->readers)
			return sock_broken(s);
		if (sock_room(s, p, io->left))
			break;
		if (nonblock)
			return -EAGAIN;
		wq_wake(&p->wq, POLLIN | POLLRDNORM);
		err = wait_until(&p->wq, &p->lock,
				 sock_room(s, p, io->left) || !p->readers || shut(s));
		if (err)
			return err;
	}
	return s->pair->type == SOCK_STREAM ? pipe_put(p, io, false) : put_message(p, io);
}

s64 pair_send(struct file *f, struct uio *io, u32 flags)
{
	bool nonblock = f->flags & O_NONBLOCK || flags & MSG_DONTWAIT;
	struct sock *s = f->private;
	struct fifo *p = sock_out(s);
	bool stream = s->pair->type == SOCK_STREAM;
	s64 done = 0, n;

	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (!stream && io->left > MESSAGE_MAX)
		return -EMSGSIZE;
	if (stream && !io->left)
		return 0;
	lock(&p->lock);
	do {
		n = sock_write_some(s, p, io, nonblock);
		if (n > 0)
			done += n;
	} while (stream && n >= 0 && io->left);
	unlock(&p->lock);
	wq_wake(&p->wq, POLLIN | POLLRDNORM);
	if (n == -EPIPE && stream && !(flags & MSG_NOSIGNAL))
		south_signal(SOUTH_SIGNAL_THREAD, 0, SIGPIPE);
	return done ? done : n;
}

static s64 sock_write(struct file *f, struct uio *io, u64 *pos)
{
	return pair_send(f, io, 0);
}

static u32 sock_poll(struct file *f, struct poll_table *t, u32 events)
{
	struct sock *s = f->private;
	struct fifo *in = sock_in(s), *out = sock_out(s);
	bool no_read, no_write;
	u32 ready = 0;

	poll_wait(t, &in->wq, POLLIN | POLLRDNORM | POLLRDHUP);
	poll_wait(t, &out->wq, POLLOUT | POLLWRNORM);
	lock(&in->lock);
	if (!pipe_empty(in))
		ready |= POLLIN | POLLRDNORM;
	if (s->pair->error[s->side])
		ready |= POLLERR;
	if (connected(s) && !in->writers)
		ready |= POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP;
	no_read = s->pair->no_read[s->side];
	if (no_read)
		ready |= POLLIN | POLLRDNORM | POLLRDHUP;
	unlock(&in->lock);
	lock(&out->lock);
	no_write = s->pair->no_write[!s->side];
	if (no_read && no_write)
		ready |= POLLHUP;
	if (!out->readers || sock_room(s, out, 1))
		ready |= POLLOUT | POLLWRNORM | POLLWRBAND;
	unlock(&out->lock);
	return ready;
}

static u32 first_message(const struct fifo *p)
{
	u32 n = 0, i = p->tail;

	while (i != p->head) {
		const struct pipe_slot *s = &p->slots[i++ & (p->size - 1)];

		n += s->len;
		if (s->packet)
			break;
	}
	return n;
}

static s64 sock_ioctl(struct file *f, u32 cmd, u64 arg)
{
	struct sock *s = f->private;
	struct fifo *p = cmd == SIOCINQ ? sock_in(s) : sock_out(s);
	u32 n;

	if (cmd != SIOCINQ && cmd != SIOCOUTQ)
		return -ENOTTY;
	lock(&p->lock);
	n = cmd == SIOCOUTQ || connected(s) ? pipe_bytes(p) : first_message(p);
	unlock(&p->lock);
	return south_user_write(arg, &n, sizeof(n)) ? -EFAULT : 0;
}

static void pair_put(struct pair *pair)
{
	bool last;

	lock(&pair->lock);
	last = !--pair->ends;
	unlock(&pair->lock);
	if (!last)
		return;
	pipe_free(pair->way[0]);
	pipe_free(pair->way[1]);
	release(pair);
}

static void sock_release(struct file *f)
{
	struct sock *s = f->private;
	struct fifo *in = sock_in(s), *out = sock_out(s);
	bool unread;

	lock(&in->lock);
	in->readers = 0;
	unread = !pipe_empty(in);
	unlock(&in->lock);
	wq_wake(&in->wq, 0);
	lock(&out->lock);
	out->writers = 0;
	if (unread && connected(s))
		s->pair->error[!s->side] = -ECONNRESET;
	unlock(&out->lock);
	wq_wake(&out->wq, 0);
	pair_put(s->pair);
	release(s);
}

const struct file_ops socketpair_ops = {
	.read = sock_read,
	.write = sock_write,
	.poll = sock_poll,
	.ioctl = sock_ioctl,
	.release = sock_release,
};

/* ---- what else sockets are asked for ---- */

/* One way is closed; where there is a connection both ends know. */
static void shut_way(struct sock *s, u32 way, bool reading)
{
	struct fifo *p = s->pair->way[way];

	lock(&p->lock);
	if (reading || connected(s))
		s->pair->no_read[way] = true;
	if (!reading || connected(s))
		s->pair->no_write[way] = true;
	unlock(&p->lock);
	wq_wake(&p->wq, 0);
}

s32 pair_shutdown(struct file *f, u32 how)
{
	struct sock *s = f->private;

	if (how > SHUT_RDWR)
		return -EINVAL;
	if (how != SHUT_WR)
		shut_way(s, s->side, true);
	if (how != SHUT_RD)
		shut_way(s, !s->side, false);
	return 0;
}

u32 pair_type(const struct file *f)
{
	const struct sock *s = f->private;

	return s->pair->type;
}

const struct ucred *pair_peer(const struct file *f)
{
	const struct sock *s = f->private;

	return &s->pair->peer;
}

s32 pair_error(struct file *f)
{
	struct sock *s = f->private;
	struct fifo *p = sock_in(s);
	s32 err;

	lock(&p->lock);
	err = take_error(s);
	unlock(&p->lock);
	return err;
}

/* ---- making ---- */

static struct pair *pair_new(u32 type)
{
	struct pair *pair = new(struct pair);

	if (!pair)
		return NULL;
	pair->type = type;
	pair->peer = (struct ucred){ current->pid, current->cred->euid, current->cred->egid };
	for (u32 k = 0; k < 2; k++) {
		struct pipe_slot *slots = alloc(SOCK_SLOTS * sizeof(*slots));

		pair->way[k] = pipe_new();
		if (!slots || !pair->way[k]) {
			release(slots);
			for (k = 0; k < 2; k++)
				if (pair->way[k])
					pipe_free(pair->way[k]);
			release(pair);
			return NULL;
		}
		release(pair->way[k]->slots);
		pair->way[k]->slots = slots;
		pair->way[k]->size = SOCK_SLOTS;
		pair->way[k]->readers = pair->way[k]->writers = 1;
	}
	return pair;
}

static struct file *sock_file(struct pair *pair, u32 side, u32 flags)
{
	struct sock *s = new(struct sock);
	struct file *f;

	if (!s)
		return NULL;
	s->pair = pair;
	s->side = side;
	f = file_anon(&socketpair_ops, "socket:", S_IFSOCK | 0777,
		      O_RDWR | (flags & O_NONBLOCK), s);
	if (!f) {
		release(s);
		return NULL;
	}
	pair->ends++;
	return f;
}

static s32 sock_pair(struct file **ends, u32 type, u32 flags)
{
	struct pair *pair = pair_new(type);

	if (!pair)
		return -ENOMEM;
	ends[0] = sock_file(pair, 0, flags);
	if (!ends[0]) {
		pipe_free(pair->way[0]);
		pipe_free(pair->way[1]);
		release(pair);
		return -ENOMEM;
	}
	ends[1] = sock_file(pair, 1, flags);
	if (!ends[1]) {
		file_put(ends[0]);
		return -ENOMEM;
	}
	return 0;
}

static s32 pair_check(s32 family, u32 *type, s32 protocol)
{
	if (family < 0 || family >= AF_MAX)
		return -EAFNOSUPPORT;
	if (*type >= SOCK_MAX)
		return -EINVAL;
	if (family != AF_UNIX)
		return family == AF_INET || family == AF_INET6 ? -EOPNOTSUPP : -EAFNOSUPPORT;
	if (protocol && protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	if (*type == SOCK_RAW)
		*type = SOCK_DGRAM;
	if (*type != SOCK_STREAM && *type != SOCK_DGRAM && *type != SOCK_SEQPACKET)
		return -ESOCKTNOSUPPORT;
	return 0;
}

s64 sys_socketpair(const u64 *a)
{
	u32 flags = (u32)a[1] & ~SOCK_TYPE_MASK, type = (u32)a[1] & SOCK_TYPE_MASK;
	struct file *ends[2];
	s32 err;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	err = pair_check((s32)a[0], &type, (s32)a[2]);
	if (!err)
		err = sock_pair(ends, type, flags);
	if (err)
		return err;
	return fd_install_pair(ends, flags & O_CLOEXEC, a[3]);
}
