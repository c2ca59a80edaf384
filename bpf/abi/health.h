/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel's own TCP says of its connections, and why the kernel dropped packets: written by
 * bpf/health.bpf.c and bpf/drops.bpf.c, read by src/kernel/tcp_health.h and src/kernel/drop_reasons.h.
 *
 * Where the packets alone allow an estimate (bpf/flow/tcp_health.h), these are the sender's own figures.
 */
#ifndef VEDETTE_ABI_HEALTH_H
#define VEDETTE_ABI_HEALTH_H

#include "abi/connection.h"

/* Set before loading. */
struct vdt_health_config {
	__u64 netns;		  /* cookie of the namespace that is told; 0 = all */
	__u64 sample_interval_ns; /* a connection is sampled at most once in it */
};

VDT_ASSERT_SIZE(struct vdt_health_config, 16);

enum vdt_connection_role {
	VDT_ROLE_UNKNOWN = 0,  /* older than the sensor */
	VDT_ROLE_OPENED = 1,   /* connect() here */
	VDT_ROLE_ACCEPTED = 2, /* listen() here */
};

/* All of the local TCP's view at last_ns. */
struct vdt_connection_health {
	__u64 first_ns;		    /* CLOCK_MONOTONIC, when first told */
	__u64 last_ns;		    /* CLOCK_MONOTONIC, when last told */
	__u64 established_ns;	    /* CLOCK_MONOTONIC; 0 = not seen */
	__u64 closed_ns;	    /* CLOCK_MONOTONIC; 0 = open */
	__u64 retransmitted_ns;	    /* CLOCK_MONOTONIC, of the last retransmission; 0 = none seen */
	__u64 bytes_acked;	    /* payload bytes that the peer acknowledged */
	__u64 bytes_received;	    /* payload bytes */
	__u32 srtt_us;		    /* smoothed round trip (RFC 6298) */
	__u32 rttvar_us;	    /* its mean deviation */
	__u32 min_rtt_us;	    /* over the kernel's window; 0xffffffff = none yet */
	__u32 rto_us;		    /* retransmission timeout, backed off as it is now */
	__u32 retransmits;	    /* segments, since the connection began: the kernel's own total */
	__u32 lost;		    /* segments held lost now */
	__u32 in_flight;	    /* segments sent and not acknowledged */
	__u32 congestion_window;    /* segments */
	__u32 slow_start_threshold; /* segments; 0x7fffffff = not yet set */
	__u32 resets_sent;
	__u32 resets_received;
	__u16 state_changes;
	__u8 state; /* the kernel's TCP state: 1 ESTABLISHED … 12 NEW_SYN_RECV */
	__u8 role;  /* enum vdt_connection_role */
};

VDT_ASSERT_SIZE(struct vdt_connection_health, 104);

/* One struct a CPU, written by that CPU alone. */
struct vdt_tcp_totals {
	__u64 retransmits; /* segments, SYN-ACKs included, as the kernel's TcpRetransSegs */
	__u64 resets_sent;
	__u64 resets_received;
	__u64 connections_attempted; /* SYNs of connect() */
	__u64 connections_opened;    /* connect() that came to be established */
	__u64 connections_accepted;  /* established from a listener */
	__u64 connections_refused;   /* connect() that ended before it was established */
	__u64 connections_closed;    /* established ones that ended */
	__u64 samples;		     /* of smoothed round trip and window */
	__u64 map_full;		     /* events whose connection found no room */
};

VDT_ASSERT_SIZE(struct vdt_tcp_totals, 80);

struct vdt_drop_key {
	__u32 reason;  /* the running kernel's enum skb_drop_reason; its names are read from the kernel's BTF */
	__u32 ifindex; /* that the packet came in by, or was to leave by; 0 = not known */
};

VDT_ASSERT_SIZE(struct vdt_drop_key, 8);

/* The same key may stand once in each CPU's slots and once in the map behind them: all add up. */
struct vdt_drop_slot {
	struct vdt_drop_key key;
	__u64 packets; /* 0 = the slot is free */
};

VDT_ASSERT_SIZE(struct vdt_drop_slot, 16);

/* A host's drops have a few dozen reasons and interfaces; a power of two. */
#define VDT_DROP_SLOTS 512

/* One struct a CPU. */
struct vdt_drop_slots {
	struct vdt_drop_slot slot[VDT_DROP_SLOTS];
	__u64 elsewhere; /* in another network namespace, or in none that could be told */
	__u64 map_full;	 /* found neither a slot nor room in the map behind them */
};

/* A reason number that no kernel uses: this kernel gives none. */
#define VDT_DROP_NO_REASON 0xffffffff

#endif
