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

/* What `inet` is bound and connected to, as far as it is; false where it isn't IP or has no peer. The local port is
 * read from inet_sport: skc_num is already cleared when a socket closes. `key` comes zeroed. */
static __always_inline bool vdt_connection_of(const struct inet_sock *inet, struct vdt_connection_key *key)
{
	__u16 family = BPF_CORE_READ(inet, sk.__sk_common.skc_family);

	key->netns = BPF_CORE_READ(inet, sk.__sk_common.skc_net.net, net_cookie);
	key->local_port = bpf_ntohs(BPF_CORE_READ(inet, inet_sport));
	key->remote_port = bpf_ntohs(BPF_CORE_READ(inet, sk.__sk_common.skc_dport));
	if (family == VDT_AF_INET6 && bpf_core_field_exists(inet->sk.__sk_common.skc_v6_daddr)) {
		bpf_core_read(&key->local, sizeof(key->local), &inet->sk.__sk_common.skc_v6_rcv_saddr);
		bpf_core_read(&key->remote, sizeof(key->remote), &inet->sk.__sk_common.skc_v6_daddr);
		key->ip_version = 6;
		if (vdt_is_mapped(&key->remote) || vdt_is_mapped(&key->local)) {
			vdt_unmap(&key->local);
			vdt_unmap(&key->remote);
			key->ip_version = 4;
		}
	} else if (family == VDT_AF_INET) {
		key->local.words[0] = BPF_CORE_READ(inet, sk.__sk_common.skc_rcv_saddr);
		key->remote.words[0] = BPF_CORE_READ(inet, sk.__sk_common.skc_daddr);
		key->ip_version = 4;
	}
	return key->ip_version && key->local_port && key->remote_port;
}

#endif
