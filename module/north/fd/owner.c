// SPDX-License-Identifier: GPL-2.0
/*
 * Who is told by a signal of what happens to a file. With O_ASYNC a file is on the list
 * of the queue on which poll(2) would wait at it; whoever changes the object says so there
 * (wq_async()), where Linux has its kill_fasync().
 */
#include "../proc/proc.h"
#include "../event/poll.h"
#include "../abi/signal.h"
#include "owner.h"

#define F_OWNER_TID 0
#define F_OWNER_PID 1
#define F_OWNER_PGRP 2

/* Signals whose si_code means something else where it isn't SIGIO's. */
#define SPECIFIC_CODES (1ull << SIGILL | 1ull << SIGFPE | 1ull << SIGSEGV | 1ull << SIGBUS | \
			1ull << SIGTRAP | 1ull << SIGCHLD | 1ull << SIGSYS)

struct linux_f_owner_ex {
	s32 type, pid;
};

/* struct file_owner - made when it is first set, and as old as the file then. */
struct file_owner {
	struct file *file;
	/* Guarded by owners_lock */
	u32 type;		/* F_OWNER_* */
	s32 id;			/* 0: nobody */
	s32 sig;		/* 0: SIGIO, and that is all */
	u32 uid, euid;		/* whose signal it is */
	/* By the queue's lock */
	struct waitqueue *queue;	/* that it is on, with O_ASYNC, or NULL */
	struct file_owner *next;
	s32 fd;
};

/* Inside of all locks but tasks_lock and the allocator's. */
static struct mutex owners_lock;

/* By F_OWNER_*. */
static const u32 kinds[] = { SOUTH_SIGNAL_THREAD, SOUTH_SIGNAL_PROCESS, SOUTH_SIGNAL_GROUP };

struct file_owner *owner_make(struct file *f)
{
	struct file_owner *o = READ_ONCE(f->owner), *fresh;

	if (o)
		return o;
	fresh = new(struct file_owner);
	if (!fresh)
		return NULL;
	fresh->file = f;
	lock(&owners_lock);
	o = f->owner;
	if (!o)
		WRITE_ONCE(f->owner, fresh);
	unlock(&owners_lock);
	if (!o)
		return fresh;
	release(fresh);
	return o;
}

/* A file that nobody set an owner of has one that is all zero. */
static struct file_owner owner_now(const struct file *f)
{
	struct file_owner now = { 0 };

	lock(&owners_lock);
	if (f->owner)
		now = (struct file_owner){ .type = f->owner->type, .id = f->owner->id,
					   .sig = f->owner->sig, .uid = f->owner->uid,
					   .euid = f->owner->euid };
	unlock(&owners_lock);
	return now;
}

/* ---- telling ---- */

/* sigio_perm() */
static bool may_tell(const struct file_owner *o, s32 tid)
{
	const struct task *t;
	bool may = false;

	lock(&tasks_lock);
	t = task_find(tid);
	if (t)
		may = !o->euid || o->euid == t->cred->suid || o->euid == t->cred->uid ||
		      o->uid == t->cred->suid || o->uid == t->cred->uid;
	unlock(&tasks_lock);
	return may;
}

static void tell_task(const struct file_owner *o, u32 kind, s32 id, s32 fd, u32 reason)
{
	static const u32 bands[] = {
		[POLL_IN] = POLLIN | POLLRDNORM,
		[POLL_OUT] = POLLOUT | POLLWRNORM | POLLWRBAND,
		[POLL_MSG] = POLLIN | POLLRDNORM | POLLMSG,
		[POLL_ERR] = POLLERR,
		[POLL_HUP] = POLLHUP | POLLERR,
	};
	bool other = o->sig < 64 && SPECIFIC_CODES >> o->sig & 1;
	struct siginfo si = {
		.signo = o->sig, .code = other ? SI_SIGIO : (s32)reason,
		.band = bands[reason], .fd = fd,
	};

	if (!may_tell(o, id))
		return;
	/* Where there is no room for it, there is for the plain one. */
	if (!o->sig || south_signal(kind, id, (u32)o->sig, &si))
		south_signal(kind, id, SIGIO, NULL);
}

static void tell_group(const struct file_owner *o, s32 fd, u32 reason)
{
	struct south_task *st = new(struct south_task);
	u32 count;
	struct task_id *ids = tasks_snapshot(&count);

	for (u32 i = 0; ids && st && i < count; i++)
		if (ids[i].tid == ids[i].pid && !south_task(ids[i].tid, st) && st->pgid == o->id)
			tell_task(o, SOUTH_SIGNAL_PROCESS, ids[i].pid, fd, reason);
	release(ids);
	release(st);
}

void owner_tell(struct file *f, s32 fd, u32 reason)
{
	struct file_owner now = owner_now(f);

	if (!now.id)
		return;
	if (now.type != F_OWNER_PGRP)
		tell_task(&now, kinds[now.type], now.id, fd, reason);
	else if (now.euid || now.sig)
		tell_group(&now, fd, reason);
	else
		south_signal(SOUTH_SIGNAL_GROUP, now.id, SIGIO, NULL);
}

/* Of a pipe's ends each hears of its own side. */
static bool hears(const struct file *f, u32 reason)
{
	return !S_ISFIFO(f->inode->mode) ||
	       (reason == POLL_OUT ? file_writable(f) : file_readable(f));
}

void wq_async_owners(struct waitqueue *q, u32 reason)
{
	struct file_owner *o;

	lock(&q->lock);
	for (o = q->async; o; o = o->next)
		if (hears(o->file, reason))
			owner_tell(o->file, o->fd, reason);
	unlock(&q->lock);
}

/* ---- O_ASYNC ---- */

static void leave(struct file_owner *o)
{
	struct file_owner **p = &o->queue->async;

	while (*p != o)
		p = &(*p)->next;
	WRITE_ONCE(*p, o->next);
	WRITE_ONCE(o->queue, NULL);
}

void wq_async_end(struct waitqueue *q)
{
	lock(&q->lock);
	while (q->async)
		leave(q->async);
	unlock(&q->lock);
}

s32 owner_async(struct file *f, s32 fd, bool on)
{
	struct file_owner *o = on ? owner_make(f) : READ_ONCE(f->owner);
	struct waitqueue *q = NULL;
	struct poll_table ask = { .queue = &q };

	if (!o)
		return on ? -ENOMEM : 0;
	file_poll(f, &ask, 0);
	/* A terminal of the host's has none: nobody hears of it here. */
	if (!q)
		return 0;
	lock(&q->lock);
	if (on && !o->queue) {
		WRITE_ONCE(o->queue, q);
		o->next = q->async;
		WRITE_ONCE(q->async, o);
	} else if (!on && o->queue) {
		leave(o);
	}
	o->fd = fd;
	unlock(&q->lock);
	if (on)
		f->ops->async(f);
	return 0;
}

void async_nobody(struct file *f)
{
}

void owner_release(struct file *f)
{
	struct file_owner *o = f->owner;
	struct waitqueue *q = READ_ONCE(o->queue);

	if (q) {
		lock(&q->lock);
		if (o->queue)
			leave(o);
		unlock(&q->lock);
	}
	release(o);
}

/* ---- fcntl ---- */

static s32 owner_set(struct file *f, u32 type, s32 id, bool force)
{
	struct file_owner *o = owner_make(f);

	if (!o)
		return -ENOMEM;
	lock(&owners_lock);
	if (force || !o->id) {
		o->type = type;
		o->id = id;
		if (id) {
			o->uid = current->cred->uid;
			o->euid = current->cred->euid;
		}
	}
	unlock(&owners_lock);
	return 0;
}

void owner_default(struct file *f, s32 id)
{
	if (id < 0)
		owner_set(f, F_OWNER_PGRP, -id, false);
	else
		owner_set(f, F_OWNER_PID, id ? id : current->pid, false);
}

static s32 owner_named(struct file *f, u32 type, s32 id)
{
	/* Thread 0 would be the caller. */
	if (id && south_signal(kinds[type], id, 0, NULL))
		return -ESRCH;
	return owner_set(f, type, id, true);
}

static s32 setown(struct file *f, s32 who)
{
	if (who >= 0)
		return owner_named(f, F_OWNER_PID, who);
	if (who == -0x7fffffff - 1)
		return -EINVAL;
	return owner_named(f, F_OWNER_PGRP, -who);
}

static s32 setown_ex(struct file *f, u64 arg)
{
	struct linux_f_owner_ex ex;

	if (south_user_read(&ex, arg, sizeof(ex)))
		return -EFAULT;
	if ((u32)ex.type > F_OWNER_PGRP)
		return -EINVAL;
	if (ex.pid < 0)
		return -ESRCH;
	return owner_named(f, (u32)ex.type, ex.pid);
}

/* Who has gone meanwhile isn't shown. */
static s32 owner_shown(const struct file_owner *o)
{
	return o->id && !south_signal(kinds[o->type], o->id, 0, NULL) ? o->id : 0;
}

static s32 setsig(struct file *f, u64 sig)
{
	struct file_owner *o;

	if (sig > NSIG)
		return -EINVAL;
	o = owner_make(f);
	if (!o)
		return -ENOMEM;
	lock(&owners_lock);
	o->sig = (s32)sig;
	unlock(&owners_lock);
	return 0;
}

s64 owner_fcntl(struct file *f, u32 cmd, u64 arg)
{
	struct file_owner now = owner_now(f);
	s32 shown[2];

	switch (cmd) {
	case F_SETOWN:
		return setown(f, (s32)arg);
	case F_SETOWN_EX:
		return setown_ex(f, arg);
	case F_SETSIG:
		return setsig(f, arg);
	case F_GETSIG:
		return now.sig;
	case F_GETOWN:
		return now.type == F_OWNER_PGRP ? -owner_shown(&now) : owner_shown(&now);
	case F_GETOWN_EX:
		shown[0] = (s32)now.type;
		shown[1] = owner_shown(&now);
		break;
	default:
		shown[0] = (s32)now.uid;
		shown[1] = (s32)now.euid;
	}
	return south_user_write(arg, shown, sizeof(shown)) ? -EFAULT : 0;
}
