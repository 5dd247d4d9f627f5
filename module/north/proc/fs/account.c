// SPDX-License-Identifier: GPL-2.0
/* What a process or thread has used: schedstat, sched, oom_score, smaps_rollup, children. */
#include "procfs.h"

static s32 with_facts(struct proc_inode *p, struct text *t, bool readable,
		      void (*show)(struct text *, const struct subject *, const struct south_task *))
{
	struct south_task *st;
	struct subject s;
	s32 err = readable ? subject_get_readable(p, &s) : subject_get(p, &s);

	if (err)
		return err;
	st = proc_facts(&s, &err);
	if (st)
		show(t, &s, st);
	release(st);
	subject_put(&s);
	return err;
}

static void schedstat(struct text *t, const struct subject *s, const struct south_task *st)
{
	text_printf(t, "%llu %llu %llu\n", st->ran, st->waited, st->runs);
}

s32 proc_show_schedstat(struct proc_inode *p, struct text *t)
{
	return with_facts(p, t, false, schedstat);
}

static void sched_row(struct text *t, const char *name, u64 v)
{
	text_printf(t, "%s%*s:%21llu\n", name, (int)(45 - strlen(name)), "", v);
}

static void sched(struct text *t, const struct subject *s, const struct south_task *st)
{
	text_printf(t, "%.*s (%d, #threads: %u)\n", TASK_COMM_LEN, s->comm, s->tid, max(st->threads, 1u));
	for (u32 i = 0; i < 67; i++)
		text_printf(t, "-");
	text_printf(t, "\nse.sum_exec_runtime%*s:%14llu.%06llu\n", 26, "", st->ran / 1000000,
		    st->ran % 1000000);
	sched_row(t, "nr_switches", st->nvcsw + st->nivcsw);
	sched_row(t, "nr_voluntary_switches", st->nvcsw);
	sched_row(t, "nr_involuntary_switches", st->nivcsw);
	sched_row(t, "policy", st->policy);
	sched_row(t, "prio", 120 + st->nice);
}

s32 proc_show_sched(struct proc_inode *p, struct text *t)
{
	return with_facts(p, t, false, sched);
}

/* As oom_badness() has it: its share of the memory, moved by what it was given. */
static void oom_score(struct text *t, const struct subject *s, const struct south_task *st)
{
	struct south_host *h = new(struct south_host);
	s64 total, points;

	if (!h || south_host(h)) {
		t->failed = true;
	} else {
		total = (s64)max(h->mem_total, 1000ull * PAGE_SIZE);
		points = (s64)(st->rss + st->swap + st->pgtables) + s->process->oom_score_adj * (total / 1000);
		points = s->process->oom_score_adj == -1000 ? -total : points;
		points = 1000 + points * 1000 / total;
		text_printf(t, "%lld\n", points > 0 ? points * 2 / 3 : 0);
	}
	release(h);
}

s32 proc_show_oom_score(struct proc_inode *p, struct text *t)
{
	return with_facts(p, t, false, oom_score);
}

static void show_sum(struct text *t, const struct subject *s, const struct south_task *st)
{
	u64 anon = st->rss - min(st->rss, st->file_rss + st->shmem_rss);
	const struct {
		const char *name;
		u64 bytes;
	} rows[] = {
		{ "Rss:", st->rss }, { "Pss:", st->rss }, { "Pss_Dirty:", anon }, { "Pss_Anon:", anon },
		{ "Pss_File:", st->file_rss }, { "Pss_Shmem:", st->shmem_rss }, { "Shared_Clean:", 0 },
		{ "Shared_Dirty:", 0 }, { "Private_Clean:", st->rss - anon }, { "Private_Dirty:", anon },
		{ "Referenced:", st->rss }, { "Anonymous:", anon }, { "KSM:", 0 }, { "LazyFree:", 0 },
		{ "AnonHugePages:", 0 }, { "ShmemPmdMapped:", 0 }, { "FilePmdMapped:", 0 },
		{ "Shared_Hugetlb:", 0 }, { "Private_Hugetlb:", 0 }, { "Swap:", st->swap },
		{ "SwapPss:", st->swap }, { "Locked:", st->locked },
	};
	struct south_vma vma = { 0 };
	u64 first = 0, last = 0;

	while (!south_vma(s->pid, last, &vma)) {
		first = first ? first : vma.start;
		last = vma.end;
	}
	text_printf(t, "%08llx-%08llx ---p 00000000 00:00 0%*s[rollup]\n", first, last, 26, "");
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		text_printf(t, "%-16s%8llu kB\n", rows[i].name, rows[i].bytes >> 10);
}

s32 proc_show_smaps_rollup(struct proc_inode *p, struct text *t)
{
	return with_facts(p, t, true, show_sum);
}

s32 proc_show_children(struct proc_inode *p, struct text *t)
{
	struct south_task *st = new(struct south_task);
	struct task_id *ids;
	u32 n = 0;

	ids = st ? tasks_snapshot(&n) : NULL;
	for (u32 i = 0; i < n; i++)
		if (ids[i].tid == ids[i].pid && !south_task(ids[i].tid, st) && st->ppid == p->pid &&
		    p->tid == p->pid)
			text_printf(t, "%d ", ids[i].pid);
	release(ids);
	release(st);
	return ids ? 0 : -ENOMEM;
}
