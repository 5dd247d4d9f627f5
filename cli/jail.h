/* SPDX-License-Identifier: GPL-2.0 */
/* The jail around a box: what is left to a task if it ever lost the redirect. */
#ifndef LBCTL_JAIL_H
#define LBCTL_JAIL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Hosts' users and groups of boxes: this plus the process id of the box's monitor. */
#define HOST_ID_BASE 0x70000000U

/*
 * Namespaces of a box: those that clone3 makes, and the cgroup one, which comes after
 * the cgroup.
 */
#define JAIL_CLONE_FLAGS (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | \
			  CLONE_NEWIPC | CLONE_NEWUTS)

/* jail_filter - the seccomp filter, made where memory may still be had. NULL having complained. */
void *jail_filter(void);

/* jail_map_ids - parent: give the child's user namespace its one user. 0 or -errno. */
int jail_map_ids(pid_t pid, uint32_t host_id);

/*
 * jail_oom_first - parent: should the host run out of memory, its own processes outlive
 * the child.
 */
int jail_oom_first(pid_t pid);

/*
 * The child's part, in this order. Each returns NULL, or what failed, with errno.
 * jail_namespaces: become the box's user; the rest of the namespaces, an empty root.
 * jail_join: become the box's user in the namespaces of the process behind @pidfd.
 * jail_lock: no capabilities and no way to any, Landlock, seccomp.
 */
const char *jail_namespaces(void);
const char *jail_join(int pidfd);
const char *jail_lock(void *filter);

/* jail_landlock_abi - of the running kernel; <= 0: none. */
int jail_landlock_abi(void);

#endif
