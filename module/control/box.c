// SPDX-License-Identifier: GPL-2.0
/* The commands that make, enter, show and end boxes. */
#include <linux/ctype.h>
#include <linux/file.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/uidgid.h>
#include "control.h"
#include "../box/handle.h"
#include "../box/task.h"
#include "../confine/confine.h"

static bool name_is_valid(const char *name)
{
	const char *c;

	if (!isascii(*name) || !isalnum(*name))
		return false;
	for (c = name; *c; c++)
		if (!isascii(*c) || (!isalnum(*c) && !strchr("_.-", *c)))
			return false;
	return true;
}

static bool hostname_is_valid(const char *name)
{
	const char *c;

	for (c = name; *c; c++)
		if (!isascii(*c) || !isgraph(*c))
			return false;
	return *name;
}

static int get_host_id(const struct genl_info *info, int attr, u32 *id)
{
	if (GENL_REQ_ATTR_CHECK(info, attr)) {
		GENL_SET_ERR_MSG(info, "a box needs a host user and group");
		return -EINVAL;
	}
	*id = nla_get_u32(info->attrs[attr]);
	if (*id && *id != (u32)-1)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[attr], "a box's host id can't be 0 or -1");
	return -EINVAL;
}

static int get_config(const struct genl_info *info, struct lb_box_config *cfg)
{
	struct nlattr **a = info->attrs;
	u32 uid, gid;
	int err;

	cfg->owner_portid = info->snd_portid;
	if (a[LITEBOX_A_BOX_DETACHED])
		cfg->owner_portid = 0;
	if (a[LITEBOX_A_BOX_NAME]) {
		nla_strscpy(cfg->name, a[LITEBOX_A_BOX_NAME], sizeof(cfg->name));
		if (!name_is_valid(cfg->name)) {
			NL_SET_ERR_MSG_ATTR(info->extack, a[LITEBOX_A_BOX_NAME],
					    "a name has letters, digits, '_', '.' and '-' only");
			return -EINVAL;
		}
	}
	if (a[LITEBOX_A_BOX_MAX_TASKS])
		cfg->max_tasks = nla_get_u32(a[LITEBOX_A_BOX_MAX_TASKS]);
	if (cfg->max_tasks > LB_BOX_TASKS) {
		NL_SET_ERR_MSG_ATTR(info->extack, a[LITEBOX_A_BOX_MAX_TASKS],
				    "more tasks than a box can have");
		return -ERANGE;
	}
	if (a[LITEBOX_A_BOX_MAX_MEMORY]) {
		cfg->max_memory = nla_get_uint(a[LITEBOX_A_BOX_MAX_MEMORY]);
		if (cfg->max_memory < LB_MEMORY_MIN || cfg->max_memory > LB_MEMORY_MAX) {
			NL_SET_ERR_MSG_ATTR(info->extack, a[LITEBOX_A_BOX_MAX_MEMORY],
					    "North's memory is out of range");
			return -ERANGE;
		}
	}
	if (a[LITEBOX_A_BOX_MEMORY_LIMIT])
		cfg->memory_limit = nla_get_uint(a[LITEBOX_A_BOX_MEMORY_LIMIT]);
	if (a[LITEBOX_A_BOX_CPUS])
		cfg->cpus = nla_get_u32(a[LITEBOX_A_BOX_CPUS]);

	err = get_host_id(info, LITEBOX_A_BOX_HOST_UID, &uid) ?:
	      get_host_id(info, LITEBOX_A_BOX_HOST_GID, &gid);
	if (err)
		return err;
	cfg->host_uid = KUIDT_INIT(uid);
	cfg->host_gid = KGIDT_INIT(gid);
	return 0;
}

__printf(2, 3)
static int add_config(struct lb_box *box, const char *fmt, ...)
{
	va_list args;
	char *line;
	int err;

	va_start(args, fmt);
	line = kvasprintf(GFP_KERNEL, fmt, args);
	va_end(args);
	if (!line)
		return -ENOMEM;
	err = lb_box_add_config(box, line);
	kfree(line);
	return err;
}

/* The number of a new place for the descriptor that @attr names, or an errno. */
static int add_place(struct lb_box *box, const struct genl_info *info, const struct nlattr *attr,
		     bool dir, bool writable, bool trusted)
{
	struct file *file = fget_raw(nla_get_u32(attr));
	umode_t mode;
	int err;

	if (!file) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "no such descriptor");
		return -EBADF;
	}
	mode = file_inode(file)->i_mode;
	if (dir && !S_ISDIR(mode)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "the root isn't a directory");
		err = -ENOTDIR;
	} else if (!S_ISDIR(mode) && !S_ISREG(mode)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "only files and directories can be bound");
		err = -EINVAL;
	} else {
		err = lb_handle_add_place(box, &file->f_path, writable, trusted);
		if (err < 0)
			NL_SET_ERR_MSG_ATTR(info->extack, attr, "the box can't hold it");
	}
	fput(file);
	return err;
}

/* An absolute path that doesn't climb; NULL and text otherwise. */
static const char *get_dest(const struct genl_info *info, const struct nlattr *attr)
{
	const char *path = attr ? nla_data(attr) : "";
	const char *c = path;

	if (*path != '/') {
		GENL_SET_ERR_MSG(info, "a destination has to be an absolute path");
		return NULL;
	}
	while ((c = strstr(c, "/.."))) {
		c += 3;
		if (!*c || *c == '/') {
			NL_SET_ERR_MSG_ATTR(info->extack, attr, "\"..\" in a destination");
			return NULL;
		}
	}
	return path;
}

static int add_bind(struct lb_box *box, const struct genl_info *info, const struct nlattr *nest)
{
	struct nlattr *a[LITEBOX_A_BIND_MAX + 1];
	const char *dest;
	bool rw;
	int h;

	/* The policy of the command has checked it all. */
	h = nla_parse_nested(a, LITEBOX_A_BIND_MAX, nest, NULL, info->extack);
	if (h)
		return h;
	if (!a[LITEBOX_A_BIND_SOURCE]) {
		NL_SET_ERR_MSG_ATTR(info->extack, nest, "a bind without a source");
		return -EINVAL;
	}
	dest = get_dest(info, a[LITEBOX_A_BIND_DEST]);
	if (!dest)
		return -EINVAL;
	rw = nla_get_flag(a[LITEBOX_A_BIND_RW]);
	h = add_place(box, info, a[LITEBOX_A_BIND_SOURCE], false, rw,
		      nla_get_flag(a[LITEBOX_A_BIND_TRUSTED]));
	if (h < 0)
		return h;
	return add_config(box, "bind %d %s %s", h, rw ? "rw" : "ro", dest);
}

static int add_tmpfs(struct lb_box *box, const struct genl_info *info, const struct nlattr *nest)
{
	struct nlattr *a[LITEBOX_A_TMPFS_MAX + 1];
	const char *dest;
	int err;

	err = nla_parse_nested(a, LITEBOX_A_TMPFS_MAX, nest, NULL, info->extack);
	if (err)
		return err;
	dest = get_dest(info, a[LITEBOX_A_TMPFS_DEST]);
	if (!dest)
		return -EINVAL;
	return add_config(box, "tmpfs %s", dest);
}

/* Binds and tmpfs lie over each other in the order in which they came. */
static int add_mounts(struct lb_box *box, const struct genl_info *info)
{
	const struct nlattr *attr;
	int rem, err = 0;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) == LITEBOX_A_BOX_BIND)
			err = add_bind(box, info, attr);
		else if (nla_type(attr) == LITEBOX_A_BOX_TMPFS)
			err = add_tmpfs(box, info, attr);
		if (err)
			break;
	}
	return err;
}

static int set_up(struct lb_box *box, const struct genl_info *info)
{
	bool trusted = nla_get_flag(info->attrs[LITEBOX_A_BOX_ROOT_TRUSTED]);
	const char *hostname = box->name;
	int h;

	if (GENL_REQ_ATTR_CHECK(info, LITEBOX_A_BOX_ROOT)) {
		GENL_SET_ERR_MSG(info, "a box needs a root directory");
		return -EINVAL;
	}
	if (info->attrs[LITEBOX_A_BOX_HOSTNAME])
		hostname = nla_data(info->attrs[LITEBOX_A_BOX_HOSTNAME]);
	if (!hostname_is_valid(hostname)) {
		GENL_SET_ERR_MSG(info, "that can't be a host name");
		return -EINVAL;
	}
	h = add_place(box, info, info->attrs[LITEBOX_A_BOX_ROOT], true, false, trusted);
	if (h < 0)
		return h;
	return add_config(box, "root %d %s", h, trusted ? "trusted" : "ro") ?:
	       add_config(box, "hostname %s", hostname) ?:
	       add_mounts(box, info);
}

static struct sk_buff *reply_new(struct genl_info *info, size_t size, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(size, GFP_KERNEL);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put_reply(skb, info, &lb_genl_family, 0, info->genlhdr->cmd);
	if (*hdr)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

static int put_host_ids(struct sk_buff *skb, const struct lb_box *box)
{
	return nla_put_u32(skb, LITEBOX_A_BOX_HOST_UID,
			   from_kuid(&init_user_ns, box->host_cred->uid)) ?:
	       nla_put_u32(skb, LITEBOX_A_BOX_HOST_GID,
			   from_kgid(&init_user_ns, box->host_cred->gid));
}

int lb_nl_box_new(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_box_config cfg = { };
	struct sk_buff *reply;
	struct lb_box *box;
	void *hdr;
	int err;

	err = get_config(info, &cfg);
	if (err)
		return err;
	reply = reply_new(info, GENLMSG_DEFAULT_SIZE, &hdr);
	if (!reply)
		return -ENOMEM;

	box = lb_box_create(&cfg);
	if (IS_ERR(box)) {
		err = PTR_ERR(box);
		if (err == -EEXIST)
			GENL_SET_ERR_MSG(info, "there is a box of that name");
		else if (err == -ENOSPC)
			GENL_SET_ERR_MSG(info, "there are too many boxes");
		nlmsg_free(reply);
		return err;
	}

	err = set_up(box, info) ?:
	      nla_put_u32(reply, LITEBOX_A_BOX_ID, box->id) ?:
	      nla_put_string(reply, LITEBOX_A_BOX_NAME, box->name);
	if (err) {
		nlmsg_free(reply);
	} else {
		genlmsg_end(reply, hdr);
		err = genlmsg_reply(reply, info);
	}
	if (err)
		lb_box_kill(box, LITEBOX_END_ERROR, "it could not be set up");
	lb_box_put(box);
	return err;
}

int lb_nl_box_grant(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_box *box = lb_control_box(info, LITEBOX_A_BOX_ID);
	int err;

	if (IS_ERR(box))
		return PTR_ERR(box);
	if (lb_box_dying(box)) {
		GENL_SET_ERR_MSG(info, "the box is ending");
		err = -ESRCH;
	} else {
		err = lb_grant_set(info->snd_portid, box);
	}
	lb_box_put(box);
	return err;
}

/* What BOX_GET tells, gathered under the box's lock. */
struct facts {
	u64 total_tasks, memory;
	u32 state, nr_tasks, nr_pids;
	u32 *pid;		/* room for max_pids, may be NULL */
	u32 max_pids;
	struct pid *first;	/* a reference, or NULL */
};

static void get_facts(struct lb_box *box, struct facts *f)
{
	struct lb_task *t;

	spin_lock(&box->lock);
	f->state = box->state;
	f->nr_tasks = box->nr_tasks;
	f->total_tasks = box->total_tasks;
	if (box->state < LB_BOX_ENDED && box->memory)
		f->memory = lb_memory_size(box->memory);
	list_for_each_entry(t, &box->tasks, node) {
		if (!thread_group_leader(t->task))
			continue;
		if (box->pid_ns && task_tgid_nr_ns(t->task, box->pid_ns) == 1 && !f->first)
			f->first = get_pid(task_tgid(t->task));
		if (f->nr_pids < f->max_pids)
			f->pid[f->nr_pids++] = task_tgid_nr(t->task);
	}
	spin_unlock(&box->lock);
}

static int put_box(struct sk_buff *skb, struct lb_box *box, const struct facts *f)
{
	bool detached;
	u32 i;

	mutex_lock(&lb_boxes_lock);
	detached = !box->owner_portid;
	mutex_unlock(&lb_boxes_lock);

	if (nla_put_u32(skb, LITEBOX_A_BOX_ID, box->id) ||
	    nla_put_string(skb, LITEBOX_A_BOX_NAME, box->name) ||
	    nla_put_u32(skb, LITEBOX_A_BOX_STATE, f->state) ||
	    (f->first && nla_put_u32(skb, LITEBOX_A_BOX_PID, pid_nr(f->first))) ||
	    nla_put_u32(skb, LITEBOX_A_BOX_TASKS, f->nr_tasks) ||
	    nla_put_u32(skb, LITEBOX_A_BOX_MAX_TASKS, box->max_tasks) ||
	    nla_put_uint(skb, LITEBOX_A_BOX_TOTAL_TASKS, f->total_tasks) ||
	    nla_put_uint(skb, LITEBOX_A_BOX_MEMORY, f->memory) ||
	    (box->memory_limit &&
	     nla_put_uint(skb, LITEBOX_A_BOX_MEMORY_LIMIT, box->memory_limit)) ||
	    (box->cpus && nla_put_u32(skb, LITEBOX_A_BOX_CPUS, box->cpus)) ||
	    put_host_ids(skb, box) ||
	    (detached && nla_put_flag(skb, LITEBOX_A_BOX_DETACHED)) ||
	    nla_put_uint(skb, LITEBOX_A_BOX_START, box->start) ||
	    nla_put_uint(skb, LITEBOX_A_BOX_DENIALS, atomic64_read(&box->denials)))
		return -EMSGSIZE;
	for (i = 0; i < f->nr_pids; i++)
		if (nla_put_u32(skb, LITEBOX_A_BOX_PIDS, f->pid[i]))
			return -EMSGSIZE;
	return 0;
}

static struct lb_box *find_by_id_or_name(const struct genl_info *info)
{
	const struct nlattr *name = info->attrs[LITEBOX_A_BOX_NAME];
	struct lb_box *box;

	if (info->attrs[LITEBOX_A_BOX_ID] || !name)
		return lb_control_box(info, LITEBOX_A_BOX_ID);
	mutex_lock(&lb_boxes_lock);
	box = lb_box_find_name(nla_data(name));
	mutex_unlock(&lb_boxes_lock);
	if (!box) {
		NL_SET_ERR_MSG_ATTR(info->extack, name, "no such box");
		return ERR_PTR(-ENOENT);
	}
	return box;
}

int lb_nl_box_get(struct sk_buff *skb, struct genl_info *info)
{
	struct facts f = { };
	struct sk_buff *reply;
	struct lb_box *box;
	int err = -ENOMEM;
	void *hdr;

	box = find_by_id_or_name(info);
	if (IS_ERR(box))
		return PTR_ERR(box);

	f.max_pids = READ_ONCE(box->nr_tasks);
	f.pid = kvmalloc_array(f.max_pids, sizeof(*f.pid), GFP_KERNEL);
	if (!f.pid)
		goto out_box;
	get_facts(box, &f);
	reply = reply_new(info, GENLMSG_DEFAULT_SIZE + f.nr_pids * nla_total_size(sizeof(u32)),
			  &hdr);
	if (!reply)
		goto out_facts;
	err = put_box(reply, box, &f);
	if (err) {
		nlmsg_free(reply);
	} else {
		genlmsg_end(reply, hdr);
		err = genlmsg_reply(reply, info);
	}
out_facts:
	put_pid(f.first);
	kvfree(f.pid);
out_box:
	lb_box_put(box);
	return err;
}

/* The box with the lowest id that is at least @id, with a reference, or NULL. */
static struct lb_box *find_from(u32 id)
{
	struct lb_box *box, *found = NULL;

	guard(mutex)(&lb_boxes_lock);
	list_for_each_entry(box, &lb_boxes, node)
		if (box->id >= id && (!found || box->id < found->id))
			found = box;
	return found && refcount_inc_not_zero(&found->refs) ? found : NULL;
}

int lb_nl_box_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct lb_box *box;
	int err = 0;

	while (!err && (box = find_from(cb->args[0]))) {
		struct facts f = { };
		void *hdr;

		get_facts(box, &f);
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  &lb_genl_family, NLM_F_MULTI, LITEBOX_CMD_BOX_GET);
		err = hdr ? put_box(skb, box, &f) : -EMSGSIZE;
		if (!err) {
			genlmsg_end(skb, hdr);
			cb->args[0] = (unsigned long)box->id + 1;
		} else if (hdr) {
			genlmsg_cancel(skb, hdr);
		}
		put_pid(f.first);
		lb_box_put(box);
	}
	return skb->len;
}

int lb_nl_box_kill(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_box *box = lb_control_box(info, LITEBOX_A_BOX_ID);
	const struct nlattr *sig = info->attrs[LITEBOX_A_BOX_SIGNAL];
	struct facts f = { };
	int err = 0;

	if (IS_ERR(box))
		return PTR_ERR(box);
	if (!sig) {
		lb_box_kill(box, LITEBOX_END_KILLED, "it was killed");
	} else {
		get_facts(box, &f);
		err = f.first ? kill_pid(f.first, nla_get_u32(sig), 1) : -ESRCH;
		if (err)
			NL_SET_ERR_MSG_ATTR(info->extack, sig, "the box has no first process");
		put_pid(f.first);
	}
	lb_box_put(box);
	return err;
}
