/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the flow benchmark's generator draws from: one struct in the object's .data.bench, which user space
 * writes before a run. */
#ifndef VEDETTE_BENCH_FLOW_DRAW_H
#define VEDETTE_BENCH_FLOW_DRAW_H

#include "abi/types.h"

struct bench_draw {
	__u32 flows;	/* drawn from */
	__u32 in_turn;	/* nonzero: each flow after the other, to fill a table, instead of at random */
	__u32 random;	/* xorshift's state, never 0 */
	__u32 turn;	/* the next flow in turn */
	__u32 sequence; /* the next TCP sequence number */
	__u32 sum;	/* keeps what the bare parse read from being optimised away */
};

#endif
