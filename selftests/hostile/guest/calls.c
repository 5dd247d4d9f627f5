// SPDX-License-Identifier: GPL-2.0
/* One call at random, with arguments that nearly make sense. */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <termios.h>
#include <unistd.h>
#include "guest.h"

enum { X32 = 0x40000000, LAST = __NR_mseal };

/*
 * What each argument is: d descriptor, D where a path begins, p path, o buffer,
 * s structure, v array of iovec, A array of strings, t time, a address, l length,
 * n number, i small number, f flags, m mode, u user, P process, S signal, c clock,
 * I ioctl, F fcntl. What isn't named is any of them.
 */
static const char *const takes[512] = {
	[__NR_read] = "dol", [__NR_write] = "dol", [__NR_open] = "pfm", [__NR_close] = "d",
	[__NR_stat] = "ps", [__NR_fstat] = "ds", [__NR_lstat] = "ps", [__NR_poll] = "sit",
	[__NR_lseek] = "dnw", [__NR_mmap] = "alffdn", [__NR_mprotect] = "alf",
	[__NR_munmap] = "al", [__NR_brk] = "a", [__NR_rt_sigaction] = "Sssi",
	[__NR_rt_sigprocmask] = "issi", [__NR_ioctl] = "dIs", [__NR_pread64] = "doln",
	[__NR_pwrite64] = "doln", [__NR_readv] = "dvi", [__NR_writev] = "dvi",
	[__NR_access] = "pi", [__NR_pipe] = "s", [__NR_select] = "isssT", [__NR_mremap] = "allfa",
	[__NR_msync] = "alf", [__NR_mincore] = "alo", [__NR_madvise] = "ali",
	[__NR_shmget] = "nln", [__NR_shmat] = "iaf", [__NR_shmctl] = "iis", [__NR_dup] = "d",
	[__NR_dup2] = "dd", [__NR_nanosleep] = "ts", [__NR_getitimer] = "is", [__NR_alarm] = "i",
	[__NR_setitimer] = "itt", [__NR_sendfile] = "ddsl", [__NR_socket] = "iii",
	[__NR_connect] = "dsl", [__NR_accept] = "dss", [__NR_sendto] = "dolfsl",
	[__NR_recvfrom] = "dolfss", [__NR_sendmsg] = "dsf", [__NR_recvmsg] = "dsf",
	[__NR_shutdown] = "di", [__NR_bind] = "dsl", [__NR_listen] = "di",
	[__NR_getsockname] = "dss", [__NR_getpeername] = "dss", [__NR_socketpair] = "iiis",
	[__NR_setsockopt] = "diisl", [__NR_getsockopt] = "diiss", [__NR_clone] = "fssss",
	[__NR_execve] = "pAA", [__NR_exit] = "i", [__NR_wait4] = "Psfs", [__NR_kill] = "PS",
	[__NR_uname] = "s", [__NR_semget] = "nnn", [__NR_semop] = "isi", [__NR_semctl] = "iiis",
	[__NR_shmdt] = "a", [__NR_msgget] = "nf", [__NR_msgsnd] = "islf", [__NR_msgrcv] = "islnf",
	[__NR_msgctl] = "iis", [__NR_fcntl] = "dFs", [__NR_flock] = "di", [__NR_fsync] = "d",
	[__NR_fdatasync] = "d", [__NR_truncate] = "pn", [__NR_ftruncate] = "dn",
	[__NR_getdents] = "dol", [__NR_getcwd] = "ol", [__NR_chdir] = "p", [__NR_fchdir] = "d",
	[__NR_rename] = "pp", [__NR_mkdir] = "pm", [__NR_rmdir] = "p", [__NR_creat] = "pm",
	[__NR_link] = "pp", [__NR_unlink] = "p", [__NR_symlink] = "pp", [__NR_readlink] = "pol",
	[__NR_chmod] = "pm", [__NR_fchmod] = "dm", [__NR_chown] = "puu", [__NR_fchown] = "duu",
	[__NR_lchown] = "puu", [__NR_umask] = "m", [__NR_gettimeofday] = "tt",
	[__NR_getrlimit] = "is", [__NR_getrusage] = "is", [__NR_sysinfo] = "s", [__NR_times] = "s",
	[__NR_ptrace] = "iPns", [__NR_syslog] = "iol", [__NR_setuid] = "u", [__NR_setgid] = "u",
	[__NR_setpgid] = "PP", [__NR_setreuid] = "uu", [__NR_setregid] = "uu",
	[__NR_getgroups] = "ls", [__NR_setgroups] = "ls", [__NR_setresuid] = "uuu",
	[__NR_getresuid] = "sss", [__NR_setresgid] = "uuu", [__NR_getresgid] = "sss",
	[__NR_getpgid] = "P", [__NR_setfsuid] = "u", [__NR_setfsgid] = "u", [__NR_getsid] = "P",
	[__NR_capget] = "ss", [__NR_capset] = "ss", [__NR_rt_sigpending] = "sl",
	[__NR_rt_sigtimedwait] = "sstl", [__NR_rt_sigqueueinfo] = "PSs",
	[__NR_rt_sigsuspend] = "sl", [__NR_sigaltstack] = "ss", [__NR_utime] = "ps",
	[__NR_mknod] = "pmn", [__NR_uselib] = "s", [__NR_personality] = "m", [__NR_ustat] = "ns",
	[__NR_statfs] = "ps", [__NR_fstatfs] = "ds", [__NR_sysfs] = "iii",
	[__NR_getpriority] = "iP", [__NR_setpriority] = "iPi", [__NR_sched_setparam] = "Ps",
	[__NR_sched_getparam] = "Ps", [__NR_sched_setscheduler] = "Pis",
	[__NR_sched_getscheduler] = "P", [__NR_sched_get_priority_max] = "i",
	[__NR_sched_get_priority_min] = "i", [__NR_sched_rr_get_interval] = "Ps",
	[__NR_mlock] = "al", [__NR_munlock] = "al", [__NR_mlockall] = "f",
	[__NR_modify_ldt] = "isl", [__NR_pivot_root] = "pp", [__NR__sysctl] = "isl",
	[__NR_prctl] = "insss", [__NR_arch_prctl] = "ia", [__NR_adjtimex] = "s",
	[__NR_setrlimit] = "is", [__NR_chroot] = "p", [__NR_settimeofday] = "tt",
	[__NR_mount] = "pppfs", [__NR_umount2] = "p", [__NR_sethostname] = "ol",
	[__NR_setdomainname] = "ol", [__NR_iopl] = "f", [__NR_ioperm] = "nnf",
	[__NR_quotactl] = "ipis", [__NR_nfsservctl] = "ssi", [__NR_readahead] = "dnl",
	[__NR_setxattr] = "pposli", [__NR_lsetxattr] = "pposli", [__NR_fsetxattr] = "dpoli",
	[__NR_getxattr] = "pool", [__NR_lgetxattr] = "pool", [__NR_fgetxattr] = "dool",
	[__NR_listxattr] = "pol", [__NR_llistxattr] = "pol", [__NR_flistxattr] = "dol",
	[__NR_removexattr] = "po", [__NR_lremovexattr] = "po", [__NR_fremovexattr] = "do",
	[__NR_tkill] = "PS", [__NR_time] = "s", [__NR_futex] = "aintan",
	[__NR_sched_setaffinity] = "Pls", [__NR_sched_getaffinity] = "Pls", [__NR_io_setup] = "ls",
	[__NR_io_destroy] = "n", [__NR_io_getevents] = "niist", [__NR_io_submit] = "nis",
	[__NR_io_cancel] = "nss", [__NR_lookup_dcookie] = "dio", [__NR_epoll_create] = "d",
	[__NR_remap_file_pages] = "alnnf", [__NR_getdents64] = "dol", [__NR_set_tid_address] = "s",
	[__NR_semtimedop] = "isit", [__NR_fadvise64] = "dnni", [__NR_timer_create] = "iss",
	[__NR_timer_settime] = "ifss", [__NR_timer_gettime] = "is", [__NR_timer_getoverrun] = "i",
	[__NR_timer_delete] = "i", [__NR_clock_settime] = "ct", [__NR_clock_gettime] = "ct",
	[__NR_clock_getres] = "ct", [__NR_clock_nanosleep] = "cftt", [__NR_exit_group] = "i",
	[__NR_epoll_wait] = "dsii", [__NR_epoll_ctl] = "dids", [__NR_tgkill] = "PPS",
	[__NR_utimes] = "pt", [__NR_mbind] = "alissf", [__NR_set_mempolicy] = "isl",
	[__NR_get_mempolicy] = "ssiaf", [__NR_mq_open] = "pfms", [__NR_mq_unlink] = "p",
	[__NR_mq_timedsend] = "dolit", [__NR_mq_timedreceive] = "dolit", [__NR_mq_notify] = "ds",
	[__NR_mq_getsetattr] = "dss", [__NR_waitid] = "iPsfs", [__NR_add_key] = "ppsli",
	[__NR_request_key] = "pppi", [__NR_keyctl] = "inlll", [__NR_ioprio_set] = "iPi",
	[__NR_ioprio_get] = "iP", [__NR_inotify_add_watch] = "dpf", [__NR_inotify_rm_watch] = "di",
	[__NR_migrate_pages] = "Plss", [__NR_openat] = "Dpfm", [__NR_mkdirat] = "Dpm",
	[__NR_mknodat] = "Dpmn", [__NR_fchownat] = "Dpuuf", [__NR_futimesat] = "Dpt",
	[__NR_newfstatat] = "Dpsf", [__NR_unlinkat] = "Dpf", [__NR_renameat] = "DpDp",
	[__NR_linkat] = "DpDpf", [__NR_symlinkat] = "pDp", [__NR_readlinkat] = "Dpol",
	[__NR_fchmodat] = "Dpf", [__NR_faccessat] = "Dpf", [__NR_pselect6] = "isssts",
	[__NR_ppoll] = "sitsl", [__NR_unshare] = "f", [__NR_set_robust_list] = "al",
	[__NR_get_robust_list] = "Pss", [__NR_splice] = "dsdslf", [__NR_tee] = "ddlf",
	[__NR_sync_file_range] = "dnnf", [__NR_vmsplice] = "dvi", [__NR_move_pages] = "Plssif",
	[__NR_utimensat] = "Dptf", [__NR_epoll_pwait] = "dsiisl", [__NR_signalfd] = "dsl",
	[__NR_timerfd_create] = "if", [__NR_eventfd] = "d", [__NR_fallocate] = "dinn",
	[__NR_timerfd_settime] = "dftt", [__NR_timerfd_gettime] = "ds", [__NR_accept4] = "dssf",
	[__NR_signalfd4] = "dslf", [__NR_eventfd2] = "if", [__NR_epoll_create1] = "d",
	[__NR_dup3] = "ddf", [__NR_pipe2] = "sf", [__NR_inotify_init1] = "d",
	[__NR_preadv] = "dvinn", [__NR_pwritev] = "dvinn", [__NR_rt_tgsigqueueinfo] = "PPSs",
	[__NR_perf_event_open] = "sPidf", [__NR_recvmmsg] = "dsift", [__NR_fanotify_init] = "ffd",
	[__NR_fanotify_mark] = "dfnDp", [__NR_prlimit64] = "Piss",
	[__NR_name_to_handle_at] = "Dpssf", [__NR_open_by_handle_at] = "dsf",
	[__NR_clock_adjtime] = "cs", [__NR_syncfs] = "d", [__NR_sendmmsg] = "dsif",
	[__NR_setns] = "di", [__NR_getcpu] = "sss", [__NR_process_vm_readv] = "Pvivif",
	[__NR_process_vm_writev] = "Pvivif", [__NR_kcmp] = "PPinn", [__NR_sched_setattr] = "Psf",
	[__NR_sched_getattr] = "Pslf", [__NR_renameat2] = "DpDpf", [__NR_seccomp] = "ifs",
	[__NR_getrandom] = "olf", [__NR_memfd_create] = "pf", [__NR_bpf] = "isl",
	[__NR_execveat] = "DpAAf", [__NR_userfaultfd] = "d", [__NR_membarrier] = "iif",
	[__NR_mlock2] = "al", [__NR_copy_file_range] = "dsdslf", [__NR_preadv2] = "dvinnf",
	[__NR_pwritev2] = "dvinnf", [__NR_pkey_mprotect] = "alfi", [__NR_pkey_alloc] = "ff",
	[__NR_pkey_free] = "i", [__NR_statx] = "Dpffs", [__NR_io_pgetevents] = "niistss",
	[__NR_rseq] = "alfi", [__NR_pidfd_send_signal] = "dSsf", [__NR_io_uring_setup] = "is",
	[__NR_io_uring_enter] = "diifsl", [__NR_io_uring_register] = "disi",
	[__NR_open_tree] = "Dpf", [__NR_move_mount] = "DpDpf", [__NR_fsopen] = "pf",
	[__NR_fsconfig] = "dippi", [__NR_fsmount] = "dff", [__NR_fspick] = "Dpf",
	[__NR_pidfd_open] = "Pf", [__NR_clone3] = "sl", [__NR_close_range] = "ddf",
	[__NR_openat2] = "Dpsl", [__NR_pidfd_getfd] = "ddf", [__NR_faccessat2] = "Dpif",
	[__NR_process_madvise] = "dvilf", [__NR_epoll_pwait2] = "dsitsl",
	[__NR_mount_setattr] = "Dpfsl", [__NR_quotactl_fd] = "dfns",
	[__NR_landlock_create_ruleset] = "slf", [__NR_landlock_add_rule] = "disf",
	[__NR_landlock_restrict_self] = "df", [__NR_memfd_secret] = "f",
	[__NR_process_mrelease] = "df", [__NR_futex_waitv] = "siftc",
	[__NR_set_mempolicy_home_node] = "alnf", [__NR_cachestat] = "dnlsf",
	[__NR_fchmodat2] = "Dpmf", [__NR_map_shadow_stack] = "alff", [__NR_futex_wake] = "annf",
	[__NR_futex_wait] = "annftc", [__NR_futex_requeue] = "sfii", [__NR_statmount] = "ssslf",
	[__NR_listmount] = "sslf", [__NR_lsm_get_self_attr] = "issf",
	[__NR_lsm_set_self_attr] = "issf", [__NR_lsm_list_modules] = "ssf", [__NR_mseal] = "al",
};

/*
 * Never made, in a box or out of one, so that both see the same: what would end the
 * machine or the run rather than test it (a box has none of these calls, and a user
 * who isn't root may not make them).
 */
static const short never[] = {
	__NR_reboot, __NR_kexec_load, __NR_kexec_file_load, __NR_init_module, __NR_finit_module,
	__NR_delete_module, __NR_swapon, __NR_swapoff, __NR_acct, __NR_vhangup,
};

bool skip(long nr)
{
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (never[i] == (nr & ~X32))
			return true;
	return false;
}

/* These end or stop the caller: worth a try now and then. */
static bool final(long nr)
{
	return nr == __NR_exit || nr == __NR_exit_group || nr == __NR_rt_sigreturn ||
	       nr == __NR_pause || nr == __NR_rt_sigsuspend;
}

static bool forks(long nr)
{
	return nr == __NR_fork || nr == __NR_vfork || nr == __NR_clone || nr == __NR_clone3;
}

static uint64_t flags(void)
{
	static const uint32_t open_flags[] = {
		O_RDWR, O_WRONLY, O_CREAT | O_RDWR, O_CREAT | O_EXCL, O_TRUNC | O_RDWR, O_APPEND | O_RDWR,
		O_DIRECTORY, O_PATH, O_NOFOLLOW, O_NONBLOCK, O_CLOEXEC, O_TMPFILE | O_RDWR,
	};
	uint64_t f = 0;

	switch (below(4)) {
	case 0: return PICK(open_flags) | PICK(open_flags);
	case 1: return below(64);
	case 2:
		for (int i = below(4); i >= 0; i--)
			f |= 1ULL << below(one_in(8) ? 64 : 32);
		return f;
	default: return one_in(2) ? 0 : random_number();
	}
}

static void *vector(void)
{
	struct iovec *v = random_structure(sizeof(*v) * 8);

	if ((char *)v < arena || (char *)(v + 8) > arena + ARENA)
		return v;
	for (int i = 0; i < 8; i++)
		v[i] = (struct iovec){ (void *)random_address(), random_length() };
	return v;
}

static void *strings(void)
{
	const char **s = (const char **)random_structure(sizeof(*s) * 8);

	if ((char *)s < arena || (char *)(s + 8) > arena + ARENA)
		return s;
	for (int i = 0; i < 7; i++)
		s[i] = random_path();
	s[7] = one_in(16) ? arena : NULL;
	return s;
}

static void *moment(void)
{
	struct timespec *t = random_structure(sizeof(*t) * 2);

	if ((char *)t < arena || (char *)(t + 2) > arena + ARENA)
		return t;
	for (int i = 0; i < 2; i++) {
		t[i].tv_sec = one_in(4) ? (time_t)random_number() : 0;
		t[i].tv_nsec = one_in(4) ? (long)random_number() : (long)below(2000000);
	}
	return t;
}

static uint64_t request(void)
{
	static const unsigned long known[] = {
		TCGETS, TCSETS, TCSETSW, TIOCGWINSZ, TIOCSWINSZ, TIOCGPGRP, TIOCSPGRP, TIOCSCTTY, TIOCNOTTY,
		TIOCGSID, TIOCSTI, TIOCGPTN, TIOCSPTLCK, TIOCGPTPEER, TIOCPKT, TCXONC, TCFLSH, TCSBRK,
		TIOCSETD, TIOCLINUX, TIOCCONS, FIONREAD, FIONBIO, FIOASYNC, FIOCLEX, FIONCLEX,
	};

	return one_in(3) ? random_word() >> below(33) : PICK(known);
}

static uint64_t argument(char kind)
{
	static const char kinds[] = "dpsolnifa";

	switch (kind) {
	case 'd': return random_fd();
	case 'D': return one_in(3) ? random_fd() : AT_FDCWD;
	case 'p': return (uint64_t)random_path();
	case 'o':
	case 'a': return random_address();
	case 's': return (uint64_t)random_structure(128);
	case 'v': return (uint64_t)vector();
	case 'A': return (uint64_t)strings();
	case 'T':
	case 't': return one_in(4) ? 0 : (uint64_t)moment();
	case 'l': return random_length();
	case 'i': return one_in(8) ? random_number() : below(32);
	case 'f': return flags();
	case 'm': return one_in(8) ? random_word() : below(01000);
	case 'u': return one_in(3) ? random_number() : getuid();
	case 'P': return random_pid();
	case 'S': return random_signal();
	case 'c': return one_in(3) ? random_number() : below(12);
	case 'I': return request();
	case 'F': return one_in(3) ? 1024 + below(20) : below(40);
	case 'n': return random_number();
	default: return argument(PICK(kinds));
	}
}

/* Stays off the stack, which a child may share: it goes at once. */
static inline __attribute__((always_inline)) long make(long nr, const uint64_t a[6])
{
	register long r10 asm("r10") = a[3], r8 asm("r8") = a[4], r9 asm("r9") = a[5];
	long result;

	asm volatile("syscall\n\t"
		     "test %[forks], %[forks]\n\t"
		     "jz 1f\n\t"
		     "test %%rax, %%rax\n\t"
		     "jnz 1f\n\t"
		     "mov %[exit], %%eax\n\t"
		     "xor %%edi, %%edi\n\t"
		     "syscall\n\t"
		     "ud2\n"
		     "1:"
		     : "=a"(result)
		     : "0"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9),
		       [forks] "b"((long)forks(nr)), [exit] "i"(__NR_exit)
		     : "rcx", "r11", "memory", "cc");
	return result;
}

static long number(void)
{
	long nr;

	do {
		switch (below(40)) {
		case 0: nr = random_number(); break;
		case 1: nr = 400 + below(300); break;
		case 2: nr = X32 | below(600); break;
		default: nr = below(LAST + 1); break;
		}
	} while (skip(nr) || (final(nr) && !one_in(16)));
	return nr;
}

long random_call(void)
{
	long nr = number();
	const char *kinds = nr >= 0 && nr < 512 ? takes[nr] : NULL;
	uint64_t a[6];

	for (int i = 0; i < 6; i++)
		a[i] = argument(kinds && *kinds && !one_in(50) ? *kinds++ : '?');
	/* kill(-1): would end the run's own processes. */
	if ((nr == __NR_kill || nr == __NR_rt_sigqueueinfo) && (int)a[0] == -1)
		a[0] = getpid();
	now.shared->operations++;
	return make(nr, a);
}
