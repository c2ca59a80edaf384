/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The SYN proxy: what becomes of a TCP packet to a protected port. While it is active, a SYN whose source hasn't
 * shown that it is where it says is answered in the host's stead (guard/answer.h), and nothing is remembered of it;
 * what then acknowledges a cookie is let through with a mark, by which bpf/proxy_accept.bpf.c makes it the host's
 * connection.
 *
 * Each CPU judges by its own counts whether a proxy is needed: no counter is shared by CPUs under a flood.
 */
#ifndef VEDETTE_GUARD_PROXY_H
#define VEDETTE_GUARD_PROXY_H

#include "decide/lists.h"
#include "guard/answer.h"
#include "guard/cookie.h"
#include "guard/handover.h"
#include "guard/known_flow.h"
#include "guard/segment_sizes.h"
#include "guard/siphash.h"
#include "guard/sockets.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VDT_PROXY_PORTS);
	__type(key, __u32);
	__type(value, struct vdt_proxy_port);
} proxy_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VDT_PROXY_PORTS);
	__type(key, __u32);
	__type(value, struct vdt_proxy_counts);
} proxy_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, VDT_PROXY_ADDRESSES);
	__type(key, struct vdt_proxy_address);
	__type(value, __u8);
} proxy_addresses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VDT_PROXY_VERIFIED);
	__type(key, union vdt_address);
	__type(value, struct vdt_verified);
} proxy_verified SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vdt_guard_config);
} guard_config SEC(".maps");

enum vdt_guard_decision {
	VDT_GUARD_PASS,
	VDT_GUARD_ACCEPT, /* passes, marked */
	VDT_GUARD_ANSWER, /* the frame is to be made the answer */
	VDT_GUARD_TAKE,	  /* it was for the proxy alone */
	VDT_GUARD_REFUSE, /* by the proxy */
	VDT_GUARD_UNSOLICITED,
};

static __always_inline int vdt_proxy_protects(const struct vdt_proxy_port *port, const struct vdt_packet_core *core)
{
	struct vdt_proxy_address key = {
		.address = core->key.dst,
		.port = port->all_local ? 0 : port->port,
		.ip_version = core->key.ip_version,
	};

	return bpf_map_lookup_elem(&proxy_addresses, &key) != 0;
}

/* Counts a SYN in its window, and makes the proxy active where too little came of those before. */
static __always_inline void vdt_proxy_judge(struct vdt_proxy_port *port, struct vdt_proxy_counts *counts, __u64 now)
{
	__u64 window = now >> VDT_PROXY_WINDOW_SHIFT;
	__u32 floor = port->active_until_ns > now ? VDT_PROXY_FLOOR / 2 : VDT_PROXY_FLOOR, in_vain;

	if (counts->window != window) {
		counts->window = window;
		counts->syns = 0;
		counts->completed = 0;
	}
	counts->syns++;
	in_vain = counts->syns > counts->completed ? counts->syns - counts->completed : 0;
	/* Written now and then, not with each SYN: all CPUs read it. */
	if (in_vain >= floor && in_vain * 2 >= counts->syns &&
	    port->active_until_ns < now + VDT_PROXY_HOLD_NS - (1ULL << VDT_PROXY_WINDOW_SHIFT))
		port->active_until_ns = now + VDT_PROXY_HOLD_NS;
}

static __always_inline int vdt_proxy_is_active(const struct vdt_proxy_port *port, __u64 now)
{
	return port->mode == VDT_PROXY_ALWAYS || (port->mode == VDT_PROXY_NEED && port->active_until_ns > now);
}

/* What a source has to reset, in the 68 seconds of `period`. */
static __always_inline __u32 vdt_reset_sequence(const struct vdt_flow_key *key, const __u64 secret[2], __u64 period)
{
	const __u64 words[VDT_SIP_WORDS] = {
		key->src.halves[0],
		key->src.halves[1],
		key->dst.halves[0],
		key->dst.halves[1],
		(__u64)key->src_port << 48 | (__u64)key->dst_port << 32 | (__u32)period,
	};

	return vdt_siphash(words, secret);
}

#define VDT_RESET_PERIOD_SHIFT 36

static __always_inline void vdt_proxy_remember(const struct vdt_packet_core *core, __u64 now)
{
	struct vdt_verified verified = {.until_ns = now + VDT_PROXY_VERIFIED_NS};

	bpf_map_update_elem(&proxy_verified, &core->key.src, &verified, BPF_ANY);
}

/* Whether the source's SYN passes for what it has shown; it then owes a handshake more. */
static __always_inline int vdt_proxy_trusts(const struct vdt_packet_core *core, __u64 now)
{
	struct vdt_verified *known = bpf_map_lookup_elem(&proxy_verified, &core->key.src);

	if (!known || known->until_ns <= now || known->owed >= VDT_PROXY_OWED)
		return 0;
	__sync_fetch_and_add(&known->owed, 1);
	return 1;
}

/* What the cookie method can't carry through, the other takes: a frame whose outer tag alone the stack takes off
 * before bpf/proxy_accept.bpf.c sees it, and a device that takes no mark. */
static __always_inline int vdt_proxy_by_cookie(const struct vdt_proxy_port *port,
					       const struct vdt_packet_core *core,
					       const struct vdt_guard_config *config)
{
	return vdt_cookies_there && port->method == VDT_PROXY_COOKIE && core->vlan_count < 2 && !config->unmarked;
}

static __always_inline enum vdt_guard_decision vdt_proxy_syn(struct vdt_work *here, struct vdt_proxy_port *port,
							     struct vdt_proxy_counts *counts, int active)
{
	const struct vdt_packet_core *core = &here->packet.core;
	__u64 now = here->now.ns;

	counts->seen++;
	vdt_proxy_judge(port, counts, now);
	if (!active || vdt_proxy_trusts(core, now) || vdt_is_allowed(&core->key.src, core->key.ip_version, now)) {
		counts->passed++;
		return VDT_GUARD_PASS;
	}
	if (core->fragment || core->malformed || core->mpls_count) {
		counts->unanswerable++;
		return VDT_GUARD_REFUSE;
	}
	return VDT_GUARD_ANSWER;
}

/* A packet that isn't a SYN, of a flow that was not yet found to belong to a connection. */
static __always_inline enum vdt_guard_decision vdt_proxy_segment(void *ctx, struct vdt_work *here,
								 const struct vdt_proxy_port *port,
								 struct vdt_proxy_counts *counts,
								 const struct vdt_guard_config *config, int active)
{
	const struct vdt_packet_core *core = &here->packet.core;
	enum vdt_socket socket = vdt_socket_of(ctx, &core->key);
	__u64 now = here->now.ns, period = now >> VDT_RESET_PERIOD_SHIFT;

	if (socket == VDT_SOCKET_OPEN) {
		counts->completed++;
		vdt_proxy_remember(core, now);
		return VDT_GUARD_PASS;
	}
	here->guard.unsettled = 1;
	if (socket == VDT_SOCKET_OPENING)
		return VDT_GUARD_PASS;
	if ((core->tcp_flags & VDT_TCP_RST) &&
	    (core->tcp_seq == vdt_reset_sequence(&core->key, config->secret, period) ||
	     core->tcp_seq == vdt_reset_sequence(&core->key, config->secret, period - 1))) {
		counts->verified++;
		vdt_proxy_remember(core, now);
		return VDT_GUARD_TAKE;
	}
	if ((core->tcp_flags & (VDT_TCP_SYN | VDT_TCP_RST | VDT_TCP_ACK)) == VDT_TCP_ACK &&
	    vdt_proxy_by_cookie(port, core, config) && vdt_cookie_is_right(core)) {
		counts->verified++;
		vdt_proxy_remember(core, now);
		return VDT_GUARD_ACCEPT;
	}
	if (socket == VDT_SOCKET_WAITING || !active)
		return VDT_GUARD_PASS;
	counts->refused++;
	return VDT_GUARD_REFUSE;
}

/* `number`: vdt_guard_number() of the packet's port. */
static __always_inline enum vdt_guard_decision vdt_proxy_decide(void *ctx, struct vdt_work *here, __u32 number)
{
	const struct vdt_packet_core *core = &here->packet.core;
	__u32 index = number - 1, only = 0;
	struct vdt_proxy_port *port = bpf_map_lookup_elem(&proxy_ports, &index);
	struct vdt_proxy_counts *counts = bpf_map_lookup_elem(&proxy_counts, &index);
	const struct vdt_guard_config *config = bpf_map_lookup_elem(&guard_config, &only);
	int active;

	if (!port || !counts || !config || port->port != core->key.dst_port || !vdt_proxy_protects(port, core))
		return VDT_GUARD_PASS;
	active = vdt_proxy_is_active(port, here->now.ns);
	if ((core->tcp_flags & (VDT_TCP_SYN | VDT_TCP_ACK | VDT_TCP_RST | VDT_TCP_FIN)) == VDT_TCP_SYN)
		return vdt_proxy_syn(here, port, counts, active);
	if (vdt_is_settled(here))
		return VDT_GUARD_PASS;
	return vdt_proxy_segment(ctx, here, port, counts, config, active);
}

/* What the SYN at hand is answered. False where it has no answer. */
static __always_inline int vdt_proxy_say(struct xdp_md *ctx, struct vdt_work *here,
					 const struct vdt_proxy_port *port, const struct vdt_guard_config *config,
					 struct vdt_syn_ack *say)
{
	const struct vdt_packet_core *core = &here->packet.core;
	const struct vdt_tcp_options *options = &here->packet.tcp_options;
	__u32 seen = core->facts & VDT_FACT_TCP_OPTIONS ? options->seen : 0, mtu = 0, offers = config->offers;
	__u32 headers = core->key.ip_version == 4 ? 40 : 60, bits;
	__u64 now = here->now.ns;
	__s64 cookie;

	if (bpf_check_mtu(ctx, 0, &mtu, 0, 0) < 0 || mtu < 576)
		mtu = 1500;
	say->mss = mtu - headers > 0xffff ? 0xffff : mtu - headers;
	say->flags = VDT_TCP_SYN | VDT_TCP_ACK;
	say->timestamps = 0;
	if (!vdt_proxy_by_cookie(port, core, config)) {
		say->seq = now;
		say->ack = vdt_reset_sequence(&core->key, config->secret, now >> VDT_RESET_PERIOD_SHIFT);
		return say->ack != core->tcp_seq + 1;
	}
	cookie = vdt_make_cookie(core, seen & VDT_SEEN_MSS ? options->mss : 0);
	if (cookie < 0)
		return 0;
	say->seq = cookie;
	say->ack = core->tcp_seq + 1;
	if (!(seen & VDT_SEEN_TIMESTAMP) || !(offers & VDT_OFFER_TIMESTAMPS))
		return 1;
	say->timestamps = 1;
	say->timestamp_echo = options->timestamp;
	say->sack = (seen & VDT_SEEN_SACK) && (offers & VDT_OFFER_SACK);
	say->window_scale = VDT_COOKIE_WSCALE;
	if ((seen & VDT_SEEN_WSCALE) && (offers & VDT_OFFER_WINDOW_SCALE))
		say->window_scale = options->window_scale > 14 ? 14 : options->window_scale; /* RFC 7323 §2.3 */
	bits = say->window_scale | vdt_segment_size_index(core->key.ip_version, cookie >> 32)
					   << VDT_COOKIE_MSS_SHIFT;
	if (say->sack)
		bits |= VDT_COOKIE_SACK;
	if ((offers & VDT_OFFER_ECN) &&
	    (core->tcp_flags & (VDT_TCP_ECE | VDT_TCP_CWR)) == (VDT_TCP_ECE | VDT_TCP_CWR)) {
		bits |= VDT_COOKIE_ECN;
		say->flags |= VDT_TCP_ECE;
	}
	say->timestamp = ((__u32)here->now.us / 1000 & ~(__u32)VDT_COOKIE_BITS) | bits;
	return 1;
}

/* Whether the SYN's checksum field holds but the pseudo header's sum. */
static __always_inline int vdt_is_partial(const __u8 *data, const __u8 *end, const struct vdt_packet_core *core)
{
	const __u8 *tcp = vdt_at(data, end, core->transport_offset, 20);
	__u32 size = core->payload_offset - core->transport_offset + core->payload_length;

	return tcp && *(const __u16 *)(tcp + 16) == vdt_pseudo_sum(&core->key, VDT_IP_TCP, size);
}

/* Turns the SYN's frame into its answer; false where it can't be. */
__attribute__((noinline)) int vdt_proxy_answer(struct xdp_md *ctx, struct vdt_work *here)
{
	__u32 only = 0, index, link, size;
	struct vdt_syn_ack say = {};
	const struct vdt_guard_config *config = bpf_map_lookup_elem(&guard_config, &only);
	const struct vdt_proxy_port *port;
	const __u8 *data, *end;

	if (!here || !config)
		return 0;
	index = vdt_guard_number(here->packet.core.key.dst_port) - 1;
	port = bpf_map_lookup_elem(&proxy_ports, &index);
	if (!port || !vdt_proxy_say(ctx, here, port, config, &say))
		return 0;
	link = here->packet.core.network_offset;
	data = (const __u8 *)(long)ctx->data;
	end = (const __u8 *)(long)ctx->data_end;
	if (!vdt_write_link(here->answer, data, end, link))
		return 0;
	size = vdt_write_answer(here->answer, &here->packet.core.key, &say,
				vdt_is_partial(data, end, &here->packet.core));
	return vdt_send_answer(ctx, here->wire.length, here->answer, link, size);
}

#endif
