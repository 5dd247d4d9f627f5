/* SPDX-License-Identifier: GPL-2.0 */
/* Integer types and compiler words; with south.h the only outside that North knows. */
#ifndef NORTH_TYPES_H
#define NORTH_TYPES_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef __SIZE_TYPE__ size_t;
typedef __UINTPTR_TYPE__ uintptr;
typedef _Bool bool;

#define true 1
#define false 0
#define NULL ((void *)0)

#define offsetof(t, m) __builtin_offsetof(t, m)
#define container_of(p, t, m) ((t *)((char *)(p) - offsetof(t, m)))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define min(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ < b_ ? a_ : b_; })
#define max(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ > b_ ? a_ : b_; })
/* A word that is read or written without its lock on purpose: nobody asks for the lock there. */
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define noinline __attribute__((noinline))
#define __weak __attribute__((weak))
#define fallthrough __attribute__((fallthrough))
#define PAGE_SIZE 4096u
#define ALIGN_UP(x, a) (((x) + ((__typeof__(x))(a) - 1)) & ~((__typeof__(x))(a) - 1))

/* An errno in a pointer, as in Linux's err.h. */
#define ERR_PTR(e) ((void *)(uintptr)(s32)(e))
#define PTR_ERR(p) ((s32)(uintptr)(p))
#define IS_ERR(p) unlikely((uintptr)(p) >= (uintptr)-4095)

/* A bug of North's: ends the box, never the host. */
#define BUG() __builtin_trap()
#define BUG_ON(c) do { if (unlikely(c)) BUG(); } while (0)

#endif
