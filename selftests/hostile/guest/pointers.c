// SPDX-License-Identifier: GPL-2.0
/* Addresses that the kernel keeps and uses later, and registers that aren't what they should be. */
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "guest.h"

static char *page;

/* Lists of robust futexes that lead anywhere, in a circle too. */
static void robust(void)
{
	struct robust_list_head *head = (void *)(page + 64 * below(32));
	struct robust_list *node = (void *)(page + 2048 + 64 * below(32));

	head->list.next = one_in(3) ? (void *)random_address() : one_in(2) ? node : &head->list;
	head->futex_offset = one_in(2) ? (long)random_number() : 16;
	head->list_op_pending = one_in(2) ? (void *)random_address() : node;
	node->next = one_in(2) ? node : (void *)random_address();
	*(uint32_t *)((char *)node + 16) = CALL(__NR_gettid) | (one_in(2) ? FUTEX_WAITERS : 0);
	CALL(__NR_set_robust_list, one_in(8) ? (void *)random_address() : head, sizeof(*head));
}

static void rseq(void)
{
	uint32_t *r = (void *)(page + 32 * below(64));

	CALL(__NR_rseq, r, 32, one_in(4), 0x53053053);
	r[0] = random_number();
	*(uint64_t *)(r + 2) = one_in(2) ? random_address() : (uint64_t)(page + 32 * below(64));
	sched_yield();
}

/* A frame for sigreturn that nobody pushed. */
static void return_from_nothing(void)
{
	uint64_t *frame = random_structure(512);

	if ((char *)frame > arena && (char *)frame < arena + ARENA - 1024)
		for (int i = 0; i < 64; i++)
			frame[i] = one_in(4) ? random_address() : random_number();
	now.shared->operations++;
	asm volatile("mov %0, %%rsp\n\tmov %1, %%eax\n\tsyscall\n\tud2"
		     : : "r"(frame), "i"(__NR_rt_sigreturn) : "memory");
}

/* A call made with a stack pointer that is none, and flags set that nobody sets. */
static void odd_stack(void)
{
	static const short calls[] = { __NR_getppid, __NR_sched_yield, __NR_fork, __NR_getcwd, __NR_close,
				       __NR_rt_sigpending, __NR_clone, __NR_openat };
	uint64_t flags = 0x202;

	if (one_in(2))
		flags |= PICK(((uint64_t[]){ 0x100, 0x400, 0x4000, 0x10000, 0x40000, 0x200000, 0x3000 }));
	now.shared->operations++;
	asm volatile("mov %%rsp, %%r12\n\t"
		     "push %2\n\t"
		     "popf\n\t"
		     "mov %1, %%rsp\n\t"
		     "syscall\n\t"
		     "mov %%r12, %%rsp\n\t"
		     "cld\n\t"
		     "push $0x202\n\t"
		     "popf"
		     : : "a"((long)PICK(calls)), "r"(random_address()), "r"(flags), "D"(0), "S"(0), "d"(0)
		     : "rcx", "r8", "r9", "r10", "r11", "r12", "memory", "cc");
}

static void keep(void)
{
	switch (below(14)) {
	case 0: CALL(__NR_set_tid_address, random_address()); break;
	case 1: robust(); break;
	case 2: rseq(); break;
	case 3: CALL(__NR_sigaltstack, ((uint64_t[]){ random_address(), below(3), random_length() }), NULL); break;
	case 4:
		CALL(__NR_rt_sigaction, SIGUSR1,
		     ((uint64_t[]){ random_address(), 0x04000000 | (random_word() & 0xdfffffff),
				   random_address(), random_word() }), NULL, 8);
		if (one_in(4))
			CALL(__NR_kill, getpid(), SIGUSR1);
		break;
	case 5: CALL(__NR_arch_prctl, PICK(((int[]){ 0x1001, 0x1004, 0x1003, 0x1002, 0x1011, 0x1012,
						      0x1021, 0x1023, 0x3001, 0x5001, 0x2001 })), random_address());
		break;
	case 6: CALL(__NR_prctl, below(80), random_number(), random_address(), random_number(), random_number()); break;
	case 7: CALL(__NR_seccomp, below(4), below(4), random_structure(32)); break;
	case 8: CALL(__NR_ptrace, PICK(((int[]){ 0, 16, 7, 24, 3, 0x4206, 0x4200, 13, 5 })), random_pid(),
		     random_address(), random_address()); break;
	case 9: CALL(__NR_get_robust_list, random_pid(), random_address(), random_address()); break;
	case 10: CALL(__NR_membarrier, 1 << below(12), below(2), 0); break;
	case 11: CALL(__NR_futex, random_address(), below(14) | below(2) * 128, random_number(),
		      one_in(4) ? random_address() : 0x1000, random_address(), random_number()); break;
	case 12: CALL(__NR_clone, 0x00200000 | 0x01000000 | SIGCHLD, 0, 0, random_address(), 0) ? (void)0 : _exit(0); break;
	case 13: odd_stack(); break;
	}
}

/* What was kept is used when the thread ends. */
static void victim(void *arg)
{
	(void)arg;
	for (int i = below(20); i; i--)
		keep();
	if (one_in(4))
		return_from_nothing();
	if (one_in(3))
		CALL(__NR_execve, program, ((char *[]){ "guest", "--ended", NULL }), NULL);
}

void run_pointers(void)
{
	pool_open();
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return;
	while (more()) {
		child(victim, NULL);
		for (int i = 0; i < 40; i++)
			CALL(__NR_membarrier, 0, 0, 0);
		reap();
	}
}
