// SPDX-License-Identifier: GPL-2.0
/*
 * Exec: the host executes a stub, so that address space, stack, arguments,
 * de_thread and signal reset are the kernel's work, and North puts the real
 * program in its place.
 *
 * 1. The probe turns execve(path) into execveat(stub, "").
 * 2. lb_load_binary, first of the binary formats, has North look at the real
 *    file while an error can still be returned; then it has binfmt_elf load the stub.
 * 3. It enters North again, which maps the program; exec_commit mends the stack and
 *    sets where it starts. The stub never runs.
 */
#include <linux/binfmts.h>
#include <linux/elf.h>
#include <linux/auxvec.h>
#include <linux/ptrace.h>
#include <linux/sched/task_stack.h>
#include <linux/shmem_fs.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>
#include <linux/sched/task.h>
#include "redirect.h"
#include "../compat.h"
#include "arch/x86.h"
#include "../confine/confine.h"
#include "../south/imports.h"

extern const char lb_stub_image[], lb_stub_image_end[];

static struct file *lb_stub;

struct file *lb_exec_stub(void)
{
	return get_file(lb_stub);
}

int lb_exec_start(struct lb_task *t, struct pt_regs *regs)
{
	const unsigned long *a = t->call.arg;
	bool at = t->call.nr == __NR_execveat;
	unsigned long arg[6] = {
		LB_STUB_FD, lb_arch_empty_string(), at ? a[2] : a[1], at ? a[3] : a[2],
		AT_EMPTY_PATH, a[5],
	};
	int err = lb_restore_later(t);

	if (err)
		return err;
	t->execs = true;
	lb_arch_set(regs, __NR_execveat, arg);
	return 0;
}

/* North's program in the stub's place, in the new address space: whoever traces sees no other. */
static int lb_exec_finish(struct lb_task *t)
{
	s64 err;

	/* A thread that executes has become the leader of its process. */
	lb_task_set_ids(t);
	t->finishing = true;
	err = lb_north_exec_finish(t);
	t->finishing = false;
	if (err) {
		force_sig(SIGKILL);
		return err < 0 ? err : -EIO;
	}
	return 0;
}

/* 0, SOUTH_EXEC_HIDDEN, or an errno. */
static int lb_exec_check(struct lb_task *t, struct linux_binprm *bprm)
{
	const unsigned long *a = t->call.arg;
	s64 ret;

	t->bprm = bprm;
	if (t->call.nr == __NR_execveat)
		ret = lb_north_exec(t, a[0], a[1], a[4]);
	else
		ret = lb_north_exec(t, AT_FDCWD, a[0], 0);
	t->bprm = NULL;
	return ret <= SOUTH_EXEC_HIDDEN ? ret : -EIO;
}

static int lb_load_binary(struct linux_binprm *bprm)
{
	struct lb_task *t = lb_task_current();
	const struct linux_binfmt *elf;
	int ret;

	if (likely(!t))
		return -ENOEXEC;
	if (file_inode(bprm->file) != file_inode(lb_stub) || !t->execs)
		return -EACCES;
	lb_put_back(t);
	if (t->clone)
		lb_clone_drop(t);
	ret = lb_exec_check(t, bprm);
	if (ret == -ENOEXEC)
		/* The kernel asks the next format: none is to know the stub or to be looked for. */
		memset(bprm->buf, ' ', sizeof(bprm->buf));
	if (ret < 0)
		return ret;
	if (ret == SOUTH_EXEC_HIDDEN)
		bprm->interp_flags |= BINPRM_FLAGS_ENFORCE_NONDUMP;
	/* That of the program that calls, which it can't go before; the stub is the same. */
	elf = current->mm->binfmt;
	ret = elf ? elf->load_binary(bprm) : -EACCES;
	/* The stub is sound: what the kernel says ENOEXEC to is memory that it didn't get. */
	if (ret)
		return ret == -ENOEXEC ? -ENOMEM : ret;
	return lb_exec_finish(t);
}

static struct linux_binfmt lb_binfmt = {
	.module = THIS_MODULE,
	.load_binary = lb_load_binary,
};

u32 w2c_south_exec_pop(struct w2c_south *s)
{
	struct lb_task *t = lb_import_host(s);

	if (!t->bprm || !t->bprm->argc)
		return -EINVAL;
	return remove_arg_zero(t->bprm);
}

u32 w2c_south_exec_push(struct w2c_south *s, u32 str, u32 len)
{
	struct lb_task *t = lb_import_host(s);
	char *copy;
	int err;

	if (!t->bprm)
		return -EINVAL;
	if (len >= PATH_MAX)
		return -E2BIG;
	copy = kmemdup_nul(lb_mem(t, str, len), len, GFP_KERNEL_ACCOUNT);
	if (!copy)
		return -ENOMEM;
	err = copy_string_kernel(copy, t->bprm);
	if (!err)
		t->bprm->argc++;
	kfree(copy);
	return err;
}

u64 w2c_south_exec_layout(struct w2c_south *s, u64 len)
{
	unsigned long at = LB_ARCH_DYN_BASE;

	lb_import((struct lb_task *)s);
	if (current->flags & PF_RANDOMIZE)
		at += (get_random_long() & ((1UL << LB_ARCH_RND_BITS) - 1)) << PAGE_SHIFT;
	return len < TASK_SIZE - at ? at : PAGE_SIZE;
}

/* What the auxiliary vector is to say, or -1 to leave an entry as the stub's exec made it. */
static u64 lb_auxv_value(const struct south_exec *e, u64 type, u64 execfn)
{
	switch (type) {
	case AT_PHDR:	return e->at_phdr;
	case AT_PHENT:	return e->at_phent;
	case AT_PHNUM:	return e->at_phnum;
	case AT_BASE:	return e->at_base;
	case AT_ENTRY:	return e->at_entry;
	case AT_UID:	return e->uid;
	case AT_EUID:	return e->euid;
	case AT_GID:	return e->gid;
	case AT_EGID:	return e->egid;
	case AT_SECURE:	return e->secure;
	case AT_EXECFN:	return execfn;
	default:	return -1;
	}
}

struct lb_stack_walk {
	unsigned long from, to;
};

/* As long as the memory above the stack, which North has made: a kill must end it. */
static int lb_stack_next(struct lb_stack_walk *w, u64 *word)
{
	if (get_user(*word, (u64 __user *)w->from))
		return -EFAULT;
	w->from += sizeof(u64);
	cond_resched();
	return fatal_signal_pending(current) ? -EINTR : 0;
}

static int lb_stack_put(struct lb_stack_walk *w, u64 word)
{
	if (put_user(word, (u64 __user *)w->to))
		return -EFAULT;
	w->to += sizeof(u64);
	return 0;
}

/*
 * Move argc, argv, envp and auxv down by so much that the path fits above them,
 * with the auxiliary vector mended. Strings don't move, so pointers stay right.
 * The new place is below the old, so moving upwards is safe.
 */
static int lb_stack_mend(const struct south_exec *e, unsigned long sp, unsigned long *new_sp)
{
	size_t len = strlen(e->execfn) + 1;
	unsigned long to = (sp - len) & ~15UL;
	struct lb_stack_walk w = { .from = sp, .to = to };
	u64 word, value, execfn;
	int nulls = 0, err;

	err = lb_stack_next(&w, &word) ?: lb_stack_put(&w, word);
	while (!err && nulls < 2) {
		err = lb_stack_next(&w, &word) ?: lb_stack_put(&w, word);
		if (!word)
			nulls++;
	}
	if (err)
		return err;
	/* The path goes behind AT_NULL, into the space that the move left. */
	{
		struct lb_stack_walk end = w;

		do {
			err = lb_stack_next(&end, &word) ?: lb_stack_next(&end, &value);
		} while (!err && word != AT_NULL);
		if (err)
			return err;
		execfn = end.from - len;
	}
	do {
		err = lb_stack_next(&w, &word) ?: lb_stack_next(&w, &value);
		if (err)
			return err;
		if (lb_auxv_value(e, word, execfn) != (u64)-1)
			value = lb_auxv_value(e, word, execfn);
		err = lb_stack_put(&w, word) ?: lb_stack_put(&w, value);
	} while (!err && word != AT_NULL);
	if (err)
		return err;
	if (copy_to_user((void __user *)execfn, e->execfn, len))
		return -EFAULT;
	*new_sp = to;
	for (size_t i = 0; i + 1 < ARRAY_SIZE(current->mm->saved_auxv); i += 2) {
		unsigned long *aux = &current->mm->saved_auxv[i];

		if (aux[0] == AT_NULL)
			break;
		if (lb_auxv_value(e, aux[0], execfn) != (u64)-1)
			aux[1] = lb_auxv_value(e, aux[0], execfn);
	}
	return 0;
}

/* The stub's own mapping, found by where it runs. */
static int lb_stub_unmap(unsigned long ip)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	unsigned long start = 0, end = 0;

	mmap_read_lock(mm);
	vma = find_vma(mm, ip);
	if (vma && vma->vm_start <= ip && vma->vm_file &&
	    file_inode(vma->vm_file) == file_inode(lb_stub)) {
		start = vma->vm_start;
		end = vma->vm_end;
	}
	mmap_read_unlock(mm);
	return start ? vm_munmap(start, end - start) : 0;
}

static int lb_exec_commit(const struct south_exec *e)
{
	struct pt_regs *regs = current_pt_regs();
	struct mm_struct *mm = current->mm;
	unsigned long sp, brk = PAGE_ALIGN(e->brk);
	int err;

	if (e->entry >= TASK_SIZE_MAX || e->brk >= TASK_SIZE)
		return -ENOEXEC;
	err = lb_stack_mend(e, regs->sp, &sp);
	if (err)
		return err;
	err = lb_stub_unmap(regs->ip);
	if (err)
		return err;
	if (current->flags & PF_RANDOMIZE)
		brk += get_random_u32_below(0x02000000 >> PAGE_SHIFT) << PAGE_SHIFT;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	mm->start_code = e->start_code;
	mm->end_code = e->end_code;
	mm->start_data = e->start_data;
	mm->end_data = e->end_data;
	mm->start_stack = sp;
	mm->start_brk = mm->brk = brk;
	mmap_write_unlock(mm);
	task_lock(current);
	strscpy_pad(current->comm, e->comm, sizeof(current->comm));
	task_unlock(current);
	lb_arch_start(regs, e->entry, sp);
	return 0;
}

u32 w2c_south_exec_commit(struct w2c_south *s, u32 addr)
{
	struct lb_task *t = lb_import_host(s);
	struct south_exec *e;
	int err;

	if (!t->finishing)
		return -EINVAL;
	lb_mem(t, addr, sizeof(*e));
	e = kmalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);
	if (!e)
		return -ENOMEM;
	memcpy(e, lb_mem(t, addr, sizeof(*e)), sizeof(*e));
	e->execfn[sizeof(e->execfn) - 1] = 0;
	e->comm[sizeof(e->comm) - 1] = 0;
	err = lb_exec_commit(e);
	kfree(e);
	return err;
}

int lb_exec_init(void)
{
	size_t len = lb_stub_image_end - lb_stub_image;
	loff_t pos = 0;
	ssize_t n;

	lb_stub = shmem_file_setup("litebox-stub", len, LB_SHMEM_NORESERVE);
	if (IS_ERR(lb_stub))
		return PTR_ERR(lb_stub);
	n = kernel_write(lb_stub, lb_stub_image, len, &pos);
	if (n != len) {
		fput(lb_stub);
		return n < 0 ? n : -EIO;
	}
	/* Executable by boxed tasks, whoever they are on the host; writable by nobody. */
	file_inode(lb_stub)->i_mode = S_IFREG | 0555;
	__register_binfmt(&lb_binfmt, 1);
	return 0;
}

void lb_exec_exit(void)
{
	unregister_binfmt(&lb_binfmt);
	fput(lb_stub);
}
