/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a dry run is told of how a packet was decided on (abi/replay.h). In a sensor's programs there is nothing of
 * it: the verifier leaves it out.
 */
#ifndef VEDETTE_DECIDE_TRACE_H
#define VEDETTE_DECIDE_TRACE_H

#include "flow/work.h"

/* A rule took the packet. `number`: its counter's. */
static __always_inline void vdt_trace_rule(__u32 number, int drops)
{
	__u32 at, told = number << 1 | !!drops;

	if (!vdt_config.replayed)
		return;
	at = vdt_replay.rules;
	vdt_replay.rules = at + 1;
	vdt_replay.last = told;
	if (at < VDT_REPLAY_RULES)
		vdt_replay.rule[at] = told;
}

/* An entry of the protocol policy drops the packet. */
static __always_inline void vdt_trace_protocol(__u32 entry)
{
	if (vdt_config.replayed)
		vdt_replay.protocol = entry + 1;
}

static __always_inline void vdt_trace_spared(enum vdt_spared from)
{
	if (vdt_config.replayed)
		vdt_replay.spared |= from;
}

#endif
