// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which process a socket belongs to. cgroup/sock_create runs in the process that asks for a socket and leaves the
 * owner in the socket's storage; a listener's storage is cloned into each connection that it accepts. Where
 * addresses and ports become known (bind, connect, established, a UDP socket's first packet out), the owner is
 * written under them for user space to find.
 *
 * The tables forget the least recently used: who was forgotten, or is older than us, is found by the walk over all
 * processes' descriptors at the end of this file.
 */
#include <linux/bpf.h>
#include <linux/in.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "abi/owner.h"
#include "kernel_types.h"
#include "connection.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define CONNECTIONS 65536 /* user space may set another size */
#define BOUND 16384
#define PASS 1 /* what a cgroup program returns to let things be */

const volatile struct vdt_owner_config config;

struct owned_socket {
	struct vdt_owner owner;
	struct vdt_bound_key bound; /* under which the owner was told last; port 0 = not yet */
	__u64 netns;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct owned_socket);
} sockets SEC(".maps");

/* Of TCP connections. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CONNECTIONS);
	__type(key, struct vdt_connection_key);
	__type(value, struct vdt_owner);
} connections SEC(".maps");

/* Of listeners and of UDP sockets. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, BOUND);
	__type(key, struct vdt_bound_key);
	__type(value, struct vdt_owner);
} bound SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vdt_owner_totals);
} totals SEC(".maps");

/* Process and softirq may meet on one CPU. */
static __always_inline void count_untold(void)
{
	__u32 only = 0;
	struct vdt_owner_totals *sum = bpf_map_lookup_elem(&totals, &only);

	if (sum)
		__sync_fetch_and_add(&sum->untold, 1);
}

SEC("cgroup/sock_create")
int socket_created(struct bpf_sock *ctx)
{
	struct owned_socket *socket;
	__u64 netns = bpf_get_netns_cookie(ctx);

	if (config.netns && netns != config.netns)
		return PASS;
	socket = bpf_sk_storage_get(&sockets, ctx, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!socket) {
		count_untold();
		return PASS;
	}
	socket->netns = netns;
	socket->owner.since_ns = bpf_ktime_get_ns();
	socket->owner.cookie = bpf_get_socket_cookie(ctx);
	socket->owner.cgroup_id = bpf_get_current_cgroup_id();
	socket->owner.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(socket->owner.name, sizeof(socket->owner.name));
	return PASS;
}

/* `key` holds the local end; the rest is the socket's. */
static __always_inline void tell_bound(struct owned_socket *socket, struct vdt_bound_key *key, __u32 protocol)
{
	key->netns = socket->netns;
	key->protocol = protocol;
	if (key->ip_version == 6 && vdt_is_mapped(&key->local)) {
		vdt_unmap(&key->local);
		key->ip_version = 4;
	}
	socket->bound = *key;
	if (bpf_map_update_elem(&bound, key, &socket->owner, BPF_ANY))
		count_untold();
}

SEC("cgroup/post_bind4")
int socket_bound4(struct bpf_sock *ctx)
{
	struct owned_socket *socket = bpf_sk_storage_get(&sockets, ctx, NULL, 0);
	struct vdt_bound_key key = {.ip_version = 4};

	if (!socket)
		return PASS;
	key.local.words[0] = ctx->src_ip4;
	key.local_port = ctx->src_port;
	tell_bound(socket, &key, ctx->protocol);
	return PASS;
}

SEC("cgroup/post_bind6")
int socket_bound6(struct bpf_sock *ctx)
{
	struct owned_socket *socket = bpf_sk_storage_get(&sockets, ctx, NULL, 0);
	struct vdt_bound_key key = {.ip_version = 6};

	if (!socket)
		return PASS;
	key.local.words[0] = ctx->src_ip6[0];
	key.local.words[1] = ctx->src_ip6[1];
	key.local.words[2] = ctx->src_ip6[2];
	key.local.words[3] = ctx->src_ip6[3];
	key.local_port = ctx->src_port;
	tell_bound(socket, &key, ctx->protocol);
	return PASS;
}

/* A socket that sends without having been bound gets its port only then, and no hook says so: its first packet
 * does. For all others this ends at the second comparison. */
SEC("cgroup_skb/egress")
int datagram_leaves(struct __sk_buff *skb)
{
	struct owned_socket *socket;
	struct bpf_sock *sk = skb->sk;
	struct vdt_bound_key key = {};

	sk = sk ? bpf_sk_fullsock(sk) : NULL;
	if (!sk || sk->protocol != IPPROTO_UDP)
		return PASS;
	socket = bpf_sk_storage_get(&sockets, sk, NULL, 0);
	if (!socket || socket->bound.local_port == sk->src_port)
		return PASS;
	if (sk->family == VDT_AF_INET) {
		key.ip_version = 4;
		key.local.words[0] = sk->src_ip4;
	} else {
		key.ip_version = 6;
		key.local.words[0] = sk->src_ip6[0];
		key.local.words[1] = sk->src_ip6[1];
		key.local.words[2] = sk->src_ip6[2];
		key.local.words[3] = sk->src_ip6[3];
	}
	key.local_port = sk->src_port;
	tell_bound(socket, &key, IPPROTO_UDP);
	return PASS;
}

SEC("cgroup/sock_release")
int socket_released(struct bpf_sock *ctx)
{
	struct owned_socket *socket = bpf_sk_storage_get(&sockets, ctx, NULL, 0);
	struct vdt_bound_key key;
	struct vdt_owner *owner;

	if (!socket || !socket->bound.local_port)
		return PASS;
	key = socket->bound;
	owner = bpf_map_lookup_elem(&bound, &key);
	/* An accepted connection's storage is its listener's clone, and another socket may have the port by now. */
	if (owner && owner->cookie == bpf_get_socket_cookie(ctx))
		owner->released_ns = bpf_ktime_get_ns();
	return PASS;
}

SEC("sockops")
int connection_known(struct bpf_sock_ops *ops)
{
	struct vdt_connection_key key = {};
	struct owned_socket *socket;
	struct bpf_sock *sk;

	switch (ops->op) {
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		break;
	default:
		return PASS;
	}
	sk = ops->sk;
	socket = sk ? bpf_sk_storage_get(&sockets, sk, NULL, 0) : NULL;
	if (!socket)
		return PASS;
	if (ops->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB) {
		socket->owner.since_ns = bpf_ktime_get_ns();
		socket->owner.cookie = bpf_get_socket_cookie(ops);
		socket->owner.inherited = 1;
	}
	key.netns = socket->netns;
	key.local_port = ops->local_port;
	key.remote_port = bpf_ntohl(ops->remote_port);
	if (ops->family == VDT_AF_INET) {
		key.ip_version = 4;
		key.local.words[0] = ops->local_ip4;
		key.remote.words[0] = ops->remote_ip4;
	} else {
		key.ip_version = 6;
		key.local.words[0] = ops->local_ip6[0];
		key.local.words[1] = ops->local_ip6[1];
		key.local.words[2] = ops->local_ip6[2];
		key.local.words[3] = ops->local_ip6[3];
		key.remote.words[0] = ops->remote_ip6[0];
		key.remote.words[1] = ops->remote_ip6[1];
		key.remote.words[2] = ops->remote_ip6[2];
		key.remote.words[3] = ops->remote_ip6[3];
		if (vdt_is_mapped(&key.remote)) {
			vdt_unmap(&key.local);
			vdt_unmap(&key.remote);
			key.ip_version = 4;
		}
	}
	if (bpf_map_update_elem(&connections, &key, &socket->owner, BPF_ANY))
		count_untold();
	return PASS;
}
