// SPDX-License-Identifier: GPL-2.0
/* What arguments are made of: descriptors, addresses, lengths, paths, structures. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>
#include "guest.h"

enum { PAGE = 4096, FIXED = 24 };

char *arena, program[PATH_MAX];
static char *readonly, *none, *behind, *beyond;
static int fds[64], n_fds, victim;
static char deep[3 * PATH_MAX], full[PATH_MAX], name_max[256], name_over[257], noise[64];
static char about[64];	/* a path made for one use */

static void pool_fd(int fd)
{
	if (fd >= 0 && n_fds < 64)
		fds[n_fds++] = fd;
}

static void pool_pair(int err, const int pair[2])
{
	if (err)
		return;
	pool_fd(pair[0]);
	pool_fd(pair[1]);
}

/* The same names for every process; who comes second finds them there. */
static void make_names(void)
{
	char name[32], next[32];
	int fd;

	mkdir("dir", 0777);
	mkdir("dir/dir", 0777);
	mkdir("dir/dir/dir", 0777);
	fd = open("file", O_RDWR | O_CREAT, 0666);
	if (fd >= 0) {
		if (ftruncate(fd, 3 * PAGE + 17))
			errno = 0;
		close(fd);
	}
	mkfifo("fifo", 0666);
	link("file", "dir/link");
	symlink("loop2", "loop1");
	symlink("loop1", "loop2");
	symlink(".", "here");
	symlink("/proc/self/fd/0", "magic");
	for (int i = 0; i < 45; i++) {
		snprintf(name, sizeof(name), "chain%d", i);
		snprintf(next, sizeof(next), i < 44 ? "chain%d" : "file", i + 1);
		symlink(next, name);
	}
}

static void open_fds(void)
{
	sigset_t usr;
	int pair[2];

	n_fds = 0;
	pool_fd(open("file", O_RDWR));
	pool_fd(open("file", O_RDONLY));
	pool_fd(open("file", O_WRONLY | O_APPEND));
	pool_fd(open(".", O_RDONLY | O_DIRECTORY));
	pool_fd(open("dir", O_PATH));
	pool_fd(open("/", O_RDONLY | O_DIRECTORY));
	pool_fd(open("fifo", O_RDWR | O_NONBLOCK));
	pool_fd(open("/dev/null", O_RDWR));
	pool_fd(open("/dev/zero", O_RDWR));
	pool_fd(open("/dev/full", O_RDWR));
	pool_fd(open("/dev/urandom", O_RDONLY));
	pool_fd(open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK));
	pool_fd(open("/proc/self/maps", O_RDONLY));
	pool_fd(open("/proc/self/mem", O_RDWR));
	pool_fd(open("/proc/self/fd", O_RDONLY | O_DIRECTORY));
	pool_fd(open("/proc", O_RDONLY | O_DIRECTORY));
	pool_fd(open("/etc/passwd", O_RDONLY));
	pool_fd(open(program, O_RDONLY));
	pool_pair(pipe2(pair, 0), pair);
	pool_pair(pipe2(pair, O_NONBLOCK), pair);
	pool_pair(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), pair);
	pool_pair(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair), pair);
	pool_pair(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), pair);
	pool_fd(eventfd(1, 0));
	pool_fd(eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK));
	pool_fd(epoll_create1(0));
	pool_fd(memfd_create("hostile", MFD_ALLOW_SEALING));
	pool_fd(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
	sigemptyset(&usr);
	sigaddset(&usr, SIGUSR1);
	pool_fd(signalfd(-1, &usr, SFD_NONBLOCK));
	pool_fd(inotify_init1(IN_NONBLOCK));
	pool_fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
	pool_fd(socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0));
	pool_fd(socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, 0));
}

static void wait_forever(void *arg)
{
	(void)arg;
	while (more())
		poll(NULL, 0, 100);
}

static char *map(size_t len, int prot, int flags, int fd)
{
	char *p = mmap(NULL, len, prot, flags, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

void pool_open(void)
{
	int fd;

	/* Others have unlinked some by now; now and then they are put back. */
	if (access("chain44", F_OK) || one_in(32))
		make_names();
	open_fds();
	arena = map(ARENA + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (!arena)
		_exit(3);
	munmap(arena + ARENA, PAGE);
	readonly = map(PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	none = map(PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	/* A page of a file, and one that the file doesn't reach to. */
	fd = open("short", O_RDWR | O_CREAT, 0666);
	if (fd >= 0 && !ftruncate(fd, PAGE)) {
		behind = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
		beyond = behind ? behind + PAGE : NULL;
	}
	close(fd);
	for (size_t i = 0; i + 1 < sizeof(deep); i++)
		deep[i] = i % 2 ? '/' : '.';
	memset(full, 'x', sizeof(full) - 1);
	for (size_t i = 200; i + 1 < sizeof(full); i += 200)
		full[i] = '/';
	memset(name_max, 'n', sizeof(name_max) - 1);
	memset(name_over, 'n', sizeof(name_over) - 1);
	victim = child(wait_forever, NULL);
}

int random_fd(void)
{
	static const int odd[] = { -1, -100 /* AT_FDCWD */, 0, 1, 2, 3, 4, 5, 63, 1023, 1024,
				   65535, 1 << 20, INT_MAX, INT_MIN };

	return n_fds && !one_in(6) ? fds[below(n_fds)] : PICK(odd);
}

uint64_t random_number(void)
{
	static const int64_t edges[] = {
		0, 1, 2, 7, 8, 16, 255, 256, 4095, 4096, 4097, 65535, 65536, INT_MAX, INT_MIN,
		UINT_MAX, 1LL << 32, INT64_MAX, INT64_MIN, -1, -2, -4095, -4096, 0x7ffff000,
		0x7ffff001, 1LL << 40, 1LL << 47, (1LL << 47) - 4096,
	};

	switch (below(4)) {
	case 0: return random_word() >> below(64);
	case 1: return 1ULL << below(64);
	case 2: return below(256);
	default: return PICK(edges) + (one_in(4) ? (int)below(3) - 1 : 0);
	}
}

uint64_t random_length(void)
{
	static const uint64_t some[] = { 0, 1, 2, 3, 7, 8, 16, 24, 64, 128, 144, 255, 256, 4095,
					 4096, 4097, 65535, 65536 };

	return one_in(6) ? random_number() : PICK(some);
}

static char *valid_address(void)
{
	return one_in(3) ? arena + ARENA - below(32) : arena + below(ARENA);
}

uint64_t random_address(void)
{
	char local;

	switch (below(24)) {
	case 0: return 0;
	case 1: return below(65536);
	case 2: return -1 - (uint64_t)below(4096);
	case 3: return 0xffffffff81000000 + (random_word() & 0xffffff);	/* kernel text */
	case 4: return 0xffff888000000000 + (random_word() & 0x3fffffff);	/* all of memory */
	case 5: return 0x8000000000000000 | random_word();		/* not canonical, mostly */
	case 6: return 0x800000000000 - below(2 * PAGE);		/* where user memory ends */
	case 7: return 0x7ffffffff000 - below(64);
	case 8: return (uint64_t)&local - below(1 << 14);
	case 9: return getauxval(AT_SYSINFO_EHDR) + below(2 * PAGE);
	case 10: return getauxval(AT_SYSINFO_EHDR) - below(4 * PAGE);
	case 11: return (uint64_t)random_address + below(1 << 16);
	case 12: return (uint64_t)readonly + below(PAGE);
	case 13: return (uint64_t)none + below(PAGE);
	case 14: return (uint64_t)beyond + below(PAGE);
	case 15: return (uint64_t)behind + PAGE - below(16);
	case 16: return 0x555555554000 + (random_word() & 0xffffffffff000); /* the exec stub's range */
	case 17: return random_word();
	default: return (uint64_t)valid_address();
	}
}

int random_pid(void)
{
	switch (below(8)) {
	case 0: return 1;
	case 1: return 0;
	case 2: return 4000000 + below(1000000);
	case 3: return -2000000 - (int)below(1000000);
	case 4: return INT_MIN;
	case 5: return getpid();
	default: return victim > 0 ? victim : getpid();
	}
}

int random_signal(void)
{
	static const int calm[] = { 0, SIGCHLD, SIGURG, SIGWINCH, SIGCONT, SIGALRM, SIGUSR1 };

	return one_in(8) ? (int)below(70) - 2 : PICK(calm);
}

const char *random_path(void)
{
	static const char *const names[] = {
		"file", "file", "file", "dir", "dir/link", "dir/dir/dir/../../link", "fifo", "new",
		"new2", "dir/new", "dir/new/new", "loop1", "chain0", "chain4", "chain5", "chain44", "magic",
		"here/here/here/file", "file/", "file/.", "dir/", "dir/.", "dir/..", "", ".", "..",
		"/", "//", "/..", "../../../../../..", "/etc/passwd", "/etc", "/bin/true",
		"/usr/bin/python3", "/tmp", "/root", "/nonexistent/x", "/dev", "/dev/null",
		"/dev/zero", "/dev/full", "/dev/tty", "/dev/ptmx", "/dev/pts/0", "/dev/pts",
		"/dev/stdin", "/dev/mem", "/dev/kmsg", "/proc", "/proc/self", "/proc/self/exe",
		"/proc/self/root/proc/self/cwd/file", "/proc/self/mem", "/proc/self/maps",
		"/proc/self/task", "/proc/self/environ", "/proc/self/fd/0", "/proc/self/fd/3",
		"/proc/self/fd/4", "/proc/thread-self", "/proc/1/root", "/proc/1/status",
		"/proc/1/mem", "/proc/1/fd", "/proc/sys/kernel/hostname", "/proc/kcore",
		"/proc/sysrq-trigger", "/proc/mounts", "/proc/meminfo", "/proc/stat", "/sys", "/sys/kernel",
	};

	switch (below(20)) {
	case 0: return deep + (below(4) ? sizeof(deep) - PATH_MAX + 2 * below(3) : below(8) * 2);
	case 1: return full + below(2);
	case 2: return name_max;
	case 3: return name_over;
	case 4:
		for (size_t i = 0; i + 1 < sizeof(noise); i++)
			noise[i] = random_word();
		return noise;
	case 5:
		snprintf(about, sizeof(about), "/proc/%d/%s", random_pid(),
			 (const char *const[]){ "status", "fd", "maps", "exe", "cwd/..", "task" }[below(6)]);
		return about;
	case 6:
		return (const char *)random_address();
	default: return PICK(names);
	}
}

static uint64_t word(void)
{
	switch (below(6)) {
	case 0: return random_address();
	case 1: return random_fd();
	case 2: return random_number();
	case 3: return 0;
	case 4: return (uint64_t)random_path();
	default: return below(32);
	}
}

void *random_structure(size_t len)
{
	uint64_t words[64];
	size_t n = len < sizeof(words) ? len : sizeof(words);
	char *at;

	if (one_in(8))
		return (void *)random_address();
	at = one_in(3) ? arena + ARENA - n + (one_in(3) ? below(n + 1) : 0) :
			 arena + below((ARENA - (uint32_t)n) / 8) * 8;
	for (size_t i = 0; i < n / 8 + 1 && i < 64; i++)
		words[i] = word();
	/* What doesn't fit is what the kernel stumbles over. */
	if (at + n > arena + ARENA)
		n = arena + ARENA - at;
	memcpy(at, words, n);
	return at;
}
