// SPDX-License-Identifier: GPL-2.0
/* Files of /proc about the whole box: what the host gives it, not what the host has. */
#include "procfs.h"
#include "../../ipc/sysv.h"

#define TICK (NS_PER_SEC / USER_HZ)

static s32 show_version(struct proc_inode *p, struct text *t)
{
	struct utsname u;

	uts_copy(&u);
	text_printf(t, "Linux version %s (litebox) %s\n", u.release, u.version);
	return 0;
}

static s32 show_filesystems(struct proc_inode *p, struct text *t)
{
	text_printf(t, "nodev\ttmpfs\nnodev\tproc\nnodev\tdevpts\nnodev\toverlay\n");
	return 0;
}

static s32 show_empty_line(struct proc_inode *p, struct text *t)
{
	text_printf(t, "\n");
	return 0;
}

static s32 show_devices(struct proc_inode *p, struct text *t)
{
	text_printf(t,
		    "Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n"
		    "136 pts\n\nBlock devices:\n");
	return 0;
}

static s32 show_swaps(struct proc_inode *p, struct text *t)
{
	text_printf(t, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	return 0;
}

static s32 show_partitions(struct proc_inode *p, struct text *t)
{
	text_printf(t, "major minor  #blocks  name\n\n");
	return 0;
}

static s32 with_host(struct text *t, void (*show)(struct text *, const struct south_host *))
{
	struct south_host *h = new(struct south_host);
	s32 err;

	if (!h)
		return -ENOMEM;
	err = south_host(h);
	if (!err)
		show(t, h);
	release(h);
	return err;
}

/* What every x86-64 processor has; more a program asks the processor. */
static void cpuinfo(struct text *t, const struct south_host *h)
{
	for (u32 i = 0; i < h->cpus; i++) {
		text_printf(t, "processor\t: %u\nvendor_id\t: unknown\nmodel name\t: %s\n", i,
			    h->cpu_model);
		text_printf(t,
			    "cpu MHz\t\t: %u.%03u\nphysical id\t: 0\nsiblings\t: %u\ncore id\t\t: %u\n",
			    h->hz / 1000, h->hz % 1000, h->cpus, i);
		text_printf(t,
			    "cpu cores\t: %u\napicid\t\t: %u\nfpu\t\t: yes\nfpu_exception\t: yes\n",
			    h->cpus, i);
		text_printf(t,
			    "wp\t\t: yes\nflags\t\t: fpu tsc msr pae cx8 cmov mmx fxsr sse sse2 syscall nx lm\n");
		text_printf(t, "bogomips\t: %u.%02u\nclflush size\t: 64\ncache_alignment\t: 64\n\n",
			    h->hz / 500, h->hz / 5 % 100);
	}
}

static s32 show_cpuinfo(struct proc_inode *p, struct text *t)
{
	return with_host(t, cpuinfo);
}

static void meminfo(struct text *t, const struct south_host *h)
{
	u64 used = h->mem_total - min(h->mem_total, h->mem_free + h->mem_cached);
	const struct {
		const char *name;
		u64 bytes;
	} rows[] = {
		{ "MemTotal:", h->mem_total }, { "MemFree:", h->mem_free },
		{ "MemAvailable:", h->mem_available }, { "Buffers:", 0 },
		{ "Cached:", h->mem_cached },
		{ "SwapCached:", 0 }, { "Active:", used }, { "Inactive:", h->mem_cached },
		{ "Active(anon):", used }, { "Inactive(anon):", 0 }, { "Active(file):", 0 },
		{ "Inactive(file):", h->mem_cached }, { "Unevictable:", 0 }, { "Mlocked:", 0 },
		{ "SwapTotal:", h->swap_total }, { "SwapFree:", h->swap_free }, { "Dirty:", 0 },
		{ "Writeback:", 0 }, { "AnonPages:", used }, { "Mapped:", 0 }, { "Shmem:", 0 },
		{ "KReclaimable:", 0 }, { "Slab:", 0 }, { "SReclaimable:", 0 },
		{ "SUnreclaim:", 0 },
		{ "KernelStack:", 0 }, { "PageTables:", 0 }, { "CommitLimit:", h->mem_total },
		{ "Committed_AS:", used },
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		text_printf(t, "%-16s%8llu kB\n", rows[i].name, rows[i].bytes >> 10);
	text_printf(t, "VmallocTotal:   34359738367 kB\nVmallocUsed:           0 kB\n"
		    "VmallocChunk:          0 kB\nHugePages_Total:       0\nHugePages_Free:        0\n"
		    "HugePages_Rsvd:        0\nHugePages_Surp:        0\nHugepagesize:       2048 kB\n"
		    "Hugetlb:               0 kB\n");
}

static s32 show_meminfo(struct proc_inode *p, struct text *t)
{
	return with_host(t, meminfo);
}

static void cpu_times(struct text *t, u64 busy, u64 idle)
{
	text_printf(t, " %llu 0 0 %llu 0 0 0 0 0 0\n", busy / TICK, idle / TICK);
}

static void stat(struct text *t, const struct south_host *h)
{
	u32 cpus = max(h->cpus, 1u);
	u64 all = h->uptime * cpus, idle = min(h->idle, all);

	text_printf(t, "cpu ");
	cpu_times(t, all - idle, idle);
	for (u32 i = 0; i < cpus; i++) {
		text_printf(t, "cpu%u", i);
		cpu_times(t, (all - idle) / cpus, idle / cpus);
	}
	text_printf(t,
		    "intr 0\nctxt 0\nbtime %lld\nprocesses %u\nprocs_running 1\nprocs_blocked 0\n"
		    "softirq 0 0 0 0 0 0 0 0 0 0 0\n",
		    (south_time(0) - (s64)h->uptime) / NS_PER_SEC, h->tasks);
}

static s32 show_stat(struct proc_inode *p, struct text *t)
{
	return with_host(t, stat);
}

static void uptime(struct text *t, const struct south_host *h)
{
	u64 up = h->uptime / TICK, idle = h->idle / TICK;

	text_printf(t, "%llu.%02llu %llu.%02llu\n", up / 100, up % 100, idle / 100, idle % 100);
}

static s32 show_uptime(struct proc_inode *p, struct text *t)
{
	return with_host(t, uptime);
}

static void loadavg(struct text *t, const struct south_host *h)
{
	s32 last = 0;
	struct task *task;

	for (u32 i = 0; i < 3; i++) {
		u64 load = h->load[i] + 65536 / 200;

		text_printf(t, "%llu.%02llu ", load >> 16, (load & 0xffff) * 100 >> 16);
	}
	lock(&tasks_lock);
	list_for_each(task, &tasks, node)
		last = max(last, task->tid);
	unlock(&tasks_lock);
	text_printf(t, "1/%u %d\n", h->tasks, last);
}

static s32 show_loadavg(struct proc_inode *p, struct text *t)
{
	return with_host(t, loadavg);
}

static void vmstat(struct text *t, const struct south_host *h)
{
	text_printf(t,
		    "nr_free_pages %llu\nnr_inactive_anon 0\nnr_active_anon 0\nnr_inactive_file %llu\n"
		    "nr_active_file 0\nnr_dirty 0\nnr_writeback 0\npgpgin 0\npgpgout 0\npswpin 0\n"
		    "pswpout 0\npgfault 0\npgmajfault 0\n", h->mem_free / PAGE_SIZE,
		    h->mem_cached / PAGE_SIZE);
}

static s32 show_vmstat(struct proc_inode *p, struct text *t)
{
	return with_host(t, vmstat);
}

static s32 link_self(struct proc_inode *p, struct text *t)
{
	text_printf(t, "%d", current->pid);
	return 0;
}

static s32 link_thread_self(struct proc_inode *p, struct text *t)
{
	text_printf(t, "%d/task/%d", current->pid, current->tid);
	return 0;
}

static s32 link_mounts(struct proc_inode *p, struct text *t)
{
	text_printf(t, "self/mounts");
	return 0;
}

#define FILE(name_, show_) { .name = name_, .mode = S_IFREG | 0444, .show = show_ }
#define LINK(name_, link_) { .name = name_, .mode = S_IFLNK | 0777, .link = link_ }

static s32 show_sysv_msg(struct proc_inode *p, struct text *t)
{
	msg_show(t);
	return 0;
}

static s32 show_sysv_sem(struct proc_inode *p, struct text *t)
{
	sem_show(t);
	return 0;
}

static s32 show_sysv_shm(struct proc_inode *p, struct text *t)
{
	shm_show(t);
	return 0;
}

static const struct proc_entry sysvipc_entries[] = {
	FILE("msg", show_sysv_msg),
	FILE("sem", show_sysv_sem),
	FILE("shm", show_sysv_shm),
	{ 0 }
};

const struct proc_entry proc_root_entries[] = {
	FILE("cmdline", show_empty_line),
	FILE("cpuinfo", show_cpuinfo),
	FILE("devices", show_devices),
	FILE("filesystems", show_filesystems),
	FILE("loadavg", show_loadavg),
	FILE("meminfo", show_meminfo),
	LINK("mounts", link_mounts),
	FILE("partitions", show_partitions),
	LINK("self", link_self),
	FILE("stat", show_stat),
	FILE("swaps", show_swaps),
	{ .name = "sys", .mode = S_IFDIR | 0555, .children = proc_sys_entries },
	{ .name = "sysvipc", .mode = S_IFDIR | 0555, .children = sysvipc_entries },
	LINK("thread-self", link_thread_self),
	FILE("uptime", show_uptime),
	FILE("version", show_version),
	FILE("vmstat", show_vmstat),
	{ 0 }
};
