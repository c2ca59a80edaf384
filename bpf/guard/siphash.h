/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SipHash-2-4 (Aumasson and Bernstein 2012) over five words: a keyed hash whose key nobody learns from its values,
 * as an attacker sees those that are made for his own addresses.
 */
#ifndef VEDETTE_GUARD_SIPHASH_H
#define VEDETTE_GUARD_SIPHASH_H

#include "abi/types.h"

#define VDT_SIP_WORDS 5

static __always_inline __u64 vdt_rotated(__u64 word, int by)
{
	return word << by | word >> (64 - by);
}

static __always_inline void vdt_sip_round(__u64 v[4])
{
	v[0] += v[1];
	v[1] = vdt_rotated(v[1], 13) ^ v[0];
	v[0] = vdt_rotated(v[0], 32);
	v[2] += v[3];
	v[3] = vdt_rotated(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = vdt_rotated(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = vdt_rotated(v[1], 17) ^ v[2];
	v[2] = vdt_rotated(v[2], 32);
}

/* Of the words' bytes as they lie on a little-endian machine. */
static __always_inline __u64 vdt_siphash(const __u64 words[VDT_SIP_WORDS], const __u64 key[2])
{
	const __u64 length = (__u64)VDT_SIP_WORDS * 8 << 56;
	__u64 v[4] = {
		key[0] ^ 0x736f6d6570736575ULL,
		key[1] ^ 0x646f72616e646f6dULL,
		key[0] ^ 0x6c7967656e657261ULL,
		key[1] ^ 0x7465646279746573ULL,
	};

	for (int i = 0; i <= VDT_SIP_WORDS; i++) {
		__u64 word = i < VDT_SIP_WORDS ? words[i] : length;

		v[3] ^= word;
		vdt_sip_round(v);
		vdt_sip_round(v);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		vdt_sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif
