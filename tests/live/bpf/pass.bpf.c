// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Passes all: a veth device takes what its peer's XDP sends where it has such a program itself. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
