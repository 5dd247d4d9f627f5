// SPDX-License-Identifier: GPL-2.0
/*
 * /sys: what programs look up there of processors, memory and devices, as far as a box
 * has them. It has no hardware of its own: most of the directories are empty.
 */
#include "procfs.h"

#define SYSFS_MAGIC 0x62656572
#define CPUS_MAX 4096u	/* more than any mask is written for */

static void list_cpus(struct text *t, const struct south_host *h)
{
	proc_cpu_list(t, h->cpus);
}

static void mask_cpus(struct text *t, const struct south_host *h)
{
	proc_cpu_mask(t, 0, h->cpus);
	text_printf(t, "\n");
}

/* ---- devices/system/cpu: one package, a core a CPU ---- */

static s32 show_number(struct proc_inode *p, struct text *t)
{
	text_printf(t, "%u\n", p->fd);
	return 0;
}

static s32 show_own_mask(struct proc_inode *p, struct text *t)
{
	proc_cpu_mask(t, p->fd, p->fd + 1);
	text_printf(t, "\n");
	return 0;
}

static const struct proc_entry topology_entries[] = {
	PROC_FILE("cluster_cpus", show_own_mask), PROC_FILE("cluster_cpus_list", show_number),
	PROC_CONSTANT("cluster_id", "65535"),
	PROC_FILE("core_cpus", show_own_mask), PROC_FILE("core_cpus_list", show_number),
	PROC_FILE("core_id", show_number),
	PROC_HOST("core_siblings", mask_cpus), PROC_HOST("core_siblings_list", list_cpus),
	PROC_HOST("die_cpus", mask_cpus), PROC_HOST("die_cpus_list", list_cpus),
	PROC_CONSTANT("die_id", "0"),
	PROC_HOST("package_cpus", mask_cpus), PROC_HOST("package_cpus_list", list_cpus),
	PROC_CONSTANT("physical_package_id", "0"),
	PROC_FILE("thread_siblings", show_own_mask),
	PROC_FILE("thread_siblings_list", show_number),
	{ 0 }
};

static const struct proc_entry cpu_entries[] = {
	PROC_DIR("topology", topology_entries),
	{ 0 }
};

static const struct proc_entry cpu_entry = PROC_DIR("cpu", cpu_entries);

static u32 cpus(void)
{
	struct south_host *h = new(struct south_host);
	u32 n = h && !south_host(h) ? h->cpus : 0;

	release(h);
	return min(max(n, 1u), CPUS_MAX);
}

static bool cpu_find(struct proc_inode *p, u32 n, struct proc_inode *child)
{
	child->entry = &cpu_entry;
	child->fd = n;
	return n < cpus();
}

static s64 cpu_next(struct proc_inode *p, u32 n)
{
	return n < cpus() ? (s64)n : -1;
}

static const struct proc_dir cpu_dir = { .prefix = "cpu", .find = cpu_find, .next = cpu_next };

static void last_cpu(struct text *t, const struct south_host *h)
{
	text_printf(t, "%u\n", max(h->cpus, 1u) - 1);
}

static const struct proc_entry smt_entries[] = {
	PROC_CONSTANT("active", "0"), PROC_CONSTANT("control", "notsupported"), { 0 }
};

static const struct proc_entry cpus_entries[] = {
	PROC_CONSTANT("isolated", ""),
	PROC_HOST("kernel_max", last_cpu),
	PROC_CONSTANT("offline", ""),
	PROC_HOST("online", list_cpus), PROC_HOST("possible", list_cpus), PROC_HOST("present", list_cpus),
	PROC_DIR("smt", smt_entries),
	{ 0 }
};

/* ---- devices/system/node: one ---- */

static void node_meminfo(struct text *t, const struct south_host *h)
{
	const struct {
		const char *name;
		u64 bytes;
	} rows[] = {
		{ "MemTotal", h->mem_total }, { "MemFree", h->mem_free },
		{ "MemUsed", h->mem_total - min(h->mem_free, h->mem_total) },
		{ "FilePages", h->mem_file }, { "AnonPages", h->mem_anon },
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		text_printf(t, "Node 0 %s:%*s%8llu kB\n", rows[i].name,
			    (int)(14 - strlen(rows[i].name)), "", rows[i].bytes >> 10);
}

static const struct proc_entry node_entries[] = {
	PROC_HOST("cpulist", list_cpus), PROC_HOST("cpumap", mask_cpus), PROC_CONSTANT("distance", "10"),
	PROC_HOST("meminfo", node_meminfo),
	{ 0 }
};

static const struct proc_entry nodes_entries[] = {
	PROC_CONSTANT("has_cpu", "0"), PROC_CONSTANT("has_memory", "0"),
	PROC_CONSTANT("has_normal_memory", "0"), PROC_DIR("node0", node_entries),
	PROC_CONSTANT("online", "0"), PROC_CONSTANT("possible", "0"),
	{ 0 }
};

/* ---- kernel/mm: huge pages come by madvise(2) only, and none are reserved ---- */

static const struct proc_entry thp_entries[] = {
	PROC_CONSTANT("defrag", "always defer defer+madvise [madvise] never"),
	PROC_CONSTANT("enabled", "always [madvise] never"),
	PROC_CONSTANT("hpage_pmd_size", "2097152"),
	PROC_CONSTANT("shmem_enabled", "always within_size advise [never] deny force"),
	{ 0 }
};

static const struct proc_entry huge_entries[] = {
	PROC_CONSTANT("free_hugepages", "0"), PROC_CONSTANT("nr_hugepages", "0"),
	PROC_CONSTANT("nr_overcommit_hugepages", "0"), PROC_CONSTANT("resv_hugepages", "0"),
	PROC_CONSTANT("surplus_hugepages", "0"),
	{ 0 }
};

static const struct proc_entry hugepages_entries[] = {
	PROC_DIR("hugepages-2048kB", huge_entries), { 0 }
};

static const struct proc_entry mm_entries[] = {
	PROC_DIR("hugepages", hugepages_entries),
	PROC_DIR("transparent_hugepage", thp_entries),
	{ 0 }
};

static const struct proc_entry kernel_entries[] = {
	PROC_CONSTANT("cpu_byteorder", "little"), PROC_DIR("mm", mm_entries), { 0 }
};

static const struct proc_entry system_entries[] = {
	{ .name = "cpu", .mode = S_IFDIR | 0555, .children = cpus_entries, .dir = &cpu_dir },
	PROC_DIR("node", nodes_entries),
	{ 0 }
};

/* ---- the rest ---- */

static const struct proc_entry nothing[] = { { 0 } };

static const struct proc_entry class_entries[] = {
	PROC_DIR("block", nothing), PROC_DIR("mem", nothing), PROC_DIR("misc", nothing),
	PROC_DIR("net", nothing), PROC_DIR("tty", nothing),
	{ 0 }
};

static const struct proc_entry dev_entries[] = {
	PROC_DIR("block", nothing), PROC_DIR("char", nothing), { 0 }
};

static const struct proc_entry devices_entries[] = {
	PROC_DIR("system", system_entries), PROC_DIR("virtual", nothing), { 0 }
};

static const struct proc_entry fs_entries[] = {
	PROC_DIR("cgroup", nothing), { 0 }
};

static const struct proc_entry entries[] = {
	PROC_DIR("block", nothing), PROC_DIR("bus", nothing), PROC_DIR("class", class_entries),
	PROC_DIR("dev", dev_entries), PROC_DIR("devices", devices_entries),
	PROC_DIR("firmware", nothing), PROC_DIR("fs", fs_entries), PROC_DIR("kernel", kernel_entries),
	PROC_DIR("module", nothing), PROC_DIR("power", nothing),
	{ 0 }
};

s32 sysfs_mount(void)
{
	static const struct proc_entry root = PROC_DIR("", entries);
	s32 err = proc_fs_add("/sys", "sysfs", "sysfs", SYSFS_MAGIC, &root, true);

	return err ? err : cgroup_mount();
}
