/* SPDX-License-Identifier: GPL-2.0 */
/* Unwinding from a trap of North to the call that entered it. */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/nospec-branch.h>

	.text

/* int lb_setjmp(struct lb_jmpbuf *buf) */
SYM_FUNC_START(lb_setjmp)
	movq	%rbx, 0(%rdi)
	movq	%rbp, 8(%rdi)
	movq	%r12, 16(%rdi)
	movq	%r13, 24(%rdi)
	movq	%r14, 32(%rdi)
	movq	%r15, 40(%rdi)
	leaq	8(%rsp), %rax
	movq	%rax, 48(%rdi)
	movq	(%rsp), %rax
	movq	%rax, 56(%rdi)
	xorl	%eax, %eax
	RET
SYM_FUNC_END(lb_setjmp)

/*
 * void lb_longjmp(struct lb_jmpbuf *buf, int value): a return to where
 * lb_setjmp returned, so that neither IBT nor the return thunks are bypassed.
 */
SYM_FUNC_START(lb_longjmp)
	movl	%esi, %eax
	movq	0(%rdi), %rbx
	movq	8(%rdi), %rbp
	movq	16(%rdi), %r12
	movq	24(%rdi), %r13
	movq	32(%rdi), %r14
	movq	40(%rdi), %r15
	movq	56(%rdi), %rdx
	movq	48(%rdi), %rsp
	pushq	%rdx
	RET
SYM_FUNC_END(lb_longjmp)
STACK_FRAME_NON_STANDARD lb_longjmp
