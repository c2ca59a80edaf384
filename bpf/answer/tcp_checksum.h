/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The checksum of a TCP segment that answers another.
 *
 * A frame from a virtual device may stand for one whose checksum its sender left to the device: then the checksum
 * field holds the sum of the pseudo header, and generic XDP and tc let the answer go out with the same promise,
 * which native XDP does not. Where the field holds that sum, the answer's urgent pointer, which means nothing
 * without its flag (RFC 9293 §3.1), is chosen so that one value is right both for who adds up and for who still has
 * to.
 */
#ifndef VEDETTE_ANSWER_TCP_CHECKSUM_H
#define VEDETTE_ANSWER_TCP_CHECKSUM_H

#include "answer/frame.h"

/* `partial`: the checksum of what is answered was left to a device. */
static __always_inline void vdt_write_checksum(__u8 *tcp, __u32 size, __u32 pseudo, int partial)
{
	__u32 sum = 0;

	size = size > 40 ? 40 : size;
	/* The fields of the checksum and of the urgent pointer are 0. */
	sum = vdt_folded(bpf_csum_diff(0, 0, (__be32 *)tcp, size, 0));
	if (!partial) {
		*(__u16 *)(tcp + 16) = ~vdt_folded(sum + pseudo);
		return;
	}
	/* The whole segment and its pseudo header must add up to 0xffff: field = pseudo, urgent = the rest. */
	*(__u16 *)(tcp + 16) = pseudo;
	*(__u16 *)(tcp + 18) = ~vdt_folded((__u64)sum + 2 * pseudo);
}

#endif
