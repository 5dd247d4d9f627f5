/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file systems proc, sysfs and cgroup2: tables of entries say what there is, one inode type
 * serves them all. It knows the tasks on North's lists only: what is outside of
 * the box can't appear.
 */
#ifndef NORTH_PROCFS_H
#define NORTH_PROCFS_H

#include "../proc.h"

struct proc_inode;

/* struct proc_entry - one name of /proc; S_IFMT of @mode says which members count. */
struct proc_entry {
	const char *name;
	u32 mode;
	/* Files: the contents, if they never change, less the end of the line. */
	const char *value;
	/* Files: the contents, made anew when they are read from the beginning. */
	s32 (*show)(struct proc_inode *p, struct text *t);
	/* The same for what South says of the host. */
	void (*host)(struct text *t, const struct south_host *h);
	/* Files: @buf is a string of @len bytes. */
	s32 (*write)(struct proc_inode *p, char *buf, u32 len);
	/* Links: the target's text into an empty @t; where they lead, if that isn't by the text. */
	s32 (*link)(struct proc_inode *p, struct text *t);
	s32 (*jump)(struct proc_inode *p, struct path *out);
	/* Directories: a table that a NULL name ends, and what else there is. */
	const struct proc_entry *children;
	const struct proc_dir *dir;
	/* Files: whose contents aren't a text. */
	const struct file_ops *file_ops;
	s32 (*open)(struct proc_inode *p, struct file *f);
	/* Replaces the check of mode bits. */
	s32 (*permission)(struct proc_inode *p, u32 mask);
};

/* struct proc_dir - names of a directory that aren't in a table but numbers, behind a prefix. */
struct proc_dir {
	const char *prefix;	/* NULL: "" */
	/* Is there a number @n in @p? Fills @child's entry and what it is about. */
	bool (*find)(struct proc_inode *p, u32 n, struct proc_inode *child);
	/* The lowest number >= @n that there is, or -1. */
	s64 (*next)(struct proc_inode *p, u32 n);
};

/* struct proc_inode - what an inode is about; nothing of it changes. */
struct proc_inode {
	const struct proc_entry *entry;
	struct superblock *sb;
	s32 pid, tid;		/* tid: 0 for what is a process's */
	u64 id;			/* tells it from another process or task with the same number */
	u32 fd;			/* or the number of a CPU */
	u64 dir_ino;		/* of the directory it is in */
};

extern const struct proc_entry proc_root_entries[], proc_pid_entry, proc_task_entry,
	proc_sys_entries[], proc_net_entries[],
	proc_ns_entries[];
extern const struct proc_dir proc_root_dir;

/* Entries of tables. */
#define PROC_CONSTANT(name_, value_) { .name = name_, .mode = S_IFREG | 0444, .value = value_ }
#define PROC_FILE(name_, show_) { .name = name_, .mode = S_IFREG | 0444, .show = show_ }
#define PROC_FILE_RW(name_, show_, write_) \
	{ .name = name_, .mode = S_IFREG | 0644, .show = show_, .write = write_ }
#define PROC_LINK(name_, link_) { .name = name_, .mode = S_IFLNK | 0777, .link = link_ }
#define PROC_DIR(name_, children_) { .name = name_, .mode = S_IFDIR | 0555, .children = children_ }

#define PROC_HOST(name_, host_) { .name = name_, .mode = S_IFREG | 0444, .host = host_ }

/* proc_fs_add - mount a file system made of the table @root at @at. 0 or an errno. */
s32 proc_fs_add(const char *at, const char *type, const char *source, u64 magic,
		const struct proc_entry *root, bool readonly);
/* The file system of the box's cgroup, beneath /sys. */
s32 cgroup_mount(void);

/* Numbers 0 to @cpus - 1, as a list and a newline; @from to @to - 1 as a mask. */
void proc_cpu_list(struct text *t, u32 cpus);
void proc_cpu_mask(struct text *t, u32 from, u32 to);
void proc_cpuinfo(struct text *t, const struct south_host *h);
void proc_stat(struct text *t, const struct south_host *h);
void proc_meminfo(struct text *t, const struct south_host *h);
void proc_vmstat(struct text *t, const struct south_host *h);
void proc_zoneinfo(struct text *t, const struct south_host *h);
s32 proc_show_nothing(struct proc_inode *p, struct text *t);

/* struct box_use - sums over the tasks of the box. */
struct box_use {
	u64 user, system;	/* ns */
	u64 switches, faults, major_faults;
	u64 mapped, shared, locked, page_tables; /* bytes */
	u32 running, blocked;	/* tasks */
};
/* 0 or -ENOMEM. */
s32 proc_box_use(struct box_use *use);

#define PROC_TICK (NS_PER_SEC / USER_HZ)

/* proc_number - a name without leading zeros that is a number. */
bool proc_number(const char *name, u32 len, u32 *n);

/* ---- what an inode beneath /proc/PID is about ---- */

/* struct subject - a task, with references on all that can be asked about. */
struct subject {
	s32 pid, tid;		/* tid: the leader's for a process */
	struct cred *cred;
	struct process *process;
	struct fdtable *files;
	struct fs_context *fs;
	char comm[TASK_COMM_LEN];
	u32 seccomp_mode, seccomp_filters;
	u32 programs;		/* the process's, when @cred was the task's */
};
/* 0 or -ESRCH. */
s32 subject_get(struct proc_inode *p, struct subject *s);
void subject_put(struct subject *s);
/* Does it still exist? */
bool subject_alive(const struct proc_inode *p);
/* proc_dir_process - of the directory /proc/PID: its process, or -ESRCH; of all else -EBADF. */
s32 proc_dir_process(const struct inode *i);
/* Owner of its files, as task_dump_owner(). */
void subject_owner(const struct proc_inode *p, u32 *uid, u32 *gid);
/* ptrace_may_access(PTRACE_MODE_READ). */
bool subject_readable(const struct subject *s);

/* 0, or -EACCES where current may not look. On success @s is to be put. */
s32 subject_get_readable(struct proc_inode *p, struct subject *s);

extern const struct proc_dir proc_fd_dir, proc_fdinfo_dir;
s32 proc_fd_permission(struct proc_inode *p, u32 mask);
s32 proc_fdinfo_permission(struct proc_inode *p, u32 mask);
s32 proc_exe_link(struct proc_inode *p, struct text *t);
s32 proc_exe_jump(struct proc_inode *p, struct path *out);
s32 proc_cwd_link(struct proc_inode *p, struct text *t);
s32 proc_cwd_jump(struct proc_inode *p, struct path *out);
s32 proc_root_link(struct proc_inode *p, struct text *t);
s32 proc_root_jump(struct proc_inode *p, struct path *out);

/* Texts of processes. */
s32 proc_show_status(struct proc_inode *p, struct text *t);
s32 proc_show_stat(struct proc_inode *p, struct text *t);
s32 proc_show_statm(struct proc_inode *p, struct text *t);
s32 proc_show_limits(struct proc_inode *p, struct text *t);
s32 proc_show_maps(struct proc_inode *p, struct text *t);
s32 proc_show_smaps(struct proc_inode *p, struct text *t);
extern const struct file_ops proc_mem_ops;
s32 proc_mem_open(struct proc_inode *p, struct file *f);
s32 proc_show_schedstat(struct proc_inode *p, struct text *t);
s32 proc_show_sched(struct proc_inode *p, struct text *t);
s32 proc_show_oom_score(struct proc_inode *p, struct text *t);
s32 proc_show_smaps_rollup(struct proc_inode *p, struct text *t);
/* Of a thread: Linux knows which made them, here all are the leader's. */
s32 proc_show_children(struct proc_inode *p, struct text *t);
/* What South knows of it, to release(), or NULL and *@err. */
struct south_task *proc_facts(const struct subject *s, s32 *err);

#endif
