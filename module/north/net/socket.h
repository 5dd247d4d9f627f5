/* SPDX-License-Identifier: GPL-2.0 */
/* Between the calls of sockets (socket.c, option.c) and a family's part. Private to net/. */
#ifndef NORTH_SOCKET_H
#define NORTH_SOCKET_H

#include "../fd/file.h"

#define AF_UNSPEC 0
#define AF_UNIX 1
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_SEQPACKET 5

#define MSG_OOB 1
#define MSG_PEEK 2
#define MSG_CTRUNC 8
#define MSG_TRUNC 0x20
#define MSG_DONTWAIT 0x40
#define MSG_EOR 0x80
#define MSG_WAITALL 0x100
#define MSG_NOSIGNAL 0x4000
#define MSG_WAITFORONE 0x10000
#define MSG_CMSG_CLOEXEC 0x40000000
#define MSG_CMSG_COMPAT 0x80000000u

#define SOL_SOCKET 1
#define SCM_RIGHTS 1
#define SCM_CREDENTIALS 2

#define SHUT_RDWR 2

/* struct sockaddr - any address, with room for a NUL behind the longest. */
#define SOCKADDR_MAX 128u
struct sockaddr {
	u16 family;
	char data[SOCKADDR_MAX - 2 + 1];
};
#define SOCKADDR_FAMILY 2u	/* an address of nothing but its family */

struct ucred {
	s32 pid;
	u32 uid, gid;
};
/* What is shown where nobody is known. */
#define OVERFLOW_ID 65534u

struct rights;
struct sock;

/* struct message - struct msghdr, in North's hands. */
struct message {
	struct uio *io;
	u32 flags;		/* MSG_*: of the call */
	u32 got;		/* MSG_* that recvmsg tells */
	struct sockaddr name;	/* whom it goes to, or came from */
	u32 namelen;		/* 0: nobody */
	u64 control, controllen; /* in user memory; of recvmsg: the room that is left */
	struct rights *rights;
	struct ucred cred;
};

struct fd;
/* socket_begin - a socket's descriptor, to be ended if this is 0. -EBADF, -ENOTSOCK. */
s32 socket_begin(s32 n, struct fd *f);

#endif
