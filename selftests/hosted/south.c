// SPDX-License-Identifier: GPL-2.0
/*
 * The hosted South: the imports of North over POSIX calls, for tests in user
 * space. It checks what the real one checks (kinds of handles, ranges) and some
 * rules of North's own: locks are not recursive, nobody waits with a lock held,
 * and user memory isn't touched under the innermost locks.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/eventfd.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>
#include "hosted.h"
#include "south_private.h"

/* The result of a host call, as South returns it. */
static s64 result(s64 r)
{
	return r < 0 ? -errno : r;
}

/* ---- memory ---- */

#define HEAP_SIZE (1ull << 30)

static pthread_mutex_t host_lock = PTHREAD_MUTEX_INITIALIZER;
static char *heap;
static u64 heap_used;

void *south_grow(u32 *bytes)
{
	u32 n = (*bytes + 65535) & ~65535u;
	char *p = NULL;

	private_lock(&host_lock);
	if (!heap)
		heap = mmap(NULL, HEAP_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (heap != MAP_FAILED && n >= *bytes && heap_used + n <= HEAP_SIZE) {
		p = heap + heap_used;
		heap_used += n;
		*bytes = n;
	}
	private_unlock(&host_lock);
	return p;
}

/* ---- user memory ---- */

#ifdef HOSTED_ASAN
void *__asan_region_is_poisoned(void *p, size_t n);
#endif

static s32 copy_user(void *mine, u64 uaddr, u64 len, int write)
{
	struct iovec local = { mine, len }, remote = { (void *)uaddr, len };
	s64 n;

	hosted_may_copy();
	if (!len)
		return 0;
	if (uaddr >> 47 || (uaddr + len) >> 47)
		return -EFAULT;
#ifdef HOSTED_PLAIN_COPIES
	/* For measuring: about what the kernel needs. A bad address ends the program. */
	memcpy(write ? remote.iov_base : mine, write ? mine : remote.iov_base, len);
	return 0;
#endif
	n = syscall(write ? SYS_process_vm_writev : SYS_process_vm_readv, getpid(),
		    &local, 1ul, &remote, 1ul, 0ul);
	if (n != (s64)len)
		return -EFAULT;
#ifdef HOSTED_ASAN
	if (write && __asan_region_is_poisoned((void *)uaddr, len))
		die("North wrote %llu bytes at %llx, beyond the test's object",
		    (unsigned long long)len, uaddr);
#endif
	return 0;
}

s32 south_user_read(void *dst, u64 uaddr, u32 len)
{
	if (len > SOUTH_COPY_MAX)
		die("user_read of %u bytes", len);
	return copy_user(dst, uaddr, len, 0);
}

s32 south_user_write(u64 uaddr, const void *src, u32 len)
{
	if (len > SOUTH_COPY_MAX)
		die("user_write of %u bytes", len);
	return copy_user((void *)src, uaddr, len, 1);
}

s32 south_user_string(char *dst, u64 uaddr, u32 size)
{
	u32 n = 0;

	while (n < size) {
		u32 chunk = 64 - (uaddr + n) % 64;

		if (chunk > size - n)
			chunk = size - n;
		if (copy_user(dst + n, uaddr + n, chunk, 0))
			return -EFAULT;
		for (; chunk; chunk--, n++)
			if (!dst[n])
				return n;
	}
	return size;
}

s32 south_user_clear(u64 uaddr, u64 len)
{
	static const char zero[4096];

	for (u64 n; len; len -= n, uaddr += n) {
		n = len < sizeof(zero) ? len : sizeof(zero);
		if (copy_user((void *)zero, uaddr, n, 1))
			return -EFAULT;
	}
	return 0;
}

/* ---- handles ---- */

enum kind { FREE, OBJECT, FILE_, DIR_, PLACE, STREAM, PROCESS, TIMER };
#define K(kind) (1u << (kind))

static struct handle {
	enum kind kind;
	int fd;
	int writable;
	s32 pid;	/* PROCESS; its descriptor is an eventfd that counts what happened to it */
} handles[4096];

static s32 handle_new(enum kind kind, int fd, int writable)
{
	s32 h;

	if (fd < 0)
		return -errno;
	private_lock(&host_lock);
	for (h = 3; h < (s32)ARRAY_SIZE(handles); h++)
		if (handles[h].kind == FREE)
			break;
	if (h < (s32)ARRAY_SIZE(handles))
		handles[h] = (struct handle){ kind, fd, writable, 0 };
	private_unlock(&host_lock);
	if (h == (s32)ARRAY_SIZE(handles)) {
		close(fd);
		return -ENFILE;
	}
	return h;
}

static int handle_fd(s32 h, u32 kinds)
{
	if (h < 0 || h >= (s32)ARRAY_SIZE(handles) || !(K(handles[h].kind) & kinds & ~K(FREE)))
		return -1;
	return handles[h].fd;
}

#define GET(fd, h, kinds)				\
	int fd = handle_fd(h, kinds);			\
	if (fd < 0)					\
		return -EBADF

s32 hosted_place(const char *path, int writable)
{
	s32 h = handle_new(PLACE, open(path, O_PATH | O_CLOEXEC), writable);

	if (h < 0)
		die("%s: %s", path, strerror(-h));
	return h;
}

s32 hosted_stream(int fd)
{
	return handle_new(STREAM, fcntl(fd, F_DUPFD_CLOEXEC, 3), 1);
}

u32 hosted_handles(void)
{
	u32 n = 0;

	for (u32 h = 0; h < ARRAY_SIZE(handles); h++)
		n += handles[h].kind != FREE;
	return n;
}

s32 south_close(s32 h)
{
	GET(fd, h, ~0u);
	private_lock(&host_lock);
	handles[h].kind = FREE;
	private_unlock(&host_lock);
	close(fd);
	return 0;
}

s32 south_object(u64 size)
{
	int fd = memfd_create("object", MFD_CLOEXEC);

	if (fd >= 0 && size && ftruncate(fd, size)) {
		int err = errno;

		close(fd);
		return -err;
	}
	return handle_new(OBJECT, fd, 1);
}

#define DATA (K(OBJECT) | K(FILE_) | K(STREAM))

static int wait_stream(s32 h, int fd, short events, u32 flags)
{
	struct pollfd p = { fd, events, 0 };

	if (handles[h].kind != STREAM || !(flags & SOUTH_NONBLOCK))
		return 0;
	return poll(&p, 1, 0) > 0 ? 0 : -EAGAIN;
}

s64 south_read(s32 h, u64 off, u64 uaddr, u64 len, u32 flags)
{
	GET(fd, h, DATA);
	int err = wait_stream(h, fd, POLLIN, flags);

	hosted_may_copy();
	if (err)
		return err;
	if (handles[h].kind == STREAM)
		return result(syscall(SYS_read, fd, uaddr, len));
	return result(syscall(SYS_pread64, fd, uaddr, len, off));
}

s64 south_write(s32 h, u64 off, u64 uaddr, u64 len, u32 flags)
{
	GET(fd, h, DATA);
	int err = wait_stream(h, fd, POLLOUT, flags);

	hosted_may_copy();
	if (err)
		return err;
	if (!handles[h].writable)
		return -EBADF;
	if (handles[h].kind == STREAM)
		return result(syscall(SYS_write, fd, uaddr, len));
	if (flags & SOUTH_APPEND) {
		struct iovec io = { (void *)uaddr, len };

		return result(syscall(SYS_pwritev2, fd, &io, 1ul, 0ul, 0ul, RWF_APPEND));
	}
	return result(syscall(SYS_pwrite64, fd, uaddr, len, off));
}

s64 south_peek(s32 h, u64 off, void *dst, u32 len, u32 flags)
{
	if (len > SOUTH_COPY_MAX)
		die("peek of %u bytes", len);
	return south_read(h, off, (u64)dst, len, flags);
}

s64 south_poke(s32 h, u64 off, const void *src, u32 len, u32 flags)
{
	if (len > SOUTH_COPY_MAX)
		die("poke of %u bytes", len);
	return south_write(h, off, (u64)src, len, flags);
}

s64 south_copy(s32 to, u64 to_off, s32 from, u64 from_off, u64 len)
{
	char buf[65536];
	u64 done = 0;
	GET(in, from, K(OBJECT) | K(FILE_));
	GET(out, to, K(OBJECT) | K(FILE_));

	while (done < len) {
		u64 n = len - done < sizeof(buf) ? len - done : sizeof(buf);
		s64 r = pread(in, buf, n, from_off + done);

		if (r > 0)
			r = pwrite(out, buf, r, to_off + done);
		if (r < 0)
			return done ? (s64)done : -errno;
		if (!r)
			break;
		done += r;
	}
	return done;
}

s32 south_truncate(s32 h, u64 size)
{
	GET(fd, h, K(OBJECT) | K(FILE_));
	return result(ftruncate(fd, size));
}

s32 south_allocate(s32 h, u32 mode, u64 off, u64 len)
{
	GET(fd, h, K(OBJECT) | K(FILE_));
	return result(fallocate(fd, mode, off, len));
}

s64 south_seek(s32 h, s64 off, u32 whence)
{
	GET(fd, h, DATA);
	if (handles[h].kind != STREAM && whence != SEEK_DATA && whence != SEEK_HOLE)
		return -EINVAL;
	return result(lseek(fd, off, whence));
}

s32 south_sync(s32 h, u32 datasync)
{
	GET(fd, h, DATA | K(DIR_));
	return handles[h].kind == OBJECT ? 0 : result(datasync ? fdatasync(fd) : fsync(fd));
}

static s64 ns(struct timespec ts)
{
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static s32 fill_stat(int fd, struct south_stat *st)
{
	struct stat s;

	if (fstatat(fd, "", &s, AT_EMPTY_PATH))
		return -errno;
	*st = (struct south_stat){
		.ino = s.st_ino, .dev = s.st_dev, .size = s.st_size, .blocks = s.st_blocks,
		.mode = s.st_mode, .nlink = s.st_nlink, .uid = s.st_uid, .gid = s.st_gid,
		.rdev = (u64)major(s.st_rdev) << 32 | minor(s.st_rdev),
		.atime = ns(s.st_atim), .mtime = ns(s.st_mtim), .ctime = ns(s.st_ctim),
		.blksize = s.st_blksize,
	};
	return 0;
}

s32 south_stat(s32 h, struct south_stat *st)
{
	GET(fd, h, ~0u);
	return fill_stat(fd, st);
}

/* ---- host directories ---- */

static s32 check_name(char *out, const char *name, u32 len)
{
	if (!len || memchr(name, '/', len) || memchr(name, 0, len))
		return -EINVAL;
	if (len > 255)
		return -ENAMETOOLONG;
	memcpy(out, name, len);
	out[len] = 0;
	return !strcmp(out, ".") || !strcmp(out, "..") ? -EINVAL : 0;
}

s32 south_lookup(s32 dir, const char *name, u32 len, struct south_stat *st)
{
	char buf[256];
	s32 err = check_name(buf, name, len), h;
	GET(fd, dir, K(PLACE));

	if (err)
		return err;
	h = handle_new(PLACE, openat(fd, buf, O_PATH | O_NOFOLLOW | O_CLOEXEC), handles[dir].writable);
	if (h < 0)
		return h;
	err = fill_stat(handles[h].fd, st);
	if (err) {
		south_close(h);
		return err;
	}
	return h;
}

static void proc_path(char *buf, int fd)
{
	sprintf(buf, "/proc/self/fd/%d", fd);
}

s32 south_open(s32 place, u32 flags)
{
	static const int modes[] = { -1, O_RDONLY, O_WRONLY, O_RDWR };
	struct south_stat st;
	char path[64];
	s32 err;
	GET(fd, place, K(PLACE));

	if (flags - 1 > 2)
		return -EINVAL;
	err = fill_stat(fd, &st);
	if (err)
		return err;
	if (!S_ISREG(st.mode) && !S_ISDIR(st.mode))
		return -EINVAL;
	if ((flags & SOUTH_OPEN_WRITE) && !handles[place].writable)
		return -EROFS;
	proc_path(path, fd);
	return handle_new(S_ISDIR(st.mode) ? DIR_ : FILE_, open(path, modes[flags] | O_CLOEXEC),
			  !!(flags & SOUTH_OPEN_WRITE));
}

s32 south_readlink(s32 place, char *buf, u32 size)
{
	GET(fd, place, K(PLACE));
	return result(readlinkat(fd, "", buf, size));
}

s32 south_list(s32 h, u64 *cookie, void *buf, u32 size)
{
	struct host_dirent {
		u64 ino;
		s64 off;
		u16 reclen;
		u8 type;
		char name[];
	};
	char raw[4096];
	u32 used = 0;
	GET(fd, h, K(DIR_));

	if (lseek(fd, *cookie, SEEK_SET) < 0)
		return -errno;
	for (;;) {
		s64 n = syscall(SYS_getdents64, fd, raw, sizeof(raw));

		if (n < 0)
			return -errno;
		if (!n)
			return used;
		for (s64 at = 0; at < n;) {
			struct host_dirent *d = (void *)(raw + at);
			u32 len = strlen(d->name), reclen = (sizeof(struct south_dirent) + len + 8) & ~7u;

			at += d->reclen;
			if (strcmp(d->name, ".") && strcmp(d->name, "..")) {
				struct south_dirent *e = (void *)((char *)buf + used);

				if (used + reclen > size)
					return used ? (s32)used : -EINVAL;
				memset(e, 0, reclen);
				e->ino = d->ino;
				e->cookie = d->off;
				e->reclen = reclen;
				e->type = d->type;
				e->namelen = len;
				memcpy(e->name, d->name, len);
				used += reclen;
			}
			*cookie = d->off;
		}
	}
}

#define WRITABLE(h) do {			\
	if (!handles[h].writable)		\
		return -EROFS;			\
} while (0)

s32 south_make(s32 dir, const char *name, u32 len, u32 mode, const char *target, u32 target_len)
{
	char buf[256], to[4097];
	s32 err = check_name(buf, name, len);
	GET(fd, dir, K(PLACE));

	if (err)
		return err;
	WRITABLE(dir);
	switch (mode & S_IFMT) {
	case S_IFDIR:
		err = mkdirat(fd, buf, mode & 07777);
		break;
	case S_IFLNK:
		if (target_len > 4096)
			return -ENAMETOOLONG;
		memcpy(to, target, target_len);
		to[target_len] = 0;
		err = symlinkat(to, fd, buf);
		break;
	case S_IFREG:
	case S_IFIFO:
	case S_IFSOCK:
		err = mknodat(fd, buf, mode, 0);
		break;
	default:
		return -EINVAL;
	}
	if (err)
		return -errno;
	return handle_new(PLACE, openat(fd, buf, O_PATH | O_NOFOLLOW | O_CLOEXEC), 1);
}

s32 south_remove(s32 dir, const char *name, u32 len, u32 isdir)
{
	char buf[256];
	s32 err = check_name(buf, name, len);
	GET(fd, dir, K(PLACE));

	if (err)
		return err;
	WRITABLE(dir);
	return result(unlinkat(fd, buf, isdir ? AT_REMOVEDIR : 0));
}

s32 south_rename(s32 dir, const char *name, u32 len, s32 todir, const char *toname, u32 tolen, u32 flags)
{
	char from[256], to[256];
	s32 err = check_name(from, name, len);
	GET(fd, dir, K(PLACE));
	GET(tofd, todir, K(PLACE));

	if (!err)
		err = check_name(to, toname, tolen);
	if (err)
		return err;
	WRITABLE(dir);
	WRITABLE(todir);
	return result(syscall(SYS_renameat2, fd, from, tofd, to, flags));
}

s32 south_link(s32 place, s32 todir, const char *name, u32 len)
{
	char buf[256], path[64];
	s32 err = check_name(buf, name, len);
	GET(fd, place, K(PLACE));
	GET(tofd, todir, K(PLACE));

	if (err)
		return err;
	WRITABLE(todir);
	proc_path(path, fd);
	return result(linkat(AT_FDCWD, path, tofd, buf, AT_SYMLINK_FOLLOW));
}

s32 south_setattr(s32 place, u32 valid, u32 mode, s64 atime, s64 mtime)
{
	char path[64];
	GET(fd, place, K(PLACE));

	WRITABLE(place);
	proc_path(path, fd);
	if ((valid & SOUTH_ATTR_MODE) && chmod(path, mode & 07777))
		return -errno;
	if (valid & (SOUTH_ATTR_ATIME | SOUTH_ATTR_MTIME)) {
		struct timespec ts[2] = {
			{ atime / 1000000000, valid & SOUTH_ATTR_ATIME ? atime % 1000000000 : UTIME_OMIT },
			{ mtime / 1000000000, valid & SOUTH_ATTR_MTIME ? mtime % 1000000000 : UTIME_OMIT },
		};

		if (utimensat(AT_FDCWD, path, ts, 0))
			return -errno;
	}
	return 0;
}

s32 south_statfs(s32 h, struct south_statfs *st)
{
	struct statfs s;
	GET(fd, h, ~0u);

	if (fstatfs(fd, &s))
		return -errno;
	*st = (struct south_statfs){ s.f_type, s.f_bsize, s.f_blocks, s.f_bfree, s.f_bavail,
				     s.f_files, s.f_ffree };
	return 0;
}

/* ---- streams ---- */

static struct watch {
	struct watch *next;
	s32 h;
	u32 events;
	u32 *word;
} *watches;
static pthread_mutex_t watch_lock = PTHREAD_MUTEX_INITIALIZER;

/* Says "may be ready" again and again while a stream is: more often than the real South, never less. */
static void *watch_streams(void *arg)
{
	for (;;) {
		usleep(2000);
		private_lock(&watch_lock);
		for (struct watch *w = watches; w; w = w->next) {
			struct pollfd p = { handles[w->h].fd, w->events, 0 };

			if (poll(&p, 1, 0) <= 0)
				continue;
			__atomic_add_fetch(w->word, 1, __ATOMIC_SEQ_CST);
			south_wake(w->word, 1);
		}
		private_unlock(&watch_lock);
	}
	return arg;
}

s32 south_process(s32 id)
{
	s32 h;

	if (!hosted_task_exists(id))
		return -ESRCH;
	h = handle_new(PROCESS, eventfd(0, EFD_CLOEXEC), 0);
	if (h >= 0)
		handles[h].pid = id;
	return h;
}

static void process_handles(s32 pid, u64 events)
{
	private_lock(&host_lock);
	for (s32 h = 0; h < (s32)ARRAY_SIZE(handles); h++)
		if (handles[h].kind == PROCESS && handles[h].pid == pid &&
		    write(handles[h].fd, &events, sizeof(events)) != sizeof(events))
			die("an event of a process is lost");
	private_unlock(&host_lock);
}

void hosted_process_exited(int pid)
{
	process_handles(pid, 1);
}

static int reaped[16], nr_reaped;

void hosted_reaped(s32 pid)
{
	if (nr_reaped == ARRAY_SIZE(reaped))
		die("too many processes were waited for");
	reaped[nr_reaped++] = pid;
}

static u32 process_hangup(s32 h)
{
	for (int i = 0; handles[h].kind == PROCESS && i < nr_reaped; i++)
		if (reaped[i] == handles[h].pid)
			return POLLHUP;
	return 0;
}

s32 south_poll(s32 h, u32 events, u32 *word)
{
	static pthread_t thread;
	struct pollfd p;
	GET(fd, h, K(STREAM) | K(PROCESS) | K(TIMER));

	p = (struct pollfd){ fd, events, 0 };
	if (word) {
		struct watch *w = malloc(sizeof(*w));

		*w = (struct watch){ NULL, h, events, word };
		private_lock(&watch_lock);
		w->next = watches;
		watches = w;
		if (!thread)
			pthread_create(&thread, NULL, watch_streams, NULL);
		private_unlock(&watch_lock);
	}
	if (handles[h].kind == TIMER)
		return 0;
	return (poll(&p, 1, 0) > 0 ? p.revents : 0) | process_hangup(h);
}

/* ---- timers ---- */

struct hosted_timer hosted_last_timer;

/* Of the host, which tells those who poll; of signals only a note is made. */
s32 south_timer(s32 h, u32 set, struct south_timer *t)
{
	const struct itimerspec when = {
		.it_value = { t->expires / 1000000000, t->expires % 1000000000 },
		.it_interval = { t->interval / 1000000000, t->interval % 1000000000 },
	};
	const int signals = t->clock == SOUTH_CLOCK_SIGNALS;
	const struct itimerspec always = { .it_value = { 0, 1 } };
	s32 made = -1;
	int fd;

	if (set) {
		if (t->expires < 0 || t->interval < 0 || t->sig > 64 || (signals && t->expires) ||
		    (!signals && t->clock != 0 && t->clock != 1 && t->clock != 7))
			return -EINVAL;
		if (t->sig && !hosted_task_exists(t->tid))
			return -ESRCH;
	}
	if (h == -1) {
		made = handle_new(TIMER, timerfd_create(1, TFD_CLOEXEC), 0);
		if (made < 0)
			return made;
		h = made;
	}
	fd = handle_fd(h, K(TIMER));
	if (fd < 0)
		return -EBADF;
	if (set) {
		int other = timerfd_create(signals ? 1 : t->clock, TFD_CLOEXEC | TFD_NONBLOCK);

		/* A timer of the host's keeps its clock. */
		dup3(other, fd, O_CLOEXEC);
		close(other);
		/* Who waits for signals is told to look all the time. */
		timerfd_settime(fd, TFD_TIMER_ABSTIME, signals ? &always : &when, NULL);
		hosted_last_timer.timer = *t;
		hosted_last_timer.count++;
	}
	t->overrun = hosted_last_timer.overrun;
	return made < 0 ? 0 : made;
}

void south_poll_end(s32 h, u32 *word)
{
	private_lock(&watch_lock);
	for (struct watch **p = &watches; *p; p = &(*p)->next) {
		struct watch *w = *p;

		if (w->h != h || w->word != word)
			continue;
		*p = w->next;
		free(w);
		break;
	}
	private_unlock(&watch_lock);
}

s32 south_stream(s32 h, struct south_stream *st)
{
	struct winsize ws = { 0 };
	GET(fd, h, K(STREAM));

	memset(st, 0, sizeof(*st));
	st->access = fcntl(fd, F_GETFL) & O_ACCMODE;
	if (isatty(fd)) {
		ioctl(fd, TIOCGWINSZ, &ws);
		st->flags = SOUTH_STREAM_TTY;
		st->rows = ws.ws_row;
		st->cols = ws.ws_col;
		st->xpixel = ws.ws_xpixel;
		st->ypixel = ws.ws_ypixel;
	}
	return 0;
}

/* ---- mapping ---- */

/* By a descriptor that may not write. */
static s64 map_readonly(int fd, u64 addr, u64 len, u32 prot, u32 flags, u64 off)
{
	char name[32];
	s64 at;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	at = result(syscall(SYS_mmap, addr, len, prot, flags, fd, off));
	close(fd);
	return at;
}

s64 south_map(s32 h, u64 addr, u64 len, u32 prot, u32 flags, u64 off)
{
	int fd = -1;

	if (h >= 0) {
		fd = handle_fd(h, K(OBJECT) | K(FILE_));
		if (fd < 0)
			return -EBADF;
	} else {
		flags |= MAP_ANONYMOUS;
	}
	if (flags & SOUTH_MAP_READONLY && flags & MAP_SHARED)
		return map_readonly(fd, addr, len, prot, flags & ~SOUTH_MAP_READONLY, off);
	return result(syscall(SYS_mmap, addr, len, prot, flags & ~SOUTH_MAP_READONLY, fd, off));
}

s32 south_unmap(u64 addr, u64 len)
{
	return result(syscall(SYS_munmap, addr, len));
}

/* The handle of the object with this inode, or -1. */
static s32 handle_of(u64 ino)
{
	struct stat st;
	s32 found = -1;

	private_lock(&host_lock);
	for (u32 h = 0; h < ARRAY_SIZE(handles) && found < 0; h++)
		if (handles[h].kind == OBJECT && !fstat(handles[h].fd, &st) && st.st_ino == ino)
			found = (s32)h;
	private_unlock(&host_lock);
	return found;
}

s32 south_vma(s32 pid, u64 addr, struct south_vma *vma)
{
	FILE *f;
	char line[512];
	s32 err = -ENOENT;

	if (pid && !hosted_task_exists(pid))
		return -ESRCH;
	f = fopen("/proc/self/maps", "r");
	if (!f)
		return -errno;
	memset(vma, 0, sizeof(*vma));
	while (fgets(line, sizeof(line), f)) {
		char perm[8], name[256] = "";
		u64 start, end, off, ino;

		sscanf(line, "%llx-%llx %7s %llx %*s %llu %255s", &start, &end, perm, &off, &ino, name);
		if (end <= addr)
			continue;
		vma->start = start;
		vma->end = end;
		vma->off = off;
		vma->ino = ino;
		vma->prot = (perm[0] == 'r') | (perm[1] == 'w') << 1 | (perm[2] == 'x') << 2;
		vma->shared = perm[3] == 's';
		vma->handle = strncmp(name, "/memfd:object", 13) ? -1 : handle_of(ino);
		vma->what = ino ? SOUTH_VMA_FILE : !strcmp(name, "[heap]") ? SOUTH_VMA_HEAP :
			    !strcmp(name, "[stack]") ? SOUTH_VMA_STACK :
			    !strcmp(name, "[vdso]") ? SOUTH_VMA_VDSO :
			    !strcmp(name, "[vvar]") ? SOUTH_VMA_VVAR : SOUTH_VMA_ANON;
		err = 0;
		break;
	}
	fclose(f);
	return err;
}

s32 south_task_mem(s32 pid, u32 what, u64 off, void *dst, u32 len)
{
	static const char *const names[] = { "mem", "cmdline", "environ", "auxv" };
	char path[64];
	int fd;
	s64 n;

	what &= ~SOUTH_MEM_FORCE;
	if (what > SOUTH_MEM_WRITE || len > SOUTH_COPY_MAX)
		return -EINVAL;
	if (pid && !hosted_task_exists(pid))
		return -ESRCH;
	sprintf(path, "/proc/self/%s", names[what % SOUTH_MEM_WRITE]);
	fd = open(path, (what == SOUTH_MEM_WRITE ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = result(what == SOUTH_MEM_WRITE ? pwrite(fd, dst, len, off) : pread(fd, dst, len, off));
	close(fd);
	return n == -EIO ? 0 : n;
}

