// SPDX-License-Identifier: GPL-2.0
/* A box begins: its first mounts, then the processes that come from outside. */
#include "proc.h"

/* What is true of the host for as long as the box lives. */
static s32 host_boot(void)
{
	struct south_host *host = new(struct south_host);
	s32 err = -ENOMEM;

	if (host)
		err = south_host(host);
	if (!err) {
		user_end = host->user_end;
		err = uts_boot(host);
	}
	release(host);
	return err;
}

/*
 * Mounting looks up paths and asks for permissions, which are somebody's: those
 * of a task that exists while the box boots only.
 */
NORTH_ENTRY(north_boot)
s32 north_boot(void)
{
	struct task *before = current, *t = new(struct task);
	s32 err;

	if (!t)
		return -ENOMEM;
	err = -ENOMEM;
	t->cred = cred_first();
	t->process = process_new();
	if (!t->cred || !t->process)
		goto out;
	set_current(t);
	err = host_boot();
	if (err)
		goto out;
	err = fs_boot();
out:
	if (t->process)
		process_put(t->process);
	if (t->cred)
		cred_put(t->cred);
	set_current(before);
	release(t);
	return err;
}

static s32 enter_stream(s32 handle, u32 fd)
{
	struct file *f;
	s32 n;

	if (handle < 0)
		return 0;
	f = stream_file(handle);
	if (!f)
		return -ENOMEM;
	if (IS_ERR(f))
		return PTR_ERR(f);
	n = fd_install(f, fd, false);
	return n < 0 ? n : 0;
}

static struct task *enter_task(s32 tid, s32 pid)
{
	struct fs_context *fs = fs_context_first();
	struct fdtable *files = fdtable_new();
	struct process *process = process_new();
	struct cred *cred = cred_first();
	struct task *t;

	if (!fs || !files || !process || !cred) {
		if (fs)
			fs_context_put(fs);
		if (files)
			fdtable_put(files);
		if (process)
			process_put(process);
		if (cred)
			cred_put(cred);
		return NULL;
	}
	t = task_new(process, cred, files, fs);
	if (!t)
		return NULL;
	t->tid = tid;
	t->pid = pid;
	process->pid = pid;
	str_copy(t->comm, "init", sizeof(t->comm));
	return t;
}

NORTH_ENTRY(north_enter)
s64 north_enter(s32 tid, s32 pid, s32 in, s32 out, s32 error)
{
	struct task *before = current, *t = enter_task(tid, pid);
	s32 err;

	if (!t)
		return -ENOMEM;
	set_current(t);
	err = enter_stream(in, 0);
	if (!err)
		err = enter_stream(out, 1);
	if (!err)
		err = enter_stream(error, 2);
	if (err) {
		task_drop(t);
		set_current(before);
		task_free(t);
		return err;
	}
	cred_facts(t->cred);
	set_current(before);
	task_publish(t, NULL);
	return (s64)(uintptr)t;
}
