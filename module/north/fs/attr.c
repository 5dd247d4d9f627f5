// SPDX-License-Identifier: GPL-2.0
/* Changing attributes: chmod, chown, utimes, truncate; asking for access. */
#include "../task.h"
#include "../fd/lease.h"
#include "open.h"
#include "node.h"
#include "notify.h"

bool group_or_capable(u32 gid)
{
	return in_group(gid) || capable(CAP_FSETID);
}

/* What of set-id bits a change by somebody without CAP_FSETID takes away. */
static u32 priv_bits(const struct inode *i, bool uid_too)
{
	u32 kill = uid_too ? i->mode & S_ISUID : 0;

	if (i->mode & S_ISGID && (i->mode & 010 || !group_or_capable(i->gid)))
		kill |= S_ISGID;
	return kill;
}

/* The inode's lock is held. */
static s32 setattr(struct inode *i, struct attr *a)
{
	if (i->ops && i->ops->setattr)
		return i->ops->setattr(i, a);
	inode_setattr(i, a);
	return 0;
}

/* Called with the inode's lock held, @a complete: the checks of setattr_prepare(). */
static s32 change_locked(struct inode *i, struct attr *a, bool explicit_times)
{
	u32 uid = current->cred->fsuid;

	if (a->valid & ATTR_MODE && S_ISLNK(i->mode))
		return -EOPNOTSUPP;
	if (a->valid & ATTR_UID && !(uid == i->uid && a->uid == i->uid) && !capable(CAP_CHOWN))
		return -EPERM;
	if (a->valid & ATTR_GID && !(uid == i->uid && (a->gid == i->gid || in_group(a->gid))) &&
	    !capable(CAP_CHOWN))
		return -EPERM;
	if (a->valid & ATTR_MODE && !(a->valid & (ATTR_UID | ATTR_GID))) {
		if (!inode_owner(i))
			return -EPERM;
		if (!group_or_capable(i->gid))
			a->mode &= ~S_ISGID;
	}
	if (a->valid & (ATTR_ATIME | ATTR_MTIME)) {
		if (explicit_times) {
			if (!inode_owner(i))
				return -EPERM;
		} else if (!inode_owner(i)) {
			s32 err = inode_permission(i, MAY_WRITE);

			if (err)
				return err;
		}
	}
	return setattr(i, a);
}

s32 inode_change(struct inode *i, struct attr *a, bool explicit_times)
{
	s32 err;

	lock(&i->lock);
	/* A new owner doesn't inherit the old one's set-id program. */
	if (a->valid & (ATTR_UID | ATTR_GID) && !(a->valid & ATTR_MODE) && !S_ISDIR(i->mode)) {
		u32 kill = priv_bits(i, true);

		if (kill) {
			a->valid |= ATTR_MODE;
			a->mode = i->mode & ~kill;
		}
	}
	err = change_locked(i, a, explicit_times);
	if (!err && a->valid & (ATTR_UID | ATTR_GID))
		inode_drop_caps(i);
	unlock(&i->lock);
	return err;
}

s32 inode_truncate(struct inode *i, struct file *f, u64 size)
{
	struct attr a = { .valid = ATTR_SIZE | ATTR_MTIME, .size = size };
	u32 kill;
	s32 err;

	if (f && f->ops->truncate)
		return f->ops->truncate(f, size);
	lock(&i->lock);
	err = reg_size_ok(i->size, size);
	if (!err) {
		a.mtime = south_time(0);
		kill = capable(CAP_FSETID) ? 0 : priv_bits(i, true);
		if (kill) {
			a.valid |= ATTR_MODE;
			a.mode = i->mode & ~kill;
		}
		err = setattr(i, &a);
	}
	if (!err)
		inode_drop_caps(i);
	unlock(&i->lock);
	return err;
}

s32 path_truncate(const struct path *p, struct file *f, u64 size)
{
	struct inode *i = f ? f->inode : path_inode(p);
	u32 mode = READ_ONCE(i->mode);
	s32 err = inode_truncate(i, f, size);

	if (!err && p->dentry)
		notify_change(p->dentry, ATTR_SIZE | (i->mode != mode ? ATTR_MODE : 0));
	return err;
}

s32 fd_path(s32 fd, bool opath, struct path *out)
{
	struct fd f = opath ? fd_begin(fd) : fd_begin_io(fd);
	s32 err = f.file ? file_path(f.file, out) : -EBADF;

	if (f.file)
		fd_end(f);
	return err;
}

static u32 at_lookup(u32 flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
	       (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

/* Changes what @p names and puts it. */
static s32 change_path(struct path *p, struct attr *a, bool explicit_times)
{
	s32 err = path_writable(p);

	if (!err)
		err = inode_change(path_inode(p), a, explicit_times);
	if (!err)
		notify_change(p->dentry, a->valid);
	path_put(p);
	return err;
}

/* ---- chmod ---- */

static s32 chmod_at(s32 dirfd, u64 name, u32 mode, u32 flags)
{
	struct attr a = { .valid = ATTR_MODE, .mode = mode & S_IALLUGO };
	struct path p;
	s32 err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	err = user_lookup(dirfd, name, at_lookup(flags), &p);
	return err ? err : change_path(&p, &a, false);
}

s64 sys_chmod(const u64 *a)
{
	return chmod_at(AT_FDCWD, a[0], (u32)a[1], 0);
}

s64 sys_fchmodat(const u64 *a)
{
	return chmod_at((s32)a[0], a[1], (u32)a[2], 0);
}

s64 sys_fchmodat2(const u64 *a)
{
	return chmod_at((s32)a[0], a[1], (u32)a[2], (u32)a[3]);
}

s64 sys_fchmod(const u64 *a)
{
	struct attr attr = { .valid = ATTR_MODE, .mode = (u32)a[1] & S_IALLUGO };
	struct path p;
	s32 err = fd_path((s32)a[0], false, &p);

	return err ? err : change_path(&p, &attr, false);
}

/* ---- chown ---- */

static struct attr chown_attr(u32 uid, u32 gid)
{
	struct attr a = { .uid = uid, .gid = gid };

	if (uid != (u32)-1)
		a.valid |= ATTR_UID;
	if (gid != (u32)-1)
		a.valid |= ATTR_GID;
	return a;
}

static s32 chown_at(s32 dirfd, u64 name, u32 uid, u32 gid, u32 flags)
{
	struct attr a = chown_attr(uid, gid);
	struct path p;
	s32 err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	err = user_lookup(dirfd, name, at_lookup(flags), &p);
	return err ? err : change_path(&p, &a, false);
}

s64 sys_chown(const u64 *a)
{
	return chown_at(AT_FDCWD, a[0], (u32)a[1], (u32)a[2], 0);
}

s64 sys_lchown(const u64 *a)
{
	return chown_at(AT_FDCWD, a[0], (u32)a[1], (u32)a[2], AT_SYMLINK_NOFOLLOW);
}

s64 sys_fchownat(const u64 *a)
{
	return chown_at((s32)a[0], a[1], (u32)a[2], (u32)a[3], (u32)a[4]);
}

s64 sys_fchown(const u64 *a)
{
	struct attr attr = chown_attr((u32)a[1], (u32)a[2]);
	struct path p;
	s32 err = fd_path((s32)a[0], false, &p);

	return err ? err : change_path(&p, &attr, false);
}

/* ---- times ---- */

static bool nsec_valid(s64 nsec)
{
	return nsec == UTIME_NOW || nsec == UTIME_OMIT || (nsec >= 0 && nsec <= 999999999);
}

static s64 to_ns(const struct linux_timespec *t)
{
	s64 limit = 0x7fffffffffffffffll / 1000000000 - 1;
	s64 sec = t->sec > limit ? limit : t->sec < -limit ? -limit : t->sec;

	return sec * 1000000000 + t->nsec;
}

/* @t: access and modification time, or NULL for now. */
static s32 utimes_at(s32 dirfd, u64 name, const struct linux_timespec *t, u32 flags)
{
	struct attr a = { .valid = ATTR_ATIME | ATTR_MTIME };
	struct path p;
	s64 now;
	s32 err;

	if (!name && dirfd != AT_FDCWD) {
		err = flags ? -EINVAL : fd_path(dirfd, false, &p);
	} else if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) {
		err = -EINVAL;
	} else {
		err = user_lookup(dirfd, name, at_lookup(flags), &p);
	}
	if (err)
		return err;
	if (t && (!nsec_valid(t[0].nsec) || !nsec_valid(t[1].nsec))) {
		path_put(&p);
		return -EINVAL;
	}
	if (t && t[0].nsec == UTIME_NOW && t[1].nsec == UTIME_NOW)
		t = NULL;
	now = south_time(0);
	a.atime = a.mtime = now;
	if (t) {
		if (t[0].nsec == UTIME_OMIT)
			a.valid &= ~ATTR_ATIME;
		else if (t[0].nsec != UTIME_NOW)
			a.atime = to_ns(&t[0]);
		if (t[1].nsec == UTIME_OMIT)
			a.valid &= ~ATTR_MTIME;
		else if (t[1].nsec != UTIME_NOW)
			a.mtime = to_ns(&t[1]);
	}
	return change_path(&p, &a, t != NULL);
}

s64 sys_utimensat(const u64 *a)
{
	struct linux_timespec t[2];

	if (a[2]) {
		if (south_user_read(t, a[2], sizeof(t)))
			return -EFAULT;
		if (t[0].nsec == UTIME_OMIT && t[1].nsec == UTIME_OMIT)
			return 0;
	}
	return utimes_at((s32)a[0], a[1], a[2] ? t : NULL, (u32)a[3]);
}

s64 sys_futimesat(const u64 *a)
{
	struct linux_timeval v[2];
	struct linux_timespec t[2];

	if (a[2]) {
		if (south_user_read(v, a[2], sizeof(v)))
			return -EFAULT;
		if (v[0].usec < 0 || v[0].usec >= 1000000 || v[1].usec < 0 || v[1].usec >= 1000000)
			return -EINVAL;
		t[0] = (struct linux_timespec){ v[0].sec, v[0].usec * 1000 };
		t[1] = (struct linux_timespec){ v[1].sec, v[1].usec * 1000 };
	}
	return utimes_at((s32)a[0], a[1], a[2] ? t : NULL, 0);
}

s64 sys_utimes(const u64 *a)
{
	u64 b[] = { (u64)AT_FDCWD, a[0], a[1] };

	return sys_futimesat(b);
}

s64 sys_utime(const u64 *a)
{
	struct linux_timespec t[2] = { };
	s64 buf[2];

	if (a[1]) {
		if (south_user_read(buf, a[1], sizeof(buf)))
			return -EFAULT;
		t[0].sec = buf[0];
		t[1].sec = buf[1];
	}
	return utimes_at(AT_FDCWD, a[0], a[1] ? t : NULL, 0);
}

/* ---- truncate, fallocate ---- */

s64 sys_truncate(const u64 *a)
{
	struct inode *i;
	struct path p;
	s32 err;

	if ((s64)a[1] < 0)
		return -EINVAL;
	err = user_lookup(AT_FDCWD, a[0], LOOKUP_FOLLOW, &p);
	if (err)
		return err;
	i = path_inode(&p);
	if (S_ISDIR(i->mode))
		err = -EISDIR;
	else if (!S_ISREG(i->mode))
		err = -EINVAL;
	else
		err = path_writable(&p);
	if (!err)
		err = inode_permission(i, MAY_WRITE);
	if (!err)
		err = lease_break(i, O_WRONLY);
	if (!err)
		err = path_truncate(&p, NULL, a[1]);
	path_put(&p);
	return err;
}

s64 sys_ftruncate(const u64 *a)
{
	struct fd f;
	s32 err;

	if ((s64)a[1] < 0)
		return -EINVAL;
	f = fd_begin_io((s32)a[0]);
	if (!f.file)
		return -EBADF;
	if (!S_ISREG(f.file->inode->mode) || !file_writable(f.file))
		err = -EINVAL;
	else
		err = path_truncate(&(struct path){ f.file->mount, f.file->dentry }, f.file, a[1]);
	fd_end(f);
	return err;
}

static s32 allocate_check(const struct file *f, u32 mode, s64 off, s64 len)
{
	u32 kind = mode & ~FALLOC_FL_KEEP_SIZE, type = f->inode->mode & S_IFMT;

	if (off < 0 || len <= 0)
		return -EINVAL;
	switch (kind) {
	case 0:
	case FALLOC_FL_UNSHARE_RANGE:
	case FALLOC_FL_ZERO_RANGE:
		break;
	case FALLOC_FL_PUNCH_HOLE:
		if (!(mode & FALLOC_FL_KEEP_SIZE))
			return -EOPNOTSUPP;
		break;
	case FALLOC_FL_COLLAPSE_RANGE:
	case FALLOC_FL_INSERT_RANGE:
		if (mode & FALLOC_FL_KEEP_SIZE)
			return -EOPNOTSUPP;
		break;
	default:
		return -EOPNOTSUPP;
	}
	if (!file_writable(f))
		return -EBADF;
	if (type == S_IFIFO)
		return -ESPIPE;
	if (type == S_IFDIR)
		return -EISDIR;
	if (type != S_IFREG)
		return -ENODEV;
	if ((u64)off + (u64)len > 0x7fffffffffffffffull)
		return -EFBIG;
	return f->ops->allocate ? 0 : -EOPNOTSUPP;
}

s64 sys_fallocate(const u64 *a)
{
	struct fd f = fd_begin_io((s32)a[0]);
	s32 err;

	if (!f.file)
		return -EBADF;
	err = allocate_check(f.file, (u32)a[1], (s64)a[2], (s64)a[3]);
	if (!err)
		err = f.file->ops->allocate(f.file, (u32)a[1], a[2], a[3]);
	if (!err)
		notify_file(f.file, IN_MODIFY);
	fd_end(f);
	return err;
}

/* ---- access ---- */

/*
 * access(2) asks for the real ids. Returns the credentials that were current's
 * before, to be put back; NULL: there is no difference; ERR_PTR.
 */
static struct cred *real_begin(void)
{
	struct cred *c = current->cred, *r;
	u64 caps = c->uid ? 0 : c->cap_permitted;

	if (c->fsuid == c->uid && c->fsgid == c->gid && c->cap_effective == caps)
		return NULL;
	r = cred_copy(c);
	if (!r)
		return ERR_PTR(-ENOMEM);
	r->fsuid = c->uid;
	r->fsgid = c->gid;
	r->cap_effective = caps;
	lock(&tasks_lock);
	current->cred = r;
	unlock(&tasks_lock);
	return c;
}

static void real_end(struct cred *old)
{
	struct cred *r = current->cred;

	if (!old)
		return;
	lock(&tasks_lock);
	current->cred = old;
	unlock(&tasks_lock);
	cred_put(r);
}

static s32 access_at(s32 dirfd, u64 name, u32 mode, u32 flags)
{
	struct cred *old = NULL;
	struct inode *i;
	struct path p;
	s32 err;

	if (mode & ~7u || flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (!(flags & AT_EACCESS)) {
		old = real_begin();
		if (IS_ERR(old))
			return PTR_ERR(old);
	}
	err = user_lookup(dirfd, name, at_lookup(flags), &p);
	if (!err) {
		i = path_inode(&p);
		if (mode & MAY_EXEC && S_ISREG(i->mode) && p.mount->flags & MNT_NOEXEC)
			err = -EACCES;
		else if (mode)
			err = inode_permission(i, mode);
		if (!err && mode & MAY_WRITE &&
		    (S_ISREG(i->mode) || S_ISDIR(i->mode) || S_ISLNK(i->mode)))
			err = path_writable(&p);
		path_put(&p);
	}
	real_end(old);
	return err;
}

s64 sys_access(const u64 *a)
{
	return access_at(AT_FDCWD, a[0], (u32)a[1], 0);
}

s64 sys_faccessat(const u64 *a)
{
	return access_at((s32)a[0], a[1], (u32)a[2], 0);
}

s64 sys_faccessat2(const u64 *a)
{
	return access_at((s32)a[0], a[1], (u32)a[2], (u32)a[3]);
}
