#include "doctor/trial_steps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/file_descriptor.h"
#include "doctor/machine.h"
#include "kernel/drop_reasons.h"
#include "kernel/kernel_btf.h"
#include "kernel/packet_programs.h"
#include "kernel/tcp_health.h"

namespace vedette {

namespace {

// enum bpf_attach_type since Linux 6.6; Debian 12's headers don't know it.
constexpr std::uint32_t kTcxIngressType = 46;
constexpr std::uint32_t kPageBytes = 4096;

TrialOutcome refused(std::string_view step) {
  return std::string(step) + ": " + std::strerror(errno);
}

// A program that only returns `verdict`.
FileDescriptor load(bpf_prog_type type, int verdict, bpf_prog_load_opts* options = nullptr) {
  std::array<bpf_insn, 2> code{};
  code[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  code[0].imm = verdict;
  code[1].code = BPF_JMP | BPF_EXIT;
  return FileDescriptor(
      bpf_prog_load(type, "vedette_doctor", "Dual BSD/GPL", code.data(), code.size(), options));
}

// Raw, since libbpf 1.1 has no tcx.
FileDescriptor link(std::uint32_t type, std::uint32_t target, int program, std::uint32_t flags = 0) {
  bpf_attr attributes{};
  attributes.link_create.prog_fd = static_cast<std::uint32_t>(program);
  attributes.link_create.target_fd = target;
  attributes.link_create.attach_type = type;
  attributes.link_create.flags = flags;
  return FileDescriptor(static_cast<int>(syscall(SYS_bpf, BPF_LINK_CREATE, &attributes, sizeof(attributes))));
}

TrialOutcome try_xdp(const TrialGround& ground, std::uint32_t attach_flags, std::uint32_t load_flags) {
  LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_XDP, .prog_flags = load_flags);
  const FileDescriptor program = load(BPF_PROG_TYPE_XDP, XDP_PASS, &options);
  if (!program) return refused("load");
  if (!link(BPF_XDP, static_cast<std::uint32_t>(ground.ifindex), program.get(), attach_flags))
    return refused("attach");
  return {};
}

TrialOutcome try_xdp_native(const TrialGround& ground) {
  return try_xdp(ground, XDP_FLAGS_DRV_MODE, 0);
}

TrialOutcome try_xdp_frags(const TrialGround& ground) {
  return try_xdp(ground, XDP_FLAGS_DRV_MODE, BPF_F_XDP_HAS_FRAGS);
}

TrialOutcome try_xdp_generic(const TrialGround& ground) {
  return try_xdp(ground, XDP_FLAGS_SKB_MODE, 0);
}

TrialOutcome try_tcx(const TrialGround& ground) {
  const FileDescriptor program = load(BPF_PROG_TYPE_SCHED_CLS, -1);
  if (!program) return refused("load");
  if (!link(kTcxIngressType, static_cast<std::uint32_t>(ground.ifindex), program.get()))
    return refused("attach");
  return {};
}

TrialOutcome try_clsact(const TrialGround& ground) {
  const FileDescriptor program = load(BPF_PROG_TYPE_SCHED_CLS, -1);
  if (!program) return refused("load");
  bpf_tc_hook hook{};
  hook.sz = sizeof(hook);
  hook.ifindex = ground.ifindex;
  hook.attach_point = BPF_TC_INGRESS;
  if (const int error = bpf_tc_hook_create(&hook); error != 0 && error != -EEXIST) {
    errno = -error;
    return refused("clsact qdisc");
  }
  LIBBPF_OPTS(bpf_tc_opts, filter, .prog_fd = program.get());
  if (const int error = bpf_tc_attach(&hook, &filter); error != 0) {
    errno = -error;
    return refused("attach");
  }
  return {};
}

TrialOutcome try_ring_buffer(const TrialGround&) {
  const FileDescriptor ring(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "vdt_doctor", 0, 0, kPageBytes, nullptr));
  return ring ? TrialOutcome{} : refused("create");
}

TrialOutcome try_mapped_array(const TrialGround&) {
  LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
  const FileDescriptor array(
      bpf_map_create(BPF_MAP_TYPE_ARRAY, "vdt_doctor", sizeof(std::uint32_t), kPageBytes, 1, &options));
  if (!array) return refused("create");
  void* memory = mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, array.get(), 0);
  if (memory == MAP_FAILED) return refused("mmap");
  munmap(memory, kPageBytes);
  return {};
}

TrialOutcome try_raw_tracepoint(const TrialGround&) {
  const FileDescriptor program = load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0);
  if (!program) return refused("load");
  const FileDescriptor attached(bpf_raw_tracepoint_open("kfree_skb", program.get()));
  return attached ? TrialOutcome{} : refused("attach");
}

TrialOutcome try_tp_btf(const TrialGround&) {
  const int id = libbpf_find_vmlinux_btf_id("kfree_skb", BPF_TRACE_RAW_TP);
  if (id < 0) {
    errno = -id;
    return refused("the kernel's BTF");
  }
  LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_RAW_TP,
              .attach_btf_id = static_cast<std::uint32_t>(id));
  const FileDescriptor program = load(BPF_PROG_TYPE_TRACING, 0, &options);
  if (!program) return refused("load");
  const FileDescriptor attached(bpf_raw_tracepoint_open(nullptr, program.get()));
  return attached ? TrialOutcome{} : refused("attach");
}

TrialOutcome try_cgroup(bpf_prog_type type, bpf_attach_type attach_type) {
  const std::string path = cgroup2_folder();
  if (path.empty()) return "no cgroup2 hierarchy is mounted";
  const FileDescriptor cgroup(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!cgroup) return refused(path);
  LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = attach_type);
  const FileDescriptor program = load(type, 1, &options);
  if (!program) return refused("load");
  if (!link(attach_type, static_cast<std::uint32_t>(cgroup.get()), program.get())) return refused("attach");
  return {};
}

TrialOutcome try_sock_create(const TrialGround&) {
  return try_cgroup(BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE);
}

TrialOutcome try_sockops(const TrialGround&) {
  return try_cgroup(BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS);
}

TrialOutcome try_task_file_iterator(const TrialGround&) {
  const int id = libbpf_find_vmlinux_btf_id("task_file", BPF_TRACE_ITER);
  if (id < 0) {
    errno = -id;
    return refused("the kernel's BTF");
  }
  LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_ITER,
              .attach_btf_id = static_cast<std::uint32_t>(id));
  const FileDescriptor program = load(BPF_PROG_TYPE_TRACING, 0, &options);
  if (!program) return refused("load");
  if (!link(BPF_TRACE_ITER, 0, program.get())) return refused("attach");
  return {};
}

TrialOutcome try_packet_programs(const TrialGround& ground) {
  PacketProgramOptions options;
  options.flow_slots = 1024;
  options.ring_bytes = 64 * 1024;
  Result<PacketPrograms> programs = PacketPrograms::load(options);
  if (!programs) return programs.error().text();
  const Result<const InterfaceHooks*> hooks = programs->attach(ground.ifindex, IngressMode::kAuto, true);
  const TrialOutcome outcome = hooks ? TrialOutcome{} : hooks.error().text();
  programs->remove();
  return outcome;
}

TrialOutcome try_tcp_health(const TrialGround&) {
  const Result<KernelBtf> btf = KernelBtf::load();
  if (!btf) return btf.error().text();
  TcpHealthOptions options;
  options.connections = 64;
  const Result<TcpHealth> health = TcpHealth::start(*btf, options);
  if (!health) return health.error().text();
  return health->why_off().empty() ? TrialOutcome{} : health->why_off().front();
}

TrialOutcome try_drop_reasons(const TrialGround&) {
  const Result<KernelBtf> btf = KernelBtf::load();
  if (!btf) return btf.error().text();
  const Result<DropReasons> reasons = DropReasons::start(*btf, 0);
  if (!reasons) return reasons.error().text();
  return reasons->why_off().empty() ? TrialOutcome{} : reasons->why_off().front();
}

constexpr std::string_view kPrivilege = "run as root; some hosts refuse the program type altogether";

constexpr std::array kTrials{
    Trial{"trial", "xdp native", "packets are told in the driver, before the stack",
          "packets are told by generic XDP or tc, at a higher cost", kPrivilege, try_xdp_native},
    Trial{"trial", "xdp frags", "frames larger than a page (jumbo frames, LRO) are told by XDP",
          "interfaces with large MTUs fall back to tc", "Linux 5.18 and later have it", try_xdp_frags},
    Trial{"trial", "xdp generic", "XDP on interfaces whose driver has none",
          "such interfaces fall back to tc", kPrivilege, try_xdp_generic},
    Trial{"trial", "tcx", "outgoing packets, beside others' programs, by a link",
          "outgoing packets are told by a clsact filter", "Linux 6.6 and later have it", try_tcx},
    Trial{"trial", "clsact", "outgoing packets on kernels without tcx", "there is no fall-back below tcx",
          "load the modules sch_ingress and cls_bpf", try_clsact},
    Trial{"trial", "ring buffer", "evicted flows and watched packets reach user space",
          "the sensor can't run", "Linux 5.8 and later have it", try_ring_buffer},
    Trial{"trial", "mapped array", "the flow cache is read as plain memory", "the sensor can't run",
          "Linux 5.5 and later have it", try_mapped_array},
    Trial{"trial", "raw tracepoint", "the kernel's own events", "no drop reasons", kPrivilege,
          try_raw_tracepoint},
    Trial{"trial", "tp_btf", "TCP health and drop reasons from tracepoints", "no TCP health, no drop reasons",
          "needs CAP_PERFMON and a kernel with BTF", try_tp_btf},
    Trial{"trial", "cgroup sock_create", "the process that owns a new socket",
          "new sockets stay without owner", "mount a cgroup2 hierarchy", try_sock_create},
    Trial{"trial", "cgroup sockops", "the process that owns an accepted connection",
          "accepted connections stay without owner", "mount a cgroup2 hierarchy", try_sockops},
    Trial{"trial", "iter task_file", "owners of sockets older than the sensor",
          "older sockets stay without owner", "needs CAP_PERFMON and a kernel with BTF",
          try_task_file_iterator},
    Trial{"program", "packets", "Vedette's own packet programs load and attach to a veth",
          "the sensor can't run", kPrivilege, try_packet_programs},
    Trial{"program", "tcp health", "Vedette's own TCP programs load and attach", "no TCP health", kPrivilege,
          try_tcp_health},
    Trial{"program", "drop reasons", "Vedette's own drop program loads and attaches", "no drop reasons",
          kPrivilege, try_drop_reasons},
};

}  // namespace

std::span<const Trial> kernel_trials() {
  return kTrials;
}

}  // namespace vedette
