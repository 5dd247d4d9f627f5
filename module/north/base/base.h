/* SPDX-License-Identifier: GPL-2.0 */
/* Lists, the allocator, strings, locks, id pools: what every room uses. */
#ifndef NORTH_BASE_H
#define NORTH_BASE_H

#include "types.h"
#include "errno.h"
#include "../../south/south.h"

/* ---- doubly linked lists, after Linux's list.h ---- */

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(name) { &(name), &(name) }

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline void list_insert_(struct list *n, struct list *prev, struct list *next)
{
	next->prev = n;
	n->next = next;
	n->prev = prev;
	prev->next = n;
}

static inline void list_add(struct list *n, struct list *head)
{
	list_insert_(n, head, head->next);
}

static inline void list_add_tail(struct list *n, struct list *head)
{
	list_insert_(n, head->prev, head);
}

/* Removes and leaves @n an empty list, so that removing twice is harmless. */
static inline void list_del(struct list *n)
{
	n->next->prev = n->prev;
	n->prev->next = n->next;
	list_init(n);
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

#define list_entry(p, t, m) container_of(p, t, m)
#define list_first(head, t, m) list_entry((head)->next, t, m)
#define list_for_each(pos, head, m) \
	for (pos = list_entry((head)->next, __typeof__(*pos), m); &pos->m != (head); \
	     pos = list_entry(pos->m.next, __typeof__(*pos), m))
#define list_for_each_safe(pos, n, head, m) \
	for (pos = list_entry((head)->next, __typeof__(*pos), m), \
	     n = list_entry(pos->m.next, __typeof__(*pos), m); &pos->m != (head); \
	     pos = n, n = list_entry(n->m.next, __typeof__(*n), m))

/* ---- memory of the box ---- */

/*
 * alloc - @size zeroed bytes, aligned to 8 (to a page from a page on); NULL if
 * the box may have no more. The size is not limited. release(NULL) does nothing.
 */
void *alloc(size_t size);
void release(void *p);
/*
 * resize - a larger or smaller block with the old contents, what is added is zero;
 * NULL leaves the old one.
 */
void *resize(void *p, size_t size);
/* How much is handed out now, in bytes. */
size_t alloc_used(void);

#define new(type) ((type *)alloc(sizeof(type)))

/* ---- locks ---- */

/* A sleeping mutex, not recursive. Zero is unlocked. */
struct mutex {
	u32 word;
};

static inline __attribute__((always_inline)) void lock(struct mutex *m)
{
	south_lock(&m->word);
}

static inline __attribute__((always_inline)) void unlock(struct mutex *m)
{
	south_unlock(&m->word);
}

/* ---- reference counts: North has no atomics; the count is under the lock it names ---- */

/* ---- strings ---- */

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t n);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
/* str_copy - at most @size - 1 bytes of @s and a NUL. Returns the bytes copied without NUL. */
size_t str_copy(char *dst, const char *s, size_t size);
/* str_dup - a copy in memory of the box, or NULL. */
char *str_dup(const char *s);
char *str_ndup(const char *s, size_t n);
/* A decimal number with nothing behind it. false if @s isn't one or it is out of range. */
bool str_to_u64(const char *s, u64 *out);
u32 hash_bytes(const void *p, size_t n, u32 seed);

/* ---- text into a growing buffer, for /proc and the like ---- */

struct text {
	char *buf;
	size_t len, size;
	bool failed;	/* out of memory: what follows is dropped */
};

/*
 * text_printf - append formatted text: %s %c %d %u %x %o with l (64 bit), ll, a width,
 * 0 and - flags, %.*s. Nothing else.
 */
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_add(struct text *t, const char *s, size_t n);
void text_free(struct text *t);

/* ---- id pools ---- */

/* The smallest free id is handed out. Grows; at most @limit ids. Zero-initialised but for limit. */
struct idpool {
	u32 *bits;
	u32 words, limit;
};
s32 id_get(struct idpool *p);	/* -ENOSPC, -ENOMEM */
void id_put(struct idpool *p, u32 id);

/* A line for the host's log, for bugs only. */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
