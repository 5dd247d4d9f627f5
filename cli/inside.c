// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include "inside.h"
#include "users.h"
#include "lbctl.h"

const int forwarded_signals[] = {
	SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT,
};
const int nr_forwarded_signals = ARRAY_SIZE(forwarded_signals);

/* One line, without anything that might allocate. */
static void __attribute__((format(printf, 1, 2))) say(const char *fmt, ...)
{
	char line[512] = "lbctl: ";
	va_list args;
	int len;

	va_start(args, fmt);
	len = 7 + vsnprintf(line + 7, sizeof(line) - 8, fmt, args);
	va_end(args);
	if (len > (int)sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len++] = '\n';
	if (write(2, line, len) < 0)
		_exit(STATUS_FAILED);
}

static void __attribute__((noreturn)) die(const char *what)
{
	say("in the box: %s: %s", what, strerror(errno));
	_exit(STATUS_FAILED);
}

static void default_signals(void)
{
	sigset_t none;
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void become(const struct program *p)
{
	static struct user user;
	const char *failed = user_find(p->user, &user);

	if (failed) {
		say("%s: %s", p->user, failed);
		_exit(STATUS_FAILED);
	}
	if (p->home)
		snprintf(p->home, HOME_SIZE, "HOME=%s", user.home);
	if (setgroups(user.nr_groups, user.groups) || setgid(user.gid) || setuid(user.uid))
		die("cannot become the user");
}

/*
 * Like execvp(3), but a file that isn't a program is an error and not a script
 * for /bin/sh. Returns why it failed.
 */
static int execute(char **argv)
{
	const char *dir = getenv("PATH"), *end;
	char path[4096];
	int err = ENOENT;

	if (strchr(argv[0], '/')) {
		execve(argv[0], argv, environ);
		return errno;
	}
	for (dir = dir ? dir : "/usr/local/bin:/usr/bin:/bin"; *argv[0]; dir = end + 1) {
		end = strchrnul(dir, ':');
		if (snprintf(path, sizeof(path), "%.*s/%s", end == dir ? 1 : (int)(end - dir),
			     end == dir ? "." : dir, argv[0]) < (int)sizeof(path)) {
			execve(path, argv, environ);
			if (errno != ENOENT && errno != ENOTDIR)
				err = errno;
			if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
				return errno;
		}
		if (!*end)
			break;
	}
	return err;
}

/* Becomes the program. */
static void __attribute__((noreturn)) run(const struct program *p)
{
	int err;

	become(p);
	if (chdir(p->cwd)) {
		say("cannot enter directory %s: %s", p->cwd, strerror(errno));
		_exit(STATUS_CANNOT_RUN);
	}
	default_signals();
	environ = p->envp;
	err = execute(p->argv);
	say("cannot run %s: %s", p->argv[0], strerror(err));
	_exit(err == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN);
}

/* ---- without a terminal ---- */

static void forwarded_set(sigset_t *set)
{
	int i;

	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	for (i = 0; i < nr_forwarded_signals; i++)
		sigaddset(set, forwarded_signals[i]);
}

/* Reaps all that have died. True with its wait status if @pid was among them. */
static bool reap(pid_t pid, int *status)
{
	bool found = false;
	pid_t died;
	int st;

	while ((died = waitpid(-1, &st, WNOHANG)) > 0)
		/* Who called PTRACE_TRACEME without a tracer stops, and hasn't ended. */
		if (died == pid && !WIFSTOPPED(st)) {
			*status = st;
			found = true;
		}
	return found;
}

static int watch(pid_t pid)
{
	sigset_t set;
	int sig, status;

	forwarded_set(&set);
	for (;;) {
		sig = sigwaitinfo(&set, NULL);
		if (sig < 0 && errno != EINTR)
			die("cannot wait for signals");
		if (sig == SIGCHLD) {
			if (reap(pid, &status))
				return status;
		} else if (sig > 0) {
			kill(pid, sig);
		}
	}
}

/* ---- with a terminal ---- */

static volatile sig_atomic_t got_signal[NSIG];

static void on_signal(int sig)
{
	got_signal[sig] = 1;
}

static void copy_size(int from, int to)
{
	struct winsize size;

	if (!ioctl(from, TIOCGWINSZ, &size))
		ioctl(to, TIOCSWINSZ, &size);
}

/* A pseudo terminal of the box's; the master's descriptor and the slave's path. */
static int open_terminal(char *slave, size_t size)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	int unlock = 0;
	unsigned int number;

	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) || ioctl(master, TIOCGPTN, &number))
		die("cannot make a terminal");
	snprintf(slave, size, "/dev/pts/%u", number);
	return master;
}

static void __attribute__((noreturn)) run_on_terminal(const struct program *p, const char *slave)
{
	int fd;

	setsid();
	fd = open(slave, O_RDWR | O_NOCTTY);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0))
		die("cannot open the terminal");
	if (dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		die("cannot open the terminal");
	if (fd > 2)
		close(fd);
	run(p);
}

/* struct relay - bytes on their way from one descriptor to another. */
struct relay {
	int from, to;
	size_t start, end;
	bool eof;
	char data[4096];
};

static bool relay_empty(const struct relay *r)
{
	return r->start == r->end;
}

/* Reads what there is; at the end of a terminal's input comes an error. */
static void relay_fill(struct relay *r)
{
	ssize_t n = read(r->from, r->data, sizeof(r->data));

	if (n > 0) {
		r->start = 0;
		r->end = n;
	} else if (!n || (errno != EAGAIN && errno != EINTR)) {
		r->eof = true;
	}
}

static void relay_drain(struct relay *r)
{
	ssize_t n = write(r->to, r->data + r->start, r->end - r->start);

	if (n > 0)
		r->start += n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		r->start = r->end;
}

static struct pollfd relay_poll(const struct relay *r)
{
	if (!relay_empty(r))
		return (struct pollfd){ .fd = r->to, .events = POLLOUT };
	return (struct pollfd){ .fd = r->eof ? -1 : r->from, .events = POLLIN };
}

static void relay_step(struct relay *r, short revents)
{
	if (!revents)
		return;
	if (relay_empty(r))
		relay_fill(r);
	if (!relay_empty(r))
		relay_drain(r);
}

/* What the program wrote last, once it is gone. */
static void relay_rest(struct relay *r)
{
	do {
		while (!relay_empty(r)) {
			struct pollfd fd = relay_poll(r);

			poll(&fd, 1, -1);
			relay_drain(r);
		}
		r->start = r->end = 0;
		relay_fill(r);
	} while (!relay_empty(r));
}

/* Input that ended is the end of file for whoever reads the terminal. */
static void end_input(struct relay *in)
{
	in->data[0] = 4; /* ^D */
	in->start = 0;
	in->end = 1;
}

static int watch_terminal(pid_t pid, int master, bool interactive)
{
	static struct relay in, out;
	bool ended = !interactive;
	sigset_t none;
	int i, status;

	in.from = 0;
	in.to = master;
	in.eof = !interactive;
	out.from = master;
	out.to = 1;
	sigemptyset(&none);
	for (;;) {
		struct pollfd fds[2] = { relay_poll(&in), relay_poll(&out) };
		int n = ppoll(fds, 2, NULL, &none);

		if (n < 0 && errno != EINTR)
			die("cannot wait for the terminal");
		if (got_signal[SIGCHLD]) {
			got_signal[SIGCHLD] = 0;
			if (reap(pid, &status))
				break;
		}
		if (got_signal[SIGWINCH]) {
			got_signal[SIGWINCH] = 0;
			copy_size(interactive ? 0 : 1, master);
		}
		for (i = 0; i < nr_forwarded_signals; i++)
			if (got_signal[forwarded_signals[i]]) {
				got_signal[forwarded_signals[i]] = 0;
				kill(pid, forwarded_signals[i]);
			}
		if (n <= 0)
			continue;
		relay_step(&in, fds[0].revents);
		relay_step(&out, fds[1].revents);
		if (in.eof && !ended && relay_empty(&in)) {
			ended = true;
			end_input(&in);
		}
	}
	relay_rest(&out);
	return status;
}

static int run_with_terminal(const struct program *p)
{
	struct sigaction action = { .sa_handler = on_signal };
	char slave[32];
	int i, master = open_terminal(slave, sizeof(slave));
	pid_t pid;

	sigaction(SIGCHLD, &action, NULL);
	for (i = 0; i < nr_forwarded_signals; i++)
		sigaction(forwarded_signals[i], &action, NULL);
	copy_size(p->interactive ? 0 : 1, master);
	pid = fork();
	if (pid < 0)
		die("cannot fork");
	if (!pid)
		run_on_terminal(p, slave);
	return watch_terminal(pid, master, p->interactive);
}

void inside_init(const struct program *p)
{
	pid_t pid;

	if (p->tty)
		_exit(status_of(run_with_terminal(p)));
	pid = fork();
	if (pid < 0)
		die("cannot fork");
	if (!pid) {
		setsid();
		run(p);
	}
	_exit(status_of(watch(pid)));
}

void inside_join(const struct program *p)
{
	if (p->tty)
		_exit(status_of(run_with_terminal(p)));
	run(p);
}
