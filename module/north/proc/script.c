// SPDX-License-Identifier: GPL-2.0
/* "#!": the interpreter's path and at most one argument, as binfmt_script reads them. */
#include "exec.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The first byte in [p, last] that isn't a blank, or NULL. */
static char *skip_blanks(char *p, char *last)
{
	for (; p <= last; p++)
		if (!is_blank(*p))
			return p;
	return NULL;
}

static char *find_end(char *p, char *last)
{
	for (; p <= last; p++)
		if (is_blank(*p) || !*p)
			return p;
	return NULL;
}

static char *find_newline(char *buf, u32 size)
{
	for (u32 i = 0; i < size && buf[i]; i++)
		if (buf[i] == '\n')
			return buf + i;
	return NULL;
}

/*
 * A path that may have been cut off by the end of the buffer is refused; an
 * argument that was is passed on cut.
 */
s32 script_parse(char *buf, struct script *s)
{
	char *last = buf + EXEC_BUF_SIZE - 1, *end, *name, *sep, *arg = NULL;

	if (buf[0] != '#' || buf[1] != '!')
		return -ENOEXEC;
	end = find_newline(buf, EXEC_BUF_SIZE);
	if (!end) {
		end = skip_blanks(buf + 2, last);
		if (!end || !find_end(end, last))
			return -ENOEXEC;
		end = last;
	}
	while (is_blank(end[-1]))
		end--;
	name = skip_blanks(buf + 2, end);
	if (!name || name == end)
		return -ENOEXEC;
	sep = find_end(name, end);
	if (sep && *sep)
		arg = skip_blanks(sep, end);
	*end = 0;
	if (arg)
		*sep = 0;
	s->interpreter = name;
	s->arg = arg;
	return 0;
}
