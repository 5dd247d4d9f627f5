// SPDX-License-Identifier: GPL-2.0
/*
 * Linear memory of a box: a power of two of pages, mapped in one piece.
 *
 * Growing doubles it: the old pages and as many new ones are mapped a second
 * time, and the old mapping stays. A task that runs North on the old view still
 * sees the same pages; it can't know of the new ones before it took a lock, and
 * once it has that, it gets the new view (lb_view_refresh()). So nobody has to be
 * stopped. Old mappings cost page tables only.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/log2.h>
#include "instance.h"

static_assert(LB_MEMORY_GUARD <= PAGE_SIZE);

struct lb_memory {
	struct mutex lock;		/* growing; innermost but for the allocator's */
	struct page **pages;		/* nr_pages and the guard page behind them */
	u32 nr_pages, max_pages;
	u32 used;			/* bytes given to North by lb_memory_grow */
	struct lb_views views;
};

/* __heap_base of North: what its linker laid out ends here. */
static u32 lb_memory_static;

/*
 * Maps @want pages, of which all behind nr_pages are new, and the guard. Leaves all as
 * it was on failure.
 */
static int lb_memory_extend(struct lb_memory *m, u32 want)
{
	struct page **pages, *guard = m->pages ? m->pages[m->nr_pages] : NULL;
	u32 i;
	void *map;

	if (m->views.nr == LB_MEMORY_VIEWS)
		return -ENOMEM;
	pages = kvmalloc_array(want + 1, sizeof(*pages), GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!pages)
		return -ENOMEM;
	if (m->nr_pages)
		memcpy(pages, m->pages, m->nr_pages * sizeof(*pages));
	for (i = m->nr_pages; i < want; i++) {
		pages[i] = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN);
		if (!pages[i])
			goto undo;
	}
	if (!guard)
		guard = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN);
	pages[want] = guard;
	if (!guard)
		goto undo;
	map = vmap(pages, want + 1, VM_MAP, PAGE_KERNEL);
	if (!map) {
		if (!m->pages)
			__free_page(guard);
		goto undo;
	}
	kvfree(m->pages);
	m->pages = pages;
	m->nr_pages = want;
	m->views.view[m->views.nr] = (wasm_rt_memory_t){ map, ((u64)want << PAGE_SHIFT) - 1 };
	/* Pairs with the reading in lb_view_refresh(). */
	smp_store_release(&m->views.nr, m->views.nr + 1);
	return 0;
undo:
	while (i-- > m->nr_pages)
		__free_page(pages[i]);
	kvfree(pages);
	return -ENOMEM;
}

struct lb_memory *lb_memory_new(u64 max)
{
	struct lb_memory *m = kzalloc(sizeof(*m), GFP_KERNEL_ACCOUNT);
	int err;

	if (!m)
		return NULL;
	mutex_init(&m->lock);
	max = clamp_t(u64, max, LB_MEMORY_MIN, LB_MEMORY_MAX);
	m->max_pages = rounddown_pow_of_two(max) >> PAGE_SHIFT;
	m->used = PAGE_ALIGN(lb_memory_static);
	mutex_lock(&m->lock);
	err = lb_memory_extend(m, max_t(u32, LB_MEMORY_MIN,
					roundup_pow_of_two(m->used)) >> PAGE_SHIFT);
	mutex_unlock(&m->lock);
	if (err) {
		kfree(m);
		return NULL;
	}
	return m;
}

void lb_memory_free(struct lb_memory *m)
{
	u32 i;

	if (!m)
		return;
	for (i = 0; i < m->views.nr; i++)
		vunmap(m->views.view[i].data);
	for (i = 0; i <= m->nr_pages; i++)
		__free_page(m->pages[i]);
	kvfree(m->pages);
	kfree(m);
}

const struct lb_views *lb_memory_views(const struct lb_memory *m)
{
	return &m->views;
}

u64 lb_memory_size(const struct lb_memory *m)
{
	return (u64)READ_ONCE(m->nr_pages) << PAGE_SHIFT;
}

u32 lb_memory_grow(struct lb_task *t, u32 *bytes)
{
	struct lb_memory *m = t->box->memory;
	u64 need = PAGE_ALIGN((u64)*bytes), size;
	u32 at = 0;

	if (!need)
		return 0;
	mutex_lock(&m->lock);
	size = (u64)m->nr_pages << PAGE_SHIFT;
	if (m->used + need > size) {
		u64 want = roundup_pow_of_two(m->used + need);

		if (want > (u64)m->max_pages << PAGE_SHIFT ||
		    lb_memory_extend(m, want >> PAGE_SHIFT))
			goto out;
		size = want;
	}
	/* All that there is: doubling is rare, and North's allocator keeps it. */
	at = m->used;
	*bytes = min_t(u64, size - m->used, max_t(u64, need, LB_MEMORY_MIN / 4));
	m->used += *bytes;
out:
	mutex_unlock(&m->lock);
	lb_view_refresh(t);
	return at;
}

void lb_memory_set_static(u32 end)
{
	lb_memory_static = end;
}
