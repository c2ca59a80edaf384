/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The flow cache: finds a packet's record among the fifteen of its set, or makes room for it.
 *
 * Each CPU writes to its own region, with softirqs off: no atomics, no locks. A record leaves its slot
 * only by way of the telemetry ring; while that is full the newcomer is counted as lost instead, so
 * that no packet that was once accounted is ever forgotten.
 */
#ifndef VEDETTE_FLOW_CACHE_H
#define VEDETTE_FLOW_CACHE_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/counters.h"
#include "abi/events.h"
#include "flow/first_bytes.h"
#include "flow/hash.h"
#include "flow/work.h"
#include "parse/plain.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20); /* bytes; set by the loader */
} telemetry SEC(".maps");

#define VDT_LANES_LOW 0x0001000100010001ULL
#define VDT_LANES_HIGH 0x8000800080008000ULL

/* A field as the parser wrote it. A load that spans several stores waits until they, and all stores before them,
 * have reached the cache, those to the last packet's record among them: the compiler, which would put such loads
 * together, must not. */
#define vdt_alone(field) (*(const volatile __typeof__(field) *)&(field))

static __always_inline void vdt_key_words(const struct vdt_flow_key *key, __u64 words[VDT_FLOW_KEY_WORDS])
{
	words[0] = key->src.halves[0];
	words[1] = key->src.halves[1];
	words[2] = key->dst.halves[0];
	words[3] = key->dst.halves[1];
	words[4] = vdt_alone(key->src_port) | (__u64)vdt_alone(key->dst_port) << 16 |
		   (__u64)vdt_alone(key->vlan[0]) << 32 | (__u64)vdt_alone(key->vlan[1]) << 48;
	words[5] = vdt_alone(key->ifindex) | (__u64)vdt_alone(key->protocol) << 32 |
		   (__u64)vdt_alone(key->ip_version) << 40 | (__u64)vdt_alone(key->tunnel_type) << 48 |
		   (__u64)vdt_alone(key->direction) << 56;
	words[6] = vdt_alone(key->tunnel_id);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#error "words must equal the key's memory: write their big-endian form before building for such a machine"
#endif
}

/* `kind`: of a plain frame (parse/plain.h), whose key has words that need no comparison, as word 5 says that they
 * are 0 in both: an IPv4 address' second half, the id where there is no tunnel. */
static __always_inline int vdt_same_key(const struct vdt_flow_key *key, const __u64 words[VDT_FLOW_KEY_WORDS],
					enum vdt_plain_kind kind)
{
	const __u64 *known = (const __u64 *)key;
	__u64 difference =
		(known[0] ^ words[0]) | (known[2] ^ words[2]) | (known[4] ^ words[4]) | (known[5] ^ words[5]);

	if (!vdt_plain_is_ipv4(kind))
		difference |= (known[1] ^ words[1]) | (known[3] ^ words[3]);
	if (kind == VDT_PLAIN_NONE)
		difference |= known[6] ^ words[6];
	return difference == 0;
}

/* Of a word with one bit set, 16 × lane + word, the way that it marks (Leiserson et al. 1998: the upper six
 * bits of its product with a de Bruijn sequence tell the bit apart). */
#define VDT_DE_BRUIJN 0x03f79d71b4cb0a89ULL
static const __u8 vdt_way_of_bit[64] = {
	0, 4, 3, 8, 0, 7, 0, 12, 0, 0,	11, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0,  15, 0, 0, 0, 0, 6,  0, 0, 9, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 1,	 0, 14, 0,  0, 0, 2, 0, 0, 0, 0, 0, 0, 10, 0,  0, 0, 0, 0, 13, 0, 0, 0, 0, 0,
};

/* The ways whose tag is `tag`, as bits 16 × lane + word. All four tags of a word are compared at once; a lane
 * above a match may be marked falsely, which the comparison of the keys sorts out. */
static __always_inline __u64 vdt_matching_ways(const struct vdt_flow_set *set, __u16 tag)
{
	__u64 wanted = tag * VDT_LANES_LOW, ways = 0;

#pragma unroll
	for (__u32 word = 0; word < VDT_FLOW_TAG_WORDS; word++) {
		__u64 mixed = set->tag_words[word] ^ wanted;
		__u64 lanes = (mixed - VDT_LANES_LOW) & ~mixed & VDT_LANES_HIGH;

		ways |= lanes >> (15 - word);
	}
	return ways;
}

/* A number that is a way, as the verifier can't know and the compiler must not: it would leave the bound out. */
static __always_inline __u32 vdt_known_way(__u32 way)
{
	way &= VDT_FLOW_TAGS - 1;
	asm volatile("" : "+r"(way));
	return way < VDT_FLOW_WAYS ? way : 0;
}

/* Where a flow is put while that way is free, and looked for first. */
static __always_inline __u64 vdt_first_way(__u64 hash)
{
	__u64 way = ((hash >> 32 & 0xffff) * VDT_FLOW_WAYS) >> 16;

	asm volatile("" : "+r"(way)); /* merged with the shift to its record, its bound would be lost */
	return way;
}

/* Where it is put while its first way is not free and this is. Now and then both are one. */
static __always_inline __u64 vdt_second_way(__u64 hash)
{
	__u64 way = ((hash >> 48) * VDT_FLOW_WAYS) >> 16;

	asm volatile("" : "+r"(way));
	return way;
}

static __always_inline __u16 vdt_flow_tag(__u64 hash)
{
	__u16 tag = hash >> 48;

	return tag ? tag : 1;
}

/* An empty way, else the one that was used longest ago. Without branches: the verifier would follow each
 * of the 15! orders that the ages can have. */
static __always_inline __u32 vdt_coldest_way(const struct vdt_flow_set *set, __u16 age)
{
	__s64 coldest = 0;

#pragma unroll
	for (__u32 way = 0; way < VDT_FLOW_WAYS; way++) {
		__u64 empty = ((__u64)set->tags[way] - 1) >> 63;
		__s64 idle = (__u16)(age - set->ages[way]) | empty << 16;
		__s64 candidate = idle << 8 | way;
		__s64 colder = coldest - candidate;

		/* The compiler would see a comparison in the sign, and make it a branch. */
		asm volatile("" : "+r"(colder));
		coldest += (candidate - coldest) & (colder >> 63);
	}
	return vdt_known_way(coldest);
}

static __always_inline int vdt_evict(const struct vdt_flow_record *record, __u32 slot, __u32 cpu)
{
	struct vdt_flow_evicted *event;

	if (vdt_config.replayed)
		return 1; /* a dry run's flows are told to nobody */
	event = bpf_ringbuf_reserve(&telemetry, sizeof(*event), 0);
	if (!event)
		return 0;
	event->header.kind = VDT_EVENT_FLOW_EVICTED;
	event->header.cpu = cpu;
	event->slot = slot;
	__builtin_memcpy(&event->record, record, sizeof(event->record));
	/* User space looks every few milliseconds; a wake-up a flow would cost more than the flow. */
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 1;
}

/* Hands a slot to a new flow. Readers see an odd generation until the record is whole; the fetching
 * additions order the writes between them on every architecture. */
static __always_inline void vdt_begin_record(struct vdt_flow_record *record, const struct vdt_packet_core *core,
					     __u64 now)
{
	__sync_fetch_and_add(&record->generation, 1);
	record->key = core->key;
	record->verdict = 0;
	record->ttl = core->ttl;
	record->tos = core->tos;
	record->first_left = vdt_switches.first_credit;
	record->packets = 0;
	record->bytes = 0;
	record->last_ns = now;
	record->min_length = 0xffff;
	record->max_length = 0;
	__builtin_memset(&record->tcp, 0, sizeof(record->tcp));
	record->tcp.first_flags = core->tcp_flags;
	record->first_ns = now;
	__sync_fetch_and_add(&record->generation, 1);
}

static __always_inline void vdt_read_clock(struct vdt_time *now, __u64 tick)
{
	now->tick = tick;
	now->ns = vdt_clock_ns();
	now->us = now->ns / 1000;
}

/* Where a flow is, or would be. */
struct vdt_flow_place {
	struct vdt_flow_set *set;
	__u64 hash;
	__u32 index; /* the set's */
	__u64 way;
};

/* The set that the key's hash names, and the way there that is looked at first. False where there is no such set,
 * which only a table of another size than the configuration's can bring about. */
static __always_inline int vdt_seek_flow(const __u64 words[VDT_FLOW_KEY_WORDS], __u32 cpu,
					 struct vdt_flow_place *place)
{
	__u32 mask = vdt_config.sets_mask, index;

	place->hash = vdt_flow_hash(words, vdt_config.hash_keys);
	index = cpu * (mask + 1) + ((__u32)place->hash & mask);
	place->set = bpf_map_lookup_elem(&flow_sets, &index);
	place->index = index;
	place->way = vdt_first_way(place->hash);
	return place->set != 0;
}

/* The record of a flow that lies where most do, or NULL. `kind` as vdt_same_key() has it. */
static __always_inline struct vdt_flow_record *vdt_likely_record(const __u64 words[VDT_FLOW_KEY_WORDS], __u32 cpu,
								 enum vdt_plain_kind kind,
								 struct vdt_flow_place *place)
{
	struct vdt_flow_record *record;

	if (!vdt_seek_flow(words, cpu, place))
		return 0;
	record = &place->set->records[place->way];
	asm volatile("" : "+r"(record)); /* else its address is computed anew for each field */
	if (vdt_same_key(&record->key, words, kind))
		return record;
	/* Fetched beside the second way's record: the long way needs them, where that is another flow's too. */
	(void)vdt_alone(place->set->tag_words[0]);
	place->way = vdt_second_way(place->hash);
	record = &place->set->records[place->way];
	asm volatile("" : "+r"(record));
	return vdt_same_key(&record->key, words, kind) ? record : 0;
}

/* Puts the packet at hand's flow into its place's set. Returns the way, VDT_FLOW_WAYS where none could be freed. */
static __always_inline __u32 vdt_insert_flow(const struct vdt_flow_place *place, struct vdt_work *here, __u32 cpu)
{
	struct vdt_flow_set *set = place->set;
	__u32 way = place->way;
	__u16 age;

	vdt_read_clock(&here->now, vdt_clock_tick(vdt_config.replayed));
	age = here->now.ns >> VDT_FLOW_AGE_SHIFT;
	if (set->tags[way])
		way = vdt_second_way(place->hash);
	if (set->tags[way])
		way = vdt_coldest_way(set, age);
	if (set->tags[way]) {
		if (!vdt_evict(&set->records[way], place->index * VDT_FLOW_WAYS + way, cpu))
			return VDT_FLOW_WAYS;
		here->counters.flows_evicted++;
	}
	vdt_begin_record(&set->records[way], &here->packet.core, here->now.ns);
	here->counters.flows_created++;
	set->tags[way] = vdt_flow_tag(place->hash);
	set->ages[way] = age;
	return way;
}

/* The way of a flow that is not in its first one, VDT_FLOW_WAYS where it has none. */
static __always_inline __u32 vdt_other_way(const struct vdt_flow_place *place,
					   const __u64 words[VDT_FLOW_KEY_WORDS])
{
	const struct vdt_flow_set *set = place->set;
	__u64 ways = vdt_matching_ways(set, vdt_flow_tag(place->hash));

	VDT_ROLLED
	for (int tried = 0; tried < VDT_FLOW_WAYS && ways; tried++) {
		__u64 lowest = ways & -ways;
		__u32 way = vdt_known_way(vdt_way_of_bit[(lowest * VDT_DE_BRUIJN) >> 58]);

		if (vdt_same_key(&set->records[way].key, words, VDT_PLAIN_NONE))
			return way;
		ways ^= lowest;
	}
	return VDT_FLOW_WAYS;
}

/* The record of the packet at hand's flow, wherever it lies, or a new one; NULL where none could be freed. */
static __always_inline struct vdt_flow_record *vdt_record_of(struct vdt_work *here, __u32 cpu,
							     struct vdt_flow_place *place)
{
	__u64 words[VDT_FLOW_KEY_WORDS];
	__u32 way;

	vdt_key_words(&here->packet.core.key, words);
	if (!vdt_seek_flow(words, cpu, place))
		return 0;
	way = place->way;
	if (!vdt_same_key(&place->set->records[way].key, words, VDT_PLAIN_NONE)) {
		way = vdt_forget(&here->packet.core, vdt_other_way(place, words));
		if (way >= VDT_FLOW_WAYS)
			way = vdt_insert_flow(place, here, cpu);
		if (way >= VDT_FLOW_WAYS)
			return 0;
	}
	place->way = vdt_known_way(vdt_forget(&here->packet.core, way));
	return &place->set->records[place->way];
}

/* After so long a silence user space has ended a flow that isn't TCP, and what comes is another one's beginning. */
#define VDT_FLOW_IDLE_AGES (60000000000ULL >> VDT_FLOW_AGE_SHIFT)

/* A flow's packet came at another time than its last one. */
static __always_inline void vdt_note_use(const struct vdt_flow_place *place, struct vdt_flow_record *record,
					 __u64 now_ns)
{
	__u16 age = now_ns >> VDT_FLOW_AGE_SHIFT;
	__u16 idle = age - (__u16)(record->last_ns >> VDT_FLOW_AGE_SHIFT);

	if (!idle)
		return;
	place->set->ages[place->way] = age;
	if (idle > VDT_FLOW_IDLE_AGES && record->key.protocol != VDT_IP_TCP)
		record->first_left = vdt_switches.first_credit;
}

#endif
