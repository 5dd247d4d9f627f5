// SPDX-License-Identifier: GPL-2.0
/* The Souths that there are. */
#include <linux/mutex.h>
#include "south_ops.h"

static DEFINE_MUTEX(lb_souths_lock);
static LIST_HEAD(lb_souths);

static struct lb_south_ops *lb_south_find(const char *name)
{
	struct lb_south_ops *ops;

	lockdep_assert_held(&lb_souths_lock);
	list_for_each_entry(ops, &lb_souths, node)
		if (!strcmp(ops->name, name))
			return ops;
	return NULL;
}

static bool lb_south_whole(const struct lb_south_ops *ops)
{
	const size_t first = offsetof(struct lb_south_ops, object) / sizeof(void *);
	void *const *member = (void *)ops;
	size_t i;

	for (i = first; i < sizeof(*ops) / sizeof(void *); i++)
		if (!member[i])
			return false;
	return true;
}

int lb_south_register(struct lb_south_ops *ops)
{
	if (!lb_south_whole(ops))
		return -EINVAL;
	guard(mutex)(&lb_souths_lock);
	if (lb_south_find(ops->name))
		return -EEXIST;
	list_add_tail(&ops->node, &lb_souths);
	return 0;
}
EXPORT_SYMBOL_GPL(lb_south_register);

void lb_south_unregister(struct lb_south_ops *ops)
{
	guard(mutex)(&lb_souths_lock);
	list_del(&ops->node);
}
EXPORT_SYMBOL_GPL(lb_south_unregister);

const struct lb_south_ops *lb_south_get(const char *name)
{
	struct lb_south_ops *ops;

	guard(mutex)(&lb_souths_lock);
	ops = lb_south_find(name);
	return ops && try_module_get(ops->owner) ? ops : NULL;
}

void lb_south_put(const struct lb_south_ops *ops)
{
	module_put(ops->owner);
}
