/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part of lbctl that runs in the box. From here on every system call is
 * answered by North: all descriptors, paths and users are the box's. Nothing
 * here allocates.
 */
#ifndef LBCTL_INSIDE_H
#define LBCTL_INSIDE_H

#include <stdbool.h>
#include <sys/types.h>

#include <limits.h>

/* struct program - what is to run, all of it made before the box is entered. */
struct program {
	char **argv;
	char **envp;
	const char *cwd;
	const char *user;	/* NAME or UID, with :GROUP or :GID; NULL: root */
	char *home;		/* one of envp, HOME_SIZE bytes, or NULL: HOME is the caller's */
	bool tty;
	bool interactive;
};

#define HOME_SIZE (sizeof("HOME=") + PATH_MAX)

/* Signals that lbctl hands on, from outside to the program. */
extern const int forwarded_signals[];
extern const int nr_forwarded_signals;

/*
 * inside_init - run the program as a child, reap whatever dies, hand signals on,
 * and end with the program's status. For the first process of a box.
 */
void inside_init(const struct program *p) __attribute__((noreturn));
/* inside_join - run it in place if it has no terminal of its own, else as a child. */
void inside_join(const struct program *p) __attribute__((noreturn));

#endif
