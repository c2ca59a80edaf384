/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a frame's first byte to its network header: Ethernet II and 802.3/SNAP, 802.1Q/ad tags
 * (IEEE 802.1Q-2022), MPLS labels (RFC 3032), PPPoE sessions (RFC 2516).
 *
 * Each function takes the offset where its header begins and returns the offset behind it, with
 * core.ether_type set to what follows; 0 means that the walk ended and core.malformed may say why.
 */
#ifndef VEDETTE_PARSE_ETHERNET_H
#define VEDETTE_PARSE_ETHERNET_H

#include "parse/cursor.h"
#include "parse/protocols.h"

#define VDT_VLANS_WALKED 8   /* more tags than any standard stacks; a frame of tags alone ends here */
#define VDT_LABELS_WALKED 16 /* RFC 3032 sets no bound; carriers use up to five or six */

static __always_inline __u32 vdt_stop(struct vdt_packet_core *core, enum vdt_malformed reason)
{
	core->malformed = reason;
	return 0;
}

static __always_inline int vdt_is_vlan(__u16 ether_type)
{
	return ether_type == VDT_ETHER_VLAN || ether_type == VDT_ETHER_QINQ || ether_type == VDT_ETHER_QINQ_OLD;
}

static __always_inline void vdt_note_vlan(struct vdt_packet_core *core, __u16 id)
{
	if (core->vlan_count == 0)
		core->key.vlan[0] = id;
	else if (core->vlan_count == 1)
		core->key.vlan[1] = id;
	core->vlan_count++;
}

static __always_inline __u32 vdt_parse_vlans(const __u8 *data, const __u8 *end, __u32 offset,
					     struct vdt_packet_core *core)
{
	VDT_ROLLED
	for (int walked = 0; walked < VDT_VLANS_WALKED; walked++) {
		const __u8 *tag;

		if (!vdt_is_vlan(core->ether_type))
			return offset;
		tag = vdt_at(data, end, offset, 4);
		if (!tag)
			return vdt_stop(core, VDT_MALFORMED_VLAN_TRUNCATED);
		vdt_note_vlan(core, vdt_load16(tag) & 0xfff);
		core->ether_type = vdt_load16(tag + 2);
		offset = vdt_forget(core, offset + 4);
	}
	if (vdt_is_vlan(core->ether_type))
		return vdt_stop(core, VDT_MALFORMED_VLAN_TOO_DEEP);
	return offset;
}

/* 802.3 with an LLC/SNAP header (RFC 1042) carries an EtherType of its own; other LLC is left as it is. */
static __always_inline __u32 vdt_parse_snap(const __u8 *data, const __u8 *end, __u32 offset,
					    struct vdt_packet_core *core)
{
	const __u8 *snap = vdt_at(data, end, offset, 8);

	if (!snap || vdt_load24(snap) != 0xaaaa03 || vdt_load24(snap + 3) != 0)
		return 0;
	core->ether_type = vdt_load16(snap + 6);
	return offset + 8;
}

static __always_inline __u32 vdt_parse_ethernet(const __u8 *data, const __u8 *end, __u32 offset,
						struct vdt_packet_core *core)
{
	const __u8 *header = vdt_at(data, end, offset, 14);

	if (!header)
		return vdt_stop(core, VDT_MALFORMED_LINK_TRUNCATED);
	vdt_copy_mac(core->dst_mac, header);
	vdt_copy_mac(core->src_mac, header + 6);
	core->facts |= VDT_FACT_MAC;
	core->ether_type = vdt_load16(header + 12);
	offset += 14;
	if (vdt_is_vlan(core->ether_type))
		offset = vdt_parse_vlans(data, end, offset, core);
	if (offset && core->ether_type <= VDT_ETHER_LENGTH_MAX)
		offset = vdt_parse_snap(data, end, offset, core);
	return offset;
}

/* What lies under the last label says its first nibble (RFC 4385 §3, RFC 4928): 4 and 6 are IP, else a
 * pseudowire, whose content no label tells. */
static __always_inline __u32 vdt_parse_mpls(const __u8 *data, const __u8 *end, __u32 offset,
					    struct vdt_packet_core *core)
{
	const __u8 *at;

	VDT_ROLLED
	for (int walked = 0; walked < VDT_LABELS_WALKED; walked++) {
		offset = vdt_forget(core, offset);
		at = vdt_at(data, end, offset, 4);
		if (!at)
			return vdt_stop(core, VDT_MALFORMED_MPLS_TRUNCATED);
		core->mpls_count++;
		offset += 4;
		if (at[2] & 1)
			goto bottom;
	}
	return vdt_stop(core, VDT_MALFORMED_MPLS_TOO_DEEP);
bottom:
	offset = vdt_forget(core, offset);
	at = vdt_at(data, end, offset, 1);
	if (!at)
		return vdt_stop(core, VDT_MALFORMED_MPLS_TRUNCATED);
	if (at[0] >> 4 == 4)
		core->ether_type = VDT_ETHER_IPV4;
	else if (at[0] >> 4 == 6)
		core->ether_type = VDT_ETHER_IPV6;
	else
		return 0;
	return offset;
}

/* A PPP protocol number, one byte where the sender compressed it (RFC 1661 §6.5). */
static __always_inline __u32 vdt_parse_ppp_protocol(const __u8 *data, const __u8 *end, __u32 offset,
						    struct vdt_packet_core *core)
{
	const __u8 *at;
	__u16 protocol;

	offset = vdt_forget(core, offset);
	at = vdt_at(data, end, offset, 2);
	if (!at)
		return vdt_stop(core, VDT_MALFORMED_PPPOE_TRUNCATED);
	if (at[0] & 1) {
		protocol = at[0];
		offset += 1;
	} else {
		protocol = vdt_load16(at);
		offset += 2;
	}
	if (protocol == VDT_PPP_IPV4)
		core->ether_type = VDT_ETHER_IPV4;
	else if (protocol == VDT_PPP_IPV6)
		core->ether_type = VDT_ETHER_IPV6;
	else if (protocol == VDT_PPP_MPLS)
		core->ether_type = VDT_ETHER_MPLS;
	else
		return 0;
	return offset;
}

static __always_inline __u32 vdt_parse_pppoe(const __u8 *data, const __u8 *end, __u32 offset,
					     struct vdt_packet_core *core)
{
	const __u8 *header = vdt_at(data, end, offset, 6);

	if (!header)
		return vdt_stop(core, VDT_MALFORMED_PPPOE_TRUNCATED);
	if (header[0] != 0x11 || header[1] != 0)
		return 0; /* not a session's data: version 1, type 1, code 0 */
	return vdt_parse_ppp_protocol(data, end, offset + 6, core);
}

#endif
