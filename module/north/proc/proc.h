/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of this room share: the making and ending of tasks, exec, names of the box. */
#ifndef NORTH_PROC_H
#define NORTH_PROC_H

#include "../task.h"
#include "../fd/file.h"
#include "../fs/fs.h"
#include "../abi/fs.h"

void set_current(struct task *t);

/*
 * task_new - a task that isn't on any list yet. It takes over the references
 * that it is given, also if there is no memory (NULL).
 */
struct task *task_new(struct process *process, struct cred *cred, struct fdtable *files,
		      struct fs_context *fs);
/* task_publish - @parent: whose clone it is, or NULL. */
void task_publish(struct task *t, const struct task *parent);
/* task_drop - all that @t holds, but for its memory; task_free - that, too. */
void task_drop(struct task *t);
void task_free(struct task *t);

/* range_mapped - 0 if all of [start, end) of process @pid (0: own) is mapped, else -ENOMEM. */
s32 range_mapped(s32 pid, u64 start, u64 end);

/* tasks_made - how many the box ever had. */
u64 tasks_made(void);

struct process *process_new(void);
struct process *process_copy(struct process *p);
struct process *process_get(struct process *p);
void process_put(struct process *p);

/* Which tasks there are at one moment: an array to release(), NULL without memory. */
struct task_id {
	s32 tid, pid;
	bool vfork;
};
struct task_id *tasks_snapshot(u32 *count);

/* Its POSIX timers, its AIO contexts are no more: it executes or has ended. */
void process_timers_free(struct process *p);
void process_aio_free(struct process *p);

/* A reference on another task's credentials, by thread id; NULL if there is no such task. */
struct cred *task_cred(s32 tid);
/* The file and path that @p executes from now on; takes both references. */
void process_set_exe(struct process *p, struct file *exe, char *path);
/* May current signal, trace, ... a task with these credentials, apart from capabilities. */
bool cred_same_user(const struct cred *c);

/*
 * ptrace_may_access(): may current look into a task with these credentials, or trace it;
 * by the ids of files for what is a file, else by the real ones.
 */
#define ACCESS_FSCREDS 0
#define ACCESS_REALCREDS 1
bool cred_may_access(const struct cred *c, u32 dumpable, u32 mode);
/* The same of thread @tid; 0, -ESRCH, -EPERM. */
s32 task_may_access(s32 tid, u32 mode);
/* ptracer_capable(): nobody traces current, or somebody who may do so to anybody. */
bool tracer_capable(void);

/* May current send signal @sig to the process or thread @tid? 0, -ESRCH, -EPERM. */
s32 may_signal(s32 tid, s32 sig);
struct siginfo;
/* siginfo_read - a caller's. 0, -EFAULT, -E2BIG: it says more than the kernel keeps. */
s32 siginfo_read(struct siginfo *info, u64 uaddr);
/* siginfo_feigns - does it say what only the kernel, kill(2) or tkill(2) say? */
bool siginfo_feigns(const struct siginfo *info);

/* ---- seccomp.c ---- */

/* seccomp_inherit - under tasks_lock. */
void seccomp_inherit(struct task *child, const struct task *parent);
void seccomp_release(struct task *t);
/* seccomp_count - how many filters; under tasks_lock. */
u32 seccomp_count(const struct task *t);
/* seccomp_refuses - with a mode or filters set: true: the call isn't made, *@ret is its result. */
bool seccomp_refuses(u32 nr, const u64 *a, s64 *ret);
s64 seccomp_prctl(u64 mode, u64 filter);

/* ---- pidfd.c ---- */

/* pidfd_clone - a descriptor of current's for the process of a child to be, or an errno. */
s32 pidfd_clone(struct process *child);
/* pidref_exit - the last task of @p exits; pidref_drop - @p, which it was of, is gone. */
void pidref_exit(struct process *p);
void pidref_drop(struct pidref *r);
/* pidfd_access - task_may_access(ACCESS_REALCREDS) by descriptor; also -EBADF. */
s32 pidfd_access(s32 fd);

struct cred *cred_first(void);
void cred_facts(const struct cred *c);

void exec_state_free(struct exec_state *e);

/* Hooks of the terminals: empty where there are none. */
void tty_fork(struct process *parent, struct process *child);
void tty_process_exit(struct process *p);
void tty_session_exit(s32 sid);
/* The controlling terminal's device number and foreground process group; false: there is none. */
bool tty_describe(struct process *p, u64 *rdev, s32 *pgid);

/* ---- names of the box ---- */

#define UTS_LEN 64
struct utsname {
	char sysname[UTS_LEN + 1], nodename[UTS_LEN + 1], release[UTS_LEN + 1];
	char version[UTS_LEN + 1], machine[UTS_LEN + 1], domainname[UTS_LEN + 1];
};
s32 uts_boot(const struct south_host *host);
void uts_copy(struct utsname *out);
s32 uts_set_nodename(const char *name, u32 len);
s32 uts_set_domainname(const char *name, u32 len);

#define SECURE_NOROOT (1u << 0)
#define SECURE_NO_SETUID_FIXUP (1u << 2)
#define SECURE_KEEP_CAPS (1u << 4)
#define SECURE_NO_CAP_AMBIENT_RAISE (1u << 6)
#define SECURE_ALL_BITS 0x55u
#define SECURE_ALL_LOCKS (SECURE_ALL_BITS << 1)

#define CAP_FULL ((2ull << CAP_LAST) - 1)
#define CAP_BIT(c) (1ull << (c))

#define SIGCHLD 17
#define SIGCONT 18
#define NSIG 64

#define NS_PER_SEC 1000000000ll
#define USER_HZ 100

#define RLIM_INFINITY (~0ull)
#define RLIMIT_CPU 0
#define RLIMIT_FSIZE 1
#define RLIMIT_DATA 2
#define RLIMIT_STACK 3
#define RLIMIT_CORE 4
#define RLIMIT_RSS 5
#define RLIMIT_NPROC 6
#define RLIMIT_NOFILE 7
#define RLIMIT_MEMLOCK 8
#define RLIMIT_AS 9
#define RLIMIT_NICE 13
#define RLIM_NLIMITS 16
#define NR_OPEN_MAX (1u << 20)

/* memlock_limit - RLIMIT_MEMLOCK of current, RLIM_INFINITY with CAP_IPC_LOCK. 0, -ENOMEM, ... */
s32 memlock_limit(u64 *limit);
/* One resource's limits of @p, North's own ones and those that the host keeps. */
void process_rlimit(struct process *p, const struct south_task *st, u32 resource, u64 *cur,
		    u64 *max);

#define MAP_FIXED_NOREPLACE 0x100000
#define TASK_SIZE 0x7ffffffff000ull /* where programs are loaded below */

#endif
