/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TAP for the hosted tests. A program lists its TEST()s by being linked; main()
 * is here. A failed check ends its test, not the program.
 */
#ifndef TEST_H
#define TEST_H

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "hosted.h"

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};
static struct test *tests, **tests_end = &tests;
static jmp_buf test_failed __attribute__((unused));
static const char *test_skipped;

#define TEST(name_)								\
	static void name_(void);						\
	static struct test test_##name_ = { .name = #name_, .run = name_ };	\
	__attribute__((constructor)) static void add_##name_(void)		\
	{									\
		*tests_end = &test_##name_;					\
		tests_end = &test_##name_.next;					\
	}									\
	static void name_(void)

#define FAIL(fmt, ...) do {							\
	printf("# %s:%d: " fmt "\n", __FILE__, __LINE__, ##__VA_ARGS__);	\
	longjmp(test_failed, 1);						\
} while (0)

#define OK(cond) do {								\
	if (!(cond))								\
		FAIL("not true: %s", #cond);					\
} while (0)

#define EQ(a, b) do {								\
	long long a_ = (long long)(a), b_ = (long long)(b);			\
	if (a_ != b_)								\
		FAIL("%s is %lld, not %lld (%s)", #a, a_, b_, #b);		\
} while (0)

#define STREQ(a, b) do {							\
	const char *a_ = (a), *b_ = (b);					\
	if (strcmp(a_, b_))							\
		FAIL("%s is \"%s\", not \"%s\"", #a, a_, b_);			\
} while (0)

#define SKIP(why) do {								\
	test_skipped = why;							\
	return;									\
} while (0)

/* The same call in the box and natively: the errno or value must be the same. */
#define SAME(nr, ...) do {							\
	long long n_ = syscall(nr, ##__VA_ARGS__);				\
	if (n_ == -1)								\
		n_ = -errno;							\
	EQ(north(nr, ##__VA_ARGS__), n_);					\
} while (0)

/* Run before the first test unless the program defines TEST_NO_BOOT. */
#ifndef TEST_NO_BOOT
#ifndef TEST_CONFIG
#define TEST_CONFIG() do { } while (0)
#endif
#endif

int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : NULL;
	volatile int n = 0, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
#ifndef TEST_NO_BOOT
	TEST_CONFIG();
	hosted_boot();
#endif
	for (struct test *t = tests; t; t = t->next)
		n++;
	printf("TAP version 13\n1..%d\n", n);
	n = 0;
	for (struct test *t = tests; t; t = t->next) {
		struct task *me = north_current;

		n++;
		if (only && strcmp(only, t->name))
			continue;
		test_skipped = NULL;
		if (setjmp(test_failed)) {
			failed++;
			printf("not ok %d %s\n", n, t->name);
		} else {
			t->run();
			printf("ok %d %s%s%s\n", n, t->name, test_skipped ? " # SKIP " : "",
			       test_skipped ? test_skipped : "");
		}
		north_current = me;
	}
	return failed ? 1 : 0;
}

#endif
