// SPDX-License-Identifier: GPL-2.0
/* POSIX access control lists, kept with the inodes of memory file systems and layers. */
#include "../task.h"
#include "open.h"
#include "node.h"

#define ACL_VERSION 2u
#define ACL_UNDEFINED_ID ((u32)-1)

#define ACL_USER_OBJ 0x01
#define ACL_USER 0x02
#define ACL_GROUP_OBJ 0x04
#define ACL_GROUP 0x08
#define ACL_MASK 0x10
#define ACL_OTHER 0x20

struct acl_entry {
	u16 tag, perm;
	u32 id;		/* of ACL_USER and ACL_GROUP */
};

/* struct acl - from @version on it is the attribute's value. */
struct acl {
	u32 count, version;
	struct acl_entry entry[];
};

#define ACL_VALUE_SIZE(count) (sizeof(u32) + (count) * sizeof(struct acl_entry))

/* A node's lists change under its inode's lock and this one; whoever reads them has either. */
static struct mutex acl_lock;	/* a leaf */

static struct acl *acl_new(u32 count)
{
	struct acl *l = alloc(sizeof(*l) + count * sizeof(l->entry[0]));

	if (l) {
		l->count = count;
		l->version = ACL_VERSION;
	}
	return l;
}

static struct acl *acl_copy(const struct acl *from)
{
	struct acl *l = acl_new(from->count);

	if (l)
		memcpy(l->entry, from->entry, l->count * sizeof(l->entry[0]));
	return l;
}

/* Takes @l. Of the inode the lock is held, or nobody knows it yet. */
static void acl_replace(struct node *n, u32 which, struct acl *l)
{
	struct acl *old;

	lock(&acl_lock);
	old = n->acl[which];
	WRITE_ONCE(n->acl[which], l);
	unlock(&acl_lock);
	release(old);
}

/* Users before groups, each of the four classes once, and a mask where there is need for one. */
static bool acl_valid(const struct acl *l)
{
	u32 next = ACL_USER_OBJ;
	bool needs_mask = false;

	for (u32 i = 0; i < l->count; i++) {
		const struct acl_entry *e = &l->entry[i];

		if (e->perm & ~07u)
			return false;
		switch (e->tag) {
		case ACL_USER_OBJ:
			if (next != ACL_USER_OBJ)
				return false;
			next = ACL_USER;
			break;
		case ACL_GROUP_OBJ:
			if (next != ACL_USER)
				return false;
			next = ACL_GROUP;
			break;
		case ACL_USER:
		case ACL_GROUP:
			if (next != e->tag)
				return false;
			needs_mask = true;
			break;
		case ACL_MASK:
			if (next != ACL_GROUP)
				return false;
			next = ACL_OTHER;
			break;
		case ACL_OTHER:
			if (next != ACL_OTHER && (next != ACL_GROUP || needs_mask))
				return false;
			next = 0;
			break;
		}
	}
	return !next;
}

/* acl_parse - @value as setxattr gave it; NULL and *@err 0: no list. */
static struct acl *acl_parse(const char *value, u32 size, s32 *err)
{
	struct acl *l;
	u32 version, count;

	*err = 0;
	if (!size)
		return NULL;
	*err = -EINVAL;
	if (size < sizeof(version))
		return NULL;
	memcpy(&version, value, sizeof(version));
	count = (size - sizeof(version)) / sizeof(struct acl_entry);
	if (version != ACL_VERSION)
		*err = -EOPNOTSUPP;
	else if (size == ACL_VALUE_SIZE(0))
		*err = 0;
	if (version != ACL_VERSION || !count || size != ACL_VALUE_SIZE(count))
		return NULL;
	l = acl_new(count);
	if (!l) {
		*err = -ENOMEM;
		return NULL;
	}
	memcpy(l->entry, value + sizeof(version), count * sizeof(l->entry[0]));
	for (u32 i = 0; i < count; i++) {
		struct acl_entry *e = &l->entry[i];

		switch (e->tag) {
		case ACL_USER:
		case ACL_GROUP:
			if (e->id != ACL_UNDEFINED_ID)
				continue;
			break;
		case ACL_USER_OBJ:
		case ACL_GROUP_OBJ:
		case ACL_MASK:
		case ACL_OTHER:
			e->id = ACL_UNDEFINED_ID;
			continue;
		}
		release(l);
		return NULL;
	}
	*err = 0;
	return l;
}

/* What the group's bits of a mode stand for: the mask if there is one. */
static struct acl_entry *acl_group_class(struct acl *l)
{
	struct acl_entry *group = NULL;

	for (u32 i = 0; i < l->count; i++) {
		if (l->entry[i].tag == ACL_MASK)
			return &l->entry[i];
		if (l->entry[i].tag == ACL_GROUP_OBJ)
			group = &l->entry[i];
	}
	return group;
}

/* The three entries that a mode shows, owner, group and others, of a valid list. */
static void acl_classes(struct acl *l, struct acl_entry *class[3])
{
	class[0] = &l->entry[0];
	class[1] = acl_group_class(l);
	class[2] = &l->entry[l->count - 1];
}

static u32 acl_mode(struct acl *l)
{
	struct acl_entry *class[3];

	acl_classes(l, class);
	return (u32)class[0]->perm << 6 | (u32)class[1]->perm << 3 | class[2]->perm;
}

/* Does a mode say all that @l does? */
static bool acl_is_mode(const struct acl *l)
{
	return l->count == 3;
}

static s32 acl_granted(const struct acl *l, const struct acl_entry *e, u32 want, bool masked)
{
	u32 perm = e->perm;

	for (; masked && ++e < &l->entry[l->count];)
		if (e->tag == ACL_MASK) {
			perm &= e->perm;
			break;
		}
	return (perm & want) == want ? 0 : -EACCES;
}

static s32 acl_check(const struct inode *i, const struct acl *l, u32 want)
{
	bool found = false;

	for (u32 k = 0; k < l->count; k++) {
		const struct acl_entry *e = &l->entry[k];

		switch (e->tag) {
		case ACL_USER:
			if (e->id == current->cred->fsuid)
				return acl_granted(l, e, want, true);
			break;
		case ACL_GROUP_OBJ:
		case ACL_GROUP:
			if (!in_group(e->tag == ACL_GROUP ? e->id : i->gid))
				break;
			found = true;
			if ((e->perm & want) == want)
				return acl_granted(l, e, want, true);
			break;
		case ACL_OTHER:
			return found ? -EACCES : acl_granted(l, e, want, false);
		}
	}
	return -EACCES;
}

bool acl_permission(struct inode *i, u32 want, s32 *err)
{
	struct node *n = to_node(i);
	bool has;

	if (likely(!is_node(i) || !READ_ONCE(n->acl[ACL_ACCESS])))
		return false;
	lock(&acl_lock);
	has = n->acl[ACL_ACCESS];
	if (has)
		*err = acl_check(i, n->acl[ACL_ACCESS], want & 7);
	unlock(&acl_lock);
	return has;
}

s32 acl_set(struct inode *i, u32 which, const char *value, u32 size)
{
	struct node *n = to_node(i);
	struct acl *l;
	s32 err;

	l = acl_parse(value, size, &err);
	if (err)
		return err;
	if (!is_node(i) || S_ISLNK(i->mode))
		err = -EOPNOTSUPP;
	else if (which == ACL_DEFAULT && !S_ISDIR(i->mode))
		err = -EACCES;
	else if (!inode_owner(i))
		err = -EPERM;
	else if (l && !acl_valid(l))
		err = -EINVAL;
	else
		err = layer_pin(n);
	/* Not to have what can't be there is no error. */
	if (err == -EACCES && !l)
		return 0;
	if (err) {
		release(l);
		return err;
	}
	lock(&i->lock);
	if (which == ACL_ACCESS) {
		u32 mode = i->mode;

		if (l)
			mode = (mode & ~(u32)S_IRWXUGO) | acl_mode(l);
		if (!group_or_capable(i->gid))
			mode &= ~(u32)S_ISGID;
		WRITE_ONCE(i->mode, mode);
		if (l && acl_is_mode(l)) {
			release(l);
			l = NULL;
		}
	}
	acl_replace(n, which, l);
	i->ctime = south_time(0);
	unlock(&i->lock);
	return 0;
}

s64 acl_read(struct inode *i, u32 which, u64 uvalue, u64 size)
{
	const struct acl *l;
	s64 r;

	if (!is_node(i) || S_ISLNK(i->mode))
		return -EOPNOTSUPP;
	lock(&i->lock);
	l = to_node(i)->acl[which];
	r = l ? (s64)ACL_VALUE_SIZE(l->count) : -ENODATA;
	if (l && size && (u64)r > size)
		r = -ERANGE;
	else if (l && size && south_user_write(uvalue, &l->version, (u32)r))
		r = -EFAULT;
	unlock(&i->lock);
	return r;
}

s32 acl_chmod(struct node *n, u32 mode)
{
	struct acl_entry *class[3];
	struct acl *l = n->acl[ACL_ACCESS];

	if (likely(!l))
		return 0;
	l = acl_copy(l);
	if (!l)
		return -ENOMEM;
	acl_classes(l, class);
	for (u32 i = 0; i < 3; i++)
		class[i]->perm = mode >> (6 - 3 * i) & 7;
	acl_replace(n, ACL_ACCESS, l);
	return 0;
}

bool acl_inherits(const struct inode *dir)
{
	return is_node(dir) && ((const struct node *)dir)->acl[ACL_DEFAULT];
}

s32 acl_inherit(struct node *n, const struct node *dir)
{
	const struct acl *from = dir->acl[ACL_DEFAULT];
	struct acl_entry *class[3];
	struct acl *l;

	if (likely(!from) || S_ISLNK(n->i.mode))
		return 0;
	l = acl_copy(from);
	if (!l)
		return -ENOMEM;
	/* Nothing that the mode doesn't allow, and of the mode nothing that the list doesn't. */
	acl_classes(l, class);
	for (u32 i = 0; i < 3; i++)
		class[i]->perm &= n->i.mode >> (6 - 3 * i) & 7;
	n->i.mode = (n->i.mode & ~(u32)S_IRWXUGO) | acl_mode(l);
	if (acl_is_mode(l))
		release(l);
	else
		n->acl[ACL_ACCESS] = l;
	if (S_ISDIR(n->i.mode)) {
		n->acl[ACL_DEFAULT] = acl_copy(from);
		if (!n->acl[ACL_DEFAULT])
			return -ENOMEM;
	}
	return 0;
}

void acls_free(struct node *n)
{
	release(n->acl[ACL_ACCESS]);
	release(n->acl[ACL_DEFAULT]);
}
