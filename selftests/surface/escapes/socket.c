// SPDX-License-Identifier: GPL-2.0
/* Sockets of all families */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/can.h>
#include <linux/if_alg.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include "trigger.h"

/* Enough of an address for any family. */
static struct sockaddr_storage address(int family)
{
	struct sockaddr_storage a = { .ss_family = family };

	return a;
}

static void bind_to(int fd, int family, size_t len)
{
	struct sockaddr_storage a = address(family);

	bind(fd, (void *)&a, len);
}

static void connect_to(int fd, int family, size_t len)
{
	struct sockaddr_storage a = address(family);

	connect(fd, (void *)&a, len);
}

static void send_something(int fd, int flags)
{
	char text[] = "something";

	send(fd, text, sizeof(text), flags | MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void option(int fd, int level, int name, int value)
{
	setsockopt(fd, level, name, &value, sizeof(value));
}

/* ---- packets ---- */

TRIGGER(packet_ring)
{
	struct tpacket_req3 ring = { .tp_block_size = 4096, .tp_block_nr = 1, .tp_frame_size = 2048,
				     .tp_frame_nr = 2, .tp_retire_blk_tov = 1 };
	int fd;

	own_namespaces();
	fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	option(fd, SOL_PACKET, PACKET_VERSION, TPACKET_V3);
	setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring));
}

TRIGGER(packet_fanout)
{
	int fd;

	own_namespaces();
	fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	option(fd, SOL_PACKET, PACKET_FANOUT, 1);
}

TRIGGER(packet_reserve)
{
	int fd;

	own_namespaces();
	fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	option(fd, SOL_PACKET, PACKET_RESERVE, 0xffff);
	send_something(fd, 0);
}

/* ---- families that few programs know ---- */

TRIGGER(dccp_connect)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback, .sin6_port = 1 };
	int fd = socket(AF_INET6, SOCK_DCCP | SOCK_NONBLOCK, IPPROTO_DCCP);

	option(fd, 269 /* SOL_DCCP */, 2 /* DCCP_SOCKOPT_SERVICE */, 1);
	connect(fd, (void *)&a, sizeof(a));
}

TRIGGER(dccp_disconnect)
{
	int fd = socket(AF_INET, SOCK_DCCP, IPPROTO_DCCP);

	connect_to(fd, AF_UNSPEC, sizeof(struct sockaddr));
}

TRIGGER(tipc)
{
	int fd = socket(AF_TIPC, SOCK_RDM, 0);

	bind_to(fd, AF_TIPC, 16);
	send_something(fd, 0);
}

TRIGGER(sctp)
{
	int fd = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);

	send_something(fd, 0);
}

TRIGGER(rds)
{
	int fd = socket(AF_RDS, SOCK_SEQPACKET, 0);

	send_something(fd, 0);
}

TRIGGER(vsock)
{
	unsigned int local[4] = { AF_VSOCK, 1234, 1 /* this machine */ };
	unsigned long size = 4096;
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK, 0);

	setsockopt(fd, AF_VSOCK, 0 /* SO_VM_SOCKETS_BUFFER_SIZE */, &size, sizeof(size));
	connect(fd, (void *)local, sizeof(local));
	fd = socket(AF_VSOCK, SOCK_STREAM, 0);
	bind(fd, (void *)local, sizeof(local));
}

TRIGGER(can_broadcast)
{
	int fd = socket(AF_CAN, SOCK_DGRAM, CAN_BCM);

	connect_to(fd, AF_CAN, sizeof(struct sockaddr_can));
	send_something(fd, 0);
}

TRIGGER(alg)
{
	struct sockaddr_alg a = { .salg_family = AF_ALG, .salg_type = "hash", .salg_name = "sha256" };
	int fd = socket(AF_ALG, SOCK_SEQPACKET, 0);

	bind(fd, (void *)&a, sizeof(a));
	send_something(accept(fd, NULL, NULL), MSG_MORE);
}

TRIGGER(alg_aead)
{
	struct sockaddr_alg a = { .salg_family = AF_ALG, .salg_type = "aead", .salg_name = "gcm(aes)" };
	int fd = socket(AF_ALG, SOCK_SEQPACKET, 0);

	bind(fd, (void *)&a, sizeof(a));
	setsockopt(fd, SOL_ALG, ALG_SET_KEY, "sixteen bytes...", 16);
	send_something(accept(fd, NULL, NULL), MSG_MORE);
}

TRIGGER(l2tp_ip)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 115);

	bind_to(fd, AF_INET, 32);
}

TRIGGER(l2tp_ppp)
{
	struct { unsigned short family; unsigned int protocol; char rest[64]; }
		__attribute__((packed)) a = { AF_PPPOX, 1 };
	int fd = socket(AF_PPPOX, SOCK_DGRAM, 1 /* L2TP */);

	connect(fd, (void *)&a, 38);
}

TRIGGER(nfc)
{
	int fd = socket(AF_NFC, SOCK_STREAM, 1 /* LLCP */);

	bind_to(fd, AF_NFC, 96);
	connect_to(fd, AF_NFC, 96);
}

TRIGGER(atm)
{
	socket(AF_ATMPVC, SOCK_DGRAM, 0);
}

TRIGGER(appletalk)
{
	socket(AF_APPLETALK, SOCK_DGRAM, 0);
}

TRIGGER(rose)
{
	socket(AF_ROSE, SOCK_SEQPACKET, 0);
}

/* ---- the internet's ---- */

TRIGGER(udp)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons(9) };
	char buffer[16];
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	connect(fd, (void *)&a, sizeof(a));
	send_something(fd, MSG_MORE);
	recv(fd, buffer, sizeof(buffer), MSG_PEEK | MSG_DONTWAIT);
}

TRIGGER(udp6)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback, .sin6_port = 9 };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	connect(fd, (void *)&a, sizeof(a));
	send_something(fd, MSG_MORE);
}

TRIGGER(multicast)
{
	struct ip_mreqn group = { .imr_multiaddr.s_addr = htonl(0xe0000105), .imr_ifindex = 1 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group));
}

TRIGGER(addrform)
{
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	option(fd, IPPROTO_IPV6, IPV6_ADDRFORM, AF_INET);
}

TRIGGER(ping)
{
	int fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);

	connect_to(fd, AF_UNSPEC, sizeof(struct sockaddr));
}

TRIGGER(buffer_force)
{
	int fd;

	own_namespaces();
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	option(fd, SOL_SOCKET, SO_SNDBUFFORCE, -1);
}

TRIGGER(ulp)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3);
}

TRIGGER(recvmmsg_udp)
{
	struct mmsghdr messages[2] = { };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	recvmmsg(fd, messages, 2, MSG_DONTWAIT, NULL);
}

TRIGGER(iptables_replace)
{
	char table[128] = "filter";
	int fd;

	own_namespaces();
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	setsockopt(fd, IPPROTO_IP, 64 /* IPT_SO_SET_REPLACE */, table, sizeof(table));
}

/* ---- local ones ---- */

TRIGGER(unix_rights)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .head = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec v = { "x", 1 };
	struct msghdr msg = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds))
		return;
	*(int *)CMSG_DATA(&control.head) = fds[0];
	sendmsg(fds[1], &msg, 0);
}

TRIGGER(unix_urgent)
{
	char c[2];
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		return;
	send(fds[0], "ab", 2, MSG_OOB);
	recv(fds[1], c, 1, MSG_OOB | MSG_DONTWAIT);
	recv(fds[1], c, 1, MSG_DONTWAIT);
}
