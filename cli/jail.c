// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <seccomp.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>
#include "answered.h"
#include "jail.h"
#include "lbctl.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

/*
 * Calls that a box never gets to make. Those which programs try to see whether
 * they are there fail as they would for a user who may not; for the others there
 * is no honest use in a box. What North answers one day (syscalls.tbl) is left
 * to it. No filter looks at arguments, and so the kernel decides the allowed
 * calls by a bitmap.
 */
#define KILL 0
static const struct {
	const char *name;
	int err;
} refused[] = {
	{ "acct", KILL },
	{ "create_module", KILL },
	{ "delete_module", KILL },
	{ "finit_module", KILL },
	{ "init_module", KILL },
	{ "ioperm", KILL },
	{ "iopl", KILL },
	{ "kexec_file_load", KILL },
	{ "kexec_load", KILL },
	{ "lookup_dcookie", KILL },
	{ "nfsservctl", KILL },
	{ "query_module", KILL },
	{ "swapoff", KILL },
	{ "swapon", KILL },
	{ "uselib", KILL },
	{ "add_key", ENOSYS },
	{ "bpf", EPERM },
	{ "fsconfig", ENOSYS },
	{ "fsmount", ENOSYS },
	{ "fsopen", ENOSYS },
	{ "fspick", ENOSYS },
	{ "io_uring_enter", ENOSYS },
	{ "io_uring_register", ENOSYS },
	{ "io_uring_setup", ENOSYS },
	{ "keyctl", ENOSYS },
	{ "mount_setattr", ENOSYS },
	{ "move_mount", ENOSYS },
	{ "name_to_handle_at", EOPNOTSUPP },
	{ "open_by_handle_at", EPERM },
	{ "open_tree", ENOSYS },
	{ "perf_event_open", EACCES },
	{ "pidfd_getfd", EPERM },
	{ "pivot_root", EPERM },
	{ "process_vm_readv", EPERM },
	{ "process_vm_writev", EPERM },
	{ "quotactl", EPERM },
	{ "quotactl_fd", EPERM },
	{ "reboot", EPERM },
	{ "request_key", ENOSYS },
	{ "setns", EPERM },
	{ "syslog", EPERM },
	{ "umount2", EPERM },
	{ "unshare", EPERM },
	{ "userfaultfd", EPERM },
	{ "vhangup", EPERM },
	{ "vmsplice", EPERM },
};

static bool is_answered(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(answered); i++)
		if (!strcmp(answered[i], name))
			return true;
	return false;
}

void *jail_filter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int err = filter ? 0 : -ENOMEM;
	size_t i;

	/* Other ways of calling than the native one. */
	err = err ?: seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	err = err ?: seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (i = 0; !err && i < ARRAY_SIZE(refused); i++) {
		int nr = seccomp_syscall_resolve_name(refused[i].name);

		if (nr < 0 || is_answered(refused[i].name))
			continue;
		err = seccomp_rule_add(filter, refused[i].err ? SCMP_ACT_ERRNO(refused[i].err) :
				       SCMP_ACT_KILL_PROCESS, nr, 0);
	}
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

int jail_map_ids(pid_t pid, uint32_t host_id)
{
	char map[64];

	snprintf(map, sizeof(map), "%u %u 1", host_id, host_id);
	return write_proc(pid, "setgroups", "deny") ?:
	       write_proc(pid, "gid_map", map) ?:
	       write_proc(pid, "uid_map", map);
}

/* Keeps all capabilities: the namespace has no root user whom they would go with. */
static const char *become(uint32_t host_id)
{
	if (setresgid(host_id, host_id, host_id) || setresuid(host_id, host_id, host_id))
		return "unprivileged user";
	return NULL;
}

const char *jail_join(uint32_t host_id, int pidfd)
{
	if (setns(pidfd, (JAIL_CLONE_FLAGS | CLONE_NEWCGROUP) & ~CLONE_NEWPID))
		return "namespaces of the box";
	return become(host_id);
}

const char *jail_namespaces(uint32_t host_id)
{
	const char *failed = become(host_id);

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
