/* SPDX-License-Identifier: GPL-2.0 */
/* lbctl's own terminal and signals while a program runs in a box. */
#ifndef LBCTL_TERMINAL_H
#define LBCTL_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

/* signals_hold - block what is to be handed on; before the fork. */
void signals_hold(void);
/* signals_forward - hand signals on to @pid until it dies; its wait status. */
int signals_forward(pid_t pid);

/* terminal_raw - descriptor 0 hands every key on, if it is a terminal. False if it isn't. */
bool terminal_raw(struct termios *saved);
void terminal_restore(const struct termios *saved);

/* standard_descriptors - 0, 1 and 2 are open from here on, and no other. */
void standard_descriptors(void);

#endif
