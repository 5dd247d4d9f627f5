// SPDX-License-Identifier: GPL-2.0
/* io_uring */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "trigger.h"

static char page[4096];

struct ring {
	int fd;
	struct io_uring_params p;
	char *rings;
	struct io_uring_sqe *sqes;
};

static void ring_open(struct ring *r)
{
	memset(r, 0, sizeof(*r));
	r->fd = syscall(SYS_io_uring_setup, 8, &r->p);
	r->rings = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd,
			IORING_OFF_SQ_RING);
	r->sqes = mmap(NULL, 8 * sizeof(*r->sqes), PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		       IORING_OFF_SQES);
}

static long ring_register(const struct ring *r, int op, const void *arg, unsigned int n)
{
	return syscall(SYS_io_uring_register, r->fd, op, arg, n);
}

static void ring_submit(struct ring *r, const struct io_uring_sqe *sqe, unsigned int n)
{
	unsigned int i, *array = (void *)(r->rings + r->p.sq_off.array);

	if (r->rings != MAP_FAILED && r->sqes != MAP_FAILED) {
		for (i = 0; i < n; i++) {
			r->sqes[i] = sqe[i];
			array[i] = i;
		}
		__atomic_store_n((unsigned int *)(r->rings + r->p.sq_off.tail), n,
				 __ATOMIC_RELEASE);
	}
	syscall(SYS_io_uring_enter, r->fd, n, 0, 0, NULL, 0);
}

/* One request. */
static void ring_do(struct io_uring_sqe sqe)
{
	struct ring r;

	ring_open(&r);
	ring_submit(&r, &sqe, 1);
}

TRIGGER(ring_enter)
{
	ring_do((struct io_uring_sqe){ .opcode = IORING_OP_NOP });
}

TRIGGER(ring_provide_buffers)
{
	ring_do((struct io_uring_sqe){ .opcode = IORING_OP_PROVIDE_BUFFERS, .fd = 1,
				       .addr = (unsigned long)page, .len = sizeof(page) });
}

TRIGGER(ring_poll)
{
	int fds[2];

	if (pipe(fds))
		return;
	ring_do((struct io_uring_sqe){ .opcode = IORING_OP_POLL_ADD, .fd = fds[0],
				       .poll32_events = POLLIN });
}

TRIGGER(ring_sendmsg)
{
	struct msghdr msg = { };
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds))
		return;
	ring_do((struct io_uring_sqe){ .opcode = IORING_OP_SENDMSG, .fd = fds[0],
				       .addr = (unsigned long)&msg, .len = 1 });
}

TRIGGER(ring_close)
{
	ring_do((struct io_uring_sqe){ .opcode = IORING_OP_CLOSE, .fd = open("/dev/null", O_RDONLY) });
}

TRIGGER(ring_open_fixed)
{
	ring_do((struct io_uring_sqe){ .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD,
				       .addr = (unsigned long)"/dev/null", .file_index = 1 });
}

TRIGGER(ring_message)
{
	struct ring r;
	struct io_uring_sqe sqe = { .opcode = IORING_OP_MSG_RING };

	ring_open(&r);
	sqe.fd = r.fd;
	ring_submit(&r, &sqe, 1);
}

TRIGGER(ring_link_timeout)
{
	long long time[2] = { 0, 1000 };
	struct io_uring_sqe sqe[2] = {
		{ .opcode = IORING_OP_NOP, .flags = IOSQE_IO_LINK },
		{ .opcode = IORING_OP_LINK_TIMEOUT, .fd = -1, .addr = (unsigned long)time, .len = 1 },
	};
	struct ring r;

	ring_open(&r);
	ring_submit(&r, sqe, 2);
}

TRIGGER(ring_register_files)
{
	struct ring r;
	int fds[2];

	ring_open(&r);
	if (!socketpair(AF_UNIX, SOCK_DGRAM, 0, fds))
		ring_register(&r, IORING_REGISTER_FILES, fds, 2);
}

TRIGGER(ring_register_buffers)
{
	struct iovec v = { page, sizeof(page) };
	struct ring r;

	ring_open(&r);
	ring_register(&r, IORING_REGISTER_BUFFERS, &v, 1);
}

TRIGGER(ring_register_pbuf)
{
	struct io_uring_buf_reg reg = { .ring_entries = 8, .flags = 1 /* the kernel's memory */ };
	struct ring r;

	ring_open(&r);
	ring_register(&r, IORING_REGISTER_PBUF_RING, &reg, 1);
}

TRIGGER(ring_personality)
{
	struct ring r;
	long id;

	ring_open(&r);
	id = ring_register(&r, IORING_REGISTER_PERSONALITY, NULL, 0);
	ring_register(&r, IORING_UNREGISTER_PERSONALITY, NULL, id);
}
