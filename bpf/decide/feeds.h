/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether a packet's source is in a feed (bpf/abi/feeds.h).
 */
#ifndef VEDETTE_DECIDE_FEEDS_H
#define VEDETTE_DECIDE_FEEDS_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "abi/feeds.h"
#include "abi/work.h"
#include "parse/cursor.h"

/* Its length is each array's own. */
struct vdt_feed_table {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct vdt_feed_line));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__array(values, struct vdt_feed_table);
} feeds SEC(".maps");

/* The part's element of so many bytes, a power of two up to a line's; NULL where the part is shorter. */
static __always_inline void *vdt_feed_part(void *table, __u32 part, __u32 at, __u32 size)
{
	__u32 number = part + at / (VDT_FEED_LINE / size);
	__u8 *line = bpf_map_lookup_elem(table, &number);

	if (!line)
		return 0;
	asm volatile("" : "+r"(line)); /* else the compiler adds before it asks for NULL */
	return line + at % (VDT_FEED_LINE / size) * size;
}

/* All bits where a number is 0, none where it isn't. Searches choose by masks: of branches, the verifier would
 * follow both ways of each step. The compiler must see no comparison in it, which it would make a branch of. */
static __always_inline __u64 vdt_mask_of_zero(__u64 number)
{
	number |= -number;
	asm volatile("" : "+r"(number));
	number >>= 63;
	asm volatile("" : "+r"(number));
	return number - 1;
}

static __always_inline __u64 vdt_chosen(__u64 mask, __u64 one, __u64 other)
{
	return (one & mask) | (other & ~mask);
}

/* Of a network's spans the last one that begins no later than the address; the first one where none does. */
static __always_inline struct vdt_feed_span *vdt_feed_search(void *table, __u32 spans, struct vdt_feed_span *all,
							     __u32 last)
{
	__u32 low = all->entry, high = low + all->more, found = low;

	VDT_ROLLED
	for (int step = 0; step < VDT_FEED_STEPS4 && low < high; step++) {
		__u32 middle = low + (high - low) / 2;
		struct vdt_feed_span *span = vdt_feed_part(table, spans, middle, sizeof(*span));
		__u64 begins;

		if (!span)
			return 0;
		begins = vdt_mask_of_zero(((__u64)last - span->first) >> 63);
		found = vdt_chosen(begins, middle, found);
		low = vdt_chosen(begins, middle + 1, low);
		high = vdt_chosen(begins, high, middle);
	}
	return vdt_feed_part(table, spans, found, sizeof(struct vdt_feed_span));
}

static __always_inline struct vdt_feed_entry *vdt_fed4(void *table, const struct vdt_feed_header *header,
						       const union vdt_address *source)
{
	__u32 address = bpf_ntohl(source->words[0]), last = address & 255, network = address >> 8 & 63;
	struct vdt_feed_index4 *index = vdt_feed_part(table, header->index4, address >> 14, sizeof(*index));
	__u32 entries = header->entries4, spans = header->spans4;
	struct vdt_feed_span *span;
	__u64 before;

	if (!index)
		return 0;
	if (index->whole)
		return vdt_feed_part(table, entries, index->whole - 1, sizeof(struct vdt_feed_entry));
	if (!(index->bits >> network & 1))
		return 0;
	before = index->bits & ((1ULL << network) - 1);
	span = vdt_feed_part(table, spans, index->first + (__u32)__builtin_popcountll(before), sizeof(*span));
	if (span && span->more)
		span = vdt_feed_search(table, spans, span, last);
	if (!span || last < span->first || last > span->last)
		return 0;
	return vdt_feed_part(table, entries, span->entry, sizeof(struct vdt_feed_entry));
}

static __always_inline struct vdt_feed_entry *vdt_fed6(void *table, const struct vdt_feed_header *header,
						       const union vdt_address *source)
{
	__u64 high = bpf_be64_to_cpu(source->halves[0]), low = bpf_be64_to_cpu(source->halves[1]);
	__u32 slots = header->table6, mask = header->mask6, key = header->hash_key, entries = header->entries6;
	__u32 shortest = 0, end = header->length_count6, entry = 0;

	VDT_ROLLED
	for (int step = 0; step < VDT_FEED_STEPS6 && shortest < end; step++) {
		__u32 middle = shortest + (end - shortest) / 2;
		struct vdt_feed_length6 *kept = vdt_feed_part(table, VDT_FEED_LENGTHS_LINE, middle, sizeof(*kept));
		__u64 prefix_high, prefix_low, length, hash, hit = 0, named = 0;

		if (!kept)
			return 0;
		prefix_high = high & kept->high;
		prefix_low = low & kept->low;
		length = kept->length;
		hash = vdt_feed_hash6(prefix_high, prefix_low, length, key);
		VDT_ROLLED
		for (__u32 choice = 0; choice < VDT_FEED_SLOTS6; choice++) {
			__u32 at = vdt_feed_slot_at(hash, choice, mask);
			struct vdt_feed_slot6 *slot = vdt_feed_part(table, slots, at, sizeof(*slot));
			__u64 same;

			if (!slot)
				return 0;
			same = vdt_mask_of_zero((slot->high ^ prefix_high) | (slot->low ^ prefix_low) |
						(slot->length ^ (length + 1)));
			hit |= same;
			named |= same & slot->entry;
		}
		entry = vdt_chosen(hit, named, entry);
		shortest = vdt_chosen(hit, middle + 1, shortest);
		end = vdt_chosen(hit, end, middle);
	}
	if (!entry)
		return 0;
	return vdt_feed_part(table, entries, 2 * (entry - 1), sizeof(struct vdt_feed_entry));
}

/* Nonzero where one of the four numbers of 16 bits is 0 (Mycroft, 1987). */
static __always_inline __u64 vdt_has_zero16(__u64 numbers)
{
	return (numbers - 0x0001000100010001ULL) & ~numbers & 0x8000800080008000ULL;
}

/* Whether the address, as it stands on the wire, is a host with an element, and that lasts. */
static __always_inline int vdt_is_fed_host(void *table, const struct vdt_feed_header *header, __u32 address,
					   __u64 now_ns)
{
	__u64 place = vdt_feed_host_place(address, header->hash_key, header->buckets4), found = 0;
	__u64 name = vdt_feed_host_name(place), names = name * 0x0001000100010001ULL;
	__u32 until = header->hosts4_until;
	const __u64 *bucket =
		vdt_feed_part(table, header->hosts4, (__u32)(place >> 32), sizeof(struct vdt_feed_bucket));

	if (!bucket || name == VDT_FEED_NO_HOST)
		return 0;
#pragma unroll
	for (__u32 word = 0; word < sizeof(struct vdt_feed_bucket) / sizeof(*bucket); word++)
		found |= vdt_has_zero16(bucket[word] ^ names);
	return found && (!until || until > now_ns >> VDT_FEED_TIME_SHIFT);
}

/* Adds what `here` has counted of hosts to this one's entry. Not static: verified once by itself. */
__attribute__((noinline)) int vdt_settle_hits(struct vdt_work *here, __u32 address)
{
	union vdt_address source = {};
	__u32 only = 0;
	void *table = bpf_map_lookup_elem(&feeds, &only);
	const struct vdt_feed_header *header = table ? bpf_map_lookup_elem(table, &only) : 0;
	struct vdt_feed_entry *entry;

	if (!header || !here)
		return 0;
	source.words[0] = address;
	entry = vdt_fed4(table, header, &source);
	if (!entry)
		return 0;
	__sync_fetch_and_add(&entry->packets, here->hits.packets);
	__sync_fetch_and_add(&entry->bytes, here->hits.bytes);
	here->hits.packets = 0;
	here->hits.bytes = 0;
	return 1;
}

/* Counts a packet of a host, `bytes` long on the wire. Its entry lies anywhere in memory, and other CPUs count in
 * it too; so while packets come fast, only one now and then is counted there, with all since the one before: none
 * is missing from the sum, and a host has its share of it. How many are left out is drawn each time, so that no
 * sender's rhythm meets it. */
static __always_inline void vdt_count_host(struct vdt_work *here, __u32 address, __u64 bytes)
{
	struct vdt_host_hits *hits = &here->hits;

	hits->packets++;
	hits->bytes += bytes;
	if (hits->tick != here->now.tick) {
		hits->tick = here->now.tick;
		hits->each = VDT_HITS_EACH;
	}
	if (hits->each) {
		hits->each--;
	} else {
		if (hits->left_out) {
			hits->left_out--;
			return;
		}
		hits->left_out = bpf_get_prandom_u32() & VDT_HITS_LEFT_OUT;
	}
	vdt_settle_hits(here, address);
}

/* The entry that the source falls under, as long as that lasts. */
static __always_inline struct vdt_feed_entry *vdt_fed(const union vdt_address *source, __u8 ip_version,
						      __u64 now_ns)
{
	__u32 only = 0;
	void *table = bpf_map_lookup_elem(&feeds, &only);
	const struct vdt_feed_header *header = table ? bpf_map_lookup_elem(table, &only) : 0;
	struct vdt_feed_entry *entry;

	if (!header)
		return 0;
	entry = ip_version == 4 ? vdt_fed4(table, header, source) : vdt_fed6(table, header, source);
	return entry && (!entry->until || entry->until > now_ns >> VDT_FEED_TIME_SHIFT) ? entry : 0;
}

/* Whether it does more than observe. */
static __always_inline int vdt_fed_drops(const struct vdt_feed_entry *entry, __u64 now_ns)
{
	return entry->drops_until != VDT_FEED_NEVER_DROPS &&
	       (!entry->drops_until || entry->drops_until > now_ns >> VDT_FEED_TIME_SHIFT);
}

#endif
