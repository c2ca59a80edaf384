/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The flow cache's layout: sets of sixteen flows, one set an element of an mmapable array map, one
 * region of sets a CPU.
 *
 * A set begins with one cache line that answers most questions: sixteen 16-bit tags (from the key's
 * hash, never 0: 0 = empty way) and sixteen 16-bit ages (when the way was last used).
 */
#ifndef VEDETTE_ABI_FLOW_TABLE_H
#define VEDETTE_ABI_FLOW_TABLE_H

#include "abi/flow_record.h"

#define VDT_FLOW_WAYS 16
#define VDT_FLOW_TAGS_A_WORD 4
#define VDT_FLOW_TAG_WORDS (VDT_FLOW_WAYS / VDT_FLOW_TAGS_A_WORD)
#define VDT_FLOW_AGE_SHIFT 26 /* an age's unit: 2^26 ns = 67 ms; wraps after 73 minutes */

struct vdt_flow_set {
	union {
		__u64 tag_words[VDT_FLOW_TAG_WORDS];
		__u16 tags[VDT_FLOW_WAYS];
	};
	__u16 ages[VDT_FLOW_WAYS];
	struct vdt_flow_record records[VDT_FLOW_WAYS];
};

VDT_ASSERT_SIZE(struct vdt_flow_set, 64 + VDT_FLOW_WAYS * 128);

#endif
