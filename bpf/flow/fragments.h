/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fragments that belong together: the first one carries the ports, the later ones are joined to its
 * flow by (addresses, identification, protocol) as RFC 791 and RFC 8200 §4.5 say. A later fragment
 * whose first one was not seen stays a flow without ports and is counted.
 */
#ifndef VEDETTE_FLOW_FRAGMENTS_H
#define VEDETTE_FLOW_FRAGMENTS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/counters.h"
#include "parse/cursor.h"

#define VDT_FRAGMENTED_PACKETS 8192 /* in flight at once; the longest unused gives way */

struct vdt_fragment_key {
	union vdt_address src;
	union vdt_address dst;
	__u32 id;
	__u32 ifindex;
	__u32 tunnel_id;
	__u8 protocol;
	__u8 zero[3];
};

struct vdt_fragment_ports {
	__u16 src_port;
	__u16 dst_port;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VDT_FRAGMENTED_PACKETS);
	__type(key, struct vdt_fragment_key);
	__type(value, struct vdt_fragment_ports);
} fragments SEC(".maps");

/* Not inlined: few packets are fragments. Fills core.key's ports where they are known. */
VDT_APART int vdt_join_fragment(struct vdt_packet_core *core, struct vdt_counters *counters)
{
	struct vdt_fragment_key key = {
		.src = core->key.src,
		.dst = core->key.dst,
		.id = core->fragment_id,
		.ifindex = core->key.ifindex,
		.tunnel_id = core->key.tunnel_id,
		.protocol = core->key.protocol,
	};
	struct vdt_fragment_ports *known;

	if (core->fragment == VDT_FRAGMENT_FIRST) {
		struct vdt_fragment_ports ports = {core->key.src_port, core->key.dst_port};

		if (core->facts & VDT_FACT_PORTS)
			bpf_map_update_elem(&fragments, &key, &ports, BPF_ANY);
		return 0;
	}
	known = bpf_map_lookup_elem(&fragments, &key);
	if (!known) {
		counters->fragments_unknown++;
		return 0;
	}
	core->key.src_port = known->src_port;
	core->key.dst_port = known->dst_port;
	return 0;
}

#endif
