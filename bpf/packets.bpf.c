// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where a packet enters Vedette: XDP on ingress, tc on both sides. At each hook one program accounts known flows'
 * plain packets at once, and parses the others. It ends by a second one (decide/handover.h), which drops what comes
 * from a blocked source or what a rule says to, accounts the rest in the flow cache, and all in its interface's
 * counters.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "abi/verdict.h"
#include "act/handover.h"
#include "decide/handover.h"
#include "decide/lists.h"
#include "decide/protocol_handover.h"
#include "decide/rules.h"
#include "decide/short_way.h"
#include "first/handover.h"
#include "flow/account.h"
#include "flow/fragments.h"
#include "guard/handover.h"
#include "parse/frame.h"

#define VDT_TCX_NEXT (-1) /* = TC_ACT_UNSPEC: the next program, or the stack, decides */

/* The stack keeps headers in a frame's linear part, save in fragments and some drivers' frames. Ethernet, IPv4
 * and TCP with timestamps are 66 bytes: what has fewer, and more behind them, is pulled in. */
#define VDT_LINEAR_ENOUGH 66
#define VDT_PULLED_BYTES 256

/* Accounts the parsed frame of `here`, and says what is to become of it. */
static __always_inline enum vdt_verdict vdt_account(struct vdt_work *here, __u32 cpu)
{
	struct vdt_packet_core *core = &here->packet.core;
	const struct vdt_wire *wire = &here->wire;
	__u32 direction = core->key.direction;
	struct vdt_counters *counters = &here->counters;
	struct vdt_direction_counters *count = &counters->direction[direction & 1];

	here->first.left = 0;
	here->first.head = 0;
	here->first.set = VDT_NO_SET;
	here->guard.asked = 0;
	here->guard.unsettled = 0;
	here->act.verdict = VDT_VERDICT_NONE;
	if (core->malformed)
		counters->malformed[core->malformed & 31] += wire->packets;
	if (!(core->facts & VDT_FACT_IP)) {
		vdt_count(count, wire, 0);
		count->not_ip_packets += wire->packets;
		count->not_ip_bytes += wire->bytes;
		if (vdt_switches.heads)
			here->first.head = VDT_HEAD_ODD;
		return VDT_VERDICT_NONE;
	}
	if (direction == VDT_DIRECTION_IN && (vdt_switches.lists & VDT_LISTS_BLOCK) && vdt_is_blocked(here)) {
		vdt_count_blocked(here, wire);
		vdt_head_of_dropped(&here->first, vdt_switches.heads);
		return VDT_VERDICT_DROP;
	}
	if (core->fragment)
		vdt_join_fragment(core, counters);
	here->rules.each_packet = 0;
	if (direction == VDT_DIRECTION_IN && (vdt_switches.lists & VDT_LISTS_RULES)) {
		int ruled = vdt_ask_rules(here, wire);

		if (ruled == VDT_RULES_SWAPPED)
			ruled = vdt_ask_rules(here, wire);
		if (vdt_is_dropped(ruled)) {
			vdt_count(count, wire, 0);
			count->rule_dropped_packets += wire->packets;
			count->rule_dropped_bytes += wire->bytes;
			vdt_head_of_dropped(&here->first, vdt_switches.heads);
			return ruled;
		}
	}
	if (!vdt_is_guarded(here))
		vdt_count(count, wire, vdt_account_flow(here, cpu, wire));
	return here->act.verdict;
}

/* A context's field, read anew: kept from before the short way, it would be another state to the verifier for each
 * way to leave that. */
#define vdt_anew(field) (*(const volatile __u32 *)&(field))

/* One tunnel of the frame. Not static: verified once by itself, with any packet that may have been parsed before,
 * however often and from wherever it is called. */
__attribute__((noinline)) int vdt_parse_tunnel_xdp(struct xdp_md *ctx, struct vdt_packet *packet)
{
	if (!packet)
		return 0;
	return vdt_parse_tunnel((const __u8 *)(long)ctx->data, (const __u8 *)(long)ctx->data_end, packet);
}

__attribute__((noinline)) int vdt_parse_tunnel_tc(struct __sk_buff *skb, struct vdt_packet *packet)
{
	if (!packet)
		return 0;
	return vdt_parse_tunnel((const __u8 *)(long)skb->data, (const __u8 *)(long)skb->data_end, packet);
}

/* The interface that a frame came in by, in a dry run the one that it says. */
static __always_inline __u32 vdt_ingress_of(const struct xdp_md *ctx, __u32 replayed)
{
	return replayed ? vdt_replay.ifindex : ctx->ingress_ifindex;
}

/* Whether the short way is open: a dry run asks the rules anew of each packet, so as to be told which one decides.
 */
static __always_inline int vdt_goes_at_once(__u32 replayed)
{
	return !replayed || vdt_replay.at_once;
}

static __always_inline int vdt_xdp(struct xdp_md *ctx, int frags)
{
	const __u8 *data = (const __u8 *)(long)ctx->data;
	const __u8 *end = (const __u8 *)(long)ctx->data_end;
	__u32 length = frags ? bpf_xdp_get_buff_len(ctx) : end - data;
	__u32 replayed = vdt_config.replayed;
	__u32 cpu = vdt_cpu(replayed);
	__u32 ifindex = vdt_ingress_of(ctx, replayed);
	struct vdt_work *here = vdt_work_of(ifindex, cpu);
	__u32 packets = 0;

	if (!here)
		return XDP_PASS;
	if (replayed)
		length = vdt_replay.length;
	vdt_keep_time(here, replayed);
	if (vdt_goes_at_once(replayed))
		packets = vdt_account_at_once(here, data, end, length, 0, ifindex, cpu, VDT_DIRECTION_IN);
	if (packets == VDT_DROPPED_AT_ONCE)
		return XDP_DROP;
	if (!packets) {
		data = (const __u8 *)(long)vdt_anew(ctx->data);
		end = (const __u8 *)(long)vdt_anew(ctx->data_end);
		if (!vdt_parse_plain(data, end, length, &here->packet.core)) {
			data = (const __u8 *)(long)vdt_anew(ctx->data);
			end = (const __u8 *)(long)vdt_anew(ctx->data_end);
			vdt_walk_frame(data, end, length, &here->packet);
			VDT_ROLLED
			for (int opened = 0; opened < VDT_TUNNELS_OPENED; opened++)
				if (!vdt_may_be_tunnel(&here->packet.core) ||
				    !vdt_parse_tunnel_xdp(ctx, &here->packet))
					break;
		}
		here->wire = vdt_one_packet(length);
		vdt_hand_on(here, ifindex, VDT_DIRECTION_IN);
		if (frags)
			bpf_tail_call(ctx, &decide_xdp_frags, 0);
		else
			bpf_tail_call(ctx, &decide_xdp, 0);
		return XDP_PASS;
	}
	if (!vdt_switches.watchers)
		return XDP_PASS;
	return frags ? vdt_watch_xdp_frags(ctx, XDP_PASS, VDT_VERDICT_NONE, bpf_ktime_get_ns())
		     : vdt_watch_xdp(ctx, XDP_PASS, VDT_VERDICT_NONE, bpf_ktime_get_ns());
}

/* What vdt_xdp() ends by. */
static __always_inline int vdt_decide_xdp(struct xdp_md *ctx, int frags)
{
	__u32 replayed = vdt_config.replayed;
	__u32 cpu = vdt_cpu(replayed);
	struct vdt_work *here = vdt_work_of(vdt_ingress_of(ctx, replayed), cpu);
	enum vdt_verdict verdict;
	__u32 action;

	if (!here)
		return XDP_PASS;
	if (vdt_switches.lists & VDT_LISTS_PAYLOAD)
		vdt_see_payload_xdp(ctx, here);
	verdict = vdt_account(here, cpu);
	action = vdt_is_dropped(verdict) ? XDP_DROP : XDP_PASS;
	if (here->guard.asked) {
		if (frags)
			bpf_tail_call(ctx, &guard_xdp_frags, 0);
		else
			bpf_tail_call(ctx, &guard_xdp, 0);
		vdt_count(&here->counters.direction[VDT_DIRECTION_IN], &here->wire, 1);
	}
	if (!vdt_is_dropped(verdict) && vdt_is_policed(here)) {
		if (frags)
			bpf_tail_call(ctx, &protocols_xdp_frags, 0);
		else
			bpf_tail_call(ctx, &protocols_xdp, 0);
	}
	if (frags)
		vdt_go_tell(ctx, &first_xdp_frags, &here->first, action, vdt_switches.watchers, 1);
	else
		vdt_go_tell(ctx, &first_xdp, &here->first, action, vdt_switches.watchers, 1);
	return vdt_end_xdp(ctx, frags, vdt_switches.watchers, action, verdict);
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

SEC("xdp.frags")
int vdt_decision_xdp_frags(struct xdp_md *ctx)
{
	return vdt_decide_xdp(ctx, 1);
}

SEC("xdp")
int vdt_decision_xdp(struct xdp_md *ctx)
{
	return vdt_decide_xdp(ctx, 0);
}

/* What a parsed frame is on the wire, with the tag that the device or stack took out of the bytes. Apart, as the
 * verifier would go on from each of its branches. */
VDT_APART int vdt_measure_parsed(const struct __sk_buff *skb, struct vdt_packet_core *core, struct vdt_wire *wire)
{
	vdt_measure(skb, core->payload_offset, wire);
	if (skb->vlan_present) {
		core->key.vlan[1] = core->key.vlan[0];
		core->key.vlan[0] = skb->vlan_tci & 0xfff;
		core->vlan_count++;
		wire->length += 4;
		wire->shortest += 4;
		wire->bytes += (__u64)wire->packets * 4;
	}
	core->length = wire->length;
	return 0;
}

/* Parses a frame that the short way left. */
static __always_inline void vdt_parse_tc(struct __sk_buff *skb, struct vdt_work *here)
{
	const __u8 *data = (const __u8 *)(long)vdt_anew(skb->data);
	const __u8 *end = (const __u8 *)(long)vdt_anew(skb->data_end);

	if (!vdt_parse_plain(data, end, skb->len, &here->packet.core)) {
		data = (const __u8 *)(long)vdt_anew(skb->data);
		end = (const __u8 *)(long)vdt_anew(skb->data_end);
		if (end - data < VDT_LINEAR_ENOUGH && end - data < skb->len) {
			bpf_skb_pull_data(skb, skb->len < VDT_PULLED_BYTES ? skb->len : VDT_PULLED_BYTES);
			data = (const __u8 *)(long)skb->data;
			end = (const __u8 *)(long)skb->data_end;
		}
		vdt_walk_frame(data, end, skb->len, &here->packet);
		VDT_ROLLED
		for (int opened = 0; opened < VDT_TUNNELS_OPENED; opened++)
			if (!vdt_may_be_tunnel(&here->packet.core) || !vdt_parse_tunnel_tc(skb, &here->packet))
				break;
	}
	vdt_measure_parsed(skb, &here->packet.core, &here->wire);
}

static __always_inline int vdt_tc(struct __sk_buff *skb, __u32 direction)
{
	const __u8 *data = (const __u8 *)(long)skb->data;
	const __u8 *end = (const __u8 *)(long)skb->data_end;
	__u32 cpu = bpf_get_smp_processor_id();
	struct vdt_work *here = vdt_work_of(skb->ifindex, cpu);
	__u32 packets = 0;

	if (!here)
		return VDT_TCX_NEXT;
	vdt_keep_time(here, 0);
	if (!skb->vlan_present)
		packets = vdt_account_at_once(here, data, end, skb->len, skb, skb->ifindex, cpu, direction);
	if (!packets) {
		vdt_parse_tc(skb, here);
		vdt_hand_on(here, skb->ifindex, direction);
		bpf_tail_call(skb, &decide_tc, 0);
		return VDT_TCX_NEXT;
	}
	if (!vdt_switches.watchers)
		return VDT_TCX_NEXT;
	return vdt_watch_tc(skb, VDT_TCX_NEXT, direction, VDT_VERDICT_NONE, bpf_ktime_get_ns(), packets);
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

/* What vdt_tc() ends by, on both sides. */
SEC("tc")
int vdt_decision_tc(struct __sk_buff *skb)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct vdt_work *here = vdt_work_of(skb->ifindex, cpu);
	enum vdt_verdict verdict;
	__u32 action;

	if (!here)
		return VDT_TCX_NEXT;
	if (vdt_switches.lists & VDT_LISTS_PAYLOAD)
		vdt_see_payload_tc(skb, here);
	verdict = vdt_account(here, cpu);
	action = vdt_is_dropped(verdict) ? TC_ACT_SHOT : VDT_TCX_NEXT;
	if (here->guard.asked) {
		bpf_tail_call(skb, &guard_tc, here->packet.core.key.direction & 1);
		vdt_count(&here->counters.direction[here->packet.core.key.direction & 1], &here->wire, 1);
	}
	if (!vdt_is_dropped(verdict) && vdt_is_policed(here))
		bpf_tail_call(skb, &protocols_tc, 0);
	vdt_go_tell(skb, &first_tc, &here->first, action, vdt_switches.watchers, here->wire.packets);
	return vdt_end_tc(skb, vdt_switches.watchers, action, here->packet.core.key.direction, verdict,
			  here->wire.packets);
}

char _license[] SEC("license") = "Dual BSD/GPL";
