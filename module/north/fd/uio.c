// SPDX-License-Identifier: GPL-2.0
/* Moving bytes between user memory in pieces and North's. */
#include "file.h"

u64 user_end;

void uio_single(struct uio *io, struct iovec *one, u64 uaddr, u64 len)
{
	one->base = uaddr;
	one->len = len;
	io->vec = one;
	io->count = 1;
	io->left = len;
}

void uio_advance(struct uio *io, u64 n)
{
	u64 now;

	io->left -= n;
	while (n) {
		now = min(n, io->vec->len);
		io->vec->base += now;
		io->vec->len -= now;
		n -= now;
		if (!io->vec->len && io->count > 1) {
			io->vec++;
			io->count--;
		}
	}
	while (io->count > 1 && !io->vec->len) {
		io->vec++;
		io->count--;
	}
}

static s64 uio_move(struct uio *io, char *mine, u64 n, bool to_user)
{
	u64 done = 0;

	n = min(n, io->left);
	while (done < n) {
		u32 now;

		if (!io->vec->len) {
			uio_advance(io, 0);
			if (!io->vec->len)
				break;
		}
		now = (u32)min(min(n - done, io->vec->len), (u64)SOUTH_COPY_MAX);
		if (to_user ? south_user_write(io->vec->base, mine + done, now) :
			      south_user_read(mine + done, io->vec->base, now))
			return done ? (s64)done : -EFAULT;
		uio_advance(io, now);
		done += now;
	}
	return (s64)done;
}

s64 uio_to_user(struct uio *io, const void *src, u64 n)
{
	return uio_move(io, (char *)src, n, true);
}

s64 uio_from_user(struct uio *io, void *dst, u64 n)
{
	return uio_move(io, dst, n, false);
}
