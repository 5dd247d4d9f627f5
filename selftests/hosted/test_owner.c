// SPDX-License-Identifier: GPL-2.0
/* Who is told of what happens to files, by which signal, and what it says: O_ASYNC and its kin. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include "both.h"

#define SIGNAL 40
#define F_GETOWNER_UIDS_ 17

static char buf[1 << 17];
static u32 heard_before;

static void listen_(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGNAL);
	sigaddset(&set, SIGIO);
	sigprocmask(SIG_BLOCK, &set, NULL);
	heard_before = hosted_last_signal.count;
}

/* How many signals came since the last time, and what the last one says, with @fd as its file. */
static void heard_(long long fd, int line)
{
	static const struct timespec now = { 0, 0 };
	siginfo_t info, last;
	long long n = 0;
	sigset_t set;

	memset(&last, 0, sizeof(last));
	if (native_side) {
		sigemptyset(&set);
		sigaddset(&set, SIGNAL);
		sigaddset(&set, SIGIO);
		/* A terminal's signals come a little later. */
		usleep(2000);
		while (sigtimedwait(&set, &info, &now) > 0) {
			last = info;
			n++;
		}
	} else {
		n = hosted_last_signal.count - heard_before;
		heard_before = hosted_last_signal.count;
		if (hosted_last_signal.told)
			memcpy(&last, hosted_last_signal.info, SOUTH_SIGINFO_SIZE);
		else
			last.si_signo = hosted_last_signal.sig;
	}
	see(n, line);
	if (!n)
		return;
	see(last.si_signo, line);
	if (last.si_signo != SIGNAL)
		return;
	see(last.si_code, line);
	see(last.si_band, line);
	see(last.si_fd == fd, line);
}
#define HEARD(fd) heard_(fd, __LINE__)

/* @fd's owner is the test, told of it by @sig. */
static void tell_me(long long fd, int sig)
{
	SEE(call(SYS_fcntl, fd, F_SETOWN, getpid()));
	SEE(call(SYS_fcntl, fd, F_SETSIG, sig));
	SEE(call(SYS_fcntl, fd, F_SETFL, O_ASYNC | O_NONBLOCK));
}

static void pipes(int sig, int flags)
{
	long long r, w, more;
	int fd[2];

	listen_();
	SEE(call(SYS_pipe2, fd, O_NONBLOCK | flags));
	r = fd[0];
	w = fd[1];
	SEE(call(SYS_write, w, buf, 10));
	HEARD(r);
	tell_me(r, sig);
	HEARD(r);
	SEE(call(SYS_write, w, buf, 10));
	HEARD(r);
	SEE(call(SYS_read, r, buf, 5));
	HEARD(r);
	tell_me(w, sig);
	SEE(call(SYS_read, r, buf, 5));
	HEARD(w);
	/* Both ends: each of its own side. */
	SEE(call(SYS_write, w, buf, 70000));
	HEARD(r);
	SEE(call(SYS_read, r, buf, 70000));
	HEARD(w);
	SEE(call(SYS_read, r, buf, 1));
	HEARD(w);
	/* Another descriptor, another number, as long as it was set by that one. */
	more = NEW(call(SYS_dup, r));
	SEE(call(SYS_fcntl, r, F_SETFL, O_NONBLOCK));
	SEE(call(SYS_write, w, buf, 1));
	HEARD(r);
	SEE(call(SYS_fcntl, more, F_SETFL, O_NONBLOCK | O_ASYNC));
	SEE(call(SYS_close, r));
	SEE(call(SYS_write, w, buf, 1));
	HEARD(more);
	SEE(call(SYS_fcntl, w, F_SETFL, 0));
	SEE(call(SYS_close, w));
	HEARD(more);
	SEE(call(SYS_close, more));
	HEARD(more);
}

TEST(pipes_tell_of_their_own_side)
{
	BOTH(pipes(SIGNAL, 0));
	BOTH(pipes(0, 0));
	BOTH(pipes(SIGNAL, O_DIRECT));
}

static void splices(void)
{
	struct iovec ten = { buf, 10 };
	int a[2], b[2];

	listen_();
	SEE(call(SYS_pipe2, a, O_NONBLOCK));
	SEE(call(SYS_pipe2, b, O_NONBLOCK));
	tell_me(b[0], SIGNAL);
	tell_me(a[1], SIGNAL);
	SEE(call(SYS_write, a[1], buf, 100));
	HEARD(-1);
	SEE(call(SYS_tee, a[0], b[1], 10, 0));
	HEARD(b[0]);
	SEE(call(SYS_vmsplice, b[1], &ten, 1, 0));
	HEARD(b[0]);
	for (int i = 0; i < 2; i++) {
		SEE(call(SYS_close, a[i]));
		SEE(call(SYS_close, b[i]));
	}
	HEARD(b[0]);
}

TEST(splices_tell_as_writes_do)
{
	BOTH(splices());
}

static void sockets(int type)
{
	int fd[2];
	long long n, m;

	listen_();
	SEE(call(SYS_socketpair, AF_UNIX, type | SOCK_NONBLOCK, 0, fd));
	tell_me(fd[0], SIGNAL);
	SEE(call(SYS_write, fd[1], buf, 10));
	HEARD(fd[0]);
	SEE(call(SYS_write, fd[0], buf, 10));
	SEE(call(SYS_read, fd[1], buf, 10));
	HEARD(fd[0]);
	/* Until there is no room: that there is some again is told. */
	for (n = 0; call(SYS_write, fd[0], buf, 4000) > 0; n++)
		;
	HEARD(fd[0]);
	for (m = 0; call(SYS_read, fd[1], buf, 4000) > 0; m++)
		;
	SEE(n == m);
	HEARD(fd[0]);
	if (type != SOCK_DGRAM) {
		SEE(call(SYS_shutdown, fd[1], SHUT_WR));
		HEARD(fd[0]);
		SEE(call(SYS_shutdown, fd[1], SHUT_RDWR));
		HEARD(fd[0]);
	}
	SEE(call(SYS_close, fd[1]));
	HEARD(fd[0]);
	SEE(call(SYS_close, fd[0]));
}

TEST(sockets_tell_of_data_room_and_ends)
{
	BOTH(sockets(SOCK_STREAM));
	BOTH(sockets(SOCK_SEQPACKET));
	BOTH(sockets(SOCK_DGRAM));
}

static void listeners(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX, .sun_path = "\0north-owner" };
	long long l, c;

	listen_();
	l = NEW(call(SYS_socket, AF_UNIX, SOCK_STREAM, 0));
	SEE(call(SYS_bind, l, &sa, 14));
	SEE(call(SYS_listen, l, 5));
	tell_me(l, SIGNAL);
	c = NEW(call(SYS_socket, AF_UNIX, SOCK_STREAM, 0));
	SEE(call(SYS_connect, c, &sa, 14));
	HEARD(l);
	SEE(call(SYS_close, c));
	HEARD(l);
	SEE(call(SYS_close, l));
}

TEST(listeners_tell_of_connections)
{
	BOTH(listeners());
}

static void terminals(void)
{
	int zero = 0, n = -1, pgrp = 0;
	long long master, slave;
	char name[32];

	listen_();
	master = NEW(call(SYS_openat, -100, "/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK));
	SEE(call(SYS_ioctl, master, TIOCSPTLCK, &zero));
	SEE(call(SYS_ioctl, master, TIOCGPTN, &n));
	sprintf(name, "/dev/pts/%d", n);
	slave = NEW(call(SYS_openat, -100, name, O_RDWR | O_NOCTTY | O_NONBLOCK));
	SEE(call(SYS_fcntl, slave, F_SETSIG, SIGNAL));
	SEE(call(SYS_fcntl, slave, F_SETFL, O_NONBLOCK | O_ASYNC));
	/* Nobody was named: it is for who set it. */
	SEE(call(SYS_fcntl, slave, F_GETOWN) == getpid());
	SEE(call(SYS_write, master, "part", 4));
	HEARD(slave);
	SEE(call(SYS_write, master, " line\n", 6));
	HEARD(slave);
	SEE(call(SYS_read, slave, buf, 100));
	HEARD(slave);
	tell_me(master, SIGNAL);
	HEARD(master);
	SEE(call(SYS_write, slave, "x", 1));
	HEARD(master);
	while (call(SYS_write, slave, buf, 4096) > 0)
		;
	SEE(call(SYS_fcntl, master, F_SETFL, O_NONBLOCK));
	heard_before = hosted_last_signal.count;
	if (native_side)
		usleep(5000);
	while (call(SYS_read, master, buf, sizeof(buf)) > 0)
		if (native_side)
			usleep(1000);
	if (native_side) {
		sigset_t set;
		struct timespec now = { 0, 0 };

		sigemptyset(&set);
		sigaddset(&set, SIGNAL);
		for (n = 0; sigtimedwait(&set, NULL, &now) > 0; n++)
			;
	} else {
		n = hosted_last_signal.count - heard_before;
		heard_before = hosted_last_signal.count;
	}
	SEE(n > 0);
	SEE(call(SYS_close, master));
	SEE(call(SYS_fcntl, slave, F_GETOWN, &pgrp) == getpid());
	SEE(call(SYS_close, slave));
}

TEST(terminals_tell_of_lines_and_of_room)
{
	BOTH(terminals());
}

static void watches(void)
{
	const char *dir = native_side ? "/tmp" : "/dev/shm";
	char name[64];
	long long in;

	listen_();
	sprintf(name, "%s/north-owner", dir);
	in = NEW(call(SYS_inotify_init1, IN_NONBLOCK));
	SEE(call(SYS_inotify_add_watch, in, dir, IN_CREATE) > 0);
	tell_me(in, SIGNAL);
	SEE(call(SYS_mkdir, name, 0700));
	HEARD(in);
	SEE(call(SYS_rmdir, name));
	HEARD(in);
	SEE(call(SYS_close, in));
}

TEST(inotify_tells_of_events)
{
	BOTH(watches());
}

static long long at(const char *dir, const char *name, char *path)
{
	sprintf(path, "%s/north-dn/%s", native_side ? "/tmp" : "/dev/shm", dir);
	if (*name)
		sprintf(path + strlen(path), "/%s", name);
	return (long long)path;
}

static void directories(int once)
{
	static const int all[] = { DN_ACCESS, DN_MODIFY, DN_CREATE, DN_DELETE, DN_RENAME, DN_ATTRIB,
				   DN_CREATE | DN_DELETE };
	char a[64], b[64];
	long long dir, same, f;

	listen_();
	call(SYS_mkdir, native_side ? "/tmp/north-dn" : "/dev/shm/north-dn", 0700);
	SEE(call(SYS_mkdir, at("one", "", a), 0700));
	SEE(call(SYS_mkdir, at("two", "", a), 0700));
	dir = NEW(call(SYS_openat, -100, at("one", "", a), O_RDONLY | O_DIRECTORY, 0));
	SEE(call(SYS_fcntl, dir, F_SETSIG, SIGNAL));
	for (u32 k = 0; k < sizeof(all) / sizeof(*all); k++) {
		SEE(call(SYS_fcntl, dir, F_NOTIFY, 0));
		SEE(call(SYS_fcntl, dir, F_NOTIFY, all[k] | (once ? 0 : DN_MULTISHOT)));
		f = NEW(call(SYS_openat, -100, at("one", "file", a), O_CREAT | O_RDWR, 0600));
		HEARD(dir);
		SEE(call(SYS_write, f, buf, 10));
		HEARD(dir);
		SEE(call(SYS_pread64, f, buf, 10, 0));
		HEARD(dir);
		SEE(call(SYS_fchmod, f, 0640));
		HEARD(dir);
		SEE(call(SYS_ftruncate, f, 5));
		HEARD(dir);
		SEE(call(SYS_rename, at("one", "file", a), at("one", "more", b)));
		HEARD(dir);
		SEE(call(SYS_rename, at("one", "more", a), at("two", "file", b)));
		HEARD(dir);
		SEE(call(SYS_rename, at("two", "file", a), at("one", "file", b)));
		HEARD(dir);
		SEE(call(SYS_close, f));
		HEARD(dir);
		SEE(call(SYS_unlink, b));
		HEARD(dir);
		SEE(call(SYS_mkdir, at("one", "sub", a), 0700));
		SEE(call(SYS_rmdir, a));
		HEARD(dir);
		SEE(call(SYS_chmod, at("one", "", a), 0750));
		HEARD(dir);
		SEE(call(SYS_getdents64, dir, buf, sizeof(buf)) > 0);
		SEE(call(SYS_lseek, dir, 0, SEEK_SET));
		HEARD(dir);
	}
	/* What is asked for adds up; closing any of the descriptors ends it. */
	SEE(call(SYS_fcntl, dir, F_NOTIFY, DN_CREATE));
	SEE(call(SYS_fcntl, dir, F_NOTIFY, DN_DELETE | DN_MULTISHOT));
	same = NEW(call(SYS_dup, dir));
	SEE(call(SYS_mkdir, at("one", "sub", a), 0700));
	SEE(call(SYS_rmdir, a));
	HEARD(dir);
	SEE(call(SYS_close, same));
	SEE(call(SYS_mkdir, a, 0700));
	HEARD(dir);
	SEE(call(SYS_fcntl, dir, F_NOTIFY, DN_DELETE));
	SEE(call(SYS_rmdir, a));
	HEARD(dir);
	f = NEW(call(SYS_openat, -100, at("one", "file", a), O_CREAT | O_RDWR, 0600));
	SEE(call(SYS_fcntl, f, F_NOTIFY, DN_CREATE));
	SEE(call(SYS_fcntl, f, F_NOTIFY, 0));
	SEE(call(SYS_close, f));
	SEE(call(SYS_unlink, a));
	/* The directory goes before the file that watches it. */
	SEE(call(SYS_fcntl, dir, F_NOTIFY, DN_DELETE | DN_ATTRIB));
	SEE(call(SYS_rmdir, at("one", "", a)));
	SEE(call(SYS_rmdir, at("two", "", a)));
	SEE(call(SYS_close, dir));
}

TEST(directories_tell_of_what_happens_in_them)
{
	BOTH(directories(0));
	BOTH(directories(1));
}

static void settings(void)
{
	struct f_owner_ex ex = { 7, 7 };
	unsigned int ids[2] = { 7, 7 };
	int fd[2], on = 1, off = 0;
	long long e;

	listen_();
	SEE(call(SYS_pipe2, fd, O_NONBLOCK));
	SEE(call(SYS_fcntl, fd[0], F_GETOWN_EX, &ex));
	SEE(ex.type);
	SEE(ex.pid);
	SEE(call(SYS_fcntl, fd[0], F_GETOWNER_UIDS_, ids));
	SEE(ids[0]);
	SEE(call(SYS_fcntl, fd[0], F_GETOWNER_UIDS_, 8));
	ex.type = F_OWNER_TID;
	ex.pid = getpid();
	SEE(call(SYS_fcntl, fd[0], F_SETOWN_EX, &ex));
	SEE(call(SYS_fcntl, fd[0], F_GETOWN) == getpid());
	SEE(call(SYS_fcntl, fd[0], F_GETOWNER_UIDS_, ids));
	SEE(call(SYS_fcntl, fd[0], F_SETOWN, 0));
	SEE(call(SYS_fcntl, fd[0], F_GETOWN_EX, &ex));
	SEE(ex.type);
	SEE(ex.pid);
	SEE(call(SYS_fcntl, fd[0], F_SETOWN, -getpgrp()));
	SEE(call(SYS_fcntl, fd[0], F_GETOWN) == -getpgrp());
	SEE(call(SYS_ioctl, fd[0], FIOASYNC, 8));
	SEE(call(SYS_ioctl, fd[0], FIOASYNC, &on));
	SEE(call(SYS_fcntl, fd[0], F_GETFL));
	SEE(call(SYS_ioctl, fd[0], FIOASYNC, &off));
	SEE(call(SYS_fcntl, fd[0], F_GETFL));
	/* An eventfd has nobody to tell. */
	e = NEW(call(SYS_eventfd2, 0, 0));
	SEE(call(SYS_ioctl, e, FIOASYNC, &off));
	SEE(call(SYS_ioctl, e, FIOASYNC, &on));
	SEE(call(SYS_fcntl, e, F_SETFL, O_ASYNC));
	SEE(call(SYS_fcntl, e, F_GETFL));
	/* Signals whose si_code is taken, and one that can't be queued. */
	tell_me(fd[0], SIGNAL);
	SEE(call(SYS_fcntl, fd[0], F_SETSIG, 65));
	SEE(call(SYS_fcntl, fd[0], F_GETSIG));
	SEE(call(SYS_close, e));
	SEE(call(SYS_close, fd[0]));
	SEE(call(SYS_close, fd[1]));
}

TEST(owners_are_set_and_shown)
{
	BOTH(settings());
}

static void told(u32 kind, s32 id, u32 sig, int info)
{
	EQ(hosted_last_signal.kind, kind);
	EQ(hosted_last_signal.id, id);
	EQ(hosted_last_signal.sig, sig);
	EQ(!!hosted_last_signal.told, info);
}

TEST(whom_a_signal_reaches)
{
	siginfo_t info = { 0 };
	struct task *child, *me = north_current;
	struct f_owner_ex ex;
	int fd[2];
	u32 count;

	native_side = 0;
	EQ(north(SYS_pipe2, fd, O_NONBLOCK), 0);
	EQ(north(SYS_fork), 0);
	child = hosted_child(71, 71);
	OK(child);
	hosted_task(71)->pgid = 71;
	EQ(north(SYS_fcntl, fd[0], F_SETFL, O_ASYNC | O_NONBLOCK), 0);
	count = hosted_last_signal.count;
	EQ(north(SYS_write, fd[1], "x", 1), 1);
	EQ(hosted_last_signal.count, count);

	ex = (struct f_owner_ex){ F_OWNER_TID, 71 };
	EQ(north(SYS_fcntl, fd[0], F_SETOWN_EX, &ex), 0);
	EQ(north(SYS_write, fd[1], "x", 1), 1);
	told(SOUTH_SIGNAL_THREAD, 71, SIGIO, 0);
	EQ(north(SYS_fcntl, fd[0], F_SETOWN, -71), 0);
	EQ(north(SYS_write, fd[1], "x", 1), 1);
	told(SOUTH_SIGNAL_GROUP, 71, SIGIO, 0);
	/* With siginfo each of the group by itself; of SIGSEGV its code would say something else. */
	EQ(north(SYS_fcntl, fd[0], F_SETSIG, SIGSEGV), 0);
	EQ(north(SYS_write, fd[1], "x", 1), 1);
	told(SOUTH_SIGNAL_PROCESS, 71, SIGSEGV, 1);
	memcpy(&info, hosted_last_signal.info, SOUTH_SIGINFO_SIZE);
	EQ(info.si_code, SI_SIGIO);
	/* No room for it: the plain one. */
	hosted_signals_full = 1;
	EQ(north(SYS_write, fd[1], "x", 1), 1);
	hosted_signals_full = 0;
	told(SOUTH_SIGNAL_PROCESS, 71, SIGIO, 0);

	/* Whose process it was set for, but by another user: he isn't told. */
	hosted_become(child);
	EQ(north(SYS_setresuid, 1000, 1000, 1000), 0);
	EQ(north(SYS_fcntl, fd[0], F_SETOWN, getpid()), 0);
	EQ(north(SYS_fcntl, fd[0], F_SETSIG, 0), 0);
	count = hosted_last_signal.count;
	EQ(north(SYS_write, fd[1], "x", 1), 1);
	EQ(hosted_last_signal.count, count);
	EQ(north(SYS_fcntl, fd[0], F_SETOWN, -71), 0);
	EQ(north(SYS_write, fd[1], "x", 1), 1);
	told(SOUTH_SIGNAL_PROCESS, 71, SIGIO, 0);
	EQ(hosted_last_signal.count, count + 1);
	hosted_become(me);

	/* Who is gone is neither shown nor told. */
	hosted_exit(child);
	EQ(north(SYS_fcntl, fd[0], F_GETOWN), 0);
	count = hosted_last_signal.count;
	EQ(north(SYS_write, fd[1], "x", 1), 1);
	EQ(hosted_last_signal.count, count);
	EQ(north(SYS_close, fd[0]), 0);
	EQ(north(SYS_close, fd[1]), 0);
}

static void waiting_main(void *arg)
{
	char c;

	call(SYS_read, *(int *)arg, &c, 1);
}

TEST(who_sleeps_for_bytes_of_a_stream_is_not_told_of_them)
{
	struct second s;
	int fd[2];
	u32 count;

	native_side = 0;
	EQ(north(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, fd), 0);
	EQ(north(SYS_fcntl, fd[0], F_SETOWN, getpid()), 0);
	EQ(north(SYS_fcntl, fd[0], F_SETFL, O_ASYNC), 0);
	second_start(&s, waiting_main, &fd[0]);
	usleep(100000);
	count = hosted_last_signal.count;
	EQ(north(SYS_write, fd[1], "x", 1), 1);
	second_join(&s);
	EQ(hosted_last_signal.count, count);
	EQ(north(SYS_write, fd[1], "x", 1), 1);
	EQ(hosted_last_signal.count, count + 1);
	EQ(north(SYS_close, fd[0]), 0);
	EQ(north(SYS_close, fd[1]), 0);
}
