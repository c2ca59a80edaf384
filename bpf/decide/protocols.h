/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the protocol policy says of the packet at hand, whose flow has counted it (bpf/abi/protocols.h). A flow is
 * decided on by its first payload's class, or because user space's decoders saw what the kernel can't. From then on
 * all of its packets are, on whichever CPU and interface they come: dropped in both directions, where the
 * allow-list doesn't win, or marked as they come in.
 */
#ifndef VEDETTE_DECIDE_PROTOCOLS_H
#define VEDETTE_DECIDE_PROTOCOLS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/protocols.h"
#include "abi/verdict.h"
#include "decide/lists.h"
#include "decide/trace.h"
#include "flow/first_bytes.h"
#include "parse/cursor.h"
#include "parse/protocols.h"

struct vdt_protocol_table {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct vdt_protocols));
};

/* What is in force. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct vdt_protocol_table);
} protocols SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VDT_REFUSED_FLOWS);
	__type(key, struct vdt_refused_key);
	__type(value, struct vdt_refused);
} refused_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VDT_PROTOCOL_ENTRIES);
	__type(key, __u32);
	__type(value, struct vdt_protocol_counter);
} protocol_counters SEC(".maps");

static __always_inline void vdt_refused_key_of(const struct vdt_flow_key *flow, struct vdt_refused_key *key)
{
	key->src = flow->src;
	key->dst = flow->dst;
	key->src_port = flow->src_port;
	key->dst_port = flow->dst_port;
	key->protocol = flow->protocol;
	key->ip_version = flow->ip_version;
	key->observed = 0;
}

static __always_inline void vdt_turn(struct vdt_refused_key *key)
{
	union vdt_address address = key->src;
	__u16 port = key->src_port;

	key->src = key->dst;
	key->dst = address;
	key->src_port = key->dst_port;
	key->dst_port = port;
}

/* The flow at hand has shown what an entry names: counted once, and from then on both of its directions are known.
 * Not static: verified once by itself. */
__attribute__((noinline)) int vdt_note_refused(struct vdt_work *here, __u32 entry, __u32 observed)
{
	struct vdt_refused value = {.entry = entry};
	struct vdt_protocol_counter *counter;
	struct vdt_refused *known;
	struct vdt_refused_key key;

	if (!here)
		return 0;
	value.verdict = here->spoken.verdict;
	value.value = here->spoken.value;
	vdt_refused_key_of(&here->packet.core.key, &key);
	if (observed)
		key.observed = entry + 1;
	known = bpf_map_lookup_elem(&refused_flows, &key);
	if (known && known->lifted_ns)
		bpf_map_delete_elem(&refused_flows, &key);
	value.until_ns = here->now.ns + vdt_refused_ns(key.protocol);
	if (bpf_map_update_elem(&refused_flows, &key, &value, BPF_NOEXIST))
		return 0;
	vdt_turn(&key);
	bpf_map_update_elem(&refused_flows, &key, &value, BPF_ANY);
	counter = bpf_map_lookup_elem(&protocol_counters, &entry);
	if (counter)
		__sync_fetch_and_add(&counter->flows, 1);
	return 0;
}

/* A row that counts alone takes the flow at hand, and here->spoken has what it would do. Not static: as above. */
__attribute__((noinline)) int vdt_count_row(struct vdt_work *here, __u32 entry, __u32 flags)
{
	if (!here || ((flags & VDT_PROTOCOL_SHADOW) && here->rules.shadowed))
		return 0;
	if (here->spoken.verdict != VDT_VERDICT_NONE)
		vdt_note_refused(here, entry, 1);
	if (!(flags & VDT_PROTOCOL_OBSERVE))
		here->rules.shadowed = 1;
	return 0;
}

/* Whether who sent the packet at hand answers the flow. Of a connection whose begin wasn't seen the ports tell,
 * where the class doesn't. */
static __always_inline int vdt_from_responder(const struct vdt_flow_key *key, __u8 first_flags, __u32 class)
{
	if (first_flags & VDT_TCP_SYN)
		return (first_flags & VDT_TCP_ACK) != 0;
	if (class < VDT_PAYLOAD_SSH_1 || (class >= VDT_PAYLOAD_HTTP_GET && class <= VDT_PAYLOAD_HTTP_2))
		return 0;
	return key->src_port < key->dst_port;
}

static __always_inline int vdt_row_takes(const struct vdt_protocol_row *row, const struct vdt_refused_key *flow,
					 __u32 class)
{
	__u64 wrong = ((row->src.halves[0] ^ flow->src.halves[0]) & row->src_mask.halves[0]) |
		      ((row->src.halves[1] ^ flow->src.halves[1]) & row->src_mask.halves[1]) |
		      ((row->dst.halves[0] ^ flow->dst.halves[0]) & row->dst_mask.halves[0]) |
		      ((row->dst.halves[1] ^ flow->dst.halves[1]) & row->dst_mask.halves[1]);

	return (row->classes >> (class & 63) & 1) && !wrong &&
	       (!row->ip_version || row->ip_version == flow->ip_version) && flow->dst_port >= row->port_first &&
	       flow->dst_port <= row->port_last;
}

/* One more than the entry that decides on the flow at hand, whose first payload is of that class, and in
 * here->spoken how; 0: none does. Those that observe are counted. Not static: verified once by itself. */
__attribute__((noinline)) int vdt_ask_rows(struct vdt_work *here, __u32 class, __u32 from_responder)
{
	__u32 only = 0;
	void *table = bpf_map_lookup_elem(&protocols, &only);
	const struct vdt_protocols *found = table ? bpf_map_lookup_elem(table, &only) : 0;
	struct vdt_refused_key flow;

	if (!here || !found || !(found->classes >> (class & 63) & 1))
		return 0;
	vdt_refused_key_of(&here->packet.core.key, &flow);
	if (from_responder)
		vdt_turn(&flow);
	here->rules.shadowed = 0;
	VDT_ROLLED
	for (__u32 i = 0; i < VDT_PROTOCOL_ROWS && i < found->rows; i++) {
		const struct vdt_protocol_row *row = &found->row[i];

		if (!vdt_row_takes(row, &flow, class))
			continue;
		here->spoken.verdict = row->verdict;
		here->spoken.value = row->value;
		if (!(row->flags & (VDT_PROTOCOL_OBSERVE | VDT_PROTOCOL_SHADOW)))
			return row->verdict == VDT_VERDICT_NONE ? 0 : row->entry + 1;
		vdt_count_row(here, row->entry, row->flags);
	}
	return 0;
}

static __always_inline struct vdt_flow_record *vdt_record_at(const struct vdt_first *first)
{
	__u32 index = first->set, way = first->way;
	struct vdt_flow_set *set;

	if (way >= VDT_FLOW_WAYS)
		return 0;
	set = bpf_map_lookup_elem(&flow_sets, &index);
	return set ? &set->records[way] : 0;
}

static __always_inline void vdt_count_refused(struct vdt_work *here, __u32 entry)
{
	struct vdt_direction_counters *count = &here->counters.direction[here->packet.core.key.direction & 1];
	struct vdt_protocol_counter *counter = bpf_map_lookup_elem(&protocol_counters, &entry);

	count->protocol_dropped_packets += here->wire.packets;
	count->protocol_dropped_bytes += here->wire.bytes;
	if (!counter)
		return;
	__sync_fetch_and_add(&counter->dropped_packets, here->wire.packets);
	__sync_fetch_and_add(&counter->dropped_bytes, here->wire.bytes);
}

/* The end of a refused flow that passes: its receiver's stack takes it. */
static __always_inline void vdt_note_end(const struct vdt_work *here, struct vdt_refused_key key,
					 struct vdt_refused *known)
{
	__u32 flags = here->packet.core.tcp_flags;

	if (!(flags & (VDT_TCP_FIN | VDT_TCP_RST)))
		return;
	known->ended = 1;
	vdt_turn(&key);
	known = flags & VDT_TCP_RST ? bpf_map_lookup_elem(&refused_flows, &key) : 0;
	if (known)
		known->ended = 1;
}

static __always_inline int vdt_both_ended(struct vdt_refused_key key, const struct vdt_refused *known)
{
	const struct vdt_refused *other;

	if (!known->ended)
		return 0;
	vdt_turn(&key);
	other = bpf_map_lookup_elem(&refused_flows, &key);
	return other && other->ended;
}

static __always_inline int vdt_is_first_syn(const struct vdt_packet_core *core)
{
	return (core->tcp_flags & (VDT_TCP_SYN | VDT_TCP_ACK)) == VDT_TCP_SYN;
}

/* Whether the packet at hand begins another connection on a refused one's addresses and ports: where that was seen
 * to end, or is silent. A record may not have seen the end, as each CPU has its own. Within a connection a SYN
 * lifts nothing: its receiver would go on with what it has (RFC 5961 §4).
 */
static __always_inline int vdt_begins_anew(const struct vdt_work *here, const struct vdt_flow_record *record,
					   const struct vdt_refused_key *key, const struct vdt_refused *known)
{
	if (!vdt_is_first_syn(&here->packet.core))
		return 0;
	return record->first_ns == here->now.ns || vdt_both_ended(*key, known) ||
	       here->now.ns + VDT_REFUSED_TCP_NS - VDT_REFUSED_QUIET_NS > known->until_ns;
}

/* What the record at hand tells is an earlier connection's: this one's first payload is to be judged like any
 * other's. */
static __always_inline void vdt_judge_anew(struct vdt_flow_record *record)
{
	record->tcp.payload_class = VDT_PAYLOAD_UNKNOWN;
	record->first_left = vdt_switches.first_credit;
}

static __always_inline void vdt_begin_connection(struct vdt_flow_record *record, __u64 since_ns)
{
	record->first_ns = since_ns;
	vdt_judge_anew(record);
}

static __always_inline void vdt_lift_refusal(const struct vdt_work *here, struct vdt_refused_key *key,
					     struct vdt_flow_record *record)
{
	struct vdt_refused lifted = {.lifted_ns = here->now.ns};

	bpf_map_update_elem(&refused_flows, key, &lifted, BPF_ANY);
	vdt_turn(key);
	bpf_map_update_elem(&refused_flows, key, &lifted, BPF_ANY);
	vdt_begin_connection(record, here->now.ns);
}

/* Begins the connection anew in the record at hand, where a refusal was lifted and this CPU hasn't seen how: before
 * the packet's class is kept. Not static: verified once by itself. */
__attribute__((noinline)) int vdt_follow_lift(struct vdt_work *here)
{
	struct vdt_flow_record *record;
	struct vdt_refused_key key;
	struct vdt_refused *known;

	if (!here)
		return 0;
	record = vdt_record_at(&here->first);
	if (!record || !record->tcp.payload_class)
		return 0;
	vdt_refused_key_of(&here->packet.core.key, &key);
	known = bpf_map_lookup_elem(&refused_flows, &key);
	if (!known || record->first_ns >= known->lifted_ns)
		return 0;
	/* The time at hand may be a tick old, and be before it. */
	vdt_begin_connection(record, known->lifted_ns);
	if (!record->first_left || !vdt_has_first_bytes(&here->packet.core))
		return 0;
	here->first.left = record->first_left;
	here->first.begin_seq = here->packet.core.tcp_seq;
	here->first.head = 0;
	here->counters.first.due++;
	record->first_left = 0; /* the teller's to give back */
	return 0;
}

/* Whether the allow-list holds the other end of the flow. All packets of a dry run come in, those of this host's
 * connections in both directions. */
static __always_inline int vdt_is_spared_end(const struct vdt_flow_key *flow, __u64 now_ns)
{
	const union vdt_address *other = flow->direction == VDT_DIRECTION_IN ? &flow->src : &flow->dst;

	if (vdt_is_allowed(other, flow->ip_version, now_ns))
		return 1;
	return vdt_config.replayed && vdt_is_allowed(&flow->dst, flow->ip_version, now_ns);
}

/* Enum vdt_verdict, with its value in here->spoken. Its record keeps a flow that is decided on off the short way.
 * Not static: verified once by itself. */
__attribute__((noinline)) int vdt_ask_protocols(struct vdt_work *here)
{
	const struct vdt_flow_key *flow;
	struct vdt_flow_record *record;
	struct vdt_refused_key key;
	struct vdt_refused *known;
	int number = 0, drops;

	if (!here)
		return VDT_VERDICT_NONE;
	flow = &here->packet.core.key;
	record = vdt_record_at(&here->first);
	vdt_refused_key_of(flow, &key);
	known = bpf_map_lookup_elem(&refused_flows, &key);
	if (known && known->lifted_ns)
		known = 0;
	if (known && record && vdt_begins_anew(here, record, &key, known)) {
		vdt_lift_refusal(here, &key, record);
		return VDT_VERDICT_NONE;
	}
	/* The end of the one before may have come to another CPU. */
	if (!known && record && vdt_is_first_syn(&here->packet.core))
		vdt_judge_anew(record);
	if (known && known->until_ns > here->now.ns) {
		number = known->entry + 1;
		here->spoken.verdict = known->verdict;
		here->spoken.value = known->value;
	} else if (record && record->tcp.payload_class) {
		number = vdt_ask_rows(here, record->tcp.payload_class,
				      vdt_from_responder(flow, record->tcp.first_flags, record->tcp.payload_class));
	}
	if (!number)
		return VDT_VERDICT_NONE;
	drops = vdt_is_dropped(here->spoken.verdict);
	if (drops && vdt_is_spared_end(flow, here->now.ns)) {
		vdt_trace_spared(VDT_SPARED_PROTOCOL);
		if (record)
			record->verdict = VDT_VERDICT_ASK; /* until the allow-list's entry ends */
		return VDT_VERDICT_NONE;
	}
	if (record)
		record->verdict = here->spoken.verdict;
	if ((here->packet.core.facts & VDT_FACT_TCP) && !here->packet.core.payload_length) {
		if (known)
			vdt_note_end(here, key, known);
		/* So that both ends may end. */
		if (drops)
			return VDT_VERDICT_NONE;
	}
	if (known)
		known->until_ns = here->now.ns + vdt_refused_ns(key.protocol);
	else
		vdt_note_refused(here, number - 1, 0);
	vdt_trace_protocol(number - 1);
	if (drops)
		vdt_count_refused(here, number - 1);
	return here->spoken.verdict;
}

#endif
