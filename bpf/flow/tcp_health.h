/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What one direction's TCP sequence numbers tell: retransmissions, reordering, zero windows, resets
 * and the handshake's round trip. The same code runs in the kernel and over capture files.
 *
 * A direction alone can't see the other side's ACKs, so the rules are Wireshark's
 * (packet-tcp.c, tcp_analyze_sequence_number) as far as one direction carries them. A segment that begins before
 * the highest byte seen is out of order where it comes within 3 ms of the last advance, fills no known end, and a
 * gap was left that it may fill; else it is a retransmission. Keep-alives are neither.
 */
#ifndef VEDETTE_FLOW_TCP_HEALTH_H
#define VEDETTE_FLOW_TCP_HEALTH_H

#include "abi/flow_record.h"
#include "abi/packet.h"
#include "parse/cursor.h"
#include "parse/protocols.h"

#define VDT_OUT_OF_ORDER_US 3000 /* Wireshark's ooo_thres without a known round trip */

static __always_inline int vdt_seq_before(__u32 a, __u32 b)
{
	return (__s32)(a - b) < 0;
}

/* A segment that begins where the highest byte seen ended, or beyond. */
static __always_inline void vdt_tcp_advance(struct vdt_tcp_health *tcp, __u32 seq, __u32 next, __u32 now_us)
{
	if (seq != tcp->next_seq)
		tcp->state |= VDT_TCP_GAP_SEEN;
	tcp->next_seq = next;
	tcp->advance_us = now_us;
}

/* What all segments but those of a connection under way can be; the result is vdt_tcp_update()'s. */
static __always_inline int vdt_tcp_update_rare(struct vdt_tcp_health *tcp, const struct vdt_packet_core *core,
					       __u32 now_us)
{
	__u8 flags = core->tcp_flags;
	__u32 seq = core->tcp_seq;
	__u32 span = core->payload_length + !!(flags & (VDT_TCP_SYN | VDT_TCP_FIN));
	__u32 next = seq + span;

	tcp->flags_seen |= flags;
	if (flags & (VDT_TCP_RST | VDT_TCP_FIN))
		tcp->state |= VDT_TCP_CLOSED;
	if (flags & VDT_TCP_RST) {
		tcp->resets++;
		return 0;
	}
	if (core->tcp_window == 0)
		tcp->zero_windows++;
	if ((tcp->state & VDT_TCP_SYN_SEEN) && (flags & (VDT_TCP_SYN | VDT_TCP_ACK)) == VDT_TCP_ACK) {
		tcp->handshake_us = now_us - tcp->advance_us;
		tcp->state = (tcp->state & ~VDT_TCP_SYN_SEEN) | VDT_TCP_HANDSHAKE_SEEN;
	}
	if (!(tcp->state & VDT_TCP_SEQ_KNOWN) ||
	    ((flags & VDT_TCP_SYN) && (tcp->state & VDT_TCP_CLOSED) && seq + 1 != tcp->next_seq)) {
		tcp->state = VDT_TCP_SEQ_KNOWN | ((flags & VDT_TCP_FIN) ? VDT_TCP_CLOSED : 0);
		if (flags & VDT_TCP_SYN)
			tcp->flags_seen = flags;
		if ((flags & (VDT_TCP_SYN | VDT_TCP_ACK)) == VDT_TCP_SYN)
			tcp->state |= VDT_TCP_SYN_SEEN;
		tcp->next_seq = next;
		tcp->advance_us = now_us;
		return 1;
	}
	if (span == 0)
		return 0;
	if (!vdt_seq_before(seq, tcp->next_seq)) {
		vdt_tcp_advance(tcp, seq, next, now_us);
		return 0;
	}
	if (core->payload_length <= 1 && !(flags & (VDT_TCP_SYN | VDT_TCP_FIN)) && seq + 1 == tcp->next_seq)
		return 0; /* keep-alive */
	if ((tcp->state & VDT_TCP_GAP_SEEN) && !(flags & VDT_TCP_SYN) && next != tcp->next_seq &&
	    now_us - tcp->advance_us < VDT_OUT_OF_ORDER_US) {
		tcp->out_of_order++;
	} else {
		tcp->retransmits++;
		tcp->state &= ~VDT_TCP_GAP_SEEN; /* whatever was missing is sent again from here on */
	}
	if (flags & VDT_TCP_SYN)
		tcp->advance_us = now_us; /* the handshake is measured from the last SYN */
	if (vdt_seq_before(tcp->next_seq, next)) {
		tcp->next_seq = next;
		tcp->advance_us = now_us;
	}
	return 0;
}

/* What vdt_tcp_goes_on() asks of the segment alone. */
static __always_inline int vdt_tcp_may_go_on(__u8 flags, __u16 window)
{
	return !(flags & (VDT_TCP_SYN | VDT_TCP_FIN | VDT_TCP_RST)) && window;
}

/* Most segments are a connection's next bytes, or acknowledge some. `span`: the payload's length, bytes. */
static __always_inline int vdt_tcp_goes_on(const struct vdt_tcp_health *tcp, __u8 flags, __u16 window, __u32 seq,
					   __u32 span)
{
	return vdt_tcp_may_go_on(flags, window) &&
	       (tcp->state & (VDT_TCP_SEQ_KNOWN | VDT_TCP_SYN_SEEN)) == VDT_TCP_SEQ_KNOWN &&
	       !(span && vdt_seq_before(seq, tcp->next_seq));
}

/* Counts a segment of which vdt_tcp_goes_on() holds. */
static __always_inline void vdt_tcp_go_on(struct vdt_tcp_health *tcp, __u8 flags, __u32 seq, __u32 span,
					  __u32 now_us)
{
	tcp->flags_seen |= flags;
	if (span)
		vdt_tcp_advance(tcp, seq, seq + span, now_us);
}

/* True where the segment begins what is told: the first one seen, or a new connection on a closed 5-tuple.
 * `now_us`: any clock's microseconds that go on over the flow's life; they may wrap. */
static __always_inline int vdt_tcp_update(struct vdt_tcp_health *tcp, const struct vdt_packet_core *core,
					  __u32 now_us)
{
	if (!vdt_tcp_goes_on(tcp, core->tcp_flags, core->tcp_window, core->tcp_seq, core->payload_length))
		return vdt_tcp_update_rare(tcp, core, now_us);
	vdt_tcp_go_on(tcp, core->tcp_flags, core->tcp_seq, core->payload_length, now_us);
	return 0;
}

#endif
