/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What an SMB connection begins with: an SMB 1 negotiation (MS-CIFS §2.2.4.52), in which newer clients offer SMB 2
 * among their dialects (MS-SMB2 §3.2.4.2.2.1), or SMB 2's own.
 */
#ifndef VEDETTE_CLASSIFY_SMB_NEGOTIATE_H
#define VEDETTE_CLASSIFY_SMB_NEGOTIATE_H

#include "abi/payload_class.h"
#include "classify/window.h"
#include "parse/cursor.h"

/* Offsets of the payload, which begins with four bytes of the session (RFC 1002 §4.3.1). */
#define VDT_SMB_COMMAND 8
#define VDT_SMB_FLAGS 13
#define VDT_SMB_BYTE_COUNT 37
#define VDT_SMB_DIALECTS 39

#define VDT_SMB_NEGOTIATE 0x72
#define VDT_SMB_REPLY 0x80
#define VDT_SMB_DIALECTS_WALKED 256 /* bytes; Windows sends 120 */

/* "\2SMB 2.": a dialect's format, and how SMB 2's names begin. */
#define VDT_SMB_2_DIALECT 0x02534d4220322eULL

/* The window's payload is an SMB 1 message. */
static __always_inline __u32 vdt_classify_smb1(const struct vdt_window *window)
{
	__u32 size = vdt_window8(window, VDT_SMB_BYTE_COUNT) | vdt_window8(window, VDT_SMB_BYTE_COUNT + 1) << 8;
	__u64 last = 0;

	if (!vdt_window_holds(window, 0, VDT_SMB_DIALECTS))
		return VDT_PAYLOAD_UNKNOWN;
	if (vdt_window8(window, VDT_SMB_COMMAND) != VDT_SMB_NEGOTIATE ||
	    (vdt_window8(window, VDT_SMB_FLAGS) & VDT_SMB_REPLY))
		return VDT_PAYLOAD_SMB_1;
	/* What isn't seen whole may offer SMB 2. */
	if (size > VDT_SMB_DIALECTS_WALKED || !vdt_window_holds(window, VDT_SMB_DIALECTS, size))
		return VDT_PAYLOAD_UNKNOWN;
	VDT_ROLLED
	for (__u32 at = 0; at < VDT_SMB_DIALECTS_WALKED && at < size; at++) {
		last = last << 8 | vdt_window8(window, VDT_SMB_DIALECTS + at);
		if ((last & 0xffffffffffffffULL) == VDT_SMB_2_DIALECT)
			return VDT_PAYLOAD_SMB_1_OR_2;
	}
	return VDT_PAYLOAD_SMB_1;
}

#endif
