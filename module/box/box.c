// SPDX-License-Identifier: GPL-2.0
/* Boxes: birth, entering, killing, the end. */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/file.h>
#include <linux/fdtable.h>
#include <linux/ktime.h>
#include <linux/timekeeping.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/resource.h>
#include <uapi/linux/litebox.h>
#include "box.h"
#include "task.h"
#include "handle.h"
#include "../confine/confine.h"
#include "../redirect/redirect.h"
#include "../south/imports.h"
#include "../south/south_ops.h"

DEFINE_MUTEX(lb_boxes_lock);	/* lb_boxes */
LIST_HEAD(lb_boxes);
static struct workqueue_struct *lb_box_wq;
static u32 lb_next_id = 1;	/* lb_boxes_lock */
static u32 lb_nr_boxes;		/* lb_boxes_lock */

/*
 * Credentials for South's look at host files: @full for an image folder of the box's
 * own, where it is root as far as owners and modes go (but not to keep set-id bits of
 * what it writes), else as a nobody.
 */
static const struct cred *lb_box_cred(kuid_t uid, kgid_t gid, bool full)
{
	struct cred *cred = prepare_kernel_cred(&init_task);

	if (!cred)
		return NULL;
	cap_clear(cred->cap_effective);
	cap_clear(cred->cap_permitted);
	cap_clear(cred->cap_inheritable);
	cap_clear(cred->cap_ambient);
	if (full) {
		cap_raise(cred->cap_effective, CAP_CHOWN);
		cap_raise(cred->cap_effective, CAP_DAC_OVERRIDE);
		cap_raise(cred->cap_effective, CAP_DAC_READ_SEARCH);
		cap_raise(cred->cap_effective, CAP_FOWNER);
		cred->cap_permitted = cred->cap_effective;
		return cred;
	}
	cred->uid = cred->euid = cred->suid = cred->fsuid = uid;
	cred->gid = cred->egid = cred->sgid = cred->fsgid = gid;
	return cred;
}

static void lb_box_free(struct lb_box *box)
{
	u32 i;

	/* Those that were added to a box which was killed before it had a task. */
	lb_handles_destroy(box);
	for (i = 0; i < box->nr_config; i++)
		kfree(box->config[i]);
	kfree(box->config);
	if (box->host_cred)
		put_cred(box->host_cred);
	if (box->root_cred)
		put_cred(box->root_cred);
	if (box->south)
		lb_south_put(box->south);
	if (box->pid_ns)
		put_pid_ns(box->pid_ns);
	kvfree(box->calls);
	kvfree(box->unanswered);
	/* The probe may be looking at the pid namespace of a gate file that just went. */
	kfree_rcu(box, rcu);
	module_put(THIS_MODULE);
}

void lb_box_put(struct lb_box *box)
{
	if (refcount_dec_and_test(&box->refs))
		lb_box_free(box);
}

/* The box has no task and will have none: give back what it holds, tell, forget. */
static void lb_box_end(struct work_struct *work)
{
	struct lb_box *box = container_of(work, struct lb_box, end_work);

	lb_handles_destroy(box);
	lb_memory_free(box->memory);
	box->memory = NULL;
	lb_event_end(box);
	mutex_lock(&lb_boxes_lock);
	list_del_init(&box->node);
	lb_nr_boxes--;
	mutex_unlock(&lb_boxes_lock);
	lb_box_put(box);
}

/* With box->lock held: nobody is left and nobody may come. True once. */
static bool lb_box_over(struct lb_box *box)
{
	lockdep_assert_held(&box->lock);
	if (box->nr_tasks || box->state == LB_BOX_NEW || box->state == LB_BOX_ENDED)
		return false;
	box->state = LB_BOX_ENDED;
	return true;
}

void lb_box_leave(struct lb_box *box)
{
	bool over;

	spin_lock(&box->lock);
	box->nr_tasks--;
	over = lb_box_over(box);
	spin_unlock(&box->lock);
	if (over)
		queue_work(lb_box_wq, &box->end_work);
}

void lb_box_kill(struct lb_box *box, u32 reason, const char *why)
{
	struct lb_task *t;
	bool over;

	spin_lock(&box->lock);
	if (box->state < LB_BOX_DYING) {
		box->state = LB_BOX_DYING;
		box->end_reason = reason;
		if (why)
			strscpy(box->end_why, why, sizeof(box->end_why));
	}
	list_for_each_entry(t, &box->tasks, node)
		send_sig(SIGKILL, t->task, 1);
	over = lb_box_over(box);
	spin_unlock(&box->lock);
	lb_waits_wake_all(box);
	if (over)
		queue_work(lb_box_wq, &box->end_work);
}

struct lb_box *lb_box_create(const struct lb_box_config *cfg)
{
	struct lb_box *box, *other;
	int err = -ENOMEM;

	/* A caller that control's table brought here may come while the module goes. */
	if (!try_module_get(THIS_MODULE))
		return ERR_PTR(-ENODEV);
	box = kzalloc(sizeof(*box), GFP_KERNEL_ACCOUNT);
	if (!box) {
		module_put(THIS_MODULE);
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&box->refs, 2);
	spin_lock_init(&box->lock);
	mutex_init(&box->enter_lock);
	INIT_LIST_HEAD(&box->tasks);
	INIT_LIST_HEAD(&box->node);
	INIT_WORK(&box->end_work, lb_box_end);
	xa_init_flags(&box->handles, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	lb_waits_init(&box->waits);
	box->start = ktime_get_boottime_ns();
	box->max_tasks = cfg->max_tasks ?: LB_BOX_TASKS;
	box->owner_portid = cfg->owner_portid;
	box->memory_limit = cfg->memory_limit;
	box->cpus = cfg->cpus;
	box->nice = max(task_nice(current), 0);
	strscpy(box->name, cfg->name, sizeof(box->name));
	box->calls = kvcalloc(LB_NR_SYSCALLS, sizeof(*box->calls), GFP_KERNEL_ACCOUNT);
	box->unanswered = kvcalloc(LB_NR_SYSCALLS, sizeof(*box->unanswered), GFP_KERNEL_ACCOUNT);
	box->config = kcalloc(LB_BOX_CONFIG_LINES, sizeof(*box->config), GFP_KERNEL_ACCOUNT);
	box->host_cred = lb_box_cred(cfg->host_uid, cfg->host_gid, false);
	box->root_cred = lb_box_cred(cfg->host_uid, cfg->host_gid, true);
	box->memory = lb_memory_new(cfg->max_memory ?: LB_MEMORY_MAX);
	box->south = lb_south_get("linux");
	if (!box->calls || !box->unanswered || !box->config || !box->host_cred ||
	    !box->root_cred || !box->memory || !box->south)
		goto err_free;

	mutex_lock(&lb_boxes_lock);
	err = -ENOSPC;
	if (lb_nr_boxes >= LB_MAX_BOXES)
		goto err_unlock;
	box->id = lb_next_id++;
	if (!box->name[0])
		scnprintf(box->name, sizeof(box->name), "box-%u", box->id);
	err = -EEXIST;
	list_for_each_entry(other, &lb_boxes, node)
		if (!strcmp(other->name, box->name))
			goto err_unlock;
	list_add_tail(&box->node, &lb_boxes);
	lb_nr_boxes++;
	mutex_unlock(&lb_boxes_lock);
	return box;

err_unlock:
	mutex_unlock(&lb_boxes_lock);
err_free:
	lb_memory_free(box->memory);
	lb_box_free(box);
	return ERR_PTR(err);
}

int lb_box_add_config(struct lb_box *box, const char *line)
{
	int err = -EBUSY;
	char *copy;

	if (strlen(line) >= LB_BOX_CONFIG_LINE)
		return -ENAMETOOLONG;
	copy = kstrdup(line, GFP_KERNEL_ACCOUNT);
	if (!copy)
		return -ENOMEM;
	mutex_lock(&box->enter_lock);
	if (box->nr_config == LB_BOX_CONFIG_LINES) {
		err = -ENOSPC;
	} else if (!box->booted) {
		box->config[box->nr_config++] = copy;
		copy = NULL;
		err = 0;
	}
	mutex_unlock(&box->enter_lock);
	kfree(copy);
	return err;
}

struct lb_box *lb_box_find(u32 id)
{
	struct lb_box *box;

	lockdep_assert_held(&lb_boxes_lock);
	list_for_each_entry(box, &lb_boxes, node)
		if (box->id == id) {
			refcount_inc(&box->refs);
			return box;
		}
	return NULL;
}

struct lb_box *lb_box_find_name(const char *name)
{
	struct lb_box *box;

	lockdep_assert_held(&lb_boxes_lock);
	list_for_each_entry(box, &lb_boxes, node)
		if (!strcmp(box->name, name)) {
			refcount_inc(&box->refs);
			return box;
		}
	return NULL;
}

/*
 * A terminal is mostly open for reading and writing wherever it is used, and a box
 * that was given one to print on isn't to read what is typed there: not unless it was
 * given the same as its standard input.
 */
static int lb_box_stream(struct lb_box *box, struct file *file, fmode_t mode,
			 const struct file *other)
{
	if (!file)
		return -1;
	if (other && file_inode(other) == file_inode(file))
		mode |= FMODE_READ | FMODE_WRITE;
	return lb_handle_add_stream(box, file, mode);
}

/* Under enter_lock: boot North if nobody did, then make the caller a task of it. */
static int lb_box_enter_north(struct lb_box *box, struct lb_task *t, struct file *in,
			      struct file *out, struct file *err)
{
	int h[3] = { lb_box_stream(box, in, FMODE_READ, out),
		     lb_box_stream(box, out, FMODE_WRITE, in),
		     lb_box_stream(box, err, FMODE_WRITE, in) };
	s64 north;
	int i;

	for (i = 0; i < 3; i++)
		if (h[i] < -1) {
			north = h[i];
			goto err_handles;
		}
	if (!box->booted) {
		int ret = lb_north_boot(t);

		if (ret) {
			north = ret;
			goto err_handles;
		}
		box->booted = true;
	}
	north = lb_north_enter(t, t->fact[LB_FACT_TID], t->fact[LB_FACT_PID], h[0], h[1], h[2]);
	if (north < 0)
		goto err_handles;
	t->north = north;
	return 0;

err_handles:
	for (i = 0; i < 3; i++)
		if (h[i] >= 0)
			lb_handle_close(box, h[i]);
	/* What North says may be anything, and is told to the task that wanted to enter. */
	return IS_ERR_VALUE(north) ? north : -EIO;
}

/*
 * What the task still holds of the host goes when it executes its first program:
 * every descriptor but the gate and the stub. And no core dumps: 1 is the limit
 * at which the host's core pattern isn't run either (do_coredump()).
 */
static void lb_box_strip(void)
{
	struct files_struct *files = current->files;
	struct fdtable *fdt;
	unsigned int fd;

	spin_lock(&files->file_lock);
	fdt = files_fdtable(files);
	for (fd = 0; fd < fdt->max_fds; fd++)
		if (fd != LB_GATE_FD && fd != LB_STUB_FD)
			__set_bit(fd, fdt->close_on_exec);
	spin_unlock(&files->file_lock);
	task_lock(current->group_leader);
	current->signal->rlim[RLIMIT_CORE] = (struct rlimit){ 1, 1 };
	task_unlock(current->group_leader);
}

int lb_box_enter(struct lb_box *box, struct file *in, struct file *out, struct file *err,
		 const char **why)
{
	struct lb_task *t;
	struct file *gate;
	int gate_fd, stub_fd, ret;

	might_sleep();
	lockdep_assert_none_held_once();
	*why = "the task is in a box already";
	if (lb_task_current())
		return -EBUSY;
	*why = "only a process with one thread, and memory and descriptors of its own, may enter";
	if (atomic_read(&current->files->count) != 1 || get_nr_threads(current) != 1 ||
	    atomic_read(&current->mm->mm_users) != 1 || current->vfork_done)
		return -EINVAL;
	ret = lb_jail_check(why);
	if (ret)
		return ret;

	if (mutex_lock_killable(&box->enter_lock))
		return -EINTR;
	*why = "the box belongs to another pid namespace";
	ret = -EXDEV;
	if (!box->pid_ns)
		box->pid_ns = get_pid_ns(task_active_pid_ns(current));
	else if (box->pid_ns != task_active_pid_ns(current))
		goto err_unlock;
	t = lb_task_new(box);
	*why = "the box takes no further task";
	ret = PTR_ERR_OR_ZERO(t);
	if (ret)
		goto err_unlock;
	gate = lb_gate_file(t);
	*why = "no memory for the gate";
	if (IS_ERR(gate)) {
		ret = PTR_ERR(gate);
		lb_task_free(t);
		goto err_unlock;
	}
	/* From here the gate file owns the task. */
	*why = "descriptors 3 and 4 must be free, and 0 to 2 in use";
	gate_fd = get_unused_fd_flags(0);
	stub_fd = get_unused_fd_flags(0);
	ret = -EBUSY;
	if (gate_fd != LB_GATE_FD || stub_fd != LB_STUB_FD)
		goto err_fds;
	spin_lock(&box->lock);
	if (box->state == LB_BOX_NEW)
		box->state = LB_BOX_ALIVE;
	if (!box->total_tasks)
		box->first = t;
	spin_unlock(&box->lock);
	lb_task_bind(t, current);
	*why = "North refused the task";
	ret = lb_box_enter_north(box, t, in, out, err);
	if (ret)
		goto err_fds;
	if (box->total_tasks == 1)
		lb_event_start(box);
	mutex_unlock(&box->enter_lock);
	fd_install(gate_fd, gate);
	fd_install(stub_fd, lb_exec_stub());
	lb_box_strip();
	lb_probe_arm();
	return 0;

err_fds:
	if (gate_fd >= 0)
		put_unused_fd(gate_fd);
	if (stub_fd >= 0)
		put_unused_fd(stub_fd);
	fput(gate);
err_unlock:
	mutex_unlock(&box->enter_lock);
	return ret;
}

int lb_box_init(void)
{
	lb_box_wq = alloc_workqueue("litebox", WQ_UNBOUND, 0);
	return lb_box_wq ? 0 : -ENOMEM;
}

/* Also waits for the work that dropped the module's last reference to return. */
void lb_box_exit(void)
{
	destroy_workqueue(lb_box_wq);
}
