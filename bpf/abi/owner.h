/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which process a socket belongs to: written by bpf/owner.bpf.c, read by src/kernel/owners.h.
 *
 * An owner is taken where a process asks for the socket, never from whom the CPU happens to run when a packet
 * passes.
 */
#ifndef VEDETTE_ABI_OWNER_H
#define VEDETTE_ABI_OWNER_H

#include "abi/connection.h"

#define VDT_NAME_LENGTH 16 /* the kernel's TASK_COMM_LEN: ends in a zero */

/* Set before loading. */
struct vdt_owner_config {
	__u64 netns; /* cookie of the namespace that is told; 0 = all */
};

VDT_ASSERT_SIZE(struct vdt_owner_config, 8);

/* One struct a CPU. */
struct vdt_owner_totals {
	__u64 untold; /* owners for whom the kernel had no memory: beside their socket, or in a table */
};

VDT_ASSERT_SIZE(struct vdt_owner_totals, 8);

struct vdt_owner {
	__u64 since_ns;	   /* CLOCK_MONOTONIC: the socket was made or its connection accepted */
	__u64 released_ns; /* CLOCK_MONOTONIC: a bound socket's last descriptor was closed; 0 = held, or not bound
			    */
	__u64 cookie;	   /* the socket's (SO_COOKIE) */
	__u64 cgroup_id;   /* of cgroup v2, when the socket was made */
	__u32 pid;	   /* thread group, in the initial pid namespace */
	__u8 inherited;	   /* 1: pid is who made the listener; who handles the connection may be another */
	__u8 zero[3];
	char name[VDT_NAME_LENGTH]; /* of the thread that made the socket */
};

VDT_ASSERT_SIZE(struct vdt_owner, 56);

/* A socket and one process that holds a descriptor of it: what a walk over all processes gives. */
struct vdt_held_socket {
	struct vdt_connection_key key; /* no remote: a listener or an unconnected socket */
	__u64 cgroup_id;	       /* of cgroup v2; 0 = not known */
	__u64 started_ns;	       /* CLOCK_MONOTONIC: the process began */
	__u32 pid;
	__u8 protocol; /* IANA protocol number */
	__u8 zero[3];
	char name[VDT_NAME_LENGTH];
};

VDT_ASSERT_SIZE(struct vdt_held_socket, 88);

#endif
