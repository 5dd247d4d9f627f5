// SPDX-License-Identifier: GPL-2.0
/*
 * Every call that North answers, with hostile arguments: numbers, descriptors and
 * pointers to what is prepared, what is half there, read-only, not there, or the
 * kernel's. Nothing but values and errnos may come back, nothing may stay locked
 * (box_call()), mapped, watched or lost (box_end()).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/epoll.h>
#include <sys/poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "calls.h"
#include "fuzz.h"
#include "program.h"

/* What is prepared: a page each, so that what runs over an end is seen by what it hits. */
#define PREPARED 24
#define AT(i) (GUEST + (u64)(i) * 4096)
#define NAMES 16
#define AT_NAME(i) (AT(PREPARED) + (i) * 256)
#define PREPARED_SIZE (AT_NAME(NAMES) - GUEST)
/* For each call of a case this much may stay in use: an inode, its name, a page. */
#define GROWTH 16384

static u8 prepared[PREPARED_SIZE];
static size_t kept;

static void name_set(u32 i, const char *name)
{
	strcpy((char *)prepared + (AT_NAME(i) - GUEST), name);
}

/* A number that a case can easily say. */
#define SUN_LEN_ 7

#define AS(type, i) (*(type *)(prepared + (i) * 4096))

static void prepare(void)
{
	static const char *const names[NAMES] = {
		"/file", "/dir", "file", "dir/new", ".", "..", "/link", "/loop/x", "/dev/null",
		"/dev/ptmx", "/dir/fifo", "/", "", "/prog", "/dev/zero", "user.x",
	};

	for (u32 i = 0; i < NAMES; i++)
		name_set(i, names[i]);
	for (u32 i = 0; i < 4; i++) {
		((struct iovec *)(prepared + 0x0000))[i] = (struct iovec){ guest(AT(16 + i)), 100 + i * 1000 };
		((struct pollfd *)(prepared + 0x1000))[i] = (struct pollfd){ i + 1, 0xff, 0 };
	}
	AS(struct timespec, 2) = (struct timespec){ 0, 1000 };
	AS(struct msghdr, 3) = (struct msghdr){ guest(AT_NAME(0)), 16, guest(AT(0)), 2, guest(AT(4)), 24, 0 };
	AS(struct cmsghdr, 4) = (struct cmsghdr){ 24, SOL_SOCKET, SCM_RIGHTS };
	((int *)CMSG_DATA((struct cmsghdr *)(prepared + 0x4000)))[0] = 3;
	AS(struct epoll_event, 5) = (struct epoll_event){ EPOLLIN | EPOLLOUT, { .u64 = 7 } };
	AS(struct clone_args, 6) = (struct clone_args){ .flags = CLONE_FILES, .exit_signal = 17 };
	AS(struct flock, 7) = (struct flock){ F_WRLCK, SEEK_SET, 0, 10, 0 };
	AS(struct rlimit, 8) = (struct rlimit){ 32, 64 };
	((u64 *)(prepared + 0x9000))[0] = O_RDWR | O_CREAT;
	((u64 *)(prepared + 0x9000))[1] = 0600;
	AS(u32, 10) = 0x20080522;
	AS(u64, 11) = 1;
	AS(int, 12) = 5;
	strcpy((char *)prepared + 0xd000, "tmpfs");
	/* select's sets, and a count of bytes. */
	memset(prepared + 0xe000, 0x1f, 128);
	AS(u64, 15) = ~0ull;
	memcpy(prepared + 0x10000, &elf_smallest, sizeof(elf_smallest));
	AS(struct sockaddr_un, 23) = (struct sockaddr_un){ AF_UNIX, "\0fuzz" };
	strcpy((char *)prepared + 0x11000, "#!/prog -x\n");
}

void target_init(void)
{
	prepare();
}

static u64 pointer(struct input *in)
{
	static const u64 bad[] = {
		0, 1, 0xfff, GUEST_HOLE, GUEST_RO, GUEST_END, GUEST_END - 1, 1ull << 46, (1ull << 47) - 4096,
		(1ull << 47) - 1, 1ull << 47, 1ull << 63, 0xffff888000000000ull, 0xffffffff81000000ull,
		~0ull, ~0ull - 4095, ~0ull - 7,
	};
	u32 b = take8(in);

	if (b < 0x60)
		return AT(b % PREPARED) + (b / PREPARED ? (b / PREPARED) * 8 : 0);
	if (b < 0xa0)
		return AT_NAME(b % NAMES);
	if (b < 0xc0)
		/* Some of it is there. */
		return GUEST_RO - (b - 0xa0) * 3;
	if (b < 0xd0)
		return GUEST_HOLE - (b - 0xc0) * 5;
	if (b < 0xf0)
		return bad[b % ARRAY_SIZE(bad)];
	return take64(in);
}

static u64 argument(struct input *in)
{
	static const u64 sizes[] = {
		0, 1, 2, 4, 8, 16, 24, 32, 64, 88, 100, 128, 255, 256, 1024, 4095, 4096, 4097, 65535,
		65536, 65537, 1 << 20, 0x7ffff000, 0x7fffffff, 0x80000000, 0xffffffff, 1ull << 32,
		~0ull >> 1, 1ull << 63, ~0ull, ~0ull - 4095,
	};
	u32 b = take8(in);

	if (b < 0x70)
		return pointer(in);
	if (b < 0x90)
		return b - 0x70;	/* descriptors, small numbers */
	if (b < 0x98)
		return AT_FDCWD;
	if (b < 0xc0)
		return sizes[take8(in) % ARRAY_SIZE(sizes)];
	if (b < 0xd0)
		return 1ull << (take8(in) % 64);
	if (b < 0xe8)
		return take16(in);
	if (b < 0xf0)
		return (s64)(s8)take8(in);
	if (b < 0xf8)
		return (u64)take16(in) << 16 | take16(in);
	return take64(in);
}

static void call(struct input *in)
{
	u32 b = take8(in), nr;
	u64 a[6];
	s64 r;

	nr = b == 0xff ? (u32)take64(in) : calls[(b | (u32)take8(in) << 8) % ARRAY_SIZE(calls)];
	for (u32 i = 0; i < 6; i++)
		a[i] = more(in) ? argument(in) : 0;
	fuzz_note("call %u(%llx, %llx, %llx, %llx, %llx, %llx)", nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	r = box_call(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	fuzz_note("  = %s", outcome(r));
	/* A set of semaphores is as large as one likes. */
	if (nr == SYS_semget && r >= 0)
		kept += (a[1] & 0xffff) * 64;
	/* Sometimes the native clone fails. */
	if (box_asked() && !pick(in, 4))
		return;
	box_child();
}

static void poke(struct input *in)
{
	u64 at = AT(pick(in, PREPARED)) + pick(in, 64) * 4;
	u32 n = 1 + pick(in, 16);

	for (u32 i = 0; i < n; i++)
		((u8 *)guest(at))[i] = take8(in);
}

static void exec(struct input *in)
{
	static const char *const argv[] = { "a", "b", NULL };
	u32 flags = pick(in, 4) ? 0 : take16(in);
	s32 dirfd = pick(in, 2) ? AT_FDCWD : (s32)pick(in, 16);
	u64 path = pointer(in);
	s32 r;

	r = box_exec(dirfd, path, argv, flags, pick(in, 4) != 0);
	fuzz_note("exec(%d, %llx, %x) = %s", dirfd, path, flags, outcome(r));
}

static void step(struct input *in)
{
	u32 op = take8(in);

	if (op < 0xc0)
		call(in);
	else if (op < 0xd8)
		poke(in);
	else if (op < 0xe4)
		exec(in);
	else if (op < 0xf0)
		hosted_become(box_task(pick(in, box_tasks())));
	else if (op < 0xf8)
		hosted_fail_alloc(pick(in, 32));
	else if (box_tasks() > 1) {
		box_exit(north_current);
		hosted_become(box_task(0));
	}
}

static void make(const char *name, u32 page, u32 mode)
{
	s64 fd;

	strcpy(guest(AT_NAME(0)), name);
	fd = sys(SYS_open, AT_NAME(0), O_CREAT | O_RDWR, mode);
	MUST(fd >= 0);
	sys(SYS_write, fd, AT(page), 200);
}

/* One that listens, by the name that is prepared, with a connection to be accepted; and one of datagrams. */
static void furnish_sockets(void)
{
	s64 server = sys(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	s64 client = sys(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	s64 datagrams = sys(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	sys(SYS_bind, server, AT(23), SUN_LEN_);
	sys(SYS_listen, server, 2);
	sys(SYS_connect, client, AT(23), SUN_LEN_);
	sys(SYS_bind, datagrams, AT(23), SUN_LEN_);
}

/* Descriptors 3..: files, a directory, both ends of a pipe, and so on. */
static void furnish(void)
{
	memcpy(guest(GUEST), prepared, sizeof(prepared));
	make("/file", 17, 0644);
	make("/prog", 16, 04755);
	make("/script", 17, 0755);
	sys(SYS_close, 5);
	strcpy(guest(AT_NAME(1)), "/loop");
	sys(SYS_symlink, AT_NAME(1), AT_NAME(1));
	strcpy(guest(AT_NAME(2)), "/link");
	sys(SYS_symlink, AT_NAME(0), AT_NAME(2));
	memcpy(guest(GUEST), prepared, sizeof(prepared));
	MUST(!sys(SYS_mkdir, AT_NAME(1), 0755));
	sys(SYS_mknod, AT_NAME(10), 010600, 0);
	sys(SYS_open, AT_NAME(1), O_DIRECTORY);
	sys(SYS_pipe2, AT(20), O_NONBLOCK);
	sys(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, AT(20));
	sys(SYS_epoll_create1, 0);
	furnish_sockets();
	sys(SYS_eventfd2, 3, 0);
	sys(SYS_memfd_create, AT_NAME(2), 2);
	sys(SYS_open, AT_NAME(9), O_RDWR | O_NOCTTY);
	memcpy(guest(GUEST), prepared, sizeof(prepared));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, data + size };
	size_t used, calls_made = 0;

	kept = 0;
	box_begin();
	used = alloc_used();
	furnish();
	while (more(&in)) {
		step(&in);
		calls_made++;
	}
	hosted_fail_alloc(0);
	while (box_tasks())
		box_exit(box_task(0));
	if (alloc_used() > used + kept + (32 + calls_made) * GROWTH)
		fuzz_fail("%zu bytes are kept after %zu calls", alloc_used() - used, calls_made);
	box_end();
	return 0;
}
