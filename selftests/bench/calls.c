// SPDX-License-Identifier: GPL-2.0
/*
 * What a call costs: each operation many times, the time of one in ns. Under
 * -icount shift=0 a nanosecond is an instruction, kernel and user together.
 * Prints a line an operation: name, ns.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
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
	return 0;
}
