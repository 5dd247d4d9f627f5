// SPDX-License-Identifier: GPL-2.0
/* Pipes, FIFOs, eventfd, socketpair. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include "both.h"

static char buf[1 << 20], other[1 << 20];
static unsigned int rnd_state;

static unsigned int rnd(unsigned int n)
{
	rnd_state = rnd_state * 1103515245 + 12345;
	return (rnd_state >> 8) % n;
}

static int polled(long long fd)
{
	struct pollfd p = { fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0 };
	long long n = call(SYS_poll, &p, 1, 0);

	return n < 0 ? (int)n : p.revents;
}

static void fill(void)
{
	for (unsigned int i = 0; i < sizeof(buf); i++)
		buf[i] = (char)(i * 7 + i / 251);
}

/* Any writes and reads of both ends without waiting; what poll says after each. */
static void random_pipe(unsigned int seed, int flags)
{
	int fd[2], left;
	long long n;

	rnd_state = seed;
	fill();
	SEE(call(SYS_pipe2, fd, O_NONBLOCK | flags));
	for (int step = 0; step < 500; step++) {
		unsigned int small = rnd(3), count = small ? rnd(small == 1 ? 20 : 5000) : rnd(120000);

		switch (rnd(9)) {
		case 0:
		case 1:
		case 2:
			SEE(call(SYS_write, fd[1], buf + count, count));
			break;
		case 3:
		case 4:
		case 5:
			SEE(n = call(SYS_read, fd[0], other, count));
			BYTES(other, n);
			break;
		case 6:
			SEE(call(SYS_ioctl, fd[rnd(2)], FIONREAD, &left));
			SEE(left);
			break;
		case 7:
			if (!rnd(5))
				SEE(call(SYS_fcntl, fd[0], F_SETPIPE_SZ, rnd(300000)));
			break;
		case 8:
			SEE(polled(fd[0]));
			SEE(polled(fd[1]));
			break;
		}
	}
	SEE(call(SYS_fcntl, fd[0], F_GETPIPE_SZ));
	if (seed & 1) {
		SEE(call(SYS_close, fd[0]));
		SEE(polled(fd[1]));
		SEE(call(SYS_write, fd[1], buf, 10));
		SEE(call(SYS_close, fd[1]));
	} else {
		SEE(call(SYS_close, fd[1]));
		SEE(polled(fd[0]));
		while ((n = call(SYS_read, fd[0], other, 70000)) > 0)
			BYTES(other, n);
		SEE(n);
		SEE(polled(fd[0]));
		SEE(call(SYS_close, fd[0]));
	}
}

TEST(pipes_do_what_linux_does)
{
	for (unsigned int seed = 1; seed <= 40; seed++)
		BOTH(random_pipe(seed, 0));
}

TEST(pipes_of_packets)
{
	for (unsigned int seed = 1; seed <= 20; seed++)
		BOTH(random_pipe(seed, O_DIRECT));
}

static void pipe_limits(void)
{
	int fd[2];
	struct stat st;

	SEE(call(SYS_pipe2, fd, 0777));
	SEE(call(SYS_pipe2, 8, 0));
	SEE(call(SYS_pipe2, fd, O_CLOEXEC | O_NONBLOCK));
	SEE(call(SYS_fcntl, fd[0], F_GETFL));
	SEE(call(SYS_fcntl, fd[1], F_GETFL));
	SEE(call(SYS_fcntl, fd[1], F_GETFD));
	SEE(call(SYS_read, fd[1], buf, 1));
	SEE(call(SYS_write, fd[0], buf, 1));
	SEE(call(SYS_lseek, fd[0], 0, 0));
	SEE(call(SYS_pread64, fd[0], buf, 1, 0));
	SEE(call(SYS_fstat, fd[0], &st));
	SEE(st.st_mode);
	SEE(st.st_size);
	SEE(call(SYS_fsync, fd[0]));
	SEE(call(SYS_ftruncate, fd[1], 0));
	SEE(call(SYS_fcntl, fd[0], F_GETPIPE_SZ));
	SEE(call(SYS_fcntl, fd[0], F_SETPIPE_SZ, 0));
	SEE(call(SYS_fcntl, fd[0], F_SETPIPE_SZ, 5000));
	SEE(call(SYS_fcntl, fd[0], F_SETPIPE_SZ, 1 << 20));
	SEE(call(SYS_fcntl, fd[0], F_SETPIPE_SZ, 0xf0000000));
	SEE(call(SYS_write, fd[1], buf, 1 << 20));
	SEE(call(SYS_write, fd[1], buf, 1));
	SEE(call(SYS_fcntl, fd[0], F_SETPIPE_SZ, 65536));
	SEE(call(SYS_fcntl, fd[0], F_SETFL, O_NONBLOCK | O_ASYNC));
	SEE(call(SYS_fcntl, fd[0], F_GETFL));
	SEE(call(SYS_close, fd[0]));
	SEE(call(SYS_close, fd[1]));
}

TEST(limits_and_errnos_of_pipes)
{
	BOTH(pipe_limits());
}

struct drain {
	long long fd, sum;
	unsigned int size;
	int stop;
};

static void drain_main(void *arg)
{
	struct drain *d = arg;
	long long n;

	while ((n = call(SYS_read, d->fd, other, d->size)) > 0)
		d->sum += n;
	d->stop = (int)n;
}

static void blocking(unsigned int chunk, unsigned int read_size)
{
	struct drain d = { .size = read_size };
	struct second s;
	int fd[2];

	SEE(call(SYS_pipe2, fd, 0));
	d.fd = fd[0];
	second_start(&s, drain_main, &d);
	for (int i = 0; i < 20; i++)
		SEE(call(SYS_write, fd[1], buf, chunk));
	SEE(call(SYS_close, fd[1]));
	second_join(&s);
	SEE(d.sum);
	SEE(d.stop);
	SEE(call(SYS_close, fd[0]));
}

TEST(a_writer_waits_for_its_reader)
{
	BOTH(blocking(1, 1));
	BOTH(blocking(100000, 1000));
	BOTH(blocking(1 << 20, 65536));
	BOTH(blocking(4096, 1 << 20));
}

static void write_main(void *arg)
{
	struct drain *d = arg;

	d->sum = call(SYS_write, d->fd, buf, 300000);
}

static void broken(void)
{
	struct drain d = { 0 };
	struct second s;
	int fd[2], left = 0;

	SEE(call(SYS_pipe2, fd, 0));
	d.fd = fd[1];
	second_start(&s, write_main, &d);
	while (left < 65536 && !call(SYS_ioctl, fd[0], FIONREAD, &left))
		usleep(1000);
	SEE(call(SYS_close, fd[0]));
	second_join(&s);
	SEE(d.sum);
	SEE(call(SYS_write, fd[1], buf, 1));
	SEE(call(SYS_close, fd[1]));
}

TEST(a_pipe_breaks_under_its_writer)
{
	u32 count = hosted_last_signal.count;

	BOTH(broken());
	OK(hosted_last_signal.count > count);
	EQ(hosted_last_signal.sig, SIGPIPE);
}

TEST(a_signal_ends_a_read)
{
	int fd[2];

	EQ(north(SYS_pipe2, fd, 0), 0);
	hosted_signal(north_current, 1);
	EQ(north(SYS_read, fd[0], buf, 1), -512);
	EQ(north(SYS_write, fd[1], buf, 60000), 60000);
	EQ(north(SYS_write, fd[1], buf, 10000), 4096);
	EQ(north(SYS_read, fd[0], buf, 1), 1);
	hosted_signal(north_current, 0);
	EQ(north(SYS_close, fd[0]), 0);
	EQ(north(SYS_close, fd[1]), 0);
}

/* ---- FIFOs ---- */

static const char *fifo_path(void)
{
	static _Thread_local char path[64];

	snprintf(path, sizeof(path), "/dev/shm/lb_test_fifo_%d", getpid());
	return path;
}

static void open_writer(void *arg)
{
	*(long long *)arg = call(SYS_openat, -100, fifo_path(), O_WRONLY);
}

static void fifos(void)
{
	long long r, w = -1, b;
	struct second s;

	SEE(call(SYS_mknodat, -100, fifo_path(), S_IFIFO | 0600, 0));
	SEE(call(SYS_openat, -100, fifo_path(), O_WRONLY | O_NONBLOCK));
	r = NEW(call(SYS_openat, -100, fifo_path(), O_RDONLY | O_NONBLOCK));
	SEE(polled(r));
	SEE(call(SYS_read, r, buf, 10));
	w = NEW(call(SYS_openat, -100, fifo_path(), O_WRONLY | O_NONBLOCK));
	SEE(call(SYS_write, w, "hello", 5));
	SEE(polled(r));
	SEE(call(SYS_close, w));
	SEE(polled(r));
	SEE(call(SYS_read, r, buf, 10));
	SEE(polled(r));
	SEE(call(SYS_read, r, buf, 10));
	SEE(call(SYS_close, r));
	second_start(&s, open_writer, &w);
	r = NEW(call(SYS_openat, -100, fifo_path(), O_RDONLY));
	second_join(&s);
	NEW(w);
	SEE(call(SYS_write, w, "again", 5));
	SEE(call(SYS_read, r, buf, 10));
	b = NEW(call(SYS_openat, -100, fifo_path(), O_RDWR));
	SEE(polled(b));
	SEE(call(SYS_close, r));
	SEE(call(SYS_write, w, "more", 4));
	SEE(call(SYS_read, b, buf, 10));
	SEE(call(SYS_close, w));
	SEE(call(SYS_close, b));
	SEE(call(SYS_unlink, fifo_path()));
}

TEST(fifos_wait_for_both_ends)
{
	BOTH(fifos());
}

static void proc_fd(void)
{
	char name[64];
	int fd[2];
	long long w;

	SEE(call(SYS_pipe2, fd, 0));
	sprintf(name, "/proc/self/fd/%d", fd[1]);
	w = NEW(call(SYS_openat, -100, name, O_WRONLY));
	SEE(call(SYS_write, w, "hello", 5));
	SEE(call(SYS_close, fd[1]));
	SEE(call(SYS_read, fd[0], buf, 10));
	SEE(call(SYS_close, w));
	SEE(call(SYS_read, fd[0], buf, 10));
	SEE(call(SYS_close, fd[0]));
}

TEST(a_pipe_is_opened_again_by_its_descriptor)
{
	BOTH(proc_fd());
}

/* ---- eventfd ---- */

static void eventfds(int flags)
{
	unsigned long long v;
	long long fd = NEW(call(SYS_eventfd2, 3, flags | O_NONBLOCK));

	SEE(call(SYS_eventfd2, 3, 12345));
	SEE(polled(fd));
	for (int i = 0; i < 5; i++) {
		v = 0;
		SEE(call(SYS_read, fd, &v, 8));
		SEE(v);
		SEE(polled(fd));
	}
	SEE(call(SYS_read, fd, &v, 7));
	SEE(call(SYS_write, fd, &v, 7));
	v = ~0ull;
	SEE(call(SYS_write, fd, &v, 8));
	v = ~0ull - 1;
	SEE(call(SYS_write, fd, &v, 8));
	SEE(polled(fd));
	v = 1;
	SEE(call(SYS_write, fd, &v, 8));
	SEE(call(SYS_read, fd, &v, 8));
	SEE(v);
	SEE(polled(fd));
	SEE(call(SYS_write, fd, 8, 8));
	SEE(call(SYS_close, fd));
}

TEST(eventfds_count)
{
	BOTH(eventfds(0));
	BOTH(eventfds(EFD_SEMAPHORE));
	BOTH(eventfds(EFD_CLOEXEC));
}

/* ---- socketpair ---- */

static void pairs(int type, unsigned int seed)
{
	struct stat st;
	int fd[2], left;
	long long n;

	rnd_state = seed;
	SEE(call(SYS_socketpair, AF_UNIX, type | SOCK_NONBLOCK, 0, fd));
	SEE(call(SYS_fstat, fd[0], &st));
	SEE(st.st_mode);
	SEE(call(SYS_fcntl, fd[0], F_GETFL));
	SEE(call(SYS_lseek, fd[0], 0, 0));
	for (int step = 0; step < 200; step++) {
		unsigned int side = rnd(2), count = rnd(3) ? rnd(300) : rnd(6000);

		switch (rnd(5)) {
		case 0:
			/* Little enough for both kinds of accounts of memory. */
			if (call(SYS_ioctl, fd[side], FIONREAD, &left) || left > 20000)
				break;
			if (step % 20 > 10)
				break;
			SEE(call(SYS_write, fd[!side], buf, count));
			break;
		case 1:
		case 2:
		case 3:
			SEE(n = call(SYS_read, fd[side], other, count));
			BYTES(other, n);
			break;
		case 4:
			SEE(call(SYS_ioctl, fd[side], FIONREAD, &left));
			SEE(left);
			SEE(polled(fd[side]));
			break;
		}
	}
	SEE(call(SYS_write, fd[0], NULL, 0));
	if (seed & 1)
		while ((n = call(SYS_read, fd[0], other, 10000)) > 0)
			BYTES(other, n);
	SEE(call(SYS_close, fd[0]));
	SEE(polled(fd[1]));
	for (int i = 0; i < 100; i++)
		SEE(call(SYS_read, fd[1], other, 3000));
	SEE(call(SYS_write, fd[1], buf, 10));
	SEE(call(SYS_write, fd[1], buf, 10));
	SEE(call(SYS_close, fd[1]));
}

TEST(socketpairs)
{
	for (unsigned int seed = 1; seed <= 10; seed++)
		BOTH(pairs(SOCK_STREAM, seed));
	for (unsigned int seed = 1; seed <= 10; seed++)
		BOTH(pairs(SOCK_SEQPACKET, seed));
}

TEST(socketpairs_of_datagrams)
{
	for (unsigned int seed = 1; seed <= 4; seed++)
		BOTH(pairs(SOCK_DGRAM, seed));
}

static void pair_errors(void)
{
	static const int bad[][3] = {
		{ AF_INET, SOCK_STREAM, 0 }, { 99, SOCK_STREAM, 0 }, { -1, SOCK_STREAM, 0 },
		{ AF_UNIX, 0, 0 }, { AF_UNIX, 9, 0 }, { AF_UNIX, 15, 0 }, { AF_UNIX, SOCK_STREAM, 7 },
		{ AF_UNIX, SOCK_STREAM | 0x100, 0 }, { AF_UNIX, SOCK_STREAM, 1 }, { AF_UNIX, SOCK_RAW, 0 },
	};
	int fd[2];

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		long long r = call(SYS_socketpair, bad[i][0], bad[i][1], bad[i][2], fd);

		SEE(r);
		if (!r) {
			SEE(call(SYS_close, fd[0]));
			SEE(call(SYS_close, fd[1]));
		}
	}
	SEE(call(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, 8));
}

TEST(what_socketpair_refuses)
{
	BOTH(pair_errors());
}

/* Messages of either end with any flags; what is told of the sockets. */
static void random_messages(unsigned int seed, int type)
{
	static const int flags[] = { 0, 0, MSG_PEEK, MSG_TRUNC, MSG_PEEK | MSG_TRUNC, MSG_OOB, MSG_NOSIGNAL };
	struct iovec v[2];
	struct msghdr m;
	int fd[2];

	rnd_state = seed;
	fill();
	SEE(call(SYS_socketpair, AF_UNIX, type | SOCK_NONBLOCK, 0, fd));
	for (int step = 0; step < 200; step++) {
		int end = fd[rnd(2)], flag = flags[rnd(7)] | (rnd(2) ? MSG_DONTWAIT : 0);
		unsigned int len = rnd(4) ? rnd(300) : rnd(5000);
		long long n;

		v[0] = (struct iovec){ buf + step, len / 3 };
		v[1] = (struct iovec){ buf + 20000, len - len / 3 };
		m = (struct msghdr){ .msg_iov = v, .msg_iovlen = 2 };
		memset(other, 0, 10000);
		switch (rnd(8)) {
		case 0:
			SEE(call(SYS_sendto, end, buf + len, len, flag & (MSG_DONTWAIT | MSG_NOSIGNAL), 0, 0));
			break;
		case 1:
		case 2:
			SEE(call(SYS_sendmsg, end, &m, flag & (MSG_DONTWAIT | MSG_NOSIGNAL)));
			break;
		case 3:
		case 4:
			if (type == SOCK_STREAM && flag & MSG_TRUNC)
				break;
			SEE(n = call(SYS_recvfrom, end, other, len, flag, 0, 0));
			BYTES(other, 10000);
			break;
		case 5:
		case 6:
			if (type == SOCK_STREAM && flag & MSG_TRUNC)
				break;
			v[0] = (struct iovec){ other, len / 3 };
			v[1] = (struct iovec){ other + 5000, len - len / 3 };
			m.msg_name = buf;
			m.msg_namelen = 100;
			SEE(n = call(SYS_recvmsg, end, &m, flag));
			BYTES(other, 10000);
			if (n >= 0) {
				SEE(m.msg_namelen);
				SEE(m.msg_flags & ~MSG_EOR);
			}
			break;
		case 7:
			/* How much a socket takes before it is full is another matter. */
			SEE(polled(end) & ~POLLOUT);
			break;
		}
	}
	SEE(call(SYS_close, fd[0]));
	SEE(call(SYS_close, fd[1]));
}

TEST(messages_between_sockets)
{
	for (unsigned int seed = 1; seed <= 10; seed++) {
		BOTH(random_messages(seed, SOCK_STREAM));
		BOTH(random_messages(seed, SOCK_DGRAM));
		BOTH(random_messages(seed, SOCK_SEQPACKET));
	}
}

static void shut_down(int type, int how)
{
	int fd[2];

	SEE(call(SYS_socketpair, AF_UNIX, type | SOCK_NONBLOCK, 0, fd));
	SEE(call(SYS_write, fd[0], "before", 6));
	SEE(call(SYS_write, fd[1], "before", 6));
	SEE(call(SYS_shutdown, fd[0], how));
	for (int i = 0; i < 2; i++) {
		SEE(polled(fd[i]));
		SEE(call(SYS_write, fd[i], "x", 1));
		SEE(call(SYS_read, fd[i], other, 10));
		SEE(call(SYS_read, fd[i], other, 10));
		SEE(polled(fd[i]));
	}
	SEE(call(SYS_shutdown, fd[1], how));
	for (int i = 0; i < 2; i++) {
		SEE(polled(fd[i]));
		SEE(call(SYS_write, fd[i], "x", 1));
		SEE(call(SYS_read, fd[i], other, 10));
	}
	SEE(call(SYS_close, fd[0]));
	SEE(call(SYS_close, fd[1]));
}

TEST(sockets_that_are_shut_down)
{
	for (int how = 0; how < 4; how++) {
		BOTH(shut_down(SOCK_STREAM, how));
		BOTH(shut_down(SOCK_SEQPACKET, how));
	}
}

static void asked(int type)
{
	static const int options[] = { SO_TYPE, SO_ERROR, SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN, 9999 };
	struct mmsghdr many[3];
	struct iovec v[3];
	char name[110];
	struct ucred who;
	int fd[2], value, len;

	SEE(call(SYS_socketpair, AF_UNIX, type, 0, fd));
	for (int i = 0; i < 6; i++) {
		len = i == 1 ? 2 : 100;
		value = 0;
		SEE(call(SYS_getsockopt, fd[0], SOL_SOCKET, options[i], &value, &len));
		SEE(value);
		SEE(len);
	}
	len = sizeof(who);
	SEE(call(SYS_getsockopt, fd[0], SOL_SOCKET, SO_PEERCRED, &who, &len));
	SEE(who.pid == getpid() && who.uid == 0 && who.gid == 0 && len == sizeof(who));
	len = -1;
	SEE(call(SYS_getsockopt, fd[0], SOL_SOCKET, SO_TYPE, &value, &len));
	SEE(call(SYS_getsockopt, fd[0], SOL_SOCKET, SO_TYPE, &value, 8));
	SEE(call(SYS_getsockopt, fd[0], 6, 1, &value, &len));
	SEE(call(SYS_getsockopt, 0, SOL_SOCKET, SO_TYPE, &value, &len));
	len = sizeof(name);
	memset(name, 0, sizeof(name));
	SEE(call(SYS_getsockname, fd[0], name, &len));
	SEE(len);
	BYTES(name, sizeof(name));
	len = 1;
	SEE(call(SYS_getpeername, fd[1], name, &len));
	SEE(len);
	len = -1;
	SEE(call(SYS_getpeername, fd[1], name, &len));
	SEE(call(SYS_getsockname, fd[1], name, 8));
	memset(many, 0, sizeof(many));
	for (int i = 0; i < 3; i++) {
		v[i] = (struct iovec){ buf, 10 + (size_t)i };
		many[i].msg_hdr = (struct msghdr){ .msg_iov = &v[i], .msg_iovlen = 1 };
	}
	SEE(call(SYS_sendmmsg, fd[0], many, 3, 0));
	SEE(many[2].msg_len);
	for (int i = 0; i < 3; i++)
		v[i] = (struct iovec){ other, 11 };
	SEE(call(SYS_recvmmsg, fd[1], many, 3, MSG_WAITFORONE, 0));
	for (int i = 0; i < 3; i++)
		SEE(many[i].msg_len);
	SEE(call(SYS_sendmsg, fd[0], 8, 0));
	SEE(call(SYS_recvmsg, fd[0], 8, 0));
	SEE(call(SYS_sendmsg, 0, many, 0));
	SEE(call(SYS_sendto, fd[0], -4096l, 10, 0, 0, 0));
	SEE(call(SYS_recvfrom, -1, buf, 10, 0, 0, 0));
	many[0].msg_hdr.msg_iovlen = 1025;
	SEE(call(SYS_sendmsg, fd[0], many, 0));
	SEE(call(SYS_close, fd[1]));
	SEE(call(SYS_sendto, fd[0], buf, 10, MSG_NOSIGNAL, 0, 0));
	SEE(call(SYS_close, fd[0]));
}

TEST(what_sockets_say_of_themselves)
{
	BOTH(asked(SOCK_STREAM));
	BOTH(asked(SOCK_DGRAM));
	BOTH(asked(SOCK_SEQPACKET));
}
