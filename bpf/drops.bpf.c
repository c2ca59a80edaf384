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

#define OVERFLOW 1024	  /* reasons × interfaces beyond the slots; user space may set another size */
#define REFDST_FLAGS 3UL  /* SKB_DST_PTRMASK's complement: the pointer's lowest bits are flags */
#define INTERFACE_STEP 37 /* odd, so that neighbouring interfaces don't share slots */

const volatile struct vdt_health_config config;

/* A flood that the stack drops comes by here packet by packet, so the usual way is an index, not a hash. The kernel
 * doesn't run a program inside itself on one CPU: a CPU's slots have one writer. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vdt_drop_slots);
} slots SEC(".maps");

/* Keys whose slot another has. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, OVERFLOW);
	__type(key, struct vdt_drop_key);
	__type(value, __u64);
} overflow SEC(".maps");

static __noinline bool routed_here(struct sk_buff *skb)
{
	struct dst_entry *route = (void *)(skb->_skb_refdst & ~REFDST_FLAGS);

	return route && BPF_CORE_READ(route, dev, nd_net.net, net_cookie) == config.netns;
}

/* The namespace is asked of the receiving socket, the owning one, the device and the route in turn. A packet that
 * sits in a socket's queue holds other things where its device stood (reads of nonsense give 0); only a device that
 * the packet says it came by is believed to be elsewhere. */
static __always_inline bool is_told(struct sk_buff *skb, struct net_device *device, struct sock *receiver)
{
	struct sock *sender = skb->sk;

	if (!config.netns)
		return true;
	if (receiver)
		return receiver->__sk_common.skc_net.net->net_cookie == config.netns;
	if (device->nd_net.net->net_cookie == config.netns)
		return true;
	if (sender && sender->__sk_common.skc_net.net->net_cookie == config.netns)
		return true;
	return device->ifindex != skb->skb_iif && routed_here(skb);
}

static __noinline void count_overflow(struct vdt_drop_key *key, struct vdt_drop_slots *here)
{
	__u64 *packets = bpf_map_lookup_elem(&overflow, key);
	__u64 none = 0;

	if (!packets) {
		bpf_map_update_elem(&overflow, key, &none, BPF_NOEXIST);
		packets = bpf_map_lookup_elem(&overflow, key);
	}
	if (packets)
		(*packets)++;
	else
		here->map_full++;
}

static __always_inline int count(struct sk_buff *skb, __u32 reason, struct sock *receiver)
{
	struct net_device *device = skb->dev;
	struct vdt_drop_key key = {.reason = reason};
	struct vdt_drop_slots *here;
	struct vdt_drop_slot *slot;
	__u32 only = 0;

	here = bpf_map_lookup_elem(&slots, &only);
	if (!here)
		return 0;
	if (!is_told(skb, device, receiver)) {
		here->elsewhere++;
		return 0;
	}
	key.ifindex = skb->skb_iif;
	if (!key.ifindex && device->nd_net.net->net_cookie == config.netns)
		key.ifindex = device->ifindex;
	slot = &here->slot[(reason + key.ifindex * INTERFACE_STEP) % VDT_DROP_SLOTS];
	if (!slot->packets)
		slot->key = key;
	if (slot->key.reason != key.reason || slot->key.ifindex != key.ifindex) {
		count_overflow(&key, here);
		return 0;
	}
	slot->packets++;
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
