// SPDX-License-Identifier: GPL-2.0
/* Files, mounts, pipes, terminals */
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include "trigger.h"

#define FSCONFIG_SET_STRING_ 1

/* ---- pipes ---- */

TRIGGER(pipe_splice)
{
	int file = open("/etc/passwd", O_RDONLY), fds[2];

	if (pipe(fds))
		return;
	splice(file, NULL, fds[1], NULL, 1, 0);
}

TRIGGER(pipe_tee)
{
	int a[2], b[2];

	if (pipe(a) || pipe(b))
		return;
	if (write(a[1], "x", 1) == 1)
		tee(a[0], b[1], 1, SPLICE_F_NONBLOCK);
}

TRIGGER(pipe_vmsplice)
{
	static char page[4096];
	struct iovec v = { page, sizeof(page) };
	int fds[2];

	if (pipe(fds))
		return;
	vmsplice(fds[1], &v, 1, 0);
}

TRIGGER(pipe_watch)
{
	int fds[2];

	if (pipe2(fds, O_EXCL /* notifications */))
		return;
	ioctl(fds[0], _IO('W', 0x60), 8);
}

TRIGGER(pipe_resize)
{
	int fds[2];

	if (pipe(fds))
		return;
	fcntl(fds[0], F_SETPIPE_SZ, 1 << 13);
}

/* ---- mounts ---- */

TRIGGER(mount_overlay)
{
	own_namespaces();
	mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
	mkdir("/tmp/lower", 0755);
	mkdir("/tmp/upper", 0755);
	mkdir("/tmp/work", 0755);
	mkdir("/tmp/merged", 0755);
	mount("overlay", "/tmp/merged", "overlay", 0,
	      "lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work");
}

/* fsopen() and a parameter */
static void configure(const char *type, const char *key, const char *value)
{
	int fd;

	own_namespaces();
	fd = syscall(SYS_fsopen, type, 0);
	syscall(SYS_fsconfig, fd, FSCONFIG_SET_STRING_, key, value, 0);
}

TRIGGER(fsconfig_legacy)
{
	configure("9p", "source", "x");
}

TRIGGER(fsconfig_cgroup)
{
	configure("cgroup", "source", "x");
}

TRIGGER(mount_cgroup)
{
	own_namespaces();
	unshare(CLONE_NEWCGROUP);
	mount("cgroup", "/mnt", "cgroup", 0, "rdma");
}

TRIGGER(mountinfo)
{
	char buffer[4096];
	int fd = open("/proc/self/mountinfo", O_RDONLY);

	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
}

/* ---- what stands in /proc ---- */

TRIGGER(memory_file)
{
	static char page[4096];
	int fd = open("/proc/self/mem", O_RDWR);

	if (pwrite(fd, "x", 1, (long)page) < 0)
		return;
}

TRIGGER(user_map)
{
	own_namespaces();
}

TRIGGER(security_label)
{
	int fd = open("/proc/self/attr/current", O_WRONLY);

	if (fd < 0)
		fd = open("/proc/self/attr/apparmor/current", O_WRONLY);
	if (write(fd, "changeprofile x", 15) < 0)
		return;
}

/* ---- files that aren't in a folder ---- */

TRIGGER(watch_folder)
{
	inotify_add_watch(inotify_init1(0), "/tmp", IN_CREATE);
}

TRIGGER(message_queue)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD + 2 };

	syscall(SYS_mq_notify, 0, &event);
}

TRIGGER(timer_file)
{
	struct itimerspec when = { .it_value.tv_sec = 1 };

	syscall(SYS_timerfd_settime, timerfd_create(CLOCK_REALTIME, 0), 3 /* cancelled when set */,
		&when, NULL);
}

TRIGGER(epoll)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fds[2], ep = epoll_create1(0);

	if (pipe(fds))
		return;
	epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &event);
	epoll_ctl(ep, EPOLL_CTL_DEL, fds[0], NULL);
}

/* ---- terminals ---- */

static int terminal(void)
{
	int fd, master = posix_openpt(O_RDWR | O_NOCTTY);

	grantpt(master);
	unlockpt(master);
	fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	return fd;
}

static void discipline(int number)
{
	ioctl(terminal(), TIOCSETD, &number);
}

TRIGGER(line_hdlc)
{
	discipline(13);
}

TRIGGER(line_6pack)
{
	discipline(7);
}

TRIGGER(line_can)
{
	discipline(17);
}

TRIGGER(terminal_jobs)
{
	int group = getpgrp();

	ioctl(terminal(), TIOCSPGRP, &group);
}

TRIGGER(terminal_write)
{
	int fd = terminal();

	if (write(fd, "x", 1) < 0)
		return;
	tcflush(fd, TCIOFLUSH);
}
