// SPDX-License-Identifier: GPL-2.0
/*
 * witness RESULT FOLDER... - stands on the host beside the boxes, as the user that it is run as,
 * until it gets SIGTERM. Nothing may happen to it: no signal, no change of its memory; and nobody
 * may as much as open what is in the FOLDERs. Writes to RESULT, a line each: signals, changes,
 * touched, lag (the longest that it had to wait for the host, in ms).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define SIZE (1u << 20)

static int watcher;

static void watch(const char *folder)
{
	struct dirent *entry;
	char path[4096];
	DIR *dir = opendir(folder);

	if (!dir) {
		perror(folder);
		exit(1);
	}
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_type == DT_DIR)
			watch(path);
		else if (inotify_add_watch(watcher, path, IN_ALL_EVENTS) < 0)
			perror(path), exit(1);
	}
	closedir(dir);
	if (inotify_add_watch(watcher, folder, IN_ALL_EVENTS) < 0)
		perror(folder), exit(1);
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint64_t word(uint64_t i)
{
	return (i + 1) * 0x9e3779b97f4a7c15ull;
}

static long touched(void)
{
	char buf[4096] __attribute__((aligned(8)));
	const struct inotify_event *event;
	ssize_t n, at;
	long count = 0;

	while ((n = read(watcher, buf, sizeof(buf))) > 0)
		for (at = 0; at < n; at += (ssize_t)(sizeof(*event) + event->len)) {
			event = (const void *)(buf + at);
			fprintf(stderr, "witness: touched: %s, events %x\n",
				event->len ? event->name : "(itself)", event->mask);
			count++;
		}
	return count;
}

int main(int argc, char **argv)
{
	long signals = 0, changes = 0, events = 0, lag = 0, then;
	uint64_t *mine, i;
	sigset_t all;
	int fd, sig = 0;
	FILE *out;

	if (argc < 2)
		return 2;
	watcher = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	for (i = 2; i < (uint64_t)argc; i++)
		watch(argv[i]);
	touched();	/* the looks of watch() itself */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	fd = signalfd(-1, &all, SFD_CLOEXEC);
	mine = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	out = fopen(argv[1], "w");
	if (fd < 0 || watcher < 0 || mine == MAP_FAILED || !out) {
		perror("witness");
		return 1;
	}
	for (i = 0; i < SIZE / sizeof(*mine); i++)
		mine[i] = word(i);
	fprintf(out, "ready\n");
	fflush(out);
	while (sig != SIGTERM) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		struct signalfd_siginfo info;

		then = now_ms();
		if (poll(&ready, 1, 500) > 0 && read(fd, &info, sizeof(info)) == sizeof(info)) {
			sig = (int)info.ssi_signo;
			if (sig != SIGTERM) {
				fprintf(stderr, "witness: signal %d\n", sig);
				signals++;
			}
		}
		for (i = 0; i < SIZE / sizeof(*mine); i++)
			changes += mine[i] != word(i);
		events += touched();
		if (now_ms() - then - 500 > lag)
			lag = now_ms() - then - 500;
	}
	fprintf(out, "signals %ld\nchanges %ld\ntouched %ld\nlag %ld\n", signals, changes, events, lag);
	return fclose(out) || signals || changes || events;
}
