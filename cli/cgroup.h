/* SPDX-License-Identifier: GPL-2.0 */
/* The cgroups of boxes: /sys/fs/cgroup/litebox/NAME, version 2. */
#ifndef LBCTL_CGROUP_H
#define LBCTL_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include "client.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

struct cgroup_limits {
	uint64_t memory;	/* bytes; no swap comes to it */
	uint64_t pids;
	uint64_t cpu;		/* thousandths of a CPU; 0: none */
};

/* cgroup_create - a descriptor of the new cgroup of box @name, or -1 having complained. */
int cgroup_create(const char *name, const struct cgroup_limits *limits);
/* cgroup_open - of a box that runs; the same. */
int cgroup_open(const char *name);
/* cgroup_remove - of a box that has ended; waits a little for its last tasks to be gone. */
void cgroup_remove(const char *name);
/* cgroup_sweep - remove those that no living box stands behind. */
void cgroup_sweep(struct client *c);
/* cgroup_value - the number in file @file, or after word @key in it; 0 if it isn't there. */
uint64_t cgroup_value(const char *name, const char *file, const char *key);
/* cgroup_host_memory - of the host, in bytes. */
uint64_t cgroup_host_memory(void);
/* cgroup_missing - NULL, or what the host lacks (for people). */
const char *cgroup_missing(void);

#endif
