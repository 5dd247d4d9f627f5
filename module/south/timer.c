// SPDX-License-Identifier: GPL-2.0
/*
 * Timers, and signals that the caller blocks: what makes a word of linear memory count
 * up without anybody's call. A timer is a file on whose wait queue south_poll() puts
 * itself, or in place of that on the queue that the kernel's own signalfd uses.
 */
#include <linux/anon_inodes.h>
#include <linux/hrtimer.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include "../compat.h"
#include "imports.h"

struct lb_timer {
	struct hrtimer hrtimer;
	struct wait_queue_head wait;
	struct lb_box *box;		/* not counted: the handle is the box's */
	struct mutex lock;		/* one sets it at a time */
	struct south_timer what;	/* changes, like pid, only while it isn't armed */
	struct pid *pid;		/* of the thread or process that gets the signal; held */
	u64 missed;			/* periods that passed or were left out before the next */
};

/* Is its last signal still pending for @task? Then that one tells of all that came since. */
static bool lb_timer_pending(struct lb_timer *tm, struct task_struct *task, int *left)
{
	struct sigqueue *q;

	list_for_each_entry(q, &task->pending.list, list) {
		if ((*left)-- <= 0)
			return false;
		if (q->info.si_code == SI_TIMER && q->info.si_tid == tm->what.id &&
		    q->info.si_signo == tm->what.sig) {
			q->info.si_overrun = tm->what.overrun;
			return true;
		}
	}
	return false;
}

/* The same for all who may have got it. A process that has ended needs none. */
static bool lb_timer_told(struct lb_timer *tm, struct task_struct *task)
{
	int left = LB_SIGNAL_LOOKS, sig = tm->what.sig;
	struct sighand_struct *sighand;
	struct task_struct *thread;
	unsigned long flags;
	bool pending;

	sighand = lb_sighand_lock(task, &flags);
	if (!sighand)
		return true;
	pending = !tm->what.process && lb_timer_pending(tm, task, &left);
	if (tm->what.process && !thread_group_empty(task))
		pending = sigismember(&task->signal->shared_pending.signal, sig);
	for_each_thread(task, thread) {
		if (!tm->what.process || pending || left-- <= 0)
			break;
		pending = lb_timer_pending(tm, thread, &left);
	}
	spin_unlock_irqrestore(&sighand->siglock, flags);
	return pending;
}

static void lb_timer_signal(struct lb_timer *tm)
{
	struct kernel_siginfo info;
	struct task_struct *task;

	guard(rcu)();
	WRITE_ONCE(tm->what.overrun, min_t(u64, tm->what.overrun + tm->missed + 1, INT_MAX));
	task = pid_task(tm->pid, tm->what.process ? PIDTYPE_TGID : PIDTYPE_PID);
	if (!task || lb_timer_told(tm, task))
		return;
	WRITE_ONCE(tm->what.overrun, min_t(u64, tm->missed, INT_MAX));
	clear_siginfo(&info);
	info.si_signo = tm->what.sig;
	info.si_code = SI_TIMER;
	info.si_tid = tm->what.id;
	info.si_overrun = tm->what.overrun;
	info.si_value.sival_ptr = (void __user *)(unsigned long)tm->what.value;
	lb_signal_info(task, &info, tm->what.process);
}

/* In the soft interrupt of timers. */
static enum hrtimer_restart lb_timer_fire(struct hrtimer *hrtimer)
{
	struct lb_timer *tm = container_of(hrtimer, struct lb_timer, hrtimer);
	ktime_t now = hrtimer_cb_get_time(hrtimer);
	u64 pause, passed;

	wake_up_poll(&tm->wait, EPOLLIN);
	if (tm->what.sig)
		lb_timer_signal(tm);
	if (!tm->what.interval)
		return HRTIMER_NORESTART;
	/* All repeating timers of a box together interrupt no more often than so. */
	pause = (u64)atomic_read(&tm->box->nr_repeating) * (NSEC_PER_SEC / LB_BOX_TIMER_RATE);
	if (tm->what.interval < pause)
		now = ktime_add_ns(now, pause);
	/* None if its clock was set back since. */
	passed = hrtimer_forward(hrtimer, now, tm->what.interval);
	tm->missed = passed ? passed - 1 : 0;
	return HRTIMER_RESTART;
}

/* The caller's, who keeps it until long after its last call of North. */
static struct sighand_struct *lb_sighand(void)
{
	return rcu_dereference_raw(current->sighand);
}

static __poll_t lb_timer_poll(struct file *file, poll_table *table)
{
	struct lb_timer *tm = file->private_data;

	/* The queue of whoever asks, as of a signalfd. */
	poll_wait(file, READ_ONCE(tm->what.clock) == SOUTH_CLOCK_SIGNALS ?
		  &lb_sighand()->signalfd_wqh : &tm->wait, table);
	return 0;
}

static int lb_timer_release(struct inode *inode, struct file *file)
{
	struct lb_timer *tm = file->private_data;

	hrtimer_cancel(&tm->hrtimer);
	put_pid(tm->pid);
	if (tm->what.interval)
		atomic_dec(&tm->box->nr_repeating);
	atomic_dec(&tm->box->nr_timers);
	kfree(tm);
	return 0;
}

static const struct file_operations lb_timer_fops = {
	.owner = THIS_MODULE,
	.poll = lb_timer_poll,
	.release = lb_timer_release,
};

static struct lb_handle *lb_timer_new(struct lb_box *box)
{
	struct lb_timer *tm = kzalloc(sizeof(*tm), GFP_KERNEL_ACCOUNT);
	struct lb_handle *h __free(lb_handle) = lb_handle_new(LB_HANDLE_TIMER);
	struct file *file = ERR_PTR(-ENFILE);

	if (!tm || !h) {
		kfree(tm);
		return ERR_PTR(-ENOMEM);
	}
	tm->box = box;
	mutex_init(&tm->lock);
	init_waitqueue_head(&tm->wait);
	lb_hrtimer_setup(&tm->hrtimer, lb_timer_fire, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
	if (atomic_inc_return(&box->nr_timers) <= LB_BOX_TIMERS)
		file = anon_inode_getfile("[litebox-timer]", &lb_timer_fops, tm, O_RDONLY);
	if (IS_ERR(file)) {
		atomic_dec(&box->nr_timers);
		kfree(tm);
		return ERR_CAST(file);
	}
	h->file = file;
	return_ptr(h);
}

static int lb_timer_set(struct lb_task *t, struct lb_timer *tm, const struct south_timer *what)
{
	struct pid *pid = NULL;

	if (what->expires < 0 || what->interval < 0 || !valid_signal(what->sig))
		return -EINVAL;
	switch (what->clock) {
	case SOUTH_CLOCK_SIGNALS:
		if (what->expires)
			return -EINVAL;
		fallthrough;
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
		break;
	default:
		return -EINVAL;
	}
	if (what->sig) {
		struct task_struct *task = lb_south_task(t, what->tid);

		if (!task)
			return -ESRCH;
		pid = get_task_pid(task, what->process ? PIDTYPE_TGID : PIDTYPE_PID);
		put_task_struct(task);
	}
	guard(mutex)(&tm->lock);
	hrtimer_cancel(&tm->hrtimer);
	put_pid(tm->pid);
	tm->pid = pid;
	atomic_add(!!what->interval - !!tm->what.interval, &tm->box->nr_repeating);
	tm->what = *what;
	tm->what.overrun = 0;
	tm->missed = 0;
	if (what->expires) {
		lb_hrtimer_setup(&tm->hrtimer, lb_timer_fire, what->clock, HRTIMER_MODE_ABS_SOFT);
		hrtimer_start(&tm->hrtimer, what->expires, HRTIMER_MODE_ABS_SOFT);
	}
	return 0;
}

u32 w2c_south_timer(struct w2c_south *s, u32 id, u32 set, u32 addr)
{
	struct lb_task *t = lb_import_host(s);
	struct south_timer *at = lb_mem(t, addr, sizeof(*at)), what = *at;
	struct lb_handle *h;
	int err = 0;

	if (lb_exiting() && set)
		return -EINTR;
	h = (s32)id == -1 ? lb_timer_new(t->box) : lb_handle_get(t->box, id, LB_HANDLE_TIMER);
	if (IS_ERR_OR_NULL(h))
		return h ? PTR_ERR(h) : -EBADF;
	if (set)
		err = lb_timer_set(t, h->file->private_data, &what);
	at->overrun = READ_ONCE(((struct lb_timer *)h->file->private_data)->what.overrun);
	if ((s32)id == -1 && !err)
		return lb_handle_add(t->box, h);
	lb_handle_put(h);
	return err;
}

u32 w2c_south_signal_take(struct w2c_south *s, u64 mask, u32 addr)
{
	struct lb_task *t = lb_import_host(s);
	void *out = addr ? lb_mem(t, addr, SOUTH_SIGINFO_SIZE) : NULL;
	sigset_t not = { .sig[0] = ~mask };
	struct sighand_struct *sighand = lb_sighand();
	struct kernel_siginfo info;
	enum pid_type type;
	int i, sig;

	BUILD_BUG_ON(sizeof(info) != SOUTH_SIGINFO_SIZE);
	if (lb_exiting())
		return -EINTR;
	clear_siginfo(&info);
	/* Nobody takes the signals away by which a task is ended or stopped. */
	sigaddsetmask(&not, sigmask(SIGKILL) | sigmask(SIGSTOP));
	scoped_guard(spinlock_irq, &sighand->siglock) {
		for (i = 0; i < _NSIG; i++)
			if (sighand->action[i].sa.sa_flags & SA_IMMUTABLE)
				sigaddset(&not, i + 1);
		if (!out)
			return !!((current->pending.signal.sig[0] |
				   current->signal->shared_pending.signal.sig[0]) & ~not.sig[0]);
		sig = dequeue_signal(&not, &info, &type);
	}
	if (sig)
		memcpy(out, &info, sizeof(info));
	return sig;
}
