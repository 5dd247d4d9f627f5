// SPDX-License-Identifier: GPL-2.0
/* What hangs on a netlink socket: the box that it may enter, the boxes that it owns. */
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include "control.h"

/* By port, the id of the box which the socket may enter. An entry goes with its socket. */
static DEFINE_XARRAY_FLAGS(grants, XA_FLAGS_ACCOUNT);

int lb_grant_set(u32 portid, const struct lb_box *box)
{
	return xa_err(xa_store(&grants, portid, xa_mk_value(box->id), GFP_KERNEL));
}

bool lb_grant_take(u32 portid, const struct lb_box *box)
{
	void *grant = xa_mk_value(box->id);

	return xa_cmpxchg(&grants, portid, grant, NULL, GFP_KERNEL) == grant;
}

/* One box of the socket that has no owner from now on, with a reference. */
static struct lb_box *disown_one(u32 portid)
{
	struct lb_box *box;

	guard(mutex)(&lb_boxes_lock);
	list_for_each_entry(box, &lb_boxes, node) {
		if (box->owner_portid != portid)
			continue;
		box->owner_portid = 0;
		if (refcount_inc_not_zero(&box->refs))
			return box;
	}
	return NULL;
}

static int socket_event(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct netlink_notify *n = data;
	struct lb_box *box;

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC ||
	    !net_eq(n->net, &init_net) || !n->portid)
		return NOTIFY_DONE;

	xa_erase(&grants, n->portid);
	while ((box = disown_one(n->portid))) {
		lb_box_kill(box, LITEBOX_END_OWNER, "its owner is gone");
		lb_box_put(box);
	}
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_event,
};

int lb_grant_init(void)
{
	return netlink_register_notifier(&socket_notifier);
}

void lb_grant_exit(void)
{
	netlink_unregister_notifier(&socket_notifier);
	xa_destroy(&grants);
}
