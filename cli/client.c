// SPDX-License-Identifier: GPL-2.0
/* The generic netlink family "litebox", from the outside. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include "client.h"
#include "lbctl.h"

static int open_socket(struct client *c)
{
	int on = 1;

	c->sock = nl_socket_alloc();
	if (!c->sock)
		return complain("no memory");
	if (genl_connect(c->sock)) {
		client_close(c);
		return complain("cannot open a netlink socket");
	}
	/* Older kernels lack them; then there is no text to a refusal. */
	setsockopt(nl_socket_get_fd(c->sock), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(nl_socket_get_fd(c->sock), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return 0;
}

int client_open(struct client *c)
{
	memset(c, 0, sizeof(*c));
	if (open_socket(c))
		return STATUS_FAILED;
	c->family = genl_ctrl_resolve(c->sock, LITEBOX_FAMILY_NAME);
	if (c->family >= 0)
		return 0;
	client_close(c);
	return complain("the litebox module is not loaded (try: modprobe litebox)");
}

void client_close(struct client *c)
{
	nl_socket_free(c->sock);
	c->sock = NULL;
}

int client_fd(const struct client *c)
{
	return nl_socket_get_fd(c->sock);
}

static struct nl_msg *request(struct client *c, int cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc_size(32768);

	if (msg && genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, c->family, 0, NLM_F_REQUEST | flags,
			       cmd, LITEBOX_FAMILY_VERSION))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

/* Text of a refusal: the kernel's, which follows the header that it quotes. */
static void error_text(const struct nlmsghdr *nlh, char *why, size_t size)
{
	const struct nlmsgerr *err = (const void *)((const char *)nlh + NLMSG_HDRLEN);
	size_t len = nlh->nlmsg_len, at = NLMSG_HDRLEN + sizeof(*err);

	snprintf(why, size, "%s", strerror(-err->error));
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		at += NLMSG_ALIGN(err->msg.nlmsg_len - NLMSG_HDRLEN);
	while (at + NLA_HDRLEN <= len) {
		const struct nlattr *a = (const void *)((const char *)nlh + at);

		if (a->nla_len < NLA_HDRLEN || at + a->nla_len > len)
			break;
		if ((a->nla_type & NLA_TYPE_MASK) == NLMSGERR_ATTR_MSG)
			snprintf(why, size, "%.*s", (int)(a->nla_len - NLA_HDRLEN),
				 (const char *)a + NLA_HDRLEN);
		at += NLA_ALIGN(a->nla_len);
	}
}

/* struct reply - what a call waits for: @each for its messages, then @done. */
struct reply {
	struct client *c;
	void (*each)(struct nlattr **attrs, const struct genlmsghdr *hdr, void *arg);
	void *arg;
	uint32_t seq;
	int err;
	bool done;
};

#define ATTRS_MAX 64

/* An answer to something else is of no use any more. */
static int on_sequence(struct nl_msg *msg, void *arg)
{
	const struct reply *r = arg;

	return nlmsg_hdr(msg)->nlmsg_seq == r->seq ? NL_OK : NL_SKIP;
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct genlmsghdr *hdr = genlmsg_hdr(nlmsg_hdr(msg));
	struct nlattr *attrs[ATTRS_MAX + 1];
	struct reply *r = arg;

	if (r->each && !nla_parse(attrs, ATTRS_MAX, genlmsg_attrdata(hdr, 0),
				  genlmsg_attrlen(hdr, 0), NULL))
		r->each(attrs, hdr, r->arg);
	return NL_OK;
}

static int on_end(struct nl_msg *msg, void *arg)
{
	struct reply *r = arg;

	(void)msg;
	r->done = true;
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *addr, struct nlmsgerr *err, void *arg)
{
	struct reply *r = arg;

	(void)addr;
	r->err = err->error;
	r->done = true;
	error_text((struct nlmsghdr *)((char *)err - NLMSG_HDRLEN), r->c->why,
		   sizeof(r->c->why));
	return NL_STOP;
}

/* Takes @msg. */
static int call(struct client *c, struct nl_msg *msg,
		void (*each)(struct nlattr **attrs, const struct genlmsghdr *hdr, void *arg),
		void *arg)
{
	struct reply r = { .c = c, .each = each, .arg = arg };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err;

	if (!msg || !cb) {
		err = -ENOMEM;
		goto out;
	}
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_message, &r);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, &r);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_end, &r);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_end, &r);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, &r);
	err = nl_send_auto(c->sock, msg);
	r.seq = nlmsg_hdr(msg)->nlmsg_seq;
	while (err >= 0 && !r.done)
		err = nl_recvmsgs(c->sock, cb);
	if (r.err)
		err = r.err;
	else if (r.done)
		err = 0;
	else if (err < 0)
		err = -EIO;
out:
	if (err && !r.err)
		snprintf(c->why, sizeof(c->why), "%s", strerror(-err));
	nl_cb_put(cb);
	nlmsg_free(msg);
	return err;
}

static uint64_t get_uint(const struct nlattr *a)
{
	return nla_len(a) == 4 ? nla_get_u32(a) : nla_get_u64(a);
}

/* Copies what is there; what isn't stays as it was. */
static void copy_u32(uint32_t *to, const struct nlattr *a)
{
	if (a)
		*to = nla_get_u32(a);
}

static void copy_uint(uint64_t *to, const struct nlattr *a)
{
	if (a)
		*to = get_uint(a);
}

static void copy_string(char *to, const struct nlattr *a, size_t size)
{
	if (a)
		snprintf(to, size, "%s", nla_get_string(a));
}

static void parse_box(struct nlattr **a, const struct genlmsghdr *hdr, void *arg)
{
	struct box *box = arg;

	(void)hdr;
	copy_u32(&box->id, a[LITEBOX_A_BOX_ID]);
	copy_string(box->name, a[LITEBOX_A_BOX_NAME], sizeof(box->name));
	copy_u32(&box->state, a[LITEBOX_A_BOX_STATE]);
	copy_u32(&box->pid, a[LITEBOX_A_BOX_PID]);
	copy_u32(&box->tasks, a[LITEBOX_A_BOX_TASKS]);
	copy_u32(&box->max_tasks, a[LITEBOX_A_BOX_MAX_TASKS]);
	copy_u32(&box->cpus, a[LITEBOX_A_BOX_CPUS]);
	copy_u32(&box->host_uid, a[LITEBOX_A_BOX_HOST_UID]);
	copy_u32(&box->host_gid, a[LITEBOX_A_BOX_HOST_GID]);
	copy_uint(&box->total_tasks, a[LITEBOX_A_BOX_TOTAL_TASKS]);
	copy_uint(&box->memory, a[LITEBOX_A_BOX_MEMORY]);
	copy_uint(&box->memory_limit, a[LITEBOX_A_BOX_MEMORY_LIMIT]);
	copy_uint(&box->start, a[LITEBOX_A_BOX_START]);
	copy_uint(&box->denials, a[LITEBOX_A_BOX_DENIALS]);
	box->detached = a[LITEBOX_A_BOX_DETACHED];
}

static int put_bind(struct nl_msg *msg, const struct bind *b)
{
	struct nlattr *nest;

	nest = nla_nest_start(msg, (b->tmpfs ? LITEBOX_A_BOX_TMPFS : LITEBOX_A_BOX_BIND) |
			      NLA_F_NESTED);
	if (!nest)
		return -NLE_NOMEM;
	if (b->tmpfs) {
		if (nla_put_string(msg, LITEBOX_A_TMPFS_DEST, b->dest))
			return -NLE_NOMEM;
	} else if (nla_put_u32(msg, LITEBOX_A_BIND_SOURCE, b->source) ||
		   nla_put_string(msg, LITEBOX_A_BIND_DEST, b->dest) ||
		   (b->rw && nla_put_flag(msg, LITEBOX_A_BIND_RW)) ||
		   (b->trusted && nla_put_flag(msg, LITEBOX_A_BIND_TRUSTED))) {
		return -NLE_NOMEM;
	}
	return nla_nest_end(msg, nest);
}

int client_box_new(struct client *c, const struct box_spec *spec, struct box *box)
{
	struct nl_msg *msg = request(c, LITEBOX_CMD_BOX_NEW, NLM_F_ACK);
	const struct bind *b;
	int err;

	memset(box, 0, sizeof(*box));
	if (!msg)
		return -ENOMEM;
	err = nla_put_u32(msg, LITEBOX_A_BOX_ROOT, spec->root) ||
	      nla_put_u32(msg, LITEBOX_A_BOX_HOST_UID, spec->host_id) ||
	      nla_put_u32(msg, LITEBOX_A_BOX_HOST_GID, spec->host_id) ||
	      (spec->root_trusted && nla_put_flag(msg, LITEBOX_A_BOX_ROOT_TRUSTED)) ||
	      (spec->name && nla_put_string(msg, LITEBOX_A_BOX_NAME, spec->name)) ||
	      (spec->hostname && nla_put_string(msg, LITEBOX_A_BOX_HOSTNAME, spec->hostname)) ||
	      (spec->max_tasks && nla_put_u32(msg, LITEBOX_A_BOX_MAX_TASKS, spec->max_tasks)) ||
	      (spec->cpus && nla_put_u32(msg, LITEBOX_A_BOX_CPUS, spec->cpus)) ||
	      (spec->memory && nla_put_u64(msg, LITEBOX_A_BOX_MEMORY_LIMIT, spec->memory));
	for (b = spec->binds; b && !err; b = b->next)
		err = put_bind(msg, b);
	if (err) {
		nlmsg_free(msg);
		snprintf(c->why, sizeof(c->why), "too many binds");
		return -E2BIG;
	}
	return call(c, msg, parse_box, box);
}

/* A request about box @id with a signal if @sig isn't 0, answered by an errno only. */
static int box_request(struct client *c, int cmd, uint32_t id, int sig)
{
	struct nl_msg *msg = request(c, cmd, NLM_F_ACK);

	if (msg && (nla_put_u32(msg, LITEBOX_A_BOX_ID, id) ||
		    (sig && nla_put_u32(msg, LITEBOX_A_BOX_SIGNAL, sig)))) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return call(c, msg, NULL, NULL);
}

int client_box_grant(struct client *c, uint32_t id)
{
	return box_request(c, LITEBOX_CMD_BOX_GRANT, id, 0);
}

int client_box_kill(struct client *c, uint32_t id, int sig)
{
	return box_request(c, LITEBOX_CMD_BOX_KILL, id, sig);
}

static int box_get(struct client *c, const char *name, uint32_t id, struct box *box)
{
	struct nl_msg *msg = request(c, LITEBOX_CMD_BOX_GET, NLM_F_ACK);

	memset(box, 0, sizeof(*box));
	if (msg && (name ? nla_put_string(msg, LITEBOX_A_BOX_NAME, name) :
			   nla_put_u32(msg, LITEBOX_A_BOX_ID, id))) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return call(c, msg, parse_box, box);
}

int client_box_get(struct client *c, const char *word, struct box *box)
{
	uint64_t id;
	int err;

	if (!*word || strlen(word) > LITEBOX_NAME_LEN) {
		snprintf(c->why, sizeof(c->why), "no such box");
		return -ENOENT;
	}
	err = box_get(c, word, 0, box);
	if (err == -ENOENT && parse_u64(word, UINT32_MAX, &id))
		err = box_get(c, NULL, id, box);
	return err;
}

struct each_box {
	void (*each)(const struct box *box, void *arg);
	void *arg;
};

static void on_box(struct nlattr **a, const struct genlmsghdr *hdr, void *arg)
{
	struct each_box *e = arg;
	struct box box = { };

	parse_box(a, hdr, &box);
	e->each(&box, e->arg);
}

int client_boxes(struct client *c, void (*each)(const struct box *box, void *arg), void *arg)
{
	struct each_box e = { each, arg };

	return call(c, request(c, LITEBOX_CMD_BOX_GET, NLM_F_DUMP), on_box, &e);
}

struct each_call {
	void (*each)(const struct call *call, void *arg);
	void *arg;
};

static void on_call(struct nlattr **a, const struct genlmsghdr *hdr, void *arg)
{
	struct each_call *e = arg;
	struct call one = { };

	(void)hdr;
	copy_u32(&one.nr, a[LITEBOX_A_CALL_NR]);
	copy_u32(&one.way, a[LITEBOX_A_CALL_WAY]);
	copy_string(one.name, a[LITEBOX_A_CALL_NAME], sizeof(one.name));
	copy_uint(&one.made, a[LITEBOX_A_CALL_MADE]);
	copy_uint(&one.unanswered, a[LITEBOX_A_CALL_UNANSWERED]);
	e->each(&one, e->arg);
}

int client_calls(struct client *c, const uint32_t *box,
		 void (*each)(const struct call *call, void *arg), void *arg)
{
	struct nl_msg *msg = request(c, box ? LITEBOX_CMD_STATS_GET : LITEBOX_CMD_CALLS_GET,
				     NLM_F_DUMP);
	struct each_call e = { each, arg };

	if (msg && box && nla_put_u32(msg, LITEBOX_A_CALL_BOX, *box)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return call(c, msg, on_call, &e);
}

static void on_version(struct nlattr **a, const struct genlmsghdr *hdr, void *arg)
{
	struct module_facts *f = arg;

	(void)hdr;
	copy_string(f->version, a[LITEBOX_A_MODULE_VERSION], sizeof(f->version));
	copy_string(f->kernel, a[LITEBOX_A_MODULE_KERNEL], sizeof(f->kernel));
	copy_uint(&f->features, a[LITEBOX_A_MODULE_FEATURES]);
	copy_u32(&f->boxes, a[LITEBOX_A_MODULE_BOXES]);
	copy_u32(&f->max_boxes, a[LITEBOX_A_MODULE_MAX_BOXES]);
	copy_u32(&f->max_tasks, a[LITEBOX_A_MODULE_MAX_TASKS]);
	copy_u32(&f->max_handles, a[LITEBOX_A_MODULE_MAX_HANDLES]);
	copy_uint(&f->max_memory, a[LITEBOX_A_MODULE_MAX_MEMORY]);
}

int client_version(struct client *c, struct module_facts *facts)
{
	memset(facts, 0, sizeof(*facts));
	return call(c, request(c, LITEBOX_CMD_VERSION_GET, NLM_F_ACK), on_version, facts);
}

int client_listen(struct client *c)
{
	int group = genl_ctrl_resolve_grp(c->sock, LITEBOX_FAMILY_NAME, LITEBOX_MCGRP_EVENTS);

	if (group < 0 || nl_socket_add_membership(c->sock, group)) {
		snprintf(c->why, sizeof(c->why), "no access to its events");
		return -EPERM;
	}
	nl_socket_set_nonblocking(c->sock);
	return 0;
}

struct each_event {
	void (*each)(const struct event *e, void *arg);
	void *arg;
};

static void on_event(struct nlattr **a, const struct genlmsghdr *hdr, void *arg)
{
	struct each_event *e = arg;
	struct event event = { .end = hdr->cmd == LITEBOX_CMD_BOX_END };

	if (!event.end && hdr->cmd != LITEBOX_CMD_BOX_START)
		return;
	copy_u32(&event.id, a[LITEBOX_A_BOX_ID]);
	copy_u32(&event.reason, a[LITEBOX_A_BOX_END_REASON]);
	copy_u32(&event.status, a[LITEBOX_A_BOX_END_STATUS]);
	copy_string(event.name, a[LITEBOX_A_BOX_NAME], sizeof(event.name));
	copy_string(event.why, a[LITEBOX_A_BOX_END_WHY], sizeof(event.why));
	e->each(&event, e->arg);
}

int client_events(struct client *c, void (*each)(const struct event *e, void *arg), void *arg)
{
	struct each_event e = { each, arg };
	struct reply r = { .c = c, .each = on_event, .arg = &e };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err;

	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_message, &r);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, &r);
	err = nl_recvmsgs(c->sock, cb);
	nl_cb_put(cb);
	return err == -NLE_NOMEM ? -ENOBUFS : 0;
}

int client_enter_prepare(struct client *c, uint32_t id, struct enter_message *m)
{
	struct nl_msg *msg = request(c, LITEBOX_CMD_BOX_ENTER, 0);
	struct nlmsghdr *hdr;
	int err = -ENOMEM;

	if (!msg)
		return err;
	if (nla_put_u32(msg, LITEBOX_A_BOX_ID, id) || nla_put_u32(msg, LITEBOX_A_BOX_STDIN, 0) ||
	    nla_put_u32(msg, LITEBOX_A_BOX_STDOUT, 1) || nla_put_u32(msg, LITEBOX_A_BOX_STDERR, 2))
		goto out;
	nl_complete_msg(c->sock, msg);
	hdr = nlmsg_hdr(msg);
	if (hdr->nlmsg_len > sizeof(m->data))
		goto out;
	hdr->nlmsg_flags &= ~NLM_F_ACK;
	m->len = hdr->nlmsg_len;
	memcpy(m->data, hdr, m->len);
	err = 0;
out:
	nlmsg_free(msg);
	return err;
}

bool client_enter(int sock, const struct enter_message *m, char *why, size_t size)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	_Alignas(struct nlmsghdr) char answer[1024];
	const struct nlmsghdr *nlh = (void *)answer;
	int err = 0;
	ssize_t len;

	if (sendto(sock, m->data, m->len, 0, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		err = errno;
	len = recv(sock, answer, sizeof(answer), MSG_DONTWAIT);
	/* In the box North answers this, which knows of no such descriptor. */
	if (len < 0 && errno == EBADF)
		return true;
	if (err)
		snprintf(why, size, "%s", strerror(err));
	else if (len >= (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)) &&
		 nlh->nlmsg_type == NLMSG_ERROR)
		error_text(nlh, why, size);
	else
		snprintf(why, size, "the module did not say why");
	return false;
}
