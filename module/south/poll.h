/* SPDX-License-Identifier: GPL-2.0 */
/* Readiness of streams. */
#ifndef LB_POLL_H
#define LB_POLL_H

#include "../box/handle.h"

/*
 * lb_poll_begin - the events of stream @h that hold now. @word, if not NULL, is at
 * @addr of the linear memory of @box and gets one added, and a waiter on it woken,
 * when a event of @events may have come up, until lb_poll_end() or the end of @h.
 * May sleep. -ENOMEM.
 */
int lb_poll_begin(struct lb_box *box, struct lb_handle *h, u32 events, u32 addr, u32 *word);
void lb_poll_end(struct lb_handle *h, u32 addr);
/* lb_polls_end - all of them. */
void lb_polls_end(struct lb_handle *h);

#endif
