// SPDX-License-Identifier: GPL-2.0
/*
 * What a call costs: each operation many times, the time of one in ns. Under
 * -icount shift=0 a nanosecond is an instruction, kernel and user together.
 * Prints a line an operation: name, ns.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static int zero, file, pipes[4];
static char page[4096];
static const char *path = "/tmp/bench.d/file";
static char *self;

static void check(long ret, const char *what)
{
	if (ret < 0)
		err(1, "%s", what);
}

static void do_getpid(void) { syscall(SYS_getpid); }
static void do_read_zero(void) { check(read(zero, page, 1), "read"); }
static void do_pread(void) { check(pread(file, page, sizeof(page), 0), "pread"); }
static void do_pwrite(void) { check(pwrite(file, page, sizeof(page), 0), "pwrite"); }

static void do_open(void)
{
	int fd = open(path, O_RDONLY);

	check(fd, "open");
	close(fd);
}

static void do_stat(void)
{
	struct stat st;

	check(stat(path, &st), "stat");
}

static void do_pipe(void)
{
	check(write(pipes[1], page, 1), "write");
	check(read(pipes[0], page, 1), "read");
}

static void do_mmap(void)
{
	void *p = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check((long)p, "mmap");
	munmap(p, 65536);
}

static void do_mmap_file(void)
{
	void *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0);

	check((long)p, "mmap file");
	munmap(p, 4096);
}

static void do_fork(void)
{
	pid_t pid = fork();

	check(pid, "fork");
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

static void do_exec(void)
{
	pid_t pid = fork();
	int status;

	check(pid, "fork");
	if (!pid) {
		execl(self, self, "--exit", NULL);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	if (status)
		errx(1, "exec failed");
}

/* One round trip is two switches: two processes on one CPU. */
static void do_switch(void)
{
	check(write(pipes[1], page, 1), "write");
	check(read(pipes[2], page, 1), "read");
}

static int ep;

static void do_epoll(void)
{
	struct epoll_event ev;

	if (epoll_wait(ep, &ev, 1, 0) != 1)
		err(1, "epoll_wait");
}

static void do_epoll_idle(void)
{
	struct epoll_event ev;

	check(write(pipes[1], page, 1), "write");
	if (epoll_wait(ep, &ev, 1, -1) != 1)
		err(1, "epoll_wait");
	check(read(pipes[0], page, 1), "read");
}

/* Two processes on one CPU, each woken by the other: a wake and a wait of each. */
static uint32_t *turn;

static long futex(int op, uint32_t val)
{
	return syscall(SYS_futex, turn, op, val, NULL, NULL, 0);
}

static void take_turn(uint32_t mine)
{
	while (__atomic_load_n(turn, __ATOMIC_SEQ_CST) != mine)
		futex(FUTEX_WAIT, !mine);
	__atomic_store_n(turn, !mine, __ATOMIC_SEQ_CST);
	futex(FUTEX_WAKE, 1);
}

static void do_futex(void)
{
	take_turn(0);
}

static volatile int signals;

static void on_signal(int sig)
{
	signals += sig;
}

static void do_signal(void)
{
	check(kill(getpid(), SIGUSR1), "kill");
}

static void do_getdents(void)
{
	DIR *d = opendir("/tmp/bench.d/names");
	unsigned int n = 0;

	if (!d)
		err(1, "opendir");
	while (readdir(d))
		n++;
	closedir(d);
	if (n != 1002)
		errx(1, "%u names", n);
}

static char deep[256];

static void do_stat_deep(void)
{
	struct stat st;

	check(stat(deep, &st), deep);
}

/* 64 pages, each written to once. */
static void do_fault(void)
{
	char *p = mmap(NULL, 64 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

	check((long)p, "mmap file");
	for (int i = 0; i < 64; i++)
		p[i * 4096]++;
	munmap(p, 64 * 4096);
}

static void make_names(void)
{
	char name[64];

	mkdir("/tmp/bench.d/names", 0755);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "/tmp/bench.d/names/name-%d", i);
		check(mknod(name, S_IFREG | 0644, 0), name);
	}
	strcpy(deep, "/tmp/bench.d");
	for (int i = 0; i < 16; i++) {
		strcat(deep, "/directory");
		mkdir(deep, 0755);
	}
}

static void remove_names(void)
{
	char name[64];

	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "/tmp/bench.d/names/name-%d", i);
		unlink(name);
	}
	rmdir("/tmp/bench.d/names");
	for (; strcmp(deep, "/tmp/bench.d"); *strrchr(deep, '/') = 0)
		rmdir(deep);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void measure(const char *name, void (*op)(void), unsigned int rounds, unsigned int per)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < 20; i++)
		op();
	for (int turn = 0; turn < 3; turn++) {
		uint64_t start = now();

		for (unsigned int i = 0; i < rounds; i++)
			op();
		start = now() - start;
		if (start < best)
			best = start;
	}
	printf("%s\t%.0f\n", name, (double)best / rounds / per);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	cpu_set_t cpu;
	pid_t pid;

	if (argc > 1 && !strcmp(argv[1], "--exit"))
		return 0;
	self = realpath(argv[0], NULL);
	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	check(sched_setaffinity(0, sizeof(cpu), &cpu), "sched_setaffinity");
	mkdir("/tmp/bench.d", 0755);
	zero = open("/dev/zero", O_RDONLY);
	file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	check(file, path);
	check(pwrite(file, page, sizeof(page), 0), path);
	check(pipe(pipes), "pipe");

	measure("getpid", do_getpid, 20000, 1);
	measure("read 1 B of /dev/zero", do_read_zero, 10000, 1);
	measure("pread 4 KiB", do_pread, 5000, 1);
	measure("pwrite 4 KiB", do_pwrite, 5000, 1);
	measure("open+close", do_open, 3000, 1);
	measure("stat", do_stat, 5000, 1);
	measure("pipe round trip", do_pipe, 5000, 1);
	measure("mmap+munmap", do_mmap, 3000, 1);
	measure("mmap+munmap of a file", do_mmap_file, 3000, 1);
	ep = epoll_create1(0);
	check(ep, "epoll_create1");
	check(epoll_ctl(ep, EPOLL_CTL_ADD, pipes[0], &(struct epoll_event){ .events = EPOLLIN }), "epoll_ctl");
	measure("epoll_wait and a pipe", do_epoll_idle, 3000, 1);
	check(write(pipes[1], page, 1), "write");
	measure("epoll_wait", do_epoll, 5000, 1);
	check(read(pipes[0], page, 1), "read");
	signal(SIGUSR1, on_signal);
	measure("signal round trip", do_signal, 3000, 1);
	make_names();
	measure("getdents of 1000 entries", do_getdents, 50, 1);
	measure("stat of a path of 18 names", do_stat_deep, 2000, 1);
	remove_names();
	check(ftruncate(file, 64 * 4096), "ftruncate");
	measure("mmap of a file, 64 faults", do_fault, 200, 1);
	measure("fork+wait", do_fork, 100, 1);
	measure("fork+exec", do_exec, 50, 1);

	check(pipe(pipes + 2), "pipe");
	pid = fork();
	check(pid, "fork");
	if (!pid) {
		char c;

		while (read(pipes[0], &c, 1) == 1)
			if (write(pipes[3], &c, 1) != 1)
				break;
		_exit(0);
	}
	measure("context switch over a pipe", do_switch, 2000, 2);
	kill(pid, 9);
	waitpid(pid, NULL, 0);

	turn = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check((long)turn, "mmap");
	pid = fork();
	check(pid, "fork");
	if (!pid)
		for (;;)
			take_turn(1);
	measure("futex wake+wait", do_futex, 2000, 2);
	kill(pid, 9);
	waitpid(pid, NULL, 0);
	return 0;
}
