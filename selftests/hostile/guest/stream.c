// SPDX-License-Identifier: GPL-2.0
/*
 * Call after call, each made of the seed and its index alone: where one ends the
 * process, the next process goes on behind it, and the stream is the same.
 */
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include "guest.h"

static void interrupt(int sig)
{
	(void)sig;
}

/* Nothing waits for longer than a tick, unless it has blocked the signal. */
static void tick(void)
{
	struct sigaction action = { .sa_handler = interrupt };
	struct itimerval every = { { 0, 20000 }, { 0, 20000 } };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
}

void run_stream(void)
{
	uint64_t i;

	pool_open();
	tick();
	while (more()) {
		i = now.shared->index++;
		if (now.last && i >= now.last)
			return;
		random_seed(random_mix(now.seed, i));
		random_call();
		if (i % 256 == 0)
			reap();
	}
}
