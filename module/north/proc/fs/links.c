// SPDX-License-Identifier: GPL-2.0
/* Links that lead to what a task has, not to a name: exe, cwd, root, fd. */
#include "procfs.h"
#include "../../fs/mount.h"

static s32 text_take(struct text *t, char *name)
{
	if (!name)
		return -ENOMEM;
	text_add(t, name, strlen(name));
	release(name);
	return 0;
}

/* ---- exe ---- */

static struct file *exe_get(struct proc_inode *p, s32 *err)
{
	struct file *f = NULL;
	struct subject s;

	*err = subject_get_readable(p, &s);
	if (*err) {
		if (*err == -ESRCH)
			*err = -ENOENT;
		return NULL;
	}
	lock(&tasks_lock);
	if (s.process->exe)
		f = file_get(s.process->exe);
	unlock(&tasks_lock);
	subject_put(&s);
	if (!f)
		*err = -ENOENT;
	return f;
}

s32 proc_exe_link(struct proc_inode *p, struct text *t)
{
	s32 err;
	struct file *f = exe_get(p, &err);

	if (!f)
		return err;
	err = text_take(t, path_of_file(f));
	file_put(f);
	return err;
}

s32 proc_exe_jump(struct proc_inode *p, struct path *out)
{
	s32 err;
	struct file *f = exe_get(p, &err);

	if (!f)
		return err;
	err = file_path(f, out);
	file_put(f);
	return err;
}

/* ---- cwd and root ---- */

static s32 context_jump(struct proc_inode *p, struct path *out, bool cwd)
{
	struct subject s;
	s32 err = subject_get_readable(p, &s);

	if (err)
		return err == -ESRCH ? -ENOENT : err;
	fs_context_paths(s.fs, cwd ? NULL : out, cwd ? out : NULL);
	subject_put(&s);
	return 0;
}

static s32 context_link(struct proc_inode *p, struct text *t, bool cwd)
{
	struct path path;
	s32 err = context_jump(p, &path, cwd);

	if (err)
		return err;
	err = text_take(t, path_name(&path));
	path_put(&path);
	return err;
}

s32 proc_cwd_link(struct proc_inode *p, struct text *t)
{
	return context_link(p, t, true);
}

s32 proc_cwd_jump(struct proc_inode *p, struct path *out)
{
	return context_jump(p, out, true);
}

s32 proc_root_link(struct proc_inode *p, struct text *t)
{
	return context_link(p, t, false);
}

s32 proc_root_jump(struct proc_inode *p, struct path *out)
{
	return context_jump(p, out, false);
}

/* ---- descriptors ---- */

static const struct proc_entry fd_links[4], fdinfo_file;

static struct file *fd_get(struct proc_inode *p, u32 fd)
{
	struct subject s;
	struct file *f;

	if (subject_get(p, &s))
		return NULL;
	f = fdtable_file(s.files, fd);
	subject_put(&s);
	return f;
}

/* A link's mode says how the descriptor may be used. */
static bool fd_find(struct proc_inode *p, u32 n, struct proc_inode *child)
{
	struct file *f = fd_get(p, n);

	if (!f)
		return false;
	child->entry = &fd_links[file_readable(f) + 2 * file_writable(f)];
	child->fd = n;
	file_put(f);
	return true;
}

static bool fdinfo_find(struct proc_inode *p, u32 n, struct proc_inode *child)
{
	struct file *f = fd_get(p, n);

	if (!f)
		return false;
	child->entry = &fdinfo_file;
	child->fd = n;
	file_put(f);
	return true;
}

static s64 fd_next(struct proc_inode *p, u32 n)
{
	struct subject s;
	s32 r;

	if (subject_get(p, &s))
		return -1;
	r = fdtable_next(s.files, n);
	subject_put(&s);
	return r;
}

const struct proc_dir proc_fd_dir = { .find = fd_find, .next = fd_next };
const struct proc_dir proc_fdinfo_dir = { .find = fdinfo_find, .next = fd_next };

s32 proc_fd_permission(struct proc_inode *p, u32 mask)
{
	struct subject s;
	s32 err;

	if (mask & MAY_WRITE)
		return -EACCES;
	err = subject_get(p, &s);
	if (err)
		return err;
	if (s.pid != current->pid && current->cred->fsuid != s.cred->euid &&
	    !capable(CAP_DAC_READ_SEARCH) && !capable(CAP_DAC_OVERRIDE))
		err = -EACCES;
	subject_put(&s);
	return err;
}

s32 proc_fdinfo_permission(struct proc_inode *p, u32 mask)
{
	struct subject s;
	s32 err = subject_get_readable(p, &s);

	if (!err)
		subject_put(&s);
	return err ? err : mask & MAY_WRITE ? -EACCES : 0;
}

/* Only who may look at the task follows its descriptors. */
static struct file *fd_get_readable(struct proc_inode *p, s32 *err)
{
	struct subject s;
	struct file *f;

	*err = subject_get_readable(p, &s);
	if (*err)
		return NULL;
	f = fdtable_file(s.files, p->fd);
	subject_put(&s);
	if (!f)
		*err = -ENOENT;
	return f;
}

static s32 fd_link(struct proc_inode *p, struct text *t)
{
	s32 err;
	struct file *f = fd_get_readable(p, &err);

	if (!f)
		return err;
	err = text_take(t, path_of_file(f));
	file_put(f);
	return err;
}

static s32 fd_jump(struct proc_inode *p, struct path *out)
{
	s32 err;
	struct file *f = fd_get_readable(p, &err);

	if (!f)
		return err;
	err = file_path(f, out);
	file_put(f);
	return err;
}

static s32 fdinfo_show(struct proc_inode *p, struct text *t)
{
	s32 err;
	struct file *f = fd_get_readable(p, &err);
	u32 flags;

	if (!f)
		return err;
	flags = f->flags;
	text_printf(t, "pos:\t%lld\nflags:\t0%o\nmnt_id:\t%u\nino:\t%llu\n", (s64)f->pos, flags,
		    f->mount ? f->mount->id : 0, f->inode->ino);
	if (f->ops->show)
		f->ops->show(f, t);
	file_put(f);
	return 0;
}

#define FD_LINK(bits) \
	{ .name = "fd", .mode = S_IFLNK | 0100 | (bits), .link = fd_link, .jump = fd_jump }
static const struct proc_entry fd_links[4] = {
	FD_LINK(0), FD_LINK(0400), FD_LINK(0200), FD_LINK(0600),
};

static const struct proc_entry fdinfo_file = {
	.name = "fdinfo",
	.mode = S_IFREG | 0400,
	.show = fdinfo_show,
};
