// SPDX-License-Identifier: GPL-2.0
/*
 * Memory policies, of a box that sees one node: what is asked for is checked as Linux
 * does, and a task's own policy is kept, but any choice of nodes comes to node 0.
 */
#include "proc.h"

#define MPOL_DEFAULT 0
#define MPOL_PREFERRED 1
#define MPOL_BIND 2
#define MPOL_INTERLEAVE 3
#define MPOL_LOCAL 4
#define MPOL_PREFERRED_MANY 5
#define MPOL_WEIGHTED_INTERLEAVE 6
#define MPOL_MAX 7
#define MPOL_F_STATIC_NODES (1u << 15)
#define MPOL_F_RELATIVE_NODES (1u << 14)
#define MPOL_F_NUMA_BALANCING (1u << 13)
#define MPOL_MODE_FLAGS (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES | MPOL_F_NUMA_BALANCING)

#define MPOL_F_NODE 1
#define MPOL_F_ADDR 2
#define MPOL_F_MEMS_ALLOWED 4

#define MPOL_MF_STRICT 1
#define MPOL_MF_MOVE 2
#define MPOL_MF_MOVE_ALL 4

#define NODES_MAX 1024u		/* MAX_NUMNODES of Debian's kernel: behind it only zeros */
#define MASK_BITS_MAX (PAGE_SIZE * 8)
#define CAP_SYS_PTRACE 19

/* struct nodes - a mask, as far as a box can tell nodes apart. */
struct nodes {
	bool zero, other;
	u64 first;	/* the first of its words, as it was asked for */
};

static s32 get_nodes(struct nodes *n, u64 uaddr, u64 maxnode)
{
	u64 word, bits = maxnode - 1;

	*n = (struct nodes){ 0 };
	if (!bits || !uaddr)
		return 0;
	if (bits > MASK_BITS_MAX)
		return -EINVAL;
	for (u64 at = 0; at < bits; at += 64) {
		if (south_user_read(&word, uaddr + at / 8, sizeof(word)))
			return -EFAULT;
		if (bits - at < 64)
			word &= (1ull << (bits - at)) - 1;
		if (word && at >= NODES_MAX)
			return -EINVAL;
		n->other |= (at ? word : word & ~1ull) != 0;
		n->zero |= !at && word & 1;
		n->first |= at ? 0 : word;
	}
	return 0;
}

static s32 policy_check(u32 policy, const struct nodes *n)
{
	u32 mode = policy & ~MPOL_MODE_FLAGS, flags = policy & MPOL_MODE_FLAGS;
	bool placed = flags & (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES);
	bool none = !n->zero && !n->other;

	switch (mode) {
	case MPOL_DEFAULT:
		return none ? 0 : -EINVAL;
	case MPOL_LOCAL:
		return none && !placed ? 0 : -EINVAL;
	case MPOL_PREFERRED:
		if (none)
			return placed ? -EINVAL : 0;
		break;
	}
	/* Relative nodes are counted round those that there are. */
	return n->zero || (n->other && flags & MPOL_F_RELATIVE_NODES) ? 0 : -EINVAL;
}

/* The mode and mask that set_mempolicy and mbind begin with. */
static s32 policy_get(u32 policy, u64 uaddr, u64 maxnode, struct nodes *n)
{
	u32 mode = policy & ~MPOL_MODE_FLAGS;

	if (mode >= MPOL_MAX)
		return -EINVAL;
	if (policy & MPOL_F_STATIC_NODES && policy & MPOL_F_RELATIVE_NODES)
		return -EINVAL;
	if (policy & MPOL_F_NUMA_BALANCING && mode != MPOL_BIND && mode != MPOL_PREFERRED_MANY)
		return -EINVAL;
	return get_nodes(n, uaddr, maxnode);
}

s64 sys_set_mempolicy(const u64 *a)
{
	u32 policy = (u32)a[0];
	struct nodes n;
	s32 err = policy_get(policy, a[1], a[2], &n);

	if (!err)
		err = policy_check(policy, &n);
	if (err)
		return err;
	if ((policy & ~MPOL_MODE_FLAGS) == MPOL_PREFERRED && !n.zero && !n.other)
		policy = MPOL_LOCAL | (policy & MPOL_MODE_FLAGS);
	if (!(policy & ~MPOL_MODE_FLAGS))
		policy = MPOL_DEFAULT;
	current->mempolicy = policy;
	/* With a flag Linux remembers what it was given, else what came of it. */
	current->mempolicy_nodes = policy & MPOL_MODE_FLAGS ? n.first : n.zero || n.other;
	return 0;
}

/* What is to be said of the policy and the nodes. */
static s32 policy_ask(u64 addr, u64 flags, s32 *policy, u64 *nodes)
{
	const struct task *t = current;
	u32 mode = t->mempolicy & ~MPOL_MODE_FLAGS;

	*policy = 0;
	*nodes = 1;
	if (flags & ~(u64)(MPOL_F_NODE | MPOL_F_ADDR | MPOL_F_MEMS_ALLOWED))
		return -EINVAL;
	if (flags & MPOL_F_MEMS_ALLOWED)
		return flags & (MPOL_F_NODE | MPOL_F_ADDR) ? -EINVAL : 0;
	if (flags & MPOL_F_ADDR) {
		*nodes = 0;
		return range_mapped(0, addr, addr + 1) ? -EFAULT : 0;
	}
	if (addr)
		return -EINVAL;
	*nodes = t->mempolicy_nodes;
	if (flags & MPOL_F_NODE)
		return mode == MPOL_INTERLEAVE || mode == MPOL_WEIGHTED_INTERLEAVE ? 0 : -EINVAL;
	*policy = (s32)t->mempolicy;
	return 0;
}

s64 sys_get_mempolicy(const u64 *a)
{
	u64 mask = a[1], maxnode = a[2], nodes, copy;
	s32 policy, err;

	if (mask && !maxnode)
		return -EINVAL;
	err = policy_ask(a[3], a[4], &policy, &nodes);
	if (err)
		return err;
	if (a[0] && south_user_write(a[0], &policy, sizeof(policy)))
		return -EFAULT;
	if (!mask)
		return 0;
	copy = ALIGN_UP(maxnode - 1, 64) / 8;
	if (copy > PAGE_SIZE)
		return -EINVAL;
	if (copy > sizeof(nodes) && south_user_clear(mask + sizeof(nodes), copy - sizeof(nodes)))
		return -EFAULT;
	return south_user_write(mask, &nodes, min(copy, (u64)sizeof(nodes))) ? -EFAULT : 0;
}

/* There is nowhere to move to, and what is mapped already is where it is to be. */
s64 sys_mbind(const u64 *a)
{
	u64 start = a[0], len = a[1], end;
	u32 policy = (u32)a[2], flags = (u32)a[5];
	struct nodes n;
	s32 err = policy_get(policy, a[3], a[4], &n);

	if (err)
		return err;
	if (flags & ~(MPOL_MF_STRICT | MPOL_MF_MOVE | MPOL_MF_MOVE_ALL))
		return -EINVAL;
	if (flags & MPOL_MF_MOVE_ALL && !capable(CAP_SYS_NICE))
		return -EPERM;
	end = start + ALIGN_UP(len, (u64)PAGE_SIZE);
	if (start & (PAGE_SIZE - 1) || end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	err = policy_check(policy, &n);
	if (err || (policy & ~MPOL_MODE_FLAGS) == MPOL_DEFAULT)
		return err;
	return range_mapped(0, start, end) ? -EFAULT : 0;
}

/* Node 0 is the home of all there is. */
s64 sys_set_mempolicy_home_node(const u64 *a)
{
	u64 start = a[0], end = start + ALIGN_UP(a[1], (u64)PAGE_SIZE), node = a[2];
	struct south_vma vma;

	if (start & (PAGE_SIZE - 1) || a[3] || node || end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	return south_vma(0, start, &vma) || vma.start >= end ? -ENOENT : 0;
}

/* May current move the pages of @pid? *@pid is 0 for its own. */
static s32 may_move(s32 *pid)
{
	struct cred *c;
	bool may;

	if (*pid <= 0)
		return *pid ? -ESRCH : 0;
	c = task_cred(*pid);
	if (!c)
		return -ESRCH;
	may = *pid == current->pid || cred_same_user(c) || capable(CAP_SYS_PTRACE);
	cred_put(c);
	return may ? 0 : -EPERM;
}

s64 sys_migrate_pages(const u64 *a)
{
	s32 pid = (s32)a[0], err;
	struct nodes old, new;

	err = get_nodes(&old, a[2], a[1]);
	if (!err)
		err = get_nodes(&new, a[3], a[1]);
	if (!err)
		err = may_move(&pid);
	if (err)
		return err;
	if (new.other && !capable(CAP_SYS_NICE))
		return -EPERM;
	return new.zero ? 0 : -EINVAL;
}

/* Where page @i is: node 0, if it is anywhere. 0 or an errno that ends the call. */
static s32 page_where(s32 pid, const u64 *a, u64 i)
{
	s32 node = 0, status;
	u64 page;

	if (south_user_read(&page, a[2] + i * sizeof(page), sizeof(page)))
		return -EFAULT;
	if (a[3] && south_user_read(&node, a[3] + i * sizeof(node), sizeof(node)))
		return -EFAULT;
	if (node)
		return -ENODEV;
	status = range_mapped(pid, page, page + 1) ? -EFAULT : 0;
	return south_user_write(a[4] + i * sizeof(status), &status, sizeof(status)) ? -EFAULT : 0;
}

s64 sys_move_pages(const u64 *a)
{
	s32 pid = (s32)a[0], err;

	if ((u32)a[5] & ~(MPOL_MF_MOVE | MPOL_MF_MOVE_ALL))
		return -EINVAL;
	if ((u32)a[5] & MPOL_MF_MOVE_ALL && !capable(CAP_SYS_NICE))
		return -EPERM;
	err = may_move(&pid);
	for (u64 i = 0; !err && i < a[1]; i++)
		err = page_where(pid, a, i);
	return err;
}
