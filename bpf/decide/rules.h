/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a policy's rules say of the packet at hand. The first one that takes it, and doesn't only count, decides;
 * the allow-list is asked before one drops.
 */
#ifndef VEDETTE_DECIDE_RULES_H
#define VEDETTE_DECIDE_RULES_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/verdict.h"
#include "decide/lists.h"
#include "decide/rates.h"
#include "decide/rule_search.h"

struct vdt_rule_table {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct vdt_rules));
};

/* The rules in force, if there are any. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct vdt_rule_table);
} rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VDT_RULES_MAX *VDT_RULE_STRIPES);
	__type(key, __u32);
	__type(value, struct vdt_rule_counter);
} rule_counters SEC(".maps");

/* As vdt_next_rule(). Not static: the verifier goes through it once by itself. */
__attribute__((noinline)) int vdt_seek_rule(struct vdt_work *here)
{
	struct vdt_rule_table *table;
	const struct vdt_rules *found;
	__u32 only = 0;

	if (!here)
		return VDT_NO_RULE;
	table = bpf_map_lookup_elem(&rules, &only);
	if (!table)
		return VDT_NO_RULE;
	found = bpf_map_lookup_elem(table, &only);
	if (!found)
		return VDT_NO_RULE;
	return vdt_next_rule(found, &here->packet.core, &here->rules);
}

/* Whether the rule drops the packet, or would. */
static __always_inline int vdt_rule_drops(const struct vdt_rule *rule, const struct vdt_packet_core *core,
					  const struct vdt_wire *wire)
{
	__u64 now;
	int over = 0;

	if (rule->verdict != VDT_RULE_LIMIT)
		return rule->verdict == VDT_RULE_DROP;
	now = bpf_ktime_get_ns() << 10;
	for (int i = 0; i < VDT_RULE_RATES; i++)
		if (i < rule->rates)
			over |= vdt_is_over(&rule->rate[i], core, wire, now);
	return over;
}

static __always_inline void vdt_count_rule(const struct vdt_rule *rule, const struct vdt_wire *wire, __u32 cpu,
					   int dropped)
{
	__u32 element = rule->counter * VDT_RULE_STRIPES + (cpu & (VDT_RULE_STRIPES - 1));
	struct vdt_rule_counter *counter = bpf_map_lookup_elem(&rule_counters, &element);

	if (!counter)
		return;
	__sync_fetch_and_add(&counter->packets, wire->packets);
	__sync_fetch_and_add(&counter->bytes, wire->bytes);
	if (!dropped)
		return;
	__sync_fetch_and_add(&counter->dropped_packets, wire->packets);
	__sync_fetch_and_add(&counter->dropped_bytes, wire->bytes);
}

/* What the rule that was found does: VDT_VERDICT_DROP, VDT_VERDICT_NONE, or VDT_VERDICT_ASK where it only counts.
 */
__attribute__((noinline)) int vdt_follow_rule(struct vdt_work *here, const struct vdt_wire *wire)
{
	struct vdt_packet_core *core;
	int dropped;

	if (!here || !wire)
		return VDT_VERDICT_NONE;
	core = &here->packet.core;
	dropped = vdt_rule_drops(&here->rules.rule, core, wire);
	/* What the allow-list holds is nobody's to drop; until its entry ends, which may be soon. */
	if (dropped && vdt_is_allowed(&core->key.src, core->key.ip_version, here->now.ns)) {
		here->rules.each_packet = 1;
		return VDT_VERDICT_NONE;
	}
	vdt_count_rule(&here->rules.rule, wire, bpf_get_smp_processor_id(), dropped);
	if (here->rules.rule.flags & VDT_RULE_OBSERVE)
		return VDT_VERDICT_ASK;
	return dropped ? VDT_VERDICT_DROP : VDT_VERDICT_NONE;
}

/* VDT_VERDICT_DROP, or VDT_VERDICT_NONE. */
__attribute__((noinline)) int vdt_ask_rules(struct vdt_work *here, const struct vdt_wire *wire)
{
	if (!here || !wire)
		return VDT_VERDICT_NONE;
	here->rules.generation = 0;
	VDT_ROLLED
	for (int i = 0; i < VDT_RULE_STEPS; i++) {
		int found = vdt_seek_rule(here);

		if (found == VDT_NO_RULE)
			break;
		if (found == VDT_NO_RULE_YET)
			continue;
		found = vdt_follow_rule(here, wire);
		if (found != VDT_VERDICT_ASK)
			return found;
	}
	return VDT_VERDICT_NONE;
}

#endif
