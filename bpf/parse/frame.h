/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A whole frame: the parser's two ways in. Kernel programs and Ethernet files enter by
 * vdt_parse_frame(); other link types find their network header first and enter by
 * vdt_parse_from_network().
 *
 * No maps, no helpers, no state: the same bytes give the same facts everywhere.
 */
#ifndef VEDETTE_PARSE_FRAME_H
#define VEDETTE_PARSE_FRAME_H

#include "parse/plain.h"
#include "parse/tunnel.h"
#include "parse/wlan.h"

/* What stands between the link layer and the network header, where something does. */
VDT_APART __u32 vdt_pass_shim(const __u8 *data, const __u8 *end, __u32 offset, struct vdt_packet_core *core)
{
	if (core->ether_type == VDT_ETHER_PPPOE_SESSION) {
		offset = vdt_parse_pppoe(data, end, offset, core);
		if (!offset)
			return 0;
	}
	if (core->ether_type == VDT_ETHER_MPLS || core->ether_type == VDT_ETHER_MPLS_MULTICAST)
		offset = vdt_parse_mpls(data, end, offset, core);
	return offset;
}

static __always_inline __u32 vdt_reach_network(const __u8 *data, const __u8 *end, __u32 offset,
					       struct vdt_packet_core *core)
{
	if (core->ether_type == VDT_ETHER_IPV4 || core->ether_type == VDT_ETHER_IPV6)
		return offset;
	return vdt_pass_shim(data, end, vdt_forget(core, offset), core);
}

static __always_inline __u32 vdt_reach_inner_network(const __u8 *data, const __u8 *end,
						     const struct vdt_inside *inside, struct vdt_packet_core *core)
{
	__u32 offset = inside->offset;

	if (inside->link == VDT_INSIDE_PPP) {
		/* PPTP leaves out the address and control bytes or not, as negotiated. */
		const __u8 *at = vdt_at(data, end, offset, 2);

		if (at && vdt_load16(at) == 0xff03)
			offset += 2;
		offset = vdt_parse_ppp_protocol(data, end, offset, core);
	} else if (inside->ether_type == VDT_ETHER_TRANSPARENT_BRIDGING) {
		core->key.vlan[0] = 0;
		core->key.vlan[1] = 0;
		core->vlan_count = 0;
		if (inside->link == VDT_INSIDE_WLAN)
			offset = vdt_parse_wlan(data, end, offset, core);
		else
			offset = vdt_parse_ethernet(data, end, offset, core);
	}
	return offset ? vdt_reach_network(data, end, offset, core) : 0;
}

/* One tunnel, at the packet that is told so far; 1 where that is now the inner one. In BPF a function of its own:
 * few packets come here, and its copy of the core needs stack. */
VDT_APART int vdt_parse_tunnel(const __u8 *data, const __u8 *end, struct vdt_packet *packet)
{
	struct vdt_packet_core *core = &packet->core;
	const struct vdt_inside *inside = &packet->inside;
	struct vdt_packet_core before;
	__u32 offset;

	vdt_open_tunnel(data, end, packet);
	if (!inside->offset)
		return 0;
	before = *core;
	vdt_enter_tunnel(core, inside);
	offset = vdt_reach_inner_network(data, end, inside, core);
	if (offset)
		vdt_parse_network(data, end, vdt_forget(core, offset), packet);
	if (core->facts & VDT_FACT_IP) {
		vdt_keep_outer_header(packet, &before);
		core->facts |= VDT_FACT_TUNNEL;
		return 1;
	}
	/* No IP packet inside: the packet is what its outer header says. That a header was cut off is
	 * only sure where the outer IP header itself announced the tunnel. */
	if (core->malformed && before.key.protocol != VDT_IP_UDP)
		before.malformed = VDT_MALFORMED_TUNNEL_TRUNCATED;
	*core = before;
	return 0;
}

/* What lies in tunnels of the parsed packet. Kernel programs call vdt_parse_tunnel() as often, through a function
 * that is verified once. */
static __always_inline void vdt_parse_tunnels(const __u8 *data, const __u8 *end, struct vdt_packet *packet)
{
	for (int opened = 0; opened < VDT_TUNNELS_OPENED; opened++)
		if (!vdt_may_be_tunnel(&packet->core) || !vdt_parse_tunnel(data, end, packet))
			return;
}

/* From the network header at `offset` (or a PPPoE or MPLS header before it) that core.ether_type announces, with
 * vdt_begin() done; without what lies in tunnels. */
static __always_inline void vdt_parse_from_network(const __u8 *data, const __u8 *end, __u32 offset,
						   struct vdt_packet *packet)
{
	offset = vdt_reach_network(data, end, offset, &packet->core);
	if (offset)
		vdt_parse_network(data, end, vdt_forget(&packet->core, offset), packet);
}

/* vdt_parse_frame() without the short way, and without what lies in tunnels. */
static __always_inline void vdt_walk_frame(const __u8 *data, const __u8 *end, __u32 length,
					   struct vdt_packet *packet)
{
	__u32 offset;

	vdt_begin(&packet->core, length);
	offset = vdt_parse_ethernet(data, end, 0, &packet->core);
	if (offset)
		vdt_parse_from_network(data, end, offset, packet);
}

/* An Ethernet frame from its destination address on. `length`: bytes on the wire, without FCS; the
 * bytes between `data` and `end` may be fewer. */
static __always_inline void vdt_parse_frame(const __u8 *data, const __u8 *end, __u32 length,
					    struct vdt_packet *packet)
{
	if (vdt_parse_plain(data, end, length, &packet->core))
		return;
	vdt_walk_frame(data, end, length, packet);
	vdt_parse_tunnels(data, end, packet);
}

#endif
