/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Control: the generic netlink family. genl.c has the family, its policies and
 * who may do what; box.c the commands about boxes, but for enter.c; stats.c those
 * about calls and the module; grant.c which sockets may enter and whose boxes end
 * with them; event.c the multicasts.
 *
 * A command runs with generic netlink locked for reading: whoever registers a family
 * waits for it, and everybody else for him. So none may wait for North.
 */
#ifndef LB_CONTROL_H
#define LB_CONTROL_H

#include <net/genetlink.h>
#include <uapi/linux/litebox.h>
#include "../box/box.h"

#define LB_MCGRP_EVENTS 0

extern struct genl_family lb_genl_family;

/*
 * lb_control_init - the family, once all else works. Errno.
 * lb_control_exit - no command runs and no socket's close is heard of afterwards;
 * events may still be sent until all boxes have ended, but no one hears them.
 */
int lb_control_init(void);
void lb_control_exit(void);

/* lb_control_box - the box that @attr of a request names, a reference; ERR_PTR and text. */
struct lb_box *lb_control_box(const struct genl_info *info, int attr);

/*
 * Grants: the box that a socket may enter, by the socket's port. One a socket.
 * lb_grant_set: 0 or -ENOMEM. lb_grant_take: was there one for @box? It is used up.
 */
int lb_grant_set(u32 portid, const struct lb_box *box);
bool lb_grant_take(u32 portid, const struct lb_box *box);
int lb_grant_init(void);
void lb_grant_exit(void);

int lb_nl_box_new(struct sk_buff *skb, struct genl_info *info);
int lb_nl_box_enter(struct sk_buff *skb, struct genl_info *info);
int lb_nl_box_grant(struct sk_buff *skb, struct genl_info *info);
int lb_nl_box_get(struct sk_buff *skb, struct genl_info *info);
int lb_nl_box_dump(struct sk_buff *skb, struct netlink_callback *cb);
int lb_nl_box_kill(struct sk_buff *skb, struct genl_info *info);
int lb_nl_stats_start(struct netlink_callback *cb);
int lb_nl_stats_dump(struct sk_buff *skb, struct netlink_callback *cb);
int lb_nl_stats_done(struct netlink_callback *cb);
int lb_nl_calls_dump(struct sk_buff *skb, struct netlink_callback *cb);
int lb_nl_version_get(struct sk_buff *skb, struct genl_info *info);

#endif
