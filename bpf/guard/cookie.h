/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SYN cookies: Linux's own, made and checked by its helpers (since 6.0), which take headers; these are made anew
 * from what the parser said, so that no option that the client sent is read twice.
 */
#ifndef VEDETTE_GUARD_COOKIE_H
#define VEDETTE_GUARD_COOKIE_H

#include <linux/bpf.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "abi/guard.h"
#include "abi/packet.h"

/* False where the kernel has no such helpers: the verifier then doesn't come to their calls. Set by the loader. */
const volatile __u32 vdt_cookies_there SEC(".rodata.cookies") = 1;

enum vdt_tcp_option_seen { VDT_SEEN_MSS = 1, VDT_SEEN_WSCALE = 2, VDT_SEEN_SACK = 4, VDT_SEEN_TIMESTAMP = 8 };

/* The headers as far as a cookie asks for them, in the wire's order. */
struct vdt_cookie_headers {
	__u32 ip[10];
	__u32 tcp[6];
};

static __always_inline void vdt_fill_cookie_headers(struct vdt_cookie_headers *headers,
						    const struct vdt_packet_core *core)
{
	const struct vdt_flow_key *key = &core->key;

	__builtin_memset(headers, 0, sizeof(*headers));
	if (key->ip_version == 4) {
		headers->ip[3] = key->src.words[0];
		headers->ip[4] = key->dst.words[0];
	} else {
		for (int i = 0; i < 4; i++) {
			headers->ip[2 + i] = key->src.words[i];
			headers->ip[6 + i] = key->dst.words[i];
		}
	}
	headers->tcp[0] = bpf_htonl((__u32)key->src_port << 16 | key->dst_port);
	headers->tcp[1] = bpf_htonl(core->tcp_seq);
	headers->tcp[2] = bpf_htonl(core->tcp_ack);
}

/* The cookie in the lower 32 bits, and in the 16 above the segment size that it tells; negative: none. */
static __always_inline __s64 vdt_make_cookie(const struct vdt_packet_core *core, __u16 mss)
{
	struct vdt_cookie_headers headers;
	__u32 words = mss ? 6 : 5;

	if (!vdt_cookies_there)
		return -1;
	vdt_fill_cookie_headers(&headers, core);
	headers.tcp[3] = bpf_htonl(words << 28 | 0x02 << 16);
	headers.tcp[5] = bpf_htonl(0x0204U << 16 | mss);
	if (core->key.ip_version == 4)
		return bpf_tcp_raw_gen_syncookie_ipv4((struct iphdr *)headers.ip, (struct tcphdr *)headers.tcp,
						      words * 4);
	return bpf_tcp_raw_gen_syncookie_ipv6((struct ipv6hdr *)headers.ip, (struct tcphdr *)headers.tcp,
					      words * 4);
}

/* Whether the packet's acknowledgement is of a cookie of the last two minutes. */
static __always_inline int vdt_cookie_is_right(const struct vdt_packet_core *core)
{
	struct vdt_cookie_headers headers;

	if (!vdt_cookies_there)
		return 0;
	vdt_fill_cookie_headers(&headers, core);
	headers.tcp[3] = bpf_htonl(5U << 28 | 0x10 << 16);
	if (core->key.ip_version == 4)
		return bpf_tcp_raw_check_syncookie_ipv4((struct iphdr *)headers.ip, (struct tcphdr *)headers.tcp) ==
		       0;
	return bpf_tcp_raw_check_syncookie_ipv6((struct ipv6hdr *)headers.ip, (struct tcphdr *)headers.tcp) == 0;
}

#endif
