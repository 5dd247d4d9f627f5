// SPDX-License-Identifier: GPL-2.0
/* The generic netlink family: what it takes, and from whom. */
#include <linux/capability.h>
#include <linux/limits.h>
#include <linux/module.h>
#include "control.h"
#include "../redirect/redirect.h"

static_assert(LB_NAME_MAX == LITEBOX_NAME_LEN + 1);
static_assert(PATH_MAX == LITEBOX_PATH_LEN + 1);
static_assert((int)LITEBOX_BOX_STATE_NEW == (int)LB_BOX_NEW);
static_assert((int)LITEBOX_BOX_STATE_ENDED == (int)LB_BOX_ENDED);
static_assert((int)LITEBOX_WAY_NONE == (int)LB_WAY_NONE);
static_assert((int)LITEBOX_WAY_REFUSE == (int)LB_WAY_REFUSE);
/* "bind NUMBER ro " and a path have to fit a line of a box's configuration. */
static_assert(LITEBOX_PATH_LEN + sizeof("bind 4294967295 ro ") <= LB_BOX_CONFIG_LINE);

static const struct nla_policy bind_policy[LITEBOX_A_BIND_MAX + 1] = {
	[LITEBOX_A_BIND_SOURCE] = { .type = NLA_U32 },
	[LITEBOX_A_BIND_DEST] = { .type = NLA_NUL_STRING, .len = LITEBOX_PATH_LEN },
	[LITEBOX_A_BIND_RW] = { .type = NLA_FLAG },
	[LITEBOX_A_BIND_TRUSTED] = { .type = NLA_FLAG },
};

static const struct nla_policy tmpfs_policy[LITEBOX_A_TMPFS_MAX + 1] = {
	[LITEBOX_A_TMPFS_DEST] = { .type = NLA_NUL_STRING, .len = LITEBOX_PATH_LEN },
};

static const struct nla_policy box_new_policy[LITEBOX_A_BOX_HOSTNAME + 1] = {
	[LITEBOX_A_BOX_NAME] = { .type = NLA_NUL_STRING, .len = LITEBOX_NAME_LEN },
	[LITEBOX_A_BOX_DETACHED] = { .type = NLA_FLAG },
	[LITEBOX_A_BOX_MAX_TASKS] = NLA_POLICY_MIN(NLA_U32, 1),
	[LITEBOX_A_BOX_MAX_MEMORY] = { .type = NLA_UINT },
	[LITEBOX_A_BOX_MEMORY_LIMIT] = { .type = NLA_UINT },
	[LITEBOX_A_BOX_CPUS] = NLA_POLICY_MIN(NLA_U32, 1),
	[LITEBOX_A_BOX_HOST_UID] = { .type = NLA_U32 },
	[LITEBOX_A_BOX_HOST_GID] = { .type = NLA_U32 },
	[LITEBOX_A_BOX_ROOT] = { .type = NLA_U32 },
	[LITEBOX_A_BOX_ROOT_TRUSTED] = { .type = NLA_FLAG },
	[LITEBOX_A_BOX_BIND] = NLA_POLICY_NESTED(bind_policy),
	[LITEBOX_A_BOX_TMPFS] = NLA_POLICY_NESTED(tmpfs_policy),
	[LITEBOX_A_BOX_HOSTNAME] = { .type = NLA_NUL_STRING, .len = LITEBOX_HOSTNAME_LEN },
};

static const struct nla_policy box_enter_policy[LITEBOX_A_BOX_STDERR + 1] = {
	[LITEBOX_A_BOX_ID] = { .type = NLA_U32 },
	[LITEBOX_A_BOX_STDIN] = { .type = NLA_U32 },
	[LITEBOX_A_BOX_STDOUT] = { .type = NLA_U32 },
	[LITEBOX_A_BOX_STDERR] = { .type = NLA_U32 },
};

static const struct nla_policy box_grant_policy[LITEBOX_A_BOX_ID + 1] = {
	[LITEBOX_A_BOX_ID] = { .type = NLA_U32 },
};

static const struct nla_policy box_get_policy[LITEBOX_A_BOX_NAME + 1] = {
	[LITEBOX_A_BOX_ID] = { .type = NLA_U32 },
	[LITEBOX_A_BOX_NAME] = { .type = NLA_NUL_STRING, .len = LITEBOX_NAME_LEN },
};

static const struct nla_policy box_kill_policy[LITEBOX_A_BOX_SIGNAL + 1] = {
	[LITEBOX_A_BOX_ID] = { .type = NLA_U32 },
	[LITEBOX_A_BOX_SIGNAL] = NLA_POLICY_RANGE(NLA_U32, 1, 64),
};

static const struct nla_policy stats_get_policy[LITEBOX_A_CALL_BOX + 1] = {
	[LITEBOX_A_CALL_BOX] = { .type = NLA_U32 },
};

/* GENL_ADMIN_PERM asks for CAP_NET_ADMIN; these ask for CAP_SYS_ADMIN as well. */
static int admin_do(const struct genl_split_ops *ops, struct sk_buff *skb,
		    struct genl_info *info)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	GENL_SET_ERR_MSG(info, "needs CAP_SYS_ADMIN in the initial user namespace");
	return -EPERM;
}

static int admin_dump(struct netlink_callback *cb)
{
	if (netlink_capable(cb->skb, CAP_SYS_ADMIN))
		return 0;
	NL_SET_ERR_MSG(cb->extack, "needs CAP_SYS_ADMIN in the initial user namespace");
	return -EPERM;
}

static int admin_stats_start(struct netlink_callback *cb)
{
	return admin_dump(cb) ?: lb_nl_stats_start(cb);
}

static const struct genl_split_ops split_ops[] = {
	{
		.cmd = LITEBOX_CMD_BOX_NEW,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
		.pre_doit = admin_do,
		.doit = lb_nl_box_new,
		.policy = box_new_policy,
		.maxattr = ARRAY_SIZE(box_new_policy) - 1,
	}, {
		.cmd = LITEBOX_CMD_BOX_ENTER,
		.flags = GENL_CMD_CAP_DO,
		.doit = lb_nl_box_enter,
		.policy = box_enter_policy,
		.maxattr = ARRAY_SIZE(box_enter_policy) - 1,
	}, {
		.cmd = LITEBOX_CMD_BOX_GRANT,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
		.pre_doit = admin_do,
		.doit = lb_nl_box_grant,
		.policy = box_grant_policy,
		.maxattr = ARRAY_SIZE(box_grant_policy) - 1,
	}, {
		.cmd = LITEBOX_CMD_BOX_GET,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
		.pre_doit = admin_do,
		.doit = lb_nl_box_get,
		.policy = box_get_policy,
		.maxattr = ARRAY_SIZE(box_get_policy) - 1,
	}, {
		.cmd = LITEBOX_CMD_BOX_GET,
		.flags = GENL_CMD_CAP_DUMP | GENL_ADMIN_PERM,
		.start = admin_dump,
		.dumpit = lb_nl_box_dump,
	}, {
		.cmd = LITEBOX_CMD_BOX_KILL,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
		.pre_doit = admin_do,
		.doit = lb_nl_box_kill,
		.policy = box_kill_policy,
		.maxattr = ARRAY_SIZE(box_kill_policy) - 1,
	}, {
		.cmd = LITEBOX_CMD_STATS_GET,
		.flags = GENL_CMD_CAP_DUMP | GENL_ADMIN_PERM,
		.start = admin_stats_start,
		.dumpit = lb_nl_stats_dump,
		.done = lb_nl_stats_done,
		.policy = stats_get_policy,
		.maxattr = ARRAY_SIZE(stats_get_policy) - 1,
	}, {
		.cmd = LITEBOX_CMD_CALLS_GET,
		.flags = GENL_CMD_CAP_DUMP,
		.dumpit = lb_nl_calls_dump,
	}, {
		.cmd = LITEBOX_CMD_VERSION_GET,
		.flags = GENL_CMD_CAP_DO,
		.doit = lb_nl_version_get,
	},
};

static const struct genl_multicast_group mcgrps[] = {
	[LB_MCGRP_EVENTS] = {
		.name = LITEBOX_MCGRP_EVENTS,
		.flags = GENL_MCAST_CAP_NET_ADMIN | GENL_MCAST_CAP_SYS_ADMIN,
	},
};

/* parallel_ops: what a command needs to lock is the module's own. */
struct genl_family lb_genl_family __ro_after_init = {
	.name = LITEBOX_FAMILY_NAME,
	.version = LITEBOX_FAMILY_VERSION,
	.netnsok = false,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.split_ops = split_ops,
	.n_split_ops = ARRAY_SIZE(split_ops),
	.mcgrps = mcgrps,
	.n_mcgrps = ARRAY_SIZE(mcgrps),
};

struct lb_box *lb_control_box(const struct genl_info *info, int attr)
{
	struct lb_box *box;

	if (GENL_REQ_ATTR_CHECK(info, attr)) {
		GENL_SET_ERR_MSG(info, "which box? its id is missing");
		return ERR_PTR(-EINVAL);
	}
	mutex_lock(&lb_boxes_lock);
	box = lb_box_find(nla_get_u32(info->attrs[attr]));
	mutex_unlock(&lb_boxes_lock);
	if (!box) {
		GENL_SET_ERR_MSG(info, "no such box");
		return ERR_PTR(-ENOENT);
	}
	return box;
}

int lb_control_init(void)
{
	int err;

	err = lb_grant_init();
	if (err)
		return err;
	err = genl_register_family(&lb_genl_family);
	if (err)
		lb_grant_exit();
	return err;
}

void lb_control_exit(void)
{
	genl_unregister_family(&lb_genl_family);
	lb_grant_exit();
}

MODULE_ALIAS_GENL_FAMILY(LITEBOX_FAMILY_NAME);
