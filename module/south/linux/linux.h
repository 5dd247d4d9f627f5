/* SPDX-License-Identifier: GPL-2.0 */
/* South on exported functions of the Linux kernel. Private to south/linux/. */
#ifndef LB_LINUX_H
#define LB_LINUX_H

#include "../south_ops.h"

/* lb_linux_cred - with whose rights the host is looked at through @h. */
static inline const struct cred *lb_linux_cred(const struct lb_box *box, const struct lb_handle *h)
{
	return h->trusted ? box->root_cred : box->host_cred;
}

static inline const struct path *lb_linux_path(const struct lb_handle *h)
{
	return h->kind == LB_HANDLE_PLACE ? &h->path : &h->file->f_path;
}

/* lb_hidden - file systems that show the host's kernel rather than files. */
bool lb_hidden(const struct super_block *sb);

/* file.c */
struct lb_handle *lb_linux_object(u64 size);
ssize_t lb_linux_read(struct lb_handle *h, u64 off, struct iov_iter *to, u32 flags);
ssize_t lb_linux_write(struct lb_handle *h, u64 off, struct iov_iter *from, u32 flags);
s64 lb_linux_copy(struct lb_handle *to, u64 to_off, struct lb_handle *from, u64 from_off, u64 len);
int lb_linux_truncate(struct lb_box *box, struct lb_handle *h, u64 size);
int lb_linux_allocate(struct lb_handle *h, u32 mode, u64 off, u64 len);
s64 lb_linux_seek(struct lb_handle *h, s64 off, u32 whence);
int lb_linux_sync(struct lb_handle *h, bool datasync);

/* stream.c */
ssize_t lb_stream_read(struct file *file, struct iov_iter *to, u32 flags);
ssize_t lb_stream_write(struct file *file, struct iov_iter *from, u32 flags);
s64 lb_stream_seek(struct file *file, s64 off, u32 whence);
int lb_linux_stream(struct lb_handle *h, struct south_stream *st);

/* stat.c */
int lb_linux_stat(struct lb_box *box, struct lb_handle *h, struct south_stat *st);
int lb_linux_statfs(struct lb_box *box, struct lb_handle *h, struct south_statfs *st);
int lb_linux_setattr(struct lb_box *box, struct lb_handle *place, u32 valid, u32 mode,
		     s64 atime, s64 mtime);

/* place.c */
struct lb_handle *lb_linux_lookup(struct lb_box *box, struct lb_handle *dir,
				  const struct lb_name *name);
struct lb_handle *lb_linux_open(struct lb_box *box, struct lb_handle *place, u32 flags);
int lb_linux_readlink(struct lb_box *box, struct lb_handle *place, char *buf, u32 size);

/* list.c */
int lb_linux_list(struct lb_box *box, struct lb_handle *dir, u64 *cookie, void *buf, u32 size);

/* change.c */
struct lb_handle *lb_linux_make(struct lb_box *box, struct lb_handle *dir,
				const struct lb_name *name, u32 mode, const char *target);
int lb_linux_remove(struct lb_box *box, struct lb_handle *dir, const struct lb_name *name,
		    bool isdir);
int lb_linux_rename(struct lb_box *box, struct lb_handle *dir, const struct lb_name *name,
		    struct lb_handle *todir, const struct lb_name *toname, u32 flags);
int lb_linux_link(struct lb_box *box, struct lb_handle *place, struct lb_handle *todir,
		  const struct lb_name *name);

/* host.c */
void lb_linux_entropy(void *dst, u32 len);
s64 lb_linux_time(u32 clock);
void lb_linux_host(struct lb_box *box, struct south_host *host);

#endif
