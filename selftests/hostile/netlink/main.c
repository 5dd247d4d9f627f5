// SPDX-License-Identifier: GPL-2.0
/*
 * abuse SECONDS SEED - sends the family "litebox" whatever can be sent, as several users at a time,
 * and checks each answer. The senders are killed and started anew all the time.
 * abuse hand-in PROGRAM... - runs a program whose standard input and output are one socket of
 * netlink, which it may therefore read and write.
 * abuse inside FAMILY SEED SECONDS - in a box, through such a socket.
 *
 * Prints its figures as JSON, on standard output or, inside, on standard error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "abuse.h"

uint16_t family, group;
uint64_t random_state;
struct figures *figures;

/* Attributes of one level: the one of @type in @len bytes at @a, or NULL. */
static const struct nlattr *find(const struct nlattr *a, size_t len, int type)
{
	while (len >= NLA_HDRLEN && a->nla_len >= NLA_HDRLEN && a->nla_len <= len) {
		size_t step = NLA_ALIGN(a->nla_len);

		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		if (step >= len)
			break;
		len -= step;
		a = (const void *)((const char *)a + step);
	}
	return NULL;
}

static const struct nlattr *inside(const struct nlattr *a, int type)
{
	return a ? find(a + 1, (size_t)a->nla_len - NLA_HDRLEN, type) : NULL;
}

static bool find_family(void)
{
	static struct message m;
	static char answer[8192] __attribute__((aligned(8)));
	const struct nlmsghdr *nlh = (void *)answer;
	const struct nlattr *a, *attrs = (void *)(answer + NLMSG_HDRLEN + GENL_HDRLEN);
	int fd = open_socket();
	ssize_t len;

	family = GENL_ID_CTRL;
	message_known(&m, CTRL_CMD_GETFAMILY, 0);
	message_put(&m, CTRL_ATTR_FAMILY_NAME, LITEBOX_FAMILY_NAME, sizeof(LITEBOX_FAMILY_NAME));
	((struct nlmsghdr *)m.data)->nlmsg_len = (uint32_t)m.len;
	if (fd < 0 || send(fd, m.data, m.len, 0) < 0)
		return false;
	len = recv(fd, answer, sizeof(answer), 0);
	close(fd);
	if (len <= (ssize_t)(NLMSG_HDRLEN + GENL_HDRLEN) || nlh->nlmsg_type != GENL_ID_CTRL)
		return false;
	len -= NLMSG_HDRLEN + GENL_HDRLEN;
	a = find(attrs, (size_t)len, CTRL_ATTR_FAMILY_ID);
	if (!a)
		return false;
	family = *(const uint16_t *)(a + 1);
	a = inside(inside(find(attrs, (size_t)len, CTRL_ATTR_MCAST_GROUPS), 1), CTRL_ATTR_MCAST_GRP_ID);
	if (a)
		group = (uint16_t)*(const uint32_t *)(a + 1);
	return group;
}

static pid_t start(enum who who, uint64_t seed, long end)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(work(who, seed, end));
	}
	return pid;
}

static int run(long seconds, uint64_t seed)
{
	static const enum who cast[] = { ROOT, ROOT, ROOT, NOBODY, NOBODY, OWN_USERNS, OWN_NETNS };
	const size_t n = sizeof(cast) / sizeof(cast[0]);
	long begin = seconds_now(), end = begin + seconds, told = begin;
	pid_t pid[sizeof(cast) / sizeof(cast[0])];
	uint64_t dice = seed;
	int status, failed = 0;
	size_t i;

	for (i = 0; i < n; i++)
		pid[i] = start(cast[i], seed + i * 1000003, end);
	while (seconds_now() < end) {
		usleep(100000);
		random_state = dice += 0x5851f42d4c957f2dull;
		i = below((uint32_t)n);
		if (one_in(3)) {
			kill(pid[i], SIGKILL);
			waitpid(pid[i], &status, 0);
			COUNT(killed);
			pid[i] = start(cast[i], dice, end);
		}
		if (seconds_now() >= told + 15) {
			told = seconds_now();
			fprintf(stderr, "# %ld s, %lu messages\n", told - begin,
				(unsigned long)figures->sent);
		}
	}
	for (i = 0; i < n; i++)
		if (waitpid(pid[i], &status, 0) != pid[i] || status)
			failed++;
	if (failed)
		fprintf(stderr, "# FAILED: %d senders ended otherwise than by themselves\n", failed);
	return failed;
}

static int print(FILE *out, int failed)
{
	uint64_t bad = figures->unanswered + figures->improper + figures->let_through +
		       figures->wrong_refusal + (uint64_t)failed;
	size_t i;

	fprintf(out, "{\"operations\": %lu, \"refused\": %lu, \"accepted\": %lu, \"batches\": %lu, "
	       "\"dumps\": %lu, \"cut_dumps\": %lu, \"joined\": %lu, \"sockets_closed\": %lu, "
	       "\"senders_killed\": %lu, ", figures->sent, figures->refused, figures->accepted,
	       figures->batches, figures->dumps, figures->cut_dumps, figures->joined,
	       figures->closed, figures->killed);
	for (i = 1; i < sizeof(figures->by_errno) / sizeof(figures->by_errno[0]); i++)
		if (figures->by_errno[i])
			fprintf(out, "\"%s\": %lu, ", strerrorname_np((int)i), figures->by_errno[i]);
	fprintf(out, "\"unanswered\": %lu, \"improper\": %lu, \"let_through\": %lu, \"wrong_refusals\": %lu, "
	       "\"failures\": %lu}\n", figures->unanswered, figures->improper, figures->let_through,
	       figures->wrong_refusal, bad);
	if (figures->first[0])
		fprintf(stderr, "# FAILED: %s\n", figures->first);
	return !!bad;
}

static int hand_in(char **program)
{
	int fd;

	fd = open_socket();
	if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0)
		return 1;
	execvp(program[0], program);
	return 127;
}

int main(int argc, char **argv)
{
	int failed;

	figures = mmap(NULL, sizeof(*figures), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (figures == MAP_FAILED)
		return 1;
	if (argc > 2 && !strcmp(argv[1], "hand-in"))
		return hand_in(argv + 2);
	if (argc == 5 && !strcmp(argv[1], "inside")) {
		family = (uint16_t)atoi(argv[2]);
		failed = work_inside(strtoull(argv[3], NULL, 0), seconds_now() + atol(argv[4]));
		if (failed)
			fprintf(stderr, "# FAILED: a box has a socket of netlink\n");
		return print(stderr, failed);
	}
	if (argc == 2 && !strcmp(argv[1], "family"))
		return !find_family() || printf("%u\n", family) < 0;
	if (argc != 3) {
		fprintf(stderr, "usage: abuse SECONDS SEED\n");
		return 2;
	}
	if (!find_family()) {
		fprintf(stderr, "# FAILED: there is no such family\n");
		return 1;
	}
	return print(stdout, run(atol(argv[1]), strtoull(argv[2], NULL, 0)));
}
