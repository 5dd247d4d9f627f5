// SPDX-License-Identifier: GPL-2.0
/* io_setup, io_submit, io_getevents and their like. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include "both.h"

static char data[64], back[64];

static struct iocb request(int op, long long fd, const void *buf, unsigned long long size, long long off)
{
	static unsigned long long tag;

	return (struct iocb){
		.aio_data = ++tag, .aio_key = 77, .aio_lio_opcode = (unsigned short)op,
		.aio_fildes = (unsigned int)fd, .aio_buf = (unsigned long)buf, .aio_nbytes = size, .aio_offset = off,
	};
}

static long long submit(unsigned long ctx, struct iocb *io)
{
	return call(SYS_io_submit, ctx, 1, &io);
}

/* What came of the only request: its result, or -1000 less the errno of the call. */
static long long result(unsigned long ctx, const struct iocb *io)
{
	struct timespec soon = { 5, 0 };
	struct io_event e = { 0 };
	long long n = call(SYS_io_getevents, ctx, 1, 1, &e, &soon);

	if (n != 1)
		return -1000 + n;
	SEE(e.data == io->aio_data);
	SEE(e.obj == (unsigned long)io);
	SEE(e.res2);
	return e.res;
}

/* A request that is carried out, or the errno by which it isn't. */
static long long run(unsigned long ctx, struct iocb io)
{
	long long n = submit(ctx, &io);

	SEE(io.aio_key);
	return n == 1 ? result(ctx, &io) : n - 2000;
}

static void contexts(void)
{
	unsigned long ctx = 0, other = 0, bad = 5;
	struct iocb io = request(IOCB_CMD_NOOP, 0, NULL, 0, 0);
	struct timespec none = { 0, 0 };
	struct io_event e;

	SEE(call(SYS_io_setup, 4, 8));
	SEE(call(SYS_io_setup, 0, &ctx));
	SEE(call(SYS_io_setup, 4, &bad));
	SEE(call(SYS_io_setup, 0x7fffffff, &ctx));
	SEE(call(SYS_io_setup, 8, &ctx));
	SEE(call(SYS_io_setup, 8, &ctx));
	SEE(call(SYS_io_setup, 1, &other));
	SEE(ctx != other && ctx && other);
	SEE(call(SYS_io_destroy, other));
	SEE(call(SYS_io_destroy, other));
	SEE(call(SYS_io_destroy, 8));
	SEE(call(SYS_io_submit, 8, 1, &io));
	SEE(call(SYS_io_submit, ctx, -1, &io));
	SEE(call(SYS_io_submit, ctx, 0, 8));
	SEE(call(SYS_io_submit, ctx, 1, 8));
	SEE(call(SYS_io_getevents, 8, 0, 1, &e, 0));
	SEE(call(SYS_io_getevents, 8, 0, 1, &e, 8));
	SEE(call(SYS_io_getevents, ctx, 2, 1, &e, 0));
	SEE(call(SYS_io_getevents, ctx, -1, 1, &e, 0));
	SEE(call(SYS_io_getevents, ctx, 0, 1, 8, &none));
	SEE(call(SYS_io_getevents, ctx, 1, 1, &e, &none));
	SEE(call(SYS_io_getevents, ctx, 0, 0, &e, 0));
	SEE(call(SYS_io_pgetevents, ctx, 1, 1, &e, &none, 0));
	SEE(call(SYS_io_pgetevents, ctx, 1, 1, &e, &none, 8));
	SEE(call(SYS_io_cancel, ctx, 8, &e));
	SEE(call(SYS_io_cancel, ctx, &io, &e));
	SEE(call(SYS_io_destroy, ctx));
}

TEST(contexts_give_linux_errnos)
{
	BOTH(contexts());
}

static void requests(void)
{
	struct iovec v[2] = { { back, 3 }, { back + 10, 20 } };
	long long fd = NEW(call(SYS_memfd_create, "file", 0)), event = NEW(call(SYS_eventfd2, 0, O_NONBLOCK)), ro;
	unsigned long long count = 0;
	unsigned long ctx = 0;
	struct iocb io;
	char path[32];
	int pipe[2];

	memcpy(data, "the quick brown fox jumps", 26);
	memset(back, 0, sizeof(back));
	SEE(call(SYS_io_setup, 4, &ctx));
	SEE(run(ctx, request(IOCB_CMD_PWRITE, fd, data, 26, 4)));
	SEE(run(ctx, request(IOCB_CMD_PREAD, fd, back, 64, 0)));
	BYTES(back, 64);
	SEE(run(ctx, request(IOCB_CMD_PREAD, fd, back, 64, 1000)));
	SEE(run(ctx, request(IOCB_CMD_PREADV, fd, v, 2, 5)));
	BYTES(back, 64);
	v[0].iov_base = data;
	v[1].iov_base = data + 5;
	SEE(run(ctx, request(IOCB_CMD_PWRITEV, fd, v, 2, 100)));
	SEE(run(ctx, request(IOCB_CMD_PREAD, fd, back, 64, 98)));
	BYTES(back, 64);
	SEE(call(SYS_lseek, fd, 0, SEEK_CUR));
	SEE(run(ctx, request(IOCB_CMD_FSYNC, fd, NULL, 0, 0)));
	SEE(run(ctx, request(IOCB_CMD_FDSYNC, fd, NULL, 0, 0)));
	SEE(run(ctx, request(IOCB_CMD_FSYNC, fd, NULL, 1, 0)));
	SEE(run(ctx, request(IOCB_CMD_FSYNC, fd, NULL, 0, 1)));
	SEE(run(ctx, request(IOCB_CMD_FSYNC, event, NULL, 0, 0)));
	/* What can't be done at all, and what is found out on the way. */
	SEE(run(ctx, request(IOCB_CMD_PREAD, 999, back, 1, 0)));
	SEE(run(ctx, request(IOCB_CMD_PREAD, fd, back, 1, -1)));
	SEE(run(ctx, request(IOCB_CMD_PREAD, fd, back, 1ull << 63, 0)));
	SEE(run(ctx, request(IOCB_CMD_PREAD, fd, (void *)-4096l, 1, 0)));
	SEE(run(ctx, request(IOCB_CMD_PREAD, fd, (void *)8, 1, 0)));
	SEE(run(ctx, request(IOCB_CMD_PREADV, fd, (void *)8, 2, 0)));
	SEE(run(ctx, request(IOCB_CMD_PREADV, fd, v, 2000, 0)));
	SEE(run(ctx, request(IOCB_CMD_PREADV, fd, v, 0, 0)));
	SEE(run(ctx, request(4, fd, back, 1, 0)));
	SEE(run(ctx, request(IOCB_CMD_NOOP, fd, NULL, 0, 0)));
	SEE(run(ctx, request(99, fd, back, 1, 0)));
	io = request(IOCB_CMD_PREAD, fd, back, 1, 0);
	io.aio_reserved2 = 1;
	SEE(run(ctx, io));
	io = request(IOCB_CMD_PREAD, fd, back, 1, 0);
	io.aio_rw_flags = 1 << 20;
	SEE(run(ctx, io));
	io = request(IOCB_CMD_PWRITE, fd, data, 4, 0);
	io.aio_rw_flags = RWF_APPEND;
	SEE(run(ctx, io));
	SEE(call(SYS_lseek, fd, 0, SEEK_END));
	sprintf(path, "/proc/self/fd/%d", (int)fd);
	ro = NEW(call(SYS_open, path, O_RDONLY, 0));
	SEE(run(ctx, request(IOCB_CMD_PWRITE, ro, data, 1, 0)));
	SEE(call(SYS_close, ro));
	/* An eventfd is told, of what is done only. */
	io = request(IOCB_CMD_PREAD, fd, back, 8, 0);
	io.aio_flags = IOCB_FLAG_RESFD;
	io.aio_resfd = (unsigned int)event;
	SEE(run(ctx, io));
	io.aio_nbytes = 1ull << 63;
	SEE(run(ctx, io));
	SEE(call(SYS_read, event, &count, 8));
	SEE(count);
	io = request(IOCB_CMD_PREAD, fd, back, 8, 0);
	io.aio_flags = IOCB_FLAG_RESFD;
	io.aio_resfd = 999;
	SEE(run(ctx, io));
	io.aio_resfd = (unsigned int)fd;
	SEE(run(ctx, io));
	/* Files that have no positions. */
	SEE(call(SYS_pipe2, pipe, O_NONBLOCK));
	SEE(run(ctx, request(IOCB_CMD_PREAD, pipe[0], back, 8, 0)));
	SEE(run(ctx, request(IOCB_CMD_PWRITE, pipe[1], data, 8, 0)));
	SEE(run(ctx, request(IOCB_CMD_PREAD, pipe[0], back, 64, 0)));
	SEE(run(ctx, request(IOCB_CMD_PREAD, pipe[1], back, 64, 0)));
	BYTES(back, 64);
	SEE(call(SYS_close, pipe[0]));
	SEE(run(ctx, request(IOCB_CMD_PWRITE, pipe[1], data, 8, 0)));
	SEE(call(SYS_close, pipe[1]));
	SEE(call(SYS_io_destroy, ctx));
	SEE(call(SYS_close, event));
	SEE(call(SYS_close, fd));
}

TEST(requests_do_what_read_and_write_do)
{
	BOTH(requests());
}

static void several(void)
{
	long long fd = NEW(call(SYS_memfd_create, "file", 0)), n;
	struct timespec none = { 0, 0 };
	struct io_event e[8];
	unsigned long ctx = 0;
	struct iocb io[4], *list[4];

	SEE(call(SYS_io_setup, 4, &ctx));
	for (int i = 0; i < 4; i++) {
		io[i] = request(IOCB_CMD_PWRITE, i == 2 ? 999 : fd, data, 4, 4 * i);
		list[i] = &io[i];
	}
	/* As many as there were before the bad one. */
	SEE(call(SYS_io_submit, ctx, 4, list));
	SEE(call(SYS_io_submit, ctx, 1, list + 2));
	SEE(call(SYS_io_getevents, ctx, 3, 8, e, &none));
	SEE(e[0].data == io[0].aio_data);
	SEE(e[1].data == io[1].aio_data);
	SEE(call(SYS_io_getevents, ctx, 0, 8, e, &none));
	/* A bad buffer for the events. */
	SEE(submit(ctx, &io[0]));
	SEE(call(SYS_io_getevents, ctx, 1, 1, 8, &none));
	/* There is an end to what a context holds. */
	for (n = 0; n < 100000 && submit(ctx, &io[0]) == 1; n++)
		;
	SEE(n >= 4 && n < 100000);
	SEE(submit(ctx, &io[0]));
	SEE(call(SYS_io_getevents, ctx, 1, 1, e, 0));
	SEE(submit(ctx, &io[0]));
	SEE(call(SYS_io_destroy, ctx));
	SEE(call(SYS_close, fd));
}

TEST(several_requests_at_once)
{
	BOTH(several());
}

struct later {
	unsigned long ctx;
	struct iocb io;
	int destroy;
	long long got;		/* seen once it has ended: what is seen is kept in order */
};

static void submit_later(void *arg)
{
	struct later *l = arg;

	usleep(30000);
	l->got = l->destroy ? call(SYS_io_destroy, l->ctx) : submit(l->ctx, &l->io);
}

static void waiting(void)
{
	long long fd = NEW(call(SYS_memfd_create, "file", 0));
	struct timespec soon = { 5, 0 };
	struct later l = { 0 };
	struct second other;
	struct io_event e;

	SEE(call(SYS_io_setup, 4, &l.ctx));
	l.io = request(IOCB_CMD_PWRITE, fd, data, 4, 0);
	second_start(&other, submit_later, &l);
	SEE(result(l.ctx, &l.io));
	second_join(&other);
	SEE(l.got);
	l.destroy = 1;
	second_start(&other, submit_later, &l);
	/* Natively who waits is told when its time is over. */
	if (!native_side)
		EQ(call(SYS_io_getevents, l.ctx, 1, 1, &e, &soon), -EINVAL);
	second_join(&other);
	SEE(l.got);
	SEE(call(SYS_io_getevents, l.ctx, 0, 1, &e, &soon));
	SEE(call(SYS_close, fd));
}

TEST(events_are_waited_for)
{
	BOTH(waiting());
}

static long long nothing(unsigned long ctx)
{
	struct timespec none = { 0, 0 };
	struct io_event e;

	return call(SYS_io_getevents, ctx, 1, 1, &e, &none);
}

static void write_later(void *arg)
{
	usleep(30000);
	call(SYS_write, *(int *)arg, "x", 1);
}

/* Linux may say more: all that the one who made it ready spoke of. */
#define ASKED (POLLIN | POLLOUT | POLLERR | POLLHUP)

static void polls(void)
{
	struct timespec soon = { 5, 0 };
	struct io_event both[2];
	unsigned long ctx = 0;
	struct iocb io, more;
	struct second other;
	int pipe[2], pair[2];

	SEE(call(SYS_io_setup, 4, &ctx));
	SEE(call(SYS_pipe2, pipe, O_NONBLOCK));
	io = request(IOCB_CMD_POLL, pipe[0], (void *)POLLIN, 0, 0);
	SEE(submit(ctx, &io));
	SEE(nothing(ctx));
	/* Both are told. */
	more = request(IOCB_CMD_POLL, pipe[0], (void *)(POLLIN | POLLOUT), 0, 0);
	SEE(submit(ctx, &more));
	SEE(call(SYS_write, pipe[1], "x", 1));
	SEE(call(SYS_io_getevents, ctx, 2, 2, both, &soon));
	SEE((both[0].res & both[1].res) & ASKED);
	SEE(nothing(ctx));
	/* What is so already, what never will be, what isn't asked for. */
	SEE(run(ctx, request(IOCB_CMD_POLL, pipe[0], (void *)POLLIN, 0, 0)));
	SEE(run(ctx, request(IOCB_CMD_POLL, pipe[1], (void *)POLLOUT, 0, 0)));
	SEE(call(SYS_read, pipe[0], back, 10));
	io = request(IOCB_CMD_POLL, pipe[0], (void *)POLLOUT, 0, 0);
	SEE(submit(ctx, &io));
	SEE(call(SYS_write, pipe[1], "x", 1));
	SEE(nothing(ctx));
	SEE(call(SYS_read, pipe[0], back, 10));
	SEE(call(SYS_close, pipe[1]));
	SEE(result(ctx, &io) & ASKED);
	SEE(run(ctx, request(IOCB_CMD_POLL, pipe[0], NULL, 1, 0)));
	SEE(run(ctx, request(IOCB_CMD_POLL, pipe[0], NULL, 0, 1)));
	SEE(run(ctx, request(IOCB_CMD_POLL, pipe[0], (void *)0x10000, 0, 0)));
	/* It is called off; it waits for a file that nobody has any longer. */
	SEE(call(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair));
	io = request(IOCB_CMD_POLL, pair[0], (void *)POLLIN, 0, 0);
	SEE(submit(ctx, &io));
	SEE(call(SYS_io_cancel, ctx, &more, back));
	SEE(call(SYS_io_cancel, ctx, &io, back));
	SEE(result(ctx, &io) & ASKED);
	SEE(call(SYS_io_cancel, ctx, &io, back));
	SEE(submit(ctx, &io));
	SEE(call(SYS_close, pair[0]));
	SEE(call(SYS_write, pair[1], "x", 1));
	SEE(result(ctx, &io) & ASKED);
	SEE(call(SYS_write, pair[1], "x", 1));
	SEE(call(SYS_close, pair[1]));
	/* Somebody sleeps for it. */
	SEE(call(SYS_close, pipe[0]));
	SEE(call(SYS_pipe2, pipe, O_NONBLOCK));
	io = request(IOCB_CMD_POLL, pipe[0], (void *)POLLIN, 0, 0);
	SEE(submit(ctx, &io));
	second_start(&other, write_later, &pipe[1]);
	SEE(result(ctx, &io) & ASKED);
	second_join(&other);
	SEE(call(SYS_read, pipe[0], back, 10));
	/* The context goes first. */
	SEE(submit(ctx, &io));
	SEE(call(SYS_io_destroy, ctx));
	SEE(call(SYS_write, pipe[1], "x", 1));
	SEE(call(SYS_close, pipe[0]));
	SEE(call(SYS_close, pipe[1]));
}

TEST(requests_wait_for_files)
{
	BOTH(polls());
}

struct waits {
	unsigned long ctx;
	long long seen;
	int count;
};

static void wait_main(void *arg)
{
	struct timespec soon = { 1, 0 };
	struct waits *w = arg;
	struct io_event e;

	for (int i = 0; i < w->count; i++)
		w->seen += north(SYS_io_getevents, w->ctx, 1, 1, &e, &soon) == 1;
}

TEST(two_wait_for_many_that_wait)
{
	struct iocb io[32], *list[32];
	struct waits w = { .count = 16 }, v;
	struct second a, b;
	int pipe[2];
	char c;

	native_side = 0;
	EQ(north(SYS_io_setup, 32, &w.ctx), 0);
	EQ(north(SYS_pipe2, pipe, 0), 0);
	for (int i = 0; i < 32; i++) {
		io[i] = request(IOCB_CMD_POLL, pipe[0], (void *)POLLIN, 0, 0);
		list[i] = &io[i];
	}
	EQ(north(SYS_io_submit, w.ctx, 32, list), 32);
	v = w;
	second_start(&a, wait_main, &w);
	second_start(&b, wait_main, &v);
	for (int i = 0; i < 200; i++) {
		EQ(north(SYS_write, pipe[1], "x", 1), 1);
		EQ(north(SYS_read, pipe[0], &c, 1), 1);
	}
	EQ(north(SYS_write, pipe[1], "x", 1), 1);
	second_join(&a);
	second_join(&b);
	EQ(w.seen + v.seen, 32);
	EQ(north(SYS_io_destroy, w.ctx), 0);
	EQ(north(SYS_close, pipe[0]), 0);
	EQ(north(SYS_close, pipe[1]), 0);
}

TEST(all_contexts_together_are_bounded)
{
	unsigned int n = 0;
	unsigned long ctx[100] = { 0 };

	EQ(north(SYS_io_setup, 65537, &ctx[0]), -EAGAIN);
	while (n < 100 && north(SYS_io_setup, 1 << 14, &ctx[n]) == 0)
		n++;
	EQ(n, 4);
	EQ(north(SYS_io_setup, 1 << 14, &ctx[n]), -EAGAIN);
	EQ(north(SYS_io_destroy, ctx[--n]), 0);
	EQ(north(SYS_io_setup, 1 << 14, &ctx[99]), 0);
	EQ(north(SYS_io_destroy, ctx[99]), 0);
	while (n)
		EQ(north(SYS_io_destroy, ctx[--n]), 0);
}

TEST(a_child_has_no_contexts)
{
	struct task *child, *parent = north_current;
	unsigned long ctx = 0, own = 0;

	EQ(north(SYS_io_setup, 4, &ctx), 0);
	EQ(north(SYS_fork), 0);
	child = hosted_child(32000, 32000);
	hosted_become(child);
	EQ(north(SYS_io_destroy, ctx), -EINVAL);
	EQ(north(SYS_io_setup, 60000, &own), 0);
	hosted_become(parent);
	hosted_exit(child);
	/* What the child had is free again. */
	own = 0;
	EQ(north(SYS_io_setup, 60000, &own), 0);
	EQ(north(SYS_io_destroy, own), 0);
	EQ(north(SYS_io_destroy, ctx), 0);
}
