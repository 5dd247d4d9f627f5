// SPDX-License-Identifier: GPL-2.0
/* Credentials: whole sequences of calls must do in a box what they do natively. */
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "test.h"

struct ids {
	u32 uid[3], gid[3], fsuid, fsgid;
	u64 effective, permitted, inheritable;
};

typedef s64 (*caller)(long nr, u64 a, u64 b, u64 c);

static s64 call_box(long nr, u64 a, u64 b, u64 c)
{
	return north_syscall(nr, a, b, c, 0, 0, 0);
}

static s64 call_native(long nr, u64 a, u64 b, u64 c)
{
	long r = syscall(nr, a, b, c, 0, 0, 0);

	return r == -1 ? -errno : r;
}

static void look(caller call, struct ids *ids)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	memset(ids, 0, sizeof(*ids));
	call(SYS_getresuid, (u64)&ids->uid[0], (u64)&ids->uid[1], (u64)&ids->uid[2]);
	call(SYS_getresgid, (u64)&ids->gid[0], (u64)&ids->gid[1], (u64)&ids->gid[2]);
	ids->fsuid = call(SYS_setfsuid, -1, 0, 0);
	ids->fsgid = call(SYS_setfsgid, -1, 0, 0);
	memset(d, 0, sizeof(d));
	call(SYS_capget, (u64)&h, (u64)d, 0);
	ids->effective = d[0].effective | (u64)d[1].effective << 32;
	ids->permitted = d[0].permitted | (u64)d[1].permitted << 32;
	ids->inheritable = d[0].inheritable | (u64)d[1].inheritable << 32;
}

struct step {
	long nr;
	u64 a, b, c;
};
struct outcome {
	s64 result;
	struct ids ids;
};
#define STEPS 24

static void play(caller call, const struct step *s, u32 n, struct outcome *out)
{
	for (u32 i = 0; i < n; i++) {
		out[i].result = call(s[i].nr, s[i].a, s[i].b, s[i].c);
		look(call, &out[i].ids);
	}
}

static s32 next_id = 1000;

/* In children, so that nothing remains. */
static void play_native(const struct step *s, u32 n, struct outcome *out)
{
	int p[2];
	pid_t pid;

	OK(!pipe(p));
	pid = fork();
	if (!pid) {
		play(call_native, s, n, out);
		_exit(write(p[1], out, n * sizeof(*out)) != (ssize_t)(n * sizeof(*out)));
	}
	close(p[1]);
	for (size_t got = 0; got < n * sizeof(*out);) {
		ssize_t r = read(p[0], (char *)out + got, n * sizeof(*out) - got);

		if (r <= 0)
			break;
		got += r;
	}
	close(p[0]);
	waitpid(pid, NULL, 0);
}

static struct task *box_child(void)
{
	struct task *t;

	EQ(north(SYS_fork), 0);
	next_id++;
	t = hosted_child(next_id, next_id);
	OK(t);
	hosted_become(t);
	return t;
}

static void play_box(const struct step *s, u32 n, struct outcome *out)
{
	struct task *me = north_current, *t = box_child();

	play(call_box, s, n, out);
	hosted_exit(t);
	hosted_become(me);
}

static u64 native_caps(void)
{
	struct ids ids;

	look(call_native, &ids);
	return ids.permitted;
}

static void compare(const struct step *s, u32 n)
{
	struct outcome box[STEPS], native[STEPS];
	u64 caps = native_caps();

	memset(box, 0, sizeof(box));
	memset(native, 0, sizeof(native));
	play_box(s, n, box);
	play_native(s, n, native);
	for (u32 i = 0; i < n; i++) {
		struct ids *b = &box[i].ids, *k = &native[i].ids;
		if (box[i].result == native[i].result && !memcmp(b->uid, k->uid, sizeof(b->uid)) &&
		    !memcmp(b->gid, k->gid, sizeof(b->gid)) && b->fsuid == k->fsuid && b->fsgid == k->fsgid &&
		    (b->effective & caps) == (k->effective & caps) &&
		    (b->permitted & caps) == (k->permitted & caps) &&
		    (b->inheritable & caps) == (k->inheritable & caps))
			continue;
		for (u32 j = 0; j <= i; j++)
			printf("# %ld(%lld, %lld, %lld)\n", s[j].nr, s[j].a, s[j].b, s[j].c);
		FAIL("box %lld [%u %u %u %u|%u %u %u %u] %llx %llx, native %lld [%u %u %u %u|%u %u %u %u] %llx %llx",
		     box[i].result, b->uid[0], b->uid[1], b->uid[2], b->fsuid, b->gid[0], b->gid[1], b->gid[2],
		     b->fsgid, b->effective & caps, b->permitted & caps, native[i].result, k->uid[0], k->uid[1],
		     k->uid[2], k->fsuid, k->gid[0], k->gid[1], k->gid[2], k->fsgid, k->effective, k->permitted);
	}
}

static u64 random_id(void)
{
	static const u32 ids[] = { 0, 0, 1000, 1001, 1000, -1 };

	return ids[rand() % 6];
}

TEST(ids_change_as_natively)
{
	static const long calls[] = { SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid,
				      SYS_setresgid, SYS_setfsuid, SYS_setfsgid, SYS_prctl, SYS_prctl };

	if (geteuid())
		SKIP("needs root");
	srand(1);
	for (u32 round = 0; round < 300; round++) {
		struct step s[STEPS];
		u32 n = 1 + rand() % STEPS;

		for (u32 i = 0; i < n; i++) {
			s[i] = (struct step){ calls[rand() % 10], random_id(), random_id(), random_id() };
			if (s[i].nr == SYS_prctl) {
				s[i].a = rand() % 2 ? PR_SET_KEEPCAPS : PR_GET_KEEPCAPS;
				s[i].b = rand() % 3;
			}
		}
		compare(s, n);
	}
}

TEST(securebits_change_as_natively)
{
	static const u64 bits[] = { 0, SECBIT_NO_SETUID_FIXUP, SECBIT_KEEP_CAPS, SECBIT_NOROOT,
				    SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED,
				    SECBIT_KEEP_CAPS_LOCKED, 1 << 20 };
	static const long calls[] = { SYS_setuid, SYS_setreuid, SYS_setfsuid };

	if (geteuid() || !(native_caps() & 1 << CAP_SETPCAP))
		SKIP("needs root with CAP_SETPCAP");
	srand(2);
	for (u32 round = 0; round < 200; round++) {
		struct step s[STEPS];
		u32 n = 1 + rand() % STEPS;

		for (u32 i = 0; i < n; i++) {
			if (rand() % 2)
				s[i] = (struct step){ SYS_prctl, PR_SET_SECUREBITS, bits[rand() % 7], 0 };
			else
				s[i] = (struct step){ calls[rand() % 3], random_id(), random_id(), 0 };
		}
		compare(s, n);
	}
}

TEST(groups_are_set_and_read)
{
	u32 in[4] = { 5, 7, 9, 11 }, out[8];
	struct task *me = north_current, *t = box_child();

	EQ(north(SYS_getgroups, 0, 0), 0);
	EQ(north(SYS_setgroups, 4, in), 0);
	EQ(north(SYS_getgroups, 0, 0), 4);
	EQ(north(SYS_getgroups, 3, out), -EINVAL);
	EQ(north(SYS_getgroups, -1, out), -EINVAL);
	EQ(north(SYS_getgroups, 8, out), 4);
	OK(!memcmp(in, out, sizeof(in)));
	EQ(north(SYS_getgroups, 8, 8), -EFAULT);
	EQ(north(SYS_setgroups, 1 << 20, in), -EINVAL);
	EQ(north(SYS_setgroups, 2, 8), -EFAULT);
	EQ(north(SYS_setgroups, 0, 0), 0);
	EQ(north(SYS_getgroups, 0, 0), 0);
	EQ(north(SYS_setuid, 1000), 0);
	EQ(north(SYS_setgroups, 0, 0), -EPERM);
	hosted_exit(t);
	hosted_become(me);
}

TEST(facts_follow_the_ids)
{
	struct task *me = north_current, *t = box_child();

	EQ(north(SYS_setresuid, 1, 2, 3), 0);
	EQ(hosted_fact(SYS_getuid), 1);
	EQ(hosted_fact(SYS_geteuid), 2);
	EQ(north(SYS_getuid), 1);
	EQ(north(SYS_geteuid), 2);
	hosted_exit(t);
	t = (hosted_become(me), box_child());
	EQ(north(SYS_setresgid, 4, 5, 6), 0);
	EQ(hosted_fact(SYS_getgid), 4);
	EQ(hosted_fact(SYS_getegid), 5);
	hosted_exit(t);
	hosted_become(me);
}

TEST(capget_and_capset_check_as_natively)
{
	struct __user_cap_header_struct h, n;
	struct __user_cap_data_struct d[2];
	static const u32 versions[] = { 0, _LINUX_CAPABILITY_VERSION_1, _LINUX_CAPABILITY_VERSION_2,
					_LINUX_CAPABILITY_VERSION_3, 0xffffffff };

	for (u32 i = 0; i < 5; i++) {
		for (int with = 0; with < 2; with++) {
			h = n = (struct __user_cap_header_struct){ versions[i], 0 };
			EQ(north(SYS_capget, &h, with ? d : NULL),
			   call_native(SYS_capget, (u64)&n, (u64)(with ? d : NULL), 0));
			EQ(h.version, n.version);
		}
	}
	h = (struct __user_cap_header_struct){ _LINUX_CAPABILITY_VERSION_3, -1 };
	EQ(north(SYS_capget, &h, d), -EINVAL);
	h.pid = 99999;
	EQ(north(SYS_capget, &h, d), -ESRCH);
	EQ(north(SYS_capset, &h, d), -EPERM);
	EQ(north(SYS_capset, 8, d), -EFAULT);
}

TEST(dropped_capabilities_stay_dropped)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = { 0 };
	struct task *me = north_current, *t = box_child();

	d[0].permitted = d[0].effective = 1 << CAP_SETUID;
	EQ(north(SYS_capset, &h, d), 0);
	d[0].permitted |= 1 << CAP_KILL;
	EQ(north(SYS_capset, &h, d), -EPERM);
	d[0].permitted = 1 << CAP_SETUID;
	d[0].effective = 1 << CAP_KILL;
	EQ(north(SYS_capset, &h, d), -EPERM);
	EQ(north(SYS_setgid, 5), -EPERM);
	EQ(north(SYS_prctl, PR_CAPBSET_DROP, CAP_KILL), -EPERM);
	hosted_exit(t);
	hosted_become(me);
}

TEST(ambient_capabilities_need_both_sets)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = { 0 };
	struct task *me = north_current, *t = box_child();

	EQ(north(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL), -EPERM);
	d[0].permitted = d[0].effective = d[0].inheritable = 1 << CAP_KILL | 1 << CAP_SETPCAP;
	EQ(north(SYS_capset, &h, d), 0);
	EQ(north(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL), 0);
	EQ(north(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL), 1);
	EQ(north(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 64), -EINVAL);
	d[0].inheritable = 0;
	EQ(north(SYS_capset, &h, d), 0);
	EQ(north(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL), 0);
	EQ(north(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1), -EINVAL);
	EQ(north(SYS_prctl, PR_CAPBSET_DROP, CAP_KILL), 0);
	EQ(north(SYS_prctl, PR_CAPBSET_READ, CAP_KILL), 0);
	EQ(north(SYS_prctl, PR_CAPBSET_READ, CAP_CHOWN), 1);
	EQ(north(SYS_prctl, PR_CAPBSET_READ, 41), -EINVAL);
	hosted_exit(t);
	hosted_become(me);
}
