// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/fs/cgroup as a container sees it: its own cgroup as the root of a hierarchy of
 * version 2, whose limits are the box's. Nothing can be changed in it.
 */
#include "procfs.h"

#define CGROUP2_MAGIC 0x63677270
#define PERIOD 100000u	/* us: what lbctl sets a box's share of the CPUs by */

static s32 show_procs(struct proc_inode *p, struct text *t)
{
	bool threads = !strcmp(p->entry->name, "cgroup.threads");
	struct task_id *ids;
	u32 n;

	ids = tasks_snapshot(&n);
	if (!ids)
		return -ENOMEM;
	for (u32 i = 0; i < n; i++)
		if (threads || ids[i].tid == ids[i].pid)
			text_printf(t, "%d\n", ids[i].tid);
	release(ids);
	return 0;
}

static void show_limit(struct text *t, u64 limit)
{
	if (limit)
		text_printf(t, "%llu\n", limit);
	else
		text_printf(t, "max\n");
}

static void memory_max(struct text *t, const struct south_host *h)
{
	show_limit(t, h->mem_limit);
}

static void memory_current(struct text *t, const struct south_host *h)
{
	text_printf(t, "%llu\n", h->mem_used);
}

static void memory_stat(struct text *t, const struct south_host *h)
{
	text_printf(t, "anon %llu\nfile %llu\nkernel %llu\n", h->mem_anon, h->mem_file,
		    h->mem_used - min(h->mem_used, h->mem_anon + h->mem_file));
}

static void cpu_max(struct text *t, const struct south_host *h)
{
	if (h->cpu_limit)
		text_printf(t, "%llu %u\n", (u64)h->cpu_limit * PERIOD, PERIOD);
	else
		text_printf(t, "max %u\n", PERIOD);
}

static void cpuset_cpus(struct text *t, const struct south_host *h)
{
	proc_cpu_list(t, h->cpus);
}

static void pids_max(struct text *t, const struct south_host *h)
{
	show_limit(t, h->max_tasks);
}

static void pids_current(struct text *t, const struct south_host *h)
{
	text_printf(t, "%u\n", h->tasks);
}

/* What the living have used: those that were waited for count with their parents. */
static s32 show_cpu_stat(struct proc_inode *p, struct text *t)
{
	struct box_use use;
	s32 err = proc_box_use(&use);

	if (!err)
		text_printf(t, "usage_usec %llu\nuser_usec %llu\nsystem_usec %llu\n",
			    (use.user + use.system) / 1000, use.user / 1000,
			    use.system / 1000);
	return err;
}

static const struct proc_entry entries[] = {
	PROC_CONSTANT("cgroup.controllers", "cpuset cpu memory pids"),
	PROC_CONSTANT("cgroup.events", "populated 1\nfrozen 0"),
	PROC_CONSTANT("cgroup.max.depth", "0"),
	PROC_CONSTANT("cgroup.max.descendants", "0"),
	PROC_FILE("cgroup.procs", show_procs),
	PROC_CONSTANT("cgroup.stat", "nr_descendants 0\nnr_dying_descendants 0"),
	{ .name = "cgroup.subtree_control", .mode = S_IFREG | 0444, .value = "" },
	PROC_FILE("cgroup.threads", show_procs),
	PROC_CONSTANT("cgroup.type", "domain"),
	PROC_HOST("cpu.max", cpu_max),
	PROC_FILE("cpu.stat", show_cpu_stat),
	PROC_CONSTANT("cpu.weight", "100"),
	PROC_HOST("cpuset.cpus.effective", cpuset_cpus),
	PROC_CONSTANT("cpuset.mems.effective", "0"),
	PROC_HOST("memory.current", memory_current),
	PROC_CONSTANT("memory.high", "max"),
	PROC_CONSTANT("memory.low", "0"),
	PROC_HOST("memory.max", memory_max),
	PROC_CONSTANT("memory.min", "0"),
	PROC_HOST("memory.stat", memory_stat),
	PROC_CONSTANT("memory.swap.current", "0"),
	PROC_CONSTANT("memory.swap.max", "0"),
	PROC_HOST("pids.current", pids_current),
	PROC_HOST("pids.max", pids_max),
	{ 0 }
};

s32 cgroup_mount(void)
{
	static const struct proc_entry root = PROC_DIR("", entries);

	return proc_fs_add("/sys/fs/cgroup", "cgroup2", "cgroup", CGROUP2_MAGIC, &root, true);
}
