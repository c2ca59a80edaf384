/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What send_frames.cpp asks of made_frames.bpf.c. */
#ifndef VEDETTE_TESTS_MADE_FRAMES_H
#define VEDETTE_TESTS_MADE_FRAMES_H

#include <linux/types.h>

struct frame_plan {
	__u32 ifindex; /* where the frames go out */
	__u32 flows;   /* how many 5-tuples take turns */
	__u32 valid;   /* nonzero: with a right IPv4 checksum, so that the receiver's stack takes them */
	__u32 syn; /* nonzero: they are TCP's SYNs to the frame's port, with right checksums, instead of UDP's */
};

#endif
