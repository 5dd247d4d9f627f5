// SPDX-License-Identifier: GPL-2.0
/* What a tmpfs is mounted with: the options of shmem_parse_one(). */
#include "../task.h"
#include "open.h"
#include "node.h"

struct tmpfs_options {
	u32 mode, uid, gid;
	u64 inodes;
};

static bool number(const char *s, u32 base, u64 *out)
{
	u64 n = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s >= (char)('0' + base) || n >> 56)
			return false;
		n = n * base + (u64)(*s - '0');
	}
	*out = n;
	return true;
}

/* memparse(): a number with k, m, g, t, p, e or % behind it. */
static bool amount(char *s, u64 *out)
{
	static const char units[] = "kmgtpe";
	size_t len = strlen(s);
	const char *unit = len ? strchr(units, s[len - 1] | 0x20) : NULL;

	if (len && s[len - 1] == '%')
		s[len - 1] = '\0';
	else if (unit && *unit)
		s[len - 1] = '\0';
	else
		unit = NULL;
	if (!number(s, 10, out))
		return false;
	if (unit)
		*out <<= 10 * (unit - units + 1);
	return true;
}

/* One "key" or "key=value" of a tmpfs. */
static s32 tmpfs_option(struct tmpfs_options *o, char *key)
{
	static const char *const plain[] = {
		"ro", "rw", "sync", "async", "dirsync", "lazytime", "nolazytime", "mand", "nomand",
		"inode32", "inode64", "noswap",
	};
	char *value = strchr(key, '=');
	u64 n = 0;

	if (value) {
		*value++ = '\0';
		if (!strcmp(key, "mode")) {
			o->mode = number(value, 8, &n) ? (u32)n & S_IALLUGO : 0;
			return number(value, 8, &n) ? 0 : -EINVAL;
		}
		if (!strcmp(key, "uid") || !strcmp(key, "gid")) {
			if (!number(value, 10, &n) || n >= 0xffffffff)
				return -EINVAL;
			*(*key == 'u' ? &o->uid : &o->gid) = (u32)n;
			return 0;
		}
		if (!strcmp(key, "huge") || !strcmp(key, "mpol"))
			return 0;
		if (!strcmp(key, "nr_inodes"))
			return amount(value, &o->inodes) ? 0 : -EINVAL;
		if (!strcmp(key, "size") || !strcmp(key, "nr_blocks"))
			return amount(value, &n) ? 0 : -EINVAL;
		return -EINVAL;
	}
	for (u32 i = 0; i < ARRAY_SIZE(plain); i++)
		if (!strcmp(plain[i], key))
			return 0;
	return -EINVAL;
}

static s32 tmpfs_options(struct tmpfs_options *o, char *s)
{
	s32 err = 0;

	while (!err && s && *s) {
		char *next = strchr(s, ',');

		if (next)
			*next++ = '\0';
		if (*s)
			err = tmpfs_option(o, s);
		s = next;
	}
	return err;
}

struct inode *tmpfs_root(char *options, struct superblock **sb, s32 *err)
{
	struct tmpfs_options o = {
		.mode = 01777, .uid = current->cred->fsuid, .gid = current->cred->fsgid,
	};
	struct inode *root;

	*err = tmpfs_options(&o, options);
	if (*err)
		return NULL;
	root = memfs_root(o.mode, sb);
	if (!root) {
		*err = -ENOMEM;
		return NULL;
	}
	root->uid = o.uid;
	root->gid = o.gid;
	memfs_bound(*sb, o.inodes);
	return root;
}
