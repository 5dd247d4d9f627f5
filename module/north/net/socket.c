// SPDX-License-Identifier: GPL-2.0
/*
 * Socket calls. There are no sockets but socketpairs yet; what programs probe for
 * gets the errno that says so: a family that isn't there, a descriptor that is
 * no socket.
 */
#include "../task.h"
#include "../fd/file.h"
#include "../ipc/ipc.h"

s64 sys_socket(const u64 *a)
{
	return -EAFNOSUPPORT;
}

/* -EBADF, -ENOTSOCK, or -EOPNOTSUPP of a socketpair. */
static s64 socket_call(s32 n)
{
	struct fd f = fd_begin_io(n);
	s64 err = -EOPNOTSUPP;

	if (!f.file)
		return -EBADF;
	if (f.file->ops != &socketpair_ops)
		err = -ENOTSOCK;
	fd_end(f);
	return err;
}

s64 sys_read(const u64 *a);
s64 sys_write(const u64 *a);

/* send(2) and recv(2) without flags are write(2) and read(2). */
s64 sys_sendto(const u64 *a)
{
	s64 err = socket_call((s32)a[0]);

	return err != -EOPNOTSUPP || a[3] || a[4] ? err : sys_write(a);
}

s64 sys_recvfrom(const u64 *a)
{
	s64 err = socket_call((s32)a[0]);

	return err != -EOPNOTSUPP || a[3] || a[4] ? err : sys_read(a);
}

#define NO_SOCKET(name)				\
s64 sys_##name(const u64 *a)			\
{						\
	return socket_call((s32)a[0]);		\
}

NO_SOCKET(connect)
NO_SOCKET(accept)
NO_SOCKET(accept4)
NO_SOCKET(sendmsg)
NO_SOCKET(recvmsg)
NO_SOCKET(sendmmsg)
NO_SOCKET(recvmmsg)
NO_SOCKET(shutdown)
NO_SOCKET(bind)
NO_SOCKET(listen)
NO_SOCKET(getsockname)
NO_SOCKET(getpeername)
NO_SOCKET(setsockopt)
NO_SOCKET(getsockopt)
