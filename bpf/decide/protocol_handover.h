/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the packet programs and the guard to the protocol policy (bpf/protocols.bpf.c): a tail call, once a packet
 * is accounted. Known flows' plain packets go the short way and never come here, but those of refused flows. These
 * maps are pinned: the policy stays while no daemon runs.
 */
#ifndef VEDETTE_DECIDE_PROTOCOL_HANDOVER_H
#define VEDETTE_DECIDE_PROTOCOL_HANDOVER_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/lists.h"
#include "abi/work.h"
#include "flow/work.h"

/* One array a program type: the kernel lets XDP programs with and without frags not share one. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} protocols_xdp SEC(".maps"), protocols_xdp_frags SEC(".maps"), protocols_tc SEC(".maps");

/* Whether the packet at hand, which nothing has dropped, is to be asked about. */
static __always_inline int vdt_is_policed(const struct vdt_work *here)
{
	return (vdt_switches.lists & VDT_LISTS_PROTOCOLS) && (here->packet.core.facts & VDT_FACT_PORTS);
}

#endif
