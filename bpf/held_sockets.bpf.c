// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A walk over all processes' descriptors: every IP socket and who holds it. It finds the owners of sockets that
 * are older than the sensor, and the child that a server handed a connection to. Runs when user space reads it.
 */
#include <linux/bpf.h>
#include <linux/in.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "abi/owner.h"
#include "kernel_types.h"
#include "connection.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct vdt_owner_config config;

SEC("iter/task_file")
int held_socket(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct vdt_held_socket held = {};
	struct socket *socket;
	struct sock *sk;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = BPF_CORE_READ(socket, sk);
	if (!sk)
		return 0;
	vdt_connection_of((struct inet_sock *)sk, &held.key);
	if (!held.key.ip_version || !held.key.local_port)
		return 0;
	if (config.netns && held.key.netns != config.netns)
		return 0;
	held.protocol = BPF_CORE_READ(sk, sk_protocol);
	held.pid = BPF_CORE_READ(task, tgid);
	held.started_ns = BPF_CORE_READ(task, group_leader, start_time);
	held.cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	BPF_CORE_READ_STR_INTO(&held.name, task, group_leader, comm);
	bpf_seq_write(ctx->meta->seq, &held, sizeof(held));
	return 0;
}
