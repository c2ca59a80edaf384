#include "kernel/first_bytes.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <first_bytes.bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace vedette {

namespace {

constexpr int kStop = -EAGAIN;  // ends a consumption of the ring early; what was taken is taken
constexpr std::uint32_t kSecond = 1'000'000'000;
constexpr std::uint32_t kBurst = kSecond / 5;

// The packet programs' maps that the tellers work on too.
constexpr std::array kSharedMaps{"work",      "flow_sets",       "watch_handover",
                                 "watch_xdp", "watch_xdp_frags", "watch_tc"};

Result<void> examine(const FirstBytesOptions& options) {
  if (options.packets < 1 || options.packets > VDT_FIRST_CREDIT)
    return unusable("first packets",
                    fmt::format("1 to {} expected, {} found", VDT_FIRST_CREDIT, options.packets));
  if (options.bytes < 1) return unusable("first bytes", "at least 1 expected, 0 found");
  if (options.endless_ports.size() > VDT_ENDLESS_PORTS)
    return unusable("ports told without end", fmt::format("at most {} expected, {} found", VDT_ENDLESS_PORTS,
                                                          options.endless_ports.size()));
  if (options.packets_a_second < 1 || options.kibibytes_a_second < 1)
    return unusable("first bytes' budget", "at least 1 a second expected, 0 found");
  return {};
}

vdt_first_limits limits_of(const FirstBytesOptions& options) {
  vdt_first_limits limits{};
  limits.packets = options.packets;
  limits.bytes = options.bytes;
  std::ranges::fill(limits.endless_ports, VDT_NO_PORT);
  std::ranges::copy(options.endless_ports, limits.endless_ports);
  limits.packet_ns = kSecond / options.packets_a_second;
  limits.kibibyte_ns = kSecond / options.kibibytes_a_second;
  limits.burst_ns = kBurst;
  return limits;
}

template <typename T>
Result<void> write_constants(const BpfObject& object, const char* section, const T& value) {
  const auto map = object.map(section);
  if (!map) return std::unexpected(map.error());
  if (bpf_map__set_initial_value(*map, &value, sizeof(value)) != 0)
    return failed(section, "can't be written");
  return {};
}

}  // namespace

void FirstBytes::FreeRing::operator()(ring_buffer* ring) const {
  ring_buffer__free(ring);
}

Result<std::unique_ptr<FirstBytes>> FirstBytes::open(PacketPrograms& programs,
                                                     const FirstBytesOptions& options) {
  if (auto good = examine(options); !good) return std::unexpected(good.error());
  std::unique_ptr<FirstBytes> made(new FirstBytes(programs));
  // Multi-buffer XDP came with Linux 5.18; without it the other hooks still have their tellers.
  Result<void> loaded = made->load(options, true);
  if (!loaded) loaded = made->load(options, false);
  if (!loaded) return std::unexpected(loaded.error());
  const auto ring = made->object_->map_fd("first_ring");
  if (!ring) return std::unexpected(ring.error());
  made->ring_.reset(ring_buffer__new(*ring, take, made.get(), nullptr));
  if (!made->ring_)
    return failed("ring of first bytes", fmt::format("can't be read: {}", std::strerror(errno)));
  programs.set_first_bytes(true);
  return made;
}

FirstBytes::~FirstBytes() {
  programs_.set_first_bytes(false);
}

Result<void> FirstBytes::load(const FirstBytesOptions& options, bool with_frags) {
  auto object = BpfObject::open("first_bytes", objects::first_bytes());
  if (!object) return std::unexpected(object.error());
  object_ = std::make_unique<BpfObject>(std::move(*object));
  for (const char* name : kSharedMaps) {
    const auto fd = programs_.map_fd(name);
    if (!fd) return std::unexpected(fd.error());
    if (auto reused = object_->reuse_map(name, *fd); !reused) return reused;
  }
  if (auto set = write_constants(*object_, ".rodata.config", programs_.config()); !set) return set;
  if (auto set = write_constants(*object_, ".rodata.limits", limits_of(options)); !set) return set;
  if (auto set = object_->set_max_entries("first_ring", options.ring_bytes); !set) return set;
  if (auto left = object_->set_autoload("vdt_first_xdp_frags", with_frags); !left) return left;
  if (auto loaded = object_->load(); !loaded) return loaded;
  if (auto placed = place("vdt_first_xdp", "first_xdp"); !placed) return placed;
  if (auto placed = place("vdt_first_tc", "first_tc"); !placed) return placed;
  return with_frags ? place("vdt_first_xdp_frags", "first_xdp_frags") : Result<void>();
}

Result<void> FirstBytes::place(const char* teller, const char* programs) {
  const auto fd = object_->program_fd(teller);
  const auto array = programs_.map_fd(programs);
  if (!fd) return std::unexpected(fd.error());
  if (!array) return std::unexpected(array.error());
  const std::uint32_t only = 0;
  if (bpf_map_update_elem(*array, &only, &*fd, BPF_ANY) != 0)
    return failed(teller, fmt::format("can't be placed: {}", std::strerror(errno)));
  return {};
}

bool FirstBytes::drain(const Tell& tell, std::size_t limit) {
  tell_ = &tell;
  room_ = limit;
  const int taken = ring_buffer__consume(ring_.get());
  tell_ = nullptr;
  return taken == kStop;
}

int FirstBytes::take(void* self, void* record, std::size_t size) {
  auto& first_bytes = *static_cast<FirstBytes*>(self);
  const auto& packet = *static_cast<const vdt_first_packet*>(record);
  if (size >= sizeof(packet) && packet.header.kind == VDT_EVENT_FIRST_BYTES &&
      packet.captured <= size - sizeof(packet))
    (*first_bytes.tell_)(packet, {reinterpret_cast<const std::uint8_t*>(&packet + 1), packet.captured});
  return --first_bytes.room_ == 0 ? kStop : 0;
}

int FirstBytes::wake_fd() const {
  return ring_buffer__epoll_fd(ring_.get());
}

}  // namespace vedette
