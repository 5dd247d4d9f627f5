// SPDX-License-Identifier: GPL-2.0
/* A family of generic netlink, which is registered as long as this is loaded. */
#include <linux/module.h>
#include <net/genetlink.h>

static struct genl_family family = {
	.name = "litebox-test",
	.version = 1,
	.module = THIS_MODULE,
};

static int __init family_init(void)
{
	return genl_register_family(&family);
}

static void __exit family_exit(void)
{
	genl_unregister_family(&family);
}

module_init(family_init);
module_exit(family_exit);
MODULE_DESCRIPTION("A family of generic netlink for a test");
MODULE_LICENSE("GPL");
