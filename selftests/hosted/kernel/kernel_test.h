/* SPDX-License-Identifier: GPL-2.0 */
/* A test of a source file of the trusted part: cmocka and the kernel's names, no North. */
#ifndef KERNEL_TEST_H
#define KERNEL_TEST_H

#include <shim.h>
#define TEST_NO_NORTH
#include "../test.h"

#endif
