// SPDX-License-Identifier: GPL-2.0
/* Leases on files. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include "both.h"

static const char *path;

static long long file(int flags)
{
	long long fd = call(SYS_openat, AT_FDCWD, path, flags, 0600);

	NEW(fd);
	return fd;
}

static long long lease(long long fd, int type)
{
	return call(SYS_fcntl, fd, F_SETLEASE, type);
}

static long long leased(long long fd)
{
	return call(SYS_fcntl, fd, F_GETLEASE, 0);
}

static void enter(void)
{
	signal(SIGIO, SIG_IGN);
	path = native_side ? "/tmp/north-lease" : "/dev/shm/lease";
	call(SYS_close, file(O_CREAT | O_RDWR));
}

static void who_may(void)
{
	long long a, b, dir;

	enter();
	NEW(dir = call(SYS_openat, AT_FDCWD, "/", O_RDONLY, 0));
	SEE(lease(dir, F_RDLCK));
	SEE(lease(dir, 7));
	a = file(O_RDONLY);
	SEE(lease(a, 7));
	SEE(lease(-1, F_RDLCK));
	SEE(lease(a, F_UNLCK));
	SEE(leased(a));
	SEE(lease(a, F_RDLCK));
	SEE(leased(a));
	SEE(call(SYS_fcntl, a, F_GETOWN, 0) == getpid());
	/* Another reader, another lease. */
	b = file(O_RDONLY);
	SEE(lease(b, F_RDLCK));
	SEE(lease(b, F_WRLCK));
	SEE(lease(a, F_RDLCK));
	call(SYS_close, a);
	SEE(lease(b, F_WRLCK));
	SEE(leased(b));
	SEE(lease(b, F_RDLCK));
	call(SYS_close, b);
	a = file(O_RDWR);
	SEE(lease(a, F_RDLCK));
	SEE(lease(a, F_WRLCK));
	SEE(leased(a));
	call(SYS_close, a);
	a = file(O_RDONLY);
	b = file(O_WRONLY);
	SEE(lease(a, F_RDLCK));
	SEE(lease(b, F_WRLCK));
	call(SYS_close, b);
	SEE(lease(a, F_WRLCK));
	SEE(lease(a, F_UNLCK));
	SEE(leased(a));
	call(SYS_close, a);
	call(SYS_close, dir);
	SEE(call(SYS_unlink, path));
}

TEST(who_may_have_a_lease)
{
	BOTH(who_may());
}

static void broken(void)
{
	long long a, b;

	enter();
	a = file(O_RDONLY);
	SEE(lease(a, F_WRLCK));
	NEW(call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0));
	SEE(leased(a));
	NEW(call(SYS_openat, AT_FDCWD, path, O_WRONLY | O_NONBLOCK, 0));
	SEE(leased(a));
	SEE(lease(a, F_UNLCK));
	b = file(O_RDONLY | O_NONBLOCK);
	SEE(lease(a, F_RDLCK));
	call(SYS_close, file(O_RDONLY | O_NONBLOCK));
	call(SYS_close, file(O_PATH));
	NEW(call(SYS_openat, AT_FDCWD, path, O_RDWR | O_NONBLOCK, 0));
	SEE(leased(a));
	/* Nobody gets a new one while another is asked to go. */
	SEE(lease(b, F_RDLCK));
	call(SYS_close, a);
	SEE(lease(b, F_RDLCK));
	call(SYS_close, b);
	call(SYS_close, file(O_RDWR | O_NONBLOCK));
	a = file(O_RDWR);
	SEE(lease(a, F_WRLCK));
	NEW(call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0));
	SEE(leased(a));
	/* Its own descriptor may write; and may say that it stays a reader. */
	SEE(call(SYS_ftruncate, a, 10));
	SEE(lease(a, F_RDLCK));
	SEE(leased(a));
	call(SYS_close, a);
	SEE(call(SYS_unlink, path));
}

TEST(an_open_that_does_not_wait_breaks_it)
{
	BOTH(broken());
}

static long long held;

static void give_up(void *arg)
{
	struct timespec soon = { 0, 100000000 };

	nanosleep(&soon, NULL);
	call(SYS_fcntl, held, F_SETLEASE, *(int *)arg);
}

static void waiting(int type, int to, int flags)
{
	struct second s;
	long long fd;

	enter();
	held = file(O_RDONLY);
	SEE(lease(held, type));
	second_start(&s, give_up, &to);
	if (flags < 0) {
		SEE(call(SYS_truncate, path, 100));
	} else {
		fd = file(flags);
		call(SYS_close, fd);
	}
	second_join(&s);
	SEE(leased(held));
	call(SYS_close, held);
	SEE(call(SYS_unlink, path));
}

TEST(an_open_waits_until_it_is_given_up)
{
	BOTH(waiting(F_WRLCK, F_UNLCK, O_RDWR));
	BOTH(waiting(F_WRLCK, F_RDLCK, O_RDONLY));
	BOTH(waiting(F_RDLCK, F_UNLCK, O_WRONLY | O_TRUNC));
	BOTH(waiting(F_RDLCK, F_UNLCK, -1));
}

TEST(the_holder_is_told_and_has_so_much_time)
{
	long long bound = north(SYS_openat, AT_FDCWD, "/proc/sys/fs/lease-break-time", O_RDWR, 0), a, b;
	struct timespec from, to;
	unsigned int count;

	native_side = 0;
	EQ(north(SYS_write, bound, "1\n", 2), 2);
	enter();
	a = file(O_RDONLY);
	EQ(lease(a, F_WRLCK), 0);
	EQ(north(SYS_fcntl, a, F_SETSIG, 40), 0);
	count = hosted_last_signal.count;
	clock_gettime(CLOCK_MONOTONIC, &from);
	b = north(SYS_openat, AT_FDCWD, path, O_RDONLY, 0);
	OK(b >= 0);
	EQ(hosted_last_signal.count, count + 1);
	EQ(hosted_last_signal.sig, 40);
	EQ(hosted_last_signal.id, getpid());
	EQ(hosted_last_signal.kind, SOUTH_SIGNAL_PROCESS);
	clock_gettime(CLOCK_MONOTONIC, &to);
	OK(to.tv_sec - from.tv_sec <= 10);
	EQ(leased(a), F_RDLCK);
	EQ(north(SYS_close, b), 0);
	b = north(SYS_openat, AT_FDCWD, path, O_RDWR, 0);
	OK(b >= 0);
	EQ(leased(a), F_UNLCK);
	EQ(lease(a, F_UNLCK), -EAGAIN);
	/* Signalled while it waits, an open gives up. */
	EQ(north(SYS_close, b), 0);
	EQ(lease(a, F_WRLCK), 0);
	hosted_signal(north_current, 1);
	EQ(north(SYS_openat, AT_FDCWD, path, O_RDWR, 0), -512);
	hosted_signal(north_current, 0);
	EQ(north(SYS_close, a), 0);
	EQ(north(SYS_pwrite64, bound, "45\n", 3, 0), 3);
	EQ(north(SYS_close, bound), 0);
	EQ(north(SYS_unlink, path), 0);
}
