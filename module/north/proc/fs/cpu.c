// SPDX-License-Identifier: GPL-2.0
/* The processors of a box: how many there are, and what kind South says they are. */
#include "procfs.h"

void proc_cpu_list(struct text *t, u32 cpus)
{
	if (cpus > 1)
		text_printf(t, "0-%u\n", cpus - 1);
	else
		text_printf(t, "0\n");
}

void proc_cpu_mask(struct text *t, u32 from, u32 to)
{
	s32 word = (s32)((max(to, 1u) - 1) / 32);
	const char *comma = "";

	for (; word >= 0; word--) {
		u32 bits = 0;

		for (u32 i = 0; i < 32; i++)
			if ((u32)word * 32 + i >= from && (u32)word * 32 + i < to)
				bits |= 1u << i;
		text_printf(t, *comma ? "%s%08x" : "%s%x", comma, bits);
		comma = ",";
	}
}

/* The words of flags that come from the processor itself, a name a bit. */
static const char *const flag_names[SOUTH_CPU_FLAGS] = {
	[0] =
		"fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36 pn "
		"clflush - dts acpi mmx fxsr sse sse2 ss ht tm ia64 pbe",
	[1] =
		"- - - - - - - - - - - syscall - - - - - - - mp nx - mmxext - - fxsr_opt "
		"pdpe1gb rdtscp - lm 3dnowext 3dnow",
	[4] =
		"pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg fma cx16 "
		"xtpr pdcm - pcid dca sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline_timer aes "
		"xsave osxsave avx f16c rdrand hypervisor",
	[6] =
		"lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch "
		"osvw ibs xop skinit wdt - lwp fma4 tce - nodeid_msr - tbm topoext perfctr_core "
		"perfctr_nb - bpext ptsc perfctr_llc mwaitx - -",
	[9] =
		"fsgsbase tsc_adjust sgx bmi1 hle avx2 fdp_excptn_only smep bmi2 erms invpcid "
		"rtm cqm zero_fcs_fds mpx rdt_a avx512f avx512dq rdseed adx smap avx512ifma - "
		"clflushopt clwb intel_pt avx512pf avx512er avx512cd sha_ni avx512bw avx512vl",
	[16] =
		"- avx512vbmi umip pku ospke waitpkg avx512_vbmi2 shstk gfni vaes vpclmulqdq "
		"avx512_vnni avx512_bitalg tme avx512_vpopcntdq - la57 - - - - - rdpid - "
		"bus_lock_detect cldemote - movdiri movdir64b enqcmd sgx_lc -",
	[18] =
		"- - avx512_4vnniw avx512_4fmaps fsrm - - - avx512_vp2intersect srbds_ctrl "
		"md_clear rtm_always_abort - tsx_force_abort serialize hybrid_cpu tsxldtrk - "
		"pconfig arch_lbr ibt - amx_bf16 avx512_fp16 amx_tile amx_int8 spec_ctrl "
		"intel_stibp flush_l1d arch_capabilities core_capabilities spec_ctrl_ssbd",
};

/* "-" stands for a bit without a name. */
static void show_flags(struct text *t, const struct south_host *h)
{
	text_printf(t, "flags\t\t:");
	for (u32 word = 0; word < SOUTH_CPU_FLAGS; word++) {
		const char *name = flag_names[word];
		u32 bits = h->cpu_flags[word];

		for (; name && *name; bits >>= 1) {
			const char *end = strchr(name, ' ');
			u32 len = end ? (u32)(end - name) : strlen(name);

			if (bits & 1 && *name != '-')
				text_printf(t, " %.*s", (int)len, name);
			name = end ? end + 1 : NULL;
		}
	}
	text_printf(t, "\n");
}

static void show_cpu(struct text *t, const struct south_host *h, u32 cpu)
{
	text_printf(t, "processor\t: %u\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\n", cpu,
		    *h->cpu_vendor ? h->cpu_vendor : "unknown", h->cpu_family, h->cpu_number);
	text_printf(t, "model name\t: %s\nstepping\t: %u\ncpu MHz\t\t: %u.%03u\n", h->cpu_model,
		    h->cpu_stepping, h->hz / 1000, h->hz % 1000);
	if (h->cpu_cache)
		text_printf(t, "cache size\t: %u KB\n", h->cpu_cache);
	text_printf(t, "physical id\t: 0\nsiblings\t: %u\ncore id\t\t: %u\ncpu cores\t: %u\n", h->cpus,
		    cpu, h->cpus);
	text_printf(t, "apicid\t\t: %u\ninitial apicid\t: %u\nfpu\t\t: yes\nfpu_exception\t: yes\n", cpu,
		    cpu);
	text_printf(t, "wp\t\t: yes\n");
	show_flags(t, h);
	text_printf(t, "bogomips\t: %u.%02u\nclflush size\t: %u\ncache_alignment\t: %u\n\n",
		    h->hz / 500, h->hz / 5 % 100, h->cpu_line, h->cpu_line);
}

void proc_cpuinfo(struct text *t, const struct south_host *h)
{
	for (u32 cpu = 0; cpu < max(h->cpus, 1u) && !t->failed; cpu++)
		show_cpu(t, h, cpu);
}

/* ---- times ---- */

/* What the living have used, and those that they have waited for. */
s32 proc_box_use(struct box_use *use)
{
	struct south_task *st = new(struct south_task);
	struct task_id *ids;
	u32 n = 0;

	*use = (struct box_use){ 0 };
	ids = st ? tasks_snapshot(&n) : NULL;
	for (u32 i = 0; i < n; i++) {
		if (south_task(ids[i].tid, st))
			continue;
		use->switches += st->nvcsw + st->nivcsw;
		use->running += st->state == 'R';
		use->blocked += st->state == 'D';
		if (ids[i].tid != ids[i].pid)
			continue;
		use->user += st->utime + st->cutime;
		use->system += st->stime + st->cstime;
		use->faults += st->minflt + st->majflt;
		use->major_faults += st->majflt;
		use->mapped += st->file_rss;
		use->shared += st->shmem_rss;
		use->locked += st->locked;
		use->page_tables += st->pgtables;
	}
	release(ids);
	release(st);
	return ids ? 0 : -ENOMEM;
}

static void cpu_times(struct text *t, u64 user, u64 system, u64 all)
{
	u64 idle = all - min(all, user + system);

	text_printf(t, " %llu 0 %llu %llu 0 0 0 0 0 0\n", user / PROC_TICK, system / PROC_TICK,
		    idle / PROC_TICK);
}

/* Whose task ran on which CPU is the host's to know: they share alike. */
void proc_stat(struct text *t, const struct south_host *h)
{
	u32 cpus = max(h->cpus, 1u);
	struct box_use use;

	if (proc_box_use(&use)) {
		t->failed = true;
		return;
	}
	text_printf(t, "cpu ");
	cpu_times(t, use.user, use.system, h->uptime * cpus);
	for (u32 i = 0; i < cpus; i++) {
		text_printf(t, "cpu%u", i);
		cpu_times(t, use.user / cpus, use.system / cpus, h->uptime);
	}
	text_printf(t, "intr 0\nctxt %llu\nbtime %lld\nprocesses %llu\nprocs_running %u\nprocs_blocked %u\n"
		    "softirq 0 0 0 0 0 0 0 0 0 0 0\n",
		    use.switches, (south_time(0) - (s64)h->uptime) / NS_PER_SEC, tasks_made(),
		    max(use.running, 1u), use.blocked);
}
