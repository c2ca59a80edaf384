/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether a packet's source is blocked, by hand or by a feed. The allow-list always wins, and is asked only of what
 * the block-list holds.
 */
#ifndef VEDETTE_DECIDE_LISTS_H
#define VEDETTE_DECIDE_LISTS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/lists.h"
#include "abi/work.h"
#include "decide/feeds.h"
#include "decide/trace.h"
#include "flow/work.h"
#include "parse/cursor.h"

#define VDT_LIST(name, prefix)                                                                                     \
	struct {                                                                                                   \
		__uint(type, BPF_MAP_TYPE_LPM_TRIE);                                                               \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                                              \
		__uint(max_entries, VDT_LIST_ENTRIES);                                                             \
		__type(key, struct prefix);                                                                        \
		__type(value, struct vdt_listed);                                                                  \
	} name SEC(".maps")

VDT_LIST(block4, vdt_prefix4);
VDT_LIST(block6, vdt_prefix6);
VDT_LIST(allow4, vdt_prefix4);
VDT_LIST(allow6, vdt_prefix6);

#define VDT_BITS(name, bits)                                                                                       \
	struct {                                                                                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                                  \
		__uint(map_flags, BPF_F_MMAPABLE);                                                                 \
		__uint(max_entries, (bits) / 64);                                                                  \
		__type(key, __u32);                                                                                \
		__type(value, __u64);                                                                              \
	} name SEC(".maps")

VDT_BITS(block_bits4, VDT_BLOCK_BITS4);
VDT_BITS(block_bits6, VDT_BLOCK_BITS6);

static __always_inline int vdt_bit_is_set(void *bits, __u32 bit)
{
	__u32 word = bit >> 6;
	const __u64 *found = bpf_map_lookup_elem(bits, &word);

	return found && (*found >> (bit & 63) & 1);
}

/* False where no entry of the block-list or of a feed holds the source. */
static __always_inline int vdt_may_be_blocked(const union vdt_address *source, int ipv4)
{
	if (ipv4)
		return vdt_bit_is_set(&block_bits4, vdt_block_bit4(source->bytes));
	return (vdt_switches.lists & VDT_LISTS_SHORT_IPV6) ||
	       vdt_bit_is_set(&block_bits6, vdt_block_bit6(source->halves[0])) ||
	       ((vdt_switches.lists & VDT_LISTS_WIDE_IPV6) &&
		vdt_bit_is_set(&block_bits6, vdt_block_bit6_wide(source->halves[0])));
}

/* The entry of these tries that the source falls under, as long as that lasts. */
static __always_inline struct vdt_listed *vdt_entry_of(void *list4, void *list6, const union vdt_address *source,
						       __u8 ip_version, __u64 now_ns)
{
	struct vdt_prefix4 key4 = {.length = 32};
	struct vdt_prefix6 key6 = {.length = 128};
	struct vdt_listed *entry;

	if (ip_version == 4) {
		__builtin_memcpy(key4.address, source->bytes, sizeof(key4.address));
		entry = bpf_map_lookup_elem(list4, &key4);
	} else {
		__builtin_memcpy(key6.address, source->bytes, sizeof(key6.address));
		entry = bpf_map_lookup_elem(list6, &key6);
	}
	return entry && (!entry->until_ns || entry->until_ns > now_ns) ? entry : 0;
}

/* Whether it or one that holds it does more than observe. */
static __always_inline int vdt_entry_drops(const struct vdt_listed *entry, __u64 now_ns)
{
	return !entry->drops_until_ns || entry->drops_until_ns > now_ns;
}

/* Whether an entry of the allow-list holds the source. */
static __always_inline int vdt_is_allowed(const union vdt_address *source, __u8 ip_version, __u64 now_ns)
{
	return (vdt_switches.lists & VDT_LISTS_ALLOW) &&
	       vdt_entry_of(&allow4, &allow6, source, ip_version, now_ns) != 0;
}

/* Whether an entry that isn't a feed's holds an IPv4 source. Not static: verified once by itself. */
__attribute__((noinline)) int vdt_is_listed4(__u32 address, __u64 now_ns)
{
	union vdt_address source = {};

	source.words[0] = address;
	return ((vdt_switches.lists & VDT_LISTS_BY_HAND) && vdt_entry_of(&block4, &block6, &source, 4, now_ns)) ||
	       vdt_is_allowed(&source, 4, now_ns);
}

/* Whether a feed names this IPv4 source itself and drops it, and no other list has a say in it: then the packet,
 * `bytes` long on the wire, is counted. */
static __always_inline int vdt_drops_host(struct vdt_work *here, __u32 address, __u64 bytes)
{
	__u32 only = 0, lists = vdt_switches.lists;
	const struct vdt_feed_header *header;
	__u64 now_ns = here->now.ns;
	void *table;

	if (!(lists & VDT_LISTS_FEEDS))
		return 0;
	table = bpf_map_lookup_elem(&feeds, &only);
	header = table ? bpf_map_lookup_elem(table, &only) : 0;
	if (!header || !vdt_is_fed_host(table, header, address, now_ns) ||
	    ((lists & (VDT_LISTS_BY_HAND | VDT_LISTS_ALLOW)) && vdt_is_listed4(address, now_ns)))
		return 0;
	vdt_count_host(here, address, bytes);
	return 1;
}

/* The same of the packet at hand, for those that have stack to save: with vdt_drops()'s own, all of it would be too
 * much. */
__attribute__((noinline)) int vdt_drops_host_apart(struct vdt_work *here, __u32 address)
{
	return here && here->wire.packets == 1 && vdt_drops_host(here, address, here->wire.bytes);
}

/* Counts the packet in the entries that its source falls under, of the block-list and of the feeds; whether one of
 * them drops it. Their bit was seen and vdt_drops_host() asked. `surely`: the packet is counted only where one
 * does. Not static: verified once by itself. */
__attribute__((noinline)) int vdt_drops(const union vdt_address *source, __u32 ip_version, __u64 now_ns,
					const struct vdt_wire *wire, __u32 surely)
{
	struct vdt_listed *entry = 0;
	struct vdt_feed_entry *fed = 0;
	__u32 is_fed;

	if (!source || !wire)
		return 0;
	if (vdt_switches.lists & VDT_LISTS_FEEDS)
		fed = vdt_fed(source, ip_version, now_ns);
	if (vdt_switches.lists & VDT_LISTS_BY_HAND)
		entry = vdt_entry_of(&block4, &block6, source, ip_version, now_ns);
	is_fed = fed != 0;
	asm volatile("" : "+r"(is_fed)); /* else clang 19 makes one number of both pointers */
	if (!entry && !is_fed)
		return 0;
	if (surely && !(entry && vdt_entry_drops(entry, now_ns)) && !(fed && vdt_fed_drops(fed, now_ns)))
		return 0;
	if (vdt_is_allowed(source, ip_version, now_ns)) {
		if (vdt_config.replayed && entry && vdt_entry_drops(entry, now_ns))
			vdt_trace_spared(VDT_SPARED_BLOCK);
		return 0;
	}
	if (entry) {
		__sync_fetch_and_add(&entry->packets, wire->packets);
		__sync_fetch_and_add(&entry->bytes, wire->bytes);
		if (vdt_entry_drops(entry, now_ns))
			return 1;
	}
	if (!fed)
		return 0;
	__sync_fetch_and_add(&fed->packets, wire->packets);
	__sync_fetch_and_add(&fed->bytes, wire->bytes);
	return vdt_fed_drops(fed, now_ns);
}

/* Whether a source of the packet at hand is blocked. */
static __always_inline int vdt_is_blocked_source(struct vdt_work *here, const union vdt_address *source,
						 __u32 ip_version)
{
	if (!vdt_may_be_blocked(source, ip_version == 4))
		return 0;
	return (ip_version == 4 && vdt_drops_host_apart(here, source->words[0])) ||
	       vdt_drops(source, ip_version, here->now.ns, &here->wire, 0);
}

/* Whether the packet at hand, which has an IP header, comes from a blocked source; of one in tunnels also each
 * tunnel's own. Not static: as vdt_drops(). */
__attribute__((noinline)) int vdt_is_blocked(struct vdt_work *here)
{
	const struct vdt_packet *packet;
	const struct vdt_farther *farther;

	if (!here)
		return 0;
	packet = &here->packet;
	farther = &packet->farther;
	if (vdt_is_blocked_source(here, &packet->core.key.src, packet->core.key.ip_version))
		return 1;
	if (!(packet->core.facts & VDT_FACT_TUNNEL))
		return 0;
	if (vdt_is_blocked_source(here, &packet->outer.src, packet->outer.ip_version))
		return 1;
	VDT_ROLLED
	for (int i = 0; i < VDT_TUNNELS_OPENED - 1 && farther->ip_version[i]; i++)
		if (vdt_is_blocked_source(here, &farther->src[i], farther->ip_version[i]))
			return 1;
	return 0;
}

#endif
