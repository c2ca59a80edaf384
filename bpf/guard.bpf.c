// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The guard: a packet program ends by one of these where a packet may be a SYN proxy's (guard/proxy.h) or a host's
 * that takes only what it asked for (guard/solicited.h). It decides, accounts the packet, and goes on to the
 * tellers of first bytes or to the watch programs, as the packet program would have.
 *
 * What is answered goes to no watcher: its frame is the answer's by then.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "abi/verdict.h"
#include "act/handover.h"
#include "decide/protocol_handover.h"
#include "first/handover.h"
#include "flow/account.h"
#include "guard/solicited.h"

#define VDT_TCX_NEXT (-1) /* = TC_ACT_UNSPEC: the next program, or the stack, decides */

static __always_inline enum vdt_guard_decision vdt_guard_decide(void *ctx, struct vdt_work *here, int proxied)
{
	const struct vdt_packet_core *core = &here->packet.core;
	__u32 number = core->key.protocol == VDT_IP_TCP ? vdt_guard_number(core->key.dst_port) : 0;

	if (number && proxied)
		return vdt_proxy_decide(ctx, here, number);
	return vdt_solicited_decide(ctx, here);
}

/* Counts the packet, and accounts it in its flow where it passes. */
__attribute__((noinline)) int vdt_guard_count(struct vdt_work *here, __u32 decision)
{
	struct vdt_direction_counters *count;
	const struct vdt_wire *wire;

	if (!here)
		return 0;
	wire = &here->wire;
	count = &here->counters.direction[here->packet.core.key.direction & 1];
	switch (decision) {
	case VDT_GUARD_ANSWER:
	case VDT_GUARD_TAKE:
		vdt_count(count, wire, 0);
		count->answered_packets += wire->packets;
		count->answered_bytes += wire->bytes;
		return 0;
	case VDT_GUARD_REFUSE:
		vdt_count(count, wire, 0);
		count->refused_packets += wire->packets;
		count->refused_bytes += wire->bytes;
		return 0;
	case VDT_GUARD_UNSOLICITED:
		vdt_count(count, wire, 0);
		count->unsolicited_packets += wire->packets;
		count->unsolicited_bytes += wire->bytes;
		return 0;
	default:
		vdt_count(count, wire, vdt_account_flow(here, bpf_get_smp_processor_id(), wire));
		return 0;
	}
}

static __always_inline struct vdt_proxy_counts *vdt_counts_of(const struct vdt_work *here)
{
	__u32 index = vdt_guard_number(here->packet.core.key.dst_port) - 1;

	return bpf_map_lookup_elem(&proxy_counts, &index);
}

/* Not static: verified once by itself. */
__attribute__((noinline)) int vdt_guard_decide_xdp(struct xdp_md *ctx, struct vdt_work *here)
{
	return here ? vdt_guard_decide(ctx, here, 1) : VDT_GUARD_PASS;
}

/* Leaves a mark before the frame; false where the device takes none. */
static __always_inline int vdt_mark(struct xdp_md *ctx)
{
	struct vdt_accept_mark *mark;

	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*mark)))
		return 0;
	mark = (struct vdt_accept_mark *)(long)ctx->data_meta;
	if ((void *)(mark + 1) > (void *)(long)ctx->data)
		return 0;
	for (int i = 0; i < VDT_ACCEPT_WORDS; i++)
		mark->words[i] = VDT_ACCEPT_MARK;
	return 1;
}

/* Does what was decided as far as it concerns the frame; what it comes to. */
static __always_inline enum vdt_guard_decision vdt_guard_do(struct xdp_md *ctx, struct vdt_work *here,
							    enum vdt_guard_decision decision)
{
	struct vdt_proxy_counts *counts = vdt_counts_of(here);
	struct vdt_guard_config *config;
	__u32 only = 0;

	if (decision == VDT_GUARD_ANSWER) {
		vdt_unsettle(here);
		if (!vdt_proxy_answer(ctx, here)) {
			decision = VDT_GUARD_REFUSE;
			if (counts)
				counts->unanswerable++;
		} else if (counts) {
			counts->challenged++;
		}
	} else if (decision == VDT_GUARD_ACCEPT && !vdt_mark(ctx)) {
		config = bpf_map_lookup_elem(&guard_config, &only);
		if (config)
			config->unmarked = 1;
		decision = VDT_GUARD_REFUSE;
	}
	return decision;
}

static __always_inline int vdt_guard_xdp(struct xdp_md *ctx, int frags)
{
	struct vdt_work *here = vdt_work_of(ctx->ingress_ifindex, bpf_get_smp_processor_id());
	enum vdt_guard_decision decision;
	__u32 action;

	if (!here)
		return XDP_PASS;
	decision = vdt_guard_do(ctx, here, vdt_guard_decide_xdp(ctx, here));
	vdt_guard_count(here, decision);
	if (decision == VDT_GUARD_ANSWER)
		return XDP_TX;
	action = decision == VDT_GUARD_PASS || decision == VDT_GUARD_ACCEPT ? XDP_PASS : XDP_DROP;
	if (action == XDP_PASS && vdt_is_policed(here)) {
		if (frags)
			bpf_tail_call(ctx, &protocols_xdp_frags, 0);
		else
			bpf_tail_call(ctx, &protocols_xdp, 0);
	}
	if (action == XDP_DROP) {
		vdt_head_of_dropped(&here->first, vdt_switches.heads);
		here->act.verdict = VDT_VERDICT_NONE;
	}
	if (frags)
		vdt_go_tell(ctx, &first_xdp_frags, &here->first, action, vdt_switches.watchers, 1);
	else
		vdt_go_tell(ctx, &first_xdp, &here->first, action, vdt_switches.watchers, 1);
	return vdt_end_xdp(ctx, frags, vdt_switches.watchers, action,
			   action == XDP_DROP ? VDT_VERDICT_DROP : here->act.verdict);
}

SEC("xdp.frags")
int vdt_guard_in_xdp_frags(struct xdp_md *ctx)
{
	return vdt_guard_xdp(ctx, 1);
}

SEC("xdp")
int vdt_guard_in_xdp(struct xdp_md *ctx)
{
	return vdt_guard_xdp(ctx, 0);
}

static __always_inline int vdt_guard_end_tc(struct __sk_buff *skb, struct vdt_work *here, int drop)
{
	int action = drop ? TC_ACT_SHOT : VDT_TCX_NEXT;

	if (!drop && vdt_is_policed(here))
		bpf_tail_call(skb, &protocols_tc, 0);
	if (drop) {
		vdt_head_of_dropped(&here->first, vdt_switches.heads);
		here->act.verdict = VDT_VERDICT_NONE;
	}
	vdt_go_tell(skb, &first_tc, &here->first, action, vdt_switches.watchers, here->wire.packets);
	return vdt_end_tc(skb, vdt_switches.watchers, action, here->packet.core.key.direction,
			  drop ? VDT_VERDICT_DROP : here->act.verdict, here->wire.packets);
}

SEC("tc")
int vdt_guard_in_tc(struct __sk_buff *skb)
{
	struct vdt_work *here = vdt_work_of(skb->ifindex, bpf_get_smp_processor_id());
	enum vdt_guard_decision decision;

	if (!here)
		return VDT_TCX_NEXT;
	/* Of the proxy nothing is done here: it answers from XDP alone. */
	decision = vdt_guard_decide(skb, here, 0);
	vdt_guard_count(here, decision);
	return vdt_guard_end_tc(skb, here, decision == VDT_GUARD_UNSOLICITED);
}

SEC("tc")
int vdt_guard_out_tc(struct __sk_buff *skb)
{
	struct vdt_work *here = vdt_work_of(skb->ifindex, bpf_get_smp_processor_id());

	if (!here)
		return VDT_TCX_NEXT;
	vdt_keep_asked(here);
	vdt_guard_count(here, VDT_GUARD_PASS);
	return vdt_guard_end_tc(skb, here, 0);
}

char _license[] SEC("license") = "Dual BSD/GPL";
