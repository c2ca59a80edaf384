/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a direction's first payload is (abi/payload_class.h): TLS by its ClientHello, SSH by its banner (RFC 4253
 * §4.2), HTTP by its method (RFC 9112 §3.1) or HTTP/2's preface (RFC 9113 §3.4), SMB by its negotiation.
 *
 * No maps, no helpers: kernel programs, tests and fuzzers compile the same. `window` is used up by it.
 */
#ifndef VEDETTE_CLASSIFY_FIRST_PAYLOAD_H
#define VEDETTE_CLASSIFY_FIRST_PAYLOAD_H

#include "classify/smb_negotiate.h"
#include "classify/tls_hello.h"

/* Letters as they stand in a payload's first eight bytes, most significant first. */
#define VDT_LETTERS4(a, b, c, d) ((__u64)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define VDT_LETTERS8(a, b, c, d, e, f, g, h) (VDT_LETTERS4(a, b, c, d) << 32 | VDT_LETTERS4(e, f, g, h))

/* A session's message of SMB: behind its four bytes. */
#define VDT_SMB_1_LETTERS VDT_LETTERS4(0xffU, 'S', 'M', 'B')
#define VDT_SMB_2_LETTERS VDT_LETTERS4(0xfeU, 'S', 'M', 'B')

/* X(enumerator, how many letters, the letters): each word and the blank behind it. */
#define VDT_HTTP_WORDS(X)                                                                                          \
	X(HTTP_GET, 4, VDT_LETTERS4('G', 'E', 'T', ' '))                                                           \
	X(HTTP_HEAD, 5, VDT_LETTERS4('H', 'E', 'A', 'D') << 8 | ' ')                                               \
	X(HTTP_POST, 5, VDT_LETTERS4('P', 'O', 'S', 'T') << 8 | ' ')                                               \
	X(HTTP_PUT, 4, VDT_LETTERS4('P', 'U', 'T', ' '))                                                           \
	X(HTTP_DELETE, 7, VDT_LETTERS8(0, 'D', 'E', 'L', 'E', 'T', 'E', ' '))                                      \
	X(HTTP_CONNECT, 8, VDT_LETTERS8('C', 'O', 'N', 'N', 'E', 'C', 'T', ' '))                                   \
	X(HTTP_OPTIONS, 8, VDT_LETTERS8('O', 'P', 'T', 'I', 'O', 'N', 'S', ' '))                                   \
	X(HTTP_TRACE, 6, VDT_LETTERS8(0, 0, 'T', 'R', 'A', 'C', 'E', ' '))                                         \
	X(HTTP_PATCH, 6, VDT_LETTERS8(0, 0, 'P', 'A', 'T', 'C', 'H', ' '))                                         \
	X(HTTP_2, 8, VDT_LETTERS8('P', 'R', 'I', ' ', '*', ' ', 'H', 'T'))

static __always_inline __u32 vdt_classify_http(__u64 letters)
{
#define VDT_HTTP_IS(enumerator, count, word)                                                                       \
	if (letters >> (64 - 8 * (count)) == (word))                                                               \
		return VDT_PAYLOAD_##enumerator;
	VDT_HTTP_WORDS(VDT_HTTP_IS)
#undef VDT_HTTP_IS
	return VDT_PAYLOAD_UNKNOWN;
}

/* "OPTIONS " begins a request of SIP (RFC 3261 §7.1) and RTSP (RFC 2326 §6.1) too. HTTP's target is a path,
 * "http…", or "*" (RFC 9112 §3.2), which RTSP also has: there the version behind it tells. */
static __always_inline int vdt_is_http_options(const struct vdt_window *window)
{
	__u32 target = vdt_window8(window, 8);

	if (window->size <= 8)
		return 1; /* nothing speaks against it */
	if (target == '*')
		return !vdt_window_holds(window, 10, 1) || vdt_window8(window, 10) == 'H';
	return target == '/' || target == 'h';
}

/* `letters` begin with "SSH-". */
static __always_inline __u32 vdt_classify_ssh(const struct vdt_window *window, __u64 letters)
{
	if ((__u32)letters == VDT_LETTERS4('2', '.', '0', '-'))
		return VDT_PAYLOAD_SSH_2;
	if ((__u32)letters == VDT_LETTERS4('1', '.', '9', '9') && vdt_window_holds(window, 8, 1) &&
	    vdt_window8(window, 8) == '-')
		return VDT_PAYLOAD_SSH_1_99;
	if ((__u32)letters >> 16 == ('1' << 8 | '.'))
		return VDT_PAYLOAD_SSH_1;
	return VDT_PAYLOAD_UNKNOWN;
}

/* enum vdt_payload_class of the window's payload. */
static __always_inline __u32 vdt_classify_payload(struct vdt_window *window)
{
	const __u8 *bytes = window->bytes;
	__u64 letters;
	__u32 method;

	if (window->size < 8)
		return VDT_PAYLOAD_UNKNOWN;
	letters = (__u64)vdt_load32(bytes) << 32 | vdt_load32(bytes + 4);
	if (letters >> 32 == VDT_LETTERS4('S', 'S', 'H', '-'))
		return vdt_classify_ssh(window, letters);
	if (bytes[0] == 0x16 && bytes[1] == 3 && bytes[5] == 1)
		return vdt_classify_tls_hello(window);
	/* SSL 2's length of two bytes with its highest bit set, then a CLIENT-HELLO, which may offer a later
	 * version. */
	if ((bytes[0] & 0x80) && bytes[2] == 1 && (bytes[3] == 0 || bytes[3] == 3))
		return vdt_tls_class(vdt_window16(window, 3));
	if ((__u32)letters == VDT_SMB_1_LETTERS && bytes[0] == 0)
		return vdt_classify_smb1(window);
	if ((__u32)letters == VDT_SMB_2_LETTERS && bytes[0] == 0)
		return VDT_PAYLOAD_SMB_2;
	method = vdt_classify_http(letters);
	if (method == VDT_PAYLOAD_HTTP_OPTIONS && !vdt_is_http_options(window))
		return VDT_PAYLOAD_UNKNOWN;
	return method;
}

#endif
