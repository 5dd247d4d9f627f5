// SPDX-License-Identifier: GPL-2.0
/* What every mode uses: time, calls, threads, children. */
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "guest.h"

struct round now;

double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

bool more(void)
{
	return now.shared->round == now.number && seconds() < now.end;
}

long call6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 asm("r10") = d, r8 asm("r8") = e, r9 asm("r9") = f;
	long result;

	now.shared->operations++;
	asm volatile("syscall" : "=a"(result)
		     : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
		     : "rcx", "r11", "memory");
	return result;
}

void broken(enum broken what)
{
	now.shared->broken |= what;
}

struct start {
	void (*work)(void *);
	void *arg;
	uint64_t seed;
};

/* A start is used once; the memory goes with the process. */
static struct start starts[256];
static _Atomic unsigned int n_starts;

static void *begin(void *arg)
{
	struct start *start = arg;

	random_seed(start->seed);
	start->work(start->arg);
	return NULL;
}

bool thread(void (*work)(void *), void *arg)
{
	struct start *start = &starts[n_starts++ % 256];
	pthread_attr_t attr;
	pthread_t t;
	int err;

	*start = (struct start){ work, arg, random_word() };
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128 << 10);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	err = pthread_create(&t, &attr, begin, start);
	pthread_attr_destroy(&attr);
	return !err;
}

int child(void (*work)(void *), void *arg)
{
	uint64_t seed = random_word();
	int pid = fork();

	if (pid)
		return pid;
	random_seed(seed);
	work(arg);
	_exit(0);
}

void reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

void nothing(void *arg)
{
	(void)arg;
}
