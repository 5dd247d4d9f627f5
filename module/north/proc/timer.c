// SPDX-License-Identifier: GPL-2.0
/*
 * POSIX timers: a process's list of them. Those that send a signal are timers of the
 * host, which sends it; the others are only looked at.
 */
#include "proc.h"
#include "../event/itimer.h"

#define SIGEV_SIGNAL 0
#define SIGEV_NONE 1
#define SIGEV_THREAD 2
#define SIGEV_THREAD_ID 4

#define CLOCK_TAI 11
#define TIMER_ABSTIME 1
#define SIGALRM 14
#define RLIMIT_SIGPENDING 11

struct sigevent {
	u64 value;
	s32 signo, notify, tid, pad[11];
};
_Static_assert(sizeof(struct sigevent) == 64, "sigevent");

struct posix_timer {
	struct posix_timer *next;
	s32 id;
	u32 clock;
	struct sigevent event;
	struct itimer t;
};

/* Guards the lists of all processes, and what is on them. */
static struct mutex timers_lock;

static void timer_free(struct posix_timer *t)
{
	if (t->t.handle >= 0)
		south_close(t->t.handle);
	release(t);
}

void process_timers_free(struct process *p)
{
	struct posix_timer *t, *next;

	lock(&timers_lock);
	t = p->timers;
	p->timers = NULL;
	unlock(&timers_lock);
	for (; t; t = next) {
		next = t->next;
		timer_free(t);
	}
}

/* Where the timer is linked, or NULL; the lock is held. */
static struct posix_timer **timer_find(s32 id)
{
	struct posix_timer **p;

	for (p = &current->process->timers; *p; p = &(*p)->next)
		if ((*p)->id == id)
			return p;
	return NULL;
}

static bool timer_silent(const struct posix_timer *t)
{
	return t->event.notify == SIGEV_NONE;
}

/* Whether the clock can have timers, natively and here. */
static s32 timer_clock(s32 clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
		return 0;
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		/* Nothing in a box wakes the host. */
		return capable(CAP_WAKE_ALARM) ? -EOPNOTSUPP : -EPERM;
	}
	/* No timers by CPU time, nor by a clock that only differs in its leap seconds. */
	return clock > CLOCK_TAI || clock == 10 ? -EINVAL : -EOPNOTSUPP;
}

/* good_sigevent() */
static bool timer_event_ok(const struct sigevent *e)
{
	bool mine = true;

	switch (e->notify) {
	case SIGEV_THREAD_ID:
		lock(&tasks_lock);
		mine = task_find(e->tid) && task_find(e->tid)->process == current->process;
		unlock(&tasks_lock);
		fallthrough;
	case SIGEV_SIGNAL:
	case SIGEV_THREAD:
		return mine && e->signo > 0 && e->signo <= NSIG;
	case SIGEV_NONE:
		return true;
	default:
		return false;
	}
}

/* May the process have one more? Each may have a signal pending. */
static s32 timer_limit(void)
{
	struct south_task *st = new(struct south_task);
	struct posix_timer *t;
	u64 count = 0;
	s32 err;

	if (!st)
		return -EAGAIN;
	err = south_task(0, st);
	lock(&timers_lock);
	for (t = current->process->timers; t; t = t->next)
		count++;
	unlock(&timers_lock);
	if (!err && count >= st->rlim_cur[RLIMIT_SIGPENDING])
		err = -EAGAIN;
	release(st);
	return err;
}

static void timer_link(struct posix_timer *t)
{
	struct process *p = current->process;

	lock(&timers_lock);
	do
		t->id = (s32)(p->next_timer++ & 0x7fffffff);
	while (timer_find(t->id));
	t->next = p->timers;
	p->timers = t;
	unlock(&timers_lock);
}

static void timer_unlink(s32 id)
{
	struct posix_timer **p, *t = NULL;

	lock(&timers_lock);
	p = timer_find(id);
	if (p) {
		t = *p;
		*p = t->next;
	}
	unlock(&timers_lock);
	if (t)
		timer_free(t);
}

static s32 timer_event(struct sigevent *e, u64 uaddr)
{
	memset(e, 0, sizeof(*e));
	e->signo = SIGALRM;
	if (!uaddr)
		return 0;
	return south_user_read(e, uaddr, sizeof(*e)) ? -EFAULT : 0;
}

s64 sys_timer_create(const u64 *a)
{
	struct south_timer st = { .clock = CLOCK_MONOTONIC };
	struct posix_timer *t;
	struct sigevent event;
	s32 err = timer_event(&event, a[1]), id;

	if (!err)
		err = timer_clock((s32)a[0]);
	if (!err)
		err = timer_limit();
	if (err)
		return err;
	if (!timer_event_ok(&event))
		return -EINVAL;
	t = new(struct posix_timer);
	if (!t)
		return -EAGAIN;
	t->clock = (u32)a[0];
	t->event = event;
	t->t.handle = -1;
	if (!timer_silent(t)) {
		t->t.handle = south_timer(-1, 1, &st);
		if (t->t.handle < 0) {
			release(t);
			return -EAGAIN;
		}
	}
	timer_link(t);
	id = t->id;
	if (!a[1])
		t->event.value = (u32)id;
	if (south_user_write(a[2], &id, sizeof(id))) {
		timer_unlink(id);
		return -EFAULT;
	}
	return 0;
}

s64 sys_timer_delete(const u64 *a)
{
	bool found;

	lock(&timers_lock);
	found = timer_find((s32)a[0]);
	unlock(&timers_lock);
	if (!found)
		return -EINVAL;
	timer_unlink((s32)a[0]);
	return 0;
}

/* common_timer_get() */
static void timer_get(struct posix_timer *t, struct itimerspec *now)
{
	now->interval = t->t.interval;
	if (t->t.expires && t->t.interval)
		itimer_forward(&t->t);
	now->value = itimer_left(&t->t);
}

s64 sys_timer_gettime(const u64 *a)
{
	struct posix_timer **p;
	struct itimerspec now;

	lock(&timers_lock);
	p = timer_find((s32)a[0]);
	if (p)
		timer_get(*p, &now);
	unlock(&timers_lock);
	return p ? itimerspec_write(a[1], &now) : -EINVAL;
}

/* The host's timer, as @t says. */
static s32 timer_arm(struct posix_timer *t)
{
	struct south_timer st = {
		.expires = t->t.expires,
		.interval = t->t.interval,
		.value = t->event.value,
		.clock = t->t.clock,
		.sig = (u32)t->event.signo,
		.tid = t->event.notify == SIGEV_THREAD_ID ? t->event.tid : current->tid,
		.process = t->event.notify != SIGEV_THREAD_ID,
		.id = t->id,
	};
	s32 err;

	if (timer_silent(t))
		return 0;
	if (!st.expires)
		st.sig = 0;
	err = south_timer(t->t.handle, 1, &st);
	/* The thread has gone: there is nobody to be told. */
	return err == -ESRCH ? 0 : err;
}

s64 sys_timer_settime(const u64 *a)
{
	struct itimerspec to, old;
	struct posix_timer **p;
	s32 err;

	if (!a[2])
		return -EINVAL;
	err = itimerspec_read(&to, a[2]);
	if (err)
		return err;
	/* A timer that is disarmed has no interval. */
	if (!to.value)
		to.interval = 0;
	lock(&timers_lock);
	p = timer_find((s32)a[0]);
	if (p) {
		timer_get(*p, &old);
		itimer_set(&(*p)->t, (*p)->clock, (u32)a[1] & TIMER_ABSTIME, &to);
		err = timer_arm(*p);
	} else {
		err = -EINVAL;
	}
	unlock(&timers_lock);
	return !err && a[3] ? itimerspec_write(a[3], &old) : err;
}

s64 sys_timer_getoverrun(const u64 *a)
{
	struct south_timer st = { 0 };
	struct posix_timer **p;
	s64 ret = -EINVAL;

	lock(&timers_lock);
	p = timer_find((s32)a[0]);
	if (p) {
		ret = timer_silent(*p) ? 0 : south_timer((*p)->t.handle, 0, &st);
		if (!ret)
			ret = st.overrun;
	}
	unlock(&timers_lock);
	return ret;
}
