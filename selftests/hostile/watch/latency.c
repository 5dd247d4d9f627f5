// SPDX-License-Identifier: GPL-2.0
/*
 * latency FILE - starts a program ten times a second, as anybody at the host's
 * shell would, until it gets SIGTERM; FILE then has the number of times and the
 * longest that it took, in milliseconds.
 */
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void end(int sig)
{
	(void)sig;
	ended = 1;
}

static double milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
	char *const program[] = { "true", NULL };
	double start, took, longest = 0;
	unsigned long times = 0;
	pid_t pid;
	FILE *f;

	if (argc != 2) {
		fputs("latency: usage: latency FILE\n", stderr);
		return 2;
	}
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = end }, NULL);
	while (!ended) {
		start = milliseconds();
		if (posix_spawn(&pid, "/bin/true", NULL, NULL, program, program + 1)) {
			fputs("latency: no process to be had\n", stderr);
			return 1;
		}
		while (waitpid(pid, NULL, 0) < 0)
			;
		took = milliseconds() - start;
		if (took > longest)
			longest = took;
		times++;
		nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
	}
	f = fopen(argv[1], "w");
	if (!f || fprintf(f, "%lu %.0f\n", times, longest) < 0 || fclose(f)) {
		fputs("latency: cannot write\n", stderr);
		return 1;
	}
	return 0;
}
