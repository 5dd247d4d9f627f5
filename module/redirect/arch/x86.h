/* SPDX-License-Identifier: GPL-2.0 */
/* Which registers a system call is in: all that the redirect knows of x86-64. */
#ifndef LB_ARCH_X86_H
#define LB_ARCH_X86_H

#include <asm/ptrace.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#include <uapi/linux/audit.h>

#define LB_ARCH_AUDIT AUDIT_ARCH_X86_64
#define LB_ARCH_SYSCALL_INSN 2 /* bytes of the syscall instruction */

/* A call through another door than 64-bit syscall: int 0x80, sysenter, x32. */
static inline bool lb_arch_foreign(const struct pt_regs *regs)
{
	return in_ia32_syscall() || (regs->orig_ax & 0x40000000UL);
}

/* The number of no call, by which a tracer has one skipped; lb_arch_foreign(), too. */
static inline bool lb_arch_skipped(const struct pt_regs *regs)
{
	return (int)regs->orig_ax == -1;
}

static inline void lb_arch_get(const struct pt_regs *regs, unsigned long *nr, unsigned long *arg,
			       unsigned long *ip, unsigned long *sp)
{
	*nr = regs->orig_ax;
	arg[0] = regs->di;
	arg[1] = regs->si;
	arg[2] = regs->dx;
	arg[3] = regs->r10;
	arg[4] = regs->r8;
	arg[5] = regs->r9;
	*ip = regs->ip;
	*sp = regs->sp;
}

static inline void lb_arch_set(struct pt_regs *regs, unsigned long nr, const unsigned long *arg)
{
	regs->orig_ax = nr;
	regs->di = arg[0];
	regs->si = arg[1];
	regs->dx = arg[2];
	regs->r10 = arg[3];
	regs->r8 = arg[4];
	regs->r9 = arg[5];
}

/* The call isn't run; the task gets @value. */
static inline void lb_arch_answer(struct pt_regs *regs, long value)
{
	regs->ax = value;
	regs->orig_ax = -1;
}

/* The task makes the same call again as soon as it is back in user mode. */
static inline void lb_arch_again(struct pt_regs *regs)
{
	regs->ip -= LB_ARCH_SYSCALL_INSN;
}

static inline void lb_arch_start(struct pt_regs *regs, unsigned long ip, unsigned long sp)
{
	regs->ip = ip;
	regs->sp = sp;
}

/* A zero byte that every process can read: padding in e_ident of the vDSO's ELF header. */
static inline unsigned long lb_arch_empty_string(void)
{
	return (unsigned long)current->mm->context.vdso + 9;
}

/* Where an ET_DYN program goes, before randomisation, as ELF_ET_DYN_BASE. */
#define LB_ARCH_DYN_BASE PAGE_ALIGN(DEFAULT_MAP_WINDOW / 3 * 2)
#define LB_ARCH_RND_BITS 28

#endif
