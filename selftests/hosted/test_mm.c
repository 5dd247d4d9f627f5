// SPDX-License-Identifier: GPL-2.0
/* The rooms mm and net: mappings, and which sockets there are. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include "test.h"
#include "slurp.h"

#define PAGE 4096ul
#define FILE_ "/dev/shm/test_mm"

static int opened(int flags)
{
	s64 fd = north(SYS_openat, AT_FDCWD, FILE_, flags, 0600);

	OK(fd >= 0);
	return (int)fd;
}

static s64 mapped(u64 len, int prot, int flags, int fd, u64 off)
{
	return north(SYS_mmap, 0, len, prot, flags, fd, off);
}

TEST(a_mapping_shows_the_file)
{
	int fd = opened(O_RDWR | O_CREAT);
	char buf[16], *p, *q;

	EQ(north(SYS_ftruncate, fd, 3 * PAGE), 0);
	EQ(north(SYS_pwrite64, fd, "second page", 12, PAGE), 12);
	p = (char *)mapped(2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, PAGE);
	q = (char *)mapped(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, PAGE);
	OK((s64)p > 0 && (s64)q > 0);
	STREQ(p, "second page");
	STREQ(q, "second page");
	/* What is written to a shared one, all see; to a private one, nobody. */
	memcpy(p, "SECOND", 6);
	EQ(north(SYS_pread64, fd, buf, 12, PAGE), 12);
	STREQ(buf, "SECOND page");
	memcpy(q, "mine!!", 6);
	EQ(north(SYS_pread64, fd, buf, 12, PAGE), 12);
	STREQ(buf, "SECOND page");
	EQ(munmap(p, 2 * PAGE), 0);
	EQ(munmap(q, PAGE), 0);
	EQ(north(SYS_close, fd), 0);
}

/* The line of /proc/self/maps for an address, without its newline. */
static const char *maps_line(const void *at)
{
	char start[32];
	char *line;

	OK(slurp("/proc/self/maps") > 0);
	sprintf(start, "%08lx-", (unsigned long)at);
	line = strstr(text, start);
	OK(line);
	line[strcspn(line, "\n")] = 0;
	return line;
}

TEST(maps_name_what_is_mapped)
{
	int fd = opened(O_RDWR), other;
	char *p, *q;

	EQ(north(SYS_ftruncate, fd, PAGE), 0);
	p = (char *)mapped(PAGE, PROT_READ, MAP_SHARED, fd, 0);
	OK((s64)p > 0);
	STREQ(strrchr(maps_line(p), ' '), " " FILE_);
	EQ(north(SYS_close, fd), 0);
	STREQ(strrchr(maps_line(p), ' '), " " FILE_);
	EQ(north(SYS_renameat, AT_FDCWD, FILE_, AT_FDCWD, "/dev/shm/renamed"), 0);
	STREQ(strrchr(maps_line(p), ' '), " /dev/shm/renamed");
	EQ(north(SYS_renameat, AT_FDCWD, "/dev/shm/renamed", AT_FDCWD, FILE_), 0);
	/* What has no name: no other's is given. */
	other = (int)north(SYS_memfd_create, "other", 0);
	EQ(north(SYS_ftruncate, other, PAGE), 0);
	q = (char *)mapped(PAGE, PROT_READ, MAP_SHARED, other, 0);
	OK(!strstr(maps_line(q), "/dev/shm"));
	EQ(north(SYS_close, other), 0);
	EQ(munmap(p, PAGE), 0);
	EQ(munmap(q, PAGE), 0);
}

TEST(what_may_not_be_mapped)
{
	int rw = opened(O_RDWR), ro = opened(O_RDONLY), wo = opened(O_WRONLY), path = opened(O_PATH), ends[2];

	EQ(mapped(PAGE, PROT_READ, MAP_SHARED, rw, 1), -EINVAL);
	EQ(mapped(0, PROT_READ, MAP_SHARED, rw, 0), -EINVAL);
	EQ(mapped(0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), -EINVAL);
	EQ(mapped(-PAGE + 1, PROT_READ, MAP_SHARED, rw, 0), -ENOMEM);
	EQ(mapped(2 * PAGE, PROT_READ, MAP_SHARED, rw, -PAGE), -EOVERFLOW);
	EQ(mapped(PAGE, PROT_READ, MAP_SHARED | MAP_HUGETLB, rw, 0), -EINVAL);
	EQ(mapped(PAGE, PROT_READ, MAP_SHARED | MAP_GROWSDOWN, rw, 0), -EINVAL);
	EQ(mapped(PAGE, PROT_READ, 0, rw, 0), -EINVAL);
	EQ(mapped(PAGE, PROT_READ, MAP_SHARED_VALIDATE | 1 << 25, rw, 0), -EOPNOTSUPP);
	EQ(mapped(PAGE, PROT_READ, MAP_SHARED, 999, 0), -EBADF);
	EQ(mapped(PAGE, PROT_READ, MAP_SHARED, path, 0), -EBADF);
	EQ(mapped(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, ro, 0), -EACCES);
	EQ(mapped(PAGE, PROT_READ, MAP_PRIVATE, wo, 0), -EACCES);
	EQ(mapped(PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0), -EINVAL);
	EQ(mapped(PAGE, PROT_READ, MAP_ANONYMOUS | MAP_SHARED | MAP_GROWSDOWN, -1, 0), -EINVAL);
	EQ(north(SYS_pipe, ends), 0);
	EQ(mapped(PAGE, PROT_READ, MAP_SHARED, ends[0], 0), -ENODEV);
	EQ(north(SYS_close_range, 3, ~0u, 0), 0);
}

TEST(a_private_mapping_may_be_written_where_the_file_may_not)
{
	int fd = opened(O_RDONLY);
	char *p = (char *)mapped(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	OK((s64)p > 0);
	p[0] = 'x';
	EQ(munmap(p, PAGE), 0);
	EQ(north(SYS_close, fd), 0);
}

TEST(a_shared_mapping_stays_readonly_where_the_file_is)
{
	int fd = opened(O_RDONLY), rw = opened(O_RDWR);
	char *p = (char *)mapped(PAGE, PROT_READ, MAP_SHARED, fd, 0);

	OK((s64)p > 0);
	EQ(north(SYS_pwrite64, rw, "seen", 4, 0), 4);
	EQ(memcmp(p, "seen", 4), 0);
	EQ(mprotect(p, PAGE, PROT_READ | PROT_WRITE), -1);
	EQ(errno, EACCES);
	EQ(munmap(p, PAGE), 0);
	EQ(north(SYS_close_range, 3, ~0u, 0), 0);
}

TEST(a_shared_mapping_of_what_is_sealed_stays_readonly)
{
	int fd = (int)north(SYS_memfd_create, "sealed", MFD_ALLOW_SEALING);
	char *p;

	EQ(north(SYS_pwrite64, fd, "seen", 4, 0), 4);
	EQ(north(SYS_fcntl, fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	EQ(mapped(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), -EPERM);
	p = (char *)mapped(PAGE, PROT_READ, MAP_SHARED, fd, 0);
	OK((s64)p > 0);
	EQ(memcmp(p, "seen", 4), 0);
	EQ(mprotect(p, PAGE, PROT_READ | PROT_WRITE), -1);
	EQ(errno, EACCES);
	EQ(munmap(p, PAGE), 0);
	EQ(north(SYS_close, fd), 0);
}

TEST(memory_of_no_file)
{
	char *p = (char *)mapped(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	OK((s64)p > 0);
	for (u32 i = 0; i < PAGE; i++)
		EQ(p[i], 0);
	EQ(munmap(p, PAGE), 0);
}

TEST(noexec_mounts_have_no_programs)
{
	int fd;

	if (getuid())
		SKIP("needs root");
	EQ(north(SYS_mkdir, "/dev/shm/noexec", 0700), 0);
	EQ(north(SYS_mount, "none", "/dev/shm/noexec", "tmpfs", MS_NOEXEC, NULL), 0);
	fd = (int)north(SYS_openat, AT_FDCWD, "/dev/shm/noexec/f", O_RDWR | O_CREAT, 0700);
	OK(fd >= 0);
	EQ(north(SYS_ftruncate, fd, PAGE), 0);
	EQ(mapped(PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0), -EPERM);
	EQ(north(SYS_close, fd), 0);
	EQ(north(SYS_umount2, "/dev/shm/noexec", 0), 0);
	EQ(north(SYS_rmdir, "/dev/shm/noexec"), 0);
	EQ(north(SYS_unlink, FILE_), 0);
}

/* ---- net ---- */

TEST(no_family_of_sockets_but_unix_is_there)
{
	for (int family = 0; family < 46; family++)
		if (family != AF_UNIX)
			EQ(north(SYS_socket, family, SOCK_STREAM, 0), -EAFNOSUPPORT);
}

TEST(calls_of_sockets_tell_what_a_descriptor_is)
{
	static const long calls[] = {
		SYS_connect, SYS_accept, SYS_accept4, SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg, SYS_recvmmsg,
		SYS_shutdown, SYS_bind, SYS_listen, SYS_getsockname, SYS_getpeername, SYS_setsockopt,
		SYS_getsockopt, SYS_sendto, SYS_recvfrom,
	};

	for (u32 i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		EQ(north(calls[i], 999), -EBADF);
		EQ(north(calls[i], -1), -EBADF);
		EQ(north(calls[i], 0), -ENOTSOCK);
	}
}
