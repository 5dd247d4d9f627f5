// SPDX-License-Identifier: GPL-2.0
/*
 * Security modules: of those that programs can list a box has capabilities, as every kernel.
 * They give tasks no attributes.
 */
#include "proc.h"

#define LSM_ID_UNDEF 0
#define LSM_ID_CAPABILITY 100
#define LSM_ATTR_UNDEF 0
#define LSM_FLAG_SINGLE 1

struct lsm_ctx {
	u64 id, flags, len, ctx_len;
};

s64 sys_lsm_list_modules(const u64 *a)
{
	static const u64 ids[] = { LSM_ID_CAPABILITY };
	u32 size, total = sizeof(ids);

	if ((u32)a[2])
		return -EINVAL;
	if (south_user_read(&size, a[1], sizeof(size)) ||
	    south_user_write(a[1], &total, sizeof(total)))
		return -EFAULT;
	if (size < total)
		return -E2BIG;
	return south_user_write(a[0], ids, total) ? -EFAULT : (s64)ARRAY_SIZE(ids);
}

s64 sys_lsm_get_self_attr(const u64 *a)
{
	u32 size, none = 0, flags = (u32)a[3];
	struct lsm_ctx ctx;

	if ((u32)a[0] == LSM_ATTR_UNDEF || !a[2])
		return -EINVAL;
	if (south_user_read(&size, a[2], sizeof(size)))
		return -EFAULT;
	if (flags) {
		if (flags != LSM_FLAG_SINGLE || !a[1])
			return -EINVAL;
		if (south_user_read(&ctx, a[1], sizeof(ctx)))
			return -EFAULT;
		if (ctx.id == LSM_ID_UNDEF)
			return -EINVAL;
	}
	return south_user_write(a[2], &none, sizeof(none)) ? -EFAULT : -EOPNOTSUPP;
}

s64 sys_lsm_set_self_attr(const u64 *a)
{
	u32 size = (u32)a[2];
	struct lsm_ctx ctx;
	u8 last;

	if ((u32)a[3] || size < sizeof(ctx))
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (south_user_read(&ctx, a[1], sizeof(ctx)) ||
	    south_user_read(&last, a[1] + size - 1, sizeof(last)))
		return -EFAULT;
	if (size < ctx.len || ctx.ctx_len > ~0ull - sizeof(ctx) ||
	    ctx.len < sizeof(ctx) + ctx.ctx_len)
		return -EINVAL;
	return -EOPNOTSUPP;
}
