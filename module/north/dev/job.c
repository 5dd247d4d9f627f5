// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions and foreground groups. Sessions and groups are the host's: setsid() and
 * setpgid() run without North. So nothing of them is remembered for a process; which
 * terminal is its own is worked out each time from the session it is in.
 */
#include "../task.h"
#include "tty.h"

struct mutex tty_lock;		/* see tty.h */
struct list ttys = LIST_INIT(ttys);

/* What of south_task() matters here. */
struct job {
	s32 pid, pgid, sid;
	bool orphaned;
	u64 deaf;		/* signals that are blocked or ignored */
};

static noinline bool job_get(s32 tid, struct job *j)
{
	struct south_task st;

	if (south_task(tid, &st))
		return false;
	j->pid = st.pid;
	j->pgid = st.pgid;
	j->sid = st.sid;
	j->orphaned = st.orphaned;
	j->deaf = st.sig_blocked | st.sig_ignored;
	return true;
}

/* Is @t what current's session has, and current hasn't given it up? tty_lock is held. */
static bool is_ctty(const struct tty *t, const struct job *j)
{
	return j->sid > 0 && t->session == j->sid && current->process->tty_sid != j->sid;
}

static bool job_has_tty(const struct job *j)
{
	struct tty *t;

	list_for_each(t, &ttys, node)
		if (is_ctty(t, j))
			return true;
	return false;
}

/* Hooks of proc/: a child has given up what its parent has. */
void tty_fork(struct process *parent, struct process *child)
{
	lock(&tty_lock);
	child->tty_sid = parent->tty_sid;
	unlock(&tty_lock);
}

void tty_session_exit(s32 sid)
{
	struct tty *t, *found = NULL;

	lock(&tty_lock);
	list_for_each(t, &ttys, node) {
		if (t->session != sid)
			continue;
		found = t;
		t->refs++;
		break;
	}
	unlock(&tty_lock);
	if (!found)
		return;
	tty_hangup(found, true);
	tty_put(found);
}

void tty_signal(struct tty *t, u32 sig)
{
	s32 pgrp;

	lock(&tty_lock);
	pgrp = t->pgrp;
	unlock(&tty_lock);
	if (pgrp > 0)
		south_signal(SOUTH_SIGNAL_GROUP, pgrp, sig, NULL);
}

s64 tty_check(struct tty *t, u32 sig)
{
	bool background;
	struct job j;

	/* Whose terminal it isn't, isn't stopped by it. */
	if (!*(volatile s32 *)&t->session || !job_get(0, &j))
		return 0;
	lock(&tty_lock);
	background = is_ctty(t, &j) && t->pgrp && t->pgrp != j.pgid;
	unlock(&tty_lock);
	if (!background)
		return 0;
	if (j.deaf >> (sig - 1) & 1)
		return sig == SIGTTIN ? -EIO : 0;
	if (j.orphaned)
		return -EIO;
	south_signal(SOUTH_SIGNAL_GROUP, j.pgid, sig, NULL);
	return -ERESTARTSYS;
}

struct tty *tty_of_current(void)
{
	struct tty *t, *found = NULL;
	struct job j;

	if (list_empty(&ttys) || !job_get(0, &j))
		return NULL;
	lock(&tty_lock);
	list_for_each(t, &ttys, node) {
		if (!is_ctty(t, &j))
			continue;
		t->refs++;
		found = t;
		break;
	}
	unlock(&tty_lock);
	return found;
}

bool tty_of_session(s32 sid, u32 *dev, s32 *pgrp)
{
	bool found = false;
	struct tty *t;

	lock(&tty_lock);
	list_for_each(t, &ttys, node) {
		if (sid <= 0 || t->session != sid)
			continue;
		*dev = (u32)dev_encode(MKDEV(PTY_MAJOR, t->index));
		*pgrp = t->pgrp;
		found = true;
		break;
	}
	unlock(&tty_lock);
	return found;
}

/* tty_lock is held. */
static void set_controlling(struct tty *t, const struct job *j)
{
	t->session = j->sid;
	t->pgrp = j->pgid;
	current->process->tty_sid = 0;
}

void tty_opened(struct tty *t)
{
	struct job j;

	if (*(volatile s32 *)&t->session || !job_get(0, &j) || j.pid != j.sid)
		return;
	lock(&tty_lock);
	if (!t->session && !job_has_tty(&j))
		set_controlling(t, &j);
	unlock(&tty_lock);
}

void tty_hangup(struct tty *t, bool exit_session)
{
	s32 session, pgrp;

	lock(&t->lock);
	t->hangups++;
	termios_init(&t->termios);
	ldisc_flush_input(t);
	ldisc_changed(t, NULL);
	echo_drop(t);
	t->stopped = t->tco_stopped = false;
	wq_wake(&t->slave_wq, 0);
	wq_async_end(&t->slave_wq);
	unlock(&t->lock);
	lock(&tty_lock);
	session = t->session;
	pgrp = t->pgrp;
	t->session = t->pgrp = 0;
	unlock(&tty_lock);
	if (session > 0) {
		south_signal(SOUTH_SIGNAL_PROCESS, session, SIGHUP, NULL);
		south_signal(SOUTH_SIGNAL_PROCESS, session, SIGCONT, NULL);
	}
	if (exit_session && pgrp > 0)
		south_signal(SOUTH_SIGNAL_GROUP, pgrp, SIGHUP, NULL);
}

s64 tty_set_controlling(struct tty *t, u64 steal, bool readable)
{
	bool admin = capable(CAP_SYS_ADMIN);
	struct job j;
	s64 err = 0;

	if (!job_get(0, &j))
		return -EPERM;
	lock(&tty_lock);
	if (j.pid == j.sid && is_ctty(t, &j))
		goto out;
	err = -EPERM;
	if (j.pid != j.sid || job_has_tty(&j))
		goto out;
	if (t->session && (steal != 1 || !admin))
		goto out;
	if (!readable && !admin)
		goto out;
	err = 0;
	set_controlling(t, &j);
out:
	unlock(&tty_lock);
	return err;
}

s64 tty_give_up(struct tty *t)
{
	bool leader = false;
	struct job j;
	s32 pgrp = 0;

	if (!job_get(0, &j))
		return -ENOTTY;
	lock(&tty_lock);
	if (!is_ctty(t, &j)) {
		unlock(&tty_lock);
		return -ENOTTY;
	}
	if (j.pid == j.sid) {
		leader = true;
		pgrp = t->pgrp;
		t->session = t->pgrp = 0;
	} else {
		current->process->tty_sid = j.sid;
	}
	unlock(&tty_lock);
	if (leader && pgrp > 0) {
		south_signal(SOUTH_SIGNAL_GROUP, pgrp, SIGHUP, NULL);
		south_signal(SOUTH_SIGNAL_GROUP, pgrp, SIGCONT, NULL);
	}
	return 0;
}

/* What can be asked of a slave only by those whose terminal it is. */
static bool may_ask(struct tty *t, bool master, struct job *j)
{
	bool ok;

	if (master)
		return true;
	if (!job_get(0, j))
		return false;
	lock(&tty_lock);
	ok = is_ctty(t, j);
	unlock(&tty_lock);
	return ok;
}

s64 tty_get_pgrp(struct tty *t, bool master, u64 arg)
{
	struct job j;
	s32 pgrp;

	if (!may_ask(t, master, &j))
		return -ENOTTY;
	pgrp = *(volatile s32 *)&t->pgrp;
	return south_user_write(arg, &pgrp, sizeof(pgrp)) ? -EFAULT : 0;
}

s64 tty_get_sid(struct tty *t, bool master, u64 arg)
{
	struct job j;
	s32 sid;

	if (!may_ask(t, master, &j))
		return -ENOTTY;
	sid = *(volatile s32 *)&t->session;
	if (sid <= 0)
		return -ENOTTY;
	return south_user_write(arg, &sid, sizeof(sid)) ? -EFAULT : 0;
}

/* The smallest thread id above @last, or 0. */
static s32 next_tid(s32 last)
{
	struct task *t;
	s32 best = 0;

	lock(&tasks_lock);
	list_for_each(t, &tasks, node)
		if (t->tid > last && (!best || t->tid < best))
			best = t->tid;
	unlock(&tasks_lock);
	return best;
}

/* The session of a process group; 0: there is no such group. */
static s32 group_session(s32 pgrp)
{
	struct job j;
	s32 tid = 0;

	if (job_get(pgrp, &j) && j.pgid == pgrp)
		return j.sid;
	/* Its leader is gone: any member will do. */
	if (south_signal(SOUTH_SIGNAL_GROUP, pgrp, 0, NULL))
		return 0;
	while ((tid = next_tid(tid)))
		if (job_get(tid, &j) && j.pgid == pgrp)
			return j.sid;
	return 0;
}

s64 tty_set_pgrp(struct tty *t, u64 arg)
{
	s64 err = tty_check(t, SIGTTOU);
	struct job j;
	s32 pgrp, sid;

	if (err)
		return err == -EIO ? -ENOTTY : err;
	if (south_user_read(&pgrp, arg, sizeof(pgrp)))
		return -EFAULT;
	if (pgrp < 0)
		return -EINVAL;
	if (!may_ask(t, false, &j))
		return -ENOTTY;
	sid = pgrp ? group_session(pgrp) : 0;
	if (sid != j.sid)
		return sid ? -EPERM : -ESRCH;
	lock(&tty_lock);
	if (is_ctty(t, &j))
		t->pgrp = pgrp;
	else
		err = -ENOTTY;
	unlock(&tty_lock);
	return err;
}

void tty_resize(struct tty *t, const struct winsize *ws)
{
	bool same;

	lock(&t->lock);
	same = !memcmp(&t->winsize, ws, sizeof(*ws));
	t->winsize = *ws;
	unlock(&t->lock);
	if (!same)
		tty_signal(t, SIGWINCH);
}
