/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The beginning of a payload in memory of its own, from which classifying reads: no read leaves the window,
 * whatever the bytes say, so that neither the verifier nor a reader has to follow each length that they claim.
 */
#ifndef VEDETTE_CLASSIFY_WINDOW_H
#define VEDETTE_CLASSIFY_WINDOW_H

#include "abi/types.h"

/* A ClientHello's first segment whole, and nearly all ClientHellos. A power of two. */
#define VDT_WINDOW_BYTES 2048

struct vdt_window {
	__u8 bytes[VDT_WINDOW_BYTES];
	__u32 size;  /* of these, how many are the payload's */
	__u16 at;    /* the reader's place */
	__u16 noted; /* a number that it keeps */
};

/* Behind the payload's end anything. */
static __always_inline __u32 vdt_window8(const struct vdt_window *window, __u32 at)
{
	at &= VDT_WINDOW_BYTES - 1;
#ifdef __bpf__
	asm volatile(""
		     : "+r"(at)); /* the compiler would move the bound behind a sum that the verifier then doubts */
#endif
	return window->bytes[at];
}

static __always_inline __u32 vdt_window16(const struct vdt_window *window, __u32 at)
{
	return vdt_window8(window, at) << 8 | vdt_window8(window, at + 1);
}

/* Whether the payload's bytes reach over `size` bytes at `at`. Neither is more than 2^17. */
static __always_inline int vdt_window_holds(const struct vdt_window *window, __u32 at, __u32 size)
{
	return at + size <= window->size;
}

/* Through memory a number is any number again to the verifier, which then follows one way on from it and not one
 * for each number that it can be: the reader's place, and a number that it keeps. */
static __always_inline __u32 vdt_window_place(struct vdt_window *window, __u32 at)
{
	if (at > 0xffff)
		at = 0xffff; /* beyond every window */
	*(volatile __u16 *)&window->at = (__u16)at;
	return *(volatile __u16 *)&window->at;
}

static __always_inline void vdt_window_note(struct vdt_window *window, __u32 number)
{
	*(volatile __u16 *)&window->noted = (__u16)number;
}

static __always_inline __u32 vdt_window_noted(const struct vdt_window *window)
{
	return *(const volatile __u16 *)&window->noted;
}

#endif
