/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading bytes out of a frame: the only place where the parser touches memory that came from
 * outside. Every read asks vdt_at() first; what it returns may be read for `size` bytes.
 */
#ifndef VEDETTE_PARSE_CURSOR_H
#define VEDETTE_PARSE_CURSOR_H

#include "abi/packet.h"

/* No header starts later than this: what the walk over tags, labels, extension headers and one
 * tunnel can reach, and a bound that the verifier can follow. Bytes. */
#define VDT_OFFSET_MAX 0x3fff

/* Before a loop over what a packet repeats: unrolled, the rare path would crowd the common one out of the
 * instruction cache. */
#ifdef __bpf__
#define VDT_ROLLED _Pragma("clang loop unroll(disable)")
#else
#define VDT_ROLLED
#endif

/* A function that BPF keeps as one: it is verified and cached apart from its callers. */
#ifdef __bpf__
#define VDT_APART static __attribute__((noinline))
#else
#define VDT_APART static inline
#endif

/* Clears what every frame must define. `length`: bytes on the wire, without FCS. */
static __always_inline void vdt_begin(struct vdt_packet_core *core, __u32 length)
{
	/* In halves: up to 96 bytes g++ clears with a few wide stores, more with a string instruction that takes
	 * three times as long as the rest of a plain frame's parsing. */
	__builtin_memset(core, 0, sizeof(*core) / 2);
	__builtin_memset((__u8 *)core + sizeof(*core) / 2, 0, sizeof(*core) - sizeof(*core) / 2);
	core->length = length;
}

/* The `size` bytes at `offset`, or NULL where the frame ends before them. */
static __always_inline const __u8 *vdt_at(const __u8 *data, const __u8 *end, __u32 offset, __u32 size)
{
	if (offset > VDT_OFFSET_MAX)
		return 0;
#ifdef __bpf__
	const __u8 *at = data + offset;

	if (at + size > end)
		return 0;
	return at;
#else
	if ((__u64)(end - data) < (__u64)offset + size)
		return 0;
	return data + offset;
#endif
}

/* True where the frame has at least `size` bytes at hand: what vdt_at() asks of one offset, for headers at places
 * that are known beforehand. */
static __always_inline int vdt_holds(const __u8 *data, const __u8 *end, __u32 size)
{
#ifdef __bpf__
	return data + size <= end;
#else
	return end - data >= (__s64)size;
#endif
}

/* Walking tags, options and extension headers, the verifier would follow each offset that each path can
 * lead to, and multiply them. An offset that went through memory is any number to it: all paths become
 * one, and vdt_at() checks the number anyway. */
static __always_inline __u32 vdt_forget(struct vdt_packet_core *core, __u32 offset)
{
#ifdef __bpf__
	*(volatile __u16 *)&core->cursor = offset;
	return *(volatile __u16 *)&core->cursor;
#else
	(void)core;
	return offset;
#endif
}

/* BPF takes unaligned loads of packet memory as they are, but its compiler turns a copy of unknown alignment into
 * single bytes. */
#ifdef __bpf__
#define VDT_AS_ALIGNED(at, size) __builtin_assume_aligned(at, size)
#else
#define VDT_AS_ALIGNED(at, size) (at)
#endif

/* In the wire's byte order. */
static __always_inline __u16 vdt_wire16(const __u8 *at)
{
	__u16 value;

	__builtin_memcpy(&value, VDT_AS_ALIGNED(at, 2), sizeof(value));
	return value;
}

static __always_inline __u32 vdt_wire32(const __u8 *at)
{
	__u32 value;

	__builtin_memcpy(&value, VDT_AS_ALIGNED(at, 4), sizeof(value));
	return value;
}

static __always_inline __u64 vdt_wire64(const __u8 *at)
{
	__u64 value;

	__builtin_memcpy(&value, VDT_AS_ALIGNED(at, 8), sizeof(value));
	return value;
}

/* Big-endian numbers. */
static __always_inline __u16 vdt_load16(const __u8 *at)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_bswap16(vdt_wire16(at));
#else
	return vdt_wire16(at);
#endif
}

static __always_inline __u32 vdt_load32(const __u8 *at)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_bswap32(vdt_wire32(at));
#else
	return vdt_wire32(at);
#endif
}

static __always_inline __u32 vdt_load24(const __u8 *at)
{
	return (__u32)at[0] << 16 | (__u32)at[1] << 8 | at[2];
}

static __always_inline void vdt_copy_mac(__u8 *to, const __u8 *at)
{
#ifdef __bpf__
	*(__u32 *)to = *(const __u32 *)at;
	*(__u16 *)(to + 4) = *(const __u16 *)(at + 4);
#else
	__builtin_memcpy(to, at, 6);
#endif
}

/* Addresses keep the wire's byte order. They are written as whole 64-bit words, as the flow cache reads them: a
 * load that spans several narrower stores waits until all of them have reached the cache. */
static __always_inline void vdt_copy_ipv4(union vdt_address *to, const __u8 *at)
{
	to->halves[0] = vdt_wire32(at);
	to->halves[1] = 0;
}

static __always_inline void vdt_copy_ipv6(union vdt_address *to, const __u8 *at)
{
	to->halves[0] = vdt_wire64(at);
	to->halves[1] = vdt_wire64(at + 8);
}

#endif
