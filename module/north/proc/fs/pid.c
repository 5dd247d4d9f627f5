// SPDX-License-Identifier: GPL-2.0
/* /proc/PID and /proc/PID/task/TID: which there are and what is in them. */
#include "procfs.h"

/* Mapped user memory is read in pieces of this size. */
#define MEM_CHUNK 4096u

static s32 show_mem(struct proc_inode *p, struct text *t, u32 what)
{
	char *buf = alloc(MEM_CHUNK);
	u64 off = 0;
	s32 n;

	if (!buf)
		return -ENOMEM;
	do {
		n = south_task_mem(p->pid, what, off, buf, MEM_CHUNK);
		if (n > 0)
			text_add(t, buf, n);
		off += n;
	} while (n == (s32)MEM_CHUNK && !t->failed);
	release(buf);
	return n < 0 ? n : 0;
}

static s32 show_private_mem(struct proc_inode *p, struct text *t, u32 what)
{
	struct subject s;
	s32 err = subject_get_readable(p, &s);

	if (err)
		return err;
	subject_put(&s);
	return show_mem(p, t, what);
}

static s32 show_cmdline(struct proc_inode *p, struct text *t)
{
	return show_mem(p, t, SOUTH_MEM_CMDLINE);
}

static s32 show_environ(struct proc_inode *p, struct text *t)
{
	return show_private_mem(p, t, SOUTH_MEM_ENVIRON);
}

static s32 show_auxv(struct proc_inode *p, struct text *t)
{
	return show_private_mem(p, t, SOUTH_MEM_AUXV);
}

static s32 show_comm(struct proc_inode *p, struct text *t)
{
	struct subject s;
	s32 err = subject_get(p, &s);

	if (err)
		return err;
	text_printf(t, "%.*s\n", TASK_COMM_LEN, s.comm);
	subject_put(&s);
	return 0;
}

/* Only the thread itself: its name on the host is its own to change, too. */
static s32 write_comm(struct proc_inode *p, char *buf, u32 len)
{
	struct task *me = current;
	char name[TASK_COMM_LEN] = { 0 };

	if (me->pid != p->pid)
		return -EINVAL;
	str_copy(name, buf, sizeof(name));
	if (*name && name[strlen(name) - 1] == '\n')
		name[strlen(name) - 1] = 0;
	if (me->tid != (p->tid ? p->tid : p->pid))
		return -EPERM;
	memcpy(me->comm, name, sizeof(me->comm));
	south_comm(name);
	return 0;
}

static s32 show_cgroup(struct proc_inode *p, struct text *t)
{
	text_printf(t, "0::/\n");
	return 0;
}

static s32 show_idmap(struct proc_inode *p, struct text *t)
{
	text_printf(t, "%10u %10u %10u\n", 0u, 0u, 0xffffffffu);
	return 0;
}

static s32 show_setgroups(struct proc_inode *p, struct text *t)
{
	text_printf(t, "allow\n");
	return 0;
}

static s32 show_loginuid(struct proc_inode *p, struct text *t)
{
	text_printf(t, "%u", 0xffffffffu);
	return 0;
}

static s32 show_zero(struct proc_inode *p, struct text *t)
{
	text_printf(t, "0");
	return 0;
}

/* No security module: there is nothing to say about any task, nor to ask for. */
static s32 show_attr(struct proc_inode *p, struct text *t)
{
	return -EINVAL;
}

static s32 write_attr(struct proc_inode *p, char *buf, u32 len)
{
	return -EINVAL;
}

/* For who is privileged on the host only, as in any container. */
static s32 show_stack(struct proc_inode *p, struct text *t)
{
	return -EACCES;
}

static s32 show_timerslack(struct proc_inode *p, struct text *t)
{
	struct subject s;
	s32 err = subject_get(p, &s);

	if (err)
		return err;
	if (s.pid != current->pid && !capable(CAP_SYS_NICE))
		err = -EPERM;
	else
		text_printf(t, "%u\n", s.process->timerslack);
	subject_put(&s);
	return err;
}

static s32 show_oom_score_adj(struct proc_inode *p, struct text *t)
{
	struct subject s;
	s32 err = subject_get(p, &s);

	if (err)
		return err;
	text_printf(t, "%d\n", s.process->oom_score_adj);
	subject_put(&s);
	return 0;
}

static s32 write_oom_score_adj(struct proc_inode *p, char *buf, u32 len)
{
	bool minus = *buf == '-';
	struct subject s;
	s32 err, adj;
	u64 v;

	while (len && (buf[len - 1] == '\n' || buf[len - 1] == ' '))
		buf[--len] = 0;
	if (!str_to_u64(buf + minus, &v) || v > 1000)
		return -EINVAL;
	adj = minus ? -(s32)v : (s32)v;
	err = subject_get(p, &s);
	if (err)
		return err;
	if (adj < s.process->oom_score_adj && !capable(CAP_SYS_RESOURCE))
		err = -EACCES;
	else
		WRITE_ONCE(s.process->oom_score_adj, adj);
	subject_put(&s);
	return err;
}

static s32 show_coredump_filter(struct proc_inode *p, struct text *t)
{
	struct subject s;
	s32 err = subject_get(p, &s);

	if (err)
		return err;
	text_printf(t, "%08x\n", READ_ONCE(s.process->coredump_filter));
	subject_put(&s);
	return 0;
}

/* A number as kstrtouint(base 0) takes it, but octal. */
static bool parse_mask(char *buf, u32 len, u64 *v)
{
	if (len && buf[len - 1] == '\n')
		buf[--len] = 0;
	if (len < 3 || buf[0] != '0' || (buf[1] | 0x20) != 'x')
		return str_to_u64(buf, v) && *v <= ~0u;
	*v = 0;
	for (buf += 2; *buf; buf++) {
		u8 c = (u8)*buf | 0x20;
		u32 digit = c >= 'a' ? c - 'a' + 10u : (u32)*buf - '0';

		if (digit > 15 || *v >> 28)
			return false;
		*v = *v << 4 | digit;
	}
	return true;
}

static s32 write_coredump_filter(struct proc_inode *p, char *buf, u32 len)
{
	struct subject s;
	s32 err;
	u64 v;

	if (!parse_mask(buf, len, &v))
		return -EINVAL;
	err = subject_get(p, &s);
	if (err)
		return err;
	WRITE_ONCE(s.process->coredump_filter, (u32)v & 0x1ff);
	subject_put(&s);
	return 0;
}

/*
 * Which pages were used or changed since isn't shown anywhere, so that there is nothing to
 * forget; the peak of what was present (5) is the host's to keep.
 */
static s32 write_clear_refs(struct proc_inode *p, char *buf, u32 len)
{
	struct subject s;
	s32 err;
	u64 v;

	while (len && (buf[len - 1] == '\n' || buf[len - 1] == ' '))
		buf[--len] = 0;
	if (!str_to_u64(buf, &v) || !v || v > 4)
		return -EINVAL;
	err = subject_get(p, &s);
	if (!err)
		subject_put(&s);
	return err;
}

static s32 show_io(struct proc_inode *p, struct text *t)
{
	struct subject s;
	s32 err = subject_get_readable(p, &s);

	if (err)
		return err;
	subject_put(&s);
	text_printf(t, "rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\n"
		    "cancelled_write_bytes: 0\n");
	return 0;
}

static s32 show_mounts(struct proc_inode *p, struct text *t)
{
	mounts_show(t, false);
	return 0;
}

static s32 show_mountinfo(struct proc_inode *p, struct text *t)
{
	mounts_show(t, true);
	return 0;
}

static s32 show_personality(struct proc_inode *p, struct text *t)
{
	struct task *task;
	u32 personality = 0;

	lock(&tasks_lock);
	task = task_find(p->tid ? p->tid : p->pid);
	if (task)
		personality = task->personality;
	unlock(&tasks_lock);
	text_printf(t, "%08x\n", personality);
	return 0;
}

/* ---- which there are ---- */

static bool task_dir_find(struct proc_inode *p, u32 n, struct proc_inode *child)
{
	struct task *t;

	lock(&tasks_lock);
	t = task_find(n);
	if (t && t->pid == p->pid) {
		child->entry = &proc_task_entry;
		child->tid = n;
		child->id = t->serial;
	} else {
		t = NULL;
	}
	unlock(&tasks_lock);
	return t != NULL;
}

/* The lowest id from @n on: of a process if @pid is 0, else of a thread of @pid. */
static s64 next_id(s32 pid, u32 n)
{
	s64 best = -1;
	struct task *t;

	lock(&tasks_lock);
	list_for_each(t, &tasks, node) {
		s32 id = pid ? t->tid : t->pid;

		if (!t->tid || (pid && t->pid != pid) || id < (s64)n)
			continue;
		if (best < 0 || id < best)
			best = id;
	}
	unlock(&tasks_lock);
	return best;
}

static s64 task_dir_next(struct proc_inode *p, u32 n)
{
	return next_id(p->pid, n);
}

static const struct proc_dir task_dir = { .find = task_dir_find, .next = task_dir_next };

static bool root_find(struct proc_inode *p, u32 n, struct proc_inode *child)
{
	struct process *process;

	lock(&tasks_lock);
	process = process_find(n);
	if (process) {
		child->entry = &proc_pid_entry;
		child->pid = n;
		child->tid = 0;
		child->id = process->start;
	}
	unlock(&tasks_lock);
	return process != NULL;
}

static s64 root_next(struct proc_inode *p, u32 n)
{
	return next_id(0, n);
}

const struct proc_dir proc_root_dir = { .find = root_find, .next = root_next };

#define FILE(name_, bits, show_) { .name = name_, .mode = S_IFREG | (bits), .show = show_ }
#define FILE_RW(name_, bits, show_, write_) \
	{ .name = name_, .mode = S_IFREG | (bits), .show = show_, .write = write_ }
#define LINK(name_, link_, jump_) \
	{ .name = name_, .mode = S_IFLNK | 0777, .link = link_, .jump = jump_ }

#define COMMON_ENTRIES								\
	{									\
		.name = "fd", .mode = S_IFDIR | 0500, .dir = &proc_fd_dir,	\
		.permission = proc_fd_permission,				\
	},									\
	{									\
		.name = "fdinfo", .mode = S_IFDIR | 0555, .dir = &proc_fdinfo_dir, \
		.permission = proc_fdinfo_permission,				\
	},									\
	FILE("environ", 0400, show_environ),					\
	FILE("auxv", 0400, show_auxv),						\
	FILE("status", 0444, proc_show_status),					\
	FILE("personality", 0400, show_personality),				\
	FILE("limits", 0444, proc_show_limits),					\
	FILE_RW("comm", 0644, show_comm, write_comm),				\
	FILE("cmdline", 0444, show_cmdline),					\
	FILE("stat", 0444, proc_show_stat),					\
	FILE("statm", 0444, proc_show_statm),					\
	FILE("maps", 0444, proc_show_maps),					\
	FILE_RW("clear_refs", 0200, NULL, write_clear_refs),			\
	{									\
		.name = "mem", .mode = S_IFREG | 0600, .file_ops = &proc_mem_ops, \
		.open = proc_mem_open,						\
	},									\
	FILE("smaps", 0444, proc_show_smaps),					\
	LINK("cwd", proc_cwd_link, proc_cwd_jump),				\
	LINK("root", proc_root_link, proc_root_jump),				\
	LINK("exe", proc_exe_link, proc_exe_jump),				\
	FILE("mounts", 0444, show_mounts),					\
	FILE("mountinfo", 0444, show_mountinfo),				\
	FILE("cgroup", 0444, show_cgroup),					\
	FILE("wchan", 0444, show_zero),						\
	FILE("oom_score", 0444, proc_show_oom_score),			\
	FILE_RW("oom_score_adj", 0644, show_oom_score_adj, write_oom_score_adj), \
	FILE("loginuid", 0644, show_loginuid),					\
	FILE("sessionid", 0444, show_loginuid),					\
	FILE("io", 0400, show_io),						\
	FILE("uid_map", 0644, show_idmap),					\
	FILE("gid_map", 0644, show_idmap),					\
	FILE("projid_map", 0644, show_idmap),					\
	FILE("setgroups", 0644, show_setgroups),				\
	FILE_RW("coredump_filter", 0644, show_coredump_filter, write_coredump_filter), \
	PROC_DIR("attr", attr_entries),						\
	PROC_CONSTANT("cpuset", "/"),						\
	PROC_DIR("net", proc_net_entries),					\
	PROC_DIR("ns", proc_ns_entries),					\
	FILE("sched", 0644, proc_show_sched),					\
	FILE("schedstat", 0444, proc_show_schedstat),				\
	FILE("smaps_rollup", 0444, proc_show_smaps_rollup),			\
	FILE("stack", 0400, show_stack)

static const struct proc_entry attr_entries[] = {
	FILE_RW("current", 0666, show_attr, write_attr), FILE_RW("exec", 0666, show_attr, write_attr),
	FILE_RW("fscreate", 0666, show_attr, write_attr),
	FILE_RW("keycreate", 0666, show_attr, write_attr), FILE("prev", 0444, show_attr),
	FILE_RW("sockcreate", 0666, show_attr, write_attr),
	{ 0 }
};

static const struct proc_entry task_children[] = {
	COMMON_ENTRIES,
	FILE("children", 0444, proc_show_children),
	{ 0 }
};

static const struct proc_entry pid_children[] = {
	FILE("timerslack_ns", 0666, show_timerslack),
	{ .name = "task", .mode = S_IFDIR | 0555, .dir = &task_dir },
	COMMON_ENTRIES,
	{ 0 }
};

const struct proc_entry proc_pid_entry = {
	.name = "pid",
	.mode = S_IFDIR | 0555,
	.children = pid_children,
};

const struct proc_entry proc_task_entry = {
	.name = "tid",
	.mode = S_IFDIR | 0555,
	.children = task_children,
};
