// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include "jail.h"
#include "lbctl.h"
#include "native.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

/*
 * What a task may ask of the host once it has lost the redirect: the calls that run
 * there in a box as well (native.h), without the arguments by which they would lead
 * further, and those by which lbctl gets from here into the box. Any other seems
 * not to exist. While the redirect is there, the module's own filter decides.
 */
#define NAMESPACES (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
		    CLONE_NEWPID | CLONE_NEWNET)
static const char *const entering[] = {
	"close", "poll", "prctl", "recvfrom", "sendto", "write",
};
static const struct {
	const char *name;
	struct scmp_arg_cmp arg;
} narrowed[] = {
	/* By the clocks that need no CPU timer. */
	{ "clock_nanosleep", SCMP_CMP(0, SCMP_CMP_LE, CLOCK_MONOTONIC) },
	{ "clone", SCMP_CMP(0, SCMP_CMP_MASKED_EQ, NAMESPACES, 0) },
	/* Of descriptors a box has its gate and the stub that all boxes share. */
	{ "mmap", SCMP_CMP(3, SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS) },
	{ "prctl", SCMP_CMP(0, SCMP_CMP_EQ, PR_SET_PDEATHSIG) },
	{ "write", SCMP_CMP(0, SCMP_CMP_LE, 2) },
};

static int allow(scmp_filter_ctx filter, const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(narrowed); i++)
		if (!strcmp(narrowed[i].name, name))
			return seccomp_rule_add(filter, SCMP_ACT_ALLOW, nr, 1, narrowed[i].arg);
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, nr, 0);
}

void *jail_filter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int err = filter ? 0 : -ENOMEM;
	size_t i;

	/* Other ways of calling than the native one. */
	err = err ?: seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	err = err ?: seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (i = 0; !err && i < ARRAY_SIZE(native); i++)
		err = allow(filter, native[i]);
	for (i = 0; !err && i < ARRAY_SIZE(entering); i++)
		err = allow(filter, entering[i]);
	if (!err)
		return filter;
	complain("cannot make the seccomp filter: %s", strerror(-err));
	return NULL;
}

static int write_proc(pid_t pid, const char *file, const char *text)
{
	char path[64];
	cleanup_fd int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

int jail_oom_first(pid_t pid)
{
	return write_proc(pid, "oom_score_adj", "500");
}

int jail_map_ids(pid_t pid, uint32_t host_id)
{
	char map[64];

	snprintf(map, sizeof(map), "0 %u 1", host_id);
	return write_proc(pid, "setgroups", "deny") ?:
	       write_proc(pid, "gid_map", map) ?:
	       write_proc(pid, "uid_map", map);
}

/* Keeps all capabilities: who becomes root has them. jail_lock() takes them away. */
static const char *become_root(void)
{
	if (setresgid(0, 0, 0) || setresuid(0, 0, 0))
		return "unprivileged user";
	return NULL;
}

const char *jail_join(int pidfd)
{
	if (setns(pidfd, (JAIL_CLONE_FLAGS | CLONE_NEWCGROUP) & ~CLONE_NEWPID))
		return "namespaces of the box";
	return become_root();
}

const char *jail_namespaces(void)
{
	const char *failed = become_root();

	if (failed)
		return failed;
	if (unshare(CLONE_NEWCGROUP))
		return "cgroup namespace";
	if (sethostname("box", 3))
		return "host name";
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/proc", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "size=4k,nr_inodes=2,mode=0555"))
		return "empty root";
	if (chdir("/proc") || syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) ||
	    chdir("/"))
		return "pivot_root";
	if (mount(NULL, "/", NULL,
		  MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		return "read-only root";
	return NULL;
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { };

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return -1;
	return syscall(SYS_capset, &header, none);
}

static int drop_bounding_set(void)
{
	unsigned long cap;

	for (cap = 0; !prctl(PR_CAPBSET_DROP, cap, 0, 0, 0); cap++)
		;
	/* EINVAL: behind the last one that this kernel has */
	return errno == EINVAL && cap ? 0 : -1;
}

/* What landlock_create_ruleset takes; it grows at the end. */
struct ruleset {
	uint64_t fs, net, scoped;
};

static int landlock_create(const struct ruleset *r, size_t size, uint32_t flags)
{
	return syscall(SYS_landlock_create_ruleset, r, size, flags);
}

int jail_landlock_abi(void)
{
	return landlock_create(NULL, 0, 1 /* LANDLOCK_CREATE_RULESET_VERSION */);
}

/* All access rights of one member that the running kernel knows, more than this file does maybe. */
static uint64_t all_rights(size_t member, size_t size)
{
	uint64_t known = 0, mask;

	for (mask = 1; mask; mask = mask << 1 | 1) {
		struct ruleset r = { };
		int fd;

		((uint64_t *)&r)[member] = mask;
		fd = landlock_create(&r, size, 0);
		if (fd < 0)
			break;
		close(fd);
		known = mask;
	}
	return known;
}

/*
 * A domain that allows nothing. Signals aren't scoped: the pid namespace does
 * that, and the processes of lbctl exec have a domain of their own.
 */
static int landlock_lock(void)
{
	int abi = jail_landlock_abi();
	size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
	struct ruleset r = { };
	int fd, err;

	if (abi < 1)
		return -1;
	r.fs = all_rights(0, size);
	if (abi >= 4)
		r.net = all_rights(1, size);
	if (abi >= 6)
		r.scoped = 1; /* LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET */
	fd = landlock_create(&r, size, 0);
	if (fd < 0)
		return -1;
	err = syscall(SYS_landlock_restrict_self, fd, 0);
	close(fd);
	return err;
}

const char *jail_lock(void *filter)
{
	const struct rlimit no_core = { };
	int err;

	/* Root of the box's user namespace is one as any other, whatever it executes. */
	if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
		  SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
		  SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED, 0, 0, 0))
		return "securebits";
	if (drop_bounding_set())
		return "bounding set";
	if (setrlimit(RLIMIT_CORE, &no_core))
		return "core limit";
	if (drop_capabilities())
		return "capabilities";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return "no_new_privs";
	if (landlock_lock())
		return "Landlock";
	err = seccomp_load(filter);
	if (err) {
		errno = -err;
		return "seccomp";
	}
	return NULL;
}
