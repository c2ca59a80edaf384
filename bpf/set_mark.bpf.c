// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The marks of a policy's rules where packets come in by XDP, which knows no socket buffer yet: behind it, tc sets
 * what bpf/act.bpf.c left before the frame. All else goes by for the price of one comparison.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "act/mark.h"

#define VDT_TCX_NEXT (-1)

/* Where generic XDP had to copy a frame, Linux (seen: 6.18) forgets how long its link header is: tc then begins at
 * the IP header, and takes what lies before that for what XDP left: its last ten bytes. */
#define VDT_LINK_FORGOTTEN 2 /* bytes from there to the last copy */

SEC("tc")
int vdt_set_mark(struct __sk_buff *skb)
{
	const __u8 *left = (const void *)(long)skb->data_meta;

	if (left + sizeof(struct vdt_left_mark) > (const __u8 *)(long)skb->data)
		return VDT_TCX_NEXT;
	if (*(const __u32 *)left == VDT_MARK_MAGIC)
		skb->mark = *(const __u32 *)(left + 4);
	else if (*(const __u32 *)(left + VDT_LINK_FORGOTTEN) == VDT_MARK_MAGIC)
		skb->mark = *(const __u32 *)(left + VDT_LINK_FORGOTTEN + 4);
	return VDT_TCX_NEXT;
}

char _license[] SEC("license") = "Dual BSD/GPL";
