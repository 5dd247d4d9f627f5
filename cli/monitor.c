// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <grp.h>
#include <unistd.h>
#include "jail.h"
#include "launch.h"
#include "lbctl.h"
#include "monitor.h"
#include "record.h"
#include "terminal.h"

/* How long after the first process the rest of a box may take to end, ms. */
#define END_PATIENCE 2000

struct monitor {
	struct spawn *spawn;
	struct client client, events;
	struct box box;
	int cgroup;
	pid_t pid, recording;
	int pidfd;
	int signals, timer;
	bool started, timed_out, orphaned;
	bool exited;
	int wait_status;
	struct event end;
};

static void on_event(const struct event *e, void *arg)
{
	struct monitor *m = arg;

	if (e->id != m->box.id)
		return;
	if (e->end)
		m->end = *e;
	else
		m->started = true;
}

/* By descriptor: the number may be another process's once this one is reaped. */
static void signal_first(const struct monitor *m, int sig)
{
	if (m->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, m->pidfd, sig, NULL, 0);
}

/* The first process takes the others along, whether or not the module answers. */
static void end_box(struct monitor *m)
{
	if (m->exited)
		return;
	signal_first(m, SIGKILL);
	client_box_kill(&m->client, m->box.id, 0);
}

/* ---- set-up ---- */

static int open_descriptors(struct monitor *m)
{
	struct itimerspec timeout = { .it_value.tv_sec = m->spawn->timeout };
	sigset_t set;
	int i;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (i = 0; i < nr_forwarded_signals; i++)
		sigaddset(&set, forwarded_signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	m->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	m->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (m->signals < 0 || m->timer < 0 || timerfd_settime(m->timer, 0, &timeout, NULL))
		return complain("cannot set up the monitor: %s", strerror(errno));
	return 0;
}

static int make_box(struct monitor *m)
{
	struct spawn *s = m->spawn;

	if (client_open(&m->client) || client_open(&m->events))
		return STATUS_FAILED;
	if (client_listen(&m->events))
		return complain("cannot watch boxes: %s", m->events.why);
	s->box.host_id = HOST_ID_BASE + getpid();
	if (client_box_new(&m->client, &s->box, &m->box))
		return complain("cannot make the box: %s", m->client.why);
	cgroup_sweep(&m->client);
	m->cgroup = cgroup_create(m->box.name, &s->limits);
	return m->cgroup < 0 ? STATUS_FAILED : 0;
}

static int start_recording(struct monitor *m)
{
	const struct spawn *s = m->spawn;

	return s->recorder < 0 ? 0 : record_start(s->recorder, s->record, m->box.id, &m->recording);
}

static int start_program(struct monitor *m)
{
	const struct spawn *s = m->spawn;
	struct launch l = {
		.client = &m->client,
		.box = m->box.id,
		.host_id = s->box.host_id,
		.join = -1,
		.cgroup = m->cgroup,
		.stream = { s->program.interactive ? 0 : s->null, 1, 2 },
		.program = &s->program,
	};

	if (s->detach)
		l.stream[1] = l.stream[2] = s->log;
	/* The groups of whoever called are no business of the box. */
	if (setgroups(0, NULL))
		return complain("cannot drop groups: %s", strerror(errno));
	return launch(&l, &m->pid, &m->pidfd);
}

/* ---- while it runs ---- */

/* The caller knows that the box runs; a detached one is on its own from here. */
static void tell_started(struct monitor *m)
{
	struct spawn *s = m->spawn;
	struct started started = { .id = m->box.id };

	memcpy(started.name, m->box.name, sizeof(started.name));
	if (s->detach) {
		close_fd(&s->lifeline);
		dup2(s->null, 0);
		dup2(s->null, 1);
		dup2(s->log, 2);
	}
	if (write(s->started, &started, sizeof(started)) < 0 && !s->detach)
		m->orphaned = true;
	close_fd(&s->started);
}

static void take_signals(struct monitor *m)
{
	struct signalfd_siginfo info;

	while (read(m->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGCHLD)
			signal_first(m, info.ssi_signo);
		else if (waitpid(m->pid, &m->wait_status, WNOHANG) == m->pid)
			m->exited = true;
	}
}

static void take_events(struct monitor *m)
{
	struct box box;

	if (client_events(&m->events, on_event, m) == -ENOBUFS &&
	    !client_box_get(&m->client, m->box.name, &box) && box.id == m->box.id)
		m->started = box.state != LITEBOX_BOX_STATE_NEW;
}

static void run(struct monitor *m)
{
	struct spawn *s = m->spawn;

	while (!m->exited) {
		struct pollfd fds[] = {
			{ .fd = m->signals, .events = POLLIN },
			{ .fd = client_fd(&m->events), .events = POLLIN },
			{ .fd = m->timer, .events = POLLIN },
			{ .fd = s->lifeline, .events = POLLIN },
		};

		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			break;
		if (fds[0].revents)
			take_signals(m);
		if (fds[1].revents)
			take_events(m);
		if (m->started && s->started >= 0)
			tell_started(m);
		if (fds[2].revents && !m->exited) {
			m->timed_out = true;
			close_fd(&m->timer);
			end_box(m);
		}
		if (fds[3].revents) {
			m->orphaned = true;
			close_fd(&s->lifeline);
			end_box(m);
		}
	}
}

/* ---- the end ---- */

static void await_end(struct monitor *m)
{
	struct pollfd fd = { .fd = client_fd(&m->events), .events = POLLIN };

	while (!m->end.id && poll(&fd, 1, END_PATIENCE) > 0)
		client_events(&m->events, on_event, m);
}

static int report(const struct monitor *m)
{
	const struct spawn *s = m->spawn;
	if (m->timed_out) {
		complain_always("%s: ended after %u s", m->box.name, s->timeout);
		return STATUS_TIMEOUT;
	}
	if (m->started && (m->end.reason == LITEBOX_END_TRAP ||
			   m->end.reason == LITEBOX_END_ERROR))
		return complain_always("%s: the box failed: %s", m->box.name,
				       *m->end.why ? m->end.why : "no reason is known");
	if (cgroup_value(m->box.name, "memory.events", "oom"))
		complain_always("%s: out of memory: its limit is %llu MiB", m->box.name,
				(unsigned long long)s->limits.memory >> 20);
	else if (cgroup_value(m->box.name, "memory.events", "oom_kill"))
		complain_always("%s: out of memory: the host has no more for boxes", m->box.name);
	return status_of(m->wait_status);
}

int monitor(struct spawn *s)
{
	struct monitor m = {
		.spawn = s, .cgroup = -1, .pidfd = -1, .signals = -1, .timer = -1,
	};
	int status;

	setsid();
	if (chdir("/"))
		return complain("cannot enter /: %s", strerror(errno));
	status = open_descriptors(&m) ?: make_box(&m) ?: start_recording(&m) ?: start_program(&m);
	if (!status)
		run(&m);
	else
		signal_first(&m, SIGKILL);

	if (!status) {
		await_end(&m);
		status = report(&m);
	}
	/* The box goes with its socket if it is still there. */
	client_close(&m.client);
	client_close(&m.events);
	if (m.recording > 0 && record_finish(m.recording) && !status)
		status = STATUS_FAILED;
	if (m.cgroup >= 0)
		cgroup_remove(m.box.name);
	if (m.orphaned && s->terminal)
		terminal_restore(s->terminal);
	return status;
}
