// SPDX-License-Identifier: GPL-2.0
/* Reading directories: getdents, getdents64, and streams of host directories. */
#include "../task.h"
#include "open.h"
#include "node.h"
#include "notify.h"

/* Records are gathered here before they are copied out; more than this isn't returned at once. */
#define DENTS_MAX 8192u

struct dents {
	char *buf;
	u32 size, used;
	u32 last;		/* offset of the last record, whose position isn't known yet */
	bool old;		/* getdents(2)'s records */
	bool full;		/* there was one more */
};

static bool emit(void *arg, const char *name, u32 len, u64 ino, u32 dtype, u64 next)
{
	struct dents *d = arg;
	u32 size = ALIGN_UP((u32)(d->old ? offsetof(struct linux_dirent, name) + len + 2 :
				   offsetof(struct linux_dirent64, name) + len + 1), 8u);
	char *at = d->buf + d->used;

	if (d->size - d->used < size) {
		d->full = true;
		return false;
	}
	if (d->old) {
		struct linux_dirent *e = (struct linux_dirent *)at;

		e->ino = ino;
		e->off = next;
		e->reclen = (u16)size;
		memcpy(e->name, name, len);
		memset(e->name + len, 0, size - offsetof(struct linux_dirent, name) - len);
		at[size - 1] = (char)dtype;
	} else {
		struct linux_dirent64 *e = (struct linux_dirent64 *)at;

		e->ino = ino;
		e->off = (s64)next;
		e->reclen = (u16)size;
		e->type = (u8)dtype;
		memcpy(e->name, name, len);
		memset(e->name + len, 0, size - offsetof(struct linux_dirent64, name) - len);
	}
	d->last = d->used;
	d->used += size;
	return true;
}

/* Where reading goes on: behind the last record. */
static u64 next_pos(const struct dents *d)
{
	char *at = d->buf + d->last;

	return d->old ? ((struct linux_dirent *)at)->off : (u64)((struct linux_dirent64 *)at)->off;
}

static s64 read_dents(struct file *f, u64 uaddr, u32 count, bool old)
{
	struct dents d = { .size = min(count, DENTS_MAX), .old = old };
	s64 r;

	d.buf = alloc(d.size ? d.size : 1);
	if (!d.buf)
		return -ENOMEM;
	lock(&f->pos_lock);
	if (f->dentry && dentry_flags(f->dentry) & DENTRY_GONE)
		r = -ENOENT;
	else
		r = f->ops->readdir(f, f->pos, emit, &d);
	if (r >= 0)
		notify_file(f, IN_ACCESS);
	if (d.used) {
		r = south_user_write(uaddr, d.buf, d.used) ? -EFAULT : (s64)d.used;
		if (r > 0)
			f->pos = next_pos(&d);
	} else if (r >= 0) {
		r = d.full ? -EINVAL : 0;
	}
	unlock(&f->pos_lock);
	release(d.buf);
	return r;
}

static s64 getdents(const u64 *a, bool old)
{
	struct fd f = fd_begin_io((s32)a[0]);
	s64 r;

	if (!f.file)
		return -EBADF;
	r = f.file->ops->readdir ? read_dents(f.file, a[1], (u32)a[2], old) : -ENOTDIR;
	fd_end(f);
	return r;
}

s64 sys_getdents64(const u64 *a)
{
	return getdents(a, false);
}

s64 sys_getdents(const u64 *a)
{
	return getdents(a, true);
}

/* ---- streams of host directories ---- */

#define STREAM_BUF PAGE_SIZE

/* The next part into the buffer; *@err 0 at the end. */
static bool refill(struct dirstream *s, s32 *err)
{
	s32 n;

	if (!s->buf) {
		s->buf = alloc(STREAM_BUF);
		if (!s->buf) {
			*err = -ENOMEM;
			return false;
		}
	}
	s->have = s->at = 0;
	n = south_list(s->handle, &s->cookie, s->buf, STREAM_BUF);
	*err = n < 0 ? n : 0;
	if (n > 0)
		s->have = (u32)n;
	return n > 0;
}

const struct south_dirent *stream_peek(struct dirstream *s, s32 *err)
{
	*err = 0;
	if (s->at >= s->have && !refill(s, err))
		return NULL;
	return (const struct south_dirent *)(s->buf + s->at);
}

void stream_next(struct dirstream *s)
{
	s->at += ((const struct south_dirent *)(s->buf + s->at))->reclen;
	s->index++;
}

s32 stream_seek(struct dirstream *s, u64 index)
{
	s32 err;

	/* From the start, again: what was created meanwhile is to be seen. */
	if (index < s->index || !index) {
		s->index = 0;
		s->cookie = 0;
		s->have = s->at = 0;
	}
	while (s->index < index) {
		if (!stream_peek(s, &err))
			return err ? err : 0;
		stream_next(s);
	}
	return 0;
}

void stream_free(struct dirstream *s)
{
	if (s->handle >= 0)
		south_close(s->handle);
	release(s->buf);
}
