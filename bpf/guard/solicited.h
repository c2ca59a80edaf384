/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hosts that take only what they asked for: UDP as the answer to what was seen leaving, kept in a table of its own,
 * by the addresses and ports that the answer will have. Only what leaves makes entries, so that no flood from
 * outside can displace one, and the flow cache may forget its records meanwhile. TCP's state is the kernel's own,
 * its sockets.
 *
 * DHCP is never touched, nor is anything that is neither UDP nor TCP: ARP, neighbour discovery, ICMP errors.
 */
#ifndef VEDETTE_GUARD_SOLICITED_H
#define VEDETTE_GUARD_SOLICITED_H

#include "guard/proxy.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, VDT_SOLICITED_HOSTS);
	__type(key, struct vdt_solicited_host);
	__type(value, struct vdt_solicited_rule);
} solicited_hosts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VDT_ASKED_ENTRIES);
	__type(key, struct vdt_asked);
	__type(value, __u64); /* CLOCK_MONOTONIC ns of the last packet that left */
} asked SEC(".maps");

/* An entry is written anew no more often: a packet that leaves reads alone. */
#define VDT_ASKED_RENEW_NS 1000000000ULL

static __always_inline struct vdt_solicited_rule *vdt_solicited_rule_of(const union vdt_address *address,
									__u8 ip_version)
{
	struct vdt_solicited_host key = {.address = *address, .ip_version = ip_version};

	return bpf_map_lookup_elem(&solicited_hosts, &key);
}

static __always_inline int vdt_is_group(const union vdt_address *address, __u8 ip_version)
{
	if (ip_version == 4)
		return address->bytes[0] >= 224; /* RFC 5771; 255.255.255.255 */
	return address->bytes[0] == 0xff;
}

static __always_inline int vdt_is_one_of(const __u16 *ports, __u16 port)
{
	VDT_ROLLED
	for (int i = 0; i < VDT_SOLICITED_PORTS && ports[i]; i++)
		if (ports[i] == port)
			return 1;
	return 0;
}

static __always_inline int vdt_is_tcp_guarded(const struct vdt_work *here, const struct vdt_solicited_rule *rule)
{
	return (rule->flags & VDT_SOLICITED_TCP) || here->now.ns < rule->tcp_until_ns;
}

/* Of a packet that leaves. */
static __always_inline void vdt_keep_asked(const struct vdt_work *here)
{
	const struct vdt_flow_key *key = &here->packet.core.key;
	struct vdt_asked entry = {
		.local = key->src,
		.local_port = key->src_port,
		.remote_port = key->dst_port,
		.ip_version = key->ip_version,
	};
	__u64 now = here->now.ns, *known;

	if (!key->src_port || !vdt_solicited_rule_of(&key->src, key->ip_version))
		return;
	if (!vdt_is_group(&key->dst, key->ip_version))
		entry.remote = key->dst;
	known = bpf_map_lookup_elem(&asked, &entry);
	if (!known || now - *known > VDT_ASKED_RENEW_NS)
		bpf_map_update_elem(&asked, &entry, &now, BPF_ANY);
}

static __always_inline int vdt_was_asked(const struct vdt_work *here)
{
	const struct vdt_flow_key *key = &here->packet.core.key;
	struct vdt_asked entry = {
		.local = key->dst,
		.remote = key->src,
		.local_port = key->dst_port,
		.remote_port = key->src_port,
		.ip_version = key->ip_version,
	};
	__u64 now = here->now.ns;
	const __u64 *known = bpf_map_lookup_elem(&asked, &entry);

	/* What another CPU wrote may be a tick ahead of this one's clock. */
	if (known && (now < *known || now - *known < VDT_ASKED_NS))
		return 1;
	__builtin_memset(&entry.remote, 0, sizeof(entry.remote));
	known = bpf_map_lookup_elem(&asked, &entry);
	return known && (now < *known || now - *known < VDT_ASKED_NS);
}

/* RFC 2131 §4.1, RFC 8415 §7.2. */
static __always_inline int vdt_is_dhcp_answer(const struct vdt_flow_key *key)
{
	return key->ip_version == 4 ? key->src_port == 67 && key->dst_port == 68
				    : key->src_port == 547 && key->dst_port == 546;
}

static __always_inline int vdt_takes_tcp(void *ctx, struct vdt_work *here, const struct vdt_solicited_rule *rule)
{
	const struct vdt_packet_core *core = &here->packet.core;
	int served = vdt_is_one_of(rule->ports, core->key.dst_port) ||
		     vdt_is_one_of(rule->tcp_ports, core->key.dst_port);
	enum vdt_socket socket;

	if ((core->tcp_flags & (VDT_TCP_SYN | VDT_TCP_ACK | VDT_TCP_RST | VDT_TCP_FIN)) == VDT_TCP_SYN)
		return served;
	if (vdt_is_settled(here))
		return 1;
	socket = vdt_socket_of(ctx, &core->key);
	if (socket != VDT_SOCKET_NONE) {
		here->guard.unsettled = socket == VDT_SOCKET_OPENING;
		return 1;
	}
	/* The kernel remembers nothing of those that it gave cookies itself. */
	return served && (core->tcp_flags & VDT_TCP_ACK) && vdt_cookie_is_right(core);
}

/* Of a packet that comes in. */
static __always_inline enum vdt_guard_decision vdt_solicited_decide(void *ctx, struct vdt_work *here)
{
	const struct vdt_flow_key *key = &here->packet.core.key;
	struct vdt_solicited_rule *rule = vdt_solicited_rule_of(&key->dst, key->ip_version);
	int passes;

	if (!rule)
		return VDT_GUARD_PASS;
	if (key->protocol == VDT_IP_UDP)
		passes =
			vdt_is_one_of(rule->ports, key->dst_port) || vdt_is_dhcp_answer(key) || vdt_was_asked(here);
	else
		passes = !vdt_is_tcp_guarded(here, rule) || vdt_takes_tcp(ctx, here, rule);
	if (passes) {
		__sync_fetch_and_add(&rule->passed_packets, here->wire.packets);
		return VDT_GUARD_PASS;
	}
	__sync_fetch_and_add(&rule->dropped_packets, here->wire.packets);
	__sync_fetch_and_add(&rule->dropped_bytes, here->wire.bytes);
	if (key->protocol != VDT_IP_UDP)
		__sync_fetch_and_add(&rule->tcp_dropped_packets, here->wire.packets);
	return rule->flags & VDT_SOLICITED_OBSERVE ? VDT_GUARD_PASS : VDT_GUARD_UNSOLICITED;
}

#endif
