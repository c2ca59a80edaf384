#include "kernel/packet_heads.h"

#include <fmt/format.h>
#include <heads.bpf.h>

#include "abi/work.h"

namespace vedette {

namespace {

constexpr std::uint32_t kSecond = 1'000'000'000;
constexpr std::uint32_t kBurst = kSecond / 5;

}  // namespace

Result<std::unique_ptr<PacketHeads>> PacketHeads::open(PacketPrograms& programs,
                                                       const PacketHeadOptions& options) {
  if (options.flow_packets > VDT_HEAD_PACKETS_MAX)
    return unusable("flows' heads", fmt::format("at most {} packets expected, {} found", VDT_HEAD_PACKETS_MAX,
                                                options.flow_packets));
  if (options.packets_a_second < 1)
    return unusable("heads' budget", "at least 1 packet a second expected, 0 found");
  const vdt_head_limits limits{.packet_ns = kSecond / options.packets_a_second, .burst_ns = kBurst};
  auto teller = Teller::open(programs, {.object = "heads",
                                        .bytes = objects::heads(),
                                        .programs = "vdt_head",
                                        .ring = "head_ring",
                                        .place = VDT_TELLER_HEAD,
                                        .ring_bytes = options.ring_bytes,
                                        .limits = std::as_bytes(std::span(&limits, 1))});
  if (!teller) return std::unexpected(teller.error());
  programs.set_heads(true, options.flow_packets);
  return std::unique_ptr<PacketHeads>(new PacketHeads(programs, std::move(*teller)));
}

PacketHeads::~PacketHeads() {
  programs_.set_heads(false, 0);
}

bool PacketHeads::drain(const Tell& tell, std::size_t limit) {
  return teller_->drain(
      [&](std::span<const std::byte> record) {
        if (record.size() < sizeof(vdt_packet_head)) return;
        const auto& head = *reinterpret_cast<const vdt_packet_head*>(record.data());
        if (head.header.kind == VDT_EVENT_HEAD && head.captured <= record.size() - sizeof(head))
          tell(head, {reinterpret_cast<const std::uint8_t*>(&head + 1), head.captured});
      },
      limit);
}

}  // namespace vedette
