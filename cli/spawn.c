// SPDX-License-Identifier: GPL-2.0
/* lbctl spawn: a program in a new box. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/openat2.h>
#include <json-c/json.h>
#include "lbctl.h"
#include "monitor.h"
#include "program.h"
#include "record.h"
#include "terminal.h"

#define DEFAULT_PIDS 4096

struct spawn_options {
	struct spawn spawn;
	struct program_options program;
	struct bind **last_bind;
	const char *rootfs, *log, *record;
};

enum {
	KEY_NAME = 0x200, KEY_ROOTFS, KEY_BIND, KEY_TMPFS, KEY_HOSTNAME, KEY_MEMORY, KEY_PIDS,
	KEY_CPUS, KEY_TIMEOUT, KEY_LOG, KEY_RECORD
};

static const struct argp_option options[] = {
	{ .doc = "The box:", .group = 1 },
	{ .name = "name", .key = KEY_NAME, .arg = "NAME",
	  .doc = "Name of the box (box-ID)" },
	{ .name = "rootfs", .key = KEY_ROOTFS, .arg = "DIR",
	  .doc = "Its root directory (/). It is never written to: changes live in the box's "
		 "memory. Of / the box sees what any unprivileged user of the host could; any "
		 "other directory is taken for an image that is all the box's" },
	{ .name = "bind", .key = KEY_BIND, .arg = "SRC:DST[:ro|rw]",
	  .doc = "Show file or directory SRC of the host at DST in the box, read-only unless rw, "
		 "and all of it, whoever owns what is in it" },
	{ .name = "tmpfs", .key = KEY_TMPFS, .arg = "DST",
	  .doc = "An empty directory in memory at DST" },
	{ .name = "hostname", .key = KEY_HOSTNAME, .arg = "NAME",
	  .doc = "Host name in the box (the box's name)" },
	{ .doc = "Limits:", .group = 2 },
	{ .name = "memory", .key = KEY_MEMORY, .arg = "SIZE",
	  .doc = "Bytes of memory, files in memory included; K, M, G, T (half of the host's); no "
		 "swap" },
	{ .name = "pids", .key = KEY_PIDS, .arg = "N",
	  .doc = "Processes and threads, at most 4096 (4096)" },
	{ .name = "cpus", .key = KEY_CPUS, .arg = "N[.N]",
	  .doc = "CPU time, in CPUs (no limit)" },
	{ .name = "timeout", .key = KEY_TIMEOUT, .arg = "SECONDS",
	  .doc = "End the box after this time, with status 124" },
	{ .doc = "The program:", .group = 3 },
	{ .name = "detach", .key = 'd',
	  .doc = "Print the box's name and leave it running" },
	{ .name = "log", .key = KEY_LOG, .arg = "FILE",
	  .doc = "Append the output of a detached box to FILE; otherwise there is none" },
	{ .name = "record", .key = KEY_RECORD, .arg = "FILE",
	  .doc = "Write to FILE what came into the box's North, for selftests/replay; with a "
		 "litebox.ko that was built for it" },
	{ }
};

/* SRC:DST[:ro|rw]; SRC is opened later, when all options are known. */
struct pending_bind {
	struct bind bind;
	char *src;
};

static void add_bind(struct spawn_options *o, struct bind *b)
{
	*o->last_bind = b;
	o->last_bind = &b->next;
}

static void parse_bind(struct spawn_options *o, const char *arg, struct argp_state *state)
{
	struct pending_bind *p = xcalloc(1, sizeof(*p));
	char *dest, *mode;

	p->src = xstrdup(arg);
	dest = strchr(p->src, ':');
	if (!dest)
		refuse("--bind: \"%s\" is not SRC:DST", arg);
	*dest++ = '\0';
	mode = strchr(dest, ':');
	if (mode)
		*mode++ = '\0';
	if (!*p->src || *dest != '/')
		refuse("--bind: \"%s\": DST must be an absolute path", arg);
	if (mode && strcmp(mode, "ro") && strcmp(mode, "rw"))
		refuse("--bind: \"%s\" is neither ro nor rw", mode);
	p->bind.rw = mode && !strcmp(mode, "rw");
	p->bind.dest = dest;
	add_bind(o, &p->bind);
}

static void parse_tmpfs(struct spawn_options *o, const char *arg, struct argp_state *state)
{
	struct pending_bind *p = xcalloc(1, sizeof(*p));

	if (*arg != '/')
		refuse("--tmpfs: \"%s\" is not an absolute path", arg);
	p->bind.tmpfs = true;
	p->bind.dest = arg;
	add_bind(o, &p->bind);
}

/* N[.N], in thousandths */
static bool parse_cpus(const char *arg, uint64_t *thousandths)
{
	char *whole = xstrdup(arg), *fraction = strchr(whole, '.');
	uint64_t a, b = 0;
	bool ok = true;

	if (fraction) {
		char digits[4] = "000";

		*fraction++ = '\0';
		ok = *fraction && strlen(fraction) <= 3;
		if (ok)
			memcpy(digits, fraction, strlen(fraction));
		ok = ok && parse_u64(digits, 999, &b);
	}
	ok = ok && parse_u64(whole, 100000, &a);
	free(whole);
	if (!ok)
		return false;
	*thousandths = a * 1000 + b;
	return *thousandths >= 10;
}

static bool valid_name(const char *name)
{
	const char *c;

	if (!isalnum((unsigned char)*name) || strlen(name) > LITEBOX_NAME_LEN)
		return false;
	for (c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_.-", *c))
			return false;
	return true;
}

static int parse(int key, char *arg, struct argp_state *state)
{
	struct spawn_options *o = state->input;
	struct spawn *s = &o->spawn;
	uint64_t value;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[1] = &o->program;
		return 0;
	case KEY_NAME:
		if (!valid_name(arg))
			refuse("--name: \"%s\": at most %d letters, digits, \"_\", \".\" "
				   "and \"-\", the first a letter or digit", arg, LITEBOX_NAME_LEN);
		s->box.name = arg;
		return 0;
	case KEY_ROOTFS:
		o->rootfs = arg;
		return 0;
	case KEY_BIND:
		parse_bind(o, arg, state);
		return 0;
	case KEY_TMPFS:
		parse_tmpfs(o, arg, state);
		return 0;
	case KEY_HOSTNAME:
		if (!*arg || strlen(arg) > LITEBOX_HOSTNAME_LEN)
			refuse("--hostname: \"%s\" can't be a host name", arg);
		s->box.hostname = arg;
		return 0;
	case KEY_MEMORY:
		if (!parse_bytes(arg, &s->limits.memory) || s->limits.memory < 1 << 20)
			refuse("--memory: \"%s\" is not a size of at least 1M", arg);
		return 0;
	case KEY_PIDS:
		if (!parse_u64(arg, DEFAULT_PIDS, &s->limits.pids) || s->limits.pids < 2)
			refuse("--pids: \"%s\" is not from 2 to %d", arg, DEFAULT_PIDS);
		s->box.max_tasks = s->limits.pids;
		return 0;
	case KEY_CPUS:
		if (!parse_cpus(arg, &s->limits.cpu))
			refuse("--cpus: \"%s\" is not a number from 0.01", arg);
		s->box.cpus = (s->limits.cpu + 999) / 1000;
		return 0;
	case KEY_TIMEOUT:
		if (!parse_u64(arg, 1u << 30, &value) || !value)
			refuse("--timeout: \"%s\" is not a number of seconds", arg);
		s->timeout = value;
		return 0;
	case KEY_LOG:
		o->log = arg;
		return 0;
	case KEY_RECORD:
		o->record = arg;
		return 0;
	case 'd':
		s->detach = true;
		return 0;
	case ARGP_KEY_END:
		if (s->detach && (o->program.program.tty || o->program.program.interactive))
			refuse("a detached box has neither input nor a terminal");
		if (o->log && !s->detach)
			refuse("--log is for detached boxes");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = {
	{ .argp = &json_argp },
	{ .argp = &program_argp, .group = 3 },
	{ }
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "-- PROGRAM [ARGUMENT...]",
	.doc = "Run PROGRAM in a new box. The status is the program's; 125 if lbctl failed, 126 if "
	       "the program can't be executed, 127 if there is none, 128+N after signal N."
	       "\v"
	       "Examples:\n"
	       "  lbctl spawn -i -t -- bash\n"
	       "  lbctl spawn --rootfs /srv/images/trixie --memory 512M -- make -C /src\n"
	       "  lbctl spawn -d --name web --bind /srv/www:/www -- httpd -f /www",
	.children = children,
};

static bool is_host_root(int fd)
{
	struct stat a, b;

	return !fstat(fd, &a) && !stat("/", &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Of a symbolic link it says where it leads; boxes that write make them, too. -1 */
static int open_failed(const char *option, const char *path, int err)
{
	char target[256];
	ssize_t n = readlink(path, target, sizeof(target));

	if (n < 0)
		complain("%s %s: %s", option, path, strerror(err));
	else
		complain("%s %s: it is a symbolic link to %.*s: name that itself", option, path,
			 (int)n, target);
	return -1;
}

/*
 * Open a file or directory of the host's for a box. Links on the way to it are
 * followed, but for those of /proc; it must not be one. -1 having complained.
 */
static int open_source(const char *option, const char *path, int flags)
{
	const struct open_how how = {
		.flags = flags | O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_MAGICLINKS,
	};
	cleanup_free char *name = xstrdup(path);
	size_t len = strlen(name);
	struct stat st;
	int fd;

	/* With a slash behind it, a link would be followed. */
	while (len > 1 && name[len - 1] == '/')
		name[--len] = '\0';
	fd = syscall(SYS_openat2, AT_FDCWD, name, &how, sizeof(how));
	if (fd < 0)
		return open_failed(option, name, errno);
	if (fstat(fd, &st) || !S_ISLNK(st.st_mode))
		return fd;
	close(fd);
	return open_failed(option, name, ELOOP);
}

static int open_log(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);

	return fd < 0 ? open_failed("--log", path, errno) : fd;
}

static int open_record(struct spawn *s, const char *path)
{
	s->recorder = record_open();
	if (s->recorder < 0)
		return STATUS_FAILED;
	s->record = open(path, O_WRONLY | O_TRUNC | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return s->record < 0 ? open_failed("--record", path, errno) : 0;
}

/* What a path of the host stands for: opened, so that it can't become something else. */
static int open_sources(struct spawn_options *o)
{
	struct spawn *s = &o->spawn;
	struct bind *b;

	s->box.root = open_source("--rootfs", o->rootfs, O_DIRECTORY);
	if (s->box.root < 0)
		return STATUS_FAILED;
	s->box.root_trusted = !is_host_root(s->box.root);
	for (b = (struct bind *)s->box.binds; b; b = b->next) {
		const char *src = ((struct pending_bind *)b)->src;

		if (b->tmpfs)
			continue;
		b->source = open_source("--bind", src, 0);
		if (b->source < 0)
			return STATUS_FAILED;
		b->trusted = !is_host_root(b->source);
	}
	s->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (s->null < 0)
		return complain("/dev/null: %s", strerror(errno));
	s->log = s->null;
	if (o->log) {
		s->log = open_log(o->log);
		if (s->log < 0)
			return STATUS_FAILED;
	}
	return o->record ? open_record(s, o->record) : 0;
}

static void print_started(const struct started *s)
{
	struct json_object *o;

	if (!json_output) {
		printf("%s\n", printable(s->name));
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "id", json_object_new_int64(s->id));
	json_object_object_add(o, "name", json_object_new_string(s->name));
	printf("%s\n", json_object_to_json_string(o));
	json_object_put(o);
}

static int monitored(pid_t pid)
{
	int status = signals_forward(pid);

	if (WIFSIGNALED(status))
		return complain("the monitor was killed by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

static int run(int argc, char **argv)
{
	struct spawn_options o = {
		.rootfs = "/",
		.spawn.recorder = -1,
		.spawn.limits = { .memory = cgroup_host_memory() / 2, .pids = DEFAULT_PIDS },
	};
	int lifeline[2], started[2], first, status;
	struct spawn *s = &o.spawn;
	struct termios saved;
	struct started info;
	bool raw;
	pid_t pid;

	o.last_bind = (struct bind **)&s->box.binds;
	first = verb_parse(&verb_spawn, argc, argv, &o);
	if (program_finish(&o.program, argv + first) || need_root("spawn") || open_sources(&o))
		return STATUS_FAILED;
	s->program = o.program.program;
	s->box.memory = s->limits.memory;
	if (pipe2(lifeline, O_CLOEXEC) || pipe2(started, O_CLOEXEC))
		return complain("no pipes: %s", strerror(errno));

	signals_hold();
	raw = s->program.tty && s->program.interactive && terminal_raw(&saved);
	s->terminal = raw ? &saved : NULL;
	pid = fork();
	if (pid < 0) {
		status = complain("cannot fork: %s", strerror(errno));
		goto out;
	}
	if (!pid) {
		close(lifeline[1]);
		close(started[0]);
		s->lifeline = lifeline[0];
		s->started = started[1];
		_exit(monitor(s));
	}
	close(lifeline[0]);
	close(started[1]);
	if (s->detach && read(started[0], &info, sizeof(info)) == sizeof(info)) {
		print_started(&info);
		status = 0;
	} else {
		status = monitored(pid);
	}
out:
	if (raw)
		terminal_restore(&saved);
	return status;
}

const struct verb verb_spawn = {
	.name = "spawn",
	.summary = "run a program in a new box",
	.argp = &argp,
	.run = run,
	.program = true,
};
