/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets of AF_UNIX, which are all the box's own. Private to net/. */
#ifndef NORTH_UNIX_H
#define NORTH_UNIX_H

#include "../task.h"
#include "../event/poll.h"
#include "../fs/fs.h"
#include "socket.h"

#define UNIX_CLOSE 0
#define UNIX_LISTEN 1
#define UNIX_ESTABLISHED 2

#define RCV_SHUTDOWN 1
#define SEND_SHUTDOWN 2
#define SHUTDOWN_MASK 3

/* Of a box, whether or not anybody has a descriptor of them. */
#define SOCKS_MAX (1u << 17)
/* net.unix.max_dgram_qlen, net.core.somaxconn, wmem_default and wmem_max, of Linux. */
#define DGRAM_QUEUE_MAX 10u
#define SOMAXCONN 4096u
#define BUFFER_DEFAULT 212992u
/* SO_SNDBUFFORCE goes no further, whoever asks. */
#define BUFFER_FORCED_MAX (16u << 20)

/* struct unix_addr - shared by a listener and what it accepts. refs: unix_lock; the rest stays. */
struct unix_addr {
	u32 refs, len;
	struct sockaddr sa;
};

/*
 * struct sock - one end. All of it is guarded by unix_lock, but for what says otherwise.
 *
 * It lives while it has references: its file's (or its listener's, before it is
 * accepted), its peer's, one for each packet that it sent and nobody received yet, and
 * those of calls that wait at it. Closed, it is dead: it has no name, no peer and no queue.
 */
struct sock {
	struct list node;		/* of all that live */
	u32 refs;
	u32 type;			/* SOCK_*; never changes */
	u32 state, shutdown;
	bool dead;
	s32 err;			/* what is told once */
	struct file *file;		/* not counted; NULL: not accepted yet, or dead */

	struct unix_addr *addr;		/* its own, a reference; set once */
	struct path path;		/* that names it, counted */
	bool named;			/* can be found by its name */
	u32 hash;			/* its bucket then */
	struct sock *name_next;

	struct sock *peer;		/* a reference */
	struct sock *listener;		/* whose queue it is in */
	struct list queue;		/* packets, oldest first; or, while it listens, sockets */
	struct list pending;		/* in listener->queue */
	u32 queued, backlog;
	struct waitqueue wq;		/* who reads, writes, accepts or polls */
	struct waitqueue peer_wait;	/* who waits for room in the queue */
	struct list relays;		/* sockets whose pollers wait for that, too */
	struct list relay;		/* in peer->relays */
	struct mutex reading;		/* who takes bytes of a stream; outside of unix_lock */

	u32 wmem;			/* what its packets take that weren't received */
	u32 sndbuf, rcvbuf, rcvlowat;
	s64 rcvtimeo, sndtimeo;		/* ns; 0: for ever, negative: not at all */
	u32 options;			/* OPTION_* */
	/* With O_ASYNC: somebody found no room, and is told of it; sleeps for data, and isn't. */
	bool nospace, waitdata;
	u32 priority;
	s32 linger;
	s32 peer_pid;
	struct cred *peer_cred;		/* a reference, or NULL */

	/* Descriptors in flight: garbage.c. */
	u32 fds;			/* in its queue */
	u32 socket_fds;			/* of which are of AF_UNIX */
	u32 flights;			/* references to its file in any queue */
	u32 unexplained;		/* of those */
	bool suspect;
	struct list flight;		/* of those in flight */
};

#define OPTION_PASSCRED 1
#define OPTION_LINGER 2
#define OPTION_FLAGS 2			/* what is only remembered is from this bit on */

/* struct rights - descriptors that go with a packet. */
struct rights {
	u32 count, sockets;
	struct sender *sender;		/* whom they are counted for */
	struct file *files[];		/* references */
};
#define RIGHTS_MAX 253u

/* struct packet - what was sent at once; of a stream, at most STREAM_CHUNK bytes of that. */
struct packet {
	struct list node;		/* of a queue, or of packets to be freed */
	u32 refs;			/* the queue's and those of who looks at it; unix_lock */
	u32 len;
	u32 consumed;			/* changed with from its receiver's lock "reading" */
	u32 charge;			/* its part of from->wmem */
	struct sock *from;		/* a reference */
	struct rights *rights;		/* unix_lock */
	struct ucred cred;		/* pid 0: it wasn't asked for */
	u8 data[];
};

/*
 * Guards all that is shared in this room. Outside of the locks of wait queues, of
 * files_lock and tasks_lock; inside of those of directories and of an epoll. No file is
 * let go of under it, and no user memory touched.
 */
extern struct mutex unix_lock;
extern const struct file_ops unix_ops;

static inline struct sock *file_unix(const struct file *f)
{
	return f->ops == &unix_ops ? f->private : NULL;
}

/* ---- unix.c ---- */

/* sock_new - not connected, one reference; ERR_PTR: -ENOMEM, -ENFILE. */
struct sock *sock_new(u32 type);
/* sock_drop - one that nobody has seen goes again. */
void sock_drop(struct sock *s);
/* sock_file - the file of @s, which is @s's from now on, with its reference; NULL: no memory. */
struct file *sock_file(struct sock *s, u32 flags);

/* With unix_lock held: */
void sock_put(struct sock *s);
static inline struct sock *sock_get(struct sock *s)
{
	s->refs++;
	return s;
}

/* sock_close - dead from now on. What is to be freed without the lock goes to @doomed. */
void sock_close(struct sock *s, struct list *doomed);
void sock_purge(struct sock *s, struct list *doomed);
/* sock_room - one packet or connection less in the queue: who waits for that is woken. */
void sock_room(struct sock *s);
/* sock_writable - has it room for more in its own account, as poll(2) says it? */
static inline bool sock_writable(const struct sock *s)
{
	return s->state != UNIX_LISTEN && (u64)s->wmem * 4 <= s->sndbuf;
}
/* sock_async - news for who reads, unless somebody sleeps for them. */
static inline void sock_async(struct sock *s, u32 reason)
{
	if (!s->waitdata)
		wq_async(&s->wq, reason);
}
static inline bool sock_full(const struct sock *s)
{
	return s->queued > s->backlog;
}
static inline s32 sock_error(struct sock *s)
{
	s32 err = s->err;

	s->err = 0;
	return err;
}
void sock_fail(struct sock *s, s32 err);
/* sock_arrival - waits for something in the queue: 1, 0 at its end, an errno. */
s32 sock_arrival(struct sock *s, s64 deadline);
void packet_put(struct packet *p, struct list *doomed);

/* Without it: */
void packets_free(struct list *doomed);

#define POLL_READABLE (POLLIN | POLLRDNORM)
#define POLL_WRITABLE (POLLOUT | POLLWRNORM | POLLWRBAND)

/* sock_deadline - of a call that may wait as long as @timeo says. */
static inline s64 sock_deadline(s64 timeo, bool nonblock)
{
	if (nonblock || timeo < 0)
		return DEADLINE_PAST;
	return timeo ? south_time(1) + timeo : DEADLINE_NONE;
}

/* sock_wait - until @cond. 0, -EAGAIN: it is past the deadline, -ERESTARTSYS, -EINTR. */
#define sock_wait(q, deadline, cond) ({						\
	struct wait_entry sw_;							\
	s32 sw_err_ = 0;							\
	if (!(cond)) {								\
		if ((deadline) == DEADLINE_PAST) {				\
			sw_err_ = -EAGAIN;					\
		} else {							\
			wq_add(q, &sw_, &current->waiter, 0);			\
			sw_err_ = wait_woken(&unix_lock, deadline, cond);	\
			wq_remove(&sw_);					\
			sw_err_ = sw_err_ == -ETIMEDOUT ? -EAGAIN :		\
				  sw_err_ && (deadline) == DEADLINE_NONE ?	\
				  -ERESTARTSYS : sw_err_;			\
		}								\
	}									\
	sw_err_;								\
})

/* ---- address.c ---- */

/* sockaddr_check - of AF_UNIX, with a name. */
s32 sockaddr_check(const struct sockaddr *sa, u32 len);
s32 unix_bind(struct sock *s, struct sockaddr *sa, u32 len);
/* unix_autobind - a name for @s if it has none. unix_lock is held. -ENOMEM, -ENOSPC. */
s32 unix_autobind(struct sock *s);
/* unix_find - the counted socket of a name, with unix_lock held; with an errno it isn't. */
s32 unix_find(struct sockaddr *sa, u32 len, u32 type, struct sock **out);
/* With unix_lock held: */
void unix_unname(struct sock *s);
void unix_addr_put(struct unix_addr *a);
/* unix_name - of @s, which may have none, into @sa. Its length. */
u32 unix_name(const struct sock *s, struct sockaddr *sa);

/* ---- connection.c ---- */

s32 unix_listen(struct sock *s, u32 backlog);
s32 unix_connect(struct sock *s, struct sockaddr *sa, u32 len, bool nonblock);
/* unix_accept - the next connection, with a reference. ERR_PTR. */
struct sock *unix_accept(struct sock *s, bool nonblock);
s32 unix_pair(u32 type, u32 flags, struct file *ends[2]);
s32 unix_shutdown(struct sock *s, u32 how);
/* unix_disconnected - a socket of datagrams has no peer any more. unix_lock is held. */
void unix_disconnected(struct sock *s, struct sock *old, struct list *doomed);

/* ---- send.c, receive.c ---- */

s64 unix_send(struct sock *s, struct message *m);
s64 unix_receive(struct sock *s, struct message *m);

/* ---- control.c: ancillary data ---- */

/*
 * control_get - m->rights and m->cred, of the message's control buffer; what of them isn't
 * sent is freed by control_end. With an errno there is nothing to end.
 */
s32 control_get(struct message *m);
void control_end(struct message *m);
/* control_put - what came with a message goes to m->control, as far as there is room. */
void control_put(struct message *m, bool passcred);

/* ---- garbage.c ---- */

struct sender *sender_get(u32 uid);	/* unix_lock; NULL: no memory */
struct rights *rights_copy(struct rights *r);
void rights_free(struct rights *r);
/* rights_allowed - may current have more in flight? As too_many_unix_fds(). unix_lock. */
bool rights_allowed(const struct rights *r);
/* rights_enter, rights_leave - they are in a packet of @to's queue, no longer. unix_lock. */
void rights_enter(struct rights *r, struct sock *to);
void rights_leave(struct rights *r, struct sock *to);
/* rights_moved - what is in the queue of @s is its own now, not its listener's. unix_lock. */
void rights_moved(struct sock *s);
/*
 * unix_collect - frees what only sockets in flight refer to, if there may be some: after
 * a socket was closed, or, with @much, where there are many in flight.
 */
void unix_collect(bool much);

#endif
