/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scenarios that are run twice, natively and in the box, and must give the same:
 * call() makes a system call on the side whose turn it is, SEE() notes a result.
 * Descriptors differ between the sides: NEW() notes only whether there was one.
 */
#ifndef BOTH_H
#define BOTH_H

#include <pthread.h>
#include <signal.h>
#include "test.h"

#define SEEN_MAX 200000

static int native_side;
/* What else to say where a scenario differs. */
static char scenario_note[512];
static struct seen {
	long long value;
	int line;
} seen[2][SEEN_MAX];
static unsigned int seen_count[2];

#define call(nr, ...) (native_side ? native_call(nr, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0) : \
		       (long long)north(nr, ##__VA_ARGS__))
#define native_call(nr, a, b, c, d, e, f, ...) \
	native_call_(syscall(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f)))

static long long __attribute__((unused)) native_call_(long long r)
{
	return r == -1 ? -errno : r;
}

static void __attribute__((unused)) see(long long value, int line)
{
	static pthread_mutex_t busy = PTHREAD_MUTEX_INITIALIZER;
	unsigned int n;

	pthread_mutex_lock(&busy);
	n = seen_count[native_side];
	if (n < SEEN_MAX) {
		seen[native_side][n] = (struct seen){ value, line };
		seen_count[native_side]++;
	}
	pthread_mutex_unlock(&busy);
}

static long long __attribute__((unused)) see_fd(long long fd, int line)
{
	see(fd < 0 ? fd : 0, line);
	return fd;
}

static void __attribute__((unused)) see_bytes(const void *p, long long n, int line)
{
	unsigned long h = 5381;

	for (long long i = 0; i < n; i++)
		h = h * 33 + ((const unsigned char *)p)[i];
	see((long long)(h & 0x7fffffff), line);
}

#define SEE(x) see(x, __LINE__)
#define NEW(x) see_fd(x, __LINE__)
#define BYTES(p, n) see_bytes(p, n, __LINE__)

/* The first result that differs, or -1. */
static int __attribute__((unused)) seen_differ(void)
{
	unsigned int k = 0;

	while (k < seen_count[0] && k < seen_count[1] && seen[0][k].value == seen[1][k].value)
		k++;
	return k == seen_count[0] && k == seen_count[1] ? -1 : (int)k;
}

/* What depends on how soon the native side does something is given two more chances. */
#define BOTH(scenario) do {								\
	int differ_, tries_ = 3;							\
											\
	signal(SIGPIPE, SIG_IGN);							\
	do {										\
		for (native_side = 1; native_side >= 0; native_side--) {		\
			seen_count[native_side] = 0;					\
			scenario;							\
		}									\
		native_side = 0;							\
		differ_ = seen_differ();						\
	} while (differ_ >= 0 && --tries_);						\
	if (differ_ >= 0)								\
		FAIL("%s: line %d: %lld in the box, %lld natively (result %d)%s",	\
		     #scenario, seen[0][differ_].line, seen[0][differ_].value,		\
		     seen[1][differ_].value, differ_, scenario_note);			\
} while (0)

/* A second thread, in the box a task with the same descriptors. */
struct second {
	pthread_t thread;
	struct task *task;
	void (*run)(void *);
	void *arg;
};

static void *second_main(void *p)
{
	struct second *s = p;

	if (s->task)
		hosted_become(s->task);
	s->run(s->arg);
	return NULL;
}

static int second_tid = 20000;

static void __attribute__((unused)) second_start(struct second *s, void (*run)(void *), void *arg)
{
	s->run = run;
	s->arg = arg;
	s->task = NULL;
	if (!native_side) {
		EQ(north(SYS_clone, 0x10f00, 0, 0, 0, 0), 0);
		second_tid++;
		s->task = hosted_child(second_tid, getpid());
		OK(s->task);
	}
	pthread_create(&s->thread, NULL, second_main, s);
}

static void __attribute__((unused)) second_join(struct second *s)
{
	pthread_join(s->thread, NULL);
	if (s->task)
		hosted_exit(s->task);
}

#endif
