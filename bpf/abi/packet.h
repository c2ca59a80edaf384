/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the parser says of one packet: the first thing that exists after the bytes themselves.
 *
 * Numbers are in host byte order, addresses and MACs as they stand on the wire. A field is
 * meaningful only where its comment's condition or its bit in `facts` holds; all of struct
 * vdt_packet_core is always written, the blocks behind it only with their bit.
 */
#ifndef VEDETTE_ABI_PACKET_H
#define VEDETTE_ABI_PACKET_H

#include "abi/flow_key.h"
#include "abi/reasons.h"

enum vdt_direction {
	VDT_DIRECTION_IN = 0,
	VDT_DIRECTION_OUT = 1,
	VDT_DIRECTION_UNKNOWN = 2, /* a capture file that does not say */
};

enum vdt_fragment {
	VDT_FRAGMENT_NONE = 0,
	VDT_FRAGMENT_FIRST = 1,
	VDT_FRAGMENT_MIDDLE = 2,
	VDT_FRAGMENT_LAST = 3,
};

/* X(enumerator, name in JSON) */
#define VDT_TUNNEL_LIST(X)                                                                                         \
	X(NONE, "none")                                                                                            \
	X(VXLAN, "vxlan")   /* RFC 7348 */                                                                         \
	X(GENEVE, "geneve") /* RFC 8926 */                                                                         \
	X(GRE, "gre")	    /* RFC 2784, 2890 */                                                                   \
	X(IPIP, "ipip")	    /* RFC 2003; IPv6 in IPv6: RFC 2473 */                                                 \
	X(SIXIN4, "6in4")   /* RFC 4213 */                                                                         \
	X(GTPU, "gtpu")	    /* 3GPP TS 29.281 */                                                                   \
	X(PPTP, "pptp")	    /* RFC 2637: GRE's version 1, PPP inside */                                            \
	X(AYIYA, "ayiya")   /* draft-massar-v6ops-ayiya-02 */                                                      \
	X(CAPWAP, "capwap") /* RFC 5415 */

#define VDT_AS_TUNNEL(enumerator, name) VDT_TUNNEL_##enumerator,
enum vdt_tunnel { VDT_TUNNEL_LIST(VDT_AS_TUNNEL) VDT_TUNNEL_COUNT };

/* Bits of vdt_packet_core.facts: which blocks were filled. */
enum vdt_fact {
	VDT_FACT_MAC = 1 << 0,	       /* src_mac, dst_mac */
	VDT_FACT_IP = 1 << 1,	       /* key.src, key.dst, ttl, tos */
	VDT_FACT_PORTS = 1 << 2,       /* key.src_port, key.dst_port */
	VDT_FACT_TCP = 1 << 3,	       /* tcp_* of the core */
	VDT_FACT_ICMP = 1 << 4,	       /* icmp_type, icmp_code (ICMPv6 too) */
	VDT_FACT_FRAGMENT = 1 << 5,    /* fragment_id, fragment_offset */
	VDT_FACT_TUNNEL = 1 << 6,      /* outer */
	VDT_FACT_QUOTED = 1 << 7,      /* quoted */
	VDT_FACT_TCP_OPTIONS = 1 << 8, /* tcp_options: on a SYN alone */
	VDT_FACT_ARP = 1 << 9,	       /* key.src, key.dst hold the ARP sender's and target's IPv4 */
	VDT_FACT_SPI = 1 << 10,	       /* spi, of ESP or AH */
	VDT_FACT_SRC_MAC = 1 << 11,    /* src_mac alone: cooked captures keep no destination */
};

struct vdt_packet_core {
	struct vdt_flow_key key;
	__u32 facts;	      /* enum vdt_fact */
	__u32 length;	      /* bytes on the wire, without FCS */
	__u32 payload_length; /* bytes behind the transport header, as the IP length says */
	__u32 tcp_seq;
	__u32 tcp_ack;
	__u32 fragment_id; /* IPv4 identification or IPv6 fragment identification */
	__u32 spi;
	__u16 tcp_window;	/* as on the wire, unscaled */
	__u16 fragment_offset;	/* bytes */
	__u16 ether_type;	/* of the network layer; below 1536: an 802.3 length */
	__u16 network_offset;	/* bytes from the frame's start to the (inner) IP header; 0 = none */
	__u16 transport_offset; /* bytes; 0 = none */
	__u16 payload_offset;	/* bytes; 0 = none */
	__u8 tcp_flags;		/* bit 0 FIN … bit 7 CWR (RFC 9293) */
	__u8 ttl;		/* or hop limit */
	__u8 tos;		/* traffic class: DSCP in the upper six bits, ECN in the lower two */
	__u8 icmp_type;
	__u8 icmp_code;
	__u8 fragment;	 /* enum vdt_fragment */
	__u8 malformed;	 /* enum vdt_malformed */
	__u8 vlan_count; /* tags walked; the first VDT_VLANS_KEPT stand in key.vlan */
	__u8 mpls_count; /* labels walked */
	__u8 direction;	 /* enum vdt_direction; the kernel keeps it in the key */
	__u8 src_mac[6];
	__u8 dst_mac[6];
	__u16 cursor; /* the parser's own (vdt_forget); says nothing of the packet */
};

VDT_ASSERT_SIZE(struct vdt_packet_core, 120);

/* The tunnel's own (outer) addresses; its type and id stand in the key. Of tunnels in one another, the innermost.
 */
struct vdt_outer {
	union vdt_address src;
	union vdt_address dst;
	__u16 src_port; /* 0 where the tunnel runs over IP itself */
	__u16 dst_port;
	__u8 ip_version;
	__u8 protocol;
	__u8 ttl;
	__u8 tos;
};

VDT_ASSERT_SIZE(struct vdt_outer, 40);

/* Tunnels in one another are opened so many deep: carriers' networks have two, hostile frames any number. What is
 * deeper counts as the last one's content. */
#define VDT_TUNNELS_OPENED 4

/* The sources of the tunnels around that one, from the nearest to the frame's own. */
struct vdt_farther {
	union vdt_address src[VDT_TUNNELS_OPENED - 1];
	__u8 ip_version[VDT_TUNNELS_OPENED - 1]; /* 0 behind the last */
	__u8 zero[5];
};

VDT_ASSERT_SIZE(struct vdt_farther, 56);

/* The packet that an ICMP error quotes (RFC 792, RFC 4443, RFC 4884). */
struct vdt_quoted {
	union vdt_address src;
	union vdt_address dst;
	__u16 src_port; /* 0 where not quoted far enough */
	__u16 dst_port;
	__u8 protocol;
	__u8 ip_version;
	__u8 zero[2];
};

VDT_ASSERT_SIZE(struct vdt_quoted, 40);

/* Options of a SYN (RFC 9293, 7323, 2018). */
struct vdt_tcp_options {
	__u32 timestamp;      /* TSval; valid where `seen` says so */
	__u32 timestamp_echo; /* TSecr */
	__u16 mss;	      /* bytes */
	__u8 window_scale;    /* shift count */
	__u8 seen;	      /* bit n: option n of MSS 0, window scale 1, SACK permitted 2, timestamps 3 */
};

VDT_ASSERT_SIZE(struct vdt_tcp_options, 12);

/* What stands before the network header in a tunnel, other than what its EtherType announces. */
enum vdt_inside_link {
	VDT_INSIDE_PLAIN = 0,
	VDT_INSIDE_PPP = 1,  /* a protocol field, and before it address and control or not */
	VDT_INSIDE_WLAN = 2, /* an IEEE 802.11 header */
};

/* The parser's own: where a tunnel's inside begins and what it is. */
struct vdt_inside {
	__u32 offset;	  /* of the first byte inside; 0 = no tunnel */
	__u32 id;	  /* VNI, key, TEID or call */
	__u16 ether_type; /* VDT_ETHER_TRANSPARENT_BRIDGING for an Ethernet frame */
	__u8 type;	  /* enum vdt_tunnel */
	__u8 link;	  /* enum vdt_inside_link */
};

struct vdt_packet {
	struct vdt_packet_core core;
	struct vdt_outer outer;
	struct vdt_farther farther; /* with VDT_FACT_TUNNEL */
	struct vdt_quoted quoted;
	struct vdt_tcp_options tcp_options;
	struct vdt_inside inside;
};

VDT_ASSERT_SIZE(struct vdt_packet, 280);

#endif
