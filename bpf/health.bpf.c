// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * TCP health as the kernel's own TCP tells it: five tracepoints keep one record a connection and the totals
 * of the namespace. Beside the packet's way: nothing here sees a packet before the socket has it.
 *
 * Segments are the frequent event, so a connection is looked at once an interval alone; when that was
 * stands in the socket's own storage, which costs no look-up in a table.
 */
#include <linux/bpf.h>
#include <linux/in.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "abi/health.h"
#include "kernel_types.h"
#include "connection.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define CONNECTIONS 65536	/* user space may set another size */
#define RTO_MAX_US 120000000ULL /* the kernel's TCP_RTO_MAX */
#define BACKOFF_MAX 16		/* beyond it any timeout is RTO_MAX_US */

enum tcp_state {
	ESTABLISHED = 1,
	SYN_SENT = 2,
	SYN_RECV = 3,
	CLOSE = 7,
};

const volatile struct vdt_health_config config;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CONNECTIONS);
	__type(key, struct vdt_connection_key);
	__type(value, struct vdt_connection_health);
} connections SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vdt_tcp_totals);
} totals SEC(".maps");

/* When a socket may be sampled again: CLOCK_MONOTONIC. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} next_sample SEC(".maps");

static __always_inline struct vdt_tcp_totals *totals_here(void)
{
	__u32 only = 0;

	return bpf_map_lookup_elem(&totals, &only);
}

static __always_inline bool told(const struct net *net)
{
	return !config.netns || net->net_cookie == config.netns;
}

/* A softirq may interrupt us on our own CPU. */
static __always_inline void count(__u64 *counter, __u64 more)
{
	__sync_fetch_and_add(counter, more);
}

/* NULL where there is no room, which is counted, or where the socket has no peer. Of the socket's retransmissions,
 * `untold` are not yet in the totals. */
static __noinline struct vdt_connection_health *health_of(struct tcp_sock *tp, struct vdt_tcp_totals *sum,
							  __u64 now, __u32 untold)
{
	struct vdt_connection_health *health;
	struct vdt_connection_health fresh = {};
	struct vdt_connection_key key = {};

	if (!vdt_connection_of(&tp->inet_conn.icsk_inet, &key))
		return NULL;
	health = bpf_map_lookup_elem(&connections, &key);
	if (health && !health->closed_ns)
		return health;
	fresh.first_ns = now;
	fresh.retransmits = tp->total_retrans - untold;
	if (bpf_map_update_elem(&connections, &key, &fresh, BPF_ANY)) {
		count(&sum->map_full, 1);
		return NULL;
	}
	health = bpf_map_lookup_elem(&connections, &key);
	if (!health)
		count(&sum->map_full, 1);
	return health;
}

/* Retransmissions are counted by what the socket's own total grew, so that an event which the kernel withholds (a
 * program isn't run inside itself) is made up by the connection's next one. */
static __always_inline void sample(struct vdt_connection_health *health, struct tcp_sock *tp,
				   struct vdt_tcp_totals *sum, __u64 now)
{
	__u32 retransmits = tp->total_retrans;
	__u32 backoff = tp->inet_conn.icsk_backoff;
	__u64 rto = (tp->srtt_us >> 3) + tp->rttvar_us;

	rto <<= backoff < BACKOFF_MAX ? backoff : BACKOFF_MAX;
	health->last_ns = now;
	health->srtt_us = tp->srtt_us >> 3;
	health->rttvar_us = tp->mdev_us >> 2;
	health->min_rtt_us = tp->rtt_min.s[0].v;
	health->rto_us = rto < RTO_MAX_US ? rto : RTO_MAX_US;
	if ((__s32)(retransmits - health->retransmits) > 0)
		count(&sum->retransmits, retransmits - health->retransmits);
	health->retransmits = retransmits;
	health->lost = tp->lost_out;
	health->in_flight = tp->packets_out;
	health->congestion_window = tp->snd_cwnd;
	health->slow_start_threshold = tp->snd_ssthresh;
	health->bytes_acked = tp->bytes_acked;
	health->bytes_received = tp->bytes_received;
}

SEC("tp_btf/tcp_probe")
int BPF_PROG(tcp_segment, struct sock *sk)
{
	struct vdt_connection_health *health;
	struct vdt_tcp_totals *sum;
	struct tcp_sock *tp;
	__u64 *next;
	__u64 now;

	if (!told(sk->__sk_common.skc_net.net))
		return 0;
	now = bpf_ktime_get_ns();
	next = bpf_sk_storage_get(&next_sample, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (next && now < *next)
		return 0;
	sum = totals_here();
	if (!sum)
		return 0;
	if (!next) {
		count(&sum->map_full, 1);
		return 0;
	}
	*next = now + config.sample_interval_ns;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return 0;
	health = health_of(tp, sum, now, 0);
	if (!health)
		return 0;
	count(&sum->samples, 1);
	sample(health, tp, sum, now);
	health->state = sk->__sk_common.skc_state;
	return 0;
}

SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(tcp_retransmitted, struct sock *sk, struct sk_buff *skb)
{
	struct vdt_connection_health *health;
	struct vdt_tcp_totals *sum;
	struct tcp_skb_cb *control;
	struct tcp_sock *tp;
	__u64 now = bpf_ktime_get_ns();
	__u16 segments = 0;

	if (!told(sk->__sk_common.skc_net.net))
		return 0;
	sum = totals_here();
	if (!sum)
		return 0;
	/* One call may send several segments; the kernel counts them so too (tcp_skb_pcount()). */
	control = (struct tcp_skb_cb *)skb->cb;
	bpf_core_read(&segments, sizeof(segments), &control->tcp_gso_segs);
	tp = bpf_skc_to_tcp_sock(sk);
	health = tp ? health_of(tp, sum, now, segments) : NULL;
	if (!health) {
		count(&sum->retransmits, segments);
		return 0;
	}
	sample(health, tp, sum, now);
	health->retransmitted_ns = now;
	health->state = sk->__sk_common.skc_state;
	return 0;
}

SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(tcp_synack_retransmitted, struct sock *sk)
{
	struct vdt_tcp_totals *sum = totals_here();

	if (sum && told(sk->__sk_common.skc_net.net))
		count(&sum->retransmits, 1);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(tcp_state_changed, struct sock *sk, int from, int to)
{
	struct vdt_connection_health *health;
	struct vdt_tcp_totals *sum;
	struct tcp_sock *tp;
	__u64 now = bpf_ktime_get_ns();

	if (sk->sk_protocol != IPPROTO_TCP || !told(sk->__sk_common.skc_net.net))
		return 0;
	sum = totals_here();
	tp = bpf_skc_to_tcp_sock(sk);
	if (!sum || !tp)
		return 0;
	if (to == SYN_SENT)
		count(&sum->connections_attempted, 1);
	else if (to == ESTABLISHED && from == SYN_SENT)
		count(&sum->connections_opened, 1);
	else if (to == ESTABLISHED)
		count(&sum->connections_accepted, 1);
	else if (to == CLOSE && from == SYN_SENT)
		count(&sum->connections_refused, 1);
	else if (to == CLOSE && from != SYN_RECV)
		count(&sum->connections_closed, 1);
	/* A child of a listener gets its ports only after it got SYN_RECV, so it is told from ESTABLISHED on. */
	if (to == SYN_RECV || (from == SYN_RECV && to == CLOSE))
		return 0;
	health = health_of(tp, sum, now, 0);
	if (!health)
		return 0;
	sample(health, tp, sum, now);
	health->state = to;
	health->state_changes++;
	if (to == SYN_SENT || from == SYN_SENT)
		health->role = VDT_ROLE_OPENED;
	if (to == ESTABLISHED) {
		health->established_ns = now;
		if (from == SYN_RECV && health->role == VDT_ROLE_UNKNOWN)
			health->role = VDT_ROLE_ACCEPTED;
	}
	if (to == CLOSE)
		health->closed_ns = now;
	return 0;
}

/* Kernels before 6.10 tell resets of full sockets alone, newer ones those to closed ports as well: then
 * there is no socket. */
SEC("tp_btf/tcp_send_reset")
int BPF_PROG(tcp_reset_sent, struct sock *sk, struct sk_buff *skb)
{
	struct vdt_connection_health *health;
	struct vdt_tcp_totals *sum = totals_here();
	struct tcp_sock *tp;

	if (!sum)
		return 0;
	if (!sk) {
		if (skb && told(skb->dev->nd_net.net))
			count(&sum->resets_sent, 1);
		return 0;
	}
	if (!told(sk->__sk_common.skc_net.net))
		return 0;
	count(&sum->resets_sent, 1);
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return 0;
	health = health_of(tp, sum, bpf_ktime_get_ns(), 0);
	if (health)
		health->resets_sent++;
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(tcp_reset_received, struct sock *sk)
{
	struct vdt_connection_health *health;
	struct vdt_tcp_totals *sum = totals_here();
	struct tcp_sock *tp;

	if (!sum || !told(sk->__sk_common.skc_net.net))
		return 0;
	count(&sum->resets_received, 1);
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return 0;
	health = health_of(tp, sum, bpf_ktime_get_ns(), 0);
	if (health)
		health->resets_received++;
	return 0;
}
