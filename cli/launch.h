/* SPDX-License-Identifier: GPL-2.0 */
/* A new process that goes into its jail and then into the box. */
#ifndef LBCTL_LAUNCH_H
#define LBCTL_LAUNCH_H

#include "client.h"
#include "inside.h"

/*
 * struct launch
 * @client: its socket is the one through which the process enters
 * @host_id: the user whom a new user namespace is given
 * @join: a descriptor of a process whose namespaces to enter, or -1 for new ones
 * @cgroup: descriptor of the box's cgroup
 * @stream: descriptors for 0, 1 and 2
 */
struct launch {
	struct client *client;
	uint32_t box, host_id;
	int join;
	int cgroup;
	int stream[3];
	const struct program *program;
};

/*
 * launch - start it. It dies with the caller. Its exit status is the program's,
 * or STATUS_FAILED if it never got into the box, having complained.
 * Fills @pid and @pidfd. 0 or STATUS_FAILED having complained.
 */
int launch(const struct launch *l, pid_t *pid, int *pidfd);

#endif
