/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What send_frames.cpp asks of made_frames.bpf.c. */
#ifndef VEDETTE_TESTS_MADE_FRAMES_H
#define VEDETTE_TESTS_MADE_FRAMES_H

#include <linux/types.h>

#define FRAME_BYTES 60

struct frame_plan {
	__u32 ifindex; /* where the frames go out */
	__u32 flows;   /* how many 5-tuples take turns */
	__u32 valid;   /* nonzero: with a right IPv4 checksum, so that the receiver's stack takes them */
	__u32 syn; /* nonzero: they are TCP's SYNs to the frame's port, with right checksums, instead of UDP's */
	/* The frame, FRAME_BYTES of it: who answers a SYN turns the frame round in place, and the kernel takes the
	 * same memory for a later one. */
	__u32 frame[FRAME_BYTES / 4];
};

#endif
