/* SPDX-License-Identifier: GPL-2.0 */
/* The module as verbs see it. All netlink of lbctl is in client.c. */
#ifndef LBCTL_CLIENT_H
#define LBCTL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/litebox.h>

struct nl_sock;
struct nl_msg;

/*
 * struct client - a connection to the module.
 * @why: text of the last refusal, else of its errno
 */
struct client {
	struct nl_sock *sock;
	int family;
	int events;
	char why[160];
};

/* client_open - 0, or STATUS_FAILED having complained. */
int client_open(struct client *c);
void client_close(struct client *c);
#define cleanup_client __attribute__((cleanup(client_close)))

struct bind {
	struct bind *next;
	int source;		/* descriptor */
	const char *dest;
	bool tmpfs, rw, trusted;
};

struct box_spec {
	const char *name, *hostname;	/* may be NULL */
	uint32_t max_tasks, cpus;	/* 0: not told */
	uint64_t memory;		/* likewise */
	uint32_t host_id;		/* uid and gid */
	int root;			/* descriptor */
	bool root_trusted;
	const struct bind *binds;
};

struct box {
	uint32_t id;
	char name[LITEBOX_NAME_LEN + 1];
	uint32_t state, pid, tasks, max_tasks, cpus, host_uid, host_gid;
	uint64_t total_tasks, memory, memory_limit, start, denials;
	bool detached;
};

/* These return 0 or a negated errno; c->why has the text. */
int client_box_new(struct client *c, const struct box_spec *spec, struct box *box);
int client_box_grant(struct client *c, uint32_t id);
int client_box_kill(struct client *c, uint32_t id, int sig);
/* @word: a name or an id */
int client_box_get(struct client *c, const char *word, struct box *box);
/* client_boxes - calls @each for every box. */
int client_boxes(struct client *c, void (*each)(const struct box *box, void *arg), void *arg);

struct call {
	uint32_t nr, way;
	char name[32];		/* "" if it has none */
	uint64_t made, unanswered;
};
/* client_calls - the calls of a box that were made, or all that can be made if @box is NULL. */
int client_calls(struct client *c, const uint32_t *box,
		 void (*each)(const struct call *call, void *arg), void *arg);

struct module_facts {
	char version[32], kernel[65];
	uint64_t features, max_memory;
	uint32_t boxes, max_boxes, max_tasks, max_handles;
};
int client_version(struct client *c, struct module_facts *facts);

struct event {
	bool end;		/* else a start */
	uint32_t id, reason, status;
	char name[LITEBOX_NAME_LEN + 1];
	char why[128];
};
/* client_listen - join the events; client_fd is readable when there are some. */
int client_listen(struct client *c);
int client_fd(const struct client *c);
/* client_events - calls @each for those that have come; -ENOBUFS if some were lost. */
int client_events(struct client *c, void (*each)(const struct event *e, void *arg), void *arg);

/*
 * client_enter_prepare - the bytes of a message by which the task that sends them
 * through this client's socket enters the box with descriptors 0, 1, 2. NULL: no memory.
 */
struct enter_message {
	size_t len;
	char data[256];
};
int client_enter_prepare(struct client *c, uint32_t id, struct enter_message *m);

/*
 * client_enter - send it through descriptor @sock. Returns true in the box; false
 * and text outside. No memory is allocated.
 */
bool client_enter(int sock, const struct enter_message *m, char *why, size_t size);

#endif
