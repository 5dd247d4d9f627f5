// SPDX-License-Identifier: GPL-2.0
/*
 * Entering a box. The command checks who asks and takes what is needed; the task
 * enters on its way back to user mode, where it holds nothing of generic netlink's
 * while it waits for North. A refusal is sent from there.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <net/sock.h>
#include "control.h"

/*
 * struct entering - what a task holds between the command and its way to user mode.
 * It goes with @file, whose last put is the kernel's, once the work has returned:
 * so the module stays for as long as its code runs.
 */
struct entering {
	struct callback_head work;
	struct file *file;
	struct lb_box *box;		/* a reference, or NULL */
	struct file *stream[3];		/* references, or NULL */
	struct sk_buff *request;	/* a reference, or NULL; and one on the sender's socket */
	struct nlmsghdr *nlh;		/* within @request */
};

static int entering_release(struct inode *inode, struct file *file)
{
	struct entering *e = file->private_data;
	struct sock *sender;
	int i;

	for (i = 0; i < 3; i++)
		if (e->stream[i])
			fput(e->stream[i]);
	if (e->request) {
		/*
		 * The sender's socket keeps the namespace of the kernel's, which the
		 * request is charged to.
		 */
		sender = NETLINK_CB(e->request).sk;
		consume_skb(e->request);
		sock_put(sender);
	}
	if (e->box)
		lb_box_put(e->box);
	kfree(e);
	return 0;
}

static const struct file_operations entering_fops = {
	.owner = THIS_MODULE,
	.release = entering_release,
};

static struct entering *entering_new(void)
{
	struct entering *e = kzalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);
	struct file *file;

	if (!e)
		return ERR_PTR(-ENOMEM);
	file = anon_inode_getfile("[litebox-enter]", &entering_fops, e, 0);
	if (IS_ERR(file)) {
		kfree(e);
		return ERR_CAST(file);
	}
	e->file = file;
	return e;
}

static bool may_enter(const struct lb_box *box, u32 portid)
{
	u32 owner;

	mutex_lock(&lb_boxes_lock);
	owner = box->owner_portid;
	mutex_unlock(&lb_boxes_lock);
	return (owner && owner == portid) || lb_grant_take(portid, box);
}

static int get_streams(struct entering *e, const struct genl_info *info)
{
	const struct nlattr *attr;
	int i;

	for (i = 0; i < 3; i++) {
		attr = info->attrs[LITEBOX_A_BOX_STDIN + i];
		if (!attr)
			continue;
		e->stream[i] = fget(nla_get_u32(attr));
		if (!e->stream[i]) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr, "no such descriptor");
			return -EBADF;
		}
	}
	return 0;
}

/* On the way to user mode; or of a task that will not get there any more. */
static void enter(struct callback_head *work)
{
	struct entering *e = container_of(work, struct entering, work);
	struct netlink_ext_ack refusal = { };
	int err;

	if (!(current->flags & PF_EXITING)) {
		err = lb_box_enter(e->box, e->stream[0], e->stream[1], e->stream[2],
				   &refusal._msg);
		if (err)
			netlink_ack(e->request, e->nlh, err, &refusal);
	}
	fput(e->file);
}

int lb_nl_box_enter(struct sk_buff *skb, struct genl_info *info)
{
	struct entering *e;
	int err;

	/* Those that send for another task never return to user mode. */
	if (current->flags & (PF_KTHREAD | PF_USER_WORKER)) {
		GENL_SET_ERR_MSG(info, "the task that enters has to send this itself");
		return -EINVAL;
	}
	e = entering_new();
	if (IS_ERR(e))
		return PTR_ERR(e);
	e->box = lb_control_box(info, LITEBOX_A_BOX_ID);
	if (IS_ERR(e->box)) {
		err = PTR_ERR(e->box);
		e->box = NULL;
		goto out_file;
	}
	err = -EPERM;
	if (!may_enter(e->box, info->snd_portid)) {
		GENL_SET_ERR_MSG(info, "this socket neither made the box nor was it granted");
		goto out_file;
	}
	err = get_streams(e, info);
	if (err)
		goto out_file;
	e->request = skb_get(skb);
	e->nlh = nlmsg_hdr(skb);
	sock_hold(NETLINK_CB(skb).sk);
	init_task_work(&e->work, enter);
	err = task_work_add(current, &e->work, TWA_RESUME);
	if (!err)
		return -EINTR;		/* to netlink: no acknowledgment of ours yet */
out_file:
	fput(e->file);
	return err;
}
