/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What each rule decided on and did, in stripes. */
#ifndef VEDETTE_DECIDE_RULE_COUNTERS_H
#define VEDETTE_DECIDE_RULE_COUNTERS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/rules.h"
#include "flow/work.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VDT_RULES_MAX *VDT_RULE_STRIPES);
	__type(key, __u32);
	__type(value, struct vdt_rule_counter);
} rule_counters SEC(".maps");

/* This CPU's stripe of a rule's counters. */
static __always_inline struct vdt_rule_counter *vdt_rule_counter_of(__u32 counter)
{
	__u32 element = vdt_rule_counter_element(counter, vdt_cpu(vdt_config.replayed) & (VDT_RULE_STRIPES - 1));

	return bpf_map_lookup_elem(&rule_counters, &element);
}

static __always_inline void vdt_add(__u64 *sum, __u64 more)
{
	/* Each CPU has its own stripe where there are so few. */
	if (vdt_config.cpus <= VDT_RULE_STRIPES)
		*sum += more;
	else
		__sync_fetch_and_add(sum, more);
}

#endif
