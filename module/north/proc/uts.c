// SPDX-License-Identifier: GPL-2.0
/* What uname(2) says: the host's kernel under the box's name. */
#include "proc.h"

static struct mutex uts_lock;
static struct utsname *uts;	/* uts_lock */

static void config_nodename(struct utsname *u)
{
	char line[128];
	s32 n;

	str_copy(u->nodename, "litebox", sizeof(u->nodename));
	for (u32 i = 0; (n = south_config(i, line, sizeof(line))) != -ENOENT; i++)
		if (n > 9 && !strncmp(line, "hostname ", 9))
			str_copy(u->nodename, line + 9, sizeof(u->nodename));
}

s32 uts_boot(const struct south_host *host)
{
	struct utsname *u = new(struct utsname);

	if (!u)
		return -ENOMEM;
	str_copy(u->sysname, "Linux", sizeof(u->sysname));
	str_copy(u->release, host->release, sizeof(u->release));
	str_copy(u->version, host->version, sizeof(u->version));
	str_copy(u->machine, "x86_64", sizeof(u->machine));
	str_copy(u->domainname, "(none)", sizeof(u->domainname));
	config_nodename(u);
	uts = u;
	return 0;
}

void uts_copy(struct utsname *out)
{
	lock(&uts_lock);
	*out = *uts;
	unlock(&uts_lock);
}

static s32 uts_set(size_t field, const char *name, u32 len)
{
	char *dst;

	if (len > UTS_LEN)
		return -EINVAL;
	lock(&uts_lock);
	dst = (char *)uts + field;
	memset(dst, 0, UTS_LEN + 1);
	memcpy(dst, name, len);
	unlock(&uts_lock);
	return 0;
}

s32 uts_set_nodename(const char *name, u32 len)
{
	return uts_set(offsetof(struct utsname, nodename), name, len);
}

s32 uts_set_domainname(const char *name, u32 len)
{
	return uts_set(offsetof(struct utsname, domainname), name, len);
}

s64 sys_uname(const u64 *a)
{
	struct utsname u;

	uts_copy(&u);
	return south_user_write(a[0], &u, sizeof(u));
}

static s64 user_set(const u64 *a, s32 (*set)(const char *, u32))
{
	char name[UTS_LEN];
	s32 len = (s32)a[1];

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len > UTS_LEN)
		return -EINVAL;
	if (south_user_read(name, a[0], len))
		return -EFAULT;
	return set(name, len);
}

s64 sys_sethostname(const u64 *a)
{
	return user_set(a, uts_set_nodename);
}

s64 sys_setdomainname(const u64 *a)
{
	return user_set(a, uts_set_domainname);
}
