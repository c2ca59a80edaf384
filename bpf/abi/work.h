/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What one CPU works with on one interface: the counters that user space reads, and beside them, so that
 * one lookup finds all, the packet at hand, the last reading of the clock, and what one program hands to another.
 */
#ifndef VEDETTE_ABI_WORK_H
#define VEDETTE_ABI_WORK_H

#include "abi/counters.h"
#include "abi/packet.h"
#include "abi/rules.h"

/* Of an answer: Ethernet with two tags, IPv6, and TCP with its options or ICMP with what it quotes. */
#define VDT_ANSWER_IP 24
#define VDT_ANSWER_MAX 256
/* Of a frame, wherever in the answer it begins. */
#define VDT_ANSWER_FRAME (VDT_ANSWER_MAX - VDT_ANSWER_IP)

struct vdt_time {
	__u64 tick; /* jiffies at which the clock was read */
	__u64 ns;   /* CLOCK_MONOTONIC */
	__u64 us;   /* the same in microseconds: a division a tick, not a packet */
};

/* What the tellers of first bytes and of heads are handed beside the packet, where they are called. */
struct vdt_first {
	__u32 left; /* of the direction's credit, this packet's share included; 0 = the packet isn't to be told */
	__u32 set;  /* index of the record's set in the flow cache; VDT_NO_SET where the packet is in none */
	__u32 way;  /* the record's */
	__u32 begin_seq; /* TCP: where the direction's bytes begin, as far as was seen; told beside its first ones
			  */
	__u32 action;	 /* what the packet program would return */
	__u32 watched;	 /* nonzero: the watch programs come next */
	__u32 segments;	 /* packets on the wire that the frame stands for */
	__u32 head;	 /* enum vdt_head: why its head is to be told where its first bytes aren't; 0 = it isn't */
};

#define VDT_NO_SET 0xffffffff

/* Places in the tellers' arrays (first/handover.h). */
#define VDT_TELLER_FIRST 0
#define VDT_TELLER_HEAD 1
#define VDT_TELLERS 2

VDT_ASSERT_SIZE(struct vdt_first, 32);

/* What a frame is on the wire. */
struct vdt_wire {
	__u64 bytes;
	__u32 packets;	/* a GSO or GRO super-frame stands for several */
	__u32 length;	/* bytes of the frame, or of its longest packet */
	__u32 shortest; /* bytes of its shortest packet */
	__u32 zero;
};

VDT_ASSERT_SIZE(struct vdt_wire, 24);

/* What the guard is handed beside the packet, and works with. */
struct vdt_guard {
	__u32 asked;	 /* nonzero: the packet is the guard's to decide on and to account */
	__u32 unsettled; /* nonzero: so is its flow's next one */
};

VDT_ASSERT_SIZE(struct vdt_guard, 8);

/* What a rule has done with the packet at hand by bpf/act.bpf.c. */
struct vdt_act {
	__u32 verdict; /* enum vdt_verdict; VDT_VERDICT_NONE: nothing */
	__u32 value;   /* the rule's */
	__u32 counter; /* the rule's, in rule_counters */
	__u32 zero;
};

VDT_ASSERT_SIZE(struct vdt_act, 16);

/* What the protocol policy says of the packet at hand's flow. */
struct vdt_spoken {
	__u32 verdict; /* enum vdt_verdict */
	__u32 value;   /* the verdict's */
};

VDT_ASSERT_SIZE(struct vdt_spoken, 8);

/* What rules may ask of the packet's payload: its first bytes. */
#define VDT_PAYLOAD_SEEN (VDT_PATTERN_OFFSET_MAX + 1 + 16)

struct vdt_payload_seen {
	__u32 size; /* of the bytes, how many are the payload's; 0 where no rule asks */
	__u32 zero;
	__u8 bytes[VDT_PAYLOAD_SEEN];
};

VDT_ASSERT_SIZE(struct vdt_payload_seen, 8 + VDT_PAYLOAD_SEEN);

/* Of packets that are dropped before they are parsed wholly, so many a tick of the clock go the long way all the
 * same, which tells their heads. */
#define VDT_DROPS_TOLD 16

struct vdt_drops_told {
	__u64 tick;
	__u32 left;
	__u32 zero;
};

VDT_ASSERT_SIZE(struct vdt_drops_told, 16);

/* Of what feeds' hosts send, so many packets a tick of the clock are counted in their entries each, and the others
 * with one that is counted there, up to VDT_HITS_LEFT_OUT with each. */
#define VDT_HITS_EACH 64
#define VDT_HITS_LEFT_OUT 511

struct vdt_host_hits {
	__u64 tick;
	__u64 packets; /* not yet in an entry, and so bytes */
	__u64 bytes;
	__u32 each;	/* packets that are left of the tick's */
	__u32 left_out; /* packets until the next one that is counted */
};

VDT_ASSERT_SIZE(struct vdt_host_hits, 32);

struct vdt_work {
	struct vdt_counters counters;
	struct vdt_packet packet;
	struct vdt_time now;
	struct vdt_wire wire; /* the packet's, handed from the program that parses to the one that decides */
	struct vdt_first first;
	struct vdt_rule_query rules;
	struct vdt_guard guard;
	struct vdt_act act;
	struct vdt_spoken spoken;
	struct vdt_drops_told drops;
	struct vdt_host_hits hits;
	/* The frame that answers the packet: its IP header begins at VDT_ANSWER_IP, the link's ends there. */
	__u8 answer[VDT_ANSWER_MAX];
	struct vdt_payload_seen payload;
};

VDT_ASSERT_SIZE(struct vdt_work, sizeof(struct vdt_counters) + sizeof(struct vdt_packet) + 24 + 24 + 32 +
					 sizeof(struct vdt_rule_query) + 8 + 16 + 8 + 16 + 32 + VDT_ANSWER_MAX + 8 +
					 VDT_PAYLOAD_SEEN);

#endif
