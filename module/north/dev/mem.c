// SPDX-License-Identifier: GPL-2.0
/* null, zero, full, random and urandom. */
#include "../task.h"
#include "../event/poll.h"
#include "tty.h"

#define PROT_ALL 7
#define MAP_ANONYMOUS 0x20
#define ENTROPY_CHUNK 256u
#define GRNG_COUNT 0x80045200u
#define GRNG_ADD_COUNT 0x40045201u

static s64 null_read(struct file *f, struct uio *io, u64 *pos)
{
	return 0;
}

static s64 null_write(struct file *f, struct uio *io, u64 *pos)
{
	return (s64)io->left;
}

static s64 mem_seek(struct file *f, s64 off, u32 whence)
{
	return 0;
}

static s64 zero_read(struct file *f, struct uio *io, u64 *pos)
{
	return uio_clear(io);
}

static s64 full_write(struct file *f, struct uio *io, u64 *pos)
{
	return -ENOSPC;
}

static s64 zero_mmap(struct file *f, u64 addr, u64 len, u32 prot, u32 flags, u64 off)
{
	return south_map(-1, addr, len, prot & PROT_ALL, flags | MAP_ANONYMOUS, 0);
}

static s64 random_read(struct file *f, struct uio *io, u64 *pos)
{
	u8 chunk[ENTROPY_CHUNK];
	s64 done = 0, n;

	while (io->left) {
		u32 now = (u32)min(io->left, (u64)ENTROPY_CHUNK);

		south_entropy(chunk, now);
		n = uio_to_user(io, chunk, now);
		if (n <= 0)
			return done ? done : n;
		done += n;
		if (n < now || (!(done & (PAGE_SIZE - 1)) && south_signal_pending()))
			break;
	}
	memset(chunk, 0, sizeof(chunk));
	return done;
}

static u32 random_poll(struct file *f, struct poll_table *t, u32 events)
{
	return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
}

static s64 random_ioctl(struct file *f, u32 cmd, u64 arg)
{
	s32 bits = 256;

	if (cmd != GRNG_COUNT)
		return cmd >> 8 == GRNG_ADD_COUNT >> 8 ? -EPERM : -EINVAL;
	return south_user_write(arg, &bits, sizeof(bits)) ? -EFAULT : 0;
}

static const struct file_ops null_ops = {
	.read = null_read,
	.write = null_write,
	.seek = mem_seek,
	.no_splice_read = true,
};

static const struct file_ops zero_ops = {
	.read = zero_read,
	.write = null_write,
	.seek = mem_seek,
	.mmap = zero_mmap,
};

static const struct file_ops full_ops = {
	.read = zero_read,
	.write = full_write,
	.seek = mem_seek,
	.no_splice_write = true,
};

/* What is written is taken as entropy by Linux; it changes nothing to speak of. */
static const struct file_ops random_ops = {
	.read = random_read,
	.write = null_write,
	.seek = mem_seek,
	.poll = random_poll,
	.async = async_nobody,
	.ioctl = random_ioctl,
};

s32 null_open(u32 minor, struct file *f)
{
	switch (minor) {
	case 3:
		f->ops = &null_ops;
		return 0;
	case 5:
		f->ops = &zero_ops;
		return 0;
	case 7:
		f->ops = &full_ops;
		return 0;
	case 8:
	case 9:
		f->ops = &random_ops;
		return 0;
	}
	return -ENXIO;
}
