/* SPDX-License-Identifier: GPL-2.0 */
/* Open files and descriptor tables. */
#ifndef NORTH_FILE_H
#define NORTH_FILE_H

#include "../base/base.h"
#include "../event/wait.h"

struct file;
struct inode;
struct path;
struct linux_stat;

/*
 * struct uio - where the bytes of one read or write come from or go to: user
 * memory in one or more pieces, copied in once by the system call, or pages of
 * North's on their way from one file to another.
 */
struct iovec {
	u64 base, len;
};
struct uio {
	struct iovec *vec;	/* pieces not used up yet */
	u32 count;
	u64 left;		/* bytes not moved yet */
	/* The pieces are in North's own memory, none of them larger than SOUTH_COPY_MAX. */
	bool own;
	s8 append;		/* of a write: 1 or -1 where the call itself says it */
};
void uio_single(struct uio *io, struct iovec *one, u64 uaddr, u64 len);
/*
 * Move at most @n bytes (any n; chunked inside) from or to North's memory; returns the
 * number moved or -EFAULT if none.
 */
s64 uio_to_user(struct uio *io, const void *src, u64 n);
s64 uio_from_user(struct uio *io, void *dst, u64 n);
/* user_range - could [uaddr, uaddr + len) be user memory at all (access_ok())? */
extern u64 user_end;	/* the host's; set once, at boot */
static inline bool user_range(u64 uaddr, u64 len)
{
	return uaddr <= user_end && len <= user_end - uaddr;
}
/* uio_own - one piece of North's memory. */
void uio_own(struct uio *io, struct iovec *one, void *p, u32 len);
/* uio_advance - @n bytes were moved by other means (uio_host on vec[0]). */
void uio_advance(struct uio *io, u64 n);
/* uio_host - south_read or south_write of @len bytes to or from vec[0]. */
s64 uio_host(struct uio *io, s32 handle, u64 pos, u64 len, bool write, u32 flags);
/*
 * struct_get - copy_struct_from_user(): of @there bytes at most @size, the rest must be
 * zero. -E2BIG, -EFAULT.
 */
s32 struct_get(void *to, u32 size, u64 uaddr, u32 there);
/* uio_clear - zeroes instead of bytes of a file. As uio_to_user(). */
s64 uio_clear(struct uio *io);

/* What poll gathers: a queue to wait on, or only a question when @table is NULL. */
struct poll_table;
void poll_table_add(struct poll_table *table, struct waitqueue *q, u32 events);
static inline void poll_wait(struct poll_table *table, struct waitqueue *q, u32 events)
{
	if (table)
		poll_table_add(table, q, events);
}

/* The same for a stream of the host. Returns the events that are ready now. */
u32 poll_stream(struct poll_table *table, s32 handle, u32 events);

/* readdir: called for each entry; false: the buffer is full, stop (the entry isn't consumed). */
typedef bool (*dir_emit)(void *arg, const char *name, u32 len, u64 ino, u32 dtype, u64 next);

/*
 * struct file_ops - what an open file can do. A NULL member gives the errno
 * that Linux gives (read, write: EINVAL; ioctl: ENOTTY; mmap: ENODEV; seek:
 * ESPIPE; fsync: EINVAL; poll: always readable and writable). Called without locks.
 * -ERESTARTSYS where a signal ended a wait and nothing was moved.
 */
struct file_ops {
	/* @pos: the position to use and to advance; NULL for files without positions. */
	s64 (*read)(struct file *f, struct uio *io, u64 *pos);
	s64 (*write)(struct file *f, struct uio *io, u64 *pos);
	/*
	 * Returns the new position, which the caller stores. A file without it has no
	 * position: read and write get NULL, and pread(2) gives ESPIPE.
	 */
	s64 (*seek)(struct file *f, s64 off, u32 whence);
	s32 (*readdir)(struct file *f, u64 pos, dir_emit emit, void *arg);
	s64 (*ioctl)(struct file *f, u32 cmd, u64 arg);
	u32 (*poll)(struct file *f, struct poll_table *table, u32 events);
	s64 (*mmap)(struct file *f, u64 addr, u64 len, u32 prot, u32 flags, u64 off);
	s32 (*fsync)(struct file *f, bool datasync);
	s32 (*truncate)(struct file *f, u64 size);
	s32 (*allocate)(struct file *f, u32 mode, u64 off, u64 len);
	/* Each close of a descriptor. */
	void (*flush)(struct file *f);
	/* The last reference is gone: free what private holds. May sleep. */
	void (*release)(struct file *f);
	/* fdinfo's extra lines. */
	void (*show)(struct file *f, struct text *t);
	/* Linux has no ->splice_read or ->splice_write for it, though it is read or written. */
	bool no_splice_read, no_splice_write;
	/*
	 * O_ASYNC can be set, and now is: owner_default(), if somebody is to be told though
	 * nobody was named. Its ->poll waits on one queue, of which wq_async() is called.
	 */
	void (*async)(struct file *f);
	/* lseek(2) does nothing, and that well. */
	bool noop_seek;
};

/* struct file - an open file description. */
struct file {
	u32 refs;		/* files_lock */
	u32 flags;		/* O_* less the creation flags; changed by F_SETFL under pos_lock */
	const struct file_ops *ops;
	struct inode *inode;	/* a reference; every file has one (anonymous ones too) */
	struct dentry *dentry;	/* a reference, NULL for anonymous files */
	struct mount *mount;	/* a reference, NULL for anonymous files */
	struct mutex pos_lock;	/* outermost of a read, write or seek */
	u64 pos;
	void *private;
	struct file_owner *owner;	/* who is told of it by a signal, or NULL; fd/owner.c */
	struct epitem *epitems;	/* epolls that watch it; epoll_lock */
	bool counted;		/* among the readers or writers of its inode */
};

extern struct mutex files_lock;

/*
 * file_new - with one reference, which takes over the caller's reference on @inode.
 * NULL: no memory (inode kept by the caller).
 */
struct file *file_new(const struct file_ops *ops, struct inode *inode, u32 flags, void *private);
/*
 * file_anon - the same with an inode of its own, shown in /proc as @name
 * ("anon_inode:[eventfd]"); a name that ends in ':' gets the inode's number ("pipe:[17]").
 */
struct file *file_anon(const struct file_ops *ops, const char *name, u32 mode, u32 flags,
		       void *private);
struct file *file_get(struct file *f);
void file_put(struct file *f);

/* file_anon_inode - the inode alone. */
struct inode *file_anon_inode(const char *name, u32 mode);

/* struct fdtable - descriptors of a process, or of several tasks with CLONE_FILES. */
struct fdtable {
	u32 refs;		/* files_lock */
	struct mutex lock;	/* slots; outside of files_lock */
	u32 size;		/* slots there are */
	u32 next;		/* no free slot below it */
	struct fdslot {
		struct file *file;	/* a reference */
		bool cloexec;
		bool reserved;		/* without a file so far, but not free */
	} *slots;
};

/* A borrowed file: fd_end() when done. Takes no reference where no other task shares the table. */
struct fd {
	struct file *file;	/* NULL: EBADF */
	bool counted;
};
struct fd fd_begin(s32 fd);	/* O_PATH files too */
struct fd fd_begin_io(s32 fd);	/* not O_PATH files */
static inline void fd_end(struct fd f)
{
	if (f.counted)
		file_put(f.file);
}

/*
 * fd_install - the lowest free descriptor >= @from for @f, whose reference it takes, also
 * where it fails. -EMFILE, -ENOMEM.
 */
s32 fd_install(struct file *f, u32 from, bool cloexec);
/*
 * fd_reserve - that descriptor before there is a file for it, so that what has been made
 * then can't fail for want of one: fd_fill() takes the reference, fd_unreserve() gives it
 * back. Nobody but the caller may do either.
 */
s32 fd_reserve(u32 from);
void fd_fill(s32 fd, struct file *f, bool cloexec);
void fd_unreserve(s32 fd);
/*
 * fd_install_pair - both, and their numbers as two ints at @uaddr; takes the references
 * in any case. Also -EFAULT.
 */
s32 fd_install_pair(struct file *ends[2], bool cloexec, u64 uaddr);
s32 fd_close(s32 fd);
/* For fork, exec and exit. */
struct fdtable *fdtable_new(void);
struct fdtable *fdtable_copy(struct fdtable *t);
struct fdtable *fdtable_get(struct fdtable *t);
void fdtable_put(struct fdtable *t);
void fdtable_exec(void);	/* current's becomes its own; close-on-exec is done */
/* fdtable_size - slots of current's, which select(2) looks at no further than. */
u32 fdtable_size(void);
/*
 * For /proc: a counted file of another task's table, or NULL; the lowest used fd >=
 * @from or -1. tasks_lock not held.
 */
struct file *fdtable_file(struct fdtable *t, u32 fd);
s32 fdtable_next(struct fdtable *t, u32 from);

/* file_can - checks access mode: O_RDONLY etc. */
#define O_ACCMODE 3
#define O_RDONLY 0
#define O_WRONLY 1
#define O_RDWR 2
#define O_CREAT 0100
#define O_EXCL 0200
#define O_NOCTTY 0400
#define O_TRUNC 01000
#define O_APPEND 02000
#define O_NONBLOCK 04000
#define O_DSYNC 010000
#define O_ASYNC 020000
#define O_DIRECT 040000
#define O_LARGEFILE 0100000
#define O_DIRECTORY 0200000
#define O_NOFOLLOW 0400000
#define O_NOATIME 01000000
#define O_CLOEXEC 02000000
#define O_SYNC 04010000
#define O_PATH 010000000
#define O_TMPFILE 020200000

/* uio_appends - is the write to go to the file's end? One of nothing doesn't move. */
static inline bool uio_appends(const struct file *f, const struct uio *io)
{
	return io->left && (io->append ? io->append > 0 : f->flags & O_APPEND);
}

static inline bool file_readable(const struct file *f)
{
	return (f->flags & O_ACCMODE) != O_WRONLY && !(f->flags & O_PATH);
}

static inline bool file_writable(const struct file *f)
{
	return (f->flags & O_ACCMODE) != O_RDONLY && !(f->flags & O_PATH);
}

/* file_let_go - puts inode, dentry and mount of a file that is closed. */
void file_let_go(struct file *f);

/* async_nobody - file_ops.async where nobody is. */
void async_nobody(struct file *f);

/* ---- inotify (fs/notify.h): IN_*, of what was done to the file ---- */

#define IN_ACCESS 0x1
#define IN_MODIFY 0x2
#define IN_CLOSE_WRITE 0x8
#define IN_CLOSE_NOWRITE 0x10
#define IN_OPEN 0x20
/* How many watches there are; read without the lock to find out that there are none. */
extern u32 notify_watches;
void notify_file_(struct file *f, u32 mask);
static inline void notify_file(struct file *f, u32 mask)
{
	if (unlikely(READ_ONCE(notify_watches)))
		notify_file_(f, mask);
}

/*
 * F_NOTIFY: what @table asked to be told of @f, or all if it is NULL, is at its end; and
 * what it asks for.
 */
void dnotify_flush(struct file *f, const struct fdtable *table);
s32 dnotify_set(struct file *f, s32 fd, u32 arg);

/* ---- locks of files (fd/lock.c) ---- */

#define F_UNLCK 2
/*
 * What closing does to them: POSIX locks of the table go with any descriptor, the
 * others with the file.
 */
void locks_close(struct file *f, struct fdtable *owner);
void locks_release(struct file *f);
void leases_release(struct file *f);

/* eventpoll_release - the last reference of @f is gone: no epoll may watch it any longer. */
void eventpoll_release(struct file *f);

/* The file of a host stream handle, for descriptors 0..2 of a first process. Takes the handle. */
struct file *stream_file(s32 handle);

#endif
