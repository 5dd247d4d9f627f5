// SPDX-License-Identifier: GPL-2.0
/* What ps and top read: status, stat, statm, limits. */
#include "procfs.h"

static const char *state_name(u32 state)
{
	switch (state) {
	case 'R':
		return "running";
	case 'S':
		return "sleeping";
	case 'D':
		return "disk sleep";
	case 'T':
		return "stopped";
	case 't':
		return "tracing stop";
	case 'Z':
		return "zombie";
	case 'I':
		return "idle";
	default:
		return "dead";
	}
}

struct south_task *proc_facts(const struct subject *s, s32 *err)
{
	struct south_task *st = new(struct south_task);

	*err = -ENOMEM;
	if (!st)
		return NULL;
	*err = south_task(s->tid, st);
	if (!*err)
		return st;
	release(st);
	return NULL;
}

static void show_cred(struct text *t, const struct cred *c)
{
	text_printf(t, "Uid:\t%u\t%u\t%u\t%u\n", c->uid, c->euid, c->suid, c->fsuid);
	text_printf(t, "Gid:\t%u\t%u\t%u\t%u\n", c->gid, c->egid, c->sgid, c->fsgid);
}

static void show_groups(struct text *t, const struct cred *c)
{
	text_printf(t, "Groups:\t");
	for (u32 i = 0; i < c->ngroups; i++)
		text_printf(t, "%s%u", i ? " " : "", c->groups[i]);
	text_printf(t, " \n");
}

static void show_memory(struct text *t, const struct south_task *st)
{
	const struct {
		const char *name;
		u64 bytes;
	} rows[] = {
		{ "VmPeak", max(st->peak_vsize, st->vsize) }, { "VmSize", st->vsize },
		{ "VmLck", st->locked }, { "VmPin", 0 },
		{ "VmHWM", max(st->peak_rss, st->rss) }, { "VmRSS", st->rss },
		{ "RssAnon", st->rss - min(st->rss, st->file_rss + st->shmem_rss) },
		{ "RssFile", st->file_rss }, { "RssShmem", st->shmem_rss }, { "VmData", st->data },
		{ "VmStk", st->stack },
		{ "VmExe", st->text }, { "VmLib", 0 }, { "VmPTE", st->pgtables },
		{ "VmSwap", st->swap },
		{ "HugetlbPages", 0 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		text_printf(t, "%s:\t%8llu kB\n", rows[i].name, rows[i].bytes >> 10);
	text_printf(t, "CoreDumping:\t0\nTHP_enabled:\t1\nuntag_mask:\t0xffffffffffffffff\n");
}

static void show_signals(struct text *t, const struct south_task *st)
{
	text_printf(t, "SigPnd:\t%016llx\nShdPnd:\t%016llx\nSigBlk:\t%016llx\nSigIgn:\t%016llx\n"
		    "SigCgt:\t%016llx\n", st->sig_pending, st->sig_shared_pending, st->sig_blocked,
		    st->sig_ignored, st->sig_caught);
}

static void show_caps(struct text *t, const struct cred *c)
{
	text_printf(t, "CapInh:\t%016llx\nCapPrm:\t%016llx\nCapEff:\t%016llx\nCapBnd:\t%016llx\n"
		    "CapAmb:\t%016llx\n", c->cap_inheritable, c->cap_permitted, c->cap_effective,
		    c->cap_bounding, c->cap_ambient);
}

/* The CPUs of the box, as a mask and as a list. */
static void show_cpus(struct text *t)
{
	struct south_host *host = new(struct south_host);
	u32 cpus = 1;

	if (host && !south_host(host) && host->cpus)
		cpus = host->cpus;
	release(host);
	text_printf(t, "Cpus_allowed:\t");
	proc_cpu_mask(t, 0, cpus);
	text_printf(t, "\nCpus_allowed_list:\t");
	proc_cpu_list(t, cpus);
}

s32 proc_show_status(struct proc_inode *p, struct text *t)
{
	struct south_task *st;
	struct subject s;
	s32 err = subject_get(p, &s);

	if (err)
		return err;
	st = proc_facts(&s, &err);
	if (!st)
		goto out;
	text_printf(t, "Name:\t%.*s\nUmask:\t%04o\nState:\t%c (%s)\n", TASK_COMM_LEN, s.comm,
		    s.fs->umask, (char)st->state, state_name(st->state));
	text_printf(t, "Tgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t%d\n", s.pid, s.tid,
		    st->ppid, st->tracer);
	show_cred(t, s.cred);
	text_printf(t, "FDSize:\t%u\n", s.files->size);
	show_groups(t, s.cred);
	text_printf(t, "NStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\nKthread:\t0\n", s.pid,
		    s.tid,
		    st->pgid, st->sid);
	show_memory(t, st);
	text_printf(t, "Threads:\t%u\nSigQ:\t0/%llu\n", max(st->threads, 1u),
		    st->rlim_cur[11] == RLIM_INFINITY ? 0 : st->rlim_cur[11]);
	show_signals(t, st);
	show_caps(t, s.cred);
	text_printf(t, "NoNewPrivs:\t%u\nSeccomp:\t%u\nSeccomp_filters:\t%u\n"
		    "Speculation_Store_Bypass:\tunknown\nSpeculationIndirectBranch:\tunknown\n",
		    s.process->no_new_privs, s.seccomp_mode, s.seccomp_filters);
	show_cpus(t);
	text_printf(t, "Mems_allowed:\t1\nMems_allowed_list:\t0\nvoluntary_ctxt_switches:\t%llu\n"
		    "nonvoluntary_ctxt_switches:\t%llu\n", st->nvcsw, st->nivcsw);
	release(st);
out:
	subject_put(&s);
	return err;
}

/* A device number as stat(5) prints it: new_encode_dev(). */
static u32 encode_dev(u64 dev)
{
	u32 minor = MINOR(dev);

	return (minor & 0xff) | MAJOR(dev) << 8 | (minor & ~0xffu) << 12;
}

s32 proc_show_stat(struct proc_inode *p, struct text *t)
{
	struct south_task *st;
	struct subject s;
	u64 tty = 0;
	s32 tty_pgrp = -1, err = subject_get(p, &s);
	bool may;

	if (err)
		return err;
	st = proc_facts(&s, &err);
	if (!st)
		goto out;
	may = subject_readable(&s);
	if (!tty_describe(s.process, &tty, &tty_pgrp)) {
		tty = 0;
		tty_pgrp = -1;
	}
	text_printf(t, "%d (%.*s) %c %d %d %d %d %d", s.tid, TASK_COMM_LEN, s.comm, (char)st->state,
		    st->ppid, st->pgid, st->sid, (s32)encode_dev(tty), tty_pgrp);
	text_printf(t, " %u %llu 0 %llu 0 %llu %llu %llu %llu", 0x400000u, st->minflt, st->majflt,
		    st->utime / PROC_TICK, st->stime / PROC_TICK, st->cutime / PROC_TICK,
		    st->cstime / PROC_TICK);
	text_printf(t, " %d %d %u 0 %llu %llu %llu %llu", 20 + st->nice, st->nice,
		    max(st->threads, 1u),
		    st->start / PROC_TICK, st->vsize, st->rss / PAGE_SIZE,
		    st->rlim_cur[RLIMIT_RSS]);
	text_printf(t, " %llu %llu %llu 0 0", may ? st->start_code : 1, may ? st->end_code : 1,
		    may ? st->start_stack : 0);
	text_printf(t, " %llu %llu %llu %llu 0 0 0 %d %u 0 %u 0 0 0", st->sig_pending & 0x7fffffff,
		    st->sig_blocked & 0x7fffffff, st->sig_ignored & 0x7fffffff,
		    st->sig_caught & 0x7fffffff, s.tid == s.pid ? SIGCHLD : -1, st->cpu,
		    st->policy);
	text_printf(t, " 0 0 0 %llu %llu %llu %llu 0\n", may ? st->arg_start : 0,
		    may ? st->arg_end : 0,
		    may ? st->env_start : 0, may ? st->env_end : 0);
	release(st);
out:
	subject_put(&s);
	return err;
}

s32 proc_show_statm(struct proc_inode *p, struct text *t)
{
	struct south_task *st;
	struct subject s;
	s32 err = subject_get(p, &s);

	if (err)
		return err;
	st = proc_facts(&s, &err);
	if (st)
		text_printf(t, "%llu %llu %llu %llu 0 %llu 0\n", st->vsize / PAGE_SIZE,
			    st->rss / PAGE_SIZE, (st->file_rss + st->shmem_rss) / PAGE_SIZE,
			    st->text / PAGE_SIZE, (st->data + st->stack) / PAGE_SIZE);
	release(st);
	subject_put(&s);
	return err;
}

static void show_limit(struct text *t, u64 v)
{
	char number[24];
	u32 i = sizeof(number);

	if (v == RLIM_INFINITY) {
		text_printf(t, "%-20s ", "unlimited");
		return;
	}
	number[--i] = 0;
	do {
		number[--i] = '0' + v % 10;
		v /= 10;
	} while (v);
	text_printf(t, "%-20s ", number + i);
}

s32 proc_show_limits(struct proc_inode *p, struct text *t)
{
	static const struct {
		const char *name, *unit;
	} rows[RLIM_NLIMITS] = {
		{ "Max cpu time", "seconds" }, { "Max file size", "bytes" },
		{ "Max data size", "bytes" },
		{ "Max stack size", "bytes" }, { "Max core file size", "bytes" },
		{ "Max resident set", "bytes" }, { "Max processes", "processes" },
		{ "Max open files", "files" }, { "Max locked memory", "bytes" },
		{ "Max address space", "bytes" }, { "Max file locks", "locks" },
		{ "Max pending signals", "signals" }, { "Max msgqueue size", "bytes" },
		{ "Max nice priority", NULL }, { "Max realtime priority", NULL },
		{ "Max realtime timeout", "us" },
	};
	struct south_task *st;
	struct subject s;
	s32 err = subject_get(p, &s);

	if (err)
		return err;
	st = proc_facts(&s, &err);
	if (!st)
		goto out;
	text_printf(t, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (u32 i = 0; i < RLIM_NLIMITS; i++) {
		u64 cur, max;

		process_rlimit(s.process, st, i, &cur, &max);
		text_printf(t, "%-25s ", rows[i].name);
		show_limit(t, cur);
		show_limit(t, max);
		if (rows[i].unit)
			text_printf(t, "%-10s", rows[i].unit);
		text_printf(t, "\n");
	}
	release(st);
out:
	subject_put(&s);
	return err;
}
