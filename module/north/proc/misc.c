// SPDX-License-Identifier: GPL-2.0
/* Small questions that a task asks about itself and its memory. */
#include "proc.h"

#define ADDR_NO_RANDOMIZE 0x0040000u
#define MLOCK_ONFAULT 1
#define MCL_CURRENT 1
#define MCL_FUTURE 2
#define MCL_ONFAULT 4

/* The redirect answers these by itself: they are here for a redirect that doesn't. */
s64 sys_getpid(const u64 *a)
{
	return current->pid;
}

s64 sys_gettid(const u64 *a)
{
	return current->tid;
}

/* A number that the host knows of thread @tid, 0: the caller. */
static s64 task_fact(s32 tid, size_t field)
{
	struct south_task *st = new(struct south_task);
	s32 r;

	if (!st)
		return -ENOMEM;
	r = south_task(tid, st);
	if (!r)
		r = *(s32 *)((char *)st + field);
	release(st);
	return r;
}

s64 sys_getppid(const u64 *a)
{
	return task_fact(0, offsetof(struct south_task, ppid));
}

s64 sys_getpgrp(const u64 *a)
{
	return task_fact(0, offsetof(struct south_task, pgid));
}

s64 sys_getpgid(const u64 *a)
{
	return task_fact((s32)a[0], offsetof(struct south_task, pgid));
}

s64 sys_getsid(const u64 *a)
{
	return task_fact((s32)a[0], offsetof(struct south_task, sid));
}

s64 sys_getcpu(const u64 *a)
{
	u32 node = 0;
	s64 cpu = task_fact(0, offsetof(struct south_task, cpu));
	u32 n = cpu;

	if (cpu < 0)
		return cpu;
	if (a[0] && south_user_write(a[0], &n, sizeof(n)))
		return -EFAULT;
	if (a[1] && south_user_write(a[1], &node, sizeof(node)))
		return -EFAULT;
	return 0;
}

struct sysinfo {
	s64 uptime;
	u64 loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
	u16 procs, pad;
	u64 totalhigh, freehigh;
	u32 mem_unit;
};

s64 sys_sysinfo(const u64 *a)
{
	struct south_host *host = new(struct south_host);
	struct sysinfo info;
	s32 err;

	if (!host)
		return -ENOMEM;
	err = south_host(host);
	if (err)
		goto out;
	memset(&info, 0, sizeof(info));
	info.uptime = host->uptime / NS_PER_SEC;
	for (u32 i = 0; i < 3; i++)
		info.loads[i] = host->load[i];
	info.totalram = host->mem_total;
	info.freeram = host->mem_free;
	info.totalswap = host->swap_total;
	info.freeswap = host->swap_free;
	info.procs = host->tasks;
	info.mem_unit = 1;
	err = south_user_write(a[0], &info, sizeof(info));
out:
	release(host);
	return err;
}

/* Linux's own personality, with or without randomised addresses; the host does as it likes. */
s64 sys_personality(const u64 *a)
{
	struct task *t = current;
	u32 old = t->personality, new = (u32)a[0];

	if (new == 0xffffffff)
		return old;
	if (new & ~ADDR_NO_RANDOMIZE)
		return -EINVAL;
	t->personality = new;
	return old;
}

/* ---- memory: locked is what the host keeps anyway; it's the limits that programs see ---- */

s32 range_mapped(s32 pid, u64 start, u64 end)
{
	struct south_vma vma;

	while (start < end) {
		s32 err = south_vma(pid, start, &vma);

		if (err || vma.start > start)
			return -ENOMEM;
		start = vma.end;
	}
	return 0;
}

s32 memlock_limit(u64 *limit)
{
	struct south_task *st;
	s32 err;

	*limit = RLIM_INFINITY;
	if (capable(CAP_IPC_LOCK))
		return 0;
	st = new(struct south_task);
	if (!st)
		return -ENOMEM;
	err = south_task(0, st);
	if (!err)
		*limit = st->rlim_cur[RLIMIT_MEMLOCK];
	release(st);
	return err;
}

static s64 do_mlock(u64 start, u64 len, bool locks)
{
	u64 limit, end;
	s32 err;

	if (locks) {
		err = memlock_limit(&limit);
		if (err)
			return err;
		if (!limit)
			return -EPERM;
	}
	len = ALIGN_UP(len + (start & (PAGE_SIZE - 1)), PAGE_SIZE);
	start &= ~(u64)(PAGE_SIZE - 1);
	if (locks && len > limit)
		return -ENOMEM;
	end = start + len;
	if (end < start)
		return -EINVAL;
	return range_mapped(0, start, end);
}

s64 sys_mlock(const u64 *a)
{
	return do_mlock(a[0], a[1], true);
}

s64 sys_mlock2(const u64 *a)
{
	if ((u32)a[2] & ~MLOCK_ONFAULT)
		return -EINVAL;
	return do_mlock(a[0], a[1], true);
}

s64 sys_munlock(const u64 *a)
{
	return do_mlock(a[0], a[1], false);
}

s64 sys_mlockall(const u64 *a)
{
	u32 flags = (u32)a[0];
	u64 limit;
	s32 err;

	if (!flags || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) || flags == MCL_ONFAULT)
		return -EINVAL;
	err = memlock_limit(&limit);
	if (err)
		return err;
	if (!limit)
		return -EPERM;
	if ((flags & MCL_CURRENT) && limit != RLIM_INFINITY) {
		struct south_task *st = new(struct south_task);

		if (!st)
			return -ENOMEM;
		err = south_task(0, st);
		if (!err && st->vsize > limit)
			err = -ENOMEM;
		release(st);
	}
	return err;
}

s64 sys_munlockall(const u64 *a)
{
	return 0;
}

/* What is mapped is said to be there: the host doesn't tell, and it is nobody's business. */
s64 sys_mincore(const u64 *a)
{
	u64 start = a[0], pages = (a[1] >> 12) + !!(a[1] & (PAGE_SIZE - 1)), at = 0;
	u8 ones[256];
	s32 err;

	if (start & (PAGE_SIZE - 1))
		return -EINVAL;
	if (!user_range(start, a[1]))
		return -ENOMEM;
	err = range_mapped(0, start, start + pages * PAGE_SIZE);
	if (err)
		return err;
	memset(ones, 1, sizeof(ones));
	for (; at < pages; at += sizeof(ones))
		if (south_user_write(a[2] + at, ones, min((u64)sizeof(ones), pages - at)))
			return -EFAULT;
	return 0;
}
