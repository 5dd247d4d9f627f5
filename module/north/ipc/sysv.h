/* SPDX-License-Identifier: GPL-2.0 */
/* System V IPC: what semaphores, message queues and shared memory have in common. */
#ifndef NORTH_SYSV_H
#define NORTH_SYSV_H

#include "../task.h"

#define IPC_PRIVATE 0
#define IPC_CREAT 01000
#define IPC_EXCL 02000
#define IPC_NOWAIT 04000

#define IPC_RMID 0
#define IPC_SET 1
#define IPC_STAT 2
#define IPC_INFO 3

/* What the files of /proc/sys/kernel say, too: proc/fs/sys.c. */
#define SEMMNI 32000
#define SEMMSL 32000
#define SEMMNS (SEMMNI * SEMMSL)
#define SEMOPM 500
#define MSGMNI 32000
#define MSGMAX 8192
#define MSGMNB 16384
#define SHMMNI 4096
#define SHMMAX (~0ull - (1ull << 24))
#define SHMALL SHMMAX

/* Permission bits that a call asks for. */
#define IPC_READ 0444
#define IPC_WRITE 0222
#define IPC_EXEC 0111

/* struct ipc_perm - the beginning of every object; the ids' lock. */
struct ipc_perm {
	struct ipc_perm *next;	/* of those with the same hash of the key */
	s32 id, key;
	u32 uid, gid, cuid, cgid, mode, seq;
};

/* struct ipc_ids - all objects of one kind, and the lock of everything in them. */
struct ipc_ids {
	struct mutex lock;	/* outside of the allocator's only */
	const struct ipc_kind *kind;
	u32 used, limit;
	u32 size;		/* slots there are */
	s32 top;		/* the highest index in use + 1 */
	s32 next, last;		/* where to look for a free index; the last one given out */
	u32 seq;
	struct ipc_perm **slots, **keys;
};

/* struct ipc_kind - what one kind does in its own way. The lock is held. */
struct ipc_kind {
	/* A new object of @size; mode and key are the caller's to set. NULL with *@err. */
	struct ipc_perm *(*make)(s32 key, u64 size, u32 flags, s32 *err);
	/* Is an object that there is already large enough? NULL: always. */
	bool (*fits)(const struct ipc_perm *p, u64 size);
	/* It has no id any more: everybody who waits learns it, then it goes. */
	void (*destroy)(struct ipc_perm *p);
};

/* ipc_get - semget(2), msgget(2), shmget(2). */
s64 ipc_get(struct ipc_ids *ids, s32 key, u64 size, u32 flags);

/* All that follows: with the lock. */

/* ipc_find - by id, or NULL. ipc_find_index - by index, as *_STAT do. */
struct ipc_perm *ipc_find(struct ipc_ids *ids, s32 id);
struct ipc_perm *ipc_find_index(struct ipc_ids *ids, s32 id);
/* ipc_permitted - may current do it? @mask of IPC_READ, ... */
bool ipc_permitted(const struct ipc_perm *p, u32 mask);
/* ipc_find_permitted - ERR_PTR(-EINVAL), ERR_PTR(-EACCES). */
struct ipc_perm *ipc_find_permitted(struct ipc_ids *ids, s32 id, u32 mask);
/* ipc_find_owned - for IPC_SET and IPC_RMID: ERR_PTR(-EINVAL), ERR_PTR(-EPERM). */
struct ipc_perm *ipc_find_owned(struct ipc_ids *ids, s32 id);
/*
 * ipc_find_stat - for IPC_STAT and, where @index, *_STAT and, where @any, *_STAT_ANY.
 * *@ret: what the call returns.
 */
struct ipc_perm *ipc_find_stat(struct ipc_ids *ids, s32 id, bool index, bool any, s64 *ret);
/* ipc_remove - takes the id away and destroys the object. */
void ipc_remove(struct ipc_ids *ids, struct ipc_perm *p);
/* ipc_forget_key - nobody finds it by its key any more. */
void ipc_forget_key(struct ipc_ids *ids, struct ipc_perm *p);

/* ipc_next - the next object from index *@at on, which is moved behind it; NULL: no more. */
struct ipc_perm *ipc_next(struct ipc_ids *ids, s32 *at);

/* struct ipc64_perm, as user space sees it. */
struct linux_ipc_perm {
	s32 key;
	u32 uid, gid, cuid, cgid, mode;
	u16 seq, pad;
	u64 unused[2];
};
_Static_assert(sizeof(struct linux_ipc_perm) == 48, "struct ipc64_perm");

void ipc_perm_fill(const struct ipc_perm *p, struct linux_ipc_perm *out);
/* ipc_perm_set - IPC_SET's part. 0 or -EINVAL. */
s32 ipc_perm_set(struct ipc_perm *p, const struct linux_ipc_perm *in);

/* ipc_index_max - what *_INFO returns. */
s64 ipc_index_max(const struct ipc_ids *ids);
/* ipc_seconds - the time as these structures have it. */
s64 ipc_seconds(void);

/* ---- for other rooms ---- */

/* clone(2) with CLONE_SYSVSEM: @t undoes together with current. 0 or -ENOMEM. */
s32 sem_undos_share(struct task *t);
/* @t is gone: what it asked for with SEM_UNDO is undone, unless others share it. */
void sem_undos_put(struct task *t);

/* Mappings may have gone: removed segments that nobody has attached any longer go, too. */
void shm_sweep(void);
/* shm_path - the name of a mapped segment as /proc/PID/maps has it, to release(), or NULL. */
char *shm_path(const struct south_vma *vma);

/* The files of /proc/sysvipc. */
void sem_show(struct text *t);
void msg_show(struct text *t);
void shm_show(struct text *t);

#endif
