// SPDX-License-Identifier: GPL-2.0
/* Tasks and /proc: what programs read there, who may read it, limits, clone. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <time.h>
#define TEST_CONFIG() hosted_config("hostname box")
#include "test.h"
#include "slurp.h"

static char *own(const char *name)
{
	static char path[128];

	sprintf(path, "/proc/%d/%s", getpid(), name);
	return path;
}

static s32 next_id = 7000;

static struct task *box_child(void)
{
	struct task *t;

	EQ(north(SYS_fork), 0);
	next_id++;
	t = hosted_child(next_id, next_id);
	OK(t);
	hosted_become(t);
	return t;
}

static void end_child(struct task *me, struct task *t)
{
	hosted_exit(t);
	hosted_become(me);
}

TEST(self_is_a_link)
{
	char buf[64] = "", want[64];
	s64 n = north(SYS_readlinkat, -100, "/proc/self", buf, sizeof(buf));

	sprintf(want, "%d", getpid());
	EQ(n, strlen(want));
	OK(!memcmp(buf, want, n));
	n = north(SYS_readlinkat, -100, "/proc/thread-self", buf, sizeof(buf));
	sprintf(want, "%d/task/%d", getpid(), getpid());
	EQ(n, strlen(want));
	OK(!memcmp(buf, want, n));
	OK(slurp("/proc/self/status") > 0);
	OK(slurp("/proc/thread-self/comm") > 0);
}

TEST(status_has_every_line_of_the_hosts)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[512];

	OK(slurp("/proc/self/status") > 0);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, ":")] = 0;
		if (!strcmp(line, "x86_Thread_features") || !strcmp(line, "x86_Thread_features_locked") ||
		    !strcmp(line, "VmPeak"))
			continue;
		if (!strcmp(field(line), "(missing)"))
			printf("# not in status: %s\n", line);
	}
	fclose(f);
	STREQ(field("Uid"), "0\t0\t0\t0");
	STREQ(field("TracerPid"), "0");
	STREQ(field("Umask"), "0022");
	EQ(atoi(field("Pid")), getpid());
	EQ(atoi(field("PPid")), getppid());
	EQ(atoi(field("Threads")), 1);
	STREQ(field("CapEff"), "000001ffffffffff");
}

TEST(stat_has_52_fields)
{
	char *p;
	u32 n = 2;

	OK(slurp("/proc/self/stat") > 0);
	EQ(atoi(text), getpid());
	p = strrchr(text, ')');
	OK(p);
	for (p++; *p; p++)
		n += *p == ' ';
	EQ(n, 52);
	OK(slurp("/proc/self/statm") > 0);
	n = 1;
	for (p = text; *p; p++)
		n += *p == ' ';
	EQ(n, 7);
}

TEST(names_of_threads)
{
	char name[16];

	EQ(north(SYS_prctl, PR_SET_NAME, "averylongnameindeed"), 0);
	EQ(north(SYS_prctl, PR_GET_NAME, name), 0);
	STREQ(name, "averylongnamein");
	slurp("/proc/self/comm");
	STREQ(text, "averylongnamein\n");
	EQ(north(SYS_prctl, PR_SET_NAME, 8), -EFAULT);
	s64 fd = north(SYS_openat, -100, "/proc/self/comm", O_WRONLY | O_TRUNC);
	OK(fd >= 0);
	EQ(north(SYS_write, fd, "short\n", 6), 6);
	north(SYS_close, fd);
	EQ(north(SYS_prctl, PR_GET_NAME, name), 0);
	STREQ(name, "short");
}

TEST(texts_begin_again)
{
	s64 fd = north(SYS_openat, -100, "/proc/uptime", O_RDONLY);
	char a[64] = "", b[64] = "";
	s64 n = north(SYS_read, fd, a, sizeof(a));

	OK(n > 0);
	EQ(north(SYS_read, fd, b, sizeof(b)), 0);
	EQ(north(SYS_lseek, fd, 0, SEEK_SET), 0);
	usleep(30000);
	EQ(north(SYS_read, fd, b, 3), 3);
	EQ(north(SYS_read, fd, b + 3, sizeof(b) - 3), n - 3);
	OK(strcmp(a, b));
	EQ(north(SYS_lseek, fd, 0, SEEK_END), -EINVAL);
	EQ(north(SYS_pread64, fd, b, 4, 2), 4);
	north(SYS_close, fd);
}

TEST(files_of_the_box_can_be_read)
{
	static const char *const files[] = {
		"cpuinfo", "meminfo", "stat", "uptime", "loadavg", "version", "filesystems", "mounts", "cmdline",
		"vmstat", "devices", "swaps", "partitions", "sys/kernel/hostname", "sys/kernel/osrelease",
		"sys/kernel/random/uuid", "sys/kernel/random/boot_id", "sys/kernel/pid_max",
		"sys/vm/overcommit_memory", "sys/fs/file-nr", "sys/fs/inotify/max_user_watches",
		"self/maps", "self/smaps", "self/limits", "self/cmdline", "self/environ", "self/auxv", "self/io",
		"self/mountinfo", "self/cgroup", "self/oom_score", "self/oom_score_adj", "self/uid_map",
		"self/loginuid", "self/wchan", "self/setgroups", "self/personality",
	};

	for (u32 i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char path[64];

		sprintf(path, "/proc/%s", files[i]);
		if (slurp(path) <= 0)
			FAIL("%s: %lld", path, slurp(path));
	}
	slurp("/proc/sys/kernel/hostname");
	STREQ(text, "box\n");
	slurp("/proc/sys/kernel/random/uuid");
	EQ(strlen(text), 37);
	EQ(slurp("/proc/kcore"), -ENOENT);
	EQ(slurp("/proc/1"), -ENOENT);
	EQ(slurp("/proc/00"), -ENOENT);
	EQ(slurp("/proc/sys"), -EISDIR);
}

/* Every name that readdir gives can be looked up, all the way down, with the number it said. */
static u32 walk(const char *dir, u32 depth)
{
	char buf[1024], path[2048];
	s64 fd = north(SYS_openat, -100, dir, O_RDONLY | O_DIRECTORY), n;
	struct stat own;
	u32 count = 0;

	if (fd < 0)
		FAIL("%s: %lld", dir, fd);
	EQ(north(SYS_fstat, fd, &own), 0);
	while ((n = north(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		for (s64 at = 0; at < n;) {
			struct {
				u64 ino, off;
				u16 reclen;
				u8 type;
				char name[];
			} *d = (void *)(buf + at);
			struct stat st;
			s64 r;

			at += d->reclen;
			count++;
			if (!strcmp(d->name, ".") || !strcmp(d->name, ".."))
				continue;
			snprintf(path, sizeof(path), "%s/%s", dir, d->name);
			r = north(SYS_newfstatat, -100, path, &st, 0x100);
			if (r)
				FAIL("%s: %lld", path, r);
			/* Of what is mounted there it says what is beneath. */
			if ((st.st_ino != d->ino && st.st_dev == own.st_dev) || (st.st_mode & S_IFMT) >> 12 != d->type)
				FAIL("%s: %llx %o, readdir says %llx %o", path, (u64)st.st_ino, st.st_mode,
				     d->ino, d->type);
			if (S_ISDIR(st.st_mode) && depth < 6)
				count += walk(path, depth + 1);
		}
	}
	EQ(n, 0);
	north(SYS_close, fd);
	return count;
}

TEST(every_name_is_there)
{
	OK(walk("/proc", 0) > 300);
	OK(walk("/sys", 0) > 120);
}

TEST(children_come_and_go)
{
	struct task *me = north_current, *t = box_child();
	char path[64];
	struct stat st;
	s64 fd;

	hosted_become(me);
	sprintf(path, "/proc/%d/status", next_id);
	OK(slurp(path) > 0);
	sprintf(path, "/proc/%d", next_id);
	EQ(north(SYS_newfstatat, -100, path, &st, 0), 0);
	fd = north(SYS_openat, -100, path, O_RDONLY | O_DIRECTORY);
	OK(fd >= 0);
	end_child(me, t);
	EQ(north(SYS_newfstatat, -100, path, &st, 0), -ENOENT);
	OK(north(SYS_openat, fd, "status", O_RDONLY) < 0);
	EQ(north(SYS_getdents64, fd, text, 1000), -ENOENT);
	north(SYS_close, fd);
}

TEST(threads_are_tasks_of_one_process)
{
	struct task *t;
	char path[64];

	EQ(north(SYS_clone, CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_FILES | CLONE_FS, 0, 0, 0, 0), 0);
	next_id++;
	t = hosted_child(next_id, getpid());
	sprintf(path, "/proc/self/task/%d/comm", next_id);
	OK(slurp(path) > 0);
	sprintf(path, "/proc/%d/comm", next_id);
	EQ(slurp(path), -ENOENT);
	hosted_exit(t);
	sprintf(path, "/proc/self/task/%d/comm", next_id);
	EQ(slurp(path), -ENOENT);
}

TEST(descriptors_are_links)
{
	char path[64], buf[256] = "";
	s64 fd = north(SYS_openat, -100, "/proc/version", O_RDONLY), again, n;
	struct stat a, b;

	OK(fd >= 0);
	sprintf(path, "/proc/self/fd/%lld", fd);
	n = north(SYS_readlinkat, -100, path, buf, sizeof(buf));
	OK(n > 0);
	STREQ(buf, "/proc/version");
	again = north(SYS_openat, -100, path, O_RDONLY);
	OK(again >= 0);
	EQ(north(SYS_fstat, fd, &a), 0);
	EQ(north(SYS_fstat, again, &b), 0);
	EQ(a.st_ino, b.st_ino);
	sprintf(path, "/proc/self/fdinfo/%lld", fd);
	OK(slurp(path) > 0);
	STREQ(field("pos"), "0");
	STREQ(field("flags"), "0100000");
	north(SYS_close, fd);
	north(SYS_close, again);
	EQ(slurp(path), -ENOENT);
	EQ(slurp("/proc/self/fd/999"), -ENOENT);
	EQ(slurp("/proc/self/fd/x"), -ENOENT);
	EQ(slurp("/proc/self/fd/-1"), -ENOENT);
}

TEST(cwd_and_root_are_links)
{
	char buf[256] = "";

	EQ(north(SYS_chdir, "/proc/sys"), 0);
	EQ(north(SYS_readlinkat, -100, "/proc/self/cwd", buf, sizeof(buf)), 9);
	STREQ(buf, "/proc/sys");
	OK(slurp("/proc/self/cwd/kernel/ostype") > 0);
	STREQ(text, "Linux\n");
	EQ(north(SYS_chdir, "/"), 0);
	memset(buf, 0, sizeof(buf));
	EQ(north(SYS_readlinkat, -100, "/proc/self/root", buf, sizeof(buf)), 1);
	OK(slurp("/proc/self/root/proc/version") > 0);
}

TEST(files_of_other_users_are_closed)
{
	struct task *me = north_current, *t = box_child(), *u;
	char path[64], buf[64];
	static const char *const closed[] = { "environ", "auxv", "io", "maps", "mem" };
	static const char *const links[] = { "cwd", "root" };

	EQ(north(SYS_setgid, 1000), 0);
	EQ(north(SYS_setuid, 1000), 0);
	for (u32 i = 0; i < 5; i++)
		EQ(slurp(own(closed[i])), -EACCES);
	for (u32 i = 0; i < 2; i++)
		EQ(north(SYS_readlinkat, -100, own(links[i]), buf, sizeof(buf)), -EACCES);
	EQ(north(SYS_openat, -100, own("fd"), O_RDONLY | O_DIRECTORY), -EACCES);
	EQ(north(SYS_openat, -100, own("comm"), O_WRONLY), -EACCES);
	OK(slurp(own("status")) > 0);
	OK(slurp(own("stat")) > 0);
	OK(slurp(own("cmdline")) > 0);

	/* Its own are closed too, once it isn't dumpable; not to itself where only the task counts. */
	OK(slurp("/proc/self/maps") > 0);
	EQ(north(SYS_prctl, PR_GET_DUMPABLE), 0);
	EQ(slurp("/proc/self/environ"), -EACCES);
	EQ(north(SYS_prctl, PR_SET_DUMPABLE, 1), 0);
	OK(slurp("/proc/self/environ") >= 0);

	/* Another process of the same user. */
	sprintf(path, "/proc/%d/environ", next_id);
	EQ(north(SYS_fork), 0);
	next_id++;
	u = hosted_child(next_id, next_id);
	hosted_become(u);
	OK(slurp(path) >= 0);
	hosted_exit(u);
	end_child(me, t);
}

TEST(oom_score_adj_is_kept)
{
	s64 fd = north(SYS_openat, -100, "/proc/self/oom_score_adj", O_RDWR);

	EQ(north(SYS_write, fd, "-500\n", 5), 5);
	slurp("/proc/self/oom_score_adj");
	STREQ(text, "-500\n");
	EQ(north(SYS_write, fd, "1001", 4), -EINVAL);
	EQ(north(SYS_write, fd, "x", 1), -EINVAL);
	north(SYS_close, fd);
}

TEST(hostname_is_the_boxes)
{
	struct utsname u, n;
	struct task *me = north_current, *t;

	EQ(north(SYS_uname, &u), 0);
	uname(&n);
	STREQ(u.nodename, "box");
	STREQ(u.sysname, n.sysname);
	STREQ(u.release, n.release);
	STREQ(u.machine, n.machine);
	EQ(north(SYS_sethostname, "other", 5), 0);
	EQ(north(SYS_uname, &u), 0);
	STREQ(u.nodename, "other");
	EQ(north(SYS_sethostname, "x", 65), -EINVAL);
	EQ(north(SYS_sethostname, "x", -1), -EINVAL);
	EQ(north(SYS_sethostname, 8, 5), -EFAULT);
	EQ(north(SYS_uname, 8), -EFAULT);
	slurp("/proc/sys/kernel/hostname");
	STREQ(text, "other\n");
	t = box_child();
	EQ(north(SYS_setuid, 5), 0);
	EQ(north(SYS_sethostname, "no", 2), -EPERM);
	end_child(me, t);
	north(SYS_sethostname, "box", 3);
}

TEST(limits_are_checked)
{
	struct rlimit64 { u64 cur, max; } r, old;
	struct task *me = north_current, *t = box_child();

	EQ(north(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, &r), 0);
	r.cur = 100;
	EQ(north(SYS_prlimit64, 0, RLIMIT_NOFILE, &r, &old), 0);
	EQ(north(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, &old), 0);
	EQ(old.cur, 100);
	r.cur = r.max + 1;
	EQ(north(SYS_prlimit64, 0, RLIMIT_NOFILE, &r, 0), -EINVAL);
	EQ(north(SYS_prlimit64, 0, 16, 0, &r), SOUTH_NATIVE);
	EQ(north(SYS_prlimit64 | SOUTH_ASK, 0, RLIMIT_STACK, &r, 0), SOUTH_NATIVE);
	EQ(north(SYS_prlimit64 | SOUTH_ASK, 99999, RLIMIT_STACK, 0, &r), -ESRCH);
	EQ(north(SYS_prlimit64 | SOUTH_ASK, getpid(), RLIMIT_STACK, 8, 0), -EFAULT);
	EQ(north(SYS_prlimit64, 99999, RLIMIT_CORE, 0, &r), -ESRCH);
	EQ(north(SYS_prlimit64, 0, RLIMIT_CORE, 8, 0), -EFAULT);
	r.cur = r.max = 1 << 21;
	EQ(north(SYS_prlimit64, 0, RLIMIT_NOFILE, &r, 0), -EPERM);
	EQ(north(SYS_getrlimit, RLIMIT_NOFILE, &r), 0);
	EQ(r.cur, 100);
	r = (struct rlimit64){ 10, 10 };
	EQ(north(SYS_setrlimit, RLIMIT_FSIZE, &r), 0);
	EQ(north(SYS_setuid, 1000), 0);
	r.max = r.cur = 11;
	EQ(north(SYS_setrlimit, RLIMIT_FSIZE, &r), -EPERM);
	EQ(north(SYS_prlimit64, getpid(), RLIMIT_CORE, 0, &r), -EPERM);
	EQ(north(SYS_prlimit64 | SOUTH_ASK, getpid(), RLIMIT_STACK, 0, &r), -EPERM);
	end_child(me, t);
}

#define ASK(nr, ...) north((nr) | SOUTH_ASK, __VA_ARGS__)

TEST(who_may_signal_is_known)
{
	struct task *me = north_current, *t;
	u32 info[32] = { 0, 0, -1u };
	s32 pid = getpid();

	EQ(ASK(SYS_kill, next_id + 1, 0), SOUTH_NATIVE);
	t = box_child();
	EQ(ASK(SYS_kill, pid, SIGTERM), SOUTH_NATIVE);
	EQ(ASK(SYS_kill, -1, SIGTERM), SOUTH_NATIVE);
	EQ(ASK(SYS_rt_sigqueueinfo, pid, 0, info), SOUTH_NATIVE);
	EQ(ASK(SYS_rt_sigqueueinfo, pid, 0, 8), -EFAULT);
	EQ(ASK(SYS_tgkill, 99999, 0, 0), -EINVAL);
	EQ(north(SYS_setresuid, 1000, 1000, 1000), 0);
	EQ(ASK(SYS_kill, pid, SIGTERM), -EPERM);
	EQ(ASK(SYS_kill, pid, 65), -EINVAL);
	EQ(ASK(SYS_kill, pid, SIGCONT), 0);
	EQ(ASK(SYS_kill, 99999, 65), -ESRCH);
	EQ(ASK(SYS_kill, (1ul << 31), 0), -ESRCH);
	EQ(ASK(SYS_kill, -99999, 0), -ESRCH);
	EQ(ASK(SYS_kill, -1, 0), 0);
	EQ(ASK(SYS_kill, -1, 65), -EINVAL);
	EQ(ASK(SYS_tgkill, pid, pid, 0), -EPERM);
	EQ(ASK(SYS_tgkill, 99999, pid, 0), -ESRCH);
	EQ(ASK(SYS_tgkill, pid, 0, 0), -EINVAL);
	EQ(ASK(SYS_tgkill, 0, pid, 0), -EINVAL);
	EQ(ASK(SYS_rt_sigqueueinfo, pid, 0, info), -EPERM);
	EQ(ASK(SYS_rt_sigqueueinfo, pid, 0, 8), -EFAULT);
	info[2] = -8u;
	EQ(ASK(SYS_rt_sigqueueinfo, pid, 0, info), -EPERM);
	info[31] = 1;
	EQ(ASK(SYS_rt_sigqueueinfo, pid, 0, info), -E2BIG);
	info[2] = 0;
	EQ(ASK(SYS_rt_sigqueueinfo, 99999, 0, info), -EPERM);
	EQ(ASK(SYS_rt_tgsigqueueinfo, pid, 99999, 0, info), -EPERM);
	info[2] = -1u;
	EQ(ASK(SYS_rt_tgsigqueueinfo, pid, pid, 0, info), -EPERM);
	EQ(ASK(SYS_rt_tgsigqueueinfo, pid, pid, 0, 8), -EFAULT);
	EQ(north(SYS_tkill, pid, 0), -EPERM);
	/* Oneself always, whoever that is. */
	EQ(ASK(SYS_kill, next_id, 0), 0);
	EQ(ASK(SYS_tgkill, next_id, next_id, SIGTERM), 0);
	EQ(hosted_last_signal.id, next_id);
	EQ(((u32 *)hosted_last_signal.info)[2], -6u);
	EQ(((u32 *)hosted_last_signal.info)[5], 1000);
	EQ(ASK(SYS_rt_sigqueueinfo, next_id, SIGTERM, info), SOUTH_NATIVE);
	EQ(ASK(SYS_rt_tgsigqueueinfo, next_id, next_id, SIGTERM, info), 0);
	EQ(((u32 *)hosted_last_signal.info)[2], -1u);
	end_child(me, t);
}

TEST(clone_flags_are_checked_as_natively)
{
	static const u64 bad[] = {
		CLONE_THREAD, CLONE_SIGHAND, CLONE_THREAD | CLONE_VM, CLONE_NEWNS | CLONE_FS,
		CLONE_NEWUSER | CLONE_FS, CLONE_PIDFD | CLONE_PARENT_SETTID, CLONE_PIDFD | CLONE_DETACHED,
	};

	for (u32 i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		SAME(SYS_clone, bad[i] | SIGCHLD, 0, 0, 0, 0);
	EQ(north(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0), -EPERM);
	EQ(north(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0), -EPERM);
	OK(!hosted_child(1, 1));
}

TEST(clone3_checks_as_natively)
{
	struct clone_args a;
	char big[5000] = { 0 };

	SAME(SYS_clone3, NULL, 0);
	SAME(SYS_clone3, &a, 63);
	SAME(SYS_clone3, NULL, 64);
	SAME(SYS_clone3, big, 5000);
	memset(big, 0, sizeof(big));
	big[200] = 1;
	SAME(SYS_clone3, big, 256);
#define BAD(...) do { a = (struct clone_args){ __VA_ARGS__ }; SAME(SYS_clone3, &a, sizeof(a)); } while (0)
	BAD(.flags = CLONE_DETACHED);
	BAD(.flags = 1ull << 40);
	BAD(.flags = 17);
	BAD(.exit_signal = 65);
	BAD(.exit_signal = 256);
	BAD(.stack = 4096);
	BAD(.stack_size = 4096);
	BAD(.stack = ~0ull - 100, .stack_size = 4096);
	BAD(.flags = CLONE_SIGHAND | CLONE_VM | CLONE_CLEAR_SIGHAND);
	BAD(.flags = CLONE_THREAD | CLONE_VM | CLONE_SIGHAND, .exit_signal = SIGCHLD);
	BAD(.set_tid_size = 1);
	BAD(.set_tid = 4096);
	BAD(.set_tid = 4096, .set_tid_size = 33);
	BAD(.flags = CLONE_INTO_CGROUP, .cgroup = 1ull << 32);
	OK(!hosted_child(1, 1));
}

TEST(a_clone_that_fails_leaves_nothing)
{
	u32 handles = hosted_handles();

	for (u32 i = 0; i < 10; i++) {
		EQ(north(SYS_fork), 0);
		hosted_child_fails();
	}
	EQ(hosted_handles(), handles);
}

TEST(memory_for_a_fork_may_be_missing)
{
	for (u32 n = 1; n < 40; n++) {
		s64 r;

		hosted_fail_alloc(n);
		r = north(SYS_fork);
		hosted_fail_alloc(0);
		if (!r) {
			hosted_child_fails();
			if (n == 1)
				break;
			OK(n > 3);
			return;
		}
		EQ(r, -ENOMEM);
	}
	SKIP("needs the allocator of sanitizer builds");
}

TEST(shared_and_copied_state)
{
	struct task *me = north_current, *t;
	char buf[64];

	EQ(north(SYS_clone, CLONE_FS | CLONE_FILES | CLONE_VM | SIGCHLD, 0, 0, 0, 0), 0);
	next_id++;
	t = hosted_child(next_id, next_id);
	hosted_become(t);
	EQ(north(SYS_chdir, "/proc"), 0);
	EQ(north(SYS_umask, 077), 022);
	hosted_become(me);
	EQ(north(SYS_getcwd, buf, sizeof(buf)), 6);
	EQ(north(SYS_umask, 022), 077);
	EQ(north(SYS_chdir, "/"), 0);
	hosted_exit(t);
	t = box_child();
	EQ(north(SYS_chdir, "/proc"), 0);
	end_child(me, t);
	EQ(north(SYS_getcwd, buf, sizeof(buf)), 2);
}

TEST(death_of_a_parent_is_signalled)
{
	struct task *me = north_current, *parent = box_child(), *child;
	s32 parent_id = next_id, child_id;
	u32 before = hosted_last_signal.count;

	child = box_child();
	child_id = next_id;
	EQ(hosted_task(child_id)->ppid, parent_id);
	EQ(north(SYS_prctl, PR_SET_PDEATHSIG, SIGUSR1), 0);
	EQ(north(SYS_prctl, PR_SET_PDEATHSIG, 65), -EINVAL);
	hosted_exit(parent);
	EQ(hosted_last_signal.count, before + 1);
	EQ(hosted_last_signal.id, child_id);
	EQ(hosted_last_signal.sig, SIGUSR1);
	end_child(me, child);
}

TEST(prctl_answers_as_natively)
{
	SAME(SYS_prctl, PR_GET_KEEPCAPS, 0, 0, 0, 0);
	SAME(SYS_prctl, PR_SET_KEEPCAPS, 2, 0, 0, 0);
	SAME(SYS_prctl, PR_SET_DUMPABLE, 2, 0, 0, 0);
	SAME(SYS_prctl, PR_SET_PDEATHSIG, 65, 0, 0, 0);
	SAME(SYS_prctl, PR_GET_TIMERSLACK, 0, 0, 0, 0);
	SAME(SYS_prctl, PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
	SAME(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0);
	SAME(SYS_prctl, PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0);
	SAME(SYS_prctl, PR_CAPBSET_READ, 100, 0, 0, 0);
	SAME(SYS_prctl, PR_CAP_AMBIENT, 9, 0, 0, 0);
	SAME(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0);
	SAME(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 64, 0, 0);
	SAME(SYS_prctl, PR_GET_TIMING, 0, 0, 0, 0);
	SAME(SYS_prctl, PR_SET_TIMING, 1, 0, 0, 0);
	SAME(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0);
	SAME(SYS_prctl, PR_GET_PDEATHSIG, 8, 0, 0, 0);
	SAME(SYS_prctl, 12345, 0, 0, 0, 0);
}

TEST(scheduling_answers_as_natively)
{
	struct sched_param p = { 0 };
	u64 attr[7];

	/* Whoever runs this may have asked for less of the CPU. */
	if (!getuid())
		EQ(setpriority(PRIO_PROCESS, 0, 0), 0);
	setpgid(0, 0);
	for (int policy = -1; policy < 9; policy++) {
		if (policy == 7)
			continue;
		SAME(SYS_sched_get_priority_max, policy);
		SAME(SYS_sched_get_priority_min, policy);
	}
	SAME(SYS_sched_getscheduler, 0);
	SAME(SYS_sched_getscheduler, -1);
	SAME(SYS_sched_getscheduler, 0x7ffffff0);
	SAME(SYS_sched_getparam, 0, &p);
	SAME(SYS_sched_getparam, 0, NULL);
	SAME(SYS_sched_setscheduler, 0, -1, &p);
	SAME(SYS_sched_setscheduler, 0, 0, NULL);
	SAME(SYS_sched_setscheduler, 0, 0, 8);
	SAME(SYS_sched_setscheduler, 0, 4, &p);
	SAME(SYS_sched_setscheduler, 0, SCHED_FIFO, &p);
	p.sched_priority = 1;
	SAME(SYS_sched_setscheduler, 0, SCHED_OTHER, &p);
	p.sched_priority = 0;
	EQ(north(SYS_sched_setscheduler, 0, SCHED_BATCH, &p), 0);
	EQ(north(SYS_sched_getscheduler, 0), SCHED_BATCH);
	EQ(north(SYS_sched_setscheduler, 0, SCHED_OTHER, &p), 0);
	p.sched_priority = 5;
	EQ(north(SYS_sched_setscheduler, 0, SCHED_RR, &p), -EPERM);
	SAME(SYS_sched_getattr, 0, attr, 47, 0);
	SAME(SYS_sched_getattr, 0, attr, sizeof(attr), 1);
	SAME(SYS_sched_getattr, 0, attr, sizeof(attr), 0);
	SAME(SYS_sched_rr_get_interval, -1, NULL);
	SAME(SYS_getpriority, 3, 0);
	SAME(SYS_getpriority, PRIO_PROCESS, 0);
	SAME(SYS_getpriority, PRIO_PROCESS, 0x7ffffff0);
	SAME(SYS_getpriority, PRIO_PGRP, 0);
	SAME(SYS_setpriority, 3, 0, 0);
	EQ(north(SYS_setpriority, PRIO_PROCESS, 0, 5), 0);
	EQ(north(SYS_getpriority, PRIO_PROCESS, 0), 15);
	EQ(north(SYS_setpriority, PRIO_PROCESS, 0, 0), 0);
	EQ(north(SYS_setpriority, PRIO_PROCESS, 0, -5), -EACCES);
	SAME(SYS_ioprio_get, 1, 0);
	SAME(SYS_ioprio_get, 0, 0);
	SAME(SYS_ioprio_get, 1, 0x7ffffff0);
	SAME(SYS_ioprio_set, 1, 0, 2 << 13 | 8);
	SAME(SYS_ioprio_set, 1, 0, 1);
	SAME(SYS_ioprio_set, 1, 0, 4 << 13);
	EQ(north(SYS_ioprio_set, 1, 0, 3 << 13), 0);
	EQ(north(SYS_ioprio_get, 1, 0), 3 << 13);
}

TEST(clocks_answer_as_natively)
{
	struct timespec ts, nts;
	struct timeval tv;
	struct timezone tz;
	struct tms tms;

	for (int clock = -10; clock < 20; clock++) {
		if (clock == 8 || clock == 9)
			continue;
		SAME(SYS_clock_getres, clock, NULL);
		if (clock < 0)
			continue;
		if (!syscall(SYS_clock_getres, clock, &nts)) {
			EQ(north(SYS_clock_getres, clock, &ts), 0);
			EQ(ts.tv_nsec, nts.tv_nsec);
		}
	}
	SAME(SYS_clock_getres, 0, 8);
	SAME(SYS_clock_settime, 1, &ts);
	SAME(SYS_clock_settime, 0, 8);
	ts = (struct timespec){ 0, 2000000000 };
	SAME(SYS_clock_settime, 0, &ts);
	ts = (struct timespec){ 0, 0 };
	EQ(north(SYS_clock_settime, 0, &ts), -EPERM);
	EQ(north(SYS_gettimeofday, &tv, &tz), 0);
	OK(llabs((long long)tv.tv_sec - time(NULL)) < 2);
	OK(llabs(north(SYS_time, NULL) - time(NULL)) < 2);
	SAME(SYS_gettimeofday, 8, NULL);
	SAME(SYS_time, 8);
	OK(north(SYS_times, &tms) > 0);
	SAME(SYS_times, 8);
	tv = (struct timeval){ 0, 1000000 };
	SAME(SYS_settimeofday, &tv, NULL);
	SAME(SYS_settimeofday, 8, NULL);
}

TEST(small_calls)
{
	struct sysinfo si;
	u32 cpu = 99, node = 99;
	unsigned char vec[4];
	char *page = (char *)(((unsigned long)text + 4095) & ~4095ul);

	EQ(north(SYS_sysinfo, &si), 0);
	OK(si.totalram && si.mem_unit == 1 && si.uptime > 0);
	SAME(SYS_sysinfo, 8);
	EQ(north(SYS_getcpu, &cpu, &node), 0);
	OK(cpu < 4096 && node == 0);
	SAME(SYS_getcpu, 8, NULL);
	EQ(north(SYS_personality, 0xffffffff), 0);
	EQ(north(SYS_personality, ADDR_NO_RANDOMIZE), 0);
	EQ(north(SYS_personality, 0), ADDR_NO_RANDOMIZE);
	SAME(SYS_tkill, 0, 0);
	SAME(SYS_tkill, -1, 0);
	SAME(SYS_tkill, getpid(), 65);
	SAME(SYS_tkill, getpid(), 0);
	EQ(north(SYS_tkill, 99999, 0), -ESRCH);
	SAME(SYS_mlock2, page, 4096, 2);
	SAME(SYS_mlock, page, 4096);
	SAME(SYS_munlock, page, 4096);
	SAME(SYS_mlock, 4096, 4096);
	SAME(SYS_munlock, 4096, 4096);
	SAME(SYS_mlock, page, -1ul);
	SAME(SYS_mlockall, 0);
	SAME(SYS_mlockall, 8);
	SAME(SYS_mlockall, 4);
	SAME(SYS_munlockall);
	SAME(SYS_mincore, page + 1, 4096, vec);
	SAME(SYS_mincore, page, 8192, vec);
	SAME(SYS_mincore, 4096, 4096, vec);
	SAME(SYS_mincore, page, 4096, 8);
	SAME(SYS_mincore, 1ul << 50, 4096, vec);
}

TEST(pause_ends_with_a_signal)
{
	hosted_signal(north_current, 1);
	EQ(north(SYS_pause), -514);
	hosted_signal(north_current, 0);
}

TEST(memory_for_a_text_may_be_missing)
{
	static const char *const files[] = { "/proc/self/status", "/proc/self/maps", "/proc/meminfo",
					     "/proc/self/fdinfo/0", "/proc/self/task/../limits" };

	for (u32 i = 0; i < 5; i++) {
		for (u32 n = 1; n < 200; n++) {
			s64 r;

			hosted_fail_alloc(n);
			r = slurp(files[i]);
			hosted_fail_alloc(0);
			if (r >= 0)
				break;
			if (r != -ENOMEM)
				FAIL("%s: %lld", files[i], r);
		}
		OK(slurp(files[i]) > 0);
	}
}

/* Threads that fork, end, change credentials and look at each other at the same time. */
static int stress_failed;

static void *stress(void *arg)
{
	static const char *const files[] = { "status", "stat", "maps", "limits", "comm", "fdinfo/0", "cmdline" };
	s32 base = 20000 + 1000 * (s32)(long)arg;
	u32 seed = base;
	char path[64], buf[512];

	for (u32 i = 0; i < 150; i++) {
		struct task *me = north_current, *t;
		s64 fd;

		if (north(SYS_fork))
			goto failed;
		t = hosted_child(base + i, base + i);
		hosted_become(t);
		north(SYS_setresuid, rand_r(&seed) % 3, 0, -1);
		for (u32 k = 0; k < 8; k++) {
			s32 pid = 20000 + 1000 * (1 + rand_r(&seed) % 4) + (i ? i - 1 : 0) + rand_r(&seed) % 3;

			sprintf(path, "/proc/%d/%s", pid, files[rand_r(&seed) % 7]);
			fd = north(SYS_openat, -100, path, O_RDONLY);
			if (fd >= 0) {
				while (north(SYS_read, fd, buf, sizeof(buf)) > 0)
					;
				north(SYS_close, fd);
			}
			sprintf(path, "/proc/%d/fd/0", pid);
			north(SYS_readlinkat, -100, path, buf, sizeof(buf));
			sprintf(path, "/proc/%d/cwd", pid);
			north(SYS_readlinkat, -100, path, buf, sizeof(buf));
		}
		fd = north(SYS_openat, -100, "/proc", O_RDONLY | O_DIRECTORY);
		while (north(SYS_getdents64, fd, buf, sizeof(buf)) > 0)
			;
		north(SYS_close, fd);
		hosted_exit(t);
		hosted_become(me);
	}
	return NULL;
failed:
	stress_failed = 1;
	return NULL;
}

static struct task *stress_tasks[4];

static void *stress_thread(void *arg)
{
	hosted_become(stress_tasks[(long)arg - 1]);
	return stress(arg);
}

TEST(many_tasks_at_once)
{
	struct task *me = north_current;
	pthread_t threads[4];

	for (u32 i = 0; i < 4; i++) {
		stress_tasks[i] = box_child();
		hosted_become(me);
	}
	for (long i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, stress_thread, (void *)(i + 1));
	for (u32 i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (u32 i = 0; i < 4; i++)
		hosted_exit(stress_tasks[i]);
	hosted_become(me);
	OK(!stress_failed);
}
