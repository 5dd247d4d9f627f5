// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink family: module/control as it is, under a small generic netlink of
 * selftests/hosted/kernel, which checks what control asks of the rest of the module and
 * that references and locks are back. The input is a row of requests: command,
 * flags, length (two bytes), attributes.
 */
#include "module/control/control.h"

#define DUMP	1
#define NO_NET	2	/* without CAP_NET_ADMIN */
#define NO_SYS	4	/* without CAP_SYS_ADMIN */
#define CLOSE	8	/* the socket is closed afterwards */
#define FAIL	16	/* an allocation fails: which, says the next byte */
#define MESSAGE_MAX 8192

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct {
		struct nlmsghdr nlh;
		struct genlmsghdr genlh;
		u8 attrs[MESSAGE_MAX];
	} message;
	const u8 *at = data, *end = data + size;

	if (lb_control_init())
		abort();
	while (end - at >= 4) {
		u32 flags = at[1], portid = 1 + flags / 64, fail = 0;
		size_t len = at[2] | (size_t)at[3] << 8;
		u64 caps = (flags & NO_NET ? 0 : 1ull << CAP_NET_ADMIN) |
			   (flags & NO_SYS ? 0 : 1ull << CAP_SYS_ADMIN);

		message.genlh.cmd = at[0];
		at += 4;
		if (flags & FAIL && at < end)
			fail = *at++ % 32;
		if (len > MESSAGE_MAX)
			len = MESSAGE_MAX;
		if (len > (size_t)(end - at))
			len = end - at;
		memcpy(message.attrs, at, len);
		at += len;
		message.nlh.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN + len;
		message.nlh.nlmsg_flags = NLM_F_REQUEST | (flags & DUMP ? NLM_F_DUMP : 0);
		shim_fail_alloc(fail);
		shim_request(&message, message.nlh.nlmsg_len, portid, caps);
		shim_fail_alloc(0);
		if (flags & CLOSE)
			shim_socket_close(portid);
	}
	shim_reset();
	return 0;
}
