/* SPDX-License-Identifier: GPL-2.0 */
/* Socket pairs: between their rings (socketpair.c) and the socket calls (net/socket.c). */
#ifndef NORTH_SOCKET_H
#define NORTH_SOCKET_H

#include "../fd/file.h"

#define AF_UNIX 1
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_SEQPACKET 5

#define MSG_OOB 1
#define MSG_PEEK 2
#define MSG_TRUNC 0x20
#define MSG_DONTWAIT 0x40
#define MSG_WAITALL 0x100
#define MSG_NOSIGNAL 0x4000
#define MSG_WAITFORONE 0x10000

#define SHUT_RD 0
#define SHUT_WR 1
#define SHUT_RDWR 2

struct ucred {
	s32 pid;
	u32 uid, gid;
};

/* Of both ends of a socketpair; what follows is for these files only. */
extern const struct file_ops socketpair_ops;

/* The write and read of sockets, with MSG_*. @got: flags of what was received are added. */
s64 pair_send(struct file *f, struct uio *io, u32 flags);
s64 pair_receive(struct file *f, struct uio *io, u32 flags, u32 *got);
s32 pair_shutdown(struct file *f, u32 how);
u32 pair_type(const struct file *f);
/* pair_peer - who is at the other end, as of when it was made. */
const struct ucred *pair_peer(const struct file *f);
/* pair_error - the error that the next call would give, which then isn't given. */
s32 pair_error(struct file *f);

#endif
