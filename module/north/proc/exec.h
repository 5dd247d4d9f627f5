/* SPDX-License-Identifier: GPL-2.0 */
/* Private to exec: what north_exec() found out and north_exec_finish() needs. */
#ifndef NORTH_EXEC_H
#define NORTH_EXEC_H

#include "proc.h"

#define EXEC_BUF_SIZE 256 /* BINPRM_BUF_SIZE */

struct elf_header {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_phdr {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

/* struct elf_image - a program or an interpreter, as its headers describe it. */
struct elf_image {
	struct file *file;	/* open, so that its handle stays */
	struct elf_header header;
	struct elf_phdr *phdrs;	/* header.phnum, checked */
	u64 low, high;		/* the span of its segments: whole pages */
};

struct exec_state {
	struct elf_image program, interpreter; /* interpreter.file: NULL without one */
	char *execfn;		/* the path as AT_EXECFN shows it */
	char *exe_path;		/* the program's as /proc shows it */
	char *name;		/* its last component, cut to comm */
	struct cred *cred;
	bool secure;		/* AT_SECURE */
	bool hidden;		/* the program can't be read: not dumpable */
	bool execstack;
};

/* exec_cred - @e->cred and @e->secure, for a program in @f. */
s32 exec_cred(struct exec_state *e, const struct file *f);
/* exec_open - a file to execute, by path: regular, executable. Or ERR_PTR. */
struct file *exec_open(s32 dirfd, const char *path, u32 flags);
/* exec_peek - up to @len bytes of a file's contents. Returns how many, or an errno. */
s64 exec_peek(struct file *f, u64 off, void *dst, u32 len);

/*
 * elf_check - read and check headers; @error: what is said of a file that isn't an ELF
 * program of this machine. Takes nothing: @image->file is the caller's.
 */
s32 elf_check(struct elf_image *image, s32 error);
/* elf_interpreter - the path in PT_INTERP, to release(); NULL: there is none; or ERR_PTR. */
char *elf_interpreter(const struct elf_image *image);
bool elf_execstack(const struct elf_image *image);

/* Where an image came to lie. */
struct elf_place {
	u64 bias, phdrs, entry, start_code, end_code, start_data, end_data, brk;
};
/* elf_map - into the new address space. @program: not an interpreter. */
s32 elf_map(const struct elf_image *image, bool program, struct elf_place *place);

/* What a line "#!" asks for; both point into the buffer that was parsed. */
struct script {
	const char *interpreter;
	const char *arg;	/* NULL: none */
};
/* script_parse - @buf of EXEC_BUF_SIZE bytes is changed. 0 or -ENOEXEC. */
s32 script_parse(char *buf, struct script *s);

#endif
