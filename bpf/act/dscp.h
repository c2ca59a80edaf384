/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Another DSCP (RFC 2474) in a packet's IP header, whose ECN bits and checksum stay right. */
#ifndef VEDETTE_ACT_DSCP_H
#define VEDETTE_ACT_DSCP_H

#include "abi/packet.h"
#include "answer/frame.h"

/* As much of the header as it changes. */
#define VDT_DSCP_BYTES 12

/* In a tunnel it would be the inner header's, which nobody goes by on the way, and which a checksum around may
 * cover. */
static __always_inline int vdt_has_dscp(const struct vdt_packet_core *core)
{
	return core->network_offset && !(core->facts & VDT_FACT_TUNNEL);
}

/* In the first bytes of a header. */
static __always_inline void vdt_write_dscp(__u8 ip[VDT_DSCP_BYTES], __u8 ip_version, __u32 dscp)
{
	__u16 before = *(__u16 *)ip;
	__u8 class;

	if (ip_version == 4) {
		ip[1] = dscp << 2 | (ip[1] & 3);
		/* RFC 1624, equation 3. */
		*(__u16 *)(ip + 10) =
			~vdt_folded((__u16) ~*(__u16 *)(ip + 10) + (__u64)(__u16)~before + *(__u16 *)ip);
		return;
	}
	class = dscp << 2 | (ip[1] >> 4 & 3);
	ip[0] = (ip[0] & 0xf0) | class >> 4;
	ip[1] = (ip[1] & 0x0f) | class << 4;
}

#endif
