// SPDX-License-Identifier: GPL-2.0
/* /proc/sys: what is true of a box. Nothing of it reaches the host. */
#include "procfs.h"
#include "../../fd/lease.h"
#include "../../fs/inotify.h"

static s32 show_uts(struct text *t, size_t field)
{
	struct utsname u;

	uts_copy(&u);
	text_printf(t, "%s\n", (char *)&u + field);
	return 0;
}

static s32 show_hostname(struct proc_inode *p, struct text *t)
{
	return show_uts(t, offsetof(struct utsname, nodename));
}

static s32 show_domainname(struct proc_inode *p, struct text *t)
{
	return show_uts(t, offsetof(struct utsname, domainname));
}

static s32 show_ostype(struct proc_inode *p, struct text *t)
{
	return show_uts(t, offsetof(struct utsname, sysname));
}

static s32 show_osrelease(struct proc_inode *p, struct text *t)
{
	return show_uts(t, offsetof(struct utsname, release));
}

static s32 show_version(struct proc_inode *p, struct text *t)
{
	return show_uts(t, offsetof(struct utsname, version));
}

static s32 write_name(char *buf, s32 (*set)(const char *, u32))
{
	char *end = strchr(buf, '\n');

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (end)
		*end = 0;
	return set(buf, min(strlen(buf), (size_t)UTS_LEN));
}

static s32 write_hostname(struct proc_inode *p, char *buf, u32 len)
{
	return write_name(buf, uts_set_nodename);
}

static s32 write_domainname(struct proc_inode *p, char *buf, u32 len)
{
	return write_name(buf, uts_set_domainname);
}

/* ---- random ---- */

static void show_random_uuid(struct text *t, const u8 *b)
{
	for (u32 i = 0; i < 16; i++)
		text_printf(t, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
	text_printf(t, "\n");
}

static void make_uuid(u8 *b)
{
	south_entropy(b, 16);
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
}

static s32 show_uuid(struct proc_inode *p, struct text *t)
{
	u8 b[16];

	make_uuid(b);
	show_random_uuid(t, b);
	return 0;
}

/* The boot of the box, not of the host: made when it is first asked for. */
static s32 show_boot_id(struct proc_inode *p, struct text *t)
{
	static struct mutex id_lock;
	static u8 id[16]; /* id_lock */

	lock(&id_lock);
	if (!id[8])
		make_uuid(id);
	show_random_uuid(t, id);
	unlock(&id_lock);
	return 0;
}

/* ---- what there is: constants are what North keeps to, or a kernel's defaults ---- */

static const struct proc_entry random_entries[] = {
	PROC_FILE("boot_id", show_boot_id),
	PROC_CONSTANT("entropy_avail", "256"),
	PROC_CONSTANT("poolsize", "256"),
	PROC_FILE("uuid", show_uuid),
	{ 0 }
};

static const struct proc_entry kernel_entries[] = {
	PROC_CONSTANT("arch", "x86_64"),
	PROC_CONSTANT("cap_last_cap", "40"),
	PROC_CONSTANT("core_pattern", "core"),
	PROC_CONSTANT("core_pipe_limit", "0"),
	PROC_CONSTANT("core_uses_pid", "0"),
	PROC_CONSTANT("ctrl-alt-del", "0"),
	PROC_CONSTANT("dmesg_restrict", "1"),
	PROC_FILE_RW("domainname", show_domainname, write_domainname),
	PROC_FILE_RW("hostname", show_hostname, write_hostname),
	PROC_CONSTANT("io_uring_disabled", "2"),
	PROC_CONSTANT("kexec_load_disabled", "1"),
	PROC_CONSTANT("kptr_restrict", "2"),
	PROC_CONSTANT("modules_disabled", "1"),
	PROC_CONSTANT("msgmax", "8192"),
	PROC_CONSTANT("msgmnb", "16384"),
	PROC_CONSTANT("msgmni", "32000"),
	PROC_CONSTANT("ngroups_max", "32"),
	PROC_CONSTANT("nmi_watchdog", "0"),
	PROC_CONSTANT("numa_balancing", "0"),
	PROC_FILE("osrelease", show_osrelease),
	PROC_FILE("ostype", show_ostype),
	PROC_CONSTANT("overflowgid", "65534"),
	PROC_CONSTANT("overflowuid", "65534"),
	PROC_CONSTANT("panic", "0"),
	PROC_CONSTANT("panic_on_oops", "0"),
	PROC_CONSTANT("panic_on_warn", "0"),
	PROC_CONSTANT("perf_event_paranoid", "3"),
	PROC_CONSTANT("pid_max", "4194304"),
	PROC_CONSTANT("printk", "4\t4\t1\t7"),
	PROC_DIR("random", random_entries),
	PROC_CONSTANT("randomize_va_space", "2"),
	PROC_CONSTANT("sched_autogroup_enabled", "0"),
	PROC_CONSTANT("sched_child_runs_first", "0"),
	PROC_CONSTANT("sched_rr_timeslice_ms", "100"),
	PROC_CONSTANT("sched_rt_period_us", "1000000"),
	PROC_CONSTANT("sched_rt_runtime_us", "950000"),
	PROC_CONSTANT("sem", "32000\t1024000000\t500\t32000"),
	PROC_CONSTANT("shmall", "18446744073692774399"),
	PROC_CONSTANT("shmmax", "18446744073692774399"),
	PROC_CONSTANT("shmmni", "4096"),
	PROC_CONSTANT("sysctl_writes_strict", "1"),
	PROC_CONSTANT("sysrq", "0"),
	PROC_CONSTANT("tainted", "0"),
	PROC_CONSTANT("threads-max", "4194304"),
	PROC_CONSTANT("unprivileged_bpf_disabled", "2"),
	PROC_CONSTANT("unprivileged_userns_clone", "0"),
	PROC_FILE("version", show_version),
	{ 0 }
};

static const struct proc_entry vm_entries[] = {
	PROC_CONSTANT("admin_reserve_kbytes", "8192"),
	PROC_CONSTANT("dirty_background_ratio", "10"),
	PROC_CONSTANT("dirty_expire_centisecs", "3000"),
	PROC_CONSTANT("dirty_ratio", "20"),
	PROC_CONSTANT("dirty_writeback_centisecs", "500"),
	PROC_CONSTANT("laptop_mode", "0"),
	PROC_CONSTANT("legacy_va_layout", "0"),
	PROC_CONSTANT("max_map_count", "65530"),
	PROC_CONSTANT("min_free_kbytes", "67584"),
	PROC_CONSTANT("mmap_min_addr", "65536"),
	PROC_CONSTANT("nr_hugepages", "0"),
	PROC_CONSTANT("nr_overcommit_hugepages", "0"),
	PROC_CONSTANT("oom_kill_allocating_task", "0"),
	PROC_CONSTANT("overcommit_kbytes", "0"),
	PROC_CONSTANT("overcommit_memory", "0"),
	PROC_CONSTANT("overcommit_ratio", "50"),
	PROC_CONSTANT("page-cluster", "3"),
	PROC_CONSTANT("panic_on_oom", "0"),
	PROC_CONSTANT("stat_interval", "1"),
	PROC_CONSTANT("swappiness", "60"),
	PROC_CONSTANT("unprivileged_userfaultfd", "0"),
	PROC_CONSTANT("user_reserve_kbytes", "131072"),
	PROC_CONSTANT("vfs_cache_pressure", "100"),
	PROC_CONSTANT("watermark_scale_factor", "10"),
	PROC_CONSTANT("zone_reclaim_mode", "0"),
	{ 0 }
};

/* ---- numbers that can be set ---- */

static const struct {
	const char *name;
	u32 *value;
} numbers[] = {
	{ "max_queued_events", &inotify_max_events },
	{ "max_user_instances", &inotify_max_instances },
	{ "max_user_watches", &inotify_max_watches },
	{ "lease-break-time", &lease_break_time },
};

static u32 *number(const struct proc_inode *p)
{
	u32 i = 0;

	while (strcmp(numbers[i].name, p->entry->name))
		i++;
	return numbers[i].value;
}

static s32 show_number(struct proc_inode *p, struct text *t)
{
	text_printf(t, "%u\n", READ_ONCE(*number(p)));
	return 0;
}

static s32 write_number(struct proc_inode *p, char *buf, u32 len)
{
	char *end = strchr(buf, '\n');
	u64 n;

	if (end)
		*end = 0;
	if (!str_to_u64(buf, &n) || n > 0x7fffffff)
		return -EINVAL;
	WRITE_ONCE(*number(p), (u32)n);
	return 0;
}

#define NUMBER(name_) PROC_FILE_RW(name_, show_number, write_number)

static const struct proc_entry inotify_entries[] = {
	NUMBER("max_queued_events"), NUMBER("max_user_instances"), NUMBER("max_user_watches"),
	{ 0 }
};

static const struct proc_entry mqueue_entries[] = {
	PROC_CONSTANT("msg_default", "10"),
	PROC_CONSTANT("msg_max", "10"),
	PROC_CONSTANT("msgsize_default", "8192"),
	PROC_CONSTANT("msgsize_max", "8192"),
	PROC_CONSTANT("queues_max", "256"),
	{ 0 }
};

static const struct proc_entry fs_entries[] = {
	PROC_CONSTANT("file-max", "9223372036854775807"),
	PROC_CONSTANT("file-nr", "0\t0\t9223372036854775807"),
	PROC_DIR("inotify", inotify_entries),
	NUMBER("lease-break-time"),
	PROC_CONSTANT("leases-enable", "1"),
	PROC_CONSTANT("mount-max", "512"),
	PROC_DIR("mqueue", mqueue_entries),
	PROC_CONSTANT("nr_open", "1048576"),
	PROC_CONSTANT("overflowgid", "65534"),
	PROC_CONSTANT("overflowuid", "65534"),
	PROC_CONSTANT("pipe-max-size", "1048576"),
	PROC_CONSTANT("pipe-user-pages-hard", "0"),
	PROC_CONSTANT("pipe-user-pages-soft", "16384"),
	PROC_CONSTANT("protected_fifos", "0"),
	PROC_CONSTANT("protected_hardlinks", "0"),
	PROC_CONSTANT("protected_regular", "0"),
	PROC_CONSTANT("protected_symlinks", "0"),
	PROC_CONSTANT("suid_dumpable", "0"),
	{ 0 }
};

static const struct proc_entry core_entries[] = {
	PROC_CONSTANT("optmem_max", "131072"),
	PROC_CONSTANT("rmem_default", "212992"),
	PROC_CONSTANT("rmem_max", "212992"),
	PROC_CONSTANT("somaxconn", "4096"),
	PROC_CONSTANT("wmem_default", "212992"),
	PROC_CONSTANT("wmem_max", "212992"),
	{ 0 }
};

static const struct proc_entry ipv4_entries[] = {
	PROC_CONSTANT("ip_forward", "0"),
	PROC_CONSTANT("ip_local_port_range", "32768\t60999"),
	PROC_CONSTANT("tcp_rmem", "4096\t131072\t6291456"),
	PROC_CONSTANT("tcp_wmem", "4096\t16384\t4194304"),
	{ 0 }
};

static const struct proc_entry unix_entries[] = {
	PROC_CONSTANT("max_dgram_qlen", "10"),
	{ 0 }
};

static const struct proc_entry net_entries[] = {
	PROC_DIR("core", core_entries),
	PROC_DIR("ipv4", ipv4_entries),
	PROC_DIR("unix", unix_entries),
	{ 0 }
};

/* No namespaces but the box's: unshare(2) is refused. */
static const struct proc_entry user_entries[] = {
	PROC_CONSTANT("max_cgroup_namespaces", "0"),
	PROC_CONSTANT("max_ipc_namespaces", "0"),
	PROC_CONSTANT("max_mnt_namespaces", "0"),
	PROC_CONSTANT("max_net_namespaces", "0"),
	PROC_CONSTANT("max_pid_namespaces", "0"),
	PROC_CONSTANT("max_time_namespaces", "0"),
	PROC_CONSTANT("max_user_namespaces", "0"),
	PROC_CONSTANT("max_uts_namespaces", "0"),
	{ 0 }
};

const struct proc_entry proc_sys_entries[] = {
	PROC_DIR("fs", fs_entries),
	PROC_DIR("kernel", kernel_entries),
	PROC_DIR("net", net_entries),
	PROC_DIR("user", user_entries),
	PROC_DIR("vm", vm_entries),
	{ 0 }
};
