// SPDX-License-Identifier: GPL-2.0
/*
 * All copies between linear and user memory. An exiting task has no user memory
 * any more, only somebody else's that is still loaded: hence the checks of mm.
 */
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include "imports.h"

int lb_user_iter(struct iov_iter *iter, unsigned int direction, u64 uaddr, u64 len)
{
	if (!current->mm)
		return -EFAULT;
	return import_ubuf(direction, (void __user *)uaddr, min(len, LB_RW_MAX), iter);
}

/* Linear memory for one copy. */
static void *lb_copy_mem(struct lb_task *t, u32 addr, u32 len)
{
	if (len > LB_COPY_MAX)
		lb_trap(t, LB_TRAP_RANGE);
	return lb_mem(t, addr, len);
}

/*
 * lb_mem() has checked the linear side. Hardened usercopy, which copy_to_user() adds to these,
 * would search the kernel's mappings for it once more, and take a lock for that.
 */
static bool lb_copy_in(void *to, u64 uaddr, u32 len)
{
	return !_copy_from_user(to, (void __user *)uaddr, len);
}

static bool lb_copy_out(u64 uaddr, const void *from, u32 len)
{
	return !_copy_to_user((void __user *)uaddr, from, len);
}

u32 w2c_south_user_read(struct w2c_south *s, u32 dst, u64 uaddr, u32 len)
{
	struct lb_task *t = lb_import_host(s);
	void *to = lb_copy_mem(t, dst, len);

	return current->mm && lb_copy_in(to, uaddr, len) ? 0 : -EFAULT;
}

u32 w2c_south_user_write(struct w2c_south *s, u64 uaddr, u32 src, u32 len)
{
	struct lb_task *t = lb_import_host(s);
	void *from = lb_copy_mem(t, src, len);

	return current->mm && lb_copy_out(uaddr, from, len) ? 0 : -EFAULT;
}

u32 w2c_south_user_string(struct w2c_south *s, u32 dst, u64 uaddr, u32 size)
{
	struct lb_task *t = lb_import_host(s);
	char *to = lb_copy_mem(t, dst, size);

	return current->mm ? strncpy_from_user(to, (char __user *)uaddr, size) : -EFAULT;
}

u32 w2c_south_user_clear(struct w2c_south *s, u64 uaddr, u64 len)
{
	lb_import_host(s);
	if (!current->mm || !access_ok((void __user *)uaddr, len))
		return -EFAULT;
	for (;;) {
		u64 n = min_t(u64, len, LB_COPY_MAX);

		if (clear_user((void __user *)uaddr, n))
			return -EFAULT;
		uaddr += n;
		len -= n;
		if (!len)
			return 0;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
}
