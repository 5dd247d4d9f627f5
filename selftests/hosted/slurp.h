/* SPDX-License-Identifier: GPL-2.0 */
/* Files of a box read as text. */
#ifndef SLURP_H
#define SLURP_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static char text[1 << 17];

/* All of a file of the box, as a string. */
static inline s64 slurp(const char *path)
{
	s64 fd = north(SYS_openat, -100, path, O_RDONLY), n, at = 0;

	text[0] = 0;
	if (fd < 0)
		return fd;
	while ((n = north(SYS_read, fd, text + at, sizeof(text) - 1 - at)) > 0)
		at += n;
	text[at] = 0;
	north(SYS_close, fd);
	return n < 0 ? n : at;
}

static inline const char *field(const char *name)
{
	static char value[256];
	size_t len = strlen(name);

	for (char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, name, len) || p[len] != ':')
			continue;
		for (p += len + 1; *p == '\t' || *p == ' '; p++)
			;
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(p, "\n"), p);
		return value;
	}
	return "(missing)";
}

#endif
