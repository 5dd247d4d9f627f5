// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "inside.h"
#include "terminal.h"

static sigset_t held;

void signals_hold(void)
{
	struct sigaction old;
	int i;

	sigemptyset(&held);
	sigaddset(&held, SIGCHLD);
	for (i = 0; i < nr_forwarded_signals; i++)
		if (!sigaction(forwarded_signals[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaddset(&held, forwarded_signals[i]);
	sigprocmask(SIG_BLOCK, &held, NULL);
}

int signals_forward(pid_t pid)
{
	int sig, status;

	for (;;) {
		sig = sigwaitinfo(&held, NULL);
		if (sig == SIGCHLD) {
			if (waitpid(pid, &status, WNOHANG) == pid)
				return status;
		} else if (sig > 0) {
			kill(pid, sig);
		}
	}
}

bool terminal_raw(struct termios *saved)
{
	struct termios raw;

	if (tcgetattr(0, saved))
		return false;
	raw = *saved;
	cfmakeraw(&raw);
	return !tcsetattr(0, TCSADRAIN, &raw);
}

void terminal_restore(const struct termios *saved)
{
	tcsetattr(0, TCSADRAIN, saved);
}

void standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= 2);
	close_range(3, ~0U, 0);
}
