// SPDX-License-Identifier: GPL-2.0
/*
 * Every import that can fail, and every allocation of North, fails once, wherever a scenario
 * gets to it: the first, the second, and so on until one is left to run through. Then:
 * the call in which it failed gives that error, or a result; no handle and no memory is
 * lost; and the next run of the scenario is as good as any. The sanitizers watch.
 *
 * The error is one that North has no business with. Where a call is known to give another,
 * the table says so.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <stdbool.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

static void faults_config(void);
#define TEST_CONFIG faults_config
#include "test.h"
#include "fault.h"

#define ERROR EREMOTEIO

/* North's own. */
extern size_t alloc_used(void);
extern bool dcache_shrink(void);

#define FILES 120	/* in the lower layer, for being copied up */

static char top[] = "/tmp/north-faults-XXXXXX";

static void host(const char *fmt, ...)
{
	char cmd[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	if (system(cmd))
		abort();
}

static void cleanup(void)
{
	host("rm -rf %s", top);
}

static void faults_config(void)
{
	char path[64];
	int pty;

	if (!mkdtemp(top))
		abort();
	atexit(cleanup);
	host("cd %s; chmod 755 .; mkdir lower shared; chmod 777 shared; cd lower; mkdir mnt srv; mkdir -m 1777 tmp; mkdir bin etc usr d d/e;"
	     "echo hello > etc/hello; echo one > d/one; echo two > d/e/two; ln -s d/e link;"
	     "printf '#!/bin/true x\\n' > bin/script; chmod 755 bin/script; cp /bin/true bin/true; mkdir many lib64;"
	     "for n in $(seq %u); do head -c 5000 /dev/urandom > many/$n; done;"
	     "cp /lib64/ld-linux-x86-64.so.2 lib64", top, FILES);
	pty = posix_openpt(O_RDWR | O_NOCTTY);
	if (pty < 0 || grantpt(pty) || unlockpt(pty) || dup2(open(ptsname(pty), O_RDWR | O_NOCTTY), 0))
		abort();
	snprintf(path, sizeof(path), "%s/lower", top);
	hosted_config("root %d trusted", hosted_place(path, 0));
	snprintf(path, sizeof(path), "%s/shared", top);
	hosted_config("bind %d rw /mnt", hosted_place(path, 1));
	hosted_config("tmpfs /srv");
}

/* ---- calls, and what they may answer ---- */

/*
 * A call that answers with another error than the one that befell it, and why that is right.
 * @nr 0: any.
 */
static const struct other {
	const char *point;
	long nr, error;
} others[] = {
	/* So does Linux of ancillary data. */
	{ "alloc", SYS_sendmsg, ENOBUFS },
	/* Linux's, too, where program headers can't be read. */
	{ "south_peek", SYS_execve, ENOEXEC },
	{ "south_peek", SYS_execve, ELIBBAD },
	{ "south_stream", SYS_ioctl, EIO },
	/* Linux's, where the signal of a timer can't be had. */
	{ "alloc", SYS_timer_create, EAGAIN },
	{ "south_timer", SYS_timer_create, EAGAIN },
	/* The only error that these have. */
	{ "south_poll", 0, ENOMEM },
	{ "south_task", 0, ESRCH },
};

static int is_other(long nr, long error)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(others[i].point, fault.name) && (!others[i].nr || others[i].nr == nr) &&
		    others[i].error == error)
			return 1;
	return 0;
}

static unsigned int strange;

/* What the calls of the scenario answer when nothing fails, in turn. */
static s64 usual[1024];
static unsigned int call;

static s64 judged(long nr, s64 result, const char *before)
{
	long want = strncmp(fault.name ?: "", "south_user_", 11) ? ERROR : EFAULT;

	if (call < sizeof(usual) / sizeof(usual[0])) {
		if (!fault.armed)
			usual[call] = result;
		else if (result == usual[call])
			before = fault.name;
	}
	call++;
	if (!fault.name || fault.name == before || result >= 0)
		return result;
	if (!strcmp(fault.name, "alloc") || !strcmp(fault.name, "resize") ||
	    !strcmp(fault.name, "south_grow"))
		want = ENOMEM;
	if (-result != want && !is_other(nr, -result)) {
		printf("# call %ld gives %s, not %s, when %s fails (the %u. failure)\n", nr,
		       strerrorname_np(-result) ?: "no errno", strerrorname_np(want), fault.name,
		       fault.nth);
		strange++;
	}
	return result;
}

#define CALL(nr, ...) ({							\
	const char *before_ = fault.name;					\
	judged(nr, north(nr, ##__VA_ARGS__), before_);				\
})
#define OPEN(path, flags) CALL(SYS_openat, AT_FDCWD, path, flags, 0644)

static void close_fd(s64 fd)
{
	if (fd >= 0)
		CALL(SYS_close, fd);
}
#define CLOSE(fd) close_fd(fd)

/* ---- scenarios: each ends as it began, whatever failed ---- */

static char buf[8192];

static void undo(const char *path)
{
	int armed = fault.armed;

	fault.armed = 0;
	if (north(SYS_unlinkat, AT_FDCWD, path, 0) == -EISDIR)
		north(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
	fault.armed = armed;
}

static void data(const char *name)
{
	s64 fd = OPEN(name, O_RDWR | O_CREAT), n;
	struct stat st;
	void *p;

	CALL(SYS_write, fd, buf, 5000);
	CALL(SYS_pwrite64, fd, "x", 1, 7000);
	CALL(SYS_pread64, fd, buf, 5000, 0);
	CALL(SYS_lseek, fd, 0, SEEK_DATA);
	CALL(SYS_ftruncate, fd, 100);
	CALL(SYS_fallocate, fd, 0, 0, 9000);
	CALL(SYS_fstat, fd, &st);
	CALL(SYS_fsync, fd);
	CALL(SYS_fdatasync, fd);
	n = CALL(SYS_dup, fd);
	CLOSE(n);
	p = (void *)CALL(SYS_mmap, 0, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if ((long)p > 0)
		munmap(p, 4096);
	n = OPEN("/srv/copy", O_RDWR | O_CREAT);
	CALL(SYS_copy_file_range, fd, 0, n, 0, 4096, 0);
	CALL(SYS_sendfile, n, fd, 0, 100);
	CLOSE(n);
	CLOSE(fd);
	fd = OPEN(name, O_WRONLY | O_APPEND | O_TRUNC);
	CALL(SYS_write, fd, buf, 10);
	CLOSE(fd);
	undo("/srv/copy");
	undo(name);
}

static void data_of_memory(void) { data("/srv/file"); }
static void data_of_a_bind(void) { data("/mnt/file"); }

/* A file of the lower layer is copied up when it is written to: each time another one. */
static void data_of_a_layer(void)
{
	static unsigned int n;
	char name[32];
	s64 fd;

	snprintf(name, sizeof(name), "/many/%u", ++n);
	fd = OPEN(name, O_RDONLY);
	CALL(SYS_read, fd, buf, 100);
	CLOSE(fd);
	fd = OPEN(name, O_RDWR);
	CALL(SYS_write, fd, "three", 5);
	CLOSE(fd);
	undo(name);
}

/* A list with a mask, as setxattr takes it: tags, what they give, no ids. */
static const unsigned int acl[] = { 2, 7 << 16 | 1, -1u, 5 << 16 | 4, -1u, 5 << 16 | 16, -1u, 5 << 16 | 32, -1u };

static void names(const char *folder)
{
	char a[64], b[64], c[64];
	struct stat st;
	s64 fd;

	snprintf(a, sizeof(a), "%s/a", folder);
	snprintf(b, sizeof(b), "%s/b", folder);
	snprintf(c, sizeof(c), "%s/a/c", folder);
	CALL(SYS_mkdir, a, 0755);
	CALL(SYS_setxattr, a, "system.posix_acl_default", acl, sizeof(acl), 0);
	CLOSE(OPEN(c, O_CREAT | O_EXCL | O_WRONLY));
	CALL(SYS_symlink, "a/c", b);
	CALL(SYS_readlink, b, buf, 100);
	CALL(SYS_stat, b, &st);
	CALL(SYS_setxattr, c, "system.posix_acl_access", acl, sizeof(acl), 0);
	CALL(SYS_getxattr, c, "system.posix_acl_access", buf, sizeof(buf));
	CALL(SYS_chmod, c, 0600);
	CALL(SYS_utimensat, AT_FDCWD, c, NULL, 0);
	CALL(SYS_truncate, c, 10);
	CALL(SYS_access, c, R_OK);
	CALL(SYS_unlink, b);
	CALL(SYS_link, c, b);
	CALL(SYS_rename, b, c);
	CALL(SYS_rename, c, b);
	CALL(SYS_renameat2, AT_FDCWD, b, AT_FDCWD, c, RENAME_WHITEOUT);
	CALL(SYS_renameat2, AT_FDCWD, c, AT_FDCWD, b, 0);
	CALL(SYS_statfs, b, buf);
	CALL(SYS_mknod, c, S_IFIFO | 0644, 0);
	fd = OPEN(a, O_RDONLY | O_DIRECTORY);
	CALL(SYS_getdents64, fd, buf, sizeof(buf));
	CLOSE(fd);
	CALL(SYS_unlink, c);
	CALL(SYS_unlink, b);
	CALL(SYS_rmdir, a);
	undo(c);
	undo(b);
	undo(a);
}

static void names_of_memory(void) { names("/srv"); }
static void names_of_a_bind(void) { names("/mnt"); }
static void names_of_a_layer(void) { names("/d/e"); }

static void walks(void)
{
	struct stat st;
	s64 fd;

	CALL(SYS_stat, "/link/two", &st);
	CALL(SYS_stat, "/etc/hello", &st);
	CALL(SYS_getcwd, buf, 100);
	CALL(SYS_chdir, "/d");
	CALL(SYS_chdir, "/");
	fd = OPEN("/d", O_RDONLY | O_DIRECTORY);
	CALL(SYS_getdents64, fd, buf, sizeof(buf));
	CALL(SYS_fchdir, fd);
	CALL(SYS_chdir, "/");
	CLOSE(fd);
}

static void pipes(void)
{
	struct pollfd p;
	int fd[2] = { -1, -1 };

	if (CALL(SYS_pipe2, fd, O_NONBLOCK) < 0)
		return;
	CALL(SYS_write, fd[1], buf, 5000);
	p = (struct pollfd){ fd[0], POLLIN, 0 };
	CALL(SYS_poll, &p, 1, 0);
	CALL(SYS_read, fd[0], buf, 5000);
	CALL(SYS_fcntl, fd[1], F_SETPIPE_SZ, 1 << 17);
	CALL(SYS_ioctl, fd[0], 0x541b /* FIONREAD */, buf);
	CLOSE(fd[0]);
	CLOSE(fd[1]);
}

static void events(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	struct itimerspec t = { .it_value.tv_nsec = 1 };
	s64 ep = CALL(SYS_epoll_create1, 0), fd;
	struct timespec ts = { 0, 1000 };
	struct pollfd p = { 0, POLLIN, 0 };
	struct iovec many[20] = { { buf, 8 } };
	struct iocb io, *ios = &io;
	aio_context_t aio = 0;
	u64 mask = 0;
	fd_set set;
	int timer;

	fd = CALL(SYS_eventfd2, 1, O_NONBLOCK);
	if (fd >= 0) {
		CALL(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, fd, &e);
		CALL(SYS_epoll_wait, ep, buf, 4, 0);
		CALL(SYS_read, fd, buf, 8);
		CALL(SYS_write, fd, "\1\0\0\0\0\0\0", 8);
		CLOSE(fd);
	}
	CLOSE(ep);
	fd = CALL(SYS_timerfd_create, CLOCK_MONOTONIC, O_NONBLOCK);
	CALL(SYS_timerfd_settime, fd, 0, &t, NULL);
	p.fd = (int)fd;
	CALL(SYS_poll, &p, 1, 0);
	CALL(SYS_read, fd, buf, 8);
	CALL(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, fd, &e);
	CLOSE(fd);
	p.fd = 0;
	CALL(SYS_timer_create, CLOCK_MONOTONIC, NULL, &timer);
	CALL(SYS_timer_settime, timer, 0, &t, &t);
	CALL(SYS_timer_getoverrun, timer);
	CALL(SYS_timer_delete, timer);
	fd = CALL(SYS_signalfd4, -1, &mask, 8, O_NONBLOCK);
	CALL(SYS_read, fd, buf, 128);
	CLOSE(fd);
	CALL(SYS_io_setup, 4, &aio);
	fd = CALL(SYS_memfd_create, "a", 0);
	io = (struct iocb){ .aio_fildes = (unsigned int)fd, .aio_lio_opcode = IOCB_CMD_PWRITEV,
			    .aio_buf = (unsigned long)many, .aio_nbytes = 20 };
	CALL(SYS_io_submit, aio, 1, &ios);
	CALL(SYS_io_getevents, aio, 0, 4, buf, NULL);
	CALL(SYS_io_destroy, aio);
	CLOSE(fd);
	fd = CALL(SYS_memfd_create, "m", 0);
	CALL(SYS_write, fd, buf, 100);
	CLOSE(fd);
	CALL(SYS_ppoll, &p, 1, &ts, NULL, 8);
	FD_ZERO(&set);
	FD_SET(0, &set);
	CALL(SYS_pselect6, 1, &set, NULL, NULL, &ts, NULL);
	CALL(SYS_pselect6, 0, NULL, NULL, NULL, &ts, NULL);
	CALL(SYS_nanosleep, &ts, NULL);
	CALL(SYS_ppoll, NULL, 0, &ts, &mask, 8);
	CALL(SYS_ioctl, 0, 0x5413 /* TIOCGWINSZ */, buf);
	fd = OPEN("/dev/zero", O_RDONLY);
	CALL(SYS_read, fd, buf, 5000);
	CLOSE(fd);
}

static void sysv(void)
{
	struct sembuf ops[] = { { 0, 1, SEM_UNDO }, { 1, 0, 0 }, { 2, 0, 0 }, { 0, 0, IPC_NOWAIT }, { 1, 1, 0 } };
	struct { long type; char text[100]; } m = { .type = 5 };
	unsigned short values[3] = { 0 };
	s64 id = CALL(SYS_semget, 0x1234, 3, IPC_CREAT | 0600), p;
	struct timespec ts = { 0, 0 };
	struct task *me = north_current, *t;
	int armed = fault.armed;

	CALL(SYS_semctl, id, 0, SETALL, values);
	CALL(SYS_semtimedop, id, ops, 5, &ts);
	CALL(SYS_semop, id, ops, 1);
	CALL(SYS_semctl, id, 0, GETALL, values);
	fault.armed = 0;
	if (id >= 0)
		EQ(north(SYS_semctl, id, 0, IPC_RMID, 0), 0);
	fault.armed = armed;
	id = CALL(SYS_msgget, IPC_PRIVATE, 0600);
	CALL(SYS_msgsnd, id, &m, 100, 0);
	CALL(SYS_msgrcv, id, &m, 100, 0, MSG_COPY | IPC_NOWAIT);
	CALL(SYS_msgrcv, id, &m, 100, 5, IPC_NOWAIT);
	CALL(SYS_msgctl, id, IPC_STAT, buf);
	CALL(SYS_msgctl, 0, MSG_INFO, buf);
	fault.armed = 0;
	if (id >= 0)
		EQ(north(SYS_msgctl, id, IPC_RMID, 0), 0);
	fault.armed = armed;
	id = CALL(SYS_shmget, 0x1234, 5000, IPC_CREAT | 0600);
	p = CALL(SYS_shmat, id, 0, 0);
	CALL(SYS_shmctl, id, IPC_STAT, buf);
	CALL(SYS_shmctl, 0, SHM_INFO, buf);
	if (p > 0) {
		CALL(SYS_shmdt, p);
		munmap((void *)p, 5000);
	}
	fault.armed = 0;
	if (id >= 0)
		EQ(north(SYS_shmctl, id, IPC_RMID, 0), 0);
	/* What was undone with SEM_UNDO is a task's: it ends, too. */
	t = hosted_enter(47000, 47000);
	hosted_become(t);
	id = north(SYS_semget, IPC_PRIVATE, 1, 0600);
	fault.armed = armed;
	CALL(SYS_semop, id, ops, 1);
	fault.armed = 0;
	EQ(north(SYS_semctl, id, 0, IPC_RMID, 0), 0);
	hosted_become(me);
	hosted_exit(t);
	fault.armed = armed;
}

static void queues(void)
{
	struct mq_attr attr = { .mq_maxmsg = 3, .mq_msgsize = 100 };
	s64 fd = CALL(SYS_mq_open, "queue", O_RDWR | O_CREAT | O_NONBLOCK, 0600, &attr);
	struct timespec ts = { 1, 0 };

	if (fd >= 0) {
		CALL(SYS_mq_timedsend, fd, buf, 100, 3, &ts);
		CALL(SYS_mq_getsetattr, fd, 0, &attr);
		CALL(SYS_read, fd, buf, 100);
		CALL(SYS_mq_timedreceive, fd, buf, 100, 0, 0);
	}
	CLOSE(fd);
	fd = CALL(SYS_mq_open, "queue", O_RDONLY, 0, 0);
	CLOSE(fd);
	CALL(SYS_mq_unlink, "queue");
	undo("/dev/mqueue/queue");
}

/* A descriptor and credentials, looked at and received. */
static void pass_on(const int *fd)
{
	struct {
		struct cmsghdr h;
		int fd, pad;
		struct cmsghdr hc;
		struct ucred who;
	} c = {
		{ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS }, fd[0], 0,
		{ CMSG_LEN(sizeof(struct ucred)), SOL_SOCKET, SCM_CREDENTIALS }, { getpid(), 0, 0 },
	};
	struct iovec v = { "x", 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof(c) };
	int yes = 1;

	CALL(SYS_setsockopt, fd[1], SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes));
	CALL(SYS_sendmsg, fd[0], &m, 0);
	for (int flags = MSG_PEEK; flags >= 0; flags -= MSG_PEEK) {
		char control[100];

		v.iov_base = buf;
		m.msg_control = control;
		m.msg_controllen = sizeof(control);
		if (CALL(SYS_recvmsg, fd[1], &m, flags) < 0 || m.msg_controllen < sizeof(c.h))
			continue;
		for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h))
			if (h->cmsg_type == SCM_RIGHTS && h->cmsg_len > CMSG_LEN(0))
				close_fd(*(int *)CMSG_DATA(h));
	}
	/* What a call that failed left behind. */
	CALL(SYS_close_range, fd[1] + 1, ~0u, 0);
}

static void connections(void)
{
	struct sockaddr_un path = { AF_UNIX, "/srv/socket" }, name = { AF_UNIX, "\0socket" };
	socklen_t len = sizeof(name);
	int value = 5;
	s64 server, client, got;

	server = CALL(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	client = CALL(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	CALL(SYS_bind, client, &name, sizeof(sa_family_t));
	CALL(SYS_bind, server, &path, sizeof(path));
	CALL(SYS_listen, server, 1);
	CALL(SYS_connect, client, &path, sizeof(path));
	got = CALL(SYS_accept, server, &name, &len);
	CALL(SYS_getsockopt, got, SOL_SOCKET, SO_TYPE, &value, &len);
	CALL(SYS_sendto, client, buf, 8000, MSG_NOSIGNAL, 0, 0);
	CALL(SYS_recvfrom, got, buf, 8000, MSG_DONTWAIT, &name, &len);
	CLOSE(got);
	CLOSE(client);
	CLOSE(server);
	undo("/srv/socket");
}

static void sockets(void)
{
	struct iovec v[10];
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 10 };
	int fd[2];

	for (int i = 0; i < 10; i++)
		v[i] = (struct iovec){ buf, 10 };
	if (CALL(SYS_socketpair, AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fd) < 0)
		return;
	CALL(SYS_sendmsg, fd[0], &m, 0);
	CALL(SYS_recvmsg, fd[1], &m, MSG_PEEK);
	CALL(SYS_recvmsg, fd[1], &m, 0);
	pass_on(fd);
	CALL(SYS_shutdown, fd[0], SHUT_RDWR);
	CLOSE(fd[0]);
	CLOSE(fd[1]);
	connections();
}

static void processes(void)
{
	struct task *me = north_current, *child;
	struct iovec v = { buf, 64 };
	s64 fd;

	if (CALL(SYS_fork) == 0) {
		int armed = fault.armed;

		fault.armed = 0;
		child = hosted_child(7001, 7001);
		fault.armed = armed;
		if (child) {
			hosted_become(child);
			CALL(SYS_umask, 022);
			CALL(SYS_prctl, 15 /* PR_SET_NAME */, "child");
			close_fd(CALL(SYS_pidfd_open, 7001, 0));
			hosted_exit(child);
			hosted_become(me);
		}
	}
	CALL(SYS_tkill, getpid(), 0);
	fd = CALL(SYS_pidfd_open, getpid(), 0);
	if (fd >= 0) {
		struct pollfd p = { fd, POLLIN, 0 };

		CALL(SYS_poll, &p, 1, 0);
		CALL(SYS_waitid | SOUTH_ASK, 3 /* P_PIDFD */, fd, NULL, 4 /* WEXITED */);
		CALL(SYS_pidfd_send_signal, fd, 0, NULL, 0);
		close_fd(CALL(SYS_pidfd_getfd, fd, 1, 0));
	}
	close_fd(fd);
	CALL(SYS_process_vm_readv, getpid(), &v, 1, &v, 1, 0);
	CALL(SYS_kcmp, getpid(), getpid(), 0, 1, 1);
	CALL(SYS_ptrace | SOUTH_ASK, 0, 0, 0, 0);
	CALL(SYS_unshare, 0x400 /* CLONE_FILES */);
	CALL(SYS_setpriority, 0, 0, 1);
	CALL(SYS_prlimit64, 0, 7, NULL, buf);
	CALL(SYS_getrusage, 0, buf);
	CALL(SYS_sysinfo, buf);
	CALL(SYS_uname, buf);
	CALL(SYS_getgroups, 0, NULL);
	CALL(SYS_sched_getaffinity, 0, 128, buf);
}

static void proc(void)
{
	static const char *const files[] = {
		"/proc/self/maps", "/proc/self/status", "/proc/self/stat", "/proc/self/cmdline",
		"/proc/self/environ", "/proc/self/auxv", "/proc/self/mounts", "/proc/meminfo",
		"/proc/cpuinfo", "/proc/self/limits", "/proc/uptime", "/proc/loadavg",
	};
	s64 fd;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		fd = OPEN(files[i], O_RDONLY);
		if (fd >= 0)
			CALL(SYS_read, fd, buf, sizeof(buf));
		CLOSE(fd);
	}
	fd = OPEN("/proc/self/fd", O_RDONLY | O_DIRECTORY);
	if (fd >= 0)
		CALL(SYS_getdents64, fd, buf, sizeof(buf));
	CLOSE(fd);
	CALL(SYS_readlink, "/proc/self/exe", buf, 100);
}

static void programs(void)
{
	static const char *const argv[] = { "x", "y", NULL };
	const char *before = fault.name;

	judged(SYS_execve, hosted_exec(AT_FDCWD, "/bin/true", argv, 0, 1), before);
	before = fault.name;
	judged(SYS_execve, hosted_exec(AT_FDCWD, "/bin/script", argv, 0, 0), before);
}

static void terminals(void)
{
	s64 master = OPEN("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK), slave;
	int unlock = 0, n = 0;
	char path[32];

	if (master < 0)
		return;
	CALL(SYS_ioctl, master, 0x40045431 /* TIOCSPTLCK */, &unlock);
	if (CALL(SYS_ioctl, master, 0x80045430 /* TIOCGPTN */, &n) >= 0) {
		snprintf(path, sizeof(path), "/dev/pts/%d", n);
		slave = OPEN(path, O_RDWR | O_NOCTTY);
		if (slave >= 0) {
			CALL(SYS_write, slave, "hello\n", 6);
			CALL(SYS_read, master, buf, 100);
			CALL(SYS_ioctl, slave, 0x5401 /* TCGETS */, buf);
		}
		CLOSE(slave);
	}
	CLOSE(master);
}

/* ---- the rounds ---- */

static void clean(void (*scenario)(void))
{
	fault.armed = 0;
	fault.name = NULL;
	call = 0;
	scenario();
	/* What is only remembered isn't lost. */
	while (dcache_shrink())
		;
}

/* @growth: how much memory a run may leave behind, as Linux would. */
static void each(void (*scenario)(void), size_t growth)
{
	size_t memory;
	u32 handles;
	unsigned int n, lost = 0;

	clean(scenario);
	clean(scenario);
	memory = alloc_used();
	handles = hosted_handles();
	strange = 0;
	for (n = 1; ; n++) {
		fault.error = -ERROR;
		fault.nth = n;
		fault.reached = 0;
		fault.name = NULL;
		call = 0;
		fault.armed = 1;
		scenario();
		fault.armed = 0;
		if (!fault.name)
			break;
		{
			const char *name = fault.name;

			clean(scenario);
			if (hosted_handles() != handles || alloc_used() > memory + growth) {
				printf("# %s fails (the %u.): handles %u, were %u; memory %zu, was %zu\n",
				       name, n, hosted_handles(), handles, alloc_used(), memory);
				lost++;
				handles = hosted_handles();
			}
			memory = alloc_used();
		}
	}
	printf("# %u failures\n", n - 1);
	EQ(strange, 0);
	EQ(lost, 0);
	OK(n > 5);
}

TEST(memory_files) { each(data_of_memory, 0); }
TEST(host_files) { each(data_of_a_bind, 0); }
/* Each leaves a whiteout, and at times their table doubles. */
TEST(layered_files) { each(data_of_a_layer, 512); }
TEST(names_in_memory) { each(names_of_memory, 0); }
TEST(names_on_the_host) { each(names_of_a_bind, 0); }
TEST(names_in_a_layer) { each(names_of_a_layer, 0); }
TEST(path_walks) { each(walks, 0); }
TEST(pipe_calls) { each(pipes, 0); }
TEST(waiting) { each(events, 0); }
TEST(sysv_ipc) { each(sysv, 0); }
TEST(message_queues) { each(queues, 0); }
TEST(socket_calls) { each(sockets, 0); }
TEST(tasks_and_facts) { each(processes, 0); }
TEST(proc_files) { each(proc, 0); }
TEST(exec_of_programs) { each(programs, 0); }
TEST(terminal_pairs) { each(terminals, 0); }

/* Points that can't fail here, and why. */
static const char *const spared[] = {
	"south_grow",		/* the allocator that the sanitizers see into doesn't call it */
	"south_config",		/* only asked at boot */
};

static bool is_spared(const char *name)
{
	for (size_t i = 0; i < sizeof(spared) / sizeof(spared[0]); i++)
		if (!strcmp(spared[i], name))
			return true;
	return false;
}

/* Last: all have failed somewhere. */
TEST(every_import_has_failed)
{
	unsigned int wrong = 0, hit = 0, i;

	for (i = 0; fault_name(i); i++) {
		hit += fault.failed[i] > 0;
		if (is_spared(fault_name(i)) == !fault.failed[i])
			continue;
		printf("# %s %s (%u calls)\n", fault_name(i), fault.failed[i] ? "fails, after all" :
		       "never failed", fault.seen[i]);
		wrong++;
	}
	printf("# %u of %u imports and allocators have failed\n", hit, i);
	EQ(wrong, 0);
}
