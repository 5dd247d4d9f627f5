// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors against a model: tables of slots, open file descriptions behind
 * them, and processes that share or copy a table.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>
#include "program.h"
#include "fuzz.h"

#define SLOTS 128
#define TASKS 4
#define FILE_MAX 256
#define SHOWN (O_ACCMODE | O_APPEND | O_NONBLOCK | O_PATH | O_DIRECTORY)
#define F_DUPFD_QUERY 1027

#define AT_NAME  GUEST
#define AT_PAIR  (GUEST + 0x1000)
#define AT_LIMIT (GUEST + 0x1100)
#define AT_DATA  (GUEST + 0x2000)

enum kind { STREAM, REGULAR, DIRECTORY, PIPE };

/* struct file - an open file description. */
struct file {
	enum kind kind;
	u32 refs, flags;
	u64 pos;
};

struct table {
	u32 refs;
	struct { struct file *file; int cloexec; } slots[SLOTS];
};

struct process {
	struct task *task;
	struct table *table;
	u32 limit;
};

static struct process processes[TASKS];
static u32 nprocesses, turn;
static u8 contents[FILE_MAX];
static u32 file_size;

/* ---- the model ---- */

static struct process *me(void)
{
	return &processes[turn];
}

static struct file *file_at(u32 fd)
{
	return fd < SLOTS ? me()->table->slots[fd].file : NULL;
}

static void file_put(struct file *f)
{
	if (f && !--f->refs)
		free(f);
}

static struct file *file_make(enum kind kind, u32 flags)
{
	struct file *f = calloc(1, sizeof(*f));

	f->kind = kind;
	f->flags = flags;
	return f;
}

static s64 lowest(u32 from)
{
	for (u32 fd = from; fd < me()->limit; fd++)
		if (!file_at(fd))
			return fd;
	return -EMFILE;
}

static void put_at(struct table *t, u32 fd, struct file *f, int cloexec)
{
	if (f)
		f->refs++;
	file_put(t->slots[fd].file);
	t->slots[fd].file = f;
	t->slots[fd].cloexec = cloexec;
}

static struct table *table_copy(const struct table *from)
{
	struct table *t = calloc(1, sizeof(*t));

	t->refs = 1;
	for (u32 fd = 0; fd < SLOTS; fd++)
		if (from->slots[fd].file)
			put_at(t, fd, from->slots[fd].file, from->slots[fd].cloexec);
	return t;
}

static void table_put(struct table *t)
{
	if (--t->refs)
		return;
	for (u32 fd = 0; fd < SLOTS; fd++)
		file_put(t->slots[fd].file);
	free(t);
}

static void table_unshare(struct process *p)
{
	struct table *t = p->table;

	if (t->refs == 1)
		return;
	p->table = table_copy(t);
	table_put(t);
}

/* A new file at the lowest descriptor, or at none. */
static s64 model_install(struct file *f, u32 from, int cloexec)
{
	s64 fd = lowest(from);

	if (fd >= 0)
		put_at(me()->table, fd, f, cloexec);
	return fd;
}

/* ---- the operations ---- */

#define SAME(what, got, want) same(what, fd, got, want)
static void same(const char *what, u32 fd, s64 got, s64 want)
{
	fuzz_note("%u: %s(%d) = %s", turn, what, fd, outcome(got));
	if (got != want)
		fuzz_fail("%s(%d): %s in the box, %s in the model", what, fd, outcome(got),
			  outcome(want));
}

static u32 number(struct input *in)
{
	static const u32 some[] = { ~0u, 0x7fffffff, 0x80000000, 1 << 20, 4096, 1024, SLOTS, 63, 64 };
	u32 b = take8(in);

	return b < 0xe0 ? b % 24 : some[b % ARRAY_SIZE(some)];
}

static void op_open(struct input *in)
{
	static const char *const names[] = { "/file", "/file", "/dir", "/none" };
	static const u32 modes[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDWR };
	u32 which = pick(in, 4), b = take8(in), fd = which;
	u32 flags = modes[b & 3] | (b & 4 ? O_APPEND : 0) | (b & 8 ? O_NONBLOCK : 0) |
		    (b & 16 ? O_CLOEXEC : 0) | (b & 32 ? O_DIRECTORY : 0) |
		    ((b & 192) == 192 ? O_PATH : 0);
	s64 want = lowest(0);

	strcpy(guest(AT_NAME), names[which]);
	if (want >= 0) {
		if (which == 3)
			want = -ENOENT;
		else if (which < 2 && flags & O_DIRECTORY)
			want = -ENOTDIR;
		else if (which == 2 && flags & O_ACCMODE && !(flags & O_PATH))
			want = -EISDIR;
	}
	SAME("open", sys(SYS_open, AT_NAME, flags), want);
	if (want < 0)
		return;
	if (flags & O_PATH)
		flags &= O_PATH | O_DIRECTORY | O_CLOEXEC;
	put_at(me()->table, want, file_make(which == 2 ? DIRECTORY : REGULAR, flags & SHOWN),
	       !!(flags & O_CLOEXEC));
}

static void op_dup(u32 fd)
{
	struct file *f = file_at(fd);

	SAME("dup", sys(SYS_dup, fd), f ? model_install(f, 0, 0) : -EBADF);
}

static void op_dup2(struct input *in, u32 fd)
{
	u32 to = number(in), three = pick(in, 4), flags = three == 1 ? O_CLOEXEC : three == 2 ? 1 : 0;
	struct file *f = file_at(fd);
	s64 want = to, got;

	if (three)
		got = sys(SYS_dup3, fd, to, flags);
	else
		got = sys(SYS_dup2, fd, to);
	if (flags == 1 || (three && fd == to))
		want = -EINVAL;
	else if (fd != to && to >= me()->limit)
		want = -EBADF;
	else if (!f)
		want = -EBADF;
	else if (fd != to)
		put_at(me()->table, to, f, flags == O_CLOEXEC);
	SAME(three ? "dup3" : "dup2", got, want);
}

static void op_dupfd(struct input *in, u32 fd)
{
	u32 from = number(in), cloexec = pick(in, 2);
	struct file *f = file_at(fd);
	s64 want = !f ? -EBADF : from >= me()->limit ? -EINVAL : model_install(f, from, cloexec);

	SAME("F_DUPFD", sys(SYS_fcntl, fd, cloexec ? F_DUPFD_CLOEXEC : F_DUPFD, from), want);
}

static void op_close(u32 fd)
{
	s64 want = file_at(fd) ? 0 : -EBADF;

	if (!want)
		put_at(me()->table, fd, NULL, 0);
	SAME("close", sys(SYS_close, fd), want);
}

static void op_close_range(struct input *in, u32 fd)
{
	u32 last = number(in), b = take8(in);
	u32 flags = (b & 1 ? CLOSE_RANGE_UNSHARE : 0) | (b & 2 ? CLOSE_RANGE_CLOEXEC : 0) |
		    (b >= 0xf8 ? 8 : 0);
	s64 want = flags & 8 || fd > last ? -EINVAL : 0;

	SAME("close_range", sys(SYS_close_range, fd, last, flags), want);
	if (want)
		return;
	if (flags & CLOSE_RANGE_UNSHARE)
		table_unshare(me());
	for (u32 i = fd; i <= last && i < SLOTS; i++) {
		if (!file_at(i))
			continue;
		if (flags & CLOSE_RANGE_CLOEXEC)
			me()->table->slots[i].cloexec = 1;
		else
			put_at(me()->table, i, NULL, 0);
	}
}

static void op_cloexec(struct input *in, u32 fd)
{
	struct file *f = file_at(fd);
	u32 set = pick(in, 4);

	SAME("F_SETFD", sys(SYS_fcntl, fd, F_SETFD, set), f ? 0 : -EBADF);
	if (f)
		me()->table->slots[fd].cloexec = set & 1;
}

static void op_flags(struct input *in, u32 fd)
{
	struct file *f = file_at(fd);
	u32 b = take8(in), flags = (b & 1 ? O_APPEND : 0) | (b & 2 ? O_NONBLOCK : 0) | (b & 4 ? O_RDWR : 0);

	if (f && f->kind == STREAM)
		return;
	SAME("F_SETFL", sys(SYS_fcntl, fd, F_SETFL, flags), f && !(f->flags & O_PATH) ? 0 : -EBADF);
	if (f && !(f->flags & O_PATH))
		f->flags = (f->flags & ~(O_APPEND | O_NONBLOCK)) | (flags & (O_APPEND | O_NONBLOCK));
}

static void op_seek(struct input *in, u32 fd)
{
	struct file *f = file_at(fd);
	u32 whence = pick(in, 4);
	s64 off = (s8)take8(in), base, want;

	if (f && f->kind != REGULAR && f->kind != PIPE)
		return;
	if (!f || f->flags & O_PATH) {
		want = -EBADF;
	} else if (f->kind == PIPE) {
		want = -ESPIPE;
	} else if (whence == 3) {
		/* SEEK_DATA: there are no holes. */
		want = off < 0 || off >= file_size ? -ENXIO : off;
	} else {
		base = whence == SEEK_CUR ? (s64)f->pos : whence == SEEK_END ? (s64)file_size : 0;
		want = base + off < 0 ? -EINVAL : base + off;
	}
	SAME("lseek", sys(SYS_lseek, fd, off, whence), want);
	if (want >= 0)
		f->pos = want;
}

static void op_read(struct input *in, u32 fd)
{
	struct file *f = file_at(fd);
	u32 len = pick(in, 32);
	s64 want;

	if (f && f->kind != REGULAR && f->kind != DIRECTORY)
		return;
	memset(guest(AT_DATA), 0xee, len + 1);
	if (!f || f->flags & O_PATH || (f->flags & O_ACCMODE) == O_WRONLY)
		want = -EBADF;
	else if (f->kind == DIRECTORY)
		want = -EISDIR;
	else
		want = f->pos >= file_size ? 0 : file_size - f->pos < len ? file_size - f->pos : len;
	SAME("read", sys(SYS_read, fd, AT_DATA, len), want);
	if (want <= 0)
		return;
	if (memcmp(guest(AT_DATA), contents + f->pos, want))
		fuzz_fail("read(%u): other bytes than were written", fd);
	f->pos += want;
}

static void op_write(struct input *in, u32 fd)
{
	struct file *f = file_at(fd);
	u32 len = pick(in, 16);
	u64 at;
	s64 want;

	if (f && f->kind != REGULAR)
		return;
	want = !f || f->flags & O_PATH || (f->flags & O_ACCMODE) == O_RDONLY ? -EBADF : (s64)len;
	at = !f ? 0 : f->flags & O_APPEND ? file_size : f->pos;
	if (want >= 0 && at + len > FILE_MAX)
		return;
	for (u32 i = 0; i < len; i++)
		((u8 *)guest(AT_DATA))[i] = take8(in);
	SAME("write", sys(SYS_write, fd, AT_DATA, len), want);
	if (want <= 0)
		return;
	if (at > file_size)
		memset(contents + file_size, 0, at - file_size);
	memcpy(contents + at, guest(AT_DATA), len);
	f->pos = at + len;
	if (f->pos > file_size)
		file_size = f->pos;
}

static void op_pipe(struct input *in)
{
	u32 flags = pick(in, 2) ? O_CLOEXEC : 0, fd = flags;
	struct file *ends[2] = { file_make(PIPE, O_RDONLY), file_make(PIPE, O_WRONLY) };
	struct table *t = me()->table;
	int *pair = guest(AT_PAIR);
	s64 a, b, want = 0;

	ends[0]->refs = ends[1]->refs = 1;
	a = model_install(ends[0], 0, !!flags);
	b = a < 0 ? a : model_install(ends[1], 0, !!flags);
	if (b < 0) {
		want = b;
		if (a >= 0)
			put_at(t, a, NULL, 0);
	}
	SAME("pipe2", sys(SYS_pipe2, AT_PAIR, flags), want);
	if (!want) {
		SAME("pipe2 read end", pair[0], a);
		SAME("pipe2 write end", pair[1], b);
	}
	file_put(ends[0]);
	file_put(ends[1]);
}

static void op_limit(struct input *in)
{
	struct rlimit *r = guest(AT_LIMIT);
	u32 fd = 3 + pick(in, SLOTS - 3);

	*r = (struct rlimit){ fd, SLOTS };
	SAME("RLIMIT_NOFILE", sys(SYS_prlimit64, 0, RLIMIT_NOFILE, AT_LIMIT, 0), 0);
	me()->limit = fd;
}

static void op_query(struct input *in, u32 fd)
{
	u32 other = number(in);
	s64 want = file_at(fd) && file_at(other) ? file_at(fd) == file_at(other) : -EBADF;

	SAME("F_DUPFD_QUERY", sys(SYS_fcntl, fd, F_DUPFD_QUERY, other), want);
}

static void op_clone(struct input *in)
{
	u32 fd = pick(in, 2) ? CLONE_FILES : 0;
	struct process *p = &processes[nprocesses];

	if (nprocesses == TASKS)
		return;
	SAME("clone", sys(SYS_clone, fd | SIGCHLD, 0, 0, 0, 0), 0);
	p->task = box_child();
	MUST(p->task);
	p->limit = me()->limit;
	p->table = fd ? me()->table : table_copy(me()->table);
	p->table->refs += fd != 0;
	nprocesses++;
}

static void become(u32 i)
{
	turn = i;
	hosted_become(processes[i].task);
}

static void op_exit(void)
{
	u32 gone = turn;

	if (nprocesses == 1)
		return;
	table_put(me()->table);
	become(gone ? 0 : 1);
	box_exit(processes[gone].task);
	memmove(processes + gone, processes + gone + 1, (nprocesses - gone - 1) * sizeof(*processes));
	nprocesses--;
	become(0);
}

static void op_exec(void)
{
	static const char *const argv[] = { "prog", NULL };
	u32 fd = turn;

	strcpy(guest(AT_NAME), "/prog");
	SAME("exec", box_exec(AT_FDCWD, AT_NAME, argv, 0, 1), 0);
	table_unshare(me());
	for (u32 i = 0; i < SLOTS; i++)
		if (file_at(i) && me()->table->slots[i].cloexec)
			put_at(me()->table, i, NULL, 0);
}

/* All that can be seen of the tables. */
static void compare(void)
{
	for (turn = 0; turn < nprocesses; turn++) {
		become(turn);
		for (u32 fd = 0; fd < SLOTS + 2; fd++) {
			struct file *f = file_at(fd);

			SAME("F_GETFD", sys(SYS_fcntl, fd, F_GETFD),
			     f ? me()->table->slots[fd].cloexec : -EBADF);
			if (!f || f->kind == STREAM)
				continue;
			SAME("F_GETFL", sys(SYS_fcntl, fd, F_GETFL) & SHOWN, f->flags);
			if (f->kind == REGULAR && !(f->flags & O_PATH))
				SAME("lseek", sys(SYS_lseek, fd, 0, SEEK_CUR), f->pos);
		}
	}
	become(0);
}

static void step(struct input *in)
{
	u32 op = pick(in, 20), fd;

	switch (op) {
	case 0:
	case 1:
		op_open(in);
		return;
	case 2:
		op_pipe(in);
		return;
	case 3:
		op_limit(in);
		return;
	case 4:
		op_clone(in);
		return;
	case 5:
		become(pick(in, nprocesses));
		return;
	case 6:
		op_exit();
		return;
	case 7:
		op_exec();
		return;
	}
	fd = number(in);
	switch (op) {
	case 8:
		op_dup(fd);
		break;
	case 9:
	case 10:
		op_dup2(in, fd);
		break;
	case 11:
		op_dupfd(in, fd);
		break;
	case 12:
		op_close(fd);
		break;
	case 13:
		op_close_range(in, fd);
		break;
	case 14:
		op_cloexec(in, fd);
		break;
	case 15:
		op_flags(in, fd);
		break;
	case 16:
		op_seek(in, fd);
		break;
	case 17:
		op_read(in, fd);
		break;
	case 18:
		op_write(in, fd);
		break;
	case 19:
		op_query(in, fd);
		break;
	}
}

static void begin(void)
{
	struct rlimit *r = guest(AT_LIMIT);
	struct table *t = calloc(1, sizeof(*t));
	s64 fd;

	processes[0] = (struct process){ box_begin(), t, 64 };
	nprocesses = 1;
	turn = 0;
	t->refs = 1;
	for (u32 i = 0; i < 3; i++)
		put_at(t, i, file_make(STREAM, 0), 0);
	*r = (struct rlimit){ 64, SLOTS };
	MUST(!sys(SYS_prlimit64, 0, RLIMIT_NOFILE, AT_LIMIT, 0));
	strcpy(guest(AT_NAME), "/prog");
	fd = sys(SYS_open, AT_NAME, O_CREAT | O_WRONLY, 0755);
	memcpy(guest(AT_DATA), &elf_smallest, sizeof(elf_smallest));
	MUST(sys(SYS_write, fd, AT_DATA, sizeof(elf_smallest)) == sizeof(elf_smallest));
	sys(SYS_close, fd);
	strcpy(guest(AT_NAME), "/file");
	fd = sys(SYS_open, AT_NAME, O_CREAT | O_WRONLY, 0644);
	sys(SYS_close, fd);
	strcpy(guest(AT_NAME), "/dir");
	MUST(!sys(SYS_mkdir, AT_NAME, 0755));
	/* What isn't there is remembered, too. */
	strcpy(guest(AT_NAME), "/none");
	MUST(sys(SYS_access, AT_NAME, 0) == -ENOENT);
	file_size = 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static size_t least = ~0ul;
	struct input in = { data, data + size };

	begin();
	while (more(&in))
		step(&in);
	compare();
	/* Nobody is left, and the files are the same in every case. */
	while (box_tasks())
		box_exit(box_task(0));
	if (alloc_used() > least)
		box_suspect();
	else
		least = alloc_used();
	box_end();
	for (u32 i = 0; i < nprocesses; i++)
		table_put(processes[i].table);
	return 0;
}
