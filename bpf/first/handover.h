/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the packet programs to the tellers of first bytes (bpf/first_bytes.bpf.c) and of heads (bpf/heads.bpf.c): a
 * tail call, for few packets need what these do, and the packet programs' code is verified and fetched for each.
 * What they hand over lies in the CPU's struct vdt_work, with the packet that was just parsed.
 *
 * The tellers go on to the watch programs themselves. Without them, as when no daemon runs, the tail call does
 * nothing.
 */
#ifndef VEDETTE_FIRST_HANDOVER_H
#define VEDETTE_FIRST_HANDOVER_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/events.h"
#include "abi/work.h"

/* One array a program type: the kernel lets XDP programs with and without frags not share one. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, VDT_TELLERS);
	__type(key, __u32);
	__type(value, __u32);
} first_xdp SEC(".maps"), first_xdp_frags SEC(".maps"), first_tc SEC(".maps");

/* A packet's head is told where its first bytes aren't; returns where nothing is to be told, or by nobody. */
static __always_inline void vdt_go_tell(void *ctx, void *tellers, struct vdt_first *first, __u32 action,
					__u32 watched, __u32 segments)
{
	if (!first->left && !first->head)
		return;
	first->action = action;
	first->watched = watched;
	first->segments = segments;
	if (first->left)
		bpf_tail_call(ctx, tellers, VDT_TELLER_FIRST);
	else
		bpf_tail_call(ctx, tellers, VDT_TELLER_HEAD);
}

/* A packet that was dropped before it came to a flow. */
static __always_inline void vdt_head_of_dropped(struct vdt_first *first, __u32 heads)
{
	if (!heads)
		return;
	first->head = VDT_HEAD_DROPPED;
	first->set = VDT_NO_SET;
}

#endif
