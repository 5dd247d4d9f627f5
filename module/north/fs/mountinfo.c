// SPDX-License-Identifier: GPL-2.0
/* What is mounted, told: /proc/mounts, /proc/self/mountinfo, statmount(2), listmount(2). */
#include "../task.h"
#include "open.h"

#define MOUNT_ATTR_RDONLY 0x1
#define MOUNT_ATTR_NOSUID 0x2
#define MOUNT_ATTR_NODEV 0x4
#define MOUNT_ATTR_NOEXEC 0x8
#define MOUNT_ATTR_NOATIME 0x10
#define MOUNT_ATTR_STRICTATIME 0x20
#define MOUNT_ATTR_NODIRATIME 0x80
#define MOUNT_ATTR_NOSYMFOLLOW 0x200000

#define MS_UNBINDABLE (1 << 17)
#define MS_PRIVATE (1 << 18)
#define MS_SLAVE (1 << 19)
#define MS_SHARED (1 << 20)

#define STATMOUNT_SB_BASIC 1
#define STATMOUNT_MNT_BASIC 2
#define STATMOUNT_PROPAGATE_FROM 4
#define STATMOUNT_MNT_ROOT 8
#define STATMOUNT_MNT_POINT 0x10
#define STATMOUNT_FS_TYPE 0x20
#define STATMOUNT_MNT_NS_ID 0x40
#define STATMOUNT_MNT_OPTS 0x80
#define STATMOUNT_STRINGS \
	(STATMOUNT_MNT_ROOT | STATMOUNT_MNT_POINT | STATMOUNT_FS_TYPE | STATMOUNT_MNT_OPTS)

#define LSMT_ROOT (~0ull)
#define LISTMOUNT_REVERSE 1
#define LISTMOUNT_MAX 1000000
#define MNT_NS_ID 1ull

/* As seq_escape() does for a field of a line. */
static void show_field(struct text *t, const char *s)
{
	for (; *s; s++) {
		if (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\\')
			text_printf(t, "\\%03o", (u32)(u8)*s);
		else
			text_add(t, s, 1);
	}
}

static void show_flags(struct text *t, const struct mount *m)
{
	static const struct {
		u32 flag;
		const char *text;
	} names[] = {
		{ MNT_NOSUID, ",nosuid" }, { MNT_NODEV, ",nodev" }, { MNT_NOEXEC, ",noexec" },
		{ MNT_NOATIME, ",noatime" }, { MNT_NODIRATIME, ",nodiratime" },
		{ MNT_RELATIME, ",relatime" }, { MNT_NOSYMFOLLOW, ",nosymfollow" },
	};

	text_printf(t, "%s", m->flags & MNT_READONLY ? "ro" : "rw");
	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (m->flags & names[i].flag)
			text_printf(t, "%s", names[i].text);
}

/* Where its root is in its file system; to release(). */
static char *root_name(struct mount *m)
{
	struct mount whole = { .root = m->root };
	struct path root = { .mount = &whole, .dentry = m->root };

	names_lock();
	while (whole.root->parent != whole.root)
		whole.root = whole.root->parent;
	names_unlock();
	return path_name(&root);
}

static void show_line(struct text *t, struct mount *m, const char *point)
{
	show_field(t, m->source);
	text_add(t, " ", 1);
	show_field(t, point);
	text_printf(t, " %s ", m->sb->type);
	show_flags(t, m);
	text_printf(t, " 0 0\n");
}

static void show_info(struct text *t, struct mount *m, const char *point)
{
	char *root = root_name(m);

	text_printf(t, "%u %u %u:%u ", m->id, m->parent ? m->parent->id : m->id,
		    MAJOR(m->sb->dev), MINOR(m->sb->dev));
	show_field(t, root ? root : "/");
	release(root);
	text_add(t, " ", 1);
	show_field(t, point);
	text_add(t, " ", 1);
	show_flags(t, m);
	if (m->group)
		text_printf(t, " shared:%u", m->group);
	if (m->master)
		text_printf(t, " master:%u", m->master);
	if (m->flags & MNT_UNBINDABLE)
		text_printf(t, " unbindable");
	text_printf(t, " - %s ", m->sb->type);
	show_field(t, m->source);
	text_printf(t, " %s\n", READ_ONCE(m->sb->readonly) ? "ro" : "rw");
}

/* Can current get there? What is beneath another root isn't shown. */
static bool reachable(struct mount *m, const struct path *root)
{
	bool yes;

	names_lock();
	yes = path_reachable((struct path){ .mount = m, .dentry = m->root }, root);
	names_unlock();
	return yes;
}

void mounts_show(struct text *t, bool mountinfo)
{
	struct path root;
	struct mount *m;
	char *point;

	fs_context_paths(current->fs, &root, NULL);
	/* The list can't change under namespace_lock, and each mount on it is counted. */
	lock(&namespace_lock);
	list_for_each(m, &mounts, node) {
		if (!reachable(m, &root))
			continue;
		point = path_name(&(struct path){ .mount = m, .dentry = m->root });
		if (!point)
			t->failed = true;
		else if (mountinfo)
			show_info(t, m, point);
		else
			show_line(t, m, point);
		release(point);
	}
	unlock(&namespace_lock);
	path_put(&root);
}

/* ---- statmount, listmount ---- */

struct linux_mnt_id_req {
	u32 size, ns_fd;
	u64 id, param, ns_id;
};
#define REQ_SIZE_FIRST 24

struct linux_statmount {
	u32 size, mnt_opts;
	u64 mask;
	u32 dev_major, dev_minor;
	u64 magic;
	u32 sb_flags, fs_type;
	u64 id, parent_id;
	u32 id_old, parent_id_old;
	u64 attr, propagation, peer_group, master, propagate_from;
	u32 mnt_root, mnt_point;
	u64 ns_id;
	u64 spare[49];
};
_Static_assert(sizeof(struct linux_statmount) == 512, "struct statmount");

/* copy_mnt_id_req() */
static s32 request_get(struct linux_mnt_id_req *r, u64 uaddr)
{
	u32 size;
	s32 err;

	if (south_user_read(&size, uaddr, sizeof(size)))
		return -EFAULT;
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < REQ_SIZE_FIRST)
		return -EINVAL;
	memset(r, 0, sizeof(*r));
	err = struct_get(r, sizeof(*r), uaddr, size);
	if (err)
		return err;
	if (r->ns_fd && r->ns_id)
		return -EINVAL;
	if (r->id <= MNT_UNIQUE_OFFSET)
		return -EINVAL;
	/* There is one namespace, of which nobody has a descriptor. */
	if (r->ns_fd)
		return -EBADF;
	return !r->ns_id || r->ns_id == MNT_NS_ID ? 0 : -ENOENT;
}

static u64 unique(const struct mount *m)
{
	return m->id + MNT_UNIQUE_OFFSET;
}

/* namespace_lock is held. */
static struct mount *mount_by_id(u64 id)
{
	struct mount *m;

	list_for_each(m, &mounts, node)
		if (unique(m) == id)
			return m;
	return NULL;
}

static u64 attributes(const struct mount *m)
{
	u32 f = m->flags;
	u64 a = 0;

	a |= f & MNT_READONLY ? MOUNT_ATTR_RDONLY : 0;
	a |= f & MNT_NOSUID ? MOUNT_ATTR_NOSUID : 0;
	a |= f & MNT_NODEV ? MOUNT_ATTR_NODEV : 0;
	a |= f & MNT_NOEXEC ? MOUNT_ATTR_NOEXEC : 0;
	a |= f & MNT_NODIRATIME ? MOUNT_ATTR_NODIRATIME : 0;
	a |= f & MNT_NOSYMFOLLOW ? MOUNT_ATTR_NOSYMFOLLOW : 0;
	if (f & MNT_NOATIME)
		return a | MOUNT_ATTR_NOATIME;
	return f & MNT_RELATIME ? a : a | MOUNT_ATTR_STRICTATIME;
}

static u64 propagation(const struct mount *m)
{
	u64 p = (m->group ? MS_SHARED : 0) | (m->master ? MS_SLAVE : 0) |
		(m->flags & MNT_UNBINDABLE ? MS_UNBINDABLE : 0);

	return p ? p : MS_PRIVATE;
}

static void string_add(struct linux_statmount *s, struct text *t, u32 *at, const char *text,
		       u32 flag)
{
	if (!t->len)
		text_add(t, "", 1);
	*at = (u32)t->len;
	if (text)
		text_add(t, text, strlen(text) + 1);
	else
		t->failed = true;
	s->mask |= flag;
}

static void statmount_numbers(struct linux_statmount *s, struct mount *m, u64 want)
{
	const struct mount *up = m->parent ? m->parent : m;

	if (want & STATMOUNT_SB_BASIC) {
		s->mask |= STATMOUNT_SB_BASIC;
		s->dev_major = MAJOR(m->sb->dev);
		s->dev_minor = MINOR(m->sb->dev);
		s->magic = m->sb->magic;
		s->sb_flags = READ_ONCE(m->sb->readonly);
	}
	if (want & STATMOUNT_MNT_BASIC) {
		s->mask |= STATMOUNT_MNT_BASIC;
		s->id = unique(m);
		s->parent_id = unique(up);
		s->id_old = m->id;
		s->parent_id_old = up->id;
		s->attr = attributes(m);
		s->propagation = propagation(m);
		s->peer_group = m->group;
		s->master = m->master;
	}
	if (want & STATMOUNT_PROPAGATE_FROM) {
		s->mask |= STATMOUNT_PROPAGATE_FROM;
		s->propagate_from = m->master;
	}
	if (want & STATMOUNT_MNT_NS_ID) {
		s->mask |= STATMOUNT_MNT_NS_ID;
		s->ns_id = MNT_NS_ID;
	}
}

static void statmount_strings(struct linux_statmount *s, struct text *t, struct mount *m, u64 want,
			      bool seen)
{
	struct path top = { .mount = m, .dentry = m->root };
	char *name;

	if (want & STATMOUNT_FS_TYPE)
		string_add(s, t, &s->fs_type, m->sb->type, STATMOUNT_FS_TYPE);
	if (want & STATMOUNT_MNT_ROOT) {
		name = root_name(m);
		string_add(s, t, &s->mnt_root, name, STATMOUNT_MNT_ROOT);
		release(name);
	}
	if (want & STATMOUNT_MNT_POINT) {
		name = seen ? path_name(&top) : str_dup("");
		string_add(s, t, &s->mnt_point, name, STATMOUNT_MNT_POINT);
		release(name);
	}
	if (want & STATMOUNT_MNT_OPTS)
		string_add(s, t, &s->mnt_opts, "", STATMOUNT_MNT_OPTS);
}

static s32 statmount_id(struct linux_statmount *s, struct text *t, const struct linux_mnt_id_req *r)
{
	struct path root;
	struct mount *m;
	s32 err = 0;
	bool seen;

	fs_context_paths(current->fs, &root, NULL);
	lock(&namespace_lock);
	m = mount_by_id(r->id);
	seen = m && reachable(m, &root);
	if (!m)
		err = -ENOENT;
	else if (!seen && !capable(CAP_SYS_ADMIN))
		err = -EPERM;
	if (!err) {
		statmount_numbers(s, m, r->param);
		statmount_strings(s, t, m, r->param, seen);
	}
	unlock(&namespace_lock);
	path_put(&root);
	return err ? err : t->failed ? -ENOMEM : 0;
}

static s32 statmount_put(struct linux_statmount *s, const struct text *t, u64 uaddr, u64 size)
{
	u32 fixed = (u32)min(size, (u64)sizeof(*s));

	if (t->len && sizeof(*s) + t->len > size)
		return -EOVERFLOW;
	s->size = fixed + (u32)t->len;
	if ((t->len && south_user_write(uaddr + sizeof(*s), t->buf, (u32)t->len)) ||
	    south_user_write(uaddr, s, fixed))
		return -EFAULT;
	return 0;
}

s64 sys_statmount(const u64 *a)
{
	struct linux_statmount s = { };
	struct linux_mnt_id_req r;
	struct text t = { };
	s32 err;

	if ((u32)a[3])
		return -EINVAL;
	err = request_get(&r, a[0]);
	if (err)
		return err;
	if (!user_range(a[1], a[2]))
		return -EFAULT;
	if (r.param & STATMOUNT_STRINGS && a[2] <= sizeof(s))
		return -EOVERFLOW;
	err = statmount_id(&s, &t, &r);
	if (!err)
		err = statmount_put(&s, &t, a[1], a[2]);
	text_free(&t);
	return err;
}

/* The next id behind @last in the order asked for, or 0. namespace_lock is held. */
static u64 next_id(u64 last, bool reverse, const struct path *top, u64 but)
{
	struct mount *m;
	u64 best = 0, id;

	list_for_each(m, &mounts, node) {
		id = unique(m);
		if (id == but || (last && (reverse ? id >= last : id <= last)) ||
		    (best && (reverse ? id < best : id > best)) || !reachable(m, top))
			continue;
		best = id;
	}
	return best;
}

static s64 list_beneath(const struct linux_mnt_id_req *r, u64 uaddr, u64 count, bool reverse)
{
	struct path root, top;
	struct mount *m;
	u64 id = r->param;
	s64 n = 0;

	fs_context_paths(current->fs, &root, NULL);
	top = root;
	lock(&namespace_lock);
	m = r->id == LSMT_ROOT ? root.mount : mount_by_id(r->id);
	if (!m) {
		n = -ENOENT;
	} else {
		if (r->id != LSMT_ROOT)
			top = (struct path){ .mount = m, .dentry = m->root };
		if (!reachable(m, &root) && r->id != LSMT_ROOT && !capable(CAP_SYS_ADMIN))
			n = -EPERM;
	}
	while (n >= 0 && (u64)n < count) {
		id = next_id(id, reverse, &top, r->id);
		if (!id)
			break;
		if (south_user_write(uaddr + 8 * (u64)n, &id, sizeof(id)))
			n = -EFAULT;
		else
			n++;
	}
	unlock(&namespace_lock);
	path_put(&root);
	return n;
}

s64 sys_listmount(const u64 *a)
{
	struct linux_mnt_id_req r;
	s32 err;

	if ((u32)a[3] & ~LISTMOUNT_REVERSE)
		return -EINVAL;
	if (a[2] > LISTMOUNT_MAX)
		return -EOVERFLOW;
	if (!user_range(a[1], a[2] * 8))
		return -EFAULT;
	err = request_get(&r, a[0]);
	if (!err && r.param && r.param <= MNT_UNIQUE_OFFSET)
		err = -EINVAL;
	return err ? err : list_beneath(&r, a[1], a[2], (u32)a[3] & LISTMOUNT_REVERSE);
}
