// SPDX-License-Identifier: GPL-2.0
/* Netlink: routes, traffic control, nf_tables, ipsets, IPsec */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>
#include "trigger.h"

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

void own_namespaces(void)
{
	char map[64];
	int uid = getuid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET))
		return;
	snprintf(map, sizeof(map), "0 %d 1", uid);
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", map);
	write_file("/proc/self/gid_map", map);
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static struct nlmsghdr *last(struct message *m)
{
	struct nlmsghdr *h = (void *)m->data;

	while ((unsigned char *)h + NLMSG_ALIGN(h->nlmsg_len) < m->data + m->len)
		h = (void *)((unsigned char *)h + NLMSG_ALIGN(h->nlmsg_len));
	return h;
}

/* Another message behind those that are there. */
void message_begin(struct message *m, int type, int flags, const void *head, size_t len)
{
	struct nlmsghdr *h = (void *)(m->data + m->len);

	*h = (struct nlmsghdr){ .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags,
				.nlmsg_len = NLMSG_HDRLEN + NLMSG_ALIGN(len), .nlmsg_seq = 1 };
	memcpy(h + 1, head, len);
	m->len += h->nlmsg_len;
}

void message_attr(struct message *m, int type, const void *value, size_t len)
{
	struct nlmsghdr *h = last(m);
	struct nlattr *a = (void *)(m->data + m->len);

	*a = (struct nlattr){ .nla_type = type, .nla_len = NLA_HDRLEN + len };
	memcpy(a + 1, value, len);
	h->nlmsg_len += NLA_HDRLEN + NLA_ALIGN(len);
	m->len += NLA_HDRLEN + NLA_ALIGN(len);
}

void message_text(struct message *m, int type, const char *text)
{
	message_attr(m, type, text, strlen(text) + 1);
}

void message_send(int protocol, const struct message *m)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	char answer[8192];
	int fd = socket(AF_NETLINK, SOCK_RAW, protocol);

	sendto(fd, m->data, m->len, 0, (void *)&kernel, sizeof(kernel));
	recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
	close(fd);
}

/* ---- routes and traffic control ---- */

TRIGGER(route_dump)
{
	struct message m = { };
	struct ifinfomsg head = { };

	message_begin(&m, RTM_GETLINK, NLM_F_DUMP, &head, sizeof(head));
	message_send(NETLINK_ROUTE, &m);
}

static void traffic(int type, int flags, const char *kind)
{
	struct tcmsg head = { .tcm_ifindex = 1, .tcm_parent = TC_H_ROOT, .tcm_handle = 1 << 16,
			      .tcm_info = TC_H_MAKE(1 << 16, htons(0x0800)) };
	struct message m = { };

	own_namespaces();
	message_begin(&m, type, flags, &head, sizeof(head));
	message_text(&m, TCA_KIND, kind);
	message_send(NETLINK_ROUTE, &m);
}

TRIGGER(tc_filter_route)
{
	traffic(RTM_NEWTFILTER, NLM_F_CREATE, "route");
}

TRIGGER(tc_filter_delete)
{
	traffic(RTM_DELTFILTER, 0, "u32");
}

TRIGGER(tc_qdisc)
{
	traffic(RTM_NEWQDISC, NLM_F_CREATE, "hfsc");
}

TRIGGER(tc_class)
{
	traffic(RTM_NEWTCLASS, NLM_F_CREATE, "qfq");
}

/* ---- netfilter ---- */

static void nft(int type)
{
	struct nfgenmsg head = { .nfgen_family = AF_INET };
	struct nfgenmsg batch = { .res_id = htons(NFNL_SUBSYS_NFTABLES) };
	struct message m = { };

	own_namespaces();
	message_begin(&m, NFNL_MSG_BATCH_BEGIN, 0, &batch, sizeof(batch));
	message_begin(&m, NFNL_SUBSYS_NFTABLES << 8 | type, NLM_F_CREATE | NLM_F_ACK, &head,
		      sizeof(head));
	message_text(&m, 1 /* the table, in every kind of message */, "t");
	message_begin(&m, NFNL_MSG_BATCH_END, 0, &batch, sizeof(batch));
	message_send(NETLINK_NETFILTER, &m);
}

TRIGGER(nft_table_delete)
{
	nft(NFT_MSG_DELTABLE);
}

TRIGGER(nft_chain)
{
	nft(NFT_MSG_NEWCHAIN);
}

TRIGGER(nft_rule)
{
	nft(NFT_MSG_NEWRULE);
}

TRIGGER(nft_set)
{
	nft(NFT_MSG_NEWSET);
}

TRIGGER(nft_set_delete)
{
	nft(NFT_MSG_DELSET);
}

TRIGGER(nft_element)
{
	nft(NFT_MSG_NEWSETELEM);
}

TRIGGER(nft_element_delete)
{
	nft(NFT_MSG_DELSETELEM);
}

TRIGGER(ipset_add)
{
	struct nfgenmsg head = { .nfgen_family = AF_INET };
	unsigned char protocol = IPSET_PROTOCOL;
	struct message m = { };

	own_namespaces();
	message_begin(&m, NFNL_SUBSYS_IPSET << 8 | IPSET_CMD_ADD, NLM_F_ACK, &head, sizeof(head));
	message_attr(&m, IPSET_ATTR_PROTOCOL, &protocol, 1);
	message_text(&m, IPSET_ATTR_SETNAME, "s");
	message_send(NETLINK_NETFILTER, &m);
}

/* ---- IPsec ---- */

TRIGGER(xfrm_policy)
{
	struct xfrm_userpolicy_info head = { };
	struct message m = { };

	own_namespaces();
	message_begin(&m, XFRM_MSG_NEWPOLICY, NLM_F_CREATE, &head, sizeof(head));
	message_send(NETLINK_XFRM, &m);
}

TRIGGER(xfrm_policy_dump)
{
	struct xfrm_userpolicy_id head = { };
	struct message m = { };

	own_namespaces();
	message_begin(&m, XFRM_MSG_GETPOLICY, NLM_F_DUMP, &head, sizeof(head));
	message_send(NETLINK_XFRM, &m);
}

TRIGGER(xfrm_event)
{
	struct xfrm_aevent_id head = { };
	struct xfrm_lifetime_cur life = { };
	struct message m = { };

	own_namespaces();
	message_begin(&m, XFRM_MSG_NEWAE, NLM_F_REPLACE, &head, sizeof(head));
	message_attr(&m, XFRMA_LTIME_VAL, &life, sizeof(life));
	message_send(NETLINK_XFRM, &m);
}

TRIGGER(xfrm_state)
{
	struct xfrm_usersa_info head = { .family = AF_INET6, .id.proto = IPPROTO_ESP };
	struct message m = { };

	own_namespaces();
	message_begin(&m, XFRM_MSG_NEWSA, NLM_F_CREATE, &head, sizeof(head));
	message_send(NETLINK_XFRM, &m);
}
