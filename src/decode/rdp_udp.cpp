#include "decode/rdp_udp.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>

#include "decode/byte_reader.h"
#include "decode/rdp_udp_data.h"
#include "decode/tls_within.h"
#include "decode/two_sides.h"

namespace vedette {

namespace {

constexpr std::uint16_t kVersion3 = 0x0101;

constexpr std::uint16_t kLeastMtu = 1132, kMostMtu = 1232;  // §2.2.2.5

struct Side {
  SideView view;
  std::optional<std::uint32_t> initial;  // number that the SYN has; none where it wasn't seen
  std::optional<std::uint16_t> version;  // of the extension (§2.2.2.9)
  bool lossy = false;
};

// A SYN or SYN and ACK is filled up to the size that packets are to have (§3.1.5.1.1).
bool read_syn(std::span<const std::uint8_t> datagram, Side& side) {
  ByteReader reader(datagram);
  const std::size_t size = reader.left();
  const std::uint32_t acknowledged = reader.u32();
  reader.u16();  // receive window
  const std::uint16_t flags = reader.u16();
  const std::uint32_t initial = reader.u32();
  const std::uint16_t up = reader.u16(), down = reader.u16();
  const auto is_mtu = [](std::uint16_t mtu) { return mtu >= kLeastMtu && mtu <= kMostMtu; };
  const bool opens = (flags & kRdpUdpSyn) && ((flags & kRdpUdpAck) || acknowledged == 0xffffffff);
  if (reader.failed() || !opens || !is_mtu(up) || !is_mtu(down) || size < kLeastMtu || size > kMostMtu)
    return false;
  side.initial = initial;
  side.lossy = (flags & kRdpUdpLossy) != 0;
  if (!(flags & kRdpUdpExtension)) return true;
  constexpr std::uint16_t kHasVersion = 1;
  constexpr std::size_t kCorrelationBytes = 32;
  if (flags & kRdpUdpCorrelationId) reader.take(kCorrelationBytes);
  const std::uint16_t extension = reader.u16(), version = reader.u16();
  if ((extension & kHasVersion) && !reader.failed()) side.version = version;
  return true;
}

// Two datagrams of one direction, each of whole records of TLS behind a header of version 1 or 2, are no
// accident.
constexpr std::size_t kDatagramsThatTell = 2;

void read_middle(std::span<const std::uint8_t> head, std::span<const Arrival> arrivals, Side& side) {
  std::size_t found = 0, begin = 0;
  for (const Arrival& arrival : arrivals) {
    const auto data = parse_rdp_udp_data(head.subspan(begin, arrival.end - begin));
    begin = arrival.end;
    if (found == 0 && !(data && is_rdp_udp_records(data->bytes))) {
      side.view.said = Said::kForeign;
      return;
    }
    if (!data || !is_rdp_udp_records(data->bytes)) continue;
    side.lossy = data->bytes[1] == 0xfe;
    if (++found < kDatagramsThatTell) continue;
    side.view.said = Said::kAll;
    return;
  }
  side.view.need = head.size() + 1;
}

Side read_side(std::span<const std::uint8_t> head, std::span<const Arrival> arrivals, bool ended) {
  Side side;
  side.view.need = 1;
  if (arrivals.empty()) {
    if (ended) side.view.said = Said::kForeign;
    return side;
  }
  if (read_syn(head.first(arrivals.front().end), side))
    side.view.said = Said::kAll;
  else
    read_middle(head, arrivals, side);
  return side;
}

std::string version_text(std::uint16_t version) {
  if (version == 1 || version == 2) return std::to_string(version);
  return version == kVersion3 ? "3" : fmt::format("0x{:04x}", version);
}

// Adds what is carried; false where more of the flow may say more of it.
bool tell_carried(const Heads& heads, const std::array<Side, 2>& sides, bool version3, bool lossy,
                  Handshakes& handshakes) {
  DerivedBytes carried;
  for (std::size_t i = 0; i < 2; i++) {
    std::optional<std::uint32_t> first;
    if (version3)
      first = 1;  // the channel's numbers begin anew
    else if (sides[i].initial)
      first = *sides[i].initial + 1;
    add_rdp_udp_carried(heads, i, {version3, lossy}, first, carried);
  }
  return tell_tls_within(heads, carried, lossy ? CarriedBy::kDatagrams : CarriedBy::kStream, handshakes);
}

}  // namespace

Answer decode_rdp_udp(const Heads& heads, Handshakes& handshakes) {
  std::array<Side, 2> sides;
  for (std::size_t i = 0; i < 2; i++) sides[i] = read_side(heads.bytes[i], heads.arrivals[i], heads.ended[i]);
  const Answer answer = settle(heads, {sides[0].view, sides[1].view});
  if (answer.verdict != Verdict::kDone) return answer;
  std::optional<std::uint16_t> version = sides[0].version;
  if (sides[1].version) version = version ? std::min(*version, *sides[1].version) : sides[1].version;
  const bool lossy = sides[0].lossy || sides[1].lossy;
  Handshakes carried;
  if (!tell_carried(heads, sides, version == kVersion3, lossy, carried) &&
      !(heads.ended[0] && heads.ended[1]))
    return {.verdict = Verdict::kMine, .need = {heads.bytes[0].size() + 1, heads.bytes[1].size() + 1}};
  Handshake handshake;
  handshake.app = "rdp";
  if (version) handshake.add("udp_version", version_text(*version));
  handshake.add("transport", std::string(lossy ? "lossy" : "reliable"));
  handshakes.push_back(std::move(handshake));
  std::ranges::move(carried, std::back_inserter(handshakes));
  return answer;
}

}  // namespace vedette
