// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink, as much of it as a family with split operations meets: strict
 * validation by policies, capabilities, replies; and boxes of no content.
 */
#include "module/control/control.h"

#define die(fmt, ...) do {							\
	fprintf(stderr, "==== netlink: " fmt "\n", ##__VA_ARGS__);		\
	abort();								\
} while (0)

#define FILES 8
#define BOXES_MAX 6
#define DEPTH_MAX 10

struct module the_module = { "1" };
struct task_struct shim_current;
struct net init_net;
struct uts_namespace init_uts_ns = { { "6.12" } };
struct mutex lb_boxes_lock;
struct list_head lb_boxes = { &lb_boxes, &lb_boxes };

static struct genl_family *family;
static struct notifier_block *notifier;
static struct file files[FILES];
static struct sock sender = { 1 };
static struct pid first_pid = { 1 };
static struct task_struct first_task = { 0, &first_pid };
static atomic64_t calls[LB_NR_SYSCALLS];
static struct pid_namespace namespace;
static u64 sender_caps;
static u32 fail_after, next_id = 1, locks_held, skbs, entering_files;
static struct shim_answer answer;
static struct callback_head *works;

/* ---- memory, locks, lists ---- */

void shim_fail_alloc(u32 n)
{
	fail_after = n;
}

void *shim_alloc(size_t size)
{
	if (fail_after > 1)
		fail_after--;
	else if (fail_after == 1)
		return NULL;
	return calloc(1, size ? size : 1);
}

char *kvasprintf(int gfp, const char *fmt, va_list ap)
{
	va_list again;
	char *s;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	s = shim_alloc(n + 1);
	if (s)
		vsnprintf(s, n + 1, fmt, ap);
	return s;
}

void mutex_lock(struct mutex *m)
{
	if (m->held++)
		die("a lock is taken twice");
	locks_held++;
}

void mutex_unlock(struct mutex *m)
{
	if (!m->held--)
		die("a lock isn't held");
	locks_held--;
}

void might_sleep(void)
{
	if (locks_held)
		die("may sleep with a lock held");
}

size_t list_count_nodes(struct list_head *head)
{
	size_t n = 0;

	for (struct list_head *l = head->next; l != head; l = l->next)
		n++;
	return n;
}

bool refcount_inc_not_zero(refcount_t *r)
{
	if (!r->n)
		return false;
	r->n++;
	return true;
}

int xa_err(void *entry)
{
	return IS_ERR(entry) ? PTR_ERR(entry) : 0;
}

void *xa_store(struct xarray *xa, unsigned long at, void *entry, int gfp)
{
	void *node = shim_alloc(1);

	if (!node)
		return ERR_PTR(-ENOMEM);
	free(node);
	xa->slots[at % ARRAY_SIZE(xa->slots)] = entry;
	return NULL;
}

void *xa_erase(struct xarray *xa, unsigned long at)
{
	void **slot = &xa->slots[at % ARRAY_SIZE(xa->slots)], *old = *slot;

	*slot = NULL;
	return old;
}

void *xa_cmpxchg(struct xarray *xa, unsigned long at, void *old, void *new, int gfp)
{
	void **slot = &xa->slots[at % ARRAY_SIZE(xa->slots)], *was = *slot;

	if (was == old)
		*slot = new;
	return was;
}

/* ---- files and processes ---- */

/* Descriptors 0 to 7: a directory, a file, a socket, in turn; 7 isn't open. */
struct file *fget_raw(unsigned int fd)
{
	static const umode_t kinds[] = { S_IFDIR, S_IFREG, S_IFSOCK };

	if (fd >= FILES - 1)
		return NULL;
	files[fd].inode.i_mode = kinds[fd % 3] | 0755;
	files[fd].refs++;
	return &files[fd];
}

struct file *fget(unsigned int fd)
{
	/* Those with O_PATH aren't there for it. */
	return fd == 3 ? NULL : fget_raw(fd);
}

void fput(struct file *file)
{
	if (--file->refs < 0)
		die("a file is put once too often");
	if (file->refs || !file->ops)
		return;
	file->ops->release(&file->inode, file);
	entering_files--;
	free(file);
}

struct file *anon_inode_getfile(const char *name, const struct file_operations *ops, void *p, int flags)
{
	struct file *f = shim_alloc(sizeof(*f));

	if (!f)
		return ERR_PTR(-ENOMEM);
	f->refs = 1;
	f->ops = ops;
	f->private_data = p;
	entering_files++;
	return f;
}

int task_work_add(struct task_struct *task, struct callback_head *work, int how)
{
	work->next = works;
	works = work;
	return 0;
}

struct pid *get_pid(struct pid *pid)
{
	pid->refs++;
	return pid;
}

void put_pid(struct pid *pid)
{
	if (pid && --pid->refs < 1)
		die("a pid is put once too often");
}

int kill_pid(struct pid *pid, int sig, int priv)
{
	if (sig < 1 || sig > 64)
		die("signal %d", sig);
	return 0;
}

/* ---- boxes ---- */

static bool name_is_fine(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

	return !s[n] && n < LB_NAME_MAX && (!n || !strchr("_.-", *s));
}

struct lb_box *lb_box_create(const struct lb_box_config *cfg)
{
	struct lb_box *box;

	if (!memchr(cfg->name, 0, sizeof(cfg->name)) || !name_is_fine(cfg->name))
		die("a box of the name \"%.64s\"", cfg->name);
	if (!cfg->host_uid.val || !cfg->host_gid.val || cfg->host_uid.val == ~0u || cfg->host_gid.val == ~0u)
		die("a box of user %u:%u", cfg->host_uid.val, cfg->host_gid.val);
	if (cfg->max_tasks > LB_BOX_TASKS)
		die("a box of %u tasks", cfg->max_tasks);
	if (cfg->max_memory && (cfg->max_memory < LB_MEMORY_MIN || cfg->max_memory > LB_MEMORY_MAX))
		die("a box of %llu bytes", (unsigned long long)cfg->max_memory);
	if (list_count_nodes(&lb_boxes) == BOXES_MAX)
		return ERR_PTR(-ENOSPC);
	list_for_each_entry(box, &lb_boxes, node)
		if (*cfg->name && !strcmp(box->name, cfg->name))
			return ERR_PTR(-EEXIST);
	box = shim_alloc(sizeof(*box));
	if (!box)
		return ERR_PTR(-ENOMEM);
	box->config = calloc(LB_BOX_CONFIG_LINES, sizeof(*box->config));
	box->host_cred = calloc(1, sizeof(*box->host_cred));
	*(struct cred *)box->host_cred = (struct cred){ cfg->host_uid, cfg->host_gid };
	box->refs.n = 2;
	box->id = next_id++;
	box->owner_portid = cfg->owner_portid;
	box->memory_limit = cfg->memory_limit;
	box->cpus = cfg->cpus;
	box->max_tasks = cfg->max_tasks;
	box->calls = box->unanswered = calls;
	box->tasks.next = box->tasks.prev = &box->tasks;
	if (*cfg->name)
		strcpy(box->name, cfg->name);
	else
		snprintf(box->name, sizeof(box->name), "box-%u", box->id);
	box->node = (struct list_head){ lb_boxes.next, &lb_boxes };
	lb_boxes.next->prev = &box->node;
	lb_boxes.next = &box->node;
	return box;
}

/* What North will read: a verb, a handle, a path that doesn't climb. */
static bool line_is_fine(const char *line)
{
	char verb[16] = "", how[16] = "";
	const char *path;
	int at = 0;
	u32 h;

	if (sscanf(line, "root %u %8s%n", &h, how, &at) == 2)
		return !line[at] && (!strcmp(how, "ro") || !strcmp(how, "trusted"));
	if (sscanf(line, "hostname %n", &at) == 0 && at) {
		for (path = line + at; *path; path++)
			if (*path <= ' ' || *path > 126)
				return false;
		return line[at] && strlen(line + at) <= LITEBOX_HOSTNAME_LEN;
	}
	at = 0;
	if (sscanf(line, "bind %u %2s %n", &h, how, &at) != 2 || (strcmp(how, "ro") && strcmp(how, "rw"))) {
		at = 0;
		if (sscanf(line, "%8s %n", verb, &at) != 1 || strcmp(verb, "tmpfs"))
			return false;
	}
	path = line + at;
	if (!at || *path != '/' || strlen(path) > LITEBOX_PATH_LEN)
		return false;
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && !strncmp(path, "..", 2))
			return false;
		path += n + (path[n] == '/');
	}
	return true;
}

int lb_box_add_config(struct lb_box *box, const char *line)
{
	if (strlen(line) >= LB_BOX_CONFIG_LINE || !line_is_fine(line))
		die("the line \"%s\"", line);
	if (box->nr_config == LB_BOX_CONFIG_LINES)
		return -ENOSPC;
	box->config[box->nr_config] = strdup(line);
	box->nr_config++;
	return 0;
}

static struct lb_box *found(struct lb_box *box)
{
	box->refs.n++;
	return box;
}

struct lb_box *lb_box_find(u32 id)
{
	struct lb_box *box;

	if (!lb_boxes_lock.held)
		die("boxes are looked for without their lock");
	list_for_each_entry(box, &lb_boxes, node)
		if (box->id == id)
			return found(box);
	return NULL;
}

struct lb_box *lb_box_find_name(const char *name)
{
	struct lb_box *box;

	if (!lb_boxes_lock.held)
		die("boxes are looked for without their lock");
	list_for_each_entry(box, &lb_boxes, node)
		if (!strcmp(box->name, name))
			return found(box);
	return NULL;
}

void lb_box_put(struct lb_box *box)
{
	if (--box->refs.n)
		return;
	while (box->nr_config)
		free(box->config[--box->nr_config]);
	free(box->config);
	free((void *)box->host_cred);
	free(box->first);
	free(box);
}

void lb_box_kill(struct lb_box *box, u32 reason, const char *why)
{
	might_sleep();
	if (box->state == LB_BOX_ENDED)
		return;
	lb_event_end(box);
	box->state = LB_BOX_ENDED;
	box->node.prev->next = box->node.next;
	box->node.next->prev = box->node.prev;
	lb_box_put(box);
}

int lb_box_enter(struct lb_box *box, struct file *in, struct file *out, struct file *err, const char **why)
{
	might_sleep();
	if (box->first) {
		*why = "there is one";
		return -EBUSY;
	}
	box->first = calloc(1, sizeof(*box->first));
	*box->first = (struct lb_task){ &first_task, { &box->tasks, &box->tasks } };
	box->tasks.next = box->tasks.prev = &box->first->node;
	box->nr_tasks = 1;
	box->pid_ns = &namespace;
	lb_event_start(box);
	return 0;
}

int lb_handle_add_place(struct lb_box *box, const struct path *path, bool writable, bool trusted)
{
	void *h = shim_alloc(1);

	if (!h)
		return -ENOMEM;
	free(h);
	return box->nr_handles.n++;
}

u64 lb_memory_size(const struct lb_memory *m)
{
	return 1 << 20;
}

const char *lb_syscall_name(u32 nr)
{
	return nr < 300 ? "a_call" : NULL;
}

u8 lb_syscall_way(u32 nr)
{
	return nr < 300 ? LB_WAY_GATE : LB_WAY_NONE;
}

/* ---- messages ---- */

struct sk_buff *genlmsg_new(size_t size, int gfp)
{
	struct sk_buff *skb = shim_alloc(sizeof(*skb));

	if (!skb)
		return NULL;
	skb->size = NLMSG_HDRLEN + GENL_HDRLEN + size;
	skb->data = calloc(1, skb->size);
	skb->refs = 1;
	skbs++;
	return skb;
}

void nlmsg_free(struct sk_buff *skb)
{
	if (--skb->refs)
		return;
	free(skb->data);
	free(skb);
	skbs--;
}

struct sk_buff *skb_get(struct sk_buff *skb)
{
	skb->refs++;
	return skb;
}

static void *reserve(struct sk_buff *skb, size_t n)
{
	void *p = skb->data + skb->len;

	if (n > skb->size - skb->len)
		return NULL;
	skb->len += n;
	return p;
}

void *genlmsg_put(struct sk_buff *skb, u32 portid, u32 seq, const struct genl_family *f, int flags, u8 cmd)
{
	struct nlmsghdr *nlh = reserve(skb, NLMSG_HDRLEN + GENL_HDRLEN);

	if (!nlh)
		return NULL;
	*nlh = (struct nlmsghdr){ .nlmsg_type = 0x20, .nlmsg_flags = flags, .nlmsg_seq = seq,
				  .nlmsg_pid = portid };
	((struct genlmsghdr *)(nlh + 1))->cmd = cmd;
	return (char *)nlh + NLMSG_HDRLEN + GENL_HDRLEN;
}

void *genlmsg_put_reply(struct sk_buff *skb, struct genl_info *info, const struct genl_family *f, int flags, u8 cmd)
{
	return genlmsg_put(skb, info->snd_portid, info->snd_seq, f, flags, cmd);
}

static struct nlmsghdr *header_of(void *hdr)
{
	return (void *)((char *)hdr - GENL_HDRLEN - NLMSG_HDRLEN);
}

void genlmsg_end(struct sk_buff *skb, void *hdr)
{
	struct nlmsghdr *nlh = header_of(hdr);

	nlh->nlmsg_len = skb->data + skb->len - (u8 *)nlh;
}

void genlmsg_cancel(struct sk_buff *skb, void *hdr)
{
	skb->len = (u8 *)header_of(hdr) - skb->data;
}

/* All messages in it are complete, and so are their attributes. */
static void well_formed(const struct sk_buff *skb)
{
	for (size_t at = 0; at < skb->len;) {
		const struct nlmsghdr *nlh = (void *)(skb->data + at);
		const struct nlattr *a;
		int left;

		if (nlh->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN || nlh->nlmsg_len > skb->len - at)
			die("a reply of %u bytes, %zu of them there", nlh->nlmsg_len, skb->len - at);
		nlmsg_for_each_attr(a, nlh, GENL_HDRLEN, left)
			if (!nla_type(a))
				die("a reply with an attribute of type 0");
		if (left)
			die("a reply with %d bytes too many", left);
		at += NLMSG_ALIGN(nlh->nlmsg_len);
	}
}

int genlmsg_reply(struct sk_buff *skb, struct genl_info *info)
{
	well_formed(skb);
	answer.replies++;
	nlmsg_free(skb);
	return 0;
}

int genlmsg_multicast(const struct genl_family *f, struct sk_buff *skb, u32 portid, u32 group, int gfp)
{
	well_formed(skb);
	if (group >= f->n_mcgrps)
		die("group %u", group);
	answer.events++;
	nlmsg_free(skb);
	return 0;
}

void netlink_ack(struct sk_buff *skb, struct nlmsghdr *nlh, int err, const struct netlink_ext_ack *extack)
{
	if (err && !extack->_msg)
		die("a refusal without a word: %d", err);
	answer.acks++;
}

int nla_put(struct sk_buff *skb, int type, const void *data, int len)
{
	struct nlattr *a = reserve(skb, nla_total_size(len));

	if (!a)
		return -EMSGSIZE;
	*a = (struct nlattr){ NLA_HDRLEN + len, type };
	memcpy(nla_data(a), data, len);
	return 0;
}

int nla_put_u32(struct sk_buff *skb, int type, u32 v)
{
	return nla_put(skb, type, &v, sizeof(v));
}

int nla_put_uint(struct sk_buff *skb, int type, u64 v)
{
	u32 small = v;

	return v == small ? nla_put_u32(skb, type, small) : nla_put(skb, type, &v, sizeof(v));
}

int nla_put_string(struct sk_buff *skb, int type, const char *s)
{
	return nla_put(skb, type, s, strlen(s) + 1);
}

int nla_put_flag(struct sk_buff *skb, int type)
{
	return nla_put(skb, type, "", 0);
}

/* ---- attributes ---- */

bool nla_ok(const struct nlattr *a, int left)
{
	return left >= (int)sizeof(*a) && a->nla_len >= sizeof(*a) && a->nla_len <= left;
}

const struct nlattr *nla_next(const struct nlattr *a, int *left)
{
	int n = NLA_ALIGN(a->nla_len);

	/* The last one may do without its padding. */
	*left = n > *left ? 0 : *left - n;
	return (void *)((char *)a + n);
}

u32 nla_get_u32(const struct nlattr *a)
{
	u32 v;

	memcpy(&v, nla_data(a), sizeof(v));
	return v;
}

u64 nla_get_uint(const struct nlattr *a)
{
	u64 v;

	if (nla_len(a) == sizeof(u32))
		return nla_get_u32(a);
	memcpy(&v, nla_data(a), sizeof(v));
	return v;
}

ssize_t nla_strscpy(char *to, const struct nlattr *a, size_t size)
{
	size_t n = strnlen(nla_data(a), nla_len(a));

	if (n >= size)
		n = size - 1;
	memset(to, 0, size);
	memcpy(to, nla_data(a), n);
	return n;
}

static int parse(struct nlattr **tb, u32 max, const void *data, int len,
		 const struct nla_policy *policy, struct netlink_ext_ack *extack, u32 depth);

static int refuse(struct netlink_ext_ack *extack, const struct nlattr *a, int err, const char *why)
{
	NL_SET_ERR_MSG_ATTR(extack, a, why);
	return err;
}

static int validate_string(const struct nlattr *a, const struct nla_policy *p, struct netlink_ext_ack *extack)
{
	int len = nla_len(a), scan = p->len && p->len + 1 < len ? p->len + 1 : len;

	if (scan < 1 || !memchr(nla_data(a), 0, scan))
		return refuse(extack, a, -EINVAL, "string without end");
	if (((char *)nla_data(a))[len - 1] == 0)
		len--;
	return p->len && len > p->len ? refuse(extack, a, -ERANGE, "string too long") : 0;
}

static int validate_number(const struct nlattr *a, const struct nla_policy *p, struct netlink_ext_ack *extack)
{
	int len = nla_len(a);
	u64 v;

	if (p->type == NLA_UINT ? len != 4 && len != 8 : len != 4)
		return refuse(extack, a, p->type == NLA_UINT ? -ERANGE : -EINVAL, "number of a wrong length");
	v = nla_get_uint(a);
	if (p->ranged && (v < p->min || v > p->max))
		return refuse(extack, a, -ERANGE, "number out of range");
	return 0;
}

static int validate(const struct nlattr *a, const struct nla_policy *p, struct netlink_ext_ack *extack, u32 depth)
{
	bool nested = a->nla_type & NLA_F_NESTED;

	if (p->type == NLA_NESTED && !nested)
		return refuse(extack, a, -EINVAL, "not marked as nested");
	if (p->type != NLA_NESTED && p->type != NLA_UNSPEC && nested)
		return refuse(extack, a, -EINVAL, "marked as nested");
	switch (p->type) {
	case NLA_U32:
	case NLA_UINT:
		return validate_number(a, p, extack);
	case NLA_FLAG:
		return nla_len(a) ? refuse(extack, a, -ERANGE, "flag with contents") : 0;
	case NLA_NUL_STRING:
		return validate_string(a, p, extack);
	case NLA_NESTED:
		if (nla_len(a) && nla_len(a) < NLA_HDRLEN)
			return refuse(extack, a, -ERANGE, "nest of nothing");
		return !nla_len(a) ? 0 :
		       parse(NULL, p->len, nla_data(a), nla_len(a), p->nested, extack, depth + 1);
	case NLA_UNSPEC:
		return refuse(extack, a, -EINVAL, "unsupported attribute");
	default:
		die("a policy of type %u", p->type);
	}
}

/* Strictly: nothing unknown, nothing behind the last one. Without a policy by number only. */
static int parse(struct nlattr **tb, u32 max, const void *data, int len,
		 const struct nla_policy *policy, struct netlink_ext_ack *extack, u32 depth)
{
	const struct nlattr *a = data;

	if (depth >= DEPTH_MAX)
		return refuse(extack, NULL, -EINVAL, "nested too deep");
	if (tb)
		memset(tb, 0, (max + 1) * sizeof(*tb));
	for (; nla_ok(a, len); a = nla_next(a, &len)) {
		u32 type = nla_type(a);
		int err;

		if (!type || type > max)
			return refuse(extack, a, -EINVAL, "unknown attribute");
		err = policy ? validate(a, &policy[type], extack, depth) : 0;
		if (err)
			return err;
		if (tb)
			tb[type] = (struct nlattr *)a;
	}
	return len ? refuse(extack, NULL, -EINVAL, "bytes behind the attributes") : 0;
}

int nla_parse_nested(struct nlattr **tb, int max, const struct nlattr *nest,
		     const struct nla_policy *policy, struct netlink_ext_ack *extack)
{
	if (!(nest->nla_type & NLA_F_NESTED))
		return refuse(extack, nest, -EINVAL, "not marked as nested");
	return parse(tb, max, nla_data(nest), nla_len(nest), policy, extack, 0);
}

/* ---- requests ---- */

int genl_register_family(struct genl_family *f)
{
	family = f;
	return 0;
}

int genl_unregister_family(const struct genl_family *f)
{
	family = NULL;
	return 0;
}

int netlink_register_notifier(struct notifier_block *nb)
{
	notifier = nb;
	return 0;
}

bool netlink_capable(const struct sk_buff *skb, int cap)
{
	return sender_caps >> cap & 1;
}

static const struct genl_split_ops *find_op(u8 cmd, bool dump)
{
	for (u32 i = 0; i < family->n_split_ops; i++) {
		const struct genl_split_ops *op = &family->split_ops[i];

		if (op->cmd == cmd && !(op->flags & GENL_CMD_CAP_DO) == dump)
			return op;
	}
	return NULL;
}

static int run_dump(const struct genl_split_ops *op, struct sk_buff *request, struct genl_info *info)
{
	struct netlink_callback cb = { request, info->nlhdr, info->extack, info, { 0 } };
	int err = op->start ? op->start(&cb) : 0;

	if (err)
		return err;
	for (;;) {
		/* Small, so that it takes several. */
		struct sk_buff *skb = genlmsg_new(512, GFP_KERNEL);

		if (!skb)
			break;
		err = op->dumpit(skb, &cb);
		well_formed(skb);
		if (err > 0)
			answer.replies++;
		nlmsg_free(skb);
		if (err <= 0)
			break;
	}
	if (op->done)
		op->done(&cb);
	return err < 0 ? err : 0;
}

static int run(struct sk_buff *skb, struct nlmsghdr *nlh, struct netlink_ext_ack *extack, u32 portid)
{
	struct genlmsghdr *genlh = (void *)(nlh + 1);
	struct nlattr *attrs[LITEBOX_A_BOX_MAX + 1] = { NULL };
	struct genl_info info = { portid, nlh->nlmsg_seq, nlh, genlh, attrs, extack };
	bool dump = (nlh->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	const struct genl_split_ops *op;
	int err;

	op = find_op(genlh->cmd, dump);
	if (!op)
		return refuse(extack, NULL, -EOPNOTSUPP, "no such command");
	if (op->flags & GENL_ADMIN_PERM && !netlink_capable(skb, CAP_NET_ADMIN))
		return refuse(extack, NULL, -EPERM, "needs CAP_NET_ADMIN");
	if (op->maxattr > LITEBOX_A_BOX_MAX)
		die("command %u has %u attributes", op->cmd, op->maxattr);
	/* Who has no policy takes no attributes. */
	err = parse(attrs, op->maxattr, (char *)genlh + GENL_HDRLEN,
		    nlh->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN, op->policy, extack, 0);
	if (err)
		return err;
	if (dump)
		return run_dump(op, skb, &info);
	err = op->pre_doit ? op->pre_doit(op, skb, &info) : 0;
	return err ? err : op->doit(skb, &info);
}

struct shim_answer shim_request(const void *message, size_t len, u32 portid, u64 caps)
{
	struct netlink_ext_ack extack = { NULL, NULL, false };
	struct sk_buff *skb = calloc(1, sizeof(*skb));
	struct nlmsghdr *nlh = malloc(len);

	memset(&answer, 0, sizeof(answer));
	memcpy(nlh, message, len);
	*skb = (struct sk_buff){ 1, (u8 *)nlh, len, len, { &sender, portid } };
	skbs++;
	sender_caps = caps;
	answer.err = run(skb, nlh, &extack, portid);
	answer.text = extack._msg;
	if (getenv("FUZZ_TRACE"))
		fprintf(stderr, "command %u = %d: %s\n", ((struct genlmsghdr *)(nlh + 1))->cmd, answer.err,
			answer.text ? answer.text : "");
	if (answer.err && !extack._msg && !extack.missing && answer.err != -ENOMEM && answer.err != -EINTR)
		die("command %u is refused without a word: %d", ((struct genlmsghdr *)(nlh + 1))->cmd,
		    answer.err);
	/* Back to user mode. */
	while (works) {
		struct callback_head *work = works;

		works = work->next;
		work->func(work);
	}
	nlmsg_free(skb);
	shim_check();
	return answer;
}

void shim_socket_close(u32 portid)
{
	struct netlink_notify n = { &init_net, portid, NETLINK_GENERIC };

	notifier->notifier_call(notifier, NETLINK_URELEASE, &n);
	shim_check();
}

void shim_check(void)
{
	struct lb_box *box;

	if (locks_held)
		die("%u locks are held", locks_held);
	if (skbs)
		die("%u messages are left", skbs);
	if (entering_files)
		die("%u files of those that entered are left", entering_files);
	if (sender.refs != 1 || first_pid.refs != 1)
		die("references are left: %d on the socket, %d on the pid", sender.refs, first_pid.refs);
	for (u32 i = 0; i < FILES; i++)
		if (files[i].refs)
			die("%d references on descriptor %u are left", files[i].refs, i);
	list_for_each_entry(box, &lb_boxes, node)
		if (box->refs.n != 1)
			die("%d references on box %s", box->refs.n, box->name);
}

void shim_reset(void)
{
	shim_fail_alloc(0);
	while (lb_boxes.next != &lb_boxes)
		lb_box_kill(container_of(lb_boxes.next, struct lb_box, node), LITEBOX_END_KILLED, NULL);
	next_id = 1;
	lb_control_exit();
}
