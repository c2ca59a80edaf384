/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the packet programs to the guard (bpf/guard.bpf.c): a tail call, before the packet is accounted, for what
 * may be a SYN proxy's or a host's that takes only what it asked for. The guard decides, accounts, and goes on to
 * the tellers. These maps are pinned: it stays while no daemon runs.
 */
#ifndef VEDETTE_GUARD_HANDOVER_H
#define VEDETTE_GUARD_HANDOVER_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi/guard.h"
#include "abi/work.h"
#include "flow/work.h"
#include "parse/cursor.h"
#include "parse/protocols.h"

/* One array a program type: the kernel lets XDP programs with and without frags not share one. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} guard_xdp SEC(".maps"), guard_xdp_frags SEC(".maps");

/* By enum vdt_direction. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} guard_tc SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vdt_guard_ports);
} guard_ports SEC(".maps");

/* One more than the index of the port's proxy, 0 where it has none. */
static __always_inline __u32 vdt_guard_number(__u16 port)
{
	__u32 only = 0;
	const struct vdt_guard_ports *ports = bpf_map_lookup_elem(&guard_ports, &only);

	return ports ? ports->number[port] : 0;
}

/* Whether the packet at hand, of an IP flow, is the guard's. What lies in a tunnel is not: its inside comes by
 * again, on the tunnel's own interface. Not static: the verifier goes through it once by itself. */
__attribute__((noinline)) int vdt_is_guarded(struct vdt_work *here)
{
	const struct vdt_packet_core *core;
	__u32 guards = vdt_switches.guards;
	int asked = 0;

	if (!here || !guards)
		return 0;
	core = &here->packet.core;
	if (core->facts & VDT_FACT_TUNNEL)
		return 0;
	if (core->key.protocol == VDT_IP_UDP)
		asked = guards & VDT_GUARD_UDP;
	else if (core->key.protocol == VDT_IP_TCP && core->key.direction == VDT_DIRECTION_IN)
		asked = (guards & VDT_GUARD_TCP) || vdt_guard_number(core->key.dst_port);
	if (!asked)
		return 0;
	here->guard.asked = 1;
	return 1;
}

#endif
