// SPDX-License-Identifier: GPL-2.0
/* Root, working directory and umask of tasks. */
#include "../task.h"
#include "open.h"

struct fs_context *fs_context_first(void)
{
	struct fs_context *fs = new(struct fs_context);

	if (!fs)
		return NULL;
	fs->refs = 1;
	fs->umask = 022;
	fs->root = (struct path){ .mount = root_mount, .dentry = root_mount->root };
	fs->cwd = fs->root;
	path_get(&fs->root);
	path_get(&fs->cwd);
	return fs;
}

void fs_context_paths(struct fs_context *fs, struct path *root, struct path *cwd)
{
	names_lock();
	if (root) {
		*root = fs->root;
		dentry_get_locked(root->dentry);
		root->mount->refs++;
	}
	if (cwd) {
		*cwd = fs->cwd;
		dentry_get_locked(cwd->dentry);
		cwd->mount->refs++;
	}
	names_unlock();
}

struct fs_context *fs_context_copy(struct fs_context *from)
{
	struct fs_context *fs = new(struct fs_context);

	if (!fs)
		return NULL;
	fs->refs = 1;
	fs->umask = from->umask;
	fs_context_paths(from, &fs->root, &fs->cwd);
	return fs;
}

struct fs_context *fs_context_get(struct fs_context *fs)
{
	lock(&tasks_lock);
	fs->refs++;
	unlock(&tasks_lock);
	return fs;
}

void fs_context_put(struct fs_context *fs)
{
	bool last;

	lock(&tasks_lock);
	last = --fs->refs == 0;
	unlock(&tasks_lock);
	if (!last)
		return;
	path_put(&fs->root);
	path_put(&fs->cwd);
	release(fs);
}

s32 fs_context_unshare(void)
{
	struct fs_context *old = current->fs, *fs;
	bool shared;

	lock(&tasks_lock);
	shared = old->refs > 1;
	unlock(&tasks_lock);
	if (!shared)
		return 0;
	fs = fs_context_copy(old);
	if (!fs)
		return -ENOMEM;
	lock(&tasks_lock);
	current->fs = fs;
	unlock(&tasks_lock);
	fs_context_put(old);
	return 0;
}

/* Replaces one of current's paths; takes the reference on @p. */
static void set_path(struct path *which, const struct path *p)
{
	struct path old;

	names_lock();
	old = *which;
	*which = *p;
	names_unlock();
	path_put(&old);
}

s64 sys_chdir(const u64 *a)
{
	struct path p;
	s32 err = user_lookup(AT_FDCWD, a[0], LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &p);

	if (err)
		return err;
	err = inode_permission(path_inode(&p), MAY_EXEC);
	if (err)
		path_put(&p);
	else
		set_path(&current->fs->cwd, &p);
	return err;
}

s64 sys_fchdir(const u64 *a)
{
	struct path p;
	s32 err = fd_path((s32)a[0], true, &p);

	if (err)
		return err;
	err = S_ISDIR(path_inode(&p)->mode) ? inode_permission(path_inode(&p), MAY_EXEC) : -ENOTDIR;
	if (err)
		path_put(&p);
	else
		set_path(&current->fs->cwd, &p);
	return err;
}

s64 sys_chroot(const u64 *a)
{
	struct path p;
	s32 err = user_lookup(AT_FDCWD, a[0], LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &p);

	if (err)
		return err;
	err = inode_permission(path_inode(&p), MAY_EXEC);
	if (!err && !capable(CAP_SYS_CHROOT))
		err = -EPERM;
	if (err)
		path_put(&p);
	else
		set_path(&current->fs->root, &p);
	return err;
}

s64 sys_getcwd(const u64 *a)
{
	struct path cwd;
	char *name;
	u64 len;
	s64 r;

	fs_context_paths(current->fs, NULL, &cwd);
	if (dentry_flags(cwd.dentry) & DENTRY_GONE) {
		path_put(&cwd);
		return -ENOENT;
	}
	name = path_name_cwd(&cwd);
	path_put(&cwd);
	if (!name)
		return -ENOMEM;
	len = strlen(name) + 1;
	if (len > PATH_MAX)
		r = -ENAMETOOLONG;
	else if (len > a[1])
		r = -ERANGE;
	else
		r = south_user_write(a[0], name, (u32)len) ? -EFAULT : (s64)len;
	release(name);
	return r;
}

s64 sys_umask(const u64 *a)
{
	struct fs_context *fs = current->fs;
	u32 old;

	lock(&fs->lock);
	old = fs->umask;
	fs->umask = (u32)a[0] & S_IRWXUGO;
	unlock(&fs->lock);
	return old;
}
