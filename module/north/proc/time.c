// SPDX-License-Identifier: GPL-2.0
/* Clocks that are read; the host's time is nobody's to set from within a box. */
#include "proc.h"

#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_REALTIME_COARSE 5
#define CLOCK_MONOTONIC_COARSE 6
#define CLOCK_TAI 11
#define TICK_NS 4000000ll

struct timespec {
	s64 sec, nsec;
};

static s64 floor_div(s64 a, s64 b)
{
	return a >= 0 ? a / b : -((b - 1 - a) / b);
}

s64 sys_gettimeofday(const u64 *a)
{
	s32 err = 0;

	if (a[0]) {
		s64 now = south_time(CLOCK_REALTIME), tv[2];

		tv[0] = floor_div(now, NS_PER_SEC);
		tv[1] = (now - tv[0] * NS_PER_SEC) / 1000;
		err = south_user_write(a[0], tv, sizeof(tv));
	}
	if (a[1] && !err) {
		s32 zone[2] = { 0, 0 };

		err = south_user_write(a[1], zone, sizeof(zone));
	}
	return err;
}

s64 sys_settimeofday(const u64 *a)
{
	s64 tv[2];
	s32 zone[2];

	if (a[0]) {
		if (south_user_read(tv, a[0], sizeof(tv)))
			return -EFAULT;
		if (tv[1] < 0 || tv[1] >= 1000000)
			return -EINVAL;
	}
	if (a[1] && south_user_read(zone, a[1], sizeof(zone)))
		return -EFAULT;
	if (a[0] && tv[0] < 0)
		return -EINVAL;
	return -EPERM;
}

s64 sys_time(const u64 *a)
{
	s64 now = floor_div(south_time(CLOCK_REALTIME), NS_PER_SEC);

	if (a[0] && south_user_write(a[0], &now, sizeof(now)))
		return -EFAULT;
	return now;
}

s64 sys_times(const u64 *a)
{
	s64 ticks = south_time(CLOCK_MONOTONIC) / (NS_PER_SEC / USER_HZ);
	struct south_task *st;
	s64 tms[4];
	s32 err;

	if (!a[0])
		return ticks;
	st = new(struct south_task);
	if (!st)
		return -ENOMEM;
	err = south_task(current->pid, st);
	tms[0] = st->utime / (NS_PER_SEC / USER_HZ);
	tms[1] = st->stime / (NS_PER_SEC / USER_HZ);
	tms[2] = st->cutime / (NS_PER_SEC / USER_HZ);
	tms[3] = st->cstime / (NS_PER_SEC / USER_HZ);
	release(st);
	if (!err)
		err = south_user_write(a[0], tms, sizeof(tms));
	return err ? err : ticks;
}

/* A clock of a process or thread: its id in the upper bits, inverted. */
static bool is_cpu_clock(s32 clock)
{
	bool found;
	s32 id = ~(clock >> 3);

	if (clock >= 0 || (clock & 3) == 3)
		return false;
	if (!id)
		return true;
	lock(&tasks_lock);
	found = clock & 4 ? task_find(id) && task_find(id)->process == current->process :
			    process_find(id) != NULL;
	unlock(&tasks_lock);
	return found;
}

static bool is_clock(s32 clock)
{
	return (clock >= 0 && clock <= CLOCK_TAI && clock != 10) || is_cpu_clock(clock);
}

s64 sys_clock_getres(const u64 *a)
{
	s32 clock = (s32)a[0];
	struct timespec ts = { 0, 1 };

	if (!is_clock(clock))
		return -EINVAL;
	if (clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE)
		ts.nsec = TICK_NS;
	return a[1] ? south_user_write(a[1], &ts, sizeof(ts)) : 0;
}

s64 sys_clock_settime(const u64 *a)
{
	s32 clock = (s32)a[0];
	struct timespec ts;

	if (clock < 0 && is_cpu_clock(clock))
		return south_user_read(&ts, a[1], sizeof(ts)) ? -EFAULT : -EPERM;
	if (clock != CLOCK_REALTIME)
		return -EINVAL;
	if (south_user_read(&ts, a[1], sizeof(ts)))
		return -EFAULT;
	if (ts.sec < 0 || (u64)ts.nsec >= NS_PER_SEC)
		return -EINVAL;
	return -EPERM;
}

/* struct timex - as in linux/timex.h. */
struct timex {
	u32 modes;
	s64 offset, freq, maxerror, esterror;
	s32 status;
	s64 constant, precision, tolerance, sec, usec, tick;
	s64 ppsfreq, jitter;
	s32 shift;
	s64 stabil, jitcnt, calcnt, errcnt, stbcnt;
	s32 tai, pad[11];
};
_Static_assert(sizeof(struct timex) == 208, "timex");

#define ADJ_OFFSET_READONLY 0x2000u
#define ADJ_ADJTIME 0x8000u
#define ADJ_OFFSET_SINGLESHOT 0x8001u
#define STA_UNSYNC 0x40
#define TIME_ERROR 5
#define NTP_MAX_ERROR 16000000

/* What a clock says that nobody disciplines: who does it for the host is not told. */
static s64 do_adjtimex(u64 uaddr)
{
	struct timex t;
	s64 now;

	if (south_user_read(&t, uaddr, sizeof(t)))
		return -EFAULT;
	if (t.modes & ADJ_ADJTIME) {
		if (!(t.modes & ADJ_OFFSET_SINGLESHOT))
			return -EINVAL;
		if (!(t.modes & ADJ_OFFSET_READONLY))
			return -EPERM;
	} else if (t.modes) {
		return -EPERM;
	}
	now = south_time(CLOCK_REALTIME);
	t = (struct timex){
		.modes = t.modes,
		.maxerror = NTP_MAX_ERROR,
		.esterror = NTP_MAX_ERROR,
		.status = STA_UNSYNC,
		.constant = 2,
		.precision = 1,
		.tolerance = 32768000,
		.sec = floor_div(now, NS_PER_SEC),
		.tick = 10000,
	};
	t.usec = (now - t.sec * NS_PER_SEC) / 1000;
	return south_user_write(uaddr, &t, sizeof(t)) ? -EFAULT : TIME_ERROR;
}

s64 sys_adjtimex(const u64 *a)
{
	return do_adjtimex(a[0]);
}

s64 sys_clock_adjtime(const u64 *a)
{
	if (!is_clock((s32)a[0]))
		return -EINVAL;
	return (s32)a[0] == CLOCK_REALTIME ? do_adjtimex(a[1]) : -EOPNOTSUPP;
}

s64 sys_pause(const u64 *a)
{
	struct waiter *w = &current->waiter;

	while (!south_signal_pending())
		if (waiter_sleep(w, w->seq, -1) == -EINTR)
			break;
	return -ERESTARTNOHAND;
}
