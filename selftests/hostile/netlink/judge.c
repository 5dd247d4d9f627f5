// SPDX-License-Identifier: GPL-2.0
/* What comes back, and whether it may. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "abuse.h"

/* The debug kernel is slow, and a thousand boxes may be made at a time. */
#define PATIENCE_MS 60000

void complain(uint64_t *what, const char *why, const struct message *m, long value)
{
	if (__atomic_add_fetch(what, 1, __ATOMIC_RELAXED) == 1 && !figures->first[0])
		snprintf(figures->first, sizeof(figures->first), "%s: command %d, flags %x, %ld", why,
			 m->cmd, ((const struct nlmsghdr *)m->data)->nlmsg_flags, value);
}

static void judge_error(enum who who, const struct message *m, int error)
{
	if (error > 0 || error < -133) {
		complain(&figures->improper, "no errno", m, error);
		return;
	}
	if (!error)
		COUNT(accepted);
	else
		COUNT(refused);
	COUNT(by_errno[-error]);
	if (!m->whole || who == ROOT)
		return;
	if (m->cmd == LITEBOX_CMD_BOX_ENTER && !error)
		complain(&figures->let_through, "entered", m, who);
	if (!message_privileged(m->cmd))
		return;
	if (!error)
		complain(&figures->let_through, "let through", m, who);
	/* Without such a command in this form, or without the family, it comes before EPERM. */
	else if (m->plain && error != -EPERM && error != -EOPNOTSUPP && !(who == OWN_NETNS && error == -ENOENT))
		complain(&figures->wrong_refusal, "refused otherwise", m, error);
}

/* One datagram. True when it was the last of the answer to @m. */
static bool judge_datagram(enum who who, const struct message *m, const char *buf, size_t len)
{
	const struct nlmsghdr *nlh = (const void *)buf;
	bool last = false;

	for (; NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len)) {
		bool ours = nlh->nlmsg_seq == m->seq;

		if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
			int error = nlh->nlmsg_len >= NLMSG_LENGTH(sizeof(int)) ? *(int *)NLMSG_DATA(nlh) : 0;

			/* Of mutated ones the number is anything. */
			if (m->whole && !ours)
				continue;
			if (nlh->nlmsg_type == NLMSG_ERROR)
				judge_error(who, m, error);
			else if (error > 0 || error < -133)
				complain(&figures->improper, "end of a dump without errno", m, error);
			last = true;
		} else if (nlh->nlmsg_type == family) {
			/* Events have no number. */
			if (ours && m->whole && who != ROOT && message_privileged(m->cmd))
				complain(&figures->let_through, "told", m, who);
		} else if (m->whole && nlh->nlmsg_type != GENL_ID_CTRL && nlh->nlmsg_type != NLMSG_NOOP) {
			complain(&figures->improper, "a message of type", m, nlh->nlmsg_type);
		}
	}
	return last;
}

void judge(int sock, enum who who, const struct message *m)
{
	static char buf[65536] __attribute__((aligned(8)));
	struct pollfd ready = { .fd = sock, .events = POLLIN };
	bool answered = false;
	ssize_t n;

	for (;;) {
		if (poll(&ready, 1, m->whole && !answered ? PATIENCE_MS : 0) <= 0)
			break;
		n = read(sock, buf, sizeof(buf));
		if (n < 0 && errno == ENOBUFS)
			return;	/* something was lost: who listens to events must expect that */
		if (n <= 0)
			break;
		answered |= judge_datagram(who, m, buf, (size_t)n);
		/* A dump is read to its end, or left alone in the middle. */
		if (m->dump && one_in(4)) {
			COUNT(cut_dumps);
			return;
		}
	}
	if (m->dump)
		COUNT(dumps);
	if (m->whole && !answered)
		complain(&figures->unanswered, "no answer", m, who);
}
