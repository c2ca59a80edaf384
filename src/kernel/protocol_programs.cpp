#include "kernel/protocol_programs.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <protocols.bpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/file_descriptor.h"
#include "kernel/companion.h"

namespace vedette {

namespace {

// The packet programs' maps that these work on too.
constexpr std::array kSharedMaps{
    "work",           "flow_sets",   "block4",      "block6",         "allow4",          "allow6",
    "block_bits4",    "block_bits6", "feeds",       "first_xdp",      "first_xdp_frags", "first_tc",
    "watch_handover", "watch_xdp",   "watch_tc",    ".data.switches", "watch_xdp_frags", "act_xdp",
    "act_xdp_frags",  "act_tc",      ".data.replay"};
constexpr std::array kPinnedMaps{"protocols", "refused_flows", "protocol_counters"};
constexpr std::uint32_t kOnly = 0;

}  // namespace

vdt_refused_key turned(vdt_refused_key key) {
  std::swap(key.src, key.dst);
  std::swap(key.src_port, key.dst_port);
  return key;
}

Result<std::unique_ptr<ProtocolPrograms>> ProtocolPrograms::open(PacketPrograms& programs) {
  std::unique_ptr<ProtocolPrograms> made(new ProtocolPrograms(programs));
  // XDP in several buffers came with Linux 5.18.
  Result<void> loaded = made->load(true);
  if (!loaded) loaded = made->load(false);
  if (!loaded) return std::unexpected(loaded.error());
  return made;
}

Result<void> ProtocolPrograms::load(bool with_frags) {
  auto object = BpfObject::open("protocols", objects::protocols());
  if (!object) return std::unexpected(object.error());
  object_ = std::make_unique<BpfObject>(std::move(*object));
  if (auto shared = share_maps(programs_, kSharedMaps, *object_); !shared) return shared;
  if (auto left = object_->set_autoload("vdt_protocols_in_xdp_frags", with_frags); !left) return left;
  // A dry run pins nothing.
  auto loaded =
      programs_.config().replayed ? object_->load() : load_with_pins(programs_, kPinnedMaps, *object_);
  if (!loaded) return loaded;
  protocols_ = *object_->map_fd("protocols");
  refused_ = *object_->map_fd("refused_flows");
  auto counters = MappedArray::map(*object_->map_fd("protocol_counters"), sizeof(vdt_protocol_counter));
  if (!counters) return std::unexpected(counters.error());
  counters_ = std::move(*counters);
  if (with_frags)
    if (auto placed = place("vdt_protocols_in_xdp_frags", "protocols_xdp_frags"); !placed) return placed;
  if (auto placed = place("vdt_protocols_in_xdp", "protocols_xdp"); !placed) return placed;
  return place("vdt_protocols_by_tc", "protocols_tc");
}

Result<void> ProtocolPrograms::place(const char* program, const char* array) const {
  return place_program(programs_, *object_, program, array, kOnly);
}

Result<std::unique_ptr<vdt_protocols>> ProtocolPrograms::in_force() const {
  std::uint32_t id = 0;
  if (bpf_map_lookup_elem(protocols_, &kOnly, &id) != 0) return nullptr;
  const FileDescriptor table(bpf_map_get_fd_by_id(id));
  auto found = std::make_unique<vdt_protocols>();
  if (!table || bpf_map_lookup_elem(table.get(), &kOnly, found.get()) != 0)
    return failed("protocols", fmt::format("of a dead daemon can't be read: {}", std::strerror(errno)));
  return found;
}

Result<void> ProtocolPrograms::put(const vdt_protocols* protocols) {
  if (protocols == nullptr) {
    programs_.set_policed(false);
    bpf_map_delete_elem(protocols_, &kOnly);
    programs_.decide_anew();
    return {};
  }
  const FileDescriptor made(
      bpf_map_create(BPF_MAP_TYPE_ARRAY, "protocols", sizeof(kOnly), sizeof(*protocols), 1, nullptr));
  if (!made) return failed("protocols", fmt::format("can't be made: {}", std::strerror(errno)));
  if (bpf_map_update_elem(made.get(), &kOnly, protocols, BPF_ANY) != 0)
    return failed("protocols", fmt::format("can't be written: {}", std::strerror(errno)));
  const int fd = made.get();
  if (bpf_map_update_elem(protocols_, &kOnly, &fd, BPF_ANY) != 0)
    return failed("protocols", fmt::format("can't be put into force: {}", std::strerror(errno)));
  programs_.set_policed(true);
  programs_.decide_anew();
  return {};
}

Result<bool> ProtocolPrograms::refuse(vdt_refused_key key, vdt_refused value, std::uint64_t shown,
                                      std::uint64_t now) {
  // The programs read their clock once a tick, which is 10 ms at most.
  constexpr std::uint64_t kTwoTicksNs = 20'000'000;
  vdt_refused known{};
  if (bpf_map_lookup_elem(refused_, &key, &known) == 0 &&
      (known.until_ns > now || known.lifted_ns > shown + kTwoTicksNs))
    return false;
  value.until_ns = now + vdt_refused_ns(key.protocol);
  const vdt_refused_key other = turned(key);
  if (bpf_map_update_elem(refused_, &key, &value, BPF_ANY) != 0 ||
      bpf_map_update_elem(refused_, &other, &value, BPF_ANY) != 0)
    return failed("refused flows", fmt::format("can't be written: {}", std::strerror(errno)));
  return true;
}

void ProtocolPrograms::release(const std::vector<std::uint32_t>& entries) {
  if (entries.empty()) return;
  std::vector<vdt_refused_key> gone;
  vdt_refused_key key{}, next{};
  for (int more = bpf_map_get_next_key(refused_, nullptr, &next); more == 0;
       more = bpf_map_get_next_key(refused_, &key, &next)) {
    key = next;
    vdt_refused value{};
    if (bpf_map_lookup_elem(refused_, &key, &value) == 0 && value.lifted_ns == 0 &&
        std::ranges::find(entries, value.entry) != entries.end())
      gone.push_back(key);
  }
  for (const vdt_refused_key& one : gone) bpf_map_delete_elem(refused_, &one);
}

}  // namespace vedette
