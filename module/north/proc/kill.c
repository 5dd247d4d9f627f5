// SPDX-License-Identifier: GPL-2.0
/*
 * Signals from one process to another. The host sends them; for it a whole box is one user,
 * so that who may send one to whom is said here (kernel/signal.c, check_kill_permission()).
 */
#include "proc.h"
#include "../abi/signal.h"

#define SIGINFO_MORE (128 - SOUTH_SIGINFO_SIZE)

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
		if (!err && st->state != 'Z' && !st->exiting)
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
	bool any = false, all = w->group, gone, valid = w->sig >= 0 && w->sig <= NSIG;
	s32 pid, err, failed = w->group ? -ESRCH : 0;

	for (u32 i = kill_next(w, 0, &pid); i < w->count && all; i = kill_next(w, i + 1, &pid))
		all = !check_signal(pid, w->sig, &gone);
	if (all) {
		err = south_signal(SOUTH_SIGNAL_GROUP | SOUTH_SIGNAL_USER, w->group,
				   valid ? w->sig : 0, NULL);
		return err || valid ? err : -EINVAL;
	}
	for (u32 i = kill_next(w, 0, &pid); i < w->count; i = kill_next(w, i + 1, &pid)) {
		err = check_signal(pid, w->sig, &gone);
		if (!err && !gone)
			err = south_signal(SOUTH_SIGNAL_PROCESS | SOUTH_SIGNAL_USER, pid, w->sig,
					   NULL);
		if (err == -ESRCH)
			continue;
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

/*
 * Who may signal everybody leaves it to the host. Of others a signal is sent here: a call that
 * is let pass is made as late as its caller likes, and whom it is for may have become another
 * user until then.
 */
s64 sys_kill(const u64 *a)
{
	s32 pid = (s32)a[0], sig = (s32)a[1], err;
	bool gone;

	if (capable(CAP_KILL))
		return SOUTH_NATIVE;
	if (pid == (s32)0x80000000)
		return -ESRCH;
	if (pid <= 0)
		return kill_several(pid, sig);
	err = check_signal(pid, sig, &gone);
	if (err || gone)
		return err;
	return south_signal(SOUTH_SIGNAL_PROCESS | SOUTH_SIGNAL_USER, pid, sig, NULL);
}

static s32 kill_thread(s32 tid, s32 sig, const struct siginfo *info)
{
	bool gone;
	s32 err = check_signal(tid, sig, &gone);

	if (!err && !gone && sig)
		err = south_signal(SOUTH_SIGNAL_THREAD, tid, sig, info);
	/* It is going just now. */
	return err == -ESRCH && !gone ? 0 : err;
}

s64 sys_tkill(const u64 *a)
{
	struct siginfo info;
	s32 tid = (s32)a[0];

	if (tid <= 0)
		return -EINVAL;
	memset(&info, 0, sizeof(info));
	info.code = SI_TKILL;
	info.pid = current->pid;
	info.uid = current->cred->uid;
	return kill_thread(tid, (s32)a[1], &info);
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
	if (capable(CAP_KILL))
		return SOUTH_NATIVE;
	return is_thread_of(tid, pid) ? sys_tkill(a + 1) : -ESRCH;
}

/* copy_siginfo_from_user(), but for positive codes, which others than oneself can't be sent. */
s32 siginfo_read(struct siginfo *info, u64 uaddr)
{
	u8 more[SIGINFO_MORE];

	if (south_user_read(info, uaddr, sizeof(*info)))
		return -EFAULT;
	if (info->code >= SI_DETHREAD || info->code == SI_ASYNCNL)
		return 0;
	if (south_user_read(more, uaddr + sizeof(*info), sizeof(more)))
		return -EFAULT;
	for (u32 i = 0; i < sizeof(more); i++)
		if (more[i])
			return -E2BIG;
	return 0;
}

bool siginfo_feigns(const struct siginfo *info)
{
	return info->code >= 0 || info->code == SI_TKILL;
}

/* Is @tid's process of the caller's user, and stays so until it executes another program? */
static bool is_plain(s32 tid)
{
	struct task *t, *other;
	bool is = false;

	lock(&tasks_lock);
	t = task_of(tid);
	if (t)
		is = t->cred->uid == t->cred->euid && t->cred->uid == t->cred->suid &&
		     cred_same_user(t->cred) && !(t->cred->cap_permitted & CAP_BIT(CAP_SETUID));
	/* The rights of a program come after the program. */
	list_for_each(other, &tasks, node)
		if (is && other->process == t->process && READ_ONCE(other->exec))
			is = false;
	unlock(&tasks_lock);
	return is;
}

s64 sys_rt_sigqueueinfo(const u64 *a)
{
	s32 pid = (s32)a[0], sig = (s32)a[1], err;
	struct siginfo info;
	bool gone;

	err = siginfo_read(&info, a[2]);
	if (err)
		return err;
	if (siginfo_feigns(&info) && pid != current->tid)
		return -EPERM;
	if (capable(CAP_KILL))
		return SOUTH_NATIVE;
	err = check_signal(pid, sig, &gone);
	if (err || gone)
		return err;
	if (is_plain(pid))
		return SOUTH_NATIVE;
	err = sig ? south_signal(SOUTH_SIGNAL_PROCESS, pid, sig, &info) : 0;
	/* One whose first thread has ended isn't told. */
	return err != -ESRCH ? err :
	       south_signal(SOUTH_SIGNAL_PROCESS | SOUTH_SIGNAL_USER, pid, sig, NULL);
}

s64 sys_rt_tgsigqueueinfo(const u64 *a)
{
	s32 pid = (s32)a[0], tid = (s32)a[1], err;
	struct siginfo info;

	err = siginfo_read(&info, a[3]);
	if (err)
		return err;
	if (pid <= 0 || tid <= 0)
		return -EINVAL;
	if (siginfo_feigns(&info) && tid != current->tid)
		return -EPERM;
	if (capable(CAP_KILL))
		return SOUTH_NATIVE;
	return is_thread_of(tid, pid) ? kill_thread(tid, (s32)a[2], &info) : -ESRCH;
}
