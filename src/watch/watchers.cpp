#include "watch/watchers.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "watch.bpf.h"

namespace vedette {
namespace {

constexpr int kStop = -EAGAIN;  // ends a consumption of the ring early; what was taken is taken

std::unexpected<Error> kernel_error(std::string_view doing, int error) {
  return failed("watch programs", fmt::format("{}: {}", doing, std::strerror(error < 0 ? -error : error)));
}

}  // namespace

void Watchers::RingDeleter::operator()(ring_buffer* ring) const {
  ring_buffer__free(ring);
}

Result<std::unique_ptr<Watchers>> Watchers::open(const HandoverMaps& maps, Switch watched) {
  std::unique_ptr<Watchers> made(new Watchers(std::move(watched)));
  // Multi-buffer XDP came with Linux 5.18; without it the other hooks still have their tellers.
  Result<void> loaded = made->load_tellers(maps, true);
  if (!loaded) loaded = made->load_tellers(maps, false);
  if (!loaded) return std::unexpected(loaded.error());
  made->slots_->clear();
  made->tell_activity();
  if (Result<void> ring = made->open_ring(); !ring) return std::unexpected(ring.error());
  return made;
}

Watchers::~Watchers() {
  for (Watcher& watcher : watchers_) watcher = {};
  tell_activity();
  if (slots_) slots_->clear();
}

Result<void> Watchers::load_tellers(const HandoverMaps& maps, bool with_frags) {
  Result<BpfObject> object = BpfObject::open("watch", objects::watch());
  if (!object) return std::unexpected(object.error());
  object_.emplace(std::move(*object));
  slots_.emplace(maps.handover);
  const std::pair<const char*, int> shared[] = {{"watch_handover", maps.handover},
                                                {"watch_xdp", maps.xdp},
                                                {"watch_xdp_frags", maps.xdp_frags},
                                                {"watch_tc", maps.tc}};
  for (const auto& [name, fd] : shared) {
    if (Result<void> done = object_->reuse_map(name, fd); !done) return done;
  }
  if (Result<void> done = object_->set_autoload("vdt_tell_xdp_frags", with_frags); !done) return done;
  if (Result<void> done = object_->load(); !done) return done;
  if (Result<void> done = place_teller("vdt_tell_xdp", Hook::kXdp, maps.xdp); !done) return done;
  if (Result<void> done = place_teller("vdt_tell_tc", Hook::kTc, maps.tc); !done) return done;
  if (!with_frags) return {};
  return place_teller("vdt_tell_xdp_frags", Hook::kXdpFrags, maps.xdp_frags);
}

Result<void> Watchers::place_teller(const char* name, Hook hook, int programs) {
  const Result<bpf_program*> teller = object_->program(name);
  if (!teller) return std::unexpected(teller.error());
  const int fd = bpf_program__fd(*teller);
  const std::uint32_t index = VDT_WATCH_TELLER;
  if (const int error = bpf_map_update_elem(programs, &index, &fd, BPF_ANY); error != 0) {
    return kernel_error(fmt::format("placing {}", name), error);
  }
  const ProgramKind kind{hook, static_cast<std::uint32_t>(bpf_program__expected_attach_type(*teller))};
  slots_->add_hook(kind, programs);
  return {};
}

Result<void> Watchers::open_ring() {
  const Result<int> counts_fd = object_->map_fd("watch_counts");
  if (!counts_fd) return std::unexpected(counts_fd.error());
  counts_fd_ = *counts_fd;
  const Result<int> ring_fd = object_->map_fd("watch_ring");
  if (!ring_fd) return std::unexpected(ring_fd.error());
  ring_.reset(ring_buffer__new(*ring_fd, take, this, nullptr));
  if (!ring_) return kernel_error("mapping their ring", errno);
  Result<RingGauge> gauge = RingGauge::open(*ring_fd);
  if (!gauge) return std::unexpected(gauge.error());
  gauge_ = std::move(*gauge);
  return {};
}

Result<WatchId> Watchers::add(const std::string& filter, const WatchOptions& options) {
  Result<ClassicProgram> compiled = compile_filter(filter);
  if (!compiled) return std::unexpected(compiled.error());
  return add(*compiled, options);
}

Result<WatchId> Watchers::add(const ClassicProgram& filter, const WatchOptions& options) {
  if (options.snaplen < 1 || options.snaplen > VDT_WATCH_SNAPLEN_MAX) {
    return unusable("snaplen",
                    fmt::format("1 to {} bytes expected, {} found", VDT_WATCH_SNAPLEN_MAX, options.snaplen));
  }
  std::uint32_t slot = 0;
  while (slot < VDT_WATCHERS && watchers_[slot].id != 0) ++slot;
  if (slot == VDT_WATCHERS) {
    return busy("watch", fmt::format("{} watchers are active, and there can be no more", VDT_WATCHERS),
                "end one of them");
  }
  const vdt_watch_counts before = counts(slot);
  if (Result<void> done = slots_->fill(filter, {slot, next_id_, options.snaplen}); !done) {
    slots_->free(slot);
    return std::unexpected(done.error());
  }
  watchers_[slot] = {next_id_, true, options.count, options.count != 0, before};
  tell_activity();
  return static_cast<WatchId>(next_id_++);
}

void Watchers::remove(WatchId id) {
  for (std::uint32_t slot = 0; slot < VDT_WATCHERS; ++slot) {
    if (watchers_[slot].id != static_cast<std::uint32_t>(id)) continue;
    if (watchers_[slot].running) stop(slot);
    watchers_[slot] = {};
    tell_activity();
    return;
  }
}

void Watchers::stop(std::uint32_t slot) {
  watchers_[slot].running = false;
  tell_activity();
  slots_->free(slot);
}

std::size_t Watchers::active() const {
  std::size_t running = 0;
  for (const Watcher& watcher : watchers_) running += watcher.running ? 1 : 0;
  return running;
}

void Watchers::tell_activity() {
  switch_(active() != 0);
}

bool Watchers::drain(const Tell& tell, std::size_t limit) {
  tell_ = &tell;
  room_ = limit;
  const int taken = ring_buffer__consume(ring_.get());
  tell_ = nullptr;
  return taken == kStop;
}

int Watchers::take(void* self, void* record, std::size_t size) {
  Watchers& watchers = *static_cast<Watchers*>(self);
  const auto* header = static_cast<const vdt_event_header*>(record);
  if (size >= sizeof(vdt_watched_packet) && header->kind == VDT_EVENT_PACKET) {
    watchers.tell_one(*static_cast<const vdt_watched_packet*>(record), size);
  }
  return --watchers.room_ == 0 ? kStop : 0;
}

void Watchers::tell_one(const vdt_watched_packet& packet, std::size_t size) {
  for (std::uint32_t slot = 0; slot < VDT_WATCHERS; ++slot) {
    Watcher& watcher = watchers_[slot];
    if (watcher.id == 0 || watcher.id != packet.watcher) continue;
    if (!watcher.running || packet.captured > size - sizeof(packet)) return;
    (*tell_)(static_cast<WatchId>(watcher.id), packet,
             {reinterpret_cast<const std::uint8_t*>(&packet + 1), packet.captured});
    if (watcher.counted && --watcher.left == 0) stop(slot);
    return;
  }
}

const Watchers::Watcher* Watchers::find(WatchId id) const {
  for (const Watcher& watcher : watchers_) {
    if (watcher.id != 0 && watcher.id == static_cast<std::uint32_t>(id)) return &watcher;
  }
  return nullptr;
}

bool Watchers::done(WatchId id) const {
  const Watcher* watcher = find(id);
  return watcher == nullptr || !watcher->running;
}

std::uint64_t Watchers::lost(WatchId id) const {
  const Watcher* watcher = find(id);
  if (watcher == nullptr) return 0;
  return counts(static_cast<std::uint32_t>(watcher - watchers_.data())).lost - watcher->before.lost;
}

WatchTotals Watchers::totals() const {
  WatchTotals sum;
  for (std::uint32_t slot = 0; slot < VDT_WATCHERS; ++slot) {
    const vdt_watch_counts here = counts(slot);
    sum.told += here.told;
    sum.lost += here.lost;
  }
  return sum;
}

vdt_watch_counts Watchers::counts(std::uint32_t slot) const {
  std::vector<vdt_watch_counts> each(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  vdt_watch_counts sum{};
  if (bpf_map_lookup_elem(counts_fd_, &slot, each.data()) != 0) return sum;
  for (const vdt_watch_counts& one : each) {
    sum.told += one.told;
    sum.lost += one.lost;
  }
  return sum;
}

int Watchers::wake_fd() const {
  return ring_buffer__epoll_fd(ring_.get());
}

}  // namespace vedette
