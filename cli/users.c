// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lbctl.h"
#include "users.h"

#define FIELDS_MAX 7

/* struct lines - a file with fields between colons, a line at a time. */
struct lines {
	int fd;
	size_t start, end;
	char data[8192];
};

/*
 * The next line, terminated, without its newline; a line that doesn't fit is cut. NULL
 * at the end.
 */
static char *next_line(struct lines *l)
{
	for (;;) {
		char *line = l->data + l->start;
		char *newline = memchr(line, '\n', l->end - l->start);
		ssize_t n;

		if (newline) {
			*newline = '\0';
			l->start = newline + 1 - l->data;
			return line;
		}
		memmove(l->data, line, l->end - l->start);
		l->end -= l->start;
		l->start = 0;
		n = read(l->fd, l->data + l->end, sizeof(l->data) - 1 - l->end);
		if (n <= 0) {
			if (!l->end)
				return NULL;
			l->data[l->end] = '\0';
			l->start = l->end = 0;
			return l->data;
		}
		l->end += n;
	}
}

static size_t split(char *line, char **field)
{
	size_t n = 0;

	while (line && n < FIELDS_MAX)
		field[n++] = strsep(&line, ":");
	return n;
}

/* An id: the largest one means "none" to the kernel. */
static bool parse_id(const char *s, unsigned int *id)
{
	uint64_t value;

	if (!parse_u64(s, UINT32_MAX - 1, &value))
		return false;
	*id = value;
	return true;
}

/* Fills uid, gid and home from /etc/passwd, by name or else by uid. */
static bool find_passwd(const char *name, uid_t uid, struct user *user, char *found, size_t size)
{
	static struct lines l;
	char *line, *f[FIELDS_MAX];
	bool hit = false;

	l.fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	l.start = l.end = 0;
	while (l.fd >= 0 && !hit && (line = next_line(&l))) {
		unsigned int id, gid;

		if (split(line, f) < 6 || !parse_id(f[2], &id) || !parse_id(f[3], &gid))
			continue;
		if (name ? strcmp(f[0], name) : id != uid)
			continue;
		hit = true;
		user->uid = id;
		user->gid = gid;
		snprintf(user->home, sizeof(user->home), "%s", f[5]);
		snprintf(found, size, "%s", f[0]);
	}
	close_fd(&l.fd);
	return hit;
}

static bool is_member(char *members, const char *name)
{
	char *member;

	while ((member = strsep(&members, ",")))
		if (!strcmp(member, name))
			return true;
	return false;
}

/* The gid of group @group if that isn't NULL; else the groups that @member is in. */
static bool find_groups(const char *group, const char *member, struct user *user)
{
	static struct lines l;
	char *line, *f[FIELDS_MAX];
	bool hit = false;

	l.fd = open("/etc/group", O_RDONLY | O_CLOEXEC);
	l.start = l.end = 0;
	while (l.fd >= 0 && !hit && (line = next_line(&l))) {
		unsigned int gid;

		if (split(line, f) < 4 || !parse_id(f[2], &gid))
			continue;
		if (group && !strcmp(f[0], group)) {
			user->gid = gid;
			hit = true;
		} else if (!group && user->nr_groups < GROUPS_MAX && is_member(f[3], member)) {
			user->groups[user->nr_groups++] = gid;
		}
	}
	close_fd(&l.fd);
	return hit;
}

const char *user_find(const char *spec, struct user *user)
{
	char text[128], name[64] = "";
	char *group;
	unsigned int id = 0;
	bool numeric, found;

	memset(user, 0, sizeof(*user));
	strcpy(user->home, "/");
	if ((size_t)snprintf(text, sizeof(text), "%s", spec ? spec : "0") >= sizeof(text))
		return "too long for a user";
	group = strchr(text, ':');
	if (group)
		*group++ = '\0';

	numeric = parse_id(text, &id);
	found = find_passwd(numeric ? NULL : text, id, user, name, sizeof(name));
	if (!found && !numeric)
		return "the box has no such user";
	if (!found)
		user->uid = id;
	if (group) {
		if (parse_id(group, &user->gid) || find_groups(group, NULL, user))
			return NULL;
		return "the box has no such group";
	}
	if (found)
		find_groups(NULL, name, user);
	return NULL;
}
