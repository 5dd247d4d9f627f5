// SPDX-License-Identifier: GPL-2.0
/*
 * Names that come, go, move and lead in circles under each other's feet; trees deeper
 * than a path is long; /proc of processes that end meanwhile.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "guest.h"

static char *name(char *out)
{
	static const char *const parts[] = { "a", "b", "c", "d", "..", "l", "." };
	size_t n = 0;

	for (int i = 1 + below(6); i; i--)
		n += sprintf(out + n, "%s%s", PICK(parts), i > 1 ? "/" : "");
	return out;
}

static void one_call(void)
{
	char from[64], to[64], buffer[2048];
	int fd;

	name(from);
	name(to);
	switch (below(20)) {
	case 0:
	case 1:
	case 2: CALL(__NR_mkdir, from, 0777); break;
	case 3:
	case 4: CALL(__NR_rename, from, to); break;
	case 5: CALL(__NR_renameat2, AT_FDCWD, from, AT_FDCWD, to, below(8)); break;
	case 6: CALL(__NR_rmdir, from); break;
	case 7: CALL(__NR_unlink, from); break;
	case 8: CALL(__NR_symlink, to, from); break;
	case 9: CALL(__NR_link, from, to); break;
	case 10: CALL(__NR_chdir, from); break;
	case 11:
		CALL(__NR_getcwd, buffer, sizeof(buffer));
		break;
	case 12:
	case 13:
		fd = CALL(__NR_open, from, O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
		CALL(__NR_write, fd, buffer, below(2000));
		CALL(__NR_close, fd);
		break;
	case 14:
		fd = CALL(__NR_open, from, O_DIRECTORY | O_CLOEXEC);
		while (CALL(__NR_getdents64, fd, buffer, 24 + below(500)) > 0 && !one_in(8))
			;
		CALL(__NR_fchdir, one_in(4) ? fd : -1);
		CALL(__NR_close, fd);
		break;
	case 15: CALL(__NR_truncate, from, below(100000)); break;
	case 16: CALL(__NR_setxattr, from, "user.x", buffer, below(300), 0); break;
	case 17: CALL(__NR_newfstatat, AT_FDCWD, from, buffer, below(2) * AT_SYMLINK_NOFOLLOW); break;
	case 18: CALL(__NR_readlink, from, buffer, sizeof(buffer)); break;
	case 19: CALL(__NR_chmod, from, below(512) | 0700); break;
	}
}

static void busy(void *arg)
{
	(void)arg;
	while (more())
		one_call();
}

/* Deeper than PATH_MAX, by chdir, and away again. */
static void deep(void *arg)
{
	char buffer[8192], part[200];
	int depth = 0;
	(void)arg;

	memset(part, 'p', sizeof(part));
	part[sizeof(part) - 1 - below(190)] = 0;
	part[sizeof(part) - 1] = 0;
	while (depth < 400 && more() && !CALL(__NR_mkdir, part, 0777) && !CALL(__NR_chdir, part))
		depth++;
	CALL(__NR_getcwd, buffer, sizeof(buffer));
	CALL(__NR_open, "x", O_CREAT | O_RDWR, 0666);
	if (one_in(2))
		CALL(__NR_rename, "../..", "x");
	CALL(__NR_unlink, "x");
	for (; depth; depth--) {
		CALL(__NR_chdir, "..");
		CALL(__NR_rmdir, part);
	}
}

static void look_at(const char *dir)
{
	static const char *const files[] = { "status", "stat", "maps", "cmdline", "environ", "fd", "task",
					     "exe", "cwd", "root", "limits", "mounts", "comm", "statm",
					     "fdinfo", "auxv", "io", "cgroup", "mem", "oom_score_adj" };
	char path[400], buffer[1024];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/%s", dir, PICK(files));
	fd = CALL(__NR_open, path, O_RDONLY | O_NONBLOCK);
	for (int i = 0; i < 8 && CALL(__NR_read, fd, buffer, 1 + below(sizeof(buffer))) > 0; i++)
		;
	CALL(__NR_getdents64, fd, buffer, sizeof(buffer));
	CALL(__NR_lseek, fd, random_number(), below(5));
	CALL(__NR_close, fd);
	CALL(__NR_readlink, path, buffer, sizeof(buffer));
}

static void brief(void *arg)
{
	(void)arg;
	CALL(__NR_nanosleep, ((long[]){ 0, below(3000000) }), NULL);
}

static void proc(void *arg)
{
	struct dirent *entry;
	DIR *d;
	(void)arg;

	while (more()) {
		d = opendir("/proc");
		while (d && (entry = readdir(d)) && more()) {
			if (one_in(4))
				child(brief, NULL);
			look_at(entry->d_name);
			reap();
		}
		if (d)
			closedir(d);
	}
}

void run_tree(void)
{
	pool_open();
	if (mkdir("tree", 0777) < 0 || chdir("tree") < 0)
		if (chdir("tree") < 0)
			return;
	if (one_in(2))
		child(proc, NULL);
	for (int i = 0; i < 2; i++)
		child(busy, NULL);
	thread(busy, NULL);
	while (more()) {
		child(deep, NULL);
		for (int i = 0; i < 1000; i++)
			one_call();
		reap();
	}
}
