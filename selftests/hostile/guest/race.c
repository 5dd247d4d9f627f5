// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that change what a call of another thread is reading: paths, arrays of
 * iovec, argument lists, descriptors in messages (toctou), and the memory itself,
 * which goes, comes back and loses its permissions (unmap).
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "guest.h"

enum { PAGE = 4096, PAGES = 4 };

/* What callers pass and flippers change. Each lies across the border of two pages. */
static struct target {
	char *base;
	char *path;		/* some 64 bytes */
	struct iovec *iov;	/* 8 */
	char **argv;		/* 8 */
	struct msghdr *msg;
	char *control;		/* with room for 8 descriptors */
	struct pollfd *polls;	/* 8 */
	char *data;		/* a page */
} target;

static bool target_open(void)
{
	char *base = mmap(NULL, 2 * PAGES * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (base == MAP_FAILED)
		return false;
	target.base = base;
	target.path = base + PAGE - 20;
	target.iov = (void *)(base + 2 * PAGE - 40);
	target.argv = (void *)(base + 3 * PAGE - 24);
	target.msg = (void *)(base + 4 * PAGE - 24);
	target.control = base + 5 * PAGE - 24;
	target.polls = (void *)(base + 6 * PAGE - 24);
	target.data = base + 7 * PAGE - PAGE / 2;
	return true;
}

static void flip_control(void)
{
	struct cmsghdr *c = (void *)target.control;

	c->cmsg_level = one_in(8) ? (int)random_number() : SOL_SOCKET;
	c->cmsg_type = one_in(8) ? (int)below(4) : SCM_RIGHTS;
	c->cmsg_len = one_in(4) ? random_length() : CMSG_LEN(4 * below(9));
	for (int i = 0; i < 8; i++)
		((int *)CMSG_DATA(c))[i] = random_fd();
	target.msg->msg_iov = target.iov;
	target.msg->msg_iovlen = one_in(8) ? random_length() : below(9);
	target.msg->msg_control = one_in(8) ? (void *)random_address() : target.control;
	target.msg->msg_controllen = one_in(4) ? random_length() : CMSG_SPACE(4 * below(9));
}

static void flip_values(void)
{
	static const char *const paths[] = {
		"file", "dir/../file", "../../../../../../etc/shadow", "/proc/self/exe", "loop1", "dir",
		"chain3", "/proc/self/fd/4", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	};
	unsigned int i = below(8);

	switch (below(6)) {
	case 0: strcpy(target.path, PICK(paths)); break;
	case 1: target.path[below(60)] = "/.x\0"[below(4)]; break;
	case 2: target.iov[i] = (struct iovec){ (void *)random_address(), random_length() }; break;
	case 3: target.argv[i] = one_in(4) ? NULL : (char *)random_path(); break;
	case 4: flip_control(); break;
	case 5: target.polls[i] = (struct pollfd){ random_fd(), below(64), 0 }; break;
	}
}

static void flip_memory(void)
{
	char *at = target.base + below(2 * PAGES) * PAGE;
	size_t len = (1 + below(2)) * PAGE;

	switch (below(8)) {
	case 0:
		CALL(__NR_munmap, at, len);
		sched_yield();
		break;
	case 1: CALL(__NR_mprotect, at, len, PROT_NONE); break;
	case 2: CALL(__NR_mprotect, at, len, PROT_READ); break;
	case 3: CALL(__NR_madvise, at, len, MADV_DONTNEED); break;
	case 4: CALL(__NR_mremap, at, len, len, MREMAP_MAYMOVE); break;
	case 5: CALL(__NR_madvise, at, len, PICK(((int[]){ MADV_PAGEOUT, MADV_COLD, MADV_FREE }))); break;
	}
	CALL(__NR_mmap, target.base, 2 * PAGES * PAGE, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | (one_in(8) ? MAP_FIXED : MAP_FIXED_NOREPLACE), -1, 0);
	CALL(__NR_mprotect, target.base, 2 * PAGES * PAGE, PROT_READ | PROT_WRITE);
}

static bool with_memory;

static void flip(void *arg)
{
	(void)arg;
	while (more()) {
		if (with_memory)
			flip_memory();
		else
			for (int i = 0; i < 64; i++)
				flip_values();
	}
}

static void execute(void *arg)
{
	(void)arg;
	CALL(__NR_execve, target.path, target.argv, target.argv);
}

static void one_call(void)
{
	int fd = random_fd();

	switch (below(24)) {
	case 0:
		fd = CALL(__NR_open, target.path, O_RDWR | O_NONBLOCK);
		CALL(__NR_close, fd);
		break;
	case 1: CALL(__NR_newfstatat, AT_FDCWD, target.path, target.data, 0); break;
	case 2: CALL(__NR_rename, target.path, "new"); break;
	case 3: CALL(__NR_readlink, target.path, target.data, PAGE); break;
	case 4: CALL(__NR_symlink, target.path, target.path + 2); break;
	case 5: CALL(__NR_mkdir, target.path, 0777); break;
	case 6: CALL(__NR_unlink, target.path); break;
	case 7: CALL(__NR_readv, fd, target.iov, below(9)); break;
	case 8: CALL(__NR_writev, fd, target.iov, below(9)); break;
	case 9: CALL(__NR_preadv, fd, target.iov, below(9), below(8192), 0); break;
	case 10: CALL(__NR_pwritev, fd, target.iov, below(9), below(8192), 0); break;
	case 11: CALL(__NR_sendmsg, fd, target.msg, MSG_DONTWAIT); break;
	case 12: CALL(__NR_recvmsg, fd, target.msg, MSG_DONTWAIT); break;
	case 13: CALL(__NR_poll, target.polls, 8, 1); break;
	case 14: CALL(__NR_select, 64, target.data, target.polls, target.iov, target.msg); break;
	case 15: CALL(__NR_epoll_ctl, fd, 1 + below(3), random_fd(), target.polls); break;
	case 16: CALL(__NR_getdents64, fd, target.data, PAGE); break;
	case 17: CALL(__NR_read, fd, target.data, below(3 * PAGE)); break;
	case 18: CALL(__NR_write, fd, target.data, below(3 * PAGE)); break;
	case 19: CALL(__NR_openat2, AT_FDCWD, target.path, target.iov, 24); break;
	case 20: CALL(__NR_getcwd, target.data, PAGE); break;
	case 21: CALL(__NR_rt_sigprocmask, below(3), NULL, target.data, 8); break;
	case 22: CALL(__NR_clock_nanosleep, 0, 0, target.iov, target.data); break;
	case 23:
		child(execute, NULL);
		reap();
		break;
	}
}

static void caller(void *arg)
{
	(void)arg;
	while (more())
		one_call();
}

static void stay(int sig)
{
	(void)sig;
	/* A flipper that finds no memory of its own to write to: it will come back. */
	flip_memory();
}

static void race(bool memory)
{
	struct sigaction action = { .sa_handler = stay, .sa_flags = SA_NODEFER };

	with_memory = memory;
	pool_open();
	if (!target_open())
		return;
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	for (int i = 0; i < 2; i++)
		thread(flip, NULL);
	for (int i = 0; i < 3; i++)
		thread(caller, NULL);
	caller(NULL);
}

void run_toctou(void)
{
	race(false);
}

void run_unmap(void)
{
	race(true);
}
