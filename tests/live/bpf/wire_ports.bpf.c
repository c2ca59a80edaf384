// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * VLAN, QinQ and GRE on the wire between two test hosts, for kernels that have no such devices.
 *
 * On the sensed host each is a port: a veth pair whose inner end has the addresses, as a VLAN or GRE device would,
 * and whose outer end runs one of the port_* programs. They put the tag or header on and send the packet out by the
 * wire; sensed_in hands what comes back to its port. A tag stands beside the packet's bytes, as it does behind a
 * VLAN device.
 *
 * The sender has its addresses on the wire itself, and sender_out tells by the source address what to put on:
 * a packet that a program redirected is passed over by generic XDP, and would not be seen at its destination.
 *
 * Numbers that wire_ports.py repeats: the interfaces' indices, VLAN ids, the GRE key and the third byte of the
 * 10.x.0.0/24 networks (of IPv6 the second byte of fdxx::/64 reads as its decimal digits do).
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <stddef.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

enum { WIRE = 100, VLAN_PORT = 142, QINQ_PORT = 143, GRE_PORT = 147 };
enum { VLAN_ID = 42, OUTER_VLAN_ID = 100, INNER_VLAN_ID = 200, GRE_KEY = 7777 };
enum { VLAN_NET = 42, QINQ_NET = 43, GRE_NET = 47, WIRE_NET = 77 };
#define VLAN_VID_MASK 0xfff

enum { SENDER = 1, SENSED = 2 };

#define ADDRESS(net, host) bpf_htonl(10u << 24 | (net) << 16 | (host))
#define ARP_SENDER_OFFSET 14 /* of the sender's IPv4 address in an ARP packet (RFC 826) */
#define GRE_KEY_PRESENT 0x2000

struct keyed_gre {
	__be16 flags;
	__be16 protocol;
	__be32 key;
};

struct gre_headers {
	struct iphdr ip;
	struct keyed_gre gre;
};

static __always_inline __u16 sum_to_checksum(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static __always_inline int put_vlan(struct __sk_buff *skb)
{
	return bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), VLAN_ID);
}

static __always_inline int put_qinq(struct __sk_buff *skb)
{
	int failed = bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), INNER_VLAN_ID);

	return failed ? failed : bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021AD), OUTER_VLAN_ID);
}

/* IPv4 alone, from host `from` of the wire's network to `to`. */
static __always_inline int put_gre(struct __sk_buff *skb, __u32 from, __u32 to)
{
	struct gre_headers outer = {
		.ip = {.version = 4,
		       .ihl = 5,
		       .tot_len = bpf_htons(skb->len - ETH_HLEN + sizeof(outer)),
		       .frag_off = bpf_htons(0x4000),
		       .ttl = 64,
		       .protocol = IPPROTO_GRE,
		       .saddr = ADDRESS(WIRE_NET, from),
		       .daddr = ADDRESS(WIRE_NET, to)},
		.gre = {.flags = bpf_htons(GRE_KEY_PRESENT),
			.protocol = bpf_htons(ETH_P_IP),
			.key = bpf_htonl(GRE_KEY)},
	};
	const __u16 *words = (const __u16 *)&outer.ip;
	__u32 sum = 0;
	int failed;

#pragma unroll
	for (int i = 0; i < 10; i++)
		sum += words[i];
	outer.ip.check = sum_to_checksum(sum);
	failed = bpf_skb_adjust_room(skb, sizeof(outer), BPF_ADJ_ROOM_MAC,
				     BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 |
					     BPF_F_ADJ_ROOM_ENCAP_L4_GRE);
	return failed ? failed : bpf_skb_store_bytes(skb, ETH_HLEN, &outer, sizeof(outer), 0);
}

static __always_inline int take_gre(struct __sk_buff *skb)
{
	return bpf_skb_adjust_room(skb, -(int)sizeof(struct gre_headers), BPF_ADJ_ROOM_MAC,
				   BPF_F_ADJ_ROOM_FIXED_GSO);
}

/* Of ours, by its key: others' GRE goes to the stack. */
static __always_inline int is_gre(struct __sk_buff *skb)
{
	struct gre_headers outer;

	return skb->protocol == bpf_htons(ETH_P_IP) && !bpf_skb_load_bytes(skb, ETH_HLEN, &outer, sizeof(outer)) &&
	       outer.ip.protocol == IPPROTO_GRE && outer.gre.key == bpf_htonl(GRE_KEY);
}

/* The network that a packet of the sender's comes from; of fd42:: it is 42. */
static __always_inline int source_net(struct __sk_buff *skb)
{
	__u8 address[4] = {};
	__u32 offset = ETH_HLEN;

	if (skb->protocol == bpf_htons(ETH_P_IP))
		offset += offsetof(struct iphdr, saddr);
	else if (skb->protocol == bpf_htons(ETH_P_ARP))
		offset += ARP_SENDER_OFFSET;
	else if (skb->protocol == bpf_htons(ETH_P_IPV6))
		offset += offsetof(struct ipv6hdr, saddr);
	else
		return 0;
	if (bpf_skb_load_bytes(skb, offset, address, sizeof(address)))
		return 0;
	return address[0] == 0xfd ? (address[1] >> 4) * 10 + (address[1] & 15) : address[1];
}

SEC("tc/sender_out")
int sender_out(struct __sk_buff *skb)
{
	int net = source_net(skb), failed = 0;

	if (net == VLAN_NET)
		failed = put_vlan(skb);
	else if (net == QINQ_NET)
		failed = put_qinq(skb);
	else if (net == GRE_NET && skb->protocol == bpf_htons(ETH_P_IP))
		failed = put_gre(skb, SENDER, SENSED);
	return failed ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("tc/sender_in")
int sender_in(struct __sk_buff *skb)
{
	int failed = 0;

	if (is_gre(skb))
		failed = take_gre(skb);
	else if (skb->vlan_present && (skb->vlan_tci & VLAN_VID_MASK) == VLAN_ID)
		failed = bpf_skb_vlan_pop(skb);
	else if (skb->vlan_present)
		failed = bpf_skb_vlan_pop(skb) || bpf_skb_vlan_pop(skb);
	return failed ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("tc/port_vlan")
int port_vlan(struct __sk_buff *skb)
{
	return put_vlan(skb) ? TC_ACT_SHOT : bpf_redirect(WIRE, 0);
}

SEC("tc/port_qinq")
int port_qinq(struct __sk_buff *skb)
{
	return put_qinq(skb) ? TC_ACT_SHOT : bpf_redirect(WIRE, 0);
}

SEC("tc/port_gre")
int port_gre(struct __sk_buff *skb)
{
	if (skb->protocol != bpf_htons(ETH_P_IP))
		return TC_ACT_SHOT;
	return put_gre(skb, SENSED, SENDER) ? TC_ACT_SHOT : bpf_redirect(WIRE, 0);
}

/*
 * Where generic XDP had to copy a frame, the kernel forgets its mac_len (skb_pp_cow_data() in Linux 6.18), and the
 * packet begins behind its Ethernet header here: so that one is put before it again. 0 if it stands there.
 */
static __always_inline int stand_before_ethernet(struct __sk_buff *skb)
{
	__u16 header[ETH_HLEN / 2], first[ETH_HLEN / 2], others = 0;

	if (bpf_skb_load_bytes_relative(skb, 0, header, sizeof(header), BPF_HDR_START_MAC) ||
	    bpf_skb_load_bytes(skb, 0, first, sizeof(first)))
		return -1;
#pragma unroll
	for (int i = 0; i < ETH_HLEN / 2; i++)
		others |= header[i] ^ first[i];
	if (!others)
		return 0;
	return bpf_skb_change_head(skb, sizeof(header), 0) ||
	       bpf_skb_store_bytes(skb, 0, header, sizeof(header), 0);
}

SEC("tc/sensed_in")
int sensed_in(struct __sk_buff *skb)
{
	if (stand_before_ethernet(skb))
		return TC_ACT_SHOT;
	if (is_gre(skb))
		return take_gre(skb) ? TC_ACT_SHOT : bpf_redirect(GRE_PORT, 0);
	if (!skb->vlan_present)
		return TC_ACT_OK;
	if ((skb->vlan_tci & VLAN_VID_MASK) == VLAN_ID)
		return bpf_skb_vlan_pop(skb) ? TC_ACT_SHOT : bpf_redirect(VLAN_PORT, 0);
	return bpf_skb_vlan_pop(skb) || bpf_skb_vlan_pop(skb) ? TC_ACT_SHOT : bpf_redirect(QINQ_PORT, 0);
}

char _license[] SEC("license") = "Dual BSD/GPL";
