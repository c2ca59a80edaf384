/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef VEDETTE_ABI_VERDICT_H
#define VEDETTE_ABI_VERDICT_H

#include "abi/types.h"

/* X(enumerator, name in JSON). What was decided on a packet. */
#define VDT_VERDICT_LIST(X)                                                                                        \
	X(NONE, "")                                                                                                \
	X(DROP, "drop")                                                                                            \
	X(ASK, "") /* of a flow: its next packet goes the long way, to be decided on or told */                    \
	X(REJECT, "reject")                                                                                        \
	X(MARK, "mark")                                                                                            \
	X(DSCP, "dscp")                                                                                            \
	X(REDIRECT, "redirect")                                                                                    \
	X(SAMPLE, "sample")

#define VDT_AS_VERDICT(enumerator, name) VDT_VERDICT_##enumerator,
enum vdt_verdict { VDT_VERDICT_LIST(VDT_AS_VERDICT) VDT_VERDICT_COUNT };

/* Whether bpf/act.bpf.c is to do what was decided. */
static __always_inline int vdt_is_acted(__u32 verdict)
{
	return verdict > VDT_VERDICT_ASK;
}

/* Whether the packet goes no further. */
static __always_inline int vdt_is_dropped(__u32 verdict)
{
	return verdict == VDT_VERDICT_DROP || verdict == VDT_VERDICT_REJECT;
}

#endif
