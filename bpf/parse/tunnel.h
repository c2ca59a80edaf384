/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One level of tunnel: VXLAN (RFC 7348; draft-ietf-nvo3-vxlan-gpe-13), GENEVE (RFC 8926), GRE (RFC 2784, 2890),
 * PPTP (RFC 2637), IP in IP (RFC 2003, 2473), 6in4 (RFC 4213), GTP-U (3GPP TS 29.281), AYIYA
 * (draft-massar-v6ops-ayiya-02), the data channel of CAPWAP (RFC 5415).
 *
 * A tunnel is told only where an IP packet stands inside; then the packet's facts are the inner
 * packet's and the outer header is kept beside them. A port number alone proves no tunnel: where the
 * inside is no IP packet, the packet stays what its outer header says.
 */
#ifndef VEDETTE_PARSE_TUNNEL_H
#define VEDETTE_PARSE_TUNNEL_H

#include "parse/network.h"

static __always_inline int vdt_ether_type_of_ip(const __u8 *data, const __u8 *end, __u32 offset)
{
	const __u8 *at = vdt_at(data, end, offset, 1);

	if (!at)
		return 0;
	if (at[0] >> 4 == 4)
		return VDT_ETHER_IPV4;
	return at[0] >> 4 == 6 ? VDT_ETHER_IPV6 : 0;
}

static __always_inline void vdt_open_gre(const __u8 *data, const __u8 *end, __u32 offset, struct vdt_inside *inside)
{
	const __u8 *at = vdt_at(data, end, offset, 4);
	__u16 flags, protocol;
	int pptp;

	if (!at)
		return;
	flags = vdt_load16(at);
	protocol = vdt_load16(at + 2);
	pptp = (flags & 7) == 1;
	if (flags & 0x4000)
		return; /* source routes (RFC 1701), deprecated and of unbounded length */
	offset += 4;
	if (flags & 0x8000)
		offset += 4; /* checksum and reserved */
	if (flags & 0x2000) {
		at = vdt_at(data, end, offset, 4);
		if (!at)
			return;
		/* Version 1 keeps the payload's length in the upper half, the call id in the lower. */
		inside->id = pptp ? vdt_load16(at + 2) : vdt_load32(at);
		offset += 4;
	}
	if (flags & 0x1000)
		offset += 4; /* sequence number */
	if (pptp && (flags & 0x0080))
		offset += 4; /* acknowledgment number */
	if (protocol == VDT_ETHER_ERSPAN_II) {
		/* Type I has no header of its own, and no sequence number tells it. */
		if (flags & 0x1000)
			offset += 8;
		protocol = VDT_ETHER_TRANSPARENT_BRIDGING;
	} else if (protocol == VDT_ETHER_ERSPAN_III) {
		at = vdt_at(data, end, offset, 12);
		if (!at)
			return;
		offset += (at[11] & 1) ? 20 : 12; /* platform-specific subheader */
		protocol = VDT_ETHER_TRANSPARENT_BRIDGING;
	}
	inside->link = protocol == VDT_ETHER_PPP ? VDT_INSIDE_PPP : VDT_INSIDE_PLAIN;
	inside->ether_type = protocol;
	inside->type = pptp ? VDT_TUNNEL_PPTP : VDT_TUNNEL_GRE;
	inside->offset = offset;
}

static __always_inline void vdt_open_vxlan(const __u8 *data, const __u8 *end, __u32 offset,
					   struct vdt_inside *inside)
{
	const __u8 *at = vdt_at(data, end, offset, 8);

	if (!at || !(at[0] & 0x08) || at[7] != 0)
		return;
	inside->id = vdt_load24(at + 4);
	inside->ether_type = VDT_ETHER_TRANSPARENT_BRIDGING;
	inside->type = VDT_TUNNEL_VXLAN;
	inside->offset = offset + 8;
}

/* VXLAN GPE says by a byte of VXLAN's reserved ones what is inside, if a flag says that it does. */
static __always_inline void vdt_open_vxlan_gpe(const __u8 *data, const __u8 *end, __u32 offset,
					       struct vdt_inside *inside)
{
	const __u8 *at = vdt_at(data, end, offset, 8);
	__u8 next;

	vdt_open_vxlan(data, end, offset, inside);
	if (!at || !(at[0] & 0x04) || (at[0] & 0x31))
		return; /* no such flag; another version, or operation and maintenance */
	next = at[3];
	if (next == 1)
		inside->ether_type = VDT_ETHER_IPV4;
	else if (next == 2)
		inside->ether_type = VDT_ETHER_IPV6;
	else if (next == 5)
		inside->ether_type = VDT_ETHER_MPLS;
	else if (next != 3)
		inside->offset = 0;
}

static __always_inline void vdt_open_geneve(const __u8 *data, const __u8 *end, __u32 offset,
					    struct vdt_inside *inside)
{
	const __u8 *at = vdt_at(data, end, offset, 8);

	if (!at || at[0] >> 6 != 0 || at[7] != 0)
		return;
	inside->id = vdt_load24(at + 4);
	inside->ether_type = vdt_load16(at + 2);
	inside->type = VDT_TUNNEL_GENEVE;
	inside->offset = offset + 8 + (__u32)(at[0] & 0x3f) * 4;
}

#define VDT_GTPU_EXTENSIONS_WALKED 4 /* TS 29.281 defines a handful; a user packet carries one or two */

static __always_inline void vdt_open_gtpu(const __u8 *data, const __u8 *end, __u32 offset,
					  struct vdt_inside *inside)
{
	const __u8 *at = vdt_at(data, end, offset, 8);
	__u8 flags, next;

	if (!at || (at[0] & 0xf0) != 0x30 || at[1] != 0xff)
		return; /* version 1, protocol type GTP, message G-PDU */
	flags = at[0];
	inside->id = vdt_load32(at + 4);
	offset += 8;
	if (flags & 7) {
		at = vdt_at(data, end, offset, 4);
		if (!at)
			return;
		next = (flags & 4) ? at[3] : 0;
		offset += 4;
		VDT_ROLLED
		for (int walked = 0; walked < VDT_GTPU_EXTENSIONS_WALKED && next; walked++) {
			__u32 size;

			at = vdt_at(data, end, offset, 4);
			if (!at || at[0] == 0)
				return;
			size = (__u32)at[0] * 4;
			at = vdt_at(data, end, offset + size - 1, 1);
			if (!at)
				return;
			next = at[0];
			offset += size;
		}
		if (next)
			return;
	}
	inside->ether_type = (__u16)vdt_ether_type_of_ip(data, end, offset);
	inside->type = VDT_TUNNEL_GTPU;
	inside->offset = offset;
}

/* The header says by itself where its parts end: an identity of a power of two of bytes, a signature of words. */
static __always_inline void vdt_open_ayiya(const __u8 *data, const __u8 *end, __u32 offset,
					   struct vdt_inside *inside)
{
	const __u8 *at = vdt_at(data, end, offset, 8);
	__u8 operation;

	if (!at || (at[0] & 0x0f) > 2 || (at[1] & 0x0f) > 2 || at[2] >> 4 > 2)
		return; /* kinds of identity, hash and authentication */
	operation = at[2] & 0x0f;
	if (operation != 1 && operation != 3)
		return; /* neither to be forwarded, nor echoed and forwarded */
	if (at[3] == VDT_IP_IPV6)
		inside->ether_type = VDT_ETHER_IPV6;
	else if (at[3] == VDT_IP_IPIP)
		inside->ether_type = VDT_ETHER_IPV4;
	else
		return;
	inside->type = VDT_TUNNEL_AYIYA;
	inside->offset = offset + 8 + (1U << (at[0] >> 4)) + (__u32)(at[1] >> 4) * 4;
}

/* Bits of the header's fourth byte. */
#define VDT_CAPWAP_FRAGMENT 0x80
#define VDT_CAPWAP_KEEP_ALIVE 0x08

/* An Ethernet frame or, as RFC 5416 binds it, one of IEEE 802.11. Its own fragments are left as they are. */
static __always_inline void vdt_open_capwap(const __u8 *data, const __u8 *end, __u32 offset,
					    struct vdt_inside *inside)
{
	const __u8 *at = vdt_at(data, end, offset, 8);
	__u32 size;

	if (!at || at[0] != 0 || (at[3] & (VDT_CAPWAP_FRAGMENT | VDT_CAPWAP_KEEP_ALIVE)))
		return; /* version 0, and not DTLS */
	size = (__u32)(at[1] >> 3) * 4;
	if (size < 8)
		return;
	if (at[2] & 1) {
		if ((at[2] >> 1 & 0x1f) != 1)
			return; /* another wireless binding's frame */
		inside->link = VDT_INSIDE_WLAN;
	}
	inside->ether_type = VDT_ETHER_TRANSPARENT_BRIDGING;
	inside->type = VDT_TUNNEL_CAPWAP;
	inside->offset = offset + size;
}

/* Not inlined in BPF: what it found goes through memory, so that the verifier follows one inside, not one
 * for each tunnel. */
VDT_APART int vdt_open_tunnel(const __u8 *data, const __u8 *end, struct vdt_packet *packet)
{
	const struct vdt_packet_core *core = &packet->core;
	struct vdt_inside *inside = &packet->inside;
	__u32 offset = core->transport_offset;
	__u16 port = core->key.dst_port;

	__builtin_memset(inside, 0, sizeof(*inside));
	if (core->key.protocol == VDT_IP_UDP) {
		offset += 8;
		if (port == VDT_PORT_VXLAN || port == VDT_PORT_VXLAN_LINUX)
			vdt_open_vxlan(data, end, offset, inside);
		else if (port == VDT_PORT_VXLAN_GPE)
			vdt_open_vxlan_gpe(data, end, offset, inside);
		else if (port == VDT_PORT_GENEVE)
			vdt_open_geneve(data, end, offset, inside);
		else if (port == VDT_PORT_GTPU)
			vdt_open_gtpu(data, end, offset, inside);
		else if (port == VDT_PORT_CAPWAP || core->key.src_port == VDT_PORT_CAPWAP)
			vdt_open_capwap(data, end, offset, inside);
		else
			vdt_open_ayiya(data, end, offset, inside);
	} else if (core->key.protocol == VDT_IP_GRE) {
		vdt_open_gre(data, end, offset, inside);
	} else {
		inside->ether_type = core->key.protocol == VDT_IP_IPIP ? VDT_ETHER_IPV4 : VDT_ETHER_IPV6;
		inside->type = core->key.protocol == VDT_IP_IPV6 && core->key.ip_version == 4 ? VDT_TUNNEL_SIXIN4
											      : VDT_TUNNEL_IPIP;
		inside->offset = offset;
	}
	return 0;
}

static __always_inline int vdt_may_be_tunnel(const struct vdt_packet_core *core)
{
	__u8 protocol = core->key.protocol;

	if (protocol == VDT_IP_TCP || !core->transport_offset || core->fragment != VDT_FRAGMENT_NONE)
		return 0;
	if (protocol == VDT_IP_UDP)
		return vdt_are_tunnel_ports(core->key.src_port, core->key.dst_port);
	return protocol == VDT_IP_GRE || protocol == VDT_IP_IPIP || protocol == VDT_IP_IPV6;
}

/* The tunnel whose outer header was kept before, if there is one, is around the one that is entered now. */
static __always_inline void vdt_keep_farther(struct vdt_packet *packet, const struct vdt_packet_core *core)
{
	struct vdt_farther *farther = &packet->farther;

	if (!(core->facts & VDT_FACT_TUNNEL)) {
		__builtin_memset(farther, 0, sizeof(*farther));
		return;
	}
	farther->src[2] = farther->src[1];
	farther->src[1] = farther->src[0];
	farther->src[0] = packet->outer.src;
	farther->ip_version[2] = farther->ip_version[1];
	farther->ip_version[1] = farther->ip_version[0];
	farther->ip_version[0] = packet->outer.ip_version;
}

/* `core`: what was told of the packet before its inside was found. */
static __always_inline void vdt_keep_outer_header(struct vdt_packet *packet, const struct vdt_packet_core *core)
{
	struct vdt_outer *outer = &packet->outer;

	vdt_keep_farther(packet, core);
	outer->src = core->key.src;
	outer->dst = core->key.dst;
	outer->src_port = core->key.src_port;
	outer->dst_port = core->key.dst_port;
	outer->ip_version = core->key.ip_version;
	outer->protocol = core->key.protocol;
	outer->ttl = core->ttl;
	outer->tos = core->tos;
}

/* Clears what the inner header fills. */
static __always_inline void vdt_enter_tunnel(struct vdt_packet_core *core, const struct vdt_inside *inside)
{
	core->key.src_port = 0;
	core->key.dst_port = 0;
	core->key.tunnel_id = inside->id;
	core->key.tunnel_type = inside->type;
	core->facts &= ~(VDT_FACT_IP | VDT_FACT_PORTS | VDT_FACT_ARP);
	core->ether_type = inside->ether_type;
}

#endif
