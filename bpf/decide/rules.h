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
#include "decide/new_flow.h"
#include "decide/payload.h"
#include "decide/rates.h"
#include "decide/rule_counters.h"
#include "decide/rule_search.h"
#include "decide/trace.h"

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

static __always_inline const struct vdt_rules *vdt_rules_in_force(void)
{
	__u32 only = 0;
	void *table = bpf_map_lookup_elem(&rules, &only);

	return table ? bpf_map_lookup_elem(table, &only) : 0;
}

/* Whether the rates that the rule in here->rules limits to are exceeded. */
static __always_inline int vdt_is_limited(struct vdt_work *here, const struct vdt_wire *wire)
{
	const struct vdt_rule *rule = &here->rules.rule;
	__u64 now = vdt_rate_clock_ns() << VDT_RATE_TIME_BITS;
	int over = 0, begins = 0;

	for (int i = 0; i < VDT_RULE_RATES; i++)
		if (i < rule->rates && rule->rate[i].unit == VDT_RATE_FLOWS)
			begins = 1;
	if (begins)
		begins = vdt_begins_flow(here);
	for (int i = 0; i < VDT_RULE_RATES; i++)
		if (i < rule->rates)
			over |= vdt_is_over(&rule->rate[i], &here->packet.core, wire, begins, now);
	return over;
}

static __always_inline void vdt_count_rule(__u32 number, const struct vdt_wire *wire, int dropped)
{
	struct vdt_rule_counter *counter = vdt_rule_counter_of(number);

	vdt_trace_rule(number, dropped);
	if (!counter)
		return;
	vdt_add(&counter->packets, wire->packets);
	vdt_add(&counter->bytes, wire->bytes);
	if (!dropped)
		return;
	vdt_add(&counter->dropped_packets, wire->packets);
	vdt_add(&counter->dropped_bytes, wire->bytes);
}

/* Counts a packet in the shadow policy's rule in here->rules. Its own allow-list is among its rules, and that of
 * the policy in force isn't its. */
static __always_inline int vdt_shadow(struct vdt_work *here, const struct vdt_wire *wire, int drops)
{
	const struct vdt_flow_key *key = &here->packet.core.key;
	const struct vdt_rule *rule = &here->rules.rule;

	if (drops && (vdt_switches.lists & VDT_LISTS_ALLOW)) {
		const struct vdt_listed *allowed =
			vdt_entry_of(&allow4, &allow6, &key->src, key->ip_version, here->now.ns);

		drops = !allowed || (allowed->flags & VDT_LISTED_POLICY);
	}
	vdt_count_rule(rule->counter, wire, drops);
	if (!(rule->flags & VDT_RULE_OBSERVE))
		here->rules.shadowed = 1;
	return VDT_VERDICT_ASK;
}

/* What the allow-list holds is nobody's to drop; until its entry ends, which may be soon. */
static __always_inline int vdt_is_spared(struct vdt_work *here)
{
	const struct vdt_flow_key *key = &here->packet.core.key;

	if (!vdt_is_allowed(&key->src, key->ip_version, here->now.ns))
		return 0;
	here->rules.each_packet = 1;
	vdt_trace_spared(VDT_SPARED_RULE);
	return 1;
}

/* What a rule does that lets pass or drops all packets that it takes: VDT_VERDICT_DROP or VDT_VERDICT_NONE. */
static __always_inline int vdt_follow_told(struct vdt_work *here, const struct vdt_wire *wire, __u32 told)
{
	int drops = (told & VDT_OUTCOME_DROPS) && !vdt_is_spared(here);

	vdt_count_rule(told & VDT_OUTCOME_COUNTER, wire, drops);
	return drops ? VDT_VERDICT_DROP : VDT_VERDICT_NONE;
}

/* Hands the packet on to bpf/act.bpf.c, to have done with it what the rule in here->rules says. */
static __always_inline int vdt_hand_to_act(struct vdt_work *here)
{
	const struct vdt_rule *rule = &here->rules.rule;

	if (rule->verdict == VDT_RULE_SAMPLE && ((__u64)bpf_get_prandom_u32() * rule->value) >> 32)
		return VDT_VERDICT_NONE;
	here->act.verdict = VDT_VERDICT_REJECT + (rule->verdict - VDT_RULE_REJECT);
	here->act.value = rule->value;
	here->act.counter = rule->counter;
	return here->act.verdict;
}

/* Whether the payload is what the rule in here->rules asks for: VDT_VERDICT_NONE, VDT_VERDICT_ASK where it isn't,
 * or VDT_RULES_SWAPPED. */
static __always_inline int vdt_ask_payload(const struct vdt_work *here)
{
	const struct vdt_rules *table = vdt_rules_in_force();

	if (!table || table->head.generation != here->rules.generation)
		return VDT_RULES_SWAPPED;
	return vdt_has_patterns(table, here) ? VDT_VERDICT_NONE : VDT_VERDICT_ASK;
}

/* Copies the rule whose number stands there into here->rules, where that search began in these rules. */
static __always_inline int vdt_take_rule(struct vdt_work *here, __u32 at)
{
	const struct vdt_rules *table = vdt_rules_in_force();

	if (!table || table->head.generation != here->rules.generation)
		return VDT_RULES_SWAPPED;
	vdt_copy_rule(table, table->head.rule + vdt_rules_u16(table, at) * (__u32)sizeof(struct vdt_rule),
		      &here->rules.rule);
	return VDT_VERDICT_NONE;
}

/* What a rule does, the one in here->rules or, where `at` isn't 0, the one whose number stands there in the table:
 * enum vdt_verdict, of which VDT_VERDICT_ASK where the next one is to be asked; or VDT_RULES_SWAPPED. Not static:
 * the verifier goes through it once by itself, and meets only a call in the loops over rules. */
__attribute__((noinline)) int vdt_follow_rule(struct vdt_work *here, const struct vdt_wire *wire, __u32 at)
{
	const struct vdt_rule *rule;
	int drops;

	if (!here || !wire)
		return VDT_VERDICT_NONE;
	if (at && vdt_take_rule(here, at) != VDT_VERDICT_NONE)
		return VDT_RULES_SWAPPED;
	rule = &here->rules.rule;
	if ((rule->until_ns && rule->until_ns <= here->now.ns) ||
	    ((rule->flags & VDT_RULE_SHADOW) && here->rules.shadowed))
		return VDT_VERDICT_ASK;
	if (rule->patterns) {
		int asked = vdt_ask_payload(here);

		if (asked != VDT_VERDICT_NONE)
			return asked;
	}
	drops = rule->verdict == VDT_RULE_LIMIT
			? vdt_is_limited(here, wire)
			: rule->verdict == VDT_RULE_DROP || rule->verdict == VDT_RULE_REJECT;
	if (rule->flags & VDT_RULE_SHADOW)
		return vdt_shadow(here, wire, drops);
	/* What is sent on elsewhere doesn't come in either. */
	if ((drops || rule->verdict == VDT_RULE_REDIRECT) && vdt_is_spared(here)) {
		vdt_count_rule(rule->counter, wire, 0);
		return VDT_VERDICT_NONE;
	}
	vdt_count_rule(rule->counter, wire, drops);
	if (rule->flags & VDT_RULE_OBSERVE)
		return VDT_VERDICT_ASK;
	if (rule->verdict > VDT_RULE_LIMIT)
		return vdt_hand_to_act(here);
	return drops ? VDT_VERDICT_DROP : VDT_VERDICT_NONE;
}

/* Seeks the next rule that takes the packet, and as vdt_follow_rule(); VDT_NO_RULE where there is none. Not static,
 * for the same reason. */
__attribute__((noinline)) int vdt_follow_next(struct vdt_work *here, const struct vdt_wire *wire)
{
	const struct vdt_rules *table = vdt_rules_in_force();
	int found;

	if (!here || !wire || !table)
		return VDT_NO_RULE;
	found = vdt_next_rule(table, &here->rules);
	if (found == VDT_NO_RULE || found == VDT_RULES_SWAPPED)
		return found;
	return found == VDT_NO_RULE_YET ? VDT_VERDICT_ASK : vdt_follow_rule(here, wire, 0);
}

/* The same as vdt_ask_rules(), where no tables tell the outcome. */
static __always_inline int vdt_search_rules(struct vdt_work *here, const struct vdt_wire *wire)
{
	int found = VDT_VERDICT_ASK;

	VDT_ROLLED
	for (int i = 0; i < VDT_RULE_STEPS && found == VDT_VERDICT_ASK; i++)
		found = vdt_follow_next(here, wire);
	return found == VDT_VERDICT_ASK || found == VDT_NO_RULE ? VDT_VERDICT_NONE : found;
}

/* An outcome's rules, one after the other: so many, whose numbers begin there in the rules. */
static __always_inline int vdt_follow_outcome(struct vdt_work *here, const struct vdt_wire *wire, __u32 at,
					      __u32 count)
{
	int found = VDT_VERDICT_ASK;

	VDT_ROLLED
	for (__u32 i = 0; i < VDT_RULE_STEPS && i < count && found == VDT_VERDICT_ASK; i++)
		found = vdt_follow_rule(here, wire, at + (i << 1));
	return found == VDT_VERDICT_ASK ? VDT_VERDICT_NONE : found;
}

/* Enum vdt_verdict, or VDT_RULES_SWAPPED: to be asked again, once, as the kernel swaps no more
 * while this runs. */
__attribute__((noinline)) int vdt_ask_rules(struct vdt_work *here, const struct vdt_wire *wire)
{
	const struct vdt_rules *table = vdt_rules_in_force();
	__u32 outcome;

	if (!here || !wire || !table)
		return VDT_VERDICT_NONE;
	outcome = vdt_begin_rules(table, &here->packet.core, &here->rules);
	if (!outcome)
		return vdt_search_rules(here, wire);
	if (!(outcome & VDT_OUTCOME_TOLD)) {
		here->rules.each_packet |= vdt_rules_u16(table, outcome + 2);
		return vdt_follow_outcome(here, wire, outcome + 4, vdt_rules_u16(table, outcome));
	}
	here->rules.each_packet |= outcome & VDT_OUTCOME_EACH_PACKET;
	return outcome & VDT_OUTCOME_RULE ? vdt_follow_told(here, wire, outcome) : VDT_VERDICT_NONE;
}

#endif
