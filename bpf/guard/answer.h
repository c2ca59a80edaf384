/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The SYN-ACK that a proxy turns a SYN's frame into: made in the CPU's struct vdt_work, where the verifier knows
 * every offset, and copied over the frame.
 *
 * A frame from a virtual device may stand for one whose checksum its sender left to the device: then the checksum
 * field holds the sum of the pseudo header, and generic XDP lets the answer go out with the same promise, which
 * native XDP does not. Where the SYN's field holds that sum, the urgent pointer, which means nothing without its
 * flag (RFC 9293 §3.1), is chosen so that one value is right both for who adds up and for who still has to.
 */
#ifndef VEDETTE_GUARD_ANSWER_H
#define VEDETTE_GUARD_ANSWER_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "abi/guard.h"
#include "abi/work.h"
#include "parse/cursor.h"
#include "parse/protocols.h"

/* What is to be said. */
struct vdt_syn_ack {
	__u32 seq;
	__u32 ack;
	__u32 timestamp; /* with `timestamps` */
	__u32 timestamp_echo;
	__u16 mss;
	__u8 flags;
	__u8 timestamps; /* nonzero: that option, and the two below, are offered */
	__u8 sack;
	__u8 window_scale; /* VDT_COOKIE_WSCALE: none */
};

/* Linux's first window: the whole segments of 1,460 bytes below 64 KiB (tcp_select_initial_window()). */
#define VDT_ANSWER_WINDOW 64240
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
 * of the segment. */
static __always_inline __u32 vdt_pseudo_sum(const struct vdt_flow_key *key, __u32 size)
{
	__u64 sum = bpf_htons(VDT_IP_TCP) + bpf_htons(size);

	for (int i = 0; i < 4; i++)
		sum += (__u64)key->src.words[i] + key->dst.words[i];
	return vdt_folded(sum);
}

/* Writes the segment at `tcp`; returns its size. */
static __always_inline __u32 vdt_write_segment(__u8 *tcp, const struct vdt_flow_key *key,
					       const struct vdt_syn_ack *say)
{
	__u32 size = 24;

	vdt_put16(tcp, key->dst_port);
	vdt_put16(tcp + 2, key->src_port);
	vdt_put32(tcp + 4, say->seq);
	vdt_put32(tcp + 8, say->ack);
	vdt_put16(tcp + 14, VDT_ANSWER_WINDOW);
	vdt_put32(tcp + 16, 0);
	vdt_put16(tcp + 20, 0x0204);
	vdt_put16(tcp + 22, say->mss);
	if (say->timestamps) {
		vdt_put16(tcp + 24, say->sack ? 0x0402 : 0x0101);
		vdt_put16(tcp + 26, 0x080a);
		vdt_put32(tcp + 28, say->timestamp);
		vdt_put32(tcp + 32, say->timestamp_echo);
		size = 36;
		if (say->window_scale != VDT_COOKIE_WSCALE) {
			vdt_put32(tcp + 36, 0x01030300U | VDT_PROXY_WINDOW_SCALE);
			size = 40;
		}
	}
	tcp[12] = size << 2;
	tcp[13] = say->flags;
	return size;
}

/* `partial`: the SYN's checksum was left to a device. */
static __always_inline void vdt_write_checksum(__u8 *tcp, __u32 size, __u32 pseudo, int partial)
{
	__u32 sum = 0;

	size = size > 40 ? 40 : size;
	/* The fields of the checksum and of the urgent pointer are 0. */
	sum = vdt_folded(bpf_csum_diff(0, 0, (__be32 *)tcp, size, 0));
	if (!partial) {
		*(__u16 *)(tcp + 16) = ~vdt_folded(sum + pseudo);
		return;
	}
	/* The whole segment and its pseudo header must add up to 0xffff: field = pseudo, urgent = the rest. */
	*(__u16 *)(tcp + 16) = pseudo;
	*(__u16 *)(tcp + 18) = ~vdt_folded((__u64)sum + 2 * pseudo);
}

/* Makes the frame in `answer`, and returns its size from the IP header on. */
static __always_inline __u32 vdt_write_answer(__u8 *answer, const struct vdt_flow_key *key,
					      const struct vdt_syn_ack *say, int partial)
{
	__u8 *ip = answer + VDT_ANSWER_IP;
	__u32 size;

	if (key->ip_version == 4) {
		size = vdt_write_segment(ip + 20, key, say);
		vdt_write_checksum(ip + 20, size, vdt_pseudo_sum(key, size), partial);
		vdt_put16(ip, 0x4500);
		vdt_put16(ip + 2, 20 + size);
		vdt_put32(ip + 4, 0x4000); /* no fragments */
		vdt_put16(ip + 8, VDT_ANSWER_TTL << 8 | VDT_IP_TCP);
		vdt_put16(ip + 10, 0);
		*(__u32 *)(ip + 12) = key->dst.words[0];
		*(__u32 *)(ip + 16) = key->src.words[0];
		*(__u16 *)(ip + 10) = ~vdt_folded(bpf_csum_diff(0, 0, (__be32 *)ip, 20, 0));
		return 20 + size;
	}
	size = vdt_write_segment(ip + 40, key, say);
	vdt_write_checksum(ip + 40, size, vdt_pseudo_sum(key, size), partial);
	vdt_put32(ip, 0x60000000);
	vdt_put16(ip + 4, size);
	vdt_put16(ip + 6, VDT_IP_TCP << 8 | VDT_ANSWER_TTL);
	for (int i = 0; i < 4; i++) {
		*(__u32 *)(ip + 8 + i * 4) = key->dst.words[i];
		*(__u32 *)(ip + 24 + i * 4) = key->src.words[i];
	}
	return 40 + size;
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

/* Puts the answer into the place of the frame of so many bytes. False where it can't be. `link` and `size`: bytes
 * before the IP header and from it on. */
static __always_inline int vdt_send_answer(struct xdp_md *ctx, __u32 length, const __u8 *answer, __u32 link,
					   __u32 size)
{
	__u32 frame = link + size, from = VDT_ANSWER_IP - link;
	__u8 *data, *end;

	if (link > VDT_ANSWER_IP || frame > VDT_ANSWER_MAX || bpf_xdp_adjust_tail(ctx, (int)frame - (int)length))
		return 0;
	data = (__u8 *)(long)ctx->data;
	end = (__u8 *)(long)ctx->data_end;
	/* All of link, IP and TCP headers are whole pairs of bytes. */
	VDT_ROLLED
	for (__u32 at = 0; at < VDT_ANSWER_MAX; at += 2) {
		__u32 source = from + at;

		if (data + at + 2 > end || source > VDT_ANSWER_MAX - 2)
			break;
		*(__u16 *)(data + at) = *(const __u16 *)(answer + source);
	}
	return 1;
}

#endif
