/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the loader tells the packet programs: constants fixed at load, which the verifier folds, and
 * switches that user space flips in a mapped array while they run.
 */
#ifndef VEDETTE_ABI_CONFIG_H
#define VEDETTE_ABI_CONFIG_H

#include "abi/flow_key.h"

struct vdt_config {
	__u64 hash_keys[VDT_FLOW_KEY_WORDS]; /* odd and random, so that nobody can aim at one set */
	__u32 sets_mask;		     /* sets a CPU, a power of two, less one */
	__u32 cpus;			     /* one more than the highest CPU's number: regions of the flow cache */
	__u32 slots_mask;		     /* slots of the interfaces' counters, a power of two, less one */
	__u32 zero;
};

VDT_ASSERT_SIZE(struct vdt_config, 72);

struct vdt_switches {
	__u32 watchers; /* nonzero: packets go on to the watch programs */
	__u32 layout;	/* VDT_LAYOUT_VERSION of who made the maps */
	__u32 zero[14];
	struct vdt_config config; /* as loaded: a daemon that resumes must hash alike */
};

VDT_ASSERT_SIZE(struct vdt_switches, 136);

/* Changes with every change of a pinned map's layout: a daemon takes over pinned maps of its own
 * layout only. */
#define VDT_LAYOUT_VERSION 4

#endif
