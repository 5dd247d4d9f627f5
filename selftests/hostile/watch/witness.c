// SPDX-License-Identifier: GPL-2.0
/*
 * witness FILE - an honest program: computes what is known, writes files and reads
 * them back, hands words to a child and back, round after round. FILE, which the
 * host sees, has the rounds, the failures, and how long the longest took, in ms.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 1 << 16, FILES = 8 };

static unsigned char data[SIZE], back[SIZE];

static uint32_t fill(uint32_t seed)
{
	uint32_t sum = 0;

	for (int i = 0; i < SIZE; i++) {
		seed = seed * 1664525 + 1013904223;
		data[i] = seed >> 24;
		sum = (sum << 5 | sum >> 27) ^ data[i];
	}
	return sum;
}

static int same_file(const char *name)
{
	struct stat st;
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600), good;

	if (fd < 0)
		return 0;
	good = write(fd, data, SIZE) == SIZE && !fstat(fd, &st) && st.st_size == SIZE &&
	       pread(fd, back, SIZE, 0) == SIZE && !memcmp(data, back, SIZE);
	close(fd);
	return good;
}

/* The files of rounds before are as they were left. */
static int old_file(const char *name, uint32_t seed)
{
	int fd = open(name, O_RDONLY), good;

	if (fd < 0)
		return 0;
	fill(seed);
	good = read(fd, back, SIZE) == SIZE && !memcmp(data, back, SIZE);
	close(fd);
	return good;
}

static int child_answers(uint32_t sum)
{
	uint32_t answer = 0;
	int to[2], from[2], status = 0;
	pid_t pid;

	if (pipe(to) || pipe(from))
		return 0;
	pid = fork();
	if (!pid) {
		uint32_t word;

		if (read(to[0], &word, sizeof(word)) != sizeof(word))
			_exit(1);
		word = ~word;
		_exit(write(from[1], &word, sizeof(word)) != sizeof(word));
	}
	close(to[0]);
	close(from[1]);
	if (pid > 0 && (write(to[1], &sum, sizeof(sum)) != sizeof(sum) ||
			read(from[0], &answer, sizeof(answer)) != sizeof(answer)))
		answer = 0;
	close(to[1]);
	close(from[0]);
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status && answer == ~sum;
}

static double milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
	unsigned long rounds = 0, failures = 0;
	double start, took, longest = 0;
	char line[64], name[32];
	uint32_t first;
	int told, n;

	if (argc != 2) {
		fputs("witness: usage: witness FILE\n", stderr);
		return 2;
	}
	told = open(argv[1], O_WRONLY | O_CREAT, 0600);
	if (told < 0) {
		fputs("witness: cannot write\n", stderr);
		return 1;
	}
	first = fill(1);
	for (;; rounds++) {
		start = milliseconds();
		failures += fill(1) != first;
		if (rounds >= FILES) {
			snprintf(name, sizeof(name), "/tmp/witness%lu", rounds % FILES);
			failures += !old_file(name, rounds - FILES);
		}
		snprintf(name, sizeof(name), "/tmp/witness%lu", rounds % FILES);
		fill(rounds);
		failures += !same_file(name);
		failures += !child_answers(first);
		took = milliseconds() - start;
		if (took > longest)
			longest = took;
		n = snprintf(line, sizeof(line), "%lu %lu %.0f\n", rounds + 1, failures, longest);
		if (pwrite(told, line, n, 0) != n)
			return 1;
		nanosleep(&(struct timespec){ 0, 20000000 }, NULL);
	}
}
