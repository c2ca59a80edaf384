/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rates: a generic cell rate (ITU-T I.371) for each whose packets are counted together.
 *
 * The times lie in a sketch: each key has two cells, of which the earlier time is its own (conservative update of a
 * count-min sketch, Estan and Varghese 2002). Nothing is allocated for a key, so a flood of forged sources
 * displaces nobody; it can only make cells of others as busy as it fills them, and must hit both.
 */
#ifndef VEDETTE_DECIDE_RATES_H
#define VEDETTE_DECIDE_RATES_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/packet.h"
#include "abi/rules.h"
#include "flow/account.h"
#include "flow/work.h"

/* Made by user space with a policy that has rates, and swapped with it. */
struct vdt_rate_table {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VDT_RATE_CELLS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u64));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct vdt_rate_table);
} rate_cells SEC(".maps");

/* An address' first `length` bits. */
static __always_inline __u64 vdt_rate_prefix(const union vdt_address *address, __u32 length, __u32 half)
{
	__u32 bits = length > half * 64 ? length - half * 64 : 0;

	if (bits >= 64)
		return address->halves[half];
	return bits ? __builtin_bswap64(__builtin_bswap64(address->halves[half]) & ~(~0ULL >> bits)) : 0;
}

/* Whose rate it is, hashed with the flow cache's secret. */
static __always_inline __u64 vdt_rate_key(const struct vdt_rate *rate, const struct vdt_packet_core *core)
{
	const volatile __u64 *keys = vdt_config.hash_keys;
	__u32 length = core->key.ip_version == 4 ? rate->prefix4 : rate->prefix6;
	__u64 hash = vdt_hashed(rate->number | (__u64)rate->per << 32, keys[4]);
	const union vdt_address *address = &core->key.src;

	if (rate->per == VDT_PER_DESTINATION || rate->per == VDT_PER_DESTINATION_PORT)
		address = &core->key.dst;
	if (rate->per != VDT_PER_ALL)
		hash += vdt_hashed(vdt_rate_prefix(address, length, 0), keys[0]) +
			vdt_hashed(vdt_rate_prefix(address, length, 1), keys[1]);
	if (rate->per == VDT_PER_DESTINATION_PORT)
		hash += vdt_hashed(core->key.dst_port | (__u64)core->key.protocol << 16, keys[2]);
	hash ^= hash >> 32;
	hash *= 0x9fb21c651e98df25ULL;
	return hash ^ (hash >> 28);
}

/* `begins`: the packet begins a flow. */
static __always_inline __u64 vdt_rate_units(const struct vdt_rate *rate, const struct vdt_packet_core *core,
					    const struct vdt_wire *wire, int begins)
{
	if (rate->unit == VDT_RATE_FLOWS)
		return begins;
	if (rate->unit == VDT_RATE_BYTES)
		return wire->bytes;
	if (rate->unit == VDT_RATE_SYNS)
		return (core->tcp_flags & (VDT_TCP_SYN | VDT_TCP_ACK)) == VDT_TCP_SYN;
	return wire->packets;
}

/* From 1/1024 ns, rounded up. */
static __always_inline __u64 vdt_rate_time(__u64 fine)
{
	return (fine + (1 << (10 - VDT_RATE_TIME_BITS)) - 1) >> (10 - VDT_RATE_TIME_BITS);
}

/* By how much a cell's time is ahead; 0 where it isn't. */
static __always_inline __u64 vdt_rate_ahead(__u64 cell, __u64 now)
{
	__u64 ahead = cell - now;

	return ahead > vdt_rate_time(VDT_RATE_AHEAD_MAX) ? 0 : ahead;
}

static __always_inline void vdt_rate_raise(__u64 *cell, __u64 known, __u64 now, __u64 next)
{
	/* Of two CPUs at once one finds it raised, and is let through: by a packet a CPU the rate is missed. */
	if (vdt_rate_ahead(known, now) < next - now)
		__sync_val_compare_and_swap(cell, known, next);
}

/* Whether the packet is over the rate; if not, it is taken from it. `begins` as above; `now`: in the
 * cells' unit. */
static __always_inline int vdt_is_over(const struct vdt_rate *rate, const struct vdt_packet_core *core,
				       const struct vdt_wire *wire, int begins, __u64 now)
{
	__u64 units = vdt_rate_units(rate, core, wire, begins), key = vdt_rate_key(rate, core), known[2], ahead,
	      other, spent;
	__u32 only = 0, first = key & (VDT_RATE_CELLS - 1), second = (key >> 32) & (VDT_RATE_CELLS - 1);
	void *cells = bpf_map_lookup_elem(&rate_cells, &only);
	__u64 *cell[2];

	if (!cells || !units)
		return 0;
	cell[0] = bpf_map_lookup_elem(cells, &first);
	cell[1] = bpf_map_lookup_elem(cells, &second);
	if (!cell[0] || !cell[1])
		return 0;
	known[0] = *cell[0];
	known[1] = *cell[1];
	ahead = vdt_rate_ahead(known[0], now);
	other = vdt_rate_ahead(known[1], now);
	if (other < ahead)
		ahead = other;
	if (ahead << (10 - VDT_RATE_TIME_BITS) > rate->tolerance)
		return 1;
	spent = now + ahead + vdt_rate_time(rate->cost * units);
	vdt_rate_raise(cell[0], known[0], now, spent);
	vdt_rate_raise(cell[1], known[1], now, spent);
	return 0;
}

#endif
