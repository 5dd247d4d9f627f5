// SPDX-License-Identifier: GPL-2.0
/* timerfd, signalfd, POSIX timers and what may be asked of clocks. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include "both.h"

#define MS 1000000ll
#define SEC 1000000000ll

static long long now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * SEC + ts.tv_nsec;
}

static struct itimerspec spec(long long value, long long interval)
{
	return (struct itimerspec){
		.it_value = { value / SEC, value % SEC }, .it_interval = { interval / SEC, interval % SEC },
	};
}

static long long ns(struct timespec ts)
{
	return ts.tv_sec * SEC + ts.tv_nsec;
}

static long long readable(long long fd, int ms)
{
	struct pollfd p = { (int)fd, POLLIN, 0 };
	long long n = call(SYS_poll, &p, 1, ms);

	return n < 0 ? n : p.revents;
}

static long long ticks(long long fd)
{
	unsigned long long n = 0;
	long long r = call(SYS_read, fd, &n, sizeof(n));

	return r == sizeof(n) ? (long long)n : r;
}

/* ---- timerfd ---- */

static void timerfd_arguments(void)
{
	struct itimerspec its = spec(SEC, 0), bad = spec(SEC, 0), neg = spec(SEC, 0), old;
	long long fd, other;
	char buf[8];

	for (int clock = -1; clock < 13; clock++)
		if (clock != CLOCK_REALTIME_ALARM && clock != CLOCK_BOOTTIME_ALARM) {
			fd = NEW(call(SYS_timerfd_create, clock, 0));
			if (fd >= 0)
				SEE(call(SYS_close, fd));
		}
	SEE(call(SYS_timerfd_create, CLOCK_MONOTONIC, 1));
	fd = NEW(call(SYS_timerfd_create, CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
	SEE(call(SYS_fcntl, fd, F_GETFL, 0));
	SEE(call(SYS_fcntl, fd, F_GETFD, 0));
	bad.it_value.tv_nsec = SEC;
	neg.it_interval.tv_sec = -1;
	other = NEW(call(SYS_eventfd2, 0, 0));
	SEE(call(SYS_timerfd_settime, fd, 4, &its, 0));
	SEE(call(SYS_timerfd_settime, fd, 0, &bad, 0));
	SEE(call(SYS_timerfd_settime, fd, 0, &neg, 0));
	SEE(call(SYS_timerfd_settime, -1, 4, &its, 0));
	SEE(call(SYS_timerfd_settime, -1, 0, 8, 0));
	SEE(call(SYS_timerfd_settime, -1, 0, &its, 0));
	SEE(call(SYS_timerfd_settime, other, 0, &its, 0));
	SEE(call(SYS_timerfd_settime, fd, 0, &its, 8));
	SEE(call(SYS_timerfd_gettime, other, &old));
	SEE(call(SYS_timerfd_gettime, fd, 8));
	SEE(call(SYS_timerfd_gettime, -1, 8));
	SEE(call(SYS_read, fd, buf, 7));
	SEE(call(SYS_read, fd, buf, 8));
	SEE(call(SYS_write, fd, buf, 8));
	SEE(call(SYS_pread64, fd, buf, 8, 0));
	SEE(call(SYS_ioctl, fd, 0x40085400, 8));
	SEE(call(SYS_ioctl, fd, 0x40085401, buf));
	SEE(call(SYS_close, other));
	SEE(call(SYS_close, fd));
}

TEST(timerfd_gives_linux_errnos)
{
	BOTH(timerfd_arguments());
}

static void timerfd_once(int clock)
{
	struct itimerspec its = spec(30 * MS, 0), old;
	long long fd = NEW(call(SYS_timerfd_create, clock, 0)), begin = now(CLOCK_MONOTONIC), took;

	SEE(call(SYS_timerfd_gettime, fd, &old));
	SEE(ns(old.it_value));
	SEE(readable(fd, 0));
	SEE(call(SYS_timerfd_settime, fd, 0, &its, &old));
	SEE(ns(old.it_value));
	SEE(call(SYS_timerfd_gettime, fd, &old));
	SEE(ns(old.it_value) > 0 && ns(old.it_value) <= 30 * MS);
	SEE(readable(fd, 0));
	/* A blocking read, and what is there after it. */
	SEE(ticks(fd));
	took = now(CLOCK_MONOTONIC) - begin;
	SEE(took >= 30 * MS && took < 3 * SEC);
	SEE(call(SYS_timerfd_gettime, fd, &old));
	SEE(ns(old.it_value));
	SEE(readable(fd, 0));
	/* An absolute time that has passed. */
	its = spec(1, 0);
	SEE(call(SYS_timerfd_settime, fd, TFD_TIMER_ABSTIME, &its, 0));
	SEE(readable(fd, 3000));
	SEE(readable(fd, 0));
	SEE(ticks(fd));
	/* One that is to come; poll sleeps until then. */
	its = spec(now(clock) + 30 * MS, 0);
	SEE(call(SYS_timerfd_settime, fd, TFD_TIMER_ABSTIME, &its, 0));
	SEE(readable(fd, 1));
	SEE(readable(fd, 3000));
	SEE(now(clock) >= ns(its.it_value));
	SEE(ticks(fd));
	/* Disarmed before it was read: no ticks are left. */
	its = spec(1, 0);
	SEE(call(SYS_timerfd_settime, fd, TFD_TIMER_ABSTIME, &its, 0));
	SEE(readable(fd, 3000));
	its = spec(0, SEC);
	SEE(call(SYS_timerfd_settime, fd, 0, &its, &old));
	SEE(ns(old.it_value));
	SEE(readable(fd, 0));
	SEE(call(SYS_timerfd_gettime, fd, &old));
	SEE(ns(old.it_value));
	SEE(ns(old.it_interval));
	/* As far as can be. */
	its = spec(0, 0);
	its.it_value.tv_sec = 0x7fffffffffffffff;
	SEE(call(SYS_timerfd_settime, fd, 0, &its, 0));
	SEE(readable(fd, 0));
	SEE(call(SYS_close, fd));
}

TEST(timerfd_expires_once)
{
	BOTH(timerfd_once(CLOCK_MONOTONIC));
	BOTH(timerfd_once(CLOCK_REALTIME));
	BOTH(timerfd_once(CLOCK_BOOTTIME));
}

static void timerfd_again(void)
{
	struct itimerspec its = spec(1, 20 * MS), old;
	long long fd = NEW(call(SYS_timerfd_create, CLOCK_MONOTONIC, TFD_NONBLOCK)), n;

	SEE(call(SYS_timerfd_settime, fd, 0, &its, 0));
	usleep(110000);
	SEE(readable(fd, 0));
	n = ticks(fd);
	SEE(n >= 6 && n < 100);
	SEE(ticks(fd));
	SEE(readable(fd, 3000));
	SEE(ticks(fd) >= 1);
	SEE(call(SYS_timerfd_gettime, fd, &old));
	SEE(ns(old.it_interval));
	SEE(ns(old.it_value) > 0 && ns(old.it_value) <= 20 * MS);
	/* Asking for the time counts what has passed, and keeps it. */
	usleep(50000);
	SEE(call(SYS_timerfd_gettime, fd, &old));
	SEE(ns(old.it_value) > 0 && ns(old.it_value) <= 20 * MS);
	SEE(readable(fd, 0));
	SEE(ticks(fd) >= 2);
	/* A period that nobody could keep up with. */
	its = spec(1, 1);
	SEE(call(SYS_timerfd_settime, fd, 0, &its, 0));
	usleep(20000);
	SEE(ticks(fd) >= 20 * MS);
	SEE(call(SYS_close, fd));
}

TEST(timerfd_expires_again_and_again)
{
	BOTH(timerfd_again());
}

static void timerfd_set_ticks(void)
{
	unsigned long long n = 7, none = 0;
	struct itimerspec its = spec(100 * SEC, 0);
	long long fd = NEW(call(SYS_timerfd_create, CLOCK_MONOTONIC, TFD_NONBLOCK));

	SEE(call(SYS_timerfd_settime, fd, 0, &its, 0));
	SEE(call(SYS_ioctl, fd, 0x40085400, &n));
	SEE(readable(fd, 0));
	SEE(ticks(fd));
	SEE(ticks(fd));
	SEE(call(SYS_ioctl, fd, 0x40085400, &none));
	SEE(call(SYS_close, fd));
}

TEST(timerfd_ticks_can_be_set)
{
	BOTH(timerfd_set_ticks());
}

static void timerfd_cancel(void)
{
	struct itimerspec its = spec(now(CLOCK_REALTIME) + 20 * MS, 0);
	long long fd = NEW(call(SYS_timerfd_create, CLOCK_REALTIME, 0));

	/* Nobody sets the clock meanwhile: it expires as any other. */
	SEE(call(SYS_timerfd_settime, fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &its, 0));
	SEE(readable(fd, 0));
	SEE(ticks(fd));
	SEE(call(SYS_timerfd_settime, fd, TFD_TIMER_CANCEL_ON_SET, &its, 0));
	SEE(call(SYS_close, fd));
}

TEST(timerfd_that_a_set_clock_would_cancel)
{
	BOTH(timerfd_cancel());
}

/* ---- signalfd ---- */

static void signalfd_arguments(void)
{
	unsigned long long mask = 1ull << (SIGUSR1 - 1), all = ~0ull;
	struct signalfd_siginfo si;
	long long fd, other;

	SEE(call(SYS_signalfd4, -1, &mask, 4, 0));
	SEE(call(SYS_signalfd4, -1, 8, 8, 0));
	SEE(call(SYS_signalfd4, -1, &mask, 8, 1));
	SEE(call(SYS_signalfd4, 999, &mask, 8, 0));
	other = NEW(call(SYS_eventfd2, 0, 0));
	SEE(call(SYS_signalfd4, other, &mask, 8, 0));
	fd = NEW(call(SYS_signalfd4, -1, &mask, 8, SFD_NONBLOCK | SFD_CLOEXEC));
	SEE(call(SYS_signalfd4, fd, &all, 8, 0) == fd);
	SEE(call(SYS_signalfd, fd, &mask, 8) == fd);
	SEE(call(SYS_fcntl, fd, F_GETFL, 0));
	SEE(call(SYS_fcntl, fd, F_GETFD, 0));
	SEE(call(SYS_read, fd, &si, sizeof(si) - 1));
	SEE(call(SYS_read, fd, &si, sizeof(si)));
	SEE(call(SYS_write, fd, &si, sizeof(si)));
	SEE(call(SYS_close, other));
	SEE(call(SYS_close, fd));
}

TEST(signalfd_gives_linux_errnos)
{
	BOTH(signalfd_arguments());
}

static void see_siginfo(const struct signalfd_siginfo *si)
{
	SEE(si->ssi_signo);
	SEE(si->ssi_errno);
	SEE(si->ssi_code);
	SEE(si->ssi_pid);
	SEE(si->ssi_uid);
	SEE(si->ssi_fd);
	SEE(si->ssi_band);
	SEE(si->ssi_overrun);
	SEE(si->ssi_trapno);
	SEE(si->ssi_status);
	SEE(si->ssi_int);
	SEE((long long)si->ssi_ptr);
	SEE((long long)si->ssi_addr);
	SEE(si->ssi_addr_lsb);
	SEE(si->ssi_syscall);
	SEE((long long)si->ssi_call_addr);
	SEE(si->ssi_arch);
}

static void queue(int sig, int code, const void *fields, size_t size)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_code = code;
	memcpy((char *)&info + 16, fields, size);
	if (syscall(SYS_rt_tgsigqueueinfo, getpid(), (int)syscall(SYS_gettid), sig, &info))
		FAIL("rt_tgsigqueueinfo: %d", errno);
}

static void signalfd_read(void)
{
	static const unsigned int fields[8] = { 11, 22, 33, 44, 55, 66, 77, 88 };
	const struct { int sig, code; } kinds[] = {
		{ SIGUSR2, SI_QUEUE }, { SIGUSR1, SI_USER }, { SIGRTMIN, SI_TIMER }, { SIGRTMIN + 1, SI_MESGQ },
		{ SIGIO, SI_SIGIO }, { SIGIO, POLL_IN }, { SIGCHLD, CLD_EXITED }, { SIGSEGV, SEGV_MAPERR },
		{ SIGBUS, BUS_MCEERR_AO }, { SIGSYS, 1 }, { SIGTRAP, TRAP_BRKPT }, { SIGRTMIN + 2, 7 },
		{ SIGRTMIN + 3, SI_KERNEL }, { SIGILL, 1 }, { SIGFPE, 1 },
	};
	struct signalfd_siginfo si[4];
	unsigned long long mask = ~0ull;
	sigset_t set, old;
	long long fd;

	sigfillset(&set);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	fd = NEW(call(SYS_signalfd4, -1, &mask, 8, SFD_NONBLOCK));
	SEE(readable(fd, 0));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		queue(kinds[i].sig, kinds[i].code, fields, sizeof(fields));
		SEE(readable(fd, 0));
		memset(si, 0x55, sizeof(si));
		SEE(call(SYS_read, fd, si, sizeof(si)));
		see_siginfo(si);
		BYTES(si, sizeof(si[0]));
		SEE(readable(fd, 0));
	}
	/* Several at once, standard ones first, real-time ones in order and each by itself. */
	for (int i = 0; i < 3; i++)
		queue(SIGRTMIN + 1, SI_QUEUE, &fields[i], 24);
	queue(SIGUSR1, SI_USER, fields, 8);
	queue(SIGUSR1, SI_USER, fields, 8);
	SEE(call(SYS_read, fd, si, sizeof(si) - 1));
	SEE(si[0].ssi_signo == SIGUSR1);
	SEE(si[1].ssi_int);
	SEE(si[2].ssi_int);
	/* What isn't in the mask stays where it is. */
	mask = 1ull << (SIGUSR2 - 1);
	SEE(call(SYS_signalfd4, fd, &mask, 8, 0) == fd);
	SEE(readable(fd, 0));
	SEE(call(SYS_read, fd, si, sizeof(si)));
	mask = ~0ull;
	SEE(call(SYS_signalfd4, fd, &mask, 8, 0) == fd);
	SEE(call(SYS_read, fd, 8, sizeof(si[0])));
	SEE(call(SYS_read, fd, si, sizeof(si)));
	SEE(call(SYS_close, fd));
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

TEST(signalfd_tells_all_kinds_of_signals)
{
	BOTH(signalfd_read());
}

static pthread_t waiting;

static void *send_later(void *arg)
{
	usleep(30000);
	pthread_kill(waiting, SIGUSR1);
	return arg;
}

static void signalfd_wait(void)
{
	struct signalfd_siginfo si = { 0 };
	unsigned long long mask = 1ull << (SIGUSR1 - 1);
	sigset_t set, old;
	pthread_t sender;
	long long fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	waiting = pthread_self();
	fd = NEW(call(SYS_signalfd4, -1, &mask, 8, 0));
	pthread_create(&sender, NULL, send_later, NULL);
	SEE(call(SYS_read, fd, &si, sizeof(si)));
	SEE(si.ssi_signo);
	pthread_join(sender, NULL);
	pthread_create(&sender, NULL, send_later, NULL);
	SEE(readable(fd, 3000));
	SEE(call(SYS_read, fd, &si, sizeof(si)));
	pthread_join(sender, NULL);
	SEE(call(SYS_close, fd));
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

TEST(signalfd_is_waited_for)
{
	BOTH(signalfd_wait());
}

/* ---- POSIX timers ---- */

static void timer_arguments(void)
{
	struct itimerspec its = spec(0, 0), bad = spec(SEC, 0), old;
	struct sigevent ev = { .sigev_notify = SIGEV_NONE };
	int id = -1, other = -1;

	for (int clock = -1; clock < 20; clock++) {
		/* Those of CPU time, TAI and alarms are not in a box. */
		if ((clock > 1 && clock < 4) || (clock > 7 && clock < 12) || clock < 0)
			continue;
		SEE(call(SYS_timer_create, clock, &ev, &id));
		if (id >= 0)
			SEE(call(SYS_timer_delete, id));
		id = -1;
	}
	SEE(call(SYS_timer_create, 1, 8, &id));
	SEE(call(SYS_timer_create, 99, 8, &id));
	SEE(call(SYS_timer_create, 1, &ev, 8));
	ev.sigev_notify = 3;
	SEE(call(SYS_timer_create, 1, &ev, &id));
	ev.sigev_notify = SIGEV_SIGNAL;
	ev.sigev_signo = 0;
	SEE(call(SYS_timer_create, 1, &ev, &id));
	ev.sigev_signo = 65;
	SEE(call(SYS_timer_create, 1, &ev, &id));
	ev.sigev_signo = SIGUSR1;
	ev.sigev_notify = SIGEV_THREAD_ID;
	ev._sigev_un._tid = 1;
	SEE(call(SYS_timer_create, 1, &ev, &id));
	ev._sigev_un._tid = getpid();
	SEE(call(SYS_timer_create, 1, &ev, &id));
	SEE(call(SYS_timer_create, 1, 0, &other));
	SEE(id != other);
	SEE(call(SYS_timer_settime, id, 0, 0, 0));
	SEE(call(SYS_timer_settime, id, 0, 8, 0));
	bad.it_value.tv_nsec = SEC;
	SEE(call(SYS_timer_settime, 9999, 0, &bad, 0));
	SEE(call(SYS_timer_settime, 9999, 0, &its, 0));
	SEE(call(SYS_timer_settime, -1, 0, &its, 0));
	SEE(call(SYS_timer_settime, id, 0, &its, 8));
	SEE(call(SYS_timer_gettime, id, 8));
	SEE(call(SYS_timer_gettime, 9999, 8));
	SEE(call(SYS_timer_getoverrun, 9999));
	SEE(call(SYS_timer_getoverrun, id));
	SEE(call(SYS_timer_delete, 9999));
	SEE(call(SYS_timer_delete, id));
	SEE(call(SYS_timer_gettime, id, &old));
	SEE(call(SYS_timer_delete, other));
}

TEST(timers_give_linux_errnos)
{
	BOTH(timer_arguments());
}

static void timer_silent(int clock)
{
	struct sigevent ev = { .sigev_notify = SIGEV_NONE };
	struct itimerspec its = spec(100 * SEC, 7 * SEC), old;
	int id;

	SEE(call(SYS_timer_create, clock, &ev, &id));
	SEE(call(SYS_timer_gettime, id, &old));
	SEE(ns(old.it_value));
	SEE(call(SYS_timer_settime, id, 0, &its, &old));
	SEE(ns(old.it_value));
	SEE(call(SYS_timer_gettime, id, &old));
	SEE(ns(old.it_value) > 90 * SEC && ns(old.it_value) <= 100 * SEC);
	SEE(ns(old.it_interval));
	its = spec(now(clock) - SEC, 0);
	SEE(call(SYS_timer_settime, id, TIMER_ABSTIME, &its, &old));
	SEE(ns(old.it_value) > 90 * SEC);
	SEE(call(SYS_timer_gettime, id, &old));
	SEE(ns(old.it_value));
	/* It has expired and goes on. */
	its = spec(now(clock) - SEC, 10 * SEC);
	SEE(call(SYS_timer_settime, id, TIMER_ABSTIME, &its, NULL));
	SEE(call(SYS_timer_gettime, id, &old));
	SEE(ns(old.it_value) > 5 * SEC && ns(old.it_value) <= 9 * SEC);
	/* Disarmed: no interval stays. */
	its = spec(0, 10 * SEC);
	SEE(call(SYS_timer_settime, id, 0, &its, NULL));
	SEE(call(SYS_timer_gettime, id, &old));
	/* Natively the time stays that the timer would have had. */
	if (!native_side)
		EQ(ns(old.it_value), 0);
	SEE(ns(old.it_interval));
	SEE(call(SYS_timer_delete, id));
}

TEST(timers_without_signals)
{
	BOTH(timer_silent(CLOCK_MONOTONIC));
	BOTH(timer_silent(CLOCK_REALTIME));
	BOTH(timer_silent(CLOCK_BOOTTIME));
}

/* What South is asked for. */
TEST(timers_with_signals_are_the_hosts)
{
	struct sigevent ev = { .sigev_signo = SIGUSR2, .sigev_value = { .sival_int = 7 } };
	struct itimerspec its = spec(500 * SEC, 3 * SEC);
	const struct south_timer *t = &hosted_last_timer.timer;
	unsigned int handles = hosted_handles();
	int id, plain;

	EQ(north(SYS_timer_create, CLOCK_REALTIME, &ev, &id), 0);
	EQ(hosted_handles(), handles + 1);
	EQ(north(SYS_timer_settime, id, TIMER_ABSTIME, &its, 0), 0);
	EQ(t->clock, CLOCK_REALTIME);
	EQ(t->expires, 500 * SEC);
	EQ(t->interval, 3 * SEC);
	EQ(t->sig, SIGUSR2);
	EQ(t->value, 7);
	EQ(t->id, id);
	EQ(t->tid, getpid());
	EQ(t->process, 1);
	/* Nobody who sets the clock moves what is relative. */
	EQ(north(SYS_timer_settime, id, 0, &its, 0), 0);
	EQ(t->clock, CLOCK_MONOTONIC);
	OK(t->expires > 500 * SEC);
	hosted_last_timer.overrun = 12;
	EQ(north(SYS_timer_getoverrun, id), 12);
	hosted_last_timer.overrun = 0;
	its = spec(0, 0);
	EQ(north(SYS_timer_settime, id, 0, &its, 0), 0);
	EQ(t->expires, 0);
	EQ(north(SYS_timer_create, CLOCK_MONOTONIC, 0, &plain), 0);
	its = spec(500 * SEC, 0);
	EQ(north(SYS_timer_settime, plain, 0, &its, 0), 0);
	EQ(t->sig, SIGALRM);
	EQ(t->value, plain);
	ev.sigev_notify = SIGEV_THREAD_ID;
	ev._sigev_un._tid = (int)syscall(SYS_gettid);
	EQ(north(SYS_timer_delete, id), 0);
	EQ(north(SYS_timer_create, CLOCK_BOOTTIME, &ev, &id), 0);
	EQ(north(SYS_timer_settime, id, 0, &its, 0), 0);
	EQ(t->tid, syscall(SYS_gettid));
	EQ(t->process, 0);
	EQ(t->clock, CLOCK_BOOTTIME);
	EQ(north(SYS_timer_delete, id), 0);
	EQ(north(SYS_timer_delete, plain), 0);
	EQ(hosted_handles(), handles);
	/* Refused, natively not. */
	EQ(north(SYS_timer_create, CLOCK_PROCESS_CPUTIME_ID, &ev, &id), -EOPNOTSUPP);
	EQ(north(SYS_timer_create, CLOCK_THREAD_CPUTIME_ID, &ev, &id), -EOPNOTSUPP);
	EQ(north(SYS_timer_create, CLOCK_REALTIME_ALARM, &ev, &id), -EOPNOTSUPP);
}

TEST(a_process_has_as_many_timers_as_signals_may_be_pending)
{
	unsigned long long before = hosted_task(getpid())->rlim_cur[11];
	struct sigevent ev = { .sigev_notify = SIGEV_NONE };
	int id[3], more;

	hosted_task(getpid())->rlim_cur[11] = 3;
	for (int i = 0; i < 3; i++)
		EQ(north(SYS_timer_create, 1, &ev, &id[i]), 0);
	EQ(north(SYS_timer_create, 1, &ev, &more), -EAGAIN);
	hosted_task(getpid())->rlim_cur[11] = before;
	for (int i = 0; i < 3; i++)
		EQ(north(SYS_timer_delete, id[i]), 0);
}

TEST(a_child_has_no_timers_and_takes_none_along)
{
	unsigned int handles = hosted_handles();
	struct itimerspec its = spec(500 * SEC, 0);
	struct task *child, *parent = north_current;
	int id, own;

	EQ(north(SYS_timer_create, 1, 0, &id), 0);
	EQ(north(SYS_fork), 0);
	child = hosted_child(31000, 31000);
	hosted_become(child);
	EQ(north(SYS_timer_gettime, id, &its), -EINVAL);
	EQ(north(SYS_timer_create, 1, 0, &own), 0);
	its = spec(500 * SEC, 0);
	EQ(north(SYS_timer_settime, own, 0, &its, 0), 0);
	EQ(hosted_handles(), handles + 2);
	hosted_become(parent);
	hosted_exit(child);
	EQ(hosted_handles(), handles + 1);
	EQ(north(SYS_timer_delete, id), 0);
	EQ(hosted_handles(), handles);
}

/* ---- clocks ---- */

static void adjusting(void)
{
	struct timex t = { .modes = ADJ_TICK, .tick = 10000 };
	long long state;

	/* Natively it is root who may. */
	if (!native_side) {
		EQ(call(SYS_adjtimex, &t), -EPERM);
		EQ(call(SYS_clock_adjtime, CLOCK_REALTIME, &t), -EPERM);
		t.modes = ADJ_OFFSET_SINGLESHOT;
		EQ(call(SYS_adjtimex, &t), -EPERM);
	}
	t.modes = ADJ_OFFSET_SS_READ;
	state = call(SYS_adjtimex, &t);
	SEE(state >= 0 && state <= TIME_ERROR);
	t.modes = 0;
	state = call(SYS_clock_adjtime, CLOCK_REALTIME, &t);
	SEE(state >= 0 && state <= TIME_ERROR);
	SEE(t.precision);
	SEE(t.tolerance);
	SEE(t.tick > 9000 && t.tick < 11000);
	SEE(t.time.tv_sec - now(CLOCK_REALTIME) / SEC <= 0);
	SEE(now(CLOCK_REALTIME) / SEC - t.time.tv_sec < 3);
	t.modes = ADJ_TICK;
	SEE(call(SYS_adjtimex, 8));
	SEE(call(SYS_clock_adjtime, CLOCK_MONOTONIC, &t));
	SEE(call(SYS_clock_adjtime, 99, &t));
}

TEST(clocks_are_read_and_not_adjusted)
{
	BOTH(adjusting());
}
