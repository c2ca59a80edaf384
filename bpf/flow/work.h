/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a program works with: the configuration, the switches, and, found by one look-up, its CPU's element for the
 * packet's interface.
 */
#ifndef VEDETTE_FLOW_WORK_H
#define VEDETTE_FLOW_WORK_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/config.h"
#include "abi/flow_table.h"
#include "abi/replay.h"
#include "abi/work.h"

const volatile struct vdt_config vdt_config SEC(".rodata.config") = {};
volatile struct vdt_switches vdt_switches SEC(".data.switches") = {};
volatile struct vdt_replay vdt_replay SEC(".data.replay") = {};

/* What the kernel says of a packet's time and place, and in a dry run the one that replays it. The verifier knows
 * the configuration, so that only one of both is left. `replayed`: vdt_config's, which the short way loads once. */
static __always_inline __u64 vdt_clock_ns(void)
{
	return vdt_config.replayed ? vdt_replay.now_ns : bpf_ktime_get_ns();
}

/* Of rates (decide/rates.h). */
static __always_inline __u64 vdt_rate_clock_ns(void)
{
	return vdt_config.replayed ? vdt_replay.rate_ns : bpf_ktime_get_ns();
}

static __always_inline __u64 vdt_clock_tick(__u32 replayed)
{
	return replayed ? vdt_replay.now_ns : bpf_jiffies64();
}

static __always_inline __u32 vdt_cpu(__u32 replayed)
{
	return replayed ? 0 : bpf_get_smp_processor_id();
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set by the loader: vdt_work_entries() */
	__type(key, __u32);
	__type(value, struct vdt_work);
} work SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set by the loader: CPUs × sets */
	__type(key, __u32);
	__type(value, struct vdt_flow_set);
} flow_sets SEC(".maps");

/* Never NULL, whatever the verifier thinks: every slot has an element for every number that a CPU can have. */
static __always_inline struct vdt_work *vdt_work_of(__u32 ifindex, __u32 cpu)
{
	__u32 slot = vdt_counters_slot(ifindex, vdt_config.slots_mask);
	__u32 element = vdt_counters_element(slot, cpu, vdt_config.cpus);

	return bpf_map_lookup_elem(&work, &element);
}

#endif
