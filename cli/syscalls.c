// SPDX-License-Identifier: GPL-2.0
/* lbctl syscalls: the system calls that boxes may make. */
#include <stdio.h>
#include <stdlib.h>
#include "calls.h"
#include "lbctl.h"
#include "table.h"

static const struct column columns[] = {
	{ COLUMN_NUMBER, "nr", "NR" },
	{ COLUMN_TEXT, "name", "NAME" },
	{ COLUMN_TEXT, "way", "WAY" },
	{ }
};

void calls_add(const struct call *call, void *arg)
{
	struct calls *c = arg;

	c->call = reallocarray(c->call, c->n + 1, sizeof(*call));
	if (!c->call)
		exit(complain("no memory"));
	c->call[c->n++] = *call;
}

const char *way_text(uint32_t way)
{
	static const char *const texts[] = { "none", "inline", "gate", "native" };

	return way < ARRAY_SIZE(texts) ? texts[way] : "unknown";
}

static int run(int argc, char **argv)
{
	struct client client cleanup_client = { };
	unsigned int count[4] = { };
	struct calls calls = { };
	struct table *t;
	size_t i;

	verb_parse(&verb_syscalls, argc, argv, NULL);
	if (client_open(&client))
		return STATUS_FAILED;
	if (client_calls(&client, NULL, calls_add, &calls))
		return complain("cannot list system calls: %s", client.why);
	t = table_new(columns);
	for (i = 0; i < calls.n; i++) {
		const struct call *c = &calls.call[i];

		if (c->way < ARRAY_SIZE(count))
			count[c->way]++;
		table_add(t, (uint64_t)c->nr, *c->name ? c->name : NULL, way_text(c->way));
	}
	free(calls.call);
	table_print(t);
	if (!json_output)
		printf("\n%zu calls: %u inline, %u gate, %u native\n", calls.n,
		       count[LITEBOX_WAY_INLINE], count[LITEBOX_WAY_GATE],
		       count[LITEBOX_WAY_NATIVE]);
	return 0;
}

static const struct argp argp = {
	.doc = "List the system calls that boxes may make and how they are answered: inline (on "
	       "the spot), gate (by the box's library OS) or native (by the host, filtered). All others "
	       "give ENOSYS.",
	.children = common_options,
};

const struct verb verb_syscalls = {
	.name = "syscalls",
	.summary = "system calls that boxes may make",
	.argp = &argp,
	.run = run,
};
