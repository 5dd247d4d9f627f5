// SPDX-License-Identifier: GPL-2.0
/*
 * Bugs planted in test builds of North: call 500 with the number of one does what
 * a subverted or broken North might. selftests/plant shows that only the box suffers.
 */
#include "../task.h"

#ifdef LB_TEST

static volatile u32 sink;

static noinline u32 recurse(u32 depth)
{
	volatile u32 here = depth;

	return sink == 0x12345 ? here : recurse(here + 1) + here;
}

static s64 one(u32 x)
{
	return x;
}

static s64 (*volatile wild)(u64, u64, u64) = (s64 (*)(u64, u64, u64))(uintptr)1234567;

s64 sys_plant(const u64 *a)
{
	static u32 word;
	u32 i;

	switch (a[0]) {
	case 0: /* wild write */
		*(volatile u32 *)(uintptr)0xfffffff0u = 1;
		*(volatile u64 *)(uintptr)(0u - 4) = ~0ull;
		return 0;
	case 1: /* wild read */
		for (i = 0; i < 64; i++)
			sink += *(volatile u32 *)(uintptr)(i << 26 | 0x3fffffd);
		return 0;
	case 2: /* wild indirect call */
		return wild(1, 2, 3);
	case 3: /* an indirect call of the wrong type */
		wild = (s64 (*)(u64, u64, u64))(void *)one;
		return wild(1, 2, 3);
	case 4: /* endless recursion */
		return recurse(0);
	case 5: /* endless loop */
		for (;;)
			sink++;
	case 6: /* forged handles: each import that takes one, with handles that aren't ours */
		for (i = 0; i < 4096; i++) {
			s32 h = i < 2048 ? (s32)i - 16 : (s32)(i * 2654435761u);

			if (south_peek(h, 0, (void *)&sink, 4, 0) > 0)
				continue; /* a handle of this box's own */
			south_truncate(h, 1ull << 62);
			south_map(h, 0, 4096, 7, 1, 0);
			south_readlink(h, (char *)&word, 4);
		}
		return 0;
	case 7: /* a range that ends outside */
		return south_user_write(a[1], (void *)(uintptr)0xfffff000u, 8192);
	case 8: /* a lock that nobody lets go */
		south_lock(&word);
		south_lock(&word);
		return 0;
	case 9: /* unlock what isn't locked */
		word = 0;
		south_unlock(&word);
		return 0;
	case 10: /* division by zero */
		return (s64)(100 / (u32)a[1]);
	case 11: /* a user range that is the kernel's */
		return south_user_write(0xffffffff81000000ull, (void *)&sink, 4) == -EFAULT &&
		       south_user_read((void *)&word, 0xffff888000000000ull, 4) == -EFAULT ? 0 : 1;
	case 12: /* bulk copy over the end */
		memset((void *)(uintptr)0x1000, 0, (u32)a[1]);
		return 0;
	case 13: /* failed assertion */
		BUG();
	case 14: /* a lock that everybody who enters the box needs, and that nobody lets go */
		lock(&tasks_lock);
		south_lock(&word);
		south_lock(&word);
		return 0;
	}
	return -EINVAL;
}

#endif
