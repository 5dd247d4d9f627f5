/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of the hosted South. */
#ifndef HOSTED_SOUTH_H
#define HOSTED_SOUTH_H

#include <stddef.h>

/* Abort if the calling thread holds a lock with which nobody may wait, or touch user memory. */
void hosted_may_wait(void);
void hosted_may_copy(void);
/* A block with locks in it is given back: what is there next is another lock. */
void hosted_forget_locks(void *p, size_t size);
/* tasks.c: is there such a boxed task? */
int hosted_task_exists(int tid);

#endif
