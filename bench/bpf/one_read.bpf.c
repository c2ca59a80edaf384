// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What no list of 1,048,576 IPv4 addresses goes below: drops every packet after one read at a place that its source
 * address names, of as much memory as such a list needs at least. There are 2^32 choose 2^20 of them, which is
 * 14.1 million bits; a list that never errs takes as many on average (Carter et al., "Exact and approximate
 * membership testers", 1978).
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define BITS 14096000
#define READ_BYTES 32 /* half a line of a CPU's cache, as struct vdt_feed_bucket */
#define PLACES (BITS / 8 / READ_BYTES)

struct place {
	__u64 words[READ_BYTES / 8];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PLACES);
	__type(key, __u32);
	__type(value, struct place);
} list SEC(".maps");

SEC("xdp")
int drop_after_one_read(struct xdp_md *ctx)
{
	const void *data = (const void *)(long)ctx->data, *end = (const void *)(long)ctx->data_end;
	const struct iphdr *ip = data + sizeof(struct ethhdr);
	const struct place *place;
	__u32 hash, number;

	if ((const void *)(ip + 1) > end)
		return XDP_PASS;
	hash = ip->saddr * 0x9e3779b1U;
	hash = (hash ^ hash >> 15) * 0x846ca68bU;
	number = ((__u64)hash * PLACES) >> 32;
	place = bpf_map_lookup_elem(&list, &number);
	/* Never: all words are 0. */
	if (!place || (place->words[0] | place->words[1] | place->words[2] | place->words[3]))
		return XDP_PASS;
	return XDP_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";
