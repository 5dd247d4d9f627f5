// SPDX-License-Identifier: GPL-2.0
/* The entries of a directory in memory: hashed, and in order of their creation. */
#include "dentry.h"
#include "node.h"

struct names *names_new(void)
{
	struct names *n = new(struct names);

	if (n) {
		list_init(&n->list);
		n->buckets = n->first;
		n->size = ARRAY_SIZE(n->first);
		n->cookie = 2;
	}
	return n;
}

struct name *name_new(const char *text, u32 len)
{
	struct name *e = alloc(sizeof(*e) + len + 1);

	if (!e)
		return NULL;
	list_init(&e->node);
	memcpy(e->text, text, len);
	e->len = (u8)len;
	e->hash = name_hash(text, len);
	return e;
}

static inline struct name **bucket(const struct names *n, u32 hash)
{
	return &n->buckets[(hash ^ hash >> 16) & (n->size - 1)];
}

struct name *names_find(struct names *n, const char *text, u32 len, u32 hash)
{
	struct name *e;

	for (e = *bucket(n, hash); e; e = e->next)
		if (e->hash == hash && e->len == len && !memcmp(e->text, text, len))
			return e;
	return NULL;
}

/* Longer chains are the worst that comes of a failure. */
static void grow(struct names *n)
{
	u32 size = n->size * 2;
	struct name **buckets = alloc(size * sizeof(*buckets)), **b, *e;

	if (!buckets)
		return;
	if (n->buckets != n->first)
		release(n->buckets);
	n->buckets = buckets;
	n->size = size;
	list_for_each(e, &n->list, node) {
		b = bucket(n, e->hash);
		e->next = *b;
		*b = e;
	}
}

void names_add(struct names *n, struct name *e)
{
	struct name **b;

	e->cookie = n->cookie++;
	if (n->count >= n->size)
		grow(n);
	list_add_tail(&e->node, &n->list);
	n->count++;
	if (e->inode)
		n->live++;
	b = bucket(n, e->hash);
	e->next = *b;
	*b = e;
}

void names_del(struct names *n, struct name *e)
{
	struct name **b;

	for (b = bucket(n, e->hash); *b != e; b = &(*b)->next)
		;
	*b = e->next;
	list_del(&e->node);
	n->count--;
	if (e->inode)
		n->live--;
}

struct inode *name_set(struct names *n, struct name *e, struct inode *i)
{
	struct inode *old = e->inode;

	n->live += (i != NULL) - (old != NULL);
	e->inode = i;
	return old;
}

/* From evict: nobody else sees them any more. */
void names_free(struct names *n)
{
	struct name *e, *next;

	if (!n)
		return;
	list_for_each_safe(e, next, &n->list, node) {
		inode_put_later(e->inode);
		release(e);
	}
	if (n->buckets != n->first)
		release(n->buckets);
	release(n);
}
