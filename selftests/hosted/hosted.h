/* SPDX-License-Identifier: GPL-2.0 */
/*
 * North in user space: what a test may ask of the hosted South, and North's
 * entries. A test is its own guest: user memory is the process's memory, and a
 * system call of the box is north(SYS_xxx, ...).
 */
#ifndef HOSTED_H
#define HOSTED_H

#ifndef NORTH_TYPES_H
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
#endif
#include "../../module/south/south.h"

struct task;
extern _Thread_local struct task *north_current;

/*
 * Before hosted_boot(): a line of south_config(). Where no line begins with
 * "root", the box gets what fs_boot() makes of that.
 */
void hosted_config(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A handle for a host directory, for "root" and "bind" lines; with @writable changes are let through. */
s32 hosted_place(const char *path, int writable);
/* A handle for a descriptor of the test, which is duplicated. */
s32 hosted_stream(int fd);

/*
 * Boots the box and enters its first process with the test's descriptors 0..2
 * as streams; the calling thread becomes it. Its ids are the test's own. Aborts on failure.
 */
struct task *hosted_boot(void);
/* A further process from outside, as lbctl exec makes it. The caller doesn't become it. */
struct task *hosted_enter(s32 tid, s32 pid);

/*
 * What the last fork, vfork, clone or clone3 of the calling thread asked for now
 * happens: the child, with these ids. NULL if nothing was asked for.
 */
struct task *hosted_child(s32 tid, s32 pid);
/* The other outcome: the native clone failed. */
void hosted_child_fails(void);
/* The calling thread runs @task from now on. */
void hosted_become(struct task *task);
/* @task exits; its address is gone afterwards. Whose turn it was before stays current. */
void hosted_exit(struct task *task);
/* As if a signal had come in for @task: waits end with -EINTR until it is cleared. */
void hosted_signal(struct task *task, int pending);
/* South's facts about a task, for changing. */
struct south_task *hosted_task(s32 tid);
/* What North last said with south_fact() about call @nr; SOUTH_NO_FACT if nothing. */
s32 hosted_fact(u32 nr);
/* What North last said of its being a subreaper; -1: nothing. */
extern s32 hosted_subreaper;
/* Did North say that it wants to see all calls of thread @tid? */
int hosted_filtered(s32 tid);
/* Process @pid, which has exited, has been waited for. */
void hosted_reaped(s32 pid);
/* What North last said with south_sigmask(). */
struct hosted_sigmask {
	u64 mask;
	u32 how, count;
};
extern struct hosted_sigmask hosted_last_sigmask;
/* What North sent with south_signal(): the last one. */
struct hosted_signal {
	u32 kind;
	s32 id;
	u32 sig;
	u32 count;
	u32 told;			/* with siginfo: */
	char info[SOUTH_SIGINFO_SIZE];
};
extern struct hosted_signal hosted_last_signal;
/* There is no room for signals with siginfo. */
extern int hosted_signals_full;
/* What North last set with south_timer(), and what it is told of overruns. */
struct hosted_timer {
	struct south_timer timer;
	u32 count, overrun;
};
extern struct hosted_timer hosted_last_timer;

/* execveat: north_exec(), and north_exec_finish() if @finish. The errno of the first that fails. */
s32 hosted_exec(s32 dirfd, const char *path, const char *const *argv, u32 flags, int finish);
s32 hosted_exec_finish(void);
/* The arguments as South has them after hosted_exec(); a NULL ends them. */
extern char *hosted_argv[64];
extern struct south_exec hosted_committed;

/* How many handles are open: for finding leaks. */
u32 hosted_handles(void);
/* Makes the @n'th allocation from now fail, and all after it; 0: none. In sanitizer builds only. */
void hosted_fail_alloc(u32 n);

/* A system call of the box, which must come back without locks. */
#ifndef HOSTED_PLAIN_COPIES
s64 hosted_call(u32 nr, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f);
#else
#define hosted_call north_syscall
#endif
#define north(nr, ...) north_(nr, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define north_(nr, a, b, c, d, e, f, ...) \
	hosted_call(nr, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e), (u64)(f))

#endif
