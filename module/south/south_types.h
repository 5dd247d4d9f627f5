/* SPDX-License-Identifier: GPL-2.0 */
/*
 * south.h as the trusted side sees it: the structures and constants, not the
 * declarations for North.
 */
#ifndef LB_SOUTH_TYPES_H
#define LB_SOUTH_TYPES_H

#include <linux/types.h>
#include "south.h"

#endif
