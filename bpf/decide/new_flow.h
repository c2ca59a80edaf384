/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether a packet begins a flow, for rates of new flows. The flow cache knows: of a flow that was let in there is
 * a record, and of one that this host began there is one of what left. What a rate keeps out leaves none, and
 * begins again with its next packet.
 */
#ifndef VEDETTE_DECIDE_NEW_FLOW_H
#define VEDETTE_DECIDE_NEW_FLOW_H

#include "abi/flow_record.h"
#include "flow/known_record.h"
#include "parse/protocols.h"

/* After so long a silence user space has ended the flow (src/flow). */
#define VDT_FLOW_IDLE_NS 60000000000ULL
#define VDT_TCP_IDLE_NS 300000000000ULL

/* What left may have left by any CPU. Those behind this one aren't looked at. */
#define VDT_ANSWERED_CPUS 32

/* The flow that the packet at hand would answer, as its record has it. */
static __always_inline void vdt_answered_words(const struct vdt_flow_key *key, __u64 words[VDT_FLOW_KEY_WORDS])
{
	vdt_key_words(key, words);
	words[0] = key->dst.halves[0];
	words[1] = key->dst.halves[1];
	words[2] = key->src.halves[0];
	words[3] = key->src.halves[1];
	words[4] = (words[4] & ~0xffffffffULL) | key->dst_port | (__u32)key->src_port << 16;
	words[5] = (words[5] & ~(0xffULL << 56)) | (__u64)VDT_DIRECTION_OUT << 56;
}

/* Whether this host sent what the packet may be the answer to: seen where most records lie, in one of two ways of
 * their set. */
static __always_inline int vdt_is_asked_for(const struct vdt_work *here)
{
	__u32 mask = vdt_config.sets_mask, cpus = vdt_config.cpus, index;
	__u64 words[VDT_FLOW_KEY_WORDS], hash;

	vdt_answered_words(&here->packet.core.key, words);
	hash = vdt_flow_hash(words, vdt_config.hash_keys);
	index = (__u32)hash & mask;
	VDT_ROLLED
	for (__u32 cpu = 0; cpu < VDT_ANSWERED_CPUS && cpu < cpus; cpu++, index += mask + 1) {
		struct vdt_flow_set *set = bpf_map_lookup_elem(&flow_sets, &index);

		if (!set)
			break;
		if (vdt_same_key(&set->records[vdt_first_way(hash)].key, words, VDT_PLAIN_NONE) ||
		    vdt_same_key(&set->records[vdt_second_way(hash)].key, words, VDT_PLAIN_NONE))
			return 1;
	}
	return 0;
}

/* Of TCP a SYN alone does. Not static: the verifier goes through it once by itself. */
__attribute__((noinline)) int vdt_begins_flow(struct vdt_work *here)
{
	const struct vdt_flow_record *known;
	int tcp;

	if (!here)
		return 0;
	tcp = here->packet.core.key.protocol == VDT_IP_TCP;
	if (tcp && (here->packet.core.tcp_flags & (VDT_TCP_SYN | VDT_TCP_ACK)) != VDT_TCP_SYN)
		return 0;
	known = vdt_known_record(here, vdt_cpu(vdt_config.replayed));
	if (known && known->packets)
		return here->now.ns - known->last_ns > (tcp ? VDT_TCP_IDLE_NS : VDT_FLOW_IDLE_NS) ||
		       (tcp && (known->tcp.state & VDT_TCP_CLOSED));
	return tcp || !vdt_is_asked_for(here);
}

#endif
