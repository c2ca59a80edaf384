/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A frame that answers another, which it takes the place of: made in the CPU's struct vdt_work, where the verifier
 * knows every offset, and copied over the frame.
 */
#ifndef VEDETTE_ANSWER_FRAME_H
#define VEDETTE_ANSWER_FRAME_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "abi/work.h"
#include "parse/cursor.h"
#include "parse/protocols.h"

#define VDT_ANSWER_TTL 64 /* Linux's net.ipv4.ip_default_ttl */

static __always_inline void vdt_put16(__u8 *at, __u16 value)
{
	*(__u16 *)at = bpf_htons(value);
}

static __always_inline void vdt_put32(__u8 *at, __u32 value)
{
	*(__u16 *)at = bpf_htons(value >> 16);
	*(__u16 *)(at + 2) = bpf_htons(value & 0xffff);
}

/* A sum of 16-bit words, as RFC 1071 folds it. */
static __always_inline __u32 vdt_folded(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* The pseudo header's sum (RFC 9293 §3.1, RFC 8200 §8.1), in the wire's order; the same either way. `size`: bytes
 * behind the IP header. */
static __always_inline __u32 vdt_pseudo_sum(const struct vdt_flow_key *key, __u8 protocol, __u32 size)
{
	__u64 sum = bpf_htons(protocol) + bpf_htons(size);

	for (int i = 0; i < 4; i++)
		sum += (__u64)key->src.words[i] + key->dst.words[i];
	return vdt_folded(sum);
}

/* Writes the IP header that turns the packet's round, before `size` bytes that are there already; its size. */
static __always_inline __u32 vdt_write_ip(__u8 *ip, const struct vdt_flow_key *key, __u8 protocol, __u32 size)
{
	if (key->ip_version == 4) {
		vdt_put16(ip, 0x4500);
		vdt_put16(ip + 2, 20 + size);
		vdt_put32(ip + 4, 0x4000); /* no fragments */
		vdt_put16(ip + 8, VDT_ANSWER_TTL << 8 | protocol);
		vdt_put16(ip + 10, 0);
		*(__u32 *)(ip + 12) = key->dst.words[0];
		*(__u32 *)(ip + 16) = key->src.words[0];
		*(__u16 *)(ip + 10) = ~vdt_folded(bpf_csum_diff(0, 0, (__be32 *)ip, 20, 0));
		return 20;
	}
	vdt_put32(ip, 0x60000000);
	vdt_put16(ip + 4, size);
	vdt_put16(ip + 6, protocol << 8 | VDT_ANSWER_TTL);
	for (int i = 0; i < 4; i++) {
		*(__u32 *)(ip + 8 + i * 4) = key->dst.words[i];
		*(__u32 *)(ip + 24 + i * 4) = key->src.words[i];
	}
	return 40;
}

/* Ethernet with so many bytes of it, with tags or without, its addresses exchanged; false where the link is
 * another. */
static __always_inline int vdt_write_link(__u8 *answer, const __u8 *data, const __u8 *end, __u32 link)
{
	__u8 *to = answer + VDT_ANSWER_IP;

	if (!vdt_holds(data, end, 22))
		return 0;
	if (link == 14)
		to -= 14;
	else if (link == 18)
		to -= 18;
	else if (link == 22)
		to -= 22;
	else
		return 0;
	for (int i = 0; i < 6; i += 2) {
		*(__u16 *)(to + i) = *(const __u16 *)(data + 6 + i);
		*(__u16 *)(to + 6 + i) = *(const __u16 *)(data + i);
	}
	*(__u16 *)(to + 12) = *(const __u16 *)(data + 12);
	if (link >= 18) {
		*(__u16 *)(to + 14) = *(const __u16 *)(data + 14);
		*(__u16 *)(to + 16) = *(const __u16 *)(data + 16);
	}
	if (link == 22) {
		*(__u16 *)(to + 18) = *(const __u16 *)(data + 18);
		*(__u16 *)(to + 20) = *(const __u16 *)(data + 20);
	}
	return 1;
}

/* Makes a frame of so many bytes of one of `length`. All of it is written anew, so that it may begin elsewhere. */
static __always_inline int vdt_resize_frame(struct xdp_md *ctx, __u32 length, __u32 frame)
{
	int more = (int)frame - (int)length;

	/* There is room before every frame, but not always behind. */
	return !bpf_xdp_adjust_tail(ctx, more) || (more > 0 && !bpf_xdp_adjust_head(ctx, -more));
}

/* Puts the answer into the place of the frame of so many bytes. False where it can't be. `link` and `size`: bytes
 * before the IP header and from it on; the latter an even number. */
static __always_inline int vdt_send_answer(struct xdp_md *ctx, __u32 length, const __u8 *answer, __u32 link,
					   __u32 size)
{
	__u32 frame = link + size, from = VDT_ANSWER_IP - link;
	__u8 *data, *end;

	if (link > VDT_ANSWER_IP || frame > VDT_ANSWER_FRAME || !vdt_resize_frame(ctx, length, frame))
		return 0;
	data = (__u8 *)(long)ctx->data;
	end = (__u8 *)(long)ctx->data_end;
	VDT_ROLLED
	for (__u32 at = 0; at < VDT_ANSWER_FRAME; at += 2) {
		if (data + at + 2 > end)
			break;
		*(__u16 *)(data + at) = *(const __u16 *)(answer + from + at);
	}
	return 1;
}

#endif
