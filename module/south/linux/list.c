// SPDX-License-Identifier: GPL-2.0
/* The entries of a host directory. */
#include <linux/fs.h>
#include <linux/cred.h>
#include <linux/unaligned.h>
#include "linux.h"

struct lb_list {
	struct dir_context ctx;
	void *buf;
	u32 size, used;
	struct south_dirent *last;	/* whose cookie is known when the next entry comes */
	int err;
};

/* Under the directory's lock: writes to linear memory only. */
static bool lb_list_entry(struct dir_context *ctx, const char *name, int len, loff_t pos,
			  u64 ino, unsigned int type)
{
	struct lb_list *l = container_of(ctx, struct lb_list, ctx);
	struct south_dirent *e = l->buf + l->used;
	u32 reclen;

	if (len <= 0 || len > NAME_MAX)
		return true;
	if (l->last)
		put_unaligned((u64)pos, &l->last->cookie);
	if (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')))
		return true;
	reclen = ALIGN(sizeof(*e) + len + 1, 8);
	if (reclen > l->size - l->used) {
		l->err = -EINVAL;	/* it counts if this is the first */
		return false;
	}
	memset(e, 0, reclen);
	put_unaligned(ino, &e->ino);
	put_unaligned((u16)reclen, &e->reclen);
	e->type = type & S_DT_MASK;
	e->namelen = len;
	memcpy(e->name, name, len);
	l->used += reclen;
	l->last = e;
	return true;
}

/* With the lock of the file's position. */
static int lb_list_from(struct file *file, struct lb_list *l, loff_t pos)
{
	loff_t at = pos;
	int err;

	if (file->f_pos != pos)
		at = vfs_llseek(file, pos, SEEK_SET);
	if (at < 0)
		return at;
	err = iterate_dir(file, &l->ctx);
	if (l->last)
		put_unaligned((u64)l->ctx.pos, &l->last->cookie);
	return l->used ? 0 : err ?: l->err;
}

int lb_linux_list(struct lb_box *box, struct lb_handle *dir, u64 *cookie, void *buf, u32 size)
{
	struct lb_list l = {
		.ctx.actor = lb_list_entry,
		.buf = buf,
		.size = size,
	};
	const struct cred *old;
	int err;

	if (!S_ISDIR(file_inode(dir->file)->i_mode))
		return -ENOTDIR;
	if (lb_hidden(file_inode(dir->file)->i_sb))
		return 0;
	if (mutex_lock_killable(&dir->file->f_pos_lock))
		return -EINTR;
	old = override_creds(lb_linux_cred(box, dir));
	err = lb_list_from(dir->file, &l, *cookie);
	revert_creds(old);
	*cookie = l.ctx.pos;
	mutex_unlock(&dir->file->f_pos_lock);
	return err ?: l.used;
}
