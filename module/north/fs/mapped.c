// SPDX-License-Identifier: GPL-2.0
/*
 * The names of mapped files, for /proc/PID/maps. The host tells which of its inodes is
 * mapped and which handle is on it; North's own inodes know theirs. What has no
 * name in the cache any more, nobody having walked there for long, stays nameless.
 */
#include "../task.h"
#include "node.h"
#include "mount.h"
#include "dentry.h"

/* A layer's file may be its lower part, by the host's number, or a memory object, by handle. */
static bool is_mapped(const struct dentry *d, const void *arg)
{
	const struct south_vma *vma = arg;
	struct inode *i = d->inode;
	struct node *n;

	if (!i || !S_ISREG(i->mode))
		return false;
	if (!is_node(i))
		return i->ops && i->ops->handle && READ_ONCE(i->ino) == vma->ino;
	n = to_node(i);
	if (node_flags(n) & NODE_LOWER)
		return i->ino == vma->ino;
	return vma->handle >= 0 && READ_ONCE(n->data) == vma->handle;
}

/* Where its file system is mounted so that @d can be seen. */
static struct mount *mount_of(const struct dentry *d)
{
	struct mount *m;

	list_for_each(m, &mounts, node)
		if (m->sb == d->inode->sb && dentry_beneath(d, m->root))
			return m;
	return NULL;
}

char *vma_path(const struct south_vma *vma)
{
	struct path p = { 0 };
	char *name;

	names_lock();
	p.dentry = vma->ino ? dcache_search(is_mapped, vma) : NULL;
	p.mount = p.dentry ? mount_of(p.dentry) : NULL;
	if (p.mount) {
		dentry_get_locked(p.dentry);
		p.mount->refs++;
	}
	names_unlock();
	if (!p.mount)
		return NULL;
	name = path_name(&p);
	path_put(&p);
	return name;
}
