// SPDX-License-Identifier: GPL-2.0
/*
 * The room fs. First what can be compared: random operations in the box and
 * natively, with the same results and the same tree in the end. Then what only a
 * box has: layers, binds, limits.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <utime.h>

static void fs_config(void);
#define TEST_CONFIG fs_config
#include "test.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* On the host: what is beneath the box, and where the native half of a comparison works. */
static char top[64], lower[96], shared[96], fixed[96], native[96];

static void host(const char *fmt, ...)
{
	char cmd[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	if (system(cmd)) {
		fprintf(stderr, "%s: failed\n", cmd);
		exit(1);
	}
}

static void cleanup(void)
{
	host("rm -rf %s %s", top, native);
}

/* A small tree in the current directory of the shell. */
#define TREE \
	"mkdir -p a/b/c a/d e f/g; echo one > a/one; echo two > a/b/two; echo three > a/b/c/three;" \
	"ln -s one a/link; ln -s ../a/b e/tob; ln -s nowhere e/dangling; ln a/one e/hard;" \
	"head -c 20000 /dev/zero | tr '\\0' x > f/big; chmod 640 f/big; mkfifo f/fifo; : > f/g/empty;" \
	"touch -d @1000000000 a/one a/b/two f/big"

static void fs_config(void)
{
	strcpy(top, "/tmp/north-fs-XXXXXX");
	strcpy(native, access("/dev/shm", W_OK) ? "/tmp/north-fs-native-XXXXXX" :
						    "/dev/shm/north-fs-native-XXXXXX");
	if (!mkdtemp(top) || !mkdtemp(native))
		exit(1);
	atexit(cleanup);
	sprintf(lower, "%s/lower", top);
	sprintf(shared, "%s/shared", top);
	sprintf(fixed, "%s/fixed", top);
	umask(022);
	host("mkdir %s %s %s; chmod 755 %s %s", lower, shared, fixed, top, native);
	host("cd %s; mkdir -m 1777 tmp; mkdir bin etc usr opt many rnd; ln -s usr/lib lib; mkdir usr/lib;"
	     "echo hello > etc/hello; echo secret > etc/shadow; chmod 600 etc/shadow;"
	     "for i in $(seq 300); do : > many/file$i; done; cd rnd; %s", lower, TREE);
	host("mkdir %s/t; cp -a %s/rnd %s/t/1; cp -a %s/rnd %s/t/2; cp -a %s/rnd %s/t/3", lower, lower,
	     lower, lower, lower, lower, lower);
	host("cd %s; echo fixed > file; mkdir dir; ln -s file link", fixed);
	hosted_config("root %d trusted", hosted_place(lower, 0));
	hosted_config("bind %d rw /mnt/shared", hosted_place(shared, 1));
	hosted_config("bind %d ro /mnt/fixed dir", hosted_place(fixed, 0));
	hosted_config("tmpfs /mnt/tmpfs");
	hosted_config("hostname boxed");
}

/* ---- small words ---- */

#define OPEN(path, flags) north(SYS_openat, AT_FDCWD, path, flags, 0644)
#define CLOSE(fd) EQ(north(SYS_close, fd), 0)

static int open_ok(const char *path, int flags)
{
	int fd = OPEN(path, flags);

	if (fd < 0)
		FAIL("open %s: %s", path, strerror(-fd));
	return fd;
}

static void put(const char *path, const char *text)
{
	int fd = open_ok(path, O_WRONLY | O_CREAT | O_TRUNC);

	EQ(north(SYS_write, fd, text, strlen(text)), strlen(text));
	CLOSE(fd);
}

static const char *get(const char *path)
{
	static char buf[4096];
	int fd = open_ok(path, O_RDONLY);
	long long n = north(SYS_read, fd, buf, sizeof(buf) - 1);

	OK(n >= 0);
	buf[n] = 0;
	CLOSE(fd);
	return buf;
}

static struct stat st_of(const char *path)
{
	struct stat st;

	EQ(north(SYS_lstat, path, &st), 0);
	return st;
}

static int exists(const char *path)
{
	struct stat st;

	return !north(SYS_lstat, path, &st);
}

/* The names in a directory, sorted, with spaces between. */
static const char *names(const char *path)
{
	static char out[65536];
	char buf[1024], *list[4096];
	int fd = open_ok(path, O_RDONLY | O_DIRECTORY), n = 0;
	long long r;

	while ((r = north(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		for (long long at = 0; at < r;) {
			struct dirent64 *d = (void *)(buf + at);

			if (strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
				list[n++] = strdup(d->d_name);
			at += d->d_reclen;
		}
	}
	EQ(r, 0);
	CLOSE(fd);
	out[0] = 0;
	for (int i = 0; i < n; i++)
		for (int j = i + 1; j < n; j++)
			if (strcmp(list[i], list[j]) > 0) {
				char *t = list[i];

				list[i] = list[j];
				list[j] = t;
			}
	for (int i = 0; i < n; i++) {
		strcat(out, i ? " " : "");
		strcat(out, list[i]);
		free(list[i]);
	}
	return out;
}

static const char *cwd(void)
{
	static char buf[8192];
	long long n = north(SYS_getcwd, buf, sizeof(buf));

	return n < 0 ? strerror(-n) : buf;
}

/* ---- random operations, in the box and natively ---- */

static unsigned long long seed;

static unsigned rnd(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 13) % n;
}

static const char *const words[] = { "a", "b", "c", "d", "e", "f", "g", "one", "two", "three", "link",
				     "tob", "hard", "big", "dangling", "fifo", "empty", "new" };

static void random_path(char *p)
{
	int depth = 1 + rnd(4);

	*p = 0;
	while (depth--) {
		strcat(p, rnd(16) ? words[rnd(ARRAY_SIZE(words))] : rnd(2) ? ".." : ".");
		if (depth || !rnd(20))
			strcat(p, rnd(30) ? "/" : "//");
	}
	/* Not out of the directory. */
	if (strstr(p, ".."))
		strcpy(p, rnd(2) ? "a/.." : "a/b/../one");
	if (!rnd(200))
		*p = 0;
}

struct pair {
	int box, host, dir;
};

#define FDS 12
static struct pair fds[FDS];
static char trail[65536];
static int trail_len;

static void note(const char *fmt, ...)
{
	va_list ap;

	if (trail_len > 60000) {
		memmove(trail, trail + 40000, trail_len - 40000);
		trail_len -= 40000;
	}
	va_start(ap, fmt);
	trail_len += vsnprintf(trail + trail_len, 4096, fmt, ap);
	va_end(ap);
}

static void differ(const char *what, long long box, long long is)
{
	int from = trail_len > 6000 ? trail_len - 6000 : 0;

	printf("# what led to it:\n");
	for (char *l = strtok(trail + from, "\n"); l; l = strtok(NULL, "\n"))
		printf("#  %s\n", l);
	FAIL("%s: %lld in the box, %lld natively", what, box, is);
}

/* One call both ways, its first argument apart. The numbers must be the same. */
static long long both(const char *what, long nr, long box_fd, long host_fd, const long *a)
{
	long long is = syscall(nr, host_fd, a[0], a[1], a[2], a[3], a[4]), box;

	if (is == -1)
		is = -errno;
	box = north(nr, box_fd, a[0], a[1], a[2], a[3], a[4]);
	note("  = %lld\n", is);
	if (box != is)
		differ(what, box, is);
	return is;
}

#define BOTH(nr, a, ...) ({							\
	long a_ = (long)(a);							\
	both(#nr, nr, a_, a_, (long[5]){ __VA_ARGS__ });			\
})
#define BOTH_FD(p, nr, ...) both(#nr, nr, (p)->box, (p)->host, (long[5]){ __VA_ARGS__ })
#define P(x) ((long)(x))

static int same_nlink, host_owned;

static void same_stat(const char *what, const struct stat *b, const struct stat *h)
{
	if (b->st_mode != h->st_mode)
		differ("mode", b->st_mode, h->st_mode);
	if (b->st_uid != h->st_uid || b->st_gid != h->st_gid)
		differ("uid", b->st_uid, h->st_uid);
	if (!S_ISDIR(h->st_mode) && b->st_size != h->st_size)
		differ("size", b->st_size, h->st_size);
	if ((!S_ISDIR(h->st_mode) || same_nlink) && b->st_nlink != h->st_nlink)
		differ("nlink", b->st_nlink, h->st_nlink);
}

static void op_open(void)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR };
	static const int extra[] = { O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NOFOLLOW, O_DIRECTORY, O_PATH };
	int flags = modes[rnd(3)] | O_NONBLOCK, slot = rnd(FDS);
	struct pair *p = &fds[slot];
	char path[256];
	struct stat st;

	if (p->box >= 0) {
		north(SYS_close, p->box);
		close(p->host);
		p->box = -1;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(extra); i++)
		if (!rnd(i ? 5 : 2))
			flags |= extra[i];
	random_path(path);
	note("open %s %o slot %d\n", path, flags, slot);
	/* Pipes are another room's. */
	if (!stat(path, &st) && S_ISFIFO(st.st_mode))
		return;
	p->host = open(path, flags, 0666);
	if (p->host < 0)
		p->host = -errno;
	p->box = north(SYS_open, path, flags, 0666);
	if ((p->box < 0 || p->host < 0) && p->box != p->host)
		differ("open", p->box, p->host);
	note("  = %d\n", p->host);
	if (p->box < 0) {
		p->box = -1;
		return;
	}
	fstat(p->host, &st);
	p->dir = S_ISDIR(st.st_mode);
	if (north(SYS_fcntl, p->box, F_GETFL) != fcntl(p->host, F_GETFL))
		differ("F_GETFL", north(SYS_fcntl, p->box, F_GETFL), fcntl(p->host, F_GETFL));
}

static void op_fd(void)
{
	static char out[30000], one[70000], two[70000];
	struct pair *p = &fds[rnd(FDS)];
	struct stat b, h;
	unsigned n = rnd(2) ? rnd(100) : rnd(30000), off = rnd(40000);
	long long r;

	if (p->box < 0)
		return;
	memset(out, 'A' + rnd(26), sizeof(out));
	switch (rnd(10)) {
	case 0:
	case 1:
		note("write slot %d %u\n", (int)(p - fds), n);
		BOTH_FD(p, SYS_write, P(out), n);
		break;
	case 2:
		note("pwrite slot %d %u at %u\n", (int)(p - fds), n, off);
		BOTH_FD(p, SYS_pwrite64, P(out), n, off);
		break;
	case 3:
	case 4:
		note("read slot %d %u\n", (int)(p - fds), n);
		r = syscall(SYS_read, p->host, one, n);
		if (r < 0)
			r = -errno;
		if (north(SYS_read, p->box, two, n) != r)
			FAIL("read: natively %lld (%s)", r, trail + (trail_len > 2000 ? trail_len - 2000 : 0));
		if (r > 0 && memcmp(one, two, r))
			differ("bytes read", 0, 0);
		break;
	case 5:
		note("pread slot %d %u at %u\n", (int)(p - fds), n, off);
		r = syscall(SYS_pread64, p->host, one, n, off);
		if (r < 0)
			r = -errno;
		if (north(SYS_pread64, p->box, two, n, off) != r)
			differ("pread", north(SYS_pread64, p->box, two, n, off), r);
		if (r > 0 && memcmp(one, two, r))
			differ("bytes read", 0, 0);
		break;
	case 6:
		if (p->dir)
			break;
		note("lseek slot %d %u\n", (int)(p - fds), off);
		BOTH_FD(p, SYS_lseek, rnd(4) ? (long)off : -(long)(off % 100), rnd(3));
		break;
	case 7:
		note("ftruncate slot %d %u\n", (int)(p - fds), off);
		BOTH_FD(p, SYS_ftruncate, (long)off);
		break;
	case 8:
		note("fstat slot %d\n", (int)(p - fds));
		if (fstat(p->host, &h) || north(SYS_fstat, p->box, &b))
			differ("fstat", 0, 0);
		same_stat("fstat", &b, &h);
		break;
	case 9:
		note("fchmod slot %d\n", (int)(p - fds));
		BOTH_FD(p, SYS_fchmod, 0600 + rnd(64));
		break;
	}
}

static void op_names(void)
{
	char a[256], b[256], x[4096], y[4096];
	struct stat sa, sb;
	long long r;
	int n;

	random_path(a);
	random_path(b);
	switch (rnd(22)) {
	case 0:
	case 1:
		note("mkdir %s\n", a);
		BOTH(SYS_mkdir, a, 0755);
		break;
	case 2:
		note("rmdir %s\n", a);
		BOTH(SYS_rmdir, a);
		break;
	case 3:
		note("unlink %s\n", a);
		BOTH(SYS_unlink, a);
		break;
	case 4:
	case 5:
	case 6:
		note("rename %s %s\n", a, b);
		BOTH(SYS_rename, a, P(b));
		break;
	case 7:
		n = rnd(4);
		note("renameat2 %s %s %d\n", a, b, n);
		BOTH(SYS_renameat2, AT_FDCWD, P(a), AT_FDCWD, P(b), n);
		break;
	case 8:
	case 9:
		note("link %s %s\n", a, b);
		BOTH(SYS_linkat, AT_FDCWD, P(a), AT_FDCWD, P(b), rnd(2) ? AT_SYMLINK_FOLLOW : 0);
		break;
	case 10:
	case 11:
		note("symlink %s %s\n", a, b);
		BOTH(SYS_symlink, a, P(b));
		break;
	case 12:
		note("readlink %s\n", a);
		r = BOTH(SYS_readlink, a, P(x), sizeof(x));
		if (r > 0) {
			north(SYS_readlink, a, x, sizeof(x));
			if (readlink(a, y, sizeof(y)) != r || memcmp(x, y, r))
				differ("target", 0, 0);
		}
		break;
	case 13:
	case 14:
		n = rnd(2) ? AT_SYMLINK_NOFOLLOW : 0;
		note("stat %s %d\n", a, n);
		r = fstatat(AT_FDCWD, a, &sa, n) ? -errno : 0;
		if (north(SYS_newfstatat, AT_FDCWD, a, &sb, n) != r)
			differ("stat", north(SYS_newfstatat, AT_FDCWD, a, &sb, n), r);
		if (!r)
			same_stat(a, &sb, &sa);
		break;
	case 15:
		note("chmod %s\n", a);
		/* Sticky directories depend on the host's fs.protected_*. */
		BOTH(SYS_chmod, a, rnd(010000) & ~01000);
		break;
	case 16:
		n = rnd(50000);
		note("truncate %s %d\n", a, n);
		BOTH(SYS_truncate, a, (long)n);
		break;
	case 17:
		note("access %s\n", a);
		BOTH(SYS_faccessat2, AT_FDCWD, P(a), rnd(8), rnd(2) ? AT_SYMLINK_NOFOLLOW : 0);
		break;
	case 18:
		if (host_owned)
			break;
		note("chown %s\n", a);
		BOTH(SYS_fchownat, AT_FDCWD, P(a), geteuid() ? -1 : (int)rnd(3), -1, AT_SYMLINK_NOFOLLOW);
		break;
	case 19: {
		struct timespec t[2] = { { rnd(100000), 5 }, { rnd(100000), rnd(3) ? 7 : UTIME_OMIT } };

		note("utimensat %s\n", a);
		r = BOTH(SYS_utimensat, AT_FDCWD, P(a), P(t), 0);
		if (!r && !stat(a, &sa) && !north(SYS_stat, a, &sb) && sa.st_atime != sb.st_atime)
			differ("atime", sb.st_atime, sa.st_atime);
		break;
	}
	case 20:
		note("unlinkat %s\n", a);
		BOTH(SYS_unlinkat, AT_FDCWD, P(a), rnd(2) ? AT_REMOVEDIR : 0);
		break;
	case 21:
		note("mknod %s\n", a);
		BOTH(SYS_mknod, a, (rnd(2) ? S_IFREG : S_IFSOCK) | 0600, 0);
		break;
	}
}

static int in_box;
static char *lines[65536];
static int nlines;

/* One line for each file beneath @path into lines[]. */
static void walk_tree(const char *path, int depth)
{
	char buf[4096], sub[6000], extra[4096] = "", line[8192];
	struct stat st;
	long long n;
	int fd;

	n = in_box ? north(SYS_lstat, path, &st) : lstat(path, &st);
	if (n)
		FAIL("lstat %s: %lld", path, n);
	if (S_ISLNK(st.st_mode)) {
		n = in_box ? north(SYS_readlink, path, extra, 4095) : readlink(path, extra, 4095);
		extra[n] = 0;
	} else if (S_ISREG(st.st_mode)) {
		unsigned long sum = 0;

		fd = in_box ? (int)north(SYS_open, path, O_RDONLY, 0) : open(path, O_RDONLY);
		if (fd < 0)
			FAIL("open %s: %d", path, fd);
		while ((n = in_box ? north(SYS_read, fd, buf, sizeof(buf)) : read(fd, buf, sizeof(buf))) > 0)
			for (long long i = 0; i < n; i++)
				sum = sum * 31 + buf[i];
		sprintf(extra, "%lx", sum);
		if (in_box)
			north(SYS_close, fd);
		else
			close(fd);
	}
	snprintf(line, sizeof(line), "%s %o %u %ld %lu %s", path, st.st_mode, st.st_uid,
		 S_ISDIR(st.st_mode) ? 0l : (long)st.st_size,
		 S_ISDIR(st.st_mode) && !same_nlink ? 0ul : (unsigned long)st.st_nlink, extra);
	lines[nlines++] = strdup(line);
	if (!S_ISDIR(st.st_mode) || depth > 60)
		return;
	fd = in_box ? (int)north(SYS_open, path, O_RDONLY | O_DIRECTORY, 0) : open(path, O_RDONLY | O_DIRECTORY);
	while ((n = in_box ? north(SYS_getdents64, fd, buf, sizeof(buf)) :
			     syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		for (long long at = 0; at < n;) {
			struct dirent64 *d = (void *)(buf + at);

			at += d->d_reclen;
			if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
				continue;
			snprintf(sub, sizeof(sub), "%s/%s", path, d->d_name);
			walk_tree(sub, depth + 1);
		}
	}
	if (in_box)
		north(SYS_close, fd);
	else
		close(fd);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **tree(int box, int *count)
{
	char **copy;

	in_box = box;
	nlines = 0;
	walk_tree(".", 0);
	qsort(lines, nlines, sizeof(*lines), compare);
	copy = malloc((nlines + 1) * sizeof(*copy));
	memcpy(copy, lines, nlines * sizeof(*copy));
	*count = nlines;
	return copy;
}

static void same_tree(void)
{
	int nb, nh;
	char **b = tree(1, &nb), **h = tree(0, &nh);

	for (int i = 0; i < nb || i < nh; i++) {
		if (i < nb && i < nh && !strcmp(b[i], h[i]))
			continue;
		FAIL("the trees differ: box: %s; natively: %s", i < nb ? b[i] : "-", i < nh ? h[i] : "-");
	}
	for (int i = 0; i < nb; i++) {
		free(b[i]);
		free(h[i]);
	}
	free(b);
	free(h);
}

/* In directory @box of the box, which has the tree already, and in a native copy of it. */
static void random_ops(const char *box, unsigned long long from, int count)
{
	static int runs;
	char dir[160];
	struct stat st;

	if (geteuid())
		SKIP("natively it isn't root");
	sprintf(dir, "%s/%d", native, ++runs);
	host("mkdir %s; cd %s; %s", dir, dir, TREE);
	OK(!chdir(dir));
	OK(!stat("a", &st));
	same_nlink = st.st_nlink == 4 && !host_owned;
	EQ(north(SYS_chdir, box), 0);
	umask(022);
	north(SYS_umask, 022);
	if (getenv("NORTH_FS_SEED"))
		from += 1000 * atoi(getenv("NORTH_FS_SEED"));
	seed = from * 0x9e3779b97f4a7c15ull + 88172645463325252ull;
	trail_len = 0;
	for (int i = 0; i < FDS; i++)
		fds[i].box = -1;
	same_tree();
	while (count--) {
		switch (rnd(4)) {
		case 0:
			op_open();
			break;
		case 1:
			op_fd();
			break;
		default:
			op_names();
		}
		if (!(count % 500))
			same_tree();
	}
	for (int i = 0; i < FDS; i++) {
		if (fds[i].box < 0)
			continue;
		CLOSE(fds[i].box);
		close(fds[i].host);
	}
	same_tree();
	EQ(north(SYS_chdir, "/"), 0);
	OK(!chdir("/"));
	host("rm -rf %s", dir);
}

/* More of them: NORTH_FS_COUNT and NORTH_FS_SEED in the environment. */
static int count_ops(void)
{
	const char *s = getenv("NORTH_FS_COUNT");

	return s ? atoi(s) : 4000;
}

TEST(random_layer)
{
	random_ops("/t/1", 1, count_ops());
	random_ops("/t/2", 2, count_ops());
	random_ops("/t/3", 3, count_ops());
}

/* The tree, made through the box's own calls. */
static void make_tree(void)
{
	static const char *const dirs[] = { "a", "a/b", "a/b/c", "a/d", "e", "f", "f/g" };
	static char big[20000];

	north(SYS_umask, 022);
	for (unsigned i = 0; i < ARRAY_SIZE(dirs); i++)
		EQ(north(SYS_mkdir, dirs[i], 0755), 0);
	put("a/one", "one\n");
	put("a/b/two", "two\n");
	put("a/b/c/three", "three\n");
	EQ(north(SYS_symlink, "one", "a/link"), 0);
	EQ(north(SYS_symlink, "../a/b", "e/tob"), 0);
	EQ(north(SYS_symlink, "nowhere", "e/dangling"), 0);
	EQ(north(SYS_link, "a/one", "e/hard"), 0);
	memset(big, 'x', sizeof(big));
	int fd = open_ok("f/big", O_WRONLY | O_CREAT);
	EQ(north(SYS_write, fd, big, sizeof(big)), sizeof(big));
	CLOSE(fd);
	EQ(north(SYS_chmod, "f/big", 0640), 0);
	EQ(north(SYS_mknod, "f/fifo", S_IFIFO | 0644, 0), 0);
	put("f/g/empty", "");
}

static void random_made(const char *base, int seeds)
{
	for (int i = 0; i < seeds; i++) {
		char dir[96];

		sprintf(dir, "%s/%d", base, i);
		EQ(north(SYS_mkdir, dir, 0755), 0);
		EQ(north(SYS_chdir, dir), 0);
		make_tree();
		random_ops(dir, 100 + i, count_ops());
	}
}

TEST(random_tmpfs)
{
	random_made("/mnt/tmpfs", 3);
}

TEST(random_upper)
{
	random_made("/opt", 2);
}

TEST(random_bind)
{
	host_owned = 1;
	random_made("/mnt/shared", 2);
	host_owned = 0;
}

/* ---- walks ---- */

TEST(boot_mounts_what_the_configuration_says)
{
	struct statfs fs;

	STREQ(get("/etc/hello"), "hello\n");
	STREQ(get("/mnt/fixed dir/file"), "fixed\n");
	EQ(north(SYS_statfs, "/mnt/tmpfs", &fs), 0);
	EQ(fs.f_type, 0x01021994);
	EQ(north(SYS_statfs, "/etc/hello", &fs), 0);
	EQ(fs.f_type, 0x794c7630);
	OK(fs.f_blocks > fs.f_bfree);	/* its lower part takes something up */
	EQ(st_of("/sys").st_mode, S_IFDIR | 0555);
	EQ(north(SYS_mkdir, "/sys/x", 0755), -EROFS);
	EQ(st_of("/dev/shm").st_mode, S_IFDIR | 01777);
}

TEST(links_are_followed_forty_times)
{
	char name[32], target[32];

	EQ(north(SYS_mkdir, "/mnt/tmpfs/l", 0755), 0);
	EQ(north(SYS_chdir, "/mnt/tmpfs/l"), 0);
	put("0", "end");
	for (int i = 1; i <= 41; i++) {
		sprintf(name, "%d", i);
		sprintf(target, "%d", i - 1);
		EQ(north(SYS_symlink, target, name), 0);
	}
	STREQ(get("40"), "end");
	EQ(OPEN("41", O_RDONLY), -ELOOP);
	EQ(north(SYS_symlink, "loop", "loop"), 0);
	EQ(OPEN("loop", O_RDONLY), -ELOOP);
	EQ(OPEN("loop/x", O_RDONLY), -ELOOP);
	EQ(OPEN("40", O_RDONLY | O_NOFOLLOW), -ELOOP);
	EQ(OPEN("40", O_CREAT | O_EXCL | O_WRONLY), -EEXIST);
	EQ(north(SYS_symlink, "made", "dangling"), 0);
	put("dangling", "through");
	STREQ(get("made"), "through");
	EQ(north(SYS_symlink, "/etc/../etc/./hello", "abs"), 0);
	STREQ(get("abs"), "hello\n");
	EQ(north(SYS_symlink, "", "empty"), -ENOENT);
	EQ(north(SYS_chdir, "/"), 0);
}

TEST(long_names_and_paths)
{
	static char path[8192], name[300];

	memset(name, 'n', 256);
	EQ(OPEN(name, O_RDONLY), -ENAMETOOLONG);
	EQ(OPEN(name, O_RDWR | O_CREAT), -ENAMETOOLONG);
	name[255] = 0;
	EQ(OPEN(name, O_RDONLY), -ENOENT);
	sprintf(path, "/mnt/tmpfs/%s", name);
	put(path, "long");
	STREQ(get(path), "long");
	EQ(north(SYS_unlink, path), 0);
	memset(path, '/', 4095);
	path[4095] = 0;
	EQ(north(SYS_access, path, 0), 0);
	path[4095] = '/';
	path[4096] = 0;
	EQ(north(SYS_access, path, 0), -ENAMETOOLONG);
	EQ(north(SYS_access, 1, 0), -EFAULT);
	EQ(north(SYS_access, "", 0), -ENOENT);
	EQ(north(SYS_access, "/etc/hello/", 0), -ENOTDIR);
	EQ(north(SYS_access, "/etc/hello/x", 0), -ENOTDIR);
	EQ(north(SYS_access, "/etc/nothing/", 0), -ENOENT);
	EQ(north(SYS_access, "/../../etc//hello", 0), 0);
}

TEST(cwd_survives_depth_rename_and_removal)
{
	char deep[8192];
	int n;

	EQ(north(SYS_mkdir, "/mnt/tmpfs/deep", 0755), 0);
	EQ(north(SYS_chdir, "/mnt/tmpfs/deep"), 0);
	/* Deeper than a path can say. */
	for (n = 0; n < 600; n++) {
		EQ(north(SYS_mkdir, "directory", 0755), 0);
		EQ(north(SYS_chdir, "directory"), 0);
	}
	EQ(north(SYS_getcwd, deep, sizeof(deep)), -ENAMETOOLONG);
	for (n = 0; n < 600; n++) {
		EQ(north(SYS_chdir, ".."), 0);
		EQ(north(SYS_rmdir, "directory"), 0);
	}
	STREQ(cwd(), "/mnt/tmpfs/deep");
	EQ(north(SYS_getcwd, deep, 5), -ERANGE);
	EQ(north(SYS_mkdir, "x", 0755), 0);
	EQ(north(SYS_chdir, "x"), 0);
	EQ(north(SYS_rename, "/mnt/tmpfs/deep", "/mnt/tmpfs/d2"), 0);
	STREQ(cwd(), "/mnt/tmpfs/d2/x");
	EQ(north(SYS_rmdir, "/mnt/tmpfs/d2/x"), 0);
	STREQ(cwd(), strerror(ENOENT));
	EQ(OPEN("y", O_RDWR | O_CREAT), -ENOENT);
	EQ(north(SYS_mkdir, "y", 0755), -ENOENT);
	EQ(north(SYS_access, ".", 0), 0);
	EQ(north(SYS_chdir, ".."), 0);
	STREQ(cwd(), "/mnt/tmpfs/d2");
	EQ(north(SYS_chdir, "/"), 0);
}

TEST(dirfd_and_empty_path)
{
	struct stat a, b;
	char buf[16];
	int d = open_ok("/etc", O_RDONLY | O_DIRECTORY), f, p;

	f = north(SYS_openat, d, "hello", O_RDONLY, 0);
	OK(f >= 0);
	EQ(north(SYS_openat, f, "x", O_RDONLY, 0), -ENOTDIR);
	EQ(north(SYS_openat, 999, "x", O_RDONLY, 0), -EBADF);
	EQ(north(SYS_openat, 999, "/etc/hello", O_PATH, 0) < 0, 0);
	EQ(north(SYS_newfstatat, f, "", &a, AT_EMPTY_PATH), 0);
	EQ(north(SYS_newfstatat, f, "", &a, 0), -ENOENT);
	EQ(north(SYS_stat, "/etc/hello", &b), 0);
	EQ(a.st_ino, b.st_ino);
	EQ(north(SYS_fchdir, f), -ENOTDIR);
	EQ(north(SYS_fchdir, d), 0);
	STREQ(cwd(), "/etc");
	EQ(north(SYS_chdir, "/"), 0);
	p = open_ok("/etc/hello", O_PATH);
	EQ(north(SYS_read, p, buf, 1), -EBADF);
	EQ(north(SYS_fchmod, p, 0600), -EBADF);
	EQ(north(SYS_fstat, p, &a), 0);
	EQ(north(SYS_fchownat, p, "", -1, -1, AT_EMPTY_PATH), 0);
	EQ(north(SYS_newfstatat, AT_FDCWD, "", &a, AT_EMPTY_PATH), 0);
	EQ(a.st_ino, st_of("/").st_ino);
	CLOSE(p);
	p = north(SYS_openat, AT_FDCWD, "/lib", O_PATH | O_NOFOLLOW, 0);
	EQ(north(SYS_readlinkat, p, "", buf, sizeof(buf)), 7);
	EQ(north(SYS_readlinkat, d, "", buf, sizeof(buf)), -ENOENT);
	EQ(north(SYS_readlinkat, AT_FDCWD, "/etc", buf, sizeof(buf)), -EINVAL);
	EQ(north(SYS_readlinkat, AT_FDCWD, "/lib", buf, 0), -EINVAL);
	EQ(north(SYS_readlinkat, AT_FDCWD, "/lib", buf, 3), 3);
	CLOSE(p);
	CLOSE(f);
	CLOSE(d);
}

static long long how(const char *path, int dirfd, unsigned long long flags, unsigned long long resolve)
{
	struct open_how h = { .flags = flags, .resolve = resolve };
	long long fd = north(SYS_openat2, dirfd, path, &h, sizeof(h));

	if (fd >= 0)
		north(SYS_close, fd);
	return fd < 0 ? fd : 0;
}

TEST(openat2_resolves_within_bounds)
{
	struct { struct open_how h; long more; } big = { .h = { .flags = O_RDONLY } };
	int d;

	EQ(north(SYS_mkdir, "/mnt/tmpfs/r", 0755), 0);
	EQ(north(SYS_mkdir, "/mnt/tmpfs/r/in", 0755), 0);
	put("/mnt/tmpfs/r/in/f", "f");
	EQ(north(SYS_symlink, "../../..", "/mnt/tmpfs/r/in/up"), 0);
	EQ(north(SYS_symlink, "/etc", "/mnt/tmpfs/r/in/abs"), 0);
	EQ(north(SYS_symlink, "in/f", "/mnt/tmpfs/r/link"), 0);
	d = open_ok("/mnt/tmpfs/r", O_PATH);
	EQ(how("in/f", d, O_RDONLY, RESOLVE_BENEATH), 0);
	EQ(how("in/../link", d, O_RDONLY, RESOLVE_BENEATH), 0);
	EQ(how("..", d, O_RDONLY, RESOLVE_BENEATH), -EXDEV);
	EQ(how("in/../..", d, O_RDONLY, RESOLVE_BENEATH), -EXDEV);
	EQ(how("in/up", d, O_RDONLY, RESOLVE_BENEATH), -EXDEV);
	EQ(how("in/abs", d, O_RDONLY, RESOLVE_BENEATH), -EXDEV);
	EQ(how("/etc", d, O_RDONLY, RESOLVE_BENEATH), -EXDEV);
	EQ(how("/in/f", d, O_RDONLY, RESOLVE_IN_ROOT), 0);
	EQ(how("../../in/f", d, O_RDONLY, RESOLVE_IN_ROOT), 0);
	EQ(how("in/abs", d, O_RDONLY, RESOLVE_IN_ROOT), -ENOENT);
	EQ(how("in/up/in", d, O_RDONLY, RESOLVE_IN_ROOT), 0);
	EQ(how("link", d, O_RDONLY, RESOLVE_NO_SYMLINKS), -ELOOP);
	EQ(how("in/f", d, O_RDONLY, RESOLVE_NO_SYMLINKS), 0);
	EQ(how("../..", d, O_RDONLY, RESOLVE_NO_XDEV), -EXDEV);
	EQ(how("/mnt/tmpfs", d, O_RDONLY, RESOLVE_NO_XDEV), -EXDEV);
	EQ(how("in", d, O_RDONLY, RESOLVE_NO_XDEV), 0);
	EQ(how("in", d, O_RDONLY, RESOLVE_BENEATH | RESOLVE_IN_ROOT), -EINVAL);
	EQ(how("in", d, O_RDONLY, 1 << 10), -EINVAL);
	EQ(how("in", d, 1ull << 40, 0), -EINVAL);
	EQ(how("in", d, O_CREAT | O_DIRECTORY, 0), -EINVAL);
	EQ(north(SYS_openat2, d, "in", &big, 8), -EINVAL);
	EQ(north(SYS_openat2, d, "in", &big, 8192), -E2BIG);
	OK(north(SYS_openat2, d, "in", &big, sizeof(big)) >= 0);
	big.more = 1;
	EQ(north(SYS_openat2, d, "in", &big, sizeof(big)), -E2BIG);
	CLOSE(d);
}

/* ---- opening ---- */

TEST(open_flags)
{
	char buf[16];
	int f;

	EQ(north(SYS_chdir, "/mnt/tmpfs"), 0);
	put("o", "0123456789");
	EQ(OPEN("o", O_DIRECTORY), -ENOTDIR);
	EQ(OPEN("o/", O_RDONLY), -ENOTDIR);
	EQ(OPEN("new/", O_RDWR | O_CREAT), -EISDIR);
	EQ(OPEN(".", O_RDWR), -EISDIR);
	EQ(OPEN(".", O_RDONLY | O_CREAT), -EISDIR);
	EQ(OPEN("o", O_RDWR | O_CREAT | O_EXCL), -EEXIST);
	EQ(OPEN("o", O_CREAT | O_DIRECTORY), -EINVAL);
	EQ(OPEN("nothing", O_RDONLY), -ENOENT);
	f = open_ok("o", O_RDWR | O_APPEND);
	EQ(north(SYS_write, f, "ab", 2), 2);
	EQ(north(SYS_pwrite64, f, "cd", 2, 0), 2);
	EQ(north(SYS_lseek, f, 0, SEEK_SET), 0);
	EQ(north(SYS_write, f, "", 0), 0);
	EQ(north(SYS_read, f, buf, 16), 14);
	OK(!memcmp(buf, "0123456789abcd", 14));
	CLOSE(f);
	f = open_ok("o", O_RDONLY | O_TRUNC);
	EQ(st_of("o").st_size, 0);
	EQ(north(SYS_write, f, "x", 1), -EBADF);
	CLOSE(f);
	f = open_ok("o", O_WRONLY);
	EQ(north(SYS_read, f, buf, 1), -EBADF);
	EQ(north(SYS_fcntl, f, F_GETFL), O_WRONLY | 0100000);
	CLOSE(f);
	/* A file created without write permission may be written by who made it. */
	f = north(SYS_open, "readonly", O_CREAT | O_WRONLY, 0444);
	EQ(north(SYS_write, f, "x", 1), 1);
	CLOSE(f);
	EQ(st_of("readonly").st_mode, S_IFREG | 0444);
	EQ(north(SYS_creat, "c", 0666), f);
	CLOSE(f);
	EQ(st_of("c").st_mode, S_IFREG | 0644);
	EQ(north(SYS_mknod, "sock", S_IFSOCK | 0666, 0), 0);
	EQ(OPEN("sock", O_RDONLY), -ENXIO);
	EQ(north(SYS_mknod, "blk", S_IFBLK | 0666, 0x100), 0);
	EQ(OPEN("blk", O_RDONLY), -ENXIO);
	EQ(st_of("blk").st_rdev, 0x100);
	EQ(north(SYS_mknod, "m", S_IFDIR | 0666, 0), -EPERM);
	EQ(north(SYS_mknod, "m", S_IFLNK | 0666, 0), -EINVAL);
	EQ(north(SYS_mknod, "m", 0600, 0), 0);
	EQ(st_of("m").st_mode, S_IFREG | 0600);
	EQ(north(SYS_chdir, "/"), 0);
}

TEST(tmpfile_gets_a_name_by_linkat)
{
	struct stat st;
	char path[64];
	int f = north(SYS_open, "/mnt/tmpfs", O_TMPFILE | O_RDWR, 0600);

	OK(f >= 0);
	EQ(north(SYS_write, f, "tmp", 3), 3);
	EQ(north(SYS_fstat, f, &st), 0);
	EQ(st.st_nlink, 0);
	EQ(north(SYS_linkat, f, "", AT_FDCWD, "/mnt/tmpfs/named", AT_EMPTY_PATH), 0);
	STREQ(get("/mnt/tmpfs/named"), "tmp");
	EQ(north(SYS_linkat, f, "", AT_FDCWD, "/mnt/tmpfs/named2", AT_EMPTY_PATH), 0);
	EQ(st_of("/mnt/tmpfs/named").st_nlink, 2);
	CLOSE(f);
	f = north(SYS_open, "/etc", O_TMPFILE | O_WRONLY | O_EXCL, 0600);
	EQ(north(SYS_linkat, f, "", AT_FDCWD, "/etc/named", AT_EMPTY_PATH), -ENOENT);
	CLOSE(f);
	EQ(north(SYS_open, "/mnt/tmpfs", O_TMPFILE | O_RDONLY, 0600), -EINVAL);
	EQ(north(SYS_open, "/mnt/tmpfs/named", O_TMPFILE | O_RDWR, 0600), -ENOTDIR);
	EQ(north(SYS_open, "/mnt/shared", O_TMPFILE | O_RDWR, 0600), -EOPNOTSUPP);
	/* A file that has lost its last name doesn't get another one. */
	f = open_ok("/mnt/tmpfs/named", O_RDWR);
	EQ(north(SYS_unlink, "/mnt/tmpfs/named"), 0);
	EQ(north(SYS_unlink, "/mnt/tmpfs/named2"), 0);
	EQ(north(SYS_linkat, f, "", AT_FDCWD, "/mnt/tmpfs/again", AT_EMPTY_PATH), -ENOENT);
	EQ(north(SYS_read, f, path, 3), 3);
	CLOSE(f);
}

TEST(permissions_are_the_owners)
{
	struct stat st;
	int f;

	EQ(north(SYS_chdir, "/mnt/tmpfs"), 0);
	EQ(north(SYS_mkdir, "own", 0755), 0);
	put("own/secret", "s");
	EQ(north(SYS_chmod, "own/secret", 0640), 0);
	EQ(north(SYS_chown, "own/secret", 0, 50), 0);
	put("own/mine", "m");
	EQ(north(SYS_chown, "own/mine", 1000, 1000), 0);
	EQ(north(SYS_mkdir, "own/locked", 0700), 0);
	put("own/locked/in", "");
	EQ(north(SYS_mkdir, "own/tmp", 0777), 0);
	EQ(north(SYS_chmod, "own/tmp", 01777), 0);
	put("own/tmp/theirs", "");
	EQ(north(SYS_setfsgid, 1000), 0);
	EQ(north(SYS_setfsuid, 1000), 0);
	EQ(OPEN("own/secret", O_RDONLY), -EACCES);
	EQ(OPEN("own/new", O_RDWR | O_CREAT), -EACCES);
	EQ(OPEN("own/mine", O_RDONLY) < 0, 0);
	EQ(north(SYS_access, "own/locked/in", 0), 0);
	EQ(north(SYS_faccessat2, AT_FDCWD, "own/locked/in", 0, AT_EACCESS), -EACCES);
	EQ(north(SYS_chmod, "own/secret", 0666), -EPERM);
	EQ(north(SYS_chmod, "own/mine", 04777), 0);
	EQ(north(SYS_chown, "own/mine", 0, -1), -EPERM);
	EQ(north(SYS_chown, "own/mine", -1, 50), -EPERM);
	EQ(north(SYS_unlink, "own/mine"), -EACCES);
	EQ(north(SYS_unlink, "own/tmp/theirs"), -EPERM);
	EQ(north(SYS_rename, "own/tmp/theirs", "own/tmp/x"), -EPERM);
	EQ(north(SYS_link, "own/secret", "own/tmp/stolen"), -EPERM);
	put("own/tmp/ours", "o");
	EQ(st_of("own/tmp/ours").st_uid, 1000);
	EQ(north(SYS_utimensat, AT_FDCWD, "own/secret", NULL, 0), -EACCES);
	EQ(north(SYS_truncate, "own/secret", 0), -EACCES);
	EQ(north(SYS_mknod, "own/tmp/dev", S_IFCHR | 0666, 0x103), -EPERM);
	EQ(north(SYS_chdir, "own/locked"), -EACCES);
	/* Writing takes the set-id bits. */
	f = open_ok("own/mine", O_WRONLY);
	EQ(north(SYS_write, f, "x", 1), 1);
	CLOSE(f);
	EQ(st_of("own/mine").st_mode, S_IFREG | 0777);
	EQ(north(SYS_setfsuid, 0), 1000);
	EQ(north(SYS_setfsgid, 0), 1000);
	/* A setgid directory hands its group down. */
	EQ(north(SYS_chown, "own/tmp", 0, 77), 0);
	EQ(north(SYS_chmod, "own/tmp", 02777), 0);
	EQ(north(SYS_mkdir, "own/tmp/sub", 0755), 0);
	EQ(north(SYS_stat, "own/tmp/sub", &st), 0);
	EQ(st.st_gid, 77);
	EQ(st.st_mode, S_IFDIR | S_ISGID | 0755);
	EQ(north(SYS_chmod, "own/mine", 06755), 0);
	EQ(north(SYS_chown, "own/mine", 5, 5), 0);
	EQ(st_of("own/mine").st_mode, S_IFREG | 0755);
	EQ(north(SYS_chdir, "/"), 0);
}

/* ---- contents ---- */

TEST(holes_sizes_and_limits)
{
	char buf[8] = "xxxxxxx";
	int f = open_ok("/mnt/tmpfs/holes", O_RDWR | O_CREAT);
	struct stat st;

	EQ(north(SYS_ftruncate, f, 1 << 20), 0);
	EQ(north(SYS_read, f, buf, 4), 4);
	EQ(buf[0], 0);
	EQ(north(SYS_pwrite64, f, "data", 4, 500000), 4);
	EQ(north(SYS_lseek, f, 0, SEEK_DATA), 500000 / 4096 * 4096);
	EQ(north(SYS_lseek, f, 500000, SEEK_HOLE), 500000 / 4096 * 4096 + 4096);
	EQ(north(SYS_lseek, f, 1 << 20, SEEK_DATA), -ENXIO);
	EQ(north(SYS_fstat, f, &st), 0);
	EQ(st.st_blocks, 8);
	EQ(north(SYS_fallocate, f, 3, 500000 / 4096 * 4096, 4096), 0);
	EQ(north(SYS_lseek, f, 0, SEEK_DATA), -ENXIO);
	EQ(north(SYS_fallocate, f, 0, 1 << 20, 4096), 0);
	EQ(north(SYS_fstat, f, &st), 0);
	EQ(st.st_size, (1 << 20) + 4096);
	EQ(north(SYS_fallocate, f, 1, 1 << 21, 4096), 0);
	EQ(st_of("/mnt/tmpfs/holes").st_size, (1 << 20) + 4096);
	EQ(north(SYS_fallocate, f, 2, 0, 10), -EOPNOTSUPP);
	EQ(north(SYS_fallocate, f, 0, -1, 10), -EINVAL);
	EQ(north(SYS_fallocate, f, 0, 0, 0), -EINVAL);
	EQ(north(SYS_fallocate, f, 0, 0x7fffffffffffffff, 10), -EFBIG);
	EQ(north(SYS_ftruncate, f, -1), -EINVAL);
	EQ(north(SYS_lseek, f, -1, SEEK_SET), -EINVAL);
	EQ(north(SYS_pwrite64, f, "x", 1, -1), -EINVAL);
	CLOSE(f);
	EQ(north(SYS_truncate, "/etc", 0), -EISDIR);
}

TEST(file_size_limit_signals)
{
	struct { unsigned long long cur, max; } old, limit;
	int f = open_ok("/mnt/tmpfs/limited", O_RDWR | O_CREAT);
	u32 before = hosted_last_signal.count;

	EQ(north(SYS_prlimit64, 0, 1, NULL, &old), 0);
	limit = old;
	limit.cur = 100;
	if (north(SYS_prlimit64, 0, 1, &limit, NULL))
		SKIP("the limits aren't North's here");
	EQ(north(SYS_prlimit64, 0, 1, NULL, &limit), 0);
	if (limit.cur != 100)
		SKIP("the limits aren't North's here");
	EQ(north(SYS_pwrite64, f, "0123456789", 10, 95), 5);
	EQ(hosted_last_signal.count, before);
	EQ(north(SYS_pwrite64, f, "0123456789", 10, 100), -EFBIG);
	EQ(hosted_last_signal.count, before + 1);
	EQ(hosted_last_signal.sig, 25);
	EQ(north(SYS_ftruncate, f, 101), -EFBIG);
	EQ(north(SYS_ftruncate, f, 100), 0);
	EQ(north(SYS_prlimit64, 0, 1, &old, NULL), 0);
	CLOSE(f);
}

TEST(mappings_see_and_make_contents)
{
	int f = open_ok("/mnt/tmpfs/mapped", O_RDWR | O_CREAT), r;
	char *p, *q, buf[8];

	EQ(north(SYS_ftruncate, f, 8192), 0);
	p = (char *)north(SYS_mmap, 0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
	OK((long)p > 0);
	strcpy(p + 4096, "mapped");
	EQ(north(SYS_pread64, f, buf, 7, 4096), 7);
	STREQ(buf, "mapped");
	/* One that is open for reading only: not even later writable for others. */
	r = open_ok("/mnt/tmpfs/mapped", O_RDONLY);
	EQ(north(SYS_mmap, 0, 4096, PROT_WRITE, MAP_SHARED, r, 0), -EACCES);
	q = (char *)north(SYS_mmap, 0, 4096, PROT_READ, MAP_SHARED, r, 4096);
	OK((long)q > 0);
	STREQ(q, "mapped");
	strcpy(p + 4096, "again");
	STREQ(q, "again");
	if (!mprotect(q, 4096, PROT_READ | PROT_WRITE)) {
		strcpy(q, "bad");
		STREQ(p + 4096, "again");
	}
	EQ(north(SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE, 999, 0), -EBADF);
	EQ(north(SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE, r, 1), -EINVAL);
	EQ(north(SYS_mmap, 0, 0, PROT_READ, MAP_PRIVATE, r, 0), -EINVAL);
	EQ(north(SYS_mmap, 0, 4096, PROT_READ, 0, r, 0), -EINVAL);
	EQ(north(SYS_mmap, 0, -4095, PROT_READ, MAP_PRIVATE, r, 0), -ENOMEM);
	EQ(north(SYS_mmap, 0, 4096, PROT_READ, MAP_SHARED_VALIDATE | 0x80000, r, 0), -EOPNOTSUPP);
	CLOSE(r);
	r = open_ok("/etc", O_RDONLY);
	EQ(north(SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE, r, 0), -ENODEV);
	CLOSE(r);
	r = open_ok("/mnt/tmpfs/mapped", O_WRONLY);
	EQ(north(SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE, r, 0), -EACCES);
	CLOSE(r);
	r = open_ok("/etc/hello", O_RDONLY);
	q = (char *)north(SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE, r, 0);
	OK(!memcmp(q, "hello\n", 6));
	CLOSE(r);
	CLOSE(f);
}

/* ---- directories ---- */

TEST(many_entries_are_listed_once)
{
	char path[512], buf[300];
	int f, seen = 0;
	long long r;
	off_t at[400];

	EQ(north(SYS_mkdir, "/mnt/tmpfs/many", 0755), 0);
	for (int i = 0; i < 300; i++) {
		sprintf(path, "/mnt/tmpfs/many/file%d", i);
		put(path, "");
	}
	f = open_ok("/mnt/tmpfs/many", O_RDONLY);
	EQ(north(SYS_getdents64, f, buf, 10), -EINVAL);
	while ((r = north(SYS_getdents64, f, buf, sizeof(buf))) > 0)
		for (long long i = 0; i < r;) {
			struct dirent64 *d = (void *)(buf + i);

			at[seen++] = d->d_off;
			i += d->d_reclen;
			/* Removed as it goes: nothing else is left out. */
			if (d->d_name[0] == 'f') {
				sprintf(path, "/mnt/tmpfs/many/%s", d->d_name);
				EQ(north(SYS_unlink, path), 0);
			}
		}
	EQ(seen, 302);
	CLOSE(f);
	EQ(north(SYS_rmdir, "/mnt/tmpfs/many"), 0);
	/* In a layer, with positions that can be gone back to. */
	f = open_ok("/many", O_RDONLY);
	seen = 0;
	while ((r = north(SYS_getdents64, f, buf, sizeof(buf))) > 0)
		for (long long i = 0; i < r;) {
			struct dirent64 *d = (void *)(buf + i);

			at[seen++] = d->d_off;
			i += d->d_reclen;
			/* Copied up as it goes: each is still listed once. */
			if (d->d_name[0] == 'f') {
				sprintf(path, "/many/%s", d->d_name);
				EQ(north(SYS_chmod, path, 0600), 0);
			}
		}
	EQ(seen, 302);
	EQ(north(SYS_lseek, f, at[99], SEEK_SET), at[99]);
	seen = 0;
	while ((r = north(SYS_getdents64, f, buf, sizeof(buf))) > 0)
		for (long long i = 0; i < r; i += ((struct dirent64 *)(buf + i))->d_reclen)
			seen++;
	EQ(seen, 202);
	CLOSE(f);
}

TEST(getdents_old_layout)
{
	struct old {
		unsigned long ino, off;
		unsigned short len;
		char name[];
	} *d;
	char buf[4096] __attribute__((aligned(8)));
	int f = open_ok("/mnt/fixed dir", O_RDONLY), found = 0;
	long long r = north(SYS_getdents, f, buf, sizeof(buf));

	OK(r > 0);
	for (long long i = 0; i < r; i += d->len) {
		d = (void *)(buf + i);
		if (!strcmp(d->name, "file") && buf[i + d->len - 1] == DT_REG)
			found++;
		if (!strcmp(d->name, "dir") && buf[i + d->len - 1] == DT_DIR)
			found++;
	}
	EQ(found, 2);
	CLOSE(f);
	f = open_ok("/etc/hello", O_RDONLY);
	EQ(north(SYS_getdents64, f, buf, sizeof(buf)), -ENOTDIR);
	EQ(north(SYS_read, open_ok("/etc", O_RDONLY), buf, 1), -EISDIR);
	CLOSE(f);
}

/* ---- layers ---- */

TEST(layer_copies_up_on_write)
{
	struct stat a = st_of("/rnd/f/big"), b;
	int r = open_ok("/rnd/f/big", O_RDONLY), w;
	char c;

	w = open_ok("/rnd/f/big", O_RDWR);
	EQ(north(SYS_pwrite64, w, "Y", 1, 10000), 1);
	/* Who had it open sees the change, and it is the same file. */
	EQ(north(SYS_pread64, r, &c, 1, 10000), 1);
	EQ(c, 'Y');
	EQ(north(SYS_pread64, r, &c, 1, 9999), 1);
	EQ(c, 'x');
	b = st_of("/rnd/f/big");
	EQ(a.st_ino, b.st_ino);
	EQ(a.st_size, b.st_size);
	EQ(a.st_mode, b.st_mode);
	EQ(b.st_size, 20000);
	CLOSE(w);
	CLOSE(r);
	host("cd %s/rnd/f; test $(tr -d x < big | wc -c) = 0", lower);
}

TEST(layer_metadata_stays_though_unused)
{
	struct stat a = st_of("/usr"), b;
	struct timespec t[2] = { { 5, 6 }, { 7, 8 } };

	EQ(north(SYS_chmod, "/etc/hello", 0600), 0);
	EQ(north(SYS_chown, "/etc/hello", 12, 13), 0);
	EQ(north(SYS_utimensat, AT_FDCWD, "/usr", t, 0), 0);
	/* More names than the cache keeps. */
	for (int i = 0; i < 6000; i++) {
		char path[64];

		sprintf(path, "/etc/nothing%d", i);
		EQ(north(SYS_access, path, 0), -ENOENT);
	}
	b = st_of("/etc/hello");
	EQ(b.st_mode, S_IFREG | 0600);
	EQ(b.st_uid, 12);
	EQ(b.st_gid, 13);
	STREQ(get("/etc/hello"), "hello\n");
	b = st_of("/usr");
	EQ(b.st_ino, a.st_ino);
	EQ(b.st_mtim.tv_sec, 7);
	EQ(b.st_mtim.tv_nsec, 8);
	EQ(st_of("/usr/lib").st_mode, S_IFDIR | 0755);
}

TEST(layer_whiteouts_and_opaque_directories)
{
	EQ(north(SYS_mkdir, "/rnd/w", 0755), 0);
	EQ(north(SYS_rename, "/rnd/a", "/rnd/w/a"), 0);
	OK(!exists("/rnd/a"));
	/* A renamed lower directory shows what it had, and is changed where it is. */
	STREQ(names("/rnd/w/a"), "b d link one");
	STREQ(get("/rnd/w/a/b/c/three"), "three\n");
	EQ(north(SYS_unlink, "/rnd/w/a/b/two"), 0);
	STREQ(names("/rnd/w/a/b"), "c");
	EQ(OPEN("/rnd/w/a/b/two", O_RDONLY), -ENOENT);
	/* A new directory of the old name has nothing in it. */
	EQ(north(SYS_mkdir, "/rnd/a", 0700), 0);
	STREQ(names("/rnd/a"), "");
	put("/rnd/a/one", "new");
	STREQ(names("/rnd/a"), "one");
	STREQ(get("/rnd/w/a/one"), "one\n");
	EQ(north(SYS_rmdir, "/rnd/a"), -ENOTEMPTY);
	EQ(north(SYS_rmdir, "/rnd/w/a/b"), -ENOTEMPTY);
	EQ(north(SYS_unlink, "/rnd/w/a/b/c/three"), 0);
	EQ(north(SYS_rmdir, "/rnd/w/a/b/c"), 0);
	EQ(north(SYS_rmdir, "/rnd/w/a/b"), 0);
	STREQ(names("/rnd/w/a"), "d link one");
	EQ(north(SYS_unlink, "/rnd/f/big"), 0);
	put("/rnd/f/big", "small");
	STREQ(get("/rnd/f/big"), "small");
	STREQ(names("/rnd/f"), "big fifo g");
	EQ(north(SYS_rename, "/rnd/w/a/one", "/rnd/f/big"), 0);
	STREQ(get("/rnd/f/big"), "one\n");
	STREQ(names("/rnd/f"), "big fifo g");
	EQ(north(SYS_rename, "/rnd/f", "/rnd/f/g/x"), -EINVAL);
	EQ(north(SYS_rename, "/rnd/f/g", "/rnd/f"), -ENOTEMPTY);
	host("cd %s/rnd; test -f a/b/c/three -a -f f/big", lower);
}

TEST(layer_hard_links_are_one_file)
{
	struct stat b;
	int f;

	put("/etc/l1", "x");
	EQ(north(SYS_link, "/etc/l1", "/etc/l2"), 0);
	f = open_ok("/etc/l2", O_WRONLY | O_APPEND);
	EQ(north(SYS_write, f, "y", 1), 1);
	CLOSE(f);
	STREQ(get("/etc/l1"), "xy");
	b = st_of("/etc/l1");
	EQ(b.st_nlink, 2);
	EQ(b.st_ino, st_of("/etc/l2").st_ino);
	EQ(north(SYS_link, "/etc/l1", "/mnt/tmpfs/l1"), -EXDEV);
	EQ(north(SYS_link, "/etc", "/etc2"), -EPERM);
}

TEST(layer_open_lower_file_outlives_its_name)
{
	char c;
	int f = open_ok("/rnd/e/hard", O_RDONLY);

	EQ(north(SYS_unlink, "/rnd/e/hard"), 0);
	EQ(north(SYS_read, f, &c, 1), 1);
	EQ(c, 'o');
	EQ(north(SYS_fchmod, f, 0700), 0);
	CLOSE(f);
	OK(!exists("/rnd/e/hard"));
}

TEST(layer_handles_are_bounded)
{
	char path[64];
	u32 before = hosted_handles();

	for (int i = 1; i <= 300; i++) {
		sprintf(path, "/many/file%d", i);
		get(path);
	}
	OK(hosted_handles() < before + 200);
}

/* ---- binds ---- */

TEST(bind_is_looked_up_afresh)
{
	int f;

	EQ(north(SYS_access, "/mnt/shared/x", 0), -ENOENT);
	host("echo one > %s/x", shared);
	STREQ(get("/mnt/shared/x"), "one\n");
	host("rm %s/x; echo two > %s/y; mv %s/y %s/x", shared, shared, shared, shared);
	STREQ(get("/mnt/shared/x"), "two\n");
	host("echo three >> %s/x", shared);
	EQ(st_of("/mnt/shared/x").st_size, 10);
	put("/mnt/shared/made", "by the box");
	host("grep -q 'by the box' %s/made", shared);
	f = open_ok("/mnt/shared/made", O_RDWR | O_APPEND);
	host("printf 123 >> %s/made", shared);
	EQ(north(SYS_write, f, "", 0), 0);
	EQ(north(SYS_lseek, f, 0, SEEK_CUR), 0);
	EQ(north(SYS_write, f, "456", 3), 3);
	CLOSE(f);
	STREQ(get("/mnt/shared/made"), "by the box123456");
	EQ(north(SYS_chmod, "/mnt/shared/made", 0600), 0);
	EQ(north(SYS_chown, "/mnt/shared/made", 77, -1), -EPERM);
	host("test $(stat -c %%a %s/made) = 600", shared);
	EQ(north(SYS_rename, "/mnt/shared/made", "/mnt/shared/moved"), 0);
	EQ(north(SYS_link, "/mnt/shared/moved", "/mnt/shared/linked"), 0);
	EQ(st_of("/mnt/shared/linked").st_nlink, 2);
	EQ(north(SYS_truncate, "/mnt/shared/linked", 2), 0);
	STREQ(get("/mnt/shared/moved"), "by");
	EQ(north(SYS_rename, "/mnt/shared/moved", "/etc/moved"), -EXDEV);
	EQ(north(SYS_mknod, "/mnt/shared/dev", S_IFCHR | 0600, 0x103), -EPERM);
}

TEST(bind_read_only_is)
{
	EQ(OPEN("/mnt/fixed dir/file", O_RDWR), -EROFS);
	EQ(OPEN("/mnt/fixed dir/new", O_WRONLY | O_CREAT), -EROFS);
	EQ(OPEN("/mnt/fixed dir/file", O_RDONLY | O_TRUNC), -EROFS);
	EQ(north(SYS_unlink, "/mnt/fixed dir/file"), -EROFS);
	EQ(north(SYS_mkdir, "/mnt/fixed dir/x", 0755), -EROFS);
	EQ(north(SYS_mkdir, "/mnt/fixed dir/dir", 0755), -EEXIST);
	EQ(north(SYS_chmod, "/mnt/fixed dir/file", 0755), -EROFS);
	EQ(north(SYS_access, "/mnt/fixed dir/file", 2), -EROFS);
	EQ(north(SYS_access, "/mnt/fixed dir/file", 4), 0);
	STREQ(names("/mnt/fixed dir"), "dir file link");
	STREQ(get("/mnt/fixed dir/link"), "fixed\n");
}

/* ---- mounts ---- */

TEST(mounts_come_and_go)
{
	int f;

	EQ(north(SYS_mkdir, "/mnt/m", 0755), 0);
	put("/mnt/m/under", "u");
	EQ(north(SYS_mount, "none", "/mnt/m", "tmpfs", 0, "mode=700"), 0);
	OK(!exists("/mnt/m/under"));
	EQ(st_of("/mnt/m").st_mode, S_IFDIR | 0700);
	put("/mnt/m/over", "o");
	EQ(north(SYS_rmdir, "/mnt/m"), -EBUSY);
	EQ(north(SYS_rename, "/mnt/m", "/mnt/n"), -EBUSY);
	EQ(north(SYS_chdir, "/mnt/m"), 0);
	STREQ(cwd(), "/mnt/m");
	EQ(north(SYS_umount2, "/mnt/m", 0), -EBUSY);
	EQ(north(SYS_chdir, ".."), 0);
	STREQ(cwd(), "/mnt");
	f = open_ok("/mnt/m/over", O_RDONLY);
	EQ(north(SYS_umount2, "/mnt/m", 0), -EBUSY);
	EQ(north(SYS_umount2, "/mnt/m", MNT_DETACH), 0);
	STREQ(get("/mnt/m/under"), "u");
	CLOSE(f);
	EQ(north(SYS_mount, "/etc", "/mnt/m", NULL, MS_BIND, NULL), 0);
	STREQ(get("/mnt/m/hello"), "hello\n");
	EQ(north(SYS_mount, NULL, "/mnt/m", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
	EQ(OPEN("/mnt/m/x", O_WRONLY | O_CREAT), -EROFS);
	put("/etc/x", "writable");
	STREQ(get("/mnt/m/x"), "writable");
	EQ(north(SYS_link, "/etc/x", "/mnt/m/y"), -EROFS);
	EQ(north(SYS_rename, "/etc/x", "/mnt/m/y"), -EXDEV);
	EQ(north(SYS_umount2, "/mnt/m/hello", 0), -EINVAL);
	EQ(north(SYS_umount2, "/mnt/m", 0), 0);
	EQ(north(SYS_umount2, "/mnt/m", 0), -EINVAL);
	EQ(north(SYS_mount, "x", "/mnt/m", "ext4", 0, NULL), -ENODEV);
	EQ(north(SYS_chdir, "/"), 0);
}

TEST(chroot_is_a_root)
{
	char buf[256];

	EQ(north(SYS_mkdir, "/mnt/tmpfs/jail", 0755), 0);
	put("/mnt/tmpfs/jail/inside", "in");
	EQ(north(SYS_symlink, "/inside", "/mnt/tmpfs/jail/link"), 0);
	int d = open_ok("/", O_RDONLY);
	EQ(north(SYS_chroot, "/mnt/tmpfs/jail"), 0);
	STREQ(get("/link"), "in");
	STREQ(get("/../../inside"), "in");
	OK(north(SYS_getcwd, buf, sizeof(buf)) > 0);
	OK(!strncmp(buf, "(unreachable)", 13));
	EQ(north(SYS_fchdir, d), 0);
	EQ(north(SYS_chroot, "."), 0);
	STREQ(cwd(), "/");
	CLOSE(d);
}

/* ---- attributes ---- */

TEST(a_whiteout_is_left)
{
	struct stat st;

	put("/mnt/tmpfs/w", "w");
	EQ(north(SYS_renameat2, AT_FDCWD, "/mnt/tmpfs/w", AT_FDCWD, "/mnt/tmpfs/v", RENAME_WHITEOUT), 0);
	st = st_of("/mnt/tmpfs/w");
	EQ(st.st_mode, S_IFCHR);
	EQ(st.st_rdev, 0);
	EQ(north(SYS_renameat2, AT_FDCWD, "/mnt/tmpfs/v", AT_FDCWD, "/mnt/tmpfs/w", RENAME_WHITEOUT), 0);
	EQ(st_of("/mnt/tmpfs/v").st_mode, S_IFCHR);
	EQ(north(SYS_unlink, "/mnt/tmpfs/v"), 0);
	EQ(north(SYS_unlink, "/mnt/tmpfs/w"), 0);
}

TEST(xattrs_are_kept)
{
	/* Owner, group, mask, others: a tag, what it gives, and no id. */
	static const u32 masked[] = { 2, 6 << 16 | 1, -1u, 6 << 16 | 4, -1u, 4 << 16 | 16, -1u, 4 << 16 | 32, -1u };
	char buf[64];

	put("/mnt/tmpfs/x", "");
	EQ(north(SYS_getxattr, "/mnt/tmpfs/x", "user.a", buf, 64), -ENODATA);
	EQ(north(SYS_setxattr, "/mnt/tmpfs/x", "user.a", "value", 5, 0), 0);
	EQ(north(SYS_setxattr, "/mnt/tmpfs/x", "user.a", "v", 1, XATTR_CREATE), -EEXIST);
	EQ(north(SYS_setxattr, "/mnt/tmpfs/x", "user.b", "v", 1, XATTR_REPLACE), -ENODATA);
	EQ(north(SYS_getxattr, "/mnt/tmpfs/x", "user.a", buf, 64), 5);
	EQ(north(SYS_getxattr, "/mnt/tmpfs/x", "user.a", buf, 2), -ERANGE);
	EQ(north(SYS_getxattr, "/mnt/tmpfs/x", "user.a", NULL, 0), 5);
	EQ(north(SYS_listxattr, "/mnt/tmpfs/x", buf, 64), 7);
	STREQ(buf, "user.a");
	EQ(north(SYS_removexattr, "/mnt/tmpfs/x", "user.a"), 0);
	EQ(north(SYS_removexattr, "/mnt/tmpfs/x", "user.a"), -ENODATA);
	EQ(north(SYS_listxattr, "/mnt/tmpfs/x", buf, 64), 0);
	EQ(north(SYS_getxattr, "/mnt/tmpfs/x", "system.posix_acl_access", buf, 64), -ENODATA);
	EQ(north(SYS_getxattr, "/mnt/tmpfs/x", "nonsense", buf, 64), -EOPNOTSUPP);
	EQ(north(SYS_lsetxattr, "/lib", "user.a", "v", 1, 0), -EPERM);
	EQ(north(SYS_setxattr, "/mnt/tmpfs/x", "user.", "v", 1, 0), -EINVAL);
	EQ(north(SYS_setxattr, "/mnt/tmpfs/x", "user.big", buf, 1 << 20, 0), -E2BIG);
	EQ(north(SYS_setxattr, "/etc/hello", "user.lower", "kept", 4, 0), 0);
	EQ(north(SYS_getxattr, "/etc/hello", "user.lower", buf, 64), 4);
	EQ(north(SYS_setxattr, "/etc/hello", "system.posix_acl_access", masked, sizeof(masked), 0), 0);
	EQ(north(SYS_getxattr, "/etc/hello", "system.posix_acl_access", buf, 64), sizeof(masked));
	EQ(north(SYS_removexattr, "/etc/hello", "system.posix_acl_access"), 0);
}

TEST(statx_says_what_stat_says)
{
	struct statx x;
	struct stat s = st_of("/etc/hello");

	EQ(north(SYS_statx, AT_FDCWD, "/etc/hello", 0, STATX_ALL, &x), 0);
	EQ(x.stx_ino, s.st_ino);
	EQ(x.stx_size, s.st_size);
	EQ(x.stx_mode, s.st_mode);
	EQ(x.stx_mtime.tv_sec, s.st_mtim.tv_sec);
	EQ(makedev(x.stx_dev_major, x.stx_dev_minor), s.st_dev);
	EQ(x.stx_attributes & STATX_ATTR_MOUNT_ROOT, 0);
	EQ(north(SYS_statx, AT_FDCWD, "/mnt/tmpfs", 0, STATX_ALL, &x), 0);
	OK(x.stx_attributes & STATX_ATTR_MOUNT_ROOT);
	EQ(north(SYS_statx, AT_FDCWD, "/etc", 0, 0x80000000u, &x), -EINVAL);
	EQ(north(SYS_statx, AT_FDCWD, "/etc", 0x6000, STATX_ALL, &x), -EINVAL);
	EQ(north(SYS_statx, 1, NULL, AT_EMPTY_PATH, STATX_ALL, &x), 0);
	EQ(north(SYS_statx, 999, "", AT_EMPTY_PATH, STATX_ALL, &x), -EBADF);
	EQ(north(SYS_newfstatat, AT_FDCWD, "/etc", &s, 1), -EINVAL);
	EQ(north(SYS_stat, "/etc", 8), -EFAULT);
}

TEST(times_are_set)
{
	struct timespec t[2] = { { 1, UTIME_NOW }, { 2, UTIME_OMIT } };
	struct timeval v[2] = { { 3, 4 }, { 5, 6 } };
	struct utimbuf u = { 8, 9 };
	struct stat a, b;

	put("/mnt/tmpfs/time", "");
	a = st_of("/mnt/tmpfs/time");
	EQ(north(SYS_utime, "/mnt/tmpfs/time", &u), 0);
	b = st_of("/mnt/tmpfs/time");
	EQ(b.st_atime, 8);
	EQ(b.st_mtime, 9);
	OK(b.st_ctime >= a.st_ctime);
	EQ(north(SYS_utimes, "/mnt/tmpfs/time", v), 0);
	b = st_of("/mnt/tmpfs/time");
	EQ(b.st_atim.tv_nsec, 4000);
	EQ(b.st_mtime, 5);
	EQ(north(SYS_utimensat, AT_FDCWD, "/mnt/tmpfs/time", t, 0), 0);
	b = st_of("/mnt/tmpfs/time");
	OK(b.st_atime >= a.st_atime);
	EQ(b.st_mtime, 5);
	t[0].tv_nsec = 1000000000;
	EQ(north(SYS_utimensat, AT_FDCWD, "/mnt/tmpfs/time", t, 0), -EINVAL);
	v[0].tv_usec = 1000000;
	EQ(north(SYS_utimes, "/mnt/tmpfs/time", v), -EINVAL);
	t[0] = (struct timespec){ -10, 5 };
	EQ(north(SYS_utimensat, AT_FDCWD, "/mnt/tmpfs/time", t, 0), 0);
	EQ(st_of("/mnt/tmpfs/time").st_atim.tv_sec, -10);
	EQ(st_of("/mnt/tmpfs/time").st_atim.tv_nsec, 5);
}

/* ---- what must hold whatever happens ---- */

static long long shortage_op(int n)
{
	char buf[64];
	long long fd;

	switch (n) {
	case 0:
		return north(SYS_mkdir, "/t/3/new", 0755);
	case 1:
		return north(SYS_symlink, "target", "/t/3/new/link");
	case 2:
		fd = OPEN("/t/3/new/file", O_RDWR | O_CREAT);
		if (fd >= 0)
			CLOSE(fd);
		return fd;
	case 3:
		return north(SYS_rename, "/t/3/a/b", "/t/3/new/b");
	case 4:
		return north(SYS_link, "/t/3/a/one", "/t/3/new/one");
	case 5:
		return north(SYS_unlink, "/t/3/a/one");
	case 6:
		return north(SYS_chmod, "/t/3/new/b/c/three", 0600);
	case 7:
		fd = OPEN("/t/3/f/big", O_RDWR);
		if (fd >= 0)
			CLOSE(fd);
		return fd;
	case 8:
		return north(SYS_renameat2, AT_FDCWD, "/t/3/f", AT_FDCWD, "/t/3/new", 2);
	case 9:
		return north(SYS_setxattr, "/t/3/e", "user.x", "y", 1, 0);
	case 10:
		fd = OPEN("/t/3/f", O_RDONLY);
		if (fd >= 0) {
			long long r = north(SYS_getdents64, fd, buf, sizeof(buf));

			CLOSE(fd);
			return r;
		}
		return fd;
	case 11:
		return north(SYS_getcwd, buf, sizeof(buf));
	case 12:
		return north(SYS_mount, "x", "/t/3/e", "tmpfs", 0, NULL);
	case 13:
		return north(SYS_umount2, "/t/3/e", 0);
	case 14:
		return north(SYS_unlink, "/t/3/e/hard");
	case 15:
		fd = north(SYS_open, "/t/3", O_TMPFILE | O_RDWR, 0600);
		if (fd >= 0)
			CLOSE(fd);
		return fd;
	case 16:
		return north(SYS_readlink, "/t/3/f/link", buf, sizeof(buf));
	}
	return -1;
}

TEST(shortage_of_memory_undoes_what_was_begun)
{
	long long r;

	/* Made anew: the random operations were here. */
	EQ(north(SYS_mkdir, "/t/4", 0755), 0);
	EQ(north(SYS_rename, "/t/3", "/t/4/3"), 0);
	EQ(north(SYS_mkdir, "/t/3", 0755), 0);
	EQ(north(SYS_chdir, "/t/3"), 0);
	make_tree();
	for (int op = 0; op < 17; op++) {
		for (int n = 1;; n++) {
			hosted_fail_alloc(n);
			r = shortage_op(op);
			hosted_fail_alloc(0);
			if (r >= 0)
				break;
			if (r != -ENOMEM && r != -ENOSPC)
				FAIL("operation %d without allocation %d: %lld", op, n, r);
			OK(n < 100);
		}
	}
	STREQ(names("/t/3"), "a e f new");
	STREQ(names("/t/3/f"), "b file link one");
	STREQ(names("/t/3/f/b"), "c two");
	STREQ(get("/t/3/f/b/c/three"), "three\n");
	STREQ(names("/t/3/new"), "big fifo g");
	STREQ(names("/t/3/a"), "d link");
	STREQ(names("/t/3/e"), "dangling tob");
	EQ(north(SYS_chdir, "/"), 0);
}

static const char *volatile busy_dir;
static volatile int busy_id;

static void *busy(void *arg)
{
	static const char *const w[] = { "a", "b", "c", "d" };
	unsigned long long s = (unsigned long long)(long)arg * 7919 + 12345;
	struct task *me = hosted_enter(10000 + (int)(long)arg, 10000 + (int)(long)arg);
	char a[128], b[128], buf[512];
	struct stat st;
	long long fd;

	hosted_become(me);
	north(SYS_chdir, busy_dir);
	for (int i = 0; i < 6000; i++) {
		s ^= s << 13;
		s ^= s >> 7;
		s ^= s << 17;
		sprintf(a, "%s/%s", w[s & 3], w[s >> 2 & 3]);
		sprintf(b, "%s/%s/%s", w[s >> 4 & 3], w[s >> 6 & 3], w[s >> 8 & 3]);
		if (s >> 10 & 1)
			a[1] = 0;
		if (s >> 11 & 1)
			b[3] = 0;
		switch (s >> 12 & 15) {
		case 0:
		case 1:
			north(SYS_mkdir, a, 0755);
			break;
		case 2:
			north(SYS_rmdir, b);
			break;
		case 3:
		case 4:
			north(SYS_rename, a, b);
			break;
		case 5:
			north(SYS_rename, b, a);
			break;
		case 6:
			north(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2);
			break;
		case 7:
			north(SYS_link, a, b);
			break;
		case 8:
			north(SYS_unlink, s >> 17 & 1 ? a : b);
			break;
		case 9:
			north(SYS_symlink, w[s >> 18 & 3], b);
			break;
		case 10:
		case 11:
			fd = north(SYS_open, s >> 17 & 1 ? a : b, O_RDWR | O_CREAT, 0644);
			if (fd >= 0) {
				north(SYS_write, fd, a, 20);
				north(SYS_fstat, fd, &st);
				north(SYS_pread64, fd, buf, 20, 0);
				if (s >> 18 & 1)
					north(SYS_ftruncate, fd, s >> 20 & 8191);
				north(SYS_close, fd);
			}
			break;
		case 12:
			north(SYS_stat, b, &st);
			break;
		case 13:
			fd = north(SYS_open, s >> 17 & 1 ? a : ".", O_RDONLY | O_DIRECTORY, 0);
			if (fd >= 0) {
				while (north(SYS_getdents64, fd, buf, sizeof(buf)) > 0)
					;
				north(SYS_close, fd);
			}
			break;
		case 14:
			if (!north(SYS_chdir, a)) {
				north(SYS_getcwd, buf, sizeof(buf));
				north(SYS_chdir, busy_dir);
			}
			break;
		case 15:
			north(SYS_chmod, b, 0755);
			break;
		}
	}
	hosted_exit(me);
	return NULL;
}

/* What is left must be a tree that can be taken down. */
static void remove_all(const char *path, int depth)
{
	char list[8192], sub[512];
	struct stat st;

	OK(depth < 200);
	strcpy(list, names(path));
	for (char *save, *n = strtok_r(list, " ", &save); n; n = strtok_r(NULL, " ", &save)) {
		sprintf(sub, "%.400s/%.100s", path, n);
		st = st_of(sub);
		if (S_ISDIR(st.st_mode)) {
			remove_all(sub, depth + 1);
			EQ(north(SYS_rmdir, sub), 0);
		} else {
			EQ(north(SYS_unlink, sub), 0);
		}
	}
}

static void many_at_once(const char *dir)
{
	pthread_t t[4];

	busy_dir = dir;
	for (long i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, busy, (void *)(i + ++busy_id * 4));
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	remove_all(dir, 0);
}

TEST(many_tasks_in_one_tmpfs)
{
	EQ(north(SYS_mkdir, "/mnt/tmpfs/busy", 0755), 0);
	many_at_once("/mnt/tmpfs/busy");
}

TEST(many_tasks_in_one_layer)
{
	many_at_once("/t/2");
}

TEST(many_tasks_in_one_bind)
{
	EQ(north(SYS_mkdir, "/mnt/shared/busy", 0755), 0);
	many_at_once("/mnt/shared/busy");
}

TEST(nothing_is_mounted_twice)
{
	static char text[8192];
	long long fd = north(SYS_openat, AT_FDCWD, "/proc/mounts", O_RDONLY), n;
	const char *once[] = { " /dev ", " /dev/pts ", " /dev/shm ", " /proc ", " /sys " };

	OK(fd >= 0);
	n = north(SYS_read, fd, text, sizeof(text) - 1);
	OK(n > 0);
	EQ(north(SYS_close, fd), 0);
	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++) {
		char *at = strstr(text, once[i]);

		OK(at);
		OK(!strstr(at + 1, once[i]));
	}
}
