// SPDX-License-Identifier: GPL-2.0
/* The credentials of a new program: set-id bits and capabilities of its file. */
#include "exec.h"
#include "../fs/mount.h"

#define VFS_CAP_REVISION_MASK 0xff000000u
#define VFS_CAP_REVISION_1 0x01000000u
#define VFS_CAP_REVISION_2 0x02000000u
#define VFS_CAP_REVISION_3 0x03000000u
#define VFS_CAP_FLAGS_EFFECTIVE 1u

/* struct vfs_ns_cap_data - as it is kept with the file; earlier revisions are shorter. */
struct file_caps {
	u32 magic;
	struct {
		u32 permitted, inheritable;
	} data[2];
	u32 rootid;
};

static void cred_set_id(struct cred *c, const struct file *f)
{
	u32 mode = f->inode->mode;

	if (current->process->no_new_privs || (f->mount->flags & MNT_NOSUID))
		return;
	if (mode & S_ISUID)
		c->euid = f->inode->uid;
	if ((mode & (S_ISGID | 0010)) == (S_ISGID | 0010))
		c->egid = f->inode->gid;
}

/*
 * check_unsafe_exec(): does another process see this one's root and working directory change?
 * Who looks into /proc/PID holds a reference, too, for a while; so tasks are counted.
 */
static bool shares_fs(void)
{
	const struct task *me = current;
	bool shared = false;
	struct task *t;

	lock(&tasks_lock);
	list_for_each(t, &tasks, node)
		shared |= t->fs == me->fs && t->process != me->process;
	unlock(&tasks_lock);
	return shared;
}

/*
 * get_vfs_caps_from_disk(): 0 with *@caps, whose magic is 0 if there are none; -EINVAL
 * for what isn't any.
 */
static s32 file_caps_read(const struct file *f, struct file_caps *caps)
{
	s32 size;

	memset(caps, 0, sizeof(*caps));
	if (f->mount->flags & MNT_NOSUID)
		return 0;
	size = xattr_value(f->inode, XATTR_CAPS, caps, sizeof(*caps));
	if (size == -ENODATA)
		return 0;
	if (size < 0)
		return size == -ERANGE ? -EINVAL : size;
	switch (caps->magic & VFS_CAP_REVISION_MASK) {
	case VFS_CAP_REVISION_1:
		return size == 12 ? 0 : -EINVAL;
	case VFS_CAP_REVISION_2:
		return size == 20 ? 0 : -EINVAL;
	case VFS_CAP_REVISION_3:
		if (size != sizeof(*caps))
			return -EINVAL;
		/* Those of another user namespace's root. */
		if (caps->rootid)
			caps->magic = 0;
		return 0;
	default:
		return -EINVAL;
	}
}

/* get_file_caps(): what the file gives; an errno where the program could not do without. */
static s32 file_caps_give(const struct file *f, struct cred *c, bool *effective, bool *has)
{
	u64 permitted, inheritable;
	struct file_caps caps;
	s32 err = file_caps_read(f, &caps);

	c->cap_permitted = 0;
	/* A file whose capabilities make no sense has none. */
	if (err == -EINVAL)
		return 0;
	if (err || !caps.magic)
		return err;
	*effective = caps.magic & VFS_CAP_FLAGS_EFFECTIVE;
	*has = true;
	permitted = (caps.data[0].permitted | (u64)caps.data[1].permitted << 32) & CAP_FULL;
	inheritable = (caps.data[0].inheritable | (u64)caps.data[1].inheritable << 32) & CAP_FULL;
	c->cap_permitted = (c->cap_bounding & permitted) | (c->cap_inheritable & inheritable);
	return *effective && (permitted & ~c->cap_permitted) ? -EPERM : 0;
}

/* handle_privileged_root() */
static void root_caps(struct cred *c, bool has_fcap, bool *effective)
{
	if (c->securebits & SECURE_NOROOT)
		return;
	/* A set-user-id root program with capabilities of its own gets only those. */
	if (has_fcap && c->uid && !c->euid)
		return;
	if (!c->euid || !c->uid)
		c->cap_permitted = c->cap_bounding | c->cap_inheritable;
	if (!c->euid)
		*effective = true;
}

/* cap_bprm_creds_from_file() */
s32 exec_cred(struct exec_state *e, const struct file *f)
{
	const struct cred *old = current->cred;
	bool effective = false, has_fcap = false, is_setid, gains;
	struct cred *c = cred_copy(old);
	s32 err;

	if (!c)
		return -ENOMEM;
	cred_set_id(c, f);
	err = file_caps_give(f, c, &effective, &has_fcap);
	if (err) {
		cred_put(c);
		return err;
	}
	root_caps(c, has_fcap, &effective);
	is_setid = c->euid != old->euid || c->egid != old->egid;
	/* Who is watched, or shares its root and directory, gets no more than it had. */
	gains = is_setid || (c->cap_permitted & ~old->cap_permitted);
	if (gains && (current->process->no_new_privs || shares_fs() || !tracer_capable())) {
		if (!capable(CAP_SETUID) || current->process->no_new_privs) {
			c->euid = c->uid;
			c->egid = c->gid;
		}
		c->cap_permitted &= old->cap_permitted;
	}
	c->suid = c->fsuid = c->euid;
	c->sgid = c->fsgid = c->egid;
	if (has_fcap || is_setid)
		c->cap_ambient = 0;
	c->cap_permitted |= c->cap_ambient;
	c->cap_effective = effective ? c->cap_permitted : c->cap_ambient;
	c->securebits &= ~SECURE_KEEP_CAPS;
	e->secure = is_setid || (c->uid && (effective || (c->cap_permitted & ~c->cap_ambient)));
	e->cred = c;
	return 0;
}
