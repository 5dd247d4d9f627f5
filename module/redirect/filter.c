// SPDX-License-Identifier: GPL-2.0
/*
 * The filter of native calls: what a boxed task may still ask the host for, and
 * with which arguments. Registers only: memory could change after the look.
 */
#include <linux/mman.h>
#include <linux/resource.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/user.h>
#include <uapi/linux/wait.h>
#include <linux/time.h>
#include <asm/prctl.h>
#include "redirect.h"
#include "arch/x86.h"

#define LB_MMAP_FLAGS (MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_GROWSDOWN | \
		       MAP_DENYWRITE | MAP_EXECUTABLE | MAP_LOCKED | MAP_NORESERVE | \
		       MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | MAP_FIXED_NOREPLACE | MAP_32BIT)

static int lb_filter_mmap(const unsigned long *a)
{
	if (!(a[3] & MAP_ANONYMOUS))
		return LB_TO_GATE;
	if (a[3] & MAP_HUGETLB)
		return -ENOMEM;		/* what a host without reserved pages says */
	if ((a[3] & MAP_TYPE) == MAP_SHARED_VALIDATE || (a[3] & ~(unsigned long)LB_MMAP_FLAGS))
		return -EINVAL;
	return LB_RUN;
}

static int lb_filter_futex(const unsigned long *a)
{
	switch ((int)a[1] & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_WAKE:
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
	case FUTEX_WAKE_OP:
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAKE_BITSET:
		return LB_RUN;
	default:
		return -ENOSYS;		/* priority inheritance */
	}
}

static int lb_filter_madvise(const unsigned long *a)
{
	switch ((int)a[2]) {
	case MADV_NORMAL ... MADV_DONTNEED:
	case MADV_FREE:
	case MADV_DONTFORK:
	case MADV_DOFORK:
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
	case MADV_WIPEONFORK:
	case MADV_KEEPONFORK:
	case MADV_COLD:
	case MADV_PAGEOUT:
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
		return LB_RUN;
	default:
		return -EINVAL;
	}
}

static int lb_filter_clock(unsigned long clock)
{
	/*
	 * No clocks by descriptor, no wake-up alarms. Negative ids are CPU clocks of
	 * the box's own tasks.
	 */
	int id = (int)clock;

	if (id < 0)
		return (id & 7) == 3 /* CLOCKFD */ ? -EINVAL : LB_RUN;
	return id <= CLOCK_BOOTTIME || id == CLOCK_TAI ? LB_RUN : -EINVAL;
}

static int lb_filter_arch_prctl(unsigned long option)
{
	switch ((int)option) {
	case ARCH_SET_FS:
	case ARCH_GET_FS:
	case ARCH_SET_GS:
	case ARCH_GET_GS:
		return LB_RUN;
	default:
		return -EINVAL;
	}
}

/*
 * What goes no further than registers, memory and signals of a task that the caller
 * traces already. Debug registers lead into perf and its past; debuggers can do without.
 * Beginning to trace is a matter of North's credentials.
 */
static int lb_filter_ptrace(const unsigned long *a)
{
	switch (a[0]) {
	case PTRACE_TRACEME:
	case PTRACE_ATTACH:
		return LB_ASK;
	case PTRACE_SEIZE:
		return a[3] & PTRACE_O_SUSPEND_SECCOMP ? -EPERM : LB_ASK;
	case PTRACE_OLDSETOPTIONS:
	case PTRACE_SETOPTIONS:
		return a[3] & PTRACE_O_SUSPEND_SECCOMP ? -EPERM : LB_RUN;
	case PTRACE_ARCH_PRCTL:
		return lb_filter_arch_prctl(a[3]);
	case PTRACE_POKEUSR:
		return a[2] >= offsetof(struct user, u_debugreg) ? -EIO : LB_RUN;
	case PTRACE_PEEKTEXT ... PTRACE_POKEDATA:
	case PTRACE_CONT ... PTRACE_SINGLESTEP:
	case PTRACE_GETREGS ... PTRACE_SETFPREGS:
	case PTRACE_DETACH:
	case PTRACE_SYSCALL:
	case PTRACE_SYSEMU ... PTRACE_SYSEMU_SINGLESTEP:
	case PTRACE_GETEVENTMSG ... PTRACE_SETREGSET:
	case PTRACE_INTERRUPT ... PTRACE_SETSIGMASK:
	case PTRACE_GET_SYSCALL_INFO:
	case PTRACE_GET_RSEQ_CONFIGURATION:
		return LB_RUN;
	default:
		return -EIO;
	}
}

/* A box that was told of fewer CPUs than the host has knows of no others: of a word of them. */
static int lb_filter_affinity(const struct lb_box *box)
{
	return box->cpus && box->cpus <= BITS_PER_LONG && box->cpus < num_online_cpus() ?
		LB_TO_GATE : LB_RUN;
}

int lb_filter(const struct lb_task *t, unsigned long nr, const unsigned long *a)
{
	switch (nr) {
	case __NR_mmap:
		return lb_filter_mmap(a);
	case __NR_mprotect:
		return a[2] & ~(unsigned long)(PROT_READ | PROT_WRITE | PROT_EXEC |
					       PROT_GROWSDOWN | PROT_GROWSUP) ? -EINVAL : LB_RUN;
	case __NR_mremap:
		return a[3] & ~(unsigned long)(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP) ?
			-EINVAL : LB_RUN;
	case __NR_madvise:
		return lb_filter_madvise(a);
	case __NR_futex:
		return lb_filter_futex(a);
	case __NR_futex_waitv:
		return a[2] ? -EINVAL : LB_RUN;
	case __NR_futex_requeue:
		return a[1] ? -EINVAL : LB_RUN;
	case __NR_clock_gettime:
		return lb_filter_clock(a[0]);
	case __NR_clock_nanosleep:
		/* To sleep by a CPU clock would arm a timer of the kind of timer_create()'s. */
		if ((int)a[0] < 0 || (int)a[0] == CLOCK_PROCESS_CPUTIME_ID ||
		    (int)a[0] == CLOCK_THREAD_CPUTIME_ID)
			return -EOPNOTSUPP;
		return lb_filter_clock(a[0]);
	case __NR_arch_prctl:
		return lb_filter_arch_prctl(a[0]);
	case __NR_ptrace:
		return lb_filter_ptrace(a);
	case __NR_prlimit64:
		/* North keeps the limits of what it owns, and knows who may see other tasks'. */
		switch ((unsigned int)a[1]) {
		case RLIMIT_FSIZE:
		case RLIMIT_CORE:
		case RLIMIT_NOFILE:
			return LB_TO_GATE;
		}
		return (int)a[0] && (int)a[0] != t->fact[LB_FACT_PID] ? LB_ASK : LB_RUN;
	case __NR_sched_getaffinity:
	case __NR_sched_setaffinity:
		return lb_filter_affinity(t->box);
	case __NR_kill:
	case __NR_tgkill:
	case __NR_rt_sigqueueinfo:
	case __NR_rt_tgsigqueueinfo:
		/* To the host a box is one user: who may signal others is North's to say. */
		return (int)a[0] > 0 && (int)a[0] == t->fact[LB_FACT_PID] ? LB_RUN : LB_ASK;
	case __NR_waitid:
		return (int)a[0] == P_PIDFD ? LB_ASK : LB_RUN;
	case __NR_wait4:
	case __NR_munmap:
	case __NR_brk:
	case __NR_msync:
	case __NR_rt_sigaction:
	case __NR_rt_sigprocmask:
	case __NR_rt_sigreturn:
	case __NR_rt_sigpending:
	case __NR_rt_sigtimedwait:
	case __NR_rt_sigsuspend:
	case __NR_sigaltstack:
	case __NR_exit:
	case __NR_exit_group:
	case __NR_setpgid:
	case __NR_setsid:
	case __NR_set_tid_address:
	case __NR_set_robust_list:
	case __NR_restart_syscall:
	case __NR_membarrier:
	case __NR_rseq:
	case __NR_sched_yield:
	case __NR_getrandom:
	case __NR_setitimer:
	case __NR_getitimer:
	case __NR_getrusage:
	case __NR_alarm:
		return LB_RUN;
	case __NR_clone:
	case __NR_lseek:
		return LB_TO_GATE;
	default:
		return -ENOSYS;
	}
}

/* Operation @op of futex() with the flags of its newer kin, or -EINVAL: words of 32 bits only. */
static int lb_futex_op(int op, unsigned int flags)
{
	if ((flags & ~FUTEX2_PRIVATE) != FUTEX2_SIZE_U32)
		return -EINVAL;
	return op | (flags & FUTEX2_PRIVATE ? FUTEX_PRIVATE_FLAG : 0);
}

static int lb_rewrite_futex_wake(unsigned long *a)
{
	unsigned long mask = a[1], nr = a[2];
	/* To wake nobody is to look at the address only: FUTEX_WAKE_BITSET would wake one. */
	int op = lb_futex_op((int)nr ? FUTEX_WAKE_BITSET : FUTEX_REQUEUE, a[3]);

	if (op < 0 || mask > U32_MAX || !mask)
		return -EINVAL;
	a[1] = op;
	a[3] = 0;
	a[4] = a[0];
	a[5] = mask;
	return __NR_futex;
}

static int lb_rewrite_futex_wait(unsigned long *a)
{
	unsigned long val = a[1], mask = a[2], timeout = a[4];
	int op = lb_futex_op(FUTEX_WAIT_BITSET, a[3]), clock = a[5];

	if (op < 0 || val > U32_MAX || mask > U32_MAX)
		return -EINVAL;
	if (timeout && clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return -EINVAL;
	a[1] = op | (timeout && clock == CLOCK_REALTIME ? FUTEX_CLOCK_REALTIME : 0);
	a[2] = val;
	a[3] = timeout;
	a[4] = 0;
	a[5] = mask;
	return __NR_futex;
}

int lb_filter_rewrite(unsigned long nr, unsigned long *a)
{
	switch (nr) {
	case __NR_futex_wake:
		return lb_rewrite_futex_wake(a);
	case __NR_futex_wait:
		return lb_rewrite_futex_wait(a);
	case __NR_nanosleep:
		a[3] = a[1];
		a[2] = a[0];
		a[1] = 0;
		a[0] = CLOCK_MONOTONIC;
		return __NR_clock_nanosleep;
	case __NR_getrlimit:
	case __NR_setrlimit:
		/* Nowhere is a place that isn't there, not one that isn't given. */
		a[nr == __NR_getrlimit ? 3 : 2] = a[1] ?: -1UL;
		a[nr == __NR_getrlimit ? 2 : 3] = 0;
		a[1] = a[0];
		a[0] = 0;
		return __NR_prlimit64;
	case __NR_pkey_mprotect:
		/* No key but the one that stands for none: a box has none. */
		return (int)a[3] == -1 ? __NR_mprotect : -EINVAL;
	default:
		return -ENOSYS;
	}
}
