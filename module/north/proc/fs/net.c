// SPDX-License-Identifier: GPL-2.0
/* /proc/net of a box, which has no sockets but those of AF_UNIX: tables without rows. */
#include "procfs.h"
#include "../../net/net.h"

static s32 show_unix(struct proc_inode *p, struct text *t)
{
	unix_show_all(t);
	return 0;
}

static const struct proc_entry stat_entries[] = { { 0 } };

const struct proc_entry proc_net_entries[] = {
	PROC_CONSTANT("arp", "IP address       HW type     Flags       HW address            Mask     Device"),
	PROC_CONSTANT("dev", "Inter-|   Receive                                                |  Transmit\n"
		      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets "
		      "errs drop fifo colls carrier compressed"),
	{ .name = "if_inet6", .mode = S_IFREG | 0444, .show = proc_show_nothing },
	{ .name = "ipv6_route", .mode = S_IFREG | 0444, .show = proc_show_nothing },
	PROC_CONSTANT("netlink", "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode"),
	{ .name = "packet", .mode = S_IFREG | 0444,
	  .value = "sk               RefCnt Type Proto  Iface R Rmem   User   Inode" },
	PROC_CONSTANT("raw", "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
		      "timeout inode ref pointer drops"),
	PROC_CONSTANT("route", "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"
		      "                                                       "),
	PROC_CONSTANT("sockstat", "sockets: used 0\nTCP: inuse 0 orphan 0 tw 0 alloc 0 mem 0\nUDP: inuse 0 mem 0\n"
		      "UDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0"),
	PROC_DIR("stat", stat_entries),
	PROC_CONSTANT("tcp", "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
		      "timeout inode                                                     "),
	PROC_CONSTANT("tcp6", "  sl  local_address                         remote_address                        st "
		      "tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"),
	PROC_CONSTANT("udp", "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
		      "timeout inode ref pointer drops             "),
	PROC_CONSTANT("udp6", "  sl  local_address                         remote_address                        st "
		      "tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops"),
	PROC_FILE("unix", show_unix),
	{ 0 }
};
