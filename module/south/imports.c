// SPDX-License-Identifier: GPL-2.0
/* The box's memory, its configuration, the host around it, the log. */
#include <linux/printk.h>
#include "imports.h"
#include "south_ops.h"

u32 w2c_south_grow(struct w2c_south *s, u32 addr)
{
	struct lb_task *t = lb_import_task(s);
	u32 *word = lb_mem(t, addr, sizeof(*word));
	u32 bytes = READ_ONCE(*word), at;

	/* The host may have to reclaim, which takes a stack. Honest North asks early enough. */
	if (!lb_stack_for_host())
		return 0;
	at = lb_memory_grow(t, &bytes);
	if (at)
		WRITE_ONCE(*word, bytes);
	return at;
}

u32 w2c_south_config(struct w2c_south *s, u32 index, u32 addr, u32 size)
{
	struct lb_task *t = lb_import_task(s);
	char *buf = lb_mem(t, addr, size);
	u32 len;

	if (index >= t->box->nr_config)
		return -ENOENT;
	len = strlen(t->box->config[array_index_nospec(index, t->box->nr_config)]);
	if (len >= size)
		return -ENAMETOOLONG;
	memcpy(buf, t->box->config[array_index_nospec(index, t->box->nr_config)], len + 1);
	return len;
}

void w2c_south_log(struct w2c_south *s, u32 addr, u32 len)
{
	struct lb_task *t = lb_import_task(s);
	const char *from = lb_mem(t, addr, len);
	char line[LB_LOG_LINE];

	if (!lb_stack_for_host())
		return;
	len = min_t(u32, len, sizeof(line));
	memcpy(line, from, len);
	/* %pE shows what isn't printable as an escape. */
	pr_notice_ratelimited("litebox: box %u: %*pE\n", t->box->id, len, line);
}

u64 w2c_south_time(struct w2c_south *s, u32 clock)
{
	struct lb_task *t = lb_import_task(s);

	return t->box->south->time(clock);
}

void w2c_south_entropy(struct w2c_south *s, u32 addr, u32 len)
{
	struct lb_task *t = lb_import_task(s);
	void *dst;

	if (len > LB_COPY_MAX)
		lb_trap(t, LB_TRAP_RANGE);
	dst = lb_mem(t, addr, len);
	t->box->south->entropy(dst, len);
	cond_resched();
}

u32 w2c_south_host(struct w2c_south *s, u32 addr)
{
	struct lb_task *t = lb_import_host(s);
	void *out = lb_mem(t, addr, sizeof(struct south_host));
	struct south_host host = {};

	t->box->south->host(t->box, &host);
	memcpy(out, &host, sizeof(host));
	return 0;
}
