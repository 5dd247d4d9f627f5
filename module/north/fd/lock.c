// SPDX-License-Identifier: GPL-2.0
/* POSIX record locks, locks of open file descriptions, flock(). */
#include "../task.h"
#include "fd.h"

#define F_GETLK 5
#define F_SETLK 6
#define F_SETLKW 7
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#define F_OFD_SETLKW 38

#define F_RDLCK 0
#define F_WRLCK 1

#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4
#define LOCK_UN 8
#define LOCK_MAND 32

#define OFFSET_MAX 0x7fffffffffffffffll
/* In a box. */
#define FILE_LOCKS_MAX 65536
#define DEADLOCK_STEPS 10

enum lock_kind { LOCK_POSIX, LOCK_OFD, LOCK_FLOCK };

struct file_lock {
	struct file_lock *next;		/* of inode->locks */
	enum lock_kind kind;
	u32 type;
	s64 start, end;			/* @end is the last byte */
	const void *owner;		/* a table (LOCK_POSIX) or a file: its address only */
	s32 pid;
};

/* A task that waits for a POSIX lock, for finding circles. */
struct lock_waiter {
	struct list node;
	const void *owner, *blocker;
};

struct linux_flock {
	s16 type, whence;
	s32 pad;
	s64 start, len;
	s32 pid, pad2;
};

/* Guards all that is here; the queue is woken whenever a lock goes. */
static struct mutex locks_lock;
static struct waitqueue locks_gone = { .entries = LIST_INIT(locks_gone.entries) };
static struct list lock_waiters = LIST_INIT(lock_waiters);
static u32 locks_count;

static struct file_lock *lock_conflict(struct inode *i, const struct file_lock *want)
{
	struct file_lock *l;

	for (l = i->locks; l; l = l->next) {
		if ((l->kind == LOCK_FLOCK) != (want->kind == LOCK_FLOCK))
			continue;
		if (l->owner == want->owner || (l->type != F_WRLCK && want->type != F_WRLCK))
			continue;
		if (l->start <= want->end && want->start <= l->end)
			return l;
	}
	return NULL;
}

static void lock_drop(struct file_lock **p)
{
	struct file_lock *l = *p;

	*p = l->next;
	locks_count--;
	release(l);
}

/* Two spare ones: what a change of a range can need at most. */
struct lock_spare {
	struct file_lock *l[2];
	u32 n;
};

static bool spare_get(struct lock_spare *s)
{
	s->n = 0;
	while (s->n < 2) {
		s->l[s->n] = new(struct file_lock);
		if (!s->l[s->n])
			return false;
		s->n++;
	}
	return true;
}

static void spare_put(struct lock_spare *s)
{
	while (s->n)
		release(s->l[--s->n]);
}

/* Where the locks of an owner are, or the end. */
static struct file_lock **locks_of(struct inode *i, const void *owner)
{
	struct file_lock **p = &i->locks;

	while (*p && (*p)->owner != owner)
		p = &(*p)->next;
	return p;
}

/*
 * @p is from locks_of(). In Linux's order, which says what F_GETLK finds first: by
 * owner, then by place.
 */
static void lock_insert(struct file_lock **p, const struct file_lock *what, struct lock_spare *s)
{
	struct file_lock *l = s->l[--s->n];

	while (*p && (*p)->owner == what->owner && (*p)->start < what->start)
		p = &(*p)->next;
	*l = *what;
	l->next = *p;
	*p = l;
	locks_count++;
}

/*
 * Makes the range of @r what @r says, for its owner: what the owner had there is
 * cut, split or joined. Returns whether others may find something free now.
 */
static bool lock_apply(struct inode *i, struct file_lock r, struct lock_spare *s)
{
	/* An owner keeps its place even if all it has is replaced. */
	struct file_lock **own = locks_of(i, r.owner), **p = own, *l, rest;
	bool freed = false;

	while ((l = *p)) {
		bool same = l->type == r.type;

		if (l->kind != r.kind || l->owner != r.owner ||
		    l->end < (same && r.start ? r.start - 1 : r.start) ||
		    l->start > (same && r.end < OFFSET_MAX ? r.end + 1 : r.end)) {
			p = &l->next;
			continue;
		}
		if (same) {
			r.start = min(r.start, l->start);
			r.end = max(r.end, l->end);
			lock_drop(p);
			continue;
		}
		freed = true;
		if (l->start >= r.start && l->end <= r.end) {
			lock_drop(p);
			continue;
		}
		if (l->end > r.end) {
			rest = *l;
			rest.start = r.end + 1;
			if (l->start >= r.start) {
				l->start = rest.start;
				p = &l->next;
				continue;
			}
			l->end = r.start - 1;
			lock_insert(own, &rest, s);
			break;
		}
		l->end = r.start - 1;
		p = &l->next;
	}
	if (r.type != F_UNLCK)
		lock_insert(own, &r, s);
	return freed;
}

/* Would @owner, waiting for @blocker, close a circle? */
static bool lock_deadlock(const void *owner, const void *blocker)
{
	struct lock_waiter *w;
	u32 steps = 0;
	bool found;

	do {
		if (blocker == owner)
			return true;
		found = false;
		list_for_each(w, &lock_waiters, node) {
			if (w->owner != blocker)
				continue;
			blocker = w->blocker;
			found = true;
			break;
		}
	} while (found && ++steps < DEADLOCK_STEPS);
	return false;
}

/* flock() changes a lock by giving it up first. */
static bool flock_drop(struct inode *i, const struct file_lock *want, bool *same)
{
	struct file_lock **p;

	*same = false;
	for (p = &i->locks; *p; p = &(*p)->next) {
		if ((*p)->kind != LOCK_FLOCK || (*p)->owner != want->owner)
			continue;
		*same = (*p)->type == want->type;
		if (*same)
			return false;
		lock_drop(p);
		return true;
	}
	return false;
}

/* Sets @want, waiting for others with @wait. */
static s32 lock_set(struct inode *i, struct file_lock *want, bool wait)
{
	struct file_lock *other = NULL;
	struct lock_waiter lw;
	struct lock_spare spare;
	bool freed = false, same = false;
	s32 err = 0;

	if (!spare_get(&spare)) {
		spare_put(&spare);
		return want->kind == LOCK_FLOCK ? -ENOMEM : -ENOLCK;
	}
	list_init(&lw.node);
	lw.owner = want->owner;
	lock(&locks_lock);
	if (want->kind == LOCK_FLOCK)
		freed = flock_drop(i, want, &same);
	if (same)
		goto out;
	if (freed)
		wq_wake(&locks_gone, 0);
	if (want->type != F_UNLCK) {
		err = locks_count >= FILE_LOCKS_MAX ? -ENOLCK : 0;
		if (err)
			goto out;
		other = lock_conflict(i, want);
	}
	if (other && !wait) {
		err = -EAGAIN;
		goto out;
	}
	if (other) {
		if (want->kind == LOCK_POSIX) {
			if (other->kind == LOCK_POSIX && lock_deadlock(want->owner, other->owner)) {
				err = -EDEADLK;
				goto out;
			}
			list_add_tail(&lw.node, &lock_waiters);
		}
		/* Who is in the way may change while we wait. */
		err = wait_until(&locks_gone, &locks_lock, ({
			other = lock_conflict(i, want);
			if (other)
				lw.blocker = other->owner;
			!other;
		}));
		list_del(&lw.node);
	}
	if (!err) {
		if (want->kind == LOCK_FLOCK) {
			if (want->type != F_UNLCK)
				lock_insert(locks_of(i, NULL), want, &spare);
		} else {
			freed = lock_apply(i, *want, &spare);
		}
	}
out:
	unlock(&locks_lock);
	if (freed)
		wq_wake(&locks_gone, 0);
	spare_put(&spare);
	return err;
}

static void locks_drop(struct inode *i, bool posix, const void *owner)
{
	struct file_lock **p = &i->locks;
	bool freed = false;

	lock(&locks_lock);
	while (*p) {
		if (((*p)->kind == LOCK_POSIX) == posix && (*p)->owner == owner) {
			lock_drop(p);
			freed = true;
		} else {
			p = &(*p)->next;
		}
	}
	unlock(&locks_lock);
	if (freed)
		wq_wake(&locks_gone, 0);
}

void locks_close(struct file *f, struct fdtable *owner)
{
	locks_drop(f->inode, true, owner);
}

void locks_release(struct file *f)
{
	locks_drop(f->inode, false, f);
}

/* ---- fcntl ---- */

bool fcntl_is_lock(u32 cmd)
{
	return (cmd >= F_GETLK && cmd <= F_SETLKW) || (cmd >= F_OFD_GETLK && cmd <= F_OFD_SETLKW);
}

/* flock64_to_posix_lock(): the range in bytes. */
static s32 flock_range(struct file *f, const struct linux_flock *fl, struct file_lock *l)
{
	struct kstat st;

	switch (fl->whence) {
	case 0:
		l->start = 0;
		break;
	case 1:
		l->start = (s64)f->pos;
		break;
	case 2:
		if (inode_getattr(f->inode, &st))
			return -EIO;
		l->start = (s64)st.size;
		break;
	default:
		return -EINVAL;
	}
	if (fl->start > OFFSET_MAX - l->start)
		return -EOVERFLOW;
	l->start += fl->start;
	if (l->start < 0)
		return -EINVAL;
	if (fl->len > 0) {
		if (fl->len - 1 > OFFSET_MAX - l->start)
			return -EOVERFLOW;
		l->end = l->start + (fl->len - 1);
	} else if (fl->len < 0) {
		if (l->start + fl->len < 0)
			return -EINVAL;
		l->end = l->start - 1;
		l->start += fl->len;
	} else {
		l->end = OFFSET_MAX;
	}
	l->type = (u32)(u16)fl->type;
	return l->type > F_UNLCK ? -EINVAL : 0;
}

/* F_OFD_GETLK with F_UNLCK asks for the description's own locks. */
static struct file_lock *lock_own(struct inode *i, const struct file_lock *want)
{
	struct file_lock *l;

	for (l = i->locks; l; l = l->next)
		if (l->kind == want->kind && l->owner == want->owner && l->start <= want->end &&
		    want->start <= l->end)
			break;
	return l;
}

static s64 getlk(struct file *f, u64 arg, struct linux_flock *fl, struct file_lock *want)
{
	struct file_lock *l;

	lock(&locks_lock);
	l = want->type == F_UNLCK ? lock_own(f->inode, want) : lock_conflict(f->inode, want);
	if (l) {
		fl->type = (s16)l->type;
		fl->whence = 0;
		fl->start = l->start;
		fl->len = l->end == OFFSET_MAX ? 0 : l->end - l->start + 1;
		fl->pid = l->pid;
	} else {
		fl->type = F_UNLCK;
	}
	unlock(&locks_lock);
	return south_user_write(arg, fl, sizeof(*fl)) ? -EFAULT : 0;
}

s64 fcntl_lock(struct file *f, s32 fd, u32 cmd, u64 arg)
{
	bool ofd = cmd >= F_OFD_GETLK, get = cmd == F_GETLK || cmd == F_OFD_GETLK;
	struct file_lock want = { .kind = ofd ? LOCK_OFD : LOCK_POSIX };
	struct linux_flock fl;
	struct file *now;
	s32 err;

	if (south_user_read(&fl, arg, sizeof(fl)))
		return -EFAULT;
	if (get && !ofd && (u16)fl.type > F_WRLCK)
		return -EINVAL;
	err = flock_range(f, &fl, &want);
	if (err)
		return err;
	want.owner = ofd ? (const void *)f : (const void *)current->files;
	want.pid = ofd ? -1 : current->pid;
	if (get)
		return ofd && fl.pid ? -EINVAL : getlk(f, arg, &fl, &want);
	if ((want.type == F_RDLCK && !file_readable(f)) ||
	    (want.type == F_WRLCK && !file_writable(f)))
		return -EBADF;
	if (ofd && fl.pid)
		return -EINVAL;
	err = lock_set(f->inode, &want, cmd == F_SETLKW || cmd == F_OFD_SETLKW);
	if (err || ofd || want.type == F_UNLCK)
		return err;
	/* Closed meanwhile by another thread: its close didn't see the lock. */
	now = fdtable_file(current->files, (u32)fd);
	if (now != f)
		locks_close(f, current->files);
	if (now)
		file_put(now);
	return now == f ? 0 : -EBADF;
}

s64 sys_flock(const u64 *a)
{
	struct file_lock want = { .kind = LOCK_FLOCK, .end = OFFSET_MAX };
	u32 cmd = (u32)a[1];
	struct fd f;
	s64 ret;

	if (cmd & LOCK_MAND)
		return 0;
	switch (cmd & ~LOCK_NB) {
	case LOCK_SH:
		want.type = F_RDLCK;
		break;
	case LOCK_EX:
		want.type = F_WRLCK;
		break;
	case LOCK_UN:
		want.type = F_UNLCK;
		break;
	default:
		return -EINVAL;
	}
	f = fd_begin_io((s32)a[0]);
	if (!f.file)
		return -EBADF;
	want.owner = f.file;
	want.pid = current->pid;
	if (want.type != F_UNLCK && (f.file->flags & O_ACCMODE) == 3)
		ret = -EBADF;
	else
		ret = lock_set(f.file->inode, &want, !(cmd & LOCK_NB));
	fd_end(f);
	return ret;
}
