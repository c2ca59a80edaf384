/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A flow's record in the kernel's flow cache: one direction of a flow, in two adjacent cache lines.
 *
 * The program on the record's CPU is its only writer. User space reads it from the mapped array:
 * counters only grow while `generation` stays the same. The slot is handed to another flow only
 * after the record went out through the telemetry ring, so a packet is either in a slot, in a ring
 * event, or in a loss counter, at every moment.
 */
#ifndef VEDETTE_ABI_FLOW_RECORD_H
#define VEDETTE_ABI_FLOW_RECORD_H

#include "abi/flow_key.h"

/* What TCP's sequence numbers say of one direction; the same code updates it in the kernel and for
 * files (bpf/flow/tcp_health.h). */
struct vdt_tcp_health {
	__u32 next_seq;	    /* the sequence number behind the highest byte seen; valid with VDT_TCP_SEQ_KNOWN */
	__u32 advance_us;   /* when next_seq last advanced: microseconds, wraps after 71 minutes */
	__u32 handshake_us; /* from the (last) SYN to the first ACK behind it, in this direction; 0 = not seen */
	__u32 retransmits;  /* segments */
	__u32 out_of_order; /* segments */
	__u16 zero_windows; /* segments; wraps */
	__u16 resets;	    /* segments; wraps */
	__u8 flags_seen;    /* OR of all TCP flag bytes */
	__u8 state;	    /* enum vdt_tcp_seen */
	__u8 first_flags;   /* flag byte of the connection's first segment seen: tells the initiator */
	__u8 payload_class; /* enum vdt_payload_class of its first payload */
};

VDT_ASSERT_SIZE(struct vdt_tcp_health, 28);

enum vdt_tcp_seen {
	VDT_TCP_SEQ_KNOWN = 1 << 0,
	VDT_TCP_SYN_SEEN = 1 << 1,	 /* next_seq stems from a SYN, ACK behind it not seen yet */
	VDT_TCP_HANDSHAKE_SEEN = 1 << 2, /* handshake_us is valid */
	VDT_TCP_CLOSED = 1 << 3,	 /* FIN or RST seen in this direction */
	VDT_TCP_GAP_SEEN = 1 << 4,	 /* a segment began behind next_seq, and none was retransmitted since */
};

struct vdt_flow_record {
	struct vdt_flow_key key;
	__u32 generation; /* grows by 2 with each flow that the slot holds; odd while it is being rewritten */
	__u8 verdict;	  /* enum vdt_verdict; 0 = pass, undecided */
	__u8 ttl;	  /* of the first packet */
	__u8 tos;	  /* of the first packet */
	__u8 first_left;  /* of VDT_FIRST_CREDIT; 0 = payload is not told (any more) */
	__u64 packets;	  /* on the wire: a GRO/GSO super-frame counts as its segments */
	__u64 bytes;	  /* on the wire, without FCS */
	__u64 last_ns;	  /* CLOCK_MONOTONIC, of the last packet */
	__u16 min_length; /* bytes of the smallest frame, saturating */
	__u16 max_length; /* bytes of the largest frame, saturating */
	struct vdt_tcp_health tcp;
	__u64 first_ns; /* CLOCK_MONOTONIC, of the first packet; of TCP, of the present connection's */
};

VDT_ASSERT_SIZE(struct vdt_flow_record, 128);

#endif
