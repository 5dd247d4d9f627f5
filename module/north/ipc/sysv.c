// SPDX-License-Identifier: GPL-2.0
/*
 * System V ids: keys, permissions, sequence numbers. An id is an index with a sequence
 * number above it, which changes when indices begin anew: so an old id finds nobody.
 */
#include "sysv.h"

#define INDEX_BITS 15
#define INDEX_MAX (1u << INDEX_BITS)
#define INDEX_MASK (INDEX_MAX - 1)
#define SEQ_MAX (0x7fffffffu >> INDEX_BITS)
/* Indices are used in turn, over at least so many. */
#define CYCLE_MIN 64u
#define KEYS 256u
#define MODE_BITS 0777u

/* ---- keys ---- */

static struct ipc_perm **key_place(struct ipc_ids *ids, s32 key)
{
	return &ids->keys[hash_bytes(&key, sizeof(key), 0) % KEYS];
}

static struct ipc_perm *key_find(struct ipc_ids *ids, s32 key)
{
	struct ipc_perm *p = ids->keys ? *key_place(ids, key) : NULL;

	while (p && p->key != key)
		p = p->next;
	return p;
}

void ipc_forget_key(struct ipc_ids *ids, struct ipc_perm *p)
{
	struct ipc_perm **at;

	if (p->key == IPC_PRIVATE)
		return;
	for (at = key_place(ids, p->key); *at != p; at = &(*at)->next)
		;
	*at = p->next;
	p->key = IPC_PRIVATE;
}

/* ---- indices ---- */

/* A free one below @end, from where the last search ended. */
static s32 index_find(const struct ipc_ids *ids, u32 end)
{
	u32 at = (u32)ids->next < end ? (u32)ids->next : 0;

	for (u32 k = 0; k < end; k++, at = at + 1 < end ? at + 1 : 0)
		if (at >= ids->size || !ids->slots[at])
			return (s32)at;
	return -ENOSPC;
}

static s32 slots_grow(struct ipc_ids *ids, u32 index)
{
	struct ipc_perm **slots;
	u32 size = max(ids->size, CYCLE_MIN);

	if (!ids->keys)
		ids->keys = alloc(KEYS * sizeof(struct ipc_perm *));
	if (!ids->keys)
		return -ENOMEM;
	while (size <= index)
		size *= 2;
	if (size == ids->size)
		return 0;
	slots = resize(ids->slots, size * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	ids->slots = slots;
	ids->size = size;
	return 0;
}

/* @p, whose key is set, gets an id. */
static s32 ids_add(struct ipc_ids *ids, struct ipc_perm *p)
{
	const struct cred *c = current->cred;
	struct ipc_perm **at;
	s32 index, err;

	if (ids->used >= ids->limit)
		return -ENOSPC;
	index = index_find(ids, min(max(ids->used * 3 / 2, CYCLE_MIN), INDEX_MAX));
	if (index < 0)
		return index;
	err = slots_grow(ids, (u32)index);
	if (err)
		return err;
	if (index <= ids->last)
		ids->seq = ids->seq + 1 < SEQ_MAX ? ids->seq + 1 : 0;
	ids->last = index;
	ids->next = index + 1;
	p->cuid = p->uid = c->euid;
	p->cgid = p->gid = c->egid;
	p->seq = ids->seq;
	p->id = (s32)(p->seq << INDEX_BITS) + index;
	ids->slots[index] = p;
	ids->used++;
	ids->top = max(ids->top, index + 1);
	if (p->key != IPC_PRIVATE) {
		at = key_place(ids, p->key);
		p->next = *at;
		*at = p;
	}
	return p->id;
}

void ipc_remove(struct ipc_ids *ids, struct ipc_perm *p)
{
	ipc_forget_key(ids, p);
	ids->slots[p->id & INDEX_MASK] = NULL;
	ids->used--;
	while (ids->top && !ids->slots[ids->top - 1])
		ids->top--;
	ids->kind->destroy(p);
}

s64 ipc_index_max(const struct ipc_ids *ids)
{
	return max(ids->top - 1, 0);
}

struct ipc_perm *ipc_find_index(struct ipc_ids *ids, s32 id)
{
	u32 index = (u32)id & INDEX_MASK;

	return index < ids->size ? ids->slots[index] : NULL;
}

struct ipc_perm *ipc_find(struct ipc_ids *ids, s32 id)
{
	struct ipc_perm *p = ipc_find_index(ids, id);

	return p && p->id == id ? p : NULL;
}

struct ipc_perm *ipc_next(struct ipc_ids *ids, s32 *at)
{
	while (*at < ids->top) {
		struct ipc_perm *p = ids->slots[(*at)++];

		if (p)
			return p;
	}
	return NULL;
}

/* ---- permissions ---- */

bool ipc_permitted(const struct ipc_perm *p, u32 mask)
{
	u32 asked = mask >> 6 | mask >> 3 | mask, granted = p->mode, euid = current->cred->euid;

	if (euid == p->cuid || euid == p->uid)
		granted >>= 6;
	else if (in_group(p->cgid) || in_group(p->gid))
		granted >>= 3;
	return !(asked & ~granted & 7) || capable(CAP_IPC_OWNER);
}

struct ipc_perm *ipc_find_permitted(struct ipc_ids *ids, s32 id, u32 mask)
{
	struct ipc_perm *p = ipc_find(ids, id);

	if (!p)
		return ERR_PTR(-EINVAL);
	return ipc_permitted(p, mask) ? p : ERR_PTR(-EACCES);
}

struct ipc_perm *ipc_find_owned(struct ipc_ids *ids, s32 id)
{
	struct ipc_perm *p = ipc_find(ids, id);
	u32 euid = current->cred->euid;

	if (!p)
		return ERR_PTR(-EINVAL);
	if (euid != p->cuid && euid != p->uid && !capable(CAP_SYS_ADMIN))
		return ERR_PTR(-EPERM);
	return p;
}

struct ipc_perm *ipc_find_stat(struct ipc_ids *ids, s32 id, bool index, bool any, s64 *ret)
{
	struct ipc_perm *p = index || any ? ipc_find_index(ids, id) : ipc_find(ids, id);

	if (!p)
		return ERR_PTR(-EINVAL);
	if (!any && !ipc_permitted(p, IPC_READ))
		return ERR_PTR(-EACCES);
	*ret = index || any ? p->id : 0;
	return p;
}

void ipc_perm_fill(const struct ipc_perm *p, struct linux_ipc_perm *out)
{
	out->key = p->key;
	out->uid = p->uid;
	out->gid = p->gid;
	out->cuid = p->cuid;
	out->cgid = p->cgid;
	out->mode = p->mode;
	out->seq = (u16)p->seq;
}

s32 ipc_perm_set(struct ipc_perm *p, const struct linux_ipc_perm *in)
{
	if (in->uid == ~0u || in->gid == ~0u)
		return -EINVAL;
	p->uid = in->uid;
	p->gid = in->gid;
	p->mode = (p->mode & ~MODE_BITS) | (in->mode & MODE_BITS);
	return 0;
}

/* ---- finding and making by key ---- */

static s64 get_new(struct ipc_ids *ids, s32 key, u64 size, u32 flags)
{
	struct ipc_perm *p;
	s32 err = 0;

	p = ids->kind->make(key, size, flags, &err);
	if (!p)
		return err;
	p->key = key;
	p->mode = flags & MODE_BITS;
	err = ids_add(ids, p);
	if (err < 0)
		ids->kind->destroy(p);
	return err;
}

static s64 get_public(struct ipc_ids *ids, s32 key, u64 size, u32 flags)
{
	struct ipc_perm *p = key_find(ids, key);

	if (!p)
		return flags & IPC_CREAT ? get_new(ids, key, size, flags) : -ENOENT;
	if (flags & IPC_CREAT && flags & IPC_EXCL)
		return -EEXIST;
	if (ids->kind->fits && !ids->kind->fits(p, size))
		return -EINVAL;
	return ipc_permitted(p, flags) ? p->id : -EACCES;
}

s64 ipc_get(struct ipc_ids *ids, s32 key, u64 size, u32 flags)
{
	s64 ret;

	lock(&ids->lock);
	ret = key == IPC_PRIVATE ? get_new(ids, key, size, flags) :
				   get_public(ids, key, size, flags);
	unlock(&ids->lock);
	return ret;
}

s64 ipc_seconds(void)
{
	return south_time(0) / 1000000000ll;
}
