// SPDX-License-Identifier: GPL-2.0
/* Files of /proc about the whole box: what the host gives it, not what the host has. */
#include "procfs.h"
#include "../../ipc/sysv.h"

static s32 show_version(struct proc_inode *p, struct text *t)
{
	struct utsname u;

	uts_copy(&u);
	text_printf(t, "Linux version %s (litebox) %s\n", u.release, u.version);
	return 0;
}

static s32 show_filesystems(struct proc_inode *p, struct text *t)
{
	const char *name;

	for (u32 i = 0; (name = filesystem_name(i)); i++)
		text_printf(t, "nodev\t%s\n", name);
	return 0;
}

static s32 show_devices(struct proc_inode *p, struct text *t)
{
	text_printf(t,
		    "Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n"
		    "136 pts\n\nBlock devices:\n");
	return 0;
}

static void uptime(struct text *t, const struct south_host *h)
{
	u64 up = h->uptime / PROC_TICK, idle = h->idle / PROC_TICK;

	text_printf(t, "%llu.%02llu %llu.%02llu\n", up / 100, up % 100, idle / 100, idle % 100);
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

/* A line of CPUs and no interrupts: those are the host's. */
static void interrupts(struct text *t, const struct south_host *h)
{
	text_printf(t, "%*s", 11, "");
	for (u32 i = 0; i < h->cpus; i++)
		text_printf(t, "CPU%-8u", i);
	text_printf(t, "\n");
}

static void softirqs(struct text *t, const struct south_host *h)
{
	static const char *const names[] = {
		"HI", "TIMER", "NET_TX", "NET_RX", "BLOCK", "IRQ_POLL", "TASKLET", "SCHED", "HRTIMER",
		"RCU",
	};

	text_printf(t, "%*s", 20, "");
	for (u32 cpu = 0; cpu < h->cpus; cpu++)
		text_printf(t, "CPU%-8u", cpu);
	text_printf(t, "\n");
	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		text_printf(t, "%12s:", names[i]);
		for (u32 cpu = 0; cpu < h->cpus; cpu++)
			text_printf(t, " %10u", 0u);
		text_printf(t, "\n");
	}
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

static s32 link_net(struct proc_inode *p, struct text *t)
{
	text_printf(t, "self/net");
	return 0;
}

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
	PROC_FILE("msg", show_sysv_msg),
	PROC_FILE("sem", show_sysv_sem),
	PROC_FILE("shm", show_sysv_shm),
	{ 0 }
};

static const struct proc_entry tty_entries[] = {
	PROC_CONSTANT("drivers",
		      "/dev/tty             /dev/tty        5       0 system:/dev/tty\n"
		      "/dev/console         /dev/console    5       1 system:console\n"
		      "/dev/ptmx            /dev/ptmx       5       2 system\n"
		      "pty_slave            /dev/pts      136 0-1048575 pty:slave"),
	{ 0 }
};

const struct proc_entry proc_root_entries[] = {
	PROC_CONSTANT("buddyinfo", "Node 0, zone   Normal      0      0      0      0      0      0      0"
		      "      0      0      0      0"),
	PROC_CONSTANT("cgroups", "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t0\t1\t1\n"
		      "cpu\t0\t1\t1\nmemory\t0\t1\t1\npids\t0\t1\t1"),
	PROC_CONSTANT("cmdline", ""),
	PROC_FILE("consoles", proc_show_nothing),
	PROC_HOST("cpuinfo", proc_cpuinfo),
	PROC_FILE("devices", show_devices),
	PROC_FILE("diskstats", proc_show_nothing),
	PROC_FILE("filesystems", show_filesystems),
	PROC_HOST("interrupts", interrupts),
	PROC_HOST("loadavg", loadavg),
	PROC_HOST("meminfo", proc_meminfo),
	PROC_FILE("modules", proc_show_nothing),
	PROC_LINK("mounts", link_mounts),
	PROC_LINK("net", link_net),
	PROC_CONSTANT("partitions", "major minor  #blocks  name\n"),
	PROC_LINK("self", link_self),
	PROC_HOST("softirqs", softirqs),
	PROC_HOST("stat", proc_stat),
	PROC_CONSTANT("swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority"),
	PROC_DIR("sys", proc_sys_entries),
	PROC_DIR("sysvipc", sysvipc_entries),
	PROC_LINK("thread-self", link_thread_self),
	PROC_DIR("tty", tty_entries),
	PROC_HOST("uptime", uptime),
	PROC_FILE("version", show_version),
	PROC_HOST("vmstat", proc_vmstat),
	PROC_HOST("zoneinfo", proc_zoneinfo),
	{ 0 }
};
