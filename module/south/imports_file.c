// SPDX-License-Identifier: GPL-2.0
/* Imports on objects, opened host files and streams. */
#include "imports.h"
#include "south_ops.h"
#include "poll.h"

#define LB_HANDLE_IO (LB_HANDLE_OBJECT | LB_HANDLE_FILE | LB_HANDLE_STREAM)
#define LB_HANDLE_POLL (LB_HANDLE_STREAM | LB_HANDLE_PROCESS | LB_HANDLE_TIMER)

u32 w2c_south_close(struct w2c_south *s, u32 id)
{
	struct lb_task *t = lb_import_host(s);

	return lb_handle_close(t->box, id);
}

u32 w2c_south_object(struct w2c_south *s, u64 size)
{
	struct lb_task *t = lb_import_host(s);
	struct lb_handle *h;

	if (lb_exiting())
		return -EINTR;
	h = t->box->south->object(size);
	return IS_ERR(h) ? PTR_ERR(h) : lb_handle_add(t->box, h);
}

u64 w2c_south_read(struct w2c_south *s, u32 id, u64 off, u64 uaddr, u64 len, u32 flags)
{
	struct lb_task *t = lb_import_host(s);
	struct lb_handle *h __free(lb_handle) = lb_handle_get(t->box, id, LB_HANDLE_IO);
	struct iov_iter to;
	int err;

	if (!h)
		return -EBADF;
	err = lb_user_iter(&to, ITER_DEST, uaddr, len);
	return err ?: t->box->south->read(h, off, &to, flags);
}

u64 w2c_south_write(struct w2c_south *s, u32 id, u64 off, u64 uaddr, u64 len, u32 flags)
{
	struct lb_task *t = lb_import_host(s);
	struct lb_handle *h __free(lb_handle) = lb_handle_get(t->box, id, LB_HANDLE_IO);
	struct iov_iter from;
	int err;

	if (!h)
		return -EBADF;
	err = lb_user_iter(&from, ITER_SOURCE, uaddr, len);
	return err ?: t->box->south->write(h, off, &from, flags);
}

/* Linear memory as a kernel buffer. */
static struct kvec lb_kvec(struct lb_task *t, u32 addr, u32 len)
{
	if (len > LB_COPY_MAX)
		lb_trap(t, LB_TRAP_RANGE);
	return (struct kvec){ lb_mem(t, addr, len), len };
}

u64 w2c_south_peek(struct w2c_south *s, u32 id, u64 off, u32 dst, u32 len, u32 flags)
{
	struct lb_task *t = lb_import_host(s);
	struct kvec vec = lb_kvec(t, dst, len);
	struct lb_handle *h __free(lb_handle) = lb_handle_get(t->box, id, LB_HANDLE_IO);
	struct iov_iter to;

	if (!h)
		return -EBADF;
	if (lb_exiting())
		return -EINTR;
	iov_iter_kvec(&to, ITER_DEST, &vec, 1, len);
	return t->box->south->read(h, off, &to, flags);
}

u64 w2c_south_poke(struct w2c_south *s, u32 id, u64 off, u32 src, u32 len, u32 flags)
{
	struct lb_task *t = lb_import_host(s);
	struct kvec vec = lb_kvec(t, src, len);
	struct lb_handle *h __free(lb_handle) = lb_handle_get(t->box, id, LB_HANDLE_IO);
	struct iov_iter from;

	if (!h)
		return -EBADF;
	if (lb_exiting())
		return -EINTR;
	iov_iter_kvec(&from, ITER_SOURCE, &vec, 1, len);
	return t->box->south->write(h, off, &from, flags);
}

u64 w2c_south_copy(struct w2c_south *s, u32 to_id, u64 to_off, u32 from_id, u64 from_off, u64 len)
{
	const u32 kinds = LB_HANDLE_OBJECT | LB_HANDLE_FILE;
	struct lb_task *t = lb_import_host(s);
	struct lb_handle *to __free(lb_handle) = lb_handle_get(t->box, to_id, kinds);
	struct lb_handle *from __free(lb_handle) = lb_handle_get(t->box, from_id, kinds);

	if (!to || !from)
		return -EBADF;
	if (lb_exiting())
		return -EINTR;
	return t->box->south->copy(to, to_off, from, from_off, len);
}

u32 w2c_south_truncate(struct w2c_south *s, u32 id, u64 size)
{
	struct lb_task *t = lb_import_host(s);
	struct lb_handle *h __free(lb_handle) =
		lb_handle_get(t->box, id, LB_HANDLE_OBJECT | LB_HANDLE_FILE);

	if (!h)
		return -EBADF;
	return lb_exiting() ? -EINTR : t->box->south->truncate(t->box, h, size);
}

u32 w2c_south_allocate(struct w2c_south *s, u32 id, u32 mode, u64 off, u64 len)
{
	struct lb_task *t = lb_import_host(s);
	struct lb_handle *h __free(lb_handle) =
		lb_handle_get(t->box, id, LB_HANDLE_OBJECT | LB_HANDLE_FILE);

	if (!h)
		return -EBADF;
	return lb_exiting() ? -EINTR : t->box->south->allocate(h, mode, off, len);
}

u64 w2c_south_seek(struct w2c_south *s, u32 id, u64 off, u32 whence)
{
	struct lb_task *t = lb_import_host(s);
	struct lb_handle *h __free(lb_handle) = lb_handle_get(t->box, id, LB_HANDLE_IO);

	return h ? t->box->south->seek(h, off, whence) : -EBADF;
}

u32 w2c_south_sync(struct w2c_south *s, u32 id, u32 datasync)
{
	struct lb_task *t = lb_import_host(s);
	struct lb_handle *h __free(lb_handle) = lb_handle_get(t->box, id, LB_HANDLE_IO);

	if (!h)
		return -EBADF;
	return lb_exiting() ? -EINTR : t->box->south->sync(h, datasync);
}

u32 w2c_south_stat(struct w2c_south *s, u32 id, u32 addr)
{
	struct lb_task *t = lb_import_host(s);
	void *out = lb_mem(t, addr, sizeof(struct south_stat));
	struct lb_handle *h __free(lb_handle) =
		lb_handle_get(t->box, id, LB_HANDLE_IO | LB_HANDLE_PLACE);
	struct south_stat st = {};
	int err;

	if (!h)
		return -EBADF;
	err = t->box->south->stat(t->box, h, &st);
	if (!err)
		memcpy(out, &st, sizeof(st));
	return err;
}

u32 w2c_south_statfs(struct w2c_south *s, u32 id, u32 addr)
{
	struct lb_task *t = lb_import_host(s);
	void *out = lb_mem(t, addr, sizeof(struct south_statfs));
	struct lb_handle *h __free(lb_handle) =
		lb_handle_get(t->box, id, LB_HANDLE_IO | LB_HANDLE_PLACE);
	struct south_statfs st = {};
	int err;

	if (!h)
		return -EBADF;
	err = t->box->south->statfs(t->box, h, &st);
	if (!err)
		memcpy(out, &st, sizeof(st));
	return err;
}

u32 w2c_south_poll(struct w2c_south *s, u32 id, u32 events, u32 addr)
{
	struct lb_task *t = lb_import_host(s);
	u32 *word = addr ? lb_word(t, addr) : NULL;
	struct lb_handle *h __free(lb_handle) = lb_handle_get(t->box, id, LB_HANDLE_POLL);

	return h ? lb_poll_begin(t->box, h, events, addr, word) : -EBADF;
}

void w2c_south_poll_end(struct w2c_south *s, u32 id, u32 addr)
{
	struct lb_task *t = lb_import_host(s);
	struct lb_handle *h __free(lb_handle) = lb_handle_get(t->box, id, LB_HANDLE_POLL);

	if (h)
		lb_poll_end(h, addr);
}

u32 w2c_south_stream(struct w2c_south *s, u32 id, u32 addr)
{
	struct lb_task *t = lb_import_host(s);
	void *out = lb_mem(t, addr, sizeof(struct south_stream));
	struct lb_handle *h __free(lb_handle) = lb_handle_get(t->box, id, LB_HANDLE_STREAM);
	struct south_stream st = {};
	int err;

	if (!h)
		return -EBADF;
	err = t->box->south->stream(h, &st);
	if (!err)
		memcpy(out, &st, sizeof(st));
	return err;
}
