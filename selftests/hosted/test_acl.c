// SPDX-License-Identifier: GPL-2.0
/* POSIX access control lists: who may what, and what becomes of them. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/stat.h>
#include "test.h"

#define ACCESS "system.posix_acl_access"
#define DEFAULT "system.posix_acl_default"
#define DIR_ "/dev/shm/acl"
#define FILE_ DIR_ "/f"

struct list {
	u32 version;
	struct posix_acl_xattr_entry e[8];
};

#define SIZE(n) (4 + (n) * sizeof(struct posix_acl_xattr_entry))
#define E(tag, perm, id) { tag, perm, id }
#define NONE ((u32)-1)

/* user 5: rw, group 7: rwx, masked to r and w */
static const struct list six = { 2, {
	E(ACL_USER_OBJ, 7, NONE), E(ACL_USER, 6, 5), E(ACL_GROUP_OBJ, 5, NONE),
	E(ACL_GROUP, 7, 7), E(ACL_MASK, 6, NONE), E(ACL_OTHER, 1, NONE),
} };

static s64 set(const char *name, const struct list *l, u32 n)
{
	return north(SYS_setxattr, FILE_, name, l, SIZE(n), 0);
}

static u32 mode_of(const char *path)
{
	struct stat st = { 0 };

	EQ(north(SYS_stat, path, &st), 0);
	return st.st_mode & 07777;
}

/* What a user and a group may open @path for: 4 to read, 2 to write. */
static u32 rights(const char *path, u32 uid, u32 gid)
{
	static const int how[] = { O_RDONLY, O_WRONLY };
	u32 may = 0;

	north(SYS_setfsgid, gid);
	north(SYS_setfsuid, uid);
	for (u32 i = 0; i < 2; i++) {
		s64 fd = north(SYS_openat, AT_FDCWD, path, how[i], 0);

		if (fd >= 0) {
			may |= 4 >> i;
			EQ(north(SYS_close, fd), 0);
		} else {
			EQ(fd, -EACCES);
		}
	}
	north(SYS_setfsuid, 0);
	north(SYS_setfsgid, 0);
	return may;
}

static void begin(void)
{
	s64 fd;

	north(SYS_umask, 022);
	EQ(north(SYS_mkdir, DIR_, 0755), 0);
	fd = north(SYS_openat, AT_FDCWD, FILE_, O_RDWR | O_CREAT, 0644);
	OK(fd >= 0);
	EQ(north(SYS_close, fd), 0);
}

static void end(void)
{
	EQ(north(SYS_unlink, FILE_), 0);
	EQ(north(SYS_rmdir, DIR_), 0);
}

TEST(users_and_groups_of_a_list_have_what_it_says)
{
	struct list back;
	char names[64];

	begin();
	EQ(north(SYS_getxattr, FILE_, ACCESS, &back, sizeof(back)), -ENODATA);
	EQ(set(ACCESS, &six, 6), 0);
	EQ(mode_of(FILE_), 0761);
	EQ(north(SYS_getxattr, FILE_, ACCESS, NULL, 0), SIZE(6));
	EQ(north(SYS_getxattr, FILE_, ACCESS, &back, 8), -ERANGE);
	EQ(north(SYS_getxattr, FILE_, ACCESS, 8, SIZE(6)), -EFAULT);
	EQ(north(SYS_getxattr, FILE_, ACCESS, &back, sizeof(back)), SIZE(6));
	EQ(memcmp(&back, &six, SIZE(6)), 0);
	EQ(north(SYS_listxattr, FILE_, names, sizeof(names)), sizeof(ACCESS));
	STREQ(names, ACCESS);
	EQ(rights(FILE_, 5, 1), 6);
	EQ(rights(FILE_, 6, 1), 0);
	EQ(rights(FILE_, 6, 7), 6);
	EQ(rights(FILE_, 6, 0), 4);	/* its group: r-x */
	EQ(rights(FILE_, 0, 7), 6);
	/* The group's bits of a mode are the mask. */
	EQ(north(SYS_chmod, FILE_, 0740), 0);
	EQ(rights(FILE_, 5, 1), 4);
	EQ(rights(FILE_, 6, 7), 4);
	EQ(north(SYS_getxattr, FILE_, ACCESS, &back, sizeof(back)), SIZE(6));
	EQ(back.e[4].e_perm, 4);
	EQ(back.e[5].e_perm, 0);
	EQ(north(SYS_chmod, FILE_, 0700), 0);
	EQ(rights(FILE_, 5, 1), 0);
	EQ(north(SYS_removexattr, FILE_, ACCESS), 0);
	EQ(north(SYS_removexattr, FILE_, ACCESS), 0);
	EQ(north(SYS_getxattr, FILE_, ACCESS, NULL, 0), -ENODATA);
	end();
}

TEST(a_list_of_three_is_a_mode)
{
	struct list three = { 2, {
		E(ACL_USER_OBJ, 6, NONE), E(ACL_GROUP_OBJ, 4, NONE), E(ACL_OTHER, 0, NONE),
	} };

	begin();
	EQ(set(ACCESS, &six, 6), 0);
	EQ(set(ACCESS, &three, 3), 0);
	EQ(mode_of(FILE_), 0640);
	EQ(north(SYS_getxattr, FILE_, ACCESS, NULL, 0), -ENODATA);
	EQ(set(ACCESS, &six, 6), 0);
	EQ(set(ACCESS, &six, 0), 0);	/* no entries: no list */
	EQ(north(SYS_getxattr, FILE_, ACCESS, NULL, 0), -ENODATA);
	end();
}

TEST(what_is_no_list)
{
	struct list l;

	begin();
	EQ(north(SYS_setxattr, FILE_, ACCESS, &six, 3, 0), -EINVAL);
	EQ(north(SYS_setxattr, FILE_, ACCESS, &six, SIZE(6) - 1, 0), -EINVAL);
	EQ(set(DEFAULT, &six, 6), -EACCES);
	EQ(north(SYS_removexattr, FILE_, DEFAULT), 0);
	EQ(north(SYS_getxattr, FILE_, "system.posix_acl_accessX", &l, 8), -EOPNOTSUPP);
	for (u32 wrong = 0; wrong < 11; wrong++) {
		l = six;
		switch (wrong) {
		case 0: l.version = 1; break;
		case 1: l.e[0].e_perm = 8; break;
		case 2: l.e[1].e_id = NONE; break;
		case 3: l.e[4].e_tag = ACL_USER; break;
		case 4: l.e[5].e_tag = ACL_MASK; break;
		case 5: l.e[0].e_tag = ACL_GROUP_OBJ; break;
		case 6: l.e[1].e_tag = ACL_USER_OBJ; break;
		case 7: l.e[3].e_tag = ACL_GROUP_OBJ; break;
		case 8: l.e[2].e_tag = 0x40; break;
		case 9: l.e[4].e_tag = ACL_GROUP; break; /* named, without a mask */
		case 10: l.e[3].e_tag = ACL_OTHER; break;
		}
		EQ(set(ACCESS, &l, 6), wrong ? -EINVAL : -EOPNOTSUPP);
	}
	EQ(set(ACCESS, &six, 5), -EINVAL);
	north(SYS_setfsuid, 5);
	EQ(set(ACCESS, &six, 6), -EPERM);
	EQ(north(SYS_removexattr, FILE_, ACCESS), -EPERM);
	north(SYS_setfsuid, 0);
	EQ(north(SYS_symlink, "f", DIR_ "/l"), 0);
	EQ(north(SYS_lsetxattr, DIR_ "/l", ACCESS, &six, SIZE(6), 0), -EOPNOTSUPP);
	EQ(north(SYS_lgetxattr, DIR_ "/l", ACCESS, &l, sizeof(l)), -EOPNOTSUPP);
	EQ(north(SYS_getxattr, "/proc/version", ACCESS, &l, sizeof(l)), -EOPNOTSUPP);
	EQ(north(SYS_unlink, DIR_ "/l"), 0);
	end();
}

TEST(new_names_inherit)
{
	struct list back;
	s64 fd;

	begin();
	EQ(north(SYS_setxattr, DIR_, DEFAULT, &six, SIZE(6), 0), 0);
	EQ(mode_of(DIR_), 0755);
	/* The umask is of no account, the mode asked for is. */
	fd = north(SYS_openat, AT_FDCWD, DIR_ "/new", O_RDWR | O_CREAT, 0666);
	OK(fd >= 0);
	EQ(north(SYS_close, fd), 0);
	EQ(mode_of(DIR_ "/new"), 0660);
	EQ(north(SYS_getxattr, DIR_ "/new", ACCESS, &back, sizeof(back)), SIZE(6));
	EQ(back.e[0].e_perm, 6);
	EQ(back.e[4].e_perm, 6);
	EQ(back.e[5].e_perm, 0);
	EQ(north(SYS_getxattr, DIR_ "/new", DEFAULT, NULL, 0), -ENODATA);
	EQ(north(SYS_mkdir, DIR_ "/sub", 0777), 0);
	EQ(mode_of(DIR_ "/sub"), 0761);
	EQ(north(SYS_getxattr, DIR_ "/sub", DEFAULT, &back, sizeof(back)), SIZE(6));
	EQ(memcmp(&back, &six, SIZE(6)), 0);
	EQ(north(SYS_symlink, "f", DIR_ "/l"), 0);
	EQ(north(SYS_lgetxattr, DIR_ "/l", ACCESS, NULL, 0), -EOPNOTSUPP);
	fd = north(SYS_openat, AT_FDCWD, DIR_, O_TMPFILE | O_RDWR, 0622);
	OK(fd >= 0);
	EQ(north(SYS_fgetxattr, fd, ACCESS, &back, sizeof(back)), SIZE(6));
	EQ(back.e[4].e_perm, 2);
	EQ(north(SYS_close, fd), 0);
	EQ(north(SYS_removexattr, DIR_, DEFAULT), 0);
	EQ(north(SYS_mknodat, AT_FDCWD, DIR_ "/plain", S_IFIFO | 0666, 0), 0);
	EQ(mode_of(DIR_ "/plain"), 0644);
	EQ(north(SYS_unlink, DIR_ "/plain"), 0);
	EQ(north(SYS_unlink, DIR_ "/new"), 0);
	EQ(north(SYS_unlink, DIR_ "/l"), 0);
	EQ(north(SYS_rmdir, DIR_ "/sub"), 0);
	end();
}
