// SPDX-License-Identifier: GPL-2.0
/*
 * Where threads are watched (-fsanitize=thread), the compiler calls these for each
 * volatile access. North's sources say volatile where a word is read or written
 * without its lock on purpose: so there is nothing to report.
 */
#define VOLATILE(name) void __tsan_##name(void *p); void __tsan_##name(void *p) { (void)p; }
#define SIZES(name) VOLATILE(name##1) VOLATILE(name##2) VOLATILE(name##4) VOLATILE(name##8) \
	VOLATILE(name##16)

SIZES(volatile_read)
SIZES(volatile_write)
SIZES(unaligned_volatile_read)
SIZES(unaligned_volatile_write)
