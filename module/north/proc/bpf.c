// SPDX-License-Identifier: GPL-2.0
/*
 * Classic BPF as seccomp takes it: checked as seccomp_check_filter() and
 * bpf_check_classic() do, then interpreted.
 */
#include "seccomp.h"

#define BPF_CLASS(code) ((code) & 0x07)
#define BPF_LD 0x00
#define BPF_LDX 0x01
#define BPF_ST 0x02
#define BPF_STX 0x03
#define BPF_ALU 0x04
#define BPF_JMP 0x05
#define BPF_RET 0x06
#define BPF_MISC 0x07
#define BPF_IMM 0x00
#define BPF_ABS 0x20
#define BPF_MEM 0x60
#define BPF_LEN 0x80
#define BPF_OP(code) ((code) & 0xf0)
#define BPF_ADD 0x00
#define BPF_SUB 0x10
#define BPF_MUL 0x20
#define BPF_DIV 0x30
#define BPF_OR 0x40
#define BPF_AND 0x50
#define BPF_LSH 0x60
#define BPF_RSH 0x70
#define BPF_NEG 0x80
#define BPF_XOR 0xa0
#define BPF_JA 0x00
#define BPF_JEQ 0x10
#define BPF_JGT 0x20
#define BPF_JGE 0x30
#define BPF_JSET 0x40
#define BPF_X 0x08
#define BPF_A 0x10
#define BPF_TAX 0x00
#define BPF_TXA 0x80
#define MEMWORDS 16

static bool op_is_arithmetic(u32 op)
{
	return op <= BPF_RSH || op == BPF_XOR;
}

/* Is it an instruction that seccomp knows? Not modulo, nor what reads packets. */
static bool code_allowed(u16 code)
{
	switch (BPF_CLASS(code)) {
	case BPF_LD:
		return code == (BPF_LD | BPF_ABS) || code == (BPF_LD | BPF_LEN) ||
		       code == (BPF_LD | BPF_IMM) || code == (BPF_LD | BPF_MEM);
	case BPF_LDX:
		return code == (BPF_LDX | BPF_LEN) || code == (BPF_LDX | BPF_IMM) ||
		       code == (BPF_LDX | BPF_MEM);
	case BPF_ST:
	case BPF_STX:
		return code == BPF_CLASS(code);
	case BPF_ALU:
		return code == (BPF_ALU | BPF_NEG) ||
		       (op_is_arithmetic(BPF_OP(code)) && !(code & ~0xff));
	case BPF_JMP:
		return code == (BPF_JMP | BPF_JA) ||
		       (BPF_OP(code) >= BPF_JEQ && BPF_OP(code) <= BPF_JSET && !(code & ~0xff));
	case BPF_RET:
		return code == BPF_RET || code == (BPF_RET | BPF_A);
	default:
		return code == (BPF_MISC | BPF_TAX) || code == (BPF_MISC | BPF_TXA);
	}
}

static bool uses_memory(u16 code)
{
	return code == BPF_ST || code == BPF_STX || code == (BPF_LD | BPF_MEM) ||
	       code == (BPF_LDX | BPF_MEM);
}

static bool insn_ok(const struct sock_filter *f, u32 pc, u32 len)
{
	u32 left = len - pc - 1;

	if (!code_allowed(f->code))
		return false;
	if (uses_memory(f->code))
		return f->k < MEMWORDS;
	switch (f->code) {
	case BPF_LD | BPF_ABS:
		return f->k < sizeof(struct seccomp_data) && !(f->k & 3);
	case BPF_ALU | BPF_DIV:
		return f->k;
	case BPF_ALU | BPF_LSH:
	case BPF_ALU | BPF_RSH:
		return f->k < 32;
	case BPF_JMP | BPF_JA:
		return f->k < left;
	}
	return BPF_CLASS(f->code) != BPF_JMP || (f->jt < left && f->jf < left);
}

/* No word of its memory is read that wasn't written on every way there. */
static s32 check_memory(const struct sock_filter *insns, u32 len)
{
	u16 *valid = alloc(len * sizeof(*valid)), now = 0;
	s32 err = 0;

	if (!valid)
		return -ENOMEM;
	memset(valid, 0xff, len * sizeof(*valid));
	for (u32 pc = 0; pc < len && !err; pc++) {
		const struct sock_filter *f = &insns[pc];

		now &= valid[pc];
		if (f->code == BPF_ST || f->code == BPF_STX) {
			now |= 1u << f->k;
		} else if (uses_memory(f->code)) {
			if (!(now & (1u << f->k)))
				err = -EINVAL;
		} else if (f->code == (BPF_JMP | BPF_JA)) {
			valid[pc + 1 + f->k] &= now;
			now = 0xffff;
		} else if (BPF_CLASS(f->code) == BPF_JMP) {
			valid[pc + 1 + f->jt] &= now;
			valid[pc + 1 + f->jf] &= now;
			now = 0xffff;
		}
	}
	release(valid);
	return err;
}

s32 bpf_check(const struct sock_filter *insns, u32 len)
{
	for (u32 pc = 0; pc < len; pc++)
		if (!insn_ok(&insns[pc], pc, len))
			return -EINVAL;
	if (BPF_CLASS(insns[len - 1].code) != BPF_RET)
		return -EINVAL;
	return check_memory(insns, len);
}

static u32 arithmetic(u32 op, u32 a, u32 b)
{
	switch (op) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return a / b;
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_LSH:
		return a << (b & 31);
	case BPF_RSH:
		return a >> (b & 31);
	case BPF_XOR:
		return a ^ b;
	default:
		return -a;
	}
}

static bool jumps(u32 op, u32 a, u32 b)
{
	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	default:
		return a & b;
	}
}

u32 bpf_run(const struct sock_filter *insns, const struct seccomp_data *data)
{
	u32 a = 0, x = 0, mem[MEMWORDS] = { 0 };

	for (const struct sock_filter *f = insns;; f++) {
		u32 k = f->code & BPF_X ? x : f->k;

		switch (BPF_CLASS(f->code)) {
		case BPF_LD:
			if (f->code == (BPF_LD | BPF_ABS))
				a = ((const u32 *)data)[f->k / 4];
			else if (f->code == (BPF_LD | BPF_LEN))
				a = sizeof(*data);
			else
				a = f->code == (BPF_LD | BPF_MEM) ? mem[f->k] : f->k;
			break;
		case BPF_LDX:
			if (f->code == (BPF_LDX | BPF_LEN))
				x = sizeof(*data);
			else
				x = f->code == (BPF_LDX | BPF_MEM) ? mem[f->k] : f->k;
			break;
		case BPF_ST:
			mem[f->k] = a;
			break;
		case BPF_STX:
			mem[f->k] = x;
			break;
		case BPF_ALU:
			/* A division by zero ends the filter with 0. */
			if (BPF_OP(f->code) == BPF_DIV && !k)
				return 0;
			a = arithmetic(BPF_OP(f->code), a, k);
			break;
		case BPF_JMP:
			if (f->code == (BPF_JMP | BPF_JA))
				f += f->k;
			else
				f += jumps(BPF_OP(f->code), a, k) ? f->jt : f->jf;
			break;
		case BPF_RET:
			return f->code & BPF_A ? a : f->k;
		default:
			if (BPF_OP(f->code) == BPF_TXA)
				a = x;
			else
				x = a;
		}
	}
}
