/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a kernel socket to the key that its connection or its bound end is kept under.
 */
#ifndef VEDETTE_CONNECTION_H
#define VEDETTE_CONNECTION_H

#include <linux/types.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

#include "abi/connection.h"
#include "kernel_types.h"

/* ::ffff:0:0/96, RFC 4291 §2.5.5.2. */
static __always_inline bool vdt_is_mapped(const union vdt_address *address)
{
	return address->halves[0] == 0 && address->words[2] == bpf_htonl(0xffff);
}

/* Turns a mapped address into the IPv4 one. */
static __always_inline void vdt_unmap(union vdt_address *address)
{
	address->words[0] = address->words[3];
	address->words[1] = 0;
	address->halves[1] = 0;
}

/* Local and remote of `inet`; false where it isn't IP or has no peer. The local port is read from inet_sport:
 * skc_num is already cleared when a socket closes. `key` comes zeroed. */
static __always_inline bool vdt_connection_of(struct inet_sock *inet, struct vdt_connection_key *key)
{
	struct sock_common *common = &inet->sk.__sk_common;

	key->netns = common->skc_net.net->net_cookie;
	key->local_port = bpf_ntohs(inet->inet_sport);
	key->remote_port = bpf_ntohs(common->skc_dport);
	if (!key->local_port || !key->remote_port)
		return false;
	if (common->skc_family == VDT_AF_INET6 && bpf_core_field_exists(common->skc_v6_daddr)) {
		bpf_core_read(&key->remote, sizeof(key->remote), &common->skc_v6_daddr);
		if (!vdt_is_mapped(&key->remote)) {
			bpf_core_read(&key->local, sizeof(key->local), &common->skc_v6_rcv_saddr);
			key->ip_version = 6;
			return true;
		}
		key->remote.halves[0] = 0;
		key->remote.halves[1] = 0;
	} else if (common->skc_family != VDT_AF_INET) {
		return false;
	}
	key->local.words[0] = common->skc_rcv_saddr;
	key->remote.words[0] = common->skc_daddr;
	key->ip_version = 4;
	return true;
}

#endif
