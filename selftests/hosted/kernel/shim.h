/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's names that the trusted part's parsers use, in user space: every kernel
 * header that they include is this one. What the kernel would do to an object is done
 * to a count that the test can read.
 */
#ifndef KERNEL_SHIM_H
#define KERNEL_SHIM_H

#include_next <linux/types.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include_next <asm/prctl.h>
#include_next <asm/unistd.h>
#include_next <linux/futex.h>
#include_next <linux/mman.h>
#include_next <linux/prctl.h>
#include_next <linux/ptrace.h>
#include_next <asm/ptrace-abi.h>
#include <sys/user.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef unsigned long long u64;
typedef __s32 s32;
typedef long long s64;
typedef struct { u32 val; } kuid_t;
typedef struct { u32 val; } kgid_t;
typedef unsigned int fmode_t;

#define GFP_KERNEL_ACCOUNT 0
#define WARN_ON_ONCE(x) (x)
#define U32_MAX ((u32)~0U)
#define BITS_PER_LONG 64
#define num_online_cpus() 4u
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define IS_ERR_OR_NULL(p) (!(p) || (unsigned long)(p) >= (unsigned long)-4095)
#define DEFINE_FREE(name, type, free) \
	static inline void __free_##name(void *p) { type _T = *(type *)p; free; }
#define might_sleep() do { } while (0)
#define cond_resched() do { } while (0)
#define rcu_read_lock() do { } while (0)
#define rcu_read_unlock() do { } while (0)
#define PAGE_ALIGN(x) (((x) + 4095) & ~4095ul)

/* Names that glibc keeps from a program. */
#ifndef CLOCK_TAI
#define CLOCK_TAI 11
#endif
#ifndef RLIMIT_RTTIME
#define RLIMIT_RTTIME 15
#endif
#define P_PIDFD 3

struct rcu_head { int unused; };
struct callback_head { int unused; };
struct work_struct { int unused; };
struct mutex { int unused; };
typedef struct { int unused; } spinlock_t;
#define spin_lock_init(lock) ((void)(lock))
struct linux_binprm;
struct task_struct;
struct pid;
struct pid_namespace;
struct cred;

struct list_head { struct list_head *next, *prev; };
#define INIT_LIST_HEAD(l) ((l)->next = (l)->prev = (l))

typedef struct { int n; } atomic_t;
typedef struct { s64 n; } atomic64_t;
#define atomic_inc(a) ((a)->n++)
#define atomic_dec(a) ((a)->n--)

/* One that was zero must not be taken again: the sanitizer of the kernel's, made deadly. */
typedef struct { int n; } refcount_t;
#define refcount_set(r, v) ((r)->n = (v))
static inline bool refcount_inc_not_zero(refcount_t *r)
{
	if (r->n < 0)
		abort();
	if (r->n)
		r->n++;
	return r->n;
}

static inline bool refcount_dec_and_test(refcount_t *r)
{
	if (r->n <= 0)
		abort();
	return !--r->n;
}

void *shim_alloc(size_t size);
#define kzalloc(size, gfp) shim_alloc(size)
#define kfree(p) free(p)
#define kfree_rcu(p, member) free(p)

/* An array that grows: the lowest free index is handed out. */
struct xarray {
	void **slot;
	unsigned long size, low;	/* none is free below @low */
};
#define XA_LIMIT(from, to) (to)
int shim_xa_alloc(struct xarray *xa, u32 *id, void *entry, u32 max);
void *xa_load(struct xarray *xa, unsigned long id);
void *xa_erase(struct xarray *xa, unsigned long id);
void xa_destroy(struct xarray *xa);
#define xa_alloc(xa, id, entry, limit, gfp) shim_xa_alloc(xa, id, entry, limit)
#define xa_for_each(xa, id, entry) \
	for (id = 0; id < (xa)->size; id++) \
		if (!(entry = xa_load(xa, id))) \
			continue; \
		else

/* Files and names: as much as a handle looks at. */
#define FMODE_READ 1u
#define FMODE_WRITE 2u
#define FMODE_PATH 0x4000u
#define ANON_INODE_FS_MAGIC 0x09041934
struct kiocb;
struct file_operations { void *read_iter, *write_iter; };
struct super_block { unsigned long s_magic; };
struct inode { unsigned short i_mode; struct super_block *i_sb; };
struct file { int refs; fmode_t f_mode; const struct file_operations *f_op; struct inode *inode; void *private_data; };
struct dentry { int refs; unsigned short mode; };
struct path { void *mnt; struct dentry *dentry; };
#define file_inode(f) ((f)->inode)
#define d_is_dir(d) S_ISDIR((d)->mode)
#define d_is_reg(d) S_ISREG((d)->mode)
static inline struct file *get_file(struct file *f)
{
	f->refs++;
	return f;
}

static inline void __fput_sync(struct file *f)
{
	if (f->refs-- <= 0)
		abort();
}

static inline void path_get(const struct path *p)
{
	p->dentry->refs++;
}

/* No test has a handle on a process. */
static inline void put_pid(struct pid *pid)
{
	if (pid)
		abort();
}

static inline void path_put(const struct path *p)
{
	if (p->dentry && p->dentry->refs-- <= 0)
		abort();
}

/* x86's registers, for arch/x86.h, of which the filter uses only numbers. */
struct pt_regs { unsigned long orig_ax, ax, di, si, dx, r10, r8, r9, ip, sp; };
#define in_ia32_syscall() false
struct shim_task { struct { struct { void *vdso; } context; } *mm; };
extern struct shim_task *shim_current;
#define current shim_current

#endif
