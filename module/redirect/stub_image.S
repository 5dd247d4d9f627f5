/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/linkage.h>

	.section .rodata, "a"
	.balign	16
SYM_DATA_START(lb_stub_image)
	.incbin	"module/redirect/stub.elf"
SYM_DATA_END_LABEL(lb_stub_image, SYM_L_GLOBAL, lb_stub_image_end)
