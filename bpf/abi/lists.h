/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The block-list and the allow-list: prefixes of source addresses, each with its end, its hits and its reason, in
 * pinned maps, so that they decide and end while no daemon runs.
 *
 * A look-up finds the longest prefix alone. So that a short-lived entry inside a longer-lived one opens no hole
 * when it ends, nor one that only observes inside one that drops, `until_ns` and `drops_until_ns` of each are the
 * latest of itself and of all entries of its list that hold it; user space keeps that true (src/act/prefix_list.h).
 */
#ifndef VEDETTE_ABI_LISTS_H
#define VEDETTE_ABI_LISTS_H

#include "abi/types.h"

/* Entries of each list and IP version. */
#define VDT_LIST_ENTRIES 65536

#define VDT_LIST_REASON 80 /* bytes of text, the last one 0 */

/* Keys of the kernel's longest-prefix-match tries. A trie keeps an entry's value right behind its key's address, so
 * that must be a multiple of 8 bytes: an atomic addition across two cache lines stops every CPU of the machine, for
 * some 60 us where that was measured. */
struct vdt_prefix4 {
	__u32 length;
	__u8 address[4];
	__u8 zero[4];
};

VDT_ASSERT_SIZE(struct vdt_prefix4, 12);

struct vdt_prefix6 {
	__u32 length;
	__u8 address[16];
};

VDT_ASSERT_SIZE(struct vdt_prefix6, 20);
VDT_STATIC_ASSERT((sizeof(struct vdt_prefix4) - 4) % 8 == 0 && (sizeof(struct vdt_prefix6) - 4) % 8 == 0,
		  "entries' counters would cross cache lines");

enum vdt_listed_flag {
	VDT_LISTED_OBSERVE = 1 << 0, /* counts what it would have blocked, and lets it pass */
	VDT_LISTED_POLICY = 1 << 1,  /* the policy's, not made by hand */
};

#define VDT_NEVER_DROPS 1 /* ns after the machine's start */

struct vdt_listed {
	__u64 until_ns;	      /* CLOCK_MONOTONIC; 0 = it has no end */
	__u64 own_until_ns;   /* the same of this entry alone */
	__u64 drops_until_ns; /* the same of those that don't observe only; VDT_NEVER_DROPS where all do */
	__u64 packets;	      /* on the wire, that it decided on */
	__u64 bytes;	      /* on the wire, without FCS */
	__u64 since_ns;	      /* CLOCK_REALTIME at which it was made */
	__u32 flags;	      /* enum vdt_listed_flag */
	__u32 zero;
	char reason[VDT_LIST_REASON]; /* UTF-8 */
};

VDT_ASSERT_SIZE(struct vdt_listed, 136);

/* Bits of vdt_switches.lists: what a packet must be asked about. */
enum vdt_lists {
	VDT_LISTS_BLOCK = 1 << 0,      /* the block-list or a feed isn't empty */
	VDT_LISTS_SHORT_IPV6 = 1 << 1, /* there are IPv6 prefixes shorter than VDT_BLOCK_BITS6_SHORTEST */
	VDT_LISTS_RULES = 1 << 2,      /* there are rules */
	VDT_LISTS_ALLOW = 1 << 3,      /* the allow-list isn't empty */
	VDT_LISTS_WIDE_IPV6 = 1 << 4,  /* there are some shorter than VDT_BLOCK_BITS6_PREFIX: two bits are asked */
	VDT_LISTS_BY_HAND = 1 << 5,    /* the block-list's tries aren't empty */
	VDT_LISTS_FEEDS = 1 << 6,      /* a feed isn't empty */
	VDT_LISTS_PAYLOAD = 1 << 7,    /* a rule asks for bytes of the payload */
	VDT_LISTS_PROTOCOLS = 1 << 8,  /* there is a protocol policy */
};

/* Before the lists, which cost more than all else that a known flow's packet takes, stand two maps of bits: one for
 * each /24 of IPv4, and one for the hash of each /48 and of each /32 of IPv6. Where the bit is 0 no entry holds the
 * address: a prefix of IPv6 has its /48's bit, or where it is wider those of all its /32s. */
#define VDT_BLOCK_BITS4 (1 << 24)
#define VDT_BLOCK_BITS6 (1 << 24)
#define VDT_BLOCK_BITS6_PREFIX 48
#define VDT_BLOCK_BITS6_WIDE 32
#define VDT_BLOCK_BITS6_SHORTEST 20 /* 4,096 bits; shorter ones would have nearly all */

/* `address`: as it stands on the wire. */
static __always_inline __u32 vdt_block_bit4(const __u8 address[4])
{
	return (__u32)address[0] << 16 | (__u32)address[1] << 8 | address[2];
}

/* `first_half`: of an address, the first eight bytes as they stand on the wire, in a little-endian word. */
static __always_inline __u32 vdt_block_bit6(__u64 first_half)
{
	return (__u32)(((first_half & 0xffffffffffffULL) * 0x9fb21c651e98df25ULL) >> 40);
}

static __always_inline __u32 vdt_block_bit6_wide(__u64 first_half)
{
	return (__u32)(((first_half & 0xffffffffULL) * 0x9e3779b97f4a7c15ULL) >> 40);
}

#endif
