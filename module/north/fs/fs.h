/* SPDX-License-Identifier: GPL-2.0 */
/* Names: inodes, dentries, mounts, paths. After Linux's VFS, made small. */
#ifndef NORTH_FS_H
#define NORTH_FS_H

#include "../base/base.h"
#include "../fd/file.h"

#define NAME_MAX 255
#define PATH_MAX 4096

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define S_IFLNK 0120000
#define S_IFREG 0100000
#define S_IFBLK 0060000
#define S_IFDIR 0040000
#define S_IFCHR 0020000
#define S_IFIFO 0010000
#define S_ISUID 04000
#define S_ISGID 02000
#define S_ISVTX 01000
#define S_ISDIR(m) (((m) & S_IFMT) == S_IFDIR)
#define S_ISREG(m) (((m) & S_IFMT) == S_IFREG)
#define S_ISLNK(m) (((m) & S_IFMT) == S_IFLNK)
#define S_ISCHR(m) (((m) & S_IFMT) == S_IFCHR)
#define S_ISFIFO(m) (((m) & S_IFMT) == S_IFIFO)
#define S_ISSOCK(m) (((m) & S_IFMT) == S_IFSOCK)
#define S_IALLUGO 07777
#define S_IRWXUGO 0777
#define DT_OF(mode) (((mode) & S_IFMT) >> 12)

#define MKDEV(major, minor) ((u64)(major) << 32 | (minor))
#define MAJOR(dev) ((u32)((dev) >> 32))
#define MINOR(dev) ((u32)(dev))

struct inode;
struct dentry;
struct mount;

struct path {
	struct mount *mount;
	struct dentry *dentry;
};

struct attr {
	u32 valid;		/* ATTR_* */
	u32 mode, uid, gid;
	u64 size;
	s64 atime, mtime;
};
#define ATTR_MODE 1
#define ATTR_UID 2
#define ATTR_GID 4
#define ATTR_SIZE 8
#define ATTR_ATIME 16
#define ATTR_MTIME 32

/* What stat shows. Times in ns. */
struct kstat {
	u64 ino, dev, rdev, size, blocks;
	u32 mode, nlink, uid, gid, blksize;
	s64 atime, mtime, ctime, btime;
};

/*
 * struct inode_ops - per file system. Directory operations are called with the
 * directory's lock held. A NULL member: EPERM (make, link, ...), ENOTDIR (lookup),
 * EINVAL (readlink). New inodes are returned with one reference.
 */
struct inode_ops {
	/* The inode of @name, NULL with *@err = -ENOENT, or NULL with another *@err. */
	struct inode *(*lookup)(struct inode *dir, const char *name, u32 len, s32 *err);
	/* Create a file, directory, node, FIFO or socket; @target: a symbolic link. */
	struct inode *(*make)(struct inode *dir, const char *name, u32 len, u32 mode, u64 rdev,
			      const char *target, s32 *err);
	s32 (*link)(struct inode *dir, const char *name, u32 len, struct inode *inode);
	/* unlink or rmdir (the caller has checked permission, not emptiness). */
	s32 (*remove)(struct inode *dir, const char *name, u32 len, struct inode *inode,
		      bool isdir);
	s32 (*rename)(struct inode *dir, const char *name, u32 len, struct inode *inode,
		      struct inode *todir, const char *toname, u32 tolen, struct inode *victim,
		      u32 flags);
	/* The target into @buf, without NUL. Returns its length. */
	s32 (*readlink)(struct inode *inode, char *buf, u32 size);
	/* A link that isn't followed by its text (/proc/self/fd/N): counted @out. */
	s32 (*jump)(struct inode *inode, struct path *out);
	/* Open: set f->ops and f->private. Before it, f->ops is @file_ops of the inode. */
	s32 (*open)(struct inode *inode, struct file *f);
	s32 (*getattr)(struct inode *inode, struct kstat *st);
	/*
	 * Checked already; the inode's lock is held. What it doesn't do itself it leaves to
	 * inode_setattr(). NULL: the common fields are changed in the inode only.
	 */
	s32 (*setattr)(struct inode *inode, const struct attr *a);
	/* Replaces the usual permission check; mask of MAY_*. */
	s32 (*permission)(struct inode *inode, u32 mask);
	/*
	 * What a program may be loaded from: a handle for south_map and south_peek, borrowed: it
	 * stays while a file of the inode is open. -EACCES, ...
	 */
	s32 (*handle)(struct inode *inode, bool write);
	/* The last reference is gone: free what private holds. The inode is released after it. */
	void (*evict)(struct inode *inode);
	/*
	 * Is a cached dentry with this inode (NULL: negative) still true? NULL: always. The
	 * directory's lock is held. Where a directory has this, its names aren't kept unused.
	 */
	bool (*revalidate)(struct inode *dir, const char *name, u32 len, struct inode *inode);
};

#define MAY_EXEC 1
#define MAY_WRITE 2
#define MAY_READ 4

struct superblock {
	const char *type;	/* "tmpfs", "overlay", "proc", ... as in /proc/mounts */
	u64 dev;		/* st_dev, unique */
	u64 magic;		/* statfs f_type */
	u64 next_ino;
	u32 mounts;		/* of it, detached ones too while they are used; inodes_lock */
	bool readonly, fixed;	/* fixed: and so it stays */
	void *private;
	s32 (*statfs)(struct superblock *sb, struct south_statfs *st); /* NULL: zeroes */
};

/* filesystem_name - line @index of /proc/filesystems, or NULL behind the last. */
const char *filesystem_name(u32 index);

/* The limit of names that nobody uses, kept for the next walk. */
#define DENTRY_UNUSED_MAX 4096
/* Mounts of a box. */
#define MOUNTS_MAX 512
/* Links in one walk. */
#define LINKS_MAX 40

struct inode {
	u32 refs;		/* inodes_lock */
	u32 mode, uid, gid;	/* lock */
	u32 nlink;		/* lock of the directory it is named in */
	u64 ino, rdev;
	u64 size;		/* lock */
	s64 atime, mtime, ctime, btime; /* lock; torn reads don't happen: a word each */
	struct superblock *sb;
	const struct inode_ops *ops;
	const struct file_ops *file_ops;
	struct mutex lock;	/* contents; a directory's before those of the inodes in it */
	struct file *anon_owner;
	void *private;		/* the file system's; or name of an anonymous inode */
	struct fifo *fifo;	/* S_IFIFO: the pipe while it is open; lock */
	struct file_lock *locks; /* POSIX, OFD and flock() locks; locks_lock */
	/* Open files: for reading only, for writing at all; inodes_lock. */
	u32 readers, writers;
	u32 seals;		/* F_SEAL_* of a memfd, INODE_SEALABLE if it is one; lock */
	const char *link;	/* S_IFLNK: the target if it never changes: a walk needn't ask */
	struct list doomed;	/* waits for evict(); inodes_lock */
	struct lease *leases;	/* leases_lock */
	struct watch *watches;	/* inotify's on it; inodes_lock */
};

extern struct mutex inodes_lock;
/*
 * inode_new - zeroed but for mode, times (now), ino (the next), nlink 1 and one
 * reference. NULL: no memory.
 */
struct inode *inode_new(struct superblock *sb, u32 mode);
/* inode_init - the same for an inode that is the first member of a larger block from alloc(). */
void inode_init(struct inode *i, struct superblock *sb, u32 mode);
struct inode *inode_get(struct inode *i);
void inode_put(struct inode *i);
/* inode_put_later - the same from evict(), where putting another inode must not nest. */
void inode_put_later(struct inode *i);
/* inode_init_owner - of an inode made in @dir by current; S_ISGID as Linux inherits it. */
void inode_init_owner(struct inode *i, const struct inode *dir);
/* inode_opens - how many have it open for reading only, and for writing. */
void inode_opens(struct inode *i, u32 *readers, u32 *writers);
/* inode_setattr - the common fields but the size; ctime is now. The inode's lock is held. */
void inode_setattr(struct inode *i, const struct attr *a);
/* inode_fill - what the inode itself knows, as getattr begins. */
void inode_fill(const struct inode *i, struct kstat *st);
/* A superblock for anonymous inodes, pipes and the like. */
extern struct superblock anon_sb;
struct superblock *superblock_new(const char *type, u64 magic);

/* ---- fs_context: root, working directory, umask; shared with CLONE_FS ---- */

struct fs_context {
	u32 refs;		/* tasks_lock */
	struct mutex lock;	/* umask */
	struct path root, cwd;	/* references; inodes_lock */
	u32 umask;
};
struct fs_context *fs_context_copy(struct fs_context *fs);
struct fs_context *fs_context_get(struct fs_context *fs);
void fs_context_put(struct fs_context *fs);
/* fs_context_unshare - current's is nobody else's any more. 0, -ENOMEM. */
s32 fs_context_unshare(void);
/* fs_context_paths - counted copies of root and cwd, each may be NULL; takes inodes_lock only. */
void fs_context_paths(struct fs_context *fs, struct path *root, struct path *cwd);
/* fs_boot - reads south_config and makes the first mounts. fs_context_first - root and cwd "/". */
s32 fs_boot(void);
struct fs_context *fs_context_first(void);

/* ---- paths ---- */

#define LOOKUP_FOLLOW 1		/* the last component, if it is a link */
#define LOOKUP_DIRECTORY 2
#define LOOKUP_EMPTY 8		/* "" means dirfd itself */

void path_get(const struct path *p);
void path_put(const struct path *p);
/*
 * path_user - a copy of a path in user memory, to release(): -ENAMETOOLONG,
 * -ENOENT if empty unless LOOKUP_EMPTY, -EFAULT.
 */
char *path_user(u64 uaddr, u32 lookup);
/* path_lookup - walk @name from dirfd (AT_FDCWD = -100). Counted @out. */
s32 path_lookup(s32 dirfd, const char *name, u32 lookup, struct path *out);
/*
 * path_make_socket - a new S_IFSOCK at @name, of @mode less umask. @made is called with its
 * directory locked; where it gives an errno, the name goes again. -EEXIST, ...
 */
s32 path_make_socket(const char *name, u32 mode, s32 (*made)(const struct path *p, void *arg),
		     void *arg);
/* path_open - open(2). Returns a file with one reference or ERR_PTR. */
struct file *path_open(s32 dirfd, const char *name, u32 flags, u32 mode);
/*
 * path_name - as getcwd and /proc show it, to release(); "(deleted)" is appended
 * for names that are gone. NULL: no memory.
 */
char *path_name(const struct path *p);
/* path_of_file - the same for an open file: "pipe:[3]", "/dev/pts/0", ... */
char *path_of_file(const struct file *f);
struct inode *path_inode(const struct path *p);
/* path_anon - a path for an inode without a name (jump to a pipe), shown as @name. Counted @out. */
s32 path_anon(struct inode *inode, const char *name, struct path *out);
/* path_open_at - open what a path names already, as execveat(fd, "") and /proc do. ERR_PTR. */
struct file *path_open_at(const struct path *p, u32 flags);
/* file_path - the counted path of an open file, of a nameless one too. */
s32 file_path(const struct file *f, struct path *out);

/* inode_permission - MAY_* for current, with its capabilities in the box. 0, -EACCES, -EROFS. */
s32 inode_permission(struct inode *i, u32 mask);
s32 inode_getattr(struct inode *i, struct kstat *st);

/*
 * mount_add - attach a file system (its root inode, reference taken) at @at, which
 * is made if it is missing in a memory file system.
 */
s32 mount_add(const char *at, struct superblock *sb, struct inode *root, const char *source,
	      bool readonly);
/* vma_path - the name of a mapped file, to release(), or NULL: it can't be told. */
char *vma_path(const struct south_vma *vma);
/* For /proc/mounts and mountinfo. */
void mounts_show(struct text *t, bool mountinfo);

/* ---- file systems ---- */

/* A tmpfs: inodes and names in the box's memory, data in memory objects. */
struct inode *memfs_root(u32 mode, struct superblock **sb);
/* memfs_bound - how many inodes it may have, 0: as many as any. Before it is mounted. */
void memfs_bound(struct superblock *sb, u64 inodes);
/* memfs_anon - a regular file without a name (memfd); inode->file_ops read, write and map it. */
struct inode *memfs_anon(u32 mode);
/* The lower host directory @place with a writable upper memfs, as overlayfs. */
struct inode *layer_root(s32 place, bool trusted, struct superblock **sb);
/* A host directory as it is, looked up afresh each time. */
struct inode *bind_root(s32 place, bool writable, struct superblock **sb);

/* Devices: the room dev/ gives the file of a character device, by number. ERR -ENXIO. */
s32 dev_open(struct inode *inode, struct file *f);
/* /dev (with pts, shm), /proc and /sys (with fs/cgroup) of the box. 0 or an errno. */
s32 dev_mount(void);
s32 proc_mount(void);
s32 sysfs_mount(void);
/* mqueue_mount - the names of POSIX message queues, on /dev/mqueue. */
s32 mqueue_mount(void);
/* Device numbers as user space sees them in 64 bits (makedev). */
static inline u64 dev_encode(u64 dev)
{
	u64 major = MAJOR(dev), minor = MINOR(dev);

	return (minor & 0xff) | (major & 0xfff) << 8 | (minor & ~0xffull) << 12 |
	       (major & ~0xfffull) << 32;
}

static inline u64 dev_decode(u64 dev)
{
	return MKDEV((u32)(dev >> 8 & 0xfff) | (u32)(dev >> 32 & 0xfffff000),
		     (u32)(dev & 0xff) | (u32)(dev >> 12 & 0xffffff00));
}

/* FIFOs: ipc/ opens the pipe behind a S_IFIFO inode, waiting for the other end as open(2) says. */
s32 fifo_open(struct inode *inode, struct file *f);

/* ---- xattr.c ---- */

#define XATTR_CAPS "security.capability"
/* xattr_value - of an attribute, as the box itself wants it: its size; -ENODATA, -ERANGE. */
s32 xattr_value(struct inode *i, const char *name, void *buf, u32 size);
/* inode_drop_caps - who changes or owns a file anew gets no capabilities by it. Its lock. */
void inode_drop_caps(struct inode *i);

#endif
