// SPDX-License-Identifier: GPL-2.0
/* Keys, tracing, performance counters, BPF, timers, memory */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <linux/bpf.h>
#include <linux/futex.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "trigger.h"

static char page[4096] __attribute__((aligned(4096)));

/* ---- keys ---- */

TRIGGER(key_session)
{
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "escape");
}

TRIGGER(key_default)
{
	syscall(SYS_keyctl, KEYCTL_SET_REQKEY_KEYRING, KEY_REQKEY_DEFL_THREAD_KEYRING);
}

TRIGGER(key_add)
{
	syscall(SYS_add_key, "user", "escape", "x", 1, KEY_SPEC_PROCESS_KEYRING);
}

TRIGGER(key_request)
{
	syscall(SYS_request_key, "user", "escape", NULL, KEY_SPEC_PROCESS_KEYRING);
}

TRIGGER(key_read)
{
	syscall(SYS_keyctl, KEYCTL_READ, KEY_SPEC_SESSION_KEYRING, page, sizeof(page));
}

/* ---- tracing and counting ---- */

TRIGGER(trace_me)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

TRIGGER(trace_breakpoint)
{
	pid_t pid = fork();

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, NULL, WUNTRACED);
	ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, u_debugreg[0]), page);
	kill(pid, SIGKILL);
}

TRIGGER(perf_group)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attr),
					.config = PERF_COUNT_SW_CPU_CLOCK, .exclude_kernel = 1 };
	int leader = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);

	syscall(SYS_perf_event_open, &attr, 0, -1, leader, 0);
}

TRIGGER(bpf_program)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insn_cnt = 2,
				.insns = (uintptr_t)code, .license = (uintptr_t)"GPL" };

	syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

TRIGGER(bpf_map)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8,
				.max_entries = 1 };

	syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

/* ---- waiting and time ---- */

TRIGGER(futex_pi)
{
	static int word;

	syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0, NULL, NULL, 0);
	syscall(SYS_futex, &word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0);
}

static void timer(clockid_t clock)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	struct itimerspec when = { .it_value.tv_sec = 100 };
	int id = 0;

	syscall(SYS_timer_create, clock, &event, &id);
	syscall(SYS_timer_settime, id, 0, &when, NULL);
	syscall(SYS_timer_delete, id);
}

TRIGGER(timer_create_real)
{
	timer(CLOCK_REALTIME);
}

TRIGGER(timer_create_cpu)
{
	const struct timespec soon = { .tv_nsec = 1000000 };

	timer(CLOCK_THREAD_CPUTIME_ID);
	syscall(SYS_clock_nanosleep, CLOCK_PROCESS_CPUTIME_ID, 0, &soon, NULL);
}

/* ---- memory ---- */

TRIGGER(fault_file)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, 1 /* faults of user mode only */);

	ioctl(fd, UFFDIO_API, &api);
}

TRIGGER(memory_policy)
{
	unsigned long node = 1;

	syscall(SYS_mbind, page, sizeof(page), 2 /* bind */, &node, 64, 0);
}

TRIGGER(memory_move)
{
	void *pages[] = { page };
	int status;

	syscall(SYS_move_pages, 0, 1, pages, NULL, &status, 0);
}

TRIGGER(segment_table)
{
	struct user_desc entry = { .entry_number = 1, .base_addr = 0, .limit = 1, .seg_32bit = 1 };

	syscall(SYS_modify_ldt, 1, &entry, sizeof(entry));
}

TRIGGER(shared_memory)
{
	int id = shmget(IPC_PRIVATE, sizeof(page), 0600);

	shmat(id, (void *)1, SHM_RND | SHM_REMAP);
	shmctl(id, IPC_RMID, NULL);
}
