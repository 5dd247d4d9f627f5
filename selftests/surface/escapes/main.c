// SPDX-License-Identifier: GPL-2.0
/*
 * escapes run		runs every trigger, each in a process of its own
 * escapes native	as root, with reach.ko: each natively as an unprivileged user, and
 *			prints the functions that it entered, "TRIGGER FUNCTION" a line
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "trigger.h"

#define REACH "/sys/kernel/debug/reach/"
#define SECONDS 10
#define NOBODY 1000

static struct trigger *triggers;

void trigger_add(struct trigger *t)
{
	t->next = triggers;
	triggers = t;
}

static void die(const char *what)
{
	fprintf(stderr, "escapes: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void control(int fd, const char *word)
{
	if (write(fd, word, strlen(word)) < 0)
		die(word);
}

/* Waits for all that a trigger left, and ends what doesn't end. */
static void reap(pid_t pid)
{
	int i, status;

	for (i = 0; i < SECONDS * 100 && !waitpid(pid, &status, WNOHANG); i++)
		usleep(10000);
	kill(-pid, SIGKILL);
	while (waitpid(-1, &status, WNOHANG) > 0)
		;
}

static void run(const struct trigger *t)
{
	setpgid(0, 0);
	t->run();
	_exit(0);
}

static void run_all(void)
{
	const struct trigger *t;
	pid_t pid;

	for (t = triggers; t; t = t->next) {
		pid = fork();
		if (pid < 0)
			die("fork");
		if (!pid)
			run(t);
		reap(pid);
		printf("%s\n", t->name);
		fflush(stdout);
	}
}

static void print_functions(const char *trigger)
{
	FILE *f = fopen(REACH "functions", "re");
	char name[256];

	if (!f)
		die(REACH "functions");
	while (fscanf(f, "%*s %255s%*[^\n]", name) == 1)
		printf("%s %.*s\n", trigger, (int)strcspn(name, "."), name);
	fclose(f);
	fflush(stdout);
}

static void native(void)
{
	int fd = open(REACH "control", O_WRONLY | O_CLOEXEC);
	const struct trigger *t;
	pid_t pid;

	if (fd < 0)
		die(REACH "control");
	for (t = triggers; t; t = t->next) {
		control(fd, "reset");
		pid = fork();
		if (pid < 0)
			die("fork");
		if (!pid) {
			if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
				die("cannot drop privileges");
			prctl(PR_SET_DUMPABLE, 1); /* so that its files in /proc are its own */
			control(fd, "follow");
			close(fd);
			run(t);
		}
		reap(pid);
		print_functions(t->name);
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "run"))
		run_all();
	else if (argc == 2 && !strcmp(argv[1], "native"))
		native();
	else
		return fprintf(stderr, "usage: escapes run|native\n"), 2;
	return 0;
}
