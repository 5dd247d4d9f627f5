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
