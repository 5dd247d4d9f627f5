// SPDX-License-Identifier: GPL-2.0
/* The dispatcher: one table, one bound check. */
#include "task.h"
#include "syscalls.dispatch.h"

NORTH_ENTRY(north_syscall)
s64 north_syscall(u32 nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	u64 a[6] = { a0, a1, a2, a3, a4, a5 };

	if (nr >= ARRAY_SIZE(dispatch) || !dispatch[nr])
		return -ENOSYS;
	return dispatch[nr](a);
}
