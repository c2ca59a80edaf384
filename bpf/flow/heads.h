/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which packets' heads user space gets beside what their flow's record tells: odd ones, each direction's first few,
 * and SYNs, by which a connection on old addresses and ports begins. They are handed to a program of their own
 * (bpf/heads.bpf.c); where that is missing, nothing comes of it.
 */
#ifndef VEDETTE_FLOW_HEADS_H
#define VEDETTE_FLOW_HEADS_H

#include "abi/config.h"
#include "abi/events.h"
#include "classify/odd_packet.h"
#include "flow/work.h"
#include "parse/protocols.h"

/* enum vdt_head of the packet at hand, whose flow's direction has so many before it; 0 = its head isn't told. Not
 * static: the verifier goes through it once by itself. */
__attribute__((noinline)) int vdt_head_due(const struct vdt_work *here, __u64 before)
{
	const struct vdt_packet_core *core;
	__u32 first = vdt_switches.head_packets;

	if (!here)
		return 0;
	core = &here->packet.core;
	if (vdt_switches.heads && vdt_is_odd(core))
		return VDT_HEAD_ODD;
	if (core->key.protocol != VDT_IP_TCP && core->key.protocol != VDT_IP_UDP)
		first *= VDT_HEAD_OTHERS;
	if (!first)
		return 0;
	if (!before || (core->tcp_flags & VDT_TCP_SYN))
		return VDT_HEAD_BEGINS;
	return before < first ? VDT_HEAD_FLOW : 0;
}

#endif
