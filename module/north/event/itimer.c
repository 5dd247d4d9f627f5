// SPDX-License-Identifier: GPL-2.0
/* Times and intervals of timers. */
#include "itimer.h"

static s64 add_ns(s64 a, s64 b)
{
	return a > KTIME_MAX - b ? KTIME_MAX : a + b;
}

static s64 timespec_ns(const struct linux_timespec64 *ts)
{
	if (ts->sec >= KTIME_MAX / NSEC_PER_SEC)
		return KTIME_MAX;
	return ts->sec * NSEC_PER_SEC + ts->nsec;
}

static bool timespec_valid(const struct linux_timespec64 *ts)
{
	return ts->sec >= 0 && (u64)ts->nsec < NSEC_PER_SEC;
}

s32 itimerspec_read(struct itimerspec *to, u64 uaddr)
{
	struct linux_timespec64 ts[2];

	if (south_user_read(ts, uaddr, sizeof(ts)))
		return -EFAULT;
	if (!timespec_valid(&ts[0]) || !timespec_valid(&ts[1]))
		return -EINVAL;
	to->interval = timespec_ns(&ts[0]);
	to->value = timespec_ns(&ts[1]);
	return 0;
}

s32 itimerspec_write(u64 uaddr, const struct itimerspec *from)
{
	struct linux_timespec64 ts[2] = {
		{ from->interval / NSEC_PER_SEC, from->interval % NSEC_PER_SEC },
		{ from->value / NSEC_PER_SEC, from->value % NSEC_PER_SEC },
	};

	return south_user_write(uaddr, ts, sizeof(ts)) ? -EFAULT : 0;
}

void itimer_set(struct itimer *t, u32 clock, bool absolute, const struct itimerspec *to)
{
	t->clock = clock == CLOCK_REALTIME && !absolute ? CLOCK_MONOTONIC : clock;
	t->interval = to->interval;
	t->expires = to->value;
	if (to->value && !absolute)
		t->expires = add_ns(south_time(t->clock), to->value);
}

s64 itimer_left(const struct itimer *t)
{
	s64 now = t->expires ? south_time(t->clock) : 0;

	return t->expires > now ? t->expires - now : 0;
}

u64 itimer_forward(struct itimer *t)
{
	s64 now = south_time(t->clock);
	u64 n;

	if (now < t->expires)
		return 0;
	n = (u64)(now - t->expires) / (u64)t->interval + 1;
	t->expires = add_ns(t->expires + (s64)(n - 1) * t->interval, t->interval);
	return n;
}
