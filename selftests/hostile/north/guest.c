// SPDX-License-Identifier: GPL-2.0
/*
 * guest SEED RATE STEPS WILD SCRIBBLE SECONDS - makes its box's North hostile and then gives it
 * something to answer: calls of all kinds, children, threads, programs executed, tasks killed at
 * any moment. Whatever the answers are it goes on, with nothing but raw calls and memory that it
 * has. "guest child SEED" is what it executes.
 *
 * guest stay - has North hold on to it when it exits.
 *
 * guest honest SECONDS - does the same sums and files over and over and checks each: the box next
 * door.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "asked.h"

#define WORKERS 5
#define PAGE 4096L

static uint64_t state;
static char area[128 << 10] __attribute__((aligned(4096)));
static char stacks[8][16384] __attribute__((aligned(16)));

static uint32_t below(uint32_t n)
{
	uint64_t x = state += 0x9e3779b97f4a7c15ull;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return (uint32_t)((x ^ (x >> 31)) >> 33) % n;
}

static long now(void)
{
	struct timespec t = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* ---- what a task of a hostile box does ---- */

static void spoiled(int sig)
{
	(void)sig;
}

static int thread(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < 8; i++)
		syscall(SYS_getppid + (i & 1 ? 0 : SYS_getpgrp - SYS_getppid));
	syscall(SYS_read, 0, area, 16);
	syscall(SYS_exit, 0);
	return 0;
}

static void execute(void)
{
	char seed[16];
	char *const argv[] = { "guest", "child", seed, NULL };
	char *const none[] = { NULL };

	snprintf(seed, sizeof(seed), "%u", below(1u << 30));
	if (below(2))
		syscall(SYS_execve, "/guest/guest", argv, none);
	else
		syscall(SYS_execveat, -100, "/guest/guest", argv, none, 0);
}

static void one_call(void)
{
	static const char *const paths[] = { "/rw/f0", "/ro/file", "/ro/dir", "/rw", "/", "/ro/link",
					     "/rw/f1", "/proc/self/maps", "/dev/null", "/ro/../rw/f2" };
	const char *path = paths[below(sizeof(paths) / sizeof(paths[0]))];
	char *at = area + below(sizeof(area) - 5000);
	struct timespec little = { 0, below(2000000) };
	int fd = (int)below(12);
	long pid;

	switch (below(26)) {
	case 0: syscall(SYS_open, path, O_RDWR | O_CREAT | (below(2) ? O_TRUNC : 0), 0666); break;
	case 1: syscall(SYS_open, path, O_RDONLY, 0); break;
	case 2: syscall(SYS_read, fd, at, below(5000)); break;
	case 3: syscall(SYS_write, fd < 3 ? 5 : fd, at, below(5000)); break;
	case 4: syscall(SYS_close, fd < 3 ? 5 : fd); break;
	case 5: syscall(SYS_stat, path, at); break;
	case 6: syscall(SYS_getdents64, fd, at, 4096); break;
	case 7: syscall(SYS_pipe, at); break;
	case 8: syscall(SYS_mmap, 0, 8192, 3, below(2) + 1, fd, 0); break;
	case 9: syscall(SYS_mmap, 0, 8192, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); break;
	case 10: syscall(SYS_poll, at, below(3), 1); break;
	case 11: syscall(SYS_nanosleep, &little, 0); break;
	case 12: syscall(SYS_lseek, fd, below(100000), below(6)); break;
	case 13: syscall(SYS_ftruncate, fd, below(1 << 20)); break;
	case 14: syscall(SYS_rename, "/rw/f1", "/rw/f2"); break;
	case 15: syscall(SYS_unlink, path); break;
	case 16: syscall(SYS_getuid); syscall(SYS_setuid, below(3)); break;
	case 17: syscall(SYS_sched_yield); syscall(SYS_uname, at); break;
	case 18: syscall(SYS_prctl, PR_SET_NAME, at); break;
	case 19: syscall(SYS_pread64, fd, at, 4096, below(1 << 16)); break;
	case 20: syscall(SYS_eventfd2, 1, 0); break;
	case 21: syscall(SYS_fallocate, fd, below(4), below(1 << 16), below(1 << 16)); break;
	case 22: syscall(SYS_rt_sigsuspend, at, below(2) ? 8 : 0); break;
	case 23:
		clone(thread, stacks[below(8)] + sizeof(stacks[0]), CLONE_VM | CLONE_FS | CLONE_FILES |
		      CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, NULL);
		break;
	case 24:
		if (below(4))
			break;
		pid = syscall(SYS_clone, SIGCHLD | (below(4) ? 0 : CLONE_VFORK), 0, 0, 0, 0);
		if (!pid) {
			execute();
			syscall(SYS_exit_group, 1);
		}
		if (pid > 1 && below(2))
			syscall(SYS_kill, (int)pid, SIGKILL);
		break;
	default:
		if (!below(40))
			execute();
		syscall(SYS_tgkill, (int)syscall(SYS_getpid), (int)syscall(SYS_gettid), SIGUSR1);
	}
}

static void work(void)
{
	struct itimerval { struct timeval every, first; } timer = { { 0, 30000 }, { 0, 30000 } };
	long end = now() + 3 + below(4);

	/* So that a wait without end is interrupted, if North lets it. */
	syscall(SYS_setitimer, 0, &timer, 0);
	while (now() < end) {
		one_call();
		if (!below(4))
			while ((int)syscall(SYS_wait4, -1, 0, WNOHANG, 0) > 0)
				;
	}
	syscall(SYS_exit_group, 0);
}

static void ask(char **argv)
{
	static struct hostile_ask a;
	int fd;
	char *shared;

	a.seed = strtoull(argv[1], NULL, 0);
	a.rate = (unsigned int)atoi(argv[2]);
	a.steps = (unsigned int)atoi(argv[3]);
	a.wild = (unsigned int)atoi(argv[4]);
	a.scribble = (unsigned int)atoi(argv[5]);
	state = a.seed;
	a.user[0] = (uintptr_t)area;
	a.user[1] = (uintptr_t)mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	a.user[2] = (uintptr_t)mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	shared = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(shared + PAGE, PAGE);
	a.user[3] = (uintptr_t)shared;
	a.user[4] = (uintptr_t)&a & ~(PAGE - 1);
	a.user[5] = getauxval(AT_SYSINFO_EHDR);
	a.user[6] = (uintptr_t)one_call & ~(PAGE - 1);
	/* A file that ends before its mapping does. */
	fd = open("/rw/f0", O_RDWR | O_CREAT, 0666);
	if (fd < 0 || ftruncate(fd, 100))
		exit(3);
	a.user[7] = (uintptr_t)mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	fd = open("/rw/report", O_RDWR | O_CREAT, 0666);
	if (fd < 0 || ftruncate(fd, 2 * PAGE))
		exit(3);
	a.report = (uintptr_t)mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (syscall(SYS_prctl, HOSTILE_PRCTL, &a)) {
		fprintf(stderr, "guest: this North is not the hostile one\n");
		exit(3);
	}
}

static int hostile(char **argv)
{
	long end = now() + atoi(argv[6]), pid[WORKERS] = { 0 };
	struct timespec little = { 0, 20000000 };
	int i;

	ask(argv);
	while (now() < end) {
		for (i = 0; i < WORKERS; i++) {
			if (pid[i] > 0 && !below(60))
				syscall(SYS_kill, (int)pid[i], SIGKILL);
			if (pid[i] > 0 && (int)syscall(SYS_wait4, (int)pid[i], 0, WNOHANG, 0) == 0)
				continue;
			below(100);
			pid[i] = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
			if (!pid[i])
				work();
		}
		one_call();
		syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &little, 0);
	}
	return 0;
}

/* ---- the box next door ---- */

static int check_file(const char *name, uint32_t seed)
{
	static uint32_t out[2048], in[2048];
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600), i;

	for (i = 0; i < 2048; i++)
		out[i] = seed * 2654435761u + (uint32_t)i;
	if (fd < 0 || write(fd, out, sizeof(out)) != sizeof(out) || lseek(fd, 0, SEEK_SET) ||
	    read(fd, in, sizeof(in)) != sizeof(in))
		return -1;
	close(fd);
	return memcmp(in, out, sizeof(in));
}

static int check_child(uint32_t seed)
{
	int fds[2], status;
	uint32_t answer = 0;
	pid_t pid;

	if (pipe(fds))
		return -1;
	pid = fork();
	if (!pid) {
		answer = seed ^ 0x5a5a5a5a;
		_exit(write(fds[1], &answer, sizeof(answer)) == sizeof(answer) ? 7 : 8);
	}
	if (pid < 0 || read(fds[0], &answer, sizeof(answer)) != sizeof(answer) ||
	    waitpid(pid, &status, 0) != pid)
		return -1;
	close(fds[0]);
	close(fds[1]);
	return answer != (seed ^ 0x5a5a5a5a) || status != 7 << 8;
}

static int honest(int seconds)
{
	long end = now() + seconds;
	uint32_t round = 0;
	char kept[32] = "/tmp/kept";
	int fd = open(kept, O_RDWR | O_CREAT, 0600);

	if (fd < 0 || write(fd, "mine", 4) != 4)
		return 1;
	for (; now() < end || round < 3; round++) {
		char text[5] = "";

		if (check_file("/tmp/other", round) || check_child(round)) {
			printf("round %u: wrong\n", round);
			return 1;
		}
		if (pread(fd, text, 4, 0) != 4 || strcmp(text, "mine")) {
			printf("round %u: what was kept has changed\n", round);
			return 1;
		}
		usleep(20000);
	}
	printf("%u rounds\n", round);
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = spoiled };

	if (argc == 3 && !strcmp(argv[1], "honest"))
		return honest(atoi(argv[2]));
	if (argc == 2 && !strcmp(argv[1], "stay"))
		return (int)syscall(SYS_prctl, HOSTILE_STAY);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGXFSZ, &action, NULL);
	if (argc == 3 && !strcmp(argv[1], "child")) {
		state = strtoull(argv[2], NULL, 0);
		work();
	}
	if (argc != 7) {
		fprintf(stderr, "usage: guest SEED RATE STEPS WILD SCRIBBLE SECONDS\n");
		return 2;
	}
	return hostile(argv);
}
