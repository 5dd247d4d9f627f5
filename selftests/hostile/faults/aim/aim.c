// SPDX-License-Identifier: GPL-2.0
/*
 * Aims the kernel's fault injection at litebox.ko.
 *
 * failslab, fail_page_alloc and fail_usercopy can fail what a marked task asks for
 * (/proc/PID/make-it-fail), but not "what is asked for on behalf of this line of the
 * module". A probe on should_fail_ex() looks up the stack: the innermost return address
 * inside litebox.ko is the point. Where the point is to fail, the probe sets the task's
 * own fail_nth to 1, and the kernel does the rest. So each failure is the kernel's, of the
 * kind that it was asked for.
 *
 * Further probes stand where imports return to North and where system calls leave it, and
 * count what comes back, apart for calls in which something was made to fail.
 *
 * Load it before litebox.ko. /sys/kernel/debug/litebox-aim: "mode" takes a verb (below),
 * "returns" where to put probes, "points", "imports", "calls" say what was seen.
 */
#include <linux/debugfs.h>
#include <linux/fault-inject.h>
#include <linux/hash.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/syscall.h>
#include <asm/unwind.h>

#define AIM_DEPTH	64	/* frames of a stack */
#define AIM_POINTS	4096	/* powers of two */
#define AIM_CALLS	4096
#define AIM_IMPORTS	64
#define AIM_PROBES	1024
#define AIM_TASKS	64	/* with a failure whose outcome isn't known yet */
#define AIM_AGAIN	16	/* failures of a point in a row: its own fallback is denied, too */
#define AIM_INIT	BIT(40)	/* in the offset of a point in the init text */

enum aim_kind { AIM_SLAB, AIM_PAGE, AIM_COPY, AIM_KINDS };

/*
 * What fails, of what marked tasks ask for in litebox.ko:
 * off; count: nothing; each K Q: a point when it is reached for the K'th time since the
 * verb, if it failed less than Q times ever; nth N: the N'th of all since the verb;
 * random N: one in N.
 */
enum aim_mode { AIM_OFF, AIM_COUNT, AIM_EACH, AIM_NTH, AIM_RANDOM };

static const char *const aim_modes[] = {
	[AIM_OFF] = "off", [AIM_COUNT] = "count", [AIM_EACH] = "each", [AIM_NTH] = "nth",
	[AIM_RANDOM] = "random",
};

struct aim_point {
	atomic_long_t offset;	/* + 1; 0: free. Never changes again */
	atomic_t reached, since, failed[AIM_KINDS];
};

struct aim_import {
	char name[32];
	atomic_t calls, errors, injected;
	int last_errno;		/* of an injected one */
};

struct aim_call {
	atomic_long_t key;	/* kind, number and result + 1; 0: free */
	atomic_t count;
};

struct aim_probe {
	struct kprobe kp;
	struct aim_import *import;	/* NULL: here a system call ends */
	bool wide;			/* the result has 64 bits */
};

struct aim_pending {
	struct task_struct *task;	/* NULL: free */
	bool import, call;		/* has had no result yet */
	enum aim_kind kind;
	unsigned long point;
	int again;
};

static struct aim_point aim_points[AIM_POINTS];
static struct aim_call aim_calls[AIM_CALLS];
static struct aim_import aim_imports[AIM_IMPORTS];
static struct aim_probe aim_probes[AIM_PROBES];
static struct aim_pending aim_pending[AIM_TASKS];
static unsigned int aim_nr_imports, aim_nr_probes;
static atomic_t aim_nr_pending, aim_reached, aim_fired;
static unsigned long aim_text, aim_text_size, aim_init_text, aim_init_size;
static enum aim_mode aim_mode;
static int aim_arg[2];
static DEFINE_MUTEX(aim_lock);		/* what is written to debugfs */

/* What the kernel's own checkers ask for isn't the module's; without it they would go off. */
static const char *const aim_checkers[] = {
	"kmemleak", "__create_object", "create_object", "mem_pool_alloc", "stack_depot",
	"kasan_", "__kasan", "debug_object", "__debug_object", "fill_pool", "lockdep",
};

static bool aim_checker_name(unsigned long address)
{
	char name[KSYM_SYMBOL_LEN];
	int i;

	sprint_symbol(name, address);
	for (i = 0; i < ARRAY_SIZE(aim_checkers); i++)
		if (!strncmp(name, aim_checkers[i], strlen(aim_checkers[i])))
			return true;
	return false;
}

/* The same, remembered: names take long to find. The lowest bit of an entry is the answer. */
static bool aim_checker(unsigned long address)
{
	static unsigned long known[1024];
	unsigned long *slot = &known[(address ^ address >> 10) % ARRAY_SIZE(known)];
	unsigned long entry = READ_ONCE(*slot);

	if (entry >> 1 != (address & LONG_MAX)) {
		entry = address << 1 | aim_checker_name(address);
		WRITE_ONCE(*slot, entry);
	}
	return entry & 1;
}

/*
 * The offset of the innermost return address in litebox.ko; 0: there is none, or a checker
 * asks. From the registers: the way here may be a trampoline that no unwinder knows.
 */
static unsigned long aim_find(struct pt_regs *regs)
{
	struct unwind_state state;
	int i = 0;

	for (unwind_start(&state, current, regs, NULL); !unwind_done(&state) && i < AIM_DEPTH;
	     unwind_next_frame(&state), i++) {
		unsigned long address = unwind_get_return_address(&state);

		if (!address)
			break;
		if (address - aim_text < aim_text_size)
			return address - aim_text;
		if (address - aim_init_text < aim_init_size)
			return AIM_INIT + address - aim_init_text;
		if (aim_checker(address))
			return 0;
	}
	return 0;
}

/* Is it the task itself that asks? A breakpoint, by which a probe may come, looks like an NMI. */
static bool aim_in_task(void)
{
	unsigned long count = preempt_count();

	if (count & NMI_MASK)
		count -= NMI_OFFSET + HARDIRQ_OFFSET;
	return !(count & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_OFFSET));
}

/* No random numbers of the kernel's: they take locks, which a breakpoint may not. */
static u32 aim_random(u32 below)
{
	static u64 state = 88172645463325252ULL;
	u64 x = READ_ONCE(state) + task_pid_nr(current);

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	WRITE_ONCE(state, x);
	return (x >> 32) % below;
}

static struct aim_point *aim_point(unsigned long offset)
{
	unsigned int i, at = hash_long(offset, ilog2(AIM_POINTS));

	for (i = 0; i < AIM_POINTS; i++) {
		struct aim_point *p = &aim_points[(at + i) % AIM_POINTS];
		long old = atomic_long_cmpxchg(&p->offset, 0, offset + 1);

		if (!old || old == offset + 1)
			return p;
	}
	return NULL;
}

static void aim_count_call(enum aim_kind kind, unsigned int nr, int result)
{
	long key = 1 + ((long)kind << 48 | (long)(nr & 0xffff) << 32 | (u32)result);
	unsigned int i, at = hash_long(key, ilog2(AIM_CALLS));

	for (i = 0; i < AIM_CALLS; i++) {
		struct aim_call *c = &aim_calls[(at + i) % AIM_CALLS];
		long old = atomic_long_cmpxchg(&c->key, 0, key);

		if (!old || old == key) {
			atomic_inc(&c->count);
			return;
		}
	}
}

/* The entry of the current task; a free one becomes it if @make. */
static struct aim_pending *aim_pending_find(bool make)
{
	int i;

	for (i = 0; i < AIM_TASKS; i++)
		if (READ_ONCE(aim_pending[i].task) == current)
			return &aim_pending[i];
	for (i = 0; make && i < AIM_TASKS; i++)
		if (!cmpxchg(&aim_pending[i].task, NULL, current)) {
			aim_pending[i].import = false;
			aim_pending[i].call = false;
			aim_pending[i].again = 0;
			aim_pending[i].point = 0;
			atomic_inc(&aim_nr_pending);
			return &aim_pending[i];
		}
	if (!make)
		return NULL;
	/* All are taken, some by tasks that died: one loses its outcome. */
	i = hash_ptr(current, ilog2(AIM_TASKS));
	WRITE_ONCE(aim_pending[i].task, current);
	return &aim_pending[i];
}

static void aim_pending_end(struct aim_pending *pending)
{
	WRITE_ONCE(pending->task, NULL);
	atomic_dec(&aim_nr_pending);
}

static bool aim_wanted(struct aim_point *p)
{
	int failed = atomic_read(&p->failed[0]) + atomic_read(&p->failed[1]) +
		     atomic_read(&p->failed[2]);
	int since = atomic_inc_return(&p->since), all = atomic_inc_return(&aim_reached);

	switch (READ_ONCE(aim_mode)) {
	case AIM_EACH:
		return since >= aim_arg[0] && failed < aim_arg[1];
	case AIM_NTH:
		return all == aim_arg[0];
	case AIM_RANDOM:
		return !aim_random(aim_arg[0]);
	default:
		return false;
	}
}

/* The name is a folder of debugfs in some kernels and a string in others. */
static inline const char *aim_folder_name(const struct dentry *folder)
{
	return folder ? (const char *)folder->d_name.name : "";
}

static inline const char *aim_plain_name(const char *name)
{
	return name;
}

#define AIM_NAME(attr) _Generic((attr)->dname, struct dentry *: aim_folder_name,	\
				const char *: aim_plain_name, char *: aim_plain_name)((attr)->dname)

static enum aim_kind aim_kind(struct fault_attr *attr)
{
	const char *name = AIM_NAME(attr);

	if (!strcmp(name, "failslab"))
		return AIM_SLAB;
	return strcmp(name, "fail_usercopy") ? AIM_PAGE : AIM_COPY;
}

static int aim_should_fail(struct kprobe *kp, struct pt_regs *regs)
{
	struct aim_pending *pending;
	struct aim_point *p;
	unsigned long offset;
	bool again;

	if (READ_ONCE(aim_mode) == AIM_OFF || !aim_in_task() || !current->make_it_fail ||
	    current->fail_nth || !aim_text)
		return 0;
	offset = aim_find(regs);
	p = offset ? aim_point(offset) : NULL;
	if (!p)
		return 0;
	atomic_inc(&p->reached);
	pending = atomic_read(&aim_nr_pending) ? aim_pending_find(false) : NULL;
	again = pending && pending->point == offset && pending->again < AIM_AGAIN;
	if (pending && pending->point != offset)
		pending->point = 0;
	if (!aim_wanted(p) && !again)
		return 0;
	pending = aim_pending_find(true);
	pending->kind = aim_kind((struct fault_attr *)regs->di);
	pending->import = true;
	pending->call = true;
	pending->again = again ? pending->again + 1 : 0;
	pending->point = offset;
	atomic_inc(&p->failed[pending->kind]);
	atomic_inc(&aim_fired);
	WRITE_ONCE(current->fail_nth, 1);
	return 0;
}

static struct kprobe aim_kprobe = {
	.symbol_name = "should_fail_ex",
	.pre_handler = aim_should_fail,
};

static void aim_import_returns(struct aim_import *import, long result)
{
	struct aim_pending *pending = NULL;
	bool error = result < 0 && result >= -MAX_ERRNO;

	/* The one that answers with an address. */
	if (!strcmp(import->name, "grow"))
		error = !result;
	if (atomic_read(&aim_nr_pending))
		pending = aim_pending_find(false);
	atomic_inc(&import->calls);
	if (error)
		atomic_inc(&import->errors);
	if (!pending || !pending->import)
		return;
	pending->import = false;
	pending->point = 0;
	if (error) {
		atomic_inc(&import->injected);
		import->last_errno = -result;
	}
}

static void aim_call_ends(long result)
{
	struct aim_pending *pending = NULL;

	if (atomic_read(&aim_nr_pending))
		pending = aim_pending_find(false);
	if (!pending)
		return;
	if (pending->call)
		aim_count_call(pending->kind, syscall_get_nr(current, task_pt_regs(current)),
			       result < -MAX_ERRNO || result > 0 ? 1 : result);
	aim_pending_end(pending);
}

static int aim_returns(struct kprobe *kp, struct pt_regs *regs)
{
	struct aim_probe *probe = container_of(kp, struct aim_probe, kp);
	long result = probe->wide ? (long)regs->ax : (int)regs->ax;

	if (probe->import)
		aim_import_returns(probe->import, result);
	else
		aim_call_ends(result);
	return 0;
}

/* --- litebox.ko comes and goes */

static void aim_unprobe(void)
{
	mutex_lock(&aim_lock);
	while (aim_nr_probes)
		unregister_kprobe(&aim_probes[--aim_nr_probes].kp);
	mutex_unlock(&aim_lock);
}

static int aim_module(struct notifier_block *nb, unsigned long state, void *data)
{
	struct module *mod = data;

	if (strcmp(mod->name, "litebox"))
		return NOTIFY_DONE;
	switch (state) {
	case MODULE_STATE_COMING:
		aim_text_size = mod->mem[MOD_TEXT].size;
		aim_init_text = (unsigned long)mod->mem[MOD_INIT_TEXT].base;
		aim_init_size = mod->mem[MOD_INIT_TEXT].size;
		aim_text = (unsigned long)mod->mem[MOD_TEXT].base;
		break;
	case MODULE_STATE_LIVE:
		aim_init_size = 0;
		break;
	case MODULE_STATE_GOING:
		aim_unprobe();
		aim_text = 0;
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block aim_notifier = { .notifier_call = aim_module };

/* --- debugfs */

static struct aim_import *aim_import(const char *name)
{
	unsigned int i;

	for (i = 0; i < aim_nr_imports; i++)
		if (!strcmp(aim_imports[i].name, name))
			return &aim_imports[i];
	if (i == AIM_IMPORTS)
		return NULL;
	strscpy(aim_imports[i].name, name, sizeof(aim_imports[i].name));
	aim_nr_imports++;
	return &aim_imports[i];
}

/* A line: OFFSET (hexadecimal) BITS NAME, "-" for the end of a system call. */
static int aim_probe_add(char *line)
{
	struct aim_probe *probe = &aim_probes[aim_nr_probes];
	unsigned long offset;
	char name[32];
	int bits, err;

	if (aim_nr_probes == AIM_PROBES)
		return -ENOSPC;
	if (sscanf(line, "%lx %d %31s", &offset, &bits, name) != 3 || offset >= aim_text_size)
		return -EINVAL;
	memset(probe, 0, sizeof(*probe));
	probe->kp.addr = (kprobe_opcode_t *)(aim_text + offset);
	probe->kp.pre_handler = aim_returns;
	probe->wide = bits == 64;
	if (strcmp(name, "-")) {
		probe->import = aim_import(name);
		if (!probe->import)
			return -ENOSPC;
	}
	err = register_kprobe(&probe->kp);
	if (err) {
		pr_err("aim: no probe at %lx, %s: %d\n", offset, name, err);
		return err;
	}
	aim_nr_probes++;
	return 0;
}

static ssize_t aim_returns_write(struct file *file, const char __user *from, size_t len,
				 loff_t *pos)
{
	char *text = memdup_user_nul(from, len), *next = text, *line;
	int err = 0;

	if (IS_ERR(text))
		return PTR_ERR(text);
	mutex_lock(&aim_lock);
	while (!err && (line = strsep(&next, "\n")))
		err = *line ? aim_probe_add(line) : 0;
	mutex_unlock(&aim_lock);
	kfree(text);
	return err ?: len;
}

static ssize_t aim_mode_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	char text[64] = {}, verb[16] = {};
	int arg[2] = {}, mode, i;

	if (len >= sizeof(text) || copy_from_user(text, from, len))
		return -EINVAL;
	sscanf(text, "%15s %d %d", verb, &arg[0], &arg[1]);
	mode = match_string(aim_modes, ARRAY_SIZE(aim_modes), verb);
	if (mode < 0 || (mode >= AIM_EACH && arg[0] <= 0))
		return -EINVAL;
	mutex_lock(&aim_lock);
	WRITE_ONCE(aim_mode, AIM_OFF);
	for (i = 0; i < AIM_POINTS; i++)
		atomic_set(&aim_points[i].since, 0);
	/* Tasks that went without a system call's end. */
	for (i = 0; i < AIM_TASKS; i++)
		WRITE_ONCE(aim_pending[i].task, NULL);
	atomic_set(&aim_nr_pending, 0);
	atomic_set(&aim_reached, 0);
	atomic_set(&aim_fired, 0);
	aim_arg[0] = arg[0];
	aim_arg[1] = arg[1];
	WRITE_ONCE(aim_mode, mode);
	mutex_unlock(&aim_lock);
	return len;
}

static int aim_mode_show(struct seq_file *m, void *v)
{
	seq_printf(m, "mode %s\nbase %lx\nreached %d\nfired %d\n", aim_modes[aim_mode], aim_text,
		   atomic_read(&aim_reached), atomic_read(&aim_fired));
	return 0;
}

static int aim_mode_open(struct inode *inode, struct file *file)
{
	return single_open(file, aim_mode_show, NULL);
}

static const struct file_operations aim_mode_fops = {
	.owner = THIS_MODULE, .open = aim_mode_open, .read = seq_read, .llseek = seq_lseek,
	.release = single_release, .write = aim_mode_write,
};

static const struct file_operations aim_returns_fops = {
	.owner = THIS_MODULE, .write = aim_returns_write,
};

/* OFFSET ("i" before it: of the init text) REACHED FAILSLAB FAIL_PAGE_ALLOC FAIL_USERCOPY */
static int aim_points_show(struct seq_file *m, void *v)
{
	int i;

	for (i = 0; i < AIM_POINTS; i++) {
		struct aim_point *p = &aim_points[i];
		unsigned long offset = atomic_long_read(&p->offset) - 1;

		if (offset == -1UL)
			continue;
		seq_printf(m, "%s%lx %d %d %d %d\n", offset & AIM_INIT ? "i" : "",
			   offset & ~AIM_INIT, atomic_read(&p->reached),
			   atomic_read(&p->failed[AIM_SLAB]), atomic_read(&p->failed[AIM_PAGE]),
			   atomic_read(&p->failed[AIM_COPY]));
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(aim_points);

/* NAME CALLS ERRORS INJECTED LAST-ERRNO */
static int aim_imports_show(struct seq_file *m, void *v)
{
	unsigned int i;

	for (i = 0; i < aim_nr_imports; i++) {
		struct aim_import *import = &aim_imports[i];

		seq_printf(m, "%s %d %d %d %d\n", import->name, atomic_read(&import->calls),
			   atomic_read(&import->errors), atomic_read(&import->injected),
			   import->last_errno);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(aim_imports);

/* KIND NUMBER RESULT COUNT: of system calls in which something failed; positive results are 1. */
static int aim_calls_show(struct seq_file *m, void *v)
{
	int i;

	for (i = 0; i < AIM_CALLS; i++) {
		long key = atomic_long_read(&aim_calls[i].key) - 1;

		if (key != -1)
			seq_printf(m, "%ld %ld %d %d\n", key >> 48, key >> 32 & 0xffff, (s32)key,
				   atomic_read(&aim_calls[i].count));
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(aim_calls);

static struct dentry *aim_dir;

static int __init aim_init(void)
{
	int err = register_kprobe(&aim_kprobe);

	if (err)
		return err;
	err = register_module_notifier(&aim_notifier);
	if (err) {
		unregister_kprobe(&aim_kprobe);
		return err;
	}
	aim_dir = debugfs_create_dir("litebox-aim", NULL);
	debugfs_create_file("mode", 0600, aim_dir, NULL, &aim_mode_fops);
	debugfs_create_file("returns", 0200, aim_dir, NULL, &aim_returns_fops);
	debugfs_create_file("points", 0400, aim_dir, NULL, &aim_points_fops);
	debugfs_create_file("imports", 0400, aim_dir, NULL, &aim_imports_fops);
	debugfs_create_file("calls", 0400, aim_dir, NULL, &aim_calls_fops);
	return 0;
}

static void __exit aim_exit(void)
{
	debugfs_remove_recursive(aim_dir);
	unregister_module_notifier(&aim_notifier);
	aim_unprobe();
	unregister_kprobe(&aim_kprobe);
}

module_init(aim_init);
module_exit(aim_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Aims fault injection at litebox.ko");
