/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A packet in its flow's record: whole, or the short way for the frames that are most (parse/plain.h).
 */
#ifndef VEDETTE_FLOW_ACCOUNT_H
#define VEDETTE_FLOW_ACCOUNT_H

#include "abi/verdict.h"
#include "flow/cache.h"
#include "flow/heads.h"
#include "flow/tcp_health.h"
#include "flow/tunnels.h"
#include "parse/plain.h"

static __always_inline struct vdt_wire vdt_one_packet(__u32 length)
{
	struct vdt_wire wire = {.bytes = length, .packets = 1, .length = length, .shortest = length};

	return wire;
}

/* When a packet came. Asking the clock costs as much as parsing the packet, so one answer serves for a timer
 * tick (1 to 10 ms): a record's last_ns may be that much early. */
static __always_inline void vdt_keep_time(struct vdt_work *here, __u32 replayed)
{
	__u64 tick = vdt_clock_tick(replayed);

	if (tick != here->now.tick)
		vdt_read_clock(&here->now, tick);
}

/* Before a packet is counted, and before its flow is asked whether payload is told of it. */
static __always_inline void vdt_note_time(const struct vdt_flow_place *place, struct vdt_flow_record *record,
					  __u64 now_ns)
{
	if (record->last_ns == now_ns)
		return;
	vdt_note_use(place, record, now_ns);
	record->last_ns = now_ns;
}

static __always_inline void vdt_widen_lengths(struct vdt_flow_record *record, const struct vdt_wire *wire)
{
	__u32 shortest = wire->shortest > 0xffff ? 0xffff : wire->shortest;
	__u32 length = wire->length > 0xffff ? 0xffff : wire->length;

	if (shortest < record->min_length)
		record->min_length = shortest;
	if (length > record->max_length)
		record->max_length = length;
}

/* The same, at less cost where the packet is neither shorter nor longer than all before it. The record has one. */
static __always_inline void vdt_keep_lengths(struct vdt_flow_record *record, const struct vdt_wire *wire)
{
	__u32 least = record->min_length, span = record->max_length - least;

	if (wire->shortest - least > span || wire->length - least > span)
		vdt_widen_lengths(record, wire);
}

/* Readers tell by `packets` whether a record has grown: written last, it stands for all that its packet brought, so
 * the packet's lengths and TCP's part are kept before. */
static __always_inline void vdt_count_packet(struct vdt_flow_record *record, const struct vdt_wire *wire)
{
	record->bytes += wire->bytes;
	asm volatile("" ::: "memory");
	record->packets += wire->packets;
}

/* Whether the short way is closed to the next packet of the flow at hand, which has so many before it. */
static __always_inline int vdt_asks_next(const struct vdt_work *here, __u64 before)
{
	return here->rules.each_packet || here->guard.unsettled || before < vdt_switches.head_packets;
}

/* Accounts the packet at hand in its flow, with vdt_keep_time() done. Returns 0, or -1 where the flow found no
 * slot: the caller counts that. What is measured (a handshake), and what begins or ends a flow, asks the clock
 * anew. */
VDT_APART int vdt_account_flow(struct vdt_work *here, __u32 cpu, const struct vdt_wire *wire)
{
	const struct vdt_packet_core *core = &here->packet.core;
	struct vdt_flow_place place;
	struct vdt_flow_record *record;
	__u32 begin_seq;

	if (core->tcp_flags & (VDT_TCP_SYN | VDT_TCP_FIN | VDT_TCP_RST))
		vdt_read_clock(&here->now, here->now.tick);
	record = vdt_record_of(here, cpu, &place);
	if (!record)
		return -1;
	vdt_note_time(&place, record, here->now.ns);
	if ((core->facts & VDT_FACT_TUNNEL) && !record->packets)
		vdt_keep_outer(&here->packet);
	begin_seq = vdt_first_sequence(&record->tcp, core);
	if ((core->facts & VDT_FACT_TCP) && vdt_tcp_update(&record->tcp, core, here->now.us)) {
		record->first_ns = here->now.ns;
		record->tcp.first_flags = core->tcp_flags;
		record->tcp.payload_class = 0;
		record->first_left = vdt_switches.first_credit;
	}
	if (record->first_left && vdt_has_first_bytes(core)) {
		here->first.left = record->first_left;
		here->first.begin_seq = begin_seq;
		here->counters.first.due++;
		record->first_left = 0; /* the teller's to give back */
	} else {
		here->first.head = vdt_head_due(here, record->packets);
	}
	here->first.set = place.index;
	here->first.way = place.way;
	record->verdict = vdt_asks_next(here, record->packets + wire->packets) ? VDT_VERDICT_ASK : VDT_VERDICT_NONE;
	vdt_widen_lengths(record, wire);
	vdt_count_packet(record, wire);
	return 0;
}

/* Whether the record has a verdict, or payload of its flow is still told: both by one load. */
static __always_inline int vdt_is_decided_or_told(const struct vdt_flow_record *record)
{
	return (*(const __u32 *)&record->verdict & 0xff0000ff) != 0;
}

/* A plain frame that is a known flow's next packet, at once. False where it is not, and nothing is counted. */
static __always_inline int vdt_account_next(struct vdt_work *here, __u32 cpu, __u32 ifindex, __u32 direction,
					    const struct vdt_plain *plain, enum vdt_plain_kind kind,
					    const struct vdt_wire *wire)
{
	struct vdt_flow_record *record;
	struct vdt_flow_place place;
	__u64 words[VDT_FLOW_KEY_WORDS];

	if (vdt_plain_is_tcp(kind) && !vdt_tcp_may_go_on(plain->tcp_flags, plain->tcp_window))
		return 0;
	__builtin_memcpy(words, plain->words, sizeof(words));
	words[5] |= ifindex | (__u64)direction << 56;
	record = vdt_likely_record(words, cpu, kind, &place);
	if (!record)
		return 0;
	if (record->last_ns != here->now.ns) {
		if (record->last_ns <= vdt_switches.decided_since)
			return 0;
		vdt_note_time(&place, record, here->now.ns);
	}
	if (vdt_plain_is_tcp(kind) && !vdt_tcp_goes_on(&record->tcp, plain->tcp_flags, plain->tcp_window,
						       plain->tcp_seq, plain->payload_length))
		return 0;
	if (vdt_is_decided_or_told(record) &&
	    (record->verdict != VDT_VERDICT_NONE || (record->first_left && plain->payload_length)))
		return 0;
	if (vdt_plain_is_tcp(kind))
		vdt_tcp_go_on(&record->tcp, plain->tcp_flags, plain->tcp_seq, plain->payload_length, here->now.us);
	vdt_keep_lengths(record, wire);
	vdt_count_packet(record, wire);
	return 1;
}

static __always_inline void vdt_count(struct vdt_direction_counters *count, const struct vdt_wire *wire, int lost)
{
	count->packets += wire->packets;
	count->bytes += wire->bytes;
	if (lost) {
		count->lost_packets += wire->packets;
		count->lost_bytes += wire->bytes;
	}
}

#endif
