// SPDX-License-Identifier: GPL-2.0
/*
 * The hosted South's tasks: what it knows of them, how they sleep, fork, execute
 * and end; and the facts about host and box. The rest is in south.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "hosted.h"
#include "south_private.h"

/* ---- tasks and how they sleep ---- */

/* struct fake_task - what South knows of a boxed thread. */
struct fake_task {
	struct fake_task *next;
	struct task *north;
	struct south_task facts;
	s32 answers[512];
	int signalled, filtered;
	struct hosted_wait *wait;
	char comm[16];
};

struct hosted_wait {
	struct hosted_wait *next;
	u32 *word;
	int woken;
	pthread_cond_t cond;
};

static pthread_mutex_t wait_lock = PTHREAD_MUTEX_INITIALIZER;
static struct hosted_wait *waits;
static struct fake_task *fake_tasks;

/* North's first words, natively. */
struct north_words {
	unsigned long stack_top;
	s32 tid, pid;
};

static struct fake_task *fake_find(s32 tid)
{
	struct fake_task *t;

	if (!tid) {
		for (t = fake_tasks; t; t = t->next)
			if (t->north == north_current)
				return t;
		return NULL;
	}
	for (t = fake_tasks; t; t = t->next)
		if (t->facts.tid == tid)
			return t;
	return NULL;
}

int hosted_task_exists(s32 tid)
{
	int exists;

	private_lock(&wait_lock);
	exists = fake_find(tid) != NULL;
	private_unlock(&wait_lock);
	return exists;
}

static struct fake_task *fake_current(void)
{
	struct fake_task *t;

	private_lock(&wait_lock);
	t = fake_find(0);
	private_unlock(&wait_lock);
	return t;
}

s32 south_wait(u32 *word, u32 val, s64 deadline, u32 flags)
{
	struct hosted_wait w = { .word = word }, **p;
	struct fake_task *me = fake_current();
	pthread_condattr_t attr;
	s32 err = 0;

	hosted_may_wait();
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w.cond, &attr);
	private_lock(&wait_lock);
	if (*(volatile u32 *)word != val) {
		private_unlock(&wait_lock);
		return -EAGAIN;
	}
	w.next = waits;
	waits = &w;
	if (me)
		me->wait = &w;
	while (!w.woken && !err) {
		if (me && me->signalled && (flags & SOUTH_WAIT_INTR)) {
			err = -EINTR;
		} else if (deadline < 0) {
			UNSEEN(pthread_cond_wait(&w.cond, &wait_lock));
		} else {
			struct timespec ts = { deadline / 1000000000, deadline % 1000000000 };

			if (UNSEEN(pthread_cond_timedwait(&w.cond, &wait_lock, &ts)) == ETIMEDOUT && !w.woken)
				err = -ETIMEDOUT;
		}
	}
	for (p = &waits; *p != &w; p = &(*p)->next)
		;
	*p = w.next;
	if (me)
		me->wait = NULL;
	private_unlock(&wait_lock);
	pthread_cond_destroy(&w.cond);
	return w.woken ? 0 : err;
}

s32 south_wake(u32 *word, u32 n)
{
	u32 woken = 0;

	private_lock(&wait_lock);
	for (struct hosted_wait *w = waits; w && woken < n; w = w->next) {
		if (w->word != word || w->woken)
			continue;
		w->woken = 1;
		woken++;
		UNSEEN(pthread_cond_signal(&w->cond));
	}
	private_unlock(&wait_lock);
	return woken;
}

void hosted_signal(struct task *task, int pending)
{
	private_lock(&wait_lock);
	for (struct fake_task *t = fake_tasks; t; t = t->next) {
		if (t->north != task)
			continue;
		t->signalled = pending;
		if (pending && t->wait)
			UNSEEN(pthread_cond_signal(&t->wait->cond));
	}
	private_unlock(&wait_lock);
}

s32 south_signal_pending(void)
{
	struct fake_task *t = fake_current();

	return t && t->signalled;
}

/* Masks do nothing here but be remembered: signals are the test's to make. */
struct hosted_sigmask hosted_last_sigmask;

s32 south_sigmask(u64 mask, u32 how)
{
	if (how > 1)
		return -EINVAL;
	hosted_last_sigmask.mask = mask;
	hosted_last_sigmask.how = how;
	hosted_last_sigmask.count++;
	return 0;
}

/* ---- exec ---- */

char *hosted_argv[64];
struct south_exec hosted_committed;
static _Thread_local int in_exec, in_finish;

static u32 argc(void)
{
	u32 n = 0;

	while (hosted_argv[n])
		n++;
	return n;
}

s32 south_exec_pop(void)
{
	if (!in_exec)
		return -EINVAL;
	if (hosted_argv[0]) {
		free(hosted_argv[0]);
		memmove(hosted_argv, hosted_argv + 1, argc() * sizeof(*hosted_argv));
	}
	return 0;
}

s32 south_exec_push(const char *s, u32 len)
{
	u32 n = argc();

	if (!in_exec)
		return -EINVAL;
	if (n + 2 > ARRAY_SIZE(hosted_argv))
		return -E2BIG;
	memmove(hosted_argv + 1, hosted_argv, (n + 1) * sizeof(*hosted_argv));
	hosted_argv[0] = strndup(s, len);
	return 0;
}

s32 south_exec_commit(const struct south_exec *e)
{
	if (!in_finish)
		return -EINVAL;
	if (!memchr(e->execfn, 0, sizeof(e->execfn)) || !memchr(e->comm, 0, sizeof(e->comm)))
		die("exec_commit: a string without end");
	hosted_committed = *e;
	return 0;
}

/* Where a program goes: nothing of the test or of a sanitizer is there. */
#ifdef HOSTED_ASAN
#define LAYOUT 0x200000000000ull
#else
#define LAYOUT 0x10000000000ull
#endif

u64 south_exec_layout(u64 len)
{
	return LAYOUT + (rand() & 0xffff) * 4096ull;
}

#ifndef hosted_call
s64 hosted_call(u32 nr, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	s64 r = north_syscall(nr, a, b, c, d, e, f);

	hosted_returns();
	return r;
}
#endif

s32 hosted_exec_finish(void)
{
	s32 err;

	in_finish = 1;
	err = north_exec_finish();
	hosted_returns();
	in_finish = 0;
	return err;
}

s32 hosted_exec(s32 dirfd, const char *path, const char *const *argv, u32 flags, int finish)
{
	s32 err;

	while (hosted_argv[0]) {
		in_exec = 1;
		south_exec_pop();
	}
	for (u32 n = 0; argv && argv[n]; n++) {
		hosted_argv[n] = strdup(argv[n]);
		hosted_argv[n + 1] = NULL;
	}
	in_exec = 1;
	err = north_exec(dirfd, (u64)path, flags);
	hosted_returns();
	in_exec = 0;
	if (err == SOUTH_EXEC_HIDDEN)
		err = 0;
	return !err && finish ? hosted_exec_finish() : err;
}

/* ---- life of tasks ---- */

static _Thread_local struct south_clone asked;
/* Whose call asked for a child that is neither there yet nor given up. */
static _Thread_local struct task *asker;
struct hosted_signal hosted_last_signal;
int hosted_signals_full;

static struct fake_task *fake_new(struct task *north, s32 tid, s32 pid, struct fake_task *parent)
{
	struct fake_task *t = calloc(1, sizeof(*t));

	for (u32 i = 0; i < ARRAY_SIZE(t->answers); i++)
		t->answers[i] = SOUTH_NO_FACT;
	t->north = north;
	t->facts = (struct south_task){
		.tid = tid, .pid = pid, .ppid = getppid(), .pgid = getpgrp(), .sid = getsid(0),
		.state = 'R', .threads = 1, .start = 1000000000,
		.vsize = 1 << 24, .rss = 1 << 20, .peak_rss = 1 << 20,
		.file_rss = 1 << 18, .nvcsw = 2, .nivcsw = 1, .ran = 1500000, .runs = 3,
	};
	for (u32 i = 0; i < 16; i++) {
		struct rlimit r;

		if (getrlimit(i, &r))
			continue;
		t->facts.rlim_cur[i] = r.rlim_cur;
		t->facts.rlim_max[i] = r.rlim_max;
	}
	private_lock(&wait_lock);
	if (parent) {
		t->facts = parent->facts;
		memcpy(t->answers, parent->answers, sizeof(t->answers));
		t->facts.tid = tid;
		t->facts.pid = pid;
		if (pid != parent->facts.pid)
			t->facts.ppid = parent->facts.pid;
	}
	t->next = fake_tasks;
	fake_tasks = t;
	private_unlock(&wait_lock);
	return t;
}

extern u32 tasks_lock;

s32 south_clone(const struct south_clone *c)
{
	if (asker)
		die("south_clone twice before the first one happened");
	asked = *c;
	asker = north_current;
	return 0;
}

struct task *hosted_child(s32 tid, s32 pid)
{
	struct task *child = (struct task *)(unsigned long)asked.child;
	struct north_words *w;

	if (!asker)
		return NULL;
	asker = NULL;
#if __SIZEOF_POINTER__ == 8
	child = (struct task *)((unsigned long)asked.pad << 32 | asked.child);
#endif
	fake_new(child, tid, pid, fake_current());
	/* The real South writes them whenever it likes; here no sanitizer shall see a race. */
	south_lock(&tasks_lock);
	w = (void *)child;
	w->tid = tid;
	w->pid = pid;
	south_unlock(&tasks_lock);
	return child;
}

void hosted_child_fails(void)
{
	struct task *before = north_current;

	if (!asker)
		return;
	north_current = asker;
	asker = NULL;
	north_clone_abort((void *)((unsigned long)asked.pad << 32 | asked.child));
	hosted_returns();
	north_current = before;
}

void hosted_become(struct task *task)
{
	north_current = task;
}

void hosted_exit(struct task *task)
{
	struct task *before = north_current;
	struct fake_task **p, *t, *other;

	/* As South does: what a task prepared goes before it does. */
	if (asker == task)
		hosted_child_fails();
	north_current = task;
	private_lock(&wait_lock);
	t = fake_find(0);
	for (other = fake_tasks; other; other = other->next)
		if (other != t && other->facts.pid == t->facts.pid)
			break;
	private_unlock(&wait_lock);
	north_exit(!other);
	hosted_returns();
	private_lock(&wait_lock);
	for (p = &fake_tasks; *p != t; p = &(*p)->next)
		;
	*p = t->next;
	private_unlock(&wait_lock);
	if (!other)
		hosted_process_exited(t->facts.pid);
	free(t);
	north_current = before == task ? NULL : before;
}

struct south_task *hosted_task(s32 tid)
{
	struct fake_task *t = fake_find(tid);

	return t ? &t->facts : NULL;
}

s32 hosted_fact(u32 nr)
{
	struct fake_task *t = fake_current();

	return t ? t->answers[nr] : SOUTH_NO_FACT;
}

s32 south_task(s32 tid, struct south_task *out)
{
	struct fake_task *t;
	s32 err = -ESRCH;

	private_lock(&wait_lock);
	t = fake_find(tid);
	if (t) {
		*out = t->facts;
		err = 0;
	}
	private_unlock(&wait_lock);
	return err;
}

s32 south_signal(u32 kind, s32 id, u32 sig, const void *info)
{
	u32 plain = kind & ~SOUTH_SIGNAL_USER;
	s32 err = kind == SOUTH_SIGNAL_SYS ? 0 : -ESRCH;

	if (sig > 64 || (info && (!sig || kind > SOUTH_SIGNAL_PROCESS)))
		return -EINVAL;
	if (info && hosted_signals_full)
		return -EAGAIN;
	private_lock(&wait_lock);
	for (struct fake_task *t = fake_tasks; t && err; t = t->next)
		if (plain == SOUTH_SIGNAL_THREAD ? t->facts.tid == id || (!id && t->north == north_current) :
		    plain == SOUTH_SIGNAL_PROCESS ? t->facts.pid == id : t->facts.pgid == id)
			err = 0;
	if (!err && (sig || kind == SOUTH_SIGNAL_SYS)) {
		hosted_last_signal.kind = kind;
		hosted_last_signal.id = id;
		hosted_last_signal.sig = sig;
		hosted_last_signal.count++;
		hosted_last_signal.told = info != NULL;
		if (info)
			memcpy(hosted_last_signal.info, info, SOUTH_SIGINFO_SIZE);
	}
	private_unlock(&wait_lock);
	return err;
}

int hosted_filtered(s32 tid)
{
	struct fake_task *t = fake_find(tid);

	return t && t->filtered;
}

/* Those that are really pending for the thread. */
s32 south_signal_take(u64 mask, void *info)
{
	static const struct timespec now = { 0, 0 };
	char all[128];
	u64 pending;
	int sig;

	mask &= ~(1ull << (SIGKILL - 1) | 1ull << (SIGSTOP - 1));
	if (!info)
		return !syscall(SYS_rt_sigpending, &pending, sizeof(pending)) && pending & mask;
	sig = syscall(SYS_rt_sigtimedwait, &mask, all, &now, sizeof(mask));
	if (sig <= 0)
		return 0;
	memcpy(info, all, SOUTH_SIGINFO_SIZE);
	return sig;
}

s32 south_nice(s32 tid, s32 nice)
{
	struct fake_task *t;
	s32 err = -ESRCH;

	private_lock(&wait_lock);
	t = fake_find(tid);
	if (t) {
		t->facts.nice = nice < 0 ? 0 : nice;
		err = 0;
	}
	private_unlock(&wait_lock);
	return err;
}

void south_comm(const char *name)
{
	struct fake_task *t = fake_current();

	if (strlen(name) > 15)
		die("comm too long");
	if (t)
		strcpy(t->comm, name);
}

s32 hosted_subreaper = -1;

void south_fact(u32 nr, s32 value)
{
	struct fake_task *t = fake_current();

	if (nr == SOUTH_FACT_ALL) {
		private_lock(&wait_lock);
		t = fake_find(value);
		if (t)
			t->filtered = 1;
		private_unlock(&wait_lock);
	} else if (nr == SOUTH_FACT_SUBREAPER) {
		hosted_subreaper = value;
	} else if (t && nr < ARRAY_SIZE(t->answers)) {
		t->answers[nr] = value;
	}
}

/* ---- time, entropy, host, configuration ---- */

s64 south_time(u32 clock)
{
	struct timespec ts;

	if (clock != 0 && clock != 1 && clock != 7)
		return -EINVAL;
	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

void south_entropy(void *dst, u32 len)
{
	for (u32 n = 0; n < len; n += 256)
		if (getentropy((char *)dst + n, len - n < 256 ? len - n : 256))
			die("no entropy");
}

s32 south_host(struct south_host *h)
{
	struct sysinfo s;
	struct utsname u;
	u32 tasks = 0;

	sysinfo(&s);
	uname(&u);
	private_lock(&wait_lock);
	for (struct fake_task *t = fake_tasks; t; t = t->next)
		tasks++;
	private_unlock(&wait_lock);
	memset(h, 0, sizeof(*h));
	h->mem_total = (u64)s.totalram * s.mem_unit;
	h->mem_free = (u64)s.freeram * s.mem_unit;
	h->mem_available = h->mem_free;
	h->mem_limit = h->mem_total;
	h->mem_used = 3 << 20;
	h->mem_anon = h->mem_file = 1 << 20;
	h->swap_total = (u64)s.totalswap * s.mem_unit;
	h->swap_free = (u64)s.freeswap * s.mem_unit;
	for (u32 i = 0; i < 3; i++)
		h->load[i] = s.loads[i];
	h->uptime = south_time(7);
	h->idle = h->uptime;
	h->cpus = sysconf(_SC_NPROCESSORS_ONLN);
	h->cpu_limit = 2;
	h->max_tasks = 4096;
	h->page = 4096;
	h->tasks = tasks;
	h->user_end = 0x7ffffffff000;
	h->hz = 2000000;
	snprintf(h->release, sizeof(h->release), "%.63s", u.release);
	snprintf(h->version, sizeof(h->version), "%.63s", u.version);
	snprintf(h->cpu_model, sizeof(h->cpu_model), "hosted");
	snprintf(h->cpu_vendor, sizeof(h->cpu_vendor), "hosted");
	h->cpu_cache = 1024;
	h->cpu_flags[0] = 1 | 1u << 25 | 1u << 31;
	h->cpu_flags[4] = 1;
	return 0;
}

/* Where the allocator is North's own, it can't be made to fail. */
__attribute__((weak)) void hosted_fail_alloc(u32 n)
{
}

static char *config[32];

void hosted_config(const char *fmt, ...)
{
	u32 n = 0;
	va_list ap;

	while (config[n])
		n++;
	if (n + 1 >= ARRAY_SIZE(config))
		die("too many lines of configuration");
	va_start(ap, fmt);
	if (vasprintf(&config[n], fmt, ap) < 0)
		die("no memory");
	va_end(ap);
}

s32 south_config(u32 index, char *buf, u32 size)
{
	u32 len;

	if (index >= ARRAY_SIZE(config) || !config[index])
		return -ENOENT;
	len = strlen(config[index]);
	if (len + 1 > size)
		return -EINVAL;
	memcpy(buf, config[index], len + 1);
	return len;
}

void south_log(const char *s, u32 len)
{
	fprintf(stderr, "# north: %.*s\n", (int)len, s);
}

struct task *hosted_enter(s32 tid, s32 pid)
{
	struct task *before = north_current;
	s32 in = hosted_stream(0), out = hosted_stream(1), err = hosted_stream(2);
	struct fake_task *fake = fake_new(NULL, tid, pid, NULL);
	s64 t;

	/* What North says of the new task before it has an address counts for it. */
	north_current = NULL;
	t = north_enter(tid, pid, in, out, err);
	hosted_returns();
	if (t < 0 && t > -4096)
		die("north_enter: %s", strerror(-t));
	private_lock(&wait_lock);
	fake->north = (struct task *)(unsigned long)t;
	private_unlock(&wait_lock);
	north_current = before;
	return fake->north;
}

struct task *hosted_boot(void)
{
	s32 err = north_boot();

	hosted_returns();
	if (err)
		die("north_boot: %s", strerror(-err));
	north_current = hosted_enter(syscall(SYS_gettid), getpid());
	return north_current;
}
