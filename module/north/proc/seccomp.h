/* SPDX-License-Identifier: GPL-2.0 */
/* Filters that a task puts on its own calls. */
#ifndef NORTH_SECCOMP_H
#define NORTH_SECCOMP_H

#include "proc.h"

struct sock_filter {
	u16 code;
	u8 jt, jf;
	u32 k;
};

/* What a filter sees of a call. */
struct seccomp_data {
	s32 nr;
	u32 arch;
	u64 instruction_pointer; /* 0: North isn't told */
	u64 args[6];
};

/* struct seccomp_filter - one program and those that were there before it. */
struct seccomp_filter {
	u32 refs;		/* tasks_lock: tasks and later filters */
	struct seccomp_filter *prev;
	u32 len;		/* of insns */
	u32 total;		/* of this one and those before, as they are counted */
	struct sock_filter insns[];
};

/* bpf_check - 0, -EINVAL, -ENOMEM; @len isn't 0. */
s32 bpf_check(const struct sock_filter *insns, u32 len);
/* bpf_run - of a program that was checked. */
u32 bpf_run(const struct sock_filter *insns, const struct seccomp_data *data);

#endif
