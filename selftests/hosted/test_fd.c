// SPDX-License-Identifier: GPL-2.0
/* Descriptors: their table, reading and writing, dup, fcntl, locks, sendfile. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include "both.h"

static char buf[1 << 20], other[1 << 20];

static const char *path(const char *name)
{
	static char full[64];

	snprintf(full, sizeof(full), "/dev/shm/lb_test_fd_%d_%s", getpid(), name);
	return full;
}

static long long scratch(const char *name, int flags)
{
	return NEW(call(SYS_openat, -100, path(name), flags | O_CREAT, 0644));
}

static void bad_arguments(void)
{
	long long f = scratch("a", O_RDWR), r = scratch("a", O_RDONLY), w = scratch("a", O_WRONLY);
	long long p = NEW(call(SYS_openat, -100, path("a"), O_PATH));
	long long d = NEW(call(SYS_openat, -100, "/dev/shm", O_RDONLY | O_DIRECTORY));
	long long fds[] = { f, r, w, p, d, -1, 9999 };
	struct iovec v[3] = { { buf, 10 }, { NULL, 0 }, { buf, -1 } };
	int fd2[2];

	SEE(call(SYS_pipe2, fd2, 0));
	for (unsigned int i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		long long fd = fds[i];

		SEE(call(SYS_read, fd, buf, 0));
		SEE(call(SYS_read, fd, 1, 10));
		SEE(call(SYS_read, fd, buf, -1));
		SEE(call(SYS_read, fd, -1, 1));
		SEE(call(SYS_write, fd, -1, 1));
		SEE(call(SYS_write, fd, buf, 0));
		SEE(call(SYS_pread64, fd, buf, 10, -1));
		SEE(call(SYS_pwrite64, fd, buf, 10, -1));
		SEE(call(SYS_readv, fd, v, 0));
		SEE(call(SYS_readv, fd, v, 1025));
		SEE(call(SYS_readv, fd, v, -1));
		SEE(call(SYS_readv, fd, v, 3));
		SEE(call(SYS_readv, fd, 8, 2));
		SEE(call(SYS_writev, fd, v + 1, 1));
		SEE(call(SYS_preadv, fd, v, 1, -5));
		SEE(call(SYS_lseek, fd, 0, 7));
		SEE(call(SYS_lseek, fd, -1, 0));
		SEE(call(SYS_lseek, fd, 0, 1));
		SEE(call(SYS_fcntl, fd, 999, 0));
		SEE(call(SYS_fcntl, fd, F_GETFD, 0));
		SEE(call(SYS_fcntl, fd, F_SETFD, 5));
		SEE(call(SYS_fcntl, fd, F_GETFD, 0));
		SEE(call(SYS_fcntl, fd, F_GETPIPE_SZ, 0));
		SEE(call(SYS_fcntl, fd, F_DUPFD, 1 << 30));
		SEE(call(SYS_fcntl, fd, F_DUPFD, -1));
		SEE(call(SYS_fcntl, fd, F_GETOWN, 0));
		SEE(call(SYS_fcntl, fd, F_SETOWN, 0x80000000u));
		SEE(call(SYS_fcntl, fd, F_SETSIG, 65));
		SEE(call(SYS_fcntl, fd, F_GETLEASE, 0));
		SEE(call(SYS_ioctl, fd, 0xdeadbeef, 0));
		SEE(call(SYS_ioctl, fd, FIONBIO, 1));
		SEE(call(SYS_ioctl, fd, FIOCLEX, 0));
		SEE(call(SYS_fadvise64, fd, 0, 10, 77));
		SEE(call(SYS_fadvise64, fd, 0, 10, 2));
		SEE(call(SYS_sync_file_range, fd, 0, 10, 99));
		SEE(call(SYS_sync_file_range, fd, -1, 10, 0));
		SEE(call(SYS_readahead, fd, 0, 10));
		SEE(call(SYS_fsync, fd));
		SEE(call(SYS_fdatasync, fd));
		SEE(call(SYS_dup2, fd, 9999999));
		SEE(call(SYS_dup3, fd, fd, 0));
		SEE(call(SYS_dup3, fd, 77, 1));
		SEE(call(SYS_flock, fd, 99));
		SEE(call(SYS_flock, fd, LOCK_SH | LOCK_NB));
		SEE(call(SYS_flock, fd, LOCK_UN));
		SEE(call(SYS_sendfile, fd2[1], fd, 0, 0));
		SEE(call(SYS_sendfile, fd, fd2[0], 0, 5));
		SEE(call(SYS_sendfile, fd, f, 8, 5));
		SEE(call(SYS_copy_file_range, fd, 0, f, 0, 5, 1));
	}
	SEE(call(SYS_close_range, 5, 4, 0));
	SEE(call(SYS_close_range, 5, 6, 99));
	SEE(call(SYS_close, fd2[0]));
	SEE(call(SYS_close, fd2[0]));
	SEE(call(SYS_close, fd2[1]));
	for (unsigned int i = 0; i < 5; i++)
		SEE(call(SYS_close, fds[i]));
	SEE(call(SYS_unlink, path("a")));
}

TEST(bad_arguments_give_linux_errnos_in_linux_order)
{
	BOTH(bad_arguments());
}

static unsigned int rnd_state;
static unsigned int rnd(unsigned int n)
{
	rnd_state = rnd_state * 1103515245 + 12345;
	return (rnd_state >> 8) % n;
}

/* Random reads and writes at two descriptors of one file and a third, separate one. */
static void random_io(unsigned int seed)
{
	long long fd[3], to, n;
	struct iovec v[8];

	rnd_state = seed;
	for (unsigned int i = 0; i < sizeof(buf); i++)
		buf[i] = (char)(i * 7 + i / 251);
	fd[0] = scratch("r", O_RDWR | O_TRUNC);
	fd[1] = NEW(call(SYS_dup, fd[0]));
	fd[2] = scratch("r", O_RDWR | O_APPEND);
	to = scratch("to", O_RDWR | O_TRUNC);
	for (int step = 0; step < 400; step++) {
		long long f = fd[rnd(3)], n = rnd(4) ? rnd(5000) : rnd(100000);
		unsigned long off = rnd(60000);
		int count = 0, what = rnd(14);

		switch (what) {
		case 0:
			SEE(n = call(SYS_read, f, other, n));
			BYTES(other, n);
			break;
		case 1:
			SEE(call(SYS_write, f, buf + off, n));
			break;
		case 2:
			SEE(n = call(SYS_pread64, f, other, n, off));
			BYTES(other, n);
			break;
		case 3:
			SEE(call(SYS_pwrite64, f, buf + off / 2, n, off));
			break;
		case 4:
		case 5:
			for (count = 0; count < 8; count++) {
				v[count].iov_base = other + count * 4000;
				v[count].iov_len = rnd(4000);
			}
			count = rnd(8);
			memset(other, 0, 40000);
			SEE(rnd(2) ? call(SYS_readv, f, v + count, 8 - count) :
			    call(SYS_preadv, f, v + count, 8 - count, off));
			BYTES(other, 40000);
			break;
		case 6:
			for (count = 0; count < 8; count++) {
				v[count].iov_base = buf + rnd(1000);
				v[count].iov_len = rnd(3000);
			}
			count = rnd(9);
			SEE(rnd(2) ? call(SYS_writev, f, v, count) : call(SYS_pwritev, f, v, count, off));
			break;
		case 7:
			count = rnd(3);
			SEE(call(SYS_lseek, f, (int)off - 5000, count));
			break;
		case 8:
			SEE(call(SYS_lseek, f, 0, SEEK_CUR));
			break;
		case 9:
			SEE(call(SYS_ftruncate, f, off));
			break;
		case 10:
			v[0].iov_base = buf;
			v[0].iov_len = 100;
			count = rnd(4);
			SEE(call(SYS_pwritev2, f, v, 1, count & 1 ? -1ll : (long long)off, 0,
				 count & 2 ? RWF_APPEND : 0));
			break;
		case 11: {
			long long at = off, out = off / 2;

			count = rnd(3000);
			SEE(call(SYS_copy_file_range, fd[0], &at, fd[count & 1], &out, count, 0));
			SEE(at);
			SEE(out);
			break;
		}
		case 12: {
			long long at = off;

			count = rnd(9000);
			SEE(call(SYS_sendfile, to, fd[2], count & 1 ? &at : NULL, count));
			SEE(at);
			break;
		}
		case 13: {
			int left = 0;

			SEE(call(SYS_ioctl, f, FIONREAD, &left));
			SEE(left);
			break;
		}
		}
	}
	SEE(n = call(SYS_pread64, to, other, sizeof(other), 0));
	BYTES(other, n);
	SEE(call(SYS_close, to));
	SEE(call(SYS_unlink, path("to")));
	for (int i = 0; i < 3; i++)
		SEE(call(SYS_close, fd[i]));
	SEE(call(SYS_unlink, path("r")));
}

TEST(random_reads_and_writes_are_the_same)
{
	for (unsigned int seed = 1; seed <= 25; seed++)
		BOTH(random_io(seed));
}

static void flags(void)
{
	long long f = scratch("f", O_RDWR), g = NEW(call(SYS_dup, f)), h;

	SEE(call(SYS_fcntl, f, F_GETFL));
	SEE(call(SYS_fcntl, f, F_SETFL, O_APPEND | O_NONBLOCK | O_CREAT | O_WRONLY | O_ASYNC));
	SEE(call(SYS_fcntl, g, F_GETFL));
	SEE(call(SYS_fcntl, f, F_SETFL, 0));
	SEE(call(SYS_fcntl, g, F_GETFL));
	h = NEW(call(SYS_fcntl, f, F_DUPFD_CLOEXEC, 100));
	SEE(h);
	SEE(call(SYS_fcntl, h, F_GETFD));
	SEE(call(SYS_fcntl, f, F_DUPFD, 100));
	SEE(call(SYS_fcntl, f, F_DUPFD, 100));
	SEE(call(SYS_dup2, f, 101));
	SEE(call(SYS_dup2, f, f) == f);
	SEE(call(SYS_dup2, 5000, 5000));
	SEE(call(SYS_dup3, f, 150, O_CLOEXEC));
	SEE(call(SYS_fcntl, 150, F_GETFD));
	SEE(call(SYS_close_range, 101, 149, 0));
	SEE(call(SYS_fcntl, 101, F_GETFD));
	SEE(call(SYS_fcntl, 150, F_GETFD));
	SEE(call(SYS_close_range, 100, ~0u, CLOSE_RANGE_CLOEXEC));
	SEE(call(SYS_fcntl, 100, F_GETFD));
	SEE(call(SYS_close_range, 100, ~0u, 0));
	SEE(call(SYS_fcntl, 100, F_GETFD));
	SEE(call(SYS_fcntl, f, F_SETOWN, getpid()));
	SEE(call(SYS_fcntl, f, F_GETOWN) == getpid());
	SEE(call(SYS_fcntl, f, F_SETOWN, 0));
	SEE(call(SYS_fcntl, f, F_GETOWN));
	SEE(call(SYS_fcntl, f, F_SETOWN, 4999999));
	SEE(call(SYS_fcntl, f, F_SETSIG, 10));
	SEE(call(SYS_fcntl, f, F_GETSIG));
	SEE(call(SYS_fcntl, f, F_GETSIG));
	SEE(call(SYS_close, f));
	SEE(call(SYS_close, g));
	SEE(call(SYS_unlink, path("f")));
}

TEST(fcntl_and_dup)
{
	BOTH(flags());
}

/* Record locks seen by an owner of open file descriptions, which conflicts with the process. */
static void locks(unsigned int seed)
{
	long long f = scratch("l", O_RDWR), g = scratch("l", O_RDWR), ro = scratch("l", O_RDONLY);

	rnd_state = seed;
	SEE(call(SYS_write, f, buf, 5000));
	SEE(call(SYS_fcntl, ro, F_SETLK, 8));
	for (int step = 0; step < 300; step++) {
		struct flock l = { 0 };
		static const int cmds[] = { F_SETLK, F_GETLK, F_OFD_SETLK, F_OFD_GETLK };
		int cmd = cmds[rnd(4)];

		l.l_type = rnd(4) ? rnd(3) : rnd(6);
		l.l_whence = rnd(8) ? SEEK_SET : rnd(4);
		l.l_start = rnd(100) - (rnd(10) ? 0 : 50);
		l.l_len = rnd(10) ? (int)rnd(60) : rnd(2) ? 0 : -(int)rnd(40);
		l.l_pid = rnd(20) ? 0 : 5;
		SEE(call(SYS_fcntl, rnd(8) ? rnd(2) ? f : g : ro, cmd, &l));
		/* Which of several locks in the way is told isn't specified. */
		SEE(l.l_type == F_UNLCK);
		/* Closing any descriptor of the file drops the process's locks. */
		if (!rnd(60)) {
			long long x = scratch("l", O_RDONLY);

			SEE(call(SYS_close, x));
		}
		if (!rnd(10))
			SEE(call(SYS_flock, rnd(2) ? f : g, (1 << rnd(2)) | LOCK_NB));
		if (!rnd(10))
			SEE(call(SYS_flock, rnd(2) ? f : g, LOCK_UN));
	}
	SEE(call(SYS_close, f));
	SEE(call(SYS_close, g));
	SEE(call(SYS_close, ro));
	SEE(call(SYS_unlink, path("l")));
}

TEST(locks_conflict_split_and_join)
{
	for (unsigned int seed = 1; seed <= 30; seed++)
		BOTH(locks(seed));
}

static void wait_lock(void *arg)
{
	struct flock l = { .l_type = F_WRLCK };
	long long *fd_and_result = arg;

	fd_and_result[1] = call(SYS_fcntl, fd_and_result[0], F_OFD_SETLKW, &l);
}

static void waiting_locks(void)
{
	long long f = scratch("w", O_RDWR), g[2] = { scratch("w", O_RDWR), -1 };
	struct flock l = { .l_type = F_WRLCK };
	struct second s;

	SEE(call(SYS_fcntl, f, F_OFD_SETLK, &l));
	second_start(&s, wait_lock, g);
	usleep(20000);
	l.l_type = F_UNLCK;
	SEE(call(SYS_fcntl, f, F_OFD_SETLK, &l));
	second_join(&s);
	SEE(g[1]);
	l.l_type = F_RDLCK;
	SEE(call(SYS_fcntl, f, F_OFD_SETLK, &l));
	SEE(call(SYS_close, g[0]));
	SEE(call(SYS_fcntl, f, F_OFD_SETLK, &l));
	SEE(call(SYS_close, f));
	SEE(call(SYS_unlink, path("w")));
}

TEST(a_lock_is_waited_for)
{
	BOTH(waiting_locks());
}

static void memfds(void)
{
	static const unsigned int flags[] = { 0, 1, 2, 3, 8, 16, 24, 32, 10 };
	struct stat st;
	long long n;

	SEE(call(SYS_memfd_create, 8, 0));
	SEE(call(SYS_memfd_create, memset(other, 'x', 300), 0));
	other[249] = 0;
	n = NEW(call(SYS_memfd_create, other, 0));
	SEE(call(SYS_close, n));
	for (unsigned int i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		long long f = NEW(call(SYS_memfd_create, "name", flags[i])), r;

		if (f < 0)
			continue;
		SEE(call(SYS_fstat, f, &st));
		SEE(st.st_mode);
		SEE(st.st_nlink);
		SEE(call(SYS_fcntl, f, F_GETFD));
		SEE(call(SYS_fcntl, f, F_GETFL));
		SEE(call(SYS_fcntl, f, F_GET_SEALS));
		SEE(call(SYS_write, f, buf, 10000));
		SEE(call(SYS_fcntl, f, F_ADD_SEALS, 128));
		SEE(call(SYS_fcntl, f, F_ADD_SEALS, F_SEAL_SHRINK));
		SEE(call(SYS_ftruncate, f, 5000));
		SEE(call(SYS_ftruncate, f, 20000));
		SEE(call(SYS_fcntl, f, F_ADD_SEALS, F_SEAL_GROW));
		SEE(call(SYS_ftruncate, f, 30000));
		SEE(call(SYS_pwrite64, f, buf, 100, 20000));
		SEE(call(SYS_pwrite64, f, buf, 100, 100));
		SEE(call(SYS_fallocate, f, 0, 0, 40000));
		SEE(call(SYS_fallocate, f, 3, 0, 4096));
		SEE(call(SYS_fcntl, f, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL));
		SEE(call(SYS_fcntl, f, F_GET_SEALS));
		SEE(call(SYS_pwrite64, f, buf, 100, 100));
		SEE(call(SYS_fallocate, f, 3, 0, 4096));
		r = call(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
		SEE(r < 0 && r > -4096 ? r : munmap((void *)r, 4096));
		r = call(SYS_mmap, 0, 4096, PROT_READ, MAP_SHARED, f, 0);
		SEE(r < 0 && r > -4096 ? r : munmap((void *)r, 4096));
		SEE(call(SYS_fcntl, f, F_ADD_SEALS, F_SEAL_WRITE));
		SEE(call(SYS_close, f));
	}
	{
		long long f = scratch("s", O_RDWR);

		SEE(call(SYS_fcntl, f, F_ADD_SEALS, F_SEAL_WRITE) < 0);
		SEE(call(SYS_close, f));
		SEE(call(SYS_unlink, path("s")));
	}
}

TEST(memfds_and_seals)
{
	BOTH(memfds());
}

TEST(memfd_has_its_name)
{
	char want[] = "/memfd:abc (deleted)", link[64];
	s64 f = north(SYS_memfd_create, "abc", 0), n;

	OK(f >= 0);
	sprintf(link, "/proc/self/fd/%lld", f);
	n = north(SYS_readlinkat, -100, link, other, sizeof(other));
	EQ(n, (s64)strlen(want));
	OK(!memcmp(other, want, n));
	EQ(north(SYS_close, f), 0);
}

/* Every allocation fails once: nothing leaks, nothing breaks, and in the end it works. */
TEST(no_memory_leaves_nothing_behind)
{
	int fds[2];
	u32 before = hosted_handles();

	for (u32 n = 1; n < 60; n++) {
		s64 r[6];

		hosted_fail_alloc(n);
		r[0] = north(SYS_pipe2, fds, 0);
		r[1] = north(SYS_eventfd2, 1, 0);
		r[2] = north(SYS_epoll_create1, 0);
		r[3] = north(SYS_memfd_create, "x", 0);
		r[4] = north(SYS_openat, -100, "/dev/ptmx", O_RDWR);
		r[5] = north(SYS_openat, -100, "/dev/null", O_RDWR);
		hosted_fail_alloc(0);
		for (u32 k = 0; k < 6; k++)
			OK(r[k] >= 0 || r[k] == -ENOMEM || r[k] == -ENOSPC);
		if (!r[0])
			for (u32 k = 0; k < 2; k++)
				EQ(north(SYS_close, fds[k]), 0);
		for (u32 k = 1; k < 6; k++)
			if (r[k] >= 0)
				EQ(north(SYS_close, r[k]), 0);
	}
	EQ(hosted_handles(), before);
}

TEST(descriptors_are_limited)
{
	s64 rlim[2] = { 40, 40 }, old[2], fd, n = 0;

	EQ(north(SYS_prlimit64, 0, 7, rlim, old), 0);
	while ((fd = north(SYS_eventfd2, 0, 0)) >= 0)
		n++;
	EQ(fd, -EMFILE);
	OK(n >= 30);
	/* Nothing is made or cut off by an open that has no descriptor. */
	EQ(north(SYS_openat, -100, "/dev/shm/none", O_CREAT | O_RDWR, 0600), -EMFILE);
	EQ(north(SYS_access, "/dev/shm/none", 0), -ENOENT);
	EQ(north(SYS_dup, 0), -EMFILE);
	EQ(north(SYS_fcntl, 0, F_DUPFD, 40), -EINVAL);
	EQ(north(SYS_dup2, 0, 40), -EBADF);
	EQ(north(SYS_close_range, 3, ~0u, 0), 0);
	EQ(north(SYS_prlimit64, 0, 7, old, 0), 0);
}

/* Many descriptors: the table grows, the lowest free one is taken. */
TEST(the_lowest_free_descriptor)
{
	s64 first = north(SYS_eventfd2, 0, 0);

	for (s64 i = 1; i < 900; i++)
		EQ(north(SYS_dup, first), first + i);
	EQ(north(SYS_close, first + 500), 0);
	EQ(north(SYS_close, first + 7), 0);
	EQ(north(SYS_dup, first), first + 7);
	EQ(north(SYS_dup, first), first + 500);
	EQ(north(SYS_dup, first), first + 900);
	EQ(north(SYS_close_range, first, ~0u, 0), 0);
}

TEST(streams_of_the_host)
{
	int ends[2];
	struct stat st;
	s64 fd, n;

	/* The test's own standard output is one. */
	EQ(north(SYS_fstat, 1, &st), 0);
	EQ(north(SYS_write, 1, "# hello\n", 8), 8);
	fd = north(SYS_openat, -100, "/dev/stdout", O_WRONLY);
	if (fd >= 0) {
		EQ(north(SYS_write, fd, "# again\n", 8), 8);
		EQ(north(SYS_close, fd), 0);
	}
	n = north(SYS_readlinkat, -100, "/proc/self/fd/1", other, sizeof(other));
	OK(n > 0);
	OK(!pipe(ends));
	close(ends[0]);
	close(ends[1]);
}
