/* SPDX-License-Identifier: GPL-2.0 */
/* A fuzzer of the family "litebox": what its parts know of each other. */
#ifndef ABUSE_H
#define ABUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/litebox.h>

#define MESSAGE_MAX 24576

/* Who sends. */
enum who {
	ROOT,		/* everything is allowed */
	NOBODY,		/* an ordinary user */
	OWN_USERNS,	/* all capabilities, in a user namespace of its own */
	OWN_NETNS,	/* besides in a network namespace of its own, where the family isn't */
	BOXED,		/* in a box, through a socket of root's that was handed in */
	NR_WHO
};

/* Figures, shared by all workers; each is an atomic count. */
struct figures {
	uint64_t sent, batches, refused, accepted, dumps, cut_dumps, joined, closed, killed, boxes,
		 entered;
	uint64_t by_errno[134];
	/* What must never be: */
	uint64_t unanswered;	/* a whole message with NLM_F_ACK, without an answer */
	uint64_t improper;	/* an answer that is none: no errno, of another's number */
	uint64_t let_through;	/* a privileged command of somebody who isn't */
	uint64_t wrong_refusal;	/* that, refused with something else than EPERM */
	char first[160];	/* the first of these */
};
extern struct figures *figures;

#define COUNT(what) __atomic_add_fetch(&figures->what, 1, __ATOMIC_RELAXED)

/* struct message - one or more netlink messages in a buffer. */
struct message {
	size_t len;
	uint32_t seq;		/* of the last one */
	uint8_t cmd;
	bool whole;		/* one message, its frame and header as they should be: it is answered */
	bool plain;		/* besides without flags that nobody knows */
	bool dump;
	_Alignas(struct nlmsghdr) char data[MESSAGE_MAX];
};

extern uint16_t family, group;
extern uint64_t random_state;
uint32_t below(uint32_t n);
static inline bool one_in(uint32_t n)
{
	return !below(n);
}

/* message.c */
void message_make(struct message *m);
void message_mutate(struct message *m);
void message_append(struct message *m);	/* one more, of any kind */
void message_known(struct message *m, uint8_t cmd, uint16_t flags); /* whole, no attributes */
void message_put(struct message *m, uint16_t type, const void *data, size_t len);
bool message_privileged(uint8_t cmd);

/* judge.c */
void complain(uint64_t *what, const char *why, const struct message *m, long value);
void judge(int sock, enum who who, const struct message *m);	/* reads its answers */

/* workers.c */
int open_socket(void);
int work(enum who who, uint64_t seed, long end);
int work_inside(uint64_t seed, long end);
long seconds_now(void);

#endif
