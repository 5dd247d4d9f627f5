// SPDX-License-Identifier: GPL-2.0
/* What a box says of itself and its tasks, in calls that few programs make. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include "test.h"

#define NO_SUCH 99999
#define OTHER 4100
#define BAD ((void *)8)

/* A file of /proc, to its end. */
static void slurp_proc(const char *path, char *buf, size_t size)
{
	s64 fd = north(SYS_openat, AT_FDCWD, path, O_RDONLY), n, sum = 0;

	OK(fd >= 0);
	while ((n = north(SYS_read, fd, buf + sum, size - 1 - (size_t)sum)) > 0)
		sum += n;
	EQ(n, 0);
	buf[sum] = 0;
	EQ(north(SYS_close, fd), 0);
}

TEST(file_systems_by_number_are_those_of_proc)
{
	char text[4096], name[64], *line, *next;
	s64 count = 0;

	slurp_proc("/proc/filesystems", text, sizeof(text));
	for (line = text; *line; line = next + 1, count++) {
		next = strchr(line, '\n');
		*next = 0;
		line = strchr(line, '\t') + 1;
		EQ(north(SYS_sysfs, 1, line), count);
		EQ(north(SYS_sysfs, 2, count, name), 0);
		OK(!strcmp(name, line));
	}
	OK(count > 3);
	EQ(north(SYS_sysfs, 3), count);
	EQ(north(SYS_sysfs, 2, count, name), -EINVAL);
	EQ(north(SYS_sysfs, 2, -1, name), -EINVAL);
	EQ(north(SYS_sysfs, 2, 0, BAD), -EFAULT);
	EQ(north(SYS_sysfs, 1, BAD), -EFAULT);
	EQ(north(SYS_sysfs, 1, ""), -ENOENT);
	EQ(north(SYS_sysfs, 1, "ntfs"), -EINVAL);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	EQ(north(SYS_sysfs, 1, text), -EINVAL);
	EQ(north(SYS_sysfs, 0), -EINVAL);
	EQ(north(SYS_sysfs, 4), -EINVAL);
}

TEST(ustat_is_statfs_by_device)
{
	static const char *const paths[] = { "/", "/proc", "/dev/shm" };
	struct { int tfree; unsigned long tinode; char names[12]; } u;
	struct statfs sf;
	struct stat st;

	for (unsigned int i = 0; i < 3; i++) {
		EQ(north(SYS_stat, paths[i], &st), 0);
		EQ(north(SYS_statfs, paths[i], &sf), 0);
		memset(&u, 0xff, sizeof(u));
		EQ(north(SYS_ustat, st.st_dev, &u), 0);
		EQ(u.tinode, sf.f_ffree);
		OK(!u.names[0] && !u.names[6]);
		/* What is free of the host changes meanwhile. */
		OK(u.tfree || !sf.f_bfree);
		EQ(north(SYS_ustat, st.st_dev, BAD), -EFAULT);
	}
	EQ(north(SYS_ustat, 0xfffff, BAD), -EINVAL);
}

struct lsm_ctx { u64 id, flags, len, ctx_len; };

TEST(capabilities_are_the_only_security_module)
{
	u32 size = 0, few = 4, enough = 80;
	u64 ids[2] = { 0, 77 };

	EQ(north(SYS_lsm_list_modules, ids, &enough, 1), -EINVAL);
	EQ(north(SYS_lsm_list_modules, ids, BAD, 0), -EFAULT);
	EQ(north(SYS_lsm_list_modules, ids, &few, 0), -E2BIG);
	EQ(few, 8);
	EQ(north(SYS_lsm_list_modules, BAD, &few, 0), -EFAULT);
	EQ(north(SYS_lsm_list_modules, ids, &enough, 0), 1);
	EQ(enough, 8);
	EQ(ids[0], 100);
	EQ(ids[1], 77);
	EQ(north(SYS_lsm_list_modules, NULL, &size, 0), -E2BIG);
	EQ(size, 8);
}

TEST(tasks_have_no_security_attributes)
{
	struct lsm_ctx ctx = { .id = 104, .len = sizeof(ctx) };
	char page[4097] = { 0 };
	u32 size = 512;

	EQ(north(SYS_lsm_get_self_attr, 0, NULL, BAD, 0), -EINVAL);
	EQ(north(SYS_lsm_get_self_attr, 100, NULL, NULL, 0), -EINVAL);
	EQ(north(SYS_lsm_get_self_attr, 100, NULL, BAD, 2), -EFAULT);
	EQ(north(SYS_lsm_get_self_attr, 100, &ctx, &size, 2), -EINVAL);
	EQ(north(SYS_lsm_get_self_attr, 100, NULL, &size, 1), -EINVAL);
	EQ(north(SYS_lsm_get_self_attr, 100, BAD, &size, 1), -EFAULT);
	EQ(size, 512);
	EQ(north(SYS_lsm_get_self_attr, 100, &ctx, &size, 1), -EOPNOTSUPP);
	EQ(size, 0);
	ctx.id = 0;
	EQ(north(SYS_lsm_get_self_attr, 100, &ctx, &size, 1), -EINVAL);
	size = 512;
	EQ(north(SYS_lsm_get_self_attr, 100, NULL, &size, 0), -EOPNOTSUPP);
	EQ(size, 0);

	ctx.id = 104;
	EQ(north(SYS_lsm_set_self_attr, 100, &ctx, sizeof(ctx), 1), -EINVAL);
	EQ(north(SYS_lsm_set_self_attr, 100, BAD, sizeof(ctx) - 1, 0), -EINVAL);
	EQ(north(SYS_lsm_set_self_attr, 100, BAD, 4097, 0), -E2BIG);
	EQ(north(SYS_lsm_set_self_attr, 100, BAD, sizeof(ctx), 0), -EFAULT);
	EQ(north(SYS_lsm_set_self_attr, 100, &ctx, sizeof(ctx), 0), -EOPNOTSUPP);
	memcpy(page, &ctx, sizeof(ctx));
	EQ(north(SYS_lsm_set_self_attr, 100, page, 4096, 0), -EOPNOTSUPP);
	ctx.len--;
	EQ(north(SYS_lsm_set_self_attr, 100, &ctx, sizeof(ctx), 0), -EINVAL);
	ctx.len = sizeof(ctx) + 1;
	EQ(north(SYS_lsm_set_self_attr, 100, &ctx, sizeof(ctx), 0), -EINVAL);
	ctx.len = sizeof(ctx);
	ctx.ctx_len = 1;
	EQ(north(SYS_lsm_set_self_attr, 100, &ctx, sizeof(ctx), 0), -EINVAL);
	ctx.ctx_len = -8;
	EQ(north(SYS_lsm_set_self_attr, 100, &ctx, sizeof(ctx), 0), -EINVAL);
}

TEST(home_nodes_are_node_zero)
{
	static char pages[8192] __attribute__((aligned(4096)));

	EQ(north(SYS_set_mempolicy_home_node, pages, 4096, 0, 0), 0);
	EQ(north(SYS_set_mempolicy_home_node, pages, 0, 0, 0), 0);
	EQ(north(SYS_set_mempolicy_home_node, pages + 1, 4096, 0, 0), -EINVAL);
	EQ(north(SYS_set_mempolicy_home_node, pages, 4096, 1, 0), -EINVAL);
	EQ(north(SYS_set_mempolicy_home_node, pages, 4096, 0, 1), -EINVAL);
	EQ(north(SYS_set_mempolicy_home_node, pages, -8192, 0, 0), -EINVAL);
	EQ(north(SYS_set_mempolicy_home_node, 4096, 4096, 0, 0), -ENOENT);
}

struct range { u64 off, len; };

static u64 cached(s64 fd, u64 off, u64 len)
{
	struct range r = { off, len };
	u64 st[5];

	memset(st, 0xff, sizeof(st));
	EQ(north(SYS_cachestat, fd, &r, st, 0), 0);
	EQ(st[1] | st[2] | st[3] | st[4], 0);
	return st[0];
}

TEST(cachestat_counts_pages_with_data)
{
	s64 fd = north(SYS_memfd_create, "x", 0), dir, path;
	struct range all = { 0, 0 };
	static char data[8192];
	int pipe[2];
	u64 st[5];

	OK(fd >= 0);
	EQ(cached(fd, 0, 0), 0);
	EQ(north(SYS_pwrite64, fd, data, 8192, 0), 8192);
	EQ(north(SYS_pwrite64, fd, data, 1, 10 * 4096 + 5), 1);
	EQ(north(SYS_lseek, fd, 3, SEEK_SET), 3);
	EQ(cached(fd, 0, 0), 3);
	EQ(cached(fd, 4095, 1), 1);
	EQ(cached(fd, 4095, 2), 2);
	EQ(cached(fd, 8192, 8 * 4096), 0);
	EQ(cached(fd, 8192, 8 * 4096 + 1), 1);
	EQ(cached(fd, 10 * 4096 + 100, 0), 1);
	EQ(cached(fd, 11 * 4096, 0), 0);
	EQ(cached(fd, -1, 0), 0);
	EQ(cached(fd, 4096, -1), 0);
	EQ(north(SYS_lseek, fd, 0, SEEK_CUR), 3);
	EQ(north(SYS_cachestat, fd, &all, st, 1), -EINVAL);
	EQ(north(SYS_cachestat, fd, BAD, st, 1), -EFAULT);
	EQ(north(SYS_cachestat, fd, &all, BAD, 0), -EFAULT);
	EQ(north(SYS_cachestat, NO_SUCH, BAD, st, 1), -EBADF);
	EQ(north(SYS_close, fd), 0);
	dir = north(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY);
	path = north(SYS_openat, AT_FDCWD, "/", O_PATH);
	EQ(cached(dir, 0, 0), 0);
	EQ(north(SYS_cachestat, path, &all, st, 0), -EBADF);
	EQ(north(SYS_close, dir), 0);
	EQ(north(SYS_close, path), 0);
	EQ(north(SYS_pipe, pipe), 0);
	EQ(cached(pipe[1], 0, 0), 0);
	EQ(north(SYS_close, pipe[0]), 0);
	EQ(north(SYS_close, pipe[1]), 0);
}

TEST(cachestat_is_for_who_could_write)
{
	struct task *was = north_current, *other = hosted_enter(OTHER, OTHER);
	struct range all = { 0, 0 };
	s64 fd, ours;
	u64 st[5];

	hosted_become(other);
	ours = north(SYS_openat, AT_FDCWD, "/dev/shm/lb_facts", O_WRONLY | O_CREAT, 0644);
	OK(ours >= 0);
	EQ(north(SYS_setresuid, 1000, 1000, 1000), 0);
	EQ(cached(ours, 0, 0), 0);
	fd = north(SYS_openat, AT_FDCWD, "/dev/shm/lb_facts", O_RDONLY);
	OK(fd >= 0);
	EQ(north(SYS_cachestat, fd, &all, st, 1), -EPERM);
	hosted_exit(other);
	hosted_become(was);
	EQ(north(SYS_unlink, "/dev/shm/lb_facts"), 0);
}

TEST(groups_and_sessions_of_other_processes)
{
	struct task *other = hosted_enter(OTHER + 1, OTHER + 1);

	hosted_task(OTHER + 1)->pgid = 4321;
	hosted_task(OTHER + 1)->sid = 1234;
	EQ(north(SYS_getpgid, OTHER + 1), 4321);
	EQ(north(SYS_getsid, OTHER + 1), 1234);
	EQ(north(SYS_getpgid, 0), getpgid(0));
	EQ(north(SYS_getsid, 0), getsid(0));
	EQ(north(SYS_getpgid, NO_SUCH), -ESRCH);
	EQ(north(SYS_getsid, -1), -ESRCH);
	hosted_exit(other);
}

TEST(mrelease_is_for_processes_that_end)
{
	struct task *other = hosted_enter(OTHER + 2, OTHER + 2);
	s64 fd = north(SYS_pidfd_open, OTHER + 2, 0);

	OK(fd >= 0);
	EQ(north(SYS_process_mrelease, fd, 1), -EINVAL);
	EQ(north(SYS_process_mrelease, 1, 0), -EBADF);
	EQ(north(SYS_process_mrelease, NO_SUCH, 0), -EBADF);
	EQ(north(SYS_process_mrelease, fd, 0), -EINVAL);
	hosted_task(OTHER + 2)->exiting = 1;
	EQ(north(SYS_process_mrelease, fd, 0), 0);
	hosted_task(OTHER + 2)->vsize = 0;
	EQ(north(SYS_process_mrelease, fd, 0), -ESRCH);
	hosted_exit(other);
	hosted_reaped(OTHER + 2);
	EQ(north(SYS_process_mrelease, fd, 0), -ESRCH);
	EQ(north(SYS_close, fd), 0);
}

TEST(affinity_is_remembered_and_inherited)
{
	struct task *was = north_current, *child;
	u64 all = 0, mask[2] = { 0, 77 };
	u32 tid = (u32)getpid();

	EQ(north(SYS_sched_getaffinity, 0, 8, &all), 8);
	OK(all);
	EQ(north(SYS_sched_getaffinity, 0, 16, mask), 8);
	EQ(mask[0], all);
	EQ(mask[1], 77);
	EQ(north(SYS_sched_getaffinity, 0, 0, mask), -EINVAL);
	EQ(north(SYS_sched_getaffinity, 0, 12, mask), -EINVAL);
	EQ(north(SYS_sched_getaffinity, NO_SUCH, 0, mask), -EINVAL);
	EQ(north(SYS_sched_getaffinity, NO_SUCH, 8, BAD), -ESRCH);
	EQ(north(SYS_sched_getaffinity, 0, 8, BAD), -EFAULT);
	mask[0] = 0;
	EQ(north(SYS_sched_setaffinity, 0, 8, mask), -EINVAL);
	mask[0] = 1;
	EQ(north(SYS_sched_setaffinity, 0, 0, mask), -EINVAL);
	EQ(north(SYS_sched_setaffinity, NO_SUCH, 8, BAD), -EFAULT);
	EQ(north(SYS_sched_setaffinity, NO_SUCH, 8, mask), -ESRCH);
	EQ(north(SYS_sched_setaffinity, -1, 8, mask), -ESRCH);
	EQ(north(SYS_sched_setaffinity, tid, 1, mask), 0);
	EQ(north(SYS_fork), 0);
	child = hosted_child(OTHER + 3, OTHER + 3);
	hosted_become(child);
	EQ(north(SYS_sched_getaffinity, 0, 8, mask), 8);
	EQ(mask[0], 1);
	EQ(north(SYS_setresuid, 1000, 1000, 1000), 0);
	EQ(north(SYS_sched_setaffinity, tid, 8, mask), -EPERM);
	mask[0] = all | 1ull << 63;
	EQ(north(SYS_sched_setaffinity, 0, 16, mask), 0);
	EQ(north(SYS_sched_getaffinity, 0, 8, mask), 8);
	EQ(mask[0], all);
	hosted_become(was);
	EQ(north(SYS_sched_getaffinity, OTHER + 3, 8, mask), 8);
	EQ(mask[0], all);
	hosted_exit(child);
	EQ(north(SYS_sched_setaffinity, 0, 8, &all), 0);
}

TEST(a_subreaper_is_told_to_the_host)
{
	struct task *was = north_current, *child;
	s32 is = -1;

	EQ(north(SYS_prctl, PR_GET_CHILD_SUBREAPER, &is), 0);
	EQ(is, 0);
	EQ(hosted_subreaper, -1);
	EQ(north(SYS_prctl, PR_SET_CHILD_SUBREAPER, 77), 0);
	EQ(hosted_subreaper, 1);
	EQ(north(SYS_prctl, PR_GET_CHILD_SUBREAPER, &is), 0);
	EQ(is, 1);
	EQ(north(SYS_prctl, PR_GET_CHILD_SUBREAPER, BAD), -EFAULT);
	EQ(north(SYS_fork), 0);
	child = hosted_child(OTHER + 4, OTHER + 4);
	hosted_become(child);
	EQ(north(SYS_prctl, PR_GET_CHILD_SUBREAPER, &is), 0);
	EQ(is, 0);
	hosted_become(was);
	hosted_exit(child);
	EQ(north(SYS_prctl, PR_SET_CHILD_SUBREAPER, 0), 0);
	EQ(hosted_subreaper, 0);
}
