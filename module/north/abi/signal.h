/* SPDX-License-Identifier: GPL-2.0 */
/* Signals and what comes with them, as x86-64 user space sees them. */
#ifndef NORTH_ABI_SIGNAL_H
#define NORTH_ABI_SIGNAL_H

#include "../base/types.h"

#define SIGILL 4
#define SIGTRAP 5
#define SIGBUS 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGSEGV 11
#define SIGCHLD 17
#define SIGSTOP 19
#define SIGIO 29
#define SIGSYS 31

#define SI_KERNEL 0x80
#define SI_TIMER (-2)
#define SI_MESGQ (-3)
#define SI_SIGIO (-5)
#define SI_TKILL (-6)
#define SI_DETHREAD (-7)
#define SI_ASYNCNL (-60)
#define NSIGPOLL 6
#define BUS_MCEERR_AR 4
#define BUS_MCEERR_AO 5

/* siginfo_t as far as the host keeps it. */
struct siginfo {
	s32 signo, error, code, pad;
	union {
		struct {
			s32 pid;
			u32 uid;
			union {
				s32 status;
				u64 value;
			};
			s64 utime, stime;
		};
		struct {
			s32 tid;
			s32 overrun;
		};
		struct {
			u64 addr;
			union {
				s16 addr_lsb;
				s32 syscall;
			};
			u32 arch;
		};
		struct {
			s64 band;
			s32 fd;
		};
	};
};
_Static_assert(sizeof(struct siginfo) == SOUTH_SIGINFO_SIZE, "siginfo");

#endif
