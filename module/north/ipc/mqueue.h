/* SPDX-License-Identifier: GPL-2.0 */
/* POSIX message queues: between the queues (ipc/mqueue.c) and their names (fs/mqueuefs.c). */
#ifndef NORTH_MQUEUE_H
#define NORTH_MQUEUE_H

#include "../fd/file.h"

/* What /proc/sys/fs/mqueue says, too: proc/fs/sys.c. */
#define MQ_MSG_MAX 10
#define MQ_MSGSIZE_MAX 8192
#define MQ_QUEUES_MAX 256

struct mq_attr {
	s64 flags, maxmsg, msgsize, curmsgs, reserved[4];
};

struct mqueue;

extern const struct file_ops mqueue_ops;

/* mqueue_new - by current, as @attr says. -EINVAL, -ENOSPC, -EMFILE, -EOVERFLOW, -ENOMEM. */
struct mqueue *mqueue_new(const struct mq_attr *attr, s32 *err);
void mqueue_free(struct mqueue *q);

/*
 * mqueue_open - the file of the queue @name, which is made if O_CREAT says so and there
 * is none. ERR_PTR.
 */
struct file *mqueue_open(const char *name, u32 flags, u32 mode, const struct mq_attr *attr);
s32 mqueue_unlink(const char *name);

#endif
