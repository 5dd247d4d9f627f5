// SPDX-License-Identifier: GPL-2.0
/* Open files. */
#include "../task.h"
#include "owner.h"

/* Guards the counts of files and of descriptor tables. */
struct mutex files_lock;

struct file *file_new(const struct file_ops *ops, struct inode *inode, u32 flags, void *private)
{
	struct file *f = new(struct file);

	if (!f)
		return NULL;
	f->refs = 1;
	f->flags = flags;
	f->ops = ops;
	f->inode = inode;
	f->private = private;
	return f;
}

static const struct inode_ops anon_ops;

/* An inode with its name behind it. */
struct anon_inode {
	struct inode i;
	char name[];
};

/* As path names are shown: "pipe:" becomes "pipe:[17]". */
static void anon_number(char *p, u64 ino)
{
	char digits[20];
	u32 n = 0;

	do {
		digits[n++] = '0' + ino % 10;
		ino /= 10;
	} while (ino);
	*p++ = '[';
	while (n)
		*p++ = digits[--n];
	*p++ = ']';
	*p = 0;
}

struct inode *file_anon_inode(const char *name, u32 mode)
{
	size_t len = strlen(name);
	struct anon_inode *a = alloc(sizeof(*a) + len + 24);

	if (!a)
		return NULL;
	inode_init(&a->i, &anon_sb, mode);
	memcpy(a->name, name, len + 1);
	if (len && name[len - 1] == ':')
		anon_number(a->name + len, a->i.ino);
	a->i.ops = &anon_ops;
	a->i.private = a->name;
	if (current) {
		a->i.uid = current->cred->fsuid;
		a->i.gid = current->cred->fsgid;
	}
	return &a->i;
}

struct file *file_anon(const struct file_ops *ops, const char *name, u32 mode, u32 flags,
		       void *private)
{
	struct inode *i = file_anon_inode(name, mode);
	struct file *f;

	if (!i)
		return NULL;
	f = file_new(ops, i, flags, private);
	if (!f)
		inode_put(i);
	return f;
}

struct file *file_get(struct file *f)
{
	lock(&files_lock);
	f->refs++;
	unlock(&files_lock);
	return f;
}

static void file_free(struct file *f)
{
	if (!(f->flags & O_PATH))
		notify_file(f, file_writable(f) ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
	if (f->epitems)
		eventpoll_release(f);
	if (READ_ONCE(f->inode->watches))
		dnotify_flush(f, NULL);
	if (READ_ONCE(f->inode->leases))
		leases_release(f);
	if (READ_ONCE(f->inode->locks))
		locks_release(f);
	if (f->owner)
		owner_release(f);
	if (f->ops->release)
		f->ops->release(f);
	file_let_go(f);
	release(f);
}

void file_put(struct file *f)
{
	bool last;

	lock(&files_lock);
	last = !--f->refs;
	unlock(&files_lock);
	if (last)
		file_free(f);
}
