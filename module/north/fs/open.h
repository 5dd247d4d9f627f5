/* SPDX-License-Identifier: GPL-2.0 */
/* Opening and attributes: what the files of fs/ share. Private to fs/. */
#ifndef NORTH_OPEN_H
#define NORTH_OPEN_H

#include "walk.h"
#include "../abi/fs.h"

/*
 * inode_make - what @d, which is negative and counted, is to name: permission,
 * mode less umask or what the directory has for new names, ops->make. Its lock is held.
 */
s32 inode_make(struct dentry *dir, struct dentry *d, u32 mode, u64 rdev, const char *target);
/* file_at - the file of what @p names, by its inode's type; no permission is asked for. ERR_PTR. */
struct file *file_at(const struct path *p, u32 flags);
/* name_remove - unlink the counted @d of @dir, whose lock is held, permission asked for. */
s32 name_remove(struct dentry *dir, struct dentry *d);
/* inode_owner - owner of the inode or CAP_FOWNER. */
bool inode_owner(const struct inode *i);
/* group_or_capable - of the group that would own it, or entitled to act as if. */
bool group_or_capable(u32 gid);
/* inode_change - setattr after the checks of notify_change(); the inode's lock isn't held. */
s32 inode_change(struct inode *i, struct attr *a, bool explicit_times);
/* inode_truncate - to @size; checked but for the file size limit. */
s32 inode_truncate(struct inode *i, struct file *f, u64 size);
/* path_truncate - the same, told to those who watch. */
s32 path_truncate(const struct path *p, struct file *f, u64 size);
/* path_name_cwd - as getcwd says it. */
char *path_name_cwd(const struct path *p);
/* fd_path - the path of a descriptor (-EBADF), O_PATH ones too if @opath. Counted. */
s32 fd_path(s32 fd, bool opath, struct path *out);
s32 mounts_init(void);
/* may_remove - may current take the name @d out of @dir, as a directory or not? As may_delete(). */
s32 may_remove(struct dentry *dir, struct dentry *d, bool isdir);

#endif
