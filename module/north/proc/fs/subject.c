// SPDX-License-Identifier: GPL-2.0
/* Whom a directory of /proc is about, and who may look. */
#include "procfs.h"

/* The task, or the process's leader or else any of its threads. tasks_lock is held. */
static struct task *subject_find(const struct proc_inode *p)
{
	struct task *t, *any = NULL;

	if (p->tid) {
		t = task_find(p->tid);
		return t && t->serial == p->id && t->pid == p->pid ? t : NULL;
	}
	list_for_each(t, &tasks, node) {
		if (!t->tid || t->pid != p->pid || t->process->start != p->id)
			continue;
		if (t->tid == t->pid)
			return t;
		if (!any)
			any = t;
	}
	return any;
}

bool subject_alive(const struct proc_inode *p)
{
	bool alive;

	lock(&tasks_lock);
	alive = subject_find(p) != NULL;
	unlock(&tasks_lock);
	return alive;
}

s32 subject_get(struct proc_inode *p, struct subject *s)
{
	struct task *t;

	lock(&tasks_lock);
	t = subject_find(p);
	if (t) {
		s->pid = t->pid;
		/* A process is named by its first thread, also where that has ended. */
		s->tid = p->tid ? t->tid : t->pid;
		s->cred = t->cred;
		s->cred->refs++;
		s->process = t->process;
		s->process->threads++;
		s->programs = s->process->programs;
		s->files = fdtable_get(t->files);
		s->fs = t->fs;
		s->fs->refs++;
		memcpy(s->comm, t->comm, sizeof(s->comm));
		s->seccomp_mode = t->seccomp_mode;
		s->seccomp_filters = seccomp_count(t);
	}
	unlock(&tasks_lock);
	return t ? 0 : -ESRCH;
}

void subject_put(struct subject *s)
{
	fdtable_put(s->files);
	fs_context_put(s->fs);
	process_put(s->process);
	cred_put(s->cred);
}

void subject_owner(const struct proc_inode *p, u32 *uid, u32 *gid)
{
	bool plain = p->entry->mode == (S_IFDIR | 0555);
	struct task *t;

	*uid = *gid = 0;
	lock(&tasks_lock);
	t = subject_find(p);
	if (t && (plain || t->process->dumpable == 1)) {
		*uid = t->cred->euid;
		*gid = t->cred->egid;
	}
	unlock(&tasks_lock);
}

bool subject_readable(const struct subject *s)
{
	return s->pid == current->pid ||
	       cred_may_access(s->cred, s->process->dumpable, ACCESS_FSCREDS);
}

s32 subject_get_readable(struct proc_inode *p, struct subject *s)
{
	s32 err = subject_get(p, s);

	if (err)
		return err;
	if (subject_readable(s))
		return 0;
	subject_put(s);
	return -EACCES;
}
