/* SPDX-License-Identifier: GPL-2.0 */
/* Lists of system calls. */
#ifndef LBCTL_CALLS_H
#define LBCTL_CALLS_H

#include "client.h"

struct calls {
	struct call *call;
	size_t n;
};

/* calls_add - for client_calls; @arg: struct calls */
void calls_add(const struct call *call, void *arg);
const char *way_text(uint32_t way);

#endif
