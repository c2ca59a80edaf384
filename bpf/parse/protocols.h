/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Numbers of the protocols that the parser knows (IANA, IEEE 802), under our own prefix because the
 * kernel's and libc's headers define parts of them and not the same parts.
 */
#ifndef VEDETTE_PARSE_PROTOCOLS_H
#define VEDETTE_PARSE_PROTOCOLS_H

#include "abi/types.h"

enum vdt_ether_type {
	VDT_ETHER_LENGTH_MAX = 1500, /* up to here the field is an 802.3 length */
	VDT_ETHER_IPV4 = 0x0800,
	VDT_ETHER_ARP = 0x0806,
	VDT_ETHER_TRANSPARENT_BRIDGING = 0x6558, /* GRE with an Ethernet frame inside */
	VDT_ETHER_VLAN = 0x8100,
	VDT_ETHER_IPV6 = 0x86dd,
	VDT_ETHER_MPLS = 0x8847,
	VDT_ETHER_MPLS_MULTICAST = 0x8848,
	VDT_ETHER_PPPOE_SESSION = 0x8864,
	VDT_ETHER_PPP = 0x880b,
	VDT_ETHER_QINQ = 0x88a8,
	VDT_ETHER_ERSPAN_II = 0x88be,
	VDT_ETHER_QINQ_OLD = 0x9100,
	VDT_ETHER_ERSPAN_III = 0x22eb,
};

enum vdt_ppp_protocol {
	VDT_PPP_IPV4 = 0x0021,
	VDT_PPP_IPV6 = 0x0057,
	VDT_PPP_MPLS = 0x0281,
};

enum vdt_ip_protocol {
	VDT_IP_HOP_BY_HOP = 0,
	VDT_IP_ICMP = 1,
	VDT_IP_IPIP = 4,
	VDT_IP_TCP = 6,
	VDT_IP_UDP = 17,
	VDT_IP_DCCP = 33,
	VDT_IP_IPV6 = 41,
	VDT_IP_ROUTING = 43,
	VDT_IP_FRAGMENT = 44,
	VDT_IP_GRE = 47,
	VDT_IP_ESP = 50,
	VDT_IP_AH = 51,
	VDT_IP_ICMPV6 = 58,
	VDT_IP_NO_NEXT = 59,
	VDT_IP_DESTINATION_OPTIONS = 60,
	VDT_IP_SCTP = 132,
	VDT_IP_MOBILITY = 135,
	VDT_IP_UDPLITE = 136,
	VDT_IP_HIP = 139,
	VDT_IP_SHIM6 = 140,
};

enum vdt_tunnel_port {
	VDT_PORT_GTPU = 2152,
	VDT_PORT_VXLAN = 4789,
	VDT_PORT_VXLAN_GPE = 4790,
	VDT_PORT_AYIYA = 5072,	/* the server's: its packets come from here */
	VDT_PORT_CAPWAP = 5247, /* the controller's, of the data channel: its packets come from here */
	VDT_PORT_GENEVE = 6081,
	VDT_PORT_VXLAN_LINUX = 8472, /* the Linux driver's default, from before IANA's number */
};

#define VDT_PORT_BIT(port) (1ULL << ((port)&63))
#define VDT_TUNNEL_PORTS_FROM (VDT_PORT_BIT(VDT_PORT_AYIYA) | VDT_PORT_BIT(VDT_PORT_CAPWAP))
#define VDT_TUNNEL_PORTS_TO                                                                                        \
	(VDT_TUNNEL_PORTS_FROM | VDT_PORT_BIT(VDT_PORT_VXLAN) | VDT_PORT_BIT(VDT_PORT_VXLAN_LINUX) |               \
	 VDT_PORT_BIT(VDT_PORT_VXLAN_GPE) | VDT_PORT_BIT(VDT_PORT_GENEVE) | VDT_PORT_BIT(VDT_PORT_GTPU))

/* UDP's. Most are none of them by their last six bits already: what every datagram is asked is no more than two
 * numbers were. */
static __always_inline int vdt_are_tunnel_ports(__u16 src_port, __u16 dst_port)
{
	if (!((VDT_TUNNEL_PORTS_TO >> (dst_port & 63) | VDT_TUNNEL_PORTS_FROM >> (src_port & 63)) & 1))
		return 0;
	return dst_port == VDT_PORT_VXLAN || dst_port == VDT_PORT_VXLAN_LINUX || dst_port == VDT_PORT_VXLAN_GPE ||
	       dst_port == VDT_PORT_GENEVE || dst_port == VDT_PORT_GTPU || dst_port == VDT_PORT_AYIYA ||
	       src_port == VDT_PORT_AYIYA || dst_port == VDT_PORT_CAPWAP || src_port == VDT_PORT_CAPWAP;
}

enum vdt_tcp_flag {
	VDT_TCP_FIN = 0x01,
	VDT_TCP_SYN = 0x02,
	VDT_TCP_RST = 0x04,
	VDT_TCP_PSH = 0x08,
	VDT_TCP_ACK = 0x10,
	VDT_TCP_URG = 0x20,
	VDT_TCP_ECE = 0x40,
	VDT_TCP_CWR = 0x80,
};

#endif
