// SPDX-License-Identifier: GPL-2.0
/* Signals at every call: timers, siblings that kill, stop and continue each other. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include "guest.h"

static int pair[2];
static pid_t self;

static void handler(int sig, siginfo_t *info, void *context)
{
	int saved = errno;
	ucontext_t *u = context;
	(void)info;

	switch (below(24)) {
	case 0: CALL(__NR_getppid); break;
	case 1: CALL(__NR_openat, AT_FDCWD, "file", O_RDONLY | O_CLOEXEC); break;
	case 2: CALL(__NR_tgkill, self, gettid(), SIGUSR2); break;
	case 3: sigaddset(&u->uc_sigmask, SIGUSR1); break;
	case 4: sigemptyset(&u->uc_sigmask); break;
	case 5: child(nothing, NULL); break;
	case 6: CALL(__NR_write, pair[1], "x", 1); break;
	case 7: CALL(__NR_restart_syscall); break;
	default: break;
	}
	(void)sig;
	errno = saved;
}

/* Every call that waits, and some that don't; the signal comes where it likes. */
static void one_call(void)
{
	static const struct timespec brief = { 0, 3000000 };
	uint64_t bits = 0;

	switch (below(20)) {
	case 0: CALL(__NR_read, pair[0], arena, 100); break;
	case 1: CALL(__NR_poll, ((struct pollfd[]){ { pair[0], POLLIN, 0 } }), 1, 3); break;
	case 2: CALL(__NR_ppoll, ((struct pollfd[]){ { pair[0], POLLIN, 0 } }), 1, &brief, &bits, 8); break;
	case 3: CALL(__NR_nanosleep, &brief, arena); break;
	case 4: CALL(__NR_clock_nanosleep, CLOCK_MONOTONIC, 0, &brief, arena); break;
	case 5: CALL(__NR_select, pair[0] + 1, NULL, NULL, NULL, ((struct timeval[]){ { 0, 3000 } })); break;
	case 6: CALL(__NR_pselect6, 0, NULL, NULL, NULL, &brief, ((void *[]){ &bits, (void *)8 })); break;
	case 7: CALL(__NR_futex, arena, 0, *(int *)arena, &brief, NULL, 0); break;
	case 8: CALL(__NR_rt_sigsuspend, &bits, 8); break;
	case 9: CALL(__NR_rt_sigtimedwait, ((uint64_t[]){ 1 << (SIGUSR2 - 1) }), arena, &brief, 8); break;
	case 10: CALL(__NR_wait4, -1, arena, WNOHANG, NULL); break;
	case 11: CALL(__NR_open, "fifo", O_RDONLY); break;
	case 12: CALL(__NR_fcntl, pair[0], F_SETLKW, random_structure(32)); break;
	case 13: CALL(__NR_flock, random_fd(), 1 + below(2)); break;
	case 14: CALL(__NR_epoll_pwait, random_fd(), arena, 8, 3, &bits, 8); break;
	case 15: child(nothing, NULL); break;
	case 16: CALL(__NR_write, pair[1], arena, 20000); break;
	case 17: CALL(__NR_sigaltstack, random_structure(24), NULL); break;
	case 18: CALL(__NR_rt_sigprocmask, below(3), random_structure(8), NULL, 8); break;
	case 19: CALL(__NR_setitimer, below(3), ((struct itimerval[]){ { { 0, 1 + below(500) }, { 0, 1 } } }), NULL); break;
	}
}

static void caller(void *arg)
{
	(void)arg;
	while (more()) {
		one_call();
		if (one_in(64))
			reap();
	}
}

static void nag(void *arg)
{
	pid_t whole = self;
	(void)arg;

	while (more()) {
		switch (below(12)) {
		case 0: CALL(__NR_kill, whole, SIGSTOP); break;
		case 1: CALL(__NR_kill, whole, SIGTSTP); break;
		case 2: CALL(__NR_tgkill, whole, whole + below(8), SIGUSR1); break;
		case 3: CALL(__NR_kill, whole, 34 + below(30)); break;
		case 4: CALL(__NR_kill, 0, SIGURG); break;
		case 5: CALL(__NR_rt_sigqueueinfo, whole, SIGUSR1, random_structure(128)); break;
		default: CALL(__NR_kill, whole, SIGUSR1); break;
		}
		CALL(__NR_kill, whole, SIGCONT);
	}
}

void run_signals(void)
{
	struct sigaction action = { .sa_sigaction = handler };
	struct itimerval every = { { 0, 300 }, { 0, 300 } };

	pool_open();
	self = getpid();
	if (pipe(pair))
		return;
	for (int sig = 1; sig < 65; sig++) {
		action.sa_flags = SA_SIGINFO | (one_in(2) ? SA_RESTART : 0) | (one_in(8) ? SA_NODEFER : 0) |
				  (one_in(8) ? SA_ONSTACK : 0);
		if (sig != SIGSEGV && sig != SIGBUS && sig != SIGILL && sig != SIGTSTP)
			sigaction(sig, &action, NULL);
	}
	child(nag, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	setitimer(ITIMER_PROF, &every, NULL);
	for (int i = 0; i < 3; i++)
		thread(caller, NULL);
	caller(NULL);
}
