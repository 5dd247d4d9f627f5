// SPDX-License-Identifier: GPL-2.0
/* seccomp: what is taken for a program, what it says of calls, and who has to obey it. */
#define _GNU_SOURCE
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include "test.h"

#define A(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RET(k) BPF_STMT(BPF_RET | BPF_K, k)
#define ALLOW RET(SECCOMP_RET_ALLOW)
#define LEN(p) (sizeof(p) / sizeof((p)[0]))

static s64 install(const struct sock_filter *p, unsigned int len, u32 flags)
{
	struct sock_fprog prog = { len, (struct sock_filter *)p };

	return north(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}
#define INSTALL(flags, ...) ({							\
	const struct sock_filter p_[] = { __VA_ARGS__ };			\
	install(p_, LEN(p_), flags);						\
})

/* Each test is a process of its own, with nothing but what it asks for. */
static struct task *fresh(void)
{
	static s32 next = 5000;
	struct task *t = hosted_enter(next, next);

	next++;
	OK(t);
	hosted_become(t);
	return t;
}

static struct task *thread_of(s32 tid, s32 pid)
{
	struct task *t;

	EQ(north(SYS_clone, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD), 0);
	t = hosted_child(tid, pid);
	OK(t);
	return t;
}

TEST(programs_are_refused_that_the_kernel_refuses)
{
	static const struct {
		struct sock_filter p[3];
		unsigned int len;
	} bad[] = {
		{ { A(nr) }, 1 },				/* doesn't return */
		{ { RET(0), A(nr) }, 2 },
		{ { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), ALLOW }, 2 },
		{ { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), ALLOW }, 2 },
		{ { BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), ALLOW }, 2 },
		{ { BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), ALLOW }, 2 },
		{ { BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0), ALLOW }, 2 },
		{ { BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), ALLOW }, 2 },
		{ { BPF_STMT(BPF_LD | BPF_W | BPF_MEM, 0), ALLOW }, 2 }, /* not written yet */
		{ { BPF_STMT(BPF_ST, 16), ALLOW }, 2 },
		{ { BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), ALLOW }, 2 },
		{ { BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 3), ALLOW }, 2 },
		{ { BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32), ALLOW }, 2 },
		{ { BPF_STMT(BPF_JMP | BPF_JA, 1), ALLOW }, 2 },
		{ { BPF_STMT(BPF_JMP | BPF_JA, ~0u), ALLOW }, 2 },
		{ { BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), ALLOW }, 2 },
		{ { BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), ALLOW }, 2 },
		{ { BPF_JUMP(BPF_JMP | 0x50 | BPF_K, 0, 0, 0), ALLOW }, 2 },
		{ { BPF_STMT(BPF_RET | BPF_X, 0) }, 1 },
		{ { { 0xffff, 0, 0, 0 }, ALLOW }, 2 },
		/* Written on one of two ways only. */
		{ { BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), BPF_STMT(BPF_ST, 0),
		    BPF_STMT(BPF_LD | BPF_MEM, 0) }, 3 },
	};
	struct sock_fprog prog = { 0, NULL };

	fresh();
	EQ(INSTALL(0, ALLOW), 0);	/* root needs no no_new_privs */
	for (unsigned int i = 0; i < LEN(bad); i++)
		if (install(bad[i].p, bad[i].len, 0) != -EINVAL)
			FAIL("program %u was taken", i);
	EQ(north(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog), -EINVAL);
	prog.len = BPF_MAXINSNS + 1;
	EQ(north(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog), -EINVAL);
	prog.len = 1;
	EQ(north(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog), -EFAULT);
	EQ(north(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL), -EFAULT);
	EQ(INSTALL(SECCOMP_FILTER_FLAG_NEW_LISTENER, ALLOW), -EINVAL);
	EQ(INSTALL(1 << 20, ALLOW), -EINVAL);
	EQ(north(SYS_seccomp, 77, 0, NULL), -EINVAL);
}

TEST(programs_compute_as_they_should)
{
	/* Each leaves 42 in A, and returns an errno made of it. */
	static const struct {
		struct sock_filter p[8];
	} good[] = {
		{ { BPF_STMT(BPF_LD | BPF_IMM, 40), BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 2) } },
		{ { BPF_STMT(BPF_LD | BPF_IMM, 44), BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 2) } },
		{ { BPF_STMT(BPF_LD | BPF_IMM, 6), BPF_STMT(BPF_LDX | BPF_IMM, 7),
		    BPF_STMT(BPF_ALU | BPF_MUL | BPF_X, 0) } },
		{ { BPF_STMT(BPF_LD | BPF_IMM, 85), BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 2) } },
		{ { BPF_STMT(BPF_LD | BPF_IMM, 0xea), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x3f) } },
		{ { BPF_STMT(BPF_LD | BPF_IMM, 0x22), BPF_STMT(BPF_ALU | BPF_OR | BPF_K, 8) } },
		{ { BPF_STMT(BPF_LD | BPF_IMM, 0x7f), BPF_STMT(BPF_ALU | BPF_XOR | BPF_K, 0x55) } },
		{ { BPF_STMT(BPF_LD | BPF_IMM, 21), BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 1) } },
		{ { BPF_STMT(BPF_LD | BPF_IMM, 168), BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 2) } },
		{ { BPF_STMT(BPF_LD | BPF_IMM, -42u), BPF_STMT(BPF_ALU | BPF_NEG, 0) } },
		{ { BPF_STMT(BPF_LDX | BPF_IMM, 42), BPF_STMT(BPF_MISC | BPF_TXA, 0) } },
		{ { BPF_STMT(BPF_LD | BPF_IMM, 42), BPF_STMT(BPF_MISC | BPF_TAX, 0),
		    BPF_STMT(BPF_LD | BPF_IMM, 1), BPF_STMT(BPF_STX, 3), BPF_STMT(BPF_LD | BPF_MEM, 3) } },
		{ { BPF_STMT(BPF_LD | BPF_IMM, 42), BPF_STMT(BPF_ST, 15), BPF_STMT(BPF_LDX | BPF_MEM, 15),
		    BPF_STMT(BPF_LD | BPF_IMM, 0), BPF_STMT(BPF_MISC | BPF_TXA, 0) } },
		{ { BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 22) } },
		{ { BPF_STMT(BPF_LDX | BPF_W | BPF_LEN, 0), BPF_STMT(BPF_MISC | BPF_TXA, 0),
		    BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 22) } },
		{ { BPF_STMT(BPF_LD | BPF_IMM, 42), BPF_STMT(BPF_JMP | BPF_JA, 1), BPF_STMT(BPF_LD | BPF_IMM, 1) } },
		{ { BPF_STMT(BPF_LD | BPF_IMM, 42), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 42, 0, 1),
		    BPF_STMT(BPF_LD | BPF_IMM, 1) } },
		{ { BPF_STMT(BPF_LD | BPF_IMM, 42), BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 42, 1, 0),
		    BPF_STMT(BPF_LD | BPF_IMM, 1) } },
		{ { BPF_STMT(BPF_LD | BPF_IMM, 42), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 5, 0, 1),
		    BPF_STMT(BPF_LD | BPF_IMM, 1) } },
		{ { A(args[1]), BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 7) } },
		{ { A(args[2]) } },
	};

	for (unsigned int i = 0; i < LEN(good); i++) {
		struct sock_filter p[16] = {
			A(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_dup3, 1, 0), ALLOW,
		};
		unsigned int n = 3;

		for (unsigned int k = 0; k < 8 && (good[i].p[k].code || good[i].p[k].k); k++)
			p[n++] = good[i].p[k];
		p[n++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO);
		p[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0);
		fresh();
		EQ(install(p, n, 0), 0);
		if (north(SYS_dup3, 0, 49, 42ull << 32 | 42) != -42)
			FAIL("program %u says %lld", i, (long long)north(SYS_dup3, 0, 49, 42));
	}
	/* Division by zero at run time ends it with 0, which kills. */
	fresh();
	EQ(INSTALL(0, A(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_dup3, 0, 2), BPF_STMT(BPF_LDX | BPF_IMM, 0),
		   BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0), ALLOW), 0);
	hosted_last_signal.kind = 0;
	north(SYS_dup3, 0, 0, 0);
	EQ(hosted_last_signal.kind, SOUTH_SIGNAL_SYS);
	EQ(hosted_last_signal.sig, 1);
}

/* One filter that answers a call by its number with @verdict. */
static s64 answer(u32 nr, u32 verdict)
{
	return INSTALL(0, A(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0), RET(0), A(nr),
		       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), RET(verdict), ALLOW);
}

TEST(the_strictest_of_all_filters_decides)
{
	s32 tid;

	fresh();
	tid = north(SYS_gettid);
	OK(!hosted_filtered(tid));
	EQ(answer(SYS_umask, SECCOMP_RET_ERRNO | 7), 0);
	OK(hosted_filtered(tid));
	EQ(north(SYS_prctl, PR_GET_SECCOMP), 2);
	EQ(north(SYS_umask, 022), -7);
	EQ(answer(SYS_umask, SECCOMP_RET_LOG), 0);
	EQ(north(SYS_umask, 022), -7);
	EQ(answer(SYS_umask, SECCOMP_RET_ERRNO | 9), 0);	/* of two equals the newer */
	EQ(north(SYS_umask, 022), -9);
	EQ(answer(SYS_umask, SECCOMP_RET_TRAP | 3), 0);
	hosted_last_signal.count = 0;
	EQ(north(SYS_umask, 022), SYS_umask);
	EQ(hosted_last_signal.kind, SOUTH_SIGNAL_SYS);
	EQ(hosted_last_signal.id, 3);
	EQ(hosted_last_signal.sig, 0);
	EQ(answer(SYS_umask, SECCOMP_RET_KILL_PROCESS), 0);
	north(SYS_umask, 022);
	EQ(hosted_last_signal.sig, 1);
	EQ(hosted_last_signal.count, 2);
	/* An errno is cut to what can be one; others aren't meant. */
	EQ(answer(SYS_getuid, SECCOMP_RET_ERRNO | 0xffff), 0);
	EQ(north(SYS_getuid), -4095);
	EQ(north(SYS_getgid), 0);
	EQ(answer(SYS_getgid, SECCOMP_RET_TRACE), 0);
	EQ(north(SYS_getgid), -ENOSYS);
	EQ(answer(SYS_getegid, SECCOMP_RET_USER_NOTIF), 0);
	north(SYS_getegid);
	EQ(hosted_last_signal.count, 3);
}

TEST(native_calls_and_unknown_ones_are_asked_about)
{
	fresh();
	EQ(north(SYS_brk | SOUTH_ASK, 0), SOUTH_NATIVE);
	EQ(answer(SYS_brk, SECCOMP_RET_ERRNO | 12), 0);
	EQ(answer(4000, SECCOMP_RET_ERRNO | 13), 0);
	EQ(north(SYS_brk | SOUTH_ASK, 0), -12);
	EQ(north(SYS_munmap | SOUTH_ASK, 0), SOUTH_NATIVE);
	EQ(north(SYS_execve | SOUTH_ASK, 0), SOUTH_NATIVE);
	EQ(north(4000), -13);
	EQ(north(4001), -ENOSYS);
}

TEST(filters_need_no_new_privs_or_the_capability)
{
	fresh();
	EQ(north(SYS_setresuid, 1000, 1000, 1000), 0);
	EQ(INSTALL(0, ALLOW), -EACCES);
	EQ(north(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	EQ(INSTALL(0, ALLOW), 0);
	EQ(north(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL), -EINVAL);
}

TEST(there_is_an_end_to_how_many)
{
	static struct sock_filter big[BPF_MAXINSNS];
	s64 r;
	int n = 0;

	for (unsigned int i = 0; i < LEN(big); i++)
		big[i] = (struct sock_filter)ALLOW;
	fresh();
	while (!(r = install(big, LEN(big), 0)))
		n++;
	EQ(r, -ENOMEM);
	EQ(n, 7);	/* each costs 4 more than its instructions, of 32768 */
}

TEST(children_and_threads_inherit_them)
{
	struct task *parent = fresh(), *child, *thread;
	s32 pid = north(SYS_getpid);

	EQ(answer(SYS_umask, SECCOMP_RET_ERRNO | 7), 0);
	EQ(north(SYS_fork), 0);
	child = hosted_child(5500, 5500);
	OK(child);
	thread = thread_of(5501, pid);
	hosted_become(child);
	EQ(north(SYS_umask, 022), -7);
	EQ(answer(SYS_umask, SECCOMP_RET_ERRNO | 8), 0);
	EQ(north(SYS_umask, 022), -8);
	hosted_become(thread);
	EQ(north(SYS_umask, 022), -7);
	hosted_become(parent);
	EQ(north(SYS_umask, 022), -7);
	hosted_exit(thread);
	hosted_exit(child);
	EQ(north(SYS_umask, 022), -7);
}

TEST(tsync_takes_all_threads_or_none)
{
	struct task *me = fresh(), *a, *b, *unborn;
	s32 pid = north(SYS_getpid);

	a = thread_of(5601, pid);
	b = thread_of(5602, pid);
	/* One that is being cloned gets it as well. */
	hosted_become(a);
	EQ(north(SYS_clone, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD), 0);
	hosted_become(me);
	EQ(INSTALL(SECCOMP_FILTER_FLAG_TSYNC, A(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_umask, 0, 1),
		   RET(SECCOMP_RET_ERRNO | 7), ALLOW), 0);
	OK(hosted_filtered(5601) && hosted_filtered(5602));
	hosted_become(a);
	unborn = hosted_child(5603, pid);
	OK(unborn);
	hosted_become(unborn);
	EQ(north(SYS_umask, 022), -7);
	hosted_become(b);
	EQ(north(SYS_umask, 022), -7);
	/* A thread that has gone its own way refuses. */
	EQ(answer(SYS_getgid, SECCOMP_RET_ERRNO | 8), 0);
	hosted_become(me);
	EQ(INSTALL(SECCOMP_FILTER_FLAG_TSYNC, ALLOW), 5602);
	EQ(INSTALL(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH, ALLOW), -ESRCH);
	EQ(north(SYS_getgid), 0);
	/* But who goes further may take the others along. */
	hosted_become(b);
	EQ(INSTALL(SECCOMP_FILTER_FLAG_TSYNC, ALLOW), 0);
	hosted_become(me);
	EQ(north(SYS_getgid), -8);
	hosted_exit(b);
	EQ(north(SYS_getgid), -8);
	hosted_exit(a);
	hosted_exit(unborn);
}

TEST(strict_mode_leaves_four_calls)
{
	char c;

	fresh();
	EQ(north(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, NULL), -EINVAL);
	EQ(north(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, &c), -EINVAL);
	EQ(north(SYS_prctl, PR_SET_SECCOMP, 3, 0), -EINVAL);
	EQ(north(SYS_prctl, PR_SET_SECCOMP, 1, 0), 0);
	hosted_last_signal.count = 0;
	EQ(north(SYS_read, -1, &c, 1), -EBADF);
	EQ(north(SYS_rt_sigreturn | SOUTH_ASK), SOUTH_NATIVE);
	EQ(hosted_last_signal.count, 0);
	north(SYS_getpid);
	EQ(hosted_last_signal.count, 1);
	EQ(hosted_last_signal.sig, SIGKILL);
}

TEST(actions_are_told)
{
	static const u32 known[] = {
		SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO,
		SECCOMP_RET_TRACE, SECCOMP_RET_LOG, SECCOMP_RET_ALLOW,
	};
	u32 none = 0x12340000, notify = SECCOMP_RET_USER_NOTIF;

	for (unsigned int i = 0; i < LEN(known); i++)
		EQ(north(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &known[i]), 0);
	EQ(north(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &none), -EOPNOTSUPP);
	EQ(north(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &notify), -EOPNOTSUPP);
	EQ(north(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, NULL), -EFAULT);
	EQ(north(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 1, &none), -EINVAL);
	EQ(north(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, NULL), -EINVAL);
}
