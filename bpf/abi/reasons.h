/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why a packet could not be parsed to its end.
 *
 * One list, from which the enum and the names in JSON come. A reason is appended, never renumbered: files and
 * pinned maps hold the numbers. Why something was not told stands in src/sensor/losses.h.
 */
#ifndef VEDETTE_ABI_REASONS_H
#define VEDETTE_ABI_REASONS_H

/* X(enumerator, name in JSON, meaning) */
#define VDT_MALFORMED_LIST(X)                                                                                      \
	X(NONE, "none", "parsed to its end")                                                                       \
	X(LINK_TRUNCATED, "link_truncated", "frame ends inside its link-layer header")                             \
	X(VLAN_TRUNCATED, "vlan_truncated", "frame ends inside a VLAN tag")                                        \
	X(VLAN_TOO_DEEP, "vlan_too_deep", "more VLAN tags than are walked")                                        \
	X(MPLS_TRUNCATED, "mpls_truncated", "frame ends inside its MPLS label stack")                              \
	X(MPLS_TOO_DEEP, "mpls_too_deep", "more MPLS labels than are walked")                                      \
	X(PPPOE_TRUNCATED, "pppoe_truncated", "frame ends inside its PPPoE or PPP header")                         \
	X(ARP_TRUNCATED, "arp_truncated", "frame ends inside its ARP packet")                                      \
	X(IP_TRUNCATED, "ip_truncated", "frame ends inside its IP header")                                         \
	X(IP_VERSION, "ip_version", "IP version is not what the layer below announced")                            \
	X(IP_HEADER_LENGTH, "ip_header_length", "IPv4 header length is below 20 bytes or beyond the packet")       \
	X(IP_LENGTH, "ip_length", "IP length reaches beyond the frame")                                            \
	X(IP_EXTENSION_TRUNCATED, "ip_extension_truncated", "packet ends inside an IPv6 extension or AH header")   \
	X(IP_EXTENSIONS_TOO_MANY, "ip_extensions_too_many", "more IPv6 extension headers than are walked")         \
	X(TRANSPORT_TRUNCATED, "transport_truncated", "packet ends inside its transport header")                   \
	X(TCP_HEADER_LENGTH, "tcp_header_length", "TCP data offset is below 20 bytes or beyond the packet")        \
	X(TCP_OPTIONS, "tcp_options", "a TCP option reaches beyond the header")                                    \
	X(UDP_LENGTH, "udp_length", "UDP length is below 8 bytes or beyond the packet")                            \
	X(ICMP_TRUNCATED, "icmp_truncated", "packet ends inside its ICMP header")                                  \
	X(TUNNEL_TRUNCATED, "tunnel_truncated", "packet ends inside its tunnel header")                            \
	X(LINK_TYPE, "link_type", "no parser for this link type")                                                  \
	X(EMPTY, "empty", "frame has no bytes")

#define VDT_AS_MALFORMED(enumerator, name, meaning) VDT_MALFORMED_##enumerator,
enum vdt_malformed { VDT_MALFORMED_LIST(VDT_AS_MALFORMED) VDT_MALFORMED_COUNT };

#endif
