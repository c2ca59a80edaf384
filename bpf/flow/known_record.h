/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The packet at hand's record in the flow cache, if its flow has one on this CPU. */
#ifndef VEDETTE_FLOW_KNOWN_RECORD_H
#define VEDETTE_FLOW_KNOWN_RECORD_H

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

#endif
