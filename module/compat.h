/* SPDX-License-Identifier: GPL-2.0 */
/* What differs between the kernels that are supported: 6.12 to 7.3. */
#ifndef LB_COMPAT_H
#define LB_COMPAT_H

#include <linux/version.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/namei.h>
#include <linux/sched.h>
#include <linux/shmem_fs.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
#include <linux/sched/exec_state.h>
#endif

/* 7.0 made a structure of flags of a mapping. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
#define LB_SHMEM_NORESERVE mk_vma_flags(VMA_NORESERVE_BIT)
#else
#define LB_SHMEM_NORESERVE VM_NORESERVE
#endif

/*
 * lb_program_ns - the user namespace in which @task, or who it is a fork of, executed its program
 * in @mm, which it uses; to compare. 7.3 keeps it with the task; NULL: that ends.
 */
static inline struct user_namespace *lb_program_ns(struct task_struct *task, struct mm_struct *mm)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
	struct task_exec_state *state;

	guard(rcu)();
	state = rcu_dereference(task->exec_state);
	return state ? state->user_ns : NULL;
#else
	return mm->user_ns;
#endif
}

/* 7.3 has what is a task's of futexes in a structure of its own. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
#define lb_robust_list(task) ((task)->futex.robust_list)
#else
#define lb_robust_list(task) ((task)->robust_list)
#endif

/* 6.13 initialises a timer in one step, and 6.15 in no other way. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define lb_hrtimer_setup hrtimer_setup
#else
static inline void lb_hrtimer_setup(struct hrtimer *timer,
				    enum hrtimer_restart (*function)(struct hrtimer *timer),
				    clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* 6.16 passes names as struct qstr. */
static inline struct dentry *lb_lookup_positive(struct mnt_idmap *idmap, const char *name, u32 len,
						struct dentry *base)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
	return lookup_one_positive_unlocked(idmap, &QSTR_LEN(name, len), base);
#else
	return lookup_one_positive_unlocked(idmap, name, base, len);
#endif
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)

/* 6.19 locks directories on its own and tells of delegations, for which nothing waits here. */
#define lb_vfs_create(idmap, dir, dentry, mode) vfs_create(idmap, dentry, mode, NULL)
#define lb_vfs_mknod(idmap, dir, dentry, mode) vfs_mknod(idmap, dir, dentry, mode, 0, NULL)
#define lb_vfs_symlink(idmap, dir, dentry, target) vfs_symlink(idmap, dir, dentry, target, NULL)
#define lb_vfs_mkdir(idmap, dir, dentry, mode) vfs_mkdir(idmap, dir, dentry, mode, NULL)
#define lb_vfs_rmdir(idmap, dir, dentry) vfs_rmdir(idmap, dir, dentry, NULL)

static inline struct dentry *lb_start_creating(struct mnt_idmap *idmap, struct dentry *dir,
					       const char *name, u32 len)
{
	struct dentry *dentry = start_creating(idmap, dir, &QSTR_LEN(name, len));

	if (!IS_ERR(dentry) && d_is_positive(dentry)) {
		end_creating(dentry);
		return ERR_PTR(-EEXIST);
	}
	return dentry;
}

static inline struct dentry *lb_start_removing(struct mnt_idmap *idmap, struct dentry *dir,
					       const char *name, u32 len)
{
	return start_removing(idmap, dir, &QSTR_LEN(name, len));
}

/* lb_end_changing - @dentry: what the start, or lb_vfs_mkdir(), returned last; may be an error. */
static inline void lb_end_changing(struct dentry *dir, struct dentry *dentry)
{
	end_creating(dentry);
}

static inline int lb_rename(struct mnt_idmap *idmap, struct dentry *dir, const char *name, u32 len,
			    struct dentry *todir, const char *toname, u32 tolen, u32 flags)
{
	struct renamedata rd = {
		.mnt_idmap = idmap,
		.old_parent = dir,
		.new_parent = todir,
		.flags = flags,
	};
	int err = start_renaming(&rd, 0, &QSTR_LEN(name, len), &QSTR_LEN(toname, tolen));

	if (!err) {
		if (d_mountpoint(rd.old_dentry) || d_mountpoint(rd.new_dentry))
			err = -EBUSY;
		else
			err = vfs_rename(&rd);
		end_renaming(&rd);
	}
	return err;
}

#else

#define lb_vfs_create(idmap, dir, dentry, mode) vfs_create(idmap, dir, dentry, mode, true)
#define lb_vfs_mknod(idmap, dir, dentry, mode) vfs_mknod(idmap, dir, dentry, mode, 0)
#define lb_vfs_symlink(idmap, dir, dentry, target) vfs_symlink(idmap, dir, dentry, target)
#define lb_vfs_rmdir(idmap, dir, dentry) vfs_rmdir(idmap, dir, dentry)

static inline struct dentry *lb_lookup_locked(struct mnt_idmap *idmap, struct dentry *dir,
					      const char *name, u32 len)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
	return lookup_one(idmap, &QSTR_LEN(name, len), dir);
#else
	return lookup_one(idmap, name, dir, len);
#endif
}

static inline void lb_end_changing(struct dentry *dir, struct dentry *dentry)
{
	if (!IS_ERR(dentry)) {
		inode_unlock(d_inode(dir));
		dput(dentry);
	}
}

static inline struct dentry *lb_start_changing(struct mnt_idmap *idmap, struct dentry *dir,
					       const char *name, u32 len, bool there)
{
	struct dentry *dentry;

	inode_lock_nested(d_inode(dir), I_MUTEX_PARENT);
	dentry = lb_lookup_locked(idmap, dir, name, len);
	if (IS_ERR(dentry)) {
		inode_unlock(d_inode(dir));
	} else if (d_is_positive(dentry) != there) {
		lb_end_changing(dir, dentry);
		return ERR_PTR(there ? -ENOENT : -EEXIST);
	}
	return dentry;
}

#define lb_start_creating(idmap, dir, name, len) lb_start_changing(idmap, dir, name, len, false)
#define lb_start_removing(idmap, dir, name, len) lb_start_changing(idmap, dir, name, len, true)

/* As of 6.15: the directory's dentry; on failure everything has been ended. */
static inline struct dentry *lb_vfs_mkdir(struct mnt_idmap *idmap, struct inode *dir,
					  struct dentry *dentry, umode_t mode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
	struct dentry *made = vfs_mkdir(idmap, dir, dentry, mode);

	if (IS_ERR(made))
		inode_unlock(dir);
	return made;
#else
	int err = vfs_mkdir(idmap, dir, dentry, mode);

	if (!err)
		return dentry;
	inode_unlock(dir);
	dput(dentry);
	return ERR_PTR(err);
#endif
}

static inline int lb_rename_locked(struct mnt_idmap *idmap, struct dentry *dir, struct dentry *old,
				   struct dentry *todir, struct dentry *new, struct dentry *trap,
				   u32 flags)
{
	struct renamedata rd = {
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
		.mnt_idmap = idmap,
		.old_parent = dir,
		.new_parent = todir,
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
		.old_mnt_idmap = idmap,
		.new_mnt_idmap = idmap,
		.old_parent = dir,
		.new_parent = todir,
#else
		.old_mnt_idmap = idmap,
		.new_mnt_idmap = idmap,
		.old_dir = d_inode(dir),
		.new_dir = d_inode(todir),
#endif
		.old_dentry = old,
		.new_dentry = new,
		.flags = flags,
	};

	if (d_is_negative(old) || (flags & RENAME_EXCHANGE && d_is_negative(new)))
		return -ENOENT;
	if (flags & RENAME_NOREPLACE && d_is_positive(new))
		return -EEXIST;
	if (d_mountpoint(old) || d_mountpoint(new))
		return -EBUSY;
	if (old == trap)
		return -EINVAL;
	if (new == trap)
		return flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	return vfs_rename(&rd);
}

static inline int lb_rename(struct mnt_idmap *idmap, struct dentry *dir, const char *name, u32 len,
			    struct dentry *todir, const char *toname, u32 tolen, u32 flags)
{
	struct dentry *old, *new, *trap = lock_rename(dir, todir);
	int err;

	if (IS_ERR(trap))
		return PTR_ERR(trap);
	old = lb_lookup_locked(idmap, dir, name, len);
	err = PTR_ERR_OR_ZERO(old);
	if (err)
		goto out_unlock;
	new = lb_lookup_locked(idmap, todir, toname, tolen);
	err = PTR_ERR_OR_ZERO(new);
	if (err)
		goto out_old;
	err = lb_rename_locked(idmap, dir, old, todir, new, trap, flags);
	dput(new);
out_old:
	dput(old);
out_unlock:
	unlock_rename(dir, todir);
	return err;
}

#endif

/*
 * Before 6.13 a probe of sys_enter runs with preemption off, which RCU waits for;
 * since then it may be preempted.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define lb_probe_begin() rcu_read_lock()
#define lb_probe_end() rcu_read_unlock()
#else
#define lb_probe_begin() do { } while (0)
#define lb_probe_end() do { } while (0)
#endif

#endif
