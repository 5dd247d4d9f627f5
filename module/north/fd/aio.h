/* SPDX-License-Identifier: GPL-2.0 */
/* Contexts of AIO, and requests that wait in them. */
#ifndef NORTH_AIO_H
#define NORTH_AIO_H

#include "fd.h"

struct iocb {
	u64 data;
	u32 key, rw_flags;
	u16 opcode, reqprio;
	u32 fildes;
	u64 buf, nbytes;
	s64 offset;
	u64 reserved;
	u32 flags, resfd;
};
_Static_assert(sizeof(struct iocb) == 64, "iocb");

#define IOCB_FLAG_RESFD 1

struct io_event {
	u64 data, obj;
	s64 res, res2;
};

struct aio_context {
	struct aio_context *next;	/* of the process; aio_lock, with refs and dead */
	u64 id;
	u32 refs;
	bool dead;
	struct mutex lock;		/* guards the events and polls */
	u32 size, first, count;
	u32 taken;			/* places in use, or promised to a request */
	u32 asked;			/* how many of AIO_MAX_NR it counts for */
	struct waitqueue wq;
	struct list polls;		/* struct aio_poll: requests that wait for a file */
	bool news;			/* there are for one of them: set and read as it is */
	struct io_event event[];
};

/* aio_complete - what came of request @obj, for which there is a place. */
void aio_complete(struct aio_context *c, u64 data, u64 obj, s64 res);

/* ---- aio_poll.c: IOCB_CMD_POLL ---- */

/* aio_poll - 0: it waits; with *@done what comes back is its result; or an errno. */
s64 aio_poll(struct aio_context *c, struct file *f, const struct iocb *io, u64 obj, bool *done);
/* aio_poll_look - those that were told of news are completed, if it is so. */
void aio_poll_look(struct aio_context *c);
/* aio_poll_cancel - request @obj, with nothing as its result; or all, without any, if it is 0. */
bool aio_poll_cancel(struct aio_context *c, u64 obj);

#endif
