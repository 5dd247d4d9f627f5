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
	bool fixed;		/* a write adds nothing to it: it came by a splice */
};

/* struct fifo - a pipe; inode->fifo of the inode that it belongs to. */
struct fifo {
	struct mutex lock;	/* guards all of it but files */
	struct pipe_slot *slots;
	u32 size;		/* slots there are: a power of two */
	u32 head, tail;		/* of the filled ones; run on, masked */
	u32 promised;		/* free ones that a splice is about to fill */
	bool busy;		/* a splice is writing what is at the tail to a file */
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

/* What both ends of a byte channel share. The lock is held. */
static inline bool pipe_empty(const struct fifo *p)
{
	return p->head == p->tail || p->busy;
}

/* pipe_ended - nothing comes any more once it is empty. */
static inline bool pipe_ended(const struct fifo *p)
{
	return !p->writers && !p->busy;
}

static inline u32 pipe_free_slots(const struct fifo *p)
{
	return p->size - (p->head - p->tail) - p->promised;
}

static inline bool pipe_full(const struct fifo *p)
{
	return !pipe_free_slots(p);
}

static inline struct pipe_slot *pipe_slot(const struct fifo *p, u32 i)
{
	return &p->slots[i & (p->size - 1)];
}
u8 *pipe_page_get(struct fifo *p);
void pipe_page_put(struct fifo *p, u8 *page);
/* pipe_consume - @n bytes of the slot at the tail are gone. */
void pipe_consume(struct fifo *p, u32 n);
/*
 * pipe_await_data, pipe_await_room - 1 if there is some, 0 at the end or -EPIPE where
 * nobody reads, -EAGAIN if @nonblock, -ERESTARTSYS.
 */
s64 pipe_await_data(struct fifo *p, bool nonblock);
s64 pipe_await_room(struct fifo *p, bool nonblock);
/* pipe_broken - SIGPIPE, if that is what @err is about. */
static inline void pipe_broken(s64 err)
{
	if (err == -EPIPE)
		south_signal(SOUTH_SIGNAL_THREAD, 0, SIGPIPE, NULL);
}

/* splice(2)'s flags. */
#define SPLICE_F_NONBLOCK 2
#define SPLICE_F_ALL 15

#define POLL_READABLE (POLLIN | POLLRDNORM)
#define POLL_WRITABLE (POLLOUT | POLLWRNORM)

#endif
