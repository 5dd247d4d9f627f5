// SPDX-License-Identifier: GPL-2.0
/* The file systems that a box knows by name: /proc/filesystems and sysfs(2). */
#include "../task.h"
#include "fs.h"

static const char *const names[] = {
	"sysfs", "tmpfs", "proc", "cgroup2", "mqueue", "devpts", "overlay",
};

const char *filesystem_name(u32 index)
{
	return index < ARRAY_SIZE(names) ? names[index] : NULL;
}

static s64 filesystem_index(u64 uaddr)
{
	char *name = path_user(uaddr, 0);
	s64 ret = -EINVAL;

	if (IS_ERR(name))
		return PTR_ERR(name);
	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			ret = i;
	release(name);
	return ret;
}

s64 sys_sysfs(const u64 *a)
{
	const char *name;

	switch ((s32)a[0]) {
	case 1:
		return filesystem_index(a[1]);
	case 2:
		name = filesystem_name((u32)a[1]);
		if (!name)
			return -EINVAL;
		return south_user_write(a[2], name, (u32)strlen(name) + 1) ? -EFAULT : 0;
	case 3:
		return ARRAY_SIZE(names);
	default:
		return -EINVAL;
	}
}
