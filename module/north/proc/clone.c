// SPDX-License-Identifier: GPL-2.0
/* fork, vfork, clone, clone3: the child's North task, then a native clone. */
#include "proc.h"
#include "clone.h"
#include "../ipc/sysv.h"

/* What has a meaning for the host's part of a task. */
#define CLONE_NATIVE (CLONE_VM | CLONE_SIGHAND | CLONE_VFORK | CLONE_PARENT | CLONE_THREAD |	\
		      CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID |		\
		      CLONE_CHILD_SETTID | CLONE_CLEAR_SIGHAND | CLONE_PTRACE | CLONE_UNTRACED)

/* struct clone_args - clone3's, as in linux/sched.h. */
struct clone_args {
	u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	u64 set_tid, set_tid_size, cgroup;
};
#define CLONE_ARGS_SIZE_VER0 64
#define MAX_PID_NS_LEVEL 32

/* The checks of copy_process(), in its order; then those that only boxes make. */
static s32 clone_check(u64 flags)
{
	if ((flags & (CLONE_NEWNS | CLONE_FS)) == (CLONE_NEWNS | CLONE_FS))
		return -EINVAL;
	if ((flags & (CLONE_NEWUSER | CLONE_FS)) == (CLONE_NEWUSER | CLONE_FS))
		return -EINVAL;
	if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM))
		return -EINVAL;
	if ((flags & CLONE_PARENT) && current->pid == 1)
		return -EINVAL;
	if ((flags & CLONE_THREAD) && (flags & (CLONE_NEWUSER | CLONE_NEWPID)))
		return -EINVAL;
	/* Descriptors are of processes here, not of threads, as on a kernel older than 6.9. */
	if ((flags & (CLONE_PIDFD | CLONE_THREAD)) == (CLONE_PIDFD | CLONE_THREAD))
		return -EINVAL;
	if (flags & CLONE_NAMESPACES)
		return -EPERM;
	return 0;
}

static struct task *clone_task(u64 flags)
{
	struct task *me = current, *t;
	struct process *process;
	struct fdtable *files;
	struct fs_context *fs;

	files = flags & CLONE_FILES ? fdtable_get(me->files) : fdtable_copy(me->files);
	if (!files)
		return NULL;
	fs = flags & CLONE_FS ? fs_context_get(me->fs) : fs_context_copy(me->fs);
	if (!fs)
		goto out_files;
	process = flags & CLONE_THREAD ? process_get(me->process) : process_copy(me->process);
	if (!process)
		goto out_fs;
	t = task_new(process, cred_get(me->cred), files, fs);
	if (!t)
		return NULL;
	memcpy(t->comm, me->comm, sizeof(t->comm));
	t->personality = me->personality;
	t->mempolicy = me->mempolicy;
	t->mempolicy_nodes = me->mempolicy_nodes;
	t->sched_policy = me->sched_policy;
	t->ioprio = me->ioprio;
	t->affinity = me->affinity;
	t->vfork = !!(flags & CLONE_VFORK);
	if (flags & CLONE_VM)
		t->vm = me->vm;
	if (flags & CLONE_SIGHAND)
		t->sighand = me->sighand;
	if (flags & CLONE_SYSVSEM && sem_undos_share(t)) {
		task_drop(t);
		task_free(t);
		return NULL;
	}
	return t;

out_fs:
	fs_context_put(fs);
out_files:
	fdtable_put(files);
	return NULL;
}

/* The child won't come: it was never more than what its parent made of it. */
static void clone_undo(struct task *child)
{
	if (child->pidfd >= 0)
		fd_close(child->pidfd);
	task_drop(child);
	task_free(child);
}

/* The descriptor of the child to be, which the parent is told of before the child runs. */
static s32 clone_pidfd(struct task *child, u64 uaddr)
{
	child->pidfd = pidfd_clone(child->process);
	if (child->pidfd < 0)
		return child->pidfd;
	return south_user_write(uaddr, &child->pidfd, sizeof(child->pidfd));
}

/* The child stands on the list before its native clone, without an id: nobody finds it. */
static s64 clone_common(u64 flags, u64 exit_signal, u64 stack, u64 parent_tid, u64 child_tid,
			u64 tls, u64 pidfd)
{
	struct south_clone c;
	struct task *t;
	s32 err = clone_check(flags);

	if (err)
		return err;
	t = clone_task(flags);
	if (!t)
		return -ENOMEM;
	task_publish(t, current);
	memset(&c, 0, sizeof(c));
	c.flags = (flags & CLONE_NATIVE) | exit_signal;
	c.stack = stack;
	c.parent_tid = parent_tid;
	c.child_tid = child_tid;
	c.tls = tls;
	c.child = (u32)(uintptr)t;
	c.pad = (u32)((u64)(uintptr)t >> 32);
	if (flags & CLONE_PIDFD)
		err = clone_pidfd(t, pidfd);
	if (!err)
		err = south_clone(&c);
	if (err < 0)
		clone_undo(t);
	return err;
}

NORTH_ENTRY(north_clone_abort)
void north_clone_abort(void *child)
{
	clone_undo(child);
}

s64 sys_clone(const u64 *a)
{
	u64 flags = (u32)a[0] & ~CSIGNAL;

	if ((flags & CLONE_PIDFD) && (flags & (CLONE_PARENT_SETTID | CLONE_DETACHED)))
		return -EINVAL;
	return clone_common(flags, a[0] & CSIGNAL, a[1], a[2], a[3], a[4], a[2]);
}

s64 sys_fork(const u64 *a)
{
	return clone_common(0, SIGCHLD, 0, 0, 0, 0, 0);
}

s64 sys_vfork(const u64 *a)
{
	return clone_common(CLONE_VFORK | CLONE_VM, SIGCHLD, 0, 0, 0, 0, 0);
}

/* copy_struct_from_user(): what is longer than we know must be zero. */
static s32 clone_args_read(struct clone_args *args, u64 uaddr, u64 size)
{
	u8 more[64];
	s32 err;

	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	memset(args, 0, sizeof(*args));
	for (u64 at = sizeof(*args); at < size; at += sizeof(more)) {
		u32 n = min((u64)sizeof(more), size - at);

		err = south_user_read(more, uaddr + at, n);
		if (err)
			return err;
		for (u32 i = 0; i < n; i++)
			if (more[i])
				return -E2BIG;
	}
	return south_user_read(args, uaddr, min((u64)sizeof(*args), size));
}

s64 sys_clone3(const u64 *a)
{
	struct clone_args args;
	s32 err = clone_args_read(&args, a[0], a[1]);

	if (err)
		return err;
	if (args.set_tid_size > MAX_PID_NS_LEVEL || !args.set_tid != !args.set_tid_size)
		return -EINVAL;
	if ((args.exit_signal & ~CSIGNAL) || args.exit_signal > NSIG)
		return -EINVAL;
	if ((args.flags & CLONE_INTO_CGROUP) && (args.cgroup > 0x7fffffff || a[1] < sizeof(args)))
		return -EINVAL;
	if (args.flags & ~(0xffffffffull | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP))
		return -EINVAL;
	if (args.flags & (CLONE_DETACHED | (CSIGNAL & ~CLONE_NEWTIME)))
		return -EINVAL;
	if ((args.flags & CLONE_SIGHAND) && (args.flags & CLONE_CLEAR_SIGHAND))
		return -EINVAL;
	if ((args.flags & (CLONE_THREAD | CLONE_PARENT)) && args.exit_signal)
		return -EINVAL;
	if (!args.stack != !args.stack_size)
		return -EINVAL;
	if (args.stack) {
		if (!user_range(args.stack, args.stack_size))
			return -EINVAL;
		args.stack += args.stack_size;
	}
	if ((args.flags & CLONE_PIDFD) && (args.flags & CLONE_PARENT_SETTID) &&
	    args.pidfd == args.parent_tid)
		return -EINVAL;
	err = clone_check(args.flags);
	if (err)
		return err;
	if (args.flags & CLONE_NEWTIME)
		return -EPERM;
	/* The control groups of a box have no files, so no descriptor can be one of them. */
	if (args.flags & CLONE_INTO_CGROUP)
		return -EBADF;
	if (args.set_tid_size)
		return -EPERM;
	return clone_common(args.flags, args.exit_signal, args.stack, args.parent_tid,
			    args.child_tid, args.tls, args.pidfd);
}
