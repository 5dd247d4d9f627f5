/* SPDX-License-Identifier: GPL-2.0 */
/* Pipes and FIFOs. */
#ifndef NORTH_PIPE_H
#define NORTH_PIPE_H

#include "ipc.h"
#include "../fs/fs.h"

#define PIPE_BUF 4096u
#define PIPE_SLOTS 16u		/* 64 KiB */
#define PIPE_SLOTS_MAX 256u	/* 1 MiB: fs.pipe-max-size */

/* One page of data, partly filled. */
struct pipe_slot {
	u8 *page;
	u32 off, len;
	bool packet;		/* a read ends behind it, and drops what it leaves */
};

/* struct fifo - a pipe; inode->fifo of the inode that it belongs to. */
struct fifo {
	struct mutex lock;	/* guards all of it but files */
	struct pipe_slot *slots;
	u32 size;		/* slots there are: a power of two */
	u32 head, tail;		/* of the filled ones; run on, masked */
	u8 *spare[2];		/* pages for the next writes */
	u32 readers, writers;	/* open files */
	u32 readers_seen, writers_seen;	/* opens so far: what an open waits for */
	u32 files;		/* open files: the last one frees it; lock of the inode */
	struct waitqueue wq;
};

struct fifo *pipe_new(void);
void pipe_free(struct fifo *p);
extern const struct file_ops pipe_ops;

/* pipe_pair - both ends of a new pipe, one reference each. 0, -ENOMEM. */
s32 pipe_pair(struct file **ends, u32 flags);

/* What both ends of a byte channel share: socketpair.c uses it, too. The lock is held. */
static inline bool pipe_empty(const struct fifo *p)
{
	return p->head == p->tail;
}

static inline bool pipe_full(const struct fifo *p)
{
	return p->head - p->tail >= p->size;
}
s64 pipe_take(struct fifo *p, struct uio *io);
s64 pipe_put(struct fifo *p, struct uio *io, bool packet);
u32 pipe_bytes(const struct fifo *p);

#endif
