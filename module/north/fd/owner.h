/* SPDX-License-Identifier: GPL-2.0 */
/* Who is told by a signal of what happens to a file: fcntl's F_SETOWN, F_SETSIG and O_ASYNC. */
#ifndef NORTH_OWNER_H
#define NORTH_OWNER_H

#include "fd.h"

#define F_SETOWN 8
#define F_GETOWN 9
#define F_SETSIG 10
#define F_GETSIG 11
#define F_SETOWN_EX 15
#define F_GETOWN_EX 16
#define F_GETOWNER_UIDS 17

/* owner_fcntl - these calls. */
s64 owner_fcntl(struct file *f, u32 cmd, u64 arg);
struct file_owner;
/* owner_make - so that there is memory for it: NULL if there isn't. */
struct file_owner *owner_make(struct file *f);
/*
 * owner_default - current's process is told of what happens to @f, or whom @id names as
 * F_SETOWN does, unless somebody else is. After owner_make().
 */
void owner_default(struct file *f, s32 id);
/* owner_tell - send_sigio(): @reason is POLL_*, @fd what F_SETSIG's signal says besides. */
void owner_tell(struct file *f, s32 fd, u32 reason);
/* owner_async - O_ASYNC of @f is set or cleared, at descriptor @fd. pos_lock is held. -ENOMEM. */
s32 owner_async(struct file *f, s32 fd, bool on);
/* owner_release - @f goes. */
void owner_release(struct file *f);

#endif
