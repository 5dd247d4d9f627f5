// SPDX-License-Identifier: GPL-2.0
/*
 * The jail: what lbctl must have built around a task before it may enter a box,
 * so that a task which lost the redirect finds nothing. Checked, not built, here.
 */
#include <linux/sched.h>
#include <linux/nsproxy.h>
#include <linux/cred.h>
#include <linux/capability.h>
#include <linux/user_namespace.h>
#include <linux/pid_namespace.h>
#include <linux/seccomp.h>
#include <linux/namei.h>
#include <linux/file.h>
#include <linux/fs.h>
#include "box.h"

/* An empty root, and a Landlock domain (or the like) that denies even to list it. */
static bool lb_jail_root_closed(void)
{
	struct path root;
	struct file *file;
	bool closed;

	if (kern_path("/", LOOKUP_DIRECTORY, &root))
		return true;
	file = dentry_open(&root, O_RDONLY | O_DIRECTORY, current_cred());
	closed = IS_ERR(file);
	if (!closed)
		fput(file);
	path_put(&root);
	return closed;
}

int lb_jail_check(const char **why)
{
	const struct nsproxy *mine = current->nsproxy, *host = init_task.nsproxy;
	const struct cred *cred = current_cred();

	*why = "jail: needs mount, ipc, uts, network and cgroup namespaces of its own";
	if (mine->mnt_ns == host->mnt_ns || mine->ipc_ns == host->ipc_ns ||
	    mine->uts_ns == host->uts_ns || mine->net_ns == host->net_ns ||
	    mine->cgroup_ns == host->cgroup_ns)
		return -EPERM;
	*why = "jail: needs a user and a pid namespace of its own";
	if (cred->user_ns == &init_user_ns || task_active_pid_ns(current) == &init_pid_ns)
		return -EPERM;
	*why = "jail: needs an unprivileged host user and group";
	if (!__kuid_val(cred->uid) || !__kuid_val(cred->euid) || !__kuid_val(cred->suid) ||
	    !__kgid_val(cred->gid) || !__kgid_val(cred->egid) || !__kgid_val(cred->sgid))
		return -EPERM;
	*why = "jail: needs to be without capabilities";
	if (!cap_isclear(cred->cap_effective) || !cap_isclear(cred->cap_permitted) ||
	    !cap_isclear(cred->cap_inheritable) || !cap_isclear(cred->cap_bset) ||
	    !cap_isclear(cred->cap_ambient))
		return -EPERM;
	*why = "jail: needs no_new_privs";
	if (!task_no_new_privs(current))
		return -EPERM;
	*why = "jail: needs a seccomp filter";
	if (current->seccomp.mode != SECCOMP_MODE_FILTER)
		return -EPERM;
	*why = "jail: needs a Landlock domain that denies its root directory";
	if (!lb_jail_root_closed())
		return -EPERM;
	*why = NULL;
	return 0;
}
