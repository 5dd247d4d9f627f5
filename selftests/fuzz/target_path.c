// SPDX-License-Identifier: GPL-2.0
/*
 * Path names: a tree is made and walked in the box and in a model of it; errnos and
 * what a path leads to have to be the same.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include "path_model.h"

#define DIRS 4
#define PATH_BUF 8192
#define AT_A    GUEST
#define AT_B    (GUEST + PATH_BUF)
#define AT_STAT (GUEST + 2 * PATH_BUF)
#define AT_HOW  (AT_STAT + 512)
#define AT_CWD  (AT_STAT + 1024)

static struct model m;
/* Open directories, in the box and in the model. */
static struct { s64 fd; struct node *node; } dirs[DIRS];

/* ---- names ---- */

static void name(struct input *in, char *out, size_t size)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "l", "k", "..", "..", "." };
	static char long_name[258];
	u32 b = take8(in);

	memset(long_name, 'n', 257);
	if (b < 0xfa)
		snprintf(out, size, "%s", names[b % ARRAY_SIZE(names)]);
	else
		snprintf(out, size, "%.*s", b & 1 ? 255 : b & 2 ? 256 : 257, long_name);
}

/* A count byte (high bits: slashes in front and behind), then a name each. */
static char *path(struct input *in, u64 at)
{
	char *p = guest(at), *end = p;
	u32 b = take8(in), count = b & 7;

	if (b == 0xff) {
		/* One that is as long as a path may be, or longer. */
		u32 len = 4090 + pick(in, 10);

		for (u32 i = 0; i < len; i++)
			p[i] = i & 1 ? '/' : '.';
		p[len] = 0;
		return p;
	}
	if (b & 0x40)
		*end++ = '/';
	for (u32 i = 0; i < count; i++) {
		name(in, end, 300);
		end += strlen(end);
		if (i + 1 < count || b & 0x20)
			*end++ = '/';
		if (b & 0x10 && i + 1 < count)
			*end++ = '/';
	}
	*end = 0;
	return p;
}

static struct node *from(struct input *in, s64 *dirfd)
{
	u32 i = pick(in, 2 * DIRS);

	*dirfd = AT_FDCWD;
	if (i >= DIRS || !dirs[i].node)
		return m.cwd;
	*dirfd = dirs[i].fd;
	return dirs[i].node;
}

/* ---- comparing ---- */

static void same(const char *what, const char *p, s64 got, s64 want)
{
	fuzz_note("%s %.300s = %s", what, p, outcome(got));
	if (got != want)
		fuzz_fail("%s %.300s: %s in the box, %s in the model", what, p, outcome(got),
			  outcome(want));
}

/* What the box calls @n is asked for once, and has to stay. */
static void same_node(const char *what, const char *p, struct node *n, const struct stat *st)
{
	static const u32 kinds[] = { S_IFDIR, S_IFREG, S_IFLNK };

	if (!n->ino)
		n->ino = st->st_ino;
	if (n->ino != st->st_ino)
		fuzz_fail("%s %.300s: another file than in the model", what, p);
	if ((st->st_mode & S_IFMT) != kinds[n->kind])
		fuzz_fail("%s %.300s: mode %o", what, p, st->st_mode);
	if (n->kind != NODE_LINK && (st->st_mode & 07777) != n->mode)
		fuzz_fail("%s %.300s: mode %o, in the model %o", what, p, st->st_mode, n->mode);
	if (st->st_uid != n->uid || (n->kind != NODE_DIR && st->st_nlink != n->nlink))
		fuzz_fail("%s %.300s: owner %u, links %lu; in the model %u, %u", what, p, st->st_uid,
			  (unsigned long)st->st_nlink, n->uid, n->nlink);
}

/* ---- the operations ---- */

static void op_stat(struct input *in)
{
	struct node *n = NULL, *start;
	u32 flags = pick(in, 2) ? AT_SYMLINK_NOFOLLOW : 0;
	const char *p, *what = flags ? "lstat" : "stat";
	s64 dirfd, want;

	start = from(in, &dirfd);
	p = path(in, AT_A);
	want = model_walk(&m, start, p, flags ? 0 : WALK_FOLLOW, &n);
	same(what, p, sys(SYS_newfstatat, dirfd, AT_A, AT_STAT, flags), want);
	if (!want)
		same_node(what, p, n, guest(AT_STAT));
}

static void op_make(struct input *in)
{
	static const char *const kinds[] = { "mkdir", "mknod", "symlink" };
	u32 kind = pick(in, 3), mode = kind == NODE_LINK ? 0777 : take16(in) & 0777;
	struct node *made = NULL, *start;
	const char *p, *target = NULL;
	s64 dirfd, want, got;

	/* Mostly, others may enter. */
	if (mode & 0100)
		mode |= 0755;
	start = from(in, &dirfd);
	p = path(in, AT_A);
	if (kind == NODE_LINK) {
		target = path(in, AT_B);
		if (strlen(target) > 255)
			return;
		got = sys(SYS_symlinkat, AT_B, dirfd, AT_A);
	} else if (kind == NODE_DIR) {
		got = sys(SYS_mkdirat, dirfd, AT_A, mode);
	} else {
		got = sys(SYS_mknodat, dirfd, AT_A, S_IFREG | mode, 0);
	}
	want = model_make(&m, start, p, kind, mode, target, &made);
	same(kinds[kind], p, got, want);
}

static void op_open(struct input *in)
{
	static const u32 modes[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDONLY };
	u32 b = take8(in), flags = modes[b & 3] | (b & 4 ? O_NOFOLLOW : 0) | (b & 8 ? O_DIRECTORY : 0) |
		    (b & 16 ? O_PATH : 0) | (b & 32 ? O_CREAT : 0) | (b & 64 ? O_EXCL : 0);
	struct node *n = NULL, *start;
	s64 dirfd, want, got;
	const char *p;

	/* Refused from 6.4 on, or without a meaning. */
	if (flags & O_CREAT)
		flags &= ~O_DIRECTORY;
	if (flags & O_PATH || !(flags & O_CREAT))
		flags &= ~(O_CREAT | O_EXCL);
	start = from(in, &dirfd);
	p = path(in, AT_A);
	got = sys(SYS_openat, dirfd, AT_A, flags, 0644);
	want = model_open(&m, start, p, flags, 0644, &n);
	fuzz_note("open flags %x", flags);
	same("open", p, got < 0 ? got : 0, want);
	if (want)
		return;
	MUST(!sys(SYS_fstat, got, AT_STAT));
	same_node("open", p, n, guest(AT_STAT));
	if (n->kind == NODE_DIR) {
		u32 i = pick(in, DIRS);

		if (dirs[i].node)
			MUST(!sys(SYS_close, dirs[i].fd));
		dirs[i].fd = got;
		dirs[i].node = n;
	} else {
		MUST(!sys(SYS_close, got));
	}
}

static void op_openat2(struct input *in)
{
	static const struct { u64 resolve; u32 walk; } hows[] = {
		{ RESOLVE_NO_SYMLINKS, WALK_NO_LINKS }, { RESOLVE_BENEATH, WALK_BENEATH },
		{ RESOLVE_IN_ROOT, WALK_IN_ROOT }, { RESOLVE_NO_XDEV, 0 }, { RESOLVE_NO_MAGICLINKS, 0 },
		{ RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, WALK_BENEATH | WALK_NO_LINKS },
	};
	u32 i = pick(in, ARRAY_SIZE(hows)), nofollow = pick(in, 2);
	struct open_how *how = guest(AT_HOW);
	struct node *n = NULL, *start;
	s64 dirfd, want, got;
	const char *p;

	start = from(in, &dirfd);
	p = path(in, AT_A);
	*how = (struct open_how){ O_PATH | (nofollow ? O_NOFOLLOW : 0), 0, hows[i].resolve };
	got = sys(SYS_openat2, dirfd, AT_A, AT_HOW, sizeof(*how));
	want = model_walk(&m, start, p, hows[i].walk | (nofollow ? 0 : WALK_FOLLOW), &n);
	fuzz_note("openat2 resolve %llx", hows[i].resolve);
	same("openat2", p, got < 0 ? got : 0, want);
	if (want)
		return;
	MUST(!sys(SYS_fstat, got, AT_STAT));
	same_node("openat2", p, n, guest(AT_STAT));
	MUST(!sys(SYS_close, got));
}

static void op_two(struct input *in, u32 nr)
{
	const char *a = path(in, AT_A), *b = path(in, AT_B);

	fuzz_note("to %.300s", b);
	if (nr == SYS_rename)
		same("rename", a, sys(SYS_rename, AT_A, AT_B), model_rename(&m, a, b));
	else if (!m.uid)
		same("link", a, sys(SYS_link, AT_A, AT_B), model_link(&m, a, b));
}

static void op_remove(struct input *in)
{
	u32 dir = pick(in, 2);
	const char *p = path(in, AT_A);

	if (dir)
		same("rmdir", p, sys(SYS_rmdir, AT_A), model_rmdir(&m, p));
	else
		same("unlink", p, sys(SYS_unlink, AT_A), model_unlink(&m, p));
}

static void op_readlink(struct input *in)
{
	const char *p = path(in, AT_A);
	struct node *n = NULL;
	s64 want = model_walk(&m, m.cwd, p, 0, &n);

	if (!want)
		want = n->kind == NODE_LINK ? (s64)strlen(n->target) : -EINVAL;
	same("readlink", p, sys(SYS_readlink, AT_A, AT_B, PATH_BUF), want);
	if (want > 0 && memcmp(guest(AT_B), n->target, want))
		fuzz_fail("readlink %.300s: another target", p);
}

static void op_chdir(struct input *in)
{
	const char *p = path(in, AT_A);
	struct node *n = NULL;
	s64 want = model_walk(&m, m.cwd, p, WALK_FOLLOW, &n);

	if (!want)
		want = n->kind != NODE_DIR ? -ENOTDIR : model_may(&m, n, 1) ? 0 : -EACCES;
	same("chdir", p, sys(SYS_chdir, AT_A), want);
	if (!want)
		m.cwd = n;
}

static void op_access(struct input *in)
{
	u32 what = pick(in, 8);
	const char *p = path(in, AT_A);
	struct node *n = NULL;
	s64 want = model_walk(&m, m.cwd, p, WALK_FOLLOW, &n);

	if (!want)
		want = model_may(&m, n, what) ? 0 : -EACCES;
	/* With the ids that files are looked at with: AT_EACCESS. */
	same("access", p, sys(SYS_faccessat2, AT_FDCWD, AT_A, what, AT_EACCESS), want);
}

static void op_chmod(struct input *in)
{
	u32 mode = take16(in) & 0777;
	const char *p = path(in, AT_A);
	struct node *n = NULL;
	s64 want = model_walk(&m, m.cwd, p, WALK_FOLLOW, &n);

	if (!want)
		want = !m.uid || m.uid == n->uid ? 0 : -EPERM;
	same("chmod", p, sys(SYS_chmod, AT_A, mode), want);
	if (!want)
		n->mode = mode;
}

/* As another user: fsuid is what files are looked at with. */
static void op_user(void)
{
	s64 before = sys(SYS_setfsuid, m.uid ? 0 : 1000);

	MUST(before == m.uid);
	m.uid = m.uid ? 0 : 1000;
	fuzz_note("user %u", m.uid);
}

/* The name of @n from the root on, written before @end; NULL: it has none. */
static char *name_of(const struct node *n, char *end)
{
	*--end = 0;
	if (n == m.root)
		*--end = '/';
	while (n != m.root) {
		const struct entry *e = n->parent->entries;

		if (n->dead)
			return NULL;
		while (e->node != n)
			e = e->next;
		end -= strlen(e->name);
		memcpy(end, e->name, strlen(e->name));
		*--end = '/';
		n = n->parent;
	}
	return end;
}

static void op_getcwd(void)
{
	static char buf[1 << 16];
	const char *want = name_of(m.cwd, buf + sizeof(buf));
	size_t len = want ? strlen(want) + 1 : 0;

	if (len > 4096)
		same("getcwd", "", sys(SYS_getcwd, AT_CWD, PATH_BUF), -ENAMETOOLONG);
	else
		same("getcwd", "", sys(SYS_getcwd, AT_CWD, PATH_BUF), want ? (s64)len : -ENOENT);
	if (want && len <= 4096 && strcmp(guest(AT_CWD), want))
		fuzz_fail("getcwd: %s in the box, %s in the model", (char *)guest(AT_CWD), want);
}

static void step(struct input *in)
{
	switch (pick(in, 16)) {
	case 0 ... 2:
		op_make(in);
		break;
	case 3 ... 4:
		op_stat(in);
		break;
	case 5 ... 6:
		op_open(in);
		break;
	case 7:
		op_openat2(in);
		break;
	case 8:
		op_two(in, SYS_rename);
		break;
	case 9:
		op_two(in, SYS_link);
		break;
	case 10:
		op_remove(in);
		break;
	case 11:
		op_readlink(in);
		break;
	case 12:
		op_chdir(in);
		break;
	case 13:
		op_access(in);
		break;
	case 14:
		op_chmod(in);
		break;
	case 15:
		if (pick(in, 2))
			op_user();
		else
			op_getcwd();
		break;
	}
}

/* ---- the whole tree, in the end ---- */

static u32 names_in(s64 fd)
{
	u32 count = 0;
	s64 n;

	while ((n = sys(SYS_getdents64, fd, AT_B, PATH_BUF)) > 0)
		for (s64 at = 0; at < n; count++)
			at += ((struct dirent64 *)guest(AT_B + at))->d_reclen;
	MUST(!n);
	return count;
}

/* Beneath @n, which is open as @fd. */
static void compare(const struct node *n, s64 fd, u32 expected)
{
	for (const struct entry *e = n->entries; e; e = e->next) {
		expected++;
		strcpy(guest(AT_A), e->name);
		same("there is", e->name, sys(SYS_newfstatat, fd, AT_A, AT_STAT, AT_SYMLINK_NOFOLLOW), 0);
		same_node("there is", e->name, e->node, guest(AT_STAT));
		if (e->node->kind == NODE_DIR) {
			s64 sub = sys(SYS_openat, fd, AT_A, O_RDONLY | O_DIRECTORY);

			MUST(sub >= 0);
			compare(e->node, sub, 2);
			MUST(!sys(SYS_close, sub));
		}
	}
	MUST(names_in(fd) == expected);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, data + size };
	u32 others;
	s64 fd;

	box_begin();
	memset(dirs, 0, sizeof(dirs));
	model_init(&m);
	sys(SYS_umask, 0);
	strcpy(guest(AT_A), "/");
	/* The box's own: ".", "..", and where other file systems are mounted. */
	fd = sys(SYS_open, AT_A, O_RDONLY);
	others = names_in(fd);
	sys(SYS_close, fd);
	while (more(&in))
		step(&in);
	if (m.uid)
		op_user();
	strcpy(guest(AT_A), "/");
	fd = sys(SYS_open, AT_A, O_RDONLY);
	compare(m.root, fd, others);
	box_end();
	model_free(&m);
	return 0;
}
