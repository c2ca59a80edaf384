/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the payload of the packet at hand is, out of whichever hook's frame: copied into a window of its CPU, and
 * classified there.
 */
#ifndef VEDETTE_TELL_PAYLOAD_WINDOW_H
#define VEDETTE_TELL_PAYLOAD_WINDOW_H

#include "classify/first_payload.h"
#include "tell/frame_source.h"

/* Not static: the verifier goes through it once, and not from each way that leads to it. */
__attribute__((noinline)) int vdt_classify_window(struct vdt_window *window)
{
	if (!window)
		return VDT_PAYLOAD_UNKNOWN;
	return vdt_classify_payload(window);
}

/* enum vdt_payload_class of the `size` bytes at `from`, which is without a tag that isn't in the bytes. */
static __always_inline __u32 vdt_class_of(const struct vdt_frame_source *source, struct vdt_window *window,
					  __u32 from, __u32 size)
{
	long failed;

	size = size > VDT_WINDOW_BYTES ? VDT_WINDOW_BYTES : size;
	size = vdt_opaque(size);
	if (size == 0 || size > VDT_WINDOW_BYTES)
		return VDT_PAYLOAD_UNKNOWN;
	if (source->skb)
		failed = vdt_copy_skb(source->skb, from, window->bytes, size, VDT_WINDOW_BYTES);
	else
		failed = source->xdp ? vdt_copy_xdp(source->xdp, from, window->bytes, size) : -1;
	if (failed)
		return VDT_PAYLOAD_UNKNOWN;
	window->size = size;
	return vdt_classify_window(window);
}

#endif
