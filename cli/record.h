/* SPDX-License-Identifier: GPL-2.0 */
/* Recording a box, by a litebox.ko that was built for it (selftests/replay). */
#ifndef LBCTL_RECORD_H
#define LBCTL_RECORD_H

#include <stdint.h>
#include <sys/types.h>

/* record_open - the recorder, of which record_start() takes a box. -1 having complained. */
int record_open(void);
/*
 * record_start - before the box has a process: a new process writes to @file what the
 * box does until it is gone. 0 or STATUS_FAILED having complained.
 */
int record_start(int recorder, int file, uint32_t box, pid_t *pid);
/* record_finish - after the box: until all is written. 0 or STATUS_FAILED having complained. */
int record_finish(pid_t pid);

#endif
