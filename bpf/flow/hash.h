/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a flow lies in the flow cache: a hash of its key, from which set, ways and tag come. User space computes
 * the same to find a flow's record.
 */
#ifndef VEDETTE_FLOW_HASH_H
#define VEDETTE_FLOW_HASH_H

#include "abi/flow_key.h"

static __always_inline __u64 vdt_hashed(__u64 word, __u64 key)
{
	return (word ^ (word >> 32)) * key;
}

/* Multilinear hashing (Carter & Wegman 1979) with secret keys, then a finalizer that spreads the upper
 * half's quality over all bits: set, way and tag all come from it. Two IPv4 addresses share a word. */
static __always_inline __u64 vdt_flow_hash(const __u64 words[VDT_FLOW_KEY_WORDS], const volatile __u64 *keys)
{
	__u64 hash = vdt_hashed(words[4], keys[4]) + vdt_hashed(words[5], keys[5]);

	if (words[6])
		hash += words[6] * keys[6];
	if (words[1] | words[3])
		hash += vdt_hashed(words[0], keys[0]) + vdt_hashed(words[1], keys[1]) +
			vdt_hashed(words[2], keys[2]) + vdt_hashed(words[3], keys[3]);
	else
		hash += vdt_hashed(words[0] ^ words[2] << 32, keys[0]);
	hash ^= hash >> 32;
	hash *= 0x9fb21c651e98df25ULL;
	return hash ^ (hash >> 28);
}

#endif
