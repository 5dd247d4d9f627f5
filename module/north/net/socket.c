// SPDX-License-Identifier: GPL-2.0
/*
 * Socket calls. There are no sockets but socketpairs yet; what programs probe for
 * gets the errno that says so: a family that isn't there, a descriptor that is
 * no socket.
 */
#include "../task.h"
#include "../fd/fd.h"
#include "../ipc/socket.h"

#define SOL_SOCKET 1
#define SO_TYPE 3
#define SO_ERROR 4
#define SO_SNDBUF 7
#define SO_RCVBUF 8
#define SO_PEERCRED 17
#define SO_ACCEPTCONN 30
#define SO_PROTOCOL 38
#define SO_DOMAIN 39
#define BUFFER_SIZE 212992

s64 sys_socket(const u64 *a)
{
	return -EAFNOSUPPORT;
}

/* A socketpair's descriptor, to be ended if this is 0. -EBADF, -ENOTSOCK. */
static s32 socket_begin(s32 n, struct fd *f)
{
	*f = fd_begin_io(n);
	if (!f->file)
		return -EBADF;
	if (f->file->ops == &socketpair_ops)
		return 0;
	fd_end(*f);
	return -ENOTSOCK;
}

/* ---- sending ---- */

/* To an address: they are connected already, or there is nobody of that name. */
static s32 address_check(const struct file *f, bool named)
{
	if (!named || pair_type(f) == SOCK_SEQPACKET)
		return 0;
	return pair_type(f) == SOCK_STREAM ? -EISCONN : -ECONNREFUSED;
}

s64 sys_sendto(const u64 *a)
{
	u64 len = min(a[2], (u64)MAX_RW_COUNT);
	struct iovec one;
	struct uio io;
	struct fd f;
	s64 ret;

	if (!user_range(a[1], len))
		return -EFAULT;
	ret = socket_begin((s32)a[0], &f);
	if (ret)
		return ret;
	uio_single(&io, &one, a[1], len);
	ret = address_check(f.file, a[4] && a[5]);
	if (!ret)
		ret = pair_send(f.file, &io, (u32)a[3]);
	fd_end(f);
	return ret;
}

struct linux_msghdr {
	u64 name;
	u32 namelen, pad;
	u64 iov, iovlen, control, controllen;
	u32 flags, pad2;
};
_Static_assert(sizeof(struct linux_msghdr) == 56, "struct msghdr");
#define MSG_FLAGS_AT 48

/* The header and its pieces, to be ended if this is 0. */
static s64 message_begin(u64 uaddr, struct linux_msghdr *m, struct uiovec *v)
{
	if (south_user_read(m, uaddr, sizeof(*m)))
		return -EFAULT;
	if ((s32)m->namelen < 0)
		return -EINVAL;
	return m->iovlen > IOV_MAX ? -EMSGSIZE : uiovec_begin(v, m->iov, m->iovlen);
}

static s64 send_message(struct file *f, u64 uaddr, u32 flags)
{
	struct linux_msghdr m;
	struct uiovec v;
	s64 ret = message_begin(uaddr, &m, &v);

	if (ret)
		return ret;
	ret = address_check(f, m.name && m.namelen);
	/* Neither descriptors nor credentials can be sent along. */
	if (!ret && m.control && m.controllen)
		ret = -EOPNOTSUPP;
	if (!ret)
		ret = pair_send(f, &v.io, flags);
	uiovec_end(&v);
	return ret;
}

s64 sys_sendmsg(const u64 *a)
{
	struct fd f;
	s64 ret = socket_begin((s32)a[0], &f);

	if (ret)
		return ret;
	ret = send_message(f.file, a[1], (u32)a[2]);
	fd_end(f);
	return ret;
}

/* ---- receiving ---- */

/* No end has a name: its address is of no length. */
static s32 no_name(u64 ulen)
{
	u32 none = 0;

	return south_user_write(ulen, &none, sizeof(none));
}

s64 sys_recvfrom(const u64 *a)
{
	u64 len = min(a[2], (u64)MAX_RW_COUNT);
	struct iovec one;
	struct uio io;
	struct fd f;
	u32 got = 0;
	s64 ret;

	if (!user_range(a[1], len))
		return -EFAULT;
	ret = socket_begin((s32)a[0], &f);
	if (ret)
		return ret;
	uio_single(&io, &one, a[1], len);
	ret = pair_receive(f.file, &io, (u32)a[3], &got);
	if (ret >= 0 && a[4] && no_name(a[5]))
		ret = -EFAULT;
	fd_end(f);
	return ret;
}

static s64 receive_message(struct file *f, u64 uaddr, u32 flags)
{
	struct linux_msghdr m;
	struct uiovec v;
	u32 got = 0;
	s64 ret = message_begin(uaddr, &m, &v);

	if (ret)
		return ret;
	ret = pair_receive(f, &v.io, flags, &got);
	uiovec_end(&v);
	if (ret < 0)
		return ret;
	if (m.name && no_name(uaddr + offsetof(struct linux_msghdr, namelen)))
		return -EFAULT;
	m.controllen = 0;
	if (south_user_write(uaddr + MSG_FLAGS_AT, &got, sizeof(got)) ||
	    south_user_write(uaddr + offsetof(struct linux_msghdr, controllen), &m.controllen,
			     sizeof(m.controllen)))
		return -EFAULT;
	return ret;
}

s64 sys_recvmsg(const u64 *a)
{
	struct fd f;
	s64 ret = socket_begin((s32)a[0], &f);

	if (ret)
		return ret;
	ret = receive_message(f.file, a[1], (u32)a[2]);
	fd_end(f);
	return ret;
}

/* ---- many at once ---- */

#define MMSG_SIZE 64
#define MMSG_LEN_AT 56
#define UIO_MAXIOV 1024u

/* How many went; the error of the first, if none did. */
static s64 many(const u64 *a, s64 (*one)(struct file *f, u64 uaddr, u32 flags))
{
	u32 count = min((u32)a[2], UIO_MAXIOV), flags = (u32)a[3] & ~MSG_WAITFORONE, n;
	struct fd f;
	s64 ret = socket_begin((s32)a[0], &f);

	if (ret)
		return ret;
	for (n = 0; n < count; n++) {
		u64 at = a[1] + (u64)n * MMSG_SIZE;
		u32 len;

		ret = one(f.file, at, flags);
		if (ret < 0)
			break;
		len = (u32)ret;
		ret = south_user_write(at + MMSG_LEN_AT, &len, sizeof(len));
		if (ret)
			break;
		if ((u32)a[3] & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
	}
	fd_end(f);
	return n ? (s64)n : ret;
}

s64 sys_sendmmsg(const u64 *a)
{
	return many(a, send_message);
}

s64 sys_recvmmsg(const u64 *a)
{
	return many(a, receive_message);
}

/* ---- the rest ---- */

s64 sys_shutdown(const u64 *a)
{
	struct fd f;
	s64 ret = socket_begin((s32)a[0], &f);

	if (ret)
		return ret;
	ret = pair_shutdown(f.file, (u32)a[1]);
	fd_end(f);
	return ret;
}

/* -EBADF, -ENOTSOCK, or @err of a socketpair. */
static s64 socket_refuse(s32 n, s32 err)
{
	struct fd f;
	s32 ret = socket_begin(n, &f);

	if (ret)
		return ret;
	fd_end(f);
	return err;
}

/* The address of an end is its family alone. */
static s64 name_get(const u64 *a)
{
	u16 family = AF_UNIX;
	u32 full = sizeof(family);
	s32 len;

	if (south_user_read(&len, a[2], sizeof(len)))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	if ((len && south_user_write(a[1], &family, min((u32)len, full))) ||
	    south_user_write(a[2], &full, sizeof(full)))
		return -EFAULT;
	return 0;
}

s64 sys_getsockname(const u64 *a)
{
	s64 err = socket_refuse((s32)a[0], 0);

	return err ? err : name_get(a);
}

s64 sys_getpeername(const u64 *a)
{
	return sys_getsockname(a);
}

/* An option that is a number, or -ENOPROTOOPT. */
static s32 option(struct file *f, u32 name)
{
	switch (name) {
	case SO_TYPE:
		return (s32)pair_type(f);
	case SO_ERROR:
		return -pair_error(f);
	case SO_SNDBUF:
	case SO_RCVBUF:
		return BUFFER_SIZE;
	case SO_DOMAIN:
		return AF_UNIX;
	case SO_ACCEPTCONN:
	case SO_PROTOCOL:
		return 0;
	}
	return -ENOPROTOOPT;
}

static s64 option_get(struct file *f, const u64 *a)
{
	const void *value = pair_peer(f);
	u32 size = sizeof(struct ucred);
	s32 len, number;

	if ((u32)a[1] != SOL_SOCKET)
		return -EOPNOTSUPP;
	if (south_user_read(&len, a[4], sizeof(len)))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	if ((u32)a[2] != SO_PEERCRED) {
		number = option(f, (u32)a[2]);
		if (number < 0)
			return number;
		value = &number;
		size = sizeof(number);
	}
	size = min(size, (u32)len);
	if (south_user_write(a[3], value, size) || south_user_write(a[4], &size, sizeof(size)))
		return -EFAULT;
	return 0;
}

s64 sys_getsockopt(const u64 *a)
{
	struct fd f;
	s64 ret = socket_begin((s32)a[0], &f);

	if (ret)
		return ret;
	ret = option_get(f.file, a);
	fd_end(f);
	return ret;
}

#define NO_SOCKET(name, err)			\
s64 sys_##name(const u64 *a)			\
{						\
	return socket_refuse((s32)a[0], err);	\
}

NO_SOCKET(connect, -EOPNOTSUPP)
NO_SOCKET(accept, -EOPNOTSUPP)
NO_SOCKET(accept4, -EOPNOTSUPP)
NO_SOCKET(bind, -EOPNOTSUPP)
NO_SOCKET(listen, -EOPNOTSUPP)
NO_SOCKET(setsockopt, -EOPNOTSUPP)
