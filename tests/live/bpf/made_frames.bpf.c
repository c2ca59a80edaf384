// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The fastest sender that the kernel has: run over and over by BPF_PROG_TEST_RUN with live frames, it makes each
 * frame the next flow's and sends it out by another interface (xdp-trafficgen of xdp-tools does the same, where it
 * loads).
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "made_frames.h"

#define SPREAD 2654435761u /* Knuth's: neighbouring numbers get far addresses */

const volatile struct frame_plan plan;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} made SEC(".maps");

/* RFC 1071; the header has no options. */
static __always_inline void set_checksum(struct iphdr *ip)
{
	const __u16 *words = (const __u16 *)ip;
	__u32 sum = 0;

	ip->check = 0;
#pragma unroll
	for (int i = 0; i < 10; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	ip->check = ~sum;
}

SEC("xdp")
int next_frame(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);
	struct udphdr *udp = (void *)(ip + 1);
	__u32 only = 0, flow;
	__u64 *number = bpf_map_lookup_elem(&made, &only);

	if (!number || !plan.flows || (void *)(udp + 1) > end)
		return XDP_ABORTED;
	flow = (*number)++ % plan.flows;
	ip->saddr = bpf_htonl(10u << 24 | (flow * SPREAD & 0xffffff));
	udp->source = bpf_htons(1024 + flow % 60000);
	if (plan.valid)
		set_checksum(ip);
	return bpf_redirect(plan.ifindex, 0);
}

char _license[] SEC("license") = "Dual BSD/GPL";
