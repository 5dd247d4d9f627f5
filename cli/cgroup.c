// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>
#include <linux/magic.h>
#include "cgroup.h"
#include "lbctl.h"

#define BOXES CGROUP_ROOT "/litebox"

static const char *const controllers[] = { "memory", "pids", "cpu" };

static int write_at(int dir, const char *file, const char *text)
{
	cleanup_fd int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(text);

	if (fd < 0)
		return -errno;
	return write(fd, text, len) == (ssize_t)len ? 0 : -errno;
}

static int write_number(int dir, const char *file, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	return write_at(dir, file, text);
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (; (text = strstr(text, word)); text += len)
		if (!text[len] || text[len] == ' ' || text[len] == '\n')
			return true;
	return false;
}

static ssize_t read_file(const char *path, char *buf, size_t size)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	buf[n < 0 ? 0 : n] = '\0';
	return n;
}

static uint64_t number_in(const char *path)
{
	char text[32];

	read_file(path, text, sizeof(text));
	return strtoull(text, NULL, 10);
}

uint64_t cgroup_host_memory(void)
{
	struct sysinfo info;

	return sysinfo(&info) ? 0 : (uint64_t)info.totalram * info.mem_unit;
}

const char *cgroup_missing(void)
{
	static char text[128];
	struct statfs fs;
	char have[256];
	size_t i;

	if (statfs(CGROUP_ROOT, &fs) || fs.f_type != CGROUP2_SUPER_MAGIC)
		return "cgroup version 2 is not mounted at " CGROUP_ROOT;
	read_file(CGROUP_ROOT "/cgroup.controllers", have, sizeof(have));
	for (i = 0; i < ARRAY_SIZE(controllers); i++)
		if (!has_word(have, controllers[i])) {
			snprintf(text, sizeof(text), "cgroup controller \"%s\" is not available",
				 controllers[i]);
			return text;
		}
	return NULL;
}

/* What all boxes together leave to the host. */
static int set_common_limits(int dir)
{
	uint64_t threads = number_in("/proc/sys/kernel/threads-max");
	uint64_t pids = number_in("/proc/sys/kernel/pid_max");

	return write_number(dir, "memory.max", cgroup_host_memory() / 4 * 3) ?:
	       write_number(dir, "pids.max", (pids < threads ? pids : threads) / 2);
}

/* The folder of all boxes, its controllers switched on. */
static int open_boxes(void)
{
	const char *missing = cgroup_missing();
	bool made = false;
	char word[16];
	size_t i;
	int fd, root, err = 0;

	if (missing) {
		complain("%s", missing);
		return -1;
	}
	root = open(CGROUP_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root >= 0) {
		made = !mkdirat(root, "litebox", 0755);
		if (!made && errno != EEXIST)
			close_fd(&root);
	}
	if (root < 0) {
		complain("cannot create %s: %s", BOXES, strerror(errno));
		return -1;
	}
	fd = openat(root, "litebox", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (i = 0; fd >= 0 && i < ARRAY_SIZE(controllers) && !err; i++) {
		snprintf(word, sizeof(word), "+%s", controllers[i]);
		err = write_at(root, "cgroup.subtree_control", word) ?:
		      write_at(fd, "cgroup.subtree_control", word);
	}
	close(root);
	/* Limits that somebody has given it since are left alone. */
	if (fd >= 0 && !err && made)
		err = set_common_limits(fd);
	if (fd < 0 || err) {
		complain("cannot set up %s: %s", BOXES, strerror(err ? -err : errno));
		close_fd(&fd);
		if (made)
			rmdir(BOXES);
	}
	return fd;
}

static int set_limits(int dir, const struct cgroup_limits *limits)
{
	char text[64];
	int err;

	/* A box without one of its processes is of no use: they go together. */
	err = write_number(dir, "pids.max", limits->pids) ?:
	      write_number(dir, "memory.max", limits->memory) ?:
	      write_at(dir, "memory.oom.group", "1");
	/* Not there where the host does not account for swap. */
	if (!err && !faccessat(dir, "memory.swap.max", F_OK, 0))
		err = write_at(dir, "memory.swap.max", "0");
	if (!err && limits->cpu) {
		snprintf(text, sizeof(text), "%llu 100000", (unsigned long long)limits->cpu * 100);
		err = write_at(dir, "cpu.max", text);
	}
	return err;
}

int cgroup_create(const char *name, const struct cgroup_limits *limits)
{
	cleanup_fd int boxes = open_boxes();
	int fd, err;

	if (boxes < 0)
		return -1;
	/* Names are unique among living boxes: what is there is a dead one's. */
	unlinkat(boxes, name, AT_REMOVEDIR);
	if (mkdirat(boxes, name, 0755)) {
		complain("cannot create %s/%s: %s", BOXES, name, strerror(errno));
		return -1;
	}
	fd = openat(boxes, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = fd < 0 ? -errno : set_limits(fd, limits);
	if (!err)
		return fd;
	complain("cannot set the limits of %s/%s: %s", BOXES, name, strerror(-err));
	close_fd(&fd);
	unlinkat(boxes, name, AT_REMOVEDIR);
	return -1;
}

int cgroup_open(const char *name)
{
	cleanup_free char *path = xasprintf("%s/%s", BOXES, name);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		complain("cannot open %s: %s", path, strerror(errno));
	return fd;
}

void cgroup_remove(const char *name)
{
	const struct timespec pause = { .tv_nsec = 5L * 1000 * 1000 };
	cleanup_free char *path = xasprintf("%s/%s", BOXES, name);
	int tries;

	for (tries = 0; rmdir(path) && errno == EBUSY && tries < 1000; tries++)
		nanosleep(&pause, NULL);
}

void cgroup_sweep(struct client *c)
{
	DIR *dir = opendir(BOXES);
	struct dirent *d;
	struct box box;

	if (!dir)
		return;
	while ((d = readdir(dir))) {
		if (d->d_type != DT_DIR || d->d_name[0] == '.')
			continue;
		if (client_box_get(c, d->d_name, &box) == -ENOENT)
			unlinkat(dirfd(dir), d->d_name, AT_REMOVEDIR);
	}
	closedir(dir);
}

uint64_t cgroup_value(const char *name, const char *file, const char *key)
{
	cleanup_free char *path = xasprintf("%s/%s/%s", BOXES, name, file);
	char text[4096];
	const char *at = text;

	read_file(path, text, sizeof(text));
	if (key) {
		size_t len = strlen(key);

		while (at && (strncmp(at, key, len) || at[len] != ' ')) {
			at = strchr(at, '\n');
			if (at)
				at++;
		}
		if (!at)
			return 0;
		at += len;
	}
	return strtoull(at, NULL, 10);
}
