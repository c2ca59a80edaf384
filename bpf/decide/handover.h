/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the program that parses a packet to the one that decides on it: a tail call, so that neither is more to
 * verify than a tenth of what the verifier takes. The packet lies in its CPU's element of `work`.
 */
#ifndef VEDETTE_DECIDE_HANDOVER_H
#define VEDETTE_DECIDE_HANDOVER_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/work.h"

/* One array a program type. Filled before a program is attached, and pinned: an array that isn't is emptied when
 * its last user is gone. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} decide_xdp SEC(".maps"), decide_xdp_frags SEC(".maps"), decide_tc SEC(".maps");

static __always_inline void vdt_hand_on(struct vdt_work *here, __u32 ifindex, __u32 direction)
{
	here->packet.core.key.ifindex = ifindex;
	here->packet.core.key.direction = direction;
}

#endif
