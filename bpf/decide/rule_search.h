/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which of a policy's rules take a packet, in their order (abi/rules.h says how they lie).
 *
 * No maps, no helpers: kernel programs and tests compile the same.
 */
#ifndef VEDETTE_DECIDE_RULE_SEARCH_H
#define VEDETTE_DECIDE_RULE_SEARCH_H

#include "abi/packet.h"
#include "abi/rules.h"
#include "parse/cursor.h"
#include "parse/protocols.h"

/* What vdt_next_rule() says beside a rule's number. */
#define VDT_NO_RULE (-1)
#define VDT_NO_RULE_YET (-2)   /* to be asked again */
#define VDT_RULES_SWAPPED (-3) /* other rules came into force since the search began */

/* More steps than there are words and rules that only count are not worth a packet's time: what is behind passes.
 */
#define VDT_RULE_STEPS 300

static __always_inline __u16 vdt_rules_u16(const struct vdt_rules *rules, __u32 offset)
{
	return *(const __u16 *)(rules->bytes + (offset & (VDT_RULES_BYTES - 2)));
}

static __always_inline __u32 vdt_rules_u32(const struct vdt_rules *rules, __u32 offset)
{
	return *(const __u32 *)(rules->bytes + (offset & (VDT_RULES_BYTES - 4)));
}

static __always_inline __u64 vdt_rules_u64(const struct vdt_rules *rules, __u32 offset)
{
	return *(const __u64 *)(rules->bytes + (offset & (VDT_RULES_BYTES - 8)));
}

/* Bits set (Warren 2002, figure 5-2): BPF has no instruction for it. */
static __always_inline __u32 vdt_bits_set(__u64 word)
{
	word -= word >> 1 & 0x5555555555555555ULL;
	word = (word & 0x3333333333333333ULL) + (word >> 2 & 0x3333333333333333ULL);
	word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return (__u32)((word * 0x0101010101010101ULL) >> 56);
}

/* A number that the verifier knows nothing more of: it would follow what comes behind a search for each step that
 * the search may have ended at. */
static __always_inline __u32 vdt_found(struct vdt_rule_query *query, __u32 low)
{
#ifdef __bpf__
	*(volatile __u32 *)&query->found = low;
	return *(volatile __u32 *)&query->found;
#else
	(void)query;
	return low;
#endif
}

/* One step of a search among ranges without a branch, which the verifier would follow to both sides. Bit 63 of
 * `before` is set where what is sought lies before the range in the middle. */
static __always_inline void vdt_halve(__u32 *low, __u32 *width, __u32 half, __u64 before)
{
	__u32 chosen;

	/* The compiler would see comparisons in the signs, and make them branches. */
	asm volatile("" : "+r"(before));
	chosen = (__u32)((__s64)before >> 63);
	asm volatile("" : "+r"(chosen));
	*low += half & ~chosen;
	*width = (half & chosen) | ((*width - half) & ~chosen);
}

/* A search among 65,536 ranges. */
#define VDT_RULE_HALVINGS 17

static __always_inline __u32 vdt_class4(const struct vdt_rules *rules, struct vdt_rule_query *query, __u32 table,
					const union vdt_address *address)
{
	__u32 begin = (__u32)address->bytes[2] << 8 | address->bytes[3], low = 0, width;
	__u32 entry = vdt_rules_u32(rules, table + (((__u32)address->bytes[0] << 8 | address->bytes[1]) << 2));

	if (entry & VDT_RULES_TABLE)
		entry = vdt_rules_u32(rules, entry + ((__u32)address->bytes[2] << 2));
	if (entry & VDT_RULES_TABLE)
		return vdt_rules_u16(rules, entry + ((__u32)address->bytes[3] << 1));
	if (!(entry & VDT_RULES_SEARCH))
		return entry;
	width = vdt_rules_u32(rules, entry);
	VDT_ROLLED
	for (int i = 0; i < VDT_RULE_HALVINGS && width > 1; i++) {
		__u32 half = width >> 1, range = vdt_rules_u32(rules, entry + 4 + ((low + half) << 2));

		vdt_halve(&low, &width, half, (__u64)begin - (range >> 16));
	}
	return vdt_rules_u32(rules, entry + 4 + (vdt_found(query, low) << 2)) & 0xffff;
}

static __always_inline __u32 vdt_class6_lower(const struct vdt_rules *rules, struct vdt_rule_query *query,
					      __u32 ranges, __u64 begin)
{
	__u32 low = 0, width = (__u32)vdt_rules_u64(rules, ranges);

	VDT_ROLLED
	for (int i = 0; i < VDT_RULE_HALVINGS && width > 1; i++) {
		__u32 half = width >> 1;
		__u64 middle = vdt_rules_u64(rules, ranges + 8 + ((low + half) << 4));

		/* Bit 63: begin < middle, unsigned (Warren 2002, section 2-12). */
		vdt_halve(&low, &width, half, (~begin & middle) | ((~begin | middle) & (begin - middle)));
	}
	return (__u32)vdt_rules_u64(rules, ranges + 16 + (vdt_found(query, low) << 4));
}

static __always_inline __u32 vdt_class6(const struct vdt_rules *rules, struct vdt_rule_query *query,
					const struct vdt_rule_field_place *place, const union vdt_address *address)
{
	__u64 upper = __builtin_bswap64(address->halves[0]), begin = upper & 0xffffffffffffULL;
	__u32 entry = vdt_rules_u32(rules, place->table + ((__u32)(upper >> 48) << 2)), low = 0, width, found;

	if (!(entry & VDT_RULES_SEARCH))
		return entry;
	width = (__u32)vdt_rules_u64(rules, entry);
	VDT_ROLLED
	for (int i = 0; i < VDT_RULE_HALVINGS && width > 1; i++) {
		__u32 half = width >> 1;
		__u64 range = vdt_rules_u64(rules, entry + 8 + ((low + half) << 3));

		vdt_halve(&low, &width, half, begin - (range >> 16));
	}
	found = (__u32)vdt_rules_u64(rules, entry + 8 + (vdt_found(query, low) << 3)) & 0xffff;
	if (!(found & VDT_RULES_LOWER))
		return found;
	return vdt_class6_lower(rules, query,
				vdt_rules_u32(rules, place->lower + ((found & ~VDT_RULES_LOWER) << 2)),
				__builtin_bswap64(address->halves[1]));
}

/* The packet's value in a field that isn't an address. */
static __always_inline __u32 vdt_rule_value(const struct vdt_packet_core *core, enum vdt_rule_field field)
{
	switch (field) {
	case VDT_FIELD_SOURCE_PORT:
		return core->facts & VDT_FACT_PORTS ? core->key.src_port : 65536;
	case VDT_FIELD_DESTINATION_PORT:
		return core->facts & VDT_FACT_PORTS ? core->key.dst_port : 65536;
	case VDT_FIELD_PROTOCOL:
		return core->key.protocol;
	case VDT_FIELD_INTERFACE:
		return core->key.ifindex & 0xffff;
	case VDT_FIELD_VLAN:
		return core->key.vlan[0] & 0xfff;
	case VDT_FIELD_TCP_FLAGS:
		return core->facts & VDT_FACT_TCP ? core->tcp_flags : 256;
	case VDT_FIELD_ICMP:
		return core->facts & VDT_FACT_ICMP ? (__u32)core->icmp_type << 8 | core->icmp_code : 65536;
	case VDT_FIELD_LENGTH:
		return core->length > 65535 ? 65535 : core->length;
	case VDT_FIELD_TTL:
		return core->ttl;
	case VDT_FIELD_FRAGMENT:
		return core->fragment != 0;
	default:
		return 0;
	}
}

static __always_inline __u32 vdt_rule_class(const struct vdt_rules *rules, struct vdt_rule_query *query,
					    const struct vdt_rule_field_place *place,
					    const struct vdt_packet_core *core, enum vdt_rule_field field)
{
	switch (field) {
	case VDT_FIELD_SOURCE4:
		return vdt_class4(rules, query, place->table, &core->key.src);
	case VDT_FIELD_DESTINATION4:
		return vdt_class4(rules, query, place->table, &core->key.dst);
	case VDT_FIELD_SOURCE6:
		return vdt_class6(rules, query, place, &core->key.src);
	case VDT_FIELD_DESTINATION6:
		return vdt_class6(rules, query, place, &core->key.dst);
	default:
		return vdt_rules_u16(rules, place->table + (vdt_rule_value(core, field) << 1));
	}
}

/* The fields that a packet has: addresses are of one version. */
static __always_inline __u32 vdt_rule_fields_of(const struct vdt_packet_core *core)
{
	const __u32 ipv4 = 1 << VDT_FIELD_SOURCE4 | 1 << VDT_FIELD_DESTINATION4;
	const __u32 ipv6 = 1 << VDT_FIELD_SOURCE6 | 1 << VDT_FIELD_DESTINATION6;

	return core->key.ip_version == 4 ? ~ipv6 : ~ipv4;
}

/* Read anew each time: of a number that it has tested bits of, the verifier would follow each combination. */
static __always_inline int vdt_asks(const struct vdt_rule_query *query, enum vdt_rule_field field)
{
	return *(const volatile __u32 *)&query->fields >> field & 1;
}

static __always_inline void vdt_and_row(const struct vdt_rules *rules, struct vdt_rule_query *query, __u32 row)
{
	/* In memory: of what it sees in a register the verifier would follow each field's absence. */
	for (int i = 0; i < VDT_RULES_SUMMARY; i++)
		*(volatile __u64 *)&query->summary[i] =
			*(volatile __u64 *)&query->summary[i] & vdt_rules_u64(rules, row + i * 8);
}

/* Finds the packet's class of a field. */
static __always_inline void vdt_find_class(const struct vdt_rules *rules, const struct vdt_packet_core *core,
					   struct vdt_rule_query *query, enum vdt_rule_field field)
{
	if (vdt_asks(query, field))
		query->class_of[field] = vdt_rule_class(rules, query, &rules->head.field[field], core, field);
}

/* Merges the fields of a list at offset `merges`, of at most `most`; the last group's class. Rows go to `row`. */
static __always_inline __u32 vdt_merge(const struct vdt_rules *rules, struct vdt_rule_query *query, __u32 merges,
				       const __u32 most, __u32 *row)
{
	__u32 so_far = vdt_found(query, 0);

	VDT_ROLLED
	for (__u32 i = 0; i < most; i++) {
		__u32 at = merges + i * (__u32)sizeof(struct vdt_rule_merge);
		__u32 field = vdt_rules_u32(rules, at), table = vdt_rules_u32(rules, at + 4);
		__u32 rows = vdt_rules_u32(rules, at + 12), other;

		if (field >= VDT_RULE_FIELDS)
			break;
		other = query->class_of[field];
		if (table)
			other = vdt_rules_u16(rules,
					      table + ((so_far * vdt_rules_u32(rules, at + 8) + other) << 1));
		so_far = vdt_found(query, other);
		if (rows) {
			row[i] = vdt_rules_u32(rules, rows + (so_far << 2));
			vdt_and_row(rules, query, row[i]);
		}
	}
	return so_far;
}

/* Whether the packet is one that only decides for itself, where rules ask for flags or fragments. */
static __always_inline int vdt_stands_alone(const struct vdt_packet_core *core)
{
	return (core->tcp_flags & (VDT_TCP_SYN | VDT_TCP_FIN | VDT_TCP_RST)) || core->fragment;
}

/* Whether no table tells the outcome. Read anew each time, as vdt_asks() is. */
static __always_inline int vdt_is_searched(const struct vdt_rules *rules, __u32 merges)
{
	return !vdt_rules_u32(rules, merges + (__u32) __builtin_offsetof(struct vdt_rule_merges, outcomes));
}

/* Begins a search. The packet's outcome (enum vdt_told_outcome, or the offset of a struct vdt_rule_outcome) where
 * tables tell it, else 0, and vdt_next_rule() is to be asked. */
static __always_inline __u32 vdt_begin_rules(const struct vdt_rules *rules, const struct vdt_packet_core *core,
					     struct vdt_rule_query *query)
{
	__u32 merges = (__u32) __builtin_offsetof(struct vdt_rules_head, merges) +
		       (vdt_found(query, core->key.ip_version == 6) & 1) * (__u32)sizeof(struct vdt_rule_merges);
	__u32 of_flow, of_packet, outcomes;

	query->fields = rules->head.fields & vdt_rule_fields_of(core);
	query->generation = rules->head.generation;
	query->shadowed = 0;
	query->each_packet = rules->head.by_first_flags && vdt_stands_alone(core);
	if (vdt_is_searched(rules, merges)) {
		query->bits = 0;
		query->flow_bits = 0;
		__builtin_memset(query->row, 0, sizeof(query->row));
		for (int i = 0; i < VDT_RULES_SUMMARY; i++)
			query->summary[i] = vdt_rules_u64(rules, rules->head.all + i * 8);
	}
#define VDT_FIND(enumerator, values) vdt_find_class(rules, core, query, VDT_FIELD_##enumerator);
	VDT_RULE_FIELD_LIST(VDT_FIND)
#undef VDT_FIND
	of_flow = vdt_merge(rules, query, merges + (__u32) __builtin_offsetof(struct vdt_rule_merges, flow),
			    VDT_RULE_FLOW_FIELDS, query->row);
	if (vdt_is_searched(rules, merges))
		for (int i = 0; i < VDT_RULES_SUMMARY; i++)
			query->flow_summary[i] =
				query->summary[i] & vdt_rules_u64(rules, rules->head.each_packet + i * 8);
	of_packet = vdt_merge(rules, query, merges + (__u32) __builtin_offsetof(struct vdt_rule_merges, packet),
			      VDT_RULE_PACKET_FIELDS, query->row + VDT_RULE_FLOW_FIELDS);
	outcomes = vdt_rules_u32(rules, merges + (__u32) __builtin_offsetof(struct vdt_rule_merges, outcomes));
	if (!outcomes)
		return 0;
	of_flow *=
		vdt_rules_u32(rules, merges + (__u32) __builtin_offsetof(struct vdt_rule_merges, packet_classes));
	return vdt_rules_u32(rules, outcomes + ((of_flow + of_packet) << 2));
}

/* The row's word of 64 rules that bit `bit` of word `at` of its summary stands for; 0 where that isn't set. */
static __always_inline __u64 vdt_row_word(const struct vdt_rules *rules, __u32 row, __u32 at, __u64 bit)
{
	__u64 summary = vdt_rules_u64(rules, row + at * 8);
	__u32 before = vdt_rules_u16(rules, row + VDT_RULES_SUMMARY * 8 + at * 2);

	if (!(summary & bit))
		return 0;
	return vdt_rules_u64(rules, row + (__u32)sizeof(struct vdt_rule_row) +
					    ((before + vdt_bits_set(summary & (bit - 1))) << 3));
}

/* Goes on to the next word that the summaries leave. False where there is none. */
static __always_inline int vdt_next_word(const struct vdt_rules *rules, struct vdt_rule_query *query)
{
	__u64 bit, bits = ~0ULL; /* there is a row: without any, an outcome is told */
	__u32 at;

	VDT_ROLLED
	for (at = 0; at < VDT_RULES_SUMMARY - 1 && !query->summary[at & 3]; at++)
		if (query->flow_summary[at & 3])
			query->each_packet = 1;
	at &= 3;
	bit = query->summary[at] & -query->summary[at];
	/* Words that are passed over: by their flow's fields alone, another packet may find a rule in them. */
	if (query->flow_summary[at] & (bit - 1))
		query->each_packet = 1;
	if (!bit)
		return 0;
	query->summary[at] ^= bit;
	query->flow_summary[at] &= ~(bit | (bit - 1));
#define VDT_TAKE(enumerator, values)                                                                               \
	if (VDT_FIELD_##enumerator < VDT_RULE_FLOW_FIELDS && query->row[VDT_FIELD_##enumerator])                   \
		bits &= vdt_row_word(rules, query->row[VDT_FIELD_##enumerator], at, bit);
	VDT_RULE_FIELD_LIST(VDT_TAKE)
#undef VDT_TAKE
	query->flow_bits = bits & vdt_row_word(rules, rules->head.each_packet, at, bit);
#define VDT_TAKE(enumerator, values)                                                                               \
	if (VDT_FIELD_##enumerator >= VDT_RULE_FLOW_FIELDS && query->row[VDT_FIELD_##enumerator])                  \
		bits &= vdt_row_word(rules, query->row[VDT_FIELD_##enumerator], at, bit);
	VDT_RULE_FIELD_LIST(VDT_TAKE)
#undef VDT_TAKE
	query->bits = bits;
	query->word = at * 64 + vdt_bits_set(bit - 1);
	return 1;
}

static __always_inline void vdt_copy_rule(const struct vdt_rules *rules, __u32 offset, struct vdt_rule *rule)
{
	for (__u32 i = 0; i < sizeof(struct vdt_rule) / 8; i++)
		((__u64 *)rule)[i] = vdt_rules_u64(rules, offset + i * 8);
}

/* The number of the next rule that takes the packet, and the rule itself in query->rule; VDT_NO_RULE,
 * VDT_NO_RULE_YET or VDT_RULES_SWAPPED. vdt_begin_rules() has begun the search. */
static __always_inline int vdt_next_rule(const struct vdt_rules *rules, struct vdt_rule_query *query)
{
	__u32 number;
	__u64 bit;

	if (query->generation != rules->head.generation)
		return VDT_RULES_SWAPPED;
	if (!query->bits && !vdt_next_word(rules, query))
		return VDT_NO_RULE;
	bit = query->bits & -query->bits;
	/* Rules up to this one, or all of the word where it has none: summaries that all have a word needn't have a
	 * rule in common there. */
	if (query->flow_bits & (bit | (bit - 1)))
		query->each_packet = 1;
	if (!bit) {
		query->flow_bits = 0;
		return VDT_NO_RULE_YET;
	}
	query->bits ^= bit;
	number = query->word * 64 + vdt_bits_set(bit - 1);
	vdt_copy_rule(rules, rules->head.rule + number * (__u32)sizeof(struct vdt_rule), &query->rule);
	return number;
}

#endif
