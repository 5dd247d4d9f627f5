// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "program.h"

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const struct argp_option options[] = {
	{ .name = "cwd", .key = 'C', .arg = "DIR",
	  .doc = "Directory to start in (/)" },
	{ .name = "env", .key = 'e', .arg = "NAME[=VALUE]",
	  .doc = "Set a variable; without a value, to what it is here" },
	{ .name = "user", .key = 'u', .arg = "USER[:GROUP]",
	  .doc = "User of the box to be, by name or number (root)" },
	{ .name = "interactive", .key = 'i',
	  .doc = "Hand in standard input; otherwise there is none" },
	{ .name = "tty", .key = 't',
	  .doc = "Give it a terminal of its own, which this one shows" },
	{ }
};

static void add_env(struct program_options *o, const char *variable)
{
	o->env = reallocarray(o->env, o->nr_env + 2, sizeof(*o->env));
	if (!o->env)
		exit(complain("no memory"));
	o->env[o->nr_env++] = xstrdup(variable);
	o->env[o->nr_env] = NULL;
}

static int parse(int key, char *arg, struct argp_state *state)
{
	struct program_options *o = state->input;
	const char *value;

	switch (key) {
	case 'C':
		if (*arg != '/')
			refuse("--cwd: \"%s\" is not an absolute path", arg);
		o->program.cwd = arg;
		return 0;
	case 'e':
		if (!*arg || *arg == '=')
			refuse("--env: \"%s\" has no name", arg);
		value = getenv(arg);
		if (strchr(arg, '='))
			add_env(o, arg);
		else if (value)
			add_env(o, xasprintf("%s=%s", arg, value));
		return 0;
	case 'u':
		o->program.user = arg;
		return 0;
	case 'i':
		o->program.interactive = true;
		return 0;
	case 't':
		o->program.tty = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp program_argp = { .options = options, .parser = parse };

static bool has_env(const struct program_options *o, const char *variable)
{
	size_t len = strcspn(variable, "=");
	int i;

	for (i = 0; i < o->nr_env; i++)
		if (!strncmp(o->env[i], variable, len) && o->env[i][len] == '=')
			return true;
	return false;
}

/* A copy: the strings of the command line are wiped before the box is entered. */
static char **copy_strings(char **strings)
{
	size_t i, n = 0;
	char **copy;

	while (strings[n])
		n++;
	copy = xcalloc(n + 1, sizeof(*copy));
	for (i = 0; i < n; i++)
		copy[i] = xstrdup(strings[i]);
	return copy;
}

int program_finish(struct program_options *o, char **argv)
{
	const char *term = getenv("TERM");
	bool home;

	if (!argv[0] || !*argv[0])
		return complain("which program? put it behind \"--\"");
	o->program.argv = copy_strings(argv);
	o->program.cwd = xstrdup(o->program.cwd ? o->program.cwd : "/");
	if (o->program.user)
		o->program.user = xstrdup(o->program.user);
	if (!has_env(o, "PATH="))
		add_env(o, DEFAULT_PATH);
	if (o->program.tty && term && !has_env(o, "TERM="))
		add_env(o, xasprintf("TERM=%s", term));
	home = !has_env(o, "HOME=");
	if (home)
		add_env(o, "HOME=/");
	o->program.envp = copy_strings(o->env);
	if (home)
		o->program.home = o->program.envp[o->nr_env - 1] = xcalloc(1, HOME_SIZE);
	return 0;
}
