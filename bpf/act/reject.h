/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The answer to a packet that a rule rejects: a TCP segment with RST, or ICMP's "destination unreachable".
 *
 * Nothing is sent in answer to what RFC 1812 §4.3.2.7 and RFC 4443 §2.4 (e) except: resets and ICMP errors, groups
 * and broadcasts of the link or of IP, sources that are nobody's, headers whose checksum is wrong; nor to fragments
 * and to what came in a tunnel. Each CPU sends so many answers a second and no more, as a flood's sources may be
 * forged.
 */
#ifndef VEDETTE_ACT_REJECT_H
#define VEDETTE_ACT_REJECT_H

#include "abi/rules.h"
#include "answer/tcp_checksum.h"
#include "tell/frame_source.h"

/* Linux sends as many ICMP messages (net.ipv4.icmp_msgs_per_sec); a CPU each, as no number is shared. */
#define VDT_REJECTS_A_SECOND 1000
#define VDT_REJECT_BURST 250

/* A generic cell rate (ITU-T I.371): when all that was sent will be earned. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} reject_until SEC(".maps");

static __always_inline int vdt_may_reject_now(void)
{
	const __u64 share = 1000000000ULL / VDT_REJECTS_A_SECOND;
	__u64 now = bpf_ktime_get_ns(), *until;
	__u32 only = 0;

	until = bpf_map_lookup_elem(&reject_until, &only);
	if (!until)
		return 0;
	if (*until < now)
		*until = now;
	if (*until - now > (VDT_REJECT_BURST - 1) * share)
		return 0;
	*until += share;
	return 1;
}

/* Of the packet that is answered, ICMP quotes so much (RFC 792 asks for the header and 8 bytes). An even number. */
#define VDT_QUOTE_MAX (VDT_ANSWER_FRAME - VDT_ANSWER_IP - 48)
#define VDT_ICMP_HEADER 8
#define VDT_IP_HEADERS_MAX 120 /* of what is answered; with more, a checksum left to a device isn't seen */

static __always_inline int vdt_is_icmp_error(const struct vdt_packet_core *core)
{
	/* RFC 792; RFC 4443 §2.1, and RFC 4861's redirect. */
	const __u32 errors = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 11 | 1 << 12;

	if (core->key.protocol == VDT_IP_ICMPV6)
		return !(core->facts & VDT_FACT_ICMP) || core->icmp_type < 128 || core->icmp_type == 137;
	if (core->key.protocol == VDT_IP_ICMP)
		return !(core->facts & VDT_FACT_ICMP) || (core->icmp_type < 32 && (errors >> core->icmp_type & 1));
	return 0;
}

static __always_inline int vdt_are_answerable(const struct vdt_flow_key *key)
{
	const __u8 *src = key->src.bytes, *dst = key->dst.bytes;

	if (key->ip_version == 4)
		return src[0] != 0 && src[0] != 127 && src[0] < 224 && dst[0] < 224;
	/* ::/64 has the unspecified and the loopback address. */
	return src[0] != 0xff && dst[0] != 0xff && key->src.halves[0] != 0;
}

static __always_inline int vdt_is_answerable(const struct vdt_packet_core *core)
{
	return !(core->facts & VDT_FACT_TUNNEL) && !core->fragment && !core->malformed && !core->mpls_count &&
	       !(core->tcp_flags & VDT_TCP_RST) && !vdt_is_icmp_error(core) && vdt_are_answerable(&core->key);
}

/* Whether the checksum in the header of the IPv4 packet at `quote` is right. `size`: that many bytes are there. */
static __always_inline int vdt_header_is_right(__u8 *quote, __u32 size)
{
	__u32 header = (quote[0] & 15) * 4;

	if (header < 20 || header > 60 || header > size)
		return 0;
	return vdt_folded(bpf_csum_diff(0, 0, (__be32 *)quote, header, 0)) == 0xffff;
}

/* Whether the checksum field of the TCP segment in `quote` holds but the pseudo header's sum. */
static __always_inline int vdt_is_left_to_device(const __u8 *quote, const struct vdt_packet_core *core)
{
	__u32 at = core->transport_offset - core->network_offset;
	__u32 size = core->payload_offset - core->transport_offset + core->payload_length;

	if (at > VDT_IP_HEADERS_MAX)
		return 0;
	return *(const __u16 *)(quote + at + 16) == vdt_pseudo_sum(&core->key, VDT_IP_TCP, size);
}

/* RFC 9293 §3.10.7.1. Returns the size from the IP header on. */
static __always_inline __u32 vdt_write_reset(__u8 *ip, const struct vdt_packet_core *core, const __u32 header,
					     int partial)
{
	__u8 *tcp = ip + header;
	__u32 acknowledged = core->tcp_seq + core->payload_length + !!(core->tcp_flags & VDT_TCP_SYN) +
			     !!(core->tcp_flags & VDT_TCP_FIN);
	int answers = core->tcp_flags & VDT_TCP_ACK;

	vdt_put16(tcp, core->key.dst_port);
	vdt_put16(tcp + 2, core->key.src_port);
	vdt_put32(tcp + 4, answers ? core->tcp_ack : 0);
	vdt_put32(tcp + 8, answers ? 0 : acknowledged);
	vdt_put16(tcp + 12, 0x5000 | (answers ? VDT_TCP_RST : VDT_TCP_RST | VDT_TCP_ACK));
	vdt_put16(tcp + 14, 0);
	vdt_put32(tcp + 16, 0);
	/* Behind it the frame may be padded. */
	vdt_put32(tcp + 20, 0);
	vdt_put16(tcp + 24, 0);
	vdt_write_checksum(tcp, 20, vdt_pseudo_sum(&core->key, VDT_IP_TCP, 20), partial);
	return vdt_write_ip(ip, &core->key, VDT_IP_TCP, 20) + 20;
}

/* Type and code, by enum vdt_reject (RFC 792, RFC 1812 §5.2.7.1, RFC 4443 §3.1). */
static __always_inline __u16 vdt_unreachable(__u32 by, int ipv4)
{
	if (by == VDT_REJECT_NO_ROUTE)
		return ipv4 ? 0x0300 : 0x0100;
	if (by == VDT_REJECT_HOST)
		return ipv4 ? 0x0301 : 0x0103;
	if (by == VDT_REJECT_PROHIBITED)
		return ipv4 ? 0x030d : 0x0101;
	return ipv4 ? 0x0303 : 0x0104;
}

/* `quoted` bytes stand behind the place of its header already. Returns the size from the IP header on. */
static __always_inline __u32 vdt_write_unreachable(__u8 *ip, const struct vdt_packet_core *core, const __u32 header,
						   __u32 quoted, __u32 by)
{
	const int ipv4 = header == 20;
	const __u8 protocol = ipv4 ? VDT_IP_ICMP : VDT_IP_ICMPV6;
	__u8 *icmp = ip + header;
	__u32 size, pseudo;

	if (quoted > VDT_QUOTE_MAX)
		quoted = VDT_QUOTE_MAX;
	*(__u16 *)(icmp + VDT_ICMP_HEADER + quoted) = 0; /* sums are of four bytes each */
	vdt_put16(icmp, vdt_unreachable(by, ipv4));
	vdt_put16(icmp + 2, 0);
	vdt_put32(icmp + 4, 0);
	size = VDT_ICMP_HEADER + quoted;
	pseudo = ipv4 ? 0 : vdt_pseudo_sum(&core->key, protocol, size);
	*(__u16 *)(icmp + 2) =
		~vdt_folded((__u64)pseudo + (__u32)bpf_csum_diff(0, 0, (__be32 *)icmp, (size + 2) & ~3U, 0));
	return vdt_write_ip(ip, &core->key, protocol, size) + size;
}

/* Bytes of the IP packet that begins at `quote`, as its header says; of `size` there. */
static __always_inline __u32 vdt_quotable(const __u8 *quote, __u32 size, const __u32 header)
{
	__u32 length = header == 20 ? (__u32)quote[2] << 8 | quote[3] : 40 + ((__u32)quote[4] << 8 | quote[5]);

	if (length > size)
		length = size;
	return length & ~1U;
}

/* Copies the packet's beginning to where ICMP quotes it; how many bytes. */
static __always_inline __u32 vdt_take_quote(const struct vdt_frame_source *source, struct vdt_work *here,
					    const __u32 header)
{
	__u8 *quote = here->answer + VDT_ANSWER_IP + header + VDT_ICMP_HEADER;
	__u32 link = here->packet.core.network_offset, size = source->length - source->tag_size;

	if (size < link + header)
		return 0;
	size = vdt_opaque(size - link);
	if (size > VDT_QUOTE_MAX)
		size = VDT_QUOTE_MAX;
	if (size < 20)
		return 0;
	if (source->skb ? bpf_skb_load_bytes(source->skb, link, quote, size)
			: vdt_copy_xdp(source->xdp, link, quote, size))
		return 0;
	return size;
}

/* Makes the answer in here->answer; its size from the IP header on, 0 where there is none to be. */
static __always_inline __u32 vdt_write_rejection(const struct vdt_frame_source *source, struct vdt_work *here,
						 const __u32 header)
{
	const struct vdt_packet_core *core = &here->packet.core;
	__u8 *ip = here->answer + VDT_ANSWER_IP, *quote = ip + header + VDT_ICMP_HEADER;
	__u32 by = here->act.value, quoted = vdt_take_quote(source, here, header);

	if (!quoted || (header == 20 && !vdt_header_is_right(quote, quoted)) || !vdt_may_reject_now())
		return 0;
	if (by == VDT_REJECT_USUAL && (core->facts & VDT_FACT_TCP))
		return vdt_write_reset(ip, core, header, vdt_is_left_to_device(quote, core));
	return vdt_write_unreachable(ip, core, header, vdt_quotable(quote, quoted, header), by);
}

/* A frame has no fewer bytes, without FCS (IEEE 802.3 §3.2.8). */
#define VDT_FRAME_MIN 60

/* The same with the link's header before it, and padded to a whole frame. */
static __always_inline __u32 vdt_make_rejection(const struct vdt_frame_source *source, struct vdt_work *here,
						const __u8 *data, const __u8 *end)
{
	const struct vdt_packet_core *core = &here->packet.core;
	__u32 link = core->network_offset, size;

	if (!vdt_is_answerable(core) || !vdt_write_link(here->answer, data, end, link) || (data[0] & 1))
		return 0;
	size = core->key.ip_version == 4 ? vdt_write_rejection(source, here, 20)
					 : vdt_write_rejection(source, here, 40);
	return size && link + size < VDT_FRAME_MIN ? VDT_FRAME_MIN - link : size;
}

#endif
