/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The flow cache's layout: sets of fifteen flows, one set an element of an mmapable array map, one
 * region of sets a CPU.
 *
 * A flow lies in the way that its hash names first, or else second, where that was free when it came, so that
 * most packets find their record by one access to memory. For the others a set begins with one cache line that
 * holds a 16-bit tag of each way (from the key's hash, never 0: 0 = empty way) and when it was last used. A set is
 * half a page: whatever a packet touches of it lies on one page, and a record in one of the aligned pairs of lines
 * that CPUs fetch together.
 */
#ifndef VEDETTE_ABI_FLOW_TABLE_H
#define VEDETTE_ABI_FLOW_TABLE_H

#include "abi/flow_record.h"

#define VDT_FLOW_WAYS 15
#define VDT_FLOW_TAGS_A_WORD 4
#define VDT_FLOW_TAG_WORDS 4
#define VDT_FLOW_TAGS (VDT_FLOW_TAGS_A_WORD * VDT_FLOW_TAG_WORDS) /* the last is no way's, and always 0 */
#define VDT_FLOW_AGE_SHIFT 26 /* an age's unit: 2^26 ns = 67 ms; wraps after 73 minutes */

struct vdt_flow_set {
	union {
		__u64 tag_words[VDT_FLOW_TAG_WORDS];
		__u16 tags[VDT_FLOW_TAGS];
	};
	__u16 ages[VDT_FLOW_TAGS]; /* when a way was last used; later uses within a unit don't write it again */
	__u64 zero[8];
	struct vdt_flow_record records[VDT_FLOW_WAYS];
};

VDT_ASSERT_SIZE(struct vdt_flow_set, 2048);

#endif
