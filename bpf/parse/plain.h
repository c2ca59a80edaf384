/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The short way through the frames that most are: Ethernet, IPv4 without options or IPv6 without extension
 * headers, TCP or UDP, no fragment, no tunnel, nothing malformed. It says the same as the walk from header to
 * header (parse/frame.h), which is there for all other frames.
 *
 * vdt_read_plain() reads only what counting a packet in its flow takes. Where `kind` is a constant, and the
 * function inlined, all of that stays in registers.
 */
#ifndef VEDETTE_PARSE_PLAIN_H
#define VEDETTE_PARSE_PLAIN_H

#include "parse/cursor.h"
#include "parse/protocols.h"

/* IP version and protocol, as they stand in the upper half of a key's word 5. */
enum vdt_plain_kind {
	VDT_PLAIN_NONE = 0,
	VDT_PLAIN_TCP4 = 4 << 8 | VDT_IP_TCP,
	VDT_PLAIN_UDP4 = 4 << 8 | VDT_IP_UDP,
	VDT_PLAIN_TCP6 = 6 << 8 | VDT_IP_TCP,
	VDT_PLAIN_UDP6 = 6 << 8 | VDT_IP_UDP,
};

struct vdt_plain {
	__u64 words[VDT_FLOW_KEY_WORDS]; /* struct vdt_flow_key; its ifindex and direction are 0 */
	__u32 payload_offset;		 /* this and what follows: as in struct vdt_packet_core */
	__u32 payload_length;
	__u32 tcp_seq; /* 0 in UDP; this and the next three */
	__u32 tcp_ack;
	__u16 tcp_window;
	__u8 tcp_flags;
};

static __always_inline int vdt_plain_is_ipv4(enum vdt_plain_kind kind)
{
	return kind >> 8 == 4;
}

static __always_inline int vdt_plain_is_tcp(enum vdt_plain_kind kind)
{
	return (kind & 0xff) == VDT_IP_TCP;
}

/* Bytes from the frame's start. */
static __always_inline __u32 vdt_plain_transport(enum vdt_plain_kind kind)
{
	return 14 + (vdt_plain_is_ipv4(kind) ? 20 : 40);
}

/* Words of an IPv4 frame as they stand on the wire: EtherType, version and header's length, TOS; and flags and
 * fragment's offset, TTL, protocol. What isn't asked of them is masked out. */
#define VDT_PLAIN_IPV4 0x00450008
#define VDT_PLAIN_IPV4_MASK 0x00ffffff
#define VDT_PLAIN_WHOLE_MASK 0xff00ff3f /* neither an offset nor more fragments */
#define VDT_PLAIN_PROTOCOL 24		/* bit at which it begins */

static __always_inline enum vdt_plain_kind vdt_plain_ipv4_kind(const __u8 *data)
{
	__u32 whole = vdt_wire32(data + 20) & VDT_PLAIN_WHOLE_MASK;

	if (__builtin_expect(whole == (__u32)VDT_IP_TCP << VDT_PLAIN_PROTOCOL, 1))
		return VDT_PLAIN_TCP4;
	return whole == (__u32)VDT_IP_UDP << VDT_PLAIN_PROTOCOL ? VDT_PLAIN_UDP4 : VDT_PLAIN_NONE;
}

static __always_inline int vdt_is_plain_ipv4(const __u8 *data)
{
	return (vdt_wire32(data + 12) & VDT_PLAIN_IPV4_MASK) == VDT_PLAIN_IPV4;
}

/* Which kind the frame is, if it is plain. What is shorter than TCP over IPv4 can be one kind alone: asked apart,
 * so that all others' bounds are asked once. */
static __always_inline enum vdt_plain_kind vdt_plain_kind(const __u8 *data, const __u8 *end)
{
	if (__builtin_expect(!vdt_holds(data, end, 14 + 20 + 20), 0)) {
		if (vdt_holds(data, end, 14 + 20 + 8) && vdt_is_plain_ipv4(data) &&
		    vdt_plain_ipv4_kind(data) == VDT_PLAIN_UDP4)
			return VDT_PLAIN_UDP4;
		return VDT_PLAIN_NONE;
	}
	if (__builtin_expect(vdt_is_plain_ipv4(data), 1))
		return vdt_plain_ipv4_kind(data);
	if (vdt_load16(data + 12) == VDT_ETHER_IPV6 && data[14] >> 4 == 6) {
		if (data[14 + 6] == VDT_IP_TCP)
			return VDT_PLAIN_TCP6;
		if (data[14 + 6] == VDT_IP_UDP)
			return VDT_PLAIN_UDP6;
	}
	return VDT_PLAIN_NONE;
}

/* Keeps the compiler from keeping what a number is made of, which is more than the number, until it is asked for.
 */
#ifdef __bpf__
#define vdt_compute_now(number) asm volatile("" : "+r"(number))
#else
#define vdt_compute_now(number)
#endif

/* `kind` is the frame's. False where it isn't plain after all. Arguments as vdt_parse_frame() has them. */
static __always_inline int vdt_read_plain(const __u8 *data, const __u8 *end, __u32 length, enum vdt_plain_kind kind,
					  struct vdt_plain *plain)
{
	__u32 network_size = vdt_plain_transport(kind) - 14, size = vdt_plain_is_tcp(kind) ? 20 : 8, told;
	const __u8 *network = data + 14, *transport = network + network_size;

	if (!vdt_holds(data, end, 14 + network_size + size))
		return 0;
	/* The packet's length with its network header. Where it is left to the device, or for jumbograms, it is too
	 * small for the transport header below. */
	if (vdt_plain_is_ipv4(kind)) {
		told = vdt_load16(network + 2);
		plain->words[0] = vdt_wire32(network + 12);
		plain->words[1] = 0;
		plain->words[2] = vdt_wire32(network + 16);
		plain->words[3] = 0;
	} else {
		told = vdt_load16(network + 4) + network_size;
		plain->words[0] = vdt_wire64(network + 8);
		plain->words[1] = vdt_wire64(network + 16);
		plain->words[2] = vdt_wire64(network + 24);
		plain->words[3] = vdt_wire64(network + 32);
	}
	plain->words[4] = vdt_load16(transport) | (__u64)vdt_load16(transport + 2) << 16;
	vdt_compute_now(plain->words[4]);
	plain->words[5] = (__u64)kind << 32;
	plain->words[6] = 0;
	if (vdt_plain_is_tcp(kind)) {
		__u32 flags = vdt_wire32(transport + 12); /* the header's size before them, the window behind */

		size = (flags & 0xf0) >> 2;
		if (size < 20 || network_size + size > told)
			return 0;
		plain->payload_length = told - network_size - size;
		vdt_compute_now(plain->payload_length);
		plain->tcp_seq = vdt_load32(transport + 4);
		vdt_compute_now(plain->tcp_seq);
		plain->tcp_ack = vdt_load32(transport + 8);
		plain->tcp_flags = (__u8)(flags >> 8);
		plain->tcp_window = __builtin_bswap16((__u16)(flags >> 16));
	} else {
		__u32 datagram = vdt_load16(transport + 4);

		if (datagram < 8 || network_size + datagram > told ||
		    vdt_are_tunnel_ports(vdt_load16(transport), vdt_load16(transport + 2)))
			return 0;
		plain->payload_length = datagram - 8;
		plain->tcp_seq = 0;
		plain->tcp_ack = 0;
		plain->tcp_flags = 0;
		plain->tcp_window = 0;
	}
	plain->payload_offset = 14 + network_size + size;
	return told + 14 <= length;
}

/* The whole of vdt_parse_frame()'s core; false where the frame isn't plain, or a SYN with options, which have a
 * block of their own. */
static __always_inline int vdt_parse_plain(const __u8 *data, const __u8 *end, __u32 length,
					   struct vdt_packet_core *core)
{
	enum vdt_plain_kind kind = vdt_plain_kind(data, end);
	struct vdt_plain plain;

	if (kind == VDT_PLAIN_NONE || !vdt_read_plain(data, end, length, kind, &plain))
		return 0;
	if ((plain.tcp_flags & VDT_TCP_SYN) && plain.payload_offset != vdt_plain_transport(kind) + 20)
		return 0;
	vdt_begin(core, length);
	__builtin_memcpy(&core->key, plain.words, sizeof(core->key));
	core->facts = VDT_FACT_MAC | VDT_FACT_IP | VDT_FACT_PORTS;
	core->payload_length = plain.payload_length;
	core->ether_type = vdt_load16(data + 12);
	core->network_offset = 14;
	core->transport_offset = (__u16)vdt_plain_transport(kind);
	core->payload_offset = (__u16)plain.payload_offset;
	vdt_copy_mac(core->dst_mac, data);
	vdt_copy_mac(core->src_mac, data + 6);
	if (vdt_plain_is_ipv4(kind)) {
		core->ttl = data[14 + 8];
		core->tos = data[14 + 1];
	} else {
		core->ttl = data[14 + 7];
		core->tos = (__u8)(vdt_load16(data + 14) >> 4);
	}
	if (!vdt_plain_is_tcp(kind))
		return 1;
	core->facts |= VDT_FACT_TCP;
	core->tcp_seq = plain.tcp_seq;
	core->tcp_ack = plain.tcp_ack;
	core->tcp_window = plain.tcp_window;
	core->tcp_flags = plain.tcp_flags;
	return 1;
}

#endif
