// SPDX-License-Identifier: GPL-2.0
/*
 * ELF and "#!": the input is a program file, after one byte that says what it meets.
 * What comes of a script is worked out here a second time; what was mapped of a
 * program is compared to the file.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include "fuzz.h"
#include "program.h"

#define LINE 256
#define PAGE 4096ull
#define DATA_MAX 8192
#define AT_NAME GUEST
#define AT_DATA (GUEST + 0x10000)

/* The first byte. */
#define INTERP_SAME  1	/* the interpreter is the same file, or ... */
#define INTERP_BACK  2	/* ... "#!/prog" */
#define SET_IDS      4
#define OTHER_USER   8
#define BY_FD        16	/* by a descriptor that closes on exec */

static const u8 *file;
static size_t file_size;
static u32 how;

static void put(const char *name, const void *data, size_t size, u32 mode)
{
	s64 fd;

	strcpy(guest(AT_NAME), name);
	fd = sys(SYS_open, AT_NAME, O_CREAT | O_WRONLY | O_TRUNC, 0700);
	MUST(fd >= 0);
	memcpy(guest(AT_DATA), data, size);
	MUST(sys(SYS_write, fd, AT_DATA, size) == (s64)size);
	MUST(!sys(SYS_fchmod, fd, mode));
	MUST(!sys(SYS_close, fd));
}

/* ---- "#!" ---- */

static int blank(char c)
{
	return c == ' ' || c == '\t';
}

/* What the first line asks for. 0: nothing that could be executed. */
static int script(char *interpreter, char *arg, int *has_arg)
{
	char line[LINE] = "";
	int end = 0, name, i;

	memcpy(line, file, file_size < LINE ? file_size : LINE);
	if (line[0] != '#' || line[1] != '!')
		return 0;
	while (end < LINE && line[end] && line[end] != '\n')
		end++;
	for (name = 2; name < LINE && blank(line[name]); name++)
		;
	if (end == LINE || line[end] != '\n') {
		/* No end of line: then the name at least has to end. */
		for (i = name; i < LINE && line[i] && !blank(line[i]); i++)
			;
		if (i == LINE)
			return 0;
		end = LINE - 1;
	}
	while (blank(line[end - 1]))
		end--;
	if (name >= end)
		return 0;
	line[end] = 0;
	for (i = 0; line[name + i] && !blank(line[name + i]); i++)
		interpreter[i] = line[name + i];
	interpreter[i] = 0;
	*has_arg = line[name + i] != 0;
	for (i += name; i < end && blank(line[i]); i++)
		;
	strcpy(arg, line + i);
	return 1;
}

static void check_argument(u32 i, const char *want)
{
	if (!hosted_argv[i] || strcmp(hosted_argv[i], want))
		fuzz_fail("argument %u is %s, not %s", i, hosted_argv[i] ? hosted_argv[i] : "missing", want);
}

static void check_script(s32 r)
{
	char interpreter[LINE], arg[LINE];
	int has_arg;
	u32 n = 0;

	if (!script(interpreter, arg, &has_arg)) {
		if (r != -ENOEXEC)
			fuzz_fail("a script without an interpreter: %s", outcome(r));
		return;
	}
	if (how & BY_FD) {
		/* The interpreter could not open it any more. */
		if (r != -ENOENT)
			fuzz_fail("a script that closes: %s", outcome(r));
		return;
	}
	if (!strcmp(interpreter, "/prog") && r != -ELOOP)
		fuzz_fail("a script that is its own interpreter: %s", outcome(r));
	if (strcmp(interpreter, "/interp") || how & (INTERP_SAME | INTERP_BACK))
		return;
	if (r)
		fuzz_fail("a script for /interp: %s", outcome(r));
	check_argument(n++, "/interp");
	if (has_arg)
		check_argument(n++, arg);
	check_argument(n++, "/prog");
	check_argument(n++, "second");
	if (hosted_argv[n])
		fuzz_fail("argument %u is too much: %s", n, hosted_argv[n]);
}

/* ---- ELF ---- */

/* Reads the guest's memory, wherever it is. */
static void fetch(u64 at, u8 *to, u64 n, const char *what)
{
	struct iovec mine = { to, n }, theirs = { guest(at), n };

	if (at < GUEST_LOW || at + n > GUEST_END ||
	    process_vm_readv(getpid(), &mine, 1, &theirs, 1, 0) != (ssize_t)n)
		fuzz_fail("%s: %llu bytes at %llx aren't there", what, n, at);
}

static void check_segment(const Elf64_Phdr *p, u64 bias)
{
	static u8 have[DATA_MAX];
	u64 zeroes = p->p_memsz - p->p_filesz;

	if (p->p_filesz && (p->p_filesz > p->p_memsz || p->p_offset > file_size ||
			    p->p_filesz > file_size - p->p_offset))
		fuzz_fail("a segment beyond its file or its memory was mapped");
	if (!(p->p_flags & PF_R) || !p->p_memsz)
		return;
	fetch(p->p_vaddr + bias, have, p->p_filesz, "segment");
	if (p->p_filesz && memcmp(have, file + p->p_offset, p->p_filesz))
		fuzz_fail("a segment has other bytes than its file");
	/* The end of a page of the file belongs to no bss where nothing can be written. */
	if (!(p->p_flags & PF_W))
		return;
	if (zeroes > DATA_MAX)
		zeroes = DATA_MAX;
	fetch(p->p_vaddr + p->p_filesz + bias, have, zeroes, "bss");
	for (u64 i = 0; i < zeroes; i++)
		if (have[i])
			fuzz_fail("byte %llu of the bss is %u", i, have[i]);
}

static void check_program(void)
{
	const struct south_exec *x = &hosted_committed;
	Elf64_Ehdr h;
	Elf64_Phdr p;
	u64 bias, at_phdr = 0;
	u32 loads = 0;
	int covered = 0;	/* maybe, by an interpreter that wants the same place */

	MUST(file_size >= sizeof(h));
	memcpy(&h, file, sizeof(h));
	MUST(!memcmp(h.e_ident, ELFMAG, SELFMAG) && h.e_machine == EM_X86_64);
	MUST(h.e_type == ET_EXEC || h.e_type == ET_DYN);
	MUST(h.e_phentsize == sizeof(p) && h.e_phnum);
	MUST(h.e_phoff <= file_size && h.e_phnum * sizeof(p) <= file_size - h.e_phoff);
	MUST(x->at_phnum == h.e_phnum && x->at_phent == sizeof(p));
	bias = x->at_entry - h.e_entry;
	MUST(h.e_type == ET_DYN || !bias);
	MUST(!(bias % PAGE));
	for (u32 i = 0; i < h.e_phnum; i++) {
		memcpy(&p, file + h.e_phoff + i * sizeof(p), sizeof(p));
		covered |= p.p_type == PT_INTERP && h.e_type == ET_EXEC;
		if (p.p_type != PT_LOAD)
			continue;
		loads++;
		if (p.p_offset <= h.e_phoff && h.e_phoff < p.p_offset + p.p_filesz)
			at_phdr = h.e_phoff - p.p_offset + p.p_vaddr;
	}
	MUST(loads);
	if (x->at_phdr != at_phdr + bias)
		fuzz_fail("AT_PHDR is %llx, not %llx", x->at_phdr, at_phdr + bias);
	/* Of several, one may lie over the other; and an interpreter over a program. */
	for (u32 i = 0; loads == 1 && !covered && i < h.e_phnum; i++) {
		memcpy(&p, file + h.e_phoff + i * sizeof(p), sizeof(p));
		if (p.p_type == PT_LOAD)
			check_segment(&p, bias);
	}
	MUST(!strcmp(x->comm, "prog"));
	MUST(!strcmp(x->execfn, how & BY_FD ? "/dev/fd/3" : "/prog"));
	MUST(x->secure == ((how & (SET_IDS | OTHER_USER)) == (SET_IDS | OTHER_USER)));
	MUST(x->euid == (how & OTHER_USER && !(how & SET_IDS) ? 1000 : 0));
}

static void check_errno(s32 r)
{
	static const s32 fine[] = {
		0, ENOEXEC, ENOMEM, EACCES, ELIBBAD, ENOENT, ELOOP, EIO, EINVAL, ENOTDIR, ENAMETOOLONG,
		EPERM, EEXIST, EISDIR, ENXIO,
	};

	for (u32 i = 0; i < ARRAY_SIZE(fine); i++)
		if (r == -fine[i])
			return;
	fuzz_fail("exec gives %s", outcome(r));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const char *const argv[] = { "first", "second", NULL };
	size_t used;
	s32 r;

	if (!size || size > DATA_MAX)
		return 0;
	how = data[0];
	file = data + 1;
	file_size = size - 1;

	box_begin();
	put("/prog", file, file_size, how & SET_IDS ? 06755 : 0755);
	if (how & INTERP_SAME)
		put("/interp", file, file_size, 0755);
	else if (how & INTERP_BACK)
		put("/interp", "#!/prog", 7, 0755);
	else
		put("/interp", &elf_smallest, sizeof(elf_smallest), 0755);
	if (how & OTHER_USER)
		MUST(!sys(SYS_setresuid, 1000, 1000, 1000));
	strcpy(guest(AT_NAME), "/prog");
	used = alloc_used();
	if (how & BY_FD) {
		MUST(sys(SYS_open, AT_NAME, O_PATH | O_CLOEXEC) == 3);
		strcpy(guest(AT_NAME), "");
		r = box_exec(3, AT_NAME, argv, AT_EMPTY_PATH, 1);
	} else {
		r = box_exec(AT_FDCWD, AT_NAME, argv, 0, 1);
	}
	fuzz_note("exec = %s", outcome(r));
	check_errno(r);
	if (file_size >= 2 && !memcmp(file, "#!", 2))
		check_script(r);
	else if (!r)
		check_program();
	/* What it executes stays open, and little else. */
	if (alloc_used() > used + 8192)
		fuzz_fail("%zu bytes are kept after an exec", alloc_used() - used);
	box_end();
	return 0;
}
