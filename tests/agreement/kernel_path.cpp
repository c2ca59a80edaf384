#include "tests/agreement/kernel_path.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "abi/flow_table.h"
#include "kernel/cpu_numbers.h"
#include "kernel/interface_counters.h"
#include "tests/one_cpu.h"

namespace vedette::tests {

namespace {

constexpr std::uint32_t kLoopback = 1;  // whose packets BPF_PROG_TEST_RUN makes them by default

// What BPF_PROG_TEST_RUN puts into a frame's first page: 4,096 bytes less the headroom, and less the tailroom
// that holds an skb_shared_info (320 bytes on 64-bit machines, up to 384 with debugging).
constexpr std::size_t kOnePiece = 4096 - 256 - 384;
// It adds up to 17 pages (MAX_SKB_FRAGS) behind the first.
constexpr std::size_t kAllPieces = kOnePiece + std::size_t{17} * 4096;

constexpr std::size_t kSplitAt = 256;

struct HookFacts {
  std::string_view name;
  const char* program;
  std::size_t first_buffer;  // bytes
  std::size_t longest;       // frame, in bytes
};

// By Hook.
constexpr std::array<HookFacts, kAllHooks.size()> kHookFacts{{
    {"Xdp", "vdt_ingress_xdp", kOnePiece, kOnePiece},
    {"XdpFrags", "vdt_ingress_xdp_frags", kOnePiece, kAllPieces},
    {"XdpSplit", "vdt_ingress_xdp_frags", kSplitAt, kAllPieces - kOnePiece},
    {"TcIngress", "vdt_ingress_tc", kOnePiece, kOnePiece},
    {"TcEgress", "vdt_egress_tc", kOnePiece, kOnePiece},
}};

const HookFacts& facts_of(Hook hook) {
  return kHookFacts[static_cast<std::size_t>(hook)];
}

// What bpf_prog_test_run_skb() looks at before it runs anything.
std::size_t shortest(Hook hook, std::span<const std::uint8_t> frame) {
  if ((hook != Hook::kTcIngress && hook != Hook::kTcEgress) || frame.size() < ETH_HLEN) return ETH_HLEN;
  const int ether_type = frame[12] << 8 | frame[13];
  if (ether_type == ETH_P_IP) return ETH_HLEN + 20;
  return ether_type == ETH_P_IPV6 ? ETH_HLEN + 40 : ETH_HLEN;
}

Result<FlowCache> open_cache(const PacketPrograms& programs) {
  const auto sets = programs.map_fd("flow_sets");
  const auto ring = programs.map_fd("telemetry");
  if (!sets) return std::unexpected(sets.error());
  if (!ring) return std::unexpected(ring.error());
  return FlowCache::open(*sets, *ring, programs.config());
}

}  // namespace

std::string_view hook_name(Hook hook) {
  return facts_of(hook).name;
}

std::span<const std::uint8_t> visible(Hook hook, std::span<const std::uint8_t> frame) {
  return frame.first(std::min(frame.size(), facts_of(hook).first_buffer));
}

Result<std::unique_ptr<KernelPath>> KernelPath::open(std::uint32_t flow_slots) {
  // Pins lie in a folder of the network namespace: another test's, or a sensor's, is out of reach.
  if (unshare(CLONE_NEWNET) != 0)
    return failed("network namespace", fmt::format("can't be made: {}", std::strerror(errno)));
  auto programs = PacketPrograms::load({.flow_slots = flow_slots, .pin_folder = {}});
  if (!programs) return std::unexpected(programs.error());
  auto cache = open_cache(*programs);
  if (!cache) return std::unexpected(cache.error());
  std::unique_ptr<KernelPath> path(new KernelPath(std::move(*programs), std::move(*cache)));
  if (auto found = path->find_programs(); !found) return std::unexpected(found.error());
  if (auto mapped = path->map_memory(); !mapped) return std::unexpected(mapped.error());
  return path;
}

KernelPath::~KernelPath() {
  programs_.remove();
}

Result<void> KernelPath::find_programs() {
  for (const Hook hook : kAllHooks) {
    const auto index = static_cast<std::size_t>(hook);
    const auto fd = programs_.object().program_fd(kHookFacts[index].program);
    if (!fd) return std::unexpected(fd.error());
    program_fds_[index] = *fd;
  }
  return {};
}

Result<void> KernelPath::map_memory() {
  const auto work = programs_.map_fd("work");
  const auto sets = programs_.map_fd("flow_sets");
  const auto fragments = programs_.map_fd("fragments");
  if (!work) return std::unexpected(work.error());
  if (!sets) return std::unexpected(sets.error());
  if (!fragments) return std::unexpected(fragments.error());
  auto mapped_work = MappedArray::map(*work, sizeof(vdt_work));
  auto mapped_sets = MappedArray::map(*sets, sizeof(vdt_flow_set));
  if (!mapped_work) return std::unexpected(mapped_work.error());
  if (!mapped_sets) return std::unexpected(mapped_sets.error());
  work_ = std::move(*mapped_work);
  sets_ = std::move(*mapped_sets);
  fragments_fd_ = *fragments;

  const int cpu = sched_getcpu();
  if (!tests::stay_on_cpu(cpu))
    return failed("test", fmt::format("can't stay on CPU {}: {}", cpu, std::strerror(errno)));
  const std::uint32_t cpus = cpu_numbers();
  slot_ = vdt_counters_element(vdt_counters_slot(kLoopback, InterfaceCounters::slots_mask_for(cpus)),
                               static_cast<std::uint32_t>(cpu), cpus);
  return {};
}

// Gives 0 or the error's number.
int KernelPath::try_run(Hook hook, std::span<const std::uint8_t> frame, const SuperFrame& super_frame,
                        Ran* ran) const {
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  options.data_in = frame.data();
  options.data_size_in = static_cast<__u32>(frame.size());
  options.repeat = 1;
  if (ran != nullptr) {
    ran->frame.resize(frame.size() + kOnePiece);
    options.data_out = ran->frame.data();
    options.data_size_out = static_cast<__u32>(ran->frame.size());
  }
  xdp_md context{};
  if (hook == Hook::kXdpSplit) {
    context.data_end = static_cast<__u32>(visible(hook, frame).size());
    options.ctx_in = &context;
    options.ctx_size_in = sizeof(context);
  }
  __sk_buff buffer{};
  if (super_frame.size != 0) {
    buffer.gso_segs = super_frame.segments;
    buffer.gso_size = super_frame.size;
    options.ctx_in = &buffer;
    options.ctx_size_in = sizeof(buffer);
  }
  const int program = program_fds_[static_cast<std::size_t>(hook)];
  while (bpf_prog_test_run_opts(program, &options) != 0)
    if (errno != EINTR && errno != EAGAIN) return errno;
  if (ran == nullptr) return 0;
  ran->action = options.retval;
  ran->frame.resize(options.data_size_out);
  return 0;
}

bool KernelPath::offers(Hook hook) const {
  const std::array<std::uint8_t, kSplitAt + 1> frame{};
  return try_run(hook, frame) == 0;
}

Result<Outcome> KernelPath::run(Hook hook, std::span<const std::uint8_t> frame,
                                const SuperFrame& super_frame) const {
  if (frame.size() < shortest(hook, frame)) return Outcome::kTooShort;
  if (frame.size() > facts_of(hook).longest) return Outcome::kTooLong;
  if (const int error = try_run(hook, frame, super_frame); error != 0)
    return failed(std::string(hook_name(hook)),
                  fmt::format("a frame of {} bytes is refused: {}", frame.size(), std::strerror(error)));
  return Outcome::kRan;
}

Result<KernelPath::Ran> KernelPath::run_through(Hook hook, std::span<const std::uint8_t> frame) const {
  Ran ran;
  if (const int error = try_run(hook, frame, {}, &ran); error != 0)
    return failed(std::string(hook_name(hook)), std::strerror(error));
  return ran;
}

void KernelPath::tell_flows(const FlowCache::Told& told) {
  cache_.drain(told);
  cache_.sweep(told);
}

void KernelPath::forget_flows() {
  for (std::uint32_t set = 0; set < sets_.entries(); set++) {
    auto* shared = sets_.at<vdt_flow_set>(set);
    for (std::size_t way = 0; way < VDT_FLOW_WAYS; way++) {
      if (shared->tags[way] == 0) continue;
      shared->tags[way] = 0;
      // Generations go on: they tell user space that the slot is another flow's.
      shared->records[way].key = {};
    }
  }
}

void KernelPath::forget() {
  tell_flows([](const FlowGrowth&) {});
  forget_flows();
  // The flows ended without a word of it in the ring.
  auto cache = open_cache(programs_);
  ASSERT_TRUE(cache) << cache.error().text();
  cache_ = std::move(*cache);
  std::array<std::uint8_t, 64> key{};  // struct vdt_fragment_key has 56 bytes
  while (bpf_map_get_next_key(fragments_fd_, nullptr, key.data()) == 0)
    bpf_map_delete_elem(fragments_fd_, key.data());
  work_.at<vdt_work>(slot_)->counters = {};
}

}  // namespace vedette::tests
