// SPDX-License-Identifier: GPL-2.0
/* mmap(2): what North has to say about it before South maps. */
#include "../task.h"
#include "../fs/mount.h"
#include "../abi/fs.h"

static s64 map_file(struct file *f, u64 addr, u64 len, u32 prot, u64 flags, u64 off)
{
	switch (flags & MAP_TYPE) {
	case MAP_SHARED:
		flags &= MAP_KNOWN;
		fallthrough;
	case MAP_SHARED_VALIDATE:
		if (flags & ~(u64)MAP_KNOWN)
			return -EOPNOTSUPP;
		if (prot & PROT_WRITE && !file_writable(f))
			return -EACCES;
		fallthrough;
	case MAP_PRIVATE:
		if (!file_readable(f))
			return -EACCES;
		if (f->mount && f->mount->flags & MNT_NOEXEC && prot & PROT_EXEC)
			return -EPERM;
		if (!f->ops->mmap)
			return -ENODEV;
		if (flags & MAP_GROWSDOWN)
			return -EINVAL;
		break;
	default:
		return -EINVAL;
	}
	return f->ops->mmap(f, addr, len, prot, (u32)flags, off);
}

static s64 map_anon(u64 addr, u64 len, u32 prot, u64 flags)
{
	u32 type = flags & MAP_TYPE;

	if (type != MAP_SHARED && type != MAP_PRIVATE)
		return -EINVAL;
	if (type == MAP_SHARED && flags & MAP_GROWSDOWN)
		return -EINVAL;
	return south_map(-1, addr, len, prot, (u32)flags, 0);
}

s64 sys_mmap(const u64 *a)
{
	u64 addr = a[0], len = a[1], flags = a[3], off = a[5];
	u32 prot = (u32)a[2];
	struct fd f;
	s64 r;

	if (off & (PAGE_SIZE - 1))
		return -EINVAL;
	if (flags & MAP_ANONYMOUS) {
		if (!len)
			return -EINVAL;
		return map_anon(addr, len, prot, flags);
	}
	f = fd_begin_io((s32)a[4]);
	if (!f.file)
		return -EBADF;
	if (flags & MAP_HUGETLB || !len)
		r = -EINVAL;
	else if (len > -(u64)PAGE_SIZE)
		r = -ENOMEM;
	else if (off + ALIGN_UP(len, (u64)PAGE_SIZE) < off)
		r = -EOVERFLOW;
	else
		r = map_file(f.file, addr, len, prot, flags, off);
	fd_end(f);
	return r;
}
