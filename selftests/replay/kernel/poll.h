/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Put before south/poll.c: a stream that becomes ready counts up its word between two
 * turns of the box, not while one of its tasks runs.
 */
#include <linux/slab.h>
#include <linux/poll.h>
#include <linux/wait.h>
#include "recorder.h"

#define atomic_inc(word) ((void)(word))
#define lb_wake(box, addr, n) lb_record_bump(box, addr)
