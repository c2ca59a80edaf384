#include "watch/watchers.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <fcntl.h>
#include <cerrno>
#include <cstring>

#include "watch.bpf.h"

namespace vedette {
namespace {

constexpr int kStop = -EAGAIN;  // ends a consumption of the ring early; what was taken is taken

// A program that passes over its slot: what fills a slot between two that are taken.
ClassicProgram matches_nothing() {
  return {{BPF_RET | BPF_K, 0, 0, 0}};
}

std::unexpected<Error> kernel_error(std::string_view doing, int error) {
  return failed("watch programs", fmt::format("{}: {}", doing, std::strerror(error < 0 ? -error : error)));
}

FileDescriptor duplicate(int fd) {
  return FileDescriptor(fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

}  // namespace

void Watchers::RingDeleter::operator()(ring_buffer* ring) const {
  ring_buffer__free(ring);
}

Result<std::unique_ptr<Watchers>> Watchers::open(const HandoverMaps& maps, Switch watched) {
  std::unique_ptr<Watchers> made(new Watchers(std::move(watched)));
  made->handover_ = duplicate(maps.handover);
  // Multi-buffer XDP came with Linux 5.18; without it the other hooks still have their tellers.
  Result<void> loaded = made->load_tellers(maps, true);
  if (!loaded) {
    made->stations_.clear();
    loaded = made->load_tellers(maps, false);
  }
  if (!loaded) return std::unexpected(loaded.error());
  made->empty_slots_from(0);
  made->tell_activity();
  if (Result<void> ring = made->open_ring(); !ring) return std::unexpected(ring.error());
  return made;
}

Watchers::~Watchers() {
  for (Watcher& watcher : watchers_) watcher = {};
  tell_activity();
  empty_slots_from(0);
}

Result<void> Watchers::load_tellers(const HandoverMaps& maps, bool with_frags) {
  Result<BpfObject> object = BpfObject::open("watch", objects::watch());
  if (!object) return std::unexpected(object.error());
  object_.emplace(std::move(*object));
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
  stations_.push_back({kind, duplicate(programs)});
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
    return failed("watch", fmt::format("{} watchers are active, and there can be no more", VDT_WATCHERS),
                  "end one of them");
  }
  const vdt_watch_counts before = counts(slot);
  const WatchSlot program{slot, next_id_, options.snaplen};
  Result<void> done = fill_before(slot);
  if (done) done = put(slot, filter, program);
  if (!done) {
    stop(slot);
    return std::unexpected(done.error());
  }
  watchers_[slot] = {next_id_, true, options.count, options.count != 0, before};
  tell_activity();
  return static_cast<WatchId>(next_id_++);
}

Result<void> Watchers::put(std::uint32_t slot, const ClassicProgram& filter, const WatchSlot& program) {
  for (const Station& station : stations_) {
    const WatchMaps maps{handover_.get(), station.programs.get()};
    Result<std::vector<bpf_insn>> code = write_watch_program(filter, station.kind.hook, program, maps);
    if (!code) return std::unexpected(code.error());
    Result<FileDescriptor> loaded = load_program(*code, station.kind);
    if (!loaded) return std::unexpected(loaded.error());
    const int fd = loaded->get();
    if (const int error = bpf_map_update_elem(station.programs.get(), &slot, &fd, BPF_ANY); error != 0) {
      return kernel_error(fmt::format("placing a filter in slot {}", slot), error);
    }
  }
  return {};
}

// Watchers that are done and not yet removed keep their slots, whose programs may be gone.
Result<void> Watchers::fill_before(std::uint32_t slot) {
  for (std::uint32_t before = 0; before < slot; ++before) {
    if (watchers_[before].running) continue;
    if (Result<void> done = put(before, matches_nothing(), {before, 0, 1}); !done) return done;
  }
  return {};
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

// Takes the slot's filter out of the packets' way; those behind it must still be reached.
void Watchers::stop(std::uint32_t slot) {
  watchers_[slot].running = false;
  tell_activity();
  std::uint32_t end = VDT_WATCHERS;
  while (end > 0 && !watchers_[end - 1].running) --end;
  if (end <= slot) {
    empty_slots_from(end);
  } else if (const Result<void> passed = put(slot, matches_nothing(), {slot, 0, 1}); !passed) {
    // The old filter stays: its packets are passed over when the ring is read, since nobody has its number.
    return;
  }
}

void Watchers::empty_slots_from(std::uint32_t slot) {
  for (const Station& station : stations_) {
    for (std::uint32_t index = slot; index < VDT_WATCHERS; ++index) {
      bpf_map_delete_elem(station.programs.get(), &index);
    }
  }
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
