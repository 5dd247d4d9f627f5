// SPDX-License-Identifier: GPL-2.0
/* System V shared memory, natively and in the box. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <time.h>
#include "both.h"

#define PAGE 4096l

static int key(int n)
{
	return (int)(0x5d000000 + (unsigned int)getpid() * 16 + (unsigned int)n);
}

static long long attached(long long id)
{
	struct shmid_ds ds;
	long long r = call(SYS_shmctl, id, IPC_STAT, &ds);

	return r < 0 ? r : (long long)ds.shm_nattch;
}

/* A range that is free. */
static char *room(long pages)
{
	char *p = mmap(NULL, pages * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(p, pages * PAGE);
	return p;
}

static void segments(void)
{
	struct shmid_ds ds;
	struct shminfo info;
	struct shm_info used;
	long long a, b, now = time(NULL);
	char *p, *q;

	SEE(call(SYS_shmget, IPC_PRIVATE, 0, 0600));
	SEE(call(SYS_shmget, IPC_PRIVATE, -1, 0600));
	SEE(call(SYS_shmget, key(0), 100, 0600));
	NEW(a = call(SYS_shmget, key(0), 3 * PAGE + 5, IPC_CREAT | 0640));
	SEE(call(SYS_shmget, key(0), 3 * PAGE + 6, 0));
	SEE(call(SYS_shmget, key(0), 0, 0) == a);
	SEE(call(SYS_shmget, key(0), 1, IPC_CREAT | IPC_EXCL));
	NEW(b = call(SYS_shmget, IPC_PRIVATE, PAGE, 0600));
	SEE(a != b);
	SEE(call(SYS_shmctl, a, IPC_STAT, &ds));
	SEE((long long)ds.shm_segsz);
	SEE(ds.shm_perm.mode);
	SEE(ds.shm_perm.__key == key(0));
	SEE(ds.shm_nattch);
	SEE(ds.shm_cpid == getpid());
	SEE(ds.shm_lpid);
	SEE(ds.shm_atime);
	SEE(ds.shm_ctime >= now);
	NEW((long long)(p = (char *)call(SYS_shmat, a, 0, 0)));
	NEW((long long)(q = (char *)call(SYS_shmat, a, 0, SHM_RDONLY)));
	SEE(p != q);
	strcpy(p + 2 * PAGE, "seen through the other");
	SEE(strcmp(q + 2 * PAGE, "seen through the other"));
	SEE(attached(a));
	SEE(call(SYS_shmctl, a, IPC_STAT, &ds));
	SEE(ds.shm_lpid == getpid());
	SEE(ds.shm_atime >= now);
	SEE(ds.shm_dtime);
	SEE(call(SYS_shmdt, p + PAGE));
	SEE(call(SYS_shmdt, p + 1));
	SEE(call(SYS_shmdt, p));
	SEE(call(SYS_shmdt, p));
	SEE(attached(a));
	ds.shm_perm.mode = 0604;
	SEE(call(SYS_shmctl, a, IPC_SET, &ds));
	SEE(call(SYS_shmctl, a, SHM_LOCK, 0));
	SEE(call(SYS_shmctl, a & 0x7fff, SHM_STAT, &ds) == a);
	SEE(ds.shm_perm.mode);
	SEE(ds.shm_dtime >= now);
	SEE(call(SYS_shmctl, a, SHM_UNLOCK, 0));
	SEE(call(SYS_shmctl, a & 0x7fff, SHM_STAT_ANY, &ds) == a);
	SEE(ds.shm_perm.mode);
	SEE(call(SYS_shmctl, 0, IPC_INFO, &info) >= 0);
	BYTES(&info, sizeof(info));
	SEE(call(SYS_shmctl, 0, SHM_INFO, &used) >= 0);
	SEE(used.used_ids >= 2 && used.shm_tot >= 5 && used.shm_rss >= 1);
	SEE(call(SYS_shmctl, 0, SHM_INFO, 8));
	SEE(call(SYS_shmctl, 0, IPC_INFO, 8));
	SEE(call(SYS_shmctl, a, IPC_STAT, 8));
	SEE(call(SYS_shmctl, a, IPC_SET, 8));
	SEE(call(SYS_shmctl, a, 99, 0));
	SEE(call(SYS_shmctl, -1, IPC_RMID, 0));
	SEE(call(SYS_shmctl, 0, -1, 0));
	SEE(call(SYS_shmctl, a + 10000000, SHM_LOCK, 0));
	SEE(call(SYS_shmctl, a, IPC_RMID, 0));
	/* It has no key any more, but its id as long as somebody has it attached. */
	SEE(call(SYS_shmget, key(0), 0, 0));
	SEE(call(SYS_shmctl, a, IPC_STAT, &ds));
	SEE(ds.shm_perm.mode);
	SEE(ds.shm_perm.__key);
	SEE(ds.shm_nattch);
	SEE(call(SYS_shmctl, a, IPC_RMID, 0));
	NEW((long long)(p = (char *)call(SYS_shmat, a, 0, 0)));
	SEE(strcmp(p + 2 * PAGE, "seen through the other"));
	SEE(call(SYS_shmdt, p));
	SEE(call(SYS_shmdt, q));
	SEE(call(SYS_shmctl, a, IPC_STAT, &ds));
	SEE(call(SYS_shmat, a, 0, 0));
	SEE(call(SYS_shmctl, b, IPC_RMID, 0));
	SEE(call(SYS_shmctl, b, IPC_RMID, 0));
}

TEST(segments_do_what_linux_does)
{
	BOTH(segments());
}

static void places(void)
{
	char *at = room(16), *p;
	long long id;

	NEW(id = call(SYS_shmget, IPC_PRIVATE, 4 * PAGE, 0600));
	SEE(call(SYS_shmat, -1, 0, 0));
	SEE(call(SYS_shmat, id + 10000000, 0, 0));
	SEE(call(SYS_shmat, id, 0, SHM_REMAP));
	SEE(call(SYS_shmat, id, 5, SHM_REMAP | SHM_RND));
	SEE(call(SYS_shmat, id, at + 5, 0));
	SEE(call(SYS_shmat, id, at, 0) == (long long)at);
	/* What is there already is in the way, unless it is to be replaced. */
	SEE(call(SYS_shmat, id, at + 3 * PAGE, 0));
	SEE(call(SYS_shmat, id, at + 3 * PAGE + 77, SHM_RND | SHM_REMAP) == (long long)(at + 3 * PAGE));
	SEE(attached(id));
	at[PAGE] = 7;
	SEE(at[4 * PAGE]);
	SEE(call(SYS_shmdt, at + 3 * PAGE));
	SEE(call(SYS_shmdt, at));
	SEE(call(SYS_shmat, id, -8192l, 0));
	SEE(attached(id));
	/* Split by munmap and mprotect: each piece counts, and all go at once. */
	SEE(call(SYS_shmat, id, at, 0) == (long long)at);
	mprotect(at + PAGE, PAGE, PROT_READ);
	SEE(attached(id));
	munmap(at + 2 * PAGE, PAGE);
	SEE(attached(id));
	munmap(at, PAGE);
	SEE(attached(id));
	SEE(call(SYS_shmdt, at));
	SEE(attached(id));
	/* Nobody asked shmdt. */
	NEW((long long)(p = (char *)call(SYS_shmat, id, 0, SHM_EXEC)));
	SEE(call(SYS_shmctl, id, IPC_RMID, 0));
	SEE(attached(id));
	munmap(p, 4 * PAGE);
	SEE(attached(id));
}

TEST(where_segments_are_attached)
{
	BOTH(places());
}

TEST(permissions_of_segments)
{
	struct task *me = north_current, *t = hosted_enter(44001, 44001);
	long long own = north(SYS_shmget, IPC_PRIVATE, PAGE, 0600), readable = north(SYS_shmget, IPC_PRIVATE, PAGE, 0644), p;
	struct shmid_ds ds;

	hosted_become(t);
	EQ(north(SYS_setresuid, 1000, 1000, 1000), 0);
	EQ(north(SYS_shmat, own, 0, 0), -EACCES);
	EQ(north(SYS_shmat, own, 0, SHM_RDONLY), -EACCES);
	EQ(north(SYS_shmat, readable, 0, 0), -EACCES);
	EQ(north(SYS_shmat, readable, 0, SHM_RDONLY | SHM_EXEC), -EACCES);
	p = north(SYS_shmat, readable, 0, SHM_RDONLY);
	OK(p > 0);
	EQ(north(SYS_shmdt, p), 0);
	EQ(north(SYS_shmctl, own, SHM_LOCK, 0), -EPERM);
	EQ(north(SYS_shmctl, own, IPC_STAT, &ds), -EACCES);
	EQ(north(SYS_shmctl, own, IPC_RMID, 0), -EPERM);
	EQ(north(SYS_shmget, IPC_PRIVATE, PAGE, SHM_HUGETLB | 0600), -EPERM);
	hosted_become(me);
	hosted_exit(t);
	EQ(north(SYS_shmget, IPC_PRIVATE, PAGE, SHM_HUGETLB | 0600), -ENOMEM);
	EQ(north(SYS_shmctl, own, IPC_RMID, 0), 0);
	EQ(north(SYS_shmctl, readable, IPC_RMID, 0), 0);
}

/* The end of a process, or a new program, is the end of what was removed before. */
TEST(removed_segments_go_with_who_had_them)
{
	unsigned int handles = hosted_handles();
	struct task *t = hosted_enter(44002, 44002);
	long long id = north(SYS_shmget, IPC_PRIVATE, PAGE, 0600), p = north(SYS_shmat, id, 0, 0);

	OK(p > 0);
	EQ(north(SYS_shmctl, id, IPC_RMID, 0), 0);
	hosted_exit(t);
	EQ(hosted_handles(), handles + 1);
	munmap((void *)p, PAGE);
	t = hosted_enter(44002, 44002);
	hosted_exit(t);
	EQ(hosted_handles(), handles);
	EQ(north(SYS_shmat, id, 0, 0), -EINVAL);
}

static char text[1 << 20];

static void read_all(const char *path)
{
	long long fd = north(SYS_openat, AT_FDCWD, path, O_RDONLY), n, at = 0;

	OK(fd >= 0);
	while ((n = north(SYS_read, fd, text + at, sizeof(text) - 1 - (size_t)at)) > 0)
		at += n;
	EQ(n, 0);
	text[at] = 0;
	EQ(north(SYS_close, fd), 0);
}

TEST(proc_shows_segments)
{
	long long id = north(SYS_shmget, 0x6b6579, PAGE, IPC_CREAT | 0600), p = north(SYS_shmat, id, 0, 0);
	char line[512];
	FILE *f = fopen("/proc/sysvipc/shm", "r");

	OK(f && fgets(line, sizeof(line), f));
	fclose(f);
	read_all("/proc/sysvipc/shm");
	OK(!strncmp(text, line, strlen(line)));
	snprintf(line, sizeof(line), "%10d %10lld   600 %21ld %5d %5d      1", 0x6b6579, id, PAGE, getpid(), getpid());
	OK(strstr(text, line));
	read_all("/proc/self/maps");
	OK(strstr(text, "/SYSV006b6579 (deleted)"));
	EQ(north(SYS_shmdt, p), 0);
	read_all("/proc/self/maps");
	OK(!strstr(text, "/SYSV006b6579 (deleted)"));
	EQ(north(SYS_shmctl, id, IPC_RMID, 0), 0);
}
