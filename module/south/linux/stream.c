// SPDX-License-Identifier: GPL-2.0
/* Streams: files of the host's that were handed in, read and written at their own position. */
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/tty.h>
#include <linux/major.h>
#include <linux/sched/signal.h>
#include "linux.h"

#define LB_POLL_READ (EPOLLIN | EPOLLRDNORM | EPOLLRDHUP | EPOLLHUP | EPOLLERR)
#define LB_POLL_WRITE (EPOLLOUT | EPOLLWRNORM | EPOLLHUP | EPOLLERR)

/*
 * How to have a read or write not wait. The file's flags are its owner's, so where
 * it can't be asked for with the call, a look beforehand must do; who else reads
 * the stream may still make it wait, interruptibly.
 */
static int lb_stream_nonblock(struct file *file, u32 flags, __poll_t ready, rwf_t *rwf)
{
	*rwf = 0;
	if (!(flags & SOUTH_NONBLOCK) || S_ISREG(file_inode(file)->i_mode))
		return 0;
	if (file->f_mode & FMODE_NOWAIT)
		*rwf = RWF_NOWAIT;
	else if (!(vfs_poll(file, NULL) & ready))
		return -EAGAIN;
	return 0;
}

/* The position is guarded as read(2) does; only files that don't wait for others have the lock. */
static int lb_stream_lock(struct file *file)
{
	if (file->f_mode & FMODE_ATOMIC_POS && mutex_lock_killable(&file->f_pos_lock))
		return -EINTR;
	return 0;
}

static void lb_stream_unlock(struct file *file)
{
	if (file->f_mode & FMODE_ATOMIC_POS)
		mutex_unlock(&file->f_pos_lock);
}

static loff_t lb_stream_pos(const struct file *file)
{
	return file->f_mode & FMODE_STREAM ? 0 : file->f_pos;
}

static void lb_stream_advance(struct file *file, ssize_t n, loff_t pos)
{
	if (n >= 0 && !(file->f_mode & FMODE_STREAM))
		file->f_pos = pos;
}

ssize_t lb_stream_read(struct file *file, struct iov_iter *to, u32 flags)
{
	loff_t pos;
	ssize_t n;
	rwf_t rwf;

	n = lb_stream_nonblock(file, flags, LB_POLL_READ, &rwf) ?: lb_stream_lock(file);
	if (n)
		return n;
	pos = lb_stream_pos(file);
	n = vfs_iter_read(file, to, &pos, rwf);
	lb_stream_advance(file, n, pos);
	lb_stream_unlock(file);
	return n;
}

ssize_t lb_stream_write(struct file *file, struct iov_iter *from, u32 flags)
{
	loff_t pos;
	ssize_t n;
	rwf_t rwf;

	n = lb_stream_nonblock(file, flags, LB_POLL_WRITE, &rwf) ?: lb_stream_lock(file);
	if (n)
		return n;
	pos = lb_stream_pos(file);
	n = vfs_iter_write(file, from, &pos, rwf);
	lb_stream_advance(file, n, pos);
	lb_stream_unlock(file);
	return n;
}

s64 lb_stream_seek(struct file *file, s64 off, u32 whence)
{
	s64 pos;

	if (whence > SEEK_MAX)
		return -EINVAL;
	if (lb_stream_lock(file))
		return -EINTR;
	pos = vfs_llseek(file, off, whence);
	lb_stream_unlock(file);
	return pos;
}

/* The terminal behind a file, or NULL. Lives as long as the file is open. */
static struct tty_struct *lb_stream_tty(struct file *file)
{
	const struct inode *inode = file_inode(file);
	struct tty_file_private *priv;

	if (!S_ISCHR(inode->i_mode) || tty_hung_up_p(file))
		return NULL;
	switch (imajor(inode)) {
	case TTY_MAJOR:
	case TTYAUX_MAJOR:
	case UNIX98_PTY_MASTER_MAJOR ... UNIX98_PTY_SLAVE_MAJOR + UNIX98_PTY_MAJOR_COUNT - 1:
	case 204: /* low-density serial ports, as ttyAMA */
	case 229: /* hypervisor consoles */
		priv = file->private_data;
		return priv && priv->file == file ? priv->tty : NULL;
	default:
		return NULL;
	}
}

int lb_linux_stream(struct lb_handle *h, struct south_stream *st)
{
	struct tty_struct *tty = lb_stream_tty(h->file);

	st->access = h->readable && h->writable ? 2 : h->writable;
	if (!tty)
		return 0;
	st->flags = SOUTH_STREAM_TTY;
	guard(mutex)(&tty->winsize_mutex);
	st->rows = tty->winsize.ws_row;
	st->cols = tty->winsize.ws_col;
	st->xpixel = tty->winsize.ws_xpixel;
	st->ypixel = tty->winsize.ws_ypixel;
	return 0;
}
