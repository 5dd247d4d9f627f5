// SPDX-License-Identifier: GPL-2.0
/* Sockets of AF_UNIX: names, connections, messages, what goes along with them. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <linux/sockios.h>
#include "both.h"

extern size_t alloc_used(void);

#define DIR_ "/dev/shm/unix-test"

static char buf[1 << 20], other[1 << 20];
static unsigned int rnd_state;

static unsigned int rnd(unsigned int n)
{
	rnd_state = rnd_state * 1103515245 + 12345;
	return (rnd_state >> 8) % n;
}

static void fill(void)
{
	for (unsigned int i = 0; i < sizeof(buf); i++)
		buf[i] = (char)(i * 7 + i / 251);
}

static int polled(long long fd)
{
	struct pollfd p = { fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0 };
	long long n = call(SYS_poll, &p, 1, 0);

	return n < 0 ? (int)n : p.revents;
}

/* Address @n: the even ones are abstract, the odd ones paths. Its length. */
static int address(struct sockaddr_un *a, unsigned int n)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	if (n % 2)
		return offsetof(struct sockaddr_un, sun_path) + 1 +
			sprintf(a->sun_path, DIR_ "/%u", n);
	return offsetof(struct sockaddr_un, sun_path) + 1 +
		sprintf(a->sun_path + 1, "north-%d-%u", getpid(), n);
}

/* An autobound one is of random digits. */
static void see_address(const struct sockaddr_un *a, int len, int line)
{
	int random = len == 8 && a->sun_family == AF_UNIX && !a->sun_path[0];

	see(len, line);
	if (!random && len > 0 && len <= (int)sizeof(*a))
		see_bytes(a, len, line);
}

static int socket_at(int fd, unsigned int n)
{
	struct sockaddr_un a;
	int len = address(&a, n);

	return (int)call(SYS_bind, fd, &a, len);
}

static int connect_to(int fd, unsigned int n)
{
	struct sockaddr_un a;
	int len = address(&a, n);

	return (int)call(SYS_connect, fd, &a, len);
}

static void begin(void)
{
	fill();
	call(SYS_mkdir, DIR_, 0777);
}

static void end(void)
{
	char name[64];

	for (unsigned int n = 1; n < 10; n += 2) {
		sprintf(name, DIR_ "/%u", n);
		call(SYS_unlink, name);
	}
	call(SYS_rmdir, DIR_);
}

/* ---- any calls on a few sockets ---- */

#define SLOTS 6

static int slots[SLOTS];

/* A place that is free, or -1. */
static int free_slot(void)
{
	for (int i = 0; i < SLOTS; i++)
		if (slots[i] < 0)
			return i;
	return -1;
}

static void fill_slot(long long fd, int line)
{
	int i = free_slot();

	see_fd(fd, line);
	if (fd >= 0 && i >= 0)
		slots[i] = (int)fd;
	else if (fd >= 0)
		call(SYS_close, fd);
}

/*
 * Something to pass on: never a socket that may have others in its queue, as it is a matter
 * of time when Linux finds that nobody can receive it any more.
 */
static int passed(int *fresh)
{
	if (*fresh < 0 && rnd(3))
		*fresh = (int)call(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	return rnd(20) ? *fresh : -1;
}

/* With nobody to send to, it differs between Linux's versions which error is the first. */
static int connected(int fd)
{
	struct sockaddr_un a;
	int len = sizeof(a);
	long long r = call(SYS_getpeername, fd, &a, &len);

	SEE(r);
	return !r;
}

static void some_send(int fd, unsigned int len)
{
	int fresh = -1;
	struct iovec v = { buf + len, len };
	struct sockaddr_un a;
	int alen = address(&a, rnd(4));
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(3 * sizeof(int))];
	} c;
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	if (rnd(3) == 0) {
		m.msg_name = &a;
		m.msg_namelen = alen;
	} else if (!connected(fd)) {
		return;
	}
	if (rnd(4) == 0) {
		int n = 1 + (int)rnd(3);

		m.msg_control = &c;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c.h = (struct cmsghdr){ CMSG_LEN(n * sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
		for (int i = 0; i < n; i++)
			((int *)CMSG_DATA(&c.h))[i] = i ? passed(&fresh) : 1;
	}
	SEE(call(SYS_sendmsg, fd, &m, MSG_NOSIGNAL));
	if (fresh >= 0)
		call(SYS_close, fresh);
}

static void some_receive(int fd, unsigned int len)
{
	static const int flags[] = { 0, 0, 0, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_CMSG_CLOEXEC };
	struct sockaddr_un a = { 0 };
	struct iovec v = { other, len };
	char control[100];
	struct msghdr m = { &a, sizeof(a), &v, 1, control, rnd(2) ? sizeof(control) : rnd(40), 0 };
	struct cmsghdr *h;
	int flag = flags[rnd(7)], type, size = sizeof(type);
	long long n;

	call(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &size);
	/* Of a stream that is Linux's to say, which copies nothing then. */
	if (type == SOCK_STREAM)
		flag &= ~MSG_TRUNC;
	memset(control, 0, sizeof(control));
	SEE(n = call(SYS_recvmsg, fd, &m, flag));
	if (n < 0)
		return;
	BYTES(other, n < (long long)len ? n : (long long)len);
	see_address(&a, m.msg_namelen, __LINE__);
	SEE(m.msg_flags & ~MSG_EOR);
	SEE(m.msg_controllen);
	if (m.msg_controllen < sizeof(*h))
		return;
	for (h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h)) {
		int count = (int)((h->cmsg_len - CMSG_LEN(0)) / sizeof(int));

		SEE(h->cmsg_type);
		SEE(h->cmsg_len);
		if (h->cmsg_type == SCM_CREDENTIALS) {
			BYTES(CMSG_DATA(h), h->cmsg_len - CMSG_LEN(0));
			continue;
		}
		for (int i = 0; i < count; i++) {
			int got = ((int *)CMSG_DATA(h))[i];

			SEE(call(SYS_fcntl, got, F_GETFD));
			if (!i || rnd(4))
				SEE(call(SYS_close, got));
			else
				fill_slot(got, __LINE__);
		}
	}
}

static void some_option(int fd)
{
	static const int names[] = {
		SO_ERROR, SO_ACCEPTCONN, SO_TYPE, SO_PASSCRED, SO_SNDBUF, SO_RCVLOWAT, SO_PEERCRED, SO_DOMAIN,
	};
	struct ucred who = { 0 };
	int len = sizeof(who), value = (int)rnd(2), name = names[rnd(8)];

	if (rnd(3)) {
		SEE(call(SYS_getsockopt, fd, SOL_SOCKET, name, &who, &len));
		SEE(len);
		BYTES(&who, sizeof(who));
		return;
	}
	if (name == SO_SNDBUF)
		value = (int)rnd(30000);
	if (name == SO_RCVLOWAT)
		value = (int)rnd(4);
	SEE(call(SYS_setsockopt, fd, SOL_SOCKET, name, &value, sizeof(value)));
}

static void some_name(int fd)
{
	struct sockaddr_un a = { 0 };
	int len = rnd(5) ? (int)sizeof(a) : 8;
	long long r = call(rnd(2) ? SYS_getsockname : SYS_getpeername, fd, &a, &len);

	SEE(r);
	if (!r)
		see_address(&a, len, __LINE__);
}

static void some_call(int type)
{
	int at = (int)rnd(SLOTS), fd = slots[at], left = -1, len;
	struct sockaddr_un a = { AF_UNIX, "" };
	unsigned int size = rnd(3) ? rnd(200) : rnd(9000);

	switch (rnd(20)) {
	case 0:
	case 1:
		if (free_slot() >= 0)
			fill_slot(call(SYS_socket, AF_UNIX, type | SOCK_NONBLOCK, 0), __LINE__);
		break;
	case 2:
		SEE(rnd(6) ? socket_at(fd, rnd(4)) : call(SYS_bind, fd, &a, 2));
		break;
	case 3:
		SEE(call(SYS_listen, fd, rnd(4)));
		break;
	case 4:
	case 5:
		SEE(connect_to(fd, rnd(5)));
		break;
	case 6:
		if (rnd(4))
			break;
		a.sun_family = AF_UNSPEC;
		SEE(call(SYS_connect, fd, &a, 2));
		break;
	case 7:
	case 8:
		len = sizeof(a);
		if (free_slot() < 0)
			break;
		fill_slot(call(SYS_accept4, fd, &a, &len, rnd(2) ? SOCK_NONBLOCK : SOCK_NONBLOCK | SOCK_CLOEXEC),
			  __LINE__);
		break;
	case 9:
	case 10:
	case 11:
		some_send(fd, size);
		break;
	case 12:
	case 13:
		some_receive(fd, size);
		break;
	case 14:
		if (!rnd(5))
			SEE(call(SYS_shutdown, fd, rnd(4)));
		break;
	case 15:
		SEE(call(SYS_close, fd));
		slots[at] = -1;
		break;
	case 16:
		SEE(polled(fd));
		break;
	case 17:
		SEE(call(SYS_ioctl, fd, rnd(2) ? SIOCINQ : SIOCOUTQ, &left));
		SEE(left);
		break;
	case 18:
		some_option(fd);
		break;
	case 19:
		some_name(fd);
		if (!rnd(10)) {
			address(&a, 1 + 2 * rnd(2));
			SEE(call(SYS_unlink, a.sun_path));
		}
		break;
	}
}

static void random_calls(unsigned int seed, int type)
{
	begin();
	rnd_state = seed;
	memset(slots, 0xff, sizeof(slots));
	for (int step = 0; step < 600; step++)
		some_call(type ? type : rnd(2) ? SOCK_STREAM : SOCK_DGRAM);
	for (int i = 0; i < SLOTS; i++)
		call(SYS_close, slots[i]);
	end();
}

TEST(any_calls_on_streams)
{
	for (unsigned int seed = 1; seed <= 15; seed++)
		BOTH(random_calls(seed, SOCK_STREAM));
}

TEST(any_calls_on_datagrams)
{
	for (unsigned int seed = 1; seed <= 15; seed++)
		BOTH(random_calls(seed, SOCK_DGRAM));
}

TEST(any_calls_on_seqpackets)
{
	for (unsigned int seed = 1; seed <= 15; seed++)
		BOTH(random_calls(seed, SOCK_SEQPACKET));
}

TEST(any_calls_on_both)
{
	for (unsigned int seed = 1; seed <= 15; seed++)
		BOTH(random_calls(seed, 0));
}

/* ---- errors ---- */

static int new_socket(int type)
{
	return (int)NEW(call(SYS_socket, AF_UNIX, type, 0));
}

static void make_errors(void)
{
	static const int bad[][3] = {
		{ 99, SOCK_STREAM, 0 }, { -1, SOCK_STREAM, 0 }, { AF_UNIX, 0, 0 }, { AF_UNIX, 9, 0 },
		{ AF_UNIX, 11, 0 }, { AF_UNIX, SOCK_STREAM, 7 }, { AF_UNIX, 9, 7 }, { 99, 11, 0 },
		{ AF_UNIX, SOCK_STREAM | 0x100, 0 }, { AF_UNIX, SOCK_STREAM, 1 }, { AF_UNIX, SOCK_RAW, 0 },
	};

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		long long fd = NEW(call(SYS_socket, bad[i][0], bad[i][1], bad[i][2]));

		if (fd >= 0)
			SEE(call(SYS_close, fd));
	}
}

static void bind_errors(int type)
{
	struct sockaddr_un a = { AF_UNIX, DIR_ "/1" }, b = { AF_INET, DIR_ "/1" };
	int fd = new_socket(type), again = new_socket(type), len = sizeof(a);
	struct stat st;

	begin();
	SEE(call(SYS_bind, fd, &a, -1));
	SEE(call(SYS_bind, fd, &a, 200));
	SEE(call(SYS_bind, fd, &a, 0));
	SEE(call(SYS_bind, fd, &a, 1));
	SEE(call(SYS_bind, fd, &a, 111));
	SEE(call(SYS_bind, fd, &b, sizeof(b)));
	SEE(call(SYS_bind, fd, &b, 2));
	SEE(call(SYS_bind, fd, 8, sizeof(b)));
	SEE(call(SYS_listen, fd, 5));
	SEE(call(SYS_umask, 027) >= 0);
	SEE(call(SYS_bind, fd, &a, sizeof(a)));
	SEE(call(SYS_umask, 022));
	SEE(call(SYS_stat, DIR_ "/1", &st));
	SEE(st.st_mode);
	SEE(call(SYS_bind, again, &a, sizeof(a)));
	SEE(call(SYS_open, DIR_ "/1", O_RDWR));
	strcpy(a.sun_path, DIR_ "/none/1");
	SEE(call(SYS_bind, again, &a, sizeof(a)));
	strcpy(a.sun_path, DIR_ "/1/1");
	SEE(call(SYS_bind, again, &a, sizeof(a)));
	/* Bound already: nothing stays of a second name. */
	strcpy(a.sun_path, DIR_ "/3");
	SEE(call(SYS_bind, fd, &a, sizeof(a)));
	SEE(call(SYS_stat, a.sun_path, &st));
	SEE(call(SYS_bind, fd, &a, 2));
	SEE(socket_at(fd, 0));
	/* The longest path needs no NUL, and has one when it is told. */
	memset(a.sun_path, '/', sizeof(a.sun_path));
	memcpy(a.sun_path, DIR_, strlen(DIR_));
	a.sun_path[sizeof(a.sun_path) - 1] = '5';
	SEE(call(SYS_bind, again, &a, sizeof(a)));
	SEE(call(SYS_getsockname, again, buf, &len));
	SEE(len);
	BYTES(buf, len);
	SEE(call(SYS_close, fd));
	SEE(call(SYS_close, again));
	end();
}

static void connect_errors(int type)
{
	int server = new_socket(type), fd = new_socket(type | SOCK_NONBLOCK), more[4], len = 100;
	int wrong = new_socket(type == SOCK_STREAM ? SOCK_DGRAM : SOCK_STREAM);
	struct sockaddr_un a;
	long long file;

	begin();
	SEE(connect_to(fd, 1));
	SEE(socket_at(server, 1));
	SEE(connect_to(fd, 1));
	SEE(connect_to(wrong, 1));
	file = NEW(call(SYS_open, DIR_ "/3", O_CREAT | O_RDWR, 0600));
	SEE(connect_to(fd, 3));
	SEE(call(SYS_close, file));
	a.sun_family = AF_UNIX;
	SEE(call(SYS_connect, fd, &a, 2));
	SEE(call(SYS_connect, fd, &a, 1));
	SEE(call(SYS_connect, fd, &a, 129));
	SEE(call(SYS_connect, 999, 8, 5));
	SEE(call(SYS_connect, 0, 8, 5));
	SEE(call(SYS_accept4, server, 0, 0, 0x10));
	SEE(call(SYS_accept4, server, 0, 0, SOCK_NONBLOCK));
	SEE(call(SYS_listen, server, 1));
	SEE(connect_to(fd, 1));
	SEE(connect_to(fd, 1));
	SEE(connect_to(server, 1));
	SEE(call(SYS_listen, fd, 1));
	for (int i = 0; i < 4; i++) {
		more[i] = new_socket(type | SOCK_NONBLOCK);
		SEE(connect_to(more[i], 1));
		SEE(polled(more[i]));
		SEE(call(SYS_read, more[i], buf, 1));
	}
	SEE(polled(server));
	if (type != SOCK_DGRAM) {
		SEE(call(SYS_accept, server, &a, 8));
		file = NEW(call(SYS_accept4, server, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC));
		SEE(call(SYS_fcntl, file, F_GETFD));
		SEE(call(SYS_fcntl, file, F_GETFL));
		SEE(call(SYS_getpeername, file, buf, &len));
		SEE(len);
		len = 100;
		SEE(call(SYS_getsockname, file, buf, &len));
		SEE(len);
		SEE(call(SYS_close, file));
	}
	SEE(call(SYS_close, server));
	for (int i = 0; i < 4; i++) {
		SEE(polled(more[i]));
		SEE(call(SYS_read, more[i], buf, 1));
		SEE(call(SYS_sendto, more[i], buf, 1, MSG_NOSIGNAL, 0, 0));
		SEE(call(SYS_close, more[i]));
	}
	SEE(connect_to(wrong, 1));
	SEE(call(SYS_close, wrong));
	SEE(call(SYS_close, fd));
	end();
}

TEST(errors_of_names_and_connections)
{
	BOTH(make_errors());
	BOTH(bind_errors(SOCK_STREAM));
	BOTH(bind_errors(SOCK_DGRAM));
	BOTH(connect_errors(SOCK_STREAM));
	BOTH(connect_errors(SOCK_SEQPACKET));
	BOTH(connect_errors(SOCK_DGRAM));
}

static void set_options(void)
{
	static const int names[] = {
		SO_DEBUG, SO_REUSEADDR, SO_TYPE, SO_ERROR, SO_DONTROUTE, SO_BROADCAST, SO_RCVBUF, SO_KEEPALIVE,
		SO_OOBINLINE, SO_PRIORITY, SO_LINGER, SO_PASSCRED, SO_PEERCRED, SO_RCVLOWAT, SO_SNDLOWAT,
		SO_RCVTIMEO, SO_SNDTIMEO, SO_ACCEPTCONN, SO_PROTOCOL, SO_DOMAIN, SO_PEERNAME, SO_BSDCOMPAT, 9999,
	};
	static const struct timeval times[] = { { 3, 20000 }, { -1, 0 }, { 0, 0 }, { 1, 1000000 }, { 1, -1 } };
	int fd = new_socket(SOCK_STREAM), len, value[4];
	struct linger l = { 1, 7 };

	for (unsigned int i = 0; i < sizeof(names) / sizeof(*names); i++) {
		for (int n = -1; n < 3; n++) {
			value[0] = n;
			SEE(call(SYS_setsockopt, fd, SOL_SOCKET, names[i], value, 4));
			memset(value, 0, sizeof(value));
			len = n == 1 ? 2 : (int)sizeof(value);
			/* What is meant is larger than any limit. */
			if (n < 0 && names[i] == SO_RCVBUF)
				continue;
			SEE(call(SYS_getsockopt, fd, SOL_SOCKET, names[i], value, &len));
			SEE(len);
			BYTES(value, sizeof(value));
		}
	}
	SEE(call(SYS_setsockopt, fd, SOL_SOCKET, SO_DEBUG, value, 3));
	SEE(call(SYS_setsockopt, fd, SOL_SOCKET, SO_DEBUG, value, -1));
	SEE(call(SYS_setsockopt, fd, SOL_SOCKET, SO_DEBUG, 8, 4));
	SEE(call(SYS_setsockopt, fd, 6, SO_DEBUG, value, 4));
	SEE(call(SYS_setsockopt, fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	SEE(call(SYS_getsockopt, fd, SOL_SOCKET, SO_LINGER, value, &len));
	BYTES(value, 8);
	l.l_onoff = 0;
	SEE(call(SYS_setsockopt, fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	SEE(call(SYS_getsockopt, fd, SOL_SOCKET, SO_LINGER, value, &len));
	SEE(value[0]);
	for (unsigned int i = 0; i < sizeof(times) / sizeof(*times); i++) {
		SEE(call(SYS_setsockopt, fd, SOL_SOCKET, i % 2 ? SO_SNDTIMEO : SO_RCVTIMEO, &times[i], sizeof(times[i])));
		len = sizeof(value);
		SEE(call(SYS_getsockopt, fd, SOL_SOCKET, i % 2 ? SO_SNDTIMEO : SO_RCVTIMEO, value, &len));
		SEE(len);
		BYTES(value, sizeof(value));
	}
	SEE(call(SYS_close, fd));
}

TEST(options)
{
	BOTH(set_options());
}

/* ---- what goes along ---- */

struct passing {
	struct msghdr m;
	struct iovec v;
	char control[CMSG_SPACE(300 * sizeof(int))];
};

static struct msghdr *passing(struct passing *p, const int *fds, int n)
{
	struct cmsghdr *h = (struct cmsghdr *)p->control;

	p->v = (struct iovec){ "x", 1 };
	p->m = (struct msghdr){ .msg_iov = &p->v, .msg_iovlen = 1, .msg_control = h,
				.msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	*h = (struct cmsghdr){ CMSG_LEN(n * sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(h), fds, n * sizeof(int));
	return &p->m;
}

static char byte_here;

static struct msghdr *receiving(struct passing *p, int n)
{
	p->v = (struct iovec){ &byte_here, 1 };
	p->m = (struct msghdr){ .msg_iov = &p->v, .msg_iovlen = 1, .msg_control = p->control,
				.msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	return &p->m;
}

static void control_errors(int type)
{
	int fd[2], fds[300], *where;
	struct passing p;
	struct msghdr *m = passing(&p, fds, 0);
	struct cmsghdr *h = (struct cmsghdr *)p.control;
	struct ucred *who = (struct ucred *)CMSG_DATA(h);

	SEE(call(SYS_socketpair, AF_UNIX, type | SOCK_NONBLOCK, 0, fd));
	for (int i = 0; i < 300; i++)
		fds[i] = fd[0];
	SEE(call(SYS_sendmsg, fd[0], passing(&p, fds, 253), 0));
	SEE(call(SYS_recvmsg, fd[1], receiving(&p, 253), 0));
	SEE(m->msg_controllen);
	SEE(m->msg_flags);
	where = (int *)CMSG_DATA(h);
	for (int i = 0; i < 253; i++)
		SEE(call(SYS_close, where[i]));
	SEE(call(SYS_sendmsg, fd[0], passing(&p, fds, 254), 0));
	fds[1] = 9999;
	SEE(call(SYS_sendmsg, fd[0], passing(&p, fds, 2), 0));
	SEE(call(SYS_recvmsg, fd[1], m, 0));
	passing(&p, fds, 1);
	h->cmsg_len = 15;
	SEE(call(SYS_sendmsg, fd[0], m, 0));
	h->cmsg_len = 100;
	SEE(call(SYS_sendmsg, fd[0], m, 0));
	passing(&p, fds, 1);
	h->cmsg_type = 77;
	SEE(call(SYS_sendmsg, fd[0], m, 0));
	h->cmsg_level = 6;
	SEE(call(SYS_sendmsg, fd[0], m, 0));
	m->msg_control = (void *)8;
	SEE(call(SYS_sendmsg, fd[0], m, 0));
	m->msg_controllen = 200000;
	SEE(call(SYS_sendmsg, fd[0], m, 0));
	m->msg_controllen = 15;
	SEE(call(SYS_sendmsg, fd[0], m, 0));
	passing(&p, fds, 3);
	h->cmsg_type = SCM_CREDENTIALS;
	*who = (struct ucred){ getpid(), 0, 0 };
	SEE(call(SYS_sendmsg, fd[0], m, 0));
	who->uid = -1u;
	SEE(call(SYS_sendmsg, fd[0], m, 0));
	*who = (struct ucred){ 0x3fffff, 0, 0 };
	SEE(call(SYS_sendmsg, fd[0], m, 0));
	h->cmsg_len--;
	SEE(call(SYS_sendmsg, fd[0], m, 0));
	m->msg_namelen = -1;
	m->msg_name = buf;
	SEE(call(SYS_sendmsg, fd[0], m, 0));
	SEE(call(SYS_recvmsg, fd[0], m, 0));
	SEE(call(SYS_sendmsg, fd[0], m, 0x80000000));
	SEE(call(SYS_close, fd[0]));
	SEE(call(SYS_close, fd[1]));
}

TEST(errors_of_ancillary_data)
{
	BOTH(control_errors(SOCK_STREAM));
	BOTH(control_errors(SOCK_SEQPACKET));
	BOTH(control_errors(SOCK_DGRAM));
}

/* Where descriptors can't be put: not enough of them may be open, or memory isn't there. */
static void no_descriptor(void)
{
	struct rlimit old, few;
	int fd[2], fds[3];
	struct passing p;

	SEE(call(SYS_socketpair, AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fd));
	fds[0] = fds[1] = fds[2] = fd[0];
	SEE(call(SYS_sendmsg, fd[0], passing(&p, fds, 3), 0));
	call(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, &old);
	few = old;
	few.rlim_cur = fd[1] + 2;
	call(SYS_prlimit64, 0, RLIMIT_NOFILE, &few, 0);
	SEE(call(SYS_recvmsg, fd[1], receiving(&p, 3), 0));
	call(SYS_prlimit64, 0, RLIMIT_NOFILE, &old, 0);
	SEE(p.m.msg_flags);
	SEE(p.m.msg_controllen);
	SEE(call(SYS_close, *(int *)CMSG_DATA((struct cmsghdr *)p.control)));
	SEE(call(SYS_sendmsg, fd[0], passing(&p, fds, 3), 0));
	receiving(&p, 3)->msg_control = (void *)8;
	SEE(call(SYS_recvmsg, fd[1], &p.m, 0));
	SEE(p.m.msg_flags);
	SEE(p.m.msg_controllen);
	SEE(call(SYS_sendmsg, fd[0], passing(&p, fds, 3), 0));
	SEE(call(SYS_read, fd[1], other, 10));
	SEE(call(SYS_close, fd[0]));
	SEE(call(SYS_close, fd[1]));
}

TEST(descriptors_that_find_no_place)
{
	BOTH(no_descriptor());
}

/* ---- memory ---- */

static size_t used_before;

static void memory_begin(void)
{
	used_before = alloc_used();
}

/* What caches keep is of no account. */
static void memory_end(void)
{
	size_t now = alloc_used();

	if (now > used_before + 4096)
		FAIL("%zu bytes are lost", now - used_before);
}

static void send_fds(int to, const int *fds, int n)
{
	struct passing p;

	EQ(north(SYS_sendmsg, to, passing(&p, fds, n), MSG_DONTWAIT), 1);
}

static void pair_of(int type, int fd[2])
{
	EQ(north(SYS_socketpair, AF_UNIX, type, 0, fd), 0);
}

/* When any does, North looks for garbage. */
static void a_socket_goes(void)
{
	s64 fd = north(SYS_socket, AF_UNIX, SOCK_DGRAM, 0);

	EQ(north(SYS_close, fd), 0);
}

TEST(sockets_in_each_others_queue_go)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	int a[2], b[2];

	memory_begin();
	for (int i = 0; i < 300; i++) {
		int type = types[i % 3];

		pair_of(type, a);
		pair_of(type, b);
		/* Itself and its peer, a pair in the other's queue, or with one that is closed soon. */
		send_fds(a[0], (int[]){ a[1], a[0] }, 2);
		if (i & 4) {
			send_fds(a[0], b, 2);
			send_fds(b[0], a, 2);
		}
		if (i & 8)
			send_fds(b[1], (int[]){ a[1], 1, b[0] }, 3);
		EQ(north(SYS_close, a[0]), 0);
		EQ(north(SYS_close, b[0]), 0);
		EQ(north(SYS_close, b[1]), 0);
		EQ(north(SYS_close, a[1]), 0);
	}
	a_socket_goes();
	memory_end();
}

/* A listener in the queue of one who isn't accepted yet, and the other way round. */
TEST(listeners_in_flight_go)
{
	struct sockaddr_un a;
	int len = address(&a, 0), server, client;

	memory_begin();
	for (int i = 0; i < 100; i++) {
		server = (int)north(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
		client = (int)north(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
		EQ(north(SYS_bind, server, &a, len), 0);
		EQ(north(SYS_listen, server, 5), 0);
		EQ(north(SYS_connect, client, &a, len), 0);
		send_fds(client, (int[]){ server, client }, 2);
		EQ(north(SYS_close, server), 0);
		EQ(north(SYS_close, client), 0);
		a_socket_goes();
	}
	memory_end();
}

/* What can still be received stays, though only sockets in flight refer to it. */
TEST(sockets_that_can_be_received_stay)
{
	int a[2], b[2], c[2], got;
	struct passing p;
	char byte;

	memory_begin();
	pair_of(SOCK_STREAM, a);
	pair_of(SOCK_STREAM, b);
	pair_of(SOCK_STREAM, c);
	/* c in b, b in itself and in a. */
	send_fds(b[0], c, 2);
	send_fds(b[0], b, 2);
	send_fds(a[0], &b[1], 1);
	for (int i = 0; i < 2; i++) {
		EQ(north(SYS_close, b[i]), 0);
		EQ(north(SYS_close, c[i]), 0);
	}
	EQ(north(SYS_recvmsg, a[1], receiving(&p, 1), 0), 1);
	got = *(int *)CMSG_DATA((struct cmsghdr *)p.control);
	EQ(north(SYS_recvmsg, got, receiving(&p, 2), 0), 1);
	memcpy(c, CMSG_DATA((struct cmsghdr *)p.control), sizeof(c));
	EQ(north(SYS_write, c[0], "y", 1), 1);
	EQ(north(SYS_read, c[1], &byte, 1), 1);
	EQ(byte, 'y');
	EQ(north(SYS_close, got), 0);
	for (int i = 0; i < 2; i++) {
		EQ(north(SYS_close, c[i]), 0);
		EQ(north(SYS_close, a[i]), 0);
	}
	memory_end();
}

/* Each socket holds the next one: closing the first mustn't take a stack frame for each. */
TEST(a_long_chain_of_sockets_goes)
{
	int first[2], last[2], next[2];

	memory_begin();
	pair_of(SOCK_STREAM, first);
	last[0] = first[0];
	for (int i = 0; i < 20000; i++) {
		pair_of(SOCK_STREAM, next);
		send_fds(last[0], &next[1], 1);
		EQ(north(SYS_close, next[1]), 0);
		EQ(north(SYS_close, last[0]), 0);
		last[0] = next[0];
	}
	EQ(north(SYS_close, last[0]), 0);
	EQ(north(SYS_close, first[1]), 0);
	memory_end();
}

TEST(who_has_few_descriptors_sends_no_more_of_them)
{
	struct rlimit old, few = { 50, 50 };
	int fd[2], fds[10], sent = 0;
	struct passing p;

	memory_begin();
	pair_of(SOCK_DGRAM, fd);
	for (int i = 0; i < 10; i++)
		fds[i] = 1;
	EQ(north(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, &old), 0);
	few.rlim_max = old.rlim_max;
	EQ(north(SYS_prlimit64, 0, RLIMIT_NOFILE, &few, 0), 0);
	EQ(north(SYS_sendmsg, fd[0], passing(&p, fds, 10), 0), 1);
	EQ(north(SYS_sendmsg, fd[0], passing(&p, fds, 10), 0), 1);
	EQ(north(SYS_setresuid, 7, 7, -1), 0);
	while (sent < 100 && north(SYS_sendmsg, fd[0], passing(&p, fds, 10), MSG_DONTWAIT) == 1)
		sent++;
	EQ(north(SYS_sendmsg, fd[0], passing(&p, fds, 10), MSG_DONTWAIT), -ETOOMANYREFS);
	EQ(sent, 6);
	EQ(north(SYS_read, fd[1], other, 10), 1);
	EQ(north(SYS_read, fd[1], other, 10), 1);
	EQ(north(SYS_read, fd[1], other, 10), 1);
	EQ(north(SYS_sendmsg, fd[0], passing(&p, fds, 10), 0), 1);
	EQ(north(SYS_setresuid, 0, 0, 0), 0);
	EQ(north(SYS_prlimit64, 0, RLIMIT_NOFILE, &old, 0), 0);
	EQ(north(SYS_close, fd[0]), 0);
	EQ(north(SYS_close, fd[1]), 0);
	memory_end();
}

/* ---- waiting ---- */

static void timed(int type)
{
	struct timeval t = { 0, 20000 };
	int server = new_socket(type), fd[3], pair[2], n = 0;

	begin();
	SEE(socket_at(server, 0));
	SEE(call(SYS_listen, server, 0));
	SEE(call(SYS_setsockopt, server, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)));
	SEE(call(SYS_accept, server, 0, 0));
	for (int i = 0; i < 2; i++) {
		fd[i] = new_socket(type);
		SEE(call(SYS_setsockopt, fd[i], SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)));
		SEE(connect_to(fd[i], 0));
	}
	SEE(call(SYS_socketpair, AF_UNIX, type, 0, pair));
	SEE(call(SYS_setsockopt, pair[0], SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)));
	SEE(call(SYS_setsockopt, pair[1], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)));
	SEE(call(SYS_read, pair[1], other, 10));
	SEE(call(SYS_recvfrom, pair[1], other, 10, MSG_PEEK, 0, 0));
	while (n < 1000 && call(SYS_write, pair[0], buf, 1000) == 1000)
		n++;
	SEE(n);
	SEE(call(SYS_write, pair[0], buf, 1000));
	SEE(call(SYS_recvfrom, pair[1], other, 500000, MSG_WAITALL, 0, 0));
	SEE(call(SYS_close, pair[0]));
	SEE(call(SYS_close, pair[1]));
	SEE(call(SYS_close, fd[0]));
	SEE(call(SYS_close, fd[1]));
	SEE(call(SYS_close, server));
	end();
}

TEST(waits_with_a_limit)
{
	BOTH(timed(SOCK_STREAM));
	BOTH(timed(SOCK_SEQPACKET));
}

static int wait_fd;

static void connect_later(void *arg)
{
	usleep(20000);
	SEE(connect_to(wait_fd, 0));
}

static void shut_later(void *arg)
{
	usleep(20000);
	call(SYS_shutdown, wait_fd, SHUT_RDWR);
}

static void read_later(void *arg)
{
	usleep(20000);
	for (int i = 0; i < 3; i++)
		call(SYS_read, wait_fd, other, 1 << 20);
}

/* One end waits until the other does something. */
static void waiting(int type)
{
	int server = new_socket(type), fd = new_socket(type), more = new_socket(type), got, first;
	struct second s;

	begin();
	SEE(socket_at(server, 0));
	SEE(call(SYS_listen, server, 0));
	wait_fd = fd;
	second_start(&s, connect_later, NULL);
	first = (int)NEW(call(SYS_accept, server, 0, 0));
	second_join(&s);
	/* A full backlog: room is made by an accept. */
	SEE(connect_to(more, 0));
	wait_fd = new_socket(type);
	second_start(&s, connect_later, NULL);
	usleep(40000);
	got = (int)NEW(call(SYS_accept, server, 0, 0));
	SEE(call(SYS_close, got));
	second_join(&s);
	SEE(call(SYS_close, wait_fd));
	/* A reader sees the end of what its peer shuts. */
	wait_fd = fd;
	second_start(&s, shut_later, NULL);
	SEE(call(SYS_read, first, other, 10));
	second_join(&s);
	SEE(call(SYS_close, more));
	SEE(call(SYS_close, first));
	SEE(call(SYS_close, fd));
	/* Who shuts a listener wakes who accepts. */
	wait_fd = server;
	second_start(&s, shut_later, NULL);
	while (NEW(call(SYS_accept, server, 0, 0)) >= 0)
		;
	second_join(&s);
	SEE(call(SYS_close, server));
	end();
}

static void writing(int type)
{
	int fd[2];
	struct second s;

	SEE(call(SYS_socketpair, AF_UNIX, type, 0, fd));
	wait_fd = fd[1];
	second_start(&s, read_later, NULL);
	for (int i = 0; i < 3; i++)
		SEE(call(SYS_write, fd[0], buf, 200000));
	second_join(&s);
	SEE(call(SYS_close, fd[0]));
	SEE(call(SYS_close, fd[1]));
}

TEST(one_end_waits_for_the_other)
{
	BOTH(waiting(SOCK_STREAM));
	BOTH(waiting(SOCK_SEQPACKET));
	BOTH(writing(SOCK_DGRAM));
	BOTH(writing(SOCK_SEQPACKET));
}

/* A server of datagrams with a full queue: its clients can't write, and learn when they can. */
static void crowd(void)
{
	int server = new_socket(SOCK_DGRAM | SOCK_NONBLOCK), fd[3], ep = (int)NEW(call(SYS_epoll_create1, 0));
	struct epoll_event e = { EPOLLOUT | EPOLLET, { .u64 = 7 } };
	struct second s;
	int n = 0;

	begin();
	SEE(socket_at(server, 0));
	for (int i = 0; i < 3; i++) {
		fd[i] = new_socket(SOCK_DGRAM);
		SEE(connect_to(fd[i], 0));
	}
	while (n < 1000 && call(SYS_sendto, fd[0], "x", 1, MSG_DONTWAIT, 0, 0) == 1)
		n++;
	SEE(n > 0 && n < 1000);
	SEE(polled(fd[1]));
	SEE(call(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, fd[2], &e));
	SEE(call(SYS_epoll_wait, ep, &e, 1, 0));
	SEE(call(SYS_read, server, other, 10));
	SEE(call(SYS_epoll_wait, ep, &e, 1, 0));
	SEE(e.events);
	SEE(polled(fd[1]));
	SEE(call(SYS_write, fd[1], "y", 1));
	wait_fd = server;
	second_start(&s, read_later, NULL);
	SEE(call(SYS_write, fd[2], "z", 1));
	second_join(&s);
	/* Those who wait when it goes are told. */
	while (call(SYS_sendto, fd[0], "x", 1, MSG_DONTWAIT, 0, 0) == 1)
		;
	SEE(polled(fd[1]));
	SEE(call(SYS_close, server));
	SEE(polled(fd[1]));
	for (int i = 0; i < 3; i++) {
		SEE(call(SYS_write, fd[i], "x", 1));
		SEE(call(SYS_write, fd[i], "x", 1));
		SEE(call(SYS_close, fd[i]));
	}
	SEE(call(SYS_close, ep));
	end();
}

TEST(a_crowd_at_one_socket_of_datagrams)
{
	BOTH(crowd());
}

static void many(void)
{
	struct timespec t = { 0, 30000000 };
	struct mmsghdr m[4];
	struct iovec v[4];
	int fd[2];

	SEE(call(SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, fd));
	memset(m, 0, sizeof(m));
	for (int i = 0; i < 4; i++) {
		v[i] = (struct iovec){ other + i * 100, 100 };
		m[i].msg_hdr.msg_iov = &v[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	SEE(call(SYS_write, fd[0], "abc", 3));
	SEE(call(SYS_write, fd[0], "de", 2));
	SEE(call(SYS_recvmmsg, fd[1], m, 4, MSG_WAITFORONE, &t));
	SEE(m[0].msg_len);
	SEE(m[1].msg_len);
	SEE(t.tv_sec == 0 && t.tv_nsec < 30000000);
	SEE(call(SYS_recvmmsg, fd[1], m, 4, MSG_DONTWAIT, 0));
	SEE(call(SYS_recvmmsg, fd[1], m, 4, 0, 8));
	t.tv_nsec = -1;
	SEE(call(SYS_recvmmsg, fd[1], m, 4, 0, &t));
	SEE(call(SYS_recvmmsg, 0, m, 4, 0, &t));
	t = (struct timespec){ 0, 0 };
	SEE(call(SYS_write, fd[0], "abc", 3));
	SEE(call(SYS_recvmmsg, fd[1], m, 4, 0, &t));
	SEE(call(SYS_close, fd[0]));
	SEE(call(SYS_close, fd[1]));
}

TEST(many_messages_by_a_time)
{
	BOTH(many());
}

TEST(a_signal_ends_a_wait)
{
	struct timeval t = { 100, 0 };
	struct sockaddr_un a;
	int len = address(&a, 0), fd[2], server = (int)north(SYS_socket, AF_UNIX, SOCK_STREAM, 0);

	pair_of(SOCK_STREAM, fd);
	EQ(north(SYS_bind, server, &a, len), 0);
	EQ(north(SYS_listen, server, 0), 0);
	while (north(SYS_sendto, fd[0], buf, 100000, MSG_DONTWAIT, 0, 0) > 0)
		;
	hosted_signal(north_current, 1);
	EQ(north(SYS_read, fd[0], other, 1), -512);
	EQ(north(SYS_write, fd[0], other, 1), -512);
	EQ(north(SYS_accept, server, 0, 0), -512);
	EQ(north(SYS_setsockopt, fd[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)), 0);
	EQ(north(SYS_read, fd[0], other, 1), -EINTR);
	hosted_signal(north_current, 0);
	EQ(north(SYS_close, fd[0]), 0);
	EQ(north(SYS_close, fd[1]), 0);
	EQ(north(SYS_close, server), 0);
}

/* A table of those that there are. */
TEST(proc_net_unix_has_a_line_each)
{
	struct sockaddr_un a;
	int len = address(&a, 0), server = (int)north(SYS_socket, AF_UNIX, SOCK_STREAM, 0), fd[2];
	char name[64];
	s64 f, n;

	begin();
	EQ(north(SYS_bind, server, &a, len), 0);
	EQ(north(SYS_listen, server, 0), 0);
	pair_of(SOCK_SEQPACKET, fd);
	send_fds(fd[0], fd, 2);
	f = north(SYS_open, "/proc/net/unix", O_RDONLY);
	OK(f >= 0);
	n = north(SYS_read, f, other, sizeof(other) - 1);
	OK(n > 0);
	other[n] = 0;
	EQ(north(SYS_close, f), 0);
	sprintf(name, "00000000 00010000 0001 01");
	OK(strstr(other, name));
	sprintf(name, " @north-%d-0\n", getpid());
	OK(strstr(other, name));
	OK(strstr(other, "00000000 00000000 0005 03"));
	sprintf(name, "/proc/self/fdinfo/%d", fd[1]);
	f = north(SYS_open, name, O_RDONLY);
	OK(f >= 0);
	n = north(SYS_read, f, other, sizeof(other) - 1);
	OK(n > 0);
	other[n] = 0;
	OK(strstr(other, "scm_fds: 2\n"));
	EQ(north(SYS_close, f), 0);
	EQ(north(SYS_close, server), 0);
	EQ(north(SYS_close, fd[0]), 0);
	EQ(north(SYS_close, fd[1]), 0);
	end();
}
