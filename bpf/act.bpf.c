// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a rule has done with a packet beyond letting it pass or dropping it: it is rejected with an answer, marked,
 * given another DSCP, sent out by another interface, or told as a sample. The last program on a packet's way
 * (act/handover.h). What can't be done is left: the packet passes, or is dropped unanswered, and isn't counted as
 * done.
 *
 * By XDP an answer goes out again where its packet came in, past every hook; by tc as any packet that leaves, so
 * that it is accounted too.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "abi/verdict.h"
#include "act/dscp.h"
#include "act/mark.h"
#include "act/reject.h"
#include "decide/rule_counters.h"

#define VDT_TCX_NEXT (-1) /* = TC_ACT_UNSPEC: the next program, or the stack, decides */

static __always_inline void vdt_count_done(const struct vdt_work *here)
{
	struct vdt_rule_counter *counter = vdt_rule_counter_of(here->act.counter);

	if (counter)
		vdt_add(&counter->done_packets, here->wire.packets);
}

/* Not static: the verifier goes through it once by itself. */
__attribute__((noinline)) int vdt_make_rejection_xdp(struct xdp_md *ctx, struct vdt_work *here)
{
	const __u8 *data = (const __u8 *)(long)ctx->data, *end = (const __u8 *)(long)ctx->data_end;
	struct vdt_frame_source source = {.xdp = ctx};

	if (!here)
		return 0;
	source.length = vdt_opaque(here->wire.length);
	return vdt_make_rejection(&source, here, data, end);
}

static __always_inline int vdt_reject_xdp(struct xdp_md *ctx, struct vdt_work *here)
{
	__u32 size = vdt_make_rejection_xdp(ctx, here);

	if (!size || !vdt_send_answer(ctx, here->wire.length, here->answer, here->packet.core.network_offset, size))
		return XDP_DROP;
	vdt_count_done(here);
	return XDP_TX;
}

static __always_inline int vdt_mark_xdp(struct xdp_md *ctx, const struct vdt_work *here)
{
	struct vdt_left_mark *left;

	/* What is there already is the guard's. */
	if (ctx->data_meta != ctx->data || bpf_xdp_adjust_meta(ctx, -(int)sizeof(*left)))
		return 0;
	left = (struct vdt_left_mark *)(long)ctx->data_meta;
	if ((void *)(left + 1) > (void *)(long)ctx->data)
		return 0;
	for (int i = 0; i < VDT_MARK_COPIES; i++) {
		left->copy[i].magic = VDT_MARK_MAGIC;
		left->copy[i].mark = here->act.value;
	}
	return 1;
}

static __always_inline int vdt_set_dscp_xdp(struct xdp_md *ctx, const struct vdt_work *here)
{
	const struct vdt_packet_core *core = &here->packet.core;
	__u8 *ip = (__u8 *)vdt_at((const __u8 *)(long)ctx->data, (const __u8 *)(long)ctx->data_end,
				  core->network_offset, VDT_DSCP_BYTES);

	if (!ip || !vdt_has_dscp(core))
		return 0;
	vdt_write_dscp(ip, core->key.ip_version, here->act.value);
	return 1;
}

static __always_inline int vdt_act_xdp(struct xdp_md *ctx)
{
	struct vdt_work *here = vdt_work_of(ctx->ingress_ifindex, bpf_get_smp_processor_id());
	int done = 1;

	if (!here)
		return XDP_PASS;
	switch (here->act.verdict) {
	case VDT_VERDICT_REJECT:
		return vdt_reject_xdp(ctx, here);
	case VDT_VERDICT_REDIRECT:
		vdt_count_done(here);
		return bpf_redirect(here->act.value, 0);
	case VDT_VERDICT_MARK:
		done = vdt_mark_xdp(ctx, here);
		break;
	case VDT_VERDICT_DSCP:
		done = vdt_set_dscp_xdp(ctx, here);
		break;
	default:
		break;
	}
	if (done)
		vdt_count_done(here);
	return XDP_PASS;
}

SEC("xdp")
int vdt_do_xdp(struct xdp_md *ctx)
{
	return vdt_act_xdp(ctx);
}

SEC("xdp.frags")
int vdt_do_xdp_frags(struct xdp_md *ctx)
{
	return vdt_act_xdp(ctx);
}

/* As vdt_make_rejection_xdp(). */
__attribute__((noinline)) int vdt_make_rejection_tc(struct __sk_buff *skb, struct vdt_work *here)
{
	const __u8 *data = (const __u8 *)(long)skb->data, *end = (const __u8 *)(long)skb->data_end;
	struct vdt_frame_source source = {.skb = skb};

	if (!here)
		return 0;
	source.length = vdt_opaque(skb->len);
	return vdt_make_rejection(&source, here, data, end);
}

static __always_inline int vdt_reject_tc(struct __sk_buff *skb, struct vdt_work *here)
{
	__u32 size = vdt_make_rejection_tc(skb, here), link = here->packet.core.network_offset, frame, from;

	if (!size)
		return TC_ACT_SHOT;
	frame = vdt_opaque(link + size);
	from = vdt_opaque(VDT_ANSWER_IP - link);
	if (from > VDT_ANSWER_IP || frame < VDT_FRAME_MIN || frame > VDT_ANSWER_FRAME ||
	    bpf_skb_change_tail(skb, frame, 0) || bpf_skb_store_bytes(skb, 0, here->answer + from, frame, 0))
		return TC_ACT_SHOT;
	vdt_count_done(here);
	return bpf_redirect(skb->ifindex, 0);
}

static __always_inline int vdt_set_dscp_tc(struct __sk_buff *skb, const struct vdt_work *here)
{
	const struct vdt_packet_core *core = &here->packet.core;
	__u8 ip[VDT_DSCP_BYTES];

	if (!vdt_has_dscp(core) || bpf_skb_load_bytes(skb, core->network_offset, ip, sizeof(ip)))
		return 0;
	vdt_write_dscp(ip, core->key.ip_version, here->act.value);
	return !bpf_skb_store_bytes(skb, core->network_offset, ip, sizeof(ip), BPF_F_RECOMPUTE_CSUM);
}

SEC("tc")
int vdt_do_tc(struct __sk_buff *skb)
{
	struct vdt_work *here = vdt_work_of(skb->ifindex, bpf_get_smp_processor_id());
	int done = 1;

	if (!here)
		return VDT_TCX_NEXT;
	switch (here->act.verdict) {
	case VDT_VERDICT_REJECT:
		return vdt_reject_tc(skb, here);
	case VDT_VERDICT_REDIRECT:
		vdt_count_done(here);
		return bpf_redirect(here->act.value, 0);
	case VDT_VERDICT_MARK:
		skb->mark = here->act.value;
		break;
	case VDT_VERDICT_DSCP:
		done = vdt_set_dscp_tc(skb, here);
		break;
	default:
		break;
	}
	if (done)
		vdt_count_done(here);
	return VDT_TCX_NEXT;
}

char _license[] SEC("license") = "Dual BSD/GPL";
