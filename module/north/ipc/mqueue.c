// SPDX-License-Identifier: GPL-2.0
/*
 * POSIX message queues: messages by priority, the oldest of one priority first. As in
 * msg.c a message goes to a sleeping receiver at once, and that of a sleeping sender
 * into the queue as soon as there is room.
 */
#include "../task.h"
#include "../event/poll.h"
#include "../fs/fs.h"
#include "../abi/signal.h"
#include "mqueue.h"

#define HARD_MSGMAX 65536
#define HARD_MSGSIZEMAX (16 << 20)
#define MQ_PRIO_MAX 32768u
#define RLIMIT_MSGQUEUE 12
/* What Linux adds up for a message, and for a priority. */
#define MSG_SIZE 48
#define LEAF_SIZE 48

#define SIGEV_SIGNAL 0
#define SIGEV_NONE 1
#define SIGEV_THREAD 2
#define NSIG 64
#define COOKIE_LEN 32

struct mq_msg {
	struct list node;
	u32 priority, size;
	u8 bytes[];
};

/* struct mq_wait - a task that sends or receives, on its stack; the queue's lock. */
struct mq_wait {
	struct list node;
	struct waiter *waiter;
	struct mq_msg *msg;	/* to be sent, or received */
	bool done;
};

struct mqueue {
	struct mutex lock;	/* guards all but node, owner and charge */
	struct list node;	/* on queues; queues_lock, as are the next two */
	u32 owner;		/* user whose RLIMIT_MSGQUEUE it counts for */
	u64 charge;
	s64 maxmsg, msgsize;	/* never change */
	s64 count;
	u64 bytes;
	struct list messages;	/* struct mq_msg, what is next first */
	struct list senders, receivers; /* struct mq_wait */
	struct waitqueue wq;	/* of poll */
	s32 notify_pid;		/* process that wants to be told, or 0 */
	u32 notify, signo;	/* SIGEV_* and the signal, */
	u64 value;		/* with si_value */
};

static struct mutex queues_lock;
static struct list queues = LIST_INIT(queues);
static u32 queue_count;		/* queues_lock */

/* ---- making and ending ---- */

static s32 attr_check(const struct mq_attr *a)
{
	bool any = capable(CAP_SYS_RESOURCE);

	if (a->maxmsg <= 0 || a->msgsize <= 0 ||
	    a->maxmsg > (any ? HARD_MSGMAX : MQ_MSG_MAX) ||
	    a->msgsize > (any ? HARD_MSGSIZEMAX : MQ_MSGSIZE_MAX))
		return -EINVAL;
	return 0;
}

static s32 limit_get(u64 *limit)
{
	struct south_task *st = new(struct south_task);
	s32 err = st ? south_task(0, st) : -ENOMEM;

	if (!err)
		*limit = st->rlim_cur[RLIMIT_MSGQUEUE];
	release(st);
	return err;
}

/* @q counts for its owner, unless he has too much. */
static s32 charge(struct mqueue *q, u64 limit)
{
	u64 used = q->charge;
	struct mqueue *other;
	s32 err = 0;

	lock(&queues_lock);
	list_for_each(other, &queues, node)
		if (other->owner == q->owner)
			used += other->charge;
	if (used > limit) {
		err = -EMFILE;
	} else {
		list_add_tail(&q->node, &queues);
		queue_count++;
	}
	unlock(&queues_lock);
	return err;
}

static s32 room_for_queue(void)
{
	bool full;

	lock(&queues_lock);
	full = queue_count >= MQ_QUEUES_MAX;
	unlock(&queues_lock);
	return full && !capable(CAP_SYS_RESOURCE) ? -ENOSPC : 0;
}

struct mqueue *mqueue_new(const struct mq_attr *attr, s32 *err)
{
	struct mqueue *q;
	u64 limit;

	*err = room_for_queue();
	if (!*err)
		*err = attr_check(attr);
	if (!*err)
		*err = limit_get(&limit);
	if (*err)
		return NULL;
	*err = -ENOMEM;
	q = new(struct mqueue);
	if (!q)
		return NULL;
	q->maxmsg = attr->maxmsg;
	q->msgsize = attr->msgsize;
	q->owner = current->cred->uid;
	q->charge = (u64)(attr->maxmsg * (attr->msgsize + MSG_SIZE)) +
		    min((u64)attr->maxmsg, (u64)MQ_PRIO_MAX) * LEAF_SIZE;
	list_init(&q->node);
	list_init(&q->messages);
	list_init(&q->senders);
	list_init(&q->receivers);
	wq_init(&q->wq);
	*err = charge(q, limit);
	if (!*err)
		return q;
	release(q);
	return NULL;
}

void mqueue_free(struct mqueue *q)
{
	lock(&queues_lock);
	list_del(&q->node);
	queue_count--;
	unlock(&queues_lock);
	while (!list_empty(&q->messages)) {
		struct mq_msg *m = list_first(&q->messages, struct mq_msg, node);

		list_del(&m->node);
		release(m);
	}
	release(q);
}

/* ---- messages; the lock is held ---- */

static void insert(struct mqueue *q, struct mq_msg *m)
{
	struct list *at = q->messages.prev;

	/* Behind the last that isn't less urgent. */
	while (at != &q->messages && list_entry(at, struct mq_msg, node)->priority < m->priority)
		at = at->prev;
	list_add(&m->node, at);
	q->count++;
	q->bytes += m->size;
}

static struct mq_msg *take(struct mqueue *q)
{
	struct mq_msg *m = list_first(&q->messages, struct mq_msg, node);

	list_del(&m->node);
	q->count--;
	q->bytes -= m->size;
	return m;
}

static void wait_end(struct mq_wait *w)
{
	list_del(&w->node);
	w->done = true;
	waiter_wake(w->waiter);
}

static s32 wait_on(struct mqueue *q, struct list *waits, struct mq_wait *w, s64 deadline)
{
	s32 err;

	w->waiter = &current->waiter;
	list_add_tail(&w->node, waits);
	err = wait_woken(&q->lock, deadline, w->done);
	if (!err)
		return 0;
	list_del(&w->node);
	return err == -EINTR ? -ERESTARTSYS : err;
}

/*
 * A message came into an empty queue: who asked is told, once. *@pid: to whom @si goes,
 * without the lock.
 */
static void tell(struct mqueue *q, s32 *pid, struct siginfo *si)
{
	if (!q->notify_pid || q->count != 1)
		return;
	if (q->notify == SIGEV_SIGNAL) {
		*pid = q->notify_pid;
		si->signo = (s32)q->signo;
		si->code = SI_MESGQ;
		si->pid = current->pid;
		si->uid = current->cred->uid;
		si->value = q->value;
	}
	q->notify_pid = 0;
}

static s32 do_send(struct mqueue *q, struct mq_msg *m, bool nonblock, s64 deadline)
{
	struct mq_wait w = { .msg = m }, *receiver;
	struct siginfo si = { .signo = 0 };
	s32 err = 0, pid = 0;

	lock(&q->lock);
	if (q->count == q->maxmsg) {
		err = nonblock ? -EAGAIN : wait_on(q, &q->senders, &w, deadline);
	} else if (!list_empty(&q->receivers)) {
		receiver = list_first(&q->receivers, struct mq_wait, node);
		receiver->msg = m;
		wait_end(receiver);
	} else {
		insert(q, m);
		tell(q, &pid, &si);
	}
	unlock(&q->lock);
	if (err)
		return err;
	wq_wake(&q->wq, POLLIN | POLLRDNORM);
	if (si.signo)
		south_signal(SOUTH_SIGNAL_PROCESS, pid, (u32)si.signo, &si);
	return 0;
}

static struct mq_msg *do_receive(struct mqueue *q, bool nonblock, s64 deadline)
{
	struct mq_wait w = { .msg = NULL }, *sender;
	struct mq_msg *m;
	s32 err = 0;

	lock(&q->lock);
	if (!q->count) {
		err = nonblock ? -EAGAIN : wait_on(q, &q->receivers, &w, deadline);
		m = w.msg;
	} else {
		m = take(q);
		if (!list_empty(&q->senders)) {
			sender = list_first(&q->senders, struct mq_wait, node);
			insert(q, sender->msg);
			wait_end(sender);
		}
	}
	unlock(&q->lock);
	if (err)
		return ERR_PTR(err);
	wq_wake(&q->wq, POLLOUT | POLLWRNORM);
	return m;
}

/* ---- files ---- */

static struct mqueue *file_queue(const struct file *f)
{
	return f->inode->private;
}

static s64 mqueue_read(struct file *f, struct uio *io, u64 *pos)
{
	struct mqueue *q = file_queue(f);
	struct text t = { 0 };
	s64 n = 0;

	lock(&q->lock);
	text_printf(&t, "QSIZE:%-10llu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n", q->bytes,
		    q->notify_pid ? (s32)q->notify : 0,
		    q->notify_pid && q->notify == SIGEV_SIGNAL ? (s32)q->signo : 0, q->notify_pid);
	unlock(&q->lock);
	if (t.failed)
		n = -ENOMEM;
	else if (*pos < t.len)
		n = uio_to_user(io, t.buf + *pos, t.len - *pos);
	if (n > 0)
		*pos += (u64)n;
	text_free(&t);
	return n;
}

static s64 mqueue_seek(struct file *f, s64 off, u32 whence)
{
	if (whence > 2)
		return -EINVAL;
	if (whence == 1)
		off += (s64)f->pos;
	else if (whence == 2)
		off += (s64)f->inode->size;
	if (off < 0)
		return -EINVAL;
	f->pos = (u64)off;
	return off;
}

static u32 mqueue_poll(struct file *f, struct poll_table *t, u32 events)
{
	struct mqueue *q = file_queue(f);
	u32 ready = 0;

	poll_wait(t, &q->wq, events);
	lock(&q->lock);
	if (q->count)
		ready |= POLLIN | POLLRDNORM;
	if (q->count < q->maxmsg)
		ready |= POLLOUT | POLLWRNORM;
	unlock(&q->lock);
	return ready;
}

/* Who closes the queue isn't told any more. */
static void mqueue_flush(struct file *f)
{
	struct mqueue *q = file_queue(f);

	lock(&q->lock);
	if (q->notify_pid == current->pid)
		q->notify_pid = 0;
	unlock(&q->lock);
}

const struct file_ops mqueue_ops = {
	.read = mqueue_read,
	.seek = mqueue_seek,
	.poll = mqueue_poll,
	.flush = mqueue_flush,
};

/* ---- mq_open(2), mq_unlink(2) ---- */

s64 sys_mq_open(const u64 *a)
{
	struct mq_attr attr;
	struct file *f;
	char *name;
	s32 fd;

	if (a[3] && south_user_read(&attr, a[3], sizeof(attr)))
		return -EFAULT;
	name = path_user(a[0], 0);
	if (IS_ERR(name))
		return PTR_ERR(name);
	fd = fd_reserve(0);
	f = fd < 0 ? ERR_PTR(fd) : mqueue_open(name, (u32)a[1], (u32)a[2], a[3] ? &attr : NULL);
	release(name);
	if (!IS_ERR(f))
		fd_fill(fd, f, true);
	else if (fd >= 0)
		fd_unreserve(fd);
	return IS_ERR(f) ? PTR_ERR(f) : fd;
}

s64 sys_mq_unlink(const u64 *a)
{
	char *name = path_user(a[0], 0);
	s32 err;

	if (IS_ERR(name))
		return PTR_ERR(name);
	err = mqueue_unlink(name);
	release(name);
	return err;
}

/* ---- mq_timedsend(2), mq_timedreceive(2) ---- */

/* A time of CLOCK_REALTIME; what it is set to later doesn't count. */
static s32 deadline_user(u64 uaddr, s64 *deadline)
{
	struct linux_timespec64 ts;
	s64 now, left;

	*deadline = DEADLINE_NONE;
	if (!uaddr)
		return 0;
	if (south_user_read(&ts, uaddr, sizeof(ts)))
		return -EFAULT;
	if (ts.sec < 0 || (u64)ts.nsec >= 1000000000ull)
		return -EINVAL;
	now = south_time(0);
	ts.sec -= now / 1000000000;
	left = ts.nsec - now % 1000000000;
	if (left < 0) {
		left += 1000000000;
		ts.sec--;
	}
	if (ts.sec < 0)
		ts.sec = left = 0;
	return deadline_in(ts.sec, left, deadline);
}

/* A queue's descriptor, to be ended if there is a file. -EBADF. */
static s32 queue_begin(s32 n, struct fd *f)
{
	*f = fd_begin_io(n);
	if (f->file && f->file->ops == &mqueue_ops)
		return 0;
	if (f->file)
		fd_end(*f);
	return -EBADF;
}

/* A message of @size bytes of the user's. ERR_PTR. */
static struct mq_msg *message_user(u64 uaddr, u64 size, u32 priority)
{
	struct mq_msg *m = alloc(sizeof(*m) + size);
	struct iovec one;
	struct uio io;

	if (!m)
		return ERR_PTR(-ENOMEM);
	m->size = (u32)size;
	m->priority = priority;
	uio_single(&io, &one, uaddr, size);
	if (!size || uio_from_user(&io, m->bytes, size) == (s64)size)
		return m;
	release(m);
	return ERR_PTR(-EFAULT);
}

static s32 send(struct file *f, u64 uaddr, u64 size, u32 priority, s64 deadline)
{
	struct mqueue *q = file_queue(f);
	struct mq_msg *m;
	s32 err;

	if (!file_writable(f))
		return -EBADF;
	if (size > (u64)q->msgsize)
		return -EMSGSIZE;
	m = message_user(uaddr, size, priority);
	if (IS_ERR(m))
		return PTR_ERR(m);
	err = do_send(q, m, f->flags & O_NONBLOCK, deadline);
	if (err)
		release(m);
	else
		WRITE_ONCE(f->inode->mtime, south_time(0));
	return err;
}

s64 sys_mq_timedsend(const u64 *a)
{
	s64 deadline;
	struct fd f;
	s32 err = deadline_user(a[4], &deadline);

	if (err)
		return err;
	if ((u32)a[3] >= MQ_PRIO_MAX)
		return -EINVAL;
	err = queue_begin((s32)a[0], &f);
	if (err)
		return err;
	err = send(f.file, a[1], a[2], (u32)a[3], deadline);
	fd_end(f);
	return err;
}

static s64 receive(struct file *f, u64 uaddr, u64 size, u64 upriority, s64 deadline)
{
	struct mqueue *q = file_queue(f);
	struct iovec one;
	struct mq_msg *m;
	struct uio io;
	s64 ret;

	if (!file_readable(f))
		return -EBADF;
	if (size < (u64)q->msgsize)
		return -EMSGSIZE;
	m = do_receive(q, f->flags & O_NONBLOCK, deadline);
	if (IS_ERR(m))
		return PTR_ERR(m);
	ret = m->size;
	uio_single(&io, &one, uaddr, m->size);
	if ((upriority && south_user_write(upriority, &m->priority, sizeof(m->priority))) ||
	    (m->size && uio_to_user(&io, m->bytes, m->size) != m->size))
		ret = -EFAULT;
	release(m);
	WRITE_ONCE(f->inode->atime, south_time(0));
	return ret;
}

s64 sys_mq_timedreceive(const u64 *a)
{
	s64 deadline, ret = deadline_user(a[4], &deadline);
	struct fd f;

	if (!ret)
		ret = queue_begin((s32)a[0], &f);
	if (ret)
		return ret;
	ret = receive(f.file, a[1], a[2], a[3], deadline);
	fd_end(f);
	return ret;
}

/* ---- mq_notify(2), mq_getsetattr(2) ---- */

struct sigevent {
	u64 value;
	s32 signo, notify;
	u8 pad[48];
};
_Static_assert(sizeof(struct sigevent) == 64, "struct sigevent");

/* SIGEV_THREAD wants a netlink socket, of which a box has none: the descriptor is another's. */
static s32 notify_thread(const struct sigevent *e)
{
	u8 cookie[COOKIE_LEN];
	struct fd f;
	s32 err;

	if (south_user_read(cookie, e->value, sizeof(cookie)))
		return -EFAULT;
	f = fd_begin_io(e->signo);
	if (!f.file)
		return -EBADF;
	err = (f.file->inode->mode & S_IFMT) == S_IFSOCK ? -EINVAL : -ENOTSOCK;
	fd_end(f);
	return err;
}

static s32 notify_check(const struct sigevent *e)
{
	if (e->notify != SIGEV_NONE && e->notify != SIGEV_SIGNAL && e->notify != SIGEV_THREAD)
		return -EINVAL;
	if (e->notify == SIGEV_SIGNAL && (u32)e->signo > NSIG)
		return -EINVAL;
	return e->notify == SIGEV_THREAD ? notify_thread(e) : 0;
}

static s32 notify_set(struct mqueue *q, const struct sigevent *e)
{
	s32 err = 0;

	lock(&q->lock);
	if (!e) {
		if (q->notify_pid == current->pid)
			q->notify_pid = 0;
	} else if (q->notify_pid) {
		err = -EBUSY;
	} else {
		q->notify_pid = current->pid;
		q->notify = (u32)e->notify;
		q->signo = (u32)e->signo;
		q->value = e->value;
	}
	unlock(&q->lock);
	return err;
}

s64 sys_mq_notify(const u64 *a)
{
	struct sigevent e;
	struct fd f;
	s32 err = 0;

	if (a[1] && south_user_read(&e, a[1], sizeof(e)))
		return -EFAULT;
	if (a[1])
		err = notify_check(&e);
	if (!err)
		err = queue_begin((s32)a[0], &f);
	if (err)
		return err;
	err = notify_set(file_queue(f.file), a[1] ? &e : NULL);
	fd_end(f);
	return err;
}

s64 sys_mq_getsetattr(const u64 *a)
{
	struct mq_attr new, old = { 0 };
	struct mqueue *q;
	struct fd f;
	s32 err;

	if (a[1] && south_user_read(&new, a[1], sizeof(new)))
		return -EFAULT;
	if (a[1] && new.flags & ~(s64)O_NONBLOCK)
		return -EINVAL;
	err = queue_begin((s32)a[0], &f);
	if (err)
		return err;
	q = file_queue(f.file);
	lock(&f.file->pos_lock);
	old.flags = f.file->flags & O_NONBLOCK;
	if (a[1])
		f.file->flags = (f.file->flags & ~O_NONBLOCK) | (u32)new.flags;
	unlock(&f.file->pos_lock);
	old.maxmsg = q->maxmsg;
	old.msgsize = q->msgsize;
	lock(&q->lock);
	old.curmsgs = q->count;
	unlock(&q->lock);
	fd_end(f);
	return a[2] && south_user_write(a[2], &old, sizeof(old)) ? -EFAULT : 0;
}
