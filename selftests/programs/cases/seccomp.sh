#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Filters by libseccomp and by hand, of each kind of answer, and one put on all threads
# while they make calls.
set -e
cat > prog.c <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void trapped(int sig, siginfo_t *si, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	printf("SIGSYS code %d errno %d call %d arch %x ax %lld\n", si->si_code, si->si_errno, si->si_syscall,
	       si->si_arch, regs[REG_RAX]);
	regs[REG_RAX] = -EDOM;
}

static void in_child(const char *name, void (*f)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		f();
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	printf("%s: exit %d signal %d\n", name, WEXITSTATUS(status), WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static void say(const char *call, long r)
{
	printf("%s: %s\n", call, r < 0 ? strerrorname_np(errno) : "ok");
}

static void by_library(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

	seccomp_rule_add(f, SCMP_ACT_ERRNO(EXDEV), SCMP_SYS(getuid), 0);
	seccomp_rule_add(f, SCMP_ACT_ERRNO(EISDIR), SCMP_SYS(umask), 1, SCMP_A0(SCMP_CMP_EQ, 0777));
	seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(munmap), 1, SCMP_A1(SCMP_CMP_EQ, 12345));
	seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOTDIR), SCMP_SYS(execve), 0);
	seccomp_rule_add(f, SCMP_ACT_ERRNO(EFBIG), SCMP_SYS(dup), 1, SCMP_A0(SCMP_CMP_GE, 1ull << 33));
	seccomp_rule_add(f, SCMP_ACT_LOG, SCMP_SYS(getegid), 0);
	printf("load %d\n", seccomp_load(f));
	say("getuid", syscall(SYS_getuid));
	say("getgid", syscall(SYS_getgid));
	say("getegid", syscall(SYS_getegid));
	say("umask 0777", syscall(SYS_umask, 0777));
	say("umask", syscall(SYS_umask, 022));
	say("munmap", syscall(SYS_munmap, 0, 12345));
	say("mmap", (long)mmap(NULL, 8192, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	say("nanosleep", syscall(SYS_nanosleep, &(struct timespec){ 0, 1000 }, NULL));
	say("setrlimit", syscall(SYS_setrlimit, RLIMIT_CORE, &(struct rlimit){ 0, 0 }));
	say("setrlimit", syscall(SYS_setrlimit, RLIMIT_STACK, &(struct rlimit){ 1 << 20, 1 << 20 }));
	say("prlimit64", syscall(SYS_prlimit64, getppid(), RLIMIT_STACK, NULL, &(struct rlimit){ }));
	say("prlimit64", syscall(SYS_prlimit64, 0, RLIMIT_STACK, NULL, &(struct rlimit){ }));
	say("prlimit64", syscall(SYS_prlimit64, getpid(), RLIMIT_STACK, NULL, &(struct rlimit){ }));
	say("getrlimit", getrlimit(RLIMIT_STACK, &(struct rlimit){ }));
	say("execve", execl("/bin/true", "true", NULL));
	say("dup", syscall(SYS_dup, 1ull << 33));
	say("a child", syscall(SYS_fork) ? (wait(NULL), 0) : (_exit(syscall(SYS_getuid) != -1), 0));
	printf("mode %d, strict after it: ", prctl(PR_GET_SECCOMP));
	say("", prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
}

static void by_trap(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	struct sigaction sa = { .sa_sigaction = trapped, .sa_flags = SA_SIGINFO };

	sigaction(SIGSYS, &sa, NULL);
	seccomp_rule_add(f, SCMP_ACT_TRAP, SCMP_SYS(getppid), 0);
	seccomp_rule_add(f, SCMP_ACT_TRAP, SCMP_SYS(sched_yield), 0);
	seccomp_rule_add(f, SCMP_ACT_TRACE(5), SCMP_SYS(getpgrp), 0);
	seccomp_load(f);
	say("inline", syscall(SYS_getppid));
	say("native", syscall(SYS_sched_yield));
	say("traced by nobody", syscall(SYS_getpgrp));
}

static void by_trap_unhandled(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	sigset_t all;

	signal(SIGSYS, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	seccomp_rule_add(f, SCMP_ACT_TRAP, SCMP_SYS(getppid), 0);
	seccomp_load(f);
	syscall(SYS_getppid);
}

static void by_kill(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	struct sigaction sa = { .sa_sigaction = trapped, .sa_flags = SA_SIGINFO };

	sigaction(SIGSYS, &sa, NULL);
	seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, SCMP_SYS(getppid), 0);
	seccomp_load(f);
	syscall(SYS_getppid);
}

static void by_kill_pending(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGSYS);
	by_kill();
}

static void by_exec(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

	seccomp_rule_add(f, SCMP_ACT_ERRNO(EXDEV), SCMP_SYS(uname), 0);
	seccomp_load(f);
	execlp("uname", "uname", NULL);
}

static void strictly(void)
{
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	syscall(SYS_write, 1, "write\n", 6);
	syscall(SYS_exit, 3);
}

static void too_strictly(void)
{
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	syscall(SYS_getpid);
}

static void refused(void)
{
	struct sock_filter bad[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 62), BPF_STMT(BPF_RET, 0) };
	struct sock_fprog prog = { 2, bad };
	unsigned int action = SECCOMP_RET_TRAP;

	say("action", syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
	action = 0x12340000;
	say("no action", syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	say("bad", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog));
	say("flags", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 1 << 20, &prog));
	prog.len = 0;
	say("empty", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog));
	say("nowhere", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL));
}

static atomic_int filtered, late, made;

/* Once the filter is on all threads, no call may come through, whichever way it would go. */
static void *racer(void *arg)
{
	for (long n = 0; n < 200000; n++) {
		int was = atomic_load(&filtered);

		if (was && (syscall(SYS_getppid) != -1 || syscall(SYS_sched_yield) != -1 ||
			    syscall(SYS_getcpu, NULL, NULL, NULL) != -1 || syscall(SYS_getpgid, 0) != -1))
			late++;
		if (was == 2)
			break;
		if (!was && n % 64 == 0 && atomic_fetch_add(&made, 1) < 100) {
			pthread_t t;

			if (!pthread_create(&t, NULL, racer, NULL))
				pthread_detach(t);
		}
	}
	return arg;
}

static void racing(void)
{
	struct sock_filter p[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sched_yield, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getcpu, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgid, 1, 0),
		BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET, SECCOMP_RET_ERRNO | EXDEV),
	};
	struct sock_fprog prog = { sizeof(p) / sizeof(p[0]), p };
	pthread_t t[4];

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, racer, NULL);
	usleep(20000);
	say("tsync", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &prog));
	atomic_store(&filtered, 1);
	usleep(50000);
	atomic_store(&filtered, 2);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	printf("late %d\n", atomic_load(&late));
}

int main(void)
{
	in_child("library", by_library);
	in_child("trap", by_trap);
	in_child("trap unhandled", by_trap_unhandled);
	in_child("kill", by_kill);
	in_child("kill, the signal pending", by_kill_pending);
	in_child("exec", by_exec);
	in_child("strict", strictly);
	in_child("too strict", too_strictly);
	in_child("refused", refused);
	for (int i = 0; i < 5; i++)
		in_child("race", racing);
	return 0;
}
END
gcc -O1 -o prog prog.c -lseccomp -lpthread
./prog 2>&1
