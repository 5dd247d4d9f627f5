// SPDX-License-Identifier: GPL-2.0
/* Imports on host directories. */
#include <linux/slab.h>
#include <linux/unaligned.h>
#include "imports.h"
#include "south_ops.h"

/* A copy of a name of North's that no file system can take for anything but a name. */
static int lb_name_get(struct lb_task *t, struct lb_name *name, u32 addr, u32 len)
{
	const char *from = lb_mem(t, addr, len);

	if (!len)
		return -ENOENT;
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name->str, from, len);
	name->str[len] = 0;
	name->len = len;
	if (strlen(name->str) != len || memchr(name->str, '/', len) ||
	    !strcmp(name->str, ".") || !strcmp(name->str, ".."))
		return -EINVAL;
	return 0;
}

u32 w2c_south_lookup(struct w2c_south *s, u32 dir_id, u32 name_addr, u32 len, u32 st_addr)
{
	struct lb_task *t = lb_import_host(s);
	void *out = lb_mem(t, st_addr, sizeof(struct south_stat));
	struct south_stat st = {};
	struct lb_handle *h;
	struct lb_name name;
	int err;

	err = lb_name_get(t, &name, name_addr, len);
	if (err)
		return err;
	struct lb_handle *dir __free(lb_handle) = lb_handle_get(t->box, dir_id, LB_HANDLE_PLACE);

	if (!dir)
		return -EBADF;
	h = t->box->south->lookup(t->box, dir, &name);
	if (IS_ERR(h))
		return PTR_ERR(h);
	err = t->box->south->stat(t->box, h, &st);
	if (err) {
		lb_handle_put(h);
		return err;
	}
	memcpy(out, &st, sizeof(st));
	return lb_handle_add(t->box, h);
}

u32 w2c_south_open(struct w2c_south *s, u32 id, u32 flags)
{
	struct lb_task *t = lb_import_host(s);
	struct lb_handle *place __free(lb_handle) = lb_handle_get(t->box, id, LB_HANDLE_PLACE);
	struct lb_handle *h;

	if (!place)
		return -EBADF;
	if (!flags || flags & ~(SOUTH_OPEN_READ | SOUTH_OPEN_WRITE))
		return -EINVAL;
	h = t->box->south->open(t->box, place, flags);
	return IS_ERR(h) ? PTR_ERR(h) : lb_handle_add(t->box, h);
}

u32 w2c_south_readlink(struct w2c_south *s, u32 id, u32 addr, u32 size)
{
	struct lb_task *t = lb_import_host(s);
	char *buf = lb_mem(t, addr, size);
	struct lb_handle *place __free(lb_handle) = lb_handle_get(t->box, id, LB_HANDLE_PLACE);

	return place ? t->box->south->readlink(t->box, place, buf, size) : -EBADF;
}

u32 w2c_south_list(struct w2c_south *s, u32 id, u32 cookie_addr, u32 addr, u32 size)
{
	struct lb_task *t = lb_import_host(s);
	u64 *cookie = lb_mem(t, cookie_addr, sizeof(*cookie));
	void *buf = lb_mem(t, addr, size);
	u64 at = get_unaligned(cookie);
	struct lb_handle *dir __free(lb_handle) = lb_handle_get(t->box, id, LB_HANDLE_FILE);
	int n;

	if (!dir)
		return -EBADF;
	n = t->box->south->list(t->box, dir, &at, buf, min(size, LB_COPY_MAX));
	if (n >= 0)
		put_unaligned(at, cookie);
	return n;
}

/* A copy of a link's target, to kfree(). */
static char *lb_target_get(struct lb_task *t, u32 addr, u32 len)
{
	const char *from = lb_mem(t, addr, len);
	char *target;

	if (!len)
		return ERR_PTR(-ENOENT);
	if (len >= PATH_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	target = kmemdup_nul(from, len, GFP_KERNEL_ACCOUNT);
	if (!target)
		return ERR_PTR(-ENOMEM);
	if (strlen(target) == len)
		return target;
	kfree(target);
	return ERR_PTR(-EINVAL);
}

u32 w2c_south_make(struct w2c_south *s, u32 dir_id, u32 name_addr, u32 len, u32 mode,
		   u32 target_addr, u32 target_len)
{
	struct lb_task *t = lb_import_host(s);
	struct lb_name name;
	struct lb_handle *h;
	int err;

	err = lb_name_get(t, &name, name_addr, len);
	if (err)
		return err;
	char *target __free(kfree) =
		S_ISLNK(mode) ? lb_target_get(t, target_addr, target_len) : NULL;

	if (IS_ERR(target))
		return PTR_ERR(target);
	struct lb_handle *dir __free(lb_handle) = lb_handle_get(t->box, dir_id, LB_HANDLE_PLACE);

	if (!dir)
		return -EBADF;
	h = t->box->south->make(t->box, dir, &name, mode, target);
	return IS_ERR(h) ? PTR_ERR(h) : lb_handle_add(t->box, h);
}

u32 w2c_south_remove(struct w2c_south *s, u32 dir_id, u32 name_addr, u32 len, u32 isdir)
{
	struct lb_task *t = lb_import_host(s);
	struct lb_name name;
	int err;

	err = lb_name_get(t, &name, name_addr, len);
	if (err)
		return err;
	struct lb_handle *dir __free(lb_handle) = lb_handle_get(t->box, dir_id, LB_HANDLE_PLACE);

	return dir ? t->box->south->remove(t->box, dir, &name, isdir) : -EBADF;
}

u32 w2c_south_rename(struct w2c_south *s, u32 dir_id, u32 name_addr, u32 len, u32 todir_id,
		     u32 toname_addr, u32 tolen, u32 flags)
{
	struct lb_task *t = lb_import_host(s);
	struct lb_name name, toname;
	int err;

	err = lb_name_get(t, &name, name_addr, len) ?:
	      lb_name_get(t, &toname, toname_addr, tolen);
	if (err)
		return err;
	struct lb_handle *dir __free(lb_handle) = lb_handle_get(t->box, dir_id, LB_HANDLE_PLACE);
	struct lb_handle *todir __free(lb_handle) =
		lb_handle_get(t->box, todir_id, LB_HANDLE_PLACE);

	if (!dir || !todir)
		return -EBADF;
	return t->box->south->rename(t->box, dir, &name, todir, &toname, flags);
}

u32 w2c_south_link(struct w2c_south *s, u32 id, u32 todir_id, u32 name_addr, u32 len)
{
	struct lb_task *t = lb_import_host(s);
	struct lb_name name;
	int err;

	err = lb_name_get(t, &name, name_addr, len);
	if (err)
		return err;
	struct lb_handle *place __free(lb_handle) = lb_handle_get(t->box, id, LB_HANDLE_PLACE);
	struct lb_handle *todir __free(lb_handle) =
		lb_handle_get(t->box, todir_id, LB_HANDLE_PLACE);

	if (!place || !todir)
		return -EBADF;
	return t->box->south->link(t->box, place, todir, &name);
}

u32 w2c_south_setattr(struct w2c_south *s, u32 id, u32 valid, u32 mode, u64 atime, u64 mtime)
{
	struct lb_task *t = lb_import_host(s);
	struct lb_handle *place __free(lb_handle) = lb_handle_get(t->box, id, LB_HANDLE_PLACE);

	return place ? t->box->south->setattr(t->box, place, valid, mode, atime, mtime) : -EBADF;
}
