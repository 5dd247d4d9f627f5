// SPDX-License-Identifier: GPL-2.0
/* The room base: allocator, strings, text, id pools. */
#define TEST_NO_BOOT
#include <pthread.h>
#include "test.h"
#define NORTH_ERRNO_H
#undef offsetof
#undef NULL
#include "../../module/north/base/base.h"

TEST(alloc_is_zeroed_and_aligned)
{
	static const size_t sizes[] = { 0, 1, 7, 16, 17, 63, 64, 65, 100, 500, 1000, 1344, 1345, 2032,
					2033, 4095, 4096, 4097, 10000, 70000, 1 << 20, 5 << 20 };

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			u8 *p = alloc(sizes[i]);

			OK(p);
			OK(!((uintptr)p & 7));
			if (sizes[i] >= 4096)
				OK(!((uintptr)p & 4095));
			for (size_t k = 0; k < sizes[i]; k++)
				if (p[k])
					FAIL("byte %zu of %zu isn't zero", k, sizes[i]);
			memset(p, 0xff, sizes[i]);
			release(p);
		}
	}
	EQ(alloc_used(), 0);
}

TEST(alloc_refuses_what_cannot_be)
{
	OK(!alloc((size_t)-1));
	OK(!alloc((size_t)-4096));
	OK(!alloc(0xf0000001u));
	release(NULL);
}

static u64 seed = 88172645463325252ull;

static u32 rnd(u64 *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s >> 11;
}

/* Blocks of random sizes hold what was written into them, whatever comes and goes around. */
static void shuffle(u64 *s, u32 rounds)
{
	enum { N = 512 };
	struct {
		u8 *p;
		u32 size;
		u8 mark;
	} b[N] = { 0 };

	for (u32 r = 0; r < rounds; r++) {
		u32 i = rnd(s) % N, size = rnd(s) % 4 ? rnd(s) % 3000 : rnd(s) % 40000;

		for (u32 k = 0; k < b[i].size; k += 13)
			BUG_ON(b[i].p[k] != b[i].mark);
		if (b[i].p && rnd(s) % 3 == 0) {
			u8 *p = resize(b[i].p, size);
			u32 both = min(size, b[i].size);

			BUG_ON(!p);
			for (u32 k = 0; k < size; k++)
				BUG_ON(p[k] != (k < both ? b[i].mark : 0));
			b[i].p = p;
		} else {
			release(b[i].p);
			b[i].p = alloc(size);
			BUG_ON(!b[i].p);
		}
		b[i].size = size;
		b[i].mark = rnd(s) | 1;
		memset(b[i].p, b[i].mark, size);
	}
	for (u32 i = 0; i < N; i++)
		release(b[i].p);
}

TEST(blocks_keep_their_contents)
{
	shuffle(&seed, 20000);
	EQ(alloc_used(), 0);
}

static void *shuffler(void *arg)
{
	u64 s = (uintptr)arg * 7919 + 1;

	shuffle(&s, 5000);
	return NULL;
}

TEST(threads_share_the_heap)
{
	pthread_t t[4];

	for (uintptr i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, shuffler, (void *)(i + 1));
	for (u32 i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	EQ(alloc_used(), 0);
}

TEST(free_pages_join_again)
{
	enum { N = 64 };
	void *p[N], *big;
	size_t total = 0;
	u32 grown = 0;

	for (u32 i = 0; i < N; i++) {
		p[i] = alloc(16 * PAGE_SIZE);
		OK(p[i]);
		total += 16 * PAGE_SIZE;
	}
	for (u32 i = 0; i < N; i += 2)
		release(p[i]);
	for (u32 i = 1; i < N; i += 2)
		release(p[i]);
	big = alloc(total / 2);
	OK(big);
	release(big);
	EQ(grown, 0);
	EQ(alloc_used(), 0);
}

#define PRINT(want, ...) do {				\
	struct text t_ = { 0 };				\
	char libc_[256];				\
	text_printf(&t_, __VA_ARGS__);			\
	snprintf(libc_, sizeof(libc_), __VA_ARGS__);	\
	STREQ(t_.buf, want);				\
	STREQ(libc_, want);				\
	text_free(&t_);					\
} while (0)

TEST(text_prints_as_printf)
{
	PRINT("a 1 b", "a %d b", 1);
	PRINT("-2147483648", "%d", (s32)0x80000000);
	PRINT("-9223372036854775808", "%lld", (s64)(1ull << 63));
	PRINT("18446744073709551615", "%llu", ~0ull);
	PRINT("   -7|-7   |-0007|00007", "%5d|%-5d|%05d|%05u", -7, -7, -7, 7u);
	PRINT("ff|FF|0000beef|777", "%x|%X|%08x|%o", 255, 255, 0xbeef, 511);
	PRINT("ffffffffffffffff", "%llx", ~0ull);
	PRINT("  ab|ab  |abc|", "%4s|%-4s|%.*s|%.0s", "ab", "ab", 3, "abcdef", "x");
	PRINT("100%x", "%d%%%c", 100, 'x');
	PRINT("12 34", "%lu %zu", 12ul, sizeof(char[34]));
	PRINT("   5", "%*d", 4, 5);
}

TEST(text_grows)
{
	struct text t = { 0 };

	for (u32 i = 0; i < 1000; i++)
		text_printf(&t, "%04u\n", i);
	EQ(t.len, 5000);
	STREQ(t.buf + 4995, "0999\n");
	text_free(&t);
	EQ(alloc_used(), 0);
}

TEST(strings)
{
	char buf[4];
	char *p;
	u64 v;

	EQ(str_copy(buf, "abcdef", sizeof(buf)), 3);
	STREQ(buf, "abc");
	EQ(str_copy(buf, "x", 1), 0);
	EQ(buf[0], 0);
	p = str_ndup("abcdef", 4);
	STREQ(p, "abcd");
	release(p);
	p = str_dup("abc");
	STREQ(p, "abc");
	release(p);
	OK(str_to_u64("18446744073709551615", &v) && v == ~0ull);
	OK(!str_to_u64("18446744073709551616", &v));
	OK(!str_to_u64("", &v));
	OK(!str_to_u64("12x", &v));
	OK(!str_to_u64("-1", &v));
	OK(hash_bytes("abc", 3, 1) != hash_bytes("abd", 3, 1));
	OK(hash_bytes("abc", 3, 1) != hash_bytes("abc", 3, 2));
	OK(hash_bytes("a\0", 2, 1) != hash_bytes("a", 1, 1));
	EQ(hash_bytes("12345678abcdefgh", 16, 0), hash_bytes("12345678abcdefgh", 16, 0));
}

TEST(ids_are_the_smallest_free)
{
	struct idpool p = { .limit = 300 };

	for (s32 i = 0; i < 300; i++)
		EQ(id_get(&p), i);
	EQ(id_get(&p), -ENOSPC);
	id_put(&p, 200);
	id_put(&p, 7);
	EQ(id_get(&p), 7);
	EQ(id_get(&p), 200);
	EQ(id_get(&p), -ENOSPC);
	release(p.bits);
}
