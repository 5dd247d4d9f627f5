// SPDX-License-Identifier: GPL-2.0
/* lbctl syscalls: the system calls that boxes may make. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "calls.h"
#include "lbctl.h"
#include "table.h"
#include "verdicts.h"

static const struct column columns[] = {
	{ COLUMN_NUMBER, "nr", "NR" },
	{ COLUMN_TEXT, "name", "NAME" },
	{ COLUMN_TEXT, "way", "WAY" },
	{ COLUMN_TEXT, "verdict", "VERDICT" },
	{ COLUMN_TEXT, "text", "WHAT IS MISSING, OR WHY IT IS REFUSED" },
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
	static const char *const texts[] = { "none", "inline", "gate", "native", "refuse" };

	return way < ARRAY_SIZE(texts) ? texts[way] : "unknown";
}

/* Of the module that is loaded: a call that this lbctl doesn't know has no verdict here. */
static const struct verdict *verdict_of(const struct call *c)
{
	static const struct verdict unknown;

	return c->nr < ARRAY_SIZE(verdicts) && verdicts[c->nr].verdict ?
	       &verdicts[c->nr] : &unknown;
}

static int run(int argc, char **argv)
{
	uint64_t full = 0, partial = 0, refused = 0, way[5] = { };
	struct client client cleanup_client = { };
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
		const struct verdict *v = verdict_of(c);

		if (v->verdict)
			++*(!strcmp(v->verdict, "full") ? &full :
			    !strcmp(v->verdict, "partial") ? &partial : &refused);
		if (c->way < ARRAY_SIZE(way))
			way[c->way]++;
		table_add(t, (uint64_t)c->nr, *c->name ? c->name : NULL, way_text(c->way),
			  v->verdict, v->text);
	}
	free(calls.call);
	table_count(t, "full", full);
	table_count(t, "partial", partial);
	table_count(t, "refused", refused);
	for (i = LITEBOX_WAY_INLINE; i <= LITEBOX_WAY_NATIVE; i++)
		table_count(t, way_text(i), way[i]);
	return table_print(t);
}

static const struct argp argp = {
	.doc = "List all system calls: how a box's are answered - inline (on the spot), gate (by "
	       "the box's library OS), native (by the host, filtered) or refuse -, and how well: full, "
	       "partial and what is missing, or with which errno they are refused and why. Numbers "
	       "that aren't in the list give ENOSYS.",
	.children = common_options,
};

const struct verb verb_syscalls = {
	.name = "syscalls",
	.summary = "how system calls of boxes are answered",
	.argp = &argp,
	.run = run,
};
