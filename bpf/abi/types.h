/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The ground that every shared header stands on: fixed-width types and assertions that read the
 * same in a BPF program, in C and in C++.
 */
#ifndef VEDETTE_ABI_TYPES_H
#define VEDETTE_ABI_TYPES_H

#include <linux/types.h>

#ifdef __cplusplus
#define VDT_STATIC_ASSERT(condition, text) static_assert(condition, text)
#else
#define VDT_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

#define VDT_ASSERT_SIZE(type, size) VDT_STATIC_ASSERT(sizeof(type) == (size), #type " changed size")

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

#endif
