/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Transport headers: TCP (RFC 9293), UDP (RFC 768), UDP-Lite (RFC 3828), SCTP (RFC 9260), DCCP
 * (RFC 4340), ICMP (RFC 792) and ICMPv6 (RFC 4443) with the packet that an error quotes, ESP (RFC 4303).
 *
 * `length` is what the IP header says lies behind it, in bytes; the frame may hold less (snapped).
 */
#ifndef VEDETTE_PARSE_TRANSPORT_H
#define VEDETTE_PARSE_TRANSPORT_H

#include "parse/cursor.h"
#include "parse/protocols.h"

static __always_inline int vdt_has_ports(__u8 protocol)
{
	return protocol == VDT_IP_TCP || protocol == VDT_IP_UDP || protocol == VDT_IP_SCTP ||
	       protocol == VDT_IP_DCCP || protocol == VDT_IP_UDPLITE;
}

/* `header` is at most `length`. */
static __always_inline void vdt_set_payload(struct vdt_packet_core *core, __u32 offset, __u32 header, __u32 length)
{
	core->payload_offset = (__u16)(offset + header);
	core->payload_length = length - header;
}

#define VDT_TCP_OPTIONS_WALKED 24 /* a SYN carries five or six, padded with single bytes */

static __always_inline void vdt_parse_tcp_options(const __u8 *data, const __u8 *end, __u32 offset, __u32 size,
						  struct vdt_packet *packet)
{
	struct vdt_tcp_options *options = &packet->tcp_options;
	struct vdt_packet_core *core = &packet->core;
	__u32 stop = vdt_forget(core, offset + size);

	__builtin_memset(options, 0, sizeof(*options));
	VDT_ROLLED
	for (int walked = 0; walked < VDT_TCP_OPTIONS_WALKED && offset < stop; walked++) {
		const __u8 *at;
		__u32 length;

		offset = vdt_forget(core, offset);
		at = vdt_at(data, end, offset, 1);
		if (!at || at[0] == 0)
			break;
		if (at[0] == 1) {
			offset++;
			continue;
		}
		at = vdt_at(data, end, offset, 2);
		if (!at)
			break;
		length = at[1];
		if (length < 2 || offset + length > stop) {
			core->malformed = VDT_MALFORMED_TCP_OPTIONS;
			break;
		}
		if (at[0] == 2 && length == 4) {
			at = vdt_at(data, end, offset, 4);
			if (!at)
				break;
			options->mss = vdt_load16(at + 2);
			options->seen |= 1;
		} else if (at[0] == 3 && length == 3) {
			at = vdt_at(data, end, offset, 3);
			if (!at)
				break;
			options->window_scale = at[2];
			options->seen |= 2;
		} else if (at[0] == 4 && length == 2) {
			options->seen |= 4;
		} else if (at[0] == 8 && length == 10) {
			at = vdt_at(data, end, offset, 10);
			if (!at)
				break;
			options->timestamp = vdt_load32(at + 2);
			options->timestamp_echo = vdt_load32(at + 6);
			options->seen |= 8;
		}
		offset += length;
	}
	core->facts |= VDT_FACT_TCP_OPTIONS;
}

static __always_inline void vdt_parse_tcp(const __u8 *data, const __u8 *end, __u32 offset, __u32 length,
					  struct vdt_packet *packet)
{
	struct vdt_packet_core *core = &packet->core;
	const __u8 *header = vdt_at(data, end, offset, 20);
	__u32 size;

	if (!header || length < 20) {
		core->malformed = VDT_MALFORMED_TRANSPORT_TRUNCATED;
		return;
	}
	core->facts |= VDT_FACT_TCP;
	core->tcp_seq = vdt_load32(header + 4);
	core->tcp_ack = vdt_load32(header + 8);
	core->tcp_flags = header[13];
	core->tcp_window = vdt_load16(header + 14);
	size = (__u32)(header[12] >> 4) * 4;
	if (size < 20 || size > length) {
		core->malformed = VDT_MALFORMED_TCP_HEADER_LENGTH;
		return;
	}
	vdt_set_payload(core, offset, size, length);
	if ((core->tcp_flags & VDT_TCP_SYN) && size > 20)
		vdt_parse_tcp_options(data, end, offset + 20, size - 20, packet);
}

static __always_inline void vdt_parse_udp(const __u8 *data, const __u8 *end, __u32 offset, __u32 length,
					  struct vdt_packet_core *core)
{
	const __u8 *header = vdt_at(data, end, offset, 8);
	__u32 told;

	if (!header || length < 8) {
		core->malformed = VDT_MALFORMED_TRANSPORT_TRUNCATED;
		return;
	}
	vdt_set_payload(core, offset, 8, length);
	if (core->key.protocol == VDT_IP_UDPLITE)
		return; /* the field is the checksum's coverage */
	told = vdt_load16(header + 4);
	if (told == 0)
		return; /* jumbogram (RFC 2675), or segmentation left to the device */
	if (told < 8 || (told > length && !core->fragment))
		core->malformed = VDT_MALFORMED_UDP_LENGTH;
	else if (told <= length)
		core->payload_length = told - 8;
}

/* The quoted packet's addresses, protocol and, where it is quoted that far, ports. */
static __always_inline void vdt_parse_quoted(const __u8 *data, const __u8 *end, __u32 offset,
					     struct vdt_packet *packet)
{
	struct vdt_quoted *quoted = &packet->quoted;
	const __u8 *at = vdt_at(data, end, offset, 20);
	int first_fragment = 1;

	if (!at)
		return;
	if (at[0] >> 4 == 4) {
		__u32 size = (__u32)(at[0] & 15) * 4;

		if (size < 20)
			return;
		vdt_copy_ipv4(&quoted->src, at + 12);
		vdt_copy_ipv4(&quoted->dst, at + 16);
		quoted->protocol = at[9];
		quoted->ip_version = 4;
		first_fragment = (vdt_load16(at + 6) & 0x1fff) == 0;
		offset += size;
	} else if (at[0] >> 4 == 6) {
		at = vdt_at(data, end, offset, 40);
		if (!at)
			return;
		vdt_copy_ipv6(&quoted->src, at + 8);
		vdt_copy_ipv6(&quoted->dst, at + 24);
		quoted->protocol = at[6];
		quoted->ip_version = 6;
		offset += 40;
	} else {
		return;
	}
	quoted->src_port = 0;
	quoted->dst_port = 0;
	quoted->zero[0] = 0;
	quoted->zero[1] = 0;
	packet->core.facts |= VDT_FACT_QUOTED;
	if (!first_fragment || !vdt_has_ports(quoted->protocol))
		return;
	at = vdt_at(data, end, offset, 4);
	if (!at)
		return;
	quoted->src_port = vdt_load16(at);
	quoted->dst_port = vdt_load16(at + 2);
}

static __always_inline int vdt_icmp_quotes(__u8 protocol, __u8 type)
{
	if (protocol == VDT_IP_ICMPV6)
		return type >= 1 && type <= 4;
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static __always_inline void vdt_parse_icmp(const __u8 *data, const __u8 *end, __u32 offset, __u32 length,
					   struct vdt_packet *packet)
{
	struct vdt_packet_core *core = &packet->core;
	const __u8 *header = vdt_at(data, end, offset, 4);

	if (!header || length < 4) {
		core->malformed = VDT_MALFORMED_ICMP_TRUNCATED;
		return;
	}
	core->icmp_type = header[0];
	core->icmp_code = header[1];
	core->facts |= VDT_FACT_ICMP;
	vdt_set_payload(core, offset, 8, length < 8 ? 8 : length);
	if (vdt_icmp_quotes(core->key.protocol, core->icmp_type))
		vdt_parse_quoted(data, end, offset + 8, packet);
}

/* The five protocols that begin with their ports, which are known even where the rest is cut off. */
static __always_inline void vdt_parse_ports(const __u8 *data, const __u8 *end, __u32 offset, __u32 length,
					    struct vdt_packet *packet)
{
	struct vdt_packet_core *core = &packet->core;
	const __u8 *at = vdt_at(data, end, offset, 4);
	__u8 protocol = core->key.protocol;

	if (!at || length < 4) {
		core->malformed = VDT_MALFORMED_TRANSPORT_TRUNCATED;
		return;
	}
	core->key.src_port = vdt_load16(at);
	core->key.dst_port = vdt_load16(at + 2);
	core->facts |= VDT_FACT_PORTS;
	if (protocol == VDT_IP_TCP)
		vdt_parse_tcp(data, end, offset, length, packet);
	else if (protocol == VDT_IP_UDP || protocol == VDT_IP_UDPLITE)
		vdt_parse_udp(data, end, offset, length, core);
	else if (!vdt_at(data, end, offset, 12))
		core->malformed = VDT_MALFORMED_TRANSPORT_TRUNCATED;
	else
		vdt_set_payload(core, offset, 12, length < 12 ? 12 : length);
}

static __always_inline void vdt_parse_esp(const __u8 *data, const __u8 *end, __u32 offset, __u32 length,
					  struct vdt_packet_core *core)
{
	const __u8 *at = vdt_at(data, end, offset, 4);

	if (!at || length < 4) {
		core->malformed = VDT_MALFORMED_TRANSPORT_TRUNCATED;
		return;
	}
	core->spi = vdt_load32(at);
	core->facts |= VDT_FACT_SPI;
}

/* What begins at core.payload_offset and is core.payload_length long. */
static __always_inline void vdt_parse_transport(const __u8 *data, const __u8 *end, struct vdt_packet *packet)
{
	struct vdt_packet_core *core = &packet->core;
	__u8 protocol = core->key.protocol;
	__u32 offset = vdt_forget(core, core->payload_offset);
	__u32 length = core->payload_length;

	core->transport_offset = (__u16)offset;
	if (vdt_has_ports(protocol))
		vdt_parse_ports(data, end, offset, length, packet);
	else if (protocol == VDT_IP_ICMP || protocol == VDT_IP_ICMPV6)
		vdt_parse_icmp(data, end, offset, length, packet);
	else if (protocol == VDT_IP_ESP)
		vdt_parse_esp(data, end, offset, length, core);
}

#endif
