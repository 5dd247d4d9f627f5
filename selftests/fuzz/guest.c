// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's memory: the imports that touch it are wrapped (ld's --wrap), so that
 * no address which a case makes up is one of the fuzzer's own. What else would make a
 * case depend on more than its input, is wrapped here too: time, entropy, waiting.
 */
#include <sys/mman.h>
#include "fuzz.h"
#include "../hosted/south_private.h"

#define PAGE 4096ull
#define HOUR 3600000000000ull
#define PAGE_ALIGN(n) (((n) + PAGE - 1) & ~(PAGE - 1))
/* What may be mapped at once, the arena apart. */
#define MAPPED_MAX (256ull << 20)
#define MAP_FLAGS (MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE |	\
		   MAP_NORESERVE | MAP_STACK | MAP_DENYWRITE | SOUTH_MAP_READONLY)

static u64 now, map_next, mapped;
static u32 entropy;

void guest_init(void)
{
	if (mmap(guest(GUEST), GUEST_SIZE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != guest(GUEST) ||
	    mmap(guest(GUEST_RO), PAGE, PROT_READ,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != guest(GUEST_RO))
		fuzz_fail("no room for the guest's memory: %s", strerror(errno));
}

void guest_unmap(void)
{
	if (mapped) {
		munmap(guest(GUEST_LOW), GUEST - GUEST_LOW);
		munmap(guest(GUEST_HOLE), GUEST_END - GUEST_HOLE);
	}
	map_next = GUEST_MAPS;
	mapped = 0;
}

void guest_reset(void)
{
	guest_unmap();
	now = 1700000000000000000ull;
	entropy = 1;
}

static int reaches(u64 addr, u64 len)
{
	return addr >= GUEST_LOW && addr < GUEST_END && len <= GUEST_END - addr;
}

/* ---- copies ---- */

s32 __real_south_user_read(void *dst, u64 uaddr, u32 len);
s32 __wrap_south_user_read(void *dst, u64 uaddr, u32 len);
s32 __wrap_south_user_read(void *dst, u64 uaddr, u32 len)
{
	if (len && !reaches(uaddr, len))
		return -EFAULT;
	return __real_south_user_read(dst, uaddr, len);
}

s32 __real_south_user_write(u64 uaddr, const void *src, u32 len);
s32 __wrap_south_user_write(u64 uaddr, const void *src, u32 len);
s32 __wrap_south_user_write(u64 uaddr, const void *src, u32 len)
{
	if (len && !reaches(uaddr, len))
		return -EFAULT;
	return __real_south_user_write(uaddr, src, len);
}

s32 __real_south_user_string(char *dst, u64 uaddr, u32 size);
s32 __wrap_south_user_string(char *dst, u64 uaddr, u32 size);
s32 __wrap_south_user_string(char *dst, u64 uaddr, u32 size)
{
	/* What lies behind the end can't be read either: GUEST_END is never mapped. */
	if (!reaches(uaddr, 1))
		return -EFAULT;
	return __real_south_user_string(dst, uaddr, size);
}

s32 __real_south_user_clear(u64 uaddr, u64 len);
s32 __wrap_south_user_clear(u64 uaddr, u64 len);
s32 __wrap_south_user_clear(u64 uaddr, u64 len)
{
	if (len && !reaches(uaddr, len))
		return -EFAULT;
	return __real_south_user_clear(uaddr, len);
}

/* The part of [uaddr, uaddr + len) that can be reached, as the kernel would clip it. */
static u64 clipped(u64 uaddr, u64 len)
{
	if (!reaches(uaddr, 0))
		return 0;
	return len < GUEST_END - uaddr ? len : GUEST_END - uaddr;
}

s64 __real_south_read(s32 h, u64 off, u64 uaddr, u64 len, u32 flags);
s64 __wrap_south_read(s32 h, u64 off, u64 uaddr, u64 len, u32 flags);
s64 __wrap_south_read(s32 h, u64 off, u64 uaddr, u64 len, u32 flags)
{
	if (len && !clipped(uaddr, len))
		return -EFAULT;
	return __real_south_read(h, off, uaddr, clipped(uaddr, len), flags);
}

s64 __real_south_write(s32 h, u64 off, u64 uaddr, u64 len, u32 flags);
s64 __wrap_south_write(s32 h, u64 off, u64 uaddr, u64 len, u32 flags);
s64 __wrap_south_write(s32 h, u64 off, u64 uaddr, u64 len, u32 flags)
{
	if (len && !clipped(uaddr, len))
		return -EFAULT;
	return __real_south_write(h, off, uaddr, clipped(uaddr, len), flags);
}

/* ---- mapping ---- */

static int outside_arena(u64 addr, u64 len)
{
	return reaches(addr, len) && (addr + len <= GUEST || addr >= GUEST_HOLE);
}

s64 __real_south_map(s32 h, u64 addr, u64 len, u32 prot, u32 flags, u64 off);
s64 __wrap_south_map(s32 h, u64 addr, u64 len, u32 prot, u32 flags, u64 off);
s64 __wrap_south_map(s32 h, u64 addr, u64 len, u32 prot, u32 flags, u64 off)
{
	u64 size = PAGE_ALIGN(len);
	s64 r;

	if (!len || flags & ~MAP_FLAGS)
		return -EINVAL;
	if (!size || size > MAPPED_MAX - mapped)
		return -ENOMEM;
	if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))) {
		if (size > GUEST_END - PAGE - map_next)
			return -ENOMEM;
		addr = map_next;
		flags |= MAP_FIXED;
	}
	if (addr % PAGE)
		return -EINVAL;
	if (!outside_arena(addr, size))
		return -ENOMEM;
	r = __real_south_map(h, addr, len, prot, flags, off);
	if (r >= 0) {
		if ((u64)r != addr)
			fuzz_fail("mapped at %llx rather than %llx", r, addr);
		mapped += size;
		if (addr + size > map_next)
			map_next = addr + size + PAGE;
	}
	return r;
}

s32 __real_south_unmap(u64 addr, u64 len);
s32 __wrap_south_unmap(u64 addr, u64 len);
s32 __wrap_south_unmap(u64 addr, u64 len)
{
	if (!outside_arena(addr, PAGE_ALIGN(len)))
		return -EINVAL;
	return __real_south_unmap(addr, len);
}

s32 __real_south_vma(s32 pid, u64 addr, struct south_vma *vma);
s32 __wrap_south_vma(s32 pid, u64 addr, struct south_vma *vma);
s32 __wrap_south_vma(s32 pid, u64 addr, struct south_vma *vma)
{
	s32 err = __real_south_vma(pid, addr, vma);

	return !err && vma->start >= GUEST_END ? -ENOENT : err;
}

u64 __wrap_south_exec_layout(u64 len);
u64 __wrap_south_exec_layout(u64 len)
{
	return GUEST_MAPS + 0x10000000;
}

/* ---- what isn't the same at every run ---- */

s64 __wrap_south_time(u32 clock);
s64 __wrap_south_time(u32 clock)
{
	if (clock != 0 && clock != 1 && clock != 7)
		return -EINVAL;
	now += 1000;
	return now;
}

void __wrap_south_entropy(void *dst, u32 len);
void __wrap_south_entropy(void *dst, u32 len)
{
	for (u32 i = 0; i < len; i++) {
		entropy = entropy * 1664525 + 1013904223;
		((u8 *)dst)[i] = entropy >> 24;
	}
}

/* Nobody else runs: who would sleep is interrupted, or it is as late as he wants. */
s32 __wrap_south_wait(u32 *word, u32 val, s64 deadline, u32 flags);
s32 __wrap_south_wait(u32 *word, u32 val, s64 deadline, u32 flags)
{
	hosted_may_wait();
	if (flags & ~SOUTH_WAIT_INTR)
		fuzz_fail("south_wait with flags %x", flags);
	if (*(volatile u32 *)word != val)
		return -EAGAIN;
	if (deadline >= 0) {
		/* Time has no end here. */
		now = (u64)deadline > now + HOUR ? now + HOUR : (u64)deadline > now ? (u64)deadline : now;
		return -ETIMEDOUT;
	}
	if (!(flags & SOUTH_WAIT_INTR))
		fuzz_fail("a wait that nothing ends");
	return -EINTR;
}
