/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A socket's own view of its connection: local and remote instead of source and destination, so that one
 * key stands for both directions. TCP health and owners are kept under it.
 *
 * Two network namespaces may hold the same addresses and ports; the namespace's cookie tells them apart.
 */
#ifndef VEDETTE_ABI_CONNECTION_H
#define VEDETTE_ABI_CONNECTION_H

#include "abi/flow_key.h"

struct vdt_connection_key {
	union vdt_address local; /* an IPv4-mapped IPv6 address stands as IPv4, as on the wire */
	union vdt_address remote;
	__u64 netns;	   /* the network namespace's cookie (SO_NETNS_COOKIE) */
	__u16 local_port;  /* host byte order */
	__u16 remote_port; /* host byte order */
	__u8 ip_version;   /* 4 or 6 */
	__u8 zero[3];
};

VDT_ASSERT_SIZE(struct vdt_connection_key, 48);

/* What a socket is bound to: a listener's or a UDP socket's local end. */
struct vdt_bound_key {
	union vdt_address local; /* all zero = every local address */
	__u64 netns;
	__u16 local_port; /* host byte order */
	__u8 protocol;	  /* IANA protocol number */
	__u8 ip_version;  /* 4 or 6; a 6 bound to every address may take IPv4 too */
	__u8 zero[4];
};

VDT_ASSERT_SIZE(struct vdt_bound_key, 32);

#endif
