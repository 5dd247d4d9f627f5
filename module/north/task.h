/* SPDX-License-Identifier: GPL-2.0 */
/* A boxed thread and what it shares with others. */
#ifndef NORTH_TASK_H
#define NORTH_TASK_H

#include "base/base.h"
#include "event/wait.h"

struct fdtable;
struct fs_context;
struct file;
struct sem_undos;
struct tty;
struct posix_timer;
struct aio_context;

#define TASK_COMM_LEN 16
#define NGROUPS_MAX 32
#define SHADOW_STACK_SIZE 16384

/*
 * struct cred - who a task is inside its box; never who it is on the host.
 * Immutable once published: changed by copy. @refs: under tasks_lock.
 */
struct cred {
	u32 refs;
	u32 uid, euid, suid, fsuid;
	u32 gid, egid, sgid, fsgid;
	u64 cap_effective, cap_permitted, cap_inheritable, cap_bounding, cap_ambient;
	u32 securebits;
	u32 ngroups;
	u32 groups[NGROUPS_MAX];
};

/* struct process - what the threads of one process share. Lives until its last thread is gone. */
struct process {
	struct list node;	/* on processes; tasks_lock */
	/* 0 until process_find() met it: a task's own process is current->pid */
	s32 pid;
	u32 threads;		/* struct task's that point here; tasks_lock */
	struct file *exe;	/* what it executes; a reference; tasks_lock */
	char *exe_path;		/* its path as /proc shows it; tasks_lock */
	u32 programs;		/* how many it executed: changed under tasks_lock */
	/*
	 * Held while a program is mapped and until its rights are the process's; and by who moves
	 * another's memory, from the check of the right to it. Outside of tasks_lock.
	 */
	struct mutex exec_lock;
	u64 rlim_nofile_cur, rlim_nofile_max;
	u64 rlim_fsize_cur, rlim_fsize_max;
	u64 rlim_core_cur, rlim_core_max;
	/* Words that are set and read as they are: nobody waits for them. */
	u32 dumpable, keepcaps, no_new_privs, subreaper;
	u32 pdeathsig, timerslack;
	s32 oom_score_adj;
	u32 coredump_filter;	/* is kept for who asks: no cores are written */
	u64 start;		/* ns since boot */
	struct posix_timer *timers;	/* timers_lock, with the next one's number */
	u32 next_timer;
	struct aio_context *aio;	/* aio_lock */
	/* the session whose terminal it gave up (TIOCNOTTY), or 0; tty_lock */
	s32 tty_sid;
	struct pidref *pidref;	/* for descriptors of it, or NULL; a reference; tasks_lock */
};

struct exec_state;
struct seccomp_filter;
struct pidref;

#define SECCOMP_MODE_NONE 0
#define SECCOMP_MODE_STRICT 1
#define SECCOMP_MODE_FILTER 2

/*
 * struct task - one boxed thread. The first words are South's (SOUTH_TASK_*).
 * Fields without a lock are the task's own.
 */
struct task {
	uintptr stack_top;	/* SOUTH_TASK_STACK */
	s32 tid;		/* SOUTH_TASK_TID; 0 while its native clone hasn't happened yet */
	s32 pid;		/* SOUTH_TASK_PID */
	void *stack;
	struct list node;	/* on tasks; tasks_lock */
	u64 serial;		/* unlike any other task's of the box, ever */
	struct process *process;
	struct cred *cred;	/* own reference; replaced by the task only, under tasks_lock */
	struct fdtable *files;	/* own reference */
	struct fs_context *fs;	/* own reference */
	struct sem_undos *sem_undos; /* SEM_UNDO's; own reference, or NULL; see ipc/sem.c */
	struct exec_state *exec; /* between north_exec and north_exec_finish */
	struct waiter waiter;	/* for poll and waits */
	char comm[TASK_COMM_LEN];	/* written by the task itself; torn reads are of no harm */
	u32 personality, sched_policy, ioprio; /* what was asked for last */
	u64 affinity;		/* the CPUs it asked for, where North answers that; 0: all */
	u32 mempolicy;		/* MPOL_*, with its flags */
	u64 mempolicy_nodes;	/* its first word of nodes, as get_mempolicy(2) shows it */
	bool vfork;
	/* Its filters, a reference; others may add to them: tasks_lock, or the task itself */
	struct seccomp_filter *seccomp;
	u32 seccomp_mode;	/* SECCOMP_MODE_* */
	/* The same for tasks that share memory, signal handlers; tasks_lock */
	uintptr vm, sighand;
	s32 pidfd;		/* until its native clone: what its parent got for it, or -1 */
	struct list *doomed_packets; /* that it is freeing: net/unix.c */
};

/*
 * current - the North task whose call this is: a global of the wasm instance,
 * of which there is one a host task. Natively it is thread-local.
 */
#ifdef __wasm__
static inline struct task *get_current(void)
{
	struct task *t;

	__asm__(".globaltype north_current, i32\n\t"
		"global.get north_current\n\t"
		"local.set %0" : "=r"(t));
	return t;
}
#else
extern _Thread_local struct task *north_current;
static inline struct task *get_current(void)
{
	return north_current;
}
#endif
#define current get_current()

/*
 * Guards the lists of tasks and processes and the reference counts above. Innermost but
 * for the allocator's.
 */
extern struct mutex tasks_lock;
extern struct list tasks, processes;

/* All hold tasks_lock while looking; a task is safe only under it. */
struct task *task_find(s32 tid);
/* task_of - the same, or of a process whose first thread has ended another one of its. */
struct task *task_of(s32 id);
struct process *process_find(s32 pid);

struct cred *cred_get(struct cred *c);
void cred_put(struct cred *c);
/* cred_copy - an own copy to change before it is published with cred_commit. */
struct cred *cred_copy(const struct cred *c);
void cred_commit(struct cred *c);	/* takes the reference; current's */
bool capable(u32 cap);			/* does current hold it, inside the box */
bool in_group(u32 gid);			/* fsgid or a supplementary group of current */

#define CAP_CHOWN 0
#define CAP_DAC_OVERRIDE 1
#define CAP_DAC_READ_SEARCH 2
#define CAP_FOWNER 3
#define CAP_FSETID 4
#define CAP_KILL 5
#define CAP_SETGID 6
#define CAP_SETUID 7
#define CAP_SETPCAP 8
#define CAP_NET_ADMIN 12
#define CAP_IPC_LOCK 14
#define CAP_IPC_OWNER 15
#define CAP_SYS_CHROOT 18
#define CAP_SYS_PTRACE 19
#define CAP_SYS_ADMIN 21
#define CAP_SYS_NICE 23
#define CAP_SYS_RESOURCE 24
#define CAP_MKNOD 27
#define CAP_LEASE 28
#define CAP_LAST 40

#endif
