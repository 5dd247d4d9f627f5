/* SPDX-License-Identifier: GPL-2.0 */
/* What /proc/sys/fs/inotify shows and sets: bounds of a user's, and of an instance's queue. */
#ifndef NORTH_INOTIFY_H
#define NORTH_INOTIFY_H

#include "../base/types.h"

extern u32 inotify_max_events, inotify_max_instances, inotify_max_watches;

#endif
