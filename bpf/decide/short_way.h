/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The short way of plain frames: those that are known flows' next packets are accounted, and in XDP those of
 * blocked sources dropped, before anything is parsed wholly.
 */
#ifndef VEDETTE_DECIDE_SHORT_WAY_H
#define VEDETTE_DECIDE_SHORT_WAY_H

#include <linux/bpf.h>

#include "abi/guard.h"
#include "decide/lists.h"
#include "flow/account.h"
#include "flow/frame_wire.h"

static __always_inline void vdt_count_blocked(struct vdt_work *here, const struct vdt_wire *wire)
{
	struct vdt_direction_counters *count = &here->counters.direction[VDT_DIRECTION_IN];

	vdt_count(count, wire, 0);
	count->blocked_packets += wire->packets;
	count->blocked_bytes += wire->bytes;
}

/* Whether the head of the next dropped packet is to be told. */
static __always_inline int vdt_tells_drop(struct vdt_work *here)
{
	if (!vdt_switches.heads)
		return 0;
	if (here->drops.tick != here->now.tick) {
		here->drops.tick = here->now.tick;
		here->drops.left = VDT_DROPS_TOLD;
	}
	if (!here->drops.left)
		return 0;
	here->drops.left--;
	return 1;
}

/* A plain frame that is dropped for its source. */
static __always_inline int vdt_count_at_once(struct vdt_work *here, const struct vdt_wire *wire)
{
	vdt_count_blocked(here, wire);
	if (vdt_switches.heads) {
		here->counters.heads.due++;
		here->counters.heads.over_budget++;
	}
	return 1;
}

/* Whether a plain frame, whose source stands in the packet of `here`, is dropped for that, and nobody needs to see
 * more of it: then it is counted. Not static: verified once by itself. */
__attribute__((noinline)) int vdt_drops_at_once(struct vdt_work *here, __u32 ip_version, __u32 length)
{
	struct vdt_wire wire = vdt_one_packet(length);

	if (!here || vdt_switches.watchers || vdt_config.replayed)
		return 0;
	if (ip_version == 4 && vdt_drops_host(here, here->packet.core.key.src.words[0], length))
		return vdt_count_at_once(here, &wire);
	here->wire = wire;
	if (!vdt_drops(&here->packet.core.key.src, ip_version, here->now.ns, &here->wire, 1))
		return 0;
	return vdt_count_at_once(here, &wire);
}

/* In place of a number of packets: one that is dropped. */
#define VDT_DROPPED_AT_ONCE 0xffffffff

/* The short way, for plain frames that are known flows' next packets, as most are, and in XDP for those of blocked
 * sources. `skb` where there is one. Returns how many packets on the wire it is, 0 where it is something else: the
 * long way then begins at the beginning. */
static __always_inline __u32 vdt_account_kind(struct vdt_work *here, const __u8 *data, const __u8 *end,
					      __u32 length, const struct __sk_buff *skb, __u32 ifindex, __u32 cpu,
					      __u32 direction, enum vdt_plain_kind kind)
{
	struct vdt_wire wire = vdt_one_packet(length);
	struct vdt_plain plain;

	if (!vdt_plain_is_tcp(kind) && (vdt_switches.guards & VDT_GUARD_UDP))
		return 0;
	if (!vdt_read_plain(data, end, length, kind, &plain))
		return 0;
	if (direction == VDT_DIRECTION_IN && (vdt_switches.lists & VDT_LISTS_BLOCK) &&
	    vdt_may_be_blocked((const union vdt_address *)plain.words, vdt_plain_is_ipv4(kind))) {
		if (skb || vdt_tells_drop(here))
			return 0;
		here->packet.core.key.src.halves[0] = plain.words[0];
		here->packet.core.key.src.halves[1] = plain.words[1];
		return vdt_drops_at_once(here, vdt_plain_is_ipv4(kind) ? 4 : 6, length) ? VDT_DROPPED_AT_ONCE : 0;
	}
	if (skb)
		vdt_measure(skb, plain.payload_offset, &wire);
	if (!vdt_account_next(here, cpu, ifindex, direction, &plain, kind, &wire))
		return 0;
	vdt_count(&here->counters.direction[direction & 1], &wire, 0);
	return wire.packets;
}

static __always_inline __u32 vdt_account_at_once(struct vdt_work *here, const __u8 *data, const __u8 *end,
						 __u32 length, const struct __sk_buff *skb, __u32 ifindex,
						 __u32 cpu, __u32 direction)
{
#define VDT_ACCOUNT(kind)                                                                                          \
	case kind:                                                                                                 \
		return vdt_account_kind(here, data, end, length, skb, ifindex, cpu, direction, kind)

	switch (vdt_plain_kind(data, end)) {
		VDT_ACCOUNT(VDT_PLAIN_TCP4);
		VDT_ACCOUNT(VDT_PLAIN_UDP4);
		VDT_ACCOUNT(VDT_PLAIN_TCP6);
		VDT_ACCOUNT(VDT_PLAIN_UDP6);
	default:
		return 0;
	}
#undef VDT_ACCOUNT
}

#endif
