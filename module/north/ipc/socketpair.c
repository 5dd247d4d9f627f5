// SPDX-License-Identifier: GPL-2.0
/*
 * socketpair(2) of AF_UNIX: two rings of pages, one each way. Streams use them as
 * pipes do; of a message the last page carries the mark, so that it is read as one.
 */
#include "../task.h"
#include "../event/poll.h"
#include "pipe.h"

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_MAX 46

#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_SEQPACKET 5
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

static s64 take_message(struct fifo *p, struct uio *io)
{
	s64 done = 0, n = 0;
	bool last;

	do {
		struct pipe_slot *s = &p->slots[p->tail & (p->size - 1)];

		if (n >= 0 && io->left && s->len) {
			n = uio_to_user(io, s->page, min(io->left, (u64)s->len));
			done += max(n, 0ll);
		}
		last = s->packet;
		release(s->page);
		s->page = NULL;
		p->tail++;
	} while (!last);
	return n < 0 ? n : done;
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

static s64 sock_read(struct file *f, struct uio *io, u64 *pos)
{
	struct sock *s = f->private;
	struct fifo *p = sock_in(s);
	s64 ret;

	if (!io->left)
		return 0;
	lock(&p->lock);
	/* An error comes before messages, but behind the bytes of a stream. */
	ret = s->pair->type == SOCK_STREAM ? 0 : take_error(s);
	if (ret)
		goto out;
	while (pipe_empty(p)) {
		ret = take_error(s);
		if (ret)
			goto out;
		if (connected(s) && !p->writers)
			goto out;
		ret = -EAGAIN;
		if (f->flags & O_NONBLOCK)
			goto out;
		ret = wait_until(&p->wq, &p->lock,
				 !pipe_empty(p) || s->pair->error[s->side] ||
				 (connected(s) && !p->writers));
		if (ret)
			goto out;
	}
	ret = s->pair->type == SOCK_STREAM ? pipe_take(p, io) : take_message(p, io);
out:
	unlock(&p->lock);
	wq_wake(&p->wq, POLLOUT | POLLWRNORM);
	return ret;
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

static s64 sock_write_some(struct file *f, struct fifo *p, struct uio *io)
{
	struct sock *s = f->private;
	s64 err;

	if (!p->readers)
		return sock_broken(s);
	if (!sock_room(s, p, io->left)) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		wq_wake(&p->wq, POLLIN | POLLRDNORM);
		err = wait_until(&p->wq, &p->lock, sock_room(s, p, io->left) || !p->readers);
		if (err)
			return err;
		if (!p->readers)
			return sock_broken(s);
	}
	return s->pair->type == SOCK_STREAM ? pipe_put(p, io, false) : put_message(p, io);
}

static s64 sock_write(struct file *f, struct uio *io, u64 *pos)
{
	struct sock *s = f->private;
	struct fifo *p = sock_out(s);
	bool stream = s->pair->type == SOCK_STREAM;
	s64 done = 0, n;

	if (!stream && io->left > MESSAGE_MAX)
		return -EMSGSIZE;
	if (stream && !io->left)
		return 0;
	lock(&p->lock);
	do {
		n = sock_write_some(f, p, io);
		if (n > 0)
			done += n;
	} while (stream && n >= 0 && io->left);
	unlock(&p->lock);
	wq_wake(&p->wq, POLLIN | POLLRDNORM);
	if (n == -EPIPE && stream)
		south_signal(SOUTH_SIGNAL_THREAD, 0, SIGPIPE);
	return done ? done : n;
}

static u32 sock_poll(struct file *f, struct poll_table *t, u32 events)
{
	struct sock *s = f->private;
	struct fifo *in = sock_in(s), *out = sock_out(s);
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
	unlock(&in->lock);
	lock(&out->lock);
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

/* ---- making ---- */

static struct pair *pair_new(u32 type)
{
	struct pair *pair = new(struct pair);

	if (!pair)
		return NULL;
	pair->type = type;
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
