/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which of the host's TCP sockets a packet is for. */
#ifndef VEDETTE_GUARD_SOCKETS_H
#define VEDETTE_GUARD_SOCKETS_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "abi/flow_key.h"

enum vdt_socket {
	VDT_SOCKET_NONE,    /* none, or one that listens */
	VDT_SOCKET_OPENING, /* a SYN was taken, and its handshake isn't over */
	VDT_SOCKET_OPEN,
	VDT_SOCKET_WAITING, /* in TIME_WAIT */
};

/* Fills the tuple of a packet's addresses and ports; its size. */
static __always_inline __u32 vdt_socket_tuple(const struct vdt_flow_key *key, struct bpf_sock_tuple *tuple)
{
	if (key->ip_version == 4) {
		tuple->ipv4.saddr = key->src.words[0];
		tuple->ipv4.daddr = key->dst.words[0];
		tuple->ipv4.sport = bpf_htons(key->src_port);
		tuple->ipv4.dport = bpf_htons(key->dst_port);
		return sizeof(tuple->ipv4);
	}
	for (int i = 0; i < 4; i++) {
		tuple->ipv6.saddr[i] = key->src.words[i];
		tuple->ipv6.daddr[i] = key->dst.words[i];
	}
	tuple->ipv6.sport = bpf_htons(key->src_port);
	tuple->ipv6.dport = bpf_htons(key->dst_port);
	return sizeof(tuple->ipv6);
}

/* In the network namespace of the packet's interface. `ctx`: of XDP or tc. */
static __always_inline enum vdt_socket vdt_socket_of(void *ctx, const struct vdt_flow_key *key)
{
	struct bpf_sock_tuple tuple = {};
	__u32 size = vdt_socket_tuple(key, &tuple), state;
	struct bpf_sock *found = bpf_skc_lookup_tcp(ctx, &tuple, size, BPF_F_CURRENT_NETNS, 0);

	if (!found)
		return VDT_SOCKET_NONE;
	state = found->state;
	bpf_sk_release(found);
	switch (state) {
	case BPF_TCP_LISTEN:
	case BPF_TCP_CLOSE:
		return VDT_SOCKET_NONE;
	case BPF_TCP_NEW_SYN_RECV:
	case BPF_TCP_SYN_RECV:
		return VDT_SOCKET_OPENING;
	case BPF_TCP_TIME_WAIT:
		return VDT_SOCKET_WAITING;
	default:
		return VDT_SOCKET_OPEN;
	}
}

#endif
