// SPDX-License-Identifier: GPL-2.0
/* The South that is always there. */
#include "linux.h"

struct lb_south_ops lb_south_linux = {
	.name = "linux",
	.owner = THIS_MODULE,
	.object = lb_linux_object,
	.read = lb_linux_read,
	.write = lb_linux_write,
	.copy = lb_linux_copy,
	.truncate = lb_linux_truncate,
	.allocate = lb_linux_allocate,
	.seek = lb_linux_seek,
	.sync = lb_linux_sync,
	.stat = lb_linux_stat,
	.statfs = lb_linux_statfs,
	.lookup = lb_linux_lookup,
	.open = lb_linux_open,
	.readlink = lb_linux_readlink,
	.list = lb_linux_list,
	.make = lb_linux_make,
	.remove = lb_linux_remove,
	.rename = lb_linux_rename,
	.link = lb_linux_link,
	.setattr = lb_linux_setattr,
	.stream = lb_linux_stream,
	.entropy = lb_linux_entropy,
	.time = lb_linux_time,
	.host = lb_linux_host,
};
EXPORT_SYMBOL_GPL(lb_south_linux);

int lb_south_linux_init(void)
{
	return lb_south_register(&lb_south_linux);
}

void lb_south_linux_exit(void)
{
	lb_south_unregister(&lb_south_linux);
}
