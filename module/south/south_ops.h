/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a South has to provide: the host objects behind handles, time and entropy.
 * Tasks, user memory, locks and waits are the running kernel's under any South.
 */
#ifndef LB_SOUTH_OPS_H
#define LB_SOUTH_OPS_H

#include <linux/list.h>
#include <linux/module.h>
#include <linux/uio.h>
#include "../box/handle.h"
#include "south_types.h"

/* struct lb_name - one component of a path: not empty, no "." or "..", no slash, no NUL inside. */
struct lb_name {
	u32 len;
	char str[NAME_MAX + 1];	/* NUL-terminated */
};

/*
 * struct lb_south_ops - a South.
 *
 * All members are set; one that overrides a few copies the others from
 * lb_south_linux. Called in the context of a boxed task, without locks, and may
 * sleep, but for entropy and time. What North says was checked for its form only:
 * numbers are whatever it likes. The kinds of handles that come are those that the
 * documentation of the import in south.h names; they stay with the caller, who
 * gets one reference on what is returned as a new one (ERR_PTR on failure). On an
 * error an errno comes back and nothing has changed.
 */
struct lb_south_ops {
	const char *name;
	struct module *owner;
	struct list_head node;	/* of the registered; lb_souths_lock */

	struct lb_handle *(*object)(u64 size);
	/* @off is not used for streams. @flags: SOUTH_NONBLOCK, SOUTH_APPEND. */
	ssize_t (*read)(struct lb_handle *h, u64 off, struct iov_iter *to, u32 flags);
	ssize_t (*write)(struct lb_handle *h, u64 off, struct iov_iter *from, u32 flags);
	s64 (*copy)(struct lb_handle *to, u64 to_off, struct lb_handle *from, u64 from_off,
		    u64 len);
	int (*truncate)(struct lb_box *box, struct lb_handle *h, u64 size);
	int (*allocate)(struct lb_handle *h, u32 mode, u64 off, u64 len);
	s64 (*seek)(struct lb_handle *h, s64 off, u32 whence);
	int (*sync)(struct lb_handle *h, bool datasync);
	int (*stat)(struct lb_box *box, struct lb_handle *h, struct south_stat *st);
	int (*statfs)(struct lb_box *box, struct lb_handle *h, struct south_statfs *st);

	struct lb_handle *(*lookup)(struct lb_box *box, struct lb_handle *dir,
				    const struct lb_name *name);
	struct lb_handle *(*open)(struct lb_box *box, struct lb_handle *place, u32 flags);
	/* Bytes stored in @buf. */
	int (*readlink)(struct lb_box *box, struct lb_handle *place, char *buf, u32 size);
	/* Bytes of struct south_dirent stored in @buf; @cookie is moved on. */
	int (*list)(struct lb_box *box, struct lb_handle *dir, u64 *cookie, void *buf, u32 size);
	/* @target: of a symbolic link, NUL-terminated, else NULL. */
	struct lb_handle *(*make)(struct lb_box *box, struct lb_handle *dir,
				  const struct lb_name *name, u32 mode, const char *target);
	int (*remove)(struct lb_box *box, struct lb_handle *dir, const struct lb_name *name,
		      bool isdir);
	int (*rename)(struct lb_box *box, struct lb_handle *dir, const struct lb_name *name,
		      struct lb_handle *todir, const struct lb_name *toname, u32 flags);
	int (*link)(struct lb_box *box, struct lb_handle *place, struct lb_handle *todir,
		    const struct lb_name *name);
	int (*setattr)(struct lb_box *box, struct lb_handle *place, u32 valid, u32 mode,
		       s64 atime, s64 mtime);
	int (*stream)(struct lb_handle *h, struct south_stream *st);

	void (*entropy)(void *dst, u32 len);
	s64 (*time)(u32 clock);
	void (*host)(struct lb_box *box, struct south_host *host);
};

/* lb_south_register - -EEXIST if the name is taken, -EINVAL if a member isn't set. */
int lb_south_register(struct lb_south_ops *ops);
/* lb_south_unregister - boxes hold its module, so none uses it. */
void lb_south_unregister(struct lb_south_ops *ops);
/* lb_south_get - a counted reference on the South's module, or NULL. */
const struct lb_south_ops *lb_south_get(const char *name);
void lb_south_put(const struct lb_south_ops *ops);

extern struct lb_south_ops lb_south_linux;
int lb_south_linux_init(void);
void lb_south_linux_exit(void);

#endif
