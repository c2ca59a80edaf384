/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the packet programs to the tellers of first bytes (bpf/first_bytes.bpf.c): a tail call, for few packets need
 * what these do, and the packet programs' code is verified and fetched for each. What they hand over lies in the
 * CPU's struct vdt_work, with the packet that was just parsed.
 *
 * The tellers go on to the watch programs themselves. Without them, as when no daemon runs, the tail call does
 * nothing.
 */
#ifndef VEDETTE_FIRST_HANDOVER_H
#define VEDETTE_FIRST_HANDOVER_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/work.h"

/* One array a program type: the kernel lets XDP programs with and without frags not share one. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} first_xdp SEC(".maps"), first_xdp_frags SEC(".maps"), first_tc SEC(".maps");

static __always_inline void vdt_hand_first(struct vdt_first *first, __u32 action, __u32 watched, __u32 segments)
{
	first->action = action;
	first->watched = watched;
	first->segments = segments;
}

#endif
