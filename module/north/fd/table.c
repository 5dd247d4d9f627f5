// SPDX-License-Identifier: GPL-2.0
/* Descriptor tables. */
#include "../task.h"
#include "file.h"
#include "fd.h"

#define SLOTS_FIRST 64u
#define SLOTS_MAX (1u << 20)
#define SIGKILL 9

static struct fdtable *table_alloc(u32 size)
{
	struct fdtable *t = new(struct fdtable);

	if (!t)
		return NULL;
	t->slots = alloc(size * sizeof(*t->slots));
	if (!t->slots) {
		release(t);
		return NULL;
	}
	t->refs = 1;
	t->size = size;
	return t;
}

struct fdtable *fdtable_new(void)
{
	return table_alloc(SLOTS_FIRST);
}

struct fdtable *fdtable_get(struct fdtable *t)
{
	lock(&files_lock);
	t->refs++;
	unlock(&files_lock);
	return t;
}

/* The slots below @end that are in use. */
static u32 table_used(const struct fdtable *t, u32 end)
{
	end = min(end, t->size);
	while (end && !t->slots[end - 1].file)
		end--;
	return end;
}

/* A copy of the slots below @first and behind @last. */
struct fdtable *fdtable_copy_but(struct fdtable *t, u32 first, u32 last)
{
	struct fdtable *c;
	u32 used, n = 0;

	do {
		used = *(volatile u32 *)&t->size;
		c = table_alloc(used);
		if (!c)
			return NULL;
		lock(&t->lock);
		if (t->size == used)
			break;
		unlock(&t->lock);
		release(c->slots);
		release(c);
	} while (true);
	used = table_used(t, used);
	/* The references of all files at once: it is fork's longest loop. */
	lock(&files_lock);
	for (u32 i = 0; i < used; i++) {
		struct file *f = t->slots[i].file;

		if (!f || (i >= first && i <= last))
			continue;
		c->slots[i] = t->slots[i];
		f->refs++;
	}
	unlock(&files_lock);
	unlock(&t->lock);
	while (n < c->size && c->slots[n].file)
		n++;
	c->next = n;
	return c;
}

struct fdtable *fdtable_copy(struct fdtable *t)
{
	return fdtable_copy_but(t, 1, 0);
}

/* What close() does to a file taken out of its slot. */
static void file_closed(struct fdtable *t, struct file *f)
{
	if (READ_ONCE(f->inode->locks) && !(f->flags & O_PATH))
		locks_close(f, t);
	if (unlikely(READ_ONCE(f->inode->watches)) && !(f->flags & O_PATH))
		dnotify_flush(f, t);
	if (f->ops->flush)
		f->ops->flush(f);
	file_put(f);
}

void fdtable_put(struct fdtable *t)
{
	bool last;

	lock(&files_lock);
	last = !--t->refs;
	unlock(&files_lock);
	if (!last)
		return;
	for (u32 i = 0; i < t->size; i++)
		if (t->slots[i].file)
			file_closed(t, t->slots[i].file);
	release(t->slots);
	release(t);
}

bool fdtable_shared(void)
{
	return *(volatile u32 *)&current->files->refs > 1;
}

s32 fdtable_unshare(u32 first, u32 last)
{
	struct fdtable *old = current->files, *t;

	if (!fdtable_shared())
		return 0;
	t = fdtable_copy_but(old, first, last);
	if (!t)
		return -ENOMEM;
	lock(&tasks_lock);
	current->files = t;
	unlock(&tasks_lock);
	fdtable_put(old);
	return 0;
}

void fdtable_exec(void)
{
	struct fdtable *t;

	/* Past the point of no return there is nobody to tell. */
	if (fdtable_unshare(1, 0)) {
		south_signal(SOUTH_SIGNAL_THREAD, 0, SIGKILL, NULL);
		return;
	}
	t = current->files;
	for (u32 i = 0; i < t->size; i++)
		if (t->slots[i].file && t->slots[i].cloexec)
			fd_close((s32)i);
}

/* ---- looking up ---- */

static struct fd fd_begin_shared(struct fdtable *t, u32 fd, u32 without)
{
	struct fd r = { NULL, false };

	lock(&t->lock);
	if (fd < t->size) {
		struct file *f = t->slots[fd].file;

		if (f && !(f->flags & without)) {
			r.file = file_get(f);
			r.counted = true;
		}
	}
	unlock(&t->lock);
	return r;
}

/*
 * A table that no other task has can't change under a call: its files stay for
 * as long as the call lasts, and no reference is needed.
 */
static inline struct fd fd_begin_flags(u32 fd, u32 without)
{
	struct fdtable *t = current->files;
	struct fd r = { NULL, false };

	if (unlikely(*(volatile u32 *)&t->refs != 1))
		return fd_begin_shared(t, fd, without);
	if (likely(fd < t->size)) {
		r.file = t->slots[fd].file;
		if (r.file && unlikely(r.file->flags & without))
			r.file = NULL;
	}
	return r;
}

struct fd fd_begin(s32 fd)
{
	return fd_begin_flags((u32)fd, 0);
}

struct fd fd_begin_io(s32 fd)
{
	return fd_begin_flags((u32)fd, O_PATH);
}

struct file *fdtable_file(struct fdtable *t, u32 fd)
{
	return fd_begin_shared(t, fd, 0).file;
}

s32 fdtable_next(struct fdtable *t, u32 from)
{
	s32 fd = -1;

	lock(&t->lock);
	for (u32 i = from; i < t->size; i++) {
		if (t->slots[i].file) {
			fd = (s32)i;
			break;
		}
	}
	unlock(&t->lock);
	return fd;
}

u32 fdtable_size(void)
{
	return *(volatile u32 *)&current->files->size;
}

s32 fd_cloexec(u32 fd, s32 set)
{
	struct fdtable *t = current->files;
	s32 ret = -EBADF;

	lock(&t->lock);
	if (fd < t->size && t->slots[fd].file) {
		ret = t->slots[fd].cloexec;
		if (set >= 0)
			t->slots[fd].cloexec = set;
	}
	unlock(&t->lock);
	return ret;
}

/* ---- changing ---- */

/* Room for slot @fd; the table's lock is held. */
static s32 table_grow(struct fdtable *t, u32 fd)
{
	u32 size = t->size;
	void *slots;

	if (fd < size)
		return 0;
	if (fd >= SLOTS_MAX)
		return -EMFILE;
	while (size <= fd)
		size *= 2;
	slots = resize(t->slots, size * sizeof(*t->slots));
	if (!slots)
		return -ENOMEM;
	t->slots = slots;
	memset(t->slots + t->size, 0, (size - t->size) * sizeof(*t->slots));
	t->size = size;
	return 0;
}

/* The lowest slot from @from on that may be taken, or behind the last. */
static s32 slot_find(const struct fdtable *t, u32 from)
{
	u32 fd = max(from, t->next);

	while (fd < t->size && (t->slots[fd].file || t->slots[fd].reserved))
		fd++;
	return fd < current->process->rlim_nofile_cur ? (s32)fd : -EMFILE;
}

/* Reserves it. The lock is held. */
static s32 slot_take(struct fdtable *t, u32 from)
{
	s32 fd = slot_find(t, from), err = fd < 0 ? fd : table_grow(t, (u32)fd);

	if (err < 0)
		return err;
	t->slots[fd].reserved = true;
	if (from <= t->next)
		t->next = (u32)fd + 1;
	return fd;
}

s32 fd_install(struct file *f, u32 from, bool cloexec)
{
	struct fdtable *t = current->files;
	s32 fd;

	lock(&t->lock);
	fd = slot_take(t, from);
	if (fd >= 0)
		t->slots[fd] = (struct fdslot){ .file = f, .cloexec = cloexec };
	unlock(&t->lock);
	if (fd < 0)
		file_put(f);
	return fd;
}

s32 fd_reserve(u32 from)
{
	struct fdtable *t = current->files;
	s32 fd;

	/* In a table of its own nobody else looks at what isn't a file. */
	if (!fdtable_shared()) {
		fd = slot_find(t, from);
		if (fd >= 0 && (u32)fd < t->size)
			return slot_take(t, from);
	}
	lock(&t->lock);
	fd = slot_take(t, from);
	unlock(&t->lock);
	return fd;
}

void fd_fill(s32 fd, struct file *f, bool cloexec)
{
	struct fdtable *t = current->files;

	lock(&t->lock);
	t->slots[fd] = (struct fdslot){ .file = f, .cloexec = cloexec };
	unlock(&t->lock);
}

void fd_unreserve(s32 fd)
{
	struct fdtable *t = current->files;

	bool shared = fdtable_shared();

	if (shared)
		lock(&t->lock);
	t->slots[fd].reserved = false;
	t->next = min(t->next, (u32)fd);
	if (shared)
		unlock(&t->lock);
}

s32 fd_install_pair(struct file *ends[2], bool cloexec, u64 uaddr)
{
	s32 fds[2], err;

	fds[0] = err = fd_reserve(0);
	if (err < 0)
		goto out;
	fds[1] = err = fd_reserve(0);
	if (err < 0)
		goto out_first;
	err = south_user_write(uaddr, fds, sizeof(fds)) ? -EFAULT : 0;
	if (!err) {
		fd_fill(fds[0], ends[0], cloexec);
		fd_fill(fds[1], ends[1], cloexec);
		return 0;
	}
	fd_unreserve(fds[1]);
out_first:
	fd_unreserve(fds[0]);
out:
	file_put(ends[0]);
	file_put(ends[1]);
	return err;
}

/* Takes the file out of its slot, with its reference. */
static struct file *fd_take(struct fdtable *t, u32 fd)
{
	struct file *f = NULL;

	lock(&t->lock);
	if (fd < t->size) {
		f = t->slots[fd].file;
		t->slots[fd].file = NULL;
		if (f && fd < t->next)
			t->next = fd;
	}
	unlock(&t->lock);
	return f;
}

s32 fd_close(s32 fd)
{
	struct fdtable *t = current->files;
	struct file *f = fd_take(t, (u32)fd);

	if (!f)
		return -EBADF;
	file_closed(t, f);
	return 0;
}

s32 fd_replace(struct file *f, u32 fd, bool cloexec)
{
	struct fdtable *t = current->files;
	struct file *old;
	s32 err;

	lock(&t->lock);
	err = table_grow(t, fd);
	if (err) {
		unlock(&t->lock);
		return err;
	}
	/* Another thread's open is about to have it. */
	if (t->slots[fd].reserved) {
		unlock(&t->lock);
		return -EBUSY;
	}
	old = t->slots[fd].file;
	t->slots[fd] = (struct fdslot){ .file = f, .cloexec = cloexec };
	unlock(&t->lock);
	if (old)
		file_closed(t, old);
	return (s32)fd;
}

void fd_close_range(u32 first, u32 last)
{
	struct fdtable *t = current->files;
	s32 fd;

	while ((fd = fdtable_next(t, first)) >= 0 && (u32)fd <= last) {
		fd_close(fd);
		first = (u32)fd + 1;
	}
}

void fd_cloexec_range(u32 first, u32 last)
{
	struct fdtable *t = current->files;

	lock(&t->lock);
	for (u32 i = first; i <= last && i < t->size; i++)
		if (t->slots[i].file)
			t->slots[i].cloexec = true;
	unlock(&t->lock);
}
