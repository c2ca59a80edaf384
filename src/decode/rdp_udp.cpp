#include "decode/rdp_udp.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "decode/byte_reader.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

// [MS-RDPEUDP] §2.2.2.1.
enum Flag : std::uint16_t { kSyn = 0x0001, kAck = 0x0004, kCorrelationId = 0x0800, kExtension = 0x1000 };

constexpr std::uint16_t kLeastMtu = 1132, kMostMtu = 1232;  // §2.2.2.5

struct Side {
  SideView view;
  std::optional<std::uint16_t> version;  // of the extension (§2.2.2.9)
};

// A SYN or SYN and ACK is filled up to the size that packets are to have (§3.1.5.1.1).
Side read_side(std::span<const std::uint8_t> head, std::span<const Arrival> arrivals, bool ended) {
  Side side;
  side.view.need = 1;
  if (arrivals.empty()) {
    if (ended) side.view.said = Said::kForeign;
    return side;
  }
  ByteReader reader(head.first(arrivals.front().end));
  const std::size_t size = reader.left();
  const std::uint32_t acknowledged = reader.u32();
  reader.u16();  // receive window
  const std::uint16_t flags = reader.u16();
  reader.u32();  // initial sequence number
  const std::uint16_t up = reader.u16(), down = reader.u16();
  const auto is_mtu = [](std::uint16_t mtu) { return mtu >= kLeastMtu && mtu <= kMostMtu; };
  const bool opens = (flags & kSyn) && ((flags & kAck) || acknowledged == 0xffffffff);
  side.view.said =
      !reader.failed() && opens && is_mtu(up) && is_mtu(down) && size >= kLeastMtu && size <= kMostMtu
          ? Said::kAll
          : Said::kForeign;
  if (side.view.said == Said::kForeign || !(flags & kExtension)) return side;
  constexpr std::uint16_t kHasVersion = 1;
  constexpr std::size_t kCorrelationBytes = 32;
  if (flags & kCorrelationId) reader.take(kCorrelationBytes);
  const std::uint16_t extension = reader.u16(), version = reader.u16();
  if ((extension & kHasVersion) && !reader.failed()) side.version = version;
  return side;
}

std::string version_text(std::uint16_t version) {
  constexpr std::uint16_t kVersion3 = 0x0101;
  if (version == 1 || version == 2) return std::to_string(version);
  return version == kVersion3 ? "3" : fmt::format("0x{:04x}", version);
}

}  // namespace

Answer decode_rdp_udp(const Heads& heads, Handshakes& handshakes) {
  std::array<Side, 2> sides;
  for (std::size_t i = 0; i < 2; i++) sides[i] = read_side(heads.bytes[i], heads.arrivals[i], heads.ended[i]);
  const Answer answer = settle(heads, {sides[0].view, sides[1].view});
  if (answer.verdict != Verdict::kDone) return answer;
  Handshake handshake;
  handshake.app = "rdp";
  std::optional<std::uint16_t> version = sides[0].version;
  if (sides[1].version) version = version ? std::min(*version, *sides[1].version) : sides[1].version;
  if (version) handshake.add("udp_version", version_text(*version));
  handshakes.push_back(std::move(handshake));
  return answer;
}

}  // namespace vedette
