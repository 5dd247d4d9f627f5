// SPDX-License-Identifier: GPL-2.0
/*
 * exec: programs and scripts are files that the test writes into a folder,
 * which is the root of the box. What Linux answers with an errno is also tried natively.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char root[] = "/tmp/hosted-exec-XXXXXX";
static void make_root(void);
#define TEST_CONFIG() make_root()
#include "test.h"

static void path_of(char *buf, const char *name)
{
	sprintf(buf, "%s/%s", root, name);
}

static void put(const char *name, const void *data, size_t len, int mode)
{
	char path[256];
	int fd;

	path_of(path, name);
	fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0700);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len || fchmod(fd, mode) || close(fd))
		abort();
}

static void remove_root(void)
{
	char command[128];

	sprintf(command, "rm -rf %s", root);
	if (system(command))
		abort();
}

static void make_root(void)
{
	if (!mkdtemp(root) || chmod(root, 0755))
		abort();
	atexit(remove_root);
	hosted_config("root %d trusted", hosted_place(root, 0));
}

/* ---- a program to be varied ---- */

#define BASE 0x20000000ull
#define PAGE 4096

struct image {
	Elf64_Ehdr h;
	Elf64_Phdr p[4];
	char interp[64];
	char rest[3 * PAGE - sizeof(Elf64_Ehdr) - 4 * sizeof(Elf64_Phdr) - 64];
};

/* Text in the first page, data in the second, bss beyond it into a fourth. */
static struct image *image(int type)
{
	static struct image i;
	u64 base = type == ET_EXEC ? BASE : 0;

	memset(&i, 0, sizeof(i));
	memset(i.rest, 0x5a, sizeof(i.rest));
	memcpy(i.h.e_ident, ELFMAG, SELFMAG);
	i.h.e_ident[EI_CLASS] = ELFCLASS64;
	i.h.e_ident[EI_DATA] = ELFDATA2LSB;
	i.h.e_type = type;
	i.h.e_machine = EM_X86_64;
	i.h.e_version = 1;
	i.h.e_entry = base + 0x100;
	i.h.e_phoff = sizeof(i.h);
	i.h.e_phentsize = sizeof(i.p[0]);
	i.h.e_phnum = 3;
	i.p[0] = (Elf64_Phdr){ PT_LOAD, PF_R | PF_X, 0, base, base, PAGE, PAGE, PAGE };
	i.p[1] = (Elf64_Phdr){ PT_LOAD, PF_R | PF_W, PAGE, base + PAGE, 0, 0x100, 2 * PAGE + 0x10, PAGE };
	i.p[2] = (Elf64_Phdr){ PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0, 0 };
	return &i;
}

static void put_image(const char *name, const struct image *i)
{
	put(name, i, sizeof(*i), 0755);
}

/* A name of its own for each: a lower layer doesn't change while a box runs. The last one goes. */
static const char *put_new(const struct image *i, size_t len)
{
	static char name[32];
	static u32 n;
	char path[256];

	if (n) {
		path_of(path, name + 1);
		unlink(path);
	}
	sprintf(name, "/new%u", ++n);
	put(name + 1, i, len, 0755);
	return name;
}

static const char *const argv[] = { "zero", "one", NULL };

static s32 try(const char *path)
{
	return hosted_exec(AT_FDCWD, path, argv, 0, 0);
}

/* The errno of the same file outside of the box; 0 if it ran or died. */
static s32 try_native(const char *name)
{
	char path[256];
	int p[2], err = 0;
	pid_t pid;

	path_of(path, name);
	if (pipe2(p, O_CLOEXEC))
		abort();
	pid = fork();
	if (!pid) {
		execl(path, name, NULL);
		err = -errno;
		_exit(write(p[1], &err, sizeof(err)) < 0);
	}
	close(p[1]);
	if (read(p[0], &err, sizeof(err)) < 0)
		abort();
	close(p[0]);
	waitpid(pid, NULL, 0);
	return err;
}

#define BOTH(name, want) do {			\
	EQ(try("/" name), want);		\
	EQ(try_native(name), want);		\
} while (0)

TEST(program_is_mapped)
{
	struct image *i = image(ET_EXEC);
	const char *page;
	char c;
	s64 mem;

	put_image("prog", i);
	mem = north(SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDONLY);
	EQ(north(SYS_pread64, mem, &c, 1, "c"), 1);
	EQ(hosted_exec(AT_FDCWD, "/prog", argv, 0, 1), 0);
	/* The memory that the file was opened for has gone. */
	EQ(north(SYS_pread64, mem, &c, 1, "c"), 0);
	EQ(north(SYS_close, mem), 0);
	EQ(hosted_committed.entry, BASE + 0x100);
	EQ(hosted_committed.at_entry, BASE + 0x100);
	EQ(hosted_committed.at_base, 0);
	EQ(hosted_committed.at_phdr, BASE + sizeof(i->h));
	EQ(hosted_committed.at_phnum, 3);
	EQ(hosted_committed.at_phent, 56);
	EQ(hosted_committed.brk, BASE + 4 * PAGE);
	EQ(hosted_committed.start_code, BASE);
	EQ(hosted_committed.end_code, BASE + PAGE);
	EQ(hosted_committed.execstack, 0);
	STREQ(hosted_committed.comm, "prog");
	STREQ(hosted_committed.execfn, "/prog");
	page = (const char *)BASE;
	OK(!memcmp(page, i, PAGE));
	page += PAGE;
	OK(page[0] == 0x5a && page[0xff] == 0x5a);
	for (int k = 0x100; k < 3 * PAGE; k++)
		if (page[k])
			FAIL("bss at %x isn't zero", k);
	munmap((void *)BASE, 4 * PAGE);
}

TEST(interpreter_is_mapped_beside_the_program)
{
	struct image *i = image(ET_DYN);

	put_image("ld.so", i);
	i->p[2] = (Elf64_Phdr){ PT_INTERP, PF_R, offsetof(struct image, interp), 0, 0, 7, 7, 1 };
	strcpy(i->interp, "/ld.so");
	put_image("dyn", i);
	EQ(hosted_exec(AT_FDCWD, "dyn", argv, 0, 1), 0);
	OK(hosted_committed.at_base);
	EQ(hosted_committed.entry, hosted_committed.at_base + 0x100);
	OK(hosted_committed.at_entry != hosted_committed.entry);
	OK(!memcmp((void *)hosted_committed.at_base, "\177ELF", 4));
	OK(!memcmp((void *)(hosted_committed.at_entry - 0x100), i, PAGE));
	munmap((void *)hosted_committed.at_base, 4 * PAGE);
	munmap((void *)(hosted_committed.at_entry - 0x100), 4 * PAGE);
}

TEST(alignment_is_kept)
{
	struct image *i = image(ET_DYN);

	i->p[0].p_align = 2 << 20;
	put_image("aligned", i);
	for (int k = 0; k < 8; k++) {
		EQ(hosted_exec(AT_FDCWD, "/aligned", argv, 0, 1), 0);
		EQ((hosted_committed.entry - 0x100) & ((2 << 20) - 1), 0);
		munmap((void *)(hosted_committed.entry - 0x100), 4 * PAGE);
	}
}

TEST(broken_headers_are_no_programs)
{
	struct image *i;

	i = image(ET_EXEC), i->h.e_ident[0] = 0, put_image("b0", i);
	BOTH("b0", -ENOEXEC);
	i = image(ET_REL), put_image("b1", i);
	BOTH("b1", -ENOEXEC);
	i = image(ET_EXEC), i->h.e_machine = EM_AARCH64, put_image("b2", i);
	BOTH("b2", -ENOEXEC);
	i = image(ET_EXEC), i->h.e_phentsize = 55, put_image("b3", i);
	BOTH("b3", -ENOEXEC);
	i = image(ET_EXEC), i->h.e_phnum = 0, put_image("b4", i);
	BOTH("b4", -ENOEXEC);
	/* More than a page of program headers: other kernels than 6.12 may take them. */
	i = image(ET_EXEC), i->h.e_phnum = 100, put_image("b5", i);
	EQ(try("/b5"), -ENOEXEC);
	i = image(ET_EXEC), i->h.e_phoff = 1ull << 40, put_image("b6", i);
	BOTH("b6", -ENOEXEC);
	i = image(ET_EXEC), i->h.e_phoff = ~0ull - 8, put_image("b7", i);
	EQ(try("/b7") < 0, 1);
	put("b8", image(ET_EXEC), 40, 0755);
	BOTH("b8", -ENOEXEC);
	put("b9", image(ET_EXEC), 64 + 56, 0755);
	BOTH("b9", -ENOEXEC);
	put("b10", "", 0, 0755);
	BOTH("b10", -ENOEXEC);
	put("b11", "hello", 5, 0755);
	BOTH("b11", -ENOEXEC);
}

TEST(hostile_segments_are_refused)
{
	static const struct {
		u64 offset, vaddr, filesz, memsz;
	} bad[] = {
		{ PAGE, BASE + PAGE, 2 * PAGE, PAGE },			/* more file than memory */
		{ PAGE, BASE + PAGE, ~0ull, ~0ull },
		{ PAGE, BASE + PAGE, 100, ~0ull },
		{ PAGE, BASE + PAGE, 100, ~0ull - BASE - PAGE + 1 },	/* wraps to 0 */
		{ PAGE, ~0ull - 100, 10, 10 },
		{ PAGE, 0x7ffffffff000, 10, 10 },
		{ PAGE, 0xffff800000000000, 10, 10 },
		{ PAGE + 1, BASE + PAGE, 10, 10 },			/* differs within the page */
		{ 64 * PAGE, BASE + PAGE, 10, 10 },			/* behind the file */
		{ ~0ull & ~0xfffull, BASE + PAGE, PAGE, PAGE },
		{ 0x7ffffffffffff000, BASE + PAGE, PAGE, PAGE },
		{ PAGE, 0x7fff00000000, 10, 10 },			/* too far from the first */
		{ PAGE, BASE + PAGE, 10, 0x600000000000 },
	};

	for (u32 k = 0; k < sizeof(bad) / sizeof(*bad); k++) {
		struct image *i = image(ET_EXEC);
		s32 err;

		i->p[1].p_offset = bad[k].offset;
		i->p[1].p_vaddr = bad[k].vaddr;
		i->p[1].p_filesz = bad[k].filesz;
		i->p[1].p_memsz = bad[k].memsz;
		err = try(put_new(i, sizeof(*i)));
		if (err != -ENOEXEC && err != -ENOMEM)
			FAIL("segment %u: %d", k, err);
	}
}

TEST(overlapping_segments_stay_inside)
{
	struct image *i = image(ET_DYN);
	u64 at;

	i->p[1].p_vaddr = 0;
	i->p[1].p_offset = 0;
	put_image("overlap", i);
	EQ(hosted_exec(AT_FDCWD, "/overlap", argv, 0, 1), 0);
	at = hosted_committed.entry - 0x100;
	OK(!memcmp((void *)at, i, 0x100));
	munmap((void *)at, 4 * PAGE);
}

TEST(no_segments_is_no_program)
{
	struct image *i = image(ET_DYN);

	i->p[0].p_type = i->p[1].p_type = PT_NULL;
	put_image("empty", i);
	EQ(try("/empty"), -ENOEXEC);
}

TEST(bad_interpreters)
{
	struct image *i = image(ET_DYN);
	static const struct {
		u64 offset, size;
		const char *text;
		s32 err;
	} bad[] = {
		{ offsetof(struct image, interp), 1, "", -ENOEXEC },
		{ offsetof(struct image, interp), 4097, "/ld.so", -ENOEXEC },
		{ offsetof(struct image, interp), 6, "/ld.so", -ENOEXEC },	/* not terminated */
		{ 1 << 20, 7, "/ld.so", -EIO },
		{ offsetof(struct image, interp), 6, "/none", -ENOENT },
		{ offsetof(struct image, interp), 2, "/", -EACCES },
		{ offsetof(struct image, interp), 5, "/txt", -ELIBBAD },
		{ offsetof(struct image, interp), 7, "/short", -EIO },
	};
	char text[128] = "text";

	put("txt", text, sizeof(text), 0755);
	put("short", "x", 1, 0755);
	for (u32 k = 0; k < sizeof(bad) / sizeof(*bad); k++) {
		s32 err;

		i->p[2] = (Elf64_Phdr){ PT_INTERP, PF_R, bad[k].offset, 0, 0, bad[k].size, bad[k].size, 1 };
		strcpy(i->interp, bad[k].text);
		err = try(put_new(i, sizeof(*i)));
		if (err != bad[k].err)
			FAIL("interpreter %u: %d, not %d", k, err, bad[k].err);
	}
}

TEST(what_may_not_be_executed)
{
	char path[256];

	put("noexec", image(ET_EXEC), sizeof(struct image), 0644);
	BOTH("noexec", -EACCES);
	path_of(path, "dir");
	mkdir(path, 0755);
	BOTH("dir", -EACCES);
	BOTH("none", -ENOENT);
	BOTH("noexec/x", -ENOTDIR);
	path_of(path, "loop");
	OK(!symlink("loop", path));
	BOTH("loop", -ELOOP);
	path_of(path, "link");
	OK(!symlink("noexec", path));
	EQ(hosted_exec(AT_FDCWD, "/link", argv, AT_SYMLINK_NOFOLLOW, 0), -ELOOP);
	EQ(hosted_exec(AT_FDCWD, "/link", argv, 0x20, 0), -EINVAL);
	EQ(hosted_exec(AT_FDCWD, "", argv, 0, 0), -ENOENT);
	EQ(hosted_exec(99, "x", argv, 0, 0), -EBADF);
	EQ(hosted_exec(AT_FDCWD, (const char *)8, argv, 0, 0), -EFAULT);
}

static void want_argv(const char *first, ...)
{
	u32 n = 0;
	va_list ap;

	va_start(ap, first);
	for (const char *s = first; s; s = va_arg(ap, const char *)) {
		if (!hosted_argv[n])
			FAIL("argument %u is missing, not %s", n, s);
		STREQ(hosted_argv[n], s);
		n++;
	}
	va_end(ap);
	OK(!hosted_argv[n]);
}

static void script(const char *name, const char *text)
{
	put(name, text, strlen(text), 0755);
}

TEST(scripts_put_their_interpreter_first)
{
	put_image("sh", image(ET_EXEC));
	script("s1", "#!/sh\n");
	EQ(try("/s1"), 0);
	want_argv("/sh", "/s1", "one", NULL);
	script("s2", "#! /sh  -a b\t \necho");
	EQ(try("/s2"), 0);
	want_argv("/sh", "-a b", "/s2", "one", NULL);
	script("s3", "#!/sh");
	EQ(try("/s3"), 0);
	want_argv("/sh", "/s3", "one", NULL);
	script("s4", "#!\t/sh\t\n");
	EQ(try("/s4"), 0);
	want_argv("/sh", "/s4", "one", NULL);
	script("s5", "#!/s1 x\n");
	EQ(try("/s5"), 0);
	want_argv("/sh", "/s1", "x", "/s5", "one", NULL);
	EQ(hosted_exec(AT_FDCWD, "/s1", (const char *const[]){ NULL }, 0, 0), 0);
	want_argv("/sh", "/s1", NULL);
}

TEST(scripts_that_are_none)
{
	char text[300];

	script("n1", "#!\n");
	BOTH("n1", -ENOEXEC);
	script("n2", "#!   \t  \nx");
	BOTH("n2", -ENOEXEC);
	script("n3", "#!");
	BOTH("n3", -EACCES);
	script("n4", "#!/none\n");
	BOTH("n4", -ENOENT);
	memset(text, 'a', sizeof(text));
	memcpy(text, "#!/", 3);
	put("n5", text, sizeof(text), 0755);
	BOTH("n5", -ENOEXEC);
	memset(text + 2, ' ', sizeof(text) - 2);
	put("n6", text, sizeof(text), 0755);
	BOTH("n6", -ENOEXEC);
	memset(text, 'a', sizeof(text));
	memcpy(text, "#!/sh ", 6);
	put("n7", text, sizeof(text), 0755);
	EQ(try("/n7"), 0);
	EQ(strlen(hosted_argv[1]), 249);
	script("n8", "#!/n8\n");
	EQ(try("/n8"), -ELOOP);
}

TEST(scripts_nest_five_deep)
{
	put_image("sh", image(ET_EXEC));
	script("d1", "#!/sh\n");
	script("d2", "#!/d1\n");
	script("d3", "#!/d2\n");
	script("d4", "#!/d3\n");
	script("d5", "#!/d4\n");
	script("d6", "#!/d5\n");
	EQ(try("/d5"), 0);
	EQ(try("/d6"), -ELOOP);
}

TEST(descriptors_are_executed)
{
	s32 fd = north(SYS_openat, AT_FDCWD, "/sh", O_RDONLY), dir;

	OK(fd >= 0);
	EQ(hosted_exec(fd, "", argv, AT_EMPTY_PATH, 1), 0);
	munmap((void *)BASE, 4 * PAGE);
	STREQ(hosted_committed.comm, "sh");
	EQ(strncmp(hosted_committed.execfn, "/dev/fd/", 8), 0);
	dir = north(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY);
	OK(dir >= 0);
	EQ(hosted_exec(dir, "sh", argv, 0, 0), 0);
	EQ(hosted_exec(dir, "s1", argv, 0, 0), 0);
	EQ(north(SYS_close, dir), 0);
	dir = north(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	EQ(hosted_exec(dir, "sh", argv, 0, 0), 0);
	EQ(hosted_exec(dir, "s1", argv, 0, 0), -ENOENT);
	EQ(hosted_exec(dir, "", argv, AT_EMPTY_PATH, 0), -EACCES);
	north(SYS_close, dir);
	north(SYS_close, fd);
}

TEST(exec_closes_descriptors)
{
	s32 keep = north(SYS_openat, AT_FDCWD, "/sh", O_RDONLY);
	s32 gone = north(SYS_openat, AT_FDCWD, "/sh", O_RDONLY | O_CLOEXEC);
	char c;

	EQ(hosted_exec(AT_FDCWD, "/sh", argv, 0, 1), 0);
	munmap((void *)BASE, 4 * PAGE);
	EQ(north(SYS_read, keep, &c, 1), 1);
	EQ(north(SYS_read, gone, &c, 1), -EBADF);
	north(SYS_close, keep);
}

TEST(set_id_programs_change_ids)
{
	struct task *me = north_current, *t;

	put("suid", image(ET_EXEC), sizeof(struct image), 0755);
	EQ(north(SYS_fork), 0);
	t = hosted_child(5001, 5001);
	hosted_become(t);
	EQ(north(SYS_chown, "/suid", 77, 88), 0);
	EQ(north(SYS_chmod, "/suid", 06755), 0);
	EQ(north(SYS_setgid, 1000), 0);
	EQ(north(SYS_setuid, 1000), 0);
	EQ(hosted_exec(AT_FDCWD, "/suid", argv, 0, 1), 0);
	munmap((void *)BASE, 4 * PAGE);
	EQ(north(SYS_getuid), 1000);
	EQ(north(SYS_geteuid), 77);
	EQ(north(SYS_getegid), 88);
	EQ(hosted_committed.euid, 77);
	EQ(hosted_committed.secure, 1);
	EQ(hosted_fact(SYS_geteuid), 77);
	EQ(north(SYS_prctl, 3), 0);
	hosted_exit(t);
	hosted_become(me);

	EQ(north(SYS_fork), 0);
	t = hosted_child(5002, 5002);
	hosted_become(t);
	EQ(north(SYS_setuid, 1000), 0);
	EQ(north(SYS_prctl, 38, 1), 0);
	EQ(hosted_exec(AT_FDCWD, "/suid", argv, 0, 1), 0);
	munmap((void *)BASE, 4 * PAGE);
	EQ(north(SYS_geteuid), 1000);
	EQ(hosted_committed.secure, 0);
	hosted_exit(t);
	hosted_become(me);
}

TEST(a_set_id_program_shares_no_working_directory)
{
	struct task *me = north_current, *t, *other;

	put("suid2", image(ET_EXEC), sizeof(struct image), 0755);
	EQ(north(SYS_chown, "/suid2", 77, 88), 0);
	EQ(north(SYS_chmod, "/suid2", 06755), 0);
	EQ(north(SYS_mkdir, "/elsewhere", 0777), 0);
	EQ(north(SYS_fork), 0);
	t = hosted_child(5003, 5003);
	hosted_become(t);
	EQ(north(SYS_setuid, 1000), 0);
	/* As another thread might, once that was looked at. */
	EQ(hosted_exec(AT_FDCWD, "/suid2", argv, 0, 0), 0);
	EQ(north(SYS_clone, CLONE_FS | SIGCHLD, 0, 0, 0, 0), 0);
	other = hosted_child(5004, 5004);
	EQ(hosted_exec_finish(), 0);
	munmap((void *)BASE, 4 * PAGE);
	EQ(north(SYS_geteuid), 77);
	hosted_become(other);
	EQ(north(SYS_chdir, "/elsewhere"), 0);
	hosted_become(t);
	EQ(north(SYS_chdir, "elsewhere"), 0);
	EQ(north(SYS_chdir, "/"), 0);
	/* With one that has it already it gets no rights. */
	hosted_become(other);
	EQ(north(SYS_clone, CLONE_FS | SIGCHLD, 0, 0, 0, 0), 0);
	hosted_exit(t);
	t = hosted_child(5005, 5005);
	EQ(hosted_exec(AT_FDCWD, "/suid2", argv, 0, 1), 0);
	munmap((void *)BASE, 4 * PAGE);
	EQ(north(SYS_geteuid), 1000);
	hosted_exit(t);
	hosted_exit(other);
	hosted_become(me);
}

/* What a process of user 1000 is after it executed @name, a copy of the program with @caps. */
static struct seen_caps {
	u64 permitted, effective;
	s32 err, secure, hidden;
} with_caps(const char *name, const void *caps, size_t len, u32 tracer, int no_new_privs)
{
	struct task *me = north_current, *t;
	struct seen_caps seen = { 0 };
	u32 header[2] = { 0x20080522, 0 }, data[6];
	static s32 pid = 5100;

	pid++;
	EQ(north(SYS_setxattr, name, "security.capability", caps, len, 0), 0);
	EQ(north(SYS_fork), 0);
	t = hosted_child(pid, pid);
	hosted_become(t);
	EQ(north(SYS_setuid, 1000), 0);
	if (no_new_privs)
		EQ(north(SYS_prctl, 38, 1), 0);
	hosted_task(pid)->tracer = tracer;
	seen.err = hosted_exec(AT_FDCWD, name, argv, 0, 1);
	if (!seen.err)
		munmap((void *)BASE, 4 * PAGE);
	EQ(north(SYS_capget, header, data), 0);
	seen.permitted = data[1] | (u64)data[4] << 32;
	seen.effective = data[0] | (u64)data[3] << 32;
	seen.secure = hosted_committed.secure;
	seen.hidden = north(SYS_prctl, 3) == 0;
	hosted_exit(t);
	hosted_become(me);
	return seen;
}

TEST(files_give_capabilities)
{
	struct { u32 magic, low, low_i, high, high_i, root; } caps = { 0x02000001, 1 << 12, 0, 1 << 7, 0, 0 };
	const u64 given = 1ull << 12 | 1ull << 39;
	struct seen_caps seen;
	s32 fd;

	put("caps", image(ET_EXEC), sizeof(struct image), 0755);
	seen = with_caps("/caps", &caps, 20, 0, 0);
	EQ(seen.err, 0);
	EQ(seen.permitted, given);
	EQ(seen.effective, given);
	OK(seen.secure && seen.hidden);
	/* Neither to who gave that up, nor to a tracer's prey; but to root's. */
	EQ(with_caps("/caps", &caps, 20, 0, 1).permitted, 0);
	EQ(with_caps("/caps", &caps, 20, 99999, 0).permitted, 0);
	EQ(with_caps("/caps", &caps, 20, getpid(), 0).permitted, given);
	caps.magic = 0x02000000;
	seen = with_caps("/caps", &caps, 20, 0, 0);
	EQ(seen.permitted, given);
	EQ(seen.effective, 0);
	caps.magic = 0x03000001;
	EQ(with_caps("/caps", &caps, 24, 0, 0).permitted, given);
	caps.root = 7;
	EQ(with_caps("/caps", &caps, 24, 0, 0).permitted, 0);
	caps.magic = 0x01000001;
	EQ(with_caps("/caps", &caps, 12, 0, 0).permitted, 1 << 12);
	/* What isn't any. */
	EQ(with_caps("/caps", &caps, 20, 0, 0).permitted, 0);
	EQ(with_caps("/caps", &caps, 3, 0, 0).permitted, 0);
	EQ(with_caps("/caps", "a long value that is none of them", 33, 0, 0).permitted, 0);
	/* Who writes to it takes them. */
	caps.magic = 0x02000001;
	EQ(with_caps("/caps", &caps, 20, 0, 0).permitted, given);
	fd = north(SYS_openat, AT_FDCWD, "/caps", O_WRONLY);
	OK(fd >= 0);
	EQ(north(SYS_write, fd, "\177", 1), 1);
	north(SYS_close, fd);
	EQ(north(SYS_getxattr, "/caps", "security.capability", NULL, 0), -ENODATA);
	EQ(north(SYS_setxattr, "/caps", "security.capability", &caps, 20, 0), 0);
	EQ(north(SYS_chown, "/caps", 5, 5), 0);
	EQ(north(SYS_getxattr, "/caps", "security.capability", NULL, 0), -ENODATA);
	EQ(north(SYS_setxattr, "/caps", "security.capability", &caps, 20, 0), 0);
	EQ(north(SYS_truncate, "/caps", sizeof(struct image)), 0);
	EQ(north(SYS_getxattr, "/caps", "security.capability", NULL, 0), -ENODATA);
}

/* Whatever is in a file: an errno or a mapping, never a crash. */
TEST(random_headers_do_no_harm)
{
	srand(3);
	for (u32 round = 0; round < 3000; round++) {
		struct image *i = image(rand() % 2 ? ET_EXEC : ET_DYN);
		u8 *bytes = (u8 *)i;
		s32 err;

		for (u32 k = 1 + rand() % 6; k; k--) {
			u32 at = rand() % (sizeof(i->h) + 3 * sizeof(i->p[0]));

			bytes[at] = rand() % 3 ? rand() : rand() % 2 ? 0xff : 0;
		}
		err = try(put_new(i, rand() % 4 ? sizeof(*i) : (size_t)rand() % sizeof(*i)));
		if (err > 0 || err < -133)
			FAIL("round %u: %d", round, err);
	}
}

TEST(nothing_leaks)
{
	u32 handles = hosted_handles();

	for (u32 k = 0; k < 5; k++) {
		try("/s5");
		try("/n8");
		EQ(hosted_exec(AT_FDCWD, "/sh", argv, 0, 1), 0);
		munmap((void *)BASE, 4 * PAGE);
	}
	OK(hosted_handles() <= handles + 8);
}

TEST(memory_for_an_exec_may_be_missing)
{
	for (u32 n = 1; n < 200; n++) {
		s32 r;

		hosted_fail_alloc(n);
		r = hosted_exec(AT_FDCWD, "/s5", argv, 0, 0);
		hosted_fail_alloc(0);
		if (!r) {
			OK(n == 1 || n > 8);
			return;
		}
		EQ(r, -ENOMEM);
	}
	FAIL("never enough");
}
