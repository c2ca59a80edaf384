#include "decode/quic_short_header.h"

#include <algorithm>
#include <vector>

namespace vedette {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint16_t kHttps = 443;
constexpr std::size_t kShortestId = 8, kLongestId = 20;
constexpr std::size_t kEncrypted = 4;        // bytes behind the ID that are compared
constexpr std::size_t kFewest = 4;           // of a client's packets
constexpr std::size_t kSmallestPacket = 21;  // RFC 9000 §10.3: of any that isn't taken for a stateless reset

std::vector<Bytes> datagrams_of(const Heads& heads, std::size_t side) {
  std::vector<Bytes> list;
  std::size_t begin = 0;
  for (const Arrival& arrival : heads.arrivals[side]) {
    list.push_back(heads.bytes[side].subspan(begin, arrival.end - begin));
    begin = arrival.end;
  }
  return list;
}

// How many bytes behind the first all have in common.
std::size_t common_bytes(const std::vector<Bytes>& sent) {
  std::size_t common = sent.front().size() - 1;
  for (const Bytes one : sent) {
    const auto [differs, _] = std::ranges::mismatch(one.subspan(1), sent.front().subspan(1));
    common = std::min(common, static_cast<std::size_t>(differs - one.begin()) - 1);
  }
  return common;
}

}  // namespace

bool may_be_short_header(std::span<const std::uint8_t> datagram) {
  return datagram.size() >= kSmallestPacket && (datagram[0] & 0xc0) == 0x40;
}

bool shows_short_headers(const Heads& heads) {
  if ((heads.ports[0] == kHttps) == (heads.ports[1] == kHttps)) return false;
  const std::size_t client = heads.ports[0] == kHttps ? 1 : 0;
  const auto sent = datagrams_of(heads, client);
  if (sent.size() < kFewest || !std::ranges::all_of(sent, may_be_short_header) ||
      !std::ranges::all_of(datagrams_of(heads, 1 - client), may_be_short_header))
    return false;
  const std::size_t id = common_bytes(sent);
  if (id < kShortestId || id > kLongestId) return false;
  // The first byte's lower bits and what follows the ID are encrypted, and so no two are alike for long.
  if (std::ranges::all_of(sent, [&](Bytes one) { return one[0] == sent.front()[0]; })) return false;
  for (std::size_t i = 0; i < sent.size(); i++) {
    if (sent[i].size() < 1 + id + kEncrypted) return false;
    for (std::size_t before = 0; before < i; before++)
      if (std::ranges::equal(sent[i].subspan(1 + id, kEncrypted), sent[before].subspan(1 + id, kEncrypted)))
        return false;
  }
  return true;
}

}  // namespace vedette
