/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of the hosted South. */
#ifndef HOSTED_SOUTH_H
#define HOSTED_SOUTH_H

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define die(fmt, ...) do {							\
	fprintf(stderr, "hosted south: " fmt "\n", ##__VA_ARGS__);		\
	abort();								\
} while (0)

/* Which sanitizer this is built with: gcc says it so, clang so. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define HOSTED_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define HOSTED_TSAN 1
#endif

/*
 * South's own locks. Where threads are watched they must not count: or else two tasks
 * that both happen to call South would seem to agree on who comes first.
 */
#ifdef HOSTED_TSAN
void AnnotateIgnoreSyncBegin(const char *file, int line);
void AnnotateIgnoreSyncEnd(const char *file, int line);
#define UNSEEN(call) ({								\
	AnnotateIgnoreSyncBegin(__FILE__, __LINE__);				\
	__typeof__(call) unseen_ = call;					\
	AnnotateIgnoreSyncEnd(__FILE__, __LINE__);				\
	unseen_;								\
})
#else
#define UNSEEN(call) (call)
#endif

static inline void private_lock(pthread_mutex_t *m)
{
	UNSEEN(pthread_mutex_lock(m));
}

static inline void private_unlock(pthread_mutex_t *m)
{
	UNSEEN(pthread_mutex_unlock(m));
}

/* ---- locks.c ---- */

/* struct held - a lock that the calling thread holds, and where it took it. */
struct held {
	unsigned int *word;
	void *site;
};
int hosted_is_held(const unsigned int *word);
/* Abort if the calling thread holds a lock with which nobody may wait, or touch user memory. */
void hosted_may_wait(void);
void hosted_may_copy(void);
/* North returns to the task: abort if it still holds a lock. */
void hosted_returns(void);
/* A block with locks in it is given back: what is there next is another lock. */
void hosted_forget_locks(void *p, size_t size);
/* The source line of @pc, the name of what lies at @p. */
const char *hosted_site_name(void *pc, char *buf, size_t size);
const char *hosted_data_name(void *p, char *buf, size_t size);

/* ---- order.c, where it is linked ---- */

/* @word is about to be taken, with @held held: abort if the order is wrong. */
void hosted_order(const struct held *held, unsigned int count, unsigned int *word, void *site)
	__attribute__((weak));
void hosted_order_forget(void *p, size_t size) __attribute__((weak));
/* Directories may change their places. */
void hosted_order_moved(void) __attribute__((weak));

/* ---- alloc_libc.c, where it is linked ---- */

/* Who allocated the block that @p is in, and how far in it is. 0: there is none. */
int hosted_block(const void *p, void **site, long *offset) __attribute__((weak));

/* ---- tasks.c ---- */

/* The last thread of process @pid has exited: who has a handle on it shall know. south.c. */
void hosted_process_exited(int pid);
/* Is there such a boxed task? */
int hosted_task_exists(int tid);

#endif
