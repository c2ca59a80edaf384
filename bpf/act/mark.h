/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A mark for the socket buffer that a frame will have: left before it by XDP (its metadata), and set by
 * bpf/set_mark.bpf.c at tc.
 */
#ifndef VEDETTE_ACT_MARK_H
#define VEDETTE_ACT_MARK_H

#include "abi/types.h"

#define VDT_MARK_MAGIC 0x7664746dU

/* The same thrice, so that one of them is found where the link header is taken for the last (guard's
 * VDT_LINK_FORGOTTEN). */
#define VDT_MARK_COPIES 3

struct vdt_left_mark {
	struct {
		__u32 magic; /* VDT_MARK_MAGIC */
		__u32 mark;
	} copy[VDT_MARK_COPIES];
};

VDT_ASSERT_SIZE(struct vdt_left_mark, 24);

#endif
