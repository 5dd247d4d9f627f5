// SPDX-License-Identifier: GPL-2.0
/* /proc/PID/mem: a process's memory as a file. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include "both.h"

static void moves(void)
{
	static const char path[] = "/proc/self/mem";
	char *two = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *one = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec v[2] = { { two, 8 }, { (void *)8, 8 } };
	long long fd;
	char buf[64];

	munmap(two + 4096, 4096);
	munmap(one + 4096, 4096);
	strcpy(two, "some bytes");
	memcpy(two + 4090, "at end", 6);
	NEW(fd = call(SYS_openat, -100, path, O_RDWR, 0));
	SEE(call(SYS_read, fd, buf, 1));
	SEE(call(SYS_pread64, fd, buf, 10, two));
	SEE(memcmp(buf, "some bytes", 10));
	/* As far as it goes. */
	SEE(call(SYS_pread64, fd, buf, 20, two + 4090));
	SEE(call(SYS_pread64, fd, buf, 20, two + 4096));
	SEE(call(SYS_pwrite64, fd, "xyz", 3, two + 4094));
	SEE(memcmp(two + 4090, "at exy", 6));
	SEE(call(SYS_pwrite64, fd, "xyz", 3, two + 4096));
	/* Where the process itself couldn't. */
	SEE(call(SYS_pwrite64, fd, "xyz", 3, one));
	SEE(memcmp(one, "xyz", 3));
	SEE(call(SYS_pread64, fd, (void *)8, 10, two));
	SEE(call(SYS_pwrite64, fd, (void *)8, 10, two));
	SEE(call(SYS_preadv, fd, v, 2, two));
	SEE(call(SYS_pread64, fd, buf, 10, -4096));
	SEE(call(SYS_pread64, fd, buf, 10, 0x7fffffffffffff00));
	SEE(call(SYS_pread64, fd, buf, 0, two));
	/* Addresses are positions. */
	SEE(call(SYS_lseek, fd, two, SEEK_SET) == (long long)two);
	SEE(call(SYS_read, fd, buf, 4));
	SEE(memcmp(buf, "some", 4));
	SEE(call(SYS_lseek, fd, 1, SEEK_CUR) == (long long)two + 5);
	SEE(call(SYS_write, fd, "words", 5));
	SEE(memcmp(two, "some words", 10));
	SEE(call(SYS_lseek, fd, 0, SEEK_END));
	SEE(call(SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE, fd, 0));
	SEE(call(SYS_ftruncate, fd, 0));
	SEE(call(SYS_close, fd));
	munmap(two, 4096);
	munmap(one, 4096);
}

TEST(memory_is_a_file)
{
	BOTH(moves());
}

static void references(void)
{
	long long fd = NEW(call(SYS_openat, -100, "/proc/self/clear_refs", O_RDWR, 0));
	char c;

	SEE(call(SYS_read, fd, &c, 1));
	SEE(call(SYS_write, fd, "1", 1));
	SEE(call(SYS_write, fd, "4 \n", 3));
	SEE(call(SYS_write, fd, "0", 1));
	SEE(call(SYS_write, fd, "6", 1));
	SEE(call(SYS_write, fd, "one", 3));
	SEE(call(SYS_write, fd, (char *)8, 1));
	SEE(call(SYS_close, fd));
}

TEST(references_are_forgotten)
{
	BOTH(references());
}

TEST(memory_of_another_process)
{
	struct task *child;
	char c;
	s64 fd;

	EQ(north(SYS_openat, -100, "/proc/71/mem", O_RDONLY), -ENOENT);
	EQ(north(SYS_fork), 0);
	child = hosted_child(71, 71);
	OK(child);
	fd = north(SYS_openat, -100, "/proc/71/task/71/mem", O_RDWR);
	OK(fd >= 0);
	EQ(north(SYS_pread64, fd, &c, 1, "c"), 1);
	EQ(c, 'c');
	/* None is left once it has ended. */
	hosted_exit(child);
	EQ(north(SYS_pread64, fd, &c, 1, "c"), 0);
	EQ(north(SYS_pwrite64, fd, "d", 1, &c), 0);
	EQ(north(SYS_close, fd), 0);
}
