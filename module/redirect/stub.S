/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The program that execve really loads: one call, which North answers by putting
 * another program in its place.
 */
	.globl	_start
	.text
_start:
	xorl	%eax, %eax
	syscall
	hlt
	.section .note.GNU-stack, "", @progbits
