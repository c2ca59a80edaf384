/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a socket buffer is on the wire: a GSO or GRO super-frame stands for several packets. */
#ifndef VEDETTE_FLOW_FRAME_WIRE_H
#define VEDETTE_FLOW_FRAME_WIRE_H

#include <linux/bpf.h>

#include "abi/work.h"

/* How many packets a GSO or GRO super-frame is on the wire. gso_segs is 0 where the frame came from a virtual
 * machine, or where another program put a header on, until a device has to cut it up. */
static __always_inline __u32 vdt_segments(const struct __sk_buff *skb, __u32 payload_offset)
{
	__u32 size = skb->gso_size;

	if (skb->gso_segs)
		return skb->gso_segs;
	if (!size || !payload_offset || skb->len <= payload_offset)
		return 1;
	return (skb->len - payload_offset + size - 1) / size;
}

/* Each of a super-frame's packets has a copy of the headers, and all but the last are full. */
static __always_inline void vdt_measure(const struct __sk_buff *skb, __u32 payload_offset, struct vdt_wire *wire)
{
	__u32 full = payload_offset + skb->gso_size;

	wire->packets = vdt_segments(skb, payload_offset);
	wire->bytes = skb->len + (__u64)(wire->packets - 1) * payload_offset;
	wire->length = skb->len;
	wire->shortest = skb->len;
	if (wire->packets > 1 && payload_offset) {
		wire->length = full;
		wire->shortest = skb->len - (wire->packets - 1) * skb->gso_size;
		if (wire->shortest > full)
			wire->shortest = full; /* not cut up as it says */
	}
}

#endif
