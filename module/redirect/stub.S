/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The program that execve really loads: North puts another in its place before it runs.
 */
	.globl	_start
	.text
_start:
	hlt
	.section .note.GNU-stack, "", @progbits
