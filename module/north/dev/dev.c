// SPDX-License-Identifier: GPL-2.0
/* Character devices by number, and the /dev of a box. */
#include "../task.h"
#include "tty.h"

#define MEM_MAJOR 1
#define TTYAUX_MAJOR 5

/* /dev/tty: the controlling terminal. */
static s32 tty_open_own(struct file *f)
{
	struct tty *t = tty_of_current();
	s32 err;

	if (!t)
		return stream_console_open(f, false);
	f->flags |= O_NOCTTY;
	err = pts_attach(t, f);
	if (err)
		tty_put(t);
	return err;
}

s32 dev_open(struct inode *i, struct file *f)
{
	u32 major = MAJOR(i->rdev), minor = MINOR(i->rdev);

	if (!S_ISCHR(i->mode))
		return -ENXIO;
	if (major == MEM_MAJOR)
		return null_open(minor, f);
	if (major >= PTY_MAJOR && major < PTY_MAJOR + 8)
		return pts_open(i, f);
	if (major != TTYAUX_MAJOR)
		return -ENXIO;
	switch (minor) {
	case 0:
		return tty_open_own(f);
	case 1:
		return stream_console_open(f, true);
	case 2:
		return ptmx_open(i, f);
	}
	return -ENXIO;
}

static const struct node {
	const char *name;
	u32 mode;
	u32 major, minor;
	const char *target;
} nodes[] = {
	{ "null", S_IFCHR | 0666, MEM_MAJOR, 3, NULL },
	{ "zero", S_IFCHR | 0666, MEM_MAJOR, 5, NULL },
	{ "full", S_IFCHR | 0666, MEM_MAJOR, 7, NULL },
	{ "random", S_IFCHR | 0666, MEM_MAJOR, 8, NULL },
	{ "urandom", S_IFCHR | 0666, MEM_MAJOR, 9, NULL },
	{ "tty", S_IFCHR | 0666, TTYAUX_MAJOR, 0, NULL },
	{ "console", S_IFCHR | 0620, TTYAUX_MAJOR, 1, NULL },
	{ "ptmx", S_IFCHR | 0666, TTYAUX_MAJOR, 2, NULL },
	{ "fd", S_IFLNK | 0777, 0, 0, "/proc/self/fd" },
	{ "stdin", S_IFLNK | 0777, 0, 0, "/proc/self/fd/0" },
	{ "stdout", S_IFLNK | 0777, 0, 0, "/proc/self/fd/1" },
	{ "stderr", S_IFLNK | 0777, 0, 0, "/proc/self/fd/2" },
	{ "pts", S_IFDIR | 0755, 0, 0, NULL },
	{ "shm", S_IFDIR | 0755, 0, 0, NULL },
};

static s32 node_make(struct inode *dir, const struct node *n)
{
	struct inode *i;
	s32 err = -ENOMEM;

	lock(&dir->lock);
	i = dir->ops->make(dir, n->name, (u32)strlen(n->name), n->mode, MKDEV(n->major, n->minor),
			   n->target, &err);
	unlock(&dir->lock);
	if (!i)
		return err;
	inode_put(i);
	return 0;
}

s32 dev_mount(void)
{
	struct superblock *sb;
	struct inode *root = memfs_root(0755, &sb);
	s32 err;

	if (!root)
		return -ENOMEM;
	for (u32 k = 0; k < ARRAY_SIZE(nodes); k++) {
		err = node_make(root, &nodes[k]);
		if (err) {
			inode_put(root);
			return err;
		}
	}
	err = mount_add("/dev", sb, root, "tmpfs", false);
	if (err)
		return err;
	root = devpts_root(&sb);
	err = root ? mount_add("/dev/pts", sb, root, "devpts", false) : -ENOMEM;
	if (err)
		return err;
	root = memfs_root(01777, &sb);
	return root ? mount_add("/dev/shm", sb, root, "shm", false) : -ENOMEM;
}
