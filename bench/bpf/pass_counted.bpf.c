// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the live benchmark compares with: what `xdp-bench pass` and `xdp-bench drop` of xdp-tools run (a counter a
 * CPU and a verdict), for kernels on which xdp-bench itself does not load.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} counted SEC(".maps");

static __always_inline int count(int verdict)
{
	__u32 only = 0;
	__u64 *packets = bpf_map_lookup_elem(&counted, &only);

	if (!packets)
		return XDP_ABORTED;
	(*packets)++;
	return verdict;
}

SEC("xdp")
int pass_counted(struct xdp_md *ctx)
{
	(void)ctx;
	return count(XDP_PASS);
}

SEC("xdp")
int drop_counted(struct xdp_md *ctx)
{
	(void)ctx;
	return count(XDP_DROP);
}

char _license[] SEC("license") = "Dual BSD/GPL";
