// SPDX-License-Identifier: GPL-2.0
/* mount, umount2, pivot_root, statmount and listmount. The native side has a namespace of its own. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include "both.h"

#define SYS_statmount_ 457
#define SYS_listmount_ 458
#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000
#endif

static char buf[1 << 14] __attribute__((aligned(8)));
static const char *top;

struct request {
	unsigned int size, ns_fd;
	unsigned long long id, param, ns_id;
};

struct facts {
	unsigned int size, mnt_opts;
	unsigned long long mask;
	unsigned int dev_major, dev_minor;
	unsigned long long magic;
	unsigned int sb_flags, fs_type;
	unsigned long long id, parent_id;
	unsigned int id_old, parent_id_old;
	unsigned long long attr, propagation, peer_group, master, propagate_from;
	unsigned int mnt_root, mnt_point;
	unsigned long long ns_id, spare[49];
	char text[1024];
};

static int may_mount;

static void enter(void)
{
	static char native[] = "/tmp/north-mount-XXXXXX";

	if (native_side) {
		strcpy(native, "/tmp/north-mount-XXXXXX");
		if (!mkdtemp(native))
			abort();
		top = native;
	} else {
		top = "/dev/shm/mounts";
		call(SYS_mkdir, top, 0700);
	}
	OK(!call(SYS_mount, "top", top, "tmpfs", 0, "mode=755"));
	OK(!call(SYS_mount, NULL, top, NULL, MS_PRIVATE, NULL));
	OK(!call(SYS_chdir, top));
}

static void leave(void)
{
	OK(!call(SYS_chdir, "/"));
	OK(!call(SYS_umount2, top, MNT_DETACH));
	OK(!call(SYS_rmdir, top));
}

static void file(const char *path)
{
	long long fd = call(SYS_openat, AT_FDCWD, path, O_CREAT | O_RDWR, 0600);

	NEW(fd);
	call(SYS_close, fd);
}

static unsigned long long mount_id(const char *path)
{
	struct statx stx = { 0 };

	SEE(call(SYS_statx, AT_FDCWD, path, 0, STATX_MNT_ID_UNIQUE, &stx));
	return stx.stx_mnt_id;
}

static void facts_of(const char *path)
{
	struct request r = { 24, 0, mount_id(path), 0x3b, 0 };
	struct facts f = { 0 };
	struct statfs st;

	SEE(call(SYS_statmount_, &r, &f, sizeof(f), 0));
	SEE(f.mask);
	SEE(f.magic);
	SEE(f.sb_flags);
	SEE(f.attr);
	SEE(f.propagation);
	SEE(f.peer_group != 0);
	SEE(f.master != 0);
	BYTES(f.text + f.fs_type, strlen(f.text + f.fs_type));
	BYTES(f.text + f.mnt_root, strlen(f.text + f.mnt_root));
	SEE(!strncmp(f.text + f.mnt_point, top, strlen(top)));
	SEE(call(SYS_statfs, path, &st));
	SEE(st.f_flags);
}

static void making(void)
{
	struct stat st;

	enter();
	facts_of(".");
	SEE(call(SYS_mkdir, "a", 0700));
	SEE(call(SYS_mkdir, "b", 0700));
	file("f");
	SEE(call(SYS_mount, "x", "a", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0750,uid=5,gid=6,size=10%,nr_inodes=3"));
	SEE(call(SYS_stat, "a", &st));
	SEE(st.st_mode);
	SEE(st.st_uid);
	SEE(st.st_gid);
	facts_of("a");
	file("a/one");
	file("a/two");
	SEE(call(SYS_openat, AT_FDCWD, "a/three", O_CREAT | O_RDWR, 0600));
	SEE(call(SYS_mount, "x", "a", "tmpfs", 0, "what=5"));
	SEE(call(SYS_mount, "x", "a", "tmpfs", 0, "size=x"));
	SEE(call(SYS_mount, "x", "a", "tmpfs", 0, "mode=9"));
	SEE(call(SYS_mount, "x", "a", "tmpfs", 0, "uid=-1"));
	SEE(call(SYS_mount, "x", "f", "tmpfs", 0, NULL));
	SEE(call(SYS_mount, "x", "none", "tmpfs", 0, NULL));
	SEE(call(SYS_mount, "x", "a", NULL, 0, NULL));
	SEE(call(SYS_mount, "x", "a", "", 0, NULL));
	SEE(call(SYS_mount, "x", "a", "nofs", 0, NULL));
	SEE(call(SYS_mount, "x", "a", (void *)8, 0, NULL));
	SEE(call(SYS_mount, "x", "a", "tmpfs", 0, (void *)8));
	SEE(call(SYS_mount, "x", "a", "tmpfs", 1ul << 31, NULL));
	SEE(call(SYS_umount2, "a", 0x100));
	SEE(call(SYS_umount2, "b", 0));
	SEE(call(SYS_umount2, "none", 0));
	SEE(call(SYS_umount2, "f", 0));
	SEE(call(SYS_umount2, "a", 0));
	SEE(call(SYS_umount2, "a", 0));
	SEE(call(SYS_mount, "x", "a", "tmpfs", MS_NOATIME | MS_NODIRATIME | MS_NOSYMFOLLOW, NULL));
	facts_of("a");
	SEE(call(SYS_symlink, "x", "a/l"));
	file("a/x");
	SEE(call(SYS_openat, AT_FDCWD, "a/l", O_RDONLY));
	SEE(call(SYS_mount, "x", "a", "tmpfs", MS_REMOUNT | MS_STRICTATIME, NULL));
	facts_of("a");
	SEE(call(SYS_mount, "x", "a", "tmpfs", MS_REMOUNT | MS_NOEXEC, NULL));
	facts_of("a");
	SEE(call(SYS_umount2, "a", 0));
	leave();
}

TEST(file_systems_are_made_with_their_options)
{
	if (may_mount)
		BOTH(making());
}

static void readonly(void)
{
	long long fd;

	enter();
	SEE(call(SYS_mkdir, "a", 0700));
	SEE(call(SYS_mkdir, "b", 0700));
	file("a/f");
	SEE(call(SYS_mount, "a", "b", NULL, MS_BIND | MS_RDONLY, NULL));
	facts_of("b");
	file("b/g");
	fd = call(SYS_openat, AT_FDCWD, "b/f", O_RDWR);
	SEE(call(SYS_mount, NULL, "b", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
	call(SYS_close, fd);
	SEE(call(SYS_mount, NULL, "b", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
	facts_of("b");
	SEE(call(SYS_openat, AT_FDCWD, "b/f", O_RDWR));
	SEE(call(SYS_unlink, "b/f"));
	SEE(call(SYS_unlink, "a/g"));
	SEE(call(SYS_mount, NULL, "b", NULL, MS_REMOUNT | MS_BIND, NULL));
	fd = call(SYS_openat, AT_FDCWD, "f", O_RDWR | O_CREAT, 0600);
	SEE(call(SYS_mount, NULL, ".", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	call(SYS_close, fd);
	SEE(call(SYS_mount, NULL, ".", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	SEE(call(SYS_unlink, "b/f"));
	SEE(call(SYS_mkdir, "x", 0700));
	facts_of(".");
	SEE(call(SYS_mount, NULL, ".", NULL, MS_REMOUNT, NULL));
	SEE(call(SYS_mount, NULL, "a", NULL, MS_REMOUNT, NULL));
	SEE(call(SYS_unlink, "b/f"));
	SEE(call(SYS_umount2, "b", 0));
	leave();
}

TEST(read_only_again_and_back)
{
	if (may_mount)
		BOTH(readonly());
}

static void trees(void)
{
	enter();
	SEE(call(SYS_mkdir, "a", 0700));
	SEE(call(SYS_mkdir, "b", 0700));
	SEE(call(SYS_mkdir, "c", 0700));
	SEE(call(SYS_mkdir, "a/m", 0700));
	file("file");
	SEE(call(SYS_mount, "x", "a/m", "tmpfs", 0, NULL));
	SEE(call(SYS_mkdir, "a/m/n", 0700));
	SEE(call(SYS_mount, "y", "a/m/n", "tmpfs", 0, NULL));
	file("a/m/n/deep");
	SEE(call(SYS_mount, "a", "b", NULL, MS_BIND, NULL));
	SEE(call(SYS_access, "b/m/n", 0));
	SEE(call(SYS_mount, "a", "c", NULL, MS_BIND | MS_REC, NULL));
	SEE(call(SYS_access, "c/m/n/deep", 0));
	facts_of("c");
	facts_of("c/m/n");
	SEE(call(SYS_umount2, "c", 0));
	SEE(call(SYS_umount2, "c/m", 0));
	SEE(call(SYS_umount2, "c", MNT_DETACH));
	SEE(call(SYS_access, "c/m", 0));
	SEE(call(SYS_mount, "a", "file", NULL, MS_BIND, NULL));
	SEE(call(SYS_mount, "file", "c", NULL, MS_BIND, NULL));
	SEE(call(SYS_mount, "", "c", NULL, MS_BIND, NULL));
	SEE(call(SYS_mount, NULL, "c", NULL, MS_BIND, NULL));
	SEE(call(SYS_mount, "nothing", "c", NULL, MS_BIND, NULL));
	/* Moving. */
	SEE(call(SYS_mount, "a/m", "c", NULL, MS_MOVE, NULL));
	SEE(call(SYS_access, "a/m/n", 0));
	SEE(call(SYS_access, "c/n/deep", 0));
	SEE(call(SYS_mount, "c", "c/n", NULL, MS_MOVE, NULL));
	SEE(call(SYS_mount, "c", "file", NULL, MS_MOVE, NULL));
	SEE(call(SYS_mount, "a", "b", NULL, MS_MOVE, NULL));
	SEE(call(SYS_mount, "c", "a/m", NULL, MS_MOVE, NULL));
	SEE(call(SYS_access, "a/m/n/deep", 0));
	/* Detached with what was moved onto it. */
	SEE(call(SYS_mount, "b", "c", NULL, MS_MOVE, NULL));
	SEE(call(SYS_umount2, "c", 0));
	SEE(call(SYS_mount, "a/m/n", "c", NULL, MS_BIND, NULL));
	SEE(call(SYS_mount, "a/m", "c", NULL, MS_MOVE, NULL));
	SEE(call(SYS_umount2, "c", MNT_DETACH));
	SEE(call(SYS_access, "c/deep", 0));
	SEE(call(SYS_umount2, "c", 0));
	SEE(call(SYS_umount2, "c", 0));
	leave();
}

TEST(trees_are_copied_moved_and_detached)
{
	if (may_mount)
		BOTH(trees());
}

static void kinds(void)
{
	enter();
	SEE(call(SYS_mkdir, "a", 0700));
	SEE(call(SYS_mkdir, "b", 0700));
	SEE(call(SYS_mkdir, "c", 0700));
	SEE(call(SYS_mount, "x", "a", "tmpfs", 0, NULL));
	SEE(call(SYS_mount, NULL, "a", NULL, MS_SHARED, NULL));
	facts_of("a");
	SEE(call(SYS_mount, "a", "b", NULL, MS_BIND, NULL));
	facts_of("b");
	SEE(call(SYS_mount, NULL, "b", NULL, MS_SLAVE, NULL));
	facts_of("b");
	SEE(call(SYS_mount, "b", "c", NULL, MS_BIND, NULL));
	facts_of("c");
	SEE(call(SYS_mount, NULL, "c", NULL, MS_SHARED, NULL));
	facts_of("c");
	SEE(call(SYS_mount, NULL, "b", NULL, MS_UNBINDABLE, NULL));
	facts_of("b");
	SEE(call(SYS_umount2, "c", 0));
	SEE(call(SYS_mount, "b", "c", NULL, MS_BIND, NULL));
	SEE(call(SYS_mount, NULL, "b", NULL, MS_PRIVATE | MS_SLAVE, NULL));
	SEE(call(SYS_mount, NULL, "b", NULL, MS_PRIVATE | MS_RDONLY, NULL));
	SEE(call(SYS_mount, NULL, "c", NULL, MS_PRIVATE, NULL));
	SEE(call(SYS_mount, NULL, "a", NULL, MS_PRIVATE | MS_REC, NULL));
	facts_of("a");
	SEE(call(SYS_mount, NULL, "a", NULL, MS_SLAVE, NULL));
	facts_of("a");
	SEE(call(SYS_mkdir, "a/in", 0700));
	SEE(call(SYS_mount, NULL, "a", NULL, MS_SHARED, NULL));
	SEE(call(SYS_mount, "y", "a/in", "tmpfs", 0, NULL));
	facts_of("a/in");
	SEE(call(SYS_mount, "a/in", "c", NULL, MS_MOVE, NULL));
	SEE(call(SYS_mount, NULL, "a", NULL, MS_PRIVATE, NULL));
	SEE(call(SYS_mount, "a/in", "c", NULL, MS_MOVE, NULL));
	SEE(call(SYS_umount2, "c", 0));
	SEE(call(SYS_umount2, "b", 0));
	SEE(call(SYS_umount2, "a", 0));
	leave();
}

TEST(kinds_of_propagation_are_kept)
{
	if (may_mount)
		BOTH(kinds());
}

static void expiring(void)
{
	long long fd;

	enter();
	SEE(call(SYS_mkdir, "a", 0700));
	SEE(call(SYS_mount, "x", "a", "tmpfs", 0, NULL));
	fd = call(SYS_openat, AT_FDCWD, "a", O_RDONLY);
	SEE(call(SYS_umount2, "a", MNT_EXPIRE));
	call(SYS_close, fd);
	SEE(call(SYS_umount2, "a", MNT_EXPIRE | MNT_DETACH));
	SEE(call(SYS_umount2, "a", MNT_EXPIRE));
	fd = call(SYS_openat, AT_FDCWD, "a", O_RDONLY);
	call(SYS_close, fd);
	SEE(call(SYS_umount2, "a", MNT_EXPIRE));
	SEE(call(SYS_umount2, "a", MNT_EXPIRE));
	SEE(call(SYS_umount2, "a", MNT_EXPIRE));
	leave();
}

TEST(what_is_not_used_expires)
{
	if (may_mount)
		BOTH(expiring());
}

static void asking(void)
{
	struct request r = { 24, 0, 0, 1, 0 }, root = { 24, 0, ~0ull, 0, 0 };
	unsigned long long ids[4], here;
	struct facts f;

	enter();
	here = mount_id(".");
	SEE(call(SYS_mkdir, "a", 0700));
	SEE(call(SYS_mkdir, "b", 0700));
	SEE(call(SYS_mount, "x", "a", "tmpfs", 0, NULL));
	SEE(call(SYS_mount, "x", "b", "tmpfs", 0, NULL));
	r.id = here;
	SEE(call(SYS_listmount_, &r, ids, 4, 0));
	r.param = 0;
	SEE(call(SYS_listmount_, &r, ids, 4, 0));
	SEE(ids[0] == mount_id("a"));
	SEE(ids[1] == mount_id("b"));
	r.param = ids[0];
	SEE(call(SYS_listmount_, &r, ids, 4, 0));
	SEE(ids[0] == mount_id("b"));
	r.param = 0;
	SEE(call(SYS_listmount_, &r, ids, 1, 1));
	SEE(ids[0] == mount_id("b"));
	SEE(call(SYS_listmount_, &r, ids, 1, 2));
	SEE(call(SYS_listmount_, &r, ids, 2000000, 0));
	SEE(call(SYS_listmount_, &r, (void *)8, 4, 0));
	SEE(call(SYS_listmount_, (void *)8, ids, 4, 0));
	SEE(call(SYS_listmount_, &root, ids, 1, 0));
	r.id = 5;
	SEE(call(SYS_listmount_, &r, ids, 4, 0));
	SEE(call(SYS_statmount_, &r, &f, sizeof(f), 0));
	r.id = 1ull << 60;
	SEE(call(SYS_listmount_, &r, ids, 4, 0));
	SEE(call(SYS_statmount_, &r, &f, sizeof(f), 0));
	r.id = here;
	r.param = 1;
	SEE(call(SYS_statmount_, &r, &f, sizeof(f), 1));
	SEE(call(SYS_statmount_, &r, &f, 8, 0));
	SEE(f.size);
	r.param = 0x3b;
	SEE(call(SYS_statmount_, &r, &f, 512, 0));
	SEE(call(SYS_statmount_, &r, &f, 514, 0));
	SEE(call(SYS_statmount_, &r, (void *)8, 1024, 0));
	r.size = 20;
	SEE(call(SYS_statmount_, &r, &f, 1024, 0));
	r.size = 5000;
	SEE(call(SYS_statmount_, &r, &f, 1024, 0));
	leave();
}

TEST(mounts_are_asked_about)
{
	if (may_mount)
		BOTH(asking());
}

/* What the native side is in a chroot for, or hasn't the right kind of root for. */
TEST(the_root_is_changed_and_changed_back)
{
	native_side = 0;
	enter();
	EQ(north(SYS_mkdir, "put", 0700), 0);
	file("here");
	EQ(north(SYS_pivot_root, ".", "none"), -ENOENT);
	EQ(north(SYS_pivot_root, ".", "here"), -ENOTDIR);
	EQ(north(SYS_pivot_root, "put", "put"), -EINVAL);
	EQ(north(SYS_pivot_root, ".", "/dev/shm"), -EINVAL);
	EQ(north(SYS_pivot_root, "/", "put"), -EBUSY);
	EQ(north(SYS_pivot_root, ".", "put"), 0);
	EQ(north(SYS_access, "/here", 0), 0);
	EQ(north(SYS_access, "/put/dev/null", 0), 0);
	EQ(north(SYS_access, "/dev/null", 0), -ENOENT);
	EQ(north(SYS_getcwd, buf, sizeof(buf)), 2);
	EQ(north(SYS_umount2, "/put", 0), -EBUSY);
	EQ(north(SYS_umount2, "/", 0), -EBUSY);
	EQ(north(SYS_pivot_root, "/put", "/put/dev/shm/mounts"), 0);
	EQ(north(SYS_access, "/dev/shm/mounts/here", 0), 0);
	EQ(north(SYS_chdir, "/dev/shm/mounts"), 0);
	/* Onto itself: what was the root lies on top of it. */
	EQ(north(SYS_pivot_root, ".", "."), 0);
	EQ(north(SYS_access, "/here", 0), 0);
	EQ(north(SYS_chdir, "/"), 0);
	EQ(north(SYS_mkdir, "/put/x", 0700), 0);
	EQ(north(SYS_rmdir, "/put/x"), 0);
}

static int grant(void)
{
	return !unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

__attribute__((constructor)) static void ask(void)
{
	may_mount = grant();
	if (!may_mount)
		printf("# no mount namespace here: nothing is compared\n");
}
