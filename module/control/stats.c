// SPDX-License-Identifier: GPL-2.0
/* The commands about system calls and about the module. */
#include <linux/module.h>
#include <linux/utsname.h>
#include "control.h"
#include "../redirect/redirect.h"

static void *call_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd, u32 nr)
{
	const char *name = lb_syscall_name(nr);
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &lb_genl_family, NLM_F_MULTI, cmd);
	if (!hdr)
		return NULL;
	if (!nla_put_u32(skb, LITEBOX_A_CALL_NR, nr) &&
	    !(name && nla_put_string(skb, LITEBOX_A_CALL_NAME, name)) &&
	    !nla_put_u32(skb, LITEBOX_A_CALL_WAY, lb_syscall_way(nr)))
		return hdr;
	genlmsg_cancel(skb, hdr);
	return NULL;
}

/* args: 0 the next number, 1 the box with a reference */
int lb_nl_stats_start(struct netlink_callback *cb)
{
	struct lb_box *box = lb_control_box(genl_info_dump(cb), LITEBOX_A_CALL_BOX);

	if (IS_ERR(box))
		return PTR_ERR(box);
	cb->args[1] = (long)box;
	return 0;
}

int lb_nl_stats_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct lb_box *box = (void *)cb->args[1];
	void *hdr;
	u32 nr;

	for (nr = cb->args[0]; nr < LB_NR_SYSCALLS; nr++) {
		u64 made = atomic64_read(&box->calls[nr]);
		u64 unanswered = atomic64_read(&box->unanswered[nr]);

		if (!made && !unanswered)
			continue;
		hdr = call_put(skb, cb, LITEBOX_CMD_STATS_GET, nr);
		if (!hdr)
			break;
		if (nla_put_uint(skb, LITEBOX_A_CALL_MADE, made) ||
		    nla_put_uint(skb, LITEBOX_A_CALL_UNANSWERED, unanswered)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	cb->args[0] = nr;
	return skb->len;
}

int lb_nl_stats_done(struct netlink_callback *cb)
{
	if (cb->args[1])
		lb_box_put((void *)cb->args[1]);
	return 0;
}

int lb_nl_calls_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	void *hdr;
	u32 nr;

	for (nr = cb->args[0]; nr < LB_NR_SYSCALLS; nr++) {
		if (lb_syscall_way(nr) == LITEBOX_WAY_NONE)
			continue;
		hdr = call_put(skb, cb, LITEBOX_CMD_CALLS_GET, nr);
		if (!hdr)
			break;
		genlmsg_end(skb, hdr);
	}
	cb->args[0] = nr;
	return skb->len;
}

static u32 count_boxes(void)
{
	guard(mutex)(&lb_boxes_lock);
	return list_count_nodes(&lb_boxes);
}

int lb_nl_version_get(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	void *hdr;

	reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	hdr = genlmsg_put_reply(reply, info, &lb_genl_family, 0, LITEBOX_CMD_VERSION_GET);
	if (!hdr ||
	    nla_put_string(reply, LITEBOX_A_MODULE_VERSION, THIS_MODULE->version) ||
	    nla_put_string(reply, LITEBOX_A_MODULE_KERNEL, init_uts_ns.name.release) ||
	    nla_put_uint(reply, LITEBOX_A_MODULE_FEATURES, LITEBOX_FEATURE_BIND |
			 LITEBOX_FEATURE_GRANT | LITEBOX_FEATURE_STATS) ||
	    nla_put_u32(reply, LITEBOX_A_MODULE_BOXES, count_boxes()) ||
	    nla_put_u32(reply, LITEBOX_A_MODULE_MAX_BOXES, LB_MAX_BOXES) ||
	    nla_put_u32(reply, LITEBOX_A_MODULE_MAX_TASKS, LB_BOX_TASKS) ||
	    nla_put_u32(reply, LITEBOX_A_MODULE_MAX_HANDLES, LB_BOX_HANDLES) ||
	    nla_put_uint(reply, LITEBOX_A_MODULE_MAX_MEMORY, LB_MEMORY_MAX)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}
