/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The packet at hand's record in the flow cache, if its flow has one on this CPU. */
#ifndef VEDETTE_GUARD_KNOWN_FLOW_H
#define VEDETTE_GUARD_KNOWN_FLOW_H

#include "abi/verdict.h"
#include "flow/cache.h"

static __always_inline struct vdt_flow_record *vdt_known_record(struct vdt_work *here, __u32 cpu)
{
	__u64 words[VDT_FLOW_KEY_WORDS];
	struct vdt_flow_place place;
	__u32 way;

	vdt_key_words(&here->packet.core.key, words);
	if (!vdt_seek_flow(words, cpu, &place))
		return 0;
	way = place.way;
	if (!vdt_same_key(&place.set->records[way].key, words, VDT_PLAIN_NONE)) {
		way = vdt_forget(&here->packet.core, vdt_other_way(&place, words));
		if (way >= VDT_FLOW_WAYS)
			return 0;
	}
	way = vdt_known_way(vdt_forget(&here->packet.core, way));
	return &place.set->records[way];
}

/* Whether it was found to belong to a connection. Not static: the verifier goes through it once by itself. */
__attribute__((noinline)) int vdt_is_settled(struct vdt_work *here)
{
	struct vdt_flow_record *record;

	if (!here)
		return 0;
	record = vdt_known_record(here, bpf_get_smp_processor_id());
	return record && record->packets && record->verdict != VDT_VERDICT_ASK &&
	       !(record->tcp.state & VDT_TCP_SYN_SEEN);
}

/* The flow that there was ends: a connection of the same addresses and ports may follow. */
__attribute__((noinline)) int vdt_unsettle(struct vdt_work *here)
{
	struct vdt_flow_record *record;

	if (!here)
		return 0;
	record = vdt_known_record(here, bpf_get_smp_processor_id());
	if (record)
		record->verdict = VDT_VERDICT_ASK;
	return 0;
}

#endif
