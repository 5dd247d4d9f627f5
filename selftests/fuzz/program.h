/* SPDX-License-Identifier: GPL-2.0 */
/* The smallest program that is one: a header, a segment of itself. */
#ifndef FUZZ_ELF_H
#define FUZZ_ELF_H

#include <elf.h>

static const struct {
	Elf64_Ehdr header;
	Elf64_Phdr segment;
} elf_smallest __attribute__((unused)) = {
	.header = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_entry = 0x400078, .e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1,
	},
	.segment = {
		.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = 0x400000, .p_paddr = 0x400000,
		.p_filesz = 120, .p_memsz = 120, .p_align = 4096,
	},
};

#endif
