// SPDX-License-Identifier: GPL-2.0
/* Descriptors up to the limit, in circles, in messages, closed under a call. */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "guest.h"

static void make_one(void)
{
	int *two = (int *)arena;

	switch (below(10)) {
	case 0: CALL(__NR_pipe2, two, O_NONBLOCK); break;
	case 1: CALL(__NR_eventfd2, below(9), 1 + O_NONBLOCK); break;
	case 2: CALL(__NR_epoll_create1, 0); break;
	case 3: CALL(__NR_memfd_create, "m", below(4)); break;
	case 4: CALL(__NR_socketpair, AF_UNIX, 1 + below(5), 0, two); break;
	case 5: CALL(__NR_open, "/dev/ptmx", O_RDWR | O_NOCTTY); break;
	case 6: CALL(__NR_open, "file", O_RDWR); break;
	case 7: CALL(__NR_dup3, random_fd(), below(1 << below(21)), below(2) * O_CLOEXEC); break;
	case 8: CALL(__NR_fcntl, random_fd(), F_DUPFD, below(1 << below(21))); break;
	case 9: CALL(__NR_open, "/proc/self/fd", O_DIRECTORY); break;
	}
}

/* Until there are no more, then all at once. */
static void storm(void)
{
	for (int i = 0; i < 3000 && more(); i++)
		if (one_in(2) ? CALL(__NR_dup, random_fd()) < 0 && one_in(32) : (make_one(), false))
			break;
	CALL(__NR_close_range, 40 + below(2000), one_in(2) ? ~0U : below(3000), below(8));
}

static int any(void)
{
	return one_in(2) ? random_fd() : (int)below(256);
}

/* Sockets sent through themselves and each other. */
static void send_circle(void)
{
	char control[CMSG_SPACE(8 * sizeof(int))];
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control };
	struct cmsghdr *c = (void *)control;
	int n = 1 + below(8);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
	for (int i = 0; i < n; i++)
		((int *)CMSG_DATA(c))[i] = any();
	CALL(__NR_sendmsg, any(), &msg, MSG_DONTWAIT);
	msg.msg_controllen = sizeof(control);
	if (one_in(2))
		CALL(__NR_recvmsg, any(), &msg, MSG_DONTWAIT);
}

static void use(void *arg)
{
	struct epoll_event event;
	(void)arg;

	while (more()) {
		switch (below(12)) {
		case 0: make_one(); break;
		case 1: CALL(__NR_close, 5 + below(250)); break;
		case 2: CALL(__NR_dup2, any(), 5 + below(250)); break;
		case 3:
		case 4:
			event.events = random_word();
			event.data.u64 = random_word();
			CALL(__NR_epoll_ctl, any(), 1 + below(3), any(), &event);
			break;
		case 5: CALL(__NR_epoll_wait, any(), arena, 1 + below(64), 1); break;
		case 6: send_circle(); break;
		case 7: CALL(__NR_read, any(), arena, below(4096)); break;
		case 8: CALL(__NR_write, any(), arena, below(4096)); break;
		case 9: CALL(__NR_fcntl, any(), below(12), random_number()); break;
		case 10: CALL(__NR_splice, any(), NULL, any(), NULL, 4096, 2); break;
		case 11: CALL(__NR_poll, ((struct pollfd[2]){ { any(), 63, 0 }, { any(), 63, 0 } }), 2, 1); break;
		}
	}
}

static void stormy(void *arg)
{
	(void)arg;
	while (more()) {
		storm();
		if (one_in(4))
			child(nothing, NULL);
		reap();
	}
}

/* What goes into a pipe comes out of it, whatever else goes on. */
static void carry(void *arg)
{
	char in[512], out[512];
	int two[2];
	(void)arg;

	if (pipe(two))
		return;
	while (more()) {
		size_t n = 1 + below(sizeof(in));

		memset(in, random_word(), n);
		if (write(two[1], in, n) != (ssize_t)n)
			break;
		if (read(two[0], out, sizeof(out)) != (ssize_t)n || memcmp(in, out, n))
			broken(BROKEN_DATA);
		now.shared->operations += 2;
	}
}

void run_descriptors(void)
{
	struct rlimit limit = { 256 << below(6), 0 };

	pool_open();
	/* A process of its own has descriptors of its own, which nobody closes for it. */
	child(carry, NULL);
	limit.rlim_max = limit.rlim_cur;
	setrlimit(RLIMIT_NOFILE, &limit);
	child(stormy, NULL);
	for (int i = 0; i < 3; i++)
		thread(use, NULL);
	use(NULL);
}
