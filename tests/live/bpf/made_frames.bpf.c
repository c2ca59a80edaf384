// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The fastest sender that the kernel has: run over and over by BPF_PROG_TEST_RUN with live frames, it makes
 * each frame the next flow's and sends it out by another interface (xdp-trafficgen of xdp-tools does the
 * same, where it loads).
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "made_frames.h"

#define SPREAD 2654435761u /* Knuth's: neighbouring numbers get far addresses */

const volatile struct frame_plan plan;

struct syn {
	struct tcphdr tcp;
	__u8 segment_size[4]; /* the option */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} made SEC(".maps");

/* RFC 1071: of so many words, and of a sum before. */
static __always_inline __u32 sum_words(const void *bytes, int words, __u32 sum)
{
	const __u16 *word = bytes;

#pragma unroll
	for (int i = 0; i < words; i++)
		sum += word[i];
	return sum;
}

static __always_inline __u16 checksum(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static __always_inline void set_ip_checksum(struct iphdr *ip)
{
	ip->check = 0;
	ip->check = checksum(sum_words(ip, sizeof(*ip) / 2, 0));
}

/* A SYN's: the header and the option of the segment size behind it. */
static __always_inline void set_tcp_checksum(struct syn *syn, const struct iphdr *ip)
{
	__u32 pseudo = sum_words(&ip->saddr, 4, bpf_htons(IPPROTO_TCP) + bpf_htons(sizeof(*syn)));

	syn->tcp.check = 0;
	syn->tcp.check = checksum(sum_words(syn, sizeof(*syn) / 2, pseudo));
}

SEC("xdp")
int next_frame(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);
	struct udphdr *udp = (void *)(ip + 1);
	struct syn *syn = (void *)(ip + 1);
	__u32 only = 0, flow, *word = data;
	__u64 *number = bpf_map_lookup_elem(&made, &only);

	if (!number || !plan.flows || (void *)(syn + 1) > end)
		return XDP_ABORTED;
	flow = (*number)++ % plan.flows;
	if (plan.syn) {
		if (data + FRAME_BYTES > end)
			return XDP_ABORTED;
#pragma unroll
		for (int i = 0; i < FRAME_BYTES / 4; i++)
			word[i] = plan.frame[i];
	}
	ip->saddr = bpf_htonl(10u << 24 | (flow * SPREAD & 0xffffff));
	if (plan.syn) {
		syn->tcp.source = bpf_htons(1024 + flow % 60000);
		syn->tcp.seq = flow * SPREAD;
		set_tcp_checksum(syn, ip);
	} else {
		udp->source = bpf_htons(1024 + flow % 60000);
	}
	if (plan.valid || plan.syn)
		set_ip_checksum(ip);
	return bpf_redirect(plan.ifindex, 0);
}

char _license[] SEC("license") = "Dual BSD/GPL";
