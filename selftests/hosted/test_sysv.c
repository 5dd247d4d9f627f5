// SPDX-License-Identifier: GPL-2.0
/* System V IPC: semaphores and message queues, natively and in the box. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <time.h>
#include "both.h"

static unsigned int rnd_state;

static unsigned int rnd(unsigned int n)
{
	rnd_state = rnd_state * 1103515245 + 12345;
	return (rnd_state >> 8) % n;
}

/* A key that nobody else has, natively. */
static int key(int n)
{
	return (int)(0x5e000000 + (unsigned int)getpid() * 16 + (unsigned int)n);
}

static struct timespec moment(long ns)
{
	return (struct timespec){ 0, ns };
}

/* ---- ids ---- */

static void ids(void)
{
	long long a, b, c;

	NEW(a = call(SYS_semget, key(0), 3, IPC_CREAT | 0600));
	SEE(call(SYS_semget, key(0), 3, IPC_CREAT | IPC_EXCL | 0600));
	SEE(call(SYS_semget, key(0), 3, 0) == a);
	SEE(call(SYS_semget, key(0), 0, 0600) == a);
	SEE(call(SYS_semget, key(0), 4, 0));
	SEE(call(SYS_semget, key(1), 3, 0600));
	SEE(call(SYS_semget, IPC_PRIVATE, 0, 0600));
	SEE(call(SYS_semget, IPC_PRIVATE, -1, 0600));
	SEE(call(SYS_semget, IPC_PRIVATE, 32001, 0600));
	NEW(b = call(SYS_semget, IPC_PRIVATE, 1, 0600));
	NEW(c = call(SYS_semget, IPC_PRIVATE, 1, 0600));
	SEE(b != c && a != b);
	SEE(call(SYS_semctl, a, 0, IPC_RMID, 0));
	SEE(call(SYS_semctl, a, 0, IPC_RMID, 0));
	SEE(call(SYS_semget, key(0), 3, 0));
	NEW(a = call(SYS_semget, key(0), 1, IPC_CREAT | 0600));
	SEE(call(SYS_semctl, a, 0, GETVAL, 0));
	SEE(call(SYS_semctl, a, 0, IPC_RMID, 0));
	SEE(call(SYS_semctl, b, 0, IPC_RMID, 0));
	SEE(call(SYS_semctl, c, 0, IPC_RMID, 0));
	SEE(call(SYS_semctl, -1, 0, IPC_RMID, 0));
	SEE(call(SYS_semctl, b, 0, GETVAL, 0));
	SEE(call(SYS_semctl, b, 0, 77, 0));
	SEE(call(SYS_msgget, key(2), 0));
	NEW(a = call(SYS_msgget, key(2), IPC_CREAT | 0640));
	SEE(call(SYS_msgget, key(2), IPC_CREAT | IPC_EXCL));
	SEE(call(SYS_msgget, key(2), 0) == a);
	SEE(call(SYS_msgctl, a, IPC_RMID, 0));
	SEE(call(SYS_msgctl, a, IPC_RMID, 0));
	SEE(call(SYS_msgctl, a, 77, 0));
	SEE(call(SYS_msgctl, -3, IPC_STAT, 0));
}

TEST(keys_and_ids)
{
	BOTH(ids());
}

TEST(an_index_begins_anew_with_another_id)
{
	static long long seen[300];

	for (int i = 0; i < 300; i++) {
		seen[i] = north(SYS_msgget, IPC_PRIVATE, 0600);
		OK(seen[i] >= 0);
		for (int k = 0; k < i; k++)
			OK(seen[k] != seen[i]);
		EQ(north(SYS_msgctl, seen[i], IPC_RMID, 0), 0);
	}
	/* 64 indices are used in turn. */
	EQ(seen[64] & 0x7fff, seen[0] & 0x7fff);
	EQ(seen[64] >> 15, (seen[0] >> 15) + 1);
}

TEST(no_more_ids_than_the_limit)
{
	int *made = calloc(32001, sizeof(*made));
	int n = 0;
	long long r;

	while ((r = north(SYS_msgget, IPC_PRIVATE, 0)) >= 0 && n <= 32000)
		made[n++] = (int)r;
	EQ(r, -ENOSPC);
	EQ(n, 32000);
	while (n--)
		EQ(north(SYS_msgctl, made[n], IPC_RMID, 0), 0);
	free(made);
}

/* ---- permissions ---- */

static void as(unsigned int id)
{
	EQ(north(SYS_setresgid, id, id, id), 0);
	EQ(north(SYS_setresuid, id, id, id), 0);
}

TEST(permissions_are_the_boxes)
{
	struct task *me = north_current, *t = hosted_enter(41001, 41001);
	struct semid_ds ds;
	struct sembuf up = { 0, 1, 0 }, zero = { 0, 0, IPC_NOWAIT };
	long long own, readable, writable, groups;

	own = north(SYS_semget, 0x100, 1, IPC_CREAT | 0600);
	readable = north(SYS_semget, 0x101, 1, IPC_CREAT | 0644);
	writable = north(SYS_semget, 0x102, 1, IPC_CREAT | 0622);
	groups = north(SYS_semget, 0x103, 1, IPC_CREAT | 0060);
	EQ(north(SYS_semctl, groups, 0, IPC_STAT, &ds), 0);
	ds.sem_perm.gid = 1000;
	EQ(north(SYS_semctl, groups, 0, IPC_SET, &ds), 0);
	ds.sem_perm.uid = ~0u;
	EQ(north(SYS_semctl, groups, 0, IPC_SET, &ds), -EINVAL);
	hosted_become(t);
	as(1000);
	EQ(north(SYS_semget, 0x100, 1, 0600), -EACCES);
	EQ(north(SYS_semget, 0x100, 1, 0), own);
	EQ(north(SYS_semop, own, &up, 1), -EACCES);
	EQ(north(SYS_semop, own, &zero, 1), -EACCES);
	EQ(north(SYS_semctl, own, 0, GETVAL, 0), -EACCES);
	EQ(north(SYS_semctl, own, 0, SETVAL, 1), -EACCES);
	EQ(north(SYS_semctl, own, 0, GETALL, &ds), -EACCES);
	EQ(north(SYS_semctl, own, 0, IPC_STAT, &ds), -EACCES);
	EQ(north(SYS_semctl, own & 0x7fff, 0, SEM_STAT, &ds), -EACCES);
	EQ(north(SYS_semctl, own & 0x7fff, 0, SEM_STAT_ANY, &ds), own);
	EQ(ds.sem_perm.mode, 0600);
	EQ(north(SYS_semctl, own, 0, IPC_RMID, 0), -EPERM);
	EQ(north(SYS_semop, readable, &zero, 1), 0);
	EQ(north(SYS_semop, readable, &up, 1), -EACCES);
	EQ(north(SYS_semop, writable, &up, 1), 0);
	EQ(north(SYS_semop, writable, &zero, 1), -EACCES);
	EQ(north(SYS_semop, groups, &up, 1), 0);
	EQ(north(SYS_semctl, groups, 0, IPC_STAT, &ds), 0);
	EQ(ds.sem_perm.gid, 1000);
	EQ(ds.sem_perm.cgid, 0);
	EQ(north(SYS_semctl, groups, 0, IPC_SET, &ds), -EPERM);
	hosted_become(me);
	hosted_exit(t);
	EQ(north(SYS_semctl, own, 0, IPC_RMID, 0), 0);
	EQ(north(SYS_semctl, readable, 0, IPC_RMID, 0), 0);
	EQ(north(SYS_semctl, writable, 0, IPC_RMID, 0), 0);
	EQ(north(SYS_semctl, groups, 0, IPC_RMID, 0), 0);
}

/* ---- semaphores ---- */

static void sem_state(long long id, int count)
{
	unsigned short values[8] = { 0 };

	SEE(call(SYS_semctl, id, 0, GETALL, values));
	for (int i = 0; i < count; i++) {
		SEE(values[i]);
		SEE(call(SYS_semctl, id, i, GETNCNT, 0));
		SEE(call(SYS_semctl, id, i, GETZCNT, 0));
		SEE(call(SYS_semctl, id, i, GETPID, 0));
	}
}

/* Any operations without waiting: what they return and what is there afterwards. */
static void random_sems(unsigned int seed)
{
	static const short some[] = { 0, 1, -1, 2, -2, 5, -7, 32767, -32768, 100, 0 };
	struct timespec ts = moment(0);
	struct sembuf ops[6];
	long long id;

	rnd_state = seed;
	SEE(id = call(SYS_semget, IPC_PRIVATE, 4, 0600) >= 0);
	id = call(SYS_semget, IPC_PRIVATE, 4, 0600);
	for (int step = 0; step < 300; step++) {
		unsigned int n = 1 + rnd(5);

		switch (rnd(8)) {
		case 0:
			SEE(call(SYS_semctl, id, rnd(5), SETVAL, some[rnd(11)]));
			break;
		case 1: {
			unsigned short all[4] = { rnd(4), rnd(40000), rnd(3), rnd(2) };

			SEE(call(SYS_semctl, id, 0, SETALL, all));
			break;
		}
		default:
			for (unsigned int i = 0; i < n; i++)
				ops[i] = (struct sembuf){ rnd(20) ? rnd(4) : rnd(9), some[rnd(11)],
							  (rnd(3) ? 0 : IPC_NOWAIT) | (rnd(4) ? 0 : SEM_UNDO) };
			SEE(call(SYS_semtimedop, id, ops, n, &ts));
			break;
		}
		sem_state(id, 4);
	}
	SEE(call(SYS_semctl, id, 0, IPC_RMID, 0));
}

TEST(semaphores_do_what_linux_does)
{
	for (unsigned int seed = 1; seed <= 30; seed++)
		BOTH(random_sems(seed));
}

static void sem_errnos(void)
{
	static struct sembuf many[501];
	struct timespec bad = { 0, 1000000000 }, before = { -1, 0 }, soon = moment(2000000);
	struct sembuf up = { 0, 1, 0 }, down = { 0, -1, 0 }, far_ = { 2, 1, 0 };
	struct semid_ds ds;
	struct seminfo info;
	unsigned short all[2] = { 1, 2 };
	long long id, now = time(NULL);

	NEW(id = call(SYS_semget, IPC_PRIVATE, 2, 0640));
	SEE(call(SYS_semop, id, &up, 0));
	SEE(call(SYS_semop, -1, &up, 0));
	SEE(call(SYS_semop, -1, 8, 1));
	SEE(call(SYS_semop, -1, &up, 1));
	SEE(call(SYS_semop, id, many, 501));
	SEE(call(SYS_semop, id, many, 500));
	SEE(call(SYS_semop, -1, 0, 501));
	SEE(call(SYS_semop, id, &far_, 1));
	SEE(call(SYS_semop, id + 1000000, &far_, 1));
	SEE(call(SYS_semtimedop, id, &up, 1, 8));
	SEE(call(SYS_semtimedop, id, &up, 1, &bad));
	SEE(call(SYS_semtimedop, id, &up, 1, &before));
	SEE(call(SYS_semtimedop, id, 8, 1, &before));
	SEE(call(SYS_semtimedop, id, &down, 1, &soon));
	SEE(call(SYS_semctl, id, 2, GETVAL, 0));
	SEE(call(SYS_semctl, id, -1, GETVAL, 0));
	SEE(call(SYS_semctl, id, 0, SETVAL, -1));
	SEE(call(SYS_semctl, id, 0, SETVAL, 32768));
	SEE(call(SYS_semctl, id, 2, SETVAL, 1));
	SEE(call(SYS_semctl, id, 0, GETALL, 8));
	SEE(call(SYS_semctl, id, 0, SETALL, 8));
	SEE(call(SYS_semctl, id, 0, SETALL, all));
	SEE(call(SYS_semctl, id, 0, IPC_STAT, 8));
	SEE(call(SYS_semctl, id, 0, IPC_SET, 8));
	memset(&ds, 0xff, sizeof(ds));
	SEE(call(SYS_semctl, id, 0, IPC_STAT, &ds));
	SEE(ds.sem_nsems);
	SEE(ds.sem_perm.__key);
	SEE(ds.sem_perm.mode);
	SEE(ds.sem_perm.uid);
	SEE(ds.sem_perm.cgid);
	SEE(ds.sem_otime >= now);
	SEE(ds.sem_ctime >= now);
	ds.sem_perm.mode = 07711;
	ds.sem_perm.gid = 5;
	SEE(call(SYS_semctl, id, 0, IPC_SET, &ds));
	SEE(call(SYS_semctl, id, 0, IPC_STAT, &ds));
	SEE(ds.sem_perm.mode);
	SEE(ds.sem_perm.gid);
	SEE(call(SYS_semctl, id & 0x7fff, 0, SEM_STAT, &ds) == id);
	SEE(call(SYS_semctl, 0, 0, IPC_INFO, &info) >= 0);
	BYTES(&info, sizeof(info));
	SEE(call(SYS_semctl, 0, 0, SEM_INFO, &info) >= 0);
	SEE(info.semusz >= 1 && info.semaem >= 2);
	SEE(call(SYS_semctl, 0, 0, SEM_INFO, 8));
	SEE(call(SYS_semctl, id, 0, IPC_RMID, 0));
}

TEST(errnos_of_semaphores)
{
	BOTH(sem_errnos());
}

TEST(large_sets)
{
	unsigned short *values = malloc(32000 * sizeof(*values));
	long long id = north(SYS_semget, IPC_PRIVATE, 32000, 0600);
	struct sembuf last = { 31999, -2, 0 };

	OK(id >= 0);
	for (int i = 0; i < 32000; i++)
		values[i] = (unsigned short)i;
	EQ(north(SYS_semctl, id, 0, SETALL, values), 0);
	EQ(north(SYS_semop, id, &last, 1), 0);
	memset(values, 0, 32000 * sizeof(*values));
	EQ(north(SYS_semctl, id, 0, GETALL, values), 0);
	for (int i = 0; i < 31999; i++)
		EQ(values[i], i);
	EQ(values[31999], 31997);
	EQ(north(SYS_semctl, id, 0, IPC_RMID, 0), 0);
	free(values);
}

/* struct sleeper - a task with one call that waits. */
struct sleeper {
	struct second s;
	long long id;
	struct sembuf ops[3];
	unsigned int count;
	struct timespec *ts;
	long long result;
	int order;
};

static int finished;

static void sleeper_main(void *arg)
{
	struct sleeper *p = arg;

	p->result = call(SYS_semtimedop, p->id, p->ops, p->count, p->ts);
	p->order = __atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
}

/* How many wait in all. */
static long long asleep(long long id, int count)
{
	long long n = 0;

	for (int i = 0; i < count; i++)
		n += call(SYS_semctl, id, i, GETNCNT, 0) + call(SYS_semctl, id, i, GETZCNT, 0);
	return n;
}

static void sleep_on(struct sleeper *p, long long id, int sems, unsigned int count, ...)
{
	long long before = asleep(id, sems);
	va_list ap;

	p->id = id;
	p->count = count;
	p->ts = NULL;
	va_start(ap, count);
	for (unsigned int i = 0; i < count; i++)
		p->ops[i] = va_arg(ap, struct sembuf);
	va_end(ap);
	second_start(&p->s, sleeper_main, p);
	for (int i = 0; asleep(id, sems) == before; i++) {
		if (i == 5000)
			FAIL("nobody sleeps");
		usleep(1000);
	}
}

#define OP(num, op) ((struct sembuf){ num, op, 0 })

static void give(long long id, int num, int n)
{
	struct sembuf up = OP((unsigned short)num, (short)n);

	SEE(call(SYS_semop, id, &up, 1));
}

static void awake(struct sleeper *p)
{
	second_join(&p->s);
	SEE(p->result);
	SEE(p->order);
}

/* Who waits longer is first, but for who wants more than there is. */
static void in_order(void)
{
	struct sleeper p[5];
	long long id;

	finished = 0;
	NEW(id = call(SYS_semget, IPC_PRIVATE, 2, 0600));
	sleep_on(&p[0], id, 2, 1, OP(0, -3));
	sleep_on(&p[1], id, 2, 1, OP(0, -1));
	sleep_on(&p[2], id, 2, 2, OP(0, -1), OP(1, -1));
	sleep_on(&p[3], id, 2, 1, OP(0, -1));
	sem_state(id, 2);
	give(id, 0, 1);
	awake(&p[1]);
	sem_state(id, 2);
	give(id, 1, 1);
	give(id, 0, 1);
	awake(&p[2]);
	sem_state(id, 2);
	sleep_on(&p[4], id, 2, 3, OP(0, -1), OP(0, -1), OP(1, -1));
	give(id, 0, 3);
	awake(&p[0]);
	sem_state(id, 2);
	give(id, 0, 3);
	awake(&p[3]);
	sem_state(id, 2);
	give(id, 1, 2);
	awake(&p[4]);
	sem_state(id, 2);
	SEE(call(SYS_semctl, id, 0, IPC_RMID, 0));
}

/* Waiting for zero, before those who take. */
static void for_zero(void)
{
	struct sleeper p[4];
	long long id;

	finished = 0;
	NEW(id = call(SYS_semget, IPC_PRIVATE, 2, 0600));
	SEE(call(SYS_semctl, id, 0, SETVAL, 2));
	sleep_on(&p[0], id, 2, 1, OP(0, 0));
	sleep_on(&p[1], id, 2, 2, OP(0, 0), OP(1, 0));
	sleep_on(&p[2], id, 2, 2, OP(0, 0), OP(1, 1));
	sleep_on(&p[3], id, 2, 1, OP(0, -3));
	sem_state(id, 2);
	give(id, 0, -1);
	sem_state(id, 2);
	give(id, 0, -1);
	/* All at once. */
	for (int i = 0; i < 3; i++) {
		second_join(&p[i].s);
		SEE(p[i].result);
	}
	sem_state(id, 2);
	SEE(call(SYS_semctl, id, 0, SETVAL, 4));
	awake(&p[3]);
	sem_state(id, 2);
	SEE(call(SYS_semctl, id, 0, IPC_RMID, 0));
}

/* A set that goes while it is waited for; too large a value for one who waits. */
static void endings(void)
{
	unsigned short all[2] = { 0, 32767 };
	struct sleeper p[3];
	struct timespec ts = moment(3000000);
	long long id;

	finished = 0;
	NEW(id = call(SYS_semget, IPC_PRIVATE, 2, 0600));
	sleep_on(&p[0], id, 2, 1, OP(0, -1));
	SEE(call(SYS_semctl, id, 1, SETVAL, 1));
	sleep_on(&p[1], id, 2, 1, OP(1, 0));
	sleep_on(&p[2], id, 2, 2, OP(0, -1), OP(1, -2));
	SEE(call(SYS_semctl, id, 0, IPC_RMID, 0));
	for (int i = 0; i < 3; i++) {
		second_join(&p[i].s);
		SEE(p[i].result);
	}
	NEW(id = call(SYS_semget, IPC_PRIVATE, 2, 0600));
	sleep_on(&p[0], id, 2, 2, OP(0, -1), OP(1, 1));
	SEE(call(SYS_semctl, id, 0, SETALL, all));
	sem_state(id, 2);
	give(id, 0, 1);
	second_join(&p[0].s);
	SEE(p[0].result);
	p[1].id = id;
	p[1].ops[0] = OP(0, -5);
	p[1].count = 1;
	p[1].ts = &ts;
	second_start(&p[1].s, sleeper_main, &p[1]);
	second_join(&p[1].s);
	SEE(p[1].result);
	sem_state(id, 2);
	SEE(call(SYS_semctl, id, 0, IPC_RMID, 0));
}

TEST(sleepers_of_a_semaphore)
{
	BOTH(in_order());
	BOTH(for_zero());
	BOTH(endings());
}

TEST(a_signal_ends_the_wait)
{
	struct task *me = north_current;
	struct sembuf down = OP(0, -1);
	struct { long type; char text[8]; } m;
	long long id = north(SYS_semget, IPC_PRIVATE, 1, 0600), q = north(SYS_msgget, IPC_PRIVATE, 0600);

	hosted_signal(me, 1);
	EQ(north(SYS_semop, id, &down, 1), -EINTR);
	EQ(north(SYS_semctl, id, 0, GETNCNT, 0), 0);
	EQ(north(SYS_msgrcv, q, &m, 8, 0, 0), -514);
	hosted_signal(me, 0);
	EQ(north(SYS_semctl, id, 0, IPC_RMID, 0), 0);
	EQ(north(SYS_msgctl, q, IPC_RMID, 0), 0);
}

/* ---- SEM_UNDO ---- */

/* What a child did and left undone: natively a process, in the box a task of its own. */
static void with_child(void (*run)(long long id), long long id)
{
	struct task *me = north_current, *t;
	int status;
	pid_t pid;

	if (native_side) {
		pid = fork();
		if (!pid) {
			run(id);
			_exit(0);
		}
		waitpid(pid, &status, 0);
		return;
	}
	t = hosted_enter(42000, 42000);
	hosted_become(t);
	run(id);
	hosted_become(me);
	hosted_exit(t);
}

static void undone(long long id)
{
	struct sembuf ops[] = { { 0, 3, SEM_UNDO }, { 1, -2, SEM_UNDO }, { 2, 5, 0 }, { 0, -1, SEM_UNDO } };

	call(SYS_semop, id, ops, 4);
}

static void over(long long id)
{
	struct sembuf ops[] = { { 0, 5, SEM_UNDO }, { 1, -1, SEM_UNDO } }, take = { 0, -4, 0 };

	call(SYS_semop, id, ops, 2);
	call(SYS_semop, id, &take, 1);
	/* What it did to the second one is nothing to undo any more. */
	call(SYS_semctl, id, 1, SETVAL, 7);
}

static void values_of(long long id)
{
	for (int i = 0; i < 3; i++)
		SEE(call(SYS_semctl, id, i, GETVAL, 0));
}

static void undo(void)
{
	struct sembuf much = { 2, 32767, SEM_UNDO }, one = { 2, 1, SEM_UNDO }, down = { 2, -32767, 0 };
	struct sleeper p;
	long long id;

	finished = 0;
	NEW(id = call(SYS_semget, IPC_PRIVATE, 3, 0600));
	give(id, 1, 2);
	with_child(undone, id);
	values_of(id);
	with_child(over, id);
	values_of(id);
	SEE(call(SYS_semctl, id, 2, SETVAL, 0));
	SEE(call(SYS_semop, id, &much, 1));
	SEE(call(SYS_semop, id, &down, 1));
	SEE(call(SYS_semop, id, &one, 1));
	SEE(call(SYS_semop, id, &one, 1));
	values_of(id);
	/* The end of one is what the other waits for. */
	SEE(call(SYS_semctl, id, 0, SETVAL, 0));
	SEE(call(SYS_semctl, id, 1, SETVAL, 2));
	sleep_on(&p, id, 3, 2, OP(1, -2), OP(2, -2));
	with_child(undone, id);
	awake(&p);
	values_of(id);
	SEE(call(SYS_semctl, id, 0, IPC_RMID, 0));
}

TEST(what_a_process_did_is_undone_at_its_end)
{
	BOTH(undo());
}

TEST(tasks_that_share_what_they_undo)
{
	struct sembuf up = { 0, 1, SEM_UNDO };
	long long id = north(SYS_semget, IPC_PRIVATE, 1, 0600);
	struct task *me = north_current, *a, *b;

	a = hosted_enter(43000, 43000);
	hosted_become(a);
	EQ(north(SYS_clone, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
		 CLONE_SYSVSEM, 0, 0, 0, 0), 0);
	b = hosted_child(43001, 43000);
	OK(b);
	EQ(north(SYS_semop, id, &up, 1), 0);
	hosted_become(b);
	EQ(north(SYS_semop, id, &up, 1), 0);
	EQ(north(SYS_clone, CLONE_SYSVSEM | SIGCHLD, 0, 0, 0, 0), 0);
	hosted_child_fails();
	hosted_become(me);
	hosted_exit(a);
	EQ(north(SYS_semctl, id, 0, GETVAL, 0), 2);
	hosted_exit(b);
	EQ(north(SYS_semctl, id, 0, GETVAL, 0), 0);
	EQ(north(SYS_semctl, id, 0, GETPID, 0), 43000);
	EQ(north(SYS_semctl, id, 0, IPC_RMID, 0), 0);
}

/* ---- messages ---- */

struct message {
	long type;
	char text[9000];
};

static struct message sent, got;

static void queue_state(long long id)
{
	struct msqid_ds ds;

	memset(&ds, 0xff, sizeof(ds));
	SEE(call(SYS_msgctl, id, IPC_STAT, &ds));
	SEE(ds.msg_qnum);
	SEE(ds.__msg_cbytes);
	SEE(ds.msg_qbytes);
	SEE(ds.msg_lspid == getpid());
	/* Who was waiting leaves the id of his thread. */
	SEE(ds.msg_lrpid != 0);
}

static void random_messages(unsigned int seed)
{
	static const int flags[] = { 0, 0, 0, MSG_NOERROR, MSG_EXCEPT, MSG_COPY, MSG_COPY | MSG_NOERROR,
				     MSG_COPY | MSG_EXCEPT };
	struct msqid_ds ds;
	long long id, n;

	rnd_state = seed;
	NEW(id = call(SYS_msgget, IPC_PRIVATE, 0600));
	for (int step = 0; step < 400; step++) {
		long size = rnd(8) ? rnd(30) : rnd(8300), type = (long)rnd(9) - 3;

		switch (rnd(9)) {
		case 0 ... 3:
			sent.type = type;
			memset(sent.text, step, sizeof(sent.text));
			SEE(call(SYS_msgsnd, id, &sent, size, IPC_NOWAIT));
			break;
		case 4 ... 6:
			memset(&got, 0xee, sizeof(got));
			SEE(n = call(SYS_msgrcv, id, &got, size, type, IPC_NOWAIT | flags[rnd(8)]));
			BYTES(&got, sizeof(got));
			break;
		case 7:
			SEE(call(SYS_msgctl, id, IPC_STAT, &ds));
			ds.msg_qbytes = rnd(16385);
			SEE(call(SYS_msgctl, id, IPC_SET, &ds));
			break;
		}
		queue_state(id);
	}
	SEE(call(SYS_msgctl, id, IPC_RMID, 0));
}

TEST(message_queues_do_what_linux_does)
{
	for (unsigned int seed = 1; seed <= 30; seed++)
		BOTH(random_messages(seed));
}

static void msg_errnos(void)
{
	struct msqid_ds ds;
	struct msginfo info;
	long long id;

	sent.type = 1;
	NEW(id = call(SYS_msgget, IPC_PRIVATE, 0600));
	SEE(call(SYS_msgsnd, id, 8, 1, 0));
	SEE(call(SYS_msgsnd, -1, 8, 1, 0));
	SEE(call(SYS_msgsnd, -1, &sent, 1, 0));
	SEE(call(SYS_msgsnd, id, &sent, 8193, 0));
	SEE(call(SYS_msgsnd, id, &sent, -1, 0));
	SEE(call(SYS_msgsnd, id, &sent, 8192, 0));
	SEE(call(SYS_msgsnd, id + 1000000, &sent, 1, 0));
	SEE(call(SYS_msgrcv, id, &got, -1, 0, 0));
	SEE(call(SYS_msgrcv, -1, &got, 1, 0, 0));
	SEE(call(SYS_msgrcv, id, &got, 100, 0, MSG_COPY));
	SEE(call(SYS_msgrcv, id, &got, 100, 0, 0));
	SEE(call(SYS_msgrcv, id, 8, 8192, 0, 0));
	SEE(call(SYS_msgrcv, id, &got, 100, LONG_MIN, IPC_NOWAIT));
	sent.type = LONG_MAX;
	SEE(call(SYS_msgsnd, id, &sent, 0, 0));
	SEE(call(SYS_msgrcv, id, &got, 0, LONG_MIN, IPC_NOWAIT));
	SEE(got.type == LONG_MAX);
	SEE(call(SYS_msgctl, id, IPC_STAT, &ds));
	ds.msg_perm.mode = 0111;
	SEE(call(SYS_msgctl, id, IPC_SET, &ds));
	SEE(call(SYS_msgctl, id, IPC_SET, 8));
	SEE(call(SYS_msgctl, id, IPC_STAT, 8));
	SEE(call(SYS_msgctl, id & 0x7fff, MSG_STAT, &ds) == id);
	SEE(ds.msg_perm.mode);
	SEE(call(SYS_msgctl, id & 0x7fff, MSG_STAT_ANY, &ds) == id);
	SEE(call(SYS_msgctl, 0, IPC_INFO, &info) >= 0);
	BYTES(&info, sizeof(info));
	SEE(call(SYS_msgctl, 0, MSG_INFO, &info) >= 0);
	SEE(info.msgpool >= 1);
	SEE(call(SYS_msgctl, 0, MSG_INFO, 8));
	SEE(call(SYS_msgctl, id, IPC_RMID, 0));
}

TEST(errnos_of_message_queues)
{
	BOTH(msg_errnos());
}

struct peer {
	struct second s;
	struct message m;
	long long id, size, type, result;
	int flags, receives, started;
};

static void peer_main(void *arg)
{
	struct peer *p = arg;

	__atomic_store_n(&p->started, 1, __ATOMIC_SEQ_CST);
	p->result = p->receives ? call(SYS_msgrcv, p->id, &p->m, p->size, p->type, p->flags) :
				  call(SYS_msgsnd, p->id, &p->m, p->size, p->flags);
}

static void peer_start(struct peer *p, long long id, int receives, long long size, long long type, int flags)
{
	*p = (struct peer){ .id = id, .receives = receives, .size = size, .type = type, .flags = flags };
	p->m.type = type;
	second_start(&p->s, peer_main, p);
	while (!__atomic_load_n(&p->started, __ATOMIC_SEQ_CST))
		sched_yield();
	usleep(20000);
}

static void peer_end(struct peer *p)
{
	second_join(&p->s);
	SEE(p->result);
	SEE(p->m.type);
}

static void message(long long id, long type, long size)
{
	sent.type = type;
	SEE(call(SYS_msgsnd, id, &sent, size, IPC_NOWAIT));
}

static struct peer peers[4];

/* Receivers wait, each for its own; one has too small a buffer. */
static void receivers(void)
{
	struct msqid_ds ds;
	long long id;

	NEW(id = call(SYS_msgget, IPC_PRIVATE, 0600));
	peer_start(&peers[0], id, 1, 4, 5, 0);
	peer_start(&peers[1], id, 1, 100, -3, 0);
	peer_start(&peers[2], id, 1, 100, 5, MSG_EXCEPT);
	peer_start(&peers[3], id, 1, 3, 5, MSG_NOERROR);
	message(id, 5, 10);
	peer_end(&peers[0]);
	peer_end(&peers[3]);
	message(id, 4, 10);
	peer_end(&peers[2]);
	message(id, 7, 1);
	message(id, 2, 2);
	peer_end(&peers[1]);
	queue_state(id);
	peer_start(&peers[0], id, 1, 4, 5, 0);
	/* Who may not read any more learns it. */
	SEE(call(SYS_msgctl, id, IPC_STAT, &ds));
	SEE(call(SYS_msgctl, id, IPC_SET, &ds));
	SEE(call(SYS_msgctl, id, IPC_RMID, 0));
	second_join(&peers[0].s);
	SEE(peers[0].result);
}

static void senders(void)
{
	struct msqid_ds ds;
	long long id;

	NEW(id = call(SYS_msgget, IPC_PRIVATE, 0600));
	message(id, 1, 8000);
	message(id, 1, 8192);
	message(id, 1, 8000);
	message(id, 1, 192);
	peer_start(&peers[0], id, 0, 1000, 3, 0);
	peer_start(&peers[1], id, 0, 8192, 4, 0);
	peer_start(&peers[2], id, 0, 150, 5, 0);
	queue_state(id);
	/* The second has to wait for more room. */
	SEE(call(SYS_msgrcv, id, &got, 8192, 0, 0));
	peer_end(&peers[0]);
	peer_end(&peers[2]);
	queue_state(id);
	SEE(call(SYS_msgrcv, id, &got, 8192, 0, 0));
	peer_end(&peers[1]);
	queue_state(id);
	SEE(call(SYS_msgctl, id, IPC_STAT, &ds));
	ds.msg_qbytes = 1;
	SEE(call(SYS_msgctl, id, IPC_SET, &ds));
	peer_start(&peers[0], id, 0, 1, 3, 0);
	SEE(call(SYS_msgctl, id, IPC_RMID, 0));
	peer_end(&peers[0]);
}

TEST(sleepers_of_a_message_queue)
{
	BOTH(receivers());
	BOTH(senders());
}

/* ---- /proc ---- */

static void proc_lines(const char *path, long long id, const char *columns)
{
	static char text[65536], line[512];
	long long fd = north(SYS_openat, AT_FDCWD, path, O_RDONLY), n;
	int found = 0, key_, id_;
	FILE *f;

	OK(fd >= 0);
	n = north(SYS_read, fd, text, sizeof(text));
	OK(n > 0);
	EQ(north(SYS_close, fd), 0);
	f = fmemopen(text, (size_t)n, "r");
	OK(fgets(line, sizeof(line), f));
	STREQ(line, columns);
	while (fgets(line, sizeof(line), f))
		found += sscanf(line, "%d %d", &key_, &id_) == 2 && key_ == 0x777 && id_ == id;
	fclose(f);
	EQ(found, 1);
}

/* The first line of the file as the host has it. */
static const char *columns_of(const char *path)
{
	static char line[512];
	FILE *f = fopen(path, "r");

	OK(f && fgets(line, sizeof(line), f));
	fclose(f);
	return line;
}

TEST(proc_shows_what_there_is)
{
	long long id = north(SYS_semget, 0x777, 3, IPC_CREAT | 0600);

	proc_lines("/proc/sysvipc/sem", id, columns_of("/proc/sysvipc/sem"));
	EQ(north(SYS_semctl, id, 0, IPC_RMID, 0), 0);
	id = north(SYS_msgget, 0x777, IPC_CREAT | 0600);
	proc_lines("/proc/sysvipc/msg", id, columns_of("/proc/sysvipc/msg"));
	EQ(north(SYS_msgctl, id, IPC_RMID, 0), 0);
}
