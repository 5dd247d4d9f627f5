// SPDX-License-Identifier: GPL-2.0
/*
 * execve: north_exec() finds and checks everything while an errno can still be
 * returned, north_exec_finish() maps it into the new address space.
 */
#include "exec.h"
#include "../ipc/sysv.h"
#include "../fs/mount.h"

#define REWRITES_MAX 5

void exec_state_free(struct exec_state *e)
{
	if (!e)
		return;
	if (e->program.file)
		file_put(e->program.file);
	if (e->interpreter.file)
		file_put(e->interpreter.file);
	release(e->program.phdrs);
	release(e->interpreter.phdrs);
	release(e->execfn);
	release(e->exe_path);
	release(e->name);
	if (e->cred)
		cred_put(e->cred);
	release(e);
}

s64 exec_peek(struct file *f, u64 off, void *dst, u32 len)
{
	s32 handle = f->inode->ops->handle(f->inode, false);
	u32 done = 0;

	if (handle < 0)
		return handle;
	while (done < len) {
		s64 n = south_peek(handle, off + done, (char *)dst + done, len - done, 0);

		if (n < 0)
			return n;
		if (!n)
			break;
		done += n;
	}
	return done;
}

/* May it be executed? In the order of may_open(). */
static s32 exec_permission(const struct path *path)
{
	struct inode *inode = path_inode(path);
	s32 err;

	switch (inode->mode & S_IFMT) {
	case S_IFLNK:
		return -ELOOP;
	case S_IFREG:
		break;
	default:
		return -EACCES;
	}
	if (path->mount->flags & MNT_NOEXEC)
		return -EACCES;
	err = inode_permission(inode, MAY_EXEC);
	if (err)
		return err;
	return inode->ops->handle ? 0 : -EACCES;
}

/* What a file can do that could not be opened: go. */
static const struct file_ops unopened;

struct file *exec_open(s32 dirfd, const char *name, u32 flags)
{
	u32 lookup = (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
		     (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
	struct inode *inode;
	struct path path;
	struct file *f;
	s32 err;

	/* An interpreter without a name is the working directory. */
	if (!*name && !(flags & AT_EMPTY_PATH))
		return ERR_PTR(-EACCES);
	err = path_lookup(dirfd, name, lookup, &path);
	if (err)
		return ERR_PTR(err);
	err = exec_permission(&path);
	if (err)
		goto out;
	inode = path_inode(&path);
	err = -ENOMEM;
	f = file_new(inode->file_ops, inode_get(inode), O_RDONLY | O_LARGEFILE, NULL);
	if (!f) {
		inode_put(inode);
		goto out;
	}
	f->dentry = path.dentry;
	f->mount = path.mount;
	err = inode->ops->open ? inode->ops->open(inode, f) : 0;
	if (!err)
		return f;
	f->ops = &unopened;
	file_put(f);
	return ERR_PTR(err);
out:
	path_put(&path);
	return ERR_PTR(err);
}

/* ---- before the point of no return ---- */

/* The name that interpreters and AT_EXECFN get for what was found by descriptor. */
static char *exec_name(s32 dirfd, const char *path)
{
	struct text t = { 0 };

	if (dirfd == AT_FDCWD || *path == '/')
		return str_dup(path);
	if (*path)
		text_printf(&t, "/dev/fd/%d/%s", dirfd, path);
	else
		text_printf(&t, "/dev/fd/%d", dirfd);
	if (t.failed)
		text_free(&t);
	return t.buf;
}

static bool closes_on_exec(s32 fd)
{
	struct fdtable *files = current->files;
	bool closes;

	lock(&files->lock);
	closes = fd >= 0 && (u32)fd < files->size && files->slots[fd].file &&
		files->slots[fd].cloexec;
	unlock(&files->lock);
	return closes;
}

static s32 push(const char *s)
{
	return south_exec_push(s, strlen(s));
}

/*
 * One "#!": the arguments become interpreter, its argument, script. *@name
 * is replaced by the interpreter's, e->program.file by its file.
 */
static s32 exec_script(struct exec_state *e, char *buf, char **name, bool inaccessible)
{
	struct script s;
	struct file *f;
	char *next;
	s32 err = script_parse(buf, &s);

	if (err)
		return err;
	if (inaccessible)
		return -ENOENT;
	err = south_exec_pop();
	if (!err)
		err = push(*name);
	if (!err && s.arg)
		err = push(s.arg);
	if (!err)
		err = push(s.interpreter);
	if (err)
		return err;
	next = str_dup(s.interpreter);
	if (!next)
		return -ENOMEM;
	release(*name);
	*name = next;
	f = exec_open(AT_FDCWD, next, 0);
	if (IS_ERR(f))
		return PTR_ERR(f);
	file_put(e->program.file);
	e->program.file = f;
	return 0;
}

/* Follows "#!" until there is no more; what is left should be an ELF program. */
static s32 exec_scripts(struct exec_state *e, bool inaccessible)
{
	char *buf = alloc(EXEC_BUF_SIZE), *name = str_dup(e->execfn);
	s32 err = -ENOMEM;

	for (u32 depth = 0; buf && name; depth++) {
		s64 n;

		err = -ELOOP;
		if (depth > REWRITES_MAX)
			break;
		memset(buf, 0, EXEC_BUF_SIZE);
		n = exec_peek(e->program.file, 0, buf, EXEC_BUF_SIZE);
		err = n < 0 ? n : 0;
		if (err || buf[0] != '#' || buf[1] != '!')
			break;
		err = exec_script(e, buf, &name, inaccessible);
		if (err)
			break;
	}
	release(buf);
	release(name);
	return err;
}

static s32 exec_elf(struct exec_state *e)
{
	char *path;
	s32 err = elf_check(&e->program, -ENOEXEC);

	if (err)
		return err;
	e->execstack = elf_execstack(&e->program);
	path = elf_interpreter(&e->program);
	if (!path)
		return 0;
	if (IS_ERR(path))
		return PTR_ERR(path);
	e->interpreter.file = exec_open(AT_FDCWD, path, 0);
	release(path);
	if (IS_ERR(e->interpreter.file)) {
		err = PTR_ERR(e->interpreter.file);
		e->interpreter.file = NULL;
		return err;
	}
	return elf_check(&e->interpreter, -ELIBBAD);
}

static s32 exec_prepare(struct exec_state *e, s32 dirfd, const char *path, u32 flags)
{
	struct file *f;
	bool inaccessible;
	const char *base;
	s32 err;

	f = exec_open(dirfd, path, flags);
	if (IS_ERR(f))
		return PTR_ERR(f);
	e->program.file = f;
	e->execfn = exec_name(dirfd, path);
	if (!e->execfn)
		return -ENOMEM;
	if (strlen(e->execfn) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (*path) {
		base = strrchr(e->execfn, '/');
		e->name = str_dup(base ? base + 1 : e->execfn);
	} else {
		char *name = path_of_file(f);

		base = name ? strrchr(name, '/') : NULL;
		e->name = base ? str_dup(base + 1) : str_dup("?");
		release(name);
	}
	if (!e->name)
		return -ENOMEM;
	inaccessible = dirfd != AT_FDCWD && *path != '/' && closes_on_exec(dirfd);
	err = exec_scripts(e, inaccessible);
	if (!err)
		err = exec_elf(e);
	if (!err)
		err = exec_cred(e, e->program.file);
	if (err)
		return err;
	e->hidden = inode_permission(e->program.file->inode, MAY_READ) ||
		e->cred->uid != e->cred->euid || e->cred->gid != e->cred->egid ||
		(e->cred->cap_permitted & ~current->cred->cap_permitted);
	e->exe_path = path_of_file(e->program.file);
	return e->exe_path ? 0 : -ENOMEM;
}

NORTH_ENTRY(north_exec)
s32 north_exec(s32 dirfd, u64 uaddr, u32 flags)
{
	struct task *t = current;
	struct exec_state *e;
	char *path;
	s32 err;

	/* What an exec left that failed natively after its checks. */
	exec_state_free(t->exec);
	t->exec = NULL;
	path = path_user(uaddr, flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
	if (!path)
		return -ENOMEM;
	if (IS_ERR(path))
		return PTR_ERR(path);
	err = -EINVAL;
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		goto out;
	err = -ENOMEM;
	e = new(struct exec_state);
	if (!e)
		goto out;
	err = exec_prepare(e, dirfd, path, flags);
	if (err) {
		exec_state_free(e);
	} else {
		t->exec = e;
		err = e->hidden ? SOUTH_EXEC_HIDDEN : 0;
	}
out:
	release(path);
	return err;
}

/* ---- in the new address space ---- */

static s32 exec_map(struct exec_state *e, struct south_exec *x)
{
	struct elf_place program, interpreter;
	s32 err = elf_map(&e->program, true, &program);

	if (err)
		return err;
	x->entry = x->at_entry = program.entry;
	x->at_phdr = program.phdrs;
	x->at_phent = sizeof(struct elf_phdr);
	x->at_phnum = e->program.header.phnum;
	x->start_code = program.start_code;
	x->end_code = program.end_code;
	x->start_data = program.start_data;
	x->end_data = program.end_data;
	x->brk = program.brk;
	if (e->interpreter.file) {
		err = elf_map(&e->interpreter, false, &interpreter);
		if (err)
			return err;
		x->at_base = interpreter.bias;
		x->entry = interpreter.entry;
	}
	return x->entry < TASK_SIZE ? 0 : -EINVAL;
}

/* What the rest of the box sees of the change. */
static void exec_publish(struct exec_state *e)
{
	struct task *t = current;
	struct process *p = t->process;
	struct cred *old = t->cred, *c = e->cred;
	bool same = old->euid == c->euid && old->egid == c->egid;

	/* A thread that executes becomes the leader of its process. */
	t->tid = t->pid;
	t->vfork = false;
	t->vm = t->sighand = (uintptr)t;
	str_copy(t->comm, e->name, sizeof(t->comm));
	e->cred = NULL;
	cred_commit(c);
	cred_facts(c);
	WRITE_ONCE(p->dumpable, !e->hidden);
	if (e->secure || !same)
		WRITE_ONCE(p->pdeathsig, 0);
	WRITE_ONCE(p->keepcaps, 0);
	process_set_exe(p, file_get(e->program.file), e->exe_path);
	e->exe_path = NULL;
}

NORTH_ENTRY(north_exec_finish)
s32 north_exec_finish(void)
{
	struct task *t = current;
	struct exec_state *e = t->exec;
	struct south_exec *x;
	s32 err;

	if (!e)
		return -EINVAL;
	err = -ENOMEM;
	x = new(struct south_exec);
	if (!x)
		goto out;
	fdtable_exec();
	/* A thread that is gone now may have shared it since it was looked at. */
	err = e->secure ? fs_context_unshare() : 0;
	if (err)
		goto out;
	x->uid = e->cred->uid;
	x->euid = e->cred->euid;
	x->gid = e->cred->gid;
	x->egid = e->cred->egid;
	x->secure = e->secure;
	x->execstack = e->execstack;
	str_copy(x->comm, e->name, sizeof(x->comm));
	str_copy(x->execfn, e->execfn, sizeof(x->execfn));
	lock(&t->process->exec_lock);
	err = exec_map(e, x);
	if (!err)
		exec_publish(e);
	unlock(&t->process->exec_lock);
	if (err)
		goto out;
	process_timers_free(t->process);
	process_aio_free(t->process);
	shm_sweep();
	err = south_exec_commit(x);
out:
	t->exec = NULL;
	exec_state_free(e);
	release(x);
	return err;
}

/* The redirect turns both into a native execveat() that calls the entries above. */
s64 sys_execve(const u64 *a)
{
	return -ENOSYS;
}

s64 sys_execveat(const u64 *a)
{
	return -ENOSYS;
}
