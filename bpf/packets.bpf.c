// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where a packet enters Vedette: XDP on ingress, tc on both sides. Each program parses the frame,
 * accounts it in the flow cache and in its interface's counters, and lets it pass.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "abi/config.h"
#include "abi/work.h"
#include "flow/cache.h"
#include "flow/fragments.h"
#include "parse/frame.h"
#include "watch/handover.h"

#define VDT_TCX_NEXT (-1) /* = TC_ACT_UNSPEC: the next program, or the stack, decides */

/* The stack keeps headers in a frame's linear part, save in fragments and some drivers' frames. Ethernet, IPv4
 * and TCP with timestamps are 66 bytes: what has fewer, and more behind them, is pulled in. */
#define VDT_LINEAR_ENOUGH 66
#define VDT_PULLED_BYTES 256

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set by the loader: vdt_work_entries() */
	__type(key, __u32);
	__type(value, struct vdt_work);
} work SEC(".maps");

volatile struct vdt_switches vdt_switches SEC(".data.switches") = {};

/* Never NULL, whatever the verifier thinks: every slot has an element for every number that a CPU can have. */
static __always_inline struct vdt_work *vdt_work_of(__u32 ifindex, __u32 cpu)
{
	__u32 slot = vdt_counters_slot(ifindex, vdt_config.slots_mask);
	__u32 element = vdt_counters_element(slot, cpu, vdt_config.cpus);

	return bpf_map_lookup_elem(&work, &element);
}

/* When a packet came. Asking the clock costs as much as parsing the packet, so one answer serves for a timer
 * tick (1 to 10 ms): a record's last_ns may be that much early. What is measured (a handshake), and what begins
 * or ends a flow, asks anew. */
static __always_inline void vdt_keep_time(struct vdt_work *here)
{
	__u64 tick = bpf_jiffies64();

	if (tick != here->now.tick || (here->packet.core.tcp_flags & (VDT_TCP_SYN | VDT_TCP_FIN | VDT_TCP_RST)))
		vdt_read_clock(&here->now, tick);
}

/* Accounts the parsed frame of `here`, which stands for `packets` on the wire. */
static __always_inline void vdt_account(struct vdt_work *here, __u32 ifindex, __u32 cpu, __u32 direction,
					__u32 packets, __u64 bytes)
{
	struct vdt_packet_core *core = &here->packet.core;
	struct vdt_counters *counters = &here->counters;
	struct vdt_direction_counters *count = &counters->direction[direction & 1];
	int is_ip = core->facts & VDT_FACT_IP;
	struct vdt_flow_place place;

	core->direction = direction;
	core->key.ifindex = ifindex;
	if (is_ip) {
		if (core->fragment)
			vdt_join_fragment(core, counters);
		vdt_seek_flow(here, cpu, &place);
	}
	count->packets += packets;
	count->bytes += bytes;
	if (core->malformed)
		counters->malformed[core->malformed & 31] += packets;
	if (!is_ip) {
		count->not_ip_packets += packets;
		count->not_ip_bytes += bytes;
		return;
	}
	vdt_keep_time(here);
	if (vdt_account_flow(here, &place, packets, bytes)) {
		count->lost_packets += packets;
		count->lost_bytes += bytes;
	}
}

static __always_inline int vdt_xdp(struct xdp_md *ctx, int frags)
{
	const __u8 *data = (const __u8 *)(long)ctx->data;
	const __u8 *end = (const __u8 *)(long)ctx->data_end;
	__u32 length = frags ? bpf_xdp_get_buff_len(ctx) : end - data;
	__u32 cpu = bpf_get_smp_processor_id();
	__u32 ifindex = ctx->ingress_ifindex;
	struct vdt_work *here = vdt_work_of(ifindex, cpu);

	if (!here)
		return XDP_PASS;
	vdt_parse_frame(data, end, length, &here->packet);
	vdt_account(here, ifindex, cpu, VDT_DIRECTION_IN, 1, length);
	if (!vdt_switches.watchers)
		return XDP_PASS;
	return frags ? vdt_watch_xdp_frags(ctx, XDP_PASS, 0, bpf_ktime_get_ns())
		     : vdt_watch_xdp(ctx, XDP_PASS, 0, bpf_ktime_get_ns());
}

SEC("xdp.frags")
int vdt_ingress_xdp_frags(struct xdp_md *ctx)
{
	return vdt_xdp(ctx, 1);
}

SEC("xdp")
int vdt_ingress_xdp(struct xdp_md *ctx)
{
	return vdt_xdp(ctx, 0);
}

/* How many packets a GSO or GRO super-frame is on the wire. gso_segs is 0 where the frame came from a virtual
 * machine, or where another program put a header on, until a device has to cut it up. */
static __always_inline __u32 vdt_segments(const struct __sk_buff *skb, const struct vdt_packet_core *core)
{
	__u32 size = skb->gso_size;

	if (skb->gso_segs)
		return skb->gso_segs;
	if (!size || !core->payload_offset || skb->len <= core->payload_offset)
		return 1;
	return (skb->len - core->payload_offset + size - 1) / size;
}

/* A frame's bytes on the wire: each of a super-frame's packets has a copy of the headers, and a tag that the device
 * or stack took out of the bytes was there too. The parsed frame becomes its longest packet. Apart, as the verifier
 * would go on from each of its branches. */
VDT_APART __u64 vdt_wire_bytes(const struct __sk_buff *skb, struct vdt_packet_core *core, __u32 segments)
{
	__u64 bytes = skb->len + (__u64)(segments - 1) * core->payload_offset;

	if (segments > 1 && core->payload_offset)
		core->length = core->payload_offset + skb->gso_size;
	if (skb->vlan_present) {
		core->key.vlan[1] = core->key.vlan[0];
		core->key.vlan[0] = skb->vlan_tci & 0xfff;
		core->vlan_count++;
		core->length += 4;
		bytes += (__u64)segments * 4;
	}
	return bytes;
}

static __always_inline int vdt_tc(struct __sk_buff *skb, __u32 direction)
{
	const __u8 *data = (const __u8 *)(long)skb->data;
	const __u8 *end = (const __u8 *)(long)skb->data_end;
	__u32 cpu = bpf_get_smp_processor_id();
	struct vdt_work *here = vdt_work_of(skb->ifindex, cpu);
	__u32 segments;
	__u64 bytes;

	if (!here)
		return VDT_TCX_NEXT;
	if (end - data < VDT_LINEAR_ENOUGH && end - data < skb->len) {
		bpf_skb_pull_data(skb, skb->len < VDT_PULLED_BYTES ? skb->len : VDT_PULLED_BYTES);
		data = (const __u8 *)(long)skb->data;
		end = (const __u8 *)(long)skb->data_end;
	}
	vdt_parse_frame(data, end, skb->len, &here->packet);
	segments = vdt_forget(&here->packet.core, vdt_segments(skb, &here->packet.core));
	bytes = vdt_wire_bytes(skb, &here->packet.core, segments);
	vdt_account(here, skb->ifindex, cpu, direction, segments, bytes);
	if (!vdt_switches.watchers)
		return VDT_TCX_NEXT;
	return vdt_watch_tc(skb, VDT_TCX_NEXT, direction, 0, bpf_ktime_get_ns(), segments);
}

SEC("tc")
int vdt_ingress_tc(struct __sk_buff *skb)
{
	return vdt_tc(skb, VDT_DIRECTION_IN);
}

SEC("tc")
int vdt_egress_tc(struct __sk_buff *skb)
{
	return vdt_tc(skb, VDT_DIRECTION_OUT);
}

char _license[] SEC("license") = "Dual BSD/GPL";
