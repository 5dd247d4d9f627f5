/* SPDX-License-Identifier: GPL-2.0 */
/* What other rooms need of pipes and memfds. */
#ifndef NORTH_IPC_H
#define NORTH_IPC_H

#include "../fd/file.h"

struct fifo;

/* fcntl's F_SETPIPE_SZ and F_GETPIPE_SZ: -EBADF if @f isn't a pipe. */
s64 pipe_fcntl(struct file *f, bool set, u32 arg);
/* file_pipe - the pipe that @f is an end of, or NULL. */
struct fifo *file_pipe(const struct file *f);
/*
 * splice_to_pipe - what one read of @in at *@pos gives, which is advanced, into the pipe
 * @p. Waits for room unless @nonblock. -EPIPE: SIGPIPE was sent.
 */
s64 splice_to_pipe(struct file *in, u64 *pos, struct fifo *p, u64 len, bool nonblock);
/* splice_able - can it be read, or written, by splice(2) and sendfile(2)? */
bool splice_able(const struct file *f, bool write);
/* fcntl's F_ADD_SEALS and F_GET_SEALS: -EINVAL if @f isn't a memfd. */
s64 memfd_fcntl(struct file *f, bool add, u32 arg);

/* eventfd_signal - add one to the count of an eventfd, which stops before it runs over. */
bool file_is_eventfd(const struct file *f);
void eventfd_signal(struct file *f);

#define F_SEAL_SEAL 1
#define F_SEAL_SHRINK 2
#define F_SEAL_GROW 4
#define F_SEAL_WRITE 8
#define F_SEAL_FUTURE_WRITE 16
#define F_SEAL_EXEC 32
/* In inode->seals: it may have seals at all, and writers are to be asked for. */
#define INODE_SEALABLE 0x80000000u

#define SIGPIPE 13

#endif
