// SPDX-License-Identifier: GPL-2.0
/* Mappings of the boxed tasks: made, taken away, looked at. */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include "../compat.h"
#include "imports.h"

/* Nothing that locks memory beyond the limits, takes huge pages, or is new and unknown. */
#define LB_MAP_FLAGS (MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_FIXED_NOREPLACE |	\
		      MAP_ANONYMOUS | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK |	\
		      MAP_STACK | MAP_DENYWRITE | MAP_EXECUTABLE | MAP_LOCKED |		\
		      MAP_GROWSDOWN | LB_MAP_32BIT)
#ifdef MAP_32BIT
#define LB_MAP_32BIT MAP_32BIT
#else
#define LB_MAP_32BIT 0
#endif

/*
 * The file to map: that of @h, or one on the same object or host file that can't be
 * written, so that no mprotect() makes the mapping writable later.
 */
static struct file *lb_map_file(const struct lb_handle *h, bool readonly)
{
	const struct cred *old;
	struct file *file;

	if (!S_ISREG(file_inode(h->file)->i_mode))
		return ERR_PTR(-ENODEV);
	if (!(h->file->f_mode & FMODE_READ))
		return ERR_PTR(-EACCES);
	if (!readonly || !(h->file->f_mode & FMODE_WRITE))
		return get_file(h->file);
	old = override_creds(h->file->f_cred);
	file = dentry_open(&h->file->f_path, O_RDONLY | O_LARGEFILE, h->file->f_cred);
	revert_creds(old);
	return file;
}

static s64 lb_map(struct file *file, u64 addr, u64 len, u32 prot, u32 flags, u64 off)
{
	if (prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC) || flags & ~LB_MAP_FLAGS ||
	    !(flags & MAP_ANONYMOUS) == !file)
		return -EINVAL;
	return vm_mmap(file, addr, len, prot, flags, off);
}

u64 w2c_south_map(struct w2c_south *s, u32 id, u64 addr, u64 len, u32 prot, u32 flags, u64 off)
{
	struct lb_task *t = lb_import_host(s);
	bool readonly = flags & SOUTH_MAP_READONLY;
	struct file *file;
	s64 at;

	flags &= ~SOUTH_MAP_READONLY;
	if (!current->mm)
		return -EINVAL;
	if ((s32)id == -1)
		return lb_map(NULL, addr, len, prot, flags | MAP_ANONYMOUS, off);
	struct lb_handle *h __free(lb_handle) =
		lb_handle_get(t->box, id, LB_HANDLE_OBJECT | LB_HANDLE_FILE);

	if (!h)
		return -EBADF;
	file = lb_map_file(h, readonly && flags & MAP_SHARED);
	if (IS_ERR(file))
		return PTR_ERR(file);
	at = lb_map(file, addr, len, prot, flags, off);
	__fput_sync(file);
	return at;
}

u32 w2c_south_unmap(struct w2c_south *s, u64 addr, u64 len)
{
	lb_import_host(s);
	return current->mm ? vm_munmap(addr, len) : -EINVAL;
}

static u32 lb_vma_what(struct vm_area_struct *vma)
{
	const char *name = NULL;

	if (vma->vm_file)
		return SOUTH_VMA_FILE;
	if (vma_is_initial_heap(vma))
		return SOUTH_VMA_HEAP;
	if (vma_is_initial_stack(vma))
		return SOUTH_VMA_STACK;
	if (vma->vm_ops && vma->vm_ops->name)
		name = vma->vm_ops->name(vma);
	if (name && !strncmp(name, "[vdso", 5))
		return SOUTH_VMA_VDSO;
	if (name && !strncmp(name, "[vvar", 5))
		return SOUTH_VMA_VVAR;
	return SOUTH_VMA_ANON;
}

/* With the mmap lock. */
static void lb_vma_fill(struct vm_area_struct *vma, struct south_vma *v)
{
	v->start = vma->vm_start;
	v->end = vma->vm_end;
	v->prot = (vma->vm_flags & VM_READ ? PROT_READ : 0) |
		  (vma->vm_flags & VM_WRITE ? PROT_WRITE : 0) |
		  (vma->vm_flags & VM_EXEC ? PROT_EXEC : 0);
	v->shared = !!(vma->vm_flags & VM_MAYSHARE);
	v->what = lb_vma_what(vma);
	v->handle = -1;
	if (vma->vm_file) {
		v->off = (u64)vma->vm_pgoff << PAGE_SHIFT;
		v->ino = file_inode(vma->vm_file)->i_ino;
	}
}

/* The first mapping of @mm that ends above @addr; its file, if any, counted in @file. */
static int lb_vma_find(struct mm_struct *mm, u64 addr, struct south_vma *v, struct file **file)
{
	struct vm_area_struct *vma;
	int err = -ENOENT;

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	vma = find_vma(mm, addr);
	if (vma) {
		lb_vma_fill(vma, v);
		if (vma->vm_file)
			*file = get_file(vma->vm_file);
		err = 0;
	}
	mmap_read_unlock(mm);
	return err;
}

/* The lowest handle of the box on the file that is mapped. */
static s32 lb_vma_handle(struct lb_box *box, const struct file *file)
{
	const struct inode *inode = file_inode(file);
	struct lb_handle *h;
	unsigned long id;
	s32 found = -1;

	rcu_read_lock();
	xa_for_each(&box->handles, id, h)
		if (h->kind & (LB_HANDLE_OBJECT | LB_HANDLE_FILE) &&
		    file_inode(h->file) == inode) {
			found = id;
			break;
		}
	rcu_read_unlock();
	return found;
}

/* The address space of a process of the box, to mmput(). */
static struct mm_struct *lb_task_mm(struct lb_task *t, s32 pid)
{
	struct task_struct *task = lb_south_task(t, pid);
	struct mm_struct *mm;

	if (!task)
		return NULL;
	mm = get_task_mm(task);
	put_task_struct(task);
	return mm;
}

u32 w2c_south_vma(struct w2c_south *s, u32 pid, u64 addr, u32 out_addr)
{
	struct lb_task *t = lb_import_host(s);
	void *out = lb_mem(t, out_addr, sizeof(struct south_vma));
	struct mm_struct *mm = lb_task_mm(t, pid);
	struct south_vma v = {};
	struct file *file = NULL;
	int err;

	if (!mm)
		return -ESRCH;
	err = lb_vma_find(mm, addr, &v, &file);
	mmput(mm);
	if (file) {
		v.handle = lb_vma_handle(t->box, file);
		__fput_sync(file);
	}
	if (!err)
		memcpy(out, &v, sizeof(v));
	return err;
}

static int lb_mem_auxv(const struct mm_struct *mm, u64 off, void *dst, u32 len)
{
	size_t words = 0;

	while (words + 2 < ARRAY_SIZE(mm->saved_auxv) && mm->saved_auxv[words])
		words += 2;
	words += 2;
	if (off >= words * sizeof(long))
		return 0;
	len = min_t(u64, len, words * sizeof(long) - off);
	memcpy(dst, (const void *)mm->saved_auxv + off, len);
	return len;
}

/* A range of bytes of a process, or *@start == *@end. */
static void lb_mem_range(struct mm_struct *mm, u32 what, unsigned long *start, unsigned long *end)
{
	guard(spinlock)(&mm->arg_lock);
	*start = what == SOUTH_MEM_CMDLINE ? mm->arg_start : mm->env_start;
	*end = what == SOUTH_MEM_CMDLINE ? mm->arg_end : mm->env_end;
}

static int lb_mem_move(struct task_struct *task, u32 what, u64 off, void *dst, u32 len,
		       unsigned int flags)
{
	bool raw = what == SOUTH_MEM_RAW || what == SOUTH_MEM_WRITE;
	unsigned long start = 0, end = ULONG_MAX;
	struct mm_struct *mm = get_task_mm(task);
	int n = 0;

	if (!mm)
		return 0;
	if (what == SOUTH_MEM_AUXV)
		n = lb_mem_auxv(mm, off, dst, len);
	else if (!raw)
		lb_mem_range(mm, what, &start, &end);
	else if (lb_program_ns(task, mm) != current_user_ns())
		/* A program from outside of the box: lbctl, which is its init. */
		end = 0;
	mmput(mm);
	if (what == SOUTH_MEM_AUXV)
		return n;
	if (end < start || off >= end - start)
		return 0;
	len = min_t(u64, len, end - start - off);
	if (what == SOUTH_MEM_WRITE)
		flags |= FOLL_WRITE;
	return access_process_vm(task, start + off, dst, len, flags);
}

u32 w2c_south_task_mem(struct w2c_south *s, u32 pid, u32 what, u64 off, u32 dst, u32 len)
{
	struct lb_task *t = lb_import_host(s);
	struct task_struct *task;
	unsigned int flags = what & SOUTH_MEM_FORCE ? FOLL_FORCE : 0;
	void *to;
	int n;

	if (len > LB_COPY_MAX)
		lb_trap(t, LB_TRAP_RANGE);
	to = lb_mem(t, dst, len);
	what &= ~SOUTH_MEM_FORCE;
	if (what > SOUTH_MEM_WRITE)
		return -EINVAL;
	task = lb_south_task(t, pid);
	if (!task)
		return -ESRCH;
	n = lb_mem_move(task, what, off, to, len, flags);
	put_task_struct(task);
	return n;
}
