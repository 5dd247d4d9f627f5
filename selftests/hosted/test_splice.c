// SPDX-License-Identifier: GPL-2.0
/* splice, tee, vmsplice, sendfile and copy_file_range, natively and in the box. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include "both.h"

static char buf[1 << 18] __attribute__((aligned(4096)));
static char other[1 << 18];
static unsigned int rnd_state;

static unsigned int rnd(unsigned int n)
{
	rnd_state = rnd_state * 1103515245 + 12345;
	return (rnd_state >> 8) % n;
}

static unsigned int some(void)
{
	switch (rnd(4)) {
	case 0:
		return rnd(20) + 1;
	case 1:
		return rnd(3) * 4096 + 4096;
	case 2:
		return rnd(5000) + 1;
	default:
		return rnd(90000) + 1;
	}
}

static long long queued(int fd)
{
	int n = -1;

	call(SYS_ioctl, fd, FIONREAD, &n);
	return n;
}

#define PIPES 3

/* What is written to isn't read from: Linux's pipes hold the pages of a file, not their bytes. */
static void random_splices(unsigned int seed)
{
	int p[PIPES][2], own[2], sock[2];
	long long file, to_file, n;

	rnd_state = seed;
	for (unsigned int i = 0; i < sizeof(buf); i++)
		buf[i] = (char)(i * 7 + i / 251);
	file = call(SYS_memfd_create, "splice", 0);
	SEE(call(SYS_pwrite64, file, buf, 100000, 0));
	to_file = call(SYS_memfd_create, "to", 0);
	SEE(call(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sock));
	SEE(call(SYS_pipe2, own, O_NONBLOCK));
	for (int i = 0; i < PIPES; i++)
		SEE(call(SYS_pipe2, p[i], O_NONBLOCK | (i == 2 && seed & 1 ? O_DIRECT : 0)));
	for (int step = 0; step < 300; step++) {
		int a = rnd(PIPES), b = rnd(PIPES);
		unsigned int len = some(), flags = rnd(2) ? SPLICE_F_NONBLOCK : SPLICE_F_MOVE;
		loff_t off = rnd(110000), to = rnd(110000);
		struct iovec vec[3] = {
			{ buf + rnd(9000), rnd(9000) }, { buf + rnd(70000), len }, { buf, rnd(2) * 4096 },
		};

		switch (rnd(12)) {
		case 0:
			SEE(call(SYS_splice, file, &off, p[a][1], NULL, len, flags));
			SEE(off);
			break;
		case 1:
			SEE(call(SYS_splice, p[a][0], NULL, to_file, &off, len, flags));
			SEE(off);
			break;
		case 2:
			SEE(call(SYS_lseek, file, rnd(100000), SEEK_SET));
			if (rnd(2))
				SEE(call(SYS_splice, file, NULL, p[a][1], NULL, len, flags));
			else
				SEE(call(SYS_splice, p[a][0], NULL, to_file, NULL, len, flags));
			SEE(call(SYS_lseek, file, 0, SEEK_CUR));
			SEE(call(SYS_lseek, to_file, 0, SEEK_CUR));
			break;
		case 3:
			SEE(call(SYS_splice, p[a][0], NULL, p[b][1], NULL, len, flags));
			break;
		case 4:
			SEE(call(SYS_tee, p[a][0], p[b][1], len, flags));
			break;
		case 5:
			SEE(call(SYS_vmsplice, p[a][1], vec, rnd(4), SPLICE_F_NONBLOCK));
			break;
		case 6:
			for (int k = 0; k < 3; k++)
				vec[k].iov_base = other + k * 80000;
			SEE(n = call(SYS_vmsplice, p[a][0], vec, rnd(4), SPLICE_F_NONBLOCK));
			if (n > 0 && vec[0].iov_len)
				BYTES(other, n < (long long)vec[0].iov_len ? n : (long long)vec[0].iov_len);
			break;
		case 7:
			SEE(call(SYS_write, p[a][1], buf + len, len));
			break;
		case 8:
			SEE(n = call(SYS_read, p[a][0], other, len));
			BYTES(other, n);
			break;
		case 9:
			if (rnd(2))
				SEE(call(SYS_sendfile, p[a][1], file, &off, len));
			else
				SEE(call(SYS_sendfile, to_file, file, &off, rnd(3000)));
			SEE(off);
			break;
		case 10:
			/* Of how many parts a socket's bytes are in a pipe is its own matter. */
			SEE(n = call(SYS_splice, p[a][0], NULL, sock[1], NULL, rnd(3000) + 1, flags));
			if (n <= 0)
				break;
			SEE(call(SYS_splice, sock[0], NULL, own[1], NULL, 4096, flags));
			while ((n = call(SYS_read, own[0], other, sizeof(other))) > 0)
				BYTES(other, n);
			break;
		case 11:
			SEE(call(SYS_copy_file_range, file, &off, to_file, &to, rnd(3000), 0));
			SEE(off);
			SEE(to);
			break;
		}
		for (int i = 0; i < PIPES; i++)
			SEE(queued(p[i][0]));
	}
	for (int i = 0; i < PIPES; i++) {
		SEE(call(SYS_close, p[i][1]));
		while ((n = call(SYS_read, p[i][0], other, sizeof(other))) > 0)
			BYTES(other, n);
		SEE(n);
		SEE(call(SYS_close, p[i][0]));
	}
	n = call(SYS_pread64, to_file, other, sizeof(other), 0);
	SEE(n);
	BYTES(other, n);
	call(SYS_close, to_file);
	call(SYS_close, own[0]);
	call(SYS_close, own[1]);
	call(SYS_close, sock[0]);
	call(SYS_close, sock[1]);
	call(SYS_close, file);
}

TEST(any_order_of_splices)
{
	for (unsigned int seed = 1; seed <= 40; seed++)
		BOTH(random_splices(seed));
}

static long long file_of(const char *path, int flags)
{
	return call(SYS_openat, AT_FDCWD, path, flags, 0600);
}

static void errnos(void)
{
	loff_t off = 0, bad = -1, far = 0x7fffffffffffffff;
	int p[2], q[2], sock[2];
	long long file, path, event, null, full, zero, dir, ro, app;
	struct iovec vec = { buf, 10 }, wild = { (void *)8, 10 }, many[2] = { { buf, -1 }, { buf, 1 } };

	SEE(call(SYS_pipe2, p, O_NONBLOCK));
	SEE(call(SYS_pipe2, q, O_NONBLOCK));
	SEE(call(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, sock));
	NEW(file = call(SYS_memfd_create, "x", 0));
	SEE(call(SYS_ftruncate, file, 5000));
	NEW(event = call(SYS_eventfd2, 1, 0));
	NEW(null = file_of("/dev/null", O_RDWR));
	NEW(zero = file_of("/dev/zero", O_RDWR));
	NEW(full = file_of("/dev/full", O_RDWR));
	NEW(dir = file_of("/", O_RDONLY));
	NEW(path = file_of("/", O_PATH));
	NEW(ro = file_of("/dev/null", O_RDONLY));
	NEW(app = file_of("/dev/null", O_RDWR | O_APPEND));

	SEE(call(SYS_splice, -1, NULL, p[1], NULL, 0, 0xff));
	SEE(call(SYS_splice, -1, NULL, p[1], NULL, 1, 0xff));
	SEE(call(SYS_splice, -1, NULL, p[1], NULL, 1, 0));
	SEE(call(SYS_splice, file, NULL, -1, NULL, 1, 0));
	SEE(call(SYS_splice, path, NULL, p[1], NULL, 1, 0));
	SEE(call(SYS_splice, file, NULL, p[1], &off, 1, 0));
	SEE(call(SYS_splice, p[0], &off, file, NULL, 1, 0));
	SEE(call(SYS_splice, file, (void *)8, p[1], NULL, 1, 0));
	SEE(call(SYS_splice, p[0], NULL, file, (void *)8, 1, 0));
	SEE(call(SYS_splice, p[1], NULL, file, NULL, 1, 0));
	SEE(call(SYS_splice, file, NULL, p[0], NULL, 1, 0));
	SEE(call(SYS_splice, file, NULL, file, NULL, 1, 0));
	SEE(call(SYS_splice, p[0], NULL, p[1], NULL, 1, 0));
	SEE(call(SYS_splice, p[0], NULL, q[1], NULL, 1, 0));
	SEE(call(SYS_splice, file, &bad, p[1], NULL, 1, 0));
	SEE(call(SYS_splice, file, &far, p[1], NULL, 1, 0));
	SEE(call(SYS_splice, file, &off, p[1], NULL, -1L, 0));
	SEE(call(SYS_splice, sock[0], &off, p[1], NULL, 1, 0));
	SEE(call(SYS_splice, sock[0], NULL, p[1], NULL, 1, SPLICE_F_NONBLOCK));
	SEE(call(SYS_splice, event, NULL, p[1], NULL, 8, 0));
	SEE(call(SYS_splice, dir, NULL, p[1], NULL, 8, 0));
	SEE(call(SYS_splice, null, NULL, p[1], NULL, 8, 0));
	SEE(call(SYS_splice, zero, NULL, p[1], NULL, 8, 0));
	SEE(call(SYS_splice, full, NULL, p[1], NULL, 8, 0));
	SEE(call(SYS_splice, p[0], NULL, full, NULL, 8, 0));
	SEE(call(SYS_splice, p[0], NULL, app, NULL, 8, 0));
	SEE(call(SYS_splice, p[0], NULL, ro, NULL, 8, 0));
	SEE(call(SYS_splice, p[0], NULL, event, NULL, 8, 0));
	SEE(call(SYS_splice, p[0], NULL, zero, NULL, 8, 0));
	SEE(call(SYS_splice, p[0], NULL, null, NULL, 100, 0));
	SEE(call(SYS_splice, p[0], NULL, null, NULL, 100, 0));
	off = 6000;
	SEE(call(SYS_splice, file, &off, p[1], NULL, 100, 0));
	SEE(off);

	SEE(call(SYS_tee, p[0], q[1], 0, 0xff));
	SEE(call(SYS_tee, p[0], q[1], 0, 0));
	SEE(call(SYS_tee, p[0], p[1], 1, 0));
	SEE(call(SYS_tee, p[0], file, 1, 0));
	SEE(call(SYS_tee, p[1], q[1], 1, 0));
	SEE(call(SYS_tee, p[0], q[0], 1, 0));
	SEE(call(SYS_tee, p[0], q[1], 1, 0));
	SEE(call(SYS_tee, -1, q[1], 1, 0));
	SEE(call(SYS_tee, p[0], -1, 1, 0));

	SEE(call(SYS_vmsplice, p[1], &vec, 1, 0xff));
	SEE(call(SYS_vmsplice, -1, &vec, 1, 0));
	SEE(call(SYS_vmsplice, file, &vec, 1, 0));
	SEE(call(SYS_vmsplice, file, &vec, 0, 0));
	SEE(call(SYS_vmsplice, path, &vec, 1, 0));
	SEE(call(SYS_vmsplice, p[1], &wild, 1, 0));
	SEE(call(SYS_vmsplice, p[1], many, 2, 0));
	SEE(call(SYS_vmsplice, p[1], &vec, 1025, 0));
	SEE(call(SYS_vmsplice, p[1], (void *)8, 1, 0));
	SEE(call(SYS_vmsplice, p[1], &vec, 1, 0));
	SEE(call(SYS_vmsplice, p[0], &wild, 1, 0));
	SEE(call(SYS_vmsplice, p[0], &vec, 1, 0));
	SEE(call(SYS_vmsplice, p[0], &vec, 1, SPLICE_F_NONBLOCK));

	SEE(call(SYS_close, q[0]));
	SEE(call(SYS_write, p[1], buf, 10));
	SEE(call(SYS_splice, p[0], NULL, q[1], NULL, 1, 0));
	SEE(call(SYS_tee, p[0], q[1], 1, 0));
	SEE(call(SYS_splice, file, NULL, q[1], NULL, 1, 0));
	SEE(call(SYS_sendfile, q[1], file, NULL, 1));
	SEE(call(SYS_vmsplice, q[1], &vec, 1, 0));
	SEE(call(SYS_sendfile, event, file, NULL, 8));
	SEE(call(SYS_sendfile, null, file, NULL, 8));
	SEE(call(SYS_sendfile, full, file, NULL, 8));
	SEE(call(SYS_sendfile, null, zero, NULL, 8));
	SEE(call(SYS_sendfile, zero, null, NULL, 8));
	SEE(call(SYS_sendfile, sock[1], file, NULL, 8));
	SEE(call(SYS_sendfile, file, sock[0], NULL, 8));
	SEE(call(SYS_sendfile, file, dir, NULL, 8));
	SEE(call(SYS_sendfile, file, p[0], NULL, 8));
	SEE(call(SYS_close, p[1]));
	SEE(call(SYS_splice, p[0], NULL, null, NULL, 100, 0));
	SEE(call(SYS_splice, p[0], NULL, null, NULL, 100, 0));
	SEE(call(SYS_vmsplice, p[0], &vec, 1, 0));
	for (int i = 0; i < 2; i++) {
		call(SYS_close, sock[i]);
		call(SYS_close, i ? q[1] : p[0]);
	}
	call(SYS_close, file);
	call(SYS_close, path);
	call(SYS_close, event);
	call(SYS_close, null);
	call(SYS_close, zero);
	call(SYS_close, full);
	call(SYS_close, dir);
	call(SYS_close, ro);
	call(SYS_close, app);
}

TEST(errnos_and_their_order)
{
	BOTH(errnos());
}

/* ---- waiting ---- */

struct waiting {
	int p[2], q[2];
	long long file;
	long long results[4];
};

static void take_slowly(void *arg)
{
	struct waiting *w = arg;
	long long sum = 0, n;

	while (sum < 300000) {
		n = call(SYS_read, w->q[0], other, 7000);
		if (n <= 0)
			break;
		sum += n;
	}
	w->results[0] = sum;
}

static void splice_waits(void)
{
	static struct waiting w;
	struct second s;
	long long sum = 0, n;

	SEE(call(SYS_pipe2, w.p, 0));
	SEE(call(SYS_pipe2, w.q, 0));
	w.file = call(SYS_memfd_create, "waits", 0);
	SEE(call(SYS_ftruncate, w.file, 400000));
	second_start(&s, take_slowly, &w);
	/* A file into one pipe, that into the other, whose reader is slow. */
	while (sum < 300000) {
		n = call(SYS_splice, w.file, NULL, w.p[1], NULL, 20000, 0);
		if (n <= 0)
			break;
		while (n > 0) {
			long long m = call(SYS_splice, w.p[0], NULL, w.q[1], NULL, n, 0);

			if (m <= 0)
				break;
			n -= m;
			sum += m;
		}
	}
	call(SYS_close, w.q[1]);
	second_join(&s);
	SEE(sum);
	SEE(w.results[0]);
	call(SYS_close, w.p[0]);
	call(SYS_close, w.p[1]);
	call(SYS_close, w.q[0]);
	call(SYS_close, w.file);
}

TEST(splices_wait_for_room_and_for_data)
{
	BOTH(splice_waits());
}

static void feed(void *arg)
{
	struct waiting *w = arg;

	for (int i = 0; i < 50; i++)
		call(SYS_write, w->p[1], buf, 5000);
	call(SYS_close, w->p[1]);
}

/* Two readers of one pipe, one of which splices: together they get all, once. */
static void drain(void *arg)
{
	struct waiting *w = arg;
	long long n, sum = 0;

	while ((n = call(SYS_splice, w->p[0], NULL, w->file, NULL, 30000, 0)) > 0)
		sum += n;
	w->results[1] = sum;
	w->results[2] = n;
}

static void splice_shares(void)
{
	static struct waiting w;
	struct second feeder, drainer;
	long long n, sum = 0;

	SEE(call(SYS_pipe2, w.p, 0));
	w.file = call(SYS_memfd_create, "shares", 0);
	second_start(&feeder, feed, &w);
	second_start(&drainer, drain, &w);
	while ((n = call(SYS_read, w.p[0], other, 9000)) > 0)
		sum += n;
	SEE(n);
	second_join(&feeder);
	second_join(&drainer);
	SEE(sum + w.results[1]);
	SEE(w.results[2]);
	SEE(call(SYS_lseek, w.file, 0, SEEK_END) - w.results[1]);
	call(SYS_close, w.p[0]);
	call(SYS_close, w.file);
}

TEST(a_spliced_pipe_is_drained_once)
{
	BOTH(splice_shares());
}
