/* SPDX-License-Identifier: GPL-2.0 */
/* Users of the box, from its own /etc. For use inside: nothing is allocated. */
#ifndef LBCTL_USERS_H
#define LBCTL_USERS_H

#include <limits.h>
#include <sys/types.h>

#define GROUPS_MAX 64

struct user {
	uid_t uid;
	gid_t gid;
	gid_t groups[GROUPS_MAX];
	int nr_groups;
	char home[PATH_MAX];
};

/*
 * user_find - @spec: NAME or UID, which ":GROUP" or ":GID" may follow; NULL is 0.
 * A UID need not be in /etc/passwd; it has group 0 then. NULL, or what is wrong.
 */
const char *user_find(const char *spec, struct user *user);

#endif
