// SPDX-License-Identifier: GPL-2.0
/*
 * timerfd. The time is looked at whenever somebody asks; the host's timer is there to
 * wake those who sleep. As in Linux one that repeats is armed again only when it was
 * read, so that short intervals cost no more than the reads.
 */
#include "../task.h"
#include "../event/itimer.h"
#include "ipc.h"

#define TFD_TIMER_ABSTIME 1
#define TFD_TIMER_CANCEL_ON_SET 2
#define TFD_IOC_SET_TICKS 0x40085400

/* How much a clock must have been set for that to be noticed, and how soon it is. */
#define CLOCK_SET_NS 1000000
#define CLOCK_SET_LOOK NSEC_PER_SEC

struct timerfd {
	struct mutex lock;	/* guards all but wq */
	struct itimer timer;	/* its handle is there for life */
	u32 clock, flags;	/* of timerfd_create() and timerfd_settime() */
	bool expired;		/* and wasn't armed again since */
	bool cancels, canceled;	/* the clock being set is to be told; it was set */
	s64 offset;		/* of the clock from CLOCK_MONOTONIC, if it cancels */
	u64 ticks;
	struct waitqueue wq;	/* for those that no time wakes */
};

/* How far CLOCK_REALTIME is from CLOCK_MONOTONIC, which only setting it changes. */
static s64 clock_offset(void)
{
	s64 before, real, after;
	u32 tries = 8;

	do {
		before = south_time(CLOCK_MONOTONIC);
		real = south_time(CLOCK_REALTIME);
		after = south_time(CLOCK_MONOTONIC);
	} while (after - before > CLOCK_SET_NS / 10 && --tries);
	return real - before - (after - before) / 2;
}

/* The lock is held, here and in what follows. */
static s32 timerfd_arm(struct timerfd *t)
{
	struct south_timer st = { .clock = t->timer.clock };

	st.expires = t->expired ? 0 : t->timer.expires;
	if (t->cancels && !t->canceled)
		st.expires = min(st.expires ?: KTIME_MAX,
				 south_time(CLOCK_REALTIME) + CLOCK_SET_LOOK);
	return south_timer(t->timer.handle, 1, &st);
}

static void timerfd_look(struct timerfd *t)
{
	s64 moved;

	if (t->timer.expires && !t->expired && !itimer_left(&t->timer)) {
		t->expired = true;
		t->ticks++;
	}
	if (!t->cancels || t->canceled)
		return;
	moved = clock_offset() - t->offset;
	if (moved > CLOCK_SET_NS || moved < -CLOCK_SET_NS) {
		t->canceled = true;
		t->ticks++;
	} else if (!t->expired) {
		timerfd_arm(t);
	}
}

static bool timerfd_canceled(struct timerfd *t)
{
	if (!t->canceled)
		return false;
	t->canceled = false;
	t->offset = clock_offset();
	return true;
}

/* One that repeats goes on. */
static void timerfd_forward(struct timerfd *t)
{
	if (t->expired && t->timer.interval) {
		t->ticks += itimer_forward(&t->timer) - 1;
		t->expired = false;
		timerfd_arm(t);
	}
}

static s64 timerfd_left(const struct timerfd *t)
{
	return t->expired ? 0 : itimer_left(&t->timer);
}

/* Ticks, or 0 if there are none, or -ECANCELED. */
static s64 timerfd_take(struct timerfd *t)
{
	s64 ticks;

	lock(&t->lock);
	timerfd_look(t);
	if (timerfd_canceled(t)) {
		t->ticks = 0;
		timerfd_arm(t);
		ticks = -ECANCELED;
	} else {
		if (t->ticks)
			timerfd_forward(t);
		ticks = (s64)t->ticks;
		t->ticks = 0;
	}
	unlock(&t->lock);
	return ticks;
}

static s64 timerfd_read(struct file *f, struct uio *io, u64 *pos)
{
	s64 ticks, err;

	if (io->left < sizeof(ticks))
		return -EINVAL;
	for (;;) {
		ticks = timerfd_take(f->private);
		if (ticks < 0)
			return ticks;
		if (ticks)
			break;
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = file_wait(f, POLLIN);
		if (err)
			return err;
	}
	return uio_to_user(io, &ticks, sizeof(ticks)) == sizeof(ticks) ? (s64)sizeof(ticks) :
								       -EFAULT;
}

static u32 timerfd_poll(struct file *f, struct poll_table *table, u32 events)
{
	struct timerfd *t = f->private;
	u32 ready;

	poll_wait(table, &t->wq, events);
	poll_stream(table, t->timer.handle, POLLIN);
	lock(&t->lock);
	timerfd_look(t);
	ready = t->ticks ? POLLIN : 0;
	unlock(&t->lock);
	return ready;
}

static s64 timerfd_ioctl(struct file *f, u32 cmd, u64 arg)
{
	struct timerfd *t = f->private;
	s64 err = 0;
	u64 ticks;

	if (cmd != TFD_IOC_SET_TICKS)
		return -ENOTTY;
	if (south_user_read(&ticks, arg, sizeof(ticks)))
		return -EFAULT;
	if (!ticks)
		return -EINVAL;
	lock(&t->lock);
	timerfd_look(t);
	if (timerfd_canceled(t))
		err = -ECANCELED;
	else
		t->ticks = ticks;
	unlock(&t->lock);
	if (!err)
		wq_wake(&t->wq, POLLIN);
	return err;
}

static s64 timerfd_seek(struct file *f, s64 off, u32 whence)
{
	return (s64)f->pos;
}

static void timerfd_release(struct file *f)
{
	struct timerfd *t = f->private;

	south_close(t->timer.handle);
	release(t);
}

static void timerfd_show(struct file *f, struct text *text)
{
	struct timerfd *t = f->private;
	s64 left;

	lock(&t->lock);
	timerfd_look(t);
	left = timerfd_left(t);
	text_printf(text, "clockid: %d\nticks: %llu\nsettime flags: 0%o\n", (s32)t->clock, t->ticks,
		    t->flags);
	text_printf(text, "it_value: (%llu, %llu)\nit_interval: (%llu, %llu)\n",
		    (u64)(left / NSEC_PER_SEC), (u64)(left % NSEC_PER_SEC),
		    (u64)(t->timer.interval / NSEC_PER_SEC),
		    (u64)(t->timer.interval % NSEC_PER_SEC));
	unlock(&t->lock);
}

static const struct file_ops timerfd_ops = {
	.read = timerfd_read,
	.seek = timerfd_seek,
	.ioctl = timerfd_ioctl,
	.poll = timerfd_poll,
	.release = timerfd_release,
	.show = timerfd_show,
};

s64 sys_timerfd_create(const u64 *a)
{
	struct south_timer st = { .clock = CLOCK_MONOTONIC };
	u32 clock = (u32)a[0], flags = (u32)a[1];
	struct timerfd *t;
	struct file *f;
	s32 fd;

	if (flags & ~(u32)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	switch (clock) {
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		if (!capable(CAP_WAKE_ALARM))
			return -EPERM;
		break;
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
		break;
	default:
		return -EINVAL;
	}
	t = new(struct timerfd);
	if (!t)
		return -ENOMEM;
	t->clock = clock;
	wq_init(&t->wq);
	fd = south_timer(-1, 1, &st);
	if (fd < 0)
		goto out;
	t->timer.handle = fd;
	f = file_anon(&timerfd_ops, "anon_inode:[timerfd]", 0600, O_RDWR | (flags & O_NONBLOCK), t);
	if (!f) {
		south_close(t->timer.handle);
		fd = -ENOMEM;
		goto out;
	}
	return fd_install(f, 0, flags & O_CLOEXEC);
out:
	release(t);
	return fd;
}

static s32 timerfd_begin(s32 fd, struct fd *f)
{
	*f = fd_begin_io(fd);
	if (!f->file)
		return -EBADF;
	if (f->file->ops == &timerfd_ops)
		return 0;
	fd_end(*f);
	return -EINVAL;
}

/* The clock that the host knows: an alarm wakes no host that sleeps. */
static u32 timerfd_clock(const struct timerfd *t)
{
	switch (t->clock) {
	case CLOCK_REALTIME_ALARM:
		return CLOCK_REALTIME;
	case CLOCK_BOOTTIME_ALARM:
		return CLOCK_BOOTTIME;
	default:
		return t->clock;
	}
}

static s32 timerfd_set(struct timerfd *t, u32 flags, const struct itimerspec *to)
{
	bool cancels = flags == (TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET) &&
		       timerfd_clock(t) == CLOCK_REALTIME;
	s32 err;

	if (cancels && !t->cancels)
		t->offset = clock_offset();
	t->cancels = cancels;
	t->canceled &= cancels;
	t->expired = false;
	t->ticks = 0;
	itimer_set(&t->timer, timerfd_clock(t), flags & TFD_TIMER_ABSTIME, to);
	err = timerfd_arm(t);
	if (err)
		return err;
	if (t->timer.expires && timerfd_canceled(t))
		return -ECANCELED;
	t->flags = flags;
	return 0;
}

/* What timerfd_gettime() says. The lock is held. */
static void timerfd_now(struct timerfd *t, struct itimerspec *now)
{
	timerfd_look(t);
	timerfd_forward(t);
	now->value = timerfd_left(t);
	now->interval = t->timer.interval;
}

s64 sys_timerfd_settime(const u64 *a)
{
	struct itimerspec to, old;
	u32 flags = (u32)a[1];
	struct timerfd *t;
	struct fd f;
	s32 err = itimerspec_read(&to, a[2]);

	if (err == -EFAULT)
		return err;
	if (err || flags & ~(u32)(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET))
		return -EINVAL;
	err = timerfd_begin((s32)a[0], &f);
	if (err)
		return err;
	t = f.file->private;
	lock(&t->lock);
	timerfd_now(t, &old);
	err = timerfd_set(t, flags, &to);
	unlock(&t->lock);
	fd_end(f);
	return !err && a[3] ? itimerspec_write(a[3], &old) : err;
}

s64 sys_timerfd_gettime(const u64 *a)
{
	struct itimerspec now;
	struct timerfd *t;
	struct fd f;
	s32 err = timerfd_begin((s32)a[0], &f);

	if (err)
		return err;
	t = f.file->private;
	lock(&t->lock);
	timerfd_now(t, &now);
	unlock(&t->lock);
	fd_end(f);
	return itimerspec_write(a[1], &now);
}
