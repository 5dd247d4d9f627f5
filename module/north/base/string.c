// SPDX-License-Identifier: GPL-2.0
/* Strings. What every C library has is compiled for the confined build only. */
#include "base.h"

#ifdef __wasm__

/*
 * The compiler turns these built-ins into memory.copy and memory.fill; it may
 * not turn the loops below into calls of the functions that they are in.
 */
#define NO_IDIOM __attribute__((no_builtin))

void *memcpy(void *dst, const void *src, size_t n)
{
	__builtin_memmove(dst, src, n);
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	__builtin_memmove(dst, src, n);
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	__builtin_memset(dst, c, n);
	return dst;
}

struct u64_unaligned {
	u64 v;
} __attribute__((packed, may_alias));

NO_IDIOM int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n >= 8; n -= 8, x += 8, y += 8)
		if (((const struct u64_unaligned *)x)->v != ((const struct u64_unaligned *)y)->v)
			break;
	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

NO_IDIOM size_t strlen(const char *s)
{
	const char *p = s;

	while (*p)
		p++;
	return p - s;
}

NO_IDIOM size_t strnlen(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i])
		i++;
	return i;
}

NO_IDIOM int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (u8)*a - (u8)*b;
}

NO_IDIOM int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

NO_IDIOM char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

NO_IDIOM char *strrchr(const char *s, int c)
{
	const char *found = NULL;

	do {
		if (*s == (char)c)
			found = s;
	} while (*s++);
	return (char *)found;
}

#endif

size_t str_copy(char *dst, const char *s, size_t size)
{
	size_t n = 0;

	if (!size)
		return 0;
	for (; n < size - 1 && s[n]; n++)
		dst[n] = s[n];
	dst[n] = 0;
	return n;
}

char *str_ndup(const char *s, size_t n)
{
	char *p;

	n = strnlen(s, n);
	p = alloc(n + 1);
	if (p)
		memcpy(p, s, n);
	return p;
}

char *str_dup(const char *s)
{
	return str_ndup(s, strlen(s));
}

bool str_to_u64(const char *s, u64 *out)
{
	u64 v = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		u32 digit = (u8)*s - '0';

		if (digit > 9 || v > (~0ull - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	return true;
}

struct hash_word {
	u64 v;
} __attribute__((packed, may_alias));

static inline u64 hash_mix(u64 h, u64 v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 29;
}

u32 hash_bytes(const void *p, size_t n, u32 seed)
{
	const u8 *s = p;
	u64 h = seed * 0x9e3779b1ull + n, v = 0;

	for (; n >= 8; n -= 8, s += 8)
		h = hash_mix(h, ((const struct hash_word *)s)->v);
	while (n)
		v = v << 8 | s[--n];
	h = hash_mix(h, v);
	return (u32)(h ^ h >> 32);
}
