/* SPDX-License-Identifier: GPL-2.0 */
/* What every file of lbctl knows: verbs, complaints, exit statuses. */
#ifndef LBCTL_H
#define LBCTL_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifndef LBCTL_VERSION
#define LBCTL_VERSION "0.1"
#endif

enum {
	STATUS_TIMEOUT = 124,		/* --timeout */
	STATUS_FAILED = 125,		/* lbctl's own failure */
	STATUS_CANNOT_RUN = 126,	/* the program is there, but can't be executed */
	STATUS_NOT_FOUND = 127,
	STATUS_SIGNAL = 128,		/* plus the signal */
};

/*
 * struct verb - one word of lbctl. main.c's table of them drives dispatch, help
 * and completion.
 * @argp: its options; the text after "\v" follows the options in help
 * @run: returns lbctl's exit status, having complained
 * @boxes: its arguments are names of boxes (completion)
 * @program: a program and its arguments come last, their options being their own
 */
struct verb {
	const char *name;
	const char *summary;
	const struct argp *argp;
	int (*run)(int argc, char **argv);
	bool boxes, program;
};

extern const struct verb verb_spawn, verb_exec, verb_ps, verb_kill, verb_wait, verb_stats,
	verb_syscalls, verb_check, verb_version;

/* Every verb has --json by this argp child, which sets json_output. */
extern bool json_output;
extern const struct argp json_argp;
extern const struct argp_child common_options[]; /* nothing but that */
#define KEY_JSON 0x100

/*
 * verb_parse - the verb's options, into @input. Ends the process on misuse and
 * after --help. Returns the index of the first argument that isn't an option;
 * unless a program comes last, arguments are moved behind the options.
 */
int verb_parse(const struct verb *verb, int argc, char **argv, void *input);

/*
 * printable - @text, in which a box may have had a say, with all but printable ASCII as
 * \xHH, so that it is no command to a terminal and UTF-8 for JSON. Valid until the next
 * call. Tables don't need it: libsmartcols does the same.
 */
const char *printable(const char *text);

/* complain - one line on standard error, or as JSON. Returns STATUS_FAILED. */
int complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* complain_always - the same, but never JSON: for what happens beside a program's output. */
int complain_always(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* hide_command_line - the calling process's, and its environment, from who looks at /proc. */
void hide_command_line(void);

/* refuse - complain about an argument and exit. */
void refuse(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* need_root - 0, or STATUS_FAILED having complained. */
int need_root(const char *what);

/* status_of - wait status to exit status. */
int status_of(int wait_status);

/* Of memory that has run out there is nothing to say but one line. */
void *xcalloc(size_t n, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* parse_u64 - all of @s as a number of at most @max. */
bool parse_u64(const char *s, uint64_t max, uint64_t *value);
/* parse_bytes - a number with K, M, G or T behind it, powers of 1024. */
bool parse_bytes(const char *s, uint64_t *bytes);

/* signal_number - of "9", "KILL" or "SIGKILL"; 0 if it is none. */
int signal_number(const char *s);

static inline void close_fd(int *fd)
{
	extern int close(int);

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
#define cleanup_fd __attribute__((cleanup(close_fd)))

static inline void free_pointer(void *p)
{
	extern void free(void *);

	free(*(void **)p);
}
#define cleanup_free __attribute__((cleanup(free_pointer)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
