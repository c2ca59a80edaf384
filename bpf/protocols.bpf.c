// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The protocol policy: the packet programs and the guard end by one of these, while there is one, where the short
 * way didn't take the packet. It classifies a direction's first payload, drops what is refused
 * (decide/protocols.h), and goes on to the tellers of first bytes or to the watch programs, as the packet program
 * would have.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "act/handover.h"
#include "decide/protocols.h"
#include "first/handover.h"
#include "tell/payload_window.h"

#define VDT_TCX_NEXT (-1) /* = TC_ACT_UNSPEC: the next program, or the stack, decides */

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vdt_window);
} protocol_window SEC(".maps");

/* Of the packet at hand, where it is its direction's first one with a payload, the class goes into its record. */
static __always_inline void vdt_keep_class(const struct vdt_frame_source *source, struct vdt_work *here)
{
	const struct vdt_packet_core *core = &here->packet.core;
	__u32 only = 0, headers = core->payload_offset + source->tag_size, payload = core->payload_length;
	struct vdt_flow_record *record;
	struct vdt_window *window;

	if (here->first.left != VDT_FIRST_CREDIT || !(core->facts & VDT_FACT_TCP))
		return;
	record = vdt_record_at(&here->first);
	window = bpf_map_lookup_elem(&protocol_window, &only);
	if (!record || !window)
		return;
	if (headers > source->length)
		headers = source->length;
	if (payload > source->length - headers)
		payload = source->length - headers;
	record->tcp.payload_class = vdt_class_of(source, window, core->payload_offset, payload);
}

/* Whether the packet goes no further, for those who come next; of what is dropped the head is told, if not its
 * first bytes. What comes in is answered or marked behind them (act/handover.h). */
static __always_inline int vdt_is_refused(struct vdt_work *here)
{
	__u32 verdict = vdt_ask_protocols(here);
	int comes_in = here->packet.core.key.direction == VDT_DIRECTION_IN, drops = vdt_is_dropped(verdict);

	if (verdict == VDT_VERDICT_NONE || (!drops && !comes_in))
		return 0;
	if (verdict == VDT_VERDICT_SAMPLE && ((__u64)bpf_get_prandom_u32() * here->spoken.value) >> 32)
		return 0;
	here->act.verdict = comes_in ? verdict : VDT_VERDICT_DROP;
	here->act.value = here->spoken.value;
	here->act.counter = VDT_NO_RULE_COUNTER;
	if (drops && vdt_switches.heads)
		here->first.head = VDT_HEAD_DROPPED;
	return drops;
}

static __always_inline int vdt_protocols_xdp(struct xdp_md *ctx, int frags)
{
	struct vdt_frame_source source = vdt_source_of_xdp(ctx, frags);
	struct vdt_work *here;
	__u32 action;

	if (vdt_config.replayed)
		source.ifindex = vdt_replay.ifindex;
	here = vdt_work_of(source.ifindex, vdt_cpu(vdt_config.replayed));
	if (!here)
		return XDP_PASS;
	vdt_follow_lift(here);
	vdt_keep_class(&source, here);
	action = vdt_is_refused(here) ? XDP_DROP : XDP_PASS;
	if (frags)
		vdt_go_tell(ctx, &first_xdp_frags, &here->first, action, vdt_switches.watchers, 1);
	else
		vdt_go_tell(ctx, &first_xdp, &here->first, action, vdt_switches.watchers, 1);
	return vdt_end_xdp(ctx, frags, vdt_switches.watchers, action, here->act.verdict);
}

SEC("xdp.frags")
int vdt_protocols_in_xdp_frags(struct xdp_md *ctx)
{
	return vdt_protocols_xdp(ctx, 1);
}

SEC("xdp")
int vdt_protocols_in_xdp(struct xdp_md *ctx)
{
	return vdt_protocols_xdp(ctx, 0);
}

/* Of both sides. */
SEC("tc")
int vdt_protocols_by_tc(struct __sk_buff *skb)
{
	struct vdt_frame_source source = vdt_source_of_skb(skb);
	struct vdt_work *here = vdt_work_of(source.ifindex, bpf_get_smp_processor_id());
	__u32 action;

	if (!here)
		return VDT_TCX_NEXT;
	vdt_follow_lift(here);
	vdt_keep_class(&source, here);
	action = vdt_is_refused(here) ? TC_ACT_SHOT : (__u32)VDT_TCX_NEXT;
	vdt_go_tell(skb, &first_tc, &here->first, action, vdt_switches.watchers, here->wire.packets);
	return vdt_end_tc(skb, vdt_switches.watchers, action, here->packet.core.key.direction, here->act.verdict,
			  here->wire.packets);
}

char _license[] SEC("license") = "Dual BSD/GPL";
