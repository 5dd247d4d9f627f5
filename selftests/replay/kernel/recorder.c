// SPDX-License-Identifier: GPL-2.0
/*
 * The recorder: see record.h for what it writes. A box is recorded if its number was
 * written to an open /dev/litebox-record before it booted; the record is read there.
 */
#include <linux/miscdevice.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include "recorder.h"
#include "../control/control.h"

#define LB_RECORD_SIZE (64U << 20)
#define LB_RECORD_ROOM 256	/* for what ends a record */
#define LB_RECORD_OWED 256

/* struct lb_owed - what South writes into North's memory once no task runs there. */
struct lb_owed {
	enum lb_record_kind kind;	/* LB_RECORD_BUMP, LB_RECORD_IDS */
	u32 addr;
	s32 ids[2];
};

/* struct lb_record - of one box. Whose turn it is appends; if it's nobody's, whoever has @lock. */
struct lb_record {
	struct list_head node;		/* of lb_records, from the box's number on until its end */
	struct rcu_head rcu;
	struct kref refs;		/* the open file; the list */
	u32 box;
	bool booted;
	spinlock_t lock;		/* @runs, @owed; IRQ-safe: streams wake */
	struct task_struct *runs;	/* the task whose turn it is */
	struct wait_queue_head turn;
	struct lb_owed owed[LB_RECORD_OWED];
	u32 nr_owed;
	u8 *data;
	size_t used;			/* grows; what is before it doesn't change */
	bool full, over;
	struct wait_queue_head more;
};

static LIST_HEAD(lb_records);
static DEFINE_MUTEX(lb_records_lock);

static void lb_record_free(struct kref *refs)
{
	struct lb_record *r = container_of(refs, struct lb_record, refs);

	vfree(r->data);
	kfree_rcu(r, rcu);
}

/* The record of a box that has a task or a stream, so that it stays while the caller looks. */
static struct lb_record *lb_record_of(const struct lb_box *box)
{
	struct lb_record *r;

	guard(rcu)();
	list_for_each_entry_rcu(r, &lb_records, node)
		if (r->box == box->id && READ_ONCE(r->booted))
			return r;
	return NULL;
}

/* ---- what is written ---- */

static u32 lb_record_key(const struct lb_task *t)
{
	return t ? (unsigned long)t >> 4 : 0;
}

/* Room for an event with @len bytes behind it, or NULL. Seen by readers after lb_record_done(). */
static void *lb_record_event(struct lb_record *r, enum lb_record_kind kind,
			     const struct lb_task *t, u32 nr, u64 value, u32 len)
{
	struct lb_record_event *e = (void *)r->data + r->used;
	size_t room = kind == LB_RECORD_END ? 0 : LB_RECORD_ROOM;

	if (r->full && kind != LB_RECORD_END)
		return NULL;
	if (r->used + sizeof(*e) + LB_RECORD_PAD(len) + room > LB_RECORD_SIZE) {
		r->full = true;
		return NULL;
	}
	*e = (struct lb_record_event){ kind, nr, lb_record_key(t), value, len, 0 };
	return e + 1;
}

static void lb_record_done(struct lb_record *r, void *end)
{
	/* Pairs with lb_record_used(). */
	smp_store_release(&r->used, end - (void *)r->data);
	wake_up(&r->more);
}

static void lb_record_plain(struct lb_record *r, enum lb_record_kind kind,
			    const struct lb_task *t, u32 nr, u64 value, const void *data, u32 len)
{
	void *to = lb_record_event(r, kind, t, nr, value, len);

	if (!to)
		return;
	memset(to, 0, LB_RECORD_PAD(len));
	memcpy(to, data, len);
	lb_record_done(r, to + LB_RECORD_PAD(len));
}

/* ---- turns ---- */

static void *lb_record_word(const struct lb_box *box, u32 addr)
{
	const struct lb_views *views = lb_memory_views(box->memory);
	/* Pairs with the release in lb_memory_extend(). */
	const wasm_rt_memory_t *view = &views->view[smp_load_acquire(&views->nr) - 1];

	return view->data + (addr & view->mask & ~3ULL);
}

/* With r->lock, and nobody's turn. */
static void lb_record_pay(struct lb_record *r, struct lb_box *box, const struct lb_owed *o)
{
	u32 *word = lb_record_word(box, o->addr);

	if (o->kind == LB_RECORD_BUMP) {
		WRITE_ONCE(*word, *word + 1);
		lb_record_plain(r, LB_RECORD_BUMP, NULL, 0, o->addr, NULL, 0);
		return;
	}
	WRITE_ONCE(*(s32 *)lb_record_word(box, o->addr + 4 * SOUTH_TASK_TID), o->ids[0]);
	WRITE_ONCE(*(s32 *)lb_record_word(box, o->addr + 4 * SOUTH_TASK_PID), o->ids[1]);
	lb_record_plain(r, LB_RECORD_IDS, NULL, 0, o->addr, o->ids, sizeof(o->ids));
}

/*
 * With r->lock, and somebody's turn. That a stream may have become ready is said once,
 * so that there is one for each word, and one for each task that clones or executes.
 */
static void lb_record_put_off(struct lb_record *r, const struct lb_owed *o)
{
	u32 i;

	for (i = 0; i < r->nr_owed; i++)
		if (o->kind == LB_RECORD_BUMP && r->owed[i].kind == o->kind &&
		    r->owed[i].addr == o->addr)
			return;
	if (!WARN_ON_ONCE(r->nr_owed == LB_RECORD_OWED))
		r->owed[r->nr_owed++] = *o;
}

/* At once or when the turn ends. Any context. */
static void lb_record_owe(struct lb_record *r, struct lb_box *box, const struct lb_owed *o)
{
	bool now;

	scoped_guard(spinlock_irqsave, &r->lock) {
		now = !r->runs;
		if (now)
			lb_record_pay(r, box, o);
		else
			lb_record_put_off(r, o);
	}
	if (now && o->kind == LB_RECORD_BUMP)
		lb_wake(box, o->addr, 1);
}

void lb_record_bump(struct lb_box *box, u32 addr)
{
	const struct lb_owed owed = { .kind = LB_RECORD_BUMP, .addr = addr };
	struct lb_record *r = lb_record_of(box);

	if (r)
		return lb_record_owe(r, box, &owed);
	atomic_inc((atomic_t *)lb_record_word(box, addr));
	lb_wake(box, addr, 1);
}

/* Stands for lb_instance_set_ids(). */
void lb_record_set_ids(struct lb_task *t, s32 tid, s32 pid)
{
	const struct lb_owed owed = { LB_RECORD_IDS, t->north, { tid, pid } };
	struct lb_record *r = lb_record_of(t->box);

	if (r)
		lb_record_owe(r, t->box, &owed);
	else
		lb_instance_set_ids(t, tid, pid);
}

static bool lb_record_try(struct lb_record *r)
{
	guard(spinlock_irq)(&r->lock);
	if (r->runs)
		return false;
	r->runs = current;
	return true;
}

static void lb_record_take(struct lb_record *r)
{
	wait_event(r->turn, lb_record_try(r));
}

static void lb_record_give(struct lb_record *r, struct lb_box *box)
{
	struct lb_owed owed;
	bool paid;

	do {
		spin_lock_irq(&r->lock);
		paid = !r->nr_owed;
		if (paid) {
			r->runs = NULL;
		} else {
			owed = r->owed[0];
			memmove(r->owed, r->owed + 1, --r->nr_owed * sizeof(owed));
			lb_record_pay(r, box, &owed);
		}
		spin_unlock_irq(&r->lock);
		if (!paid && owed.kind == LB_RECORD_BUMP)
			lb_wake(box, owed.addr, 1);
	} while (!paid);
	wake_up(&r->turn);
}

/* ---- imports ---- */

/* How many bytes argument p->arg points to. */
static u32 lb_record_length(const struct lb_record_pointer *p, const u64 *arg, s64 ret,
			    const char *at, u64 room)
{
	switch (p->length) {
	case LB_LENGTH_FIXED:
		return p->n;
	case LB_LENGTH_ARG:
		return arg[p->n];
	case LB_LENGTH_RESULT:
		return ret;
	case LB_LENGTH_STRING:
		return min_t(u64, ret + 1, arg[p->n]);
	case LB_LENGTH_NAME:
		return strnlen(at, min_t(u64, p->n, room));
	}
	return 0;
}

/* What the pointers of import @nr that go @way point to. What isn't inside is left out. */
static void lb_record_blocks(struct lb_record *r, struct lb_task *t, enum lb_record_kind kind,
			     u32 nr, const u64 *arg, s64 ret, u8 way)
{
	const struct lb_record_import *import = &lb_record_imports[nr];
	const u8 *at[ARRAY_SIZE(import->pointer)];
	u32 len[ARRAY_SIZE(import->pointer)], total = 0, i;
	void *to;

	for (i = 0; i < import->pointers; i++) {
		const struct lb_record_pointer *p = &import->pointer[i];
		u64 room = t->view.mask + 1 - min_t(u64, arg[p->arg], t->view.mask + 1);

		at[i] = NULL;
		if (!(p->way & way) || ret < 0 || !arg[p->arg])
			continue;
		len[i] = lb_record_length(p, arg, ret, t->view.data + arg[p->arg], room);
		if (len[i] > room)
			continue;
		at[i] = t->view.data + arg[p->arg];
		total += sizeof(struct lb_record_block) + LB_RECORD_PAD(len[i]);
	}
	if (kind == LB_RECORD_CALL)
		total += LB_RECORD_ARGS * sizeof(*arg);
	to = lb_record_event(r, kind, t, nr, ret, total);
	if (!to)
		return;
	memset(to, 0, total);
	if (kind == LB_RECORD_CALL) {
		memcpy(to, arg, LB_RECORD_ARGS * sizeof(*arg));
		to += LB_RECORD_ARGS * sizeof(*arg);
	}
	for (i = 0; i < import->pointers; i++) {
		if (!at[i])
			continue;
		*(struct lb_record_block *)to =
			(struct lb_record_block){ import->pointer[i].arg, len[i] };
		to += sizeof(struct lb_record_block);
		memcpy(to, at[i], len[i]);
		to += LB_RECORD_PAD(len[i]);
	}
	lb_record_done(r, to);
}

void lb_record_call(struct w2c_south *caller, unsigned int nr, const u64 *arg)
{
	struct lb_task *t = (struct lb_task *)caller;
	struct lb_record *r = lb_record_of(t->box);

	if (!r)
		return;
	lb_record_blocks(r, t, LB_RECORD_CALL, nr, arg, 0, LB_POINTER_IN);
	lb_record_give(r, t->box);
}

void lb_record_return(struct w2c_south *caller, unsigned int nr, const u64 *arg, s64 ret)
{
	struct lb_task *t = (struct lb_task *)caller;
	struct lb_record *r = lb_record_of(t->box);

	if (!r)
		return;
	lb_record_take(r);
	lb_record_blocks(r, t, LB_RECORD_RETURN, nr, arg, ret, LB_POINTER_OUT);
}

/* The allocator's own: nobody else of a recorded box runs meanwhile. */
void w2c_south_heap_lock(struct w2c_south *caller, u32 word)
{
	w2c_south_lock(caller, word);
}

void w2c_south_heap_unlock(struct w2c_south *caller, u32 word)
{
	w2c_south_unlock(caller, word);
}

void w2c_south_heap_refused(struct w2c_south *caller, u32 nr)
{
	struct lb_task *t = (struct lb_task *)caller;
	struct lb_record *r = lb_record_of(t->box);

	if (r)
		lb_record_plain(r, LB_RECORD_REFUSED, t, 0, nr, NULL, 0);
}

/* ---- entries and traps ---- */

static void lb_record_enter(w2c_north *w, enum lb_record_entry nr, const u64 *arg)
{
	struct lb_task *t = ((struct lb_instance *)w)->task;
	struct lb_record *r = lb_record_of(t->box);

	if (!r)
		return;
	lb_record_take(r);
	lb_record_plain(r, LB_RECORD_ENTER, t, nr, t->north, arg, LB_RECORD_ARGS * sizeof(*arg));
}

static u64 lb_record_leave(w2c_north *w, enum lb_record_entry nr, u64 ret)
{
	struct lb_task *t = ((struct lb_instance *)w)->task;
	struct lb_record *r = lb_record_of(t->box);

	if (r) {
		lb_record_plain(r, LB_RECORD_LEAVE, t, nr, ret, NULL, 0);
		lb_record_give(r, t->box);
	}
	return ret;
}

/* Is a box that boots one that somebody waits for? */
static void lb_record_start(const struct lb_box *box)
{
	struct lb_record *r;
	char *to, *at;
	u32 i, len = 0;

	guard(mutex)(&lb_records_lock);
	list_for_each_entry(r, &lb_records, node)
		if (r->box == box->id)
			break;
	if (list_entry_is_head(r, &lb_records, node) || r->booted)
		return;
	for (i = 0; i < lb_record_nr_imports; i++)
		len += 1 + strlen(lb_record_imports[i].name);
	to = lb_record_event(r, LB_RECORD_START, NULL, 0, LB_RECORD_MAGIC, len);
	memset(to, 0, LB_RECORD_PAD(len));
	for (at = to, i = 0; i < lb_record_nr_imports; i++) {
		*at++ = ' ';
		at = memcpy(at, lb_record_imports[i].name, strlen(lb_record_imports[i].name));
		at += strlen(lb_record_imports[i].name);
	}
	lb_record_done(r, to + LB_RECORD_PAD(len));
	WRITE_ONCE(r->booted, true);
}

#define LB_RECORDED(w, nr, call, ...) ({					\
	const u64 arg_[LB_RECORD_ARGS] = { __VA_ARGS__ };			\
	lb_record_enter(w, nr, arg_);						\
	lb_record_leave(w, nr, call);						\
})

/* Each stands for the w2c_north_ function of its name in confine/instance.c. */
u32 lb_record_north_boot(w2c_north *w)
{
	lb_record_start(((struct lb_instance *)w)->task->box);
	return LB_RECORDED(w, LB_ENTRY_BOOT, (s32)w2c_north_north_boot(w), 0);
}

u64 lb_record_north_enter(w2c_north *w, u32 tid, u32 pid, u32 in, u32 out, u32 err)
{
	return LB_RECORDED(w, LB_ENTRY_ENTER, w2c_north_north_enter(w, tid, pid, in, out, err),
			   tid, pid, in, out, err);
}

u64 lb_record_north_syscall(w2c_north *w, u32 nr, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	return LB_RECORDED(w, LB_ENTRY_SYSCALL,
			   w2c_north_north_syscall(w, nr, a, b, c, d, e, f),
			   nr, a, b, c, d, e, f);
}

u32 lb_record_north_exec(w2c_north *w, u32 dirfd, u64 path, u32 flags)
{
	return LB_RECORDED(w, LB_ENTRY_EXEC, (s32)w2c_north_north_exec(w, dirfd, path, flags),
			   dirfd, path, flags);
}

u32 lb_record_north_exec_finish(w2c_north *w)
{
	return LB_RECORDED(w, LB_ENTRY_EXEC_FINISH, (s32)w2c_north_north_exec_finish(w), 0);
}

void lb_record_north_clone_abort(w2c_north *w, u32 child)
{
	LB_RECORDED(w, LB_ENTRY_CLONE_ABORT, (w2c_north_north_clone_abort(w, child), 0), child);
}

void lb_record_north_exit(w2c_north *w, u32 last)
{
	LB_RECORDED(w, LB_ENTRY_EXIT, (w2c_north_north_exit(w, last), 0), last);
}

static bool lb_record_limit(int trap)
{
	return trap == LB_TRAP_STACK || trap == LB_TRAP_FUEL || trap == LB_TRAP_KILLED;
}

static noinline void lb_record_trap(struct lb_task *t, int trap)
{
	struct lb_record *r = lb_record_of(t->box);

	if (!r)
		return;
	if (READ_ONCE(r->runs) != current)
		lb_record_take(r);
	lb_record_plain(r, LB_RECORD_TRAP, t, trap, lb_record_limit(trap), lb_trap_names[trap],
			strlen(lb_trap_names[trap]));
	lb_record_give(r, t->box);
}

/*
 * Stands for lb_longjmp(): a trap in a turn, or in an import. Without variables on its
 * stack, as nobody returns to clear what KASAN puts around them.
 */
void lb_record_longjmp(struct lb_jmpbuf *buf, int trap)
{
	lb_record_trap(container_of(buf, struct lb_instance, trap)->task, trap);
	lb_longjmp(buf, trap);
}

static void lb_record_end(struct lb_record *r)
{
	lb_record_plain(r, LB_RECORD_END, NULL, r->full, 0, NULL, 0);
	WRITE_ONCE(r->over, true);
	wake_up(&r->more);
	list_del_rcu(&r->node);
	kref_put(&r->refs, lb_record_free);
}

/* Stands for lb_event_end(): the box has neither tasks nor streams any more. */
void lb_record_event_end(struct lb_box *box)
{
	struct lb_record *r, *next;

	scoped_guard(mutex, &lb_records_lock)
		list_for_each_entry_safe(r, next, &lb_records, node)
			if (r->box == box->id)
				lb_record_end(r);
	lb_event_end(box);
}

/* ---- /dev/litebox-record ---- */

static int lb_record_open(struct inode *inode, struct file *file)
{
	struct lb_record *r = kzalloc(sizeof(*r), GFP_KERNEL);

	if (!r)
		return -ENOMEM;
	r->data = vmalloc(LB_RECORD_SIZE);
	if (!r->data) {
		kfree(r);
		return -ENOMEM;
	}
	INIT_LIST_HEAD(&r->node);
	kref_init(&r->refs);
	spin_lock_init(&r->lock);
	init_waitqueue_head(&r->turn);
	init_waitqueue_head(&r->more);
	file->private_data = r;
	return 0;
}

static int lb_record_release(struct inode *inode, struct file *file)
{
	struct lb_record *r = file->private_data;

	kref_put(&r->refs, lb_record_free);
	return 0;
}

static ssize_t lb_record_write(struct file *file, const char __user *from, size_t n, loff_t *pos)
{
	struct lb_record *r = file->private_data;
	u32 box;
	int err = kstrtou32_from_user(from, n, 10, &box);

	if (err)
		return err;
	guard(mutex)(&lb_records_lock);
	if (r->box || !box)
		return -EINVAL;
	r->box = box;
	kref_get(&r->refs);
	list_add_tail_rcu(&r->node, &lb_records);
	return n;
}

/* How much there is to read. */
static size_t lb_record_used(const struct lb_record *r)
{
	/* Pairs with lb_record_done(). */
	return smp_load_acquire(&r->used);
}

static ssize_t lb_record_read(struct file *file, char __user *to, size_t n, loff_t *pos)
{
	struct lb_record *r = file->private_data;

	if (wait_event_interruptible(r->more, lb_record_used(r) > *pos || READ_ONCE(r->over)))
		return -ERESTARTSYS;
	return simple_read_from_buffer(to, n, pos, r->data, lb_record_used(r));
}

static const struct file_operations lb_record_fops = {
	.owner = THIS_MODULE,
	.open = lb_record_open,
	.release = lb_record_release,
	.read = lb_record_read,
	.write = lb_record_write,
};

static struct miscdevice lb_record_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "litebox-record",
	.fops = &lb_record_fops,
	.mode = 0600,
};

/* Stand for lb_confine_init() and lb_confine_exit(). */
int lb_record_init(void)
{
	int err = lb_confine_init();

	if (err)
		return err;
	err = misc_register(&lb_record_device);
	if (err)
		lb_confine_exit();
	return err;
}

void lb_record_exit(void)
{
	struct lb_record *r, *next;

	misc_deregister(&lb_record_device);
	list_for_each_entry_safe(r, next, &lb_records, node)
		lb_record_end(r);
	lb_confine_exit();
}
