/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which packets are among their flow's first with a payload: those that find some of their direction's credit left
 * in its record (VDT_FIRST_CREDIT). They are handed to a program of their own (bpf/first_bytes.bpf.c), which gives
 * back what it leaves of the credit; where that program is missing, the direction is quiet from its first packet
 * on.
 */
#ifndef VEDETTE_FLOW_FIRST_BYTES_H
#define VEDETTE_FLOW_FIRST_BYTES_H

#include "abi/config.h"
#include "abi/flow_record.h"
#include "abi/work.h"
#include "parse/protocols.h"

/* Of another protocol nobody decodes the payload; and of a datagram's fragments the first one begins it. */
static __always_inline int vdt_has_first_bytes(const struct vdt_packet_core *core)
{
	return core->payload_length && (core->facts & VDT_FACT_PORTS) &&
	       (core->key.protocol == VDT_IP_TCP || core->key.protocol == VDT_IP_UDP) &&
	       (core->fragment == VDT_FRAGMENT_NONE || core->fragment == VDT_FRAGMENT_FIRST);
}

/* Where the bytes of the packet at hand's direction begin, if none has come before it: told by the SYN, or by the
 * first segment that was seen. `tcp`: before the packet is counted there. */
static __always_inline __u32 vdt_first_sequence(const struct vdt_tcp_health *tcp,
						const struct vdt_packet_core *core)
{
	if ((tcp->state & VDT_TCP_SEQ_KNOWN) && !(core->tcp_flags & VDT_TCP_SYN))
		return tcp->next_seq;
	return core->tcp_seq + !!(core->tcp_flags & VDT_TCP_SYN);
}

#endif
