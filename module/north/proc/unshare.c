// SPDX-License-Identifier: GPL-2.0
/* unshare(2), of what isn't a namespace: a box is the only one there is. */
#include "proc.h"
#include "../fd/fd.h"
#include "../ipc/sysv.h"
#include "clone.h"

#define UNSHARE_FLAGS (CLONE_THREAD | CLONE_FS | CLONE_SIGHAND | CLONE_VM | CLONE_FILES |	\
		       CLONE_SYSVSEM | CLONE_NAMESPACES | CLONE_NEWTIME)

/* Does another thread, or process, use what can only be had alone by being alone? */
static bool shares(u32 flags)
{
	const struct task *me = current;
	bool found = false;
	struct task *t;

	lock(&tasks_lock);
	list_for_each(t, &tasks, node)
		if (t != me && ((flags & CLONE_THREAD && t->process == me->process) ||
				(flags & CLONE_SIGHAND && t->sighand == me->sighand) ||
				(flags & CLONE_VM && t->vm == me->vm)))
			found = true;
	unlock(&tasks_lock);
	return found;
}

s64 sys_unshare(const u64 *a)
{
	u32 flags = (u32)a[0];
	s32 err;

	if (flags & CLONE_NEWUSER)
		flags |= CLONE_THREAD | CLONE_FS;
	if (flags & CLONE_VM)
		flags |= CLONE_SIGHAND;
	if (flags & CLONE_SIGHAND)
		flags |= CLONE_THREAD;
	if (flags & CLONE_NEWNS)
		flags |= CLONE_FS;
	if (flags & ~(u32)UNSHARE_FLAGS)
		return -EINVAL;
	if (shares(flags))
		return -EINVAL;
	if (flags & (CLONE_NAMESPACES | CLONE_NEWTIME))
		return -EPERM;
	err = flags & CLONE_FS ? fs_context_unshare() : 0;
	if (!err && flags & CLONE_FILES)
		err = fdtable_unshare(1, 0);
	if (!err && flags & CLONE_SYSVSEM)
		sem_undos_put(current);
	return err;
}
