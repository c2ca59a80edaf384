// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tellers: what a watcher's filter goes to when it matches. Each copies the packet's first bytes into
 * the watch ring, or counts it as lost where the ring is full, and goes on to the next watcher.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "abi/events.h"
#include "abi/packet.h"
#include "watch/handover.h"

#define VDT_TAG_OFFSET (2 * ETH_ALEN)
#define VDT_TAG_SIZE 4

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

/* A wake-up costs more than a hundred filters: the reader looks by its own timer, and is woken only where the
 * ring would not last until then, once each time that so many bytes more wait. */
#define VDT_WAKE_BYTES (1 << 20)

/* Where a frame's bytes come from: one of both is set. A VLAN tag that is not in them is told beside. */
struct vdt_frame_source {
	struct xdp_md *xdp;
	struct __sk_buff *skb;
	__u32 length;
	__u32 ifindex;
	__u32 tag_proto; /* network order */
	__u16 tag_tci;
	__u16 tag_size; /* 0 or VDT_TAG_SIZE */
};

/* Tells the compiler nothing of a value, so that it keeps the check that the verifier needs. */
static __always_inline __u32 vdt_opaque(__u32 value)
{
	asm volatile("" : "+r"(value));
	return value;
}

static __always_inline long vdt_copy_xdp(struct xdp_md *ctx, __u8 *to, __u32 size)
{
	/* Since Linux 5.18. Before it there are no multi-buffer frames: all bytes stand at ctx->data. */
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_xdp_load_bytes))
		return bpf_xdp_load_bytes(ctx, 0, to, size);
	return bpf_probe_read_kernel(to, size, (const void *)(long)ctx->data);
}

/* Behind the tag; `from` is the offset in the skb, `to` has room for `room` bytes. */
static __always_inline long vdt_copy_skb(struct __sk_buff *skb, __u32 from, __u8 *to, __u32 size, __u32 room)
{
	size = vdt_opaque(size);
	if (size == 0)
		return 0;
	if (size > room)
		return -1;
	return bpf_skb_load_bytes(skb, from, to, size);
}

static __always_inline long vdt_copy_tagged(const struct vdt_frame_source *source, __u8 *to, __u32 size, __u32 room)
{
	if (size < VDT_TAG_OFFSET + VDT_TAG_SIZE)
		return vdt_copy_skb(source->skb, 0, to, size < VDT_TAG_OFFSET ? size : VDT_TAG_OFFSET, room);
	if (bpf_skb_load_bytes(source->skb, 0, to, VDT_TAG_OFFSET))
		return -1;
	to[12] = source->tag_proto & 0xff;
	to[13] = source->tag_proto >> 8 & 0xff;
	to[14] = source->tag_tci >> 8;
	to[15] = source->tag_tci & 0xff;
	return vdt_copy_skb(source->skb, VDT_TAG_OFFSET, to + VDT_TAG_OFFSET + VDT_TAG_SIZE,
			    size - VDT_TAG_OFFSET - VDT_TAG_SIZE, room - VDT_TAG_OFFSET - VDT_TAG_SIZE);
}

static __always_inline __u64 vdt_wake_flag(__u64 added)
{
	__u64 waiting = bpf_ringbuf_query(&watch_ring, BPF_RB_AVAIL_DATA);

	return waiting / VDT_WAKE_BYTES != (waiting - added) / VDT_WAKE_BYTES ? BPF_RB_FORCE_WAKEUP
									      : BPF_RB_NO_WAKEUP;
}

/* `room` is a constant: the size of a reservation is one to the verifier. 0 = told. */
static __always_inline int vdt_tell_in(const struct vdt_frame_source *source,
				       const struct vdt_watch_handover *handover, __u32 captured, const __u32 room)
{
	struct vdt_watched_packet *event = bpf_ringbuf_reserve(&watch_ring, sizeof(*event) + room, 0);
	__u8 *bytes;
	long failed;

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
	captured = vdt_opaque(captured);
	if (captured == 0 || captured > room)
		failed = captured;
	else if (source->xdp)
		failed = vdt_copy_xdp(source->xdp, bytes, captured);
	else if (source->tag_size)
		failed = vdt_copy_tagged(source, bytes, captured, room);
	else
		failed = vdt_copy_skb(source->skb, 0, bytes, captured, room);
	if (failed) {
		bpf_ringbuf_discard(event, BPF_RB_NO_WAKEUP);
		return -1;
	}
	bpf_ringbuf_submit(event, vdt_wake_flag(sizeof(*event) + room));
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
	return handover->action;
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
	struct vdt_frame_source source = {.skb = skb, .ifindex = skb->ifindex};
	__u32 next;

	if (!handover)
		return -1;
	if (skb->vlan_present) {
		source.tag_proto = skb->vlan_proto;
		source.tag_tci = skb->vlan_tci;
		source.tag_size = VDT_TAG_SIZE;
	}
	source.length = skb->len + source.tag_size;
	next = vdt_tell_and_count(&source, handover);
	if (next < VDT_WATCHERS)
		bpf_tail_call(skb, &watch_tc, next);
	return handover->action;
}

char _license[] SEC("license") = "Dual BSD/GPL";
