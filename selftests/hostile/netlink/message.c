// SPDX-License-Identifier: GPL-2.0
/* Messages: of the family's own commands and attributes, right and wrong in every way. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "abuse.h"

static uint32_t next_seq = 1;

uint32_t below(uint32_t n)
{
	uint64_t x = random_state += 0x9e3779b97f4a7c15ull;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return (uint32_t)((x ^ (x >> 31)) >> 33) % n;
}

bool message_privileged(uint8_t cmd)
{
	return cmd == LITEBOX_CMD_BOX_NEW || cmd == LITEBOX_CMD_BOX_GRANT ||
	       cmd == LITEBOX_CMD_BOX_GET || cmd == LITEBOX_CMD_BOX_KILL ||
	       cmd == LITEBOX_CMD_STATS_GET;
}

static struct nlmsghdr *header(struct message *m)
{
	return (struct nlmsghdr *)m->data;
}

void message_put(struct message *m, uint16_t type, const void *data, size_t len)
{
	struct nlattr *a = (struct nlattr *)(m->data + m->len);

	if (m->len + NLA_HDRLEN + NLA_ALIGN(len) > sizeof(m->data))
		return;
	a->nla_type = type;
	a->nla_len = (uint16_t)(NLA_HDRLEN + len);
	memset(a + 1, 0, NLA_ALIGN(len));
	memcpy(a + 1, data, len);
	m->len += NLA_HDRLEN + NLA_ALIGN(len);
}

static void put_u32(struct message *m, uint16_t type, uint32_t value)
{
	message_put(m, type, &value, sizeof(value));
}

static void put_string(struct message *m, uint16_t type, const char *s)
{
	message_put(m, type, s, strlen(s) + 1);
}

static struct nlattr *begin_nest(struct message *m, uint16_t type)
{
	struct nlattr *a = (struct nlattr *)(m->data + m->len);

	message_put(m, type | (one_in(4) ? 0 : NLA_F_NESTED), "", 0);
	return a;
}

static void end_nest(struct message *m, struct nlattr *a)
{
	a->nla_len = (uint16_t)(m->data + m->len - (char *)a);
}

static const char *any_string(void)
{
	static char noise[5000];
	static const char *const strings[] = { "", "a", "h1", "box-1", "victim", "next-door", "/",
		"/etc", "/x/../y", "/..", "..", "a b", "\x1b[2J", "%s%n", "-", ".", "name.with-all_3" };
	size_t len, i;

	if (!one_in(4))
		return strings[below(sizeof(strings) / sizeof(strings[0]))];
	len = one_in(2) ? 60 + below(8) : below(sizeof(noise) - 1);
	for (i = 0; i < len; i++)
		noise[i] = (char)(one_in(16) ? 1 + below(255) : 'a' + below(26));
	noise[len] = '\0';
	return noise;
}

static uint32_t any_number(void)
{
	static const uint32_t odd[] = { 0, 1, 2, 3, 9, 15, 64, 65, 4096, 4097, 65534, 0x7fffffff,
					0x80000000u, 0xffffffffu };

	return one_in(3) ? odd[below(sizeof(odd) / sizeof(odd[0]))] : below(64);
}

/* An attribute of @max kinds, mostly of a kind and size that could be right. */
static void put_any(struct message *m, uint16_t max)
{
	uint16_t type = (uint16_t)(one_in(10) ? below(0x10000) : 1 + below(max));
	struct nlattr *nest;
	uint64_t number = any_number();
	int depth;

	switch (below(10)) {
	case 0:
		message_put(m, type, "", 0);
		break;
	case 1:
		message_put(m, type, any_string(), below(64));
		break;
	case 2:
		message_put(m, type, &number, 8);
		break;
	case 3 ... 4:
		put_string(m, type, any_string());
		break;
	case 5:
		nest = begin_nest(m, type);
		for (depth = below(4); depth; depth--)
			put_any(m, 6);
		end_nest(m, nest);
		break;
	default:
		put_u32(m, type, (uint32_t)number);
	}
}

/* Many of one kind, nested or not: counts and lengths at their end. */
static void put_flood(struct message *m)
{
	uint32_t n = 1 + below(600);
	uint16_t type = (uint16_t)(1 + below(LITEBOX_A_BOX_MAX));

	while (n-- && m->len + 64 < sizeof(m->data)) {
		struct nlattr *nest;

		if (type != LITEBOX_A_BOX_BIND && type != LITEBOX_A_BOX_TMPFS) {
			put_u32(m, type, any_number());
			continue;
		}
		nest = begin_nest(m, type);
		if (type == LITEBOX_A_BOX_BIND)
			put_u32(m, LITEBOX_A_BIND_SOURCE, 9);
		put_string(m, type == LITEBOX_A_BOX_BIND ? LITEBOX_A_BIND_DEST : LITEBOX_A_TMPFS_DEST,
			   one_in(50) ? any_string() : "/x");
		end_nest(m, nest);
	}
}

/* A box that could be made; 9 is a directory. */
static void put_box(struct message *m)
{
	struct nlattr *nest;
	char name[32];

	if (one_in(2)) {
		memcpy(name, "abuse-", 6);
		name[6] = (char)('a' + below(8));
		name[7] = '\0';
		put_string(m, LITEBOX_A_BOX_NAME, name);
		if (one_in(4))
			message_put(m, LITEBOX_A_BOX_DETACHED, "", 0);
	}
	put_u32(m, LITEBOX_A_BOX_HOST_UID, 70000 + below(3));
	put_u32(m, LITEBOX_A_BOX_HOST_GID, 70000);
	put_u32(m, LITEBOX_A_BOX_ROOT, one_in(8) ? any_number() : 9);
	if (one_in(3)) {
		nest = begin_nest(m, LITEBOX_A_BOX_BIND);
		put_u32(m, LITEBOX_A_BIND_SOURCE, one_in(8) ? any_number() : 9);
		put_string(m, LITEBOX_A_BIND_DEST, one_in(4) ? any_string() : "/mnt");
		if (one_in(2))
			message_put(m, LITEBOX_A_BIND_RW, "", 0);
		end_nest(m, nest);
	}
	if (one_in(8))
		put_flood(m);
}

void message_known(struct message *m, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *nlh = header(m);
	struct genlmsghdr *genl = NLMSG_DATA(nlh);

	memset(m->data, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	nlh->nlmsg_seq = m->seq = next_seq++;
	genl->cmd = m->cmd = cmd;
	genl->version = LITEBOX_FAMILY_VERSION;
	m->len = NLMSG_HDRLEN + GENL_HDRLEN;
	m->whole = true;
	m->plain = flags == 0 || flags == NLM_F_DUMP;
	m->dump = (flags & NLM_F_DUMP) == NLM_F_DUMP;
}

static void finish(struct message *m)
{
	header(m)->nlmsg_len = (uint32_t)m->len;
}

void message_make(struct message *m)
{
	uint8_t cmd = (uint8_t)(one_in(12) ? below(256) : 1 + below(LITEBOX_CMD_MAX));
	uint16_t flags = one_in(12) ? (uint16_t)below(0x10000) : one_in(3) ? NLM_F_DUMP : 0;
	struct genlmsghdr *genl;
	uint32_t n;

	message_known(m, cmd, flags);
	genl = NLMSG_DATA(header(m));
	if (one_in(16))
		genl->version = (uint8_t)below(256);
	if (one_in(32)) {
		genl->reserved = (uint16_t)below(0x10000);
		m->whole = !genl->reserved;
	}
	if (cmd == LITEBOX_CMD_BOX_NEW && !one_in(3))
		put_box(m);
	else if (one_in(16))
		put_flood(m);
	else if (cmd == LITEBOX_CMD_BOX_ENTER || cmd == LITEBOX_CMD_BOX_GRANT ||
		 cmd == LITEBOX_CMD_BOX_GET)
		put_u32(m, LITEBOX_A_BOX_ID, any_number());
	else if (cmd == LITEBOX_CMD_STATS_GET)
		put_u32(m, LITEBOX_A_CALL_BOX, any_number());
	/* Which may well be a box that somebody is just making. */
	else if (cmd == LITEBOX_CMD_BOX_KILL) {
		put_u32(m, LITEBOX_A_BOX_ID, one_in(2) ? 4 + below(4000) : any_number());
		if (one_in(2))
			put_u32(m, LITEBOX_A_BOX_SIGNAL, any_number());
	}
	for (n = one_in(2) ? below(6) : 0; n; n--)
		put_any(m, LITEBOX_A_BOX_MAX + 2);
	finish(m);
}

/* Bytes changed, lengths that lie, an end too early or too late. */
void message_mutate(struct message *m)
{
	uint32_t n;

	m->whole = false;
	for (n = 1 + below(8); n; n--)
		m->data[below((uint32_t)m->len)] = (char)below(256);
	/* To nobody but the family, or to the one that tells of families. */
	header(m)->nlmsg_type = one_in(8) ? GENL_ID_CTRL : family;
	if (one_in(4))
		header(m)->nlmsg_len = any_number();
	else
		header(m)->nlmsg_len = (uint32_t)m->len;
	if (one_in(4))
		m->len = 1 + below((uint32_t)m->len);
	else if (one_in(4) && m->len + 64 < sizeof(m->data))
		m->len += below(64);
}

void message_append(struct message *m)
{
	static struct message more;
	size_t at = NLMSG_ALIGN(m->len);

	message_make(&more);
	if (at + more.len > sizeof(m->data))
		return;
	memcpy(m->data + at, more.data, more.len);
	m->len = at + more.len;
	m->whole = false;
	m->seq = more.seq;
	m->cmd = more.cmd;
}
