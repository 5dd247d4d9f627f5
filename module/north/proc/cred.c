// SPDX-License-Identifier: GPL-2.0
/* Credentials: immutable once published, changed by copy, counted under tasks_lock. */
#include "proc.h"

#define NR_GETUID 102
#define NR_GETGID 104
#define NR_GETEUID 107
#define NR_GETEGID 108

/* Where a new task begins: root of the box, unless a line "user UID GID" says otherwise. */
struct cred *cred_first(void)
{
	struct cred *c = new(struct cred);
	char line[128];
	s32 n;

	if (!c)
		return NULL;
	c->refs = 1;
	c->cap_bounding = CAP_FULL;
	for (u32 i = 0; (n = south_config(i, line, sizeof(line))) != -ENOENT; i++) {
		char *gid;
		u64 u, g;

		if (n < 0 || strncmp(line, "user ", 5))
			continue;
		gid = strchr(line + 5, ' ');
		if (!gid)
			continue;
		*gid++ = 0;
		if (!str_to_u64(line + 5, &u) || !str_to_u64(gid, &g) || u >= ~0u || g >= ~0u)
			continue;
		c->uid = c->euid = c->suid = c->fsuid = u;
		c->gid = c->egid = c->sgid = c->fsgid = g;
	}
	if (!c->uid)
		c->cap_effective = c->cap_permitted = CAP_FULL;
	return c;
}

struct cred *cred_get(struct cred *c)
{
	lock(&tasks_lock);
	c->refs++;
	unlock(&tasks_lock);
	return c;
}

void cred_put(struct cred *c)
{
	bool gone;

	lock(&tasks_lock);
	gone = !--c->refs;
	unlock(&tasks_lock);
	if (gone)
		release(c);
}

struct cred *cred_copy(const struct cred *c)
{
	struct cred *n = new(struct cred);

	if (!n)
		return NULL;
	memcpy((char *)n + offsetof(struct cred, uid), (const char *)c + offsetof(struct cred, uid),
	       sizeof(*n) - offsetof(struct cred, uid));
	n->refs = 1;
	return n;
}

/* What the redirect answers by itself. */
void cred_facts(const struct cred *c)
{
	south_fact(NR_GETUID, c->uid);
	south_fact(NR_GETEUID, c->euid);
	south_fact(NR_GETGID, c->gid);
	south_fact(NR_GETEGID, c->egid);
}

void cred_commit(struct cred *c)
{
	struct task *t = current;
	struct cred *old = t->cred;
	bool ids = old->uid != c->uid || old->euid != c->euid || old->gid != c->gid ||
		old->egid != c->egid;

	if (old->euid != c->euid || old->egid != c->egid || old->fsuid != c->fsuid ||
	    old->fsgid != c->fsgid || (c->cap_permitted & ~old->cap_permitted)) {
		WRITE_ONCE(t->process->dumpable, 0);
		WRITE_ONCE(t->process->pdeathsig, 0);
	}
	lock(&tasks_lock);
	t->cred = c;
	unlock(&tasks_lock);
	cred_put(old);
	if (ids)
		cred_facts(c);
}

bool capable(u32 cap)
{
	return cap <= CAP_LAST && (current->cred->cap_effective & CAP_BIT(cap));
}

static bool group_listed(const struct cred *c, u32 gid)
{
	for (u32 i = 0; i < c->ngroups; i++)
		if (c->groups[i] == gid)
			return true;
	return false;
}

bool in_group(u32 gid)
{
	const struct cred *c = current->cred;

	return c->fsgid == gid || group_listed(c, gid);
}

struct cred *task_cred(s32 tid)
{
	struct cred *c = NULL;
	struct task *t;

	lock(&tasks_lock);
	t = task_of(tid);
	if (t) {
		c = t->cred;
		c->refs++;
	}
	unlock(&tasks_lock);
	return c;
}

bool cred_same_user(const struct cred *c)
{
	const struct cred *me = current->cred;

	return me->euid == c->suid || me->euid == c->uid || me->uid == c->suid || me->uid == c->uid;
}

/* cap_emulate_setxuid(): capabilities follow user 0 unless securebits say no. */
static void cap_fix_setuid(struct cred *c, const struct cred *old)
{
	if (c->securebits & SECURE_NO_SETUID_FIXUP)
		return;
	if ((!old->uid || !old->euid || !old->suid) && c->uid && c->euid && c->suid) {
		if (!(c->securebits & SECURE_KEEP_CAPS))
			c->cap_permitted = c->cap_effective = 0;
		c->cap_ambient = 0;
	}
	if (!old->euid && c->euid)
		c->cap_effective = 0;
	if (old->euid && !c->euid)
		c->cap_effective = c->cap_permitted;
}

#define CAP_FS_SET (CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_MKNOD) | CAP_BIT(CAP_DAC_OVERRIDE) |	\
		    CAP_BIT(CAP_DAC_READ_SEARCH) | CAP_BIT(CAP_FOWNER) | CAP_BIT(CAP_FSETID) |	\
		    CAP_BIT(9) | CAP_BIT(32))

static void cap_fix_setfsuid(struct cred *c, const struct cred *old)
{
	if (c->securebits & SECURE_NO_SETUID_FIXUP)
		return;
	if (!old->fsuid && c->fsuid)
		c->cap_effective &= ~CAP_FS_SET;
	if (old->fsuid && !c->fsuid)
		c->cap_effective |= CAP_FS_SET & c->cap_permitted;
}

/* Ids of 32 bits, of which -1 says "leave it" or isn't valid. */
#define NO_ID 0xffffffffu

/* ---- reading ---- */

s64 sys_getuid(const u64 *a)
{
	return current->cred->uid;
}

s64 sys_geteuid(const u64 *a)
{
	return current->cred->euid;
}

s64 sys_getgid(const u64 *a)
{
	return current->cred->gid;
}

s64 sys_getegid(const u64 *a)
{
	return current->cred->egid;
}

static s64 put_three(const u64 *a, u32 r, u32 e, u32 s)
{
	s32 err = south_user_write(a[0], &r, sizeof(r));

	if (!err)
		err = south_user_write(a[1], &e, sizeof(e));
	if (!err)
		err = south_user_write(a[2], &s, sizeof(s));
	return err;
}

s64 sys_getresuid(const u64 *a)
{
	const struct cred *c = current->cred;

	return put_three(a, c->uid, c->euid, c->suid);
}

s64 sys_getresgid(const u64 *a)
{
	const struct cred *c = current->cred;

	return put_three(a, c->gid, c->egid, c->sgid);
}

s64 sys_getgroups(const u64 *a)
{
	const struct cred *c = current->cred;
	s32 size = (s32)a[0], err;

	if (size < 0)
		return -EINVAL;
	if (!size)
		return c->ngroups;
	if (c->ngroups > (u32)size)
		return -EINVAL;
	err = south_user_write(a[1], c->groups, c->ngroups * sizeof(u32));
	return err ? err : (s64)c->ngroups;
}

/* setresuid() that changes nothing leaves the file system's id alone, too. */
static bool is_no_op(u32 new, u32 old)
{
	return new == NO_ID || new == old;
}

/* ---- users ---- */

s64 sys_setuid(const u64 *a)
{
	const struct cred *old = current->cred;
	u32 uid = a[0];
	struct cred *c;

	if (uid == NO_ID)
		return -EINVAL;
	if (!capable(CAP_SETUID) && uid != old->uid && uid != old->suid)
		return -EPERM;
	c = cred_copy(old);
	if (!c)
		return -ENOMEM;
	if (capable(CAP_SETUID))
		c->uid = c->suid = uid;
	c->fsuid = c->euid = uid;
	cap_fix_setuid(c, old);
	cred_commit(c);
	return 0;
}

s64 sys_setreuid(const u64 *a)
{
	const struct cred *old = current->cred;
	u32 ruid = a[0], euid = a[1];
	bool may = capable(CAP_SETUID);
	struct cred *c;

	if (ruid != NO_ID && ruid != old->uid && ruid != old->euid && !may)
		return -EPERM;
	if (euid != NO_ID && euid != old->uid && euid != old->euid && euid != old->suid && !may)
		return -EPERM;
	c = cred_copy(old);
	if (!c)
		return -ENOMEM;
	if (ruid != NO_ID)
		c->uid = ruid;
	if (euid != NO_ID)
		c->euid = euid;
	if (ruid != NO_ID || (euid != NO_ID && euid != old->uid))
		c->suid = c->euid;
	c->fsuid = c->euid;
	cap_fix_setuid(c, old);
	cred_commit(c);
	return 0;
}

static bool is_one_of(u32 id, u32 r, u32 e, u32 s)
{
	return id == NO_ID || id == r || id == e || id == s;
}

s64 sys_setresuid(const u64 *a)
{
	const struct cred *old = current->cred;
	u32 ruid = a[0], euid = a[1], suid = a[2];
	struct cred *c;

	if (is_no_op(ruid, old->uid) && is_no_op(suid, old->suid) &&
	    (euid == NO_ID || (euid == old->euid && euid == old->fsuid)))
		return 0;
	if (!capable(CAP_SETUID) && (!is_one_of(ruid, old->uid, old->euid, old->suid) ||
				     !is_one_of(euid, old->uid, old->euid, old->suid) ||
				     !is_one_of(suid, old->uid, old->euid, old->suid)))
		return -EPERM;
	c = cred_copy(old);
	if (!c)
		return -ENOMEM;
	if (ruid != NO_ID)
		c->uid = ruid;
	if (euid != NO_ID)
		c->euid = euid;
	if (suid != NO_ID)
		c->suid = suid;
	c->fsuid = c->euid;
	cap_fix_setuid(c, old);
	cred_commit(c);
	return 0;
}

s64 sys_setfsuid(const u64 *a)
{
	const struct cred *old = current->cred;
	u32 was = old->fsuid, uid = a[0];
	struct cred *c;

	if (uid == NO_ID || uid == was)
		return was;
	if (uid != old->uid && uid != old->euid && uid != old->suid && !capable(CAP_SETUID))
		return was;
	c = cred_copy(old);
	if (!c)
		return was;
	c->fsuid = uid;
	cap_fix_setfsuid(c, old);
	cred_commit(c);
	return was;
}

/* ---- groups ---- */

s64 sys_setgid(const u64 *a)
{
	const struct cred *old = current->cred;
	u32 gid = a[0];
	struct cred *c;

	if (gid == NO_ID)
		return -EINVAL;
	if (!capable(CAP_SETGID) && gid != old->gid && gid != old->sgid)
		return -EPERM;
	c = cred_copy(old);
	if (!c)
		return -ENOMEM;
	if (capable(CAP_SETGID))
		c->gid = c->sgid = gid;
	c->egid = c->fsgid = gid;
	cred_commit(c);
	return 0;
}

s64 sys_setregid(const u64 *a)
{
	const struct cred *old = current->cred;
	u32 rgid = a[0], egid = a[1];
	bool may = capable(CAP_SETGID);
	struct cred *c;

	if (rgid != NO_ID && rgid != old->gid && rgid != old->egid && !may)
		return -EPERM;
	if (egid != NO_ID && egid != old->gid && egid != old->egid && egid != old->sgid && !may)
		return -EPERM;
	c = cred_copy(old);
	if (!c)
		return -ENOMEM;
	if (rgid != NO_ID)
		c->gid = rgid;
	if (egid != NO_ID)
		c->egid = egid;
	if (rgid != NO_ID || (egid != NO_ID && egid != old->gid))
		c->sgid = c->egid;
	c->fsgid = c->egid;
	cred_commit(c);
	return 0;
}

s64 sys_setresgid(const u64 *a)
{
	const struct cred *old = current->cred;
	u32 rgid = a[0], egid = a[1], sgid = a[2];
	struct cred *c;

	if (is_no_op(rgid, old->gid) && is_no_op(sgid, old->sgid) &&
	    (egid == NO_ID || (egid == old->egid && egid == old->fsgid)))
		return 0;
	if (!capable(CAP_SETGID) && (!is_one_of(rgid, old->gid, old->egid, old->sgid) ||
				     !is_one_of(egid, old->gid, old->egid, old->sgid) ||
				     !is_one_of(sgid, old->gid, old->egid, old->sgid)))
		return -EPERM;
	c = cred_copy(old);
	if (!c)
		return -ENOMEM;
	if (rgid != NO_ID)
		c->gid = rgid;
	if (egid != NO_ID)
		c->egid = egid;
	if (sgid != NO_ID)
		c->sgid = sgid;
	c->fsgid = c->egid;
	cred_commit(c);
	return 0;
}

s64 sys_setfsgid(const u64 *a)
{
	const struct cred *old = current->cred;
	u32 was = old->fsgid, gid = a[0];
	struct cred *c;

	if (gid == NO_ID || gid == was)
		return was;
	if (gid != old->gid && gid != old->egid && gid != old->sgid && !capable(CAP_SETGID))
		return was;
	c = cred_copy(old);
	if (!c)
		return was;
	c->fsgid = gid;
	cred_commit(c);
	return was;
}

s64 sys_setgroups(const u64 *a)
{
	s32 size = (s32)a[0], err;
	struct cred *c;

	if (!capable(CAP_SETGID))
		return -EPERM;
	if ((u32)size > NGROUPS_MAX)
		return -EINVAL;
	c = cred_copy(current->cred);
	if (!c)
		return -ENOMEM;
	err = south_user_read(c->groups, a[1], size * sizeof(u32));
	c->ngroups = size;
	for (s32 i = 0; i < size && !err; i++)
		if (c->groups[i] == NO_ID)
			err = -EINVAL;
	if (err) {
		release(c);
		return err;
	}
	cred_commit(c);
	return 0;
}

/* ---- capabilities ---- */

#define CAP_VERSION_1 0x19980330u
#define CAP_VERSION_2 0x20071026u
#define CAP_VERSION_3 0x20080522u

struct cap_header {
	u32 version;
	s32 pid;
};
struct cap_data {
	u32 effective, permitted, inheritable;
};

/* How many words of 32 bits a set has; *@err with 0 tells what to return. */
static u32 cap_words(u64 uaddr, struct cap_header *h, bool asked, s32 *err)
{
	u32 version = CAP_VERSION_3;

	*err = south_user_read(h, uaddr, sizeof(*h));
	if (*err)
		return 0;
	switch (h->version) {
	case CAP_VERSION_1:
		return 1;
	case CAP_VERSION_2:
	case CAP_VERSION_3:
		return 2;
	}
	*err = south_user_write(uaddr, &version, sizeof(version));
	if (!*err && !asked)
		*err = -EINVAL;
	return 0;
}

s64 sys_capget(const u64 *a)
{
	struct cap_data d[2];
	struct cap_header h;
	struct cred *c;
	u32 words;
	s32 err;

	words = cap_words(a[0], &h, !a[1], &err);
	if (!words)
		return err;
	if (h.pid < 0)
		return -EINVAL;
	c = h.pid ? task_cred(h.pid) : cred_get(current->cred);
	if (!c)
		return -ESRCH;
	for (u32 i = 0; i < 2; i++) {
		d[i].effective = c->cap_effective >> 32 * i;
		d[i].permitted = c->cap_permitted >> 32 * i;
		d[i].inheritable = c->cap_inheritable >> 32 * i;
	}
	cred_put(c);
	return a[1] ? south_user_write(a[1], d, words * sizeof(d[0])) : 0;
}

s64 sys_capset(const u64 *a)
{
	u64 effective, permitted, inheritable;
	const struct cred *old = current->cred;
	struct cap_data d[2] = { 0 };
	struct cap_header h;
	struct cred *c;
	u32 words;
	s32 err;

	words = cap_words(a[0], &h, false, &err);
	if (!words)
		return err;
	if (h.pid && h.pid != current->tid)
		return -EPERM;
	err = south_user_read(d, a[1], words * sizeof(d[0]));
	if (err)
		return err;
	effective = ((u64)d[1].effective << 32 | d[0].effective) & CAP_FULL;
	permitted = ((u64)d[1].permitted << 32 | d[0].permitted) & CAP_FULL;
	inheritable = ((u64)d[1].inheritable << 32 | d[0].inheritable) & CAP_FULL;
	if (!capable(CAP_SETPCAP) && (inheritable & ~(old->cap_inheritable | old->cap_permitted)))
		return -EPERM;
	if (inheritable & ~(old->cap_inheritable | old->cap_bounding))
		return -EPERM;
	if (permitted & ~old->cap_permitted)
		return -EPERM;
	if (effective & ~permitted)
		return -EPERM;
	c = cred_copy(old);
	if (!c)
		return -ENOMEM;
	c->cap_effective = effective;
	c->cap_permitted = permitted;
	c->cap_inheritable = inheritable;
	c->cap_ambient &= permitted & inheritable;
	cred_commit(c);
	return 0;
}
