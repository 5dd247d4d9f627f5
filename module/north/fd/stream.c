// SPDX-License-Identifier: GPL-2.0
/*
 * Files of host streams: what a box's first process is given as descriptors 0 to 2.
 *
 * The stream is its inode, so that it can be opened again by way of /proc/self/fd
 * (/dev/stdout). A terminal of the host's is shown as /dev/console; its settings
 * and its foreground group are kept here for those who ask, while the host's line
 * discipline does the work.
 */
#include "../task.h"
#include "../dev/tty.h"
#include "../ipc/ipc.h"
#include "fd.h"

#define AT_FDCWD (-100)

struct stream {
	struct inode i;
	s32 handle;
	u32 access;		/* SOUTH_STREAM: 0 read, 1 write, 2 both */
	bool tty;
	struct list node;	/* on consoles, if it is a terminal; tty_lock, with what follows */
	struct termios termios;
	s32 session, pgrp;
	char name[32];
};

/* Terminals of the host's, the latest first; tty_lock. */
static struct list consoles = LIST_INIT(consoles);

static const struct file_ops stream_ops, stream_file_ops;

static void stream_put(struct stream *s)
{
	inode_put(&s->i);
}

static void stream_evict(struct inode *i)
{
	struct stream *s = container_of(i, struct stream, i);

	lock(&tty_lock);
	list_del(&s->node);
	unlock(&tty_lock);
	south_close(s->handle);
}

static void stream_release(struct file *f)
{
	stream_put(f->private);
}

/* @f becomes a file of @s, which it takes a reference on. */
static s32 stream_attach(struct stream *s, struct file *f)
{
	if ((file_readable(f) && s->access == 1) || (file_writable(f) && s->access == 0))
		return -EACCES;
	inode_get(&s->i);
	f->private = s;
	f->ops = S_ISREG(s->i.mode) ? &stream_file_ops : &stream_ops;
	return 0;
}

static s32 stream_open(struct inode *i, struct file *f)
{
	return stream_attach(container_of(i, struct stream, i), f);
}

static s32 stream_getattr(struct inode *i, struct kstat *st)
{
	struct stream *s = container_of(i, struct stream, i);
	struct south_stat host;

	if (!south_stat(s->handle, &host)) {
		st->size = host.size;
		st->blocks = host.blocks;
		st->atime = host.atime;
		st->mtime = host.mtime;
		st->ctime = host.ctime;
	}
	return 0;
}

static const struct inode_ops stream_inode_ops = {
	.open = stream_open,
	.getattr = stream_getattr,
	.evict = stream_evict,
};

/* ---- reading and writing ---- */

static s64 stream_move(struct file *f, struct uio *io, bool write)
{
	struct stream *s = f->private;
	u32 flags = f->flags & O_NONBLOCK ? SOUTH_NONBLOCK : 0;
	s64 done = 0, n;

	do {
		u64 len = min(io->vec->len, io->left);

		n = uio_host(io, s->handle, 0, len, write, flags);
		if (n <= 0)
			break;
		uio_advance(io, (u64)n);
		done += n;
		if ((u64)n < len)
			break;
		/* What else there is, is taken, but not waited for. */
		if (!write)
			flags |= SOUTH_NONBLOCK;
	} while (io->left);
	if (n == -EPIPE && write)
		south_signal(SOUTH_SIGNAL_THREAD, 0, SIGPIPE, NULL);
	return done ? done : n;
}

static s64 stream_read(struct file *f, struct uio *io, u64 *pos)
{
	return io->left ? stream_move(f, io, false) : 0;
}

static s64 stream_write(struct file *f, struct uio *io, u64 *pos)
{
	return io->left ? stream_move(f, io, true) : 0;
}

/*
 * Regular files of the host's. The position is the stream's own, which others may
 * share: two descriptors of one log file, or who reads on where the box ended.
 */
static s64 stream_seek(struct file *f, s64 off, u32 whence)
{
	struct stream *s = f->private;

	return south_seek(s->handle, off, whence);
}

static u32 stream_poll(struct file *f, struct poll_table *t, u32 events)
{
	struct stream *s = f->private;

	return poll_stream(t, s->handle, events);
}

static s32 stream_fsync(struct file *f, bool datasync)
{
	struct stream *s = f->private;

	return S_ISREG(s->i.mode) ? south_sync(s->handle, datasync) : -EINVAL;
}

/* ---- terminals ---- */

static s32 own_ids(s32 *pgid, s32 *sid)
{
	struct south_task *st = new(struct south_task);
	s32 err = st ? south_task(0, st) : -ENOMEM;

	*pgid = err ? 0 : st->pgid;
	*sid = err ? 0 : st->sid;
	release(st);
	return err;
}

static s64 put_int(u64 arg, s32 v)
{
	return south_user_write(arg, &v, sizeof(v)) ? -EFAULT : 0;
}

static s64 stream_get_winsize(struct stream *s, u64 arg)
{
	struct south_stream host;
	struct winsize ws;

	if (south_stream(s->handle, &host))
		return -EIO;
	ws = (struct winsize){ host.rows, host.cols, host.xpixel, host.ypixel };
	return south_user_write(arg, &ws, sizeof(ws)) ? -EFAULT : 0;
}

static s64 stream_job(struct stream *s, u32 cmd, u64 arg)
{
	s32 pgid, sid, pgrp;
	s64 ret = 0;

	if (own_ids(&pgid, &sid))
		return -ENOTTY;
	if (cmd == TIOCSPGRP) {
		if (south_user_read(&pgrp, arg, sizeof(pgrp)))
			return -EFAULT;
		if (pgrp < 0)
			return -EINVAL;
		if (south_signal(SOUTH_SIGNAL_GROUP, pgrp, 0, NULL))
			return -ESRCH;
	}
	lock(&tty_lock);
	if (cmd == TIOCSCTTY) {
		s->session = sid;
		s->pgrp = pgid;
	} else if (s->session != sid) {
		ret = -ENOTTY;
	} else if (cmd == TIOCSPGRP) {
		s->pgrp = pgrp;
	} else {
		pgrp = cmd == TIOCGSID ? sid : s->pgrp > 0 ? s->pgrp : pgid;
	}
	unlock(&tty_lock);
	if (ret || (cmd != TIOCGSID && cmd != TIOCGPGRP))
		return ret;
	return put_int(arg, pgrp);
}

static s64 stream_termios(struct stream *s, u32 cmd, u64 arg)
{
	struct termios now, new;
	s64 err;

	lock(&tty_lock);
	now = s->termios;
	unlock(&tty_lock);
	if (termios_when(cmd) == TERMIOS_NOT)
		return termios_get(&now, cmd, arg);
	err = termios_set(&now, &new, cmd, arg);
	if (err)
		return err;
	lock(&tty_lock);
	s->termios = new;
	unlock(&tty_lock);
	return 0;
}

static s64 stream_ioctl(struct file *f, u32 cmd, u64 arg)
{
	struct stream *s = f->private;

	if (!s->tty)
		return -ENOTTY;
	switch (cmd) {
	case TCGETS:
	case TCGETS2:
	case TCGETA:
		return stream_termios(s, cmd, arg);
	case TIOCGWINSZ:
		return stream_get_winsize(s, arg);
	case TIOCGPGRP:
	case TIOCSPGRP:
	case TIOCGSID:
	case TIOCSCTTY:
		return stream_job(s, cmd, arg);
	case TIOCSTI:
		return -EIO;
	case TIOCGETD:
	case TIOCOUTQ:
		return put_int(arg, 0);
	case TIOCSWINSZ:
	case TIOCNOTTY:
	case TCSBRK:
	case TCSBRKP:
	case TCXONC:
	case TCFLSH:
		return 0;
	}
	return termios_when(cmd) == TERMIOS_NOT ? -ENOTTY : stream_termios(s, cmd, arg);
}

static const struct file_ops stream_ops = {
	.read = stream_read,
	.write = stream_write,
	.ioctl = stream_ioctl,
	.poll = stream_poll,
	.async = async_nobody,
	.fsync = stream_fsync,
	.release = stream_release,
};

/* No poll: always ready, and nothing that epoll takes. */
static const struct file_ops stream_file_ops = {
	.read = stream_read,
	.write = stream_write,
	.seek = stream_seek,
	.fsync = stream_fsync,
	.release = stream_release,
};

s32 stream_console_open(struct file *f, bool any)
{
	struct stream *s, *found = NULL;
	s32 pgid, sid, err;

	if (own_ids(&pgid, &sid))
		return -ENXIO;
	lock(&tty_lock);
	list_for_each(s, &consoles, node) {
		if (s->session == sid || (any && !found)) {
			found = s;
			if (s->session == sid)
				break;
		}
	}
	if (found) {
		lock(&inodes_lock);
		if (found->i.refs)
			found->i.refs++;
		else
			found = NULL;
		unlock(&inodes_lock);
	}
	unlock(&tty_lock);
	if (!found)
		return -ENXIO;
	err = stream_attach(found, f);
	stream_put(found);
	return err;
}

static void stream_name(struct stream *s)
{
	static const char *const names[] = { "pipe:", "socket:", "host:" };
	u32 type = s->i.mode & S_IFMT, at = sizeof(s->name) - 1;
	const char *name = names[type == S_IFIFO ? 0 : type == S_IFSOCK ? 1 : 2];
	u64 n = s->i.ino;

	/* Written from the end, then moved to the front. */
	s->name[--at] = ']';
	do {
		s->name[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n && at > 10);
	s->name[--at] = '[';
	str_copy(s->name, name, 8);
	memmove(s->name + strlen(name), s->name + at, sizeof(s->name) - at);
	s->i.private = s->name;
}

static struct stream *stream_new(s32 handle)
{
	struct stream *s = new(struct stream);
	struct south_stream host;
	struct south_stat st;
	s32 pgid, sid;

	if (!s)
		return NULL;
	list_init(&s->node);
	inode_init(&s->i, &anon_sb, S_IFIFO | 0600);
	if (!south_stat(handle, &st)) {
		s->i.mode = (st.mode & S_IFMT) | 0600;
		s->i.rdev = st.rdev;
	}
	if (!south_stream(handle, &host)) {
		s->access = host.access;
		s->tty = host.flags & SOUTH_STREAM_TTY;
	}
	s->handle = handle;
	s->i.ops = &stream_inode_ops;
	s->i.uid = current->cred->fsuid;
	s->i.gid = current->cred->fsgid;
	if (!s->tty) {
		stream_name(s);
		return s;
	}
	str_copy(s->name, "/dev/console", sizeof(s->name));
	s->i.private = s->name;
	s->i.rdev = MKDEV(5, 1);
	termios_init(&s->termios);
	if (!own_ids(&pgid, &sid))
		s->session = sid;
	lock(&tty_lock);
	list_add(&s->node, &consoles);
	unlock(&tty_lock);
	return s;
}

/* A terminal has the name and the inode of /dev/console, so that ttyname() finds it. */
static struct file *stream_file_console(struct stream *s, u32 flags)
{
	struct file *f;
	struct path p;

	if (!s->tty || path_lookup(AT_FDCWD, "/dev/console", 0, &p))
		return NULL;
	f = S_ISCHR(path_inode(&p)->mode) ?
	    file_new(&stream_ops, inode_get(path_inode(&p)), flags, s) : NULL;
	if (!f) {
		path_put(&p);
		return NULL;
	}
	f->dentry = p.dentry;
	f->mount = p.mount;
	return f;
}

struct file *stream_file(s32 handle)
{
	static const u32 modes[] = { O_RDONLY, O_WRONLY, O_RDWR };
	struct stream *s = stream_new(handle);
	struct file *f;
	u32 flags;

	if (!s) {
		south_close(handle);
		return NULL;
	}
	flags = modes[min(s->access, 2u)] | O_LARGEFILE;
	f = stream_file_console(s, flags);
	if (f)
		return f;
	f = file_new(S_ISREG(s->i.mode) ? &stream_file_ops : &stream_ops,
		     inode_get(&s->i), flags, s);
	if (!f) {
		stream_put(s);
		stream_put(s);
	}
	return f;
}
