// SPDX-License-Identifier: GPL-2.0
/* fcntl's F_NOTIFY: a directory's owner is told by a signal of what happens in it. */
#include "../task.h"
#include "../fd/owner.h"
#include "notify.h"

#define DN_ACCESS 1
#define DN_MODIFY 2
#define DN_CREATE 4
#define DN_DELETE 8
#define DN_RENAME 0x10
#define DN_ATTRIB 0x20
#define DN_MULTISHOT 0x80000000u

/* Of a box: each event goes to all of a directory's, one after the other. */
#define DNOTIFY_MAX 4096u

static u32 dnotify_watches;	/* inodes_lock */

void dnotify_forget(void)
{
	dnotify_watches--;
}

/* convert_arg() */
static u32 wanted(u32 arg)
{
	u32 mask = 0;

	if (arg & DN_ACCESS)
		mask |= IN_ACCESS;
	if (arg & DN_MODIFY)
		mask |= IN_MODIFY;
	if (arg & DN_CREATE)
		mask |= IN_CREATE | IN_MOVED_TO;
	if (arg & DN_DELETE)
		mask |= IN_DELETE | IN_MOVED_FROM;
	if (arg & DN_RENAME)
		mask |= NOTIFY_RENAME;
	if (arg & DN_ATTRIB)
		mask |= IN_ATTRIB;
	return mask;
}

/* The next one of @f, by @table if that isn't NULL. inodes_lock is held. */
static struct watch *watch_of(struct watch *w, const struct file *f, const struct fdtable *table)
{
	while (w && (w->file != f || (table && w->table != table)))
		w = w->next;
	return w;
}

void dnotify_flush(struct file *f, const struct fdtable *table)
{
	struct watch *w;

	names_lock();
	while ((w = watch_of(f->inode->watches, f, table)))
		watch_drop(w);
	names_unlock();
}

s32 dnotify_set(struct file *f, s32 fd, u32 arg)
{
	const struct fdtable *table = current->files;
	struct watch *w, *fresh;
	s32 err = 0;

	if (!(arg & ~DN_MULTISHOT)) {
		dnotify_flush(f, table);
		return 0;
	}
	if (!S_ISDIR(f->inode->mode))
		return -ENOTDIR;
	fresh = new(struct watch);
	if (!fresh || !owner_make(f)) {
		release(fresh);
		return -ENOMEM;
	}
	owner_default(f, 0);
	names_lock();
	w = watch_of(f->inode->watches, f, table);
	if (w) {
		w->wd = fd;
		w->mask |= wanted(arg);
		if (arg & DN_MULTISHOT)
			w->flags = 0;
	} else if (dnotify_watches >= DNOTIFY_MAX) {
		err = -ENOMEM;
	} else {
		dnotify_watches++;
		*fresh = (struct watch){ .file = f, .table = table, .inode = f->inode, .wd = fd,
					 .mask = wanted(arg),
					 .flags = arg & DN_MULTISHOT ? 0 : IN_ONESHOT };
		watch_add(fresh);
		fresh = NULL;
	}
	names_unlock();
	release(fresh);
	return err;
}
