// SPDX-License-Identifier: GPL-2.0
/* Id pools: a bit an id. The caller's lock guards the pool. */
#include "base.h"

s32 id_get(struct idpool *p)
{
	u32 word, bit, *bits;

	for (word = 0; word < p->words; word++)
		if (~p->bits[word])
			break;
	if ((u64)word * 32 >= p->limit)
		return -ENOSPC;
	if (word == p->words) {
		u32 words = p->words ? p->words * 2 : 4;

		bits = resize(p->bits, words * sizeof(*bits));
		if (!bits)
			return -ENOMEM;
		p->bits = bits;
		p->words = words;
	}
	bit = __builtin_ctz(~p->bits[word]);
	if (word * 32 + bit >= p->limit)
		return -ENOSPC;
	p->bits[word] |= 1u << bit;
	return word * 32 + bit;
}

void id_put(struct idpool *p, u32 id)
{
	BUG_ON(id / 32 >= p->words || !(p->bits[id / 32] & 1u << id % 32));
	p->bits[id / 32] &= ~(1u << id % 32);
}
