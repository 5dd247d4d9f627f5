// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lbctl.h"
#include "record.h"

#define RECORDER "/dev/litebox-record"

int record_open(void)
{
	int fd = open(RECORDER, O_RDWR | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		complain("--record: this litebox.ko doesn't record: it takes one that was built "
			 "for it (selftests/replay)");
	else if (fd < 0)
		complain("--record: %s: %s", RECORDER, strerror(errno));
	return fd;
}

static bool write_all(int fd, const char *buf, ssize_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, buf, n);

		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0) {
			buf += done;
			n -= done;
		}
	}
	return true;
}

static int copy(int from, int to)
{
	static char buf[65536];
	ssize_t n;

	do {
		n = read(from, buf, sizeof(buf));
		if (n > 0 && !write_all(to, buf, n))
			return complain("--record: cannot write: %s", strerror(errno));
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n ? complain("--record: %s: %s", RECORDER, strerror(errno)) : 0;
}

int record_start(int recorder, int file, uint32_t box, pid_t *pid)
{
	if (dprintf(recorder, "%u", box) < 0)
		return complain("--record: %s: %s", RECORDER, strerror(errno));
	*pid = fork();
	if (*pid < 0)
		return complain("cannot fork: %s", strerror(errno));
	if (!*pid) {
		/* What the monitor holds would keep the box alive. */
		if (dup2(recorder, 0) < 0 || dup2(file, 1) < 0 || close_range(3, ~0U, 0))
			_exit(complain("--record: descriptors: %s", strerror(errno)));
		_exit(copy(0, 1));
	}
	return 0;
}

int record_finish(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return complain("--record: %s", strerror(errno));
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : STATUS_FAILED;
}
