// SPDX-License-Identifier: GPL-2.0
/* Those who send, each a process that may be killed at any moment. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "abuse.h"

#define SOCKETS 8
#define DIRECTORY 9	/* message.c counts on it */

static int sock[SOCKETS];

long seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

int open_socket(void)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | (one_in(2) ? SOCK_NONBLOCK : 0),
			NETLINK_GENERIC), one = 1;

	if (fd >= 0 && bind(fd, (const void *)&any, sizeof(any))) {
		close(fd);
		return -1;
	}
	if (one_in(2))
		setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	if (one_in(4))
		setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	if (one_in(4))
		setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	return fd;
}

static bool become(enum who who)
{
	if (who == ROOT)
		return true;
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return false;
	if (who == NOBODY)
		return true;
	return !unshare(CLONE_NEWUSER | (who == OWN_NETNS ? CLONE_NEWNET : 0));
}

static void join(enum who who, int fd)
{
	int id = one_in(4) ? (int)below(64) : group;

	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &id, sizeof(id)))
		return;
	COUNT(joined);
	if (id == group && who != ROOT && who != OWN_NETNS) {
		struct message m;

		message_known(&m, 0, 0);
		complain(&figures->let_through, "joined the events", &m, who);
	}
	if (one_in(2))
		setsockopt(fd, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, &id, sizeof(id));
}

static void *close_meanwhile(void *arg)
{
	int *fd = arg;

	usleep(below(300));
	close(*fd);
	return NULL;
}

/* Closes the socket while a command of it is being run or answered. */
static void send_and_close(int i, const struct message *m)
{
	pthread_t closer;
	int fd = sock[i];

	sock[i] = -1;
	if (pthread_create(&closer, NULL, close_meanwhile, &fd)) {
		close(fd);
		return;
	}
	send(fd, m->data, m->len, MSG_DONTWAIT);
	pthread_join(closer, NULL);
	COUNT(closed);
}

static void one_message(enum who who, int i)
{
	static struct message m;
	uint32_t n;

	message_make(&m);
	if (one_in(4))
		message_mutate(&m);
	else if (one_in(8)) {
		for (n = below(8); n; n--)
			message_append(&m);
		COUNT(batches);
	}
	if (one_in(16))
		return send_and_close(i, &m);
	if (send(sock[i], m.data, m.len, 0) < 0)
		return;
	COUNT(sent);
	judge(sock[i], who, &m);
}

int work(enum who who, uint64_t seed, long end)
{
	int i, dir = open("/usr", O_PATH | O_DIRECTORY);

	random_state = seed;
	if (dir < 0 || dup2(dir, DIRECTORY) < 0 || !become(who))
		return 1;
	memset(sock, -1, sizeof(sock));
	while (seconds_now() < end) {
		i = (int)below(SOCKETS);
		if (sock[i] < 0)
			sock[i] = open_socket();
		if (sock[i] < 0)
			continue;
		if (one_in(40)) {
			close(sock[i]);
			sock[i] = -1;
			COUNT(closed);
		} else if (one_in(40)) {
			join(who, sock[i]);
		} else {
			one_message(who, i);
		}
	}
	return 0;
}

/* In a box: descriptor 0 is a socket that root opened outside. */
int work_inside(uint64_t seed, long end)
{
	static struct message m;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);

	if (fd >= 0)
		return 2;
	random_state = seed;
	while (seconds_now() < end) {
		message_make(&m);
		if (one_in(4))
			message_mutate(&m);
		if (write(0, m.data, m.len) < 0)
			continue;
		COUNT(sent);
		judge(0, BOXED, &m);
	}
	return 0;
}
