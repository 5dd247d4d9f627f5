// SPDX-License-Identifier: GPL-2.0
/*
 * What North's own code costs: system calls of a box, made by calling North. One
 * program with North open and one with North confined; all else is the same.
 * Counts as ../calls.c does. Prints a line an operation: name, instructions of one.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "hosted.h"

#define ROUNDS 2000
#define ENTRIES 100
#define DEEP "/deep/2/3/4/5/6/7/8"

static int zero, file, directory, pipes[2];
static char page[4096], entries[8192];
static struct stat st;

/* A call of North that must succeed. */
#define box(nr, ...) checked(north(nr, ##__VA_ARGS__), #nr)

static s64 checked(s64 ret, const char *what)
{
	if (ret < 0) {
		errno = -ret;
		err(1, "%s", what);
	}
	return ret;
}

static void do_nothing(void) { }
static void do_getppid(void) { box(SYS_getppid); }
static void do_read_zero(void) { box(SYS_read, zero, page, 1); }
static void do_pread(void) { box(SYS_pread64, file, page, sizeof(page), 0); }
static void do_pwrite(void) { box(SYS_pwrite64, file, page, sizeof(page), 0); }
static void do_stat(void) { box(SYS_newfstatat, AT_FDCWD, "/dir/file", &st, 0); }
static void do_deep(void) { box(SYS_faccessat, AT_FDCWD, DEEP, F_OK); }

static void do_open(void)
{
	s64 fd = box(SYS_openat, AT_FDCWD, "/dir/file", O_RDONLY, 0);

	box(SYS_close, fd);
}

static void do_pipe(void)
{
	box(SYS_write, pipes[1], page, 1);
	box(SYS_read, pipes[0], page, 1);
}

static s64 do_list(void)
{
	box(SYS_lseek, directory, 0, SEEK_SET);
	return box(SYS_getdents64, directory, entries, sizeof(entries));
}

static void do_getdents(void) { do_list(); }

static u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* The best of three turns: in the others the timer came more often. */
static double cost(void (*op)(void))
{
	u64 best = ~0ull;

	for (int i = 0; i < 20; i++)
		op();
	for (int turn = 0; turn < 3; turn++) {
		u64 start = now();

		for (int i = 0; i < ROUNDS; i++)
			op();
		start = now() - start;
		if (start < best)
			best = start;
	}
	return (double)best / ROUNDS;
}

static void measure(const char *name, void (*op)(void))
{
	printf("%s\t%.0f\n", name, cost(op) - cost(do_nothing));
}

/* One call lists all entries, or less would be measured than the name says. */
static void check_list(void)
{
	s64 len = do_list(), at;
	int n = 0;

	for (at = 0; at < len; n++)
		at += *(unsigned short *)(entries + at + 16);
	if (n != ENTRIES + 2)
		errx(1, "getdents: %d entries", n);
}

static void make_tree(void)
{
	char path[sizeof(DEEP)] = DEEP, name[32];
	s64 fd;

	box(SYS_mkdir, "/dir", 0755);
	file = box(SYS_openat, AT_FDCWD, "/dir/file", O_RDWR | O_CREAT, 0644);
	box(SYS_write, file, page, sizeof(page));
	for (char *slash = path; (slash = strchr(slash + 1, '/')); *slash = '/') {
		*slash = 0;
		box(SYS_mkdir, path, 0755);
	}
	box(SYS_mkdir, DEEP, 0755);
	box(SYS_mkdir, "/list", 0755);
	for (int i = 0; i < ENTRIES; i++) {
		sprintf(name, "/list/file%d", i);
		fd = box(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT, 0644);
		box(SYS_close, fd);
	}
}

int main(void)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		err(1, "sched_setaffinity");
	hosted_boot();
	make_tree();
	zero = box(SYS_openat, AT_FDCWD, "/dev/zero", O_RDONLY, 0);
	directory = box(SYS_openat, AT_FDCWD, "/list", O_RDONLY | O_DIRECTORY, 0);
	box(SYS_pipe2, pipes, 0);
	check_list();

	measure("getppid", do_getppid);
	measure("read 1 B of /dev/zero", do_read_zero);
	measure("pread 4 KiB", do_pread);
	measure("pwrite 4 KiB", do_pwrite);
	measure("open+close", do_open);
	measure("stat", do_stat);
	measure("path of 8 names", do_deep);
	measure("pipe write+read", do_pipe);
	measure("getdents of 100 entries", do_getdents);
	return 0;
}
