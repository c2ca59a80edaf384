// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tellers of heads: a packet program ends by one of them where a packet is odd (classify/odd_packet.h), among
 * its flow's first (flow/heads.h), or dropped, and isn't told as one of a flow's first bytes. Each copies the
 * packet's first bytes into the ring of heads and goes on to the watch programs.
 *
 * Each reason has its budget on each CPU: a flood of what is dropped leaves those of ARP as they are.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/events.h"
#include "abi/verdict.h"
#include "act/handover.h"
#include "flow/work.h"
#include "tell/frame_source.h"

const volatile struct vdt_head_limits vdt_head_limits SEC(".rodata.limits") = {};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20); /* bytes; set by the loader */
} head_ring SEC(".maps");

/* A power of two. */
#define VDT_HEAD_BUDGETS 8

VDT_STATIC_ASSERT(VDT_HEADS <= VDT_HEAD_BUDGETS, "more reasons than budgets");

/* Generic cell rates (ITU-T I.371): the time at which all that was spent will be earned, CLOCK_MONOTONIC ns. */
struct vdt_head_cpu {
	__u64 until[VDT_HEAD_BUDGETS]; /* by enum vdt_head */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vdt_head_cpu);
} head_cpu SEC(".maps");

/* Takes a packet from the CPU's budget for its reason; false where it isn't in it, and nothing is taken. */
static __always_inline int vdt_head_afford(__u32 why, __u64 now)
{
	__u32 only = 0;
	struct vdt_head_cpu *mine = bpf_map_lookup_elem(&head_cpu, &only);
	__u64 until;

	if (!mine)
		return 0;
	until = mine->until[why & (VDT_HEAD_BUDGETS - 1)];
	if (until < now)
		until = now;
	if (until - now > vdt_head_limits.burst_ns)
		return 0;
	mine->until[why & (VDT_HEAD_BUDGETS - 1)] = until + vdt_head_limits.packet_ns;
	return 1;
}

/* `room` is a constant: the size of a reservation is one to the verifier. 0 = told. */
static __always_inline int vdt_head_tell_in(const struct vdt_frame_source *source, const struct vdt_work *here,
					    __u64 now, __u32 captured, const __u32 room)
{
	struct vdt_packet_head *event = bpf_ringbuf_reserve(&head_ring, sizeof(*event) + room, 0);

	if (!event)
		return -1;
	event->header.kind = VDT_EVENT_HEAD;
	event->header.cpu = bpf_get_smp_processor_id();
	event->ifindex = source->ifindex;
	event->time_ns = now;
	event->length = source->length;
	event->captured = captured;
	event->slot =
		here->first.set == VDT_NO_SET ? VDT_NO_SLOT : here->first.set * VDT_FLOW_WAYS + here->first.way;
	event->segments = here->first.segments;
	event->direction = here->packet.core.key.direction;
	event->verdict = here->first.head == VDT_HEAD_DROPPED ? VDT_VERDICT_DROP : VDT_VERDICT_NONE;
	event->why = here->first.head;
	__builtin_memset(event->zero, 0, sizeof(event->zero));
	if (vdt_copy_frame(source, (__u8 *)(event + 1), captured, room)) {
		bpf_ringbuf_discard(event, BPF_RB_NO_WAKEUP);
		return -1;
	}
	bpf_ringbuf_submit(event, vdt_wake_flag(&head_ring, sizeof(*event) + room));
	return 0;
}

/* How many bytes of the packet are told. */
static __always_inline __u32 vdt_head_bytes(const struct vdt_packet_core *core, __u32 why)
{
	if (why == VDT_HEAD_DROPPED)
		return VDT_HEAD_BYTES;
	if (core->facts & VDT_FACT_ICMP)
		return VDT_HEAD_ICMP_BYTES;
	return why == VDT_HEAD_ODD ? VDT_HEAD_ODD_BYTES : VDT_HEAD_BYTES;
}

static __always_inline void vdt_tell_head(const struct vdt_frame_source *source, struct vdt_work *here)
{
	__u32 captured = vdt_head_bytes(&here->packet.core, here->first.head);
	__u64 now = bpf_ktime_get_ns();
	int failed;

	here->counters.heads.due++;
	if (!vdt_head_afford(here->first.head, now)) {
		here->counters.heads.over_budget++;
		return;
	}
	if (captured > source->length)
		captured = source->length;
	if (captured <= VDT_HEAD_BYTES)
		failed = vdt_head_tell_in(source, here, now, captured, VDT_HEAD_BYTES);
	else if (captured <= VDT_HEAD_ODD_BYTES)
		failed = vdt_head_tell_in(source, here, now, captured, VDT_HEAD_ODD_BYTES);
	else
		failed = vdt_head_tell_in(source, here, now, captured, VDT_HEAD_ICMP_BYTES);
	if (failed)
		here->counters.heads.ring_full++;
	else
		here->counters.heads.told++;
}

/* Told to watchers, and done by bpf/act.bpf.c. */
static __always_inline __u8 vdt_verdict_of(const struct vdt_work *here)
{
	if (here->act.verdict)
		return here->act.verdict;
	return here->first.head == VDT_HEAD_DROPPED ? VDT_VERDICT_DROP : VDT_VERDICT_NONE;
}

static __always_inline int vdt_head_in_xdp(struct xdp_md *ctx, int frags)
{
	struct vdt_frame_source source = vdt_source_of_xdp(ctx, frags);
	struct vdt_work *here = vdt_work_of(source.ifindex, bpf_get_smp_processor_id());

	if (!here)
		return XDP_PASS;
	vdt_tell_head(&source, here);
	return vdt_end_xdp(ctx, frags, here->first.watched, here->first.action, vdt_verdict_of(here));
}

SEC("xdp")
int vdt_head_xdp(struct xdp_md *ctx)
{
	return vdt_head_in_xdp(ctx, 0);
}

SEC("xdp.frags")
int vdt_head_xdp_frags(struct xdp_md *ctx)
{
	return vdt_head_in_xdp(ctx, 1);
}

SEC("tc")
int vdt_head_tc(struct __sk_buff *skb)
{
	struct vdt_frame_source source = vdt_source_of_skb(skb);
	struct vdt_work *here = vdt_work_of(source.ifindex, bpf_get_smp_processor_id());

	if (!here)
		return -1;
	vdt_tell_head(&source, here);
	return vdt_end_tc(skb, here->first.watched, here->first.action, here->packet.core.key.direction,
			  vdt_verdict_of(here), here->first.segments);
}

char _license[] SEC("license") = "Dual BSD/GPL";
