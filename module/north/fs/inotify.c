// SPDX-License-Identifier: GPL-2.0
/* inotify: instances, their queues of events, and the calls. */
#include "../task.h"
#include "../event/poll.h"
#include "open.h"
#include "inotify.h"
#include "notify.h"

#define FIONREAD 0x541b
#define INOTIFY_IOC_SETNEXTWD 0x40044900u
#define ALL_BITS (IN_ALL_EVENTS | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED | IN_ONLYDIR | \
	IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_CREATE | IN_MASK_ADD | IN_ISDIR | IN_ONESHOT)
#define WD_BUCKETS 64u
#define WD_MAX 0x7fffffff

struct linux_inotify_event {
	s32 wd;
	u32 mask, cookie, len;
	/* the name, padded with zeros to a multiple of this structure's size */
};

struct event {
	struct list node;
	s32 wd;
	u32 mask, cookie, len;
	char name[];
};

/* struct inotify - one instance: its file's private. */
struct inotify {
	struct list node;	/* on instances; inodes_lock, as what follows */
	struct watch *wds[WD_BUCKETS];
	u32 watches, uid;
	s32 next_wd;
	struct mutex lock;	/* the queue; inside inodes_lock */
	struct list events;
	u32 count;
	struct event *overflow;	/* on the queue or not */
	struct waitqueue wq;
};

static struct list instances = LIST_INIT(instances);
/* /proc/sys/fs/inotify; words that are read and set as they are. */
u32 inotify_max_events = 16384, inotify_max_instances = 128, inotify_max_watches = 65536;

static const struct file_ops inotify_ops;

/* ---- the queue; its lock is held ---- */

static u32 event_size(const struct event *e)
{
	u32 size = sizeof(struct linux_inotify_event);

	return e->len ? size + ALIGN_UP(e->len + 1, size) : size;
}

/* As inotify_merge(): does the last event say the same? */
static bool said_already(const struct inotify *in, const struct event *e)
{
	const struct event *last = list_entry(in->events.prev, struct event, node);

	return !list_empty(&in->events) && !(last->mask & IN_IGNORED) && last->mask == e->mask &&
	       last->wd == e->wd && last->len == e->len && !memcmp(last->name, e->name, e->len);
}

static void enqueue(struct inotify *in, struct event *e)
{
	list_add_tail(&e->node, &in->events);
	in->count++;
}

static void event_free(struct inotify *in, struct event *e)
{
	if (e != in->overflow)
		release(e);
}

void inotify_queue(const struct watch *w, u32 mask, u32 cookie, const char *name, u32 len)
{
	struct inotify *in = w->instance;
	struct event *e = alloc(sizeof(*e) + len);

	if (e) {
		list_init(&e->node);
		e->wd = w->wd;
		/* Linux never said it of these two. */
		e->mask = mask & (IN_MOVE_SELF | IN_DELETE_SELF) ? mask & ~IN_ISDIR : mask;
		e->cookie = cookie;
		e->len = len;
		memcpy(e->name, name, len);
	}
	lock(&in->lock);
	if (!e || in->count >= READ_ONCE(inotify_max_events)) {
		if (list_empty(&in->overflow->node))
			enqueue(in, in->overflow);
	} else if (!said_already(in, e)) {
		enqueue(in, e);
		e = NULL;
	}
	unlock(&in->lock);
	release(e);
	wq_wake(&in->wq, POLLIN | POLLRDNORM);
	wq_async(&in->wq, POLL_IN);
}

/* To the caller; without the lock. */
static s64 event_put(const struct event *e, struct uio *io)
{
	struct linux_inotify_event *out;
	char buf[sizeof(*out) + ALIGN_UP(NAME_MAX + 1, sizeof(*out))] __attribute__((aligned(8)));
	u32 size = event_size(e);

	memset(buf, 0, size);
	out = (struct linux_inotify_event *)buf;
	out->wd = e->wd;
	out->mask = e->mask;
	out->cookie = e->cookie;
	out->len = size - sizeof(*out);
	memcpy(buf + sizeof(*out), e->name, e->len);
	return uio_to_user(io, buf, size) == size ? (s64)size : -EFAULT;
}

static s64 inotify_read(struct file *f, struct uio *io, u64 *pos)
{
	struct inotify *in = f->private;
	struct event *e;
	s64 done = 0, n = 0;

	lock(&in->lock);
	for (;;) {
		if (list_empty(&in->events)) {
			n = f->flags & O_NONBLOCK ? -EAGAIN : 0;
			if (!n && !done)
				n = wait_until(&in->wq, &in->lock, !list_empty(&in->events));
			if (n || done)
				break;
			continue;
		}
		e = list_first(&in->events, struct event, node);
		if (event_size(e) > io->left) {
			n = -EINVAL;
			break;
		}
		list_del(&e->node);
		in->count--;
		unlock(&in->lock);
		n = event_put(e, io);
		event_free(in, e);
		lock(&in->lock);
		if (n < 0)
			break;
		done += n;
	}
	unlock(&in->lock);
	return done && n != -EFAULT ? done : n;
}

static u32 inotify_poll(struct file *f, struct poll_table *t, u32 events)
{
	struct inotify *in = f->private;
	u32 ready;

	poll_wait(t, &in->wq, events);
	lock(&in->lock);
	ready = list_empty(&in->events) ? 0 : POLLIN | POLLRDNORM;
	unlock(&in->lock);
	return ready;
}

static s64 inotify_ioctl(struct file *f, u32 cmd, u64 arg)
{
	struct inotify *in = f->private;
	struct event *e;
	u32 n = 0;

	if (cmd == INOTIFY_IOC_SETNEXTWD) {
		if (!arg || arg > WD_MAX)
			return -EINVAL;
		names_lock();
		in->next_wd = (s32)arg;
		names_unlock();
		return 0;
	}
	if (cmd != FIONREAD)
		return -ENOTTY;
	lock(&in->lock);
	list_for_each(e, &in->events, node)
		n += event_size(e);
	unlock(&in->lock);
	return south_user_write(arg, &n, sizeof(n)) ? -EFAULT : 0;
}

/* ---- instances ---- */

static void inotify_release(struct file *f)
{
	struct inotify *in = f->private;
	struct event *e, *next;

	names_lock();
	for (u32 i = 0; i < WD_BUCKETS; i++)
		while (in->wds[i])
			watch_drop(in->wds[i]);
	list_del(&in->node);
	names_unlock();
	list_for_each_safe(e, next, &in->events, node)
		event_free(in, e);
	release(in->overflow);
	release(in);
}

/* The watches in the order of Linux's: the latest first. */
static void inotify_show(struct file *f, struct text *t)
{
	struct inotify *in = f->private;
	struct watch *w;

	names_lock();
	for (u32 i = 0; i < WD_BUCKETS; i++)
		for (w = in->wds[i]; w; w = w->next_wd)
			text_printf(t, "inotify wd:%x ino:%llx sdev:%x mask:%x ignored_mask:0 \n",
				    (u32)w->wd, w->inode->ino,
				    MAJOR(w->inode->sb->dev) << 20 | MINOR(w->inode->sb->dev),
				    (w->mask & (IN_ALL_EVENTS | IN_UNMOUNT)) | w->flags);
	names_unlock();
}

static const struct file_ops inotify_ops = {
	.read = inotify_read,
	.poll = inotify_poll,
	.async = async_nobody,
	.ioctl = inotify_ioctl,
	.release = inotify_release,
	.show = inotify_show,
	.noop_seek = true,
};

/* What the user of current has so far; inodes_lock. */
static u32 instances_of(u32 uid, u32 *watches)
{
	struct inotify *in;
	u32 n = 0;

	*watches = 0;
	list_for_each(in, &instances, node) {
		if (in->uid != uid)
			continue;
		n++;
		*watches += in->watches;
	}
	return n;
}

/* One that no file has. */
static void inotify_free(struct inotify *in)
{
	names_lock();
	list_del(&in->node);
	names_unlock();
	release(in->overflow);
	release(in);
}

static struct inotify *inotify_new(s32 *err)
{
	struct inotify *in = new(struct inotify);
	u32 watches;

	*err = -ENOMEM;
	if (!in)
		return NULL;
	in->overflow = new(struct event);
	if (!in->overflow) {
		release(in);
		return NULL;
	}
	in->uid = current->cred->euid;
	in->next_wd = 1;
	list_init(&in->node);
	list_init(&in->events);
	list_init(&in->overflow->node);
	in->overflow->wd = -1;
	in->overflow->mask = IN_Q_OVERFLOW;
	wq_init(&in->wq);
	names_lock();
	*err = instances_of(in->uid, &watches) < READ_ONCE(inotify_max_instances) ? 0 : -EMFILE;
	if (!*err)
		list_add_tail(&in->node, &instances);
	names_unlock();
	if (!*err)
		return in;
	inotify_free(in);
	return NULL;
}

static s64 do_init(u32 flags)
{
	struct inotify *in;
	struct file *f;
	s32 err;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	in = inotify_new(&err);
	if (!in)
		return err;
	f = file_anon(&inotify_ops, "anon_inode:inotify", 0600, O_RDONLY | (flags & O_NONBLOCK),
		      in);
	if (!f) {
		inotify_free(in);
		return -ENOMEM;
	}
	return fd_install(f, 0, flags & O_CLOEXEC);
}

s64 sys_inotify_init(const u64 *a)
{
	return do_init(0);
}

s64 sys_inotify_init1(const u64 *a)
{
	return do_init((u32)a[0]);
}

/* ---- watches; inodes_lock is held ---- */

static struct watch **wd_find(struct inotify *in, s32 wd)
{
	struct watch **p = &in->wds[(u32)wd % WD_BUCKETS];

	while (*p && (*p)->wd != wd)
		p = &(*p)->next_wd;
	return p;
}

void inotify_forget(struct watch *w)
{
	*wd_find(w->instance, w->wd) = w->next_wd;
	w->instance->watches--;
}

struct watch *inotify_first_of(const struct superblock *sb)
{
	struct inotify *in;
	struct watch *w;

	list_for_each(in, &instances, node)
		for (u32 i = 0; i < WD_BUCKETS; i++)
			for (w = in->wds[i]; w; w = w->next_wd)
				if (w->inode->sb == sb)
					return w;
	return NULL;
}

/* One after the other, as idr_alloc_cyclic() hands them out. */
static s32 wd_new(struct inotify *in)
{
	s32 wd;

	do {
		wd = in->next_wd;
		in->next_wd = wd == WD_MAX ? 1 : wd + 1;
	} while (*wd_find(in, wd));
	return wd;
}

static u32 wanted(u32 arg)
{
	return (arg & IN_ALL_EVENTS) | IN_UNMOUNT;
}

static s32 update(struct watch *w, u32 arg)
{
	if (arg & IN_MASK_CREATE)
		return -EEXIST;
	if (!(arg & IN_MASK_ADD))
		w->mask = w->flags = 0;
	w->mask |= wanted(arg);
	w->flags |= arg & (IN_EXCL_UNLINK | IN_ONESHOT);
	return w->wd;
}

static s32 watch_path(struct inotify *in, const struct path *p, u32 arg)
{
	struct inode *i = p->dentry->inode;
	struct watch *w, *fresh = new(struct watch);
	u32 watches;
	s32 ret;

	names_lock();
	for (w = i->watches; w && w->instance != in; w = w->next)
		;
	instances_of(in->uid, &watches);
	if (w) {
		ret = update(w, arg);
	} else if (!fresh) {
		ret = -ENOMEM;
	} else if (watches >= READ_ONCE(inotify_max_watches)) {
		ret = -ENOSPC;
	} else {
		*fresh = (struct watch){ .instance = in, .inode = i, .dentry = p->dentry,
					 .mask = wanted(arg), .wd = wd_new(in),
					 .flags = arg & (IN_EXCL_UNLINK | IN_ONESHOT) };
		ret = fresh->wd;
		*wd_find(in, ret) = fresh;
		in->watches++;
		watch_add(fresh);
		fresh = NULL;
	}
	names_unlock();
	release(fresh);
	return ret;
}

static s64 add_watch(struct file *f, u64 name, u32 mask)
{
	struct path p;
	s32 ret;

	if ((mask & IN_MASK_ADD && mask & IN_MASK_CREATE) || f->ops != &inotify_ops)
		return -EINVAL;
	ret = user_lookup(AT_FDCWD, name, (mask & IN_DONT_FOLLOW ? 0 : LOOKUP_FOLLOW) |
			  (mask & IN_ONLYDIR ? LOOKUP_DIRECTORY : 0), &p);
	if (ret)
		return ret;
	ret = inode_permission(path_inode(&p), MAY_READ);
	if (!ret)
		ret = watch_path(f->private, &p, mask);
	path_put(&p);
	return ret;
}

s64 sys_inotify_add_watch(const u64 *a)
{
	u32 mask = (u32)a[2];
	struct fd f;
	s64 ret;

	if (mask & ~ALL_BITS || !mask)
		return -EINVAL;
	f = fd_begin_io((s32)a[0]);
	ret = f.file ? add_watch(f.file, a[1], mask) : -EBADF;
	fd_end(f);
	return ret;
}

s64 sys_inotify_rm_watch(const u64 *a)
{
	struct fd f = fd_begin_io((s32)a[0]);
	struct watch *w = NULL;
	s64 ret = -EINVAL;

	if (!f.file)
		return -EBADF;
	if (f.file->ops == &inotify_ops) {
		names_lock();
		w = *wd_find(f.file->private, (s32)a[1]);
		if (w) {
			watch_drop(w);
			ret = 0;
		}
		names_unlock();
	}
	fd_end(f);
	return ret;
}
