// SPDX-License-Identifier: GPL-2.0
/*
 * Which kernel functions do certain tasks enter?
 *
 * A client of ftrace that sees every function entry of the machine and remembers,
 * once each, those made in task context by the followed tasks. Nothing gets lost, as it
 * might from a ring buffer: an entry is a bit.
 *
 * /sys/kernel/debug/reach/control takes a word a write:
 *	follow	the writer and its descendants are followed from here on
 *	boxes	so is every task of a box, from when it has its gate, until it is no more
 *	off	nobody is followed, nothing traced
 *	reset	forget what was seen (while nobody is followed)
 * /sys/kernel/debug/reach/functions: address and name of what was entered.
 *
 * Interrupts (hard, soft, NMI) that come while a followed task runs are left out: they are
 * not its doing. What others do on its behalf (work queues, kernel threads) isn't seen.
 */
#include <linux/debugfs.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/seq_file.h>
#include <linux/threads.h>
#include <linux/tracepoint.h>
#include <linux/vmalloc.h>

/* From the start of the kernel's text to the end of the modules' room, 16 bytes a bit. */
#define REACH_FIRST	__START_KERNEL_map
#define REACH_BITS	((MODULES_END - REACH_FIRST) >> 4)
#define REACH_MOST	131072
#define REACH_GATE_FD	3

static unsigned long *reach_bits, *reach_seen, *reach_tasks;
static atomic_t reach_count;
static bool reach_boxes, reach_traced;
static DEFINE_MUTEX(reach_lock);	/* control */
static struct tracepoint *reach_fork;
static struct dentry *reach_folder;

/* A box's task has a file of litebox.ko there, which nobody else has. */
static __always_inline bool reach_has_gate(void)
{
	static const char name[8] = "litebox";
	struct files_struct *files = current->files;
	const struct file_operations *op;
	struct file *file;

	if (!files)
		return false;
	file = rcu_dereference_raw(rcu_dereference_raw(files->fdt)->fd[REACH_GATE_FD]);
	op = file ? READ_ONCE(file->f_op) : NULL;
	return op && op->owner && *(u64 *)op->owner->name == *(u64 *)name;
}

static __always_inline bool reach_followed(void)
{
	if (test_bit(current->pid, reach_tasks))
		return true;
	if (!READ_ONCE(reach_boxes) || (current->flags & PF_KTHREAD) || !reach_has_gate())
		return false;
	set_bit(current->pid, reach_tasks);
	return true;
}

static notrace void reach_entry(unsigned long ip, unsigned long parent, struct ftrace_ops *ops,
				struct ftrace_regs *fregs)
{
	unsigned long bit = (ip - REACH_FIRST) >> 4;
	unsigned int n;

	if (!in_task() || bit >= REACH_BITS || test_bit(bit, reach_bits))
		return;
	preempt_disable_notrace();
	/* Descriptor tables are looked at under RCU. */
	if (rcu_is_watching() && reach_followed() && !test_and_set_bit(bit, reach_bits)) {
		n = atomic_inc_return(&reach_count) - 1;
		if (n < REACH_MOST)
			WRITE_ONCE(reach_seen[n], ip);
	}
	preempt_enable_notrace();
}

/* It calls nothing that is traced, so it needs no protection from itself. */
static struct ftrace_ops reach_ops = {
	.func = reach_entry,
};

static notrace void reach_forked(void *data, struct task_struct *parent, struct task_struct *child)
{
	if (test_bit(parent->pid, reach_tasks))
		set_bit(child->pid, reach_tasks);
	else
		clear_bit(child->pid, reach_tasks);
}

static int reach_start(void)
{
	int err = 0;

	if (!reach_traced)
		err = register_ftrace_function(&reach_ops);
	reach_traced = !err;
	return err;
}

static void reach_stop(void)
{
	if (reach_traced)
		unregister_ftrace_function(&reach_ops);
	reach_traced = false;
	reach_boxes = false;
	bitmap_zero(reach_tasks, PID_MAX_LIMIT);
}

static void reach_reset(void)
{
	int i, n = min(atomic_xchg(&reach_count, 0), REACH_MOST);

	for (i = 0; i < n; i++)
		clear_bit((xchg(&reach_seen[i], 0) - REACH_FIRST) >> 4, reach_bits);
}

static ssize_t reach_write(struct file *file, const char __user *from, size_t len, loff_t *off)
{
	char word[16] = "";
	int err = 0;

	if (len >= sizeof(word))
		return -EINVAL;
	if (copy_from_user(word, from, len))
		return -EFAULT;
	guard(mutex)(&reach_lock);
	if (sysfs_streq(word, "follow")) {
		err = reach_start();
		if (!err)
			set_bit(current->pid, reach_tasks);
	} else if (sysfs_streq(word, "boxes")) {
		err = reach_start();
		WRITE_ONCE(reach_boxes, !err);
	} else if (sysfs_streq(word, "off")) {
		reach_stop();
	} else if (sysfs_streq(word, "reset")) {
		reach_reset();
	} else {
		err = -EINVAL;
	}
	return err ?: len;
}

static const struct file_operations reach_control_fops = {
	.owner = THIS_MODULE,
	.write = reach_write,
};

static void *reach_seq_start(struct seq_file *m, loff_t *pos)
{
	return *pos < min(atomic_read(&reach_count), REACH_MOST) ? &reach_seen[*pos] : NULL;
}

static void *reach_seq_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return reach_seq_start(m, pos);
}

static void reach_seq_stop(struct seq_file *m, void *v)
{
}

static int reach_seq_show(struct seq_file *m, void *v)
{
	unsigned long ip = READ_ONCE(*(unsigned long *)v);

	if (ip)
		seq_printf(m, "%lx %ps\n", ip, (void *)ip);
	return 0;
}

static const struct seq_operations reach_functions_sops = {
	.start = reach_seq_start,
	.next = reach_seq_next,
	.stop = reach_seq_stop,
	.show = reach_seq_show,
};
DEFINE_SEQ_ATTRIBUTE(reach_functions);

static void reach_find(struct tracepoint *tp, void *data)
{
	if (!strcmp(tp->name, "sched_process_fork"))
		reach_fork = tp;
}

static int __init reach_init(void)
{
	int err = -ENOMEM;

	reach_bits = vzalloc(BITS_TO_LONGS(REACH_BITS) * sizeof(long));
	reach_tasks = vzalloc(BITS_TO_LONGS(PID_MAX_LIMIT) * sizeof(long));
	reach_seen = vzalloc(REACH_MOST * sizeof(*reach_seen));
	if (!reach_bits || !reach_tasks || !reach_seen)
		goto out;
	for_each_kernel_tracepoint(reach_find, NULL);
	err = reach_fork ? tracepoint_probe_register(reach_fork, reach_forked, NULL) : -EOPNOTSUPP;
	if (err)
		goto out;
	reach_folder = debugfs_create_dir("reach", NULL);
	debugfs_create_file("control", 0600, reach_folder, NULL, &reach_control_fops);
	debugfs_create_file("functions", 0400, reach_folder, NULL, &reach_functions_fops);
	return 0;
out:
	vfree(reach_bits);
	vfree(reach_tasks);
	vfree(reach_seen);
	return err;
}

static void __exit reach_exit(void)
{
	debugfs_remove(reach_folder);
	reach_stop();
	tracepoint_probe_unregister(reach_fork, reach_forked, NULL);
	tracepoint_synchronize_unregister();
	vfree(reach_bits);
	vfree(reach_tasks);
	vfree(reach_seen);
}

module_init(reach_init);
module_exit(reach_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Which kernel functions do certain tasks enter?");
