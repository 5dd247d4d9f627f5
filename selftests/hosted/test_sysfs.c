// SPDX-License-Identifier: GPL-2.0
/* What /proc, /sys and the cgroup say of the box as a whole, and that it fits together. */
#define _GNU_SOURCE
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#define TEST_CONFIG() hosted_config("hostname box")
#include "test.h"
#include "slurp.h"

static u32 cpus(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

static const char *cpu_list(void)
{
	static char list[32];

	snprintf(list, sizeof(list), cpus() > 1 ? "0-%u\n" : "0\n", cpus() - 1);
	return list;
}

/* The number in a file of one line. */
static s64 number_in(const char *path)
{
	s64 v = -1;

	OK(slurp(path) > 0);
	EQ(sscanf(text, "%lld", &v), 1);
	return v;
}

static void says(const char *path, const char *want)
{
	OK(slurp(path) >= 0);
	STREQ(text, want);
}

TEST(processors_are_the_same_everywhere)
{
	u32 n = 0;

	says("/sys/devices/system/cpu/online", cpu_list());
	says("/sys/devices/system/cpu/possible", cpu_list());
	says("/sys/devices/system/cpu/present", cpu_list());
	says("/sys/devices/system/cpu/offline", "\n");
	says("/sys/devices/system/node/node0/cpulist", cpu_list());
	says("/sys/fs/cgroup/cpuset.cpus.effective", cpu_list());
	EQ(number_in("/sys/devices/system/cpu/kernel_max"), cpus() - 1);
	for (u32 i = 0; i < cpus(); i++) {
		char path[96];

		sprintf(path, "/sys/devices/system/cpu/cpu%u/topology/core_id", i);
		EQ(number_in(path), i);
	}
	OK(slurp("/proc/cpuinfo") > 0);
	for (char *p = text; (p = strstr(p, "processor\t:")); p++)
		n++;
	EQ(n, cpus());
	STREQ(field("vendor_id\t"), "hosted");
	STREQ(field("cache size\t"), "1024 KB");
	OK(slurp("/proc/self/status") > 0);
	n = strlen(cpu_list());
	EQ(strncmp(field("Cpus_allowed_list"), cpu_list(), n - 1), 0);
}

TEST(no_processor_beyond_the_last)
{
	char path[64];

	sprintf(path, "/sys/devices/system/cpu/cpu%u", cpus());
	EQ(slurp(path), -ENOENT);
	EQ(slurp("/sys/devices/system/cpu/cpu00"), -ENOENT);
	EQ(slurp("/sys/devices/system/cpu/cpu"), -ENOENT);
	EQ(slurp("/sys/devices/system/cpu/0"), -ENOENT);
	EQ(slurp("/sys/devices/system/cpu/cpu0x"), -ENOENT);
}

TEST(flags_have_the_names_of_their_bits)
{
	OK(slurp("/proc/cpuinfo") > 0);
	STREQ(field("flags\t\t"), "fpu sse pbe pni");
}

TEST(memory_is_the_box_s)
{
	u64 total, free, used;

	total = number_in("/sys/fs/cgroup/memory.max");
	used = number_in("/sys/fs/cgroup/memory.current");
	EQ(used, 3 << 20);
	OK(slurp("/proc/meminfo") > 0);
	EQ(strtoull(field("MemTotal"), NULL, 10), total >> 10);
	free = strtoull(field("MemFree"), NULL, 10);
	OK(free <= (total >> 10));
	EQ(strtoull(field("AnonPages"), NULL, 10), 1024);
	EQ(strtoull(field("Cached"), NULL, 10), 1024);
	EQ(strtoull(field("Slab"), NULL, 10), 1024);
	OK(slurp("/sys/fs/cgroup/memory.stat") > 0);
	OK(strstr(text, "anon 1048576\nfile 1048576\nkernel 1048576\n"));
	OK(slurp("/proc/vmstat") > 0);
	OK(strstr(text, "nr_anon_pages 256\n"));
	OK(slurp("/sys/devices/system/node/node0/meminfo") > 0);
	EQ(strtoull(field("Node 0 MemTotal"), NULL, 10), total >> 10);
	OK(slurp("/proc/zoneinfo") > 0);
}

TEST(limits_of_the_cgroup)
{
	says("/sys/fs/cgroup/cpu.max", "200000 100000\n");
	EQ(number_in("/sys/fs/cgroup/pids.max"), 4096);
	OK(number_in("/sys/fs/cgroup/pids.current") >= 1);
	EQ(number_in("/sys/fs/cgroup/cgroup.procs"), getpid());
	OK(slurp("/sys/fs/cgroup/cgroup.threads") > 0);
	OK(slurp("/sys/fs/cgroup/cpu.stat") > 0);
	EQ(strncmp(text, "usage_usec ", 11), 0);
	says("/sys/fs/cgroup/memory.high", "max\n");
	says("/proc/self/cgroup", "0::/\n");
}

static u32 f_type(const char *path)
{
	struct statfs st;

	EQ(north(SYS_statfs, path, &st), 0);
	return (u32)st.f_type;
}

TEST(file_systems_are_told_by_their_numbers)
{
	EQ(f_type("/proc"), 0x9fa0);
	EQ(f_type("/sys"), 0x62656572);
	EQ(f_type("/sys/fs/cgroup"), 0x63677270);
	OK(slurp("/proc/self/mountinfo") > 0);
	OK(strstr(text, " /sys/fs/cgroup "));
	OK(strstr(text, " - cgroup2 cgroup "));
}

TEST(nothing_of_sys_can_be_changed)
{
	EQ(north(SYS_openat, -100, "/sys/fs/cgroup/memory.max", O_WRONLY), -EROFS);
	EQ(north(SYS_openat, -100, "/sys/devices/system/cpu/online", O_RDWR), -EROFS);
	EQ(north(SYS_mkdirat, -100, "/sys/fs/cgroup/mine", 0755), -EROFS);
	EQ(north(SYS_unlinkat, -100, "/sys/fs/cgroup/memory.max", 0), -EROFS);
}

TEST(accounts_of_a_task)
{
	u64 a, b, c;

	OK(slurp("/proc/self/schedstat") > 0);
	EQ(sscanf(text, "%llu %llu %llu", &a, &b, &c), 3);
	EQ(a, 1500000);
	EQ(c, 3);
	OK(slurp("/proc/self/status") > 0);
	STREQ(field("voluntary_ctxt_switches"), "2");
	STREQ(field("nonvoluntary_ctxt_switches"), "1");
	STREQ(field("RssFile"), "256 kB");
	STREQ(field("RssAnon"), "768 kB");
	OK(slurp("/proc/self/sched") > 0);
	OK(strstr(text, "nr_switches "));
	OK(slurp("/proc/self/statm") > 0);
	EQ(sscanf(text, "%llu %llu %llu", &a, &b, &c), 3);
	EQ(b, 256);
	EQ(c, 64);
	OK(slurp("/proc/self/smaps_rollup") > 0);
	STREQ(field("Rss"), "1024 kB");
	EQ(number_in("/proc/self/timerslack_ns"), 50000);
	EQ(slurp("/proc/self/stack"), -EACCES);
	EQ(slurp("/proc/self/attr/current"), -EINVAL);
}

TEST(namespaces_are_one_each)
{
	static const char *const kinds[] = { "mnt", "pid", "user", "net", "uts", "ipc", "cgroup", "time" };
	char path[64], link[64], want[64];
	struct stat st;
	s64 n;

	for (u32 i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		sprintf(path, "/proc/self/ns/%s", kinds[i]);
		n = north(SYS_readlinkat, -100, path, link, sizeof(link) - 1);
		OK(n > 0);
		link[n] = 0;
		EQ(north(SYS_newfstatat, -100, path, &st, 0), 0);
		OK(S_ISREG(st.st_mode));
		sprintf(want, "%s:[%llu]", kinds[i], (u64)st.st_ino);
		STREQ(link, want);
	}
	n = north(SYS_openat, -100, "/proc/self/ns/mnt", O_RDONLY);
	OK(n >= 0);
	EQ(north(SYS_read, n, link, 1), -EINVAL);
	sprintf(path, "/proc/self/fd/%lld", n);
	EQ(north(SYS_readlinkat, -100, path, link, sizeof(link)), 16);
	EQ(north(SYS_close, n), 0);
}

TEST(tables_of_the_network_are_there)
{
	static const char *const files[] = { "dev", "tcp", "tcp6", "udp", "unix", "route", "arp", "raw", "sockstat" };
	char path[64];

	for (u32 i = 0; i < sizeof(files) / sizeof(*files); i++) {
		sprintf(path, "/proc/net/%s", files[i]);
		OK(slurp(path) > 0);
	}
	EQ(slurp("/proc/net/if_inet6"), 0);
}

static s64 put(const char *path, const char *s)
{
	s64 fd = north(SYS_openat, -100, path, O_WRONLY), n;

	if (fd < 0)
		return fd;
	n = north(SYS_write, fd, s, strlen(s));
	north(SYS_close, fd);
	return n;
}

TEST(a_core_filter_is_kept)
{
	static const char name[] = "/proc/self/coredump_filter";

	says(name, "00000033\n");
	EQ(put(name, "0x7f\n"), 5);
	says(name, "0000007f\n");
	EQ(put(name, "19"), 2);
	says(name, "00000013\n");
	EQ(put(name, "0xFFFFFFFF"), 10);
	says(name, "000001ff\n");
	EQ(put(name, "0x100000000"), -EINVAL);
	EQ(put(name, "4294967296"), -EINVAL);
	EQ(put(name, "0xg"), -EINVAL);
	EQ(put(name, "x"), -EINVAL);
	EQ(put(name, "0x33"), 4);
	EQ(put("/proc/self/attr/current", "x"), -EINVAL);
}

/* ---- memory policies: one node ---- */

#define STATIC_NODES (1 << 15)
#define RELATIVE_NODES (1 << 14)
#define BALANCING (1 << 13)

static s64 set_policy(s64 mode, u64 mask)
{
	return north(SYS_set_mempolicy, mode, &mask, 65);
}

TEST(a_policy_names_node_0_or_none)
{
	u64 one = 1, far[20] = { [17] = 1 }, mask[4] = { 7, 7, 7, 7 };
	s32 policy = -1;

	EQ(set_policy(7, 0), -EINVAL);
	EQ(set_policy(0, 1), -EINVAL);
	EQ(set_policy(2, 0), -EINVAL);
	EQ(set_policy(2, 2), -EINVAL);
	EQ(set_policy(4, 1), -EINVAL);
	EQ(set_policy(4 | STATIC_NODES, 0), -EINVAL);
	EQ(set_policy(1 | RELATIVE_NODES, 0), -EINVAL);
	EQ(set_policy(2 | STATIC_NODES | RELATIVE_NODES, 1), -EINVAL);
	EQ(set_policy(3 | BALANCING, 1), -EINVAL);
	EQ(north(SYS_set_mempolicy, 2, &one, 1 << 20), -EINVAL);
	EQ(north(SYS_set_mempolicy, 2, far, 1200), -EINVAL);
	EQ(north(SYS_set_mempolicy, 2, 8, 65), -EFAULT);
	EQ(set_policy(2 | BALANCING, 3), 0);
	EQ(north(SYS_get_mempolicy, &policy, mask, 193, 0, 0), 0);
	EQ(policy, 2 | BALANCING);
	EQ(mask[0], 3);		/* with a flag: as it was given */
	EQ(mask[1] + mask[2], 0);
	EQ(mask[3], 7);
	EQ(set_policy(1, 0), 0);
	EQ(north(SYS_get_mempolicy, &policy, NULL, 0, 0, 0), 0);
	EQ(policy, 4);
	EQ(set_policy(2 | RELATIVE_NODES, 4), 0);
	EQ(north(SYS_set_mempolicy, 0, NULL, 0), 0);
}

TEST(policies_can_be_asked_for)
{
	u64 mask = 0;
	s32 policy = -1;

	EQ(north(SYS_get_mempolicy, &policy, &mask, 0, 0, 0), -EINVAL);
	EQ(north(SYS_get_mempolicy, &policy, &mask, 64, 0, 8), -EINVAL);
	EQ(north(SYS_get_mempolicy, &policy, &mask, 64, 0, 4 | 1), -EINVAL);
	EQ(north(SYS_get_mempolicy, &policy, &mask, 1 << 20, 0, 4), -EINVAL);
	EQ(north(SYS_get_mempolicy, &policy, &mask, 64, &mask, 0), -EINVAL);
	EQ(north(SYS_get_mempolicy, &policy, NULL, 0, 0, 1), -EINVAL);
	EQ(north(SYS_get_mempolicy, 8, NULL, 0, 0, 0), -EFAULT);
	EQ(north(SYS_get_mempolicy, NULL, 8, 65, 0, 0), -EFAULT);
	EQ(north(SYS_get_mempolicy, NULL, &mask, 65, 0, 4), 0);
	EQ(mask, 1);
	EQ(set_policy(3, 1), 0);
	EQ(north(SYS_get_mempolicy, &policy, NULL, 0, 0, 1), 0);
	EQ(policy, 0);
	EQ(set_policy(0, 0), 0);
}

TEST(pages_are_on_node_0)
{
	u64 pages[2] = { (u64)&tests & ~4095ull, 0 }, one = 1, two = 2;
	s32 nodes[2] = { 0, 1 }, status[2] = { 9, 9 };

	EQ(north(SYS_move_pages, 0, 1, pages, NULL, status, 8), -EINVAL);
	EQ(north(SYS_move_pages, -1, 1, pages, NULL, status, 2), -ESRCH);
	EQ(north(SYS_move_pages, 99999, 1, pages, NULL, status, 2), -ESRCH);
	EQ(north(SYS_move_pages, 0, 1, 8, NULL, status, 2), -EFAULT);
	EQ(north(SYS_move_pages, 0, 1, pages, 8, status, 2), -EFAULT);
	EQ(north(SYS_move_pages, 0, 1, pages, NULL, 8, 2), -EFAULT);
	EQ(north(SYS_move_pages, 0, 2, pages, NULL, status, 2), 0);
	EQ(status[1], -EFAULT);
	EQ(north(SYS_move_pages, 0, 2, pages, nodes, status, 2), -ENODEV);
	EQ(north(SYS_migrate_pages, 0, 65, &one, &one), 0);
	EQ(north(SYS_migrate_pages, 0, 65, &one, 8), -EFAULT);
	EQ(north(SYS_migrate_pages, 99999, 65, &one, &one), -ESRCH);
	EQ(north(SYS_migrate_pages, 0, 65, &one, &two), -EINVAL);
	EQ(north(SYS_mbind, 0, 4096, 2, &one, 65, 8), -EINVAL);
	EQ(north(SYS_mbind, 1, 4096, 2, &one, 65, 0), -EINVAL);
	EQ(north(SYS_mbind, 0, 0, 2, &one, 65, 0), 0);
	EQ(north(SYS_mbind, 0, 4096, 2, &two, 65, 0), -EINVAL);
	EQ(north(SYS_mbind, 0, 4096, 9, &one, 65, 0), -EINVAL);
	EQ(north(SYS_mbind, 0, 4096, 0, NULL, 0, 0), 0);
	EQ(north(SYS_mbind, 0, 4096, 2, &one, 65, 0), -EFAULT);
}
