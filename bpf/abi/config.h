/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the loader tells the packet programs: constants fixed at load, which the verifier folds, and
 * switches that user space flips in a mapped array while they run.
 */
#ifndef VEDETTE_ABI_CONFIG_H
#define VEDETTE_ABI_CONFIG_H

#include "abi/flow_key.h"

struct vdt_config {
	__u64 hash_keys[VDT_FLOW_KEY_WORDS]; /* odd and random, so that nobody can aim at one set */
	__u32 sets_mask;		     /* sets a CPU, a power of two, less one */
	__u32 cpus;			     /* one more than the highest CPU's number: regions of the flow cache */
	__u32 slots_mask;		     /* slots of the interfaces' counters, a power of two, less one */
	__u32 replayed;			     /* nonzero: a dry run's (abi/replay.h) */
};

VDT_ASSERT_SIZE(struct vdt_config, 72);

struct vdt_switches {
	__u32 watchers;	     /* nonzero: packets go on to the watch programs */
	__u32 layout;	     /* VDT_LAYOUT_VERSION of who made the maps */
	__u32 first_credit;  /* VDT_FIRST_CREDIT: flows' first bytes go to their teller; 0: to nobody */
	__u32 lists;	     /* enum vdt_lists */
	__u64 decided_since; /* CLOCK_MONOTONIC ns: what was decided on a flow before is decided anew */
	__u32 guards;	     /* enum vdt_guards */
	__u32 head_packets;  /* of each flow's direction the heads are told; at most VDT_HEAD_PACKETS_MAX */
	__u32 heads;	     /* nonzero: odd and dropped packets' heads are told */
	__u32 zero[7];
	struct vdt_config config; /* as loaded: a daemon that resumes must hash alike */
};

VDT_ASSERT_SIZE(struct vdt_switches, 136);

/* What a direction of a flow may spend on telling its first bytes: so fine that packets and bytes are counted by
 * one number, which a byte of its record holds. */
#define VDT_FIRST_CREDIT 240

/* Ports of protocols whose every packet is told, as each may name addresses. */
#define VDT_ENDLESS_PORTS 8
#define VDT_NO_PORT 0x10000 /* no packet's */

/* What the teller of first bytes goes by (bpf/first_bytes.bpf.c). */
struct vdt_first_limits {
	__u32 packets;				/* with payload, of a flow's direction; 1 … VDT_FIRST_CREDIT */
	__u32 bytes;				/* of payload, of a flow's direction */
	__u32 endless_ports[VDT_ENDLESS_PORTS]; /* VDT_NO_PORT where there are fewer */
	/* A CPU's budget: each packet takes its share of a second, and each 1,024 bytes theirs. */
	__u32 packet_ns;
	__u32 kibibyte_ns;
	__u32 burst_ns; /* of a budget that was not used, so much is kept */
	__u32 zero;
};

VDT_ASSERT_SIZE(struct vdt_first_limits, 56);

/* Nobody looks further into a flow than where it begins. */
#define VDT_HEAD_PACKETS_MAX 255

/* Of protocols other than TCP and UDP, whose payload no teller of first bytes takes, so many times as many. */
#define VDT_HEAD_OTHERS 8

/* What the teller of heads goes by (bpf/heads.bpf.c): a CPU's budget for each of enum vdt_head. */
struct vdt_head_limits {
	__u32 packet_ns; /* each packet's share of a second */
	__u32 burst_ns;	 /* of a budget that was not used, so much is kept */
};

VDT_ASSERT_SIZE(struct vdt_head_limits, 8);

/* Changes with every change of a pinned map's layout: a daemon takes over pinned maps of its own
 * layout only. */
#define VDT_LAYOUT_VERSION 21

#endif
