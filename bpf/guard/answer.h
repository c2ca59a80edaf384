/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The SYN-ACK that a proxy turns a SYN's frame into. */
#ifndef VEDETTE_GUARD_ANSWER_H
#define VEDETTE_GUARD_ANSWER_H

#include "abi/guard.h"
#include "answer/tcp_checksum.h"

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

/* Makes the frame in `answer`, and returns its size from the IP header on. */
static __always_inline __u32 vdt_write_answer(__u8 *answer, const struct vdt_flow_key *key,
					      const struct vdt_syn_ack *say, int partial)
{
	__u8 *ip = answer + VDT_ANSWER_IP, *tcp = key->ip_version == 4 ? ip + 20 : ip + 40;
	__u32 size = vdt_write_segment(tcp, key, say);

	vdt_write_checksum(tcp, size, vdt_pseudo_sum(key, VDT_IP_TCP, size), partial);
	return size + vdt_write_ip(ip, key, VDT_IP_TCP, size);
}

#endif
