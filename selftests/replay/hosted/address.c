// SPDX-License-Identifier: GPL-2.0
/* Addresses that South writes to by itself, or gives back to North: words and tasks. */
#include <stdlib.h>
#include "replay.h"

#define BUCKETS 1024

struct bound {
	struct bound *next;
	u32 recorded;
	void *native;
};

static struct bound *bound[BUCKETS];

static struct bound *find(u32 recorded)
{
	struct bound *b = bound[recorded / 4 % BUCKETS];

	while (b && b->recorded != recorded)
		b = b->next;
	return b;
}

/* The memory may have been something else's before. */
void address_bind(u32 recorded, void *native)
{
	struct bound *b = find(recorded);

	if (!b) {
		b = calloc(1, sizeof(*b));
		if (!b)
			replay_fail("no memory");
		b->recorded = recorded;
		b->next = bound[recorded / 4 % BUCKETS];
		bound[recorded / 4 % BUCKETS] = b;
	}
	b->native = native;
}

void *address_native(u32 recorded)
{
	struct bound *b = find(recorded);

	if (!b)
		replay_diverged("the record names address %#x, which North never gave to South",
				recorded);
	return b->native;
}
