// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where a SYN proxy's handshake becomes the host's connection: behind XDP, tc hands the kernel the segment that the
 * guard has marked, as it acknowledges a cookie, with what the client and it have agreed upon, and the kernel makes
 * the connection of it whatever its own cookies' sysctl says (bpf_sk_assign_tcp_reqsk(), since Linux 6.9). All else
 * goes by for the price of one comparison.
 */
#include <linux/bpf.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "guard/cookie.h"
#include "guard/segment_sizes.h"
#include "guard/sockets.h"
#include "parse/cursor.h"
#include "parse/protocols.h"

#define VDT_TCX_NEXT (-1)

/* The kernel's (include/net/tcp.h). */
struct bpf_tcp_req_attrs {
	__u32 rcv_tsval;
	__u32 rcv_tsecr;
	__u16 mss;
	__u8 rcv_wscale;
	__u8 snd_wscale;
	__u8 ecn_ok;
	__u8 wscale_ok;
	__u8 sack_ok;
	__u8 tstamp_ok;
	__u8 usec_ts_ok;
	__u8 reserved[3];
};

/* As much of it as says which type it is. */
struct sock {
	int unused;
};

extern int bpf_sk_assign_tcp_reqsk(struct __sk_buff *skb, struct sock *sk, struct bpf_tcp_req_attrs *attrs,
				   int attrs__sz) __ksym;

#define VDT_OPTIONS_MAX 40

/* The timestamps option of a segment, in `size` bytes of options. True where it has one. */
static __always_inline int vdt_read_timestamps(const __u8 options[VDT_OPTIONS_MAX + 16], __u32 size, __u32 *value,
					       __u32 *echo)
{
	__u32 at = 0;

	VDT_ROLLED
	for (int i = 0; i < VDT_OPTIONS_MAX && at < size; i++) {
		__u32 kind, length;

		at &= 63;
		if (at > VDT_OPTIONS_MAX)
			return 0;
		kind = options[at];
		if (kind == 0)
			return 0;
		if (kind == 1) {
			at++;
			continue;
		}
		length = options[at + 1];
		if (kind == 8 && length == 10) {
			*value = (__u32)options[at + 2] << 24 | options[at + 3] << 16 | options[at + 4] << 8 |
				 options[at + 5];
			*echo = (__u32)options[at + 6] << 24 | options[at + 7] << 16 | options[at + 8] << 8 |
				options[at + 9];
			return at + 10 <= size;
		}
		if (length < 2)
			return 0;
		at += length;
	}
	return 0;
}

/* The segment size that a cookie without timestamps tells: that whose cookie of now is the same. */
static __always_inline __u16 vdt_cookie_segment_size(struct vdt_packet_core *core, __u32 acknowledged)
{
	__u8 version = core->key.ip_version;

	core->tcp_seq--; /* the SYN's */
	VDT_ROLLED
	for (__u32 i = 3; i > 0; i--) {
		__u16 size = vdt_segment_size(version, i);
		__s64 cookie = vdt_make_cookie(core, size);

		if (cookie >= 0 && (__u32)cookie == acknowledged - 1)
			return size;
	}
	return vdt_segment_size(version, 0);
}

/* Reads the IP and TCP headers; the offset of the latter from the former, 0 where they are not there. */
static __always_inline __u32 vdt_read_headers(struct __sk_buff *skb, struct vdt_packet_core *core,
					      struct tcphdr *tcp)
{
	__u32 offset;

	if (skb->protocol == bpf_htons(VDT_ETHER_IPV4)) {
		struct iphdr ip;

		if (bpf_skb_load_bytes_relative(skb, 0, &ip, sizeof(ip), BPF_HDR_START_NET) ||
		    ip.protocol != VDT_IP_TCP)
			return 0;
		core->key.ip_version = 4;
		core->key.src.words[0] = ip.saddr;
		core->key.dst.words[0] = ip.daddr;
		offset = ip.ihl * 4;
	} else {
		struct ipv6hdr ip;

		if (skb->protocol != bpf_htons(VDT_ETHER_IPV6) ||
		    bpf_skb_load_bytes_relative(skb, 0, &ip, sizeof(ip), BPF_HDR_START_NET) ||
		    ip.nexthdr != VDT_IP_TCP)
			return 0;
		core->key.ip_version = 6;
		for (int i = 0; i < 4; i++) {
			core->key.src.words[i] = ip.saddr.in6_u.u6_addr32[i];
			core->key.dst.words[i] = ip.daddr.in6_u.u6_addr32[i];
		}
		offset = sizeof(ip);
	}
	if (bpf_skb_load_bytes_relative(skb, offset, tcp, sizeof(*tcp), BPF_HDR_START_NET))
		return 0;
	core->key.src_port = bpf_ntohs(tcp->source);
	core->key.dst_port = bpf_ntohs(tcp->dest);
	core->tcp_seq = bpf_ntohl(tcp->seq);
	core->tcp_ack = bpf_ntohl(tcp->ack_seq);
	return offset;
}

/* What was agreed upon: told by the echoed timestamp's low bits, or by the cookie alone. */
static __always_inline void vdt_agreed(struct __sk_buff *skb, struct vdt_packet_core *core,
				       const struct tcphdr *tcp, __u32 offset, struct bpf_tcp_req_attrs *attrs)
{
	__u8 options[VDT_OPTIONS_MAX + 16] = {};
	__u32 size = tcp->doff * 4 - sizeof(*tcp), bits;

	size &= 63;
	if (size >= 4 && size <= VDT_OPTIONS_MAX &&
	    !bpf_skb_load_bytes_relative(skb, offset + sizeof(*tcp), options, size, BPF_HDR_START_NET) &&
	    vdt_read_timestamps(options, size, &attrs->rcv_tsval, &attrs->rcv_tsecr)) {
		bits = attrs->rcv_tsecr & VDT_COOKIE_BITS;
		attrs->tstamp_ok = 1;
		attrs->sack_ok = !!(bits & VDT_COOKIE_SACK);
		attrs->ecn_ok = !!(bits & VDT_COOKIE_ECN);
		attrs->mss = vdt_segment_size(core->key.ip_version, bits >> VDT_COOKIE_MSS_SHIFT);
		if ((bits & VDT_COOKIE_WSCALE) != VDT_COOKIE_WSCALE) {
			attrs->wscale_ok = 1;
			attrs->snd_wscale = bits & VDT_COOKIE_WSCALE;
			attrs->rcv_wscale = VDT_PROXY_WINDOW_SCALE;
		}
		return;
	}
	attrs->mss = vdt_cookie_segment_size(core, core->tcp_ack);
}

/* Assigns the segment to the listener that the tuple finds; false where it finds another socket, as one in
 * TIME_WAIT. */
static __always_inline int vdt_assign(struct __sk_buff *skb, struct bpf_sock_tuple *tuple, __u32 size,
				      struct bpf_tcp_req_attrs *attrs)
{
	struct bpf_sock *found = bpf_skc_lookup_tcp(skb, tuple, size, BPF_F_CURRENT_NETNS, 0);
	int listens;

	if (!found)
		return 1;
	listens = found->state == BPF_TCP_LISTEN;
	if (listens) {
		struct sock *listener = (struct sock *)bpf_skc_to_tcp_sock(found);

		if (listener)
			bpf_sk_assign_tcp_reqsk(skb, listener, attrs, sizeof(*attrs));
	}
	bpf_sk_release(found);
	return listens;
}

static __always_inline void vdt_accept(struct __sk_buff *skb)
{
	struct bpf_tcp_req_attrs attrs = {};
	struct vdt_packet_core core = {};
	struct bpf_sock_tuple tuple = {};
	struct tcphdr tcp;
	__u32 size, offset = vdt_read_headers(skb, &core, &tcp);

	if (!offset)
		return;
	vdt_agreed(skb, &core, &tcp, offset, &attrs);
	size = vdt_socket_tuple(&core.key, &tuple);
	if (vdt_assign(skb, &tuple, size, &attrs))
		return;
	/* No connection comes from port 0. */
	core.key.src_port = 0;
	size = vdt_socket_tuple(&core.key, &tuple);
	vdt_assign(skb, &tuple, size, &attrs);
}

/* Where generic XDP had to copy a frame, Linux (seen: 6.18) forgets how long its link header is: tc then begins at
 * the IP header, and takes what lies before that for what XDP left. */
#define VDT_LINK_FORGOTTEN 2 /* bytes from there to a word of the mark: its length less 14, modulo 4 */

SEC("tc")
int vdt_proxy_accept(struct __sk_buff *skb)
{
	const __u8 *mark = (const void *)(long)skb->data_meta;

	if (mark + sizeof(struct vdt_accept_mark) > (const __u8 *)(long)skb->data)
		return VDT_TCX_NEXT;
	if (*(const __u32 *)mark == VDT_ACCEPT_MARK ||
	    *(const __u32 *)(mark + VDT_LINK_FORGOTTEN) == VDT_ACCEPT_MARK)
		vdt_accept(skb);
	return VDT_TCX_NEXT;
}

char _license[] SEC("license") = "Dual BSD/GPL";
