// SPDX-License-Identifier: GPL-2.0
/* The handle table of a box. */
#include <linux/slab.h>
#include <linux/file.h>
#include <linux/magic.h>
#include "handle.h"
#include "../south/poll.h"

struct lb_handle *lb_handle_new(enum lb_handle_kind kind)
{
	struct lb_handle *h = kzalloc(sizeof(*h), GFP_KERNEL_ACCOUNT);

	if (!h)
		return NULL;
	refcount_set(&h->refs, 1);
	h->kind = kind;
	INIT_LIST_HEAD(&h->polls);
	spin_lock_init(&h->polls_lock);
	return h;
}

void lb_handle_put(struct lb_handle *h)
{
	might_sleep();
	if (!refcount_dec_and_test(&h->refs))
		return;
	lb_polls_end(h);
	/* At once: what is put off until the return to user mode could pile up in a single call. */
	if (h->file)
		__fput_sync(h->file);
	path_put(&h->path);
	put_pid(h->pid);
	kfree_rcu(h, rcu);
}

int lb_handle_add(struct lb_box *box, struct lb_handle *h)
{
	u32 id;
	int err;

	might_sleep();
	err = xa_alloc(&box->handles, &id, h, XA_LIMIT(0, LB_BOX_HANDLES - 1), GFP_KERNEL_ACCOUNT);
	if (err) {
		lb_handle_put(h);
		return err == -EBUSY ? -ENFILE : err;
	}
	atomic_inc(&box->nr_handles);
	return id;
}

struct lb_handle *lb_handle_get(struct lb_box *box, s32 id, u32 kinds)
{
	struct lb_handle *h;

	if (id < 0)
		return NULL;
	rcu_read_lock();
	h = xa_load(&box->handles, id);
	if (h && (!(h->kind & kinds) || !refcount_inc_not_zero(&h->refs)))
		h = NULL;
	rcu_read_unlock();
	return h;
}

int lb_handle_close(struct lb_box *box, s32 id)
{
	struct lb_handle *h;

	might_sleep();
	h = id < 0 ? NULL : xa_erase(&box->handles, id);
	if (!h)
		return -EBADF;
	atomic_dec(&box->nr_handles);
	lb_polls_end(h);
	lb_handle_put(h);
	return 0;
}

void lb_handles_destroy(struct lb_box *box)
{
	struct lb_handle *h;
	unsigned long id;

	might_sleep();
	xa_for_each(&box->handles, id, h) {
		lb_handle_close(box, id);
		cond_resched();
	}
	xa_destroy(&box->handles);
}

int lb_handle_add_place(struct lb_box *box, const struct path *path, bool writable, bool trusted)
{
	struct lb_handle *h;

	if (!d_is_dir(path->dentry) && !d_is_reg(path->dentry))
		return -ENOTDIR;
	h = lb_handle_new(LB_HANDLE_PLACE);
	if (!h)
		return -ENOMEM;
	h->writable = writable;
	h->trusted = trusted;
	h->path = *path;
	path_get(&h->path);
	return lb_handle_add(box, h);
}

/*
 * Pipes, sockets, character devices and regular files. Not what hangs on an
 * anonymous inode: its calls may mean anything, a gate's for one.
 */
static bool lb_file_streams(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	if (inode->i_sb->s_magic == ANON_INODE_FS_MAGIC || file->f_mode & FMODE_PATH)
		return false;
	if (file->f_mode & FMODE_READ && !file->f_op->read_iter)
		return false;
	if (file->f_mode & FMODE_WRITE && !file->f_op->write_iter)
		return false;
	return S_ISREG(inode->i_mode) || S_ISCHR(inode->i_mode) || S_ISFIFO(inode->i_mode) ||
	       S_ISSOCK(inode->i_mode);
}

int lb_handle_add_stream(struct lb_box *box, struct file *file, fmode_t mode)
{
	struct lb_handle *h;

	if (!lb_file_streams(file))
		return -EINVAL;
	h = lb_handle_new(LB_HANDLE_STREAM);
	if (!h)
		return -ENOMEM;
	h->readable = file->f_mode & mode & FMODE_READ;
	h->writable = file->f_mode & mode & FMODE_WRITE;
	h->file = get_file(file);
	return lb_handle_add(box, h);
}
