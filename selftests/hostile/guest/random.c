// SPDX-License-Identifier: GPL-2.0
/* Numbers that repeat with their seed (splitmix64). */
#include "guest.h"

static __thread uint64_t state;

static uint64_t scramble(uint64_t z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

void random_seed(uint64_t seed)
{
	state = seed;
}

uint64_t random_word(void)
{
	return scramble(state += 0x9e3779b97f4a7c15);
}

uint64_t random_mix(uint64_t a, uint64_t b)
{
	return scramble(a + 0x9e3779b97f4a7c15 * (b + 1));
}
