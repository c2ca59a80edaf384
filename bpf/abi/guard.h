/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the guard goes by (bpf/guard.bpf.c): which TCP ports have a SYN proxy, which local addresses take only what
 * was asked for, and what became of their packets.
 */
#ifndef VEDETTE_ABI_GUARD_H
#define VEDETTE_ABI_GUARD_H

#include "abi/counters.h"
#include "abi/flow_key.h"

/* Bits of vdt_switches.guards: which packets the packet programs hand to the guard. */
enum vdt_guards {
	VDT_GUARD_PORTS = 1 << 0, /* incoming TCP to ports that have a number in vdt_guard_ports */
	VDT_GUARD_UDP = 1 << 1,	  /* UDP, either way: some addresses take only what was asked for */
	VDT_GUARD_TCP = 1 << 2,	  /* all incoming TCP: some of these addresses do so for TCP too */
};

/* By TCP port: 0, or one more than the index of its struct vdt_proxy_port. */
struct vdt_guard_ports {
	__u8 number[65536];
};

VDT_ASSERT_SIZE(struct vdt_guard_ports, 65536);

#define VDT_PROXY_PORTS 64

enum vdt_proxy_mode {
	VDT_PROXY_OFF = 0,
	VDT_PROXY_ALWAYS = 1,
	VDT_PROXY_NEED = 2, /* while SYNs outnumber the connections that come of them */
};

/* How a source proves that it is where it says. */
enum vdt_proxy_method {
	/* It acknowledges a SYN cookie, and the kernel takes that for the end of the handshake. */
	VDT_PROXY_COOKIE = 0,
	/* It resets a SYN-ACK that acknowledges what it has not sent (RFC 9293 §3.10.7.3); its next SYN passes. */
	VDT_PROXY_RESET = 1,
};

struct vdt_proxy_port {
	__u64 active_until_ns; /* CLOCK_MONOTONIC; with VDT_PROXY_NEED; kernel programs write it */
	__u16 port;	       /* host byte order */
	__u8 mode;	       /* enum vdt_proxy_mode */
	__u8 method;	       /* enum vdt_proxy_method */
	__u8 all_local;	       /* nonzero: protected at every local address, else at those given for the port */
	__u8 zero[3];
};

VDT_ASSERT_SIZE(struct vdt_proxy_port, 16);

/* One CPU's, of one port. Of the SYNs to protected addresses: seen = passed + challenged + unanswerable. */
struct vdt_proxy_counts {
	__u64 seen;
	__u64 passed; /* SYNs to the host: not active, or from a source that is verified or allowed */
	__u64 challenged;
	__u64 unanswerable; /* SYNs dropped: in fragments, malformed, or the frame could not be turned round */
	__u64 verified;	    /* handshakes that ended in a right answer */
	__u64 refused;	    /* segments dropped: of no connection, and no right answer */
	/* Of the window under way. */
	__u64 window; /* its number: CLOCK_MONOTONIC >> VDT_PROXY_WINDOW_SHIFT */
	__u32 syns;
	__u32 completed; /* handshakes, by a connection's first packet behind them */
};

VDT_ASSERT_SIZE(struct vdt_proxy_counts, 64);

#define VDT_PROXY_WINDOW_SHIFT 27 /* 134 ms */
/* So many SYNs of one window and CPU that nothing came of, half of all of them or more, make a proxy active. It is
 * the backlog that listen(2)'s SOMAXCONN gave for decades: what a server may be supposed to hold. */
#define VDT_PROXY_FLOOR 128
/* An active one stays so after the last window with half as many. */
#define VDT_PROXY_HOLD_NS 2000000000ULL

/* Which destinations a port is protected at. */
struct vdt_proxy_address {
	union vdt_address address;
	__u16 port; /* host byte order; 0: the local addresses */
	__u8 ip_version;
	__u8 zero[5];
};

VDT_ASSERT_SIZE(struct vdt_proxy_address, 24);

/* A source that has shown that it is where it says. Its SYNs pass until `until_ns`, but no more than VDT_PROXY_OWED
 * before another handshake ends: whoever answers once can't flood by it. */
struct vdt_verified {
	__u64 until_ns; /* CLOCK_MONOTONIC */
	__u32 owed;	/* SYNs that passed since the last handshake that ended */
	__u32 zero;
};

VDT_ASSERT_SIZE(struct vdt_verified, 16);

#define VDT_PROXY_VERIFIED 65536
#define VDT_PROXY_VERIFIED_NS 300000000000ULL /* as an idle TCP flow's end */
#define VDT_PROXY_OWED 32

/* Before the frame of a segment that answers a cookie, from the guard to bpf/proxy_accept.bpf.c: VDT_ACCEPT_MARK in
 * each word, so many that some are found where the link header is taken for the last of them. */
#define VDT_ACCEPT_MARK 0x76647431U
#define VDT_ACCEPT_WORDS 6

struct vdt_accept_mark {
	__u32 words[VDT_ACCEPT_WORDS];
};

VDT_ASSERT_SIZE(struct vdt_accept_mark, 24);

/* What fits into a timestamp's low bits beside a cookie: the first six as Linux has them (net/ipv4/syncookies.c).
 */
enum vdt_cookie_bits {
	VDT_COOKIE_WSCALE = 0xf, /* the client's; all bits set: none */
	VDT_COOKIE_SACK = 1 << 4,
	VDT_COOKIE_ECN = 1 << 5,
	VDT_COOKIE_MSS_SHIFT = 6, /* two bits: index into the table of sizes that a cookie can tell */
	VDT_COOKIE_BITS = 0xff,
};

/* What the host's kernel speaks (sysctl net.ipv4.tcp_*), and the secret of VDT_PROXY_RESET. */
enum vdt_proxy_offers {
	VDT_OFFER_TIMESTAMPS = 1 << 0,
	VDT_OFFER_WINDOW_SCALE = 1 << 1,
	VDT_OFFER_SACK = 1 << 2,
	VDT_OFFER_ECN = 1 << 3,
};

struct vdt_guard_config {
	__u64 secret[2];
	__u32 offers;	/* enum vdt_proxy_offers */
	__u32 unmarked; /* nonzero: a device took no mark, and cookies are of no use; kernel programs write it */
};

VDT_ASSERT_SIZE(struct vdt_guard_config, 24);

/* The shift of the windows that the host will tell: what Linux takes for buffers of 4 to 8 MiB, its default's
 * (tcp_rmem, tcp_select_initial_window()). */
#define VDT_PROXY_WINDOW_SCALE 7

/* A local address that takes only what was asked for. */
struct vdt_solicited_host {
	union vdt_address address;
	__u8 ip_version;
	__u8 zero[7];
};

VDT_ASSERT_SIZE(struct vdt_solicited_host, 24);

#define VDT_SOLICITED_PORTS 16

enum vdt_solicited_flags {
	VDT_SOLICITED_TCP = 1 << 0,	/* TCP out of state is dropped too */
	VDT_SOLICITED_OBSERVE = 1 << 1, /* count what would be dropped, and let it pass */
};

struct vdt_solicited_rule {
	__u64 dropped_packets; /* or would have been, with VDT_SOLICITED_OBSERVE */
	__u64 dropped_bytes;
	__u64 passed_packets;	   /* asked for */
	__u64 tcp_dropped_packets; /* of these, TCP's */
	__u64 tcp_until_ns; /* CLOCK_MONOTONIC: until then TCP out of state is dropped too, as there is an attack */
	__u32 flags;	    /* enum vdt_solicited_flags */
	__u32 zero;
	__u16 ports[VDT_SOLICITED_PORTS];     /* served, host byte order; 0 behind the last; this and the next */
	__u16 tcp_ports[VDT_SOLICITED_PORTS]; /* served too while there is an attack, of TCP alone */
};

VDT_ASSERT_SIZE(struct vdt_solicited_rule, 112);

/* What left such an address, as its answer will come. */
struct vdt_asked {
	union vdt_address local;
	union vdt_address remote; /* zero where a group was asked: anybody may answer */
	__u16 local_port;	  /* host byte order */
	__u16 remote_port;
	__u8 ip_version;
	__u8 zero[3];
};

VDT_ASSERT_SIZE(struct vdt_asked, 40);

#define VDT_ASKED_ENTRIES 65536
/* Since the last packet that left; netfilter's nf_conntrack_udp_timeout_stream. */
#define VDT_ASKED_NS 120000000000ULL
#define VDT_SOLICITED_HOSTS 1024
#define VDT_PROXY_ADDRESSES 4096

#endif
