// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/PID/ns: the namespaces that a box is. There is one of each kind, which all of its
 * tasks are in; what a link leads to can be told from others by its number, no more.
 */
#include "procfs.h"

/* Kinds and numbers as of a kernel's first ones. */
static const struct {
	const char *kind, *name;
	u64 ino;
} spaces[] = {
	{ "cgroup", "cgroup:[4026531835]", 4026531835 }, { "ipc", "ipc:[4026531839]", 4026531839 },
	{ "mnt", "mnt:[4026531841]", 4026531841 }, { "net", "net:[4026531840]", 4026531840 },
	{ "pid", "pid:[4026531836]", 4026531836 },
	{ "pid_for_children", "pid:[4026531836]", 4026531836 },
	{ "time", "time:[4026531834]", 4026531834 },
	{ "time_for_children", "time:[4026531834]", 4026531834 },
	{ "user", "user:[4026531837]", 4026531837 }, { "uts", "uts:[4026531838]", 4026531838 },
};

static s32 space_of(struct proc_inode *p, u32 *n)
{
	struct subject s;
	s32 err = subject_get_readable(p, &s);

	if (err)
		return err == -ESRCH ? -ENOENT : err;
	subject_put(&s);
	for (*n = 0; strcmp(spaces[*n].kind, p->entry->name); ++*n)
		BUG_ON(*n + 1 >= ARRAY_SIZE(spaces));
	return 0;
}

static s32 ns_link(struct proc_inode *p, struct text *t)
{
	u32 n;
	s32 err = space_of(p, &n);

	if (!err)
		text_printf(t, "%s", spaces[n].name);
	return err;
}

static s32 ns_jump(struct proc_inode *p, struct path *out)
{
	static const struct inode_ops no_ops;
	static const struct file_ops no_file_ops;
	struct inode *i;
	u32 n;
	s32 err = space_of(p, &n);

	if (err)
		return err;
	i = inode_new(&anon_sb, S_IFREG | 0444);
	if (!i)
		return -ENOMEM;
	i->ino = spaces[n].ino;
	i->private = (void *)spaces[n].name;
	i->ops = &no_ops;
	i->file_ops = &no_file_ops;
	err = path_anon(i, spaces[n].name, out);
	inode_put(i);
	return err;
}

#define SPACE(name_) { .name = name_, .mode = S_IFLNK | 0777, .link = ns_link, .jump = ns_jump }

const struct proc_entry proc_ns_entries[] = {
	SPACE("cgroup"), SPACE("ipc"), SPACE("mnt"), SPACE("net"), SPACE("pid"),
	SPACE("pid_for_children"), SPACE("time"), SPACE("time_for_children"), SPACE("user"),
	SPACE("uts"),
	{ 0 }
};
