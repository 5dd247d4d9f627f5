// SPDX-License-Identifier: GPL-2.0
/*
 * Scheduling: nice values are the host's. Of the policies a box may ask for
 * those without privileges, which the host takes as a wish and North remembers.
 */
#include "proc.h"

#define SCHED_OTHER 0
#define SCHED_FIFO 1
#define SCHED_RR 2
#define SCHED_BATCH 3
#define SCHED_IDLE 5
#define SCHED_DEADLINE 6
#define SCHED_EXT 7
#define SCHED_RESET_ON_FORK 0x40000000u

#define PRIO_PROCESS 0
#define PRIO_PGRP 1
#define PRIO_USER 2

static bool is_realtime(u32 policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

/* May current change the scheduling of the task with these credentials. */
static bool may_schedule(s32 tid)
{
	struct cred *c = task_cred(tid);
	u32 euid = current->cred->euid;
	bool may = c && (c->euid == euid || c->uid == euid || capable(CAP_SYS_NICE));

	if (c)
		cred_put(c);
	return may;
}

/* ---- nice ---- */

struct prio_walk {
	u32 which;
	s32 who;
	struct task_id *ids;
	u32 count, next;
	struct south_task st;	/* of the task that was found last */
};

static struct prio_walk *prio_begin(const u64 *a)
{
	struct prio_walk *w = new(struct prio_walk);

	if (!w)
		return NULL;
	w->which = (u32)a[0];
	w->who = (s32)a[1];
	w->ids = tasks_snapshot(&w->count);
	if (!w->ids) {
		release(w);
		return NULL;
	}
	if (!w->who) {
		if (w->which == PRIO_PROCESS)
			w->who = current->tid;
		else if (w->which == PRIO_USER)
			w->who = current->cred->uid;
		else if (!south_task(0, &w->st))
			w->who = w->st.pgid;
	}
	return w;
}

static void prio_end(struct prio_walk *w)
{
	release(w->ids);
	release(w);
}

/* The next task that was meant, or 0. */
static s32 prio_next(struct prio_walk *w)
{
	while (w->next < w->count) {
		s32 tid = w->ids[w->next++].tid;

		if (w->which == PRIO_PROCESS && tid != w->who)
			continue;
		if (w->which == PRIO_USER) {
			struct cred *c = task_cred(tid);
			bool is = c && c->uid == (u32)w->who;

			if (c)
				cred_put(c);
			if (!is)
				continue;
		}
		if (south_task(tid, &w->st) || (w->which == PRIO_PGRP && w->st.pgid != w->who))
			continue;
		return tid;
	}
	return 0;
}

s64 sys_getpriority(const u64 *a)
{
	struct prio_walk *w;
	s64 r = -ESRCH;

	if ((u32)a[0] > PRIO_USER)
		return -EINVAL;
	w = prio_begin(a);
	if (!w)
		return -ENOMEM;
	while (prio_next(w))
		r = max(r, (s64)20 - w->st.nice);
	prio_end(w);
	return r;
}

static s32 set_one(s32 tid, s32 nice, const struct south_task *st, s32 err)
{
	s32 r;

	if (!may_schedule(tid))
		return -EPERM;
	if (nice < st->nice && (!capable(CAP_SYS_NICE) || nice < 0) &&
	    (s64)st->rlim_cur[RLIMIT_NICE] < 20 - nice)
		return -EACCES;
	r = south_nice(tid, nice);
	return r ? r : err == -ESRCH ? 0 : err;
}

s64 sys_setpriority(const u64 *a)
{
	s32 nice = (s32)a[2], tid, err = -ESRCH;
	struct prio_walk *w;

	if ((u32)a[0] > PRIO_USER)
		return -EINVAL;
	nice = max(-20, min(19, nice));
	w = prio_begin(a);
	if (!w)
		return -ENOMEM;
	while ((tid = prio_next(w)))
		err = set_one(tid, nice, &w->st, err);
	prio_end(w);
	return err;
}

/* ---- policies ---- */

/* The policy and nice value of a task: the host's word unless another was asked for. */
static s32 task_policy(s32 tid, u32 *policy, s32 *nice)
{
	struct south_task *st;
	struct task *t;
	s32 err = -ESRCH;

	lock(&tasks_lock);
	t = tid ? task_find(tid) : current;
	if (t) {
		*policy = t->sched_policy;
		tid = t->tid;
		err = 0;
	}
	unlock(&tasks_lock);
	if (err || !nice)
		return err;
	st = new(struct south_task);
	if (!st)
		return -ENOMEM;
	err = south_task(tid, st);
	*nice = st->nice;
	release(st);
	return err;
}

static s32 set_policy(s32 tid, u32 policy, u32 priority)
{
	u32 plain = policy & ~SCHED_RESET_ON_FORK;
	struct task *t;
	s32 err = 0;

	if (!tid)
		tid = current->tid;
	lock(&tasks_lock);
	if (!task_find(tid))
		err = -ESRCH;
	unlock(&tasks_lock);
	if (err)
		return err;
	if (plain > SCHED_EXT || plain == 4 || plain == SCHED_DEADLINE || plain == SCHED_EXT)
		return -EINVAL;
	if (priority > 99 || is_realtime(plain) != !!priority)
		return -EINVAL;
	if (is_realtime(plain) || !may_schedule(tid))
		return -EPERM;
	lock(&tasks_lock);
	t = task_find(tid);
	if (t)
		t->sched_policy = policy;
	unlock(&tasks_lock);
	return t ? 0 : -ESRCH;
}

s64 sys_sched_setscheduler(const u64 *a)
{
	s32 priority;

	if ((s32)a[1] < 0 || !a[2] || (s32)a[0] < 0)
		return -EINVAL;
	if (south_user_read(&priority, a[2], sizeof(priority)))
		return -EFAULT;
	return set_policy((s32)a[0], (u32)a[1], (u32)priority);
}

s64 sys_sched_setparam(const u64 *a)
{
	s32 priority, err;
	u32 policy;

	if (!a[1] || (s32)a[0] < 0)
		return -EINVAL;
	if (south_user_read(&priority, a[1], sizeof(priority)))
		return -EFAULT;
	err = task_policy((s32)a[0], &policy, NULL);
	return err ? err : set_policy((s32)a[0], policy, (u32)priority);
}

s64 sys_sched_getscheduler(const u64 *a)
{
	u32 policy;
	s32 err;

	if ((s32)a[0] < 0)
		return -EINVAL;
	err = task_policy((s32)a[0], &policy, NULL);
	return err ? err : (s64)policy;
}

s64 sys_sched_getparam(const u64 *a)
{
	s32 priority = 0, err;
	u32 policy;

	if (!a[1] || (s32)a[0] < 0)
		return -EINVAL;
	err = task_policy((s32)a[0], &policy, NULL);
	return err ? err : south_user_write(a[1], &priority, sizeof(priority));
}

s64 sys_sched_get_priority_max(const u64 *a)
{
	u32 policy = (u32)a[0];

	if (is_realtime(policy))
		return 99;
	return policy > SCHED_EXT || policy == 4 ? -EINVAL : 0;
}

s64 sys_sched_get_priority_min(const u64 *a)
{
	u32 policy = (u32)a[0];

	if (is_realtime(policy))
		return 1;
	return policy > SCHED_EXT || policy == 4 ? -EINVAL : 0;
}

s64 sys_sched_rr_get_interval(const u64 *a)
{
	s64 ts[2] = { 0, 2800000 };
	u32 policy;
	s32 err;

	if ((s32)a[0] < 0)
		return -EINVAL;
	err = task_policy((s32)a[0], &policy, NULL);
	return err ? err : south_user_write(a[1], ts, sizeof(ts));
}

/* struct sched_attr, its first version. */
struct sched_attr {
	u32 size, policy;
	u64 flags;
	s32 nice;
	u32 priority;
	u64 runtime, deadline, period;
};
#define SCHED_ATTR_SIZE_VER0 48
#define SCHED_FLAG_RESET_ON_FORK 1
#define SCHED_FLAG_KEEP_POLICY 8
#define SCHED_FLAG_KEEP_PARAMS 16

s64 sys_sched_setattr(const u64 *a)
{
	struct south_task *st;
	struct sched_attr attr;
	s32 tid = (s32)a[0], err;
	u32 size = SCHED_ATTR_SIZE_VER0, policy;

	if (!a[1] || tid < 0 || a[2])
		return -EINVAL;
	if (south_user_read(&attr, a[1], sizeof(attr)))
		return -EFAULT;
	if (!attr.size)
		attr.size = size;
	if (attr.size < size || attr.size > PAGE_SIZE)
		goto too_big;
	for (u32 at = size; at < attr.size; at += 8) {
		u64 more = 0;

		if (south_user_read(&more, a[1] + at, min(8u, attr.size - at)))
			return -EFAULT;
		if (more)
			goto too_big;
	}
	if ((s32)attr.policy < 0)
		return -EINVAL;
	if (attr.flags & ~(u64)(SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_KEEP_POLICY |
				SCHED_FLAG_KEEP_PARAMS))
		return -EINVAL;
	err = task_policy(tid, &policy, NULL);
	if (err)
		return err;
	if (!(attr.flags & SCHED_FLAG_KEEP_POLICY))
		policy = attr.policy |
			 (attr.flags & SCHED_FLAG_RESET_ON_FORK ? SCHED_RESET_ON_FORK : 0);
	err = set_policy(tid, policy, attr.priority);
	if (err || (attr.flags & SCHED_FLAG_KEEP_PARAMS))
		return err;
	st = new(struct south_task);
	if (!st)
		return -ENOMEM;
	tid = tid ? tid : current->tid;
	err = south_task(tid, st);
	attr.nice = max(-20, min(19, attr.nice));
	if (!err && attr.nice != st->nice) {
		err = set_one(tid, attr.nice, st, 0);
		if (err == -EACCES)
			err = -EPERM;
	}
	release(st);
	return err;

too_big:
	south_user_write(a[1], &size, sizeof(size));
	return -E2BIG;
}

s64 sys_sched_getattr(const u64 *a)
{
	struct sched_attr attr = { .size = sizeof(attr) };
	u32 size = (u32)a[2], policy;
	s32 tid = (s32)a[0], err;

	if (!a[1] || tid < 0 || size > PAGE_SIZE || size < SCHED_ATTR_SIZE_VER0 || a[3])
		return -EINVAL;
	err = task_policy(tid, &policy, &attr.nice);
	if (err)
		return err;
	attr.policy = policy & ~SCHED_RESET_ON_FORK;
	attr.flags = policy & SCHED_RESET_ON_FORK ? SCHED_FLAG_RESET_ON_FORK : 0;
	err = south_user_clear(a[1], size);
	return err ? err : south_user_write(a[1], &attr, sizeof(attr));
}

/* ---- affinity, of a box that was told of fewer CPUs than the host has ---- */

static s32 all_cpus(u32 *cpus, u64 *mask)
{
	struct south_host *host = new(struct south_host);
	s32 err;

	if (!host)
		return -ENOMEM;
	err = south_host(host);
	*cpus = min(max(host->cpus, 1u), 64u);
	*mask = ~0ull >> (64 - *cpus);
	release(host);
	return err;
}

s64 sys_sched_setaffinity(const u64 *a)
{
	s32 tid = (s32)a[0] ? (s32)a[0] : current->tid, err;
	u64 mask = 0, all;
	struct task *t;
	u32 cpus;

	err = all_cpus(&cpus, &all);
	if (err)
		return err;
	if (south_user_read(&mask, a[2], min((u32)a[1], (u32)sizeof(mask))))
		return -EFAULT;
	lock(&tasks_lock);
	err = task_find(tid) ? 0 : -ESRCH;
	unlock(&tasks_lock);
	if (err)
		return err;
	if (!may_schedule(tid))
		return -EPERM;
	if (!(mask & all))
		return -EINVAL;
	lock(&tasks_lock);
	t = task_find(tid);
	if (t)
		t->affinity = mask & all;
	unlock(&tasks_lock);
	return t ? 0 : -ESRCH;
}

s64 sys_sched_getaffinity(const u64 *a)
{
	u32 len = (u32)a[1], cpus;
	u64 mask = 0, all;
	struct task *t;
	s32 err = all_cpus(&cpus, &all);

	if (err)
		return err;
	if (len * 8 < cpus || len % sizeof(mask))
		return -EINVAL;
	lock(&tasks_lock);
	t = (s32)a[0] ? task_find((s32)a[0]) : current;
	if (t)
		mask = t->affinity ? t->affinity : all;
	unlock(&tasks_lock);
	if (!t)
		return -ESRCH;
	return south_user_write(a[2], &mask, sizeof(mask)) ? -EFAULT : (s64)sizeof(mask);
}

/* ---- ioprio ---- */

#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_WHO_USER 3
#define IOPRIO_CLASS(v) ((v) >> 13)
#define IOPRIO_CLASS_NONE 0
#define IOPRIO_CLASS_RT 1
#define IOPRIO_CLASS_BE 2
#define IOPRIO_CLASS_IDLE 3

s64 sys_ioprio_set(const u64 *a)
{
	u32 prio = (u32)a[2];
	s32 who = (s32)a[1], err;
	struct task *t;

	switch (IOPRIO_CLASS(prio)) {
	case IOPRIO_CLASS_RT:
		return -EPERM;
	case IOPRIO_CLASS_BE:
	case IOPRIO_CLASS_IDLE:
		break;
	case IOPRIO_CLASS_NONE:
		/* The level; other bits are hints. */
		if (prio & 7)
			return -EINVAL;
		break;
	default:
		return -EINVAL;
	}
	if ((u32)a[0] < IOPRIO_WHO_PROCESS || (u32)a[0] > IOPRIO_WHO_USER)
		return -EINVAL;
	if ((u32)a[0] != IOPRIO_WHO_PROCESS)
		return 0;
	who = who ? who : current->tid;
	lock(&tasks_lock);
	err = task_find(who) ? 0 : -ESRCH;
	unlock(&tasks_lock);
	if (!err && !may_schedule(who))
		err = -EPERM;
	if (err)
		return err;
	lock(&tasks_lock);
	t = task_find(who);
	if (t)
		t->ioprio = prio;
	unlock(&tasks_lock);
	return t ? 0 : -ESRCH;
}

s64 sys_ioprio_get(const u64 *a)
{
	s32 who = (s32)a[1], nice;
	u32 prio = 0, policy;
	struct task *t;

	if ((u32)a[0] < IOPRIO_WHO_PROCESS || (u32)a[0] > IOPRIO_WHO_USER)
		return -EINVAL;
	if ((u32)a[0] != IOPRIO_WHO_PROCESS || !who)
		who = current->tid;
	lock(&tasks_lock);
	t = task_find(who);
	if (t)
		prio = t->ioprio;
	unlock(&tasks_lock);
	if (!t)
		return -ESRCH;
	/* For a task alone the value is raw. */
	if ((u32)a[0] != IOPRIO_WHO_PROCESS && IOPRIO_CLASS(prio) == IOPRIO_CLASS_NONE &&
	    !task_policy(who, &policy, &nice))
		prio = IOPRIO_CLASS_BE << 13 | (u32)(nice + 20) / 5;
	return prio;
}
