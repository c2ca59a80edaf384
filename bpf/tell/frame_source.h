/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A frame's bytes on their way into a ring buffer, from whichever hook has it: what all programs share that tell
 * packets to user space.
 */
#ifndef VEDETTE_TELL_FRAME_SOURCE_H
#define VEDETTE_TELL_FRAME_SOURCE_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "abi/types.h"

#define VDT_TAG_OFFSET (2 * ETH_ALEN)
#define VDT_TAG_SIZE 4

/* Where a frame's bytes come from: one of both is set, and the compiler knows which is not. A VLAN tag that is not
 * in them is told beside. */
struct vdt_frame_source {
	struct xdp_md *xdp;
	struct __sk_buff *skb;
	__u32 length; /* bytes, with the tag */
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

static __always_inline long vdt_copy_xdp(struct xdp_md *ctx, __u32 from, __u8 *to, __u32 size)
{
	/* Since Linux 5.18. Before it there are no multi-buffer frames: all bytes stand at ctx->data. */
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_xdp_load_bytes))
		return bpf_xdp_load_bytes(ctx, from, to, size);
	return bpf_probe_read_kernel(to, size, (const void *)(long)ctx->data + from);
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

/* `frags`: a constant, of a program that takes frames of several buffers. */
static __always_inline struct vdt_frame_source vdt_source_of_xdp(struct xdp_md *ctx, int frags)
{
	struct vdt_frame_source source = {
		.xdp = ctx,
		/* Opaque: a pointer may not wait on the stack. */
		.length = frags ? bpf_xdp_get_buff_len(ctx) : vdt_opaque(ctx->data_end - ctx->data),
		.ifindex = ctx->ingress_ifindex,
	};

	return source;
}

static __always_inline struct vdt_frame_source vdt_source_of_skb(struct __sk_buff *skb)
{
	struct vdt_frame_source source = {.skb = skb, .ifindex = skb->ifindex};

	if (skb->vlan_present) {
		source.tag_proto = skb->vlan_proto;
		source.tag_tci = skb->vlan_tci;
		source.tag_size = VDT_TAG_SIZE;
	}
	source.length = skb->len + source.tag_size;
	return source;
}

/* The frame's first `size` bytes; `to` has room for `room`, a constant. 0 = done. */
static __always_inline long vdt_copy_frame(const struct vdt_frame_source *source, __u8 *to, __u32 size,
					   const __u32 room)
{
	size = vdt_opaque(size);
	if (size == 0 || size > room)
		return size;
	if (source->skb)
		return source->tag_size ? vdt_copy_tagged(source, to, size, room)
					: vdt_copy_skb(source->skb, 0, to, size, room);
	return source->xdp ? vdt_copy_xdp(source->xdp, 0, to, size) : -1;
}

/* A wake-up costs more than telling a hundred packets: a ring's reader looks by its own timer, and is woken only
 * where the ring would not last until then, once each time that so many bytes more wait. */
#define VDT_WAKE_BYTES (1 << 20)

/* For the record of `added` bytes that is about to be submitted. */
static __always_inline __u64 vdt_wake_flag(void *ring, __u64 added)
{
	__u64 waiting = bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA);

	return waiting / VDT_WAKE_BYTES != (waiting - added) / VDT_WAKE_BYTES ? BPF_RB_FORCE_WAKEUP
									      : BPF_RB_NO_WAKEUP;
}

#endif
