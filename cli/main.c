// SPDX-License-Identifier: GPL-2.0
/* lbctl: makes boxes, looks at them, ends them. */
#include <ctype.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <json-c/json.h>
#include "lbctl.h"
#include "terminal.h"

static const struct verb *const verbs[] = {
	&verb_spawn, &verb_exec, &verb_ps, &verb_kill, &verb_wait, &verb_stats, &verb_syscalls,
	&verb_check, &verb_version,
};

bool json_output;

static const struct argp_option json_option[] = {
	{ .name = "json", .key = KEY_JSON, .doc = "Output for programs" },
	{ }
};

static int parse_json(int key, char *arg, struct argp_state *state)
{
	if (key != KEY_JSON)
		return ARGP_ERR_UNKNOWN;
	json_output = true;
	return 0;
}

const struct argp json_argp = { .options = json_option, .parser = parse_json };
const struct argp_child common_options[] = { { .argp = &json_argp }, { } };

int verb_parse(const struct verb *verb, int argc, char **argv, void *input)
{
	char *name = xasprintf("lbctl %s", verb->name);
	int first;

	argv[0] = name;
	if (argp_parse(verb->argp, argc, argv, verb->program ? ARGP_IN_ORDER : 0, &first, input))
		exit(STATUS_FAILED);
	return first;
}

/* ---- complaints ---- */

const char *printable(const char *text)
{
	static char buf[4096];
	size_t at = 0;

	/* The longest escape and the NUL must fit. */
	for (; *text && at < sizeof(buf) - 5; text++)
		at += sprintf(buf + at, *text >= ' ' && *text <= '~' ? "%c" : "\\x%02x",
			      (unsigned char)*text);
	buf[at] = '\0';
	return buf;
}

static int vcomplain(bool json, const char *fmt, va_list args)
{
	char text[1024];
	struct json_object *o;

	vsnprintf(text, sizeof(text), fmt, args);
	if (json) {
		o = json_object_new_object();
		json_object_object_add(o, "error", json_object_new_string(printable(text)));
		printf("%s\n", json_object_to_json_string(o));
		fflush(stdout);
		json_object_put(o);
	} else {
		fprintf(stderr, "lbctl: %s\n", printable(text));
	}
	return STATUS_FAILED;
}

int complain(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vcomplain(json_output, fmt, args);
	va_end(args);
	return STATUS_FAILED;
}

int complain_always(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vcomplain(false, fmt, args);
	va_end(args);
	return STATUS_FAILED;
}

void refuse(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vcomplain(json_output, fmt, args);
	va_end(args);
	exit(STATUS_FAILED);
}

int need_root(const char *what)
{
	if (!geteuid())
		return 0;
	return complain("%s needs root", what);
}

int status_of(int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return STATUS_SIGNAL + WTERMSIG(wait_status);
	return WEXITSTATUS(wait_status);
}

/* ---- small things ---- */

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p)
		exit(complain("no memory"));
	return p;
}

char *xstrdup(const char *s)
{
	return xasprintf("%s", s);
}

char *xasprintf(const char *fmt, ...)
{
	va_list args;
	char *s;
	int len;

	va_start(args, fmt);
	len = vasprintf(&s, fmt, args);
	va_end(args);
	if (len < 0)
		exit(complain("no memory"));
	return s;
}

bool parse_u64(const char *s, uint64_t max, uint64_t *value)
{
	uint64_t v = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		unsigned int digit = *s - '0';

		if (digit > 9 || v > (max - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*value = v;
	return true;
}

bool parse_bytes(const char *s, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	size_t len = strlen(s);
	char number[24];
	const char *unit = len ? strchr(units, toupper((unsigned char)s[len - 1])) : NULL;
	int shift = unit ? 10 * (int)(unit - units + 1) : 0;

	if (unit)
		len--;
	if (len >= sizeof(number))
		return false;
	memcpy(number, s, len);
	number[len] = '\0';
	if (!parse_u64(number, UINT64_MAX >> shift, bytes))
		return false;
	*bytes <<= shift;
	return true;
}

int signal_number(const char *s)
{
	uint64_t number;
	int sig;

	if (parse_u64(s, SIGRTMAX, &number))
		return number;
	if (!strncasecmp(s, "SIG", 3))
		s += 3;
	for (sig = 1; sig < SIGRTMIN; sig++) {
		const char *name = sigabbrev_np(sig);

		if (name && !strcasecmp(name, s))
			return sig;
	}
	return 0;
}

/* ---- help and completion ---- */

static void usage(FILE *f)
{
	size_t i;

	fprintf(f, "Usage: lbctl VERB [OPTION...] [ARGUMENT...]\n"
		"Run programs in boxes: sandboxes whose system calls the litebox module answers.\n\n");
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(f, "  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
	fprintf(f, "\n\"lbctl VERB --help\" tells more. Every verb takes --json.\n");
}

static void print_options(const struct argp *argp)
{
	const struct argp_option *o;
	const struct argp_child *c;

	for (o = argp->options; o && (o->name || o->doc); o++)
		if (o->name)
			printf(" --%s", o->name);
	for (c = argp->children; c && c->argp; c++)
		print_options(c->argp);
}

static void completion(void)
{
	size_t i;

	printf("# bash completion for lbctl; made by \"lbctl --completion\"\n\n"
	       "_lbctl()\n{\n"
	       "\tlocal word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} options boxes i\n\n"
	       "\tif [ \"$COMP_CWORD\" = 1 ]; then\n"
	       "\t\tmapfile -t COMPREPLY < <(compgen -W \"");
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		printf("%s ", verbs[i]->name);
	printf("--help --version\" -- \"$word\")\n"
	       "\t\treturn\n\tfi\n"
	       "\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
	       "\t\tif [ \"${COMP_WORDS[i]}\" = -- ]; then\n"
	       "\t\t\t_command_offset $((i + 1)) 2>/dev/null\n"
	       "\t\t\treturn\n\t\tfi\n\tdone\n"
	       "\tcase $verb in\n");
	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		printf("\t%s)\n\t\toptions=\"", verbs[i]->name);
		print_options(verbs[i]->argp);
		printf(" --help\"\n");
		if (verbs[i]->boxes)
			printf("\t\tboxes=$(lbctl ps --quiet 2>/dev/null)\n");
		printf("\t\t;;\n");
	}
	printf("\tesac\n"
	       "\tcase $word in\n"
	       "\t-*) mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\") ;;\n"
	       "\t*) mapfile -t COMPREPLY < <(compgen -W \"$boxes\" -- \"$word\"\n"
	       "\t\tcompgen -f -- \"$word\") ;;\n"
	       "\tesac\n}\n"
	       "complete -o filenames -F _lbctl lbctl\n");
}

/* What the kernel took for arguments and environment lies in one piece. */
static char *command_line;
static size_t command_line_size;

static void find_command_line(char **argv)
{
	char **s, *end = argv[0];

	for (s = argv; *s; s++)
		end = *s + strlen(*s) + 1;
	for (s = environ; *s; s++)
		if (*s == end)
			end += strlen(*s) + 1;
	command_line = argv[0];
	command_line_size = end - argv[0];
}

void hide_command_line(void)
{
	memset(command_line, 0, command_line_size);
	snprintf(command_line, command_line_size, "init");
	prctl(PR_SET_NAME, "init");
	environ = NULL;
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	size_t i;

	if (argc)
		find_command_line(argv);
	standard_descriptors();
	argp_err_exit_status = STATUS_FAILED;
	if (!word) {
		usage(stderr);
		return STATUS_FAILED;
	}
	if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help")) {
		usage(stdout);
		return 0;
	}
	if (!strcmp(word, "--version") || !strcmp(word, "-V")) {
		printf("lbctl %s\n", LBCTL_VERSION);
		return 0;
	}
	if (!strcmp(word, "--completion")) {
		completion();
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(word, verbs[i]->name))
			return verbs[i]->run(argc - 1, argv + 1);
	return complain("there is no verb \"%s\"; see lbctl --help", word);
}
