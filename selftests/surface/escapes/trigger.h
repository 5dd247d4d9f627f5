/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Triggers: what a program does to get into a part of the kernel that has been used to get
 * out of a container. Each goes as far as the first step of an attack, the entry, and no
 * further. A call that fails is nothing special: in a box most do.
 */
#ifndef TRIGGER_H
#define TRIGGER_H

#include <stddef.h>

struct trigger {
	const char *name;
	void (*run)(void);
	struct trigger *next;
};

void trigger_add(struct trigger *t);

/* TRIGGER(name) { ... }: known by that name in escapes.tbl */
#define TRIGGER(n)							\
	static void n(void);						\
	static void __attribute__((constructor)) add_##n(void)		\
	{								\
		static struct trigger t = { .name = #n, .run = n };	\
									\
		trigger_add(&t);					\
	}								\
	static void n(void)

/* Root of namespaces of its own, as anybody may be where user namespaces are allowed. */
void own_namespaces(void);

/* A message of netlink, its attributes appended one by one. */
struct message {
	size_t len;
	unsigned char data[2048];
};

void message_begin(struct message *m, int type, int flags, const void *head, size_t len);
void message_attr(struct message *m, int type, const void *value, size_t len);
void message_text(struct message *m, int type, const char *text);
void message_send(int protocol, const struct message *m);

#endif
