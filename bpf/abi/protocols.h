/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The protocol policy as the kernel asks it: which classes of a first payload (abi/payload_class.h) are refused
 * where, and which flows are refused by now, whoever found that out.
 */
#ifndef VEDETTE_ABI_PROTOCOLS_H
#define VEDETTE_ABI_PROTOCOLS_H

#include "abi/flow_key.h"
#include "abi/payload_class.h"

#define VDT_PROTOCOL_ENTRIES 128 /* of a policy, each with counters */
#define VDT_PROTOCOL_NAME 72	 /* bytes, the last one 0 */

/* All entries' combinations of networks and ports, of what the kernel tells apart. */
#define VDT_PROTOCOL_ROWS 256

VDT_STATIC_ASSERT(VDT_PAYLOAD_CLASS_COUNT <= 64, "a row has a bit for each class");

enum vdt_protocol_flag {
	VDT_PROTOCOL_OBSERVE = 1 << 0, /* is counted alone, and the next row is asked */
	VDT_PROTOCOL_SHADOW = 1 << 1,  /* is the shadow policy's, as VDT_RULE_SHADOW says */
};

/* Source is the flow's initiator, destination its responder. */
struct vdt_protocol_row {
	union vdt_address src;
	union vdt_address src_mask; /* bits that count; of an IPv4 address in its first four bytes */
	union vdt_address dst;
	union vdt_address dst_mask;
	__u64 classes;	  /* bits by enum vdt_payload_class */
	__u16 port_first; /* of the responder; both ends included */
	__u16 port_last;
	__u8 ip_version; /* 0: either, and no address is asked for */
	__u8 flags;	 /* enum vdt_protocol_flag */
	__u16 entry;	 /* whose row this is: in protocol_counters */
	__u32 verdict;	 /* enum vdt_verdict; VDT_VERDICT_NONE: it passes, and isn't counted */
	__u32 value;	 /* the verdict's, as a rule's */
};

VDT_ASSERT_SIZE(struct vdt_protocol_row, 88);

/* One map value, swapped as a whole. The first row that takes a flow, and doesn't only observe, decides. */
struct vdt_protocols {
	__u64 classes; /* all rows' */
	__u32 rows;
	__u32 zero;
	struct vdt_protocol_row row[VDT_PROTOCOL_ROWS];
	char name[VDT_PROTOCOL_ENTRIES][VDT_PROTOCOL_NAME]; /* of entries in force, for a successor; else empty */
};

/* A flow in one direction, wherever it is seen. Each flow that was decided on has both. */
struct vdt_refused_key {
	union vdt_address src;
	union vdt_address dst;
	__u16 src_port; /* host byte order; this and the next */
	__u16 dst_port;
	__u8 protocol;
	__u8 ip_version;
	__u16 observed; /* one more than the entry that has only counted it; 0: it is decided on */
};

VDT_ASSERT_SIZE(struct vdt_refused_key, 40);

struct vdt_refused {
	__u64 until_ns; /* CLOCK_MONOTONIC; each packet that it decides on renews it */
	__u32 entry;	/* in protocol_counters */
	__u32 ended;	/* nonzero: who sends in this direction was seen to end it, on whichever CPU */
	/* CLOCK_MONOTONIC; nonzero: another connection has begun on these addresses and ports then, and isn't
	 * refused. A record whose connection is older has not seen that: each CPU has its own. */
	__u64 lifted_ns;
	__u32 verdict; /* enum vdt_verdict: of its packets, from its entry */
	__u32 value;
};

VDT_ASSERT_SIZE(struct vdt_refused, 32);

/* Directions of refused flows; those that were silent longest give way. */
#define VDT_REFUSED_FLOWS (1 << 15)

/* How long a refused flow may be silent. No TCP waits so long before it sends again (Linux: 120 s), nor QUIC
 * (RFC 9002 §6.2), whose ports tell nobody when another connection has them. */
#define VDT_REFUSED_TCP_NS 3600000000000ULL
#define VDT_REFUSED_UDP_NS 120000000000ULL

/* After such a silence a SYN begins another connection. */
#define VDT_REFUSED_QUIET_NS 60000000000ULL

static __always_inline __u64 vdt_refused_ns(__u8 protocol)
{
	return protocol == 6 ? VDT_REFUSED_TCP_NS : VDT_REFUSED_UDP_NS;
}

/* On the wire. Written by several CPUs and by user space, by atomic additions. */
struct vdt_protocol_counter {
	__u64 flows; /* that showed what the entry names */
	__u64 dropped_packets;
	__u64 dropped_bytes;
	__u64 zero;
};

VDT_ASSERT_SIZE(struct vdt_protocol_counter, 32);

#endif
