// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What it costs to ask whether a source is blocked: addresses drawn at random, or out of the entries, asked
 * of the feeds' table and of the kernel's longest-prefix-match trie with the same entries.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "decide/lists.h"

#define BENCH_ENTRIES (1 << 20)

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, BENCH_ENTRIES);
	__type(key, struct vdt_prefix4);
	__type(value, __u64);
} trie SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BENCH_ENTRIES);
	__type(key, __u32);
	__type(value, __u32);
} drawn SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vdt_work);
} bench_work SEC(".maps");

struct bench_feed_draw {
	__u64 random;
	__u64 hits;
	__u32 of_entries; /* nonzero: addresses of entries alone */
	__u32 zero;
};

volatile struct bench_feed_draw bench_feed_draw SEC(".data.bench") = {.random = 1};

static __always_inline int vdt_draw(union vdt_address *source)
{
	__u64 random = bench_feed_draw.random * 6364136223846793005ULL + 1442695040888963407ULL;
	__u32 at = random >> 33 & (BENCH_ENTRIES - 1);
	const __u32 *entry;

	bench_feed_draw.random = random;
	__builtin_memset(source, 0, sizeof(*source));
	source->words[0] = random >> 32;
	if (!bench_feed_draw.of_entries)
		return 1;
	entry = bpf_map_lookup_elem(&drawn, &at);
	if (!entry)
		return 0;
	source->words[0] = *entry;
	return 1;
}

SEC("xdp")
int bench_draw(struct xdp_md *ctx)
{
	(void)ctx;
	union vdt_address source;

	vdt_draw(&source);
	bench_feed_draw.hits += source.words[0] & 1;
	return XDP_PASS;
}

SEC("xdp")
int bench_feeds(struct xdp_md *ctx)
{
	(void)ctx;
	union vdt_address source;
	__u32 only = 0;
	struct vdt_work *here = bpf_map_lookup_elem(&bench_work, &only);

	if (!here)
		return XDP_ABORTED;
	here->now.ns = 1;
	here->wire.bytes = 64;
	here->wire.packets = 1;
	vdt_draw(&source);
	bench_feed_draw.hits += vdt_is_blocked_source(here, &source, 4);
	return XDP_PASS;
}

SEC("xdp")
int bench_trie(struct xdp_md *ctx)
{
	(void)ctx;
	struct vdt_prefix4 key = {.length = 32};
	union vdt_address source;

	vdt_draw(&source);
	__builtin_memcpy(key.address, source.bytes, sizeof(key.address));
	bench_feed_draw.hits += bpf_map_lookup_elem(&trie, &key) != 0;
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
