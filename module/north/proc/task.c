// SPDX-License-Identifier: GPL-2.0
/* Tasks and processes: their lists, their making and their end. */
#include "proc.h"
#include "../ipc/sysv.h"

#ifdef __wasm__
__asm__(".globaltype north_current, i32\n"
	".globl north_current\n"
	"north_current:\n");

void set_current(struct task *t)
{
	__asm__ volatile(".globaltype north_current, i32\n"
			 "\tlocal.get %0\n"
			 "\tglobal.set north_current" : : "r"(t));
}
#else
_Thread_local struct task *north_current;

void set_current(struct task *t)
{
	north_current = t;
}
#endif

struct mutex tasks_lock;	/* see task.h */
struct list tasks = LIST_INIT(tasks), processes = LIST_INIT(processes);

/* A task that wasn't cloned natively yet has no id and can't be found. */
struct task *task_find(s32 tid)
{
	struct task *t;

	if (tid <= 0)
		return NULL;
	list_for_each(t, &tasks, node)
		if (t->tid == tid)
			return t;
	return NULL;
}

struct task *task_of(s32 id)
{
	struct task *t = task_find(id);

	if (t || id <= 0)
		return t;
	list_for_each(t, &tasks, node)
		if (t->tid && t->pid == id)
			return t;
	return NULL;
}

struct process *process_find(s32 pid)
{
	struct task *t;

	if (pid <= 0)
		return NULL;
	list_for_each(t, &tasks, node) {
		if (t->pid != pid || !t->tid)
			continue;
		t->process->pid = pid;
		return t->process;
	}
	return NULL;
}

struct task_id *tasks_snapshot(u32 *count)
{
	struct task_id *ids;
	u32 size = 0, n = 0;
	struct task *t;

	lock(&tasks_lock);
	list_for_each(t, &tasks, node)
		size++;
	ids = alloc((size + 1) * sizeof(*ids));
	if (ids) {
		list_for_each(t, &tasks, node)
			if (t->tid)
				ids[n++] = (struct task_id){ t->tid, t->pid, t->vfork };
	}
	unlock(&tasks_lock);
	*count = n;
	return ids;
}

__weak void tty_fork(struct process *parent, struct process *child)
{
}

__weak void tty_process_exit(struct process *p)
{
}

__weak void tty_session_exit(s32 sid)
{
}

__weak bool tty_describe(struct process *p, u64 *rdev, s32 *pgid)
{
	return false;
}

struct process *process_new(void)
{
	struct process *p = new(struct process);

	if (!p)
		return NULL;
	p->threads = 1;
	p->rlim_nofile_cur = 1024;
	p->rlim_nofile_max = NR_OPEN_MAX;
	p->rlim_fsize_cur = p->rlim_fsize_max = RLIM_INFINITY;
	p->rlim_core_max = RLIM_INFINITY;
	p->dumpable = 1;
	p->timerslack = 50000;
	p->coredump_filter = 0x33;
	p->start = south_time(7);
	list_init(&p->node);
	lock(&tasks_lock);
	list_add_tail(&p->node, &processes);
	unlock(&tasks_lock);
	return p;
}

struct process *process_copy(struct process *parent)
{
	struct process *p = process_new();
	struct file *exe = NULL;
	char *path = NULL;
	bool failed = false;

	if (!p)
		return NULL;
	lock(&tasks_lock);
	if (parent->exe_path) {
		path = str_dup(parent->exe_path);
		failed = !path;
	}
	if (parent->exe && !failed)
		exe = file_get(parent->exe);
	p->exe = exe;
	p->exe_path = path;
	p->rlim_nofile_cur = parent->rlim_nofile_cur;
	p->rlim_nofile_max = parent->rlim_nofile_max;
	p->rlim_fsize_cur = parent->rlim_fsize_cur;
	p->rlim_fsize_max = parent->rlim_fsize_max;
	p->rlim_core_cur = parent->rlim_core_cur;
	p->rlim_core_max = parent->rlim_core_max;
	p->dumpable = parent->dumpable;
	p->keepcaps = parent->keepcaps;
	p->no_new_privs = parent->no_new_privs;
	p->timerslack = parent->timerslack;
	p->oom_score_adj = parent->oom_score_adj;
	p->coredump_filter = parent->coredump_filter;
	unlock(&tasks_lock);
	if (failed) {
		process_put(p);
		return NULL;
	}
	tty_fork(parent, p);
	return p;
}

struct process *process_get(struct process *p)
{
	lock(&tasks_lock);
	p->threads++;
	unlock(&tasks_lock);
	return p;
}

void process_put(struct process *p)
{
	bool gone;

	lock(&tasks_lock);
	gone = !--p->threads;
	if (gone)
		list_del(&p->node);
	unlock(&tasks_lock);
	if (!gone)
		return;
	process_timers_free(p);
	process_aio_free(p);
	tty_process_exit(p);
	shm_sweep();
	pidref_drop(p->pidref);
	if (p->exe)
		file_put(p->exe);
	release(p->exe_path);
	release(p);
}

void process_set_exe(struct process *p, struct file *exe, char *path)
{
	struct file *old;
	char *old_path;

	lock(&tasks_lock);
	old = p->exe;
	old_path = p->exe_path;
	p->exe = exe;
	p->exe_path = path;
	WRITE_ONCE(p->programs, p->programs + 1);
	unlock(&tasks_lock);
	if (old)
		file_put(old);
	release(old_path);
}

struct task *task_new(struct process *process, struct cred *cred, struct fdtable *files,
		      struct fs_context *fs)
{
	struct task *t = new(struct task);
	void *stack = alloc(SHADOW_STACK_SIZE);

	if (!t || !stack) {
		release(t);
		release(stack);
		fdtable_put(files);
		fs_context_put(fs);
		cred_put(cred);
		process_put(process);
		return NULL;
	}
	t->stack = stack;
	t->stack_top = (uintptr)stack + SHADOW_STACK_SIZE;
	t->process = process;
	t->cred = cred;
	t->files = files;
	t->fs = fs;
	t->vm = t->sighand = (uintptr)t;
	t->pidfd = -1;
	list_init(&t->node);
	return t;
}

static u64 serials; /* tasks_lock */

void task_publish(struct task *t, const struct task *parent)
{
	lock(&tasks_lock);
	t->serial = ++serials;
	/* In one step with being found by who filters all threads. */
	if (parent)
		seccomp_inherit(t, parent);
	list_add_tail(&t->node, &tasks);
	unlock(&tasks_lock);
}

u64 tasks_made(void)
{
	u64 made;

	lock(&tasks_lock);
	made = serials;
	unlock(&tasks_lock);
	return made;
}

/*
 * Off the list first: who finds a task under tasks_lock may take references on
 * what it holds.
 */
void task_drop(struct task *t)
{
	lock(&tasks_lock);
	list_del(&t->node);
	unlock(&tasks_lock);
	exec_state_free(t->exec);
	t->exec = NULL;
	sem_undos_put(t);
	fdtable_put(t->files);
	fs_context_put(t->fs);
	process_put(t->process);
	cred_put(t->cred);
	seccomp_release(t);
}

void task_free(struct task *t)
{
	void *stack = t->stack;

	release(t);
	release(stack);
}
