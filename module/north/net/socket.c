// SPDX-License-Identifier: GPL-2.0
/*
 * The calls of sockets, after Linux's net/socket.c: descriptors, addresses and messages in
 * user memory. The only family is AF_UNIX.
 */
#include "../task.h"
#include "../fd/fd.h"
#include "unix.h"

#define AF_INET 2
#define AF_INET6 10
#define AF_MAX 46

#define SOCK_RAW 3
#define SOCK_TYPE_MASK 0xfu
#define SOCK_MAX 11

s32 socket_begin(s32 n, struct fd *f)
{
	*f = fd_begin_io(n);
	if (!f->file)
		return -EBADF;
	if (file_unix(f->file))
		return 0;
	fd_end(*f);
	return -ENOTSOCK;
}

/* ---- making ---- */

/* __sock_create() and unix_create(): *@type becomes one that there is. */
static s32 family_check(s32 family, u32 *type, s32 protocol)
{
	if (family < 0 || family >= AF_MAX)
		return -EAFNOSUPPORT;
	if (*type >= SOCK_MAX)
		return -EINVAL;
	if (family != AF_UNIX)
		return -EAFNOSUPPORT;
	if (protocol && protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	if (*type == SOCK_RAW)
		*type = SOCK_DGRAM;
	if (*type != SOCK_STREAM && *type != SOCK_DGRAM && *type != SOCK_SEQPACKET)
		return -ESOCKTNOSUPPORT;
	return 0;
}

s64 sys_socket(const u64 *a)
{
	u32 flags = (u32)a[1] & ~SOCK_TYPE_MASK, type = (u32)a[1] & SOCK_TYPE_MASK;
	struct sock *s;
	struct file *f;
	s32 ret;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	ret = family_check((s32)a[0], &type, (s32)a[2]);
	if (ret)
		return ret;
	s = sock_new(type);
	if (IS_ERR(s))
		return PTR_ERR(s);
	f = sock_file(s, flags);
	if (!f) {
		sock_drop(s);
		return -ENOMEM;
	}
	return fd_install(f, 0, flags & O_CLOEXEC);
}

s64 sys_socketpair(const u64 *a)
{
	u32 flags = (u32)a[1] & ~SOCK_TYPE_MASK, type = (u32)a[1] & SOCK_TYPE_MASK;
	struct file *ends[2];
	s32 err;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	err = family_check((s32)a[0], &type, (s32)a[2]);
	/* Linux has these, but no pairs of them. */
	if (type < SOCK_MAX && ((s32)a[0] == AF_INET || (s32)a[0] == AF_INET6))
		err = -EOPNOTSUPP;
	if (!err)
		err = unix_pair(type, flags, ends);
	if (err)
		return err;
	return fd_install_pair(ends, flags & O_CLOEXEC, a[3]);
}

/* ---- addresses ---- */

static s32 addr_get(struct sockaddr *sa, u64 uaddr, s32 len)
{
	if (len < 0 || (u32)len > SOCKADDR_MAX)
		return -EINVAL;
	return len && south_user_read(sa, uaddr, (u32)len) ? -EFAULT : 0;
}

/* move_addr_to_user() */
static s32 addr_put(const struct sockaddr *sa, u32 full, u64 uaddr, u64 ulen)
{
	s32 len;

	if (south_user_read(&len, ulen, sizeof(len)))
		return -EFAULT;
	len = min(len, (s32)full);
	if (len < 0)
		return -EINVAL;
	if ((len && south_user_write(uaddr, sa, (u32)len)) ||
	    south_user_write(ulen, &full, sizeof(full)))
		return -EFAULT;
	return 0;
}

s64 sys_bind(const u64 *a)
{
	struct sockaddr sa = { 0 };
	struct fd f;
	s64 ret = socket_begin((s32)a[0], &f);

	if (ret)
		return ret;
	ret = addr_get(&sa, a[1], (s32)a[2]);
	if (!ret)
		ret = unix_bind(f.file->private, &sa, (u32)a[2]);
	fd_end(f);
	return ret;
}

s64 sys_connect(const u64 *a)
{
	struct fd f = fd_begin_io((s32)a[0]);
	struct sockaddr sa = { 0 };
	s64 ret;

	if (!f.file)
		return -EBADF;
	ret = addr_get(&sa, a[1], (s32)a[2]);
	if (!ret && !file_unix(f.file))
		ret = -ENOTSOCK;
	if (!ret)
		ret = unix_connect(f.file->private, &sa, (u32)a[2], f.file->flags & O_NONBLOCK);
	fd_end(f);
	return ret;
}

static s64 name_get(const u64 *a, bool peer)
{
	struct sockaddr sa = { 0 };
	struct sock *s;
	struct fd f;
	u32 len = 0;
	s64 ret = socket_begin((s32)a[0], &f);

	if (ret)
		return ret;
	lock(&unix_lock);
	s = f.file->private;
	if (peer)
		s = s->peer;
	if (s)
		len = unix_name(s, &sa);
	unlock(&unix_lock);
	ret = len ? addr_put(&sa, len, a[1], a[2]) : -ENOTCONN;
	fd_end(f);
	return ret;
}

s64 sys_getsockname(const u64 *a)
{
	return name_get(a, false);
}

s64 sys_getpeername(const u64 *a)
{
	return name_get(a, true);
}

/* ---- connections ---- */

s64 sys_listen(const u64 *a)
{
	struct fd f;
	s64 ret = socket_begin((s32)a[0], &f);

	if (ret)
		return ret;
	ret = unix_listen(f.file->private, min((u32)a[1], SOMAXCONN));
	fd_end(f);
	return ret;
}

/* The next connection of @f as a file, which is ready for it before it is taken. ERR_PTR. */
static struct file *accept_file(struct file *f, u64 uaddr, u64 ulen, u32 flags)
{
	struct file *made = sock_file(NULL, flags);
	struct sockaddr sa = { 0 };
	struct sock *s;
	u32 len;
	s32 err;

	if (!made)
		return ERR_PTR(-ENOMEM);
	s = unix_accept(f->private, f->flags & O_NONBLOCK);
	if (IS_ERR(s)) {
		file_put(made);
		return (struct file *)s;
	}
	lock(&unix_lock);
	s->file = made;
	made->private = s;
	len = unix_name(s->peer, &sa);
	unlock(&unix_lock);
	err = uaddr ? addr_put(&sa, len, uaddr, ulen) : 0;
	if (!err)
		return made;
	file_put(made);
	return ERR_PTR(err);
}

s64 sys_accept4(const u64 *a)
{
	struct fd f = fd_begin_io((s32)a[0]);
	u32 flags = (u32)a[3];
	struct file *made;
	s32 n;

	if (!f.file)
		return -EBADF;
	n = flags & ~(O_CLOEXEC | O_NONBLOCK) ? -EINVAL : fd_reserve(0);
	if (n < 0)
		goto out;
	made = file_unix(f.file) ? accept_file(f.file, a[1], a[2], flags) : ERR_PTR(-ENOTSOCK);
	if (IS_ERR(made)) {
		fd_unreserve(n);
		n = PTR_ERR(made);
	} else {
		fd_fill(n, made, flags & O_CLOEXEC);
	}
out:
	fd_end(f);
	return n;
}

s64 sys_accept(const u64 *a)
{
	u64 b[] = { a[0], a[1], a[2], 0 };

	return sys_accept4(b);
}

s64 sys_shutdown(const u64 *a)
{
	struct fd f;
	s64 ret = socket_begin((s32)a[0], &f);

	if (ret)
		return ret;
	ret = unix_shutdown(f.file->private, (u32)a[1]);
	fd_end(f);
	return ret;
}

/* ---- messages ---- */

/* MSG_* of a call on @f. */
static u32 flags_of(const struct file *f, u32 flags)
{
	return f->flags & O_NONBLOCK ? flags | MSG_DONTWAIT : flags;
}

/* struct one_piece - what sendto() and recvfrom() are told, as a message. */
struct one_piece {
	struct message m;
	struct iovec vec;
	struct uio io;
	struct fd f;
};

static s64 one_piece_begin(struct one_piece *p, const u64 *a)
{
	u64 len = min(a[2], (u64)MAX_RW_COUNT);
	s64 err;

	if (!user_range(a[1], len))
		return -EFAULT;
	err = socket_begin((s32)a[0], &p->f);
	if (err)
		return err;
	uio_single(&p->io, &p->vec, a[1], len);
	p->m = (struct message){ .io = &p->io, .flags = flags_of(p->f.file, (u32)a[3]) };
	return 0;
}

s64 sys_sendto(const u64 *a)
{
	struct one_piece p;
	s64 ret = one_piece_begin(&p, a);

	if (ret)
		return ret;
	if (a[4]) {
		ret = addr_get(&p.m.name, a[4], (s32)a[5]);
		p.m.namelen = (u32)a[5];
	}
	if (!ret)
		ret = unix_send(p.f.file->private, &p.m);
	fd_end(p.f);
	return ret;
}

s64 sys_recvfrom(const u64 *a)
{
	struct one_piece p;
	s64 ret = one_piece_begin(&p, a);

	if (ret)
		return ret;
	ret = unix_receive(p.f.file->private, &p.m);
	if (ret >= 0 && a[4]) {
		s32 err = addr_put(&p.m.name, p.m.namelen, a[4], a[5]);

		ret = err ? err : ret;
	}
	fd_end(p.f);
	return ret;
}

struct linux_msghdr {
	u64 name;
	s32 namelen;
	u32 pad;
	u64 iov, iovlen, control, controllen;
	u32 flags, pad2;
};
_Static_assert(sizeof(struct linux_msghdr) == 56, "struct msghdr");
#define MSGHDR_AT(member) (offsetof(struct linux_msghdr, member))

/* copy_msghdr_from_user(): the header, to whom, and its pieces, to be ended if this is 0. */
static s64 message_begin(u64 uaddr, struct linux_msghdr *h, struct message *m, struct uiovec *v,
			 bool send)
{
	s64 err = 0;

	if (south_user_read(h, uaddr, sizeof(*h)))
		return -EFAULT;
	if (!h->name)
		h->namelen = 0;
	if (h->namelen < 0)
		return -EINVAL;
	m->control = h->control;
	m->controllen = h->controllen;
	if (send) {
		h->namelen = min(h->namelen, (s32)SOCKADDR_MAX);
		m->namelen = (u32)h->namelen;
		err = addr_get(&m->name, h->name, h->namelen);
	}
	if (err)
		return err;
	if (h->iovlen > IOV_MAX)
		return -EMSGSIZE;
	err = uiovec_begin(v, h->iov, h->iovlen);
	m->io = &v->io;
	return err;
}

static s64 send_message(struct file *f, u64 uaddr, u32 flags)
{
	struct message m = { 0 };
	struct linux_msghdr h;
	struct uiovec v;
	s64 ret = message_begin(uaddr, &h, &m, &v, true);

	if (ret)
		return ret;
	m.flags = flags_of(f, flags);
	ret = unix_send(f->private, &m);
	uiovec_end(&v);
	return ret;
}

/* What recvmsg(2) tells besides the bytes. */
static s32 message_tell(const struct linux_msghdr *h, const struct message *m, u64 uaddr)
{
	u64 used = m->control - h->control;
	s32 err = 0;

	if (h->name)
		err = addr_put(&m->name, m->namelen, h->name, uaddr + MSGHDR_AT(namelen));
	if (err)
		return err;
	if (south_user_write(uaddr + MSGHDR_AT(flags), &m->got, sizeof(m->got)) ||
	    south_user_write(uaddr + MSGHDR_AT(controllen), &used, sizeof(used)))
		return -EFAULT;
	return 0;
}

static s64 receive_message(struct file *f, u64 uaddr, u32 flags)
{
	struct message m = { 0 };
	struct linux_msghdr h;
	struct uiovec v;
	s64 ret = message_begin(uaddr, &h, &m, &v, false);
	s32 err;

	if (ret)
		return ret;
	m.flags = flags_of(f, flags);
	m.got = flags & MSG_CMSG_CLOEXEC;
	ret = unix_receive(f->private, &m);
	uiovec_end(&v);
	if (ret < 0)
		return ret;
	err = message_tell(&h, &m, uaddr);
	return err ? err : ret;
}

static s64 with_message(const u64 *a, s64 (*one)(struct file *f, u64 uaddr, u32 flags))
{
	struct fd f;
	s64 ret;

	if ((u32)a[2] & MSG_CMSG_COMPAT)
		return -EINVAL;
	ret = socket_begin((s32)a[0], &f);
	if (ret)
		return ret;
	ret = one(f.file, a[1], (u32)a[2]);
	fd_end(f);
	return ret;
}

s64 sys_sendmsg(const u64 *a)
{
	return with_message(a, send_message);
}

s64 sys_recvmsg(const u64 *a)
{
	return with_message(a, receive_message);
}

/* ---- many at once ---- */

#define MMSG_SIZE 64
#define MMSG_LEN_AT 56
#define UIO_MAXIOV 1024u

/* The @n'th of a vector. */
static s64 nth_message(struct file *f, const u64 *a, u32 n, u32 flags,
		       s64 (*one)(struct file *f, u64 uaddr, u32 flags))
{
	u64 at = a[1] + (u64)n * MMSG_SIZE;
	s64 ret = one(f, at, flags);
	u32 len = (u32)ret;

	if (ret < 0)
		return ret;
	return south_user_write(at + MMSG_LEN_AT, &len, sizeof(len)) ? -EFAULT : 0;
}

s64 sys_sendmmsg(const u64 *a)
{
	u32 count = min((u32)a[2], UIO_MAXIOV), n = 0;
	struct fd f;
	s64 ret;

	if ((u32)a[3] & MSG_CMSG_COMPAT)
		return -EINVAL;
	ret = socket_begin((s32)a[0], &f);
	if (ret)
		return ret;
	while (n < count && !ret) {
		ret = nth_message(f.file, a, n, (u32)a[3], send_message);
		n += !ret;
	}
	fd_end(f);
	return n ? (s64)n : ret;
}

/* do_recvmmsg(): the time is looked at after each message only. */
static s64 receive_many(struct file *f, const u64 *a, s64 deadline)
{
	u32 count = (u32)a[2], flags = (u32)a[3] & ~MSG_WAITFORONE, n = 0;
	struct sock *s = f->private;
	s64 ret;

	lock(&unix_lock);
	ret = sock_error(s);
	unlock(&unix_lock);
	while (n < count && !ret) {
		ret = nth_message(f, a, n, flags, receive_message);
		n += !ret;
		if ((u32)a[3] & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if (deadline != DEADLINE_NONE && south_time(1) >= deadline)
			break;
	}
	if (!n || !ret)
		return n ? (s64)n : ret;
	/* What ended it is told by the next call. */
	if (ret != -EAGAIN && ret > -ERESTARTSYS) {
		lock(&unix_lock);
		s->err = (s32)ret;
		unlock(&unix_lock);
	}
	return n;
}

s64 sys_recvmmsg(const u64 *a)
{
	struct linux_timespec64 ts;
	s64 deadline = DEADLINE_NONE, ret = 0;
	struct fd f;

	if ((u32)a[3] & MSG_CMSG_COMPAT)
		return -EINVAL;
	if (a[4]) {
		if (south_user_read(&ts, a[4], sizeof(ts)))
			return -EFAULT;
		ret = deadline_in(ts.sec, ts.nsec, &deadline);
	}
	if (!ret)
		ret = socket_begin((s32)a[0], &f);
	if (ret)
		return ret;
	ret = receive_many(f.file, a, deadline);
	fd_end(f);
	if (a[4] && ret > 0)
		deadline_left(deadline, a[4], false);
	return ret;
}
