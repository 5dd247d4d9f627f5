// SPDX-License-Identifier: GPL-2.0
/*
 * Resource limits. Open files, file sizes and cores are North's, and so are
 * their limits; the others are the host's, and are changed and read natively: of another
 * process, if North says who may.
 */
#include "proc.h"

struct rlimit {
	u64 cur, max;
};

static bool is_ours(u32 resource)
{
	return resource == RLIMIT_NOFILE || resource == RLIMIT_FSIZE || resource == RLIMIT_CORE;
}

void process_rlimit(struct process *p, const struct south_task *st, u32 resource, u64 *cur,
		    u64 *max)
{
	switch (resource) {
	case RLIMIT_NOFILE:
		*cur = p->rlim_nofile_cur;
		*max = p->rlim_nofile_max;
		break;
	case RLIMIT_FSIZE:
		*cur = p->rlim_fsize_cur;
		*max = p->rlim_fsize_max;
		break;
	case RLIMIT_CORE:
		*cur = p->rlim_core_cur;
		*max = p->rlim_core_max;
		break;
	default:
		*cur = st->rlim_cur[resource];
		*max = st->rlim_max[resource];
	}
}

static void rlimit_set(struct process *p, u32 resource, const struct rlimit *r)
{
	switch (resource) {
	case RLIMIT_NOFILE:
		p->rlim_nofile_cur = r->cur;
		p->rlim_nofile_max = r->max;
		break;
	case RLIMIT_FSIZE:
		p->rlim_fsize_cur = r->cur;
		p->rlim_fsize_max = r->max;
		break;
	case RLIMIT_CORE:
		p->rlim_core_cur = r->cur;
		p->rlim_core_max = r->max;
		break;
	}
}

/* check_prlimit_permission(): the same user in every respect, or CAP_SYS_RESOURCE. */
static s32 may_limit(s32 tid)
{
	const struct cred *me = current->cred;
	struct cred *c = task_cred(tid);
	bool may;

	if (!c)
		return -ESRCH;
	may = (me->uid == c->euid && me->uid == c->suid && me->uid == c->uid &&
	       me->gid == c->egid && me->gid == c->sgid && me->gid == c->gid) ||
	      capable(CAP_SYS_RESOURCE);
	cred_put(c);
	return may ? 0 : -EPERM;
}

static s64 do_prlimit(s32 tid, u32 resource, const struct rlimit *set, struct rlimit *old)
{
	struct task *t;
	s32 err = -ESRCH;

	if (!is_ours(resource))
		return -EINVAL;
	if (set && set->cur > set->max)
		return -EINVAL;
	if (set && resource == RLIMIT_NOFILE && set->max > NR_OPEN_MAX)
		return -EPERM;
	lock(&tasks_lock);
	t = task_of(tid);
	if (t) {
		err = 0;
		process_rlimit(t->process, NULL, resource, &old->cur, &old->max);
		if (set && set->max > old->max && !capable(CAP_SYS_RESOURCE))
			err = -EPERM;
		else if (set)
			rlimit_set(t->process, resource, set);
	}
	unlock(&tasks_lock);
	return err;
}

s64 sys_prlimit64(const u64 *a)
{
	s32 tid = (s32)a[0], err;
	struct rlimit set, old;

	if (a[2]) {
		err = south_user_read(&set, a[2], sizeof(set));
		if (err)
			return err;
	}
	if (tid && tid != current->tid) {
		err = tid < 0 ? -ESRCH : may_limit(tid);
		if (err)
			return err;
	} else {
		tid = current->tid;
	}
	if (!is_ours((u32)a[1]))
		return SOUTH_NATIVE;
	err = do_prlimit(tid, (u32)a[1], a[2] ? &set : NULL, &old);
	if (!err && a[3])
		err = south_user_write(a[3], &old, sizeof(old));
	return err;
}

s64 sys_getrlimit(const u64 *a)
{
	struct rlimit old;
	s32 err = do_prlimit(current->tid, (u32)a[0], NULL, &old);

	return err ? err : south_user_write(a[1], &old, sizeof(old));
}

s64 sys_setrlimit(const u64 *a)
{
	struct rlimit set, old;
	s32 err = south_user_read(&set, a[1], sizeof(set));

	return err ? err : do_prlimit(current->tid, (u32)a[0], &set, &old);
}
