// SPDX-License-Identifier: GPL-2.0
/* The other ways into the kernel, and numbers that no table has. */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "guest.h"

enum { X32 = 0x40000000, GETPID_IA32 = 20, GETPID_X32 = 39 };

/* ia32's numbers for what calls.c never does, and for kill(), whose argument could be -1. */
static bool skip_ia32(unsigned int nr)
{
	static const short never[] = { 37, 51, 87, 88, 111, 115, 128, 129, 178, 238, 270, 283 };

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (nr == (unsigned int)never[i])
			return true;
	return false;
}

static long int80(long nr, const uint64_t a[6])
{
	register long si asm("rsi") = a[3], di asm("rdi") = a[4];
	long result;

	now.shared->operations++;
	asm volatile("int $0x80" : "=a"(result)
		     : "0"(nr), "b"(a[0]), "c"(a[1]), "d"(a[2]), "r"(si), "r"(di)
		     : "r8", "r9", "r10", "r11", "memory");
	return result;
}

/*
 * Code and stack that a 32-bit segment can reach. Layout of the page: at 0 the way
 * in (64 bits), at 64 what runs with 32 bits, at 128 the way back, at 256 the place of
 * rsp, at 264 that of the result, at 272 the far pointer; the stack ends at 4096.
 */
static char *low;

static void put(size_t at, const void *bytes, size_t len)
{
	memcpy(low + at, bytes, len);
}

static void put32(size_t at, uint32_t value)
{
	put(at, &value, sizeof(value));
}

static bool low_open(void)
{
	low = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	return low != MAP_FAILED;
}

/* @nr by "int $0x80", "sysenter" or "syscall", from the segment 0x23 of 32-bit programs. */
static long far32(long nr, const unsigned char door[2])
{
	uint32_t base = (uint32_t)(uintptr_t)low;
	int32_t result;

	/* mov %rsp, 256(%rip); mov $base + 4096, %esp; ljmp *272(%rip), to 0x23:base + 64 */
	put(0, "\x48\x89\x25\xf9\x00\x00\x00\xbc", 8);
	put32(8, base + 4096 - 16);
	put(12, "\xff\x2d\xfe\x00\x00\x00", 6);
	put32(272, base + 64);
	put(276, "\x23\x00", 2);
	/* mov $nr, %eax; the door; ljmp $0x33, $base + 128 */
	put(64, "\xb8", 1);
	put32(65, nr);
	put(69, door, 2);
	put(71, "\xea", 1);
	put32(72, base + 128);
	put(76, "\x33\x00", 2);
	/* mov 256(%rip), %rsp; mov %eax, 264(%rip); ret */
	put(128, "\x48\x8b\x25\x79\x00\x00\x00\x89\x05\x7b\x00\x00\x00\xc3", 14);
	now.shared->operations++;
	asm volatile("sub $128, %%rsp\n\tcall *%0\n\tadd $128, %%rsp"
		     : : "m"(low)
		     : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8", "r9", "r10", "r11",
		       "r12", "r13", "r14", "r15", "memory", "cc");
	memcpy(&result, low + 264, sizeof(result));
	return result;
}

static uint32_t number(void)
{
	uint32_t nr;

	do
		nr = one_in(8) ? random_number() : below(470);
	while (skip_ia32(nr));
	return nr;
}

void run_doors(void)
{
	/* The second and the third fault on some processors, and end the process. */
	static const unsigned char doors[][2] = { { 0xcd, 0x80 }, { 0x0f, 0x34 }, { 0x0f, 0x05 } };
	uint64_t a[6];
	long result;

	pool_open();
	if (int80(GETPID_IA32, (uint64_t[6]){ 0 }) == getpid() ||
	    CALL(X32 | GETPID_X32) == getpid())
		if (now.boxed)
			broken(BROKEN_DOOR);
	if (low_open() && far32(GETPID_IA32, doors[0]) == getpid() && now.boxed)
		broken(BROKEN_DOOR);
	while (more()) {
		for (int i = 0; i < 6; i++)
			a[i] = one_in(2) ? random_number() : random_address();
		switch (below(8)) {
		case 0:
			random_call();
			continue;
		case 1:
			result = far32(number(), doors[one_in(64) ? below(3) : 0]);
			break;
		case 2:
		case 3:
			do
				result = X32 | below(one_in(4) ? 1 << 20 : 600);
			while (skip(result) || (result & ~X32) == 62 || (result & ~X32) == 524);
			result = CALL(result, a[0], a[1], a[2], a[3], a[4], a[5]);
			break;
		default:
			result = int80(number(), a);
			break;
		}
		if (now.boxed && result >= 0)
			broken(BROKEN_DOOR);
	}
}
