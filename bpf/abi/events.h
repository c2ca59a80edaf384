/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What travels through the ring buffers. Every event begins with its kind, so that a reader passes
 * over kinds that it doesn't know.
 *
 * Telemetry ring: evicted flows. Ring of first bytes: flows' first packets with payload. Ring of heads: other
 * packets that detectors look at. Watch ring: packets that a watcher asked for.
 */
#ifndef VEDETTE_ABI_EVENTS_H
#define VEDETTE_ABI_EVENTS_H

#include "abi/flow_record.h"

enum vdt_event_kind {
	VDT_EVENT_FLOW_EVICTED = 1,
	VDT_EVENT_PACKET = 2,
	VDT_EVENT_FIRST_BYTES = 3,
	VDT_EVENT_HEAD = 4,
};

struct vdt_event_header {
	__u16 kind; /* enum vdt_event_kind */
	__u16 cpu;  /* that wrote it */
};

VDT_ASSERT_SIZE(struct vdt_event_header, 4);

/* A record that left its slot; generation and slot tell which of user space's copies it completes. */
struct vdt_flow_evicted {
	struct vdt_event_header header;
	__u32 slot; /* set index in the array map × ways + way */
	struct vdt_flow_record record;
};

VDT_ASSERT_SIZE(struct vdt_flow_evicted, 136);

/* Bytes of a packet that a watcher can ask for: what one record of the watch ring holds at most. */
#define VDT_WATCH_SNAPLEN_MAX 65536

/* A watched packet: its first bytes; user space parses them again with the same parser. A VLAN tag that the
 * device or stack had taken out of the bytes stands in them again. */
struct vdt_watched_packet {
	struct vdt_event_header header;
	__u32 ifindex;
	__u64 time_ns;	/* CLOCK_MONOTONIC */
	__u32 length;	/* bytes on the wire, without FCS; of a GRO/GSO frame, its own */
	__u32 captured; /* of these, how many follow this struct */
	__u8 direction; /* enum vdt_direction */
	__u8 verdict;	/* enum vdt_verdict; 0 = none was given */
	__u16 segments; /* wire packets that this (GRO/GSO) frame stands for; 1 where it is one */
	__u32 watcher;	/* whose filter matched: a number that is not reused */
};

VDT_ASSERT_SIZE(struct vdt_watched_packet, 32);

/* Of one packet's payload, what the ring of first bytes takes at most. */
#define VDT_FIRST_PAYLOAD_MAX 16384

/* One of a flow's first packets with a payload, as in struct vdt_watched_packet: its headers, and of its payload
 * what the direction's credit allows. */
struct vdt_first_packet {
	struct vdt_event_header header;
	__u32 ifindex;
	__u64 time_ns;	    /* CLOCK_MONOTONIC */
	__u32 length;	    /* bytes on the wire, without FCS; of a GRO/GSO frame, its own */
	__u32 captured;	    /* of these, how many follow this struct */
	__u32 slot;	    /* of the flow's record, as in struct vdt_flow_evicted */
	__u32 begin_seq;    /* TCP, with `begins`: sequence number of the direction's first byte */
	__u16 segments;	    /* wire packets that this (GRO/GSO) frame stands for; 1 where it is one */
	__u8 direction;	    /* enum vdt_direction */
	__u8 begins;	    /* nonzero: the direction's first packet with payload */
	__u8 first_flags;   /* TCP: flag byte of the connection's first segment seen in this direction */
	__u8 payload_class; /* enum vdt_payload_class, with `begins` */
	__u8 verdict; /* enum vdt_verdict: what the protocol policy drops is counted, and told, all the same */
	__u8 zero;
};

VDT_ASSERT_SIZE(struct vdt_first_packet, 40);

/* Why a packet's head is told. */
enum vdt_head {
	VDT_HEAD_ODD = 1,     /* classify/odd_packet.h, or not IP */
	VDT_HEAD_FLOW = 2,    /* among its flow's first */
	VDT_HEAD_DROPPED = 3, /* by our verdict */
	VDT_HEAD_BEGINS = 4,  /* its flow's first in this direction, or a SYN */
	VDT_HEADS,
};

/* Of a packet's bytes, what the ring of heads takes at most: headers with options and the beginning of what is
 * behind; of an odd one a DHCP message (RFC 2131: 548 bytes) too; of ICMP all of an Ethernet frame, as its data
 * tell a tunnel only while they are whole. */
#define VDT_HEAD_BYTES 208
#define VDT_HEAD_ODD_BYTES 592
#define VDT_HEAD_ICMP_BYTES 1616

#define VDT_NO_SLOT 0xffffffff

/* The head of a packet that isn't among its flow's first with a payload, as in struct vdt_watched_packet. */
struct vdt_packet_head {
	struct vdt_event_header header;
	__u32 ifindex;
	__u64 time_ns;	/* CLOCK_MONOTONIC */
	__u32 length;	/* bytes on the wire, without FCS; of a GRO/GSO frame, its own */
	__u32 captured; /* of these, how many follow this struct */
	__u32 slot;	/* of the flow's record, as in struct vdt_flow_evicted; VDT_NO_SLOT where it is in none */
	__u16 segments; /* wire packets that this (GRO/GSO) frame stands for; 1 where it is one */
	__u8 direction; /* enum vdt_direction */
	__u8 verdict;	/* enum vdt_verdict; 0 = none was given */
	__u8 why;	/* enum vdt_head */
	__u8 zero[7];
};

VDT_ASSERT_SIZE(struct vdt_packet_head, 40);

#endif
