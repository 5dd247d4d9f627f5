/* SPDX-License-Identifier: GPL-2.0 */
/* Locks of North under observation; private to the hosted South. */
#ifndef HOSTED_LOCKS_H
#define HOSTED_LOCKS_H

#include <stddef.h>

/* Abort if the calling thread holds a lock with which nobody may wait, or touch user memory. */
void hosted_may_wait(void);
void hosted_may_copy(void);
/* A block with locks in it is given back: what is there next is another lock. */
void hosted_forget_locks(void *p, size_t size);

#endif
