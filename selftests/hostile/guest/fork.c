// SPDX-License-Identifier: GPL-2.0
/* As many processes and threads as there may be, and clones that no library makes. */
#define CLONES_STACK (16 << 10)
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "guest.h"

static _Atomic int words[16];

/*
 * A clone whose child makes one call and exits. The stack is the child's own where
 * it shares the memory, so that the parent doesn't stumble over it.
 */
static long clone_once(uint64_t flags, void *stack, long call)
{
	register long r10 asm("r10") = (long)&words[below(16)];
	register long r8 asm("r8") = one_in(2) ? (long)words : (long)random_address();
	long result;

	now.shared->operations++;
	asm volatile("syscall\n\t"
		     "test %%rax, %%rax\n\t"
		     "jnz 1f\n\t"
		     "mov %[call], %%rax\n\t"
		     "xor %%edi, %%edi\n\t"
		     "xor %%esi, %%esi\n\t"
		     "syscall\n\t"
		     "mov %[exit], %%eax\n\t"
		     "xor %%edi, %%edi\n\t"
		     "syscall\n\t"
		     "ud2\n"
		     "1:"
		     : "=a"(result)
		     : "0"((long)__NR_clone), "D"(flags), "S"(stack), "d"(&words[below(16)]), "r"(r10),
		       "r"(r8), [call] "b"(call), [exit] "i"(__NR_exit)
		     : "rcx", "r11", "memory", "cc");
	return result;
}

static void clone_flags(void)
{
	static const uint64_t some[] = {
		CLONE_VM, CLONE_FS, CLONE_FILES, CLONE_SIGHAND, CLONE_THREAD, CLONE_VFORK, CLONE_PARENT,
		CLONE_SYSVSEM, CLONE_SETTLS, CLONE_PARENT_SETTID, CLONE_CHILD_SETTID,
		CLONE_CHILD_CLEARTID, CLONE_UNTRACED, CLONE_PTRACE, CLONE_IO, CLONE_DETACHED,
		CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER, CLONE_NEWNET, CLONE_PIDFD,
		CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, CLONE_VM | CLONE_VFORK,
	};
	static const short calls[] = { __NR_getpid, __NR_gettid, __NR_fork, __NR_getppid, __NR_pause,
				       __NR_setsid, __NR_exit_group, __NR_sched_yield };
	char *stack = mmap(NULL, CLONES_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t flags = one_in(4) ? random_word() & 0xff : SIGCHLD;
	long call = PICK(calls);

	if (stack == MAP_FAILED)
		return;
	for (int i = below(6); i >= 0; i--)
		flags |= PICK(some);
	/* Who waits for a child that waits forever is nobody's loss, but no test either. */
	if (flags & (CLONE_VFORK | CLONE_THREAD) && call == __NR_pause)
		call = __NR_getpid;
	if (one_in(4)) {
		struct { uint64_t w[11]; } args = { { flags & ~0xffULL, 0, 0, 0, flags & 0xff,
						      (uint64_t)stack, CLONES_STACK } };
		/* clone3 with a stack that it doesn't know the child's way out of: refused or ended. */
		if (!(flags & CLONE_VM) && CALL(__NR_clone3, &args, 64 + 8 * below(5)) == 0)
			_exit(0);
	} else {
		clone_once(flags, one_in(16) && !(flags & CLONE_VM) ? NULL : stack + CLONES_STACK - 128, call);
	}
	if (!(flags & CLONE_VM))
		munmap(stack, CLONES_STACK);
}

static void grow(void *arg)
{
	long depth = (long)arg;

	while (more() && depth < 12) {
		if (child(grow, (void *)(depth + 1)) < 0)
			break;
		now.shared->operations++;
		if (one_in(8))
			return;
		reap();
	}
}

static void sleeper(void *arg)
{
	(void)arg;
	CALL(__NR_nanosleep, ((long[]){ 0, 300000000 }), NULL);
}

static void many_threads(void *arg)
{
	(void)arg;
	while (more() && thread(sleeper, NULL))
		now.shared->operations++;
}

/* vfork, where the child goes on to do what it must not. */
static void vforks(void *arg)
{
	volatile int pid;
	(void)arg;

	pid = vfork();
	if (!pid) {
		switch (below(5)) {
		case 0: CALL(__NR_execve, program, ((char *[]){ "guest", "--ended", NULL }), NULL); break;
		case 1: CALL(__NR_execve, "/nonexistent", NULL, NULL); break;
		case 2: CALL(__NR_kill, getppid(), SIGKILL); break;
		case 3: CALL(__NR_kill, getpid(), SIGKILL); break;
		case 4: child(nothing, NULL); break;
		}
		_exit(0);
	}
}

void run_fork(void)
{
	pool_open();
	while (more()) {
		switch (below(10)) {
		case 0:
			child(grow, NULL);
			break;
		case 1:
			child(many_threads, NULL);
			break;
		case 2:
		case 3:
			child(vforks, NULL);
			break;
		default:
			for (int i = 0; i < 32 && more(); i++) {
				clone_flags();
				reap();
			}
			break;
		}
		reap();
	}
}
