// SPDX-License-Identifier: GPL-2.0
/* The memory of a box: its limit and what it is charged, not what the host has beyond that. */
#include "procfs.h"

#define KIB(bytes) ((bytes) >> 10)
#define PAGES(bytes) ((bytes) / PAGE_SIZE)

struct row {
	const char *name;
	u64 bytes;
};

/* What memory objects and the kernel's own structures take is neither anonymous nor file. */
static u64 other(const struct south_host *h)
{
	return h->mem_used - min(h->mem_used, h->mem_anon + h->mem_file);
}

/* What processes share counts with each of them: never more than the box is charged. */
static bool use_now(struct text *t, const struct south_host *h, struct box_use *use)
{
	if (proc_box_use(use)) {
		t->failed = true;
		return false;
	}
	use->shared = min(use->shared, h->mem_anon);
	use->page_tables = min(use->page_tables, h->mem_used);
	return true;
}

void proc_meminfo(struct text *t, const struct south_host *h)
{
	struct box_use use = { 0 };
	bool known = use_now(t, h, &use);
	u64 anon = h->mem_anon - use.shared;
	const struct row rows[] = {
		{ "MemTotal:", h->mem_total }, { "MemFree:", h->mem_free },
		{ "MemAvailable:", h->mem_available }, { "Buffers:", 0 },
		{ "Cached:", h->mem_file + use.shared }, { "SwapCached:", 0 },
		{ "Active:", h->mem_anon }, { "Inactive:", h->mem_file },
		{ "Active(anon):", h->mem_anon }, { "Inactive(anon):", 0 },
		{ "Active(file):", 0 }, { "Inactive(file):", h->mem_file },
		{ "Unevictable:", use.locked }, { "Mlocked:", use.locked },
		{ "SwapTotal:", h->swap_total }, { "SwapFree:", h->swap_free },
		{ "Zswap:", 0 }, { "Zswapped:", 0 }, { "Dirty:", 0 }, { "Writeback:", 0 },
		{ "AnonPages:", anon }, { "Mapped:", use.mapped },
		{ "Shmem:", use.shared },
		{ "KReclaimable:", 0 }, { "Slab:", other(h) }, { "SReclaimable:", 0 },
		{ "SUnreclaim:", other(h) }, { "KernelStack:", 0 }, { "PageTables:", use.page_tables },
		{ "SecPageTables:", 0 }, { "NFS_Unstable:", 0 }, { "Bounce:", 0 },
		{ "WritebackTmp:", 0 }, { "CommitLimit:", h->mem_total },
		{ "Committed_AS:", h->mem_used }, { "VmallocTotal:", 35184372087808ull - 1024 },
		{ "VmallocUsed:", 0 }, { "VmallocChunk:", 0 }, { "Percpu:", 0 },
		{ "AnonHugePages:", 0 }, { "ShmemHugePages:", 0 }, { "ShmemPmdMapped:", 0 },
		{ "FileHugePages:", 0 }, { "FilePmdMapped:", 0 },
	};

	for (u32 i = 0; known && i < ARRAY_SIZE(rows); i++)
		text_printf(t, "%-16s%8llu kB\n", rows[i].name, KIB(rows[i].bytes));
	text_printf(t, "HugePages_Total:       0\nHugePages_Free:        0\nHugePages_Rsvd:        0\n"
		    "HugePages_Surp:        0\nHugepagesize:       2048 kB\nHugetlb:               0 kB\n");
}

void proc_vmstat(struct text *t, const struct south_host *h)
{
	struct box_use use = { 0 };
	bool known = use_now(t, h, &use);
	const struct {
		const char *name;
		u64 count;
	} rows[] = {
		{ "nr_free_pages", PAGES(h->mem_free) },
		{ "nr_inactive_anon", 0 }, { "nr_active_anon", PAGES(h->mem_anon) },
		{ "nr_inactive_file", PAGES(h->mem_file) }, { "nr_active_file", 0 },
		{ "nr_unevictable", PAGES(use.locked) }, { "nr_mlock", PAGES(use.locked) },
		{ "nr_anon_pages", PAGES(h->mem_anon - use.shared) },
		{ "nr_mapped", PAGES(use.mapped) },
		{ "nr_file_pages", PAGES(h->mem_file + use.shared) },
		{ "nr_dirty", 0 }, { "nr_writeback", 0 }, { "nr_shmem", PAGES(use.shared) },
		{ "nr_page_table_pages", PAGES(use.page_tables) },
		{ "nr_slab_reclaimable", 0 }, { "nr_slab_unreclaimable", PAGES(other(h)) },
		{ "pgpgin", 0 }, { "pgpgout", 0 }, { "pswpin", 0 }, { "pswpout", 0 },
		{ "pgfault", use.faults }, { "pgmajfault", use.major_faults },
	};

	for (u32 i = 0; known && i < ARRAY_SIZE(rows); i++)
		text_printf(t, "%s %llu\n", rows[i].name, rows[i].count);
}

void proc_zoneinfo(struct text *t, const struct south_host *h)
{
	text_printf(t, "Node 0, zone   Normal\n  pages free     %llu\n        min      0\n"
		    "        low      0\n        high     0\n        spanned  %llu\n",
		    PAGES(h->mem_free), PAGES(h->mem_total));
	text_printf(t, "        present  %llu\n        managed  %llu\n", PAGES(h->mem_total),
		    PAGES(h->mem_total));
}
