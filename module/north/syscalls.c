// SPDX-License-Identifier: GPL-2.0
/* The dispatcher: one table, one bound check. */
#include "proc/proc.h"
#include "syscalls.dispatch.h"

#define NR_PTRACE 101
#define NR_WAITID 247
#define NR_PRLIMIT64 302

NORTH_ENTRY(north_syscall)
s64 north_syscall(u32 nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	u64 a[6] = { a0, a1, a2, a3, a4, a5 };
	bool asked = nr & SOUTH_ASK;
	s64 ret;

	nr &= ~SOUTH_ASK;
	if (READ_ONCE(current->seccomp_mode) && seccomp_refuses(nr, a, &ret))
		return ret;
	/* Of native calls these are North's to judge. */
	if (asked && nr != NR_PTRACE && nr != NR_WAITID && nr != NR_PRLIMIT64)
		return SOUTH_NATIVE;
	if (nr >= ARRAY_SIZE(dispatch) || !dispatch[nr])
		return -ENOSYS;
	return dispatch[nr](a);
}
