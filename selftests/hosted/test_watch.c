// SPDX-License-Identifier: GPL-2.0
/* That the hosted South sees what it is there to see: each wrong use of a lock, in a child. */
#define _GNU_SOURCE
#define TEST_NO_BOOT
#include <pthread.h>
#include <sys/wait.h>
#include "test.h"
#include "south_private.h"

struct two {
	u32 pad, a, b;
};

static struct two statics;
static u32 shared;

/* What @wrong said before it ended; it must not end well. */
static const char *caught(void (*wrong)(void))
{
	static char said[65536];
	size_t n = 0;
	int fd[2], status;
	pid_t pid;

	OK(!pipe(fd));
	pid = fork();
	if (!pid) {
		dup2(fd[1], 2);
		close(fd[0]);
		close(fd[1]);
		wrong();
		_exit(0);
	}
	close(fd[1]);
	for (ssize_t r; (r = read(fd[0], said + n, sizeof(said) - 1 - n)) > 0;)
		n += (size_t)r;
	close(fd[0]);
	said[n] = 0;
	OK(waitpid(pid, &status, 0) == pid);
	OK(status);
	return said;
}

#define CAUGHT(wrong, what) do {						\
	const char *said_ = caught(wrong);					\
	if (!strstr(said_, what))						\
		FAIL("%s isn't in: %s", what, said_);				\
} while (0)

#ifdef HOSTED_TSAN
static u32 *guard;

static void *count(void *arg)
{
	for (u32 i = 0; i < 1000; i++) {
		if (guard)
			south_lock(guard);
		shared++;
		if (guard)
			south_unlock(guard);
	}
	return arg;
}

static void unguarded(void)
{
	pthread_t t[2];

	for (u32 i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, count, NULL);
	for (u32 i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	exit(0);
}

TEST(data_without_its_lock_is_seen)
{
	CAUGHT(unguarded, "data race");
}

TEST(data_under_its_lock_is_fine)
{
	pthread_t t[2];

	guard = &statics.a;
	for (u32 i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, count, NULL);
	for (u32 i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	EQ(shared, 2000);
}
#else
void *alloc(size_t size);
void release(void *p);

static void both(u32 *first, u32 *second)
{
	south_lock(first);
	south_lock(second);
	south_unlock(second);
	south_unlock(first);
}

/* Blocks of one line are of one class: none of these is taken twice. */
static struct two *made(void)
{
	return alloc(sizeof(struct two));
}

static void circle_of_two(void)
{
	both(&made()->a, &made()->b);
	both(&made()->b, &made()->a);
}

static void circle_of_three(void)
{
	both(&statics.a, &made()->a);
	both(&made()->a, &statics.b);
	both(&statics.b, &statics.a);
}

static void inverted(void)
{
	struct two *x = made(), *y = made();

	both(&x->a, &y->a);
	both(&y->a, &x->a);
}

TEST(a_circle_of_two_classes_is_seen)
{
	CAUGHT(circle_of_two, "locks are taken in a circle");
	/* Both orders are told. */
	CAUGHT(circle_of_two, "lock order: now");
	CAUGHT(circle_of_two, "but before");
}

TEST(a_circle_of_three_classes_is_seen)
{
	CAUGHT(circle_of_three, "locks are taken in a circle");
}

TEST(two_of_one_class_in_both_orders_are_seen)
{
	CAUGHT(inverted, "two locks are taken in both orders");
}

TEST(one_order_is_fine)
{
	struct two *x = made(), *y = made();

	for (u32 i = 0; i < 3; i++) {
		both(&x->a, &y->a);
		both(&x->a, &x->b);
		both(&statics.a, &x->a);
	}
	release(x);
	release(y);
	/* Others at the same addresses: nothing is known of them. */
	x = made();
	y = made();
	both(&y->a, &x->a);
	both(&x->a, &y->b);
	release(x);
	release(y);
	EQ(shared, 0);
}
#endif

static void twice(void)
{
	south_lock(&statics.a);
	south_lock(&statics.a);
}

static void not_held(void)
{
	south_unlock(&statics.a);
}

static void *takes_a(void *arg)
{
	south_lock(&statics.a);
	return arg;
}

/* It is locked, but by somebody else. */
static void of_another(void)
{
	pthread_t t;

	pthread_create(&t, NULL, takes_a, NULL);
	pthread_join(t, NULL);
	south_unlock(&statics.a);
}

static void waits(void)
{
	south_lock(&statics.a);
	south_wait(&statics.b, 0, 0, 0);
}

static void returns(void)
{
	south_lock(&statics.a);
	hosted_returns();
}

extern u32 tasks_lock;

static void copies(void)
{
	u32 x = 0;

	south_lock(&tasks_lock);
	south_user_read(&shared, (u64)(uintptr_t)&x, sizeof(x));
}

TEST(wrong_uses_of_one_lock_are_seen)
{
	CAUGHT(twice, "is taken twice");
	CAUGHT(not_held, "isn't held");
	CAUGHT(of_another, "isn't held");
	CAUGHT(waits, "waits with a lock held");
	CAUGHT(returns, "returns to the task with a lock held");
	CAUGHT(copies, "copied under an inner lock");
}
