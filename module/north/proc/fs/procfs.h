/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The proc file system: tables of entries say what there is, one inode type
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
	/* Files: the contents, made anew when they are read from the beginning. */
	s32 (*show)(struct proc_inode *p, struct text *t);
	/* Files: @buf is a string of @len bytes. */
	s32 (*write)(struct proc_inode *p, char *buf, u32 len);
	/* Links: the target's text into an empty @t; where they lead, if that isn't by the text. */
	s32 (*link)(struct proc_inode *p, struct text *t);
	s32 (*jump)(struct proc_inode *p, struct path *out);
	/* Directories: a table that a NULL name ends, and what else there is. */
	const struct proc_entry *children;
	const struct proc_dir *dir;
	/* Replaces the check of mode bits. */
	s32 (*permission)(struct proc_inode *p, u32 mask);
};

/* struct proc_dir - names of a directory that aren't in a table but numbers. */
struct proc_dir {
	/* Is there a number @n in @p? Fills @child's entry and what it is about. */
	bool (*find)(struct proc_inode *p, u32 n, struct proc_inode *child);
	/* The lowest number >= @n that there is, or -1. */
	s64 (*next)(struct proc_inode *p, u32 n);
};

/* struct proc_inode - what an inode is about; nothing of it changes. */
struct proc_inode {
	const struct proc_entry *entry;
	s32 pid, tid;		/* tid: 0 for what is a process's */
	u64 id;			/* tells it from another process or task with the same number */
	u32 fd;
	u64 dir_ino;		/* of the directory it is in */
};

extern struct superblock *proc_sb;
extern const struct proc_entry proc_root_entries[], proc_pid_entry, proc_task_entry,
	proc_sys_entries[];
extern const struct proc_dir proc_root_dir;

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
};
/* 0 or -ESRCH. */
s32 subject_get(struct proc_inode *p, struct subject *s);
void subject_put(struct subject *s);
/* Does it still exist? */
bool subject_alive(const struct proc_inode *p);
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

#endif
