// SPDX-License-Identifier: GPL-2.0
/*
 * Processes as descriptors. Whether one has exited is the host's to know: only when the
 * parent can reap it is its descriptor readable.
 */
#include "proc.h"
#include "fs/procfs.h"
#include "../event/poll.h"
#include "../abi/signal.h"

#define PIDFD_SIGNAL_THREAD 1
#define PIDFD_SIGNAL_THREAD_GROUP 2
#define PIDFD_SIGNAL_PROCESS_GROUP 4
#define PIDFD_SIGNAL_FLAGS 7
#define P_PIDFD 3
#define WNOHANG 1

/*
 * struct pidref - a process as its descriptors know it, one for all of them. Counts and
 * @process under tasks_lock, @id and @handle under pidref_lock, which is outside of it.
 */
struct pidref {
	u32 refs;		/* the descriptors' and the process's */
	struct process *process; /* NULL once North has nothing of it left */
	s32 id;			/* 0: its clone hasn't happened yet */
	s32 handle;		/* South's, or negative: none yet */
};
static struct mutex pidref_lock;

static void pidref_put(struct pidref *r)
{
	bool gone;

	lock(&tasks_lock);
	gone = !--r->refs;
	unlock(&tasks_lock);
	if (!gone)
		return;
	if (r->handle >= 0)
		south_close(r->handle);
	release(r);
}

/* The handle of South's, or an errno: -ESRCH as long as it has no id. */
static s32 pidref_handle(struct pidref *r)
{
	struct task *t;
	s32 handle;

	lock(&pidref_lock);
	if (!r->id) {
		lock(&tasks_lock);
		list_for_each(t, &tasks, node)
			if (t->process == r->process && t->tid)
				r->id = t->pid;
		unlock(&tasks_lock);
	}
	if (r->handle < 0 && r->id)
		r->handle = south_process(r->id);
	handle = r->id ? r->handle : -ESRCH;
	unlock(&pidref_lock);
	return handle;
}

/* Its id, or -ESRCH if it was waited for. */
static s32 pidref_id(struct pidref *r)
{
	s32 handle = pidref_handle(r);

	if (handle < 0)
		return handle;
	return south_poll(handle, POLLHUP, NULL) & POLLHUP ? -ESRCH : r->id;
}

void pidref_exit(struct process *p)
{
	struct pidref *r;

	lock(&tasks_lock);
	r = p->pidref;
	if (r)
		r->refs++;
	unlock(&tasks_lock);
	if (!r)
		return;
	pidref_handle(r);
	pidref_put(r);
}

void pidref_drop(struct pidref *r)
{
	if (!r)
		return;
	lock(&tasks_lock);
	r->process = NULL;
	unlock(&tasks_lock);
	pidref_put(r);
}

/* That of @p, made if need be, with a reference for the caller; NULL: no memory. */
static struct pidref *pidref_get(struct process *p)
{
	struct pidref *fresh = new(struct pidref), *r;

	if (!fresh)
		return NULL;
	fresh->handle = -1;
	lock(&tasks_lock);
	if (p && !p->pidref) {
		p->pidref = fresh;
		fresh->process = p;
		fresh->refs++;
	}
	r = p ? p->pidref : fresh;
	r->refs++;
	unlock(&tasks_lock);
	if (r != fresh)
		release(fresh);
	return r;
}

/* ---- the files ---- */

static u32 pidfd_poll(struct file *f, struct poll_table *t, u32 events)
{
	s32 handle = pidref_handle(f->private);

	/* Not there yet: somebody else is about to clone it. */
	return handle < 0 ? POLLERR : poll_stream(t, handle, events | POLLIN | POLLRDNORM);
}

static void pidfd_release(struct file *f)
{
	pidref_put(f->private);
}

static void pidfd_show(struct file *f, struct text *t)
{
	s32 id = pidref_id(f->private);

	id = id < 0 ? -1 : id;
	text_printf(t, "Pid:\t%d\nNSpid:\t%d\n", id, id);
}

static const struct file_ops pidfd_ops = {
	.poll = pidfd_poll,
	.release = pidfd_release,
	.show = pidfd_show,
};

/* Takes the reference on @r. */
static s32 pidfd_install(struct pidref *r, u32 flags)
{
	struct file *f = file_anon(&pidfd_ops, "pidfd:", 0600, O_RDWR | flags, r);

	if (!f) {
		pidref_put(r);
		return -ENOMEM;
	}
	return fd_install(f, 0, true);
}

s32 pidfd_clone(struct process *child)
{
	struct pidref *r = pidref_get(child);

	return r ? pidfd_install(r, 0) : -ENOMEM;
}

s64 sys_pidfd_open(const u64 *a)
{
	s32 pid = (s32)a[0], err;
	u32 flags = (u32)a[1];
	struct process *p;
	struct south_task *st;
	struct pidref *r;

	if ((flags & ~O_NONBLOCK) || pid <= 0)
		return -EINVAL;
	st = new(struct south_task);
	if (!st)
		return -ENOMEM;
	err = south_task(pid, st);
	if (!err && st->pid != pid)
		err = -EINVAL;
	release(st);
	if (err)
		return err;
	lock(&tasks_lock);
	p = process_find(pid);
	if (p)
		p->threads++;
	unlock(&tasks_lock);
	r = pidref_get(p);
	if (p)
		process_put(p);
	if (!r)
		return -ENOMEM;
	lock(&pidref_lock);
	r->id = pid;
	unlock(&pidref_lock);
	err = pidref_handle(r);
	if (err < 0) {
		pidref_put(r);
		return err;
	}
	return pidfd_install(r, flags);
}

/* The process of descriptor @fd, with a reference, or NULL: it is none. *@flags: the file's. */
static struct pidref *pidfd_get(s32 fd, u32 *flags)
{
	struct fd f = fd_begin_io(fd);
	struct pidref *r = NULL;

	if (f.file && f.file->ops == &pidfd_ops) {
		r = f.file->private;
		*flags = f.file->flags;
		lock(&tasks_lock);
		r->refs++;
		unlock(&tasks_lock);
	}
	fd_end(f);
	return r;
}

/* The id of the process that @fd names, -ESRCH if it was waited for, -EBADF: it names none. */
static s32 pidfd_id(s32 fd)
{
	struct pidref *r;
	u32 flags;
	s32 id;

	r = pidfd_get(fd, &flags);
	if (!r)
		return -EBADF;
	id = pidref_id(r);
	pidref_put(r);
	return id;
}

/* The same, where a directory /proc/PID may stand for its process. */
static s32 pidfd_or_proc_id(s32 fd)
{
	s32 id = pidfd_id(fd);
	struct fd f;

	if (id != -EBADF)
		return id;
	f = fd_begin_io(fd);
	if (f.file)
		id = proc_dir_process(f.file->inode);
	fd_end(f);
	return id;
}

s32 pidfd_access(s32 fd)
{
	s32 id = pidfd_id(fd);

	return id < 0 ? id : task_may_access(id, ACCESS_REALCREDS);
}

s64 sys_pidfd_send_signal(const u64 *a)
{
	u32 flags = (u32)a[3], kind = SOUTH_SIGNAL_PROCESS;
	s32 sig = (s32)a[1], id, err = 0;
	struct siginfo info;

	if ((flags & ~PIDFD_SIGNAL_FLAGS) || (flags & (flags - 1)))
		return -EINVAL;
	id = pidfd_or_proc_id((s32)a[0]);
	if (id == -EBADF)
		return id;
	if (flags == PIDFD_SIGNAL_THREAD)
		kind = SOUTH_SIGNAL_THREAD;
	else if (flags == PIDFD_SIGNAL_PROCESS_GROUP)
		kind = SOUTH_SIGNAL_GROUP;
	if (a[2]) {
		err = siginfo_read(&info, a[2]);
		if (!err && info.signo != sig)
			err = -EINVAL;
		if (!err && (id != current->tid || kind == SOUTH_SIGNAL_GROUP) &&
		    siginfo_feigns(&info))
			err = -EPERM;
	}
	if (err)
		return err;
	if (id < 0)
		return id;
	if (sig < 0 || sig > NSIG)
		return -EINVAL;
	if (kind != SOUTH_SIGNAL_GROUP) {
		err = may_signal(id, sig);
		if (err)
			return err == -ESRCH ? 0 : err;
		/* Without it to a process of which the first thread has ended. */
		if (a[2] && sig) {
			err = south_signal(kind, id, sig, &info);
			if (err != -ESRCH)
				return err;
		}
	}
	return south_signal(kind | SOUTH_SIGNAL_USER, id, sig, NULL);
}

/* A process that is ending gives its memory back as it goes: there is nothing to hasten. */
s64 sys_process_mrelease(const u64 *a)
{
	struct south_task *st;
	s32 id, err;

	if ((u32)a[1])
		return -EINVAL;
	id = pidfd_id((s32)a[0]);
	if (id < 0)
		return id;
	st = new(struct south_task);
	if (!st)
		return -ENOMEM;
	err = south_task(id, st);
	if (!err)
		err = !st->vsize ? -ESRCH : st->exiting ? 0 : -EINVAL;
	release(st);
	return err;
}

s64 sys_pidfd_getfd(const u64 *a)
{
	struct fdtable *files = NULL;
	struct file *f;
	struct task *t;
	s32 id, err;

	if ((u32)a[2])
		return -EINVAL;
	id = pidfd_id((s32)a[0]);
	if (id < 0)
		return id;
	err = task_may_access(id, ACCESS_REALCREDS);
	if (err)
		return err;
	lock(&tasks_lock);
	t = task_find(id);
	if (t)
		files = fdtable_get(t->files);
	unlock(&tasks_lock);
	if (!files)
		return -ESRCH;
	f = fdtable_file(files, (u32)a[1]);
	fdtable_put(files);
	if (!f)
		return -EBADF;
	return fd_install(f, 0, true);
}

/* Of a descriptor: the host waits for the process that it names. */
s64 sys_waitid(const u64 *a)
{
	struct pidref *r;
	u32 flags;
	s32 id, handle;
	s64 ret;

	if ((s32)a[0] != P_PIDFD)
		return SOUTH_NATIVE;
	if ((s32)a[1] < 0)
		return -EINVAL;
	r = pidfd_get((s32)a[1], &flags);
	if (!r)
		return -EBADF;
	id = pidref_id(r);
	handle = pidref_handle(r);
	ret = id == -ESRCH ? -ECHILD : id < 0 ? id : SOUTH_NATIVE + id;
	if (id > 0 && (flags & O_NONBLOCK) && !((u32)a[3] & WNOHANG) &&
	    !(south_poll(handle, POLLIN, NULL) & POLLIN))
		ret = -EAGAIN;
	pidref_put(r);
	return ret;
}
