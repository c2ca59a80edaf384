#include "kernel/first_bytes.h"

#include <first_bytes.bpf.h>
#include <fmt/format.h>

#include <algorithm>

#include "abi/work.h"

namespace vedette {

namespace {

constexpr std::uint32_t kSecond = 1'000'000'000;
constexpr std::uint32_t kBurst = kSecond / 5;

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

}  // namespace

Result<std::unique_ptr<FirstBytes>> FirstBytes::open(PacketPrograms& programs,
                                                     const FirstBytesOptions& options) {
  if (auto good = examine(options); !good) return std::unexpected(good.error());
  const vdt_first_limits limits = limits_of(options);
  auto teller = Teller::open(programs, {.object = "first_bytes",
                                        .bytes = objects::first_bytes(),
                                        .programs = "vdt_first",
                                        .ring = "first_ring",
                                        .place = VDT_TELLER_FIRST,
                                        .ring_bytes = options.ring_bytes,
                                        .limits = std::as_bytes(std::span(&limits, 1))});
  if (!teller) return std::unexpected(teller.error());
  programs.set_first_bytes(true);
  return std::unique_ptr<FirstBytes>(new FirstBytes(programs, std::move(*teller)));
}

FirstBytes::~FirstBytes() {
  programs_.set_first_bytes(false);
}

bool FirstBytes::drain(const Tell& tell, std::size_t limit) {
  return teller_->drain(
      [&](std::span<const std::byte> record) {
        if (record.size() < sizeof(vdt_first_packet)) return;
        const auto& packet = *reinterpret_cast<const vdt_first_packet*>(record.data());
        if (packet.header.kind == VDT_EVENT_FIRST_BYTES && packet.captured <= record.size() - sizeof(packet))
          tell(packet, {reinterpret_cast<const std::uint8_t*>(&packet + 1), packet.captured});
      },
      limit);
}

}  // namespace vedette
