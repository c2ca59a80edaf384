#include "kernel/teller.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "kernel/companion.h"

namespace vedette {

namespace {

constexpr int kStop = -EAGAIN;  // ends a consumption of the ring early; what was taken is taken

// The packet programs' maps that tellers work on too; which one doesn't, it lacks.
constexpr std::array kSharedMaps{"work",     "flow_sets", "watch_handover", "watch_xdp", "watch_xdp_frags",
                                 "watch_tc", "act_xdp",   "act_xdp_frags",  "act_tc",    ".data.switches"};

}  // namespace

void Teller::FreeRing::operator()(ring_buffer* ring) const {
  ring_buffer__free(ring);
}

Result<std::unique_ptr<Teller>> Teller::open(PacketPrograms& programs, const TellerSpec& spec) {
  std::unique_ptr<Teller> made(new Teller(programs));
  // Multi-buffer XDP came with Linux 5.18; without it the other hooks still have their tellers.
  Result<void> loaded = made->load(spec, true);
  if (!loaded) loaded = made->load(spec, false);
  if (!loaded) return std::unexpected(loaded.error());
  const auto ring = made->object_->map_fd(spec.ring);
  if (!ring) return std::unexpected(ring.error());
  made->ring_.reset(ring_buffer__new(*ring, take_record, made.get(), nullptr));
  if (!made->ring_) return failed(spec.ring, fmt::format("can't be read: {}", std::strerror(errno)));
  auto gauge = RingGauge::open(*ring);
  if (!gauge) return std::unexpected(gauge.error());
  made->gauge_ = std::move(*gauge);
  return made;
}

Result<void> Teller::load(const TellerSpec& spec, bool with_frags) {
  auto object = BpfObject::open(spec.object, spec.bytes);
  if (!object) return std::unexpected(object.error());
  object_ = std::make_unique<BpfObject>(std::move(*object));
  if (auto shared = share_maps(programs_, kSharedMaps, *object_); !shared) return shared;
  if (auto set = set_constants(*object_, ".rodata.limits", spec.limits); !set) return set;
  if (auto set = object_->set_max_entries(spec.ring, spec.ring_bytes); !set) return set;
  if (auto left = object_->set_autoload(spec.programs + "_xdp_frags", with_frags); !left) return left;
  if (auto loaded = object_->load(); !loaded) return loaded;
  if (auto placed = place_program(programs_, *object_, spec.programs + "_xdp", "first_xdp", spec.place);
      !placed)
    return placed;
  if (auto placed = place_program(programs_, *object_, spec.programs + "_tc", "first_tc", spec.place);
      !placed)
    return placed;
  if (!with_frags) return {};
  return place_program(programs_, *object_, spec.programs + "_xdp_frags", "first_xdp_frags", spec.place);
}

bool Teller::drain(const Take& take, std::size_t limit) {
  take_ = &take;
  room_ = limit;
  const int taken = ring_buffer__consume(ring_.get());
  take_ = nullptr;
  return taken == kStop;
}

int Teller::take_record(void* self, void* record, std::size_t size) {
  auto& teller = *static_cast<Teller*>(self);
  (*teller.take_)({static_cast<const std::byte*>(record), size});
  return --teller.room_ == 0 ? kStop : 0;
}

int Teller::wake_fd() const {
  return ring_buffer__epoll_fd(ring_.get());
}

}  // namespace vedette
