// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Why the kernel dropped packets: its own reasons, counted per reason and interface. Where the kernel frees a
 * packet that it gave up, this counts it; what it merely finished with is no drop.
 *
 * The tracepoint grew: a reason since 5.17, the receiving socket since 6.11. A program can't ask for an argument
 * that isn't there, so there is one variant each and user space loads the one that fits.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "abi/health.h"
#include "kernel_types.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define REASONS 1024	 /* reasons × interfaces; user space may set another size */
#define REFDST_FLAGS 3UL /* SKB_DST_PTRMASK's complement: the pointer's lowest bits are flags */

const volatile struct vdt_health_config config;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, REASONS);
	__type(key, struct vdt_drop_key);
	__type(value, __u64);
} reasons SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vdt_drop_totals);
} totals SEC(".maps");

static __always_inline bool told(const struct net *net)
{
	__u64 cookie = 0;

	bpf_core_read(&cookie, sizeof(cookie), &net->net_cookie);
	return cookie == config.netns;
}

/* The namespace is asked of the receiving socket, the owning one, the device and the route in turn. A packet that
 * sits in a socket's queue holds other things where its device stood; these lead to no namespace of ours. */
static __always_inline bool is_told(struct sk_buff *skb, struct sock *receiver)
{
	struct dst_entry *route;
	struct sock *sender;

	if (!config.netns)
		return true;
	if (receiver && told(BPF_CORE_READ(receiver, __sk_common.skc_net.net)))
		return true;
	sender = BPF_CORE_READ(skb, sk);
	if (sender && told(BPF_CORE_READ(sender, __sk_common.skc_net.net)))
		return true;
	if (told(BPF_CORE_READ(skb, dev, nd_net.net)))
		return true;
	route = (void *)(BPF_CORE_READ(skb, _skb_refdst) & ~REFDST_FLAGS);
	return route && told(BPF_CORE_READ(route, dev, nd_net.net));
}

/* A softirq may interrupt us on our own CPU. */
static __always_inline void count_one(__u64 *counter)
{
	__sync_fetch_and_add(counter, 1);
}

static __noinline int count(struct sk_buff *skb, __u32 reason, struct sock *receiver)
{
	struct vdt_drop_key key = {.reason = reason};
	struct vdt_drop_totals *sum;
	__u64 *packets;
	__u64 one = 1;
	__u32 only = 0;

	sum = bpf_map_lookup_elem(&totals, &only);
	if (!sum)
		return 0;
	if (!is_told(skb, receiver)) {
		count_one(&sum->elsewhere);
		return 0;
	}
	key.ifindex = BPF_CORE_READ(skb, skb_iif);
	if (!key.ifindex && told(BPF_CORE_READ(skb, dev, nd_net.net)))
		key.ifindex = BPF_CORE_READ(skb, dev, ifindex);
	packets = bpf_map_lookup_elem(&reasons, &key);
	if (packets) {
		count_one(packets);
	} else if (bpf_map_update_elem(&reasons, &key, &one, BPF_NOEXIST)) {
		/* Another CPU may have made the entry meanwhile. */
		packets = bpf_map_lookup_elem(&reasons, &key);
		if (!packets) {
			count_one(&sum->map_full);
			return 0;
		}
		count_one(packets);
	}
	count_one(&sum->told);
	return 0;
}

static __always_inline bool is_drop(__u32 reason)
{
	if (bpf_core_enum_value_exists(enum skb_drop_reason, SKB_NOT_DROPPED_YET) &&
	    reason == bpf_core_enum_value(enum skb_drop_reason, SKB_NOT_DROPPED_YET))
		return false;
	return !(bpf_core_enum_value_exists(enum skb_drop_reason, SKB_CONSUMED) &&
		 reason == bpf_core_enum_value(enum skb_drop_reason, SKB_CONSUMED));
}

SEC("?tp_btf/kfree_skb")
int BPF_PROG(drop_with_reason_and_socket, struct sk_buff *skb, void *location, __u32 reason, struct sock *receiver)
{
	return is_drop(reason) ? count(skb, reason, receiver) : 0;
}

SEC("?tp_btf/kfree_skb")
int BPF_PROG(drop_with_reason, struct sk_buff *skb, void *location, __u32 reason)
{
	return is_drop(reason) ? count(skb, reason, NULL) : 0;
}

SEC("?tp_btf/kfree_skb")
int BPF_PROG(drop_without_reason, struct sk_buff *skb)
{
	return count(skb, VDT_DROP_NO_REASON, NULL);
}
