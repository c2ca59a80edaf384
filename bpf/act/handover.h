/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a packet's way through the programs ends: watchers are told of it as it came, and then bpf/act.bpf.c does
 * with it what the rule says that decided on it, if that is more than to let it pass or to drop it.
 *
 * These maps are pinned: rules go on while no daemon runs.
 */
#ifndef VEDETTE_ACT_HANDOVER_H
#define VEDETTE_ACT_HANDOVER_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/verdict.h"
#include "watch/handover.h"

/* One array a program type: the kernel lets XDP programs with and without frags not share one. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} act_xdp SEC(".maps"), act_xdp_frags SEC(".maps"), act_tc SEC(".maps");

/* Each returns `action` where nobody watches and nothing is to be done; otherwise the last program does. */
static __always_inline int vdt_end_xdp(struct xdp_md *ctx, int frags, __u32 watched, __u32 action, __u8 verdict)
{
	if (watched && frags)
		vdt_watch_xdp_frags(ctx, action, verdict, bpf_ktime_get_ns());
	else if (watched)
		vdt_watch_xdp(ctx, action, verdict, bpf_ktime_get_ns());
	if (!vdt_is_acted(verdict))
		return action;
	if (frags)
		bpf_tail_call(ctx, &act_xdp_frags, 0);
	else
		bpf_tail_call(ctx, &act_xdp, 0);
	return action;
}

static __always_inline int vdt_end_tc(struct __sk_buff *skb, __u32 watched, __u32 action, __u8 direction,
				      __u8 verdict, __u16 segments)
{
	if (watched)
		vdt_watch_tc(skb, action, direction, verdict, bpf_ktime_get_ns(), segments);
	if (vdt_is_acted(verdict))
		bpf_tail_call(skb, &act_tc, 0);
	return action;
}

#endif
