// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/sched.h>
#include "jail.h"
#include "launch.h"
#include "lbctl.h"

/* Descriptors of the process when it enters; 3 and 4 are for the module. */
enum { FIRST_FREE = 3, LAST_FREE = 4, SOCK = 5, PARENT = 6, OTHERS = 7 };

static void __attribute__((noreturn)) fail(const char *what)
{
	complain("cannot set up the jail: %s: %s", what, strerror(errno));
	_exit(STATUS_FAILED);
}

/*
 * Those that stay close when the program is executed: the box's descriptors are
 * North's, these are nobody's any more.
 */
static void arrange_descriptors(const struct launch *l, int parent)
{
	int from[] = { l->stream[0], l->stream[1], l->stream[2], client_fd(l->client), parent };
	const int to[] = { 0, 1, 2, SOCK, PARENT };
	size_t i;

	/* First out of the way, since one may lie where another is to go. */
	for (i = 0; i < ARRAY_SIZE(from); i++) {
		from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 16);
		if (from[i] < 0)
			fail("descriptors");
	}
	for (i = 0; i < ARRAY_SIZE(from); i++)
		if (dup3(from[i], to[i], O_CLOEXEC) < 0)
			fail("descriptors");
	if (close_range(FIRST_FREE, LAST_FREE, 0) || close_range(OTHERS, ~0U, 0))
		fail("descriptors");
}

/* After this the process dies with its parent; it may be too late already. */
static void die_with_parent(void)
{
	struct pollfd parent = { .fd = PARENT };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		fail("parent's death");
	if (poll(&parent, 1, 0) && parent.revents & POLLHUP)
		_exit(STATUS_FAILED);
	close(PARENT);
}

static void __attribute__((noreturn)) child(const struct launch *l, void *filter,
					    const struct enter_message *enter, int parent)
{
	const char *failed;
	char go, why[160];

	/* The parent has mapped our user then. */
	if (read(parent, &go, 1) != 1)
		_exit(STATUS_FAILED);
	setsid();
	failed = l->join < 0 ? jail_namespaces() : jail_join(l->join);
	if (failed)
		fail(failed);
	arrange_descriptors(l, parent);
	failed = jail_lock(filter);
	if (failed)
		fail(failed);
	die_with_parent();
	hide_command_line();
	if (!client_enter(SOCK, enter, why, sizeof(why))) {
		complain("cannot enter the box: %s", why);
		_exit(STATUS_FAILED);
	}
	if (l->join < 0)
		inside_init(l->program);
	else
		inside_join(l->program);
}

int launch(const struct launch *l, pid_t *pid, int *pidfd)
{
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_INTO_CGROUP,
		.pidfd = (uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = l->cgroup,
	};
	void *filter = jail_filter();
	struct enter_message enter;
	int err, sync[2];

	if (!filter)
		return STATUS_FAILED;
	if (client_enter_prepare(l->client, l->box, &enter) || pipe2(sync, O_CLOEXEC))
		return complain("no memory");
	if (l->join < 0)
		args.flags |= JAIL_CLONE_FLAGS;
	else if (setns(l->join, CLONE_NEWPID))
		return complain("cannot join the box: %s", strerror(errno));

	*pid = syscall(SYS_clone3, &args, sizeof(args));
	if (*pid < 0)
		return complain("cannot create the box's process: %s", strerror(errno));
	if (!*pid) {
		close(sync[1]);
		child(l, filter, &enter, sync[0]);
	}
	close(sync[0]);
	err = jail_oom_first(*pid);
	if (!err && l->join < 0)
		err = jail_map_ids(*pid, l->host_id);
	/* sync[1] stays open: its end is how the child hears of ours. */
	if (!err && write(sync[1], "", 1) == 1)
		return 0;
	close(sync[1]);
	return complain("cannot set up the box's process: %s", strerror(err ? -err : errno));
}
