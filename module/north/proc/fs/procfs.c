// SPDX-License-Identifier: GPL-2.0
/* Inodes and open files of /proc. */
#include "procfs.h"

#define PROC_MAGIC 0x9fa0
#define WRITE_MAX 4096u
#define ROOT_INO 1

static const struct inode_ops proc_inode_ops, proc_jump_inode_ops, proc_dir_inode_ops;
static const struct file_ops proc_file_ops, proc_dir_ops;

static struct proc_inode *proc_of(const struct inode *i)
{
	return i->private;
}

/* Numbers of inodes follow from names, so that readdir and stat agree without a table. */
static u64 child_ino(u64 dir, const char *name, u32 len)
{
	return hash_bytes(name, len, (u32)dir) | 1ull << 32;
}

static void refresh_owner(struct inode *i)
{
	const struct proc_inode *p = proc_of(i);
	u32 uid, gid;

	if (!p->pid)
		return;
	subject_owner(p, &uid, &gid);
	WRITE_ONCE(i->uid, uid);
	WRITE_ONCE(i->gid, gid);
}

static struct inode *proc_inode_new(u64 ino, const struct proc_inode *about)
{
	struct proc_inode *p = new(struct proc_inode);
	struct inode *i;

	if (!p)
		return NULL;
	i = inode_new(about->sb, about->entry->mode);
	if (!i) {
		release(p);
		return NULL;
	}
	*p = *about;
	i->ino = ino;
	i->private = p;
	if (S_ISDIR(i->mode)) {
		i->nlink = 2;
		i->ops = &proc_dir_inode_ops;
		i->file_ops = &proc_dir_ops;
	} else {
		i->ops = p->entry->jump ? &proc_jump_inode_ops : &proc_inode_ops;
		i->file_ops = p->entry->file_ops ? p->entry->file_ops : &proc_file_ops;
	}
	refresh_owner(i);
	return i;
}

bool proc_number(const char *name, u32 len, u32 *n)
{
	u64 v = 0;

	if (!len || len > 9 || (*name == '0' && len > 1))
		return false;
	for (u32 i = 0; i < len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return false;
		v = v * 10 + (name[i] - '0');
	}
	*n = v;
	return true;
}

/* ---- directories ---- */

/* Is @name one of @dir's numbers? */
static bool dir_number(const struct proc_dir *dir, const char *name, u32 len, u32 *n)
{
	const char *prefix = dir->prefix ? dir->prefix : "";
	u32 skip = strlen(prefix);

	return len > skip && !strncmp(name, prefix, skip) &&
		proc_number(name + skip, len - skip, n);
}

static bool dir_find(struct proc_inode *dir, const char *name, u32 len, struct proc_inode *child)
{
	const struct proc_entry *e = dir->entry->children;
	u32 n;

	*child = *dir;
	for (; e && e->name; e++) {
		if (strncmp(e->name, name, len) || e->name[len])
			continue;
		child->entry = e;
		return true;
	}
	return dir->entry->dir && dir_number(dir->entry->dir, name, len, &n) &&
		dir->entry->dir->find(dir, n, child);
}

static struct inode *proc_lookup(struct inode *dir, const char *name, u32 len, s32 *err)
{
	struct proc_inode child;
	struct inode *i;

	*err = -ENOENT;
	if (proc_of(dir)->pid && !subject_alive(proc_of(dir)))
		return NULL;
	if (!dir_find(proc_of(dir), name, len, &child))
		return NULL;
	child.dir_ino = dir->ino;
	i = proc_inode_new(child_ino(dir->ino, name, len), &child);
	*err = i ? 0 : -ENOMEM;
	return i;
}

/* Names come and go with processes and descriptors, and owners change. */
static bool proc_revalidate(struct inode *dir, const char *name, u32 len, struct inode *inode)
{
	struct proc_inode child, *p;

	if (!inode)
		return false;
	p = proc_of(inode);
	if (!p->pid)
		return true;
	if (!subject_alive(p) || !dir_find(proc_of(dir), name, len, &child) || child.id != p->id)
		return false;
	refresh_owner(inode);
	return true;
}

/* Positions: 0 and 1 are "." and "..", then the table, then numbers from NUMBERS on. */
#define NUMBERS 1024

static bool emit_named(struct file *f, const struct proc_entry *e, u64 pos, dir_emit emit,
		       void *arg)
{
	u32 len = strlen(e->name);

	return emit(arg, e->name, len, child_ino(f->inode->ino, e->name, len), DT_OF(e->mode),
		    pos + 1);
}

static s32 proc_readdir(struct file *f, u64 pos, dir_emit emit, void *arg)
{
	struct proc_inode *dir = proc_of(f->inode), child;
	const struct proc_entry *e = dir->entry->children;
	u64 at = 2;
	s64 n;

	if (dir->pid && !subject_alive(dir))
		return -ENOENT;
	if (pos < 1 && !emit(arg, ".", 1, f->inode->ino, DT_OF(S_IFDIR), 1))
		return 0;
	if (pos < 2 && !emit(arg, "..", 2, dir->dir_ino, DT_OF(S_IFDIR), 2))
		return 0;
	for (; e && e->name; e++, at++)
		if (at >= pos && !emit_named(f, e, at, emit, arg))
			return 0;
	if (!dir->entry->dir)
		return 0;
	pos = pos < NUMBERS ? 0 : pos - NUMBERS;
	while (pos <= 0x7fffffff && (n = dir->entry->dir->next(dir, pos)) >= 0) {
		struct text t = { 0 };
		bool more;

		pos = n + 1;
		child = *dir;
		if (!dir->entry->dir->find(dir, n, &child))
			continue;
		text_printf(&t, "%s%u", dir->entry->dir->prefix ? dir->entry->dir->prefix : "", (u32)n);
		if (t.failed) {
			text_free(&t);
			return -ENOMEM;
		}
		more = emit(arg, t.buf, t.len, child_ino(f->inode->ino, t.buf, t.len),
			    DT_OF(child.entry->mode), NUMBERS + pos);
		text_free(&t);
		if (!more)
			break;
	}
	return 0;
}

/* ---- links ---- */

static s32 proc_readlink(struct inode *i, char *buf, u32 size)
{
	struct proc_inode *p = proc_of(i);
	struct text t = { 0 };
	s32 r;

	if (!p->entry->link)
		return -EINVAL;
	r = p->entry->link(p, &t);
	if (!r && t.failed)
		r = -ENOMEM;
	if (!r) {
		r = min((size_t)size, t.len);
		memcpy(buf, t.buf, r);
	}
	text_free(&t);
	return r;
}

static s32 proc_jump(struct inode *i, struct path *out)
{
	struct proc_inode *p = proc_of(i);

	return p->entry->jump(p, out);
}

static s32 proc_permission(struct inode *i, u32 mask)
{
	const struct cred *c = current->cred;
	struct proc_inode *p = proc_of(i);
	u32 mode = i->mode;

	if (p->entry->permission)
		return p->entry->permission(p, mask);
	if (c->fsuid == i->uid)
		mode >>= 6;
	else if (in_group(i->gid))
		mode >>= 3;
	if (!(mask & ~mode & 7))
		return 0;
	if (S_ISDIR(i->mode) && !(mask & MAY_WRITE) && capable(CAP_DAC_READ_SEARCH))
		return 0;
	if ((!(mask & MAY_EXEC) || S_ISDIR(i->mode)) && capable(CAP_DAC_OVERRIDE))
		return 0;
	return -EACCES;
}

static s32 proc_setattr(struct inode *i, const struct attr *a)
{
	return a->valid & (ATTR_MODE | ATTR_UID | ATTR_GID) ? -EPERM : 0;
}

static void proc_evict(struct inode *i)
{
	release(i->private);
}

/* ---- files ---- */

/* struct proc_file - a text as it was when it was read from the beginning; pos_lock of the file. */
struct proc_file {
	struct mutex lock;	/* guards what follows */
	struct text text;
	bool made;
};

static s32 proc_open(struct inode *i, struct file *f)
{
	struct proc_inode *p = proc_of(i);

	if (p->entry->open)
		return p->entry->open(p, f);
	if (file_readable(f) && (p->entry->show || p->entry->host || p->entry->value)) {
		f->private = new(struct proc_file);
		if (!f->private)
			return -ENOMEM;
	}
	return 0;
}

static void proc_release(struct file *f)
{
	struct proc_file *pf = f->private;

	if (!pf)
		return;
	text_free(&pf->text);
	release(pf);
}

static s32 show_host(struct text *t, void (*show)(struct text *t, const struct south_host *h))
{
	struct south_host *h = new(struct south_host);
	s32 err;

	if (!h)
		return -ENOMEM;
	err = south_host(h);
	if (!err)
		show(t, h);
	release(h);
	return err;
}

s32 proc_show_nothing(struct proc_inode *p, struct text *t)
{
	return 0;
}

static s32 text_make(struct proc_inode *p, struct proc_file *pf)
{
	s32 err = 0;

	text_free(&pf->text);
	if (p->entry->show)
		err = p->entry->show(p, &pf->text);
	else if (p->entry->host)
		err = show_host(&pf->text, p->entry->host);
	else
		text_printf(&pf->text, "%s\n", p->entry->value);
	if (!err && pf->text.failed)
		err = -ENOMEM;
	if (err)
		text_free(&pf->text);
	pf->made = !err;
	return err;
}

static s64 proc_read(struct file *f, struct uio *io, u64 *pos)
{
	struct proc_file *pf = f->private;
	s64 n = 0;

	if (!pf)
		return -EINVAL;
	lock(&pf->lock);
	if (!*pos || !pf->made)
		n = text_make(proc_of(f->inode), pf);
	if (!n && *pos < pf->text.len)
		n = uio_to_user(io, pf->text.buf + *pos, pf->text.len - *pos);
	if (n > 0)
		*pos += n;
	unlock(&pf->lock);
	return n;
}

static s64 proc_write(struct file *f, struct uio *io, u64 *pos)
{
	struct proc_inode *p = proc_of(f->inode);
	u32 len = min(io->left, (u64)WRITE_MAX - 1);
	char *buf;
	s64 n;

	if (!p->entry->write)
		return -EPERM;
	buf = alloc(len + 1);
	if (!buf)
		return -ENOMEM;
	n = uio_from_user(io, buf, len);
	if (n >= 0) {
		s32 err = p->entry->write(p, buf, n);

		if (err)
			n = err;
		else
			*pos += n;
	}
	release(buf);
	return n;
}

static s64 proc_seek(struct file *f, s64 off, u32 whence)
{
	if (whence == SEEK_CUR)
		off += f->pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (off < 0)
		return -EINVAL;
	f->pos = off;
	return off;
}

static const struct file_ops proc_file_ops = {
	.read = proc_read,
	.write = proc_write,
	.seek = proc_seek,
	.release = proc_release,
};

static const struct file_ops proc_dir_ops = {
	.readdir = proc_readdir,
	.seek = proc_seek,
};

/* A link with a place of its own isn't followed by its text. */
static const struct inode_ops proc_jump_inode_ops = {
	.readlink = proc_readlink,
	.jump = proc_jump,
	.permission = proc_permission,
	.setattr = proc_setattr,
	.evict = proc_evict,
};

static const struct inode_ops proc_inode_ops = {
	.readlink = proc_readlink,
	.open = proc_open,
	.permission = proc_permission,
	.setattr = proc_setattr,
	.evict = proc_evict,
};

static const struct inode_ops proc_dir_inode_ops = {
	.lookup = proc_lookup,
	.permission = proc_permission,
	.setattr = proc_setattr,
	.evict = proc_evict,
	.revalidate = proc_revalidate,
};

s32 proc_dir_process(const struct inode *i)
{
	const struct proc_inode *p = proc_of(i);

	if (i->ops != &proc_dir_inode_ops || p->entry != &proc_pid_entry)
		return -EBADF;
	return subject_alive(p) ? p->pid : -ESRCH;
}

s32 proc_fs_add(const char *at, const char *type, const char *source, u64 magic,
		const struct proc_entry *root, bool readonly)
{
	struct proc_inode about = { .entry = root, .dir_ino = ROOT_INO };
	struct inode *i;

	about.sb = superblock_new(type, magic);
	if (!about.sb)
		return -ENOMEM;
	about.sb->readonly = about.sb->fixed = readonly;
	i = proc_inode_new(ROOT_INO, &about);
	if (!i) {
		release(about.sb);
		return -ENOMEM;
	}
	return mount_add(at, about.sb, i, source, readonly);
}

s32 proc_mount(void)
{
	static const struct proc_entry root = {
		.name = "",
		.mode = S_IFDIR | 0555,
		.children = proc_root_entries,
		.dir = &proc_root_dir,
	};

	return proc_fs_add("/proc", "proc", "proc", PROC_MAGIC, &root, false);
}
