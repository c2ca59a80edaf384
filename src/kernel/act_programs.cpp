#include "kernel/act_programs.h"

#include <act.bpf.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <set_mark.bpf.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "watch/handover.h"

namespace vedette {

namespace {

// The packet programs' maps that these work on too.
constexpr std::array kSharedMaps{"work", "rule_counters"};

constexpr const char* kConfigMap = ".rodata.config";

}  // namespace

Result<std::unique_ptr<ActPrograms>> ActPrograms::open(PacketPrograms& programs) {
  std::unique_ptr<ActPrograms> made(new ActPrograms(programs));
  // XDP in several buffers came with Linux 5.18.
  const auto loaded = made->load(true);
  if (!loaded && !made->load(false)) return std::unexpected(loaded.error());
  return made;
}

Result<void> ActPrograms::load(bool with_frags) {
  auto object = BpfObject::open("act", objects::act());
  if (!object) return std::unexpected(object.error());
  object_ = std::make_unique<BpfObject>(std::move(*object));
  for (const char* name : kSharedMaps) {
    const auto fd = programs_.map_fd(name);
    if (!fd) return std::unexpected(fd.error());
    if (auto reused = object_->reuse_map(name, *fd); !reused) return reused;
  }
  const auto config = object_->map(kConfigMap);
  if (!config) return std::unexpected(config.error());
  if (bpf_map__set_initial_value(*config, &programs_.config(), sizeof(vdt_config)) != 0)
    return failed(kConfigMap, "can't be written");
  if (auto left = object_->set_autoload("vdt_do_xdp_frags", with_frags); !left) return left;
  if (auto loaded = object_->load(); !loaded) return loaded;
  if (with_frags)
    if (auto placed = place("vdt_do_xdp_frags", "act_xdp_frags", "watch_xdp_frags"); !placed) return placed;
  if (auto placed = place("vdt_do_xdp", "act_xdp", "watch_xdp"); !placed) return placed;
  return place("vdt_do_tc", "act_tc", "watch_tc");
}

Result<void> ActPrograms::place(const char* program, const char* ends, const char* watch_programs) {
  const auto fd = object_->program_fd(program);
  if (!fd) return std::unexpected(fd.error());
  for (const auto& [array, index] :
       {std::pair{ends, std::uint32_t{0}}, {watch_programs, std::uint32_t{VDT_WATCH_ACT}}}) {
    const auto to = programs_.map_fd(array);
    if (!to) return std::unexpected(to.error());
    if (bpf_map_update_elem(*to, &index, &*fd, BPF_ANY) != 0)
      return failed(program, fmt::format("can't be placed: {}", std::strerror(errno)));
  }
  return {};
}

Result<void> ActPrograms::set_marks(bool marks) {
  if (!marks) return behind_xdp_.follow({});
  if (!set_mark_) {
    auto object = BpfObject::open("set_mark", objects::set_mark());
    if (!object) return std::unexpected(object.error());
    if (auto loaded = object->load(); !loaded) return loaded;
    set_mark_ = std::make_unique<BpfObject>(std::move(*object));
  }
  const auto program = set_mark_->program_fd("vdt_set_mark");
  if (!program) return std::unexpected(program.error());
  return behind_xdp_.follow(*program);
}

}  // namespace vedette
