/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The bytes of a packet's payload that rules ask for. They are copied once, before the rules are asked, and only
 * while a rule asks for any. A fragment behind the first has none: where its bytes lie in the payload isn't known.
 */
#ifndef VEDETTE_DECIDE_PAYLOAD_H
#define VEDETTE_DECIDE_PAYLOAD_H

#include "abi/rules.h"
#include "abi/work.h"
#include "decide/rule_search.h"
#include "flow/work.h"
#include "tell/frame_source.h"

/* Copies them into here->payload. */
static __always_inline void vdt_see_payload(const struct vdt_frame_source *source, struct vdt_work *here)
{
	const struct vdt_packet_core *core = &here->packet.core;
	__u32 from = core->payload_offset, size = core->payload_length;

	here->payload.size = 0;
	if (!from || core->fragment > VDT_FRAGMENT_FIRST || from >= source->length)
		return;
	if (size > source->length - from)
		size = source->length - from;
	size = vdt_opaque(size);
	if (size > VDT_PAYLOAD_SEEN)
		size = VDT_PAYLOAD_SEEN;
	if (!size)
		return;
	if (source->skb ? bpf_skb_load_bytes(source->skb, from, here->payload.bytes, size)
			: vdt_copy_xdp(source->xdp, from, here->payload.bytes, size))
		return;
	here->payload.size = size;
}

/* Not static: the verifier goes through each once by itself. */
__attribute__((noinline)) int vdt_see_payload_xdp(struct xdp_md *ctx, struct vdt_work *here)
{
	struct vdt_frame_source source = {.xdp = ctx};

	if (!here)
		return 0;
	/* A capture file's packet may be cut off. */
	source.length = vdt_config.replayed ? ctx->data_end - ctx->data : here->wire.length;
	vdt_see_payload(&source, here);
	return 0;
}

__attribute__((noinline)) int vdt_see_payload_tc(struct __sk_buff *skb, struct vdt_work *here)
{
	struct vdt_frame_source source = {.skb = skb};

	if (!here)
		return 0;
	source.length = skb->len;
	vdt_see_payload(&source, here);
	return 0;
}

/* Whether the payload has the pattern at that offset of the rules. */
static __always_inline int vdt_has_pattern(const struct vdt_rules *rules, const struct vdt_payload_seen *payload,
					   __u32 at)
{
	__u32 place = vdt_rules_u32(rules, at + (__u32) __builtin_offsetof(struct vdt_pattern, offset));
	__u32 offset = place & VDT_PATTERN_OFFSET_MAX, size = place >> 16;
	__u64 difference;

	if (offset + size > payload->size)
		return 0;
	difference = (*(const __u64 *)(payload->bytes + offset) ^ vdt_rules_u64(rules, at)) &
		     vdt_rules_u64(rules, at + 16);
	difference |= (*(const __u64 *)(payload->bytes + offset + 8) ^ vdt_rules_u64(rules, at + 8)) &
		      vdt_rules_u64(rules, at + 24);
	return !difference;
}

/* Whether it has all patterns of the rule in here->rules. */
static __always_inline int vdt_has_patterns(const struct vdt_rules *rules, const struct vdt_work *here)
{
	const struct vdt_rule *rule = &here->rules.rule;

	VDT_ROLLED
	for (__u32 i = 0; i < VDT_RULE_PATTERNS && i < rule->patterns; i++)
		if (!vdt_has_pattern(rules, &here->payload, rule->pattern + i * (__u32)sizeof(struct vdt_pattern)))
			return 0;
	return 1;
}

#endif
