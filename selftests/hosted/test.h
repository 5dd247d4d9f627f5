/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hosted tests' side of cmocka: a program lists its TEST()s by being linked,
 * and its main() is here. "PROGRAM NAME" runs only that test.
 */
#ifndef TEST_H
#define TEST_H

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>
#ifndef TEST_NO_NORTH
#include "hosted.h"
#endif

#define TESTS_MAX 128
static struct CMUnitTest tests[TESTS_MAX];
static size_t test_count;

#define TEST(name_)								\
	static void name_(void);						\
	static void test_##name_(void **state)					\
	{									\
		keep_death(0);							\
		name_();							\
	}									\
	__attribute__((constructor)) static void add_##name_(void)		\
	{									\
		if (test_count == TESTS_MAX)					\
			abort();						\
		tests[test_count++] = (struct CMUnitTest){			\
			#name_, test_##name_, test_begin, test_end, NULL	\
		};								\
	}									\
	static void name_(void)

#define FAIL(fmt, ...) do {							\
	print_error(fmt "\n", ##__VA_ARGS__);					\
	fail();									\
} while (0)

#define OK(cond) do {								\
	if (!(cond))								\
		FAIL("not true: %s", #cond);					\
} while (0)

/* With the numbers as numbers: assert_int_equal() shows an errno as 0xffffffffffffffea. */
#define EQ(a, b) do {								\
	long long a_ = (long long)(a), b_ = (long long)(b);			\
	if (a_ != b_)								\
		FAIL("%s is %lld, not %lld (%s)", #a, a_, b_, #b);		\
} while (0)

#define STREQ(a, b) assert_string_equal(a, b)

#define SKIP(why) do {								\
	print_message("# SKIP %s\n", why);					\
	skip();									\
} while (0)

/* The same call in the box and natively: the errno or value must be the same. */
#define SAME(nr, ...) do {							\
	long long n_ = syscall(nr, ##__VA_ARGS__);				\
	if (n_ == -1)								\
		n_ = -errno;							\
	EQ(north(nr, ##__VA_ARGS__), n_);					\
} while (0)

/* What ends a program stays what it was: a trap of North's must not look like a failed check. */
static const int deadly[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
static struct sigaction death[sizeof(deadly) / sizeof(deadly[0])];

static void keep_death(int first)
{
	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		sigaction(deadly[i], first ? NULL : &death[i], first ? &death[i] : NULL);
}

static int test_begin(void **state)
{
#ifndef TEST_NO_NORTH
	*state = north_current;
#endif
	return 0;
}

static int test_end(void **state)
{
#ifndef TEST_NO_NORTH
	north_current = *state;
#endif
	return 0;
}

/* Run before the first test unless the program defines TEST_NO_BOOT. */
#ifndef TEST_CONFIG
#define TEST_CONFIG() do { } while (0)
#endif

int main(int argc, char **argv)
{
	keep_death(1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
#if !defined(TEST_NO_BOOT) && !defined(TEST_NO_NORTH)
	TEST_CONFIG();
	hosted_boot();
#endif
	return _cmocka_run_group_tests(strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0], tests, test_count, NULL, NULL) != 0;
}

#endif
