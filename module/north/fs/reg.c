// SPDX-License-Identifier: GPL-2.0
/* Regular files: reading, writing, seeking and mapping their contents. */
#include "../task.h"
#include "open.h"
#include "node.h"

#define SIZE_MAX_FILE 0x7fffffffffffffffull

void inode_touch(struct file *f)
{
	struct inode *i = f->inode;

	u32 flags = f->mount ? READ_ONCE(f->mount->flags) : MNT_RELATIME;

	if (f->flags & O_NOATIME || flags & MNT_NOATIME ||
	    (flags & MNT_NODIRATIME && S_ISDIR(i->mode)))
		return;
	if (flags & MNT_RELATIME &&
	    READ_ONCE(i->atime) > max(READ_ONCE(i->mtime), READ_ONCE(i->ctime)))
		return;
	if (is_node(i) && node_flags(to_node(i)) & NODE_LOWER)
		return;
	if (f->mount && path_writable(&(struct path){ .mount = f->mount, .dentry = f->dentry }))
		return;
	WRITE_ONCE(i->atime, south_time(0));
}

s64 reg_move(s32 handle, struct uio *io, u64 *pos, u64 limit, bool write, u32 flags)
{
	s64 done = 0, n;
	u64 len;

	while (io->left && io->count) {
		struct iovec *v = io->vec;

		if (!v->len) {
			io->vec++;
			io->count--;
			continue;
		}
		len = min(min(v->len, io->left), limit - (u64)done);
		if (!len)
			break;
		n = uio_host(io, handle, *pos, len, write, flags);
		if (n <= 0)
			return done ? done : n;
		uio_advance(io, (u64)n);
		*pos += (u64)n;
		done += n;
		if ((u64)n < len)
			break;
	}
	return done;
}

s64 reg_write_check(struct file *f, u64 pos, u64 len)
{
	u64 limit = current->process->rlim_fsize_cur;

	if (!len)
		return 0;
	if (limit < SIZE_MAX_FILE) {
		if (pos >= limit) {
			south_signal(SOUTH_SIGNAL_THREAD, 0, SIGXFSZ, NULL);
			return -EFBIG;
		}
		len = min(len, limit - pos);
	}
	if (pos >= SIZE_MAX_FILE)
		return -EFBIG;
	return (s64)min(len, SIZE_MAX_FILE - pos);
}

s32 reg_size_ok(u64 old, u64 size)
{
	u64 limit = current->process->rlim_fsize_cur;

	if (size <= old)
		return 0;
	if (size > limit) {
		south_signal(SOUTH_SIGNAL_THREAD, 0, SIGXFSZ, NULL);
		return -EFBIG;
	}
	return size > SIZE_MAX_FILE ? -EFBIG : 0;
}

static s64 reg_read(struct file *f, struct uio *io, u64 *pos)
{
	s32 h = node_handle(to_node(f->inode));
	s64 r;

	if (h < 0)
		return 0;
	r = reg_move(h, io, pos, SIZE_MAX_FILE, false, 0);
	if (r > 0)
		inode_touch(f);
	return r;
}

/* The object that is written to. The inode's lock is held. */
static s32 object(struct node *n, u64 size)
{
	s32 h;

	if (n->data >= 0)
		return n->data;
	h = south_object(size);
	if (h < 0)
		return h == -ENFILE || h == -ENOMEM ? -ENOSPC : h;
	n->data = h;
	return h;
}

/* Writing by somebody without CAP_FSETID takes the set-id bits. */
static void kill_priv(struct inode *i)
{
	u32 kill = i->mode & S_ISUID;

	inode_drop_caps(i);
	if (likely(!(i->mode & (S_ISUID | S_ISGID))) || capable(CAP_FSETID))
		return;
	if (i->mode & S_ISGID && (i->mode & 010 || !in_group(i->gid)))
		kill |= S_ISGID;
	WRITE_ONCE(i->mode, i->mode & ~kill);
}

static s64 reg_write(struct file *f, struct uio *io, u64 *pos)
{
	struct inode *i = f->inode;
	struct node *n = to_node(i);
	s64 r;
	s32 h;

	lock(&i->lock);
	if (uio_appends(f, io))
		*pos = i->size;
	r = reg_write_check(f, *pos, io->left);
	if (r <= 0)
		goto out;
	kill_priv(i);
	h = object(n, 0);
	if (h < 0) {
		r = h;
		goto out;
	}
	r = reg_move(h, io, pos, (u64)r, true, 0);
	if (r > 0) {
		if (*pos > i->size)
			i->size = *pos;
		i->mtime = i->ctime = south_time(0);
	} else if (r == -ENOMEM) {
		r = -ENOSPC;
	}
out:
	unlock(&i->lock);
	return r;
}

s64 reg_seek_to(struct file *f, s64 off, u32 whence, u64 size, s32 handle)
{
	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		if (!off)
			return (s64)f->pos;
		if (__builtin_add_overflow(off, (s64)f->pos, &off))
			return -EINVAL;
		break;
	case SEEK_END:
		if (__builtin_add_overflow(off, (s64)size, &off))
			return -EINVAL;
		break;
	case SEEK_DATA:
	case SEEK_HOLE:
		if (off < 0 || (u64)off >= size)
			return -ENXIO;
		off = handle >= 0 ? south_seek(handle, off, whence) : -ENXIO;
		if (off < 0)
			return off;
		break;
	default:
		return -EINVAL;
	}
	if (off < 0)
		return -EINVAL;
	f->pos = (u64)off;
	return off;
}

static s64 reg_seek(struct file *f, s64 off, u32 whence)
{
	return reg_seek_to(f, off, whence, f->inode->size, node_handle(to_node(f->inode)));
}

static s32 reg_fsync(struct file *f, bool datasync)
{
	return 0;
}

static s32 reg_truncate(struct file *f, u64 size)
{
	return inode_truncate(f->inode, NULL, size);
}

s32 node_resize(struct node *n, u64 size)
{
	s32 h, err = layer_copy_up(n, min(size, n->i.size));

	if (err)
		return err;
	if (n->data < 0) {
		/* Needed by who maps or executes an empty file, too. */
		h = object(n, size);
		if (h < 0)
			return h;
	} else {
		err = south_truncate(n->data, size);
		if (err)
			return err;
	}
	n->i.size = size;
	return 0;
}

static s32 reg_allocate(struct file *f, u32 mode, u64 off, u64 len)
{
	struct inode *i = f->inode;
	struct node *n = to_node(i);
	bool grows;
	s32 h, err = 0;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;
	lock(&i->lock);
	grows = !(mode & FALLOC_FL_KEEP_SIZE) && off + len > i->size;
	if (grows)
		err = reg_size_ok(i->size, off + len);
	if (!err) {
		h = object(n, 0);
		err = h < 0 ? h : south_allocate(h, mode, off, len);
		if (err == -ENOMEM)
			err = -ENOSPC;
	}
	if (!err) {
		kill_priv(i);
		if (grows)
			i->size = off + len;
		i->mtime = i->ctime = south_time(0);
	}
	unlock(&i->lock);
	return err;
}

s64 reg_map(struct file *f, s32 handle, u64 addr, u64 len, u32 prot, u32 flags, u64 off)
{
	/* The object itself may be written: a mapping of it could become writable. */
	if ((flags & MAP_TYPE) != MAP_PRIVATE && !file_writable(f))
		flags |= SOUTH_MAP_READONLY;
	return south_map(handle, addr, len, prot, flags, off);
}

static s64 reg_mmap(struct file *f, u64 addr, u64 len, u32 prot, u32 flags, u64 off)
{
	struct inode *i = f->inode;
	struct node *n = to_node(i);
	s32 h = node_handle(n);

	if (h < 0) {
		lock(&i->lock);
		h = object(n, i->size);
		unlock(&i->lock);
		if (h < 0)
			return h == -ENOSPC ? -ENOMEM : h;
	}
	inode_touch(f);
	return reg_map(f, h, addr, len, prot, flags, off);
}

static void reg_release(struct file *f)
{
	layer_close(to_node(f->inode));
}

const struct file_ops reg_file_ops = {
	.read = reg_read,
	.write = reg_write,
	.seek = reg_seek,
	.mmap = reg_mmap,
	.fsync = reg_fsync,
	.truncate = reg_truncate,
	.allocate = reg_allocate,
	.release = reg_release,
};
