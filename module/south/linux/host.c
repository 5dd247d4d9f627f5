// SPDX-License-Identifier: GPL-2.0
/* The machine as a box may see it. */
#include <linux/mm.h>
#include <linux/vmstat.h>
#include <linux/random.h>
#include <linux/timekeeping.h>
#include <linux/tick.h>
#include <linux/kernel_stat.h>
#include <linux/sched/loadavg.h>
#include <linux/utsname.h>
#include <asm/processor.h>
#ifdef CONFIG_X86
#include <asm/tsc.h>
#endif
#include "linux.h"

void lb_linux_entropy(void *dst, u32 len)
{
	get_random_bytes(dst, len);
}

s64 lb_linux_time(u32 clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
		return ktime_get_real_ns();
	case CLOCK_MONOTONIC:
		return ktime_get_ns();
	case CLOCK_BOOTTIME:
		return ktime_get_boottime_ns();
	default:
		return -EINVAL;
	}
}

static u64 lb_idle_ns(void)
{
	u64 us, ns = 0;
	int cpu;

	for_each_online_cpu(cpu) {
		us = get_cpu_idle_time_us(cpu, NULL);
		ns += us == (u64)-1 ? kcpustat_cpu(cpu).cpustat[CPUTIME_IDLE] : us * NSEC_PER_USEC;
	}
	return ns;
}

static void lb_host_memory(const struct lb_box *box, struct south_host *host)
{
	struct sysinfo si;

	si_meminfo(&si);
	host->mem_total = (u64)si.totalram * si.mem_unit;
	if (box->memory_limit)
		host->mem_total = min(host->mem_total, box->memory_limit);
	host->mem_free = min((u64)si.freeram * si.mem_unit, host->mem_total);
	host->mem_available = min((u64)si_mem_available() << PAGE_SHIFT, host->mem_total);
	host->mem_cached = min((u64)global_node_page_state(NR_FILE_PAGES) << PAGE_SHIFT,
			       host->mem_total - host->mem_free);
}

void lb_linux_host(struct lb_box *box, struct south_host *host)
{
	int i;

	lb_host_memory(box, host);
	for (i = 0; i < 3; i++)
		host->load[i] = avenrun[i] << (16 - FSHIFT);
	host->uptime = ktime_get_boottime_ns();
	host->idle = lb_idle_ns();
	host->cpus = box->cpus ? min(box->cpus, num_online_cpus()) : num_online_cpus();
	host->page = PAGE_SIZE;
	host->tasks = READ_ONCE(box->nr_tasks);
	host->user_end = TASK_SIZE_MAX;
	strscpy(host->release, init_uts_ns.name.release);
	strscpy(host->version, init_uts_ns.name.version);
#ifdef CONFIG_X86
	host->hz = cpu_khz;
	strscpy(host->cpu_model, boot_cpu_data.x86_model_id);
#endif
}
