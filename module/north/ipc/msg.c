// SPDX-License-Identifier: GPL-2.0
/*
 * System V message queues. A message that somebody waits for is handed to him and never
 * enters the queue.
 */
#include "sysv.h"
#include "../event/poll.h"

#define MSG_NOERROR 010000
#define MSG_EXCEPT 020000
#define MSG_COPY 040000

#define MSG_STAT 11
#define MSG_INFO 12
#define MSG_STAT_ANY 13

#define MSGPOOL (MSGMNI * (MSGMNB / 1024))
#define MSGSSZ 16
#define MSGSEG 0xffff

#define S64_MAX 0x7fffffffffffffffll

struct msg {
	struct list node;
	s64 type;
	u32 size;
	u8 bytes[];
};

/* struct msg_queue - all of it under msg_ids.lock, as what follows. */
struct msg_queue {
	struct ipc_perm perm;
	s64 stime, rtime, ctime;
	u64 bytes, limit;	/* in it, and at most: IPC_SET may lower it */
	u32 count;
	s32 last_sender, last_receiver;
	struct list messages;	/* struct msg */
	struct list receivers, senders; /* struct msg_wait */
};

/* What msgrcv() looks for. */
enum msg_search { MSG_ANY, MSG_EQUAL, MSG_NOT_EQUAL, MSG_UP_TO, MSG_NUMBER };

/* struct msg_wait - a task that sends or receives, on its stack. */
struct msg_wait {
	struct list node;
	struct waiter *waiter;
	s32 tid;		/* of a receiver: Linux notes its thread, too */
	s32 status;		/* WAITING, AGAIN: look for yourself, or the result */
	u64 size;		/* of the message to send, or that may be received */
	s64 type;
	enum msg_search search;
	struct msg *msg;	/* what was received */
};
#define WAITING 1
#define AGAIN 2

static const struct ipc_kind msg_kind;
static struct ipc_ids msg_ids = { .kind = &msg_kind, .limit = MSGMNI, .last = -1 };
static u64 msgs_bytes;	/* in all queues */
static u32 msgs_count;

static struct msg_queue *to_queue(struct ipc_perm *p)
{
	return (struct msg_queue *)p;
}

/* ---- waiting ---- */

static void wait_end(struct msg_wait *w, s32 status)
{
	list_del(&w->node);
	w->status = status;
	waiter_wake(w->waiter);
}

static void wait_end_all(struct list *waits, s32 status)
{
	while (!list_empty(waits))
		wait_end(list_first(waits, struct msg_wait, node), status);
}

static s32 wait_on(struct list *waits, struct msg_wait *w)
{
	w->waiter = &current->waiter;
	w->status = WAITING;
	list_add_tail(&w->node, waits);
	if (!wait_woken(&msg_ids.lock, DEADLINE_NONE, w->status != WAITING))
		return w->status;
	list_del(&w->node);
	return -ERESTARTNOHAND;
}

static bool has_room(const struct msg_queue *q, u64 size)
{
	return q->bytes + size <= q->limit && q->count + 1 <= q->limit;
}

/* Whoever could send now tries again. */
static void wake_senders(struct msg_queue *q)
{
	struct msg_wait *w, *next;

	list_for_each_safe(w, next, &q->senders, node)
		if (has_room(q, w->size))
			wait_end(w, AGAIN);
}

/* ---- making and ending ---- */

static struct ipc_perm *msg_make(s32 key, u64 size, u32 flags, s32 *err)
{
	struct msg_queue *q = new(struct msg_queue);

	if (!q) {
		*err = -ENOMEM;
		return NULL;
	}
	q->ctime = ipc_seconds();
	q->limit = MSGMNB;
	list_init(&q->messages);
	list_init(&q->receivers);
	list_init(&q->senders);
	return &q->perm;
}

static void queue_add(struct msg_queue *q, struct msg *m)
{
	list_add_tail(&m->node, &q->messages);
	q->bytes += m->size;
	q->count++;
	msgs_bytes += m->size;
	msgs_count++;
}

static void queue_del(struct msg_queue *q, struct msg *m)
{
	list_del(&m->node);
	q->bytes -= m->size;
	q->count--;
	msgs_bytes -= m->size;
	msgs_count--;
}

static void msg_destroy(struct ipc_perm *p)
{
	struct msg_queue *q = to_queue(p);

	wait_end_all(&q->receivers, -EIDRM);
	wait_end_all(&q->senders, -EIDRM);
	while (!list_empty(&q->messages)) {
		struct msg *m = list_first(&q->messages, struct msg, node);

		queue_del(q, m);
		release(m);
	}
	release(q);
}

static const struct ipc_kind msg_kind = {
	.make = msg_make,
	.destroy = msg_destroy,
};

s64 sys_msgget(const u64 *a)
{
	return ipc_get(&msg_ids, (s32)a[0], 0, (u32)a[1]);
}

/* ---- msgsnd(2) ---- */

static bool matches(const struct msg *m, s64 type, enum msg_search search)
{
	switch (search) {
	case MSG_EQUAL:
		return m->type == type;
	case MSG_NOT_EQUAL:
		return m->type != type;
	case MSG_UP_TO:
		return m->type <= type;
	default:
		return true;
	}
}

/* To the first who waits for such a message; to whom it is too large learns that. */
static bool hand_over(struct msg_queue *q, struct msg *m)
{
	struct msg_wait *w, *next;

	list_for_each_safe(w, next, &q->receivers, node) {
		if (!matches(m, w->type, w->search))
			continue;
		if (w->size < m->size) {
			wait_end(w, -E2BIG);
			continue;
		}
		q->last_receiver = w->tid;
		q->rtime = ipc_seconds();
		w->msg = m;
		wait_end(w, 0);
		return true;
	}
	return false;
}

/* Takes @m on success. */
static s32 queue_send(s32 id, struct msg *m, u32 flags)
{
	struct msg_wait w = { .size = m->size };
	struct msg_queue *q;
	s32 err;

	q = to_queue(ipc_find(&msg_ids, id));
	if (!q)
		return -EINVAL;
	for (;;) {
		if (!ipc_permitted(&q->perm, IPC_WRITE))
			return -EACCES;
		if (has_room(q, m->size))
			break;
		if (flags & IPC_NOWAIT)
			return -EAGAIN;
		err = wait_on(&q->senders, &w);
		if (err < 0)
			return err;
		/* Between being woken and now it may have gone. */
		if (to_queue(ipc_find(&msg_ids, id)) != q)
			return -EIDRM;
	}
	q->last_sender = current->pid;
	q->stime = ipc_seconds();
	if (!hand_over(q, m))
		queue_add(q, m);
	return 0;
}

s64 sys_msgsnd(const u64 *a)
{
	s32 id = (s32)a[0], err;
	struct msg *m;
	s64 type;

	if (south_user_read(&type, a[1], sizeof(type)))
		return -EFAULT;
	if (a[2] > MSGMAX || id < 0 || type < 1)
		return -EINVAL;
	m = alloc(sizeof(*m) + a[2]);
	if (!m)
		return -ENOMEM;
	m->type = type;
	m->size = (u32)a[2];
	err = m->size ? south_user_read(m->bytes, a[1] + sizeof(type), m->size) : 0;
	if (!err) {
		lock(&msg_ids.lock);
		err = queue_send(id, m, (u32)a[3]);
		unlock(&msg_ids.lock);
	}
	if (err)
		release(m);
	return err;
}

/* ---- msgrcv(2) ---- */

static struct msg *queue_find(struct msg_queue *q, s64 type, enum msg_search search)
{
	struct msg *m, *found = NULL;
	s64 number = 0;

	list_for_each(m, &q->messages, node) {
		if (!matches(m, type, search))
			continue;
		if (search == MSG_NUMBER && number++ != type)
			continue;
		if (search != MSG_UP_TO || m->type == 1)
			return m;
		/* The first of the lowest type. */
		type = m->type - 1;
		found = m;
	}
	return found;
}

static struct msg *msg_copy(const struct msg *m, u64 size)
{
	struct msg *copy = size < m->size ? ERR_PTR(-EINVAL) : alloc(sizeof(*m) + m->size);

	if (IS_ERR(copy))
		return copy;
	if (!copy)
		return ERR_PTR(-ENOMEM);
	copy->type = m->type;
	copy->size = m->size;
	memcpy(copy->bytes, m->bytes, m->size);
	return copy;
}

/* @size: of the receiver's buffer. */
static struct msg *queue_take(struct msg_queue *q, struct msg *m, const struct msg_wait *w,
			      u64 size, u32 flags)
{
	if (w->size < m->size)
		return ERR_PTR(-E2BIG);
	if (flags & MSG_COPY)
		return msg_copy(m, size);
	queue_del(q, m);
	q->rtime = ipc_seconds();
	q->last_receiver = current->pid;
	wake_senders(q);
	return m;
}

static struct msg *queue_receive(s32 id, struct msg_wait *w, u64 size, u32 flags)
{
	struct msg_queue *q;
	struct msg *m;
	s32 err = 0;

	for (;;) {
		q = to_queue(ipc_find_permitted(&msg_ids, id, IPC_READ));
		if (IS_ERR(q))
			return ERR_PTR(err && PTR_ERR(q) == -EINVAL ? -EIDRM : PTR_ERR(q));
		m = queue_find(q, w->type, w->search);
		if (m)
			return queue_take(q, m, w, size, flags);
		if (flags & IPC_NOWAIT)
			return ERR_PTR(-ENOMSG);
		err = wait_on(&q->receivers, w);
		if (err != AGAIN)
			return err ? ERR_PTR(err) : w->msg;
	}
}

static enum msg_search search_of(s64 *type, u32 flags)
{
	if (flags & MSG_COPY)
		return MSG_NUMBER;
	if (!*type)
		return MSG_ANY;
	if (*type < 0) {
		*type = *type == -S64_MAX - 1 ? S64_MAX : -*type;
		return MSG_UP_TO;
	}
	return flags & MSG_EXCEPT ? MSG_NOT_EQUAL : MSG_EQUAL;
}

s64 sys_msgrcv(const u64 *a)
{
	struct msg_wait w = { .tid = current->tid, .size = a[2], .type = (s64)a[3] };
	u32 flags = (u32)a[4], size;
	s32 id = (s32)a[0], err;
	struct msg *m;

	if (id < 0 || (s64)a[2] < 0)
		return -EINVAL;
	if (flags & MSG_COPY && (flags & MSG_EXCEPT || !(flags & IPC_NOWAIT)))
		return -EINVAL;
	w.search = search_of(&w.type, flags);
	if (flags & MSG_NOERROR)
		w.size = MSGMAX;
	lock(&msg_ids.lock);
	m = queue_receive(id, &w, a[2], flags);
	unlock(&msg_ids.lock);
	if (IS_ERR(m))
		return PTR_ERR(m);
	size = (u32)min(a[2], (u64)m->size);
	err = south_user_write(a[1], &m->type, sizeof(m->type));
	if (!err && size)
		err = south_user_write(a[1] + sizeof(m->type), m->bytes, size);
	release(m);
	return err ? err : (s64)size;
}

/* ---- msgctl(2) ---- */

struct linux_msqid_ds {
	struct linux_ipc_perm perm;
	s64 stime, rtime, ctime;
	u64 cbytes, qnum, qbytes;
	s32 lspid, lrpid;
	u64 unused[2];
};
_Static_assert(sizeof(struct linux_msqid_ds) == 120, "struct msqid64_ds");

struct linux_msginfo {
	s32 msgpool, msgmap, msgmax, msgmnb, msgmni, msgssz, msgtql;
	u16 msgseg, pad;
};

static s64 msg_info(u32 cmd, u64 uaddr)
{
	struct linux_msginfo info = {
		.msgpool = MSGPOOL, .msgmap = MSGMNB, .msgmax = MSGMAX, .msgmnb = MSGMNB,
		.msgmni = MSGMNI, .msgssz = MSGSSZ, .msgtql = MSGMNB, .msgseg = MSGSEG,
	};
	s64 ret;

	lock(&msg_ids.lock);
	if (cmd == MSG_INFO) {
		info.msgpool = (s32)msg_ids.used;
		info.msgmap = (s32)msgs_count;
		info.msgtql = (s32)min(msgs_bytes, 0x7fffffffull);
	}
	ret = ipc_index_max(&msg_ids);
	unlock(&msg_ids.lock);
	return south_user_write(uaddr, &info, sizeof(info)) ? -EFAULT : ret;
}

static s64 msg_stat(s32 id, u32 cmd, u64 uaddr)
{
	struct linux_msqid_ds ds = { 0 };
	struct msg_queue *q;
	s64 ret;

	lock(&msg_ids.lock);
	q = to_queue(ipc_find_stat(&msg_ids, id, cmd == MSG_STAT, cmd == MSG_STAT_ANY, &ret));
	if (!IS_ERR(q)) {
		ipc_perm_fill(&q->perm, &ds.perm);
		ds.stime = q->stime;
		ds.rtime = q->rtime;
		ds.ctime = q->ctime;
		ds.cbytes = q->bytes;
		ds.qnum = q->count;
		ds.qbytes = q->limit;
		ds.lspid = q->last_sender;
		ds.lrpid = q->last_receiver;
	}
	unlock(&msg_ids.lock);
	if (IS_ERR(q))
		return PTR_ERR(q);
	return south_user_write(uaddr, &ds, sizeof(ds)) ? -EFAULT : ret;
}

static s64 queue_set(struct msg_queue *q, const struct linux_msqid_ds *ds)
{
	s32 limit = (s32)ds->qbytes, err;

	if (limit > MSGMNB && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	err = ipc_perm_set(&q->perm, &ds->perm);
	if (err)
		return err;
	q->limit = (u64)(s64)limit;
	q->ctime = ipc_seconds();
	/* Receivers may have lost the right to read, senders may have got room. */
	wait_end_all(&q->receivers, AGAIN);
	wake_senders(q);
	return 0;
}

static s64 msg_change(s32 id, u32 cmd, u64 uaddr)
{
	struct linux_msqid_ds ds;
	struct msg_queue *q;
	s64 ret = 0;

	if (cmd == IPC_SET && south_user_read(&ds, uaddr, sizeof(ds)))
		return -EFAULT;
	lock(&msg_ids.lock);
	q = to_queue(ipc_find_owned(&msg_ids, id));
	if (IS_ERR(q))
		ret = PTR_ERR(q);
	else if (cmd == IPC_RMID)
		ipc_remove(&msg_ids, &q->perm);
	else
		ret = queue_set(q, &ds);
	unlock(&msg_ids.lock);
	return ret;
}

s64 sys_msgctl(const u64 *a)
{
	s32 id = (s32)a[0];
	u32 cmd = (u32)a[1];

	if (id < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
	case MSG_INFO:
		return msg_info(cmd, a[2]);
	case IPC_STAT:
	case MSG_STAT:
	case MSG_STAT_ANY:
		return msg_stat(id, cmd, a[2]);
	case IPC_SET:
	case IPC_RMID:
		return msg_change(id, cmd, a[2]);
	}
	return -EINVAL;
}

void msg_show(struct text *t)
{
	struct ipc_perm *p;
	s32 at = 0;

	text_printf(t, "       key      msqid perms      cbytes       qnum lspid lrpid   uid");
	text_printf(t, "   gid  cuid  cgid      stime      rtime      ctime\n");
	lock(&msg_ids.lock);
	while ((p = ipc_next(&msg_ids, &at))) {
		const struct msg_queue *q = to_queue(p);

		text_printf(t, "%10d %10d  %4o  %10llu %10u %5d %5d ", p->key, p->id, p->mode,
			    q->bytes, q->count, q->last_sender, q->last_receiver);
		text_printf(t, "%5u %5u %5u %5u ", p->uid, p->gid, p->cuid, p->cgid);
		text_printf(t, "%10llu %10llu %10llu\n", (u64)q->stime, (u64)q->rtime,
			    (u64)q->ctime);
	}
	unlock(&msg_ids.lock);
}
