// SPDX-License-Identifier: GPL-2.0
/*
 * replay RECORD - what a box did, once more, in user space under ASan and UBSan. See
 * Documentation/testing.rst.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sanitizer/common_interface_defs.h>
#include "replay.h"

#define PATIENCE 3 /* seconds of CPU time that a task may be between two imports */

static pthread_mutex_t verdict = PTHREAD_MUTEX_INITIALIZER;

const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:handle_abort=1:handle_sigill=1:handle_sigfpe=1:"
	       "allocator_may_return_null=1";
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
	return "print_stacktrace=1";
}

static void __attribute__((noreturn)) finish(enum replay_status status)
{
	fflush(stdout);
	_exit(status);
}

void replay_fail(const char *fmt, ...)
{
	va_list ap;

	fputs("replay: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	finish(REPLAY_FAILED);
}

void replay_diverged(const char *fmt, ...)
{
	va_list ap;

	pthread_mutex_lock(&verdict);
	fprintf(stderr, "replay: differs at event %llu: ", record_number(record_at));
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	__sanitizer_print_stack_trace();
	finish(REPLAY_DIVERGED);
}

static int trap_is_next(void)
{
	return record_at->kind == LB_RECORD_TRAP || (record_at->kind == LB_RECORD_REFUSED &&
		record_behind(record_at)->kind == LB_RECORD_TRAP);
}

static void say_trap(const struct lb_record_event *e)
{
	printf("replay: the same trap, at event %llu, task %u: %.*s\n", record_number(e),
	       replay_turn(), (int)e->len, (const char *)record_data(e));
	fflush(stdout);
}

void __attribute__((noinline)) replay_trap(const struct lb_record_event *e)
{
	/* Of a kill each task gets its own; it says nothing about North. */
	if (e->len == 6 && !memcmp(record_data(e), "killed", 6))
		return;
	say_trap(e);
	__sanitizer_print_stack_trace();
}

/* A sanitizer, or a fault: in the box that was a trap, or it went unnoticed. */
static void died(void)
{
	pthread_mutex_lock(&verdict);
	if (trap_is_next()) {
		say_trap(record_at);
		finish(REPLAY_SAME);
	}
	fprintf(stderr, "replay: task %u, before event %llu: the box did not notice this\n",
		replay_turn(), record_number(record_at));
	finish(REPLAY_FOUND);
}

static void show_stack(int sig)
{
	__sanitizer_print_stack_trace();
	if (trap_is_next()) {
		say_trap(record_at);
		finish(REPLAY_SAME);
	}
	fprintf(stderr, "replay: task %u hangs before event %llu\n", replay_turn(),
		record_number(record_at));
	finish(REPLAY_DIVERGED);
}

static time_t cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec;
}

/* An endless loop comes to no import. */
static void *watch(void *arg)
{
	const struct lb_record_event *then = NULL;
	time_t since = 0;

	for (;;) {
		if (then != record_at) {
			then = record_at;
			since = cpu_seconds();
		} else if (cpu_seconds() - since > PATIENCE) {
			replay_interrupt(SIGUSR1);
		}
		sleep(1);
	}
	return NULL;
}

static void usage(FILE *to)
{
	fputs("usage: replay RECORD\n"
	      "Runs North on what its imports returned in a box (lbctl spawn --record).\n"
	      "Status: 0 the same answers or the same trap; 1 something else happened;\n"
	      "2 a sanitizer found what the box had not noticed; 125 no such record.\n", to);
}

int main(int argc, char **argv)
{
	pthread_t watcher;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		usage(stdout);
		return 0;
	}
	if (argc != 2) {
		usage(stderr);
		return REPLAY_FAILED;
	}
	record_open(argv[1]);
	__sanitizer_set_death_callback(died);
	signal(SIGUSR1, show_stack);
	if (pthread_create(&watcher, NULL, watch, NULL))
		replay_fail("no thread");
	replay_run();
	if (record_at->nr)
		printf("replay: the record has no end: there was no more room\n");
	printf("replay: %llu calls of %llu tasks, %llu imports: the same %s%s\n",
	       replay_counts.entries, replay_counts.tasks, replay_counts.imports,
	       *replay_counts.trap ? "to the end: " : "answers", replay_counts.trap);
	finish(REPLAY_SAME);
}
