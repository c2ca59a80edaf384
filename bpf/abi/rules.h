/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A policy's rules as the kernel searches them: one map value, built by user space (src/policy/rule_table.h),
 * swapped as a whole, and written by nobody once it is in place.
 *
 * Each field of a packet has a class: all values that the rules can't tell apart are one. Classes are merged, field
 * by field: a table says for each pair of the class so far and the field's class which class both make together
 * (recursive flow classification, Gupta and McKeown 1999). Where all fields could be merged, the last class names
 * the outcome: the rules that take the packet, up to the first that decides.
 *
 * Where such tables would be too large, there are several groups of merged fields, and the rules are searched: each
 * class of a group has a row, a bit for each rule that takes it, and the rows of the packet's classes are ANDed
 * (Lakshman and Stiliadis 1998). A row begins with a summary, a bit for each word of 64 rules that isn't 0, and has
 * only those words (aggregated bit vectors, Baboescu and Varghese 2001).
 */
#ifndef VEDETTE_ABI_RULES_H
#define VEDETTE_ABI_RULES_H

#include "abi/types.h"

#define VDT_RULES_SUMMARY 4			    /* words of a row's summary */
#define VDT_RULES_MAX (VDT_RULES_SUMMARY * 64 * 64) /* rules of a policy */
#define VDT_RULES_BYTES (8 << 20)		    /* of the map value; a power of two */

/* X(enumerator, values): the flow's fields, then those in which its packets may differ. A field of so many values
 * is looked up by its value, addresses by search. */
#define VDT_RULE_FIELD_LIST(X)                                                                                     \
	X(PROTOCOL, 256)                                                                                           \
	X(INTERFACE, 65536)	   /* its number modulo that */                                                    \
	X(VLAN, 4096)		   /* the outermost; 0: none */                                                    \
	X(DESTINATION_PORT, 65537) /* an odd number: the last value stands for packets without the field */        \
	X(SOURCE_PORT, 65537)                                                                                      \
	X(DESTINATION4, 0)                                                                                         \
	X(DESTINATION6, 0)                                                                                         \
	X(SOURCE4, 0)                                                                                              \
	X(SOURCE6, 0)                                                                                              \
	X(TCP_FLAGS, 257)                                                                                          \
	X(ICMP, 65537)	 /* type << 8 | code */                                                                    \
	X(LENGTH, 65536) /* bytes on the wire; what is longer counts as the last */                                \
	X(TTL, 256)                                                                                                \
	X(FRAGMENT, 2)

#define VDT_AS_RULE_FIELD(enumerator, values) VDT_FIELD_##enumerator,
enum vdt_rule_field { VDT_RULE_FIELD_LIST(VDT_AS_RULE_FIELD) VDT_RULE_FIELDS };

/* Offsets are bytes from the value's begin, multiples of 8. */
struct vdt_rule_field_place {
	__u32 table; /* by value a __u16 class; of addresses the root, see below */
	__u32 lower; /* of IPv6: by number a __u32 offset of ranges of the addresses' lower halves */
};

/* A field is merged into its group, or begins one. */
struct vdt_rule_merge {
	__u32 field; /* enum vdt_rule_field; VDT_RULE_FIELDS: there are no more */
	__u32 table; /* by the group's class so far × width + the field's class, a __u16 class; 0: the field begins
			a group */
	__u32 width;
	__u32 rows; /* of a group's last field, where rules are searched: by class a __u32 offset of its row; else 0
		     */
};

/* Fields that tell flows apart; and of the others, which tell a flow's packets apart. */
#define VDT_RULE_FLOW_FIELDS VDT_FIELD_TCP_FLAGS
#define VDT_RULE_PACKET_FIELDS (VDT_RULE_FIELDS - VDT_RULE_FLOW_FIELDS)

/* Of one IP version, each list in the order in which its fields are merged. */
struct vdt_rule_merges {
	__u32 outcomes; /* by class of the flow's fields × packet_classes + class of the packet's: a __u32 offset,
			   or enum vdt_told_outcome; 0: there are no such tables */
	__u32 packet_classes;
	struct vdt_rule_merge flow[VDT_RULE_FLOW_FIELDS];
	struct vdt_rule_merge packet[VDT_RULE_PACKET_FIELDS];
};

/* What the rules make of packets: all that only count or ask for a payload, and one that decides, if there is one.
 */
struct vdt_rule_outcome {
	__u16 rules;	   /* so many numbers, a __u16 each, follow */
	__u16 each_packet; /* nonzero: another packet of the flow may be decided on otherwise */
};

/* Most outcomes are told in their offset's place, which spares a packet the way to them and to their rule: those
 * without a rule, and those of one that lets pass or drops, without an end, whatever its fields take. */
enum vdt_told_outcome {
	VDT_OUTCOME_COUNTER = VDT_RULES_MAX - 1, /* these bits: the rule's, in rule_counters */
	VDT_OUTCOME_EACH_PACKET = 1 << 27,	 /* as above */
	VDT_OUTCOME_DROPS = 1 << 28,
	VDT_OUTCOME_RULE = 1 << 29, /* there is a rule */
	VDT_OUTCOME_TOLD = 1 << 30, /* it isn't an offset */
};

struct vdt_rules_head {
	__u64 generation; /* of the policy; never 0 */
	__u32 rules;
	__u32 fields; /* bits by enum vdt_rule_field: which the rules ask at all */
	struct vdt_rule_field_place field[VDT_RULE_FIELDS];
	struct vdt_rule_merges merges[2]; /* of IPv4, IPv6 */
	__u32 rule;			  /* struct vdt_rule each, in the policy's order */
	__u32 all;			  /* row of all rules */
	__u32 each_packet;		  /* row of the rules that take one packet of a flow and not another */
	__u32 by_first_flags; /* nonzero: a rule may take a SYN, FIN, RST or fragment and not others, or the reverse
			       */
	__u32 names;	      /* by rule a __u32 offset of its name, which ends with a 0: for a successor to tell */
	__u32 zero;
};

struct vdt_rules {
	union {
		struct vdt_rules_head head;
		__u8 bytes[VDT_RULES_BYTES];
	};
};

struct vdt_rule_row {
	__u64 summary[VDT_RULES_SUMMARY];
	__u16 before[VDT_RULES_SUMMARY]; /* words of the row that stand before those of each word of the summary */
					 /* The words that aren't 0 follow. */
};

VDT_ASSERT_SIZE(struct vdt_rule_row, 40);

/*
 * Addresses. The root has a __u32 for each value of the first 16 bits: a class, or the offset of ranges
 * (VDT_RULES_SEARCH): their number, then as many in order, of which the last one that doesn't begin behind the
 * address holds it; or, of IPv4, the offset of a table like the root for the next 8 bits (VDT_RULES_TABLE), whose
 * tables have a __u16 class for each value of the last 8. IPv4: a __u32 number, then a __u32 each: begin << 16 |
 * class, where begin is the address' lower 16 bits. IPv6: a __u64 number, then a __u64 each: begin << 16 | class,
 * where begin is bits 16 to 63 of the address. A class with VDT_RULES_LOWER is the number of ranges of its lower
 * half: a __u64 number, then a __u64 begin and a __u64 class each.
 */
#define VDT_RULES_SEARCH 0x80000000U
#define VDT_RULES_TABLE 0x40000000U
#define VDT_RULES_LOWER 0x8000U

enum vdt_rule_verdict {
	VDT_RULE_PASS,
	VDT_RULE_DROP,
	VDT_RULE_LIMIT,
	/* What these have done with a packet a program of its own does (bpf/act.bpf.c). */
	VDT_RULE_REJECT,   /* value: enum vdt_reject */
	VDT_RULE_MARK,	   /* value: the socket buffer's mark */
	VDT_RULE_DSCP,	   /* value: 0 … 63 */
	VDT_RULE_REDIRECT, /* value: an interface's number */
	VDT_RULE_SAMPLE,   /* value: one packet in so many */
};

/* What a packet is rejected by. */
enum vdt_reject {
	VDT_REJECT_USUAL, /* TCP: RST; else as VDT_REJECT_PORT */
	VDT_REJECT_NO_ROUTE,
	VDT_REJECT_HOST,
	VDT_REJECT_PORT,
	VDT_REJECT_PROHIBITED,
};

/* New flows are those that the flow cache doesn't know (bpf/decide/new_flow.h). */
enum vdt_rate_unit { VDT_RATE_PACKETS, VDT_RATE_BYTES, VDT_RATE_SYNS, VDT_RATE_FLOWS };

enum vdt_rate_per { VDT_PER_ALL, VDT_PER_SOURCE, VDT_PER_DESTINATION, VDT_PER_DESTINATION_PORT };

/* A generic cell rate (ITU-T I.371). */
struct vdt_rate {
	__u64 cost;	 /* of a unit, in 1/1024 ns */
	__u64 tolerance; /* that much may be spent ahead, in 1/1024 ns */
	__u8 unit;	 /* enum vdt_rate_unit */
	__u8 per;	 /* enum vdt_rate_per */
	__u8 prefix4;	 /* bits of VDT_PER_SOURCE and VDT_PER_DESTINATION that tell apart */
	__u8 prefix6;
	__u32 number; /* unlike any other rate's of the policy */
};

VDT_ASSERT_SIZE(struct vdt_rate, 24);

#define VDT_RULE_RATES 2

/* Of the sketch that rates are kept in. A power of two. */
#define VDT_RATE_CELLS (1 << 20)

/* More than any tolerance and cost, in 1/1024 ns: 39 hours. */
#define VDT_RATE_AHEAD_MAX (1ULL << 57)

/* The cells' times are in 1/16 ns: their 64 bits turn round after 36 years of uptime, before which a cell that
 * nobody touched since it was made, or for that long, would pass for one that is ahead. In 1/1024 ns that would be
 * after 208 days. Fewer bits would tell the cost of single packets no more. */
#define VDT_RATE_TIME_BITS 4

enum vdt_rule_flag {
	VDT_RULE_OBSERVE = 1 << 0, /* is counted alone, and the next rule is asked */
	/* Is the shadow policy's, whose rules stand before the others. The first one that takes a packet, and
	 * doesn't only observe, is counted, and the rules in force are asked as if there were none. */
	VDT_RULE_SHADOW = 1 << 1,
};

/* Bytes of a payload. */
struct vdt_pattern {
	__u64 bytes[2]; /* as on the wire; 0 where the mask is */
	__u64 mask[2];
	__u16 offset; /* from the payload's begin; at most VDT_PATTERN_OFFSET_MAX */
	__u16 size;   /* of these bytes, 1 … 16 */
	__u32 zero;
};

VDT_ASSERT_SIZE(struct vdt_pattern, 40);

#define VDT_RULE_PATTERNS 8
#define VDT_PATTERN_OFFSET_MAX 255

struct vdt_rule {
	__u8 verdict; /* enum vdt_rule_verdict */
	__u8 flags;   /* enum vdt_rule_flag */
	__u8 rates;
	__u8 patterns;	/* that the packet's payload must have, all of them */
	__u32 counter;	/* in rule_counters */
	__u32 value;	/* says enum vdt_rule_verdict */
	__u32 pattern;	/* offset of as many struct vdt_pattern */
	__u64 until_ns; /* CLOCK_MONOTONIC, from when on the next rule is asked instead; 0: it has no end */
	struct vdt_rate rate[VDT_RULE_RATES];
};

VDT_ASSERT_SIZE(struct vdt_rule, 72);

/* Packets and bytes on the wire. What a rule decided on, what of that it dropped or would have, and on what its
 * verdict was carried out by bpf/act.bpf.c: answered, marked, written, sent on, told. */
struct vdt_rule_counter {
	__u64 packets;
	__u64 bytes;
	__u64 dropped_packets;
	__u64 dropped_bytes;
	__u64 done_packets;
};

VDT_ASSERT_SIZE(struct vdt_rule_counter, 40);

/* Where there are more CPUs, several share a stripe, by atomic additions. A power of two. */
#define VDT_RULE_STRIPES 8

/* A counter of which no stripe has an element. */
#define VDT_NO_RULE_COUNTER (VDT_RULES_MAX * VDT_RULE_STRIPES)

/* In rule_counters. What a CPU counts lies together: few pages, and lines that no other one writes to. */
static __always_inline __u32 vdt_rule_counter_element(__u32 counter, __u32 stripe)
{
	return stripe * VDT_RULES_MAX + counter;
}

/* The search for the rules that take one packet, in their order. */
struct vdt_rule_query {
	__u64 generation;		       /* of the rules that it began in */
	__u64 summary[VDT_RULES_SUMMARY];      /* words still to be looked at */
	__u64 flow_summary[VDT_RULES_SUMMARY]; /* the same by the flow's fields alone, of the rules for each packet
						*/
	__u64 bits;			       /* rules of the word at hand, still to be told */
	__u64 flow_bits;		       /* likewise */
	__u32 class_of[VDT_RULE_FIELDS];       /* the packet's, of fields that are asked */
	__u32 row[VDT_RULE_FIELDS];	       /* of the flow's groups, then of the packet's; 0: none */
	__u32 word;			       /* at hand */
	__u32 each_packet;		       /* nonzero: another packet of the flow may be decided on otherwise */
	__u32 fields;			       /* bits by enum vdt_rule_field: that are asked */
	__u32 found;			       /* the search's own */
	__u32 shadowed;			       /* nonzero: the shadow policy has decided on the packet */
	__u32 zero;
	struct vdt_rule rule; /* the one found */
};

#endif
