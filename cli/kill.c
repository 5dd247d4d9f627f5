// SPDX-License-Identifier: GPL-2.0
/* lbctl kill: end boxes, or send a signal to their first process. */
#include "client.h"
#include "lbctl.h"

static int sig;

static const struct argp_option options[] = {
	{ .name = "signal", .key = 's', .arg = "SIGNAL",
	  .doc = "Send SIGNAL to the program, which may handle it, instead of ending the box" },
	{ }
};

static int parse(int key, char *arg, struct argp_state *state)
{
	if (key != 's')
		return ARGP_ERR_UNKNOWN;
	sig = signal_number(arg);
	if (!sig)
		refuse("--signal: there is no signal \"%s\"", arg);
	return 0;
}

static int kill_one(struct client *c, const char *word)
{
	struct box box;

	if (client_box_get(c, word, &box) || client_box_kill(c, box.id, sig))
		return complain("%s: %s", word, c->why);
	return 0;
}

static int run(int argc, char **argv)
{
	struct client client cleanup_client = { };
	int i, status = 0;

	i = verb_parse(&verb_kill, argc, argv, NULL);
	if (i == argc)
		return complain("which box?");
	if (need_root("kill") || client_open(&client))
		return STATUS_FAILED;
	for (; i < argc; i++)
		status = kill_one(&client, argv[i]) ?: status;
	return status;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "BOX...",
	.doc = "End boxes and all that runs in them.",
	.children = common_options,
};

const struct verb verb_kill = {
	.name = "kill",
	.summary = "end boxes, or send them a signal",
	.argp = &argp,
	.run = run,
	.boxes = true,
};
