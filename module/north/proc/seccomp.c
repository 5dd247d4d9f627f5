// SPDX-License-Identifier: GPL-2.0
/*
 * seccomp(2). A task with filters has every call of it come to North first, which asks
 * them, newest first, and goes by the strictest answer.
 */
#include "seccomp.h"

#define SECCOMP_SET_MODE_STRICT 0
#define SECCOMP_SET_MODE_FILTER 1
#define SECCOMP_GET_ACTION_AVAIL 2
#define SECCOMP_GET_NOTIF_SIZES 3

#define SECCOMP_FILTER_FLAG_TSYNC 1
#define SECCOMP_FILTER_FLAG_LOG 2
#define SECCOMP_FILTER_FLAG_SPEC_ALLOW 4
#define SECCOMP_FILTER_FLAG_TSYNC_ESRCH 16
#define SECCOMP_FILTER_FLAGS 23

#define SECCOMP_RET_KILL_PROCESS 0x80000000u
#define SECCOMP_RET_KILL_THREAD 0x00000000u
#define SECCOMP_RET_TRAP 0x00030000u
#define SECCOMP_RET_ERRNO 0x00050000u
#define SECCOMP_RET_TRACE 0x7ff00000u
#define SECCOMP_RET_LOG 0x7ffc0000u
#define SECCOMP_RET_ALLOW 0x7fff0000u
#define SECCOMP_RET_ACTION 0xffff0000u
#define SECCOMP_RET_DATA 0x0000ffffu

#define AUDIT_ARCH_X86_64 0xc000003eu
#define BPF_MAXINSNS 4096
#define MAX_INSNS_PER_PATH 32768
#define FILTER_COST 4		/* of a filter besides its instructions */
#define MAX_ERRNO 4095
#define SIGKILL 9

#define NR_READ 0
#define NR_WRITE 1
#define NR_RT_SIGRETURN 15
#define NR_EXIT 60

static void filter_put(struct seccomp_filter *f)
{
	while (f) {
		struct seccomp_filter *prev = f->prev;
		bool gone;

		lock(&tasks_lock);
		gone = !--f->refs;
		unlock(&tasks_lock);
		if (!gone)
			return;
		release(f);
		f = prev;
	}
}

void seccomp_release(struct task *t)
{
	filter_put(t->seccomp);
	t->seccomp = NULL;
}

u32 seccomp_count(const struct task *t)
{
	u32 n = 0;

	for (const struct seccomp_filter *f = t->seccomp; f; f = f->prev)
		n++;
	return n;
}

void seccomp_inherit(struct task *child, const struct task *parent)
{
	child->seccomp_mode = parent->seccomp_mode;
	child->seccomp = parent->seccomp;
	if (child->seccomp)
		child->seccomp->refs++;
}

/* ---- setting ---- */

static u32 total_insns(const struct seccomp_filter *f)
{
	return f ? f->total : 0;
}

static struct seccomp_filter *filter_read(u64 uaddr)
{
	struct {
		u16 len, pad[3];
		u64 insns;
	} prog;
	struct seccomp_filter *f;
	s32 err;

	if (south_user_read(&prog, uaddr, sizeof(prog)))
		return ERR_PTR(-EFAULT);
	if (!prog.len || prog.len > BPF_MAXINSNS)
		return ERR_PTR(-EINVAL);
	if (!current->process->no_new_privs && !capable(CAP_SYS_ADMIN))
		return ERR_PTR(-EACCES);
	f = alloc(sizeof(*f) + prog.len * sizeof(f->insns[0]));
	if (!f)
		return ERR_PTR(-ENOMEM);
	f->refs = 1;
	f->len = prog.len;
	err = -EFAULT;
	if (!south_user_read(f->insns, prog.insns, prog.len * sizeof(f->insns[0])))
		err = bpf_check(f->insns, f->len);
	if (!err)
		return f;
	release(f);
	return ERR_PTR(err);
}

/* Is @old one of those that @f stands on? No filter at all is. */
static bool is_ancestor(const struct seccomp_filter *old, const struct seccomp_filter *f)
{
	while (f && f != old)
		f = f->prev;
	return f == old;
}

/* A thread whose filters aren't a beginning of current's, or 0. tasks_lock is held. */
static s32 tsync_refuser(void)
{
	const struct task *me = current;
	struct task *t;

	list_for_each(t, &tasks, node)
		if (t != me && t->process == me->process && t->seccomp_mode != SECCOMP_MODE_NONE &&
		    (t->seccomp_mode == SECCOMP_MODE_STRICT ||
		     !is_ancestor(t->seccomp, me->seccomp)))
			return t->tid;
	return 0;
}

/* Every other thread gets @f, and those being born. tasks_lock; what they had stays @f's. */
static void tsync(struct seccomp_filter *f)
{
	struct task *t;

	list_for_each(t, &tasks, node) {
		if (t == current || t->process != current->process)
			continue;
		f->refs++;
		if (t->seccomp)
			t->seccomp->refs--;
		WRITE_ONCE(t->seccomp, f);
		WRITE_ONCE(t->seccomp_mode, SECCOMP_MODE_FILTER);
	}
}

/*
 * All threads' calls come here from now on. Twice: one that was born during the first
 * round by a thread that wasn't reached yet has its id by the second.
 */
static void filter_all_threads(void)
{
	for (u32 round = 0; round < 2; round++) {
		s32 last = 0, next;

		do {
			struct task *t;

			next = 0;
			lock(&tasks_lock);
			list_for_each(t, &tasks, node)
				if (t->process == current->process && t->tid > last &&
				    (!next || t->tid < next))
					next = t->tid;
			unlock(&tasks_lock);
			if (next)
				south_fact(SOUTH_FACT_ALL, next);
			last = next;
		} while (next);
	}
}

static s64 set_filter(u32 flags, u64 uaddr)
{
	bool sync = flags & SECCOMP_FILTER_FLAG_TSYNC;
	struct task *me = current;
	struct seccomp_filter *f;
	s32 refuser = 0, err = 0;

	if (flags & ~SECCOMP_FILTER_FLAGS)
		return -EINVAL;
	f = filter_read(uaddr);
	if (IS_ERR(f))
		return PTR_ERR(f);
	lock(&tasks_lock);
	f->total = f->len + total_insns(me->seccomp) + (me->seccomp ? FILTER_COST : 0);
	if (me->seccomp_mode == SECCOMP_MODE_STRICT)
		err = -EINVAL;
	else if (f->total > MAX_INSNS_PER_PATH)
		err = -ENOMEM;
	else if (sync)
		refuser = tsync_refuser();
	if (!err && !refuser) {
		f->prev = me->seccomp;
		me->seccomp = f;
		me->seccomp_mode = SECCOMP_MODE_FILTER;
		if (sync)
			tsync(f);
	}
	unlock(&tasks_lock);
	if (err || refuser) {
		release(f);
		if (err)
			return err;
		return flags & SECCOMP_FILTER_FLAG_TSYNC_ESRCH ? -ESRCH : refuser;
	}
	if (sync)
		filter_all_threads();
	else
		south_fact(SOUTH_FACT_ALL, me->tid);
	return 0;
}

static s64 set_strict(void)
{
	struct task *me = current;

	if (me->seccomp_mode == SECCOMP_MODE_FILTER)
		return -EINVAL;
	me->seccomp_mode = SECCOMP_MODE_STRICT;
	south_fact(SOUTH_FACT_ALL, me->tid);
	return 0;
}

static s64 action_avail(u64 uaddr)
{
	u32 action;

	if (south_user_read(&action, uaddr, sizeof(action)))
		return -EFAULT;
	switch (action) {
	case SECCOMP_RET_KILL_PROCESS:
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_TRAP:
	case SECCOMP_RET_ERRNO:
	case SECCOMP_RET_TRACE:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_ALLOW:
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

s64 sys_seccomp(const u64 *a)
{
	switch ((u32)a[0]) {
	case SECCOMP_SET_MODE_STRICT:
		return (u32)a[1] || a[2] ? -EINVAL : set_strict();
	case SECCOMP_SET_MODE_FILTER:
		return set_filter((u32)a[1], a[2]);
	case SECCOMP_GET_ACTION_AVAIL:
		return (u32)a[1] ? -EINVAL : action_avail(a[2]);
	default:
		/* Nobody is notified here: there are no sizes of notifications. */
		return -EINVAL;
	}
}

s64 seccomp_prctl(u64 mode, u64 filter)
{
	switch (mode) {
	case SECCOMP_MODE_STRICT:
		return set_strict();
	case SECCOMP_MODE_FILTER:
		return set_filter(0, filter);
	default:
		return -EINVAL;
	}
}

/* ---- asking ---- */

static bool strict_allows(u32 nr)
{
	return nr == NR_READ || nr == NR_WRITE || nr == NR_RT_SIGRETURN || nr == NR_EXIT;
}

static u32 ask(u32 nr, const u64 *a)
{
	struct seccomp_data data = { .nr = (s32)nr, .arch = AUDIT_ARCH_X86_64 };
	u32 strictest = SECCOMP_RET_ALLOW;

	for (u32 i = 0; i < 6; i++)
		data.args[i] = a[i];
	for (struct seccomp_filter *f = READ_ONCE(current->seccomp); f; f = f->prev) {
		u32 ret = bpf_run(f->insns, &data);

		if ((s32)(ret & SECCOMP_RET_ACTION) < (s32)(strictest & SECCOMP_RET_ACTION))
			strictest = ret;
	}
	return strictest;
}

bool seccomp_refuses(u32 nr, const u64 *a, s64 *ret)
{
	u32 verdict, data;

	*ret = -ENOSYS;
	if (current->seccomp_mode == SECCOMP_MODE_STRICT) {
		if (strict_allows(nr))
			return false;
		south_signal(SOUTH_SIGNAL_THREAD, 0, SIGKILL, NULL);
		return true;
	}
	verdict = ask(nr, a);
	data = verdict & SECCOMP_RET_DATA;
	switch (verdict & SECCOMP_RET_ACTION) {
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_ALLOW:
		return false;
	case SECCOMP_RET_ERRNO:
		*ret = -(s64)min(data, (u32)MAX_ERRNO);
		return true;
	case SECCOMP_RET_TRAP:
		/* The handler finds the number of the call where its result would be. */
		*ret = nr;
		south_signal(SOUTH_SIGNAL_SYS, (s32)data, 0, NULL);
		return true;
	case SECCOMP_RET_TRACE:
		/* Nobody who traces is told. */
		return true;
	default:
		south_signal(SOUTH_SIGNAL_SYS, (s32)data, 1, NULL);
		return true;
	}
}
