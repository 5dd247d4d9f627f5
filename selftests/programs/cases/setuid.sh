#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A set-uid program's memory is nobody's but its own, from the moment it is there: while
# another process writes to it, by each of the ways, as fast as it can.
set -e
cat > prog.c <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 20
#define TOUCHED 66

/* At the same address in both: neither moves. */
static volatile int word = 1;

static int victim(void)
{
	for (int n = 0; n < 200000; n++)
		if (word != 1)
			return TOUCHED;
	return 0;
}

static int evil = 2;

static ssize_t write_vm(pid_t pid, int fd)
{
	struct iovec here = { &evil, sizeof(evil) }, there = { (void *)&word, sizeof(word) };

	(void)fd;
	return process_vm_writev(pid, &here, 1, &there, 1, 0);
}

static ssize_t write_mem(pid_t pid, int fd)
{
	char path[64];
	ssize_t r;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR);
	r = pwrite(fd, &evil, sizeof(evil), (long)&word);
	if (fd >= 0)
		close(fd);
	return r;
}

/* By a file that was opened before. */
static ssize_t write_fd(pid_t pid, int fd)
{
	(void)pid;
	return pwrite(fd, &evil, sizeof(evil), (long)&word);
}

static void attack(const char *name, ssize_t (*write_to)(pid_t, int))
{
	int touched = 0, ended = 0, bad = 0, early = 0;

	for (int n = 0; n < ROUNDS; n++) {
		char path[64];
		int go[2], status, fd;
		pid_t pid;

		if (pipe(go))
			exit(1);
		pid = fork();
		if (!pid) {
			char c;

			close(go[1]);
			read(go[0], &c, 1);
			execl("./suid", "suid", NULL);
			_exit(99);
		}
		snprintf(path, sizeof(path), "/proc/%d/mem", pid);
		fd = open(path, O_RDWR);
		/* It isn't set-uid yet. */
		early += write_to(pid, fd) == sizeof(evil);
		close(go[0]);
		close(go[1]);
		while (!waitpid(pid, &status, WNOHANG))
			write_to(pid, fd);
		close(fd);
		if (!WIFEXITED(status) || (WEXITSTATUS(status) && WEXITSTATUS(status) != TOUCHED))
			bad++;
		else if (WEXITSTATUS(status))
			touched++;
		else
			ended++;
	}
	printf("%s: written to before: %d; in it: %d not touched, %d touched, %d otherwise\n", name, early,
	       ended, touched, bad);
}

int main(int argc, char **argv)
{
	(void)argc;
	if (!strcmp(argv[0], "suid"))
		return geteuid() ? 1 : victim();
	attack("process_vm_writev", write_vm);
	attack("mem", write_mem);
	attack("mem from before", write_fd);
	return 0;
}
END
gcc -O1 -no-pie -static -o prog prog.c
cp prog suid
chmod 4755 suid
chmod 755 .
exec setpriv --reuid=1000 --regid=1000 --clear-groups ./prog
