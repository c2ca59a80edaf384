// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sends all that passes a sensor's programs out by the interface with this number, whose counter then tells
 * how many. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define PASSED_INDEX 199

SEC("tc")
int passed(struct __sk_buff *skb)
{
	(void)skb;
	return bpf_redirect(PASSED_INDEX, 0);
}

char _license[] SEC("license") = "Dual BSD/GPL";
