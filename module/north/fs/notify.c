// SPDX-License-Identifier: GPL-2.0
/* What happens to files, told to the watches on them and on their directories. */
#include "../task.h"
#include "../fd/owner.h"
#include "notify.h"

u32 notify_watches;

/* Pairs the two events of a rename; inodes_lock. */
static u32 last_cookie;

/* struct happening - one event, for all who hear of it. */
struct happening {
	u32 mask, cookie;
	const char *name;
	u32 len;
	bool unlinked;		/* came by a name that is gone: not for IN_EXCL_UNLINK */
};

void watch_add(struct watch *w)
{
	struct watch **p = &w->inode->watches;

	/* The oldest hears first. */
	while (*p)
		p = &(*p)->next;
	*p = w;
	WRITE_ONCE(notify_watches, notify_watches + 1);
	if (w->dentry)
		dentry_watch(w->dentry, true);
}

void watch_drop(struct watch *w)
{
	struct watch **p = &w->inode->watches, *i;
	struct dentry *d = w->dentry;

	if (w->instance)
		inotify_queue(w, IN_IGNORED, 0, NULL, 0);
	while (*p != w)
		p = &(*p)->next;
	*p = w->next;
	WRITE_ONCE(notify_watches, notify_watches - 1);
	for (i = w->inode->watches; i && d; i = i->next)
		if (i->dentry == d)
			d = NULL;
	if (d)
		dentry_watch(d, false);
	if (w->instance)
		inotify_forget(w);
	else
		dnotify_forget();
	release(w);
}

static void tell(struct inode *i, const struct happening *h)
{
	struct watch *w, *next;

	for (w = i->watches; w; w = next) {
		next = w->next;
		if (!(h->mask & w->mask & (IN_ALL_EVENTS | IN_UNMOUNT | NOTIFY_RENAME)))
			continue;
		if (h->unlinked && w->flags & IN_EXCL_UNLINK)
			continue;
		if (w->instance)
			inotify_queue(w, h->mask, h->cookie, h->name, h->len);
		else
			owner_tell(w->file, w->wd, POLL_MSG);
		if (w->flags & IN_ONESHOT)
			watch_drop(w);
	}
}

static u32 dir_bit(const struct inode *i)
{
	return S_ISDIR(i->mode) ? IN_ISDIR : 0;
}

/* The directory first, which gets the name as well. */
static void tell_both(struct dentry *d, u32 mask, bool parent, bool unlinked)
{
	struct inode *i = d->inode;
	struct happening h = {
		.mask = mask | dir_bit(i), .name = d->name, .len = d->len, .unlinked = unlinked,
	};

	if (parent && d->parent != d)
		tell(d->parent->inode, &h);
	h.name = NULL;
	h.len = 0;
	tell(i, &h);
}

void notify_dentry_(struct dentry *d, u32 mask)
{
	names_lock();
	if (d->inode)
		tell_both(d, mask, true, false);
	names_unlock();
}

/* What goes through a device or a FIFO isn't the directory's matter. */
void notify_file_(struct file *f, u32 mask)
{
	u32 type = f->inode->mode & S_IFMT;
	bool special = type != S_IFREG && type != S_IFDIR && mask & (IN_ACCESS | IN_MODIFY);

	if (!f->dentry) {
		notify_inode_(f->inode, mask);
		return;
	}
	names_lock();
	if (f->dentry->inode)
		tell_both(f->dentry, mask, !special, f->dentry->flags & DENTRY_GONE);
	names_unlock();
}

void notify_inode_(struct inode *i, u32 mask)
{
	names_lock();
	tell(i, &(struct happening){ .mask = mask | dir_bit(i) });
	names_unlock();
}

void notify_name_(struct inode *dir, const char *name, u32 len, struct inode *i, u32 mask)
{
	names_lock();
	tell(dir, &(struct happening){ .mask = mask | dir_bit(i), .name = name, .len = len });
	names_unlock();
}

void notify_move(const struct moved *from, const struct moved *to, struct inode *i,
		 struct inode *victim)
{
	struct happening h = { .mask = IN_MOVED_FROM | dir_bit(i), .name = from->name,
			       .len = from->len };

	if (!notify_any())
		return;
	names_lock();
	if (from->dir == to->dir)
		tell(from->dir, &(struct happening){ .mask = NOTIFY_RENAME });
	h.cookie = ++last_cookie;
	tell(from->dir, &h);
	h.mask = IN_MOVED_TO | dir_bit(i);
	h.name = to->name;
	h.len = to->len;
	tell(to->dir, &h);
	if (victim)
		tell(victim, &(struct happening){ .mask = IN_ATTRIB | dir_bit(victim) });
	tell(i, &(struct happening){ .mask = IN_MOVE_SELF });
	names_unlock();
}

void notify_change(struct dentry *d, u32 valid)
{
	u32 mask = valid & (ATTR_UID | ATTR_GID | ATTR_MODE) ? IN_ATTRIB : 0;

	if (valid & ATTR_SIZE)
		mask |= IN_MODIFY;
	if ((valid & (ATTR_ATIME | ATTR_MTIME)) == (ATTR_ATIME | ATTR_MTIME))
		mask |= IN_ATTRIB;
	else if (valid & ATTR_ATIME)
		mask |= IN_ACCESS;
	else if (valid & ATTR_MTIME)
		mask |= IN_MODIFY;
	notify_dentry(d, mask);
}

/* ---- what goes away; inodes_lock is held ---- */

static void drop_all(struct inode *i, u32 last)
{
	if (last)
		tell(i, &(struct happening){ .mask = last });
	while (i->watches)
		watch_drop(i->watches);
}

/* With the last name the watches go, even if the file is still open by another name it had. */
void notify_dentry_gone(struct dentry *d)
{
	struct inode *i = d->inode;
	struct watch *w;

	d->flags &= ~DENTRY_WATCHED;
	for (w = i->watches; w; w = w->next)
		if (w->dentry == d)
			w->dentry = NULL;
	/* A host's directory has the links that the host counts. */
	if (!i->nlink || (d->flags & DENTRY_GONE && S_ISDIR(i->mode)))
		drop_all(i, IN_DELETE_SELF);
}

void notify_inode_gone(struct inode *i)
{
	drop_all(i, i->nlink ? 0 : IN_DELETE_SELF);
}

void notify_unmounted(struct superblock *sb)
{
	struct watch *w;

	while ((w = inotify_first_of(sb)))
		drop_all(w->inode, IN_UNMOUNT | dir_bit(w->inode));
}
