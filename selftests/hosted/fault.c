// SPDX-License-Identifier: GPL-2.0
/*
 * The hosted South failing on demand. The linker puts a wrapper before each import that can
 * fail, and before North's allocator (--wrap, see the Makefile, which also makes the list):
 * it hands on the call as it is, or answers with an error in its place.
 */
#include <stddef.h>
#include <string.h>
#include "fault.h"

struct fault fault;

static const char *const names[] = {
#define FAULT_POINT(name) #name,
#include "fault.list"
#undef FAULT_POINT
};

/* Where an answer is an address, there is none. */
static long failure(const char *name)
{
	if (!strcmp(name, "alloc") || !strcmp(name, "resize") || !strcmp(name, "south_grow"))
		return 0;
	/* These have but one error to give (south.h). */
	return strncmp(name, "south_user_", 11) ? fault.error : -14;
}

/* What a wrapper asks; returned in two registers. */
struct fault_answer {
	long fails, value;
};

__attribute__((used)) struct fault_answer fault_point(unsigned long point)
{
	struct fault_answer answer = { 0, 0 };

	if (!fault.armed)
		return answer;
	fault.seen[point]++;
	if (++fault.reached != fault.nth)
		return answer;
	fault.failed[point]++;
	fault.name = names[point];
	answer.fails = 1;
	answer.value = failure(names[point]);
	return answer;
}

const char *fault_name(unsigned int point)
{
	return point < sizeof(names) / sizeof(names[0]) ? names[point] : NULL;
}

/* Six registers of arguments are kept; what lies on the stack stays where it is. */
asm(".text\n"
    ".macro fault_wrapper name, point\n"
    ".globl __wrap_\\name\n"
    ".type __wrap_\\name, @function\n"
    "__wrap_\\name:\n"
    "	push %rbp\n	mov %rsp, %rbp\n"
    "	push %rdi\n	push %rsi\n	push %rdx\n	push %rcx\n	push %r8\n	push %r9\n"
    "	mov $\\point, %edi\n"
    "	call fault_point\n"
    "	mov %rax, %r10\n"
    "	mov %rdx, %rax\n"
    "	pop %r9\n	pop %r8\n	pop %rcx\n	pop %rdx\n	pop %rsi\n	pop %rdi\n	pop %rbp\n"
    "	test %r10, %r10\n"
    "	jz __real_\\name\n"
    "	ret\n"
    ".size __wrap_\\name, . - __wrap_\\name\n"
    ".endm\n"
    ".set fault_number, 0\n"
#define FAULT_POINT(name) \
    "fault_wrapper " #name ", fault_number\n" \
    ".set fault_number, fault_number + 1\n"
#include "fault.list"
#undef FAULT_POINT
    ".section .note.GNU-stack,\"\",@progbits\n"
    ".text\n");
