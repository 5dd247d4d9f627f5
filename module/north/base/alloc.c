// SPDX-License-Identifier: GPL-2.0
/*
 * The allocator of the box's memory.
 *
 * Pages come from south_grow() and never go back; runs of free pages are kept
 * in bins by size and join their neighbours again. Blocks of up to
 * SMALL_MAX bytes are cut out of single pages, one size a page, whose header
 * lies at the beginning of the page: so a small block is never page-aligned
 * and a large one always is, and release() can tell them apart.
 *
 * What a page is for stands in a map beside the pages, two levels deep, so that
 * neither a large block nor a free run needs a header of its own.
 */
#include "base.h"

#define PAGE_SHIFT 12
#define SMALL_MAGIC 0x5ab1e5u
#define SMALL_MAX 2032u
#define LARGE_MAX 0xf0000000u
#define GROW_MIN (64u << 10)
#define GROW_MAX (1u << 20)

#define MAP_LEAF 1024u			/* pages that a leaf of the map describes */
#define MAP_ROOT 1024u			/* leaves: 4 GiB in all */
#define BINS 20u

/* A page's word in the map: its use, and in a run's first and last page the run's length. */
#define PG_NONE  0u			/* not ours, or inside a run */
#define PG_FREE  1u
#define PG_LARGE 2u
#define PG_SMALL 3u
#define PG_WORD(use, n) ((u32)(n) << 2 | (use))
#define PG_USE(w) ((w) & 3u)
#define PG_LEN(w) ((w) >> 2)

/* struct small_page - the header of a page of small blocks. */
struct small_page {
	struct list node;		/* on partial[class] while a block is free */
	void *free;			/* blocks given back, linked by their first word */
	u16 used, fresh;		/* handed out; offset of what was never handed out */
	u32 magic_class;		/* SMALL_MAGIC << 8 | class */
};
#define SMALL_HEADER 32u
_Static_assert(sizeof(struct small_page) <= SMALL_HEADER, "header of a small page");

static const u16 class_size[] = {
	16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 336, 400, 496, 672, 1008, 1344, 2032,
};
#define CLASSES ARRAY_SIZE(class_size)

/* The class of a size, by (size + 15) / 16. */
static const u8 class_of[SMALL_MAX / 16 + 1] = {
	0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 9, 10, 10, 11, 11,
	[17 ... 21] = 12, [22 ... 25] = 13, [26 ... 31] = 14, [32 ... 42] = 15,
	[43 ... 63] = 16, [64 ... 84] = 17, [85 ... 127] = 18,
};

/* All of it under heap_lock. */
static struct mutex heap_lock;
static uintptr heap_base;		/* what page numbers count from */
static u32 **heap_map;
static struct list partial[CLASSES];
static struct list bins[BINS];		/* free runs; the node lies in the run's first page */
static u32 bins_used;
static u32 grow_next = GROW_MIN;
static size_t used_bytes;

static inline u32 page_number(const void *p)
{
	return ((uintptr)p - heap_base) >> PAGE_SHIFT;
}

static inline void *page_address(u32 n)
{
	return (void *)(heap_base + ((uintptr)n << PAGE_SHIFT));
}

static inline u32 *page_word(u32 n)
{
	return &heap_map[n / MAP_LEAF][n % MAP_LEAF];
}

static inline u32 page_peek(u32 n)
{
	u32 leaf = n / MAP_LEAF;

	return leaf < MAP_ROOT && heap_map[leaf] ? heap_map[leaf][n % MAP_LEAF] : PG_NONE;
}

static inline u32 bin_of(u32 pages)
{
	u32 b = 31 - __builtin_clz(pages);

	return b < BINS ? b : BINS - 1;
}

static void run_mark(u32 n, u32 pages, u32 use)
{
	*page_word(n) = PG_WORD(use, pages);
	if (pages > 1)
		*page_word(n + pages - 1) = PG_WORD(use, pages);
}

static void run_insert(u32 n, u32 pages)
{
	u32 b = bin_of(pages);

	run_mark(n, pages, PG_FREE);
	list_add(page_address(n), &bins[b]);
	bins_used |= 1u << b;
}

static void run_unlink(u32 n, u32 pages)
{
	u32 b = bin_of(pages);

	list_del(page_address(n));
	if (list_empty(&bins[b]))
		bins_used &= ~(1u << b);
	*page_word(n) = PG_NONE;
	*page_word(n + pages - 1) = PG_NONE;
}

/* Gives pages back, joined with the free runs before and behind them. */
static void run_free(u32 n, u32 pages)
{
	u32 w = page_peek(n + pages);

	if (PG_USE(w) == PG_FREE) {
		run_unlink(n + pages, PG_LEN(w));
		pages += PG_LEN(w);
	}
	w = n ? page_peek(n - 1) : PG_NONE;
	if (PG_USE(w) == PG_FREE) {
		n -= PG_LEN(w);
		run_unlink(n, PG_LEN(w));
		pages += PG_LEN(w);
	}
	run_insert(n, pages);
}

/* The map's leaves for pages that were just grown are taken from those pages. */
static bool heap_add(uintptr start, u32 bytes)
{
	uintptr end = start + bytes;
	u32 n, last;

	if (!heap_map) {
		u32 root = ALIGN_UP((u32)(MAP_ROOT * sizeof(*heap_map)), PAGE_SIZE);

		if (bytes <= root)
			return false;
		heap_base = start;
		heap_map = (u32 **)start;
		start += root;
		for (n = 0; n < CLASSES; n++)
			list_init(&partial[n]);
		for (n = 0; n < BINS; n++)
			list_init(&bins[n]);
	}
	if (start < heap_base || ((end - 1 - heap_base) >> PAGE_SHIFT) / MAP_LEAF >= MAP_ROOT)
		return false;
	n = page_number((void *)start);
	last = page_number((void *)(end - 1));
	for (u32 leaf = n / MAP_LEAF; leaf <= last / MAP_LEAF; leaf++) {
		if (heap_map[leaf])
			continue;
		if (start >= end)
			return false;
		heap_map[leaf] = (u32 *)start;
		start += MAP_LEAF * sizeof(u32);
	}
	if (start < end)
		run_free(page_number((void *)start), (end - start) >> PAGE_SHIFT);
	return true;
}

static bool heap_grow(u32 pages)
{
	/* Room for the map beside what is asked for. */
	u64 need = ((u64)pages << PAGE_SHIFT) + ((u64)pages / MAP_LEAF + 4) * PAGE_SIZE;
	u32 bytes;
	void *p;

	bytes = max((u32)need, grow_next);
	p = south_grow(&bytes);
	if (!p && bytes > need) {
		bytes = need;
		p = south_grow(&bytes);
	}
	if (!p)
		return false;
	if (grow_next < GROW_MAX)
		grow_next *= 2;
	return heap_add((uintptr)p, bytes & ~(PAGE_SIZE - 1));
}

static struct list *bin_find(u32 pages)
{
	u32 b = bin_of(pages);
	struct list *node;
	u32 larger;

	if (bins_used & 1u << b) {
		for (node = bins[b].next; node != &bins[b]; node = node->next)
			if (PG_LEN(*page_word(page_number(node))) >= pages)
				return node;
	}
	larger = bins_used & ~((2u << b) - 1);
	return larger ? bins[__builtin_ctz(larger)].next : NULL;
}

/* @pages contiguous pages, marked as @use, not zeroed. */
static void *run_alloc(u32 pages, u32 use)
{
	struct list *node = bin_find(pages);
	u32 n, have;

	if (!node) {
		if (!heap_grow(pages))
			return NULL;
		node = bin_find(pages);
		if (!node)
			return NULL;
	}
	n = page_number(node);
	have = PG_LEN(*page_word(n));
	run_unlink(n, have);
	if (have > pages)
		run_insert(n + pages, have - pages);
	run_mark(n, pages, use);
	return page_address(n);
}

static struct small_page *small_page_new(u32 class)
{
	struct small_page *page = run_alloc(1, PG_SMALL);

	if (!page)
		return NULL;
	page->free = NULL;
	page->used = 0;
	page->fresh = SMALL_HEADER;
	page->magic_class = SMALL_MAGIC << 8 | class;
	list_add(&page->node, &partial[class]);
	return page;
}

static inline struct small_page *small_page_of(void *p)
{
	struct small_page *page = (void *)((uintptr)p & ~(uintptr)(PAGE_SIZE - 1));

	BUG_ON(page->magic_class >> 8 != SMALL_MAGIC);
	return page;
}

static inline u32 small_size(const struct small_page *page)
{
	return class_size[page->magic_class & 0xff];
}

static inline bool small_full(const struct small_page *page, u32 size)
{
	return !page->free && page->fresh + size > PAGE_SIZE;
}

static void *small_alloc(u32 class)
{
	u32 size = class_size[class];
	struct small_page *page;
	void *p = NULL;

	lock(&heap_lock);
	if (likely(partial[class].next && !list_empty(&partial[class])))
		page = list_first(&partial[class], struct small_page, node);
	else
		page = small_page_new(class);
	if (likely(page)) {
		p = page->free;
		if (p) {
			page->free = *(void **)p;
		} else {
			p = (char *)page + page->fresh;
			page->fresh += size;
		}
		page->used++;
		if (small_full(page, size))
			list_del(&page->node);
		used_bytes += size;
	}
	unlock(&heap_lock);
	if (likely(p))
		memset(p, 0, size);
	return p;
}

static void small_release(void *p)
{
	struct small_page *page;
	u32 size;

	lock(&heap_lock);
	page = small_page_of(p);
	size = small_size(page);
	if (list_empty(&page->node))
		list_add(&page->node, &partial[page->magic_class & 0xff]);
	*(void **)p = page->free;
	page->free = p;
	used_bytes -= size;
	BUG_ON(!page->used);
	/* One empty page a class is kept, so that a single block doesn't move a page each time. */
	if (!--page->used && page->node.next != page->node.prev) {
		list_del(&page->node);
		page->magic_class = 0;
		run_free(page_number(page), 1);
	}
	unlock(&heap_lock);
}

static u32 large_pages(void *p)
{
	u32 w = page_peek(page_number(p));

	BUG_ON(PG_USE(w) != PG_LARGE);
	return PG_LEN(w);
}

void *alloc(size_t size)
{
	u64 pages;
	void *p;

	if (likely(size <= SMALL_MAX))
		return small_alloc(class_of[(size + 15) / 16]);
	pages = ((u64)size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	if (size > LARGE_MAX)
		return NULL;
	lock(&heap_lock);
	p = run_alloc(pages, PG_LARGE);
	if (p)
		used_bytes += pages << PAGE_SHIFT;
	unlock(&heap_lock);
	if (p)
		memset(p, 0, pages << PAGE_SHIFT);
	return p;
}

void release(void *p)
{
	u32 pages;

	if (!p)
		return;
	if ((uintptr)p & (PAGE_SIZE - 1)) {
		small_release(p);
		return;
	}
	lock(&heap_lock);
	pages = large_pages(p);
	used_bytes -= (size_t)pages << PAGE_SHIFT;
	*page_word(page_number(p) + pages - 1) = PG_NONE;
	*page_word(page_number(p)) = PG_NONE;
	run_free(page_number(p), pages);
	unlock(&heap_lock);
}

/* Shrinks or grows a large block where it is; false if it has to move. */
static bool large_resize(void *p, u32 pages)
{
	u32 n = page_number(p), have, w;
	bool done = true;

	lock(&heap_lock);
	have = large_pages(p);
	if (pages > have) {
		w = page_peek(n + have);
		if (PG_USE(w) == PG_FREE && have + PG_LEN(w) >= pages) {
			run_unlink(n + have, PG_LEN(w));
			if (have + PG_LEN(w) > pages)
				run_insert(n + pages, have + PG_LEN(w) - pages);
		} else {
			done = false;
		}
	}
	if (done && pages != have) {
		*page_word(n + have - 1) = PG_NONE;
		run_mark(n, pages, PG_LARGE);
		if (pages < have)
			run_free(n + pages, have - pages);
		used_bytes += ((size_t)pages - have) << PAGE_SHIFT;
	}
	unlock(&heap_lock);
	if (done && pages > have)
		memset((char *)p + ((size_t)have << PAGE_SHIFT), 0,
		       (size_t)(pages - have) << PAGE_SHIFT);
	return done;
}

void *resize(void *p, size_t size)
{
	u64 pages = ((u64)size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	size_t have;
	void *q;

	if (!p)
		return alloc(size);
	if ((uintptr)p & (PAGE_SIZE - 1)) {
		have = small_size(small_page_of(p));
		if (size <= have && (have <= 64 || size > have / 2)) {
			memset((char *)p + size, 0, have - size);
			return p;
		}
	} else {
		have = (size_t)large_pages(p) << PAGE_SHIFT;
		if (size > LARGE_MAX)
			return NULL;
		if (size > SMALL_MAX && large_resize(p, pages)) {
			memset((char *)p + size, 0, (pages << PAGE_SHIFT) - size);
			return p;
		}
	}
	q = alloc(size);
	if (!q)
		return NULL;
	memcpy(q, p, min(have, size));
	release(p);
	return q;
}

size_t alloc_used(void)
{
	return used_bytes;
}
