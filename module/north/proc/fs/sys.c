// SPDX-License-Identifier: GPL-2.0
/* /proc/sys: what is true of a box. Nothing of it reaches the host. */
#include "procfs.h"
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

/* ---- constants, by the name of the file ---- */

static const struct {
	const char *name, *value;
} constants[] = {
	{ "pid_max", "4194304" }, { "threads-max", "4194304" }, { "ngroups_max", "32" },
	{ "cap_last_cap", "40" }, { "overflowuid", "65534" }, { "overflowgid", "65534" },
	{ "core_pattern", "core" }, { "core_uses_pid", "0" }, { "randomize_va_space", "2" },
	{ "printk", "4\t4\t1\t7" }, { "sem", "32000\t1024000000\t500\t32000" },
	{ "shmmax", "18446744073692774399" }, { "shmall", "18446744073692774399" },
	{ "shmmni", "4096" }, { "msgmax", "8192" }, { "msgmnb", "16384" }, { "msgmni", "32000" },
	{ "sched_child_runs_first", "0" }, { "tainted", "0" }, { "panic", "0" },
	{ "dmesg_restrict", "1" },
	{ "kptr_restrict", "2" }, { "perf_event_paranoid", "3" },
	{ "unprivileged_bpf_disabled", "2" },
	{ "entropy_avail", "256" }, { "poolsize", "256" },
	{ "overcommit_memory", "0" }, { "overcommit_ratio", "50" }, { "max_map_count", "65530" },
	{ "swappiness", "60" }, { "mmap_min_addr", "65536" }, { "min_free_kbytes", "67584" },
	{ "file-max", "9223372036854775807" }, { "file-nr", "0\t0\t9223372036854775807" },
	{ "nr_open", "1048576" }, { "pipe-max-size", "1048576" },
	{ "pipe-user-pages-soft", "16384" },
	{ "pipe-user-pages-hard", "0" },
	{ "protected_symlinks", "0" }, { "protected_hardlinks", "0" },
};

static s32 show_constant(struct proc_inode *p, struct text *t)
{
	for (u32 i = 0; i < ARRAY_SIZE(constants); i++) {
		if (strcmp(constants[i].name, p->entry->name))
			continue;
		text_printf(t, "%s\n", constants[i].value);
		return 0;
	}
	return -ENOENT;
}

#define CONSTANT(name_) { .name = name_, .mode = S_IFREG | 0444, .show = show_constant }
#define FILE(name_, show_) { .name = name_, .mode = S_IFREG | 0444, .show = show_ }
#define FILE_RW(name_, show_, write_) \
	{ .name = name_, .mode = S_IFREG | 0644, .show = show_, .write = write_ }
#define DIR(name_, children_) { .name = name_, .mode = S_IFDIR | 0555, .children = children_ }

static const struct proc_entry random_entries[] = {
	FILE("boot_id", show_boot_id),
	CONSTANT("entropy_avail"),
	CONSTANT("poolsize"),
	FILE("uuid", show_uuid),
	{ 0 }
};

static const struct proc_entry kernel_entries[] = {
	CONSTANT("cap_last_cap"), CONSTANT("core_pattern"), CONSTANT("core_uses_pid"),
	CONSTANT("dmesg_restrict"), FILE_RW("domainname", show_domainname, write_domainname),
	FILE_RW("hostname", show_hostname, write_hostname), CONSTANT("kptr_restrict"),
	CONSTANT("msgmax"),
	CONSTANT("msgmnb"), CONSTANT("msgmni"), CONSTANT("ngroups_max"),
	FILE("osrelease", show_osrelease),
	FILE("ostype", show_ostype), CONSTANT("overflowgid"), CONSTANT("overflowuid"),
	CONSTANT("panic"),
	CONSTANT("perf_event_paranoid"), CONSTANT("pid_max"), CONSTANT("printk"),
	DIR("random", random_entries), CONSTANT("randomize_va_space"),
	CONSTANT("sched_child_runs_first"),
	CONSTANT("sem"), CONSTANT("shmall"), CONSTANT("shmmax"), CONSTANT("shmmni"),
	CONSTANT("tainted"),
	CONSTANT("threads-max"), CONSTANT("unprivileged_bpf_disabled"),
	FILE("version", show_version),
	{ 0 }
};

static const struct proc_entry vm_entries[] = {
	CONSTANT("max_map_count"), CONSTANT("min_free_kbytes"), CONSTANT("mmap_min_addr"),
	CONSTANT("overcommit_memory"), CONSTANT("overcommit_ratio"), CONSTANT("swappiness"),
	{ 0 }
};

/* ---- inotify's bounds ---- */

static u32 *inotify_bound(const struct proc_inode *p)
{
	return !strcmp(p->entry->name, "max_queued_events") ? &inotify_max_events :
	       !strcmp(p->entry->name, "max_user_instances") ? &inotify_max_instances :
							       &inotify_max_watches;
}

static s32 show_inotify(struct proc_inode *p, struct text *t)
{
	text_printf(t, "%u\n", READ_ONCE(*inotify_bound(p)));
	return 0;
}

static s32 write_inotify(struct proc_inode *p, char *buf, u32 len)
{
	char *end = strchr(buf, '\n');
	u64 n;

	if (end)
		*end = 0;
	if (!str_to_u64(buf, &n) || n > 0x7fffffff)
		return -EINVAL;
	WRITE_ONCE(*inotify_bound(p), (u32)n);
	return 0;
}

static const struct proc_entry inotify_entries[] = {
	FILE_RW("max_queued_events", show_inotify, write_inotify),
	FILE_RW("max_user_instances", show_inotify, write_inotify),
	FILE_RW("max_user_watches", show_inotify, write_inotify),
	{ 0 }
};

static const struct proc_entry fs_entries[] = {
	CONSTANT("file-max"), CONSTANT("file-nr"), DIR("inotify", inotify_entries),
	CONSTANT("nr_open"),
	CONSTANT("pipe-max-size"), CONSTANT("pipe-user-pages-hard"),
	CONSTANT("pipe-user-pages-soft"),
	CONSTANT("protected_hardlinks"), CONSTANT("protected_symlinks"),
	{ 0 }
};

const struct proc_entry proc_sys_entries[] = {
	DIR("fs", fs_entries),
	DIR("kernel", kernel_entries),
	DIR("vm", vm_entries),
	{ 0 }
};
