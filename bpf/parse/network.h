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
	core->fragment_offset = (__u16)offset;
	core->facts |= VDT_FACT_FRAGMENT;
}

/* True where the bytes at hand begin a transport header; else they continue another fragment's. */
static __always_inline int vdt_begins_transport(const struct vdt_packet_core *core)
{
	return core->fragment == VDT_FRAGMENT_NONE || core->fragment == VDT_FRAGMENT_FIRST;
}

/* Of the numbers below 64, those that are extension headers. */
#define VDT_LOW_EXTENSIONS                                                                                         \
	(1ULL << VDT_IP_HOP_BY_HOP | 1ULL << VDT_IP_ROUTING | 1ULL << VDT_IP_FRAGMENT | 1ULL << VDT_IP_AH |        \
	 1ULL << VDT_IP_DESTINATION_OPTIONS)

static __always_inline int vdt_is_extension(__u8 protocol)
{
	if (protocol < 64)
		return (VDT_LOW_EXTENSIONS >> protocol) & 1;
	return protocol == VDT_IP_MOBILITY || protocol == VDT_IP_HIP || protocol == VDT_IP_SHIM6;
}

/* One extension header at core.payload_offset; 0 where it could not be passed. */
static __always_inline int vdt_pass_extension(const __u8 *data, const __u8 *end, struct vdt_packet *packet)
{
	struct vdt_packet_core *core = &packet->core;
	__u8 protocol = core->key.protocol;
	__u32 offset = vdt_forget(core, core->payload_offset);
	const __u8 *at = vdt_at(data, end, offset, 8);
	__u32 size;

	if (!at) {
		core->malformed = VDT_MALFORMED_IP_EXTENSION_TRUNCATED;
		return 0;
	}
	if (protocol == VDT_IP_FRAGMENT) {
		__u16 field = vdt_load16(at + 2);

		vdt_set_fragment(core, vdt_load32(at + 4), field & 0xfff8, field & 1);
		size = 8;
	} else if (protocol == VDT_IP_AH) {
		core->spi = vdt_load32(at + 4);
		core->facts |= VDT_FACT_SPI;
		size = ((__u32)at[1] + 2) * 4;
	} else {
		size = ((__u32)at[1] + 1) * 8;
	}
	if (size > core->payload_length) {
		core->malformed = VDT_MALFORMED_IP_EXTENSION_TRUNCATED;
		return 0;
	}
	core->key.protocol = at[0];
	core->payload_offset = (__u16)(offset + size);
	core->payload_length -= size;
	return 1;
}

/* AH and the IPv6 extension headers; 1 where a transport header follows. */
static __always_inline int vdt_pass_extensions(const __u8 *data, const __u8 *end, struct vdt_packet *packet)
{
	struct vdt_packet_core *core = &packet->core;

	VDT_ROLLED
	for (int walked = 0; walked < VDT_EXTENSIONS_WALKED; walked++) {
		if (!vdt_pass_extension(data, end, packet) || !vdt_begins_transport(core))
			return 0;
		if (!vdt_is_extension(core->key.protocol))
			return core->key.protocol != VDT_IP_NO_NEXT;
	}
	core->malformed = VDT_MALFORMED_IP_EXTENSIONS_TOO_MANY;
	return 0;
}

/* What `length` reaches beyond `offset`, or 0; both below 2^31. Without a branch: compilers make more of one. */
static __always_inline __u32 vdt_beyond(__u32 length, __u32 offset)
{
	__s32 room = length - offset;

	return room & ~(room >> 31);
}

/* The fixed header and options; 1 where what follows begins at core.payload_offset. */
static __always_inline int vdt_parse_ipv4(const __u8 *data, const __u8 *end, __u32 offset,
					  struct vdt_packet_core *core)
{
	const __u8 *header = vdt_at(data, end, offset, 20);
	__u32 size, total, field, room;

	if (!header) {
		core->malformed = VDT_MALFORMED_IP_TRUNCATED;
		return 0;
	}
	if (header[0] >> 4 != 4) {
		core->malformed = VDT_MALFORMED_IP_VERSION;
		return 0;
	}
	vdt_copy_ipv4(&core->key.src, header + 12);
	vdt_copy_ipv4(&core->key.dst, header + 16);
	core->key.ip_version = 4;
	core->key.protocol = header[9];
	core->ttl = header[8];
	core->tos = header[1];
	core->network_offset = (__u16)offset;
	core->facts |= VDT_FACT_IP;
	size = (__u32)(header[0] & 15) * 4;
	total = vdt_load16(header + 2);
	room = vdt_beyond(core->length, offset);
	if (total == 0)
		total = room; /* segmentation left to the device */
	if (size < 20 || size > total) {
		core->malformed = VDT_MALFORMED_IP_HEADER_LENGTH;
		return 0;
	}
	if (total > room)
		core->malformed = VDT_MALFORMED_IP_LENGTH;
	field = vdt_load16(header + 6);
	if (field & 0x3fff)
		vdt_set_fragment(core, vdt_load16(header + 4), (field & 0x1fff) * 8, field & 0x2000);
	core->payload_offset = (__u16)(offset + size);
	core->payload_length = total - size;
	return vdt_begins_transport(core);
}

static __always_inline int vdt_parse_ipv6(const __u8 *data, const __u8 *end, __u32 offset,
					  struct vdt_packet_core *core)
{
	const __u8 *header = vdt_at(data, end, offset, 40);
	__u32 length, room;

	if (!header) {
		core->malformed = VDT_MALFORMED_IP_TRUNCATED;
		return 0;
	}
	if (header[0] >> 4 != 6) {
		core->malformed = VDT_MALFORMED_IP_VERSION;
		return 0;
	}
	vdt_copy_ipv6(&core->key.src, header + 8);
	vdt_copy_ipv6(&core->key.dst, header + 24);
	core->key.ip_version = 6;
	core->key.protocol = header[6];
	core->ttl = header[7];
	core->tos = (__u8)(vdt_load16(header) >> 4);
	core->network_offset = (__u16)offset;
	core->facts |= VDT_FACT_IP;
	length = vdt_load16(header + 4);
	room = vdt_beyond(core->length, offset + 40);
	if (length == 0)
		length = room; /* jumbogram (RFC 2675), or segmentation left to the device */
	if (length > room)
		core->malformed = VDT_MALFORMED_IP_LENGTH;
	core->payload_offset = (__u16)(offset + 40);
	core->payload_length = length;
	return core->key.protocol != VDT_IP_NO_NEXT;
}

/* IPv4 over Ethernet; sender and target stand in key.src and key.dst. */
static __always_inline void vdt_parse_arp(const __u8 *data, const __u8 *end, __u32 offset,
					  struct vdt_packet_core *core)
{
	const __u8 *at = vdt_at(data, end, offset, 28);

	core->network_offset = (__u16)offset;
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

/* The header that core.ether_type announces at `offset`, and all behind it. */
static __always_inline void vdt_parse_network(const __u8 *data, const __u8 *end, __u32 offset,
					      struct vdt_packet *packet)
{
	struct vdt_packet_core *core = &packet->core;
	int goes_on = 0;

	if (core->ether_type == VDT_ETHER_IPV4)
		goes_on = vdt_parse_ipv4(data, end, offset, core);
	else if (core->ether_type == VDT_ETHER_IPV6)
		goes_on = vdt_parse_ipv6(data, end, offset, core);
	else if (core->ether_type == VDT_ETHER_ARP)
		vdt_parse_arp(data, end, offset, core);
	if (goes_on && vdt_is_extension(core->key.protocol))
		goes_on = vdt_pass_extensions(data, end, packet);
	if (goes_on)
		vdt_parse_transport(data, end, packet);
}

#endif
