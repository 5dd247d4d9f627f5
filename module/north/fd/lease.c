// SPDX-License-Identifier: GPL-2.0
/*
 * File leases: who has one is told by a signal that somebody else opens or truncates the
 * file, and has some time to give it up.
 */
#include "../task.h"
#include "lease.h"
#include "owner.h"

#define F_RDLCK 0
#define F_WRLCK 1
#define NS_PER_S 1000000000ll

/* struct lease - guarded by leases_lock. */
struct lease {
	struct lease *next;	/* of inode->leases */
	struct file *file;	/* takes it along when it is closed */
	s32 fd;			/* by which it was made */
	u32 type;
	/* It was asked to go, or to become one for reading; when that is done to it, or 0. */
	bool unlock, downgrade;
	s64 unlock_at, downgrade_at;
};

static struct mutex leases_lock;
static struct waitqueue leases_changed = { .entries = LIST_INIT(leases_changed.entries) };
u32 lease_break_time = 45;

/* ---- the lock is held ---- */

static void lease_drop(struct lease **p)
{
	struct lease *l = *p;

	*p = l->next;
	release(l);
	wq_wake(&leases_changed, 0);
}

static void lease_change(struct lease **p, u32 type)
{
	struct lease *l = *p;

	if (type == F_UNLCK) {
		lease_drop(p);
		return;
	}
	l->type = type;
	if (type == F_RDLCK)
		l->downgrade = false;
	wq_wake(&leases_changed, 0);
}

static struct lease **lease_of(struct inode *i, const struct file *f)
{
	struct lease **p = &i->leases;

	while (*p && (*p)->file != f)
		p = &(*p)->next;
	return p;
}

static bool past(s64 when)
{
	return when && south_time(1) >= when;
}

/* time_out_leases() */
static void time_out(struct inode *i)
{
	struct lease **p = &i->leases;

	while (*p) {
		struct lease *l = *p;

		if (l->unlock && past(l->unlock_at)) {
			lease_drop(p);
			continue;
		}
		if (l->downgrade && past(l->downgrade_at))
			lease_change(p, F_RDLCK);
		p = &l->next;
	}
}

static bool conflicts(const struct lease *l, bool write)
{
	return write || l->type == F_WRLCK;
}

/* The next time at which a lease in the way goes by itself; false: there is none in the way. */
static bool in_the_way(struct inode *i, bool write, s64 *until)
{
	struct lease *l;
	bool some = false;
	s64 when;

	time_out(i);
	*until = -1;
	for (l = i->leases; l; l = l->next) {
		if (!conflicts(l, write))
			continue;
		some = true;
		when = l->unlock ? l->unlock_at : l->downgrade_at;
		if (when && (*until < 0 || when < *until))
			*until = when;
	}
	return some;
}

static void ask_to_go(struct inode *i, bool write)
{
	u32 seconds = READ_ONCE(lease_break_time);
	s64 when = seconds ? south_time(1) + seconds * NS_PER_S : 0;
	struct lease *l;

	for (l = i->leases; l; l = l->next) {
		if (!conflicts(l, write) || l->unlock || (!write && l->downgrade))
			continue;
		if (write) {
			l->unlock = true;
			l->unlock_at = when;
		} else {
			l->downgrade = true;
			l->downgrade_at = when;
		}
		owner_tell(l->file, l->fd, POLL_MSG);
	}
}

/* ---- */

static s32 break_wait(struct inode *i, bool write)
{
	struct wait_entry e;
	s64 until;
	s32 err = 0;

	wq_add(&leases_changed, &e, &current->waiter, 0);
	for (;;) {
		u32 seq = waiter_arm(&current->waiter);

		if (!in_the_way(i, write, &until))
			break;
		if (err == -EINTR) {
			wq_remove(&e);
			return -ERESTARTSYS;
		}
		unlock(&leases_lock);
		err = waiter_sleep(&current->waiter, seq, until);
		lock(&leases_lock);
	}
	wq_remove(&e);
	return 0;
}

s32 lease_break_(struct inode *i, u32 flags)
{
	bool write = flags & O_ACCMODE;
	s64 until;
	s32 err = 0;

	lock(&leases_lock);
	if (in_the_way(i, write, &until)) {
		ask_to_go(i, write);
		err = flags & O_NONBLOCK ? -EAGAIN : break_wait(i, write);
	}
	unlock(&leases_lock);
	return err;
}

void leases_release(struct file *f)
{
	struct lease **p;

	lock(&leases_lock);
	p = lease_of(f->inode, f);
	if (*p)
		lease_drop(p);
	unlock(&leases_lock);
}

u32 lease_get(struct file *f)
{
	struct lease *l;
	u32 type = F_UNLCK;

	lock(&leases_lock);
	time_out(f->inode);
	l = *lease_of(f->inode, f);
	if (l)
		type = l->unlock ? F_UNLCK : l->downgrade ? F_RDLCK : l->type;
	unlock(&leases_lock);
	return type;
}

/* check_conflicting_open() */
static bool open_otherwise(struct file *f, u32 type)
{
	struct inode *i = f->inode;
	bool writer = f->flags & O_ACCMODE;
	u32 readers, writers;

	inode_opens(i, &readers, &writers);
	if (type == F_RDLCK)
		return writers;
	return writers != writer || readers != !writer;
}

static s32 lease_add(struct file *f, s32 fd, u32 type, struct lease **fresh)
{
	struct inode *i = f->inode;
	struct lease *l, **own;

	time_out(i);
	if (open_otherwise(f, type))
		return -EAGAIN;
	own = lease_of(i, f);
	for (l = i->leases; l; l = l->next)
		if (l != *own && (type == F_WRLCK || l->unlock))
			return -EAGAIN;
	if (*own) {
		lease_change(own, type);
		return 0;
	}
	l = *fresh;
	*fresh = NULL;
	l->file = f;
	l->fd = fd;
	l->type = type;
	*own = l;
	/* Who opened it meanwhile hasn't seen the lease. */
	if (open_otherwise(f, type)) {
		lease_drop(own);
		return -EAGAIN;
	}
	return 0;
}

s32 lease_set(struct file *f, s32 fd, u32 type)
{
	struct inode *i = f->inode;
	struct lease *fresh, **own;
	s32 err;

	if (type > F_UNLCK)
		return -EINVAL;
	if (current->cred->fsuid != i->uid && !capable(CAP_LEASE))
		return -EACCES;
	if (!S_ISREG(i->mode) || !f->counted)
		return -EINVAL;
	if (type == F_UNLCK) {
		lock(&leases_lock);
		own = lease_of(i, f);
		err = *own ? 0 : -EAGAIN;
		if (!err)
			lease_drop(own);
		unlock(&leases_lock);
		return err;
	}
	fresh = new(struct lease);
	if (!fresh || !owner_make(f)) {
		release(fresh);
		return -ENOMEM;
	}
	lock(&leases_lock);
	err = lease_add(f, fd, type, &fresh);
	unlock(&leases_lock);
	release(fresh);
	if (!err)
		owner_default(f, 0);
	return err;
}
