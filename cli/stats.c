// SPDX-License-Identifier: GPL-2.0
/* lbctl stats: the system calls that a box has made. */
#include <stdlib.h>
#include <seccomp.h>
#include "calls.h"
#include "client.h"
#include "lbctl.h"
#include "table.h"

static const struct column columns[] = {
	{ COLUMN_NUMBER, "nr", "NR" },
	{ COLUMN_TEXT, "name", "NAME" },
	{ COLUMN_TEXT, "way", "WAY" },
	{ COLUMN_NUMBER, "made", "MADE" },
	{ COLUMN_NUMBER, "unanswered", "UNANSWERED" },
	{ }
};

static int most_made_first(const void *a, const void *b)
{
	const struct call *x = a, *y = b;

	if (x->made != y->made)
		return x->made < y->made ? 1 : -1;
	return x->nr < y->nr ? -1 : 1;
}

static int run(int argc, char **argv)
{
	struct client client cleanup_client = { };
	struct calls calls = { };
	struct table *t;
	struct box box;
	size_t k;
	int i;

	i = verb_parse(&verb_stats, argc, argv, NULL);
	if (i + 1 != argc)
		return complain("statistics of which box?");
	if (need_root("stats") || client_open(&client))
		return STATUS_FAILED;
	if (client_box_get(&client, argv[i], &box) ||
	    client_calls(&client, &box.id, calls_add, &calls))
		return complain("%s: %s", argv[i], client.why);
	qsort(calls.call, calls.n, sizeof(*calls.call), most_made_first);
	t = table_new(columns);
	for (k = 0; k < calls.n; k++) {
		const struct call *c = &calls.call[k];

		/* The module has no name for what nothing implements. */
		cleanup_free char *name = *c->name ? xstrdup(c->name) :
			seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, c->nr);

		table_add(t, (uint64_t)c->nr, name, way_text(c->way), c->made, c->unanswered);
	}
	free(calls.call);
	return table_print(t);
}

static const struct argp argp = {
	.args_doc = "BOX",
	.doc = "List the system calls that BOX has made, how often, how they are answered, and "
	       "how many of them nothing implements (ENOSYS).",
	.children = common_options,
};

const struct verb verb_stats = {
	.name = "stats",
	.summary = "system calls that a box has made",
	.argp = &argp,
	.run = run,
	.boxes = true,
};
