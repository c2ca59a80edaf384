/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is known of the packet at hand's flow, as far as the guard asks it. */
#ifndef VEDETTE_GUARD_KNOWN_FLOW_H
#define VEDETTE_GUARD_KNOWN_FLOW_H

#include "abi/verdict.h"
#include "flow/known_record.h"

/* Whether it was found to belong to a connection. Not static: the verifier goes through it once by itself. */
__attribute__((noinline)) int vdt_is_settled(struct vdt_work *here)
{
	struct vdt_flow_record *record;

	if (!here)
		return 0;
	record = vdt_known_record(here, bpf_get_smp_processor_id());
	return record && record->packets && record->verdict != VDT_VERDICT_ASK &&
	       !(record->tcp.state & VDT_TCP_SYN_SEEN);
}

/* The flow that there was ends: a connection of the same addresses and ports may follow. */
__attribute__((noinline)) int vdt_unsettle(struct vdt_work *here)
{
	struct vdt_flow_record *record;

	if (!here)
		return 0;
	record = vdt_known_record(here, bpf_get_smp_processor_id());
	if (record)
		record->verdict = VDT_VERDICT_ASK;
	return 0;
}

#endif
