#include "kernel/act_programs.h"

#include <act.bpf.h>
#include <set_mark.bpf.h>

#include <array>
#include <utility>

#include "kernel/companion.h"
#include "watch/handover.h"

namespace vedette {

namespace {

// The packet programs' maps that these work on too.
constexpr std::array kSharedMaps{"work", "rule_counters"};

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
  if (auto shared = share_maps(programs_, kSharedMaps, *object_); !shared) return shared;
  if (auto left = object_->set_autoload("vdt_do_xdp_frags", with_frags); !left) return left;
  if (auto loaded = object_->load(); !loaded) return loaded;
  if (with_frags)
    if (auto placed = place("vdt_do_xdp_frags", "act_xdp_frags", "watch_xdp_frags"); !placed) return placed;
  if (auto placed = place("vdt_do_xdp", "act_xdp", "watch_xdp"); !placed) return placed;
  return place("vdt_do_tc", "act_tc", "watch_tc");
}

Result<void> ActPrograms::place(const char* program, const char* ends, const char* watch_programs) {
  if (auto placed = place_program(programs_, *object_, program, ends, 0); !placed) return placed;
  return place_program(programs_, *object_, program, watch_programs, VDT_WATCH_ACT);
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
