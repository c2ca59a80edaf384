// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tellers of first bytes: a packet program ends by one of them where a packet is among its flow's first with a
 * payload (flow/first_bytes.h). Each says what the payload is (classify/first_payload.h), copies the packet into
 * the ring of first bytes, takes its price from the flow's credit, and goes on to the watch programs.
 *
 * The price is paid whether the packet could be told or not: a flood must not make flows that go unheard go on.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/events.h"
#include "abi/lists.h"
#include "act/handover.h"
#include "flow/work.h"
#include "tell/payload_window.h"

const volatile struct vdt_first_limits vdt_first_limits SEC(".rodata.limits") = {};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20); /* bytes; set by the loader */
} first_ring SEC(".maps");

/* Both budgets are generic cell rates (ITU-T I.371): the time at which all that was spent will be earned. */
struct vdt_first_cpu {
	__u64 packets_until; /* CLOCK_MONOTONIC ns; this and the next */
	__u64 bytes_until;
	struct vdt_window window;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vdt_first_cpu);
} first_cpu SEC(".maps");

/* The headers before a payload that is told whole: Ethernet with tags, a tunnel and extension headers. */
#define VDT_FIRST_HEADERS 512
#define VDT_FIRST_ROOM_MAX (VDT_FIRST_PAYLOAD_MAX + VDT_FIRST_HEADERS)

/* When the packet came, and how many bytes of its frame are to be told. */
struct vdt_first_share {
	__u64 now_ns;
	__u32 captured;
};

static __always_inline __u64 vdt_first_later(__u64 until, __u64 now)
{
	return until > now ? until : now;
}

/* Takes a packet from the CPU's budget; false where it isn't in it, and nothing is taken. */
static __always_inline int vdt_first_afford(struct vdt_first_cpu *mine, __u64 now, __u32 bytes)
{
	__u64 packets_until = vdt_first_later(mine->packets_until, now);
	__u64 bytes_until = vdt_first_later(mine->bytes_until, now);

	if (packets_until - now > vdt_first_limits.burst_ns || bytes_until - now > vdt_first_limits.burst_ns)
		return 0;
	mine->packets_until = packets_until + vdt_first_limits.packet_ns;
	mine->bytes_until = bytes_until + ((__u64)bytes * vdt_first_limits.kibibyte_ns >> 10);
	return 1;
}

static __always_inline int vdt_first_endless(const struct vdt_flow_key *key)
{
	__u32 src = key->src_port, dst = key->dst_port;

	VDT_ROLLED
	for (int i = 0; i < VDT_ENDLESS_PORTS; i++) {
		__u32 port = vdt_first_limits.endless_ports[i];

		if (port == src || port == dst)
			return 1;
	}
	return 0;
}

/* Bytes of payload that `left` of a direction's credit is good for. */
static __always_inline __u32 vdt_first_payable(__u32 left)
{
	__u64 bytes = (__u64)vdt_first_limits.bytes * left / VDT_FIRST_CREDIT;

	return bytes < VDT_FIRST_PAYLOAD_MAX ? bytes : VDT_FIRST_PAYLOAD_MAX;
}

/* What a packet that finds `left` of its direction's credit, and of which so many bytes of payload are told, leaves
 * of it. Never the whole: the next one would pass for the first. */
static __always_inline __u32 vdt_first_pay(const struct vdt_flow_key *key, __u32 left, __u32 bytes)
{
	__u32 packets = vdt_first_limits.packets, all = vdt_first_limits.bytes, price, for_bytes;

	if (vdt_first_endless(key))
		return VDT_FIRST_CREDIT - 1;
	price = packets ? (VDT_FIRST_CREDIT + packets - 1) / packets : VDT_FIRST_CREDIT;
	for_bytes = all ? ((__u64)bytes * VDT_FIRST_CREDIT + all - 1) / all : 0;
	if (price < for_bytes)
		price = for_bytes;
	return left > price ? left - price : 0;
}

static __always_inline struct vdt_flow_record *vdt_first_record(const struct vdt_first *first)
{
	__u32 index = first->set, way = first->way;
	struct vdt_flow_set *set = bpf_map_lookup_elem(&flow_sets, &index);

	if (!set || way >= VDT_FLOW_WAYS)
		return 0;
	return &set->records[way];
}

/* `room` is a constant: the size of a reservation is one to the verifier. 0 = told. */
static __always_inline int vdt_first_tell_in(const struct vdt_frame_source *source, const struct vdt_work *here,
					     const struct vdt_flow_record *record,
					     const struct vdt_first_share *share, const __u32 room)
{
	struct vdt_first_packet *event = bpf_ringbuf_reserve(&first_ring, sizeof(*event) + room, 0);

	if (!event)
		return -1;
	event->header.kind = VDT_EVENT_FIRST_BYTES;
	event->header.cpu = bpf_get_smp_processor_id();
	event->ifindex = source->ifindex;
	event->time_ns = share->now_ns;
	event->length = source->length;
	event->captured = share->captured;
	event->slot = here->first.set * VDT_FLOW_WAYS + here->first.way;
	event->begin_seq = here->first.begin_seq;
	event->segments = here->first.segments;
	event->direction = here->packet.core.key.direction;
	event->begins = here->first.left == VDT_FIRST_CREDIT;
	event->first_flags = record->tcp.first_flags;
	event->payload_class = record->tcp.payload_class;
	event->verdict = here->act.verdict == VDT_VERDICT_DROP ? VDT_VERDICT_DROP : VDT_VERDICT_NONE;
	event->zero = 0;
	if (vdt_copy_frame(source, (__u8 *)(event + 1), share->captured, room)) {
		bpf_ringbuf_discard(event, BPF_RB_NO_WAKEUP);
		return -1;
	}
	bpf_ringbuf_submit(event, vdt_wake_flag(&first_ring, sizeof(*event) + room));
	return 0;
}

/* A record is as large as its size class: a request or answer of a few bytes, a small packet, a full Ethernet
 * frame, a jumbo frame, and what is left. */
static __always_inline int vdt_first_tell(const struct vdt_frame_source *source, const struct vdt_work *here,
					  const struct vdt_flow_record *record, const struct vdt_first_share *share)
{
	if (share->captured <= 208)
		return vdt_first_tell_in(source, here, record, share, 208);
	if (share->captured <= 592)
		return vdt_first_tell_in(source, here, record, share, 592);
	if (share->captured <= 1616)
		return vdt_first_tell_in(source, here, record, share, 1616);
	if (share->captured <= 9232)
		return vdt_first_tell_in(source, here, record, share, 9232);
	return vdt_first_tell_in(source, here, record, share, VDT_FIRST_ROOM_MAX);
}

static __always_inline void vdt_first_bytes(const struct vdt_frame_source *source, struct vdt_work *here)
{
	const struct vdt_packet_core *core = &here->packet.core;
	struct vdt_flow_record *record = vdt_first_record(&here->first);
	struct vdt_first_share share = {.now_ns = bpf_ktime_get_ns()};
	__u32 only = 0, headers = core->payload_offset + source->tag_size, payload = core->payload_length;
	struct vdt_first_cpu *mine = bpf_map_lookup_elem(&first_cpu, &only);

	if (!record || !mine)
		return;
	if (headers > source->length)
		headers = source->length;
	if (payload > source->length - headers)
		payload = source->length - headers;
	/* Else the protocol policy's program has. */
	if (here->first.left == VDT_FIRST_CREDIT && !(vdt_switches.lists & VDT_LISTS_PROTOCOLS))
		record->tcp.payload_class = core->facts & VDT_FACT_TCP ? vdt_class_of(source, &mine->window,
										      core->payload_offset, payload)
								       : VDT_PAYLOAD_UNKNOWN;
	if (payload > vdt_first_payable(here->first.left))
		payload = vdt_first_payable(here->first.left);
	record->first_left = vdt_first_pay(&core->key, here->first.left, payload);
	share.captured = headers + payload;
	if (share.captured > VDT_FIRST_ROOM_MAX)
		share.captured = VDT_FIRST_ROOM_MAX;
	if (!vdt_first_afford(mine, share.now_ns, share.captured))
		here->counters.first.over_budget++;
	else if (vdt_first_tell(source, here, record, &share))
		here->counters.first.ring_full++;
	else
		here->counters.first.told++;
}

static __always_inline int vdt_first_in_xdp(struct xdp_md *ctx, int frags)
{
	struct vdt_frame_source source = vdt_source_of_xdp(ctx, frags);
	struct vdt_work *here = vdt_work_of(source.ifindex, bpf_get_smp_processor_id());

	if (!here)
		return XDP_PASS;
	vdt_first_bytes(&source, here);
	return vdt_end_xdp(ctx, frags, here->first.watched, here->first.action, here->act.verdict);
}

SEC("xdp")
int vdt_first_xdp(struct xdp_md *ctx)
{
	return vdt_first_in_xdp(ctx, 0);
}

SEC("xdp.frags")
int vdt_first_xdp_frags(struct xdp_md *ctx)
{
	return vdt_first_in_xdp(ctx, 1);
}

SEC("tc")
int vdt_first_tc(struct __sk_buff *skb)
{
	struct vdt_frame_source source = vdt_source_of_skb(skb);
	struct vdt_work *here = vdt_work_of(source.ifindex, bpf_get_smp_processor_id());

	if (!here)
		return -1;
	vdt_first_bytes(&source, here);
	return vdt_end_tc(skb, here->first.watched, here->first.action, here->packet.core.key.direction,
			  here->act.verdict, here->first.segments);
}

char _license[] SEC("license") = "Dual BSD/GPL";
