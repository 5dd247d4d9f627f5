// SPDX-License-Identifier: GPL-2.0
/* module/box/handle.c: what North may say of handles, and that each object is let go of once. */
#include "kernel_test.h"
#include "../../../module/box/handle.h"
#include "../../../module/south/poll.h"

struct shim_task *shim_current;
static unsigned int fail_after, polls_ended;

void lb_polls_end(struct lb_handle *h)
{
	polls_ended++;
}

/* The @fail_after'th allocation from now fails, and all after it; 0: none. */
static bool fails(void)
{
	if (fail_after > 1)
		fail_after--;
	return fail_after == 1;
}

void *shim_alloc(size_t size)
{
	return fails() ? NULL : calloc(1, size);
}

int shim_xa_alloc(struct xarray *xa, u32 *id, void *entry, u32 max)
{
	unsigned long i = xa->low;

	while (i < xa->size && xa->slot[i])
		i++;
	if (i > max)
		return -EBUSY;
	if (fails())
		return -ENOMEM;
	if (i == xa->size) {
		xa->size = i ? 2 * i : 16;
		xa->slot = realloc(xa->slot, xa->size * sizeof(*xa->slot));
		memset(xa->slot + i, 0, (xa->size - i) * sizeof(*xa->slot));
	}
	xa->slot[i] = entry;
	xa->low = i + 1;
	*id = (u32)i;
	return 0;
}

void *xa_load(struct xarray *xa, unsigned long id)
{
	return id < xa->size ? xa->slot[id] : NULL;
}

void *xa_erase(struct xarray *xa, unsigned long id)
{
	void *was = xa_load(xa, id);

	if (!was)
		return NULL;
	xa->slot[id] = NULL;
	if (id < xa->low)
		xa->low = id;
	return was;
}

void xa_destroy(struct xarray *xa)
{
	free(xa->slot);
	*xa = (struct xarray){ 0 };
}

static struct lb_box box;
static struct dentry folder = { 1, S_IFDIR }, regular = { 1, S_IFREG }, fifo = { 1, S_IFIFO };

static int place(struct dentry *d, bool writable)
{
	struct path p = { NULL, d };

	return lb_handle_add_place(&box, &p, writable, false);
}

TEST(a_handle_is_of_its_kind)
{
	struct lb_handle *h;
	int id = place(&folder, true);

	EQ(id, 0);
	EQ(folder.refs, 2);
	for (u32 kinds = 0; kinds < 16; kinds++) {
		h = lb_handle_get(&box, id, kinds);
		EQ(h != NULL, !!(kinds & LB_HANDLE_PLACE));
		if (h) {
			OK(h->writable);
			EQ(h->refs.n, 2);
			lb_handle_put(h);
		}
	}
	EQ(lb_handle_close(&box, id), 0);
	EQ(folder.refs, 1);
}

TEST(forged_and_stale_handles_are_none)
{
	static const s32 forged[] = { -1, -4096, (s32)0x80000000, 1, 17, 65535, 65536, 0x7fffffff };
	int id = place(&regular, false);

	EQ(id, 0);
	for (u32 i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		OK(!lb_handle_get(&box, forged[i], ~0u));
		EQ(lb_handle_close(&box, forged[i]), -EBADF);
	}
	EQ(lb_handle_close(&box, id), 0);
	EQ(lb_handle_close(&box, id), -EBADF);
	OK(!lb_handle_get(&box, id, ~0u));
	EQ(regular.refs, 1);
	EQ(box.nr_handles.n, 0);
}

TEST(an_object_outlives_its_number_while_it_is_used)
{
	int id = place(&folder, false), other;
	struct lb_handle *h = lb_handle_get(&box, id, ~0u);

	OK(h);
	EQ(lb_handle_close(&box, id), 0);
	EQ(folder.refs, 2);
	/* The number is free again, for another object. */
	other = place(&regular, false);
	EQ(other, id);
	OK(lb_handle_get(&box, id, ~0u) != h);
	lb_handle_put(h);
	EQ(folder.refs, 1);
	/* Of the second, the reference that was just taken. */
	h = lb_handle_get(&box, id, ~0u);
	lb_handle_put(h);
	lb_handle_put(h);
	EQ(lb_handle_close(&box, id), 0);
	EQ(regular.refs, 1);
}

TEST(only_folders_and_files_are_places)
{
	EQ(place(&fifo, true), -ENOTDIR);
	EQ(fifo.refs, 1);
	EQ(box.nr_handles.n, 0);
}

TEST(only_streams_are_streams)
{
	static const struct file_operations all = { &box, &box }, readable = { &box, NULL }, none;
	struct super_block sb = { 0 }, anon = { ANON_INODE_FS_MAGIC };
	static const struct {
		u32 type, mode;
		const struct file_operations *ops;
		bool anon;
		int err;
	} cases[] = {
		{ S_IFREG, FMODE_READ | FMODE_WRITE, &all },
		{ S_IFCHR, FMODE_READ, &readable },
		{ S_IFIFO, FMODE_WRITE, &all },
		{ S_IFSOCK, FMODE_READ | FMODE_WRITE, &all },
		{ S_IFREG, FMODE_READ | FMODE_WRITE, &readable, false, -EINVAL },
		{ S_IFREG, FMODE_READ, &none, false, -EINVAL },
		{ S_IFREG, FMODE_PATH, &all, false, -EINVAL },
		{ S_IFDIR, FMODE_READ, &all, false, -EINVAL },
		{ S_IFBLK, FMODE_READ, &all, false, -EINVAL },
		{ S_IFLNK, FMODE_READ, &all, false, -EINVAL },
		{ 0, FMODE_READ, &all, false, -EINVAL },
		{ S_IFREG, FMODE_READ, &all, true, -EINVAL },
	};

	for (u32 i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct inode inode = { cases[i].type, cases[i].anon ? &anon : &sb };
		struct file f = { 1, cases[i].mode, cases[i].ops, &inode, NULL };
		/* No more than both the file and who hands it in allow. */
		for (u32 mode = 0; mode < 4; mode++) {
			int id = lb_handle_add_stream(&box, &f, mode);
			struct lb_handle *h;

			EQ(id, cases[i].err);
			if (id < 0)
				continue;
			h = lb_handle_get(&box, id, LB_HANDLE_STREAM);
			OK(h);
			EQ(h->readable, !!(mode & cases[i].mode & FMODE_READ));
			EQ(h->writable, !!(mode & cases[i].mode & FMODE_WRITE));
			EQ(f.refs, 2);
			lb_handle_put(h);
			EQ(lb_handle_close(&box, id), 0);
		}
		EQ(f.refs, 1);
	}
}

TEST(handles_are_limited)
{
	for (int i = 0; i < LB_BOX_HANDLES; i++)
		EQ(place(&folder, false), i);
	EQ(place(&regular, false), -ENFILE);
	EQ(regular.refs, 1);
	EQ(lb_handle_close(&box, 4711), 0);
	EQ(place(&regular, false), 4711);
	lb_handles_destroy(&box);
	EQ(folder.refs, 1);
	EQ(regular.refs, 1);
	EQ(box.nr_handles.n, 0);
}

TEST(without_memory_nothing_is_kept)
{
	for (unsigned int n = 1; n <= 2; n++) {
		fail_after = n;
		EQ(place(&folder, false), -ENOMEM);
		fail_after = 0;
		EQ(folder.refs, 1);
		EQ(box.nr_handles.n, 0);
	}
}

TEST(the_end_lets_go_of_all)
{
	static const struct file_operations all = { &box, &box };
	struct super_block sb = { 0 };
	struct inode inode = { S_IFIFO, &sb };
	struct file f = { 1, FMODE_READ, &all, &inode, NULL };

	for (u32 i = 0; i < 100; i++) {
		OK(place(i & 1 ? &folder : &regular, true) >= 0);
		OK(lb_handle_add_stream(&box, &f, FMODE_READ) >= 0);
	}
	EQ(box.nr_handles.n, 200);
	EQ(f.refs, 101);
	polls_ended = 0;
	lb_handles_destroy(&box);
	EQ(box.nr_handles.n, 0);
	EQ(f.refs, 1);
	EQ(folder.refs, 1);
	EQ(regular.refs, 1);
	OK(polls_ended >= 200);
}
