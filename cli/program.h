/* SPDX-License-Identifier: GPL-2.0 */
/* Options that spawn and exec share: what to run, and how. */
#ifndef LBCTL_PROGRAM_H
#define LBCTL_PROGRAM_H

#include "inside.h"
#include "lbctl.h"

struct program_options {
	struct program program;
	char **env;		/* of --env, a NULL behind them */
	int nr_env;
};

/* The argp child; its input is a struct program_options. */
extern const struct argp program_argp;

/* program_finish - argv from @argv (ends with NULL), and the environment. 0 or STATUS_FAILED. */
int program_finish(struct program_options *o, char **argv);

#endif
