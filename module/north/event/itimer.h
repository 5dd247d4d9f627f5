/* SPDX-License-Identifier: GPL-2.0 */
/* What timerfd and POSIX timers share: a time, an interval, and a timer of the host. */
#ifndef NORTH_ITIMER_H
#define NORTH_ITIMER_H

#include "poll.h"

#define NSEC_PER_SEC 1000000000ll
#define KTIME_MAX 0x7fffffffffffffffll

#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_BOOTTIME 7
#define CLOCK_REALTIME_ALARM 8
#define CLOCK_BOOTTIME_ALARM 9
#define CAP_WAKE_ALARM 35

/* struct itimer - under its owner's lock. */
struct itimer {
	s32 handle;	/* the host's timer, or -1 */
	u32 clock;	/* that @expires counts by: REALTIME, MONOTONIC or BOOTTIME */
	s64 expires;	/* ns; 0: disarmed */
	s64 interval;	/* ns; 0: once */
};

/* struct itimerspec - in ns. */
struct itimerspec {
	s64 interval, value;
};

/* itimerspec_read - -EFAULT, -EINVAL. Times beyond what 63 bits hold are the largest. */
s32 itimerspec_read(struct itimerspec *to, u64 uaddr);
s32 itimerspec_write(u64 uaddr, const struct itimerspec *from);

/*
 * itimer_set - @value ns from now or, if @absolute, of @clock; 0 disarms. What is relative
 * goes on when somebody sets the clock. The host's timer is the caller's to set.
 */
void itimer_set(struct itimer *t, u32 clock, bool absolute, const struct itimerspec *to);
/* itimer_left - ns until it expires, at least 0; 0 where it is disarmed. */
s64 itimer_left(const struct itimer *t);
/* itimer_forward - how often one with an interval has expired; it is set for the next time. */
u64 itimer_forward(struct itimer *t);

#endif
