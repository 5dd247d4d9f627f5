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
	io->own = false;
	io->append = 0;
}

void uio_own(struct uio *io, struct iovec *one, void *p, u32 len)
{
	uio_single(io, one, (uintptr)p, len);
	io->own = true;
}

void uio_advance(struct uio *io, u64 n)
{
	u64 now;

	io->left -= n;
	for (;;) {
		now = min(n, io->vec->len);
		io->vec->base += now;
		io->vec->len -= now;
		n -= now;
		if (io->vec->len || io->count <= 1)
			break;
		io->vec++;
		io->count--;
	}
}

/* Between vec[0] and North's memory. */
static bool piece_copy(struct uio *io, char *mine, u32 n, bool to_user)
{
	u64 at = io->vec->base;

	if (io->own) {
		if (to_user)
			memcpy((void *)(uintptr)at, mine, n);
		else
			memcpy(mine, (void *)(uintptr)at, n);
		return true;
	}
	return !(to_user ? south_user_write(at, mine, n) : south_user_read(mine, at, n));
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
		if (!piece_copy(io, mine + done, now, to_user))
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

s64 uio_host(struct uio *io, s32 handle, u64 pos, u64 len, bool write, u32 flags)
{
	u64 at = io->vec->base;

	if (!io->own)
		return write ? south_write(handle, pos, at, len, flags) :
			       south_read(handle, pos, at, len, flags);
	return write ? south_poke(handle, pos, (void *)(uintptr)at, (u32)len, flags) :
		       south_peek(handle, pos, (void *)(uintptr)at, (u32)len, flags);
}

s64 uio_clear(struct uio *io)
{
	s64 done = 0;

	while (io->left && io->vec->len) {
		u64 n = min(io->left, io->vec->len);

		if (io->own)
			memset((void *)(uintptr)io->vec->base, 0, n);
		else if (south_user_clear(io->vec->base, n))
			return done ? done : -EFAULT;
		uio_advance(io, n);
		done += (s64)n;
	}
	return done;
}

s32 struct_get(void *to, u32 size, u64 uaddr, u32 there)
{
	char tail[64];
	u32 n;

	for (u32 at = size; at < there; at += n) {
		n = min(there - at, (u32)sizeof(tail));
		if (south_user_read(tail, uaddr + at, n))
			return -EFAULT;
		for (u32 i = 0; i < n; i++)
			if (tail[i])
				return -E2BIG;
	}
	return south_user_read(to, uaddr, min(size, there)) ? -EFAULT : 0;
}
