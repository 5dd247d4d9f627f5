/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The names of the kernel's that module/control uses, in user space: so its sources
 * compile as they are. Included before each of them; the kernel's headers are empty
 * then. What has no meaning without a kernel (locks, RCU) is nothing; references are
 * counted and requests are parsed for real, in netlink.c.
 */
#ifndef HOSTED_KERNEL_NETLINK_H
#define HOSTED_KERNEL_NETLINK_H

#include <errno.h>
#include <linux/capability.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "uapi/linux/litebox.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
typedef unsigned short umode_t;

/* ---- words ---- */

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define container_of(p, t, m) ((t *)((char *)(p) - offsetof(t, m)))
#define static_assert(cond) _Static_assert(cond, #cond)
#define __ro_after_init
#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))
#define PATH_MAX 4096
#define GFP_KERNEL 0
#define GFP_KERNEL_ACCOUNT 0
#define THIS_MODULE (&the_module)
#define MODULE_ALIAS_GENL_FAMILY(name) extern int module_alias_unused
struct module {
	const char *version;
};
extern struct module the_module;

#define MAX_ERRNO 4095
#define IS_ERR(p) ((unsigned long)(p) >= (unsigned long)-MAX_ERRNO)
#define PTR_ERR(p) ((long)(p))
#define ERR_PTR(e) ((void *)(long)(e))
#define ERR_CAST(p) ((void *)(p))

/* Fails when the case says so. */
void *shim_alloc(size_t size);
#define kzalloc(size, gfp) shim_alloc(size)
#define kvmalloc_array(n, size, gfp) shim_alloc((n) * (size))
#define kfree(p) free(p)
#define kvfree(p) free(p)
char *kvasprintf(int gfp, const char *fmt, va_list ap);

#define isascii(c) (!((unsigned char)(c) & 0x80))
#define isalnum(c) (((c) >= '0' && (c) <= '9') || ((c) >= 'a' && (c) <= 'z') || ((c) >= 'A' && (c) <= 'Z'))
#define isgraph(c) ((c) > ' ' && (c) < 127)
#define strscpy(to, from, size) snprintf(to, size, "%s", from)

/* ---- lists, locks, counts: one thread ---- */

struct list_head {
	struct list_head *next, *prev;
};
#define list_for_each_entry(pos, head, m) \
	for (pos = container_of((head)->next, __typeof__(*pos), m); &pos->m != (head); \
	     pos = container_of(pos->m.next, __typeof__(*pos), m))
size_t list_count_nodes(struct list_head *head);

/* Taken twice, or given back without being taken, is found. */
struct mutex {
	int held;
};
typedef struct mutex spinlock_t;
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);
#define spin_lock(l) mutex_lock(l)
#define spin_unlock(l) mutex_unlock(l)
static inline struct mutex *shim_guard(struct mutex *m)
{
	mutex_lock(m);
	return m;
}
static inline void shim_unguard(struct mutex **m)
{
	mutex_unlock(*m);
}
#define guard(kind) SHIM_GUARD
#define SHIM_GUARD(m) __attribute__((cleanup(shim_unguard), unused)) struct mutex *guarded = shim_guard(m)
void might_sleep(void);

typedef struct { int n; } refcount_t;
bool refcount_inc_not_zero(refcount_t *r);
typedef struct { u64 n; } atomic64_t;
typedef struct { int n; } atomic_t;
#define atomic64_read(a) ((a)->n)
struct rcu_head { int unused; };
struct work_struct { int unused; };

struct xarray { void *slots[8]; };
#define DEFINE_XARRAY_FLAGS(name, flags) struct xarray name
#define xa_mk_value(v) ((void *)((unsigned long)(v) << 1 | 1))
int xa_err(void *entry);
void *xa_store(struct xarray *xa, unsigned long at, void *entry, int gfp);
void *xa_erase(struct xarray *xa, unsigned long at);
void *xa_cmpxchg(struct xarray *xa, unsigned long at, void *old, void *new, int gfp);
#define xa_destroy(xa) memset(xa, 0, sizeof(*(xa)))

/* ---- files, ids, processes ---- */

struct file;
struct task_struct;
struct path { int unused; };
struct inode { umode_t i_mode; };
struct file_operations {
	struct module *owner;
	int (*release)(struct inode *inode, struct file *file);
};
struct file {
	int refs;
	struct inode inode;
	struct path f_path;
	const struct file_operations *ops;
	void *private_data;
};
#define file_inode(f) (&(f)->inode)
struct file *fget(unsigned int fd);
struct file *fget_raw(unsigned int fd);
void fput(struct file *file);
struct file *anon_inode_getfile(const char *name, const struct file_operations *ops, void *p, int flags);

typedef struct { u32 val; } kuid_t;
typedef struct { u32 val; } kgid_t;
#define KUIDT_INIT(v) ((kuid_t){ v })
#define KGIDT_INIT(v) ((kgid_t){ v })
#define from_kuid(ns, id) ((id).val)
#define from_kgid(ns, id) ((id).val)
struct cred {
	kuid_t uid;
	kgid_t gid;
};

struct callback_head {
	struct callback_head *next;
	void (*func)(struct callback_head *work);
};
#define TWA_RESUME 1
#define init_task_work(w, f) ((w)->func = (f))
int task_work_add(struct task_struct *task, struct callback_head *work, int how);
struct pid { int refs; };
struct pid_namespace { int unused; };
struct task_struct {
	u32 flags;
	struct pid *pid;
};
extern struct task_struct shim_current;
#define current (&shim_current)
#define PF_KTHREAD 1
#define PF_USER_WORKER 2
#define PF_EXITING 4
struct pid *get_pid(struct pid *pid);
void put_pid(struct pid *pid);
int kill_pid(struct pid *pid, int sig, int priv);
#define pid_nr(pid) 77
#define thread_group_leader(t) true
#define task_tgid(t) ((t)->pid)
#define task_tgid_nr(t) 77
#define task_tgid_nr_ns(t, ns) 1

struct net { int unused; };
extern struct net init_net;
#define net_eq(a, b) ((a) == (b))
struct uts_namespace { struct { char release[65]; } name; };
extern struct uts_namespace init_uts_ns;

/* ---- netlink ---- */

struct sock { int refs; };
#define sock_hold(sk) ((sk)->refs++)
#define sock_put(sk) ((sk)->refs--)
struct sk_buff {
	int refs;
	u8 *data;
	size_t len, size;
	struct { struct sock *sk; u32 portid; } cb;
};
#define NETLINK_CB(skb) ((skb)->cb)
#define nlmsg_hdr(skb) ((struct nlmsghdr *)(skb)->data)

struct netlink_ext_ack {
	const char *_msg;
	const struct nlattr *bad_attr;
	bool missing;
};
#define NL_SET_ERR_MSG(extack, msg) do {					\
	if (extack)								\
		(extack)->_msg = (msg);						\
} while (0)
#define NL_SET_ERR_MSG_ATTR(extack, attr, msg) do {				\
	if (extack) {								\
		(extack)->_msg = (msg);						\
		(extack)->bad_attr = (attr);					\
	}									\
} while (0)

enum { NLA_UNSPEC, NLA_U8, NLA_U16, NLA_U32, NLA_U64, NLA_STRING, NLA_FLAG, NLA_MSECS, NLA_NESTED,
       NLA_NUL_STRING, NLA_BINARY, NLA_REJECT, NLA_UINT };
struct nla_policy {
	u8 type;
	u16 len;
	bool ranged;
	u64 min, max;
	const struct nla_policy *nested;
};
#define NLA_POLICY_MIN(t, low) { .type = t, .ranged = true, .min = low, .max = ~0ull }
#define NLA_POLICY_RANGE(t, low, high) { .type = t, .ranged = true, .min = low, .max = high }
#define NLA_POLICY_NESTED(p) { .type = NLA_NESTED, .nested = p, .len = ARRAY_SIZE(p) - 1 }

#define nla_type(a) ((a)->nla_type & NLA_TYPE_MASK)
#define nla_data(a) ((void *)((char *)(a) + NLA_HDRLEN))
#define nla_len(a) ((int)(a)->nla_len - NLA_HDRLEN)
#define nla_total_size(n) NLA_ALIGN(NLA_HDRLEN + (n))
#define nla_get_flag(a) (!!(a))
u32 nla_get_u32(const struct nlattr *a);
u64 nla_get_uint(const struct nlattr *a);
ssize_t nla_strscpy(char *to, const struct nlattr *a, size_t size);
bool nla_ok(const struct nlattr *a, int left);
const struct nlattr *nla_next(const struct nlattr *a, int *left);
#define nlmsg_for_each_attr(pos, nlh, hdrlen, left)				\
	for (pos = (void *)((char *)(nlh) + NLMSG_HDRLEN + (hdrlen)),		\
	     left = (int)(nlh)->nlmsg_len - NLMSG_HDRLEN - (hdrlen);		\
	     nla_ok(pos, left); pos = nla_next(pos, &(left)))
int nla_parse_nested(struct nlattr **tb, int max, const struct nlattr *nest,
		     const struct nla_policy *policy, struct netlink_ext_ack *extack);
int nla_put(struct sk_buff *skb, int type, const void *data, int len);
int nla_put_u32(struct sk_buff *skb, int type, u32 v);
int nla_put_uint(struct sk_buff *skb, int type, u64 v);
int nla_put_string(struct sk_buff *skb, int type, const char *s);
int nla_put_flag(struct sk_buff *skb, int type);

struct genl_info {
	u32 snd_portid, snd_seq;
	struct nlmsghdr *nlhdr;
	struct genlmsghdr *genlhdr;
	struct nlattr **attrs;
	struct netlink_ext_ack *extack;
};
struct netlink_callback {
	struct sk_buff *skb;
	const struct nlmsghdr *nlh;
	struct netlink_ext_ack *extack;
	struct genl_info *info;
	long args[6];
};
#define genl_info_dump(cb) ((const struct genl_info *)(cb)->info)
#define GENL_SET_ERR_MSG(info, msg) NL_SET_ERR_MSG((info)->extack, msg)
#define GENL_REQ_ATTR_CHECK(info, attr) \
	((info)->attrs[attr] ? false : ((info)->extack->missing = true))

struct genl_split_ops {
	int (*pre_doit)(const struct genl_split_ops *ops, struct sk_buff *skb, struct genl_info *info);
	int (*doit)(struct sk_buff *skb, struct genl_info *info);
	int (*start)(struct netlink_callback *cb);
	int (*dumpit)(struct sk_buff *skb, struct netlink_callback *cb);
	int (*done)(struct netlink_callback *cb);
	const struct nla_policy *policy;
	u32 maxattr;
	u8 cmd, flags;
};
#define GENL_MCAST_CAP_NET_ADMIN 1
#define GENL_MCAST_CAP_SYS_ADMIN 2
struct genl_multicast_group {
	const char *name;
	u8 flags;
};
struct genl_family {
	const char *name;
	u32 version;
	bool netnsok, parallel_ops;
	struct module *module;
	const struct genl_split_ops *split_ops;
	u32 n_split_ops;
	const struct genl_multicast_group *mcgrps;
	u32 n_mcgrps;
};
#define GENLMSG_DEFAULT_SIZE 3776
int genl_register_family(struct genl_family *family);
int genl_unregister_family(const struct genl_family *family);
bool netlink_capable(const struct sk_buff *skb, int cap);
struct sk_buff *genlmsg_new(size_t size, int gfp);
void *genlmsg_put(struct sk_buff *skb, u32 portid, u32 seq, const struct genl_family *f, int flags, u8 cmd);
void *genlmsg_put_reply(struct sk_buff *skb, struct genl_info *info, const struct genl_family *f, int flags, u8 cmd);
void genlmsg_end(struct sk_buff *skb, void *hdr);
void genlmsg_cancel(struct sk_buff *skb, void *hdr);
int genlmsg_reply(struct sk_buff *skb, struct genl_info *info);
int genlmsg_multicast(const struct genl_family *f, struct sk_buff *skb, u32 portid, u32 group, int gfp);
#define genl_has_listeners(f, net, group) true
void nlmsg_free(struct sk_buff *skb);
struct sk_buff *skb_get(struct sk_buff *skb);
#define consume_skb(skb) nlmsg_free(skb)
void netlink_ack(struct sk_buff *skb, struct nlmsghdr *nlh, int err, const struct netlink_ext_ack *extack);

struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long event, void *data);
};
struct netlink_notify {
	struct net *net;
	u32 portid;
	int protocol;
};
#define NETLINK_URELEASE 1
#define NOTIFY_DONE 0
int netlink_register_notifier(struct notifier_block *nb);
#define netlink_unregister_notifier(nb) do { } while (0)

/* ---- in place of module/box, module/confine, module/redirect ---- */

#define LB_TASK_H
#define LB_CONFINE_H
#define LB_REDIRECT_H
#define LB_HANDLE_H
#include "module/box/box.h"
struct lb_task {
	struct task_struct *task;
	struct list_head node;
};
u64 lb_memory_size(const struct lb_memory *m);
int lb_handle_add_place(struct lb_box *box, const struct path *path, bool writable, bool trusted);
enum lb_way { LB_WAY_NONE, LB_WAY_INLINE, LB_WAY_GATE, LB_WAY_NATIVE, LB_WAY_REFUSE };
const char *lb_syscall_name(u32 nr);
u8 lb_syscall_way(u32 nr);

/* ---- what a program asks of it ---- */

/* What generic netlink answered last. */
struct shim_answer {
	int err;
	const char *text;
	u32 replies, events, acks;
};
/* One request, as generic netlink takes it; @caps: a bit a capability of the sender's. */
struct shim_answer shim_request(const void *message, size_t len, u32 portid, u64 caps);
/* The socket of @portid is closed. */
void shim_socket_close(u32 portid);
/* Makes the @n'th allocation from now fail, and all after it; 0: none. */
void shim_fail_alloc(u32 n);
/* Everything must be back that a request may have taken; aborts otherwise. */
void shim_check(void);
/* Boxes and grants go. */
void shim_reset(void);

#endif
