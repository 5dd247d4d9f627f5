/* SPDX-License-Identifier: GPL-2.0 */
/* What other rooms ask of net/. */
#ifndef NORTH_NET_H
#define NORTH_NET_H

#include "../base/base.h"

/* unix_show_all - /proc/net/unix. */
void unix_show_all(struct text *t);

#endif
