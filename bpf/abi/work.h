/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What one CPU works with on one interface: the counters that user space reads, and beside them, so that
 * one lookup finds both, the packet at hand and the last reading of the clock.
 */
#ifndef VEDETTE_ABI_WORK_H
#define VEDETTE_ABI_WORK_H

#include "abi/counters.h"
#include "abi/packet.h"

struct vdt_time {
	__u64 tick; /* jiffies at which the clock was read */
	__u64 ns;   /* CLOCK_MONOTONIC */
	__u64 us;   /* the same in microseconds: a division a tick, not a packet */
};

struct vdt_work {
	struct vdt_counters counters;
	struct vdt_packet packet;
	struct vdt_time now;
};

VDT_ASSERT_SIZE(struct vdt_work, sizeof(struct vdt_counters) + sizeof(struct vdt_packet) + 24);

#endif
