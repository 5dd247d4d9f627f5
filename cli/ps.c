// SPDX-License-Identifier: GPL-2.0
/* lbctl ps: the boxes that there are. */
#include <stdio.h>
#include <time.h>
#include "cgroup.h"
#include "client.h"
#include "lbctl.h"
#include "table.h"

static const struct column columns[] = {
	{ COLUMN_NUMBER, "id", "ID" },
	{ COLUMN_TEXT, "name", "NAME" },
	{ COLUMN_TEXT, "state", "STATE" },
	{ COLUMN_NUMBER, "pid", "PID" },
	{ COLUMN_NUMBER, "tasks", "TASKS" },
	{ COLUMN_NUMBER, "max_tasks", NULL },
	{ COLUMN_NUMBER, "total_tasks", NULL },
	{ COLUMN_BYTES, "memory", "MEMORY" },
	{ COLUMN_BYTES, "memory_limit", NULL },
	{ COLUMN_BYTES, "north_memory", "NORTH" },
	{ COLUMN_NUMBER, "cpus", NULL },
	{ COLUMN_NUMBER, "host_uid", NULL },
	{ COLUMN_NUMBER, "denials", "DENIALS" },
	{ COLUMN_TIME, "seconds", "AGE" },
	{ }
};

static bool quiet;

static const struct argp_option options[] = {
	{ .name = "quiet", .key = 'q', .doc = "Names only" },
	{ }
};

static int parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'q':
		quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		refuse("what is \"%s\"?", arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const char *state_text(uint32_t state)
{
	static const char *const texts[] = { "new", "alive", "dying", "ended" };

	return state < ARRAY_SIZE(texts) ? texts[state] : "unknown";
}

static void each(const struct box *box, void *arg)
{
	struct timespec now;
	uint64_t ns;

	if (quiet) {
		printf("%s\n", printable(box->name));
		return;
	}
	clock_gettime(CLOCK_BOOTTIME, &now);
	ns = now.tv_sec * 1000000000ULL + now.tv_nsec;
	table_add(arg, (uint64_t)box->id, box->name, state_text(box->state), (uint64_t)box->pid,
		  (uint64_t)box->tasks, (uint64_t)box->max_tasks, box->total_tasks,
		  cgroup_value(box->name, "memory.current", NULL), box->memory_limit, box->memory,
		  (uint64_t)box->cpus, (uint64_t)box->host_uid, box->denials,
		  ns > box->start ? (ns - box->start) / 1000000000 : 0);
}

static int run(int argc, char **argv)
{
	struct client client cleanup_client = { };
	struct table *t;

	verb_parse(&verb_ps, argc, argv, NULL);
	if (need_root("ps") || client_open(&client))
		return STATUS_FAILED;
	if (json_output)
		quiet = false;
	t = quiet ? NULL : table_new(columns);
	if (client_boxes(&client, each, t))
		return complain("cannot list boxes: %s", client.why);
	return quiet ? 0 : table_print(t);
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "List the boxes. MEMORY is what the box uses, NORTH how much of it is its library "
	       "OS's own.",
	.children = common_options,
};

const struct verb verb_ps = {
	.name = "ps",
	.summary = "list the boxes",
	.argp = &argp,
	.run = run,
};
