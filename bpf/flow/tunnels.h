/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The outer header of each flow inside a tunnel: its first packet's. Beside the flow cache, whose records have no
 * room for it; user space asks when it meets the flow. The longest unused gives way, and its flow is told without.
 */
#ifndef VEDETTE_FLOW_TUNNELS_H
#define VEDETTE_FLOW_TUNNELS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/packet.h"

#define VDT_TUNNELLED_FLOWS 16384

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VDT_TUNNELLED_FLOWS);
	__type(key, struct vdt_flow_key);
	__type(value, struct vdt_outer);
} tunnels SEC(".maps");

/* Once a flow: `packet` is its first, and lies in a tunnel. */
static __always_inline void vdt_keep_outer(const struct vdt_packet *packet)
{
	bpf_map_update_elem(&tunnels, &packet->core.key, &packet->outer, BPF_ANY);
}

#endif
