// SPDX-License-Identifier: GPL-2.0
/* Who may trace, look into and take from another process; processes as descriptors. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kcmp.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include "test.h"

#define NO_SUCH 99999

/* The processes of each test have ids of their own. */
static s32 base = 6000;
#define ROOT base
#define MINE (base + 1)
#define EQUAL (base + 2)

static struct task *enter(s32 pid)
{
	struct task *t = hosted_enter(pid, pid);

	OK(t);
	return t;
}

static struct task *forked(s32 pid)
{
	struct task *t;

	EQ(north(SYS_fork), 0);
	t = hosted_child(pid, pid);
	OK(t);
	return t;
}

/* A process of user 1000 with one that is its equal, and root's. */
static void three(struct task **mine, struct task **equal, struct task **root)
{
	base += 100;
	*root = enter(ROOT);
	*mine = enter(MINE);
	hosted_become(*mine);
	EQ(north(SYS_setresgid, 1000, 1000, 1000), 0);
	EQ(north(SYS_setresuid, 1000, 1000, 1000), 0);
	EQ(north(SYS_prctl, PR_SET_DUMPABLE, 1), 0);
	*equal = forked(EQUAL);
}

static void exit_all(struct task *a, struct task *b, struct task *c)
{
	hosted_exit(a);
	hosted_exit(b);
	hosted_exit(c);
}

#define PTRACE(req, pid) north(SYS_ptrace | SOUTH_ASK, req, pid, 0, 0)

TEST(tracing_another_user_is_refused)
{
	struct task *mine, *equal, *root;

	three(&mine, &equal, &root);
	EQ(PTRACE(PTRACE_ATTACH, EQUAL), SOUTH_NATIVE);
	EQ(PTRACE(PTRACE_SEIZE, EQUAL), SOUTH_NATIVE);
	EQ(PTRACE(PTRACE_ATTACH, ROOT), -EPERM);
	EQ(PTRACE(PTRACE_SEIZE, ROOT), -EPERM);
	EQ(PTRACE(PTRACE_ATTACH, NO_SUCH), -ESRCH);
	EQ(PTRACE(PTRACE_CONT, ROOT), SOUTH_NATIVE);
	hosted_become(equal);
	EQ(north(SYS_prctl, PR_SET_DUMPABLE, 0), 0);
	hosted_become(mine);
	EQ(PTRACE(PTRACE_ATTACH, EQUAL), -EPERM);
	hosted_become(root);
	EQ(PTRACE(PTRACE_ATTACH, EQUAL), SOUTH_NATIVE);
	exit_all(equal, mine, root);
}

TEST(a_parent_traces_if_it_is_of_the_box_and_has_the_capabilities)
{
	struct task *mine, *equal, *root, *powerful;

	three(&mine, &equal, &root);
	hosted_become(equal);
	EQ(PTRACE(PTRACE_TRACEME, 0), SOUTH_NATIVE);
	/* From outside. */
	hosted_task(ROOT)->ppid = 0;
	hosted_become(root);
	EQ(PTRACE(PTRACE_TRACEME, 0), -EPERM);
	powerful = enter(6003);
	hosted_task(6003)->ppid = MINE;
	hosted_become(powerful);
	EQ(PTRACE(PTRACE_TRACEME, 0), -EPERM);
	hosted_task(6003)->ppid = ROOT;
	EQ(PTRACE(PTRACE_TRACEME, 0), SOUTH_NATIVE);
	hosted_exit(powerful);
	exit_all(equal, mine, root);
}

TEST(memory_of_another_process_is_read_and_written)
{
	static char secret[200000], copy[200000];
	struct iovec local[2] = { { copy, 7 }, { copy + 7, sizeof(copy) - 7 } };
	struct iovec remote[3] = { { secret, 100000 }, { secret + 100000, 1 }, { secret + 100001, 99999 } };
	struct iovec bad[2] = { { secret, 10 }, { (void *)16, 10 } };
	struct iovec few[1] = { { copy, 8 } };
	struct task *mine, *equal, *root;

	three(&mine, &equal, &root);
	for (unsigned int i = 0; i < sizeof(secret); i++)
		secret[i] = i * 7 + i / 251;
	EQ(north(SYS_process_vm_readv, EQUAL, local, 2, remote, 3, 0), sizeof(secret));
	OK(!memcmp(copy, secret, sizeof(copy)));
	memset(copy, 'x', sizeof(copy));
	EQ(north(SYS_process_vm_writev, EQUAL, local, 2, remote, 1, 0), 100000);
	OK(secret[0] == 'x' && secret[99999] == 'x' && secret[100000] != 'x');
	EQ(north(SYS_process_vm_readv, EQUAL, local, 2, bad, 2, 0), 10);
	EQ(north(SYS_process_vm_readv, EQUAL, local, 2, bad + 1, 1, 0), -EFAULT);
	EQ(north(SYS_process_vm_writev, EQUAL, few, 1, bad + 1, 1, 0), -EFAULT);
	EQ(north(SYS_process_vm_readv, ROOT, local, 2, remote, 3, 0), -EPERM);
	EQ(north(SYS_process_vm_readv, NO_SUCH, local, 2, remote, 3, 0), -ESRCH);
	EQ(north(SYS_process_vm_readv, EQUAL, local, 2, remote, 3, 1), -EINVAL);
	EQ(north(SYS_process_vm_readv, EQUAL, local, 1025, remote, 3, 0), -EINVAL);
	EQ(north(SYS_process_vm_readv, EQUAL, NULL, 1, remote, 3, 0), -EFAULT);
	EQ(north(SYS_process_vm_readv, NO_SUCH, local, 0, remote, 3, 0), 0);
	EQ(north(SYS_process_vm_readv, NO_SUCH, local, 2, remote, 0, 0), 0);
	local[0].iov_len = -1;
	EQ(north(SYS_process_vm_readv, EQUAL, local, 2, remote, 3, 0), -EINVAL);
	exit_all(equal, mine, root);
}

TEST(what_two_processes_share_is_told)
{
	struct task *mine, *equal, *root, *thread;
	s64 fd;

	three(&mine, &equal, &root);
	EQ(north(SYS_clone, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD), 0);
	thread = hosted_child(6005, MINE);
	fd = north(SYS_dup, 1);
	EQ(north(SYS_kcmp, MINE, MINE, KCMP_FILE, 1, fd), 0);
	OK(north(SYS_kcmp, MINE, MINE, KCMP_FILE, 0, 1) > 0);
	EQ(north(SYS_kcmp, MINE, EQUAL, KCMP_FILE, 1, 1), 0);
	EQ(north(SYS_kcmp, MINE, EQUAL, KCMP_FILE, 1, fd), -EBADF);
	for (int type = KCMP_VM; type <= KCMP_SIGHAND; type++) {
		s64 one = north(SYS_kcmp, MINE, EQUAL, type), other = north(SYS_kcmp, EQUAL, MINE, type);

		EQ(north(SYS_kcmp, MINE, 6005, type), 0);
		OK((one == 1 && other == 2) || (one == 2 && other == 1));
	}
	EQ(north(SYS_kcmp, MINE, ROOT, KCMP_VM), -EPERM);
	EQ(north(SYS_kcmp, MINE, NO_SUCH, KCMP_VM), -ESRCH);
	EQ(north(SYS_kcmp, MINE, EQUAL, 99), -EINVAL);
	EQ(north(SYS_kcmp, MINE, EQUAL, KCMP_IO), -EOPNOTSUPP);
	hosted_exit(thread);
	exit_all(equal, mine, root);
}

TEST(a_process_outlives_its_first_thread)
{
	struct task *mine, *equal, *root, *thread;
	struct rlimit r;
	s64 fd;

	three(&mine, &equal, &root);
	hosted_become(equal);
	EQ(north(SYS_clone, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD), 0);
	thread = hosted_child(6005, EQUAL);
	hosted_become(mine);
	fd = north(SYS_pidfd_open, EQUAL, 0);
	hosted_exit(equal);
	hosted_last_signal.id = 0;
	EQ(north(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0), 0);
	EQ(hosted_last_signal.id, EQUAL);
	EQ(north(SYS_prlimit64, EQUAL, RLIMIT_NOFILE, NULL, &r), 0);
	EQ(north(SYS_prlimit64 | SOUTH_ASK, EQUAL, RLIMIT_CPU, NULL, &r), SOUTH_NATIVE);
	hosted_exit(thread);
	EQ(north(SYS_prlimit64, EQUAL, RLIMIT_NOFILE, NULL, &r), -ESRCH);
	hosted_exit(mine);
	hosted_exit(root);
}

static int readable(s64 fd)
{
	struct pollfd p = { fd, POLLIN, 0 };

	EQ(north(SYS_poll, &p, 1, 0), !!p.revents);
	return p.revents;
}

TEST(a_process_is_a_descriptor)
{
	struct task *mine, *equal, *root;
	s64 fd, again, own;
	siginfo_t info;

	three(&mine, &equal, &root);
	EQ(north(SYS_pidfd_open, NO_SUCH, 0), -ESRCH);
	EQ(north(SYS_pidfd_open, 0, 0), -EINVAL);
	EQ(north(SYS_pidfd_open, EQUAL, 1), -EINVAL);
	fd = north(SYS_pidfd_open, EQUAL, 0);
	again = north(SYS_pidfd_open, EQUAL, O_NONBLOCK);
	own = north(SYS_pidfd_open, MINE, 0);
	OK(fd > 2 && again > fd && own > again);
	EQ(north(SYS_fcntl, fd, F_GETFD), FD_CLOEXEC);
	EQ(readable(fd), 0);
	EQ(north(SYS_waitid | SOUTH_ASK, P_PIDFD, fd, NULL, WEXITED), SOUTH_NATIVE + EQUAL);
	EQ(north(SYS_waitid | SOUTH_ASK, P_PIDFD, again, NULL, WEXITED), -EAGAIN);
	EQ(north(SYS_waitid | SOUTH_ASK, P_PIDFD, again, NULL, WEXITED | WNOHANG), SOUTH_NATIVE + EQUAL);
	EQ(north(SYS_waitid | SOUTH_ASK, P_PIDFD, 1, NULL, WEXITED), -EBADF);
	EQ(north(SYS_waitid | SOUTH_ASK, P_PIDFD, -1, NULL, WEXITED), -EINVAL);
	EQ(north(SYS_waitid | SOUTH_ASK, P_ALL, 0, NULL, WEXITED), SOUTH_NATIVE);
	EQ(north(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0), 0);
	EQ(hosted_last_signal.id, EQUAL);
	EQ(hosted_last_signal.kind, SOUTH_SIGNAL_PROCESS | SOUTH_SIGNAL_USER);
	OK(!hosted_last_signal.told);
	info = (siginfo_t){ .si_signo = SIGUSR1, .si_code = SI_QUEUE };
	info.si_value.sival_int = 77;
	EQ(north(SYS_pidfd_send_signal, fd, SIGUSR1, &info, 0), 0);
	EQ(hosted_last_signal.kind, SOUTH_SIGNAL_PROCESS);
	OK(hosted_last_signal.told && !memcmp(hosted_last_signal.info, &info, SOUTH_SIGINFO_SIZE));
	EQ(north(SYS_pidfd_send_signal, fd, SIGUSR2, &info, 0), -EINVAL);
	EQ(north(SYS_pidfd_send_signal, fd, SIGUSR1, 8, 0), -EFAULT);
	info.si_code = SI_USER;
	EQ(north(SYS_pidfd_send_signal, fd, SIGUSR1, &info, 0), -EPERM);
	EQ(north(SYS_pidfd_send_signal, own, SIGUSR1, &info, 0), 0);
	EQ(north(SYS_pidfd_send_signal, fd, 0, NULL, 0), 0);
	EQ(north(SYS_pidfd_send_signal, fd, 65, NULL, 0), -EINVAL);
	EQ(north(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 3), -EINVAL);
	EQ(north(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 8), -EINVAL);
	EQ(north(SYS_pidfd_send_signal, 1, SIGUSR1, NULL, 0), -EBADF);
	hosted_exit(equal);
	EQ(readable(fd), POLLIN);
	EQ(readable(again), POLLIN);
	EQ(readable(own), 0);
	EQ(north(SYS_waitid | SOUTH_ASK, P_PIDFD, again, NULL, WEXITED), SOUTH_NATIVE + EQUAL);
	hosted_reaped(EQUAL);
	EQ(north(SYS_waitid | SOUTH_ASK, P_PIDFD, fd, NULL, WEXITED), -ECHILD);
	EQ(north(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0), -ESRCH);
	EQ(north(SYS_pidfd_getfd, fd, 1, 0), -ESRCH);
	hosted_exit(mine);
	hosted_exit(root);
}

TEST(descriptors_are_taken_from_a_process_that_one_may_trace)
{
	struct task *mine, *equal, *root;
	s64 fd, roots, got;
	char c = 0;
	int pipe[2];

	three(&mine, &equal, &root);
	hosted_become(equal);
	EQ(north(SYS_pipe2, pipe, 0), 0);
	hosted_become(mine);
	fd = north(SYS_pidfd_open, EQUAL, 0);
	roots = north(SYS_pidfd_open, ROOT, 0);
	got = north(SYS_pidfd_getfd, fd, pipe[0], 0);
	OK(got > roots);
	EQ(north(SYS_fcntl, got, F_GETFD), FD_CLOEXEC);
	hosted_become(equal);
	EQ(north(SYS_write, pipe[1], "z", 1), 1);
	hosted_become(mine);
	EQ(north(SYS_read, got, &c, 1), 1);
	EQ(c, 'z');
	EQ(north(SYS_pidfd_getfd, fd, 500, 0), -EBADF);
	EQ(north(SYS_pidfd_getfd, fd, pipe[0], 1), -EINVAL);
	EQ(north(SYS_pidfd_getfd, 1, pipe[0], 0), -EBADF);
	EQ(north(SYS_pidfd_getfd, roots, 1, 0), -EPERM);
	exit_all(equal, mine, root);
}

TEST(clone_gives_a_descriptor_of_the_child_and_takes_it_back)
{
	struct clone_args { u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls; } args = { 0 };
	struct task *mine = enter(MINE), *child;
	s32 fd = -1, handles;
	char c;

	hosted_become(mine);
	handles = hosted_handles();
	args.flags = CLONE_PIDFD;
	args.pidfd = (u64)(unsigned long)&fd;
	args.exit_signal = SIGCHLD;
	EQ(north(SYS_clone3, &args, sizeof(args)), 0);
	OK(fd > 2);
	EQ(readable(fd), POLLERR);
	hosted_child_fails();
	EQ(north(SYS_read, fd, &c, 1), -EBADF);
	EQ(hosted_handles(), handles);
	EQ(north(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &fd), 0);
	child = hosted_child(6010, 6010);
	OK(child);
	EQ(north(SYS_waitid | SOUTH_ASK, P_PIDFD, fd, NULL, WEXITED), SOUTH_NATIVE + 6010);
	hosted_exit(child);
	EQ(readable(fd), POLLIN);
	/* One that nobody asked about before it was gone. */
	EQ(north(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &fd), 0);
	child = hosted_child(6011, 6011);
	hosted_exit(child);
	EQ(readable(fd), POLLIN);
	EQ(north(SYS_waitid | SOUTH_ASK, P_PIDFD, fd, NULL, WEXITED), SOUTH_NATIVE + 6011);
	args.pidfd = 16;
	EQ(north(SYS_clone3, &args, sizeof(args)), -EFAULT);
	EQ(north(SYS_clone, CLONE_PIDFD | CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, 0, &fd), -EINVAL);
	hosted_exit(mine);
}

TEST(hints_about_another_process_are_checked)
{
	struct iovec v = { &v, 4096 };
	struct task *mine, *equal, *root;
	s64 fd, roots;

	three(&mine, &equal, &root);
	fd = north(SYS_pidfd_open, EQUAL, 0);
	roots = north(SYS_pidfd_open, ROOT, 0);
	EQ(north(SYS_process_madvise, fd, &v, 1, 20, 0), 4096);
	EQ(north(SYS_process_madvise, fd, &v, 1, 4, 0), -EINVAL);
	EQ(north(SYS_process_madvise, fd, &v, 1, 20, 1), -EINVAL);
	EQ(north(SYS_process_madvise, fd, NULL, 1, 20, 0), -EFAULT);
	EQ(north(SYS_process_madvise, 1, &v, 1, 20, 0), -EBADF);
	EQ(north(SYS_process_madvise, roots, &v, 1, 20, 0), -EPERM);
	exit_all(equal, mine, root);
}

TEST(what_threads_share_can_be_had_alone_but_no_namespace)
{
	struct task *mine, *equal, *root, *other;
	s64 fd;
	char c;

	three(&mine, &equal, &root);
	EQ(north(SYS_clone, CLONE_VM | CLONE_FS | CLONE_FILES | SIGCHLD), 0);
	other = hosted_child(base + 7, base + 7);
	OK(other);
	EQ(north(SYS_unshare, CLONE_VM), -EINVAL);
	EQ(north(SYS_unshare, CLONE_SIGHAND), 0);
	EQ(north(SYS_unshare, CLONE_NEWNS), -EPERM);
	EQ(north(SYS_unshare, CLONE_NEWUSER), -EPERM);
	EQ(north(SYS_unshare, CLONE_NEWPID | CLONE_FILES), -EPERM);
	EQ(north(SYS_unshare, CLONE_PARENT), -EINVAL);
	EQ(north(SYS_unshare, 0), 0);
	EQ(north(SYS_kcmp, MINE, base + 7, KCMP_FILES), 0);
	EQ(north(SYS_kcmp, MINE, base + 7, KCMP_FS), 0);
	EQ(north(SYS_unshare, CLONE_FILES | CLONE_FS | CLONE_SYSVSEM), 0);
	OK(north(SYS_kcmp, MINE, base + 7, KCMP_FILES) > 0);
	OK(north(SYS_kcmp, MINE, base + 7, KCMP_FS) > 0);
	fd = north(SYS_dup, 1);
	hosted_become(other);
	EQ(north(SYS_write, fd, &c, 1), -EBADF);
	hosted_become(mine);
	EQ(north(SYS_unshare, CLONE_FILES | CLONE_FS), 0);
	hosted_exit(other);
	exit_all(equal, mine, root);
}
