/* SPDX-License-Identifier: GPL-2.0 */
/* Every bound of the trusted part. */
#ifndef LB_LIMITS_H
#define LB_LIMITS_H

#define LB_NR_SYSCALLS		512		/* numbers in the tables; more is ENOSYS */
#define LB_NAME_MAX		64		/* of a box, with NUL */
#define LB_MAX_BOXES		4096
#define LB_BOX_TASKS		4096		/* tasks a box may have unless it says less */
#define LB_BOX_HANDLES		65536		/* handles a box may hold */
#define LB_BOX_CONFIG_LINES	256
#define LB_BOX_CONFIG_LINE	4352		/* bytes with NUL: a verb, a number, a path */
#define LB_MEMORY_MIN		(256U << 10)	/* linear memory of a box at birth, bytes */
#define LB_MEMORY_MAX		(256U << 20)	/* and at most */
#define LB_STACK_LEFT		3072		/* bytes of kernel stack North must find free */
#define LB_FUEL_SLICE		100000		/* loop rounds between two looks at the world */
#define LB_FUEL_SLICES		100000		/* without an import: no honest call needs them */
#define LB_DOOMED_TIME		(10 * NSEC_PER_SEC) /* CPU time a killed task has to end, */
#define LB_DOOMED_CLOCK		(300 * HZ)	/* and real time */
#define LB_COPY_MAX		65536		/* bytes of a copy from or to user memory */
#define LB_RW_MAX		0x7ffff000ULL	/* bytes of a read or write: MAX_RW_COUNT */
/* The same for an import that may fault, reclaim or enter a file system. */
#define LB_STACK_HOST		8192
#define LB_HANDLE_POLLS		128		/* words that may wait for one stream */
#define LB_POLL_QUEUES		4		/* wait queues of one stream */
#define LB_QUEUE_POLLS		256		/* words of a box that may wait on one of them */
#define LB_BOX_TIMERS		4096		/* timers a box may have, */
#define LB_BOX_TIMER_RATE	20000		/* and how often they all repeat in a second */
#define LB_SIGNAL_LOOKS		64		/* threads and pending signals looked at for one */
#define LB_LOG_LINE		256		/* bytes of North's in one line of the host's log */
#define LB_COPY_CHUNK		(16ULL << 20)	/* bytes copied between two looks for a kill */
#define LB_LOCK_GRACE		(60 * HZ)	/* a killed task waits for who does I/O in a lock */

#endif
