/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The monitor: a process in a session of its own that makes a box, is its owner
 * and its first process's parent, and cleans up behind it, whatever happens to
 * the lbctl that was called.
 */
#ifndef LBCTL_MONITOR_H
#define LBCTL_MONITOR_H

#include <termios.h>
#include "cgroup.h"
#include "client.h"
#include "inside.h"

/*
 * struct spawn
 * @lifeline: read end of a pipe: the end of file ends the box, unless detached
 * @started: write end of a pipe for the box's id and name, once it runs
 * @terminal: what to restore if the caller died, or NULL
 * @log: descriptor for the output of a detached box
 * @recorder: descriptor of the recorder, which writes to @record, or -1
 */
struct spawn {
	struct box_spec box;
	struct cgroup_limits limits;
	struct program program;
	unsigned int timeout;	/* s; 0: none */
	bool detach;
	int null, log;
	int recorder, record;
	int lifeline, started;
	const struct termios *terminal;
};

struct started {
	uint32_t id;
	char name[LITEBOX_NAME_LEN + 1];
};

/* monitor - in the forked process. Returns its exit status. */
int monitor(struct spawn *s);

#endif
