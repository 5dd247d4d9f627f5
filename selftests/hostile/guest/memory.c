// SPDX-License-Identifier: GPL-2.0
/* Mappings of all sorts, files that shrink under them, and as much memory as there is. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "guest.h"

enum { PAGE = 4096, SPAN = 64 * PAGE };

static char *span;
static int file = -1, memfd = -1;
static __thread sigjmp_buf away;

static void fault(int sig)
{
	(void)sig;
	siglongjmp(away, 1);
}

static int some_fd(void)
{
	return one_in(3) ? random_fd() : one_in(2) ? file : memfd;
}

static void one_call(void)
{
	char *at = span + below(64) * PAGE;
	size_t len = (1 + below(16)) * PAGE;
	int prot = below(8);

	switch (below(20)) {
	case 0:
	case 1:
	case 2:
		CALL(__NR_mmap, one_in(2) ? at : NULL, len, prot,
		     (one_in(2) ? MAP_SHARED : MAP_PRIVATE) | (one_in(3) ? MAP_FIXED : 0), some_fd(),
		     one_in(8) ? (long)random_number() : (long)below(64) * PAGE);
		break;
	case 3: CALL(__NR_mmap, at, len, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1, 0); break;
	case 4: CALL(__NR_mmap, random_address(), random_length(), prot, random_word() & 0x1fffff, some_fd(),
		     random_number()); break;
	case 5: CALL(__NR_munmap, at, len); break;
	case 6: CALL(__NR_mprotect, at, len, prot | (one_in(8) ? random_word() & 0x3000000 : 0)); break;
	case 7: CALL(__NR_mremap, at, len, (1 + below(20)) * PAGE, below(8), span + below(64) * PAGE); break;
	case 8: CALL(__NR_madvise, at, len, below(110)); break;
	case 9: CALL(__NR_msync, at, len, below(8)); break;
	case 10: CALL(__NR_ftruncate, some_fd(), below(80 * PAGE)); break;
	case 11: CALL(__NR_fallocate, some_fd(), below(64), below(64) * PAGE, len); break;
	case 12: CALL(__NR_pwrite64, some_fd(), at, len, below(80 * PAGE)); break;
	case 13: CALL(__NR_pread64, some_fd(), at, len, below(80 * PAGE)); break;
	case 14:
		len = CALL(__NR_brk, 0);
		CALL(__NR_brk, len + ((long)below(9) - 4) * PAGE);
		break;
	case 15: CALL(__NR_mincore, at, len, arena); break;
	case 16: CALL(__NR_copy_file_range, some_fd(), NULL, some_fd(), NULL, len, 0); break;
	case 17: CALL(__NR_fcntl, memfd, 1033 + below(2), 1 << below(5)); break;
	case 18: CALL(__NR_mlock, at, len); break;
	case 19:
		if (!sigsetjmp(away, 1))
			*(volatile char *)at = *(volatile char *)(at + len);
		break;
	}
}

static void caller(void *arg)
{
	(void)arg;
	while (more())
		one_call();
}

/* Takes pages until it is ended or refused: the box's limit is to hold. */
static void glutton(void *arg)
{
	size_t len = 8 << 20;
	(void)arg;

	for (int i = 0; i < 12 && more(); i++) {
		char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return;
		for (size_t at = 0; at < len; at += PAGE)
			p[at] = 1;
		now.shared->operations++;
	}
}

void run_memory(void)
{
	struct sigaction action = { .sa_handler = fault };

	pool_open();
	span = mmap(NULL, SPAN + 32 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	file = open("mapped", O_RDWR | O_CREAT, 0666);
	memfd = memfd_create("mapped", MFD_ALLOW_SEALING);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	if (one_in(4))
		child(glutton, NULL);
	for (int i = 0; i < 3; i++)
		thread(caller, NULL);
	caller(NULL);
}
