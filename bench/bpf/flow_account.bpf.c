// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The whole packet program behind a generator of flows, for BPF_PROG_TEST_RUN: each run draws one of
 * `draw.flows` flows, writes its source address and port and a fresh TCP sequence number into the frame,
 * and hands it on. bench_vary does no more than that, bench_bare then reads what every flow monitor must,
 * bench_full is vdt_ingress_xdp.
 *
 * BENCH_MAP names a kernel map type: flows are then kept in such a map instead of the flow cache, with the
 * same records and everything else unchanged.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "flow/cache.h"

#ifdef BENCH_MAP

struct {
	__uint(type, BENCH_MAP);
	__uint(max_entries, 1); /* set by the loader */
	__type(key, struct vdt_flow_key);
	__type(value, struct vdt_flow_record);
} kernel_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vdt_flow_record);
} fresh_record SEC(".maps");

static __always_inline struct vdt_flow_record *bench_likely_record(const __u64 words[VDT_FLOW_KEY_WORDS], __u32 cpu,
								   enum vdt_plain_kind kind,
								   struct vdt_flow_place *place)
{
	__u64 key[VDT_FLOW_KEY_WORDS];

	(void)cpu;
	(void)kind;
	(void)place;
	__builtin_memcpy(key, words, sizeof(key));
	return bpf_map_lookup_elem(&kernel_flows, key);
}

static __always_inline struct vdt_flow_record *bench_record_of(struct vdt_work *here, __u32 cpu,
							       struct vdt_flow_place *place)
{
	struct vdt_packet_core *core = &here->packet.core;
	struct vdt_flow_record *record = bpf_map_lookup_elem(&kernel_flows, &core->key);
	__u32 only = 0;

	(void)cpu;
	(void)place;
	if (record)
		return record;
	record = bpf_map_lookup_elem(&fresh_record, &only);
	if (!record)
		return 0;
	vdt_read_clock(&here->now, bpf_jiffies64());
	vdt_begin_record(record, core, here->now.ns);
	if (bpf_map_update_elem(&kernel_flows, &core->key, record, BPF_ANY))
		return 0;
	here->counters.flows_created++;
	return bpf_map_lookup_elem(&kernel_flows, &core->key);
}

static __always_inline void bench_note_use(const struct vdt_flow_place *place, struct vdt_flow_record *record,
					   __u64 now_ns)
{
	(void)place;
	(void)record;
	(void)now_ns;
}

#define vdt_likely_record bench_likely_record
#define vdt_record_of bench_record_of
#define vdt_note_use bench_note_use
#endif

#include "packets.bpf.c"

#include "flow_draw.h"

struct bench_draw draw SEC(".data.bench") = {.flows = 1, .random = 1};

struct bench_frame {
	struct ethhdr ethernet;
	struct iphdr ip;
	struct tcphdr tcp;
} __attribute__((packed));

static __always_inline struct bench_frame *bench_vary_flow(struct xdp_md *ctx)
{
	struct bench_frame *frame = (struct bench_frame *)(long)ctx->data;
	__u32 random = draw.random, flow;

	if ((void *)(frame + 1) > (void *)(long)ctx->data_end)
		return 0;
	random ^= random << 13;
	random ^= random >> 17;
	random ^= random << 5;
	draw.random = random;
	flow = draw.in_turn ? draw.turn++ : (__u32)(((__u64)random * draw.flows) >> 32);
	/* Whole fields, as a network card's bytes come: a load of what was stored piecemeal would wait for it. */
	*(__u32 *)(void *)&frame->ip.saddr = bpf_htonl(0x0a000000 + (flow >> 4));
	*(__u16 *)(void *)&frame->tcp.source = bpf_htons(32768 + (flow & 15));
	draw.sequence += 64;
	*(__u32 *)(void *)&frame->tcp.seq = bpf_htonl(draw.sequence);
	return frame;
}

SEC("xdp")
int bench_vary(struct xdp_md *ctx)
{
	return bench_vary_flow(ctx) ? XDP_PASS : XDP_ABORTED;
}

/* Ethernet, IPv4 and ports with every bound checked, and nothing beyond. */
SEC("xdp")
int bench_bare(struct xdp_md *ctx)
{
	void *data, *end;
	struct ethhdr *ethernet;
	struct iphdr *ip;
	__u16 *ports;

	if (!bench_vary_flow(ctx))
		return XDP_ABORTED;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	ethernet = data;
	if ((void *)(ethernet + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	ip = (void *)(ethernet + 1);
	if ((void *)(ip + 1) > end || ip->ihl < 5)
		return XDP_PASS;
	if (ip->protocol != 6 && ip->protocol != 17)
		return XDP_PASS;
	ports = (void *)ip + ip->ihl * 4;
	if ((void *)(ports + 2) > end)
		return XDP_PASS;
	draw.sum += ip->saddr + ip->daddr + ports[0] + ports[1] + ip->tot_len;
	return XDP_PASS;
}

SEC("xdp")
int bench_full(struct xdp_md *ctx)
{
	if (!bench_vary_flow(ctx))
		return XDP_ABORTED;
	return vdt_xdp(ctx, 0);
}
