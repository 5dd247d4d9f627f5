// SPDX-License-Identifier: GPL-2.0
/*
 * Boxed tasks: a thread each, so that a debugger shows where every one of them is. Only
 * the one whose event is next runs; it hands the turn on when the next one is another's.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "replay.h"

#define STACK_SIZE (1u << 20)

struct actor {
	struct actor *next;
	u32 key;		/* the record's */
	u32 number;		/* for people */
	pthread_t thread;
	pthread_cond_t turn;
	int runs;		/* it is its turn; baton */
	struct task *north;	/* its North task */
	sigjmp_buf out;		/* out of North, on a trap */
};

struct task;
extern _Thread_local struct task *north_current;

static pthread_mutex_t baton = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t end = PTHREAD_COND_INITIALIZER;
static int ended;
static struct actor *actors;
static struct actor *volatile runner;
static _Thread_local struct actor *me;
struct replay_counts replay_counts;

static const char *const entry_names[LB_NR_ENTRIES] = {
	"north_boot", "north_enter", "north_syscall", "north_exec", "north_exec_finish",
	"north_clone_abort", "north_exit",
};

u32 replay_turn(void)
{
	return runner ? runner->number : 0;
}

void replay_interrupt(int sig)
{
	pthread_mutex_lock(&baton);
	if (runner)
		pthread_kill(runner->thread, sig);
	pthread_mutex_unlock(&baton);
}

static const char *describe(const struct lb_record_event *e)
{
	static _Thread_local char text[160];
	const char *who = me && e->task == me->key ? "it" : "another task";

	switch (e->kind) {
	case LB_RECORD_ENTER:
		snprintf(text, sizeof(text), "%s enters %s", who, entry_names[e->nr]);
		break;
	case LB_RECORD_LEAVE:
		snprintf(text, sizeof(text), "%s returns %lld from %s", who, (s64)e->value,
			 entry_names[e->nr]);
		break;
	case LB_RECORD_CALL:
		snprintf(text, sizeof(text), "%s calls south_%s", who,
			 lb_record_imports[e->nr].name);
		break;
	case LB_RECORD_TRAP:
		snprintf(text, sizeof(text), "%s traps: %.*s", who, (int)e->len,
			 (const char *)record_data(e));
		break;
	case LB_RECORD_END:
		return "the box ends";
	default:
		snprintf(text, sizeof(text), "event of kind %u", e->kind);
	}
	return text;
}

/* ---- whose turn it is ---- */

static void *actor_main(void *arg);

static struct actor *actor_new(u32 key)
{
	struct actor *a = calloc(1, sizeof(*a));
	pthread_attr_t attr;
	char name[16];

	if (!a)
		replay_fail("no memory");
	a->key = key;
	a->number = ++replay_counts.tasks;
	pthread_cond_init(&a->turn, NULL);
	a->next = actors;
	actors = a;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	if (pthread_create(&a->thread, &attr, actor_main, a))
		replay_fail("no thread for task %u", a->number);
	pthread_attr_destroy(&attr);
	snprintf(name, sizeof(name), "task %u", a->number);
	pthread_setname_np(a->thread, name);
	return a;
}

static struct actor *actor_of(u32 key)
{
	struct actor *a = actors;

	while (a && a->key != key)
		a = a->next;
	return a ?: actor_new(key);
}

/* What South wrote into North's memory by itself. */
static void write_words(const struct lb_record_event *e)
{
	u32 *word = address_native(e->value);

	if (e->kind == LB_RECORD_BUMP) {
		++*word;
	} else {
		/* A pointer, then its ids: struct task of North. */
		memcpy((char *)word + sizeof(void *), record_data(e), 2 * sizeof(s32));
	}
}

/* With the baton: the turn goes to the owner of the next event. NULL: there is none. */
static struct actor *hand_on(void)
{
	while (record_at->kind == LB_RECORD_BUMP || record_at->kind == LB_RECORD_IDS) {
		write_words(record_at);
		record_at = record_behind(record_at);
	}
	if (record_at->kind == LB_RECORD_END) {
		runner = NULL;
		ended = 1;
		pthread_cond_signal(&end);
		return NULL;
	}
	runner = actor_of(record_at->task);
	runner->runs = 1;
	pthread_cond_signal(&runner->turn);
	return runner;
}

/* Until an event of the calling task is next. */
static void await_turn(void)
{
	pthread_mutex_lock(&baton);
	me->runs = 0;
	hand_on();
	while (!me->runs)
		pthread_cond_wait(&me->turn, &baton);
	pthread_mutex_unlock(&baton);
}

void replay_run(void)
{
	pthread_mutex_lock(&baton);
	hand_on();
	while (!ended)
		pthread_cond_wait(&end, &baton);
	pthread_mutex_unlock(&baton);
}

static const struct lb_record_event *take(void)
{
	const struct lb_record_event *e = record_at;

	record_at = record_behind(e);
	return e;
}

/* What the allocator refused stands in the middle of a turn; it is known already. */
static void skip_refused(void)
{
	while (record_at->kind == LB_RECORD_REFUSED)
		record_at = record_behind(record_at);
}

/* ---- imports ---- */

static void __attribute__((noreturn)) trap(void)
{
	const struct lb_record_event *e = take();

	snprintf(replay_counts.trap, sizeof(replay_counts.trap), "%.*s", (int)e->len,
		 (const char *)record_data(e));
	replay_trap(e);
	siglongjmp(me->out, 1);
}

static int is_mine(u32 kind)
{
	return record_at->kind == kind && record_at->task == me->key;
}

static void compare_bytes(const struct lb_record_import *import, u32 arg,
			  const struct lb_record_block *b, const u8 *native)
{
	const u8 *recorded = (const u8 *)(b + 1);
	u32 len = b->len;

	/* The child's address comes last. */
	if (!strcmp(import->name, "clone"))
		len = offsetof(struct south_clone, child);
	for (u32 i = 0; i < len; i++) {
		if (native[i] == recorded[i])
			continue;
		replay_diverged("task %u calls south_%s, argument %u, byte %u of %u: %#x, recorded %#x",
				me->number, import->name, arg, i, len, native[i], recorded[i]);
	}
}

static void compare_call(const struct lb_record_event *e, const u64 *arg)
{
	const struct lb_record_import *import = &lb_record_imports[e->nr];
	const u64 *recorded = record_data(e);
	u32 pointers = 0;

	for (u32 i = 0; i < import->pointers; i++) {
		const struct lb_record_pointer *p = &import->pointer[i];
		const struct lb_record_block *b = record_block(e, p->arg);

		pointers |= 1u << p->arg;
		if (!arg[p->arg] != !recorded[p->arg])
			replay_diverged("task %u calls south_%s, argument %u: NULL or not",
					me->number, import->name, p->arg);
		if (b)
			compare_bytes(import, p->arg, b, (void *)(unsigned long)arg[p->arg]);
	}
	for (u32 i = 0; i < import->args; i++)
		if (!(pointers & 1u << i) && arg[i] != recorded[i])
			replay_diverged("task %u calls south_%s, argument %u: %#llx, recorded %#llx",
					me->number, import->name, i, arg[i], recorded[i]);
}

/* Words and tasks that South will write to. */
static void bind_addresses(const struct lb_record_event *e, const u64 *arg)
{
	const struct lb_record_import *import = &lb_record_imports[e->nr];
	const u64 *recorded = record_data(e);
	const struct south_clone *native, *then;
	const struct lb_record_block *b;

	if (!strcmp(import->name, "poll") && arg[2])
		address_bind(recorded[2], (void *)(unsigned long)arg[2]);
	b = record_block(e, 0);
	if (strcmp(import->name, "clone") || !b)
		return;
	then = (const void *)(b + 1);
	native = (const void *)(unsigned long)arg[0];
	address_bind(then->child, (void *)((unsigned long)native->pad << 32 | native->child));
}

static void fill(const struct lb_record_event *e, const u64 *arg)
{
	const struct lb_record_import *import = &lb_record_imports[e->nr];

	for (u32 i = 0; i < import->pointers; i++) {
		const struct lb_record_block *b = record_block(e, import->pointer[i].arg);

		if (b)
			memcpy((void *)(unsigned long)arg[b->arg], b + 1, b->len);
	}
}

s64 replay_import(u32 nr, const u64 *arg)
{
	const struct lb_record_event *e;

	skip_refused();
	/* Here a task that was killed is out of North at last. */
	if (is_mine(LB_RECORD_TRAP) && record_at->value)
		trap();
	if (!is_mine(LB_RECORD_CALL) || record_at->nr != nr)
		replay_diverged("task %u calls south_%s, in the record %s", me->number,
				lb_record_imports[nr].name, describe(record_at));
	compare_call(record_at, arg);
	bind_addresses(record_at, arg);
	take();
	replay_counts.imports++;
	await_turn();
	if (is_mine(LB_RECORD_TRAP))
		trap();
	if (!is_mine(LB_RECORD_RETURN) || record_at->nr != nr)
		replay_diverged("task %u is in south_%s, in the record %s", me->number,
				lb_record_imports[nr].name, describe(record_at));
	e = take();
	fill(e, arg);
	return e->value;
}

/* ---- entries ---- */

static s64 enter(u32 entry, const u64 *a)
{
	switch (entry) {
	case LB_ENTRY_BOOT:
		return north_boot();
	case LB_ENTRY_ENTER:
		return north_enter(a[0], a[1], a[2], a[3], a[4]);
	case LB_ENTRY_SYSCALL:
		return north_syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
	case LB_ENTRY_EXEC:
		return north_exec(a[0], a[1], a[2]);
	case LB_ENTRY_EXEC_FINISH:
		return north_exec_finish();
	case LB_ENTRY_CLONE_ABORT:
		north_clone_abort(address_native(a[0]));
		return 0;
	default:
		north_exit(a[0]);
		return 0;
	}
}

/* The entry returned @ret: so it did in the record. */
static void leave(const struct lb_record_event *e, s64 ret)
{
	const u64 *a = record_data(e);
	s64 then;

	skip_refused();
	if (is_mine(LB_RECORD_TRAP) && record_at->value)
		trap();
	if (!is_mine(LB_RECORD_LEAVE))
		replay_diverged("task %u returns %lld from %s (%llu), in the record %s", me->number,
				ret, entry_names[e->nr], a[0], describe(record_at));
	then = take()->value;
	if (e->nr == LB_ENTRY_ENTER && then > 0 && (ret > 0 || ret < -4095)) {
		address_bind(then, (void *)(unsigned long)ret);
		return;
	}
	if (ret != then)
		replay_diverged("task %u returns %lld from %s (%llu), recorded %lld", me->number,
				ret, entry_names[e->nr], a[0], then);
}

/* One call of North. Whether it was the task's last. */
static int act(const struct lb_record_event *e)
{
	north_current = e->value ? address_native(e->value) : NULL;
	if (sigsetjmp(me->out, 0))
		return 1;
	leave(e, enter(e->nr, record_data(e)));
	return e->nr == LB_ENTRY_EXIT;
}

static void actor_free(struct actor *a)
{
	struct actor **p = &actors;

	while (*p != a)
		p = &(*p)->next;
	*p = a->next;
	pthread_cond_destroy(&a->turn);
	free(a);
}

static void *actor_main(void *arg)
{
	int over;

	me = arg;
	pthread_detach(pthread_self());
	pthread_mutex_lock(&baton);
	while (!me->runs)
		pthread_cond_wait(&me->turn, &baton);
	pthread_mutex_unlock(&baton);
	for (;;) {
		if (!is_mine(LB_RECORD_ENTER))
			replay_diverged("task %u is outside of North, in the record %s", me->number,
					describe(record_at));
		replay_counts.entries++;
		over = act(take());
		if (over)
			break;
		await_turn();
	}
	/* The record may know another task by the same key from now on. */
	pthread_mutex_lock(&baton);
	actor_free(me);
	hand_on();
	pthread_mutex_unlock(&baton);
	return NULL;
}
