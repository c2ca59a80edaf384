/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which packets no flow's counters tell enough of, so that detectors get them one by one: ARP; ICMP and ICMPv6
 * that isn't an echo; fragments; malformed ones; those with IPv4 options or IPv6 extension headers; DHCP; and those
 * that claim to come from their own destination. One answer for the kernel, which tells them, and for user space,
 * which reads files.
 */
#ifndef VEDETTE_CLASSIFY_ODD_PACKET_H
#define VEDETTE_CLASSIFY_ODD_PACKET_H

#include "abi/packet.h"
#include "parse/protocols.h"

/* RFC 792, RFC 4443. */
static __always_inline int vdt_is_echo(const struct vdt_packet_core *core)
{
	return core->key.ip_version == 6 ? (core->icmp_type & ~1) == 128 : (core->icmp_type & ~8) == 0;
}

/* Ports of RFC 2131 and RFC 8415. */
static __always_inline int vdt_is_dhcp_port(__u16 port)
{
	return port == 67 || port == 68 || port == 546 || port == 547;
}

/* The transport header doesn't stand right behind the IP header's fixed part. */
static __always_inline int vdt_has_ip_options(const struct vdt_packet_core *core)
{
	return core->transport_offset &&
	       core->transport_offset - core->network_offset > (core->key.ip_version == 6 ? 40 : 20);
}

static __always_inline int vdt_is_odd(const struct vdt_packet_core *core)
{
	if (core->malformed || core->fragment || (core->facts & VDT_FACT_ARP))
		return 1;
	if (!(core->facts & VDT_FACT_IP))
		return 0;
	if ((core->facts & VDT_FACT_ICMP) && !vdt_is_echo(core))
		return 1;
	if (vdt_has_ip_options(core))
		return 1;
	if (core->key.protocol == VDT_IP_UDP && vdt_is_dhcp_port(core->key.src_port) &&
	    vdt_is_dhcp_port(core->key.dst_port))
		return 1;
	return core->key.src.halves[0] == core->key.dst.halves[0] &&
	       core->key.src.halves[1] == core->key.dst.halves[1];
}

#endif
