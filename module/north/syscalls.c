// SPDX-License-Identifier: GPL-2.0
/* The dispatcher: one table, one bound check. */
#include "proc/proc.h"
#include "syscalls.dispatch.h"

#define NR_KILL 62
#define NR_PTRACE 101
#define NR_RT_SIGQUEUEINFO 129
#define NR_TGKILL 234
#define NR_WAITID 247
#define NR_RT_TGSIGQUEUEINFO 297
#define NR_PRLIMIT64 302

/* Is native call @nr North's to judge, where the redirect would let it run? */
static bool is_judged(u32 nr)
{
	switch (nr) {
	case NR_KILL:
	case NR_PTRACE:
	case NR_RT_SIGQUEUEINFO:
	case NR_TGKILL:
	case NR_WAITID:
	case NR_RT_TGSIGQUEUEINFO:
	case NR_PRLIMIT64:
		return true;
	default:
		return false;
	}
}

NORTH_ENTRY(north_syscall)
s64 north_syscall(u32 nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	u64 a[6] = { a0, a1, a2, a3, a4, a5 };
	bool asked = nr & SOUTH_ASK;
	s64 ret;

	nr &= ~SOUTH_ASK;
	if (READ_ONCE(current->seccomp_mode) && seccomp_refuses(nr, a, &ret))
		return ret;
	if (asked && !is_judged(nr))
		return SOUTH_NATIVE;
	if (nr >= ARRAY_SIZE(dispatch) || !dispatch[nr])
		return -ENOSYS;
	return dispatch[nr](a);
}
