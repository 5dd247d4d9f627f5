// SPDX-License-Identifier: GPL-2.0
/*
 * Programs started while threads of theirs do the same, fork, exit or are killed;
 * programs and scripts that are none.
 */
#include <fcntl.h>
#include <linux/limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "guest.h"

/* A file that was a program until some bytes of its headers changed. */
static void spoil(const char *name)
{
	char bytes[65536];
	int from = open(one_in(2) ? "/bin/true" : "/usr/lib64/ld-linux-x86-64.so.2", O_RDONLY), to;
	ssize_t n = from < 0 ? 0 : read(from, bytes, sizeof(bytes));

	close(from);
	unlink(name);
	to = open(name, O_WRONLY | O_CREAT | O_EXCL, 0755);
	if (to < 0)
		return;
	for (unsigned int i = below(12); n > 1024 && i; i--) {
		unsigned int at = one_in(2) ? below(64) : below(1024);

		switch (below(3)) {
		case 0: bytes[at] = random_word(); break;
		case 1: bytes[at] ^= 1 << below(8); break;
		case 2: *(uint64_t *)(bytes + at / 8 * 8) = random_number(); break;
		}
	}
	if (write(to, bytes, one_in(4) ? below(n + 1) : n) < 0)
		n = 0;
	close(to);
}

static void script(const char *name, const char *interpreter)
{
	char line[4096];
	int fd, n = snprintf(line, 300, "#!%s", interpreter);

	if (one_in(4)) {
		memset(line + n, one_in(2) ? 'a' : ' ', sizeof(line) - n);
		n = below(sizeof(line));
	}
	unlink(name);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0755);
	if (fd < 0)
		return;
	if (write(fd, line, n) == n && write(fd, "\n", 1) != 1)
		n = 0;
	close(fd);
}

static char *const few[] = { "guest", "--ended", NULL };

static void many(char **argv, unsigned int n, char *string)
{
	for (unsigned int i = 0; i + 1 < n; i++)
		argv[i] = string;
	argv[n - 1] = NULL;
}

static void execute(void *arg)
{
	static char *lots[4096];
	static char long_one[140000];
	char name[32];
	(void)arg;

	snprintf(name, sizeof(name), "prog%u", below(4));
	switch (below(12)) {
	case 0:
		spoil(name);
		CALL(__NR_execve, name, few, NULL);
		break;
	case 1:
		script(name, one_in(2) ? name : program);
		CALL(__NR_execve, name, few, few);
		break;
	case 2:
		script(name, PICK(((const char *[]){ "prog0", "prog1", "/bin/sh", "", " ", "/", "loop1" })));
		CALL(__NR_execve, name, few, few);
		break;
	case 3:
		memset(long_one, 'l', sizeof(long_one) - 1);
		many(lots, 2 + below(4094), long_one + sizeof(long_one) - 1 - below(one_in(4) ? 135000 : 200));
		CALL(__NR_execve, program, lots, one_in(2) ? lots : NULL);
		break;
	case 4: CALL(__NR_execve, random_path(), random_structure(64), random_structure(64)); break;
	case 5: CALL(__NR_execveat, random_fd(), "", few, few, 0x1000); break;
	case 6: CALL(__NR_execve, program, NULL, NULL); break;
	case 7: CALL(__NR_execve, program, ((char *const[]){ NULL }), NULL); break;
	default: CALL(__NR_execve, program, few, NULL); break;
	}
}

static _Atomic bool go;

static void act(void *arg)
{
	(void)arg;
	while (!go)
		;
	for (int i = below(4); i; i--)
		sched_yield();
	switch (below(8)) {
	case 0:
	case 1:
	case 2: execute(NULL); break;
	case 3: child(one_in(2) ? execute : nothing, NULL); break;
	case 4: CALL(__NR_exit, 0); break;
	case 5: CALL(__NR_exit_group, 0); break;
	case 6: CALL(__NR_kill, getpid(), SIGKILL); break;
	case 7: CALL(__NR_kill, getpid(), SIGSEGV); break;
	}
}

/* A process whose threads all let go at once. */
static void racers(void *arg)
{
	(void)arg;
	for (int i = 1 + below(6); i; i--)
		thread(act, NULL);
	if (one_in(4))
		sched_yield();
	go = true;
	if (one_in(2))
		act(NULL);
	if (one_in(2))
		CALL(__NR_exit, 0);
	CALL(__NR_nanosleep, ((long[]){ 0, 20000000 }), NULL);
}

void run_exec(void)
{
	int pid, alive = 0;

	pool_open();
	while (more()) {
		pid = child(one_in(4) ? execute : racers, NULL);
		if (pid > 0) {
			alive++;
			if (one_in(3)) {
				CALL(__NR_nanosleep, ((long[]){ 0, below(5000000) }), NULL);
				CALL(__NR_kill, pid, SIGKILL);
			}
		}
		while (alive > 4 && (pid = waitpid(-1, NULL, __WALL)) > 0)
			alive--;
		if (alive > 4)
			alive = 0;
	}
}
