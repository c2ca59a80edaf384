#include "kernel/packet_programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <packets.bpf.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>

#include "abi/flow_table.h"
#include "abi/lists.h"
#include "kernel/cpu_numbers.h"
#include "kernel/wall_clock.h"

namespace vedette {

namespace {

constexpr const char* kSwitchesMap = ".data.switches";
constexpr std::array kPinnedMaps{
    "flow_sets", "work",          kSwitchesMap,    "telemetry",    "fragments",          "tunnels",
    "block4",    "block6",        "allow4",        "allow6",       "block_bits4",        "block_bits6",
    "rules",     "rate_cells",    "rule_counters", "decide_xdp",   "decide_tc",          "decide_xdp_frags",
    "feeds",     "guard_ports",   "guard_xdp",     "guard_tc",     "guard_xdp_frags",    "act_xdp",
    "act_tc",    "act_xdp_frags", "protocols_xdp", "protocols_tc", "protocols_xdp_frags"};
// What each array of programs holds: what a packet program ends by.
constexpr std::array kDecisions{std::pair{"decide_xdp", "vdt_decision_xdp"},
                                std::pair{"decide_xdp_frags", "vdt_decision_xdp_frags"},
                                std::pair{"decide_tc", "vdt_decision_tc"}};
// In the order in which they are tried.
constexpr std::array kIngressHooks{AttachPoint::kXdpNative, AttachPoint::kXdpGeneric,
                                   AttachPoint::kTcxIngress, AttachPoint::kClsactIngress};
constexpr std::array kEgressHooks{AttachPoint::kTcxEgress, AttachPoint::kClsactEgress};

constexpr const char* kConfigMap = ".rodata.config";

struct Layout {
  vdt_config config{};
  bool taken_over = false;
};

// Where a map is pinned; the BPF file system takes no dot in a name.
std::filesystem::path pin_of(const PinDirectory& pins, std::string_view map) {
  return pins.path(map.substr(map.rfind('.') + 1));
}

void size_tables(vdt_config& config, std::uint32_t cpus, std::uint32_t flow_slots) {
  config.cpus = cpus;
  const std::uint32_t sets = std::max(1U, flow_slots / VDT_FLOW_TAGS / cpus);
  config.sets_mask = std::bit_ceil(sets) - 1;
  config.slots_mask = InterfaceCounters::slots_mask_for(cpus);
}

vdt_config fresh_config(std::uint32_t flow_slots) {
  vdt_config config{};
  if (getrandom(config.hash_keys, sizeof(config.hash_keys), 0) != sizeof(config.hash_keys)) {
    // No entropy at early boot: the clock is better than nothing against chance, though not against intent.
    for (auto& key : config.hash_keys) key = static_cast<std::uint64_t>(clock()) * 0x9e3779b97f4a7c15ULL;
  }
  for (auto& key : config.hash_keys) key |= 1;
  size_tables(config, cpu_numbers(), flow_slots);
  return config;
}

// Nobody can aim at the sets of a dry run. Flows that find no room in them take others' places, as no verdict
// hangs on that.
vdt_config replayed_config() {
  constexpr std::uint32_t kFlowSlots = 1U << 18;
  vdt_config config{};
  for (std::uint64_t number = 0x9e3779b97f4a7c15ULL; auto& key : config.hash_keys) key = number *= 3;
  size_tables(config, 1, kFlowSlots);
  config.replayed = 1;
  return config;
}

// What a dead daemon left, where it has our layout; else a fresh one, and what it left is taken away.
Layout find_layout(PinDirectory& pins, std::uint32_t flow_slots) {
  Layout layout;
  layout.config = fresh_config(flow_slots);
  const FileDescriptor pinned(bpf_obj_get(pin_of(pins, kSwitchesMap).c_str()));
  std::uint32_t only = 0;
  vdt_switches switches{};
  if (!pinned) return layout;
  if (bpf_map_lookup_elem(pinned.get(), &only, &switches) == 0 && switches.layout == VDT_LAYOUT_VERSION &&
      switches.config.cpus == layout.config.cpus) {
    layout.config = switches.config;
    layout.taken_over = true;
  }
  return layout;
}

void choose_programs(const BpfObject& object, bool replayed, bool frags) {
  bpf_program* each = nullptr;
  bpf_object__for_each_program(each, object.raw()) {
    const std::string_view section = bpf_program__section_name(each);
    if (section == "xdp.frags") bpf_program__set_autoload(each, frags);
    if (section == "tc") bpf_program__set_autoload(each, !replayed);
  }
}

Result<void> prepare(BpfObject& object, const Layout& layout, const PacketProgramOptions& options,
                     const PinDirectory& pins, bool frags) {
  const std::uint32_t sets = layout.config.cpus * (layout.config.sets_mask + 1);
  if (auto set = object.set_max_entries("flow_sets", sets); !set) return set;
  const std::uint32_t elements = vdt_work_entries(layout.config.slots_mask, layout.config.cpus);
  if (auto set = object.set_max_entries("work", elements); !set) return set;
  if (auto set = object.set_max_entries("telemetry", options.ring_bytes); !set) return set;
  choose_programs(object, layout.config.replayed != 0, frags);
  auto config = object.map(kConfigMap);
  if (!config) return std::unexpected(config.error());
  if (bpf_map__set_initial_value(*config, &layout.config, sizeof(layout.config)) != 0)
    return failed(kConfigMap, "can't be written");
  if (!layout.taken_over) return {};
  for (const char* name : kPinnedMaps) {
    const FileDescriptor pinned(bpf_obj_get(pin_of(pins, name).c_str()));
    if (!pinned)
      return failed(pin_of(pins, name).string(), std::strerror(errno), "remove this folder to start afresh");
    if (auto reused = object.reuse_map(name, pinned.get()); !reused) return reused;
  }
  return {};
}

Result<void> pin_maps(const BpfObject& object, const PinDirectory& pins) {
  for (const char* name : kPinnedMaps) {
    auto fd = object.map_fd(name);
    if (!fd) return std::unexpected(fd.error());
    if (bpf_obj_pin(*fd, pin_of(pins, name).c_str()) != 0)
      return failed(pin_of(pins, name).string(), fmt::format("can't be pinned: {}", std::strerror(errno)));
  }
  return {};
}

// Programs of a dead daemon that are still attached end by ours from then on.
Result<void> fill_decisions(const BpfObject& object) {
  for (const auto& [array, program] : kDecisions) {
    const auto loaded = object.program(program);
    if (!loaded) return std::unexpected(loaded.error());
    if (!bpf_program__autoload(*loaded)) continue;
    const auto to = object.map_fd(array);
    const auto fd = object.program_fd(program);
    if (!to) return std::unexpected(to.error());
    if (!fd) return std::unexpected(fd.error());
    const std::uint32_t first = 0;
    if (bpf_map_update_elem(*to, &first, &*fd, BPF_ANY) != 0)
      return failed(array, fmt::format("can't be filled: {}", std::strerror(errno)));
  }
  return {};
}

Result<BpfObject> load_object(const Layout& layout, const PacketProgramOptions& options,
                              const PinDirectory& pins, bool frags) {
  auto object = BpfObject::open("packets", objects::packets());
  if (!object) return object;
  if (auto ready = prepare(*object, layout, options, pins, frags); !ready)
    return std::unexpected(ready.error());
  if (auto loaded = object->load(); !loaded) return std::unexpected(loaded.error());
  if (auto filled = fill_decisions(*object); !filled) return std::unexpected(filled.error());
  return object;
}

}  // namespace

Result<PacketPrograms> PacketPrograms::load(const PacketProgramOptions& options) {
  auto pins = options.pin_folder.empty() ? PinDirectory::open() : PinDirectory::open(options.pin_folder);
  if (!pins) return std::unexpected(pins.error());
  const Layout layout = find_layout(*pins, options.flow_slots);
  if (!layout.taken_over) {
    const std::filesystem::path folder = pins->folder();
    Attachment::drop_others(*pins, [](int) { return false; });
    pins->remove();
    pins = PinDirectory::open(folder);
    if (!pins) return std::unexpected(pins.error());
  }
  // A sensor that can't begin leaves nothing of its own.
  const auto refuse = [&](Error error) {
    if (!layout.taken_over) pins->remove();
    return std::unexpected(std::move(error));
  };
  // Kernels before 5.18 don't know XDP programs that take frames in several buffers.
  bool frags = true;
  auto object = load_object(layout, options, *pins, frags);
  if (!object) {
    frags = false;
    auto without = load_object(layout, options, *pins, frags);
    if (!without) return refuse(object.error());
    object = std::move(without);
  }
  if (!layout.taken_over)
    if (auto pinned = pin_maps(*object, *pins); !pinned) return refuse(pinned.error());

  PacketPrograms programs(std::move(*object), std::move(*pins));
  programs.frags_ = frags;
  programs.resumed_ = layout.taken_over;
  if (auto begun = programs.begin(layout.config); !begun) return std::unexpected(begun.error());
  return programs;
}

Result<PacketPrograms> PacketPrograms::load_replayed() {
  const Layout layout{.config = replayed_config(), .taken_over = false};
  constexpr std::uint32_t kNoRing = 4096;  // bytes: the least that a ring has
  auto object = load_object(layout, {.ring_bytes = kNoRing, .pin_folder = {}}, PinDirectory(), false);
  if (!object) return std::unexpected(object.error());
  PacketPrograms programs(std::move(*object), PinDirectory());
  programs.frags_ = false;
  if (auto begun = programs.begin(layout.config); !begun) return std::unexpected(begun.error());
  return programs;
}

Result<void> PacketPrograms::begin(const vdt_config& config) {
  const auto work = object_.map_fd("work");
  const auto only = object_.map_fd(kSwitchesMap);
  if (!work) return std::unexpected(work.error());
  if (!only) return std::unexpected(only.error());
  auto counters = InterfaceCounters::map(*work, config);
  auto switches = MappedArray::map(*only, sizeof(vdt_switches));
  if (!counters) return std::unexpected(counters.error());
  if (!switches) return std::unexpected(switches.error());
  counters_ = std::move(*counters);
  switches_ = std::move(*switches);
  auto& shared = *switches_.at<vdt_switches>(0);
  shared.watchers = 0;
  // The protocol policy goes on, and flows that begin meanwhile are asked about.
  shared.first_credit = shared.lists & VDT_LISTS_PROTOCOLS ? VDT_FIRST_CREDIT : 0;
  shared.heads = 0;
  shared.head_packets = 0;
  shared.layout = VDT_LAYOUT_VERSION;
  shared.config = config;
  return {};
}

Result<int> PacketPrograms::program_for(AttachPoint hook) const {
  switch (hook) {
    case AttachPoint::kXdpNative:
    case AttachPoint::kXdpGeneric:
      return object_.program_fd(frags_ ? "vdt_ingress_xdp_frags" : "vdt_ingress_xdp");
    case AttachPoint::kTcxIngress:
    case AttachPoint::kClsactIngress:
      return object_.program_fd("vdt_ingress_tc");
    default:
      return object_.program_fd("vdt_egress_tc");
  }
}

Result<Attachment> PacketPrograms::attach_first(Hooks hooks, int ifindex,
                                                std::vector<std::string>& why) const {
  Error last;
  for (const AttachPoint hook : hooks) {
    auto program = program_for(hook);
    if (!program) return std::unexpected(program.error());
    auto attached = Attachment::attach(hook, ifindex, *program, pins_);
    if (attached) return attached;
    last = attached.error();
    why.push_back(last.text());
  }
  return std::unexpected(last);
}

Result<Attachment> PacketPrograms::resume_or_attach(Hooks hooks, Hooks side, int ifindex,
                                                    std::vector<std::string>& why) const {
  std::optional<Attachment> resumed;
  for (const AttachPoint hook : hooks) {
    const auto program = program_for(hook);
    if (program && !resumed) resumed = Attachment::resume(hook, ifindex, *program, pins_);
  }
  // A packet that two hooks saw would be told twice.
  for (const AttachPoint hook : side)
    if (!resumed || resumed->point() != hook) Attachment::drop(hook, ifindex, pins_);
  if (resumed) return std::move(*resumed);
  return attach_first(hooks, ifindex, why);
}

Result<Attachment> PacketPrograms::attach_ingress(int ifindex, IngressMode mode,
                                                  std::vector<std::string>& why) const {
  switch (mode) {
    case IngressMode::kXdpNative:
      return resume_or_attach(Hooks(kIngressHooks).subspan(0, 1), kIngressHooks, ifindex, why);
    case IngressMode::kXdpGeneric:
      return resume_or_attach(Hooks(kIngressHooks).subspan(1, 1), kIngressHooks, ifindex, why);
    case IngressMode::kTc:
      return resume_or_attach(Hooks(kIngressHooks).subspan(2), kIngressHooks, ifindex, why);
    default:
      return resume_or_attach(kIngressHooks, kIngressHooks, ifindex, why);
  }
}

Result<const InterfaceHooks*> PacketPrograms::attach(int ifindex, IngressMode mode, bool egress) {
  InterfaceHooks hooks;
  if (!counters_.begin(ifindex, [this](int other) { return interfaces_.contains(other); }))
    hooks.why.emplace_back("counts together with another interface, whose number falls on the same counters");
  auto ingress = attach_ingress(ifindex, mode, hooks.why);
  if (!ingress) return std::unexpected(ingress.error());
  hooks.ingress = std::move(*ingress);
  if (egress) {
    auto attached = resume_or_attach(kEgressHooks, kEgressHooks, ifindex, hooks.why);
    if (attached) hooks.egress = std::move(*attached);
  } else {
    for (const AttachPoint hook : kEgressHooks) Attachment::drop(hook, ifindex, pins_);
  }
  return &interfaces_.insert_or_assign(ifindex, std::move(hooks)).first->second;
}

void PacketPrograms::detach(int ifindex) {
  const auto found = interfaces_.find(ifindex);
  if (found == interfaces_.end()) return;
  if (found->second.ingress) found->second.ingress->detach(pins_);
  if (found->second.egress) found->second.egress->detach(pins_);
  interfaces_.erase(found);
}

void PacketPrograms::drop_others() {
  Attachment::drop_others(pins_, [&](int ifindex) { return interfaces_.contains(ifindex); });
}

void PacketPrograms::forget(int ifindex) {
  if (!interfaces_.contains(ifindex)) counters_.end(ifindex);
}

void PacketPrograms::remove() {
  while (!interfaces_.empty()) detach(interfaces_.begin()->first);
  pins_.remove();
}

void PacketPrograms::set_watched(bool watched) {
  switches_.at<vdt_switches>(0)->watchers = watched ? 1 : 0;
}

void PacketPrograms::set_lists(std::uint32_t which, std::uint32_t lists) {
  const std::atomic_ref word(switches_.at<vdt_switches>(0)->lists);
  std::uint32_t known = word.load();
  while (!word.compare_exchange_weak(known, (known & ~which) | lists)) {
  }
}

void PacketPrograms::decide_anew() {
  std::atomic_ref(switches_.at<vdt_switches>(0)->decided_since).store(WallClock::monotonic_now_ns());
}

void PacketPrograms::set_guards(std::uint32_t guards) {
  switches_.at<vdt_switches>(0)->guards = guards;
}

std::uint32_t PacketPrograms::guards() const {
  return switches_.at<vdt_switches>(0)->guards;
}

void PacketPrograms::set_first_bytes(bool told) {
  std::atomic_ref(first_bytes_told_).store(told);
  follow_first_credit();
}

void PacketPrograms::set_policed(bool policed) {
  set_lists(VDT_LISTS_PROTOCOLS, policed ? VDT_LISTS_PROTOCOLS : 0);
  follow_first_credit();
}

void PacketPrograms::follow_first_credit() {
  auto& switches = *switches_.at<vdt_switches>(0);
  const bool policed = std::atomic_ref(switches.lists).load() & VDT_LISTS_PROTOCOLS;
  switches.first_credit = std::atomic_ref(first_bytes_told_).load() || policed ? VDT_FIRST_CREDIT : 0;
}

void PacketPrograms::set_heads(bool told, std::uint32_t flow_packets) {
  auto& switches = *switches_.at<vdt_switches>(0);
  switches.heads = told ? 1 : 0;
  switches.head_packets = told ? flow_packets : 0;
  decide_anew();
}

}  // namespace vedette
