// SPDX-License-Identifier: GPL-2.0
/*
 * System V shared memory: memory objects of South with an id. Who has one attached isn't
 * written down but seen: a mapping goes by munmap(2), exec, exit or mremap(2) without
 * North's doing, so the mappings of the box's processes are counted when the number
 * matters. A removed segment that somebody has attached goes when nobody is found to.
 */
#include "sysv.h"
#include "ipc.h"
#include "../proc/proc.h"

#define SHM_RDONLY 010000
#define SHM_RND 020000
#define SHM_REMAP 040000
#define SHM_EXEC 0100000

/* Of shmget(); in a mode too: */
#define SHM_HUGETLB 04000
#define SHM_DEST 01000
#define SHM_LOCKED 02000

#define SHM_LOCK 11
#define SHM_UNLOCK 12
#define SHM_STAT 13
#define SHM_INFO 14
#define SHM_STAT_ANY 15

/* struct shm - a segment; under shm_ids.lock, as what follows. */
struct shm {
	struct ipc_perm perm;
	u64 size;
	s32 handle;		/* of the object */
	s32 name;		/* the key it was made with */
	u32 attached;		/* as of the last count() */
	u32 busy;		/* shmat() calls that are about to map it */
	s32 creator, last;	/* processes */
	s64 atime, dtime, ctime;
};

static const struct ipc_kind shm_kind;
static struct ipc_ids shm_ids = { .kind = &shm_kind, .limit = SHMMNI, .last = -1 };
static u64 pages_used;		/* in all segments */
static u32 removed;		/* segments with SHM_DEST */

static struct shm *to_shm(struct ipc_perm *p)
{
	return (struct shm *)p;
}

static u64 pages(const struct shm *s)
{
	return ALIGN_UP(s->size, (u64)PAGE_SIZE) / PAGE_SIZE;
}

/* ---- who has it attached ---- */

static struct shm *shm_of(const struct south_vma *vma)
{
	struct ipc_perm *p;
	s32 at = 0;

	if (vma->handle < 0 || !vma->shared)
		return NULL;
	while ((p = ipc_next(&shm_ids, &at)))
		if (to_shm(p)->handle == vma->handle)
			return to_shm(p);
	return NULL;
}

/* The mappings of the process of thread @tid. false: that one has no memory any more. */
static bool count_process(s32 tid)
{
	struct south_vma vma;
	struct shm *s;
	u64 addr = 0;
	s32 err;

	while (!(err = south_vma(tid, addr, &vma))) {
		s = shm_of(&vma);
		if (s)
			s->attached++;
		addr = vma.end;
	}
	return addr || err != -ESRCH;
}

/* Sets ->attached of all segments. -ENOMEM. */
static s32 count(void)
{
	struct task_id *ids;
	struct ipc_perm *p;
	u32 n;
	s32 at = 0;

	ids = tasks_snapshot(&n);
	if (!ids)
		return -ENOMEM;
	while ((p = ipc_next(&shm_ids, &at)))
		to_shm(p)->attached = 0;
	for (u32 i = 0; i < n; i++) {
		/* A child of vfork() has its parent's memory. */
		if (!ids[i].tid || ids[i].vfork || !count_process(ids[i].tid))
			continue;
		for (u32 k = i + 1; k < n; k++)
			if (ids[k].pid == ids[i].pid)
				ids[k].tid = 0;
	}
	release(ids);
	return 0;
}

/* Removed segments that nobody has attached any longer go. */
static void sweep(void)
{
	struct ipc_perm *p;
	s32 at = 0;

	if (!removed || count())
		return;
	while ((p = ipc_next(&shm_ids, &at)))
		if (p->mode & SHM_DEST && !to_shm(p)->attached && !to_shm(p)->busy)
			ipc_remove(&shm_ids, p);
}

void shm_sweep(void)
{
	/* Seldom is there anything removed; who removes it next sweeps himself. */
	if (!READ_ONCE(removed))
		return;
	lock(&shm_ids.lock);
	sweep();
	unlock(&shm_ids.lock);
}

/* ---- making and ending ---- */

static struct ipc_perm *shm_make(s32 key, u64 size, u32 flags, s32 *err)
{
	struct shm *s;

	*err = -EINVAL;
	if (!size || size > SHMMAX)
		return NULL;
	*err = -ENOSPC;
	if (pages_used + size / PAGE_SIZE + 1 > SHMALL)
		return NULL;
	/* There are no huge pages in a box. */
	*err = capable(CAP_IPC_LOCK) ? -ENOMEM : -EPERM;
	if (flags & SHM_HUGETLB)
		return NULL;
	*err = -ENOMEM;
	s = new(struct shm);
	if (!s)
		return NULL;
	s->handle = south_object(size);
	if (s->handle < 0) {
		*err = s->handle == -ENFILE ? -ENOSPC : s->handle == -EFBIG ? -EINVAL : s->handle;
		release(s);
		return NULL;
	}
	s->size = size;
	s->name = key;
	s->creator = current->pid;
	s->ctime = ipc_seconds();
	pages_used += pages(s);
	return &s->perm;
}

static bool shm_fits(const struct ipc_perm *p, u64 size)
{
	return size <= ((const struct shm *)p)->size;
}

static void shm_destroy(struct ipc_perm *p)
{
	struct shm *s = to_shm(p);

	if (p->mode & SHM_DEST)
		WRITE_ONCE(removed, removed - 1);
	pages_used -= pages(s);
	south_close(s->handle);
	release(s);
}

static const struct ipc_kind shm_kind = {
	.make = shm_make,
	.fits = shm_fits,
	.destroy = shm_destroy,
};

s64 sys_shmget(const u64 *a)
{
	shm_sweep();
	return ipc_get(&shm_ids, (s32)a[0], a[1], (u32)a[2]);
}

/* ---- shmat(2), shmdt(2) ---- */

/* The segment is kept while it is mapped. ERR_PTR. */
static struct shm *attach_begin(s32 id, u32 mask)
{
	struct shm *s;

	lock(&shm_ids.lock);
	sweep();
	s = to_shm(ipc_find_permitted(&shm_ids, id, mask));
	if (!IS_ERR(s))
		s->busy++;
	unlock(&shm_ids.lock);
	return s;
}

static void attach_end(struct shm *s, bool done)
{
	lock(&shm_ids.lock);
	s->busy--;
	if (done) {
		s->atime = ipc_seconds();
		s->last = current->pid;
	}
	sweep();
	unlock(&shm_ids.lock);
}

static s64 attach(const struct shm *s, u64 addr, u32 flags)
{
	u32 prot = PROT_READ | (flags & SHM_RDONLY ? 0 : PROT_WRITE) |
		   (flags & SHM_EXEC ? PROT_EXEC : 0);
	u32 how = MAP_SHARED | (flags & SHM_RDONLY ? SOUTH_MAP_READONLY : 0);
	s64 at;

	if (addr)
		how |= flags & SHM_REMAP ? MAP_FIXED : MAP_FIXED_NOREPLACE;
	if (addr && !(flags & SHM_REMAP) && addr + s->size < addr)
		return -EINVAL;
	at = south_map(s->handle, addr, s->size, prot, how, 0);
	return at == -EEXIST ? -EINVAL : at;
}

s64 sys_shmat(const u64 *a)
{
	u32 flags = (u32)a[2], mask = IPC_READ;
	struct shm *s;
	u64 addr = a[1];
	s64 at;

	if ((s32)a[0] < 0)
		return -EINVAL;
	if (addr & (PAGE_SIZE - 1)) {
		if (!(flags & SHM_RND))
			return -EINVAL;
		addr &= ~(u64)(PAGE_SIZE - 1);
		if (!addr && flags & SHM_REMAP)
			return -EINVAL;
	} else if (!addr && flags & SHM_REMAP) {
		return -EINVAL;
	}
	if (!(flags & SHM_RDONLY))
		mask |= IPC_WRITE;
	if (flags & SHM_EXEC)
		mask |= IPC_EXEC;
	s = attach_begin((s32)a[0], mask);
	if (IS_ERR(s))
		return PTR_ERR(s);
	at = attach(s, addr, flags);
	attach_end(s, at >= 0);
	return at;
}

/* Is @vma a piece of a segment that begins at @addr? Its handle and size. */
static bool piece_of(const struct south_vma *vma, u64 addr, s32 *handle, u64 *size)
{
	struct shm *s;

	if (vma->start - addr != vma->off)
		return false;
	lock(&shm_ids.lock);
	s = shm_of(vma);
	if (s) {
		*handle = s->handle;
		*size = ALIGN_UP(s->size, (u64)PAGE_SIZE);
	}
	unlock(&shm_ids.lock);
	return s;
}

/* All pieces that are left of the segment at @addr; where, by the first of them, it ends. */
static s64 detach(u64 addr, s32 *handle)
{
	struct south_vma vma;
	u64 at = addr, size = 0, found_size;
	s32 found = -1, err;

	*handle = -1;
	while (!(err = south_vma(0, at, &vma))) {
		if (*handle >= 0 && vma.end - addr > size)
			break;
		at = vma.end;
		if (!piece_of(&vma, addr, &found, &found_size))
			continue;
		if (*handle >= 0 && found != *handle)
			continue;
		*handle = found;
		size = found_size;
		south_unmap(vma.start, vma.end - vma.start);
	}
	if (*handle >= 0)
		return 0;
	return err && err != -ENOENT ? err : -EINVAL;
}

s64 sys_shmdt(const u64 *a)
{
	struct ipc_perm *p;
	s32 handle, at = 0;
	s64 ret;

	if (a[0] & (PAGE_SIZE - 1))
		return -EINVAL;
	ret = detach(a[0], &handle);
	if (ret)
		return ret;
	lock(&shm_ids.lock);
	while ((p = ipc_next(&shm_ids, &at))) {
		if (to_shm(p)->handle != handle)
			continue;
		to_shm(p)->dtime = ipc_seconds();
		to_shm(p)->last = current->pid;
	}
	sweep();
	unlock(&shm_ids.lock);
	return 0;
}

/* ---- shmctl(2) ---- */

struct linux_shmid_ds {
	struct linux_ipc_perm perm;
	u64 segsz;
	s64 atime, dtime, ctime;
	s32 cpid, lpid;
	u64 nattch, unused[2];
};
_Static_assert(sizeof(struct linux_shmid_ds) == 112, "struct shmid64_ds");

struct linux_shminfo {
	u64 shmmax, shmmin, shmmni, shmseg, shmall, unused[4];
};

struct linux_shm_info {
	s32 used_ids, pad;
	u64 shm_tot, shm_rss, shm_swp, swap_attempts, swap_successes;
};

static s64 shm_limits(u64 uaddr)
{
	struct linux_shminfo info = {
		.shmmax = SHMMAX, .shmmin = 1, .shmmni = SHMMNI, .shmseg = SHMMNI, .shmall = SHMALL,
	};
	s64 ret;

	lock(&shm_ids.lock);
	ret = ipc_index_max(&shm_ids);
	unlock(&shm_ids.lock);
	return south_user_write(uaddr, &info, sizeof(info)) ? -EFAULT : ret;
}

/* The bytes of it that there are. */
static u64 resident(const struct shm *s)
{
	struct south_stat st;

	return south_stat(s->handle, &st) ? 0 : st.blocks * 512;
}

static s64 shm_info(u64 uaddr)
{
	struct linux_shm_info info = { 0 };
	struct ipc_perm *p;
	s32 at = 0;
	s64 ret;

	lock(&shm_ids.lock);
	sweep();
	info.used_ids = (s32)shm_ids.used;
	info.shm_tot = pages_used;
	while ((p = ipc_next(&shm_ids, &at)))
		info.shm_rss += resident(to_shm(p)) / PAGE_SIZE;
	ret = ipc_index_max(&shm_ids);
	unlock(&shm_ids.lock);
	return south_user_write(uaddr, &info, sizeof(info)) ? -EFAULT : ret;
}

static s64 shm_stat(s32 id, u32 cmd, u64 uaddr)
{
	struct linux_shmid_ds ds = { 0 };
	struct shm *s;
	s64 ret;
	s32 err;

	lock(&shm_ids.lock);
	sweep();
	s = to_shm(ipc_find_stat(&shm_ids, id, cmd == SHM_STAT, cmd == SHM_STAT_ANY, &ret));
	err = IS_ERR(s) ? PTR_ERR(s) : count();
	if (!err) {
		ipc_perm_fill(&s->perm, &ds.perm);
		ds.segsz = s->size;
		ds.atime = s->atime;
		ds.dtime = s->dtime;
		ds.ctime = s->ctime;
		ds.cpid = s->creator;
		ds.lpid = s->last;
		ds.nattch = s->attached;
	}
	unlock(&shm_ids.lock);
	if (err)
		return err;
	return south_user_write(uaddr, &ds, sizeof(ds)) ? -EFAULT : ret;
}

static void segment_remove(struct shm *s)
{
	if (!(s->perm.mode & SHM_DEST))
		WRITE_ONCE(removed, removed + 1);
	s->perm.mode |= SHM_DEST;
	ipc_forget_key(&shm_ids, &s->perm);
	sweep();
}

static s64 shm_change(s32 id, u32 cmd, u64 uaddr)
{
	struct linux_shmid_ds ds;
	struct shm *s;
	s64 ret = 0;

	if (cmd == IPC_SET && south_user_read(&ds, uaddr, sizeof(ds)))
		return -EFAULT;
	lock(&shm_ids.lock);
	sweep();
	s = to_shm(ipc_find_owned(&shm_ids, id));
	if (IS_ERR(s)) {
		ret = PTR_ERR(s);
	} else if (cmd == IPC_RMID) {
		segment_remove(s);
	} else {
		ret = ipc_perm_set(&s->perm, &ds.perm);
		if (!ret)
			s->ctime = ipc_seconds();
	}
	unlock(&shm_ids.lock);
	return ret;
}

/* May current lock @s at all? */
static s32 may_lock(const struct shm *s, u32 cmd)
{
	u32 euid = current->cred->euid;
	u64 limit;
	s32 err;

	if (capable(CAP_IPC_LOCK))
		return 0;
	if (euid != s->perm.uid && euid != s->perm.cuid)
		return -EPERM;
	if (cmd == SHM_UNLOCK)
		return 0;
	err = memlock_limit(&limit);
	return err ? err : limit ? 0 : -EPERM;
}

/* That it is to stay in memory is written down; the host decides. */
static s64 shm_lock(s32 id, u32 cmd)
{
	struct shm *s;
	s64 ret;

	lock(&shm_ids.lock);
	sweep();
	s = to_shm(ipc_find(&shm_ids, id));
	ret = s ? may_lock(s, cmd) : -EINVAL;
	if (!ret && cmd == SHM_LOCK)
		s->perm.mode |= SHM_LOCKED;
	else if (!ret)
		s->perm.mode &= ~SHM_LOCKED;
	unlock(&shm_ids.lock);
	return ret;
}

s64 sys_shmctl(const u64 *a)
{
	s32 id = (s32)a[0];
	u32 cmd = (u32)a[1];

	if ((s32)cmd < 0 || id < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
		return shm_limits(a[2]);
	case SHM_INFO:
		return shm_info(a[2]);
	case IPC_STAT:
	case SHM_STAT:
	case SHM_STAT_ANY:
		return shm_stat(id, cmd, a[2]);
	case IPC_SET:
	case IPC_RMID:
		return shm_change(id, cmd, a[2]);
	case SHM_LOCK:
	case SHM_UNLOCK:
		return shm_lock(id, cmd);
	}
	return -EINVAL;
}

/* ---- /proc ---- */

void shm_show(struct text *t)
{
	struct ipc_perm *p;
	s32 at = 0;

	text_printf(t, "       key      shmid perms                  size  cpid  lpid natt");
	text_printf(t, "ch   uid   gid  cuid  cgid      atime      dtime      ctime       ");
	text_printf(t, "            rss                  swap\n");
	lock(&shm_ids.lock);
	sweep();
	/* Without memory to count with, the last count has to do. */
	count();
	while ((p = ipc_next(&shm_ids, &at))) {
		const struct shm *s = to_shm(p);

		text_printf(t, "%10d %10d  %4o %21llu %5d %5d  %5u ", p->key, p->id, p->mode,
			    s->size, s->creator, s->last, s->attached);
		text_printf(t, "%5u %5u %5u %5u %10llu %10llu %10llu %21llu %21u\n", p->uid, p->gid,
			    p->cuid, p->cgid, (u64)s->atime, (u64)s->dtime, (u64)s->ctime,
			    resident(s), 0u);
	}
	unlock(&shm_ids.lock);
}

char *shm_path(const struct south_vma *vma)
{
	struct text t = { 0 };
	struct shm *s;

	lock(&shm_ids.lock);
	s = shm_of(vma);
	if (s)
		text_printf(&t, "/SYSV%08x (deleted)%c", (u32)s->name, 0);
	unlock(&shm_ids.lock);
	if (t.failed)
		text_free(&t);
	return t.buf;
}
