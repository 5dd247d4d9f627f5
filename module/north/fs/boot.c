// SPDX-License-Identifier: GPL-2.0
/* The first mounts of a box, as its configuration says. */
#include "open.h"
#include "node.h"

#define CONFIG_LINE_MAX 4352

/* Other rooms'; a build without them has no such thing. */
s32 uts_set_nodename(const char *name, u32 len);

__weak s32 dev_mount(void)
{
	return 0;
}

__weak s32 proc_mount(void)
{
	return 0;
}

__weak s32 sysfs_mount(void)
{
	return 0;
}

/* The next word of @*s, which is cut off; NULL at the end. */
static char *word(char **s)
{
	char *w = *s;

	while (*w == ' ')
		w++;
	if (!*w)
		return NULL;
	*s = w;
	while (**s && **s != ' ')
		++*s;
	if (**s)
		*(*s)++ = '\0';
	return w;
}

/* Line @index into @buf; false behind the last. */
static bool line(u32 index, char *buf)
{
	return south_config(index, buf, CONFIG_LINE_MAX) >= 0;
}

static s32 add(const char *at, struct inode *root, struct superblock *sb, const char *source,
	       bool readonly)
{
	return root ? mount_add(at, sb, root, source, readonly) : -ENOMEM;
}

static s32 root_add(char *buf)
{
	struct superblock *sb = NULL;
	struct inode *root;
	char *w, *at;
	u64 handle;
	u32 i;

	for (i = 0; line(i, buf); i++) {
		at = buf;
		w = word(&at);
		if (!w || strcmp(w, "root"))
			continue;
		w = word(&at);
		if (!w || !str_to_u64(w, &handle))
			return -EINVAL;
		w = word(&at);
		root = layer_root((s32)handle, w && !strcmp(w, "trusted"), &sb);
		return add("/", root, sb, "overlay", false);
	}
	root = memfs_root(0755, &sb);
	return add("/", root, sb, "tmpfs", false);
}

static s32 tmpfs_add(const char *at, u32 mode, const char *source)
{
	struct superblock *sb = NULL;
	struct inode *root = memfs_root(mode, &sb);

	return add(at, root, sb, source, false);
}

static s32 bind_add(char *at)
{
	struct superblock *sb = NULL;
	struct inode *root;
	char *w = word(&at), *mode;
	bool writable;
	u64 handle;

	if (!w || !str_to_u64(w, &handle))
		return -EINVAL;
	mode = word(&at);
	if (!mode || !*at)
		return -EINVAL;
	writable = !strcmp(mode, "rw");
	root = bind_root((s32)handle, writable, &sb);
	return add(at, root, sb, "bind", !writable);
}

/* The destination is the rest of a line: it may have spaces in it. */
static s32 line_add(char *buf)
{
	char *at = buf, *w = word(&at);

	if (!w)
		return 0;
	if (!strcmp(w, "bind"))
		return bind_add(at);
	if (!strcmp(w, "tmpfs"))
		return *at ? tmpfs_add(at, 01777, "tmpfs") : -EINVAL;
	if (!strcmp(w, "hostname"))
		return uts_set_nodename(at, strlen(at));
	return 0;
}

static bool mounted(const char *at)
{
	struct walk w;
	bool yes;

	walk_begin_boot(&w, at);
	yes = !walk_last(&w) && w.cur.dentry == w.cur.mount->root;
	walk_end(&w);
	return yes;
}

s32 fs_boot(void)
{
	char *buf = alloc(CONFIG_LINE_MAX);
	s32 err = buf ? dcache_init() : -ENOMEM;
	u32 i;

	if (!err)
		err = mounts_init();
	if (!err)
		err = root_add(buf);
	if (!err)
		err = dev_mount();
	if (!err)
		err = proc_mount();
	if (!err)
		err = sysfs_mount();
	if (!err && !mounted("/dev/shm"))
		err = tmpfs_add("/dev/shm", 01777, "shm");
	if (!err)
		err = mqueue_mount();
	for (i = 0; !err && line(i, buf); i++)
		err = line_add(buf);
	release(buf);
	return err;
}
