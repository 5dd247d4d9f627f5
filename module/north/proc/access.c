// SPDX-License-Identifier: GPL-2.0
/* Other processes' memory, and what two processes have in common. */
#include "proc.h"
#include "../fd/fd.h"

#define KCMP_FILE 0
#define KCMP_VM 1
#define KCMP_FILES 2
#define KCMP_FS 3
#define KCMP_SIGHAND 4
#define KCMP_IO 5
#define KCMP_SYSVSEM 6

#define CHUNK SOUTH_COPY_MAX

/* ---- process_vm_readv, process_vm_writev ---- */

/* A vector of pieces, to release(); NULL and *@err. */
static struct iovec *pieces(u64 uaddr, u64 count, u64 *total, s32 *err)
{
	struct iovec *v;

	*err = -EINVAL;
	if (count > IOV_MAX)
		return NULL;
	*err = -ENOMEM;
	v = alloc(count ? count * sizeof(*v) : 1);
	if (!v)
		return NULL;
	*err = count && south_user_read(v, uaddr, count * sizeof(*v)) ? -EFAULT : 0;
	*total = 0;
	for (u64 i = 0; i < count && !*err; i++) {
		if ((s64)v[i].len < 0)
			*err = -EINVAL;
		*total += v[i].len;
	}
	if (!*err)
		return v;
	release(v);
	return NULL;
}

/* For who may look into @pid now, which isn't executing another program meanwhile. */
static s32 vm_move(s32 pid, u32 what, u64 at, void *buf, u32 len)
{
	struct process *p = NULL;
	struct task *t;
	s32 n;

	lock(&tasks_lock);
	t = task_find(pid);
	if (t) {
		p = t->process;
		p->threads++;
	}
	unlock(&tasks_lock);
	if (!p)
		return -ESRCH;
	lock(&p->exec_lock);
	n = task_may_access(pid, ACCESS_REALCREDS);
	if (!n)
		n = south_task_mem(pid, what, at, buf, len);
	unlock(&p->exec_lock);
	process_put(p);
	return n;
}

/* One piece of the other's memory, as far as it goes and there is room in @io. */
static s64 vm_piece(s32 pid, struct uio *io, const struct iovec *remote, bool write, char *buf)
{
	u64 done = 0, len = min(remote->len, io->left);

	while (done < len) {
		u32 n = (u32)min(len - done, (u64)CHUNK);
		s64 got = write ? uio_from_user(io, buf, n) : n;

		if (got > 0)
			got = vm_move(pid, write ? SOUTH_MEM_WRITE : SOUTH_MEM_RAW,
				      remote->base + done, buf, (u32)got);
		if (got > 0 && !write)
			got = uio_to_user(io, buf, got);
		if (got < 0)
			return done ? (s64)done : got;
		done += got;
		if (got < n)
			break;
	}
	return done;
}

static s64 process_vm(const u64 *a, bool write)
{
	struct iovec *local = NULL, *remote = NULL;
	u64 local_len, remote_len, done = 0;
	s32 pid = (s32)a[0], err;
	char *buf = NULL;
	struct uio io;

	if (a[5])
		return -EINVAL;
	local = pieces(a[1], a[2], &local_len, &err);
	if (!local)
		return err;
	io = (struct uio){ .vec = local, .count = (u32)a[2], .left = local_len };
	if (!local_len)
		goto out;
	remote = pieces(a[3], a[4], &remote_len, &err);
	if (err || !remote_len)
		goto out;
	err = task_may_access(pid, ACCESS_REALCREDS);
	if (err)
		goto out;
	buf = alloc(CHUNK);
	if (!buf) {
		err = -ENOMEM;
		goto out;
	}
	for (u64 i = 0; i < a[4] && io.left; i++) {
		u64 want = min(remote[i].len, io.left);
		s64 n = vm_piece(pid, &io, &remote[i], write, buf);

		if (n > 0)
			done += n;
		if (n < 0 || (u64)n < want) {
			err = n < 0 ? n : -EFAULT;
			break;
		}
	}
out:
	release(buf);
	release(remote);
	release(local);
	return done ? (s64)done : err;
}

s64 sys_process_vm_readv(const u64 *a)
{
	return process_vm(a, false);
}

s64 sys_process_vm_writev(const u64 *a)
{
	return process_vm(a, true);
}

/* ---- kcmp ---- */

/* What of a task is compared, as a number that is the same for the same object only. */
static s32 kcmp_key(s32 tid, u32 type, u32 fd, uintptr *key)
{
	struct fdtable *files = NULL;
	struct file *f;
	struct task *t;
	s32 err = 0;

	lock(&tasks_lock);
	t = task_find(tid);
	if (!t)
		err = -ESRCH;
	else if (type == KCMP_FILE)
		files = fdtable_get(t->files);
	else if (type == KCMP_FILES)
		*key = (uintptr)t->files;
	else if (type == KCMP_FS)
		*key = (uintptr)t->fs;
	else if (type == KCMP_VM)
		*key = t->vm;
	else
		*key = t->sighand;
	unlock(&tasks_lock);
	if (!files)
		return err;
	f = fdtable_file(files, fd);
	fdtable_put(files);
	if (!f)
		return -EBADF;
	*key = (uintptr)f;
	file_put(f);
	return 0;
}

/* The order of addresses is nobody's business: that of these is the box's own. */
s64 sys_kcmp(const u64 *a)
{
	s32 first = (s32)a[0], second = (s32)a[1], type = (s32)a[2], err;
	uintptr k1, k2;

	lock(&tasks_lock);
	err = task_find(first) && task_find(second) ? 0 : -ESRCH;
	unlock(&tasks_lock);
	if (!err)
		err = task_may_access(first, ACCESS_REALCREDS);
	if (!err)
		err = task_may_access(second, ACCESS_REALCREDS);
	if (err)
		return err;
	switch (type) {
	case KCMP_FILE:
	case KCMP_VM:
	case KCMP_FILES:
	case KCMP_FS:
	case KCMP_SIGHAND:
		break;
	case KCMP_IO:
	case KCMP_SYSVSEM:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
	err = kcmp_key(first, type, (u32)a[3], &k1);
	if (!err)
		err = kcmp_key(second, type, (u32)a[4], &k2);
	if (err)
		return err;
	return k1 == k2 ? 0 : k1 < k2 ? 1 : 2;
}

/* ---- hints about another's memory ---- */

/* A hint that nothing follows from; the pieces are checked as madvise(2) would. */
s64 sys_process_madvise(const u64 *a)
{
	u64 total;
	s32 err, advice = (s32)a[3];
	struct iovec *v;

	if ((u32)a[4])
		return -EINVAL;
	v = pieces(a[1], a[2], &total, &err);
	if (!v)
		return err;
	release(v);
	err = pidfd_access((s32)a[0]);
	if (err)
		return err;
	switch (advice) {
	case 3:		/* WILLNEED */
	case 20:	/* COLD */
	case 21:	/* PAGEOUT */
		return total;
	default:
		return -EINVAL;
	}
}
