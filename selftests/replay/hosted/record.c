// SPDX-License-Identifier: GPL-2.0
/* The file of a record, checked as a whole before anything of it is used. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "replay.h"

const struct lb_record_event *record_at;

static const struct lb_record_event *first;
static u64 *refused;
static size_t nr_refused;

const void *record_data(const struct lb_record_event *e)
{
	return e + 1;
}

const struct lb_record_event *record_behind(const struct lb_record_event *e)
{
	return (const void *)((const char *)(e + 1) + LB_RECORD_PAD(e->len));
}

u64 record_number(const struct lb_record_event *e)
{
	u64 n = 0;

	for (const struct lb_record_event *at = first; at != e; at = record_behind(at))
		n++;
	return n;
}

int record_refuses(u64 call)
{
	for (size_t i = 0; i < nr_refused; i++)
		if (refused[i] == call)
			return 1;
	return 0;
}

/* Where the blocks of @e begin, or NULL if it has none. */
static const struct lb_record_block *blocks(const struct lb_record_event *e)
{
	if (e->kind == LB_RECORD_CALL)
		return (const void *)((const char *)(e + 1) + LB_RECORD_ARGS * sizeof(u64));
	return e->kind == LB_RECORD_RETURN ? (const void *)(e + 1) : NULL;
}

static const struct lb_record_block *block_behind(const struct lb_record_block *b)
{
	return (const void *)((const char *)(b + 1) + LB_RECORD_PAD(b->len));
}

const struct lb_record_block *record_block(const struct lb_record_event *e, u32 arg)
{
	const char *end = (const char *)(e + 1) + e->len;
	const struct lb_record_block *b;

	for (b = blocks(e); b && (const char *)b < end; b = block_behind(b))
		if (b->arg == arg)
			return b;
	return NULL;
}

static int blocks_whole(const struct lb_record_event *e)
{
	const char *end = (const char *)(e + 1) + e->len;
	const struct lb_record_block *b = blocks(e);

	while (b && (const char *)b < end) {
		if ((size_t)(end - (const char *)b) < sizeof(*b) || b->arg >= LB_RECORD_ARGS ||
		    LB_RECORD_PAD((u64)b->len) > (u64)(end - (const char *)(b + 1)))
			return 0;
		b = block_behind(b);
	}
	return !b || (const char *)b == end;
}

/* How many bytes there must be behind an event of this kind, at least. */
static const u32 least[LB_NR_RECORDS] = {
	[LB_RECORD_ENTER] = LB_RECORD_ARGS * sizeof(u64),
	[LB_RECORD_CALL] = LB_RECORD_ARGS * sizeof(u64),
	[LB_RECORD_IDS] = 2 * sizeof(s32),
};

static int whole(const struct lb_record_event *e, size_t room)
{
	if (room < sizeof(*e) || LB_RECORD_PAD((u64)e->len) > room - sizeof(*e) ||
	    e->kind >= LB_NR_RECORDS || e->len < least[e->kind])
		return 0;
	if ((e->kind == LB_RECORD_CALL || e->kind == LB_RECORD_RETURN) &&
	    e->nr >= lb_record_nr_imports)
		return 0;
	if ((e->kind == LB_RECORD_ENTER || e->kind == LB_RECORD_LEAVE) && e->nr >= LB_NR_ENTRIES)
		return 0;
	return blocks_whole(e);
}

static int same_imports(const struct lb_record_event *e)
{
	const char *at = record_data(e), *end = at + e->len;

	for (u32 i = 0; i < lb_record_nr_imports; i++) {
		size_t n = strlen(lb_record_imports[i].name);

		if ((size_t)(end - at) < n + 1 || *at != ' ' ||
		    memcmp(at + 1, lb_record_imports[i].name, n))
			return 0;
		at += n + 1;
	}
	return at == end;
}

static void refuse(u64 call)
{
	refused = realloc(refused, (nr_refused + 1) * sizeof(*refused));
	if (!refused)
		replay_fail("no memory");
	refused[nr_refused++] = call;
}

void record_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const struct lb_record_event *e;
	struct stat st;
	const char *end;

	if (fd < 0 || fstat(fd, &st))
		replay_fail("%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size < (off_t)sizeof(*e))
		replay_fail("%s: not a record", path);
	first = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (first == MAP_FAILED)
		replay_fail("%s: %s", path, strerror(errno));
	close(fd);
	end = (const char *)first + st.st_size;
	if (first->kind != LB_RECORD_START || first->value != LB_RECORD_MAGIC ||
	    !whole(first, st.st_size))
		replay_fail("%s: not a record", path);
	if (!same_imports(first))
		replay_fail("%s: made by a litebox.ko with another South", path);
	for (e = first; ; e = record_behind(e)) {
		if (!whole(e, end - (const char *)e))
			replay_fail("%s: ends in the middle, or is damaged at byte %zu", path,
				    (size_t)((const char *)e - (const char *)first));
		if (e->kind == LB_RECORD_REFUSED)
			refuse(e->value);
		if (e->kind == LB_RECORD_END)
			break;
	}
	record_at = record_behind(first);
}
