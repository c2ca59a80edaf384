/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A dry run (src/replay): packets of capture files in the packet programs, by BPF_PROG_TEST_RUN. What such a frame
 * can't say of itself is written here before each run, and what the programs found is read from here after it.
 * Programs of a sensor, whose configuration doesn't say `replayed`, have no instruction that looks at it.
 */
#ifndef VEDETTE_ABI_REPLAY_H
#define VEDETTE_ABI_REPLAY_H

#include "abi/types.h"

/* Rules that are told of a packet: as many as only count, and the one that decides. */
#define VDT_REPLAY_RULES 32

enum vdt_spared {
	VDT_SPARED_BLOCK = 1 << 0, /* from an entry of the block-list */
	VDT_SPARED_RULE = 1 << 1,  /* from the last of the rules that are told */
	VDT_SPARED_PROTOCOL = 1 << 2,
};

struct vdt_replay {
	/* Of the packet to come. */
	__u64 now_ns;  /* in place of CLOCK_MONOTONIC */
	__u64 rate_ns; /* the same for rates, whose times turn round after 36 years: silences in which all of them
			  recover are cut short */
	__u32 ifindex; /* any number but 0 */
	__u32 length;  /* bytes on the wire, of which those at hand may be fewer */
	__u32 at_once; /* nonzero: known flows' plain packets take the short way, which asks nothing */
	/* Of the packet that was; all 0 before it. */
	__u32 spared;		      /* enum vdt_spared: from what the allow-list kept it */
	__u32 rules;		      /* that took it, in their order; the first VDT_REPLAY_RULES follow */
	__u32 last;		      /* of these, as the elements of `rule` */
	__u32 rule[VDT_REPLAY_RULES]; /* number of its counter << 1 | whether it drops the packet, or would */
	__u32 protocol;		      /* one more than the number of the protocol policy's entry that drops it */
	__u32 zero;
};

VDT_ASSERT_SIZE(struct vdt_replay, 48 + 4 * VDT_REPLAY_RULES);

#endif
