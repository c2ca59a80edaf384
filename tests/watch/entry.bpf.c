// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Stands in the tests where the packet programs stand: hands every packet over, and tells by a return code of
 * its own that it was given back. The tc one first takes a VLAN tag out of the bytes, where cb says so. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/packet.h"
#include "watch/handover.h"

#define ACTION 5
#define VERDICT 3

SEC("xdp")
int enter_xdp(struct xdp_md *ctx)
{
	return vdt_watch_xdp(ctx, ACTION, VERDICT, bpf_ktime_get_ns());
}

SEC("xdp.frags")
int enter_xdp_frags(struct xdp_md *ctx)
{
	return vdt_watch_xdp_frags(ctx, ACTION, VERDICT, bpf_ktime_get_ns());
}

SEC("tc")
int enter_tc(struct __sk_buff *skb)
{
	if (skb->cb[0])
		bpf_skb_vlan_push(skb, skb->cb[0], skb->cb[1]);
	return vdt_watch_tc(skb, ACTION, VDT_DIRECTION_OUT, VERDICT, bpf_ktime_get_ns(), 1);
}

char _license[] SEC("license") = "Dual BSD/GPL";
