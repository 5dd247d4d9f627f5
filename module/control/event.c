// SPDX-License-Identifier: GPL-2.0
/* Events of the life of boxes, to whoever listens. */
#include <linux/kernel.h>
#include "control.h"

static struct sk_buff *event_new(const struct lb_box *box, u8 cmd, void **hdr)
{
	struct sk_buff *skb;

	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return NULL;
	*hdr = genlmsg_put(skb, 0, 0, &lb_genl_family, 0, cmd);
	if (*hdr && !nla_put_u32(skb, LITEBOX_A_BOX_ID, box->id) &&
	    !nla_put_string(skb, LITEBOX_A_BOX_NAME, box->name))
		return skb;
	nlmsg_free(skb);
	return NULL;
}

/* A listener that could not be told finds ENOBUFS at its socket. */
static void event_send(struct sk_buff *skb, void *hdr)
{
	genlmsg_end(skb, hdr);
	genlmsg_multicast(&lb_genl_family, skb, 0, LB_MCGRP_EVENTS, GFP_KERNEL);
}

static bool no_listeners(void)
{
	return !genl_has_listeners(&lb_genl_family, &init_net, LB_MCGRP_EVENTS);
}

void lb_event_start(struct lb_box *box)
{
	struct sk_buff *skb;
	void *hdr;

	might_sleep();
	if (no_listeners())
		return;
	skb = event_new(box, LITEBOX_CMD_BOX_START, &hdr);
	if (skb)
		event_send(skb, hdr);
}

void lb_event_end(struct lb_box *box)
{
	char why[sizeof(box->end_why)];
	struct sk_buff *skb;
	u32 reason, status;
	void *hdr;

	might_sleep();
	if (no_listeners())
		return;
	skb = event_new(box, LITEBOX_CMD_BOX_END, &hdr);
	if (!skb)
		return;

	spin_lock(&box->lock);
	/* Nobody ended it: its first process did. */
	reason = box->end_reason ?: LITEBOX_END_EXIT;
	status = box->end_status;
	strscpy(why, box->end_why, sizeof(why));
	spin_unlock(&box->lock);

	if (nla_put_u32(skb, LITEBOX_A_BOX_END_REASON, reason) ||
	    nla_put_u32(skb, LITEBOX_A_BOX_END_STATUS, status) ||
	    (*why && nla_put_string(skb, LITEBOX_A_BOX_END_WHY, why)))
		nlmsg_free(skb);
	else
		event_send(skb, hdr);
}
