/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Network headers: IPv4 with options (RFC 791), IPv6 with its extension headers (RFC 8200), AH
 * (RFC 4302), fragments, ARP (RFC 826); ends in the transport header.
 */
#ifndef VEDETTE_PARSE_NETWORK_H
#define VEDETTE_PARSE_NETWORK_H

#include "parse/ethernet.h"
#include "parse/transport.h"

/* RFC 8200 §4.1 names at most seven headers in a packet; one more is room for the odd, all others
 * are hostile. */
#define VDT_EXTENSIONS_WALKED 8

static __always_inline void vdt_set_fragment(struct vdt_packet_core *core, __u32 id, __u32 offset, int more)
{
	if (offset == 0 && !more)
		return; /* whole, or an atomic fragment (RFC 6946) */
	core->fragment = offset == 0 ? VDT_FRAGMENT_FIRST : more ? VDT_FRAGMENT_MIDDLE : VDT_FRAGMENT_LAST;
	core->fragment_id = id;
	core->fragment_offset = offset;
	core->facts |= VDT_FACT_FRAGMENT;
}

/* True where the bytes at hand begin a transport header; else they continue another fragment's. */
static __always_inline int vdt_begins_transport(const struct vdt_packet_core *core)
{
	return core->fragment == VDT_FRAGMENT_NONE || core->fragment == VDT_FRAGMENT_FIRST;
}

/* AH and the IPv6 extension headers, then the transport. `length`: bytes behind the IP header. */
static __always_inline void vdt_parse_extensions(const __u8 *data, const __u8 *end, __u32 offset, __u32 length,
						 struct vdt_packet *packet)
{
	struct vdt_packet_core *core = &packet->core;
	__u8 next = core->key.protocol;

	for (int walked = 0; walked <= VDT_EXTENSIONS_WALKED; walked++) {
		const __u8 *at;
		__u32 size;

		core->key.protocol = next;
		if (next == VDT_IP_NO_NEXT) {
			core->payload_offset = offset;
			return;
		}
		if (next != VDT_IP_HOP_BY_HOP && next != VDT_IP_ROUTING && next != VDT_IP_FRAGMENT &&
		    next != VDT_IP_DESTINATION_OPTIONS && next != VDT_IP_AH && next != VDT_IP_MOBILITY &&
		    next != VDT_IP_HIP && next != VDT_IP_SHIM6) {
			vdt_parse_transport(data, end, offset, length, packet);
			return;
		}
		if (walked == VDT_EXTENSIONS_WALKED)
			break;
		at = vdt_at(data, end, offset, 8);
		if (!at) {
			core->malformed = VDT_MALFORMED_IP_EXTENSION_TRUNCATED;
			return;
		}
		if (next == VDT_IP_FRAGMENT) {
			__u16 field = vdt_load16(at + 2);

			vdt_set_fragment(core, vdt_load32(at + 4), field & 0xfff8, field & 1);
			size = 8;
		} else if (next == VDT_IP_AH) {
			core->spi = vdt_load32(at + 4);
			core->facts |= VDT_FACT_SPI;
			size = ((__u32)at[1] + 2) * 4;
		} else {
			size = ((__u32)at[1] + 1) * 8;
		}
		next = at[0];
		if (size > length) {
			core->malformed = VDT_MALFORMED_IP_EXTENSION_TRUNCATED;
			return;
		}
		offset += size;
		length -= size;
		if (!vdt_begins_transport(core)) {
			core->key.protocol = next;
			core->payload_offset = offset;
			core->payload_length = length;
			return;
		}
	}
	core->malformed = VDT_MALFORMED_IP_EXTENSIONS_TOO_MANY;
}

static __always_inline void vdt_parse_ipv4(const __u8 *data, const __u8 *end, __u32 offset,
					   struct vdt_packet *packet)
{
	struct vdt_packet_core *core = &packet->core;
	const __u8 *header = vdt_at(data, end, offset, 20);
	__u32 size, total, field, room;

	if (!header) {
		core->malformed = VDT_MALFORMED_IP_TRUNCATED;
		return;
	}
	if (header[0] >> 4 != 4) {
		core->malformed = VDT_MALFORMED_IP_VERSION;
		return;
	}
	vdt_copy_ipv4(&core->key.src, header + 12);
	vdt_copy_ipv4(&core->key.dst, header + 16);
	core->key.ip_version = 4;
	core->key.protocol = header[9];
	core->ttl = header[8];
	core->tos = header[1];
	core->network_offset = offset;
	core->facts |= VDT_FACT_IP;
	size = (__u32)(header[0] & 15) * 4;
	total = vdt_load16(header + 2);
	room = core->length > offset ? core->length - offset : 0;
	if (total == 0)
		total = room; /* segmentation left to the device */
	if (size < 20 || size > total) {
		core->malformed = VDT_MALFORMED_IP_HEADER_LENGTH;
		return;
	}
	if (total > room)
		core->malformed = VDT_MALFORMED_IP_LENGTH;
	field = vdt_load16(header + 6);
	vdt_set_fragment(core, vdt_load16(header + 4), (field & 0x1fff) * 8, field & 0x2000);
	if (!vdt_begins_transport(core)) {
		core->payload_offset = offset + size;
		core->payload_length = total - size;
		return;
	}
	if (core->key.protocol == VDT_IP_AH)
		vdt_parse_extensions(data, end, offset + size, total - size, packet);
	else
		vdt_parse_transport(data, end, offset + size, total - size, packet);
}

static __always_inline void vdt_parse_ipv6(const __u8 *data, const __u8 *end, __u32 offset,
					   struct vdt_packet *packet)
{
	struct vdt_packet_core *core = &packet->core;
	const __u8 *header = vdt_at(data, end, offset, 40);
	__u32 length, room;

	if (!header) {
		core->malformed = VDT_MALFORMED_IP_TRUNCATED;
		return;
	}
	if (header[0] >> 4 != 6) {
		core->malformed = VDT_MALFORMED_IP_VERSION;
		return;
	}
	vdt_copy_ipv6(&core->key.src, header + 8);
	vdt_copy_ipv6(&core->key.dst, header + 24);
	core->key.ip_version = 6;
	core->key.protocol = header[6];
	core->ttl = header[7];
	core->tos = (__u8)(vdt_load16(header) >> 4);
	core->network_offset = offset;
	core->facts |= VDT_FACT_IP;
	length = vdt_load16(header + 4);
	room = core->length > offset + 40 ? core->length - offset - 40 : 0;
	if (length == 0)
		length = room; /* jumbogram (RFC 2675), or segmentation left to the device */
	if (length > room)
		core->malformed = VDT_MALFORMED_IP_LENGTH;
	vdt_parse_extensions(data, end, offset + 40, length, packet);
}

/* IPv4 over Ethernet; sender and target stand in key.src and key.dst. */
static __always_inline void vdt_parse_arp(const __u8 *data, const __u8 *end, __u32 offset,
					  struct vdt_packet_core *core)
{
	const __u8 *at = vdt_at(data, end, offset, 28);

	core->network_offset = offset;
	if (!at) {
		core->malformed = VDT_MALFORMED_ARP_TRUNCATED;
		return;
	}
	if (vdt_load16(at + 2) != VDT_ETHER_IPV4 || at[4] != 6 || at[5] != 4)
		return;
	vdt_copy_ipv4(&core->key.src, at + 14);
	vdt_copy_ipv4(&core->key.dst, at + 24);
	core->facts |= VDT_FACT_ARP;
}

/* The header that core.ether_type announces at `offset`. Not inlined in BPF: a frame runs through it
 * once, a tunnel twice. */
#ifdef __bpf__
static __attribute__((noinline))
#else
static inline
#endif
int vdt_parse_network(const __u8 *data, const __u8 *end, __u32 offset, struct vdt_packet *packet)
{
	struct vdt_packet_core *core = &packet->core;

	if (core->ether_type == VDT_ETHER_IPV4)
		vdt_parse_ipv4(data, end, offset, packet);
	else if (core->ether_type == VDT_ETHER_IPV6)
		vdt_parse_ipv6(data, end, offset, packet);
	else if (core->ether_type == VDT_ETHER_ARP)
		vdt_parse_arp(data, end, offset, core);
	return core->malformed;
}

#endif
