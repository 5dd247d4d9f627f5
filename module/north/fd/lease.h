/* SPDX-License-Identifier: GPL-2.0 */
/* Leases on files: fcntl's F_SETLEASE and F_GETLEASE, and what breaks them. */
#ifndef NORTH_LEASE_H
#define NORTH_LEASE_H

#include "fd.h"

/* Seconds that a holder has: /proc/sys/fs/lease-break-time; read and set as it is. */
extern u32 lease_break_time;

s32 lease_set(struct file *f, s32 fd, u32 type);
u32 lease_get(struct file *f);

/* lease_break - @i is about to be opened with @flags, or truncated: -EAGAIN, -ERESTARTSYS. */
s32 lease_break_(struct inode *i, u32 flags);
static inline s32 lease_break(struct inode *i, u32 flags)
{
	return likely(!READ_ONCE(i->leases)) ? 0 : lease_break_(i, flags);
}

#endif
