// SPDX-License-Identifier: GPL-2.0
/* inotify: every event, natively and in the box, in the same order. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include "both.h"

#define FLAGS (O_RDWR | O_CLOEXEC)

static char buf[1 << 16] __attribute__((aligned(8)));
static const char *top;
static u32 last_cookie;

static void enter(void)
{
	static char native[] = "/tmp/north-inotify-XXXXXX";

	if (native_side) {
		strcpy(native, "/tmp/north-inotify-XXXXXX");
		if (!mkdtemp(native))
			abort();
		top = native;
	} else {
		top = "/dev/shm/inotify";
		call(SYS_mkdir, top, 0700);
	}
	last_cookie = 0;
	OK(!call(SYS_chdir, top));
}

static void leave(void)
{
	char cmd[128];

	if (native_side) {
		snprintf(cmd, sizeof(cmd), "rm -rf %s", top);
		if (chdir("/") || system(cmd))
			abort();
	} else {
		call(SYS_chdir, "/");
		OK(!call(SYS_rmdir, top));
	}
}

/* Cookies are noted by whether they are those of the event before. */
static void events(long long fd)
{
	long long n, left = 0;
	int queued;

	SEE(call(SYS_ioctl, fd, FIONREAD, &queued));
	SEE(queued);
	SEE(n = call(SYS_read, fd, buf, sizeof(buf)));
	for (char *at = buf; n > left; ) {
		struct inotify_event *e = (struct inotify_event *)at;

		SEE(e->wd);
		SEE(e->mask);
		SEE(e->len);
		BYTES(e->name, e->len);
		SEE(e->cookie ? 1 + (e->cookie == last_cookie) : 0);
		last_cookie = e->cookie;
		at += sizeof(*e) + e->len;
		left += (long long)sizeof(*e) + e->len;
	}
}

static long long add(long long fd, const char *path, u32 mask)
{
	long long wd = call(SYS_inotify_add_watch, fd, path, mask);

	SEE(wd);
	return wd;
}

static long long file(const char *path, int flags)
{
	long long fd = call(SYS_openat, AT_FDCWD, path, flags, 0644);

	NEW(fd);
	return fd;
}

static void shut(long long fd)
{
	call(SYS_close, fd);
}

/* Every way to change a name or what it names, with watches on the directory and the file. */
static void every_event(void)
{
	struct timespec times[2] = { { 5, 0 }, { 6, 0 } };
	struct iovec vec = { buf, 4 };
	long long in, f, d;
	loff_t off = 0;
	int p[2];

	enter();
	NEW(in = call(SYS_inotify_init1, IN_NONBLOCK | IN_CLOEXEC));
	add(in, ".", IN_ALL_EVENTS);
	shut(file("a", O_CREAT | FLAGS));
	events(in);
	add(in, "a", IN_ALL_EVENTS);
	f = file("a", FLAGS);
	events(in);
	SEE(call(SYS_write, f, "abcd", 4));
	SEE(call(SYS_pread64, f, buf, 4, 0));
	SEE(call(SYS_read, f, buf, 4));
	SEE(call(SYS_readv, f, &vec, 1));
	SEE(call(SYS_preadv, f, &vec, 0, 0));
	SEE(call(SYS_pwritev, f, &vec, 1, 2));
	events(in);
	SEE(call(SYS_ftruncate, f, 3));
	SEE(call(SYS_truncate, "a", 5));
	SEE(call(SYS_fallocate, f, 0, 0, 10));
	events(in);
	SEE(call(SYS_fchmod, f, 0600));
	SEE(call(SYS_chmod, "a", 0640));
	SEE(call(SYS_fchown, f, -1, -1));
	SEE(call(SYS_fchown, f, getuid(), -1));
	events(in);
	SEE(call(SYS_utimensat, AT_FDCWD, "a", times, 0));
	times[0].tv_nsec = UTIME_OMIT;
	SEE(call(SYS_utimensat, AT_FDCWD, "a", times, 0));
	times[0].tv_nsec = 0;
	times[1].tv_nsec = UTIME_OMIT;
	SEE(call(SYS_utimensat, AT_FDCWD, "a", times, 0));
	events(in);
	shut(f);
	events(in);
	f = file("a", O_RDONLY);
	shut(file("a", O_RDONLY));
	shut(file("a", O_PATH));
	shut(file("a", O_TRUNC | O_WRONLY));
	shut(f);
	events(in);
	SEE(call(SYS_mkdir, "d", 0700));
	SEE(call(SYS_symlink, "a", "l"));
	SEE(call(SYS_mknod, "p", S_IFIFO | 0600, 0));
	SEE(call(SYS_link, "a", "b"));
	events(in);
	add(in, "d", IN_ALL_EVENTS);
	d = file("d", O_RDONLY | O_DIRECTORY);
	SEE(call(SYS_getdents64, d, buf, sizeof(buf)) > 0);
	shut(d);
	SEE(call(SYS_rename, "b", "d/c"));
	events(in);
	SEE(call(SYS_rename, "d/c", "e"));
	SEE(call(SYS_rename, "e", "e"));
	events(in);
	SEE(call(SYS_unlink, "a"));
	events(in);
	SEE(call(SYS_rename, "l", "e"));
	events(in);
	SEE(call(SYS_renameat2, AT_FDCWD, "e", AT_FDCWD, "d", 2));
	events(in);
	SEE(call(SYS_renameat2, AT_FDCWD, "e", AT_FDCWD, "d", 2));
	SEE(call(SYS_rename, "d", "dd"));
	events(in);
	SEE(call(SYS_chmod, "dd", 0755));
	shut(file("dd/x", O_CREAT | FLAGS));
	SEE(call(SYS_unlink, "dd/x"));
	SEE(call(SYS_rmdir, "dd"));
	events(in);
	f = file("p", O_RDWR);
	add(in, "p", IN_ALL_EVENTS);
	SEE(call(SYS_write, f, "xy", 2));
	SEE(call(SYS_read, f, buf, 2));
	shut(f);
	events(in);
	SEE(call(SYS_unlink, "p"));
	SEE(call(SYS_unlink, "e"));
	events(in);
	f = file("s", O_CREAT | FLAGS);
	d = file("t", O_CREAT | FLAGS);
	SEE(call(SYS_write, f, "0123456789", 10));
	events(in);
	SEE(call(SYS_sendfile, d, f, &off, 4));
	events(in);
	off = 0;
	SEE(call(SYS_copy_file_range, f, &off, d, NULL, 4, 0));
	events(in);
	SEE(call(SYS_pipe2, p, 0));
	off = 0;
	SEE(call(SYS_splice, f, &off, p[1], NULL, 4, 0));
	SEE(call(SYS_splice, p[0], NULL, d, NULL, 4, 0));
	events(in);
	SEE(call(SYS_fsetxattr, f, "user.x", "1", 1, 0));
	SEE(call(SYS_fremovexattr, f, "user.x"));
	events(in);
	shut(p[0]);
	shut(p[1]);
	shut(f);
	shut(d);
	SEE(call(SYS_unlink, "s"));
	SEE(call(SYS_unlink, "t"));
	events(in);
	shut(in);
	leave();
}

TEST(every_event_in_its_order)
{
	BOTH(every_event());
}

/* A file that is still used, one with two names, and one that takes the place of another. */
static void what_goes_away(void)
{
	long long in, f, other;

	enter();
	NEW(in = call(SYS_inotify_init1, IN_NONBLOCK));
	f = file("a", O_CREAT | FLAGS);
	add(in, "a", IN_ALL_EVENTS);
	SEE(call(SYS_link, "a", "b"));
	SEE(call(SYS_unlink, "a"));
	events(in);
	SEE(call(SYS_chmod, "b", 0600));
	SEE(call(SYS_unlink, "b"));
	events(in);
	SEE(call(SYS_write, f, "x", 1));
	events(in);
	shut(f);
	events(in);
	shut(file("a", O_CREAT | FLAGS));
	shut(file("b", O_CREAT | FLAGS));
	add(in, "a", IN_ALL_EVENTS);
	add(in, "b", IN_ALL_EVENTS);
	SEE(call(SYS_rename, "a", "b"));
	events(in);
	f = file("b", FLAGS);
	other = add(in, ".", IN_ALL_EVENTS | IN_EXCL_UNLINK);
	SEE(call(SYS_unlink, "b"));
	events(in);
	SEE(call(SYS_write, f, "x", 1));
	SEE(call(SYS_fchmod, f, 0600));
	events(in);
	shut(f);
	events(in);
	add(in, ".", IN_ALL_EVENTS);
	f = file("c", O_CREAT | FLAGS);
	SEE(call(SYS_unlink, "c"));
	SEE(call(SYS_write, f, "x", 1));
	shut(f);
	events(in);
	SEE(call(SYS_inotify_rm_watch, in, other));
	SEE(call(SYS_inotify_rm_watch, in, other));
	events(in);
	SEE(call(SYS_mkdir, "d", 0700));
	SEE(call(SYS_mkdir, "d/e", 0700));
	add(in, "d", IN_DELETE_SELF | IN_MOVE_SELF);
	add(in, "d/e", IN_DELETE_SELF | IN_MOVE_SELF);
	SEE(call(SYS_rename, "d", "f"));
	SEE(call(SYS_rmdir, "f/e"));
	SEE(call(SYS_rmdir, "f"));
	events(in);
	shut(in);
	leave();
}

TEST(what_goes_away_takes_its_watches_along)
{
	BOTH(what_goes_away());
}

static void masks(void)
{
	long long in, f, wd;

	enter();
	NEW(in = call(SYS_inotify_init1, IN_NONBLOCK));
	f = file("a", O_CREAT | FLAGS);
	wd = add(in, "a", IN_MODIFY);
	SEE(call(SYS_write, f, "x", 1));
	SEE(call(SYS_write, f, "x", 1));
	SEE(call(SYS_read, f, buf, 1));
	events(in);
	SEE(add(in, "a", IN_ACCESS | IN_MASK_ADD) == wd);
	SEE(call(SYS_pread64, f, buf, 1, 0));
	SEE(call(SYS_write, f, "x", 1));
	SEE(call(SYS_pread64, f, buf, 1, 0));
	events(in);
	add(in, "a", IN_MASK_CREATE | IN_OPEN);
	add(in, "a", IN_ATTRIB);
	SEE(call(SYS_write, f, "x", 1));
	SEE(call(SYS_chmod, "a", 0600));
	events(in);
	add(in, "a", IN_ATTRIB | IN_ONESHOT);
	SEE(call(SYS_chmod, "a", 0640));
	SEE(call(SYS_chmod, "a", 0600));
	events(in);
	SEE(call(SYS_inotify_rm_watch, in, wd));
	add(in, "a", IN_ONLYDIR | IN_OPEN);
	add(in, ".", IN_ONLYDIR | IN_OPEN);
	SEE(call(SYS_symlink, "a", "l"));
	add(in, "l", IN_DONT_FOLLOW | IN_ALL_EVENTS);
	add(in, "l", IN_ALL_EVENTS);
	SEE(call(SYS_unlink, "l"));
	SEE(call(SYS_unlink, "a"));
	events(in);
	shut(f);
	events(in);
	shut(in);
	leave();
}

TEST(masks_add_replace_and_end)
{
	BOTH(masks());
}

static void errnos(void)
{
	long long in, other, f;
	char small[20];

	enter();
	SEE(call(SYS_inotify_init1, 1));
	NEW(in = call(SYS_inotify_init1, IN_NONBLOCK));
	NEW(other = call(SYS_inotify_init));
	SEE(call(SYS_fcntl, in, F_GETFL));
	SEE(call(SYS_lseek, in, 5, SEEK_SET));
	SEE(call(SYS_pread64, in, buf, 100, 0));
	SEE(call(SYS_write, in, buf, 100));
	SEE(call(SYS_read, in, buf, 0));
	SEE(call(SYS_read, in, buf, 10));
	SEE(call(SYS_inotify_add_watch, in, ".", 0));
	SEE(call(SYS_inotify_add_watch, in, ".", 0x10000));
	SEE(call(SYS_inotify_add_watch, -1, ".", IN_OPEN));
	SEE(call(SYS_inotify_add_watch, -1, ".", 0));
	SEE(call(SYS_inotify_add_watch, 0, ".", IN_OPEN));
	SEE(call(SYS_inotify_add_watch, in, ".", IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE));
	SEE(call(SYS_inotify_add_watch, in, "nothing", IN_OPEN));
	SEE(call(SYS_inotify_add_watch, in, "", IN_OPEN));
	SEE(call(SYS_inotify_add_watch, in, (void *)8, IN_OPEN));
	SEE(call(SYS_inotify_rm_watch, in, 77));
	SEE(call(SYS_inotify_rm_watch, in, -1));
	SEE(call(SYS_inotify_rm_watch, -1, 1));
	SEE(call(SYS_inotify_rm_watch, 0, 1));
	f = file("a-rather-long-name-for-a-file", O_CREAT | FLAGS);
	add(in, ".", IN_MODIFY);
	SEE(call(SYS_write, f, "x", 1));
	SEE(call(SYS_read, in, small, sizeof(small)));
	SEE(call(SYS_read, in, (void *)8, 1000));
	events(in);
	SEE(call(SYS_ioctl, in, 0x40044900, 0));
	SEE(call(SYS_ioctl, in, 0x40044900, 40));
	SEE(call(SYS_ioctl, in, 0x1234, 40));
	add(in, "a-rather-long-name-for-a-file", IN_MODIFY);
	SEE(call(SYS_unlink, "a-rather-long-name-for-a-file"));
	shut(f);
	events(in);
	shut(in);
	shut(other);
	leave();
}

TEST(errnos_of_inotify)
{
	BOTH(errnos());
}

static void ready(void)
{
	struct epoll_event want = { EPOLLIN, { 0 } }, got[2];
	struct pollfd p = { .events = POLLIN | POLLOUT };
	long long in, ep, f;

	enter();
	NEW(in = call(SYS_inotify_init1, IN_NONBLOCK));
	NEW(ep = call(SYS_epoll_create1, 0));
	SEE(call(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, in, &want));
	p.fd = (int)in;
	f = file("a", O_CREAT | FLAGS);
	add(in, "a", IN_MODIFY);
	SEE(call(SYS_poll, &p, 1, 0));
	SEE(call(SYS_epoll_wait, ep, got, 2, 0));
	SEE(call(SYS_write, f, "x", 1));
	SEE(call(SYS_poll, &p, 1, 0));
	SEE(p.revents);
	SEE(call(SYS_epoll_wait, ep, got, 2, 0));
	events(in);
	SEE(call(SYS_poll, &p, 1, 0));
	SEE(call(SYS_epoll_wait, ep, got, 2, 0));
	SEE(call(SYS_unlink, "a"));
	shut(f);
	shut(in);
	shut(ep);
	leave();
}

TEST(poll_and_epoll_say_when)
{
	BOTH(ready());
}

/* The queue's bound is one of the box's own. */
TEST(a_full_queue_says_so_once)
{
	struct inotify_event *e = (struct inotify_event *)buf;
	long long in = north(SYS_inotify_init1, IN_NONBLOCK), f, n, total = 0;
	int bound = (int)north(SYS_openat, AT_FDCWD, "/proc/sys/fs/inotify/max_queued_events", O_RDWR, 0);

	OK(in >= 0 && bound >= 0);
	EQ(north(SYS_write, bound, "9\n", 2), 2);
	native_side = 0;
	enter();
	f = north(SYS_openat, AT_FDCWD, "a", O_CREAT | O_RDWR, 0600);
	EQ(north(SYS_inotify_add_watch, in, "a", IN_MODIFY | IN_ACCESS), 1);
	for (int i = 0; i < 20; i++) {
		EQ(north(SYS_pwrite64, f, "x", 1, 0), 1);
		EQ(north(SYS_pread64, f, buf, 1, 0), 1);
	}
	n = north(SYS_read, in, buf, sizeof(buf));
	EQ(n, 10 * sizeof(*e));
	for (; total < 10; total++)
		EQ(e[total].mask, total == 9 ? IN_Q_OVERFLOW : total & 1 ? IN_ACCESS : IN_MODIFY);
	EQ(e[9].wd, -1);
	EQ(north(SYS_pwrite64, f, "x", 1, 0), 1);
	EQ(north(SYS_read, in, buf, sizeof(buf)), sizeof(*e));
	EQ(north(SYS_pwrite64, bound, "16384\n", 6, 0), 6);
	EQ(north(SYS_pwrite64, bound, "-1", 2, 0), -EINVAL);
	north(SYS_close, bound);
	north(SYS_close, f);
	north(SYS_close, in);
	north(SYS_unlink, "a");
	leave();
}

TEST(bounds_of_a_user)
{
	long long in = north(SYS_inotify_init1, 0), bound;

	OK(in >= 0);
	bound = north(SYS_openat, AT_FDCWD, "/proc/sys/fs/inotify/max_user_watches", O_RDWR, 0);
	OK(bound >= 0);
	EQ(north(SYS_write, bound, "1", 1), 1);
	EQ(north(SYS_inotify_add_watch, in, "/", IN_OPEN), 1);
	EQ(north(SYS_inotify_add_watch, in, "/", IN_CLOSE), 1);
	EQ(north(SYS_inotify_add_watch, in, "/dev", IN_OPEN), -ENOSPC);
	EQ(north(SYS_pwrite64, bound, "65536", 5, 0), 5);
	EQ(north(SYS_inotify_add_watch, in, "/dev", IN_OPEN), 2);
	north(SYS_close, bound);
	bound = north(SYS_openat, AT_FDCWD, "/proc/sys/fs/inotify/max_user_instances", O_RDWR, 0);
	EQ(north(SYS_write, bound, "1", 1), 1);
	EQ(north(SYS_inotify_init1, 0), -EMFILE);
	EQ(north(SYS_pwrite64, bound, "128", 3, 0), 3);
	EQ(north(SYS_pread64, bound, buf, 10, 0), 4);
	EQ(memcmp(buf, "128\n", 4), 0);
	north(SYS_close, bound);
	north(SYS_close, in);
}

TEST(an_unmounted_file_system_says_so)
{
	struct inotify_event *e = (struct inotify_event *)buf;
	long long in = north(SYS_inotify_init1, IN_NONBLOCK), f;

	EQ(north(SYS_mkdir, "/dev/shm/m", 0700), 0);
	EQ(north(SYS_mount, "none", "/dev/shm/m", "tmpfs", 0, 0), 0);
	f = north(SYS_openat, AT_FDCWD, "/dev/shm/m/a", O_CREAT | O_RDWR, 0600);
	EQ(north(SYS_inotify_add_watch, in, "/dev/shm/m/a", IN_OPEN), 1);
	EQ(north(SYS_inotify_add_watch, in, "/dev/shm/m", IN_OPEN), 2);
	EQ(north(SYS_umount2, "/dev/shm/m", 0), -EBUSY);
	EQ(north(SYS_umount2, "/dev/shm/m", MNT_DETACH), 0);
	EQ(north(SYS_read, in, buf, sizeof(buf)), -EAGAIN);
	north(SYS_close, f);
	EQ(north(SYS_read, in, buf, sizeof(buf)), 4 * sizeof(*e));
	for (int i = 0; i < 4; i++)
		EQ(e[i].mask & ~IN_ISDIR, i & 1 ? IN_IGNORED : IN_UNMOUNT);
	EQ(e[0].wd + e[2].wd, 3);
	EQ(north(SYS_rmdir, "/dev/shm/m"), 0);
	north(SYS_close, in);
}

TEST(fdinfo_lists_the_watches)
{
	long long in = north(SYS_inotify_init1, 0), f;
	char path[64];
	long long n;

	EQ(north(SYS_inotify_add_watch, in, "/dev/shm", IN_OPEN | IN_ONESHOT), 1);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%lld", in);
	f = north(SYS_openat, AT_FDCWD, path, O_RDONLY, 0);
	n = north(SYS_read, f, buf, sizeof(buf) - 1);
	OK(n > 0);
	buf[n] = 0;
	OK(strstr(buf, "inotify wd:1 ino:"));
	OK(strstr(buf, "mask:80002020"));
	north(SYS_close, f);
	north(SYS_close, in);
}

/* ---- threads: one makes and removes, the others read, watch and forget ---- */

struct shared {
	long long in;
	int done;
};

static void stir(void *arg)
{
	struct shared *s = arg;
	long long f;

	for (int i = 0; i < 300; i++) {
		f = north(SYS_openat, AT_FDCWD, "/dev/shm/stir/f", O_CREAT | O_RDWR, 0600);

		north(SYS_write, f, "x", 1);
		north(SYS_rename, "/dev/shm/stir/f", "/dev/shm/stir/g");
		north(SYS_unlink, "/dev/shm/stir/g");
		north(SYS_close, f);
	}
	__atomic_store_n(&s->done, 1, __ATOMIC_RELEASE);
	/* So that the reader wakes. */
	f = north(SYS_openat, AT_FDCWD, "/dev/shm/stir/end", O_CREAT | O_RDWR, 0600);
	north(SYS_close, f);
}

static void watch(void *arg)
{
	struct shared *s = arg;

	for (int i = 0; i < 300; i++) {
		long long wd = north(SYS_inotify_add_watch, s->in, "/dev/shm/stir/f", IN_ALL_EVENTS);

		north(SYS_inotify_add_watch, s->in, "/dev/shm/stir/g", IN_ALL_EVENTS | IN_ONESHOT);
		if (wd > 0)
			north(SYS_inotify_rm_watch, s->in, wd);
	}
}

TEST(watches_come_and_go_while_files_do)
{
	struct shared s = { .in = north(SYS_inotify_init1, 0) };
	struct second one, two;
	long long n = 0;

	native_side = 0;
	EQ(north(SYS_mkdir, "/dev/shm/stir", 0700), 0);
	EQ(north(SYS_inotify_add_watch, s.in, "/dev/shm/stir", IN_ALL_EVENTS), 1);
	second_start(&one, stir, &s);
	second_start(&two, watch, &s);
	while (!__atomic_load_n(&s.done, __ATOMIC_ACQUIRE))
		n += north(SYS_read, s.in, buf, sizeof(buf)) > 0;
	second_join(&one);
	second_join(&two);
	OK(n > 0);
	north(SYS_close, s.in);
	EQ(north(SYS_unlink, "/dev/shm/stir/end"), 0);
	EQ(north(SYS_rmdir, "/dev/shm/stir"), 0);
}
