// SPDX-License-Identifier: GPL-2.0
/* Names of sockets: paths, and abstract ones, which are a name space of the box. */
#include "unix.h"
#include "../abi/fs.h"

#define NAME_BUCKETS 256u
#define AUTOBIND_LEN 5u
/* More than half of the names would have to be taken for this many to be in vain. */
#define AUTOBIND_TRIES 64u
#define SUN_MAX 110u		/* struct sockaddr_un */

/* Named sockets, by their inode or their abstract name; unix_lock. */
static struct sock *names[NAME_BUCKETS];

static u32 inode_hash(const struct inode *i)
{
	return ((u32)((uintptr)i >> 4) * 0x9e3779b1u) % NAME_BUCKETS;
}

static u32 abstract_hash(const struct sockaddr *sa, u32 len, u32 type)
{
	return hash_bytes(sa->data, len - SOCKADDR_FAMILY, type) % NAME_BUCKETS;
}

s32 sockaddr_check(const struct sockaddr *sa, u32 len)
{
	return len <= SOCKADDR_FAMILY || len > SUN_MAX || sa->family != AF_UNIX ? -EINVAL : 0;
}

/* A path ends with a NUL, which counts. */
static u32 path_len(struct sockaddr *sa, u32 len)
{
	sa->data[len - SOCKADDR_FAMILY] = 0;
	return (u32)strlen(sa->data) + SOCKADDR_FAMILY + 1;
}

static struct unix_addr *addr_new(const struct sockaddr *sa, u32 len)
{
	struct unix_addr *a = new(struct unix_addr);

	if (!a)
		return NULL;
	a->refs = 1;
	a->len = len;
	a->sa.family = AF_UNIX;
	memcpy(a->sa.data, sa->data, len - SOCKADDR_FAMILY);
	return a;
}

void unix_addr_put(struct unix_addr *a)
{
	if (!--a->refs)
		release(a);
}

u32 unix_name(const struct sock *s, struct sockaddr *sa)
{
	if (s->addr) {
		*sa = s->addr->sa;
		return s->addr->len;
	}
	sa->family = AF_UNIX;
	return SOCKADDR_FAMILY;
}

/* ---- with unix_lock held ---- */

static struct sock *abstract_find(const struct sockaddr *sa, u32 len, u32 type)
{
	struct sock *s = names[abstract_hash(sa, len, type)];

	for (; s; s = s->name_next)
		if (!s->path.dentry && s->type == type && s->addr->len == len &&
		    !memcmp(s->addr->sa.data, sa->data, len - SOCKADDR_FAMILY))
			break;
	return s;
}

static struct sock *inode_find(const struct inode *i)
{
	struct sock *s = names[inode_hash(i)];

	while (s && !(s->path.dentry && path_inode(&s->path) == i))
		s = s->name_next;
	return s;
}

static void name_add(struct sock *s, struct unix_addr *a, u32 hash)
{
	s->addr = a;
	s->named = true;
	s->hash = hash;
	s->name_next = names[hash];
	names[hash] = s;
}

void unix_unname(struct sock *s)
{
	struct sock **p;

	if (!s->named)
		return;
	for (p = &names[s->hash]; *p != s; p = &(*p)->name_next)
		;
	*p = s->name_next;
	s->named = false;
}

s32 unix_autobind(struct sock *s)
{
	static const char digits[] = "0123456789abcdef";
	struct unix_addr *a;
	u32 n, len = SOCKADDR_FAMILY + 1 + AUTOBIND_LEN;

	if (s->addr)
		return 0;
	a = new(struct unix_addr);
	if (!a)
		return -ENOMEM;
	a->refs = 1;
	a->len = len;
	a->sa.family = AF_UNIX;
	for (u32 tries = 0; tries < AUTOBIND_TRIES; tries++) {
		south_entropy(&n, sizeof(n));
		for (u32 i = 0; i < AUTOBIND_LEN; i++, n >>= 4)
			a->sa.data[1 + i] = digits[n & 15];
		if (abstract_find(&a->sa, len, s->type))
			continue;
		name_add(s, a, abstract_hash(&a->sa, len, s->type));
		return 0;
	}
	release(a);
	return -ENOSPC;
}

/* ---- bind(2) ---- */

struct binding {
	struct sock *sock;
	struct unix_addr *addr;
};

/* The name was made, and its directory is locked. */
static s32 path_made(const struct path *p, void *arg)
{
	struct binding *b = arg;
	s32 err = -EINVAL;

	path_get(p);
	lock(&unix_lock);
	if (!b->sock->addr) {
		b->sock->path = *p;
		name_add(b->sock, b->addr, inode_hash(path_inode(p)));
		err = 0;
	}
	unlock(&unix_lock);
	if (err)
		path_put(p);
	return err;
}

static s32 bind_path(struct sock *s, struct unix_addr *a)
{
	struct binding b = { s, a };
	s32 err = path_make_socket(a->sa.data, READ_ONCE(s->file->inode->mode) & S_IALLUGO,
				   path_made, &b);

	return err == -EEXIST ? -EADDRINUSE : err;
}

static s32 bind_abstract(struct sock *s, struct unix_addr *a)
{
	s32 err = 0;

	lock(&unix_lock);
	if (s->addr)
		err = -EINVAL;
	else if (abstract_find(&a->sa, a->len, s->type))
		err = -EADDRINUSE;
	else
		name_add(s, a, abstract_hash(&a->sa, a->len, s->type));
	unlock(&unix_lock);
	return err;
}

s32 unix_bind(struct sock *s, struct sockaddr *sa, u32 len)
{
	struct unix_addr *a;
	s32 err;

	if (len == SOCKADDR_FAMILY && sa->family == AF_UNIX) {
		lock(&unix_lock);
		err = unix_autobind(s);
		unlock(&unix_lock);
		return err;
	}
	err = sockaddr_check(sa, len);
	if (err)
		return err;
	a = addr_new(sa, sa->data[0] ? path_len(sa, len) : len);
	if (!a)
		return -ENOMEM;
	err = sa->data[0] ? bind_path(s, a) : bind_abstract(s, a);
	if (err)
		release(a);
	return err;
}

/* ---- finding ---- */

/* The counted socket of a path, which may die before the caller has the lock. */
static s32 path_find(struct sockaddr *sa, u32 len, u32 type, struct sock **out)
{
	struct sock *s = NULL;
	struct inode *i;
	struct path p;
	s32 err;

	path_len(sa, len);
	err = path_lookup(AT_FDCWD, sa->data, LOOKUP_FOLLOW, &p);
	if (err)
		return err;
	i = path_inode(&p);
	err = inode_permission(i, MAY_WRITE);
	if (!err) {
		lock(&unix_lock);
		if (S_ISSOCK(i->mode))
			s = inode_find(i);
		if (!s)
			err = -ECONNREFUSED;
		else if (s->type != type)
			err = -EPROTOTYPE;
		else
			*out = sock_get(s);
		unlock(&unix_lock);
	}
	path_put(&p);
	return err;
}

s32 unix_find(struct sockaddr *sa, u32 len, u32 type, struct sock **out)
{
	struct sock *s;
	s32 err;

	while (sa->data[0]) {
		err = path_find(sa, len, type, &s);
		if (err)
			return err;
		lock(&unix_lock);
		*out = s;
		if (!s->dead)
			return 0;
		sock_put(s);
		unlock(&unix_lock);
	}
	lock(&unix_lock);
	s = abstract_find(sa, len, type);
	if (s) {
		*out = sock_get(s);
		return 0;
	}
	unlock(&unix_lock);
	return -ECONNREFUSED;
}
