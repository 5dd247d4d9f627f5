/* SPDX-License-Identifier: GPL-2.0 */
/* Leases on files: fcntl's F_SETLEASE and F_GETLEASE, and what breaks them. */
#ifndef NORTH_LEASE_H
#define NORTH_LEASE_H

#include "fd.h"

/* Seconds that a holder has: /proc/sys/fs/lease-break-time; read and set as it is. */
extern u32 lease_break_time;

s32 lease_set(struct file *f, u32 type);
u32 lease_get(struct file *f);

/* lease_break - @i is about to be opened with @flags, or truncated: -EAGAIN, -ERESTARTSYS. */
s32 lease_break_(struct inode *i, u32 flags);
static inline s32 lease_break(struct inode *i, u32 flags)
{
	return likely(!READ_ONCE(i->leases)) ? 0 : lease_break_(i, flags);
}

/* fcntl.c: file_own - current is told of what happens to @f, unless somebody else is. */
void file_own(struct file *f);
/* file_signal - SIGIO, or what F_SETSIG said, to whoever is told. */
void file_signal(struct file *f);

#endif
