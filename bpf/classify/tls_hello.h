/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The highest TLS version that a ClientHello offers: the supported_versions extension's (RFC 8446 §4.2.1) where
 * there is one, else the hello's own (RFC 5246 §7.4.1.2). SSL 2's hello offers its one version (RFC 6101, appendix
 * E).
 */
#ifndef VEDETTE_CLASSIFY_TLS_HELLO_H
#define VEDETTE_CLASSIFY_TLS_HELLO_H

#include "abi/payload_class.h"
#include "classify/window.h"
#include "parse/cursor.h"

#define VDT_TLS_EXTENSIONS_WALKED 48 /* browsers send some 20 */
#define VDT_TLS_VERSIONS_WALKED 16   /* they offer two to five */
#define VDT_TLS_SUPPORTED_VERSIONS 43

/* VDT_PAYLOAD_UNKNOWN where there is no such version. Drafts of TLS 1.3 have 0x7fNN, Facebook's 0xfbNN. */
static __always_inline __u32 vdt_tls_class(__u32 version)
{
	if (version >= 0x0300 && version <= 0x0304)
		return VDT_PAYLOAD_SSL_3 + (version - 0x0300);
	if (version >> 8 == 0x7f || version >> 8 == 0xfb)
		return VDT_PAYLOAD_TLS_1_3;
	return version == 0x0002 ? VDT_PAYLOAD_SSL_2 : VDT_PAYLOAD_UNKNOWN;
}

/* Of a hello that the payload doesn't hold whole, nor the extension that may be in the rest. No client older than
 * TLS 1.2 sends that. `own`: the hello's own version. */
static __always_inline __u32 vdt_tls_cut(__u32 own)
{
	return own < VDT_PAYLOAD_TLS_1_2 ? own : (__u32)VDT_PAYLOAD_TLS_UNSEEN;
}

/* Where the list of versions begins, among the extensions from `at` to `end`: behind `end` where there is none.
 * What the payload doesn't reach may be one. */
static __always_inline __u32 vdt_tls_find_versions(struct vdt_window *window, __u32 at, __u32 end)
{
	VDT_ROLLED
	for (int walked = 0; walked < VDT_TLS_EXTENSIONS_WALKED; walked++) {
		at = vdt_window_place(window, at);
		if (!vdt_window_holds(window, at, 4) || at + 4 > end)
			return at;
		if (vdt_window16(window, at) == VDT_TLS_SUPPORTED_VERSIONS)
			return at + 4;
		at += 4 + vdt_window16(window, at + 2);
	}
	return at;
}

/* The highest of the list at `at`, whose length stands before it in one byte. */
static __always_inline __u32 vdt_tls_highest(struct vdt_window *window, __u32 at)
{
	__u32 left = vdt_window8(window, at) / 2;

	at++;
	vdt_window_note(window, VDT_PAYLOAD_TLS_UNSEEN);
	VDT_ROLLED
	for (int walked = 0; walked < VDT_TLS_VERSIONS_WALKED && left; walked++, left--) {
		__u32 offered;

		at = vdt_window_place(window, at);
		if (!vdt_window_holds(window, at, 2))
			return VDT_PAYLOAD_TLS_UNSEEN;
		offered = vdt_tls_class(vdt_window16(window, at));
		if (offered > vdt_window_noted(window))
			vdt_window_note(window, offered);
		at += 2;
	}
	return vdt_window_noted(window);
}

/* The window begins with a record that begins with a ClientHello. */
static __always_inline __u32 vdt_classify_tls_hello(struct vdt_window *window)
{
	__u32 record = vdt_window16(window, 3), own = vdt_tls_class(vdt_window16(window, 9)), at, end;

	if (own < VDT_PAYLOAD_SSL_3 || !vdt_window_holds(window, 0, 44))
		return VDT_PAYLOAD_UNKNOWN;
	vdt_window_note(window, own);
	/* What stands behind the record is another one's header, not the hello's next byte. */
	if (window->size > 5 + record)
		window->size = 5 + record;
	end = 9 + (vdt_window8(window, 6) << 16 | vdt_window16(window, 7));
	own = vdt_window_noted(window);
	at = vdt_window_place(window, 44 + vdt_window8(window, 43));
	if (!vdt_window_holds(window, at, 2))
		return vdt_tls_cut(own);
	at = vdt_window_place(window, at + 2 + vdt_window16(window, at));
	if (!vdt_window_holds(window, at, 1))
		return vdt_tls_cut(own);
	at = vdt_window_place(window, at + 1 + vdt_window8(window, at));
	if (at + 2 > end)
		return own;
	if (!vdt_window_holds(window, at, 2))
		return vdt_tls_cut(own);
	end = at + 2 + vdt_window16(window, at);
	at = vdt_window_place(window, vdt_tls_find_versions(window, at + 2, end));
	if (at >= end)
		return own;
	if (!vdt_window_holds(window, at, 1))
		return vdt_tls_cut(own);
	return vdt_tls_highest(window, at);
}

#endif
