// SPDX-License-Identifier: GPL-2.0
/*
 * Entering a box with lbctl's own jail and messages, in ways that lbctl doesn't:
 * what the task reads, what is left at the socket, and that a refused task is what
 * it was.
 *
 *   test --- socket, its box
 *    +-- keeper, in the box, until the test closes the pipe at its input
 *    +-- a task for each attempt, which says on a pipe how it went
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include "client.h"
#include "jail.h"
#include "lbctl.h"

enum { SOCK = 5, GO = 6, OTHERS = 7 };

/*
 * struct attempt - how a task tries, and what comes of it
 * @messages: how many of the command there are in one buffer
 * @flags: of the message, beside the usual ones
 * @busy: a descriptor that is in the way; closed for a second attempt. 0: none
 * @at_large: the task isn't in a jail
 * @ring: a worker of io_uring sends for the task
 * @join: the process whose namespaces it is in, 0: it has its own
 * @stay: in the box, until its input ends
 * @says: what the task reads of each attempt
 * @left: errno of the refusal that is left at the socket, 0: there is none
 */
struct attempt {
	const char *name;
	int messages, flags, busy;
	bool at_large, ring;
	pid_t join;
	bool stay;
	const char *says;
	int left;
};

static struct client client;
static struct box box;
static uint32_t host_id;
static int cases, failed;

int complain(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("# ");
	vprintf(fmt, args);
	puts("");
	va_end(args);
	return STATUS_FAILED;
}

/* client.c wants it for names that are numbers, of which there are none here. */
bool parse_u64(const char *s, uint64_t max, uint64_t *value)
{
	return false;
}

static void __attribute__((noreturn)) bail_out(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

static void check(const char *name, bool good)
{
	printf("%sok %d %s\n", good ? "" : "not ", ++cases, name);
	fflush(stdout);
	failed |= !good;
}

static void say(const char *text)
{
	if (write(1, text, strlen(text)) < 0)
		_exit(1);
}

/* Has a worker of io_uring send @m, and waits until it did. */
static void ring_send(const struct enter_message *m)
{
	struct io_uring_params p = { };
	int fd = syscall(SYS_io_uring_setup, 1, &p), prot = PROT_READ | PROT_WRITE;
	struct io_uring_sqe *sqe;
	char *ring;

	if (fd < 0)
		return say("no io_uring: ");
	ring = mmap(NULL, p.sq_off.array + sizeof(int), prot, MAP_SHARED, fd, IORING_OFF_SQ_RING);
	sqe = mmap(NULL, sizeof(*sqe), prot, MAP_SHARED, fd, IORING_OFF_SQES);
	*sqe = (struct io_uring_sqe){
		.opcode = IORING_OP_SEND,
		.flags = IOSQE_ASYNC,
		.fd = SOCK,
		.addr = (uintptr_t)m->data,
		.len = m->len,
	};
	__atomic_store_n((unsigned int *)(ring + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	close(fd);
}

/* What the task sends; made before it is in its jail, where memory may still be had. */
static void prepare(const struct attempt *a, struct enter_message *all)
{
	struct enter_message one;
	struct nlmsghdr *hdr = (void *)one.data;
	int i;

	if (client_enter_prepare(&client, box.id, &one))
		bail_out("no message");
	hdr->nlmsg_flags |= a->flags;
	all->len = 0;
	for (i = 0; i < a->messages; i++) {
		memcpy(all->data + all->len, one.data, one.len);
		all->len += NLMSG_ALIGN(one.len);
	}
}

/* Only calls that the jail's filter lets through. */
static bool enter(const struct attempt *a, const struct enter_message *m)
{
	char why[160], c;

	if (a->ring) {
		ring_send(m);
		say("sent");
		return false;
	}
	if (client_enter(SOCK, m, why, sizeof(why))) {
		say("entered");
		return true;
	}
	say(why);
	if ((recv(SOCK, &c, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EBADF) || !close(4))
		say(", but something of it was left");
	return false;
}

static void __attribute__((noreturn)) task(const struct attempt *a, void *filter, int in, int out,
					   int go, int join)
{
	const int from[] = { in, out, out, client_fd(&client), go };
	const int to[] = { 0, 1, 2, SOCK, GO };
	const char *failure = NULL;
	struct enter_message message;
	int moved[ARRAY_SIZE(from)];
	size_t i;
	char c;

	if (read(go, &c, 1) != 1)
		_exit(1);
	if (!a->at_large)
		failure = a->join ? jail_join(join) : jail_namespaces();
	else if (setresgid(0, 0, 0) || setresuid(0, 0, 0))
		failure = "user";
	for (i = 0; i < ARRAY_SIZE(from); i++)
		moved[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 32);
	for (i = 0; i < ARRAY_SIZE(from); i++)
		dup2(moved[i], to[i]);
	close_range(3, 4, 0);
	close_range(OTHERS, ~0U, 0);
	if (a->busy)
		dup2(1, a->busy);
	prepare(a, &message);
	if (!failure && !a->at_large)
		failure = jail_lock(filter);
	if (failure) {
		say(failure);
		_exit(1);
	}
	if (!enter(a, &message) && a->busy) {
		close(a->busy);
		say("; ");
		enter(a, &message);
	}
	say("\n");
	while (a->stay && read(0, &c, 1) > 0)
		;
	_exit(0);
}

/* Starts it; its input ends with *@in, what it says can be read from *@out. */
static pid_t start(const struct attempt *a, int *in, int *out)
{
	struct clone_args args = { .flags = JAIL_CLONE_FLAGS, .exit_signal = SIGCHLD };
	int input[2], output[2], go[2], join = -1;
	void *filter = jail_filter();
	pid_t pid;

	if (a->join) {
		join = syscall(SYS_pidfd_open, a->join, 0);
		if (setns(join, CLONE_NEWPID))
			bail_out("setns");
		args.flags = 0;
	}
	if (!filter || pipe2(input, O_CLOEXEC) || pipe2(output, O_CLOEXEC) || pipe2(go, O_CLOEXEC))
		bail_out("preparations");
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		bail_out("clone3");
	if (!pid)
		task(a, filter, input[0], output[1], go[0], join);
	close(input[0]);
	close(output[1]);
	close(go[0]);
	if ((!a->join && jail_map_ids(pid, host_id)) || write(go[1], "", 1) != 1)
		bail_out("the task's user");
	close(go[1]);
	close(join);
	*in = input[1];
	*out = output[0];
	return pid;
}

/* The errno of a message that waits at the socket, or 0. */
static int left_over(void)
{
	char data[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *hdr = (void *)data;
	const struct nlmsgerr *err = NLMSG_DATA(hdr);
	ssize_t len = recv(client_fd(&client), data, sizeof(data), MSG_DONTWAIT);

	if (len < (ssize_t)NLMSG_LENGTH(sizeof(*err)))
		return 0;
	return hdr->nlmsg_type == NLMSG_ERROR ? -err->error : -1;
}

static pid_t try(const struct attempt *a, int *in)
{
	char said[512] = "";
	size_t len = 0;
	int out, left, more;
	ssize_t n;
	pid_t pid = start(a, in, &out);

	while (!strchr(said, '\n') && (n = read(out, said + len, sizeof(said) - 1 - len)) > 0) {
		len += n;
		said[len] = '\0';
	}
	said[strcspn(said, "\n")] = '\0';
	if (!a->stay) {
		close(*in);
		waitpid(pid, NULL, 0);
	}
	close(out);
	left = left_over();
	more = left_over();
	check(a->name, !strcmp(said, a->says) && left == a->left && !more);
	if (strcmp(said, a->says))
		printf("# it said: %s\n", said);
	if (left != a->left || more)
		printf("# left at the socket: %d, %d\n", left, more);
	return pid;
}

static void new_box(uint32_t max_tasks)
{
	struct box_spec spec = {
		.max_tasks = max_tasks,
		.host_id = host_id,
		.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC),
	};

	if (client_box_new(&client, &spec, &box)) {
		printf("# %s\n", client.why);
		bail_out("no box");
	}
	close(spec.root);
}

static void try_alone(const struct attempt *a)
{
	int in;

	new_box(0);
	try(a, &in);
	client_box_kill(&client, box.id, 0);
}

#define IN_THE_WAY "descriptors 3 and 4 must be free, and 0 to 2 in use"

static const struct attempt alone[] = {
	{ "a task enters", .messages = 1, .says = "entered" },
	{ "success isn't acknowledged", .messages = 1, .flags = NLM_F_ACK, .says = "entered" },
	{ "of two commands in one buffer one succeeds", .messages = 2, .says = "entered",
	  .left = EBUSY },
	{ "a task that was refused is what it was, and may try again", .messages = 1, .busy = 3,
	  .says = IN_THE_WAY "; entered" },
	{ "a refusal is told once", .messages = 1, .flags = NLM_F_ACK, .busy = 3,
	  .says = IN_THE_WAY "; entered" },
	{ "without a jail nobody enters", .messages = 1, .at_large = true,
	  .says = "jail: needs mount, ipc, uts, network and cgroup namespaces of its own" },
	{ "nor by another task's sending", .messages = 1, .at_large = true, .ring = true,
	  .says = "sent", .left = EINVAL },
};

int main(void)
{
	struct attempt keeper = { "a first task enters", .messages = 1, .stay = true,
				  .says = "entered" };
	struct attempt stranger = { "a task of another pid namespace is refused", .messages = 1,
				    .says = "the box belongs to another pid namespace" };
	struct attempt surplus = { "a task too many is refused", .messages = 1,
				   .says = "the box takes no further task" };
	int in, unused, i;

	host_id = HOST_ID_BASE + getpid();
	puts("TAP version 13");
	fflush(stdout);
	signal(SIGPIPE, SIG_IGN);
	if (client_open(&client))
		bail_out("no module");
	for (i = 0; i < (int)ARRAY_SIZE(alone); i++)
		try_alone(&alone[i]);

	new_box(1);
	keeper.join = 0;
	surplus.join = try(&keeper, &in);
	try(&stranger, &unused);
	try(&surplus, &unused);
	close(in);
	waitpid(surplus.join, NULL, 0);
	printf("1..%d\n", cases);
	return failed;
}
