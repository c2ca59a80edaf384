/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maximum segment sizes that a SYN cookie can tell, by their index in it: msstab of Linux's
 * net/ipv4/syncookies.c and net/ipv6/syncookies.c. */
#ifndef VEDETTE_GUARD_SEGMENT_SIZES_H
#define VEDETTE_GUARD_SEGMENT_SIZES_H

#include "abi/types.h"

static __always_inline __u16 vdt_segment_size(__u8 ip_version, __u32 index)
{
	switch (index) {
	case 0:
		return ip_version == 4 ? 536 : 1280 - 60;
	case 1:
		return ip_version == 4 ? 1300 : 1480 - 60;
	case 2:
		return 1440;
	default:
		return ip_version == 4 ? 1460 : 9000 - 60;
	}
}

/* The largest that isn't above `mss`, or the first. */
static __always_inline __u32 vdt_segment_size_index(__u8 ip_version, __u16 mss)
{
	return (mss >= vdt_segment_size(ip_version, 1)) + (mss >= vdt_segment_size(ip_version, 2)) +
	       (mss >= vdt_segment_size(ip_version, 3));
}

#endif
