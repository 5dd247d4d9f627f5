// SPDX-License-Identifier: GPL-2.0
/*
 * Layers: the box works on a lower directory that never changes, the host on a plain
 * copy of it by real system calls. Each call has to give the same on both sides, and
 * in the end both trees have to be the same.
 *
 * A call of the host's is made with the copy as root directory and, where the case
 * says so, as another user; before anything else goes on that is taken back.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include "fuzz.h"

#define FDS 6
#define USER 1000
#define FILE_SIZE_MAX 100000
#define AT_A    GUEST
#define AT_B    (GUEST + 0x1000)
#define AT_ARG  (GUEST + 0x2000)
#define AT_ONE  (GUEST + 0x10000)
#define AT_TWO  (GUEST + 0x40000)
#define BUF     0x20000

static char top[] = "/tmp/fuzz-layers-XXXXXX";
static char lower[64], plain[64];
static int real_root, home, plain_root, cwd;
static u32 user;
static struct { int host; s64 box; int dir; } fds[FDS];

/* ---- the host's side ---- */

static void must(int ok, const char *what)
{
	if (!ok)
		fuzz_fail("the host: %s: %s", what, strerror(errno));
}

static void put_file(int dir, const char *name, size_t size, mode_t mode)
{
	static char bytes[BUF];
	int fd = openat(dir, name, O_CREAT | O_WRONLY | O_EXCL, 0600);

	for (size_t i = 0; i < size; i++)
		bytes[i] = 'a' + i % 23;
	must(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && !fchmod(fd, mode), name);
	close(fd);
}

/* The tree that every case begins with, in an empty directory. */
static void make_tree(const char *at)
{
	static const struct { const char *name; mode_t mode; } made[] = {
		{ "w", 0755 }, { "w/a", 0755 }, { "w/a/b", 0755 }, { "w/a/b/c", 0755 }, { "w/d", 0755 },
		{ "w/e", 0755 }, { "w/p", 0700 }, { "w/q", 0777 },
	};
	int dir = open(at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	must(dir >= 0, at);
	for (u32 i = 0; i < ARRAY_SIZE(made); i++)
		must(!mkdirat(dir, made[i].name, 0700) && !fchmodat(dir, made[i].name, made[i].mode, 0),
		     made[i].name);
	put_file(dir, "w/a/one", 4, 0644);
	put_file(dir, "w/a/b/two", 5000, 0600);
	put_file(dir, "w/a/b/c/one", 1, 0755);
	put_file(dir, "w/big", 70000, 0640);
	put_file(dir, "w/p/two", 9, 0644);
	put_file(dir, "w/q/none", 0, 0666);
	must(!symlinkat("one", dir, "w/a/l") && !symlinkat("../a/b", dir, "w/e/l") &&
	     !symlinkat("/w/e/l/c", dir, "w/k") && !linkat(dir, "w/a/one", dir, "w/e/one", 0) &&
	     !fchownat(dir, "w/q", USER, USER, 0) && !fchownat(dir, "w/q/none", USER, USER, 0), "links");
	close(dir);
}

static void remove_tree(int dir, const char *name)
{
	int fd;
	DIR *d;

	if (!unlinkat(dir, name, 0))
		return;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fdopendir(fd);
	must(d != NULL, name);
	for (struct dirent *e; (e = readdir(d));)
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			remove_tree(dirfd(d), e->d_name);
	closedir(d);
	must(!unlinkat(dir, name, AT_REMOVEDIR), name);
}

static void cleanup(void)
{
	if (!chdir("/"))
		remove_tree(AT_FDCWD, top);
}

static s64 host(u32 nr, ...)
{
	long a[6];
	va_list ap;
	s64 r;

	va_start(ap, nr);
	for (u32 i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	must(!fchdir(plain_root) && !chroot(".") && !fchdir(cwd), "chroot");
	setfsgid(user);
	setfsuid(user);
	r = syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (r < 0)
		r = -errno;
	setfsuid(0);
	setfsgid(0);
	if (nr == SYS_chdir && !r) {
		close(cwd);
		cwd = open(".", O_PATH | O_CLOEXEC);
	}
	must(!fchdir(real_root) && !chroot(".") && !fchdir(home), "leaving the root");
	return r;
}

void target_init(void)
{
	real_root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	umask(0);
	must(mkdtemp(top) != NULL, "mkdtemp");
	/* Not reached by others' names, and on tmpfs in any case. */
	must(!chmod(top, 0755), top);
	snprintf(lower, sizeof(lower), "%s/lower", top);
	snprintf(plain, sizeof(plain), "%s/plain", top);
	must(!mkdir(lower, 0755), lower);
	make_tree(lower);
	atexit(cleanup);
}

/* ---- both sides ---- */

static void same(const char *what, s64 box, s64 want)
{
	fuzz_note("%s = %s", what, outcome(box));
	if (box != want)
		fuzz_fail("%s: %s in the box, %s on the host", what, outcome(box), outcome(want));
}

/* The same call, with the same pointers, on both sides. */
#define BOTH(what, nr, ...) ({								\
	s64 host_ = host_call(nr, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0);			\
											\
	same(what, sys(nr, ##__VA_ARGS__), host_);					\
	host_;										\
})
#define host_call(nr, a, b, c, d, e, f, ...) \
	host(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* On a descriptor of each side. */
#define BOTH_FD(what, i, nr, ...) ({							\
	s64 host_ = host_call(nr, fds[i].host, ##__VA_ARGS__, 0, 0, 0, 0, 0);		\
											\
	same(what, sys(nr, fds[i].box, ##__VA_ARGS__), host_);				\
	host_;										\
})

static char *path(struct input *in, u64 at)
{
	static const char *const names[] = {
		"a", "b", "c", "d", "e", "l", "k", "one", "two", "big", "new", "..", ".", "p", "q", "none",
	};
	char *p = guest(at);
	u32 b = take8(in), count = 1 + (b & 3);

	*p = 0;
	if (b & 0x40)
		strcpy(p, "/w/");
	for (u32 i = 0; i < count; i++) {
		strcat(p, names[pick(in, ARRAY_SIZE(names))]);
		if (i + 1 < count || b & 0x20)
			strcat(p, "/");
	}
	fuzz_note("  %s", p);
	return p;
}

static void same_stat(const char *what, const struct stat *box, const struct stat *want)
{
	int dir = S_ISDIR(want->st_mode);

	if (box->st_mode != want->st_mode || box->st_uid != want->st_uid || box->st_gid != want->st_gid ||
	    (!dir && (box->st_size != want->st_size || box->st_nlink != want->st_nlink)))
		fuzz_fail("%s: mode %o, owner %u:%u, size %ld, links %lu; on the host %o, %u:%u, %ld, %lu",
			  what, box->st_mode, box->st_uid, box->st_gid, (long)box->st_size,
			  (unsigned long)box->st_nlink, want->st_mode, want->st_uid, want->st_gid,
			  (long)want->st_size, (unsigned long)want->st_nlink);
}

static void same_bytes(const char *what, s64 n)
{
	if (n > 0 && memcmp(guest(AT_ONE), guest(AT_TWO), n))
		fuzz_fail("%s: other bytes than on the host", what);
}

/* ---- operations on names ---- */

static void op_stat(struct input *in)
{
	u32 flags = pick(in, 2) ? AT_SYMLINK_NOFOLLOW : 0;
	s64 want;

	path(in, AT_A);
	want = host_call(SYS_newfstatat, AT_FDCWD, AT_A, AT_ONE, flags, 0, 0);
	same("stat", sys(SYS_newfstatat, AT_FDCWD, AT_A, AT_TWO, flags), want);
	if (!want)
		same_stat("stat", guest(AT_TWO), guest(AT_ONE));
}

static void op_readlink(struct input *in)
{
	s64 want;

	path(in, AT_A);
	want = host_call(SYS_readlink, AT_A, AT_ONE, 4096, 0, 0, 0);
	same("readlink", sys(SYS_readlink, AT_A, AT_TWO, 4096), want);
	same_bytes("readlink", want);
}

static void op_name(struct input *in, u32 op)
{
	/* Sticky directories depend on the host's fs.protected_*. */
	u32 mode = take16(in) & 06777;

	path(in, AT_A);
	switch (op) {
	case 0:
		BOTH("mkdir", SYS_mkdir, AT_A, mode & 0777);
		break;
	case 1:
		BOTH("rmdir", SYS_rmdir, AT_A);
		break;
	case 2:
		BOTH("unlink", SYS_unlink, AT_A);
		break;
	case 3:
		BOTH("chmod", SYS_chmod, AT_A, mode);
		break;
	case 4:
		BOTH("chown", SYS_fchownat, AT_FDCWD, AT_A, mode & 1 ? USER : -1, mode & 2 ? USER : 0,
		     mode & 4 ? AT_SYMLINK_NOFOLLOW : 0);
		break;
	case 5:
		BOTH("mknod", SYS_mknod, AT_A, (mode & 1 ? S_IFREG : S_IFSOCK) | (mode & 0770), 0);
		break;
	case 6:
		BOTH("access", SYS_faccessat2, AT_FDCWD, AT_A, mode & 7, AT_EACCESS);
		break;
	case 7:
		BOTH("truncate", SYS_truncate, AT_A, mode * 11);
		break;
	case 8:
		BOTH("chdir", SYS_chdir, AT_A);
		break;
	}
}

static void op_names(struct input *in, u32 op)
{
	u32 flags = pick(in, 4);

	path(in, AT_A);
	path(in, AT_B);
	switch (op) {
	case 0:
		BOTH("rename", SYS_rename, AT_A, AT_B);
		break;
	case 1:
		BOTH("renameat2", SYS_renameat2, AT_FDCWD, AT_A, AT_FDCWD, AT_B, flags);
		break;
	case 2:
		/* For others it depends on fs.protected_hardlinks. */
		if (!user)
			BOTH("link", SYS_linkat, AT_FDCWD, AT_A, AT_FDCWD, AT_B,
			     flags & 1 ? AT_SYMLINK_FOLLOW : 0);
		break;
	case 3:
		BOTH("symlink", SYS_symlink, AT_A, AT_B);
		break;
	}
}

/* ---- operations on descriptors ---- */

static void close_both(u32 i)
{
	if (fds[i].host < 0)
		return;
	close(fds[i].host);
	MUST(!sys(SYS_close, fds[i].box));
	fds[i].host = -1;
}

static void op_open(struct input *in)
{
	static const u32 modes[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDWR };
	u32 i = pick(in, FDS), b = take8(in);
	u32 flags = modes[b & 3] | (b & 4 ? O_CREAT : 0) | (b & 8 ? O_EXCL : 0) | (b & 16 ? O_TRUNC : 0) |
		    (b & 32 ? O_APPEND : 0) | (b & 64 ? O_DIRECTORY : 0) | (b & 128 ? O_NOFOLLOW : 0);
	struct stat st;
	s64 want, box;

	if (flags & O_CREAT)
		flags &= ~O_DIRECTORY;
	else
		flags &= ~O_EXCL;
	path(in, AT_A);
	close_both(i);
	want = host_call(SYS_openat, AT_FDCWD, AT_A, flags | O_CLOEXEC, 0644, 0, 0);
	box = sys(SYS_openat, AT_FDCWD, AT_A, flags, 0644);
	fuzz_note("open flags %x", flags);
	same("open", box < 0 ? box : 0, want < 0 ? want : 0);
	if (want < 0)
		return;
	fds[i].host = want;
	fds[i].box = box;
	must(!fstat(want, &st), "fstat");
	fds[i].dir = S_ISDIR(st.st_mode);
}

static void op_data(struct input *in)
{
	u32 i = pick(in, FDS), op = pick(in, 10), len = take8(in) * 37, off = take16(in) * 2;
	s64 want;

	if (fds[i].host < 0)
		return;
	for (u32 k = 0; k < len; k++)
		((u8 *)guest(AT_ARG))[k] = 'A' + (k + off) % 31;
	switch (op) {
	case 0:
		if (lseek(fds[i].host, 0, SEEK_CUR) + len < FILE_SIZE_MAX)
			BOTH_FD("write", i, SYS_write, AT_ARG, len);
		break;
	case 1:
		BOTH_FD("pwrite", i, SYS_pwrite64, AT_ARG, len, off % 65536);
		break;
	case 2:
	case 3:
		want = op == 2 ? host_call(SYS_read, fds[i].host, AT_ONE, len, 0, 0, 0) :
				 host_call(SYS_pread64, fds[i].host, AT_ONE, len, off, 0, 0);
		same("read", op == 2 ? sys(SYS_read, fds[i].box, AT_TWO, len) :
				       sys(SYS_pread64, fds[i].box, AT_TWO, len, off), want);
		same_bytes("read", want);
		break;
	case 4:
		if (!fds[i].dir)
			BOTH_FD("lseek", i, SYS_lseek, len & 1 ? (long)off : -(long)len, len % 3);
		break;
	case 5:
		BOTH_FD("ftruncate", i, SYS_ftruncate, off);
		break;
	case 6:
		want = host_call(SYS_fstat, fds[i].host, AT_ONE, 0, 0, 0, 0);
		same("fstat", sys(SYS_fstat, fds[i].box, AT_TWO), want);
		same_stat("fstat", guest(AT_TWO), guest(AT_ONE));
		break;
	case 7:
		BOTH_FD("fchmod", i, SYS_fchmod, off & 0777);
		break;
	case 8:
		BOTH_FD("fchown", i, SYS_fchown, off & 1 ? USER : 0, -1);
		break;
	case 9:
		close_both(i);
		break;
	}
}

static void op_user(void)
{
	user = user ? 0 : USER;
	sys(SYS_setfsgid, user);
	sys(SYS_setfsuid, user);
	fuzz_note("user %u", user);
}

static void step(struct input *in)
{
	u32 op = pick(in, 24);

	switch (op) {
	case 0 ... 8:
		op_name(in, op);
		break;
	case 9 ... 12:
		op_names(in, op - 9);
		break;
	case 13 ... 14:
		op_stat(in);
		break;
	case 15:
		op_readlink(in);
		break;
	case 16 ... 18:
		op_open(in);
		break;
	case 19 ... 22:
		op_data(in);
		break;
	case 23:
		op_user();
		break;
	}
}

/* ---- the trees in the end ---- */

#define LINES 512
struct tree {
	char *lines[LINES];
	u32 count;
};

/* One of both sides' calls, with the same arguments. */
static s64 side(int box, u32 nr, s64 a, u64 b, u64 c, u64 d)
{
	s64 r;

	if (box)
		return sys(nr, a, b, c, d);
	r = syscall(nr, a, b, c, d);
	return r < 0 ? -errno : r;
}

static u32 checksum(int box, s64 fd)
{
	const u8 *bytes = guest(AT_ONE);
	u32 sum = 1;
	s64 n;

	while ((n = side(box, SYS_read, fd, AT_ONE, BUF, 0)) > 0)
		for (s64 i = 0; i < n; i++)
			sum = sum * 31 + bytes[i];
	MUST(!n);
	return sum;
}

static void list(struct tree *t, int box, s64 dir, const char *prefix);

static void list_one(struct tree *t, int box, s64 dir, const char *prefix, const char *name)
{
	const struct stat *st = guest(AT_TWO);
	char at[512], extra[300] = "", *line;
	struct stat kept;
	s64 fd, n;

	snprintf(at, sizeof(at), "%s/%s", prefix, name);
	strcpy(guest(AT_A), name);
	MUST(!side(box, SYS_newfstatat, dir, AT_A, AT_TWO, AT_SYMLINK_NOFOLLOW));
	kept = *st;
	if (S_ISLNK(kept.st_mode)) {
		n = side(box, SYS_readlinkat, dir, AT_A, AT_ONE, 256);
		snprintf(extra, sizeof(extra), "%.*s", (int)n, (char *)guest(AT_ONE));
	} else if (S_ISREG(kept.st_mode)) {
		fd = side(box, SYS_openat, dir, AT_A, O_RDONLY, 0);
		MUST(fd >= 0);
		snprintf(extra, sizeof(extra), "%x", checksum(box, fd));
		side(box, SYS_close, fd, 0, 0, 0);
	}
	MUST(t->count < LINES);
	MUST(asprintf(&line, "%s mode %o owner %u:%u size %ld links %lu %s", at, kept.st_mode,
		      kept.st_uid, kept.st_gid, S_ISDIR(kept.st_mode) ? 0l : (long)kept.st_size,
		      S_ISDIR(kept.st_mode) ? 0ul : (unsigned long)kept.st_nlink, extra) > 0);
	t->lines[t->count++] = line;
	if (S_ISDIR(kept.st_mode)) {
		strcpy(guest(AT_A), name);
		fd = side(box, SYS_openat, dir, AT_A, O_RDONLY | O_DIRECTORY, 0);
		MUST(fd >= 0);
		list(t, box, fd, at);
		side(box, SYS_close, fd, 0, 0, 0);
	}
}

static void list(struct tree *t, int box, s64 dir, const char *prefix)
{
	char names[64][64];
	u32 count = 0;
	s64 n;

	while ((n = side(box, SYS_getdents64, dir, AT_ONE, 1024, 0)) > 0) {
		for (s64 at = 0; at < n;) {
			const struct dirent64 *d = guest(AT_ONE + at);

			at += d->d_reclen;
			if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
				continue;
			MUST(count < ARRAY_SIZE(names));
			snprintf(names[count++], sizeof(names[0]), "%s", d->d_name);
		}
	}
	MUST(!n);
	for (u32 i = 0; i < count; i++)
		list_one(t, box, dir, prefix, names[i]);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_all(struct tree *t, int box, s64 dir)
{
	t->count = 0;
	list(t, box, dir, "");
	qsort(t->lines, t->count, sizeof(*t->lines), by_name);
}

static void compare(void)
{
	static struct tree b, h;
	int host_dir = openat(plain_root, "w", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s64 box_dir;

	strcpy(guest(AT_A), "/w");
	box_dir = sys(SYS_open, AT_A, O_RDONLY | O_DIRECTORY);
	same("open /w", box_dir < 0 ? box_dir : 0, host_dir < 0 ? -errno : 0);
	if (host_dir < 0)
		return;
	list_all(&b, 1, box_dir);
	list_all(&h, 0, host_dir);
	close(host_dir);
	for (u32 i = 0; i < b.count || i < h.count; i++) {
		const char *box = i < b.count ? b.lines[i] : "nothing";
		const char *want = i < h.count ? h.lines[i] : "nothing";

		if (strcmp(box, want))
			fuzz_fail("the trees differ:\n  box:  %s\n  host: %s", box, want);
	}
	while (b.count)
		free(b.lines[--b.count]);
	while (h.count)
		free(h.lines[--h.count]);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, data + size };

	must(!mkdir(plain, 0755), plain);
	make_tree(plain);
	plain_root = open(plain, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cwd = openat(plain_root, "w", O_PATH | O_CLOEXEC);
	user = 0;
	for (u32 i = 0; i < FDS; i++)
		fds[i].host = -1;

	box_config("root %d trusted", hosted_place(lower, 0));
	box_begin();
	sys(SYS_umask, 0);
	strcpy(guest(AT_A), "/w");
	MUST(!sys(SYS_chdir, AT_A));
	while (more(&in))
		step(&in);
	if (user)
		op_user();
	for (u32 i = 0; i < FDS; i++)
		close_both(i);
	compare();
	box_end();
	close(cwd);
	close(plain_root);
	remove_tree(AT_FDCWD, plain);
	return 0;
}
