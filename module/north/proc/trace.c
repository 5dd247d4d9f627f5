// SPDX-License-Identifier: GPL-2.0
/*
 * Who may trace whom. Tracing itself is the host's: a request that begins it comes here
 * first, and runs natively if North lets it.
 */
#include "proc.h"

#define PTRACE_TRACEME 0
#define PTRACE_ATTACH 16
#define PTRACE_SEIZE 0x4206

bool cred_may_access(const struct cred *c, u32 dumpable, u32 mode)
{
	const struct cred *me = current->cred;
	bool fs = mode == ACCESS_FSCREDS;
	u32 uid = fs ? me->fsuid : me->uid, gid = fs ? me->fsgid : me->gid;
	u64 caps = fs ? me->cap_effective : me->cap_permitted;

	if (capable(CAP_SYS_PTRACE))
		return true;
	return uid == c->uid && uid == c->euid && uid == c->suid && gid == c->gid &&
	       gid == c->egid && gid == c->sgid && dumpable == 1 &&
	       !(c->cap_permitted & ~caps);
}

s32 task_may_access(s32 tid, u32 mode)
{
	struct cred *c = NULL;
	u32 dumpable = 0;
	struct task *t;
	bool same, may;

	lock(&tasks_lock);
	t = task_find(tid);
	if (t) {
		c = t->cred;
		c->refs++;
		dumpable = t->process->dumpable;
		same = t->process == current->process;
	}
	unlock(&tasks_lock);
	if (!c)
		return -ESRCH;
	may = same || cred_may_access(c, dumpable, mode);
	cred_put(c);
	return may ? 0 : -EPERM;
}

bool tracer_capable(void)
{
	struct south_task *st = new(struct south_task);
	struct cred *c = NULL;
	bool may = false;

	if (st && !south_task(0, st)) {
		if (st->tracer)
			c = task_cred(st->tracer);
		may = !st->tracer || (c && c->cap_effective & CAP_BIT(CAP_SYS_PTRACE));
	}
	if (c)
		cred_put(c);
	release(st);
	return may;
}

/* The parent becomes the tracer: of the box, and with no fewer capabilities than its child. */
static s32 may_be_traced(void)
{
	struct south_task *st = new(struct south_task);
	struct cred *c;
	bool may;
	s32 err;

	if (!st)
		return -ENOMEM;
	err = south_task(0, st);
	c = err ? NULL : task_cred(st->ppid);
	release(st);
	if (!c)
		return err ? err : -EPERM;
	may = !(current->cred->cap_permitted & ~c->cap_permitted) ||
	      c->cap_effective & CAP_BIT(CAP_SYS_PTRACE);
	cred_put(c);
	return may ? 0 : -EPERM;
}

s64 sys_get_robust_list(const u64 *a)
{
	struct south_task *st = new(struct south_task);
	u64 size = 24; /* struct robust_list_head */
	s32 tid = (s32)a[0];
	s64 err;

	if (!st)
		return -ENOMEM;
	err = tid ? task_may_access(tid, ACCESS_REALCREDS) : 0;
	if (!err)
		err = south_task(tid, st);
	if (!err && (south_user_write(a[2], &size, sizeof(size)) ||
		     south_user_write(a[1], &st->robust_list, sizeof(st->robust_list))))
		err = -EFAULT;
	release(st);
	return err;
}

s64 sys_ptrace(const u64 *a)
{
	s32 err = 0;

	switch (a[0]) {
	case PTRACE_TRACEME:
		err = may_be_traced();
		break;
	case PTRACE_ATTACH:
	case PTRACE_SEIZE:
		err = task_may_access((s32)a[1], ACCESS_REALCREDS);
		break;
	}
	return err ? err : SOUTH_NATIVE;
}
