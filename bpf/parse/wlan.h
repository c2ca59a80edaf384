/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An IEEE 802.11 data frame (IEEE 802.11-2020 9.2.4, 9.3.2) within a tunnel, from its frame control to the LLC/SNAP
 * header that says what it carries. Captures of the air have radio headers before it: src/packet/link_wlan.cpp.
 */
#ifndef VEDETTE_PARSE_WLAN_H
#define VEDETTE_PARSE_WLAN_H

#include "parse/ethernet.h"

enum vdt_wlan {
	/* the first byte of frame control */
	VDT_WLAN_TYPE = 0x0f, /* and version */
	VDT_WLAN_DATA = 0x08,
	VDT_WLAN_NO_DATA = 0x40,
	VDT_WLAN_QOS = 0x80,
	/* the second one */
	VDT_WLAN_TO_DS = 0x01,
	VDT_WLAN_FROM_DS = 0x02,
	VDT_WLAN_PROTECTED = 0x40,
	VDT_WLAN_ORDER = 0x80,
	/* the QoS control field's first */
	VDT_WLAN_AMSDU = 0x80,
};

/* Several packets in one frame (A-MSDU), a protected one and a later fragment are left: 0. Apart, as clang would
 * make one end of this and of Ethernet's way to SNAP, behind which the verifier knows no bound. */
VDT_APART __u32 vdt_parse_wlan(const __u8 *data, const __u8 *end, __u32 offset, struct vdt_packet_core *core)
{
	/* With what must follow, even a frame of three addresses is as long as one of four. */
	const __u8 *at = vdt_at(data, end, offset, 30), *qos;
	__u8 kind, flags, low = 0;
	__u32 size = 24;

	if (!at)
		return vdt_stop(core, VDT_MALFORMED_LINK_TRUNCATED);
	kind = at[0];
	flags = at[1];
	/* Some access points swap the bytes of all fields of two. What they send goes to or comes from a network:
	 * no such flags are the type of a data frame. */
	if ((kind & VDT_WLAN_TYPE) != VDT_WLAN_DATA) {
		kind = at[1];
		flags = at[0];
		low = 1;
	}
	if ((kind & VDT_WLAN_TYPE) != VDT_WLAN_DATA || (kind & VDT_WLAN_NO_DATA) || (flags & VDT_WLAN_PROTECTED) ||
	    ((low ? at[23] : at[22]) & 0x0f))
		return 0;
	vdt_copy_mac(core->dst_mac, flags & VDT_WLAN_TO_DS ? at + 16 : at + 4);
	if (!(flags & VDT_WLAN_FROM_DS))
		vdt_copy_mac(core->src_mac, at + 10);
	else
		vdt_copy_mac(core->src_mac, flags & VDT_WLAN_TO_DS ? at + 24 : at + 16);
	core->facts |= VDT_FACT_MAC;
	if ((flags & VDT_WLAN_TO_DS) && (flags & VDT_WLAN_FROM_DS))
		size = 30;
	if (kind & VDT_WLAN_QOS) {
		qos = vdt_at(data, end, offset + size, 2);
		if (!qos)
			return vdt_stop(core, VDT_MALFORMED_LINK_TRUNCATED);
		if ((low ? qos[1] : qos[0]) & VDT_WLAN_AMSDU)
			return 0;
		size += flags & VDT_WLAN_ORDER ? 6 : 2;
	}
	return vdt_parse_snap(data, end, vdt_forget(core, offset + size), core);
}

#endif
