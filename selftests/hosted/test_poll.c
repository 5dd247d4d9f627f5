// SPDX-License-Identifier: GPL-2.0
/* poll, select and epoll. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include "both.h"

static char buf[1 << 17];
static unsigned int rnd_state;

static unsigned int rnd(unsigned int n)
{
	rnd_state = rnd_state * 1103515245 + 12345;
	return (rnd_state >> 8) % n;
}

static long long ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ll + ts.tv_nsec / 1000000;
}

/* A result, and whether it took about @want ms. */
#define TIMED(want, x) do {						\
	long long t_ = ms();						\
	SEE(x);								\
	t_ = ms() - t_;							\
	SEE(t_ >= (want) - 1 && t_ < (want) + 3000);			\
} while (0)

static void bad_arguments(void)
{
	struct timespec bad = { 0, 1000000000 }, neg = { -1, 0 }, zero = { 0, 0 };
	struct timeval tv = { 0, -1 };
	struct pollfd p[3] = { { 0, 0, 77 }, { -5, POLLIN, 77 }, { 9999, POLLIN, 77 } };
	unsigned long long mask = 0;
	struct { void *p; unsigned long n; } arg = { &mask, 4 };
	fd_set set;

	SEE(call(SYS_poll, p, -1, 0));
	SEE(call(SYS_poll, 8, 1, 0));
	SEE(call(SYS_poll, 0, 0, 0));
	SEE(call(SYS_poll, p, 3, -1));
	SEE(p[0].revents);
	SEE(p[1].revents);
	SEE(p[2].revents);
	SEE(call(SYS_ppoll, p, 1, &bad, 0, 0));
	SEE(call(SYS_ppoll, p, 1, &neg, 0, 0));
	SEE(call(SYS_ppoll, p, 1, 8, 0, 0));
	SEE(call(SYS_ppoll, p, 1, &zero, &mask, 4));
	SEE(call(SYS_ppoll, p, 1, &zero, 8, 8));
	SEE(call(SYS_ppoll, p, 1, &zero, 0, 4));
	SEE(call(SYS_ppoll, p, 1, &zero, &mask, 8));
	SEE(call(SYS_select, -1, 0, 0, 0, &zero));
	SEE(call(SYS_select, 0, 0, 0, 0, &zero));
	SEE(call(SYS_select, 1, 0, 0, 0, &tv));
	SEE(call(SYS_select, 1, 8, 0, 0, &zero));
	FD_ZERO(&set);
	FD_SET(60, &set);
	SEE(call(SYS_select, 61, &set, 0, 0, &zero));
	SEE(call(SYS_select, 60, &set, 0, 0, &zero));
	SEE(call(SYS_pselect6, 0, 0, 0, 0, &zero, &arg));
	SEE(call(SYS_pselect6, 0, 0, 0, 0, &zero, 8));
	SEE(call(SYS_epoll_create, 0));
	SEE(call(SYS_epoll_create1, 1));
}

TEST(bad_arguments_give_linux_errnos)
{
	BOTH(bad_arguments());
}

static void timeouts(void)
{
	struct timespec ts = { 0, 30000000 };
	struct timeval tv = { 0, 30000 };
	struct pollfd p = { .events = POLLIN };
	struct epoll_event ev;
	long long ep = NEW(call(SYS_epoll_create1, 0));
	int fd[2];
	fd_set set;

	SEE(call(SYS_pipe2, fd, 0));
	p.fd = fd[0];
	TIMED(0, call(SYS_poll, &p, 1, 0));
	TIMED(30, call(SYS_poll, &p, 1, 30));
	TIMED(30, call(SYS_poll, 0, 0, 30));
	TIMED(30, call(SYS_ppoll, &p, 1, &ts, 0, 8));
	SEE(ts.tv_sec);
	SEE(ts.tv_nsec);
	FD_ZERO(&set);
	FD_SET(fd[0], &set);
	TIMED(30, call(SYS_select, fd[0] + 1, &set, 0, 0, &tv));
	SEE(tv.tv_sec);
	SEE(tv.tv_usec);
	TIMED(0, call(SYS_epoll_wait, ep, &ev, 1, 0));
	TIMED(30, call(SYS_epoll_wait, ep, &ev, 1, 30));
	ts.tv_nsec = 30000000;
	TIMED(30, call(SYS_epoll_pwait2, ep, &ev, 1, &ts, 0, 8));
	ts.tv_sec = 5;
	SEE(call(SYS_write, fd[1], buf, 1));
	TIMED(0, call(SYS_ppoll, &p, 1, &ts, 0, 8));
	SEE(ts.tv_sec);
	SEE(call(SYS_close, fd[0]));
	SEE(call(SYS_close, fd[1]));
	SEE(call(SYS_close, ep));
}

TEST(timeouts_and_what_is_left_of_them)
{
	BOTH(timeouts());
}

/* A set of pipes, eventfds and socket pairs with random contents, looked at in all ways. */
#define FDS 24

/* How much a socket takes is counted differently; so those are never filled. */
static void churn(const int *fd)
{
	int w = rnd(FDS), r = rnd(FDS), size = 8 + rnd(60000);

	SEE(call(SYS_write, fd[w], buf, w % 6 / 2 == 1 ? size % 200 : size));
	SEE(call(SYS_read, fd[r], buf, 8 + rnd(60000)));
}

static void many(unsigned int seed)
{
	struct pollfd p[FDS];
	struct timespec zero = { 0, 0 };
	int fd[FDS];

	rnd_state = seed;
	for (int i = 0; i < FDS; i += 2) {
		if (i % 6 == 0)
			SEE(call(SYS_pipe2, fd + i, O_NONBLOCK));
		else if (i % 6 == 2)
			SEE(call(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd + i));
		else
			for (int k = 0; k < 2; k++)
				fd[i + k] = (int)NEW(call(SYS_eventfd2, rnd(2), EFD_NONBLOCK));
	}
	for (int step = 0; step < 60; step++) {
		fd_set set[3];
		int n = 1 + rnd(FDS);

		churn(fd);
		for (int i = 0; i < n; i++) {
			int k = rnd(FDS);

			p[i] = (struct pollfd){ rnd(10) ? fd[k] : -1, rnd(0x2400), 99 };
		}
		SEE(call(SYS_poll, p, n, 0));
		for (int i = 0; i < n; i++)
			SEE(p[i].revents);
		for (int s = 0; s < 3; s++) {
			FD_ZERO(&set[s]);
			for (int i = 0; i < FDS; i++)
				if (rnd(2))
					FD_SET(fd[i], &set[s]);
		}
		SEE(call(SYS_pselect6, 1024, &set[0], rnd(2) ? &set[1] : NULL, &set[2], &zero, 0));
		for (int s = 0; s < 3; s++)
			for (int i = 0; i < FDS; i++)
				SEE(!!FD_ISSET(fd[i], &set[s]));
	}
	for (int i = 0; i < FDS; i++)
		SEE(call(SYS_close, fd[i]));
}

TEST(readiness_is_the_same)
{
	for (unsigned int seed = 1; seed <= 15; seed++)
		BOTH(many(seed));
}

static int by_data(const void *a, const void *b)
{
	const struct epoll_event *x = a, *y = b;

	return x->data.u64 < y->data.u64 ? -1 : x->data.u64 > y->data.u64;
}

static void see_events(struct epoll_event *ev, long long n)
{
	SEE(n);
	if (n > 0)
		qsort(ev, n, sizeof(*ev), by_data);
	for (long long i = 0; i < n; i++) {
		SEE(ev[i].events);
		SEE(ev[i].data.u64);
	}
}

/* epoll against itself: random changes of the set and of the files. */
static void epolls(unsigned int seed, unsigned int extra)
{
	struct epoll_event ev[64];
	long long ep = NEW(call(SYS_epoll_create1, EPOLL_CLOEXEC));
	int fd[FDS];

	rnd_state = seed;
	for (int i = 0; i < FDS; i += 2) {
		if (i % 6 == 0)
			SEE(call(SYS_pipe2, fd + i, O_NONBLOCK));
		else if (i % 6 == 2)
			SEE(call(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd + i));
		else
			for (int k = 0; k < 2; k++)
				fd[i + k] = (int)NEW(call(SYS_eventfd2, rnd(2), EFD_NONBLOCK));
	}
	for (int step = 0; step < 300; step++) {
		int k = rnd(FDS);
		struct epoll_event e = { 0, { .u64 = k * 1000 + step } };

		switch (rnd(6)) {
		case 0:
			e.events = rnd(16) | extra | (rnd(5) ? 0 : EPOLLRDHUP);
			SEE(call(SYS_epoll_ctl, ep, 1 + rnd(3), fd[k], &e));
			break;
		case 1:
			e.events = EPOLLIN | EPOLLOUT | extra;
			SEE(call(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, fd[k], &e));
			break;
		case 2:
		case 3:
			churn(fd);
			break;
		case 4:
			see_events(ev, call(SYS_epoll_wait, ep, ev, 64, 0));
			break;
		case 5: {
			struct pollfd p = { ep, POLLIN | POLLOUT, 0 };

			SEE(call(SYS_poll, &p, 1, 0));
			SEE(p.revents);
			break;
		}
		}
	}
	/* Closing takes a file out. */
	for (int i = 0; i < FDS; i++) {
		SEE(call(SYS_close, fd[i]));
		if (!(i & 1))
			see_events(ev, call(SYS_epoll_wait, ep, ev, 64, 0));
	}
	see_events(ev, call(SYS_epoll_wait, ep, ev, 64, 0));
	SEE(call(SYS_close, ep));
}

TEST(epoll_level_triggered)
{
	for (unsigned int seed = 1; seed <= 20; seed++)
		BOTH(epolls(seed, 0));
}

TEST(epoll_one_shot)
{
	for (unsigned int seed = 1; seed <= 20; seed++)
		BOTH(epolls(seed, EPOLLONESHOT));
}

/* What wakes when is a matter of each file; the rule is that a change is never missed. */
TEST(epoll_edge_triggered)
{
	struct epoll_event e = { EPOLLIN | EPOLLET, { .u64 = 1 } }, got[4];
	s64 ep = north(SYS_epoll_create1, 0);
	int fd[2];

	EQ(north(SYS_pipe2, fd, O_NONBLOCK), 0);
	EQ(north(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, fd[0], &e), 0);
	EQ(north(SYS_epoll_wait, ep, got, 4, 0), 0);
	for (int i = 0; i < 3; i++) {
		EQ(north(SYS_write, fd[1], buf, 10), 10);
		EQ(north(SYS_epoll_wait, ep, got, 4, 0), 1);
		EQ(got[0].events, EPOLLIN);
		EQ(north(SYS_epoll_wait, ep, got, 4, 0), 0);
	}
	EQ(north(SYS_read, fd[0], buf, 5), 5);
	EQ(north(SYS_epoll_wait, ep, got, 4, 0), 0);
	EQ(north(SYS_epoll_ctl, ep, EPOLL_CTL_MOD, fd[0], &e), 0);
	EQ(north(SYS_epoll_wait, ep, got, 4, 0), 1);
	EQ(north(SYS_close, fd[1]), 0);
	EQ(north(SYS_epoll_wait, ep, got, 4, 0), 1);
	EQ(got[0].events, EPOLLIN | EPOLLHUP);
	EQ(north(SYS_close, fd[0]), 0);
	EQ(north(SYS_epoll_wait, ep, got, 4, 0), 0);
	EQ(north(SYS_close, ep), 0);
}

static void epoll_errors(void)
{
	struct epoll_event e = { EPOLLIN, { .u64 = 5 } }, ev[4];
	long long ep[8], file = NEW(call(SYS_openat, -100, "/dev/shm", O_RDONLY));
	long long path = NEW(call(SYS_openat, -100, "/dev/shm", O_PATH));
	long long event = NEW(call(SYS_eventfd2, 1, 0)), null = NEW(call(SYS_openat, -100, "/dev/null", O_RDWR));

	for (int i = 0; i < 8; i++)
		ep[i] = NEW(call(SYS_epoll_create1, 0));
	SEE(call(SYS_epoll_ctl, ep[0], 1, file, &e));
	SEE(call(SYS_epoll_ctl, ep[0], 1, null, &e));
	SEE(call(SYS_epoll_ctl, ep[0], 1, path, &e));
	SEE(call(SYS_epoll_ctl, ep[0], 1, 9999, &e));
	SEE(call(SYS_epoll_ctl, 9999, 1, event, &e));
	SEE(call(SYS_epoll_ctl, event, 1, event, &e));
	SEE(call(SYS_epoll_ctl, event, 1, ep[0], &e));
	SEE(call(SYS_epoll_ctl, ep[0], 1, ep[0], &e));
	SEE(call(SYS_epoll_ctl, ep[0], 1, event, 8));
	SEE(call(SYS_epoll_ctl, ep[0], 7, event, &e));
	SEE(call(SYS_epoll_ctl, ep[0], 2, event, 0));
	SEE(call(SYS_epoll_ctl, ep[0], 3, event, &e));
	SEE(call(SYS_epoll_ctl, ep[0], 1, event, &e));
	SEE(call(SYS_epoll_ctl, ep[0], 1, event, &e));
	e.events |= EPOLLEXCLUSIVE;
	SEE(call(SYS_epoll_ctl, ep[0], 3, event, &e));
	SEE(call(SYS_epoll_ctl, ep[1], 1, event, &e));
	e.events = EPOLLIN;
	SEE(call(SYS_epoll_ctl, ep[1], 3, event, &e));
	e.events = EPOLLEXCLUSIVE | EPOLLONESHOT | EPOLLIN;
	SEE(call(SYS_epoll_ctl, ep[2], 1, event, &e));
	e.events = EPOLLIN;
	SEE(call(SYS_epoll_wait, ep[0], ev, 0, 0));
	SEE(call(SYS_epoll_wait, ep[0], ev, -1, 0));
	SEE(call(SYS_epoll_wait, ep[0], ev, 1 << 30, 0));
	SEE(call(SYS_epoll_wait, ep[0], 8, 1, 0));
	SEE(call(SYS_epoll_wait, ep[0], -1, 1, 0));
	SEE(call(SYS_epoll_wait, event, ev, 1, 0));
	SEE(call(SYS_epoll_pwait, ep[0], ev, 1, 0, ev, 4));
	/* A chain of epolls, each in the next: as long as it may be, and no circle. */
	for (int i = 0; i < 7; i++)
		SEE(call(SYS_epoll_ctl, ep[i + 1], 1, ep[i], &e));
	SEE(call(SYS_epoll_ctl, ep[0], 1, ep[2], &e));
	for (int i = 0; i < 8; i++)
		SEE(call(SYS_epoll_wait, ep[i], ev, 4, 0));
	for (int i = 0; i < 8; i += 2)
		SEE(call(SYS_close, ep[i]));
	for (int i = 1; i < 8; i += 2)
		SEE(call(SYS_close, ep[i]));
	SEE(call(SYS_close, event));
	SEE(call(SYS_close, file));
	SEE(call(SYS_close, path));
	SEE(call(SYS_close, null));
}

TEST(what_epoll_refuses)
{
	BOTH(epoll_errors());
}

/* ---- waiting ---- */

static void later(void *arg)
{
	usleep(20000);
	call(SYS_write, *(int *)arg, buf, 8);
}

static void waits(void)
{
	struct epoll_event e = { EPOLLIN, { .u64 = 5 } }, ev[4];
	struct second s;
	int fd[2];
	long long ep = NEW(call(SYS_epoll_create1, 0)), outer = NEW(call(SYS_epoll_create1, 0));
	struct pollfd p = { .events = POLLIN };
	fd_set set;

	SEE(call(SYS_pipe2, fd, 0));
	SEE(call(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, fd[0], &e));
	SEE(call(SYS_epoll_ctl, outer, EPOLL_CTL_ADD, ep, &e));
	for (int way = 0; way < 5; way++) {
		second_start(&s, later, &fd[1]);
		switch (way) {
		case 0:
			p.fd = fd[0];
			SEE(call(SYS_poll, &p, 1, 2000));
			break;
		case 1:
			FD_ZERO(&set);
			FD_SET(fd[0], &set);
			SEE(call(SYS_select, fd[0] + 1, &set, 0, 0, 0));
			break;
		case 2:
			SEE(call(SYS_epoll_wait, ep, ev, 4, 2000));
			break;
		case 3:
			SEE(call(SYS_epoll_wait, outer, ev, 4, -1));
			break;
		case 4:
			p.fd = outer;
			SEE(call(SYS_poll, &p, 1, -1));
			break;
		}
		second_join(&s);
		SEE(call(SYS_read, fd[0], buf, 100));
	}
	SEE(call(SYS_close, fd[0]));
	SEE(call(SYS_close, fd[1]));
	SEE(call(SYS_close, ep));
	SEE(call(SYS_close, outer));
}

TEST(a_wait_ends_when_the_file_changes)
{
	for (int i = 0; i < 5; i++)
		BOTH(waits());
}

TEST(a_signal_ends_a_wait)
{
	struct timespec ts = { 5, 0 };
	struct pollfd p = { .events = POLLIN };
	struct epoll_event ev;
	s64 ep = north(SYS_epoll_create1, 0);
	unsigned long long mask = 0x55;
	u32 count;
	int fd[2];

	EQ(north(SYS_pipe2, fd, 0), 0);
	p.fd = fd[0];
	hosted_signal(north_current, 1);
	EQ(north(SYS_poll, &p, 1, -1), -514);
	EQ(north(SYS_poll, &p, 1, 0), 0);
	EQ(north(SYS_select, 0, 0, 0, 0, 0), -514);
	EQ(north(SYS_epoll_wait, ep, &ev, 1, -1), -EINTR);
	count = hosted_last_sigmask.count;
	EQ(north(SYS_ppoll, &p, 1, &ts, &mask, 8), -514);
	/* Set, and left for the signal's delivery to restore. */
	EQ(hosted_last_sigmask.count, count + 1);
	EQ(hosted_last_sigmask.how, 1);
	EQ(hosted_last_sigmask.mask, mask);
	OK(ts.tv_sec == 4);
	EQ(north(SYS_write, fd[1], buf, 1), 1);
	EQ(north(SYS_ppoll, &p, 1, 0, &mask, 8), 1);
	EQ(hosted_last_sigmask.count, count + 3);
	EQ(hosted_last_sigmask.how, 0);
	hosted_signal(north_current, 0);
	EQ(north(SYS_close, fd[0]), 0);
	EQ(north(SYS_close, fd[1]), 0);
	EQ(north(SYS_close, ep), 0);
}

/* ---- streams of the host ---- */

TEST(streams_wake_poll_and_epoll)
{
	struct epoll_event e = { EPOLLIN, { .u64 = 5 } }, ev[4];
	s64 ep = north(SYS_epoll_create1, 0), fd, outer[2];
	struct pollfd p = { .events = POLLIN };
	struct task *me = north_current, *other;
	int in[2], saved = dup(0);
	pid_t pid;

	OK(!pipe(in));
	dup2(in[0], 0);
	/* A further process of the box has the pipe as its standard input. */
	other = hosted_enter(30000, 30000);
	dup2(saved, 0);
	hosted_become(other);
	fd = 0;
	p.fd = 0;
	ep = north(SYS_epoll_create1, 0);
	EQ(north(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, fd, &e), 0);
	EQ(north(SYS_epoll_wait, ep, ev, 4, 20), 0);
	EQ(north(SYS_poll, &p, 1, 20), 0);
	pid = fork();
	if (!pid) {
		usleep(30000);
		_exit(write(in[1], "x", 1) != 1);
	}
	EQ(north(SYS_poll, &p, 1, 3000), 1);
	EQ(p.revents, POLLIN);
	EQ(north(SYS_epoll_wait, ep, ev, 4, 3000), 1);
	EQ(ev[0].data.u64, 5);
	EQ(north(SYS_epoll_wait, ep, ev, 4, 0), 1);
	EQ(north(SYS_read, 0, buf, 10), 1);
	EQ(north(SYS_epoll_wait, ep, ev, 4, 0), 0);
	pid = fork();
	if (!pid) {
		usleep(30000);
		_exit(write(in[1], "y", 1) != 1);
	}
	EQ(north(SYS_epoll_wait, ep, ev, 4, 3000), 1);
	EQ(north(SYS_fcntl, 0, F_SETFL, O_NONBLOCK), 0);
	EQ(north(SYS_read, 0, buf, 10), 1);
	EQ(north(SYS_read, 0, buf, 10), -EAGAIN);
	/* Also those of an epoll further below. */
	for (int way = 0; way < 2; way++) {
		outer[way] = north(SYS_epoll_create1, 0);
		EQ(north(SYS_epoll_ctl, outer[way], EPOLL_CTL_ADD, way ? outer[0] : ep, &e), 0);
		EQ(north(SYS_epoll_wait, outer[way], ev, 4, 0), 0);
	}
	p.fd = (int)outer[1];
	for (int way = 0; way < 3; way++) {
		pid = fork();
		if (!pid) {
			usleep(30000);
			_exit(write(in[1], "z", 1) != 1);
		}
		if (way < 2)
			EQ(north(SYS_epoll_wait, outer[way], ev, 4, 3000), 1);
		else
			EQ(north(SYS_poll, &p, 1, 3000), 1);
		EQ(north(SYS_read, 0, buf, 10), 1);
		EQ(north(SYS_epoll_wait, outer[1], ev, 4, 0), 0);
	}
	EQ(north(SYS_close, outer[1]), 0);
	EQ(north(SYS_close, outer[0]), 0);
	EQ(north(SYS_close, 0), 0);
	EQ(north(SYS_epoll_wait, ep, ev, 4, 0), 0);
	EQ(north(SYS_close, ep), 0);
	hosted_exit(other);
	hosted_become(me);
	close(in[0]);
	close(in[1]);
	close(saved);
}

/* Many tasks wait for one epoll and one pipe: every byte is had by somebody. */
#define WAITERS 4
static int shared_fd[2];
static long long shared_ep, shared_sum;

static void take(void *arg)
{
	struct epoll_event ev[2];
	char c;

	for (;;) {
		if (call(SYS_epoll_wait, shared_ep, ev, 2, 5000) <= 0)
			break;
		if (call(SYS_read, shared_fd[0], &c, 1) == 1) {
			if (c == 'q')
				break;
			__atomic_add_fetch(&shared_sum, 1, __ATOMIC_RELAXED);
		}
	}
}

TEST(no_wake_is_lost_among_many)
{
	struct epoll_event e = { EPOLLIN, { .u64 = 5 } };
	struct second s[WAITERS];

	native_side = 0;
	shared_sum = 0;
	EQ(north(SYS_pipe2, shared_fd, O_NONBLOCK), 0);
	shared_ep = north(SYS_epoll_create1, 0);
	EQ(north(SYS_epoll_ctl, shared_ep, EPOLL_CTL_ADD, shared_fd[0], &e), 0);
	for (int i = 0; i < WAITERS; i++)
		second_start(&s[i], take, NULL);
	for (int i = 0; i < 5000; i++)
		while (north(SYS_write, shared_fd[1], "x", 1) != 1)
			;
	for (int i = 0; i < WAITERS; i++)
		EQ(north(SYS_write, shared_fd[1], "q", 1), 1);
	for (int i = 0; i < WAITERS; i++)
		second_join(&s[i]);
	EQ(shared_sum, 5000);
	EQ(north(SYS_close, shared_ep), 0);
	EQ(north(SYS_close, shared_fd[0]), 0);
	EQ(north(SYS_close, shared_fd[1]), 0);
}
