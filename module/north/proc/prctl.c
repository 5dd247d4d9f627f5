// SPDX-License-Identifier: GPL-2.0
/* prctl(2). */
#include "proc.h"

#define PR_SET_PDEATHSIG 1
#define PR_GET_PDEATHSIG 2
#define PR_GET_DUMPABLE 3
#define PR_SET_DUMPABLE 4
#define PR_GET_KEEPCAPS 7
#define PR_SET_KEEPCAPS 8
#define PR_GET_TIMING 13
#define PR_SET_TIMING 14
#define PR_SET_NAME 15
#define PR_GET_NAME 16
#define PR_GET_SECCOMP 21
#define PR_SET_SECCOMP 22
#define PR_CAPBSET_READ 23
#define PR_CAPBSET_DROP 24
#define PR_GET_TSC 25
#define PR_SET_TSC 26
#define PR_GET_SECUREBITS 27
#define PR_SET_SECUREBITS 28
#define PR_SET_TIMERSLACK 29
#define PR_GET_TIMERSLACK 30
#define PR_TASK_PERF_EVENTS_DISABLE 31
#define PR_TASK_PERF_EVENTS_ENABLE 32
#define PR_SET_MM 35
#define PR_SET_CHILD_SUBREAPER 36
#define PR_GET_CHILD_SUBREAPER 37
#define PR_SET_NO_NEW_PRIVS 38
#define PR_GET_NO_NEW_PRIVS 39
#define PR_GET_THP_DISABLE 42
#define PR_CAP_AMBIENT 47
#define PR_GET_SPECULATION_CTRL 52
#define PR_SET_SPECULATION_CTRL 53

#define PR_CAP_AMBIENT_IS_SET 1
#define PR_CAP_AMBIENT_RAISE 2
#define PR_CAP_AMBIENT_LOWER 3
#define PR_CAP_AMBIENT_CLEAR_ALL 4

#define TIMERSLACK_DEFAULT 50000

static s64 set_name(u64 uaddr)
{
	struct task *t = current;
	char name[TASK_COMM_LEN] = { 0 };
	s32 n = south_user_string(name, uaddr, TASK_COMM_LEN - 1);

	if (n < 0)
		return n;
	name[TASK_COMM_LEN - 1] = 0;
	memcpy(t->comm, name, sizeof(t->comm));
	south_comm(name);
	return 0;
}

static s64 commit_keepcaps(bool keep)
{
	struct cred *c;

	if (current->cred->securebits & SECURE_KEEP_CAPS << 1)
		return -EPERM;
	c = cred_copy(current->cred);
	if (!c)
		return -ENOMEM;
	c->securebits &= ~SECURE_KEEP_CAPS;
	if (keep)
		c->securebits |= SECURE_KEEP_CAPS;
	cred_commit(c);
	WRITE_ONCE(current->process->keepcaps, keep);
	return 0;
}

static s64 set_securebits(u64 bits)
{
	const struct cred *old = current->cred;
	struct cred *c;

	if (((old->securebits & SECURE_ALL_LOCKS) >> 1) & (old->securebits ^ bits))
		return -EPERM;
	if ((old->securebits & SECURE_ALL_LOCKS & ~bits) ||
	    (bits & ~(u64)(SECURE_ALL_LOCKS | SECURE_ALL_BITS)) || !capable(CAP_SETPCAP))
		return -EPERM;
	c = cred_copy(old);
	if (!c)
		return -ENOMEM;
	c->securebits = bits;
	cred_commit(c);
	return 0;
}

static s64 drop_bounding(u64 cap)
{
	struct cred *c;

	if (!capable(CAP_SETPCAP))
		return -EPERM;
	if (cap > CAP_LAST)
		return -EINVAL;
	c = cred_copy(current->cred);
	if (!c)
		return -ENOMEM;
	c->cap_bounding &= ~CAP_BIT(cap);
	cred_commit(c);
	return 0;
}

static s64 ambient(u64 what, u64 cap)
{
	const struct cred *old = current->cred;
	struct cred *c;

	if (what == PR_CAP_AMBIENT_CLEAR_ALL) {
		if (cap)
			return -EINVAL;
	} else if (cap > CAP_LAST || what < PR_CAP_AMBIENT_IS_SET || what > PR_CAP_AMBIENT_LOWER) {
		return -EINVAL;
	}
	if (what == PR_CAP_AMBIENT_IS_SET)
		return !!(old->cap_ambient & CAP_BIT(cap));
	if (what == PR_CAP_AMBIENT_RAISE &&
	    (!(old->cap_permitted & old->cap_inheritable & CAP_BIT(cap)) ||
	     (old->securebits & SECURE_NO_CAP_AMBIENT_RAISE)))
		return -EPERM;
	c = cred_copy(old);
	if (!c)
		return -ENOMEM;
	if (what == PR_CAP_AMBIENT_CLEAR_ALL)
		c->cap_ambient = 0;
	else if (what == PR_CAP_AMBIENT_RAISE)
		c->cap_ambient |= CAP_BIT(cap);
	else
		c->cap_ambient &= ~CAP_BIT(cap);
	cred_commit(c);
	return 0;
}

static s64 put_u32(u64 uaddr, u32 v)
{
	return south_user_write(uaddr, &v, sizeof(v));
}

s64 sys_prctl(const u64 *a)
{
	struct process *p = current->process;
	const struct cred *c = current->cred;

	switch ((s32)a[0]) {
	case PR_SET_PDEATHSIG:
		if (a[1] > NSIG)
			return -EINVAL;
		WRITE_ONCE(p->pdeathsig, a[1]);
		return 0;
	case PR_GET_PDEATHSIG:
		return put_u32(a[1], p->pdeathsig);
	case PR_GET_DUMPABLE:
		return p->dumpable;
	case PR_SET_DUMPABLE:
		if (a[1] > 1)
			return -EINVAL;
		WRITE_ONCE(p->dumpable, a[1]);
		return 0;
	case PR_GET_KEEPCAPS:
		return !!(c->securebits & SECURE_KEEP_CAPS);
	case PR_SET_KEEPCAPS:
		return a[1] > 1 ? -EINVAL : commit_keepcaps(a[1]);
	case PR_GET_TIMING:
		return 0;
	case PR_SET_TIMING:
		return a[1] ? -EINVAL : 0;
	case PR_SET_NAME:
		return set_name(a[1]);
	case PR_GET_NAME:
		return south_user_write(a[1], current->comm, TASK_COMM_LEN);
	case PR_GET_SECCOMP:
		return current->seccomp_mode;
	case PR_SET_SECCOMP:
		return seccomp_prctl(a[1], a[2]);
	case PR_CAPBSET_READ:
		return a[1] > CAP_LAST ? -EINVAL : !!(c->cap_bounding & CAP_BIT(a[1]));
	case PR_CAPBSET_DROP:
		return drop_bounding(a[1]);
	case PR_GET_TSC:
		return put_u32(a[1], 1);
	case PR_SET_TSC:
		return a[1] == 1 ? 0 : -EINVAL;
	case PR_GET_SECUREBITS:
		return c->securebits;
	case PR_SET_SECUREBITS:
		return set_securebits(a[1]);
	case PR_SET_TIMERSLACK:
		WRITE_ONCE(p->timerslack,
			   (s64)a[1] <= 0 ? TIMERSLACK_DEFAULT : min(a[1], 0xffffffffull));
		return 0;
	case PR_GET_TIMERSLACK:
		return p->timerslack;
	case PR_TASK_PERF_EVENTS_DISABLE:
	case PR_TASK_PERF_EVENTS_ENABLE:
		return 0;
	case PR_SET_MM:
		return capable(CAP_SYS_RESOURCE) ? -EINVAL : -EPERM;
	case PR_SET_CHILD_SUBREAPER:
		WRITE_ONCE(p->subreaper, !!a[1]);
		south_fact(SOUTH_FACT_SUBREAPER, !!a[1]);
		return 0;
	case PR_GET_CHILD_SUBREAPER:
		return put_u32(a[1], p->subreaper);
	case PR_SET_NO_NEW_PRIVS:
		if (a[1] != 1 || a[2] || a[3] || a[4])
			return -EINVAL;
		WRITE_ONCE(p->no_new_privs, 1);
		return 0;
	case PR_GET_NO_NEW_PRIVS:
		return a[1] || a[2] || a[3] || a[4] ? -EINVAL : (s64)p->no_new_privs;
	case PR_GET_THP_DISABLE:
		return a[1] || a[2] || a[3] || a[4] ? -EINVAL : 0;
	case PR_CAP_AMBIENT:
		return a[3] || a[4] ? -EINVAL : ambient(a[1], a[2]);
	case PR_GET_SPECULATION_CTRL:
		return a[2] || a[3] || a[4] ? -EINVAL : -ENODEV;
	case PR_SET_SPECULATION_CTRL:
		return a[4] ? -EINVAL : -ENODEV;
	default:
		return -EINVAL;
	}
}
