// SPDX-License-Identifier: GPL-2.0
/* /proc/PID/mem: the memory of a process, for who may trace it. */
#include "procfs.h"

#define CHUNK 4096u

static struct proc_inode *mem_of(const struct file *f)
{
	return f->inode->private;
}

/*
 * A piece of the memory of the program that the file is about: 0 where that has ended, or
 * another is executed. Who may have opened it need not have a right to the next one.
 */
static s32 mem_piece(struct file *f, u32 what, u64 at, void *buf, u32 len)
{
	struct proc_inode *p = mem_of(f);
	struct subject s;
	s32 n = 0;

	if (subject_get(p, &s))
		return 0;
	lock(&s.process->exec_lock);
	if (READ_ONCE(s.process->programs) == (u32)(uintptr)f->private) {
		n = south_task_mem(s.tid, what, at, buf, len);
		n = n > 0 ? n : -EIO;
	}
	unlock(&s.process->exec_lock);
	subject_put(&s);
	return n;
}

s32 proc_mem_open(struct proc_inode *p, struct file *f)
{
	struct subject s;
	s32 err = subject_get_readable(p, &s);

	if (err)
		return err;
	f->private = (void *)(uintptr)s.programs;
	subject_put(&s);
	return 0;
}

/*
 * As mem_rw() of each piece: up to a page at a time, -EIO where nothing is mapped; of a
 * piece that the caller's own memory isn't all there for nothing counts.
 */
static s64 mem_move(struct file *f, struct uio *io, u64 *pos, bool write)
{
	u32 what = SOUTH_MEM_FORCE | (write ? SOUTH_MEM_WRITE : SOUTH_MEM_RAW);
	u32 pieces = io->count, len;
	s64 done = 0, whole = 0, n, err = 0;
	char *buf = alloc(CHUNK);

	if (!buf)
		return -ENOMEM;
	while (io->left) {
		if (io->count != pieces)
			whole = done;
		pieces = io->count;
		len = (u32)min(min(io->left, io->vec->len), (u64)CHUNK);
		err = -EFAULT;
		if (write && uio_from_user(io, buf, len) != (s64)len)
			break;
		n = mem_piece(f, what, *pos, buf, len);
		if (n > 0 && !write && uio_to_user(io, buf, (u64)n) != n)
			break;
		err = n < 0 ? n : 0;
		if (n <= 0)
			break;
		*pos += (u64)n;
		done += n;
		if (n < len)
			break;
	}
	release(buf);
	if (err == -EFAULT)
		done = whole;
	return done ? done : err;
}

static s64 mem_read(struct file *f, struct uio *io, u64 *pos)
{
	return mem_move(f, io, pos, false);
}

static s64 mem_write(struct file *f, struct uio *io, u64 *pos)
{
	return mem_move(f, io, pos, true);
}

/* Addresses have no sign. */
static s64 mem_seek(struct file *f, s64 off, u32 whence)
{
	if (whence > SEEK_CUR)
		return -EINVAL;
	return whence == SEEK_CUR ? (s64)f->pos + off : off;
}

const struct file_ops proc_mem_ops = {
	.read = mem_read,
	.write = mem_write,
	.seek = mem_seek,
};
