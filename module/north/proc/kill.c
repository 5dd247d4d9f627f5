// SPDX-License-Identifier: GPL-2.0
/*
 * Signals from one process to another. The host sends them; for it a whole box is one user,
 * so that who may send one to whom is said here (kernel/signal.c, check_kill_permission()).
 */
#include "proc.h"

#define SI_TKILL (-6)

/* As of group_send_sig_info() to each of several processes. */
struct kill_walk {
	struct task_id *ids;
	u32 count;
	s32 group;	/* of processes, or 0: all but the caller's own and the first one */
	s32 sig;
	struct south_task st;
};

s32 may_signal(s32 tid, s32 sig)
{
	struct south_task *mine, *st;
	struct process *p = NULL;
	struct cred *c = NULL;
	s32 err = -ESRCH;
	struct task *t;

	lock(&tasks_lock);
	t = task_of(tid);
	if (t) {
		p = t->process;
		c = t->cred;
		c->refs++;
	}
	unlock(&tasks_lock);
	if (!c)
		return err;
	err = p == current->process || cred_same_user(c) || capable(CAP_KILL) ? 0 : -EPERM;
	cred_put(c);
	if (!err || sig != SIGCONT)
		return err;
	/* That one may be sent within a session. */
	mine = new(struct south_task);
	st = new(struct south_task);
	if (mine && st && !south_task(0, mine) && !south_task(tid, st) && mine->sid == st->sid)
		err = 0;
	release(mine);
	release(st);
	return err;
}

/*
 * The same with the order of kill(2)'s errors: -EINVAL comes before -EPERM. Of one that has
 * exited and wasn't waited for there is nothing left here, and a signal does nothing: *@gone.
 */
static s32 check_signal(s32 tid, s32 sig, bool *gone)
{
	s32 err = may_signal(tid, sig);
	struct south_task *st;

	*gone = err == -ESRCH;
	if (*gone) {
		st = new(struct south_task);
		if (!st)
			return -ENOMEM;
		err = tid > 0 ? south_task(tid, st) : -ESRCH;
		/* What else isn't known here is the host's, as the first process is. */
		if (!err && st->state != 'Z' && st->state != 'X')
			err = -EPERM;
		release(st);
	}
	return err != -ESRCH && (sig < 0 || sig > NSIG) ? -EINVAL : err;
}

/* The next process of the walk from @i on, whose id is in *@pid; past the end: none. */
static u32 kill_next(struct kill_walk *w, u32 i, s32 *pid)
{
	for (; i < w->count; i++) {
		u32 before = 0;

		*pid = w->ids[i].pid;
		/* Once for all of its threads. */
		while (w->ids[before].pid != *pid)
			before++;
		if (before < i)
			continue;
		if (!w->group ? *pid != current->pid && *pid > 1 :
		    !south_task(*pid, &w->st) && w->st.pgid == w->group)
			break;
	}
	return i;
}

/*
 * The result of kill() to them all. Where all may be sent it, the host sends a group's, at once,
 * so that none is missed which is cloned meanwhile; else each is sent its own.
 */
static s32 kill_each(struct kill_walk *w)
{
	bool any = false, all = true, gone, valid = w->sig >= 0 && w->sig <= NSIG;
	s32 pid, err, failed = 0;

	for (u32 i = kill_next(w, 0, &pid); i < w->count && all; i = kill_next(w, i + 1, &pid))
		all = !check_signal(pid, w->sig, &gone);
	if (all && w->group) {
		err = south_signal(SOUTH_SIGNAL_GROUP | SOUTH_SIGNAL_USER, w->group,
				   valid ? w->sig : 0, NULL);
		return err || valid ? err : -EINVAL;
	}
	for (u32 i = kill_next(w, 0, &pid); i < w->count; i = kill_next(w, i + 1, &pid)) {
		err = check_signal(pid, w->sig, &gone);
		if (!err && !gone)
			err = south_signal(SOUTH_SIGNAL_PROCESS | SOUTH_SIGNAL_USER, pid, w->sig,
					   NULL);
		any |= w->group ? !err : true;
		if (w->group || err != -EPERM)
			failed = err;
	}
	if (w->group)
		return any ? 0 : failed;
	return any ? failed : -ESRCH;
}

static s32 kill_several(s32 pid, s32 sig)
{
	struct kill_walk *w = new(struct kill_walk);
	s32 err = -ENOMEM;

	if (!w)
		return err;
	w->sig = sig;
	w->group = pid < -1 ? -pid : 0;
	if (!pid) {
		south_task(0, &w->st);
		w->group = w->st.pgid;
	}
	w->ids = tasks_snapshot(&w->count);
	if (w->ids)
		err = w->group || pid == -1 ? kill_each(w) : -ESRCH;
	release(w->ids);
	release(w);
	return err;
}

/* Thread or process @tid is sent @sig by the host if current may do so. */
static s64 kill_one(s32 tid, s32 sig)
{
	bool gone;
	s32 err = check_signal(tid, sig, &gone);

	return err || gone ? err : SOUTH_NATIVE;
}

s64 sys_kill(const u64 *a)
{
	s32 pid = (s32)a[0], sig = (s32)a[1];

	if (capable(CAP_KILL))
		return SOUTH_NATIVE;
	if (pid > 0)
		return kill_one(pid, sig);
	return pid == (s32)0x80000000 ? -ESRCH : kill_several(pid, sig);
}

static bool is_thread_of(s32 tid, s32 pid)
{
	struct task *t;
	bool is;

	lock(&tasks_lock);
	t = task_find(tid);
	is = t ? t->pid == pid : tid == pid;
	unlock(&tasks_lock);
	return is;
}

s64 sys_tgkill(const u64 *a)
{
	s32 pid = (s32)a[0], tid = (s32)a[1];

	if (pid <= 0 || tid <= 0)
		return -EINVAL;
	return is_thread_of(tid, pid) ? kill_one(tid, (s32)a[2]) : -ESRCH;
}

/* Whether @uaddr has a siginfo_t: the host reads it, but -EFAULT comes before -EPERM. */
static s32 siginfo_there(u64 uaddr)
{
	struct { u8 bytes[SOUTH_SIGINFO_SIZE]; } info;

	return south_user_read(&info, uaddr, sizeof(info));
}

s64 sys_rt_sigqueueinfo(const u64 *a)
{
	s32 err = siginfo_there(a[2]);

	return err ? err : kill_one((s32)a[0], (s32)a[1]);
}

s64 sys_rt_tgsigqueueinfo(const u64 *a)
{
	s32 err = siginfo_there(a[3]);

	if (err)
		return err;
	return sys_tgkill(a);
}

s64 sys_tkill(const u64 *a)
{
	struct { s32 signo, error, code, pad, pid, uid; u8 rest[SOUTH_SIGINFO_SIZE - 24]; } info;
	s32 tid = (s32)a[0], sig = (s32)a[1], err;
	bool gone;

	if (tid <= 0)
		return -EINVAL;
	err = check_signal(tid, sig, &gone);
	if (err || gone || !sig)
		return err;
	memset(&info, 0, sizeof(info));
	info.code = SI_TKILL;
	info.pid = current->pid;
	return south_signal(SOUTH_SIGNAL_THREAD, tid, sig, &info);
}
