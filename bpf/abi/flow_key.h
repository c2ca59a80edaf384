/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The key of a flow in one direction: what two packets must share to be counted together.
 *
 * The parser fills it in place, the flow cache hashes and compares it as seven 64-bit words, and
 * user space folds a key and its reverse into one two-way flow. Every byte that no field uses is
 * zero, so that a plain comparison of words is a comparison of keys.
 */
#ifndef VEDETTE_ABI_FLOW_KEY_H
#define VEDETTE_ABI_FLOW_KEY_H

#include "abi/types.h"

/* An IPv4 address fills the first four bytes (network order), the rest is zero; which of both it is,
 * the record beside it says in ip_version. */
union vdt_address {
	__u8 bytes[16];
	__u32 words[4];
	__u64 halves[2];
};

/* VLAN ids that a key tells apart; deeper tags are walked and counted, not kept. */
#define VDT_VLANS_KEPT 2

#define VDT_FLOW_KEY_WORDS 7

struct vdt_flow_key {
	union vdt_address src;
	union vdt_address dst;
	__u16 src_port;		    /* host byte order; 0 where the protocol has none */
	__u16 dst_port;		    /* host byte order */
	__u16 vlan[VDT_VLANS_KEPT]; /* VLAN ids, outermost first; 0 = none */
	__u32 ifindex;		    /* interface on which the packet was seen; in a file, its interface id + 1 */
	__u8 protocol;		    /* IANA protocol number of the innermost header that was parsed */
	__u8 ip_version;	    /* 4 or 6; 0 = not IP */
	__u8 tunnel_type;	    /* enum vdt_tunnel */
	__u8 direction;		    /* enum vdt_direction of the hook, in the kernel's records; elsewhere 0 */
	__u32 tunnel_id;	    /* VNI, GRE key or TEID; 0 where the tunnel has none, or there is none */
	__u8 zero[4];
};

VDT_ASSERT_SIZE(struct vdt_flow_key, 8 * VDT_FLOW_KEY_WORDS);

#endif
