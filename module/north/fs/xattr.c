// SPDX-License-Identifier: GPL-2.0
/* Extended attributes: kept in memory with the inodes of memory file systems and layers. */
#include "../task.h"
#include "open.h"
#include "node.h"
#include "notify.h"

/* All that one inode may hold, names and values. */
#define XATTRS_MAX (128u * 1024)

#define XATTR_USER 0
#define XATTR_TRUSTED 1
#define XATTR_SECURITY 2
#define XATTR_ACL 3		/* and on: ACL_* */

#define ACL_ACCESS_NAME "system.posix_acl_access"
#define ACL_DEFAULT_NAME "system.posix_acl_default"

struct xname {
	char text[XATTR_NAME_MAX + 1];
	u32 len;
	u32 space;		/* XATTR_* */
};

/* As the kernel finds a handler by prefix, or name; -EOPNOTSUPP for what has none here. */
static s32 xname_get(struct xname *n, u64 uaddr)
{
	static const char *const spaces[] = {
		"user.", "trusted.", "security.", ACL_ACCESS_NAME, ACL_DEFAULT_NAME,
	};
	s32 len = south_user_string(n->text, uaddr, sizeof(n->text));
	u32 i;

	if (len < 0)
		return len;
	if (!len || len > XATTR_NAME_MAX)
		return -ERANGE;
	n->len = (u32)len;
	for (i = 0; i < ARRAY_SIZE(spaces); i++) {
		size_t k = strlen(spaces[i]);

		if (strncmp(n->text, spaces[i], k))
			continue;
		n->space = i;
		if (i < XATTR_ACL)
			return n->text[k] ? 0 : -EINVAL;
		return n->text[k] ? -EOPNOTSUPP : 0;
	}
	return -EOPNOTSUPP;
}

static s32 may_xattr(struct inode *i, const struct xname *n, u32 mask)
{
	if (n->space == XATTR_TRUSTED)
		return capable(CAP_SYS_ADMIN) ? 0 : mask & MAY_WRITE ? -EPERM : -ENODATA;
	if (n->space == XATTR_SECURITY)
		return mask & MAY_WRITE && !capable(CAP_SYS_ADMIN) ? -EPERM : 0;
	if (!S_ISREG(i->mode) && !S_ISDIR(i->mode))
		return mask & MAY_WRITE ? -EPERM : -ENODATA;
	if (S_ISDIR(i->mode) && i->mode & S_ISVTX && mask & MAY_WRITE && !inode_owner(i))
		return -EPERM;
	return inode_permission(i, mask);
}

static struct xattr **xattr_find(struct node *n, const char *name, u32 len)
{
	struct xattr **p;

	for (p = &n->xattrs; *p; p = &(*p)->next)
		if ((*p)->name_len == len && !memcmp((*p)->data, name, len))
			break;
	return p;
}

void xattrs_free(struct node *n)
{
	struct xattr *x;

	while ((x = n->xattrs)) {
		n->xattrs = x->next;
		release(x);
	}
}

s32 xattr_value(struct inode *i, const char *name, void *buf, u32 size)
{
	s32 r = -ENODATA;
	struct xattr *x;

	if (!is_node(i))
		return r;
	lock(&i->lock);
	x = *xattr_find(to_node(i), name, strlen(name));
	if (x) {
		r = x->size > size ? -ERANGE : (s32)x->size;
		memcpy(buf, x->data + x->name_len + 1, min(size, x->size));
	}
	unlock(&i->lock);
	return r;
}

void inode_drop_caps(struct inode *i)
{
	struct xattr **x, *gone;

	if (likely(!is_node(i) || !to_node(i)->xattrs))
		return;
	x = xattr_find(to_node(i), XATTR_CAPS, strlen(XATTR_CAPS));
	gone = *x;
	if (gone)
		*x = gone->next;
	release(gone);
}

static s32 node_set(struct inode *i, const struct xname *name, const char *value, u32 size,
		    u32 flags)
{
	struct node *n = to_node(i);
	struct xattr *x, *j, **p;
	u32 total = 0;
	s32 err = may_xattr(i, name, MAY_WRITE);

	if (err)
		return err;
	if (!is_node(i))
		return -EOPNOTSUPP;
	x = alloc(sizeof(*x) + name->len + 1 + size);
	if (!x)
		return -ENOMEM;
	x->name_len = name->len;
	x->size = size;
	memcpy(x->data, name->text, name->len);
	memcpy(x->data + name->len + 1, value, size);
	err = layer_pin(n);
	if (err)
		goto out;
	lock(&i->lock);
	for (j = n->xattrs; j; j = j->next)
		total += sizeof(*j) + j->name_len + j->size;
	p = xattr_find(n, name->text, name->len);
	if (*p && flags & XATTR_CREATE) {
		err = -EEXIST;
	} else if (!*p && flags & XATTR_REPLACE) {
		err = -ENODATA;
	} else if (total + sizeof(*x) + name->len + size > XATTRS_MAX) {
		err = -ENOSPC;
	} else {
		j = *p;
		x->next = j ? j->next : NULL;
		*p = x;
		x = j;
		i->ctime = south_time(0);
	}
	unlock(&i->lock);
out:
	release(x);
	return err;
}

static s32 xattr_set(const struct path *p, u64 uname, u64 uvalue, u64 size, u32 flags)
{
	struct inode *i = path_inode(p);
	struct xname n;
	char *value;
	s32 err;

	if (flags & ~(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	err = xname_get(&n, uname);
	if (err && err != -EOPNOTSUPP)
		return err;
	if (size > XATTR_SIZE_MAX)
		return -E2BIG;
	if (err)
		return err;
	err = path_writable(p);
	if (err)
		return err;
	value = alloc(size ? size : 1);
	if (!value)
		return -ENOMEM;
	if (size && south_user_read(value, uvalue, (u32)size))
		err = -EFAULT;
	if (!err)
		err = n.space >= XATTR_ACL ? acl_set(i, n.space - XATTR_ACL, value, (u32)size) :
					     node_set(i, &n, value, (u32)size, flags);
	if (!err)
		notify_dentry(p->dentry, IN_ATTRIB);
	release(value);
	return err;
}

static s64 xattr_get(const struct path *p, u64 uname, u64 uvalue, u64 size)
{
	struct inode *i = path_inode(p);
	struct xattr *x;
	struct xname n;
	s64 r = xname_get(&n, uname);

	if (!r && n.space >= XATTR_ACL)
		return acl_read(i, n.space - XATTR_ACL, uvalue, size);
	if (!r)
		r = may_xattr(i, &n, MAY_READ);
	if (r)
		return r;
	if (!is_node(i))
		return n.space == XATTR_USER ? -EOPNOTSUPP : -ENODATA;
	lock(&i->lock);
	x = *xattr_find(to_node(i), n.text, n.len);
	if (!x)
		r = -ENODATA;
	else if (size && x->size > size)
		r = -ERANGE;
	else if (size && x->size && south_user_write(uvalue, x->data + x->name_len + 1, x->size))
		r = -EFAULT;
	else
		r = x->size;
	unlock(&i->lock);
	return r;
}

struct listing {
	u64 ulist, size, used;
};

static s32 list_one(struct listing *l, const char *name, u32 len)
{
	s32 err = 0;

	if (l->size && l->used + len + 1 > l->size)
		err = -ERANGE;
	else if (l->size && south_user_write(l->ulist + l->used, name, len + 1))
		err = -EFAULT;
	l->used += len + 1;
	return err;
}

static s64 xattr_list(const struct path *p, u64 ulist, u64 size)
{
	static const char *const acl_names[] = { ACL_ACCESS_NAME, ACL_DEFAULT_NAME };
	struct listing l = { ulist, size, 0 };
	struct inode *i = path_inode(p);
	struct xattr *x;
	s32 err = 0;

	if (!is_node(i))
		return 0;
	lock(&i->lock);
	for (u32 k = 0; k < ARRAY_SIZE(acl_names) && !err; k++)
		if (to_node(i)->acl[k])
			err = list_one(&l, acl_names[k], strlen(acl_names[k]));
	for (x = to_node(i)->xattrs; x && !err; x = x->next)
		if (strncmp(x->data, "trusted.", 8) || capable(CAP_SYS_ADMIN))
			err = list_one(&l, x->data, x->name_len);
	unlock(&i->lock);
	return err ? err : (s64)l.used;
}

static s32 xattr_remove(const struct path *p, u64 uname)
{
	struct inode *i = path_inode(p);
	struct xattr **x, *gone;
	struct xname n;
	s32 err = xname_get(&n, uname);

	if (!err)
		err = path_writable(p);
	if (!err && n.space >= XATTR_ACL) {
		err = acl_set(i, n.space - XATTR_ACL, NULL, 0);
		if (!err)
			notify_dentry(p->dentry, IN_ATTRIB);
		return err;
	}
	if (!err)
		err = may_xattr(i, &n, MAY_WRITE);
	if (err)
		return err;
	if (!is_node(i))
		return -EOPNOTSUPP;
	lock(&i->lock);
	x = xattr_find(to_node(i), n.text, n.len);
	gone = *x;
	if (gone) {
		*x = gone->next;
		i->ctime = south_time(0);
	}
	unlock(&i->lock);
	release(gone);
	if (gone)
		notify_dentry(p->dentry, IN_ATTRIB);
	return gone ? 0 : -ENODATA;
}

/* ---- the calls: by path, by link, by descriptor ---- */

static s32 path_at(u64 uaddr, u32 lookup, struct path *p)
{
	return user_lookup(AT_FDCWD, uaddr, lookup, p);
}

static s64 put(struct path *p, s64 r)
{
	path_put(p);
	return r;
}

#define XATTR_CALL(name, find, op)		\
s64 name(const u64 *a)				\
{						\
	struct path p;				\
	s32 err = find;				\
						\
	return err ? err : put(&p, op);		\
}

#define FOLLOW path_at(a[0], LOOKUP_FOLLOW, &p)
#define NOFOLLOW path_at(a[0], 0, &p)
#define FD fd_path((s32)a[0], false, &p)

XATTR_CALL(sys_setxattr, FOLLOW, xattr_set(&p, a[1], a[2], a[3], (u32)a[4]))
XATTR_CALL(sys_lsetxattr, NOFOLLOW, xattr_set(&p, a[1], a[2], a[3], (u32)a[4]))
XATTR_CALL(sys_fsetxattr, FD, xattr_set(&p, a[1], a[2], a[3], (u32)a[4]))
XATTR_CALL(sys_getxattr, FOLLOW, xattr_get(&p, a[1], a[2], a[3]))
XATTR_CALL(sys_lgetxattr, NOFOLLOW, xattr_get(&p, a[1], a[2], a[3]))
XATTR_CALL(sys_fgetxattr, FD, xattr_get(&p, a[1], a[2], a[3]))
XATTR_CALL(sys_listxattr, FOLLOW, xattr_list(&p, a[1], a[2]))
XATTR_CALL(sys_llistxattr, NOFOLLOW, xattr_list(&p, a[1], a[2]))
XATTR_CALL(sys_flistxattr, FD, xattr_list(&p, a[1], a[2]))
XATTR_CALL(sys_removexattr, FOLLOW, xattr_remove(&p, a[1]))
XATTR_CALL(sys_lremovexattr, NOFOLLOW, xattr_remove(&p, a[1]))
XATTR_CALL(sys_fremovexattr, FD, xattr_remove(&p, a[1]))
