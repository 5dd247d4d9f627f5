// SPDX-License-Identifier: GPL-2.0
/* litebox.ko: wires the parts up. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/module.h>
#include <linux/init.h>
#include "box/box.h"
#include "confine/confine.h"
#include "control/control.h"
#include "redirect/redirect.h"
#include "south/south_ops.h"

static int __init lb_init(void)
{
	int err;

	err = lb_confine_init();
	if (err)
		goto err_confine;
	err = lb_box_init();
	if (err)
		goto err_box;
	err = lb_south_linux_init();
	if (err)
		goto err_south;
	err = lb_exec_init();
	if (err)
		goto err_exec;
	err = lb_probe_init();
	if (err)
		goto err_probe;
	err = lb_control_init();
	if (err)
		goto err_control;
	return 0;

err_control:
	lb_probe_exit();
err_probe:
	lb_exec_exit();
err_exec:
	lb_south_linux_exit();
err_south:
	lb_box_exit();
err_box:
	lb_confine_exit();
err_confine:
	pr_err("not loaded: error %d\n", err);
	return err;
}

static void __exit lb_exit(void)
{
	lb_control_exit();
	lb_probe_exit();
	lb_exec_exit();
	lb_south_linux_exit();
	lb_box_exit();
	lb_confine_exit();
	rcu_barrier();
}

module_init(lb_init);
module_exit(lb_exit);
MODULE_DESCRIPTION("LiteBox: boxes whose system calls a confined library OS answers");
MODULE_VERSION("0.1");
MODULE_LICENSE("GPL");
