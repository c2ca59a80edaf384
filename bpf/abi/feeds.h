/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What feeds block: a million prefixes and more, compiled by user space (src/act/feed_table.h) into one array that
 * never changes but for its hits, and is swapped as a whole (one element of a map of maps), so that no packet sees
 * half a list.
 *
 * The array is of lines of 64 bytes, each of which is one of a CPU's cache, and the parts of it begin at a line
 * each. Most of what feeds name are single IPv4 addresses, and most of what they drop comes from these: such a
 * host has an element in a bucket of half a line,
 *
 *   hosts   [hash of address]  sixteen addresses, of each what tells it apart in its bucket, 16 bits
 *
 * so that a packet of it takes one access to memory, which is only read, and to as little of it as may be: a
 * million hosts' lie in a CPU's own cache, or nearly. Whatever is not found there, a host whose bucket is full
 * among it, goes the way that is there for all IPv4 prefixes,
 *
 *   index   [address >> 14]   which of 64 networks of 24 bits hold anything, and how many spans lie before them
 *   spans   [count]           which of the network's addresses which entry holds, or which further spans do
 *   entries [entry]           its end and its hits
 *
 * Spans are disjoint: of entries within one another, the longest prefix's. An IPv6 address's is by binary search
 * over the lengths that occur (Waldvogel et al., "Scalable high speed IP routing lookups", 1997): a hash table has,
 * for each prefix, itself and, where the search would turn away from it, markers that lead to it; each of these
 * names the longest entry that holds it, so that no search goes back.
 */
#ifndef VEDETTE_ABI_FEEDS_H
#define VEDETTE_ABI_FEEDS_H

#include "abi/types.h"

#define VDT_FEED_LINE 64

struct vdt_feed_line {
	__u64 words[VDT_FEED_LINE / 8];
};

VDT_ASSERT_SIZE(struct vdt_feed_line, VDT_FEED_LINE);

#define VDT_FEED_STEPS6 8 /* of the search over these */
#define VDT_FEED_SLOTS6 4 /* in which a key may be: two in each of two buckets (Dietzfelbinger, Weidling, 2007) */
#define VDT_FEED_STEPS4 9 /* of the search over 256 spans at most, one a single address */
#define VDT_FEEDS 64	  /* a set of them is a word */
#define VDT_FEED_NAME 32  /* bytes, the last one 0 */

/* Line 0: at which lines the parts begin. */
struct vdt_feed_header {
	__u32 index4;
	__u32 spans4;
	__u32 entries4;
	__u32 table6;
	__u32 entries6;	     /* struct vdt_feed_entry6 */
	__u32 mask6;	     /* buckets of two slots, a power of two, less one */
	__u16 length_count6; /* 0 = there is no IPv6 entry */
	__u16 zero;
	__u32 hash_key; /* odd and random, so that no feed can aim at one slot */
	__u32 hosts4;
	__u32 buckets4;	    /* of hosts; at least VDT_FEED_BUCKETS_LEAST */
	__u32 hosts4_until; /* from then on the hosts' elements say nothing more; 0 = without an end */
	__u32 unused[5];
};

VDT_ASSERT_SIZE(struct vdt_feed_header, VDT_FEED_LINE);

/* Line 1: what a successor of the daemon reads it by. */
struct vdt_feed_contents {
	__u32 sets;  /* line; u64 words, a bit for each feed */
	__u32 names; /* line; one of VDT_FEED_NAME bytes each */
	__u32 entries4;
	__u32 entries6;
	__u32 set_count;
	__u32 name_count;
	__u32 zero[2];
};

VDT_ASSERT_SIZE(struct vdt_feed_contents, 32);

/* What tells single IPv4 addresses apart whose entries drop at least until vdt_feed_header.hosts4_until, in no
 * order; VDT_FEED_NO_HOST where there are fewer. */
#define VDT_FEED_BUCKET 16

struct vdt_feed_bucket {
	__u16 hosts[VDT_FEED_BUCKET];
};

VDT_ASSERT_SIZE(struct vdt_feed_bucket, VDT_FEED_LINE / 2);

/* Where a host is among so many buckets: in the upper half the bucket's number, and in the lower one's upper 16
 * bits what tells it apart there. An address and its hash are one to one, and the hashes in a bucket lie `buckets`
 * apart in the lower half: so with 65,536 or more, no two are the same in those bits. */
#define VDT_FEED_BUCKETS_LEAST 65536

static __always_inline __u64 vdt_feed_host_place(__u32 address, __u32 key, __u32 buckets)
{
	__u32 hash = address * key;

	hash = (hash ^ hash >> 15) * 0x846ca68bU;
	return (__u64)hash * buckets;
}

/* A host that this is the name of has no element. */
#define VDT_FEED_NO_HOST 0xffff

static __always_inline __u16 vdt_feed_host_name(__u64 place)
{
	return (__u16)((__u32)place >> 16);
}

/* A length of IPv6 prefixes that occurs, the shortest one first. */
struct vdt_feed_length6 {
	__u64 high; /* the bits of an address that it leaves */
	__u64 low;
	__u64 length;
	__u64 zero;
};

VDT_ASSERT_SIZE(struct vdt_feed_length6, 32);

#define VDT_FEED_CONTENTS_LINE 1
#define VDT_FEED_LENGTHS_LINE 2 /* struct vdt_feed_length6 each; the other parts follow */

/* Of 64 networks of 24 bits. */
struct vdt_feed_index4 {
	__u64 bits;  /* those that have a span */
	__u32 first; /* span of the first one */
	__u32 whole; /* 1 + the entry that holds all 64 and everything in them; 0: ask the spans */
};

VDT_ASSERT_SIZE(struct vdt_feed_index4, 16);

/* Addresses of one network of 24 bits by their last byte, first … last. */
struct vdt_feed_span {
	__u32 entry; /* or, where there are more: the first one of these, all of them in order */
	__u8 first;
	__u8 last;
	__u16 more; /* number of spans */
};

VDT_ASSERT_SIZE(struct vdt_feed_span, 8);

/* Times are in units of 2^30 ns of CLOCK_MONOTONIC, rounded up; 0 = without an end. As struct vdt_listed's, each is
 * the latest of its own and of all entries that hold it. */
#define VDT_FEED_TIME_SHIFT 30
#define VDT_FEED_NEVER_DROPS 0xffffffff

struct vdt_feed_entry {
	__u64 packets; /* on the wire, that it decided on */
	__u64 bytes;   /* on the wire, without FCS */
	__u32 until;
	__u32 drops_until; /* of those that don't observe only; VDT_FEED_NEVER_DROPS where all do */
	__u8 address[4];   /* IPv4's */
	__u8 length;
	__u8 zero;
	__u16 set; /* which feeds name it: index of their set */
};

VDT_ASSERT_SIZE(struct vdt_feed_entry, 32);

struct vdt_feed_entry6 {
	struct vdt_feed_entry entry;
	__u8 address[16];
	__u64 zero[2];
};

VDT_ASSERT_SIZE(struct vdt_feed_entry6, 64);

/* A prefix or marker; addresses as words in big-endian order of their bytes. */
struct vdt_feed_slot6 {
	__u64 high;
	__u64 low;
	__u32 length; /* 1 + its bits; 0 = the slot is empty */
	__u32 entry;  /* 1 + the longest that holds it; 0 = none */
	__u64 zero;
};

VDT_ASSERT_SIZE(struct vdt_feed_slot6, 32);

static __always_inline __u64 vdt_feed_hash6(__u64 high, __u64 low, __u32 length, __u32 key)
{
	__u64 mixed = (high ^ key) * 0x9fb21c651e98df25ULL ^ (low + length) * 0x9e3779b97f4a7c15ULL;

	mixed = (mixed ^ mixed >> 32) * ((__u64)key << 32 | key);
	return mixed ^ mixed >> 29;
}

/* The number of the slot, 0 … VDT_FEED_SLOTS6 - 1. `mask`: buckets, less one. */
static __always_inline __u32 vdt_feed_slot_at(__u64 hash, __u32 choice, __u32 mask)
{
	__u32 bucket = (choice & 2 ? (__u32)hash : (__u32)(hash >> 32)) & mask;

	return 2 * bucket + (choice & 1);
}

#endif
