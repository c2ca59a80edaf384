// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tellers: what a watcher's filter goes to when it matches. Each copies the packet's first bytes into
 * the watch ring, or counts it as lost where the ring is full, and goes on to the next watcher.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/events.h"
#include "abi/packet.h"
#include "tell/frame_source.h"
#include "watch/handover.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20); /* bytes: 127 packets of the largest size class, 61,680 of the smallest */
} watch_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VDT_WATCHERS);
	__type(key, __u32);
	__type(value, struct vdt_watch_counts);
} watch_counts SEC(".maps");

/* `room` is a constant: the size of a reservation is one to the verifier. 0 = told. */
static __always_inline int vdt_tell_in(const struct vdt_frame_source *source,
				       const struct vdt_watch_handover *handover, __u32 captured, const __u32 room)
{
	struct vdt_watched_packet *event = bpf_ringbuf_reserve(&watch_ring, sizeof(*event) + room, 0);
	__u8 *bytes;

	if (!event)
		return -1;
	bytes = (__u8 *)(event + 1);
	event->header.kind = VDT_EVENT_PACKET;
	event->header.cpu = bpf_get_smp_processor_id();
	event->ifindex = source->ifindex;
	event->time_ns = handover->now_ns;
	event->length = source->length;
	event->captured = captured;
	event->direction = handover->direction;
	event->verdict = handover->verdict;
	event->segments = handover->segments;
	event->watcher = handover->watcher;
	if (vdt_copy_frame(source, bytes, captured, room)) {
		bpf_ringbuf_discard(event, BPF_RB_NO_WAKEUP);
		return -1;
	}
	bpf_ringbuf_submit(event, vdt_wake_flag(&watch_ring, sizeof(*event) + room));
	return 0;
}

/* A record is as large as its size class: the headers of most packets, a small packet, a full Ethernet
 * frame, a jumbo frame, and what is left. */
static __always_inline int vdt_tell(const struct vdt_frame_source *source,
				    const struct vdt_watch_handover *handover)
{
	__u32 captured = source->length < handover->snaplen ? source->length : handover->snaplen;

	if (captured <= 96)
		return vdt_tell_in(source, handover, captured, 96);
	if (captured <= 224)
		return vdt_tell_in(source, handover, captured, 224);
	if (captured <= 608)
		return vdt_tell_in(source, handover, captured, 608);
	if (captured <= 1632)
		return vdt_tell_in(source, handover, captured, 1632);
	if (captured <= 9248)
		return vdt_tell_in(source, handover, captured, 9248);
	return vdt_tell_in(source, handover, captured, VDT_WATCH_SNAPLEN_MAX);
}

static __always_inline __u32 vdt_tell_and_count(const struct vdt_frame_source *source,
						const struct vdt_watch_handover *handover)
{
	__u32 slot = handover->slot;
	struct vdt_watch_counts *counts = bpf_map_lookup_elem(&watch_counts, &slot);
	int lost = vdt_tell(source, handover);

	if (counts && lost)
		counts->lost++;
	else if (counts)
		counts->told++;
	return slot + 1;
}

static __always_inline int vdt_teller_xdp(struct xdp_md *ctx, __u32 length, void *programs)
{
	const struct vdt_watch_handover *handover = vdt_handover();
	struct vdt_frame_source source = {.xdp = ctx, .length = length, .ifindex = ctx->ingress_ifindex};
	__u32 next;

	if (!handover)
		return XDP_PASS;
	next = vdt_tell_and_count(&source, handover);
	if (next < VDT_WATCHERS)
		bpf_tail_call(ctx, programs, next);
	return vdt_watch_end(ctx, programs, handover);
}

SEC("xdp")
int vdt_tell_xdp(struct xdp_md *ctx)
{
	return vdt_teller_xdp(ctx, ctx->data_end - ctx->data, &watch_xdp);
}

SEC("xdp.frags")
int vdt_tell_xdp_frags(struct xdp_md *ctx)
{
	return vdt_teller_xdp(ctx, bpf_xdp_get_buff_len(ctx), &watch_xdp_frags);
}

SEC("tc")
int vdt_tell_tc(struct __sk_buff *skb)
{
	const struct vdt_watch_handover *handover = vdt_handover();
	struct vdt_frame_source source = vdt_source_of_skb(skb);
	__u32 next;

	if (!handover)
		return -1;
	next = vdt_tell_and_count(&source, handover);
	if (next < VDT_WATCHERS)
		bpf_tail_call(skb, &watch_tc, next);
	return vdt_watch_end(skb, &watch_tc, handover);
}

char _license[] SEC("license") = "Dual BSD/GPL";
