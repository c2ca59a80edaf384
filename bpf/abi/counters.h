/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counters of the packet path in an mmapable array map: one struct an interface and CPU, which that CPU
 * alone writes. Its element is vdt_counters_element(vdt_counters_slot(ifindex, …), cpu, cpus).
 *
 * The law that they keep, for each direction: packets - not_ip_packets - lost_packets - blocked_packets -
 * answered_packets - refused_packets - unsolicited_packets is what all records and evicted records add up to.
 */
#ifndef VEDETTE_ABI_COUNTERS_H
#define VEDETTE_ABI_COUNTERS_H

#include "abi/packet.h"

struct vdt_direction_counters {
	__u64 packets;	      /* arrived, on the wire */
	__u64 bytes;	      /* arrived, on the wire without FCS */
	__u64 not_ip_packets; /* no IP header: ARP, LLC, …, or malformed before it */
	__u64 not_ip_bytes;
	__u64 lost_packets; /* found no slot in the flow cache */
	__u64 lost_bytes;
	__u64 blocked_packets; /* dropped, as their source is on the block-list */
	__u64 blocked_bytes;
	__u64 rule_dropped_packets; /* dropped by a rule of the policy */
	__u64 rule_dropped_bytes;
	__u64 answered_packets; /* the SYN proxy's: turned round, or taken as the answer to what it sent */
	__u64 answered_bytes;
	__u64 refused_packets; /* dropped by the SYN proxy */
	__u64 refused_bytes;
	__u64 unsolicited_packets; /* dropped, as their destination takes only what was asked for */
	__u64 unsolicited_bytes;
	__u64 protocol_dropped_packets; /* dropped by the protocol policy; their flow has counted them all the same
					 */
	__u64 protocol_dropped_bytes;
};

VDT_ASSERT_SIZE(struct vdt_direction_counters, 144);

/* Packets that are to be told: due = told + over_budget + ring_full, and what found no teller. */
struct vdt_first_counters {
	__u64 due;
	__u64 told;
	__u64 over_budget; /* the CPU's */
	__u64 ring_full;
};

VDT_ASSERT_SIZE(struct vdt_first_counters, 32);

struct vdt_counters {
	struct vdt_direction_counters direction[2]; /* enum vdt_direction */
	__u64 malformed[32];			    /* packets by enum vdt_malformed; [0] unused */
	__u64 flows_created;
	__u64 flows_evicted;
	__u64 fragments_unknown;	 /* later fragments whose first one was not seen */
	struct vdt_first_counters first; /* of flows' first packets with a payload */
	struct vdt_first_counters heads;
	__u64 ifindex; /* of the interface that the slot was given to; user space writes it */
};

/* At least so many slots; the loader makes more where CPUs are few. A power of two. */
#define VDT_INTERFACE_SLOTS 64

/* Interfaces whose numbers are equal modulo the slots have one slot. It is given to one at a time: what one that
 * has gone counted is first moved to the element behind all slots. Where both are there at once, they count
 * together. */
static __always_inline __u32 vdt_counters_slot(__u32 ifindex, __u32 slots_mask)
{
	return ifindex & slots_mask;
}

static __always_inline __u32 vdt_counters_element(__u32 slot, __u32 cpu, __u32 cpus)
{
	return slot * cpus + cpu;
}

/* The last of these is the element behind all slots. */
static __always_inline __u32 vdt_work_entries(__u32 slots_mask, __u32 cpus)
{
	return (slots_mask + 1) * cpus + 1;
}

VDT_STATIC_ASSERT(VDT_MALFORMED_COUNT <= 32, "malformed reasons outgrew their counters");

VDT_ASSERT_SIZE(struct vdt_counters, 2 * 144 + 32 * 8 + 4 * 8 + 2 * 32);

#endif
