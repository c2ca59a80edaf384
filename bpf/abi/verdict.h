/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef VEDETTE_ABI_VERDICT_H
#define VEDETTE_ABI_VERDICT_H

/* X(enumerator, name in JSON). What was decided on a packet. */
#define VDT_VERDICT_LIST(X)                                                                                        \
	X(NONE, "")                                                                                                \
	X(DROP, "drop")                                                                                            \
	X(ASK, "") /* of a flow: each of its packets is decided on for itself */

#define VDT_AS_VERDICT(enumerator, name) VDT_VERDICT_##enumerator,
enum vdt_verdict { VDT_VERDICT_LIST(VDT_AS_VERDICT) VDT_VERDICT_COUNT };

#endif
