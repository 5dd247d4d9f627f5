// SPDX-License-Identifier: GPL-2.0
/* The machine as a box may see it. */
#include <linux/memcontrol.h>
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

static u64 lb_pages_listed(const struct mem_cgroup *memcg, enum lru_list lru)
{
	u64 pages = 0;
	int node, zone;

	for_each_node_state(node, N_MEMORY)
		for (zone = 0; zone < MAX_NR_ZONES; zone++)
			pages += READ_ONCE(memcg->nodeinfo[node]->lru_zone_size[zone][lru]);
	return pages << PAGE_SHIFT;
}

/* What the box's cgroup is charged; a box without one has the host's memory and its use. */
static void lb_host_memory(const struct lb_box *box, struct south_host *host)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_mm(current->mm);
	struct sysinfo si;
	u64 left;

	si_meminfo(&si);
	left = (u64)si.totalram * si.mem_unit;
	if (memcg && memcg->css.parent) {
		host->mem_used = (u64)page_counter_read(&memcg->memory) << PAGE_SHIFT;
		host->mem_file = lb_pages_listed(memcg, LRU_ACTIVE_FILE) +
				 lb_pages_listed(memcg, LRU_INACTIVE_FILE);
		host->mem_anon = lb_pages_listed(memcg, LRU_ACTIVE_ANON) +
				 lb_pages_listed(memcg, LRU_INACTIVE_ANON);
	}
	mem_cgroup_put(memcg);
	host->mem_limit = box->memory_limit;
	if (box->memory_limit)
		left = min(left, box->memory_limit);
	host->mem_total = left;
	left -= min(host->mem_used, left);
	host->mem_free = min((u64)si.freeram * si.mem_unit, left);
	host->mem_available = min3((u64)si_mem_available() << PAGE_SHIFT, host->mem_total,
				   left + host->mem_file);
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
	host->cpu_limit = box->cpus;
	host->tasks = READ_ONCE(box->nr_tasks);
	host->max_tasks = box->max_tasks;
	host->user_end = TASK_SIZE_MAX;
	strscpy(host->release, init_uts_ns.name.release);
	strscpy(host->version, init_uts_ns.name.version);
#ifdef CONFIG_X86
	host->hz = cpu_khz;
	strscpy(host->cpu_model, boot_cpu_data.x86_model_id);
	strscpy(host->cpu_vendor, boot_cpu_data.x86_vendor_id);
	host->cpu_family = boot_cpu_data.x86;
	host->cpu_number = boot_cpu_data.x86_model;
	host->cpu_stepping = boot_cpu_data.x86_stepping;
	host->cpu_cache = boot_cpu_data.x86_cache_size;
	host->cpu_line = boot_cpu_data.x86_cache_alignment;
	memcpy(host->cpu_flags, boot_cpu_data.x86_capability, sizeof(host->cpu_flags));
#endif
}
