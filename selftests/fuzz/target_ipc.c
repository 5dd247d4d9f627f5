// SPDX-License-Identifier: GPL-2.0
/*
 * Semaphores and message queues, of System V and of POSIX, against a model: what is in
 * them, who may have it, and what is left to undo. Nobody ever waits: what would sleep is
 * interrupted.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include "fuzz.h"

#define SETS 3
#define SEMS 5
#define OPS 6
#define QUEUES 3
#define MESSAGES 64
#define VALUE_MAX 32767
#define RESTARTSYS 512
#define RESTARTNOHAND 514
#define ROOM 400u		/* of a queue, in bytes */
#define MQ_MESSAGES 4u
#define MQ_SIZE 60u
#define KEY 0x4b45

/* Where things lie in the guest's memory. */
#define AT_OPS  GUEST
#define AT_DS   (GUEST + 256)
#define AT_ALL  (GUEST + 512)
#define AT_NAME (GUEST + 600)
#define AT_PRIO (GUEST + 700)
#define AT_ATTR (GUEST + 800)
#define AT_MSG  (GUEST + 0x1000)
#define AT_BACK (GUEST + 0x2000)

struct set {
	s64 id;			/* or -1 */
	s32 value[SEMS], adjust[SEMS], changed[SEMS];
};

struct message {
	long type;		/* or priority */
	u32 size;
	u8 byte;
};

struct queue {
	s64 id;			/* or -1; of the POSIX one its descriptor */
	struct message messages[MESSAGES];
	u32 count, bytes;
};

static struct set sets[SETS];
static struct queue queues[QUEUES], mq;
static int pid;

static void same(const char *what, s64 id, s64 got, s64 want)
{
	fuzz_note("%s(%lld) = %s", what, id, outcome(got));
	if (got != want)
		fuzz_fail("%s(%lld): %s in the box, %s in the model", what, id, outcome(got),
			  outcome(want));
}

/* ---- semaphores ---- */

/* All or nothing, on a copy. */
static s64 model_semop(struct set *s, const struct sembuf *ops, u32 count)
{
	struct set now = *s;

	for (u32 i = 0; i < count; i++) {
		const struct sembuf *op = &ops[i];
		s32 *value = &now.value[op->sem_num], after = *value + op->sem_op;

		if (after < 0 || (!op->sem_op && *value))
			return op->sem_flg & IPC_NOWAIT ? -EAGAIN : -EINTR;
		if (after > VALUE_MAX)
			return -ERANGE;
		if (op->sem_flg & SEM_UNDO) {
			s32 *adjust = &now.adjust[op->sem_num];

			if (*adjust - op->sem_op < -VALUE_MAX - 1 || *adjust - op->sem_op > VALUE_MAX)
				return -ERANGE;
			*adjust -= op->sem_op;
		}
		*value = after;
	}
	for (u32 i = 0; i < count; i++)
		now.changed[ops[i].sem_num] = pid;
	*s = now;
	return 0;
}

static void op_semop(struct input *in, struct set *s)
{
	static const short some[] = { 0, 1, -1, 2, -2, 7, 32767, -32768, 0, 1, -1, 100 };
	struct sembuf *ops = guest(AT_OPS);
	u32 count = 1 + pick(in, OPS), worst = 0;
	s64 want;

	for (u32 i = 0; i < count; i++) {
		u32 b = take8(in);

		ops[i] = (struct sembuf){ pick(in, SEMS + (b >= 0xf8)), some[pick(in, 12)],
					  (b & 1 ? IPC_NOWAIT : 0) | (b & 6 ? 0 : SEM_UNDO) };
		worst = ops[i].sem_num > worst ? ops[i].sem_num : worst;
	}
	want = s->id < 0 ? -EINVAL : worst >= SEMS ? -EFBIG : model_semop(s, ops, count);
	same("semop", s->id, sys(SYS_semop, s->id, AT_OPS, count), want);
}

static void op_semctl(struct input *in, struct set *s)
{
	u32 num = pick(in, SEMS + 1), what = pick(in, 6);
	s32 value = (s16)take16(in);
	unsigned short *all = guest(AT_ALL);

	if (s->id < 0 || num == SEMS) {
		same("GETVAL", s->id, sys(SYS_semctl, s->id, num, GETVAL), -EINVAL);
		return;
	}
	switch (what) {
	case 0:
		same("SETVAL", s->id, sys(SYS_semctl, s->id, num, SETVAL, value), value < 0 ? -ERANGE : 0);
		if (value < 0)
			break;
		s->value[num] = value;
		s->adjust[num] = 0;
		s->changed[num] = pid;
		break;
	case 1:
		for (u32 i = 0; i < SEMS; i++)
			all[i] = (unsigned short)(value + (s32)i);
		for (u32 i = 0; i < SEMS; i++)
			if (all[i] > VALUE_MAX)
				value = -1;
		same("SETALL", s->id, sys(SYS_semctl, s->id, 0, SETALL, AT_ALL), value == -1 ? -ERANGE : 0);
		for (u32 i = 0; i < SEMS && value != -1; i++) {
			s->value[i] = all[i];
			s->adjust[i] = 0;
			s->changed[i] = pid;
		}
		break;
	case 2:
		same("GETVAL", s->id, sys(SYS_semctl, s->id, num, GETVAL), s->value[num]);
		break;
	case 3:
		same("GETPID", s->id, sys(SYS_semctl, s->id, num, GETPID), s->changed[num]);
		break;
	case 4:
		same("GETNCNT", s->id, sys(SYS_semctl, s->id, num, GETNCNT), 0);
		same("GETZCNT", s->id, sys(SYS_semctl, s->id, num, GETZCNT), 0);
		break;
	case 5:
		same("GETALL", s->id, sys(SYS_semctl, s->id, 0, GETALL, AT_ALL), 0);
		for (u32 i = 0; i < SEMS; i++)
			same("value", s->id, all[i], s->value[i]);
		break;
	}
}

static void op_set(u32 k)
{
	struct set *s = &sets[k];

	if (s->id >= 0) {
		same("IPC_RMID", s->id, sys(SYS_semctl, s->id, 0, IPC_RMID), 0);
		same("IPC_RMID", s->id, sys(SYS_semctl, s->id, 0, IPC_RMID), -EINVAL);
		same("semget", KEY + k, sys(SYS_semget, KEY + k, SEMS, 0), -ENOENT);
		s->id = -1;
		return;
	}
	memset(s, 0, sizeof(*s));
	s->id = sys(SYS_semget, KEY + k, SEMS, IPC_CREAT | IPC_EXCL | 0600);
	MUST(s->id >= 0);
	same("semget", KEY + k, sys(SYS_semget, KEY + k, SEMS, IPC_CREAT), s->id);
	same("semget", KEY + k, sys(SYS_semget, KEY + k, SEMS + 1, 0), -EINVAL);
}

/* ---- messages ---- */

static void drop(struct queue *q, u32 i)
{
	q->bytes -= q->messages[i].size;
	memmove(q->messages + i, q->messages + i + 1, (--q->count - i) * sizeof(*q->messages));
}

static void add(struct queue *q, u32 i, struct message m)
{
	memmove(q->messages + i + 1, q->messages + i, (q->count++ - i) * sizeof(*q->messages));
	q->messages[i] = m;
	q->bytes += m.size;
}

static struct message fresh(struct input *in, u32 most)
{
	struct message m = { 0, pick(in, most + 1), take8(in) };

	memset(guest(AT_MSG + 8), m.byte, most);
	return m;
}

/* All of it came, and nothing behind it. */
static void check_bytes(u64 at, struct message m, u32 size)
{
	const u8 *back = guest(at);

	for (u32 i = 0; i < size; i++)
		MUST(back[i] == m.byte);
	MUST(back[size] == 0xee);
}

static void op_msgsnd(struct input *in, struct queue *q)
{
	struct message m = fresh(in, 120);
	s64 want = 0;
	u32 b = take8(in);

	m.type = (long)(b & 7) - 1;
	*(long *)guest(AT_MSG) = m.type;
	if (m.type < 1 || q->id < 0)
		want = -EINVAL;
	else if (q->bytes + m.size > ROOM || q->count == MESSAGES)
		want = b & 8 ? -EAGAIN : -RESTARTNOHAND;
	if (q->count == MESSAGES)
		return;
	same("msgsnd", q->id, sys(SYS_msgsnd, q->id, AT_MSG, m.size, b & 8 ? IPC_NOWAIT : 0), want);
	if (!want)
		add(q, q->count, m);
}

static s64 model_find(const struct queue *q, long type, u32 flags)
{
	s64 found = -1;

	if (flags & MSG_COPY)
		return type >= 0 && type < q->count ? type : -1;
	for (u32 i = 0; i < q->count; i++) {
		long t = q->messages[i].type;

		if (type > 0 ? (t == type) == !!(flags & MSG_EXCEPT) : type < 0 && t > -type)
			continue;
		if (found < 0 || (type < 0 && t < q->messages[found].type))
			found = i;
		if (type >= 0)
			break;
	}
	return found;
}

static void op_msgrcv(struct input *in, struct queue *q)
{
	static const int some[] = { 0, IPC_NOWAIT, MSG_EXCEPT, MSG_NOERROR, MSG_NOERROR | IPC_NOWAIT,
				    MSG_COPY | IPC_NOWAIT, MSG_COPY | IPC_NOWAIT | MSG_NOERROR, MSG_COPY };
	int flags = some[pick(in, 8)];
	u32 size = pick(in, 121), cut;
	long type = (long)pick(in, 13) - 6;
	struct message m = { 0 };
	s64 at, want;

	at = model_find(q, type, (u32)flags);
	if (at >= 0)
		m = q->messages[at];
	cut = size < m.size ? size : m.size;
	if (q->id < 0 || (flags & MSG_COPY && !(flags & IPC_NOWAIT)))
		want = -EINVAL;
	else if (at < 0)
		want = flags & IPC_NOWAIT ? -ENOMSG : -RESTARTNOHAND;
	else if (size < m.size && !(flags & MSG_NOERROR))
		want = -E2BIG;
	else if (size < m.size && flags & MSG_COPY)
		want = -EINVAL;
	else
		want = cut;
	memset(guest(AT_BACK), 0xee, 200);
	same("msgrcv", q->id, sys(SYS_msgrcv, q->id, AT_BACK, size, type, flags), want);
	if (want < 0)
		return;
	MUST(*(long *)guest(AT_BACK) == m.type);
	check_bytes(AT_BACK + 8, m, cut);
	if (!(flags & MSG_COPY))
		drop(q, (u32)at);
}

static void op_msgctl(struct queue *q)
{
	struct msqid_ds *ds = guest(AT_DS);

	if (q->id >= 0) {
		same("IPC_STAT", q->id, sys(SYS_msgctl, q->id, IPC_STAT, AT_DS), 0);
		MUST(ds->msg_qnum == q->count && ds->__msg_cbytes == q->bytes);
		same("IPC_RMID", q->id, sys(SYS_msgctl, q->id, IPC_RMID, 0), 0);
		q->id = -1;
		q->count = q->bytes = 0;
		return;
	}
	q->id = sys(SYS_msgget, IPC_PRIVATE, 0600);
	MUST(q->id >= 0);
	MUST(!sys(SYS_msgctl, q->id, IPC_STAT, AT_DS));
	ds->msg_qbytes = ROOM;
	same("IPC_SET", q->id, sys(SYS_msgctl, q->id, IPC_SET, AT_DS), 0);
}

/* ---- POSIX ---- */

static void op_mq_send(struct input *in)
{
	struct message m = fresh(in, MQ_SIZE + 1);
	s64 want = 0;
	u32 i = 0;

	m.type = pick(in, 4);
	if (m.size > MQ_SIZE)
		want = -EMSGSIZE;
	else if (mq.count == MQ_MESSAGES)
		want = -RESTARTSYS;
	same("mq_timedsend", mq.id, sys(SYS_mq_timedsend, mq.id, AT_MSG + 8, m.size, m.type, 0), want);
	while (i < mq.count && mq.messages[i].type >= m.type)
		i++;
	if (!want)
		add(&mq, i, m);
}

static void op_mq_receive(struct input *in)
{
	u32 size = MQ_SIZE - !pick(in, 8);
	struct message m = mq.messages[0];
	s64 want = mq.count ? (s64)m.size : -RESTARTSYS;

	if (size < MQ_SIZE)
		want = -EMSGSIZE;
	memset(guest(AT_BACK), 0xee, 200);
	same("mq_timedreceive", mq.id, sys(SYS_mq_timedreceive, mq.id, AT_BACK, size, AT_PRIO, 0), want);
	if (want < 0)
		return;
	MUST(*(u32 *)guest(AT_PRIO) == (u32)m.type);
	check_bytes(AT_BACK, m, m.size);
	drop(&mq, 0);
}

static void op_mq_attr(void)
{
	struct mq_attr *attr = guest(AT_ATTR);

	same("mq_getsetattr", mq.id, sys(SYS_mq_getsetattr, mq.id, 0, AT_ATTR), 0);
	MUST(attr->mq_curmsgs == mq.count && attr->mq_maxmsg == MQ_MESSAGES && attr->mq_msgsize == MQ_SIZE);
}

static void mq_begin(void)
{
	*(struct mq_attr *)guest(AT_ATTR) = (struct mq_attr){ .mq_maxmsg = MQ_MESSAGES, .mq_msgsize = MQ_SIZE };
	strcpy(guest(AT_NAME), "queue");
	memset(&mq, 0, sizeof(mq));
	mq.id = sys(SYS_mq_open, AT_NAME, O_RDWR | O_CREAT | O_EXCL, 0600, AT_ATTR);
	MUST(mq.id >= 0);
}

static void mq_end(void)
{
	same("close", mq.id, sys(SYS_close, mq.id), 0);
	same("mq_unlink", mq.id, sys(SYS_mq_unlink, AT_NAME), 0);
}

/* ---- the case ---- */

static void step(struct input *in)
{
	u32 op = pick(in, 16), k = take8(in);

	switch (op) {
	case 0 ... 3:
		op_semop(in, &sets[k % SETS]);
		break;
	case 4 ... 5:
		op_semctl(in, &sets[k % SETS]);
		break;
	case 6:
		op_set(k % SETS);
		break;
	case 7 ... 8:
		op_msgsnd(in, &queues[k % QUEUES]);
		break;
	case 9 ... 10:
		op_msgrcv(in, &queues[k % QUEUES]);
		break;
	case 11:
		if (!(k & 0xc0))
			op_msgctl(&queues[k % QUEUES]);
		break;
	case 12 ... 13:
		op_mq_send(in);
		break;
	case 14:
		op_mq_receive(in);
		break;
	case 15:
		op_mq_attr();
		break;
	}
}

/* What is made once, and then stays, is there before anything is counted. */
static void begin(void)
{
	struct sembuf *op = guest(AT_OPS);

	for (u32 i = 0; i < SETS; i++)
		sets[i].id = -1;
	for (u32 i = 0; i < QUEUES; i++)
		queues[i] = (struct queue){ .id = -1 };
	pid = (int)sys(SYS_getpid);
	op_set(0);
	*op = (struct sembuf){ 0, 1, SEM_UNDO };
	MUST(!sys(SYS_semop, sets[0].id, AT_OPS, 1));
	op_set(0);
	op_msgctl(&queues[0]);
	op_msgctl(&queues[0]);
	mq_begin();
	mq_end();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, data + size };
	size_t used;

	box_begin();
	begin();
	used = alloc_used();
	mq_begin();
	for (u32 i = 0; i < SETS; i++)
		op_set(i);
	for (u32 i = 0; i < QUEUES; i++)
		op_msgctl(&queues[i]);
	while (more(&in))
		step(&in);
	for (u32 i = 0; i < SETS; i++)
		if (sets[i].id >= 0)
			op_set(i);
	for (u32 i = 0; i < QUEUES; i++)
		if (queues[i].id >= 0)
			op_msgctl(&queues[i]);
	mq_end();
	if (alloc_used() != used)
		fuzz_fail("%zd bytes more are used than before", (ssize_t)(alloc_used() - used));
	box_end();
	return 0;
}
