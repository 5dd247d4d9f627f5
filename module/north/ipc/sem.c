// SPDX-License-Identifier: GPL-2.0
/*
 * System V semaphores. An array of operations is done as a whole or not at all; what
 * can't be done yet waits in the order of arrival and is done by who makes it possible:
 * a sleeper wakes up to the result.
 */
#include "sysv.h"
#include "../event/poll.h"

#define GETPID 11
#define GETVAL 12
#define GETALL 13
#define GETNCNT 14
#define GETZCNT 15
#define SETVAL 16
#define SETALL 17
#define SEM_STAT 18
#define SEM_INFO 19
#define SEM_STAT_ANY 20

#define SEM_UNDO 0x1000
#define SEMVMX 32767
#define SEMAEM SEMVMX
#define SEMUSZ 20

struct sembuf {
	u16 num;
	s16 op, flags;
};

struct sem {
	s32 value;
	s32 pid;		/* who changed it last */
};

/* struct sem_set - all of it under sem_ids.lock, as what follows. */
struct sem_set {
	struct ipc_perm perm;
	u32 count;
	u32 complex;		/* waiting operations on more than one semaphore */
	s64 otime, ctime;
	/* struct sem_wait: those that change values; those that wait for zero only. */
	struct list waiting, waiting_zero;
	struct list undos;	/* struct sem_undo */
	struct sem sems[];
};

/* struct sem_wait - operations that are tried, on the stack of their task. */
struct sem_wait {
	struct list node;
	struct waiter *waiter;
	const struct sembuf *ops;
	u32 count;
	struct sem_undo *undo;
	const struct sembuf *blocking;	/* the first that wasn't possible */
	s32 pid;
	s32 status;		/* WAITING, or the result */
};
#define WAITING 1

/* struct sem_undo - what the tasks of @undos did to one set with SEM_UNDO, negated. */
struct sem_undo {
	struct list set_node, node;
	struct sem_set *set;
	s16 adjust[];
};

struct sem_undos {
	u32 refs;
	struct list list;	/* struct sem_undo */
};

static const struct ipc_kind sem_kind;
static struct ipc_ids sem_ids = { .kind = &sem_kind, .limit = SEMMNI, .last = -1 };
static u32 sems_used;	/* in all sets */

static struct sem_set *to_set(struct ipc_perm *p)
{
	return (struct sem_set *)p;
}

/* ---- trying ---- */

/* One operation, or the errno or WAITING that it means. */
static s32 try_one(struct sem_set *set, struct sem_wait *w, const struct sembuf *op)
{
	struct sem *s = &set->sems[op->num];
	s32 value = s->value + op->op, undo;

	if (value < 0 || (!op->op && s->value)) {
		w->blocking = op;
		return op->flags & IPC_NOWAIT ? -EAGAIN : WAITING;
	}
	if (value > SEMVMX)
		return -ERANGE;
	if (op->flags & SEM_UNDO) {
		undo = w->undo->adjust[op->num] - op->op;
		if (undo < -SEMAEM - 1 || undo > SEMAEM)
			return -ERANGE;
		w->undo->adjust[op->num] = (s16)undo;
	}
	s->value = value;
	return 0;
}

/* All or none. 0, WAITING, -EAGAIN, -ERANGE. */
static s32 try_all(struct sem_set *set, struct sem_wait *w)
{
	s32 err = 0;
	u32 n = 0;

	while (n < w->count && !err)
		err = try_one(set, w, &w->ops[n++]);
	if (!err) {
		while (n--)
			set->sems[w->ops[n].num].pid = w->pid;
		return 0;
	}
	/* The last one did nothing. */
	for (n--; n--;) {
		const struct sembuf *op = &w->ops[n];

		set->sems[op->num].value -= op->op;
		if (op->flags & SEM_UNDO)
			w->undo->adjust[op->num] += op->op;
	}
	return err;
}

static void wait_leave(struct sem_set *set, struct sem_wait *w)
{
	list_del(&w->node);
	if (w->count > 1)
		set->complex--;
}

static void wait_end(struct sem_set *set, struct sem_wait *w, s32 status)
{
	wait_leave(set, w);
	w->status = status;
	waiter_wake(w->waiter);
}

static bool wake_zero(struct sem_set *set)
{
	struct sem_wait *w, *next;
	bool done = false;
	s32 err;

	list_for_each_safe(w, next, &set->waiting_zero, node) {
		err = try_all(set, w);
		if (err == WAITING)
			continue;
		wait_end(set, w, err);
		done |= !err;
	}
	return done;
}

/* Values have changed: all that became possible, in turn. Was there something? */
static bool wake(struct sem_set *set)
{
	bool done = wake_zero(set), again;
	struct sem_wait *w, *next;
	s32 err;

	do {
		again = false;
		list_for_each_safe(w, next, &set->waiting, node) {
			bool complex = w->count > 1 || set->complex;

			err = try_all(set, w);
			if (err == WAITING)
				continue;
			wait_end(set, w, err);
			if (err)
				continue;
			done = true;
			wake_zero(set);
			/* A single one took something away: that helps none of those before it. */
			again = complex;
			if (again)
				break;
		}
	} while (again);
	return done;
}

/* ---- making and ending ---- */

static struct ipc_perm *sem_make(s32 key, u64 count, u32 flags, s32 *err)
{
	struct sem_set *set;

	if (!count) {
		*err = -EINVAL;
		return NULL;
	}
	if (sems_used + count > SEMMNS) {
		*err = -ENOSPC;
		return NULL;
	}
	set = alloc(sizeof(*set) + count * sizeof(set->sems[0]));
	if (!set) {
		*err = -ENOMEM;
		return NULL;
	}
	set->count = (u32)count;
	set->ctime = ipc_seconds();
	list_init(&set->waiting);
	list_init(&set->waiting_zero);
	list_init(&set->undos);
	sems_used += set->count;
	return &set->perm;
}

static bool sem_fits(const struct ipc_perm *p, u64 count)
{
	return count <= ((const struct sem_set *)p)->count;
}

static void undo_free(struct sem_undo *u)
{
	list_del(&u->set_node);
	list_del(&u->node);
	release(u);
}

static void sem_destroy(struct ipc_perm *p)
{
	struct sem_set *set = to_set(p);

	while (!list_empty(&set->undos))
		undo_free(list_first(&set->undos, struct sem_undo, set_node));
	while (!list_empty(&set->waiting_zero))
		wait_end(set, list_first(&set->waiting_zero, struct sem_wait, node), -EIDRM);
	while (!list_empty(&set->waiting))
		wait_end(set, list_first(&set->waiting, struct sem_wait, node), -EIDRM);
	sems_used -= set->count;
	release(set);
}

static const struct ipc_kind sem_kind = {
	.make = sem_make,
	.fits = sem_fits,
	.destroy = sem_destroy,
};

s64 sys_semget(const u64 *a)
{
	s32 count = (s32)a[1];

	if (count < 0 || count > SEMMSL)
		return -EINVAL;
	return ipc_get(&sem_ids, (s32)a[0], (u32)count, (u32)a[2]);
}

/* ---- SEM_UNDO ---- */

/* Current's; the first time it is made. */
static struct sem_undos *undos_own(void)
{
	struct task *t = current;

	if (t->sem_undos)
		return t->sem_undos;
	t->sem_undos = new(struct sem_undos);
	if (t->sem_undos) {
		t->sem_undos->refs = 1;
		list_init(&t->sem_undos->list);
	}
	return t->sem_undos;
}

s32 sem_undos_share(struct task *t)
{
	struct sem_undos *undos = undos_own();

	if (!undos)
		return -ENOMEM;
	lock(&sem_ids.lock);
	undos->refs++;
	unlock(&sem_ids.lock);
	t->sem_undos = undos;
	return 0;
}

/* One undo is done: values stay in their range. */
static void undo_do(struct sem_undo *u, s32 pid)
{
	struct sem_set *set = u->set;

	for (u32 i = 0; i < set->count; i++) {
		struct sem *s = &set->sems[i];

		if (!u->adjust[i])
			continue;
		s->value = min(max(s->value + u->adjust[i], 0), SEMVMX);
		s->pid = pid;
	}
	undo_free(u);
	wake(set);
	set->otime = ipc_seconds();
}

void sem_undos_put(struct task *t)
{
	struct sem_undos *undos = t->sem_undos;
	bool last;

	if (!undos)
		return;
	t->sem_undos = NULL;
	lock(&sem_ids.lock);
	last = !--undos->refs;
	while (last && !list_empty(&undos->list))
		undo_do(list_first(&undos->list, struct sem_undo, node), t->pid);
	unlock(&sem_ids.lock);
	if (last)
		release(undos);
}

/* Current's undo of @set. ERR_PTR(-ENOMEM). */
static struct sem_undo *undo_get(struct sem_set *set)
{
	struct sem_undos *undos = undos_own();
	struct sem_undo *u;

	if (!undos)
		return ERR_PTR(-ENOMEM);
	list_for_each(u, &undos->list, node)
		if (u->set == set)
			return u;
	u = alloc(sizeof(*u) + set->count * sizeof(u->adjust[0]));
	if (!u)
		return ERR_PTR(-ENOMEM);
	u->set = set;
	list_add(&u->node, &undos->list);
	list_add(&u->set_node, &set->undos);
	return u;
}

/* Who sets a value leaves nothing to undo. */
static void undos_clear(struct sem_set *set, u32 first, u32 count)
{
	struct sem_undo *u;

	list_for_each(u, &set->undos, set_node)
		memset(&u->adjust[first], 0, count * sizeof(u->adjust[0]));
}

/* ---- semop(2) ---- */

static s32 wait_for_turn(struct sem_set *set, struct sem_wait *w, bool alter, s64 deadline)
{
	s32 err;

	w->waiter = &current->waiter;
	w->status = WAITING;
	list_add_tail(&w->node, alter ? &set->waiting : &set->waiting_zero);
	if (w->count > 1)
		set->complex++;
	err = wait_woken(&sem_ids.lock, deadline, w->status != WAITING);
	if (!err)
		return w->status;
	wait_leave(set, w);
	return err == -ETIMEDOUT ? -EAGAIN : -EINTR;
}

static s32 do_semop(s32 id, struct sem_wait *w, s64 deadline)
{
	bool alter = false, undo = false;
	struct sem_set *set;
	u32 top = 0;
	s32 err;

	for (u32 i = 0; i < w->count; i++) {
		top = max(top, (u32)w->ops[i].num);
		alter |= w->ops[i].op != 0;
		undo |= w->ops[i].flags & SEM_UNDO;
	}
	set = to_set(ipc_find(&sem_ids, id));
	if (!set)
		return -EINVAL;
	if (undo) {
		w->undo = undo_get(set);
		if (IS_ERR(w->undo))
			return PTR_ERR(w->undo);
	}
	if (top >= set->count)
		return -EFBIG;
	if (!ipc_permitted(&set->perm, alter ? IPC_WRITE : IPC_READ))
		return -EACCES;
	w->pid = current->pid;
	err = try_all(set, w);
	if (err == WAITING)
		return wait_for_turn(set, w, alter, deadline);
	if (err)
		return err;
	if (alter)
		wake(set);
	set->otime = ipc_seconds();
	return 0;
}

static s64 semop(s32 id, u64 uaddr, u32 count, s64 deadline)
{
	struct sembuf few[4], *ops = few;
	struct sem_wait w = { .count = count };
	s32 err;

	if (count > SEMOPM)
		return -E2BIG;
	if (!count)
		return -EINVAL;
	if (count > ARRAY_SIZE(few)) {
		ops = alloc(count * sizeof(*ops));
		if (!ops)
			return -ENOMEM;
	}
	w.ops = ops;
	err = south_user_read(ops, uaddr, count * sizeof(*ops));
	if (!err && id < 0)
		err = -EINVAL;
	if (!err && deadline < DEADLINE_NONE)
		err = -EINVAL;
	if (!err) {
		lock(&sem_ids.lock);
		err = do_semop(id, &w, deadline);
		unlock(&sem_ids.lock);
	}
	if (ops != few)
		release(ops);
	return err;
}

s64 sys_semop(const u64 *a)
{
	return semop((s32)a[0], a[1], (u32)a[2], DEADLINE_NONE);
}

s64 sys_semtimedop(const u64 *a)
{
	struct linux_timespec64 ts;
	s64 deadline = DEADLINE_NONE;

	if (a[3]) {
		if (south_user_read(&ts, a[3], sizeof(ts)))
			return -EFAULT;
		/* That it isn't valid is said after what is wrong with the operations. */
		if (deadline_in(ts.sec, ts.nsec, &deadline))
			deadline = DEADLINE_NONE - 1;
	}
	return semop((s32)a[0], a[1], (u32)a[2], deadline);
}

/* ---- semctl(2) ---- */

struct linux_semid_ds {
	struct linux_ipc_perm perm;
	s64 otime, unused1, ctime, unused2;
	u64 nsems, unused[2];
};
_Static_assert(sizeof(struct linux_semid_ds) == 104, "struct semid64_ds");

struct linux_seminfo {
	s32 semmap, semmni, semmns, semmnu, semmsl, semopm, semume, semusz, semvmx, semaem;
};

static s64 sem_info(u32 cmd, u64 uaddr)
{
	struct linux_seminfo info = {
		.semmap = SEMMNS, .semmni = SEMMNI, .semmns = SEMMNS, .semmnu = SEMMNS,
		.semmsl = SEMMSL, .semopm = SEMOPM, .semume = SEMOPM, .semusz = SEMUSZ,
		.semvmx = SEMVMX, .semaem = SEMAEM,
	};
	s64 ret;

	lock(&sem_ids.lock);
	if (cmd == SEM_INFO) {
		info.semusz = (s32)sem_ids.used;
		info.semaem = (s32)sems_used;
	}
	ret = ipc_index_max(&sem_ids);
	unlock(&sem_ids.lock);
	return south_user_write(uaddr, &info, sizeof(info)) ? -EFAULT : ret;
}

static s64 sem_stat(s32 id, u32 cmd, u64 uaddr)
{
	struct linux_semid_ds ds = { 0 };
	struct sem_set *set;
	s64 ret;

	lock(&sem_ids.lock);
	set = to_set(ipc_find_stat(&sem_ids, id, cmd == SEM_STAT, cmd == SEM_STAT_ANY, &ret));
	if (!IS_ERR(set)) {
		ipc_perm_fill(&set->perm, &ds.perm);
		ds.otime = set->otime;
		ds.ctime = set->ctime;
		ds.nsems = set->count;
	}
	unlock(&sem_ids.lock);
	if (IS_ERR(set))
		return PTR_ERR(set);
	return south_user_write(uaddr, &ds, sizeof(ds)) ? -EFAULT : ret;
}

static s64 sem_set_value(s32 id, s32 num, s32 value)
{
	struct sem_set *set;
	s64 ret = 0;

	if (value < 0 || value > SEMVMX)
		return -ERANGE;
	lock(&sem_ids.lock);
	set = to_set(ipc_find(&sem_ids, id));
	if (!set || num < 0 || (u32)num >= set->count) {
		ret = -EINVAL;
	} else if (!ipc_permitted(&set->perm, IPC_WRITE)) {
		ret = -EACCES;
	} else {
		undos_clear(set, (u32)num, 1);
		set->sems[num].value = value;
		set->sems[num].pid = current->pid;
		set->ctime = ipc_seconds();
		if (wake(set))
			set->otime = ipc_seconds();
	}
	unlock(&sem_ids.lock);
	return ret;
}

/* How many wait for this one to grow, or to become zero. */
static s64 waiting_for(const struct sem_set *set, const struct list *list, u32 num, bool zero)
{
	const struct sem_wait *w;
	s64 n = 0;

	list_for_each(w, list, node)
		n += w->blocking->num == num && !w->blocking->op == zero;
	return n;
}

static s64 sem_get_one(s32 id, s32 num, u32 cmd)
{
	struct sem_set *set;
	s64 ret;

	lock(&sem_ids.lock);
	set = to_set(ipc_find_permitted(&sem_ids, id, IPC_READ));
	if (IS_ERR(set))
		ret = PTR_ERR(set);
	else if (num < 0 || (u32)num >= set->count)
		ret = -EINVAL;
	else if (cmd == GETVAL)
		ret = set->sems[num].value;
	else if (cmd == GETPID)
		ret = set->sems[num].pid;
	else if (cmd == GETNCNT)
		ret = waiting_for(set, &set->waiting, (u32)num, false);
	else
		ret = waiting_for(set, &set->waiting, (u32)num, true) +
			waiting_for(set, &set->waiting_zero, (u32)num, true);
	unlock(&sem_ids.lock);
	return ret;
}

static s64 values_copy(u64 uaddr, u16 *values, u32 count, bool to_user)
{
	u64 len = count * sizeof(*values);
	struct iovec one;
	struct uio io;
	s64 n;

	uio_single(&io, &one, uaddr, len);
	n = to_user ? uio_to_user(&io, values, len) : uio_from_user(&io, values, len);
	return n == (s64)len ? 0 : -EFAULT;
}

/* The number of values of set @id, as a buffer for them. ERR_PTR. */
static u16 *values_buffer(s32 id, u32 mask, u32 *count)
{
	struct sem_set *set;
	u16 *values;

	lock(&sem_ids.lock);
	set = to_set(ipc_find_permitted(&sem_ids, id, mask));
	*count = IS_ERR(set) ? 0 : set->count;
	unlock(&sem_ids.lock);
	if (IS_ERR(set))
		return (u16 *)set;
	values = alloc(*count * sizeof(*values));
	return values ? values : ERR_PTR(-ENOMEM);
}

static s64 sem_get_all(s32 id, u64 uaddr)
{
	struct sem_set *set;
	s64 ret = -EIDRM;
	u16 *values;
	u32 count;

	values = values_buffer(id, IPC_READ, &count);
	if (IS_ERR(values))
		return PTR_ERR(values);
	lock(&sem_ids.lock);
	set = to_set(ipc_find(&sem_ids, id));
	if (set && set->count == count) {
		for (u32 i = 0; i < count; i++)
			values[i] = (u16)set->sems[i].value;
		ret = 0;
	}
	unlock(&sem_ids.lock);
	if (!ret)
		ret = values_copy(uaddr, values, count, true);
	release(values);
	return ret;
}

static s64 set_all(s32 id, const u16 *values, u32 count)
{
	struct sem_set *set = to_set(ipc_find(&sem_ids, id));

	if (!set || set->count != count)
		return -EIDRM;
	for (u32 i = 0; i < count; i++) {
		set->sems[i].value = values[i];
		set->sems[i].pid = current->pid;
	}
	undos_clear(set, 0, count);
	set->ctime = ipc_seconds();
	if (wake(set))
		set->otime = ipc_seconds();
	return 0;
}

static s64 sem_set_all(s32 id, u64 uaddr)
{
	u16 *values;
	u32 count;
	s64 ret;

	values = values_buffer(id, IPC_WRITE, &count);
	if (IS_ERR(values))
		return PTR_ERR(values);
	ret = values_copy(uaddr, values, count, false);
	for (u32 i = 0; i < count && !ret; i++)
		if (values[i] > SEMVMX)
			ret = -ERANGE;
	if (!ret) {
		lock(&sem_ids.lock);
		ret = set_all(id, values, count);
		unlock(&sem_ids.lock);
	}
	release(values);
	return ret;
}

static s64 sem_change(s32 id, u32 cmd, u64 uaddr)
{
	struct linux_semid_ds ds;
	struct sem_set *set;
	s64 ret = 0;

	if (cmd == IPC_SET && south_user_read(&ds, uaddr, sizeof(ds)))
		return -EFAULT;
	lock(&sem_ids.lock);
	set = to_set(ipc_find_owned(&sem_ids, id));
	if (IS_ERR(set)) {
		ret = PTR_ERR(set);
	} else if (cmd == IPC_RMID) {
		ipc_remove(&sem_ids, &set->perm);
	} else {
		ret = ipc_perm_set(&set->perm, &ds.perm);
		if (!ret)
			set->ctime = ipc_seconds();
	}
	unlock(&sem_ids.lock);
	return ret;
}

s64 sys_semctl(const u64 *a)
{
	s32 id = (s32)a[0], num = (s32)a[1];
	u32 cmd = (u32)a[2];

	if (id < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
	case SEM_INFO:
		return sem_info(cmd, a[3]);
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY:
		return sem_stat(id, cmd, a[3]);
	case GETALL:
		return sem_get_all(id, a[3]);
	case GETVAL:
	case GETPID:
	case GETNCNT:
	case GETZCNT:
		return sem_get_one(id, num, cmd);
	case SETALL:
		return sem_set_all(id, a[3]);
	case SETVAL:
		return sem_set_value(id, num, (s32)a[3]);
	case IPC_SET:
	case IPC_RMID:
		return sem_change(id, cmd, a[3]);
	}
	return -EINVAL;
}

void sem_show(struct text *t)
{
	struct ipc_perm *p;
	s32 at = 0;

	text_printf(t, "       key      semid perms      nsems   uid   gid  cuid  cgid");
	text_printf(t, "      otime      ctime\n");
	lock(&sem_ids.lock);
	while ((p = ipc_next(&sem_ids, &at)))
		text_printf(t, "%10d %10d  %4o %10u %5u %5u %5u %5u %10llu %10llu\n", p->key, p->id,
			    p->mode, to_set(p)->count, p->uid, p->gid, p->cuid, p->cgid,
			    (u64)to_set(p)->otime, (u64)to_set(p)->ctime);
	unlock(&sem_ids.lock);
}
