// SPDX-License-Identifier: GPL-2.0
/* module/redirect/filter.c: which native calls are let through, and with which arguments. */
#include "kernel_test.h"
#include "../../../module/redirect/redirect.h"

struct shim_task *shim_current;
static struct lb_box box;
static struct lb_task task = { .box = &box };

#define ALLOWED(...) EQ(judged((unsigned long[7]){ __VA_ARGS__ }), LB_RUN)
#define NORTHS(...) EQ(judged((unsigned long[7]){ __VA_ARGS__ }), LB_TO_GATE)
#define REFUSED(err, ...) EQ(judged((unsigned long[7]){ __VA_ARGS__ }), err)

static int judged(const unsigned long *call)
{
	return lb_filter(&task, call[0], call + 1);
}

static bool in_list(const int *list, unsigned int n, int x)
{
	for (unsigned int i = 0; i < n; i++)
		if (list[i] == x)
			return true;
	return false;
}

#define IN(list, x) in_list(list, sizeof(list) / sizeof(list[0]), x)

/* What no argument can make pass, by name: the doors that a jail is there to shut. */
TEST(dangerous_calls_never_run_natively)
{
	static const int never[] = {
		__NR_process_vm_readv, __NR_process_vm_writev, __NR_bpf, __NR_perf_event_open,
		__NR_io_uring_setup, __NR_userfaultfd, __NR_keyctl, __NR_add_key, __NR_unshare, __NR_setns,
		__NR_mount, __NR_umount2, __NR_pivot_root, __NR_chroot, __NR_openat, __NR_open, __NR_socket,
		__NR_execve, __NR_execveat, __NR_clone3, __NR_fork, __NR_vfork, __NR_init_module,
		__NR_finit_module, __NR_kexec_load, __NR_reboot, __NR_seccomp, __NR_memfd_create, __NR_mbind,
		__NR_move_pages, __NR_vmsplice, __NR_pidfd_open, __NR_pidfd_getfd, __NR_modify_ldt,
		__NR_iopl, __NR_ioperm, __NR_prctl, __NR_remap_file_pages, __NR_timer_create, __NR_tkill,
		__NR_dup, __NR_dup2, __NR_close, __NR_sendmsg, __NR_recvmsg,
	};

	for (unsigned int i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		for (unsigned long bits = 0; bits < 64; bits++) {
			unsigned long a = 1ul << bits;

			OK(judged((unsigned long[7]){ (unsigned long)never[i], a, a, a, a, a, a }) != LB_RUN);
		}
}

/* The bound that README and ratchet speak of. */
TEST(at_most_48_numbers_may_run)
{
	unsigned int n = 0;

	task.fact[LB_FACT_PID] = 100;
	for (unsigned long nr = 0; nr < 1024; nr++) {
		/* mmap runs for anonymous memory, what North is asked about may run, too. */
		int verdict = judged((unsigned long[7]){ nr, 0, 0, 0,
					nr == __NR_mmap ? MAP_ANONYMOUS | MAP_PRIVATE : 0 });

		n += verdict == LB_RUN || verdict == LB_ASK;
	}
	OK(n <= 48);
	OK(n >= 30);
	REFUSED(-ENOSYS, ~0ul);
	REFUSED(-ENOSYS, 1ul << 32 | __NR_brk);
	REFUSED(-ENOSYS, 0x40000000ul | __NR_brk);
}

TEST(tracing_begins_with_a_question)
{
	static const unsigned int never[] = {
		PTRACE_SECCOMP_GET_FILTER, PTRACE_SECCOMP_GET_METADATA, PTRACE_GET_THREAD_AREA,
		PTRACE_SET_THREAD_AREA, PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG, PTRACE_SINGLEBLOCK,
	};

	EQ(judged((unsigned long[7]){ __NR_ptrace, PTRACE_TRACEME }), LB_ASK);
	EQ(judged((unsigned long[7]){ __NR_ptrace, PTRACE_ATTACH, 1 }), LB_ASK);
	EQ(judged((unsigned long[7]){ __NR_ptrace, PTRACE_SEIZE, 1, 0, PTRACE_O_EXITKILL }), LB_ASK);
	REFUSED(-EPERM, __NR_ptrace, PTRACE_SEIZE, 1, 0, PTRACE_O_SUSPEND_SECCOMP);
	REFUSED(-EPERM, __NR_ptrace, PTRACE_SETOPTIONS, 1, 0, PTRACE_O_SUSPEND_SECCOMP | 1);
	ALLOWED(__NR_ptrace, PTRACE_SETOPTIONS, 1, 0, PTRACE_O_TRACECLONE);
	ALLOWED(__NR_ptrace, PTRACE_CONT, 1, 0, 0);
	ALLOWED(__NR_ptrace, PTRACE_POKEUSR, 1, 0, 0);
	REFUSED(-EIO, __NR_ptrace, PTRACE_POKEUSR, 1, offsetof(struct user, u_debugreg), 0);
	ALLOWED(__NR_ptrace, PTRACE_ARCH_PRCTL, 1, 0, ARCH_GET_FS);
	REFUSED(-EINVAL, __NR_ptrace, PTRACE_ARCH_PRCTL, 1, 0, 0x2001 /* ARCH_MAP_VDSO_X32 */);
	REFUSED(-EIO, __NR_ptrace, 1ul << 32 | PTRACE_CONT, 1, 0, 0);
	for (unsigned int i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		REFUSED(-EIO, __NR_ptrace, never[i], 1, 0, 0);
}

TEST(only_memory_without_a_file_is_mapped)
{
	static const unsigned long good[] = {
		MAP_FIXED, MAP_GROWSDOWN, MAP_NORESERVE, MAP_POPULATE, MAP_STACK, MAP_32BIT, MAP_LOCKED,
		MAP_FIXED_NOREPLACE, MAP_NONBLOCK, 0x800 /* DENYWRITE */, 0x1000 /* EXECUTABLE */,
	};
	unsigned long all = MAP_TYPE | MAP_ANONYMOUS;

	ALLOWED(__NR_mmap, 0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, ~0ul, 0);
	ALLOWED(__NR_mmap, 0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS, ~0ul, 0);
	NORTHS(__NR_mmap, 0, 4096, 3, MAP_PRIVATE, 3, 0);
	NORTHS(__NR_mmap, 0, 4096, 3, MAP_SHARED | MAP_HUGETLB, 3, 0);
	REFUSED(-EINVAL, __NR_mmap, 0, 4096, 3, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, ~0ul, 0);
	REFUSED(-ENOMEM, __NR_mmap, 0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, ~0ul, 0);
	for (unsigned int i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ALLOWED(__NR_mmap, 0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS | good[i], ~0ul, 0);
		all |= good[i];
	}
	for (int bit = 0; bit < 64; bit++)
		if (!(1ul << bit & (all | MAP_HUGETLB)))
			REFUSED(-EINVAL, __NR_mmap, 0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS | 1ul << bit,
				~0ul, 0);
}

TEST(bits_of_mprotect_and_mremap)
{
	for (int bit = 0; bit < 64; bit++) {
		unsigned long b = 1ul << bit;

		EQ(judged((unsigned long[7]){ __NR_mprotect, 0, 4096, b }),
		   b & (PROT_READ | PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN | PROT_GROWSUP) ? LB_RUN : -EINVAL);
		EQ(judged((unsigned long[7]){ __NR_mremap, 0, 4096, 4096, b }), bit < 3 ? LB_RUN : -EINVAL);
	}
}

TEST(operations_of_futex)
{
	static const int good[] = { 0, 1, 3, 4, 5, 9, 10 };

	for (int op = 0; op < 128; op++) {
		int err = IN(good, op) ? LB_RUN : -ENOSYS;

		EQ(judged((unsigned long[7]){ __NR_futex, 0, (unsigned long)op }), err);
		EQ(judged((unsigned long[7]){ __NR_futex, 0, (unsigned long)op | FUTEX_PRIVATE_FLAG }),
		   op & FUTEX_PRIVATE_FLAG ? judged((unsigned long[7]){ __NR_futex, 0, (unsigned long)op }) : err);
		EQ(judged((unsigned long[7]){ __NR_futex, 0, (unsigned long)op | FUTEX_CLOCK_REALTIME }), err);
		/* The kernel takes the low half: the other one changes nothing. */
		EQ(judged((unsigned long[7]){ __NR_futex, 0, (unsigned long)op | 5ul << 32 }), err);
	}
}

TEST(advice_that_is_let_through)
{
	static const int good[] = { 0, 1, 2, 3, 4, 8, 10, 11, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23 };

	for (int advice = -5; advice < 200; advice++)
		EQ(judged((unsigned long[7]){ __NR_madvise, 0, 4096, (unsigned long)advice }),
		   IN(good, advice) ? LB_RUN : -EINVAL);
}

TEST(clocks)
{
	static const int good[] = { 0, 1, 2, 3, 4, 5, 6, 7, 11 };
	/* Those of CPU time can be read, not slept by: not by the high half either. */
	static const int timed[] = { 2, 3 };
	const unsigned long get = __NR_clock_gettime, sleep = __NR_clock_nanosleep;

	for (int id = 0; id < 40; id++) {
		int err = IN(good, id) ? LB_RUN : -EINVAL;

		EQ(judged((unsigned long[7]){ get, (unsigned long)id }), err);
		if (IN(timed, id))
			err = -EOPNOTSUPP;
		EQ(judged((unsigned long[7]){ sleep, (unsigned long)id }), err);
		EQ(judged((unsigned long[7]){ sleep, (unsigned long)id | 5ul << 32 }), err);
	}
	/* By descriptor: ~fd << 3 | 3; a CPU clock of a task: ~pid << 3 | 2 or 6. */
	for (int n = 0; n < 100; n++) {
		REFUSED(-EINVAL, get, (unsigned long)(~n * 8 | 3));
		ALLOWED(get, (unsigned long)(~n * 8 | 2));
		ALLOWED(get, (unsigned long)(~n * 8 | 6));
		REFUSED(-EOPNOTSUPP, sleep, (unsigned long)(~n * 8 | 3));
		REFUSED(-EOPNOTSUPP, sleep, (unsigned long)(~n * 8 | 2));
		REFUSED(-EOPNOTSUPP, sleep, (unsigned long)(~n * 8 | 6));
	}
}

TEST(limits_that_the_host_keeps)
{
	static const int norths[] = { RLIMIT_FSIZE, RLIMIT_CORE, RLIMIT_NOFILE };
	static const unsigned long others[] = { 1, 101, (unsigned long)-100 };

	task.fact[LB_FACT_PID] = 100;
	for (int what = -2; what < 40; what++) {
		bool hosts = !IN(norths, what);

		EQ(judged((unsigned long[7]){ __NR_prlimit64, 0, (unsigned long)what }),
		   hosts ? LB_RUN : LB_TO_GATE);
		EQ(judged((unsigned long[7]){ __NR_prlimit64, 100, (unsigned long)what }),
		   hosts ? LB_RUN : LB_TO_GATE);
		/* Of others, North is asked. */
		for (int i = 0; i < 3; i++)
			EQ(judged((unsigned long[7]){ __NR_prlimit64, others[i], (unsigned long)what }),
			   hosts ? LB_ASK : LB_TO_GATE);
	}
}

TEST(north_is_asked_of_signals_to_others)
{
	static const unsigned long calls[] = { __NR_kill, __NR_tgkill, __NR_rt_sigqueueinfo,
					       __NR_rt_tgsigqueueinfo };
	static const unsigned long others[] = { 0, 1, 99, -1ul, -100ul, 1ul << 31 };

	task.fact[LB_FACT_PID] = 100;
	for (int i = 0; i < 4; i++) {
		ALLOWED(calls[i], 100, 15, 0);
		ALLOWED(calls[i], 1ul << 32 | 100, 15, 0);
		for (int j = 0; j < 6; j++)
			EQ(judged((unsigned long[7]){ calls[i], others[j], 15 }), LB_ASK);
	}
	/* A filtered task has no facts. */
	task.fact[LB_FACT_PID] = -1;
	for (int i = 0; i < 4; i++)
		EQ(judged((unsigned long[7]){ calls[i], -1ul, 15 }), LB_ASK);
}

TEST(other_arguments)
{
	for (unsigned long code = 0x1000; code < 0x4010; code++)
		EQ(judged((unsigned long[7]){ __NR_arch_prctl, code }),
		   code >= ARCH_SET_GS && code <= ARCH_GET_GS ? LB_RUN : -EINVAL);
	ALLOWED(__NR_waitid, 0);
	ALLOWED(__NR_waitid, 1, 5);
	ALLOWED(__NR_waitid, 2, 5);
	EQ(judged((unsigned long[7]){ __NR_waitid, P_PIDFD, 3 }), LB_ASK);
	EQ(judged((unsigned long[7]){ __NR_waitid, 1ul << 32 | P_PIDFD, 3 }), LB_ASK);
	NORTHS(__NR_clone, 0x10f00);
	NORTHS(__NR_lseek, 3);
}

/* @nr with @a runs as @as with @b. */
static void runs_as(unsigned long nr, const unsigned long *a, int as, const unsigned long *b)
{
	unsigned long arg[6];

	memcpy(arg, a, sizeof(arg));
	EQ(lb_filter_rewrite(nr, arg), as);
	if (as > 0)
		OK(!memcmp(arg, b, sizeof(arg)));
}

#define A(...) ((unsigned long[6]){ __VA_ARGS__ })

TEST(calls_that_another_one_does)
{
	const unsigned long none = ~0ul;

	runs_as(__NR_getrlimit, A(3, 0x1000), __NR_prlimit64, A(0, 3, 0, 0x1000));
	runs_as(__NR_setrlimit, A(3, 0x1000), __NR_prlimit64, A(0, 3, 0x1000, 0));
	runs_as(__NR_nanosleep, A(11, 22, 33, 44, 55, 66), __NR_clock_nanosleep, A(CLOCK_MONOTONIC, 0, 11, 22, 55, 66));
	runs_as(__NR_pkey_mprotect, A(11, 22, 33, none, 55, 66), __NR_mprotect, A(11, 22, 33, none, 55, 66));
	runs_as(__NR_pkey_mprotect, A(11, 22, 33, 0, 55, 66), -EINVAL, NULL);
	runs_as(__NR_pkey_mprotect, A(11, 22, 33, 1, 55, 66), -EINVAL, NULL);
	for (unsigned long nr = 0; nr < 1024; nr++)
		if (nr != __NR_nanosleep && nr != __NR_pkey_mprotect && nr != __NR_futex_wake &&
		    nr != __NR_futex_wait && nr != __NR_getrlimit && nr != __NR_setrlimit)
			runs_as(nr, A(11, 22, 33, 44, 55, 66), -ENOSYS, NULL);
	/* By themselves they never run. */
	REFUSED(-ENOSYS, __NR_nanosleep, 11, 22);
	REFUSED(-ENOSYS, __NR_pkey_mprotect, 11, 22, 3, none);
	REFUSED(-ENOSYS, __NR_futex_wake, 12, 1, 1, 2);
	REFUSED(-ENOSYS, __NR_futex_wait, 12, 1, 1, 2);
	REFUSED(-ENOSYS, __NR_getrlimit, 3, 0x1000);
	REFUSED(-ENOSYS, __NR_setrlimit, 3, 0x1000);
}

#define WORD 2u /* FUTEX2_SIZE_U32 */
#define PRIVATE 128u

TEST(futex_wake_is_futex)
{
	const unsigned long wide = 1ul << 32;

	runs_as(__NR_futex_wake, A(12, 0xf0, 3, WORD), __NR_futex, A(12, FUTEX_WAKE_BITSET, 3, 0, 12, 0xf0));
	runs_as(__NR_futex_wake, A(12, 0xf0, 3, WORD | PRIVATE), __NR_futex,
		A(12, FUTEX_WAKE_BITSET | PRIVATE, 3, 0, 12, 0xf0));
	/* Nobody is woken, and the address is looked at. */
	runs_as(__NR_futex_wake, A(12, 0xf0, wide, WORD), __NR_futex, A(12, FUTEX_REQUEUE, wide, 0, 12, 0xf0));
	runs_as(__NR_futex_wake, A(12, 0, 3, WORD), -EINVAL, NULL);
	runs_as(__NR_futex_wake, A(12, wide | 1, 3, WORD), -EINVAL, NULL);
	for (unsigned int bit = 0; bit < 32; bit++)
		if (1u << bit != PRIVATE)
			runs_as(__NR_futex_wake, A(12, 0xf0, 3, WORD ^ 1u << bit), -EINVAL, NULL);
}

TEST(futex_wait_is_futex)
{
	const unsigned long wide = 1ul << 32;

	runs_as(__NR_futex_wait, A(12, 7, 0xf0, WORD, 0, 99), __NR_futex, A(12, FUTEX_WAIT_BITSET, 7, 0, 0, 0xf0));
	runs_as(__NR_futex_wait, A(12, 7, 0xf0, WORD | PRIVATE, 55, CLOCK_MONOTONIC), __NR_futex,
		A(12, FUTEX_WAIT_BITSET | PRIVATE, 7, 55, 0, 0xf0));
	runs_as(__NR_futex_wait, A(12, 7, 0, WORD, 55, CLOCK_REALTIME), __NR_futex,
		A(12, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 7, 55, 0, 0));
	runs_as(__NR_futex_wait, A(12, 7, 0xf0, WORD, 55, 7), -EINVAL, NULL);
	runs_as(__NR_futex_wait, A(12, wide | 7, 0xf0, WORD), -EINVAL, NULL);
	runs_as(__NR_futex_wait, A(12, 7, wide | 1, WORD), -EINVAL, NULL);
	for (unsigned int bit = 0; bit < 32; bit++)
		if (1u << bit != PRIVATE)
			runs_as(__NR_futex_wait, A(12, 7, 0xf0, WORD ^ 1u << bit), -EINVAL, NULL);
}

/* The host has four. */
TEST(affinity_of_a_box_with_fewer_cpus_is_norths)
{
	static const int calls[] = { __NR_sched_getaffinity, __NR_sched_setaffinity };

	for (unsigned int i = 0; i < 2; i++) {
		box.cpus = 0;
		ALLOWED(calls[i], 0, 8, 99);
		box.cpus = 4;
		ALLOWED(calls[i], 0, 8, 99);
		box.cpus = 3;
		NORTHS(calls[i], 0, 8, 99);
		box.cpus = 0;
	}
}

TEST(futex_requeue_without_flags)
{
	ALLOWED(__NR_futex_requeue, 11, 0, 1, 1);
	REFUSED(-EINVAL, __NR_futex_requeue, 11, 1, 1, 1);
}

TEST(futex_waitv_without_flags)
{
	ALLOWED(__NR_futex_waitv, 11, 1, 0, 0, CLOCK_MONOTONIC);
	REFUSED(-EINVAL, __NR_futex_waitv, 11, 1, 1, 0, CLOCK_MONOTONIC);
}
