/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fragments that belong together: the first one carries the ports, the later ones are joined to its
 * flow by addresses and identification (RFC 8200 §4.5), in IPv4 by the protocol too (RFC 791 §3.2). A later
 * fragment whose first one was not seen stays a flow without ports and is counted. User space does the same
 * for files (src/flow/fragment_tracker.h).
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
	__u16 vlan[VDT_VLANS_KEPT];
	__u8 protocol; /* 0 in IPv6: options behind the fragment header hide the transport's from later fragments */
	__u8 tunnel_type;
	__u8 zero[6]; /* no padding, which would be part of the key */
};

VDT_ASSERT_SIZE(struct vdt_fragment_key, 56);

/* What only the first fragment tells of the flow; the ports are 0 where its protocol has none. */
struct vdt_fragment_flow {
	__u16 src_port;
	__u16 dst_port;
	__u8 protocol;
	__u8 zero[3];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VDT_FRAGMENTED_PACKETS);
	__type(key, struct vdt_fragment_key);
	__type(value, struct vdt_fragment_flow);
} fragments SEC(".maps");

/* Not inlined: few packets are fragments. Fills core.key's ports and protocol where they are known. */
VDT_APART int vdt_join_fragment(struct vdt_packet_core *core, struct vdt_counters *counters)
{
	struct vdt_fragment_key key = {
		.src = core->key.src,
		.dst = core->key.dst,
		.id = core->fragment_id,
		.ifindex = core->key.ifindex,
		.tunnel_id = core->key.tunnel_id,
		.vlan = {core->key.vlan[0], core->key.vlan[1]},
		.protocol = core->key.ip_version == 6 ? 0 : core->key.protocol,
		.tunnel_type = core->key.tunnel_type,
	};
	struct vdt_fragment_flow *known;

	if (core->fragment == VDT_FRAGMENT_FIRST) {
		struct vdt_fragment_flow flow = {
			.src_port = core->key.src_port,
			.dst_port = core->key.dst_port,
			.protocol = core->key.protocol,
		};

		bpf_map_update_elem(&fragments, &key, &flow, BPF_ANY);
		return 0;
	}
	known = bpf_map_lookup_elem(&fragments, &key);
	if (!known) {
		counters->fragments_unknown++;
		return 0;
	}
	core->key.src_port = known->src_port;
	core->key.dst_port = known->dst_port;
	core->key.protocol = known->protocol;
	return 0;
}

#endif
